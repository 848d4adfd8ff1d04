//! Calls: from a name or an address to an answer, or to what stopped it.
//!
//! A call resolves its name at the caller's name servers ([`lookup`]), connects, agrees on TLS,
//! asks and is answered ([`session`]), and fetches what is too large for one window as a bulk flow
//! ([`download`]). What AWS's side says to all this is in [`service`]. Every message is a packet that
//! goes hop by hop ([`super::packet`]); the far ends keep no state of their own.
//!
//! A call that fails tells the stage it came to, what its caller sees, and what dropped the last
//! packet of the stage: the caller cannot see that, the lab can.
//!
//! Simplified relative to real programs: one request per connection; names are kept for their
//! time-to-live per host, as by a caching stub resolver; failures are not kept. A name with several
//! addresses is tried in the order of the answer.

mod download;
mod lookup;
mod server;
mod service;
mod session;

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use crate::kernel::{RecordId, TimerId};
use crate::migrate::ground::{Call, CallDone, CallFailed, CallId, CallOutcome, Remote, Stage};
use crate::proto::dns::{Answer, Cache, Name};
use crate::reason::Reason;
use crate::resource::{FlowId, HostId};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::event::{Event, Owner, Report};
use super::network::{Header, Place};
use super::notice::Happening;
use super::packet::{Content, Conversation, Letter, Loss, Sender};
use super::terrain::Terrain;

pub(super) use service::CLOCK_TOLERANCE;

use download::Download;
use lookup::Lookup;
use session::Session;

/// How a program asks its name servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Software {
    /// Over UDP, as the resolver of every operating system.
    Ordinary,
    /// Over UDP and TCP where the VPC has name servers of the customer's: AWS's replication
    /// software needs both ("Custom DNS servers", MGN User Guide, troubleshooting of
    /// `FAILED_TO_AUTHENTICATE_WITH_SERVICE`).
    Replication,
}

/// Where a call is.
#[derive(Debug, Clone)]
enum Phase {
    /// Nothing was sent yet.
    Beginning,
    Lookup(Lookup),
    Session(Session),
    Download(Download),
}

/// One call on its way.
#[derive(Debug, Clone)]
struct Exchange {
    id: CallId,
    call: Call,
    owner: Owner,
    software: Software,
    began_at: SimTime,
    cause: Option<RecordId>,
    phase: Phase,
    /// The address that is tried, and those that are left.
    address: Option<Ipv4Addr>,
    addresses: VecDeque<Ipv4Addr>,
    /// How often name servers handed its question on.
    n_questions: u32,
    /// What dropped the last packet that was dropped in this stage.
    loss: Option<Loss>,
    armed: Option<(SimTime, TimerId)>,
    /// Packets that leave once this step is over.
    outgoing: Vec<(Header, Content)>,
}

/// What a step of a call led to.
#[derive(Debug, Clone)]
enum Progress {
    Going,
    Ended(CallOutcome),
}

impl Exchange {
    /// Takes the phase out to work on it; whoever does puts the next one in its place.
    fn take_phase(&mut self) -> Phase {
        core::mem::replace(&mut self.phase, Phase::Beginning)
    }
    fn push(&mut self, header: Header, content: Content) {
        self.outgoing.push((header, content));
    }
    fn next_wake(&self) -> Option<SimTime> {
        match &self.phase {
            Phase::Beginning => None,
            Phase::Lookup(lookup) => Some(lookup.next_wake()),
            Phase::Session(session) => session.next_wake(),
            Phase::Download(download) => download.next_wake(),
        }
    }
    /// The call is over: nothing came back in time, or what came back ended it.
    fn fail(&self, stage: Stage, symptom: Reason, stopped_by: Option<Refusal>) -> Progress {
        Progress::Ended(Err(CallFailed {
            stage,
            symptom,
            stopped_by,
            address: self.address,
        }))
    }
    /// As [`Self::fail`], where silence ended it: what dropped the packets is to blame.
    fn fail_in_silence(&self, stage: Stage, symptom: Reason) -> Progress {
        self.fail(stage, symptom, self.loss.map(|loss| loss.refusal))
    }
}

