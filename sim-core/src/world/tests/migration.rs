//! A migration on the world's ground: one server, from the installer to the finalized cutover.

use super::*;
use crate::aws::Change;
use crate::aws::fixture::{anything, net, tcp};
use crate::aws::{AclAction, AclRule, SecurityGroup};
use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    Account, AdminRole, AgentInstall, Application, BootMode, Command, CommandKind, Config, CopyPrivateIp,
    Credentials, DataPlaneRouting, DataReplicationState, Disk, Encryption, GroupPolicy, Initialisation,
    InstanceType, LargeStagingDisk, LaunchTemplate, LifeCycleState, ManagedPolicy, Notice, Prerequisites,
    Quotas, ReplicationError, ReplicationTemplate, Secret, ServerConfig, ServerSharing, Token, Wave,
    WriteProfile,
};
use crate::reason::Reason;
use crate::site::HostChange;
use crate::units::Ppm;
use crate::verdict::{Direction, Rule};
use crate::world::lever::Lever;
use crate::world::runbook::{Condition, Expectation, Expected, RunbookStep};

const SERVER: SourceServerId = SourceServerId::from_index(0);

fn server(lab: &Lab) -> ServerConfig {
    ServerConfig {
        name: "app-1".to_owned(),
        host: lab.source,
        user_provided_id: None,
        disks: vec![Disk {
            device: "/dev/sda".to_owned(),
            size: DataSize::gib(10),
            used: Ppm::percent(50),
        }],
        writes: WriteProfile::Constant(BitRate::mbps(2)),
        read_rate: BitRate::gbps(1),
        wire_ratio: Ppm::percent(50),
        boot_mode: BootMode::LegacyBios,
        prerequisites: Prerequisites {
            os: "Ubuntu 22.04".to_owned(),
            free_root: DataSize::gib(10),
            free_tmp: DataSize::gib(5),
            free_memory: DataSize::gib(2),
            missing_packages: Vec::new(),
            headers_match: true,
            root: true,
            secure_boot: false,
            other_agent: None,
        },
        install: AgentInstall {
            installer_host: s3_name("aws-application-migration-service-ap-south-1.bucket."),
            region: "ap-south-1".to_owned(),
            endpoint: Some(mgn_name()),
            s3_endpoint: Some(s3_name("")),
            devices: Vec::new(),
            credentials: Credentials {
                secret: Secret::Valid,
                token: Token::LongLived,
                policies: vec![ManagedPolicy::AgentInstallation],
            },
            options: Vec::new(),
        },
        launch: LaunchTemplate {
            subnet: Some(lab.aws.staging_b),
            security_groups: Vec::new(),
            instance_type: "m5.large".to_owned(),
            nitro: true,
            copy_private_ip: CopyPrivateIp::No,
            post_launch: Vec::new(),
            termination_protection: false,
        },
        tcp_window: DataSize::mib(4),
    }
}

fn config(lab: &mut Lab) -> Config {
    let mgn_group = lab.blueprint.cloud.security_groups.push(SecurityGroup {
        name: "AWS Application Migration default".to_owned(),
        vpc: lab.aws.staging,
        ingress: vec![tcp(1500, "0.0.0.0/0")],
        egress: vec![anything()],
    });
    Config {
        account: Account {
            region: lab.aws.target_region,
            initialisation: Initialisation::Done,
            operator: AdminRole::Admin,
            quotas: Quotas::default(),
            denied_actions: Vec::new(),
            default_subnet: None,
        },
        replication: ReplicationTemplate {
            staging_subnet: lab.aws.staging_a,
            routing: DataPlaneRouting::PrivateIp,
            public_address: PublicAddress::None,
            throttle: None,
            sharing: ServerSharing::Shared,
            instance_type: InstanceType {
                name: "t3.small".to_owned(),
                network: BitRate::gbps(5),
                ebs: BitRate::gbps(2),
                max_volumes: 26,
            },
            large_staging_disk: LargeStagingDisk::Gp3,
            encryption: Encryption::Default,
            group_policy: GroupPolicy::MgnAndListed,
            security_groups: Vec::new(),
            mgn_group,
            replace_every: Span::days(14),
        },
        keys: Vec::new(),
        servers: [server(lab)].into_iter().collect(),
        applications: vec![Application {
            name: "shop".to_owned(),
            servers: vec![SERVER],
        }],
        waves: [Wave {
            name: "first".to_owned(),
            applications: vec![0],
        }]
        .into_iter()
        .collect(),
    }
}

fn step(name: &str, when: Condition, delay: Span, kind: CommandKind) -> RunbookStep {
    RunbookStep {
        name: name.to_owned(),
        when,
        delay,
        command: Command {
            kind,
            servers: vec![SERVER],
        },
    }
}

