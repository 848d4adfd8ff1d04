//! Event queue, clock, random streams and trace: a simulator that knows nothing of networks.

mod arena;

pub use arena::{Arena, Id};
