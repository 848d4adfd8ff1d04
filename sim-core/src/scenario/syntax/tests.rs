use proptest::prelude::*;
use ron::Value;

use crate::scenario::problem::{Files, Problems};
use crate::scenario::shipped;

use super::lexer::{MOST_MISTAKES, MOST_NESTED};
use super::{Node, parse};

mod slips;

/// The tree, and each complaint as `line:column message [what a second place says] (help)`.
fn read(text: &str) -> (Option<Node>, Vec<String>) {
    let (mut files, mut problems) = (Files::default(), Problems::default());
    let file = files.push("test.ron", text.to_owned());
    let node = parse(text, file, &mut problems);
    let complaints = problems.into_diagnostics(&files).into_iter().map(|diagnostic| {
        let mut line = diagnostic.labels.first().map_or(String::new(), |label| {
            format!("{}:{} {}", label.line, label.column, diagnostic.message)
        });
        for label in diagnostic.labels.iter().skip(1) {
            line += &format!(" [{} at {}:{}]", label.text, label.line, label.column);
        }
        match diagnostic.help {
            Some(help) => format!("{line} ({help})"),
            None => line,
        }
    });
    (node, complaints.collect())
}

fn accepted(text: &str) -> bool {
    let (node, complaints) = read(text);
    assert_eq!(
        node.is_none(),
        !complaints.is_empty(),
        "no tree without a complaint, nor the other way round"
    );
    node.is_some()
}

/// Whether the reference reader takes it, which knows no byte order marks.
fn is_ron(text: &str) -> Result<(), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    ron::from_str::<Value>(text)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn what_stands_between_quotes() {
    let text = |source: &str| match read(source).0.map(|node| node.kind) {
        Some(super::Kind::Text(text)) => Some(text),
        _ => None,
    };
    assert_eq!(text(r#""a\n\t\"\\\u{e9}é""#).as_deref(), Some("a\n\t\"\\éé"));
    assert_eq!(text(r##"r#"r"\n"#"##).as_deref(), Some(r#"r"\n"#));
    assert_eq!(text(r####"r##""#"##"####).as_deref(), Some("\"#"));
    // Rust reads the sign as part of a number; RON wants digits.
    assert_eq!(text(r#""\u{+41}""#), None);
    assert_eq!(text(r#""\u{1000000}""#), None);
}

#[test]
fn extensions_that_change_nothing_may_stand_in_front() {
    for (text, expected) in [
        ("\u{feff}#![enable(implicit_some)]\nLab()", true),
        ("#![enable(implicit_some, unwrap_newtypes)] Lab()", true),
        ("#![enable(everything)] Lab()", false),
        ("Lab(#![enable(implicit_some)])", false),
    ] {
        assert_eq!(accepted(text), expected, "{text}");
        assert!(!expected || is_ron(text).is_ok(), "{text}");
    }
}

mod hostile {
    use super::*;
    use crate::scenario::syntax::MOST_BYTES;

    /// Long enough that anything quadratic would not end.
    const LONG: usize = 1 << 20;

    /// Complaints about `unit` repeated until the text has `length` bytes.
    fn repeated(before: &str, unit: &str, after: &str, length: usize) -> Vec<String> {
        let times = (length - before.len() - after.len()) / unit.len();
        read(&format!("{before}{}{after}", unit.repeat(times))).1
    }

    #[test]
    fn brackets_nest_only_so_deep() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{1:", "}"),
            ("Some(", ")"),
            ("a(b:", ")"),
        ] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(accepted(&nested(MOST_NESTED)), "{open}");
            assert_eq!(is_ron(&nested(MOST_NESTED)), Ok(()), "{open}");
            assert!(!accepted(&nested(MOST_NESTED + 1)), "{open}");
            assert_eq!(repeated("", open, "", MOST_BYTES).len(), 1, "{open}");
        }
        // Closing brackets that close nothing earn no depth.
        assert_eq!(repeated("", ")[", "", LONG).len(), 1);
    }

    #[test]
    fn what_is_never_closed_is_said_once() {
        for begin in ["\"", "r\"", "r#\"", "/*", "Lab(a: \"", "'"] {
            for unit in ["x", "\\", "/*", "\n", "#"] {
                assert_eq!(repeated(begin, unit, "", LONG).len(), 1, "{begin}{unit}{unit}…");
            }
        }
    }

    #[test]
    fn mistakes_are_counted_and_then_no_longer_told() {
        for (before, unit, after) in [
            ("{", "a,", "}"),
            ("{", "'", "}"),
            ("{", "\"a\"\n", "}"),
            ("[", "?", "]"),
            ("[", "1 ", "]"),
            ("[", ",", "]"),
            ("[", ":", "]"),
            ("[", "\"\\q\",", "]"),
            ("[", "(1, a: 2),", "]"),
            ("[", "Some(),", "]"),
            ("[", "a-b,", "]"),
            ("[", "4h,", "]"),
            ("(", "a b,", ")"),
            ("(", "a = 1;", ")"),
            ("", "#\n", ""),
        ] {
            let complaints = repeated(before, unit, after, LONG).len();
            assert!((1..=MOST_MISTAKES).contains(&complaints), "{unit}: {complaints}");
        }
    }

    #[test]
    fn tokens_are_counted() {
        let complaints = repeated("[", "1,", "]", MOST_BYTES);
        insta::assert_snapshot!(
            complaints.join("\n"),
            @"1:1000001 a scenario holds at most 1000000 words, numbers and brackets"
        );
    }

    #[test]
    fn long_tokens_are_only_quoted_in_part() {
        for unit in ["a", "a-", "1.", "é", "\u{201c}"] {
            let complaints = repeated("Lab(", unit, ")", LONG);
            assert!(complaints.iter().all(|line| line.len() < 400), "{unit}");
        }
    }
}

/// Pieces that mean something to RON, or nearly.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\"a\"",
        "'",
        "'a'",
        "\\",
        "\\u{41}",
        "r\"",
        "r#\"a\"#",
        "r#a",
        "b\"a\"",
        "b'a'",
        "br",
        "//",
        "/*",
        "*/",
        "\n",
        " ",
        "\r\n",
        "\t",
        "\u{85}",
        "\u{a0}",
        "\u{200e}",
        "\u{feff}",
        "#![enable(implicit_some)]",
        "#",
        "!",
        "=",
        ";",
        "Some",
        "Some(",
        "None",
        "true",
        "false",
        "inf",
        "NaN",
        "inff32",
        "a",
        "_",
        "a:",
        "é",
        "-",
        "+",
        ".",
        "0",
        "1",
        "-1",
        "1_000",
        "1__",
        "_1",
        "1.5",
        "1._5",
        "1e3",
        "0x1F",
        "0b2",
        "1u8",
        "1f32",
        "00",
        "99999999999999999999999",
        "\0",
        "\u{1b}",
    ])
}

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

/// A text that is mostly right: values of the notation with now and then another piece between.
fn nearly_ron() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        9 => prop::sample::select(vec![
            "1", "-7", "+1_0", "0.5", "1_0.2_5", "99999999999999999999", "\"a\"", "\"\"", "\"\\n\\u{e9}\\'\"",
            "\"é\u{202e}\"", "r\"\\\"", "r#\"\"\"#", "word", "_", "r", "b", "br", "true", "None", "inf", "NaNf64",
            "Some(1)", "f(())", "Some()", "()", "( )", "[]", "{}", "e()", "e ()",
        ]).prop_map(str::to_owned),
        1 => piece().prop_map(str::to_owned),
    ];
    let space = || prop::sample::select(vec!["", "", " ", "\n", "// é\n", "/* /* ( */ \" */", "\r\n\t"]);
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let shape = prop::sample::select(vec![
            ("(", "", ")"),
            ("f(", "", ")"),
            ("(", "a:", ")"),
            ("f(", "true :", ")"),
            ("[", "", "]"),
            ("{", "\"k\":", "}"),
            ("{", "[(k: 1)]:", "}"),
            ("Some(", "", ")"),
            ("Some (", "", ")"),
        ]);
        (
            shape,
            prop::collection::vec((space(), inner, space()), 1..4),
            any::<bool>(),
        )
            .prop_map(|((open, key, close), values, trailing_comma)| {
                let values: Vec<String> = values
                    .into_iter()
                    .map(|(before, value, after)| format!("{before}{key}{before}{value}{after}"))
                    .collect();
                let comma = if trailing_comma { "," } else { "" };
                format!("{open}{}{comma}{close}", values.join(","))
            })
    })
}

