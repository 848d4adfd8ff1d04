//! Connection tracking: what lets the replies of an allowed connection through.
//!
//! Security groups and hosts' own firewalls remember the conversations that they let through, each
//! on its own; both ask the same table. An entry is made when a rule allows the first packet and
//! lives as long as packets keep coming, so taking the rule away does not cut the conversation.
//!
//! # Fidelity
//! Simplified: the time-outs of a TCP connection that is being opened or closed are not published
//! by AWS, and those of Linux are used; a TCP connection counts as established once both sides have
//! spoken. The table as a whole holds [`Connections::CAPACITY`] entries, where AWS limits each
//! instance by its type; when it is full, the entries that would expire first make room. The
//! shorter time-out of some instance types, and time-outs set by a person, are left out.
//!
//! Source: "Security group connection tracking", Amazon EC2 User Guide;
//! "ConnectionTrackingConfiguration", Amazon EC2 API Reference.

use std::collections::BTreeMap;

use crate::net::{FiveTuple, Protocol};
use crate::resource::{HostId, NetworkInterfaceId, RouterId, SecurityGroupId};
use crate::units::{SimTime, Span};

/// An established TCP connection that says nothing is forgotten after five days
/// ("ConnectionTrackingConfiguration", `TcpEstablishedTimeout`).
pub const TCP_ESTABLISHED: Span = Span::secs(432_000);
/// UDP seen in one direction only, or as one exchange (`UdpTimeout`).
pub const UDP_SINGLE: Span = Span::secs(30);
/// UDP seen in both directions (`UdpStreamTimeout`).
pub const UDP_STREAM: Span = Span::secs(180);
/// Every other protocol.
pub const OTHER: Span = Span::secs(600);
/// A TCP connection that is being opened or closed. Not published by AWS; this is Linux's
/// `nf_conntrack_tcp_timeout_syn_sent` and `nf_conntrack_tcp_timeout_time_wait`.
pub const TCP_TRANSIENT: Span = Span::secs(120);

/// What a packet means to whoever tracks connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Signal {
    /// The first packet of a TCP connection (SYN).
    Open,
    /// Anything in between; every datagram and every ping.
    Carry,
    /// One side has nothing more to send (FIN).
    Close,
    /// The connection is broken (RST).
    Reset,
    /// An ICMP message about a packet of a conversation that did not get through.
    Error,
}

/// Who remembers a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tracker {
    /// The security groups of an interface.
    Interface(NetworkInterfaceId),
    /// A host's own firewall.
    Host(HostId),
    /// The firewall of a customer's router.
    Router(RouterId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    OneSided,
    BothSpoke,
    Closing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Entry {
    initiator: FiveTuple,
    group: Option<SecurityGroupId>,
    phase: Phase,
    expires_at: SimTime,
    /// A bulk flow keeps the conversation alive without sending packets one by one.
    held: bool,
}

impl Entry {
    fn time_out(&self) -> Span {
        match (self.initiator.protocol, self.phase) {
            (Protocol::Tcp, Phase::BothSpoke) => TCP_ESTABLISHED,
            (Protocol::Tcp, Phase::OneSided | Phase::Closing) => TCP_TRANSIENT,
            (Protocol::Udp, Phase::BothSpoke) => UDP_STREAM,
            (Protocol::Udp, Phase::OneSided | Phase::Closing) => UDP_SINGLE,
            (Protocol::Icmp | Protocol::Esp | Protocol::Gre, _) => OTHER,
        }
    }
    fn is_live(&self, now: SimTime) -> bool {
        self.held || now < self.expires_at
    }
}

/// The table of tracked conversations: plain data, cloned with the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connections {
    entries: BTreeMap<(FiveTuple, Tracker), Entry>,
    sweep_above: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            sweep_above: Self::FIRST_SWEEP,
        }
    }
}

/// Both directions of a conversation under one name.
fn conversation(flow: &FiveTuple) -> FiveTuple {
    (*flow).min(flow.reversed())
}

impl Connections {
    /// How many conversations are remembered at most.
    pub const CAPACITY: usize = 1 << 18;
    const FIRST_SWEEP: usize = 1 << 10;

