//! CREATE_CHILD_SA for CHILD_SAs: new ones and successors, and the part of IKE_AUTH that is about the first.
//!
//! # Source
//! RFC 7296 sections 1.3.1, 1.3.3, 2.8, 2.9 and 2.25.

use super::super::codec;
use super::super::config::{Child, ChildId};
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::group_choice;
use super::super::lifecycle::Agreed;
use super::super::notice::{Notice, Output, Phase, Side};
use super::super::proposal::{self, Proposal, Protocol, Suite};
use super::super::sa::{ChildSaId, ChildState, ChildTask, Collision, Flight, IkeSa, Made, Task};
use super::super::selector::{self, Selector};
use super::super::wire::{ExchangeType, Header, NotifyBody, NotifyType, Payload, Sender};
use super::{Event, Payloads, Verdict, transition};
use crate::kernel::Digest;
use crate::units::SimTime;

/// Whether a CHILD_SA is the one that comes with IKE_AUTH, which has no nonces and no key exchange of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Yes,
    No,
}

/// A CHILD_SA that the peer asks for.
pub(super) struct Asked<'a> {
    pub(super) seen: Payloads<'a>,
    pub(super) rekeys: Option<ChildSaId>,
    pub(super) first: First,
    /// Of the exchange's initiator and responder.
    pub(super) nonces: (&'a [u8], &'a [u8]),
}

/// A CHILD_SA that we asked for.
pub(super) struct Answer {
    pub(super) task: ChildTask,
    pub(super) flight: Flight,
    pub(super) first: First,
    pub(super) nonces: (Vec<u8>, Vec<u8>),
}

pub(super) fn proposals(child: &Child, first: First) -> Vec<Proposal> {
    match first {
        First::Yes => child.esp.iter().map(Proposal::without_groups).collect(),
        First::No => child.esp.clone(),
    }
}

pub(super) fn key(derive: u64, nonces: (&[u8], &[u8]), secret: u64) -> u64 {
    Digest::of(&(derive, nonces.0, nonces.1, secret)).value()
}

/// How well a child's selectors fit what is asked for: nothing, partly, exactly.
fn fit(configured: &[Selector], asked: &[Selector]) -> u32 {
    if configured == asked {
        2
    } else {
        u32::from(!selector::narrow(configured, asked).is_empty())
    }
}

impl Daemon {
    /// What asks for a CHILD_SA.
    pub(super) fn v2_child_offer(
        &self,
        sa: &IkeSa,
        task: &ChildTask,
        flight: &Flight,
        first: First,
    ) -> Vec<Payload> {
        let Some(config) = self.child_config(sa.connection, task.child) else {
            return Vec::new();
        };
        let old = task
            .rekeys
            .and_then(|id| sa.children.iter().find(|child| child.id == id));
        let mut payloads = Vec::new();
        if let Some(old) = old {
            payloads.push(Payload::Notify(NotifyBody {
                protocol: 3,
                spi: old.spi_in.to_be_bytes().to_vec(),
                kind: NotifyType::REKEY_SA,
                data: Vec::new(),
            }));
        }
        let offered = group_choice::led_by(&config.esp, flight.group.filter(|_| first == First::No));
        payloads.push(Payload::Sa(codec::offer(
            &offered,
            &(flight.spi as u32).to_be_bytes(),
        )));
        if first == First::No {
            payloads.push(Payload::Nonce(flight.nonce.clone()));
            payloads.extend(flight.group.map(|group| Payload::Ke {
                group: group.number(),
                data: crypt::ke_data(flight.secret, group),
            }));
        }
        let (local, remote) = match old {
            Some(old) => (&old.local, &old.remote),
            None => (&config.local, &config.remote),
        };
        payloads.push(Payload::SelectorsInitiator(codec::selectors(local)));
        payloads.push(Payload::SelectorsResponder(codec::selectors(remote)));
        payloads
    }

