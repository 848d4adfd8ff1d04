//! Edits of routers, links and BGP sessions, in the notation of scenarios.

use core::fmt::Display;

use crate::net::{MssClamp, PortRange};
use crate::proto::bgp::Asn;
use crate::proto::bgp::policy::{Action, AsPathMatch, Match, Policy, PrefixMatch, Prepend, Rule, Set};
use crate::proto::bgp::rib::Direction;
use crate::resource::{RouterId, RouterInterfaceId};
use crate::site::{
    AdminState, Carrier, End, FirewallAction, IcmpErrors, LinkChange, PassRule, Passage, RouterChange,
    Running, SegmentChange, StaticRoute,
};
use crate::units::Span;
use crate::world::routing::{
    IkeChange, Origination, OutsideChange, RoutingLever, SessionChange, SessionKey, SpeakerChange,
    TunnelChange, Upkeep,
};

use super::pen::{Pen, list, quoted, rate};

impl Pen<'_> {
    pub(super) fn routing(&self, lever: &RoutingLever) -> String {
        match lever {
            RoutingLever::Link { link, change } => link_change(&self.name(*link), *change),
            RoutingLever::Router { router, change } => self.router(*router, change),
            RoutingLever::Session { session, change } => session_change(&self.name(*session), change),
            RoutingLever::Speaker { router, change } => speaker(&self.name(*router), change),
            RoutingLever::Ike { router, change } => {
                let router = self.name(*router);
                let word = match change {
                    IkeChange::Initiate { .. } => "initiate",
                    IkeChange::Terminate { .. } => "terminate",
                    IkeChange::TerminateChild { .. } => "terminate_child",
                    IkeChange::Rekey { .. } => "rekey",
                    IkeChange::RekeyChild { .. } => "rekey_child",
                    IkeChange::Crash => "crash",
                    IkeChange::Start => "start",
                };
                format!("ike_process({router}, {word})")
            }
            RoutingLever::Tunnel { tunnel, change } => {
                let word = match change {
                    TunnelChange::Up => "up",
                    TunnelChange::Down => "down",
                    TunnelChange::Reset => "reset",
                    TunnelChange::Rekey => "rekey",
                    TunnelChange::RekeyPhase1 => "rekey_phase1",
                    TunnelChange::Configure(change) => {
                        let name = self.name(*tunnel);
                        return format!("configure_tunnel({name}, {})", super::tunnel::terms(change));
                    }
                };
                format!("tunnel({}, {word})", self.name(*tunnel))
            }
            RoutingLever::Segment { segment, change } => {
                let segment = self.name(*segment);
                match *change {
                    SegmentChange::Carrier(Carrier::Up) => format!("segment_state({segment}, up)"),
                    SegmentChange::Carrier(Carrier::Down) => format!("segment_state({segment}, down)"),
                    SegmentChange::Delay(delay) => format!("segment_delay({segment}, {})", text(delay)),
                    SegmentChange::Rate(to) => format!("segment_rate({segment}, {})", rate(to)),
                    SegmentChange::Mtu(to) => format!("segment_mtu({segment}, {to})"),
                }
            }
            RoutingLever::Upkeep(upkeep) => match *upkeep {
                Upkeep::StartTest { interface, lasts } => {
                    format!("failover_test({}, {})", self.name(interface), text(lasts))
                }
                Upkeep::StopTest(interface) => format!("stop_failover_test({})", self.name(interface)),
                Upkeep::ReplaceEndpoint(router) => format!("replace_endpoint({})", self.name(router)),
            },
            RoutingLever::Outside { session, change } => {
                let session = self.name(*session);
                match change {
                    OutsideChange::Call => format!("outside({session}, call)"),
                    OutsideChange::Say(octets) => {
                        let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
                        format!("outside({session}, {})", quoted(&digits))
                    }
                    OutsideChange::HangUp => format!("outside({session}, hang_up)"),
                }
            }
        }
    }

    fn router(&self, id: RouterId, change: &RouterChange) -> String {
        let router = self.name(id);
        match change {
            RouterChange::Interface { interface, admin } => {
                let state = match admin {
                    AdminState::Enabled => "up",
                    AdminState::Disabled => "down",
                };
                format!("interface_state({}, {state})", self.name(*interface))
            }
            RouterChange::Running(Running::Running) => format!("router_power({router}, on)"),
            RouterChange::Running(Running::Off) => format!("router_power({router}, off)"),
            RouterChange::Running(Running::Hung) => format!("router_power({router}, hung)"),
            RouterChange::SetStaticRoute(route) => {
                format!("set_static_route({router}, {})", static_route(route))
            }
            RouterChange::AddFirewallRule(rule) => {
                format!("add_router_rule({router}, {})", self.pass_rule(id, rule))
            }
            RouterChange::RemoveFirewallRule(rule) => {
                format!("remove_router_rule({router}, {})", self.pass_rule(id, rule))
            }
            RouterChange::Cost { interface, cost } => {
                format!("igp_cost({}, {cost})", self.name(*interface))
            }
            RouterChange::Mtu { interface, mtu } => {
                format!("interface_mtu({}, {mtu})", self.name(*interface))
            }
            RouterChange::MssClamp { interface, clamp } => {
                let clamp = match clamp {
                    MssClamp::Off => "off".to_owned(),
                    MssClamp::ToMtu => "to_mtu".to_owned(),
                    MssClamp::To(bytes) => bytes.to_string(),
                };
                format!("mss_clamp({}, {clamp})", self.name(*interface))
            }
            RouterChange::IcmpErrors(IcmpErrors::On) => format!("icmp_errors({router}, on)"),
            RouterChange::IcmpErrors(IcmpErrors::Off) => format!("icmp_errors({router}, off)"),
            RouterChange::RemoveStaticRoute(prefix) => {
                format!("remove_static_route({router}, {})", text(prefix))
            }
        }
    }
}

