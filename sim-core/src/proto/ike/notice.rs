//! What a gateway announces, and what it wants done.

use core::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::algorithm::Group;
use super::certificate::Rejected;
use super::config::{Authentication, ChildId, ConnectionId};
use super::crowd::MOST_HALF_OPEN;
use super::identity::Identity;
use super::proposal::{Agreement, Difference, Suite};
use super::sa::{ChildSaId, SaId, Version};
use super::selector::Selector;
use super::wire::{Direction, ExchangeType, NotifyType};
use crate::units::Span;

/// The two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Phase {
    /// The IKE SA, phase 1.
    Ike,
    /// A CHILD_SA, phase 2.
    Child,
}

/// Us or them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Side {
    /// This gateway.
    Local,
    /// Its peer.
    Peer,
}

/// Why an SA went away or did not come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum Reason {
    /// Somebody here asked for it.
    Command,
    /// A new one took its place.
    Replaced,
    /// The peer deleted it.
    DeletedByPeer,
    /// Its life ended before it was replaced.
    Expired,
    /// The peer did not answer.
    PeerDead,
    /// The peer did not complete what it began.
    HalfOpen,
    /// Its IKE SA went away.
    IkeSaGone,
    /// Another turned out to do the same.
    Redundant,
    /// The peer said that it has lost all older ones.
    InitialContact,
    /// It is built anew, with authentication.
    Reauthentication,
    /// The peer refused.
    Refused(NotifyType),
    /// What the peer sent could not be used.
    Unacceptable(NotifyType),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command => f.pad("closed by command"),
            Self::Replaced => f.pad("replaced"),
            Self::DeletedByPeer => f.pad("deleted by the peer"),
            Self::Expired => f.pad("lifetime ended"),
            Self::PeerDead => f.pad("the peer does not answer"),
            Self::HalfOpen => f.pad("the peer did not complete the exchange"),
            Self::IkeSaGone => f.pad("the IKE SA went away"),
            Self::Redundant => f.pad("redundant after simultaneous rekeying"),
            Self::InitialContact => f.pad("the peer began anew"),
            Self::Reauthentication => f.pad("being reauthenticated"),
            Self::Refused(notify) => write!(f, "the peer refused: {notify}"),
            Self::Unacceptable(notify) => write!(f, "refused: {notify}"),
        }
    }
}

/// The kinds of proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A key that both share.
    SharedKey,
    /// A certificate and a signature.
    Certificate,
}

impl Proof {
    /// The kind that a gateway gives and asks for.
    #[must_use]
    pub const fn of(authentication: &Authentication) -> Self {
        match authentication {
            Authentication::SharedKey(_) => Self::SharedKey,
            Authentication::Certificate(_) => Self::Certificate,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SharedKey => "pre-shared key",
            Self::Certificate => "certificate",
        })
    }
}

/// Why an identity was not proved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum AuthFailure {
    /// No connection expects this pair of identities.
    NoMatchingPeer {
        /// Who the peer says it is.
        claimed: Identity,
        /// Whom it wanted here, if it said so.
        wanted: Option<Identity>,
    },
    /// The peer is not who the connection expects.
    OtherIdentity {
        /// Who the peer says it is.
        claimed: Identity,
        /// Who it should be.
        expected: Identity,
    },
    /// The proof does not fit: the shared keys differ.
    SharedKey {
        /// Who the peer says it is.
        claimed: Identity,
    },
    /// The signature does not fit the certificate.
    Signature {
        /// Who the peer says it is.
        claimed: Identity,
    },
    /// The certificate is not believed.
    Certificate(Box<Rejected>),
    /// The peer proves itself by other means than the connection asks for.
    Method {
        /// What the connection asks for.
        expected: Proof,
    },
    /// The peer sent no identity, no proof, or no common keys are there to check it by.
    Incomplete,
    /// Aggressive mode with a shared key is not allowed here.
    AggressiveSharedKey,
    /// The connection goes through phase 1 in the other mode.
    OtherMode,
    /// The peer did not accept ours.
    RefusedByPeer,
}

