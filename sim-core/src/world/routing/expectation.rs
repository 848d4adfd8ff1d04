//! What a lab expects of its routers, and how that stands.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::proto::bgp::rib::{DecidedBy, PeerId};
use crate::proto::bgp::session::State;
use crate::reason::Reason;
use crate::resource::{BgpSessionId, ResourceRef, RouterId, TunnelId, VirtualGatewayId};
use crate::site::Attachment;
use crate::units::SimTime;

use super::super::observation::in_time;
use super::super::run::World;
use super::read::UnusablePath;

/// What should be true of routers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RoutingExpected {
    /// The session is up, and came up by then where an instant is given.
    SessionEstablished {
        /// The session.
        session: BgpSessionId,
        /// The latest instant.
        by: Option<SimTime>,
    },
    /// The tunnel carries packets, and first did by then where an instant is given.
    TunnelUp {
        /// The tunnel, at one of its gateways.
        tunnel: TunnelId,
        /// The latest instant.
        by: Option<SimTime>,
    },
    /// The router forwards by a route for exactly this prefix.
    Route {
        /// The router.
        router: RouterId,
        /// The prefix.
        prefix: Ipv4Net,
        /// The link or tunnel that it leads over; any where none is given.
        via: Option<ResourceRef>,
        /// The step that made the path the best; any where none is given.
        decided_by: Option<DecidedBy>,
    },
    /// The router has no route for exactly this prefix.
    NoRoute {
        /// The router.
        router: RouterId,
        /// The prefix.
        prefix: Ipv4Net,
    },
    /// The router is active for the virtual gateway.
    GatewayActive {
        /// The gateway.
        gateway: VirtualGatewayId,
        /// The router.
        router: RouterId,
    },
}

impl World {
    /// How an expectation of routers stands at present, and why.
    pub(in crate::world) fn judge_routing(&self, expected: &RoutingExpected) -> Result<String, String> {
        match expected {
            RoutingExpected::SessionEstablished { session, by } => self.judge_session(*session, *by),
            RoutingExpected::TunnelUp { tunnel, by } => self.judge_tunnel(*tunnel, *by),
            RoutingExpected::Route {
                router,
                prefix,
                via,
                decided_by,
            } => {
                let over = self.ways_towards(*router, *prefix);
                let names = self.names();
                let (who, ways) = (names.of(*router), self.way_names(&over));
                let Some(ways) = ways else {
                    return Err(match self.unusable_path(*router, *prefix) {
                        None => format!("{who} has no route for {prefix}"),
                        Some(path) => self.cannot_use(&path),
                    });
                };
                if via.is_some_and(|via| !over.contains(&via)) {
                    return Err(format!("{who} reaches {prefix} by {ways}"));
                }
                let step = self.decided_by(*router, *prefix);
                match (decided_by, step) {
                    (Some(wanted), Some(step)) if *wanted != step => Err(format!(
                        "{who} chose the path to {prefix} by {step}, not by {wanted}"
                    )),
                    (Some(_), None) => Err(format!("{who} has no path of BGP to {prefix}")),
                    (_, Some(step)) => Ok(format!("{who} reaches {prefix} by {ways}, decided by {step}")),
                    (None, None) => Ok(format!("{who} reaches {prefix} by {ways}")),
                }
            }
            RoutingExpected::GatewayActive { gateway, router } => {
                let network = self.network();
                let active = network.gateways.get(*gateway).and_then(|row| row.active);
                let active = active.and_then(|id| network.router_interfaces.get(id));
                let name = self.names().of(*gateway);
                match active.map(|row| row.router) {
                    None => Err(format!("nobody is active for {name}")),
                    Some(found) => {
                        let text = format!("{} is active for {name}", self.names().of(found));
                        if found == *router { Ok(text) } else { Err(text) }
                    }
                }
            }
            RoutingExpected::NoRoute { router, prefix } => {
                let who = self.names().of(*router);
                match self.fib(*router).any(|entry| entry.prefix == *prefix) {
                    true => Err(format!("{who} has a route for {prefix}")),
                    false => Ok(format!("{who} has no route for {prefix}")),
                }
            }
        }
    }

