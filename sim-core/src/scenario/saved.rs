//! Sessions as text: the texts of a lab, a seed, and what was done by hand in each branch.
//!
//! A saved session holds the lab itself, so that it opens where the lab's file is gone or has changed. What was done by hand
//! is written in the notation of scenarios. The program that reads it may be another one than the one that wrote it: marks
//! say what the trace was like on the way, so that the first difference is found.

use core::fmt::Write as _;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fault::{Act, HealedBy, Order};
use crate::kernel::Trail;
use crate::migrate::mgn;
use crate::units::SimTime;
use crate::world::blueprint::{Blueprint, LabSource};
use crate::world::names::Names;

use super::diagnostic::Code;
use super::load::{Loaded, load_into, not_text};
use super::problem::{At, Files, Place, Problem, Problems};
use super::read::Read;
use super::resolve;
use super::sections::{
    BranchText, DeedText, HealText, MarkText, MovedText, OrderText, SessionText, TrailText,
};
use super::source::{SourceError, Texts};
use super::syntax::{self, Arguments, Kind};
use super::written::{quoted, to_text};

/// The version of the notation that this program writes; it reads those before it, too. Since version 2 branches have trails.
const VERSION: u32 = 2;

/// How far things were moved by hand from where a map has them, in its points to the right and down, by their names with
/// those of the boxes around them.
pub type Moved = BTreeMap<String, [i32; 2]>;

/// A session as it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSession {
    /// The lab.
    pub lab: LabSource,
    /// The seed of all dice.
    pub seed: u64,
    /// The branch that was looked at.
    pub current: String,
    /// Every branch, each after the one that it was taken from.
    pub branches: Vec<SavedBranch>,
    /// What was moved by hand on the map.
    pub moved: Moved,
}

/// A branch as it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedBranch {
    /// Its name.
    pub name: String,
    /// The branch that it was taken from; none for the first.
    pub from: Option<String>,
    /// The instant at which it was taken.
    pub began_at: SimTime,
    /// Its present.
    pub now: SimTime,
    /// How many steps the lab had made at its present.
    pub n_steps: u64,
    /// How many entries of the journal are done at its present.
    pub n_done: usize,
    /// What was done by hand.
    pub journal: Vec<SavedDeed>,
    /// What the trace was like on the way, by place.
    pub marks: Vec<Mark>,
    /// What it was like at each record up to the present; none in files of version 1.
    pub trail: Option<Trail>,
}

/// An entry of a journal as it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDeed {
    /// When it was done.
    pub at: SimTime,
    /// After how many steps of the lab.
    pub after: u64,
    /// What was done.
    pub act: Act,
}

/// What the trace was like somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// After how many steps of the lab.
    pub n_steps: u64,
    /// After how many entries of the journal.
    pub n_done: usize,
    /// How many records had been written.
    pub n_records: u64,
    /// The digest of them, as it is printed.
    pub hash: String,
}

/// Whether a text is a saved session and no lab: by its first word.
#[must_use]
pub fn is_session(text: &str) -> bool {
    let begins = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("#!");
    let first = text.lines().map(str::trim_start).find(begins);
    first.is_some_and(|line| line.starts_with("Session"))
}

/// Reads a saved session that is called `file_name` in diagnostics, and its lab.
///
/// # Errors
/// Everything that is wrong with the text, or with the lab's texts in it.
pub fn read_session(bytes: &[u8], file_name: &str) -> Result<(Loaded, SavedSession), SourceError> {
    let text = core::str::from_utf8(bytes).map_err(|error| SourceError::Invalid {
        diagnostics: vec![not_text(file_name, error)],
        texts: Texts::new(),
    })?;
    let mut files = Files::default();
    let mut problems = Problems::default();
    let file = files.push(file_name, text.to_owned());
    let session = parsed(files.text(file), &mut problems);
    let invalid = |problems: Problems, files: &Files| {
        let diagnostics = problems.into_diagnostics(files);
        SourceError::Invalid {
            texts: files.texts_of(&diagnostics),
            diagnostics,
        }
    };
    let Some(session) = session.filter(|_| !problems.any_error()) else {
        return Err(invalid(problems, &files));
    };
    let lab = lab_of(&session);
    let loaded = load_lab(&lab)?;
    let saved = resolved(&session, lab, &loaded.blueprint, &mut problems);
    match saved.filter(|_| !problems.any_error()) {
        Some(saved) => Ok((loaded, saved)),
        None => Err(invalid(problems, &files)),
    }
}

