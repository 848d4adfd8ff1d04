//! Routers that hand each other UPDATEs through one queue, and text to compare.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use smallvec::smallvec;

use crate::proto::bgp::attribute::{AsPath, Asn, Attributes, RouterId};
use crate::proto::bgp::message::{Family, GracefulRestart, Update};
use crate::proto::bgp::negotiated::{AsWidth, Negotiated, PeerKind};
use crate::proto::bgp::rib::*;
use crate::units::SimTime;

/// Every next hop is on a link, but for those in `costs`: at that cost, or out of reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    pub(super) costs: BTreeMap<Ipv4Addr, Option<u32>>,
    pub(super) own: Vec<Ipv4Addr>,
}

impl NextHops for Ground {
    fn resolve(&self, address: Ipv4Addr) -> Option<Resolved> {
        match self.costs.get(&address) {
            None => Some(Resolved {
                metric: 0,
                connected: true,
            }),
            Some(cost) => cost.map(|metric| Resolved {
                metric,
                connected: false,
            }),
        }
    }
    fn is_own(&self, address: Ipv4Addr) -> bool {
        self.own.contains(&address)
    }
}

/// A session between two routers of the lab.
pub(super) struct Session {
    pub(super) ends: [(usize, PeerId); 2],
    pub(super) addresses: [Ipv4Addr; 2],
    pub(super) is_up: bool,
}

#[derive(Default)]
pub(super) struct Lab {
    pub(super) ribs: Vec<Rib>,
    pub(super) grounds: Vec<Ground>,
    pub(super) sessions: Vec<Session>,
    /// Session, receiving end, message.
    pub(super) queue: VecDeque<(usize, usize, Update)>,
    pub(super) notices: Vec<(usize, Notice)>,
    /// What was pushed that is neither an UPDATE nor a notice.
    pub(super) others: Vec<(usize, Output)>,
    pub(super) now: SimTime,
    pub(super) n_messages: usize,
}

pub(super) fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a test writes prefixes well")
}
pub(super) fn addr(text: &str) -> Ipv4Addr {
    text.parse().expect("a test writes addresses well")
}
pub(super) fn path(asns: &[u32]) -> AsPath {
    AsPath::sequence(asns.iter().map(|&asn| Asn(asn)))
}
/// The configuration of a router whose identifier is 10.255.0.`id`.
pub(super) fn router(asn: u32, id: u8) -> Config {
    Config::new(Asn(asn), RouterId(Ipv4Addr::new(10, 255, 0, id)))
}
pub(super) fn announce(prefix: &str, attributes: Attributes) -> Update {
    Update {
        announced: smallvec![net(prefix)],
        attributes: Some(Arc::new(attributes)),
        ..Update::default()
    }
}

impl Lab {
    pub(super) fn add(&mut self, config: Config) -> usize {
        self.ribs.push(Rib::new(Arc::new(config), None));
        self.grounds.push(Ground::default());
        self.ribs.len() - 1
    }

    /// Joins two routers by a /30 and brings the session up.
    pub(super) fn join(&mut self, a: (usize, PeerConfig), b: (usize, PeerConfig)) -> usize {
        let base = 0x0A00_0000 + 4 * self.sessions.len() as u32;
        let addresses = [base + 1, base + 2].map(Ipv4Addr::from);
        let ends = [a, b].map(|(node, config)| (node, self.ribs[node].add_peer(Arc::new(config))));
        self.sessions.push(Session {
            ends,
            addresses,
            is_up: false,
        });
        let session = self.sessions.len() - 1;
        self.up(session);
        session
    }

    pub(super) fn negotiated(&self, session: usize, end: usize) -> Negotiated {
        let Session { ends, addresses, .. } = &self.sessions[session];
        let asn = |end: usize| {
            let (node, peer) = ends[end];
            let local_as = self.ribs[node]
                .peer_config(peer)
                .and_then(|config| config.local_as);
            local_as.map_or(self.ribs[node].config().asn, |local_as| local_as.asn)
        };
        let real = |end: usize| self.ribs[ends[end].0].config().asn;
        let kind = if real(0) == real(1) {
            PeerKind::Ibgp
        } else {
            PeerKind::Ebgp
        };
        Negotiated {
            kind,
            local_as: asn(end),
            peer_as: asn(1 - end),
            peer_id: self.ribs[ends[1 - end].0].config().id,
            local_address: addresses[end],
            peer_address: addresses[1 - end],
            hold_time: None,
            keepalive: None,
            as_width: AsWidth::Four,
            route_refresh: true,
            graceful_restart: Some(GracefulRestart {
                flags: 0,
                restart_time: 60,
                families: vec![(Family::IPV4_UNICAST, 0x80)],
            }),
        }
    }

    pub(super) fn up(&mut self, session: usize) {
        self.sessions[session].is_up = true;
        for end in 0..2 {
            let negotiated = Arc::new(self.negotiated(session, end));
            let (node, peer) = self.sessions[session].ends[end];
            let subnet = Ipv4Net::new(self.sessions[session].addresses[0], 30).ok();
            self.input(
                node,
                Input::PeerUp {
                    peer,
                    negotiated,
                    subnet: subnet.map(|subnet| subnet.trunc()),
                },
            );
        }
    }

