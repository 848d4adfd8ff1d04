//! A name server that asks another one on behalf of somebody: its packets, its patience.
//!
//! A customer's name server forwards a question to the targets of its rule, one after the other,
//! and answers SERVFAIL when none of them has replied. The resolver of a VPC does the same through
//! the interfaces of an outbound endpoint, where a Resolver rule says so. A question that has been handed on
//! [`MOST_RELAYS`] times in a row, or [`MOST_QUESTIONS`] times in all, goes in a circle.
//!
//! Simplified: name servers keep no cache of their own, ask over UDP only, and forget a question
//! when the program that asked it has given up. The time-out is that
//! of Windows DNS Server; BIND's is shorter at first and grows, and AWS does not publish that of
//! its outbound endpoints. Source: "Forwarders and forwarding timeouts", Windows Server
//! documentation.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::kernel::TimerId;
use crate::migrate::ground::CallId;
use crate::net::{FiveTuple, Protocol};
use crate::proto::dns::{Name, Response};
use crate::reason::Reason;
use crate::resource::{ResolverRuleId, ResourceRef};
use crate::units::Span;
use crate::verdict::Refusal;

use super::event::Event;
use super::network::{Asker, DNS_PORT, Header, Recipient, seen};
use super::packet::{Content, Conversation, Letter, Loss, Sender};
use super::terrain::Terrain;

/// How long a forwarder waits for one target: the default of Windows DNS Server.
const FORWARDING_TIMEOUT: Span = Span::secs(3);
/// How often a question may be handed on before it counts as going in a circle.
const MOST_RELAYS: u8 = 8;
/// How often name servers may hand on what one call asks for, over all branches.
const MOST_QUESTIONS: u32 = 64;

/// Names one question on its way between name servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RelayId(u64);

/// A question that a name server has handed on.
#[derive(Debug, Clone)]
struct Relay {
    /// The call at the far end of the chain.
    call: CallId,
    name: Name,
    /// Who was asked, and has others asked.
    at: Recipient,
    /// The Resolver rule by which it does so.
    rule: Option<ResolverRuleId>,
    /// The question as it reached the name server, and the conversation that it is part of.
    asked: Header,
    asker: Conversation,
    questions: Vec<(Asker, Ipv4Addr)>,
    n_tried: usize,
    depth: u8,
    timer: Option<TimerId>,
}

impl Relay {
    /// What decides that the question goes on: a rule, or the name server's own settings.
    fn decided_by(&self) -> ResourceRef {
        self.rule.map_or(self.at.resource(), ResourceRef::from)
    }
}

/// To whom a question goes on.
pub(super) struct Onward {
    pub(super) questions: Vec<(Asker, Ipv4Addr)>,
    pub(super) rule: Option<ResolverRuleId>,
}

/// All questions between name servers.
#[derive(Debug, Clone, Default)]
pub(super) struct Relays {
    next: u64,
    live: BTreeMap<RelayId, Relay>,
}

impl Relays {
    /// Whether the question that came with `asked` is being handed on already.
    fn has(&self, asker: Conversation, asked: Header) -> bool {
        self.live
            .values()
            .any(|relay| relay.asker == asker && relay.asked.flow == asked.flow)
    }
    /// The call for which a conversation is held, and how often its question was handed on; none
    /// where the name server in between has forgotten it.
    fn origin(&self, conversation: Conversation) -> Option<(CallId, u8)> {
        match conversation {
            Conversation::Call(call) => Some((call, 0)),
            Conversation::Relay(id) => self.live.get(&id).map(|relay| (relay.call, relay.depth)),
        }
    }
}