fn parsed(text: &str, problems: &mut Problems) -> Option<SessionText> {
    let node = syntax::parse(text, 0, problems)?;
    let is_named = matches!(
        &node.kind,
        Kind::Group { name: Some(name), arguments: Arguments::Named(_) } if name == "Session"
    );
    if !is_named {
        let message = format!(
            "expected `Session(version: {VERSION}, …)`, found {}",
            node.kind.describe()
        );
        problems.push(Problem::error(Code::WrongType, node.place, message));
        return None;
    }
    let session = SessionText::read(&node, problems)?;
    let version = session.version.get()?;
    if !(1..=VERSION).contains(&version.value) {
        let message = format!("version {} is not one that this program reads", version.value);
        let problem = Problem::error(Code::UnknownSchema, version.place, message);
        problems.push(problem.help(format!("this program reads versions 1 to {VERSION}")));
    }
    Some(session)
}

fn lab_of(session: &SessionText) -> LabSource {
    let of =
        |text: &super::sections::SourceText| Some((text.name.get()?.clone(), text.text.get()?.0.clone()));
    LabSource {
        name: session
            .lab
            .get()
            .map_or_else(String::new, |name| name.value.clone()),
        texts: session.texts.iter().filter_map(of).collect(),
    }
}

/// Reads a lab from its texts.
fn load_lab(lab: &LabSource) -> Result<Loaded, SourceError> {
    let text = |name: &str| lab.texts.get(name).cloned();
    let Some(own) = text(&lab.name) else {
        return Err(SourceError::Unknown {
            name: lab.name.clone(),
            nearest: None,
        });
    };
    let mut files = Files::default();
    let bases = |name: &str| text(name).map(Cow::Owned);
    load_into(&mut files, &own, &lab.name, &bases).map_err(|diagnostics| SourceError::Invalid {
        texts: files.texts_of(&diagnostics),
        diagnostics,
    })
}

fn resolved(
    session: &SessionText,
    lab: LabSource,
    blueprint: &Blueprint,
    problems: &mut Problems,
) -> Option<SavedSession> {
    let mut branches: Vec<SavedBranch> = Vec::new();
    for text in &session.branches {
        if let Some(mut branch) = branch_of(text, blueprint, problems) {
            let from = branches.iter().find(|it| Some(&it.name) == branch.from.as_ref());
            let trail = text.trail.as_ref();
            branch.trail = trail.and_then(|trail| trail_of(trail, from, problems));
            branches.push(branch);
        }
    }
    let current = session.current.get()?;
    let mut known: Vec<&str> = Vec::new();
    for (branch, text) in branches.iter().zip(&session.branches) {
        let place = text.name.get().map_or(current.place, |name| name.place);
        if known.contains(&branch.name.as_str()) {
            let message = format!("there are two branches `{}`", branch.name);
            problems.push(Problem::error(Code::DuplicateName, place, message));
        }
        let from = branch.from.as_deref();
        if from.is_some_and(|from| !known.contains(&from)) {
            let message = format!("the branch `{}` must be taken from one before it", branch.name);
            problems.push(Problem::error(Code::UnknownName, place, message));
        }
        known.push(&branch.name);
    }
    if !known.contains(&current.value.as_str()) {
        let message = format!("there is no branch `{}`", current.value);
        let problem = Problem::error(Code::UnknownName, current.place, message);
        problems.push_mistyped(problem, &current.value, known.iter().copied());
    }
    Some(SavedSession {
        lab,
        seed: *session.seed.get()?,
        current: current.value.clone(),
        branches,
        moved: session.moved.iter().filter_map(moved_of).collect(),
    })
}

