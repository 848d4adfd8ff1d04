//! BGP sessions that do not come up, and what is said of them.

use sim_core::lab::{Happening, Keep, Session};
use sim_core::proto::bgp::session::{self, State};
use sim_core::proto::bgp::speaker;
use sim_core::reason::Reason;
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{BgpSession, View};

use crate::small_lab::{BUDGET, blueprint, disturbed};

/// `a` and `b` with a router between them, and what each has as its session with the other.
fn apart(a: &str, b: &str) -> String {
    format!(
        r#"Lab(schema: 1, name: "apart", title: "Apart", duration: "10m",
            links: {{"am": (a: ("a", "10.0.0.1/30"), b: ("m", "10.0.0.2/30")), "mb": (a: ("m", "10.0.1.1/30"), b: ("b", "10.0.1.2/30"))}},
            routers: {{
                "a": (asn: 65001, static_routes: [("10.0.1.0/30", "10.0.0.2")], neighbors: {{"b": (address: "10.0.1.2", source: "10.0.0.1", remote_as: 65002, {a})}}),
                "m": (),
                "b": (asn: 65002, static_routes: [("10.0.0.0/30", "10.0.1.1")], neighbors: {{"a": (address: "10.0.0.1", source: "10.0.1.2", remote_as: 65001, {b})}}),
            }},
        )"#
    )
}

fn seen(text: &str) -> BgpSession {
    let mut session = Session::open(blueprint(text), None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    View::of(&session).bgp_sessions().remove(0)
}

#[test]
fn a_session_that_may_not_go_far_enough_says_how_far_it_is() {
    let session = seen(&apart("multihop: 1", "multihop: 1"));
    assert_eq!(session.reason, Some(Reason::HopLimit), "{session:?}");
    let fix = "set multihop: 2 at both ends, of which one is a/b";
    assert_eq!(session.fix.as_deref(), Some(fix));
    // As it says.
    let session = seen(&apart("multihop: 2", "multihop: 2"));
    assert_eq!(session.reason, None);
}

/// What `check` warns of.
fn warned(text: &str) -> Vec<String> {
    let loaded = load(text, "test", &shipped_base).expect("a warning stops nothing");
    loaded.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn two_ends_that_wait_for_each_other_are_warned_of() {
    let waits = "multihop: 2, passive: true";
    let warnings = warned(&apart(waits, waits));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("both-wait") && warnings[0].contains("wait to be called"));
    assert!(warned(&apart(waits, "multihop: 2")).is_empty());
    let tunnel = |start: &str| {
        warned(&format!(
            r#"Lab(schema: 1, base: "ipsec-bgp", name: "t", title: "T", routers: {{"cgw-1": (tunnels: {{"vpn-1": (start: {start})}})}})"#
        ))
    };
    let warnings = tunnel("wait");
    assert!(
        warnings.len() == 1 && warnings[0].contains("both gateways"),
        "{warnings:?}"
    );
    assert!(tunnel("trap").is_empty());
    // A trap is sprung by a packet, and there is none where the only session waits, too.
    let trapped = |rest: &str| {
        warned(&format!(
            r#"Lab(schema: 1, base: "ipsec-bgp", name: "t", title: "T",
                routers: {{"cgw-1": (tunnels: {{"vpn-1": (start: trap)}}, neighbors: {{"tgw": (passive: true)}}, {rest})}})"#
        ))
    };
    let warnings = trapped("");
    assert!(
        warnings.len() == 1 && warnings[0].contains("waits for a packet"),
        "{warnings:?}"
    );
    let route = r#"static_routes: [("0.0.0.0/0", "198.51.100.2"), ("10.0.0.0/16", "169.254.10.1")]"#;
    assert!(trapped(route).is_empty());
}

