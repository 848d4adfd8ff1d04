//! Faults of the catalogue in the short form: `6h:link_down dx-primary for 10s every 1m times 5`.

use crate::fault::{self, FaultKind, Target};
use crate::scenario::diagnostic::Code;
use crate::units::{SimTime, Span};
use crate::world::blueprint::Called;
use crate::world::lever::Lever;

use super::failure::Listener;

/// The most times that one fault may come again.
pub(in crate::scenario) const MOST_TIMES: u32 = 10_000;

/// What stands between things that fail together.
const JOINT: &str = " + ";

/// The words with which it is said how long and how often.
const TIMING: [&str; 3] = ["for", "every", "times"];

/// How that looks.
const AGAIN: &str = "for example: for 10s every 1m times 5";

/// How long something lasts, how soon and how often it comes again, as far as that is said.
#[derive(Debug, Default)]
struct Timing {
    lasts: Option<Span>,
    every: Option<Span>,
    times: Option<u32>,
}

/// Whether a word stands at the end of a text, by itself.
fn ends_in(text: &str, word: &str) -> bool {
    let front = text.strip_suffix(word);
    front.is_some_and(|front| front.is_empty() || front.ends_with(char::is_whitespace))
}

impl<'l> Listener<'l, '_> {
    /// A fault from `at` on, with how long and how often it comes.
    pub(super) fn fault(
        &mut self,
        at: SimTime,
        kind: &'static FaultKind,
        rest: &'l str,
    ) -> Option<Vec<(SimTime, Lever)>> {
        let (rest, Timing { lasts, every, times }) = self.timing(rest)?;
        let rest = match rest.strip_suffix("down") {
            Some(name) if kind.name.ends_with("_down") && name.ends_with(char::is_whitespace) => name.trim(),
            Some(_) | None => rest,
        };
        let deed = self.deed(kind, rest)?;
        if deed.heals.is_none() && lasts.is_some() {
            let message = format!("`{}` is over at once, so it has no `for`", kind.name);
            return self.wrong(Code::BadValue, rest, message, "");
        }
        let times = match (every, times, lasts) {
            (None, None, _) => 1,
            (None, Some(_), _) => {
                let message = "it is said how often, and not how soon again".to_owned();
                return self.wrong(Code::BadValue, rest, message, AGAIN);
            }
            (Some(every), _, Some(lasts)) if lasts >= every => {
                let message = format!("it comes again after {every}, before it is healed after {lasts}");
                return self.wrong(Code::BadValue, rest, message, "");
            }
            (Some(_), _, None) if deed.heals.is_some() => {
                let message = "what comes again has to be healed before".to_owned();
                return self.wrong(Code::BadValue, rest, message, AGAIN);
            }
            (Some(_), times, _) => times.unwrap_or(MOST_TIMES),
        };
        Some(deed.at_times(at, lasts, (every, times), SimTime::at(self.lab.duration)))
    }

    /// What is done to the thing that is named, or to all of several with ` + ` between them.
    fn deed(&mut self, kind: &'static FaultKind, text: &'l str) -> Option<fault::Deed> {
        let (mut breaks, mut heals) = (Vec::new(), None);
        let parts: Vec<&'l str> = match kind.find(self.lab, text) {
            Some(_) => vec![text],
            None => text.split(JOINT).map(str::trim).collect(),
        };
        // How bad it is may be said once, behind the last.
        let last = parts.last().copied().unwrap_or_default();
        let (_, common) = self.target(kind, last)?;
        let mut names = Vec::new();
        for part in parts {
            let (target, amount) = self.target(kind, part)?;
            names.push(target.name.clone());
            let amount = if amount.is_empty() { common } else { amount };
            match kind.plan(self.lab, &target, amount) {
                Ok(deed) => {
                    breaks.extend(deed.breaks);
                    if let Some(more) = deed.heals {
                        heals.get_or_insert_with(Vec::new).extend(more);
                    }
                }
                Err(error) => return self.wrong(Code::BadValue, part, error.to_string(), ""),
            }
        }
        self.called = Some(Called::new(kind.name, names.join(JOINT)));
        Some(fault::Deed { breaks, heals })
    }

    /// What is said at the end of a text of how long and how often something comes, in any order, and what comes before.
    fn timing(&mut self, text: &'l str) -> Option<(&'l str, Timing)> {
        let (mut rest, mut timing) = (text, Timing::default());
        loop {
            if let Some(word) = TIMING.into_iter().find(|word| ends_in(rest, word)) {
                let message = format!("there is nothing behind `{word}`");
                return self.wrong(Code::Syntax, rest, message, AGAIN);
            }
            let last = rest.rsplit_once(char::is_whitespace);
            let Some((front, value)) = last else { break };
            let front = front.trim_end();
            let Some(word) = TIMING.into_iter().find(|word| ends_in(front, word)) else {
                break;
            };
            let is_said = match word {
                "for" => timing.lasts.replace(self.some_span(value)?).is_some(),
                "every" => timing.every.replace(self.some_span(value)?).is_some(),
                _ => timing.times.replace(self.number(value)?).is_some(),
            };
            if is_said {
                let message = format!("`{word}` is said twice");
                return self.wrong(Code::Syntax, text, message, AGAIN);
            }
            rest = front.strip_suffix(word).map_or(front, str::trim_end);
        }
        Some((rest, timing))
    }

    fn number(&mut self, text: &'l str) -> Option<u32> {
        match text.parse() {
            Ok(n) if (1..=MOST_TIMES).contains(&n) => Some(n),
            _ => self.wrong(Code::BadValue, text, format!("from 1 to {MOST_TIMES}"), ""),
        }
    }

    /// The thing that is named, and the amount behind it where there is one.
    fn target(&mut self, kind: &FaultKind, text: &'l str) -> Option<(Target, &'l str)> {
        if let Some(target) = kind.find(self.lab, text) {
            return Some((target, ""));
        }
        if let Some((name, amount)) = text.rsplit_once(char::is_whitespace)
            && let Some(target) = kind.find(self.lab, name.trim())
        {
            return Some((target, amount));
        }
        self.unknown_target(kind, text)
    }

    fn unknown_target<T>(&mut self, kind: &FaultKind, text: &'l str) -> Option<T> {
        let all = (kind.candidates)(self.lab);
        let message = match all.as_slice() {
            [] => format!(
                "the lab has nothing for `{}`, which needs {}",
                kind.name, kind.target
            ),
            _ => format!(
                "there is no `{text}` for `{}`, which needs {}",
                kind.name, kind.target
            ),
        };
        let names: Vec<&str> = all.iter().map(|target| target.name.as_str()).collect();
        self.mistyped(Code::UnknownName, text, message, &names)
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{load, parse_failure, shipped_base, to_text};

    /// What a failure does in `bgp-two-lines`, or what is said against it, with the help.
    fn heard(text: &str) -> String {
        let written = shipped_base("bgp-two-lines").expect("it is shipped");
        let lab = load(&written, "bgp-two-lines", &shipped_base).expect("it is well formed");
        let (lab, names) = (&lab.blueprint, &lab.blueprint.names);
        let all: Vec<String> = match parse_failure(text, lab) {
            Ok(levers) => (levers.iter())
                .map(|(at, lever)| format!("{} {}", at.since_start(), to_text(lever, names, None)))
                .collect(),
            Err(diagnostics) => (diagnostics.iter())
                .map(|it| format!("{}; {}", it.message, it.help.clone().unwrap_or_default()))
                .collect(),
        };
        all.join("; ")
    }

    #[test]
    fn how_long_and_how_often_may_stand_in_any_order() {
        let expected = r#"1m link_state("dx-primary", down); 1m10s link_state("dx-primary", up); 2m link_state("dx-primary", down); 2m10s link_state("dx-primary", up)"#;
        for text in [
            "for 10s every 1m times 2",
            "times 2 every 1m for 10s",
            "every 1m  for 10s times 2",
        ] {
            assert_eq!(
                heard(&format!("1m:link_down dx-primary {text}")),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_left_out_or_said_twice_is_named() {
        let check = |text: &str, expected: &str| assert_eq!(heard(text), expected);
        check(
            "1m:link_down dx-primary for",
            "there is nothing behind `for`; for example: for 10s every 1m times 5",
        );
        check(
            "1m:link_down dx-primary for 5m for 6m",
            "`for` is said twice; for example: for 10s every 1m times 5",
        );
        let nothing = "what lasts for no time is nothing; for example: for 5m";
        check("1m:link_down dx-primary for 0s", nothing);
        check("1m:link dx-primary down for 0s", nothing);
        check("1m:router tgw off for 0s", nothing);
        check(
            "1m:link dx-primary delay",
            "it is not said what the delay becomes; for example: delay 200ms",
        );
        check("1m:link dx-primary mtu 100", "an MTU is 576 to 9216 bytes; ");
        check(
            "1m:link dx-primary mtu 1400 for 1m",
            r#"1m link_mtu("dx-primary", 1400); 2m link_mtu("dx-primary", 1500)"#,
        );
        check(
            "1m:link dx-primary jiter 5ms",
            "there is no link or peering connection named `dx-primary jiter`; possible: dx-backup, dx-primary",
        );
        check(
            "1m:link dx-primry down",
            "there is no link or peering connection named `dx-primry`; did you mean `dx-primary`?",
        );
    }
}