fn moved_of(text: &MovedText) -> Option<(String, [i32; 2])> {
    Some((text.what.get()?.clone(), [*text.right.get()?, *text.down.get()?]))
}

fn branch_of(text: &BranchText, blueprint: &Blueprint, problems: &mut Problems) -> Option<SavedBranch> {
    let name = text.name.get()?;
    let journal: Vec<SavedDeed> = text
        .journal
        .iter()
        .filter_map(|deed| deed_of(deed, name.place, blueprint, problems))
        .collect();
    let is_in_order = |journal: &[SavedDeed]| journal.is_sorted_by_key(|deed| (deed.at, deed.after));
    if !is_in_order(&journal) {
        let message = "the entries of this journal do not come one after the other".to_owned();
        problems.push(Problem::error(Code::BadValue, name.place, message));
    }
    let done = text.done.get()?;
    let n_done = usize::try_from(done.value).ok()?;
    if n_done > text.journal.len() {
        let message = format!(
            "the journal has {} entries, so {n_done} cannot be done",
            text.journal.len()
        );
        problems.push(Problem::error(Code::BadValue, done.place, message));
    }
    Some(SavedBranch {
        name: name.value.0.clone(),
        from: text.from.clone(),
        began_at: *text.began.get()?,
        now: *text.now.get()?,
        n_steps: *text.steps.get()?,
        n_done,
        journal,
        marks: text.marks.iter().filter_map(mark_of).collect(),
        trail: None,
    })
}

/// The trail of a branch that was taken from another.
fn trail_of(text: &At<TrailText>, from: Option<&SavedBranch>, problems: &mut Problems) -> Option<Trail> {
    let TrailText {
        every,
        shares,
        prints,
    } = &text.value;
    let n_shared = usize::try_from(shares.unwrap_or(0)).ok()?;
    let shared = from
        .and_then(|from| from.trail.as_ref())
        .map(|trail| (trail, n_shared));
    let is_owed = n_shared > 0 && shared.is_none();
    let trail = Trail::read(*every.get()?, shared, prints).filter(|_| !is_owed);
    if trail.is_none() {
        let message = "this is no trail: four hexadecimal digits for each print, for records as far apart as a power of two";
        problems.push(Problem::error(Code::BadValue, text.place, message));
    }
    trail
}

fn mark_of(text: &MarkText) -> Option<Mark> {
    Some(Mark {
        at: *text.at.get()?,
        n_steps: *text.steps.get()?,
        n_done: usize::try_from(*text.done.get()?).ok()?,
        n_records: *text.records.get()?,
        hash: text.hash.get()?.clone(),
    })
}

fn deed_of(text: &DeedText, place: Place, lab: &Blueprint, problems: &mut Problems) -> Option<SavedDeed> {
    let acts = [
        text.change.as_ref().map(|it| it.place),
        text.inject.as_ref().map(|it| it.place),
        text.heal.as_ref().map(|it| it.place),
    ];
    let given: Vec<Place> = acts.into_iter().flatten().collect();
    if given.len() != 1 {
        let place = given.get(1).copied().unwrap_or(place);
        let message = "an entry of a journal has one of `change`, `inject` and `heal`".to_owned();
        problems.push(Problem::error(Code::BadValue, place, message));
        return None;
    }
    let act = match (&text.change, &text.inject, &text.heal) {
        (Some(change), ..) => Act::Change(resolve::change_of(&change.value, lab, problems)?),
        (_, Some(order), _) => Act::Inject(order_of(order, lab, problems)?),
        (_, _, Some(heal)) => {
            let order = At {
                value: heal_order(&heal.value),
                place: heal.place,
            };
            Act::Heal {
                order: order_of(&order, lab, problems)?,
                since: *heal.value.since.get()?,
                by: *heal.value.by.get()?,
            }
        }
        (None, None, None) => return None,
    };
    Some(SavedDeed {
        at: *text.at.get()?,
        after: *text.after.get()?,
        act,
    })
}

