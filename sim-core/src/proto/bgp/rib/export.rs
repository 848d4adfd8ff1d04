//! From the path in use to what a peer is told of it.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::proto::bgp::attribute::{AsPath, Asn, Asns, Attributes, Community, Segment, SegmentKind};
use crate::proto::bgp::negotiated::PeerKind;
use crate::proto::bgp::policy::{Action, Decided, Policy, Set};

use super::config::{Config, PeerConfig, RemovePrivateAs};
use super::entry::{Entry, Turn, is_same};
use super::path::{Kind, Path, Source};
use super::peer::{Peer, PeerId, Session, Translated};
use super::send::Change;

/// The AS_PATH of the path in use as the peers before got it, for the next that gets the same.
#[derive(Debug, Default)]
pub(super) struct PathMemo {
    last: Option<((Asn, Asn), AsPath)>,
}

impl Turn<'_> {
    /// Tells a peer what is new for it of a prefix, or notes it down until the peer may be told.
    pub(super) fn tell(&mut self, to: PeerId, prefix: Ipv4Net, entry: &mut Entry, memo: &mut PathMemo) {
        let peer = &self.peers[to.index()];
        if peer.session.is_none() {
            return;
        }
        let is_ready = peer.may_be_told(self.now);
        if !is_ready && self.waiting.is_for(to) {
            self.waiting.insert(to, prefix);
            return;
        }
        let wanted = self.wanted(to, prefix, entry, memo);
        let is_told = match (entry.told(to), &wanted) {
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
            (Some(told), Some(wanted)) => is_same(told, wanted),
        };
        if is_told {
            return;
        }
        // As FRR: a withdrawal goes at once, unless announcements wait already.
        if !is_ready && wanted.is_some() {
            self.waiting.insert(to, prefix);
            return;
        }
        self.change(to, prefix, entry, wanted);
    }

    /// Tells a peer all there is of a prefix, whatever it was told.
    pub(super) fn repeat(&mut self, to: PeerId, prefix: Ipv4Net, entry: &mut Entry) {
        let wanted = self.wanted(to, prefix, entry, &mut PathMemo::default());
        if wanted.is_some() || entry.told(to).is_some() {
            self.change(to, prefix, entry, wanted);
        }
    }

    fn change(&mut self, peer: PeerId, prefix: Ipv4Net, entry: &mut Entry, to: Option<Arc<Attributes>>) {
        if entry.sent.len() <= peer.index() {
            entry.sent.resize(peer.index() + 1, None);
        }
        let told = &mut entry.sent[peer.index()];
        let n_sent = &mut self.peers[peer.index()].n_sent;
        match (told.is_some(), to.is_some()) {
            (false, true) => *n_sent += 1,
            (true, false) => *n_sent -= 1,
            (false, false) | (true, true) => {}
        }
        told.clone_from(&to);
        self.changes.push(Change {
            peer,
            prefix,
            attributes: to,
        });
    }

    /// What a peer should have been told of a prefix; none for nothing.
    fn wanted(
        &mut self,
        to: PeerId,
        prefix: Ipv4Net,
        entry: &Entry,
        memo: &mut PathMemo,
    ) -> Option<Arc<Attributes>> {
        let peer = &self.peers[to.index()];
        let session = peer.session.as_ref()?;
        let is_external = session.kind == PeerKind::Ebgp;
        // What is made for the peer alone needs no policy, as FRR has it.
        if peer.config.default_originate && prefix.prefix_len() == 0 {
            return Some(Arc::new(default_route(self.config, peer, session)));
        }
        // RFC 8212 §3: no export policy, nothing told.
        if is_external && self.config.options.ebgp_requires_policy && peer.config.export.is_none() {
            return None;
        }
        let path = entry.best()?;
        if path.source == Source::Peer(to) || self.is_suppressed(prefix, path) {
            return None;
        }
        if !self.may_pass(path, peer, session) {
            return None;
        }
        let mut decided = Decided {
            rule: None,
            action: Action::Permit,
        };
        let translation = Translation {
            own: self.config,
            config: &peer.config,
            session,
        };
        if let Some(policy) = &peer.config.export {
            decided = policy.decide(prefix, &translation.seen_by(policy, path));
        }
        if decided.action == Action::Deny {
            return None;
        }
        if let Some(last) = &self.translated[to.index()] {
            let is_like = last.source == path.source && last.rule == decided.rule;
            if is_like && Arc::ptr_eq(&last.from, &path.attributes) {
                return Some(last.to.clone());
            }
        }
        let set = peer
            .config
            .export
            .as_ref()
            .and_then(|policy| policy.changes(decided));
        let attributes = Arc::new(translation.of(path, set, memo));
        self.translated[to.index()] = Some(Translated {
            source: path.source,
            rule: decided.rule,
            from: path.attributes.clone(),
            to: attributes.clone(),
        });
        Some(attributes)
    }

    /// Whether an aggregate speaks for it.
    fn is_suppressed(&self, prefix: Ipv4Net, path: &Path) -> bool {
        path.source != Source::Aggregate
            && self.config.aggregates.iter().any(|aggregate| {
                aggregate.summary_only
                    && aggregate.prefix.prefix_len() < prefix.prefix_len()
                    && aggregate.prefix.contains(&prefix)
            })
    }

    /// Whether communities and the rules of iBGP let the path pass to the peer.
    fn may_pass(&self, path: &Path, peer: &Peer, session: &Session) -> bool {
        let attributes = &path.attributes;
        if attributes.has(Community::NO_ADVERTISE) {
            return false;
        }
        match session.kind {
            PeerKind::Ebgp => {
                !attributes.has(Community::NO_EXPORT) && !attributes.has(Community::NO_EXPORT_SUBCONFED)
            }
            PeerKind::Ibgp => match (path.source, path.rank.kind) {
                (Source::Peer(from), Kind::Internal) => {
                    // RFC 4456 §6: a reflector passes what clients say to all, and what others say to clients.
                    let from_client = self.peers[from.index()].config.rr_client;
                    let is_origin = attributes.originator_id == Some(session.negotiated.peer_id);
                    (from_client || peer.config.rr_client) && !is_origin
                }
                (Source::Peer(_), Kind::External | Kind::Own) | (Source::Local | Source::Aggregate, _) => {
                    true
                }
            },
        }
    }
}

