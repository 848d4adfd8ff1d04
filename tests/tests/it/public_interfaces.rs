//! Public virtual interfaces: what they lead to, whom AWS lets in, and what becomes of AS paths.

use sim_core::lab::Session;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};

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
