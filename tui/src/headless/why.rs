//! `causeway why`: the chain of causes behind one record of the trace.

use std::io;

use serde::Serialize;
use sim_core::kernel::{Keep, RecordId};
use sim_core::lab::{Progress, Session};
use sim_core::units::{SimTime, Span};
use sim_core::view::{LogRow, View};

use crate::cli::Format;
use crate::format::clock;
use crate::output::{Outcome, Output, complain, table};

use super::STRIDE;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Why {
    event: u64,
    chain: Vec<LogRow>,
}

/// What is asked.
pub struct Question<'a> {
    /// The lab.
    pub lab: &'a str,
    /// The record's number.
    pub event: u64,
    /// The seed, in place of the lab's own.
    pub seed: Option<u64>,
    /// Where the run stops, if not at the lab's own end.
    pub until: Option<Span>,
    /// What is made to fail.
    pub fail: &'a [String],
}

/// Runs the lab until the record has been written, and tells what led to it.
///
/// # Errors
/// Where standard output cannot be written.
pub fn why(question: &Question<'_>, output: &Output) -> io::Result<Outcome> {
    let mut session = match super::session(question.lab, question.seed, question.fail, Keep::All) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let end = question.until.map_or_else(|| session.ends_at(), SimTime::at);
    let record = RecordId::from_number(question.event);
    // A number that no record has is only known to be one when the run is over.
    let awaited = |session: &Session| record.is_none() || session.n_records() < question.event;
    while awaited(&session) && session.advance(end, STRIDE) == Progress::OutOfBudget {}
    let chain = record
        .map(|record| View::of(&session).causes(record))
        .unwrap_or_default();
    if chain.is_empty() {
        complain(&format!(
            "error: there is no record {}; this run writes {}, numbered from 1\n",
            question.event,
            session.n_records()
        ));
        return Ok(Outcome::BadInput);
    }
    match output.format {
        Format::Json => output.json(&Why {
            event: question.event,
            chain,
        })?,
        Format::Text => {
            let mut table = table(["record", "at", "subject", "what"]);
            for row in &chain {
                table.add_row([
                    row.id.number().to_string(),
                    clock(row.at),
                    row.subject.clone(),
                    row.what.clone(),
                ]);
            }
            output.text(&format!("{}\n", table.trim_fmt()))?;
        }
    }
    Ok(Outcome::Holds)
}
