//! Notes that nobody answers: errors, deletions, dead peer detection; and the handing over of children to a new SA.
//!
//! # Source
//! RFC 2409 section 5.7; RFC 2408 sections 3.14 and 3.15; RFC 3706. Reauthentication follows strongSwan: the children
//! move to the new SA at once, and the responder deletes the old one a little later.

use std::sync::Arc;

use super::super::Version;
use super::super::daemon::{Daemon, Fate};
use super::super::notice::{AuthFailure, Notice, Output, Phase, Reason};
use super::super::sa::{ChildSaId, ChildState, IkeSa, SaId, Task};
use super::super::wire::{DeleteBody, NotifyBody, NotifyType, Payload, Sender};
use super::{Event, Received, Sealed, State, inform_by};
use crate::kernel::Digest;
use crate::units::{SimTime, Span};

/// How long an SA whose children were taken over stays.
const OLD_SA_STAYS: Span = Span::secs(10);

impl Daemon {
    /// Deletes an SA with all that is under it, and tells the peer.
    pub(in super::super) fn v1_delete(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        reason: Reason,
        out: &mut Vec<Output>,
    ) -> Fate {
        if !sa.is_connecting() {
            let ids: Vec<_> = sa.children.iter().map(|child| child.id).collect();
            for id in ids {
                self.v1_delete_child(now, sa, (id, reason.clone()), out);
            }
            self.v1_send_delete(sa, out);
        }
        Fate::Close(reason)
    }

    pub(super) fn v1_send_delete(&mut self, sa: &IkeSa, out: &mut Vec<Output>) {
        let body = DeleteBody {
            protocol: 1,
            spi_len: 16,
            spis: vec![[sa.spi_i.to_be_bytes(), sa.spi_r.to_be_bytes()].concat()],
        };
        self.v1_inform(sa, vec![Payload::DeleteV1(body)], out);
    }

    pub(super) fn v1_delete_child(
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
        let body = DeleteBody {
            protocol: 3,
            spi_len: 4,
            spis: vec![child.spi_in.to_be_bytes().to_vec()],
        };
        self.v1_inform(sa, vec![Payload::DeleteV1(body)], out);
        if expired && let Some(config) = self.child_config(sa.connection, child.child) {
            self.renew(now, sa, child.child, config.dpd_action, out);
        }
    }

    pub(super) fn v1_on_informational(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        match received.sealed {
            Sealed::Yes => {
                let genuine = match received.seen.0.split_first() {
                    Some((Payload::HashV1(hash), rest)) => {
                        *hash == sa.v1_hash(received.header.message_id, &[], rest)
                    }
                    _ => false,
                };
                if !genuine {
                    return Fate::Keep;
                }
                sa.liveness.hear(now);
            }
            // In the clear only while there is nothing to be lost: anybody can send it.
            Sealed::No if sa.is_connecting() => {}
            Sealed::No => return Fate::Keep,
        }
        let (mut error, mut questions) = (None, Vec::new());
        for body in received.seen.notifies() {
            let sequence = body.data.as_slice().try_into().map(u32::from_be_bytes);
            match (body.kind, sequence) {
                (NotifyType::R_U_THERE, Ok(sequence)) => questions.push(sequence),
                (NotifyType::R_U_THERE_ACK, Ok(sequence)) if sequence == sa.v1.dpd_out => {
                    sa.v1.dpd_out = sequence.wrapping_add(1);
                }
                (kind, _) if kind.is_error() => error = Some(kind),
                _ => {}
            }
        }
        for sequence in questions {
            tell_liveness(sa, (NotifyType::R_U_THERE_ACK, sequence), out);
        }
        if let Some(notify) = error
            && let Fate::Close(reason) = self.v1_on_error(now, sa, (received, notify), out)
        {
            return Fate::Close(reason);
        }
        if received.sealed == Sealed::Yes {
            return self.v1_on_deletes(now, sa, received, out);
        }
        Fate::Keep
    }

