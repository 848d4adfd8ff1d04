//! Protocols as pure state and message logic; who carries their bytes is known further up.

pub mod bgp;
pub mod dns;
