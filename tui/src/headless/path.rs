//! `causeway path`: one path hop by hop, there and back.

use std::fmt::Write as _;
use std::io;

use sim_core::analysis::{Discovery, HopRow, WayMtu};
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
        size: args.size,
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
    let sized = report
        .size_bytes
        .map_or_else(String::new, |bytes| format!(" in packets of {bytes} bytes"));
    let mut text = format!(
        "{} → {} ({address}), {over}{sized}, at {}\n\n",
        paint::strong(&report.from),
        paint::strong(&report.to),
        format::clock(report.at_time)
    );
    if let Some(resolution) = &report.resolution {
        questions(resolution, &mut text);
    }
    if !report.forward.is_empty() {
        hops("There", &report.forward, &mut text);
        mtu(report.forward_mtu.as_ref(), &mut text);
    }
    if !report.back.is_empty() {
        hops("And back", &report.back, &mut text);
        mtu(report.return_mtu.as_ref(), &mut text);
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
            let again = match (report.sent_again_bytes, &report.at) {
                (Some(bytes), Some(at)) => format!(
                    "too large at {at}, of which the sender hears: sent again in packets of {bytes} bytes, "
                ),
                _ => String::new(),
            };
            format!("{} {again}answered{round_trip}", paint::good("✔"))
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
    let mut table = table(["", "at", "out by", "table", "decided by", "MTU", "verdict"]);
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    for (n, hop) in hops.iter().enumerate() {
        table.add_row([
            (n + 1).to_string(),
            hop.node.clone(),
            egress(hop),
            or_empty(&hop.table),
            or_empty(&hop.matched),
            hop.mtu_bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
            hop.verdict.clone(),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

/// By what a packet leaves a hop; where it had a choice, with the ways that its hash did not take.
fn egress(hop: &HopRow) -> String {
    let Some(taken) = &hop.egress else {
        return String::new();
    };
    if hop.members.is_empty() {
        return taken.clone();
    }
    let members = hop.members.iter();
    let others = members
        .filter(|member| !member.taken)
        .map(|member| member.egress.as_str());
    format!("{taken}, equal: {}", others.collect::<Vec<_>>().join(", "))
}

/// How large packets may be on a way.
fn mtu(way: Option<&WayMtu>, text: &mut String) {
    let Some(way) = way else { return };
    let narrowest = way
        .narrowest
        .as_ref()
        .map_or_else(String::new, |place| format!(", narrowest at {place}"));
    let mss = way
        .mss_bytes
        .map_or_else(String::new, |bytes| format!(", MSS {bytes}"));
    let by = way.silenced_by.as_deref().unwrap_or("nobody");
    let discovery = match way.discovery {
        Discovery::NotNeeded => "what the sender sends fits".to_owned(),
        Discovery::Works => "path MTU discovery works".to_owned(),
        Discovery::BlackHole => {
            format!(
                "{} a black hole for larger packets: the sender does not hear of it, by {by}",
                paint::bad("✘")
            )
        }
    };
    let _ = writeln!(text, "MTU {}{narrowest}{mss}: {discovery}\n", way.mtu_bytes);
}