impl Pen<'_> {
    fn pass_rule(&self, router: RouterId, rule: &PassRule) -> String {
        let action = match rule.action {
            FirewallAction::Allow => "allow",
            FirewallAction::Drop => "drop",
        };
        let protocol = rule
            .protocol
            .map_or_else(|| "any".to_owned(), |it| it.to_string());
        let mut parts: Vec<String> = Vec::new();
        // An interface is called `router:link`; a rule names the link.
        let owner = format!("{}:", self.names.of(router));
        let link = |id: RouterInterfaceId| {
            let name = self.names.of(id);
            quoted(name.strip_prefix(&owner).unwrap_or(&name))
        };
        parts.extend(rule.from.map(|id| format!("from: {}", link(id))));
        parts.extend(rule.to.map(|id| format!("to: {}", link(id))));
        parts.push(format!("action: {action}, protocol: {protocol}"));
        if rule.ports != PortRange::ALL {
            parts.push(format!("ports: {}", text(rule.ports)));
        }
        for (field, prefix) in [("source", rule.source), ("destination", rule.destination)] {
            if prefix.prefix_len() > 0 {
                parts.push(format!("{field}: {}", text(prefix)));
            }
        }
        format!("({})", parts.join(", "))
    }
}

/// What prints as people write it, in quotes.
pub(super) fn text(value: impl Display) -> String {
    quoted(&value.to_string())
}

