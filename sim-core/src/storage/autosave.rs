//! What is kept of a session while it runs, so that a crash or a closed terminal loses nothing.
//!
//! Each running program writes a file of its own, which it holds by a lock as long as it lives and takes away when it is
//! left in order. A file that nobody holds is what is left of a session that was not.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::storage::whole_file;

/// The file of this program.
#[derive(Debug)]
pub struct Autosave {
    file: PathBuf,
    held: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

/// What is left of a session that was not left in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its file.
    pub file: PathBuf,
    /// When it was written last.
    pub written_at: SystemTime,
}

/// Files of this program that can be in use at once.
const MOST: u32 = 1_000;

impl Autosave {
    /// Begins to keep a session in this folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where the folder cannot be made or written to.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let process = std::process::id();
        for n in 0..MOST {
            let name = format!("{process}-{n}");
            let (file, held) = (
                folder.join(format!("{name}.ron")),
                folder.join(format!("{name}.lock")),
            );
            // Of another program of that number, which may be long gone: what it left is not ours to write over.
            if file.exists() {
                continue;
            }
            if let Some(lock) = hold(&held)? {
                return Ok(Self {
                    file,
                    held,
                    _lock: lock,
                });
            }
        }
        Err(io::Error::other("there are too many files of running programs"))
    }

    /// Keeps the session as it is now.
    ///
    /// # Errors
    /// Where it cannot be written; what was kept before is there still.
    pub fn keep(&self, text: &str) -> io::Result<()> {
        whole_file::write_unsynced(&self.file, text)
    }

    /// The program is left in order: nothing is left of the session.
    pub fn end(self) {
        // Who looks for what is left takes no notice of a lock without a file.
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.held);
    }
}

/// Takes a lock; none where another program has it.
fn hold(path: &Path) -> io::Result<Option<File>> {
    let lock = OpenOptions::new().create(true).append(true).open(path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What is left in a folder of sessions that were not left in order, the latest first.
#[must_use]
pub fn left(folder: &Path) -> Vec<Left> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = entries.flatten().map(|entry| entry.path());
    let sessions = files.filter(|path| path.extension().is_some_and(|it| it == "ron"));
    let is_left = |path: &PathBuf| hold(&path.with_extension("lock")).is_ok_and(|lock| lock.is_some());
    let mut all: Vec<Left> = sessions
        .filter(is_left)
        .filter_map(|file| {
            let written_at = fs::metadata(&file).and_then(|it| it.modified()).ok()?;
            Some(Left { file, written_at })
        })
        .collect();
    all.sort_by(|one, other| {
        other
            .written_at
            .cmp(&one.written_at)
            .then(one.file.cmp(&other.file))
    });
    all
}

/// Takes away what is left of a session.
pub fn forget(left: &Path) {
    let _ = fs::remove_file(left);
    let _ = fs::remove_file(left.with_extension("lock"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_left_and_what_is_left_in_order_is_not() {
        let folder = std::env::temp_dir().join(format!("causeway-autosave-{}", std::process::id()));
        assert_eq!(left(&folder), []);
        let first = Autosave::begin(&folder).expect("a folder of its own");
        first.keep("one").expect("it can be written");
        let second = Autosave::begin(&folder).expect("a folder of its own");
        second.keep("two").expect("it can be written");
        second.keep("three").expect("it can be written");
        assert_eq!(left(&folder), [], "both live");

        let file = second.file.clone();
        // As when the program is killed: nothing is taken away.
        drop(second);
        let found = left(&folder);
        assert_eq!(found.len(), 1);
        assert_eq!(fs::read_to_string(&found[0].file).ok().as_deref(), Some("three"));
        first.end();
        assert_eq!(left(&folder).len(), 1);
        let third = Autosave::begin(&folder).expect("a folder of its own");
        assert_ne!(third.file, file, "what is left is not written over");
        forget(&file);
        assert_eq!(left(&folder), []);
        third.end();
        fs::remove_dir_all(folder).expect("the folder is this test's");
    }
}
