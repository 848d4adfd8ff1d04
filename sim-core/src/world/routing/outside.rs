//! BGP spoken by somebody outside of the lab: octets come from elsewhere and go elsewhere, over the lab's own TCP.
//!
//! A process that is [`Process::Outside`] decides nothing. Its host answers for its connections, what its peers send
//! waits to be read, and what it says is told to it by levers, so that a run with it can be replayed.

use std::sync::Arc;

use crate::net::tcp::{Closed, StreamState};
use crate::proto::bgp::session::{Closing, Half};
use crate::resource::BgpSessionId;

use super::super::run::World;
use super::super::terrain::Terrain;
use super::blueprint::SessionRow;
use super::command::RoutingLeverError;
use super::control::{Bgp, Connection, Process};

/// What somebody outside of the lab does in a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum OutsideChange {
    /// Opens a connection to the peer.
    Call,
    /// Sends octets, whatever they are, over the connection that there is.
    Say(Arc<[u8]>),
    /// Closes the connection.
    HangUp,
}

/// A connection and what came over it that no process of the lab has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Who opened the connection.
    pub half: Half,
    /// Where this end of it stands.
    pub state: StreamState,
    /// How it ended, if it did.
    pub ended: Option<Closed>,
    /// What came, in order.
    pub octets: Vec<u8>,
}

impl World {
    /// The connections at one end of a session with what nobody there has read: all that came, where somebody outside
    /// of the lab speaks; what came since, where the process is frozen; nothing else.
    pub fn unread(&self, session: BgpSessionId) -> impl Iterator<Item = Unread> + '_ {
        let end = self.terrain.outside_end(session);
        let slots = end.and_then(|(row, bgp)| bgp.connections.get(row.peer.index()));
        let pairs = slots
            .into_iter()
            .flat_map(|slots| Half::BOTH.into_iter().zip(slots));
        pairs.filter_map(|(half, slot)| {
            let connection = slot.as_ref()?;
            Some(Unread {
                half,
                state: connection.stream.state(),
                ended: connection.ended,
                octets: connection
                    .unread
                    .iter()
                    .flat_map(|it| it.iter().copied())
                    .collect(),
            })
        })
    }
}

impl Terrain {
    fn outside_end(&self, session: BgpSessionId) -> Option<(SessionRow, &Bgp)> {
        let row = *self.routers.sessions.get(session)?;
        Some((row, self.bgp_of(row.router)?))
    }

    pub(super) fn check_outside(
        &self,
        session: BgpSessionId,
        change: &OutsideChange,
    ) -> Result<(), RoutingLeverError> {
        use RoutingLeverError as E;
        let (row, bgp) = self.outside_end(session).ok_or(E::NoSuch("BGP session"))?;
        if bgp.process != Process::Outside {
            return Err(E::NotOutside);
        }
        let fits = match change {
            OutsideChange::Call => !bgp.is_engaged(row.peer),
            OutsideChange::Say(_) | OutsideChange::HangUp => bgp.is_engaged(row.peer),
        };
        if fits { Ok(()) } else { Err(E::Connection) }
    }

    pub(super) fn change_outside(&mut self, session: BgpSessionId, change: &OutsideChange) {
        let Some(row) = self.routers.sessions.get(session).copied() else {
            return;
        };
        let (router, peer) = (row.router, row.peer);
        let engaged = |slot: Option<&Connection>| slot.is_some_and(|it| it.ended.is_none());
        let half = Half::BOTH.into_iter().find(|&half| {
            let bgp = self.bgp_of(router);
            engaged(bgp.and_then(|bgp| bgp.connection(peer, half)))
        });
        match (change, half) {
            (OutsideChange::Call, _) => self.open_connection(router, peer),
            (OutsideChange::Say(octets), Some(half)) => self.send_octets(router, peer, half, octets.clone()),
            (OutsideChange::HangUp, Some(half)) => self.close_connection(router, peer, half, Closing::Fin),
            (OutsideChange::Say(_) | OutsideChange::HangUp, None) => {}
        }
    }
}
