//! A lab of routers to which anything that can be done is done at any time.

use std::cell::Cell;

use sim_core::view::View;

use super::deeds::{Play, deeds_within, live_on};
use super::{check_memory, outlive, runner};

/// Four routers in a ring, two of them in one AS, with a session over loopbacks across it. Its routes settle: were they to
/// go in circles, nothing that is done to it minutes later would ever be done.
const RING: &str = r#"Lab(
    schema: 1, name: "ring", title: "A ring of routers", duration: "1h",
    links: {
        "ab": (a: ("a", "172.16.0.1/30"), b: ("b", "172.16.0.2/30")),
        "bc": (a: ("b", "172.16.0.5/30"), b: ("c", "172.16.0.6/30"), loss: "1%"),
        "cd": (a: ("c", "172.16.0.9/30"), b: ("d", "172.16.0.10/30")),
        "da": (a: ("d", "172.16.0.13/30"), b: ("a", "172.16.0.14/30"), delay: "40ms"),
    },
    policies: {"prefer": [(set: (local_pref: 200))], "none": []},
    routers: {
        "a": (
            asn: 65001, loopbacks: ["10.255.0.1"], announce: ["10.1.0.0/16"],
            static_routes: [("10.255.0.3/32", "172.16.0.2", 5)],
            tunnels: {"vpn": (to: "10.255.0.3", from: "10.255.0.1", inside: "169.254.9.1/30", key: "ring.of.four")},
            neighbors: {
                "b": (remote_as: 65002, timers: (hold: "9s"), bfd: (interval: "20s")),
                "in vpn": (remote_as: 65001, tunnel: "vpn"),
                "d": (remote_as: 65004, max_prefix: (limit: 3, action: restart("1m"))),
                "c": (remote_as: 65001, address: "10.255.0.3", source: "10.255.0.1", next_hop_self: true),
            },
        ),
        "b": (
            asn: 65002, loopbacks: ["10.255.0.2"], announce: ["10.2.0.0/16"],
            static_routes: [("10.255.0.1/32", "172.16.0.1"), ("10.255.0.3/32", "172.16.0.6")],
            aggregates: [(prefix: "10.0.0.0/8", as_set: true)],
            neighbors: {"a": (remote_as: 65001, graceful_restart: full, bfd: (interval: "20s", multiplier: 5)), "c": (remote_as: 65001, default_originate: true)},
        ),
        "c": (
            asn: 65001, loopbacks: ["10.255.0.3"], announce: ["10.3.0.0/16"],
            static_routes: [("10.255.0.1/32", "172.16.0.5", 5)],
            tunnels: {"vpn": (
                to: "10.255.0.1", from: "10.255.0.3", inside: "169.254.9.2/30", key: "ring.of.four", version: any,
                esp: ["aes128-sha1", "aes256-sha256-modp2048"], lifetimes: ("30m", "10m"), margin: "1m", start: trap,
            )},
            neighbors: {
                "b": (remote_as: 65002, allowas_in: 1),
                "in vpn": (remote_as: 65001, tunnel: "vpn"),
                "d": (remote_as: 65004, password: "ring"),
                "a": (remote_as: 65001, address: "10.255.0.1", source: "10.255.0.3", next_hop_self: true),
            },
        ),
        "d": (
            asn: 65004, announce: [(prefix: "10.4.0.0/16", med: 7, communities: ["no-export"])],
            neighbors: {
                "c": (remote_as: 65001, password: "ring", advertisement_interval: "5s"),
                "a": (remote_as: 65001, as_override: true),
            },
        ),
    },
    expect: {"up": session_established("a/b"), "there": route("a", "10.3.0.0/16")},
    EVENTS
)"#;

/// What can be done to it; a name in angle brackets is one of [`WORDS`].
const DEEDS: &[&str] = &[
    "link_state(<link>, <state>)",
    "link_state(<link>, up)",
    "link_passage(<link>, <end>, <passage>)",
    "link_passage(<link>, <end>, open)",
    "link_delay(<link>, <span>)",
    "link_jitter(<link>, <span>)",
    "link_rate(<link>, <rate>)",
    "link_loss(<link>, <share>)",
    "interface_state(<interface>, <state>)",
    "router_power(<router>, <switch>)",
    "router_power(<router>, on)",
    "set_static_route(<router>, (<block>, <via>, <metric>))",
    "remove_static_route(<router>, <block>)",
    "session(<session>, <session deed>)",
    "session(<session>, start)",
    "session_remote_as(<session>, 65002)",
    "import_policy(<session>, <policy>)",
    "export_policy(<session>, <policy>)",
    "announce(<router>, <block>)",
    "announce(<router>, (prefix: <block>, med: <metric>, origin: incomplete, prepend: [65001]))",
    "withdraw(<router>, [<block>])",
    "bgp_process(<router>, <process deed>)",
    "bgp_process(<router>, start)",
    "tunnel(<tunnel>, <tunnel deed>)",
    "tunnel(<tunnel>, up)",
    "configure_tunnel(<tunnel>, (<proof>))",
    "configure_tunnel(<tunnel>, (<proof>, <term>))",
    "configure_tunnel(<tunnel>, (<term>))",
    "ike_process(<gateway>, <ike deed>)",
];

