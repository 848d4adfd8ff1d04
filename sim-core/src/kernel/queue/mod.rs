//! Pending events in a strict total order, the clock, and timers that can be taken back.
//!
//! The key of an event is (instant, number of its scheduling). No two are equal: events due at the same instant
//! come in the order in which they were scheduled, on every machine; those of [`EventQueue::schedule_first`] are numbered
//! from below all others, and so come before them. The clock is the instant of the event popped
//! last; only the queue moves it, and only forwards.
//!
//! # How it works
//! Nothing is ever scheduled before the present, so a queue need not keep everything in order. Events far off
//! wait unsorted in a wheel of wheels (`wheel`): eleven levels of 64 slots, one for each six bits of the instant,
//! where an event lies at the level of the highest six bits in which its instant differs from the horizon. When
//! the near ones run out, the first slot in use is opened. If it holds few events they are sorted and become the near ones;
//! if many, they are dealt to the levels below. Events scheduled before the horizon go to a small heap beside the
//! sorted ones, and should that heap grow, its events are dealt to the wheel as well. So an event is moved at
//! most eleven times (in practice one to three), whatever the instants look like: there is no width to be
//! guessed and no density to be known beforehand.
//!
//! # Why not a binary heap
//! The PHOLD workload (exponential delays, as many events pending as there are processes) on this queue with
//! dispatch to owners, relative to a bare loop over `std::collections::BinaryHeap` taken in turns with it:
//!
//! | pending events | 10 | 100 | 1 000 | 10 000 | 100 000 |
//! |---|---|---|---|---|---|
//! | speed relative to the bare heap | 0.9 | 1.05 | 1.4 | 1.7 | 2.2 |
//!
//! `cargo bench -p tests --bench kernel` measures it again. How many events are worth sorting (64) was chosen among
//! 8 to 256: fewer make it slower than the heap at 1 000, more at 100. A calendar queue would need to know
//! the density of events beforehand, which in a lab ranges from microseconds between packets to hours between timers.
//!
//! # Where it comes from
//! The wheel is due to Varghese and Lauck ("Hashed and hierarchical timing wheels", SOSP 1987), the argument by
//! highest differing digit to the radix heap of Ahuja, Mehlhorn, Orlin and Tarjan (J. ACM 37, 1990), and opening
//! only as much as is worth sorting to the ladder queue of Tang, Goh and Thng (ACM TOMACS 15, 2005).
//!
//! # Timers
//! [`EventQueue::schedule`] costs nothing for being cancellable. [`EventQueue::schedule_cancellable`] keeps the event in
//! a table and queues its place there. Cancelling empties the place, in constant time; the queued key is then dead
//! and is skipped when its turn comes. Dead keys never outnumber the living by more than a constant: past that
//! they are swept out.

mod event_queue;
mod timers;
mod wheel;

#[cfg(test)]
mod tests;

pub use event_queue::EventQueue;
pub use timers::TimerId;
