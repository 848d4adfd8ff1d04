//! However a session goes back and on, it is where a straight run with the same journal would be.

use proptest::prelude::*;
use proptest::sample::Index;
use sim_core::desk::stepping::{self, Stop};
use sim_core::fault::{CATALOGUE, FaultKind};
use sim_core::lab::{
    Act, Branches, Checkpoints, Happening, Injected, Keep, Lever, Order, ResourceRef, Session, Until,
};
use sim_core::scenario::{parse_change, read_session, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Aspect, Comparison, Standing};

use crate::small_lab::{BUDGET, blueprint, run};

/// Two lines, BGP and probes, and nothing that the lab has planned itself.
const LINES: &str = r#"Lab(schema: 1, base: "onprem-to-aws", name: "travel", title: "Travel", duration: "30m",
    probes: {"p": (from: "app-1", to: "10.0.3.10", port: 53, every: "1s")},
    expect: {},
    runbook: {"wave 1: install": (at: "2m", run: install_agent(wave("wave-1")))},
)"#;

/// Few, so that even a short run has to let some go.
const FEW: Checkpoints = Checkpoints { every: 16, most: 5 };

/// What may be run to.
const UNTIL: &[&str] = &[
    "any probe fails",
    "all tunnels up",
    "link dx-primary is down",
    "bgp cgw-1/dx-1 is not Established",
    "bgp tgw↔cgw-1 is Established",
    "+7s",
];

/// What a person does to a session.
#[derive(Debug, Clone)]
enum Move {
    /// So many seconds, and perhaps a nanosecond more.
    Run(u64, bool),
    Step(u16),
    /// To a second, and perhaps a nanosecond more.
    Seek(Index, bool),
    /// Until something is so.
    RunTo(Index),
    /// To the next record about a thing, or back to the one before.
    StepAbout(Index),
    BackAbout(Index),
    NotableBefore,
    StepNotable,
    Branch,
    Switch(Index),
    Pull(Index),
    /// Which fault, and for how many seconds it lasts.
    Inject(Index, Option<u16>),
    Heal(Index),
    Undo,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (1_u64..400, any::<bool>()).prop_map(|(secs, past)| Move::Run(secs, past)),
        2 => (1_u16..300).prop_map(Move::Step),
        3 => (any::<Index>(), any::<bool>()).prop_map(|(place, past)| Move::Seek(place, past)),
        1 => any::<Index>().prop_map(Move::RunTo),
        1 => any::<Index>().prop_map(Move::StepAbout),
        1 => any::<Index>().prop_map(Move::BackAbout),
        1 => Just(Move::NotableBefore),
        1 => Just(Move::StepNotable),
        1 => Just(Move::Branch),
        1 => any::<Index>().prop_map(Move::Switch),
        3 => any::<Index>().prop_map(Move::Pull),
        3 => (any::<Index>(), prop::option::of(1_u16..200)).prop_map(|(which, lasts)| Move::Inject(which, lasts)),
        1 => any::<Index>().prop_map(Move::Heal),
        2 => Just(Move::Undo),
    ]
}

/// Every fault that can be injected into this lab.
fn orders(session: &Session) -> Vec<Order> {
    let of = |kind: &&'static FaultKind| {
        let kind = *kind;
        let targets = (kind.candidates)(session.blueprint()).into_iter();
        targets.map(move |target| Order {
            kind: kind.name,
            target: target.name,
            amount: String::new(),
            lasts: None,
        })
    };
    CATALOGUE.iter().flat_map(|kind| of(&kind)).collect()
}

/// Every lever that faults of the catalogue pull in this lab.
fn levers(session: &Session) -> Vec<Lever> {
    let mut all = Vec::new();
    for kind in CATALOGUE {
        for target in (kind.candidates)(session.blueprint()) {
            if let Ok(deed) = kind.plan(session.blueprint(), &target, "") {
                all.extend(deed.breaks);
                all.extend(deed.heals.unwrap_or_default());
            }
        }
    }
    all
}

