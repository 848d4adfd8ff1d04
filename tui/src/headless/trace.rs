//! The file that `run --trace` writes: one JSON object to a line for every record, whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use sim_core::kernel::RecordId;
use sim_core::lab::Session;
use sim_core::view::View;

use sim_core::storage::whole_file::WholeFile;

/// A trace that is being written.
pub(super) struct TraceFile {
    file: WholeFile,
    seen: Option<RecordId>,
}

impl TraceFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = WholeFile::create(path)?;
        Ok(Self { file, seen: None })
    }

    /// Writes what was recorded since the last time.
    pub(super) fn take_news(&mut self, session: &Session) -> io::Result<()> {
        for row in View::of(session).log_after(self.seen) {
            let expected = self.seen.map_or(1, |seen| seen.number() + 1);
            if row.id.number() != expected {
                return Err(io::Error::other("more was recorded at once than can be kept"));
            }
            serde_json::to_writer(&mut self.file, &row)?;
            self.file.write_all(b"\n")?;
            self.seen = Some(row.id);
        }
        Ok(())
    }

    /// It is whole: it gets its name.
    pub(super) fn keep(self) -> io::Result<()> {
        self.file.keep()
    }
}
