//! Reusable parts of a screen that know nothing of the lab.

pub mod bar;
pub mod cursor;
pub mod input;
pub mod popup;
pub mod table;
pub mod text;