impl fmt::Display for AuthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatchingPeer {
                claimed,
                wanted: None,
            } => write!(f, "no connection expects {claimed}"),
            Self::NoMatchingPeer {
                claimed,
                wanted: Some(wanted),
            } => {
                write!(f, "no connection here is {wanted} and expects {claimed}")
            }
            Self::OtherIdentity { claimed, expected } => {
                write!(f, "the peer is {claimed}, expected {expected}")
            }
            Self::SharedKey { claimed } => {
                write!(
                    f,
                    "the proof of {claimed} does not fit: set the same pre-shared key on both sides"
                )
            }
            Self::Signature { claimed } => {
                write!(f, "the signature of {claimed} does not fit its certificate")
            }
            Self::Certificate(rejected) => rejected.fmt(f),
            Self::Method { expected } => {
                write!(
                    f,
                    "the peer proves itself by another kind of proof than the {expected} that is expected here"
                )
            }
            Self::Incomplete => f.pad("the peer did not prove anything"),
            Self::AggressiveSharedKey => f.pad("aggressive mode with a pre-shared key is refused"),
            Self::OtherMode => f.pad("the connection is configured for the other phase 1 mode"),
            Self::RefusedByPeer => f.pad("the peer refused our proof"),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Notice {
    /// An IKE SA is up.
    IkeEstablished {
        /// Which.
        sa: SaId,
        /// What was agreed on.
        suite: Suite,
    },
    /// An IKE SA took over from another.
    IkeRekeyed {
        /// The old one.
        old: SaId,
        /// The new one.
        new: SaId,
    },
    /// An IKE SA is gone, or never came up.
    IkeDown {
        /// Which.
        sa: SaId,
        /// Why.
        reason: Reason,
    },
    /// No CHILD_SA came up; the IKE SA stays.
    ChildFailed {
        /// On which IKE SA.
        sa: SaId,
        /// Why.
        reason: Reason,
    },
    /// Proposals had nothing in common.
    ProposalMismatch {
        /// Of which layer.
        phase: Phase,
        /// Who found out.
        by: Side,
        /// Field by field; empty where only the peer knows what it would have accepted.
        fields: Vec<Difference>,
    },
    /// The peer speaks a version that this end does not accept from it.
    VersionMismatch {
        /// The one that it speaks.
        theirs: Version,
    },
    /// Selectors had nothing in common.
    SelectorMismatch {
        /// What we would protect, ours and the peer's side.
        ours: (Vec<Selector>, Vec<Selector>),
        /// What the peer would, seen from here.
        theirs: (Vec<Selector>, Vec<Selector>),
    },
    /// Selectors were narrowed to what both have.
    SelectorsNarrowed {
        /// Our side.
        local: Vec<Selector>,
        /// The peer's side.
        remote: Vec<Selector>,
    },
    /// The peer wants a key exchange in another group.
    OtherGroupWanted {
        /// Which group.
        group: Group,
    },
    /// An identity was not proved.
    AuthenticationFailed(AuthFailure),
    /// A message cannot be opened: it was closed with another key, or changed on the way.
    Undecryptable {
        /// Of which exchange.
        exchange: ExchangeType,
    },
    /// A message cannot be understood and is refused or dropped.
    Refused(NotifyType),
    /// The peer sent an error.
    ErrorReceived {
        /// In which exchange.
        exchange: ExchangeType,
        /// Which.
        notify: NotifyType,
    },
    /// A request is sent again.
    Retransmit {
        /// On which SA.
        sa: SaId,
        /// For the how manieth time.
        n: u32,
    },
    /// The peer was silent for too long.
    PeerDead {
        /// On which SA.
        sa: SaId,
        /// For how long nothing had come.
        silence: Span,
    },
    /// There is address translation on the path, or one end pretends so; all moves to port 4500.
    NatDetected {
        /// On which SA.
        sa: SaId,
    },
    /// The next packet will bring this child up.
    TrapInstalled {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// A peer that has begun so many SAs is asked to show that it gets our answers before it may begin another.
    CookieWanted {
        /// Its address.
        peer: Ipv4Addr,
    },
    /// An SA that a peer begins is passed over, as it has as many that are not complete as it may.
    TooManyHalfOpen {
        /// Its address.
        peer: Ipv4Addr,
    },
    /// IKEv1's aggressive mode: the peer's public value is not of the group that was chosen, as it sends that of its first
    /// proposal before it knows.
    OtherGroupSent {
        /// The group that was chosen.
        chosen: Group,
    },
}

impl Notice {
    /// Whether it tells what the peer said, or that it said nothing, and not why.
    #[must_use]
    pub fn knows_little(&self) -> bool {
        match self {
            Self::ProposalMismatch { fields, .. } => fields.is_empty(),
            Self::AuthenticationFailed(why) => *why == AuthFailure::RefusedByPeer,
            Self::IkeDown { .. }
            | Self::ChildFailed { .. }
            | Self::ErrorReceived { .. }
            | Self::Refused(_)
            | Self::PeerDead { .. }
            | Self::Retransmit { .. } => true,
            Self::IkeEstablished { .. }
            | Self::IkeRekeyed { .. }
            | Self::VersionMismatch { .. }
            | Self::SelectorMismatch { .. }
            | Self::SelectorsNarrowed { .. }
            | Self::OtherGroupWanted { .. }
            | Self::OtherGroupSent { .. }
            | Self::Undecryptable { .. }
            | Self::NatDetected { .. }
            | Self::TrapInstalled { .. }
            | Self::CookieWanted { .. }
            | Self::TooManyHalfOpen { .. } => false,
        }
    }
    /// The SA that goes on after it, where it is about one.
    #[must_use]
    pub const fn sa(&self) -> Option<SaId> {
        match self {
            Self::IkeRekeyed { new: sa, .. }
            | Self::IkeEstablished { sa, .. }
            | Self::ChildFailed { sa, .. }
            | Self::Retransmit { sa, .. }
            | Self::PeerDead { sa, .. }
            | Self::NatDetected { sa } => Some(*sa),
            Self::IkeDown { .. }
            | Self::ProposalMismatch { .. }
            | Self::SelectorMismatch { .. }
            | Self::SelectorsNarrowed { .. }
            | Self::OtherGroupWanted { .. }
            | Self::OtherGroupSent { .. }
            | Self::AuthenticationFailed(_)
            | Self::Undecryptable { .. }
            | Self::Refused(_)
            | Self::ErrorReceived { .. }
            | Self::VersionMismatch { .. }
            | Self::TrapInstalled { .. }
            | Self::CookieWanted { .. }
            | Self::TooManyHalfOpen { .. } => None,
        }
    }
}

/// An IKE SA among those that its gateway ever had, from 1: two that were begun at once are two.
const fn called(sa: SaId) -> usize {
    sa.index() + 1
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |selectors: &[Selector]| {
            selectors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Self::IkeEstablished { sa, suite } => {
                write!(f, "IKE SA {} established with {suite}", called(*sa))
            }
            Self::IkeRekeyed { old, new } => {
                write!(f, "IKE SA {} rekeyed: {} follows it", called(*old), called(*new))
            }
            Self::IkeDown { sa, reason } => write!(f, "IKE SA {} down: {reason}", called(*sa)),
            Self::ChildFailed { reason, .. } => write!(f, "no CHILD_SA: {reason}"),
            Self::ProposalMismatch { phase, by, fields } => {
                let phase = match phase {
                    Phase::Ike => "phase 1",
                    Phase::Child => "phase 2",
                };
                match by {
                    Side::Local => write!(f, "{phase} proposals have nothing in common")?,
                    Side::Peer => write!(f, "the peer accepts none of our {phase} proposals")?,
                }
                let apart = fields.iter().filter(|field| field.agrees == Agreement::Disjoint);
                apart.enumerate().try_for_each(|(index, field)| {
                    f.write_str(if index == 0 { "; " } else { ", " })?;
                    field.fmt(f)
                })
            }
            Self::VersionMismatch { theirs } => {
                write!(
                    f,
                    "the peer speaks {theirs}, which this end is not configured for"
                )
            }
            Self::SelectorMismatch { ours, theirs } => write!(
                f,
                "traffic selectors have nothing in common: ours {} === {}, the peer's {} === {}",
                list(&ours.0),
                list(&ours.1),
                list(&theirs.0),
                list(&theirs.1)
            ),
            Self::SelectorsNarrowed { local, remote } => {
                write!(
                    f,
                    "traffic selectors narrowed to {} === {}",
                    list(local),
                    list(remote)
                )
            }
            Self::CookieWanted { peer } => {
                write!(
                    f,
                    "{peer} has begun several SAs at once and is asked for a cookie"
                )
            }
            Self::TooManyHalfOpen { peer } => write!(
                f,
                "an SA that {peer} begins is passed over: it has {MOST_HALF_OPEN} that are not complete"
            ),
            Self::OtherGroupWanted { group } => write!(f, "the peer wants DH group {group}"),
            Self::OtherGroupSent { chosen } => write!(
                f,
                "the proposal with DH group {chosen} was chosen, and the peer sent a key exchange of another group: in \
                 aggressive mode it can only use that of its first proposal"
            ),
            Self::AuthenticationFailed(why) => write!(f, "authentication failed: {why}"),
            Self::Undecryptable { exchange } => {
                write!(f, "a message of {exchange} cannot be decrypted: the keys differ")
            }
            Self::Refused(notify) => write!(f, "message refused: {notify}"),
            Self::ErrorReceived { exchange, notify } => write!(f, "received {notify} in {exchange}"),
            Self::Retransmit { n, .. } => write!(f, "retransmit {n}"),
            Self::PeerDead { silence, .. } => write!(f, "peer dead: nothing came for {silence}"),
            Self::NatDetected { .. } => f.pad("NAT detected or pretended, using port 4500"),
            Self::TrapInstalled { .. } => f.pad("waiting for traffic"),
        }
    }
}

