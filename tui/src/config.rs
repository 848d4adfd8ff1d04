//! The settings of the dashboard, from a file in the usual place.
//!
//! `causeway config` says where that is, `causeway config default` prints one to begin with. Whatever is wrong with it is
//! told with its place, and the program goes on as if that alone were not there.

mod settings;

use std::fs;
use std::path::Path;

use core::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sim_core::desk::keys;
use sim_core::scenario::nearest;
use sim_core::storage::whole_file;

use crate::keymap::{self, Action, Binding, Key};
use crate::layout::Shares;
use crate::palette::Palette;
use crate::panels;

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
    #[serde(deserialize_with = "view")]
    pub view: Option<String>,
    /// Whether the first steps are shown to who has not seen them.
    pub hints: Option<bool>,
    /// Other keys for commands.
    pub keys: Keys,
    /// How much room the parts of the screen have.
    pub layout: Shares,
}

/// Keys of one's own for commands that are valid everywhere, by the names that [`keys::name_of`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys(Vec<(Action, Vec<Key>)>);

impl Keys {
    /// The commands with these keys.
    #[must_use]
    pub fn bindings(&self) -> Vec<Binding> {
        // What clashes was told when it was read.
        keys::rebound(&self.0).unwrap_or_else(|_| keymap::GLOBAL.to_vec())
    }
}

/// A view that there is.
fn view<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    match name.as_deref().and_then(panels::no_view) {
        Some(told) => Err(D::Error::custom(told)),
        None => Ok(name),
    }
}

/// A command, as it is written.
struct Named(Action);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        keys::named(&name).map(Self).ok_or_else(|| {
            let known: Vec<String> = keymap::GLOBAL.iter().map(|it| keys::name_of(it.action)).collect();
            let all: Vec<&str> = known.iter().map(String::as_str).collect();
            let meant = nearest(&name, &all).map_or_else(String::new, |it| format!(": did you mean `{it}`?"));
            D::Error::custom(format!("no command is called `{name}`{meant}"))
        })
    }
}

/// A key, as it is written.
struct Written(Key);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let key = text.parse().map(Self);
        key.map_err(|why| D::Error::custom(format!("no key is called `{text}`: {why}")))
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("commands with their keys, for example {\"play_pause\": [\"p\"]}")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut all = Vec::new();
                while let Some((Named(action), written)) = map.next_entry::<Named, Vec<Written>>()? {
                    all.push((action, written.into_iter().map(|Written(key)| key).collect()));
                }
                keys::rebound(&all).map_err(A::Error::custom)?;
                Ok(Keys(all))
            }
        }
        from.deserialize_map(Map)
    }
}

/// How the screen was left, which is how the next one begins where the settings do not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename = "Screen", default)]
pub struct Left {
    /// The colours.
    pub theme: Option<Palette>,
    /// The view in the middle, by its name.
    pub view: Option<String>,
    /// Whether it filled the screen.
    pub zoomed: bool,
}

impl Left {
    /// How it was left the last time; as if never, where that cannot be read.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        options().from_str(&text).unwrap_or_default()
    }
    /// Remembers it. Where that cannot be written the next one begins as usual.
    pub fn remember(&self, file: &Path) {
        let made = file
            .parent()
            .is_none_or(|folder| fs::create_dir_all(folder).is_ok());
        if let Ok(text) = options().to_string_pretty(self, ron::ser::PrettyConfig::new())
            && made
        {
            let _ = whole_file::write(file, &text);
        }
    }
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
    // Other keys for commands, for example {"play_pause": ["p", "F5"], "step_notable": ["Right"]}. A command is called as
    // `causeway config keys` lists it. Keys of a view win over these while it has the focus.
    keys: {},
    // How many hundredths of the width the tree and what is selected have, and of the height the log; 0 leaves one out. What
    // is not said follows from the size of the terminal. For example (tree: 0, detail: 35, log: 20).
    layout: (),
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
    let (config, wrong) = parse_what_is_right(&text);
    if wrong.is_empty() {
        return (config, None);
    }
    let file = file.display();
    let told: Vec<String> = wrong.iter().map(|why| format!("{file}:{why}")).collect();
    let told = told.join("; ");
    let told = format!("{told}; the rest of the file counts; `causeway config default` prints a right one");
    (config, Some(told))
}

