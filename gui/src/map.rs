//! The map: the picture of the lab, and how a place in it and a thing of the lab lead to each other.

use std::collections::{BTreeMap, BTreeSet};

use egui::Ui;
use sim_core::desk::feed::Feed;
use sim_core::desk::selection::Selection;
use sim_core::lab::ResourceRef;
use sim_core::units::Span;
use sim_core::view::View;

use crate::alive::{self, Atlas, Followed};
use crate::canvas::{Canvas, Layout, Overlay, Placements, Protocol};
use crate::export::Still;
use crate::picture::{Things, picture};
use crate::theme::Look;
use crate::topology::{ContainerKind, Item, Topology};

/// How much larger the picture becomes at a press of a key.
const STEP: f32 = 1.25;

/// The map.
#[derive(Debug)]
pub struct Map {
    topology: Topology,
    layout: Layout,
    canvas: Canvas,
    things: Things,
    selected: Option<Item>,
    /// The box that is selected and stands for nothing that the lab names, such as a site: its kind and its name.
    derived: Option<(ContainerKind, String)>,
    /// A computer is in the picture once, whether it is looked at as a computer or as a server that moves.
    roles: BTreeMap<ResourceRef, ResourceRef>,
    /// What names in reports mean here.
    atlas: Atlas,
    /// The way of what is looked at.
    followed: Followed,
    /// What lies over the picture and does not move.
    still: Overlay,
    /// The protocols whose packets are shown.
    protocols: BTreeSet<Protocol>,
}

impl Default for Map {
    fn default() -> Self {
        let topology = Topology::new("");
        Self {
            layout: Layout::of(&topology),
            topology,
            canvas: Canvas::default().without_letters(),
            things: Things::default(),
            selected: None,
            derived: None,
            roles: BTreeMap::new(),
            atlas: Atlas::default(),
            followed: Followed::default(),
            still: Overlay::default(),
            protocols: Protocol::ALL.into(),
        }
    }
}