    /// Asks for a CHILD_SA.
    pub(super) fn v2_create_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        task: ChildTask,
        out: &mut Vec<Output>,
    ) {
        let Some(config) = self.child_config(sa.connection, task.child) else {
            return;
        };
        // What was to be replaced may be gone by now, and what was wanted may be there.
        let old = task
            .rekeys
            .and_then(|id| sa.children.iter().find(|child| child.id == id));
        if (task.rekeys.is_some() && old.is_none())
            || (task.rekeys.is_none() && sa.installed(task.child).next().is_some())
        {
            return;
        }
        // A successor begins with the group of the one before.
        let before = old.and_then(|old| old.suite.group);
        let group = task
            .group
            .or(before.filter(|group| group_choice::any_has(&config.esp, *group)))
            .or_else(|| group_choice::first_group(&config.esp));
        let flight = Flight {
            nonce: crypt::nonce(&mut self.dice),
            secret: crypt::secret(&mut self.dice),
            group,
            spi: u64::from(self.child_spi()),
        };
        let payloads = self.v2_child_offer(sa, &task, &flight, First::No);
        let begun = (Task::Child(task), flight);
        self.v2_request(now, sa, (ExchangeType::CREATE_CHILD_SA, &payloads), begun, out);
    }

    /// The peer's CREATE_CHILD_SA, whatever it is for.
    pub(super) fn v2_on_create_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        header: &Header,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let about_ike = seen.selectors(Sender::Initiator).is_none();
        let event = if about_ike {
            Event::RekeyAsked
        } else {
            Event::ChildAsked
        };
        match transition(sa.v2_state(), event) {
            Verdict::To(_) => {}
            Verdict::Refuse(notify) => return self.v2_refuse(sa, header, notify, out),
            Verdict::Ignore => return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out),
        }
        if about_ike {
            return self.v2_on_rekey_request(now, sa, header, seen, out);
        }
        let Some(peer_nonce) = seen.nonce() else {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        };
        let rekeys = match self.v2_rekeyed(sa, seen) {
            Ok(rekeys) => rekeys,
            Err(refusal) => {
                self.v2_respond(sa, (header.exchange, header.message_id), &[refusal], out);
                return Fate::Keep;
            }
        };
        let own_nonce = crypt::nonce(&mut self.dice);
        let asked = Asked {
            seen,
            rekeys,
            first: First::No,
            nonces: (peer_nonce, &own_nonce),
        };
        match self.v2_answer_child(now, sa, &asked, out) {
            Ok((mut payloads, agreed)) => {
                payloads.insert(1, Payload::Nonce(own_nonce.clone()));
                self.v2_respond(sa, (header.exchange, header.message_id), &payloads, out);
                let new = self.install(now, sa, agreed, out);
                if let Some(old) = rekeys {
                    v2_superseded(sa, old, new, peer_nonce.min(own_nonce.as_slice()));
                }
            }
            Err(refusal) => self.v2_respond(sa, (header.exchange, header.message_id), &[refusal], out),
        }
        Fate::Keep
    }

    /// Which CHILD_SA the peer wants replaced, if it does.
    fn v2_rekeyed(&self, sa: &IkeSa, seen: Payloads<'_>) -> Result<Option<ChildSaId>, Payload> {
        let Some(notify) = seen.notify(NotifyType::REKEY_SA) else {
            return Ok(None);
        };
        let spi = <[u8; 4]>::try_from(notify.spi.as_slice())
            .ok()
            .map(u32::from_be_bytes);
        let Some(child) = spi.and_then(|spi| sa.child_by_spi(spi)) else {
            // The answer to our own question may be on its way, and bring just that one.
            if sa
                .pending
                .as_ref()
                .is_some_and(|pending| matches!(pending.task, Task::Child(_)))
            {
                return Err(Payload::notify(NotifyType::TEMPORARY_FAILURE, Vec::new()));
            }
            // RFC 7296 section 2.25.1: the SPI that is not known goes with it.
            return Err(Payload::Notify(NotifyBody {
                kind: NotifyType::CHILD_SA_NOT_FOUND,
                ..notify.clone()
            }));
        };
        match child.state {
            ChildState::Installed | ChildState::Rekeying => Ok(Some(child.id)),
            ChildState::Rekeyed | ChildState::Deleting => {
                Err(Payload::notify(NotifyType::TEMPORARY_FAILURE, Vec::new()))
            }
        }
    }

    /// Finds an answer to what the peer asks for; the nonce, where there is one, is up to the caller.
    pub(super) fn v2_answer_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        asked: &Asked<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(Vec<Payload>, Agreed), Payload> {
        let refuse = |notify| Payload::notify(notify, Vec::new());
        let seen = asked.seen;
        let (Some(bodies), Some(tsi), Some(tsr)) = (
            seen.sa(),
            seen.selectors(Sender::Initiator),
            seen.selectors(Sender::Responder),
        ) else {
            return Err(refuse(NotifyType::INVALID_SYNTAX));
        };
        let Some(connection) = self.connection(sa.connection).cloned() else {
            return Err(refuse(NotifyType::NO_ADDITIONAL_SAS));
        };
        let live = sa
            .children
            .iter()
            .filter(|child| child.state != ChildState::Rekeyed)
            .count();
        if asked.rekeys.is_none() && live >= connection.max_children {
            return Err(refuse(NotifyType::NO_ADDITIONAL_SAS));
        }
        let theirs = (codec::selectors_from(tsr), codec::selectors_from(tsi));
        let old = asked
            .rekeys
            .and_then(|id| sa.children.iter().find(|child| child.id == id));
        let chosen = match old {
            Some(old) => Some(old.child),
            None => self.best_child(sa, &theirs.0, &theirs.1),
        };
        let config = chosen.and_then(|child| Some((child, connection.child(child)?)));
        let (child, config) = match config {
            Some(found) => found,
            None => {
                self.tell_selectors(
                    now,
                    sa,
                    connection.children.first().map(|child| &**child),
                    theirs,
                    out,
                );
                return Err(refuse(NotifyType::TS_UNACCEPTABLE));
            }
        };
        let local = selector::narrow(&config.local, &theirs.0);
        let remote = selector::narrow(&config.remote, &theirs.1);
        if local.is_empty() || remote.is_empty() {
            self.tell_selectors(now, sa, Some(config), theirs, out);
            return Err(refuse(NotifyType::TS_UNACCEPTABLE));
        }
        let offers = codec::offers(bodies, Protocol::Esp);
        let offered = codec::proposals(&offers);
        let offered: Vec<_> = match asked.first {
            First::Yes => offered.iter().map(Proposal::without_groups).collect(),
            First::No => offered,
        };
        let ours = proposals(config, asked.first);
        let Some((index, suite)) = proposal::choose(connection.preference, &ours, &offered) else {
            let fields = proposal::compare(&ours, &offered);
            self.tell_mismatch(now, sa.connection, (Phase::Child, Side::Local), fields, out);
            return Err(refuse(NotifyType::NO_PROPOSAL_CHOSEN));
        };
        let Some(spi_out) = offers[index]
            .spi
            .as_slice()
            .try_into()
            .ok()
            .map(u32::from_be_bytes)
        else {
            return Err(refuse(NotifyType::INVALID_SYNTAX));
        };
        let exchanged = self.v2_child_exchange(suite, seen)?;
        let spi_in = self.child_spi();
        let choice = codec::choice(offers[index].number, suite, Protocol::Esp, &spi_in.to_be_bytes());
        let mut payloads = vec![Payload::Sa(choice)];
        payloads.extend(exchanged.clone().map(|(payload, _)| payload));
        payloads.push(Payload::SelectorsInitiator(codec::selectors(&remote)));
        payloads.push(Payload::SelectorsResponder(codec::selectors(&local)));
        if (&local, &remote) != (&theirs.0, &theirs.1) {
            let narrowed = Notice::SelectorsNarrowed {
                local: local.clone(),
                remote: remote.clone(),
            };
            self.tell(out, Some(sa.connection), narrowed);
        }
        let derive = sa.keys.map_or(0, |keys| keys.derive);
        let agreed = Agreed {
            child,
            spi_in,
            spi_out,
            local,
            remote,
            suite,
            key: key(derive, asked.nonces, exchanged.map_or(0, |(_, secret)| secret)),
            replaces: asked.rekeys,
            life: None,
        };
        Ok((payloads, agreed))
    }

    /// Our half of the key exchange, where the suite has one.
    fn v2_child_exchange(
        &mut self,
        suite: Suite,
        seen: Payloads<'_>,
    ) -> Result<Option<(Payload, u64)>, Payload> {
        let Some(group) = suite.group else {
            return Ok(None);
        };
        let wanted = || {
            Payload::notify(
                NotifyType::INVALID_KE_PAYLOAD,
                group.number().to_be_bytes().to_vec(),
            )
        };
        let (_, public) = seen
            .ke()
            .filter(|(number, _)| *number == group.number())
            .ok_or_else(wanted)?;
        let secret = crypt::secret(&mut self.dice);
        let shared = crypt::shared(secret, group, public)
            .ok_or_else(|| Payload::notify(NotifyType::INVALID_SYNTAX, Vec::new()))?;
        let payload = Payload::Ke {
            group: group.number(),
            data: crypt::ke_data(secret, group),
        };
        Ok(Some((payload, shared)))
    }

    /// The child whose selectors fit best.
    fn best_child(&self, sa: &IkeSa, local: &[Selector], remote: &[Selector]) -> Option<ChildId> {
        let connection = self.connection(sa.connection)?;
        let scored = (0u32..).zip(&connection.children).filter_map(|(index, child)| {
            let (ours, theirs) = (fit(&child.local, local), fit(&child.remote, remote));
            (ours > 0 && theirs > 0).then_some((ours + theirs, core::cmp::Reverse(index)))
        });
        scored
            .max()
            .map(|(_, core::cmp::Reverse(index))| crate::kernel::Id::from_index(index))
    }

    pub(in super::super) fn tell_selectors(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        config: Option<&Child>,
        theirs: (Vec<Selector>, Vec<Selector>),
        out: &mut Vec<Output>,
    ) {
        let ours = config
            .map(|child| (child.local.clone(), child.remote.clone()))
            .unwrap_or_default();
        self.fail(now, out, sa.connection, Notice::SelectorMismatch { ours, theirs });
    }
}

pub(super) fn mark_rekeyed(sa: &mut IkeSa, id: ChildSaId) {
    if let Some(child) = sa.child_mut(id) {
        child.state = ChildState::Rekeyed;
        child.rekey_at = None;
    }
}

/// The peer replaced `old` by `new`; if we are asking for the same, the nonces will decide later.
fn v2_superseded(sa: &mut IkeSa, old: ChildSaId, new: ChildSaId, lowest_nonce: &[u8]) {
    let colliding = sa
        .pending
        .as_mut()
        .filter(|pending| matches!(&pending.task, Task::Child(task) if task.rekeys == Some(old)));
    if let Some(pending) = colliding {
        pending.collision = Some(Collision {
            lowest_nonce: lowest_nonce.to_vec(),
            made: Made::Child(new),
        });
        return;
    }
    mark_rekeyed(sa, old);
    sa.queue
        .retain(|task| !matches!(task, Task::Child(task) if task.rekeys == Some(old)));
}
