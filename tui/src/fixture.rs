//! A small picture of a migration under way, for tests of the screen that need no running lab.

use std::collections::VecDeque;

use sim_core::kernel::{Id, RecordId};
use sim_core::migrate::mgn::{
    DataReplicationState, InitiationStep, JobInitiator, JobStatus, JobType, LaunchStatus, LifeCycleState,
    StepStatus,
};
use sim_core::proto::bgp::session::State;
use sim_core::proto::ike::notice::Proof;
use sim_core::reason::Reason;
use sim_core::resource::{
    AttachmentId, BgpSessionId, HostId, LinkId, PeeringId, RegionId, ResourceRef, SourceServerId, SubnetId,
    TransitGatewayId, TransitGatewayRouteTableId, TunnelId, VpcId,
};
use sim_core::units::{BitRate, DataSize, Ppm, SimTime, Span};
use sim_core::view::{
    BgpSession, Check, Container, ContainerKind, Fault, Flow, Goal, Health, Job, JobServer, Link, LogRow,
    Node, NodeKind, Outage, Overview, PhaseState, Place, Preflight, RouteRow, Routing, RoutingTable, Server,
    Snapshot, Topology, Tunnel, TunnelState,
};
use sim_core::world::routing::Layer;

use crate::feed::Feed;
use crate::history::Reading;

fn server(n: u32) -> Server {
    let progress = [64, 100, 0, 17][n as usize % 4];
    let (life_cycle, replication, health) = match n % 4 {
        0 => (
            LifeCycleState::NotReady,
            DataReplicationState::InitialSync,
            Health::Working,
        ),
        1 => (
            LifeCycleState::ReadyForTest,
            DataReplicationState::Continuous,
            Health::Good,
        ),
        2 => (
            LifeCycleState::NotReady,
            DataReplicationState::Initiating,
            Health::Working,
        ),
        _ => (
            LifeCycleState::NotReady,
            DataReplicationState::Stalled,
            Health::Failed,
        ),
    };
    Server {
        id: Id::from_index(n),
        host: Id::from_index(n),
        name: format!("app-{}", n + 1),
        life_cycle_state: Some(life_cycle),
        data_replication_state: Some(replication),
        initiation_step: (n % 4 == 2).then_some(InitiationStep::AuthenticateWithService),
        steps: InitiationStep::ALL
            .iter()
            .enumerate()
            .map(|(place, step)| {
                let status = match (n % 4 == 2, place.cmp(&4)) {
                    (false, _) | (_, core::cmp::Ordering::Less) => StepStatus::Succeeded,
                    (_, core::cmp::Ordering::Equal) => StepStatus::InProgress,
                    (_, core::cmp::Ordering::Greater) => StepStatus::NotStarted,
                };
                (*step, status)
            })
            .collect(),
        error: None,
        installed_at: Some(SimTime::at(Span::minutes(3))),
        initial_sync_done_at: None,
        replicated: DataSize::gib(progress),
        total: DataSize::gib(100),
        disks: DataSize::gib(100),
        agent: "installed".to_owned(),
        trouble: (n % 4 == 3).then(|| "Failed to connect: nothing answered".to_owned()),
        backlog: DataSize::mib(12),
        replication_lag: (n % 4 == 1).then_some(Span::secs(3)),
        lags: None,
        rate: if n.is_multiple_of(4) {
            BitRate::mbps(812)
        } else {
            BitRate::ZERO
        },
        write_rate: BitRate::mbps(8),
        eta: n.is_multiple_of(4).then_some(Span::minutes(72)),
        replicator: None,
        instance: None,
        wave: None,
        health,
    }
}

