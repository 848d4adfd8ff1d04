//! The rows that a screen shows of a gateway's tunnels: phase 1 and phase 2, and why one is down.

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::config::ConnectionId;
use super::daemon::Daemon;
use super::identity::Identity;
use super::notice::Notice;
use super::proposal::Suite;
use super::sa::{ChildSa, ChildSaId, ChildState, IkeSa, NatState, SaId, State, Version};
use super::selector::Selector;
use crate::units::{SimTime, Span};

/// How an SA is doing, in the words of AWS's tunnel logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum Progress {
    /// It is being brought up.
    Negotiating,
    /// It is up.
    Established,
    /// It is up and being replaced.
    Rekeying,
    /// It is on its way out.
    Closing,
}

/// An IKE SA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IkeSaRow {
    /// Its number.
    pub id: SaId,
    /// Its connection.
    pub connection: ConnectionId,
    /// Its connection's name.
    pub name: Arc<str>,
    /// The protocol.
    pub version: Version,
    /// How it is doing.
    pub progress: Progress,
    /// The same, exactly.
    pub state: State,
    /// Our address and port.
    pub local: SocketAddrV4,
    /// The peer's.
    pub remote: SocketAddrV4,
    /// Who we are.
    pub local_id: Identity,
    /// Who the peer is.
    pub remote_id: Identity,
    /// What was agreed on.
    pub suite: Option<Suite>,
    /// Since when it is in being, or up.
    pub since: SimTime,
    /// How long until it is replaced.
    pub rekey_in: Option<Span>,
    /// How long until it is built anew with authentication.
    pub reauth_in: Option<Span>,
    /// Whether addresses are translated on the path.
    pub nat: NatState,
    /// What is under it.
    pub children: Vec<ChildSaRow>,
}

/// A CHILD_SA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildSaRow {
    /// Its number.
    pub id: ChildSaId,
    /// Its configuration's name.
    pub name: Arc<str>,
    /// Where it stands.
    pub state: ChildState,
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
    /// Since when it is up.
    pub since: SimTime,
    /// How long until it is replaced.
    pub rekey_in: Option<Span>,
    /// How long until it ends.
    pub expires_in: Option<Span>,
}

fn progress(sa: &IkeSa) -> Progress {
    use super::{v1, v2};
    match sa.state {
        State::V2(v2::State::Rekeying) => Progress::Rekeying,
        State::V2(v2::State::Rekeyed | v2::State::Deleting | v2::State::Closed)
        | State::V1(v1::State::Rekeyed | v1::State::Closed) => Progress::Closing,
        _ if sa.is_connecting() => Progress::Negotiating,
        _ => Progress::Established,
    }
}

impl Daemon {
    /// Every IKE SA with what is under it, the oldest first.
    pub fn ike_sas(&self, now: SimTime) -> impl Iterator<Item = IkeSaRow> {
        self.sas.values().map(move |sa| self.row(sa, now))
    }

    fn row(&self, sa: &IkeSa, now: SimTime) -> IkeSaRow {
        let config = self.connection(sa.connection);
        let name = |child: &ChildSa| {
            config
                .and_then(|config| config.child(child.child))
                .map(|child| child.name.clone())
        };
        IkeSaRow {
            id: sa.id,
            connection: sa.connection,
            name: config.map_or_else(|| "".into(), |config| config.name.clone()),
            version: sa.version(),
            progress: progress(sa),
            state: sa.state,
            local: sa.local,
            remote: sa.remote,
            local_id: sa.local_id.clone(),
            remote_id: sa.remote_id.clone(),
            suite: sa.suite,
            since: sa.since,
            rekey_in: sa.timers.rekey_at.map(|at| at.since(now)),
            reauth_in: sa.timers.reauth_at.map(|at| at.since(now)),
            nat: sa.nat,
            children: sa
                .children
                .iter()
                .map(|child| ChildSaRow {
                    id: child.id,
                    name: name(child).unwrap_or_else(|| "".into()),
                    state: child.state,
                    spi_in: child.spi_in,
                    spi_out: child.spi_out,
                    local: child.local.clone(),
                    remote: child.remote.clone(),
                    suite: child.suite,
                    since: child.since,
                    rekey_in: child.rekey_at.map(|at| at.since(now)),
                    expires_in: child.expire_at.map(|at| at.since(now)),
                })
                .collect(),
        }
    }

    /// The last thing that went wrong with a connection since it was last up, and when.
    #[must_use]
    pub fn last_failure(&self, connection: ConnectionId) -> Option<(SimTime, &Notice)> {
        self.failures
            .get(&connection)
            .map(|failure| (failure.at, &failure.notice))
    }

    /// Whether packets can use a CHILD_SA of that connection.
    #[must_use]
    pub fn is_up(&self, connection: ConnectionId) -> bool {
        let live = |sa: &Arc<IkeSa>| {
            sa.children
                .iter()
                .any(|child| matches!(child.state, ChildState::Installed | ChildState::Rekeying))
        };
        self.sas
            .values()
            .any(|sa| sa.connection == connection && live(sa))
    }
}
