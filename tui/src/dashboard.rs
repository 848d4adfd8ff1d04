//! The dashboard put together: what is played, what is shown, how input changes both.

use std::time::Duration;

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::kernel::RecordId;
use sim_core::lab::Session;
use sim_core::resource::ResourceRef;
use sim_core::units::SimTime;
use sim_core::view::{Health, View};

use crate::app::{App, Request};
use crate::feed::{Feed, Names};
use crate::format::clock;
use crate::guide::Guide;
use crate::headless::{SCREEN_KEEP, labs};
use crate::injection::{self, Choice};
use crate::panels;
use crate::player::{Player, RunUntil};
use crate::selection::Selection;
use crate::stepping::Stop;
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
    /// Everything that can be injected into this lab.
    choices: Vec<Choice>,
    /// How sessions and tunnels stood, and what had been done, when preflight was run last.
    checked: Option<Vec<Health>>,
    /// Where the timeline was asked to go since the last picture.
    sought: Option<SimTime>,
    /// What is to go onto the clipboard.
    copied: Option<String>,
}

impl Dashboard {
    /// Opens it on a session.
    #[must_use]
    pub fn new(session: Session, look: Look) -> Self {
        let mut dashboard = Self {
            app: App::new(look),
            feed: first_feed(&session),
            choices: injection::choices(session.blueprint()),
            player: Player::new(session),
            seen: None,
            shown: None,
            checked: None,
            sought: None,
            copied: None,
        };
        dashboard.refresh();
        dashboard
    }

