//! The files that workloads are read from.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::de::DeserializeOwned;

/// Reads an input file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("failed to understand {}", path.display()))
}

/// What the line of JSON calls an input file: its name without folder and ending.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
