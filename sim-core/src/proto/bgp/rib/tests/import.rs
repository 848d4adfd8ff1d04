//! What is let in: loops, policy, the default of RFC 8212, limits.

use std::sync::Arc;

use smallvec::smallvec;

use crate::proto::bgp::attribute::{Asn, Attributes, Community, RouterId};
use crate::proto::bgp::message::Update;
use crate::proto::bgp::policy::{Action, AsPathMatch, Match, Policy, PrefixMatch, Rule, Set};
use crate::proto::bgp::rib::*;
use crate::units::Span;

use super::lab::*;

const PREFIX: &str = "20.0.0.0/16";

/// One router in AS 65000 with one neighbour in `asn`, and what it says of an announcement.
#[track_caller]
fn check_refusal(
    asn: u32,
    config: PeerConfig,
    change: impl FnOnce(&mut Attributes),
    expected: Option<Refusal>,
) {
    let mut lab = Lab::default();
    let mut own = router(65_000, 1);
    own.options.ebgp_requires_policy = config.rr_client;
    let hub = lab.add(own);
    let other = lab.add(router(asn, 2));
    lab.grounds[hub].own.push(addr("10.0.0.1"));
    let session = lab.join((hub, config), (other, PeerConfig::default()));
    let mut attributes = Attributes::new(lab.sessions[session].addresses[1]);
    attributes.as_path = path(&[asn]);
    change(&mut attributes);
    let update = announce(PREFIX, attributes);
    let (_, peer) = lab.sessions[session].ends[0];
    lab.input(hub, Input::Update { peer, update });
    let why = lab.notices.iter().find_map(|(_, notice)| match notice {
        Notice::Refused { why, .. } => Some(*why),
        Notice::BestChanged { .. }
        | Notice::Unreachable { .. }
        | Notice::LimitReached { .. }
        | Notice::Lost { .. }
        | Notice::NoPolicy { .. }
        | Notice::Withdrawn { .. }
        | Notice::WaysChanged { .. }
        | Notice::Outdone { .. } => None,
    });
    assert_eq!(why, expected);
    assert_eq!(lab.ribs[hub].best(net(PREFIX)).is_none(), expected.is_some());
}

#[test]
fn loops_are_refused() {
    let looped = |attributes: &mut Attributes| attributes.as_path = path(&[9, 65_000, 8]);
    let asn = Asn(65_000);
    check_refusal(9, PeerConfig::default(), |_| {}, None);
    check_refusal(
        9,
        PeerConfig::default(),
        looped,
        Some(Refusal::AsLoop { asn, times: 1 }),
    );
    let once = PeerConfig {
        allowas_in: 1,
        ..PeerConfig::default()
    };
    check_refusal(9, once.clone(), looped, None);
    let twice = |attributes: &mut Attributes| attributes.as_path = path(&[9, 65_000, 65_000]);
    check_refusal(9, once, twice, Some(Refusal::AsLoop { asn, times: 2 }));
    let inside = |change: fn(&mut Attributes)| {
        move |attributes: &mut Attributes| {
            attributes.as_path = path(&[]);
            change(attributes);
        }
    };
    let own = inside(|it| it.originator_id = Some(RouterId(addr("10.255.0.1"))));
    check_refusal(65_000, PeerConfig::default(), own, Some(Refusal::OwnOriginator));
    let cluster = inside(|it| it.cluster_list = vec![addr("1.1.1.1"), addr("10.255.0.1")]);
    check_refusal(65_000, PeerConfig::default(), cluster, Some(Refusal::OwnCluster));
    let next_hop = |it: &mut Attributes| it.next_hop = addr("10.0.0.1");
    check_refusal(9, PeerConfig::default(), next_hop, Some(Refusal::OwnNextHop));
    let local_as = PeerConfig {
        local_as: Some(LocalAs {
            asn: Asn(77),
            replace: false,
        }),
        ..PeerConfig::default()
    };
    let asn = Asn(77);
    check_refusal(9, local_as.clone(), |_| {}, None);
    let looped = |attributes: &mut Attributes| attributes.as_path = path(&[9, 77]);
    check_refusal(9, local_as, looped, Some(Refusal::AsLoop { asn, times: 2 }));
}

