//! The same lab, seed and levers give the same trace, byte for byte: however time is let go on,
//! whoever watches, and whatever else there is in the lab.
//!
//! That development and release builds agree cannot be seen within one run; the pinned digest is
//! what both are held to.

use sim_core::kernel::Observer;
use sim_core::lab::{Happening, Keep, LabObserver, Progress, Record, ResourceRef, Session};
use sim_core::scenario::{shipped, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::small_lab::{BUDGET, blueprint, open, run};

/// The Region-to-Region lab as it ships: a migration from installation to finalized cutover.
fn region_to_region() -> String {
    shipped_base("region-to-region").expect("it ships").into_owned()
}

/// The same, with a link that loses packets and fails for a while, so that many dice are rolled.
const ROUGH: &str = r#"Lab(
    schema: 1, name: "rough", title: "Rough", base: "region-to-region", duration: "2d",
    peerings: {"source-target": (rate: "200Mbps", loss: "3%")},
    migration: (servers: [
        (
            name: "rough-{n}", count: 3,
            host: (subnet: "source-private", security_groups: ["source-server-sg"]),
            disks: [(device: "/dev/sda", size: ["40GiB", "60GiB"])],
            writes: bursts((base: "1Mbps", burst: "300Mbps", every: "3h", lasts: "20m", first_step: "7m")),
        ),
    ], applications: {"rough": ["rough-*"]}, waves: {"wave-1": ["rough"]}),
    runbook: {"install the agent": (at: "10m", run: install_agent(all))},
    events: [
        (at: "8h", change: peering_state("source-target", deleted)),
        (at: "20h", change: host_reboot("rough-2")),
    ],
    expect: {},
)"#;

/// All that can be seen of a session: digest, counts, every row, and every record in words.
fn seen(session: &Session) -> String {
    let view = View::of(session);
    let mut text = format!(
        "{} {} {} {:#?}\n",
        session.now(),
        session.n_records(),
        session.trace_hash(),
        view.snapshot()
    );
    for row in view.log_after(None) {
        text.push_str(&format!(
            "{} {} {}: {}\n",
            row.id.number(),
            row.at,
            row.subject,
            row.what
        ));
    }
    text
}

/// A session after two days.
fn two_days(text: &str, seed: u64) -> Session {
    let mut session = open(text, seed);
    run(&mut session, two());
    session
}

fn two() -> SimTime {
    SimTime::at(Span::days(2))
}

