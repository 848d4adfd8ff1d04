//! A router as the network sees it: interfaces, the addresses that are its own, and what it forwards by.
//!
//! What its BGP, BFD and IKE processes do is known to `world`; here is only what a packet meets.
//!
//! # Fidelity
//! Interfaces have one IPv4 address each. Next hops of static and BGP routes are looked up among connected, static and
//! interior routes only, the first of several ways standing for all. There is no ARP: a neighbour on a link answers at
//! once.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::fib::{Fib, FibRoute, Hops};
use crate::net::{FiveTuple, MssClamp, Mtu};
use crate::proto::ike::NatState;
use crate::proto::ike::proposal::Suite;
use crate::proto::ike::selector::Selector;
use crate::resource::{
    AttachmentId, LinkId, RouterId, RouterInterfaceId, SegmentId, TunnelId, VirtualInterfaceId,
    VirtualPrivateGatewayId,
};
use crate::verdict::RouteSource;

use super::{PassRule, SourceNat};

/// Whether somebody wants a thing to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum AdminState {
    /// It shall.
    Enabled,
    /// It shall not.
    Disabled,
}

/// Whether a thing works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum OperState {
    /// It does.
    Up,
    /// It does not.
    Down,
}

/// What an interface leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Attachment {
    /// One end of a link.
    Link(LinkId),
    /// An IPsec tunnel that begins at the router.
    Tunnel(TunnelId),
    /// A segment that the router shares with hosts and other routers.
    Segment(SegmentId),
}

/// An interface of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouterInterface {
    /// Whose it is.
    pub router: RouterId,
    /// Its own address, and the prefix that is connected by it.
    pub address: Ipv4Net,
    /// What it leads to.
    pub attached: Attachment,
    /// Whether it shall be up.
    pub admin: AdminState,
    /// Whether it is; what it leads to decides.
    pub oper: OperState,
    /// What a step by it costs in the interior routing.
    pub cost: u32,
    /// The largest packet that it sends; what it leads to decides where nothing is said.
    pub mtu: Option<Mtu>,
    /// What becomes of the MSS of connections that begin through it.
    pub mss_clamp: MssClamp,
}

impl RouterInterface {
    /// Its address; none where it has none of its own, as the port of a Direct Connect device.
    #[must_use]
    pub fn numbered(&self) -> Option<Ipv4Net> {
        Some(self.address).filter(|address| !address.addr().is_unspecified())
    }
}

/// A tunnel as one of its two gateways has it: what enters the interface leaves in ESP for the other gateway, which is
/// in UDP where that was negotiated, or in GRE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// The gateway.
    pub router: RouterId,
    /// The interface that leads into it.
    pub interface: RouterInterfaceId,
    /// The outer address of this end.
    pub local: Ipv4Addr,
    /// The outer address of the other end.
    pub remote: Ipv4Addr,
    /// How packets are wrapped.
    pub wrap: Wrap,
    /// What protects it at present.
    pub protection: Protection,
}

/// What a tunnel makes of the packets that enter it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Wrap {
    /// ESP, by the security associations that IKE has negotiated.
    Ipsec,
    /// GRE without a key (RFC 2784): nothing is negotiated, and nothing is encrypted.
    Gre,
}

/// A pair of security associations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaPair {
    /// The security parameter index that arriving packets may carry.
    pub inbound: u32,
    /// The one that packets sent carry.
    pub outbound: u32,
    /// Whether they go in UDP.
    pub nat: NatState,
    /// What is put around each packet.
    pub envelope: Envelope,
}

/// What a tunnel puts around a packet, which decides how much is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// ESP with these algorithms.
    Esp(Suite),
    /// GRE without options.
    Gre,
}

/// An outer IPv4 header and GRE's own (RFC 2784 section 2), in bytes.
const GRE_OVERHEAD: u16 = 24;

impl Envelope {
    /// The size of the packet that carries one of `inner` bytes.
    #[must_use]
    pub fn outer_bytes(&self, nat: NatState, inner: u16) -> u16 {
        match self {
            Self::Esp(suite) => suite.outer_bytes(nat, inner),
            Self::Gre => inner.saturating_add(GRE_OVERHEAD),
        }
    }
    /// The largest packet whose carrier is no larger than `outer`.
    #[must_use]
    pub fn mtu(&self, nat: NatState, outer: Mtu) -> Mtu {
        match self {
            Self::Esp(suite) => suite.mtu(nat, outer),
            Self::Gre => Mtu::documented(outer.bytes().saturating_sub(GRE_OVERHEAD)),
        }
    }
}

