//! `causeway why`: the chain of causes behind one record of the trace, and what it led to.

use std::io;
use std::path::Path;

use serde::Serialize;
use sim_core::kernel::{Keep, RecordId};
use sim_core::lab::{Progress, Session};
use sim_core::storage::kept;
use sim_core::units::{SimTime, Span};
use sim_core::view::{Consequences, LogRow, NotTold, View};

use crate::cli::Format;
use crate::format::{instant, number};
use crate::output::{Outcome, Output, complain, table};
use crate::source;

use super::STRIDE;

/// How far what follows is set in.
const DEEPEST: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Why {
    event: u64,
    chain: Vec<LogRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<Consequences>,
}

/// Of what it is asked why it is so.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// A record, by its number.
    Event(u64),
    /// How the thing of this name stands.
    Thing(&'a str),
    /// A check of preflight, by its name.
    Check(&'a str),
}

/// What is asked.
pub struct Question<'a> {
    /// The lab.
    pub lab: &'a str,
    /// Of what.
    pub about: About<'a>,
    /// Of a saved session, the branch that is asked, if not the current one.
    pub branch: Option<&'a str>,
    /// The seed, in place of the lab's own.
    pub seed: Option<u64>,
    /// Where the run stops, if not at the lab's own end.
    pub until: Option<Span>,
    /// What is made to fail.
    pub fail: &'a [String],
    /// Whether what the record led to is asked, too.
    pub effects: bool,
}

/// Runs the lab until the record has been written, and tells what led to it.
///
/// # Errors
/// Where standard output cannot be written.
pub fn why(question: &Question<'_>, output: &Output) -> io::Result<Outcome> {
    let path = Path::new(question.lab);
    let is_saved = kept::is_session_file(path);
    let opened = match is_saved {
        true => saved(path, question),
        false => super::session(question.lab, question.seed, question.fail, Keep::All),
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let present = || match is_saved {
        true => session.now(),
        false => session.ends_at(),
    };
    let end = question.until.map_or_else(present, SimTime::at);
    let record = match question.about {
        About::Event(event) => {
            let record = RecordId::from_number(event);
            // A number that no record has is only known to be one when the run is over.
            let awaited = |session: &Session| record.is_none() || session.n_records() < event;
            while awaited(&session) && session.advance(end, STRIDE) == Progress::OutOfBudget {}
            let Some(record) = record.filter(|_| session.n_records() >= event) else {
                complain(&format!(
                    "error: there is no record {event}; this run writes {}, numbered from 1\n",
                    session.n_records()
                ));
                return Ok(Outcome::BadInput);
            };
            record
        }
        About::Thing(name) => {
            super::run_to(&mut session, end);
            match View::of(&session).asked(name) {
                Ok(record) => record,
                Err(not_told) => return Ok(refuse(&not_told)),
            }
        }
        About::Check(name) => {
            super::run_to(&mut session, end);
            match View::of(&session).check_asked(name) {
                Ok(record) => record,
                Err(not_told) => return Ok(refuse(&not_told)),
            }
        }
    };
    let chain = View::of(&session).causes(record);
    let effects = question.effects.then(|| {
        super::run_to(&mut session, end);
        View::of(&session).consequences(record)
    });
    match output.format {
        Format::Json => output.json(&Why {
            event: record.number(),
            chain,
            effects,
        })?,
        Format::Text => {
            let mut table = table(["record", "at", "subject", "what"]);
            for row in &chain {
                table.add_row([
                    row.id.number().to_string(),
                    instant(row.at),
                    row.subject.clone(),
                    match &row.origin {
                        Some(origin) => format!("{}\n({origin})", row.what),
                        None => row.what.clone(),
                    },
                ]);
            }
            output.text(&format!("{}\n", table.trim_fmt()))?;
            if let Some(effects) = effects {
                output.text(&led_to(&effects))?;
            }
        }
    }
    Ok(Outcome::Holds)
}

/// Says on standard error why nothing can be told.
fn refuse(not_told: &NotTold) -> Outcome {
    complain(&format!("error: {not_told}\n"));
    Outcome::BadInput
}

/// A branch of a saved session, with all its records.
fn saved(path: &Path, question: &Question<'_>) -> Result<Session, Outcome> {
    if question.seed.is_some() || !question.fail.is_empty() {
        complain(
            "error: a saved session has its seed and what was done in it: `--seed` and `--fail` are for labs\n",
        );
        return Err(Outcome::BadInput);
    }
    let kept = kept::open_keeping(path, Keep::All).map_err(|told| {
        complain(&source::told(&told));
        Outcome::BadInput
    })?;
    let branches = &kept.reopened.branches;
    let wanted = question.branch.unwrap_or_else(|| branches.current());
    let all = branches.sessions();
    let found = all.iter().find(|(row, _)| row.name == wanted);
    found.map(|(_, session)| (*session).clone()).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(row, _)| row.name.as_str()).collect();
        complain(&format!(
            "error: the session has no branch `{wanted}`; it has {}\n",
            names.join(", ")
        ));
        Outcome::BadInput
    })
}

/// What a record led to, as people read it.
fn led_to(effects: &Consequences) -> String {
    if effects.notable.is_empty() {
        let n = effects.n_routine;
        let follow = if n == 1 { "follows" } else { "follow" };
        let records = number(n, "record", "records");
        return format!("\nled to nothing worth telling ({records} of the daily round {follow} from it)\n");
    }
    let mut table = table(["record", "at", "subject", "led to"]);
    for it in &effects.notable {
        table.add_row([
            it.row.id.number().to_string(),
            instant(it.row.at),
            it.row.subject.clone(),
            format!("{}{}", "· ".repeat(it.depth.min(DEEPEST)), it.row.what),
        ]);
    }
    let records = number(effects.n_routine, "record", "records");
    format!("\n{}\nand {records} of the daily round\n", table.trim_fmt())
}
