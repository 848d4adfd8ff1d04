//! A tunnel as an operator sees it: what is done to it, how it stands, and what keeps it down.

use crate::net::Protocol;
use crate::proto::ike::certificate::CertificateError;
use crate::proto::ike::change::{Conflict, ConnectionChange};
use crate::proto::ike::config::Encapsulation;
use crate::proto::ike::notice::{AuthFailure, Notice, Reason as Why};
use crate::proto::ike::wire::NotifyType;
use crate::proto::ike::{Connection, ConnectionId, Daemon, Input, PORT, PORT_NAT};
use crate::reason::Reason;
use crate::resource::{RouterId, TunnelId};
use crate::site::Tunnel;
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::super::network::{Header, Network, Place, Tracking, walk};
use super::super::run::World;
use super::super::terrain::Terrain;
use super::ipsec::Protected;

/// What an operator does to a tunnel at one of its gateways.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TunnelChange {
    /// Has it negotiated.
    Up,
    /// Closes both phases; the peer is told.
    Down,
    /// Closes both phases and negotiates anew.
    Reset,
    /// Replaces the keys of phase 2.
    Rekey,
    /// Replaces the keys of phase 1.
    RekeyPhase1,
    /// Configures it otherwise; security associations that are up go on until they are negotiated next.
    Configure(Box<ConnectionChange>),
}

/// A tunnel at one of its gateways.
#[derive(Debug, Clone, Copy)]
pub struct TunnelRead<'a> {
    /// Where it runs, and what protects it.
    pub row: &'a Tunnel,
    /// The gateway's IKE.
    pub daemon: &'a Daemon,
    /// Which of its connections negotiates for it.
    pub connection: ConnectionId,
    /// How that is configured.
    pub config: &'a Connection,
    /// Since when it is up, or down.
    pub since: SimTime,
}

impl TunnelRead<'_> {
    /// Whether it carries packets.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.row.protection.newest().is_some()
    }
    /// The last thing that went wrong since phase 1 last came up, and when.
    #[must_use]
    pub fn failure(&self) -> Option<(SimTime, &Notice)> {
        self.daemon.last_failure(self.connection)
    }
}

/// What is wrong with a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TunnelDiagnosis {
    /// What, in the words of the lab.
    pub reason: Reason,
    /// Where a packet between the two gateways is stopped, where one is.
    pub stopped_by: Option<Refusal>,
}

impl Terrain {
    fn protected(&self, tunnel: TunnelId) -> Option<(RouterId, Protected)> {
        let router = self.network.tunnels.get(tunnel)?.router;
        let mut all = self.ike_of(router)?.setup.tunnels.iter();
        let found = all.find(|it| it.tunnel == tunnel)?;
        Some((router, *found))
    }

    /// Whether a gateway negotiates for the tunnel.
    pub(super) fn has_ike(&self, tunnel: TunnelId) -> bool {
        self.protected(tunnel).is_some()
    }

    /// Pulls a lever of a tunnel's.
    pub(super) fn change_tunnel(&mut self, tunnel: TunnelId, change: &TunnelChange) {
        let Some((router, it)) = self.protected(tunnel) else {
            return;
        };
        let (connection, child) = (it.connection, it.child);
        let inputs = match change {
            TunnelChange::Up => vec![Input::Initiate { connection, child }],
            TunnelChange::Down => vec![Input::Terminate { connection }],
            TunnelChange::Reset => vec![
                Input::Terminate { connection },
                Input::Initiate { connection, child },
            ],
            TunnelChange::Rekey => vec![Input::RekeyChild { connection, child }],
            TunnelChange::RekeyPhase1 => vec![Input::Rekey { connection }],
            TunnelChange::Configure(change) => {
                let config = self.tunnel_config(tunnel).map(|config| config.changed(change));
                let configure = config.map(|config| Input::Configure {
                    connection,
                    config: config.into(),
                });
                configure.into_iter().collect()
            }
        };
        for input in inputs {
            self.tell_ike(router, input);
        }
    }

    /// How a tunnel is configured at present; none where nobody negotiates for it.
    fn tunnel_config(&self, tunnel: TunnelId) -> Option<&Connection> {
        let (router, it) = self.protected(tunnel)?;
        self.ike_of(router)?
            .daemon
            .connection(it.connection)
            .map(|it| &**it)
    }

    /// What would not go together in a tunnel if it were configured so.
    pub(super) fn tunnel_conflict(&self, tunnel: TunnelId, change: &TunnelChange) -> Option<Conflict> {
        match change {
            TunnelChange::Configure(change) => self.tunnel_config(tunnel)?.changed(change).conflict(),
            TunnelChange::Up
            | TunnelChange::Down
            | TunnelChange::Reset
            | TunnelChange::Rekey
            | TunnelChange::RekeyPhase1 => None,
        }
    }
}