    /// Which path a router cannot use, why, and what would mend that.
    fn cannot_use(&self, path: &UnusablePath) -> String {
        let names = self.names();
        let reason = Reason::BgpNextHop;
        format!(
            "{} has no route for {}, {reason}: it knows no way to {}, the next hop of the path from {}; {}",
            names.of(path.router),
            path.prefix,
            path.next_hop,
            self.session_with(path.router, path.peer)
                .map_or_else(|| "a peer".to_owned(), |session| names.of(session)),
            self.way_to_next_hop(path.router, path.peer, path.next_hop),
        )
    }

    /// What would give a router a way to the next hop of a path from one of its peers.
    #[must_use]
    pub fn way_to_next_hop(&self, router: RouterId, peer: PeerId, next_hop: Ipv4Addr) -> String {
        let names = self.names();
        let far = self
            .session_with(router, peer)
            .and_then(|session| self.bgp_session(session))
            .and_then(|read| self.router_at(read.transport.remote));
        let there = far.map_or_else(|| "the peer".to_owned(), |far| names.of(far));
        let here = names.of(router);
        format!("set next_hop_self at {there} towards {here}, or give {here} a route to {next_hop}")
    }

    fn judge_session(&self, session: BgpSessionId, by: Option<SimTime>) -> Result<String, String> {
        let name = self.names().of(session);
        let Some(read) = self.bgp_session(session) else {
            return Err(format!("{name} is gone"));
        };
        let state = read.state();
        if state != State::Established {
            let why = read
                .diagnosis()
                .map_or(String::new(), |it| format!(", {}", it.reason));
            return Err(format!("{name} is {state}{why}"));
        }
        let first = self.terrain.observations.established(session);
        in_time(first, by, "Established").map_or_else(
            |why| Err(format!("{name} {why}")),
            |how| Ok(format!("{name} {how}")),
        )
    }

    fn judge_tunnel(&self, tunnel: TunnelId, by: Option<SimTime>) -> Result<String, String> {
        let name = self.names().of(tunnel);
        let Some(read) = self.tunnel(tunnel) else {
            return Err(format!("{name} is gone"));
        };
        if !read.is_up() {
            let why = self.tunnel_diagnosis(tunnel);
            let why = why.map_or(String::new(), |it| format!(", {}", it.reason));
            return Err(format!("{name} is down{why}"));
        }
        let first = self.terrain.observations.tunnel_up(tunnel);
        in_time(first, by, "being up").map_or_else(
            |why| Err(format!("{name} {why}")),
            |how| Ok(format!("{name} {how}")),
        )
    }

    /// The links and tunnels that a route leads over.
    fn ways_towards(&self, router: RouterId, prefix: Ipv4Net) -> Vec<ResourceRef> {
        let entry = self.fib(router).find(|entry| entry.prefix == prefix);
        let hops = entry.map(|entry| entry.route.hops);
        let interfaces = hops.iter().flat_map(|hops| hops.iter());
        let rows = interfaces.filter_map(|hop| self.network().router_interfaces.get(hop.interface));
        let ways = rows.map(|row| match row.attached {
            Attachment::Link(link) => link.into(),
            Attachment::Tunnel(tunnel) => tunnel.into(),
            Attachment::Segment(segment) => segment.into(),
        });
        ways.collect()
    }

    fn way_names(&self, ways: &[ResourceRef]) -> Option<String> {
        let names: Vec<String> = ways.iter().map(|way| self.names().of(*way)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    fn decided_by(&self, router: RouterId, prefix: Ipv4Net) -> Option<DecidedBy> {
        let (speaker, _) = self.speaker(router)?;
        speaker.rib().explain(prefix)?.decided_by
    }
}
