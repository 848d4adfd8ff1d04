//! `causeway replay`: a saved session, run again and compared with what it was.

use std::io;

use serde::Serialize;
use sim_core::desk::{parting_rows, scenario_text};
use sim_core::lab::{BranchError, Branches, Compared, Departure};
use sim_core::storage::{kept, whole_file};
use sim_core::view::{Comparison, LogRow};

use crate::cli::{Format, ReplayArgs};
use crate::format::{clock, instant, number, sides};
use crate::output::{Outcome, Output, complain, table};
use crate::source;

#[derive(Debug, Serialize)]
struct Replayed {
    lab: String,
    seed: u64,
    /// Whether everything happened as it did.
    ok: bool,
    current: String,
    branches: Vec<BranchJson>,
    departures: Vec<DepartureJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

#[derive(Debug, Serialize)]
struct BranchJson {
    name: String,
    from: Option<String>,
    began_s: f64,
    now_s: f64,
    done: usize,
    records: u64,
    trace_hash: String,
}

#[derive(Debug, Serialize)]
struct DepartureJson {
    branch: String,
    same_until_s: f64,
    records_the_same: u64,
    differs_s: f64,
    /// Between these records, which are counted from 1, is the first that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_record: Option<u64>,
    /// What those records are now.
    records: Vec<LogRow>,
    not_done_again: Vec<String>,
}

impl DepartureJson {
    fn of(branches: &Branches, it: &Departure) -> Self {
        Self {
            first_record: it.record.map(|parting| parting.first),
            last_record: it.record.map(|parting| parting.last),
            records: parting_rows(branches, it),
            branch: it.branch.clone(),
            same_until_s: it.same_until.since_start().as_secs_f64(),
            records_the_same: it.n_same,
            differs_s: it.differs_at.since_start().as_secs_f64(),
            not_done_again: it.lost.clone(),
        }
    }
}

/// Runs a saved session again.
///
/// # Errors
/// Where standard output cannot be written.
pub fn replay(args: &ReplayArgs, output: &Output) -> io::Result<Outcome> {
    let it = match kept::open(&args.file) {
        Ok(it) => it,
        Err(told) => {
            complain(&source::told(&told));
            return Ok(Outcome::BadInput);
        }
    };
    let branches = &it.reopened.branches;
    let comparison = match args.compare.as_slice() {
        [left, right] => match compared_at(branches, (left, right), args.own_ends) {
            Ok(compared) => Some(Comparison::of(&compared)),
            Err(error) => {
                complain(&format!("error: {error}\n"));
                return Ok(Outcome::BadInput);
            }
        },
        _ => None,
    };
    if let Some(file) = &args.scenario
        && let Err(error) = whole_file::write(file, scenario_text(branches, file))
    {
        complain(&format!("error: failed to write {}: {error}\n", file.display()));
        return Ok(Outcome::BadInput);
    }
    let departures = &it.reopened.departures;
    match output.format {
        Format::Json => output.json(&Replayed {
            lab: branches.session().about().name.clone(),
            seed: it.saved.seed,
            ok: departures.is_empty(),
            current: branches.current().to_owned(),
            branches: rows(branches),
            departures: departures
                .iter()
                .map(|it| DepartureJson::of(branches, it))
                .collect(),
            comparison,
        })?,
        Format::Text => {
            output.text(&text(branches, departures))?;
            if let (Some(comparison), [left, right]) = (&comparison, args.compare.as_slice()) {
                output.text(&compared(comparison, [left, right]))?;
            }
        }
    }
    Ok(Outcome::of(departures.is_empty()))
}

fn compared_at(
    branches: &Branches,
    (left, right): (&str, &str),
    own_ends: bool,
) -> Result<Compared, BranchError> {
    if own_ends {
        branches.compare_ends(left, right)
    } else {
        branches.compare(left, right)
    }
}

fn rows(branches: &Branches) -> Vec<BranchJson> {
    let all = branches.sessions().into_iter();
    all.map(|(row, session)| BranchJson {
        name: row.name,
        from: row.from,
        began_s: row.began_at.since_start().as_secs_f64(),
        now_s: row.now.since_start().as_secs_f64(),
        done: row.n_done,
        records: session.n_records(),
        trace_hash: session.trace_hash().to_string(),
    })
    .collect()
}

fn text(branches: &Branches, departures: &[Departure]) -> String {
    let mut table_of = table(["branch", "from", "began", "now", "by hand", "trace", ""]);
    for (row, session) in branches.sessions() {
        let departed = departures.iter().find(|it| it.branch == row.name);
        table_of.add_row([
            row.name,
            row.from.unwrap_or_default(),
            clock(row.began_at),
            clock(row.now),
            row.n_done.to_string(),
            session.trace_hash().to_string(),
            departed.map_or("as it was", |_| "not as it was").to_owned(),
        ]);
    }
    let mut text = format!("{}\n", table_of.trim_fmt());
    for it in departures {
        text.push_str(&format!(
            "\nbranch {}: as it was until {} ({}), and not any more at {}: the program, its model \
             or the file has changed since the session was saved\n",
            it.branch,
            clock(it.same_until),
            number(
                usize::try_from(it.n_same).unwrap_or(usize::MAX),
                "record",
                "records"
            ),
            clock(it.differs_at)
        ));
        text.push_str(&parting(branches, it));
        for lost in &it.lost {
            text.push_str(&format!("  could not be done again: {lost}\n"));
        }
    }
    text
}

/// The records among which a branch parts from what it was.
fn parting(branches: &Branches, departure: &Departure) -> String {
    let Some(at) = departure.record else {
        let told = if departure.has_trail {
            "every record is as it was: only what the file says of steps, instants or digests is another"
        } else {
            "the file is of a version that does not say at which record"
        };
        return format!("  {told}\n");
    };
    let rows = parting_rows(branches, departure);
    let all = branches.sessions();
    let branch = all.iter().find(|(row, _)| row.name == departure.branch);
    let n_now = branch.map_or(0, |(_, session)| session.n_records());
    let mut text = match (at.first == at.last, rows.is_empty()) {
        (true, false) if departure.n_before < at.first => {
            format!("  there was no record {}, and now there is\n", at.first)
        }
        (true, false) => format!("  record {} is the first that is another; now it is\n", at.first),
        (true, true) if n_now < at.first => {
            format!("  there was a record {}, and now there is none\n", at.first)
        }
        (true, true) => format!(
            "  record {} is the first that is another; it is not kept any more\n",
            at.first
        ),
        (false, _) => format!(
            "  the first record that is another is one of {} to {}; now they are\n",
            at.first, at.last
        ),
    };
    for row in rows {
        let (number, at) = (row.id.number(), instant(row.at));
        text.push_str(&format!("  {number}  {at}  {}: {}\n", row.subject, row.what));
    }
    text
}

fn compared(comparison: &Comparison, [left, right]: [&String; 2]) -> String {
    let Some(parted_at) = comparison.parted_at else {
        let when = comparison.when(left, right);
        return format!("\n{when}: the same has happened in both\n");
    };
    let mut text = format!("\nparted at {}\n", clock(parted_at));
    for (side, row) in [(left, &comparison.left), (right, &comparison.right)] {
        text.push_str(&format!("  on {side}: {}\n", comparison.first(row.as_ref())));
    }
    let mut rows = table(["what", "of", left, right, "by"]);
    for it in &comparison.differences {
        let [left, right, by] = sides(it);
        rows.add_row([it.aspect.title().to_owned(), it.name.clone(), left, right, by]);
    }
    text.push_str(&format!(
        "{}\n{}\n",
        comparison.when(left, right),
        rows.trim_fmt()
    ));
    text
}
