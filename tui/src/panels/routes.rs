//! The routes of what is selected: where each prefix leads, what the route comes from, and what made it the one; of a router
//! every candidate with the step of the decision that it won or lost by.

use ratatui::text::{Line, Span};
use sim_core::view::{RibPath, RouteRow, RoutingTable};

use super::sheet::{Listing, Sheet, Stands, words};
use crate::format;
pub(crate) use crate::format::verdict;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Outcome};
use crate::selection::Selection;
use crate::widgets::table::Column;

/// The routes of what is selected.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// Whether candidates that lost are shown, too.
    shows_candidates: bool,
}

const NEXT: u8 = 0;
const PREVIOUS: u8 = 1;
const CANDIDATES: u8 = 2;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(NEXT), [letter('o')], Here, "Routes of the next router, gateway or VPC", "next table";
    Action::Local(PREVIOUS), [letter('O')], Here, "Routes of the one before";
    Action::Local(CANDIDATES), [letter('a')], Here, "Show every candidate with the step that decided, or the best only", "candidates";
};

const COLUMNS: [Column; 5] = [
    words("", 1, 0, 0),
    words("prefix", 18, 0, 0),
    words("leads to", 18, 2, 0),
    words("source", 14, 0, 1),
    words("decided by", 20, 2, 2),
];

/// A table has fewer columns the less room there is; of these the rest are shown in the detail.
const PATHS: [Column; 7] = [
    words("", 8, 0, 0),
    words("from", 12, 2, 0),
    words("AS path", 12, 2, 1),
    words("next hop", 15, 0, 4),
    words("pref", 5, 0, 2),
    words("MED", 5, 0, 5),
    words("why", 24, 3, 0),
];

fn cell(row: &RouteRow, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(row.health);
    match place {
        0 => Line::styled(glyphs.mark(row.health), style),
        1 => Line::styled(row.prefix.clone(), theme.strong),
        2 => Line::styled(row.leads_to.clone(), theme.text),
        3 => Line::styled(row.source.clone(), theme.text),
        _ => Line::styled(row.decided_by.clone(), theme.dim),
    }
}

fn path_cell(path: &RibPath, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let (sign, style) = match (path.best, path.multipath, path.usable) {
        (true, _, _) => ("best", theme.good),
        (_, true, _) => ("also", theme.good),
        (_, _, true) => ("", theme.dim),
        (_, _, false) => (glyphs.no, theme.bad),
    };
    match place {
        0 => Line::styled(format!("  {} {sign}", glyphs.because), style),
        1 => Line::styled(path.from.clone(), theme.text),
        2 => Line::styled(path.as_path.clone(), theme.text),
        3 => Line::styled(
            path.next_hop.map_or(String::new(), |hop| hop.to_string()),
            theme.dim,
        ),
        4 => Line::styled(path.local_pref.to_string(), theme.text),
        5 => Line::styled(path.med.map_or(String::new(), |med| med.to_string()), theme.dim),
        _ => Line::styled(verdict(path), style),
    }
}

impl Routes {
    /// Looks at the routes of the one that is so many places further in the list of all that have any.
    fn turn(step: isize, cx: &Context<'_>) -> Outcome {
        let owners = &cx.feed.routing_owners;
        let shown = cx.feed.routing.as_ref().map(|routing| routing.id);
        let here = owners.iter().position(|owner| Some(owner.id) == shown);
        let n = owners.len();
        let next = match (here, step) {
            (None, _) => 0,
            (Some(here), step) if step > 0 => (here + 1) % n.max(1),
            (Some(here), _) => (here + n - 1) % n.max(1),
        };
        let found = owners.get(next);
        found.map_or(Outcome::Done, |owner| {
            Outcome::Select(Selection::Resource(owner.id))
        })
    }

    fn rows<'a>(table: &'a RoutingTable, sheet: &Sheet) -> Vec<&'a RouteRow> {
        let rows = table.rows.iter();
        rows.filter(|row| sheet.holds(&[&row.prefix, &row.leads_to, &row.source]))
            .collect()
    }
}

impl Listing for Routes {
    const TITLE: &'static str = "Routes";
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let routing = cx.feed.routing.as_ref();
        routing.map_or(String::new(), |routing| {
            let n_rows: usize = routing.tables.iter().map(|table| table.rows.len()).sum();
            let routes = format::number(n_rows, "route", "routes");
            format!("{} {}, {routes}", routing.id.kind(), routing.name)
        })
    }
    fn act(&mut self, action: Action, _at: Option<&Stands>, cx: &Context<'_>) -> Outcome {
        match action {
            Action::Local(NEXT) | Action::Open => Self::turn(1, cx),
            Action::Local(PREVIOUS) | Action::Close => Self::turn(-1, cx),
            Action::Local(CANDIDATES) => {
                self.shows_candidates = !self.shows_candidates;
                Outcome::Done
            }
            _ => Outcome::Ignored,
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let theme = &cx.look.theme;
        let tables = cx.feed.routing.iter().flat_map(|routing| &routing.tables);
        for (n, table) in tables.enumerate() {
            sheet.heading(Line::from(vec![
                Span::styled(table.name.clone(), theme.accent),
                Span::styled(format!("  {}", table.note), theme.dim),
            ]));
            if n == 0 {
                sheet.header(&COLUMNS, cx);
            }
            let rows = Self::rows(table, sheet);
            if rows.is_empty() {
                sheet.say(Line::styled("  no route", theme.dim));
            }
            let stands = Stands::For(Selection::Resource(table.id));
            for row in rows {
                sheet.row(&COLUMNS, |column, _| cell(row, column, cx), stands.clone(), cx);
                if !self.shows_candidates {
                    continue;
                }
                for path in &row.paths {
                    sheet.row(
                        &PATHS,
                        |column, _| path_cell(path, column, cx),
                        stands.clone(),
                        cx,
                    );
                }
            }
        }
        if sheet.is_empty() {
            sheet.say(Line::styled("Nothing in this lab has routes.", theme.dim));
        }
    }
}
