//! A router's routes: every candidate, the best, and the step of the decision that made it best.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Serialize, Serializer};

use crate::net::fib::FibRoute;
use crate::proto::bgp::Origin;
use crate::proto::bgp::negotiated::PeerKind;
use crate::proto::bgp::rib::{Candidate, DecidedBy, Explanation, Freshness, PeerId, Source, Unshared};
use crate::resource::{ResourceRef, RouterId};
use crate::site::NextHop;
use crate::units::SimTime;
use crate::verdict::RouteSource;

use super::path::nearest;
use super::{View, json};

/// The next hop of what is on a router's own interface.
pub(super) const CONNECTED: &str = "connected";

/// Why a router's routes cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RibError {
    /// There is no such router.
    #[error("no router is called `{name}`{}", super::path::or_meant(near.as_deref()))]
    NoSuchRouter {
        /// The name as written.
        name: String,
        /// The nearest name, where one is near.
        near: Option<String>,
    },
    /// The router has nothing on such a prefix.
    #[error("{router} has no route for {prefix}{}", covering.map_or(String::new(), |it| format!("; {it} covers it")))]
    NoSuchPrefix {
        /// The router.
        router: String,
        /// The prefix as asked for.
        prefix: Ipv4Net,
        /// The longest prefix that covers it, where one does.
        covering: Option<Ipv4Net>,
    },
}

/// A router's routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rib {
    /// The lab.
    pub lab: String,
    /// The instant.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// The router.
    pub node: String,
    /// Its AS, where it speaks BGP.
    pub asn: Option<u32>,
    /// Its identifier.
    pub router_id: Option<Ipv4Addr>,
    /// The prefixes, in order.
    pub prefixes: Vec<RibPrefix>,
}

/// A prefix and the paths to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RibPrefix {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// What BGP knows of it, the best first and the others by how far they got.
    pub paths: Vec<RibPath>,
    /// The next hops that packets take; empty where they are dropped.
    pub fib: Vec<String>,
    /// Whose route it is that packets take: `connected`, `static`, `eBGP` or `iBGP`.
    #[serde(serialize_with = "source_or_null")]
    pub source: Option<RouteSource>,
    /// By which interfaces.
    pub interfaces: Vec<String>,
}

/// A path to a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RibPath {
    /// The neighbor that announced it, or `local`, or `aggregate`.
    pub from: String,
    /// The neighbor's address.
    pub peer: Option<Ipv4Addr>,
    /// AS_PATH, leftmost first; sets in curly brackets.
    pub as_path: String,
    /// NEXT_HOP; none for the router's own.
    pub next_hop: Option<Ipv4Addr>,
    /// LOCAL_PREF as the decision counts it.
    pub local_pref: u32,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// ORIGIN.
    #[serde(serialize_with = "origin_as_text")]
    pub origin: Origin,
    /// COMMUNITIES and LARGE_COMMUNITIES.
    pub communities: Vec<String>,
    /// The weight, which is known to this router alone.
    pub weight: u32,
    /// `eBGP` or `iBGP`; none for the router's own.
    #[serde(serialize_with = "kind_or_null")]
    pub kind: Option<PeerKind>,
    /// What the decision compares as the router identifier: ORIGINATOR_ID, or the identifier of the neighbor.
    pub router_id: Ipv4Addr,
    /// ORIGINATOR_ID, where a route reflector set it.
    pub originator_id: Option<Ipv4Addr>,
    /// CLUSTER_LIST, the latest cluster first.
    pub cluster_list: Vec<Ipv4Addr>,
    /// When it came as it is: among external paths the one in use is kept, unless router identifiers are compared.
    #[serde(rename = "since_s", serialize_with = "json::instant")]
    pub since: SimTime,
    /// What the way to the next hop costs; none where there is no way.
    pub metric: Option<u32>,
    /// Whether it is the best.
    pub best: bool,
    /// Whether packets use it, the best included.
    pub multipath: bool,
    /// Whether it can be used at all: whether there is a way to its next hop.
    pub usable: bool,
    /// Whether the peer is gone and the path kept for its return.
    pub stale: bool,
    /// For the best the step that put it before the next best, for others the step at which they stand
    /// behind the best.
    pub decided_by: Option<DecidedBy>,
    /// Whose path it loses to at that step, where that is not the best: one that it would beat the best without.
    pub lost_to: Option<String>,
    /// Why packets do not go by it, too, although it is as good as the best and several paths may be used.
    pub not_along: Option<Unshared>,
}