/// The host of a process that stands still takes connections, so its peer waits for an OPEN: for the four minutes of RFC 4271
/// section 8.2.2.
#[test]
fn a_process_that_stands_still_leaves_its_peer_waiting_for_an_open() {
    let blueprint = disturbed("bgp-two-lines", &["1m:bgp tgw freeze for 7m"]);
    let mut session = Session::open(blueprint, None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(7) + Span::secs(30)), BUDGET);
    let seen = View::of(&session).bgp_sessions().remove(0);
    assert_eq!(
        (seen.name.as_str(), seen.state.to_string().as_str()),
        ("cgw-1/primary", "OpenSent")
    );
    let cure = r#"bgp_process("tgw", thaw): its host takes connections, and the process answers no OPEN"#;
    assert_eq!(seen.fix.as_deref(), Some(cure));
    let told: Vec<(SimTime, String)> = session
        .records()
        .filter(|record| record.subject == seen.id.into() && record.at > SimTime::at(Span::minutes(1)))
        .filter_map(|record| match &record.what {
            Happening::Bgp(notice) => Some((record.at, format!("{notice:?}"))),
            _ => None,
        })
        .collect();
    let at = |what: &str| {
        told.iter()
            .find(|(_, told)| told.contains(what))
            .map(|(at, _)| *at)
    };
    let waits = at("to: OpenSent").expect("TCP comes up");
    let over = at("NoOpen").expect("the wait ends");
    assert_eq!(over.since(waits), Span::minutes(4), "{told:#?}");
    // It goes on, and finds what called it meanwhile.
    session.advance(SimTime::at(Span::minutes(9) + Span::secs(50)), BUDGET);
    let states = View::of(&session)
        .bgp_sessions()
        .into_iter()
        .map(|it| it.state.to_string());
    assert!(states.into_iter().all(|state| state == "Established"));
}

#[test]
fn a_session_that_is_shut_down_at_the_far_end_says_so_whoever_calls() {
    let session = seen(&apart(
        "multihop: 2, passive: true",
        "multihop: 2, shutdown: true",
    ));
    let cure = r#"session("b/a", start): it is shut down there"#;
    assert_eq!(session.fix.as_deref(), Some(cure), "{session:?}");
}

/// Starting the session there would only have it stopped again: what helps is to announce less, or to allow more.
#[test]
fn a_peer_that_was_told_too_many_prefixes_is_not_said_to_be_shut_down() {
    let told = |action: &str| {
        let text = format!(
            r#"Lab(schema: 1, base: "bgp-prefix-limit", name: "many", title: "Many",
                routers: {{"tgw": (neighbors: {{"primary": (max_prefix: (limit: 3, action: {action}))}})}})"#
        );
        let mut session = Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(5)), BUDGET);
        let all = View::of(&session).bgp_sessions();
        ["cgw-1/primary", "tgw/primary"].map(|name| {
            let one = all.iter().find(|it| it.name == name).expect("it is there");
            (one.reason, one.fix.clone().unwrap_or_default())
        })
    };
    let [here, there] = told("idle");
    let fewer = "announce fewer prefixes to tgw, or raise max_prefix of tgw/primary; ";
    let many = Some(Reason::BgpMaxPrefixes);
    assert_eq!(
        here,
        (many, format!(r#"{fewer}then session("tgw/primary", reset)"#))
    );
    let cure = "have the peer announce fewer prefixes or raise the limit, then clear the session";
    assert_eq!(there, (many, cure.to_owned()));
    let [here, there] = told("restart(\"2m\")");
    assert_eq!(here.0, many, "{here:?}");
    let again = format!("{fewer}tgw tries again by itself in ");
    assert!(here.1.starts_with(&again), "{here:?}");
    let cure = "have the peer announce fewer prefixes or raise the limit: the session starts again by itself";
    assert_eq!(there, (many, cure.to_owned()));
}

/// A router that offers nothing, and one whose own AS number has four octets: RFC 6793.
#[test]
fn a_router_without_capabilities_sees_a_long_as_number_as_as_trans() {
    let text = r#"Lab(schema: 1, name: "old", title: "Old", duration: "10m",
        links: {"ab": (a: ("a", "10.0.0.1/30"), b: ("b", "10.0.0.2/30"))},
        routers: {
            "a": (asn: 4200000001, announce: ["10.1.0.0/16"], neighbors: {"b": (link: "ab", remote_as: 65002)}),
            "b": (asn: 65002, neighbors: {"a": (link: "ab", remote_as: 23456, capabilities: none)}),
        },
    )"#;
    let mut session = Session::open(blueprint(text), None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(2)), BUDGET);
    let view = View::of(&session);
    assert!(view.bgp_sessions().iter().all(|it| it.reason.is_none()));
    let rib = view
        .rib("b", Some("10.1.0.0/16".parse().expect("a prefix")))
        .expect("it is known");
    // The long number came in AS4_PATH, which is not looked at from a peer that says it knows four octets, as with FRR.
    assert_eq!(rib.prefixes[0].paths[0].as_path, "23456");
}

