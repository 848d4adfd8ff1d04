//! Tunnels that do not come up, and what is said of them; tunnels that wait for a packet.

use sim_core::lab::{Happening, Keep, Session};
use sim_core::reason::Reason;
use sim_core::resource::ResourceRef;
use sim_core::units::{SimTime, Span};
use sim_core::view::{Tunnel, View};

use crate::small_lab::{BUDGET, blueprint};

/// The shipped pair of gateways, with something of theirs otherwise.
fn pair(rest: &str) -> Session {
    let text = format!("Lab(schema: 1, base: \"ipsec-bgp\", name: \"pair\", title: \"A pair\", {rest})");
    Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins")
}

/// The tunnel as the customer's gateway sees it at an instant.
fn seen(session: &mut Session, at: Span) -> Tunnel {
    session.advance(SimTime::at(at), BUDGET);
    let mut all = View::of(session).tunnels();
    all.remove(0)
}

#[track_caller]
fn told(rest: &str, at: Span, reason: Reason, fix: &str) {
    let tunnel = seen(&mut pair(rest), at);
    assert_eq!(tunnel.reason, Some(reason), "{tunnel:?}");
    assert_eq!(tunnel.fix.as_deref(), Some(fix));
}

#[test]
fn who_is_refused_or_not_answered_learns_why_from_the_other_end() {
    let early = Span::minutes(5);
    told(
        r#"routers: {"cgw-1": (tunnels: {"vpn-1": (version: ikev1)}), "tgw": (tunnels: {"vpn-1": (version: ikev2)})}"#,
        early,
        Reason::IkeVersion,
        "let version of tgw/vpn-1 be ikev1, or version of cgw-1/vpn-1 be ikev2",
    );
    told(
        r#"routers: {"cgw-1": (tunnels: {"vpn-1": (version: ikev2)}), "tgw": (tunnels: {"vpn-1": (version: ikev1)})}"#,
        early,
        Reason::IkeVersion,
        "let version of tgw/vpn-1 be ikev2, or version of cgw-1/vpn-1 be ikev1",
    );
    // In main mode a key that differs shows as a message that cannot be opened, and nobody answers it.
    told(
        r#"routers: {"cgw-1": (tunnels: {"vpn-1": (version: ikev1, key: "another.key")})}"#,
        early,
        Reason::IkeAuthentication,
        "set the same key in cgw-1/vpn-1 and tgw/vpn-1",
    );
    told(
        r#"events: [(at: "0s", change: ike_process("tgw", crash))]"#,
        early,
        Reason::IkeProcessDown,
        r#"ike_process("tgw", start)"#,
    );
    told(
        r#"events: [(at: "1m", change: ike_process("cgw-1", crash))]"#,
        early,
        Reason::IkeProcessDown,
        r#"ike_process("cgw-1", start)"#,
    );
    // Perfect forward secrecy that one end lacks shows an hour later.
    told(
        r#"routers: {"cgw-1": (tunnels: {"vpn-1": (esp: ["aes256-sha256"])})}"#,
        Span::hours(2),
        Reason::IkeNoProposal,
        "let esp of tgw/vpn-1 have no DH group, or esp of cgw-1/vpn-1 have modp2048",
    );
}

#[test]
fn a_process_that_was_killed_answers_nobody_until_it_is_started() {
    let crash =
        r#"(at: "1m", change: ike_process("tgw", crash)), (at: "10m", change: ike_process("tgw", start))"#;
    let mut session = pair(&format!("events: [{crash}]"));
    assert!(seen(&mut session, Span::secs(59)).reason.is_none());
    let reason = seen(&mut session, Span::minutes(9)).reason;
    assert_eq!(reason, Some(Reason::IkeProcessDown));
    assert!(seen(&mut session, Span::minutes(15)).reason.is_none());
}

/// Neither end calls; the first packet of BGP's has the tunnel negotiated.
#[test]
fn a_tunnel_with_a_trap_comes_up_by_the_first_packet() {
    let trap = r#"routers: {"cgw-1": (tunnels: {"vpn-1": (start: trap)})}"#;
    let mut session = pair(trap);
    let tunnel = seen(&mut session, Span::minutes(2));
    assert!(tunnel.reason.is_none(), "{tunnel:?}");
    assert!(session.expectations().iter().all(|it| it.holds));
}

