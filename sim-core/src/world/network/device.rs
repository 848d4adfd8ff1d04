//! Routers: what is theirs they keep, the rest goes where the forwarding table says, over links and through tunnels.
//!
//! # Fidelity
//! A packet in a tunnel is carried by one outer packet; tunnels inside tunnels are not modelled. A packet that
//! is cut goes on as the largest of its fragments. Among several next hops the flow's own hash chooses, so one conversation stays on one way.

use std::net::SocketAddrV4;

use ipnet::Ipv4Net;

use crate::kernel::Digest;
use crate::net::{FiveTuple, Protocol};
use crate::proto::ike::{NatState, PORT_NAT};
use crate::reason::Reason;
use crate::resource::{LinkId, RouterId, RouterInterfaceId, TunnelId};
use crate::site::{
    AdminState, Attachment, Carrier, End, Link, NextHop, OperState, Passage, Protection, Provisioning,
    RouterInterface, Running, Tunnel, Wrap,
};
use crate::verdict::{Refusal, Rule};

use super::firewall::hides;
use super::header::Inner;
use super::link::Crossing;
use super::mtu::{Limit, fit};
use super::segment::leave_by_segment;
use super::step::{Ground, Outcome, Packet, Passed, aged, missing};
use super::{Header, LinkRef, Network, Place, Recipient};

impl Network {
    /// An interface of a router that works, as its router knows.
    ///
    /// # Errors
    /// As for [`Network::interface_works`].
    pub fn interface_that_works(&self, interface: RouterInterfaceId) -> Result<&RouterInterface, Refusal> {
        let row = self.router_interfaces.get(interface).ok_or(missing(interface))?;
        match row.oper {
            OperState::Up => Ok(row),
            OperState::Down => Err(self
                .interface_works(interface)
                .err()
                .unwrap_or(Refusal::at(Reason::BadState, interface))),
        }
    }

    /// Why an interface of a router does not work, where it does not, from what it leads to.
    ///
    /// # Errors
    /// [`Reason::BadState`] where somebody switched it or its router off, [`Reason::LinkDown`] without a carrier,
    /// [`Reason::NotProvisioned`] where its provider has not made it,
    /// [`Reason::TunnelUnprotected`] for a tunnel without security associations that waits for no packet either.
    pub fn interface_works(&self, interface: RouterInterfaceId) -> Result<&RouterInterface, Refusal> {
        let row = self.router_interfaces.get(interface).ok_or(missing(interface))?;
        let running = self.routers.get(row.router).map(|router| router.running);
        if !running.is_some_and(Running::has_power) {
            return Err(Refusal::at(Reason::BadState, row.router));
        }
        if row.admin == AdminState::Disabled {
            return Err(Refusal::at(Reason::BadState, interface));
        }
        match row.attached {
            Attachment::Link(link) => match self.links.get(link) {
                Some(line) if line.provisioning != Provisioning::Available => {
                    Err(Refusal::at(Reason::NotProvisioned, link))
                }
                Some(Link {
                    carrier: Carrier::Up,
                    over,
                    min_links,
                    ..
                }) if self.far_end_lit(link, interface) => match (over, min_links) {
                    (Some(port), _) => self.port_works(*port).map(|()| row),
                    (None, Some(min_links)) => self.bundle_works(link, *min_links).map(|()| row),
                    (None, None) => Ok(row),
                },
                Some(_) | None => Err(Refusal::at(Reason::LinkDown, link)),
            },
            Attachment::Tunnel(tunnel) => {
                let lets_in = |row: &Tunnel| row.protection.lets_in();
                if self.tunnels.get(tunnel).is_some_and(lets_in) {
                    Ok(row)
                } else {
                    Err(Refusal::at(Reason::TunnelUnprotected, tunnel))
                }
            }
            Attachment::Segment(segment) => self.segment_works(segment).map(|_| row),
        }
    }

    /// A router that does not hang.
    ///
    /// # Errors
    /// [`Reason::RouterHangs`] where it does, whatever its interfaces look like.
    pub(in crate::world) fn awake(&self, router: RouterId) -> Result<(), Refusal> {
        match self.routers.get(router).map(|row| row.running) {
            Some(Running::Hung) => Err(Refusal::at(Reason::RouterHangs, router)),
            Some(Running::Running | Running::Off) | None => Ok(()),
        }
    }
    /// The same of the router that an interface belongs to.
    pub(in crate::world) fn owner_awake(&self, interface: RouterInterfaceId) -> Result<(), Refusal> {
        let row = self.router_interfaces.get(interface);
        row.map_or(Ok(()), |row| self.awake(row.router))
    }

