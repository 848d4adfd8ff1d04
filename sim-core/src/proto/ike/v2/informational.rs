//! INFORMATIONAL: deletions, liveness, and errors that come too late for their exchange.
//!
//! # Source
//! RFC 7296 sections 1.4 and 1.4.1.

use super::super::daemon::{Daemon, Fate, v2_header};
use super::super::lifecycle::summarise;
use super::super::notice::{AuthFailure, Notice, Output, Reason};
use super::super::sa::{Answered, ChildSaId, ChildState, Collision, Flight, IkeSa, Made, Task};
use super::super::wire::{DeleteBody, Direction, ExchangeType, Header, NotifyType, Payload};
use super::{Event, Payloads, State, v2_enclose};
use crate::kernel::Digest;
use crate::units::SimTime;

const IKE: u8 = 1;
const ESP: u8 = 3;

impl Daemon {
    /// Deletes an SA: asks the peer to, if it knows of it.
    pub(in super::super) fn v2_delete(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        reason: Reason,
        out: &mut Vec<Output>,
    ) -> Fate {
        if sa.is_connecting() {
            return Fate::Close(reason);
        }
        if sa.v2_state() == State::Deleting {
            return Fate::Keep;
        }
        sa.queue.clear();
        sa.queue.push_back(Task::Delete(reason));
        self.v2_run_queue(now, sa, out)
    }

    pub(super) fn v2_send_delete(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        reason: Reason,
        out: &mut Vec<Output>,
    ) {
        let payload = Payload::Delete(DeleteBody {
            protocol: IKE,
            spi_len: 0,
            spis: Vec::new(),
        });
        let last = (Task::Delete(reason), Flight::default());
        self.v2_request(now, sa, (ExchangeType::INFORMATIONAL, &[payload]), last, out);
    }

    /// Asks for the deletion of a CHILD_SA.
    pub(super) fn v2_delete_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (id, reason): (ChildSaId, Reason),
        out: &mut Vec<Output>,
    ) {
        let Some(child) = sa.child_mut(id) else {
            return;
        };
        child.state = ChildState::Deleting;
        let payload = Payload::Delete(DeleteBody {
            protocol: ESP,
            spi_len: 4,
            spis: vec![child.spi_in.to_be_bytes().to_vec()],
        });
        let begun = (Task::DeleteChild(id, reason), Flight::default());
        self.v2_request(now, sa, (ExchangeType::INFORMATIONAL, &[payload]), begun, out);
    }

    pub(super) fn v2_child_deleted(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (id, reason): (ChildSaId, Reason),
        out: &mut Vec<Output>,
    ) {
        let expired = reason == Reason::Expired;
        let Some(child) = self.remove_child(sa, id, reason, out) else {
            return;
        };
        if expired && let Some(config) = self.child_config(sa.connection, child.child) {
            self.renew(now, sa, child.child, config.dpd_action, out);
        }
    }

    /// Does for a child that went away alone what its configuration asks for.
    pub(in super::super) fn renew(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        child: super::super::ChildId,
        action: super::super::config::Action,
        out: &mut Vec<Output>,
    ) {
        match action {
            super::super::config::Action::Start => {
                sa.queue.push_back(Task::Child(super::super::sa::ChildTask {
                    child,
                    rekeys: None,
                    group: None,
                }))
            }
            other => self.act(now, (sa.connection, child), other, out),
        }
    }

    pub(super) fn v2_on_informational(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        header: &Header,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let before = sa.v2_state();
        if !sa.v2_step(Event::InformationAsked) {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        }
        let answer = (header.exchange, header.message_id);
        if let Some(notify) = seen.error() {
            self.tell_error(sa, header.exchange, notify, out);
            if notify == NotifyType::AUTHENTICATION_FAILED {
                let failed = Notice::AuthenticationFailed(AuthFailure::RefusedByPeer);
                self.fail(now, out, sa.connection, failed);
                self.v2_respond(sa, answer, &[], out);
                return Fate::Close(Reason::Refused(notify));
            }
        }
        if seen.deletes().any(|delete| delete.protocol == IKE) {
            self.v2_respond(sa, answer, &[], out);
            // RFC 7296 section 2.8.2: the peer did not hear of our wish and goes on with what came of its own.
            let collision = sa
                .pending
                .as_mut()
                .filter(|pending| before == State::Rekeying && matches!(pending.task, Task::Rekey(_)))
                .and_then(|pending| pending.collision.take());
            if let Some((made, _)) = collision.and_then(Collision::into_ike) {
                self.v2_yield(now, sa, made, out);
                return Fate::Close(Reason::Replaced);
            }
            let pending = sa.pending.as_ref().map(|pending| pending.task.clone());
            return Fate::Close(match (before, pending) {
                (State::Rekeyed, _) => Reason::Replaced,
                (State::Deleting, Some(Task::Delete(reason))) => reason,
                _ => Reason::DeletedByPeer,
            });
        }
        let mut deleted = Vec::new();
        for spi in seen
            .deletes()
            .filter(|delete| delete.protocol == ESP)
            .flat_map(|delete| &delete.spis)
        {
            let spi = spi.as_slice().try_into().map(u32::from_be_bytes);
            let Some(child) = spi.ok().and_then(|spi| sa.child_by_spi(spi)) else {
                continue;
            };
            let (id, state, spi_in) = (child.id, child.state, child.spi_in);
            if state == ChildState::Deleting {
                // RFC 7296 section 1.4.1: both at once; each names its own half once.
                continue;
            }
            deleted.push(spi_in.to_be_bytes().to_vec());
            self.v2_peer_deleted(now, sa, (id, state), out);
        }
        let payloads: Vec<_> = (!deleted.is_empty())
            .then_some(Payload::Delete(DeleteBody {
                protocol: ESP,
                spi_len: 4,
                spis: deleted,
            }))
            .into_iter()
            .collect();
        self.v2_respond(sa, answer, &payloads, out);
        Fate::Keep
    }

    fn v2_peer_deleted(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (id, state): (ChildSaId, ChildState),
        out: &mut Vec<Output>,
    ) {
        let reason = match sa.v2_role_in_collision(id) {
            _ if state == ChildState::Rekeyed => Reason::Replaced,
            Some(InCollision::Old) => Reason::Replaced,
            Some(InCollision::New) => Reason::Redundant,
            None => Reason::DeletedByPeer,
        };
        let is_loss = reason == Reason::DeletedByPeer;
        let Some(child) = self.remove_child(sa, id, reason, out) else {
            return;
        };
        if is_loss && let Some(config) = self.child_config(sa.connection, child.child) {
            self.renew(now, sa, child.child, config.close_action, out);
        }
    }
}

