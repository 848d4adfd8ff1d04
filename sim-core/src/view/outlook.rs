//! What works now and will not later, or not when something fails: looked for before it does.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::proto::bgp::rib::{Candidate, Source};
use crate::proto::ike::proposal;
use crate::reason::Reason;
use crate::resource::{BgpSessionId, ResourceRef, RouterId, TunnelId};
use crate::units::{Span, number_of};
use crate::world::lever::Lever;
use crate::world::routing::RoutingLever;

use super::endurance::{self, Hint};
use super::preflight::{Check, base, mended};
use super::{BgpSession, Tunnel, View, mend};

/// A line that fails in silence is to be noticed within this: BFD at AWS's intervals takes 900 ms, the shortest hold time
/// that AWS's examples use is three times this.
const NOTICED_WITHIN: Span = Span::secs(10);

/// What tunnels will meet when their keys or certificates are replaced.
pub(super) fn of_tunnels(view: &View<'_>, tunnels: &[Tunnel]) -> Vec<Check> {
    let each = tunnels.iter().filter(|tunnel| tunnel.reason.is_none());
    each.flat_map(|tunnel| [certificate(view, tunnel), secrecy(view, tunnel)])
        .flatten()
        .collect()
}

/// A certificate has to hold until the lab ends, unless the lab gives its tunnel another one.
fn certificate(view: &View<'_>, tunnel: &Tunnel) -> Option<Check> {
    let (until, end) = (tunnel.certificate_until?, view.session.ends_at());
    let name = format!("certificate of {}", tunnel.name);
    let is_replaced = view.session.disturbances().iter().any(|it| {
        let is_to_come = it.at > view.session.now();
        is_to_come && configures(it.lever, tunnel.id)
    });
    let ends = until < end && !is_replaced;
    let reason = ends.then_some(Reason::IkeCertificateExpired);
    let fix = format!("give {} a certificate that holds beyond {end}", tunnel.name);
    let renewal = view.world.tunnel(tunnel.id).and_then(|read| mend::renewed(&read));
    let mending = renewal.map(|change| mend::configure(tunnel.id, change));
    let check = Check {
        name,
        to: tunnel.peer.clone(),
        purpose: "a certificate that lasts as long as the lab".to_owned(),
        rule: reason.map(|_| format!("not_after {until}")),
        detail: if ends {
            format!("it ends at {until}, and the next authentication after that fails")
        } else {
            "works".to_owned()
        },
        about: reason.map(|_| tunnel.id.into()),
        ..base(tunnel.name.clone(), reason, Some(fix))
    };
    Some(mended(check, mending.unwrap_or_default(), view.session))
}

fn configures(lever: &Lever, tunnel: TunnelId) -> bool {
    match lever {
        Lever::Routing(RoutingLever::Tunnel { tunnel: it, .. }) => *it == tunnel,
        _ => false,
    }
}

/// The first keys of phase 2 come from phase 1, so that different groups for later ones show only at the first rekey (RFC
/// 7296 section 1.2).
fn secrecy(view: &View<'_>, tunnel: &Tunnel) -> Option<Check> {
    let far = view.world.far_tunnel(tunnel.id).filter(|far| *far > tunnel.id)?;
    let (own, other) = (view.world.tunnel(tunnel.id)?, view.world.tunnel(far)?);
    // The customer's end is configured by hand, and AWS's takes what AWS takes.
    let mending = match view.is_written(own.row.router) || !view.is_written(other.row.router) {
        true => mend::configure(tunnel.id, mend::same_esp(&other)),
        false => mend::configure(far, mend::same_esp(&own)),
    };
    let (own, other) = (own.config.children.first()?, other.config.children.first()?);
    let agree = proposal::select(&own.esp, &other.esp).is_some();
    let reason = (!agree).then_some(Reason::IkeNoProposal);
    let written = |all: &[proposal::Proposal]| {
        let all = all.iter().map(ToString::to_string);
        all.collect::<Vec<_>>().join(", ")
    };
    let names = view.world.names();
    let (near, far_name) = (tunnel.name.clone(), names.of(far));
    let check = Check {
        name: format!("next keys of {near}"),
        to: far_name.clone(),
        purpose: "phase 2 proposals that agree in their groups, too".to_owned(),
        rule: reason.map(|_| format!("esp {} against {}", written(&own.esp), written(&other.esp))),
        detail: if agree {
            "works".to_owned()
        } else {
            "the tunnel is up until its keys are replaced for the first time".to_owned()
        },
        about: reason.map(|_| tunnel.id.into()),
        ..base(
            near.clone(),
            reason,
            Some(format!("give esp of {near} and {far_name} the same group")),
        )
    };
    Some(mended(check, mending, view.session))
}

