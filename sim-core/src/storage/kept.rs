//! Labs and sessions from files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::desk::{Content, KEEP};
use crate::lab::{Branches, BuildError, Checkpoints, Keep, Reopened, Session};
use crate::scenario::{self, FileContent, Opened, SavedSession, SourceError, is_session, read_session};
use crate::units::SimTime;

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

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read, or what it says is wrong.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// It is no session.
    #[error("error: {0} is larger than a session can be")]
    TooLarge(String),
    /// What it says cannot be built.
    #[error("error: {0}")]
    Build(#[from] BuildError),
}

/// Reads a lab: a shipped one where the name is that of one, else a file.
///
/// # Errors
/// Where there is none, it cannot be read, or it is wrong.
pub fn open_lab(lab: &str) -> Result<Opened, SourceError> {
    scenario::open(lab, &read)
}

fn read(path: &Path) -> io::Result<FileContent> {
    let file = File::open(path)?;
    FileContent::read(file.metadata()?.len(), file)
}

/// Opens a saved session.
///
/// # Errors
/// Where there is none, or it is wrong.
pub fn open(path: &Path) -> Result<Kept, OpenError> {
    open_keeping(path, KEEP)
}

/// As [`open`], where the session keeps so many of its records.
///
/// # Errors
/// As [`open`].
pub fn open_keeping(path: &Path, keep: Keep) -> Result<Kept, OpenError> {
    let name = path.display().to_string();
    let bytes = match read(path) {
        Ok(FileContent::Whole(bytes)) => bytes,
        Ok(FileContent::TooLarge(_)) => return Err(OpenError::TooLarge(name)),
        Err(error) => return Err(SourceError::Unreadable { path: name, error }.into()),
    };
    let (loaded, saved) = read_session(&bytes, &name)?;
    let reopened = Branches::reopen(loaded.blueprint, &saved, keep, Checkpoints::default())?;
    Ok(Kept { saved, reopened })
}

/// Opens a file, be it a session or a lab.
///
/// # Errors
/// Where there is none, or it is wrong.
pub fn open_any(path: &Path) -> Result<Content, OpenError> {
    if is_session_file(path) {
        return open(path).map(|kept| Content::Session(Box::new(kept.reopened)));
    }
    let opened = open_lab(&path.display().to_string())?;
    let session = Session::open(opened.loaded.blueprint, None, KEEP)?;
    Ok(Content::Lab(Box::new(session)))
}

/// Whether a file is there and holds a session.
#[must_use]
pub fn is_session_file(path: &Path) -> bool {
    let mut begins = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINS).read_to_end(&mut begins));
    read.is_ok() && is_session(&String::from_utf8_lossy(&begins))
}

/// Of a saved session: its lab, how much was done by hand in all its branches, and the present of the one that was looked
/// at.
///
/// # Errors
/// In a line, where it cannot be read.
pub fn glance(path: &Path) -> Result<(String, usize, SimTime), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = match read(path) {
        Ok(FileContent::Whole(bytes)) => bytes,
        Ok(FileContent::TooLarge(_)) => return Err("it is larger than a session can be".to_owned()),
        Err(error) => return Err(error.to_string()),
    };
    let read = read_session(&bytes, &name);
    let (loaded, saved) = read.map_err(|error| {
        let told = error.to_string();
        told.lines().next().unwrap_or_default().to_owned()
    })?;
    let current = saved.branches.iter().find(|it| it.name == saved.current);
    let n_done = saved.branches.iter().map(|it| it.journal.len()).max();
    let (current, n_done) = current.zip(n_done).ok_or("it has no branch")?;
    Ok((loaded.blueprint.about.name, n_done, current.now))
}
