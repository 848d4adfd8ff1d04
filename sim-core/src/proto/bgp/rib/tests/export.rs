//! What a path becomes on its way to a peer, and which paths do not go.

use std::sync::Arc;

use smallvec::smallvec;

use crate::proto::bgp::attribute::{Asn, Community, LargeCommunity, RouterId};
use crate::proto::bgp::policy::{Match, Policy, Prepend, Rule, Set};
use crate::proto::bgp::rib::*;

use super::lab::*;

const PREFIX: &str = "20.0.0.0/16";

/// The AS_PATH at the end of a chain of routers of these AS, where the first originates and `config` is that of the
/// last but one towards the last.
#[track_caller]
fn check_path(asns: &[u32], config: PeerConfig, expected: &str) {
    let mut lab = Lab::default();
    let nodes: Vec<usize> = asns
        .iter()
        .zip(1..)
        .map(|(&asn, id)| lab.add(router(asn, id)))
        .collect();
    for pair in nodes.windows(2) {
        let config = if pair[1] + 1 == nodes.len() {
            config.clone()
        } else {
            PeerConfig::default()
        };
        lab.join((pair[0], config), (pair[1], PeerConfig::default()));
    }
    lab.originate(0, PREFIX);
    lab.drive();
    let last = nodes.len() - 1;
    assert_eq!(lab.as_path(last, PREFIX).as_deref(), Some(expected));
}

#[test]
fn private_numbers_go_as_told() {
    let private = |remove_private_as| PeerConfig {
        remove_private_as,
        ..PeerConfig::default()
    };
    let mixed = [64_900, 3320, 7018, 16_509];
    let only = [64_900, 64_901, 7018, 16_509];
    check_path(&mixed, private(RemovePrivateAs::Keep), "7018 3320 64900");
    check_path(&mixed, private(RemovePrivateAs::IfAllPrivate), "7018 3320 64900");
    check_path(&only, private(RemovePrivateAs::IfAllPrivate), "7018");
    check_path(&mixed, private(RemovePrivateAs::All), "7018 3320");
    check_path(&mixed, private(RemovePrivateAs::ReplaceAll), "7018 3320 7018");
    check_path(
        &only,
        private(RemovePrivateAs::ReplaceIfAllPrivate),
        "7018 7018 7018",
    );
    check_path(
        &mixed,
        private(RemovePrivateAs::ReplaceIfAllPrivate),
        "7018 3320 64900",
    );
}

/// FRR: `bgp_append_local_as`.
#[test]
fn a_private_as_behind_local_as_is_not_told_where_private_ones_go() {
    for remove_private_as in [RemovePrivateAs::IfAllPrivate, RemovePrivateAs::All] {
        let config = |own_as_goes| PeerConfig {
            remove_private_as,
            local_as: Some(LocalAs {
                asn: Asn(7018),
                replace: own_as_goes,
            }),
            ..PeerConfig::default()
        };
        check_path(&[65_010, 65_200, 16_509], config(false), "7018");
        check_path(&[65_010, 65_200, 16_509], config(true), "7018");
        check_path(&[65_010, 3320, 16_509], config(false), "7018 3320");
    }
}

#[test]
fn a_set_has_no_number_twice_after_replacing() {
    let mut lab = Lab::default();
    let mut config = router(64_900, 3);
    config.aggregates.push(AggregateConfig {
        prefix: net("10.96.0.0/16"),
        summary_only: false,
        as_set: true,
    });
    let [s1, s2] = [(65_101, 1), (65_102, 2)].map(|(asn, id)| lab.add(router(asn, id)));
    let (sum, far) = (lab.add(config), lab.add(router(16_509, 4)));
    let replacing = PeerConfig {
        remove_private_as: RemovePrivateAs::ReplaceAll,
        ..PeerConfig::default()
    };
    for (other, config) in [
        (s1, PeerConfig::default()),
        (s2, PeerConfig::default()),
        (far, replacing),
    ] {
        lab.join((sum, config), (other, PeerConfig::default()));
    }
    lab.originate(s1, "10.96.1.0/24");
    lab.originate(s2, "10.96.2.0/24");
    lab.drive();
    assert_eq!(lab.as_path(far, "10.96.0.0/16").as_deref(), Some("64900 {64900}"));
}

