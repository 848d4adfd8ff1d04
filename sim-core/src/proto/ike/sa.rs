//! The state of an IKE SA and of the CHILD_SAs under it: plain data, moved by the files of `v1` and `v2`.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::sync::Arc;

use super::algorithm::Group;
use super::config::{ChildId, ConnectionId};
use super::crypt::Keys;
use super::identity::Identity;
use super::liveness::Liveness;
use super::notice::{Reason, Summary};
use super::proposal::Suite;
use super::selector::Selector;
use super::wire::Sender;
use super::{v1, v2};
use crate::kernel::Id;
use crate::units::SimTime;

/// An IKE SA's number at its gateway, never used twice.
pub type SaId = Id<IkeSa>;
/// A CHILD_SA's number at its gateway, never used twice.
pub type ChildSaId = Id<ChildSa>;

/// The protocol version of an SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Version {
    /// IKEv1.
    V1,
    /// IKEv2.
    V2,
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::V1 => "IKEv1",
            Self::V2 => "IKEv2",
        })
    }
}

/// Where an IKE SA stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// In IKEv1.
    V1(v1::State),
    /// In IKEv2.
    V2(v2::State),
}

/// Whether an address is translated on the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum NatState {
    /// Not known to be; ESP goes as itself.
    Direct,
    /// It is, or we pretend so; all goes in UDP port 4500.
    Encapsulated,
}

/// Where a CHILD_SA stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ChildState {
    /// Packets use it.
    Installed,
    /// Packets use it, and a successor is being asked for.
    Rekeying,
    /// A successor took over; it only takes in what is still under way.
    Rekeyed,
    /// We asked for its deletion.
    Deleting,
}

/// Whether packets may use a CHILD_SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Traffic {
    /// They may.
    Passing,
    /// Its life is over; only the peer does not know yet.
    Stopped,
}

/// A CHILD_SA.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChildSa {
    pub(super) traffic: Traffic,
    pub(super) id: ChildSaId,
    pub(super) child: ChildId,
    pub(super) state: ChildState,
    pub(super) spi_in: u32,
    pub(super) spi_out: u32,
    pub(super) local: Vec<Selector>,
    pub(super) remote: Vec<Selector>,
    pub(super) suite: Suite,
    pub(super) since: SimTime,
    /// Since when it has been its IKE SA's: one that takes the place of another takes over what that had.
    pub(super) held_since: SimTime,
    pub(super) rekey_at: Option<SimTime>,
    pub(super) expire_at: Option<SimTime>,
}

impl ChildSa {
    /// Whether it would still be there, had nothing gone wrong.
    pub(super) fn is_wanted(&self) -> bool {
        match self.state {
            ChildState::Installed | ChildState::Rekeying => true,
            ChildState::Deleting => self.traffic == Traffic::Stopped,
            ChildState::Rekeyed => false,
        }
    }
}

/// What an SA has to do, one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// IKE_SA_INIT or a message of IKEv1's phase 1.
    Phase1,
    /// IKE_AUTH.
    Auth,
    /// Bring up a CHILD_SA.
    Child(ChildTask),
    /// Ask for a successor of the IKE SA.
    Rekey(Option<Group>),
    /// Delete a CHILD_SA.
    DeleteChild(ChildSaId, Reason),
    /// Delete the IKE SA.
    Delete(Reason),
    /// Ask whether the peer lives.
    Dpd,
}

/// A CHILD_SA to be brought up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ChildTask {
    /// Which.
    pub(super) child: ChildId,
    /// In whose place.
    pub(super) rekeys: Option<ChildSaId>,
    /// With a key exchange in this group; where none is said, in that of the one before or the first configured.
    pub(super) group: Option<Group>,
}

/// What we put into a request and need when it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Flight {
    pub(super) nonce: Vec<u8>,
    pub(super) secret: u64,
    pub(super) group: Option<Group>,
    /// The new SPI: of a CHILD_SA, or of an IKE SA.
    pub(super) spi: u64,
}

/// The peer's request for the same successor that we are asking for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Collision {
    /// The lower of that exchange's nonces.
    pub(super) lowest_nonce: Vec<u8>,
    /// What came of it.
    pub(super) made: Made,
}

/// What came of an exchange that the peer began.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Made {
    /// A CHILD_SA.
    Child(ChildSaId),
    /// An IKE SA, which nothing comes in by until it is decided which of both stays.
    Ike(Box<IkeSa>),
}

/// A request without answer so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pending {
    pub(super) message_id: u32,
    pub(super) octets: Vec<u8>,
    pub(super) summary: Arc<Summary>,
    pub(super) task: Task,
    pub(super) flight: Flight,
    /// How often it was sent again.
    pub(super) repetitions: u32,
    /// When it is sent again, or given up.
    pub(super) at: SimTime,
    pub(super) collision: Option<Collision>,
}

/// The last request that we answered, for a peer that did not get the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Answered {
    /// The request's octets (IKEv1), or what they digest to.
    pub(super) request: u64,
    pub(super) message_id: u32,
    pub(super) octets: Vec<u8>,
    pub(super) summary: Arc<Summary>,
}

