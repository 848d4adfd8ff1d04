//! What is done with files while a session is shown: what its screen asks for, and keeping it from second to second.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::desk::format::clock;
use crate::desk::request::Over;
use crate::desk::{Desk, Errand, Screen, session_text};
use crate::lab::BranchRow;
use crate::scenario::Moved;

use super::autosave::{self, Autosave};
use super::kept::{self, OpenError};
use super::whole_file;

/// No more than this is lost when the program is killed.
const EVERY: Duration = Duration::from_secs(1);

/// A session that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its file.
    pub file: PathBuf,
    /// What lab, how far, what was done, and when it was kept last.
    pub says: String,
}

/// Keeps the session on one desk.
#[derive(Debug, Default)]
pub struct Keeper {
    /// None where nothing can be kept on this machine.
    own: Option<Autosave>,
    /// What was kept: the branches, and what happened on each.
    kept: Vec<(BranchRow, String)>,
    /// What was moved on the map when that was kept.
    kept_moved: Moved,
    kept_at: Option<Instant>,
    failed: Option<OpenError>,
    opened: Option<PathBuf>,
}

impl Keeper {
    /// Keeps the session in this folder. Where that cannot be written, nothing is kept, and the second part says why.
    #[must_use]
    pub fn begin(folder: &Path) -> (Self, Option<String>) {
        match Autosave::begin(folder) {
            Ok(own) => {
                let own = Some(own);
                (
                    Self {
                        own,
                        ..Self::default()
                    },
                    None,
                )
            }
            Err(error) => {
                let told = format!(
                    "{}: {error}; the session is not kept while it runs",
                    folder.display()
                );
                (Self::default(), Some(told))
            }
        }
    }

    /// Keeps the session where it has changed and it is time; says how long that can wait.
    pub fn tick(&mut self, desk: &Desk, screen: &mut dyn Screen, now: Instant) -> Option<Duration> {
        let own = self.own.as_ref()?;
        // Two things done in turn at one instant, the first undone, leave the same rows and another trace.
        let sessions = desk.tree().sessions().into_iter();
        let rows: Vec<(BranchRow, String)> = sessions
            .map(|(row, session)| (row, session.trace_hash().to_string()))
            .collect();
        // A lab at its beginning, to which nothing was done, is nothing to go on with.
        let is_fresh = rows.len() == 1
            && rows
                .iter()
                .all(|(row, _)| row.n_done == 0 && row.now.since_start().is_zero());
        let moved = desk.tree().moved();
        if (rows == self.kept && *moved == self.kept_moved) || is_fresh {
            return None;
        }
        let waits = self.kept_at.map(|at| EVERY.saturating_sub(now - at));
        if let Some(waits) = waits.filter(|waits| !waits.is_zero()) {
            return Some(waits);
        }
        if let Err(error) = own.keep(&session_text(desk.tree())) {
            screen.say(format!("the session cannot be kept: {error}"));
            self.own = None;
            return None;
        }
        self.kept = rows;
        self.kept_moved.clone_from(moved);
        self.kept_at = Some(now);
        None
    }

    /// Why the file that was to be opened last is not, once: with all that is wrong with it.
    pub fn take_failure(&mut self) -> Option<OpenError> {
        self.failed.take()
    }
    /// The file that was opened, once.
    pub fn take_opened(&mut self) -> Option<PathBuf> {
        self.opened.take()
    }

    /// Does with files what the screen asks for.
    pub fn run_errands(&mut self, desk: &mut Desk, screen: &mut dyn Screen) {
        for errand in desk.take_errands() {
            match errand {
                Errand::Save {
                    path,
                    what,
                    over: Over::Asked,
                    ..
                } if path.exists() => desk.is_there(&path, what, screen),
                Errand::Save { path, text, .. } => {
                    let written = whole_file::write(&path, &text);
                    desk.saved(&path, written, screen);
                }
                Errand::Open(path) => {
                    if self.open(&path, &path.display().to_string(), desk, screen) {
                        self.opened = Some(path);
                    }
                }
                Errand::GoOn(file) => {
                    let is_open = self.open(&file, "the session", desk, screen);
                    // It is ours now, and kept by us before what is left of it goes.
                    self.kept_at = None;
                    if is_open {
                        desk.forget_file();
                        self.tick(desk, screen, Instant::now());
                        if self.own.is_some() {
                            autosave::forget(&file);
                        }
                    }
                }
                Errand::Forget(file) => autosave::forget(&file),
            }
        }
    }

    fn open(&mut self, path: &Path, name: &str, desk: &mut Desk, screen: &mut dyn Screen) -> bool {
        match kept::open_any(path) {
            Ok(content) => {
                desk.opened(name, Ok(content), screen);
                true
            }
            Err(error) => {
                desk.opened(name, Err(error.to_string()), screen);
                self.failed = Some(error);
                false
            }
        }
    }

    /// The program is left in order. What was done by hand and is in no file stays kept, to be offered at the next start.
    pub fn end(self, desk: &Desk) {
        let Some(own) = self.own else { return };
        let is_kept = desk.n_unsaved() > 0 && own.keep(&session_text(desk.tree())).is_ok();
        if !is_kept {
            own.end();
        }
    }
}

/// What was left in a folder by programs that were not left in order, in words; what cannot be read is told with the reason.
#[must_use]
pub fn lost(folder: &Path) -> Vec<Lost> {
    let all = autosave::left(folder).into_iter();
    all.map(|it| {
        let ago = SystemTime::now()
            .duration_since(it.written_at)
            .unwrap_or_default();
        let ago = briefly(ago);
        let (lab, n_done, now) = match kept::glance(&it.file) {
            Ok(found) => found,
            Err(why) => {
                let name = it.file.file_name().unwrap_or_default().to_string_lossy();
                return Lost {
                    says: format!("{name}, kept {ago} ago, cannot be read: {why}"),
                    file: it.file,
                };
            }
        };
        let done = match n_done {
            0 => "nothing done by hand".to_owned(),
            1 => "one thing done by hand".to_owned(),
            n => format!("{n} things done by hand"),
        };
        let says = format!("{lab} at {}, {done}, kept {ago} ago", clock(now));
        Lost { file: it.file, says }
    })
    .collect()
}

fn briefly(ago: Duration) -> String {
    match ago.as_secs() {
        secs @ 0..=119 => format!("{secs} s"),
        secs @ 120..=7_199 => format!("{} min", secs / 60),
        secs @ 7_200..=172_799 => format!("{} h", secs / 3_600),
        secs => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_with_the_reason() {
        let folder = std::env::temp_dir().join(format!("causeway-keeper-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for a test");
        std::fs::write(folder.join("1-0.ron"), "Session(version: 9").expect("a file for a test");
        let all = lost(&folder);
        assert_eq!(all.len(), 1);
        assert!(
            all[0].says.starts_with("1-0.ron, kept ") && all[0].says.contains("cannot be read: error["),
            "{all:?}"
        );
        std::fs::remove_dir_all(folder).expect("the folder is this test's");
    }
}
