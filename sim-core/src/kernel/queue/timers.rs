//! The events that can still be taken back.

use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// The name of one cancellable event, from its scheduling until it fires or is cancelled; it is never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerId {
    slot: u32,
    /// Which use of the slot this is.
    generation: NonZeroU32,
}

#[derive(Debug, Clone)]
struct Slot<E> {
    generation: NonZeroU32,
    armed: Option<Armed<E>>,
}

#[derive(Debug, Clone)]
struct Armed<E> {
    /// The number of the queued key that stands for this event; any other key with this slot is dead.
    seq: u64,
    event: E,
}

/// A table of armed timers. Slots are used again, with another generation.
#[derive(Debug, Clone)]
pub(super) struct Timers<E> {
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
}

impl<E> Timers<E> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Holds `event` for the key numbered `seq`.
    pub(super) fn arm(&mut self, seq: u64, event: E) -> TimerId {
        let armed = Some(Armed { seq, event });
        if let Some(slot) = self.free.pop() {
            let place = &mut self.slots[slot as usize];
            place.armed = armed;
            return TimerId {
                slot,
                generation: place.generation,
            };
        }
        let slot = u32::try_from(self.slots.len()).expect("bug: more than 2^32 timers armed at once");
        let generation = NonZeroU32::MIN;
        self.slots.push(Slot { generation, armed });
        TimerId { slot, generation }
    }

    /// Gives up the event of `id`, if it is still armed.
    pub(super) fn disarm(&mut self, id: TimerId) -> Option<E> {
        let place = self.slots.get_mut(id.slot as usize)?;
        if place.generation != id.generation {
            return None;
        }
        let armed = place.armed.take()?;
        self.release(id.slot);
        Some(armed.event)
    }

    /// Gives up the event of the key numbered `seq`, unless that key is dead.
    pub(super) fn fire(&mut self, key: TimerKey, seq: u64) -> Option<E> {
        let place = &mut self.slots[key.slot as usize];
        let armed = place.armed.take_if(|armed| armed.seq == seq)?;
        self.release(key.slot);
        Some(armed.event)
    }

    /// Lets the key numbered `seq` stand for the event of `id`, if that is still armed; the key before it is dead.
    pub(super) fn rekey(&mut self, id: TimerId, seq: u64) -> Option<TimerKey> {
        let place = self.slots.get_mut(id.slot as usize)?;
        if place.generation != id.generation {
            return None;
        }
        place.armed.as_mut()?.seq = seq;
        Some(id.into())
    }

    /// Whether the key numbered `seq` stands for an event.
    pub(super) fn is_live(&self, key: TimerKey, seq: u64) -> bool {
        let armed = &self.slots[key.slot as usize].armed;
        armed.as_ref().is_some_and(|armed| armed.seq == seq)
    }

    pub(super) fn is_armed(&self, id: TimerId) -> bool {
        let place = self.slots.get(id.slot as usize);
        place.is_some_and(|place| place.generation == id.generation && place.armed.is_some())
    }

    fn release(&mut self, slot: u32) {
        let place = &mut self.slots[slot as usize];
        // A slot whose generations are used up is given up, so that no id ever comes back.
        if let Some(generation) = place.generation.checked_add(1) {
            place.generation = generation;
            self.free.push(slot);
        }
    }
}

/// What a queued key knows of its timer: the place in the table of the same queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimerKey {
    slot: u32,
}

impl From<TimerId> for TimerKey {
    fn from(id: TimerId) -> Self {
        Self { slot: id.slot }
    }
}
