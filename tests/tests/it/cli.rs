//! The terminal program as other programs call it: exit statuses, streams, JSON, bad input.

mod routing;
mod sessions;
mod symptoms;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use serde_json::Value;
use sim_core::migrate::mgn::{launch_text, symptom_text};
use sim_core::scenario::{DEFAULT_LAB, Symptom, load, shipped, shipped_base};
use sim_core::site::OsFamily;

/// The built program. It belongs to another package, so cargo does not build it for these tests.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        escargot::CargoBuild::new()
            .package("tui")
            .bin("causeway")
            .run()
            .expect("the terminal program builds")
            .path()
            .to_owned()
    })
}

fn causeway(args: &[&str]) -> Output {
    Command::new(program())
        .args(args)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

#[track_caller]
fn json(args: &[&str], status: i32) -> Value {
    let output = causeway(args);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("standard output is one JSON document")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder of its own for one test.
fn folder(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("causeway-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for a test");
    folder
}

#[track_caller]
fn check_keys(value: &Value, keys: &[&str]) {
    let object = value.as_object().expect("an object");
    for key in keys {
        assert!(
            object.contains_key(*key),
            "no {key} in {:?}",
            object.keys().collect::<Vec<_>>()
        );
    }
}

const LAB: &str = "region-to-region";

#[test]
fn without_a_command_and_a_terminal_it_prints_the_summary() {
    let output = causeway(&[]);
    assert_eq!(output.status.code(), Some(0));
    let summary = text(&output.stdout);
    assert!(summary.starts_with(DEFAULT_LAB), "{summary}");
    assert!(summary.contains("CUTOVER"), "{summary}");
    assert!(!summary.contains('\u{1b}'), "no colours for a pipe: {summary}");
}

#[test]
fn a_run_ends_with_every_server_cut_over_and_the_same_hash_each_time() {
    let run = json(&["run", LAB, "--format", "json"], 0);
    check_keys(
        &run,
        &[
            "lab",
            "schema",
            "seed",
            "ended_s",
            "events",
            "trace_hash",
            "nodes",
            "links",
            "tunnels",
            "sessions",
            "servers",
            "flows",
            "faults",
            "outages",
            "expectations",
        ],
    );
    check_keys(&run["nodes"][0], &["name", "kind", "state"]);
    check_keys(&run["links"][0], &["name", "state", "utilisation"]);
    check_keys(&run["expectations"][0], &["name", "holds", "detail"]);
    let servers = run["servers"].as_array().expect("a list of servers");
    assert!(!servers.is_empty());
    for server in servers {
        check_keys(
            server,
            &[
                "name",
                "life_cycle_state",
                "data_replication_state",
                "initiation_step",
                "error",
                "installed_s",
                "initial_sync_done_s",
                "replicated_bytes",
                "total_bytes",
                "backlog_bytes",
                "lag_s",
            ],
        );
        assert_eq!(server["life_cycle_state"], "CUTOVER");
        assert_eq!(server["data_replication_state"], "DISCONNECTED");
    }
    let again = json(&["run", LAB, "--format", "json"], 0);
    assert_eq!(again["trace_hash"], run["trace_hash"]);
    let other = json(&["run", LAB, "--seed", "7", "--format", "json"], 0);
    assert_ne!(other["trace_hash"], run["trace_hash"]);
    assert_eq!(other["seed"], 7);
}

#[test]
fn a_run_that_is_cut_short_says_what_does_not_hold() {
    let run = json(&["run", LAB, "--until", "30m", "--format", "json"], 1);
    assert_eq!(run["ended_s"], 1_800);
    let expectations = run["expectations"].as_array().expect("a list");
    assert!(expectations.iter().any(|it| it["holds"] == false));
    assert!(run["flows"][0]["rate_bps"].as_u64().is_some_and(|rate| rate > 0));
    assert!(
        run["flows"][0]["path"]
            .as_array()
            .is_some_and(|path| !path.is_empty())
    );
}

#[test]
fn a_failure_shows_in_faults_and_outages() {
    let args = [
        "run",
        LAB,
        "--until",
        "2h",
        "--fail",
        "30m:link source-target down for 5m",
        "--format",
        "json",
    ];
    let run = json(&args, 1);
    let faults = run["faults"].as_array().expect("a list");
    assert_eq!(faults.len(), 2, "down and up again: {faults:?}");
    assert_eq!(faults[0]["at_s"], 1_800);
    assert_eq!(faults[0]["target"], "source-target");
    assert_eq!(faults[1]["at_s"], 2_100);
    let outages = run["outages"].as_array().expect("a list");
    check_keys(&outages[0], &["from", "to", "started_s", "ended_s", "cause"]);
    assert!(outages[0]["started_s"].as_f64().is_some_and(|at| at >= 1_800.0));
}

#[test]
fn preflight_of_the_shipped_lab_passes() {
    let preflight = json(&["preflight", LAB, "--format", "json"], 0);
    check_keys(&preflight, &["lab", "at_s", "ok", "checks"]);
    assert_eq!(preflight["ok"], true);
    let checks = preflight["checks"].as_array().expect("a list");
    for check in checks {
        check_keys(
            check,
            &[
                "name", "from", "to", "proto", "port", "purpose", "ok", "reason", "at", "rule", "detail",
                "fix",
            ],
        );
        assert_eq!(check["ok"], true, "{check}");
    }
    assert!(checks.iter().any(|check| check["port"] == 1500));
}

#[test]
fn preflight_names_what_a_failure_broke() {
    let folder = folder("preflight");
    let copy = folder.join("broken.ron");
    let copied = causeway(&["labs", "copy", LAB, copy.to_str().expect("a plain path")]);
    assert_eq!(copied.status.code(), Some(0), "{}", text(&copied.stderr));
    let lab = fs::read_to_string(&copy).expect("the copy");
    // The first rule of the first security group: whoever comes from the source on 443.
    let broken = lab.replacen("from: \"192.168.0.0/16\"", "from: \"192.168.99.0/24\"", 1);
    assert_ne!(
        broken, lab,
        "the lab is written differently now: choose another rule to break"
    );
    fs::write(&copy, broken).expect("the broken copy");
    let path = copy.to_str().expect("a plain path");
    let preflight = json(&["preflight", path, "--format", "json"], 1);
    assert_eq!(preflight["ok"], false);
    let checks = preflight["checks"].as_array().expect("a list");
    let failed: Vec<&Value> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert!(!failed.is_empty() && failed.len() < checks.len(), "{failed:?}");
    for check in failed {
        assert_eq!(check["reason"], "ENI_SG_RULES_MISMATCH", "{check}");
        assert!(
            check["at"]
                .as_str()
                .is_some_and(|at| at.starts_with("security group")),
            "{check}"
        );
        assert!(
            check["fix"].as_str().is_some_and(|fix| fix.contains("443")),
            "{check}"
        );
    }
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_path_is_told_hop_by_hop() {
    let args = [
        "path",
        LAB,
        "--from",
        "app-server",
        "--to",
        "mgn-endpoint",
        "--port",
        "443",
        "--format",
        "json",
    ];
    let path = json(&args, 0);
    check_keys(
        &path,
        &[
            "lab", "at_s", "from", "to", "proto", "port", "ok", "reason", "at", "forward", "return",
        ],
    );
    assert_eq!(path["ok"], true);
    for way in ["forward", "return"] {
        let hops = path[way].as_array().expect("a list of hops");
        assert!(hops.len() > 1, "{way}: {hops:?}");
        check_keys(
            &hops[0],
            &["node", "ingress", "egress", "table", "matched", "verdict"],
        );
    }
    let blocked = [
        "path",
        LAB,
        "--from",
        "app-server",
        "--to",
        "198.51.100.7",
        "--format",
        "json",
    ];
    let path = json(&blocked, 1);
    assert_eq!(path["reason"], "NO_ROUTE_TO_DESTINATION");
    assert!(
        path["at"]
            .as_str()
            .is_some_and(|at| at.starts_with("route table"))
    );
}

#[test]
fn the_codes_of_reasons_are_explained() {
    let all = json(&["reasons", "--format", "json"], 0);
    let rows = all["reasons"].as_array().expect("a list of reasons");
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        check_keys(row, &["code", "meaning", "look"]);
    }
    let one = causeway(&["reasons", "dns_phz_shadow"]);
    assert_eq!(one.status.code(), Some(0));
    insta::assert_snapshot!(text(&one.stdout), @r"
    DNS_PHZ_SHADOW
      a private hosted zone owns the name's domain but has no such record
      → add the record to the private hosted zone, or make the zone narrower
    ");
    let slip = causeway(&["reasons", "DNS_PHZ_SHADW"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(slip.stdout.is_empty());
    assert!(
        text(&slip.stderr).contains("did you mean `DNS_PHZ_SHADOW`?"),
        "{}",
        text(&slip.stderr)
    );
}

#[test]
fn a_path_to_a_name_is_resolved_by_the_sender() {
    let to = |lab, name, expected| {
        json(
            &[
                "path",
                lab,
                "--from",
                "app-server",
                "--to",
                name,
                "--format",
                "json",
            ],
            expected,
        )
    };
    // Behind name servers of the customer's the public name leads to the endpoint.
    let path = to("custom-dns", "mgn.ap-south-1.amazonaws.com", 0);
    let resolution = &path["resolution"];
    assert_eq!(path["address"], resolution["addresses"][0]);
    assert_eq!(resolution["answered_by"], "Resolver endpoint inbound");
    assert_eq!(resolution["ttl_s"], 60);
    let asked: Vec<String> = resolution["asked"]
        .as_array()
        .expect("a list of questions")
        .iter()
        .map(|it| format!("{} asks {}: {}", it["by"], it["server"], it["said"]))
        .collect();
    assert_eq!(
        asked,
        [
            r#""app-server" asks "192.168.1.53": "passes it on to 10.0.3.10, 10.0.4.10""#,
            r#""source-dns" asks "10.0.3.10": "10.0.3.4, 10.0.4.4, to be kept for 1m""#,
        ]
    );
    // What does not resolve has no path: who was asked, and what stopped it.
    let path = to("custom-dns-no-forwarder", "mgn.ap-south-1.amazonaws.com", 1);
    assert_eq!(path["ok"], false);
    assert_eq!(path["address"], serde_json::Value::Null);
    assert_eq!(path["reason"], "NO_ROUTE_TO_DESTINATION");
    assert_eq!(path["resolution"]["symptom"], "DNS_SERVFAIL");
    assert_eq!(path["forward"], serde_json::json!([]));
    let path = to(LAB, "mgn.ap-south-1.example.com", 1);
    assert_eq!(path["reason"], "DNS_NXDOMAIN");
    assert_eq!(path["at"], "resolver of VPC source");
    // A sender may be given by its address.
    let by_address = [
        "path",
        LAB,
        "--from",
        "192.168.1.10",
        "--to",
        "mgn-endpoint",
        "--format",
        "json",
    ];
    assert_eq!(json(&by_address, 0)["forward"][0]["node"], "host app-server");
    check_bad(
        &["path", LAB, "--from", "192.168.1.99", "--to", "mgn-endpoint"],
        "no host or router is called `192.168.1.99`",
    );
    // An address needs no resolution.
    assert_eq!(to(LAB, "10.0.1.4", 0)["resolution"], serde_json::Value::Null);
    check_bad(
        &[
            "path",
            LAB,
            "--from",
            "app-server",
            "--to",
            "https://mgn.ap-south-1.amazonaws.com",
        ],
        "no DNS name: ':' is not allowed in a name",
    );
    check_bad(
        &["path", LAB, "--from", "app-server", "--to", "10.0.0.300"],
        "`10.0.0.300` is no address",
    );
}

#[test]
fn interfaces_of_replication_servers_have_names() {
    let at = ["--at", "1h", "--port", "1500", "--format", "json"];
    let args = [
        &[
            "path",
            LAB,
            "--from",
            "app-server",
            "--to",
            "mgn-replication-server-1",
        ],
        &at[..],
    ]
    .concat();
    let path = json(&args, 0);
    let told = path.to_string();
    assert!(
        told.contains("network interface eni-") && !told.contains("unnamed"),
        "{told}"
    );
}

#[test]
fn the_labs_are_listed_shown_and_copied_but_never_over_a_file() {
    let labs = json(&["labs", "--format", "json"], 0);
    let listed = labs["labs"].as_array().expect("a list");
    check_keys(&listed[0], &["name", "title", "teaches", "variant_of"]);
    assert_eq!(listed[0]["name"], DEFAULT_LAB);
    let shown = causeway(&["labs", "show", LAB]);
    assert_eq!(shown.status.code(), Some(0));
    let folder = folder("labs");
    let file = folder.join("mine.ron");
    let path = file.to_str().expect("a plain path");
    assert_eq!(causeway(&["labs", "copy", LAB, path]).status.code(), Some(0));
    assert_eq!(fs::read(&file).expect("the copy"), shown.stdout);
    let again = causeway(&["labs", "copy", LAB, path]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("failed to copy"));
    assert_eq!(causeway(&["check", path]).status.code(), Some(0));
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn the_causes_of_a_record_begin_with_the_first() {
    let why = json(&["why", LAB, "--event", "20", "--format", "json"], 0);
    assert_eq!(why["event"], 20);
    let chain = why["chain"].as_array().expect("a list");
    check_keys(&chain[0], &["id", "at_s", "subject", "what", "cause"]);
    assert_eq!(chain[0]["cause"], Value::Null);
    assert_eq!(chain[chain.len() - 1]["id"], 20);
    for pair in chain.windows(2) {
        assert_eq!(pair[1]["cause"], pair[0]["id"]);
    }
    let none = causeway(&["why", LAB, "--event", "99999999"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("there is no record 99999999"));
}

#[test]
fn a_trace_holds_every_record_or_does_not_exist() {
    let folder = folder("trace");
    let file = folder.join("trace.jsonl");
    let run = causeway(&["run", LAB, "--trace", file.to_str().expect("a plain path")]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let trace = fs::read_to_string(&file).expect("the trace");
    for (n, line) in trace.lines().enumerate() {
        let record: Value = serde_json::from_str(line).expect("a JSON object on each line");
        assert_eq!(record["id"], n + 1);
    }
    assert!(trace.lines().count() > 20);
    let nowhere = folder.join("no-such-folder").join("trace.jsonl");
    let run = causeway(&["run", LAB, "--trace", nowhere.to_str().expect("a plain path")]);
    assert_eq!(run.status.code(), Some(2));
    let left: Vec<_> = fs::read_dir(&folder).expect("the folder").collect();
    assert_eq!(left.len(), 1, "only the whole trace is left: {left:?}");
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[track_caller]
fn check_bad(args: &[&str], complaint: &str) {
    let output = causeway(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(
        text(&output.stderr).contains(complaint),
        "{args:?}: {}",
        text(&output.stderr)
    );
    assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output.stdout));
}

#[test]
fn bad_input_is_told_on_standard_error_with_status_2() {
    check_bad(&["run", "region-to-regoin"], "did you mean `region-to-region`?");
    check_bad(&["run", "no/such/file.ron"], "failed to read no/such/file.ron");
    check_bad(&["run", LAB, "--until", "soon"], "invalid value 'soon'");
    check_bad(&["run", LAB, "--fail", "10m:link nobody down"], "nobody");
    check_bad(
        &["path", LAB, "--from", "nobody", "--to", "10.0.1.4"],
        "no host or router is called `nobody`",
    );
    check_bad(
        &["path", LAB, "--from", "app-server", "--to", "mgn-endpiont"],
        "did you mean `mgn-endpoint`?",
    );
    check_bad(
        &[
            "path",
            LAB,
            "--from",
            "app-server",
            "--to",
            "10.0.1.4",
            "--proto",
            "sctp",
        ],
        "tcp, udp or icmp",
    );
    check_bad(&["labs", "show", "nothing-like-it"], "no shipped lab is called");
    check_bad(&["open", LAB], "the dashboard needs a terminal");
    check_bad(&["fly"], "unrecognized subcommand");
    check_bad(&[LAB], &format!("causeway open {LAB}"));
}

#[test]
fn a_wrong_lab_shows_the_line_and_every_mistake_at_once() {
    let folder = folder("check");
    let file = folder.join("wrong.ron");
    fs::write(&file, "Lab(\n    schema: 1,\n    nam: \"x\",\n    sede: 3,\n)\n").expect("a wrong lab");
    let path = file.to_str().expect("a plain path");
    let output = causeway(&["check", path, LAB]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = text(&output.stderr);
    assert!(complaint.contains("wrong.ron:3:5"), "{complaint}");
    assert!(complaint.contains("wrong.ron:4:5"), "{complaint}");
    assert_eq!(
        text(&output.stdout),
        format!("{LAB}: ok\n"),
        "the others are still read"
    );
    let report = json(&["check", path, "--format", "json"], 2);
    assert_eq!(report["ok"], false);
    let all = report["diagnostics"].as_array().expect("a list");
    for diagnostic in all {
        check_keys(
            diagnostic,
            &["severity", "code", "message", "file", "line", "column", "help"],
        );
    }
    let places: Vec<_> = all
        .iter()
        .filter(|it| it["code"] == "scenario::unknown-field")
        .map(|it| (it["line"].as_u64(), it["column"].as_u64()))
        .collect();
    assert_eq!(places, [(Some(3), Some(5)), (Some(4), Some(5))]);
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn what_is_no_text_or_empty_or_huge_is_a_diagnostic() {
    let folder = folder("hostile");
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.join(name);
        fs::write(&file, bytes).expect("a hostile file");
        file.to_str().expect("a plain path").to_owned()
    };
    let deep = "(".repeat(100_000);
    for (name, bytes) in [
        ("empty.ron", &b""[..]),
        ("binary.ron", &[0xff, 0xfe, 0x00, 0x80][..]),
        ("deep.ron", deep.as_bytes()),
    ] {
        let path = write(name, bytes);
        check_bad(&["run", &path], "error[scenario::");
    }
    check_bad(&["run", folder.to_str().expect("a plain path")], "failed to read");
    let huge = folder.join("huge.ron");
    let sparse = fs::File::create(&huge).expect("a huge file");
    sparse.set_len(100 << 20).expect("room for nothing at all");
    check_bad(
        &["run", huge.to_str().expect("a plain path")],
        "the file has 104857600 bytes (100MiB); a scenario has at most 8388608 (8MiB)",
    );
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_reader_who_leaves_is_not_an_error() {
    let mut child = Command::new(program())
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn colours_come_when_asked_for_and_never_otherwise() {
    let coloured = causeway(&["run", LAB, "--color", "always"]);
    assert!(text(&coloured.stdout).contains('\u{1b}'));
    let plain = causeway(&["run", LAB, "--color", "never"]);
    assert!(!text(&plain.stdout).contains('\u{1b}'));
}

#[test]
fn manual_completions_and_pictures_are_made() {
    let manual = text(&causeway(&["man"]).stdout);
    for command in ["RUN", "PREFLIGHT", "PATH", "LABS", "WHY", "EXIT STATUS"] {
        assert!(manual.contains(command), "{command}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = causeway(&["completions", shell]);
        assert!(text(&script.stdout).contains("causeway"), "{shell}");
    }
    let folder = folder("picture");
    let file = folder.join("dashboard.svg");
    let path = file.to_str().expect("a plain path");
    let draw = |view: &str| {
        let size = ["--at", "40m", "--size", "100x30", "--press", "z"];
        causeway(&[&["snapshot", LAB, "--view", view, "--out", path][..], &size].concat())
    };
    let refused = draw("weather");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    let made = draw("migration");
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let picture = fs::read_to_string(&file).expect("the picture");
    assert!(
        picture.starts_with("<svg") && picture.contains("INITIAL_SYNC"),
        "{picture}"
    );
    fs::remove_dir_all(folder).expect("the folder goes");
}
