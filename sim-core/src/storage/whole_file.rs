//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written: under another name beside its own until it is whole.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    partial: PathBuf,
    file: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins to write a file of that name.
    ///
    /// # Errors
    /// Where the path names no file, or the folder cannot be written to.
    pub fn create(path: &Path) -> io::Result<Self> {
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
        })
    }

    /// It is whole: it gets its name, in place of a file that had it before.
    ///
    /// # Errors
    /// Where it cannot be written to the disk or renamed; what was there before is there still.
    pub fn keep(self) -> io::Result<()> {
        self.named(File::sync_all)
    }

    fn named(mut self, settle: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            settle(&file.into_inner().map_err(io::IntoInnerError::into_error)?)?;
            fs::rename(&self.partial, &self.path)?;
        }
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // What has its name is there no more; what is not whole is of no use.
        let _ = fs::remove_file(&self.partial);
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Where it cannot be written; what was there before is there still.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(text.as_bytes())?;
    file.keep()
}

/// The same, without waiting for the disk: whole where this program dies, but not where the machine does.
///
/// # Errors
/// Where it cannot be written; what was there before is there still.
pub fn write_unsynced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(text.as_bytes())?;
    file.named(|_| Ok(()))
}