const WORDS: &[(&str, &[&str])] = &[
    ("link", &[r#""ab""#, r#""bc""#, r#""cd""#, r#""da""#]),
    ("state", &["up", "down"]),
    ("end", &["a", "b"]),
    ("passage", &["open", "blocked"]),
    (
        "span",
        &[r#""0s""#, r#""1ms""#, r#""400ms""#, r#""2m""#, r#""100000d""#],
    ),
    ("rate", &[r#""1bps""#, r#""10Mbps""#, r#""400Gbps""#]),
    ("share", &[r#""0%""#, r#""0.5%""#, r#""30%""#, r#""100%""#]),
    ("interface", &[r#""a:ab""#, r#""b:bc""#, r#""d:cd""#, r#""a:da""#]),
    ("router", &[r#""a""#, r#""b""#, r#""c""#, r#""d""#]),
    ("switch", &["on", "off"]),
    (
        "block",
        &[
            r#""10.9.0.0/16""#,
            r#""10.255.0.3/32""#,
            r#""10.255.0.1/32""#,
            r#""0.0.0.0/0""#,
            r#""10.1.0.0/16""#,
        ],
    ),
    (
        "via",
        &[
            r#""172.16.0.2""#,
            r#""172.16.0.5""#,
            r#""10.255.0.1""#,
            r#""192.0.2.1""#,
            "discard",
        ],
    ),
    ("metric", &["0", "7", "4294967295"]),
    (
        "session",
        &[r#""a/b""#, r#""b/a""#, r#""a/c""#, r#""c/d""#, r#""d/a""#],
    ),
    (
        "session deed",
        &["shutdown", "start", "reset", "soft_in", "soft_out"],
    ),
    (
        "policy",
        &[
            "none",
            r#""prefer""#,
            r#""none""#,
            r#"[(match: (as_path: [contains(65002)]), action: deny), (set: (prepend: 3, med: 9))]"#,
            r#"(rules: [(match: (prefix: ["10.0.0.0/8 ge 16"]), set: (community_add: ["no-export"]))], default: permit)"#,
        ],
    ),
    ("tunnel", &[r#""a/vpn""#, r#""c/vpn""#]),
    ("tunnel deed", &["down", "up", "reset", "rekey", "rekey_phase1"]),
    (
        "proof",
        &[
            r#"key: "ring.of.four""#,
            r#"key: "ring.of.five""#,
            r#"certificate: (subject: "CN=ring", issuer: "CN=Ring CA")"#,
            r#"certificate: (subject: "CN=ring", issuer: "CN=Ring CA", not_after: "20m", names: ["10.255.0.1", "10.255.0.3"])"#,
            r#"certificate: (subject: "CN=ring", issuer: "CN=Other CA", trusts: ["CN=Ring CA"], private_key: other)"#,
        ],
    ),
    (
        "term",
        &[
            r#"version: any"#,
            r#"tries: once, esp: ["aes128-sha1"]"#,
            r#"reauthentication: "6m", margin: "10s""#,
            r#"lifetimes: ("4m", "2m"), margin: "5s", dpd: (delay: "2s", timeout: "9s", action: clear)"#,
            r#"encapsulation: forced, dpd: (delay: "0s")"#,
            r#"remote_id: "CN=ring", ike: ["aes256-sha256-modp2048", "aes128gcm16-prfsha256-ecp256"]"#,
            r#"local_id: "%any", remote_id: "%any", start: wait, replay_window: 0"#,
        ],
    ),
    ("gateway", &[r#""a""#, r#""c""#]),
    ("ike deed", &["crash", "start"]),
    ("process deed", &["stop", "start", "freeze", "thaw"]),
];

const ROUTERS: Play = Play {
    lab: RING,
    deeds: DEEDS,
    words: WORDS,
};

#[test]
fn every_deed_to_a_router_can_be_written() {
    assert_eq!(ROUTERS.complaints(), "");
}

#[test]
fn whatever_is_done_to_routers_they_go_on() {
    let deeds = deeds_within(60);
    let n_up = Cell::new(0);
    runner(24)
        .run(&deeds, |deeds| {
            let text = ROUTERS.with(&deeds);
            let up = outlive(move |trial| {
                let session = live_on(&text, trial);
                let sessions = View::of(&session).bgp_sessions();
                for session in &sessions {
                    // Who is up needs no reason, and who has a reason is told what to do.
                    assert_eq!(session.reason.is_some(), session.fix.is_some(), "{session:?}");
                    assert_eq!(session.reason.is_some(), session.detail.is_some(), "{session:?}");
                }
                for tunnel in View::of(&session).tunnels() {
                    assert_eq!(tunnel.reason.is_some(), tunnel.fix.is_some(), "{tunnel:?}");
                    assert_eq!(tunnel.reason.is_some(), tunnel.detail.is_some(), "{tunnel:?}");
                }
                sessions.iter().any(|session| session.n_established > 1)
            })?;
            n_up.set(n_up.get() + u32::from(up));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    eprintln!("UP {}", n_up.get());
    assert!(n_up.get() > 0, "no session came back in any of the labs");
    check_memory();
}
