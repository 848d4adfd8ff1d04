//! Whether the peer lives: when one side of an SA asks it, and when it gives up.
//!
//! ```text
//!   heard ├── delay ──▶ look: silent so long? ── yes ──▶ ask, and look again a delay later
//!                                              └── no ───▶ look a delay after what was heard
//! ```
//!
//! # Source
//! RFC 7296 section 2.4 and RFC 3706 sections 5 and 6: only silence is a reason to ask, and whatever is heard since is an
//! answer. That a request under way counts as sound, and that the patience of IKEv1 begins with the first question that
//! nothing came upon, less the silence before it, is strongSwan's (`task_manager_v1.c`, `dpd_timeout_job.c`, 5.9.8).

use super::config::Connection;
use super::sa::Version;
use crate::units::{SimTime, Span};

/// Where the silence before the question takes more than all the patience, strongSwan counts down from here: its milliseconds
/// are a number of 32 bits without sign (`task_manager_v1.c`: `queue_dpd`).
const WRAPS_AFTER: Span = Span::millis(1 << 32);

/// What one side of an SA knows of whether the other lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Liveness {
    /// When the peer was last heard.
    heard_at: SimTime,
    /// When to look whether it was silent for too long.
    pub(super) look_at: Option<SimTime>,
    /// IKEv1: when the peer is dead, and when the question was asked that nothing has come upon since.
    dead_at: Option<(SimTime, SimTime)>,
}

/// How one side sees to it that the other lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Manner {
    /// The silence after which it asks; zero for never.
    pub(super) delay: Span,
    /// IKEv1: how long after a question the peer is dead if nothing comes. IKEv2 repeats the question instead.
    pub(super) patience: Option<Span>,
}

impl Manner {
    pub(super) fn of(config: &Connection, version: Version) -> Self {
        let patience = if config.dpd_timeout.is_zero() {
            config.retransmission.total()
        } else {
            config.dpd_timeout
        };
        Self {
            delay: config.dpd_delay,
            patience: match version {
                // The delay that passed before the first question counts.
                Version::V1 if patience < config.dpd_delay => {
                    Some(WRAPS_AFTER.saturating_sub(config.dpd_delay.saturating_sub(patience)))
                }
                Version::V1 => Some(patience.saturating_sub(config.dpd_delay)),
                Version::V2 => None,
            },
        }
    }
}

impl Liveness {
    /// That of an SA that nobody watches yet.
    pub(super) const fn new(now: SimTime) -> Self {
        Self {
            heard_at: now,
            look_at: None,
            dead_at: None,
        }
    }
    pub(super) const fn heard_at(&self) -> SimTime {
        self.heard_at
    }
    /// Something came from the peer; that may become known later than what came after it.
    pub(super) fn hear(&mut self, at: SimTime) {
        self.heard_at = self.heard_at.max(at);
        if self
            .unanswered_since()
            .is_some_and(|asked| asked <= self.heard_at)
        {
            self.dead_at = None;
        }
    }
    /// Nobody asks any more.
    pub(super) const fn stop(&mut self) {
        (self.look_at, self.dead_at) = (None, None);
    }
    /// The peer is asked after this much silence from now on; never if that is zero.
    pub(super) fn restart(&mut self, now: SimTime, delay: Span) {
        self.stop();
        self.look_at = (!delay.is_zero()).then(|| now.max(self.heard_at + delay));
    }
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let dead_at = self.dead_at.map(|(at, _)| at);
        self.look_at.into_iter().chain(dead_at).min()
    }
    /// IKEv1: whether the peer's time is up.
    pub(super) fn gives_up(&self, now: SimTime) -> bool {
        self.dead_at.is_some_and(|(at, _)| at <= now)
    }
    /// Whether the peer is to be asked now, as it is time to look.
    pub(super) fn asks(&mut self, now: SimTime, manner: Manner) -> bool {
        if manner.delay.is_zero() {
            self.look_at = None;
            return false;
        }
        if now.since(self.heard_at) < manner.delay {
            self.look_at = Some(self.heard_at + manner.delay);
            return false;
        }
        self.look_at = Some(now + manner.delay);
        if let (None, Some(patience)) = (self.dead_at, manner.patience) {
            self.dead_at = Some((now + patience, now));
        }
        true
    }
    /// IKEv1: since when a question has been without answer, where one is.
    pub(super) fn unanswered_since(&self) -> Option<SimTime> {
        self.dead_at.map(|(_, asked)| asked)
    }
    pub(super) fn is_due(&self, now: SimTime) -> bool {
        self.next_wake().is_some_and(|at| at <= now)
    }
    /// The same, so much later.
    pub(super) fn later(mut self, by: Span) -> Self {
        self.heard_at = self.heard_at + by;
        self.look_at = self.look_at.map(|at| at + by);
        self.dead_at = self.dead_at.map(|(at, asked)| (at + by, asked + by));
        self
    }
}
