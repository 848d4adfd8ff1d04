//! What screens read, of every shipped lab.

use crate::kernel::Keep;
use crate::lab::Session;
use crate::net::Protocol;
use crate::resource::ResourceRef;
use crate::scenario::{load, shipped, shipped_base};
use crate::units::{SimTime, Span};

use super::{Health, NodeKind, PathError, PathWords, Summary, View};

fn session(name: &str) -> Session {
    let (_, text) = shipped()
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .expect("a shipped lab");
    let loaded = load(text, name, &shipped_base).expect("a shipped lab is right");
    Session::open(loaded.blueprint, None, Keep::All).expect("a shipped lab opens")
}

/// Far enough for every stage of a small lab, and not too long for the large ones.
fn ran(name: &str) -> Session {
    let mut session = session(name);
    session.advance(SimTime::at(Span::days(2)), 4_000);
    session
}

#[test]
fn every_record_of_every_shipped_lab_is_told_with_names() {
    for (name, _) in shipped() {
        let session = ran(name);
        for row in View::of(&session).log_after(None) {
            let told = format!("{} {}", row.subject, row.what);
            assert!(!row.subject.is_empty() && !row.what.is_empty(), "{name}: {row:?}");
            assert!(!told.contains("unnamed"), "{name}: {told}");
            assert!(!row.what.ends_with('.'), "{name}: {told}");
        }
    }
}

#[test]
fn everything_that_has_a_name_can_be_inspected() {
    for (name, _) in shipped() {
        let session = ran(name);
        let view = View::of(&session);
        // The large labs hold more of the same: every seventh thing is enough of them.
        let every = if session.names().iter().count() > 500 {
            7
        } else {
            1
        };
        for (thing, _) in session.names().iter().step_by(every) {
            // A closed flow and a terminated host still have something to say.
            let inspection = view.inspect(thing);
            assert!(!inspection.sections.is_empty(), "{name}: nothing about {thing:?}");
            for fact in inspection.sections.iter().flat_map(|section| &section.facts) {
                assert!(
                    !fact.value.is_empty(),
                    "{name}: {thing:?} has no {:?}",
                    fact.label
                );
                assert!(
                    !fact.value.contains("unnamed"),
                    "{name}: {thing:?}: {}",
                    fact.value
                );
            }
        }
        assert!(!view.inspect(ResourceRef::Lab).sections.is_empty());
    }
}

#[test]
fn the_topology_holds_together() {
    for (name, _) in shipped() {
        let topology = View::of(&ran(name)).topology();
        for (place, container) in topology.containers.iter().enumerate() {
            assert!(
                container.parent.is_none_or(|parent| parent < place),
                "{name}: {container:?}"
            );
        }
        for node in &topology.nodes {
            let Some(parent) = node.parent else {
                assert_eq!(node.kind, NodeKind::Router, "{name}: {node:?}");
                continue;
            };
            let parent = topology.containers.get(parent).expect("a node has a place");
            assert!(parent.health >= node.health, "{name}: {parent:?} hides {node:?}");
        }
    }
}

#[test]
fn a_server_is_followed_from_nothing_to_cutover() {
    let mut session = session("region-to-region");
    let server = |session: &Session| View::of(session).servers().remove(0);
    let before = server(&session);
    assert_eq!((before.life_cycle_state, before.health), (None, Health::Idle));
    assert_eq!(before.next_step(), "Install the replication agent");
    session.advance(SimTime::at(Span::minutes(40)), u64::MAX);
    let syncing = server(&session);
    assert_eq!(syncing.health, Health::Working);
    assert!(syncing.progress().as_ppm() > 0 && !syncing.rate.is_zero() && syncing.eta.is_some());
    assert_eq!(View::of(&session).flows()[0].rate, syncing.rate);
    session.advance(session.ends_at(), u64::MAX);
    let moved = server(&session);
    assert_eq!(
        (moved.health, moved.progress()),
        (Health::Good, crate::units::Ppm::ONE)
    );
    assert_eq!(moved.copied(), moved.disks);
    assert!(Summary::from(View::of(&session).snapshot()).holds());
}

#[test]
fn a_path_is_asked_by_names_and_addresses() {
    let session = session("region-to-region");
    let ask = |from: &str, to: &str, port: u16| {
        let words = PathWords {
            from,
            to,
            proto: Some(Protocol::Tcp),
            port: Some(port),
        };
        View::of(&session).path(&words)
    };
    let works = ask("app-server", "mgn-endpoint", 443).expect("both are there");
    assert!(works.ok && works.reason.is_none());
    let blocked = ask("app-server", "mgn-endpoint", 22).expect("both are there");
    assert!(!blocked.ok && blocked.reason.is_some() && blocked.at.is_some());
    assert_eq!(
        ask("app-servre", "10.0.1.4", 443),
        Err(PathError::NoSuchSender {
            name: "app-servre".to_owned(),
            near: Some("app-server".to_owned()),
        })
    );
    assert!(matches!(
        ask("app-server", "nothing", 443),
        Err(PathError::NoSuchTarget { near: None, .. })
    ));
}
