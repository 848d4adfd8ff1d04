//! One broken scenario for each diagnostic code, under `tests/bad/`, with what is said about it.
//!
//! The snapshots hold the plain data: severity, code, message, every label with its position and the
//! text that it points at, and the help. How that is drawn is the programs' business.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sim_core::scenario::{Code, Diagnostic, Severity, load, load_bytes, shipped, shipped_base};
use sim_core::units::SimTime;
use sim_core::world::World;

fn bad() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bad")
}

/// The part of a code after `scenario::`.
fn short(code: Code) -> &'static str {
    code.as_str().rsplit("::").next().unwrap_or_default()
}

/// Everything that is said about a text, warnings of a lab that loads among it.
fn said(bytes: &[u8], name: &str) -> Vec<Diagnostic> {
    match load_bytes(bytes, name, &shipped_base) {
        Ok(loaded) => loaded.warnings,
        Err(diagnostics) => diagnostics,
    }
}

fn written(diagnostics: &[Diagnostic], text: &str, name: &str) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let (severity, code) = (diagnostic.severity.as_str(), diagnostic.code);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{severity}[{code}] {}: {}",
            diagnostic.file, diagnostic.message
        );
        for label in &diagnostic.labels {
            let pointed = if diagnostic.file == name {
                text.get(label.span.clone())
            } else {
                None
            };
            let pointed = pointed.and_then(|text| text.lines().next()).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {}:{} {pointed:?} {}",
                label.line, label.column, label.text
            );
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "  help: {help}");
        }
    }
    out
}

#[test]
fn every_code_has_a_broken_scenario_that_shows_it() {
    for code in Code::ALL.iter().copied() {
        // Eight megabytes are made below rather than kept.
        if code == Code::TooLarge {
            continue;
        }
        let name = format!("{}.ron", short(code));
        let bytes = fs::read(bad().join(&name)).unwrap_or_else(|error| panic!("tests/bad/{name}: {error}"));
        let diagnostics = said(&bytes, &name);
        assert!(
            diagnostics.iter().any(|diagnostic| diagnostic.code == code),
            "tests/bad/{name} does not show {code}: {diagnostics:?}"
        );
        let text = String::from_utf8_lossy(&bytes);
        insta::with_settings!({snapshot_path => bad(), prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(short(code), written(&diagnostics, &text, &name));
        });
    }
}

#[test]
fn mistakes_with_routers_and_segments_are_pointed_at() {
    for topic in [
        "routers",
        "router-names",
        "router-changes",
        "tunnels",
        "tunnel-alone",
        "certificates",
        "tunnel-changes",
        "tunnel-change-words",
        "segments",
        "segment-changes",
        "gateways",
        "igp",
        "firewalls",
        "faults",
        "firewall-words",
        "vpn-options",
        "neighbor-options",
        "reserved",
        "direct-connect",
        "aws-changes",
        "probes",
        "interface-options",
        "transit-quotas",
        "connect-routes",
        "raised-quotas",
        "groups",
    ] {
        let name = format!("{topic}.ron");
        let bytes = fs::read(bad().join(&name)).expect("it is there");
        let diagnostics = said(&bytes, &name);
        let text = String::from_utf8_lossy(&bytes);
        insta::with_settings!({snapshot_path => bad(), prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(topic, written(&diagnostics, &text, &name));
        });
    }
}

#[test]
fn a_hundred_megabytes_are_refused_at_once() {
    let huge = "(".repeat(100 << 20);
    let diagnostics = said(huge.as_bytes(), "huge.ron");
    let codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [Code::TooLarge]);
}