/// A peer that dies leaves a trap behind, and traffic brings the tunnel back when the peer can be reached again.
#[test]
fn dead_peer_detection_can_leave_a_trap_behind() {
    let broken = |action: &str| {
        let dpd = format!("dpd: (delay: \"10s\", timeout: \"30s\", action: {action})");
        pair(&format!(
            r#"routers: {{"cgw-1": (tunnels: {{"vpn-1": ({dpd})}})}},
               events: [(at: "5m", change: link_passage("far", a, blocked)), (at: "5m", change: link_passage("far", b, blocked)),
                        (at: "20m", change: link_passage("far", a, open)), (at: "20m", change: link_passage("far", b, open))]"#
        ))
    };
    for (action, comes_back) in [("trap", true), ("clear", false)] {
        let mut session = broken(action);
        assert!(seen(&mut session, Span::minutes(4)).reason.is_none());
        assert!(seen(&mut session, Span::minutes(19)).reason.is_some());
        let reason = seen(&mut session, Span::minutes(40)).reason;
        assert_eq!(reason.is_none(), comes_back, "{action}: {reason:?}");
    }
}

/// Gateways that agree on less than everything, on nothing, and on what BGP's own packets are not among.
#[test]
fn selectors_are_narrowed_refused_and_kept_to() {
    let both = |cgw: &str, tgw: &str| {
        pair(&format!(
            r#"routers: {{"cgw-1": (tunnels: {{"vpn-1": ({cgw})}}), "tgw": (tunnels: {{"vpn-1": ({tgw})}})}}"#
        ))
    };
    let early = Span::minutes(5);
    // The other end protects everything, so what this one asks for is what both have.
    let wide = r#"local_selectors: ["192.168.0.0/16", "169.254.10.2"], remote_selectors: ["10.0.0.0/16", "169.254.10.1"]"#;
    let mut session = both(wide, "");
    assert!(seen(&mut session, early).reason.is_none());
    assert!(session.expectations().iter().all(|it| it.holds));
    // Phase 2 has nothing in common.
    let mut session = both(
        r#"remote_selectors: ["10.0.0.0/16"]"#,
        r#"local_selectors: ["10.9.0.0/16"]"#,
    );
    assert_eq!(seen(&mut session, early).reason, Some(Reason::IkeSelectors));
    // The tunnel is up, and BGP's packets are not let in.
    let narrow = r#"local_selectors: ["192.168.0.0/16"], remote_selectors: ["10.0.0.0/16"]"#;
    let mut session = both(narrow, "");
    assert!(seen(&mut session, early).reason.is_none());
    let bgp = View::of(&session).bgp_sessions().remove(0);
    assert_eq!(bgp.reason, Some(Reason::TunnelSelectors), "{bgp:?}");
}

/// A gateway that restarts before it is missed says that it knows of no other SA: the old one is replaced, not lost.
#[test]
fn a_gateway_that_begins_anew_leaves_nothing_to_complain_of() {
    for version in ["ikev2", "ikev1"] {
        let mut session = pair(&format!(
            r#"routers: {{"cgw-1": (tunnels: {{"vpn-1": (version: {version})}}), "tgw": (tunnels: {{"vpn-1": (version: {version})}})}},
               events: [(at: "10m", change: ike_process("cgw-1", crash)), (at: "10m5s", change: ike_process("cgw-1", start))]"#
        ));
        assert!(seen(&mut session, Span::minutes(25)).reason.is_none());
        let far = View::of(&session).tunnels().remove(1);
        assert_eq!(
            (far.reason, far.health),
            (None, sim_core::view::Health::Good),
            "{version}"
        );
    }
}

/// What speaks between inside addresses belongs in the tunnel: without a security association it goes nowhere, though there is
/// a default route.
#[test]
fn what_belongs_in_a_tunnel_never_leaves_in_clear() {
    for hops in ["", "multihop: 2, "] {
        let neighbor = |name: &str| format!("neighbors: {{\"{name}\": ({hops}fast_failover: false)}}");
        let text = format!(
            r#"Lab(schema: 1, base: "ipsec-bgp", name: "pair", title: "A pair",
                routers: {{"cgw-1": ({}), "tgw": ({})}},
                events: [(at: "5m", change: tunnel("tgw/vpn-1", down))])"#,
            neighbor("tgw"),
            neighbor("cgw-1"),
        );
        let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(20)), BUDGET);
        let mut dropped = Vec::new();
        for record in session.records() {
            if let Happening::Dropped { packet, refusal } = &record.what
                && packet.source.octets()[..2] == [169, 254]
            {
                assert_eq!(refusal.reason, Reason::TunnelUnprotected, "{refusal:?}");
                assert!(matches!(refusal.at, ResourceRef::Tunnel(_)), "{refusal:?}");
                dropped.push(record.at);
            }
        }
        assert!(
            dropped
                .first()
                .is_some_and(|at| *at > SimTime::at(Span::minutes(5)))
        );
    }
}

