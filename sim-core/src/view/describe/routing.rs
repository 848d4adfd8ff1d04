//! What happens to routers, links and their BGP processes, in sentences.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::analysis::wording::pass_rule_text;
use crate::net::MssClamp;
use crate::proto::bgp::rib::{self, Chosen, DecidedBy, Direction, LimitAction, Source, Used};
use crate::proto::bgp::session::{self, State};
use crate::proto::bgp::speaker::{Notice, Way};
use crate::proto::ike::Summary;
use crate::proto::ike::wire;
use crate::scenario::terms_text;
use crate::site::{
    AdminState, Carrier, IcmpErrors, LinkChange, Passage, Provisioning, RouterChange, Running, SegmentChange,
};
use crate::units::number_of;
use crate::view::health::Health;
use crate::world::routing::{
    GatewayChange, IgpChange, IkeChange, OutsideChange, RoutingLever, SessionChange, SessionKey,
    SpeakerChange, TunnelChange, Upkeep, meaning,
};

use super::{Words, rounded};

/// Prefixes that a sentence names; of more it says how many.
const MOST_NAMED: usize = 4;

/// What was done to it, in words.
pub(super) fn lever_text(lever: &RoutingLever, words: &Words<'_>) -> String {
    match lever {
        RoutingLever::Link { change, .. } => link(change),
        RoutingLever::Router { change, .. } => router(change, words),
        RoutingLever::Session { change, .. } => match change {
            SessionChange::Shutdown => "is shut down by an operator".to_owned(),
            SessionChange::Start => "is started by an operator".to_owned(),
            SessionChange::Reset => "is reset by an operator".to_owned(),
            SessionChange::SoftIn => "has its import policy applied again".to_owned(),
            SessionChange::SoftOut => "has its routes sent again".to_owned(),
            SessionChange::RemoteAs(asn) => format!("expects its peer in AS {}", asn.0),
            SessionChange::Timers { hold, keepalive } => {
                let hold = hold.map(|span| format!("a hold time of {span}"));
                let keepalive = keepalive.map(|span| format!("a KEEPALIVE every {span}"));
                let said: Vec<String> = hold.into_iter().chain(keepalive).collect();
                format!("offers {} from its next session on", said.join(" and "))
            }
            SessionChange::Bfd { interval, multiplier } => {
                let interval = interval.map(|span| format!("an interval of {span}"));
                let multiplier = multiplier.map(|times| format!("a multiplier of {times}"));
                let said: Vec<String> = interval.into_iter().chain(multiplier).collect();
                format!("asks for {} of BFD", said.join(" and "))
            }
            SessionChange::Prepend(0) => "prepends nothing any more".to_owned(),
            SessionChange::Prepend(times) => format!("prepends its AS {times}× in all that it announces"),
            SessionChange::Key(SessionKey::Configured) => "has its own TCP MD5 key again".to_owned(),
            SessionChange::Key(SessionKey::Unsigned) => "has no TCP MD5 key any more".to_owned(),
            SessionChange::Key(SessionKey::Other(_)) => "gets another TCP MD5 key".to_owned(),
            SessionChange::SetPolicy { direction, .. } => match direction {
                rib::Direction::Import => "gets another import policy".to_owned(),
                rib::Direction::Export => "gets another export policy".to_owned(),
            },
        },
        RoutingLever::Ike { change, .. } => ike_text(change),
        RoutingLever::Tunnel { change, .. } => tunnel(change),
        RoutingLever::Speaker { change, .. } => match change {
            SpeakerChange::Originate(origination) => format!("announces {} as its own", origination.prefix),
            SpeakerChange::Withdraw(prefixes) => {
                let others = match prefixes.len().saturating_sub(MOST_NAMED) {
                    0 => String::new(),
                    n_others => format!(" and {n_others} more"),
                };
                let named = prefixes.iter().take(MOST_NAMED).map(ToString::to_string);
                let named: Vec<String> = named.collect();
                format!("no longer announces {}{others}", named.join(", "))
            }
            SpeakerChange::Stop => "loses its BGP process; its host closes the connections".to_owned(),
            SpeakerChange::Start => "starts its BGP process".to_owned(),
            SpeakerChange::Freeze => "has its BGP process frozen; its TCP still answers".to_owned(),
            SpeakerChange::Thaw => "has its BGP process going again".to_owned(),
            SpeakerChange::Terminate => "has its BGP process ended in order".to_owned(),
        },
        RoutingLever::Segment { change, .. } => match change {
            SegmentChange::Carrier(Carrier::Up) => "comes up".to_owned(),
            SegmentChange::Carrier(Carrier::Down) => {
                "goes down: all that is on it loses the carrier".to_owned()
            }
            SegmentChange::Delay(delay) => format!("now takes {delay} from port to port"),
            SegmentChange::Rate(rate) => format!("now carries {rate} at each port"),
            SegmentChange::Mtu(mtu) => format!("now carries packets of at most {mtu} bytes"),
        },
        RoutingLever::Upkeep(upkeep) => match upkeep {
            Upkeep::StartTest { lasts, .. } => {
                format!("is tested: AWS shuts its BGP peering down for {lasts}")
            }
            Upkeep::StopTest(_) => "is tested no more: AWS brings its BGP peering back".to_owned(),
            Upkeep::ReplaceEndpoint(_) => {
                "is about to be replaced: the connection's other tunnel gets the lower MED".to_owned()
            }
        },
        RoutingLever::Outside { change, .. } => match change {
            OutsideChange::Call => "is called from outside of the lab".to_owned(),
            OutsideChange::Say(octets) => format!("is sent {} octets from outside of the lab", octets.len()),
            OutsideChange::HangUp => "is hung up on from outside of the lab".to_owned(),
        },
    }
}

