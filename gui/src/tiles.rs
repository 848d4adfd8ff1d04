//! What each tile shows, and what it keeps for that from frame to frame.

use std::collections::BTreeMap;

use egui::Ui;
use sim_core::desk::commands::Pane;
use sim_core::desk::feed::Feed;
use sim_core::view::Inspection;

use crate::ask::{Ask, Cx};
use crate::docking::Tile;
use crate::inspector;
use crate::map::Map;
use crate::panes::log::LogState;
use crate::panes::plots::Plots;
use crate::panes::preflight::PreflightState;
use crate::panes::tree::TreeState;
use crate::panes::{board, branches, faults, log, names, plots, preflight, routing, traffic, tree};
use crate::sheet::{Filter, Sheet};
use crate::timeline::Timeline;

/// What the tiles keep from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    pub(crate) map: Map,
    pub(crate) log: LogState,
    pub(crate) plots: Plots,
    pub(crate) timeline: Timeline,
    tree: TreeState,
    preflight: PreflightState,
    filters: BTreeMap<Tile, Filter>,
    /// The rows of tiles as they were made last: a long list is not made anew for each frame.
    sheets: BTreeMap<Tile, (Made, Sheet, &'static str)>,
    /// How often what there is to show has changed.
    as_of: u64,
    /// What there is to tell of what is looked at, in one part for each side of it.
    pub(crate) parts: Vec<Inspection>,
    /// Whether something was looked at before.
    pub(crate) has_trail: bool,
}

/// What the rows of a tile were made from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    as_of: u64,
    only_failed: bool,
    letters: String,
}

impl Tiles {
    /// What there is to show has changed.
    pub(crate) const fn renew(&mut self) {
        self.as_of += 1;
    }
    /// Draws one.
    pub(crate) fn ui(&mut self, ui: &mut Ui, tile: Tile, cx: &mut Cx<'_>) {
        let pane = match tile {
            Tile::Pane(pane) => pane,
            Tile::Plots => return plots::ui(ui, &mut self.plots, cx),
            Tile::Timeline => return self.timeline.ui(ui, cx),
        };
        match pane {
            Pane::Map => {
                if let Some(item) = self.map.ui(ui) {
                    cx.ask(Ask::Item(item));
                }
            }
            Pane::Migration => board::ui(ui, cx),
            Pane::Log => log::ui(ui, &mut self.log, cx),
            Pane::Tree => tree::ui(ui, &mut self.tree, cx),
            Pane::Detail => inspector::ui(ui, &self.map, &self.parts, self.has_trail, cx),
            Pane::Preflight => {
                preflight::heading(ui, &mut self.preflight, cx);
                if self.preflight.as_list {
                    self.sheet(ui, tile, cx);
                } else {
                    preflight::matrix(ui, self.preflight.only_failed, cx);
                }
            }
            Pane::Routes => {
                routing::owners(ui, cx);
                self.sheet(ui, tile, cx);
            }
            Pane::Faults => {
                faults::buttons(ui, cx);
                self.sheet(ui, tile, cx);
            }
            Pane::Branches => {
                branches::buttons(ui, cx);
                self.sheet(ui, tile, cx);
            }
            Pane::Compare => {
                branches::compared_heading(ui, cx);
                self.sheet(ui, tile, cx);
            }
            Pane::Links | Pane::Bgp | Pane::Flows | Pane::Dns | Pane::Jobs | Pane::Expectations => {
                self.sheet(ui, tile, cx);
            }
        }
    }

    fn sheet(&mut self, ui: &mut Ui, tile: Tile, cx: &mut Cx<'_>) {
        let filter = self.filters.entry(tile).or_default();
        filter.ui(ui, tile);
        let made = Made {
            as_of: self.as_of,
            only_failed: self.preflight.only_failed,
            letters: filter.letters(),
        };
        if self.sheets.get(&tile).is_none_or(|(of, ..)| *of != made) {
            let Some((sheet, empty)) = self.content(tile, cx.feed) else {
                return;
            };
            let (sheet, empty) = if made.letters.is_empty() {
                (sheet, empty)
            } else {
                (sheet.filtered(&made.letters), "Nothing here holds these letters.")
            };
            self.sheets.insert(tile, (made, sheet, empty));
        }
        if let Some((_, sheet, empty)) = self.sheets.get(&tile) {
            sheet.ui(ui, tile, empty, cx);
        }
    }

    /// The rows of a tile that has some, and what is said where there are none.
    fn content(&self, tile: Tile, feed: &Feed) -> Option<(Sheet, &'static str)> {
        let Tile::Pane(pane) = tile else { return None };
        Some(match pane {
            Pane::Links => (traffic::links(feed), "This lab has no links and no tunnels."),
            Pane::Bgp => (routing::sessions(feed), "This lab has no BGP sessions."),
            Pane::Routes => (routing::routes(feed), "Nothing in this lab has routes."),
            Pane::Flows => (
                traffic::flows(feed),
                "Nothing flows at present, and the lab has no probes.",
            ),
            Pane::Dns => (names::dns(feed), "Nothing in this lab answers for names."),
            Pane::Faults => (
                faults::faults(feed),
                "Nothing was broken yet. Inject a fault, or select something and press f.",
            ),
            Pane::Jobs => (faults::jobs(feed), "No job has begun yet."),
            Pane::Expectations => (faults::goals(feed), "This lab expects nothing."),
            Pane::Branches => (branches::branches(feed), ""),
            Pane::Compare => (
                branches::compared(feed),
                if feed.comparison.is_some() {
                    ""
                } else {
                    "Take a branch, do something else on it, and compare the two from the list of branches."
                },
            ),
            Pane::Preflight => (
                preflight::list(feed, self.preflight.only_failed),
                "There is nothing to check, or it is checked now.",
            ),
            Pane::Map | Pane::Migration | Pane::Log | Pane::Tree | Pane::Detail => return None,
        })
    }

    /// The rows of a tile as text; none where it has none.
    pub(crate) fn text(&self, tile: Tile, feed: &Feed) -> Option<String> {
        if tile == Tile::Pane(Pane::Log) {
            let line = |row: &sim_core::view::LogRow| format!("{}\t{}\t{}\n", row.at, row.subject, row.what);
            return Some(feed.log.iter().map(line).collect());
        }
        self.content(tile, feed).map(|(sheet, _)| sheet.text())
    }

    /// Lets a person write which rows of a tile are shown.
    pub(crate) fn ask_filter(&mut self, tile: Tile) {
        match tile {
            Tile::Pane(Pane::Map) => {
                self.map.find();
                return;
            }
            Tile::Pane(Pane::Preflight) => self.preflight.as_list = true,
            Tile::Pane(Pane::Log) => {
                self.log.is_asked = true;
                return;
            }
            _ => {}
        }
        self.filters.entry(tile).or_default().is_asked = true;
    }
}
