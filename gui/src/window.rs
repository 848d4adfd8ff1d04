//! The window on a running lab: the frame of [`App`] with a session behind it.
//!
//! ```text
//! run(elapsed) ──▶ session goes on ──▶ view's rows ──▶ App
//!                        ▲                              │ frame
//!                        └────────── commands ◀─────────┘
//! ```
//!
//! It reads no clock: whoever owns the loop says how much time went by.

use std::time::Duration;

use egui::Ui;
use sim_core::lab::{Notability, ResourceRef, Session};
use sim_core::view::{Inspection, View};

use crate::app::App;
use crate::inspector::Details;
use crate::picture::{Things, picture};
use crate::playback::{Command, Pace};
use crate::player::Player;
use crate::topology::Topology;

/// A lab that runs, in its window.
#[derive(Debug)]
pub struct Window {
    app: App,
    player: Player,
    things: Things,
    /// What is looked at: a thing in the picture or one without a place, such as a job.
    looked_at: Option<ResourceRef>,
}

impl Window {
    /// Opens a window on a session, which stands still at first.
    #[must_use]
    pub fn new(session: Session) -> Self {
        let mut window = Self {
            app: App::new(Topology::new(&session.about().title)),
            player: Player::new(session),
            things: Things::default(),
            looked_at: None,
        };
        window.project();
        window
    }

    /// The session behind it.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.player.session()
    }

    /// What is looked at; none while the whole lab is.
    #[must_use]
    pub const fn looked_at(&self) -> Option<ResourceRef> {
        self.looked_at
    }

    /// Whether time passes, so that frames are due without anybody touching anything.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.player.playback().pace != Pace::Paused
    }

    /// Lets the lab go on after `elapsed` of the person's time, as long as `more` says that the frame
    /// can wait for another handful of events.
    pub fn run(&mut self, elapsed: Duration, more: &mut dyn FnMut() -> bool) {
        if self.is_running() {
            self.player.run(elapsed, more);
            self.project();
        }
    }

    /// One frame, and whatever was asked in it.
    pub fn frame(&mut self, ui: &mut Ui) {
        let before = self.app.selected();
        self.app.frame(ui);
        let selected = self.app.selected();
        let mut changed = selected != before;
        if changed {
            self.looked_at = selected.and_then(|item| self.things.thing(item));
        }
        for command in self.app.take_commands() {
            self.carry_out(command);
            changed = true;
        }
        if changed {
            self.project();
            ui.ctx().request_repaint();
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::SetPace(pace) => self.player.set_pace(pace),
            Command::SetSpeed(speed) => self.player.set_speed(speed),
            Command::Look(thing) => self.looked_at = Some(thing),
            Command::LookBack => {
                self.looked_at = self.app.selected().and_then(|item| self.things.thing(item));
            }
        }
    }

    /// Hands the present instant to the screen.
    fn project(&mut self) {
        let view = View::of(self.player.session());
        let servers = view.servers();
        let title = &self.player.session().about().title;
        let (topology, things) = picture(title, &view.topology(), &servers);
        // Places are numbered anew where something came or went; what is looked at stays.
        let kept = self.app.selected().and_then(|item| self.things.thing(item));
        let inspected = inspect(&view, self.looked_at.unwrap_or(ResourceRef::Lab));
        let of_looked_at = self.looked_at.and_then(|thing| {
            let role = inspected.iter().find_map(|part| things.item(part.about));
            things.item(thing).or(role)
        });
        let details = match (self.looked_at, of_looked_at) {
            (Some(_), None) => Details::Aside(inspected),
            (None, _) | (Some(_), Some(_)) => Details::Selection(inspected),
        };
        let selected = match self.looked_at {
            Some(_) => of_looked_at.or_else(|| kept.and_then(|thing| things.item(thing))),
            None => None,
        };
        let mut latest = self.player.session().records().rev();
        let news = latest
            .find(|record| record.what.notability() >= Notability::Notable)
            .map(|record| view.log_row(record));
        self.app.set_topology(topology);
        self.app.select(selected);
        self.app.set_details(details);
        self.app.set_migration(servers, news);
        self.app.set_playback(Some(self.player.playback()));
        self.things = things;
    }
}

/// What there is to say of a thing. A computer is first of all what the migration does with it, and
/// that in turn stands on a computer: both are told together.
fn inspect(view: &View<'_>, thing: ResourceRef) -> Vec<Inspection> {
    let inspection = view.inspect(thing);
    let other = inspection
        .sections
        .iter()
        .flat_map(|section| &section.facts)
        .filter_map(|fact| fact.leads_to)
        .find(|other| {
            matches!(
                (thing, other),
                (
                    ResourceRef::Host(_),
                    ResourceRef::SourceServer(_) | ResourceRef::ReplicationServer(_)
                ) | (
                    ResourceRef::SourceServer(_) | ResourceRef::ReplicationServer(_),
                    ResourceRef::Host(_)
                )
            )
        })
        .map(|other| view.inspect(other));
    let mut parts: Vec<Inspection> = [inspection].into_iter().chain(other).collect();
    parts.sort_by_key(|part| matches!(part.about, ResourceRef::Host(_)));
    parts
}
