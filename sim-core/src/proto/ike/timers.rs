//! What is due when time has passed.

use super::daemon::{Daemon, Fate};
use super::liveness::Manner;
use super::notice::{Notice, Output, Reason};
use super::sa::{ChildState, IkeSa, SaId, Task, Traffic, Version};
use super::{PORT_NAT, nat};
use crate::units::SimTime;

fn due(at: Option<SimTime>, now: SimTime) -> bool {
    at.is_some_and(|at| at <= now)
}

impl Daemon {
    /// The SAs that have something due.
    #[must_use]
    pub fn sas_due(&self, now: SimTime) -> Vec<SaId> {
        let due = self.sas.values().filter(|sa| due(sa.next_wake(), now));
        due.map(|sa| sa.id).collect()
    }

    /// Whether something that was settled at a negotiation is due on an SA.
    #[must_use]
    pub fn has_term_due(&self, now: SimTime, id: SaId) -> bool {
        let sa = self.sas.get(&id);
        sa.is_some_and(|sa| sa.due().any(|at| at <= now))
    }

    pub(super) fn on_wake(&mut self, now: SimTime, out: &mut Vec<Output>) {
        for id in self.sas_due(now) {
            self.wake(now, id, out);
        }
    }

    /// Does all that is due on one SA.
    pub fn wake(&mut self, now: SimTime, id: SaId, out: &mut Vec<Output>) {
        self.with_sa(now, id, out, |daemon, sa, out| daemon.wake_sa(now, sa, out));
    }

    /// Does all that is due on one SA, the end of things before their renewal.
    fn wake_sa(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        if due(sa.timers.keepalive_at, now) {
            sa.timers.keepalive_at = Some(now + nat::KEEPALIVE);
            if sa.local.port() == PORT_NAT {
                let (from, to) = (sa.local, sa.remote);
                out.push(Output::Keepalive { from, to });
            }
        }
        if due(sa.timers.half_open_at, now) {
            return Fate::Close(Reason::HalfOpen);
        }
        if due(sa.timers.delete_at, now) {
            sa.timers.delete_at = None;
            return self.delete(now, sa, Reason::Replaced, out);
        }
        if due(sa.timers.expire_at, now) {
            sa.timers.expire_at = None;
            return self.expire(now, sa, out);
        }
        if sa.pending.as_ref().is_some_and(|pending| pending.at <= now)
            && let Fate::Close(reason) = self.retransmit(now, sa, out)
        {
            return Fate::Close(reason);
        }
        if let Fate::Close(reason) = self.v1_wake(now, sa, out) {
            return Fate::Close(reason);
        }
        self.wake_children(now, sa, out);
        if due(sa.timers.reauth_at, now) {
            sa.timers.reauth_at = None;
            return self.begin_reauth(now, sa, out);
        }
        if due(sa.timers.rekey_at, now) {
            sa.timers.rekey_at = None;
            if let Fate::Close(reason) = self.begin_rekey(now, sa, out) {
                return Fate::Close(reason);
            }
        }
        if due(sa.liveness.look_at, now) {
            self.check_liveness(now, sa, out);
        }
        match self.run_queue(now, sa, out) {
            // Who waits no longer for an answer than it was silent before does not wait at all.
            Fate::Keep if sa.liveness.gives_up(now) => self.give_up(now, sa, out),
            fate => fate,
        }
    }

    fn expire(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        match sa.version() {
            Version::V1 => self.v1_delete(now, sa, Reason::Expired, out),
            Version::V2 => self.v2_delete(now, sa, Reason::Expired, out),
        }
    }

    fn wake_children(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) {
        let ended: Vec<_> = sa
            .children
            .iter()
            .filter(|child| due(child.expire_at, now))
            .map(|child| (child.id, child.state))
            .collect();
        for (id, state) in ended {
            let reason = if state == ChildState::Rekeyed {
                Reason::Replaced
            } else {
                Reason::Expired
            };
            // Packets stop at once; the peer hears of it as soon as the window is free.
            if let Some(child) = sa.child_mut(id) {
                (child.expire_at, child.rekey_at) = (None, None);
                (child.state, child.traffic) = (ChildState::Deleting, Traffic::Stopped);
                out.push(Output::ChildRemoved {
                    id,
                    spi_in: child.spi_in,
                    reason: reason.clone(),
                });
            }
            sa.queue.push_back(Task::DeleteChild(id, reason.clone()));
            if state != ChildState::Rekeyed {
                self.fail(now, out, sa.connection, Notice::ChildFailed { sa: sa.id, reason });
            }
        }
        let old: Vec<_> = sa
            .children
            .iter()
            .filter(|child| due(child.rekey_at, now))
            .map(|child| child.id)
            .collect();
        for id in old {
            if let Some(child) = sa.child_mut(id) {
                child.rekey_at = None;
            }
            self.queue_child_rekey(sa, id);
        }
    }

    /// Asks the peer whether it lives, if it was silent for the whole delay.
    fn check_liveness(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) {
        let Some(config) = self.connection(sa.connection) else {
            return;
        };
        let manner = Manner::of(config, sa.version());
        let unanswered = sa.liveness.unanswered_since();
        let is_busy = sa.pending.is_some() || !sa.is_established();
        if is_busy && !manner.delay.is_zero() {
            sa.liveness.look_at = Some(now + manner.delay);
        } else if sa.liveness.asks(now, manner) {
            sa.queue.push_back(Task::Dpd);
            // IKEv2 repeats what it sent instead.
            if let Some(asked) = unanswered {
                let n = now.since(asked).as_nanos() / manner.delay.as_nanos();
                let n = u32::try_from(n).unwrap_or(u32::MAX);
                self.tell(out, Some(sa.connection), Notice::Retransmit { sa: sa.id, n });
            }
        }
    }
}
