//! What failures did to a migration, for people: which ways its flows took instead, and who was how far behind.

use std::fmt::Write as _;

use comfy_table::Cell;
use sim_core::view::Summary;

use crate::format;
use crate::output::{right, table};

/// More rows than this are counted.
const MOST: usize = 16;

/// The moves of flows, the latest of them, and the lags, the longest of them.
pub(super) fn text(summary: &Summary, text: &mut String) {
    moves(summary, text);
    lags(summary, text);
}

fn moves(summary: &Summary, text: &mut String) {
    if summary.moves.is_empty() {
        return;
    }
    let mut rows = table(["flow", "moved at", "rate", "over"]);
    let n_left = summary.moves.len().saturating_sub(MOST);
    for it in summary.moves.iter().skip(n_left) {
        let over = match it.reason {
            Some(reason) => format!("stands: {reason}"),
            None => it.path.join(" → "),
        };
        rows.add_row([
            Cell::new(&it.flow),
            right(&format::clock(it.at)),
            right(&format::rate(it.rate)),
            Cell::new(over),
        ]);
    }
    let _ = writeln!(text, "{}", rows.trim_fmt());
    if n_left > 0 {
        let _ = writeln!(text, "{} before these.", format::number(n_left, "move", "moves"));
    }
    text.push('\n');
}

fn lags(summary: &Summary, text: &mut String) {
    if summary.lags.is_empty() {
        return;
    }
    let mut all: Vec<_> = summary.lags.iter().collect();
    all.sort_by_key(|it| core::cmp::Reverse(it.largest));
    let mut rows = table(["behind", "from", "until", "longest lag", "most backlog"]);
    for it in all.iter().take(MOST) {
        rows.add_row([
            Cell::new(&it.server),
            right(&format::clock(it.started_at)),
            right(&it.ended_at.map_or_else(|| "still".to_owned(), format::clock)),
            right(&format::span(it.largest)),
            right(&format::size(it.largest_backlog)),
        ]);
    }
    let _ = writeln!(text, "{}", rows.trim_fmt());
    let n_more = all.len().saturating_sub(MOST);
    if n_more > 0 {
        let _ = writeln!(text, "{n_more} shorter ones.");
    }
    text.push('\n');
}
