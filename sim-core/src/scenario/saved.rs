//! Sessions as text: the texts of a lab, a seed, and what was done by hand in each branch.
//!
//! A saved session holds the lab itself, so that it opens where the lab's file is gone or has changed. What was done by hand
//! is written in the notation of scenarios. The program that reads it may be another one than the one that wrote it: marks
//! say what the trace was like on the way, so that the first difference is found.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fault::{Act, Order};
use crate::kernel::Trail;
use crate::units::{SimTime, Span, number_of};
use crate::world::blueprint::{Blueprint, LabSource};

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

/// The version of the notation that this program writes; it reads those before it, too. Since version 2 branches have trails.
pub(super) const VERSION: u32 = 2;

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
    let (now, n_steps) = (text.now.get()?, *text.steps.get()?);
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
            "the journal has {}, so {n_done} cannot be done",
            number_of(text.journal.len(), "entry", "entries")
        );
        problems.push(Problem::error(Code::BadValue, done.place, message));
    }
    for deed in text.journal.iter().take(n_done) {
        check_done(deed, now.value, n_steps, problems);
    }
    Some(SavedBranch {
        name: name.value.0.clone(),
        from: text.from.clone(),
        began_at: within(text.began.get()?, blueprint, problems)?,
        now: within(now, blueprint, problems)?,
        n_steps,
        n_done,
        journal,
        marks: (text.marks.iter())
            .filter_map(|mark| mark_of(mark, blueprint, problems))
            .collect(),
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

/// How long a session of a short lab may go on after its end.
const GOES_ON: Span = Span::days(1);

/// An instant at which a session can be: to one long after the lab's end it would run without end.
fn within(at: &At<SimTime>, lab: &Blueprint, problems: &mut Problems) -> Option<SimTime> {
    let last = SimTime::at(lab.duration) + lab.duration.max(GOES_ON);
    if at.value <= last {
        return Some(at.value);
    }
    let message = format!("{} is too long after the end of the lab", at.value.since_start());
    let problem = Problem::error(Code::AfterEnd, at.place, message);
    problems.push(problem.help(format!("the lab ends at {}", lab.duration)));
    None
}

/// What is done at the present was done no later than that.
fn check_done(deed: &DeedText, now: SimTime, n_steps: u64, problems: &mut Problems) {
    let (Some(at), Some(after)) = (deed.at.get(), deed.after.get()) else {
        return;
    };
    let (place, found, present) = if at.value > now {
        let (found, present) = (at.value.since_start(), now.since_start());
        (at.place, found.to_string(), present.to_string())
    } else if after.value > n_steps {
        (
            after.place,
            format!("{} steps", after.value),
            format!("{n_steps} steps"),
        )
    } else {
        return;
    };
    let message = format!("this entry is done, but {found} is later than the present of its branch");
    let problem = Problem::error(Code::BadValue, place, message);
    problems.push(problem.help(format!("the present of its branch is {present}")));
}

fn mark_of(text: &MarkText, lab: &Blueprint, problems: &mut Problems) -> Option<Mark> {
    Some(Mark {
        at: within(text.at.get()?, lab, problems)?,
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
                since: within(heal.value.since.get()?, lab, problems)?,
                by: *heal.value.by.get()?,
            }
        }
        (None, None, None) => return None,
    };
    Some(SavedDeed {
        at: within(text.at.get()?, lab, problems)?,
        after: text.after.get()?.value,
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