impl Network {
    /// The same tunnel at its other gateway.
    pub(super) fn far_tunnel(&self, id: TunnelId) -> Option<TunnelId> {
        let row = self.tunnels.get(id)?;
        let straight = |other: &Tunnel| other.local == row.remote && other.remote == row.local;
        let found = self.tunnels.iter().find(|(_, other)| straight(other));
        let found = found.or_else(|| {
            let mut tunnels = self.tunnels.iter();
            tunnels.find(|(_, other)| self.meet_through_nat(row, other))
        });
        found.map(|(id, _)| id)
    }

    /// Whether two ends of a tunnel are each other's, one of which is behind translation.
    fn meet_through_nat(&self, one: &Tunnel, other: &Tunnel) -> bool {
        let inside = |row: &Tunnel| Some(self.router_interfaces.get(row.interface)?.address.trunc());
        let leads =
            |from: &Tunnel, to: &Tunnel| from.remote == to.local || self.shows_as(to.local, from.remote);
        inside(one) == inside(other) && leads(one, other) && leads(other, one)
    }
}

impl World {
    /// A tunnel; none where its gateway runs no IKE for it.
    #[must_use]
    pub fn tunnel(&self, id: TunnelId) -> Option<TunnelRead<'_>> {
        let row = self.network().tunnels.get(id)?;
        let (router, it) = self.terrain.protected(id)?;
        let daemon = self.ike(router)?;
        Some(TunnelRead {
            row,
            daemon,
            connection: it.connection,
            config: daemon.connection(it.connection)?,
            since: self.terrain.observations.tunnel_since(id),
        })
    }

    /// All tunnels, in the order of the lab's text.
    pub fn tunnels(&self) -> impl Iterator<Item = (TunnelId, TunnelRead<'_>)> {
        let all = self.network().tunnels.iter();
        all.filter_map(|(id, _)| Some((id, self.tunnel(id)?)))
    }

    /// The same tunnel at its other gateway.
    #[must_use]
    pub fn far_tunnel(&self, id: TunnelId) -> Option<TunnelId> {
        self.network().far_tunnel(id)
    }

    /// What keeps a tunnel down, or troubles one that is still up; none where nothing is known to be wrong.
    #[must_use]
    pub fn tunnel_diagnosis(&self, id: TunnelId) -> Option<TunnelDiagnosis> {
        let read = self.tunnel(id)?;
        let told = read.failure().map(|(_, notice)| {
            // Who refuses does not say why, and who is silent says nothing; the lab knows.
            let known = notice.knows_little().then(|| self.why_refused(id)).flatten();
            known.unwrap_or_else(|| meaning(notice))
        });
        if read.is_up() {
            return told.map(|reason| TunnelDiagnosis {
                reason,
                stopped_by: None,
            });
        }
        if !read.daemon.is_running() {
            return Some(TunnelDiagnosis {
                reason: Reason::IkeProcessDown,
                stopped_by: None,
            });
        }
        // What the peer said is an answer, so packets pass. Silence has a cause that neither end sees.
        let silent = told.is_none_or(|reason| reason == Reason::IkePeerSilent);
        let far = self.far_tunnel(id).and_then(|far| self.tunnel(far));
        let stopped_by = if silent {
            self.between_gateways(&read, far.as_ref())
        } else {
            None
        };
        let far_runs = far.is_none_or(|far| far.daemon.is_running());
        Some(TunnelDiagnosis {
            reason: match (stopped_by, told) {
                (Some(refusal), _) => refusal.reason,
                (None, _) if silent && !far_runs => Reason::IkeProcessDown,
                (None, Some(reason)) => reason,
                (None, None) => Reason::TunnelUnprotected,
            },
            stopped_by,
        })
    }

    /// What the other gateway of a tunnel found wrong with what this one said.
    fn why_refused(&self, id: TunnelId) -> Option<Reason> {
        let far = self.tunnel(self.far_tunnel(id)?)?;
        let (_, notice) = far.failure()?;
        (!notice.knows_little()).then(|| meaning(notice))
    }

    /// What stops IKE's packets on their way out or back, by the port that it is called at or the one that it moves to.
    fn between_gateways(&self, read: &TunnelRead<'_>, far: Option<&TunnelRead<'_>>) -> Option<Refusal> {
        // Who is hidden by translation has to call.
        let hidden = far.map(|far| far.row).filter(|far| far.local != read.row.remote);
        let row = hidden.unwrap_or(read.row);
        let walked = |router, tracking: &mut Tracking, header: &Header| {
            walk(
                self.network(),
                tracking,
                self.now(),
                Place::RouterEgress(router),
                header,
            )
        };
        let peer = self.router_at(row.remote);
        // Whether the sender's address is another one where the packet arrives, and what stops it or its answer.
        let by_port = |port| {
            let mut tracking = Tracking::default();
            let there = Header::probe(row.local, row.remote, Protocol::Udp, port);
            let path = walked(row.router, &mut tracking, &there);
            let arrived = path.delivered().map(|(_, header)| header);
            let translated = arrived.filter(|header| header.flow.source != row.local);
            let back = peer.filter(|_| arrived.is_some()).map(|peer| match translated {
                // Only an answer gets in to who is hidden.
                Some(header) => walked(peer, &mut tracking, &header.reply()),
                None => {
                    let back = Header::probe(row.remote, row.local, Protocol::Udp, port);
                    walked(peer, &mut Tracking::default(), &back)
                }
            });
            let refusal = path.refusal().or_else(|| back?.refusal());
            (translated.is_some(), refusal)
        };
        let (translated, refusal) = by_port(PORT);
        refusal.or_else(|| {
            let moves = translated || encapsulated(read, far);
            moves.then(|| by_port(PORT_NAT).1).flatten()
        })
    }
}

