//! Address translation of NAT gateways, and of customers' routers.
//!
//! Who translates gives each conversation a port of its own address for as long as it lives.
//!
//! # Fidelity
//! Simplified: an idle conversation is forgotten without the reset that AWS sends to whoever speaks
//! next, and ports are handed out in ascending order. Fragments, and the limit on packets per
//! second, are left out.
//!
//! Source: "NAT gateway basics", Amazon VPC User Guide.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::net::{FiveTuple, PortRange, Protocol};
use crate::resource::{NatGatewayId, RouterInterfaceId};
use crate::units::{SimTime, Span};

use super::tracking::Signal;

/// A conversation that says nothing is forgotten after this long ("Troubleshoot NAT gateways").
pub const IDLE_TIME_OUT: Span = Span::secs(350);
/// What a router forgets a TCP connection after that says nothing: two hours and four minutes (RFC 5382 REQ-5).
pub const ROUTER_TCP: Span = Span::secs(7_440);
/// UDP (RFC 4787 REQ-5, as recommended).
pub const ROUTER_UDP: Span = Span::secs(300);
/// Echo requests (RFC 5508 REQ-2), and whatever else has no ports.
pub const ROUTER_OTHER: Span = Span::secs(60);
/// Conversations to one destination that a NAT gateway carries at a time ("NAT gateway basics").
pub const PORTS_PER_DESTINATION: u32 = 55_000;

/// Who translates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Translator {
    /// A NAT gateway.
    Gateway(NatGatewayId),
    /// A customer's router, behind one of its interfaces.
    Interface(RouterInterfaceId),
}