/// Compares two sessions without printing megabytes where they differ.
#[track_caller]
fn same(one: &Session, other: &Session) {
    let (one, other) = (seen(one), seen(other));
    let differing = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert_eq!(differing, None);
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn the_digest_of_region_to_region_is_pinned() {
    let mut session = open(&region_to_region(), 1);
    let end = session.ends_at();
    run(&mut session, end);
    let kept = session.expectations();
    assert!(kept.iter().all(|expectation| expectation.holds), "{kept:?}");
    // A change of the model changes this on purpose, and everybody's recorded runs with it. A
    // change of anything else does not.
    insta::assert_snapshot!(session.trace_hash(), @"7d9585065f51f5c9");
}

/// Labs in which routers speak BGP, an interior protocol, BFD and IKE, run to their ends.
const ROUTERS: &[&str] = &[
    "bgp-two-lines",
    "bgp-decision",
    "bgp-loopbacks",
    "data-centre",
    "bgp-bfd",
    "ipsec-bgp",
];

fn to_its_end(name: &str) -> Session {
    let text = shipped_base(name).expect("it ships");
    let mut session = open(&text, 1);
    let end = session.ends_at();
    run(&mut session, end);
    session
}

/// As above: a build of another profile has to come to these very digests.
#[test]
fn the_digests_of_labs_with_routers_are_pinned() {
    let digests: Vec<String> = ROUTERS
        .iter()
        .map(|name| format!("{name} {}", to_its_end(name).trace_hash()))
        .collect();
    insta::assert_snapshot!(digests.join("\n"), @"
    bgp-two-lines 92d6a20332858d49
    bgp-decision cb127b440e996381
    bgp-loopbacks 9217a4f4031d379c
    data-centre 9a7a048cc47c88f9
    bgp-bfd eb9f66bb880093e9
    ipsec-bgp 7f0ef5fcc6935720
    ");
}

#[test]
fn observers_change_nothing_in_labs_with_routers() {
    for name in ROUTERS {
        let unwatched = to_its_end(name);
        let text = shipped_base(name).expect("it ships");
        let mut watched = open(&text, 1);
        let mut counting = Counting::default();
        let end = watched.ends_at();
        let both: &mut [LabObserver<'_>] = &mut [&mut counting];
        assert_eq!(watched.advance_watched(end, BUDGET, both), Progress::Reached);
        same(&unwatched, &watched);
        assert_eq!(counting.n_records, watched.n_records(), "{name}");
    }
}

#[test]
fn the_same_lab_and_seed_give_the_same_trace_and_another_seed_another() {
    for text in [region_to_region(), ROUGH.to_owned()] {
        let first = two_days(&text, 1);
        same(&first, &two_days(&text, 1));
        assert_ne!(first.trace_hash(), two_days(&text, 2).trace_hash());
        let mut restarted = first.restarted().expect("as before");
        run(&mut restarted, two());
        same(&first, &restarted);
    }
}

#[test]
fn every_shipped_lab_begins_the_same_way_twice() {
    for (name, text) in shipped() {
        let begin = || {
            let mut session = Session::open(blueprint(text), Some(1), Keep::Nothing).expect("it ships");
            session.advance(SimTime::at(Span::hours(1)), 20_000);
            (session.trace_hash(), session.n_events(), session.n_records())
        };
        assert_eq!(begin(), begin(), "{name}");
    }
}

#[test]
fn stepping_event_by_event_is_running_at_once() {
    let at_once = two_days(ROUGH, 1);
    let mut stepped = open(ROUGH, 1);
    while stepped.next_event_at().is_some_and(|at| at <= two()) {
        assert!(stepped.step(), "something was due");
    }
    // Nothing is due any more; only the clock has to come along.
    run(&mut stepped, two());
    same(&at_once, &stepped);
}

#[test]
fn running_in_odd_slices_is_running_at_once() {
    let at_once = two_days(ROUGH, 1);
    let mut sliced = open(ROUGH, 1);
    // Slices of time that are no multiple of anything in the lab.
    let mut slice = Span::nanos(1);
    while sliced.now() < two() {
        let until = (sliced.now() + slice).min(two());
        run(&mut sliced, until);
        slice = Span::nanos(slice.as_nanos().saturating_mul(3) % 7_777_777_777_777 + 1);
    }
    same(&at_once, &sliced);

    // Slices of events, 1, 2, 3 … of them.
    let mut budgeted = open(ROUGH, 1);
    let mut budgets = 1..BUDGET;
    while budgeted.advance(two(), budgets.next().expect("one more")) == Progress::OutOfBudget {}
    same(&at_once, &budgeted);
}

/// An observer that counts, and remembers the last record.
#[derive(Default)]
struct Counting {
    n_records: u64,
    last: Option<Record>,
}

impl Observer<ResourceRef, Happening> for Counting {
    fn record(&mut self, record: &Record) {
        self.n_records += 1;
        self.last = Some(record.clone());
    }
}

#[test]
fn observers_see_every_record_and_change_nothing() {
    let unwatched = two_days(ROUGH, 1);
    let mut watched = open(ROUGH, 1);
    let (mut one, mut other) = (Counting::default(), Counting::default());
    let both: &mut [LabObserver<'_>] = &mut [&mut one, &mut other];
    assert_eq!(watched.advance_watched(two(), BUDGET, both), Progress::Reached);
    same(&unwatched, &watched);
    for counting in [one, other] {
        assert_eq!(counting.n_records, watched.n_records());
        assert_eq!(counting.last.as_ref(), watched.records().next_back());
    }
}

#[test]
fn looking_changes_nothing() {
    let unwatched = two_days(ROUGH, 1);
    let mut watched = open(ROUGH, 1);
    for hour in 0..48 {
        run(&mut watched, SimTime::at(Span::hours(hour)));
        let view = View::of(&watched);
        // Preflight tries connections through the model's own dice and tables: on a copy.
        assert!(!view.preflight().checks.is_empty());
        assert_eq!(view.snapshot().servers.len(), 3);
    }
    run(&mut watched, two());
    same(&unwatched, &watched);
}

#[test]
fn how_many_records_are_kept_changes_nothing() {
    let kept = two_days(ROUGH, 1);
    for keep in [Keep::Nothing, Keep::Last(10)] {
        let mut session = Session::open(blueprint(ROUGH), Some(1), keep).expect("the lab can be built");
        run(&mut session, two());
        assert_eq!(session.trace_hash(), kept.trace_hash());
        assert_eq!(session.n_records(), kept.n_records());
    }
}

#[test]
fn a_clone_goes_on_as_the_original_does() {
    let at_once = two_days(ROUGH, 1);
    // In the middle of an installation, of a sync, of an outage, and of what follows it.
    let mut original = open(ROUGH, 1);
    for minutes in [12, 40, 8 * 60 + 1, 21 * 60] {
        run(&mut original, SimTime::at(Span::minutes(minutes)));
        let mut clone = original.clone();
        run(&mut clone, two());
        same(&at_once, &clone);
    }
    run(&mut original, two());
    same(&at_once, &original);
}

/// What happened to some things, with its instants, in words.
fn story(session: &Session, of: &[&str]) -> Vec<(SimTime, String)> {
    let rows = View::of(session).log_after(None);
    rows.filter(|row| of.contains(&row.subject.as_str()))
        .map(|row| (row.at, format!("{}: {}", row.subject, row.what)))
        .collect()
}

#[test]
fn what_else_is_in_a_lab_does_not_change_the_dice_of_a_server() {
    let alone = two_days(&region_to_region(), 1);
    let with_more = r#"Lab(
        schema: 1, name: "more", title: "More", base: "region-to-region",
        vpcs: {
            "aside": (
                region: "ap-south-1", cidrs: ["10.99.0.0/16"],
                subnets: {"aside": (zone: "ap-south-1b", cidr: "10.99.1.0/24")},
            ),
            "admin": (subnets: {"admin-more": (zone: "ap-southeast-1a", cidr: "172.16.2.0/24")}),
        },
        hosts: {
            "another": (subnet: "aside"),
            "workstation-2": (subnet: "admin-more"),
        },
    )"#;
    let with_more = two_days(with_more, 1);
    let of = ["app-server", "mgn-replication-server-1"];
    let told = story(&alone, &of);
    assert!(told.len() > 50, "{told:#?}");
    assert_eq!(told, story(&with_more, &of));
}

#[test]
fn another_server_does_not_change_the_dice_of_a_server() {
    // Each with a replication server of its own and nothing that binds both, so that they meet
    // nowhere. The other one comes first in the lab, and so has the ids that the first had alone.
    let lab = |more: &str| {
        format!(
            r#"Lab(
                schema: 1, name: "two", title: "Two", base: "region-to-region", duration: "1d",
                migration: (
                    replication: (sharing: dedicated),
                    servers: [{more} (
                        name: "mine",
                        host: (subnet: "source-private", address: "192.168.1.10"),
                        disks: [(device: "/dev/sda", size: "20GiB")],
                        writes: constant("3Mbps"),
                    )],
                    applications: {{}}, waves: {{}},
                ),
                runbook: {{
                    "install": (at: "10m", run: install_agent(all)),
                    "test": (when: life_cycle(["mine"], READY_FOR_TEST), run: start_test(["mine"])),
                }},
                expect: {{}},
            )"#
        )
    };
    let alone = two_days(&lab(""), 1);
    let other = r#"(
        name: "other",
        host: (subnet: "source-private", address: "192.168.1.20"),
        disks: [(device: "/dev/sda", size: "50GiB")],
    ),"#;
    let together = two_days(&lab(other), 1);
    // Replication servers and jobs are numbered in the order in which they come to be; their
    // numbers may differ, and nothing else.
    let unnumbered = |session: &Session| -> Vec<(SimTime, String)> {
        let told = story(session, &["mine"]).into_iter();
        told.map(|(at, what)| (at, what.replace(char::is_numeric, "#")))
            .collect()
    };
    let told = unnumbered(&alone);
    assert!(told.len() > 30, "{told:#?}");
    assert_eq!(told, unnumbered(&together));
}