fn topology() -> Topology {
    let container = |id: ResourceRef, kind, name: &str, caption: &str, parent| Container {
        id,
        kind,
        name: name.to_owned(),
        caption: caption.to_owned(),
        parent,
        health: Health::Good,
    };
    let region = |n: u32| ResourceRef::from(RegionId::from_index(n));
    let vpc = |n: u32| ResourceRef::from(VpcId::from_index(n));
    let subnet = |n: u32| ResourceRef::from(SubnetId::from_index(n));
    Topology {
        containers: vec![
            container(region(0), ContainerKind::Region, "ap-southeast-1", "", None),
            container(vpc(0), ContainerKind::Vpc, "source", "192.168.0.0/16", Some(0)),
            container(
                subnet(0),
                ContainerKind::Subnet,
                "servers",
                "192.168.1.0/24",
                Some(1),
            ),
            container(region(1), ContainerKind::Region, "ap-south-1", "", None),
            container(vpc(1), ContainerKind::Vpc, "target", "10.0.0.0/16", Some(3)),
            container(
                subnet(1),
                ContainerKind::Subnet,
                "staging",
                "10.0.20.0/24",
                Some(4),
            ),
        ],
        nodes: vec![
            Node {
                id: HostId::from_index(0).into(),
                name: "app-1".to_owned(),
                kind: NodeKind::SourceServer,
                state: "on".to_owned(),
                caption: "192.168.1.10".to_owned(),
                parent: Some(2),
                health: Health::Working,
            },
            Node {
                id: TransitGatewayId::from_index(0).into(),
                name: "tgw".to_owned(),
                kind: NodeKind::TransitGateway,
                state: "available".to_owned(),
                caption: "AS 64512".to_owned(),
                parent: Some(3),
                health: Health::Good,
            },
        ],
        links: vec![
            Link {
                id: PeeringId::from_index(0).into(),
                name: "source-target".to_owned(),
                ends: [Place::Container(1), Place::Container(4)],
                state: "active".to_owned(),
                utilisation: Ppm::percent(81),
                load: BitRate::mbps(812),
                rate: BitRate::gbps(1),
                delay: Span::millis(29),
                health: Health::Good,
            },
            Link {
                id: LinkId::from_index(0).into(),
                name: "dx-primary".to_owned(),
                ends: [Place::Container(1), Place::Container(4)],
                state: "blackhole".to_owned(),
                utilisation: Ppm::ZERO,
                load: BitRate::ZERO,
                rate: BitRate::gbps(10),
                delay: Span::millis(3),
                health: Health::Failed,
            },
            Link {
                id: AttachmentId::from_index(0).into(),
                name: "target-attachment".to_owned(),
                ends: [Place::Node(1), Place::Container(4)],
                state: "associated".to_owned(),
                utilisation: Ppm::ZERO,
                load: BitRate::ZERO,
                rate: BitRate::ZERO,
                delay: Span::ZERO,
                health: Health::Good,
            },
        ],
        ..Topology::default()
    }
}

fn log() -> VecDeque<LogRow> {
    let row = |n: u64, secs: u64, what: &str, health, notable| LogRow {
        id: RecordId::from_number(n).expect("numbers begin at one"),
        at: SimTime::at(Span::secs(secs)),
        about: SourceServerId::from_index(0).into(),
        subject: "app-1".to_owned(),
        what: what.to_owned(),
        reason: None,
        cause: n.checked_sub(1).and_then(RecordId::from_number),
        origin: None,
        health,
        notable,
    };
    [
        row(1, 0, "the lab begins with seed 1", Health::Idle, true),
        row(2, 60, "downloads the installer", Health::Working, false),
        row(3, 190, "the agent is installed", Health::Good, true),
        row(
            4,
            200,
            "cannot connect to mgn on 443: CONNECTION_TIMED_OUT",
            Health::Failed,
            true,
        ),
        row(5, 900, "initial sync begins", Health::Working, true),
    ]
    .into()
}

fn job() -> Job {
    Job {
        id: Id::from_index(0),
        name: "mgnjob-1".to_owned(),
        kind: JobType::Launch,
        initiated_by: JobInitiator::StartTest,
        status: JobStatus::Completed,
        started_at: SimTime::at(Span::minutes(80)),
        ended_at: Some(SimTime::at(Span::minutes(91))),
        participating_servers: vec![JobServer {
            id: Id::from_index(1),
            name: "app-2".to_owned(),
            launch_status: LaunchStatus::Launched,
            failed_at: None,
            reason: None,
            error: None,
        }],
        log: Vec::new(),
        health: Health::Good,
    }
}

