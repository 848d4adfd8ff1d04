//! The window's state and its frame.
//!
//! ```text
//! ┌ bar: lab, run, speed, clock ─────────────────────┐
//! │                                      │           │
//! │  canvas: boxes, nodes, links         │ inspector │
//! │                                      │           │
//! └──────────────────────────────────────┴───────────┘
//! ```
//!
//! The binary gives it a [`Topology`] and, where a lab is running, a [`Playback`] before each frame,
//! and carries out the [`Command`]s that the frame left. It reads no clock and no file.

use egui::{CentralPanel, Frame, Key, Panel, Ui};

use crate::canvas::{Canvas, Layout};
use crate::playback::{Command, Pace, Playback};
use crate::topology::{Item, Topology};
use crate::{bar, inspector};

/// Everything the window remembers from frame to frame.
#[derive(Debug)]
pub struct App {
    topology: Topology,
    layout: Layout,
    canvas: Canvas,
    selected: Option<Item>,
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
            playback: None,
            commands: Vec::new(),
        }
    }

    /// Shows how everything does now. The layout, the camera and the selection stay while the same
    /// things are there.
    pub fn set_topology(&mut self, topology: Topology) {
        if !topology.same_shape(&self.topology) {
            self.layout = Layout::of(&topology);
            self.canvas.fit();
            self.selected = None;
        }
        self.topology = topology;
    }

    /// Says where the running lab stands; `None` where there is none, which switches its controls off.
    pub fn set_playback(&mut self, playback: Option<Playback>) {
        self.playback = playback;
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
        Panel::right("inspector")
            .exact_size(inspector::WIDTH)
            .resizable(false)
            .show(ui, |ui| inspector::ui(ui, &self.topology, &mut self.selected));
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
            if self.topology.is_empty() {
                ui.centered_and_justified(|ui| ui.weak("This lab is empty: there is nothing to draw."));
            } else {
                self.canvas
                    .ui(ui, &self.topology, &self.layout, &mut self.selected);
            }
        });
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
            self.selected = None;
        }
        let Some(playback) = self.playback else {
            return;
        };
        if pressed(Key::Space) {
            self.commands.push(Command::SetPace(match playback.pace {
                Pace::Paused => Pace::Running,
                Pace::Running => Pace::Paused,
            }));
        }
        if pressed(Key::OpenBracket) {
            self.commands.push(Command::SetSpeed(playback.speed.slower()));
        }
        if pressed(Key::CloseBracket) {
            self.commands.push(Command::SetSpeed(playback.speed.faster()));
        }
    }
}
