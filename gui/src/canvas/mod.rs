//! The picture of a lab: layout, camera, paint and what the pointer hits.
//!
//! [`Layout`] is a pure function of the topology and is made only when its shape changes; a frame
//! transforms it by the [`Camera`] and paints what is in view. Text is laid out at its size on the
//! screen, so it stays sharp at every zoom.

mod camera;
mod draw;
mod layout;
mod minimap;
mod neighbour;
mod overlay;
mod pick;
mod search;
mod symbol;
mod widget;

pub use camera::Camera;
pub(crate) use draw::still as draw;
pub use layout::{Bundle, Layout, Placements, link_name};
pub use overlay::{Direction, Overlay, Packet, Protocol, Route, Stop};
pub use pick::pick;
pub(crate) use symbol::health as health_mark;
pub use widget::Canvas;
