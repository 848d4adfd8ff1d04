//! The desktop program of Causeway, as a library: everything but the window itself.
//!
//! The binary owns the window, the wall clock and the files; here a frame is a pure function of what
//! [`window::Window`] and, within it, [`app::App`] were given, so tests drive it without a display and a page in a browser could too.
//! Nothing here decides how a lab behaves.

pub mod alive;
pub mod app;
mod bar;
pub mod canvas;
pub mod export;
pub mod inspector;
mod migration;
pub mod picture;
pub mod playback;
pub mod player;
pub mod theme;
pub mod topology;
pub mod window;
