//! BGP processes and their sessions.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Digest;
use crate::proto::bgp::rib::{
    self, AggregateConfig, LimitAction, LocalAs, MaxPrefix, Multipath, PeerConfig, PeerId,
};
use crate::proto::bgp::session::{self, Adjacency, Authentication, BfdFailure, FastFailover, Initiative};
use crate::proto::bgp::speaker::{Config, PeerSetup, Wanted};
use crate::proto::bgp::{Asn, PeerKind, RouterId as BgpId};
use crate::resource::RouterId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Entries, Entry};
use crate::scenario::sections::{
    BgpText, CapabilitiesText, LimitActionText, NeighborText, OriginationText, RouterText,
};
use crate::units::Span;
use crate::world::routing::{Origination, Transport};

use super::neighbor::{self, Ends};
use super::policy::{self, Policies};
use super::reserved::{check_as, check_destination};
use super::router::{Routers, at};
use super::scope::Scope;
use super::timers;
use super::tunnel;

/// Neighbors of a router.
const MOST_NEIGHBORS: usize = 1_000;
/// Prefixes that a router announces.
const MOST_ANNOUNCED: usize = 10_000;
/// Aggregates of a router.
const MOST_AGGREGATES: usize = 500;
/// Paths that are used at once.
const MOST_PATHS: u16 = 128;
/// The hop limit of what may cross any number of routers; FRR's for iBGP.
const FARTHEST: u8 = 255;

/// A session as the text asks for it, to be matched with what the other end has.
struct Asked {
    name: At<String>,
    ends: Ends,
    wanted: Wanted,
    initiative: Initiative,
    bfd: Option<Place>,
}

/// Gives every router that has an AS its BGP process.
pub(super) fn fill(
    all: &Entries<RouterText>,
    ids: &[RouterId],
    scope: &mut Scope,
    routers: &mut Routers,
    problems: &mut Problems,
) {
    let mut asked: Vec<Asked> = Vec::new();
    for (entry, id) in all.iter().zip(ids) {
        let Some(text) = &entry.body else { continue };
        let Some(asn) = text.asn else {
            needs_asn(entry, text, problems);
            continue;
        };
        check_as(asn, problems);
        let process = Process {
            id: *id,
            asn: Asn(asn.value),
            router_id: router_id(entry, text, *id, routers, problems),
        };
        process.fill(entry, text, (scope, routers), &mut asked, problems);
    }
    check_answered(&asked, routers, problems);
}

fn needs_asn(entry: &Entry<RouterText>, text: &RouterText, problems: &mut Problems) {
    let first = text.neighbors.iter().next().map(|neighbor| neighbor.name.place);
    let first = first.or_else(|| text.announce.first().map(|it| it.0.prefix.place));
    if let Some(place) = first {
        let message = format!("router `{}` speaks BGP and has no AS number", entry.name.value);
        problems.push(
            Problem::error(Code::MissingField, place, message).help("give the router one: asn: 65001, say"),
        );
    }
}

/// The highest loopback address where none is given, else the highest address, as FRR does.
fn router_id(
    entry: &Entry<RouterText>,
    text: &RouterText,
    id: RouterId,
    routers: &Routers,
    problems: &mut Problems,
) -> BgpId {
    if let Some(given) = text.router_id {
        if given.value.is_unspecified() {
            let message = "0.0.0.0 identifies no router (RFC 6286)";
            problems.push(Problem::error(Code::BadValue, given.place, message));
        }
        return BgpId(given.value);
    }
    let loopbacks = text.loopbacks.iter().map(|address| address.value).max();
    let connected = routers.connected(id).map(|(address, _, _)| address.addr());
    let found = loopbacks.or(connected.max());
    if found.is_none() {
        let message = format!(
            "router `{}` has no address that could identify it",
            entry.name.value
        );
        problems.push(
            Problem::error(Code::MissingField, entry.name.place, message)
                .help("give it one: router_id: \"10.255.0.1\", say"),
        );
    }
    BgpId(found.unwrap_or(Ipv4Addr::UNSPECIFIED))
}

/// A router's BGP process while it is being filled.
struct Process {
    id: RouterId,
    asn: Asn,
    router_id: BgpId,
}

