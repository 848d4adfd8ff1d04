//! What runs on a router at present.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::aws::is_public;
use crate::kernel::{Arena, RecordId, Streams};
use crate::net::tcp::{Closed, Stream, StreamOutput};
use crate::proto::bfd;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::Half;
use crate::proto::bgp::speaker::{self, Speaker};
use crate::reason::Reason;
use crate::resource::{LinkId, ResourceRef, RouterId, kind};
use crate::units::SimTime;
use crate::verdict::{Refusal, Rule};

use super::agenda::Agenda;
use super::aside::Aside;
use super::blueprint::{BgpProcess, Routing, SessionRow, Transport};
use super::diagnosis::Trouble;
use super::elision::Elisions;
use super::flapping::Flaps;
use super::gateway::Vigil;
use super::hub::Hubs;
use super::igp;
use super::ipsec::Ike;
use super::settlement::Settlements;
use super::silence::LostQuestions;
use super::upkeep::Upkeeps;

/// Whether a process does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Process {
    /// It does.
    Running,
    /// It is there and does nothing, while its host's TCP answers for it.
    Frozen,
    /// Somebody outside of the lab speaks in its stead, octet by octet (see [`OutsideChange`](super::OutsideChange)).
    Outside,
    /// It is not there.
    Stopped,
}

/// One TCP connection of a session, as this end has it.
#[derive(Debug, Clone)]
pub(in crate::world) struct Connection {
    pub(super) stream: Stream,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
    /// What came and the process has not read.
    pub(super) unread: Vec<Arc<[u8]>>,
    /// How it ended, where the process has not learned of it.
    pub(super) ended: Option<Closed>,
}

impl Connection {
    pub(super) const fn new(stream: Stream, local_port: u16, remote_port: u16) -> Self {
        Self {
            stream,
            local_port,
            remote_port,
            unread: Vec::new(),
            ended: None,
        }
    }
}

/// When the clock is going to look at a session and its connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Wakes {
    pub(super) session: Option<SimTime>,
    pub(super) session_agenda: Agenda,
    pub(super) streams: [Option<SimTime>; 2],
}

/// Whether a process has ever worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lived {
    NotYet,
    Before,
}

/// The BGP side of a router.
#[derive(Debug, Clone)]
pub(in crate::world) struct Bgp {
    pub(super) setup: Arc<BgpProcess>,
    pub(super) speaker: Speaker,
    pub(super) process: Process,
    /// Whether it has ever worked: what begins again is a restart to its peers.
    pub(super) lived: Lived,
    pub(super) connections: Vec<[Option<Connection>; 2]>,
    /// Connections that the process is done with, or has not seen.
    pub(super) aside: Aside,
    pub(super) wakes: Vec<Wakes>,
    pub(super) rib_wake: Option<SimTime>,
    pub(super) rib_agenda: Agenda,
    pub(super) aside_wake: Option<SimTime>,
    /// The BFD session beside each BGP session, where one is asked for, and when it is looked at.
    pub(super) bfd: Vec<Option<bfd::Session>>,
    pub(super) bfd_wakes: Vec<Option<SimTime>>,
    /// Those of the setup, where they are at hand: every segment asks for one.
    pub(super) transports: Arc<[Transport]>,
    /// Peers by their address and the one of this end that they speak to, sorted.
    pub(super) by_address: Arc<[(Ipv4Addr, Ipv4Addr, PeerId)]>,
    /// What stands in the way of each session, by peer.
    pub(super) troubles: Vec<Trouble>,
    pub(super) next_port: u16,
}

/// What runs on a router.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Control {
    pub(super) bgp: Option<Bgp>,
    pub(super) ike: Option<Ike>,
}

/// Whether somebody looks at the wire.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Capture {
    /// Nobody does: heartbeats that change nothing may be left out.
    #[default]
    Off,
    /// Every packet is carried, and every message of IKE is told.
    On,
}