/// The security associations that a tunnel sends and receives by, the newest last. Without any it carries nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Protection {
    pairs: Vec<SaPair>,
    trapped: bool,
    selectors: Option<Arc<Selectors>>,
    moved: Option<SocketAddrV4>,
    /// Inbound indices that the peer sends by already, while what settles them is on its way here.
    expected: Vec<u32>,
}

/// What the two sides of a tunnel have agreed to protect, seen from one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selectors {
    /// On this side.
    pub local: Vec<Selector>,
    /// On the peer's.
    pub remote: Vec<Selector>,
}

impl Selectors {
    /// Whether a packet that leaves here is among what is protected.
    #[must_use]
    pub fn cover(&self, flow: &FiveTuple) -> bool {
        let holds = |list: &[Selector], address, port| {
            let protocol = flow.protocol.number();
            list.iter()
                .any(|selector| selector.matches(address, protocol, port))
        };
        holds(&self.local, flow.source, flow.source_port)
            && holds(&self.remote, flow.destination, flow.destination_port)
    }
}

impl Protection {
    /// A new pair, by which packets are sent from now on: those of these selectors.
    pub fn install(&mut self, pair: SaPair, selectors: Selectors) {
        self.forgo(pair.inbound);
        self.pairs.push(pair);
        self.selectors = Some(selectors.into());
    }
    /// What stands for the associations of a tunnel that has none and needs none.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            pairs: vec![SaPair {
                inbound: 0,
                outbound: 0,
                nat: NatState::Direct,
                envelope: Envelope::Gre,
            }],
            ..Self::default()
        }
    }
    /// What the two sides agreed to protect; none before the first agreement.
    #[must_use]
    pub fn selectors(&self) -> Option<&Selectors> {
        self.selectors.as_deref()
    }
    /// Whether a packet is among what the newest pair protects.
    #[must_use]
    pub fn covers(&self, flow: &FiveTuple) -> bool {
        self.selectors
            .as_ref()
            .is_none_or(|selectors| selectors.cover(flow))
    }
    /// The pair with this inbound index goes.
    pub fn remove(&mut self, inbound: u32) {
        self.pairs.retain(|pair| pair.inbound != inbound);
    }
    /// Whether an arriving packet may carry this index.
    #[must_use]
    pub fn accepts(&self, inbound: u32) -> bool {
        self.pairs.iter().any(|pair| pair.inbound == inbound)
    }
    /// What settles this inbound index is on its way here: whatever the peer sends by it from now on comes after that.
    pub fn expect(&mut self, inbound: u32) {
        if !self.expected.contains(&inbound) {
            self.expected.push(inbound);
        }
    }
    /// Nothing that settles this inbound index is on its way any more.
    pub fn forgo(&mut self, inbound: u32) {
        self.expected.retain(|index| *index != inbound);
    }
    /// Whether a packet may carry this index that is sent now and arrives when it can.
    #[must_use]
    pub fn will_accept(&self, inbound: u32) -> bool {
        self.accepts(inbound) || self.expected.contains(&inbound)
    }
    /// Where ESP in UDP is sent to, where translation has the peer elsewhere than at its own address and port.
    #[must_use]
    pub const fn moved(&self) -> Option<SocketAddrV4> {
        self.moved
    }
    /// Translation has the peer there from now on.
    pub const fn move_to(&mut self, peer: Option<SocketAddrV4>) {
        self.moved = peer;
    }
    /// From now on packets without a security association bring one about.
    pub fn lay_trap(&mut self) {
        self.trapped = true;
    }
    /// Whether packets are let in: there is a pair to send them by, or one is negotiated when they come.
    #[must_use]
    pub fn lets_in(&self) -> bool {
        self.trapped || !self.pairs.is_empty()
    }
    /// The pair by which packets are sent, where there is one.
    #[must_use]
    pub fn newest(&self) -> Option<SaPair> {
        self.pairs.last().copied()
    }
}

/// One way out of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct NextHop {
    /// By which interface.
    pub interface: RouterInterfaceId,
    /// To which neighbour; none for what is connected.
    pub via: Option<Ipv4Addr>,
}

