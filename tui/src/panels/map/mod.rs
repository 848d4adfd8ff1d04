//! The lab as a map: sites left, the cloud right, links between them with what they carry, failing parts first to be seen.

mod board;
mod paint;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use sim_core::resource::ResourceRef;
use sim_core::view::map::{Form, Map as Layout, Spot};
use sim_core::view::{Health, Topology};

use crate::keymap::Action;
use crate::panel::{Context, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Move;
use crate::widgets::table;

/// The map.
#[derive(Debug, Default)]
pub(super) struct Map {
    layout: Layout,
    /// The columns and rows that are to the left of and above the screen.
    offset: (i32, i32),
    /// Columns and rows of the screen.
    size: (i32, i32),
    /// What is selected here, and where: things may stand in two places.
    at: Option<(ResourceRef, (i32, i32))>,
    filter: String,
}

/// Something that the cursor can be on.
#[derive(Debug, Clone, Copy)]
struct Target {
    id: ResourceRef,
    at: (i32, i32),
}

impl Map {
    fn thing(topology: &Topology, spot: &Spot) -> Option<ResourceRef> {
        topology.thing(spot.place).map(|(id, _, _)| id)
    }

    /// Everything that the cursor can be on.
    fn targets(&self, topology: &Topology) -> Vec<Target> {
        let spots = self.layout.spots.iter().filter_map(|spot| {
            let at = match spot.form {
                Form::Device => spot.area.middle(),
                Form::Box | Form::Row | Form::Chip | Form::Dot => (spot.area.x + 1, spot.area.y),
            };
            Some(Target {
                id: Self::thing(topology, spot)?,
                at,
            })
        });
        let wires = self.layout.wires.iter().filter_map(|wire| {
            Some(Target {
                id: topology.links.get(wire.link)?.id,
                at: wire.middle(),
            })
        });
        spots.chain(wires).collect()
    }

    /// Where what is selected stands; none where it is not on the map.
    fn here(&self, topology: &Topology, selected: Selection) -> Option<(i32, i32)> {
        let Selection::Resource(selected) = selected else {
            return None;
        };
        let same = self.at.filter(|(id, _)| *id == selected).map(|(_, at)| at);
        let targets = self.targets(topology);
        same.filter(|at| targets.iter().any(|it| it.id == selected && it.at == *at))
            .or_else(|| targets.iter().find(|it| it.id == selected).map(|it| it.at))
    }

    fn go(&mut self, (dx, dy): (i32, i32), cx: &Context<'_>) -> Outcome {
        let topology = &cx.feed.snapshot.topology;
        let targets = self.targets(topology);
        let from = self.here(topology, cx.selected);
        let next = match from {
            // From nowhere the first step is to the first place.
            None => targets.first(),
            Some(from) => {
                // A row counts as much as two columns, and what is off the way four times.
                let cost = |it: &Target| {
                    let (x, y) = (it.at.0 - from.0, (it.at.1 - from.1) * 2);
                    let (on, off) = if dx == 0 {
                        (y * dy, x.abs())
                    } else {
                        (x * dx, y.abs())
                    };
                    (on > 0).then_some(on + off * if dx == 0 { 1 } else { 4 })
                };
                let costs = targets.iter().filter_map(|it| Some((cost(it)?, it)));
                costs.min_by_key(|(cost, _)| *cost).map(|(_, it)| it)
            }
        };
        next.map_or(Outcome::Done, |next| {
            self.at = Some((next.id, next.at));
            Outcome::Select(Selection::Resource(next.id))
        })
    }

    /// Moves the screen over the map so that what is selected is on it.
    fn follow(&mut self, area: Rect, topology: &Topology, selected: Selection) {
        self.size = (i32::from(area.width), i32::from(area.height));
        let most = (
            (self.layout.size.0 - self.size.0).max(0),
            (self.layout.size.1 - self.size.1).max(0),
        );
        if let Some(at) = self.here(topology, selected) {
            const MARGIN: i32 = 2;
            let into = |offset: i32, at: i32, size: i32| {
                let lowest = (at + MARGIN + 1 - size).max(0);
                offset.clamp(lowest, (at - MARGIN).max(lowest))
            };
            self.offset.0 = into(self.offset.0, at.0, self.size.0);
            self.offset.1 = into(self.offset.1, at.1, self.size.1);
        }
        self.offset = (self.offset.0.clamp(0, most.0), self.offset.1.clamp(0, most.1));
        // What is smaller than the screen stands in its middle.
        let spare = |screen: i32, map: i32| (screen - map).max(0) / 2;
        self.offset.0 -= spare(self.size.0, self.layout.size.0);
        self.offset.1 -= spare(self.size.1, self.layout.size.1);
    }
}

/// What of a lab does badly, in a few words.
fn troubles(topology: &Topology) -> String {
    let failed = topology
        .links
        .iter()
        .filter(|it| it.health == Health::Failed)
        .count();
    let nodes = topology
        .nodes
        .iter()
        .filter(|it| it.health == Health::Failed)
        .count();
    let told = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one} down")),
        n => Some(format!("{n} {many} down")),
    };
    let words = [told(failed, "link", "links"), told(nodes, "thing", "things")];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl Panel for Map {
    fn title(&self) -> &'static str {
        "Map"
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let mut words = vec![troubles(&cx.feed.snapshot.topology)];
        if self.layout.size.0 > self.size.0 || self.layout.size.1 > self.size.1 {
            words.push("goes on beyond the edge".to_owned());
        }
        words.retain(|it| !it.is_empty());
        words.join(", ")
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let topology = &cx.feed.snapshot.topology;
        self.layout = Layout::of(topology, area.width, area.height);
        self.follow(area, topology, cx.selected);
        if self.layout.spots.is_empty() {
            let line = Line::styled("There is nothing in this lab.", cx.look.theme.dim);
            table::put(buf, area, 0, &line, None);
            return;
        }
        let canvas = paint::Canvas {
            area,
            offset: self.offset,
            wanted: self.filter.to_lowercase(),
            cx,
        };
        canvas.draw(&self.layout, buf);
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        match action {
            Action::Go(Move::Up) => self.go((0, -1), cx),
            Action::Go(Move::Down) => self.go((0, 1), cx),
            Action::Open => self.go((1, 0), cx),
            Action::Close => self.go((-1, 0), cx),
            Action::Go(Move::PageUp) => {
                self.offset.1 -= self.size.1 / 2;
                Outcome::Done
            }
            Action::Go(Move::PageDown) => {
                self.offset.1 += self.size.1 / 2;
                Outcome::Done
            }
            Action::Go(how @ (Move::Top | Move::Bottom)) => {
                let targets = self.targets(&cx.feed.snapshot.topology);
                let spots = self.layout.spots.len();
                let found = if how == Move::Top {
                    targets.first()
                } else {
                    targets.get(..spots).and_then(<[Target]>::last)
                };
                found.map_or(Outcome::Done, |it| {
                    self.at = Some((it.id, it.at));
                    Outcome::Select(Selection::Resource(it.id))
                })
            }
            Action::Enter => match cx.selected {
                Selection::Resource(ResourceRef::Lab) => Outcome::Done,
                selected => Outcome::Look(selected),
            },
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let topology = &cx.feed.snapshot.topology;
        let (x, y) = (i32::from(at.x) + self.offset.0, i32::from(at.y) + self.offset.1);
        let spot = self.layout.at(x, y);
        let inner = spot.filter(|spot| spot.form != Form::Box);
        let wire = || {
            let wire = self.layout.wire_at(x, y)?;
            Some((topology.links.get(wire.link)?.id, wire.middle()))
        };
        let found = inner
            .and_then(|spot| Some((Self::thing(topology, spot)?, (spot.area.x + 1, spot.area.y))))
            .or_else(wire)
            .or_else(|| {
                spot.and_then(|spot| Some((Self::thing(topology, spot)?, (spot.area.x + 1, spot.area.y))))
            });
        found.map_or(Outcome::Done, |(id, at)| {
            self.at = Some((id, at));
            Outcome::Select(Selection::Resource(id))
        })
    }
}
