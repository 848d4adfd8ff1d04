//! The panel on the right: labelled facts about what is selected, else about the whole picture.

use egui::{Grid, RichText, ScrollArea, Sense, Ui, vec2};

use crate::canvas::health_mark;
use crate::theme::Palette;
use crate::topology::{ContainerKind, Fact, Health, Item, Link, NodeKind, Place, Topology};

/// Width of the panel.
pub(crate) const WIDTH: f32 = 300.0;

/// Draws the panel; a name in it that is clicked becomes the selection.
pub(crate) fn ui(ui: &mut Ui, topology: &Topology, selected: &mut Option<Item>) {
    ui.take_available_width();
    ui.add_space(8.0);
    let mut follow = None;
    ScrollArea::vertical().show(ui, |ui| {
        match selected.and_then(|item| Subject::of(topology, item)) {
            Some(subject) => follow = subject.ui(ui, topology),
            None => overview(ui, topology),
        }
        ui.add_space(8.0);
    });
    if follow.is_some() {
        *selected = follow;
    }
}

/// What the panel says of one item.
struct Subject<'a> {
    item: Item,
    kind: &'a str,
    name: &'a str,
    note: &'a str,
    health: Option<Health>,
    facts: &'a [Fact],
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
                    health: None,
                    facts: &container.facts,
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
                    facts: &node.facts,
                }
            }
            Item::Link(id) => {
                let link = topology.link(id)?;
                Self {
                    item,
                    kind: &link.kind,
                    name: &link.name,
                    note: "",
                    health: Some(link.health),
                    facts: &link.facts,
                }
            }
        })
    }

    /// Draws it; the item whose name was clicked.
    fn ui(&self, ui: &mut Ui, topology: &Topology) -> Option<Item> {
        ui.label(RichText::new(self.kind).small().weak());
        // Selecting a node twice over its name would make two things of the same name.
        ui.heading(self.name);
        if !self.note.is_empty() {
            ui.label(RichText::new(self.note).weak());
        }
        if let Some(health) = self.health {
            ui.horizontal(|ui| {
                mark(ui, health);
                ui.label(health.to_string());
            });
        }
        if !self.facts.is_empty() {
            section(ui, "Facts");
            facts(ui, self.facts);
        }
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

fn facts(ui: &mut Ui, facts: &[Fact]) {
    Grid::new("facts")
        .num_columns(2)
        .spacing(vec2(14.0, 5.0))
        .show(ui, |ui| {
            for fact in facts {
                ui.label(RichText::new(&fact.label).weak());
                ui.add(egui::Label::new(&fact.value).wrap());
                ui.end_row();
            }
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

/// What there is in the picture, and what its marks mean.
fn overview(ui: &mut Ui, topology: &Topology) {
    ui.label(RichText::new("Lab").small().weak());
    ui.heading(&topology.title);
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
    let counted: Vec<Fact> = counts
        .into_iter()
        .filter(|&(_, n)| n > 0)
        .map(|(label, n)| Fact::new(label, n.to_string()))
        .collect();
    if !counted.is_empty() {
        section(ui, "What there is");
        facts(ui, &counted);
    }
    section(ui, "Marks");
    for health in [Health::Up, Health::Degraded, Health::Down, Health::Idle] {
        ui.horizontal(|ui| {
            mark(ui, health);
            ui.label(health.to_string());
        });
    }
    section(ui, "Pointer and keys");
    ui.weak("Drag moves, the wheel zooms. A double click shows a box, or everything where there is none. F fits, plus and minus zoom, Escape lets go.");
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