fn heal_order(heal: &HealText) -> OrderText {
    OrderText {
        kind: heal.kind.clone(),
        of: heal.of.clone(),
        amount: heal.amount.clone(),
        lasts: heal.lasts,
    }
}

fn order_of(text: &At<OrderText>, lab: &Blueprint, problems: &mut Problems) -> Option<Order> {
    let OrderText {
        kind,
        of,
        amount,
        lasts,
    } = &text.value;
    let order = Order {
        kind: kind.get()?.value.0.name,
        target: of.get()?.clone(),
        amount: amount.clone().unwrap_or_default(),
        lasts: *lasts,
    };
    if let Err(error) = order.plan(lab) {
        problems.push(Problem::error(Code::UnknownName, text.place, error.to_string()));
        return None;
    }
    Some(order)
}

impl SavedSession {
    /// The session in the notation in which [`read_session`] reads it, with the names of its lab.
    #[must_use]
    pub fn to_text(&self, names: &Names, migration: Option<&mgn::Config>) -> String {
        let mut out = String::from(
            "// A session with a lab of Causeway: `causeway open FILE` goes on with it, `causeway replay FILE` runs it again.\n",
        );
        let pen = Pen { names, migration };
        // Writing to a string does not fail.
        let _ = pen.session(&mut out, self);
        out
    }
}

impl SavedBranch {
    /// What was done by hand up to the branch's present, as a lab of this name that is laid over its own: `base` is what that
    /// is called there. A fault that was healed by hand lasts as long as it did.
    #[must_use]
    pub fn to_scenario(
        &self,
        (base, name, title): (&str, &str, &str),
        names: &Names,
        migration: Option<&mgn::Config>,
    ) -> String {
        let done = &self.journal[..self.n_done.min(self.journal.len())];
        let (mut events, mut faults) = (String::new(), String::new());
        for (place, deed) in done.iter().enumerate() {
            let at = instant(deed.at);
            match &deed.act {
                Act::Change(lever) => {
                    let change = to_text(lever, names, migration);
                    events.push_str(&format!("        (at: {at}, change: {change}),\n"));
                }
                Act::Inject(order) => {
                    let healed = done[place..].iter().find_map(|later| match &later.act {
                        Act::Heal {
                            order: healed, since, ..
                        } if healed == order && *since == deed.at => Some(later.at.since(deed.at)),
                        _ => None,
                    });
                    let order = Order {
                        lasts: healed.or(order.lasts),
                        ..order.clone()
                    };
                    let key = quoted(&format!("{} {}: {}", place + 1, order.kind, order.target));
                    faults.push_str(&format!("        {key}: ({}, at: {at}),\n", order_text(&order)));
                }
                // It is in how long its fault lasts.
                Act::Heal { .. } => {}
            }
        }
        let mut text = format!(
            "// What was done by hand in a session, laid over the lab in which it was done.\n\
             Lab(\n    schema: 1,\n    base: {},\n    name: {},\n    title: {},\n",
            quoted(base),
            quoted(name),
            quoted(title)
        );
        if !events.is_empty() {
            text.push_str(&format!("    events: [\n{events}    ],\n"));
        }
        if !faults.is_empty() {
            text.push_str(&format!("    faults: {{\n{faults}    }},\n"));
        }
        text.push_str(")\n");
        text
    }
}

struct Pen<'n> {
    names: &'n Names,
    migration: Option<&'n mgn::Config>,
}

