//! A computer as the network sees it.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::net::{PortRange, Protocol};
use crate::proto::dns::{Name, most_specific};
use crate::units::{BitRate, Span};
use crate::verdict::Direction;

use super::Port;

/// Whether a host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Power {
    /// It runs.
    On,
    /// It does not; packets to it are lost.
    Off,
    /// It was terminated and will not come back.
    Terminated,
}

/// How far a host's clock is from the true time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Clock {
    /// It shows the true time.
    Synchronised,
    /// It is ahead.
    Ahead(Span),
    /// It is behind.
    Behind(Span),
}

/// Whether a host trusts the certificates that AWS presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum TrustStore {
    /// The Amazon root certificates are installed.
    AmazonRoots,
    /// They are not, as on an isolated machine that never fetched an update.
    Outdated,
}

/// Whether a host keeps its MAC address, by which MGN recognises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum MacAddress {
    /// It stays.
    Stable,
    /// It is drawn anew whenever the host starts, as by some virtualisation and teaming set-ups.
    NewAtStart,
}

/// The family of operating systems, which decides how long things take and what errors look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum OsFamily {
    /// Any Linux distribution.
    Linux,
    /// Windows and Windows Server.
    Windows,
}

/// What a firewall rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum FirewallAction {
    /// Let it through.
    Allow,
    /// Drop it without an answer.
    Drop,
}

/// A rule of the host's own stateful firewall; the first that matches decides, and what none
/// matches passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FirewallRule {
    /// Into or out of the host.
    pub direction: Direction,
    /// What it does.
    pub action: FirewallAction,
    /// The protocol, or any.
    pub protocol: Option<Protocol>,
    /// The destination ports.
    pub ports: PortRange,
    /// The other side.
    pub peer: Ipv4Net,
}

/// A conditional forwarder: questions for a domain go to these servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ForwardRule {
    /// The domain, in lower case, without the closing dot; the empty domain matches every name.
    pub domain: String,
    /// The servers, asked in this order.
    pub targets: Vec<Ipv4Addr>,
}

/// A name server of the customer's that runs on a host.
///
/// The most specific matching forwarder wins; names that none matches are looked for in the
/// public DNS, which an isolated network cannot reach.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct NameServer {
    /// Its conditional forwarders.
    pub forwards: Vec<ForwardRule>,
}

impl NameServer {
    /// The conditional forwarder for a name: the one with the most specific domain.
    #[must_use]
    pub fn forward_for(&self, name: &Name) -> Option<&ForwardRule> {
        most_specific(&self.forwards, |rule| &rule.domain, name)
    }
}

/// A computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The lab's name for it.
    pub name: String,
    /// What connects it to the network.
    pub port: Port,
    /// Its family of operating systems.
    pub os: OsFamily,
    /// Whether it runs.
    pub power: Power,
    /// What its network interface carries in each direction.
    pub rate: BitRate,
    /// How its clock stands.
    pub clock: Clock,
    /// Whom it trusts.
    pub trust: TrustStore,
    /// Whether its MAC address stays.
    pub mac: MacAddress,
    /// The TCP and UDP ports on which something listens.
    pub listens: Vec<(Protocol, u16)>,
    /// Its own firewall.
    pub firewall: Vec<FirewallRule>,
    /// The name server that it runs, where it runs one.
    pub name_server: Option<NameServer>,
}
