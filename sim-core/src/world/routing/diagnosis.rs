//! Why a session is not up: which layer stops it, in the words that all of the lab shares.

use crate::kernel::RecordId;
use crate::proto::bgp::Code;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::{self, Initiative, OpenError, OpenFailure, State, StopReason};
use crate::reason::Reason;
use crate::resource::RouterId;
use crate::verdict::Refusal;

use super::super::packet::Loss;
use super::super::terrain::Terrain;
use super::control::Process;
use super::read::SessionRead;

/// The layer that stops a session, from the ground up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A router or its BGP process does not run.
    Process,
    /// A link or interface is down, or silent.
    Link,
    /// There is no way to the peer's address, or none back.
    Routing,
    /// A tunnel on the way has no security association.
    Ipsec,
    /// TCP is refused, reset or not answered.
    Tcp,
    /// Segments carry another key's digest, or none.
    TcpMd5,
    /// Packets come from too far away, or do not get far enough.
    Ttl,
    /// One end refuses the other's OPEN.
    Open,
    /// The session was up and one end ended it, or an operator wants it down.
    Session,
}

impl Layer {
    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "BGP process",
            Self::Link => "link",
            Self::Routing => "routing",
            Self::Ipsec => "IPsec",
            Self::Tcp => "TCP",
            Self::TcpMd5 => "TCP MD5",
            Self::Ttl => "TTL",
            Self::Open => "OPEN",
            Self::Session => "session",
        }
    }
}

/// Why a session is not up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis {
    /// Which layer stops it.
    pub layer: Layer,
    /// What stops it.
    pub reason: Reason,
    /// What its process knows, where it knows anything.
    pub known: Option<session::Reason>,
    /// What stopped the latest packet between the two ends, which neither process sees.
    pub stopped_by: Option<Refusal>,
}

/// What stands in a session's way, as far as it has shown since the session was last up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::world) struct Trouble {
    /// The latest packet between the two ends that was lost: what silence is to blame on.
    pub(super) lost: Option<Loss>,
    /// What healed the way after packets had been lost on it.
    pub(super) healed: Option<RecordId>,
    /// What brought back the interface towards the peer, until BFD has got over its loss.
    pub(super) interface_back: Option<RecordId>,
    /// Why one end refused the other. While one of them rests the other is refused by TCP, which tells less.
    pub(super) refused: Option<session::Reason>,
    /// Which record tells it: a session that tries again and again says so once.
    pub(super) refused_in: Option<RecordId>,
}

impl Terrain {
    /// A session told something that may say why it does not come up.
    pub(super) fn note_trouble(
        &mut self,
        (router, peer): (RouterId, PeerId),
        notice: &session::Notice,
        record: RecordId,
    ) {
        let now = self.now();
        let session = self.session_of(router, peer);
        let Some(trouble) = self
            .bgp_mut(router)
            .and_then(|bgp| bgp.troubles.get_mut(peer.index()))
        else {
            return;
        };
        match notice {
            session::Notice::State {
                to: State::Established,
                ..
            } => {
                // BFD may come up later than the session.
                *trouble = Trouble {
                    interface_back: trouble.interface_back,
                    ..Trouble::default()
                };
                if let Some(session) = session {
                    self.observations.on_established(now, session);
                }
            }
            session::Notice::Ended { reason, .. } if tells(*reason) => {
                (trouble.refused, trouble.refused_in) = (Some(*reason), Some(record));
            }
            session::Notice::Ended { .. }
            | session::Notice::State { .. }
            | session::Notice::Retained { .. }
            | session::Notice::StaleOver(_)
            | session::Notice::Resting { .. } => {}
        }
    }
}

/// Whether a reason tells more than that TCP has ended.
const fn tells(reason: session::Reason) -> bool {
    use session::Reason as R;
    match reason {
        R::OpenRefused(_) | R::Malformed(_) | R::Received(_) | R::Stopped(_) | R::HoldExpired { .. } => true,
        R::NotOpened(_)
        | R::Transport(_)
        | R::Unexpected { .. }
        | R::NoOpen
        | R::Cleared
        | R::BfdDown
        | R::InterfaceDown
        | R::Collision { .. } => false,
    }
}

impl SessionRead<'_> {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        let session = self.speaker.session(self.row.peer);
        match self.process {
            Process::Stopped | Process::Outside => State::Idle,
            Process::Running | Process::Frozen => session.map_or(State::Idle, session::Session::state),
        }
    }

    /// Whether this end keeps it down, or takes it down again and again, because the peer announces too many prefixes.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        let known = self.diagnosis().and_then(|it| it.known);
        matches!(
            known,
            Some(session::Reason::Stopped(StopReason::MaxPrefixes { .. }))
        )
    }

    /// Why it is not up; none where it is, or where nothing has shown yet.
    #[must_use]
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let found = |layer, reason| {
            Some(Diagnosis {
                layer,
                reason,
                known: None,
                stopped_by: None,
            })
        };
        match self.process {
            Process::Stopped | Process::Frozen => return found(Layer::Process, Reason::BgpProcessDown),
            Process::Running => {}
            Process::Outside => return None,
        }
        if self.state() == State::Established {
            return None;
        }
        if let Some(refusal) = self.interface {
            return Some(stopped(refusal, None));
        }
        let session = self.speaker.session(self.row.peer)?;
        let Some((_, last)) = session.facts().last else {
            if !session.is_wanted() {
                return found(Layer::Session, Reason::BgpShutdown);
            }
            let waits = session.config().initiative == Initiative::Passive;
            return self
                .lost_on_the_way(None)
                .or_else(|| found(Layer::Tcp, Reason::BgpNotCalled).filter(|_| waits));
        };
        // Silence has a cause that neither end sees; a refusal has one that TCP does not tell.
        use session::Reason as R;
        let (known, silent) = match last {
            R::NotOpened(OpenFailure::TimedOut) | R::Transport(session::Closed::TimedOut) => (last, true),
            R::HoldExpired { .. } | R::NoOpen => (last, true),
            R::NotOpened(OpenFailure::Refused)
            | R::Transport(session::Closed::Fin | session::Closed::Reset | session::Closed::Replaced)
            | R::Collision { .. } => (self.trouble.refused.unwrap_or(last), false),
            other => (other, false),
        };
        let by_loss = if silent {
            self.lost_on_the_way(Some(known))
        } else {
            None
        };
        by_loss.or_else(|| {
            let (layer, reason) = meaning(known);
            Some(Diagnosis {
                layer,
                reason,
                known: Some(known),
                stopped_by: None,
            })
        })
    }

    /// The latest packet between the two ends was lost, and that is why.
    fn lost_on_the_way(&self, known: Option<session::Reason>) -> Option<Diagnosis> {
        self.trouble.lost.map(|lost| stopped(lost.refusal, known))
    }
}