fn preflight() -> Preflight {
    let check = |name: &str, port, reason: Option<Reason>| Check {
        name: name.to_owned(),
        from: "app-1".to_owned(),
        to: "vpce-mgn".to_owned(),
        proto: Some(sim_core::net::Protocol::Tcp),
        port: Some(port),
        purpose: "the agent registers and reports".to_owned(),
        ok: reason.is_none(),
        reason,
        at: reason.map(|_| "vpce-mgn-sg".to_owned()),
        rule: reason.map(|_| "no ingress rule".to_owned()),
        detail: if reason.is_some() {
            "no rule lets 192.168.1.10 in on tcp 443"
        } else {
            "answered in 58ms"
        }
        .to_owned(),
        also: Vec::new(),
        changes: Vec::new(),
        overlay: None,
        fix: reason.map(|_| "add 192.168.0.0/16 on 443 to security group vpce-mgn-sg".to_owned()),
        about: None,
    };
    Preflight {
        lab: "region-to-region".to_owned(),
        at: SimTime::START,
        ok: false,
        converging: false,
        checks: vec![
            check("agent-to-mgn", 443, Some(Reason::SecurityGroupMismatch)),
            check("agent-to-replication-server", 1500, None),
        ],
        advice: Vec::new(),
    }
}

/// Two sessions, of which one is refused.
fn sessions() -> Vec<BgpSession> {
    let session = |n: u32, neighbor: &str, state, health, reason: Option<Reason>| BgpSession {
        id: BgpSessionId::from_index(n),
        name: format!("cgw-1/{neighbor}"),
        router: Id::from_index(0),
        neighbor: neighbor.to_owned(),
        local: [169, 254, n as u8, 1].into(),
        peer: [169, 254, n as u8, 2].into(),
        local_as: 65_001,
        peer_as: 64_512,
        state,
        since: SimTime::at(Span::secs(3)),
        hold: Span::secs(90),
        received: if reason.is_none() { 2 } else { 0 },
        advertised: if reason.is_none() { 1 } else { 0 },
        n_established: u64::from(reason.is_none()),
        reason,
        bfd: None,
        layer: reason.map(|_| Layer::Open),
        detail: reason.map(|_| "OPEN: peer says AS 64513, configured 64512".to_owned()),
        fix: reason.map(|_| "set remote_as to 64513".to_owned()),
        health,
    };
    vec![
        session(0, "tgw", State::Established, Health::Good, None),
        session(
            1,
            "backup",
            State::Idle,
            Health::Failed,
            Some(Reason::BgpBadPeerAs),
        ),
    ]
}

/// Two tunnels, of which one is refused.
fn tunnels() -> Vec<Tunnel> {
    let tunnel = |n: u32, reason: Option<Reason>| {
        let is_up = reason.is_none();
        let phase = if is_up {
            PhaseState::Established
        } else {
            PhaseState::Down
        };
        Tunnel {
            id: TunnelId::from_index(n),
            name: format!("cgw-1/tunnel-{}", n + 1),
            router: Id::from_index(0),
            peer: format!("vpn-1/{}", n + 1),
            local: [198, 51, 100, 1].into(),
            remote: [203, 0, 113, n as u8 + 1].into(),
            state: if is_up { TunnelState::Up } else { TunnelState::Down },
            phase1: phase,
            phase2: phase,
            phase1_algorithms: None,
            phase2_algorithms: None,
            authentication: Proof::SharedKey,
            certificate_until: None,
            local_selectors: Vec::new(),
            remote_selectors: Vec::new(),
            udp_encapsulation: None,
            phase1_rekey_in: is_up.then_some(Span::minutes(421)),
            reauthentication_in: None,
            phase2_rekey_in: is_up.then_some(Span::secs(2_950)),
            since: SimTime::at(Span::secs(2)),
            reason,
            detail: reason.map(|_| "phase 1: the peer knows another pre-shared key".to_owned()),
            fix: reason.map(|_| "give both ends of cgw-1/tunnel-2 the same key".to_owned()),
            health: if is_up { Health::Good } else { Health::Failed },
        }
    };
    vec![tunnel(0, None), tunnel(1, Some(Reason::IkeAuthentication))]
}

