//! What the program says of routers: sessions, tunnels, routes and lines.

use super::*;

#[test]
fn a_run_tells_of_tunnels() {
    let run = json(&["run", "ipsec-bgp", "--format", "json"], 0);
    let tunnels = run["tunnels"].as_array().expect("a list");
    assert_eq!(tunnels.len(), 2);
    for tunnel in tunnels {
        check_keys(
            tunnel,
            &[
                "name",
                "state",
                "phase1",
                "phase2",
                "since_s",
                "authentication",
                "certificate_until_s",
                "reauthentication_in_s",
                "udp_encapsulation",
                "reason",
            ],
        );
        assert_eq!(tunnel["authentication"], "shared_key");
        assert_eq!(tunnel["reauthentication_in_s"], Value::Null);
        assert_eq!(tunnel["udp_encapsulation"], false);
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
fn a_run_tells_of_certificates_and_of_changes_to_them() {
    let renewed = r#"10m:change configure_tunnel("cgw-1/vpn-1", (certificate: (subject: "CN=cgw-1.example.org", issuer: "CN=Example CA", not_after: "3h")))"#;
    let lab = "ipsec-certificate-expired";
    let run = json(&["run", lab, "--fail", renewed, "--format", "json"], 0);
    let tunnel = &run["tunnels"][0];
    assert_eq!(tunnel["state"], "UP");
    assert_eq!(tunnel["authentication"], "certificate");
    assert_eq!(tunnel["certificate_until_s"], 3 * 3_600);
    assert_eq!(tunnel["udp_encapsulation"], true);
    let left = tunnel["reauthentication_in_s"].as_f64().expect("seconds");
    assert!((1_200.0..2_000.0).contains(&left), "{left}");
    let shown = text(&causeway(&["run", "ipsec-certificates"]).stdout);
    let row = shown
        .lines()
        .find(|line| line.contains("UP") && line.contains("certificate"));
    assert!(row.is_some_and(|row| row.ends_with("50m 03s")), "{shown}");
    // What is wrong, and what does not go together, is told where the command line says it.
    let wrong = causeway(&[
        "run",
        lab,
        "--fail",
        r#"1m:change configure_tunnel("cgw-1/vpn-1", (certificate: (subject: "cgw-1")))"#,
    ]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = text(&wrong.stderr);
    assert!(said.contains("needs the field `issuer`"), "{said}");
    let refused = causeway(&[
        "run",
        lab,
        "--fail",
        r#"1m:change configure_tunnel("cgw-1/vpn-1", (version: ikev1))"#,
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("IKEv1 knows only pre-shared keys here"));
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

#[test]
fn a_router_answers_where_its_bgp_has_a_neighbour() {
    let asked = |lab: &str, to: &str, port: &str, status| {
        let args = [
            "path", lab, "--from", "cgw-1", "--to", to, "--port", port, "--format", "json",
        ];
        json(&args, status)["reason"].clone()
    };
    assert_eq!(asked("bgp-two-lines", "169.254.0.2", "179", 0), Value::Null);
    assert_eq!(
        asked("bgp-two-lines", "169.254.0.2", "22", 1),
        "CONNECTION_REFUSED"
    );
}

/// Packets stop for want of a route; what is wrong is that the path that there is cannot be used.
#[test]
fn a_next_hop_that_nobody_reaches_is_named_with_what_mends_it() {
    let cure = "set next_hop_self at border towards core, or give core a route to 169.254.0.2";
    let asked = |to: &str, extra: &[&str]| {
        let args = ["path", "bgp-no-next-hop-self", "--from", "core", "--to", to];
        json(&[&args[..], extra, &["--format", "json"]].concat(), 1)
    };
    let path = asked("10.0.0.1", &[]);
    assert_eq!(path["reason"], "BGP_NEXT_HOP_UNREACHABLE");
    assert_eq!(path["look"], cure);
    let matched = "path to 10.0.0.0/16, but no route to its next hop 169.254.0.2";
    assert_eq!(path["forward"][0]["matched"], matched);
    // Nobody announces this, and before the session is up nobody has heard of that.
    assert_eq!(asked("10.1.0.1", &[])["reason"], "NO_ROUTE_TO_DESTINATION");
    assert_eq!(
        asked("10.0.0.1", &["--at", "0s"])["reason"],
        "NO_ROUTE_TO_DESTINATION"
    );
    let run = json(&["run", "bgp-no-next-hop-self", "--format", "json"], 1);
    let failed = run["expectations"].as_array().expect("a list");
    let failed = failed.iter().find(|it| it["holds"] == false).expect("one fails");
    let detail = failed["detail"].as_str().expect("a text");
    assert!(
        detail.contains("BGP_NEXT_HOP_UNREACHABLE") && detail.ends_with(cure),
        "{detail}"
    );
}

/// Whatever step decides, the table shows what it compared, and no more than fits; JSON has everything.
#[test]
fn what_the_decision_compared_is_shown() {
    let rib = json(&["rib", "bgp-decision", "--node", "hub", "--format", "json"], 0);
    let field = |step: &str| match step {
        "weight" | "local_pref" | "origin" | "med" | "router_id" => Some(step.to_owned()),
        "as_path_length" => Some("as_path".to_owned()),
        "external_over_internal" => Some("kind".to_owned()),
        "igp_metric" => Some("metric".to_owned()),
        "oldest" => Some("since_s".to_owned()),
        _ => None,
    };
    let heading = |step: &str| match step {
        "external_over_internal" => "kind".to_owned(),
        "igp_metric" => "IGP".to_owned(),
        "as_path_length" => "AS path".to_owned(),
        "med" => "MED".to_owned(),
        "local_pref" => "local pref".to_owned(),
        "oldest" => "since".to_owned(),
        step => step.replace('_', " "),
    };
    let mut seen = Vec::new();
    for row in rib["prefixes"].as_array().expect("a list") {
        let paths = row["paths"].as_array().expect("a list");
        let Some(step) = paths.first().and_then(|best| best["decided_by"].as_str()) else {
            continue;
        };
        let Some(field) = field(step) else { continue };
        let values: Vec<&Value> = paths.iter().map(|path| &path[&field]).collect();
        assert!(
            values.iter().any(|value| *value != values[0]),
            "{step}: {values:?}"
        );
        let prefix = row["prefix"].as_str().expect("a text");
        let output = causeway(&["rib", "bgp-decision", "--node", "hub", "--prefix", prefix]);
        let shown = text(&output.stdout);
        assert!(shown.contains(&heading(step)), "{step}:\n{shown}");
        let width = shown.lines().map(|line| line.chars().count()).max();
        assert!(width <= Some(120), "{step}:\n{shown}");
        seen.push(step.to_owned());
    }
    seen.sort();
    seen.dedup();
    assert!(seen.len() >= 7, "{seen:?}");
    let reflected = json(&["rib", "bgp-decision", "--node", "west", "--format", "json"], 0);
    let path = &reflected["prefixes"][0]["paths"][0];
    check_keys(
        path,
        &["originator_id", "cluster_list", "router_id", "since_s", "kind"],
    );
}

#[test]
fn a_hop_at_a_transit_gateway_names_the_table_that_was_asked() {
    let path = [
        "path",
        "dx-single",
        "--from",
        "office",
        "--to",
        "app",
        "--port",
        "443",
        "--at",
        "2m",
    ];
    let path = json(&[&path[..], &["--format", "json"]].concat(), 0);
    for way in ["forward", "return"] {
        let hops = path[way].as_array().expect("a list");
        let hop = hops.iter().find(|hop| hop["node"] == "Transit Gateway tgw");
        assert_eq!(hop.expect("it goes by it")["table"], "tgw default", "{way}");
    }
}

#[test]
fn a_run_names_the_fault_as_it_was_asked_for() {
    let named = |kind: &str, target: &str| serde_json::json!({"kind": kind, "target": target});
    for (failure, fault) in [
        ("2m:router_silent cgw-1 for 1m", named("router_silent", "cgw-1")),
        ("2m:link_silent dx-1 for 1m", named("link_silent", "dx-1")),
        ("2m:link dx-1 down for 1m", named("link down", "dx-1")),
        ("2m:link dx-1 loss 100% for 1m", named("link", "dx-1 loss 100%")),
        (r#"2m:change link_state("dx-1", down)"#, Value::Null),
    ] {
        let args = ["run", "dx-single", "--until", "3m", "--fail", failure];
        let output = causeway(&[&args[..], &["--format", "json"]].concat());
        let run: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(run["faults"][0]["fault"], fault, "{failure}");
        assert_eq!(run["outages"][0]["root"]["fault"], fault, "{failure}");
    }
    let shown = text(&causeway(&["run", "dx-single", "--fail", "2m:router_silent cgw-1 for 1m"]).stdout);
    assert!(
        shown.contains("because cgw-1 hangs (router_silent cgw-1): "),
        "{shown}"
    );
}

/// What one fault does a hundred times over is said once, and the rest counted; what comes too late is said beforehand.
#[test]
fn a_fault_of_many_parts_is_told_in_a_few_lines() {
    let flood = [
        "run",
        "dx-vpn-backup",
        "--until",
        "11m",
        "--fail",
        "10m:prefix_flood cgw-1",
    ];
    let shown = text(&causeway(&flood).stdout);
    let told: Vec<&str> = shown.lines().filter(|line| line.starts_with("! ")).collect();
    assert!(told.len() < 12, "{shown}");
    assert!(
        shown.contains("cgw-1 and 97 more like that (prefix_flood cgw-1)"),
        "{shown}"
    );

    let late = causeway(&[
        "run",
        "dx-vpn-backup",
        "--until",
        "1m",
        "--fail",
        "10m:link dx-primary down",
    ]);
    let said = text(&late.stderr);
    assert!(
        said.contains(
            "warning: the run ends after 1m, before what is to fail at 10m: 10m:link dx-primary down"
        ),
        "{said}"
    );
}
