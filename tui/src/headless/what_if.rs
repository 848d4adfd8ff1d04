//! `causeway what-if`: one thing after the other breaks, and what probes lose of it.

use std::fmt::Write as _;
use std::io;

use comfy_table::Cell;
use serde::Serialize;
use sim_core::fault;
use sim_core::kernel::Keep;
use sim_core::lab::what_if::{COMPONENTS, Noticed, Trial, Wish, kinds};
use sim_core::units::{SimTime, Span};

use crate::cli::{Format, WhatIfArgs};
use crate::format;
use crate::output::{Outcome, Output, complain, paint, table};

use super::{Disturbed, complain_of_name, run_to};

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Report {
    lab: String,
    at_s: f64,
    lasts_s: f64,
    probes: Vec<String>,
    trials: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    fault: &'static str,
    target: String,
    noticed_after_s: Option<f64>,
    noticed_by: Option<Noticed>,
    /// By probe, in the order of `probes`.
    lost_s: Vec<f64>,
    /// Whether the probe was still cut off when the trial ended.
    lost_for_good: Vec<bool>,
}

/// Breaks one thing after the other.
///
/// # Errors
/// Where standard output cannot be written.
pub fn what_if(args: &WhatIfArgs, output: &Output) -> io::Result<Outcome> {
    let wanted = if args.faults.is_empty() {
        kinds(COMPONENTS.iter().copied())
    } else {
        kinds(args.faults.iter().map(String::as_str))
    };
    let kinds = match wanted {
        Ok(kinds) => kinds,
        Err(name) => {
            let names: Vec<&str> = fault::CATALOGUE.iter().map(|kind| kind.name).collect();
            return Ok(complain_of_name("no fault is called", &name, &names, "faults"));
        }
    };
    let undisturbed = Disturbed {
        undisturbed: true,
        ..Disturbed::default()
    };
    let mut session = match super::disturbed(&args.lab, args.seed, &undisturbed, Keep::Nothing) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let probes: Vec<String> = session
        .blueprint()
        .probes
        .iter()
        .map(|it| it.name.to_string())
        .collect();
    if probes.is_empty() {
        complain(&format!(
            "error: the lab {} has no probes, so there is nothing to measure by\n\
             help: add some: probes: {{\"app\": (from: \"host-1\", to: \"host-2\", port: 443)}}\n",
            args.lab
        ));
        return Ok(Outcome::BadInput);
    }
    run_to(&mut session, SimTime::at(args.at));
    let wish = Wish {
        kinds,
        lasts: args.lasts,
        after: args.after,
    };
    let trials = session.what_if(&wish);
    match output.format {
        Format::Json => output.json(&Report {
            lab: session.about().name.clone(),
            at_s: seconds(args.at),
            lasts_s: seconds(args.lasts),
            probes,
            trials: trials.iter().map(Row::from).collect(),
        })?,
        Format::Text => output.text(&text(&probes, &trials, args))?,
    }
    Ok(Outcome::Holds)
}

fn seconds(span: Span) -> f64 {
    span.as_secs_f64()
}

impl From<&Trial> for Row {
    fn from(trial: &Trial) -> Self {
        Self {
            fault: trial.kind,
            target: trial.target.clone(),
            noticed_after_s: trial.noticed.map(|(after, _)| seconds(after)),
            noticed_by: trial.noticed.map(|(_, by)| by),
            lost_s: trial.lost.iter().map(|lost| seconds(*lost)).collect(),
            lost_for_good: trial.for_good.clone(),
        }
    }
}

fn text(probes: &[String], trials: &[Trial], args: &WhatIfArgs) -> String {
    let mut text = format!(
        "Each thing breaks at {} for {}, in a run of its own without the lab's own events; how long each probe is cut off:\n\n",
        args.at, args.lasts
    );
    let head = ["fault", "target", "noticed by", "after"]
        .into_iter()
        .map(str::to_owned);
    let mut table = table(head.chain(probes.iter().cloned()));
    for trial in trials {
        let (by, after) = match trial.noticed {
            Some((after, by)) => (by.as_str().to_owned(), format::exact(after)),
            None => (paint::dim("nobody"), String::new()),
        };
        let mut row = vec![
            Cell::new(trial.kind),
            Cell::new(&trial.target),
            Cell::new(by),
            Cell::new(after),
        ];
        let lost = trial.lost.iter().zip(&trial.for_good);
        row.extend(lost.map(|(lost, for_good)| Cell::new(cut_off(*lost, *for_good))));
        table.add_row(row);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text
}

fn cut_off(lost: Span, for_good: bool) -> String {
    match (lost.is_zero(), for_good) {
        (true, _) => paint::good("none"),
        (false, false) => paint::warning(&format::exact(lost)),
        (false, true) => paint::bad(&format!("{}, for good", format::exact(lost))),
    }
}