    /// Whether a link carries anything in both directions.
    #[must_use]
    pub fn carries(&self, link: LinkId) -> bool {
        let works = |row: &Link| {
            self.ends_work(row)
                && [row.a, row.b].iter().all(|end| self.owner_awake(*end).is_ok())
                && row.provisioning == Provisioning::Available
                && (row.from_a, row.from_b) == (Passage::Open, Passage::Open)
        };
        self.links.get(link).is_some_and(works)
    }
    /// Whether the interfaces at both ends of a link see that it works.
    #[must_use]
    pub fn ends_work(&self, link: &Link) -> bool {
        let ends = [link.a, link.b];
        ends.iter().all(|end| self.interface_works(*end).is_ok())
    }

    /// Whether a link that VLANs are on has light at both ends.
    fn port_works(&self, port: LinkId) -> Result<(), Refusal> {
        let row = self.links.get(port).ok_or(missing(port))?;
        self.interface_works(row.a)?;
        self.interface_works(row.b)?;
        Ok(())
    }

    /// Whether enough members of a bundle work: one at least.
    fn bundle_works(&self, bundle: LinkId, min_links: u8) -> Result<(), Refusal> {
        let n_working = self.working_members(bundle).count();
        if n_working == 0 || n_working < usize::from(min_links) {
            return Err(Refusal::at(Reason::LinkDown, bundle));
        }
        Ok(())
    }

    /// The members of a bundle that work.
    pub(in crate::world) fn working_members(&self, bundle: LinkId) -> impl Iterator<Item = LinkId> {
        let all = self.links.iter();
        let members = all.filter(move |(_, row)| row.member_of == Some(bundle));
        members
            .map(|(id, _)| id)
            .filter(|id| self.port_works(*id).is_ok())
    }

    /// The links that are VLANs on another one, and where that is a member of a bundle, the bundle and its VLANs.
    pub(in crate::world) fn links_over(&self, port: LinkId) -> impl Iterator<Item = &Link> {
        let bundle = self.links.get(port).and_then(|row| row.member_of);
        let rides = move |id: LinkId, row: &Link| {
            let on_bundle = bundle.is_some() && (Some(id) == bundle || row.over == bundle);
            row.over == Some(port) || on_bundle
        };
        let all = self.links.iter();
        all.filter(move |(id, row)| rides(*id, row)).map(|(_, row)| row)
    }

    /// The ports below a VLAN that a flow goes by, the lowest last: what the VLAN is on, and where that is a bundle,
    /// one of its members.
    fn ports_below(&self, link: &Link, flow: &FiveTuple) -> Vec<LinkId> {
        let Some(port) = link.over else { return Vec::new() };
        let is_bundle = self.links.get(port).is_some_and(|row| row.min_links.is_some());
        let member = is_bundle.then(|| {
            let members: Vec<LinkId> = self.working_members(port).collect();
            chosen(&members, flow)
        });
        core::iter::once(port).chain(member.flatten()).collect()
    }

    /// An interface that is switched off, or whose router is, sends no light: its neighbour sees it.
    fn far_end_lit(&self, link: LinkId, near: RouterInterfaceId) -> bool {
        let Some(row) = self.links.get(link) else {
            return false;
        };
        let far = row.end_of(near).map(|end| row.interface(end.other()));
        let far = far.and_then(|far| self.router_interfaces.get(far));
        far.is_some_and(|far| {
            let running = self.routers.get(far.router).map(|router| router.running);
            far.admin == AdminState::Enabled && running.is_some_and(Running::has_power)
        })
    }
}

