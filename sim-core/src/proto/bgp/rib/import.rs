//! From what a peer says to a path: loop checks, policy, next hop, limit.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::proto::bgp::attribute::{Asn, Attributes, Community};
use crate::proto::bgp::negotiated::{Negotiated, PeerKind};
use crate::proto::bgp::policy::{Action, Decided, Policy};

use super::config::{Config, LimitAction, LimitCounting, LocalAs, PeerConfig};
use super::decision;
use super::entry::{Entry, Selects, Turn, is_same};
use super::message::{NextHops, Notice, Output, Refusal, Used};
use super::path::{Freshness, Path, Rank, Source};
use super::peer::PeerId;

/// The attributes of one UPDATE on their way in.
///
/// All its prefixes share them, so whatever does not depend on the prefix is done once.
pub(super) enum Admission {
    /// Nothing depends on the prefix.
    Alike(Result<Admitted, Refusal>),
    /// The policy looks at each prefix.
    Apart(Apart),
}

/// What prefixes become of which the policy may say different things.
pub(super) struct Apart {
    from: Arc<Negotiated>,
    config: Arc<PeerConfig>,
    /// What every prefix meets, whatever the policy says.
    base: Result<Arc<Attributes>, Refusal>,
    last: Option<(Decided, Result<Admitted, Refusal>)>,
}

/// What a path is made of.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    attributes: Arc<Attributes>,
    rank: Rank,
    rule: Option<u32>,
    metric: Option<u32>,
}

impl Admission {
    /// The beginning; none if the peer has no session. Attributes that nobody else holds are changed where they are.
    pub(super) fn new(turn: &Turn<'_>, peer: PeerId, attributes: Arc<Attributes>) -> Option<Self> {
        let row = turn.peers.get(peer.index())?;
        let (from, config) = (&row.session.as_ref()?.negotiated, &row.config);
        let base = screen(turn.config, config, from, attributes);
        if config
            .import
            .as_ref()
            .is_some_and(|policy| policy.looks_at_prefix())
        {
            return Some(Self::Apart(Apart {
                from: from.clone(),
                config: config.clone(),
                base,
                last: None,
            }));
        }
        let admitted = base.and_then(|attributes| {
            let decided = decide(config, Ipv4Net::default(), &attributes);
            admit(turn, from, config, decided, attributes)
        });
        Some(Self::Alike(admitted))
    }

    fn of(&mut self, turn: &Turn<'_>, prefix: Ipv4Net) -> &Result<Admitted, Refusal> {
        match self {
            Self::Alike(admitted) => admitted,
            Self::Apart(apart) => apart.of(turn, prefix),
        }
    }
}

impl Apart {
    fn of(&mut self, turn: &Turn<'_>, prefix: Ipv4Net) -> &Result<Admitted, Refusal> {
        let decided = match &self.base {
            Ok(base) => decide(&self.config, prefix, base),
            Err(_) => PERMITTED,
        };
        let last = self.last.take().filter(|(last, _)| *last == decided);
        let last = last.unwrap_or_else(|| {
            let base = self.base.clone();
            let admitted =
                base.and_then(|attributes| admit(turn, &self.from, &self.config, decided, attributes));
            (decided, admitted)
        });
        &self.last.insert(last).1
    }
}

/// Nothing speaks against it, and nothing is changed.
const PERMITTED: Decided = Decided {
    rule: None,
    action: Action::Permit,
};

fn decide(config: &PeerConfig, prefix: Ipv4Net, attributes: &Attributes) -> Decided {
    let policy = config.import.as_ref();
    policy.map_or(PERMITTED, |policy| policy.decide(prefix, attributes))
}

