//! The house rules that a reader would otherwise have to check by eye.
//!
//! Reads the sources as text and says, with file and line, where one breaks a rule: a module that
//! imports one above it, a file too long to hold in the head, an unfinished mark, a file at the top
//! level that nobody decided on, a reason that nothing gives.

mod producers;
mod source;
mod tiers;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use sim_core::reason::Reason;
use source::{Source, Token};

/// Non-test lines that a file may have.
const LONGEST_FILE: usize = 600;

/// What may stand beside `Cargo.toml`. `target` is what a build leaves.
const TOP_LEVEL: &[&str] = &[
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "docs",
    "gui",
    "justfile",
    "rustfmt.toml",
    "scenarios",
    "sim-core",
    "tests",
    "tui",
];

/// The folders that hold our own Rust.
const CRATES: &[&str] = &["sim-core", "tui", "gui", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate is a folder of the workspace")
}

/// Every Rust file of the workspace, in a stable order.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for name in CRATES {
        for path in files_under(&root().join(name), "rs") {
            let text = fs::read_to_string(&path).expect("a source file is readable UTF-8");
            found.push(Source::new(shown(&path), text));
        }
    }
    assert!(
        found.len() > CRATES.len(),
        "the scan found next to nothing: {} files",
        found.len()
    );
    found
}

/// Files with the given ending, sorted, build results left out.
fn files_under(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for path in entries.iter().map(fs::DirEntry::path) {
        if path.is_dir() && !path.ends_with("target") {
            files.extend(files_under(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files
}

/// The path as a person would write it from the top of the repository.
fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
        .replace('\\', "/")
}

#[track_caller]
fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n{}\n", broken.join("\n"));
}

#[test]
fn no_module_of_the_core_looks_up() {
    let broken: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.starts_with("sim-core/src/"))
        .flat_map(tiers::upward_imports)
        .collect();
    assert_none(
        "a module of sim-core uses only the ones before it in the list in tests/tests/it/tidy/tiers.rs:",
        &broken,
    );
}

#[test]
fn files_stay_short_enough_to_hold_in_the_head() {
    let broken: Vec<String> = sources()
        .iter()
        .filter(|source| !source.is_all_test() && source.lines_before_tests() > LONGEST_FILE)
        .map(|source| format!("{}: {} lines", source.path, source.lines_before_tests()))
        .collect();
    assert_none(
        "these files have more than 600 lines before their tests; split them by what they hold:",
        &broken,
    );
}

#[test]
fn nothing_is_left_unfinished_switched_off_or_unsafe() {
    let broken: Vec<String> = sources().iter().flat_map(marks).collect();
    assert_none(
        "finish it, or describe it as a limit in the module's documentation:",
        &broken,
    );
}

/// The places in one file where work was put off or a guard was lifted.
fn marks(source: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    // Spelled in halves so that this file does not find itself.
    for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")] {
        for (number, line) in source.text.lines().enumerate() {
            let marked = line
                .split(|c: char| !c.is_alphanumeric())
                .any(|part| part == word);
            if marked {
                broken.push(format!("{}:{}: {word}", source.path, number + 1));
            }
        }
    }
    let tokens = source.tokens();
    for (at, token) in tokens.iter().enumerate() {
        let before = |n: usize| at.checked_sub(n).and_then(|i| tokens.get(i)).map(|t| t.text);
        let after = tokens.get(at + 1).map(|t| t.text);
        let problem = match token.text {
            "unsafe" => "unsafe code",
            "ignore" if before(1) == Some("[") && before(2) == Some("#") => "an ignored test",
            "todo" | "unimplemented" if after == Some("!") => "a call that panics instead of working",
            _ => continue,
        };
        broken.push(format!("{}:{}: {problem}", source.path, token.line));
    }
    broken
}

#[test]
fn the_top_level_holds_only_what_was_decided_on() {
    let broken: Vec<String> = top_level()
        .into_iter()
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert_none(
        "a new name at the top level is a decision; put the file into a crate or into docs/, or list it in \
         tests/tests/it/tidy.rs:",
        &broken,
    );
}

/// Names at the top of the repository: what is committed or about to be, or without git what is there.
fn top_level() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--deduplicate"])
        .current_dir(root())
        .output();
    let mut names: Vec<String> = match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .map(|path| path.split('/').next().unwrap_or(path).to_owned())
                .collect()
        }
        _ => fs::read_dir(root())
            .expect("the top of the repository is readable")
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "target" && name != ".git")
            .collect(),
    };
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_shipped_lab_opens_by_saying_what_it_teaches() {
    let labs = files_under(&root().join("scenarios"), "ron");
    assert!(!labs.is_empty(), "scenarios/ holds no lab");
    let broken: Vec<String> = labs
        .iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            !(text.starts_with("//") || text.starts_with("/*"))
        })
        .map(|path| format!("{}:1: does not open with a comment", shown(path)))
        .collect();
    assert_none(
        "the first lines of a lab are a comment that says what it teaches:",
        &broken,
    );
}