/// What stopped a packet stops the session.
fn stopped(refusal: Refusal, known: Option<session::Reason>) -> Diagnosis {
    let layer = match refusal.reason {
        Reason::TcpAuthentication => Layer::TcpMd5,
        Reason::TtlSecurity | Reason::HopLimit => Layer::Ttl,
        Reason::NoRoute | Reason::BlackholeRoute | Reason::BgpNextHop => Layer::Routing,
        Reason::TunnelUnprotected | Reason::TunnelSelectors | Reason::TunnelInTunnel | Reason::UnknownSpi => {
            Layer::Ipsec
        }
        Reason::LinkDown
        | Reason::NotProvisioned
        | Reason::LinkSilent
        | Reason::PacketLost
        | Reason::RouterHangs
        | Reason::BadState => Layer::Link,
        _ => Layer::Tcp,
    };
    Diagnosis {
        layer,
        reason: refusal.reason,
        known,
        stopped_by: Some(refusal),
    }
}

/// What a session's own reason is in the words of the lab, and at which layer.
#[must_use]
pub fn meaning(reason: session::Reason) -> (Layer, Reason) {
    use session::Reason as R;
    match reason {
        R::NotOpened(OpenFailure::NoRoute) => (Layer::Routing, Reason::NoRoute),
        R::NotOpened(OpenFailure::NoTunnel) => (Layer::Ipsec, Reason::TunnelUnprotected),
        R::NotOpened(OpenFailure::Refused) => (Layer::Tcp, Reason::ConnectionRefused),
        R::NotOpened(OpenFailure::TimedOut) | R::Transport(session::Closed::TimedOut) => {
            (Layer::Tcp, Reason::ConnectionTimedOut)
        }
        R::Transport(session::Closed::Fin | session::Closed::Reset | session::Closed::Replaced)
        | R::Collision { .. } => (Layer::Tcp, Reason::ConnectionReset),
        R::OpenRefused(error) => (Layer::Open, open_meaning(error)),
        R::Malformed(_) | R::Unexpected { .. } => (Layer::Session, Reason::BgpMalformed),
        R::Received(told) => code_meaning(told.meant()),
        R::HoldExpired { .. } | R::NoOpen => (Layer::Session, Reason::BgpHoldExpired),
        R::Stopped(StopReason::MaxPrefixes { .. }) => (Layer::Session, Reason::BgpMaxPrefixes),
        R::Stopped(StopReason::ProcessEnds | StopReason::ProcessTerminates) => {
            (Layer::Process, Reason::BgpProcessDown)
        }
        R::Stopped(
            StopReason::Shutdown
            | StopReason::Deconfigured
            | StopReason::ConfigurationChange
            | StopReason::OutOfResources,
        ) => (Layer::Session, Reason::BgpShutdown),
        R::Cleared => (Layer::Session, Reason::BgpReset),
        R::BfdDown => (Layer::Link, Reason::LinkSilent),
        R::InterfaceDown => (Layer::Link, Reason::LinkDown),
    }
}

const fn open_meaning(error: OpenError) -> Reason {
    match error {
        OpenError::PeerAs { .. } => Reason::BgpBadPeerAs,
        OpenError::HoldTime { .. } => Reason::BgpHoldTime,
        OpenError::Identifier { .. } => Reason::BgpIdentifier,
        OpenError::Version { .. }
        | OpenError::AsDisagrees { .. }
        | OpenError::Family
        | OpenError::Malformed(_) => Reason::BgpOpenRefused,
    }
}

/// What a peer's NOTIFICATION says.
fn code_meaning(code: Code) -> (Layer, Reason) {
    /// The code of errors in OPEN (RFC 4271 section 4.5).
    const OPEN_ERROR: u8 = 2;
    match code {
        Code::BAD_PEER_AS => (Layer::Open, Reason::BgpBadPeerAs),
        Code::UNACCEPTABLE_HOLD_TIME => (Layer::Open, Reason::BgpHoldTime),
        Code::BAD_IDENTIFIER => (Layer::Open, Reason::BgpIdentifier),
        Code::HOLD_TIMER_EXPIRED => (Layer::Session, Reason::BgpHoldExpired),
        Code::MAXIMUM_PREFIXES => (Layer::Session, Reason::BgpMaxPrefixes),
        Code::ADMINISTRATIVE_SHUTDOWN => (Layer::Session, Reason::BgpShutdown),
        Code::ADMINISTRATIVE_RESET => (Layer::Session, Reason::BgpReset),
        Code { code: OPEN_ERROR, .. } => (Layer::Open, Reason::BgpOpenRefused),
        Code { .. } => (Layer::Session, Reason::BgpNotification),
    }
}
