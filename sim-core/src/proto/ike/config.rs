//! What a gateway is configured to do: connections to peers, and what they protect.
//!
//! # Source
//! Names and defaults are those of strongSwan's swanctl.conf and strongswan.conf.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::certificate::Certified;
use super::identity::Identity;
use super::proposal::Proposal;
use super::selector::Selector;
use crate::kernel::{Dice, Id};
use crate::units::Span;

/// A connection's number at its gateway.
pub type ConnectionId = Id<Connection>;
/// A child's number within its connection.
pub type ChildId = Id<Child>;

/// The protocol versions that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Versions {
    /// Only IKEv1.
    V1,
    /// Only IKEv2.
    V2,
    /// Either when asked, IKEv2 when asking.
    Both,
}

/// Whether phase 1 of IKEv1 goes by main or aggressive mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Phase1Mode {
    /// Main mode: six messages, identities are secret.
    Main,
    /// Aggressive mode, but not as responder with a shared key, which could then be guessed offline.
    AggressiveWithoutSharedKey,
    /// Aggressive mode with any kind of proof.
    Aggressive,
}

/// Whose order of proposals decides what a responder chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Preference {
    /// The responder's own.
    Configured,
    /// The initiator's.
    Offered,
}

/// How the two sides prove who they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Authentication {
    /// Both know the same key.
    SharedKey(Arc<str>),
    /// Each has a certificate.
    Certificate(Arc<Certified>),
}

/// What becomes of a child at an event: at start, when the peer is found dead, when the peer closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Action {
    /// Nothing: it stays away until somebody wants it (AWS: `clear`; at start, `add`).
    Clear,
    /// The next packet that it would protect brings it up (`trap`, `hold`).
    Trap,
    /// It is brought up at once (`start`, `restart`).
    Start,
}

/// Whether ESP is to go in UDP although nothing on the path asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Encapsulation {
    /// Only where NAT is detected.
    WhenNatDetected,
    /// Always, by pretending that there is NAT.
    Forced,
}

/// What follows when a peer that was called did not answer at all, however often the request was repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Tries {
    /// Nothing, until somebody wants the child again (`keyingtries = 1`, swanctl's default).
    Once,
    /// It is called again (`keyingtries = 0`, and `%forever` in the configurations that AWS hands out).
    Forever,
}

/// How often and how long an unanswered request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Retransmission {
    /// The wait before the first repetition.
    pub timeout: Span,
    /// By what each further wait is longer, in thousandths.
    pub base_permille: u32,
    /// How many repetitions there are.
    pub tries: u32,
}

impl Retransmission {
    /// strongSwan's defaults: 4 s, 1.8, 5, and so 165 s in all.
    pub const DEFAULT: Self = Self {
        timeout: Span::secs(4),
        base_permille: 1_800,
        tries: 5,
    };

    /// The wait after the message was sent for the `n`-th time again, zero being the first.
    #[must_use]
    pub fn wait(&self, n: u32) -> Span {
        let mut nanos = u128::from(self.timeout.as_nanos());
        for _ in 0..n {
            nanos = (nanos * u128::from(self.base_permille) / 1_000).min(u128::from(u64::MAX));
        }
        Span::nanos(nanos as u64)
    }

    /// The time from the first sending to giving up.
    #[must_use]
    pub fn total(&self) -> Span {
        (0..=self.tries).fold(Span::ZERO, |total, n| total + self.wait(n))
    }
}

/// When an SA is replaced and when it ends at the latest. Not negotiated: each side goes by its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Lifetime {
    /// Age at which it is replaced; zero for never.
    pub rekey: Span,
    /// By how much at most, drawn evenly, that happens sooner (margin × fuzz).
    pub random: Span,
    /// Age at which it ends; zero for never.
    pub life: Span,
}

