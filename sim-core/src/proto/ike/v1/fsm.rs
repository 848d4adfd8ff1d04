//! The states of an IKEv1 SA (ISAKMP SA), and what an event does in each.
//!
//! ```text
//!  main mode    SaSent ─▶ KeSent ─▶ IdSent ──┐
//!               SaReceived ─▶ KeReceived ────┤
//!                                            ├─▶ Established ─▶ Rekeyed ─▶ Closed
//!  aggressive   AggressiveSent ──────────────┤
//!               AggressiveReceived ──────────┘
//! ```
//!
//! Pure, as its neighbour for IKEv2. A deletion is not answered in IKEv1, so there is no state of waiting for it.
//!
//! # Source
//! RFC 2409 sections 5 and 5.5; RFC 2408 section 5.

/// Where an IKEv1 SA stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// Main mode: we sent proposals.
    SaSent,
    /// Main mode: we sent our public value.
    KeSent,
    /// Main mode: we sent identity and proof.
    IdSent,
    /// Main mode: we answered with the chosen proposal.
    SaReceived,
    /// Main mode: we answered with our public value.
    KeReceived,
    /// Aggressive mode: we sent proposals, public value and identity.
    AggressiveSent,
    /// Aggressive mode: we answered with all of ours, the proof included.
    AggressiveReceived,
    /// Both sides proved who they are.
    Established,
    /// Another took over; this one is about to be deleted.
    Rekeyed,
    /// It is over.
    Closed,
}

/// What happens to an IKEv1 SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A message of main mode came.
    MainMode,
    /// A message of aggressive mode came.
    Aggressive,
    /// What came is acceptable, and more has to follow.
    Accepted,
    /// Both are who they should be.
    Proved,
    /// Phase 1 failed on our side.
    Refused,
    /// A first message of quick mode came.
    QuickModeAsked,
    /// Another SA took over the children.
    Succeeded,
    /// The peer sent an error.
    ErrorReceived,
    /// It was deleted, by us or the peer.
    Deleted,
    /// A request stayed without answer to the end, or dead peer detection gave up.
    GaveUp,
    /// Too much time passed without establishment.
    HalfOpenExpired,
    /// Its life is over.
    Expired,
}

/// What is to become of the SA, and of what caused the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Do it, and be in this state.
    To(State),
    /// Do nothing.
    Ignore,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::SaSent,
        Self::KeSent,
        Self::IdSent,
        Self::SaReceived,
        Self::KeReceived,
        Self::AggressiveSent,
        Self::AggressiveReceived,
        Self::Established,
        Self::Rekeyed,
        Self::Closed,
    ];
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 12] = [
        Self::MainMode,
        Self::Aggressive,
        Self::Accepted,
        Self::Proved,
        Self::Refused,
        Self::QuickModeAsked,
        Self::Succeeded,
        Self::ErrorReceived,
        Self::Deleted,
        Self::GaveUp,
        Self::HalfOpenExpired,
        Self::Expired,
    ];
}

/// What `event` does to an SA in `state`.
#[must_use]
pub const fn transition(state: State, event: Event) -> Verdict {
    use Event as E;
    use State as S;
    use Verdict::{Ignore, To};
    match (state, event) {
        (S::Closed, _) => Ignore,
        (_, E::GaveUp | E::Expired | E::Deleted) => To(S::Closed),

        (S::SaSent | S::KeSent | S::IdSent | S::SaReceived | S::KeReceived, E::MainMode)
        | (S::AggressiveSent | S::AggressiveReceived, E::Aggressive) => To(state),
        (S::SaSent, E::Accepted) => To(S::KeSent),
        (S::KeSent, E::Accepted) => To(S::IdSent),
        (S::SaReceived, E::Accepted) => To(S::KeReceived),
        (S::IdSent | S::KeReceived | S::AggressiveSent | S::AggressiveReceived, E::Proved) => {
            To(S::Established)
        }
        (
            S::SaSent | S::KeSent | S::IdSent | S::AggressiveSent,
            E::ErrorReceived | E::Refused | E::HalfOpenExpired,
        )
        | (S::SaReceived | S::KeReceived | S::AggressiveReceived, E::ErrorReceived | E::HalfOpenExpired) => {
            To(S::Closed)
        }
        // Who was asked keeps the half-open SA until its time is up, so that a repetition meets the same answer.
        (S::SaReceived | S::KeReceived | S::AggressiveReceived, E::Refused) => To(state),

        (S::Established, E::QuickModeAsked | E::ErrorReceived) => To(S::Established),
        (S::Established, E::Succeeded) => To(S::Rekeyed),
        (S::Rekeyed, E::ErrorReceived) => To(S::Rekeyed),

        (S::SaSent | S::KeSent | S::SaReceived, E::Proved)
        | (S::IdSent | S::KeReceived | S::AggressiveSent | S::AggressiveReceived, E::Accepted)
        | (S::SaSent | S::KeSent | S::IdSent | S::SaReceived | S::KeReceived, E::Aggressive)
        | (S::AggressiveSent | S::AggressiveReceived, E::MainMode)
        | (
            S::SaSent
            | S::KeSent
            | S::IdSent
            | S::SaReceived
            | S::KeReceived
            | S::AggressiveSent
            | S::AggressiveReceived,
            E::QuickModeAsked | E::Succeeded,
        )
        | (
            S::Established,
            E::MainMode | E::Aggressive | E::Accepted | E::Proved | E::Refused | E::HalfOpenExpired,
        )
        | (
            S::Rekeyed,
            E::MainMode
            | E::Aggressive
            | E::Accepted
            | E::Proved
            | E::Refused
            | E::QuickModeAsked
            | E::Succeeded
            | E::HalfOpenExpired,
        ) => Ignore,
    }
}
