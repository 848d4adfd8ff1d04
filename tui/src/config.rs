//! The settings of the dashboard, from a file in the usual place.
//!
//! `causeway config` says where that is, `causeway config default` prints one to begin with. Whatever is wrong with it is
//! told with its place, and the program goes on as if it were not there.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::palette::Palette;

/// The settings. What is left out is as it is without a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename = "Config", default, deny_unknown_fields)]
pub struct Config {
    /// The colours.
    pub theme: Option<Palette>,
    /// Whether the dashboard is drawn with plain letters only, where the terminal does not say.
    pub ascii: Option<bool>,
    /// Whether clicks and the wheel go to the dashboard.
    pub mouse: Option<bool>,
    /// The view that is shown first, by its name.
    pub view: Option<String>,
    /// Whether the first steps are shown to who has not seen them.
    pub hints: Option<bool>,
}

/// A file with every setting as it is where nothing is said.
pub const DEFAULT: &str = r#"// Settings of Causeway's dashboard. What is left out is as it is here.
Config(
    // terminal (the terminal's own sixteen colours), dark, light, colour_blind, plain (none at all).
    theme: terminal,
    // Plain letters only. Without it the locale decides: UTF-8 or not.
    ascii: false,
    // Clicks and the wheel go to the dashboard; without it text can be selected as usual.
    mouse: true,
    // The view that is shown first: map, links, bgp, routes, flows, dns, migration, preflight, faults, log …
    view: "map",
    // The first steps, for who has not seen them.
    hints: true,
)
"#;

/// The settings in a file; and what is wrong with it, in a sentence with its place.
#[must_use]
pub fn read(file: &Path) -> (Config, Option<String>) {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Config::default(), None),
        Err(error) => {
            let told = format!("{}: {error}; the settings are left as they are", file.display());
            return (Config::default(), Some(told));
        }
    };
    match parse(&text) {
        Ok(config) => (config, None),
        Err(why) => {
            let told = format!(
                "{}:{why}; `causeway config default` prints a right one",
                file.display()
            );
            (Config::default(), Some(told))
        }
    }
}

/// Reads settings.
///
/// # Errors
/// Line, column and what is wrong there.
pub fn parse(text: &str) -> Result<Config, String> {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| {
        let at = error.span.start;
        format!("{}:{}: {}", at.line, at.col, error.code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_says_what_is_so_without_one() {
        let config = parse(DEFAULT).expect("our own file is right");
        let expected = Config {
            theme: Some(Palette::default()),
            ascii: Some(false),
            mouse: Some(true),
            view: Some("map".to_owned()),
            hints: Some(true),
        };
        assert_eq!(config, expected);
        assert_eq!(parse("Config()"), Ok(Config::default()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |text: &str| parse(text).expect_err("it is wrong");
        insta::assert_snapshot!(
            [
                told("Config(\n    them: dark,\n)"),
                told("Config(\n    theme: darker,\n)"),
                told("Config(mouse: 3)"),
                told("Config(mouse: true"),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_nothing_wrong_and_one_that_is_bad_is_not_fatal() {
        let folder = std::env::temp_dir().join(format!("causeway-config-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for a test");
        let file = folder.join("config.ron");
        assert_eq!(read(&file), (Config::default(), None));
        fs::write(&file, "Config(theme: 7)").expect("a file for a test");
        let (config, told) = read(&file);
        assert_eq!(config, Config::default());
        let told = told.expect("it is wrong");
        assert!(told.contains("config.ron:1:15: "), "{told}");
        fs::remove_dir_all(&folder).expect("it was made here");
    }
}
