//! What the screen asks for, done to the lab.

use std::path::{Path, PathBuf};

use sim_core::kernel::RecordId;
use sim_core::lab::BranchError;
use sim_core::scenario::parse_change;

use super::{Dashboard, Errand, Fate, first_feed};
use crate::app::Request;
use crate::format::clock;
use crate::headless::{SCREEN_KEEP, labs};
use crate::injection::{self, Choice};
use crate::kept;
use crate::overlay::Question;
use crate::panels;
use crate::player::{Player, RunUntil};
use crate::selection::Selection;
use crate::stepping::Stop;

impl Dashboard {
    pub(super) fn carry_out(&mut self, request: Request) -> Fate {
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
            Request::AskName(name) => self.app.ask(Question::Rename(name.clone()), &name),
            Request::Rename(name, to) => self.rename(&name, &to),
            Request::AskDelete(name) => self.ask_delete(name),
            Request::Delete(name) => self.delete(&name),
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
            Request::Change(text) => self.change(&text),
            Request::Save(name) => self.save(&name),
            Request::SaveScenario(name) => self.save_scenario(&name),
            Request::OpenFile(name) => match path_of(&name) {
                Ok(path) => self.errands.push(Errand::Open(path)),
                Err(why) => self.app.complain(why),
            },
            Request::GoOn(file) => self.errands.push(Errand::GoOn(file)),
            Request::Forget(file) => {
                self.errands.push(Errand::Forget(file));
                self.app.forgotten();
            }
            Request::Copy(text) => {
                let n = text.lines().count();
                self.copied = Some(text);
                self.app.say(format!(
                    "{n} lines are on the clipboard, where the terminal lets programs write to it"
                ));
            }
        }
        Fate::Stay
    }

    fn change(&mut self, text: &str) {
        let n_before = self.player.session().n_records();
        let done = parse_change(text, self.player.session().blueprint())
            .map_err(|told| {
                told.first()
                    .map_or_else(String::new, |first| first.told_briefly())
            })
            .and_then(|lever| self.player.change(lever));
        match done {
            Ok(record) => {
                self.feed.forget_ahead(self.player.session().now(), n_before);
                self.app.understood();
                self.app.select(Selection::Record(record));
                self.app
                    .say("changed; U undoes it, W writes what was done as a scenario");
                self.refresh();
            }
            Err(why) => self.app.complain(why),
        }
    }

    fn save(&mut self, name: &str) {
        match path_of(name) {
            Ok(path) => {
                let text = kept::text(self.player.tree());
                self.errands.push(Errand::Save { path, text });
            }
            Err(why) => self.app.complain(why),
        }
    }

    fn save_scenario(&mut self, name: &str) {
        match path_of(name) {
            Ok(path) => {
                let text = kept::scenario(self.player.tree(), &path);
                self.errands.push(Errand::Save { path, text });
            }
            Err(why) => self.app.complain(why),
        }
    }

    /// What came of writing a file.
    pub fn saved(&mut self, path: &Path, written: std::io::Result<()>) {
        match written {
            Ok(()) => {
                self.app.understood();
                self.app.say(format!("written to {}", path.display()));
                if kept::is_session_name(path) {
                    self.feed.files.session = path.display().to_string();
                }
            }
            Err(error) => self.app.complain(format!("{}: {error}", path.display())),
        }
    }

    /// A file was opened, or not: in place of the lab there is another one.
    pub fn opened(&mut self, name: &str, opened: Result<kept::Content, String>) {
        match opened {
            Ok(content) => {
                let said = match &content {
                    kept::Content::Session(it) if it.departures.is_empty() => {
                        format!("{name} is open, as it was")
                    }
                    kept::Content::Session(it) => {
                        let at = it.departures.iter().map(|it| it.same_until).min();
                        let at = clock(at.unwrap_or_default());
                        format!("{name} is open; from {at} on it is not as it was: the program has changed")
                    }
                    kept::Content::Lab(_) => format!("{name} is open"),
                };
                self.player = match content {
                    kept::Content::Session(it) => Player::with(it.branches),
                    kept::Content::Lab(session) => Player::new(*session),
                };
                self.choices = injection::choices(self.player.session().blueprint());
                self.app.understood();
                self.begin(&said);
            }
            Err(why) => {
                let first = why.lines().next().unwrap_or_default().to_owned();
                self.app.complain(first);
            }
        }
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

    fn rename(&mut self, name: &str, to: &str) {
        if let Err(why) = self.player.rename(name, to) {
            self.app.complain(why.to_string());
            return;
        }
        if let Some(compared) = &mut self.feed.comparison {
            for side in [&mut compared.left, &mut compared.right] {
                if side == name {
                    to.clone_into(side);
                }
            }
        }
        self.app.understood();
        self.refresh();
        self.app.say(format!("{name} is called {to} from now on"));
    }

    fn ask_delete(&mut self, name: String) {
        if name == self.player.current_branch() {
            let why = BranchError::Current { name };
            self.app.say(why.to_string());
        } else {
            self.app.ask(Question::Delete(name), "");
        }
    }

    fn delete(&mut self, name: &str) {
        if let Err(why) = self.player.delete(name) {
            self.app.complain(why.to_string());
            return;
        }
        let compared = self.feed.comparison.as_ref();
        if compared.is_some_and(|it| it.left == name || it.right == name) {
            self.feed.comparison = None;
        }
        self.app.understood();
        self.refresh();
        self.app.say(format!("{name} is deleted"));
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
}

/// The file that a person named; `~` is the home folder.
fn path_of(name: &str) -> Result<PathBuf, String> {
    if name.is_empty() {
        return Err("a file needs a name".to_owned());
    }
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let below = name.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest)));
    Ok(below.unwrap_or_else(|| PathBuf::from(name)))
}

/// What there is none of, where a step finds nothing.
const fn named(stop: &Stop) -> &'static str {
    match stop {
        Stop::Any => "nothing",
        Stop::Notable => "nothing notable",
        Stop::About(_) => "nothing about the selected thing",
    }
}
