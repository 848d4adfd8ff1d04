//! From a case to a lab, and the names by which the case knows what is in it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, bail};
use ipnet::Ipv4Net;
use sim_core::kernel::Digest;
use sim_core::proto::bfd;
use sim_core::proto::bgp::rib::{self, PeerConfig, PeerId};
use sim_core::proto::bgp::session::{
    self, Adjacency, Authentication, Capabilities, FastFailover, GracefulRestartConfig, GracefulRestartMode,
    IdleHold, Initiative, ZeroHold,
};
use sim_core::proto::bgp::speaker::{self, PeerSetup, Wanted};
use sim_core::proto::bgp::{Asn, RouterId as Identifier};
use sim_core::resource::{BgpSessionId, LinkId, RouterId};
use sim_core::site::StaticRoute;
use sim_core::units::{SimTime, Span};
use sim_core::world::World;
use sim_core::world::blueprint::Blueprint;
use sim_core::world::lever::Lever;
use sim_core::world::routing::{
    LinkSpec, Origination, Process, Routing, RoutingLever, SpeakerChange, Transport,
};

use super::case::{
    Announced, Bfd, Case, GracefulRestart, LimitAction, Node, RemovePrivateAs, Said, Session, Side, SideName,
    Timers,
};
use super::policy;

/// The seed of every case.
const SEED: u64 = 1;
/// Hold and keepalive time of a case that says nothing.
const USUAL: Timers = Timers {
    keepalive: Some(3),
    hold: Some(9),
    connect_retry: Some(1),
    mrai: Some(0),
};

/// What the case calls things.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Routers by name.
    pub(super) routers: BTreeMap<String, RouterId>,
    /// Links by name.
    pub(super) links: BTreeMap<String, LinkId>,
    /// For each of a router's peers, by number, the place of the session in the case and the router's side.
    pub(super) peers: BTreeMap<RouterId, Vec<(usize, SideName)>>,
}

impl Known {
    /// A router by name.
    pub(super) fn router(&self, name: &str) -> anyhow::Result<RouterId> {
        self.routers
            .get(name)
            .copied()
            .with_context(|| format!("there is no node {name}"))
    }
    /// A link by name.
    pub(super) fn link(&self, name: &str) -> anyhow::Result<LinkId> {
        self.links
            .get(name)
            .copied()
            .with_context(|| format!("there is no link {name}"))
    }
    /// The name of a link.
    pub(super) fn link_name(&self, link: LinkId) -> Option<&str> {
        let found = self.links.iter().find(|(_, id)| **id == link);
        found.map(|(name, _)| name.as_str())
    }
    /// The name of a router.
    pub(super) fn router_name(&self, router: RouterId) -> Option<&str> {
        let found = self.routers.iter().find(|(_, id)| **id == router);
        found.map(|(name, _)| name.as_str())
    }
    /// One end of a session.
    pub(super) fn end(
        &self,
        case: &Case,
        world: &World,
        id: &str,
        side: SideName,
    ) -> anyhow::Result<BgpSessionId> {
        let router = self.router(&case.session(id)?.side(side).node)?;
        let peers = self.peers.get(&router).map_or(&[][..], Vec::as_slice);
        let place = peers
            .iter()
            .position(|&(session, of)| case.sessions[session].id == id && of == side);
        let peer = place.and_then(|place| Some(PeerId::from_index(u32::try_from(place).ok()?)));
        peer.and_then(|peer| world.session_with(router, peer))
            .with_context(|| format!("session {id} has no such side"))
    }
}

/// Builds the lab of a case.
pub(super) fn build(case: &Case) -> anyhow::Result<(World, Known)> {
    let mut blueprint = Blueprint::empty(&case.id);
    let (mut routing, mut known) = (Routing::default(), Known::default());
    for (name, node) in &case.nodes {
        let loopbacks = node.loopbacks.iter().map(Ipv4Net::addr).collect();
        let routes = node.static_routes.iter().map(|route| StaticRoute {
            prefix: route.prefix,
            via: Some(route.via),
            metric: route.metric,
        });
        let router = routing.add_router(loopbacks, routes.collect());
        known.routers.insert(name.clone(), router);
        blueprint.names.insert(router, name);
    }
    for link in &case.links {
        let (a, b) = (known.router(&link.a)?, known.router(&link.b)?);
        // The recorded links had no delay; this one keeps cause before effect.
        let spec = LinkSpec::default();
        let id = routing.connect((a, link.addr_a), (b, link.addr_b), spec);
        known.links.insert(link.id.clone(), id);
        blueprint.names.insert(id, &link.id);
    }
    for (name, node) in &case.nodes {
        let router = known.router(name)?;
        let (config, transports, peers) = process(case, name, node)?;
        routing.run_bgp(router, name, config, transports);
        for (peer, (session, _)) in peers.iter().enumerate() {
            if let Some(bfd) = case.sessions[*session].bfd {
                routing.watch_by_bfd(router, PeerId::from_index(u32::try_from(peer)?), bfd_config(bfd));
            }
        }
        known.peers.insert(router, peers);
    }
    for (turn, group) in case.start_order.iter().enumerate().skip(1) {
        let at = SimTime::at(seconds(case.start_gap) * turn as u64);
        for name in group {
            let router = known.router(name)?;
            routing.begin_bgp_as(router, Process::Stopped);
            let change = SpeakerChange::Start;
            blueprint
                .schedule
                .push((at, Lever::Routing(RoutingLever::Speaker { router, change })));
        }
    }
    blueprint.routing = routing;
    let world = World::build(&blueprint, SEED).context("failed to build the lab")?;
    Ok((world, known))
}

