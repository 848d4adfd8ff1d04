//! What works as long as nothing fails, and would not do what it should when something does: settings that only a failure
//! shows, looked for before it comes.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::analysis::Fix;
use crate::aws::AttachmentKind;
use crate::aws::direct_connect::SiteLink;
use crate::aws::vpn::INSIDE;
use crate::proto::bgp::rib::{Candidate, Direction, Source};
use crate::proto::bgp::session::GracefulRestartMode;
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::Action;
use crate::resource::{BgpSessionId, ResourceRef, RouterId};
use crate::site::{Attachment, RouterChange, StaticRoute, Wrap};
use crate::world::lever::Lever;
use crate::world::routing::{RoutingLever, SessionChange, TunnelChange, TunnelRead};

use super::View;

/// Something that could be better, the thing that it is about, and what makes it so.
pub(super) struct Hint {
    pub(super) detail: String,
    pub(super) about: ResourceRef,
    /// The setting that it comes from.
    pub(super) rule: String,
    pub(super) fix: Option<Fix>,
    /// What an overlay says, where no change does it.
    pub(super) overlay: Option<String>,
}

impl Hint {
    /// Something that is made better by what the words say.
    pub(super) const fn new(about: ResourceRef, rule: String, detail: String, fix: String) -> Self {
        Self {
            detail,
            about,
            rule,
            fix: Some(Fix {
                text: fix,
                levers: Vec::new(),
            }),
            overlay: None,
        }
    }
    /// And exactly by these changes.
    fn made_by(mut self, levers: Vec<Lever>) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.levers = levers;
        }
        self
    }
}

/// All that a failure would show.
pub(super) fn hints(view: &View<'_>) -> Vec<Hint> {
    let mut all = believed_while_it_restarts(view);
    all.extend(all_or_none(view));
    all.extend(not_linked(view));
    all.extend(beyond_med(view));
    all.extend(never_opened_again(view));
    all.extend(found_elsewhere(view));
    all
}

fn routing(lever: RoutingLever) -> Vec<Lever> {
    vec![Lever::Routing(lever)]
}

/// Sessions with AWS's virtual interfaces that have BFD, and say that their router forwards while it restarts: AWS keeps
/// what BFD found dead for the restart time (RFC 5882 section 4.3.2; "Specific BGP settings", AWS Direct Connect User
/// Guide).
fn believed_while_it_restarts(view: &View<'_>) -> Vec<Hint> {
    let names = view.world.names();
    let interfaces = view.world.network().cloud.virtual_interfaces.rows();
    let sessions = view.world.bgp_sessions().filter_map(|(id, read)| {
        let far = view.world.router_at(read.transport.remote)?;
        interfaces.iter().find(|row| row.endpoint == far)?;
        view.world.bfd_session(id)?;
        let setup = read.speaker.config().peers.get(read.row.peer.index())?;
        let restart = setup.session.capabilities.graceful_restart()?;
        (restart.mode == GracefulRestartMode::Full).then_some((id, restart.restart_time))
    });
    let hints = sessions.map(|(id, time)| {
        let name = names.of(id);
        let detail = format!(
            "{name} has graceful restart beside BFD: what BFD finds dead in less than a second AWS believes in for its \
             restart time of {time}"
        );
        let text = format!("let graceful_restart of {name} be helper, or off");
        let rule = format!("graceful restart of {time} beside BFD");
        Hint {
            overlay: view.neighbor_overlay(id, "graceful_restart: helper"),
            ..Hint::new(id.into(), rule, detail, text)
        }
    });
    hints.collect()
}

