//! What runs on a router at present.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::{Arena, RecordId, Streams};
use crate::net::tcp::{Stream, StreamOutput};
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::Half;
use crate::proto::bgp::speaker::{self, Speaker};
use crate::resource::{LinkId, RouterId, kind};
use crate::units::SimTime;

use super::blueprint::{BgpProcess, Routing, SessionRow};
use super::diagnosis::Trouble;

/// Whether a process does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Process {
    /// It does.
    Running,
    /// It is there and does nothing, while its host's TCP answers for it.
    Frozen,
    /// It is not there.
    Stopped,
}

/// One TCP connection of a session, as this end has it.
#[derive(Debug, Clone)]
pub(in crate::world) struct Connection {
    pub(super) stream: Stream,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
    /// What came while the process was frozen.
    pub(super) unread: Vec<Arc<[u8]>>,
}

/// When the clock is going to look at a session and its connections.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wakes {
    pub(super) session: Option<SimTime>,
    pub(super) streams: [Option<SimTime>; 2],
}

/// The BGP side of a router.
#[derive(Debug, Clone)]
pub(in crate::world) struct Bgp {
    pub(super) setup: Arc<BgpProcess>,
    pub(super) speaker: Speaker,
    pub(super) process: Process,
    pub(super) connections: Vec<[Option<Connection>; 2]>,
    /// Connections that the process is done with and that have something left to say.
    pub(super) lingering: Vec<(PeerId, Connection)>,
    pub(super) wakes: Vec<Wakes>,
    pub(super) rib_wake: Option<SimTime>,
    pub(super) lingering_wake: Option<SimTime>,
    /// Peers by address, sorted.
    pub(super) by_address: Arc<Vec<(Ipv4Addr, PeerId)>>,
    /// What stands in the way of each session, by peer.
    pub(super) troubles: Vec<Trouble>,
    pub(super) next_port: u16,
}

/// What runs on a router.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Control {
    pub(super) bgp: Option<Bgp>,
}

/// Everything that a lab knows of its routers beside what packets meet.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Routers {
    /// What runs on each; branches of a lab share it until one of them goes on with it.
    pub(super) control: Arena<Arc<Control>, kind::Router>,
    pub(super) sessions: Arc<Arena<SessionRow, kind::BgpSession>>,
    /// Whose each address of a router is.
    pub(super) router_at: Arc<BTreeMap<Ipv4Addr, RouterId>>,
    /// The record of what was last done to each link.
    pub(in crate::world) link_causes: BTreeMap<LinkId, RecordId>,
    /// When the forwarding table of any router last changed.
    pub(super) routes_changed_at: Option<SimTime>,
    /// Room for what machines want, so that it is not asked for each time.
    pub(super) speaker_out: Vec<speaker::Output>,
    pub(super) stream_out: Vec<StreamOutput>,
}

impl Routers {
    /// The routers of a lab that has not begun.
    pub(in crate::world) fn new(routing: &Routing, streams: Streams) -> Self {
        let control = routing
            .bgp
            .iter()
            .map(|(_, setup)| {
                let bgp = setup.clone().map(|setup| Bgp::new(setup, streams));
                Arc::new(Control { bgp })
            })
            .collect();
        let addresses = routing.routers.iter();
        let addresses =
            addresses.flat_map(|(id, row)| row.addresses.iter().map(move |&address| (address, id)));
        Self {
            control,
            sessions: Arc::new(routing.sessions.clone()),
            router_at: Arc::new(addresses.collect()),
            ..Self::default()
        }
    }
}

/// The first port from which a process speaks as a client: Linux's `ip_local_port_range` ("IP Sysctl").
const FIRST_CLIENT_PORT: u16 = 32_768;

impl Bgp {
    pub(super) fn new(setup: Arc<BgpProcess>, streams: Streams) -> Self {
        let n_peers = setup.transports.len();
        let mut by_address: Vec<(Ipv4Addr, PeerId)> = setup
            .transports
            .iter()
            .enumerate()
            .map(|(place, transport)| (transport.remote, peer_at(place)))
            .collect();
        by_address.sort_unstable();
        Self {
            speaker: Speaker::new(setup.config.clone(), streams, &setup.name),
            setup,
            process: Process::Running,
            connections: vec![[None, None]; n_peers],
            lingering: Vec::new(),
            wakes: vec![Wakes::default(); n_peers],
            rib_wake: None,
            lingering_wake: None,
            by_address: Arc::new(by_address),
            troubles: vec![Trouble::default(); n_peers],
            next_port: FIRST_CLIENT_PORT,
        }
    }

    /// The peer that speaks from `remote` to `local`.
    pub(super) fn peer_between(&self, local: Ipv4Addr, remote: Ipv4Addr) -> Option<PeerId> {
        let first = self.by_address.partition_point(|(address, _)| *address < remote);
        self.by_address[first..]
            .iter()
            .take_while(|(address, _)| *address == remote)
            .map(|&(_, peer)| peer)
            .find(|peer| self.setup.transports.get(peer.index()).map(|it| it.local) == Some(local))
    }
    pub(super) fn connection(&self, peer: PeerId, half: Half) -> Option<&Connection> {
        self.connections.get(peer.index())?[place_of(half)].as_ref()
    }
    pub(super) fn connection_mut(&mut self, peer: PeerId, half: Half) -> Option<&mut Connection> {
        self.connections.get_mut(peer.index())?[place_of(half)].as_mut()
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