/// What attributes become on which the policy has decided.
fn admit(
    turn: &Turn<'_>,
    from: &Negotiated,
    config: &PeerConfig,
    decided: Decided,
    mut attributes: Arc<Attributes>,
) -> Result<Admitted, Refusal> {
    let rule = decided.rule;
    if decided.action == Action::Deny {
        return Err(Refusal::Policy { rule });
    }
    let mut weight = config.weight;
    let policy: Option<&Policy> = config.import.as_deref();
    if let Some(set) = policy.and_then(|policy| policy.changes(decided)) {
        set.apply(turn.config.asn, Arc::make_mut(&mut attributes));
        weight = set.weight.unwrap_or(weight);
    }
    let options = &turn.config.options;
    let leaves = from.kind == PeerKind::Ebgp && attributes.has(Community::GRACEFUL_SHUTDOWN);
    if options.honour_graceful_shutdown && leaves {
        Arc::make_mut(&mut attributes).local_pref = Some(0);
    }
    // RFC 7999 §3.2: what is to be dropped is not to be spread; the way that FRR chose among those of the RFC.
    let drops = from.kind == PeerKind::Ebgp && attributes.has(Community::BLACKHOLE);
    if drops && !attributes.has(Community::NO_EXPORT) {
        let communities = &mut Arc::make_mut(&mut attributes).communities;
        communities.push(Community::NO_EXPORT);
        communities.sort_unstable();
    }
    if turn.next_hops.is_own(attributes.next_hop) {
        return Err(Refusal::OwnNextHop);
    }
    let metric = resolve(turn.next_hops, from, config, &attributes);
    let rank = Rank::of(options, from, &attributes, weight);
    Ok(Admitted {
        attributes,
        rank,
        rule,
        metric,
    })
}

/// The cost of the way to a path's next hop, if there is a way that the session allows.
pub(super) fn resolve(
    next_hops: &dyn NextHops,
    from: &Negotiated,
    config: &PeerConfig,
    attributes: &Attributes,
) -> Option<u32> {
    let way = next_hops.resolve(attributes.next_hop)?;
    let must_be_near = from.kind == PeerKind::Ebgp && !config.multihop;
    (way.connected || !must_be_near).then_some(way.metric)
}

/// What does not depend on the prefix: loops, the default of RFC 8212, `local-as`.
fn screen(
    own: &Config,
    config: &PeerConfig,
    from: &Negotiated,
    mut attributes: Arc<Attributes>,
) -> Result<Arc<Attributes>, Refusal> {
    if from.kind == PeerKind::Ebgp && attributes.local_pref.is_some() {
        // RFC 4271 §5.1.5: LOCAL_PREF from an external peer is ignored.
        Arc::make_mut(&mut attributes).local_pref = None;
    }
    let allowed = u32::from(config.allowas_in);
    if let Some(LocalAs { asn, replace }) = config.local_as {
        if !replace {
            let attributes = Arc::make_mut(&mut attributes);
            attributes.as_path = attributes.as_path.prepended(asn, 1);
        }
        // The one just put there is no loop.
        let own_doing = u32::from(!replace);
        refuse_loop(&attributes, asn, if allowed > 0 { allowed } else { own_doing })?;
    }
    refuse_loop(&attributes, own.asn, allowed)?;
    if attributes.originator_id == Some(own.id) {
        return Err(Refusal::OwnOriginator);
    }
    if attributes.cluster_list.contains(&own.cluster_id) {
        return Err(Refusal::OwnCluster);
    }
    let is_external = from.kind == PeerKind::Ebgp;
    if is_external && own.options.ebgp_requires_policy && config.import.is_none() {
        return Err(Refusal::NoPolicy);
    }
    Ok(attributes)
}

fn refuse_loop(attributes: &Attributes, asn: Asn, allowed: u32) -> Result<(), Refusal> {
    let times = attributes.as_path.count(asn) as u32;
    if times > allowed {
        return Err(Refusal::AsLoop { asn, times });
    }
    Ok(())
}