/// Everything that a lab knows of its routers beside what packets meet.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Routers {
    /// What runs on each; branches of a lab share it until one of them goes on with it.
    pub(super) control: Arena<Arc<Control>, kind::Router>,
    pub(super) sessions: Arc<Arena<SessionRow, kind::BgpSession>>,
    /// Whose each address of a router is.
    pub(super) router_at: Arc<BTreeMap<Ipv4Addr, RouterId>>,
    /// The record of what was last done to each link and segment.
    pub(in crate::world) causes: BTreeMap<ResourceRef, RecordId>,
    /// The record of what made each link slower that is slower than it was.
    pub(super) slowed: BTreeMap<LinkId, RecordId>,
    /// The record of what was last done to each thing.
    pub(in crate::world) disturbed: BTreeMap<ResourceRef, RecordId>,
    /// The record of what was last done to any endpoint of a service's, without which its name leads outside.
    pub(in crate::world) endpoints_disturbed: Option<RecordId>,
    /// By what each device last came to forward otherwise.
    pub(in crate::world) rerouted: BTreeMap<ResourceRef, RecordId>,
    /// What IKE's silence is to blame on.
    pub(super) lost_questions: LostQuestions,
    /// The record of the latest of those that was got over.
    pub(super) got_over: BTreeMap<(Ipv4Addr, Ipv4Addr), RecordId>,
    /// What settles security associations of IKE's and is on its way.
    pub(super) settlements: Settlements,
    /// The routers that run IKE, in order.
    pub(super) ike_gateways: Arc<[RouterId]>,
    /// Whether those of them that have something due are being looked at right now.
    pub(super) looks_at_gateways: bool,
    /// Whether somebody looks at the wire.
    pub(super) capture: Capture,
    /// What the routers of each virtual gateway know of each other.
    pub(super) gateways: Arena<Vigil, kind::VirtualGateway>,
    /// The interior routing.
    pub(super) igp: igp::State,
    /// Pairs of ends whose heartbeats are left out at present.
    pub(super) elisions: Elisions,
    /// When the forwarding table of any router last changed.
    pub(super) routes_changed_at: Option<SimTime>,
    /// What Transit Gateways have in mind.
    pub(super) hubs: Hubs,
    /// What AWS is doing to its own ends.
    pub(super) upkeeps: Upkeeps,
    /// Links that flap.
    pub(super) flaps: Flaps,
    /// When any process last sent an UPDATE.
    pub(super) updates_sent_at: Option<SimTime>,
    /// Room for what machines want, so that it is not asked for each time.
    pub(super) speaker_room: speaker::Room,
    pub(super) speaker_out: Vec<speaker::Output>,
    pub(super) stream_out: Vec<StreamOutput>,
}

impl Routers {
    /// The routers of a lab that has not begun.
    pub(in crate::world) fn new(routing: &Routing, streams: Streams) -> Self {
        let control: Arena<Arc<Control>, kind::Router> = routing
            .bgp
            .iter()
            .map(|(router, setup)| {
                let bgp = setup.clone().map(|setup| Bgp::new(setup, streams));
                let ike = routing.ike.get(router).cloned().flatten();
                let ike = ike.map(|setup| Ike::new(setup, streams));
                Arc::new(Control { bgp, ike })
            })
            .collect();
        let addresses = routing.routers.iter();
        let addresses =
            addresses.flat_map(|(id, row)| row.addresses.iter().map(move |&address| (address, id)));
        let router_at: BTreeMap<Ipv4Addr, RouterId> = addresses.collect();
        let has_ike = |(id, row): (RouterId, &Arc<Control>)| row.ike.is_some().then_some(id);
        Self {
            ike_gateways: control.iter().filter_map(has_ike).collect(),
            elisions: Elisions::new(&control, &router_at),
            control,
            sessions: Arc::new(routing.sessions.clone()),
            router_at: Arc::new(router_at),
            ..Self::default()
        }
    }
}

impl Routers {
    /// Something was done to a thing.
    pub(in crate::world) fn note_disturbed(&mut self, thing: ResourceRef, record: RecordId) {
        self.disturbed.insert(thing, record);
        if let ResourceRef::InterfaceEndpoint(_) | ResourceRef::GatewayEndpoint(_) = thing {
            self.endpoints_disturbed = Some(record);
        }
    }

    /// What led to a packet's being stopped on its way to an address, where something was done to the place that stopped
    /// it, or it lost the route, or the address is one that an endpoint used to stand for.
    pub(in crate::world) fn blamed(&self, refusal: &Refusal, to: Option<Ipv4Addr>) -> Option<RecordId> {
        // Chance lost it on the way from there: what was done to the place has nothing to do with that.
        if refusal.reason == Reason::PacketLost {
            return None;
        }
        let done = self.causes.get(&refusal.at);
        let done = done.or_else(|| self.disturbed.get(&refusal.at)).copied();
        let found = match refusal.rule {
            Some(Rule::NoRoute { .. }) if to.is_some_and(is_public) => self.endpoints_disturbed,
            _ => self.rerouted_at(refusal),
        };
        done.max(found)
    }

