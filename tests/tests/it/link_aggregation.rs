//! Link aggregation groups of Direct Connect: what one member less means, and when the whole group goes.

use std::collections::BTreeSet;

use sim_core::lab::Session;
use sim_core::scenario::shipped_base;
use sim_core::units::Span;
use sim_core::view::View;

use crate::on_premises::{at, way};
use crate::private_gateways::established;

const T: Span = Span::minutes(5);

/// The lab with two connections and VPN behind them, the first connection being a group of two.
pub(crate) fn lab(min_links: &str) -> String {
    let text = shipped_base("dx-vpn-backup").expect("it ships").into_owned();
    text.replace(
        "\"dx-primary\": (device: \"EqFR5-1\", router: \"cgw-1\", rate: \"1Gbps\", delay: \"3ms\"),",
        "\"dx-1\": (device: \"EqFR5-1\", router: \"cgw-1\", rate: \"1Gbps\", delay: \"3ms\"),
         \"dx-2\": (device: \"EqFR5-1\", router: \"cgw-1\", rate: \"1Gbps\", delay: \"3ms\"),",
    )
    .replace(
        "    virtual_interfaces: {",
        &format!(
            "    direct_connect_lags: {{\"dx-primary\": (connections: [\"dx-1\", \"dx-2\"]{min_links})}},
    virtual_interfaces: {{"
        ),
    )
}

/// Whether the first connection's session stands, and packets to the data centre go by it.
fn goes_by_the_group(session: &Session) -> (bool, bool) {
    let text = way(session, "app", "192.168.255.1", None);
    (established(session, "cgw-1/dx-1"), text.contains(" vif-primary "))
}

#[test]
fn a_group_works_as_long_as_one_member_does() {
    let session = at(&lab(""), T, &[]);
    assert_eq!(goes_by_the_group(&session), (true, true));
    let session = at(&lab(""), T, &["link_state(\"dx-1\", down)"]);
    assert_eq!(goes_by_the_group(&session), (true, true));
    let both = ["link_state(\"dx-1\", down)", "link_state(\"dx-2\", down)"];
    let session = at(&lab(""), T, &both);
    assert_eq!(goes_by_the_group(&session), (false, false));
    let both = ["link_state(\"dx-1\", down)", "link_state(\"dx-1\", up)"];
    let session = at(&lab(""), T, &both);
    assert_eq!(goes_by_the_group(&session), (true, true));
}

#[test]
fn below_min_links_the_whole_group_is_down() {
    let text = lab(", min_links: 2");
    let session = at(&text, T, &[]);
    assert_eq!(goes_by_the_group(&session), (true, true));
    let session = at(&text, T, &["link_state(\"dx-2\", down)"]);
    assert_eq!(goes_by_the_group(&session), (false, false));
    // The device that they share takes them all.
    let session = at(&lab(""), T, &["router_power(\"EqFR5-1\", off)"]);
    assert_eq!(goes_by_the_group(&session), (false, false));
}

#[test]
fn flows_are_spread_over_the_members_and_each_keeps_to_one() {
    // A member that loses everything in silence takes its flows with it, and no others.
    let session = at(&lab(""), T, &["link_passage(\"dx-1\", b, blocked)"]);
    let outcome = |port: u16| {
        let words = sim_core::view::PathWords {
            from: "app",
            to: "192.168.255.1",
            proto: Some(sim_core::net::Protocol::Tcp),
            port: Some(port),
            size: None,
        };
        let report = View::of(&session).path(&words).expect("both ends are known");
        report.reason.map(|reason| reason.code())
    };
    let seen: BTreeSet<Option<&str>> = (1..64).map(outcome).collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.contains(&Some("LINK_BLACKHOLE")));
}
