//! Ordinals by key, oldest first: an open-addressing table whose slots hold an ordinal only, and a link for each ordinal.
//!
//! The key of a slot is read from the entry that the slot names, so a slot takes four bytes. Ordinals with one key form a ring: the slot names the
//! newest, whose link names the oldest. Ordinals come in their order and leave in their order, so what leaves is always the oldest of its ring.
//! Keys stand in the order of where their searches begin (Robin Hood hashing, Celis 1986): so a search ends where its key would stand, and a slot is
//! freed at once, by shifting back what follows it: there are no tombstones. Two bytes of each slot, how far it stands from where its search begins
//! and eight bits of its hash, spare most looks at entries, each of which would miss the cache. Who is about to
//! look up many keys touches all of them first: so the processor waits for their slots at once, not for one after the other.
//! The table is cut into parts by the first bits of the hash. Each grows by itself, so no growth stops the thread for long or doubles the memory.

use super::column::Column;
use super::ordinal::Ordinal;

/// Parts of a table: 2 to this. With 80 million keys, growing one of them takes some milliseconds.
const PART_BITS: u32 = 10;
const FIRST_SLOTS: usize = 4;

/// A distance that does not fit: it must be computed.
const FAR: u8 = u8::MAX;

/// A slot: an ordinal, and beside it how far it stands from its home, plus one, and 8 bits of its hash. Six bytes, so that one look fetches all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    ordinal: [u16; 2],
    /// 0 beside a free slot.
    distance: u8,
    tag: u8,
}

impl Slot {
    const FREE: Slot = Slot { ordinal: [0, 0], distance: 0, tag: 0 };

    fn is_free(self) -> bool {
        self.distance == 0
    }

    /// The ordinal of a slot that is not free.
    fn ordinal(self) -> Ordinal {
        Ordinal::from_key(u32::from(self.ordinal[0]) | u32::from(self.ordinal[1]) << 16)
    }

    fn set_ordinal(&mut self, ordinal: Ordinal) {
        let key = ordinal.key();
        self.ordinal = [key as u16, (key >> 16) as u16];
    }
}

/// Ordinals by key. `same(o)` must say whether the ordinal `o` has the key, `hash_of(o)` give the hash of `o`'s key.
#[derive(Debug)]
pub(super) struct Chains {
    parts: Vec<Part>,
    links: Column<Ordinal>,
}

/// The keys whose hashes begin with the same bits.
#[derive(Clone, Debug, Default)]
struct Part {
    slots: Box<[Slot]>,
    used: u32,
}

impl Chains {
    /// An empty table whose first ordinal will be this.
    pub fn new(start: Ordinal) -> Chains {
        Chains { parts: vec![Part::default(); 1 << PART_BITS], links: Column::new(start) }
    }

    /// Lets an ordinal pass that has no key here.
    pub fn pass(&mut self) {
        let ordinal = self.links.end();
        self.links.push(ordinal);
    }

    /// Enters an ordinal that has passed, as the newest of all that are entered. Gives the newest with the same key before it.
    pub fn enter(&mut self, ordinal: Ordinal, hash: u64, same: impl Fn(Ordinal) -> bool, hash_of: impl Fn(Ordinal) -> u64) -> Option<Ordinal> {
        let part = &mut self.parts[part_of(hash)];
        if (part.used as usize + 1) * 5 > part.slots.len() * 4 {
            part.grow(&hash_of);
        }
        match part.find(hash, same) {
            Ok(slot) => {
                let newest = part.slots[slot].ordinal();
                let oldest = std::mem::replace(self.links.at_mut(newest), ordinal);
                *self.links.at_mut(ordinal) = oldest;
                part.slots[slot].set_ordinal(ordinal);
                Some(newest)
            }
            Err(slot) => {
                part.used += 1;
                part.insert(slot, ordinal, hash, hash_of);
                *self.links.at_mut(ordinal) = ordinal;
                None
            }
        }
    }

    /// Takes out `ordinal`, which must be the oldest with its key. Gives the one after it.
    pub fn remove_oldest(&mut self, ordinal: Ordinal, hash: u64, same: impl Fn(Ordinal) -> bool, hash_of: impl Fn(Ordinal) -> u64) -> Option<Ordinal> {
        let part = &mut self.parts[part_of(hash)];
        let slot = part.find(hash, same).ok();
        debug_assert!(slot.is_some_and(|slot| *self.links.at(part.slots[slot].ordinal()) == ordinal), "the oldest of its key leaves first");
        let slot = slot?;
        let newest = part.slots[slot].ordinal();
        if newest == ordinal {
            part.free(slot, hash_of);
            return None;
        }
        let second = *self.links.at(ordinal);
        *self.links.at_mut(newest) = second;
        Some(second)
    }

