//! The queue itself; how it works is told in the [folder's documentation](super).

use std::collections::BinaryHeap;

use super::timers::{TimerId, Timers};
use super::wheel::{Entry, What, Wheel};
use crate::units::SimTime;

/// A slot of the wheel with at most so many entries is sorted as it is; one with more is dealt to finer slots.
const WORTH_SORTING: usize = 64;
/// More events than this between now and the horizon are dealt back to the wheel.
const HEAP_LIMIT: usize = 128;
/// Room that a slot may keep for its next entries, in entries.
const ROOM_KEPT: usize = 2 * WORTH_SORTING;
/// So many dead keys are not worth sweeping.
const FEW_DEAD: usize = 64;
/// What numbers of schedulings begin at, but for those of events that come first at their instant.
const ORDINARY: u64 = 1 << 63;

/// Pending events in the order (instant, scheduling), and the clock.
///
/// Everything is plain data; a clone goes on independently from the same instant, and its [`TimerId`]s are those of
/// the original. The event type is moved one to three times between scheduling and popping, so keep it small and
/// put what is bulky into an arena.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    now: SimTime,
    next_seq: u64,
    n_live: usize,
    n_dead: usize,
    timers: Timers<E>,
    /// Part of what is due up to the horizon, sorted, the next event last.
    sorted: Vec<Entry<E>>,
    /// The rest of what is due up to the horizon: what was scheduled after the sorting.
    heap: BinaryHeap<Entry<E>>,
    /// The first instant of the slot that was opened last. The horizon may be moved back to here, no further:
    /// from here on the wheel's entries differ in the same digit as from the horizon.
    opened: u64,
    /// Everything later than this is in the wheel.
    horizon: u64,
    wheel: Wheel<E>,
}

