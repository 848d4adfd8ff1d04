//! What a BGP process is told to be.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::super::attribute::Attributes;
use super::super::{rib, session};

/// A peer of the process.
#[derive(Debug, Clone)]
pub struct PeerSetup {
    /// What is asked of the session.
    pub session: session::Config,
    /// What is done to its routes.
    pub routes: Arc<rib::PeerConfig>,
    /// The prefix of the link that it runs over, where it runs over one.
    pub subnet: Option<Ipv4Net>,
    /// Whether an operator wants the session.
    pub wanted: Wanted,
}

/// Whether an operator wants a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Wanted {
    /// It starts with the process.
    Up,
    /// It stays shut down.
    Shutdown,
}

/// A BGP process.
#[derive(Debug, Clone)]
pub struct Config {
    /// What holds for all of its routes.
    pub rib: Arc<rib::Config>,
    /// Its peers, by [`rib::PeerId`].
    pub peers: Vec<PeerSetup>,
    /// The prefixes that it announces as its own.
    pub originate: Vec<(Ipv4Net, Arc<Attributes>)>,
}
