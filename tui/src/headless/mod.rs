//! The commands that need no screen, one file each.

pub mod check;
pub mod faults;
pub mod labs;
pub mod manual;
mod moves;
pub mod path;
pub mod preflight;
pub mod reasons;
pub mod replay;
pub mod rib;
pub mod run;
pub mod snapshot;
mod summary;
mod trace;
pub mod what_if;
pub mod why;

use sim_core::fault::{self, Chance};
use sim_core::kernel::Keep;
use sim_core::lab::{Progress, Session, Written};
use sim_core::scenario::{Texts, called_failure, nearest};
use sim_core::units::{SimTime, Span};

use crate::diagnostics;
use crate::output::{Outcome, complain};
use crate::source;

/// Events between two looks at how far a run is.
pub(crate) const STRIDE: u64 = 50_000;

pub use sim_core::desk::KEEP as SCREEN_KEEP;

/// Opens a session on a lab with failures added to its schedule, or says on standard error why
/// there is none.
///
/// # Errors
/// Where the lab or a failure is wrong.
pub fn session(lab: &str, seed: Option<u64>, fail: &[String], keep: Keep) -> Result<Session, Outcome> {
    let disturbed = Disturbed {
        fail,
        ..Disturbed::default()
    };
    self::disturbed(lab, seed, &disturbed, keep)
}

/// What a command line adds to a lab.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disturbed<'a> {
    /// Failures in the short form.
    pub fail: &'a [String],
    /// What is to fail by chance.
    pub by_chance: &'a [Chance],
    /// When the run stops, where that is not the lab's own end: what comes by chance comes until then.
    pub until: Option<Span>,
    /// Whether what the lab itself has planned to go wrong is left out.
    pub undisturbed: bool,
}

/// The same as [`session`], with more that may be added.
///
/// # Errors
/// Where the lab or a failure is wrong.
pub fn disturbed(
    lab: &str,
    seed: Option<u64>,
    disturbed: &Disturbed<'_>,
    keep: Keep,
) -> Result<Session, Outcome> {
    let opened = source::open(lab).map_err(|error| {
        complain(&source::render(&error));
        Outcome::BadInput
    })?;
    complain(&diagnostics::render(&opened.loaded.warnings, &opened.texts));
    let mut blueprint = opened.loaded.blueprint;
    blueprint.duration = blueprint.duration.max(disturbed.until.unwrap_or(Span::ZERO));
    for chance in disturbed.by_chance {
        let hazards = chance.hazards(&blueprint);
        if hazards.is_empty() {
            let kind = chance
                .kind
                .map_or("nothing that fails by chance".to_owned(), |kind| {
                    format!("nothing for `{kind}`")
                });
            complain(&format!("warning: the lab has {kind}\n"));
        }
        blueprint.hazards.extend(hazards);
    }
    if disturbed.undisturbed {
        blueprint.schedule.clear();
        blueprint.breakages.clear();
        blueprint.hazards.clear();
    }
    for text in disturbed.fail {
        let (levers, called) = called_failure(text, &blueprint).map_err(|diagnostics| {
            let texts: Texts = diagnostics
                .iter()
                .map(|diagnostic| (diagnostic.file.clone(), text.clone()))
                .collect();
            complain(&diagnostics::render(&diagnostics, &texts));
            Outcome::BadInput
        })?;
        let end = disturbed.until.unwrap_or(blueprint.duration);
        if let Some((at, _)) = levers.first().filter(|(at, _)| *at > SimTime::at(end)) {
            let at = at.since_start();
            complain(&format!(
                "warning: the run ends after {end}, before what is to fail at {at}: {text}\n"
            ));
        }
        blueprint.breakages.extend(fault::breakages(&levers));
        blueprint.disturb(levers, &Written::Asked(text.clone()), called.as_ref());
    }
    // Stable: what the lab planned for an instant comes before what was added for it.
    blueprint.schedule.sort_by_key(|(at, _)| *at);
    Session::open(blueprint, seed, keep).map_err(|error| {
        complain(&format!("error: {error}\n"));
        Outcome::BadInput
    })
}

/// Says that nothing of the kind has that name, which is nearest, and what lists them all.
fn complain_of_name(what: &str, name: &str, known: &[&str], command: &str) -> Outcome {
    let near = nearest(name, known);
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    complain(&format!(
        "error: {what} `{name}`{near}\nhelp: `causeway {command}` lists them all\n"
    ));
    Outcome::BadInput
}

/// Runs a session to an instant, without anybody watching.
pub(crate) fn run_to(session: &mut Session, until: SimTime) {
    while session.advance(until, STRIDE) == Progress::OutOfBudget {}
}