/// The settings without those that are wrong, and what is wrong with each.
fn parse_what_is_right(text: &str) -> (Config, Vec<String>) {
    let mut letters: Vec<char> = text.chars().collect();
    let mut wrong = Vec::new();
    let missing = settings::missing(&letters);
    if !missing.is_empty() {
        let line = text.lines().count().max(1);
        let column = text.lines().last().map_or(0, |line| line.chars().count()) + 1;
        wrong.push(format!(
            "{line}:{column}: here ends what is not closed by `{missing}`"
        ));
        // A comment at the end would swallow it.
        letters.push('\n');
        letters.extend(missing.chars());
    }
    loop {
        let text: String = letters.iter().collect();
        let error = match options().from_str::<Config>(&text) {
            Ok(config) => return (config, wrong),
            Err(error) => error,
        };
        let at = error.span.start;
        wrong.push(told(&error));
        let lines = text.split_inclusive('\n').take(at.line.saturating_sub(1));
        let place = lines.map(|line| line.chars().count()).sum::<usize>() + at.col.saturating_sub(1);
        // What is wrong with the whole leaves nothing.
        let Some(range) = settings::around(&letters, place) else {
            return (Config::default(), wrong);
        };
        // Blanked out, so that the places of what follows stay.
        for letter in &mut letters[range] {
            if *letter != '\n' {
                *letter = ' ';
            }
        }
    }
}

fn told(error: &ron::error::SpannedError) -> String {
    let at = error.span.start;
    format!("{}:{}: {}", at.line, at.col, error.code)
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
}

/// Every command with its name and its keys, a line each.
#[must_use]
pub fn key_list() -> String {
    let line = |binding: &Binding| {
        let written: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
        let name = keys::name_of(binding.action);
        format!("{name:<16} {:<24} {}\n", written.join(" "), binding.title)
    };
    keymap::GLOBAL.iter().map(line).collect()
}

/// Reads settings.
///
/// # Errors
/// Line, column and what is wrong there.
pub fn parse(text: &str) -> Result<Config, String> {
    options().from_str(text).map_err(|error| told(&error))
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
            keys: Keys::default(),
            layout: Shares::default(),
        };
        assert_eq!(config, expected);
        assert_eq!(parse("Config()"), Ok(Config::default()));
    }

    #[test]
    fn keys_of_ones_own_are_bound() {
        let config = parse("Config(keys: {\"play_pause\": [\"p\", \"F5\"]})").expect("it is right");
        let all = config.keys.bindings();
        let play = all.iter().find(|it| it.action == Action::PlayPause);
        let keys: Vec<String> = play
            .map_or(&[][..], |it| it.keys)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(keys, ["p", "F5"]);
        assert!(key_list().contains("play_pause       Space"), "{}", key_list());
    }

    #[test]
    fn how_the_screen_was_left_is_remembered() {
        let folder = std::env::temp_dir().join(format!("causeway-left-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for a test");
        let file = folder.join("screen.ron");
        assert_eq!(Left::read(&file), Left::default());
        let left = Left {
            theme: Some(Palette::Light),
            view: Some("Routes".to_owned()),
            zoomed: true,
        };
        left.remember(&file);
        assert_eq!(Left::read(&file), left);
        fs::write(&file, "Screen(theme: 7").expect("a file for a test");
        assert_eq!(Left::read(&file), Left::default());
        fs::remove_dir_all(&folder).expect("it was made here");
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
                told("Config(\n    keys: {\"play_pose\": [\"p\"]},\n)"),
                told("Config(\n    keys: {\"play_pause\": [\"Hyper\"]},\n)"),
                told("Config(\n    keys: {\"play_pause\": [\"q\"]},\n)"),
                told("Config(layout: (detail: 300))"),
                told("Config(layout: (detail: 95))"),
                told("Config(\n    view: \"rooutes\",\n)"),
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
        // What is right counts.
        let text = "Config(\n    theme: dark, // not \"light\", (nor) plain\n    mouse: 3,\n    view: \"bgp\",\n    \
            keys: {\"play_pose\": [\"p\"], \"undo\": [\"Ctrl-z\"]},\n    hint: false,\n    layout: (tree: 0)";
        fs::write(&file, text).expect("a file for a test");
        let (config, told) = read(&file);
        assert_eq!((config.theme, config.mouse), (Some(Palette::Dark), None));
        assert_eq!(config.view.as_deref(), Some("bgp"));
        assert_eq!(config.keys.0.len(), 1);
        assert_eq!(config.layout.tree, Some(0));
        let told = told.expect("it is wrong");
        for place in ["config.ron:3:", "config.ron:5:", "config.ron:6:", "config.ron:7:"] {
            assert!(told.contains(place), "{place} in {told}");
        }
        for text in [
            "",
            "Config",
            "Config(",
            "Config(}",
            "(((((",
            "\"",
            "Config(view: \"rooutes\")",
            "Config(keys: {\"play_pause\": [\"q\"]}, mouse: true)",
        ] {
            fs::write(&file, text).expect("a file for a test");
            assert!(read(&file).1.is_some(), "{text}");
        }
        assert_eq!(read(&file).0.mouse, Some(true));
        fs::remove_dir_all(&folder).expect("it was made here");
    }
}
