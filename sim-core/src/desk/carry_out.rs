//! What the screen asks for, done to the lab.

use std::path::Path;

use crate::kernel::RecordId;
use crate::lab::{BranchError, Happening, Session};
use crate::migrate::mgn;
use crate::scenario::parse_change;
use crate::view::View;

use super::commands::Pane;
use super::content::{self, Content, path_of};
use super::feed::Compared;
use super::format::clock;
use super::injection::{self, Choice};
use super::labs;
use super::player::{Player, RunUntil};
use super::request::{Opening, Over, Question, Request, Writes};
use super::selection::Selection;
use super::shown::{Desk, Errand, Fate, Leaving, Screen, first_feed, journals};
use super::stepping::Stop;

impl Desk {
    /// Does what a screen asks for, and tells it what came of that.
    pub fn carry_out(&mut self, request: Request, screen: &mut dyn Screen) -> Fate {
        match request {
            Request::Quit => return Fate::Leave,
            Request::Leave(name) if name.is_empty() => return Fate::Leave,
            Request::Leave(name) => self.write(screen, &name, Writes::SessionToLeave, Over::Asked),
            Request::Open(opening) => match self.n_unsaved() {
                0 => self.open(opening, screen),
                n_unsaved => {
                    self.waiting = Some(opening);
                    screen.ask(Question::Replace(n_unsaved));
                }
            },
            Request::Replace(name) if name.is_empty() => self.open_waiting(screen),
            Request::Replace(name) => self.write(screen, &name, Writes::SessionToReplace, Over::Asked),
            Request::PlayPause => self.player.play_pause(),
            Request::Faster => self.player.faster(),
            Request::Slower => self.player.slower(),
            Request::StepEvent => {
                if !self.player.step_event(&mut self.feed.history) {
                    screen.say("nothing is left to happen".to_owned());
                }
                self.refresh(screen);
            }
            Request::Next(stop) => self.step(screen, stop),
            Request::Previous(stop) => self.step_back(screen, &stop),
            Request::Why => self.look_at_cause(screen),
            Request::Seek(at) => self.sought = Some(at),
            Request::Undo => {
                if self.player.undo(&mut self.feed.history) {
                    let session = self.player.session();
                    self.feed.forget_ahead(session.now(), session.n_records());
                    self.turned_back(screen);
                } else {
                    screen.say("nothing was done by hand until now".to_owned());
                }
            }
            Request::RunUntil(text) => match self.player.run_until(&text, &mut self.feed.history) {
                Ok(RunUntil::Runs) => screen.understood(),
                Ok(RunUntil::WentBack) => {
                    screen.understood();
                    self.turned_back(screen);
                }
                Ok(RunUntil::ToEnd(end)) => {
                    screen.understood();
                    screen.say(format!("the lab ends at {}, and runs no further", clock(end)));
                }
                Ok(RunUntil::IsAtEnd(end)) => {
                    screen.complain(format!("the lab ends at {}, and is there", clock(end)));
                }
                Ok(RunUntil::IsThere(at)) => screen.complain(format!("the lab is at {} already", clock(at))),
                Ok(RunUntil::IsSo) => screen.complain(format!("{}: that is so already", text.trim())),
                Err(why) => screen.complain(why.to_string()),
            },
            Request::Restart => {
                self.player.restart();
                self.begin(screen, "the lab begins again with the same seed");
            }
            Request::Branch(name) => self.branch(screen, &name),
            Request::Switch(name) => self.switch(screen, &name),
            Request::Rename(name, to) => self.rename(screen, &name, &to),
            Request::Delete(name) => self.delete(screen, &name),
            Request::Compare(left, right) => {
                let compared = self.player.compare(&left, &right);
                self.show_compared(screen, compared);
            }
            Request::CompareEnds(left, right) => {
                let compared = self.player.compare_ends(&left, &right);
                self.show_compared(screen, compared);
            }
            Request::ListFaults => screen.list_faults(self.player.injected(), self.choices.clone()),
            Request::ListFaultsOfSelected => self.list_faults_of_selected(screen),
            Request::Offer(choice) => screen.list_faults(Vec::new(), vec![choice]),
            Request::Inject(order) => {
                let n_records = self.player.session().n_records();
                match self.player.inject(&order) {
                    Ok(record) => self.tell_of(screen, (record, n_records), &order.choice, "injected"),
                    Err(why) => screen.complain(why),
                }
            }
            Request::Heal(choice, at) => {
                let n_records = self.player.session().n_records();
                match self.player.heal(&choice, at) {
                    Ok(record) => self.tell_of(screen, (record, n_records), &choice, "healed"),
                    Err(why) => screen.complain(why),
                }
            }
            Request::Recheck => {
                self.check();
                screen.say("checked as the lab is now".to_owned());
            }
            Request::ListLabs => screen.list_labs(labs::rows()),
            Request::Change(text) => self.change(screen, &text),
            Request::Save(name) => self.write(screen, &name, Writes::Session, Over::Asked),
            Request::SaveScenario(name) => self.write(screen, &name, Writes::Scenario, Over::Asked),
            Request::WriteOver(name, what) => self.write(screen, &name, what, Over::Allowed),
            Request::Export(..) => screen.complain("the map is drawn into a file by the window".to_owned()),
            Request::Forget(file) => {
                self.errands.push(Errand::Forget(file));
                screen.forgotten();
            }
            Request::Copy(text) => {
                let n = text.lines().count();
                self.copied = Some(text);
                let lines = if n == 1 {
                    "one line is"
                } else {
                    &*format!("{n} lines are")
                };
                screen.say(format!(
                    "{lines} on the clipboard, where the terminal lets programs write to it"
                ));
            }
        }
        Fate::Stay
    }

