//! What the screen shows: one snapshot of the lab for each picture, the log so far, and how the
//! numbers went.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::lab::Breakage;
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::view::{
    Check, CheckStanding, Comparison, Consequences, Inspection, LogRow, NameAnswer, NameRow, Neighbour,
    Preflight, Routing, RoutingOwner, Snapshot,
};

use crate::desk::history::{History, Reading};
use crate::desk::injection::{Choice, Injected};
use crate::desk::marks::Marks;

/// Log rows that are kept; older ones are forgotten.
const LONGEST_LOG: usize = 20_000;

/// A branch as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// The branch that it was taken from.
    pub from: Option<String>,
    /// When it was taken.
    pub began_at: SimTime,
    /// Its present.
    pub now: SimTime,
    /// How much was done on it by hand.
    pub n_done: usize,
    /// Whether it is the one that is shown.
    pub is_current: bool,
    /// Where something notable happened on it; of the one that is shown the feed has them.
    pub marks: Arc<Marks>,
    /// From when until when something is broken by hand on it.
    pub breakages: Vec<Breakage>,
}

impl Branch {
    /// How many branches lie between it and the first of `all`.
    #[must_use]
    pub fn depth(&self, all: &[Self]) -> usize {
        let from = self.from.as_ref();
        let parent = from.and_then(|from| all.iter().find(|it| it.name == *from));
        parent.map_or(0, |parent| parent.depth(all) + 1)
    }
}

/// Two branches, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The name of the first.
    pub left: String,
    /// The name of the other.
    pub right: String,
    /// What they differ in.
    pub rows: Comparison,
}

/// Who answers for names, and what was answered last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Zones, resolvers, endpoints, rules, name servers.
    pub rows: Vec<NameRow>,
    /// The latest answers, the last first.
    pub answers: Vec<NameAnswer>,
}

/// The files that are proposed where one is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// For the session.
    pub session: String,
    /// For what was done by hand.
    pub scenario: String,
}

/// What the screen shows.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The files that are proposed where one is asked for.
    pub files: Files,
    /// The lab now.
    pub snapshot: Snapshot,
    /// The log, oldest first.
    pub log: VecDeque<LogRow>,
    /// What preflight found last; none before it was asked.
    pub preflight: Option<Preflight>,
    /// How the numbers went.
    pub history: History,
    /// Where something notable happened on this branch.
    pub marks: Marks,
    /// Every branch, the one that is shown included.
    pub branches: Vec<Branch>,
    /// The instants at which something was done by hand on this branch, also those that lie ahead.
    pub deeds: Vec<SimTime>,
    /// From when until when the lab itself breaks something, on every branch.
    pub planned: Arc<[Breakage]>,
    /// What two branches differ in, where somebody compared them.
    pub comparison: Option<Compared>,
    /// How many things were done by hand that are in no file.
    pub n_unsaved: usize,
    /// What has routes.
    pub routing_owners: Vec<RoutingOwner>,
    /// Who answers for names, and what was answered last.
    pub names: Names,
    /// What is selected, where it is a thing of the lab.
    pub inspection: Option<Inspection>,
    /// What stands beside what is selected.
    pub neighbours: Vec<Neighbour>,
    /// What is selected, with what belongs to it.
    pub parts: Vec<ResourceRef>,
    /// What can be made to fail of it.
    pub choices: Vec<Choice>,
    /// The causes of the selected record, the root first and the record last.
    pub chain: Vec<LogRow>,
    /// What the selected record led to until now.
    pub led_to: Consequences,
    /// The routes of what is selected, or of what had some and was selected before.
    pub routing: Option<Routing>,
    /// The faults that were injected by hand and last, the latest first.
    pub injected: Vec<Injected>,
}