/// All calls on their way, and what hosts remember of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    next: u64,
    live: BTreeMap<CallId, Exchange>,
    names: BTreeMap<HostId, Cache>,
    /// How the probe ended, where one was made.
    pub(super) probed: Option<CallOutcome>,
}

impl Calls {
    /// How many calls are on their way.
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }
    /// Whether a call is on its way.
    pub(super) fn is_live(&self, call: CallId) -> bool {
        self.live.contains_key(&call)
    }
    /// Counts a question that a name server hands on for a call, where that still waits.
    pub(super) fn count_question(&mut self, call: CallId) -> Option<u32> {
        let exchange = self.live.get_mut(&call)?;
        exchange.n_questions = exchange.n_questions.saturating_add(1);
        Some(exchange.n_questions)
    }
    fn remembered(&self, host: HostId, name: &Name, now: SimTime) -> Option<Answer> {
        self.names.get(&host)?.get(name, now)?.ok()
    }
    fn remember(&mut self, host: HostId, answer: Answer, now: SimTime) {
        let name = answer.name.clone();
        self.names.entry(host).or_default().put(name, Ok(answer), now);
    }
    /// Forgets what one host remembers of names.
    pub(super) fn forget_names_of(&mut self, host: HostId) {
        self.names.remove(&host);
    }
}

impl Terrain {
    /// Starts a call.
    pub(super) fn start_call(&mut self, owner: Owner, software: Software, call: Call) -> CallId {
        let id = CallId(self.calls.next);
        self.calls.next += 1;
        let now = self.now();
        let to = call.to.clone();
        let exchange = Exchange {
            id,
            call,
            owner,
            software,
            began_at: now,
            cause: self.cause,
            phase: Phase::Beginning,
            address: None,
            addresses: VecDeque::new(),
            n_questions: 0,
            loss: None,
            armed: None,
            outgoing: Vec::new(),
        };
        self.calls.live.insert(id, exchange);
        self.step_call(id, |terrain, exchange| match to {
            Remote::Address(address) => terrain.connect(exchange, &[address]),
            Remote::Name(name) => match name.parse::<Name>() {
                Ok(name) => match terrain.calls.remembered(exchange.call.from, &name, now) {
                    Some(answer) => terrain.connect(exchange, &answer.addresses),
                    None => terrain.look_up(exchange, name),
                },
                // No resolver is asked for what cannot be a name.
                Err(_) => exchange.fail(Stage::Resolve, Reason::DnsNxDomain, None),
            },
        });
        id
    }

    /// A call's wait is over.
    pub(super) fn on_call_timer(&mut self, id: CallId) {
        self.step_call(id, |terrain, exchange| {
            exchange.armed = None;
            match exchange.phase {
                Phase::Beginning => Progress::Going,
                Phase::Lookup(_) => terrain.on_lookup_timer(exchange),
                Phase::Session(_) => terrain.on_session_timer(exchange),
                Phase::Download(_) => terrain.on_download_timer(exchange),
            }
        });
    }

    /// A packet for the caller arrived.
    pub(super) fn on_call_packet(&mut self, id: CallId, header: Header, content: Content) {
        self.step_call(id, |terrain, exchange| match exchange.phase {
            Phase::Lookup(_) => terrain.on_lookup_packet(exchange, header, content),
            Phase::Session(_) => terrain.on_session_packet(exchange, header, content),
            Phase::Beginning | Phase::Download(_) => Progress::Going,
        });
    }

    /// A packet of a call was dropped.
    pub(super) fn on_call_loss(&mut self, id: CallId, loss: Loss) {
        if let Some(exchange) = self.calls.live.get_mut(&id) {
            exchange.loss = Some(loss);
        }
    }