impl Ground<'_> {
    /// What a router sends itself.
    pub(super) fn leave_router(&mut self, router: RouterId, header: &Header) -> Outcome {
        let row = self.network.routers.get(router).ok_or(missing(router))?;
        if !row.running.has_power() {
            return Err(Refusal::at(Reason::BadState, router));
        }
        self.network.awake(router)?;
        if row.owns(header.flow.destination) {
            return Ok(Passed::to(Recipient::Router(router), header));
        }
        self.forward_by_fib(router, None, header)
    }

    /// What comes in by an interface of a router.
    pub(super) fn enter_router(&mut self, interface: RouterInterfaceId, header: &Header) -> Outcome {
        let row = self.network.interface_that_works(interface)?;
        self.network.awake(row.router)?;
        let header = &self
            .network
            .through(row, || self.network.interface_mtu(row), header);
        let router = row.router;
        let is_own = row.address.addr() == header.flow.destination || {
            let table = self.network.routers.get(router).ok_or(missing(router))?;
            table.owns(header.flow.destination) || self.network.answers_for(router, header.flow.destination)
        };
        if !is_own && let Some(behind) = self.network.behind_interface(row) {
            return self.leave_edge(behind, header);
        }
        if !is_own {
            self.check_source(router, interface, header)?;
            self.let_in(router, interface, &header.flow);
            return self.forward_by_fib(router, Some(interface), &aged(header, router)?);
        }
        if let Some(hidden) = self.hidden_by(router, header) {
            return self.forward_by_fib(router, Some(interface), &aged(&hidden, router)?);
        }
        match header.inner {
            None => Ok(Passed::to(Recipient::Router(router), header)),
            Some(inner) => self.leave_tunnel(router, header, inner),
        }
    }

    /// Whether a packet may come in by an interface, as far as that depends on who sent it.
    fn check_source(
        &self,
        router: RouterId,
        interface: RouterInterfaceId,
        header: &Header,
    ) -> Result<(), Refusal> {
        let row = self.network.routers.get(router).ok_or(missing(router))?;
        let mut lists = row.sources.iter().filter(|(by, _)| *by == interface);
        let is_in = |list: &[Ipv4Net]| list.iter().any(|it| it.contains(&header.flow.source));
        if lists.all(|(_, list)| is_in(list)) {
            return Ok(());
        }
        Err(Refusal::at(Reason::Spoofed, interface))
    }

    /// On to the next hop: straight away, or by way of the firewall and of address translation.
    fn forward_by_fib(&self, router: RouterId, from: Option<RouterInterfaceId>, header: &Header) -> Outcome {
        let row = self.network.routers.get(router).ok_or(missing(router))?;
        let Some((prefix, route)) = row.fib.lookup(header.flow.destination) else {
            return Err(Refusal::by(Reason::NoRoute, Rule::NoFibRoute { router }));
        };
        let rule = Rule::FibRoute {
            router,
            prefix,
            source: route.source,
        };
        let to = chosen(&route.hops, &header.flow).ok_or(Refusal::by(Reason::BlackholeRoute, rule))?;
        self.network.interface_that_works(to.interface)?;
        let passed = match from {
            Some(from) if row.firewall.is_some() => Passed::on(Place::Firewall { from, to }, header),
            Some(_) if hides(row, to, header) => Passed::on(Place::SourceNat { to }, header),
            Some(_) | None => self.leave_by(to, header)?,
        };
        Ok(passed.out(to.interface).by(rule))
    }

    /// Out of a router by an interface.
    pub(super) fn leave_by(&self, to: NextHop, header: &Header) -> Outcome {
        let interface = self.network.interface_that_works(to.interface)?;
        self.network.awake(interface.router)?;
        let limit = self.network.limit_of(to.interface, interface);
        let header = &fit(&self.network.through(interface, || limit.mtu, header), limit)?;
        let passed = match interface.attached {
            Attachment::Link(link) => self.cross_link(link, to.interface, header)?,
            Attachment::Tunnel(tunnel) => self.enter_tunnel(tunnel, header)?,
            Attachment::Segment(segment) => {
                let neighbour = to.via.unwrap_or(header.flow.destination);
                leave_by_segment(segment, neighbour, to.interface, header)
            }
        };
        Ok(passed.out(to.interface).within(limit.mtu))
    }

    fn cross_link(&self, link: LinkId, from: RouterInterfaceId, header: &Header) -> Outcome {
        let row = self.network.links.get(link).ok_or(missing(link))?;
        let end = row.end_of(from).ok_or(missing(link))?;
        let limit = Limit::of_wire(link.into(), row.mtu);
        let header = &fit(header, limit)?;
        let (mut carrier, mut delay) = (link, row.delay);
        for port in self.network.ports_below(row, &header.flow) {
            let below = self.network.links.get(port).ok_or(missing(port))?;
            fit(header, Limit::of_wire(port.into(), below.mtu))?;
            self.network.owner_awake(below.a)?;
            self.network.owner_awake(below.b)?;
            if below.passage(end) == Passage::Blocked {
                return Err(Refusal::at(Reason::LinkSilent, port));
            }
            (carrier, delay) = (port, delay + below.delay);
        }
        match row.passage(end) {
            Passage::Open => {
                let crossing = Crossing::over(
                    LinkRef::Link {
                        link: carrier,
                        from: end,
                    },
                    delay,
                );
                Ok(
                    Passed::on(Place::RouterIngress(row.interface(end.other())), header)
                        .across(crossing)
                        .within(limit.mtu),
                )
            }
            Passage::Blocked => Err(Refusal::at(Reason::LinkSilent, link)),
        }
    }

    /// Into a tunnel: the packet becomes what an outer one carries.
    fn enter_tunnel(&self, tunnel: TunnelId, header: &Header) -> Outcome {
        let row = self.network.tunnels.get(tunnel).ok_or(missing(tunnel))?;
        let pair = row.protection.newest();
        let pair = pair.ok_or(Refusal::at(Reason::TunnelUnprotected, tunnel))?;
        if header.inner.is_some() {
            return Err(Refusal::at(Reason::TunnelInTunnel, tunnel));
        }
        if !row.protection.covers(&header.flow) {
            return Err(Refusal::at(Reason::TunnelSelectors, tunnel));
        }
        let (protocol, port) = match (row.wrap, pair.nat) {
            (Wrap::Gre, _) => (Protocol::Gre, 0),
            (Wrap::Ipsec, NatState::Direct) => (Protocol::Esp, 0),
            // RFC 3948 section 2.1: ESP in UDP, by the port that IKE went to.
            (Wrap::Ipsec, NatState::Encapsulated) => (Protocol::Udp, PORT_NAT),
        };
        let straight = SocketAddrV4::new(row.remote, port);
        let peer = match pair.nat {
            NatState::Direct => straight,
            // RFC 7296 section 2.23: to where the peer was last heard from.
            NatState::Encapsulated => row.protection.moved().unwrap_or(straight),
        };
        let flow = FiveTuple {
            source: row.local,
            destination: *peer.ip(),
            protocol,
            source_port: port,
            destination_port: peer.port(),
        };
        let inner = Inner {
            flow: header.flow,
            signal: header.signal,
            hop_limit: header.hop_limit,
            spi: pair.outbound,
            size_bytes: header.size_bytes,
            fragmentation: header.fragmentation,
            mss_bytes: header.mss_bytes,
        };
        let outer = Header {
            inner: Some(inner),
            size_bytes: pair.envelope.outer_bytes(pair.nat, header.size_bytes),
            ..Header::new(flow)
        };
        Ok(Passed::on(Place::RouterEgress(row.router), &outer))
    }

    /// Whether an end of a tunnel has the security association that the packet names when the packet comes to it.
    pub(super) fn takes(&self, protection: &Protection, spi: u32) -> bool {
        match self.packet {
            Packet::Here => protection.accepts(spi),
            Packet::Ahead => protection.will_accept(spi),
        }
    }

    /// Out of a tunnel, where the router has the security association that the packet names.
    fn leave_tunnel(&self, router: RouterId, outer: &Header, inner: Inner) -> Outcome {
        let tunnel = self.network.tunnels.iter().find(|(_, tunnel)| {
            tunnel.router == router
                && tunnel.remote == outer.flow.source
                && (tunnel.wrap == Wrap::Gre) == (outer.flow.protocol == Protocol::Gre)
                && self.takes(&tunnel.protection, inner.spi)
        });
        let (_, row) = tunnel.ok_or(Refusal::at(Reason::UnknownSpi, router))?;
        let mut header = Header {
            flow: inner.flow,
            signal: inner.signal,
            hop_limit: inner.hop_limit,
            inner: None,
            size_bytes: inner.size_bytes,
            fragmentation: inner.fragmentation,
            mss_bytes: inner.mss_bytes,
        };
        // AWS's BGP speakers are a hop behind the end of its GRE tunnels, which is why they ask for multihop.
        if row.wrap == Wrap::Gre && self.network.behind(router).is_some() {
            header = aged(&header, router)?;
        }
        Ok(Passed::on(Place::RouterIngress(row.interface), &header).out(row.interface))
    }
}

/// The way that a flow takes among several: always the same as long as there are as many.
pub(super) fn chosen<T: Copy>(hops: &[T], flow: &FiveTuple) -> Option<T> {
    match hops {
        [] => None,
        [only] => Some(*only),
        several => {
            let place = Digest::of(flow).value() % several.len() as u64;
            several.get(usize::try_from(place).ok()?).copied()
        }
    }
}

/// The link that begins at an interface, and by which of its ends.
impl Network {
    /// The link at an interface of a router, and the end of it that the interface is.
    #[must_use]
    pub fn link_at(&self, interface: RouterInterfaceId) -> Option<(LinkId, End)> {
        match self.router_interfaces.get(interface)?.attached {
            Attachment::Link(link) => Some((link, self.links.get(link)?.end_of(interface)?)),
            Attachment::Tunnel(_) | Attachment::Segment(_) => None,
        }
    }
}