    /// Opens a lab or a session in the place of this one, whatever was done in that.
    fn open(&mut self, opening: Opening, screen: &mut dyn Screen) {
        match opening {
            Opening::Lab(name) => {
                let lab = labs::open(&name).map(|session| Content::Lab(Box::new(session)));
                self.opened(&name, lab, screen);
            }
            Opening::File(name) => match path_of(&name) {
                Ok(path) => self.errands.push(Errand::Open(path)),
                Err(why) => screen.complain(why),
            },
            Opening::Left(file) => self.errands.push(Errand::GoOn(file)),
        }
    }

    fn open_waiting(&mut self, screen: &mut dyn Screen) {
        if let Some(opening) = self.waiting.take() {
            screen.understood();
            self.open(opening, screen);
        }
    }

    /// Looks at the record that brought about how what is selected stands; what led to that is shown with it.
    fn look_at_cause(&mut self, screen: &mut dyn Screen) {
        let view = View::of(self.player.session());
        let cause = match screen.selected() {
            Selection::Record(_) => {
                screen.say("what led to it, and what it led to, is shown with it".to_owned());
                return;
            }
            Selection::Resource(thing) => view.thing_asked(thing),
            // By its name: the place is one in what preflight found when it was run last.
            Selection::Check(place) => match self.feed.checks().get(place) {
                Some(check) => view.check_asked(&check.name),
                None => return,
            },
        };
        match cause {
            Ok(record) => {
                screen.select(Selection::Record(record));
                self.refresh(screen);
            }
            Err(why) => screen.say(why.to_string()),
        }
    }

