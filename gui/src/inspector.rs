//! What is selected, in full: a thing's facts, neighbours, records and what can be done to it; a record with its causes; a
//! check with its cure. Else what there is to tell of the whole lab.

use egui::{Label, RichText, ScrollArea, Sense, Ui, vec2};
use sim_core::desk::format;
use sim_core::desk::request::Request;
use sim_core::desk::selection::Selection;
use sim_core::fault;
use sim_core::lab::ResourceRef;
use sim_core::view::{Fact, Inspection, LogRow};

use crate::ask::{Ask, Cx};
use crate::canvas::health_mark;
use crate::map::Map;
use crate::panes::{log, preflight};
use crate::theme::Palette;
use crate::topology::{ContainerKind, Health, Item, Link, NodeKind, Place, Topology};

/// Width of the column that says what a fact is about.
const ABOUT: f32 = 92.0;
/// Neighbours that are told of.
const NEIGHBOURS: usize = 16;
/// Records that are told of.
const RECENT: usize = 8;

/// A way to go on that was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// Something in the picture.
    Item(Item),
    /// Something that a fact names.
    Thing(ResourceRef),
}

/// Draws the pane; `parts` is what there is to tell of a thing, in one part for each side of it.
pub(crate) fn ui(ui: &mut Ui, map: &Map, parts: &[Inspection], has_trail: bool, cx: &mut Cx<'_>) {
    ScrollArea::vertical()
        .id_salt("inspector")
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new().inner_margin(10.0).show(ui, |ui| {
                if has_trail && ui.link("← Back").clicked() {
                    cx.ask(Ask::Back);
                }
                match cx.selected {
                    Selection::Record(_) => log::causes(ui, cx),
                    Selection::Check(place) => preflight::detail(ui, place, cx),
                    Selection::Resource(thing) => thing_ui(ui, map, thing, parts, cx),
                }
            });
        });
}

fn thing_ui(ui: &mut Ui, map: &Map, thing: ResourceRef, parts: &[Inspection], cx: &mut Cx<'_>) {
    let topology = map.topology();
    // A box that the lab does not name is selected on the map alone.
    let derived = map.selected().filter(|_| thing == ResourceRef::Lab);
    let item = derived.or_else(|| map.item(thing));
    let subject = item.and_then(|item| Subject::of(topology, item));
    let follow = match subject {
        Some(subject) if derived.is_some() => subject.ui(ui, topology, &[]),
        _ if thing == ResourceRef::Lab => overview(ui, topology, parts),
        Some(subject) => subject.ui(ui, topology, parts),
        None => aside(ui, parts),
    };
    match follow {
        Some(Follow::Item(item)) => cx.ask(Ask::Item(Some(item))),
        Some(Follow::Thing(thing)) => cx.select(Selection::Resource(thing)),
        None => {}
    }
    if derived.is_some() {
        return;
    }
    deeds(ui, cx);
    neighbours(ui, cx);
    recent(ui, cx);
}

/// What can be done to the selected thing.
fn deeds(ui: &mut Ui, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    if feed.choices.is_empty() {
        return;
    }
    section(ui, "What can be done to it");
    for choice in &feed.choices {
        let of = if choice.things.len() > 1 {
            format!(" of {}", choice.target)
        } else {
            String::new()
        };
        let active = feed.injected.iter().find(|it| it.choice == *choice);
        let kind = fault::kind(choice.kind).map_or("", |kind| kind.title);
        let (words, request) = match active {
            Some(it) => (
                format!("Heal {}{of}", choice.kind),
                Request::Heal(choice.clone(), it.at),
            ),
            None => (format!("{}{of}…", choice.kind), Request::Offer(choice.clone())),
        };
        ui.horizontal_wrapped(|ui| {
            if ui.button(words).clicked() {
                cx.asks.push(Ask::Lab(request));
            }
            ui.label(RichText::new(kind).small().weak());
        });
    }
}

/// What stands beside the selected thing: what does badly first.
fn neighbours(ui: &mut Ui, cx: &mut Cx<'_>) {
    let all = &cx.feed.neighbours;
    if all.is_empty() {
        return;
    }
    section(ui, "Beside it");
    let mut shown: Vec<_> = all.iter().collect();
    shown.sort_by_key(|it| core::cmp::Reverse(it.health.max(Health::Good)));
    for it in shown.into_iter().take(NEIGHBOURS) {
        ui.horizontal(|ui| {
            mark(ui, it.health);
            if ui.link(&it.name).clicked() {
                cx.asks.push(Ask::Select(Selection::Resource(it.id)));
            }
            ui.add(Label::new(RichText::new(&it.by).weak()).truncate());
        });
    }
    if all.len() > NEIGHBOURS {
        ui.weak(format!("and {} more", all.len() - NEIGHBOURS));
    }
}

