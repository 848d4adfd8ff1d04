//! Which servers a step, an expectation or a change speaks of.

use std::collections::BTreeSet;

use crate::kernel::Id;
use crate::migrate::mgn;
use crate::resource::{SourceServerId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::SelectionText;

use super::scope::Table;

/// How often servers may be named in all of a lab, patterns and groups spelled out. A plan for ten
/// thousand servers in which fifty steps wait for and act on all of them needs a million.
const MOST_MENTIONS: usize = 1_000_000;

/// Servers, applications and waves by name, and who belongs to which.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) servers: Table<kind::SourceServer>,
    pub(super) applications: Table<Application>,
    pub(super) waves: Table<kind::Wave>,
    /// The servers of each application.
    pub(super) of_applications: Vec<Vec<SourceServerId>>,
    /// The applications of each wave.
    pub(super) of_waves: Vec<Vec<u32>>,
    mentions: usize,
}

/// Applications have no ids of their own in the model: their place in the list names them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Application {}

impl Groups {
    pub(super) fn new() -> Self {
        Self {
            servers: Table::new("source server"),
            applications: Table::new("application"),
            waves: Table::new("wave"),
            of_applications: Vec::new(),
            of_waves: Vec::new(),
            mentions: 0,
        }
    }

    /// Those of a finished lab.
    pub(super) fn of(config: Option<&mgn::Config>) -> Self {
        let mut groups = Self::new();
        let Some(config) = config else { return groups };
        for (_, server) in config.servers.iter() {
            groups.servers.imply(server.name.clone());
        }
        for application in &config.applications {
            groups.applications.imply(application.name.clone());
            groups.of_applications.push(application.servers.clone());
        }
        for (_, wave) in config.waves.iter() {
            groups.waves.imply(wave.name.clone());
            groups.of_waves.push(wave.applications.clone());
        }
        groups
    }

    /// The servers that `text` selects, in order; what it names in vain is reported.
    pub(super) fn select(
        &mut self,
        text: &At<SelectionText>,
        problems: &mut Problems,
    ) -> Vec<SourceServerId> {
        let n_servers = self.servers.len();
        let cost = match &text.value {
            SelectionText::All | SelectionText::Wave(_) | SelectionText::Application(_) => n_servers,
            // A pattern has to look at every server.
            SelectionText::Listed(names) => names
                .iter()
                .map(|name| if name.value.contains('*') { n_servers } else { 1 })
                .fold(0, usize::saturating_add),
        };
        self.mentions = self.mentions.saturating_add(cost);
        if self.mentions > MOST_MENTIONS {
            let message =
                format!("the lab names servers more than {MOST_MENTIONS} times, patterns spelled out");
            problems.push(Problem::error(Code::TooMany, text.place, message));
            return Vec::new();
        }
        match &text.value {
            SelectionText::All => (0..n_servers)
                .filter_map(|index| u32::try_from(index).ok())
                .map(Id::from_index)
                .collect(),
            SelectionText::Wave(name) => self
                .waves
                .find(name, problems)
                .and_then(|wave| self.of_waves.get(wave.index()))
                .into_iter()
                .flatten()
                .filter_map(|application| self.of_applications.get(*application as usize))
                .flatten()
                .copied()
                .collect(),
            SelectionText::Application(name) => self
                .applications
                .find(name, problems)
                .and_then(|id| self.of_applications.get(id.index()))
                .cloned()
                .unwrap_or_default(),
            SelectionText::Listed(names) => listed(names, &self.servers, problems),
        }
    }
}

fn listed(
    names: &[At<String>],
    servers: &Table<kind::SourceServer>,
    problems: &mut Problems,
) -> Vec<SourceServerId> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for name in names {
        if !name.value.contains('*') {
            found.extend(servers.find(name, problems).filter(|id| seen.insert(*id)));
            continue;
        }
        let mut matching: Vec<SourceServerId> = servers
            .iter()
            .filter(|(server, _)| matches(&name.value, server))
            .map(|(_, id)| id)
            .collect();
        if matching.is_empty() {
            let message = format!("no source server is named like `{}`", name.value);
            let options = servers.iter().map(|(name, _)| name);
            problems.push_mistyped(
                Problem::error(Code::NothingMatches, name.place, message),
                &name.value,
                options,
            );
        }
        // In the order of the lab, not of the alphabet.
        matching.sort_unstable_by_key(|id| Id::index(*id));
        found.extend(matching.into_iter().filter(|id| seen.insert(*id)));
    }
    found
}

/// Whether `name` is like `pattern`, in which `*` stands for any characters.
///
/// Each piece between stars is looked for from the left, which never has to go back.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match left.find(piece) {
            Some(at) => left = left.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            ("app-*", "app-01", true),
            ("app-*", "web-01", false),
            ("*", "anything", true),
            ("*-db", "shop-db", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