/// What a CHILD_SA is to a replacement that both ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InCollision {
    /// It is replaced.
    Old,
    /// The peer replaced the old one by it.
    New,
}

impl IkeSa {
    /// What a CHILD_SA is to a replacement that we ask for and the peer made already.
    fn v2_role_in_collision(&self, id: ChildSaId) -> Option<InCollision> {
        let pending = self.pending.as_ref()?;
        let collision = pending.collision.as_ref()?;
        let is_old = matches!(&pending.task, Task::Child(task) if task.rekeys == Some(id));
        let is_new = matches!(collision.made, Made::Child(made) if made == id);
        match (is_old, is_new) {
            (true, _) => Some(InCollision::Old),
            (false, true) => Some(InCollision::New),
            (false, false) => None,
        }
    }
    /// Counts as gone through: so many questions of ours whether the peer lives, and so many of the peer's. The last of
    /// those is remembered with our answer, like any other request.
    pub(in super::super) fn v2_skip_liveness(&mut self, n_asked: u32, n_answered: u32) {
        self.next_out = self.next_out.wrapping_add(n_asked);
        self.next_in = self.next_in.wrapping_add(n_answered);
        if n_answered == 0 {
            return;
        }
        let (exchange, message_id) = (ExchangeType::INFORMATIONAL, self.next_in.wrapping_sub(1));
        let peer = Self {
            role: self.role.other(),
            ..self.clone()
        };
        let said = |sa: &Self, direction| {
            let header = v2_header(sa, exchange, message_id, direction);
            v2_enclose(sa, header, &[])
        };
        self.answered = Some(Box::new(Answered {
            request: Digest::of(said(&peer, Direction::Request).as_slice()).value(),
            message_id,
            octets: said(self, Direction::Response),
            summary: summarise(exchange, Some(Direction::Response), message_id, &[]),
        }));
    }
}
