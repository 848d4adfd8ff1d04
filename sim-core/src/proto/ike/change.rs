//! A connection that is configured otherwise while its gateway runs, and what cannot be configured together.

use std::sync::Arc;

use super::config::{
    Action, Authentication, Child, Connection, Encapsulation, Lifetime, Phase1Mode, Retransmission, Tries,
    Versions,
};
use super::identity::Identity;
use super::proposal::Proposal;
use crate::units::Span;

/// What of a connection and its children is to be otherwise; where nothing is said, it stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ConnectionChange {
    /// How both prove who they are.
    pub authentication: Option<Authentication>,
    /// Who we are; any for what follows from how we prove it.
    pub local_id: Option<Identity>,
    /// Who the peer must be.
    pub remote_id: Option<Identity>,
    /// What is spoken.
    pub versions: Option<Versions>,
    /// IKEv1's way through phase 1.
    pub phase1: Option<Phase1Mode>,
    /// What IKE may use, preferred first.
    pub ike: Option<Vec<Proposal>>,
    /// What ESP may use, preferred first.
    pub esp: Option<Vec<Proposal>>,
    /// The lives of an IKE SA and of a CHILD_SA.
    pub lives: Option<(Span, Span)>,
    /// How long before the end of its life either is replaced.
    pub margin: Option<Span>,
    /// By what share of the margin at most that may happen sooner, in percent.
    pub fuzz_percent: Option<u32>,
    /// Age at which the IKE SA is built anew with authentication; zero for never.
    pub reauth: Option<Span>,
    /// Silence after which the peer is asked whether it lives; zero for never.
    pub dpd_delay: Option<Span>,
    /// IKEv1: silence after which the peer is dead.
    pub dpd_timeout: Option<Span>,
    /// What becomes of the children when the peer is found dead.
    pub dpd_action: Option<Action>,
    /// What becomes of them when the gateway starts.
    pub start_action: Option<Action>,
    /// How far behind the newest a packet may be, in packets.
    pub replay_window: Option<u32>,
    /// What follows when nobody answers a call.
    pub tries: Option<Tries>,
    /// Whether UDP encapsulation is forced.
    pub encapsulation: Option<Encapsulation>,
    /// How an unanswered request is repeated.
    pub retransmission: RetransmissionChange,
}

/// What of the repetition of requests is to be otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RetransmissionChange {
    /// The wait before the first repetition.
    pub timeout: Option<Span>,
    /// How long each further wait is, in percent of the one before.
    pub base_percent: Option<u32>,
    /// How many repetitions there are.
    pub tries: Option<u32>,
}

impl Retransmission {
    fn changed(self, change: RetransmissionChange) -> Self {
        let permille = change.base_percent.map(|percent| percent.saturating_mul(10));
        Self {
            timeout: change.timeout.unwrap_or(self.timeout),
            base_permille: permille.unwrap_or(self.base_permille),
            tries: change.tries.unwrap_or(self.tries),
        }
    }
}

/// Two settings of a connection that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Conflict {
    /// An SA could be replaced as soon as it is up.
    #[error(
        "keys that live for {life} and are replaced at an age of {rekey}, or by up to {random} sooner, could be \
         replaced before they are used"
    )]
    ReplacedAtOnce {
        /// How long it lives.
        life: Span,
        /// Age at which it is replaced.
        rekey: Span,
        /// By how much sooner, at most.
        random: Span,
    },
    /// An IKE SA could be built anew as soon as it is up.
    #[error(
        "authentication that is repeated after {reauth}, or by up to {random} sooner, could be repeated at once"
    )]
    ReauthenticatedAtOnce {
        /// Age at which it is.
        reauth: Span,
        /// By how much sooner, at most.
        random: Span,
    },
    /// In IKEv1 the peer would be dead before it is asked.
    #[error("the peer would be dead after {timeout}, before it is asked after {delay}")]
    DeadBeforeAsked {
        /// Silence after which it is dead.
        timeout: Span,
        /// Silence after which it is asked.
        delay: Span,
    },
    /// Certificates prove nothing in IKEv1 here.
    #[error("IKEv1 knows only pre-shared keys here")]
    CertificateWithoutV2,
}

impl Lifetime {
    /// How long before its end an SA is replaced, apart from chance.
    #[must_use]
    pub const fn margin(&self) -> Span {
        if self.rekey.is_zero() {
            Span::ZERO
        } else {
            self.life.saturating_sub(self.rekey)
        }
    }

    fn changed(self, life: Option<Span>, change: &ConnectionChange) -> Self {
        let share = |of: Span, part: u128, whole: u128| {
            let nanos = u128::from(of.as_nanos()) * part / whole.max(1);
            Span::nanos(nanos.min(u128::from(u64::MAX)) as u64)
        };
        let (life, before) = (life.unwrap_or(self.life), self.margin());
        let margin = change.margin.unwrap_or(before);
        let random = match change.fuzz_percent {
            Some(percent) => share(margin, u128::from(percent), 100),
            None if before.is_zero() => self.random,
            // The same share of another margin.
            None => share(
                margin,
                u128::from(self.random.as_nanos()),
                u128::from(before.as_nanos()),
            ),
        };
        Self {
            rekey: life.saturating_sub(margin),
            random,
            life,
        }
    }

    fn conflict(&self) -> Option<Conflict> {
        let is_too_soon = !self.life.is_zero() && self.rekey <= self.random;
        is_too_soon.then_some(Conflict::ReplacedAtOnce {
            life: self.life,
            rekey: self.rekey,
            random: self.random,
        })
    }
}

