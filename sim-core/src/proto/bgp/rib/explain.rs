//! Why a prefix is routed as it is: every path with what it has and what it lacks.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Id;
use crate::proto::bgp::attribute::{Attributes, RouterId};
use crate::proto::bgp::negotiated::PeerKind;
use crate::units::SimTime;

use super::decision::{self, DecidedBy, Unshared};
use super::machine::Rib;
use super::message::Forward;
use super::path::{Freshness, Kind, Path, Source};
use super::peer::PeerId;

/// All that the tables hold of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// The paths, in the order in which they came.
    pub candidates: Vec<Candidate>,
    /// The step that put the best before the next best; none where there is no best.
    pub decided_by: Option<DecidedBy>,
    /// How packets are forwarded.
    pub forward: Forward,
    /// The peers that were told, and what.
    pub told: Vec<(PeerId, Arc<Attributes>)>,
    /// What peers with `soft_reconfig` announced and the import policy or a loop check does not let in.
    pub refused: Vec<Refused>,
}

/// A path and how it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it came from.
    pub source: Source,
    /// Interior or exterior, where a peer announced it.
    pub kind: Option<PeerKind>,
    /// The peer's address; unspecified for the router's own.
    pub peer_address: Ipv4Addr,
    /// Its attributes after import policy.
    pub attributes: Arc<Attributes>,
    /// Its weight.
    pub weight: u32,
    /// The cost of the way to its next hop; none if there is no way, and then it cannot be used.
    pub metric: Option<u32>,
    /// ORIGINATOR_ID, or the identifier of the peer that announced it; the router's own for its own.
    pub router_id: RouterId,
    /// When it came as it is.
    pub since: SimTime,
    /// Whether its peer still stands by it.
    pub freshness: Freshness,
    /// It is the best.
    pub is_best: bool,
    /// It is in the multipath set, the best included.
    pub is_multipath: bool,
    /// The rule of the import policy that let it in; none where no rule did.
    pub rule: Option<u32>,
    /// The step at which it loses: against the best of its neighbour AS if it did so there, else against the best, or against
    /// the path that it was compared with where it would beat that; none for the best.
    pub lacked: Option<DecidedBy>,
    /// The step at which it stands behind the best, whoever beat it before that; none for the best. One that would beat the
    /// best, and lost to another path before it could, has the step at which it did.
    pub behind_best: Option<DecidedBy>,
    /// Whose path it stands behind at that step; none for the best and for one that cannot be used.
    pub behind: Option<Source>,
    /// Why packets do not go by it, too, although it is as good as the best up to the cost of the way; none where they do, and
    /// where one path alone may be used.
    pub unshared: Option<Unshared>,
}

/// An announcement that is kept but not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Who announced it.
    pub peer: PeerId,
    /// As it came.
    pub attributes: Arc<Attributes>,
}

/// How much was exchanged with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeerCounts {
    /// Prefixes with a path from it, after import policy.
    pub n_accepted: u32,
    /// Prefixes it was told.
    pub n_advertised: u32,
}

impl Rib {
    /// The prefixes that have a path, in order.
    pub fn prefixes(&self) -> impl Iterator<Item = Ipv4Net> + '_ {
        let held = self.entries.iter().filter(|(_, entry)| !entry.paths.is_empty());
        held.map(|(prefix, _)| *prefix)
    }
    /// How packets to the prefix are forwarded.
    #[must_use]
    pub fn forward(&self, prefix: Ipv4Net) -> Forward {
        let entry = self.entries.get(&prefix);
        entry.map(|entry| entry.forward.clone()).unwrap_or_default()
    }
    /// What a peer was last told of a prefix.
    #[must_use]
    pub fn told(&self, peer: PeerId, prefix: Ipv4Net) -> Option<&Arc<Attributes>> {
        self.entries.get(&prefix)?.told(peer)
    }
    /// Everything a peer was told, by prefix.
    pub fn all_told(&self, peer: PeerId) -> impl Iterator<Item = (Ipv4Net, &Arc<Attributes>)> + '_ {
        let entries = self.entries.iter();
        entries.filter_map(move |(prefix, entry)| Some((*prefix, entry.told(peer)?)))
    }
    /// How much was exchanged with a peer; nothing with one that is not there.
    #[must_use]
    pub fn counts(&self, peer: PeerId) -> PeerCounts {
        let row = self.peers.get(peer.index());
        row.map_or_else(PeerCounts::default, |row| PeerCounts {
            n_accepted: row.n_paths,
            n_advertised: row.n_sent,
        })
    }
    /// The source of the best path to a prefix and its attributes.
    #[must_use]
    pub fn best(&self, prefix: Ipv4Net) -> Option<(Source, &Arc<Attributes>)> {
        let path = self.entries.get(&prefix)?.best()?;
        Some((path.source, &path.attributes))
    }
    /// Everything about a prefix; none if the tables hold nothing of it.
    #[must_use]
    pub fn explain(&self, prefix: Ipv4Net) -> Option<Explanation> {
        let entry = self.entries.get(&prefix)?;
        let candidates = entry.paths.iter().map(|path| self.candidate(&entry.paths, path));
        let told = entry.sent.iter().enumerate().filter_map(|(index, told)| {
            let peer = Id::from_index(index as u32);
            Some((peer, told.clone()?))
        });
        let refused = entry.received.iter().filter_map(|(peer, attributes)| {
            let (peer, attributes) = (*peer, attributes.clone());
            let is_used = entry.place(Source::Peer(peer)).is_some();
            (!is_used).then_some(Refused { peer, attributes })
        });
        Some(Explanation {
            prefix,
            candidates: candidates.collect(),
            decided_by: entry.decided_by,
            forward: entry.forward.clone(),
            told: told.collect(),
            refused: refused.collect(),
        })
    }

    fn candidate(&self, paths: &[Path], path: &Path) -> Candidate {
        let options = &self.config.options;
        let behind = decision::behind(paths, path, options).filter(|_| path.is_valid());
        let kind = match path.source {
            Source::Local | Source::Aggregate => None,
            Source::Peer(_) => Some(match path.rank.kind {
                Kind::Internal => PeerKind::Ibgp,
                Kind::Own | Kind::External => PeerKind::Ebgp,
            }),
        };
        Candidate {
            source: path.source,
            kind,
            peer_address: path.rank.peer_address,
            attributes: path.attributes.clone(),
            weight: path.rank.weight,
            metric: path.metric,
            router_id: path.rank.router_id,
            since: path.since,
            freshness: path.freshness,
            is_best: path.selected,
            is_multipath: path.multipath,
            rule: path.rule,
            lacked: self.lacked(paths, path),
            behind_best: behind.map_or_else(|| self.lacked(paths, path), |(_, step)| Some(step)),
            behind: behind.map(|(rival, _)| rival.source),
            unshared: decision::unshared(paths, path, options),
        }
    }

    /// The step at which a path loses; see [`decision::rival`].
    fn lacked(&self, paths: &[Path], path: &Path) -> Option<DecidedBy> {
        match path.is_valid() {
            true => decision::rival(paths, path, &self.config.options).map(|(_, step)| step),
            false => Some(DecidedBy::NextHopReachable),
        }
    }
}
