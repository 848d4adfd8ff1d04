//! The tables as a machine: an input at an instant, outputs, and when to wake next.

use std::collections::BTreeMap;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::{Dice, Id};
use crate::proto::bgp::attribute::Attributes;
use crate::proto::bgp::message::{Prefixes, Update};
use crate::units::{SimTime, Span};

use super::aggregate::aggregate;
use super::config::{Config, PeerConfig};
use super::entry::{Entry, Selects, Turn};
use super::export::PathMemo;
use super::import::Admission;
use super::message::{Input, NextHops, Output, RefreshMark};
use super::path::{Freshness, OWN_WEIGHT, Path, Rank, Source};
use super::peer::{Peer, PeerId, Translated, Waiting};
use super::resolve::Ways;
use super::send::{self, Changes};

/// What is known of each prefix.
pub(super) type Entries = BTreeMap<Ipv4Net, Arc<Entry>>;

/// The tables of one router. A clone costs little and shares entries until one side changes them.
#[derive(Debug, Clone)]
pub struct Rib {
    pub(super) config: Arc<Config>,
    pub(super) peers: Vec<Peer>,
    /// The last translation for each peer, because many prefixes share their attributes.
    pub(super) translated: Vec<Option<Translated>>,
    pub(super) waiting: Waiting,
    pub(super) entries: Arc<Entries>,
    /// What makes intervals between sendings uneven, where that is wanted.
    dice: Option<Box<Dice>>,
    /// The router restarts and selects nothing before this instant.
    pub(super) selects_at: Option<SimTime>,
    /// Prefixes of which peers are to be told, and when.
    unsaid: Prefixes,
    says_at: Option<SimTime>,
}

/// What is borrowed for one input besides the tables.
pub(super) struct Call<'a> {
    pub(super) now: SimTime,
    next_hops: &'a dyn NextHops,
    pub(super) out: &'a mut Vec<Output>,
    changes: Changes,
    stirred: Vec<usize>,
}

impl Rib {
    /// The empty tables of a router.
    ///
    /// With dice the interval between two sendings to a peer is between three quarters of its `mrai` and the whole,
    /// as RFC 4271 §10 has it; without, the whole, as with FRR.
    #[must_use]
    pub fn new(config: Arc<Config>, dice: Option<Dice>) -> Self {
        Self {
            config,
            peers: Vec::new(),
            translated: Vec::new(),
            waiting: Waiting::default(),
            entries: Arc::default(),
            dice: dice.map(Box::new),
            selects_at: None,
            unsaid: Prefixes::new(),
            says_at: None,
        }
    }
    /// Shares nothing with clones from here on, so that the first change of each entry costs no more than later ones.
    pub fn detach(&mut self) {
        for entry in Arc::make_mut(&mut self.entries).values_mut() {
            Arc::make_mut(entry);
        }
    }
    /// Adds a peer, whose session is down.
    ///
    /// # Panics
    /// Past 2^32 peers, which no lab that fits in memory reaches.
    pub fn add_peer(&mut self, config: Arc<PeerConfig>) -> PeerId {
        let n = u32::try_from(self.peers.len()).expect("bug: a router has fewer than 2^32 peers");
        self.peers.push(Peer::new(config));
        self.translated.push(None);
        Id::from_index(n)
    }
    /// What the router was told to do.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }
    /// What it was told to do with a peer's routes.
    #[must_use]
    pub fn peer_config(&self, peer: PeerId) -> Option<&Arc<PeerConfig>> {
        Some(&self.peers.get(peer.index())?.config)
    }
    /// Whether there is something of which peers are to be told as soon as what comes at this instant has come.
    #[must_use]
    pub const fn is_gathering(&self) -> bool {
        self.says_at.is_some()
    }
    /// When [`Input::Wake`] is next of use; none while nothing waits.
    #[must_use]
    pub fn next_wake(&self) -> Option<SimTime> {
        // What is gathered waits shortest.
        self.says_at.or_else(|| self.wakes().min())
    }