    pub(super) fn down(&mut self, session: usize, routes: Fate) {
        self.sessions[session].is_up = false;
        self.queue.retain(|(of, _, _)| *of != session);
        for (node, peer) in self.sessions[session].ends {
            self.input(node, Input::PeerDown { peer, routes });
        }
    }

    pub(super) fn input(&mut self, node: usize, input: Input) {
        let mut out = Vec::new();
        let ground = self.grounds[node].clone();
        self.ribs[node].handle(self.now, input, &ground, &mut out);
        for output in out {
            match output {
                Output::Send(peer, update) => {
                    let (session, end) = self.session_of(node, peer);
                    assert!(
                        self.sessions[session].is_up,
                        "nothing is sent on a session that is down"
                    );
                    self.queue.push_back((session, 1 - end, update));
                }
                Output::Notice(notice) => self.notices.push((node, notice)),
                Output::AskRefresh(_) | Output::MarkRefresh(..) | Output::Fib(..) | Output::MaxPrefix(..) => {
                    self.others.push((node, output));
                }
            }
        }
    }

    pub(super) fn session_of(&self, node: usize, peer: PeerId) -> (usize, usize) {
        let found = self.sessions.iter().enumerate().find_map(|(index, session)| {
            let end = session.ends.iter().position(|end| *end == (node, peer))?;
            Some((index, end))
        });
        found.expect("a peer belongs to a session")
    }

    pub(super) fn originate(&mut self, node: usize, prefix: &str) {
        self.originate_with(node, prefix, |_| {});
    }
    pub(super) fn originate_with(&mut self, node: usize, prefix: &str, change: impl FnOnce(&mut Attributes)) {
        let mut attributes = Attributes::new(Ipv4Addr::UNSPECIFIED);
        change(&mut attributes);
        self.input(node, Input::Originate(net(prefix), Arc::new(attributes)));
    }
    pub(super) fn withdraw(&mut self, node: usize, prefix: &str) {
        self.input(node, Input::Withdraw(net(prefix)));
    }

    /// Delivers until nothing is on its way and nothing waits.
    pub(super) fn drive(&mut self) {
        loop {
            while self.deliver() {}
            let Some(at) = self.ribs.iter().filter_map(Rib::next_wake).min() else {
                break;
            };
            self.now = self.now.max(at);
            for node in 0..self.ribs.len() {
                self.input(node, Input::Wake);
            }
        }
    }

    /// Delivers the next message, if there is one.
    pub(super) fn deliver(&mut self) -> bool {
        let Some((session, end, update)) = self.queue.pop_front() else {
            return false;
        };
        self.n_messages += 1;
        assert!(self.n_messages < 100_000, "the lab settles");
        let (node, peer) = self.sessions[session].ends[end];
        if update.is_end_of_rib() {
            self.input(node, Input::EndOfRib(peer));
        } else {
            self.input(node, Input::Update { peer, update });
        }
        true
    }

    /// The paths that a router holds, one a line, the best marked `>`, others in the multipath set `=`.
    pub(super) fn show(&self, node: usize, prefix: &str) -> String {
        let Some(explanation) = self.ribs[node].explain(net(prefix)) else {
            return String::new();
        };
        let lines = explanation.candidates.iter().map(|it| {
            let mark = match (it.is_best, it.is_multipath) {
                (true, _) => '>',
                (false, true) => '=',
                (false, false) => ' ',
            };
            let from = match it.source {
                Source::Local => "local".into(),
                Source::Aggregate => "aggregate".into(),
                Source::Peer(peer) => format!("peer {}", peer.index()),
            };
            let lacked = match (it.lacked, explanation.decided_by) {
                (Some(lacked), _) => format!(" lost by {lacked}"),
                (None, decided_by) => decided_by.map_or_else(String::new, |step| format!(" won by {step}")),
            };
            let stale = match it.freshness {
                Freshness::Fresh => "",
                Freshness::Refreshing => " refreshing",
                Freshness::Stale => " stale",
            };
            format!("{mark} {from} [{}]{stale}{lacked}", it.attributes.as_path)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
    /// The next hops that packets to a prefix were last sent to, the best path's first.
    pub(super) fn ways(&self, node: usize, prefix: &str) -> Vec<Ipv4Addr> {
        let told = self.others.iter().rev().find_map(|(of, output)| match output {
            Output::Fib(to, forward) if *of == node && *to == net(prefix) => Some(forward),
            _ => None,
        });
        match told {
            Some(Forward::Via { best, others }) => core::iter::once(best)
                .chain(others)
                .map(|hop| hop.address)
                .collect(),
            _ => Vec::new(),
        }
    }
    /// The AS_PATH of the best path.
    pub(super) fn as_path(&self, node: usize, prefix: &str) -> Option<String> {
        Some(self.ribs[node].best(net(prefix))?.1.as_path.to_string())
    }
    /// The attributes of the best path.
    #[track_caller]
    pub(super) fn best(&self, node: usize, prefix: &str) -> Attributes {
        let (_, attributes) = self.ribs[node].best(net(prefix)).expect("there is a best path");
        attributes.as_ref().clone()
    }
}
