//! Who may import whom in `sim-core`.

use super::source::{Source, Token};

/// What modules on one tier may use of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Siblings {
    /// They may import each other.
    Share,
    /// They meet only further down the list.
    Strangers,
}

/// The tiers of the core, from the ground up. A module uses its own tier's rule and what comes before.
const TIERS: &[(Siblings, &[&str])] = &[
    (Siblings::Strangers, &["units"]),
    (Siblings::Strangers, &["kernel"]),
    // The words that every tier above shares: what there is, what was decided, and why not.
    (Siblings::Share, &["reason", "resource", "verdict"]),
    (Siblings::Strangers, &["net"]),
    // A protocol is a stranger to every other: `proto::bgp` is as far from `proto::ike` as from `identity`.
    (Siblings::Strangers, &["identity", "proto"]),
    (Siblings::Share, &["aws", "site"]),
    (Siblings::Strangers, &["migrate"]),
    (Siblings::Strangers, &["world"]),
    (Siblings::Strangers, &["fault"]),
    (Siblings::Strangers, &["scenario"]),
    (Siblings::Strangers, &["lab"]),
    (Siblings::Strangers, &["analysis"]),
    (Siblings::Strangers, &["view"]),
    (Siblings::Strangers, &["desk"]),
    // The edge: what has to do with files and the wall clock, for both programs.
    (Siblings::Strangers, &["storage"]),
];

/// A module as the tiers see it: the first segment of its path, and for protocols the second.
fn unit(path: &[String]) -> Option<String> {
    let first = path.first()?;
    match path.get(1) {
        Some(second) if first == "proto" && second.starts_with(char::is_lowercase) => {
            Some(format!("proto::{second}"))
        }
        _ => Some(first.clone()),
    }
}

fn tier(unit: &str) -> Option<usize> {
    let module = unit.split("::").next().unwrap_or(unit);
    TIERS.iter().position(|(_, modules)| modules.contains(&module))
}

/// One import or path, resolved to where it leads from the top of the crate.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    line: usize,
    path: Vec<String>,
}

/// Each place in a file of `sim-core` that uses a module it may not know, as `file:line: what`.
pub(super) fn upward_imports(source: &Source) -> Vec<String> {
    let module = module_path(&source.path);
    // The root only lists the modules.
    let Some(user) = unit(&module) else {
        return Vec::new();
    };
    if tier(&user).is_none() {
        return vec![format!(
            "{}:1: `{user}` stands on no tier; list it in tests/tests/it/tidy/tiers.rs",
            source.path
        )];
    }
    imports(&source.tokens(), &module)
        .into_iter()
        .filter_map(|import| {
            let used = unit(&import.path)?;
            let problem = problem(&user, &used)?;
            Some(format!("{}:{}: {problem}", source.path, import.line))
        })
        .collect()
}

/// What is wrong with `user` using `used`, if anything.
fn problem(user: &str, used: &str) -> Option<String> {
    let mine = tier(user)?;
    let Some(theirs) = tier(used) else {
        return Some(format!(
            "`crate::{used}` is no module; name the module that the item lives in"
        ));
    };
    let (siblings, _) = TIERS.get(mine)?;
    if theirs < mine || user == used || (theirs == mine && *siblings == Siblings::Share) {
        None
    } else if theirs == mine {
        Some(format!(
            "`{user}` uses its sibling `{used}`; they meet further down the list"
        ))
    } else {
        Some(format!("`{user}` uses `{used}`, which is built on top of it"))
    }
}

/// `sim-core/src/proto/bgp/mod.rs` is `proto::bgp`; `sim-core/src/lib.rs` is the empty path.
fn module_path(file: &str) -> Vec<String> {
    let inside = file.strip_prefix("sim-core/src/").unwrap_or(file);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    inside
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib"))
        .map(str::to_owned)
        .collect()
}

