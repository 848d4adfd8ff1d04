//! Fleets: one entry of the text that stands for many servers.

use std::net::Ipv4Addr;

use crate::resource::HostId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::ServersText;

use super::scope::Scope;
use super::select::Groups;

/// The most source servers of a lab; MGN itself allows 4,000 that are not archived.
const MOST_SERVERS: u32 = 10_000;

/// One server of a fleet.
#[derive(Debug)]
pub(super) struct Member<'t> {
    pub(super) text: &'t ServersText,
    /// Which entry of the text it comes from.
    pub(super) group: usize,
    /// Its place in the fleet, from 0.
    pub(super) index: usize,
    /// The number that stands in its name.
    number: u64,
    pub(super) name: At<String>,
    pub(super) host: HostId,
}

impl Member<'_> {
    /// The address of this member: the fleet's first one and as many further on.
    pub(super) fn address(&self) -> Option<At<Ipv4Addr>> {
        let first = self.text.host.get()?.value.address?;
        let offset = u32::try_from(self.index).unwrap_or(u32::MAX);
        Some(At {
            value: Ipv4Addr::from(u32::from(first.value).saturating_add(offset)),
            place: first.place,
        })
    }
    /// The id that `--user-provided-id` gives it.
    pub(super) fn user_provided_id(&self) -> Option<String> {
        let pattern = self.text.user_provided_id.as_ref()?;
        Some(Pattern::parse(&pattern.value).ok()?.with(self.number))
    }
}

/// Declares all servers and their hosts.
pub(super) fn declare<'t>(
    servers: &'t [ServersText],
    groups: &mut Groups,
    scope: &mut Scope,
    problems: &mut Problems,
) -> Vec<Member<'t>> {
    let mut members = Vec::new();
    let mut total = 0u32;
    for (group, text) in servers.iter().enumerate() {
        let count = text.count.map_or(1, |count| count.value);
        total = total.saturating_add(count);
        if total > MOST_SERVERS {
            if let Some(place) = text
                .count
                .map(|count| count.place)
                .or(text.name.get().map(|name| name.place))
            {
                let message = format!("a lab has at most {MOST_SERVERS} source servers; these make {total}");
                problems.push(Problem::error(Code::TooMany, place, message));
            }
            problems.cut();
            return members;
        }
        let Some((name, pattern)) = patterns(text, problems) else {
            problems.cut();
            continue;
        };
        for index in 0..count {
            let number = u64::from(text.first.unwrap_or(1)) + u64::from(index);
            let name = At {
                value: if text.count.is_some() {
                    pattern.with(number)
                } else {
                    name.value.clone()
                },
                place: name.place,
            };
            groups.servers.declare(&name, problems);
            members.push(Member {
                text,
                group,
                index: index as usize,
                number,
                host: scope.hosts.declare(&name, problems),
                name,
            });
        }
    }
    members
}

/// The name of a fleet as a pattern; what is wrong with its patterns is reported.
fn patterns<'t>(text: &'t ServersText, problems: &mut Problems) -> Option<(&'t At<String>, Pattern)> {
    let mut parse = |text: &At<String>| {
        Pattern::parse(&text.value)
            .map_err(|placeholder| {
                let message = format!("`{placeholder}` is no placeholder");
                problems.push(
                    Problem::error(Code::BadValue, text.place, message)
                        .help("write {n} for the member's number, or {n:03} for three digits"),
                );
            })
            .ok()
    };
    if let Some(id) = &text.user_provided_id {
        parse(id);
    }
    let name = text.name.get()?;
    let pattern = parse(name)?;
    if text.count.is_some_and(|count| count.value == 0) {
        problems.push(Problem::error(
            Code::BadValue,
            text.count?.place,
            "a fleet of no servers is no fleet",
        ));
    }
    if text.count.is_some_and(|count| count.value > 1) && !pattern.has_number() {
        let message = format!("all servers of this fleet would be named `{}`", name.value);
        problems.push(
            Problem::error(Code::DuplicateName, name.place, message).help(format!(
                "put the member's number into the name: \"{}-{{n:02}}\"",
                name.value
            )),
        );
        return None;
    }
    Some((name, pattern))
}

/// A text with places for a number.
#[derive(Debug, PartialEq, Eq)]
struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The number, filled with zeros to this width.
    Number(usize),
}

impl Pattern {
    /// Reads a pattern; the error is the placeholder that is none.
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(Part::Text(before.to_owned()));
            let (inside, after) = after.split_once('}').ok_or_else(|| format!("{{{after}"))?;
            let width = match inside.strip_prefix('n') {
                Some("") => Some(0),
                Some(width) => width
                    .strip_prefix(':')
                    .and_then(|width| width.parse().ok())
                    .filter(|width: &usize| (1..=9).contains(width)),
                None => None,
            };
            parts.push(Part::Number(width.ok_or_else(|| format!("{{{inside}}}"))?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }
    fn has_number(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Number(_)))
    }
    fn with(&self, number: u64) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Number(width) => format!("{number:0width$}"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_number_the_members() {
        let name = |pattern: &str, number| Pattern::parse(pattern).map(|pattern| pattern.with(number));
        assert_eq!(name("app-{n:03}", 7), Ok("app-007".to_owned()));
        assert_eq!(name("app-{n}.corp", 12), Ok("app-12.corp".to_owned()));
        assert_eq!(name("{n:02}/{n}", 5), Ok("05/5".to_owned()));
        assert_eq!(name("app-{x}", 1), Err("{x}".to_owned()));
        assert_eq!(name("app-{n:99}", 1), Err("{n:99}".to_owned()));
        assert_eq!(name("app-{n", 1), Err("{n".to_owned()));
    }
}