impl Lifetime {
    /// The age of this SA's replacement, drawn anew for each.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<Span> {
        if self.rekey.is_zero() {
            return None;
        }
        let sooner = dice.span_between(Span::ZERO, self.random.min(self.rekey));
        Some(self.rekey.saturating_sub(sooner))
    }
    /// The age of its end.
    pub(super) fn end(&self) -> Option<Span> {
        (!self.life.is_zero()).then_some(self.life)
    }
    /// From lifetime, rekey margin and fuzz as AWS and older strongSwan tell them.
    ///
    /// `fuzz_percent` is the share of the margin by which the replacement may come sooner still.
    #[must_use]
    pub fn with_margin(life: Span, margin: Span, fuzz_percent: u32) -> Self {
        let random = u128::from(margin.as_nanos()) * u128::from(fuzz_percent) / 100;
        Self {
            rekey: life.saturating_sub(margin),
            random: Span::nanos(random.min(u128::from(u64::MAX)) as u64),
            life,
        }
    }
}

/// What a connection protects: one CHILD_SA after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Child {
    /// Its name.
    pub name: Arc<str>,
    /// What is on our side.
    pub local: Vec<Selector>,
    /// What is on the peer's side.
    pub remote: Vec<Selector>,
    /// What ESP may use, preferred first; a group asks for PFS.
    pub esp: Vec<Proposal>,
    /// When it is replaced.
    pub lifetime: Lifetime,
    /// What happens when the gateway starts.
    pub start_action: Action,
    /// What happens when the peer is found dead.
    pub dpd_action: Action,
    /// What happens when the peer closes it.
    pub close_action: Action,
    /// How far behind the newest a packet may be, in packets; 0 for no check.
    pub replay_window: u32,
}

/// One configured peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Connection {
    /// Its name.
    pub name: Arc<str>,
    /// Our address.
    pub local: Ipv4Addr,
    /// The peer's; none when it may come from anywhere.
    pub remote: Option<Ipv4Addr>,
    /// What is spoken.
    pub versions: Versions,
    /// IKEv1's way through phase 1.
    pub phase1: Phase1Mode,
    /// What IKE may use, preferred first.
    pub ike: Vec<Proposal>,
    /// Whose order decides when the peer asks.
    pub preference: Preference,
    /// How both prove who they are.
    pub authentication: Authentication,
    /// Who we are; where nothing is said, the subject of our certificate, and without one our address.
    pub local_id: Option<Identity>,
    /// Who the peer must be.
    pub remote_id: Identity,
    /// When the IKE SA gets new keys, and its end.
    pub lifetime: Lifetime,
    /// Age at which the IKE SA is built anew with authentication; zero for never.
    pub reauth: Span,
    /// Silence after which the peer is asked whether it lives; zero for never.
    pub dpd_delay: Span,
    /// IKEv1: silence after which the peer is dead; zero for as long as retransmission would take.
    pub dpd_timeout: Span,
    /// How requests are repeated.
    pub retransmission: Retransmission,
    /// What follows when nobody answers a call.
    pub tries: Tries,
    /// Whether UDP encapsulation is forced.
    pub encapsulation: Encapsulation,
    /// How many CHILD_SAs one IKE SA may carry.
    pub max_children: usize,
    /// What it protects.
    pub children: Vec<Arc<Child>>,
}

/// What a route-based child uses unless told otherwise: strongSwan's preference among what AWS accepts too.
const CHILD_PROPOSAL: &str = "aes256-sha256-modp2048";
/// The same for phase 1.
const IKE_PROPOSAL: &str = "aes256-sha256-modp2048";
/// AWS's phase 1 lifetime ("Tunnel options for your Site-to-Site VPN connection").
const PHASE_1: Span = Span::hours(8);
/// AWS's phase 2 lifetime (same page).
const PHASE_2: Span = Span::hours(1);
/// AWS's rekey margin and, in percent, fuzz (same page).
const MARGIN: (Span, u32) = (Span::secs(270), 100);
/// Silence after which a peer is asked whether it lives (same page).
const DPD_DELAY: Span = Span::secs(10);
/// AWS's DPD time-out (same page): this silence and three unanswered questions.
const DPD_TIMEOUT: Span = Span::secs(40);
/// AWS's replay window in packets (same page).
const REPLAY_WINDOW: u32 = 1024;

