//! The words of the short form, and changes in the notation of scenarios.

use crate::aws::{Change, EndpointState, PeeringState};
use crate::fault;
use crate::resource::{GatewayEndpointId, InterfaceEndpointId, ResourceRef};
use crate::site::{HostChange, Power};
use crate::units::{SimTime, Span};
use crate::world::blueprint::{Blueprint, Called};
use crate::world::lever::Lever;

use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::problem::{Files, Place, Problem, Problems};
use crate::scenario::read::Read;
use crate::scenario::resolve;
use crate::scenario::sections::ChangeText;
use crate::scenario::syntax;

/// What a change that is typed outside a file is called in diagnostics.
const CHANGE_FILE: &str = "change";
/// And a failure.
const FAILURE_FILE: &str = "--fail";

/// Reads one change in the notation of scenarios, with the names of a lab.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_change(text: &str, lab: &Blueprint) -> Result<Lever, Vec<Diagnostic>> {
    let mut files = Files::default();
    let mut problems = Problems::default();
    files.push(CHANGE_FILE, text.to_owned());
    match change(text, lab, &mut problems) {
        Some(lever) if !problems.any_error() => Ok(lever),
        _ => Err(problems.into_diagnostics(&files)),
    }
}

fn change(text: &str, lab: &Blueprint, problems: &mut Problems) -> Option<Lever> {
    if text.len() > syntax::MOST_BYTES {
        let start = Place {
            file: 0,
            start: 0,
            end: 0,
        };
        problems.push(Problem::error(Code::TooLarge, start, "a change is not that long"));
        return None;
    }
    let node = syntax::parse(text, 0, problems)?;
    let text = ChangeText::read(&node, problems)?;
    resolve::change_of(&text, lab, problems)
}

/// Reads a failure such as `10m:link dx-primary down for 5m`: its levers and when each is pulled.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_failure(text: &str, lab: &Blueprint) -> Result<Vec<(SimTime, Lever)>, Vec<Diagnostic>> {
    called_failure(text, lab).map(|(levers, _)| levers)
}

/// The same, with what the fault is called where it is one.
///
/// # Errors
/// As above.
pub fn called_failure(text: &str, lab: &Blueprint) -> Result<(Timed, Option<Called>), Vec<Diagnostic>> {
    let mut files = Files::default();
    let mut problems = Problems::default();
    files.push(FAILURE_FILE, text.to_owned());
    let mut listener = Listener {
        text,
        lab,
        called: None,
        problems: &mut problems,
    };
    let levers = listener.failure();
    let called = listener.called.take();
    match levers {
        Some(levers) if !problems.any_error() => Ok((levers, called)),
        _ => Err(problems.into_diagnostics(&files)),
    }
}

/// Levers, each with when it is pulled.
type Timed = Vec<(SimTime, Lever)>;

pub(super) struct Listener<'l, 'p> {
    text: &'l str,
    pub(super) lab: &'l Blueprint,
    /// What is said to fail, as it is said.
    pub(super) called: Option<Called>,
    problems: &'p mut Problems,
}

/// What is done, and what undoes it where anything does.
pub(super) type Deed = (Vec<Lever>, Option<Vec<Lever>>);

/// The two ways in which a thing that can be off is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Down,
    Up,
}

/// An endpoint of either kind.
#[derive(Debug, Clone, Copy)]
enum Endpoint {
    Interface(InterfaceEndpointId),
    Gateway(GatewayEndpointId),
}

/// What a group of the lab is called in the short form.
pub(super) const GROUP: &str = "group";

/// What can fail in the short form.
const KINDS: &[&str] = &[
    "peering",
    "link",
    GROUP,
    "segment",
    "router",
    "interface",
    "bgp",
    "session",
    "tunnel",
    "endpoint",
    "host",
    "change",
];

/// Whether it is said how soon again, or how often.
fn comes_again(text: &str) -> bool {
    [" every ", " times "].iter().any(|word| text.contains(word))
}