/// The default route that a peer is told whether there is one or not.
fn default_route(own: &Config, peer: &Peer, session: &Session) -> Attributes {
    let mut attributes = Attributes::new(session.local_address);
    attributes.med = Some(0);
    match session.kind {
        PeerKind::Ebgp => attributes.as_path = with_own_as(own, &peer.config, &attributes.as_path),
        PeerKind::Ibgp => attributes.local_pref = Some(own.options.default_local_pref),
    }
    attributes
}

struct Translation<'a> {
    own: &'a Config,
    config: &'a PeerConfig,
    session: &'a Session,
}

impl Translation<'_> {
    /// What an export policy looks at: the numbers that no external peer is told are out of the path by then, as in FRR. The
    /// MED of another AS is still there to be looked at, in FRR (`route_match_metric`) and in BIRD.
    fn seen_by<'a>(&self, policy: &Policy, path: &'a Path) -> Cow<'a, Attributes> {
        let mut seen = Cow::Borrowed(path.attributes.as_ref());
        match self.session.kind {
            PeerKind::Ebgp if policy.looks_at_path() && self.cleans_path() => self.clean_path(seen.to_mut()),
            PeerKind::Ebgp | PeerKind::Ibgp => {}
        }
        seen
    }

    fn of(&self, path: &Path, set: Option<&Set>, memo: &mut PathMemo) -> Attributes {
        let mut attributes = path.attributes.as_ref().clone();
        match self.session.kind {
            PeerKind::Ebgp => self.to_external(path, set, memo, &mut attributes),
            PeerKind::Ibgp => self.to_internal(path, set, &mut attributes),
        }
        if self.config.strip_communities {
            attributes.communities.clear();
            attributes.large_communities.clear();
        }
        attributes
    }

    fn to_internal(&self, path: &Path, set: Option<&Set>, attributes: &mut Attributes) {
        attributes
            .local_pref
            .get_or_insert(self.own.options.default_local_pref);
        let (is_own, is_reflected) = match path.rank.kind {
            Kind::Own => (true, false),
            Kind::External => (false, false),
            Kind::Internal => (false, true),
        };
        if is_reflected {
            attributes.originator_id.get_or_insert(path.rank.router_id);
            attributes.cluster_list.insert(0, self.own.cluster_id);
        }
        if is_own || (self.config.next_hop_self && !is_reflected) {
            attributes.next_hop = self.session.local_address;
        }
        // As FRR without `bgp route-reflector allow-outbound-policy`: a reflector changes nothing that it reflects.
        if let Some(set) = set
            && !is_reflected
        {
            set.apply(self.own.asn, attributes);
        }
    }

    fn to_external(&self, path: &Path, set: Option<&Set>, memo: &mut PathMemo, attributes: &mut Attributes) {
        if path.rank.kind != Kind::Own {
            // RFC 4271 §5.1.4: what one AS says of its entries is not told to another.
            attributes.med = None;
        }
        if !self.is_third_party(path.attributes.next_hop) || path.rank.kind == Kind::Own {
            attributes.next_hop = self.session.local_address;
        }
        attributes.originator_id = None;
        attributes.cluster_list = Vec::new();
        let leaves_path = !self.cleans_path() && set.is_none_or(|set| set.prepend.is_none());
        if !leaves_path {
            self.clean_path(attributes);
        }
        if let Some(set) = set {
            set.apply(self.own.asn, attributes);
        }
        attributes.local_pref = None;
        // The path is the same for all peers that get it without changes of their own.
        let key = (own_as(self.own, self.config), second_as(self.own, self.config));
        match &memo.last {
            Some((last, as_path)) if leaves_path && *last == key => attributes.as_path = as_path.clone(),
            Some(_) | None => {
                attributes.as_path = with_own_as(self.own, self.config, &attributes.as_path);
                if leaves_path {
                    memo.last = Some((key, attributes.as_path.clone()));
                }
            }
        }
    }

    /// Whether the next hop is on the peer's own link, so that it need not come through here (RFC 4271 §5.1.3).
    fn is_third_party(&self, next_hop: Ipv4Addr) -> bool {
        let on_link = self
            .session
            .subnet
            .is_some_and(|subnet| subnet.contains(&next_hop));
        on_link && next_hop != self.session.negotiated.peer_address && !self.config.next_hop_self
    }

    /// Whether numbers may be taken out of the path, or replaced.
    fn cleans_path(&self) -> bool {
        self.config.remove_private_as != RemovePrivateAs::Keep || self.config.as_override
    }

    fn clean_path(&self, attributes: &mut Attributes) {
        let (own, peer) = (self.own.asn, self.session.negotiated.peer_as);
        let path = &attributes.as_path;
        // FRR leaves the peer's own number, private or not.
        let goes = |asn: Asn| asn.is_private() && asn != peer;
        let all_private = !path.segments().is_empty() && path.asns().all(Asn::is_private);
        let cleaned = match self.config.remove_private_as {
            RemovePrivateAs::Keep => None,
            RemovePrivateAs::IfAllPrivate => {
                all_private.then(|| rewritten(path, |asn| keep_unless(goes, asn)))
            }
            RemovePrivateAs::All => Some(rewritten(path, |asn| keep_unless(goes, asn))),
            RemovePrivateAs::ReplaceIfAllPrivate => {
                all_private.then(|| rewritten(path, |asn| Some(if goes(asn) { own } else { asn })))
            }
            RemovePrivateAs::ReplaceAll => {
                Some(rewritten(path, |asn| Some(if goes(asn) { own } else { asn })))
            }
        };
        if let Some(cleaned) = cleaned {
            attributes.as_path = cleaned;
        }
        if self.config.as_override && attributes.as_path.count(peer) > 0 {
            let replaced = |asn: Asn| Some(if asn == peer { own } else { asn });
            attributes.as_path = rewritten(&attributes.as_path, replaced);
        }
    }
}