/// FRR compares the number as it was received (`route_match_metric`), and BIRD's filters see it, too.
#[test]
fn an_export_policy_sees_the_med_that_is_not_passed_on() {
    let matching = PeerConfig {
        export: Some(Arc::new(Policy {
            rules: vec![Rule {
                condition: Match {
                    med: Some(5),
                    ..Match::default()
                },
                set: Set {
                    med: Some(77),
                    ..Set::default()
                },
                ..Rule::default()
            }],
            ..Policy::default()
        })),
        ..PeerConfig::default()
    };
    for (sent, expected) in [(5, Some(77)), (6, None)] {
        let mut lab = Lab::default();
        let [a, b, c] = [1, 2, 3].map(|asn| lab.add(router(asn, asn as u8)));
        lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
        lab.join((b, matching.clone()), (c, PeerConfig::default()));
        lab.originate_with(a, PREFIX, |it| it.med = Some(sent));
        lab.drive();
        assert_eq!(lab.best(c, PREFIX).med, expected);
    }
}

#[test]
fn the_own_as_is_put_in_front_and_what_policy_adds_behind_it() {
    let prepending = |prepend| PeerConfig {
        export: Some(Arc::new(Policy {
            rules: vec![Rule {
                set: Set {
                    prepend: Some(prepend),
                    ..Set::default()
                },
                ..Rule::default()
            }],
            ..Policy::default()
        })),
        ..PeerConfig::default()
    };
    check_path(&[1, 2], PeerConfig::default(), "1");
    check_path(&[1, 2, 3], prepending(Prepend::Own(2)), "2 2 2 1");
    check_path(
        &[1, 2, 3],
        prepending(Prepend::Path(vec![Asn(8), Asn(9)])),
        "2 8 9 1",
    );
}

/// RFC 7705.
#[test]
fn local_as_stands_in_front_or_in_place_of_the_own_one() {
    let local = |replace| PeerConfig {
        local_as: Some(LocalAs {
            asn: Asn(65_099),
            replace,
        }),
        ..PeerConfig::default()
    };
    check_path(&[1, 2, 3], local(false), "65099 2 1");
    check_path(&[1, 2, 3], local(true), "65099 1");
    for (replace, expected) in [(false, "2 65099 3"), (true, "2 3")] {
        let mut lab = Lab::default();
        let (a, b, c) = (
            lab.add(router(1, 1)),
            lab.add(router(2, 2)),
            lab.add(router(3, 3)),
        );
        lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
        lab.join((b, local(replace)), (c, PeerConfig::default()));
        lab.originate(c, PREFIX);
        lab.drive();
        assert_eq!(lab.as_path(a, PREFIX).as_deref(), Some(expected), "on the way in");
    }
}

#[test]
fn sites_of_one_as_hear_each_other_with_as_override_or_allowas_in() {
    let hear = |at_hub: PeerConfig, at_site: PeerConfig| {
        let mut lab = Lab::default();
        let (a, hub, b) = (
            lab.add(router(65_001, 1)),
            lab.add(router(2, 2)),
            lab.add(router(65_001, 3)),
        );
        lab.join((a, PeerConfig::default()), (hub, PeerConfig::default()));
        lab.join((hub, at_hub), (b, at_site));
        lab.originate(a, PREFIX);
        lab.drive();
        lab.as_path(b, PREFIX)
    };
    let as_override = PeerConfig {
        as_override: true,
        ..PeerConfig::default()
    };
    let allowas_in = PeerConfig {
        allowas_in: 1,
        ..PeerConfig::default()
    };
    assert_eq!(hear(PeerConfig::default(), PeerConfig::default()), None);
    assert_eq!(hear(as_override, PeerConfig::default()).as_deref(), Some("2 2"));
    assert_eq!(
        hear(PeerConfig::default(), allowas_in).as_deref(),
        Some("2 65001")
    );
}

