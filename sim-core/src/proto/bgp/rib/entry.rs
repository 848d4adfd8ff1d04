//! One prefix: its paths, the one in use, and what each peer was told.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Id;
use crate::proto::bgp::attribute::Attributes;
use crate::proto::bgp::message::Prefixes;
use crate::units::SimTime;

use super::config::Config;
use super::decision::{self, DecidedBy};
use super::message::{Forward, Hop, NextHops, Notice, Output};
use super::path::{Path, Source};
use super::peer::{Peer, PeerId, Translated, Waiting};
use super::send::Changes;

/// What the tables hold for a prefix.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// In the order in which they first came, as that may decide.
    pub(super) paths: Vec<Path>,
    /// The path in use as it was when peers were last told.
    pub(super) chosen: Option<InUse>,
    pub(super) decided_by: Option<DecidedBy>,
    pub(super) forward: Forward,
    /// What each peer was last told, by its number; shorter where the last ones were told nothing.
    pub(super) sent: Vec<Option<Arc<Attributes>>>,
    /// What peers with `soft_reconfig` announced, by peer.
    pub(super) received: Vec<(PeerId, Arc<Attributes>)>,
    /// Peers are yet to be told of the path in use.
    pub(super) is_unsaid: bool,
}

#[derive(Debug, Clone)]
pub(super) struct InUse {
    pub(super) source: Source,
    pub(super) attributes: Arc<Attributes>,
}

impl Entry {
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.received.is_empty() && self.sent.iter().all(Option::is_none)
    }
    pub(super) fn place(&self, source: Source) -> Option<usize> {
        self.paths.iter().position(|path| path.source == source)
    }
    pub(super) fn best(&self) -> Option<&Path> {
        self.paths.iter().find(|path| path.selected)
    }
    pub(super) fn told(&self, peer: PeerId) -> Option<&Arc<Attributes>> {
        self.sent.get(peer.index())?.as_ref()
    }
    /// Keeps what a peer announced as it came.
    pub(super) fn keep_received(&mut self, peer: PeerId, attributes: &Arc<Attributes>) {
        match self.received.iter_mut().find(|(from, _)| *from == peer) {
            Some((_, kept)) => kept.clone_from(attributes),
            None => self.received.push((peer, attributes.clone())),
        }
    }
    pub(super) fn forget_received(&mut self, peer: PeerId) {
        self.received.retain(|(from, _)| *from != peer);
    }
}

/// All but the entries, borrowed while one input is handled.
pub(super) struct Turn<'a> {
    pub(super) now: SimTime,
    pub(super) config: &'a Config,
    pub(super) peers: &'a mut [Peer],
    pub(super) translated: &'a mut [Option<Translated>],
    pub(super) waiting: &'a mut Waiting,
    pub(super) next_hops: &'a dyn NextHops,
    pub(super) out: &'a mut Vec<Output>,
    /// What peers are to be told at the end.
    pub(super) changes: &'a mut Changes,
    /// The aggregates, by their place, within which something changed.
    pub(super) stirred: &'a mut Vec<usize>,
    /// The prefixes of which peers are to be told when the time for gathering is over.
    pub(super) unsaid: &'a mut Prefixes,
    pub(super) selects: Selects,
}

/// Whether the decision process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selects {
    Now,
    /// The router restarts and waits for End-of-RIB.
    Later,
}

