//! The answer to our wish for a CHILD_SA: taken, refused, or overtaken by the peer's wish for the same.
//!
//! # Source
//! RFC 7296 sections 1.3, 2.8.1, 2.9 and 2.25.

use super::super::algorithm::Group;
use super::super::codec;
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::group_choice;
use super::super::lifecycle::Agreed;
use super::super::notice::{Notice, Output, Phase, Reason, Side};
use super::super::proposal::{self, Protocol};
use super::super::sa::{ChildSaId, ChildTask, IkeSa, Made, Pending, Task};
use super::super::selector;
use super::super::wire::{NotifyType, Sender};
use super::Payloads;
use super::child::{Answer, First, key, mark_rekeyed, proposals};
use crate::units::SimTime;

impl Daemon {
    /// The answer to our CREATE_CHILD_SA.
    pub(super) fn v2_on_child_response(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (task, pending): (ChildTask, Pending),
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let own_nonce = pending.flight.nonce.clone();
        let peer_nonce = seen.nonce().unwrap_or_default().to_vec();
        let lowest = own_nonce.clone().min(peer_nonce.clone());
        let answer = Answer {
            task,
            flight: pending.flight,
            first: First::No,
            nonces: (own_nonce, peer_nonce),
        };
        let taken = match &pending.collision {
            None => self.v2_take_child(now, sa, &answer, seen, out),
            // Where the peer was first, that it refuses ours is none of the tunnel's failures.
            Some(_) => match self.v2_agreed(now, sa, &answer, seen, out) {
                Ok(agreed) => Ok(self.install(now, sa, agreed, out)),
                Err(_) => Err(NotifyType::TEMPORARY_FAILURE),
            },
        };
        match (taken, task.rekeys, pending.collision) {
            (Ok(_), None, _) => {}
            (Ok(_), Some(old), None) => {
                mark_rekeyed(sa, old);
                sa.queue.push_front(Task::DeleteChild(old, Reason::Replaced));
            }
            (Ok(new), Some(old), Some(collision)) => {
                // RFC 7296 section 2.8.1: who made the SA with the lowest of the four nonces deletes it.
                mark_rekeyed(sa, old);
                if lowest < collision.lowest_nonce {
                    mark_rekeyed(sa, new);
                    sa.queue.push_front(Task::DeleteChild(new, Reason::Redundant));
                } else {
                    if let Made::Child(other) = collision.made {
                        mark_rekeyed(sa, other);
                    }
                    sa.queue.push_front(Task::DeleteChild(old, Reason::Replaced));
                }
            }
            (Err(_), Some(old), Some(_)) => mark_rekeyed(sa, old),
            (Err(refused), _, None) => return self.v2_child_refused(now, sa, (task, refused), seen, out),
            (Err(_), None, Some(_)) => {}
        }
        Fate::Keep
    }

    fn v2_child_refused(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (task, refused): (ChildTask, NotifyType),
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        match (refused, task.rekeys) {
            (NotifyType::INVALID_KE_PAYLOAD, _) => {
                if let Some(group) = self.v2_other_group(sa, task, seen) {
                    self.tell(out, Some(sa.connection), Notice::OtherGroupWanted { group });
                    sa.queue.push_front(Task::Child(ChildTask {
                        group: Some(group),
                        ..task
                    }));
                } else if let Some(old) = task.rekeys {
                    self.retry_child_rekey(now, sa, old);
                }
            }
            (NotifyType::CHILD_SA_NOT_FOUND, Some(old)) => {
                // RFC 7296 section 2.25.1: the peer has lost it, so that there is nothing to replace.
                self.remove_child(sa, old, Reason::Refused(refused), out);
                sa.queue
                    .push_front(Task::Child(ChildTask { rekeys: None, ..task }));
            }
            // RFC 7296 section 1.3: a peer that has no room even for a successor is asked by a new IKE SA.
            (NotifyType::NO_ADDITIONAL_SAS, Some(_)) => return self.begin_reauth(now, sa, out),
            (_, Some(old)) => self.retry_child_rekey(now, sa, old),
            (_, None) => {}
        }
        Fate::Keep
    }

