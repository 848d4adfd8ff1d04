//! Sessions in files: saving them, and opening them again.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sim_core::lab::{Branches, Checkpoints, Reopened, Session};
use sim_core::scenario::{FileContent, SavedSession, SourceError, is_session, read_session};
use sim_core::units::SimTime;

use crate::headless::SCREEN_KEEP;
use crate::source;

/// So many bytes of a file tell what it is.
const BEGINS: u64 = 4_096;

/// A session that was read from a file and run again.
#[derive(Debug)]
pub struct Kept {
    /// What the file says.
    pub saved: SavedSession,
    /// The session.
    pub reopened: Reopened,
}

/// Opens a saved session.
///
/// # Errors
/// What to tell a person, where there is none, or it is wrong.
pub fn open(path: &Path) -> Result<Kept, String> {
    let unreadable = |error: io::Error| format!("error: failed to read {}: {error}\n", path.display());
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let bytes = match FileContent::read(length, file).map_err(unreadable)? {
        FileContent::Whole(bytes) => bytes,
        FileContent::TooLarge(_) => {
            let path = path.display();
            return Err(format!("error: {path} is larger than a session can be\n"));
        }
    };
    let told = |error: SourceError| source::render(&error);
    let (loaded, saved) = read_session(&bytes, &path.display().to_string()).map_err(told)?;
    let reopened = Branches::reopen(loaded.blueprint, &saved, SCREEN_KEEP, Checkpoints::default())
        .map_err(|error| format!("error: {error}\n"))?;
    Ok(Kept { saved, reopened })
}

/// What is in a file that can be opened.
#[derive(Debug)]
pub enum Content {
    /// A session that was saved.
    Session(Box<Reopened>),
    /// A lab, at its beginning.
    Lab(Box<Session>),
}

/// Opens a file, whichever of the two it is.
///
/// # Errors
/// What to tell a person.
pub fn open_any(path: &Path) -> Result<Content, String> {
    if is_session_file(path) {
        return open(path).map(|kept| Content::Session(Box::new(kept.reopened)));
    }
    let opened = source::open(&path.display().to_string()).map_err(|error| source::render(&error))?;
    let session = Session::open(opened.loaded.blueprint, None, SCREEN_KEEP);
    session
        .map(|session| Content::Lab(Box::new(session)))
        .map_err(|error| error.to_string())
}

/// Whether a file is there and holds a session.
#[must_use]
pub fn is_session_file(path: &Path) -> bool {
    let mut begins = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINS).read_to_end(&mut begins));
    read.is_ok() && is_session(&String::from_utf8_lossy(&begins))
}

/// Whether a file is called as sessions are by default.
#[must_use]
pub fn is_session_name(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".session.ron")
}

/// Of a saved session: its lab, how much was done by hand in all its branches, and the present of the one that was looked
/// at. None where it cannot be read.
#[must_use]
pub fn glance(path: &Path) -> Option<(String, usize, SimTime)> {
    let bytes = std::fs::read(path).ok()?;
    let (loaded, saved) = read_session(&bytes, "session").ok()?;
    let current = saved.branches.iter().find(|it| it.name == saved.current)?;
    let n_done = saved.branches.iter().map(|it| it.journal.len()).max()?;
    Some((loaded.blueprint.about.name, n_done, current.now))
}

/// What was done by hand in the branch that is looked at, as a lab that is called as its file.
#[must_use]
pub fn scenario(branches: &Branches, file: &Path) -> String {
    let saved = branches.saved();
    let stem = |path: &Path| path.file_stem().map(|it| it.to_string_lossy().into_owned());
    let base = stem(Path::new(&saved.lab.name)).unwrap_or_else(|| saved.lab.name.clone());
    let name = stem(file).unwrap_or_else(|| format!("{base}-edited"));
    let lab = branches.session().blueprint();
    let title = format!("{}, edited", lab.about.title);
    let current = saved.branches.iter().find(|it| it.name == saved.current);
    current.map_or_else(String::new, |branch| {
        branch.to_scenario((&base, &name, &title), &lab.names, lab.migration.as_ref())
    })
}

/// A session as it stands in a file.
#[must_use]
pub fn text(branches: &Branches) -> String {
    let lab = branches.session().blueprint();
    branches.saved().to_text(&lab.names, lab.migration.as_ref())
}