/// The two tables of a Transit Gateway.
fn routing() -> Routing {
    let row = |prefix: &str, leads_to: &str, source: &str, decided_by: &str| RouteRow {
        prefix: prefix.to_owned(),
        leads_to: leads_to.to_owned(),
        source: source.to_owned(),
        decided_by: decided_by.to_owned(),
        health: if leads_to == "blackhole" {
            Health::Degraded
        } else {
            Health::Good
        },
        paths: Vec::new(),
    };
    let table = |n: u32, name: &str, note: &str, rows| RoutingTable {
        id: TransitGatewayRouteTableId::from_index(n).into(),
        name: name.to_owned(),
        note: note.to_owned(),
        rows,
    };
    Routing {
        id: TransitGatewayId::from_index(0).into(),
        name: "tgw".to_owned(),
        tables: vec![
            table(
                0,
                "spokes",
                "for app-attachment, db-attachment",
                vec![
                    row("10.9.0.0/16", "shared-attachment", "VPC", ""),
                    row(
                        "192.168.0.0/16",
                        "dx-attachment",
                        "Direct Connect",
                        "AS path 65001",
                    ),
                    row("10.0.0.0/8", "blackhole", "static", ""),
                ],
            ),
            table(1, "quarantine", "nothing is associated", Vec::new()),
        ],
    }
}

/// A picture with that many servers.
pub(crate) fn feed(n_servers: u32) -> Feed {
    let snapshot = Snapshot {
        overview: Overview {
            lab: "region-to-region".to_owned(),
            title: "The first air-gapped migration".to_owned(),
            teaches: String::new(),
            variant_of: None,
            schema: 1,
            seed: 1,
            now: SimTime::at(Span::minutes(95)),
            duration: Span::hours(8),
            events: 1234,
            n_records: 5,
            trace_hash: "0".to_owned(),
        },
        topology: topology(),
        servers: (0..n_servers).map(server).collect(),
        waves: Vec::new(),
        probes: Vec::new(),
        jobs: vec![job()],
        refusals: Vec::new(),
        failed_actions: Vec::new(),
        moves: Vec::new(),
        lags: Vec::new(),
        flows: vec![Flow {
            id: Id::from_index(0),
            name: "app-1 → replicator-1".to_owned(),
            from: "app-1".to_owned(),
            to: "replicator-1".to_owned(),
            rate: BitRate::mbps(812),
            mss_bytes: 1460,
            path: vec![
                "app-1".to_owned(),
                "source-target".to_owned(),
                "replicator-1".to_owned(),
            ],
        }],
        faults: vec![Fault {
            at: SimTime::at(Span::minutes(10)),
            what: "becomes deleted".to_owned(),
            target: "source-target".to_owned(),
            fault: None,
            refused: None,
            about: PeeringId::from_index(0).into(),
        }],
        tunnels: tunnels(),
        gateways: Vec::new(),
        outages: vec![Outage {
            from: "app-1".to_owned(),
            to: "vpce-mgn".to_owned(),
            started_at: SimTime::at(Span::minutes(11)),
            ended_at: Some(SimTime::at(Span::minutes(14))),
            cause: "BAD_STATE_ROUTE, route table private: 10.0.0.0/16 → source-target".to_owned(),
            record: RecordId::FIRST,
            root: None,
        }],
        sessions: sessions(),
        goals: vec![Goal {
            name: "every server is cut over".to_owned(),
            holds: false,
            not_yet: true,
            detail: "app-1 is NOT_READY".to_owned(),
        }],
    };
    let mut earlier = snapshot.clone();
    earlier.overview.now = SimTime::START;
    let mut feed = Feed::new(earlier.clone());
    feed.preflight = Some(preflight());
    feed.routing = Some(routing());
    for minute in 1..95 {
        earlier.overview.now = SimTime::at(Span::minutes(minute));
        for server in &mut earlier.servers {
            server.rate = server.rate.scaled(7 + minute % 5, 8);
        }
        feed.history.note(earlier.overview.now, &Reading::of(&earlier));
    }
    feed.history.note(snapshot.overview.now, &Reading::of(&snapshot));
    feed.advance(snapshot, log());
    feed
}