/// A route that somebody wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct StaticRoute {
    /// What it matches.
    pub prefix: Ipv4Net,
    /// Where it leads to; none drops what matches.
    pub via: Option<Ipv4Addr>,
    /// What it costs, where an interior routing protocol would say so; of several for one prefix the lowest is used.
    pub metric: u32,
}

/// Whether a router does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Running {
    /// It forwards and speaks.
    Running,
    /// It does neither; its interfaces are down.
    Off,
    /// It does neither, and its interfaces are up: nobody sees that it hangs.
    Hung,
}

impl Running {
    /// Whether its interfaces send light.
    #[must_use]
    pub const fn has_power(self) -> bool {
        match self {
            Self::Running | Self::Hung => true,
            Self::Off => false,
        }
    }
}

/// Whether a router tells a sender that a packet was too large (ICMP type 3 code 4, RFC 1191): `ip unreachables`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum IcmpErrors {
    /// It does (RFC 1812 section 4.3.3.1).
    On,
    /// It drops such packets silently.
    Off,
}

/// What stands behind a router that is one end of AWS's: packets that come in for others go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Behind {
    /// A Transit Gateway, by this attachment.
    TransitGateway(AttachmentId),
    /// A virtual private gateway, by a tunnel of one of its VPN connections.
    VirtualPrivateGateway(VirtualPrivateGatewayId),
    /// What a virtual interface ends at.
    DirectConnect(VirtualInterfaceId),
    /// The attachment of a Transit Gateway that tunnels of others of its attachments ride on.
    Transport(AttachmentId),
}

/// A router.
#[derive(Debug, Clone)]
pub struct Router {
    /// What it is the edge of, where it is one of AWS's tunnel endpoints.
    pub behind: Option<Behind>,
    /// Whether it does its work.
    pub running: Running,
    /// From whom packets are let in by some of its interfaces: elsewhere, and by others, from everybody.
    pub sources: Vec<(RouterInterfaceId, Vec<Ipv4Net>)>,
    /// Its interfaces, in the order of the lab's text.
    pub interfaces: Vec<RouterInterfaceId>,
    /// Addresses of its own that are always there.
    pub loopbacks: Vec<Ipv4Addr>,
    /// The routes that somebody wrote down.
    pub static_routes: Vec<StaticRoute>,
    /// The rules of its firewall, where it has one.
    pub firewall: Option<Vec<PassRule>>,
    /// Whom it hides, and behind which interface.
    pub nat: Vec<SourceNat>,
    /// Every address of its own, sorted; interfaces that are down keep theirs.
    pub addresses: Vec<Ipv4Addr>,
    /// What it forwards by.
    pub fib: Fib<NextHop>,
    /// Whether it tells senders of packets that are too large.
    pub icmp_errors: IcmpErrors,
}

impl Router {
    /// Whether an address is one of its own.
    #[must_use]
    pub fn owns(&self, address: Ipv4Addr) -> bool {
        self.addresses.binary_search(&address).is_ok()
    }

    /// The way to an address by connected, static and interior routes alone, and what it costs.
    ///
    /// A static route may lead to an address that another one leads to; the number of such steps is bounded.
    #[must_use]
    pub fn resolve(&self, address: Ipv4Addr) -> Option<(NextHop, u32)> {
        /// FRR follows more; nobody writes so many.
        const MOST_STEPS: usize = 8;
        let (mut target, mut metric) = (address, None);
        for _ in 0..MOST_STEPS {
            let (_, route) = self.fib.lookup_among(target, RouteSource::is_interior)?;
            let metric = *metric.get_or_insert(route.metric);
            let hop = *route.hops.first()?;
            match hop.via {
                None => {
                    let via = Some(target);
                    return Some((NextHop { via, ..hop }, metric));
                }
                Some(via) if via == target => return Some((hop, metric)),
                Some(via) => target = via,
            }
        }
        None
    }

    /// Writes connected and static routes anew, for the interfaces that are up as `is_up` says; tells whether
    /// anything changed.
    pub(crate) fn refresh(&mut self, up: &[(RouterInterfaceId, Ipv4Net)], all: &[Ipv4Net]) -> bool {
        let mut changed = false;
        for prefix in all.iter().filter(|prefix| !is_unnumbered(**prefix)) {
            let prefix = prefix.trunc();
            let hops: Hops<NextHop> = up
                .iter()
                .filter(|(_, address)| address.trunc() == prefix)
                .map(|&(interface, _)| NextHop { interface, via: None })
                .collect();
            changed |= if hops.is_empty() {
                self.fib.clear(prefix, RouteSource::Connected)
            } else {
                let (source, metric) = (RouteSource::Connected, 0);
                self.fib.set(prefix, FibRoute { source, metric, hops })
            };
        }
        changed | self.refresh_static_routes()
    }

