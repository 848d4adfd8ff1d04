//! IPsec tunnels, each as one of its two gateways has it.

use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

use crate::net::Protocol;
use crate::proto::ike::config::Authentication;
use crate::proto::ike::notice::Proof;
use crate::proto::ike::proposal::Suite;
use crate::proto::ike::selector::Selector;
use crate::proto::ike::table::{IkeSaRow, Progress};
use crate::proto::ike::{ChildState, NatState};
use crate::reason::Reason;
use crate::resource::{RouterId, TunnelId};
use crate::site::Selectors;
use crate::units::{BitRate, SimTime, Span};
use crate::world::network::{Header, LinkRef, Place, Tracking, walk};
use crate::world::routing::TunnelRead;

use super::places::TunnelLine;
use super::{Health, View, json};

/// One of a tunnel's two layers, in the words of AWS's tunnel logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhaseState {
    /// There is no security association.
    Down,
    /// It is being negotiated.
    Negotiating,
    /// It is up and being replaced.
    Rekeying,
    /// It is up.
    Established,
}

impl PhaseState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Negotiating => "Negotiating",
            Self::Rekeying => "Rekeying",
            Self::Established => "Established",
        }
    }
}

impl Serialize for PhaseState {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Whether a tunnel carries packets, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum TunnelState {
    /// It does.
    #[serde(rename = "UP")]
    Up,
    /// It does not.
    #[serde(rename = "DOWN")]
    Down,
}

impl TunnelState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
        }
    }
}

/// A tunnel at one of its gateways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tunnel {
    /// What it stands for.
    #[serde(skip)]
    pub id: TunnelId,
    /// Router and tunnel, `cgw-1/vpn-1`.
    pub name: String,
    /// The gateway.
    #[serde(skip)]
    pub router: RouterId,
    /// The other gateway, or its address where the lab has none there.
    pub peer: String,
    /// The outer address of this end.
    pub local: Ipv4Addr,
    /// The outer address of the other end.
    pub remote: Ipv4Addr,
    /// Whether it carries packets.
    pub state: TunnelState,
    /// How the IKE SA is doing.
    pub phase1: PhaseState,
    /// How the CHILD_SA is doing.
    pub phase2: PhaseState,
    /// What phase 1 agreed on.
    pub phase1_algorithms: Option<String>,
    /// What phase 2 agreed on.
    pub phase2_algorithms: Option<String>,
    /// What this end proves itself by: a pre-shared key or a certificate.
    pub authentication: Proof,
    /// The last instant at which this end's certificate holds, where it has one that ends.
    #[serde(rename = "certificate_until_s", serialize_with = "json::instant_or_null")]
    pub certificate_until: Option<SimTime>,
    /// What is protected on this side as both agreed; empty while it is down.
    pub local_selectors: Vec<String>,
    /// The same on the peer's side.
    pub remote_selectors: Vec<String>,
    /// Whether ESP goes in UDP; not known before phase 1 is up.
    pub udp_encapsulation: Option<bool>,
    /// How long until phase 1 is replaced.
    #[serde(rename = "phase1_rekey_in_s", serialize_with = "json::span_or_null")]
    pub phase1_rekey_in: Option<Span>,
    /// How long until both prove anew who they are, where they are to do that.
    #[serde(rename = "reauthentication_in_s", serialize_with = "json::span_or_null")]
    pub reauthentication_in: Option<Span>,
    /// How long until phase 2 is replaced.
    #[serde(rename = "phase2_rekey_in_s", serialize_with = "json::span_or_null")]
    pub phase2_rekey_in: Option<Span>,
    /// Since when it is up or down.
    #[serde(rename = "since_s", serialize_with = "json::instant")]
    pub since: SimTime,
    /// Why it is not up, or could not replace its keys.
    pub reason: Option<Reason>,
    /// The same in a sentence, field by field.
    pub detail: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// How well it does.
    pub health: Health,
}