#[test]
fn the_rule_that_decided_is_named() {
    let deny = |condition: Match| Rule {
        condition,
        action: Action::Deny,
        ..Rule::default()
    };
    let with = |rules: Vec<Rule>, default: Action| PeerConfig {
        import: Some(Arc::new(Policy { rules, default })),
        ..PeerConfig::default()
    };
    let origin_as = |asn| Match {
        origin_as: Some(Asn(asn)),
        ..Match::default()
    };
    let rules = vec![deny(origin_as(8)), deny(origin_as(9))];
    check_refusal(
        9,
        with(rules, Action::Permit),
        |_| {},
        Some(Refusal::Policy { rule: Some(1) }),
    );
    check_refusal(
        9,
        with(vec![], Action::Deny),
        |_| {},
        Some(Refusal::Policy { rule: None }),
    );
    check_refusal(9, with(vec![], Action::Permit), |_| {}, None);
}

/// RFC 8212; the lab of `check_refusal` turns the option on with the client flag.
#[test]
fn no_policy_lets_nothing_in_where_one_is_required() {
    let required = |import| PeerConfig {
        import,
        rr_client: true,
        ..PeerConfig::default()
    };
    check_refusal(9, required(None), |_| {}, Some(Refusal::NoPolicy));
    check_refusal(9, required(Some(Arc::default())), |_| {}, None);
    let inside = |attributes: &mut Attributes| attributes.as_path = path(&[]);
    check_refusal(65_000, required(None), inside, None);
}

#[test]
fn no_policy_lets_nothing_out_where_one_is_required() {
    let mut lab = Lab::default();
    let mut config = router(1, 1);
    config.options.ebgp_requires_policy = true;
    let (a, b) = (lab.add(config), lab.add(router(2, 2)));
    let session = lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.originate(a, PREFIX);
    lab.drive();
    assert_eq!(lab.as_path(b, PREFIX), None);
    let (_, peer) = lab.sessions[session].ends[0];
    let told = [Direction::Import, Direction::Export].map(|direction| Notice::NoPolicy { peer, direction });
    let notices = lab.notices.iter().filter(|(at, _)| *at == a);
    let missing = notices.filter(|(_, notice)| matches!(notice, Notice::NoPolicy { .. }));
    assert!(missing.map(|(_, notice)| notice).eq(&told), "{:?}", lab.notices);
    lab.input(
        a,
        Input::SetPolicy {
            peer,
            direction: Direction::Export,
            policy: Some(Arc::default()),
        },
    );
    lab.drive();
    assert_eq!(lab.as_path(b, PREFIX).as_deref(), Some("1"));
}

#[track_caller]
fn check_match(condition: Match, prefix: &str, expected: bool) {
    let mut attributes = Attributes::new(addr("10.0.0.1"));
    attributes.as_path = path(&[1, 2, 3]);
    attributes.communities = smallvec![Community::new(1, 5), Community::NO_EXPORT];
    attributes.med = Some(20);
    assert_eq!(
        condition.holds(net(prefix), &attributes),
        expected,
        "{condition:?} {prefix}"
    );
}