    fn v1_on_error(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (received, notify): (&Received<'_>, NotifyType),
        out: &mut Vec<Output>,
    ) -> Fate {
        self.tell_error(sa, received.header.exchange, notify, out);
        let connecting = sa.is_connecting();
        if !sa.v1_step(Event::ErrorReceived) {
            return Fate::Keep;
        }
        if connecting {
            match notify {
                NotifyType::NO_PROPOSAL_CHOSEN => self.v1_told_no_proposal(now, sa, Phase::Ike, out),
                NotifyType::AUTHENTICATION_FAILED => {
                    let why = Notice::AuthenticationFailed(AuthFailure::RefusedByPeer);
                    self.fail(now, out, sa.connection, why);
                }
                _ => {}
            }
            return Fate::Close(Reason::Refused(notify));
        }
        let asked = sa
            .pending
            .take_if(|pending| matches!(pending.task, Task::Child(_)));
        if let Some(pending) = asked
            && let Task::Child(task) = pending.task
        {
            self.v1_quick_failed(now, sa, task, Reason::Refused(notify), out);
        }
        Fate::Keep
    }

    fn v1_on_deletes(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        for delete in received.seen.deletes() {
            for spi in &delete.spis {
                if let Ok(spi) = <[u8; 4]>::try_from(spi.as_slice()).map(u32::from_be_bytes) {
                    self.v1_peer_deleted(now, sa, spi, out);
                }
                let cookies = [sa.spi_i.to_be_bytes(), sa.spi_r.to_be_bytes()].concat();
                if delete.protocol == 1 && *spi == cookies {
                    let replaced = sa.v1_state() == State::Rekeyed;
                    return Fate::Close(if replaced {
                        Reason::Replaced
                    } else {
                        Reason::DeletedByPeer
                    });
                }
            }
        }
        Fate::Keep
    }

    fn v1_peer_deleted(&mut self, now: SimTime, sa: &mut IkeSa, spi: u32, out: &mut Vec<Output>) {
        let Some((id, state)) = sa.child_by_spi(spi).map(|child| (child.id, child.state)) else {
            return;
        };
        let replaced = state == ChildState::Rekeyed;
        let reason = if replaced {
            Reason::Replaced
        } else {
            Reason::DeletedByPeer
        };
        if let Some(child) = self.remove_child(sa, id, reason, out)
            && !replaced
            && let Some(config) = self.child_config(sa.connection, child.child)
        {
            self.renew(now, sa, child.child, config.close_action, out);
        }
    }

    /// Builds an SA anew beside the old one, which gives its children away at once.
    pub(in super::super) fn v1_reauth(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        out: &mut Vec<Output>,
    ) -> Fate {
        if sa.v1_state() != State::Established {
            return Fate::Keep;
        }
        let mut new = self.new_sa(now, sa.connection, Version::V1, (sa.local, sa.remote));
        (new.local, new.remote) = (at_port(sa.local), at_port(sa.remote));
        // The old one is still there, so that the new one does not call itself the only one.
        let fate = self.v1_begin(now, &mut new, out);
        if fate == Fate::Keep {
            new.take_over(now, core::mem::take(&mut sa.children));
            new.queue = core::mem::take(&mut sa.queue);
            sa.v1_step(Event::Succeeded);
            (sa.timers.rekey_at, sa.timers.reauth_at) = (None, None);
            sa.liveness.stop();
            new.v1.follows = Some(sa.id);
            self.sas.insert(new.id, Arc::new(new));
        }
        Fate::Keep
    }

    /// As responder of a new SA: takes over the children of another with the same peer.
    pub(super) fn v1_adopt(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) {
        let same = |other: &&Arc<IkeSa>| {
            other.id != sa.id
                && other.version() == Version::V1
                && other.v1_state() == State::Established
                && other.connection == sa.connection
                && (&other.local_id, &other.remote_id) == (&sa.local_id, &sa.remote_id)
                && (other.local.ip(), other.remote.ip()) == (sa.local.ip(), sa.remote.ip())
        };
        let ids: Vec<SaId> = self.sas.values().filter(same).map(|other| other.id).collect();
        for id in ids {
            let Some(old) = self.sas.get_mut(&id).map(Arc::make_mut) else {
                continue;
            };
            sa.take_over(now, core::mem::take(&mut old.children));
            sa.queue.append(&mut old.queue);
            old.timers.delete_at = Some(now + OLD_SA_STAYS);
            (old.timers.rekey_at, old.timers.reauth_at) = (None, None);
            self.tell(
                out,
                Some(sa.connection),
                Notice::IkeRekeyed { old: id, new: sa.id },
            );
        }
    }
}

/// Asks whether the peer lives.
pub(super) fn ask_liveness(sa: &mut IkeSa, out: &mut Vec<Output>) {
    let sequence = sa.v1.dpd_out;
    tell_liveness(sa, (NotifyType::R_U_THERE, sequence), out);
}

fn tell_liveness(sa: &mut IkeSa, (kind, sequence): (NotifyType, u32), out: &mut Vec<Output>) {
    let body = NotifyBody {
        protocol: 1,
        spi: [sa.spi_i.to_be_bytes(), sa.spi_r.to_be_bytes()].concat(),
        kind,
        data: sequence.to_be_bytes().to_vec(),
    };
    let message_id = sa.v1_next_liveness_id();
    inform_by(sa, message_id, vec![Payload::NotifyV1(body)], out);
}

impl IkeSa {
    /// The message id of the next question after the peer, or answer to its own: as good as random, but without dice, so
    /// that it does not depend on how many there were whose dice are rolled later.
    fn v1_next_liveness_id(&mut self) -> u32 {
        let key = self.keys.map_or(0, |keys| keys.prove);
        let is_initiator = self.role == Sender::Initiator;
        let drawn = Digest::of(&(key, "liveness", is_initiator, self.v1.n_liveness_notes)).value();
        self.v1.n_liveness_notes = self.v1.n_liveness_notes.wrapping_add(1);
        // As any of IKEv1, never zero.
        1 + (drawn % u64::from(u32::MAX)) as u32
    }
    /// Counts as sent and heard: so many questions of ours that were answered, and so many answers to the peer's.
    pub(in super::super) fn v1_skip_liveness(&mut self, n_asked: u32, n_answered: u32) {
        self.v1.dpd_out = self.v1.dpd_out.wrapping_add(n_asked);
        let n_notes = n_asked.wrapping_add(n_answered);
        self.v1.n_liveness_notes = self.v1.n_liveness_notes.wrapping_add(n_notes);
    }
    /// Whether nothing of ours is repeated until the peer goes on.
    pub(in super::super) fn v1_awaits_nothing(&self) -> bool {
        self.v1.reply.is_none() && self.v1.quick.is_empty()
    }
}

/// Phase 1 begins on the first port, even where the SA before had moved.
fn at_port(address: std::net::SocketAddrV4) -> std::net::SocketAddrV4 {
    if address.port() == super::super::PORT_NAT {
        std::net::SocketAddrV4::new(*address.ip(), super::super::PORT)
    } else {
        address
    }
}
