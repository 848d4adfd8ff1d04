//! What can be read of routers and their processes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::net::fib::FibRoute;
use crate::net::{FiveTuple, Protocol};
use crate::proto::bfd;
use crate::proto::bgp::rib::{PeerId, Source};
use crate::proto::bgp::speaker::Speaker;
use crate::proto::ike::{self, Daemon};
use crate::reason::Reason;
use crate::resource::{BgpSessionId, RouterId, RouterInterfaceId};
use crate::site::NextHop;
use crate::verdict::{Refusal, Rule};

use super::super::network::{Listening, Recipient};
use super::super::run::World;
use super::super::terrain::Terrain;
use super::blueprint::{SessionRow, Transport};
use super::control::{Capture, Process};
use super::diagnosis::Trouble;

/// A route in a router's forwarding table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FibEntry {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// The route in use.
    pub route: FibRoute<NextHop>,
}

/// A BGP session at one of its ends.
#[derive(Debug, Clone, Copy)]
pub struct SessionRead<'a> {
    /// Whose it is.
    pub row: SessionRow,
    /// How its segments travel.
    pub transport: Transport,
    /// The process that has it. Its sessions do not count heartbeats that are left out at present:
    /// [`World::session_facts`] does.
    pub speaker: &'a Speaker,
    /// Whether the process works.
    pub process: Process,
    /// What stands in its way.
    pub(super) trouble: Trouble,
    /// Why the interface whose address this end has does not work, where it does not.
    pub(super) interface: Option<Refusal>,
}

/// A path that a router heard of and cannot use, as it has no way to the next hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusablePath {
    /// The router.
    pub router: RouterId,
    /// The prefix.
    pub prefix: Ipv4Net,
    /// The next hop.
    pub next_hop: Ipv4Addr,
    /// Who announced it.
    pub peer: PeerId,
}

impl UnusablePath {
    /// As what stops a packet.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        Rule::NoWayToNextHop {
            router: self.router,
            prefix: self.prefix,
            next_hop: self.next_hop,
        }
    }
}

impl Terrain {
    /// The path that a router would send by, if it had a way to its next hop: the longest prefix that covers an address.
    fn unusable_path_towards(&self, router: RouterId, destination: Ipv4Addr) -> Option<UnusablePath> {
        let rib = self.bgp_of(router)?.speaker.rib();
        let covering = rib.prefixes().filter(|prefix| prefix.contains(&destination));
        let longest = covering.max_by_key(Ipv4Net::prefix_len)?;
        self.unusable_path(router, longest)
    }

    fn unusable_path(&self, router: RouterId, prefix: Ipv4Net) -> Option<UnusablePath> {
        let told = self.bgp_of(router)?.speaker.rib().explain(prefix)?;
        if told.candidates.iter().any(|path| path.is_best) {
            return None;
        }
        told.candidates.iter().find_map(|path| match path.source {
            Source::Peer(peer) if path.metric.is_none() => Some(UnusablePath {
                router,
                prefix,
                next_hop: path.attributes.next_hop,
                peer,
            }),
            Source::Peer(_) | Source::Local | Source::Aggregate => None,
        })
    }

    /// Why there is no route, where a router has none for what it heard of by BGP.
    pub(in crate::world) fn refined(&self, refusal: Refusal, destination: Ipv4Addr) -> Refusal {
        let unusable = match refusal.rule {
            Some(Rule::NoFibRoute { router }) => self.unusable_path_towards(router, destination),
            _ => None,
        };
        unusable.map_or(refusal, |path| Refusal::by(Reason::BgpNextHop, path.rule()))
    }
}