/// What a sent message holds, in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Summary {
    /// What it is for.
    #[serde(serialize_with = "as_text")]
    pub exchange: ExchangeType,
    /// Whether it asks or answers; in IKEv1 that is not told.
    pub direction: Option<Direction>,
    /// Its id.
    pub message_id: u32,
    /// Its payloads but notifications, in order.
    pub payloads: Vec<&'static str>,
    /// What it notifies.
    pub notifies: Vec<NotifyType>,
    /// Zero the first time, else for the how manieth time it is sent again.
    pub repetition: u32,
}

impl Summary {
    /// Whether it asks if the peer lives, or says that we do, and nothing else, for the first time.
    #[must_use]
    pub fn is_heartbeat(&self) -> bool {
        let asks = |kind: &NotifyType| [NotifyType::R_U_THERE, NotifyType::R_U_THERE_ACK].contains(kind);
        let says_nothing = self.payloads.is_empty() && self.notifies.is_empty();
        let is_note = !self.notifies.is_empty() && self.notifies.iter().all(asks);
        self.repetition == 0 && (says_nothing || is_note)
    }
}

fn as_text<T: fmt::Display, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A UDP datagram to be sent. On port 4500 the octets begin with the non-ESP marker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Datagram {
    /// On which SA, where there is one.
    pub sa: Option<SaId>,
    /// From here.
    pub from: SocketAddrV4,
    /// To there.
    pub to: SocketAddrV4,
    /// What is in it.
    pub octets: Vec<u8>,
    /// The same for people.
    pub summary: Arc<Summary>,
}

