//! Two connections of one pair of speakers: which one is kept.
//!
//! Both ends compare the same two identifiers and so keep the same connection: the one that the end with the higher
//! identifier opened. The comparison takes place when the second OPEN arrives, while the first connection waits for its
//! KEEPALIVE. An established session is never given up for a newcomer.
//!
//! Who holds its OPEN back answers the peer's with OPEN and KEEPALIVE at once, upon which the peer is established. So a
//! second connection over which this end has not sent OPEN yet is given up there and then: the peer's OPEN over it would
//! have this end choose between the two when the peer has chosen already.
//!
//! # Source
//! RFC 4271 §6.8; RFC 6286 §2.3 (equal identifiers in two AS: the higher AS).

use crate::units::SimTime;

use super::super::message::Open;
use super::super::notification::{Code, Notification};
use super::Half;
use super::config::Config;
use super::connection::{Cause, Transport};
use super::event::{Event, State};
use super::io::Output;
use super::machine::Session;
use super::reason::Reason;

/// Whether a connection goes on after the collision check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    GoesOn,
    Ended,
}

/// The connection that both ends keep.
fn kept(config: &Config, peer: &Open) -> Half {
    if (config.id, config.spoken_as()) > (peer.id, peer.asn()) {
        Half::Outgoing
    } else {
        Half::Incoming
    }
}

impl Session {
    /// Looks at the other connection as `open` arrives on `half`, and gives up the one that is not kept.
    pub(super) fn resolve_collision(
        &mut self,
        now: SimTime,
        half: Half,
        open: &Open,
        out: &mut Vec<Output>,
    ) -> Outcome {
        let kept = match self.halves[half.other() as usize].state {
            State::Established => half.other(),
            State::OpenConfirm => kept(&self.config, open),
            // Its OPEN will tell, when it arrives; a connection that is not open yet collides with nothing.
            State::Idle | State::Connect | State::Active | State::OpenSent => return Outcome::GoesOn,
        };
        if kept == half {
            self.end_other(now, half, out);
            return Outcome::GoesOn;
        }
        let cause = Cause::telling(Reason::Collision { kept }, Notification::new(Code::COLLISION));
        self.step(now, half, Event::CollisionDump, cause, out);
        Outcome::Ended
    }

    /// Gives up the other connection, over which this end has sent no OPEN yet: the one on which the peer's came first is kept.
    pub(super) fn end_unopened(&mut self, now: SimTime, kept: Half, out: &mut Vec<Output>) {
        let other = &self.halves[kept.other() as usize];
        let is_unopened = matches!(other.state, State::Connect | State::Active);
        if is_unopened && other.transport != Transport::None {
            self.end_other(now, kept, out);
        }
    }
}