/// 1 s, 1.5 s, 2.25 s and 3.375 s.
#[test]
fn a_gateway_gives_up_after_the_repetitions_that_it_is_told_of() {
    let text = r#"Lab(schema: 1, base: "ipsec-bgp", name: "short", title: "Short",
        links: {"far": (state: down)},
        routers: {"cgw-1": (tunnels: {"vpn-1": (tries: once, retransmission: (timeout: "1s", base: 150, tries: 3))})})"#;
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    let over = session.records().find_map(|record| match &record.what {
        Happening::Ike(notice) => format!("{notice:?}").contains("IkeDown").then_some(record.at),
        _ => None,
    });
    assert_eq!(over, Some(SimTime::at(Span::millis(8_125))));
}

/// AWS's ends are their outer addresses; a gateway of the customer's without a name takes the one that it is called by.
#[test]
fn an_end_of_aws_goes_by_no_name() {
    let seen = |base: &str, remote: &str| {
        let text = format!(
            r#"Lab(schema: 1, base: "{base}", name: "n", title: "N", routers: {{"cgw-1": (tunnels: {{"{remote}": (remote_id: "vgw.example.org")}})}})"#
        );
        let mut session = Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(2)), BUDGET);
        let name = format!("cgw-1/{remote}");
        let mut all = View::of(&session).tunnels().into_iter();
        all.find(|tunnel| tunnel.name == name)
            .expect("it is there")
            .reason
    };
    assert_eq!(seen("ipsec-bgp", "vpn-1"), None);
    assert_eq!(seen("vpn-two-tunnels", "tunnel-1"), Some(Reason::IkeIdentity));
}

#[test]
fn every_proposal_of_both_sides_is_told_where_there_are_several() {
    let text = r#"routers: {"cgw-1": (tunnels: {"vpn-1": (ike: ["aes256-sha256-modp2048", "aes128-sha1-modp1024"])}),
        "tgw": (tunnels: {"vpn-1": (ike: ["aes256-sha512-ecp384"])})}"#;
    let detail = seen(&mut pair(text), Span::minutes(2))
        .detail
        .expect("it is told");
    for part in [
        "aes256-prfsha256-sha256-modp2048",
        "aes128-prfsha1-sha1-modp1024",
        "takes aes256-prfsha512-sha512-ecp384",
    ] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
}

/// The way is whole again and nobody calls: what helps is to call, not to look at the way.
#[test]
fn who_calls_once_is_told_to_call_again() {
    let text = r#"links: {"far": (state: down)}, routers: {"cgw-1": (tunnels: {"vpn-1": (tries: once)})},
        events: [(at: "10m", change: link_state("far", up))]"#;
    let tunnel = seen(&mut pair(text), Span::minutes(15));
    assert_eq!(tunnel.reason, Some(Reason::IkePeerSilent), "{tunnel:?}");
    let fix = r#"tunnel("cgw-1/vpn-1", up); with tries: forever it would call again by itself"#;
    assert_eq!(tunnel.fix.as_deref(), Some(fix));
}

