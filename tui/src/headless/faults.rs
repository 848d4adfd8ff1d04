//! `causeway faults`: what can go wrong, and to what in a lab.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sim_core::fault::{CATALOGUE, FaultKind, OVER_AT_ONCE};

use crate::cli::{FaultsArgs, Format};
use crate::output::{Outcome, Output, complain, paint};
use crate::source;
use crate::widgets::text::wrap;

use super::complain_of_name;

/// A kind of fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    name: &'static str,
    title: &'static str,
    models: &'static str,
    shows: &'static str,
    target: &'static str,
    amount: Option<AmountRow>,
    /// What of the lab it can be done to; null where no lab was named.
    targets: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct AmountRow {
    default: &'static str,
    meaning: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Rows {
    faults: Vec<Row>,
}

/// Explains one fault, or all.
///
/// # Errors
/// Where standard output cannot be written.
pub fn faults(args: &FaultsArgs, output: &Output) -> io::Result<Outcome> {
    let wanted = args.kind.as_deref();
    let kinds = CATALOGUE
        .iter()
        .filter(|kind| wanted.is_none_or(|name| kind.name == name));
    let kinds: Vec<&FaultKind> = kinds.collect();
    if let (Some(name), true) = (wanted, kinds.is_empty()) {
        let names: Vec<&str> = CATALOGUE.iter().map(|kind| kind.name).collect();
        return Ok(complain_of_name("no fault is called", name, &names, "faults"));
    }
    let lab = match args.lab.as_deref().map(source::open).transpose() {
        Ok(lab) => lab.map(|opened| opened.loaded.blueprint),
        Err(error) => {
            complain(&source::render(&error));
            return Ok(Outcome::BadInput);
        }
    };
    let rows: Vec<Row> = kinds
        .into_iter()
        .map(|kind| Row {
            name: kind.name,
            title: kind.title,
            models: kind.models,
            shows: kind.shows,
            target: kind.target,
            amount: kind.amount.map(|amount| AmountRow {
                default: amount.default,
                meaning: amount.meaning,
            }),
            targets: lab.as_ref().map(|lab| {
                let all = (kind.candidates)(lab);
                all.into_iter().map(|target| target.name).collect()
            }),
        })
        .collect();
    match output.format {
        Format::Json => output.json(&Rows { faults: rows })?,
        Format::Text => output.text(&text(&rows))?,
    }
    Ok(Outcome::Holds)
}

fn text(rows: &[Row]) -> String {
    /// Prose is easiest to read in lines of this length.
    const LINE: usize = 90;
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{}  {}", paint::strong(row.name), row.title);
        let mut paragraph = |label: &str, prose: &str| {
            for (number, line) in wrap(prose, LINE).into_iter().enumerate() {
                let mark = if number == 0 { label } else { "" };
                let _ = writeln!(text, "  {} {line}", paint::dim(&format!("{mark:<7}")));
            }
        };
        paragraph("models", row.models);
        paragraph("shows", row.shows);
        let amount = row.amount.map_or("", |_| " [AMOUNT]");
        let how_long = if OVER_AT_ONCE.contains(&row.name) {
            "[every 1h [times 3]]"
        } else {
            "[for 5m [every 1h [times 3]]]"
        };
        paragraph(
            "write",
            &format!(
                "10m:{} NAME{amount} {how_long}, where NAME is {}",
                row.name, row.target
            ),
        );
        if let Some(amount) = row.amount {
            paragraph(
                "amount",
                &format!("{}; {} where left out", amount.meaning, amount.default),
            );
        }
        match row.targets.as_deref() {
            Some([]) => paragraph("here", "nothing in this lab"),
            Some(names) => paragraph("here", &names.join(", ")),
            None => {}
        }
        text.push('\n');
    }
    text
}
