//! Protocols as pure state and message logic; who carries their bytes is known further up.

pub mod bfd;
pub mod bgp;
pub mod dns;
pub mod ike;