#[test]
fn conditions_hold_of_what_they_say() {
    let lines = |lines: &[(&str, Option<u8>, Option<u8>)]| Match {
        prefix: lines
            .iter()
            .map(|&(prefix, ge, le)| PrefixMatch {
                prefix: net(prefix),
                ge,
                le,
            })
            .collect(),
        ..Match::default()
    };
    check_match(Match::default(), "10.0.0.0/8", true);
    for (prefix, exact, ge, le, both) in [
        ("10.0.0.0/8", true, false, true, false),
        ("10.1.0.0/16", false, true, true, true),
        ("10.1.1.0/24", false, true, false, false),
        ("11.0.0.0/16", false, false, false, false),
    ] {
        check_match(lines(&[("10.0.0.0/8", None, None)]), prefix, exact);
        check_match(lines(&[("10.0.0.0/8", Some(16), None)]), prefix, ge);
        check_match(lines(&[("10.0.0.0/8", None, Some(16))]), prefix, le);
        check_match(lines(&[("10.0.0.0/8", Some(9), Some(16))]), prefix, both);
        check_match(
            lines(&[("9.0.0.0/8", None, None), ("10.0.0.0/8", Some(9), Some(16))]),
            prefix,
            both,
        );
    }
    let as_path = |form| Match {
        as_path: vec![form],
        ..Match::default()
    };
    let asns = |asns: &[u32]| asns.iter().map(|&asn| Asn(asn)).collect::<Vec<_>>();
    for (form, expected) in [
        (AsPathMatch::Contains(Asn(2)), true),
        (AsPathMatch::Contains(Asn(4)), false),
        (AsPathMatch::StartsWith(asns(&[1, 2])), true),
        (AsPathMatch::StartsWith(asns(&[2])), false),
        (AsPathMatch::EndsWith(asns(&[2, 3])), true),
        (AsPathMatch::EndsWith(asns(&[2])), false),
        (AsPathMatch::Exactly(asns(&[1, 2, 3])), true),
        (AsPathMatch::Exactly(asns(&[1, 2])), false),
        (AsPathMatch::AtLeast(3), true),
        (AsPathMatch::AtLeast(4), false),
        (AsPathMatch::AtMost(3), true),
        (AsPathMatch::AtMost(2), false),
    ] {
        check_match(as_path(form), "10.0.0.0/8", expected);
    }
    let community = |tags: &[Community]| Match {
        community: tags.to_vec(),
        ..Match::default()
    };
    check_match(
        community(&[Community::new(1, 6), Community::new(1, 5)]),
        "10.0.0.0/8",
        true,
    );
    check_match(community(&[Community::new(1, 6)]), "10.0.0.0/8", false);
    let other = |origin_as, med| Match {
        origin_as,
        med,
        ..Match::default()
    };
    check_match(other(Some(Asn(3)), Some(20)), "10.0.0.0/8", true);
    check_match(other(Some(Asn(1)), None), "10.0.0.0/8", false);
    check_match(other(None, Some(21)), "10.0.0.0/8", false);
}

#[test]
fn what_a_rule_sets_is_there_afterwards() {
    let tag = |text: &str| text.parse::<Community>().expect("a community");
    let mut attributes = Attributes::new(addr("10.0.0.1"));
    attributes.communities = smallvec![tag("1:1"), tag("1:2")];
    let set = Set {
        local_pref: Some(300),
        community_add: vec![tag("no-export"), tag("1:1")],
        community_remove: vec![tag("1:2")],
        ..Set::default()
    };
    set.apply(Asn(1), &mut attributes);
    assert_eq!(attributes.local_pref, Some(300));
    assert_eq!(attributes.communities[..], [tag("1:1"), Community::NO_EXPORT]);
    let set = Set {
        community_set: Some(vec![tag("9:2"), tag("9:1")]),
        ..Set::default()
    };
    set.apply(Asn(1), &mut attributes);
    assert_eq!(attributes.communities[..], [tag("9:1"), tag("9:2")]);
}

#[test]
fn a_policy_is_text_and_back() {
    let text = "(rules: [(match: (prefix: [(prefix: \"10.0.0.0/8\", le: Some(24))], community: [\"7224:7100\"]), \
                set: (local_pref: Some(50), prepend: Some(own(2))), action: permit)], default: deny)";
    let policy: Policy = ron::from_str(text).expect("it can be read");
    assert_eq!(policy.rules[0].set.local_pref, Some(50));
    let written = ron::to_string(&policy).expect("it can be written");
    assert_eq!(
        ron::from_str::<Policy>(&written).expect("it can be read again"),
        policy
    );
    for wrong in ["1:65536", "1", "a:1", "1:2:3"] {
        assert!(wrong.parse::<Community>().is_err(), "{wrong}");
    }
}

fn flood(limit: u32, action: LimitAction, n: usize) -> (Lab, usize) {
    flood_counted(limit, action, LimitCounting::BeforeAdding, n)
}

fn flood_counted(limit: u32, action: LimitAction, counting: LimitCounting, n: usize) -> (Lab, usize) {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    let max_prefix = Some(MaxPrefix {
        limit,
        counting,
        action,
    });
    let config = PeerConfig {
        max_prefix,
        ..PeerConfig::default()
    };
    let session = lab.join((a, config), (b, PeerConfig::default()));
    let (_, peer) = lab.sessions[session].ends[0];
    for n in 0..n {
        let mut attributes = Attributes::new(lab.sessions[session].addresses[1]);
        attributes.as_path = path(&[2]);
        let update = announce(&format!("20.{n}.0.0/16"), attributes);
        lab.input(a, Input::Update { peer, update });
    }
    (lab, session)
}