/// What happened last to the selected thing and to what belongs to it.
fn recent(ui: &mut Ui, cx: &mut Cx<'_>) {
    let rows: Vec<&LogRow> = cx.feed.recent().take(RECENT).collect();
    if rows.is_empty() {
        return;
    }
    section(ui, "What happened to it, the last first");
    for row in rows {
        ui.horizontal_top(|ui| {
            mark(ui, row.health);
            let words = format!("{}  {}", format::clock(row.at), row.what);
            let label = Label::new(words).wrap().sense(Sense::click());
            if ui.add(label).on_hover_text("Why, and what it led to").clicked() {
                cx.asks.push(Ask::Select(Selection::Record(row.id)));
            }
        });
    }
}

/// Something that has no place in the picture, such as a job or a security group.
fn aside(ui: &mut Ui, parts: &[Inspection]) -> Option<Follow> {
    let (first, rest) = parts.split_first()?;
    heading(ui, first.kind, &first.name, "", Some(first.health));
    let here = sections(ui, first);
    here.or(others(ui, rest))
}

fn heading(ui: &mut Ui, kind: &str, name: &str, note: &str, health: Option<Health>) {
    ui.label(RichText::new(kind).small().weak());
    ui.heading(name);
    if health.is_none() && note.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        if let Some(health) = health {
            mark(ui, health);
            ui.label(health.as_str());
        }
        if !note.is_empty() {
            ui.label(RichText::new(note).weak());
        }
    });
}

/// What the panel says of one item.
struct Subject<'a> {
    item: Item,
    kind: &'a str,
    name: &'a str,
    note: &'a str,
    health: Option<Health>,
}

impl<'a> Subject<'a> {
    fn of(topology: &'a Topology, item: Item) -> Option<Self> {
        Some(match item {
            Item::Container(id) => {
                let container = topology.container(id)?;
                Self {
                    item,
                    kind: container.kind.label(),
                    name: &container.name,
                    note: &container.note,
                    health: Some(container.health),
                }
            }
            Item::Node(id) => {
                let node = topology.node(id)?;
                Self {
                    item,
                    kind: node.kind.label(),
                    name: &node.name,
                    note: &node.note,
                    health: Some(node.health),
                }
            }
            Item::Link(id) => {
                let link = topology.link(id)?;
                Self {
                    item,
                    kind: &link.kind,
                    name: &link.name,
                    note: &link.note,
                    health: Some(link.health),
                }
            }
        })
    }

    /// Draws it and `parts`, what there is to tell of it.
    fn ui(&self, ui: &mut Ui, topology: &Topology, parts: &[Inspection]) -> Option<Follow> {
        let Some((first, rest)) = parts.split_first() else {
            heading(ui, self.kind, self.name, self.note, self.health);
            return self.around(ui, topology).map(Follow::Item);
        };
        heading(ui, first.kind, self.name, self.note, self.health);
        let here = sections(ui, first);
        let there = others(ui, rest);
        let around = self.around(ui, topology).map(Follow::Item);
        here.or(there).or(around)
    }

    /// What it is in, what it holds, and what it is linked to.
    fn around(&self, ui: &mut Ui, topology: &Topology) -> Option<Item> {
        let mut follow = None;
        match self.item {
            Item::Container(id) => {
                let around = topology.ancestors(Place::Container(id)).map(Item::Container);
                follow = follow.or(names(ui, topology, "In", around));
                let children = topology
                    .container(id)
                    .map_or(&[][..], |container| container.children());
                follow = follow.or(names(
                    ui,
                    topology,
                    "Holds",
                    children.iter().map(|&place| place.into()),
                ));
                follow = follow.or(links(ui, topology, Place::Container(id)));
            }
            Item::Node(id) => {
                let around = topology.ancestors(Place::Node(id)).map(Item::Container);
                follow = follow.or(names(ui, topology, "In", around));
                follow = follow.or(links(ui, topology, Place::Node(id)));
            }
            Item::Link(id) => {
                let ends = topology.link(id).map(Link::ends);
                let ends = ends.into_iter().flatten().map(Item::from);
                follow = follow.or(names(ui, topology, "Joins", ends));
            }
        }
        follow
    }
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(title).strong());
}