fn opened(text: &str, keep: Keep) -> Session {
    Session::open(blueprint(text), Some(1), keep).expect("the lab begins")
}

/// A run from the beginning to where `session` is, with what it has done so far done at the same places.
fn straight(fresh: &Session, session: &Session) -> Session {
    let mut straight = fresh.clone();
    let go_to = |straight: &mut Session, at: SimTime, n_steps: u64| {
        straight.advance(at, n_steps - straight.n_steps());
        assert_eq!(straight.n_steps(), n_steps);
        if straight.now() < at {
            run(straight, at);
            assert_eq!(straight.n_steps(), n_steps);
        }
    };
    for deed in &session.journal()[..session.n_done()] {
        if !deed.is_by_hand() {
            // Only to the healing: of what follows from it at the same instant not all has to have happened.
            let n_done = straight.n_done();
            while straight.n_done() == n_done {
                assert!(straight.step(), "it heals by itself");
            }
            continue;
        }
        go_to(&mut straight, deed.at, deed.after);
        let done = match deed.act.clone() {
            Act::Change(lever) => straight.apply(lever).is_ok(),
            Act::Inject(order) => straight.inject(order).is_ok(),
            Act::Heal { order, since, .. } => straight.heal(&Injected { order, since }).is_ok(),
        };
        assert!(done, "it was done before");
    }
    go_to(&mut straight, session.now(), session.n_steps());
    straight
}