#[test]
fn med_and_local_pref_stay_within_the_as() {
    let mut lab = Lab::default();
    let asns = [1, 2, 2, 3];
    let nodes = asns.iter().zip(1..).map(|(&asn, id)| lab.add(router(asn, id)));
    let nodes: Vec<usize> = nodes.collect();
    for pair in nodes.windows(2) {
        lab.join((pair[0], PeerConfig::default()), (pair[1], PeerConfig::default()));
    }
    lab.originate_with(0, PREFIX, |it| it.med = Some(7));
    lab.originate(1, "21.0.0.0/16");
    lab.drive();
    let attributes: Vec<_> = (1..4).map(|node| lab.best(node, PREFIX)).collect();
    let meds: Vec<_> = attributes.iter().map(|it| it.med).collect();
    let local_prefs: Vec<_> = attributes.iter().map(|it| it.local_pref).collect();
    assert_eq!(meds, [Some(7), Some(7), None]);
    assert_eq!(local_prefs, [None, Some(100), None]);
    assert_eq!(lab.best(2, "21.0.0.0/16").med, Some(0), "an own prefix has MED 0");
}

#[test]
fn the_next_hop_is_the_own_address_outside_and_unchanged_inside() {
    for (next_hop_self, is_own) in [(false, false), (true, true)] {
        let mut lab = Lab::default();
        let (a, b, c) = (
            lab.add(router(1, 1)),
            lab.add(router(2, 2)),
            lab.add(router(2, 3)),
        );
        let outer = lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
        let config = PeerConfig {
            next_hop_self,
            ..PeerConfig::default()
        };
        let inner = lab.join((b, config), (c, PeerConfig::default()));
        lab.originate(a, PREFIX);
        lab.originate(b, "21.0.0.0/16");
        lab.drive();
        let [outer, inner] = [outer, inner].map(|session| lab.sessions[session].addresses);
        assert_eq!(lab.best(b, PREFIX).next_hop, outer[0]);
        assert_eq!(
            lab.best(c, PREFIX).next_hop,
            if is_own { inner[0] } else { outer[0] }
        );
        assert_eq!(lab.best(c, "21.0.0.0/16").next_hop, inner[0]);
    }
}

#[test]
fn a_third_party_on_the_peers_link_is_announced_as_it_is() {
    let mut lab = Lab::default();
    let (a, b, c) = (
        lab.add(router(1, 1)),
        lab.add(router(2, 2)),
        lab.add(router(3, 3)),
    );
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    let session = lab.join((b, PeerConfig::default()), (c, PeerConfig::default()));
    lab.down(session, Fate::Dropped);
    lab.sessions[session].is_up = true;
    let (_, peer) = lab.sessions[session].ends[0];
    let negotiated = Arc::new(lab.negotiated(session, 0));
    // One segment holds all three.
    let subnet = Some(net("10.0.0.0/24"));
    lab.input(
        b,
        Input::PeerUp {
            peer,
            negotiated,
            subnet,
        },
    );
    lab.originate(a, PREFIX);
    lab.drive();
    let told = lab.ribs[b].told(peer, net(PREFIX)).expect("c is told");
    assert_eq!(told.next_hop, lab.sessions[0].addresses[0]);
}

#[test]
fn well_known_communities_bound_how_far_a_path_goes() {
    // 1 - 2 = 2 - 3, the middle within one AS.
    let reach = |tag: Option<Community>| {
        let mut lab = Lab::default();
        let asns = [1, 2, 2, 3];
        let nodes: Vec<usize> = asns
            .iter()
            .zip(1..)
            .map(|(&asn, id)| lab.add(router(asn, id)))
            .collect();
        for pair in nodes.windows(2) {
            lab.join((pair[0], PeerConfig::default()), (pair[1], PeerConfig::default()));
        }
        // The policy of the originator adds the tag, which does not bind the originator itself.
        let export = Rule {
            set: Set {
                community_add: tag.into_iter().collect(),
                ..Set::default()
            },
            ..Rule::default()
        };
        let (_, peer) = lab.sessions[0].ends[0];
        lab.input(
            0,
            Input::SetPolicy {
                peer,
                direction: Direction::Export,
                policy: Some(Arc::new(Policy {
                    rules: vec![export],
                    ..Policy::default()
                })),
            },
        );
        lab.originate(0, PREFIX);
        lab.drive();
        (1..4).filter(|&node| lab.as_path(node, PREFIX).is_some()).count()
    };
    assert_eq!(reach(None), 3);
    assert_eq!(reach(Some(Community::GRACEFUL_SHUTDOWN)), 3);
    assert_eq!(reach(Some(Community::NO_EXPORT)), 2);
    assert_eq!(reach(Some(Community::NO_EXPORT_SUBCONFED)), 2);
    assert_eq!(reach(Some(Community::NO_ADVERTISE)), 1);
}