impl<E> EventQueue<E> {
    /// An empty queue at the beginning of time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: SimTime::START,
            next_seq: ORDINARY,
            n_live: 0,
            n_dead: 0,
            timers: Timers::new(),
            sorted: Vec::new(),
            heap: BinaryHeap::new(),
            opened: 0,
            horizon: 0,
            wheel: Wheel::new(),
        }
    }

    /// The present: the instant of the event popped last, or where [`advance_to`](Self::advance_to) went since.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are pending; cancelled ones do not count.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.n_live
    }

    /// Whether no event is pending.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.n_live == 0
    }

    /// Lets `event` happen at `at`, after everything that is already scheduled for that instant.
    ///
    /// # Panics
    /// If `at` is past: a model that does so is wrong.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        let seq = self.take_seq(at);
        self.n_live += 1;
        self.insert(Entry {
            at,
            seq,
            what: What::Event(event),
        });
    }

    /// Lets `event` happen at `at`, before everything there that was not scheduled this way, however early. So what else
    /// is due at that instant does not meet something else by when this was scheduled.
    ///
    /// # Panics
    /// If `at` is past.
    pub fn schedule_first(&mut self, at: SimTime, event: E) {
        let seq = self.take_seq(at) & !ORDINARY;
        self.n_live += 1;
        self.insert(Entry {
            at,
            seq,
            what: What::Event(event),
        });
    }

    /// As [`schedule`](Self::schedule), but the event can be taken back or moved.
    ///
    /// # Panics
    /// If `at` is past.
    pub fn schedule_cancellable(&mut self, at: SimTime, event: E) -> TimerId {
        let seq = self.take_seq(at);
        self.n_live += 1;
        let id = self.timers.arm(seq, event);
        self.insert(Entry {
            at,
            seq,
            what: What::Timer(id.into()),
        });
        id
    }

    /// Takes a scheduled event back. False if it has happened or was cancelled before.
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        if self.timers.disarm(timer).is_none() {
            return false;
        }
        self.n_live -= 1;
        self.bury();
        true
    }

    /// Moves a scheduled event to another instant, as if it were scheduled only now: at `at` it comes after
    /// everything already there. False, and nothing is done, if it has happened or was cancelled.
    ///
    /// # Panics
    /// If `at` is past.
    pub fn reschedule(&mut self, timer: TimerId, at: SimTime) -> bool {
        let seq = self.take_seq(at);
        let Some(key) = self.timers.rekey(timer, seq) else {
            return false;
        };
        self.insert(Entry {
            at,
            seq,
            what: What::Timer(key),
        });
        self.bury();
        true
    }

    /// Whether the event named `timer` is still to come.
    #[must_use]
    pub fn is_pending(&self, timer: TimerId) -> bool {
        self.timers.is_armed(timer)
    }

    /// Takes out the next event and moves the clock to its instant.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_until(SimTime::END)
    }

    /// As [`pop`](Self::pop), but only if the next event is due no later than `until`; otherwise nothing is done.
    #[inline]
    pub fn pop_until(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        loop {
            let in_heap = match (self.sorted.last(), self.heap.peek()) {
                (Some(_), None) => false,
                (Some(sorted), Some(heaped)) => heaped.key() < sorted.key(),
                (None, Some(_)) => true,
                (None, None) => {
                    if self.open_slot(until.as_nanos()) {
                        continue;
                    }
                    return None;
                }
            };
            let next = if in_heap {
                self.heap.peek()
            } else {
                self.sorted.last()
            };
            if next.is_none_or(|next| next.at > until) {
                return None;
            }
            let Entry { at, seq, what } = if in_heap {
                self.heap.pop()
            } else {
                self.sorted.pop()
            }?;
            let event = match what {
                What::Event(event) => event,
                What::Timer(key) => match self.timers.fire(key, seq) {
                    Some(event) => event,
                    None => {
                        self.n_dead -= 1;
                        continue;
                    }
                },
            };
            debug_assert!(at >= self.now, "bug: time goes forwards only");
            self.now = at;
            self.n_live -= 1;
            return Some((at, event));
        }
    }

    /// The instant of the next event. Constant time in the midst of a busy stretch; otherwise it looks through
    /// what lies closest together, so ask once in a while and let [`pop_until`](Self::pop_until) decide in a loop.
    #[must_use]
    pub fn peek_time(&self) -> Option<SimTime> {
        let sorted = self.sorted.iter().rev().find(|entry| self.is_live(entry));
        let heaped = match self.heap.peek() {
            Some(top) if !self.is_live(top) => self.heap.iter().filter(|entry| self.is_live(entry)).max(),
            top => top,
        };
        if let Some(next) = sorted.max(heaped) {
            return Some(next.at);
        }
        self.wheel
            .slots_in_order()
            .find_map(|slot| slot.iter().filter(|entry| self.is_live(entry)).max())
            .map(|entry| entry.at)
    }

    /// Moves the clock to `at` though nothing happens there, for a run that ends between two events.
    ///
    /// # Panics
    /// If `at` is past, or an event is due before it.
    pub fn advance_to(&mut self, at: SimTime) {
        assert!(
            at >= self.now,
            "bug: time goes forwards only, not from {} to {at}",
            self.now
        );
        let next = self.peek_time();
        assert!(
            next.is_none_or(|next| next >= at),
            "bug: an event is due before {at}"
        );
        self.now = at;
    }

    /// How many keys are held, living and dead.
    #[cfg(test)]
    pub(super) fn n_keys(&self) -> usize {
        let in_wheel: usize = self.wheel.slots_in_order().map(<[_]>::len).sum();
        self.sorted.len() + self.heap.len() + in_wheel
    }

    fn take_seq(&mut self, at: SimTime) -> u64 {
        assert!(at >= self.now, "bug: {at} is past, it is {}", self.now);
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    #[inline]
    fn insert(&mut self, entry: Entry<E>) {
        if entry.at.as_nanos() > self.horizon {
            self.wheel.push(entry, self.horizon);
        } else {
            self.heap.push(entry);
            if self.heap.len() > HEAP_LIMIT {
                self.draw_horizon_in();
            }
        }
    }

    /// Moves the first events of the wheel to `sorted`, if any can be due by `until`. Nothing is due before the
    /// horizon when this is called.
    fn open_slot(&mut self, until: u64) -> bool {
        while let Some(slot) = self
            .wheel
            .first_slot(self.horizon)
            .filter(|slot| slot.first <= until)
        {
            self.opened = slot.first;
            if slot.is_instant() || self.wheel.n_entries(slot) <= WORTH_SORTING {
                self.sorted.shrink_to(ROOM_KEPT);
                self.wheel.take(slot, &mut self.sorted);
                self.horizon = slot.last;
            } else {
                let mut entries = Vec::new();
                self.wheel.take(slot, &mut entries);
                self.horizon = slot.first;
                for entry in entries {
                    if entry.at.as_nanos() > self.horizon {
                        self.wheel.push(entry, self.horizon);
                    } else {
                        self.sorted.push(entry);
                    }
                }
            }
            if !self.sorted.is_empty() {
                self.sorted.sort_unstable();
                return true;
            }
        }
        false
    }

    /// Too much is due before the horizon: draws it in to the present and deals what lies beyond to the wheel.
    #[cold]
    fn draw_horizon_in(&mut self) {
        let horizon = self.now.as_nanos().max(self.opened);
        if horizon >= self.horizon {
            // All of it is due at one instant, where a heap is as good as anything.
            return;
        }
        self.horizon = horizon;
        let heaped = core::mem::take(&mut self.heap).into_vec();
        let sorted = core::mem::take(&mut self.sorted);
        for entry in heaped.into_iter().chain(sorted) {
            if entry.at.as_nanos() > horizon {
                self.wheel.push(entry, horizon);
            } else {
                self.heap.push(entry);
            }
        }
    }

    fn is_live(&self, entry: &Entry<E>) -> bool {
        match entry.what {
            What::Event(_) => true,
            What::Timer(key) => self.timers.is_live(key, entry.seq),
        }
    }

    /// Counts a key that has just died, and sweeps the dead out when they outnumber the living.
    fn bury(&mut self) {
        self.n_dead += 1;
        if self.n_dead <= self.n_live + FEW_DEAD {
            return;
        }
        let timers = &self.timers;
        let keep = |entry: &Entry<E>| match entry.what {
            What::Event(_) => true,
            What::Timer(key) => timers.is_live(key, entry.seq),
        };
        self.sorted.retain(keep);
        self.heap.retain(keep);
        self.wheel.retain(keep);
        self.n_dead = 0;
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}
