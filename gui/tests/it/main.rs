//! The window, driven by name as a screen reader would drive it: no display and no GPU.

mod both_screens;
mod command_line;
mod driven;
mod files;
mod images;
mod lab;
mod map;
mod panes;
mod quality;
mod room;
mod story;