impl Map {
    /// Shows how everything does now. The layout stays while the same things are there. A packet is seen for as long as
    /// `within` of the lab's time.
    pub fn update(&mut self, view: &View<'_>, feed: &Feed, selected: Selection, within: Span) {
        let snapshot = &feed.snapshot;
        let (topology, things) = picture(&snapshot.overview.title, &snapshot.topology, &snapshot.servers);
        if !topology.same_shape(&self.topology) {
            self.layout = Layout::placed(&topology, self.canvas.placements());
            self.atlas = Atlas::of(&topology, &things);
        }
        self.topology = topology;
        self.things = things;
        self.roles = (snapshot.servers.iter())
            .map(|server| (server.id.into(), server.host.into()))
            .collect();
        self.select(selected);
        self.follow(view, selected);
        let mut overlay = Overlay::default();
        alive::blast(view, (&self.topology, &self.things, &self.atlas), &mut overlay);
        self.followed.fill(&mut overlay);
        self.still = overlay;
        self.animate(view, within);
    }
    /// Moves packets to where they are now, and leaves everything else as it was shown last.
    pub fn animate(&mut self, view: &View<'_>, within: Span) {
        let mut overlay = self.still.clone();
        let picture = (&self.topology, &self.things, &self.atlas);
        alive::packets(view, picture, &self.protocols, within, &mut overlay);
        self.canvas.set_overlay(overlay);
    }
    /// Follows the flow that is looked at, or what the host that is looked at sends. What happened and what is checked leave it
    /// at what was looked at before, as it is now.
    fn follow(&mut self, view: &View<'_>, selected: Selection) {
        let thing = match selected {
            Selection::Resource(thing) => Some(thing),
            Selection::Record(_) | Selection::Check(_) => self.followed.about(),
        };
        let picture = (&self.topology, &self.atlas);
        match thing {
            Some(thing) => self.followed.look_at(view, picture, thing),
            None => self.followed.clear(),
        }
    }
    /// Draws what the ways were before the last thing that was done to the lab, which stands still.
    pub fn look_back(&mut self, view: &View<'_>, within: Span) {
        self.followed.look_back(view, (&self.topology, &self.atlas));
        let routes = &mut self.still;
        (routes.routes, routes.stops) = (Vec::new(), Vec::new());
        self.followed.fill(routes);
        self.animate(view, within);
    }
    /// Everything as it is drawn, to be written into a file.
    #[must_use]
    pub fn still(&self, look: Look) -> Still<'_> {
        let mut still = Still::of(&self.topology, &self.layout, &self.still, look);
        still.selected = self.selected;
        still
    }
    /// Whether packets of a protocol are shown.
    #[must_use]
    pub fn shows(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }
    /// Shows packets of a protocol, or hides them.
    pub fn toggle(&mut self, protocol: Protocol) {
        if !self.protocols.remove(&protocol) {
            self.protocols.insert(protocol);
        }
    }
    /// What is looked at changed.
    pub fn select(&mut self, selected: Selection) {
        self.selected = match selected {
            // What the lab does not name is selected here alone.
            Selection::Resource(ResourceRef::Lab) => self.derived(),
            Selection::Resource(thing) => {
                self.derived = None;
                self.item(thing)
            }
            // What happened and what is checked leave the picture as it is.
            Selection::Record(_) | Selection::Check(_) => self.selected,
        };
    }
    /// Selects something of the picture; what it stands for, which is the whole lab where it stands for nothing by itself.
    pub fn choose(&mut self, item: Option<Item>) -> Selection {
        let thing = item.and_then(|item| self.things.thing(item));
        self.selected = item;
        self.derived = match (item, thing) {
            (Some(Item::Container(id)), None) => {
                let container = self.topology.container(id);
                container.map(|it| (it.kind, it.name.clone()))
            }
            _ => None,
        };
        Selection::Resource(thing.unwrap_or(ResourceRef::Lab))
    }
    /// A box that stands for nothing by itself is selected no more.
    pub fn let_go(&mut self) {
        self.derived = None;
    }
    /// Whether a box that stands for nothing by itself is selected.
    pub(crate) const fn has_derived(&self) -> bool {
        self.derived.is_some()
    }
    /// Where the box is that stands for nothing by itself; another picture has other numbers.
    fn derived(&self) -> Option<Item> {
        let (kind, name) = self.derived.as_ref()?;
        let mut all = self.topology.numbered_containers();
        let (id, _) = all.find(|(_, it)| it.kind == *kind && it.name == *name)?;
        Some(Item::Container(id))
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
    /// Opens the field to look for something.
    pub fn find(&mut self) {
        self.canvas.open_search();
    }
    /// Shows the small picture of everything, or hides it.
    pub const fn toggle_minimap(&mut self) {
        self.canvas.toggle_minimap();
    }
    /// What was moved by hand.
    #[must_use]
    pub const fn placements(&self) -> &Placements {
        self.canvas.placements()
    }
    /// Puts things where they were moved to by hand before.
    pub fn set_placements(&mut self, placements: Placements) {
        self.layout = Layout::placed(&self.topology, &placements);
        self.canvas.set_placements(placements);
    }
    /// Puts everything back to where the layout has it; how many things were moved by hand.
    pub fn place_back(&mut self) -> usize {
        let n = self.canvas.placements().len();
        self.set_placements(Placements::default());
        n
    }
    /// Shows less of it, larger.
    pub fn zoom_in(&mut self) {
        self.canvas.zoom_by(STEP);
    }
    /// Shows more of it, smaller.
    pub fn zoom_out(&mut self) {
        self.canvas.zoom_by(1.0 / STEP);
    }
    /// Shows everything.
    pub fn fit(&mut self) {
        self.canvas.fit();
    }
    /// Shows what is selected as large as it goes.
    pub fn fit_selected(&mut self) {
        match self.selected {
            Some(item) => self.canvas.fit_item(&self.layout, item),
            None => self.canvas.fit(),
        }
    }

    /// Draws it; what was selected by the pointer or the keyboard, where that changed.
    pub fn ui(&mut self, ui: &mut Ui) -> Option<Option<Item>> {
        if self.topology.is_empty() {
            ui.centered_and_justified(|ui| ui.weak("This lab is empty: there is nothing to draw."));
            return None;
        }
        let before = self.selected;
        self.protocols_ui(ui);
        self.canvas
            .ui(ui, &self.topology, &mut self.layout, &mut self.selected);
        if self.selected == before {
            return None;
        }
        Some(self.selected)
    }

    /// What is seen moving.
    fn protocols_ui(&mut self, ui: &mut Ui) {
        egui::Frame::new().inner_margin(6.0).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.weak("Packets of");
                for protocol in Protocol::ALL {
                    let mut is_shown = self.shows(protocol);
                    if ui.toggle_value(&mut is_shown, protocol.label()).changed() {
                        self.toggle(protocol);
                    }
                }
            });
        });
    }
}