impl Pen<'_> {
    fn session(&self, out: &mut String, session: &SavedSession) -> core::fmt::Result {
        writeln!(out, "Session(\n    version: {VERSION},")?;
        writeln!(out, "    lab: {},", quoted(&session.lab.name))?;
        writeln!(out, "    seed: {},", session.seed)?;
        writeln!(out, "    current: {},", quoted(&session.current))?;
        writeln!(out, "    branches: [")?;
        for branch in &session.branches {
            let from = session
                .branches
                .iter()
                .find(|it| Some(&it.name) == branch.from.as_ref());
            self.branch(out, branch, from)?;
        }
        writeln!(out, "    ],")?;
        if !session.moved.is_empty() {
            writeln!(out, "    moved: [")?;
            for (what, [right, down]) in &session.moved {
                let what = quoted(what);
                writeln!(out, "        (what: {what}, right: {right}, down: {down}),")?;
            }
            writeln!(out, "    ],")?;
        }
        writeln!(out, "    texts: [")?;
        for (name, text) in &session.lab.texts {
            writeln!(out, "        (name: {}, text: {}),", quoted(name), verbatim(text))?;
        }
        writeln!(out, "    ],\n)")
    }

    fn branch(
        &self,
        out: &mut String,
        branch: &SavedBranch,
        from: Option<&SavedBranch>,
    ) -> core::fmt::Result {
        writeln!(out, "        (\n            name: {},", quoted(&branch.name))?;
        if let Some(from) = &branch.from {
            writeln!(out, "            from: {},", quoted(from))?;
        }
        writeln!(
            out,
            "            began: {}, now: {}, steps: {}, done: {},",
            instant(branch.began_at),
            instant(branch.now),
            branch.n_steps,
            branch.n_done
        )?;
        writeln!(out, "            journal: [")?;
        for deed in &branch.journal {
            let (at, after) = (instant(deed.at), deed.after);
            writeln!(
                out,
                "                (at: {at}, after: {after}, {}),",
                self.act(&deed.act)
            )?;
        }
        writeln!(out, "            ],\n            marks: [")?;
        for mark in &branch.marks {
            writeln!(
                out,
                "                (at: {}, steps: {}, done: {}, records: {}, hash: {}),",
                instant(mark.at),
                mark.n_steps,
                mark.n_done,
                mark.n_records,
                quoted(&mark.hash)
            )?;
        }
        writeln!(out, "            ],")?;
        if let Some(trail) = &branch.trail {
            let n_shared = from
                .and_then(|from| from.trail.as_ref())
                .map_or(0, |it| trail.n_shared(it));
            let shares = if n_shared > 0 {
                format!(" shares: {n_shared},")
            } else {
                String::new()
            };
            writeln!(
                out,
                "            trail: (every: {},{shares} prints: [",
                trail.every()
            )?;
            for line in trail.lines(n_shared) {
                writeln!(out, "                {},", quoted(&line))?;
            }
            writeln!(out, "            ]),")?;
        }
        writeln!(out, "        ),")
    }

    fn act(&self, act: &Act) -> String {
        match act {
            Act::Change(lever) => format!("change: {}", to_text(lever, self.names, self.migration)),
            Act::Inject(order) => format!("inject: ({})", order_text(order)),
            Act::Heal { order, since, by } => {
                let by = match by {
                    HealedBy::Hand => "hand",
                    HealedBy::Time => "time",
                };
                format!(
                    "heal: ({}, since: {}, by: {by})",
                    order_text(order),
                    instant(*since)
                )
            }
        }
    }
}

/// The fields of a fault, as they also stand in a scenario.
fn order_text(order: &Order) -> String {
    let mut text = format!("kind: {}, of: {}", order.kind, quoted(&order.target));
    if !order.amount.is_empty() {
        text.push_str(&format!(", amount: {}", quoted(&order.amount)));
    }
    if let Some(lasts) = order.lasts {
        text.push_str(&format!(", lasts: \"{lasts}\""));
    }
    text
}

fn instant(at: SimTime) -> String {
    format!("\"{}\"", at.since(SimTime::START))
}

/// A text as it stands, in quotes that do not end in it.
fn verbatim(text: &str) -> String {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}