fn tunnel(change: &TunnelChange) -> String {
    match change {
        TunnelChange::Up => "is told to come up".to_owned(),
        TunnelChange::Down => "is told to close both phases".to_owned(),
        TunnelChange::Reset => "is told to close both phases and negotiate anew".to_owned(),
        TunnelChange::Rekey => "is told to replace the keys of phase 2".to_owned(),
        TunnelChange::RekeyPhase1 => "is told to replace the keys of phase 1".to_owned(),
        TunnelChange::Configure(change) => format!("is configured otherwise: {}", terms_text(change)),
    }
}

/// Who is active for a virtual gateway now.
pub(super) fn gateway_change(change: &GatewayChange, words: &Words<'_>) -> String {
    let names = words.names;
    match change {
        GatewayChange::Awake { interface } => {
            format!("{} advertises again, and is active", names.of(*interface))
        }
        GatewayChange::Silent { was } => {
            format!("{} no longer advertises: nobody is active", names.of(*was))
        }
        GatewayChange::Active {
            interface,
            from: None,
        } => {
            format!(
                "{} has heard nothing for its down interval, and is active",
                names.of(*interface)
            )
        }
        GatewayChange::Active {
            interface,
            from: Some(from),
        } => format!(
            "{} takes over from {}: its priority is higher",
            names.of(*interface),
            names.of(*from)
        ),
    }
}

/// What happened in the interior routing.
pub(super) fn igp_change(change: &IgpChange, words: &Words<'_>) -> String {
    let names = words.names;
    match change {
        IgpChange::NeighborUp { neighbor } => format!("hears its IGP neighbour {}", names.of(*neighbor)),
        IgpChange::NeighborDown {
            neighbor,
            silence: None,
        } => format!("loses its IGP neighbour {}", names.of(*neighbor)),
        IgpChange::NeighborDown {
            neighbor,
            silence: Some(silence),
        } => format!(
            "gives its IGP neighbour {} up after {silence} of silence",
            names.of(*neighbor)
        ),
        IgpChange::Converged { n_changed: 1 } => "forwards by the IGP's new ways: 1 route changed".to_owned(),
        IgpChange::Converged { n_changed } => {
            format!("forwards by the IGP's new ways: {n_changed} routes changed")
        }
    }
}

