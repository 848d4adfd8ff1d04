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

/// The lab with its VPC in another Region than the virtual interface, and with a community on what the customer announces.
fn lab_in(region: &str, tag: &str) -> String {
    let home = r#"regions: {"eu-central-1": (zones: ["eu-central-1a"])"#;
    let all = match region {
        "eu-central-1" => home.to_owned(),
        _ => format!(r#"{home}, "{region}": (zones: ["{region}a"])"#),
    };
    let expected = r#"route("internet", "198.51.100.128/25", "vif-public uplink")"#;
    let expected_there = match region {
        "eu-central-1" => expected.to_owned(),
        _ => expected
            .replace("uplink", &format!("to {region}"))
            .replace("internet", &format!("aws {region}")),
    };
    let plain = r#"[(match: (prefix: ["198.51.100.128/25"])), (action: deny)]"#;
    let tagged = format!(
        r#"[(match: (prefix: ["198.51.100.128/25"]), set: (community_add: ["{tag}", "65001:7"])), (action: deny)]"#
    );
    lab()
        .replace(home, &all)
        .replace(
            r#"            region: "eu-central-1","#,
            &format!(r#"            region: "{region}","#),
        )
        .replace(
            r#"(zone: "eu-central-1a", cidr"#,
            &format!(r#"(zone: "{region}a", cidr"#),
        )
        .replace(plain, &tagged)
        .replace(expected, &expected_there)
}

#[test]
fn aws_says_how_far_away_its_prefixes_are_and_takes_the_customers_communities_away() {
    for (region, network, tags) in [
        ("eu-central-1", "internet", &["7224:8100", "no-export"][..]),
        ("eu-west-1", "aws eu-west-1", &["7224:8200", "no-export"]),
        ("us-east-1", "aws us-east-1", &["no-export"]),
    ] {
        let session = at(&lab_in(region, "7224:9300"), T, &[]);
        assert_eq!(
            communities(&session, "cgw-1", "203.0.113.100/31"),
            tags,
            "{region}"
        );
        assert_eq!(
            communities(&session, network, "198.51.100.128/25"),
            ["no-export"],
            "{region}"
        );
    }
}

/// Of the same Region, of the same continent, or all: whose tunnel endpoints send to the customer over the line is the
/// customer's to say. The others send over the internet, where the customer's provider leads to the whole block.
#[test]
fn the_customer_says_how_far_its_prefix_is_known() {
    let regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    for (tag, by_line) in [
        ("7224:9100", [true, false, false]),
        ("7224:9200", [true, true, false]),
        ("7224:9300", [true, true, true]),
        ("7224:1", [true, true, true]),
    ] {
        for (region, by_line) in regions.into_iter().zip(by_line) {
            let session = at(&lab_in(region, tag), T, &[]);
            assert_eq!(ways(&session), (true, true, by_line), "{region} {tag}");
        }
    }
}

/// A prefix that is known to nobody else is not reached from Regions that are not to know it.
#[test]
fn without_another_line_no_tunnel_comes_up_from_beyond() {
    let no_provider = |tag: &str| {
        let text = lab_in("us-east-1", tag).replace(r#"("198.51.100.0/24", "198.51.100.1")"#, "");
        let session = at(&text, T, &[]);
        established(&session, "cgw-1/vgw-1")
    };
    assert!(!no_provider("7224:9200"));
    assert!(no_provider("7224:9300"));
}
