//! Sessions in pairs.

mod chaos;
mod life;
mod open;
mod pipe;
mod quiet;