    /// What last changed the place that stopped a packet, as far as that decides whether it stops another one.
    pub(super) fn changed_at(&self, refusal: &Refusal) -> Option<RecordId> {
        let done = self.causes.get(&refusal.at).copied();
        done.max(self.rerouted_at(refusal))
    }

    /// By what a device that had no route came to forward otherwise.
    fn rerouted_at(&self, refusal: &Refusal) -> Option<RecordId> {
        let found = match refusal.rule {
            Some(Rule::NoTransitRoute { table }) => self.rerouted.get(&table.into()),
            Some(Rule::NoFibRoute { .. } | Rule::NoGatewayRoute { .. } | Rule::NoWayToNextHop { .. }) => {
                self.rerouted.get(&refusal.at)
            }
            _ => None,
        };
        found.copied()
    }
}

/// The first port from which a process speaks as a client: Linux's `ip_local_port_range` ("IP Sysctl").
const FIRST_CLIENT_PORT: u16 = 32_768;

impl Bgp {
    pub(super) fn new(setup: Arc<BgpProcess>, streams: Streams) -> Self {
        let n_peers = setup.transports.len();
        let mut by_address: Vec<(Ipv4Addr, Ipv4Addr, PeerId)> = setup
            .transports
            .iter()
            .enumerate()
            .map(|(place, transport)| (transport.remote, transport.local, peer_at(place)))
            .collect();
        by_address.sort_unstable();
        Self {
            speaker: Speaker::new(setup.config.clone(), streams, &setup.name),
            process: setup.at_start,
            lived: match setup.at_start {
                Process::Running | Process::Frozen => Lived::Before,
                Process::Outside | Process::Stopped => Lived::NotYet,
            },
            connections: vec![[None, None]; n_peers],
            aside: Aside::default(),
            wakes: vec![Wakes::default(); n_peers],
            rib_wake: None,
            rib_agenda: Agenda::default(),
            aside_wake: None,
            bfd: Self::bfd_sessions(&setup.bfd, streams, &setup.name),
            bfd_wakes: vec![None; n_peers],
            transports: setup.transports.clone(),
            by_address: by_address.into(),
            troubles: vec![Trouble::default(); n_peers],
            next_port: FIRST_CLIENT_PORT,
            setup,
        }
    }

    /// The peer that speaks from `remote` to `local`.
    pub(super) fn peer_between(&self, local: Ipv4Addr, remote: Ipv4Addr) -> Option<PeerId> {
        let sought = (remote, local);
        let first = self
            .by_address
            .partition_point(|&(remote, local, _)| (remote, local) < sought);
        let &(remote, local, peer) = self.by_address.get(first)?;
        ((remote, local) == sought).then_some(peer)
    }
    pub(super) fn connection(&self, peer: PeerId, half: Half) -> Option<&Connection> {
        self.connections.get(peer.index())?[place_of(half)].as_ref()
    }
    pub(super) fn connection_mut(&mut self, peer: PeerId, half: Half) -> Option<&mut Connection> {
        self.connections.get_mut(peer.index())?[place_of(half)].as_mut()
    }
    /// Whether a connection with the peer stands or is being opened.
    pub(super) fn is_engaged(&self, peer: PeerId) -> bool {
        let slots = self.connections.get(peer.index());
        slots.is_some_and(|slots| slots.iter().flatten().any(|it| it.ended.is_none()))
    }
    pub(super) fn put(&mut self, peer: PeerId, half: Half, connection: Option<Connection>) {
        if let Some(slots) = self.connections.get_mut(peer.index()) {
            slots[place_of(half)] = connection;
        }
    }
    pub(super) fn take(&mut self, peer: PeerId, half: Half) -> Option<Connection> {
        self.connections.get_mut(peer.index())?[place_of(half)].take()
    }
    /// The next port to call from.
    pub(super) const fn client_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = match port.checked_add(1) {
            Some(next) => next,
            None => FIRST_CLIENT_PORT,
        };
        port
    }
}

pub(super) const fn place_of(half: Half) -> usize {
    match half {
        Half::Outgoing => 0,
        Half::Incoming => 1,
    }
}

pub(super) fn peer_at(place: usize) -> PeerId {
    PeerId::from_index(u32::try_from(place).unwrap_or(u32::MAX))
}
