//! The desktop program of Causeway, as a library: everything but the window itself.
//!
//! The binary owns the window and the wall clock; here a frame is a pure function of what
//! [`window::Window`] was given, so tests drive it without a display and a page in a browser could too. Only [`files`] touches
//! files, by [`sim_core::storage`]. Nothing here decides how a lab behaves.

pub mod alive;
mod aside;
mod ask;
mod bar;
pub mod canvas;
pub mod docking;
pub mod export;
pub mod files;
pub mod front;
mod inspector;
pub mod keys;
pub mod map;
pub mod overlay;
mod panes;
pub mod picture;
pub mod sheet;
pub mod theme;
mod tiles;
pub mod timeline;
pub mod topology;
mod trouble;
pub mod window;
