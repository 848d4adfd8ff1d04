//! BGP sessions, each as one of its two ends has it.

use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

use crate::aws::direct_connect::{ALLOCATED_PREFIXES, PREFIXES, Terminus};
use crate::net::Protocol;
use crate::proto::bgp::PORT;
use crate::proto::bgp::session::{self, OpenError, State};
use crate::reason::Reason;
use crate::resource::{BgpSessionId, RouterId};
use crate::units::{SimTime, Span};
use crate::world::network::{Header, Place, Tracking, walk};
use crate::world::routing::{Diagnosis, Layer, Process, SessionRead};

use super::describe::rounded;
use super::{Health, Tunnel, View, json};

/// A BGP session at one of its ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BgpSession {
    /// What it stands for.
    #[serde(skip)]
    pub id: BgpSessionId,
    /// Router and neighbor, `cgw-1/tgw`.
    pub name: String,
    /// The router.
    #[serde(skip)]
    pub router: RouterId,
    /// What the router calls the peer.
    pub neighbor: String,
    /// The address of this end.
    pub local: Ipv4Addr,
    /// The peer's address.
    pub peer: Ipv4Addr,
    /// The AS that this end says it is of.
    pub local_as: u32,
    /// The AS that the peer has to be of.
    pub peer_as: u32,
    /// The state, as the RFC spells it.
    #[serde(serialize_with = "state_as_text")]
    pub state: State,
    /// Since when.
    #[serde(rename = "since_s", serialize_with = "json::instant")]
    pub since: SimTime,
    /// The hold time that was negotiated, else the one that is proposed; zero for none.
    #[serde(rename = "hold_s", serialize_with = "json::span")]
    pub hold: Span,
    /// Prefixes with a path from the peer, after import policy.
    pub received: u32,
    /// Prefixes that the peer was told.
    pub advertised: u32,
    /// How often it came up.
    pub n_established: u64,
    /// Why it is not up.
    pub reason: Option<Reason>,
    /// The layer that stops it.
    pub layer: Option<Layer>,
    /// What stops it, in a sentence.
    pub detail: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// The state of the BFD beside it, where there is any.
    pub bfd: Option<String>,
    /// How well it does.
    pub health: Health,
}

fn state_as_text<S: Serializer>(state: &State, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(state)
}