    /// The flow that brings a call's answer has another rate.
    pub(super) fn on_download_rate(&mut self, id: CallId, flow: FlowId) {
        self.step_call(id, |terrain, exchange| terrain.on_download_change(exchange, flow));
    }

    /// Takes a call one step on. Its packets leave when the step is over, since some are dropped on
    /// the spot and come back to the call.
    fn step_call(&mut self, id: CallId, step: impl FnOnce(&mut Self, &mut Exchange) -> Progress) {
        let Some(mut exchange) = self.calls.live.remove(&id) else {
            return;
        };
        let progress = step(self, &mut exchange);
        let from = Place::HostEgress(exchange.call.from);
        let outgoing = core::mem::take(&mut exchange.outgoing);
        match progress {
            Progress::Going => {
                self.arm_call(id, &mut exchange);
                self.calls.live.insert(id, exchange);
            }
            Progress::Ended(outcome) => {
                if let Some((_, timer)) = exchange.armed.take() {
                    self.queue.cancel(timer);
                }
                self.end_call(id, exchange, outcome);
            }
        }
        for (header, content) in outgoing {
            let letter = Letter {
                conversation: Conversation::Call(id),
                sender: Sender::Client,
                content,
            };
            self.send(from, header, letter);
        }
    }

    fn arm_call(&mut self, id: CallId, exchange: &mut Exchange) {
        let wanted = exchange.next_wake();
        match (exchange.armed, wanted) {
            (Some((at, _)), Some(wanted)) if at == wanted => {}
            (armed, wanted) => {
                if let Some((_, timer)) = armed {
                    self.queue.cancel(timer);
                }
                exchange.armed = wanted.map(|at| (at, self.timer_at(at, Event::Call(id))));
            }
        }
    }

    fn end_call(&mut self, id: CallId, exchange: Exchange, outcome: CallOutcome) {
        let Exchange {
            call,
            owner,
            cause,
            loss,
            phase,
            software,
            ..
        } = exchange;
        if let Phase::Download(download) = phase {
            self.end_download(&download);
        }
        // What dropped its packets explains a failure; a success goes back to whoever asked.
        let dropped =
            loss.filter(|loss| outcome.is_err_and(|failed| failed.stopped_by == Some(loss.refusal)));
        self.cause = match (outcome, dropped) {
            (Ok(_), _) => cause,
            (Err(_), Some(loss)) => Some(loss.record),
            (Err(failed), None) => {
                let blamed = failed.stopped_by;
                let blamed = blamed.and_then(|by| self.routers.blamed(&by, failed.address));
                blamed.or(cause)
            }
        };
        if let Owner::Prober(place) = owner {
            // One like the last is no news: whoever counts them says when there is.
            self.on_probed(place, &call, outcome);
            return;
        }
        if let (Owner::Actor(_), Err(failed)) = (owner, outcome) {
            self.blame_edit(software, &call, &failed);
            // The packet that was dropped tells more, where it was dropped because of the same edit.
            if let Some(loss) = dropped.filter(|loss| loss.because == self.cause) {
                self.cause = Some(loss.record);
            }
        }
        let to = call.to;
        let happening = match outcome {
            Ok(done) => Happening::CallDone { to, done },
            Err(failed) => Happening::CallFailed { to, failed },
        };
        self.record(call.from, happening);
        match owner {
            Owner::Prober(_) => {}
            Owner::Actor(actor) => self.report(Report::CallDone {
                actor,
                call: id,
                outcome,
            }),
            Owner::Probe => self.calls.probed = Some(outcome),
        }
    }

    fn done(&self, exchange: &Exchange, session: &Session) -> Progress {
        match (exchange.address, session.remote) {
            (Some(address), Some(remote)) => Progress::Ended(Ok(CallDone {
                address,
                remote: remote.resource(),
                elapsed: self.now().since(exchange.began_at),
            })),
            _ => exchange.fail(Stage::Connect, Reason::ConnectionReset, None),
        }
    }
}
