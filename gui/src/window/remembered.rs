//! What a window remembers from one start to the next, and with the session.

use std::collections::BTreeMap;
use std::path::PathBuf;

use egui::Context;
use serde::{Deserialize, Serialize};
use sim_core::desk::Screen;

use super::Window;
use crate::canvas::Placements;
use crate::docking::Docking;
use crate::theme::Look;

/// What is remembered from one start of the program to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Memory {
    /// Where the tiles stand.
    pub docking: Docking,
    /// What the window looks like; as the system wants it where nothing is said.
    pub look: Option<Look>,
    /// How much larger than usual everything is, in hundredths.
    pub scale: Option<u16>,
    /// Labs and sessions that were open before, the latest first.
    pub recent: Vec<PathBuf>,
    /// What was moved by hand on the map of each lab, by its title.
    pub placements: BTreeMap<String, Placements>,
}

impl Window {
    /// What is to be remembered.
    #[must_use]
    pub fn memory(&self, ctx: &Context) -> Memory {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a factor between a fifth and five; a float saturates"
        )]
        let scale = (ctx.zoom_factor() * 100.0).round() as u16;
        let mut placements = self.placements.clone();
        placements.retain(|_, moved| !moved.is_empty());
        Memory {
            placements,
            docking: self.docking.clone(),
            look: self.look,
            scale: Some(scale).filter(|it| *it != 100),
            recent: self.front.recent.clone(),
        }
    }
    /// Goes on as it was remembered.
    pub fn remember(&mut self, memory: Memory, ctx: &Context) {
        self.docking = memory.docking;
        self.placements = memory.placements;
        self.put();
        self.front.recent = memory.recent;
        self.look = memory.look;
        if let Some(look) = memory.look {
            look.put_on(ctx);
        }
        if let Some(scale) = memory.scale {
            ctx.set_zoom_factor(f32::from(scale.clamp(20, 500)) / 100.0);
        }
    }

    /// Puts things where the session has them; where nothing was moved in it, where they were when this lab was shown before.
    pub(super) fn put(&mut self) {
        let of_session = self.desk.tree().moved();
        let placements = if of_session.is_empty() {
            let before = self.placements.get(&self.tiles.map.topology().title);
            before.cloned().unwrap_or_default()
        } else {
            Placements::new(of_session.clone())
        };
        if placements != *self.tiles.map.placements() {
            self.tiles.map.set_placements(placements);
        }
        self.keep_placements();
    }

    /// What was moved on the map is the session's.
    pub(super) fn keep_placements(&mut self) {
        let placements = self.tiles.map.placements();
        if placements.moved() != self.desk.tree().moved() {
            self.desk.set_moved(placements.moved().clone());
            let title = self.tiles.map.topology().title.clone();
            self.placements.insert(title, placements.clone());
        }
    }

    /// Dresses the window.
    pub(super) fn wear(&mut self, look: Look, ctx: &Context) {
        self.look = Some(look);
        look.put_on(ctx);
        self.front.say(look.label().to_owned());
    }
}
