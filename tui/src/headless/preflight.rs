//! `causeway preflight`: every connection that the lab needs, with its verdict and its cure.

use std::fmt::Write as _;
use std::io;

use comfy_table::Cell;
use sim_core::kernel::Keep;
use sim_core::units::{SimTime, Span};
use sim_core::view::{Check, Health, Preflight, View};

use crate::cli::Format;
use crate::output::{Outcome, Output, cell, paint, table};

/// Tests every connection at an instant of the lab.
///
/// # Errors
/// Where standard output cannot be written.
pub fn preflight(lab: &str, at: Option<Span>, output: &Output) -> io::Result<Outcome> {
    let mut session = match super::session(lab, None, &[], Keep::Nothing) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let at = at.map_or_else(|| session.settled_at(), SimTime::at);
    super::run_to(&mut session, at);
    let preflight = View::of(&session).preflight();
    match output.format {
        Format::Json => output.json(&preflight)?,
        Format::Text => output.text(&text(&preflight))?,
    }
    Ok(Outcome::of(preflight.ok))
}

fn text(preflight: &Preflight) -> String {
    let mut table = table(["", "check", "to", "over", "verdict"]);
    for check in &preflight.checks {
        let health = if check.ok { Health::Good } else { Health::Failed };
        let verdict = check.reason.map_or("ok", |reason| reason.code());
        table.add_row([
            cell(health, if check.ok { "✔" } else { "✘" }),
            Cell::new(&check.name),
            Cell::new(&check.to),
            Cell::new(check.over()),
            cell(health, verdict),
        ]);
    }
    let mut text = format!("{}\n", table.trim_fmt());
    for (check, n_more) in blockers(&preflight.checks) {
        let name = match n_more {
            0 => check.name.clone(),
            n => format!("{}, and {n} more checks", check.name),
        };
        let _ = writeln!(text, "\n{} {}", paint::bad("✘"), paint::strong(&name));
        let cure = Cure {
            fix: check.fix.as_deref(),
            changes: &check.changes,
            overlay: check.overlay.as_deref(),
        };
        lines(
            &mut text,
            &check.detail,
            check.at.as_deref(),
            check.rule.as_deref(),
            cure,
        );
        for blocker in &check.also {
            let _ = writeln!(text, "  {}", paint::strong("and behind it"));
            let cure = Cure {
                fix: blocker.fix.as_deref(),
                changes: &blocker.changes,
                overlay: None,
            };
            let (at, rule) = (Some(blocker.at.as_str()), blocker.rule.as_deref());
            lines(&mut text, &blocker.detail, at, rule, cure);
        }
    }
    for advice in &preflight.advice {
        let _ = writeln!(text, "\n{} {}", paint::warning("!"), advice.detail);
        line(&mut text, "at", &advice.at);
        line(&mut text, "rule", &advice.rule);
        let cure = Cure {
            fix: advice.fix.as_deref(),
            changes: &advice.changes,
            overlay: advice.overlay.as_deref(),
        };
        cure_lines(&mut text, cure);
    }
    let failed = preflight.checks.iter().filter(|check| !check.ok).count();
    let total = preflight.checks.len();
    let _ = if failed == 0 {
        match total {
            1 => writeln!(text, "\nThe one check passes."),
            _ => writeln!(text, "\nAll {total} checks pass."),
        }
    } else {
        writeln!(
            text,
            "\n{failed} of {total} checks {}.",
            if failed == 1 { "fails" } else { "fail" }
        )
    };
    text
}

/// What mends something: in words, as changes, or as what an overlay says in its place.
#[derive(Debug, Clone, Copy)]
struct Cure<'a> {
    fix: Option<&'a str>,
    changes: &'a [String],
    overlay: Option<&'a str>,
}

fn line(text: &mut String, label: &str, value: &str) {
    let _ = writeln!(text, "  {label:<6}{value}");
}

/// What was found, where, by which rule, and what mends it.
fn lines(text: &mut String, why: &str, at: Option<&str>, rule: Option<&str>, cure: Cure<'_>) {
    line(text, "why", why);
    if let Some(at) = at {
        line(text, "at", at);
    }
    if let Some(rule) = rule {
        line(text, "rule", rule);
    }
    cure_lines(text, cure);
}

fn cure_lines(text: &mut String, cure: Cure<'_>) {
    if let Some(fix) = cure.fix {
        line(text, "fix", &paint::good(fix));
    }
    if !cure.changes.is_empty() {
        line(text, "paste", &format!("changes: [{}]", cure.changes.join(", ")));
    }
    for (n, part) in cure.overlay.unwrap_or_default().lines().enumerate() {
        line(text, if n == 0 { "paste" } else { "" }, part);
    }
}

/// What stands in the way, each once: the first check that it stops, and how many more.
fn blockers(checks: &[Check]) -> Vec<(&Check, usize)> {
    let is_one = |a: &Check, b: &Check| {
        (a.reason, &a.at, &a.fix, &a.changes) == (b.reason, &b.at, &b.fix, &b.changes)
            // What has neither a place nor a fix is told for each.
            && (a.at.is_some() || a.fix.is_some())
    };
    let mut found: Vec<(&Check, usize)> = Vec::new();
    for check in checks.iter().filter(|check| !check.ok) {
        match found.iter_mut().find(|(first, _)| is_one(first, check)) {
            Some((_, n_more)) => *n_more += 1,
            None => found.push((check, 0)),
        }
    }
    found
}
