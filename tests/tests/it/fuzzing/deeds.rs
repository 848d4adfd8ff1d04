//! A lab to which anything that can be done is done at any time.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::Index;
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, shipped_base};
use sim_core::view::View;

use super::{Trial, check_memory, look, outlive, runner};

/// A lab that has one of everything, with three servers.
pub(super) const EVERYTHING: &str = r#"Lab(
    schema: 1, name: "everything", title: "One of everything", base: "region-to-region", duration: "3d",
    vpcs: {
        "target": (network_acls: {"staging-acl": (
            ingress: [(number: 100, action: allow, protocol: any, from: "0.0.0.0/0")],
            egress: [(number: 100, action: allow, protocol: any, to: "0.0.0.0/0")],
        )}),
        "admin": (internet_gateway: "igw", nat_gateways: {"nat": (subnet: "admin-private", public_address: "192.0.2.200")}),
    },
    hosted_zones: {"corp.example": (vpcs: ["target"], records: {"a.corp.example": ["10.0.1.99"]})},
    hosts: {"dns": (subnet: "source-private", name_server: (forwards: {"corp.example": ["10.0.1.53"]}))},
    migration: (
        keys: {"staging-key": (policy: allows_grants)},
        servers: [(
            name: "app-{n}", count: 3, host: (subnet: "source-private"),
            disks: [(device: "/dev/sda", size: "8GiB")],
            writes: bursts((base: "1Mbps", burst: "80Mbps", every: "2h", lasts: "10m")),
        )],
        applications: {"app": "app-*"}, waves: {"wave-1": ["app"]},
    ),
    expect: {"no stall": no_stall(all), "little lag": lag_below(all, "10m")},
    EVENTS
)"#;

/// What can be done to it; a name in angle brackets is one of [`WORDS`].
const DEEDS: &[&str] = &[
    "<command>(<selection>)",
    "<command>(<selection>)",
    "<command>(<selection>)",
    "peering_state(<peering>, <peering state>)",
    "peering_delay(<peering>, <span>)",
    "peering_rate(<peering>, <rate>)",
    "peering_loss(<peering>, <share>)",
    "add_route((table: <table>, destination: <block>, target: <target>))",
    "remove_route(<table>, <block>)",
    "add_ingress_rule(<group>, (protocol: tcp, ports: <ports>, from: <block>))",
    "remove_ingress_rule(<group>, (protocol: tcp, ports: <ports>, from: <block>))",
    "add_egress_rule(<group>, (protocol: any, to: <block>))",
    "remove_egress_rule(<group>, (protocol: any, to: \"0.0.0.0/0\"))",
    "set_acl_ingress_rule(\"staging-acl\", (number: <number>, action: <action>, protocol: tcp, ports: <ports>, from: <block>))",
    "set_acl_egress_rule(\"staging-acl\", (number: <number>, action: <action>, protocol: any, to: <block>))",
    "remove_acl_ingress_rule(\"staging-acl\", <number>)",
    "enable_dns_support(<vpc>, <truth>)",
    "enable_dns_hostnames(<vpc>, <truth>)",
    "name_servers(<vpc>, [<address>])",
    "tls_inspection(<vpc>, (exempt: []))",
    "no_tls_inspection(<vpc>)",
    "subnet_route_table(\"staging\", <table>)",
    "subnet_network_acl(\"staging\", \"staging-acl\")",
    "interface_endpoint(<endpoint>, <endpoint state>)",
    "interface_endpoint_policy(<endpoint>, [(effect: <effect>, principals: [\"*\"], actions: [\"*\"], resources: [\"*\"])])",
    "private_dns(<endpoint>, <switch>)",
    "endpoint_security_groups(<endpoint>, [<target group>])",
    "gateway_endpoint(\"s3-gateway\", <endpoint state>)",
    "associate_gateway_endpoint(\"s3-gateway\", <target table>)",
    "disassociate_gateway_endpoint(\"s3-gateway\", <target table>)",
    "host_power(<host>, <power>)",
    "host_reboot(<host>)",
    "host_crash(<host>)",
    "host_new_mac(<host>)",
    "host_clock(<host>, ahead(<span>))",
    "host_trust(<host>, outdated)",
    "host_rate(<host>, <rate>)",
    "add_firewall_rule(<host>, (direction: <direction>, action: drop, protocol: tcp, ports: <ports>))",
    "remove_firewall_rule(<host>, (direction: <direction>, action: drop, protocol: tcp, ports: <ports>))",
    "data_routing(<routing>)",
    "throttle(<rate>)",
    "no_throttle",
    "server_sharing(<sharing>)",
    "replication_instance_type(\"m5.large\")",
    "staging_encryption(CUSTOM(\"staging-key\"))",
    "key_policy(\"staging-key\", denies_grants)",
    "replication_group_policy(listed_only)",
    "staging_subnet(<target subnet>)",
    "replace_every(<period>)",
    "initialisation(<initialisation>)",
    "quotas((active_servers: <number>, instances: <number>, snapshots: <number>, concurrent_jobs: <number>))",
    "deny_action(<action name>)",
    "allow_action(<action name>)",
    "server_launch(<server>, (subnet: <target subnet>, copy_private_ip: <truth>))",
    "server_writes(<server>, constant(<rate>))",
    "server_writes(<server>, bursts((base: \"1Mbps\", burst: <rate>, every: \"1h\", lasts: \"7m\")))",
];

