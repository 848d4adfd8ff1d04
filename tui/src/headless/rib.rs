//! `causeway rib`: a router's routes, and which step of the decision made each the best.

use std::fmt::Write as _;
use std::io;

use comfy_table::Cell;
use sim_core::kernel::Keep;
use sim_core::proto::bgp::rib::DecidedBy;
use sim_core::units::SimTime;
use sim_core::verdict::RouteSource;
use sim_core::view::{Health, Rib, RibPath, RibPrefix, View, kind_text};

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
    let columns = columns(&row.paths);
    let headings = columns.iter().map(|column| column.heading());
    let mut table = table(["", "from"].into_iter().chain(headings).chain([""]));
    for path in &row.paths {
        table.add_row(path_row(path, &columns));
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
}

/// What the decision compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Weight,
    LocalPref,
    AsPath,
    Origin,
    Med,
    Kind,
    NextHop,
    Metric,
    Since,
    RouterId,
    Clusters,
    Peer,
}

impl Column {
    /// In the order of the table.
    const ALL: [Self; 12] = [
        Self::AsPath,
        Self::NextHop,
        Self::Weight,
        Self::LocalPref,
        Self::Med,
        Self::Origin,
        Self::Kind,
        Self::Metric,
        Self::Since,
        Self::RouterId,
        Self::Clusters,
        Self::Peer,
    ];
    const fn heading(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::LocalPref => "local pref",
            Self::AsPath => "AS path",
            Self::Origin => "origin",
            Self::Med => "MED",
            Self::Kind => "kind",
            Self::NextHop => "next hop",
            Self::Metric => "IGP",
            Self::Since => "since",
            Self::RouterId => "router id",
            Self::Clusters => "clusters",
            Self::Peer => "peer",
        }
    }
    /// The step at which the decision looks at it; none for what is always shown.
    const fn step(self) -> Option<DecidedBy> {
        match self {
            Self::AsPath | Self::NextHop | Self::LocalPref | Self::Med => None,
            Self::Weight => Some(DecidedBy::Weight),
            Self::Origin => Some(DecidedBy::Origin),
            Self::Kind => Some(DecidedBy::ExternalOverInternal),
            Self::Metric => Some(DecidedBy::IgpMetric),
            Self::Since => Some(DecidedBy::Oldest),
            Self::RouterId => Some(DecidedBy::RouterId),
            Self::Clusters => Some(DecidedBy::ClusterListLength),
            Self::Peer => Some(DecidedBy::PeerAddress),
        }
    }
    /// Whether it is one of those by which most decisions fall, and which are shown where there is room.
    const fn is_common(self) -> bool {
        matches!(self, Self::Weight | Self::Origin | Self::Metric)
    }
    fn of(self, path: &RibPath) -> String {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        match self {
            Self::Weight => path.weight.to_string(),
            Self::LocalPref => path.local_pref.to_string(),
            Self::AsPath if path.as_path.is_empty() => "-".to_owned(),
            Self::AsPath => path.as_path.clone(),
            Self::Origin => path.origin.to_string(),
            Self::Med => or_dash(path.med.map(|med| med.to_string())),
            Self::Kind => or_dash(path.kind.map(|kind| kind_text(kind).to_owned())),
            Self::NextHop => or_dash(path.next_hop.map(|hop| hop.to_string())),
            Self::Metric => or_dash(path.metric.map(|metric| metric.to_string())),
            Self::Since => format::clock(path.since),
            Self::RouterId => path.router_id.to_string(),
            Self::Clusters => path.cluster_list.len().to_string(),
            Self::Peer => or_dash(path.peer.map(|peer| peer.to_string())),
        }
    }
    fn cell(self, path: &RibPath) -> Cell {
        match self {
            Self::Weight | Self::LocalPref | Self::Med | Self::Metric | Self::Clusters => {
                right(&self.of(path))
            }
            Self::AsPath
            | Self::Origin
            | Self::Kind
            | Self::NextHop
            | Self::Since
            | Self::RouterId
            | Self::Peer => Cell::new(self.of(path)),
        }
    }
}

/// The columns that tell the paths apart: as far as the decision went, and of what it passed by only what differs. JSON has
/// them all.
fn columns(paths: &[RibPath]) -> Vec<Column> {
    let last = paths.iter().filter_map(|path| path.decided_by).max();
    let went_past_cost = last > Some(DecidedBy::IgpMetric);
    let differs = |column: Column| {
        let mut values = paths.iter().map(|path| column.of(path));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let decided = |step| paths.iter().any(|path| path.decided_by == Some(step));
    let is_shown = |column: &Column| {
        let Some(step) = column.step() else { return true };
        if decided(step) {
            return true;
        }
        match column.is_common() {
            true => !went_past_cost || differs(*column),
            false => last > Some(step) && differs(*column),
        }
    };
    Column::ALL.into_iter().filter(is_shown).collect()
}

/// Whether the best path is none that a neighbor announced.
fn is_own(row: &RibPrefix) -> bool {
    row.paths.iter().any(|path| path.best && path.peer.is_none())
}

fn path_row(path: &RibPath, columns: &[Column]) -> Vec<Cell> {
    let sign = match (path.best, path.multipath, path.usable) {
        (true, _, _) => cell(Health::Good, "best"),
        (_, true, _) => cell(Health::Good, "also"),
        (_, _, true) => cell(Health::Idle, ""),
        (_, _, false) => cell(Health::Failed, "✘"),
    };
    let mut why = crate::panels::verdict(path);
    if !path.communities.is_empty() {
        let _ = write!(why, "  {}", path.communities.join(" "));
    }
    if path.stale {
        why.push_str("  stale");
    }
    let compared = columns.iter().map(|column| column.cell(path));
    let ends = [sign, Cell::new(&path.from)];
    ends.into_iter().chain(compared).chain([Cell::new(why)]).collect()
}