/// The lab with one server to be moved, and a runbook that moves it.
fn migration() -> Lab {
    let mut lab = lab();
    let config = config(&mut lab);
    lab.blueprint.migration = Some(config);
    lab.blueprint.names.insert(SERVER, "app-1");
    let servers = vec![SERVER];
    let after = |place| Condition::Done(crate::resource::RunbookStepId::from_index(place));
    let launched_after = |place| {
        Condition::All(vec![
            after(place),
            Condition::Launched {
                servers: vec![SERVER],
            },
        ])
    };
    let ready = Condition::LifeCycle {
        servers: servers.clone(),
        state: LifeCycleState::ReadyForTest,
    };
    let no_time = Span::ZERO;
    lab.blueprint.runbook = [
        step(
            "install",
            Condition::At(secs(60)),
            no_time,
            CommandKind::InstallAgent,
        ),
        step("test", ready, Span::minutes(5), CommandKind::StartTest),
        step(
            "accept",
            launched_after(1),
            no_time,
            CommandKind::MarkReadyForCutover,
        ),
        step("cut over", after(2), Span::minutes(5), CommandKind::StartCutover),
        step(
            "finalize",
            launched_after(3),
            no_time,
            CommandKind::FinalizeCutover,
        ),
    ]
    .into_iter()
    .collect();
    let expected = [
        Expected::LifeCycle {
            servers: servers.clone(),
            state: LifeCycleState::Cutover,
            by: Some(SimTime::at(Span::hours(12))),
        },
        Expected::InitialSync {
            servers: servers.clone(),
            by: SimTime::at(Span::hours(1)),
        },
        Expected::NoStall {
            servers: servers.clone(),
            error: None,
        },
        Expected::LagBelow {
            servers,
            bound: Span::minutes(1),
        },
        Expected::RunbookDone,
    ];
    lab.blueprint.expectations = expected
        .into_iter()
        .map(|what| Expectation {
            name: format!("{what:?}")
                .split([' ', '{'])
                .next()
                .unwrap_or("")
                .to_owned(),
            what,
        })
        .collect();
    lab
}

fn standing(world: &World) -> Vec<(String, bool)> {
    let results = world.expectations();
    results.into_iter().map(|it| (it.name, it.holds)).collect()
}

fn notices(world: &World) -> impl Iterator<Item = (SimTime, &Notice)> {
    world.trace().records().filter_map(|record| match &record.what {
        Happening::Mgn(notice) => Some((record.at, notice)),
        _ => None,
    })
}

fn first_stall(world: &World) -> Option<(ReplicationError, Option<crate::verdict::Refusal>)> {
    notices(world).find_map(|(_, notice)| match notice {
        Notice::Stalled { error, stopped_by } => Some((*error, *stopped_by)),
        _ => None,
    })
}

#[test]
fn one_server_goes_from_the_installer_to_the_finalized_cutover() {
    let lab = migration();
    let mut world = lab.world();
    world.run(SimTime::at(Span::hours(24)));
    for result in world.expectations() {
        assert!(result.holds, "{}: {}", result.name, result.detail);
    }
    // Two launches: nothing was finalized before the second one was there.
    let launched: Vec<SimTime> = notices(&world)
        .filter(|(_, notice)| {
            matches!(notice, Notice::Launch { instance: Some(_), status, .. }
                if *status == crate::migrate::mgn::LaunchStatus::Launched)
        })
        .map(|(at, _)| at)
        .collect();
    let cutover_at = world
        .observed(SERVER)
        .and_then(|seen| seen.reached(LifeCycleState::Cutover));
    assert_eq!(launched.len(), 2);
    assert_eq!(cutover_at, launched.get(1).copied());
    let activity = world.activity();
    assert_eq!((activity.calls, activity.holds, activity.flows), (0, 0, 0));
    // Every record but the first leads back to the beginning.
    for record in world.trace().records() {
        let first = world.trace().causes(record.id).last().expect("itself at least");
        assert!(matches!(first.what, Happening::Started { .. }), "{record:?}");
    }
}

#[test]
fn expectations_that_did_not_come_true_say_why() {
    let lab = migration();
    let mut world = lab.world();
    assert!(
        standing(&world)
            .iter()
            .all(|(name, holds)| *holds == (name == "NoStall"))
    );
    world.run(secs(600));
    let details: Vec<String> = world.expectations().into_iter().map(|it| it.detail).collect();
    assert_eq!(
        details,
        [
            "app-1 has not come to CUTOVER",
            "app-1 has not come to the end of its initial sync",
            "app-1 did not stall",
            "app-1 has not been in continuous replication",
            "step \"test\" and 3 more have not acted",
        ]
    );
}

