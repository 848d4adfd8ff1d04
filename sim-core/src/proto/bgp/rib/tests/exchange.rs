//! What goes over a session: differences, packing, intervals, refresh, End-of-RIB.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use proptest::prelude::*;
use smallvec::smallvec;

use crate::kernel::Streams;
use crate::proto::bgp::attribute::{Attributes, Community};
use crate::proto::bgp::message::Update;
use crate::proto::bgp::policy::{Action, Match, Policy, Rule, Set};
use crate::proto::bgp::rib::*;
use crate::units::{SimTime, Span};

use super::lab::*;

fn chain(config: PeerConfig) -> (Lab, usize) {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    let session = lab.join((a, config), (b, PeerConfig::default()));
    lab.drive();
    (lab, session)
}

fn tagging(tag: u32) -> Option<Arc<Policy>> {
    let set = Set {
        community_set: Some(vec![Community(tag)]),
        ..Set::default()
    };
    let rule = Rule {
        set,
        ..Rule::default()
    };
    Some(Arc::new(Policy {
        rules: vec![rule],
        ..Policy::default()
    }))
}

#[test]
fn prefixes_that_share_attributes_share_a_message_and_what_is_known_is_not_repeated() {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    for n in 0..2_000u32 {
        lab.originate(a, &format!("{}/24", Ipv4Addr::from(0x1400_0000 + n * 256)));
    }
    let session = lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    let sizes: Vec<usize> = lab
        .queue
        .iter()
        .map(|(_, _, update)| update.announced.len())
        .collect();
    assert_eq!(sizes.iter().sum::<usize>(), 2_000);
    assert_eq!(sizes.iter().filter(|&&n| n > 0).count(), 3, "{sizes:?}");
    assert!(sizes.iter().all(|&n| 5 * n < 4_000));
    lab.drive();
    let (_, peer) = lab.sessions[session].ends[0];
    assert_eq!(
        (
            lab.ribs[a].counts(peer).n_advertised,
            lab.ribs[b].prefixes().count()
        ),
        (2_000, 2_000)
    );
    lab.originate(a, "20.0.0.0/24");
    assert_eq!(lab.queue, [], "the same once more is no news");
    lab.down(session, Fate::Dropped);
    assert_eq!(
        (
            lab.ribs[a].counts(peer).n_advertised,
            lab.ribs[b].prefixes().count()
        ),
        (0, 0)
    );
}

#[test]
fn end_of_rib_follows_the_first_routes() {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    lab.originate(a, "20.0.0.0/24");
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    let to_b: Vec<bool> = lab
        .queue
        .iter()
        .filter(|(_, end, _)| *end == 1)
        .map(|(_, _, it)| it.is_end_of_rib())
        .collect();
    assert_eq!(to_b, [false, true]);
}

#[test]
fn within_the_interval_nothing_is_sent_and_the_last_state_wins() {
    let (mut lab, session) = chain(PeerConfig {
        mrai: Span::secs(5),
        ..PeerConfig::default()
    });
    lab.now = SimTime::at(Span::secs(100));
    lab.originate(0, "20.0.0.0/24");
    assert_eq!(lab.queue.len(), 1, "after a quiet time the first goes at once");
    lab.withdraw(0, "20.0.0.0/24");
    assert_eq!(
        lab.queue.len(),
        2,
        "so does a withdrawal while no announcement waits"
    );
    lab.originate(0, "21.0.0.0/24");
    for _ in 0..2 {
        lab.originate(0, "20.0.0.0/24");
        lab.withdraw(0, "20.0.0.0/24");
    }
    lab.originate(0, "22.0.0.0/24");
    lab.originate_with(0, "22.0.0.0/24", |it| it.med = Some(9));
    assert_eq!(
        lab.queue.len(),
        2,
        "announcements wait, and what comes after them"
    );
    assert_eq!(lab.ribs[0].next_wake(), Some(SimTime::at(Span::secs(105))));
    lab.input(0, Input::Wake);
    assert_eq!(lab.queue.len(), 2, "to wake early does nothing");
    lab.now = SimTime::at(Span::secs(105));
    lab.input(0, Input::Wake);
    let sent: Vec<&Update> = lab.queue.iter().map(|(_, _, update)| update).collect();
    assert_eq!(sent.len(), 4);
    assert_eq!(sent[1].withdrawn[..], [net("20.0.0.0/24")]);
    assert_eq!(sent[2].announced[..], [net("21.0.0.0/24")]);
    assert_eq!(sent[3].announced[..], [net("22.0.0.0/24")]);
    assert_eq!(sent[3].attributes.as_ref().and_then(|it| it.med), Some(9));
    lab.originate(0, "23.0.0.0/24");
    lab.down(session, Fate::Dropped);
    assert_eq!(lab.ribs[0].next_wake(), None);
}

