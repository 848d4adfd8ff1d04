//! How large packets may be: what becomes of one that is larger than what it has to cross, and who hears of it.
//!
//! # Fidelity
//! A router that cuts a packet sends on the largest of its fragments, which stands for all. The message that a packet was
//! too large is followed through the tables like any packet, filters included, and is heard at once: it takes no time and
//! makes no event. Security groups let it in with the conversation that it is about; network ACLs and the firewalls of
//! hosts and routers take it for an ICMP packet like any other. Within AWS it reaches the sender's subnet directly, and
//! address translation does not keep it from the sender.
//!
//! Source: RFC 1191; "Network maximum transmission unit (MTU) for your EC2 instance", Amazon EC2 User Guide.

use std::net::Ipv4Addr;

use crate::aws::tracking::Signal;
use crate::net::mtu::TCP_HEADERS;
use crate::net::{FiveTuple, Fragmentation, Mtu, Protocol};
use crate::proto::ike::overhead::MOST_OVERHEAD;
use crate::reason::Reason;
use crate::resource::{NetworkInterfaceId, ResourceRef, RouterId, RouterInterfaceId};
use crate::site::{Attachment, IcmpErrors, Port, RouterInterface};
use crate::units::SimTime;
use crate::verdict::{Refusal, Report, Rule};

use super::{Header, Network, Path, Place, Recipient, Tracking, walk};

/// What becomes of a packet that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// It is cut where it may be; where not, its sender is told or not.
    Cut(Report),
    /// It is never cut.
    Drop(Report),
}

/// What is the largest packet somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) at: ResourceRef,
    pub(super) mtu: Mtu,
    pub(super) excess: Excess,
}

impl Limit {
    /// Of what knows nothing of packets: too long a frame is lost.
    pub(super) const fn of_wire(at: ResourceRef, mtu: Mtu) -> Self {
        let excess = Excess::Drop(Report::Withheld);
        Self { at, mtu, excess }
    }
}

/// The packet as it goes on from a place with a limit.
pub(super) fn fit(header: &Header, limit: Limit) -> Result<Header, Refusal> {
    let mtu_bytes = limit.mtu.bytes();
    if header.size_bytes <= mtu_bytes {
        return Ok(*header);
    }
    let report = match (limit.excess, header.fragmentation) {
        (Excess::Cut(_), Fragmentation::Allowed) => {
            return Ok(Header {
                size_bytes: mtu_bytes,
                ..*header
            });
        }
        (Excess::Cut(report), Fragmentation::Forbidden) | (Excess::Drop(report), _) => report,
    };
    let rule = Rule::Mtu {
        at: limit.at,
        mtu_bytes,
        size_bytes: header.size_bytes,
        report,
    };
    Err(Refusal::by(Reason::MtuExceeded, rule))
}

/// The packet with the MSS that it announces lowered to a limit, where there is one.
pub(super) fn clamped(header: &Header, limit: Option<u16>) -> Header {
    let mss_bytes = match (header.mss_bytes, limit) {
        (Some(mss), Some(limit)) => Some(mss.min(limit)),
        (mss, _) => mss,
    };
    Header { mss_bytes, ..*header }
}

/// The limit that a packet met which was too large for it.
pub(super) fn exceeded(refusal: &Refusal) -> Option<Mtu> {
    match refusal.rule {
        Some(Rule::Mtu { mtu_bytes, .. }) => Some(Mtu::documented(mtu_bytes)),
        Some(_) | None => None,
    }
}

/// Whether the sender of a packet that was too large hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    /// It does, and sends smaller packets from then on.
    Heard,
    /// Nobody tells it.
    Withheld,
    /// It is told, and the message is stopped on its way.
    Lost(Refusal),
}

impl Network {
    /// The largest packet that an interface of a router sends.
    #[must_use]
    pub fn interface_mtu(&self, interface: &RouterInterface) -> Mtu {
        interface.mtu.unwrap_or_else(|| match interface.attached {
            Attachment::Link(link) => self.links.get(link).map_or(Mtu::ETHERNET, |row| row.mtu),
            Attachment::Segment(segment) => self.segments.get(segment).map_or(Mtu::ETHERNET, |row| row.mtu),
            Attachment::Tunnel(tunnel) => {
                let pair = self.tunnels.get(tunnel).and_then(|row| row.protection.newest());
                pair.map_or(Mtu::ETHERNET, |pair| pair.envelope.mtu(pair.nat, Mtu::ETHERNET))
            }
        })
    }

    pub(super) fn limit_of(&self, id: RouterInterfaceId, row: &RouterInterface) -> Limit {
        let errors = self.routers.get(row.router).map(|router| router.icmp_errors);
        let report = match errors {
            Some(IcmpErrors::On) => Report::Sent,
            Some(IcmpErrors::Off) | None => Report::Withheld,
        };
        let at = match row.attached {
            Attachment::Tunnel(tunnel) => tunnel.into(),
            Attachment::Link(_) | Attachment::Segment(_) => id.into(),
        };
        Limit {
            at,
            mtu: self.interface_mtu(row),
            excess: Excess::Cut(report),
        }
    }

    /// A packet that passes an interface of a router, in or out: what it does to the MSS of connections.
    pub(super) fn through(
        &self,
        interface: &RouterInterface,
        mtu: impl FnOnce() -> Mtu,
        header: &Header,
    ) -> Header {
        match header.mss_bytes {
            // What opens no connection is not worth looking up how large packets may be.
            None => *header,
            Some(_) => clamped(header, interface.mss_clamp.limit(mtu())),
        }
    }

