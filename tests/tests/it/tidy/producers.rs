//! Which reasons the core gives: a code that nothing gives is a promise that nobody keeps.

use std::collections::BTreeSet;

use super::source::{Source, Token};

/// The reasons that a file gives: mentions that are neither patterns nor comparisons.
pub(super) fn given(source: &Source) -> BTreeSet<String> {
    let last = source.lines_before_tests();
    let tokens = source.tokens();
    let words: Vec<&str> = tokens
        .iter()
        .take_while(|token| token.line <= last)
        .map(|Token { text, .. }| *text)
        .collect();
    (0..words.len())
        .filter(|&at| words[at..].starts_with(&["Reason", ":", ":"]) && !is_asked(&words, at))
        .filter_map(|at| words.get(at + 3).map(|name| (*name).to_owned()))
        .collect()
}

/// Whether the reason at `at` is asked for, in a pattern or a comparison, and not given.
fn is_asked(words: &[&str], at: usize) -> bool {
    let compared = |end: usize| {
        end.checked_sub(2)
            .is_some_and(|from| is_comparison(&words[from..]))
    };
    if compared(at) || is_comparison(&words[at + 4..]) || closes_pattern(&words[at + 4..]) {
        return true;
    }
    if at > 0 && words[at - 1] == "|" && words.get(at.wrapping_sub(2)) != Some(&"|") {
        return true;
    }
    enclosing(words, at).any(|(open, close)| {
        let in_matches = open >= 2 && words[open - 1] == "!" && words[open - 2] == "matches";
        // A block is followed by the next statement, which may well be an `if`.
        let block = words[open] == "{" && words.get(close + 1) == Some(&"if");
        in_matches || (!block && closes_pattern(&words[close + 1..]))
    })
}

fn is_comparison(words: &[&str]) -> bool {
    words.starts_with(&["=", "="]) || words.starts_with(&["!", "="])
}

/// Whether what stands before these words is a pattern: an arm, an alternative, a guard, a `let`.
fn closes_pattern(words: &[&str]) -> bool {
    match words {
        ["=", next, ..] => *next != "=",
        ["|", next, ..] => *next != "|",
        ["if", ..] => true,
        _ => false,
    }
}

/// The brackets around `at`, innermost first, up to and with the first that are braces.
fn enclosing<'a>(words: &'a [&'a str], at: usize) -> impl Iterator<Item = (usize, usize)> + 'a {
    let mut from = Some(at);
    std::iter::from_fn(move || {
        let inside = from?;
        let open = (0..inside).rev().scan(0_i32, |depth, i| {
            match words[i] {
                ")" | "]" | "}" => *depth += 1,
                "(" | "[" | "{" => *depth -= 1,
                _ => {}
            }
            Some((i, *depth))
        });
        let (open, _) = open.into_iter().find(|(_, depth)| *depth < 0)?;
        let close = (inside..words.len()).scan(0_i32, |depth, i| {
            match words[i] {
                "(" | "[" | "{" => *depth += 1,
                ")" | "]" | "}" => *depth -= 1,
                _ => {}
            }
            Some((i, *depth))
        });
        let (close, _) = close.into_iter().find(|(_, depth)| *depth < 0)?;
        from = (words[open] != "{").then_some(open);
        Some((open, close))
    })
}

#[test]
fn what_is_asked_for_is_not_given() {
    let text = "
        fn a(reason: Reason) -> Result<(), Refusal> {
            match (reason, 1) {
                (Reason::AskedInArm, _) | (Reason::AskedInOther, _) if true => Err(Refusal::at(Reason::Given, x)),
                _ => return if reason == Reason::Compared { b(Reason::Handed) } else { Ok(()) },
            }
            let Some(Reason::AskedInLet) = c else { return };
            matches!(reason, Reason::AskedInMatches | Reason::AskedToo);
            let d = x.ok_or(Reason::Fallback)?;
            if e { e.reason = Reason::Assigned; }
            if e {}
            f(|| Reason::FromClosure)
        }
        #[cfg(test)]
        mod tests {
            fn g() { h(Reason::OnlyInTests) }
        }
    ";
    let text: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect();
    let source = Source::new("sim-core/src/a.rs".to_owned(), text.join("\n"));
    let found: Vec<String> = given(&source).into_iter().collect();
    assert_eq!(found, ["Assigned", "Fallback", "FromClosure", "Given", "Handed"]);
}