/// Every path that begins with `crate` or `super`, in `use` lines and in the middle of code.
fn imports(tokens: &[Token<'_>], module: &[String]) -> Vec<Import> {
    let mut found = Vec::new();
    // Modules written inside the file, with the depth of braces at which each closes.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |n: usize| tokens.get(at + n).map_or("", |t| t.text);
        let continues = at >= 2 && tokens[at - 1].text == ":" && tokens[at - 2].text == ":";
        match token.text {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last().is_some_and(|(_, closes)| *closes == depth) {
                    inline.pop();
                }
            }
            "mod" if next(2) == "{" => inline.push((next(1).to_owned(), depth)),
            "crate" | "super" if !continues && next(1) == ":" => {
                let mut base = if token.text == "crate" {
                    Vec::new()
                } else {
                    module.to_vec()
                };
                if token.text == "super" {
                    base.extend(inline.iter().map(|(name, _)| name.clone()));
                    base.pop();
                }
                let mut rest = at + 3;
                while tokens.get(rest).is_some_and(|t| t.text == "super") {
                    base.pop();
                    rest += 3;
                }
                tree(tokens, &mut rest, &base, token.line, &mut found);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Follows `a::{b, c::d}` from `at` on and notes where each branch leads.
fn tree(tokens: &[Token<'_>], at: &mut usize, base: &[String], line: usize, found: &mut Vec<Import>) {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text);
    let mut path = base.to_vec();
    loop {
        match text(*at) {
            "{" => {
                *at += 1;
                while !matches!(text(*at), "}" | "") {
                    let line = tokens.get(*at).map_or(line, |t| t.line);
                    tree(tokens, at, &path, line, found);
                    // A renamed import ends in `as name`.
                    while !matches!(text(*at), "," | "}" | "") {
                        *at += 1;
                    }
                    if text(*at) == "," {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            word if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                if word != "self" {
                    path.push(word.to_owned());
                }
                *at += 1;
            }
            _ => *at += 1,
        }
        if text(*at) == ":" && text(*at + 1) == ":" {
            *at += 2;
        } else {
            found.push(Import { line, path });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let source = Source::new(file.to_owned(), text.to_owned());
        assert_eq!(upward_imports(&source), expected);
    }

    #[test]
    fn a_use_of_what_is_built_on_top_is_found() {
        check(
            "sim-core/src/net/link.rs",
            "use crate::units::Span;\nuse crate::{kernel::Id, world::World};",
            &["sim-core/src/net/link.rs:2: `net` uses `world`, which is built on top of it"],
        );
    }

    #[test]
    fn a_path_in_the_middle_of_code_is_found_and_one_in_a_comment_is_not() {
        check(
            "sim-core/src/kernel/queue.rs",
            "// crate::view is far away\nfn a() {\n    crate::net::b();\n}",
            &["sim-core/src/kernel/queue.rs:3: `kernel` uses `net`, which is built on top of it"],
        );
    }

    #[test]
    fn climbing_by_super_counts_like_naming_the_crate() {
        check(
            "sim-core/src/aws/vpc.rs",
            "use super::super::world::World;\nuse super::region::Region;\nmod tests { use super::*; }",
            &["sim-core/src/aws/vpc.rs:1: `aws` uses `world`, which is built on top of it"],
        );
        check(
            "sim-core/src/aws/tgw/mod.rs",
            "mod tests {\n    use super::super::super::lab::X;\n}",
            &["sim-core/src/aws/tgw/mod.rs:2: `aws` uses `lab`, which is built on top of it"],
        );
    }

    #[test]
    fn protocols_are_strangers_and_the_cloud_and_a_site_are_not() {
        check(
            "sim-core/src/proto/bgp/fsm.rs",
            "use crate::proto::{bgp::wire, ike::Sa};",
            &[
                "sim-core/src/proto/bgp/fsm.rs:1: `proto::bgp` uses its sibling `proto::ike`; they meet further down the list",
            ],
        );
        check(
            "sim-core/src/identity/policy.rs",
            "use crate::proto::dns::Name;",
            &[
                "sim-core/src/identity/policy.rs:1: `identity` uses its sibling `proto::dns`; they meet further down the list",
            ],
        );
        check("sim-core/src/aws/vpc.rs", "use crate::site::Host;", &[]);
    }

    #[test]
    fn the_root_is_no_way_round_and_every_module_has_a_tier() {
        check(
            "sim-core/src/net/link.rs",
            "use crate::Span;",
            &[
                "sim-core/src/net/link.rs:1: `crate::Span` is no module; name the module that the item lives in",
            ],
        );
        check(
            "sim-core/src/utils.rs",
            "",
            &["sim-core/src/utils.rs:1: `utils` stands on no tier; list it in tests/tests/it/tidy/tiers.rs"],
        );
        check(
            "sim-core/src/lib.rs",
            "pub mod world; pub use crate::world::World;",
            &[],
        );
    }
}
