//! The states of an IKEv2 SA, and what an event does in each.
//!
//! ```text
//!  InitSent ──▶ AuthSent ──┐                          ┌─▶ Rekeying ─▶ Rekeyed ─┐
//!                          ├──▶ Established ──────────┤                        ├─▶ Closed
//!  InitReceived ───────────┘        ▲                 └─▶ Deleting ────────────┘
//!                                   └── rekeying failed ──┘
//! ```
//!
//! Pure: what is sent and installed on the way is done by the files beside this one, which ask here first.
//!
//! # Source
//! RFC 7296 sections 1.2 to 1.4, 2.8 and 2.25.

use super::super::wire::NotifyType;

/// Where an IKEv2 SA stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// We sent IKE_SA_INIT.
    InitSent,
    /// We sent IKE_AUTH.
    AuthSent,
    /// We answered IKE_SA_INIT.
    InitReceived,
    /// Both sides proved who they are.
    Established,
    /// We asked for a successor.
    Rekeying,
    /// A successor is there; this one waits for its deletion.
    Rekeyed,
    /// We asked for its deletion.
    Deleting,
    /// It is over.
    Closed,
}

/// What happens to an IKEv2 SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// IKE_SA_INIT was answered, and the answer is acceptable.
    InitAnswered,
    /// IKE_SA_INIT is to be sent again, with another group or a cookie.
    InitAgain,
    /// The peer sent IKE_AUTH.
    AuthAsked,
    /// IKE_AUTH was answered.
    AuthAnswered,
    /// Both are who they should be.
    Proved,
    /// One of them is not, or an exchange before that was refused.
    Refused,
    /// The peer wants a CHILD_SA, a new one or another's successor.
    ChildAsked,
    /// The peer wants a successor of this SA.
    RekeyAsked,
    /// We ask for a successor.
    RekeyBegun,
    /// There is a successor.
    Succeeded,
    /// There will be none for now.
    RekeyFailed,
    /// We ask for the deletion.
    DeleteBegun,
    /// The peer asks for the deletion, or answers ours.
    Deleted,
    /// The peer sent an INFORMATIONAL request without a deletion of this SA.
    InformationAsked,
    /// A request stayed without answer to the end.
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
    /// Answer with this error and stay.
    Refuse(NotifyType),
    /// Do nothing.
    Ignore,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::InitSent,
        Self::AuthSent,
        Self::InitReceived,
        Self::Established,
        Self::Rekeying,
        Self::Rekeyed,
        Self::Deleting,
        Self::Closed,
    ];
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 17] = [
        Self::InitAnswered,
        Self::InitAgain,
        Self::AuthAsked,
        Self::AuthAnswered,
        Self::Proved,
        Self::Refused,
        Self::ChildAsked,
        Self::RekeyAsked,
        Self::RekeyBegun,
        Self::Succeeded,
        Self::RekeyFailed,
        Self::DeleteBegun,
        Self::Deleted,
        Self::InformationAsked,
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
    use Verdict::{Ignore, Refuse, To};
    match (state, event) {
        (S::Closed, _) => Ignore,
        (_, E::GaveUp | E::Expired) => To(S::Closed),

        (S::InitSent, E::InitAnswered) => To(S::AuthSent),
        (S::InitSent, E::InitAgain) => To(S::InitSent),
        (S::AuthSent, E::AuthAnswered) => To(S::AuthSent),
        (S::InitReceived, E::AuthAsked) => To(S::InitReceived),
        (S::AuthSent | S::InitReceived, E::Proved) => To(S::Established),
        (S::InitSent | S::AuthSent | S::InitReceived, E::Refused | E::HalfOpenExpired) => To(S::Closed),
        // Before authentication nothing else counts.
        (S::InitSent, E::AuthAsked | E::AuthAnswered | E::Proved)
        | (S::AuthSent, E::InitAnswered | E::InitAgain | E::AuthAsked)
        | (S::InitReceived, E::InitAnswered | E::InitAgain | E::AuthAnswered)
        | (
            S::InitSent | S::AuthSent | S::InitReceived,
            E::ChildAsked
            | E::RekeyAsked
            | E::RekeyBegun
            | E::Succeeded
            | E::RekeyFailed
            | E::InformationAsked,
        ) => Ignore,
        // Nobody to tell yet: it is dropped on our side alone.
        (S::InitSent | S::AuthSent | S::InitReceived, E::DeleteBegun | E::Deleted) => To(S::Closed),

        (S::Established, E::ChildAsked | E::RekeyAsked | E::InformationAsked) => To(S::Established),
        (S::Established, E::RekeyBegun) => To(S::Rekeying),
        (S::Established | S::Rekeying, E::Succeeded) => To(S::Rekeyed),
        (S::Rekeying, E::RekeyFailed) => To(S::Established),
        (S::Established | S::Rekeying | S::Rekeyed, E::DeleteBegun) => To(S::Deleting),
        // RFC 7296 section 2.25.2: no new children while the SA under them is being replaced or deleted.
        (S::Rekeying | S::Rekeyed | S::Deleting, E::ChildAsked)
        | (S::Rekeyed | S::Deleting, E::RekeyAsked) => Refuse(NotifyType::TEMPORARY_FAILURE),
        // Both at once: the nonces will decide, section 2.8.1.
        (S::Rekeying, E::RekeyAsked | E::InformationAsked) => To(S::Rekeying),
        (S::Rekeyed, E::InformationAsked) => To(S::Rekeyed),
        (S::Deleting, E::InformationAsked) => To(S::Deleting),
        (S::Established | S::Rekeying | S::Rekeyed | S::Deleting, E::Deleted) => To(S::Closed),

        (S::Established, E::RekeyFailed)
        | (S::Rekeying, E::RekeyBegun)
        | (S::Rekeyed, E::RekeyBegun | E::Succeeded | E::RekeyFailed)
        | (S::Deleting, E::RekeyBegun | E::Succeeded | E::RekeyFailed | E::DeleteBegun)
        | (
            S::Established | S::Rekeying | S::Rekeyed | S::Deleting,
            E::InitAnswered
            | E::InitAgain
            | E::AuthAsked
            | E::AuthAnswered
            | E::Proved
            | E::Refused
            | E::HalfOpenExpired,
        ) => Ignore,
    }
}
