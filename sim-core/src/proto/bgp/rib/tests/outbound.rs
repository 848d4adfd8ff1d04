//! What an export policy sees, and what it may change.

use std::sync::Arc;

use crate::proto::bgp::attribute::{Asn, Community};
use crate::proto::bgp::policy::{Action, AsPathMatch, Match, Policy, PrefixMatch, Prepend, Rule, Set};
use crate::proto::bgp::rib::*;

use super::lab::*;

const PREFIX: &str = "20.0.0.0/16";

fn exporting(config: PeerConfig, rules: Vec<Rule>) -> PeerConfig {
    let policy = Policy {
        rules,
        ..Policy::default()
    };
    PeerConfig {
        export: Some(Arc::new(policy)),
        ..config
    }
}

/// FRR 8.4 without `bgp route-reflector allow-outbound-policy`.
#[test]
fn a_reflector_may_refuse_by_policy_and_not_change() {
    const DENIED: &str = "20.9.0.0/16";
    let tag = Community::new(1, 1);
    let rules = vec![
        Rule {
            condition: Match {
                prefix: vec![PrefixMatch::exactly(net(DENIED))],
                ..Match::default()
            },
            action: Action::Deny,
            ..Rule::default()
        },
        Rule {
            set: Set {
                local_pref: Some(300),
                med: Some(9),
                next_hop: Some(addr("192.0.2.9")),
                community_add: vec![tag],
                prepend: Some(Prepend::Path(vec![Asn(8)])),
                ..Set::default()
            },
            ..Rule::default()
        },
    ];
    let client = PeerConfig {
        rr_client: true,
        ..PeerConfig::default()
    };
    let mut lab = Lab::default();
    let hub = lab.add(router(1, 1));
    let [from, to] = [2, 3].map(|id| lab.add(router(1, id)));
    let outer = lab.add(router(2, 4));
    lab.join((hub, client.clone()), (from, PeerConfig::default()));
    lab.join((hub, exporting(client, rules)), (to, PeerConfig::default()));
    lab.join((outer, PeerConfig::default()), (hub, PeerConfig::default()));
    for prefix in [PREFIX, DENIED] {
        lab.originate(from, prefix);
    }
    lab.originate(outer, "21.0.0.0/16");
    lab.originate(hub, "22.0.0.0/16");
    lab.drive();
    let heard = lab.best(to, PREFIX);
    assert_eq!((heard.local_pref, heard.med), (Some(100), Some(0)));
    assert_eq!(heard.next_hop, lab.sessions[0].addresses[1]);
    assert_eq!((heard.as_path.n_hops(), heard.has(tag)), (0, false));
    assert_eq!(lab.as_path(to, DENIED), None, "what is refused is not reflected");
    for (prefix, as_path) in [("21.0.0.0/16", "8 2"), ("22.0.0.0/16", "8")] {
        let heard = lab.best(to, prefix);
        assert_eq!((heard.local_pref, heard.med), (Some(300), Some(9)), "{prefix}");
        assert_eq!(
            (heard.next_hop, heard.has(tag)),
            (addr("192.0.2.9"), true),
            "{prefix}"
        );
        assert_eq!(lab.as_path(to, prefix).as_deref(), Some(as_path));
    }
}

/// The path that the last of three routers hears, where the middle one refuses what is as `refused` says.
fn heard_past(asns: [u32; 3], config: &PeerConfig, refused: Match) -> Option<String> {
    let deny = Rule {
        condition: refused,
        action: Action::Deny,
        ..Rule::default()
    };
    let mut lab = Lab::default();
    let mut id = 0;
    let [a, b, c] = asns.map(|asn| {
        id += 1;
        lab.add(router(asn, id))
    });
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    let config = exporting(config.clone(), vec![deny]);
    lab.join(
        (b, config),
        (
            c,
            PeerConfig {
                allowas_in: 1,
                ..PeerConfig::default()
            },
        ),
    );
    lab.originate(a, PREFIX);
    lab.drive();
    lab.as_path(c, PREFIX)
}

#[test]
fn a_policy_sees_the_path_without_the_private_numbers_that_go() {
    let check = |remove_private_as, asns: [u32; 3], refused: &Match, expected: Option<&str>| {
        let config = PeerConfig {
            remove_private_as,
            ..PeerConfig::default()
        };
        let heard = heard_past(asns, &config, refused.clone());
        assert_eq!(
            heard.as_deref(),
            expected,
            "{remove_private_as:?} {asns:?} {refused:?}"
        );
    };
    let form = |form| Match {
        as_path: vec![form],
        ..Match::default()
    };
    let outside = [64_900, 3320, 7018];
    let origin = Match {
        origin_as: Some(Asn(64_900)),
        ..Match::default()
    };
    let private = form(AsPathMatch::Contains(Asn(64_900)));
    let short = form(AsPathMatch::AtMost(0));
    for refused in [&origin, &private] {
        check(RemovePrivateAs::Keep, outside, refused, None);
        check(RemovePrivateAs::All, outside, refused, Some("3320"));
        check(RemovePrivateAs::ReplaceAll, outside, refused, Some("3320 3320"));
    }
    check(RemovePrivateAs::Keep, outside, &short, Some("3320 64900"));
    check(RemovePrivateAs::All, outside, &short, None);
    let replaced = form(AsPathMatch::Exactly(vec![Asn(3320)]));
    check(RemovePrivateAs::ReplaceAll, outside, &replaced, None);
    // Nothing goes within the AS.
    check(RemovePrivateAs::All, [64_900, 3320, 3320], &private, None);
}

#[test]
fn a_policy_sees_the_path_with_the_peers_number_replaced() {
    let contains = |asn| Match {
        as_path: vec![AsPathMatch::Contains(Asn(asn))],
        ..Match::default()
    };
    for (as_override, site, hub) in [(false, None, Some("2 65001")), (true, Some("2 2"), None)] {
        let config = PeerConfig {
            as_override,
            ..PeerConfig::default()
        };
        let heard = |refused| heard_past([65_001, 2, 65_001], &config, contains(refused));
        assert_eq!(heard(65_001).as_deref(), site, "override {as_override}");
        assert_eq!(heard(2).as_deref(), hub, "override {as_override}");
    }
}
