//! What brought a thing about, where a timer lies between.

use sim_core::lab::{Happening, Keep, Record, Session};
use sim_core::scenario::shipped_base;
use sim_core::units::{SimTime, Span};

use crate::small_lab::{BUDGET, blueprint};

fn run(text: &str, until: Span) -> Session {
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(until), BUDGET);
    session
}

/// What led to a record, in words, the first first.
fn why(session: &Session, record: &Record) -> Vec<String> {
    let causes = session.causes(record.id);
    causes.iter().map(|cause| format!("{:?}", cause.what)).collect()
}

/// One router tells two others, each at its own pace: each is told because of what changed, not because the other was.
#[test]
fn what_was_held_back_follows_from_the_change_and_not_from_the_timer_before() {
    let session = run(
        r#"Lab(schema: 1, name: "paced", title: "Paced", duration: "10m",
            links: {"ab": (a: ("a", "10.0.0.1/30"), b: ("b", "10.0.0.2/30")), "ac": (a: ("a", "10.0.1.1/30"), b: ("c", "10.0.1.2/30"))},
            routers: {
                "a": (asn: 65001, announce: ["10.1.0.0/16"], neighbors: {
                    "b": (remote_as: 65002, advertisement_interval: "30s"),
                    "c": (remote_as: 65003, advertisement_interval: "50s"),
                }),
                "b": (asn: 65002, neighbors: {"a": (remote_as: 65001)}),
                "c": (asn: 65003, neighbors: {"a": (remote_as: 65001)}),
            },
            events: [
                (at: "2m", change: announce("a", "10.2.0.0/16")),
                (at: "2m5s", change: announce("a", "10.3.0.0/16")),
                (at: "2m10s", change: announce("a", "10.4.0.0/16")),
            ],
        )"#,
        Span::minutes(5),
    );
    let learned = |record: &&Record| {
        let late = record.at > SimTime::at(Span::secs(126));
        late && matches!(record.what, Happening::Bgp(_))
            && format!("{:?}", record.what).contains("10.3.0.0/16")
    };
    let late: Vec<&Record> = session.records().filter(learned).collect();
    assert_eq!(late.len(), 2);
    for record in late {
        let first = why(&session, record).remove(0);
        assert!(
            first.starts_with("Lever") && first.contains("10.3.0.0/16"),
            "{first}"
        );
    }
}

/// A gateway has many timers; new keys follow from the keys that they replace.
#[test]
fn new_keys_follow_from_the_old_ones() {
    let text = shipped_base("ipsec-bgp").expect("it ships");
    let session = run(&text, Span::hours(3));
    let keys = |record: &&Record| matches!(record.what, Happening::TunnelProtected { replaces: true, .. });
    let renewed: Vec<&Record> = session.records().filter(keys).collect();
    assert!(renewed.len() > 3);
    for record in renewed {
        let causes = session.causes(record.id);
        // Past the messages of this negotiation lies the one that set the timer: lifetimes are an hour at most.
        let mut ago = causes.iter().rev().map(|cause| record.at.since(cause.at));
        let timer = ago.find(|ago| *ago > Span::secs(1));
        assert!(
            timer.is_some_and(|ago| ago <= Span::hours(1)),
            "{timer:?}: {causes:#?}"
        );
    }
}
