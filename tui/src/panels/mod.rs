//! The panels of the dashboard, one to a file. The list here is the only place that names them all.

mod detail;
mod events;
mod flows;
mod goals;
mod jobs;
mod lab_tree;
mod links;
mod migration;
mod preflight;
mod routes;
mod sessions;
mod sheet;

use crate::panel::Panel;

/// The panel that has the focus when the dashboard opens, by its place in [`all`].
pub const FIRST_FOCUS: usize = 1;

/// The panel of BGP sessions, by its place in [`all`].
pub const SESSIONS: usize = 8;

/// The title of the panel that shows what is selected.
pub const DETAIL: &str = detail::TITLE;

/// Every panel, in the order of their keys.
#[must_use]
pub fn all() -> Vec<Box<dyn Panel>> {
    vec![
        Box::new(lab_tree::LabTree::default()),
        Box::new(migration::Migration::default()),
        Box::new(events::Events::default()),
        Box::new(preflight::PreflightPanel::default()),
        Box::new(detail::Detail::default()),
        Box::new(flows::Flows::default()),
        Box::new(jobs::Jobs::default()),
        Box::new(goals::Goals::default()),
        Box::new(sessions::Sessions::default()),
        Box::new(links::Links::default()),
        Box::new(routes::Routes::default()),
    ]
}

#[cfg(test)]
mod tests;
