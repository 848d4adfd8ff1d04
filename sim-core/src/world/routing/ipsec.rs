//! IKE between gateways, and the tunnels that live off its security associations.
//!
//! A tunnel is an interface of its router. It carries packets while a CHILD_SA of its connection is installed; what is
//! sent names the newest one, what comes in may name any that is still there, so that new keys interrupt nothing.
//! Where a trap is laid the interface stays up without one: the first packet is lost and has it negotiated.
//!
//! # Fidelity
//! ESP is not encrypted: a packet carries the security parameter index, and who has no such association drops it
//! (`UNKNOWN_SPI`). Each packet has a sequence number, and who receives it keeps the window of its security association
//! ([`crate::proto::ike::replay`]): the lab's links replay nothing, but one that is late by more than the window is
//! dropped. The overhead of the negotiated suite ([`crate::proto::ike::overhead`]) makes the carrier larger and decides
//! the MTU of the tunnel. ESP in UDP goes to where the peer was last heard from, as translation on the way has it
//! (RFC 7296 section 2.23).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::kernel::{RecordId, Streams};
use crate::net::{FiveTuple, Protocol};
use crate::proto::ike::{self, ChildId, ChildInstalled, Connection, ConnectionId, Daemon, Notice, SaId};
use crate::resource::{ResourceRef, RouterId, TunnelId};
use crate::site::{Envelope, Protection, SaPair, Selectors, Wrap};
use crate::units::SimTime;

use super::super::network::Header;
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::agenda::Agenda;
use super::control::Capture;
use super::datagram::Datagram;
use super::elision::Bound;
use super::wake::RouterTimer;

/// The hop limit of what IKE sends: Linux's default.
const HOP_LIMIT: u8 = 64;

/// Which child of which connection protects a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protected {
    /// The connection.
    pub connection: ConnectionId,
    /// The child.
    pub child: ChildId,
    /// The tunnel.
    pub tunnel: TunnelId,
}

/// A gateway's IKE as a lab begins with it.
#[derive(Debug, Clone)]
pub struct IkeProcess {
    /// The gateway's name, after which its dice are called.
    pub name: String,
    /// Its peers.
    pub connections: Vec<Arc<Connection>>,
    /// The tunnels that its children protect; a child without one protects nothing that is routed.
    pub tunnels: Vec<Protected>,
}

/// The IKE side of a router.
#[derive(Debug, Clone)]
pub(in crate::world) struct Ike {
    pub(super) setup: Arc<IkeProcess>,
    pub(super) daemon: Daemon,
    pub(super) wake: Option<SimTime>,
    pub(super) agenda: Agenda,
    /// What was last told of each SA, questions whether the peer lives apart.
    told: BTreeMap<SaId, RecordId>,
}

impl Ike {
    pub(super) fn new(setup: Arc<IkeProcess>, streams: Streams) -> Self {
        let dice = streams.stream("ike", &setup.name);
        Self {
            daemon: Daemon::new(setup.connections.clone(), dice),
            setup,
            wake: None,
            agenda: Agenda::default(),
            told: BTreeMap::new(),
        }
    }
    fn tunnel_of(&self, connection: ConnectionId, child: ChildId) -> Option<TunnelId> {
        let mut all = self.setup.tunnels.iter();
        let found = all.find(|it| it.connection == connection && it.child == child);
        found.map(|it| it.tunnel)
    }
    /// A connection as a thing of the lab: the first tunnel that it protects.
    fn subject(&self, connection: ConnectionId) -> Option<TunnelId> {
        let mut all = self.setup.tunnels.iter();
        all.find(|it| it.connection == connection).map(|it| it.tunnel)
    }
}