#[track_caller]
fn assert_same(session: &Session, straight: &Session) {
    assert_eq!(session.now(), straight.now());
    assert_eq!(session.n_events(), straight.n_events());
    assert_eq!(session.n_records(), straight.n_records());
    assert_eq!(session.trace_hash(), straight.trace_hash());
    assert_eq!(session.outages(), straight.outages());
    // What nobody has come to watch yet is held beyond what is kept.
    let both = session.records().rev().zip(straight.records().rev());
    both.for_each(|(one, other)| assert_eq!(one, other));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_way_through_time_leads_where_a_straight_run_leads(moves in prop::collection::vec(moves(), 1..16)) {
        let fresh = opened(LINES, Keep::Last(300));
        let (mut levers, orders) = (levers(&fresh), orders(&fresh));
        // A fault may do what nobody could type, because AWS refuses it.
        let lab = fresh.blueprint();
        let is_typed = |lever: &Lever| {
            let text = to_text(lever, &lab.names, lab.migration.as_ref());
            parse_change(&text, lab).as_ref() == Ok(lever)
        };
        levers.retain(is_typed);
        let things: Vec<ResourceRef> = fresh.names().iter().map(|(thing, _)| thing).collect();
        let mut begun = fresh.clone();
        begun.keep_checkpoints(FEW);
        let mut tree = Branches::new(begun, "main");
        let mut furthest = SimTime::at(Span::minutes(1));
        for it in &moves {
            let n_branches = tree.rows().len();
            let names: Vec<String> = tree.rows().into_iter().map(|row| row.name).collect();
            match it {
                Move::Branch => {
                    tree.branch(format!("branch {n_branches}")).expect("the name is free");
                }
                Move::Switch(which) => tree.switch(&names[which.index(names.len())]).expect("it is there"),
                _ => {}
            }
            let session = tree.session_mut();
            match it {
                Move::Branch | Move::Switch(_) => {}
                Move::Run(secs, past) => {
                    let later = session.now() + Span::secs(*secs) + Span::nanos(u64::from(*past));
                    run(session, later);
                }
                Move::Step(n) => (0..*n).for_each(|_| { session.step(); }),
                Move::RunTo(which) => {
                    let until = Until::parse(UNTIL[which.index(UNTIL.len())], session).expect("it is understood");
                    let limit = session.now() + Span::minutes(5);
                    session.run_to(&until, limit, BUDGET);
                    prop_assert!(session.is_at(&until) || session.next_event_at().is_none_or(|at| at > limit));
                }
                Move::StepAbout(which) => {
                    let stop = Stop::About(vec![*which.get(&things)]);
                    let limit = session.now() + Span::minutes(5);
                    stepping::on(session, &stop, limit, BUDGET);
                }
                Move::BackAbout(which) => {
                    stepping::back(session, &Stop::About(vec![*which.get(&things)]));
                }
                Move::Seek(place, past) => {
                    let secs = furthest.since(SimTime::START).as_nanos() / 1_000_000_000;
                    let to = place.index(usize::try_from(secs).expect("hours") + 1);
                    let to = SimTime::at(Span::secs(to as u64) + Span::nanos(u64::from(*past)));
                    session.seek(to);
                    prop_assert_eq!(session.now(), to);
                }
                Move::NotableBefore => { session.seek_notable_before(); }
                Move::StepNotable => { session.step_notable(SimTime::END, BUDGET); }
                // What does not fit the lab as it is changes nothing.
                Move::Pull(which) => { let _ = session.apply(which.get(&levers).clone()); }
                Move::Inject(which, secs) => {
                    // A little more than seconds, so that nothing else happens at the instant of the healing.
                    let lasts = secs.map(|secs| Span::secs(secs.into()) + Span::nanos(1));
                    let _ = session.inject(Order { lasts, ..which.get(&orders).clone() });
                }
                Move::Heal(which) => {
                    let all = session.injected();
                    if !all.is_empty() {
                        let _ = session.heal(which.get(&all));
                    }
                }
                Move::Undo => { session.undo(); }
            }
            furthest = furthest.max(session.now());
            prop_assert!(session.n_checkpoints() <= FEW.most);
            assert_same(session, &straight(&fresh, session));
        }
        // A file does not change anything, whichever branch is looked at.
        let saved = tree.saved();
        let lab = tree.session().blueprint();
        let text = saved.to_text(&lab.names, lab.migration.as_ref());
        let (loaded, read) = read_session(text.as_bytes(), "travel.ron").map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&read.branches, &saved.branches);
        let again = Branches::reopen(loaded.blueprint, &read, Keep::Last(300), FEW).expect("the lab begins");
        prop_assert_eq!(&again.departures, &[]);
        prop_assert_eq!(again.branches.rows(), tree.rows());
        for ((row, one), (_, other)) in again.branches.sessions().iter().zip(tree.sessions()) {
            prop_assert_eq!(one.trace_hash(), other.trace_hash(), "{}", row.name);
            assert_same(one, other);
        }
        for session in tree.sessions().into_iter().map(|(_, session)| session) {
            let mut session = session.clone();
            let mut straight = straight(&fresh, &session);
            // What is still in the journal is not the straight run's.
            if session.n_done() == session.journal().len() {
                let later = session.now() + Span::minutes(3);
                run(&mut session, later);
                run(&mut straight, later);
                assert_same(&session, &straight);
            }
        }
    }
}

#[test]
fn what_was_done_is_done_again_until_something_else_is_done() {
    let fresh = opened(&shipped_base("bgp-two-lines").expect("it ships"), Keep::All);
    let all = levers(&fresh);
    let minute = |n| SimTime::at(Span::minutes(n));
    let mut session = fresh.clone();
    session.keep_checkpoints(FEW);
    run(&mut session, minute(3));
    let pulled: Vec<&Lever> = all
        .iter()
        .filter(|lever| session.clone().apply((*lever).clone()).is_ok())
        .collect();
    session.apply(pulled[0].clone()).expect("it fits");
    run(&mut session, minute(6));
    let hash = session.trace_hash();

    session.seek(minute(2));
    assert_eq!((session.n_done(), session.journal().len()), (0, 1));
    let untouched = session.clone();
    assert_eq!(
        session.next_event_at().max(Some(minute(2))),
        session.next_event_at()
    );
    session.seek(minute(6));
    assert_eq!((session.n_done(), session.trace_hash()), (1, hash));

    let deed = session.undo().expect("something was done");
    assert_eq!(
        (deed.at, &deed.levers[..], session.now()),
        (minute(3), core::slice::from_ref(pulled[0]), minute(3))
    );
    assert!(session.journal().is_empty() && session.undo().is_none());
    run(&mut session, minute(6));
    assert_ne!(session.trace_hash(), hash);

    let mut other = untouched;
    other.apply(pulled[1].clone()).expect("it fits");
    assert_eq!((other.n_done(), other.journal().len()), (1, 1));
    run(&mut other, minute(6));
    assert_ne!(other.trace_hash(), hash);
    assert_same(&other, &straight(&fresh, &other));
}

