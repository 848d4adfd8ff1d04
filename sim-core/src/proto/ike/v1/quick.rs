//! Quick mode: a CHILD_SA, new or in another's place, with a key exchange of its own where PFS is asked for.
//!
//! # Source
//! RFC 2409 section 5.5.
//! # Fidelity
//! As with strongSwan, the selectors are the first ones configured, narrowed by the responder where it holds less;
//! a CHILD_SA for the same selectors takes the place of the one that is there, which stays until its life ends.

use super::super::NatState;
use super::super::codec::{self, Offer, V1Terms};
use super::super::config::{Child, ChildId, Preference};
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::group_choice;
use super::super::lifecycle::{send, summarise};
use super::super::notice::{Output, Phase, Side};
use super::super::proposal::{self, Protocol, Suite};
use super::super::sa::{Answered, ChildSaId, ChildState, ChildTask, Flight, IkeSa, Pending, Task};
use super::super::selector::{self, Selector};
use super::super::wire::{ExchangeType, NotifyBody, NotifyType, Payload, ProposalBody};
use super::{Event, Quick, QuickAgreed, Received, Sealed};
use crate::kernel::{Digest, Id};
use crate::units::SimTime;

const MODE: ExchangeType = ExchangeType::QUICK_MODE;

fn terms(sa: &IkeSa, child: &Child) -> V1Terms {
    V1Terms {
        life: child.lifetime.life,
        method: match sa.nat {
            NatState::Direct => 1,
            NatState::Encapsulated => 3,
        },
    }
}

fn key(sa: &IkeSa, nonces: (&[u8], &[u8]), secret: u64) -> u64 {
    let derive = sa.keys.map_or(0, |keys| keys.derive);
    Digest::of(&(derive, nonces.0, nonces.1, secret)).value()
}

/// The selectors that a quick mode of ours asks for: those of the CHILD_SA that it replaces, else the first configured.
fn proposed(sa: &IkeSa, config: &Child, task: ChildTask) -> Option<(Selector, Selector)> {
    let (local, remote) = match task.rekeys {
        None => (&config.local, &config.remote),
        Some(id) => {
            let old = sa.children.iter().find(|child| child.id == id)?;
            (&old.local, &old.remote)
        }
    };
    local.first().copied().zip(remote.first().copied())
}

/// The installed CHILD_SA that one with these selectors takes the place of.
fn replaced(sa: &IkeSa, local: &[Selector], remote: &[Selector]) -> Option<ChildSaId> {
    let live = |state| matches!(state, ChildState::Installed | ChildState::Rekeying);
    sa.children
        .iter()
        .find(|child| live(child.state) && child.local == local && child.remote == remote)
        .map(|child| child.id)
}

fn retire(sa: &mut IkeSa, id: Option<ChildSaId>) {
    if let Some(child) = id.and_then(|id| sa.child_mut(id)) {
        child.state = ChildState::Rekeyed;
        child.rekey_at = None;
    }
}

impl Daemon {
    /// Asks for a CHILD_SA.
    pub(super) fn v1_quick(&mut self, now: SimTime, sa: &mut IkeSa, task: ChildTask, out: &mut Vec<Output>) {
        let Some(config) = self.child_config(sa.connection, task.child) else {
            return;
        };
        if task.rekeys.is_none() && sa.installed(task.child).next().is_some() {
            return;
        }
        let Some((local, remote)) = proposed(sa, &config, task) else {
            return;
        };
        let of_ike_sa = sa.suite.and_then(|suite| suite.group);
        let (group, offered) = group_choice::for_quick_mode(&config.esp, of_ike_sa);
        let flight = Flight {
            nonce: crypt::nonce(&mut self.dice),
            secret: crypt::secret(&mut self.dice),
            group,
            spi: u64::from(self.child_spi()),
        };
        let offer = codec::offer_v1(&offered, &(flight.spi as u32).to_be_bytes(), terms(sa, &config));
        let mut rest = vec![Payload::SaV1(offer), Payload::NonceV1(flight.nonce.clone())];
        rest.extend(
            flight
                .group
                .map(|group| Payload::KeV1(crypt::ke_data(flight.secret, group))),
        );
        rest.push(Payload::IdV1(codec::selector_to_id(&local)));
        rest.push(Payload::IdV1(codec::selector_to_id(&remote)));
        let message_id = self.message_id();
        let mut payloads = vec![Payload::HashV1(sa.v1_hash(message_id, &[], &rest))];
        payloads.extend(rest);
        let summary = summarise(MODE, None, message_id, &payloads);
        let octets = sa.v1_octets(sa.v1_header(MODE, message_id), &payloads, Sealed::Yes);
        self.transmit(now, sa, (octets, summary), (Task::Child(task), flight), out);
    }

