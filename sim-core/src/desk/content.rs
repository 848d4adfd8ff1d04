//! Labs and sessions as texts: what is in a file that was opened, and what goes into one.

use std::path::{Path, PathBuf};

use crate::lab::{Branches, Departure, RecordId, Reopened, Session};
use crate::view::{LogRow, View};

use super::format::clock;

/// What is in a file that can be opened.
#[derive(Debug)]
pub enum Content {
    /// A session that was saved.
    Session(Box<Reopened>),
    /// A lab, at its beginning.
    Lab(Box<Session>),
}

/// The file that a person named; `~` is the home folder.
///
/// # Errors
/// In a sentence, where there is no name.
pub fn path_of(name: &str) -> Result<PathBuf, String> {
    if name.is_empty() {
        return Err("a file needs a name".to_owned());
    }
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let below = name.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest)));
    Ok(below.unwrap_or_else(|| PathBuf::from(name)))
}

/// Whether a file is called as sessions are by default.
#[must_use]
pub fn is_session_name(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".session.ron")
}

/// What was done by hand in the branch that is looked at, as a lab that is called as its file.
#[must_use]
pub fn scenario_text(branches: &Branches, file: &Path) -> String {
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
pub fn session_text(branches: &Branches) -> String {
    let lab = branches.session().blueprint();
    branches.saved().to_text(&lab.names, lab.migration.as_ref())
}

/// The records of a branch among which it parts from what it was, as they are now; none where nothing is known of them.
#[must_use]
pub fn parting_rows(branches: &Branches, departure: &Departure) -> Vec<LogRow> {
    let all = branches.sessions();
    let found = all.iter().find(|(row, _)| row.name == departure.branch);
    let (Some((_, session)), Some(parting)) = (found, departure.record) else {
        return Vec::new();
    };
    let view = View::of(session);
    let numbers = (parting.first..=parting.last).filter_map(RecordId::from_number);
    let kept = numbers.filter_map(|id| session.record(id));
    kept.map(|record| view.log_row(record)).collect()
}

/// Says of a session that was opened from where on it is not as it was; none where it is.
#[must_use]
pub fn departed(it: &Reopened) -> Option<String> {
    let first = it.departures.iter().min_by_key(|it| it.same_until)?;
    let row = parting_rows(&it.branches, first).into_iter().next();
    let exactly = first.record.is_some_and(|parting| parting.first == parting.last);
    Some(match row {
        Some(row) if exactly => format!(
            "from record {} on ({}, {} {}) it is not as it was: the program or the file has changed",
            row.id.number(),
            clock(row.at),
            row.subject,
            row.what
        ),
        _ => format!(
            "from {} on it is not as it was: the program or the file has changed",
            clock(first.same_until)
        ),
    })
}
