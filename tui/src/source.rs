//! Labs from files: what is wrong with them, told to people.

pub use sim_core::scenario::{Opened, SourceError};
use sim_core::storage::kept::OpenError;
pub use sim_core::storage::kept::open_lab as open;

use crate::diagnostics;

/// What to tell a person of a file that cannot be opened.
#[must_use]
pub fn told(error: &OpenError) -> String {
    match error {
        OpenError::Source(error) => render(error),
        OpenError::TooLarge(_) | OpenError::Build(_) => format!("{error}\n"),
    }
}

/// What to tell a person.
#[must_use]
pub fn render(error: &SourceError) -> String {
    match error {
        SourceError::Unknown { .. } => {
            format!("error: {error}\nhelp: `causeway labs` lists the shipped ones\n")
        }
        SourceError::Unreadable { .. } => format!("error: {error}\n"),
        SourceError::Invalid { diagnostics, texts } => diagnostics::render(diagnostics, texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn told(lab: &str) -> String {
        render(&open(lab).expect_err("there is no such lab"))
    }

    #[test]
    fn a_mistyped_name_is_told_the_nearest_lab_and_where_all_are_listed() {
        assert_eq!(
            told("region-to-regoin"),
            "error: no file and no shipped lab is called `region-to-regoin`; did you mean `region-to-region`?\n\
             help: `causeway labs` lists the shipped ones\n"
        );
    }

    #[test]
    fn a_missing_file_is_told_as_a_file() {
        assert!(told("no/such/lab.ron").starts_with("error: failed to read no/such/lab.ron: "));
    }

    #[test]
    fn a_folder_is_no_lab() {
        assert!(told("./src").starts_with("error: failed to read ./src: "));
    }
}