impl Process {
    fn fill(
        &self,
        entry: &Entry<RouterText>,
        text: &RouterText,
        (scope, routers): (&mut Scope, &mut Routers),
        asked: &mut Vec<Asked>,
        problems: &mut Problems,
    ) {
        let (name, place) = (&entry.name.value, entry.name.place);
        let n_neighbors = text.neighbors.iter().len();
        if !problems.at_most(MOST_NEIGHBORS, n_neighbors, place, "neighbors of a router")
            || !problems.at_most(MOST_ANNOUNCED, text.announce.len(), place, "announced prefixes")
            || !problems.at_most(MOST_AGGREGATES, text.aggregates.len(), place, "aggregates")
        {
            return;
        }
        let mut rib = rib::Config::new(self.asn, self.router_id);
        if let Some(text) = &text.bgp {
            options(text, &mut rib, problems);
        }
        rib.aggregates = text
            .aggregates
            .iter()
            .map(|it| AggregateConfig {
                prefix: it.0.prefix.value,
                summary_only: it.0.summary_only.unwrap_or(false),
                as_set: it.0.as_set.unwrap_or(false),
            })
            .collect();
        let (mut peers, mut transports, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut watched = Vec::new();
        for neighbor in &text.neighbors {
            let (Some(body), Some(ends)) = (
                &neighbor.body,
                neighbor::ends(neighbor, (entry, self.id), scope, routers, problems),
            ) else {
                continue;
            };
            let called = at(&format!("{name}/{}", neighbor.name.value), neighbor.name.place);
            scope.sessions.declare(&called, problems);
            let policies = &routers.routing.policies;
            let Some((setup, transport)) = self.peer(body, ends, policies, problems) else {
                continue;
            };
            asked.push(Asked {
                name: called.clone(),
                ends,
                wanted: setup.wanted,
                initiative: setup.session.initiative,
                bfd: body.bfd.as_ref().map(|_| called.place),
            });
            watched.push(
                body.bfd
                    .as_ref()
                    .map(|text| super::timers::bfd(text, (&called, setup.session.adjacency), problems)),
            );
            peers.push(setup);
            transports.push(transport);
            names.push(called.value);
        }
        let config = Config {
            rib: Arc::new(rib),
            peers,
            originate: originated(text, problems),
        };
        routers.routing.run_bgp(self.id, name, config, transports);
        for (place, config) in watched.into_iter().enumerate() {
            let peer = PeerId::from_index(u32::try_from(place).unwrap_or(u32::MAX));
            if let Some(config) = config {
                routers.routing.watch_by_bfd(self.id, peer, config);
            }
        }
        let sessions = routers.routing.bgp.get(self.id).and_then(Option::as_ref);
        let sessions = sessions.map_or_else(Vec::new, |process| process.sessions.clone());
        for (session, name) in sessions.into_iter().zip(names) {
            routers.names.insert(session, name);
        }
    }

    /// One session: how it speaks, what it does to routes, and how its segments travel.
    fn peer(
        &self,
        text: &NeighborText,
        ends: Ends,
        policies: &Policies,
        problems: &mut Problems,
    ) -> Option<(PeerSetup, Transport)> {
        let remote_as = *text.remote_as.get()?;
        // A router without capabilities sees a peer with a number of four octets so.
        let is_old = text
            .capabilities
            .is_some_and(|it| it.value == CapabilitiesText::None);
        if !(is_old && remote_as.value == Asn::TRANS.0) {
            check_as(remote_as, problems);
        }
        let local_as = text.local_as.as_ref().map(|text| {
            check_as(text.0.asn, problems);
            LocalAs {
                asn: Asn(text.0.asn.value),
                replace: text.0.replace.unwrap_or(false),
            }
        });
        let mut session = session::Config::new(
            self.router_id,
            (self.asn, ends.local),
            (Asn(remote_as.value), ends.remote),
        );
        session.local_as = local_as.map(|it| it.asn);
        let kind = session.kind();
        if let (Some(client), PeerKind::Ebgp) = (text.route_reflector_client.filter(|it| it.value), kind) {
            let message = format!(
                "a peer of AS {} is no client of a route reflector",
                remote_as.value
            );
            problems.push(
                Problem::error(Code::BadValue, client.place, message)
                    .also(remote_as.place, "another AS than the router's")
                    .help("routes are reflected within an AS (RFC 4456); eBGP peers are told anyway"),
            );
        }
        if ends.subnet.is_none() || text.multihop.is_some() {
            session.adjacency = Adjacency::Multihop;
        }
        if text.passive == Some(true) {
            session.initiative = Initiative::Passive;
        }
        if text.fast_failover == Some(false) {
            session.fast_failover = FastFailover::Off;
        }
        if text.password.is_some() {
            session.authentication = Authentication::Md5;
        }
        let may_restart = text.bfd.as_ref().and_then(|bfd| bfd.check_control_plane_failure);
        if may_restart == Some(true) {
            session.bfd_failure = BfdFailure::MayBeRestart;
        }
        session.capabilities = super::capabilities::offered(text, &session, problems);
        if let Some(text) = &text.timers {
            timers::fill(text, &mut session, problems);
        }
        let wanted = match text.shutdown {
            Some(true) => Wanted::Shutdown,
            Some(false) | None => Wanted::Up,
        };
        let setup = PeerSetup {
            session,
            routes: Arc::new(routes(text, local_as, policies, problems)),
            subnet: ends.subnet,
            wanted,
        };
        Some((setup, transport(text, kind, ends, problems)))
    }
}

/// What is done to a session's routes.
fn routes(
    text: &NeighborText,
    local_as: Option<LocalAs>,
    policies: &Policies,
    problems: &mut Problems,
) -> PeerConfig {
    let mut attached = |text: &Option<crate::scenario::sections::PolicyText>| {
        text.as_ref()
            .and_then(|text| policy::policy(text, policies, problems))
    };
    let (import, export) = (attached(&text.import), attached(&text.export));
    PeerConfig {
        import,
        export,
        max_prefix: text.max_prefix.as_ref().map(|text| MaxPrefix {
            limit: text.0.limit.value,
            counting: text.0.counting.unwrap_or_default(),
            action: match &text.0.action {
                None | Some(LimitActionText::Idle) => LimitAction::Idle,
                Some(LimitActionText::Warn) => LimitAction::Warn,
                Some(LimitActionText::Restart(after)) => {
                    timers::positive(*after, "the time until the session starts again", problems);
                    LimitAction::Restart(after.value)
                }
            },
        }),
        next_hop_self: text.next_hop_self.unwrap_or(false),
        rr_client: text.route_reflector_client.is_some_and(|it| it.value),
        allowas_in: text.allowas_in.unwrap_or(0),
        as_override: text.as_override.unwrap_or(false),
        remove_private_as: text.remove_private_as.unwrap_or_default(),
        local_as,
        default_originate: text.default_originate.unwrap_or(false),
        strip_communities: !text.send_community.unwrap_or(true),
        soft_reconfig: text.soft_reconfiguration.unwrap_or(false),
        weight: text.weight.unwrap_or(0),
        mrai: text.advertisement_interval.map_or(Span::ZERO, |interval| {
            if interval.value > Span::secs(600) {
                let message = "routers wait for ten minutes at most between two sendings";
                problems.push(Problem::error(Code::BadValue, interval.place, message));
            }
            interval.value
        }),
        multihop: text.multihop.is_some_and(|hops| hops.value > 1),
    }
}

/// How a session's segments travel.
fn transport(text: &NeighborText, kind: PeerKind, ends: Ends, problems: &mut Problems) -> Transport {
    let mut counted = |hops: Option<At<u8>>, what: &str| {
        let hops = hops?;
        if hops.value == 0 {
            let message = format!("{what} counts hops from 1, the neighbour on the link, to 255");
            problems.push(Problem::error(Code::BadValue, hops.place, message));
        }
        Some(hops)
    };
    let (multihop, security) = (
        counted(text.multihop, "multihop"),
        counted(text.ttl_security, "ttl_security"),
    );
    if let (Some(multihop), Some(security)) = (multihop, security) {
        let message = "a session has either multihop or ttl_security, which counts hops itself";
        problems
            .push(Problem::error(Code::BadValue, security.place, message).also(multihop.place, "the other"));
    }
    let hop_limit = match (kind, security, multihop) {
        (PeerKind::Ibgp, _, _) | (PeerKind::Ebgp, Some(_), _) => FARTHEST,
        (PeerKind::Ebgp, None, Some(hops)) => hops.value.max(1),
        (PeerKind::Ebgp, None, None) => 1,
    };
    Transport {
        local: ends.local,
        remote: ends.remote,
        hop_limit,
        // A neighbour's packets arrive with the 255 that they began with (RFC 5082 section 3).
        least_hop_limit: security.map_or(0, |hops| FARTHEST - (hops.value.max(1) - 1)),
        key: text.password.as_ref().map(|password| {
            if password.value.is_empty() {
                let message = "an empty password authenticates nothing";
                problems.push(Problem::error(Code::BadValue, password.place, message));
            }
            Digest::of(password.value.as_str())
        }),
    }
}

fn options(text: &BgpText, rib: &mut rib::Config, problems: &mut Problems) {
    let defaults = rib::Options::default();
    if let Some(cluster) = text.cluster_id {
        rib.cluster_id = cluster;
    }
    let mut paths = |given: Option<At<u16>>| {
        let Some(given) = given else { return 1 };
        if !(1..=MOST_PATHS).contains(&given.value) {
            let message = format!("between one and {MOST_PATHS} paths are used at once");
            problems.push(Problem::error(Code::BadValue, given.place, message));
        }
        given.value
    };
    let multipath = text.multipath.as_ref().map(|text| Multipath {
        ebgp: paths(text.ebgp),
        ibgp: paths(text.ibgp),
        as_path_relax: text.as_path_relax.unwrap_or(false),
    });
    rib.options = rib::Options {
        compare_router_id: text.compare_router_id.unwrap_or(defaults.compare_router_id),
        always_compare_med: text.always_compare_med.unwrap_or(defaults.always_compare_med),
        deterministic_med: text.deterministic_med.unwrap_or(defaults.deterministic_med),
        missing_med_worst: text.missing_med_worst.unwrap_or(defaults.missing_med_worst),
        ebgp_requires_policy: text.requires_policy.unwrap_or(defaults.ebgp_requires_policy),
        honour_graceful_shutdown: text
            .honour_graceful_shutdown
            .unwrap_or(defaults.honour_graceful_shutdown),
        multipath: multipath.unwrap_or(defaults.multipath),
        coalesce: defaults.coalesce,
        default_local_pref: text.default_local_pref.unwrap_or(defaults.default_local_pref),
    };
}

/// What a prefix is announced with.
pub(super) fn origination(text: &OriginationText) -> Origination {
    Origination {
        med: text.med,
        origin: text.origin.unwrap_or_default(),
        communities: text.communities.iter().map(|community| community.0).collect(),
        path: text.prepend.iter().copied().map(Asn).collect(),
        ..Origination::new(text.prefix.value)
    }
}

fn originated(
    text: &RouterText,
    problems: &mut Problems,
) -> Vec<(Ipv4Net, Arc<crate::proto::bgp::Attributes>)> {
    let mut seen: BTreeMap<Ipv4Net, Place> = BTreeMap::new();
    let mut all = Vec::new();
    for it in &text.announce {
        let prefix = it.0.prefix;
        if let Some(first) = seen.insert(prefix.value, prefix.place) {
            let message = format!("{} is announced twice", prefix.value);
            problems
                .push(Problem::error(Code::DuplicateName, prefix.place, message).also(first, "first here"));
        }
        check_destination(prefix, problems);
        all.push((prefix.value, origination(&it.0).attributes()));
    }
    all
}

/// Two sessions between the same two addresses are an error; a session that nobody answers is most
/// likely a mistake.
fn check_answered(asked: &[Asked], routers: &Routers, problems: &mut Problems) {
    let mut seen: BTreeMap<(Ipv4Addr, Ipv4Addr), &Asked> = BTreeMap::new();
    for session in asked {
        let key = (session.ends.local, session.ends.remote);
        if let Some(first) = seen.insert(key, session) {
            let message = format!(
                "`{}` is a session with the same address, {}",
                first.name.value, key.1
            );
            problems.push(
                Problem::error(Code::AddressTaken, session.name.place, message)
                    .also(first.name.place, "the other session"),
            );
        }
    }
    // Where something is wrong already, a session that is missing is most likely a consequence.
    if problems.any_error() {
        return;
    }
    for session in asked.iter().filter(|session| session.wanted != Wanted::Shutdown) {
        let (local, remote) = (session.ends.local, session.ends.remote);
        if let Some(far) = seen.get(&(remote, local)) {
            check_pair(session, far, routers, problems);
            continue;
        }
        let message = match routers.owners.get(&remote) {
            None => format!("no router has the address {remote}"),
            Some((owner, _)) => format!(
                "router `{}` has no session back from {remote} to {local}",
                routers.names.of(*owner)
            ),
        };
        problems.push(
            Problem::warning(Code::NoPeer, session.name.place, message)
                .help("a session comes up only where both ends have it, each with the other's address"),
        );
    }
}

/// What two ends of a session do not agree on, where neither would be told.
fn check_pair(session: &Asked, far: &Asked, routers: &Routers, problems: &mut Problems) {
    let both_wait = [session, far]
        .iter()
        .all(|it| it.initiative == Initiative::Passive);
    // Told once, at the end with the higher address.
    if both_wait && session.ends.local > session.ends.remote {
        problems.push(
            Problem::warning(
                Code::BothWait,
                session.name.place,
                "both ends of the session wait to be called",
            )
            .also(far.name.place, "the other end")
            .help("let one of them open it: passive: false"),
        );
    }
    if session.initiative == Initiative::Passive
        && let Some(trap) = tunnel::idle_trap(session.ends.local, routers)
    {
        problems.push(
            Problem::warning(
                Code::BothWait,
                session.name.place,
                "the tunnel waits for a packet, and the session in it waits to be called",
            )
            .also(trap, "a trap here, and the other gateway waits")
            .help("let the tunnel negotiate at once, start: start, or the session open, passive: false"),
        );
    }
    if let (Some(place), None) = (session.bfd, far.bfd) {
        problems.push(
            Problem::warning(
                Code::NoPeer,
                place,
                "BFD has nobody to speak to: the other end of the session has none",
            )
            .also(far.name.place, "the other end")
            .help("give both ends bfd, or neither: alone it never comes up and ends nothing"),
        );
    }
}
