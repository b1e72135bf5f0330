//! Ordinals by key, oldest first: an open-addressing table whose slots hold an ordinal only, and a link for each ordinal.
//!
//! The key of a slot is read from the entry that the slot names, so a slot takes four bytes. Ordinals with one key form a ring: the slot names the
//! newest, whose link names the oldest. Ordinals come in their order and leave in their order, so what leaves is always the oldest of its ring.
//! A slot is freed at once, by shifting back what follows it (Knuth, Algorithm 6.4R): there are no tombstones. Two bytes beside each slot, how far it
//! stands from where its search begins and eight bits of its hash, spare most looks at entries, each of which would miss the cache.
//! The table is cut into parts by the first bits of the hash. Each grows by itself, so no growth stops the thread for long or doubles the memory.

use super::column::Column;
use super::ordinal::Ordinal;

/// Parts of a table: 2 to this. With 80 million keys, growing one of them takes some milliseconds.
const PART_BITS: u32 = 10;
const FIRST_SLOTS: usize = 4;

/// Beside a free slot. Beside another: how far it stands from its home, plus one, and 8 bits of its hash.
const FREE: [u8; 2] = [0, 0];
/// A distance that does not fit: it must be computed.
const FAR: u8 = u8::MAX;

/// Ordinals by key. `same(o)` must say whether the ordinal `o` has the key, `hash_of(o)` give the hash of `o`'s key.
#[derive(Debug)]
pub(super) struct Chains {
    parts: Vec<Part>,
    links: Column<Ordinal>,
}

/// The keys whose hashes begin with the same bits.
#[derive(Clone, Debug, Default)]
struct Part {
    slots: Vec<Ordinal>,
    marks: Vec<[u8; 2]>,
    used: usize,
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
        if (part.used + 1) * 5 > part.slots.len() * 4 {
            part.grow(&hash_of);
        }
        let slot = part.find(hash, same);
        let newest = part.slots[slot].some();
        match newest {
            Some(newest) => {
                let oldest = std::mem::replace(self.links.at_mut(newest), ordinal);
                *self.links.at_mut(ordinal) = oldest;
            }
            None => {
                part.used += 1;
                part.marks[slot] = part.mark(hash, slot);
                *self.links.at_mut(ordinal) = ordinal;
            }
        }
        part.slots[slot] = ordinal;
        newest
    }

    /// Takes out `ordinal`, which must be the oldest with its key. Gives the one after it.
    pub fn remove_oldest(&mut self, ordinal: Ordinal, hash: u64, same: impl Fn(Ordinal) -> bool, hash_of: impl Fn(Ordinal) -> u64) -> Option<Ordinal> {
        let part = &mut self.parts[part_of(hash)];
        let slot = part.find(hash, same);
        let newest = part.slots[slot];
        debug_assert!(!newest.is_none() && *self.links.at(newest) == ordinal, "the oldest of its key leaves first");
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
        if part.used == 0 { None } else { part.slots[part.find(hash, same)].some() }
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
        let slots: usize = self.parts.iter().map(|part| part.slots.capacity()).sum();
        self.parts.len() * size_of::<Part>() + slots * (size_of::<Ordinal>() + size_of_val(&FREE)) + self.links.bytes()
    }
}

fn part_of(hash: u64) -> usize {
    (hash >> (u64::BITS - PART_BITS)) as usize
}

impl Part {
    /// The slot of a key, or the free slot where it belongs. There must be slots.
    fn find(&self, hash: u64, same: impl Fn(Ordinal) -> bool) -> usize {
        let mut slot = self.home(hash);
        while self.marks[slot] != FREE {
            if self.marks[slot][1] == hash as u8 && same(self.slots[slot]) {
                break;
            }
            slot = self.after(slot);
        }
        slot
    }

    /// The slot where the search for a key begins: by the bits after those that name the part.
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash << PART_BITS) * self.slots.len() as u128) >> 64) as usize
    }

    /// What stands beside a slot whose key has this hash.
    fn mark(&self, hash: u64, slot: usize) -> [u8; 2] {
        [far_or(self.distance(self.home(hash), slot)), hash as u8]
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
        match self.marks[slot][0] {
            FAR => self.distance(self.home(hash_of(self.slots[slot])), slot),
            distance => usize::from(distance) - 1,
        }
    }

    fn free(&mut self, slot: usize, hash_of: impl Fn(Ordinal) -> u64) {
        let mut hole = slot;
        let mut slot = self.after(slot);
        while self.marks[slot] != FREE {
            let (displacement, back) = (self.displacement(slot, &hash_of), self.distance(hole, slot));
            if displacement >= back {
                self.slots[hole] = self.slots[slot];
                self.marks[hole] = [far_or(displacement - back), self.marks[slot][1]];
                hole = slot;
            }
            slot = self.after(slot);
        }
        self.slots[hole] = Ordinal::NONE;
        self.marks[hole] = FREE;
        self.used -= 1;
    }

    fn grow(&mut self, hash_of: impl Fn(Ordinal) -> u64) {
        let slots = FIRST_SLOTS.max(self.slots.len() * 3 / 2);
        let old = std::mem::replace(&mut self.slots, vec![Ordinal::NONE; slots]);
        self.marks = vec![FREE; slots];
        for ordinal in old.into_iter().filter_map(Ordinal::some) {
            let hash = hash_of(ordinal);
            let slot = self.find(hash, |_| false);
            self.slots[slot] = ordinal;
            self.marks[slot] = self.mark(hash, slot);
        }
    }
}

/// A distance as a mark holds it.
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
        assert!(chains.parts.iter().all(|part| part.used == 0 && part.marks.iter().all(|mark| *mark == FREE)));
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
