//! A row of things in the order in which they came, whose copies share what is old.

use std::collections::VecDeque;
use std::sync::Arc;

/// Things that copies share as one.
const CHUNK: usize = 1 << 10;

/// A row to whose end things are added and from whose beginning they are let go.
///
/// Things are shared by chunks, so that a copy costs little however long the row is: what is copied is no more than the
/// latest chunk. The memory of what is let go is given back by chunks, too.
#[derive(Debug, Clone)]
pub(super) struct Shared<T> {
    full: VecDeque<Arc<[T]>>,
    latest: Vec<T>,
    /// How many of the first chunk have been let go.
    n_gone: usize,
}

impl<T> Shared<T> {
    pub(super) const fn new() -> Self {
        Self {
            full: VecDeque::new(),
            latest: Vec::new(),
            n_gone: 0,
        }
    }
    pub(super) fn len(&self) -> usize {
        self.full.len() * CHUNK + self.latest.len() - self.n_gone
    }
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        let place = place.checked_add(self.n_gone)?;
        match self.full.get(place / CHUNK) {
            Some(chunk) => chunk.get(place % CHUNK),
            None => self.latest.get(place - self.full.len() * CHUNK),
        }
    }
    /// From the one at `first` to the latest.
    pub(super) fn from(&self, first: usize) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        (first..self.len()).map(|place| self.get(place).expect("bug: a place before the end is none"))
    }
    pub(super) fn push(&mut self, thing: T) {
        self.latest.push(thing);
        if self.latest.len() == CHUNK {
            self.full.push_back(core::mem::take(&mut self.latest).into());
        }
    }
    /// Lets the first `n` go.
    pub(super) fn forget(&mut self, n: usize) {
        self.n_gone += n.min(self.len());
        while self.n_gone >= CHUNK && self.full.pop_front().is_some() {
            self.n_gone -= CHUNK;
        }
        if self.full.is_empty() && self.n_gone == self.latest.len() {
            self.latest.clear();
            self.n_gone = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_queue_whose_copies_share_all_but_the_latest() {
        let (mut shared, mut plain) = (Shared::new(), VecDeque::new());
        for n in 0..5 * CHUNK + 7 {
            shared.push(n);
            plain.push_back(n);
            if n % 3 == 0 {
                shared.forget(1);
                plain.pop_front();
            }
        }
        assert_eq!(shared.len(), plain.len());
        assert!(shared.from(0).eq(plain.iter()));
        assert!(shared.from(CHUNK - 1).rev().eq(plain.range(CHUNK - 1..).rev()));
        assert_eq!((shared.get(3), shared.get(shared.len())), (plain.get(3), None));

        let mut copy = shared.clone();
        let is_shared = shared
            .full
            .iter()
            .zip(&copy.full)
            .all(|(one, other)| Arc::ptr_eq(one, other));
        assert!(is_shared && copy.full.len() == shared.full.len());
        copy.push(0);
        assert_eq!((copy.len(), shared.len()), (plain.len() + 1, plain.len()));
        copy.forget(usize::MAX);
        assert_eq!((copy.len(), copy.get(0)), (0, None));
        copy.push(5);
        assert_eq!((copy.len(), copy.get(0)), (1, Some(&5)));
        assert!(shared.from(0).eq(plain.iter()));
    }

    /// Where each is let go as soon as it has been seen, as where only a digest is wanted.
    #[test]
    fn a_row_that_is_emptied_again_and_again_does_not_grow() {
        let mut shared = Shared::new();
        for n in 0..3 * CHUNK {
            shared.push(n);
            assert_eq!(shared.get(0), Some(&n));
            shared.forget(1);
        }
        assert!(shared.full.is_empty() && shared.latest.capacity() < CHUNK);
    }
}
