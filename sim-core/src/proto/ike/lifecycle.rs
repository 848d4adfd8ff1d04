//! How SAs begin and end, the same for both versions: establishment, children in and out, sending and repeating.

use std::sync::Arc;

use super::PORT_NAT;
use super::config::{Action, Child, ChildId, Connection, ConnectionId, Tries};
use super::daemon::{Daemon, Fate};
use super::notice::{ChildInstalled, Datagram, Notice, Output, Reason, Summary};
use super::proposal::Suite;
use super::sa::{
    ChildSa, ChildSaId, ChildState, ChildTask, Flight, IkeSa, NatState, Pending, SaId, State, Task, Traffic,
};
use super::selector::Selector;
use super::wire::{Direction, ExchangeType, NON_ESP_MARKER, NotifyType, Payload};
use super::{v1, v2};
use crate::kernel::Id;
use crate::units::{SimTime, Span};

/// How long a refused replacement waits before it is tried again: between 5 and 15 s, strongSwan's retry interval.
const RETRY: (Span, Span) = (Span::secs(5), Span::secs(15));
/// How long the peer has to complete what it began, strongSwan's `half_open_timeout`.
pub(super) const HALF_OPEN: Span = Span::secs(30);

/// What a message says, for people.
pub(super) fn summarise(
    exchange: ExchangeType,
    direction: Option<Direction>,
    message_id: u32,
    payloads: &[Payload],
) -> Arc<Summary> {
    let mut names = Vec::new();
    let mut notifies = Vec::new();
    for payload in payloads {
        match payload {
            Payload::Notify(body) | Payload::NotifyV1(body) => notifies.push(body.kind),
            other => names.push(other.name()),
        }
    }
    Arc::new(Summary {
        exchange,
        direction,
        message_id,
        payloads: names,
        notifies,
        repetition: 0,
    })
}

/// Sends a message of an SA.
pub(super) fn send(sa: &IkeSa, octets: &[u8], summary: Arc<Summary>, out: &mut Vec<Output>) {
    let marked = if sa.local.port() == PORT_NAT {
        [&NON_ESP_MARKER[..], octets].concat()
    } else {
        octets.to_vec()
    };
    out.push(Output::Send(Datagram {
        sa: Some(sa.id),
        from: sa.local,
        to: sa.remote,
        octets: marked,
        summary,
    }));
}

/// Moves an SA to the port on which translation does no harm.
pub(super) fn float(sa: &mut IkeSa) {
    sa.nat = NatState::Encapsulated;
    sa.local.set_port(PORT_NAT);
    if sa.remote.port() == super::PORT {
        sa.remote.set_port(PORT_NAT);
    }
}

/// A CHILD_SA that was agreed on.
pub(super) struct Agreed {
    pub(super) child: ChildId,
    pub(super) spi_in: u32,
    pub(super) spi_out: u32,
    pub(super) local: Vec<Selector>,
    pub(super) remote: Vec<Selector>,
    pub(super) suite: Suite,
    pub(super) key: u64,
    pub(super) replaces: Option<ChildSaId>,
    /// The length of life that was told, in IKEv1.
    pub(super) life: Option<Span>,
}

impl Daemon {
    /// An SPI for a CHILD_SA that nobody here uses; the first 255 are reserved.
    pub(super) fn child_spi(&mut self) -> u32 {
        256 + self.dice.below(u64::from(u32::MAX) - 256) as u32
    }

    /// Sends a request and keeps it until it is answered.
    pub(super) fn transmit(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (octets, summary): (Vec<u8>, Arc<Summary>),
        (task, flight): (Task, Flight),
        out: &mut Vec<Output>,
    ) {
        let wait = self
            .connection(sa.connection)
            .map_or(Span::secs(4), |config| config.retransmission.wait(0));
        send(sa, &octets, summary.clone(), out);
        sa.pending = Some(Box::new(Pending {
            message_id: summary.message_id,
            octets,
            summary,
            task,
            flight,
            repetitions: 0,
            at: now + wait,
            collision: None,
        }));
    }

