//! What happens in a lab while nobody looks at its state: sessions that come and go, NOTIFICATIONs.

use sim_core::kernel::Observer;
use sim_core::proto::bgp::notification::Code;
use sim_core::proto::bgp::session;
use sim_core::proto::bgp::speaker::{Notice, Way};
use sim_core::resource::{BgpSessionId, ResourceRef};
use sim_core::units::SimTime;
use sim_core::world::{Happening, Record, World};

/// The code of an OPEN Message Error, RFC 4271 section 4.5.
const OPEN_ERROR: u8 = 2;

/// A NOTIFICATION that reached an end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notified {
    pub(super) at: SimTime,
    /// The session, at the end that it reached, or, of one that was sent, at the end that sent it.
    pub(super) session: BgpSessionId,
    pub(super) way: Way,
    pub(super) code: Code,
    /// What a hard reset holds within.
    pub(super) wraps: Option<Code>,
}

/// Somebody who looks at the trace.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) notified: Vec<Notified>,
    /// When a session last came up or ended.
    pub(super) sessions_changed_at: Option<SimTime>,
}

impl Observer<ResourceRef, Happening> for Watch {
    fn record(&mut self, record: &Record) {
        let (ResourceRef::BgpSession(session), Happening::Bgp(notice)) = (record.subject, &record.what)
        else {
            return;
        };
        match **notice {
            // Who refuses an OPEN has just had it over the same way, so this reaches the other host, although its session may
            // be closed by then: where both refuse, neither reads what the other sent.
            Notice::Notification { way, code, wraps, .. }
                if way == Way::Received || code.code == OPEN_ERROR =>
            {
                self.notified.push(Notified {
                    at: record.at,
                    session,
                    way,
                    code,
                    wraps,
                })
            }
            Notice::Session(session::Notice::State { from, to })
                if [from, to].contains(&session::State::Established) =>
            {
                self.sessions_changed_at = Some(record.at);
            }
            Notice::Notification { .. } | Notice::Session(_) | Notice::Routes(_) | Notice::Repaired(_) => {}
        }
    }
}

/// Lets a lab go on until an instant.
pub(in crate::oracle) fn until(world: &mut World, at: SimTime) {
    world.run_until(at, u64::MAX, &mut []);
}
