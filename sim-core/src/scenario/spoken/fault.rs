//! Faults of the catalogue in the short form: `6h:link_down dx-primary for 10s every 1m times 5`.

use crate::fault::{self, FaultKind, Target};
use crate::scenario::diagnostic::Code;
use crate::units::SimTime;
use crate::world::blueprint::Called;
use crate::world::lever::Lever;

use super::failure::Listener;

/// The most times that one fault may come again.
pub(in crate::scenario) const MOST_TIMES: u32 = 10_000;

/// What stands between things that fail together.
const JOINT: &str = " + ";

impl<'l> Listener<'l, '_> {
    /// A fault from `at` on, with how long and how often it comes.
    pub(super) fn fault(
        &mut self,
        at: SimTime,
        kind: &'static FaultKind,
        rest: &'l str,
    ) -> Option<Vec<(SimTime, Lever)>> {
        let (rest, times) = self.tail(rest, "times", Self::number)?;
        let (rest, every) = self.tail(rest, "every", Self::span)?;
        let (rest, lasts) = self.tail(rest, "for", Self::span)?;
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
                return self.wrong(
                    Code::BadValue,
                    rest,
                    message,
                    "for example: for 10s every 1m times 5",
                );
            }
            (Some(every), _, Some(lasts)) if lasts >= every => {
                let message = format!("it comes again after {every}, before it is healed after {lasts}");
                return self.wrong(Code::BadValue, rest, message, "");
            }
            (Some(_), _, None) if deed.heals.is_some() => {
                let message = "what comes again has to be healed before".to_owned();
                return self.wrong(
                    Code::BadValue,
                    rest,
                    message,
                    "for example: for 10s every 1m times 5",
                );
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

    /// What follows the last ` word ` of a text, and what comes before.
    fn tail<T>(
        &mut self,
        text: &'l str,
        word: &str,
        read: impl Fn(&mut Self, &'l str) -> Option<T>,
    ) -> Option<(&'l str, Option<T>)> {
        match text.rsplit_once(&format!(" {word} ")) {
            Some((front, value)) => Some((front.trim(), Some(read(self, value.trim())?))),
            None => Some((text, None)),
        }
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
