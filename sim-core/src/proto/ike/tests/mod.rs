//! Pairs of daemons over a path in virtual time, and messages that nobody sends.

mod aggressive;
mod cases;
mod collisions;
mod pair;
mod selectors;
mod tables;
mod wire;
