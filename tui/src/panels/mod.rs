//! The panels of the dashboard, one to a file. The list here is the only place that names them all.

mod branches;
pub(crate) mod compare;
mod detail;
mod dns;
mod events;
mod faults;
mod flows;
mod goals;
mod jobs;
mod lab_tree;
mod links;
mod map;
mod migration;
mod preflight;
mod routes;
mod sessions;
mod sheet;

use crate::panel::Panel;
use sheet::Listed;

pub(crate) use routes::verdict;

/// The view that is shown when the dashboard opens, by its place in [`all`].
pub const FIRST_VIEW: usize = 0;

/// The view of names, by its place in [`all`].
pub const DNS: usize = 5;

/// The view of preflight, by its place in [`all`].
pub const PREFLIGHT: usize = 7;

/// The view that compares branches, by its place in [`all`].
pub const COMPARE: usize = 11;

/// What is wrong with the name of a view, where none is called so.
#[must_use]
pub fn no_view(name: &str) -> Option<String> {
    let views = all();
    let titles: Vec<String> = views.iter().map(|it| it.title().to_lowercase()).collect();
    let is_one = titles.contains(&name.to_lowercase());
    (!is_one).then(|| format!("no view is called `{name}`: there are {}", titles.join(", ")))
}

/// Every panel, in the order of their keys.
#[must_use]
pub fn all() -> Vec<Box<dyn Panel>> {
    vec![
        Box::new(map::Map::default()),
        Box::new(Listed::<links::Links>::default()),
        Box::new(Listed::<sessions::Sessions>::default()),
        Box::new(Listed::<routes::Routes>::default()),
        Box::new(Listed::<flows::Flows>::default()),
        Box::new(Listed::<dns::Dns>::default()),
        Box::new(migration::Migration::default()),
        Box::new(preflight::PreflightPanel::default()),
        Box::new(Listed::<faults::Faults>::default()),
        Box::new(events::Events::default()),
        Box::new(Listed::<branches::Branches>::default()),
        Box::new(Listed::<compare::Compare>::default()),
        Box::new(lab_tree::LabTree::default()),
        Box::new(Listed::<jobs::Jobs>::default()),
        Box::new(Listed::<goals::Goals>::default()),
        Box::new(detail::Detail::default()),
    ]
}

#[cfg(test)]
mod tests;
