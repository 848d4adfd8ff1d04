//! The window, driven by name as a screen reader would drive it: no display and no GPU.

mod command_line;
mod fixture;
mod images;
mod lab;
mod map;
mod quality;
mod window;