fn keep_unless(goes: impl Fn(Asn) -> bool, asn: Asn) -> Option<Asn> {
    (!goes(asn)).then_some(asn)
}

/// The path with every number replaced or left out, and without segments that have none left.
fn rewritten(path: &AsPath, each: impl Fn(Asn) -> Option<Asn>) -> AsPath {
    let segments = path.segments().iter().filter_map(|segment| {
        let mut asns: Asns = segment.asns.iter().filter_map(|&asn| each(asn)).collect();
        let kind = segment.kind;
        if kind == SegmentKind::Set {
            asns.sort_unstable();
            asns.dedup();
        }
        (!asns.is_empty()).then_some(Segment { kind, asns })
    });
    AsPath::new(segments.collect())
}

/// The leftmost AS that the peer sees.
fn own_as(own: &Config, config: &PeerConfig) -> Asn {
    config.local_as.map_or(own.asn, |local_as| local_as.asn)
}

/// The AS that stands behind it, the same where there is none.
fn second_as(own: &Config, config: &PeerConfig) -> Asn {
    // FRR adds no private number where it takes others out (`bgp_append_local_as`).
    let is_hidden = own.asn.is_private() && config.remove_private_as != RemovePrivateAs::Keep;
    match config.local_as {
        Some(local_as) if !local_as.replace && !is_hidden => own.asn,
        Some(_) | None => own_as(own, config),
    }
}

/// The path as an external peer sees it: without confederations, the own AS in front.
fn with_own_as(own: &Config, config: &PeerConfig, path: &AsPath) -> AsPath {
    let is_confed = |segment: &Segment| match segment.kind {
        SegmentKind::ConfedSequence | SegmentKind::ConfedSet => true,
        SegmentKind::Set | SegmentKind::Sequence => false,
    };
    let mut path = path.clone();
    if path.segments().iter().any(is_confed) {
        let segments = path.segments().iter().filter(|segment| !is_confed(segment));
        path = AsPath::new(segments.cloned().collect());
    }
    let (first, second) = (own_as(own, config), second_as(own, config));
    if second != first {
        path = path.prepended(second, 1);
    }
    path.prepended(first, 1)
}