#[test]
fn dice_shorten_the_interval_by_a_quarter_at_most() {
    let dice = Streams::new(7).stream("mrai", "r1");
    let mut lab = Lab::default();
    lab.ribs.push(Rib::new(Arc::new(router(1, 1)), Some(dice)));
    lab.grounds.push(Ground::default());
    let b = lab.add(router(2, 2));
    let config = PeerConfig {
        mrai: Span::secs(8),
        ..PeerConfig::default()
    };
    lab.join((0, config), (b, PeerConfig::default()));
    let mut waits = Vec::new();
    for n in 0..20 {
        lab.now = SimTime::at(Span::secs(1_000 * (n + 1)));
        lab.originate_with(0, "20.0.0.0/24", |it| it.med = Some(n as u32));
        lab.originate_with(0, "20.0.0.0/24", |it| it.med = Some(1_000 + n as u32));
        waits.push(lab.ribs[0].next_wake().expect("something waits") - lab.now);
    }
    assert!(
        waits
            .iter()
            .all(|wait| (Span::secs(6)..=Span::secs(8)).contains(wait)),
        "{waits:?}"
    );
    assert!(waits.iter().any(|wait| *wait != waits[0]));
}

#[test]
fn what_changes_at_one_instant_is_told_once() {
    let mut lab = Lab::default();
    let mut config = router(1, 1);
    config.options.coalesce = Some(Span::ZERO);
    let (a, b) = (lab.add(config), lab.add(router(2, 2)));
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.drive();
    lab.now = SimTime::at(Span::secs(3));
    for med in 0..5 {
        lab.originate_with(a, "20.0.0.0/24", |it| it.med = Some(med));
    }
    assert_eq!((lab.queue.len(), lab.ribs[a].next_wake()), (0, Some(lab.now)));
    lab.input(a, Input::Wake);
    assert_eq!((lab.queue.len(), lab.ribs[a].next_wake()), (1, None));
    lab.drive();
    assert_eq!(lab.best(b, "20.0.0.0/24").med, Some(4));
}

#[test]
fn a_new_import_policy_asks_for_a_refresh_or_uses_what_was_kept() {
    for soft_reconfig in [false, true] {
        let mut lab = Lab::default();
        let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
        let config = PeerConfig {
            soft_reconfig,
            ..PeerConfig::default()
        };
        let session = lab.join((a, config), (b, PeerConfig::default()));
        lab.originate(b, "20.0.0.0/24");
        lab.drive();
        lab.others.clear();
        let [(_, peer), (_, back)] = lab.sessions[session].ends;
        let direction = Direction::Import;
        let policy = tagging(77);
        lab.input(
            a,
            Input::SetPolicy {
                peer,
                direction,
                policy,
            },
        );
        let asks = lab.others.iter().any(|(_, it)| *it == Output::AskRefresh(peer));
        assert_eq!(asks, !soft_reconfig);
        if asks {
            lab.input(b, Input::RefreshRequested(back));
            let marks = lab
                .others
                .iter()
                .filter(|(_, it)| matches!(it, Output::MarkRefresh(..)))
                .count();
            assert_eq!(marks, 2);
            lab.drive();
        }
        assert_eq!(lab.best(a, "20.0.0.0/24").communities[..], [Community(77)]);
        let policy = Some(Arc::new(Policy {
            default: Action::Deny,
            ..Policy::default()
        }));
        lab.input(
            a,
            Input::SetPolicy {
                peer,
                direction,
                policy,
            },
        );
        lab.input(b, Input::RefreshRequested(back));
        lab.drive();
        assert_eq!(lab.as_path(a, "20.0.0.0/24"), None);
        let kept = lab.ribs[a]
            .explain(net("20.0.0.0/24"))
            .map_or(0, |it| it.refused.len());
        assert_eq!(kept, usize::from(soft_reconfig));
    }
}

#[test]
fn a_new_export_policy_sends_the_differences() {
    let (mut lab, session) = chain(PeerConfig::default());
    lab.originate(0, "20.0.0.0/24");
    lab.originate_with(0, "21.0.0.0/24", |it| it.communities = smallvec![Community(5)]);
    lab.drive();
    let (_, peer) = lab.sessions[session].ends[0];
    let deny = Rule {
        condition: Match {
            community: vec![Community(5)],
            ..Match::default()
        },
        action: Action::Deny,
        ..Rule::default()
    };
    let policy = Some(Arc::new(Policy {
        rules: vec![deny],
        ..Policy::default()
    }));
    let direction = Direction::Export;
    lab.input(
        0,
        Input::SetPolicy {
            peer,
            direction,
            policy,
        },
    );
    let sent: Vec<_> = lab
        .queue
        .iter()
        .map(|(_, _, it)| (it.withdrawn.len(), it.announced.len()))
        .collect();
    assert_eq!(sent, [(1, 0)]);
    lab.drive();
    assert_eq!(lab.ribs[1].prefixes().collect::<Vec<_>>(), [net("20.0.0.0/24")]);
    lab.input(0, Input::SoftOut(peer));
    let sent: Vec<_> = lab
        .queue
        .iter()
        .map(|(_, _, it)| (it.withdrawn.len(), it.announced.len()))
        .collect();
    assert_eq!(sent, [(0, 1)], "everything once more");
}