/// A fault that lasts for a while is over after it, however the session gets there, and is not undone by itself.
#[test]
fn an_injected_fault_heals_when_its_time_is_up() {
    let minute = |n| SimTime::at(Span::minutes(n));
    let mut session = opened(LINES, Keep::All);
    session.keep_checkpoints(FEW);
    run(&mut session, minute(4));
    let order = Order {
        kind: "link_down",
        target: "dx-primary".to_owned(),
        amount: String::new(),
        lasts: Some(Span::minutes(2)),
    };
    let record = session.inject(order.clone()).expect("the link is up");
    let injected = Injected {
        order: order.clone(),
        since: minute(4),
    };
    assert_eq!(session.injected(), core::slice::from_ref(&injected));
    assert_eq!(session.record(record).map(|it| it.at), Some(minute(4)));
    run(&mut session, minute(5));
    assert_eq!(session.injected(), core::slice::from_ref(&injected));
    let mut stepped = session.clone();
    run(&mut session, minute(8));
    assert_eq!((session.injected().len(), session.n_done()), (0, 2));
    assert_eq!(session.journal()[1].at, minute(6));
    assert!(session.heal(&injected).is_err());
    while stepped.now() < minute(8) && stepped.step() {}
    stepped.seek(minute(8));
    assert_same(&stepped, &session);

    session.seek(minute(5));
    assert_eq!(session.injected(), core::slice::from_ref(&injected));
    session.heal(&injected).expect("it lasts");
    assert_eq!((session.injected().len(), session.journal().len()), (0, 2));
    run(&mut session, minute(8));
    assert_eq!(session.n_done(), 2);

    // Nobody healed it by hand, so what is undone is the fault.
    let deed = stepped.undo().expect("a fault was injected");
    assert_eq!((deed.act, stepped.now()), (Act::Inject(order), minute(4)));
    assert_eq!((stepped.injected().len(), stepped.journal().len()), (0, 0));
}

#[test]
fn what_was_done_before_anything_happened_is_undone() {
    let fresh = opened(LINES, Keep::All);
    let mut session = fresh.clone();
    let fits = |lever: &Lever| session.apply(lever.clone()).is_ok();
    assert!(levers(&fresh).iter().any(fits));
    session.undo().expect("something was done");
    assert_same(&session, &fresh);
    run(&mut session, SimTime::at(Span::minutes(3)));
    assert_same(&session, &straight(&fresh, &session));
}

/// A hundred records are kept, and the notable ones are found that came before them.
#[test]
fn going_back_from_one_notable_record_to_the_one_before_leads_to_the_beginning() {
    let text = shipped_base("onprem-to-aws").expect("it ships");
    let mut forwards = opened(&text, Keep::All);
    run(&mut forwards, SimTime::at(Span::minutes(70)));
    let notable = |session: &Session| -> Vec<SimTime> {
        let all = session
            .records()
            .filter(|it| it.what.notability() >= sim_core::lab::Notability::Notable);
        all.map(|it| it.at).collect()
    };
    let mut expected = notable(&forwards);
    expected.dedup();
    let end = SimTime::at(Span::minutes(70));
    expected.retain(|at| *at < end);

    let mut session = opened(&text, Keep::Last(100));
    session.keep_checkpoints(FEW);
    run(&mut session, end);
    let mut seen = Vec::new();
    while let Some(record) = session.seek_notable_before() {
        assert_eq!(session.record(record).map(|it| it.at), Some(session.now()));
        seen.push(session.now());
    }
    assert_eq!(session.now(), SimTime::START);
    seen.reverse();
    assert!(seen.len() > 3, "{seen:?}");
    assert_eq!(seen, expected);
}

