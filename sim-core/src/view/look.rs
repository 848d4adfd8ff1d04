//! The way in: what can be read of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::RecordId;
use crate::lab::{Lost, Session};
use crate::migrate::mgn::{Mgn, headline, refusal_text};
use crate::proto::bgp::policy::Policy;
use crate::proto::bgp::{rib, speaker};
use crate::resource::{BgpSessionId, HostId, LinkId, PeeringId, ResourceRef, RouterId, RouterInterfaceId};
use crate::site::Attachment;
use crate::units::{BitRate, Ppm, SimTime};
use crate::world::network::LinkRef;
use crate::world::{FailedActions, Happening, Record, RefusedOperation, World};

use super::describe::{self, Words};
use super::facts::{Facts, Inspection};
use super::inspect::Inspector;
use super::path::{self, PathError, PathReport, PathWords};
use super::places::{Part, Survey, utilisation};
use super::preflight::{self, Preflight};
use super::topology::NodeKind;
use super::{
    BgpSession, FailedAction, Fault, Flow, Goal, Health, Job, LogRow, Outage, OutageRoot, Overview,
    RefusedCommand, Server, Snapshot, Topology, Tunnel, Wave, fleet,
};

/// A session, as screens see it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) session: &'a Session,
    pub(super) world: &'a World,
}

impl<'a> View<'a> {
    /// Looks at a session.
    #[must_use]
    pub fn of(session: &'a Session) -> Self {
        Self {
            session,
            world: session.world(),
        }
    }