    /// A message of quick mode.
    pub(super) fn v1_on_quick(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        if received.sealed == Sealed::No || !sa.v1_step(Event::QuickModeAsked) {
            return Fate::Keep;
        }
        let message_id = received.header.message_id;
        let Some((Payload::HashV1(hash), rest)) = received.seen.0.split_first() else {
            self.v1_notify(sa, NotifyType::INVALID_HASH_INFORMATION, out);
            return Fate::Keep;
        };
        if let Some(at) = sa
            .v1
            .quick
            .iter()
            .position(|quick| quick.message_id == message_id)
        {
            let quick = sa.v1.quick[at].clone();
            if *hash == sa.v1_hash(message_id, &[&quick.nonces.0, &quick.nonces.1, &[0]], &[]) {
                sa.v1.quick.remove(at);
                sa.v1.reply = None;
                sa.answered = None;
                sa.liveness.hear(now);
                let old = replaced(sa, &quick.agreed.local, &quick.agreed.remote);
                retire(sa, old);
                self.install(now, sa, quick.agreed.into_agreed(old), out);
            }
            return Fate::Keep;
        }
        let pending = sa
            .pending
            .take_if(|pending| matches!(pending.task, Task::Child(_)) && pending.message_id == message_id);
        match pending {
            Some(pending) => {
                if *hash != sa.v1_hash(message_id, &[&pending.flight.nonce], rest) {
                    sa.pending = Some(pending);
                    return Fate::Keep;
                }
                sa.liveness.hear(now);
                self.v1_quick_answered(now, sa, *pending, received, out);
            }
            None => {
                if *hash != sa.v1_hash(message_id, &[], rest) {
                    self.v1_notify(sa, NotifyType::INVALID_HASH_INFORMATION, out);
                    return Fate::Keep;
                }
                sa.liveness.hear(now);
                if let Err(notify) = self.v1_quick_asked(now, sa, received, out) {
                    self.v1_refuse_quick(sa, received, notify, out);
                }
            }
        }
        Fate::Keep
    }

    fn v1_refuse_quick(
        &mut self,
        sa: &IkeSa,
        received: &Received<'_>,
        notify: NotifyType,
        out: &mut Vec<Output>,
    ) {
        let spi = received
            .seen
            .sa()
            .and_then(|bodies| bodies.first())
            .map(|body| body.spi.clone());
        let body = NotifyBody {
            protocol: 3,
            spi: spi.unwrap_or_default(),
            kind: notify,
            data: Vec::new(),
        };
        self.v1_inform(sa, vec![Payload::NotifyV1(body)], out);
    }

