//! A small lab: the two Regions of an isolated migration, a source server and a replication server.

mod calls;
mod elision;
mod liveness;
mod migration;
mod properties;
mod routing;
mod runs;
mod segments;
mod standing;
mod static_routes;
mod tunnels;

use crate::aws::Attached;
use crate::aws::fixture::{Fixture, two_regions};
use crate::kernel::Keep;
use crate::migrate::ground::{Actor, Call, CallOutcome, Remote, Request, Signing};
use crate::net::Protocol;
use crate::resource::{HostId, SecurityGroupId, SourceServerId, SubnetId};
use crate::site::{Clock, Host, OsFamily, Power, TrustStore};
use crate::units::{BitRate, DataSize, SimTime, Span};

use super::blueprint::Blueprint;
use super::event::Report;
use super::names::Names;
use super::notice::{Happening, Record};
use super::run::World;

pub(super) struct Lab {
    pub(super) aws: Fixture,
    pub(super) blueprint: Blueprint,
    /// 192.168.1.10 in `source-a`.
    pub(super) source: HostId,
    /// 10.0.1.20 in `staging-a`; listens on TCP 1500.
    pub(super) replicator: HostId,
}

pub(super) fn lab() -> Lab {
    let aws = two_regions();
    let mut names = Names::default();
    names.insert(aws.peering, "pcx");
    names.insert(aws.source, "source");
    names.insert(aws.staging, "staging");
    let blueprint = Blueprint {
        cloud: aws.cloud.clone(),
        names,
        ..Blueprint::empty("test")
    };
    let mut lab = Lab {
        aws,
        blueprint,
        source: HostId::from_index(0),
        replicator: HostId::from_index(1),
    };
    lab.source = lab.host("app-1", lab.aws.source_a, "192.168.1.10", lab.aws.source_group);
    lab.replicator = lab.host("repl-1", lab.aws.staging_a, "10.0.1.20", lab.aws.staging_group);
    lab.blueprint.hosts[lab.replicator].listens = vec![(Protocol::Tcp, 1500)];
    lab
}

impl Lab {
    pub(super) fn host(
        &mut self,
        name: &str,
        subnet: SubnetId,
        address: &str,
        group: SecurityGroupId,
    ) -> HostId {
        let host = self.blueprint.hosts.next_id();
        std::mem::swap(&mut self.aws.cloud, &mut self.blueprint.cloud);
        let interface = self.aws.interface(subnet, address, group, Attached::Host(host));
        std::mem::swap(&mut self.aws.cloud, &mut self.blueprint.cloud);
        self.blueprint.names.insert(host, name);
        self.blueprint.hosts.push(Host {
            name: name.to_owned(),
            port: crate::site::Port::Vpc(interface),
            os: OsFamily::Linux,
            power: Power::On,
            rate: BitRate::gbps(10),
            mtu: crate::net::Mtu::ETHERNET,
            clock: Clock::Synchronised,
            trust: TrustStore::AmazonRoots,
            mac: crate::site::MacAddress::Stable,
            listens: vec![],
            firewall: vec![],
            name_server: None,
        })
    }
    pub(super) fn world(&self) -> World {
        self.seeded(1)
    }
    pub(super) fn seeded(&self, seed: u64) -> World {
        let mut world = World::build(&self.blueprint, seed).expect("the lab fits");
        world.set_keep(Keep::All);
        world
    }
    /// What the source asks of MGN, over the name of the endpoint.
    pub(super) fn mgn_call(&self) -> Call {
        api_call(self.source, &mgn_name(), "execute-api:Invoke", MGN_ARN)
    }
}

pub(super) const ACTOR: Actor = Actor::Server(SourceServerId::from_index(0));
pub(super) const MGN_ARN: &str = "arn:aws:execute-api:ap-south-1:*:*/POST/CreateSessionForMgn";
pub(super) const INSTALLER: &str =
    "arn:aws:s3:::aws-application-migration-service-ap-south-1/latest/linux/aws-replication-installer-init";

pub(super) fn mgn_name() -> String {
    let label = crate::aws::fixture::MGN_LABEL;
    format!("{label}.mgn.ap-south-1.vpce.amazonaws.com")
}
pub(super) fn s3_name(before: &str) -> String {
    let label = crate::aws::fixture::S3_LABEL;
    format!("{before}{label}.s3.ap-south-1.vpce.amazonaws.com")
}

pub(super) fn api_call(from: HostId, name: &str, action: &'static str, resource: &str) -> Call {
    Call {
        from,
        to: Remote::Name(name.into()),
        port: 443,
        request: Request::Api {
            action,
            resource: resource.into(),
            signing: Signing::SigV4,
            answer: DataSize::bytes(2_000),
        },
        connect_timeout: Span::secs(10),
    }
}

pub(super) fn secs(n: u64) -> SimTime {
    SimTime::at(Span::secs(n))
}

impl World {
    /// Runs without anybody watching.
    pub(super) fn run(&mut self, until: SimTime) {
        self.run_until(until, u64::MAX, &mut []);
    }
    /// Runs up to and with `until`, and keeps what the migration is told.
    pub(super) fn run_listening(&mut self, until: SimTime) -> Vec<(SimTime, Report)> {
        let mut heard = Vec::new();
        loop {
            let now = self.now();
            heard.extend(self.terrain.inbox.drain(..).map(|(_, report)| (now, report)));
            let dirty = self.terrain.flows.is_dirty();
            let latest = if dirty { now } else { until };
            match self.terrain.queue.pop_until(latest) {
                Some((_, planned)) => {
                    self.terrain.cause = planned.cause;
                    self.handle(planned.event);
                }
                None if dirty => self.terrain.settle(),
                None if until == SimTime::END => return heard,
                None => {
                    self.terrain.queue.advance_to(until);
                    return heard;
                }
            }
        }
    }
    /// Makes a call as the test's actor, and runs until it is over.
    pub(super) fn call(&mut self, call: Call) -> (SimTime, CallOutcome) {
        use crate::migrate::ground::Ground as _;
        self.terrain.call(ACTOR, call);
        let heard = self.run_listening(SimTime::END);
        let (at, report) = heard.into_iter().next().expect("the call ends");
        match report {
            Report::CallDone { outcome, .. } => (at, outcome),
            other => panic!("{other:?}"),
        }
    }
    pub(super) fn dropped_at(&self) -> Vec<SimTime> {
        self.records_of(|happening| matches!(happening, Happening::Dropped { .. }))
            .map(|record| record.at)
            .collect()
    }
    pub(super) fn records_of(&self, wanted: impl Fn(&Happening) -> bool) -> impl Iterator<Item = &Record> {
        self.trace().records().filter(move |record| wanted(&record.what))
    }
}