/// A CHILD_SA that packets can use from now on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct ChildInstalled {
    /// On which IKE SA.
    pub sa: SaId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Which of its children.
    pub child: ChildId,
    /// This one.
    pub id: ChildSaId,
    /// The SPI by which packets come in.
    pub spi_in: u32,
    /// The SPI by which packets go out.
    pub spi_out: u32,
    /// What is on our side.
    pub local: Vec<Selector>,
    /// What is on the peer's side.
    pub remote: Vec<Selector>,
    /// How packets are protected.
    pub suite: Suite,
    /// Whether they go in UDP.
    pub encapsulated: super::sa::NatState,
    /// The key of both directions; who does not have it cannot make a packet that is taken.
    pub key: u64,
    /// Which it replaces.
    pub replaces: Option<ChildSaId>,
    /// How far behind the newest a packet may be.
    pub replay_window: u32,
}

/// What a gateway wants done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Output {
    /// Send this.
    Send(Datagram),
    /// Send one octet that says nothing but keeps translation on the path alive ([`KEEPALIVE_OCTETS`]).
    ///
    /// [`KEEPALIVE_OCTETS`]: super::KEEPALIVE_OCTETS
    Keepalive {
        /// From here.
        from: SocketAddrV4,
        /// To there.
        to: SocketAddrV4,
    },
    /// Packets can use a new CHILD_SA.
    ChildInstalled(Box<ChildInstalled>),
    /// A CHILD_SA is gone.
    ChildRemoved {
        /// Which.
        id: ChildSaId,
        /// The SPI by which packets came in.
        spi_in: u32,
        /// Why.
        reason: Reason,
    },
    /// Something to tell.
    Notice {
        /// About which connection, where that is known.
        connection: Option<ConnectionId>,
        /// What.
        notice: Notice,
    },
}
