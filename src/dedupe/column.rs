//! A flat array by ordinal that grows in chunks at its end and is given back in chunks at its beginning.
//!
//! It never moves what it holds, so growth costs no copy and no doubled memory.

use std::collections::VecDeque;

use super::ordinal::Ordinal;

/// Elements of a chunk.
const CHUNK: usize = 4096;

/// An array by ordinal: `start ..= start + len − 1`.
#[derive(Debug)]
pub(super) struct Column<T> {
    chunks: VecDeque<Vec<T>>,
    /// Ordinal of the first element of the first chunk.
    base: Ordinal,
    /// The first ordinal that is alive.
    start: Ordinal,
    len: usize,
}

impl<T> Column<T> {
    /// An empty array whose first element will have this ordinal.
    pub fn new(start: Ordinal) -> Column<T> {
        Column { chunks: VecDeque::new(), base: start, start, len: 0 }
    }

    /// How many are alive.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The first ordinal that is alive.
    pub fn start(&self) -> Ordinal {
        self.start
    }

    /// The ordinal of the element that is pushed next.
    pub fn end(&self) -> Ordinal {
        self.start.plus(self.len as u32)
    }

    /// Puts an element at the end.
    pub fn push(&mut self, value: T) -> Ordinal {
        let ordinal = self.end();
        if self.chunks.back().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push_back(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(value);
        }
        self.len += 1;
        ordinal
    }

    /// Takes the first element out of what is alive.
    pub fn drop_first(&mut self) {
        debug_assert!(self.len > 0);
        self.start = self.start.next();
        self.len -= 1;
        if self.start.since(self.base) as usize == CHUNK {
            self.chunks.pop_front();
            self.base = self.start;
        }
    }

    /// The first element that is alive.
    pub fn first(&self) -> Option<&T> {
        (self.len > 0).then(|| self.at(self.start))
    }

    /// The last element that is alive.
    pub fn last(&self) -> Option<&T> {
        if self.len > 0 { self.chunks.back().and_then(|chunk| chunk.last()) } else { None }
    }

    /// Takes the last element away.
    pub fn drop_last(&mut self) {
        debug_assert!(self.len > 0);
        self.len -= 1;
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.pop();
            if chunk.is_empty() && self.chunks.len() > 1 {
                self.chunks.pop_back();
            }
        }
    }

    /// The element at an ordinal that is alive.
    pub fn at(&self, ordinal: Ordinal) -> &T {
        debug_assert!((ordinal.since(self.start) as usize) < self.len);
        let index = ordinal.since(self.base) as usize;
        &self.chunks[index / CHUNK][index % CHUNK]
    }

    /// The element at an ordinal that is alive, to change it.
    pub fn at_mut(&mut self, ordinal: Ordinal) -> &mut T {
        debug_assert!((ordinal.since(self.start) as usize) < self.len);
        let index = ordinal.since(self.base) as usize;
        &mut self.chunks[index / CHUNK][index % CHUNK]
    }

    /// Bytes that its chunks take.
    pub fn bytes(&self) -> usize {
        self.chunks.len() * CHUNK * size_of::<T>() + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_and_takes_at_both_ends() {
        let mut column = Column::new(Ordinal::new(0));
        for round in 0..3_u32 {
            for i in 0..=2 * CHUNK as u32 {
                column.push(i);
            }
            assert_eq!((column.first(), column.last()), (Some(&0), Some(&(2 * CHUNK as u32))));
            (0..CHUNK).for_each(|_| column.drop_last());
            (0..CHUNK + round as usize % 2).for_each(|_| column.drop_first());
            assert_eq!(column.last().copied(), (round % 2 == 0).then_some(CHUNK as u32));
            while column.len() > 0 {
                column.drop_last();
            }
            assert_eq!((column.first(), column.last()), (None, None));
        }
    }

    #[test]
    fn holds_a_moving_stretch_in_bounded_memory() {
        let first = Ordinal::new((1 << 31) - 3000);
        let mut column = Column::new(first);
        for i in 0..50_000_u32 {
            assert_eq!(column.push(i), first.plus(i));
            if column.len() > 5000 {
                column.drop_first();
            }
            assert!(column.bytes() <= 4 * (CHUNK * 4 + 24), "{} bytes", column.bytes());
        }
        assert_eq!(*column.at(column.start()), 45_000);
        *column.at_mut(first.plus(49_999)) = 7;
        assert_eq!(*column.at(first.plus(49_999)), 7);
        assert_eq!(column.end(), first.plus(50_000));
    }
}
