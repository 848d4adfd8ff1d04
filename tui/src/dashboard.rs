//! The dashboard put together: what is played, what is shown, how input changes both.

use std::time::Duration;

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::kernel::RecordId;
use sim_core::lab::Session;
use sim_core::units::SimTime;
use sim_core::view::View;

use crate::app::{App, Request};
use crate::feed::Feed;
use crate::player::Player;
use crate::selection::Selection;
use crate::theme::Look;

/// Whether the dashboard goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does.
    Stay,
    /// Somebody left.
    Leave,
}

/// The dashboard.
pub struct Dashboard {
    app: App,
    player: Player,
    feed: Feed,
    /// The last record that the feed has.
    seen: Option<RecordId>,
    /// What the feed's inspection and causes are about.
    shown: Option<Selection>,
}

impl Dashboard {
    /// Opens it on a session.
    #[must_use]
    pub fn new(session: Session, look: Look) -> Self {
        let mut dashboard = Self {
            app: App::new(look),
            feed: first_feed(&session),
            player: Player::new(session),
            seen: None,
            shown: None,
        };
        dashboard.refresh();
        dashboard
    }

    /// Takes one input.
    pub fn on_event(&mut self, event: &Event) -> Fate {
        let request = self.app.on_event(event, &self.feed);
        if let Some(request) = request
            && self.carry_out(request) == Fate::Leave
        {
            return Fate::Leave;
        }
        self.app.set_transport(self.player.transport().clone());
        self.inspect();
        Fate::Stay
    }

    fn carry_out(&mut self, request: Request) -> Fate {
        match request {
            Request::Quit => return Fate::Leave,
            Request::PlayPause => self.player.play_pause(),
            Request::Faster => self.player.faster(),
            Request::Slower => self.player.slower(),
            Request::StepEvent => {
                if !self.player.step_event() {
                    self.app.say("nothing is left to happen");
                }
                self.refresh();
            }
            Request::StepNotable => {
                match self.player.step_notable() {
                    Some(record) => self.app.select(Selection::Record(record)),
                    None => self.app.say("nothing notable happens before the lab's end"),
                }
                self.refresh();
            }
            Request::RunUntil(text) => match self.player.run_until(&text) {
                Ok(None) => self.app.understood(),
                Ok(Some(remark)) => self.app.complain(remark),
                Err(why) => self.app.complain(why.to_string()),
            },
            Request::Restart => {
                self.player.restart();
                self.feed = first_feed(self.player.session());
                self.seen = None;
                self.app.select(Selection::default());
                self.app.say("the lab begins again with the same seed");
                self.refresh();
                self.check();
            }
            Request::Recheck => {
                self.check();
                self.app.say("checked as the lab is now");
            }
        }
        Fate::Stay
    }

    /// So much wall time has gone by.
    pub fn elapse(&mut self, wall: Duration) {
        if self.player.is_moving() {
            self.player.elapse(wall);
            if !self.app.is_frozen() || !self.player.is_moving() {
                self.refresh();
            }
        }
    }

    /// Does what need not be done before the first picture is shown: false where nothing was left.
    pub fn catch_up(&mut self) -> bool {
        if self.feed.preflight.is_some() {
            return false;
        }
        self.check();
        true
    }

    fn check(&mut self) {
        self.feed.preflight = Some(View::of(self.player.session()).preflight());
    }

    /// Whether the picture changes without input.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.player.is_moving()
    }

    /// Runs straight to an instant of the lab.
    pub fn run_to(&mut self, until: SimTime) {
        /// Enough for every cell of a curve.
        const STRIDES: u64 = 240;
        let (feed, seen) = (&mut self.feed, &mut self.seen);
        self.player
            .run_to(until, STRIDES, |session| take_news(feed, seen, session));
        self.refresh();
    }

    /// Selects a thing by its name; false where there is none.
    pub fn select(&mut self, name: &str) -> bool {
        let Some(found) = View::of(self.player.session()).find(name) else {
            return false;
        };
        self.app.select(Selection::Resource(found));
        self.inspect();
        true
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        self.app.draw(frame, &self.feed);
    }

    /// Draws everything into a buffer of its own.
    #[must_use]
    pub fn picture(&mut self, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        self.app.draw_into(area, &mut buf, &self.feed);
        buf
    }

    /// Brings what is shown up to date with the lab.
    fn refresh(&mut self) {
        take_news(&mut self.feed, &mut self.seen, self.player.session());
        self.app.set_transport(self.player.transport().clone());
        self.shown = None;
        self.inspect();
    }

    /// Brings what is selected up to date.
    fn inspect(&mut self) {
        let selected = self.app.selected();
        if self.shown == Some(selected) {
            return;
        }
        self.shown = Some(selected);
        let view = View::of(self.player.session());
        self.feed.inspection = None;
        self.feed.chain.clear();
        match selected {
            Selection::Resource(thing) => self.feed.inspection = Some(view.inspect(thing)),
            Selection::Record(record) => self.feed.chain = view.causes(record),
            Selection::Check(_) => {}
        }
    }
}

fn first_feed(session: &Session) -> Feed {
    let view = View::of(session);
    Feed::new(view.snapshot())
}

fn take_news(feed: &mut Feed, seen: &mut Option<RecordId>, session: &Session) {
    let view = View::of(session);
    let news: Vec<_> = view.log_after(*seen).collect();
    if let Some(last) = news.last() {
        *seen = Some(last.id);
    }
    feed.advance(view.snapshot(), news);
}