    /// Leads a newcomer through the first steps.
    pub fn lead(&mut self, guide: Guide) {
        self.app.lead(guide);
    }
    /// What a newcomer is told at present.
    #[must_use]
    pub const fn guide(&self) -> &Guide {
        self.app.guide()
    }
    /// What is to go onto the clipboard, once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }
    /// Shows a view by its place in the list of all, for example for a picture.
    pub fn show(&mut self, view: usize) {
        self.app.show(view);
        self.refresh();
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
                if !self.player.step_event(&mut self.feed.history) {
                    self.app.say("nothing is left to happen");
                }
                self.refresh();
            }
            Request::Next(stop) => self.step(stop),
            Request::Previous(stop) => self.step_back(&stop),
            Request::Seek(at) => self.sought = Some(at),
            Request::Undo => {
                if self.player.undo(&mut self.feed.history) {
                    let session = self.player.session();
                    self.feed.forget_ahead(session.now(), session.n_records());
                    self.turned_back();
                } else {
                    self.app.say("nothing was done by hand until now");
                }
            }
            Request::RunUntil(text) => match self.player.run_until(&text, &mut self.feed.history) {
                Ok(RunUntil::Runs) => self.app.understood(),
                Ok(RunUntil::WentBack) => {
                    self.app.understood();
                    self.turned_back();
                }
                Ok(RunUntil::IsSo) => self.app.complain(format!("{}: that is so already", text.trim())),
                Err(why) => self.app.complain(why.to_string()),
            },
            Request::Restart => {
                self.player.restart();
                self.begin("the lab begins again with the same seed");
            }
            Request::Branch(name) => self.branch(&name),
            Request::Switch(name) => self.switch(&name),
            Request::Compare(left, right) => self.compare(&left, &right),
            Request::ListFaults => self.app.list_faults(self.player.injected(), self.choices.clone()),
            Request::ListFaultsOfSelected => self.list_faults_of_selected(),
            Request::Offer(choice) => self.app.list_faults(Vec::new(), vec![choice]),
            Request::Inject(order) => {
                let n_records = self.player.session().n_records();
                match self.player.inject(&order) {
                    Ok(record) => self.tell_of((record, n_records), &order.choice, "injected"),
                    Err(why) => self.app.complain(why),
                }
            }
            Request::Heal(choice, at) => {
                let n_records = self.player.session().n_records();
                match self.player.heal(&choice, at) {
                    Ok(record) => self.tell_of((record, n_records), &choice, "healed"),
                    Err(why) => self.app.complain(why),
                }
            }
            Request::Recheck => {
                self.check();
                self.app.say("checked as the lab is now");
            }
            Request::ListLabs => self.app.list_labs(labs::rows()),
            Request::OpenLab(name) => match labs::open_shipped(&name, SCREEN_KEEP) {
                Ok(session) => {
                    self.player = Player::new(session);
                    self.choices = injection::choices(self.player.session().blueprint());
                    self.app.understood();
                    self.begin(&format!("{name} is open"));
                }
                Err(why) => self.app.say(why),
            },
            Request::Copy(text) => {
                let n = text.lines().count();
                self.copied = Some(text);
                self.app.say(format!("{n} lines are on the clipboard, where the terminal lets programs write to it"));
            }
        }
        Fate::Stay
    }

    /// The lab, or another one, is at its beginning.
    fn begin(&mut self, said: &str) {
        self.feed = first_feed(self.player.session());
        self.seen = None;
        self.checked = None;
        self.app.select(Selection::default());
        self.app.say(said);
        self.refresh();
    }

    fn step(&mut self, stop: Stop) {
        let what = named(&stop);
        match self.player.step(stop, &mut self.feed.history) {
            Some(record) => self.app.select(Selection::Record(record)),
            None => self.app.say(format!("{what} happens before the lab's end")),
        }
        self.refresh();
    }

    fn step_back(&mut self, stop: &Stop) {
        let what = named(stop);
        // What is selected says which records are meant, so it stays while one goes back among its own.
        let keeps = matches!(stop, Stop::About(_)).then(|| self.app.selected());
        let found = self.player.step_back(stop, &mut self.feed.history);
        self.turned_back();
        match (found, keeps) {
            (Some(_), Some(selected)) => self.app.select(selected),
            (Some(record), None) => self.app.select(Selection::Record(record)),
            (None, _) => self
                .app
                .say(format!("{what} happened before: this is the lab's beginning")),
        }
        self.inspect();
    }

    /// Goes where the timeline was last asked to go: of many instants on the way of a pointer only to the last.
    pub fn settle_input(&mut self) {
        let Some(at) = self.sought.take() else { return };
        let n_before = self.player.session().n_records();
        let from = self.player.session().now();
        self.player.seek(at, &self.feed.marks, &mut self.feed.history);
        if at < from {
            self.turned_back();
        } else if self.player.session().n_records() >= n_before {
            self.refresh();
        }
    }

    fn branch(&mut self, name: &str) {
        if name.is_empty() {
            self.app.complain("a branch needs a name".to_owned());
            return;
        }
        let before = self.player.current_branch().to_owned();
        if let Err(why) = self.player.branch(name, &self.feed) {
            self.app.complain(why.to_string());
            return;
        }
        self.app.understood();
        // It begins as what it was taken from stands, so nothing that is shown changes.
        if let Err(why) = self.player.switch(name, &mut self.feed) {
            self.app.complain(why.to_string());
            return;
        }
        self.refresh();
        self.app.say(format!(
            "on {name}, taken from {before}; what is done from here on is done here alone"
        ));
    }

    fn switch(&mut self, name: &str) {
        if let Err(why) = self.player.switch(name, &mut self.feed) {
            self.app.complain(why.to_string());
            return;
        }
        self.app.understood();
        self.feed.log.clear();
        self.seen = None;
        if let Selection::Record(_) = self.app.selected() {
            self.app.select(Selection::default());
        }
        self.refresh();
        let now = clock(self.player.session().now());
        self.app.say(format!("on {name} at {now}"));
    }

    fn compare(&mut self, left: &str, right: &str) {
        match self.player.compare(left, right) {
            Ok(compared) => {
                self.feed.comparison = Some(compared);
                self.app.show(panels::COMPARE);
            }
            Err(why) => self.app.complain(why.to_string()),
        }
    }

    fn list_faults_of_selected(&mut self) {
        let choices = self.feed.choices.clone();
        if choices.is_empty() {
            self.app
                .say("nothing of what is selected can be made to fail; i lists what can");
            return;
        }
        let injected = self.player.injected().into_iter();
        let active = injected.filter(|it| choices.contains(&it.choice)).collect();
        self.app.list_faults(active, choices);
    }

    /// Time was turned back: what has not happened at present is not shown.
    fn turned_back(&mut self) {
        let session = self.player.session();
        let (now, n_records) = (session.now(), session.n_records());
        let n_ahead = session.journal().len() - session.n_done();
        self.feed.turn_back(n_records);
        self.seen = self.feed.log.back().map(|row| row.id);
        if let Selection::Record(record) = self.app.selected()
            && record.number() > n_records
        {
            self.app.select(Selection::default());
        }
        self.app.say(match n_ahead {
            0 => format!("back at {}", clock(now)),
            _ => format!(
                "back at {}; what was done by hand after it happens again unless something else is done",
                clock(now)
            ),
        });
        self.refresh();
    }

    /// Something was done to the lab by hand: shows its record.
    fn tell_of(&mut self, (record, n_before): (RecordId, u64), choice: &Choice, done: &str) {
        self.feed.forget_ahead(self.player.session().now(), n_before);
        self.app.understood();
        self.app.select(Selection::Record(record));
        let (kind, target) = (choice.kind, &choice.target);
        self.app
            .say(format!("{kind} of {target} is {done}; 9 lists what is active"));
        self.refresh();
    }

    /// So much wall time has gone by.
    pub fn elapse(&mut self, wall: Duration) {
        if self.player.is_moving() {
            self.player.elapse(wall, &mut self.feed.history);
            if !self.app.is_frozen() || !self.player.is_moving() {
                self.refresh();
            }
        }
    }

    /// Does what need not be done before a picture is shown, or was made necessary by what happened since: false where nothing
    /// was left.
    pub fn catch_up(&mut self) -> bool {
        // While the lab runs only who looks at it needs it at every change.
        let can_wait = self.feed.preflight.is_some() && self.app.view() != panels::PREFLIGHT;
        if (can_wait && self.is_moving()) || self.checked.as_ref() == Some(&self.standing()) {
            return false;
        }
        self.check();
        true
    }

    /// What preflight is run again for when it changes: how sessions, tunnels and links stand, what lasts of faults, and
    /// whether the lab is settled.
    fn standing(&self) -> Vec<Health> {
        let snapshot = &self.feed.snapshot;
        let is_settled = self.feed.now() >= self.player.session().settled_at();
        let settled = if is_settled { Health::Good } else { Health::Working };
        let sessions = snapshot.sessions.iter().map(|it| it.health);
        let tunnels = snapshot.tunnels.iter().map(|it| it.health);
        let links = snapshot.topology.links.iter().map(|it| it.health);
        let faults = self.feed.injected.iter().map(|_| Health::Failed);
        let all = sessions.chain(tunnels).chain(links).chain(faults);
        core::iter::once(settled).chain(all).collect()
    }

    fn check(&mut self) {
        self.checked = Some(self.standing());
        self.feed.preflight = Some(View::of(self.player.session()).preflight());
    }

    /// Whether the picture changes without input.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.player.is_moving()
    }

    /// Runs straight to an instant of the lab.
    pub fn run_to(&mut self, until: SimTime) {
        let (feed, seen) = (&mut self.feed, &mut self.seen);
        // Its own for the while, because the feed takes the news meanwhile.
        let mut history = core::mem::take(&mut feed.history);
        self.player
            .run_to(until, &mut history, |session| take_news(feed, seen, session));
        feed.history = history;
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
        self.feed.injected = self.player.injected();
        self.feed.branches = self.player.branches();
        let session = self.player.session();
        self.feed.deeds = session.journal().iter().map(|deed| deed.at).collect();
        self.app.set_transport(self.player.transport().clone());
        self.shown = None;
        self.inspect();
    }

    /// Brings what is selected, and what only one view shows, up to date.
    fn inspect(&mut self) {
        let selected = self.app.selected();
        let view = View::of(self.player.session());
        if self.app.view() == panels::DNS {
            self.feed.names = Names {
                rows: view.name_rows(),
                answers: view.name_answers(ANSWERS),
            };
        }
        if self.shown == Some(selected) {
            return;
        }
        self.shown = Some(selected);
        self.feed.inspection = None;
        self.feed.chain.clear();
        let mut routes_of = None;
        let about = match selected {
            Selection::Resource(thing) => {
                self.feed.inspection = Some(view.inspect(thing));
                routes_of = view.routing(thing);
                Some(thing)
            }
            Selection::Record(record) => {
                self.feed.chain = view.causes(record);
                self.feed.chain.last().map(|row| row.about)
            }
            Selection::Check(place) => self.feed.checks().get(place).and_then(|check| check.about),
        };
        let about = about.filter(|about| *about != ResourceRef::Lab);
        self.feed.parts = about.map_or_else(Vec::new, |about| view.parts_of(about));
        let topology = &self.feed.snapshot.topology;
        self.feed.neighbours = about.map_or_else(Vec::new, |about| topology.neighbours(about));
        // A source server fails as its host does; of everything else only what is done to it itself is meant.
        let is_meant = |choice: &&Choice| match about {
            Some(ResourceRef::SourceServer(_)) => {
                choice.things.iter().any(|it| self.feed.parts.contains(it))
            }
            Some(about) => choice.things.contains(&about),
            None => false,
        };
        self.feed.choices = self.choices.iter().filter(is_meant).cloned().collect();
        if self.feed.routing_owners.is_empty() {
            self.feed.routing_owners = view.routing_owners();
        }
        let before = self.feed.routing.as_ref().map(|routing| routing.id);
        let before = || before.and_then(|thing| view.routing(thing));
        self.feed.routing = routes_of.or_else(before).or_else(|| view.first_routing());
    }
}

