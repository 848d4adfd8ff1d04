//! Prefixes that stand for what lies within them.
//!
//! # Fidelity
//! As FRR: every usable path to a more specific prefix contributes, not only the best; ORIGIN is the worst of
//! theirs; communities are carried with `as_set` alone; MED is 0; ATOMIC_AGGREGATE is left out with `as_set`.
//! # Source
//! RFC 4271 §9.2.2.2.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::Bound;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::proto::bgp::attribute::{
    Aggregator, AsPath, Asn, Attributes, Community, LargeCommunity, Origin, Segment, SegmentKind,
};

use super::config::{AggregateConfig, Config};
use super::entry::Entry;
use super::path::Source;

/// What the aggregate says now; none while nothing lies within it.
pub(super) fn aggregate(
    own: &Config,
    config: &AggregateConfig,
    entries: &BTreeMap<Ipv4Net, Arc<Entry>>,
) -> Option<Attributes> {
    let prefix = config.prefix.trunc();
    let host = Ipv4Net::new_assert(prefix.broadcast(), Ipv4Addr::BITS as u8);
    let mut sum = Sum::default();
    for (within, entry) in entries.range((Bound::Excluded(prefix), Bound::Included(host))) {
        if within.prefix_len() <= prefix.prefix_len() {
            continue;
        }
        for path in &entry.paths {
            if path.is_valid() && path.source != Source::Aggregate {
                sum.add(config, &path.attributes);
            }
        }
    }
    sum.finish(own, config)
}

#[derive(Default)]
struct Sum {
    n: usize,
    origin: Origin,
    is_atomic: bool,
    as_path: Option<AsPath>,
    communities: BTreeSet<Community>,
    large_communities: BTreeSet<LargeCommunity>,
}

impl Sum {
    fn add(&mut self, config: &AggregateConfig, attributes: &Attributes) {
        self.n += 1;
        self.origin = self.origin.max(attributes.origin);
        self.is_atomic |= attributes.atomic_aggregate;
        if !config.as_set {
            return;
        }
        self.as_path = Some(match self.as_path.take() {
            None => attributes.as_path.clone(),
            Some(path) if path == attributes.as_path => path,
            Some(path) => merged(&path, &attributes.as_path),
        });
        self.communities.extend(&attributes.communities);
        self.large_communities.extend(&attributes.large_communities);
    }

    fn finish(self, own: &Config, config: &AggregateConfig) -> Option<Attributes> {
        if self.n == 0 {
            return None;
        }
        let mut attributes = Attributes::new(Ipv4Addr::UNSPECIFIED);
        attributes.origin = self.origin;
        attributes.med = Some(0);
        attributes.as_path = self.as_path.unwrap_or_default();
        attributes.atomic_aggregate = !config.as_set || self.is_atomic;
        attributes.aggregator = Some(Aggregator {
            asn: own.asn,
            id: own.id,
        });
        attributes.communities = self.communities.into_iter().collect();
        attributes.large_communities = self.large_communities.into_iter().collect();
        Some(attributes)
    }
}

/// The leading sequence that two paths share, and all their other numbers as a set.
fn merged(a: &AsPath, b: &AsPath) -> AsPath {
    let (lead_a, lead_b) = (leading(a), leading(b));
    let n_shared = lead_a.iter().zip(lead_b).take_while(|(a, b)| a == b).count();
    let kind = SegmentKind::Sequence;
    let mut segments = Vec::new();
    if n_shared > 0 {
        let asns = lead_a[..n_shared].into();
        segments.push(Segment { kind, asns });
    }
    let rest: BTreeSet<Asn> = a.asns().skip(n_shared).chain(b.asns().skip(n_shared)).collect();
    if !rest.is_empty() {
        let asns = rest.into_iter().collect();
        let kind = SegmentKind::Set;
        segments.push(Segment { kind, asns });
    }
    AsPath::new(segments)
}

fn leading(path: &AsPath) -> &[Asn] {
    match path.segments().first() {
        Some(segment) if segment.kind == SegmentKind::Sequence => &segment.asns,
        Some(_) | None => &[],
    }
}