    /// Responder: the first message.
    fn v1_quick_asked(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotifyType> {
        let seen = received.seen;
        let (bodies, nonce) = seen.sa().zip(seen.nonce()).ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        let (child, config, local, remote) = self.v1_quick_selectors(now, sa, received, out)?;
        let (offer, suite) = self.v1_quick_proposal(now, sa, (&config, bodies), out)?;
        let spi_out = offer.spi.as_slice().try_into().map(u32::from_be_bytes);
        let spi_out = spi_out.map_err(|_| NotifyType::PAYLOAD_MALFORMED)?;
        let secret = crypt::secret(&mut self.dice);
        let (mut ke, mut shared) = (None, 0);
        if let Some(group) = suite.group {
            let public = seen.ke().ok_or(NotifyType::INVALID_KE_PAYLOAD)?;
            shared = crypt::shared(secret, group, public).ok_or(NotifyType::INVALID_KE_PAYLOAD)?;
            ke = Some(Payload::KeV1(crypt::ke_data(secret, group)));
        }
        let (spi_in, own_nonce) = (self.child_spi(), crypt::nonce(&mut self.dice));
        let mut rest = vec![
            Payload::SaV1(codec::choice_v1(bodies, &offer, &spi_in.to_be_bytes())),
            Payload::NonceV1(own_nonce.clone()),
        ];
        rest.extend(ke);
        rest.push(Payload::IdV1(codec::selector_to_id(&remote)));
        rest.push(Payload::IdV1(codec::selector_to_id(&local)));
        let message_id = received.header.message_id;
        let mut payloads = vec![Payload::HashV1(sa.v1_hash(message_id, &[nonce], &rest))];
        payloads.extend(rest);
        let agreed = QuickAgreed {
            child,
            spis: (spi_in, spi_out),
            local: vec![local],
            remote: vec![remote],
            suite,
            key: key(sa, (nonce, &own_nonce), shared),
        };
        sa.v1.quick.push(Quick {
            message_id,
            nonces: (nonce.to_vec(), own_nonce),
            agreed,
        });
        self.v1_answer(sa, (received, Sealed::Yes), &payloads, out);
        self.v1_expect(now, sa);
        Ok(())
    }

    /// The child that the peer means, with what both have of its selectors.
    fn v1_quick_selectors(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(ChildId, Child, Selector, Selector), NotifyType> {
        let asked: Vec<_> = received
            .seen
            .ids()
            .into_iter()
            .map(codec::selector_from_id)
            .collect();
        let (remote, local) = match asked.as_slice() {
            [Some(initiator), Some(responder)] => (*initiator, *responder),
            // RFC 2409 section 5.5: without identities it is for the two gateways themselves.
            [] => (Selector::host(*sa.remote.ip()), Selector::host(*sa.local.ip())),
            _ => return Err(NotifyType::INVALID_ID_INFORMATION),
        };
        let Some(connection) = self.connection(sa.connection).cloned() else {
            return Err(NotifyType::INVALID_ID_INFORMATION);
        };
        let scored = (0u32..).zip(&connection.children).filter_map(|(index, child)| {
            let common_local = selector::narrow(&child.local, &[local]).first().copied()?;
            let common_remote = selector::narrow(&child.remote, &[remote]).first().copied()?;
            let exact = u32::from(child.local.contains(&local)) + u32::from(child.remote.contains(&remote));
            Some((exact, core::cmp::Reverse(index), common_local, common_remote))
        });
        match scored.max() {
            Some((_, core::cmp::Reverse(index), local, remote)) => {
                let config = Child::clone(&connection.children[index as usize]);
                Ok((Id::from_index(index), config, local, remote))
            }
            None => {
                let first = connection.children.first().map(|child| &**child);
                self.tell_selectors(now, sa, first, (vec![local], vec![remote]), out);
                Err(NotifyType::INVALID_ID_INFORMATION)
            }
        }
    }

    fn v1_quick_proposal(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        (config, bodies): (&Child, &[ProposalBody]),
        out: &mut Vec<Output>,
    ) -> Result<(Offer, Suite), NotifyType> {
        let offers = codec::offers_v1(bodies, Protocol::Esp);
        let offered = codec::proposals(&offers);
        let preference = self
            .connection(sa.connection)
            .map_or(Preference::Configured, |config| config.preference);
        match proposal::choose(preference, &config.esp, &offered) {
            Some((index, suite)) => Ok((offers[index].clone(), suite)),
            None => {
                let fields = proposal::compare(&config.esp, &offered);
                self.tell_mismatch(now, sa.connection, (Phase::Child, Side::Local), fields, out);
                Err(NotifyType::NO_PROPOSAL_CHOSEN)
            }
        }
    }

    /// Initiator: the second message; we send the third.
    fn v1_quick_answered(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        pending: Pending,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) {
        let Task::Child(task) = pending.task else {
            return;
        };
        match self.v1_quick_agreed(sa, (task, &pending.flight), received) {
            Ok(agreed) => {
                let nonce = received.seen.nonce().unwrap_or_default();
                let message_id = received.header.message_id;
                let hash = sa.v1_hash(message_id, &[&pending.flight.nonce, nonce, &[0]], &[]);
                let payloads = [Payload::HashV1(hash)];
                let summary = summarise(MODE, None, message_id, &payloads);
                let octets = sa.v1_octets(sa.v1_header(MODE, message_id), &payloads, Sealed::Yes);
                send(sa, &octets, summary.clone(), out);
                sa.v1.concluded = Some(Box::new(Answered {
                    request: received.digest,
                    message_id,
                    octets,
                    summary,
                }));
                let old = replaced(sa, &agreed.local, &agreed.remote).or(task.rekeys);
                retire(sa, old);
                self.install(now, sa, agreed.into_agreed(old), out);
            }
            Err(notify) => {
                self.v1_refuse_quick(sa, received, notify, out);
                self.v1_quick_failed(now, sa, task, super::Reason::Unacceptable(notify), out);
            }
        }
    }

    fn v1_quick_agreed(
        &mut self,
        sa: &IkeSa,
        (task, flight): (ChildTask, &Flight),
        received: &Received<'_>,
    ) -> Result<QuickAgreed, NotifyType> {
        let config = self
            .child_config(sa.connection, task.child)
            .ok_or(NotifyType::INVALID_ID_INFORMATION)?;
        let seen = received.seen;
        let (bodies, nonce) = seen.sa().zip(seen.nonce()).ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        let offers = codec::offers_v1(bodies, Protocol::Esp);
        let chosen = proposal::select(&config.esp, &codec::proposals(&offers));
        let (index, suite) = chosen.ok_or(NotifyType::NO_PROPOSAL_CHOSEN)?;
        let spi_out = offers[index].spi.as_slice().try_into().map(u32::from_be_bytes);
        let ids: Vec<_> = seen.ids().into_iter().map(codec::selector_from_id).collect();
        let (answered_local, answered_remote) = match ids.as_slice() {
            [Some(initiator), Some(responder)] => (*initiator, *responder),
            _ => return Err(NotifyType::INVALID_PAYLOAD_TYPE),
        };
        // Not what was answered counts but what it has in common with what was asked for: of a range of ports only the
        // first one can be told.
        // The one that it replaces may have been deleted meanwhile.
        let asked = proposed(sa, &config, task)
            .or_else(|| config.local.first().copied().zip(config.remote.first().copied()));
        let (local, remote) = asked
            .and_then(|(local, remote)| {
                let local = local.intersect(&answered_local)?;
                Some((local, remote.intersect(&answered_remote)?))
            })
            .ok_or(NotifyType::INVALID_PAYLOAD_TYPE)?;
        let shared = match (suite.group, seen.ke()) {
            (None, _) => 0,
            (Some(group), Some(public)) if flight.group == Some(group) => {
                crypt::shared(flight.secret, group, public).ok_or(NotifyType::INVALID_KE_PAYLOAD)?
            }
            (Some(_), _) => return Err(NotifyType::INVALID_KE_PAYLOAD),
        };
        Ok(QuickAgreed {
            child: task.child,
            spis: (
                flight.spi as u32,
                spi_out.map_err(|_| NotifyType::PAYLOAD_MALFORMED)?,
            ),
            local: vec![local],
            remote: vec![remote],
            suite,
            key: key(sa, (&flight.nonce, nonce), shared),
        })
    }

    /// A quick mode of ours came to nothing.
    pub(super) fn v1_quick_failed(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        task: ChildTask,
        reason: super::Reason,
        out: &mut Vec<Output>,
    ) {
        if let super::Reason::Refused(NotifyType::NO_PROPOSAL_CHOSEN) = reason {
            self.v1_told_no_proposal(now, sa, Phase::Child, out);
        }
        self.fail_child(now, sa, reason, out);
        if let Some(old) = task.rekeys {
            self.retry_child_rekey(now, sa, old);
        }
    }
}
