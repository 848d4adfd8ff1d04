//! What is said about the slips that people make.

use std::fmt::Write as _;

use super::read;

const LAB: &str = r#"Lab(
    schema: 1,
    name: "slip",
    vpcs: {
        "legacy": (
            cidrs: ["10.0.0.0/16", "10.1.0.0/16"],
            security_groups: {
                "web": (ingress: [(protocol: tcp, ports: "443")]),
                "db": (ingress: [(protocol: tcp, ports: "5432")]),
            },
        ),
    },
    duration: "4h",
)
"#;

/// What is said about the lab above after each change of one `from` to `to`.
fn report(slips: &[(&str, &str)]) -> String {
    let mut report = String::new();
    for (from, to) in slips {
        assert_eq!(LAB.matches(from).count(), 1, "{from} stands once in the lab");
        let (_, complaints) = read(&LAB.replace(from, to));
        let _ = writeln!(report, "{from:?} -> {to:?}\n    {}", complaints.join("\n    "));
    }
    report
}

#[test]
fn commas_and_colons() {
    insta::assert_snapshot!(report(&[
        ("schema: 1,", "schema: 1"),
        ("\"slip\",", "\"slip\""),
        (
            "(protocol: tcp, ports: \"443\")",
            "(protocol: tcp ports: \"443\")"
        ),
        ("\"10.0.0.0/16\", ", "\"10.0.0.0/16\" "),
        ("\"443\")]),", "\"443\")])"),
        ("\"slip\",", "\"slip\",,"),
        ("\"slip\",", "\"slip\";"),
        ("schema: 1", "schema = 1"),
        ("name: \"slip\"", "name \"slip\""),
        ("\"db\": (", "\"db\" ("),
        ("name: \"slip\"", "name: "),
    ]), @r##"
    "schema: 1," -> "schema: 1"
        3:5 expected `,` or `)` before `name`
    "\"slip\"," -> "\"slip\""
        4:5 expected `,` or `)` before `vpcs`
    "(protocol: tcp, ports: \"443\")" -> "(protocol: tcp ports: \"443\")"
        8:50 expected `,` or `)` before `ports`
    "\"10.0.0.0/16\", " -> "\"10.0.0.0/16\" "
        6:35 expected `,` or `]` before `"10.1.0.0/16"`
    "\"443\")])," -> "\"443\")])"
        9:17 expected `,` or `}` before `"db"`
    "\"slip\"," -> "\"slip\",,"
        3:18 expected a value, found `,`
    "\"slip\"," -> "\"slip\";"
        3:17 the character ';' has no meaning here (values are separated by `,`)
    "schema: 1" -> "schema = 1"
        2:12 the character '=' has no meaning here (a field is written name: value)
    "name: \"slip\"" -> "name \"slip\""
        3:10 expected `:` between the field `name` and its value, found `"slip"`
    "\"db\": (" -> "\"db\" ("
        9:22 expected `:` and a value after this key, found `(`
    "name: \"slip\"" -> "name: "
        3:11 expected a value, found `,`
    "##);
}

#[test]
fn quotes() {
    insta::assert_snapshot!(report(&[
        ("\"slip\"", "\"slip"),
        ("\"slip\"", "slip\""),
        ("\"4h\"", "\"4h"),
        ("\"4h\"", "4h"),
        ("\"slip\"", "slip-1"),
        ("\"slip\"", "'slip'"),
        ("\"slip\"", "\u{201c}slip\u{201d}"),
        ("\"10.0.0.0/16\"", "10.0.0.0/16"),
        ("name: \"slip\"", "\"name\": \"slip\""),
        ("\"slip\"", "\"sl\\ip\""),
        ("\"slip\"", "r#slip#"),
        ("\"slip\"", "r#\"slip\""),
    ]), @r##"
    "\"slip\"" -> "\"slip"
        3:11 this text is not closed on its line, or a `,` is missing after it [it goes on to here at 5:9]
    "\"slip\"" -> "slip\""
        3:15 this text is not closed on its line, or a `,` is missing after it [it goes on to here at 5:9]
    "\"4h\"" -> "\"4h"
        13:15 this text is never closed with a `"`
    "\"4h\"" -> "4h"
        13:15 `4h` is not a number (addresses and quantities stand in double quotes: "4h")
    "\"slip\"" -> "slip-1"
        3:11 `slip-1` is no word of the format (texts stand in double quotes: "slip-1")
    "\"slip\"" -> "'slip'"
        3:11 the quote ' has no meaning here (texts stand in double quotes: "slip")
    "\"slip\"" -> "“slip”"
        3:11 the quote “ has no meaning here (texts stand in double quotes: "slip")
    "\"10.0.0.0/16\"" -> "10.0.0.0/16"
        6:21 `10.0.0.0/16` is not a number (addresses and quantities stand in double quotes: "10.0.0.0/16")
    "name: \"slip\"" -> "\"name\": \"slip\""
        3:5 the name of a field stands without quotes
    "\"slip\"" -> "\"sl\\ip\""
        3:11 this text has a `\` that begins no known escape; write `\\` for a backslash
    "\"slip\"" -> "r#slip#"
        3:11 a raw text is written r"…" or r#"…"#
    "\"slip\"" -> "r#\"slip\""
        3:11 this raw text is never closed with "#
    "##);
}

#[test]
fn brackets() {
    insta::assert_snapshot!(report(&[
        ("\"5432\")", "\"5432\""),
        ("\"10.1.0.0/16\"]", "\"10.1.0.0/16\""),
        ("\"10.1.0.0/16\"]", "\"10.1.0.0/16\")"),
        ("\"10.1.0.0/16\"]", "\"10.1.0.0/16\"]]"),
        ("\"4h\",\n)", "\"4h\",\n"),
        ("\"4h\",\n)", "\"4h\",\n))"),
        ("\"4h\",\n)", "\"4h\",\n)\nLab()"),
        ("\"slip\"", "Some(\"slip\", 1)"),
        ("\"slip\"", "true(1)"),
    ]), @r##"
    "\"5432\")" -> "\"5432\""
        9:63 expected `)`, found `]` [opened here at 9:34]
    "\"10.1.0.0/16\"]" -> "\"10.1.0.0/16\""
        7:28 a list holds no `:`; close it before, or put fields into `( )` [opened here at 6:20]
    "\"10.1.0.0/16\"]" -> "\"10.1.0.0/16\")"
        6:49 expected `]`, found `)` [opened here at 6:20]
    "\"10.1.0.0/16\"]" -> "\"10.1.0.0/16\"]]"
        6:50 expected `)`, found `]` [opened here at 5:19]
    "\"4h\",\n)" -> "\"4h\",\n"
        1:4 this `(` is never closed
    "\"4h\",\n)" -> "\"4h\",\n))"
        14:2 the lab is complete, but more text follows
    "\"4h\",\n)" -> "\"4h\",\n)\nLab()"
        15:1 the lab is complete, but more text follows
    "\"slip\"" -> "Some(\"slip\", 1)"
        3:11 `Some` holds one value: Some(value)
    "\"slip\"" -> "true(1)"
        3:15 `true` takes no brackets
    "##);
}

#[test]
fn what_has_no_place_in_ron() {
    insta::assert_snapshot!(report(&[
        ("    duration", "    # how long\n    duration"),
        ("    duration", "    /* how long\n    duration"),
        ("\"4h\"", "$HOURS"),
        ("\"4h\"", "\"4h\" $"),
        ("\"4h\"", "50%"),
        ("tcp, ports: \"443\"", "tcp-443"),
        ("security_groups", "security-groups"),
        ("    duration", "\u{a0}duration"),
        ("\"slip\"", "\"\u{1b}[2Jslip\""),
        ("schema", "\0"),
    ]), @r##"
    "    duration" -> "    # how long\n    duration"
        13:5 `# how long` has no meaning here (comments begin with //)
    "    duration" -> "    /* how long\n    duration"
        13:5 this comment is never closed
    "\"4h\"" -> "$HOURS"
        13:15 the character '$' has no meaning here (texts, addresses and quantities stand in double quotes)
    "\"4h\"" -> "\"4h\" $"
        13:20 the character '$' has no meaning here (texts, addresses and quantities stand in double quotes)
    "\"4h\"" -> "50%"
        13:15 `50%` is not a number (addresses and quantities stand in double quotes: "50%")
    "tcp, ports: \"443\"" -> "tcp-443"
        8:46 `tcp-443` is no word of the format (texts stand in double quotes: "tcp-443")
    "security_groups" -> "security-groups"
        7:13 `security-groups` is no word of the format (names of fields are letters, digits and `_`)
    "    duration" -> "\u{a0}duration"
        13:1 the character '\u{a0}' has no meaning here (it looks like a space: replace it by one)
    "\"slip\"" -> "\"\u{1b}[2Jslip\""
        3:12 the control character '\u{1b}' has no place in a scenario
    "schema" -> "\0"
        2:5 the control character '\0' has no place in a scenario
    "##);
}

#[test]
fn one_slip_does_not_hide_the_next() {
    let mut text = LAB.to_owned();
    for (from, to) in [
        ("schema: 1,", "schema = 1,"),
        ("\"slip\"", "'slip'"),
        ("\"10.0.0.0/16\", ", "10.0.0.0/16 "),
        ("\"443\")]),", "\"443\")])"),
        ("\"4h\",", "\"4h\",,"),
    ] {
        text = text.replace(from, to);
    }
    insta::assert_snapshot!(read(&text).1.join("\n"), @r##"
    2:12 the character '=' has no meaning here (a field is written name: value)
    3:11 the quote ' has no meaning here (texts stand in double quotes: "slip")
    6:21 `10.0.0.0/16` is not a number (addresses and quantities stand in double quotes: "10.0.0.0/16")
    6:33 expected `,` or `]` before `"10.1.0.0/16"`
    9:17 expected `,` or `}` before `"db"`
    13:20 expected a value, found `,`
    "##);
}
