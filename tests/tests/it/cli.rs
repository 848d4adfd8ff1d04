//! The terminal program as other programs call it: exit statuses, streams, JSON, bad input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use serde_json::Value;
use sim_core::migrate::mgn::{launch_text, symptom_text};
use sim_core::scenario::{Symptom, load, shipped, shipped_base};
use sim_core::site::OsFamily;

/// The built program. It belongs to another package, so cargo does not build it for these tests.
fn program() -> &'static Path {
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
    assert!(summary.starts_with(LAB), "{summary}");
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
    assert_eq!(listed[0]["name"], LAB);
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
    let made = causeway(&["snapshot", LAB, "--at", "40m", "--size", "100x30", "--out", path]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let picture = fs::read_to_string(&file).expect("the picture");
    assert!(
        picture.starts_with("<svg") && picture.contains("INITIAL_SYNC"),
        "{picture}"
    );
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_run_tells_of_tunnels() {
    let run = json(&["run", "ipsec-bgp", "--format", "json"], 0);
    let tunnels = run["tunnels"].as_array().expect("a list");
    assert_eq!(tunnels.len(), 2);
    for tunnel in tunnels {
        check_keys(
            tunnel,
            &["name", "state", "phase1", "phase2", "since_s", "reason"],
        );
        assert_eq!(tunnel["state"], "UP");
        assert_eq!(tunnel["phase1"], "Established");
        assert_eq!(tunnel["reason"], Value::Null);
    }
    let broken = json(&["run", "ipsec-proposal-mismatch", "--format", "json"], 1);
    assert_eq!(broken["tunnels"][1]["reason"], "IKE_NO_PROPOSAL_CHOSEN");
    let text = text(&causeway(&["run", "ipsec-proposal-mismatch"]).stdout);
    assert!(
        text.contains("fix let ike of tgw/vpn-1 have modp1024, or ike of cgw-1/vpn-1 have modp2048"),
        "{text}"
    );
}

#[test]
fn a_run_tells_of_sessions_and_links() {
    let run = json(&["run", "bgp-two-lines", "--format", "json"], 0);
    let sessions = run["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 4);
    for session in sessions {
        check_keys(
            session,
            &[
                "name",
                "local",
                "peer",
                "state",
                "since_s",
                "hold_s",
                "received",
                "advertised",
                "reason",
            ],
        );
        assert_eq!(session["state"], "Established");
        assert_eq!(session["hold_s"], 90);
        assert_eq!(session["reason"], Value::Null);
    }
    assert_eq!(run["links"][0]["name"], "dx-primary");
    check_keys(&run["links"][0], &["name", "state", "utilisation"]);
    let bfd = json(&["run", "bgp-bfd", "--format", "json", "--until", "5m"], 1);
    assert_eq!(bfd["sessions"][0]["bfd"], "Up");
    let broken = json(&["run", "bgp-md5-key", "--format", "json"], 1);
    assert_eq!(broken["sessions"][0]["reason"], "TCP_AUTHENTICATION");
    let text = text(&causeway(&["run", "bgp-md5-key"]).stdout);
    assert!(
        text.contains("fix give both ends of the session the same key"),
        "{text}"
    );
}

#[test]
fn a_routers_routes_are_told_with_the_step_that_decided() {
    let prefix = "10.0.0.0/16";
    let ask = |at: &str| {
        let args = [
            "rib",
            "bgp-two-lines",
            "--node",
            "cgw-1",
            "--prefix",
            prefix,
            "--at",
            at,
            "--format",
            "json",
        ];
        json(&args, 0)
    };
    let rib = ask("5m");
    check_keys(&rib, &["lab", "at_s", "node", "prefixes"]);
    let row = &rib["prefixes"][0];
    check_keys(row, &["prefix", "paths", "fib"]);
    let paths = row["paths"].as_array().expect("a list");
    assert_eq!(paths.len(), 2);
    for path in paths {
        check_keys(
            path,
            &[
                "from",
                "as_path",
                "next_hop",
                "local_pref",
                "med",
                "origin",
                "communities",
                "best",
                "decided_by",
            ],
        );
        assert_eq!(path["decided_by"], "local_pref");
    }
    assert_eq!(
        (&paths[0]["from"], &paths[0]["best"]),
        (&Value::from("primary"), &Value::from(true))
    );
    assert_eq!(row["fib"][0], "169.254.0.2");
    let down = ask("12m");
    assert_eq!(down["prefixes"][0]["paths"].as_array().map(Vec::len), Some(1));
    assert_eq!(down["prefixes"][0]["fib"][0], "169.254.0.6");
    let wrong = causeway(&["rib", "bgp-two-lines", "--node", "cgw1"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean `cgw-1`?"));
    let bits = causeway(&[
        "rib",
        "bgp-two-lines",
        "--node",
        "cgw-1",
        "--prefix",
        "10.0.0.1/16",
    ]);
    assert_eq!(bits.status.code(), Some(2));
}

#[test]
fn a_line_that_is_silent_is_left_when_the_hold_timer_runs_out() {
    let rib = json(
        &[
            "rib",
            "bgp-two-lines",
            "--node",
            "cgw-1",
            "--prefix",
            "10.0.0.0/16",
            "--at",
            "8m",
            "--fail",
            "5m:link dx-primary blackhole for 30s",
            "--format",
            "json",
        ],
        0,
    );
    // Half a minute is less than the hold time: nobody noticed.
    assert_eq!(rib["prefixes"][0]["fib"][0], "169.254.0.2");
    let run = json(
        &[
            "run",
            "bgp-two-lines",
            "--until",
            "8m",
            "--fail",
            "5m:link dx-primary blackhole",
            "--format",
            "json",
        ],
        1,
    );
    assert_eq!(run["links"][0]["state"], "blackhole");
    assert_eq!(run["sessions"][0]["reason"], "LINK_BLACKHOLE");
    assert_eq!(
        run["faults"].as_array().map(Vec::len),
        Some(2),
        "one for each direction"
    );
}

/// What the text of a run must say for a variant to show its symptom.
fn told_by(symptom: &Symptom) -> String {
    match symptom {
        Symptom::Install { step, reason } => symptom_text(*step, *reason, OsFamily::Linux),
        Symptom::Stall { error, .. } | Symptom::Reports { error } => error.to_string(),
        Symptom::Refused {
            operation: _,
            exception,
        } => format!("is refused with {}", exception.as_str()),
        Symptom::LaunchFailed { reason } => {
            launch_text(*reason).map_or_else(|| reason.to_string(), str::to_owned)
        }
        Symptom::PostLaunchFailed { reason } => format!("post-launch actions fail: {reason}"),
        Symptom::Session { reason, .. } | Symptom::Tunnel { reason, .. } => reason.to_string(),
        // Which path lacks is told by `rib`; the run says that the expected route is missing.
        Symptom::NoPath { prefix, .. } => prefix.to_string(),
    }
}

#[test]
fn the_text_of_a_run_shows_the_symptom_of_every_broken_variant() {
    let mut silent = Vec::new();
    for (name, lab) in shipped() {
        let loaded = load(lab, name, &shipped_base).expect("a shipped lab loads");
        let Some(breaks) = loaded.breaks else { continue };
        let output = causeway(&["run", name]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text(&output.stderr));
        let (wanted, told) = (told_by(&breaks.symptom), text(&output.stdout));
        if !told.contains(&wanted) {
            silent.push(format!("{name} does not say {wanted:?}:\n{told}"));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn the_run_tells_of_failed_launches_failed_actions_and_refused_operations() {
    let run = json(&["run", "r2r-no-launch-subnet", "--format", "json"], 1);
    let launch = &run["jobs"][0]["participating_servers"][0];
    assert_eq!(launch["reason"], "NO_SUBNET_FOR_LAUNCH");
    assert!(launch["failed_s"].as_f64().is_some_and(|at| at > 0.0), "{launch}");
    let starts = |value: &Value, with: &str| value.as_str().is_some_and(|text| text.starts_with(with));
    assert!(starts(&launch["error"], "VPCIdNotSpecified"), "{launch}");
    assert_eq!(run["servers"][0]["health"], "failed");
    assert!(
        starts(
            &run["servers"][0]["trouble"],
            "the test launch fails: VPCIdNotSpecified"
        ),
        "{}",
        run["servers"][0]
    );
    let run = json(&["run", "r2r-post-launch-without-ssm", "--format", "json"], 1);
    assert_eq!(run["failed_actions"][0]["reason"], "NO_ROUTE_TO_DESTINATION");
    assert_eq!(run["servers"][0]["health"], "failed");
    assert!(
        starts(&run["servers"][0]["trouble"], "post-launch actions fail"),
        "{}",
        run["servers"][0]
    );
    let refused = run["refusals"].as_array().expect("a list");
    let finalize = refused.iter().find(|it| it["command"] == "FinalizeCutover");
    let finalize = finalize.expect("finalizing is refused");
    check_keys(
        finalize,
        &["at_s", "command", "server", "exception", "reason", "detail"],
    );
    assert_eq!(finalize["exception"], "ConflictException");
    assert_eq!(finalize["reason"], "POST_LAUNCH_ACTION_PENDING");
    let run = json(&["run", "r2r-mgn-not-admin", "--format", "json"], 1);
    let refused = &run["refusals"][0];
    assert_eq!(refused["exception"], "AccessDeniedException");
    assert!(starts(&refused["detail"], "Must be admin user"), "{refused}");
}
