//! Both ends ask for new keys at once while some of what they say is lost.

use super::pair::{LEFT, Pair, RIGHT, connection};
use crate::kernel::Id;
use crate::proto::ike::Input;
use crate::proto::ike::config::{Lifetime, Versions};
use crate::units::{Ppm, Span};

/// What an end is told to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Ike,
    Child,
}

impl Ask {
    const fn input(self) -> Input<'static> {
        let (connection, child) = (Id::from_index(0), Id::from_index(0));
        match self {
            Self::Ike => Input::Rekey { connection },
            Self::Child => Input::RekeyChild { connection, child },
        }
    }
}

/// Two gateways whose tunnel is up.
fn up(seed: u64, versions: Versions) -> Pair {
    let (mut left, mut right) = (connection(LEFT, RIGHT), connection(RIGHT, LEFT));
    (left.versions, right.versions) = (versions, versions);
    (left.dpd_delay, right.dpd_delay) = (Span::secs(10), Span::secs(10));
    let mut pair = Pair::seeded(seed, left, right);
    pair.initiate();
    pair.told.clear();
    pair
}

#[track_caller]
fn check_settled(pair: &Pair, what: &str) {
    assert_eq!(pair.n_children(), 1, "{what}: {:#?}", pair.told);
    assert_eq!(pair.failures(), ["", ""], "{what}: {:#?}", pair.told);
    for told in &pair.told {
        let harmless = ["removed, replaced", "removed, redundant"];
        let is_removed = told.contains("removed, ");
        assert!(
            !is_removed || harmless.iter().any(|word| told.contains(word)),
            "{what}: {told}: {:#?}",
            pair.told
        );
    }
}

#[track_caller]
fn check_nothing_left_over(pair: &Pair, what: &str) {
    for rows in pair.rows() {
        assert_eq!(rows.len(), 1, "{what}: {:#?}", pair.told);
        assert_eq!(rows[0].children.len(), 1, "{what}: {:#?}", pair.told);
    }
}

/// The left one's question is lost, so that the right one never learns that both asked.
#[test]
fn who_was_not_heard_takes_what_the_peer_made() {
    for ask in [Ask::Ike, Ask::Child] {
        for seed in 0..20 {
            let mut pair = up(seed, Versions::V2);
            pair.loss = Ppm::ONE;
            pair.feed_left(ask.input());
            pair.loss = Ppm::ZERO;
            pair.feed_right(ask.input());
            pair.drive(Span::secs(1));
            check_settled(&pair, "at once");
            pair.drive(Span::secs(30));
            check_settled(&pair, "later");
            check_nothing_left_over(&pair, "later");
        }
    }
}

#[test]
fn whatever_is_lost_the_tunnel_stays() {
    let asks = [
        (Ask::Ike, Ask::Ike),
        (Ask::Child, Ask::Child),
        (Ask::Ike, Ask::Child),
    ];
    for (left, right) in asks {
        for after in [0, 3, 5, 7, 12, 4_003] {
            for seed in 0..40 {
                let what = format!("{left:?} {right:?} after {after} ms, seed {seed}");
                let mut pair = up(seed, Versions::V2);
                pair.loss = Ppm::percent(50);
                pair.feed_left(left.input());
                pair.drive(Span::millis(after));
                pair.feed_right(right.input());
                pair.drive(Span::secs(20));
                pair.loss = Ppm::ZERO;
                pair.drive(Span::minutes(4));
                check_settled(&pair, &what);
                check_nothing_left_over(&pair, &what);
            }
        }
    }
}

/// The answer comes when the life of the old SA is over, which its successor has nothing to do with.
#[test]
fn an_sa_that_ended_while_it_was_replaced_takes_no_successor_along() {
    for both in [false, true] {
        let (mut left, right) = (connection(LEFT, RIGHT), connection(RIGHT, LEFT));
        left.lifetime = Lifetime {
            rekey: Span::secs(10),
            random: Span::ZERO,
            life: Span::secs(70),
        };
        let mut pair = Pair::new(left, right);
        pair.initiate();
        pair.drive(Span::secs(8));
        pair.loss = Ppm::ONE;
        pair.drive(Span::secs(71));
        pair.loss = Ppm::ZERO;
        pair.told.clear();
        if both {
            pair.feed_right(Ask::Ike.input());
        }
        pair.drive(Span::secs(25));
        check_settled(&pair, "when it is answered");
        pair.check_told("left: IKE SA 1 rekeyed: 2 follows it");
    }
}

/// Nobody answers: the SA is still the one that is used, and nothing is said to have taken its place.
#[test]
fn an_sa_of_ikev1_is_rekeyed_when_its_successor_is_up() {
    let mut pair = up(1, Versions::V1);
    pair.loss = Ppm::ONE;
    pair.feed_left(Ask::Ike.input());
    let is_rekeyed = |pair: &Pair| pair.told.iter().any(|told| told.contains("rekeyed"));
    pair.drive(Span::secs(3));
    assert!(!is_rekeyed(&pair), "{:#?}", pair.told);
    pair.loss = Ppm::ZERO;
    pair.drive(Span::secs(10));
    let at = |wanted: &str| {
        pair.told
            .iter()
            .position(|told| told.starts_with("left") && told.contains(wanted))
    };
    let (up, rekeyed) = (at("IKE SA 2 established"), at("IKE SA 1 rekeyed: 2 follows it"));
    assert!(up.is_some() && up < rekeyed, "{:#?}", pair.told);
}