fn link_change(link: &str, change: LinkChange) -> String {
    match change {
        LinkChange::Carrier(Carrier::Up) => format!("link_state({link}, up)"),
        LinkChange::Carrier(Carrier::Down) => format!("link_state({link}, down)"),
        LinkChange::Provisioning(state) => format!("provisioning({link}, {})", state.as_str()),
        LinkChange::Passage { from, passage } => {
            let end = match from {
                End::A => "a",
                End::B => "b",
            };
            match passage {
                Passage::Open => format!("link_passage({link}, {end}, open)"),
                Passage::Blocked => format!("link_passage({link}, {end}, blocked)"),
            }
        }
        LinkChange::Flapping(every) => format!("link_flapping({link}, {})", text(every)),
        LinkChange::Delay(delay) => format!("link_delay({link}, {})", text(delay)),
        LinkChange::Jitter(jitter) => format!("link_jitter({link}, {})", text(jitter)),
        LinkChange::Rate(to) => format!("link_rate({link}, {})", rate(to)),
        LinkChange::Loss(loss) => format!("link_loss({link}, {})", text(loss)),
        LinkChange::Mtu(to) => format!("link_mtu({link}, {to})"),
    }
}

fn static_route(route: &StaticRoute) -> String {
    let via = route.via.map_or_else(|| "discard".to_owned(), text);
    match route.metric {
        0 => format!("({}, {via})", text(route.prefix)),
        metric => format!("({}, {via}, {metric})", text(route.prefix)),
    }
}

/// The spans that are said, and a multiplier.
fn spans(said: &[(&str, Option<Span>)], multiplier: Option<u8>) -> String {
    let spans = said
        .iter()
        .filter_map(|(name, span)| Some(format!("{name}: {}", text((*span)?))));
    let multiplier = multiplier.map(|it| format!("multiplier: {it}"));
    let all: Vec<String> = spans.chain(multiplier).collect();
    format!("({})", all.join(", "))
}

fn session_change(session: &str, change: &SessionChange) -> String {
    let word = match change {
        SessionChange::Shutdown => "shutdown",
        SessionChange::Start => "start",
        SessionChange::Reset => "reset",
        SessionChange::RemoteAs(asn) => return format!("session_remote_as({session}, {})", asn.0),
        SessionChange::Key(key) => {
            let key = match key {
                SessionKey::Configured => "own".to_owned(),
                SessionKey::Unsigned => "none".to_owned(),
                SessionKey::Other(key) => quoted(key),
            };
            return format!("session_key({session}, {key})");
        }
        SessionChange::Timers { hold, keepalive } => {
            let said = [("hold", *hold), ("keepalive", *keepalive)];
            return format!("session_timers({session}, {})", spans(&said, None));
        }
        SessionChange::Bfd { interval, multiplier } => {
            return format!(
                "bfd_timers({session}, {})",
                spans(&[("interval", *interval)], *multiplier)
            );
        }
        SessionChange::Prepend(times) => return format!("prepend({session}, {times})"),
        SessionChange::SoftIn => "soft_in",
        SessionChange::SoftOut => "soft_out",
        SessionChange::SetPolicy { direction, policy } => {
            let word = match direction {
                Direction::Import => "import_policy",
                Direction::Export => "export_policy",
            };
            let policy = policy
                .as_ref()
                .map_or_else(|| "none".to_owned(), |policy| rules(policy));
            return format!("{word}({session}, {policy})");
        }
    };
    format!("session({session}, {word})")
}

fn speaker(router: &str, change: &SpeakerChange) -> String {
    match change {
        SpeakerChange::Originate(it) => format!("announce({router}, {})", origination(it)),
        SpeakerChange::Withdraw(prefixes) => {
            format!("withdraw({router}, {})", list(prefixes.iter().map(text)))
        }
        SpeakerChange::Stop => format!("bgp_process({router}, stop)"),
        SpeakerChange::Start => format!("bgp_process({router}, start)"),
        SpeakerChange::Freeze => format!("bgp_process({router}, freeze)"),
        SpeakerChange::Thaw => format!("bgp_process({router}, thaw)"),
        SpeakerChange::Terminate => format!("bgp_process({router}, terminate)"),
    }
}