impl View<'_> {
    /// Tunnels, in the order of the lab.
    #[must_use]
    pub fn tunnels(&self) -> Vec<Tunnel> {
        let all = self.world.tunnels();
        all.map(|(id, read)| self.tunnel(id, &read)).collect()
    }

    /// The gateway at the other end of a tunnel, or its address where the lab has none there.
    pub(super) fn far_gateway(&self, remote: Ipv4Addr) -> String {
        let router = self.world.router_at(remote);
        router.map_or_else(|| remote.to_string(), |router| self.world.names().of(router))
    }

    /// The gateway at the other end of a tunnel, behind translation, too.
    pub(super) fn peer_gateway(&self, id: TunnelId, remote: Ipv4Addr) -> String {
        let far = self.world.far_tunnel(id).and_then(|far| self.world.tunnel(far));
        match far {
            Some(far) => self.world.names().of(far.row.router),
            None => self.far_gateway(remote),
        }
    }

    /// The IKE SAs of a tunnel, the newest last.
    pub(super) fn ike_sas(&self, read: &TunnelRead<'_>) -> Vec<IkeSaRow> {
        let all = read.daemon.ike_sas(self.world.now());
        all.filter(|sa| sa.connection == read.connection).collect()
    }

    /// Each tunnel once, as a link between its two gateways; one that ends outside of the lab is none.
    pub(super) fn tunnel_lines(&self, tunnels: &[Tunnel]) -> Vec<TunnelLine> {
        let line = |it: &Tunnel| {
            let far = self.world.far_tunnel(it.id)?;
            let other = tunnels.iter().find(|other| other.id == far)?;
            let is_first = it.id < far;
            is_first.then(|| {
                let (delay, rate) = self.below(it);
                TunnelLine {
                    id: it.id,
                    far,
                    ends: [it.router, other.router],
                    phases: [it.phase1.min(other.phase1), it.phase2.min(other.phase2)],
                    state: it.state.as_str(),
                    delay,
                    rate,
                    health: it.health.max(other.health),
                }
            })
        };
        tunnels.iter().filter_map(line).collect()
    }

    /// The delay of the way between two gateways, and the rate of its narrowest link.
    fn below(&self, tunnel: &Tunnel) -> (Span, BitRate) {
        let header = Header::probe(
            tunnel.local,
            tunnel.remote,
            Protocol::Udp,
            crate::proto::ike::PORT,
        );
        let network = self.world.network();
        let start = Place::RouterEgress(tunnel.router);
        let path = walk(
            network,
            &mut Tracking::default(),
            self.world.now(),
            start,
            &header,
        );
        let rates = path.links().filter_map(|link| match link {
            LinkRef::Link { link, .. } => Some(network.links.get(link)?.rate),
            _ => None,
        });
        (path.delay(), rates.min().unwrap_or(BitRate::ZERO))
    }

    fn tunnel(&self, id: TunnelId, read: &TunnelRead<'_>) -> Tunnel {
        let sas = self.ike_sas(read);
        // Of several the one that does best speaks for the phase: an old one that goes away says nothing.
        let ike = sas.iter().max_by_key(|sa| (phase1(sa), sa.id));
        let children = sas.iter().flat_map(|sa| &sa.children);
        let child = children.max_by_key(|child| (phase2(child.state), child.id));
        let diagnosis = self.world.tunnel_diagnosis(id);
        let state = match read.is_up() {
            true => TunnelState::Up,
            false => TunnelState::Down,
        };
        let phase1 = ike.map_or(PhaseState::Down, phase1);
        let failed = read.failure().is_some() || diagnosis.is_some_and(|it| it.stopped_by.is_some());
        let health = match (state, phase1) {
            (TunnelState::Up, _) if failed => Health::Degraded,
            (TunnelState::Up, _) => Health::Good,
            (TunnelState::Down, _) if failed => Health::Failed,
            (TunnelState::Down, PhaseState::Down) => Health::Idle,
            (TunnelState::Down, _) => Health::Working,
        };
        let selectors = read.row.protection.selectors().filter(|_| read.is_up());
        let agreed = |side: fn(&Selectors) -> &Vec<Selector>| {
            let list = selectors.into_iter().flat_map(side);
            list.map(ToString::to_string).collect()
        };
        let words = diagnosis.map(|it| self.tunnel_trouble(id, read, &it));
        let (detail, fix) = words.unzip();
        Tunnel {
            id,
            name: self.world.names().of(id),
            router: read.row.router,
            peer: self.peer_gateway(id, read.row.remote),
            local: read.row.local,
            remote: read.row.remote,
            state,
            phase1,
            phase2: child.map_or(PhaseState::Down, |child| phase2(child.state)),
            phase1_algorithms: ike.and_then(|sa| sa.suite).as_ref().map(Suite::to_string),
            phase2_algorithms: child.map(|child| child.suite.to_string()),
            authentication: Proof::of(&read.config.authentication),
            certificate_until: certificate_until(&read.config.authentication),
            local_selectors: agreed(|it| &it.local),
            remote_selectors: agreed(|it| &it.remote),
            udp_encapsulation: ike
                .filter(|sa| sa.suite.is_some())
                .map(|sa| sa.nat == NatState::Encapsulated),
            reauthentication_in: ike.and_then(|sa| sa.reauth_in),
            phase1_rekey_in: ike.and_then(|sa| sa.rekey_in),
            phase2_rekey_in: child.and_then(|child| child.rekey_in),
            since: read.since,
            reason: diagnosis.map(|it| it.reason),
            detail,
            fix,
            health,
        }
    }
}

/// When a certificate ends, where one does.
fn certificate_until(authentication: &Authentication) -> Option<SimTime> {
    match authentication {
        Authentication::Certificate(own) => Some(own.certificate.not_after).filter(|at| *at != SimTime::END),
        Authentication::SharedKey(_) => None,
    }
}

fn phase1(sa: &IkeSaRow) -> PhaseState {
    match sa.progress {
        Progress::Negotiating => PhaseState::Negotiating,
        Progress::Established => PhaseState::Established,
        Progress::Rekeying => PhaseState::Rekeying,
        Progress::Closing => PhaseState::Down,
    }
}

const fn phase2(state: ChildState) -> PhaseState {
    match state {
        ChildState::Installed => PhaseState::Established,
        ChildState::Rekeying => PhaseState::Rekeying,
        ChildState::Rekeyed | ChildState::Deleting => PhaseState::Down,
    }
}

#[cfg(test)]
mod tests;
