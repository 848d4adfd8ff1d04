//! Changes of routers, links and BGP sessions.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::proto::bgp::Asn;
use crate::proto::bgp::rib::Direction;
use crate::proto::ike::Connection;
use crate::proto::ike::change::{Conflict, ConnectionChange};
use crate::resource::{RouterId, TunnelId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::Brief;
use crate::scenario::sections::{
    IkeWord, KeyText, PolicyOrNone, ProcessWord, RoutingText, SessionWord, Side, TunnelWord,
};
use crate::site::{Behind, LinkChange, PassRule, RouterChange, SegmentChange};
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::routing::{
    IkeChange, Process, Routing, RoutingLever, SessionChange, SessionKey, SpeakerChange, TEST, TESTS,
    TunnelChange, Upkeep,
};

use super::change::{Known, some_rate};
use super::firewall;
use super::igp;
use super::negotiation;
use super::policy::{self, MOST_PREPENDED};
use super::reserved::{check_as, check_destination};
use super::router::static_route;
use super::session::origination;
use super::timers;

/// Complains about a change that changes nothing.
fn something(is_said: bool, what: &str, name: &At<String>, problems: &mut Problems) {
    if !is_said {
        let message = format!("nothing is said of `{}`: write {what}, or both", name.value);
        problems.push(Problem::error(Code::BadValue, name.place, message));
    }
}

/// The lever that is typed.
pub(super) fn lever(text: &RoutingText, known: &Known<'_>, problems: &mut Problems) -> Option<RoutingLever> {
    let link = |name, change, problems: &mut Problems| {
        let link = known.find(name, problems)?;
        Some(RoutingLever::Link { link, change })
    };
    let speaker = |name, change, problems: &mut Problems| {
        let router = known.find(name, problems)?;
        Some(RoutingLever::Speaker { router, change })
    };
    let router = |name, change, problems: &mut Problems| {
        let router = known.find(name, problems)?;
        Some(RoutingLever::Router { router, change })
    };
    let segment = |name, change, problems: &mut Problems| {
        let segment = known.find(name, problems)?;
        Some(RoutingLever::Segment { segment, change })
    };
    match text {
        RoutingText::SegmentState(of) => segment(&of.name, SegmentChange::Carrier(of.value), problems),
        RoutingText::SegmentDelay(of) => segment(&of.name, SegmentChange::Delay(of.value), problems),
        RoutingText::SegmentRate(of) => {
            let rate = some_rate(of.value, problems)?;
            segment(&of.name, SegmentChange::Rate(rate), problems)
        }
        RoutingText::SegmentMtu(of) => segment(&of.name, SegmentChange::Mtu(of.value), problems),
        RoutingText::LinkMtu(of) => link(&of.name, LinkChange::Mtu(of.value), problems),
        RoutingText::InterfaceMtu(of) => {
            let interface = known.find(&of.name, problems)?;
            let router = known.routing.interfaces.get(interface)?.router;
            let mtu = of.value;
            let change = RouterChange::Mtu { interface, mtu };
            Some(RoutingLever::Router { router, change })
        }
        RoutingText::MssClamp(of) => {
            let interface = known.find(&of.name, problems)?;
            let router = known.routing.interfaces.get(interface)?.router;
            let clamp = of.value;
            let change = RouterChange::MssClamp { interface, clamp };
            Some(RoutingLever::Router { router, change })
        }
        RoutingText::IcmpErrors(of) => router(&of.name, RouterChange::IcmpErrors(of.value), problems),
        RoutingText::LinkState(of) => link(&of.name, LinkChange::Carrier(of.value), problems),
        RoutingText::LinkPassage(text) => {
            let (from, passage) = (text.from, text.passage);
            link(&text.link, LinkChange::Passage { from, passage }, problems)
        }
        RoutingText::LinkFlapping(of) => link(&of.name, LinkChange::Flapping(of.value), problems),
        RoutingText::LinkDelay(of) => link(&of.name, LinkChange::Delay(of.value), problems),
        RoutingText::LinkJitter(of) => link(&of.name, LinkChange::Jitter(of.value), problems),
        RoutingText::LinkRate(of) => {
            let rate = some_rate(of.value, problems)?;
            link(&of.name, LinkChange::Rate(rate), problems)
        }
        RoutingText::Provisioning(of) => link(&of.name, LinkChange::Provisioning(of.value), problems),
        RoutingText::LinkLoss(of) => link(&of.name, LinkChange::Loss(of.value), problems),
        RoutingText::InterfaceState(of) => {
            let interface = known.find(&of.name, problems)?;
            let router = known.routing.interfaces.get(interface)?.router;
            let change = RouterChange::Interface {
                interface,
                admin: of.value,
            };
            Some(RoutingLever::Router { router, change })
        }
        RoutingText::AddRouterRule(of) | RoutingText::RemoveRouterRule(of) => {
            let router = known.find(&of.name, problems)?;
            let rule = firewall::pass_rule(&of.value, router, known.names, problems)?;
            let change = match text {
                RoutingText::AddRouterRule(_) => RouterChange::AddFirewallRule(rule),
                _ => RouterChange::RemoveFirewallRule(rule),
            };
            Some(RoutingLever::Router { router, change })
        }
        RoutingText::IgpCost(of) => {
            let cost = igp::cost(of.value, problems);
            let interface = known.find(&of.name, problems)?;
            let router = known.routing.interfaces.get(interface)?.router;
            let change = RouterChange::Cost { interface, cost };
            Some(RoutingLever::Router { router, change })
        }
        RoutingText::RouterPower(of) => router(&of.name, RouterChange::Running(of.value), problems),
        RoutingText::SetStaticRoute(of) => {
            let Brief(text) = &of.value;
            router(
                &of.name,
                RouterChange::SetStaticRoute(static_route(text)),
                problems,
            )
        }
        RoutingText::RemoveStaticRoute(of) => {
            router(&of.name, RouterChange::RemoveStaticRoute(of.value), problems)
        }
        RoutingText::Session(of) => {
            let session = known.find(&of.name, problems)?;
            let change = match of.value {
                SessionWord::Shutdown => SessionChange::Shutdown,
                SessionWord::Start => SessionChange::Start,
                SessionWord::Reset => SessionChange::Reset,
                SessionWord::SoftIn => SessionChange::SoftIn,
                SessionWord::SoftOut => SessionChange::SoftOut,
            };
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::SessionKey(of) => {
            let session = known.find(&of.name, problems)?;
            let key = match &of.value.value {
                KeyText::Own => SessionKey::Configured,
                KeyText::None => SessionKey::Unsigned,
                KeyText::Other(text) => {
                    if text.is_empty() {
                        let message = "an empty key authenticates nothing";
                        problems.push(Problem::error(Code::BadValue, of.value.place, message).help(
                            "write another key, none for a session without one, or own for the one of the lab's text",
                        ));
                    }
                    SessionKey::Other(text.as_str().into())
                }
            };
            let change = SessionChange::Key(key);
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::SessionTimers(of) => {
            let session = known.find(&of.name, problems)?;
            let (hold, keepalive) = timers::hold_and_keepalive(of.value.hold, of.value.keepalive, problems);
            something(
                hold.is_some() || keepalive.is_some(),
                "hold or keepalive",
                &of.name,
                problems,
            );
            let change = SessionChange::Timers { hold, keepalive };
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::BfdTimers(of) => {
            let session = known.find(&of.name, problems)?;
            let (interval, multiplier) = (of.value.interval, of.value.multiplier);
            timers::check_bfd(interval, multiplier, problems);
            something(
                interval.is_some() || multiplier.is_some(),
                "interval or multiplier",
                &of.name,
                problems,
            );
            let change = SessionChange::Bfd {
                interval: interval.map(|it| it.value),
                multiplier: multiplier.map(|it| it.value),
            };
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::Prepend(of) => {
            let session = known.find(&of.name, problems)?;
            if usize::from(of.value.value) > MOST_PREPENDED {
                let message = format!(
                    "{} times is more than routers prepend: at most {MOST_PREPENDED}",
                    of.value.value
                );
                problems.push(Problem::error(Code::BadValue, of.value.place, message));
            }
            let change = SessionChange::Prepend(of.value.value);
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::SessionRemoteAs(of) => {
            let session = known.find(&of.name, problems)?;
            check_as(of.value, problems);
            let change = SessionChange::RemoteAs(Asn(of.value.value));
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::ImportPolicy(of) | RoutingText::ExportPolicy(of) => {
            let direction = match text {
                RoutingText::ImportPolicy(_) => Direction::Import,
                _ => Direction::Export,
            };
            let policy = match &of.value {
                PolicyOrNone::None => None,
                PolicyOrNone::Some(text) => Some(policy::policy(text, &known.routing.policies, problems)?),
            };
            let session = known.find(&of.name, problems)?;
            let change = SessionChange::SetPolicy { direction, policy };
            Some(RoutingLever::Session { session, change })
        }
        RoutingText::Announce(of) => {
            check_destination(of.value.0.prefix, problems);
            let change = SpeakerChange::Originate(origination(&of.value.0));
            speaker(&of.name, change, problems)
        }
        RoutingText::Withdraw(of) => speaker(&of.name, SpeakerChange::Withdraw(of.value.clone()), problems),
        RoutingText::BgpProcess(of) => {
            let change = match of.value {
                ProcessWord::Stop => SpeakerChange::Stop,
                ProcessWord::Start => SpeakerChange::Start,
                ProcessWord::Freeze => SpeakerChange::Freeze,
                ProcessWord::Thaw => SpeakerChange::Thaw,
                ProcessWord::Terminate => SpeakerChange::Terminate,
            };
            speaker(&of.name, change, problems)
        }
        RoutingText::Tunnel(of) => {
            let tunnel = known.find(&of.name, problems)?;
            let change = match of.value {
                TunnelWord::Up => TunnelChange::Up,
                TunnelWord::Down => TunnelChange::Down,
                TunnelWord::Reset => TunnelChange::Reset,
                TunnelWord::Rekey => TunnelChange::Rekey,
                TunnelWord::RekeyPhase1 => TunnelChange::RekeyPhase1,
            };
            Some(RoutingLever::Tunnel { tunnel, change })
        }
        RoutingText::ConfigureTunnel(of) => {
            let tunnel = known.find(&of.name, problems);
            let side = tunnel.map_or(Side::Customer, |tunnel| side_of(tunnel, known.routing));
            let change = negotiation::change(&of.value.value, side, problems);
            if change == ConnectionChange::default() {
                problems.push(
                    Problem::error(Code::BadValue, of.value.place, "nothing is said to be otherwise")
                        .help("write what of the tunnel changes, for example (key: \"…\")"),
                );
            }
            Some(RoutingLever::Tunnel {
                tunnel: tunnel?,
                change: TunnelChange::Configure(Box::new(change)),
            })
        }
        RoutingText::FailoverTest(text) => {
            let lasts = text.lasts.map_or(TEST, |lasts| test_span(lasts, problems));
            let interface = known.find(&text.interface, problems)?;
            Some(RoutingLever::Upkeep(Upkeep::StartTest { interface, lasts }))
        }
        RoutingText::StopFailoverTest(name) => {
            let interface = known.find(name, problems)?;
            Some(RoutingLever::Upkeep(Upkeep::StopTest(interface)))
        }
        RoutingText::ReplaceEndpoint(name) => {
            let router = known.find(name, problems)?;
            check_endpoint(name, router, known, problems);
            Some(RoutingLever::Upkeep(Upkeep::ReplaceEndpoint(router)))
        }
        RoutingText::IkeProcess(of) => {
            let router = known.find(&of.name, problems)?;
            let change = match of.value {
                IkeWord::Crash => IkeChange::Crash,
                IkeWord::Start => IkeChange::Start,
            };
            Some(RoutingLever::Ike { router, change })
        }
    }
}

/// How long a failover test lasts.
fn test_span(lasts: At<Span>, problems: &mut Problems) -> Span {
    if !TESTS.contains(&lasts.value) {
        let message = format!("AWS has no failover test of {}", lasts.value);
        problems.push(Problem::error(Code::Refused, lasts.place, message).help(
            "a test lasts from one minute to 72 hours (4320 minutes), 3 hours where nothing is said (\"Direct Connect \
             failover test\", AWS Direct Connect User Guide)",
        ));
    }
    lasts.value
}

/// Only the tunnel endpoints of VPN connections are replaced.
fn check_endpoint(name: &At<String>, router: RouterId, known: &Known<'_>, problems: &mut Problems) {
    let behind = known.routing.routers.get(router).map(|row| row.behind);
    let is_endpoint = matches!(
        behind,
        Some(Some(Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_)))
    );
    if behind.is_some() && !is_endpoint {
        let message = format!("`{}` is no tunnel endpoint of AWS's", name.value);
        problems.push(
            Problem::error(Code::Refused, name.place, message)
                .help("name one of the two endpoints of a VPN connection, for example \"vpn-1/1\""),
        );
    }
}

/// Whose end of a tunnel is changed.
fn side_of(tunnel: TunnelId, routing: &Routing) -> Side {
    let router = routing.tunnels.get(tunnel).map(|row| row.router);
    match router.and_then(|router| routing.routers.get(router)?.behind) {
        Some(_) => Side::Aws,
        None => Side::Customer,
    }
}

/// What changes before the lab begins leave behind, as far as the next one may depend on it.
pub(super) struct Trial {
    static_routes: BTreeMap<RouterId, BTreeSet<Ipv4Net>>,
    processes: BTreeMap<RouterId, Process>,
    gateways: BTreeSet<RouterId>,
    firewalls: BTreeMap<RouterId, Vec<PassRule>>,
    tunnels: Tunnels,
}

/// How tunnels are configured while one change after another is made.
struct Tunnels(BTreeMap<TunnelId, Connection>);

impl Tunnels {
    fn of(routing: &Routing) -> Self {
        let processes = routing.ike.iter().filter_map(|(_, process)| process.as_ref());
        let tunnels = processes.flat_map(|process| {
            let each = process.tunnels.iter();
            each.filter_map(|it| {
                let connection = process.connections.get(it.connection.index())?;
                Some((it.tunnel, Connection::clone(connection)))
            })
        });
        Self(tunnels.collect())
    }

    fn apply_any(&mut self, lever: &Lever) -> Option<Conflict> {
        match lever {
            Lever::Routing(lever) => self.apply(lever),
            Lever::Network(_) | Lever::Host { .. } | Lever::Command(_) | Lever::Migration(_) => None,
        }
    }

    /// Configures a tunnel otherwise, where that is what the lever does; what does not go together changes nothing.
    fn apply(&mut self, lever: &RoutingLever) -> Option<Conflict> {
        let RoutingLever::Tunnel {
            tunnel,
            change: TunnelChange::Configure(change),
        } = lever
        else {
            return None;
        };
        let connection = self.0.get_mut(tunnel)?;
        let changed = connection.changed(change);
        let conflict = changed.conflict();
        if conflict.is_none() {
            *connection = changed;
        }
        conflict
    }
}

impl Trial {
    pub(super) fn of(routing: &Routing) -> Self {
        let routes = routing.routers.iter().map(|(id, row)| {
            let prefixes = row.static_routes.iter().map(|route| route.prefix).collect();
            (id, prefixes)
        });
        let firewalls = routing.routers.iter();
        let firewalls = firewalls.filter_map(|(id, row)| Some((id, row.firewall.clone()?)));
        let processes = routing.bgp.iter().filter(|(_, process)| process.is_some());
        let gateways = routing.ike.iter().filter(|(_, process)| process.is_some());
        Self {
            static_routes: routes.collect(),
            tunnels: Tunnels::of(routing),
            firewalls: firewalls.collect(),
            gateways: gateways.map(|(id, _)| id).collect(),
            processes: processes.map(|(id, _)| (id, Process::Running)).collect(),
        }
    }

    /// Makes a change; says why it cannot be made, where it cannot.
    pub(super) fn apply(&mut self, lever: &RoutingLever) -> Option<String> {
        match lever {
            RoutingLever::Router { router, change } => {
                let routes = self.static_routes.entry(*router).or_default();
                match change {
                    RouterChange::SetStaticRoute(route) => {
                        routes.insert(route.prefix);
                        None
                    }
                    RouterChange::RemoveStaticRoute(prefix) => {
                        let was_there = routes.remove(prefix);
                        (!was_there).then(|| format!("there is no static route for {prefix}"))
                    }
                    RouterChange::AddFirewallRule(rule) => match self.firewalls.get_mut(router) {
                        None => Some("the router has no firewall".to_owned()),
                        Some(rules) if rules.contains(rule) => {
                            Some("such a rule is already in the router's firewall".to_owned())
                        }
                        Some(rules) => {
                            rules.insert(0, *rule);
                            None
                        }
                    },
                    RouterChange::RemoveFirewallRule(rule) => match self.firewalls.get_mut(router) {
                        Some(rules) if rules.contains(rule) => {
                            rules.retain(|it| it != rule);
                            None
                        }
                        Some(_) => Some("there is no such rule in the router's firewall".to_owned()),
                        None => Some("the router has no firewall".to_owned()),
                    },
                    RouterChange::Interface { .. }
                    | RouterChange::Cost { .. }
                    | RouterChange::Mtu { .. }
                    | RouterChange::MssClamp { .. }
                    | RouterChange::IcmpErrors(_) => None,
                    RouterChange::Running(running) => {
                        if let Some(process) = self.processes.get_mut(router) {
                            *process = match running {
                                crate::site::Running::Running => Process::Running,
                                crate::site::Running::Off => Process::Stopped,
                                crate::site::Running::Hung => *process,
                            };
                        }
                        None
                    }
                }
            }
            RoutingLever::Speaker { router, change } => {
                let Some(process) = self.processes.get_mut(router) else {
                    return Some("the router runs no BGP process".to_owned());
                };
                let (fits, to) = match change {
                    SpeakerChange::Start => (*process == Process::Stopped, Process::Running),
                    SpeakerChange::Thaw => (*process == Process::Frozen, Process::Running),
                    SpeakerChange::Freeze => (*process == Process::Running, Process::Frozen),
                    SpeakerChange::Stop => (*process != Process::Stopped, Process::Stopped),
                    SpeakerChange::Terminate => (*process == Process::Running, Process::Stopped),
                    SpeakerChange::Originate(_) | SpeakerChange::Withdraw(_) => (true, *process),
                };
                *process = to;
                (!fits).then(|| "the BGP process is already so".to_owned())
            }
            RoutingLever::Ike { router, .. } => {
                let is_gateway = self.gateways.contains(router);
                (!is_gateway).then(|| "the router has no tunnels".to_owned())
            }
            RoutingLever::Tunnel { .. } => self.tunnels.apply(lever).map(|conflict| conflict.to_string()),
            RoutingLever::Link { .. }
            | RoutingLever::Upkeep(_)
            | RoutingLever::Session { .. }
            | RoutingLever::Outside { .. }
            | RoutingLever::Segment { .. } => None,
        }
    }
}

/// Complains about events that configure a tunnel, as the changes before them left it, so that it cannot work.
pub(super) fn check_events(
    routing: &Routing,
    (before, events): (&[Lever], &[(SimTime, Lever, Place)]),
    problems: &mut Problems,
) {
    let mut tunnels = Tunnels::of(routing);
    for lever in before {
        tunnels.apply_any(lever);
    }
    for (_, lever, place) in events {
        if let Some(conflict) = tunnels.apply_any(lever) {
            problems.push(Problem::error(Code::Refused, *place, cannot_be_made(conflict)));
        }
    }
}

/// Why a change cannot be made at an instant, in view of all that the lab has planned for before.
pub(in crate::scenario) fn conflict_at(lab: &Blueprint, at: SimTime, lever: &Lever) -> Option<String> {
    let mut tunnels = Tunnels::of(&lab.routing);
    let planned = lab.schedule.iter().filter(|(planned, _)| *planned <= at);
    for before in lab.overlay.iter().chain(planned.map(|(_, lever)| lever)) {
        tunnels.apply_any(before);
    }
    tunnels.apply_any(lever).map(cannot_be_made)
}

fn cannot_be_made(conflict: Conflict) -> String {
    format!("this change cannot be made: {conflict}")
}