/// What a router was told of by one next hop, and has no path to for want of a way there.
#[derive(Default)]
struct Lost {
    prefixes: Vec<Ipv4Net>,
    heard_by: Option<BgpSessionId>,
}

/// Prefixes to which a router was told paths and can use none, for want of a way to the next hop (RFC 4271 section
/// 9.1.2.1): each next hop once.
pub(super) fn unusable_paths(view: &View<'_>) -> Vec<Check> {
    let names = view.world.names();
    let mut all = Vec::new();
    for (router, _) in view.world.network().routers.iter() {
        let Some((speaker, _)) = view.world.speaker(router) else {
            continue;
        };
        let rib = speaker.rib();
        let mut lost: BTreeMap<Ipv4Addr, Lost> = BTreeMap::new();
        for told in rib.prefixes().filter_map(|prefix| rib.explain(prefix)) {
            let is_reached = |path: &Candidate| path.metric.is_some();
            if told.candidates.iter().any(is_reached) {
                continue;
            }
            for path in &told.candidates {
                let Source::Peer(peer) = path.source else { continue };
                let by = lost.entry(path.attributes.next_hop).or_default();
                by.prefixes.push(told.prefix);
                by.heard_by = view.world.session_with(router, peer);
            }
        }
        for (next_hop, lost) in lost {
            let Some(first) = lost.prefixes.first() else {
                continue;
            };
            let name = names.of(router);
            let heard_by = lost.heard_by;
            let sender = heard_by.and_then(|id| Some(view.far_session(&view.world.bgp_session(id)?)?.0));
            let at = sender.map_or_else(|| "the router that sends them".to_owned(), |id| names.of(id));
            let fix = format!("set next_hop_self at {at}, or give {name} a route to {next_hop}");
            let reason = Some(Reason::BgpNextHop);
            let check = Check {
                name: format!("paths of {name} by {next_hop}"),
                to: next_hop.to_string(),
                purpose: "a way to the next hop of what was learned".to_owned(),
                at: Some(at),
                rule: Some(format!(
                    "{first} by next hop {next_hop}, to which {name} has no route"
                )),
                detail: format!(
                    "{name} has no path that it can use to {}, for example to {first}",
                    number_of(lost.prefixes.len(), "prefix", "prefixes")
                ),
                about: Some(sender.map_or_else(|| router.into(), ResourceRef::from)),
                ..base(name, reason, Some(fix))
            };
            let overlay = sender.and_then(|id| view.neighbor_overlay(id, "next_hop_self: true"));
            all.push(mended(check, mend::Mending::overlay(overlay), view.session));
        }
    }
    all
}

/// What could be better, though it works: each with the thing that it is about.
pub(super) fn advice(view: &View<'_>, sessions: &[BgpSession]) -> Vec<Hint> {
    let mut all = slow_to_notice(view, sessions);
    all.extend(same_device(view));
    all.extend(without_policy(view, sessions));
    all.extend(endurance::hints(view));
    all
}