/// As FRR: the limit is looked at before the prefix is added, so one more than it is accepted.
#[test]
fn the_prefix_after_the_next_one_ends_the_session() {
    let acted = |lab: &Lab| {
        lab.others
            .iter()
            .any(|(_, it)| matches!(it, Output::MaxPrefix(..)))
    };
    let (lab, _) = flood(3, LimitAction::Idle, 4);
    assert_eq!((lab.ribs[0].prefixes().count(), acted(&lab)), (4, false));
    let (mut lab, session) = flood(3, LimitAction::Restart(Span::minutes(1)), 7);
    assert_eq!((lab.ribs[0].prefixes().count(), acted(&lab)), (4, true));
    let n_acted = lab
        .others
        .iter()
        .filter(|(_, it)| matches!(it, Output::MaxPrefix(..)))
        .count();
    assert_eq!(n_acted, 1, "what comes after is not looked at");
    lab.down(session, Fate::Dropped);
    lab.up(session);
    lab.originate(1, PREFIX);
    lab.drive();
    assert_eq!(lab.ribs[0].prefixes().count(), 1, "a new session begins anew");
}

/// As FRR: with one more than the limit, one that is held already is too many. Who counts exactly holds no more than the
/// limit, and one of those may come again.
#[test]
fn a_prefix_that_is_held_comes_once_too_often_only_beyond_the_limit() {
    for (counting, n_held, ends) in [
        (LimitCounting::BeforeAdding, 3, false),
        (LimitCounting::BeforeAdding, 4, true),
        (LimitCounting::Exact, 3, false),
    ] {
        let (mut lab, session) = flood_counted(3, LimitAction::Idle, counting, n_held);
        let acted = |lab: &Lab| {
            let is_end = |it: &Output| matches!(it, Output::MaxPrefix(..));
            lab.others.iter().any(|(_, it)| is_end(it))
        };
        assert!(!acted(&lab), "{counting:?} {n_held}");
        let (_, peer) = lab.sessions[session].ends[0];
        let mut attributes = Attributes::new(lab.sessions[session].addresses[1]);
        attributes.as_path = path(&[2, 2]);
        let update = announce("20.0.0.0/16", attributes);
        lab.input(0, Input::Update { peer, update });
        assert_eq!(acted(&lab), ends, "{counting:?} {n_held}");
    }
}

#[test]
fn a_warning_is_given_once_and_everything_accepted() {
    let (lab, _) = flood(3, LimitAction::Warn, 7);
    let warned = lab
        .notices
        .iter()
        .filter(|(_, it)| matches!(it, Notice::LimitReached { .. }));
    assert_eq!((lab.ribs[0].prefixes().count(), warned.count()), (7, 1));
    assert!(
        lab.others
            .iter()
            .all(|(_, it)| !matches!(it, Output::MaxPrefix(..)))
    );
}

#[test]
fn an_announcement_that_is_refused_takes_the_one_before_away() {
    let (mut lab, session) = flood(100, LimitAction::Idle, 1);
    let (_, peer) = lab.sessions[session].ends[0];
    assert_eq!(lab.ribs[0].counts(peer).n_accepted, 1);
    let mut attributes = Attributes::new(lab.sessions[session].addresses[1]);
    attributes.as_path = path(&[2, 1]);
    let update = announce("20.0.0.0/16", attributes);
    lab.input(0, Input::Update { peer, update });
    assert_eq!(
        (
            lab.ribs[0].prefixes().count(),
            lab.ribs[0].counts(peer).n_accepted
        ),
        (0, 0)
    );
    let update = Update {
        withdrawn: smallvec![net("20.0.0.0/16")],
        ..Update::default()
    };
    lab.input(0, Input::Update { peer, update });
    assert_eq!(
        lab.ribs[0].counts(peer).n_accepted,
        0,
        "to withdraw what is not there does nothing"
    );
}

/// RFC 8326 §4.3, where the option is on.
#[test]
fn a_path_that_is_about_to_go_is_the_last_resort() {
    for honour_graceful_shutdown in [false, true] {
        let mut lab = Lab::default();
        let mut config = router(1, 1);
        config.options.honour_graceful_shutdown = honour_graceful_shutdown;
        let (a, b) = (lab.add(config), lab.add(router(2, 2)));
        lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
        lab.originate_with(b, PREFIX, |it| {
            it.communities = smallvec![Community::GRACEFUL_SHUTDOWN]
        });
        lab.drive();
        let expected = honour_graceful_shutdown.then_some(0);
        assert_eq!(lab.best(a, PREFIX).local_pref, expected);
    }
}