impl Child {
    /// A child that protects whatever is routed into it, with AWS's defaults; it is brought up at start and again
    /// when the peer was found dead.
    #[must_use]
    pub fn route_based(name: &str) -> Self {
        let all = || vec![Selector::prefix(ipnet::Ipv4Net::default())];
        Self {
            name: name.into(),
            local: all(),
            remote: all(),
            esp: Proposal::parse(super::proposal::Protocol::Esp, CHILD_PROPOSAL)
                .into_iter()
                .collect(),
            lifetime: Lifetime::with_margin(PHASE_2, MARGIN.0, MARGIN.1),
            start_action: Action::Start,
            dpd_action: Action::Start,
            close_action: Action::Clear,
            replay_window: REPLAY_WINDOW,
        }
    }
}

impl Connection {
    /// A connection between two addresses that both prove themselves by `key`, with AWS's defaults and one child that
    /// protects whatever is routed into it.
    #[must_use]
    pub fn route_based(name: &str, local: Ipv4Addr, remote: Ipv4Addr, key: &str) -> Self {
        Self {
            name: name.into(),
            local,
            remote: Some(remote),
            versions: Versions::V2,
            phase1: Phase1Mode::Main,
            ike: Proposal::parse(super::proposal::Protocol::Ike, IKE_PROPOSAL)
                .into_iter()
                .collect(),
            preference: Preference::Configured,
            authentication: Authentication::SharedKey(key.into()),
            local_id: None,
            remote_id: Identity::Any,
            lifetime: Lifetime::with_margin(PHASE_1, MARGIN.0, MARGIN.1),
            reauth: Span::ZERO,
            dpd_delay: DPD_DELAY,
            dpd_timeout: DPD_TIMEOUT,
            retransmission: Retransmission::DEFAULT,
            tries: Tries::Forever,
            encapsulation: Encapsulation::WhenNatDetected,
            max_children: usize::MAX,
            children: vec![Arc::new(Child::route_based(name))],
        }
    }
    /// The child of that name.
    #[must_use]
    pub fn child_named(&self, name: &str) -> Option<ChildId> {
        let index = self.children.iter().position(|child| &*child.name == name)?;
        Some(Id::from_index(index as u32))
    }

    pub(super) fn child(&self, id: ChildId) -> Option<&Arc<Child>> {
        self.children.get(id.index())
    }

    pub(super) fn speaks(&self, version: super::Version) -> bool {
        match (self.versions, version, &self.authentication) {
            // IKEv1 knows only shared keys here.
            (_, super::Version::V1, Authentication::Certificate(_)) => false,
            (Versions::Both, ..)
            | (Versions::V1, super::Version::V1, _)
            | (Versions::V2, super::Version::V2, _) => true,
            (Versions::V1, super::Version::V2, _) | (Versions::V2, super::Version::V1, _) => false,
        }
    }

    /// Who we say we are.
    #[must_use]
    pub fn own_identity(&self) -> Identity {
        match (&self.local_id, &self.authentication) {
            (Some(identity), _) if *identity != Identity::Any => identity.clone(),
            (_, Authentication::Certificate(own)) => own.certificate.subject(),
            (_, Authentication::SharedKey(_)) => Identity::Address(self.local),
        }
    }

    /// Who we say we are to a peer that wants somebody: that one, where we can be anybody.
    pub(super) fn identity_for(&self, wanted: Option<Identity>) -> Identity {
        let is_us = |wanted: &Identity| match &self.local_id {
            None => true,
            Some(own) => wanted.satisfies(own),
        };
        let can_be = |identity: &Identity| match &self.authentication {
            Authentication::SharedKey(_) => true,
            Authentication::Certificate(own) => own.certificate.names(identity),
        };
        let taken = wanted.filter(|identity| is_us(identity) && can_be(identity));
        let own = || match self.own_identity() {
            pattern if pattern.has_wildcards() => Identity::Address(self.local),
            own => own,
        };
        taken.unwrap_or_else(own)
    }
}