const WORDS: &[(&str, &[&str])] = &[
    (
        "command",
        &[
            "install_agent",
            "install_agent",
            "start_test",
            "revert_to_ready_for_test",
            "mark_ready_for_cutover",
            "start_cutover",
            "revert_to_ready_for_cutover",
            "finalize_cutover",
            "terminate_target_instances",
            "pause_replication",
            "resume_replication",
            "stop_replication",
            "start_replication",
            "retry_data_replication",
            "disconnect_from_service",
            "mark_as_archived",
        ],
    ),
    (
        "selection",
        &["all", "\"app-1\"", "[\"app-2\", \"app-3\"]", "wave(\"wave-1\")"],
    ),
    ("server", &["\"app-1\"", "\"app-2\"", "\"app-3\""]),
    (
        "host",
        &[
            "\"app-1\"",
            "\"app-2\"",
            "\"app-3\"",
            "\"admin-workstation\"",
            "\"dns\"",
        ],
    ),
    (
        "peering state",
        &["pending_acceptance", "active", "deleted", "failed"],
    ),
    (
        "peering",
        &["\"source-target\"", "\"source-target\"", "\"source-admin\""],
    ),
    (
        "span",
        &["\"1ns\"", "\"25ms\"", "\"40s\"", "\"7m\"", "\"1d\"", "\"200d\""],
    ),
    ("period", &["\"1h\"", "\"1d\"", "\"14d\""]),
    (
        "rate",
        &["\"1bps\"", "\"56kbps\"", "\"20Mbps\"", "\"1Gbps\"", "\"400Tbps\""],
    ),
    ("share", &["\"0%\"", "\"0.01%\"", "\"20%\"", "\"100%\""]),
    ("target table", &["\"staging\"", "\"target-private\""]),
    (
        "table",
        &[
            "\"staging\"",
            "\"target-private\"",
            "\"source-private\"",
            "\"admin-private\"",
        ],
    ),
    (
        "block",
        &[
            "\"192.168.0.0/16\"",
            "\"192.168.1.0/24\"",
            "\"10.0.0.0/16\"",
            "\"10.0.1.0/24\"",
            "\"0.0.0.0/0\"",
        ],
    ),
    ("address", &["\"192.168.1.4\"", "\"10.0.1.53\"", "\"8.8.8.8\""]),
    ("target subnet", &["\"staging\"", "\"target-private\""]),
    ("target group", &["\"mgn-endpoint-sg\"", "\"target-server-sg\""]),
    (
        "target",
        &[
            "peering(\"source-target\")",
            "interface(\"app-1\")",
            "internet_gateway(\"igw\")",
            "nat_gateway(\"nat\")",
            "blackhole",
        ],
    ),
    (
        "group",
        &[
            "\"source-server-sg\"",
            "\"mgn-endpoint-sg\"",
            "\"s3-endpoint-sg\"",
            "\"ec2-endpoint-sg\"",
        ],
    ),
    ("ports", &["\"443\"", "\"1500\"", "\"0-65535\"", "\"1024-65535\""]),
    ("number", &["0", "1", "90", "100"]),
    (
        "action name",
        &[
            "\"ec2:RunInstances\"",
            "\"ec2:CreateSnapshot\"",
            "\"ec2:CreateSecurityGroup\"",
        ],
    ),
    ("action", &["allow", "deny"]),
    ("vpc", &["\"source\"", "\"target\"", "\"admin\""]),
    ("truth", &["true", "false"]),
    ("endpoint state", &["available", "deleted"]),
    (
        "endpoint",
        &["\"mgn-endpoint\"", "\"s3-endpoint\"", "\"ec2-endpoint\""],
    ),
    ("effect", &["allow", "deny"]),
    ("switch", &["on", "off"]),
    ("power", &["on", "off"]),
    ("direction", &["ingress", "egress"]),
    ("routing", &["PRIVATE_IP", "PUBLIC_IP"]),
    ("sharing", &["shared", "dedicated"]),
    ("initialisation", &["done", "missing"]),
];