/// RFC 7999 §3.2, as FRR does it: what an external peer wants dropped is held here, and told to interior peers alone.
#[test]
fn a_path_to_be_dropped_stays_within_the_as() {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    let (inside, outside) = (lab.add(router(2, 3)), lab.add(router(3, 4)));
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    let next_hop_self = PeerConfig {
        next_hop_self: true,
        ..PeerConfig::default()
    };
    lab.join((b, next_hop_self), (inside, PeerConfig::default()));
    lab.join((b, PeerConfig::default()), (outside, PeerConfig::default()));
    lab.originate_with(a, "10.1.1.1/32", |attributes| {
        attributes.communities = smallvec![Community::BLACKHOLE];
    });
    lab.drive();
    let both = [Community::BLACKHOLE, Community::NO_EXPORT];
    assert_eq!(lab.best(b, "10.1.1.1/32").communities[..], both);
    assert_eq!(lab.best(inside, "10.1.1.1/32").communities[..], both);
    assert_eq!(lab.as_path(outside, "10.1.1.1/32"), None);
    // Its own routers' wish to drop something adds nothing.
    lab.originate_with(b, "10.2.2.2/32", |attributes| {
        attributes.communities = smallvec![Community::BLACKHOLE];
    });
    lab.drive();
    assert_eq!(
        lab.best(inside, "10.2.2.2/32").communities[..],
        [Community::BLACKHOLE]
    );
    assert_eq!(lab.as_path(outside, "10.2.2.2/32").as_deref(), Some("2"));
}

#[test]
fn communities_are_told_unless_stripped() {
    for strip_communities in [false, true] {
        let mut lab = Lab::default();
        let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
        let config = PeerConfig {
            strip_communities,
            ..PeerConfig::default()
        };
        lab.join((a, config), (b, PeerConfig::default()));
        lab.originate_with(a, PREFIX, |it| {
            it.communities = smallvec![Community::new(1, 2)];
            it.large_communities = vec![LargeCommunity {
                global: 1,
                local_1: 2,
                local_2: 3,
            }];
        });
        lab.drive();
        let heard = lab.best(b, PREFIX);
        let n = usize::from(!strip_communities);
        assert_eq!((heard.communities.len(), heard.large_communities.len()), (n, n));
    }
}

/// RFC 4456: two clients and one other around a reflector.
#[test]
fn a_reflector_passes_between_clients_and_to_clients() {
    let client = PeerConfig {
        rr_client: true,
        ..PeerConfig::default()
    };
    let mut lab = Lab::default();
    let mut config = router(1, 1);
    config.cluster_id = addr("7.7.7.7");
    let hub = lab.add(config);
    let [k1, k2, n1, n2] = [2, 3, 4, 5].map(|id| lab.add(router(1, id)));
    for (spoke, config) in [
        (k1, client.clone()),
        (k2, client),
        (n1, PeerConfig::default()),
        (n2, PeerConfig::default()),
    ] {
        lab.join((hub, config), (spoke, PeerConfig::default()));
    }
    lab.originate(k1, "20.1.0.0/16");
    lab.originate(n1, "20.3.0.0/16");
    lab.drive();
    let holds = |prefix: &str| {
        let nodes = [k1, k2, n1, n2].map(|node| lab.as_path(node, prefix).is_some());
        nodes
            .map(|holds| if holds { 'x' } else { '-' })
            .iter()
            .collect::<String>()
    };
    assert_eq!(
        (holds("20.1.0.0/16").as_str(), holds("20.3.0.0/16").as_str()),
        ("xxxx", "xxx-")
    );
    let reflected = lab.best(k2, "20.1.0.0/16");
    assert_eq!(reflected.originator_id, Some(RouterId(addr("10.255.0.2"))));
    assert_eq!(reflected.cluster_list, [addr("7.7.7.7")]);
    assert_eq!(
        reflected.next_hop, lab.sessions[0].addresses[1],
        "the next hop stays"
    );
}

