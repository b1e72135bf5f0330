//! Domains as small numbers, so that an entry in memory needs four bytes for its own.
//!
//! Counted by use: a domain that no entry in memory has is forgotten, so hostile URLs can't fill the memory.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::column::Column;
use super::ordinal::Ordinal;

/// Maps that share the domains, so that none of them grows for long.
const PARTS: usize = 256;

/// Domains in use. The maps are only looked up, their order reaches nothing.
#[derive(Debug)]
pub(super) struct Domains {
    numbers: Vec<HashMap<Box<str>, u32>>,
    /// Name and users, by number.
    names: Column<(Box<str>, u32)>,
    free: Column<u32>,
}

impl Default for Domains {
    fn default() -> Self {
        let start = Ordinal::new(0);
        Domains { numbers: vec![HashMap::new(); PARTS], names: Column::new(start), free: Column::new(start) }
    }
}

impl Domains {
    /// The number of no domain.
    pub const UNKNOWN: u32 = u32::MAX;

    /// The number of a domain, which has one more user now.
    pub fn take(&mut self, domain: &str) -> u32 {
        if domain.is_empty() {
            return Domains::UNKNOWN;
        }
        let numbers = &mut self.numbers[part_of(domain)];
        if let Some(&number) = numbers.get(domain) {
            self.names.at_mut(Ordinal::new(number)).1 += 1;
            return number;
        }
        let number = match self.free.last().copied() {
            Some(number) => {
                self.free.drop_last();
                *self.names.at_mut(Ordinal::new(number)) = (domain.into(), 1);
                number
            }
            None => self.names.push((domain.into(), 1)).key(),
        };
        numbers.insert(domain.into(), number);
        number
    }

    /// A user of the number leaves.
    pub fn release(&mut self, number: u32) {
        if number == Domains::UNKNOWN {
            return;
        }
        let (name, users) = self.names.at_mut(Ordinal::new(number));
        *users -= 1;
        if *users == 0 {
            self.numbers[part_of(name)].remove(name);
            *name = Box::default();
            self.free.push(number);
        }
    }

    /// The domain of a number; empty where unknown.
    pub fn name(&self, number: u32) -> &str {
        if number == Domains::UNKNOWN { "" } else { &self.names.at(Ordinal::new(number)).0 }
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let (room, used) = self.numbers.iter().fold((0, 0), |(room, used), map| (room + map.capacity(), used + map.len()));
        self.names.bytes() + room * 25 + used * 2 * 24 + self.free.bytes()
    }
}

fn part_of(domain: &str) -> usize {
    xxh3_64(domain.as_bytes()) as usize % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_nobody_uses() {
        let mut domains = Domains::default();
        let a = domains.take("a.example");
        assert_eq!(domains.take("a.example"), a);
        assert_eq!(domains.name(a), "a.example");
        domains.release(a);
        assert_eq!(domains.name(a), "a.example");
        domains.release(a);
        assert_eq!(domains.take("b.example"), a, "the number is used again");
        assert_eq!((domains.take(""), domains.name(Domains::UNKNOWN)), (Domains::UNKNOWN, ""));
        domains.release(Domains::UNKNOWN);
        for i in 0..1000 {
            let number = domains.take(&format!("{i}.example"));
            domains.release(number);
        }
        assert!(domains.names.len() < 4);
    }
}
