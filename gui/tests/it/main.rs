//! The window, driven by name as a screen reader would drive it: no display and no GPU.

mod command_line;
mod fixture;
mod lab;
mod quality;
mod window;
