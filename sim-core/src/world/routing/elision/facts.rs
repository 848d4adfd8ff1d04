//! What a screen shows of sessions whose heartbeats are left out.

use crate::kernel::{Elision, End};
use crate::proto::{bfd, bgp::session};
use crate::resource::BgpSessionId;
use crate::units::SimTime;

use super::super::super::run::World;
use super::Voice;

impl World {
    /// A BGP session's facts as they are at present, with the KEEPALIVEs that were left out counted.
    #[must_use]
    pub fn session_facts(&self, session: BgpSessionId) -> Option<session::Facts> {
        let read = self.bgp_session(session)?;
        let row = read.speaker.session(read.row.peer)?;
        let Some((end, elision)) = self.left_out(session, Voice::Bgp) else {
            return Some(row.facts());
        };
        let mut row = row.clone();
        row.resume(self.counted_until(), end, &elision);
        Some(row.facts())
    }
    /// The facts of the BFD session beside a BGP session, with the packets that were left out counted.
    #[must_use]
    pub fn bfd_facts(&self, session: BgpSessionId) -> Option<bfd::Facts> {
        let row = self.bfd_session(session)?;
        let Some((end, elision)) = self.left_out(session, Voice::Bfd) else {
            return Some(row.facts());
        };
        let mut row = row.clone();
        row.resume(self.counted_until(), end, &elision);
        Some(row.facts())
    }

    fn left_out(&self, session: BgpSessionId, voice: Voice) -> Option<(End, Elision)> {
        let routers = &self.terrain.routers;
        let row = routers.sessions.get(session)?;
        let pair = routers.elisions.elided_at(row.router, row.peer, voice)?;
        let end = routers.elisions.pairs.get(pair)?.end_at(row.router)?;
        Some((end, routers.elisions.get(pair)?.elision))
    }
    fn counted_until(&self) -> SimTime {
        self.terrain.bound().until(self.now())
    }
}

#[cfg(test)]
impl World {
    /// Carries every heartbeat, and changes nothing else.
    pub(in crate::world) fn carry_all(&mut self) {
        self.terrain.rouse_all(self.terrain.bound());
        self.terrain.routers.elisions = super::Elisions::default();
    }
    /// How many pairs' heartbeats are left out at present.
    pub(in crate::world) fn n_left_out(&self) -> usize {
        self.terrain.routers.elisions.elided.iter().flatten().count()
    }
    /// How many pairs of gateways ask each other without anybody carrying it.
    pub(in crate::world) fn n_watched(&self) -> usize {
        self.terrain.routers.elisions.watches.n_kept()
    }
}