/// As many of something as a file can hold, each in the shape that costs the reader most.
#[test]
fn files_that_are_full_to_the_brim_are_answered() {
    let many = |n: usize, entry: &dyn Fn(usize) -> String| (0..n).map(entry).collect::<String>();
    let in_vpc = |inside: String| {
        format!(
            "Lab(schema: 1, name: \"full\", title: \"Full\", regions: {{\"r\": (zones: [\"z\"])}}, \
             vpcs: {{\"v\": (region: \"r\", cidrs: [\"10.0.0.0/16\"], \
             {inside})}})"
        )
    };
    let texts = [
        in_vpc(format!(
            "security_groups: {{{}}}, interface_endpoints: {{{}}}",
            many(30_000, &|n| format!("\"g{n}\":(),")),
            many(20_000, &|n| format!(
                "\"e{n}\":(service:s3,subnets:[\"s\"],security_groups:[\"g1\"]),"
            ))
        )),
        in_vpc(format!(
            "subnets: {{{}}}",
            many(50_000, &|n| format!(
                "\"s{n}\":(zone:\"z\",cidr:\"10.0.0.0/24\"),"
            ))
        )),
        in_vpc(format!(
            "route_tables: {{\"t\": (routes: {{{}}})}}",
            many(100_000, &|n| format!(
                "\"10.{}.{}.0/24\":blackhole,",
                n / 256 % 256,
                n % 256
            ))
        )),
        format!(
            "Lab(schema: 1, base: \"region-to-region\", name: \"full\", title: \"Full\", hosts: {{{}}})",
            many(60_000, &|n| format!("\"h{n}\":(subnet:\"unknown{n}\"),"))
        ),
        format!(
            "Lab(schema: 1, name: \"full\", title: \"Full\", routers: {{\"r\": (asn: 1, neighbors: {{{}}})}})",
            many(80_000, &|n| format!(
                "\"n{n}\":(remote_as:0,address:\"10.0.0.1\",source:\"10.0.0.2\"),"
            ))
        ),
        format!(
            "Lab(schema: 1, name: \"full\", title: \"Full\", routers: {{\"a\": (), \"b\": ()}}, links: {{{}}})",
            many(80_000, &|n| format!(
                "\"l{n}\":(a:(\"a\",\"10.0.0.1/8\"),b:(\"b\",\"10.0.0.2/8\")),"
            ))
        ),
        format!(
            "Lab(schema: 1, base: \"region-to-region\", name: \"full\", title: \"Full\", changes: [{}])",
            many(100_000, &|_| "start_test([\"app-*\"]),".to_owned())
        ),
        format!(
            "Lab(schema: 1, base: \"region-to-region\", name: \"full\", title: \"Full\", \
             migration: (servers: [(name: \"a-{{n}}\", count: 10000, host: (subnet: \"source-private\"), \
             disks: [(device: \"d\", size: \"1GiB\")])], applications: {{\"a\": \"a-*\"}}), \
             expect: {{{}}})",
            many(20_000, &|n| format!("\"e{n}\":no_stall(\"a-*1\"),"))
        ),
    ];
    for text in texts {
        let diagnostics = said(text.as_bytes(), "full.ron");
        assert!(diagnostics.iter().any(|it| it.severity == Severity::Error));
        assert!(diagnostics.len() <= 100, "{} diagnostics", diagnostics.len());
    }
}

#[test]
fn what_follows_from_a_mistake_is_no_second_mistake() {
    for mistake in [
        "migration: (servers: [(name: \"app-server\", host: (subnet: \"source-private\"), \
         disks: [(device: \"/dev/sda\", size: \"900EiB\")])])",
        "migration: (servers: 4)",
        "migration: 4",
        "regions: {\"ap-south-1\": 4}",
        "regions: {\"ap-south-1\": (zones: 4)}",
        "vpcs: 4",
        "vpcs: {\"target\": 4}",
        "vpcs: {\"target\": (cidrs: [\"10.0.0.0/99\"])}",
        "vpcs: {\"target\": (subnets: 4)}",
        "vpcs: {\"target\": (interface_endpoints: {\"mgn-endpoint\": (subnets: [4])})}",
        "vpcs: {\"target\": (resolver_endpoints: {\"inbound\": (subnets: [\"shared-a\", \"nowhere\"])})}",
        "vpcs: {\"target\": (resolver_endpoints: {\"inbound\": (subnets: [\"shared-a\", 4])})}",
        "vpcs: {\"target\": (resolver_endpoints: {\"inbound\": (addresses: [4, \"10.0.4.10\"])})}",
    ] {
        let base = if mistake.contains("resolver_endpoints") {
            "custom-dns"
        } else {
            "region-to-region"
        };
        let text = format!("Lab(schema: 1, base: \"{base}\", name: \"one\", title: \"One\", {mistake})");
        let diagnostics = said(text.as_bytes(), "one.ron");
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 1, "{mistake}: {}", lines.join("\n"));
    }
}