    /// Sends the pending request again, or gives up.
    pub(super) fn retransmit(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        let Some(pending) = &mut sa.pending else {
            return Fate::Keep;
        };
        if pending.repetitions >= config.retransmission.tries {
            return self.give_up(now, sa, out);
        }
        pending.repetitions += 1;
        pending.at = now + config.retransmission.wait(pending.repetitions);
        let n = pending.repetitions;
        let summary = Arc::new(Summary {
            repetition: n,
            ..Summary::clone(&pending.summary)
        });
        let octets = pending.octets.clone();
        send(sa, &octets, summary, out);
        self.tell(out, Some(sa.connection), Notice::Retransmit { sa: sa.id, n });
        Fate::Keep
    }

    pub(super) fn give_up(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let silence = now.since(sa.liveness.heard_at());
        let dead = Notice::PeerDead { sa: sa.id, silence };
        if self.has_another(sa) {
            self.tell(out, Some(sa.connection), dead);
        } else {
            self.fail(now, out, sa.connection, dead);
        }
        Fate::Close(Reason::PeerDead)
    }

    /// Whether another SA of the connection is up, so that the end of this one is none of the connection.
    fn has_another(&self, sa: &IkeSa) -> bool {
        let mut all = self.sas.values();
        all.any(|other| other.connection == sa.connection && other.id != sa.id && other.is_established())
    }