/// Sessions in the tunnels of one VPN connection of which the router prefers one before it looks at MED, by which AWS
/// steers around the maintenance of an endpoint ("Routing during tunnel endpoint updates", AWS Site-to-Site VPN User Guide).
fn beyond_med(view: &View<'_>) -> Vec<Hint> {
    let (world, names) = (view.world, view.world.names());
    let cloud = &world.network().cloud;
    let attached = cloud.attachments.rows().iter().filter_map(|row| match &row.kind {
        AttachmentKind::Vpn { endpoints, .. } => Some(endpoints.as_slice()),
        _ => None,
    });
    let gateways = cloud.virtual_private_gateways.rows().iter();
    let behind_gateways = gateways.flat_map(|row| row.connections.iter().map(|it| it.endpoints.as_slice()));
    let mut preferred: BTreeSet<(BgpSessionId, BgpSessionId)> = BTreeSet::new();
    for endpoints in attached.chain(behind_gateways) {
        for router in world.network().routers.ids() {
            preferred.extend(preference_among(view, router, endpoints));
        }
    }
    let hint = |(first, other): (BgpSessionId, BgpSessionId)| {
        let (name, other_name) = (names.of(first), names.of(other));
        let detail = format!(
            "{name} goes before {other_name} by local preference or weight, so that the MED by which AWS steers around the \
             maintenance of a tunnel endpoint is never looked at"
        );
        let policy = world.bgp_session(other).and_then(|read| {
            let setup = read.speaker.config().peers.get(read.row.peer.index())?;
            setup.routes.import.clone()
        });
        let text = format!("weigh both tunnels alike: let {name} import as {other_name} does");
        let change = SessionChange::SetPolicy {
            direction: Direction::Import,
            policy,
        };
        let levers = routing(RoutingLever::Session {
            session: first,
            change,
        });
        let rule = format!("what the import policy of {name} sets");
        Hint::new(first.into(), rule, detail, text).made_by(levers)
    };
    preferred.into_iter().map(hint).collect()
}

/// The sessions that a router prefers to others with endpoints of the same connection, for any prefix, each before which.
fn preference_among(
    view: &View<'_>,
    router: RouterId,
    endpoints: &[RouterId],
) -> Vec<(BgpSessionId, BgpSessionId)> {
    let world = view.world;
    let Some((speaker, _)) = world.speaker(router) else {
        return Vec::new();
    };
    let rank = |path: &Candidate| (path.weight, path.attributes.local_pref);
    let is_among = |path: &&Candidate| {
        let far = world.router_at(path.peer_address);
        far.is_some_and(|far| endpoints.contains(&far))
    };
    let session = |path: &Candidate| match path.source {
        Source::Peer(peer) => world.session_with(router, peer),
        Source::Local | Source::Aggregate => None,
    };
    let rib = speaker.rib();
    let told = rib.prefixes().filter_map(|prefix| rib.explain(prefix));
    let pairs = told.filter_map(|told| {
        let mut paths: Vec<&Candidate> = told.candidates.iter().filter(is_among).collect();
        paths.sort_by_key(|path| core::cmp::Reverse(rank(path)));
        let (first, last) = (paths.first()?, paths.last()?);
        (rank(first) != rank(last)).then_some((session(first)?, session(last)?))
    });
    pairs.collect()
}

/// Tunnels that either end only forgets when it finds the other one dead.
fn never_opened_again(view: &View<'_>) -> Vec<Hint> {
    let names = view.world.names();
    let forgets = |read: &TunnelRead<'_>| {
        let children = &read.config.children;
        let asks = !read.config.dpd_delay.is_zero();
        read.row.wrap == Wrap::Ipsec && asks && children.iter().all(|child| child.dpd_action == Action::Clear)
    };
    let is_written = |read: &TunnelRead<'_>| {
        let router = view.world.network().routers.get(read.row.router);
        router.is_some_and(|router| router.behind.is_none())
    };
    let tunnels = view.world.tunnels().filter(|(id, read)| {
        let far = view.world.far_tunnel(*id).and_then(|far| view.world.tunnel(far));
        is_written(read) && forgets(read) && far.is_some_and(|far| forgets(&far))
    });
    let hints = tunnels.map(|(tunnel, _)| {
        let name = names.of(tunnel);
        let detail = format!(
            "{name} is forgotten at both ends when dead peer detection ends it, and each then waits for the other: it does \
             not come back with the line"
        );
        let change = ConnectionChange {
            dpd_action: Some(Action::Start),
            ..ConnectionChange::default()
        };
        let levers = routing(RoutingLever::Tunnel {
            tunnel,
            change: TunnelChange::Configure(Box::new(change)),
        });
        let rule = "dpd action clear, at both ends".to_owned();
        let text = format!("let the dpd action of {name} be restart");
        Hint::new(tunnel.into(), rule, detail, text).made_by(levers)
    });
    hints.collect()
}

