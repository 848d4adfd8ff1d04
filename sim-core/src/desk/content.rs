//! Labs and sessions as texts: what is in a file that was opened, and what goes into one.

use std::path::Path;

use crate::lab::{Branches, Reopened, Session};

/// What is in a file that can be opened.
#[derive(Debug)]
pub enum Content {
    /// A session that was saved.
    Session(Box<Reopened>),
    /// A lab, at its beginning.
    Lab(Box<Session>),
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
