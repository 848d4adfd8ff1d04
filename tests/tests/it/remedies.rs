//! What is proposed where the obvious words would be wrong: the text says what the change does, and whose setting it is.

use sim_core::kernel::Keep;
use sim_core::lab::Session;
use sim_core::reason::Reason;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Check, View};

use crate::small_lab::blueprint;

#[track_caller]
fn settled(lab: &str) -> Session {
    let text = shipped_base(lab).expect("it ships");
    let mut session = Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins");
    session.advance(session.settled_at(), u64::MAX);
    session
}

/// The check of that name that fails in a lab.
#[track_caller]
fn failed(lab: &str, name: &str) -> Check {
    let checks = View::of(&settled(lab)).preflight().checks;
    let found = checks.into_iter().find(|it| it.name == name && !it.ok);
    found.unwrap_or_else(|| panic!("{lab}: {name} passes"))
}

#[track_caller]
fn fix(lab: &str, name: &str) -> String {
    failed(lab, name).fix.expect("something mends it")
}

#[test]
fn a_block_that_is_not_allowed_is_to_be_allowed_at_either_end_of_the_tunnel() {
    for tunnel in ["cgw-1/tunnel-1", "vpn-1/1"] {
        let check = failed("dx-private-vpn-block-not-allowed", &format!("tunnel {tunnel}"));
        assert_eq!(
            check.fix.as_deref(),
            Some("add 10.99.0.0/24 to the allowed prefixes of dx-attachment")
        );
        assert_eq!(
            check.changes,
            [r#"allowed_prefixes("dx-attachment", ["10.0.0.0/16", "10.99.0.0/24"])"#]
        );
    }
}

#[test]
fn site_link_is_turned_on_at_the_other_end() {
    let check = failed("dx-sitelink-one-side", "Frankfurt calls Ashburn");
    let fix = check.fix.unwrap_or_default();
    assert!(fix.starts_with("turn SiteLink on for vif-ashburn"), "{fix}");
    let overlay = r#"virtual_interfaces: {"vif-ashburn": (site_link: on)}"#;
    assert_eq!(check.overlay.as_deref(), Some(overlay));
}

#[test]
fn a_limit_of_awss_is_met_by_announcing_less() {
    for (lab, sessions, router) in [
        ("dx-too-many-prefixes", ["cgw-1/dx-1", "vif-1/cgw-1"], "cgw-1"),
        (
            "cloudhub-too-many-prefixes",
            ["berlin/vgw-1", "vpn-berlin/1/berlin"],
            "berlin",
        ),
    ] {
        for session in sessions {
            let check = failed(lab, &format!("BGP session {session}"));
            let fix = check.fix.unwrap_or_default();
            assert!(
                fix.starts_with(&format!("summarise what {router} announces")),
                "{fix}"
            );
            assert!(!fix.contains("max_prefix") && !fix.contains("reset"), "{fix}");
            let overlay = check.overlay.unwrap_or_default();
            assert!(
                overlay.starts_with(&format!("routers: {{\"{router}\": (announce: [")),
                "{overlay}"
            );
        }
    }
}

#[test]
fn a_static_route_is_not_widened_to_addresses_of_others() {
    let check = failed("dx-static-vpn-beats-it", "and come back by Direct Connect");
    let fix = check.fix.unwrap_or_default();
    assert!(
        fix.starts_with(
            "remove the static route 192.168.0.0/16 from main, and let the VPN connection route by BGP"
        ),
        "{fix}"
    );
    assert_eq!(
        check.changes,
        [r#"remove_transit_route("main", "192.168.0.0/16")"#]
    );
}

#[test]
fn sites_of_one_as_number_are_told_of_the_loop() {
    let check = failed("cloudhub-same-asn", "and Paris");
    assert_eq!(check.at.as_deref(), Some("router paris"));
    let rule = check.rule.unwrap_or_default();
    assert!(
        rule.starts_with("BGP AS loop: berlin finds its own AS 65001"),
        "{rule}"
    );
    assert!(fix("cloudhub-same-asn", "and Paris").starts_with("give paris an AS number of its own"));
}

#[test]
fn a_session_under_a_failover_test_waits_for_its_end() {
    let mut session = settled("dx-two-locations");
    let test = parse_change(r#"failover_test("vif-1", "1h")"#, session.blueprint()).expect("it can be said");
    session.apply(test).expect("it begins");
    session.advance(SimTime::at(Span::minutes(6)), u64::MAX);
    let sessions = View::of(&session).bgp_sessions();
    for name in ["cgw-1/dx-1", "vif-1/cgw-1"] {
        let found = sessions.iter().find(|it| it.name == name).expect("it is there");
        assert_eq!(found.reason, Some(Reason::BgpShutdown), "{found:?}");
        let fix = found.fix.as_deref().unwrap_or_default();
        assert!(
            fix.starts_with(r#"stop_failover_test("vif-1"), or wait"#),
            "{fix}"
        );
    }
}

/// Each row of what is modelled says where it is written down.
#[test]
fn each_part_that_is_modelled_names_its_source() {
    let page = include_str!("../../../docs/fidelity.md");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Part"));
    let mut n = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [part, _, _, _, source, module] = cells.as_slice() else {
            panic!("{row}")
        };
        assert!(!source.is_empty() && module.starts_with('`'), "{part}: {source}");
        n += 1;
    }
    assert!(n > 25, "{n} rows");
}