    fn change(&mut self, screen: &mut dyn Screen, text: &str) {
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
                screen.understood();
                screen.select(Selection::Record(record));
                let refused = refused_since(self.player.session(), record);
                let but = refused.map_or_else(String::new, |it| format!("; but {it}"));
                screen.say(format!(
                    "changed{but}; U undoes it, W writes what was done as a scenario"
                ));
                self.refresh(screen);
            }
            Err(why) => screen.complain(why),
        }
    }

    fn write(&mut self, screen: &mut dyn Screen, name: &str, what: Writes, over: Over) {
        let path = match path_of(name) {
            Ok(path) => path,
            Err(why) => {
                screen.complain(why);
                return;
            }
        };
        let text = match what {
            Writes::Scenario => content::scenario_text(self.player.tree(), &path),
            Writes::Session | Writes::SessionToLeave | Writes::SessionToReplace => {
                self.saving = Some(journals(&self.player));
                content::session_text(self.player.tree())
            }
        };
        self.leaving = match what {
            Writes::Session | Writes::Scenario => Leaving::No,
            Writes::SessionToLeave => Leaving::OnceSaved,
            Writes::SessionToReplace => Leaving::ReplacedOnceSaved,
        };
        let over = if self.written.contains(&path) {
            Over::Allowed
        } else {
            over
        };
        self.errands.push(Errand::Save {
            path,
            text,
            what,
            over,
        });
    }

    /// A file of that name is there: nothing was written, and a person is asked.
    pub fn is_there(&mut self, path: &Path, what: Writes, screen: &mut dyn Screen) {
        self.saving = None;
        self.leaving = Leaving::No;
        screen.ask(Question::WriteOver(path.display().to_string(), what));
    }

    /// What came of writing a file.
    pub fn saved(&mut self, path: &Path, written: std::io::Result<()>, screen: &mut dyn Screen) {
        match written {
            Ok(()) => {
                if let Some(saved) = self.saving.take() {
                    self.saved = saved;
                    self.feed.n_unsaved = self.n_unsaved();
                }
                screen.understood();
                screen.say(format!("written to {}", path.display()));
                if !self.written.iter().any(|it| it == path) {
                    self.written.push(path.to_owned());
                }
                if content::is_session_name(path) {
                    self.feed.files.session = path.display().to_string();
                }
                match self.leaving {
                    Leaving::OnceSaved => self.leaving = Leaving::Now,
                    Leaving::ReplacedOnceSaved => {
                        self.leaving = Leaving::No;
                        self.open_waiting(screen);
                    }
                    Leaving::No | Leaving::Now => {}
                }
            }
            Err(error) => {
                self.saving = None;
                self.leaving = Leaving::No;
                screen.complain(format!("{}: {error}", path.display()));
            }
        }
    }

    /// A file was opened, or not: in place of the lab there is another one.
    pub fn opened(&mut self, name: &str, opened: Result<Content, String>, screen: &mut dyn Screen) {
        match opened {
            Ok(content) => {
                let said = match &content {
                    Content::Session(it) => match content::departed(it) {
                        None => format!("{name} is open, as it was"),
                        Some(departed) => format!("{name} is open; {departed}"),
                    },
                    Content::Lab(_) => format!("{name} is open"),
                };
                self.player = match content {
                    Content::Session(it) => Player::with(it.branches),
                    Content::Lab(session) => Player::new(*session),
                };
                self.choices = injection::choices(self.player.session().blueprint());
                self.saved = journals(&self.player);
                screen.understood();
                self.begin(screen, &said);
            }
            Err(why) => {
                let mut lines = why.lines();
                let first = lines.next().unwrap_or_default();
                screen.complain(match lines.count() {
                    0 => first.to_owned(),
                    1 => format!("{first}; and one more mistake"),
                    n => format!("{first}; and {n} more mistakes"),
                });
            }
        }
    }

    /// The lab, or another one, is at its beginning.
    fn begin(&mut self, screen: &mut dyn Screen, said: &str) {
        self.feed = first_feed(self.player.session());
        self.opened += 1;
        self.seen = None;
        self.checked = None;
        screen.select(Selection::default());
        screen.say(said.to_owned());
        self.refresh(screen);
    }

    fn step(&mut self, screen: &mut dyn Screen, stop: Stop) {
        let what = named(&stop);
        let before = self.player.session().now();
        let found = self.player.step(stop, &mut self.feed.history);
        let now = self.player.session().now();
        match found {
            Some(record) => screen.select(Selection::Record(record)),
            None if now > before => screen.say(format!(
                "{what} happens until {}; the same key looks further",
                clock(now)
            )),
            None => screen.say(format!("{what} happens from here to the lab's end")),
        }
        self.refresh(screen);
    }

    fn step_back(&mut self, screen: &mut dyn Screen, stop: &Stop) {
        let what = named(stop);
        // What is selected says which records are meant, so it stays while one goes back among its own.
        let keeps = matches!(stop, Stop::About(_)).then(|| screen.selected());
        let found = self.player.step_back(stop, &mut self.feed.history);
        self.turned_back(screen);
        match (found, keeps) {
            (Some(_), Some(selected)) => screen.select(selected),
            (Some(record), None) => screen.select(Selection::Record(record)),
            (None, _) => screen.say(format!("{what} happened before: this is the lab's beginning")),
        }
        self.inspect(screen);
    }

    /// Goes where the timeline was last asked to go: of many instants on the way of a pointer only to the last.
    pub fn settle_input(&mut self, screen: &mut dyn Screen) {
        let Some(at) = self.sought.take() else { return };
        let n_before = self.player.session().n_records();
        let from = self.player.session().now();
        self.player.seek(at, &self.feed.marks, &mut self.feed.history);
        if at < from {
            self.turned_back(screen);
        } else if self.player.session().n_records() >= n_before {
            self.refresh(screen);
        }
    }

    fn branch(&mut self, screen: &mut dyn Screen, name: &str) {
        let before = self.player.current_branch().to_owned();
        if let Err(why) = self.player.branch(name, &self.feed) {
            screen.complain(why.to_string());
            return;
        }
        screen.understood();
        // It begins as what it was taken from stands, so nothing that is shown changes.
        if let Err(why) = self.player.switch(name, &mut self.feed) {
            screen.complain(why.to_string());
            return;
        }
        self.refresh(screen);
        screen.say(format!(
            "on {name}, taken from {before}; what is done from here on is done here alone"
        ));
    }

    fn switch(&mut self, screen: &mut dyn Screen, name: &str) {
        if let Err(why) = self.player.switch(name, &mut self.feed) {
            screen.complain(why.to_string());
            return;
        }
        screen.understood();
        self.feed.log.clear();
        self.seen = None;
        if let Selection::Record(_) = screen.selected() {
            screen.select(Selection::default());
        }
        self.refresh(screen);
        let now = clock(self.player.session().now());
        screen.say(format!("on {name} at {now}"));
    }

    fn rename(&mut self, screen: &mut dyn Screen, name: &str, to: &str) {
        if let Err(why) = self.player.rename(name, to) {
            screen.complain(why.to_string());
            return;
        }
        if let Some(compared) = &mut self.feed.comparison {
            for side in [&mut compared.left, &mut compared.right] {
                if side == name {
                    to.clone_into(side);
                }
            }
        }
        screen.understood();
        self.refresh(screen);
        screen.say(format!("{name} is called {to} from now on"));
    }

    fn delete(&mut self, screen: &mut dyn Screen, name: &str) {
        if let Err(why) = self.player.delete(name) {
            screen.complain(why.to_string());
            return;
        }
        let compared = self.feed.comparison.as_ref();
        if compared.is_some_and(|it| it.left == name || it.right == name) {
            self.feed.comparison = None;
        }
        screen.understood();
        self.refresh(screen);
        screen.say(format!("{name} is deleted"));
    }

    fn show_compared(&mut self, screen: &mut dyn Screen, compared: Result<Compared, BranchError>) {
        match compared {
            Ok(compared) => {
                let when = compared.rows.when(&compared.left, &compared.right);
                screen.say(format!("compared {when}"));
                self.feed.comparison = Some(compared);
                screen.show(Pane::Compare);
            }
            Err(why) => screen.complain(why.to_string()),
        }
    }

    fn list_faults_of_selected(&mut self, screen: &mut dyn Screen) {
        let choices = self.feed.choices.clone();
        if choices.is_empty() {
            screen.say("nothing of what is selected can be made to fail; i lists what can".to_owned());
            return;
        }
        let injected = self.player.injected().into_iter();
        let active = injected.filter(|it| choices.contains(&it.choice)).collect();
        screen.list_faults(active, choices);
    }

    /// Time was turned back: what has not happened at present is not shown.
    fn turned_back(&mut self, screen: &mut dyn Screen) {
        let session = self.player.session();
        let (now, n_records) = (session.now(), session.n_records());
        let n_ahead = session.journal().len() - session.n_done();
        self.feed.turn_back(n_records);
        self.seen = self.feed.log.back().map(|row| row.id);
        if let Selection::Record(record) = screen.selected()
            && record.number() > n_records
        {
            screen.select(Selection::default());
        }
        screen.say(match n_ahead {
            0 => format!("back at {}", clock(now)),
            _ => format!(
                "back at {}; what was done by hand after it happens again unless something else is done",
                clock(now)
            ),
        });
        self.refresh(screen);
    }

    /// Something was done to the lab by hand: shows its record.
    fn tell_of(
        &mut self,
        screen: &mut dyn Screen,
        (record, n_before): (RecordId, u64),
        choice: &Choice,
        done: &str,
    ) {
        self.feed.forget_ahead(self.player.session().now(), n_before);
        screen.understood();
        screen.select(Selection::Record(record));
        let (kind, target) = (choice.kind, &choice.target);
        screen.say(format!("{kind} of {target} is {done}; 9 lists what is active"));
        self.refresh(screen);
    }
}

/// What there is none of, where a step finds nothing.
const fn named(stop: &Stop) -> &'static str {
    match stop {
        Stop::Any => "nothing",
        Stop::Notable => "nothing notable",
        Stop::About(_) => "nothing about the selected thing",
    }
}

/// What MGN refused of an operation at once, in words.
fn refused_since(session: &Session, record: RecordId) -> Option<String> {
    let view = View::of(session);
    let mut follows = view
        .log_after(Some(record))
        .filter(|row| row.cause == Some(record));
    let refused = follows.find(|row| {
        let record = session.record(row.id);
        record.is_some_and(|it| matches!(it.what, Happening::Mgn(mgn::Notice::Refused { .. })))
    });
    refused.map(|row| format!("{} {}", row.subject, row.what))
}