#[test]
fn what_both_agreed_to_protect_is_shown() {
    let selectors = |rest: &str| {
        let tunnel = seen(&mut pair(rest), Span::minutes(2));
        (tunnel.local_selectors, tunnel.remote_selectors)
    };
    let everything = vec!["0.0.0.0/0".to_owned()];
    assert_eq!(
        selectors(r#"duration: "10m""#),
        (everything.clone(), everything.clone())
    );
    let narrowed =
        selectors(r#"routers: {"tgw": (tunnels: {"vpn-1": (remote_selectors: ["169.254.0.0/16"])})}"#);
    assert_eq!(narrowed, (vec!["169.254.0.0/16".to_owned()], everything));
}

/// Equal clocks have both ends replace phase 1 at the same instant, and one successor too many is deleted again.
#[test]
fn keys_that_both_replace_at_once_leave_nothing_to_complain_of() {
    for version in ["ikev2", "ikev1"] {
        let both = format!("(version: {version}, lifetimes: (\"1h\", \"20m\"), margin: \"2m\", fuzz: 0)");
        let mut session = pair(&format!(
            r#"routers: {{"cgw-1": (tunnels: {{"vpn-1": {both}}}), "tgw": (tunnels: {{"vpn-1": {both}}})}}"#
        ));
        for minutes in 1..180 {
            session.advance(SimTime::at(Span::minutes(minutes)), BUDGET);
            for tunnel in View::of(&session).tunnels() {
                let seen = (tunnel.reason, tunnel.health);
                assert_eq!(
                    seen,
                    (None, sim_core::view::Health::Good),
                    "{version}, {minutes}m: {tunnel:?}"
                );
            }
        }
    }
}

/// Phase 1 begins at port 500 and goes on at 4500: who drops the one lets the other pass.
#[test]
fn a_port_that_ike_moves_to_and_somebody_drops_is_found() {
    let lab = |encapsulation: &str, dropped: u16| {
        pair(&format!(
            r#"routers: {{
                "cgw-1": (tunnels: {{"vpn-1": (encapsulation: {encapsulation})}}),
                "internet": (firewall: [(action: drop, protocol: udp, ports: "{dropped}"), (action: allow, protocol: any)]),
            }}"#
        ))
    };
    for (encapsulation, dropped) in [("forced", 500), ("forced", 4500), ("when_nat_detected", 500)] {
        let mut session = lab(encapsulation, dropped);
        session.advance(SimTime::at(Span::minutes(5)), BUDGET);
        for tunnel in View::of(&session).tunnels() {
            assert_eq!(tunnel.reason, Some(Reason::RouterFirewall), "{tunnel:?}");
            let detail = tunnel.detail.as_deref().unwrap_or_default();
            assert!(detail.contains(&format!("drop udp {dropped}")), "{detail}");
        }
    }
    // Nobody goes there without a reason.
    let tunnel = seen(&mut lab("when_nat_detected", 4500), Span::minutes(5));
    assert_eq!(tunnel.reason, None, "{tunnel:?}");
}

/// What was sent while the way was long comes in after what was sent when it had become short.
#[test]
fn packets_that_too_many_overtook_are_dropped_by_the_gateway() {
    let dropped = |window: u32| {
        let bfd = "neighbors: {\"PEER\": (bfd: (interval: \"300ms\"))}";
        let text = format!(
            r#"Lab(schema: 1, base: "ipsec-bgp", name: "shorter", title: "A way becomes shorter",
                links: {{"far": (delay: "1s")}},
                routers: {{"cgw-1": ({}, tunnels: {{"vpn-1": (replay_window: {window})}}),
                           "tgw": ({}, tunnels: {{"vpn-1": (replay_window: {window})}})}},
                events: [(at: "5m", change: link_delay("far", "1ms"))])"#,
            bfd.replace("PEER", "tgw"),
            bfd.replace("PEER", "cgw-1"),
        );
        let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(6)), BUDGET);
        assert!(
            session
                .expectations()
                .iter()
                .all(|it| it.holds || it.name.contains("comes up"))
        );
        let records: Vec<_> = session.records().cloned().collect();
        let view = View::of(&session);
        let overtaken = records.iter().filter_map(|record| match &record.what {
            Happening::Overtaken { refusal, .. } => {
                assert_eq!(refusal.reason, Reason::ReplayWindow);
                assert!(matches!(refusal.at, ResourceRef::Tunnel(_)), "{refusal:?}");
                assert!(record.at > SimTime::at(Span::minutes(5)));
                Some(view.log_row(record).what)
            }
            _ => None,
        });
        overtaken.collect::<Vec<_>>()
    };
    let narrow = dropped(1);
    assert!(narrow.len() > 1, "{narrow:?}");
    assert!(narrow[0].contains("raise replay_window"), "{narrow:?}");
    for wide_enough in [0, 32, 1_024] {
        assert_eq!(dropped(wide_enough), Vec::<String>::new());
    }
}

/// Two gateways that call at once have two IKE SAs; when one begins anew the other gives up both, each by its number.
#[test]
fn a_peer_that_begins_anew_is_told_once_for_each_ike_sa() {
    let text = r#"Lab(schema: 1, base: "ipsec-bgp", name: "anew", title: "Anew",
        routers: {"tgw": (tunnels: {"vpn-1": (start: start)})},
        events: [(at: "10m", change: ike_process("tgw", crash)), (at: "10m2s", change: ike_process("tgw", start))])"#;
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(20)), BUDGET);
    let view = View::of(&session);
    let rows = session.records().map(|record| view.log_row(record));
    let told: Vec<String> = rows
        .filter(|row| row.what.contains("anew"))
        .map(|row| row.what)
        .collect();
    assert_eq!(
        told,
        [
            "with tgw: IKE SA 1 down: the peer began anew",
            "with tgw: IKE SA 2 down: the peer began anew"
        ]
    );
}
