//! Changes that are typed outside a scenario: one on a command line or in a prompt, and the short
//! form for failures.
//!
//! ```text
//! WHEN ":" WHAT
//! WHAT = ("peering" | "link") NAME ("down" | "up") ["for" SPAN]
//!      | "endpoint" NAME ("down" | "up") ["for" SPAN]
//!      | "host" NAME ("down" | "up" | "reboot" | "crash") ["for" SPAN]
//!      | "change" CHANGE
//! ```
//!
//! `WHEN` and `SPAN` are spans such as `10m`; `CHANGE` is a change as in a scenario. `link` is
//! another word for `peering`. With `for`, what went down comes back after that time.

use crate::aws::{Change, EndpointState, PeeringState};
use crate::resource::{GatewayEndpointId, InterfaceEndpointId, ResourceRef};
use crate::site::{HostChange, Power};
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;

use super::diagnostic::{Code, Diagnostic};
use super::problem::{Files, Place, Problem, Problems};
use super::read::Read;
use super::resolve;
use super::sections::ChangeText;
use super::syntax;

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
    let mut files = Files::default();
    let mut problems = Problems::default();
    files.push(FAILURE_FILE, text.to_owned());
    let mut listener = Listener {
        text,
        lab,
        problems: &mut problems,
    };
    match listener.failure() {
        Some(levers) if !problems.any_error() => Ok(levers),
        _ => Err(problems.into_diagnostics(&files)),
    }
}

struct Listener<'l, 'p> {
    text: &'l str,
    lab: &'l Blueprint,
    problems: &'p mut Problems,
}

/// The two ways in which a thing that can be off is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Down,
    Up,
}

/// An endpoint of either kind.
#[derive(Debug, Clone, Copy)]
enum Endpoint {
    Interface(InterfaceEndpointId),
    Gateway(GatewayEndpointId),
}

/// What can fail in the short form.
const KINDS: &[&str] = &["peering", "link", "endpoint", "host", "change"];

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
    fn wrong<T>(&mut self, code: Code, part: &str, message: String, help: &str) -> Option<T> {
        let problem = Problem::error(code, self.place(part), message);
        self.problems.push(if help.is_empty() {
            problem
        } else {
            problem.help(help)
        });
        None
    }
    fn span(&mut self, text: &'l str) -> Option<Span> {
        match text.parse() {
            Ok(span) => Some(span),
            Err(error) => self.wrong(Code::BadValue, text, format!("{error}"), ""),
        }
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
        if kind == "change" {
            return self.typed(rest).map(|lever| vec![(at, lever)]);
        }
        let (rest, span) = match rest.rsplit_once(" for ") {
            Some((rest, span)) => (rest.trim(), Some(self.span(span.trim())?)),
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
        let (first, back) = self.levers(kind, name.trim(), verb)?;
        let mut levers = vec![(at, first)];
        match (span, back) {
            (Some(span), Some(back)) => levers.push((at + span, back)),
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
    fn levers(&mut self, kind: &'l str, name: &'l str, verb: &'l str) -> Option<(Lever, Option<Lever>)> {
        match kind {
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
            kind => {
                let problem = Problem::error(
                    Code::UnknownValue,
                    self.place(kind),
                    format!("`{kind}` is nothing that can fail here"),
                );
                self.problems.push_mistyped(problem, kind, KINDS.iter().copied());
                None
            }
        }
    }

    fn host(&mut self, name: &'l str, verb: &'l str) -> Option<(Lever, Option<Lever>)> {
        let host = self.named(name, "host", |resource| match resource {
            ResourceRef::Host(id) => Some(id),
            _ => None,
        })?;
        let lever = |change| Lever::Host { host, change };
        match verb {
            "reboot" => Some((lever(HostChange::Reboot), None)),
            "crash" => Some((lever(HostChange::Crash), None)),
            verb => self.down_or_up(verb, |turn| {
                lever(HostChange::Power(match turn {
                    Turn::Down => Power::Off,
                    Turn::Up => Power::On,
                }))
            }),
        }
    }

    fn down_or_up(&mut self, verb: &'l str, lever: impl Fn(Turn) -> Lever) -> Option<(Lever, Option<Lever>)> {
        match verb {
            "down" => Some((lever(Turn::Down), Some(lever(Turn::Up)))),
            "up" => Some((lever(Turn::Up), Some(lever(Turn::Down)))),
            verb => {
                let message = format!("`{verb}` is not `down` or `up`");
                self.wrong(Code::UnknownValue, verb, message, "")
            }
        }
    }

    /// The thing of that name that `pick` takes.
    fn named<T>(&mut self, name: &'l str, kind: &str, pick: impl Fn(ResourceRef) -> Option<T>) -> Option<T> {
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

    fn lab() -> Blueprint {
        let text = shipped_base("region-to-region").expect("it is shipped");
        load(&text, "region-to-region", &shipped_base)
            .expect("it is well formed")
            .blueprint
    }

    /// What a failure does, or what is said against it with the text that is pointed at.
    fn heard(text: &str) -> String {
        let lab = lab();
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
        assert_eq!(heard(text), expected);
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
            "scenario::unknown-name at \"source-traget\": there is no peering connection named `source-traget`",
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