/// One edit of a gateway's IKE.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum IkeChange {
    /// Brings a child up, and the IKE SA under it.
    Initiate {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// Closes every IKE SA of a connection.
    Terminate {
        /// Which.
        connection: ConnectionId,
    },
    /// Closes a child.
    TerminateChild {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// Gives the IKE SAs of a connection new keys.
    Rekey {
        /// Which.
        connection: ConnectionId,
    },
    /// Gives a child new keys.
    RekeyChild {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// The process dies and forgets everything; nobody is told.
    Crash,
    /// The process starts.
    Start,
}

impl IkeChange {
    fn input(&self) -> ike::Input<'static> {
        match self {
            Self::Initiate { connection, child } => ike::Input::Initiate {
                connection: *connection,
                child: *child,
            },
            Self::Terminate { connection } => ike::Input::Terminate {
                connection: *connection,
            },
            Self::TerminateChild { connection, child } => ike::Input::TerminateChild {
                connection: *connection,
                child: *child,
            },
            Self::Rekey { connection } => ike::Input::Rekey {
                connection: *connection,
            },
            Self::RekeyChild { connection, child } => ike::Input::RekeyChild {
                connection: *connection,
                child: *child,
            },
            Self::Crash => ike::Input::Crash,
            Self::Start => ike::Input::Start,
        }
    }
}

impl Terrain {
    pub(super) fn ike_of(&self, router: RouterId) -> Option<&Ike> {
        self.routers.control.get(router)?.ike.as_ref()
    }
    pub(super) fn ike_mut(&mut self, router: RouterId) -> Option<&mut Ike> {
        Arc::make_mut(self.routers.control.get_mut(router)?).ike.as_mut()
    }

    /// Tells a router's IKE something, and does what it wants done.
    pub(super) fn tell_ike(&mut self, router: RouterId, input: ike::Input<'_>) {
        self.rouse_for_ike(router, &input);
        self.look_at_gateways(router);
        self.hear_tunnels_of(router);
        let (now, because) = (self.now(), self.cause);
        let is_running = self
            .network
            .routers
            .get(router)
            .is_some_and(|row| row.running.has_power());
        let Some(ike) = self
            .ike_mut(router)
            .filter(|_| is_running || input == ike::Input::Crash)
        else {
            return;
        };
        let mut out = Vec::new();
        if input == ike::Input::Wake {
            for sa in ike.daemon.sas_due(now) {
                if let Some(ike) = self.ike_mut(router) {
                    // What was settled follows from what settled it; anything else not from what set the clock, which
                    // looks after all SAs at once.
                    let told = ike.told.get(&sa).copied();
                    let is_settled = ike.daemon.has_term_due(now, sa);
                    ike.daemon.wake(now, sa, &mut out);
                    self.cause = if is_settled { because } else { told };
                }
                // Before anybody is roused, who would be taken to have set it.
                self.note_deadlines(router, RouterTimer::Ike);
                self.do_for_ike(router, &mut out);
            }
        } else {
            let between = match input {
                ike::Input::Datagram { local, remote, .. } => Some((*local.ip(), *remote.ip())),
                _ => None,
            };
            ike.daemon.handle(now, input, &mut out);
            if let Some((local, remote)) = between.filter(|_| out.iter().any(tells)) {
                self.credit_heal_to_ike(local, remote);
            }
            self.note_deadlines(router, RouterTimer::Ike);
            self.do_for_ike(router, &mut out);
        }
        self.cause = because;
        self.plan_wake(router, RouterTimer::Ike);
    }

    /// What is due at an instant comes before what comes in at it, and at several gateways in their order. Peers that ask
    /// each other at the same pace, and whose keys end together, would meet there every time, and nothing but the order
    /// in which their clocks were set would decide.
    pub(super) fn look_at_gateways(&mut self, router: RouterId) {
        let now = self.now();
        let is_due = |terrain: &Self, router| terrain.ike_of(router).is_some_and(|ike| ike.wake == Some(now));
        if !is_due(self, router) {
            return;
        }
        let all = self.routers.ike_gateways.clone();
        // Whoever is roused may have something due, too, and be the first of all.
        let mut roused = BTreeSet::new();
        loop {
            let is_new = |&router: &RouterId| is_due(self, router) && !roused.contains(&router);
            let due: Vec<RouterId> = all.iter().copied().filter(is_new).collect();
            if due.is_empty() {
                break;
            }
            for &router in &due {
                self.rouse_for_ike(router, &ike::Input::Wake);
            }
            roused.extend(due);
        }
        let because = self.cause;
        let was_looking = core::mem::replace(&mut self.routers.looks_at_gateways, true);
        for router in roused {
            self.look_at_machine(router, RouterTimer::Ike);
            self.cause = because;
        }
        self.routers.looks_at_gateways = was_looking;
    }

    /// Something is about to happen, and gateways were roused for it that may have something due at this very instant.
    /// Where it is another gateway that is being looked at, they come when their clocks do.
    pub(super) fn look_at_roused_gateways(&mut self) {
        if self.routers.looks_at_gateways {
            return;
        }
        let now = self.now();
        let is_due = |&router: &RouterId| self.ike_of(router).is_some_and(|ike| ike.wake == Some(now));
        if let Some(first) = self.routers.ike_gateways.iter().copied().find(is_due) {
            self.look_at_gateways(first);
        }
    }

    fn do_for_ike(&mut self, router: RouterId, out: &mut Vec<ike::Output>) {
        // An interface that loses its keys and gets a trap at once is never seen to be down.
        for output in out.iter() {
            if let ike::Output::Notice {
                notice: Notice::TrapInstalled { connection, child },
                ..
            } = output
            {
                self.lay_trap(router, (*connection, *child));
            }
        }
        // An exchange's last message comes before all else that is sent upon what asked for it.
        let mut last_message: Option<Arc<[u8]>> = None;
        for output in out.drain(..) {
            match output {
                // What is sent follows from what was told before it, so the cause runs on.
                ike::Output::Send(datagram) => {
                    let octets = self.send_ike(router, datagram);
                    last_message.get_or_insert(octets);
                }
                // Nobody is told of those.
                ike::Output::Keepalive { from, to } => {
                    self.send_datagram(router, posted(from, to, ike::KEEPALIVE_OCTETS.as_slice().into()));
                }
                ike::Output::ChildInstalled(child) => {
                    self.child_installed(router, &child, last_message.as_ref());
                }
                ike::Output::ChildRemoved { spi_in, reason, .. } => {
                    self.child_removed(router, spi_in, &reason);
                }
                ike::Output::Notice { connection, notice } => {
                    let tunnel = connection.and_then(|id| self.ike_of(router)?.subject(id));
                    let subject = tunnel.map_or(ResourceRef::Router(router), ResourceRef::Tunnel);
                    if let (Notice::PeerDead { .. } | Notice::Retransmit { .. }, Some(tunnel)) =
                        (&notice, tunnel)
                    {
                        self.blame_lost_question(tunnel);
                    }
                    let notice = Arc::new(notice);
                    let record = self.record(subject, Happening::Ike(notice.clone()));
                    self.note_told(router, notice.sa(), record);
                    if let (Notice::IkeDown { sa, .. }, Some(ike)) = (&*notice, self.ike_mut(router)) {
                        ike.told.remove(sa);
                    }
                }
            }
        }
    }

    /// What an SA does by the clock later on follows from what was last told of it.
    fn note_told(&mut self, router: RouterId, sa: Option<SaId>, record: RecordId) {
        if let (Some(ike), Some(sa)) = (self.ike_mut(router), sa) {
            ike.told.insert(sa, record);
        }
    }

    fn send_ike(&mut self, router: RouterId, datagram: ike::Datagram) -> Arc<[u8]> {
        let because = self.cause;
        // Nobody tells of those.
        let is_heartbeat = datagram.summary.is_heartbeat();
        if !is_heartbeat || self.routers.capture == Capture::On {
            let subject = self.tunnel_towards(router, &datagram);
            let record = self.record(subject, Happening::IkeSent(datagram.summary.clone()));
            if !is_heartbeat {
                self.note_told(router, datagram.sa, record);
            }
        }
        let octets: Arc<[u8]> = datagram.octets.into();
        self.settlement_goes_out(&octets);
        self.send_datagram(router, posted(datagram.from, datagram.to, octets.clone()));
        self.cause = because;
        octets
    }

    fn tunnel_towards(&self, router: RouterId, datagram: &ike::Datagram) -> ResourceRef {
        let mut tunnels = self.network.tunnels.iter();
        let found = tunnels.find(|(_, tunnel)| {
            tunnel.router == router
                && tunnel.local == *datagram.from.ip()
                && tunnel.remote == *datagram.to.ip()
        });
        found.map_or(ResourceRef::Router(router), |(id, _)| id.into())
    }

    /// A datagram for IKE has come.
    pub(super) fn on_ike(
        &mut self,
        router: RouterId,
        (local, remote): (SocketAddrV4, SocketAddrV4),
        octets: &[u8],
    ) {
        self.tell_ike(
            router,
            ike::Input::Datagram {
                local,
                remote,
                octets,
            },
        );
        self.settlement_came(octets);
        self.follow_peers(router);
        self.try_to_watch(router);
    }

    /// Tunnels lead to where IKE knows the peers to be.
    fn follow_peers(&mut self, router: RouterId) {
        let Some(ike) = self.ike_of(router) else {
            return;
        };
        let mut moves = Vec::new();
        for it in &ike.setup.tunnels {
            let Some(row) = self.network.tunnels.get(it.tunnel) else {
                continue;
            };
            let straight = SocketAddrV4::new(row.remote, ike::PORT_NAT);
            let peer = ike.daemon.translated_peer(it.connection);
            let moved = peer.filter(|peer| *peer != straight);
            // Until the next association is there the last one leads to where it did.
            if peer.is_some() && row.protection.moved() != moved {
                moves.push((it.tunnel, moved));
            }
        }
        for (tunnel, moved) in moves {
            if let Some(row) = self.network.tunnels.get_mut(tunnel) {
                row.protection.move_to(moved);
            }
        }
    }

    fn lay_trap(&mut self, router: RouterId, (connection, child): (ConnectionId, ChildId)) {
        let tunnel = self
            .ike_of(router)
            .and_then(|ike| ike.tunnel_of(connection, child));
        if let Some(row) = tunnel.and_then(|tunnel| self.network.tunnels.get_mut(tunnel)) {
            row.protection.lay_trap();
            let interface = row.interface;
            self.look_at_interfaces(&[interface]);
        }
    }

    fn child_installed(
        &mut self,
        router: RouterId,
        child: &ChildInstalled,
        last_message: Option<&Arc<[u8]>>,
    ) {
        let Some(tunnel) = self
            .ike_of(router)
            .and_then(|ike| ike.tunnel_of(child.connection, child.child))
        else {
            return;
        };
        self.rouse_across(router, Bound::Before);
        self.follow_peers(router);
        let Some(row) = self.network.tunnels.get_mut(tunnel) else {
            return;
        };
        let was_bare = row.protection.newest().is_none();
        let pair = SaPair {
            inbound: child.spi_in,
            outbound: child.spi_out,
            nat: child.encapsulated,
            envelope: Envelope::Esp(child.suite),
        };
        let selectors = Selectors {
            local: child.local.clone(),
            remote: child.remote.clone(),
        };
        row.protection.install(pair, selectors);
        self.sequences.install(tunnel, child.spi_in, child.replay_window);
        let interface = row.interface;
        if let Some(octets) = last_message {
            self.settles(tunnel, (child.spi_in, child.spi_out), octets);
        }
        if was_bare {
            let now = self.now();
            self.observations.on_tunnel_up(now, tunnel);
        }
        let suite = Arc::new(child.suite);
        self.record(
            tunnel,
            Happening::TunnelProtected {
                suite,
                replaces: child.replaces.is_some(),
            },
        );
        self.probe_ways_changed();
        self.look_at_interfaces(&[interface]);
    }

    fn child_removed(&mut self, router: RouterId, spi_in: u32, reason: &ike::Reason) {
        self.rouse_across(router, Bound::Before);
        let found = self
            .network
            .tunnels
            .iter()
            .find(|(_, tunnel)| tunnel.router == router && tunnel.protection.accepts(spi_in))
            .map(|(id, _)| id);
        let Some((tunnel, row)) = found.and_then(|id| Some((id, self.network.tunnels.get_mut(id)?))) else {
            return;
        };
        row.protection.remove(spi_in);
        let (interface, left) = (row.interface, row.protection.newest().is_some());
        self.sequences.remove(tunnel, spi_in);
        self.settlement_void(tunnel, spi_in);
        if !left {
            let now = self.now();
            self.observations.on_tunnel_down(now, tunnel);
            self.record(
                tunnel,
                Happening::TunnelBare {
                    reason: Arc::new(reason.clone()),
                },
            );
        }
        self.probe_ways_changed();
        self.look_at_interfaces(&[interface]);
    }

    /// A packet came out of a tunnel, which shows its gateway that the other one lives.
    pub(in crate::world) fn note_traffic(&mut self, router: RouterId, outer: FiveTuple, spi_in: u32) {
        self.rouse_for_ike(router, &ike::Input::Traffic { spi_in });
        self.look_at_gateways(router);
        let now = self.now();
        if let Some(ike) = self.ike_mut(router) {
            ike.daemon
                .handle(now, ike::Input::Traffic { spi_in }, &mut Vec::new());
            if outer.protocol == Protocol::Udp {
                let from = SocketAddrV4::new(outer.source, outer.source_port);
                ike.daemon.follow(spi_in, from);
                self.follow_peers(router);
            }
        }
    }

    /// A packet wanted to go into a tunnel that has no security association: it may bring one about.
    pub(in crate::world) fn want_tunnel(&mut self, tunnel: TunnelId, flow: FiveTuple) {
        let Some(router) = self.network.tunnels.get(tunnel).map(|row| row.router) else {
            return;
        };
        let protocol = flow.protocol.number();
        let (source, destination) = (flow.source, flow.destination);
        let input = ike::Input::Packet {
            source,
            destination,
            protocol,
        };
        self.tell_ike(router, input);
    }

    /// Pulls a lever of IKE's.
    pub(super) fn change_ike(&mut self, router: RouterId, change: &IkeChange) {
        self.tell_ike(router, change.input());
        if *change == IkeChange::Crash {
            self.strip_tunnels(router);
        }
    }

    /// A gateway that forgets its security associations protects nothing any more; GRE has none to forget.
    pub(super) fn strip_tunnels(&mut self, router: RouterId) {
        self.rouse_across(router, Bound::Before);
        self.settlements_void(router);
        let (now, mut interfaces) = (self.now(), Vec::new());
        for (id, row) in self.network.tunnels.iter_mut() {
            if row.router == router && row.wrap == Wrap::Ipsec {
                if row.protection.newest().is_some() {
                    self.observations.on_tunnel_down(now, id);
                }
                row.protection = Protection::default();
                self.sequences.clear(id);
                interfaces.push(row.interface);
            }
        }
        self.look_at_interfaces(&interfaces);
    }
}

/// Whether something shows that somebody is told of: an answer that only says that its sender lives is not.
fn tells(output: &ike::Output) -> bool {
    match output {
        ike::Output::Send(datagram) => !datagram.summary.is_heartbeat(),
        ike::Output::Keepalive { .. } => false,
        ike::Output::ChildInstalled(_) | ike::Output::ChildRemoved { .. } | ike::Output::Notice { .. } => {
            true
        }
    }
}

/// A datagram of IKE's.
const fn posted(from: SocketAddrV4, to: SocketAddrV4, octets: Arc<[u8]>) -> Datagram {
    Datagram {
        from,
        to,
        hop_limit: HOP_LIMIT,
        octets,
    }
}

/// What a packet of IKE's starts with.
pub(super) fn header(from: SocketAddrV4, to: SocketAddrV4) -> Header {
    posted(from, to, [].into()).header()
}