    /// Gives back the link of the oldest ordinal of all, which must have been taken out.
    pub fn drop_first(&mut self) {
        self.links.drop_first();
    }

    /// Takes everything out; the links stay in place.
    pub fn clear(&mut self) {
        self.parts.fill(Part::default());
    }

    /// The newest with a key.
    pub fn newest(&self, hash: u64, same: impl Fn(Ordinal) -> bool) -> Option<Ordinal> {
        let part = &self.parts[part_of(hash)];
        let slot = part.find(hash, same).ok()?;
        Some(part.slots[slot].ordinal())
    }

    /// Loads what a search for a key begins with. What it gives depends on that, and says nothing.
    pub fn touch(&self, hash: u64) -> u8 {
        let part = &self.parts[part_of(hash)];
        part.slots.get(part.home(hash)).map_or(0, |slot| slot.tag)
    }

    /// All with a key, oldest first.
    pub fn oldest_first(&self, hash: u64, same: impl Fn(Ordinal) -> bool) -> Ring<'_> {
        match self.newest(hash, same) {
            Some(newest) => Ring { links: &self.links, next: *self.links.at(newest), newest },
            None => Ring { links: &self.links, next: Ordinal::NONE, newest: Ordinal::NONE },
        }
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        let slots: usize = self.parts.iter().map(|part| part.slots.len()).sum();
        self.parts.len() * size_of::<Part>() + slots * size_of::<Slot>() + self.links.bytes()
    }
}

fn part_of(hash: u64) -> usize {
    (hash >> (u64::BITS - PART_BITS)) as usize
}

impl Part {
    /// The slot of a key, or the one where it belongs; between distances that do not fit, one before that.
    fn find(&self, hash: u64, same: impl Fn(Ordinal) -> bool) -> Result<usize, usize> {
        let mut slot = self.home(hash);
        for distance in 1..=self.slots.len() {
            let Slot { distance: theirs, tag, .. } = self.slots[slot];
            if theirs != FAR && usize::from(theirs) < distance {
                break;
            }
            if tag == hash as u8 && same(self.slots[slot].ordinal()) {
                return Ok(slot);
            }
            slot = self.after(slot);
        }
        Err(slot)
    }

    /// Puts the first ordinal of a key where it belongs, which is not before `slot`. There must be a free slot.
    fn insert(&mut self, slot: usize, ordinal: Ordinal, hash: u64, hash_of: impl Fn(Ordinal) -> u64) {
        let mut slot = slot;
        let mut distance = self.distance(self.home(hash), slot);
        while distance + 1 >= usize::from(FAR) && !self.slots[slot].is_free() && self.displacement(slot, &hash_of) >= distance {
            slot = self.after(slot);
            distance += 1;
        }
        let mut coming = Slot { ordinal: [0, 0], distance: far_or(distance), tag: hash as u8 };
        coming.set_ordinal(ordinal);
        loop {
            coming = std::mem::replace(&mut self.slots[slot], coming);
            if coming.is_free() {
                return;
            }
            coming.distance = coming.distance.saturating_add(1);
            slot = self.after(slot);
        }
    }

    /// The slot where the search for a key begins: by bits that neither name the part nor stand in a slot.
    fn home(&self, hash: u64) -> usize {
        (((hash >> 8 & u64::from(u32::MAX)) * self.slots.len() as u64) >> 32) as usize
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.slots.len() { 0 } else { slot + 1 }
    }

