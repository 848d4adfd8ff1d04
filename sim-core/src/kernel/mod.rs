//! The discrete-event kernel: what every lab runs on, and nothing that a network would recognise.
//!
//! - [`arena`]: things in a vector, named by typed ids.
//! - [`queue`]: pending events in a strict total order, and the clock that follows from it.
//! - [`engine`]: the loop that pops an event and hands it to the model.
//! - [`heartbeat`]: signs of life at instants that can be told without sending them.
//! - [`rng`]: seeded random streams, one per purpose and owner.
//! - [`digest`]: a hash that is the same on every machine.
//! - [`trace`]: records of what happened, each naming its cause, and their running digest.
//! - [`trail`]: what that digest was after each record, so that two runs can be told apart where they part.
//!
//! The model drives it: [`engine::Engine`] owns a [`engine::Model`] and its queue. All of it is plain data: it
//! can be cloned to make a checkpoint, and nothing here reads a clock, a thread or an unordered map.
//! Only [`units`](crate::units) is known below.

pub mod arena;
pub mod digest;
pub mod engine;
pub mod heartbeat;
pub mod queue;
pub mod rng;
mod shared;
pub mod trace;
pub mod trail;

pub use arena::{Arena, Id};
pub use digest::Digest;
pub use engine::{Engine, Model, Scheduler};
pub use heartbeat::{Elision, End, Heartbeat, Jitter, Vital};
pub use queue::{EventQueue, TimerId};
pub use rng::{Dice, Streams};
pub use trace::{Keep, Observer, Record, RecordId, Trace};
pub use trail::{Parting, Trail};