impl View<'_> {
    /// BGP sessions, in the order of the lab.
    #[must_use]
    pub fn bgp_sessions(&self) -> Vec<BgpSession> {
        let all = self.world.bgp_sessions();
        all.filter_map(|(id, read)| self.bgp_session(id, &read)).collect()
    }

    fn bgp_session(&self, id: BgpSessionId, read: &SessionRead<'_>) -> Option<BgpSession> {
        let session = read.speaker.session(read.row.peer)?;
        let (config, facts, state) = (session.config(), session.facts(), read.state());
        let counts = read.speaker.rib().counts(read.row.peer);
        let diagnosis = read.diagnosis();
        let name = self.world.names().of(id);
        let router = self.world.names().of(read.row.router);
        let neighbor = name
            .strip_prefix(&router)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(&name)
            .to_owned();
        let hold = match &facts.negotiated {
            Some(negotiated) => negotiated.hold_time.unwrap_or(Span::ZERO),
            None => config.timers.hold,
        };
        let health = match (state, &diagnosis) {
            (State::Established, _) => Health::Good,
            (_, _) if !session.is_wanted() => Health::Idle,
            (_, None) => Health::Working,
            (_, Some(_)) => Health::Failed,
        };
        Some(BgpSession {
            id,
            neighbor,
            router: read.row.router,
            local: read.transport.local,
            peer: read.transport.remote,
            local_as: config.spoken_as().0,
            peer_as: config.peer_as.0,
            state,
            since: facts.since,
            hold,
            received: counts.n_accepted,
            advertised: counts.n_advertised,
            n_established: facts.n_established,
            bfd: self.world.bfd_session(id).map(|bfd| bfd.state().to_string()),
            reason: diagnosis.map(|it| it.reason),
            layer: diagnosis.map(|it| it.layer),
            detail: diagnosis.map(|it| self.why_down(&it)),
            fix: diagnosis.map(|it| match (it.reason, self.tunnel_below(read)) {
                (Reason::TunnelInTunnel, _) => {
                    let past = it.stopped_by.and_then(|refusal| self.past_tunnel(refusal));
                    past.map_or_else(|| advice(&it, &name, &router), |(_, fix, _)| fix)
                }
                (Reason::TunnelUnprotected, Some(tunnel)) => {
                    let cure = tunnel.fix.unwrap_or_default();
                    format!("bring {} up: {cure}", tunnel.name)
                }
                (Reason::BgpProcessDown, _) if read.process == Process::Frozen => {
                    format!("bgp_process({router:?}, thaw)")
                }
                (Reason::BgpShutdown, _) if self.failover_test(read).is_some() => {
                    self.failover_test(read).unwrap_or_default()
                }
                (Reason::BgpMaxPrefixes, _) if !self.is_written(read.row.router) => {
                    let far = self.world.router_at(read.transport.remote);
                    far.map_or_else(
                        || advice(&it, &name, &router),
                        |far| self.fewer_to_aws(far, read.row.router),
                    )
                }
                (Reason::HopLimit, _) => self.hops_to_allow(read, &name),
                (_, _) => self
                    .far_cure(&it, read)
                    .unwrap_or_else(|| advice(&it, &name, &router)),
            }),
            health,
            name,
        })
    }

    /// How the failover test of a virtual interface ends that keeps its session down ("Direct Connect failover test", AWS
    /// Direct Connect User Guide).
    fn failover_test(&self, read: &SessionRead<'_>) -> Option<String> {
        let far = self.world.router_at(read.transport.remote);
        let interfaces = self.world.network().cloud.virtual_interfaces.rows();
        let mut all = interfaces.iter();
        let row = all.find(|row| row.endpoint == read.row.router || Some(row.endpoint) == far)?;
        let (until, name) = (row.testing?, self.world.names().of(row.endpoint));
        Some(format!(
            "stop_failover_test({name:?}), or wait: the test of {name} ends by itself at {until}"
        ))
    }

    /// What is to be done at the far end, where that keeps the session down and packets get there.
    fn far_cure(&self, diagnosis: &Diagnosis, read: &SessionRead<'_>) -> Option<String> {
        if diagnosis.stopped_by.is_some() || read.process != Process::Running {
            return None;
        }
        let names = self.world.names();
        let (id, far) = self.far_session(read)?;
        let router = names.of(far.row.router);
        let session = far.speaker.session(far.row.peer)?;
        match far.process {
            Process::Frozen => Some(format!(
                "bgp_process({router:?}, thaw): its host takes connections, and the process answers no OPEN"
            )),
            Process::Stopped => Some(format!("bgp_process({router:?}, start)")),
            Process::Running if session.is_wanted() && !far.is_over_limit() => None,
            Process::Running => Some(self.wanted_there(session, (id, &far), read.row.router)),
            Process::Outside => None,
        }
    }

    /// What is to be done about a session that the far end stopped.
    fn wanted_there(
        &self,
        session: &session::Session,
        (id, far): (BgpSessionId, &SessionRead<'_>),
        own: RouterId,
    ) -> String {
        let names = self.world.names();
        let (name, router) = (names.of(id), names.of(far.row.router));
        if !far.is_over_limit() {
            return format!("session({name:?}, start): it is shut down there");
        }
        let restart_at = session.stopped().and_then(|(_, at)| at);
        if !self.is_written(far.row.router) {
            return self.fewer_to_aws(own, far.row.router);
        }
        let then = match restart_at {
            Some(at) => {
                let left = rounded(at.since(self.world.now()));
                format!("{router} tries again by itself in {left}")
            }
            None => format!("then session({name:?}, reset)"),
        };
        format!("announce fewer prefixes to {router}, or raise max_prefix of {name}; {then}")
    }

    /// How many hops a session would have to allow, from the way that its packets take.
    fn hops_to_allow(&self, read: &SessionRead<'_>, name: &str) -> String {
        match self.n_hops(read) {
            0 => Reason::HopLimit.look().to_owned(),
            some => format!("set multihop: {} at both ends, of which one is {name}", some + 1),
        }
    }

    /// How many routers are on the way of a session's packets; none where they do not arrive.
    pub(super) fn n_hops(&self, read: &SessionRead<'_>) -> u8 {
        let (from, to) = (read.transport.local, read.transport.remote);
        let header = Header::probe(from, to, Protocol::Tcp, PORT);
        let start = Place::RouterEgress(read.row.router);
        let now = self.world.now();
        let path = walk(
            self.world.network(),
            &mut Tracking::default(),
            now,
            start,
            &header,
        );
        // Each router on the way takes one off; inside a tunnel nobody does.
        let arrived = path.delivered().map(|(_, header)| header.hop_limit);
        arrived.map_or(0, |left| Header::HOP_LIMIT.saturating_sub(left))
    }

    /// The tunnel that a session speaks through, where that has something to say.
    fn tunnel_below(&self, read: &SessionRead<'_>) -> Option<Tunnel> {
        let network = self.world.network();
        let inside = |tunnel: &Tunnel| {
            let row = network.tunnels.get(tunnel.id)?;
            Some(network.router_interfaces.get(row.interface)?.address.addr())
        };
        let mut all = self.tunnels().into_iter();
        all.find(|it| {
            it.router == read.row.router && it.fix.is_some() && inside(it) == Some(read.transport.local)
        })
    }

    /// The limit is AWS's own, and nobody resets its end; only a private or transit virtual interface is allocated more
    /// prefixes ("AWS Direct Connect quotas", "Inbound prefix controls", "Site-to-Site VPN quotas").
    fn fewer_to_aws(&self, customer: RouterId, aws: RouterId) -> String {
        let router = self.world.names().of(customer);
        let mut interfaces = self.world.network().cloud.virtual_interfaces.rows().iter();
        let interface = interfaces.find(|it| it.endpoint == aws && it.ends_at != Terminus::PublicEdge);
        let raised = match interface {
            Some(row) => format!(
                "the limit is AWS's, {PREFIXES}, and up to {ALLOCATED_PREFIXES} where so many are allocated to {}",
                row.name
            ),
            None => "the limit is AWS's, and cannot be raised".to_owned(),
        };
        format!("summarise what {router} announces, or filter it in its export policy: {raised}")
    }

    /// What stops a session, in a sentence that begins with its layer.
    fn why_down(&self, diagnosis: &Diagnosis) -> String {
        let layer = diagnosis.layer.as_str();
        match (diagnosis.stopped_by, diagnosis.known) {
            (Some(refusal), _) if refusal.reason == Reason::TunnelInTunnel => {
                let past = self.past_tunnel(refusal);
                past.map_or_else(|| layer.to_owned(), |(detail, ..)| format!("{layer}: {detail}"))
            }
            (Some(refusal), _) => {
                let stopped = self.words().stopped(&refusal);
                match refusal.rule {
                    Some(_) => format!("{layer}: {stopped} ({})", refusal.reason.meaning()),
                    None => format!("{layer}: {stopped}"),
                }
            }
            (None, Some(reason)) => format!("{layer}{}: {reason}", field(reason)),
            (None, None) => format!("{layer}: {}", diagnosis.reason.meaning()),
        }
    }
}

