//! `causeway run`: a lab without a screen, with a progress bar on a terminal, and its summary.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sim_core::kernel::Keep;
use sim_core::lab::{Progress, Session};
use sim_core::units::SimTime;
use sim_core::view::{Summary, View};

use crate::cli::{Format, RunArgs};
use crate::format;
use crate::output::{Outcome, Output, complain};

use super::trace::TraceFile;
use super::{Disturbed, summary};

/// Events between two looks at the bar.
const STRIDE: u64 = 50_000;
/// The same where every record is written to a file: no more records may be written meanwhile than
/// are kept.
const TRACED_STRIDE: u64 = 100;
const TRACED_KEEP: usize = 200_000;

/// Runs a lab and prints the summary.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(args: &RunArgs, output: &Output) -> io::Result<Outcome> {
    let keep = if args.trace.is_some() {
        Keep::Last(TRACED_KEEP)
    } else {
        Keep::Nothing
    };
    let disturbed = Disturbed {
        fail: &args.fail,
        by_chance: &args.random_faults,
        until: args.until,
        undisturbed: false,
    };
    let mut session = match super::disturbed(&args.lab, args.seed, &disturbed, keep) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let until = args.until.map_or_else(|| session.ends_at(), SimTime::at);
    let trace = args.trace.as_deref().map(TraceFile::create).transpose();
    let mut trace = match trace {
        Ok(trace) => trace,
        Err(error) => {
            complain(&format!("error: failed to write the trace: {error}\n"));
            return Ok(Outcome::BadInput);
        }
    };
    if let Err(error) =
        go(&mut session, until, trace.as_mut()).and_then(|()| trace.map_or(Ok(()), TraceFile::keep))
    {
        complain(&format!("error: failed to write the trace: {error}\n"));
        return Ok(Outcome::BadInput);
    }
    let summary = Summary::from(View::of(&session).snapshot());
    match output.format {
        Format::Json => output.json(&summary)?,
        Format::Text => output.text(&summary::text(&summary))?,
    }
    Ok(Outcome::of(summary.holds()))
}

fn go(session: &mut Session, until: SimTime, mut trace: Option<&mut TraceFile>) -> io::Result<()> {
    let bar = bar(until);
    let stride = if trace.is_some() { TRACED_STRIDE } else { STRIDE };
    loop {
        let progress = session.advance(until, stride);
        if let Some(trace) = trace.as_mut() {
            trace.take_news(session)?;
        }
        bar.set_position(session.now().since_start().as_secs());
        bar.set_message(format!(
            "{}  {} events",
            format::clock(session.now()),
            format::count(session.n_events())
        ));
        if progress == Progress::Reached {
            bar.finish_and_clear();
            return Ok(());
        }
    }
}

/// On standard error, and only where somebody sees it.
fn bar(until: SimTime) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(until.since_start().as_secs()), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:40.cyan/dim} {percent:>3}%  {msg}") {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
