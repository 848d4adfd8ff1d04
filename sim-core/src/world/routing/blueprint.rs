//! Routers, links and processes as a lab begins with them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::{Arena, Digest};
use crate::net::{MssClamp, Mtu};
use crate::proto::bfd;
use crate::proto::bgp::policy::Policy;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::speaker;
use crate::resource::{BgpSessionId, LinkId, RouterId, RouterInterfaceId, TunnelId, kind};
use crate::site::{
    AdminState, Attachment, Behind, Carrier, End, IcmpErrors, Link, OperState, Passage, Protection,
    Provisioning, Router, RouterInterface, Running, Segment, StaticRoute, Tunnel, VirtualGateway, Wrap,
    is_unnumbered,
};
use crate::units::{BitRate, Ppm, Span};

use super::control::Process;
use super::igp::{COST, Igp};
use super::ipsec::IkeProcess;

/// How the segments of one BGP session travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// The address of this end.
    pub local: Ipv4Addr,
    /// The peer's address.
    pub remote: Ipv4Addr,
    /// The hop limit that its packets start with: 1 for eBGP on a link, 255 with TTL security (RFC 5082).
    pub hop_limit: u8,
    /// The least that packets of the peer must have left: 254 or so with TTL security, else 0.
    pub least_hop_limit: u8,
    /// The digest of the key that segments are authenticated by (RFC 2385), where they are.
    pub key: Option<Digest>,
}

/// A BGP process and how its sessions travel.
#[derive(Debug, Clone)]
pub struct BgpProcess {
    /// The router's name, after which its dice are called.
    pub name: String,
    /// The process.
    pub config: Arc<speaker::Config>,
    /// How each session's segments travel, by [`PeerId`].
    pub transports: Arc<[Transport]>,
    /// The BFD beside each session, where it is asked for, by [`PeerId`].
    pub bfd: Vec<Option<bfd::Config>>,
    /// The lab's id of each session, by [`PeerId`].
    pub sessions: Vec<BgpSessionId>,
    /// Whether it works when the lab begins.
    pub at_start: Process,
}

/// Whose session an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRow {
    /// The router.
    pub router: RouterId,
    /// Its peer.
    pub peer: PeerId,
}

/// What a link is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSpec {
    /// The time from one end to the other.
    pub delay: Span,
    /// The longest time that chance puts on top of it.
    pub jitter: Span,
    /// What it carries in each direction.
    pub rate: BitRate,
    /// The share of packets that it loses in each direction.
    pub loss: Ppm,
    /// The largest packet that it carries.
    pub mtu: Mtu,
}

impl Default for LinkSpec {
    /// A lossless gigabit over one millisecond.
    fn default() -> Self {
        Self {
            delay: Span::millis(1),
            jitter: Span::ZERO,
            rate: BitRate::gbps(1),
            loss: Ppm::ZERO,
            mtu: Mtu::ETHERNET,
        }
    }
}

/// Routers, what joins them, and what runs on them.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    /// The routers.
    pub routers: Arena<Arc<Router>, kind::Router>,
    /// Their interfaces.
    pub interfaces: Arena<RouterInterface, kind::RouterInterface>,
    /// The links.
    pub links: Arena<Link, kind::Link>,
    /// The tunnels.
    pub tunnels: Arena<Tunnel, kind::Tunnel>,
    /// The segments.
    pub segments: Arena<Segment, kind::Segment>,
    /// The virtual gateways on them.
    pub gateways: Arena<VirtualGateway, kind::VirtualGateway>,
    /// The BGP process of each router, where it has one.
    pub bgp: Arena<Option<Arc<BgpProcess>>, kind::Router>,
    /// The IKE of each router, where it has one.
    pub ike: Arena<Option<Arc<IkeProcess>>, kind::Router>,
    /// The interior routing.
    pub igp: Igp,
    /// Every BGP session of every router.
    pub sessions: Arena<SessionRow, kind::BgpSession>,
    /// The policies that have names, for changes that attach one to a session.
    pub policies: BTreeMap<String, Arc<Policy>>,
}

impl Routing {
    /// Adds a router with these addresses of its own.
    pub fn add_router(&mut self, loopbacks: Vec<Ipv4Addr>, static_routes: Vec<StaticRoute>) -> RouterId {
        let mut addresses = loopbacks.clone();
        addresses.sort_unstable();
        self.bgp.push(None);
        self.ike.push(None);
        self.routers.push(Arc::new(Router {
            behind: None,
            sources: Vec::new(),
            running: Running::Running,
            interfaces: Vec::new(),
            loopbacks,
            static_routes,
            firewall: None,
            nat: Vec::new(),
            addresses,
            fib: crate::net::fib::Fib::default(),
            icmp_errors: IcmpErrors::On,
        }))
    }

    /// Adds an interface to a router.
    pub fn add_interface(
        &mut self,
        router: RouterId,
        address: Ipv4Net,
        attached: Attachment,
    ) -> RouterInterfaceId {
        let id = self.interfaces.push(RouterInterface {
            router,
            address,
            attached,
            admin: AdminState::Enabled,
            oper: OperState::Down,
            cost: COST,
            mtu: None,
            mss_clamp: MssClamp::Off,
        });
        if let Some(row) = self.routers.get_mut(router) {
            let row = Arc::make_mut(row);
            row.interfaces.push(id);
            if !is_unnumbered(address)
                && let Err(place) = row.addresses.binary_search(&address.addr())
            {
                row.addresses.insert(place, address.addr());
            }
        }
        id
    }