fn link(change: &LinkChange) -> String {
    match change {
        LinkChange::Carrier(Carrier::Up) => "comes up".to_owned(),
        LinkChange::Provisioning(Provisioning::Available) => "becomes available".to_owned(),
        LinkChange::Provisioning(state) => format!("becomes {}: {}", state.as_str(), state.waits_for()),
        LinkChange::Carrier(Carrier::Down) => "goes down: both interfaces lose the carrier".to_owned(),
        LinkChange::Passage { from, passage } => match passage {
            Passage::Open => format!("carries what enters at end {from:?} again"),
            Passage::Blocked => format!("silently drops what enters at end {from:?}"),
        },
        LinkChange::Flapping(every) if every.is_zero() => {
            "flaps no more: both interfaces have the carrier".to_owned()
        }
        LinkChange::Flapping(every) => format!("flaps: its carrier turns now, and again every {every}"),
        LinkChange::Delay(delay) => format!("now takes {delay} one way"),
        LinkChange::Jitter(jitter) => format!("now takes up to {jitter} more, as chance has it"),
        LinkChange::Rate(rate) => format!("now carries {rate}"),
        LinkChange::Loss(loss) => format!("now loses {loss} of all packets"),
        LinkChange::Mtu(mtu) => format!("now carries packets of at most {mtu} bytes"),
    }
}

fn router(change: &RouterChange, words: &Words<'_>) -> String {
    match change {
        RouterChange::Interface { admin, .. } => match admin {
            AdminState::Enabled => "has an interface switched on".to_owned(),
            AdminState::Disabled => "has an interface switched off".to_owned(),
        },
        RouterChange::Running(Running::Running) => "runs again".to_owned(),
        RouterChange::Running(Running::Off) => "loses its power".to_owned(),
        RouterChange::Running(Running::Hung) => "hangs".to_owned(),
        RouterChange::SetStaticRoute(route) => match route.via {
            Some(via) => format!("gets the static route {} via {via}", route.prefix),
            None => format!("gets the static route {} to nowhere", route.prefix),
        },
        RouterChange::RemoveStaticRoute(prefix) => format!("loses the static route for {prefix}"),
        RouterChange::AddFirewallRule(rule) => {
            format!("gets the firewall rule {}", pass_rule_text(rule, words.names))
        }
        RouterChange::RemoveFirewallRule(rule) => {
            format!("loses the firewall rule {}", pass_rule_text(rule, words.names))
        }
        RouterChange::Mtu { interface, mtu } => {
            let interface = words.names.of(*interface);
            format!("sends packets of at most {mtu} bytes by {interface}")
        }
        RouterChange::MssClamp { interface, clamp } => {
            let interface = words.names.of(*interface);
            match clamp {
                MssClamp::Off => format!("leaves the MSS of connections by {interface} as it is"),
                MssClamp::ToMtu => {
                    format!("lowers the MSS of connections by {interface} to what fits its MTU")
                }
                MssClamp::To(bytes) => format!("lowers the MSS of connections by {interface} to {bytes}"),
            }
        }
        RouterChange::IcmpErrors(IcmpErrors::On) => "tells senders of packets that are too large".to_owned(),
        RouterChange::IcmpErrors(IcmpErrors::Off) => "drops packets that are too large silently".to_owned(),
        RouterChange::Cost { cost, .. } => format!("has a step by an interface cost {cost} in the IGP"),
    }
}

/// A message of IKE, as a capture would list it.
pub(super) fn ike_message(summary: &Summary) -> String {
    let direction = summary.direction.map_or("", |direction| match direction {
        wire::Direction::Request => " request",
        wire::Direction::Response => " response",
    });
    let notifies = summary.notifies.iter().map(|notify| format!("N({notify})"));
    let payloads = summary.payloads.iter().map(|payload| (*payload).to_owned());
    let parts: Vec<String> = payloads.chain(notifies).collect();
    let again = match summary.repetition {
        0 => String::new(),
        n => format!(", sent again for the {n}. time"),
    };
    format!(
        "sends {}{direction} {} [{}]{again}",
        summary.exchange,
        summary.message_id,
        parts.join(" ")
    )
}

