//! Whatever people and the network do, the books balance; and once all is quiet, servers settle.

use proptest::prelude::*;

use super::bench::{Block, Lab, Side, config};
use crate::migrate::mgn::server::{Identity, Replicating, Volumes};
use crate::migrate::mgn::{
    AccountChange, Agent, CommandKind, DataPlaneRouting, DataReplicationState, Encryption, HostChange, Input,
    KeyPolicy, KmsKey, SettingChange, TemplateChange, Token,
};
use crate::resource::{HostId, SubnetId};
use crate::units::{BitRate, DataSize, Span};

const N_SERVERS: u32 = 3;

#[derive(Debug, Clone)]
enum Act {
    Command(CommandKind, u32),
    Block(usize),
    Unblock,
    Link(u64),
    Host(HostChange, u32),
    ReplicatorDown,
    Setting(usize),
    Wait(u64),
}

const COMMANDS: &[CommandKind] = &[
    CommandKind::InstallAgent,
    CommandKind::StartTest,
    CommandKind::RevertToReadyForTest,
    CommandKind::MarkReadyForCutover,
    CommandKind::StartCutover,
    CommandKind::RevertToReadyForCutover,
    CommandKind::FinalizeCutover,
    CommandKind::TerminateTargetInstances,
    CommandKind::PauseReplication,
    CommandKind::ResumeReplication,
    CommandKind::StopReplication,
    CommandKind::StartReplication,
    CommandKind::RetryDataReplication,
    CommandKind::DisconnectFromService,
    CommandKind::MarkAsArchived,
];

const HOSTS: &[HostChange] = &[
    HostChange::PowerOff,
    HostChange::PowerOn,
    HostChange::Crashed,
    HostChange::Rebooted,
    HostChange::MacChanged,
];

fn block(number: usize) -> Block {
    match number {
        0 => Block::timeout("10.0.20", 1500, Side::Source),
        1 => Block::timeout("mgn.ap-south-1.vpce", 443, Side::Source),
        2 => Block::timeout("mgn.ap-south-1.amazonaws", 443, Side::Cloud),
        3 => Block::timeout("aws-mgn-internal", 443, Side::Cloud),
        _ => Block::timeout("ec2.ap-south-1", 443, Side::Cloud),
    }
}

fn setting(number: usize) -> SettingChange {
    let deny = "ec2:CreateSnapshot".to_owned();
    match number {
        0 => SettingChange::Account(AccountChange::Deny(deny)),
        1 => SettingChange::Account(AccountChange::Allow(deny)),
        2 => SettingChange::Template(TemplateChange::Encryption(Encryption::Custom(0))),
        3 => SettingChange::Template(TemplateChange::Routing(DataPlaneRouting::PrivateIp)),
        4 => SettingChange::Template(TemplateChange::StagingSubnet(SubnetId::from_index(3))),
        _ => SettingChange::Template(TemplateChange::Throttle(Some(BitRate::mbps(30)))),
    }
}

fn act() -> impl Strategy<Value = Act> {
    let server = 0..N_SERVERS;
    prop_oneof![
        6 => (0..COMMANDS.len(), server.clone()).prop_map(|(kind, id)| Act::Command(COMMANDS[kind], id)),
        2 => server.clone().prop_map(|id| Act::Command(CommandKind::InstallAgent, id)),
        2 => (0..5usize).prop_map(Act::Block),
        2 => Just(Act::Unblock),
        1 => (0..200u64).prop_map(Act::Link),
        1 => (0..HOSTS.len(), server).prop_map(|(change, id)| Act::Host(HOSTS[change], id)),
        1 => Just(Act::ReplicatorDown),
        1 => (0..6usize).prop_map(Act::Setting),
        8 => (1..20_000u64).prop_map(Act::Wait),
    ]
}

