//! Public virtual interfaces: what they lead to, whom AWS lets in, and what becomes of AS paths.

use sim_core::lab::Session;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::on_premises::{at, way};
use crate::private_gateways::{established, path_to};
use crate::small_lab::run;

const T: Span = Span::minutes(5);

fn lab() -> String {
    shipped_base("dx-public-vpn").expect("it ships").into_owned()
}

/// Whether the server reaches the VPC's host and is answered, and the ways that the two directions take.
fn ways(session: &Session) -> (bool, bool, bool) {
    let text = way(session, "server", "app", None);
    let (there, back) = text.split_once(" | ").unwrap_or((text.as_str(), ""));
    let by_line = |part: &str| part.contains(" vif-public ");
    (text.ends_with(" server"), by_line(there), by_line(back))
}

#[test]
fn tunnels_run_over_the_line_and_over_the_internet_when_it_fails() {
    let mut session = at(&lab(), T, &[]);
    assert_eq!(ways(&session), (true, true, true));
    // AWS's own prefixes come with a path of three, and go no further.
    assert_eq!(
        path_to(&session, "cgw-1", "203.0.113.100/31").as_deref(),
        Some("7224 7224 7224")
    );
    let lever = parse_change("link_state(\"dx-1\", down)", session.blueprint()).expect("a change");
    session.apply(lever).expect("it can be made");
    run(&mut session, SimTime::at(Span::minutes(8)));
    assert_eq!(ways(&session), (true, false, false));
    assert!(established(&session, "cgw-1/vgw-1"));
}

#[test]
fn no_private_address_is_reached_outside_of_the_tunnels() {
    let text = lab().replace(
        "announce: [\"192.168.0.0/16\", \"198.51.100.128/25\"],",
        "announce: [\"192.168.0.0/16\", \"198.51.100.128/25\"], static_routes: [(\"10.0.0.0/16\", \"198.51.100.253\")],",
    );
    // A static route into the line, trusted more than BGP in the tunnel.
    let session = at(&text, T, &[]);
    let text = way(&session, "server", "app", None);
    assert!(text.contains("GATEWAY_REJECTS_SPOOFED_TRAFFIC"), "{text}");
}

#[test]
fn only_what_the_customer_owns_is_taken_and_let_in() {
    // Everything is announced; the private prefix is not taken.
    let text = lab().replace("remote_as: 7224, export: \"public\"", "remote_as: 7224");
    let session = at(&text, T, &[]);
    assert_eq!(path_to(&session, "internet", "192.168.0.0/16"), None);
    assert!(path_to(&session, "internet", "198.51.100.128/25").is_some());
    // Tunnels that begin at the address of another line are dropped at the edge.
    let text = lab()
        .replace(
            "address: \"198.51.100.129\", asn",
            "address: \"198.51.100.1\", asn",
        )
        .replace("from: \"198.51.100.129\"", "from: \"isp-a\"");
    let session = at(&text, T, &[]);
    assert!(!established(&session, "cgw-1/vgw-1"));
}

#[test]
fn a_private_as_number_and_its_prepends_are_gone_inside_aws() {
    let prepended = |asn: &str| {
        let rule = "[(match: (prefix: [\"198.51.100.128/25\"])), (action: deny)]";
        let more = "[(match: (prefix: [\"198.51.100.128/25\"]), set: (prepend: 3)), (action: deny)]";
        let session = at(&lab().replace(rule, more).replace("65001", asn), T, &[]);
        path_to(&session, "internet", "198.51.100.128/25")
    };
    assert_eq!(prepended("65001").as_deref(), Some("7224"));
    // A public one stays, and so does what it prepends.
    assert_eq!(prepended("3320").as_deref(), Some("7224 3320 3320 3320 3320"));
}

/// The communities of the path to a prefix that a router uses.
fn communities(session: &Session, router: &str, prefix: &str) -> Vec<String> {
    let rib = View::of(session)
        .rib(router, prefix.parse().ok())
        .expect("it speaks BGP");
    let paths = rib.prefixes.into_iter().flat_map(|it| it.paths);
    let best = paths.into_iter().find(|it| it.best);
    best.expect("there is a path").communities
}

#[test]
fn aws_says_how_far_away_its_prefixes_are_and_takes_the_customers_communities_away() {
    for (region, tags) in [
        ("eu-central-1", &["7224:8100", "no-export"][..]),
        ("eu-west-1", &["7224:8200", "no-export"]),
        ("us-east-1", &["no-export"]),
    ] {
        let zone = format!("{region}a");
        let text = lab()
            .replace(
                r#"regions: {"eu-central-1": (zones: ["eu-central-1a"])}"#,
                &format!(r#"regions: {{"eu-central-1": (zones: ["eu-central-1a"]), "{region}": (zones: ["{zone}"])}}"#),
            )
            .replace(
                r#"(zones: ["eu-central-1a"]), "eu-central-1": (zones: ["eu-central-1a"])"#,
                r#"(zones: ["eu-central-1a"])"#,
            )
            .replace(r#"            region: "eu-central-1","#, &format!(r#"            region: "{region}","#))
            .replace(r#"(zone: "eu-central-1a", cidr"#, &format!(r#"(zone: "{zone}", cidr"#))
            .replace(
                r#"[(match: (prefix: ["198.51.100.128/25"])), (action: deny)]"#,
                r#"[(match: (prefix: ["198.51.100.128/25"]), set: (community_add: ["7224:9100", "65001:7"])), (action: deny)]"#,
            );
        let session = at(&text, T, &[]);
        assert_eq!(
            communities(&session, "cgw-1", "203.0.113.100/31"),
            tags,
            "{region}"
        );
        assert_eq!(
            communities(&session, "internet", "198.51.100.128/25"),
            ["no-export"]
        );
    }
}