/// What was done to a gateway's IKE, in words.
fn ike_text(change: &IkeChange) -> String {
    match change {
        IkeChange::Initiate { .. } => "is told to bring a tunnel up",
        IkeChange::Terminate { .. } => "is told to close a connection",
        IkeChange::TerminateChild { .. } => "is told to close a tunnel",
        IkeChange::Rekey { .. } => "is told to replace the keys of phase 1",
        IkeChange::RekeyChild { .. } => "is told to replace the keys of phase 2",
        IkeChange::Crash => "loses its IKE process, which tells nobody",
        IkeChange::Start => "starts its IKE process",
    }
    .to_owned()
}

/// What happened in a BGP process.
pub(super) fn sentence(notice: &Notice, words: &Words<'_>) -> String {
    match notice {
        Notice::Session(notice) => session_text(notice),
        Notice::Routes(notice) => routes_text(notice, words),
        Notice::Repaired(note) => note.to_string(),
        Notice::Notification { way, code, wraps, .. } => {
            let way = match way {
                Way::Sent => "sends",
                Way::Received => "is sent",
            };
            let within = wraps.map_or(String::new(), |code| format!(", around {code}"));
            format!("{way} NOTIFICATION {code}{within}")
        }
    }
}

fn session_text(notice: &session::Notice) -> String {
    match notice {
        session::Notice::State { from, to } => format!("session {from} → {to}"),
        session::Notice::Ended {
            reason: reason @ session::Reason::Collision { .. },
            ..
        } => format!("gives up one of two connections: {reason}"),
        session::Notice::Ended { state, reason, .. } => {
            let (layer, _) = meaning(*reason);
            format!(
                "ends in {state} for {}: {reason}; {}",
                layer.as_str(),
                reason.advice()
            )
        }
        session::Notice::Retained { until } => format!("keeps the peer's routes as stale until {until}"),
        session::Notice::StaleOver(end) => format!("keeps stale routes no longer: {end}"),
        session::Notice::Resting { until } => format!("rests until {until} before the next attempt"),
    }
}

fn routes_text(notice: &rib::Notice, words: &Words<'_>) -> String {
    match notice {
        rib::Notice::BestChanged {
            prefix,
            from,
            to,
            decided_by,
            lacked,
        } => {
            let decided = decided_by.map_or(String::new(), |step| match step {
                DecidedBy::OnlyPath => ", the only one".to_owned(),
                step => format!(", decided by {step}"),
            });
            let lost = lacked.map_or(String::new(), |step| format!("; the one before loses by {step}"));
            match (from, to) {
                (None, Some(to)) => format!("best path to {prefix} is {}{decided}", words.chosen(to)),
                (Some(from), Some(to)) if from == to => {
                    let path = words.chosen(to);
                    format!("best path to {prefix} stays {path}, and its attributes change{decided}")
                }
                (Some(from), Some(to)) => {
                    format!(
                        "best path to {prefix} moves: {} → {}{decided}{lost}",
                        words.chosen(from),
                        words.chosen(to)
                    )
                }
                (Some(from), None) => {
                    format!("has no path to {prefix} any more; it was {}", words.chosen(from))
                }
                (None, None) => format!("still has no path to {prefix}"),
            }
        }
        rib::Notice::Refused { prefix, why, .. } => format!("does not take {prefix}: {why}"),
        rib::Notice::Unreachable { prefix, next_hop, .. } => {
            format!(
                "cannot use {prefix}: there is no route to its next hop {}",
                words.address(*next_hop)
            )
        }
        rib::Notice::LimitReached { limit, action, .. } => {
            let follows = match action {
                LimitAction::Warn => "this is a warning".to_owned(),
                LimitAction::Idle => "the session ends until an operator clears it".to_owned(),
                LimitAction::Restart(after) => format!("the session ends for {}", rounded(*after)),
            };
            let allowed = number_of(*limit, "prefix", "prefixes");
            format!("is sent more than the {allowed} allowed: {follows}")
        }
        rib::Notice::Lost {
            prefix,
            to,
            lacked,
            used,
            ..
        } => {
            let all_the_same = match used {
                Used::NotUsed => "",
                Used::AlongWithBest => "; it is used along with it",
            };
            format!(
                "brings a path to {prefix} that loses by {lacked} to the one {}{all_the_same}",
                words.chosen(to)
            )
        }
        rib::Notice::Withdrawn { prefixes: 1, .. } => "1 prefix withdrawn".to_owned(),
        rib::Notice::Withdrawn { prefixes, .. } => format!("{prefixes} prefixes withdrawn"),
        rib::Notice::WaysChanged {
            prefix,
            best,
            along,
            left,
        } => ways_text(*prefix, best, [along, left], words),
        rib::Notice::Outdone {
            prefix,
            path,
            to,
            lacked,
        } => {
            let [path, to] = [path, to].map(|path| words.chosen(path));
            format!("the path to {prefix} {path} loses by {lacked} to the one {to}")
        }
        rib::Notice::NoPolicy { direction, .. } => {
            let (way, word) = match direction {
                Direction::Import => ("takes nothing from its peer", "import"),
                Direction::Export => ("announces nothing to its peer", "export"),
            };
            format!("{way}: eBGP needs a policy here (RFC 8212), and it has no {word} policy; give it one")
        }
    }
}

