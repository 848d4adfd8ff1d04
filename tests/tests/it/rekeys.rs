//! New keys interrupt nothing: neither packets nor what the lab says of ways that packets would take.

use sim_core::fault::Order;
use sim_core::lab::{Happening, Keep, Session};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::small_lab::{blueprint, run};

/// Whose end of the tunnel speaks what, with somebody to call behind either.
fn lab(cgw: &str, tgw: &str) -> String {
    format!(
        r#"Lab(schema: 1, base: "ipsec-bgp", name: "rekeys", title: "Rekeys", duration: "1d", expect: {{}},
            segments: {{"office": (prefix: "192.168.10.0/24"), "cloud": (prefix: "10.0.1.0/24")}},
            routers: {{
                "cgw-1": (segments: {{"office": ("192.168.10.1")}}, tunnels: {{"vpn-1": ({cgw})}}),
                "tgw": (segments: {{"cloud": ("10.0.1.1")}}, tunnels: {{"vpn-1": ({tgw})}}),
            }},
            hosts: {{
                "desk": (segment: "office", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(443)]),
                "app": (segment: "cloud", address: "10.0.1.10", gateway: "10.0.1.1", listens: [tcp(443)]),
            }},
            probes: {{
                "out": (from: "desk", to: "app", port: 443, every: "7s", after: "1m"),
                "in": (from: "app", to: "desk", port: 443, every: "7s", after: "1m"),
            }},
        )"#
    )
}

fn open(text: &str, keep: Keep) -> Session {
    Session::open(blueprint(text), Some(1), keep).expect("the lab begins")
}

/// How often keys of phase 2 took the place of others.
fn n_rekeyed(session: &Session) -> usize {
    let replaced = |what: &Happening| matches!(what, Happening::TunnelProtected { replaces: true, .. });
    session.records().filter(|record| replaced(&record.what)).count()
}

#[test]
fn a_day_of_rekeys_has_no_outage() {
    let labs = [
        lab("version: ikev1", "version: ikev1"),
        lab("version: ikev2", "version: ikev2"),
        // The side that is called asks for new keys first.
        lab(
            "version: ikev1, lifetimes: (\"8h\", \"1h\")",
            "version: ikev1, lifetimes: (\"8h\", \"20m\")",
        ),
        lab(
            "version: ikev2, lifetimes: (\"8h\", \"1h\")",
            "version: ikev2, lifetimes: (\"2h\", \"20m\")",
        ),
        r#"Lab(schema: 1, base: "vpn-one-router", name: "day", title: "A day", probes: {
            "the office calls the application": (every: "5m"), "the application calls the office": (every: "5m"),
        })"#
        .to_owned(),
    ];
    for text in labs {
        let mut session = open(&text, Keep::All);
        run(&mut session, SimTime::at(Span::hours(24)));
        // Both ends tell of each.
        assert!(n_rekeyed(&session) >= 2 * 20, "{}: {text}", n_rekeyed(&session));
        assert_eq!(View::of(&session).outages(), [], "{text}");
    }
}

#[test]
fn keys_that_are_not_replaced_are_an_outage() {
    // The two want different groups, which the first tunnel does not show and the first rekey does.
    let text = lab(
        "version: ikev2, esp: [\"aes256-sha256-modp3072\"]",
        "version: ikev2",
    );
    let mut session = open(&text, Keep::Nothing);
    run(&mut session, SimTime::at(Span::minutes(90)));
    let outages = session.outages();
    assert!(
        outages
            .iter()
            .any(|it| it.started_at > SimTime::at(Span::minutes(30))),
        "{outages:?}"
    );
}

/// The last message of a rekey is lost: until it is repeated the two ends disagree, and that is an outage.
#[test]
fn an_answer_that_is_lost_is_an_outage_until_it_is_repeated() {
    for version in ["ikev1", "ikev2"] {
        let both = format!("version: {version}");
        let mut session = open(&lab(&both, &both), Keep::All);
        // Whichever end has the new keys first: the other one's are on the far line for 10 ms at that instant.
        let mut at = SimTime::at(Span::minutes(1));
        while n_rekeyed(&session) == 0 {
            at = at + Span::millis(2);
            run(&mut session, at);
        }
        assert_eq!(n_rekeyed(&session), 1, "{version}");
        assert_eq!(session.outages(), [], "{version}");
        for link in ["near", "far"] {
            let order = Order {
                kind: "link_silent",
                target: link.to_owned(),
                amount: String::new(),
                lasts: Some(Span::millis(100)),
            };
            session.inject(order).expect("the line carries");
        }
        run(&mut session, at + Span::minutes(2));
        assert_eq!(n_rekeyed(&session), 2, "{version}: it was repeated");
        let longest = session
            .outages()
            .iter()
            .filter_map(|it| Some(it.ended_at?.since(it.started_at)))
            .max();
        assert!(
            longest > Some(Span::secs(1)),
            "{version}: {:?}",
            session.outages()
        );
        for outage in session.outages() {
            assert!(outage.root.is_some(), "{version}: {outage:?}");
            assert!(outage.ended_at.is_some(), "{version}: {outage:?}");
        }
    }
}