/// The field of OPEN that is refused.
const fn field(reason: session::Reason) -> &'static str {
    match reason {
        session::Reason::OpenRefused(error) => match error {
            OpenError::Version { .. } => ", field Version",
            OpenError::PeerAs { .. } | OpenError::AsDisagrees { .. } => ", field My Autonomous System",
            OpenError::Identifier { .. } => ", field BGP Identifier",
            OpenError::HoldTime { .. } => ", field Hold Time",
            OpenError::Family => ", capability Multiprotocol",
            OpenError::Malformed(_) => "",
        },
        _ => "",
    }
}

/// What to do about it, with the names of the lab.
fn advice(diagnosis: &Diagnosis, session: &str, router: &str) -> String {
    use session::Reason as R;
    match (diagnosis.known, diagnosis.stopped_by) {
        (Some(R::OpenRefused(OpenError::PeerAs { offered, .. })), None) => format!(
            "set remote_as of {session} to {offered}, or the asn or local_as of the peer to what is configured here"
        ),
        (Some(R::OpenRefused(OpenError::HoldTime { at_least, .. })), None) => {
            format!("raise the peer's hold time to {at_least} at least, or lower minimum_hold of {session}")
        }
        (Some(reason), None) => reason.advice().to_owned(),
        (_, Some(refusal)) if refusal.reason == Reason::NoRoute => {
            "give the router that has none a route towards the other end of the session".to_owned()
        }
        (_, _) if diagnosis.reason == Reason::BgpProcessDown => format!("bgp_process({router:?}, start)"),
        (_, _) if diagnosis.reason == Reason::BgpShutdown => format!("session({session:?}, start)"),
        (_, _) => diagnosis.reason.look().to_owned(),
    }
}