    /// How many slots `to` stands after `from`, around the end.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.slots.len() - from }
    }

    /// How far a used slot stands from where the search for its key begins.
    fn displacement(&self, slot: usize, hash_of: impl Fn(Ordinal) -> u64) -> usize {
        match self.slots[slot].distance {
            FAR => self.distance(self.home(hash_of(self.slots[slot].ordinal())), slot),
            distance => usize::from(distance) - 1,
        }
    }

    fn free(&mut self, slot: usize, hash_of: impl Fn(Ordinal) -> u64) {
        let mut hole = slot;
        loop {
            let slot = self.after(hole);
            // What is free or stands at its home stays.
            if self.slots[slot].distance <= 1 {
                break;
            }
            self.slots[hole] = Slot { distance: far_or(self.displacement(slot, &hash_of) - 1), ..self.slots[slot] };
            hole = slot;
        }
        self.slots[hole] = Slot::FREE;
        self.used -= 1;
    }

    fn grow(&mut self, hash_of: impl Fn(Ordinal) -> u64) {
        let slots = FIRST_SLOTS.max(self.slots.len() * 3 / 2);
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; slots].into());
        for ordinal in old.iter().filter(|slot| !slot.is_free()).map(|slot| slot.ordinal()) {
            let hash = hash_of(ordinal);
            if let Err(slot) = self.find(hash, |_| false) {
                self.insert(slot, ordinal, hash, &hash_of);
            }
        }
    }
}

/// A distance as a slot holds it.
fn far_or(distance: usize) -> u8 {
    u8::try_from(distance + 1).unwrap_or(FAR)
}

/// The ordinals with one key, oldest first.
pub(super) struct Ring<'a> {
    links: &'a Column<Ordinal>,
    next: Ordinal,
    newest: Ordinal,
}

impl Iterator for Ring<'_> {
    type Item = Ordinal;

    fn next(&mut self) -> Option<Ordinal> {
        let ordinal = self.next.some()?;
        self.next = if ordinal == self.newest { Ordinal::NONE } else { *self.links.at(ordinal) };
        Some(ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few hashes for many keys, all at the end of few parts, so that runs of slots collide and wrap.
    fn poor_hash(key: u8) -> u64 {
        (u64::from(key) % 5) << 62 | u64::from(key % 3) << 60 | 0x0fff_ffff_ffff_ffff
    }

    #[test]
    fn distances_that_do_not_fit_are_computed() {
        let start = Ordinal::new(0);
        let (mut chains, hash) = (Chains::new(start), |o: Ordinal| u64::from(o.key() % 2) << 63);
        for i in 0..1500 {
            let ordinal = start.plus(i);
            chains.pass();
            chains.enter(ordinal, hash(ordinal), |o| o == ordinal, hash);
        }
        for i in 0..1500 {
            let ordinal = start.plus(i);
            chains.remove_oldest(ordinal, hash(ordinal), |o| o == ordinal, hash);
            chains.drop_first();
            assert_eq!(chains.newest(hash(ordinal), |o| o == ordinal), None);
            for left in (i + 1..1500).step_by(97).map(|i| start.plus(i)) {
                assert_eq!(chains.newest(hash(left), |o| o == left), Some(left));
            }
        }
        assert!(chains.parts.iter().all(|part| part.used == 0 && part.slots.iter().all(|slot| slot.is_free())));
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(steps in proptest::collection::vec((proptest::option::weighted(0.9, 0..40_u8), 0..4_usize), 1..300)) {
            let start = Ordinal::new((1 << 31) - 40);
            let mut chains = Chains::new(start);
            let mut keys: Column<Option<u8>> = Column::new(start);
            for (key, leave) in steps {
                let ordinal = keys.push(key);
                let known = |keys: &Column<Option<u8>>, key: u8| -> Vec<Ordinal> {
                    (0..keys.len() as u32).map(|i| keys.start().plus(i)).filter(|o| *keys.at(*o) == Some(key)).collect()
                };
                let same = |o: Ordinal| *keys.at(o) == key;
                let hash_of = |o: Ordinal| poor_hash(keys.at(o).unwrap());
                match key {
                    Some(key) => {
                        let before = known(&keys, key).iter().rev().nth(1).copied();
                        chains.pass();
                        prop_assert_eq!(chains.enter(ordinal, poor_hash(key), same, hash_of), before);
                        prop_assert_eq!(chains.newest(poor_hash(key), same), Some(ordinal));
                    }
                    None => chains.pass(),
                }
                for _ in 0..leave.min(keys.len()) {
                    let oldest = keys.start();
                    if let Some(key) = *keys.at(oldest) {
                        chains.remove_oldest(oldest, poor_hash(key), |o| *keys.at(o) == Some(key), |o| poor_hash(keys.at(o).unwrap()));
                    }
                    keys.drop_first();
                    chains.drop_first();
                }
                for key in 0..40 {
                    let ring: Vec<Ordinal> = chains.oldest_first(poor_hash(key), |o| *keys.at(o) == Some(key)).collect();
                    prop_assert_eq!(ring, known(&keys, key));
                }
            }
        }
    }
}