fn origination(it: &Origination) -> String {
    let mut fields = Fields::default();
    fields.some("med", it.med);
    if it.origin != crate::proto::bgp::Origin::Igp {
        fields.put("origin", it.origin);
    }
    let communities = it.communities.iter().copied().map(crate::proto::bgp::Community);
    fields.list("communities", communities.map(text));
    fields.list("prepend", asns(&it.path));
    if fields.0.is_empty() {
        return text(it.prefix);
    }
    fields.0.insert(0, format!("prefix: {}", text(it.prefix)));
    fields.finish()
}

/// Fields between round brackets, those left out that say nothing.
#[derive(Default)]
pub(super) struct Fields(Vec<String>);

impl Fields {
    pub(super) fn put(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("{name}: {value}"));
    }
    pub(super) fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
    pub(super) fn list(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        let values = list(values);
        if values != "[]" {
            self.put(name, values);
        }
    }
    /// A group, where it has any fields.
    pub(super) fn group(&mut self, name: &str, group: Self) {
        if !group.0.is_empty() {
            self.put(name, group.finish());
        }
    }
    pub(super) fn finish(self) -> String {
        format!("({})", self.0.join(", "))
    }
}

fn asns(asns: &[Asn]) -> impl Iterator<Item = String> {
    asns.iter().map(ToString::to_string)
}

/// A policy in place of its name.
pub(crate) fn rules(policy: &Policy) -> String {
    let rules = list(policy.rules.iter().map(rule));
    match policy.default {
        Action::Deny => rules,
        Action::Permit => format!("(rules: {rules}, default: permit)"),
    }
}

fn rule(rule: &Rule) -> String {
    let mut fields = Fields::default();
    if rule.condition != Match::default() {
        fields.put("match", condition(&rule.condition));
    }
    if rule.set != Set::default() {
        fields.put("set", changes(&rule.set));
    }
    if rule.action == Action::Deny {
        fields.put("action", "deny");
    }
    fields.finish()
}

fn condition(condition: &Match) -> String {
    let mut fields = Fields::default();
    fields.list("prefix", condition.prefix.iter().map(prefix));
    fields.list("community", condition.community.iter().map(text));
    fields.list("large_community", condition.large_community.iter().map(text));
    fields.list("as_path", condition.as_path.iter().map(as_path));
    fields.some("origin_as", condition.origin_as);
    fields.some("med", condition.med);
    fields.finish()
}

fn prefix(line: &PrefixMatch) -> String {
    let bound =
        |word: &str, length: Option<u8>| length.map_or(String::new(), |length| format!(" {word} {length}"));
    text(format!(
        "{}{}{}",
        line.prefix,
        bound("ge", line.ge),
        bound("le", line.le)
    ))
}

fn as_path(form: &AsPathMatch) -> String {
    match form {
        AsPathMatch::Contains(asn) => format!("contains({asn})"),
        AsPathMatch::StartsWith(front) => format!("starts_with({})", list(asns(front))),
        AsPathMatch::EndsWith(end) => format!("ends_with({})", list(asns(end))),
        AsPathMatch::Exactly(all) => format!("exactly({})", list(asns(all))),
        AsPathMatch::AtLeast(n) => format!("at_least({n})"),
        AsPathMatch::AtMost(n) => format!("at_most({n})"),
    }
}

fn changes(set: &Set) -> String {
    let mut fields = Fields::default();
    fields.some("local_pref", set.local_pref);
    fields.some("med", set.med);
    fields.some("origin", set.origin);
    fields.some("next_hop", set.next_hop.map(text));
    fields.some("weight", set.weight);
    if let Some(these) = &set.community_set {
        fields.put("community_set", list(these.iter().map(text)));
    }
    fields.list("community_add", set.community_add.iter().map(text));
    fields.list("community_remove", set.community_remove.iter().map(text));
    fields.list("large_community_add", set.large_community_add.iter().map(text));
    match &set.prepend {
        None => {}
        Some(Prepend::Own(times)) => fields.put("prepend", times),
        Some(Prepend::Path(path)) => fields.put("prepend", list(asns(path))),
    }
    fields.finish()
}
