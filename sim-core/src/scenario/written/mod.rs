//! Levers as text: what a person could have typed to make the same change.
//!
//! Preflight proposes its fixes as levers; written like this they can be pasted under `changes:` of
//! an overlay. The text names things, so it can be read back only in a lab in which what the lever
//! speaks of has a name: machines that appear during a run have none.

mod network;
mod pen;
mod routing;
mod session;
mod setting;
#[cfg(test)]
mod tests;
mod tunnel;

pub(super) use pen::quoted;
pub use pen::to_text;
pub(crate) use routing::rules as policy_text;
pub(crate) use tunnel::terms as terms_text;