fn perform(lab: &mut Lab, act: &Act) {
    match act {
        Act::Command(kind, id) => lab.command(*kind, &[*id]),
        Act::Block(number) => lab.block(block(*number)),
        Act::Unblock => lab.unblock(),
        Act::Link(mbps) => lab.set_link(BitRate::mbps(*mbps)),
        Act::Host(change, id) => lab.input(Input::HostChanged {
            host: HostId::from_index(*id),
            change: *change,
        }),
        Act::ReplicatorDown => {
            let host = lab.mgn.replicators().find_map(|(_, row)| row.host());
            if let Some(host) = host {
                let change = HostChange::PowerOff;
                lab.input(Input::HostChanged { host, change });
            }
        }
        Act::Setting(number) => lab.input(Input::Setting(setting(*number))),
        Act::Wait(secs) => lab.run(Span::secs(*secs)),
    }
}

/// What is counted is what there is.
#[track_caller]
fn check_books(lab: &Lab) {
    let usage = lab.mgn.usage();
    let servers = || lab.mgn.servers().map(|(_, server)| server);
    let active = servers().filter(|server| server.is_active()).count();
    assert_eq!(usage.active as usize, active, "active servers");
    let staging: DataSize = servers()
        .map(|server| match server.replication.volumes {
            Volumes::Created(size) => size,
            Volumes::None => DataSize::ZERO,
        })
        .sum();
    assert_eq!(usage.staging_storage, staging, "staging storage");
    let flows = servers().filter(|server| server.flow().is_some()).count();
    assert_eq!(lab.ground.n_flows(), flows, "flows");
    let in_jobs = servers().filter(|server| server.job().is_some()).count();
    assert_eq!(usage.servers_in_jobs as usize, in_jobs, "servers in jobs");
    for (id, row) in lab.mgn.replicators() {
        let disks: usize = row
            .members()
            .iter()
            .filter_map(|member| lab.mgn.server(*member))
            .map(|server| server.config().disks.len())
            .sum();
        assert_eq!(row.n_disks() as usize, disks, "disks of {id:?}");
        assert!(!(row.is_removed() && row.host().is_some()));
    }
    for server in servers() {
        let flowing = server.flow().is_some();
        let moving = matches!(
            server.data_replication_state(),
            Some(
                DataReplicationState::InitialSync
                    | DataReplicationState::Backlog
                    | DataReplicationState::CreatingSnapshot
                    | DataReplicationState::Continuous
                    | DataReplicationState::Rescan
            )
        );
        assert_eq!(flowing, moving, "{:?}", server.data_replication_state());
    }
}

/// With every obstacle away, whoever is meant to replicate does.
#[track_caller]
fn check_settles(lab: &mut Lab) {
    lab.unblock();
    lab.set_link(BitRate::gbps(1));
    lab.input(Input::Setting(setting(1)));
    lab.run(Span::days(3));
    check_books(lab);
    for (id, server) in lab.mgn.servers() {
        let meant = server.replication.wanted == Replicating::Yes
            && server.identity == Identity::Known
            && matches!(server.agent(), Agent::Installed { .. });
        let state = server.data_replication_state();
        let settled = state == Some(DataReplicationState::Continuous) && server.failure().is_none();
        assert!(!meant || settled, "{id:?} {state:?} {:?}", server.failure());
    }
    let replicators = lab
        .mgn
        .replicators()
        .filter(|(_, row)| row.host().is_some())
        .count();
    assert_eq!(
        lab.mgn.usage().instances as usize,
        replicators,
        "no conversion server is left behind"
    );
    assert_eq!(lab.mgn.usage().jobs, 0);
}

proptest! {
    #[test]
    fn the_books_balance_and_servers_settle(acts in prop::collection::vec(act(), 1..60)) {
        let mut config = config(N_SERVERS);
        config.keys.push(KmsKey { name: "staging".to_owned(), policy: KeyPolicy::AllowsGrants });
        for (_, server) in config.servers.iter_mut() {
            server.install.credentials.token = Token::LongLived;
        }
        let mut lab = Lab::new(config);
        lab.command(CommandKind::InstallAgent, &[0, 1, 2]);
        for act in &acts {
            perform(&mut lab, act);
            check_books(&lab);
        }
        check_settles(&mut lab);
    }
}
