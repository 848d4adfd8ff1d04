//! IKE: how two gateways agree on keys for a tunnel, prove who they are, and keep it all alive. IKEv1 and IKEv2.
//!
//! A [`Daemon`] is one gateway's IKE. It knows its configured [`Connection`]s and holds the SAs that came of them.
//! It takes an [`Input`] at an instant and pushes [`Output`]s: datagrams to send, CHILD_SAs that packets may or may
//! no longer use, and notices. Who carries the datagrams, and what makes packets use a CHILD_SA, is known further up.
//!
//! ```text
//!   Input ──▶ Daemon ──▶ connections: proposals, identities, keys, selectors, timers
//!                │                     │
//!                │                     ▼
//!                ├──▶ IKE SA (v1 or v2: fsm, window, queue of tasks)
//!                │        └──▶ CHILD_SA, CHILD_SA …
//!                ▼
//!             Output
//! ```
//!
//! - [`algorithm`], [`proposal`], [`selector`], [`identity`], [`certificate`], [`config`]: what can be asked for.
//! - [`change`]: what is asked for otherwise while the gateway runs.
//! - [`wire`]: messages as octets; `codec`: between the two.
//! - `crypt`: what stands in for cryptography, and who can read and forge.
//! - `crowd`: what is done when more SAs are begun than completed.
//! - [`v2`], [`v1`]: the exchanges, with a pure table of states in each one's `fsm`.
//! - [`replay`]: the window against replayed packets, for whoever carries ESP.
//!
//! # Fidelity
//! Messages have their real wire form, lengths included, but no cryptography is performed: see `crypt`. IPv4 only.
//! Left out: EAP, XAuth, mode config, MOBIKE, fragmentation, redirection, AH and IPComp, IKEv1 with certificates,
//! more than one key exchange (RFC 9370). IKEv1's vectors do not chain from
//! message to message. NAT keepalives are sent every 20 s, whatever else is sent
//! meanwhile. Reauthentication in IKEv2
//! breaks before it makes, as strongSwan does before version 6 (`make_before_break`). A connection that is configured
//! otherwise counts from the next negotiation of any kind on, where strongSwan's SAs keep what they were made with
//! until they are built anew. Where the RFCs leave a choice, it is strongSwan's with its default settings, unless
//! said otherwise at the place.
//! # Source
//! RFC 7296; RFC 2407, 2408, 2409; RFC 3706 (dead peer detection in IKEv1); RFC 3947 and 3948 (NAT traversal).

pub mod algorithm;
pub mod certificate;
pub mod change;
mod cipher;
mod codec;
pub mod config;
mod crowd;
mod crypt;
mod daemon;
pub mod default_proposal;
mod dispatch;
mod group_choice;
pub mod identity;
mod lifecycle;
mod liveness;
mod nat;
pub mod notice;
pub mod overhead;
pub mod proposal;
pub mod replay;
mod sa;
pub mod selector;
pub mod table;
mod timers;
pub mod v1;
pub mod v2;
mod vigil;
pub mod wire;

#[cfg(test)]
mod tests;

pub use config::{Child, ChildId, Connection, ConnectionId};
pub use daemon::{Daemon, Input};
pub use nat::KEEPALIVE_OCTETS;
pub use notice::{ChildInstalled, Datagram, Notice, Output, Reason, Summary};
pub use sa::{ChildSaId, ChildState, NatState, SaId, State, Version};
pub use vigil::{Heard, Resting, Stand, Standing, Vigil};

/// The port on which IKE begins.
pub const PORT: u16 = 500;
/// The port on which IKE and ESP go where addresses are translated.
pub const PORT_NAT: u16 = 4500;
