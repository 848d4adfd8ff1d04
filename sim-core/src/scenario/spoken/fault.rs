//! Faults of the catalogue in the short form: `6h:link_down dx-primary for 10s every 1m times 5`.

use crate::fault::{FaultKind, Target};
use crate::scenario::diagnostic::Code;
use crate::units::SimTime;
use crate::world::lever::Lever;

use super::failure::Listener;

/// The most times that one fault may come again.
pub(in crate::scenario) const MOST_TIMES: u32 = 10_000;

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
        let (target, amount) = self.target(kind, rest)?;
        let deed = match kind.plan(self.lab, &target, amount) {
            Ok(deed) => deed,
            Err(error) => return self.wrong(Code::BadValue, rest, error.to_string(), ""),
        };
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
