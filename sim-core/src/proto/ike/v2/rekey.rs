//! CREATE_CHILD_SA for the IKE SA itself: a successor with new keys, without proving again who both are.
//!
//! # Source
//! RFC 7296 sections 1.3.2, 2.8, 2.8.1, 2.18 and 2.25.2.

use std::sync::Arc;

use super::super::algorithm::Group;
use super::super::codec;
use super::super::config::Connection;
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::group_choice;
use super::super::lifecycle::HALF_OPEN;
use super::super::notice::{Notice, Output, Reason};
use super::super::proposal::{self, Protocol, Suite};
use super::super::sa::{
    ChildState, Collision, Flight, IkeSa, Made, Pending, SaId, State as SaState, Task, Version,
};
use super::super::wire::{ExchangeType, Header, NotifyType, Payload, Sender};
use super::init::keys;
use super::{Event, Payloads, State};
use crate::units::{SimTime, Span};

/// What both sides of a rekeying know.
struct Agreed<'a> {
    role: Sender,
    spis: (u64, u64),
    nonces: (&'a [u8], &'a [u8]),
    suite: Suite,
    secret: u64,
}

impl Collision {
    /// What came of the peer's wish for a successor of an IKE SA, and the lower of its nonces.
    pub(super) fn into_ike(self) -> Option<(Box<IkeSa>, Vec<u8>)> {
        match self.made {
            Made::Ike(made) => Some((made, self.lowest_nonce)),
            Made::Child(_) => None,
        }
    }
}

