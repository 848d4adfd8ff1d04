//! A data centre to which anything that can be done is done at any time.

use std::cell::Cell;

use sim_core::view::View;

use super::deeds::{Play, deeds_within, live_on};
use super::{check_memory, outlive, runner};

/// The shipped one, with senders hidden on the second line.
const SITE: &str = r#"Lab(
    schema: 1, name: "site", title: "A site", base: "data-centre", duration: "1h",
    routers: {"fw-2": (nat: [(to: "line-2", source: "192.168.10.0/24")])},
    expect: {
        "by name": reaches("app-1", "api.cloud.example", tcp(443)),
        "by address": reaches("api", "app-1", tcp(443)),
        "between segments": reaches("app-2", "db", tcp(5432)),
        "by ping": reaches("core-1", "fw-2"),
        "kept": cannot_reach("api", "db", tcp(5432), ROUTER_FIREWALL),
        "probed": answered("the application calls the cloud"),
        "short": outage_below("the application calls its database", "10s"),
        "gateway": gateway_active("servers/192.168.10.1", "core-1"),
    },
    EVENTS
)"#;

/// What can be done to it; a name in angle brackets is one of [`WORDS`].
const DEEDS: &[&str] = &[
    "segment_state(<segment>, <state>)",
    "segment_state(<segment>, up)",
    "segment_delay(<segment>, <span>)",
    "segment_rate(<segment>, <rate>)",
    "host_gateway(<server>, <gateway>)",
    "no_host_gateway(<host>)",
    "host_name_servers(<host>, [<name server>])",
    "host_power(<host>, <switch>)",
    "set_forwarder(host: \"dns\", domain: <domain>, targets: [<name server>])",
    "interface_state(<interface>, <state>)",
    "interface_state(<interface>, up)",
    "router_power(<router>, <switch>)",
    "router_power(<router>, on)",
    "igp_cost(<interface>, <cost>)",
    "link_state(<link>, <state>)",
    "link_state(<link>, up)",
    "link_passage(<link>, <end>, <passage>)",
    "add_router_rule(<firewall>, (action: <action>, protocol: <protocol>, source: <block>))",
    "add_router_rule(\"fw-1\", (from: \"line-1\", action: <action>, protocol: tcp, ports: <ports>))",
    "remove_router_rule(\"fw-1\", (to: \"line-1\", action: allow, protocol: tcp, ports: \"443\", source: \"192.168.10.0/24\"))",
    "set_static_route(<router>, (<block>, <via>))",
    "remove_static_route(<router>, <block>)",
    "session(\"tgw/fw-1\", <session deed>)",
];

const WORDS: &[(&str, &[&str])] = &[
    ("segment", &[r#""servers""#, r#""services""#, r#""cloud""#]),
    ("state", &["up", "down"]),
    ("switch", &["on", "off"]),
    (
        "span",
        &[r#""0s""#, r#""50us""#, r#""400ms""#, r#""5s""#, r#""100000d""#],
    ),
    ("rate", &[r#""1bps""#, r#""10Mbps""#, r#""400Gbps""#]),
    (
        "host",
        &[r#""app-1""#, r#""app-2""#, r#""dns""#, r#""db""#, r#""api""#],
    ),
    (
        "gateway",
        &[
            r#""192.168.10.1""#,
            r#""192.168.10.3""#,
            r#""192.168.10.22""#,
            r#""192.168.10.99""#,
        ],
    ),
    ("server", &[r#""app-1""#, r#""app-2""#]),
    (
        "name server",
        &[r#""192.168.20.53""#, r#""10.0.1.53""#, r#""192.168.20.99""#],
    ),
    ("domain", &[r#"".""#, r#""cloud.example""#, r#""dc.example""#]),
    (
        "interface",
        &[
            r#""core-1:servers""#,
            r#""core-2:servers""#,
            r#""core-2:services""#,
            r#""tgw:cloud""#,
            r#""core-1:core-1-fw-1""#,
            r#""fw-1:line-1""#,
        ],
    ),
    (
        "router",
        &[r#""core-1""#, r#""core-2""#, r#""fw-1""#, r#""fw-2""#, r#""tgw""#],
    ),
    ("firewall", &[r#""fw-1""#, r#""fw-2""#]),
    ("cost", &["1", "10", "65535"]),
    (
        "link",
        &[
            r#""core-1-core-2""#,
            r#""core-1-fw-1""#,
            r#""core-2-fw-2""#,
            r#""line-1""#,
            r#""line-2""#,
        ],
    ),
    ("end", &["a", "b"]),
    ("passage", &["open", "blocked"]),
    ("action", &["allow", "drop"]),
    ("protocol", &["any", "tcp", "udp", "icmp", "esp"]),
    ("ports", &[r#""443""#, r#""0-65535""#]),
    (
        "block",
        &[
            r#""0.0.0.0/0""#,
            r#""192.168.10.0/24""#,
            r#""192.168.20.53/32""#,
            r#""10.0.0.0/16""#,
        ],
    ),
    (
        "via",
        &[
            r#""172.16.0.6""#,
            r#""172.16.0.1""#,
            r#""192.168.10.21""#,
            r#""192.0.2.1""#,
            "discard",
        ],
    ),
    (
        "session deed",
        &["shutdown", "start", "reset", "soft_in", "soft_out"],
    ),
];

const SEGMENTS: Play = Play {
    lab: SITE,
    deeds: DEEDS,
    words: WORDS,
};

#[test]
fn every_deed_to_a_data_centre_can_be_written() {
    assert_eq!(SEGMENTS.complaints(), "");
}

#[test]
fn whatever_is_done_to_a_data_centre_it_goes_on() {
    let deeds = deeds_within(60);
    let n_elsewhere = Cell::new(0);
    runner(24)
        .run(&deeds, |deeds| {
            let text = SEGMENTS.with(&deeds);
            let elsewhere = outlive(move |trial| {
                let session = live_on(&text, trial);
                let gateways = View::of(&session).gateways();
                for row in &gateways {
                    assert_eq!(row.active.is_some(), row.since.is_some(), "{row:?}");
                    let active = row.active.as_ref();
                    assert!(active.is_none_or(|it| !row.backups.contains(it)), "{row:?}");
                }
                let active = gateways.iter().filter_map(|row| row.active.as_deref());
                active.into_iter().any(|it| it.starts_with("core-2:"))
            })?;
            n_elsewhere.set(n_elsewhere.get() + u32::from(elsewhere));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(n_elsewhere.get() > 0, "the backup was active in none of the labs");
    check_memory();
}
