//! A value that one thread publishes and others read: swapped whole, so no reader sees half of a change.
//!
//! The lock is held for the swap of one pointer. It must never be used to share something that is changed in place.

use std::sync::{Arc, PoisonError, RwLock};

/// The newest of a series of values.
#[derive(Debug, Default)]
pub struct Latest<T>(RwLock<Arc<T>>);

impl<T> Latest<T> {
    /// Begins with a value.
    pub fn new(value: T) -> Latest<T> {
        Latest(RwLock::new(Arc::new(value)))
    }

    /// Replaces the value.
    pub fn set(&self, value: T) {
        let value = Arc::new(value);
        // A pointer is never half written, so a lock that a panic poisoned still holds a whole value.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// The newest value. It stays as it is while the caller holds it.
    pub fn get(&self) -> Arc<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_see_whole_values() {
        let latest = Latest::new((0u64, 0u64));
        std::thread::scope(|scope| {
            scope.spawn(|| (1..=20_000).for_each(|n| latest.set((n, n * 7))));
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        let value = latest.get();
                        assert_eq!(value.1, value.0 * 7);
                    }
                });
            }
        });
        assert_eq!(*latest.get(), (20_000, 140_000));
    }
}