impl Translator {
    const fn time_out(self, protocol: Protocol) -> Span {
        match (self, protocol) {
            (Self::Gateway(_), _) => IDLE_TIME_OUT,
            (Self::Interface(_), Protocol::Tcp) => ROUTER_TCP,
            (Self::Interface(_), Protocol::Udp) => ROUTER_UDP,
            (Self::Interface(_), Protocol::Icmp | Protocol::Esp | Protocol::Gre) => ROUTER_OTHER,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Mapping {
    /// What the conversation looks like on the other side.
    other: FiveTuple,
    expires_at: SimTime,
}

/// The translations of all who translate: plain data, cloned with the world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translations {
    /// From a packet as the inside sends it to the packet that leaves.
    outward: BTreeMap<(Translator, FiveTuple), Mapping>,
    /// From a packet as the outside sends it to the packet that the inside receives.
    inward: BTreeMap<(Translator, FiveTuple), Mapping>,
    /// What answers a conversation that came in as it is, and until when that is remembered.
    answers: BTreeMap<(Translator, FiveTuple), SimTime>,
}

impl Translations {
    /// How many conversations are translated at most; the ones that expire first make room.
    pub const CAPACITY: usize = 1 << 18;

    /// Translates a packet on its way out to speak from `address`, which its first packet gives
    /// the lowest free port. `None` where all ports towards the destination are taken.
    pub fn outward(
        &mut self,
        translator: Translator,
        address: Ipv4Addr,
        flow: &FiveTuple,
        now: SimTime,
    ) -> Option<FiveTuple> {
        if let Some(mapping) = self.outward.get_mut(&(translator, *flow))
            && now < mapping.expires_at
        {
            let outside = mapping.other;
            self.refresh(translator, *flow, outside, now);
            return Some(outside);
        }
        self.make_room(now);
        let outside = self.free_port(translator, address, flow, now)?;
        self.refresh(translator, *flow, outside, now);
        Some(outside)
    }

    /// Translates a packet that answers to a gateway's address back to whom it is for. `None` where
    /// nobody inside has asked.
    pub fn inward(
        &mut self,
        translator: Translator,
        flow: &FiveTuple,
        signal: Signal,
        now: SimTime,
    ) -> Option<FiveTuple> {
        let mapping = *self.inward.get(&(translator, *flow))?;
        if now >= mapping.expires_at {
            return None;
        }
        let inside = mapping.other.reversed();
        if signal == Signal::Reset {
            self.outward.remove(&(translator, inside));
            self.inward.remove(&(translator, *flow));
        } else {
            self.refresh(translator, inside, flow.reversed(), now);
        }
        Some(mapping.other)
    }

    /// A packet comes in that is for somebody inside by their own address: what answers it leaves as it is, for who answers
    /// is looked at with the first packet of a conversation alone, as Linux does ("iptables-extensions", SNAT).
    pub fn let_in(&mut self, translator: Translator, flow: &FiveTuple, now: SimTime) {
        if self.answers.len() >= Self::CAPACITY {
            self.answers.retain(|_, expires_at| now < *expires_at);
        }
        let expires_at = now + translator.time_out(flow.protocol);
        self.answers.insert((translator, flow.reversed()), expires_at);
    }

    /// Whether a packet on its way out answers what came in as it is, and is not to be translated.
    #[must_use]
    pub fn is_answer(&self, translator: Translator, flow: &FiveTuple, now: SimTime) -> bool {
        let lives = |expires_at: &SimTime| now < *expires_at;
        let is_known = self.answers.get(&(translator, *flow)).is_some_and(lives);
        let mapping = self.outward.get(&(translator, *flow));
        is_known && mapping.is_none_or(|mapping| now >= mapping.expires_at)
    }

    /// All translations of `translator` are gone.
    pub fn forget(&mut self, translator: Translator) {
        self.outward.retain(|(of, _), _| *of != translator);
        self.inward.retain(|(of, _), _| *of != translator);
        self.answers.retain(|(of, _), _| *of != translator);
    }

    fn refresh(&mut self, translator: Translator, inside: FiveTuple, outside: FiveTuple, now: SimTime) {
        let expires_at = now + translator.time_out(inside.protocol);
        let there = Mapping {
            other: outside,
            expires_at,
        };
        let back = Mapping {
            other: inside.reversed(),
            expires_at,
        };
        self.outward.insert((translator, inside), there);
        self.inward.insert((translator, outside.reversed()), back);
    }

    /// The conversation as seen from outside, with the lowest port that no live conversation to
    /// the same destination uses.
    fn free_port(
        &self,
        translator: Translator,
        address: Ipv4Addr,
        flow: &FiveTuple,
        now: SimTime,
    ) -> Option<FiveTuple> {
        (PortRange::EPHEMERAL.from..=PortRange::EPHEMERAL.to)
            .take(PORTS_PER_DESTINATION as usize)
            .map(|port| FiveTuple {
                source: address,
                source_port: port,
                ..*flow
            })
            .find(|outside| {
                self.inward
                    .get(&(translator, outside.reversed()))
                    .is_none_or(|mapping| now >= mapping.expires_at)
            })
    }

    fn make_room(&mut self, now: SimTime) {
        if self.outward.len() < Self::CAPACITY {
            return;
        }
        let mut next_out: Vec<_> = self
            .outward
            .iter()
            .map(|(key, mapping)| (mapping.expires_at, *key, mapping.other))
            .collect();
        next_out.sort_unstable();
        for (index, (expires_at, (translator, inside), outside)) in next_out.into_iter().enumerate() {
            if expires_at > now && index >= Self::CAPACITY / 8 {
                break;
            }
            self.outward.remove(&(translator, inside));
            self.inward.remove(&(translator, outside.reversed()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: Translator = Translator::Gateway(NatGatewayId::from_index(0));
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 9, 4);

    fn flow(host: u8, port: u16) -> FiveTuple {
        FiveTuple {
            source: Ipv4Addr::new(10, 0, 1, host),
            destination: Ipv4Addr::new(203, 0, 113, 1),
            protocol: Protocol::Tcp,
            source_port: port,
            destination_port: 443,
        }
    }

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    #[test]
    fn two_hosts_with_one_port_are_kept_apart() {
        let mut nat = Translations::default();
        let mut out = |host| nat.outward(GATEWAY, ADDRESS, &flow(host, 40_000), at(0));
        let (one, other) = (out(1).expect("a port"), out(2).expect("a port"));
        assert_eq!(out(1), Some(one), "a conversation keeps its port");
        assert_eq!((one.source, one.source_port), (ADDRESS, 1_024));
        assert_eq!(other.source_port, 1_025);
        let back = nat.inward(GATEWAY, &other.reversed(), Signal::Carry, at(1));
        assert_eq!(back, Some(flow(2, 40_000).reversed()));
    }

    #[test]
    fn silence_and_resets_end_a_translation() {
        let mut nat = Translations::default();
        let outside = nat
            .outward(GATEWAY, ADDRESS, &flow(1, 40_000), at(0))
            .expect("a port");
        let back = |nat: &mut Translations, signal, secs| {
            nat.inward(GATEWAY, &outside.reversed(), signal, at(secs))
                .is_some()
        };
        assert!(back(&mut nat, Signal::Carry, 349));
        assert!(!back(&mut nat.clone(), Signal::Carry, 349 + 350));
        assert!(back(&mut nat, Signal::Reset, 400));
        assert!(!back(&mut nat, Signal::Carry, 401));
    }

    #[test]
    fn a_destination_takes_as_many_conversations_as_there_are_ports() {
        let mut nat = Translations::default();
        // Filled directly, as finding each port anew would take long.
        for port in 0..PORTS_PER_DESTINATION as u16 {
            let inside = flow(1, 1_024 + port);
            let outside = FiveTuple {
                source: ADDRESS,
                source_port: 1_024 + port,
                ..inside
            };
            nat.refresh(GATEWAY, inside, outside, at(0));
        }
        assert_eq!(nat.outward(GATEWAY, ADDRESS, &flow(2, 1_024), at(1)), None);
        let mut elsewhere = flow(2, 1_024);
        elsewhere.destination = Ipv4Addr::new(203, 0, 113, 2);
        assert!(nat.outward(GATEWAY, ADDRESS, &elsewhere, at(1)).is_some());
        assert!(nat.outward(GATEWAY, ADDRESS, &flow(2, 1_024), at(350)).is_some());
    }

    #[test]
    fn what_answers_leaves_as_it_is_as_long_as_that_is_remembered() {
        let mut table = Translations::default();
        let router = Translator::Interface(RouterInterfaceId::from_index(0));
        let answer = flow(1, 443);
        table.let_in(router, &answer.reversed(), at(0));
        assert!(table.is_answer(router, &answer, at(7_439)));
        assert!(!table.is_answer(router, &answer, at(7_440)));
        assert!(!table.is_answer(router, &flow(1, 444), at(1)));
        // What was begun from inside goes on to be translated, whatever comes in for it.
        let asked = flow(2, 40_000);
        let outside = table.outward(router, ADDRESS, &asked, at(0));
        table.let_in(router, &asked.reversed(), at(1));
        assert!(!table.is_answer(router, &asked, at(2)));
        assert_eq!(table.outward(router, ADDRESS, &asked, at(2)), outside);
        table.forget(router);
        assert!(!table.is_answer(router, &answer, at(1)));
    }
}