impl Daemon {
    /// Asks for a successor.
    pub(super) fn v2_rekey(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        group: Option<Group>,
        out: &mut Vec<Output>,
    ) {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return;
        };
        // The group that both accepted before is the best guess.
        let current = sa.suite.and_then(|suite| suite.group);
        let group = group
            .or(current.filter(|group| group_choice::any_has(&config.ike, *group)))
            .or_else(|| group_choice::first_group(&config.ike));
        let Some(group) = group else {
            return;
        };
        if !sa.v2_step(Event::RekeyBegun) {
            return;
        }
        let flight = Flight {
            nonce: crypt::nonce(&mut self.dice),
            secret: crypt::secret(&mut self.dice),
            group: Some(group),
            spi: self.dice.next_u64() | 1,
        };
        let offered = group_choice::led_by(&config.ike, Some(group));
        let payloads = [
            Payload::Sa(codec::offer(&offered, &flight.spi.to_be_bytes())),
            Payload::Nonce(flight.nonce.clone()),
            Payload::Ke {
                group: group.number(),
                data: crypt::ke_data(flight.secret, group),
            },
        ];
        let begun = (Task::Rekey(Some(group)), flight);
        self.v2_request(now, sa, (ExchangeType::CREATE_CHILD_SA, &payloads), begun, out);
    }

    /// The peer asks for a successor.
    pub(super) fn v2_on_rekey_request(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        header: &Header,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let busy = sa
            .pending
            .as_ref()
            .is_some_and(|pending| matches!(pending.task, Task::Child(_) | Task::DeleteChild(..)));
        if busy {
            return self.v2_refuse(sa, header, NotifyType::TEMPORARY_FAILURE, out);
        }
        let (Some(bodies), Some((ke_group, public)), Some(nonce), Some(config)) = (
            seen.sa(),
            seen.ke(),
            seen.nonce(),
            self.connection(sa.connection).cloned(),
        ) else {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        };
        let offers = codec::offers(bodies, Protocol::Ike);
        let Some((index, suite)) =
            proposal::choose(config.preference, &config.ike, &codec::proposals(&offers))
        else {
            return self.v2_refuse(sa, header, NotifyType::NO_PROPOSAL_CHOSEN, out);
        };
        let peer_spi = offers[index]
            .spi
            .as_slice()
            .try_into()
            .ok()
            .map(u64::from_be_bytes);
        let (Some(peer_spi), Some(group)) = (peer_spi.filter(|spi| *spi != 0), suite.group) else {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        };
        if group.number() != ke_group {
            let wanted = Payload::notify(
                NotifyType::INVALID_KE_PAYLOAD,
                group.number().to_be_bytes().to_vec(),
            );
            self.v2_respond(sa, (header.exchange, header.message_id), &[wanted], out);
            return Fate::Keep;
        }
        let own_secret = crypt::secret(&mut self.dice);
        let Some(secret) = crypt::shared(own_secret, group, public) else {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        };
        let (own_nonce, own_spi) = (crypt::nonce(&mut self.dice), self.dice.next_u64() | 1);
        let payloads = [
            Payload::Sa(codec::choice(
                offers[index].number,
                suite,
                Protocol::Ike,
                &own_spi.to_be_bytes(),
            )),
            Payload::Nonce(own_nonce.clone()),
            Payload::Ke {
                group: ke_group,
                data: crypt::ke_data(own_secret, group),
            },
        ];
        self.v2_respond(sa, (header.exchange, header.message_id), &payloads, out);
        let agreed = Agreed {
            role: Sender::Responder,
            spis: (peer_spi, own_spi),
            nonces: (nonce, &own_nonce),
            suite,
            secret,
        };
        let new = self.v2_successor(now, sa, &config, &agreed);
        if let Some(pending) = &mut sa.pending
            && matches!(pending.task, Task::Rekey(_))
        {
            pending.collision = Some(Collision {
                lowest_nonce: nonce.min(own_nonce.as_slice()).to_vec(),
                made: Made::Ike(Box::new(new)),
            });
        } else {
            let id = new.id;
            self.sas.insert(id, Arc::new(new));
            self.v2_succeed(now, sa, id, out);
        }
        Fate::Keep
    }

    /// The answer to our wish for a successor.
    pub(super) fn v2_on_rekey_response(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        pending: Pending,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        let Pending {
            flight, collision, ..
        } = pending;
        let flight = &flight;
        let Some(agreed) = rekeyed(sa, &config, flight, seen) else {
            let wanted = seen.notify(NotifyType::INVALID_KE_PAYLOAD);
            let wanted = wanted.and_then(|body| body.data.as_slice().try_into().ok().map(u16::from_be_bytes));
            let again = wanted
                .and_then(Group::from_number)
                .filter(|group| flight.group != Some(*group));
            self.retry_rekey(now, sa);
            match (collision.and_then(Collision::into_ike), again) {
                (Some((made, _)), _) => self.v2_yield(now, sa, made, out),
                (None, Some(group)) => {
                    self.tell(out, Some(sa.connection), Notice::OtherGroupWanted { group });
                    sa.queue.push_front(Task::Rekey(Some(group)));
                }
                (None, None) => {
                    let refused = seen.error().unwrap_or(NotifyType::INVALID_SYNTAX);
                    if refused == NotifyType::NO_PROPOSAL_CHOSEN {
                        self.tell(out, Some(sa.connection), Notice::Refused(refused));
                    }
                }
            }
            return Fate::Keep;
        };
        let lowest = agreed.nonces.0.min(agreed.nonces.1);
        let new = self.v2_successor(now, sa, &config, &agreed);
        let id = new.id;
        self.sas.insert(id, Arc::new(new));
        match collision.and_then(Collision::into_ike) {
            Some((made, lowest_nonce)) if lowest < lowest_nonce.as_slice() => {
                // RFC 7296 section 2.8.1: ours has the lowest nonce, so that we delete it; the peer deletes the old.
                self.v2_yield(now, sa, made, out);
                self.with_sa(now, id, out, |daemon, sa, out| {
                    daemon.v2_delete(now, sa, Reason::Redundant, out)
                });
                return Fate::Keep;
            }
            Some((made, _)) => self.v2_await_deletion(now, made),
            None => {}
        }
        self.v2_succeed(now, sa, id, out);
        sa.queue.push_front(Task::Delete(Reason::Replaced));
        Fate::Keep
    }

    /// Lets what came of the peer's wish for a successor follow, whatever becomes of our own.
    pub(super) fn v2_yield(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        mut made: Box<IkeSa>,
        out: &mut Vec<Output>,
    ) {
        let delay = self
            .connection(sa.connection)
            .map_or(Span::ZERO, |config| config.dpd_delay);
        made.liveness.hear(now);
        made.liveness.restart(now, delay);
        let id = made.id;
        self.sas.insert(id, Arc::new(*made));
        self.v2_succeed(now, sa, id, out);
    }

    /// Keeps what came of the peer's wish for a successor until the peer has deleted it, as ours follows; not for ever, as
    /// in strongSwan's `ike_rekey.c` (5.9.8).
    fn v2_await_deletion(&mut self, now: SimTime, mut made: Box<IkeSa>) {
        made.v2_step(Event::Succeeded);
        (made.timers.rekey_at, made.timers.reauth_at) = (None, None);
        made.timers.delete_at = Some(now + HALF_OPEN);
        made.liveness.stop();
        self.sas.insert(made.id, Arc::new(*made));
    }

    fn v2_successor(&mut self, now: SimTime, sa: &IkeSa, config: &Connection, agreed: &Agreed<'_>) -> IkeSa {
        let mut new = self.new_sa(now, sa.connection, Version::V2, (sa.local, sa.remote));
        let derive = sa.keys.map_or(0, |keys| keys.derive);
        new.role = agreed.role;
        (new.spi_i, new.spi_r) = agreed.spis;
        new.suite = Some(agreed.suite);
        new.keys = Some(keys(agreed.nonces, agreed.spis, agreed.secret, derive));
        new.state = SaState::V2(State::Established);
        new.nat = sa.nat;
        new.timers.keepalive_at = sa.timers.keepalive_at;
        (new.local_id, new.remote_id) = (sa.local_id.clone(), sa.remote_id.clone());
        self.set_clocks(now, &mut new, config);
        // Authentication is as old as it was.
        new.timers.reauth_at = sa.timers.reauth_at;
        new
    }

    /// Hands over all that an SA has to its successor.
    fn v2_succeed(&mut self, now: SimTime, sa: &mut IkeSa, new: SaId, out: &mut Vec<Output>) {
        if !sa.v2_step(Event::Succeeded) {
            return;
        }
        let (children, queue) = (core::mem::take(&mut sa.children), core::mem::take(&mut sa.queue));
        sa.timers.rekey_at = None;
        sa.timers.reauth_at = None;
        sa.liveness.stop();
        if let Some(successor) = self.sas.get_mut(&new) {
            let successor = Arc::make_mut(successor);
            successor.take_over(now, children);
            for child in &mut successor.children {
                // What was about to be replaced on the old one is replaced on the new one.
                if child.state == ChildState::Rekeying {
                    child.state = ChildState::Installed;
                    child.rekey_at = Some(now);
                }
            }
            let moves = |task: &Task| match task {
                Task::Child(task) => task.rekeys.is_none(),
                // The end of the old one's life is none of the new one's.
                Task::Delete(reason) => *reason != Reason::Expired,
                Task::DeleteChild(..) => true,
                Task::Phase1 | Task::Auth | Task::Rekey(_) | Task::Dpd => false,
            };
            successor.queue = queue.into_iter().filter(moves).collect();
        }
        self.tell(out, Some(sa.connection), Notice::IkeRekeyed { old: sa.id, new });
        self.v2_kick(now, new, out);
    }
}

/// What came of our request, if the answer is acceptable.
fn rekeyed<'a>(
    sa: &IkeSa,
    config: &Connection,
    flight: &'a Flight,
    seen: Payloads<'a>,
) -> Option<Agreed<'a>> {
    let (bodies, (ke_group, public), nonce) = (seen.sa()?, seen.ke()?, seen.nonce()?);
    let offers = codec::offers(bodies, Protocol::Ike);
    let (index, suite) = proposal::select(&config.ike, &codec::proposals(&offers))?;
    let group = flight
        .group
        .filter(|group| suite.group == Some(*group) && group.number() == ke_group)?;
    let peer_spi = u64::from_be_bytes(offers[index].spi.as_slice().try_into().ok()?);
    // An SPI that both SAs share would make their messages look the same.
    if peer_spi == 0 || peer_spi == sa.spi_i || peer_spi == sa.spi_r {
        return None;
    }
    Some(Agreed {
        role: Sender::Initiator,
        spis: (flight.spi, peer_spi),
        nonces: (&flight.nonce, nonce),
        suite,
        secret: crypt::shared(flight.secret, group, public)?,
    })
}