impl Feed {
    /// The first picture of a lab.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let mut history = History::default();
        history.note(snapshot.overview.now, &Reading::of(&snapshot));
        let lab = &snapshot.overview.lab;
        let files = Files {
            session: format!("{lab}.session.ron"),
            scenario: format!("{lab}-edited.ron"),
        };
        Self {
            files,
            snapshot,
            log: VecDeque::new(),
            preflight: None,
            history,
            marks: Marks::default(),
            branches: Vec::new(),
            deeds: Vec::new(),
            planned: Arc::default(),
            comparison: None,
            n_unsaved: 0,
            routing_owners: Vec::new(),
            names: Names::default(),
            neighbours: Vec::new(),
            parts: Vec::new(),
            choices: Vec::new(),
            inspection: None,
            chain: Vec::new(),
            led_to: Consequences::default(),
            routing: None,
            injected: Vec::new(),
        }
    }
    /// The lab has moved on. Its history is written by who moves it, at the instants that are due.
    pub fn advance(&mut self, snapshot: Snapshot, news: impl IntoIterator<Item = LogRow>) {
        self.snapshot = snapshot;
        for row in news {
            self.marks.note(&row);
            self.log.push_back(row);
        }
        self.marks.came_to(self.snapshot.overview.now);
        let too_many = self.log.len().saturating_sub(LONGEST_LOG);
        self.log.drain(..too_many);
    }
    /// Time was turned back to an instant at which so many records have been written.
    pub fn turn_back(&mut self, n_records: u64) {
        let n_left = self.log.partition_point(|row| row.id.number() <= n_records);
        self.log.truncate(n_left);
    }
    /// Something else was done at an instant at which so many records were written: what was known to come does not.
    pub fn forget_ahead(&mut self, now: SimTime, n_records: u64) {
        self.marks.forget_after(now, n_records);
        self.history.forget_ahead();
    }
    /// Everything that has a name and can be looked at.
    #[must_use]
    pub fn things(&self) -> Vec<(ResourceRef, String)> {
        let Snapshot {
            topology,
            sessions,
            tunnels,
            probes,
            ..
        } = &self.snapshot;
        let containers = topology.containers.iter().map(|it| (it.id, &it.name));
        let nodes = topology.nodes.iter().map(|it| (it.id, &it.name));
        let links = topology.links.iter().map(|it| (it.id, &it.name));
        let sessions = sessions.iter().map(|it| (ResourceRef::from(it.id), &it.name));
        let tunnels = tunnels.iter().map(|it| (ResourceRef::from(it.id), &it.name));
        let probes = probes.iter().map(|it| (ResourceRef::from(it.id), &it.name));
        let all = containers
            .chain(nodes)
            .chain(links)
            .chain(sessions)
            .chain(tunnels)
            .chain(probes);
        let mut things: Vec<(ResourceRef, String)> = Vec::new();
        let mut known = BTreeSet::new();
        for (id, name) in all {
            if known.insert(id) {
                things.push((id, name.clone()));
            }
        }
        things
    }
    /// A name for the next branch.
    #[must_use]
    pub fn free_branch(&self) -> String {
        let is_free = |name: &String| self.branches.iter().all(|branch| branch.name != *name);
        let mut names = (self.branches.len().max(1)..).map(|n| format!("try-{n}"));
        names.find(is_free).unwrap_or_default()
    }
    /// How far the timeline reaches: to the lab's end, or beyond it where the lab went there.
    #[must_use]
    pub fn reaches_to(&self) -> SimTime {
        SimTime::at(self.snapshot.overview.duration).max(self.known_until())
    }
    /// How far any branch has ever come.
    #[must_use]
    pub fn known_until(&self) -> SimTime {
        let others = self.branches.iter().map(|it| it.marks.known_until());
        others.fold(self.marks.known_until(), SimTime::max)
    }
    /// What happened to the selected thing and to what belongs to it, the last first.
    pub fn recent(&self) -> impl Iterator<Item = &LogRow> {
        self.log
            .iter()
            .rev()
            .filter(|row| self.parts.contains(&row.about))
    }
    /// What preflight checked; nothing before it was asked.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        self.preflight.as_ref().map_or(&[], |preflight| &preflight.checks)
    }
    /// How a check stands; none before it was asked.
    #[must_use]
    pub fn standing(&self, check: &Check) -> Option<CheckStanding> {
        self.preflight.as_ref().map(|preflight| preflight.standing(check))
    }
    /// The present instant of the lab.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.snapshot.overview.now
    }
}
