//! Aggregates come with their first contributor and go with their last.

use smallvec::smallvec;

use crate::proto::bgp::attribute::{Aggregator, Asn, Community, Origin, RouterId};
use crate::proto::bgp::rib::*;

use super::lab::*;

const WHOLE: &str = "10.96.0.0/16";
const PARTS: [&str; 2] = ["10.96.1.0/24", "10.96.2.0/24"];

/// Two sites, an aggregator in AS 65100, and one who listens.
fn lab(summary_only: bool, as_set: bool) -> Lab {
    let mut lab = Lab::default();
    let mut config = router(65_100, 3);
    config.aggregates.push(AggregateConfig {
        prefix: net(WHOLE),
        summary_only,
        as_set,
    });
    let [s1, s2] = [(65_101, 1), (65_102, 2)].map(|(asn, id)| lab.add(router(asn, id)));
    let sum = lab.add(config);
    let far = lab.add(router(64_512, 4));
    for other in [s1, s2, far] {
        lab.join((sum, PeerConfig::default()), (other, PeerConfig::default()));
    }
    for (site, part) in [s1, s2].into_iter().zip(PARTS) {
        lab.originate_with(site, part, |it| {
            it.communities = smallvec![Community::new(1, site as u16)];
            it.origin = if site == s1 {
                Origin::Incomplete
            } else {
                Origin::Igp
            };
        });
    }
    lab.drive();
    lab
}

const FAR: usize = 3;

#[test]
fn an_aggregate_stands_for_what_lies_within() {
    let mut lab = lab(true, false);
    assert_eq!(lab.ribs[FAR].prefixes().collect::<Vec<_>>(), [net(WHOLE)]);
    let heard = lab.best(FAR, WHOLE);
    let aggregator = Some(Aggregator {
        asn: Asn(65_100),
        id: RouterId(addr("10.255.0.3")),
    });
    assert_eq!(
        (heard.as_path.to_string().as_str(), heard.med),
        ("65100", Some(0))
    );
    assert_eq!(
        (heard.origin, heard.atomic_aggregate, heard.aggregator),
        (Origin::Incomplete, true, aggregator)
    );
    assert_eq!(heard.communities[..], []);
    assert_eq!(lab.ribs[2].forward(net(WHOLE)), Forward::Discard);
    lab.withdraw(0, PARTS[0]);
    lab.drive();
    assert_eq!(lab.best(FAR, WHOLE).origin, Origin::Igp);
    lab.down(1, Fate::Dropped);
    lab.drive();
    assert_eq!((lab.as_path(FAR, WHOLE), lab.as_path(2, WHOLE)), (None, None));
    lab.up(1);
    lab.drive();
    assert_eq!(lab.as_path(FAR, WHOLE).as_deref(), Some("65100"));
}

#[test]
fn without_summary_only_the_parts_are_told_too() {
    let lab = lab(false, false);
    let prefixes = [WHOLE, PARTS[0], PARTS[1]].map(net);
    assert_eq!(lab.ribs[FAR].prefixes().collect::<Vec<_>>(), prefixes);
}

#[test]
fn an_as_set_holds_the_numbers_of_all() {
    let mut lab = lab(true, true);
    let heard = lab.best(FAR, WHOLE);
    assert_eq!(heard.as_path.to_string(), "65100 {65101,65102}");
    assert_eq!((heard.as_path.n_hops(), heard.atomic_aggregate), (2, false));
    assert_eq!(
        heard.communities[..],
        [Community::new(1, 0), Community::new(1, 1)]
    );
    assert_eq!(lab.as_path(0, WHOLE), None, "a contributor sees its own number");
    lab.withdraw(0, PARTS[0]);
    lab.drive();
    assert_eq!(lab.as_path(FAR, WHOLE).as_deref(), Some("65100 65102"));
    assert_eq!(lab.as_path(0, WHOLE).as_deref(), Some("65100 65102"));
}

#[test]
fn many_parts_are_summed_up_once_for_each_message() {
    let mut lab = lab(true, true);
    for n in 0..200u8 {
        lab.originate(0, &format!("10.96.{n}.0/28"));
    }
    lab.drive();
    assert_eq!(lab.ribs[FAR].prefixes().count(), 1);
    lab.down(0, Fate::Dropped);
    let sent = lab
        .queue
        .iter()
        .filter(|(session, end, _)| (*session, *end) == (2, 1))
        .count();
    assert_eq!(sent, 1, "one change of the aggregate for all that went");
}

/// FRR lets an aggregate stand before a network of its own that is alike in all else (`bgp_path_info_cmp`).
#[test]
fn an_aggregate_comes_before_an_own_prefix_that_is_alike() {
    let mut lab = lab(false, false);
    lab.originate(2, WHOLE);
    lab.drive();
    // One of the parts is of unknown origin, and so is what sums them up.
    assert!(!lab.best(FAR, WHOLE).atomic_aggregate);
    lab.withdraw(0, PARTS[0]);
    lab.drive();
    assert!(lab.best(FAR, WHOLE).atomic_aggregate);
    assert_eq!(lab.ribs[2].forward(net(WHOLE)), Forward::Discard);
}