impl World {
    /// The path to a prefix that a router heard of and cannot use; none where it can use one, or heard of none.
    #[must_use]
    pub fn unusable_path(&self, router: RouterId, prefix: Ipv4Net) -> Option<UnusablePath> {
        self.terrain.unusable_path(router, prefix)
    }
    /// A router's BGP process, and whether it works; none where it runs none.
    #[must_use]
    pub fn speaker(&self, router: RouterId) -> Option<(&Speaker, Process)> {
        let bgp = self.terrain.bgp_of(router)?;
        Some((&bgp.speaker, bgp.process))
    }
    /// Carries every packet from now on, and tells of every message of IKE; or no longer.
    pub fn set_capture(&mut self, capture: Capture) {
        match capture {
            // What is run again for that is not looked at.
            Capture::On => self.terrain.rouse_all(self.terrain.bound()),
            Capture::Off => {}
        }
        self.terrain.routers.capture = capture;
    }
    /// A router's IKE; none where it is no gateway. Questions whether peers live that are left out at present are not
    /// counted.
    #[must_use]
    pub fn ike(&self, router: RouterId) -> Option<&Daemon> {
        self.terrain.ike_of(router).map(|ike| &ike.daemon)
    }
    /// The BFD session beside a BGP session, where there is one. It does not count packets that are left out at present:
    /// [`World::bfd_facts`] does.
    #[must_use]
    pub fn bfd_session(&self, session: BgpSessionId) -> Option<&bfd::Session> {
        let row = *self.terrain.routers.sessions.get(session)?;
        self.terrain.bgp_of(row.router)?.bfd(row.peer)
    }
    /// A BGP session.
    #[must_use]
    pub fn bgp_session(&self, session: BgpSessionId) -> Option<SessionRead<'_>> {
        let row = *self.terrain.routers.sessions.get(session)?;
        let bgp = self.terrain.bgp_of(row.router)?;
        Some(SessionRead {
            row,
            transport: *bgp.setup.transports.get(row.peer.index())?,
            speaker: &bgp.speaker,
            process: bgp.process,
            interface: self.own_interface(row.router, bgp.setup.transports.get(row.peer.index())?.local),
            trouble: bgp.troubles.get(row.peer.index()).copied().unwrap_or_default(),
        })
    }
    /// The routers at both ends of a session, its own first, where both ends are of the lab and name each other.
    #[must_use]
    pub fn speakers(&self, session: BgpSessionId) -> Option<[RouterId; 2]> {
        let row = *self.terrain.routers.sessions.get(session)?;
        let far = self.terrain.routers.elisions.far_router(row.router, row.peer)?;
        Some([row.router, far])
    }
    /// Why the interface with that address does not work, where it does not.
    fn own_interface(&self, router: RouterId, address: Ipv4Addr) -> Option<Refusal> {
        let network = self.network();
        let mut interfaces = network.routers.get(router)?.interfaces.iter();
        let has = |id: &&RouterInterfaceId| {
            let row = network.router_interfaces.get(**id);
            row.is_some_and(|row| row.address.addr() == address)
        };
        network.interface_works(*interfaces.find(has)?).err()
    }
    /// All BGP sessions, in the order of the lab's text.
    pub fn bgp_sessions(&self) -> impl Iterator<Item = (BgpSessionId, SessionRead<'_>)> {
        let ids = self.terrain.routers.sessions.ids();
        ids.filter_map(|id| Some((id, self.bgp_session(id)?)))
    }
    /// The lab's id of a router's session with a peer.
    #[must_use]
    pub fn session_with(&self, router: RouterId, peer: PeerId) -> Option<BgpSessionId> {
        self.terrain.session_of(router, peer)
    }
    /// The routes that a router forwards by, in the order of their prefixes.
    pub fn fib(&self, router: RouterId) -> impl Iterator<Item = FibEntry> {
        let row = self.network().routers.get(router);
        row.into_iter().flat_map(|row| {
            row.fib.iter().filter_map(|(prefix, routes)| {
                let route = routes.first()?.clone();
                Some(FibEntry { prefix, route })
            })
        })
    }
    /// What a recipient does with the first packet of a conversation.
    #[must_use]
    pub fn listening(&self, recipient: Recipient, flow: FiveTuple) -> Listening {
        match recipient {
            Recipient::Router(router) if self.hears(router, flow) => Listening::Answers,
            _ => self
                .network()
                .listening(recipient, flow.protocol, flow.destination_port),
        }
    }
    /// Whether a process of a router waits for a conversation.
    fn hears(&self, router: RouterId, flow: FiveTuple) -> bool {
        match (flow.protocol, flow.destination_port) {
            (Protocol::Tcp, crate::proto::bgp::PORT) => self.terrain.bgp_of(router).is_some_and(|bgp| {
                bgp.process != Process::Stopped && bgp.peer_between(flow.destination, flow.source).is_some()
            }),
            (Protocol::Udp, ike::PORT | ike::PORT_NAT) => self.terrain.ike_of(router).is_some(),
            _ => false,
        }
    }
    /// The router that has an address, where the lab gives each address once.
    #[must_use]
    pub fn router_at(&self, address: Ipv4Addr) -> Option<RouterId> {
        self.terrain.routers.router_at.get(&address).copied()
    }
    /// When a process last sent an UPDATE.
    #[must_use]
    pub const fn updates_sent_at(&self) -> Option<crate::units::SimTime> {
        self.terrain.routers.updates_sent_at
    }
    /// When the forwarding table of any router last changed.
    #[must_use]
    pub const fn routes_changed_at(&self) -> Option<crate::units::SimTime> {
        self.terrain.routers.routes_changed_at
    }
}