/// Whether one of the two gateways has everything go in UDP, whatever is on the way.
fn encapsulated(read: &TunnelRead<'_>, far: Option<&TunnelRead<'_>>) -> bool {
    let forced = |it: &TunnelRead<'_>| it.config.encapsulation == Encapsulation::Forced;
    forced(read) || far.is_some_and(forced)
}

/// What a failure of IKE's is in the words of the lab, where it has one of its own.
pub(in crate::world) fn reason(notice: &Notice) -> Option<Reason> {
    Some(meaning(notice)).filter(|reason| *reason != Reason::TunnelUnprotected)
}

/// What a failure of IKE's is in the words of the lab.
fn meaning(notice: &Notice) -> Reason {
    match notice {
        Notice::ProposalMismatch { .. } | Notice::OtherGroupWanted { .. } | Notice::OtherGroupSent { .. } => {
            Reason::IkeNoProposal
        }
        Notice::VersionMismatch { .. } => Reason::IkeVersion,
        Notice::SelectorMismatch { .. } => Reason::IkeSelectors,
        Notice::AuthenticationFailed(failure) => unproved(failure),
        Notice::Undecryptable { .. } => Reason::IkeAuthentication,
        Notice::Refused(notify) | Notice::ErrorReceived { notify, .. } => notified(*notify),
        Notice::IkeDown { reason, .. } | Notice::ChildFailed { reason, .. } => why(reason),
        Notice::Retransmit { .. } | Notice::PeerDead { .. } => Reason::IkePeerSilent,
        Notice::IkeEstablished { .. }
        | Notice::IkeRekeyed { .. }
        | Notice::SelectorsNarrowed { .. }
        | Notice::NatDetected { .. }
        | Notice::TrapInstalled { .. }
        | Notice::CookieWanted { .. }
        | Notice::TooManyHalfOpen { .. } => Reason::TunnelUnprotected,
    }
}

/// What an identity that was not proved is in the words of the lab.
fn unproved(failure: &AuthFailure) -> Reason {
    match failure {
        AuthFailure::NoMatchingPeer { .. } | AuthFailure::OtherIdentity { .. } => Reason::IkeIdentity,
        AuthFailure::Certificate(rejected) => match rejected.faults.first() {
            Some(CertificateError::UntrustedIssuer { .. } | CertificateError::BadSignature { .. }) => {
                Reason::IkeCertificateUntrusted
            }
            Some(CertificateError::NotYetValid(_)) => Reason::IkeCertificateNotYetValid,
            Some(CertificateError::Expired(_)) => Reason::IkeCertificateExpired,
            Some(CertificateError::OtherSubject { .. }) => Reason::IkeIdentity,
            Some(CertificateError::Missing | CertificateError::Malformed) | None => Reason::IkeAuthentication,
        },
        AuthFailure::SharedKey { .. }
        | AuthFailure::Signature { .. }
        | AuthFailure::Method { .. }
        | AuthFailure::Incomplete
        | AuthFailure::AggressiveSharedKey
        | AuthFailure::OtherMode
        | AuthFailure::RefusedByPeer => Reason::IkeAuthentication,
    }
}

fn why(reason: &Why) -> Reason {
    match reason {
        Why::PeerDead | Why::HalfOpen => Reason::IkePeerSilent,
        Why::Refused(notify) | Why::Unacceptable(notify) => notified(*notify),
        Why::Command
        | Why::Replaced
        | Why::DeletedByPeer
        | Why::Expired
        | Why::IkeSaGone
        | Why::Redundant
        | Why::InitialContact
        | Why::Reauthentication => Reason::TunnelUnprotected,
    }
}

fn notified(notify: NotifyType) -> Reason {
    match notify {
        NotifyType::NO_PROPOSAL_CHOSEN | NotifyType::INVALID_KE_PAYLOAD => Reason::IkeNoProposal,
        NotifyType::AUTHENTICATION_FAILED => Reason::IkeAuthentication,
        NotifyType::TS_UNACCEPTABLE => Reason::IkeSelectors,
        _ => Reason::IkeRefused,
    }
}