fn source_or_null<S: Serializer>(source: &Option<RouteSource>, to: S) -> Result<S::Ok, S::Error> {
    match source {
        Some(source) => to.collect_str(source),
        None => to.serialize_none(),
    }
}

fn kind_or_null<S: Serializer>(kind: &Option<PeerKind>, to: S) -> Result<S::Ok, S::Error> {
    match kind {
        Some(kind) => to.collect_str(kind_text(*kind)),
        None => to.serialize_none(),
    }
}

/// What people call a kind of session.
#[must_use]
pub const fn kind_text(kind: PeerKind) -> &'static str {
    match kind {
        PeerKind::Ebgp => "eBGP",
        PeerKind::Ibgp => "iBGP",
    }
}

fn origin_as_text<S: Serializer>(origin: &Origin, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(origin)
}

impl View<'_> {
    /// The routes of the router of that name, or its routes for one prefix.
    ///
    /// # Errors
    /// Where there is no such router, or it knows nothing of the prefix.
    pub fn rib(&self, router: &str, prefix: Option<Ipv4Net>) -> Result<Rib, RibError> {
        let names = self.world.names();
        let id = names.find(router).iter().find_map(|thing| match thing {
            ResourceRef::Router(id) => Some(*id),
            _ => None,
        });
        let id = id.ok_or_else(|| RibError::NoSuchRouter {
            name: router.to_owned(),
            near: nearest(router, self.world, |thing| {
                matches!(thing, ResourceRef::Router(_))
            }),
        })?;
        let rib = self.routes_of(id, prefix);
        match prefix {
            Some(prefix) if rib.prefixes.is_empty() => Err(RibError::NoSuchPrefix {
                router: router.to_owned(),
                prefix,
                covering: self.covering(id, prefix),
            }),
            Some(_) | None => Ok(rib),
        }
    }

    /// The longest prefix of the forwarding table that covers another one.
    fn covering(&self, router: RouterId, prefix: Ipv4Net) -> Option<Ipv4Net> {
        let entries = self.world.fib(router);
        let covers = entries
            .map(|entry| entry.prefix)
            .filter(|it| it.contains(&prefix));
        covers.max_by_key(Ipv4Net::prefix_len)
    }

    /// A router's routes, all or those for one prefix.
    #[must_use]
    pub fn routes_of(&self, id: RouterId, only: Option<Ipv4Net>) -> Rib {
        let speaker = self.world.speaker(id).map(|(speaker, _)| speaker);
        let mut prefixes: Vec<Ipv4Net> = match only {
            Some(prefix) => vec![prefix],
            None => {
                let fib = self.world.fib(id).map(|entry| entry.prefix);
                let known = speaker.iter().flat_map(|speaker| speaker.rib().prefixes());
                fib.chain(known).collect()
            }
        };
        prefixes.sort_unstable();
        prefixes.dedup();
        let fib = |prefix| {
            let row = self.world.network().routers.get(id)?;
            row.fib.routes(prefix).first()
        };
        let rows = prefixes.into_iter().filter_map(|prefix| {
            let told = speaker.and_then(|speaker| speaker.rib().explain(prefix));
            let route = fib(prefix);
            let known = told.is_some_and(|told| !told.candidates.is_empty());
            (known || route.is_some()).then(|| self.prefix_row(id, prefix, route))
        });
        Rib {
            lab: self.session.about().name.clone(),
            at: self.world.now(),
            node: self.world.names().of(id),
            asn: speaker.map(|speaker| speaker.config().rib.asn.0),
            router_id: speaker.map(|speaker| speaker.id().0),
            prefixes: rows.collect(),
        }
    }

    fn prefix_row(&self, id: RouterId, prefix: Ipv4Net, route: Option<&FibRoute<NextHop>>) -> RibPrefix {
        let speaker = self.world.speaker(id).map(|(speaker, _)| speaker);
        let told = speaker.and_then(|speaker| speaker.rib().explain(prefix));
        let hops = route.map_or(&[][..], |route| &route.hops[..]);
        let names = self.world.names();
        RibPrefix {
            prefix,
            paths: told.map_or_else(Vec::new, |told| self.paths(id, &told)),
            fib: hops
                .iter()
                .map(|hop| {
                    hop.via
                        .map_or_else(|| CONNECTED.to_owned(), |via| via.to_string())
                })
                .collect(),
            source: route.map(|route| route.source),
            interfaces: hops.iter().map(|hop| names.of(hop.interface)).collect(),
        }
    }

    fn paths(&self, router: RouterId, told: &Explanation) -> Vec<RibPath> {
        let default = self.world.speaker(router);
        let default = default.map_or(100, |(speaker, _)| {
            speaker.config().rib.options.default_local_pref
        });
        let mut candidates: Vec<&Candidate> = told.candidates.iter().collect();
        let best = candidates.iter().find(|it| it.is_best).map(|it| it.source);
        // A later step to lose at is nearer to winning.
        candidates.sort_by_key(|it| (!it.is_best, core::cmp::Reverse(it.behind_best)));
        candidates
            .into_iter()
            .map(|it| {
                let attributes = &it.attributes;
                let large = attributes.large_communities.iter().map(ToString::to_string);
                let communities = attributes.communities.iter().map(ToString::to_string);
                let from = self.source_name(router, it.source);
                let peer = match it.source {
                    Source::Local | Source::Aggregate => None,
                    Source::Peer(_) => Some(it.peer_address),
                };
                let rival = it.behind.filter(|source| Some(*source) != best);
                RibPath {
                    from,
                    peer,
                    as_path: attributes.as_path.to_string(),
                    next_hop: peer.map(|_| attributes.next_hop),
                    local_pref: attributes.local_pref.unwrap_or(default),
                    med: attributes.med,
                    origin: attributes.origin,
                    communities: communities.chain(large).collect(),
                    weight: it.weight,
                    kind: it.kind,
                    router_id: it.router_id.0,
                    originator_id: attributes.originator_id.map(|id| id.0),
                    cluster_list: attributes.cluster_list.clone(),
                    since: it.since,
                    metric: it.metric,
                    best: it.is_best,
                    multipath: it.is_multipath || it.is_best,
                    usable: peer.is_none() || it.metric.is_some(),
                    stale: it.freshness == Freshness::Stale,
                    decided_by: if it.is_best {
                        told.decided_by
                    } else {
                        it.behind_best
                    },
                    lost_to: rival.map(|source| self.source_name(router, source)),
                    not_along: it.unshared,
                }
            })
            .collect()
    }

    /// What a router calls that which a path came from.
    fn source_name(&self, router: RouterId, source: Source) -> String {
        match source {
            Source::Local => "local".to_owned(),
            Source::Aggregate => "aggregate".to_owned(),
            Source::Peer(peer) => self.neighbor_name(router, peer),
        }
    }

    /// What a router calls one of its peers.
    pub(super) fn neighbor_name(&self, router: RouterId, peer: PeerId) -> String {
        let names = self.world.names();
        let Some(session) = self.world.session_with(router, peer) else {
            return "an unknown peer".to_owned();
        };
        let (name, router) = (names.of(session), names.of(router));
        let rest = name.strip_prefix(&router).and_then(|rest| rest.strip_prefix('/'));
        rest.unwrap_or(&name).to_owned()
    }
}
