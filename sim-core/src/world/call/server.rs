//! The far end of calls and questions: it keeps no state, and answers what reaches it.

use crate::aws::tracking::Signal;
use crate::proto::dns::{Name, Response};
use crate::reason::Reason;
use crate::verdict::Refusal;

use super::super::network::{Header, Listening, PUBLIC_DNS, Recipient, Resolution, Resolver, resolve_at};
use super::super::notice::Happening;
use super::super::packet::{Content, Conversation, Letter, Loss, Sender};
use super::super::relay::Onward;
use super::super::terrain::Terrain;
use super::Phase;

impl Terrain {
    /// A client's packet arrived at `recipient`.
    pub(in super::super) fn on_request(&mut self, recipient: Recipient, header: Header, letter: Letter) {
        let Letter {
            conversation,
            content,
            ..
        } = letter;
        let flow = header.flow;
        let listening = self
            .network
            .listening(recipient, flow.protocol, flow.destination_port);
        match content {
            Content::Ack | Content::Finish | Content::Reset => {}
            Content::Syn => {
                self.meet(conversation, recipient, header.mss_bytes);
                match listening {
                    Listening::Answers => self.answer(recipient, header, conversation, Content::SynAck),
                    Listening::Refuses => self.answer(recipient, header, conversation, Content::Reset),
                    Listening::Ignores => self.ignore(recipient, header, conversation, Reason::NoSuchService),
                }
            }
            Content::Segment(round) => {
                self.judge_request(conversation, recipient);
                self.answer(recipient, header, conversation, Content::Answer(round));
            }
            Content::Question(name) => match (listening, self.network.resolver_at(recipient)) {
                (Listening::Answers, Some(resolver)) => {
                    self.on_question(recipient, resolver, header, conversation, name);
                }
                (Listening::Answers | Listening::Refuses | Listening::Ignores, _) => {
                    self.ignore(recipient, header, conversation, Reason::ConnectionRefused);
                }
            },
            // Only clients are spoken to with these.
            Content::SynAck | Content::Reply(_) | Content::Answer(_) => {}
        }
    }

    fn on_question(
        &mut self,
        recipient: Recipient,
        resolver: Resolver,
        header: Header,
        asker: Conversation,
        name: Name,
    ) {
        let targets = match resolve_at(&self.network, resolver, &name) {
            Resolution::Answer(answer) => return self.respond(recipient, header, asker, Ok(answer)),
            Resolution::Failure(refusal) => return self.respond(recipient, header, asker, Err(refusal)),
            Resolution::ByRule(rule) => {
                let questions = self.network.questions_by(rule);
                let rule = Some(rule);
                return self.relay(recipient, header, asker, name, Onward { questions, rule });
            }
            Resolution::Forward { to } => to,
            Resolution::Recurse => vec![PUBLIC_DNS],
        };
        match resolver {
            Resolver::NameServer(host) => {
                let questions = self.network.questions_of(host, &targets);
                let rule = None;
                self.relay(recipient, header, asker, name, Onward { questions, rule });
            }
            // These answer by themselves, or by a rule.
            Resolver::Vpc(_) | Resolver::Inbound(_) | Resolver::Public => {
                let refusal = Refusal::at(Reason::DnsServFail, recipient.resource());
                self.respond(recipient, header, asker, Err(refusal));
            }
        }
    }

    /// Sends a name server's reply to a question that came with `asked`.
    pub(in super::super) fn respond(
        &mut self,
        from: Recipient,
        asked: Header,
        to: Conversation,
        response: Response,
    ) {
        self.answer(from, asked, to, Content::Reply(response));
    }

    fn answer(&mut self, from: Recipient, asked: Header, conversation: Conversation, content: Content) {
        let signal = match content {
            Content::Reset => Signal::Reset,
            _ => Signal::Carry,
        };
        let letter = Letter {
            conversation,
            sender: Sender::Server,
            content,
        };
        let mut header = asked.reply().with(signal);
        match letter.content {
            Content::SynAck => header = header.announcing(self.network.end_mtu(from).mss()),
            Content::Answer(round) => {
                let size = self.answer_bytes(conversation, round);
                header = size.map_or(header, |bytes| header.sized(bytes));
            }
            _ => {}
        }
        self.send(from.origin(), header, letter);
    }

    /// The size of the packets that answer a call's round, where they are not small.
    fn answer_bytes(&self, conversation: Conversation, round: u8) -> Option<u16> {
        let Conversation::Call(id) = conversation else {
            return None;
        };
        let exchange = self.calls.live.get(&id)?;
        match &exchange.phase {
            Phase::Session(session) => session.answer_bytes(&exchange.call.request, round),
            Phase::Beginning | Phase::Lookup(_) | Phase::Download(_) => None,
        }
    }

    /// What reaches somebody who does not serve it goes unanswered.
    fn ignore(&mut self, at: Recipient, header: Header, conversation: Conversation, reason: Reason) {
        let refusal = Refusal::at(reason, at.resource());
        let packet = header.flow;
        let because = self.cause;
        let record = self.record(refusal.at, Happening::Dropped { packet, refusal });
        let loss = Loss {
            refusal,
            record,
            because,
        };
        self.lose(conversation, loss);
    }

    fn meet(&mut self, conversation: Conversation, remote: Recipient, announced: Option<u16>) {
        let own = self.network.end_mtu(remote).mss();
        if let Conversation::Call(id) = conversation
            && let Some(exchange) = self.calls.live.get_mut(&id)
            && let Phase::Session(session) = &mut exchange.phase
        {
            session.remote = Some(remote);
            session.mss.server = announced.map_or(own, |mss| mss.min(own));
        }
    }

    /// What the far end thinks of the request is settled when it comes there, by the policies as
    /// they are then.
    fn judge_request(&mut self, conversation: Conversation, remote: Recipient) {
        let Conversation::Call(id) = conversation else {
            return;
        };
        let network = &self.network;
        if let Some(exchange) = self.calls.live.get_mut(&id)
            && let Phase::Session(session) = &mut exchange.phase
            && session.asks()
        {
            session.verdict = super::service::judge(network, &exchange.call, remote);
        }
    }
}