impl Terrain {
    /// Hands a question that reached the name server `at` on.
    pub(super) fn relay(
        &mut self,
        at: Recipient,
        asked: Header,
        asker: Conversation,
        name: Name,
        onward: Onward,
    ) {
        let Onward { questions, rule } = onward;
        if self.relays.has(asker, asked) {
            return;
        }
        let Some((call, depth)) = self.relays.origin(asker) else {
            return;
        };
        let Some(n_questions) = self.calls.count_question(call) else {
            return;
        };
        let depth = depth + 1;
        if depth > MOST_RELAYS || n_questions > MOST_QUESTIONS {
            let by = rule.map_or(at.resource(), ResourceRef::from);
            let refusal = Refusal::at(Reason::DnsLoop, by);
            return self.respond(at, asked, asker, Err(refusal));
        }
        let id = RelayId(self.relays.next);
        self.relays.next += 1;
        let relay = Relay {
            call,
            name,
            at,
            rule,
            asked,
            asker,
            questions,
            n_tried: 0,
            depth,
            timer: None,
        };
        self.relays.live.insert(id, relay);
        self.ask_next_target(id);
    }

    fn ask_next_target(&mut self, id: RelayId) {
        let Some(relay) = self.relays.live.get_mut(&id) else {
            return;
        };
        let decided_by = relay.decided_by();
        let question = relay.questions.get(relay.n_tried).copied();
        relay.n_tried += 1;
        let name = relay.name.clone();
        let question =
            question.and_then(|(by, target)| Some((by, target, self.network.address_of_asker(by)?)));
        let Some((by, target, source)) = question else {
            let refusal = Refusal::at(Reason::DnsServFail, decided_by);
            return self.end_relay(id, Err(refusal));
        };
        let flow = FiveTuple {
            source,
            destination: target,
            protocol: Protocol::Udp,
            source_port: self.client_port(by),
            destination_port: DNS_PORT,
        };
        let timer = self.timer(FORWARDING_TIMEOUT, Event::Relay(id));
        if let Some(relay) = self.relays.live.get_mut(&id) {
            relay.timer = Some(timer);
        }
        let letter = Letter {
            conversation: Conversation::Relay(id),
            sender: Sender::Client,
            content: Content::Question(name),
        };
        self.send(by.origin(), Header::new(flow), letter);
    }

    /// A target has not answered in time.
    pub(super) fn on_relay_timer(&mut self, id: RelayId) {
        let call = self.relays.live.get(&id).map(|relay| relay.call);
        if call.is_some_and(|call| self.calls.is_live(call)) {
            self.ask_next_target(id);
        } else {
            self.relays.live.remove(&id);
        }
    }

    /// A target answered. One that could not answer either is as good as silent.
    pub(super) fn on_relay_packet(&mut self, id: RelayId, content: Content) {
        let Content::Reply(response) = content else {
            return;
        };
        let Some(relay) = self.relays.live.get_mut(&id) else {
            return;
        };
        if let Some(timer) = relay.timer.take() {
            self.queue.cancel(timer);
        }
        let refusal = response.as_ref().err().map(|refusal| refusal.reason);
        let others_left = relay.n_tried < relay.questions.len();
        let failed = refusal.map(seen) == Some(Reason::DnsServFail);
        // Who is in a circle comes by here again whichever way it goes.
        if failed && refusal != Some(Reason::DnsLoop) && others_left {
            self.ask_next_target(id);
        } else {
            self.end_relay(id, response);
        }
    }

    /// A packet of a relayed question was dropped: whoever waits at the far end is told.
    pub(super) fn on_relay_loss(&mut self, id: RelayId, loss: Loss) {
        match self.relays.live.get(&id).map(|relay| relay.asker) {
            Some(Conversation::Call(call)) => self.on_call_loss(call, loss),
            Some(Conversation::Relay(outer)) => self.on_relay_loss(outer, loss),
            None => {}
        }
    }

    fn end_relay(&mut self, id: RelayId, response: Response) {
        if let Some(relay) = self.relays.live.remove(&id) {
            let response = response.map_err(|refusal| match relay.rule {
                Some(rule) => (self.network.cloud).blamed_on_rule(rule, &relay.name, refusal),
                None => refusal,
            });
            self.respond(relay.at, relay.asked, relay.asker, response);
        }
    }
}
