//! The map: the picture of the lab, and how a place in it and a thing of the lab lead to each other.

use std::collections::BTreeMap;

use egui::Ui;
use sim_core::desk::feed::Feed;
use sim_core::desk::selection::Selection;
use sim_core::lab::ResourceRef;

use crate::canvas::{Canvas, Layout};
use crate::picture::{Things, picture};
use crate::topology::{Item, Place, Topology};

/// The map.
#[derive(Debug)]
pub struct Map {
    topology: Topology,
    layout: Layout,
    canvas: Canvas,
    things: Things,
    selected: Option<Item>,
    /// A computer is in the picture once, whether it is looked at as a computer or as a server that moves.
    roles: BTreeMap<ResourceRef, ResourceRef>,
}

impl Default for Map {
    fn default() -> Self {
        let topology = Topology::new("");
        Self {
            layout: Layout::of(&topology),
            topology,
            canvas: Canvas::default(),
            things: Things::default(),
            selected: None,
            roles: BTreeMap::new(),
        }
    }
}

impl Map {
    /// Shows how everything does now. The layout stays while the same things are there.
    pub fn update(&mut self, feed: &Feed, selected: Selection) {
        let snapshot = &feed.snapshot;
        let (topology, things) = picture(&snapshot.overview.title, &snapshot.topology, &snapshot.servers);
        if !topology.same_shape(&self.topology) {
            self.layout = Layout::of(&topology);
        }
        self.topology = topology;
        self.things = things;
        self.roles = (snapshot.servers.iter())
            .map(|server| (server.id.into(), server.host.into()))
            .collect();
        self.select(selected);
    }
    /// What is looked at changed.
    pub fn select(&mut self, selected: Selection) {
        self.selected = match selected {
            Selection::Resource(thing) => self.item(thing),
            // What happened and what is checked leave the picture as it is.
            Selection::Record(_) | Selection::Check(_) => self.selected,
        };
    }
    /// Where a thing is in the picture.
    #[must_use]
    pub fn item(&self, thing: ResourceRef) -> Option<Item> {
        let host = || self.roles.get(&thing).and_then(|host| self.things.item(*host));
        self.things.item(thing).or_else(host)
    }
    /// The picture.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }
    /// What is selected in it.
    #[must_use]
    pub const fn selected(&self) -> Option<Item> {
        self.selected
    }
    /// What an item stands for.
    #[must_use]
    pub fn thing(&self, item: Item) -> Option<ResourceRef> {
        self.things.thing(item)
    }
    /// Points on the screen per point of the picture; none before the first frame.
    #[must_use]
    pub fn scale(&self) -> Option<f32> {
        self.canvas.scale()
    }
    /// Shows everything.
    pub fn fit(&mut self) {
        self.canvas.fit();
    }
    /// Shows what is selected as large as it goes.
    pub fn fit_selected(&mut self) {
        let place = match self.selected {
            Some(Item::Container(id)) => Some(Place::Container(id)),
            Some(Item::Node(id)) => Some(Place::Node(id)),
            Some(Item::Link(_)) | None => None,
        };
        match place {
            Some(place) => self.canvas.fit_place(place),
            None => self.canvas.fit(),
        }
    }

    /// Draws it; what was selected by the pointer or the keyboard, where that changed.
    pub fn ui(&mut self, ui: &mut Ui) -> Option<Selection> {
        if self.topology.is_empty() {
            ui.centered_and_justified(|ui| ui.weak("This lab is empty: there is nothing to draw."));
            return None;
        }
        let before = self.selected;
        self.canvas
            .ui(ui, &self.topology, &self.layout, &mut self.selected);
        if self.selected == before {
            return None;
        }
        let thing = self.selected.and_then(|item| self.things.thing(item));
        Some(Selection::Resource(thing.unwrap_or(ResourceRef::Lab)))
    }
}