/// Sessions over which nothing is told, or heard, for want of a policy that their router requires (RFC 8212).
fn without_policy(view: &View<'_>, sessions: &[BgpSession]) -> Vec<Hint> {
    let bare = sessions.iter().filter_map(|session| {
        let read = view.world.bgp_session(session.id)?;
        let config = read.speaker.config();
        let routes = &config.peers.get(read.row.peer.index())?.routes;
        let is_external = session.local_as != session.peer_as;
        let what = match (&routes.import, &routes.export) {
            (None, None) => "takes nothing and announces nothing",
            (None, Some(_)) => "takes nothing",
            (Some(_), None) => "announces nothing",
            (Some(_), Some(_)) => return None,
        };
        let lacks = config.rib.options.ebgp_requires_policy && is_external;
        let name = &session.name;
        let text = format!("{name} {what}: its router requires a policy for that (RFC 8212)");
        let rule = "ebgp_requires_policy true".to_owned();
        let fix = format!("attach policies for import and for export to {name}");
        lacks.then(|| Hint::new(session.id.into(), rule, text, fix))
    });
    bare.collect()
}

/// Sessions over Direct Connect that only their hold time ends when the line fails in silence.
fn slow_to_notice(view: &View<'_>, sessions: &[BgpSession]) -> Vec<Hint> {
    let cloud = &view.world.network().cloud;
    let is_aws = |router: RouterId| {
        cloud
            .virtual_interfaces
            .rows()
            .iter()
            .any(|row| row.endpoint == router)
    };
    let slow = sessions.iter().filter(|session| {
        let far = view.world.router_at(session.peer);
        session.bfd.is_none() && session.hold > NOTICED_WITHIN && far.is_some_and(is_aws)
    });
    slow.map(|session| {
        let text = format!(
            "{} has no BFD: a line that fails in silence is believed in for its hold time of {}",
            session.name, session.hold
        );
        let rule = format!("no BFD, hold time {}", session.hold);
        let fix = format!(
            "let both ends of {} speak BFD, each 300 ms and 3 times: AWS's end does as soon as the router does",
            session.name
        );
        Hint {
            overlay: view.neighbor_overlay(session.id, mend::BFD),
            ..Hint::new(session.id.into(), rule, text, fix)
        }
    })
    .collect()
}

/// Connections of one customer's that end on the same device of AWS's fail together.
fn same_device(view: &View<'_>) -> Vec<Hint> {
    let network = view.world.network();
    let mut by_device: BTreeMap<RouterId, Vec<ResourceRef>> = BTreeMap::new();
    let ports = network.cloud.virtual_interfaces.rows().iter();
    for port in ports.map(|row| row.connection) {
        let ends = network.links.get(port).map(|row| row.b);
        let device = ends.and_then(|end| network.router_interfaces.get(end));
        if let Some(device) = device {
            let all = by_device.entry(device.router).or_default();
            if !all.contains(&port.into()) {
                all.push(port.into());
            }
        }
    }
    let names = view.world.names();
    let taken: Vec<RouterId> = by_device.keys().copied().collect();
    // Rather in another building, the devices of which are told together.
    let devices = view
        .session
        .blueprint()
        .places
        .iter()
        .flat_map(|place| &place.routers);
    let mut free: Vec<RouterId> = devices.copied().filter(|it| !taken.contains(it)).collect();
    let is_shared = |router: &RouterId| {
        let places = &view.session.blueprint().places;
        places
            .iter()
            .any(|place| place.routers.contains(router) && place.routers.iter().any(|it| taken.contains(it)))
    };
    free.sort_by_key(is_shared);
    let free = free.first().map(|router| names.of(*router));
    let shared = by_device.into_iter().filter(|(_, all)| all.len() > 1);
    shared
        .filter_map(|(device, all)| {
            let last = *all.last()?;
            let each: Vec<String> = all.iter().map(|it| names.of(*it)).collect();
            let text = format!(
                "{} end on the same device {}: they fail together",
                each.join(" and "),
                names.of(device)
            );
            let name = names.of(last);
            let rule = format!("both on device {}", names.of(device));
            let fix = match &free {
                Some(free) => format!("order {name} at {free}, another device"),
                None => format!("order {name} at another device, at best at another location"),
            };
            let elsewhere =
                |free: &String| format!("direct_connect_connections: {{{name:?}: (device: {free:?})}}");
            Some(Hint {
                overlay: free.as_ref().map(elsewhere),
                ..Hint::new(last, rule, text, fix)
            })
        })
        .collect()
}