/// What phase 1 needs until it is over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Handshake {
    pub(super) nonce_i: Vec<u8>,
    pub(super) nonce_r: Vec<u8>,
    pub(super) secret: u64,
    pub(super) group: Option<Group>,
    /// IKEv2: the first two messages, which the proofs cover. IKEv1: the SA payload.
    pub(super) init_request: Vec<u8>,
    pub(super) init_response: Vec<u8>,
    /// IKEv1: the public values, which the proofs cover.
    pub(super) public_i: Vec<u8>,
    pub(super) public_r: Vec<u8>,
    /// IKEv2: what the responder wants to see again.
    pub(super) cookie: Vec<u8>,
    /// How many times the first message went out with another group or cookie.
    pub(super) attempts: u32,
}

/// When something is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Timers {
    pub(super) half_open_at: Option<SimTime>,
    pub(super) rekey_at: Option<SimTime>,
    pub(super) reauth_at: Option<SimTime>,
    pub(super) expire_at: Option<SimTime>,
    /// Behind translation: when the next keepalive is sent.
    pub(super) keepalive_at: Option<SimTime>,
    /// When an SA whose children were taken over, or that is one too many, is deleted if the peer has not done so.
    pub(super) delete_at: Option<SimTime>,
}

/// An IKE SA.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IkeSa {
    pub(super) id: SaId,
    pub(super) connection: ConnectionId,
    pub(super) state: State,
    /// Whether we began it.
    pub(super) role: Sender,
    pub(super) local: SocketAddrV4,
    pub(super) remote: SocketAddrV4,
    pub(super) spi_i: u64,
    pub(super) spi_r: u64,
    pub(super) suite: Option<Suite>,
    pub(super) keys: Option<Keys>,
    pub(super) local_id: Identity,
    pub(super) remote_id: Identity,
    pub(super) handshake: Option<Box<Handshake>>,
    pub(super) next_out: u32,
    pub(super) next_in: u32,
    pub(super) pending: Option<Box<Pending>>,
    pub(super) answered: Option<Box<Answered>>,
    pub(super) queue: VecDeque<Task>,
    pub(super) children: Vec<ChildSa>,
    pub(super) timers: Timers,
    pub(super) since: SimTime,
    pub(super) liveness: Liveness,
    pub(super) nat: NatState,
    pub(super) v1: v1::Extra,
}

impl IkeSa {
    /// Takes over what another had.
    pub(super) fn take_over(&mut self, now: SimTime, children: Vec<ChildSa>) {
        let taken = children.into_iter().map(|child| ChildSa {
            held_since: now,
            ..child
        });
        self.children.extend(taken);
    }
    pub(super) fn version(&self) -> Version {
        match self.state {
            State::V1(_) => Version::V1,
            State::V2(_) => Version::V2,
        }
    }
    pub(super) fn is_established(&self) -> bool {
        match self.state {
            State::V2(state) => matches!(state, v2::State::Established | v2::State::Rekeying),
            State::V1(state) => state == v1::State::Established,
        }
    }
    pub(super) fn is_connecting(&self) -> bool {
        match self.state {
            State::V2(state) => {
                matches!(
                    state,
                    v2::State::InitSent | v2::State::AuthSent | v2::State::InitReceived
                )
            }
            State::V1(state) => !matches!(
                state,
                v1::State::Established | v1::State::Rekeyed | v1::State::Closed
            ),
        }
    }
    pub(super) fn child_by_spi(&self, spi: u32) -> Option<&ChildSa> {
        self.children.iter().find(|child| child.spi_out == spi)
    }
    pub(super) fn child_mut(&mut self, id: ChildSaId) -> Option<&mut ChildSa> {
        self.children.iter_mut().find(|child| child.id == id)
    }
    /// The handshake, which exists until phase 1 is over.
    pub(super) fn handshake(&mut self) -> &mut Handshake {
        self.handshake.get_or_insert_default()
    }
    /// The children of that configuration which packets use.
    pub(super) fn installed(&self, child: ChildId) -> impl Iterator<Item = &ChildSa> {
        self.children.iter().filter(move |sa| {
            sa.child == child && matches!(sa.state, ChildState::Installed | ChildState::Rekeying)
        })
    }
    /// When what was settled at a negotiation is due.
    pub(super) fn due(&self) -> impl Iterator<Item = SimTime> + '_ {
        let timers = &self.timers;
        let own = [timers.rekey_at, timers.reauth_at, timers.expire_at];
        let children = self
            .children
            .iter()
            .flat_map(|child| [child.rekey_at, child.expire_at]);
        own.into_iter().chain(children).flatten()
    }

    /// The earliest instant at which something is due.
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let timers = &self.timers;
        let own = [
            timers.half_open_at,
            timers.rekey_at,
            timers.reauth_at,
            timers.expire_at,
            self.liveness.next_wake(),
            timers.delete_at,
            timers.keepalive_at,
            self.pending.as_ref().map(|pending| pending.at),
            self.v1.next_wake(),
        ];
        let children = self
            .children
            .iter()
            .flat_map(|child| [child.rekey_at, child.expire_at])
            .flatten();
        own.into_iter().flatten().chain(children).min()
    }
}