    /// A static route stands as long as its next hop can be reached by others. Of those for one prefix that stand, the
    /// ones with the lowest metric are used.
    fn refresh_static_routes(&mut self) -> bool {
        let mut places: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
        let mut groups: Vec<(Ipv4Net, Vec<StaticRoute>)> = Vec::new();
        for route in &self.static_routes {
            let place = *places.entry(route.prefix).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, routes)) => routes.push(*route),
                None => groups.push((route.prefix, vec![*route])),
            }
        }
        let mut changed = false;
        // A route that others lead through has to stand before they do: once more for each step of recursion.
        for _ in 0..2 {
            for (prefix, routes) in &groups {
                changed |= match self.best_static_route(routes) {
                    Some(route) => self.fib.set(*prefix, route),
                    None => self.fib.clear(*prefix, RouteSource::Static),
                };
            }
        }
        changed
    }

    /// What to forward by, of static routes for one prefix.
    fn best_static_route(&self, routes: &[StaticRoute]) -> Option<FibRoute<NextHop>> {
        let mut best: Option<FibRoute<NextHop>> = None;
        for &StaticRoute { prefix, via, metric } in routes {
            let hops: Option<Hops<NextHop>> = match via {
                None => Some(Hops::new()),
                Some(via) if prefix.contains(&via) => self.connected_to(via).map(only),
                Some(via) => self.resolve(via).map(|(hop, _)| only(hop)),
            };
            let Some(hops) = hops else { continue };
            match &mut best {
                Some(best) if best.metric < metric => {}
                Some(best) if best.metric == metric => {
                    let others = hops.into_iter().filter(|hop| !best.hops.contains(hop));
                    let others: Hops<NextHop> = others.collect();
                    best.hops.extend(others);
                }
                Some(_) | None => {
                    let source = RouteSource::Static;
                    best = Some(FibRoute { source, metric, hops });
                }
            }
        }
        best
    }

    fn connected_to(&self, address: Ipv4Addr) -> Option<NextHop> {
        let (_, route) = self.fib.lookup_within(address, RouteSource::Connected)?;
        let via = Some(address);
        route.hops.first().map(|&hop| NextHop { via, ..hop })
    }
}

fn only(hop: NextHop) -> Hops<NextHop> {
    Hops::from_elem(hop, 1)
}

/// The address of an interface that has none, as that of a port which carries nothing but VLANs.
pub const UNNUMBERED: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 32);

/// Whether an interface has no address.
#[must_use]
pub fn is_unnumbered(address: Ipv4Net) -> bool {
    address == UNNUMBERED
}

/// One edit of a router's forwarding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouterChange {
    /// Switches an interface on or off.
    Interface {
        /// The interface.
        interface: RouterInterfaceId,
        /// What it shall be.
        admin: AdminState,
    },
    /// Cuts the router's power, or brings it back.
    Running(Running),
    /// Writes a static route down, in place of all for the same prefix.
    SetStaticRoute(StaticRoute),
    /// Takes the static routes for a prefix away.
    RemoveStaticRoute(Ipv4Net),
    /// Has a step by an interface cost something else in the interior routing.
    Cost {
        /// The interface.
        interface: RouterInterfaceId,
        /// What it costs.
        cost: u32,
    },
    /// Puts a rule in front of its firewall's others.
    AddFirewallRule(PassRule),
    /// Removes a rule from its firewall.
    RemoveFirewallRule(PassRule),
    /// Has an interface send no larger packets than this.
    Mtu {
        /// The interface.
        interface: RouterInterfaceId,
        /// The largest packet.
        mtu: Mtu,
    },
    /// Has an interface do something else to the MSS of connections.
    MssClamp {
        /// The interface.
        interface: RouterInterfaceId,
        /// What it does.
        clamp: MssClamp,
    },
    /// Has it tell senders of packets that are too large, or not.
    IcmpErrors(IcmpErrors),
}