    /// Joins two routers by a link, each with an interface that has this address.
    pub fn connect(&mut self, a: (RouterId, Ipv4Net), b: (RouterId, Ipv4Net), spec: LinkSpec) -> LinkId {
        let link = self.links.next_id();
        let a = self.add_interface(a.0, a.1, Attachment::Link(link));
        let b = self.add_interface(b.0, b.1, Attachment::Link(link));
        self.links.push(Link {
            a,
            b,
            delay: spec.delay,
            jitter: spec.jitter,
            rate: spec.rate,
            loss: spec.loss,
            carrier: Carrier::Up,
            provisioning: Provisioning::Available,
            from_a: Passage::Open,
            from_b: Passage::Open,
            over: None,
            member_of: None,
            min_links: None,
            mtu: spec.mtu,
        })
    }

    /// Makes a link a bundle of others between the same routers, of which so many have to work.
    pub fn bundle(&mut self, bundle: LinkId, members: &[LinkId], min_links: u8) {
        if let Some(row) = self.links.get_mut(bundle) {
            row.min_links = Some(min_links);
        }
        for &member in members {
            if let Some(row) = self.links.get_mut(member) {
                row.member_of = Some(bundle);
            }
        }
    }

    /// Makes a link a VLAN on another one between the same routers.
    pub fn put_over(&mut self, link: LinkId, over: LinkId) {
        if let Some(row) = self.links.get_mut(link) {
            row.over = Some(over);
        }
    }

    /// Gives a router its BGP process, with sessions that travel so.
    pub fn run_bgp(
        &mut self,
        router: RouterId,
        name: &str,
        config: speaker::Config,
        transports: Vec<Transport>,
    ) {
        let sessions = (0..transports.len())
            .map(|peer| {
                let peer = PeerId::from_index(u32::try_from(peer).unwrap_or(u32::MAX));
                self.sessions.push(SessionRow { router, peer })
            })
            .collect();
        if let Some(row) = self.bgp.get_mut(router) {
            *row = Some(Arc::new(BgpProcess {
                name: name.to_owned(),
                config: Arc::new(config),
                bfd: vec![None; transports.len()],
                transports: transports.into(),
                sessions,
                at_start: Process::Running,
            }));
        }
    }

    /// Makes a router one of AWS's tunnel endpoints, with this behind it.
    pub fn put_behind(&mut self, router: RouterId, behind: Behind) {
        if let Some(row) = self.routers.get_mut(router) {
            let row = Arc::make_mut(row);
            row.behind = Some(behind);
            // A tunnel endpoint tells nobody that a packet was too large ("Best practices for an AWS Site-to-Site VPN
            // customer gateway device").
            row.icmp_errors = match behind {
                Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_) => IcmpErrors::Off,
                Behind::DirectConnect(_) | Behind::Transport(_) => IcmpErrors::On,
            };
        }
    }

    /// Lets in by one end of a link only what comes from these prefixes.
    pub fn let_in(&mut self, link: LinkId, end: End, sources: Vec<Ipv4Net>) {
        let Some(interface) = self.links.get(link).map(|row| row.interface(end)) else {
            return;
        };
        let router = self.interfaces.get(interface).map(|row| row.router);
        if let Some(row) = router.and_then(|router| self.routers.get_mut(router)) {
            Arc::make_mut(row).sources.push((interface, sources));
        }
    }

    /// Watches a session of a router's by BFD.
    pub fn watch_by_bfd(&mut self, router: RouterId, peer: PeerId, config: bfd::Config) {
        if let Some(Some(row)) = self.bgp.get_mut(router)
            && let Some(slot) = Arc::make_mut(row).bfd.get_mut(peer.index())
        {
            *slot = Some(config);
        }
    }

    /// Adds a tunnel to a router, with an interface that has this address; its IKE is told by [`Routing::run_ike`].
    pub fn add_tunnel(
        &mut self,
        router: RouterId,
        address: Ipv4Net,
        (local, remote): (Ipv4Addr, Ipv4Addr),
    ) -> TunnelId {
        let tunnel = self.tunnels.next_id();
        let interface = self.add_interface(router, address, Attachment::Tunnel(tunnel));
        self.tunnels.push(Tunnel {
            router,
            interface,
            local,
            remote,
            wrap: Wrap::Ipsec,
            protection: Protection::default(),
        })
    }

    /// Makes a tunnel one of GRE, which carries packets without anything negotiated.
    pub fn make_plain(&mut self, tunnel: TunnelId) {
        if let Some(row) = self.tunnels.get_mut(tunnel) {
            row.wrap = Wrap::Gre;
            row.protection = Protection::plain();
        }
    }

    /// Gives a router its IKE.
    pub fn run_ike(&mut self, router: RouterId, process: IkeProcess) {
        if let Some(row) = self.ike.get_mut(router) {
            *row = Some(Arc::new(process));
        }
    }

    /// Has the BGP process of a router begin as something else than running.
    pub fn begin_bgp_as(&mut self, router: RouterId, process: Process) {
        if let Some(Some(row)) = self.bgp.get_mut(router) {
            Arc::make_mut(row).at_start = process;
        }
    }
}
