//! The window, driven by name as a screen reader would drive it: no display and no GPU.

mod fixture;
mod window;