/// What is said about an overlay on `region-to-region`, one line for each diagnostic.
fn said_of(overlay: &str) -> Vec<String> {
    let text =
        format!("Lab(schema: 1, base: \"region-to-region\", name: \"one\", title: \"One\",\n{overlay})");
    let diagnostics = said(text.as_bytes(), "one.ron");
    diagnostics.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check_said(overlay: &str, wanted: &[&str]) {
    let lines = said_of(overlay);
    assert_eq!(lines.len(), wanted.len(), "{}", lines.join("\n"));
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.contains(wanted), "no {wanted:?} in {line}");
    }
}

#[test]
fn a_fleet_that_outgrows_its_subnet_is_one_mistake() {
    check_said(
        "migration: (servers: [(name: \"app-{n}\", count: 10000, disks: [(device: \"/dev/sda\", size: \"8GiB\")], \
         host: (subnet: \"source-private\", address: \"192.168.1.20\"))], \
         applications: {}, waves: {}), expect: {}, runbook: {}",
        &[
            "AWS keeps 192.168.1.255 of subnet `source-private` (192.168.1.0/24) for itself; 9764 more of the fleet",
        ],
    );
}

#[test]
fn a_mistyped_name_in_an_overlay_is_one_mistake() {
    check_said(
        "peerings: {\"source-targett\": (rate: \"1Gbps\")}",
        &["did you mean `source-target`?"],
    );
    // What is called like nothing in the base is new, and said to lack what it lacks.
    check_said(
        "peerings: {\"backup\": (rate: \"1Gbps\")}",
        &["needs the field `requester`", "needs the field `accepter`"],
    );
}

#[test]
fn an_expectation_of_a_way_and_one_that_is_to_fail_name_what_there_is() {
    check_said(
        "expect: {\"by the peering\": goes_by(\"app-server\", \"10.0.1.9\", \"source-targe\")},
         breaks: (precondition: \"P2\", symptom: fails(\"by a peering\"))",
        &[
            "`source-targe` is no link, router, virtual interface, attachment or peering (one.ron:2:62); help: did you \
             mean `source-target`?",
            "the lab expects nothing called `by a peering` (one.ron:3:54); help: did you mean `by the peering`?",
        ],
    );
}

#[test]
fn what_an_overlay_makes_wrong_in_its_base_is_told_at_the_overlay() {
    let lines = said_of("vpcs: {\"source\": (cidrs: [\"10.0.0.0/16\"])}");
    assert_eq!(lines.len(), 3, "{}", lines.join("\n"));
    for line in lines {
        assert!(line.contains("one.ron:2:"), "{line}");
    }
}

#[test]
fn mistakes_that_have_nothing_to_do_with_each_other_are_told_together() {
    let changes = "changes: [peering_rate(\"nothing-1\", \"1Gbps\"), peering_rate(\"nothing-2\", \"1Gbps\")]";
    let told = ["named `nothing-1`", "named `nothing-2`"];
    // What is asked of the lab, and a part of the lab itself.
    for mistake in [
        "duration: \"99999d\"",
        "expect: {\"e\": no_stall(\"nobody\")}",
        "hosts: {\"h\": (subnet: \"nowhere\")}",
        "seed: \"many\"",
    ] {
        check_said(&format!("{mistake}, {changes}"), &["", told[0], told[1]]);
    }
    // Names that a part would give which could not be read are no news.
    check_said(&format!("vpcs: {{\"target\": 4}}, {changes}"), &["one.ron"]);
}

#[test]
fn a_file_as_a_base_is_told_what_a_base_is() {
    let text = "Lab(schema: 1, base: \"c6.ron\", name: \"one\", title: \"One\")";
    let diagnostics = said(text.as_bytes(), "one.ron");
    let helps: Vec<_> = diagnostics.iter().filter_map(|it| it.help.as_deref()).collect();
    assert!(
        matches!(helps[..], [help] if help.contains("without folder or `.ron`")),
        "{helps:?}"
    );
}

#[test]
fn everything_wrong_is_reported_in_the_order_of_the_text() {
    let bytes = fs::read(bad().join("bad-value.ron")).expect("it is there");
    let diagnostics = said(&bytes, "bad-value.ron");
    let lines: Vec<usize> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.labels.first())
        .map(|label| label.line)
        .collect();
    assert!(lines.len() >= 5 && lines.is_sorted(), "{lines:?}");
}