impl Turn<'_> {
    pub(super) fn notice(&mut self, notice: Notice) {
        self.out.push(Output::Notice(notice));
    }

    /// Decides anew after a path came, changed or went, and tells whom it concerns.
    pub(super) fn settle(&mut self, prefix: Ipv4Net, entry: &mut Entry) {
        self.settle_upon(prefix, entry, None);
    }

    /// As above, where it is told apart what becomes of the path that came.
    pub(super) fn settle_upon(&mut self, prefix: Ipv4Net, entry: &mut Entry, came: Option<Source>) {
        if self.selects == Selects::Later {
            return;
        }
        for (index, aggregate) in self.config.aggregates.iter().enumerate() {
            let covers = aggregate.prefix.prefix_len() < prefix.prefix_len();
            if covers && aggregate.prefix.contains(&prefix) && !self.stirred.contains(&index) {
                self.stirred.push(index);
            }
        }
        let options = &self.config.options;
        let selection = decision::select(&mut entry.paths, options);
        let best = selection.map(|found| found.best);
        for (index, path) in entry.paths.iter_mut().enumerate() {
            path.selected = Some(index) == best;
        }
        match best {
            Some(best) => decision::select_multipath(&mut entry.paths, best, options),
            None => entry.paths.iter_mut().for_each(|path| path.multipath = false),
        }
        entry.decided_by = selection.map(|found| found.decided_by);
        let is_news = match (&entry.chosen, entry.best()) {
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
            (Some(was), Some(is)) => was.source != is.source || !is_same(&was.attributes, &is.attributes),
        };
        // The choice is told first: that packets go another way follows from it.
        if is_news {
            self.tell_of_choice(prefix, entry);
        }
        self.forward(prefix, entry, came);
        if is_news {
            if self.config.options.coalesce.is_none() {
                self.advertise(prefix, entry);
            } else if !entry.is_unsaid {
                entry.is_unsaid = true;
                self.unsaid.push(prefix);
            }
        }
    }

    fn tell_of_choice(&mut self, prefix: Ipv4Net, entry: &mut Entry) {
        let best = entry.best();
        let in_use = best.map(|path| InUse {
            source: path.source,
            attributes: path.attributes.clone(),
        });
        let to = best.map(Path::chosen);
        let from = entry.chosen.as_ref().map(|was| super::message::Chosen {
            source: was.source,
            next_hop: was.attributes.next_hop,
        });
        let before = from.and_then(|was| entry.place(was.source));
        let against = match (best, before.map(|before| &entry.paths[before])) {
            (Some(best), Some(before)) if before.source != best.source => {
                decision::behind(&entry.paths, before, &self.config.options)
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        let lacked = against.filter(|(rival, _)| rival.selected).map(|(_, step)| step);
        let outdone = against.filter(|(rival, _)| !rival.selected);
        let outdone = outdone.map(|(rival, step)| (rival.chosen(), step));
        let decided_by = entry.decided_by;
        entry.chosen = in_use;
        self.notice(Notice::BestChanged {
            prefix,
            from,
            to,
            decided_by,
            lacked,
        });
        if let (Some(path), Some((to, lacked))) = (from, outdone) {
            self.notice(Notice::Outdone {
                prefix,
                path,
                to,
                lacked,
            });
        }
    }

    fn forward(&mut self, prefix: Ipv4Net, entry: &mut Entry, came: Option<Source>) {
        let forward = match entry.best() {
            None => Forward::Nowhere,
            Some(best) => match (best.source, best.hop()) {
                (Source::Aggregate, _) => Forward::Discard,
                (Source::Local | Source::Peer(_), None) => Forward::Nowhere,
                (Source::Local | Source::Peer(_), Some(hop)) => {
                    let others = entry.paths.iter().filter(|path| path.multipath && !path.selected);
                    let mut others: Vec<_> = others.filter_map(Path::hop).collect();
                    others.sort_unstable();
                    Forward::Via { best: hop, others }
                }
            },
        };
        if forward != entry.forward {
            self.tell_of_ways(prefix, [&entry.forward, &forward], came);
            entry.forward.clone_from(&forward);
            self.out.push(Output::Fib(prefix, forward));
        }
    }

    /// Tells by which paths packets go where neither the change of the best says so nor what is told of the path that came.
    fn tell_of_ways(&mut self, prefix: Ipv4Net, [was, is]: [&Forward; 2], came: Option<Source>) {
        let Forward::Via { best, others } = is else {
            return;
        };
        let (best_before, others_before) = match was {
            Forward::Via { best, others } => (Some(best), &others[..]),
            Forward::Nowhere | Forward::Discard => (None, &[][..]),
        };
        if others.is_empty() && others_before.is_empty() {
            return;
        }
        let is_used = |hop: &Hop| core::iter::once(best).chain(others).any(|it| it.peer == hop.peer);
        let before = || best_before.into_iter().chain(others_before);
        let was_used = |hop: &Hop| before().any(|it| it.peer == hop.peer);
        let joins = |hop: &Hop| !was_used(hop) && came != Some(Source::Peer(hop.peer));
        let stays = best_before.is_some_and(|hop| hop.peer != best.peer && is_used(hop));
        let leaves = others_before.iter().any(|hop| !is_used(hop));
        if !stays && !leaves && !others.iter().any(joins) {
            return;
        }
        let left = before().filter(|hop| !is_used(hop));
        self.notice(Notice::WaysChanged {
            prefix,
            best: best.chosen(),
            along: others.iter().map(Hop::chosen).collect(),
            left: left.map(Hop::chosen).collect(),
        });
    }

    /// Tells every peer what there is to tell of a prefix.
    pub(super) fn advertise(&mut self, prefix: Ipv4Net, entry: &mut Entry) {
        entry.is_unsaid = false;
        let mut memo = super::export::PathMemo::default();
        for index in 0..self.peers.len() {
            self.tell(Id::from_index(index as u32), prefix, entry, &mut memo);
        }
    }
}

/// Equal, and quick to see where it is one and the same.
pub(super) fn is_same(a: &Arc<Attributes>, b: &Arc<Attributes>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