/// Seconds as cases give them.
pub(super) fn seconds(number: f64) -> Span {
    Span::nanos((number * 1e9).round() as u64)
}

fn bfd_config(asked: Bfd) -> bfd::Config {
    bfd::Config {
        desired_min_tx: Span::millis(asked.tx_ms),
        required_min_rx: Span::millis(asked.rx_ms),
        detect_mult: asked.mult,
    }
}

type Setup = (speaker::Config, Vec<Transport>, Vec<(usize, SideName)>);

/// The BGP process of a router.
fn process(case: &Case, name: &str, node: &Node) -> anyhow::Result<Setup> {
    let (mut setups, mut transports, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for (place, session) in case.sessions.iter().enumerate() {
        for side in SideName::BOTH {
            if session.side(side).node == name {
                let (setup, transport) =
                    peer(case, node, session, side).with_context(|| format!("session {}", session.id))?;
                setups.push(setup);
                transports.push(transport);
                peers.push((place, side));
            }
        }
    }
    let originate = node.originate.iter().map(|own| {
        let Announced { prefix, attributes } = own;
        Ok((*prefix, origination(*prefix, attributes, node)?.attributes()))
    });
    let config = speaker::Config {
        rib: Arc::new(tables(node)),
        peers: setups,
        originate: originate.collect::<anyhow::Result<_>>()?,
    };
    Ok((config, transports, peers))
}

/// What a router says of a prefix of its own.
pub(super) fn origination(prefix: Ipv4Net, said: &Said, node: &Node) -> anyhow::Result<Origination> {
    let mut origination = Origination::new(prefix);
    origination.med = said.med;
    if let Some(name) = &said.origin {
        origination.origin = policy::origin(name)?;
    }
    let communities = policy::communities(&said.communities)?;
    origination.communities = communities.iter().map(|community| community.0).collect();
    origination.path = said
        .prepend
        .as_ref()
        .map_or(Vec::new(), |it| it.path(Asn(node.asn)));
    Ok(origination)
}

fn tables(node: &Node) -> rib::Config {
    let options = &node.options;
    let usual = rib::Options::default();
    let mut config = rib::Config::new(Asn(node.asn), Identifier(node.router_id));
    config.cluster_id = options.cluster_id.unwrap_or(node.router_id);
    config.options = rib::Options {
        compare_router_id: options.compare_router_id.unwrap_or(true),
        always_compare_med: options.always_compare_med.unwrap_or(false),
        deterministic_med: options.deterministic_med.unwrap_or(true),
        missing_med_worst: options.missing_med_worst.unwrap_or(false),
        ebgp_requires_policy: options.ebgp_requires_policy.unwrap_or(false),
        multipath: rib::Multipath {
            ebgp: options.multipath.ebgp,
            ibgp: options.multipath.ibgp,
            as_path_relax: options.multipath.as_path_relax,
        },
        ..usual
    };
    let aggregates = node.aggregates.iter().map(|it| rib::AggregateConfig {
        prefix: it.prefix,
        summary_only: it.summary_only,
        as_set: it.as_set,
    });
    config.aggregates = aggregates.collect();
    config
}

/// The addresses of a session's side and of the side across, and the link's prefix.
fn addresses(
    case: &Case,
    session: &Session,
    side: SideName,
) -> anyhow::Result<(Ipv4Addr, Ipv4Addr, Option<Ipv4Net>)> {
    let (own, other) = (session.side(side), session.side(side.other()));
    let Some(name) = &session.link else {
        let (Some(local), Some(remote)) = (own.addr, other.addr) else {
            bail!("a session without a link has no addresses");
        };
        return Ok((local, remote, None));
    };
    let link = case.links.iter().find(|link| link.id == *name);
    let link = link.with_context(|| format!("there is no link {name}"))?;
    let at = |node: &str| -> anyhow::Result<Ipv4Net> {
        if link.a == node {
            Ok(link.addr_a)
        } else if link.b == node {
            Ok(link.addr_b)
        } else {
            bail!("link {name} does not end at {node}")
        }
    };
    let local = at(&own.node)?;
    Ok((local.addr(), at(&other.node)?.addr(), Some(local.trunc())))
}

fn peer(
    case: &Case,
    node: &Node,
    session: &Session,
    name: SideName,
) -> anyhow::Result<(PeerSetup, Transport)> {
    let (side, other) = (session.side(name), session.side(name.other()));
    let (local, remote, subnet) = addresses(case, session, name)?;
    let across = case.nodes.get(&other.node);
    let across = across.with_context(|| format!("there is no node {}", other.node))?;
    let peer_as = side
        .remote_as
        .unwrap_or_else(|| other.local_as.unwrap_or(across.asn));
    let (own_as, peer_as) = (Asn(node.asn), Asn(peer_as));
    let timers = side.timers.or(session.timers).or(case.defaults.timers).or(USUAL);
    let secs = |value: Option<u64>| Span::secs(value.unwrap_or(0));

    let mut config = session::Config::new(Identifier(node.router_id), (own_as, local), (peer_as, remote));
    config.local_as = side.local_as.map(Asn);
    if side.passive {
        config.initiative = Initiative::Passive;
    }
    if subnet.is_none() {
        config.adjacency = Adjacency::Multihop;
    }
    if node.options.fast_external_failover == Some(false) {
        config.fast_failover = FastFailover::Off;
    }
    if side.password.is_some() {
        config.authentication = Authentication::Md5;
    }
    config.capabilities = if side.no_capabilities {
        Capabilities::None
    } else {
        Capabilities::Offered(graceful_restart(node.options.graceful_restart))
    };
    if let Some(least) = node.options.min_hold {
        config.hold_policy.at_least = Span::secs(least);
        // FRR's `bgp minimum-holdtime` and BIRD's `min hold time` are no exception for zero.
        if least > 0 {
            config.hold_policy.zero = ZeroHold::Refused;
        }
    }
    config.timers.hold = secs(timers.hold);
    config.timers.keepalive = secs(timers.keepalive);
    config.timers.connect_retry = secs(timers.connect_retry);
    // The recorded routers were told to try again each second and do not damp.
    config.timers.idle_hold = IdleHold {
        initial: Span::secs(1),
        longest: Span::secs(1),
        ..IdleHold::default()
    };

    let is_near = subnet.is_some() && own_as != peer_as;
    let transport = Transport {
        local,
        remote,
        hop_limit: if is_near && side.ttl_security.is_none() {
            1
        } else {
            u8::MAX
        },
        least_hop_limit: side
            .ttl_security
            .map_or(0, |hops| u8::MAX - hops.saturating_sub(1)),
        key: side.password.as_ref().map(Digest::of),
    };
    let setup = PeerSetup {
        session: config,
        routes: Arc::new(routes(case, side, subnet, secs(timers.mrai))?),
        subnet,
        wanted: if side.shutdown {
            Wanted::Shutdown
        } else {
            Wanted::Up
        },
    };
    Ok((setup, transport))
}

fn graceful_restart(asked: Option<GracefulRestart>) -> GracefulRestartConfig {
    let usual = GracefulRestartConfig::default();
    let mode = match asked {
        None => GracefulRestartMode::Helper,
        Some(GracefulRestart::Switch(false)) => GracefulRestartMode::Off,
        Some(GracefulRestart::Switch(true) | GracefulRestart::On { .. }) => GracefulRestartMode::Full,
    };
    match asked {
        Some(GracefulRestart::On {
            restart_time,
            stale_time,
        }) => GracefulRestartConfig {
            mode,
            restart_time: Span::secs(restart_time),
            stale_time: Span::secs(stale_time),
        },
        Some(GracefulRestart::Switch(_)) | None => GracefulRestartConfig { mode, ..usual },
    }
}

fn routes(case: &Case, side: &Side, subnet: Option<Ipv4Net>, mrai: Span) -> anyhow::Result<PeerConfig> {
    let remove_private_as = match &side.remove_private_as {
        None | Some(RemovePrivateAs::Switch(false)) => rib::RemovePrivateAs::Keep,
        Some(RemovePrivateAs::Switch(true)) => rib::RemovePrivateAs::IfAllPrivate,
        Some(RemovePrivateAs::Word(word)) => match word.to_ascii_lowercase().as_str() {
            "all" => rib::RemovePrivateAs::All,
            "replace-as" => rib::RemovePrivateAs::ReplaceIfAllPrivate,
            "all replace-as" => rib::RemovePrivateAs::ReplaceAll,
            other => bail!("unknown remove_private_as {other:?}"),
        },
    };
    let max_prefix = side.max_prefix.map(|max| rib::MaxPrefix {
        limit: max.limit,
        counting: rib::LimitCounting::BeforeAdding,
        action: match max.action {
            LimitAction::Idle => rib::LimitAction::Idle,
            LimitAction::Warn => rib::LimitAction::Warn,
            LimitAction::Restart => rib::LimitAction::Restart(Span::minutes(max.restart_min)),
        },
    });
    Ok(PeerConfig {
        import: policy::policy(side.import.as_ref(), side.import_default, &case.policies)?,
        export: policy::policy(side.export.as_ref(), side.export_default, &case.policies)?,
        max_prefix,
        next_hop_self: side.next_hop_self,
        rr_client: side.rr_client,
        allowas_in: side.allowas_in,
        as_override: side.as_override,
        remove_private_as,
        local_as: side.local_as.map(|asn| rib::LocalAs {
            asn: Asn(asn),
            replace: side.local_as_replace,
        }),
        default_originate: side.default_originate,
        strip_communities: !side.send_community,
        soft_reconfig: side.soft_reconfig,
        weight: side.weight,
        mrai,
        multihop: subnet.is_none(),
    })
}
