//! What goes into a session and what comes out.

use crate::units::{SimTime, Span};

use super::fsm::{Diagnostic, State};
use super::packet::Packet;

/// What is asked of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Config {
    /// The shortest interval at which this end wants to send; 10 ms at least.
    pub desired_min_tx: Span,
    /// The shortest interval at which it can hear.
    pub required_min_rx: Span,
    /// How many of its intervals may pass without a packet; zero counts as one.
    pub detect_mult: u8,
}

impl Default for Config {
    /// 300 ms three times: the least that AWS Direct Connect supports, and FRR's default.
    fn default() -> Self {
        Self {
            desired_min_tx: Span::millis(300),
            required_min_rx: Span::millis(300),
            detect_mult: 3,
        }
    }
}

/// What a session is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// It is wanted.
    Enable,
    /// It is not wanted; the other end is told and does not take it for a failure.
    Disable,
    /// A packet was received and can be read.
    Received(Packet),
    /// The path is known to be down.
    PathDown,
    /// It is time to look at the timers. Too early does no harm.
    Wake,
}

/// A session moved from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Where it stood.
    pub from: State,
    /// Where it stands.
    pub to: State,
    /// This end's diagnostic.
    pub diagnostic: Diagnostic,
    /// What the other end said last of itself.
    pub remote: State,
    /// For how long nothing was heard, where that is why.
    pub silence: Option<Span>,
}

impl Change {
    /// Whether whoever relies on the path has to take it for down: it was up, and nobody switched BFD off.
    ///
    /// # Source
    /// RFC 5882 §3.2: AdminDown of either end says nothing of the path.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        match (self.from, self.to, self.remote) {
            (State::Up, State::Down, State::Down | State::Init | State::Up) => true,
            (State::Up, State::Down, State::AdminDown)
            | (State::Up, State::AdminDown | State::Init | State::Up, _)
            | (State::AdminDown | State::Down | State::Init, _, _) => false,
        }
    }
}

impl core::fmt::Display for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} → {}", self.from, self.to)?;
        match (self.to, self.diagnostic, self.silence) {
            (State::Init | State::Up, _, _) | (_, Diagnostic::None, _) => Ok(()),
            (State::AdminDown | State::Down, diagnostic, Some(silence)) => {
                write!(
                    f,
                    ": detected after {} of silence ({diagnostic})",
                    silence.to_the_millisecond()
                )
            }
            (State::AdminDown | State::Down, diagnostic, None) => write!(f, ": {diagnostic}"),
        }
    }
}

/// What a session wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// Send a packet.
    Send(Packet),
    /// It is in another state, which is worth a record.
    Changed(Change),
}

/// A timer of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// When nothing was heard for the detection time.
    Detection,
    /// When the next packet goes out.
    Transmit,
}

/// What a screen shows of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: SimTime,
    /// Why it last left Up.
    pub diagnostic: Diagnostic,
    /// What the other end said last of itself.
    pub remote: State,
    /// The interval at which packets go out, before jitter; none where the other end wants none.
    pub transmit_interval: Option<Span>,
    /// The silence after which the other end is taken for gone; none where nothing was heard of it.
    pub detection_time: Option<Span>,
    /// How many packets were sent, those left out included.
    pub n_sent: u64,
    /// How many were received, those left out included.
    pub n_received: u64,
    /// How often it came up.
    pub n_up: u64,
}