#[test]
fn routes_are_kept_for_the_restart_time_that_the_peer_promised() {
    let text = r#"Lab(schema: 1, base: "dx-graceful-restart", name: "short", title: "Short",
        routers: {"cgw-1": (neighbors: {"dx-1": (graceful_restart: (mode: full, restart_time: "30s"))})})"#;
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(6)), BUDGET);
    let mut kept = session.records().filter_map(|record| match &record.what {
        Happening::Bgp(notice) => {
            let told = format!("{notice:?}");
            (told.contains("Retained") || told.contains("StaleOver")).then_some(record.at)
        }
        _ => None,
    });
    let (from, until) = (
        kept.next().expect("they are kept"),
        kept.next().expect("and let go"),
    );
    assert_eq!(until.since(from), Span::secs(30));
}

#[test]
fn a_session_without_the_policies_that_its_router_requires_is_pointed_at() {
    let lab = r#"Lab(
        schema: 1, name: "bare", title: "Bare", duration: "2m",
        links: {"a-b": (a: ("a", "10.0.0.1/30"), b: ("b", "10.0.0.2/30"))},
        routers: {
            "a": (asn: 65001, announce: ["10.1.0.0/16"], bgp: (requires_policy: true), neighbors: {"b": (remote_as: 65002)}),
            "b": (asn: 65002, announce: ["10.2.0.0/16"], neighbors: {"a": (remote_as: 65001)}),
        },
    )"#;
    let mut session = Session::open(blueprint(lab), None, Keep::Nothing).expect("the lab opens");
    session.advance(SimTime::at(Span::minutes(1)), BUDGET);
    let advice = View::of(&session).preflight().advice;
    let told: Vec<&str> = advice.iter().map(|it| it.detail.as_str()).collect();
    assert_eq!(
        told,
        ["a/b takes nothing and announces nothing: its router requires a policy for that (RFC 8212)"]
    );
}

/// The sentences of the records of one thing that hold a word.
fn told(text: &str, until: Span, subject: &str, word: &str) -> Vec<String> {
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(until), BUDGET);
    let view = View::of(&session);
    let rows = session.records().map(|record| view.log_row(record));
    let found = rows.filter(|row| row.subject == subject && row.what.contains(word));
    found.map(|row| row.what).collect()
}

#[test]
fn a_path_that_loses_on_its_arrival_says_by_which_step_and_to_what() {
    let lab = r#"Lab(schema: 1, base: "bgp-two-lines", name: "t", title: "T")"#;
    let lost = told(lab, Span::minutes(5), "cgw-1/backup", "loses");
    let expected =
        "brings a path to 10.0.0.0/16 that loses by local preference to the one via tgw (169.254.0.2)";
    assert!(lost.iter().any(|what| what == expected), "{lost:?}");
}