impl Child {
    fn changed(&self, change: &ConnectionChange) -> Self {
        Self {
            name: self.name.clone(),
            local: self.local.clone(),
            remote: self.remote.clone(),
            esp: change.esp.clone().unwrap_or_else(|| self.esp.clone()),
            lifetime: self.lifetime.changed(change.lives.map(|(_, esp)| esp), change),
            start_action: change.start_action.unwrap_or(self.start_action),
            dpd_action: change.dpd_action.unwrap_or(self.dpd_action),
            close_action: self.close_action,
            replay_window: change.replay_window.unwrap_or(self.replay_window),
        }
    }
}

impl Connection {
    /// This connection with what `change` says in place of its own.
    #[must_use]
    pub fn changed(&self, change: &ConnectionChange) -> Self {
        let authentication = change.authentication.as_ref().unwrap_or(&self.authentication);
        let children = self.children.iter().map(|child| Arc::new(child.changed(change)));
        Self {
            name: self.name.clone(),
            local: self.local,
            remote: self.remote,
            versions: change.versions.unwrap_or(self.versions),
            phase1: change.phase1.unwrap_or(self.phase1),
            ike: change.ike.clone().unwrap_or_else(|| self.ike.clone()),
            preference: self.preference,
            authentication: authentication.clone(),
            local_id: change.local_id.clone().or_else(|| self.local_id.clone()),
            remote_id: change.remote_id.as_ref().unwrap_or(&self.remote_id).clone(),
            lifetime: self.lifetime.changed(change.lives.map(|(ike, _)| ike), change),
            reauth: change.reauth.unwrap_or(self.reauth),
            dpd_delay: change.dpd_delay.unwrap_or(self.dpd_delay),
            dpd_timeout: change.dpd_timeout.unwrap_or(self.dpd_timeout),
            retransmission: self.retransmission.changed(change.retransmission),
            tries: change.tries.unwrap_or(self.tries),
            encapsulation: change.encapsulation.unwrap_or(self.encapsulation),
            max_children: self.max_children,
            children: children.collect(),
        }
    }

    /// Settings that do not go together.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let lifetimes = self.children.iter().map(|child| child.lifetime);
        let mut lifetimes = lifetimes.chain([self.lifetime]);
        let (reauth, random) = (self.reauth, self.lifetime.random);
        let (timeout, delay) = (self.dpd_timeout, self.dpd_delay);
        let speaks_v1 = self.versions != Versions::V2;
        let is_certified = matches!(self.authentication, Authentication::Certificate(_));
        let is_dead_first = speaks_v1 && !timeout.is_zero() && timeout < delay;
        let all = [
            lifetimes.find_map(|life| life.conflict()),
            (!reauth.is_zero() && reauth <= random)
                .then_some(Conflict::ReauthenticatedAtOnce { reauth, random }),
            is_dead_first.then_some(Conflict::DeadBeforeAsked { timeout, delay }),
            (is_certified && self.versions == Versions::V1).then_some(Conflict::CertificateWithoutV2),
        ];
        all.into_iter().flatten().collect()
    }
    /// The first two settings that do not go together, where any do not.
    #[must_use]
    pub fn conflict(&self) -> Option<Conflict> {
        self.conflicts().first().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn connection() -> Connection {
        let nowhere = Ipv4Addr::UNSPECIFIED;
        Connection::route_based("vpn", nowhere, nowhere, "secret")
    }

    #[test]
    fn what_is_not_said_stays() {
        let before = connection();
        assert_eq!(before.changed(&ConnectionChange::default()), before);
        assert_eq!(before.conflict(), None);
        let after = before.changed(&ConnectionChange {
            margin: Some(Span::secs(60)),
            ..ConnectionChange::default()
        });
        // Fuzz was all of the margin, and still is.
        let lives = [Span::hours(8), Span::hours(1)];
        let [ike, esp] = lives.map(|life| Lifetime::with_margin(life, Span::secs(60), 100));
        assert_eq!((after.lifetime, after.children[0].lifetime), (ike, esp));
        let again = after.changed(&ConnectionChange {
            lives: Some((Span::hours(2), Span::hours(1))),
            fuzz_percent: Some(50),
            ..ConnectionChange::default()
        });
        let ike = Lifetime::with_margin(Span::hours(2), Span::secs(60), 50);
        assert_eq!(again.lifetime, ike);
        assert_eq!(again.changed(&ConnectionChange::default()), again);
    }

    #[test]
    fn settings_that_do_not_go_together_are_told() {
        let check = |change: ConnectionChange, expected: &str| {
            let conflict = connection().changed(&change).conflict();
            let told = conflict.map(|conflict| conflict.to_string()).unwrap_or_default();
            assert!(told.contains(expected), "{told:?}");
        };
        check(
            ConnectionChange {
                lives: Some((Span::hours(8), Span::minutes(9))),
                ..ConnectionChange::default()
            },
            "keys that live for 9m and are replaced at an age of 4m30s, or by up to 4m30s sooner",
        );
        check(
            ConnectionChange {
                reauth: Some(Span::minutes(4)),
                ..ConnectionChange::default()
            },
            "could be repeated at once",
        );
        let late = ConnectionChange {
            dpd_delay: Some(Span::minutes(1)),
            ..ConnectionChange::default()
        };
        // IKEv2 has no time-out to be too short.
        assert_eq!(connection().changed(&late).conflict(), None);
        check(
            ConnectionChange {
                versions: Some(Versions::V1),
                ..late
            },
            "the peer would be dead after 40s, before it is asked after 1m",
        );
    }
}