    /// Whether `tracker` remembers the packet's conversation; if so, it now remembers it longer
    /// and says which group had allowed it, where it was a group.
    pub fn pass(
        &mut self,
        tracker: Tracker,
        flow: &FiveTuple,
        signal: Signal,
        now: SimTime,
    ) -> Option<Option<SecurityGroupId>> {
        let key = (conversation(flow), tracker);
        let entry = self.entries.get_mut(&key).filter(|entry| entry.is_live(now))?;
        let group = entry.group;
        let from_initiator = *flow == entry.initiator;
        // The ports of a closed connection were taken up again: the rules are asked anew.
        if signal == Signal::Open && entry.phase == Phase::Closing {
            return None;
        }
        if signal == Signal::Reset {
            self.entries.remove(&key);
            return Some(group);
        }
        entry.phase = match (signal, entry.phase) {
            (Signal::Close, _) => Phase::Closing,
            (Signal::Open, _) if from_initiator => Phase::OneSided,
            (Signal::Open | Signal::Carry | Signal::Reset, Phase::OneSided) if !from_initiator => {
                Phase::BothSpoke
            }
            (Signal::Open | Signal::Carry | Signal::Reset | Signal::Error, phase) => phase,
        };
        entry.expires_at = now + entry.time_out();
        Some(group)
    }

    /// Remembers a conversation whose first packet, `flow`, a rule has just let through.
    pub fn remember(
        &mut self,
        tracker: Tracker,
        flow: &FiveTuple,
        group: Option<SecurityGroupId>,
        now: SimTime,
    ) {
        self.make_room(now);
        let mut entry = Entry {
            initiator: *flow,
            group,
            phase: Phase::OneSided,
            expires_at: now,
            held: false,
        };
        entry.expires_at = now + entry.time_out();
        self.entries.insert((conversation(flow), tracker), entry);
    }

    /// Keeps what is remembered of a conversation from expiring: a bulk flow runs over it whose
    /// packets are not simulated one by one.
    pub fn hold(&mut self, flow: &FiveTuple) {
        self.for_each_of(flow, |entry| entry.held = true);
    }

    /// Lets a held conversation expire again, counted from `now`.
    pub fn release(&mut self, flow: &FiveTuple, now: SimTime) {
        self.for_each_of(flow, |entry| {
            entry.held = false;
            entry.expires_at = now + entry.time_out();
        });
    }

    /// Whether another router's firewall than `router`'s remembers the conversation that this packet answers.
    #[must_use]
    pub fn answers_elsewhere(&self, router: RouterId, flow: &FiveTuple, now: SimTime) -> bool {
        let of = conversation(flow);
        let first = (of, Tracker::Router(RouterId::from_index(0)));
        let all = self.entries.range(first..).take_while(|((it, _), _)| *it == of);
        let mut others = all.filter(|((_, tracker), _)| *tracker != Tracker::Router(router));
        others.any(|(_, entry)| entry.is_live(now) && entry.initiator == flow.reversed())
    }

    /// Everything that `tracker` remembers is gone.
    pub fn forget(&mut self, tracker: Tracker) {
        self.entries.retain(|(_, it), _| *it != tracker);
    }

    /// How many conversations are in the table, expired ones that were not yet swept included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn for_each_of(&mut self, flow: &FiveTuple, change: impl Fn(&mut Entry)) {
        let of = conversation(flow);
        let first = (of, Tracker::Interface(NetworkInterfaceId::from_index(0)));
        for (_, entry) in self
            .entries
            .range_mut(first..)
            .take_while(|((conversation, _), _)| *conversation == of)
        {
            change(entry);
        }
    }

    /// Sweeps out what has expired each time the table has doubled, and a share of what expires
    /// next where that is not enough, so that the cost per entry stays constant.
    fn make_room(&mut self, now: SimTime) {
        if self.entries.len() < self.sweep_above {
            return;
        }
        self.entries.retain(|_, entry| entry.is_live(now));
        let most = Self::CAPACITY - Self::CAPACITY / 8;
        if self.entries.len() > most {
            let mut next_out: Vec<_> = self
                .entries
                .iter()
                .map(|(key, entry)| (entry.held, entry.expires_at, *key))
                .collect();
            next_out.sort_unstable();
            for (_, _, key) in next_out.iter().take(self.entries.len() - most) {
                self.entries.remove(key);
            }
        }
        self.sweep_above = (self.entries.len() * 2).clamp(Self::FIRST_SWEEP, Self::CAPACITY);
    }
}
