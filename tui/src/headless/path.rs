//! `causeway path`: one path hop by hop, there and back.

use std::fmt::Write as _;
use std::io;

use sim_core::analysis::HopRow;
use sim_core::kernel::Keep;
use sim_core::units::SimTime;
use sim_core::view::{PathReport, PathWords, Resolution, View};

use crate::cli::{Format, PathArgs};
use crate::format;
use crate::output::{Outcome, Output, complain, paint, table};

/// Follows one path.
///
/// # Errors
/// Where standard output cannot be written.
pub fn path(args: &PathArgs, output: &Output) -> io::Result<Outcome> {
    let mut session = match super::session(&args.lab, None, &[], Keep::Nothing) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let at = args.at.map_or_else(|| session.settled_at(), SimTime::at);
    super::run_to(&mut session, at);
    let words = PathWords {
        from: &args.from,
        to: &args.to,
        proto: args.proto,
        port: args.port,
    };
    let report = match View::of(&session).path(&words) {
        Ok(report) => report,
        Err(error) => {
            complain(&format!("error: {error}\n"));
            return Ok(Outcome::BadInput);
        }
    };
    match output.format {
        Format::Json => output.json(&report)?,
        Format::Text => output.text(&text(&report))?,
    }
    Ok(Outcome::of(report.ok))
}

fn text(report: &PathReport) -> String {
    let over = report.port.map_or_else(
        || report.proto.to_string(),
        |port| format!("{} {port}", report.proto),
    );
    let address = report
        .address
        .map_or_else(|| "no address".to_owned(), |address| address.to_string());
    let mut text = format!(
        "{} → {} ({address}), {over}, at {}\n\n",
        paint::strong(&report.from),
        paint::strong(&report.to),
        format::clock(report.at_time)
    );
    if let Some(resolution) = &report.resolution {
        questions(resolution, &mut text);
    }
    if !report.forward.is_empty() {
        hops("There", &report.forward, &mut text);
    }
    if !report.back.is_empty() {
        hops("And back", &report.back, &mut text);
    }
    let verdict = match (&report.reason, &report.at) {
        (Some(reason), Some(at)) => format!(
            "{} {} at {at}: {}",
            paint::bad("✘"),
            reason.code(),
            reason.meaning()
        ),
        _ => {
            let round_trip = report
                .round_trip
                .map_or(String::new(), |span| format!(" in {}", format::span(span)));
            format!("{} answered{round_trip}", paint::good("✔"))
        }
    };
    let _ = writeln!(text, "{verdict}");
    if let Some(look) = &report.look {
        let _ = writeln!(text, "  look: {look}");
    }
    text
}

fn questions(resolution: &Resolution, text: &mut String) {
    let _ = writeln!(text, "{}", paint::strong("Name"));
    let mut table = table(["", "who asks", "whom", "who is there", "what comes of it"]);
    for (n, question) in resolution.asked.iter().enumerate() {
        table.add_row([
            (n + 1).to_string(),
            question.by.clone(),
            question.server.to_string(),
            question.resolver.clone().unwrap_or_default(),
            question.said.clone(),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

fn hops(heading: &str, hops: &[HopRow], text: &mut String) {
    let _ = writeln!(text, "{}", paint::strong(heading));
    let mut table = table(["", "at", "out by", "table", "decided by", "verdict"]);
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    for (n, hop) in hops.iter().enumerate() {
        table.add_row([
            (n + 1).to_string(),
            hop.node.clone(),
            or_empty(&hop.egress),
            or_empty(&hop.table),
            or_empty(&hop.matched),
            hop.verdict.clone(),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}