/// Static routes whose next hop is in a tunnel, and is looked for by another route when that is down: they stay, and lead
/// elsewhere.
fn found_elsewhere(view: &View<'_>) -> Vec<Hint> {
    let (network, names) = (view.world.network(), view.world.names());
    let mut hints: Vec<Hint> = Vec::new();
    for (router, row) in network.routers.iter().filter(|(_, row)| row.behind.is_none()) {
        let in_tunnel = |via: Ipv4Addr| {
            let mut all = row
                .interfaces
                .iter()
                .filter_map(|id| network.router_interfaces.get(*id));
            let port = all.find(|port| port.address.contains(&via))?;
            matches!(port.attached, Attachment::Tunnel(_)).then(|| port.address.trunc())
        };
        let led = row
            .static_routes
            .iter()
            .filter_map(|route| Some((route, route.via?)));
        let lost = led.filter_map(|(route, via)| {
            let block = in_tunnel(via)?;
            let others = row.static_routes.iter().filter(|it| it.prefix.contains(&via));
            let next = others.max_by_key(|it| it.prefix.prefix_len())?;
            next.via
                .is_some()
                .then_some((route.prefix, via, block, next.prefix))
        });
        let lost: Vec<(Ipv4Net, Ipv4Addr, Ipv4Net, Ipv4Net)> = lost.collect();
        let Some((prefix, via, block, by)) = lost.first().copied() else {
            continue;
        };
        let name = names.of(router);
        let detail = format!(
            "{name} keeps {} static routes, for example to {prefix}, when their tunnels are down: {by} leads to the next \
             hop {via} as well, and packets go that way in the clear",
            lost.len()
        );
        // Those of one VPN connection have their inside addresses from one block.
        let block = if INSIDE.contains(&block) { INSIDE } else { block };
        let text = format!("let {name} drop what is for {block} and for no tunnel that is up");
        let change = RouterChange::SetStaticRoute(StaticRoute {
            prefix: block,
            via: None,
            metric: 0,
        });
        let rule = format!("static route {prefix} by {via}, static route {by}");
        let hint = Hint::new(router.into(), rule, detail, text);
        hints.push(hint.made_by(routing(RoutingLever::Router { router, change })));
    }
    hints
}

/// Groups of connections that are down as soon as one is, with no virtual interface elsewhere.
fn all_or_none(view: &View<'_>) -> Vec<Hint> {
    let (network, names) = (view.world.network(), view.world.names());
    let interfaces = network.cloud.virtual_interfaces.rows();
    let groups = network.links.iter().filter_map(|(group, row)| {
        let least = usize::from(row.min_links?);
        let members = network
            .links
            .rows()
            .iter()
            .filter(|it| it.member_of == Some(group));
        let is_alone = interfaces.iter().all(|it| it.connection == group);
        (members.count() == least && least > 1 && is_alone).then_some((group, least))
    });
    let hints = groups.map(|(group, least)| {
        let name = names.of(group);
        let detail = format!(
            "{name} is down as soon as one of its {least} connections is, the others with it, and nothing stands behind \
             it: min_links is {least}"
        );
        let (rule, text) = (format!("min_links {least}"), format!("let min_links of {name} be 1"));
        Hint {
            overlay: Some(format!("direct_connect_lags: {{{name:?}: (min_links: 1)}}")),
            ..Hint::new(group.into(), rule, detail, text)
        }
    });
    hints.collect()
}

/// Virtual interfaces without SiteLink at a Direct Connect gateway where others have it.
fn not_linked(view: &View<'_>) -> Vec<Hint> {
    let names = view.world.names();
    let interfaces = view.world.network().cloud.virtual_interfaces.rows();
    let without = interfaces.iter().filter(|row| row.site_link == SiteLink::Off);
    let alone = without.filter(|row| {
        let mut linked = interfaces.iter().filter(|it| it.site_link == SiteLink::On);
        linked.any(|it| it.ends_at == row.ends_at)
    });
    let hints = alone.map(|row| {
        let name = names.of(row.endpoint);
        let detail = format!(
            "{name} has no SiteLink where others of its Direct Connect gateway have it: its site is told of none of theirs, \
             and they are not told of it"
        );
        let (rule, text) = ("site_link off".to_owned(), format!("let site_link of {name} be on"));
        Hint {
            overlay: Some(format!("virtual_interfaces: {{{name:?}: (site_link: on)}}")),
            ..Hint::new(row.endpoint.into(), rule, detail, text)
        }
    });
    hints.collect()
}