#[test]
fn without_a_reflector_nothing_passes_from_inside_to_inside() {
    let mut lab = Lab::default();
    let nodes = [1, 2, 3].map(|id| lab.add(router(1, id)));
    for pair in nodes.windows(2) {
        lab.join((pair[0], PeerConfig::default()), (pair[1], PeerConfig::default()));
    }
    lab.originate(0, PREFIX);
    lab.drive();
    assert_eq!(lab.as_path(1, PREFIX).as_deref(), Some(""));
    assert_eq!(lab.as_path(2, PREFIX), None);
}

/// As FRR 8.4.4 does (`subgroup_default_originate` asks for no policy); all else waits for one (RFC 8212).
#[test]
fn a_default_route_for_the_peer_needs_no_policy() {
    let mut lab = Lab::default();
    let mut strict = router(1, 1);
    strict.options.ebgp_requires_policy = true;
    let (a, b) = (lab.add(strict), lab.add(router(2, 2)));
    let config = PeerConfig {
        default_originate: true,
        ..PeerConfig::default()
    };
    lab.join((a, config), (b, PeerConfig::default()));
    lab.originate(a, PREFIX);
    lab.drive();
    assert_eq!(lab.as_path(b, "0.0.0.0/0").as_deref(), Some("1"));
    assert_eq!(lab.as_path(b, PREFIX), None);
}

#[test]
fn a_default_route_is_told_to_the_peer_alone_and_whatever_there_is() {
    let config = PeerConfig {
        default_originate: true,
        ..PeerConfig::default()
    };
    let mut lab = Lab::default();
    let (a, b, c) = (
        lab.add(router(1, 1)),
        lab.add(router(2, 2)),
        lab.add(router(3, 3)),
    );
    let session = lab.join((a, config), (b, PeerConfig::default()));
    lab.join((a, PeerConfig::default()), (c, PeerConfig::default()));
    lab.drive();
    assert_eq!(lab.as_path(b, "0.0.0.0/0").as_deref(), Some("1"));
    assert_eq!(
        (lab.as_path(a, "0.0.0.0/0"), lab.as_path(c, "0.0.0.0/0")),
        (None, None)
    );
    lab.originate(c, "0.0.0.0/0");
    lab.drive();
    assert_eq!(lab.as_path(a, "0.0.0.0/0").as_deref(), Some("3"));
    assert_eq!(lab.as_path(b, "0.0.0.0/0").as_deref(), Some("1"));
    lab.down(session, Fate::Dropped);
    lab.withdraw(c, "0.0.0.0/0");
    lab.drive();
    assert_eq!(
        lab.ribs[a].explain(net("0.0.0.0/0")),
        None,
        "nothing is left behind"
    );
}

#[test]
fn a_path_without_a_way_to_its_next_hop_is_told_to_nobody() {
    let mut lab = Lab::default();
    let (a, b, c) = (
        lab.add(router(1, 1)),
        lab.add(router(2, 2)),
        lab.add(router(3, 3)),
    );
    let session = lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.join((b, PeerConfig::default()), (c, PeerConfig::default()));
    lab.originate(a, PREFIX);
    lab.drive();
    assert_eq!(lab.as_path(c, PREFIX).as_deref(), Some("2 1"));
    let next_hop = lab.sessions[session].addresses[0];
    lab.grounds[b].costs.insert(next_hop, None);
    lab.notices.clear();
    lab.input(b, Input::NextHopsChanged);
    lab.drive();
    assert_eq!(lab.as_path(c, PREFIX), None);
    let peer = lab.sessions[session].ends[1].1;
    let told = lab.notices.contains(&(
        b,
        Notice::Unreachable {
            peer,
            prefix: net(PREFIX),
            next_hop,
        },
    ));
    assert!(told, "{:?}", lab.notices);
    assert_eq!(lab.ribs[b].forward(net(PREFIX)), Forward::Nowhere);
}