#[test]
fn a_session_without_the_policies_that_it_needs_says_so_when_it_is_up() {
    let lab = r#"Lab(schema: 1, base: "bgp-two-lines", name: "t", title: "T",
        routers: {"cgw-1": (bgp: (requires_policy: true))})"#;
    let until = Span::minutes(5);
    let primary = told(lab, until, "cgw-1/primary", "RFC 8212");
    assert_eq!(
        primary,
        [
            "announces nothing to its peer: eBGP needs a policy here (RFC 8212), and it has no export policy; give it one"
        ]
    );
    let backup = told(lab, until, "cgw-1/backup", "takes nothing from its peer");
    assert_eq!(backup.len(), 1, "{backup:?}");
    assert!(told(lab, until, "tgw/primary", "RFC 8212").is_empty());
}

/// How long, in tenths of a second, `a` lets pass between one refusal of what its peer offers and the next.
fn rests(timers: &str) -> Vec<u64> {
    let refuses = format!("multihop: 2, timers: (minimum_hold: \"60s\", {timers})");
    let offers = r#"multihop: 2, passive: true, timers: (hold: "30s")"#;
    let text = apart(&refuses, offers);
    let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(6)), BUDGET);
    let name = "a/b";
    let view = View::of(&session);
    let rows = session.records().map(|record| view.log_row(record));
    let refused = rows.filter(|row| row.subject == name && row.what.contains("sends NOTIFICATION"));
    let at: Vec<SimTime> = refused.map(|row| row.at).collect();
    at.windows(2)
        .map(|two| two[1].since(two[0]).as_nanos() / 100_000_000)
        .collect()
}

