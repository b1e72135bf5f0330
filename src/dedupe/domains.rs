//! Domains as small numbers, so that an entry in memory needs four bytes for its own.
//!
//! Counted by use: a domain that no entry in memory has is forgotten, so hostile URLs can't fill the memory.

use std::collections::HashMap;

/// Domains in use. The map is only looked up, its order reaches nothing.
#[derive(Debug, Default)]
pub(super) struct Domains {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<(Box<str>, u32)>,
    free: Vec<u32>,
}

impl Domains {
    /// The number of no domain.
    pub const UNKNOWN: u32 = u32::MAX;

    /// The number of a domain, which has one more user now.
    pub fn take(&mut self, domain: &str) -> u32 {
        if domain.is_empty() {
            return Domains::UNKNOWN;
        }
        if let Some(&number) = self.numbers.get(domain) {
            self.names[number as usize].1 += 1;
            return number;
        }
        let number = self.free.pop().unwrap_or(self.names.len() as u32);
        if number as usize == self.names.len() {
            self.names.push((domain.into(), 1));
        } else {
            self.names[number as usize] = (domain.into(), 1);
        }
        self.numbers.insert(domain.into(), number);
        number
    }

    /// A user of the number leaves.
    pub fn release(&mut self, number: u32) {
        let Some((name, users)) = self.names.get_mut(number as usize) else { return };
        *users -= 1;
        if *users == 0 {
            self.numbers.remove(name);
            *name = Box::default();
            self.free.push(number);
        }
    }

    /// The domain of a number; empty where unknown.
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |(name, _)| name)
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.names.capacity() * 24 + self.numbers.capacity() * 25 + self.numbers.len() * 2 * 24 + self.free.capacity() * 4
    }
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