    /// The group that the peer wants instead, if it is one that we offered and did not try yet.
    fn v2_other_group(&self, sa: &IkeSa, task: ChildTask, seen: Payloads<'_>) -> Option<Group> {
        let config = self.child_config(sa.connection, task.child)?;
        let body = seen.notify(NotifyType::INVALID_KE_PAYLOAD)?;
        let number = u16::from_be_bytes(body.data.as_slice().try_into().ok()?);
        let group = Group::from_number(number).filter(|group| task.group != Some(*group))?;
        group_choice::any_has(&config.esp, group).then_some(group)
    }

    /// Takes what the peer answered, or says why it cannot be taken.
    pub(super) fn v2_take_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        answer: &Answer,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Result<ChildSaId, NotifyType> {
        let result = self.v2_agreed(now, sa, answer, seen, out);
        match result {
            Ok(agreed) => Ok(self.install(now, sa, agreed, out)),
            Err(reason) => {
                let notify = match &reason {
                    Reason::Refused(notify) | Reason::Unacceptable(notify) => *notify,
                    _ => NotifyType::INVALID_SYNTAX,
                };
                let passing = [NotifyType::INVALID_KE_PAYLOAD, NotifyType::TEMPORARY_FAILURE];
                if !passing.contains(&notify) {
                    self.fail_child(now, sa, reason, out);
                }
                Err(notify)
            }
        }
    }

    /// Tells that a child did not come up, unless more was told at the same instant.
    pub(in super::super) fn fail_child(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        reason: Reason,
        out: &mut Vec<Output>,
    ) {
        let notice = Notice::ChildFailed { sa: sa.id, reason };
        if self
            .failures
            .get(&sa.connection)
            .is_some_and(|failure| failure.at == now)
        {
            self.tell(out, Some(sa.connection), notice);
        } else {
            self.fail(now, out, sa.connection, notice);
        }
    }

    fn v2_agreed(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        answer: &Answer,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Result<Agreed, Reason> {
        let Some(config) = self.child_config(sa.connection, answer.task.child) else {
            return Err(Reason::Command);
        };
        let ours = proposals(&config, answer.first);
        let (Some(bodies), Some(tsi), Some(tsr)) = (
            seen.sa(),
            seen.selectors(Sender::Initiator),
            seen.selectors(Sender::Responder),
        ) else {
            let notify = seen.error().unwrap_or(NotifyType::INVALID_SYNTAX);
            if notify == NotifyType::NO_PROPOSAL_CHOSEN {
                let fields = proposal::compare(&ours, &[]);
                self.tell_mismatch(now, sa.connection, (Phase::Child, Side::Peer), fields, out);
            }
            return Err(Reason::Refused(notify));
        };
        let offers = codec::offers(bodies, Protocol::Esp);
        let chosen = proposal::select(&ours, &codec::proposals(&offers));
        let (index, suite) = chosen.ok_or(Reason::Unacceptable(NotifyType::NO_PROPOSAL_CHOSEN))?;
        let spi = offers[index]
            .spi
            .as_slice()
            .try_into()
            .ok()
            .map(u32::from_be_bytes);
        let spi_out = spi.ok_or(Reason::Unacceptable(NotifyType::INVALID_SYNTAX))?;
        let (asked_local, asked_remote) = (codec::selectors_from(tsi), codec::selectors_from(tsr));
        let local = selector::narrow(&config.local, &asked_local);
        let remote = selector::narrow(&config.remote, &asked_remote);
        if local.is_empty() || remote.is_empty() {
            return Err(Reason::Unacceptable(NotifyType::TS_UNACCEPTABLE));
        }
        let shared = match (suite.group, answer.flight.group, seen.ke()) {
            (None, ..) => Some(0),
            (Some(group), Some(asked), Some((number, public)))
                if group == asked && number == group.number() =>
            {
                crypt::shared(answer.flight.secret, group, public)
            }
            _ => None,
        };
        let secret = shared.ok_or(Reason::Unacceptable(NotifyType::INVALID_KE_PAYLOAD))?;
        let derive = sa.keys.map_or(0, |keys| keys.derive);
        Ok(Agreed {
            child: answer.task.child,
            spi_in: answer.flight.spi as u32,
            spi_out,
            local,
            remote,
            suite,
            key: key(derive, (&answer.nonces.0, &answer.nonces.1), secret),
            replaces: answer.task.rekeys,
            life: None,
        })
    }
}