/// A shipped lab with a few cuts, copies and insertions.
fn mutated_lab() -> impl Strategy<Value = String> {
    let edit = (
        any::<prop::sample::Index>(),
        0usize..40,
        prop::option::of(piece()),
    );
    let labs: Vec<&str> = shipped().iter().map(|(_, text)| *text).collect();
    (prop::sample::select(labs), prop::collection::vec(edit, 0..4)).prop_map(|(lab, edits)| {
        let mut chars: Vec<char> = lab.chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(chars.len());
            let end = (start + length).min(chars.len());
            match piece {
                Some(piece) => drop(chars.splice(start..start, piece.chars())),
                None => drop(chars.drain(start..end)),
            }
        }
        chars.into_iter().collect()
    })
}

/// How many of a thousand texts are accepted, so that the properties below speak of something.
#[test]
fn the_generators_make_texts_of_both_kinds() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut n_accepted = |strategy: BoxedStrategy<String>| {
        (0..1_000)
            .filter(|_| {
                let tree = strategy.new_tree(&mut runner).expect("bug: nothing is rejected");
                accepted(&tree.current())
            })
            .count()
    };
    assert!((200..900).contains(&n_accepted(nearly_ron().boxed())));
    assert!((10..900).contains(&n_accepted(soup().boxed())));
    assert!((100..900).contains(&n_accepted(mutated_lab().boxed())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_accepted_is_ron(text in prop_oneof![nearly_ron(), soup(), mutated_lab()]) {
        if accepted(&text) {
            prop_assert_eq!(is_ron(&text), Ok(()));
        }
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        accepted(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        accepted(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn places_lie_in_the_text(text in nearly_ron()) {
        fn check(node: &Node, text: &str) {
            let (start, end) = (node.place.start as usize, node.place.end as usize);
            assert!(text.get(start..end).is_some_and(|written| !written.is_empty()));
            match &node.kind {
                super::Kind::List(values) => values.iter().for_each(|value| check(value, text)),
                super::Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                    check(key, text);
                    check(value, text);
                }),
                super::Kind::Group { arguments: super::Arguments::Named(fields), .. } => {
                    for field in fields {
                        let (start, end) = (field.place.start as usize, field.place.end as usize);
                        assert_eq!(text.get(start..end), Some(field.name.as_str()));
                        check(&field.value, text);
                    }
                }
                super::Kind::Group { arguments: super::Arguments::Positional(values), .. } => {
                    values.iter().for_each(|value| check(value, text));
                }
                super::Kind::Bad
                | super::Kind::Absent
                | super::Kind::Bool(_)
                | super::Kind::Number(_)
                | super::Kind::Text(_)
                | super::Kind::Word(_) => {}
            }
        }
        if let Some(node) = read(&text).0 {
            check(&node, &text);
        }
    }
}
