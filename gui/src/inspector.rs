//! The panel on the right: labelled facts about what is selected, else about the whole picture.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};
use sim_core::lab::ResourceRef;
use sim_core::view::{Fact, Inspection};

use crate::canvas::health_mark;
use crate::theme::Palette;
use crate::topology::{ContainerKind, Health, Item, Link, NodeKind, Place, Topology};

/// Width of the panel.
pub(crate) const WIDTH: f32 = 340.0;

/// Width of the column that says what a fact is about.
const ABOUT: f32 = 92.0;

/// What there is to tell of what is looked at, in one part for each side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    /// Of what is selected, or of the whole lab where nothing is.
    Selection(Vec<Inspection>),
    /// Of something that has no place in the picture.
    Aside(Vec<Inspection>),
}

impl Default for Details {
    fn default() -> Self {
        Self::Selection(Vec::new())
    }
}

/// A way to go on that was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Something in the picture.
    Item(Item),
    /// Something that a fact names.
    Thing(ResourceRef),
    /// Back to what is selected.
    Back,
}

/// Draws the panel; where a name in it leads that was clicked.
pub(crate) fn ui(
    ui: &mut Ui,
    topology: &Topology,
    selected: Option<Item>,
    details: &Details,
) -> Option<Follow> {
    ui.take_available_width();
    ui.add_space(8.0);
    let mut follow = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let subject = selected.and_then(|item| Subject::of(topology, item));
        follow = match (details, subject) {
            (Details::Aside(parts), _) => aside(ui, parts),
            (Details::Selection(parts), Some(subject)) => subject.ui(ui, topology, parts),
            (Details::Selection(parts), None) => overview(ui, topology, parts),
        };
        ui.add_space(8.0);
    });
    follow
}

/// Something that has no place in the picture, such as a job or a security group.
fn aside(ui: &mut Ui, parts: &[Inspection]) -> Option<Follow> {
    let back = ui.link("← Back").clicked().then_some(Follow::Back);
    let Some((first, rest)) = parts.split_first() else {
        return back;
    };
    heading(ui, first.kind, &first.name, "", Some(first.health));
    let here = sections(ui, first);
    back.or(here).or(others(ui, rest))
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
    section(ui, "Pointer and keys");
    ui.weak("Drag moves, the wheel zooms. A double click shows a box, or everything where there is none. F fits, plus and minus zoom, Escape lets go. Space runs and pauses, full stop runs to the next notable event, brackets change the speed.");
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
