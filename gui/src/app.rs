//! The window's state and its frame.
//!
//! ```text
//! ┌ bar: lab, run, speed, clock ─────────────────────┐
//! │                                      │           │
//! │  canvas: boxes, nodes, links         │ inspector │
//! │                                      │           │
//! ├ migration: servers, latest news ─────┴───────────┤
//! └──────────────────────────────────────────────────┘
//! ```
//!
//! [`Window`](crate::window::Window) gives it rows before each frame and carries out the [`Command`]s
//! that the frame left. It reads no clock and no file, and works without a lab behind it.

use egui::{CentralPanel, Frame, Key, Panel, Ui};
use sim_core::view::{LogRow, Server};

use crate::canvas::{Canvas, Layout};
use crate::inspector::{Details, Follow};
use crate::playback::{Command, Pace, Playback};
use crate::topology::{Item, Topology};
use crate::{bar, inspector, migration};

/// Everything the window remembers from frame to frame.
#[derive(Debug)]
pub struct App {
    topology: Topology,
    layout: Layout,
    canvas: Canvas,
    selected: Option<Item>,
    details: Details,
    servers: Vec<Server>,
    news: Option<LogRow>,
    playback: Option<Playback>,
    commands: Vec<Command>,
}

impl App {
    /// A window on a picture, with no lab running behind it.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        Self {
            layout: Layout::of(&topology),
            topology,
            canvas: Canvas::default(),
            selected: None,
            details: Details::default(),
            servers: Vec::new(),
            news: None,
            playback: None,
            commands: Vec::new(),
        }
    }

    /// Shows how everything does now. The layout and the selection stay while the same things are there.
    pub fn set_topology(&mut self, topology: Topology) {
        if !topology.same_shape(&self.topology) {
            self.layout = Layout::placed(&topology, self.canvas.placements());
            self.selected = None;
        }
        self.topology = topology;
    }

    /// Says where the running lab stands; `None` where there is none, which switches its controls off.
    pub fn set_playback(&mut self, playback: Option<Playback>) {
        self.playback = playback;
    }

    /// Changes the selection, as a click would.
    pub const fn select(&mut self, item: Option<Item>) {
        self.selected = item;
    }

    /// Says what there is to tell of what is looked at.
    pub fn set_details(&mut self, details: Details) {
        self.details = details;
    }

    /// Says how the servers that move do, and what last happened.
    pub fn set_migration(&mut self, servers: Vec<Server>, news: Option<LogRow>) {
        self.servers = servers;
        self.news = news;
    }

    /// What the person asked of the running lab since the last call, in order.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// What is selected.
    #[must_use]
    pub const fn selected(&self) -> Option<Item> {
        self.selected
    }

    /// Points on the screen per point of the picture; none before the first frame.
    #[must_use]
    pub fn scale(&self) -> Option<f32> {
        self.canvas.scale()
    }

    /// One frame.
    pub fn frame(&mut self, ui: &mut Ui) {
        self.keys(ui);
        Panel::top("bar")
            .exact_size(bar::HEIGHT)
            .resizable(false)
            .show(ui, |ui| {
                let asked = bar::ui(ui, &self.topology.title, self.playback, &mut self.canvas);
                self.commands.extend(asked);
            });
        if !self.servers.is_empty() {
            Panel::bottom("migration")
                .exact_size(migration::height(self.servers.len()))
                .resizable(false)
                .show(ui, |ui| {
                    let asked = migration::ui(ui, &self.servers, self.news.as_ref());
                    self.commands.extend(asked.map(Command::Look));
                });
        }
        Panel::right("inspector")
            .exact_size(inspector::WIDTH)
            .resizable(false)
            .show(ui, |ui| self.inspector(ui));
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
            if self.topology.is_empty() {
                ui.centered_and_justified(|ui| ui.weak("This lab is empty: there is nothing to draw."));
            } else {
                self.canvas
                    .ui(ui, &self.topology, &mut self.layout, &mut self.selected);
            }
        });
    }

    fn inspector(&mut self, ui: &mut Ui) {
        match inspector::ui(ui, &self.topology, self.selected, &self.details) {
            Some(Follow::Item(item)) => self.selected = Some(item),
            Some(Follow::Thing(thing)) => self.commands.push(Command::Look(thing)),
            Some(Follow::Back) => self.commands.push(Command::LookBack),
            None => {}
        }
    }

    fn keys(&mut self, ui: &Ui) {
        // A focused button takes space and Enter for itself.
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::F) {
            self.canvas.fit();
        }
        if pressed(Key::Escape) {
            match self.details {
                Details::Aside(_) => self.commands.push(Command::LookBack),
                Details::Selection(_) => self.selected = None,
            }
        }
        let Some(playback) = self.playback else {
            return;
        };
        if pressed(Key::Space) {
            self.commands.push(Command::SetPace(playback.pace.other()));
        }
        if pressed(Key::Period) {
            self.commands.push(Command::SetPace(Pace::Seeking));
        }
        if pressed(Key::OpenBracket) {
            self.commands.push(Command::SetSpeed(playback.speed.slower()));
        }
        if pressed(Key::CloseBracket) {
            self.commands.push(Command::SetSpeed(playback.speed.faster()));
        }
    }
}