    pub(super) fn words(&self) -> Words<'a> {
        Words {
            network: self.world.network(),
            names: self.world.names(),
        }
    }

    /// Everything that a screen shows of the present instant.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let servers = self.servers();
        let sessions = self.bgp_sessions();
        let tunnels = self.tunnels();
        let topology = self.topology_with(&servers, &sessions, &tunnels);
        Snapshot {
            overview: self.overview(),
            topology,
            waves: self.waves_with(&servers),
            jobs: self.jobs(),
            refusals: self.refusals(),
            failed_actions: self.failed_actions(),
            flows: self.flows(),
            moves: self.moves(),
            lags: self.lags(),
            faults: self.faults(),
            outages: self.outages(),
            goals: self.goals(),
            servers,
            sessions,
            tunnels,
            gateways: self.gateways(),
            probes: self.probes(),
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.world.now()
    }

    /// The lab as a whole.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let blueprint = self.session.blueprint();
        let about = &blueprint.about;
        Overview {
            lab: about.name.clone(),
            title: about.title.clone(),
            teaches: about.teaches.clone(),
            variant_of: about.variant_of.clone(),
            schema: blueprint.schema,
            seed: self.world.seed(),
            now: self.world.now(),
            duration: blueprint.duration,
            events: self.world.n_events(),
            n_records: self.world.trace().n_written(),
            trace_hash: self.world.trace_hash().to_string(),
        }
    }

    /// What there is, and where.
    #[must_use]
    pub fn topology(&self) -> Topology {
        self.topology_with(&self.servers(), &self.bgp_sessions(), &self.tunnels())
    }

    fn topology_with(&self, servers: &[Server], sessions: &[BgpSession], tunnels: &[Tunnel]) -> Topology {
        let loads = self.peering_loads();
        Survey {
            network: self.world.network(),
            names: self.world.names(),
            parts: self.parts(servers),
            load: &|peering| loads.get(&peering).copied().unwrap_or(BitRate::ZERO),
            line_loads: self.line_loads(),
            port_loads: self.port_loads(),
            gateways: &self.gateways(),
            locations: &self.session.blueprint().places,
            routers: self.router_healths(sessions, tunnels),
            tunnels: self.tunnel_lines(tunnels),
        }
        .topology()
    }

    /// What hosts are for: the migration moves some and made others.
    fn parts(&self, servers: &[Server]) -> BTreeMap<HostId, Part> {
        let mut parts = BTreeMap::new();
        let mut put = |host: HostId, kind, health| parts.insert(host, Part { kind, health });
        for server in servers {
            put(server.host, NodeKind::SourceServer, server.health);
            if let Some(instance) = server.instance {
                put(instance, NodeKind::LaunchedInstance, Health::Good);
            }
        }
        for (_, replicator) in self.world.mgn().iter().flat_map(|mgn| mgn.replicators()) {
            let Some(host) = replicator.host().filter(|_| !replicator.is_removed()) else {
                continue;
            };
            let health = match (replicator.failure(), replicator.is_ready()) {
                (Some(_), _) => Health::Failed,
                (None, true) => Health::Good,
                (None, false) => Health::Working,
            };
            put(host, NodeKind::ReplicationServer, health);
        }
        parts
    }

    /// What the busier direction of each peering connection carries.
    fn peering_loads(&self) -> BTreeMap<PeeringId, BitRate> {
        self.busiest(|link| match link {
            LinkRef::Peering { peering, .. } => Some(peering),
            _ => None,
        })
    }

    /// What the busier direction of each link between routers carries.
    pub(super) fn line_loads(&self) -> BTreeMap<LinkId, BitRate> {
        self.busiest(|link| match link {
            LinkRef::Link { link, .. } => Some(link),
            _ => None,
        })
    }

    /// What the busier direction of each router's port on a segment carries.
    pub(super) fn port_loads(&self) -> BTreeMap<RouterInterfaceId, BitRate> {
        self.busiest(|link| match link {
            LinkRef::SegmentPort { interface, .. } => Some(interface),
            _ => None,
        })
    }

    /// The share of what it can carry that the busier direction of each link carries, where bulk flows have used it: what
    /// [`Link::utilisation`](super::Link::utilisation) says, without a look at anything else.
    #[must_use]
    pub fn link_shares(&self) -> BTreeMap<ResourceRef, Ppm> {
        let network = self.world.network();
        let of = |link: LinkRef| -> Option<(ResourceRef, BitRate)> {
            match link {
                LinkRef::Peering { peering, .. } => {
                    Some((peering.into(), network.cloud.peerings.get(peering)?.rate))
                }
                LinkRef::Link { link, .. } => Some((link.into(), network.links.get(link)?.rate)),
                LinkRef::SegmentPort { interface, .. } => {
                    let row = network.router_interfaces.get(interface)?;
                    match row.attached {
                        Attachment::Segment(segment) => {
                            Some((interface.into(), network.segments.get(segment)?.rate))
                        }
                        _ => None,
                    }
                }
                _ => None,
            }
        };
        let mut shares: BTreeMap<ResourceRef, Ppm> = BTreeMap::new();
        for load in self.world.link_loads() {
            if let Some((thing, rate)) = of(load.link) {
                let share = shares.entry(thing).or_default();
                *share = (*share).max(utilisation(load.load, rate));
            }
        }
        shares
    }

    fn busiest<K: Ord>(&self, of: impl Fn(LinkRef) -> Option<K>) -> BTreeMap<K, BitRate> {
        let mut loads: BTreeMap<K, BitRate> = BTreeMap::new();
        for load in self.world.link_loads() {
            if let Some(key) = of(load.link) {
                let busiest = loads.entry(key).or_default();
                *busiest = (*busiest).max(load.load);
            }
        }
        loads
    }

    /// Routers by how well their sessions and tunnels do: one that is down is no failure of the whole router.
    fn router_healths(&self, sessions: &[BgpSession], tunnels: &[Tunnel]) -> BTreeMap<RouterId, Health> {
        let mut healths: BTreeMap<RouterId, Health> = BTreeMap::new();
        let sessions = sessions.iter().map(|it| (it.router, it.health));
        let tunnels = tunnels.iter().map(|it| (it.router, it.health));
        for (router, one) in sessions.chain(tunnels) {
            let health = healths.entry(router).or_default();
            *health = (*health).max(one.min(Health::Degraded));
        }
        healths
    }

    /// Source servers, in the order of the lab.
    #[must_use]
    pub fn servers(&self) -> Vec<Server> {
        let Some(mgn) = self.world.mgn() else {
            return Vec::new();
        };
        let (waves, words) = (fleet::waves_of(mgn), self.words());
        let failed = fleet::failed_launches(mgn);
        mgn.servers()
            .map(|(id, server)| {
                let known = (waves.get(&id).copied(), failed.get(&id));
                fleet::server(id, server, known, &words, self.world.now())
            })
            .collect()
    }

    /// Waves, in the order of the lab.
    #[must_use]
    pub fn waves(&self) -> Vec<Wave> {
        self.waves_with(&self.servers())
    }

    fn waves_with(&self, servers: &[Server]) -> Vec<Wave> {
        let waves = |mgn: &Mgn| fleet::waves(mgn, servers, self.world.names());
        self.world.mgn().map(waves).unwrap_or_default()
    }

    /// Jobs, in the order in which they began.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let jobs = |mgn: &Mgn| fleet::jobs(mgn, &self.words());
        self.world.mgn().map(jobs).unwrap_or_default()
    }

    /// The operations that the service refused so far, in order.
    #[must_use]
    pub fn refusals(&self) -> Vec<RefusedCommand> {
        let names = self.world.names();
        let row = |it: &RefusedOperation| RefusedCommand {
            at: it.at,
            command: describe::kind_text(it.command),
            server: names.of(it.server),
            exception: it.exception,
            reason: it.reason,
            detail: refusal_text(it.reason),
        };
        self.world.refused_operations().iter().map(row).collect()
    }

    /// The post-launch actions that failed so far, in order.
    #[must_use]
    pub fn failed_actions(&self) -> Vec<FailedAction> {
        let words = self.words();
        let row = |it: &FailedActions| FailedAction {
            at: it.at,
            server: words.names.of(it.server),
            reason: it.stopped_by.reason,
            detail: words.stopped(&it.stopped_by),
        };
        self.world.failed_actions().iter().map(row).collect()
    }

    /// Bulk flows that are running, in the order in which they began.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow> {
        let names = self.world.names();
        self.world
            .open_flows()
            .map(|flow| Flow {
                id: flow.id,
                name: names.of(flow.id),
                from: names.of(flow.from),
                to: flow.to.map_or_else(|| "nowhere".to_owned(), |to| names.of(to)),
                rate: flow.rate,
                mss_bytes: flow.mss_bytes,
                path: flow.path.into_iter().map(|link| self.link_name(link)).collect(),
            })
            .collect()
    }

    pub(super) fn link_name(&self, link: LinkRef) -> String {
        self.words().link_name(link)
    }

    /// What has been done to the lab so far beside its runbook, in order.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let words = self.words();
        self.session
            .disturbances()
            .into_iter()
            .filter(|it| it.at <= self.world.now())
            .map(|it| Fault {
                at: it.at,
                what: describe::done_or_refused(it.lever, it.refused, &words),
                target: match it.lever.subject() {
                    ResourceRef::Lab => "the lab".to_owned(),
                    subject => words.names.of(subject),
                },
                fault: self.fault_of(it.at, it.lever),
                refused: it.refused.map(ToString::to_string),
                about: it.lever.subject(),
            })
            .collect()
    }

    /// The connections that were lost and the stalls of servers so far.
    #[must_use]
    pub fn outages(&self) -> Vec<Outage> {
        let words = self.words();
        self.session
            .outages()
            .iter()
            .map(|outage| Outage {
                from: words.names.of(outage.from),
                to: match &outage.to {
                    Lost::Connection(to) => describe::remote(to),
                    Lost::Probe { to, .. } => to.to_string(),
                    Lost::Replication => "the staging area".to_owned(),
                },
                started_at: outage.started_at,
                ended_at: outage.ended_at,
                cause: match (outage.error, &outage.stopped_by) {
                    (None, None) => "nothing came through any more".to_owned(),
                    (None, Some(refusal)) => format!("{}, {}", refusal.reason, words.stopped(refusal)),
                    (Some(error), None) => format!("{error}: {}", headline(error)),
                    (Some(error), Some(refusal)) => {
                        format!("{error}: {}, {}", refusal.reason, words.stopped(refusal))
                    }
                },
                record: outage.record,
                root: outage.root.as_deref().map(|record| {
                    let row = self.log_row(record);
                    OutageRoot {
                        record: row.id,
                        at: row.at,
                        subject: row.subject,
                        what: row.what,
                        fault: self.fault_behind(record),
                    }
                }),
            })
            .collect()
    }

    /// What the lab expects, and how that stands.
    #[must_use]
    pub fn goals(&self) -> Vec<Goal> {
        let has_ended = self.session.now() >= self.session.ends_at();
        self.world
            .expectations()
            .into_iter()
            .map(|result| Goal {
                name: result.name,
                holds: result.holds,
                not_yet: result.may_come && !has_ended,
                detail: result.detail,
            })
            .collect()
    }

    /// The kept records after `seen`, in words, oldest first.
    pub fn log_after(&self, seen: Option<RecordId>) -> impl Iterator<Item = LogRow> + use<'a> {
        let view = *self;
        self.world
            .trace()
            .after(seen)
            .map(move |record| view.log_row(record))
    }

    /// The causes of a record, the root first and the record last; empty where it is not kept.
    #[must_use]
    pub fn causes(&self, id: RecordId) -> Vec<LogRow> {
        let mut records: Vec<&Record> = self.world.trace().causes(id).collect();
        records.reverse();
        let mut chain: Vec<LogRow> = records.iter().map(|record| self.log_row(record)).collect();
        self.tell_origins(&records, &mut chain);
        chain
    }

    /// A record in words.
    #[must_use]
    pub fn log_row(&self, record: &Record) -> LogRow {
        let words = self.words();
        let whom = match (&record.what, record.subject) {
            // Nobody reads "flow 17": it is the hosts that matter, and they are in the sentence.
            (Happening::Started { .. }, _) => "the lab".to_owned(),
            (_, subject) => words.names.of(subject),
        };
        LogRow {
            id: record.id,
            at: record.at,
            about: record.subject,
            subject: whom,
            what: match (&record.what, record.subject) {
                // A gateway may have many tunnels: with whom it speaks is half of what is told.
                (Happening::Ike(_) | Happening::IkeSent(_), ResourceRef::Tunnel(id)) => {
                    let far = self
                        .world
                        .network()
                        .tunnels
                        .get(id)
                        .map(|row| self.peer_gateway(id, row.remote));
                    let far = far.map_or(String::new(), |far| format!("with {far}: "));
                    format!("{far}{}", words.sentence(&record.what))
                }
                (Happening::Bgp(notice), ResourceRef::BgpSession(id)) => {
                    let filter = self.filter_of(notice, id);
                    let filter = filter.map_or(String::new(), |name| format!(" (policy {name:?})"));
                    format!("{}{filter}", words.sentence(&record.what))
                }
                (what, _) => words.sentence(what),
            },
            reason: record.what.reason(),
            cause: record.cause,
            origin: None,
            health: describe::health(&record.what),
            notable: describe::notable(&record.what),
        }
    }

    /// What the lab calls the import policy that refused a prefix, where it has a name and is still in force.
    fn filter_of(&self, notice: &speaker::Notice, session: BgpSessionId) -> Option<&'a str> {
        let speaker::Notice::Routes(rib::Notice::Refused {
            peer,
            why: rib::Refusal::Policy { .. },
            ..
        }) = notice
        else {
            return None;
        };
        let routing = &self.session.blueprint().routing;
        let row = routing.sessions.get(session)?;
        let now = &self.world.speaker(row.router)?.0.rib().peer_config(*peer)?.import;
        let mut named = routing.policies.iter();
        let is_it =
            |(_, policy): &(&String, &Arc<Policy>)| now.as_ref().is_some_and(|it| Arc::ptr_eq(it, policy));
        named.find(is_it).map(|(name, _)| name.as_str())
    }

    /// Tries everything that the migration needs, as the lab is now.
    #[must_use]
    pub fn preflight(&self) -> Preflight {
        preflight::preflight(self)
    }

    /// One path, hop by hop, by the tables as they are.
    ///
    /// # Errors
    /// Where a name is of nothing that could send or be sent to.
    pub fn path(&self, words: &PathWords<'_>) -> Result<PathReport, PathError> {
        path::report(&self.session.about().name, self.world, words)
    }

    /// The thing of that name: of several, the one that a person most likely means, which is the
    /// source server before its host before anything else.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ResourceRef> {
        let found = self.world.names().find(name);
        let server = found
            .iter()
            .find(|thing| matches!(thing, ResourceRef::SourceServer(_)));
        server.or_else(|| found.first()).copied()
    }

    /// Everything that can be said about one thing.
    #[must_use]
    pub fn inspect(&self, thing: ResourceRef) -> Inspection {
        let loads = self.peering_loads();
        let mut facts = Facts::default();
        let inspector = Inspector {
            words: self.words(),
            mgn: self.world.mgn(),
            now: self.world.now(),
            load: &|peering| loads.get(&peering).copied().unwrap_or(BitRate::ZERO),
            running: self,
        };
        inspector.collect(thing, &mut facts);
        Inspection {
            about: thing,
            name: match thing {
                ResourceRef::Lab => self.session.blueprint().about.name.clone(),
                _ => self.world.names().of(thing),
            },
            kind: thing.kind(),
            health: self.health_of(thing),
            sections: facts.finish(),
        }
    }

    /// How well a thing does, where anything is known of that.
    fn health_of(&self, thing: ResourceRef) -> Health {
        match thing {
            ResourceRef::SourceServer(id) => {
                let servers = self.servers();
                servers.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::Wave(id) => {
                let waves = self.waves();
                waves.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::Job(id) => {
                let jobs = self.jobs();
                jobs.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::Region(_)
            | ResourceRef::Vpc(_)
            | ResourceRef::Subnet(_)
            | ResourceRef::Host(_)
            | ResourceRef::InterfaceEndpoint(_)
            | ResourceRef::GatewayEndpoint(_)
            | ResourceRef::ResolverEndpoint(_)
            | ResourceRef::InternetGateway(_)
            | ResourceRef::NatGateway(_)
            | ResourceRef::Peering(_)
            | ResourceRef::Router(_)
            | ResourceRef::Link(_)
            | ResourceRef::Segment(_) => {
                let topology = self.topology();
                let boxes = topology.containers.iter().map(|it| (it.id, it.health));
                let nodes = topology.nodes.iter().map(|it| (it.id, it.health));
                let links = topology.links.iter().map(|it| (it.id, it.health));
                let mut all = boxes.chain(nodes).chain(links);
                all.find(|(id, _)| *id == thing).map(|(_, health)| health)
            }
            ResourceRef::BgpSession(id) => {
                let sessions = self.bgp_sessions();
                sessions.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::Tunnel(id) => {
                let tunnels = self.tunnels();
                tunnels.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::VirtualGateway(id) => {
                let gateways = self.gateways();
                gateways.iter().find(|it| it.id == id).map(|it| it.health)
            }
            ResourceRef::RouterInterface(id) => Some(match self.world.network().interface_works(id) {
                Ok(_) => Health::Good,
                Err(_) => Health::Failed,
            }),
            ResourceRef::Flow(id) => self.flow_health(id),
            ResourceRef::Probe(id) => self.probe_health(id),
            // What only configures others does neither well nor badly by itself.
            ResourceRef::Lab
            | ResourceRef::Zone(_)
            | ResourceRef::RouteTable(_)
            | ResourceRef::TransitGateway(_)
            | ResourceRef::Attachment(_)
            | ResourceRef::TransitGatewayRouteTable(_)
            | ResourceRef::VirtualPrivateGateway(_)
            | ResourceRef::DirectConnectGateway(_)
            | ResourceRef::VirtualInterface(_)
            | ResourceRef::PrefixList(_)
            | ResourceRef::SecurityGroup(_)
            | ResourceRef::NetworkAcl(_)
            | ResourceRef::NetworkInterface(_)
            | ResourceRef::ServiceEndpoint(_)
            | ResourceRef::HostedZone(_)
            | ResourceRef::ResolverRule(_)
            | ResourceRef::ReplicationServer(_)
            | ResourceRef::RunbookStep(_) => None,
        }
        .unwrap_or_default()
    }
}
