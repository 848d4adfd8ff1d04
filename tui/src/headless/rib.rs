//! `causeway rib`: a router's routes, and which step of the decision made each the best.

use std::fmt::Write as _;
use std::io;

use comfy_table::Cell;
use sim_core::kernel::Keep;
use sim_core::proto::bgp::rib::DecidedBy;
use sim_core::units::SimTime;
use sim_core::verdict::RouteSource;
use sim_core::view::{Health, Rib, RibPath, RibPrefix, View};

use crate::cli::{Format, RibArgs};
use crate::format;
use crate::output::{Outcome, Output, cell, complain, paint, right, table};

/// Shows a router's routes.
///
/// # Errors
/// Where standard output cannot be written.
pub fn rib(args: &RibArgs, output: &Output) -> io::Result<Outcome> {
    let mut session = match super::session(&args.lab, None, &args.fail, Keep::Nothing) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let at = args.at.map_or_else(|| session.ends_at(), SimTime::at);
    super::run_to(&mut session, at);
    let rib = match View::of(&session).rib(&args.node, args.prefix) {
        Ok(rib) => rib,
        Err(error) => {
            complain(&format!("error: {error}\n"));
            return Ok(Outcome::BadInput);
        }
    };
    match output.format {
        Format::Json => output.json(&rib)?,
        Format::Text => output.text(&text(&rib))?,
    }
    Ok(Outcome::Holds)
}

fn text(rib: &Rib) -> String {
    let speaks = match (rib.asn, rib.router_id) {
        (Some(asn), Some(id)) => format!(", AS {asn}, identifier {id}"),
        _ => ", no BGP".to_owned(),
    };
    let mut text = format!(
        "{}{speaks}, at {}\n",
        paint::strong(&rib.node),
        format::clock(rib.at)
    );
    for row in &rib.prefixes {
        prefix(row, &mut text);
    }
    if rib.prefixes.is_empty() {
        text.push_str("\nIt has no routes.\n");
    }
    text
}

fn prefix(row: &RibPrefix, text: &mut String) {
    let way = match (row.source, row.fib.as_slice()) {
        (None, _) if is_own(row) => "its own".to_owned(),
        (None, _) => paint::dim("not forwarded"),
        (Some(RouteSource::Ibgp | RouteSource::Ebgp), []) if is_own(row) => {
            "its own aggregate; drops what no longer prefix matches".to_owned()
        }
        (Some(source), []) => format!("dropped, {source}"),
        (Some(source), hops) => format!("→ {} by {}, {source}", hops.join(", "), row.interfaces.join(", ")),
    };
    let _ = writeln!(text, "\n{}  {way}", paint::strong(&row.prefix.to_string()));
    if row.paths.is_empty() {
        return;
    }
    let mut table = table([
        "",
        "from",
        "AS path",
        "next hop",
        "weight",
        "local pref",
        "MED",
        "origin",
        "IGP",
        "",
    ]);
    for path in &row.paths {
        table.add_row(path_row(path));
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
}

/// Whether the best path is none that a neighbor announced.
fn is_own(row: &RibPrefix) -> bool {
    row.paths.iter().any(|path| path.best && path.peer.is_none())
}

fn path_row(path: &RibPath) -> [Cell; 10] {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let sign = match (path.best, path.multipath, path.usable) {
        (true, _, _) => cell(Health::Good, "best"),
        (_, true, _) => cell(Health::Good, "also"),
        (_, _, true) => cell(Health::Idle, ""),
        (_, _, false) => cell(Health::Failed, "✘"),
    };
    let mut why = match (path.decided_by, path.best) {
        (Some(DecidedBy::OnlyPath), _) => "the only path".to_owned(),
        (Some(step), true) => format!("wins by {step}"),
        (Some(step), false) => format!("loses by {step}"),
        (None, _) if !path.usable => "next hop unreachable".to_owned(),
        (None, _) => String::new(),
    };
    if !path.communities.is_empty() {
        let _ = write!(why, "  {}", path.communities.join(" "));
    }
    if path.stale {
        why.push_str("  stale");
    }
    let as_path = if path.as_path.is_empty() {
        "-"
    } else {
        &path.as_path
    };
    [
        sign,
        Cell::new(&path.from),
        Cell::new(as_path),
        Cell::new(or_dash(path.next_hop.map(|hop| hop.to_string()))),
        right(&path.weight.to_string()),
        right(&path.local_pref.to_string()),
        right(&or_dash(path.med.map(|med| med.to_string()))),
        Cell::new(path.origin.to_string()),
        right(&or_dash(path.metric.map(|metric| metric.to_string()))),
        Cell::new(why),
    ]
}