#[test]
fn a_minimum_hold_time_refuses_none_as_well_unless_none_is_taken() {
    let until = Span::minutes(1);
    for (policy, hold, is_refused) in [
        (r#"minimum_hold: "30s""#, "0s", true),
        (r#"minimum_hold: "30s", zero_hold: accepted"#, "0s", false),
        (r#"minimum_hold: "30s", zero_hold: accepted"#, "29s", true),
        (r#"minimum_hold: "30s""#, "30s", false),
        (r#"zero_hold: refused"#, "0s", true),
        (r#"zero_hold: refused"#, "3s", false),
    ] {
        let refuses = format!("multihop: 2, timers: ({policy})");
        let offers = format!(r#"multihop: 2, passive: true, timers: (hold: "{hold}")"#);
        let wanted = format!("OPEN refused: peer offers hold time {hold}, at least");
        let refusals = told(&apart(&refuses, &offers), until, "a/b", &wanted);
        assert_eq!(
            !refusals.is_empty(),
            is_refused,
            "{policy} against {hold}: {refusals:?}"
        );
    }
}

#[test]
fn the_rest_between_attempts_is_as_long_as_asked_for() {
    let steady = rests(r#"idle_hold: (initial: "4s", longest: "4s"), jitter: 0"#);
    assert!(
        steady.len() > 30 && steady.iter().all(|&rest| rest == 40),
        "{steady:?}"
    );
    // Each error doubles it.
    let damped = rests(r#"idle_hold: (initial: "2s", longest: "20s"), jitter: 0"#);
    assert_eq!(damped[..6], [40, 80, 160, 200, 200, 200], "{damped:?}");
    let jittered = rests(r#"idle_hold: (initial: "4s", longest: "4s"), jitter: 50"#);
    assert!(
        jittered.iter().all(|rest| (20..=40).contains(rest)),
        "{jittered:?}"
    );
    assert!(jittered.iter().any(|&rest| rest < 30), "{jittered:?}");
    // As routers do where nothing is said: a second, doubled up to two minutes, less by a quarter at most.
    let even = rests("jitter: 0");
    assert_eq!(even[..7], [20, 40, 80, 160, 320, 640, 1_200], "{even:?}");
    let default = rests(r#"hold: "90s""#);
    assert!(
        default.len() > 3 && (15..=20).contains(&default[0]),
        "{default:?}"
    );
}

/// A connection can be refused before it leaves the router: that it was tried comes first all the same.
#[test]
fn each_state_is_left_for_the_next() {
    let lab = r#"Lab(schema: 1, base: "ipsec-bgp", name: "t", title: "T")"#;
    let mut session = Session::open(blueprint(lab), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    let mut states = std::collections::BTreeMap::new();
    for record in session.records() {
        let Happening::Bgp(notice) = &record.what else {
            continue;
        };
        let speaker::Notice::Session(session::Notice::State { from, to }) = **notice else {
            continue;
        };
        let stood = states.insert(record.subject, to).unwrap_or(State::Idle);
        assert_eq!(from, stood, "{record:?}");
    }
    assert_eq!(states.len(), 2);
    assert!(states.values().all(|state| *state == State::Established));
}

#[test]
fn bfd_at_one_end_alone_is_warned_of() {
    let lab = |cgw: &str, tgw: &str| {
        warned(&format!(
            r#"Lab(schema: 1, base: "bgp-two-lines", name: "t", title: "T", routers: {{
                "cgw-1": (neighbors: {{"primary": ({cgw})}}), "tgw": (neighbors: {{"primary": ({tgw})}})}})"#
        ))
    };
    let bfd = r#"bfd: (interval: "300ms")"#;
    let warnings = lab(bfd, "");
    assert!(
        warnings.len() == 1 && warnings[0].contains("the other end of the session has none"),
        "{warnings:?}"
    );
    assert!(lab(bfd, bfd).is_empty());
}

/// Nobody listens at the far end: the first attempt is told state by state, and what follows goes alike.
#[test]
fn a_session_that_cannot_come_up_shows_its_first_round_and_its_state() {
    let lab = r#"Lab(schema: 1, base: "bgp-two-lines", name: "t", title: "T", events: [],
        routers: {"tgw": (neighbors: {"primary": (shutdown: true)})})"#;
    let states = told(lab, Span::minutes(9), "cgw-1/primary", "→");
    assert_eq!(
        states,
        [
            "session Idle → Connect",
            "session Connect → Active",
            "session Active → Connect"
        ]
    );
    let mut session = Session::open(blueprint(lab), None, Keep::Nothing).expect("the lab begins");
    let mut seen = std::collections::BTreeSet::new();
    for second in 0..600 {
        session.advance(SimTime::at(Span::secs(second)), BUDGET);
        let rows = View::of(&session).bgp_sessions();
        let row = rows.into_iter().find(|row| row.name == "cgw-1/primary");
        seen.insert(row.expect("it is there").state.to_string());
    }
    assert!(seen.contains("Active"), "{seen:?}");
}

/// Two connections meet while OPEN is held back: whatever the delays, one of them is kept and the other one given up.
#[test]
fn ends_that_both_hold_their_open_back_come_up_at_the_first_attempt() {
    for (a, b) in [(1, 1), (3, 2), (2, 3), (30, 20), (20, 30), (1, 300), (300, 1)] {
        for name in ["10.9.9.9", "9.9.9.9"] {
            let timers = |delay: u64| format!("multihop: 2, timers: (delay_open: \"{delay}s\", jitter: 0)");
            let text = apart(&timers(a), &timers(b)).replace(
                r#""b": (asn: 65002,"#,
                &format!(r#""b": (asn: 65002, router_id: "{name}","#),
            );
            let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
            session.advance(SimTime::at(Span::secs(a.min(b) + 1)), BUDGET);
            let rows = View::of(&session).bgp_sessions();
            assert!(
                rows.iter().all(|row| row.state.to_string() == "Established"),
                "{a} {b} {rows:?}"
            );
            let view = View::of(&session);
            let bad = session
                .records()
                .map(|record| view.log_row(record))
                .find(|row| row.what.contains("ends in"));
            assert!(bad.is_none(), "{a} {b} {bad:?}");
        }
    }
}
