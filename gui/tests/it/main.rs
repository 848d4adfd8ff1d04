//! The window, driven by name as a screen reader would drive it: no display and no GPU.

mod fixture;
#[cfg(target_os = "linux")]
mod no_display;
mod window;