const MIGRATION: Play = Play {
    lab: EVERYTHING,
    deeds: DEEDS,
    words: WORDS,
};

/// Something that is done: at a minute, which of a [`Play`]'s deeds, and with which words.
type Deed = (u16, Index, Vec<Index>);

/// Up to forty deeds within so many minutes.
pub(super) fn deeds_within(minutes: u16) -> impl Strategy<Value = Vec<Deed>> {
    let deed = (
        0..minutes,
        any::<Index>(),
        prop::collection::vec(any::<Index>(), 1..5),
    );
    prop::collection::vec(deed, 1..40)
}

/// A lab with `EVENTS` where its events go, and what can be done in it.
pub(super) struct Play {
    pub(super) lab: &'static str,
    /// Changes, with the name of a list of words in angle brackets where a word goes.
    pub(super) deeds: &'static [&'static str],
    pub(super) words: &'static [(&'static str, &'static [&'static str])],
}

impl Play {
    /// The lab to which all this is done.
    pub(super) fn with(&self, deeds: &[Deed]) -> String {
        let events = deeds.iter().map(|(minute, which, words)| {
            let mut words = words.iter().cycle();
            let deed = self.deeds[which.index(self.deeds.len())];
            let change = self.spell(deed, |all| all[words.next().map_or(0, |at| at.index(all.len()))]);
            format!("(at: \"{minute}m\", change: {change})")
        });
        self.with_events(&events.collect::<Vec<_>>())
    }

    /// What is wrong with any deed, written with any of its words.
    pub(super) fn complaints(&self) -> String {
        let most_words = self.words.iter().map(|(_, words)| words.len()).max();
        let mut complaints = Vec::new();
        for choice in 0..most_words.unwrap_or(0) {
            let events = self.deeds.iter().map(|deed| {
                let change = self.spell(deed, |all| all[choice % all.len()]);
                format!("(at: \"30m\", change: {change})")
            });
            let lab = self.with_events(&events.collect::<Vec<_>>());
            let diagnostics = load(&lab, "fuzz", &shipped_base).err().unwrap_or_default();
            complaints.extend(diagnostics.iter().map(ToString::to_string));
        }
        complaints.join("\n")
    }

    fn with_events(&self, events: &[String]) -> String {
        self.lab
            .replace("EVENTS", &format!("events: [{}]", events.join(",\n")))
    }

    fn spell<'w>(&'w self, deed: &str, mut word: impl FnMut(&'w [&'w str]) -> &'w str) -> String {
        let mut text = deed.to_owned();
        while let Some((before, rest)) = text.split_once('<') {
            let (name, after) = rest.split_once('>').expect("a closing bracket");
            let (_, all) = self
                .words
                .iter()
                .find(|(of, _)| *of == name)
                .expect("words of that name");
            text = format!("{before}{}{after}", word(all));
        }
        text
    }
}

/// The lab of this text after it ran for a while, looked at time and again.
pub(super) fn live_on(text: &str, trial: &Trial) -> Session {
    let blueprint = trial.load(text).expect("each deed can be written");
    let mut session = Session::open(blueprint, Some(1), Keep::Last(200)).expect("nothing is laid over");
    let mut again = session.clone();
    let end = session.ends_at();
    for _ in 0..6 {
        session.advance(end, 2_000);
        look(&session);
    }
    again.advance(end, 6 * 2_000);
    assert_eq!(
        session.trace_hash(),
        again.trace_hash(),
        "slices and looking change nothing"
    );
    session
}

#[test]
fn every_deed_can_be_written() {
    assert_eq!(MIGRATION.complaints(), "");
}

#[test]
fn whatever_is_done_to_a_lab_it_goes_on() {
    // The base's runbook goes on beside it, so that there is a migration to disturb.
    let deeds = deeds_within(3 * 24 * 60);
    let n_moved = Cell::new(0);
    runner(16)
        .run(&deeds, |deeds| {
            let text = MIGRATION.with(&deeds);
            let moved = outlive(move |trial| {
                let session = live_on(&text, trial);
                let servers = View::of(&session).servers();
                for server in &servers {
                    assert!(
                        server.replicated <= server.disks && server.backlog <= server.disks,
                        "{server:?}"
                    );
                }
                servers.iter().any(|server| server.initial_sync_done_at.is_some())
            })?;
            n_moved.set(n_moved.get() + u32::from(moved));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(n_moved.get() > 0, "no data moved in any of the labs");
    check_memory();
}