    /// The largest packet that somebody sends and takes in.
    #[must_use]
    pub fn end_mtu(&self, end: Recipient) -> Mtu {
        match end {
            Recipient::Host(host) => self.hosts.get(host).map_or(Mtu::ETHERNET, |row| row.mtu),
            Recipient::InterfaceEndpoint { .. } => crate::aws::mtu::INTERFACE_ENDPOINT,
            Recipient::Service { .. }
            | Recipient::VpcResolver(_)
            | Recipient::ResolverEndpoint { .. }
            | Recipient::PublicDns
            | Recipient::Router(_) => Mtu::ETHERNET,
        }
    }

    /// Whether the sender of a packet hears that it was too large, where that is what a rule says of it.
    #[must_use]
    pub fn told(&self, now: SimTime, from: Place, sender: Ipv4Addr, rule: Rule) -> Told {
        let Rule::Mtu { at, report, .. } = rule else {
            return Told::Withheld;
        };
        match (report, at) {
            (Report::Withheld, _) => Told::Withheld,
            // Its own interface is narrower: nothing has to be sent.
            (Report::Sent, ResourceRef::Host(_)) => Told::Heard,
            (Report::Sent, at) => {
                let Some((place, header)) = self.report_from(at, from, sender) else {
                    return Told::Withheld;
                };
                let way = walk(self, &mut Tracking::default(), now, place, &header);
                way.refusal().map_or(Told::Heard, Told::Lost)
            }
        }
    }

    /// The message that a packet was too large, and where it begins; none where nothing could send it.
    #[must_use]
    pub fn report_from(&self, at: ResourceRef, from: Place, sender: Ipv4Addr) -> Option<(Place, Header)> {
        let message = |source, destination| {
            Header::new(FiveTuple {
                source,
                destination,
                protocol: Protocol::Icmp,
                source_port: 0,
                destination_port: 0,
            })
            .with(Signal::Error)
        };
        let router = match at {
            ResourceRef::RouterInterface(interface) => Some(self.router_interfaces.get(interface)?.router),
            ResourceRef::Tunnel(tunnel) => Some(self.tunnels.get(tunnel)?.router),
            _ => None,
        };
        let is_aws =
            router.is_none_or(|router| self.routers.get(router).is_none_or(|row| row.behind.is_some()));
        if is_aws && let Some(interface) = self.interface_of(from) {
            let row = self.cloud.interfaces.get(interface)?;
            let vpc = self.cloud.vpcs.get(self.cloud.subnets.get(row.subnet)?.vpc)?;
            let router = vpc.cidrs.first()?.hosts().next()?;
            return Some((Place::SubnetIngress(interface), message(router, row.address)));
        }
        let router = router?;
        let source = self.address_towards(router, sender)?;
        Some((Place::RouterEgress(router), message(source, sender)))
    }

    /// The interface in a VPC by which somebody sends.
    fn interface_of(&self, from: Place) -> Option<NetworkInterfaceId> {
        match from {
            Place::HostEgress(host) => match self.hosts.get(host)?.port {
                Port::Vpc(interface) => Some(interface),
                Port::Segment(_) => None,
            },
            Place::InterfaceEgress(interface) => Some(interface),
            _ => None,
        }
    }

    /// The address from which a router speaks to another one.
    #[must_use]
    pub fn address_towards(&self, router: RouterId, to: Ipv4Addr) -> Option<Ipv4Addr> {
        let row = self.routers.get(router)?;
        let hop = row.fib.lookup(to).and_then(|(_, route)| route.hops.first());
        let out = hop.and_then(|hop| self.router_interfaces.get(hop.interface));
        let address = out.map(|interface| interface.address.addr());
        address.or_else(|| row.addresses.first().copied())
    }
}

impl Path {
    /// Whether a packet of this size surely takes the same way whole; where not, only trying tells.
    #[must_use]
    pub fn surely_fits(&self, size_bytes: u16) -> bool {
        self.hops.iter().all(|hop| {
            let carrier = if hop.tunnelled { MOST_OVERHEAD } else { 0 };
            let needed = size_bytes.saturating_add(carrier);
            hop.mtu.is_none_or(|mtu| needed <= mtu.bytes())
        })
    }
}

/// More steps of path MTU discovery than there are places where a way becomes narrower.
pub const MOST_STEPS: usize = 16;

/// Sends a packet that may not be cut, and smaller ones as long as its sender hears that it was too large: the size of the
/// one that gets through, or vanishes unheard of, and its way.
#[must_use]
pub fn discover(
    network: &Network,
    tracking: &mut Tracking,
    now: SimTime,
    from: Place,
    header: &Header,
) -> (u16, Path) {
    let mut header = *header;
    let mut path = walk(network, tracking, now, from, &header);
    for _ in 0..MOST_STEPS {
        let rule = path.refusal().and_then(|refusal| refusal.rule);
        let Some(rule @ Rule::Mtu { mtu_bytes, .. }) = rule else {
            break;
        };
        if mtu_bytes < TCP_HEADERS || network.told(now, from, header.flow.source, rule) != Told::Heard {
            break;
        }
        header.size_bytes = mtu_bytes;
        path = walk(network, tracking, now, from, &header);
    }
    (header.size_bytes, path)
}
