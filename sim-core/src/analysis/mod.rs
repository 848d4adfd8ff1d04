//! Questions about a lab, answered with reasons: does this path work, does everything that the
//! migration needs work, and what is the smallest change that mends it.
//!
//! Nothing here decides anything that the model decides: paths are the model's own forwarding
//! function repeated, and checks are calls made through the model's own DNS, TCP and TLS. What is
//! added is words and the proposal of fixes.

pub mod fix;
mod members;
pub mod path;
mod path_mtu;
mod preflight;
pub mod wording;

pub use fix::{Fix, Problem};
pub use members::MemberRow;
pub use path::{HopRow, PathQuestion, PathReport, Sender, path};
pub use path_mtu::{Discovery, WayMtu};
pub use preflight::{Check, Finding, Preflight, preflight};
