//! Sessions in files: saving them, and opening them again.

use std::fs::File;
use std::io;
use std::path::Path;

use sim_core::lab::{Branches, Checkpoints, Reopened};
use sim_core::scenario::{FileContent, SavedSession, SourceError, read_session};

use crate::headless::SCREEN_KEEP;
use crate::{source, whole_file};

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

/// Saves a session.
///
/// # Errors
/// Where the file cannot be written; what was there before is there still.
pub fn save(path: &Path, branches: &Branches) -> io::Result<()> {
    whole_file::write(path, &text(branches))
}

/// A session as it stands in a file.
#[must_use]
pub fn text(branches: &Branches) -> String {
    let lab = branches.session().blueprint();
    branches.saved().to_text(&lab.names, lab.migration.as_ref())
}
