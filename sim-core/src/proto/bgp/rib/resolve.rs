//! What follows when ways to next hops change.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::entry::{Entry, Turn};
use super::message::Resolved;
use super::path::{Kind, Source};

/// What was asked already: many paths have the same next hop.
pub(super) type Ways = BTreeMap<Ipv4Addr, Option<Resolved>>;

impl Turn<'_> {
    /// The paths of an entry whose way to the next hop changed, each with its cost from now on.
    pub(super) fn rerouted(&self, entry: &Entry, ways: &mut Ways) -> Vec<(usize, Option<u32>)> {
        let mut changed = Vec::new();
        for (place, path) in entry.paths.iter().enumerate() {
            let peer = match path.source {
                Source::Local | Source::Aggregate => continue,
                Source::Peer(peer) => peer,
            };
            let address = path.attributes.next_hop;
            let way = *ways
                .entry(address)
                .or_insert_with(|| self.next_hops.resolve(address));
            let must_be_near = path.rank.kind == Kind::External && !self.peers[peer.index()].config.multihop;
            let metric = way
                .filter(|way| way.connected || !must_be_near)
                .map(|way| way.metric);
            if metric != path.metric {
                changed.push((place, metric));
            }
        }
        changed
    }
}
