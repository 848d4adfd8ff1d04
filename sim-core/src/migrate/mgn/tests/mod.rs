//! The whole service on a ground that does as the test says.

mod bench;
mod chaos;
mod data;
mod install;
mod launches;
mod path;
mod scale;
mod settings;
mod stall;