    /// Marks an IKE SA as up and sets its clocks.
    pub(super) fn establish(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return;
        };
        sa.state = match sa.state {
            State::V1(_) => State::V1(v1::State::Established),
            State::V2(_) => State::V2(v2::State::Established),
        };
        sa.since = now;
        sa.liveness.hear(now);
        sa.handshake = None;
        sa.timers.half_open_at = None;
        self.set_clocks(now, sa, &config);
        self.failures.remove(&sa.connection);
        if let Some(suite) = sa.suite {
            self.tell(
                out,
                Some(sa.connection),
                Notice::IkeEstablished { sa: sa.id, suite },
            );
        }
    }

    /// Sets an IKE SA's clocks for replacement, end and liveness.
    pub(super) fn set_clocks(&mut self, now: SimTime, sa: &mut IkeSa, config: &Connection) {
        let rekey = config.lifetime.draw(&mut self.dice);
        let reauth = (!config.reauth.is_zero()).then(|| {
            let sooner = self
                .dice
                .span_between(Span::ZERO, config.lifetime.random.min(config.reauth));
            config.reauth.saturating_sub(sooner)
        });
        sa.timers.rekey_at = rekey.map(|age| now + age);
        sa.timers.reauth_at = reauth.map(|age| now + age);
        sa.timers.expire_at = config.lifetime.end().map(|age| now + age);
        sa.liveness.restart(now, config.dpd_delay);
    }

    /// Installs a CHILD_SA; the one that it replaces is kept, but packets go out by the new one.
    pub(super) fn install(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        agreed: Agreed,
        out: &mut Vec<Output>,
    ) -> ChildSaId {
        let id = Id::from_index(self.next_child);
        self.next_child += 1;
        let config = self.child_config(sa.connection, agreed.child);
        let rekey = config
            .as_ref()
            .and_then(|child| child.lifetime.draw(&mut self.dice));
        let life = config.as_ref().and_then(|child| child.lifetime.end());
        // IKEv1 tells lengths of life; each side keeps to the shorter one.
        let life = match (life, agreed.life) {
            (Some(own), Some(told)) => Some(own.min(told)),
            (own, told) => own.or(told),
        };
        out.push(Output::ChildInstalled(Box::new(ChildInstalled {
            sa: sa.id,
            connection: sa.connection,
            child: agreed.child,
            id,
            spi_in: agreed.spi_in,
            spi_out: agreed.spi_out,
            local: agreed.local.clone(),
            remote: agreed.remote.clone(),
            suite: agreed.suite,
            encapsulated: sa.nat,
            key: agreed.key,
            replaces: agreed.replaces,
            replay_window: config.map_or(32, |child| child.replay_window),
        })));
        sa.children.push(ChildSa {
            traffic: Traffic::Passing,
            id,
            child: agreed.child,
            state: ChildState::Installed,
            spi_in: agreed.spi_in,
            spi_out: agreed.spi_out,
            local: agreed.local,
            remote: agreed.remote,
            suite: agreed.suite,
            since: now,
            held_since: now,
            rekey_at: rekey.map(|age| now + age),
            expire_at: life.map(|age| now + age),
        });
        id
    }

    pub(super) fn child_config(&self, connection: ConnectionId, child: ChildId) -> Option<Arc<Child>> {
        self.connection(connection)?.child(child).cloned()
    }

    /// Removes a CHILD_SA.
    pub(super) fn remove_child(
        &mut self,
        sa: &mut IkeSa,
        id: ChildSaId,
        reason: Reason,
        out: &mut Vec<Output>,
    ) -> Option<ChildSa> {
        let at = sa.children.iter().position(|child| child.id == id)?;
        let child = sa.children.remove(at);
        let gone = |task: &Task| matches!(task, Task::Child(ChildTask { rekeys: Some(old), .. }) | Task::DeleteChild(old, _) if *old == id);
        sa.queue.retain(|task| !gone(task));
        if child.traffic == Traffic::Passing {
            out.push(Output::ChildRemoved {
                id,
                spi_in: child.spi_in,
                reason,
            });
        }
        Some(child)
    }

    /// Puts a child whose replacement failed back to work and tries again later.
    pub(super) fn retry_child_rekey(&mut self, now: SimTime, sa: &mut IkeSa, id: ChildSaId) {
        let wait = self.dice.span_between(RETRY.0, RETRY.1);
        if let Some(child) = sa.child_mut(id)
            && child.state == ChildState::Rekeying
        {
            child.state = ChildState::Installed;
            child.rekey_at = Some(now + wait);
        }
    }

    /// Tries later again to replace an IKE SA.
    pub(super) fn retry_rekey(&mut self, now: SimTime, sa: &mut IkeSa) {
        let wait = self.dice.span_between(RETRY.0, RETRY.1);
        if let State::V2(state) = sa.state
            && let v2::Verdict::To(next) = v2::transition(state, v2::Event::RekeyFailed)
        {
            sa.state = State::V2(next);
            sa.timers.rekey_at = Some(now + wait);
        }
    }

    /// Ends an IKE SA with all that is under it, and begins another where that is asked for.
    pub(super) fn close(&mut self, now: SimTime, mut sa: IkeSa, reason: Reason, out: &mut Vec<Output>) {
        let wanted = self.after(&sa, &reason);
        let ids: Vec<_> = sa.children.iter().map(|child| child.id).collect();
        for id in ids {
            let why = match &reason {
                Reason::Replaced | Reason::Redundant | Reason::PeerDead | Reason::Command => reason.clone(),
                _ => Reason::IkeSaGone,
            };
            self.remove_child(&mut sa, id, why, out);
        }
        let down = Notice::IkeDown {
            sa: sa.id,
            reason: reason.clone(),
        };
        match reason {
            // Another has taken its place, or somebody wanted it gone.
            Reason::Command
            | Reason::Replaced
            | Reason::Redundant
            | Reason::Reauthentication
            | Reason::InitialContact => {
                self.tell(out, Some(sa.connection), down);
            }
            // Both ends replaced it at once, or it lived on beside its successor.
            _ if self.has_another(&sa) => self.tell(out, Some(sa.connection), down),
            // What was told before says more than this.
            _ if self.failures.get(&sa.connection).is_some_and(|failure| {
                failure.at == now || (reason == Reason::HalfOpen && failure.at >= sa.since)
            }) =>
            {
                self.tell(out, Some(sa.connection), down);
            }
            _ => self.fail(now, out, sa.connection, down),
        }
        let mut anew = Vec::new();
        for (child, action) in wanted {
            match action {
                Action::Start => anew.push(Task::Child(ChildTask {
                    child,
                    rekeys: None,
                    group: None,
                })),
                other => self.act(now, (sa.connection, child), other, out),
            }
        }
        if !anew.is_empty() {
            self.initiate_anew(now, sa.connection, anew, out);
        }
    }

    /// What is to become of an SA's children after it.
    fn after(&self, sa: &IkeSa, reason: &Reason) -> Vec<(ChildId, Action)> {
        let Some(config) = self.connection(sa.connection) else {
            return Vec::new();
        };
        let live = sa.children.iter().filter(|child| child.is_wanted());
        let each = |action: fn(&Child) -> Action| {
            let actions = live.clone().filter_map(move |child| {
                let config = config.child(child.child)?;
                Some((child.child, action(config)))
            });
            actions.collect::<Vec<_>>()
        };
        // The handshake is dropped when it is over.
        let established = sa.handshake.is_none();
        if sa.pending.as_ref().is_some_and(
            |pending| matches!(&pending.task, Task::Delete(why) if *why != Reason::Reauthentication),
        ) {
            return Vec::new();
        }
        let mut wanted = match reason {
            Reason::Reauthentication => each(|_| Action::Start),
            Reason::PeerDead if established || config.tries == Tries::Forever => {
                // A child that was being brought up is brought up on the next SA.
                let mut actions = each(|child| child.dpd_action);
                let tasks = sa
                    .queue
                    .iter()
                    .chain(sa.pending.as_ref().map(|pending| &pending.task));
                actions.extend(tasks.filter_map(|task| match task {
                    Task::Child(task) if task.rekeys.is_none() => Some((task.child, Action::Start)),
                    _ => None,
                }));
                actions
            }
            Reason::DeletedByPeer if established => each(|child| child.close_action),
            Reason::Expired => each(|child| child.dpd_action),
            _ => Vec::new(),
        };
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// RFC 7296 section 2.4: the peer says that this is its only SA with us, so that all others are gone.
    pub(super) fn initial_contact(&mut self, now: SimTime, sa: &IkeSa, out: &mut Vec<Output>) {
        let same = |other: &&Arc<IkeSa>| {
            other.id != sa.id
                && other.remote_id == sa.remote_id
                && other.local_id == sa.local_id
                && !other.is_connecting()
        };
        let ids: Vec<SaId> = self.sas.values().filter(same).map(|other| other.id).collect();
        for id in ids {
            self.with_sa(now, id, out, |_, _, _| Fate::Close(Reason::InitialContact));
        }
    }

    /// Whether there is no other SA with the peer, so that the first message after the proof may say so.
    pub(super) fn is_only_sa(&self, sa: &IkeSa) -> bool {
        !self
            .sas
            .values()
            .any(|other| other.connection == sa.connection && other.id != sa.id && !other.is_connecting())
    }

    /// Tells that proposals had nothing in common.
    pub(super) fn tell_mismatch(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        (phase, by): (super::notice::Phase, super::notice::Side),
        fields: Vec<super::proposal::Difference>,
        out: &mut Vec<Output>,
    ) {
        self.fail(
            now,
            out,
            connection,
            Notice::ProposalMismatch { phase, by, fields },
        );
    }

    /// Tells that the peer sent an error.
    pub(super) fn tell_error(
        &mut self,
        sa: &IkeSa,
        exchange: ExchangeType,
        notify: NotifyType,
        out: &mut Vec<Output>,
    ) {
        self.tell(
            out,
            Some(sa.connection),
            Notice::ErrorReceived { exchange, notify },
        );
    }
}