/// The other sides of a thing, each under its kind.
fn others(ui: &mut Ui, parts: &[Inspection]) -> Option<Follow> {
    let mut follow = None;
    for part in parts {
        ui.add_space(10.0);
        ui.separator();
        ui.label(RichText::new(part.kind).small().weak());
        ui.label(RichText::new(&part.name).strong());
        follow = follow.or(sections(ui, part));
    }
    follow
}

fn sections(ui: &mut Ui, part: &Inspection) -> Option<Follow> {
    let mut follow = None;
    for it in &part.sections {
        if it.title.is_empty() {
            ui.add_space(6.0);
        } else {
            section(ui, it.title);
        }
        follow = follow.or(facts(ui, &it.facts));
    }
    follow
}

/// Facts in two columns: what they are about, and what is so.
fn facts(ui: &mut Ui, facts: &[Fact]) -> Option<Follow> {
    let mut follow = None;
    for fact in facts {
        ui.horizontal_top(|ui| {
            column(ui, ABOUT, |ui| {
                ui.add(egui::Label::new(RichText::new(fact.label).weak()).wrap());
            });
            if let Some(health) = fact.health {
                mark(ui, health);
            }
            column(ui, ui.available_width(), |ui| match fact.leads_to {
                Some(thing) => {
                    if ui.add(egui::Link::new(&fact.value)).clicked() {
                        follow = Some(Follow::Thing(thing));
                    }
                }
                None => {
                    ui.add(egui::Label::new(&fact.value).wrap());
                }
            });
        });
    }
    follow
}

/// A column of a row, of the same width in every row.
fn column(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// The links of a place.
fn links(ui: &mut Ui, topology: &Topology, place: Place) -> Option<Item> {
    let here = topology
        .numbered_links()
        .filter(|(_, link)| link.ends().contains(&place))
        .map(|(id, _)| Item::Link(id));
    names(ui, topology, "Links", here)
}

/// A titled list of names to follow; nothing where it would be empty.
fn names(ui: &mut Ui, topology: &Topology, title: &str, items: impl Iterator<Item = Item>) -> Option<Item> {
    let items: Vec<(Item, String)> = items
        .filter_map(|item| Some((item, described(topology, item)?)))
        .collect();
    if items.is_empty() {
        return None;
    }
    section(ui, title);
    let mut follow = None;
    for (item, text) in items {
        if ui.link(text).clicked() {
            follow = Some(item);
        }
    }
    follow
}

/// Kind and name, so that a list reads without the picture.
fn described(topology: &Topology, item: Item) -> Option<String> {
    let subject = Subject::of(topology, item)?;
    Some(format!("{} {}", subject.kind, subject.name))
}

/// What there is to tell of the lab, what there is in the picture, and what its marks mean.
fn overview(ui: &mut Ui, topology: &Topology, parts: &[Inspection]) -> Option<Follow> {
    let name = parts.first().map_or(&topology.title, |part| &part.name);
    heading(ui, "Lab", name, "", None);
    let follow = parts
        .iter()
        .fold(None, |follow, part| follow.or(sections(ui, part)));
    let mut counts = Vec::new();
    for kind in ContainerKind::ALL {
        let n = topology
            .containers()
            .iter()
            .filter(|container| container.kind == kind)
            .count();
        counts.push((kind.label(), n));
    }
    for kind in NodeKind::ALL {
        let n = topology.nodes().iter().filter(|node| node.kind == kind).count();
        counts.push((kind.label(), n));
    }
    counts.push(("Link", topology.links().len()));
    counts.retain(|&(_, n)| n > 0);
    if !counts.is_empty() {
        section(ui, "What there is");
        for (label, n) in counts {
            ui.horizontal_top(|ui| {
                column(ui, 130.0, |ui| {
                    ui.label(RichText::new(label).weak());
                });
                ui.label(n.to_string());
            });
        }
    }
    section(ui, "Marks");
    ui.horizontal_wrapped(|ui| {
        for health in [
            Health::Idle,
            Health::Good,
            Health::Working,
            Health::Degraded,
            Health::Failed,
        ] {
            mark(ui, health);
            ui.label(health.as_str());
        }
    });
    follow
}

fn mark(ui: &mut Ui, health: Health) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    health_mark(
        ui.painter(),
        &Palette::of(ui.visuals()),
        health,
        rect.center(),
        5.0,
    );
}