/// The split symptom of a forgotten CIDR: the agent installs, and the replication server cannot
/// reach MGN.
#[test]
fn an_endpoint_closed_to_the_staging_subnet_stops_the_replication_server() {
    let mut lab = migration();
    let group = lab.aws.endpoint_group;
    let rule = tcp(443, "10.0.0.0/16");
    lab.blueprint.overlay.push(Lever::Network(Change::RemoveGroupRule(
        group,
        Direction::Ingress,
        rule,
    )));
    let mut world = lab.world();
    world.run(SimTime::at(Span::hours(3)));
    assert!(notices(&world).any(|(_, notice)| *notice == Notice::Installed));
    let (error, stopped_by) = first_stall(&world).expect("it stalls");
    assert_eq!(error, ReplicationError::FailedToAuthenticateWithService);
    let stopped_by = stopped_by.expect("something stopped it");
    assert_eq!(
        stopped_by.rule,
        Some(Rule::NoSecurityGroupRule {
            group,
            direction: Direction::Ingress
        })
    );
}

/// A path that is closed once replication runs cuts the flow at once, and is noticed by who listens.
#[test]
fn a_network_acl_closed_later_stalls_replication_and_opened_mends_it() {
    let mut lab = migration();
    let deny = AclRule {
        number: 1,
        action: AclAction::Deny,
        protocol: Some(Protocol::Tcp),
        ports: crate::net::PortRange::single(1500),
        peer: net("192.168.0.0/16"),
    };
    lab.blueprint.runbook = lab.blueprint.runbook.rows().iter().take(1).cloned().collect();
    let acl = lab.aws.staging_acl;
    let close = Lever::Network(Change::SetAclRule(acl, Direction::Ingress, deny));
    let open = Lever::Network(Change::RemoveAclRule(acl, Direction::Ingress, 1));
    let (closes, opens) = (SimTime::at(Span::hours(4)), SimTime::at(Span::hours(6)));
    lab.blueprint.schedule = vec![(closes, close), (opens, open)];
    let mut world = lab.world();
    let state = |world: &World| {
        let server = world.mgn().and_then(|mgn| mgn.server(SERVER));
        server.and_then(|server| server.data_replication_state())
    };
    world.run(closes);
    assert_eq!(state(&world), Some(DataReplicationState::Continuous));
    let flow = world
        .mgn()
        .and_then(|mgn| mgn.server(SERVER)?.flow())
        .expect("a flow");
    let refusal = world.flow_refusal(flow).expect("it is cut");
    assert_eq!(refusal.reason, Reason::NetworkAclDenied);
    world.run(opens);
    assert_eq!(state(&world), Some(DataReplicationState::Stalled));
    let (_, stopped_by) = first_stall(&world).expect("it stalled");
    assert_eq!(stopped_by.map(|by| by.reason), Some(Reason::NetworkAclDenied));
    world.run(opens + Span::hours(2));
    assert_eq!(state(&world), Some(DataReplicationState::Continuous));
    let lag = world.observed(SERVER).map(|seen| seen.largest_lag);
    assert!(lag >= Some(Span::hours(1)), "{lag:?}");
}

#[test]
fn a_new_mac_address_makes_the_server_a_stranger() {
    let mut lab = migration();
    let host = lab.source;
    let change = HostChange::NewMac;
    lab.blueprint.schedule = vec![(SimTime::at(Span::hours(4)), Lever::Host { host, change })];
    lab.blueprint.runbook = lab.blueprint.runbook.rows().iter().take(1).cloned().collect();
    let mut world = lab.world();
    world.run(SimTime::at(Span::hours(8)));
    let (_, stopped_by) = first_stall(&world).expect("it stalls");
    assert_eq!(stopped_by.map(|by| by.reason), Some(Reason::MacChanged));
}

#[test]
fn a_lever_of_the_schedule_that_no_longer_fits_is_told() {
    let mut lab = migration();
    let acl = lab.aws.staging_acl;
    let lever = Lever::Network(Change::RemoveAclRule(acl, Direction::Ingress, 1));
    lab.blueprint.schedule = vec![(secs(5), lever.clone())];
    let mut world = lab.world();
    world.run(secs(10));
    let refused = world
        .records_of(|happening| matches!(happening, Happening::LeverRefused { .. }))
        .next()
        .expect("a record");
    assert_eq!((refused.at, refused.cause), (secs(5), None));
    lab.blueprint.overlay = vec![lever];
    let error = World::build(&lab.blueprint, 1).expect_err("there is no such rule");
    assert_eq!(error.place, 0);
}

#[test]
fn same_seed_same_migration_and_another_seed_another() {
    let lab = migration();
    let run = |seed| {
        let mut world = lab.seeded(seed);
        world.run(SimTime::at(Span::hours(24)));
        world.trace_hash()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