impl Turn<'_> {
    /// Takes a prefix that a peer announced.
    pub(super) fn receive(
        &mut self,
        peer: PeerId,
        prefix: Ipv4Net,
        entry: &mut Entry,
        admission: &mut Admission,
    ) {
        let admitted = match admission.of(self, prefix) {
            Ok(admitted) => admitted,
            Err(why) => {
                let why = *why;
                self.notice(Notice::Refused { peer, prefix, why });
                self.remove(Source::Peer(peer), prefix, entry);
                return;
            }
        };
        let held = entry.place(Source::Peer(peer));
        if !self.is_within_limit(peer, prefix, held.is_some()) {
            return;
        }
        let Some(place) = held else {
            let attributes = admitted.attributes.clone();
            let mut path = Path::new(Source::Peer(peer), attributes, admitted.rank, self.now);
            (path.metric, path.rule) = (admitted.metric, admitted.rule);
            self.peers[peer.index()].n_paths += 1;
            self.tell_if_unreachable(peer, prefix, &path);
            entry.paths.push(path);
            self.settle_upon(prefix, entry, Some(Source::Peer(peer)));
            self.tell_if_lost(peer, prefix, entry);
            return;
        };
        let path = &mut entry.paths[place];
        path.freshness = Freshness::Fresh;
        path.rule = admitted.rule;
        let is_same_way = path.metric == admitted.metric && path.rank == admitted.rank;
        if is_same_way && is_same(&path.attributes, &admitted.attributes) {
            return;
        }
        path.attributes.clone_from(&admitted.attributes);
        (path.metric, path.rank, path.since) = (admitted.metric, admitted.rank, self.now);
        self.tell_if_unreachable(peer, prefix, &entry.paths[place]);
        let was_best = entry.paths[place].selected;
        self.settle_upon(prefix, entry, Some(Source::Peer(peer)));
        if !was_best {
            self.tell_if_lost(peer, prefix, entry);
        }
    }

    /// Tells what a path loses to that has just come; of one that was the best so far the change is told.
    fn tell_if_lost(&mut self, peer: PeerId, prefix: Ipv4Net, entry: &Entry) {
        if self.selects == Selects::Later {
            return;
        }
        let source = Source::Peer(peer);
        let path = entry.paths.iter().rfind(|path| path.source == source);
        let Some(path) = path else {
            return;
        };
        if let Some((rival, lacked)) = decision::rival(&entry.paths, path, &self.config.options) {
            self.notice(Notice::Lost {
                peer,
                prefix,
                to: rival.chosen(),
                lacked,
                used: match path.multipath {
                    true => Used::AlongWithBest,
                    false => Used::NotUsed,
                },
            });
        }
    }

    /// Takes a path away, if it is there.
    pub(super) fn remove(&mut self, source: Source, prefix: Ipv4Net, entry: &mut Entry) {
        let Some(place) = entry.place(source) else {
            return;
        };
        entry.paths.remove(place);
        match source {
            Source::Local | Source::Aggregate => {}
            Source::Peer(peer) => self.peers[peer.index()].n_paths -= 1,
        }
        self.settle(prefix, entry);
    }

    pub(super) fn tell_if_unreachable(&mut self, peer: PeerId, prefix: Ipv4Net, path: &Path) {
        if !path.is_valid() {
            let next_hop = path.attributes.next_hop;
            self.notice(Notice::Unreachable {
                peer,
                prefix,
                next_hop,
            });
        }
    }

    /// Whether a prefix may come from the peer, one more or one that is held; says what happens where not.
    fn is_within_limit(&mut self, peer: PeerId, prefix: Ipv4Net, is_held: bool) -> bool {
        let row = &mut self.peers[peer.index()];
        let Some(max) = row.config.max_prefix else {
            return true;
        };
        // FRR looks at the limit before it looks whether it has the prefix (`bgp_route.c`: `bgp_update`, 8.4.4).
        let adds_none = is_held && max.counting == LimitCounting::Exact;
        if adds_none || row.n_paths < max.accepted() {
            row.was_told_of_limit &= adds_none;
            return true;
        }
        let (limit, action) = (max.limit, max.action);
        match action {
            LimitAction::Warn => {
                if !core::mem::replace(&mut row.was_told_of_limit, true) {
                    self.notice(Notice::LimitReached { peer, limit, action });
                }
                true
            }
            LimitAction::Idle | LimitAction::Restart(_) => {
                row.over_limit = true;
                self.notice(Notice::LimitReached { peer, limit, action });
                let why = Refusal::OverLimit;
                self.notice(Notice::Refused { peer, prefix, why });
                self.out.push(Output::MaxPrefix(peer, max));
                false
            }
        }
    }
}
