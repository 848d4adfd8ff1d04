//! The whole service on a ground that does as the test says.

mod bench;
mod path;
mod stall;