/// The levers that break something.
fn breaks(session: &Session, kind: &str, target: &str) -> Vec<Lever> {
    let kind = sim_core::fault::kind(kind).expect("it is in the catalogue");
    let lab = session.blueprint();
    let target = kind.find(lab, target).expect("the lab has it");
    kind.plan(lab, &target, "").expect("it can be broken so").breaks
}

#[test]
fn two_branches_part_where_other_things_are_done_and_differ_in_what_is_lost() {
    let minute = |n| SimTime::at(Span::minutes(n));
    let mut session = opened(LINES, Keep::Last(50));
    session.keep_checkpoints(FEW);
    let both = breaks(&session, "link_down", "dx-primary");
    run(&mut session, minute(4));
    for lever in both {
        session.apply(lever).expect("the link is up");
    }
    run(&mut session, minute(5));

    let mut tree = Branches::new(session, "main");
    tree.branch("no lines").expect("the name is free");
    let same = tree.compare("main", "no lines").expect("both are there");
    assert!(same.parting.is_none() && Comparison::of(&same).differences.is_empty());
    tree.switch("no lines").expect("it is there");
    run(tree.session_mut(), minute(6));
    for name in ["dx-secondary", "isp-a"] {
        for lever in breaks(tree.session(), "link_down", name) {
            tree.session_mut().apply(lever).expect("the link is up");
        }
    }
    run(tree.session_mut(), minute(9));
    tree.switch("main").expect("it is there");
    assert_eq!(tree.session().now(), minute(5));
    // At the earlier of the two presents nothing differs yet.
    let before = tree.compare("main", "no lines").expect("both are there");
    assert!(before.parting.is_none() && before.left.now() == minute(5));
    run(tree.session_mut(), minute(8));

    let compared = tree.compare("main", "no lines").expect("both are there");
    assert_eq!(
        (compared.left.now(), compared.right.now()),
        (minute(8), minute(8))
    );
    let parting = compared.parting.clone().expect("something else was done");
    assert_eq!(parting.at(), Some(minute(6)));
    let right = parting.right.expect("a line went down");
    assert!(matches!(right.what, Happening::Lever(_)), "{right:?}");

    let rows = Comparison::of(&compared);
    assert_eq!(rows.parted_at, Some(minute(6)));
    let row = |aspect, name: &str| {
        let found = rows
            .differences
            .iter()
            .find(|row| row.aspect == aspect && row.name.contains(name));
        found.unwrap_or_else(|| panic!("no {aspect:?} of {name} in {rows:#?}"))
    };
    let state = |text: &str| Standing::State(text.to_owned());
    let session = row(Aspect::BgpSession, "cgw-1/dx-2");
    assert_eq!(session.left, state("Established"));
    assert_ne!(session.right, state("Established"));
    let Some(Standing::Span(by)) = row(Aspect::Lost, "app-1 to").by() else {
        panic!("{rows:#?}");
    };
    assert!(by > Span::secs(110) && by <= Span::minutes(2), "{by:?}");
    assert!(matches!(row(Aspect::Answered, "p").by(), Some(Standing::Count(n)) if n > 100));
    // The line that both have lost is no difference.
    assert!(
        rows.differences
            .iter()
            .all(|row| !row.name.contains("cgw-1/dx-1"))
    );

    let tree_rows = tree.rows();
    let listed: Vec<_> = tree_rows
        .iter()
        .map(|it| (it.name.as_str(), it.from.as_deref(), it.began_at))
        .collect();
    assert_eq!(
        listed,
        [
            ("main", None, SimTime::START),
            ("no lines", Some("main"), minute(5))
        ]
    );
    assert_eq!(
        tree.branch("main").expect_err("it is taken").to_string(),
        "there is a branch \"main\" already"
    );
    assert_eq!(
        tree.switch("other").expect_err("there is none").to_string(),
        "there is no branch \"other\"; there are main, no lines"
    );
}