#[test]
fn the_code_map_names_every_module_of_the_core() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is readable");
    let mut broken = Vec::new();
    for entry in fs::read_dir(root().join("sim-core/src")).expect("sim-core/src is readable") {
        let name = entry.expect("an entry is readable").file_name();
        let name = name.to_string_lossy();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        if module != "lib" && !map.contains(&format!("`{module}`")) {
            broken.push(format!("sim-core/src/{name}: no row in ARCHITECTURE.md"));
        }
    }
    broken.sort();
    assert_none("a new module of the core gets its row in the code map:", &broken);
}

#[test]
fn every_reason_is_given_by_something() {
    let given: BTreeSet<String> = sources()
        .iter()
        .filter(|source| source.path.starts_with("sim-core/src/") && !source.is_all_test())
        // Helpers of tests that stand beside what they test.
        .filter(|source| !source.path.ends_with("_tests.rs") && !source.path.ends_with("/fixture.rs"))
        .flat_map(producers::given)
        .collect();
    let nobody: Vec<String> = Reason::ALL
        .iter()
        .filter(|reason| !given.contains(&format!("{reason:?}")))
        .map(|reason| format!("{reason:?} ({reason})"))
        .collect();
    assert_none(
        "a reason that nothing gives is to be given, or taken out of the list:",
        &nobody,
    );
}

/// Where a module stands for something of AWS's.
const MODELS_OF_AWS: &[&str] = &["sim-core/src/aws/", "sim-core/src/migrate/mgn/"];

#[test]
fn every_model_of_something_of_aws_says_what_is_simplified() {
    let models: Vec<Source> = sources()
        .into_iter()
        .filter(|source| MODELS_OF_AWS.iter().any(|folder| source.path.starts_with(folder)))
        .filter(|source| {
            let helps_tests = ["_tests.rs", "/fixture.rs"];
            !source.is_all_test() && !helps_tests.iter().any(|end| source.path.ends_with(end))
        })
        .collect();
    assert!(models.len() > 40, "the scan found {} modules", models.len());
    let broken: Vec<String> = models
        .iter()
        .filter(|source| !says_what_is_simplified(&source.text))
        .map(|source| format!("{}:1: says not what is simplified", source.path))
        .collect();
    assert_none(
        "a model of something of AWS's has `# Fidelity` in its module's documentation, and below it \
         `Simplified: …`, or `Not simplified: …` with what makes sure of it:",
        &broken,
    );
}

/// Whether the documentation at the top of a file has such a paragraph, with something in it.
fn says_what_is_simplified(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim);
    lines.any(|line| line == "# Fidelity")
        && lines.next().is_some_and(|line| {
            let said = line
                .strip_prefix("Simplified: ")
                .or_else(|| line.strip_prefix("Not simplified: "));
            said.is_some_and(|said| said.len() > 10)
        })
}

#[test]
fn what_is_simplified_is_found_in_the_modules_own_documentation_only() {
    assert!(says_what_is_simplified(
        "//! A thing.\n//!\n//! # Fidelity\n//! Simplified: it has no colour.\n"
    ));
    assert!(!says_what_is_simplified(
        "//! A thing.\n//!\n//! # Fidelity\n//! It has no colour.\n"
    ));
    assert!(!says_what_is_simplified(
        "//! A thing.\n\n//! # Fidelity\n//! Simplified: it has no colour.\n"
    ));
    assert!(!says_what_is_simplified("//! Simplified: it has no colour.\n"));
}

#[test]
fn marks_are_found_in_code_and_only_there() {
    let text = [
        "/// An unsafe word in a comment is a word.",
        "fn a() { let s = \"unsafe\"; }",
        "#[ignore]",
        "fn b() { todo!() }",
        "// FIX\u{4d}E later",
    ]
    .join("\n")
    .replace("FIX\u{4d}E", concat!("FIX", "ME"));
    let found = marks(&Source::new("a.rs".to_owned(), text));
    assert_eq!(
        found,
        [
            concat!("a.rs:5: FIX", "ME"),
            "a.rs:3: an ignored test",
            "a.rs:4: a call that panics instead of working",
        ]
    );
    let code = Source::new(
        "a.rs".to_owned(),
        "fn a<'a>(c: char) { c == '\"' || c == '\\'' }".to_owned(),
    );
    let words: Vec<&str> = code.tokens().iter().map(|Token { text, .. }| *text).collect();
    assert_eq!(words.join(" "), "fn a < ' a > ( c : char ) { c = = | | c = = }");
}
