//! Changes that an operator makes while the lab runs: timers, prepending, and operations that MGN refuses.

use sim_core::lab::{Happening, Keep, LeverError, RecordId, Session};
use sim_core::scenario::{parse_change, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::view::{BgpSession, View};

use crate::small_lab::{BUDGET, blueprint, disturbed};

fn open(lab: &str, failures: &[&str], until: Span) -> Session {
    let mut session = Session::open(disturbed(lab, failures), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(until), BUDGET);
    session
}

#[track_caller]
fn change(session: &mut Session, text: &str) -> Result<RecordId, LeverError> {
    let lever = parse_change(text, session.blueprint()).unwrap_or_else(|told| panic!("{text}: {told:?}"));
    let written = to_text(&lever, session.names(), session.blueprint().migration.as_ref());
    assert_eq!(written, text, "it is written as it is read");
    session.apply(lever)
}

fn row(session: &Session, name: &str) -> BgpSession {
    let rows = View::of(session).bgp_sessions();
    rows.into_iter()
        .find(|row| row.name == name)
        .expect("it is there")
}

fn go_on(session: &mut Session, span: Span) {
    let until = session.now() + span;
    session.advance(until, BUDGET);
}

/// The hold time is agreed on in OPEN: what is changed counts from the next one on, at the smaller of the two ends.
#[test]
fn bgp_timers_count_from_the_next_session_on() {
    let mut session = open("bgp-two-lines", &[], Span::secs(30));
    let before = row(&session, "cgw-1/primary").hold;
    change(
        &mut session,
        "session_timers(\"cgw-1/primary\", (hold: \"30s\", keepalive: \"10s\"))",
    )
    .expect("it fits");
    go_on(&mut session, Span::secs(20));
    assert_eq!(row(&session, "cgw-1/primary").hold, before);
    change(&mut session, "session(\"cgw-1/primary\", reset)").expect("it fits");
    go_on(&mut session, Span::secs(60));
    for end in ["cgw-1/primary", "tgw/primary"] {
        let row = row(&session, end);
        assert_eq!(
            (row.state.to_string().as_str(), row.hold),
            ("Established", Span::secs(30))
        );
    }
    // Silence is noticed after the new hold time.
    let silent_at = session.now();
    for passage in [
        "link_passage(\"dx-primary\", a, blocked)",
        "link_passage(\"dx-primary\", b, blocked)",
    ] {
        change(&mut session, passage).expect("it fits");
    }
    go_on(&mut session, Span::secs(31));
    let down = row(&session, "cgw-1/primary");
    assert_ne!(down.state.to_string(), "Established");
    assert!(down.since.since(silent_at) > Span::secs(19), "{down:?}");
    assert!(
        parse_change(
            "session_timers(\"cgw-1/primary\", (hold: \"2s\"))",
            session.blueprint()
        )
        .is_err()
    );
    assert!(parse_change("session_timers(\"cgw-1/primary\", ())", session.blueprint()).is_err());
}

/// A Poll sequence brings them about while the session is up.
#[test]
fn bfd_timers_count_at_once_and_without_a_loss_of_the_session() {
    let mut session = open("bgp-bfd", &[], Span::secs(60));
    let changes = |session: &Session| -> Vec<Option<Span>> {
        let bfd = session.records().filter_map(|record| match &record.what {
            Happening::Bfd(change) => Some(change.silence),
            _ => None,
        });
        bfd.collect()
    };
    let n_before = changes(&session).len();
    for end in ["cgw-1/dx", "tgw/dx"] {
        let text = format!("bfd_timers(\"{end}\", (interval: \"1s\", multiplier: 5))");
        change(&mut session, &text).expect("it fits");
    }
    go_on(&mut session, Span::secs(30));
    assert_eq!(changes(&session).len(), n_before, "nothing goes down for it");
    for passage in [
        "link_passage(\"dx\", a, blocked)",
        "link_passage(\"dx\", b, blocked)",
    ] {
        change(&mut session, passage).expect("it fits");
    }
    go_on(&mut session, Span::secs(30));
    let silences: Vec<Span> = changes(&session).into_iter().flatten().collect();
    assert_eq!(silences, [Span::secs(5), Span::secs(5)], "five times a second");
    let told = change(&mut session, "bfd_timers(\"cgw-1/vpn\", (multiplier: 3))").expect_err("it has none");
    assert!(told.to_string().contains("has no BFD"), "{told}");
}

/// The far end takes the other line for as long as this one is prepended, whatever the policy says beside it.
#[test]
fn prepending_moves_the_other_end_and_none_moves_it_back() {
    let mut session = open("bgp-two-lines", &[], Span::secs(60));
    let way = |session: &Session| {
        let rib = View::of(session).rib("tgw", None).expect("it speaks BGP");
        let prefix = rib
            .prefixes
            .iter()
            .find(|it| it.paths.len() > 1)
            .expect("two lines lead there");
        let best = prefix.paths.iter().find(|path| path.best).expect("one is best");
        (best.from.clone(), best.as_path.len())
    };
    let before = way(&session);
    change(&mut session, "prepend(\"cgw-1/primary\", 5)").expect("it fits");
    go_on(&mut session, Span::secs(20));
    let during = way(&session);
    assert_ne!(during.0, before.0, "{during:?}");
    change(&mut session, "prepend(\"cgw-1/primary\", 0)").expect("it fits");
    go_on(&mut session, Span::secs(20));
    assert_eq!(way(&session), before);
    assert!(parse_change("prepend(\"cgw-1/primary\", 11)", session.blueprint()).is_err());
}

/// An operation that MGN refuses is none that was done: it is told with the reason, and stands in no journal.
#[test]
fn what_mgn_refuses_is_refused_with_its_reason_and_not_written_down() {
    let text = shipped_base("region-to-region").expect("it ships");
    let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(1)), BUDGET);
    let n_records = session.n_records();
    let lever = parse_change("finalize_cutover(all)", session.blueprint()).expect("it is understood");
    let told = session
        .apply(lever)
        .expect_err("nothing was launched")
        .to_string();
    assert!(told.starts_with("MGN refuses it: "), "{told}");
    assert!(session.journal().is_empty() && session.n_records() == n_records);
    let lever = parse_change("install_agent(all)", session.blueprint()).expect("it is understood");
    session.apply(lever).expect("agents can be installed");
    assert_eq!(session.journal().len(), 1);
}