/// Answers of name servers that are shown.
const ANSWERS: usize = 200;

/// What there is none of, where a step finds nothing.
const fn named(stop: &Stop) -> &'static str {
    match stop {
        Stop::Any => "nothing",
        Stop::Notable => "nothing notable",
        Stop::About(_) => "nothing about the selected thing",
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

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
    use sim_core::units::Span;

    use super::*;
    use crate::headless::{SCREEN_KEEP, session};
    use crate::palette::Palette;
    use crate::theme::Letters;

    fn open() -> Dashboard {
        let session = session("region-to-region", None, &[], SCREEN_KEEP).expect("a shipped lab");
        Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode))
    }

    fn press(dashboard: &mut Dashboard, keys: &str) {
        for letter in keys.chars() {
            let code = match letter {
                '\n' => KeyCode::Enter,
                '\u{1b}' => KeyCode::Esc,
                '\t' => KeyCode::Tab,
                '\u{8}' => KeyCode::Backspace,
                letter => KeyCode::Char(letter),
            };
            assert_eq!(dashboard.on_event(&Event::Key(KeyEvent::from(code))), Fate::Stay);
        }
    }

    fn text(dashboard: &mut Dashboard, width: u16, height: u16) -> String {
        let picture = dashboard.picture(width, height);
        let cell = |x, y| picture.cell((x, y)).map_or("", ratatui::buffer::Cell::symbol);
        let line = |y| (0..width).map(|x| cell(x, y)).collect::<String>();
        let lines: Vec<String> = (0..height).map(|y| line(y).trim_end().to_owned()).collect();
        lines.join("\n")
    }

    #[track_caller]
    fn shows(dashboard: &mut Dashboard, wanted: &str) {
        let screen = text(dashboard, 120, 40);
        assert!(screen.contains(wanted), "no {wanted:?} in\n{screen}");
    }

    #[test]
    fn preflight_is_run_once_after_the_first_picture() {
        let mut dashboard = open();
        press(&mut dashboard, "4");
        shows(&mut dashboard, "checking");
        assert!(dashboard.catch_up());
        shows(&mut dashboard, "MGN is initialised");
        assert!(!dashboard.catch_up());
    }

    /// As it opens, before preflight has run: what preflight finds is looked at elsewhere.
    #[test]
    fn the_shipped_lab_looks_like_this_during_its_initial_sync() {
        for (width, height) in [(80, 24), (100, 30), (200, 60)] {
            let mut dashboard = open();
            dashboard.run_to(SimTime::at(Span::minutes(40)));
            assert!(dashboard.select("app-server"));
            insta::assert_snapshot!(
                format!("dashboard-{width}x{height}"),
                text(&mut dashboard, width, height)
            );
        }
    }

    #[test]
    fn wall_time_moves_the_lab_only_while_it_plays() {
        let mut dashboard = open();
        dashboard.elapse(Duration::from_secs(60));
        shows(&mut dashboard, "00:00:00.000");
        press(&mut dashboard, " ");
        assert!(dashboard.is_moving());
        // Ten minutes in a second: 3 s are half an hour.
        dashboard.elapse(Duration::from_secs(3));
        shows(&mut dashboard, "00:30:00.000");
        press(&mut dashboard, "++ ");
        assert!(!dashboard.is_moving());
        dashboard.elapse(Duration::from_secs(60));
        shows(&mut dashboard, "00:30:00.000");
        shows(&mut dashboard, "×3 600");
    }

    #[test]
    fn a_run_until_a_state_stops_at_the_event_that_brought_it() {
        let mut dashboard = open();
        press(&mut dashboard, "userver app-server HAPPY\n");
        shows(
            &mut dashboard,
            "neither a life-cycle state nor a replication state",
        );
        press(&mut dashboard, "\u{1b}");
        press(&mut dashboard, "u");
        for _ in 0..30 {
            dashboard.on_event(&Event::Key(KeyEvent::from(KeyCode::Backspace)));
        }
        press(&mut dashboard, "server app-server INITIAL_SYNC\n");
        while dashboard.is_moving() {
            dashboard.elapse(Duration::from_secs(1));
        }
        shows(&mut dashboard, "INITIAL_SYNC");
        let stopped = text(&mut dashboard, 120, 40);
        press(&mut dashboard, "r");
        shows(&mut dashboard, "the lab begins again with the same seed");
        shows(&mut dashboard, "00:00:00.000");
        press(&mut dashboard, "userver app-server INITIAL_SYNC\u{1b}");
        assert!(stopped.contains("paused"), "{stopped}");
    }

    #[test]
    fn stepping_shows_the_record_and_its_causes() {
        let mut dashboard = open();
        press(&mut dashboard, "nnnn");
        press(&mut dashboard, "5");
        shows(&mut dashboard, "Because");
        press(&mut dashboard, "r.");
        shows(&mut dashboard, "paused");
    }

    fn open_two_lines() -> Dashboard {
        let session = session("bgp-two-lines", None, &[], SCREEN_KEEP).expect("a shipped lab");
        Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode))
    }

    #[test]
    fn faults_are_found_by_typing_explained_injected_and_healed() {
        let mut dashboard = open_two_lines();
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        press(&mut dashboard, "ilink silent");
        insta::assert_snapshot!("fault-list-100x30", text(&mut dashboard, 100, 30));
        press(&mut dashboard, "\n");
        shows(&mut dashboard, "link_silent of");
        shows(&mut dashboard, "1 fault");
        press(&mut dashboard, "i");
        insta::assert_snapshot!("fault-list-active-80x24", text(&mut dashboard, 80, 24));
        press(&mut dashboard, "\n");
        shows(&mut dashboard, "is healed");
        let healed = text(&mut dashboard, 120, 40);
        assert!(!healed.contains("1 fault"), "{healed}");
    }

    #[test]
    fn a_hybrid_lab_is_checked_again_once_its_routers_have_settled() {
        let session = session("onprem-to-aws", None, &[], SCREEN_KEEP).expect("a shipped lab");
        let mut dashboard = Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode));
        dashboard.catch_up();
        let ok = |dashboard: &Dashboard| dashboard.feed.preflight.as_ref().map(|it| it.ok);
        assert_eq!(ok(&dashboard), Some(false));
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        assert_eq!(ok(&dashboard), Some(true));
    }

    #[test]
    fn links_tunnels_and_routes_follow_what_is_injected_and_selected() {
        let session = session("dx-vpn-backup", None, &[], SCREEN_KEEP).expect("a shipped lab");
        let mut dashboard = Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode));
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        press(&mut dashboard, "t");
        shows(&mut dashboard, "router cgw-1");
        shows(&mut dashboard, "vif-primary via 169");
        press(&mut dashboard, "ilink silent primary\n");
        dashboard.run_to(SimTime::at(Span::minutes(6)));
        shows(&mut dashboard, "vif-secondary via");
        assert!(dashboard.select("tgw"));
        shows(
            &mut dashboard,
            "tgw default  for app-attachment, dx-attachment, vpn-1",
        );
        // What has no routes leaves those that are shown.
        assert!(dashboard.select("office"));
        shows(&mut dashboard, "tgw default  for app-attachment");
        press(&mut dashboard, "0");
        shows(&mut dashboard, "1 link down, 4 of 4 tunnels up");
        press(&mut dashboard, "itunnel wrong tunnel-1\n");
        dashboard.run_to(SimTime::at(Span::minutes(7)));
        shows(&mut dashboard, "2 of 4 tunnels up");
        press(&mut dashboard, "z");
        shows(&mut dashboard, "IKE_AUTHENTICATION_FAILED");
        shows(
            &mut dashboard,
            "fix set the same key in vpn-1/1 and cgw-1/tunnel-1",
        );
    }

    #[test]
    fn a_fault_with_a_span_heals_by_itself_however_the_lab_is_played() {
        let hash = |speed: &str, frame| {
            let mut dashboard = open_two_lines();
            dashboard.run_to(SimTime::at(Span::minutes(5)));
            press(&mut dashboard, "ilink_loss\t20%\tsoon\n");
            shows(&mut dashboard, "expected a number");
            press(&mut dashboard, "\u{8}\u{8}\u{8}\u{8}1m30s\n");
            shows(&mut dashboard, "1 fault");
            press(&mut dashboard, speed);
            press(&mut dashboard, "u+3m\n");
            while dashboard.is_moving() {
                dashboard.elapse(Duration::from_millis(frame));
            }
            assert_eq!(dashboard.feed.injected, []);
            shows(&mut dashboard, "00:08:00.000");
            dashboard.feed.snapshot.overview.trace_hash.clone()
        };
        let slow = hash("----", 7);
        assert_eq!(hash("++++++", 33), slow);
        let faults = {
            let mut dashboard = open_two_lines();
            dashboard.run_to(SimTime::at(Span::minutes(5)));
            press(&mut dashboard, "ilink_loss\t20%\t1m30s\n");
            while dashboard.player.session().now() < SimTime::at(Span::minutes(8)) {
                press(&mut dashboard, ".");
            }
            dashboard.feed.snapshot.faults
        };
        let heals_at = SimTime::at(Span::minutes(6) + Span::secs(30));
        assert!(faults.iter().any(|fault| fault.at == heals_at), "{faults:?}");
    }

    /// The lab and its faults after three more minutes.
    fn three_minutes_on(dashboard: &mut Dashboard) -> (String, usize) {
        press(dashboard, "u+3m\n");
        while dashboard.is_moving() {
            dashboard.elapse(Duration::from_millis(33));
        }
        let hash = dashboard.feed.snapshot.overview.trace_hash.clone();
        (hash, dashboard.feed.snapshot.faults.len())
    }

    #[test]
    fn time_goes_back_and_what_was_done_by_hand_is_done_again_or_taken_back() {
        let mut dashboard = open_two_lines();
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        let mut quiet = open_two_lines();
        quiet.run_to(SimTime::at(Span::minutes(5)));
        let quiet = three_minutes_on(&mut quiet);
        press(&mut dashboard, "ilink_loss\t20%\t1m30s\n");
        let with_fault = three_minutes_on(&mut dashboard);
        assert!(with_fault.1 > quiet.1);

        press(&mut dashboard, "u5m30s\n");
        shows(&mut dashboard, "00:05:30.000");
        shows(&mut dashboard, "what was done by hand after it happens again");
        assert_eq!(dashboard.feed.injected.len(), 1);
        assert!(
            dashboard
                .feed
                .log
                .iter()
                .all(|row| row.at <= dashboard.feed.now())
        );
        press(&mut dashboard, "u-1m\n");
        shows(&mut dashboard, "00:04:30.000");
        assert_eq!(dashboard.feed.injected, []);
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        assert_eq!(dashboard.feed.injected.len(), 1);
        assert_eq!(three_minutes_on(&mut dashboard), with_fault);
        assert_eq!(dashboard.feed.injected, []);
        let n_records = dashboard.player.session().n_records();
        let ids: Vec<u64> = dashboard.feed.log.iter().map(|row| row.id.number()).collect();
        assert!(ids.iter().copied().eq(1..=n_records), "{ids:?}");

        // What healed it, and the fault itself.
        press(&mut dashboard, "U");
        shows(&mut dashboard, "00:06:30.000");
        assert_eq!(dashboard.feed.injected.len(), 1);
        press(&mut dashboard, "U");
        shows(&mut dashboard, "back at 00:05:00");
        shows(&mut dashboard, "00:05:00.000");
        assert_eq!(dashboard.feed.injected, []);
        assert_eq!(three_minutes_on(&mut dashboard), quiet);
        press(&mut dashboard, "U");
        shows(&mut dashboard, "nothing was done by hand until now");
    }

    #[test]
    fn back_from_one_notable_event_to_another_and_on_again() {
        let mut dashboard = open_two_lines();
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        let log = dashboard.feed.log.clone();
        let is_before = |at: SimTime| log.iter().rev().find(|row| row.notable && row.at < at);
        for _ in 0..3 {
            let expected = is_before(dashboard.feed.now()).expect("sessions came up");
            press(&mut dashboard, "[");
            assert_eq!(dashboard.feed.now(), expected.at);
            assert_eq!(dashboard.app.selected(), Selection::Record(expected.id));
            assert!(!dashboard.feed.chain.is_empty());
        }
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        assert_eq!(dashboard.feed.log, log);
        for _ in 0..log.len() {
            press(&mut dashboard, "[");
        }
        shows(&mut dashboard, "this is the lab's beginning");
        let n_records = dashboard.player.session().n_records();
        press(&mut dashboard, "]");
        let mut to_come = log
            .iter()
            .filter(|row| row.notable && row.id.number() > n_records);
        let next = to_come.next().expect("sessions come up");
        assert_eq!(dashboard.app.selected(), Selection::Record(next.id));
    }

    #[test]
    fn at_the_end_the_lab_stands_still() {
        let mut dashboard = open();
        press(&mut dashboard, " ++++++++++++");
        for _ in 0..20 {
            dashboard.elapse(Duration::from_secs(10));
        }
        assert!(!dashboard.is_moving());
        shows(&mut dashboard, "ended");
        shows(&mut dashboard, "CUTOVER");
        press(&mut dashboard, " n.");
        assert!(!dashboard.is_moving());
    }

    #[test]
    fn escape_goes_back_and_q_leaves() {
        let mut dashboard = open();
        press(&mut dashboard, "1\n");
        shows(&mut dashboard, "Region");
        press(&mut dashboard, "z/abc\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}");
        shows(&mut dashboard, "2 Migration");
        let leave = Event::Key(KeyEvent::from(KeyCode::Char('q')));
        assert_eq!(dashboard.on_event(&leave), Fate::Leave);
    }

    #[test]
    fn a_click_focuses_and_selects_and_the_palette_finds_commands() {
        let mut dashboard = open();
        text(&mut dashboard, 120, 40);
        let click = Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: 6,
            row: 4,
            modifiers: crossterm::event::KeyModifiers::NONE,
        });
        dashboard.on_event(&click);
        assert_eq!(dashboard.app.focus, 0);
        assert_ne!(dashboard.app.selected(), Selection::default());
        press(&mut dashboard, ":zoom\n");
        let zoomed = text(&mut dashboard, 120, 40);
        assert!(!zoomed.contains("2 Migration"), "{zoomed}");
    }

    #[test]
    fn the_help_lists_every_key_of_the_map_and_filters() {
        let mut dashboard = open();
        press(&mut dashboard, "?");
        let all = text(&mut dashboard, 120, 80);
        for binding in crate::keymap::GLOBAL {
            assert!(all.contains(binding.title), "no {:?} in\n{all}", binding.title);
        }
        press(&mut dashboard, "faster");
        let some = text(&mut dashboard, 120, 80);
        assert!(
            some.contains("Run faster") && !some.contains("Run slower"),
            "{some}"
        );
    }
}