    /// Every instant at which it is of use, as things stand.
    pub fn wakes(&self) -> impl Iterator<Item = SimTime> + '_ {
        let ready_at = |peer: PeerId| Some(self.peers.get(peer.index())?.ready_at);
        let waiting = self.waiting.peers().filter_map(ready_at);
        self.says_at.into_iter().chain(waiting).chain(self.selects_at)
    }

    /// Takes one input at `now` and pushes what follows to `out`.
    ///
    /// An input that names a peer which is not there does nothing.
    pub fn handle(&mut self, now: SimTime, input: Input, next_hops: &dyn NextHops, out: &mut Vec<Output>) {
        let mut call = Call {
            now,
            next_hops,
            out,
            changes: Changes::new(),
            stirred: Vec::new(),
        };
        match input {
            Input::Update { peer, update } => self.update(&mut call, peer, update),
            Input::Originate(prefix, attributes) => self.originate(&mut call, prefix.trunc(), &attributes),
            Input::Withdraw(prefix) => {
                self.at(&mut call, prefix.trunc(), |turn, prefix, entry| {
                    turn.remove(Source::Local, prefix, entry);
                });
            }
            Input::NextHopsChanged => self.reroute(&mut call),
            Input::Wake => self.wake(&mut call),
            Input::Restarting { until } => self.selects_at = Some(until),
            Input::PeerUp {
                peer,
                negotiated,
                subnet,
            } if self.has(peer) => {
                self.peer_up(&mut call, peer, negotiated, subnet);
            }
            Input::PeerDown { peer, routes } if self.has(peer) => self.peer_down(&mut call, peer, routes),
            Input::EndOfRib(peer) if self.has(peer) => self.end_of_rib(&mut call, peer),
            Input::RefreshRequested(peer) if self.is_up(peer) => {
                call.out.push(Output::MarkRefresh(peer, RefreshMark::Begin));
                self.repeat(&mut call, peer);
                self.flush(&mut call);
                call.out.push(Output::MarkRefresh(peer, RefreshMark::End));
            }
            Input::RefreshBegun(peer) if self.is_up(peer) => {
                self.age(&mut call, peer, Freshness::Refreshing);
            }
            Input::RefreshEnded(peer) if self.has(peer) => {
                self.sweep(&mut call, peer, Freshness::Refreshing);
            }
            Input::SetPolicy {
                peer,
                direction,
                policy,
            } if self.has(peer) => {
                self.set_policy(&mut call, peer, direction, policy);
            }
            Input::SoftIn(peer) if self.is_up(peer) => self.soft_in(&mut call, peer),
            Input::SoftOut(peer) if self.is_up(peer) => self.repeat(&mut call, peer),
            Input::StaleExpired(peer) if self.has(peer) => self.sweep(&mut call, peer, Freshness::Stale),
            Input::PeerUp { .. }
            | Input::PeerDown { .. }
            | Input::EndOfRib(_)
            | Input::RefreshRequested(_)
            | Input::RefreshBegun(_)
            | Input::RefreshEnded(_)
            | Input::SetPolicy { .. }
            | Input::SoftIn(_)
            | Input::SoftOut(_)
            | Input::StaleExpired(_) => {}
        }
        self.flush(&mut call);
    }

    pub(super) fn has(&self, peer: PeerId) -> bool {
        peer.index() < self.peers.len()
    }
    pub(super) fn is_up(&self, peer: PeerId) -> bool {
        self.peers
            .get(peer.index())
            .is_some_and(|row| row.session.is_some())
    }

    /// The entries, and all else that work on them takes.
    fn turn<'a>(&'a mut self, call: &'a mut Call<'_>) -> (&'a mut Entries, Turn<'a>) {
        let turn = Turn {
            now: call.now,
            config: &self.config,
            peers: &mut self.peers,
            translated: &mut self.translated,
            waiting: &mut self.waiting,
            next_hops: call.next_hops,
            out: call.out,
            changes: &mut call.changes,
            stirred: &mut call.stirred,
            unsaid: &mut self.unsaid,
            selects: selects(self.selects_at),
        };
        (Arc::make_mut(&mut self.entries), turn)
    }

    /// Works on one entry, which is there afterwards only if it holds something.
    pub(super) fn at(
        &mut self,
        call: &mut Call<'_>,
        prefix: Ipv4Net,
        work: impl FnOnce(&mut Turn<'_>, Ipv4Net, &mut Entry),
    ) {
        let (entries, mut turn) = self.turn(call);
        let entry = Arc::make_mut(entries.entry(prefix).or_default());
        work(&mut turn, prefix, entry);
        if entry.is_empty() {
            entries.remove(&prefix);
        }
    }

    /// Works on the entries that `concerns` picks, in order.
    pub(super) fn each(
        &mut self,
        call: &mut Call<'_>,
        concerns: impl Fn(&Entry) -> bool,
        mut work: impl FnMut(&mut Turn<'_>, Ipv4Net, &mut Entry),
    ) {
        if !self.entries.values().any(|entry| concerns(entry)) {
            return;
        }
        let (entries, mut turn) = self.turn(call);
        let mut is_emptied = false;
        for (prefix, entry) in entries.iter_mut() {
            if concerns(entry) {
                let entry = Arc::make_mut(entry);
                work(&mut turn, *prefix, entry);
                is_emptied |= entry.is_empty();
            }
        }
        if is_emptied {
            entries.retain(|_, entry| !entry.is_empty());
        }
    }

    /// Brings aggregates up to date and sends what there is to send.
    pub(super) fn flush(&mut self, call: &mut Call<'_>) {
        while let Some(index) = call.stirred.pop() {
            self.sum_up(call, index);
        }
        if self.says_at.is_none() && !self.unsaid.is_empty() {
            let gathers = self.config.options.coalesce.unwrap_or(Span::ZERO);
            self.says_at = Some(call.now + gathers);
        }
        if !call.changes.is_empty() {
            let dice = self.dice.as_deref_mut();
            send::flush(call.now, &mut self.peers, dice, &mut call.changes, call.out);
        }
    }

    fn sum_up(&mut self, call: &mut Call<'_>, index: usize) {
        let Some(config) = self.config.aggregates.get(index).copied() else {
            return;
        };
        let prefix = config.prefix.trunc();
        let sum = aggregate(&self.config, &config, &self.entries);
        let existing = self.entries.get(&prefix).and_then(|entry| {
            let place = entry.place(Source::Aggregate)?;
            Some(&entry.paths[place].attributes)
        });
        if existing.map(Arc::as_ref) == sum.as_ref() {
            return;
        }
        self.at(call, prefix, |turn, prefix, entry| match sum {
            None => turn.remove(Source::Aggregate, prefix, entry),
            Some(attributes) => turn.put_own(Source::Aggregate, prefix, entry, Arc::new(attributes)),
        });
    }

    fn originate(&mut self, call: &mut Call<'_>, prefix: Ipv4Net, attributes: &Arc<Attributes>) {
        let mut attributes = attributes.clone();
        if attributes.med.is_none() {
            // FRR says MED 0 of prefixes of its own.
            Arc::make_mut(&mut attributes).med = Some(0);
        }
        if !attributes.next_hop.is_unspecified() {
            Arc::make_mut(&mut attributes).next_hop = std::net::Ipv4Addr::UNSPECIFIED;
        }
        self.at(call, prefix, |turn, prefix, entry| {
            turn.put_own(Source::Local, prefix, entry, attributes);
        });
    }

    fn update(&mut self, call: &mut Call<'_>, peer: PeerId, update: Update) {
        if !self.is_up(peer) || self.peers[peer.index()].over_limit {
            return;
        }
        // One alone is told by what becomes of its prefix.
        self.withdrawing(call, peer, 2, |rib, call| {
            for prefix in update.withdrawn {
                if !rib.entries.contains_key(&prefix) {
                    continue;
                }
                rib.at(call, prefix, |turn, prefix, entry| {
                    entry.forget_received(peer);
                    turn.remove(Source::Peer(peer), prefix, entry);
                });
            }
        });
        let Some(attributes) = update.attributes else {
            return;
        };
        let keeps = self.peers[peer.index()].config.soft_reconfig;
        let kept = keeps.then(|| attributes.clone());
        let Some(mut admission) = Admission::new(&self.turn(call).1, peer, attributes) else {
            return;
        };
        for prefix in update.announced {
            self.at(call, prefix, |turn, prefix, entry| {
                if turn.peers[peer.index()].over_limit {
                    return;
                }
                if let Some(kept) = &kept {
                    entry.keep_received(peer, kept);
                }
                turn.receive(peer, prefix, entry, &mut admission);
            });
        }
    }

    fn reroute(&mut self, call: &mut Call<'_>) {
        let mut ways = Ways::new();
        let from_peer = |entry: &Entry| {
            entry
                .paths
                .iter()
                .any(|path| path.rank.peer_address.to_bits() != 0)
        };
        self.each(call, from_peer, |turn, prefix, entry| {
            let changed = turn.rerouted(entry, &mut ways);
            if changed.is_empty() {
                return;
            }
            for (place, metric) in changed {
                entry.paths[place].metric = metric;
                if let Source::Peer(peer) = entry.paths[place].source {
                    turn.tell_if_unreachable(peer, prefix, &entry.paths[place]);
                }
            }
            turn.settle(prefix, entry);
        });
    }

    fn wake(&mut self, call: &mut Call<'_>) {
        if self.selects_at.is_some_and(|at| at <= call.now) {
            self.select_all(call);
        }
        if self.says_at.is_some_and(|at| at <= call.now) {
            self.says_at = None;
            for prefix in core::mem::take(&mut self.unsaid) {
                if self.entries.contains_key(&prefix) {
                    self.at(call, prefix, |turn, prefix, entry| turn.advertise(prefix, entry));
                }
            }
        }
        let waiting: Vec<PeerId> = self.waiting.peers().collect();
        for peer in waiting {
            if !self.peers[peer.index()].may_be_told(call.now) {
                continue;
            }
            for prefix in self.waiting.take(peer) {
                if self.entries.contains_key(&prefix) {
                    self.at(call, prefix, |turn, prefix, entry| {
                        turn.tell(peer, prefix, entry, &mut PathMemo::default());
                    });
                }
            }
        }
    }
}

fn selects(at: Option<SimTime>) -> Selects {
    match at {
        None => Selects::Now,
        Some(_) => Selects::Later,
    }
}

impl Turn<'_> {
    /// Puts a path of the router's own, in place of the one before.
    fn put_own(&mut self, source: Source, prefix: Ipv4Net, entry: &mut Entry, attributes: Arc<Attributes>) {
        let rank = Rank::own(self.config, &attributes, OWN_WEIGHT);
        match entry.place(source) {
            Some(place) => {
                let path = &mut entry.paths[place];
                (path.attributes, path.rank, path.since) = (attributes, rank, self.now);
            }
            None => entry.paths.push(Path::new(source, attributes, rank, self.now)),
        }
        self.settle(prefix, entry);
    }
}
