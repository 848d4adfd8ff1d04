//! A computer as the network sees it.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::DnsRecord;
use crate::net::{Mtu, PortRange, Protocol};
use crate::proto::dns::{Answer, Name, Response, most_specific};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::{BitRate, Span};
use crate::verdict::{Direction, Refusal};

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

/// A zone that a name server answers for by itself: a name in it that has no record does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct OwnZone {
    /// The domain, in lower case, without the closing dot.
    pub domain: String,
    /// Its address records.
    pub records: Vec<DnsRecord>,
}

/// A name server of the customer's that runs on a host.
///
/// Of its zones and conditional forwarders the most specific one that matches wins, a zone before a
/// forwarder of the same domain; names that none matches are looked for in the public DNS, which an
/// isolated network cannot reach.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct NameServer {
    /// Its own zones.
    pub zones: Vec<OwnZone>,
    /// Its conditional forwarders.
    pub forwards: Vec<ForwardRule>,
}

/// Who a name server leaves a name to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority<'a> {
    /// Nobody: it answers by a zone of its own.
    Own(&'a OwnZone),
    /// Those that a conditional forwarder names.
    Forwarded(&'a ForwardRule),
}

impl NameServer {
    /// Who knows of a name; none where it has to be looked for in the public DNS.
    #[must_use]
    pub fn authority_for(&self, name: &Name) -> Option<Authority<'_>> {
        let zones = self.zones.iter().map(Authority::Own);
        let forwards = self.forwards.iter().map(Authority::Forwarded);
        most_specific(zones.chain(forwards), Authority::domain, name)
    }
}

impl Authority<'_> {
    fn domain(&self) -> &str {
        match self {
            Self::Own(zone) => &zone.domain,
            Self::Forwarded(rule) => &rule.domain,
        }
    }
}

impl OwnZone {
    /// What it says of a name in it.
    ///
    /// # Errors
    /// [`Reason::DnsNxDomain`], where the name has no record; `at` is who says so.
    pub fn answer(&self, name: &Name, at: HostId) -> Response {
        let record = self.records.iter().find(|record| record.name == name.as_str());
        let record = record.filter(|record| !record.addresses.is_empty());
        let record = record.ok_or(Refusal::at(Reason::DnsNxDomain, at))?;
        Ok(Answer {
            name: name.clone(),
            addresses: record.addresses.clone(),
            ttl: record.ttl,
        })
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
    /// The largest packet that its network interface sends and takes in.
    pub mtu: Mtu,
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