#[test]
fn what_a_marked_refresh_does_not_repeat_is_gone() {
    let (mut lab, session) = chain(PeerConfig::default());
    lab.originate(0, "20.0.0.0/24");
    lab.originate(0, "21.0.0.0/24");
    lab.drive();
    let (_, peer) = lab.sessions[session].ends[1];
    let next_hop = lab.sessions[session].addresses[0];
    lab.input(1, Input::RefreshBegun(peer));
    assert_eq!(
        lab.show(1, "21.0.0.0/24"),
        "> peer 0 [1] refreshing won by only path"
    );
    let mut attributes = Attributes::new(next_hop);
    (attributes.as_path, attributes.med) = (path(&[1]), Some(0));
    let update = announce("20.0.0.0/24", attributes);
    lab.input(1, Input::Update { peer, update });
    lab.input(1, Input::RefreshEnded(peer));
    assert_eq!(lab.ribs[1].prefixes().collect::<Vec<_>>(), [net("20.0.0.0/24")]);
}

#[test]
fn an_input_of_a_peer_that_is_not_there_does_nothing() {
    let mut lab = Lab::default();
    let a = lab.add(router(1, 1));
    let peer = PeerId::from_index(9);
    let update = announce("20.0.0.0/24", Attributes::new(addr("10.0.0.1")));
    let routes = Fate::Kept;
    let inputs = [
        Input::Update { peer, update },
        Input::PeerDown { peer, routes },
        Input::EndOfRib(peer),
        Input::RefreshRequested(peer),
        Input::RefreshBegun(peer),
        Input::RefreshEnded(peer),
        Input::SoftIn(peer),
        Input::SoftOut(peer),
        Input::StaleExpired(peer),
    ];
    for input in inputs {
        lab.input(a, input);
    }
    assert_eq!(lab.ribs[a].prefixes().count(), 0);
    assert_eq!(lab.ribs[a].counts(peer), PeerCounts::default());
}

#[derive(Debug, Clone)]
enum Step {
    Originate(u8, u8),
    Withdraw(u8),
    Flap,
    Soft,
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..6, 0u8..4).prop_map(|(prefix, tag)| Step::Originate(prefix, tag)),
        3 => (0u8..6).prop_map(Step::Withdraw),
        1 => Just(Step::Flap),
        1 => Just(Step::Soft),
        2 => Just(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A listener that replays what it is sent has at any quiet moment exactly what the sender believes it has.
    #[test]
    fn what_was_sent_adds_up_to_what_the_sender_remembers(
        steps in proptest::collection::vec(step(), 1..40),
        mrai in prop_oneof![Just(0u64), Just(3)],
        gathers: bool,
    ) {
        let mut lab = Lab::default();
        let mut config = router(1, 1);
        config.options.coalesce = gathers.then_some(Span::ZERO);
        let (a, b) = (lab.add(config), lab.add(router(2, 2)));
        let peer_config = PeerConfig { mrai: Span::secs(mrai), ..PeerConfig::default() };
        let session = lab.join((a, peer_config), (b, PeerConfig::default()));
        let (_, peer) = lab.sessions[session].ends[0];
        let mut heard: BTreeMap<Ipv4Net, Arc<Attributes>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Originate(prefix, tag) => {
                    let tag = Community(u32::from(tag));
                    lab.originate_with(a, &format!("20.{prefix}.0.0/16"), |it| it.communities = smallvec![tag]);
                }
                Step::Withdraw(prefix) => lab.withdraw(a, &format!("20.{prefix}.0.0/16")),
                Step::Flap => {
                    lab.down(session, Fate::Dropped);
                    heard.clear();
                    lab.up(session);
                }
                Step::Soft => lab.input(a, Input::SoftOut(peer)),
                Step::Pass => lab.now = lab.now + Span::secs(1),
            }
            if lab.ribs[a].next_wake().is_some_and(|at| at <= lab.now) {
                lab.input(a, Input::Wake);
            }
            for (_, end, update) in core::mem::take(&mut lab.queue) {
                if end == 0 {
                    continue;
                }
                for prefix in &update.withdrawn {
                    prop_assert!(heard.remove(prefix).is_some(), "only what was announced is withdrawn");
                }
                if let Some(attributes) = &update.attributes {
                    heard.extend(update.announced.iter().map(|prefix| (*prefix, attributes.clone())));
                }
            }
            let told: BTreeMap<_, _> = lab.ribs[a].all_told(peer).map(|(prefix, it)| (prefix, it.clone())).collect();
            prop_assert_eq!(&told, &heard);
            prop_assert_eq!(lab.ribs[a].counts(peer).n_advertised as usize, heard.len());
        }
    }
}