#[test]
fn the_documentation_lists_every_code_and_every_change() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario-format.md");
    let text = fs::read_to_string(path).expect("docs/scenario-format.md is there");
    for code in Code::ALL {
        let row = format!("| `{code}` | {} |", code.meaning());
        assert!(text.contains(&row), "docs/scenario-format.md lacks {row}");
    }
    for word in sim_core::scenario::change_words() {
        assert!(
            text.contains(&format!("`{word}")),
            "docs/scenario-format.md lacks the change {word}"
        );
    }
}

/// Loads a text and, where it is a lab, runs it for a bounded number of events.
fn exercise(text: &str) {
    match load(text, "any.ron", &shipped_base) {
        Err(diagnostics) => {
            assert!(
                diagnostics.iter().any(|it| it.severity == Severity::Error),
                "refused without a word"
            );
            for label in diagnostics.iter().flat_map(|it| &it.labels) {
                assert!(label.line >= 1 && label.column >= 1);
            }
        }
        Ok(loaded) => {
            // The schedule may speak of what the changes before it took away; building may not fail.
            if let Ok(mut world) = World::build(&loaded.blueprint, loaded.blueprint.seed) {
                world.run_until(SimTime::at(loaded.blueprint.duration), 2_000, &mut []);
            }
        }
    }
}

/// A shipped lab with some of its text cut out, doubled, or replaced by something that fits nearly.
fn mutated() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        Just("(".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just("\"".to_owned()),
        Just("4000000000".to_owned()),
        Just("\"0s\"".to_owned()),
        Just("\"0bps\"".to_owned()),
        Just("\"584y\"".to_owned()),
        Just("\"0.0.0.0/0\"".to_owned()),
        Just("\"255.255.255.255/32\"".to_owned()),
        Just("None".to_owned()),
        Just("all".to_owned()),
        "\\PC{0,8}",
    ];
    let edit = (any::<prop::sample::Index>(), 0usize..24, piece);
    let labs: Vec<&str> = shipped()
        .iter()
        .filter(|(name, _)| !name.contains("500"))
        .map(|(_, text)| *text)
        .collect();
    (prop::sample::select(labs), prop::collection::vec(edit, 1..4)).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, length, piece) in edits {
            let at = at.index(chars.len().max(1)).min(chars.len());
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        exercise(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(diagnostics) = load_bytes(&bytes, "any.ron", &shipped_base) {
            prop_assert!(!diagnostics.is_empty());
        }
    }

    #[test]
    fn anything_like_a_lab_is_answered(text in "(Lab\\()?([(){}\\[\\],:\"a-z0-9 ]|name|schema: 1|None|/\\*|//|\\\\){0,80}") {
        exercise(&text);
    }

    #[test]
    fn shipped_labs_with_mistakes_load_or_say_why(text in mutated()) {
        exercise(&text);
    }
}

