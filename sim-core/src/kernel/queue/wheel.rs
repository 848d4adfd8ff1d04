//! Events beyond the horizon, unsorted, in slots by instant.
//!
//! The horizon is an instant that the owner of the wheel keeps; every event here is later. An event lies at the
//! level of the highest group of six bits in which its instant differs from the horizon, in the slot that those six bits
//! number. So all events of a level come before all events of the next, and in a level slot by slot.

use core::cmp::Ordering;

use super::timers::TimerKey;
use crate::units::SimTime;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;

/// A queued event with its key.
#[derive(Debug, Clone)]
pub(super) struct Entry<E> {
    pub(super) at: SimTime,
    pub(super) seq: u64,
    pub(super) what: What<E>,
}

#[derive(Debug, Clone)]
pub(super) enum What<E> {
    Event(E),
    Timer(TimerKey),
}

impl<E> Entry<E> {
    pub(super) const fn key(&self) -> (SimTime, u64) {
        (self.at, self.seq)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// The earlier event is the greater: the standard heap has its greatest on top, and a vector so sorted has the
    /// next event at its end.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Wheel<E> {
    /// Level by level, the finest first.
    slots: Vec<Vec<Entry<E>>>,
    /// For each level one bit per slot that is not empty.
    used_slots: [u64; LEVELS],
    /// One bit per level that is not empty.
    used_levels: u16,
}

/// One slot of a wheel, seen from a horizon.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlotRef {
    level: usize,
    slot: usize,
    /// The first instant that the slot can hold.
    pub(super) first: u64,
    /// The last instant that the slot can hold.
    pub(super) last: u64,
}

impl<E> Wheel<E> {
    pub(super) fn new() -> Self {
        Self {
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            used_slots: [0; LEVELS],
            used_levels: 0,
        }
    }

    /// Puts in an entry that is later than `horizon`.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>, horizon: u64) {
        let at = entry.at.as_nanos();
        debug_assert!(
            at > horizon,
            "bug: only what is beyond the horizon belongs in the wheel"
        );
        let level = ((at ^ horizon).ilog2() / BITS) as usize;
        let slot = (at >> (level as u32 * BITS)) as usize % SLOTS;
        self.slots[level * SLOTS + slot].push(entry);
        self.used_slots[level] |= 1 << slot;
        self.used_levels |= 1 << level;
    }

    /// The slot with the earliest entries.
    #[inline]
    pub(super) fn first_slot(&self, horizon: u64) -> Option<SlotRef> {
        let level = self.used_levels.trailing_zeros() as usize;
        let slot = self.used_slots.get(level)?.trailing_zeros() as usize;
        Some(SlotRef::new(level, slot, horizon))
    }

    /// Empties `at` into `into`, which is empty, and leaves the room of `into` for later.
    #[inline]
    pub(super) fn take(&mut self, at: SlotRef, into: &mut Vec<Entry<E>>) {
        core::mem::swap(&mut self.slots[at.level * SLOTS + at.slot], into);
        self.unmark(at.level, at.slot);
    }

    pub(super) fn n_entries(&self, at: SlotRef) -> usize {
        self.slots[at.level * SLOTS + at.slot].len()
    }

    /// The entries of each slot in use, earliest slot first.
    pub(super) fn slots_in_order(&self) -> impl Iterator<Item = &[Entry<E>]> {
        self.slots
            .iter()
            .filter(|slot| !slot.is_empty())
            .map(Vec::as_slice)
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        for level in 0..LEVELS {
            for slot in 0..SLOTS {
                let entries = &mut self.slots[level * SLOTS + slot];
                if entries.is_empty() {
                    continue;
                }
                entries.retain(&mut keep);
                if entries.is_empty() {
                    self.unmark(level, slot);
                }
            }
        }
    }

    fn unmark(&mut self, level: usize, slot: usize) {
        self.used_slots[level] &= !(1 << slot);
        if self.used_slots[level] == 0 {
            self.used_levels &= !(1 << level);
        }
    }
}

impl SlotRef {
    fn new(level: usize, slot: usize, horizon: u64) -> Self {
        let shift = level as u32 * BITS;
        let within = (1 << shift) - 1;
        // The top level has no bits above its own.
        let above = u64::MAX.checked_shl(shift + BITS).unwrap_or(0);
        let first = (horizon & above) | ((slot as u64) << shift);
        Self {
            level,
            slot,
            first,
            last: first | within,
        }
    }

    /// Whether the slot spans a single instant.
    pub(super) const fn is_instant(self) -> bool {
        self.first == self.last
    }
}
