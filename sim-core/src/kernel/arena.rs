//! Dense tables and the typed numbers that index them.
//!
//! A table only grows: an id stays good for the life of the table and of every clone of it, and iteration follows
//! the order of creation on every machine. What a lab takes away is marked so by its owner.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

/// The number of one row in a table of `K`s.
///
/// Dense and `Copy`; it orders as the rows do, which is the order of the scenario text.
pub struct Id<K> {
    index: u32,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// The id of row `index`.
    #[must_use]
    pub const fn from_index(index: u32) -> Self {
        Self {
            index,
            kind: PhantomData,
        }
    }
    /// The row's number.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index)
    }
}
impl<K> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.index)
    }
}
impl<'de, K> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Self::from_index)
    }
}

/// A dense table of `T`s whose rows are named by `Id<K>`.
///
/// `K` is `T` itself unless the ids have to be known in modules that may not know `T`. Rows are
/// never removed, so an id stays good for the life of the table.
#[derive(Debug, Clone)]
pub struct Arena<T, K = T> {
    rows: Vec<T>,
    kind: PhantomData<fn() -> K>,
}

impl<T, K> Arena<T, K> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: Vec::new(),
            kind: PhantomData,
        }
    }
    /// Adds a row and returns its id.
    ///
    /// # Panics
    /// Past 2^32 rows, which no lab that fits in memory reaches.
    pub fn push(&mut self, row: T) -> Id<K> {
        let id = self.next_id();
        self.rows.push(row);
        id
    }
    /// The id that the next pushed row will get.
    #[must_use]
    pub fn next_id(&self) -> Id<K> {
        Id::from_index(u32::try_from(self.rows.len()).expect("bug: an arena holds fewer than 2^32 rows"))
    }
    /// The row, where there is one.
    #[must_use]
    pub fn get(&self, id: Id<K>) -> Option<&T> {
        self.rows.get(id.index())
    }
    /// The row for changing, where there is one.
    pub fn get_mut(&mut self, id: Id<K>) -> Option<&mut T> {
        self.rows.get_mut(id.index())
    }
    /// All rows with their ids, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Id<K>, &T)> + ExactSizeIterator {
        self.rows
            .iter()
            .enumerate()
            .map(|(index, row)| (Id::from_index(index as u32), row))
    }
    /// All rows for changing, with their ids, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Id<K>, &mut T)> {
        self.rows
            .iter_mut()
            .enumerate()
            .map(|(index, row)| (Id::from_index(index as u32), row))
    }
    /// All ids, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = Id<K>> + ExactSizeIterator + use<T, K> {
        (0..self.rows.len()).map(|index| Id::from_index(index as u32))
    }
    /// All rows, in order.
    #[must_use]
    pub fn rows(&self) -> &[T] {
        &self.rows
    }
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T, K> Default for Arena<T, K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, K> Index<Id<K>> for Arena<T, K> {
    type Output = T;
    fn index(&self, id: Id<K>) -> &T {
        &self.rows[id.index()]
    }
}

impl<T, K> IndexMut<Id<K>> for Arena<T, K> {
    fn index_mut(&mut self, id: Id<K>) -> &mut T {
        &mut self.rows[id.index()]
    }
}

impl<T, K> FromIterator<T> for Arena<T, K> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Self {
            rows: rows.into_iter().collect(),
            kind: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_rows_in_order() {
        let mut arena: Arena<&str> = Arena::new();
        let (a, b) = (arena.push("a"), arena.push("b"));
        assert!(a < b);
        assert_eq!((arena[a], arena[b], arena.len()), ("a", "b", 2));
        assert_eq!(arena.ids().collect::<Vec<_>>(), [a, b]);
        assert!(arena.get(Id::from_index(2)).is_none());
    }

    #[test]
    fn an_id_is_four_bytes_and_serialised_as_its_number() {
        let id: Id<String> = Id::from_index(7);
        assert_eq!(size_of_val(&id), 4);
        let text = ron::to_string(&id).expect("a number can be written");
        assert_eq!(text, "7");
        assert_eq!(
            ron::from_str::<Id<String>>(&text).expect("a number can be read"),
            id
        );
    }
}