/// Fifty-one branches of one Region, each with a customer gateway of its own.
#[test]
fn customer_gateways_are_counted_in_each_region() {
    let (mut gateways, mut connections, mut lines, mut routers) =
        (String::new(), String::new(), String::new(), String::new());
    for n in 1..=51 {
        // Writing to a string cannot fail.
        let _ = write!(
            gateways,
            "\"cgw-{n}\": (address: \"198.51.{n}.1\", asn: {}),",
            65_000 + n
        );
        let _ = write!(
            routers,
            "\"cgw-{n}\": (asn: {}, tunnels: {{
                \"t-1\": (to: \"203.0.{n}.100\", inside: \"169.254.{1}.2/30\", key: \"correct.horse.battery\"),
                \"t-2\": (to: \"203.0.{n}.110\", inside: \"169.254.{1}.6/30\", key: \"staple.correct.horse\")}}),",
            65_000 + n,
            100 + n,
        );
        let _ = write!(
            lines,
            "\"isp-{n}\": (router: \"cgw-{n}\", address: \"198.51.{n}.1/30\"),"
        );
        let _ = write!(
            connections,
            "\"vpn-{n}\": (customer_gateway: \"cgw-{n}\", transit_gateway: \"tgw\", routing: static_routes, tunnels: [
                (outside: \"203.0.{n}.100\", inside: \"169.254.{0}.0/30\", key: \"correct.horse.battery\"),
                (outside: \"203.0.{n}.110\", inside: \"169.254.{0}.4/30\", key: \"staple.correct.horse\")]),",
            100 + n,
        );
    }
    let text = format!(
        "Lab(schema: 1, name: \"many\", title: \"Many\", regions: {{\"eu-central-1\": (zones: [\"eu-central-1a\"])}},
            transit_gateways: {{\"tgw\": (region: \"eu-central-1\")}}, routers: {{{routers}}},
            customer_gateways: {{{gateways}}}, vpn_connections: {{{connections}}}, internet: {{{lines}}})"
    );
    let all = said(text.as_bytes(), "many.ron");
    let told: Vec<&str> = all.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "at most 50 VPN connections in one Region",
            "at most 50 customer gateways in one Region"
        ]
    );
}

/// A customer gateway that no connection is for yet takes a place, too.
#[test]
fn customer_gateways_that_nothing_uses_are_counted() {
    let told = |n_gateways: u32, regions: &str| {
        let mut gateways = String::new();
        for n in 1..=n_gateways {
            // Writing to a string cannot fail.
            let _ = write!(
                gateways,
                "\"cgw-{n}\": (address: \"198.51.{n}.1\", asn: {}),",
                65_000 + n
            );
        }
        let text = format!(
            "Lab(schema: 1, name: \"unused\", title: \"Unused\", regions: {{{regions}}}, customer_gateways: {{{gateways}}})"
        );
        let errors = said(text.as_bytes(), "unused.ron").into_iter();
        let errors = errors.filter(|it| it.severity == Severity::Error);
        errors.map(|it| it.message).collect::<Vec<String>>()
    };
    let one = r#""eu-central-1": (zones: ["eu-central-1a"])"#;
    let two = r#""eu-central-1": (zones: ["eu-central-1a"]), "eu-west-1": (zones: ["eu-west-1a"])"#;
    assert_eq!(told(50, one), Vec::<String>::new());
    assert_eq!(told(51, one), ["at most 50 customer gateways in one Region"]);
    assert_eq!(told(100, two), Vec::<String>::new());
    assert_eq!(told(101, two), ["at most 50 customer gateways in one Region"]);
}

/// Whatever is said of them: what follows from a policy table cannot be seen here, and nobody is to believe that it can.
#[test]
fn policy_tables_are_refused_with_what_they_would_drop() {
    for tables in [r#"{"by source": (rules: [])}"#, r#"["pbr"]"#, "none"] {
        let own = format!("transit_gateways: {{\"tgw\": (policy_tables: {tables})}}");
        let text =
            format!("Lab(schema: 1, base: \"transit-segmented\", name: \"pbr\", title: \"PBR\", {own})");
        let found = said(text.as_bytes(), "pbr.ron");
        let errors = found.iter().filter(|it| it.severity == Severity::Error);
        let told: Vec<_> = errors.map(|it| (it.code, it.message.as_str())).collect();
        assert_eq!(
            told,
            [(
                Code::UnknownField,
                "policy tables of a Transit Gateway are not modelled"
            )]
        );
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(
            help.contains("AWS drops what none of its rules matches"),
            "{help}"
        );
    }
}

#[test]
fn two_transit_gateways_have_one_peering_attachment() {
    let base = shipped_base("transit-inter-region").expect("it ships");
    let (a, b) = (
        r#"a: "tgw-frankfurt", b: "tgw-virginia""#,
        r#"a: "tgw-virginia", b: "tgw-frankfurt""#,
    );
    for ends in [a, b] {
        let peering = "transit_gateway_peerings: {";
        let text = base.replace(peering, &format!("{peering}\"second\": ({ends}), "));
        assert_ne!(text, base);
        let found = said(text.as_bytes(), "two.ron");
        let found: Vec<_> = found.iter().filter(|it| it.severity == Severity::Error).collect();
        let is_told =
            |it: &&Diagnostic| it.code == Code::TooMany && it.message.contains("are peered already");
        assert!(found.iter().copied().any(|it| is_told(&it)), "{found:?}");
    }
}