/// By which paths packets go, and by which they do so no longer.
fn ways_text(prefix: Ipv4Net, best: &Chosen, [along, left]: [&[Chosen]; 2], words: &Words<'_>) -> String {
    let list = |paths: &[Chosen]| {
        let paths: Vec<String> = paths.iter().map(|path| words.chosen(path)).collect();
        paths.join(" and ")
    };
    let best = words.chosen(best);
    let used = match along {
        [] => format!("sends packets to {prefix} {best} alone"),
        along => format!(
            "sends packets to {prefix} {best} and, along with it, {}",
            list(along)
        ),
    };
    match left {
        [] => used,
        left => format!("{used}; no longer {}", list(left)),
    }
}

impl Words<'_> {
    /// A path by where it leads, with the name of the router there.
    fn chosen(&self, path: &Chosen) -> String {
        match path.source {
            Source::Peer(_) => format!("via {}", self.address(path.next_hop)),
            Source::Local => "its own".to_owned(),
            Source::Aggregate => "its own aggregate".to_owned(),
        }
    }

    /// An address, with the name of the router that has it.
    fn address(&self, address: Ipv4Addr) -> String {
        let mut routers = self.network.routers.iter();
        match routers.find(|(_, router)| router.owns(address)) {
            Some((id, _)) => format!("{} ({address})", self.names.of(id)),
            None => address.to_string(),
        }
    }
}

/// How good or bad the news is.
pub(super) fn health(notice: &Notice) -> Health {
    match notice {
        Notice::Session(session::Notice::State { from, to }) => match (from, to) {
            (_, State::Established) => Health::Good,
            (State::Established, _) => Health::Failed,
            (_, _) => Health::Working,
        },
        Notice::Session(session::Notice::Ended {
            reason: session::Reason::Collision { .. },
            ..
        }) => Health::Idle,
        Notice::Session(session::Notice::Ended { .. }) => Health::Failed,
        Notice::Session(session::Notice::Retained { .. } | session::Notice::StaleOver(_)) => Health::Degraded,
        Notice::Session(session::Notice::Resting { .. }) => Health::Idle,
        Notice::Routes(rib::Notice::WaysChanged { .. }) => Health::Working,
        Notice::Routes(rib::Notice::BestChanged { to, .. }) => match to {
            Some(_) => Health::Working,
            None => Health::Degraded,
        },
        Notice::Routes(
            rib::Notice::Refused { .. } | rib::Notice::Lost { .. } | rib::Notice::Outdone { .. },
        ) => Health::Idle,
        Notice::Routes(
            rib::Notice::Unreachable { .. }
            | rib::Notice::LimitReached { .. }
            | rib::Notice::NoPolicy { .. }
            | rib::Notice::Withdrawn { .. },
        ) => Health::Degraded,
        Notice::Repaired(_) | Notice::Notification { .. } => Health::Degraded,
    }
}