impl<'l> Listener<'l, '_> {
    /// Where a part of the text stands in it.
    fn place(&self, part: &str) -> Place {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Place {
            file: 0,
            start: narrow(start),
            end: narrow(start + part.len()),
        }
    }
    pub(super) fn wrong<T>(&mut self, code: Code, part: &str, message: String, help: &str) -> Option<T> {
        let problem = Problem::error(code, self.place(part), message);
        self.problems.push(if help.is_empty() {
            problem
        } else {
            problem.help(help)
        });
        None
    }
    pub(super) fn span(&mut self, text: &'l str) -> Option<Span> {
        match text.parse() {
            Ok(span) => Some(span),
            Err(error) => self.wrong(Code::BadValue, text, format!("{error}"), ""),
        }
    }

    /// How long something lasts.
    pub(super) fn some_span(&mut self, text: &'l str) -> Option<Span> {
        let span = self.span(text)?;
        if span.is_zero() {
            let message = "what lasts for no time is nothing".to_owned();
            return self.wrong(Code::BadValue, text, message, "for example: for 5m");
        }
        Some(span)
    }

    fn failure(&mut self) -> Option<Vec<(SimTime, Lever)>> {
        let form = "write WHEN:WHAT, for example 10m:link source-target down for 5m";
        let Some((when, what)) = self.text.split_once(':') else {
            return self.wrong(
                Code::Syntax,
                self.text,
                "there is no `:` after the time".to_owned(),
                form,
            );
        };
        let at = SimTime::at(self.span(when.trim())?);
        let what = what.trim();
        let Some((kind, rest)) = what.split_once(char::is_whitespace) else {
            return self.wrong(Code::Syntax, what, "nothing is said to fail".to_owned(), form);
        };
        let rest = rest.trim();
        // A group has the short form of a link: `group duct-1 down`.
        let named = match kind {
            GROUP => "group_down".to_owned(),
            // What comes again is a fault of the catalogue: `link dx-1 down for 10s every 1m` is `link_down dx-1 for …`.
            kind if KINDS.contains(&kind) && comes_again(rest) => format!("{kind}_down"),
            kind => kind.to_owned(),
        };
        if let Some(fault) = fault::kind(&named) {
            return self.fault(at, fault, rest);
        }
        if KINDS.contains(&kind) && kind != "change" && comes_again(rest) {
            let message = format!("`{kind}` does not come again in this form");
            let help = "write the fault by its name, which takes a schedule, for example: \
                        link_down dx-1 for 10s every 1m times 5";
            return self.wrong(Code::Syntax, rest, message, help);
        }
        if !KINDS.contains(&kind) {
            return self.unknown_kind(kind);
        }
        if kind == "change" {
            let lever = self.typed(rest)?;
            return match resolve::conflict_at(self.lab, at, &lever) {
                None => Some(vec![(at, lever)]),
                Some(why) => self.wrong(Code::Refused, rest, why, ""),
            };
        }
        let (rest, span) = match rest.rsplit_once(" for ") {
            Some((rest, span)) => (rest.trim(), Some(self.some_span(span.trim())?)),
            None => (rest, None),
        };
        let Some((name, verb)) = rest.rsplit_once(char::is_whitespace) else {
            return self.wrong(
                Code::Syntax,
                rest,
                "a name and what happens to it are missing".to_owned(),
                form,
            );
        };
        let (first, back) = match self.measure(kind, rest) {
            Some(deed) => {
                self.called = Some(Called::new(kind, rest));
                deed?
            }
            None => {
                self.called = Some(Called::new(format!("{kind} {verb}"), name.trim()));
                self.levers(kind, name.trim(), verb)?
            }
        };
        let mut levers: Vec<_> = first.into_iter().map(|lever| (at, lever)).collect();
        match (span, back) {
            (Some(span), Some(back)) => levers.extend(back.into_iter().map(|lever| (at + span, lever))),
            (Some(_), None) => {
                let message = format!("`{verb}` is over at once, so it has no `for`");
                return self.wrong(Code::BadValue, verb, message, "");
            }
            (None, _) => {}
        }
        Some(levers)
    }

    /// A change in the notation of scenarios, its places moved to where it stands here.
    fn typed(&mut self, text: &'l str) -> Option<Lever> {
        let before = self.place(text).start as usize;
        // The parser counts from the beginning of what it is given: give it all, blanked out in
        // front, so that its places are those of the whole.
        let whole = format!("{}{text}", " ".repeat(before));
        change(&whole, self.lab, self.problems)
    }

    /// What is done, and what undoes it.
    fn levers(&mut self, kind: &'l str, name: &'l str, verb: &'l str) -> Option<Deed> {
        match kind {
            "link" if self.is_link(name) => self.link(name, verb),
            "router" => self.router(name, verb),
            "segment" => self.segment(name, verb),
            "interface" => self.interface(name, verb),
            "bgp" => self.bgp(name, verb),
            "session" => self.session(name, verb),
            "tunnel" => self.tunnel(name, verb),
            "link" if !self.is_peering(name) => self.no_link(name),
            "peering" | "link" => {
                let id = self.named(name, "peering connection", |resource| match resource {
                    ResourceRef::Peering(id) => Some(id),
                    _ => None,
                })?;
                self.down_or_up(verb, |turn| {
                    let state = match turn {
                        Turn::Down => PeeringState::Deleted,
                        Turn::Up => PeeringState::Active,
                    };
                    Lever::Network(Change::Peering(id, state))
                })
            }
            "endpoint" => {
                let endpoint = self.named(name, "endpoint", |resource| match resource {
                    ResourceRef::InterfaceEndpoint(id) => Some(Endpoint::Interface(id)),
                    ResourceRef::GatewayEndpoint(id) => Some(Endpoint::Gateway(id)),
                    _ => None,
                })?;
                self.down_or_up(verb, |turn| {
                    let state = match turn {
                        Turn::Down => EndpointState::Deleted,
                        Turn::Up => EndpointState::Available,
                    };
                    Lever::Network(match endpoint {
                        Endpoint::Interface(id) => Change::InterfaceEndpoint(id, state),
                        Endpoint::Gateway(id) => Change::GatewayEndpoint(id, state),
                    })
                })
            }
            "host" => self.host(name, verb),
            kind => self.unknown_kind(kind),
        }
    }

    fn unknown_kind<T>(&mut self, kind: &'l str) -> Option<T> {
        let message = format!("`{kind}` is nothing that can fail here");
        let problem = Problem::error(Code::UnknownValue, self.place(kind), message);
        let faults = fault::CATALOGUE.iter().map(|kind| kind.name);
        self.problems
            .push_mistyped(problem, kind, KINDS.iter().copied().chain(faults));
        None
    }

    fn host(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let host = self.named(name, "host", |resource| match resource {
            ResourceRef::Host(id) => Some(id),
            _ => None,
        })?;
        let lever = |change| Lever::Host { host, change };
        match verb {
            "reboot" => Some((vec![lever(HostChange::Reboot)], None)),
            "crash" => Some((vec![lever(HostChange::Crash)], None)),
            verb => self.down_or_up(verb, |turn| {
                lever(HostChange::Power(match turn {
                    Turn::Down => Power::Off,
                    Turn::Up => Power::On,
                }))
            }),
        }
    }

    pub(super) fn down_or_up(&mut self, verb: &'l str, lever: impl Fn(Turn) -> Lever) -> Option<Deed> {
        match verb {
            "down" => Some((vec![lever(Turn::Down)], Some(vec![lever(Turn::Up)]))),
            "up" => Some((vec![lever(Turn::Up)], Some(vec![lever(Turn::Down)]))),
            verb => {
                let message = format!("`{verb}` is not `down` or `up`");
                self.wrong(Code::UnknownValue, verb, message, "")
            }
        }
    }

    /// One of several words; another is reported with the nearest.
    pub(super) fn unknown<T>(&mut self, verb: &str, options: &[&str]) -> Option<T> {
        let message = format!("`{verb}` is none of {}", options.join(", "));
        let problem = Problem::error(Code::UnknownValue, self.place(verb), message);
        self.problems
            .push_mistyped(problem, verb, options.iter().copied());
        None
    }

    /// A name that is none of `options`; the nearest is suggested.
    pub(super) fn mistyped<T>(
        &mut self,
        code: Code,
        part: &str,
        message: String,
        options: &[&str],
    ) -> Option<T> {
        let problem = Problem::error(code, self.place(part), message);
        self.problems
            .push_mistyped(problem, part, options.iter().copied());
        None
    }

    /// The thing of that name that `pick` takes.
    pub(super) fn named<T>(
        &mut self,
        name: &'l str,
        kind: &str,
        pick: impl Fn(ResourceRef) -> Option<T>,
    ) -> Option<T> {
        let names = &self.lab.names;
        let found = names.find(name).iter().find_map(|resource| pick(*resource));
        if found.is_none() {
            let message = format!("there is no {kind} named `{name}`");
            let problem = Problem::error(Code::UnknownName, self.place(name), message);
            let options = names
                .iter()
                .filter(|(resource, _)| pick(*resource).is_some())
                .map(|(_, name)| name);
            self.problems.push_mistyped(problem, name, options);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{load, shipped_base, to_text};

    fn lab(name: &str) -> Blueprint {
        let text = shipped_base(name).expect("it is shipped");
        load(&text, name, &shipped_base)
            .expect("it is well formed")
            .blueprint
    }

    /// What a failure does, or what is said against it with the text that is pointed at.
    fn heard(text: &str, lab: &str) -> String {
        let lab = self::lab(lab);
        match parse_failure(text, &lab) {
            Ok(levers) => levers
                .iter()
                .map(|(at, lever)| format!("{} {}", at.since_start(), to_text(lever, &lab.names, None)))
                .collect::<Vec<_>>()
                .join("; "),
            Err(diagnostics) => diagnostics
                .iter()
                .map(|diagnostic| {
                    let label = diagnostic.labels.first();
                    let at = label
                        .and_then(|label| text.get(label.span.clone()))
                        .unwrap_or_default();
                    format!("{} at {at:?}: {}", diagnostic.code, diagnostic.message)
                })
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(heard(text, "region-to-region"), expected);
    }

    #[track_caller]
    fn check_routing(text: &str, expected: &str) {
        assert_eq!(heard(text, "bgp-two-lines"), expected);
    }

    #[track_caller]
    fn check_tunnels(text: &str, expected: &str) {
        assert_eq!(heard(text, "ipsec-bgp"), expected);
    }

    #[test]
    fn failures_are_levers_at_times() {
        check(
            "10m:link source-target down",
            r#"10m peering_state("source-target", deleted)"#,
        );
        check(
            "10m: peering source-target down for 5m",
            r#"10m peering_state("source-target", deleted); 15m peering_state("source-target", active)"#,
        );
        check(
            "1h:endpoint s3-gateway down",
            r#"1h gateway_endpoint("s3-gateway", deleted)"#,
        );
        check(
            "1h:endpoint mgn-endpoint up",
            r#"1h interface_endpoint("mgn-endpoint", available)"#,
        );
        check("2d:host app-server crash", r#"2d host_crash("app-server")"#);
        check(
            "2d:host app-server down for 1h",
            r#"2d host_power("app-server", off); 2d1h host_power("app-server", on)"#,
        );
        check("0:change data_routing(PUBLIC_IP)", "0s data_routing(PUBLIC_IP)");
    }

    #[test]
    fn routers_links_and_sessions_fail_too() {
        check_routing(
            "10m:link dx-primary down for 5m",
            r#"10m link_state("dx-primary", down); 15m link_state("dx-primary", up)"#,
        );
        check_routing(
            "10m:link dx-primary blackhole for 90s",
            "10m link_passage(\"dx-primary\", a, blocked); 10m link_passage(\"dx-primary\", b, blocked); \
             11m30s link_passage(\"dx-primary\", a, open); 11m30s link_passage(\"dx-primary\", b, open)",
        );
        check_routing(
            "1m:link dx-primary delay 250ms for 1m",
            r#"1m link_delay("dx-primary", "250ms"); 2m link_delay("dx-primary", "5ms")"#,
        );
        check_routing(
            "1m:link dx-primary loss 2%",
            r#"1m link_loss("dx-primary", "2%")"#,
        );
        check_routing(
            "1m:link dx-primary rate 10Mbps",
            r#"1m link_rate("dx-primary", "10Mbps")"#,
        );
        check_routing("1m:router tgw off", r#"1m router_power("tgw", off)"#);
        check_routing(
            "1m:bgp tgw freeze for 2m",
            r#"1m bgp_process("tgw", freeze); 3m bgp_process("tgw", thaw)"#,
        );
        check_routing(
            "1m:session cgw-1/primary reset",
            r#"1m session("cgw-1/primary", reset)"#,
        );
        check_routing(
            "1m:session cgw-1/primry reset",
            "scenario::unknown-name at \"cgw-1/primry\": there is no BGP session named `cgw-1/primry`",
        );
        check_routing(
            "1m:session cgw-1/primary reset for 1m",
            "scenario::bad-value at \"reset\": `reset` is over at once, so it has no `for`",
        );
        check_tunnels(
            "1m:tunnel cgw-1/vpn-1 reset",
            r#"1m tunnel("cgw-1/vpn-1", reset)"#,
        );
        check_tunnels(
            "1m:tunnel cgw-1/vpn-1 down for 2m",
            r#"1m tunnel("cgw-1/vpn-1", down); 3m tunnel("cgw-1/vpn-1", up)"#,
        );
        check_tunnels(
            r#"1m:change configure_tunnel("cgw-1/vpn-1", (fuzz: 50))"#,
            r#"1m configure_tunnel("cgw-1/vpn-1", (fuzz: 50))"#,
        );
        check_tunnels(
            r#"1m:change configure_tunnel("cgw-1/vpn-1", (margin: "1h"))"#,
            "scenario::refused at \"configure_tunnel(\\\"cgw-1/vpn-1\\\", (margin: \\\"1h\\\"))\": this change cannot be \
             made: keys that live for 1h and are replaced at an age of 0s, or by up to 1h sooner, could be replaced before \
             they are used",
        );
        check_tunnels(
            "1m:tunnel cgw-1/vpn-2 down",
            "scenario::unknown-name at \"cgw-1/vpn-2\": there is no tunnel named `cgw-1/vpn-2`",
        );
        check_tunnels(
            "1m:tunnel cgw-1/vpn-1 rekye",
            "scenario::unknown-value at \"rekye\": `rekye` is none of down, up, reset, rekey",
        );
        check_routing(
            "1m:bgp tgw freze",
            "scenario::unknown-value at \"freze\": `freze` is none of stop, start, freeze, thaw, terminate",
        );
        check_routing(
            "1m:link dx-primary loss 200%",
            "scenario::bad-value at \"200%\": \"200%\" is out of range; the largest is 100%",
        );
    }

    #[test]
    fn segments_and_interfaces_go_down() {
        let check = |text: &str, expected: &str| assert_eq!(heard(text, "data-centre"), expected);
        check(
            "12m:segment servers down for 1m",
            r#"12m segment_state("servers", down); 13m segment_state("servers", up)"#,
        );
        check(
            "12m:interface core-1:servers down for 1m",
            r#"12m interface_state("core-1:servers", down); 13m interface_state("core-1:servers", up)"#,
        );
        check(
            "12m:segment server down",
            "scenario::unknown-name at \"server\": there is no segment named `server`",
        );
        check(
            "12m:interface core-1 down",
            "scenario::unknown-name at \"core-1\": there is no router interface named `core-1`",
        );
        check(
            "12m:segment servers off",
            "scenario::unknown-value at \"off\": `off` is not `down` or `up`",
        );
    }

    #[test]
    fn what_is_wrong_with_a_failure_is_pointed_at() {
        check(
            "link source-target down",
            "scenario::syntax at \"link source-target down\": there is no `:` after the time",
        );
        check(
            "10:link source-target down",
            "scenario::bad-value at \"10\": \"10\" has no unit; write one of ns, us, ms, s, m, h, d, w",
        );
        check(
            "1m:link source-traget down",
            "scenario::unknown-name at \"source-traget\": there is no link or peering connection named `source-traget`",
        );
        check(
            "1m:link source-target dwon",
            "scenario::unknown-value at \"dwon\": `dwon` is not `down` or `up`",
        );
        check(
            "1m:lnk a down",
            "scenario::unknown-value at \"lnk\": `lnk` is nothing that can fail here",
        );
        check(
            "1m:change peering_state(\"nope\", deleted)",
            "scenario::unknown-name at \"\\\"nope\\\"\": there is no peering connection named `nope`",
        );
    }
}
