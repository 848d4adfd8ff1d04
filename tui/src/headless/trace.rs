//! The file that `run --trace` writes: one JSON object to a line for every record, whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sim_core::kernel::RecordId;
use sim_core::lab::Session;
use sim_core::view::View;

/// A trace that is being written: under another name until it is whole.
pub(super) struct TraceFile {
    path: PathBuf,
    partial: PathBuf,
    file: Option<BufWriter<File>>,
    seen: Option<RecordId>,
}

impl TraceFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
        let mut partial = name.to_owned();
        partial.push(format!(".{}.partial", std::process::id()));
        let partial = path.with_file_name(partial);
        Ok(Self {
            path: path.to_owned(),
            file: Some(BufWriter::new(File::create(&partial)?)),
            partial,
            seen: None,
        })
    }

    /// Writes what was recorded since the last time.
    pub(super) fn take_news(&mut self, session: &Session) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        for row in View::of(session).log_after(self.seen) {
            let expected = self.seen.map_or(1, |seen| seen.number() + 1);
            if row.id.number() != expected {
                return Err(io::Error::other("more was recorded at once than can be kept"));
            }
            serde_json::to_writer(&mut *file, &row)?;
            file.write_all(b"\n")?;
            self.seen = Some(row.id);
        }
        Ok(())
    }

    /// It is whole: it gets its name.
    pub(super) fn keep(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
            fs::rename(&self.partial, &self.path)?;
        }
        Ok(())
    }
}

impl Drop for TraceFile {
    fn drop(&mut self) {
        // Once it has its name there is nothing of this name left, and that is fine.
        let _ = fs::remove_file(&self.partial);
    }
}
