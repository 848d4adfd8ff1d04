//! Settings that change while the migration runs.

use super::bench::{Block, Lab, Side, config, install};
use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AccountChange, AdminRole, CommandKind, DataPlaneRouting, DataReplicationState, Encryption, HostChange,
    Initialisation, Input, KeyPolicy, KmsKey, LifeCycleState, ReplicationError, ServerChange, SettingChange,
    TemplateChange, Token, WriteProfile,
};
use crate::reason::Reason;
use crate::resource::{SourceServerId, SubnetId};
use crate::units::{BitRate, Span};
use crate::verdict::Refusal;

fn template(change: TemplateChange) -> Input {
    Input::Setting(SettingChange::Template(change))
}
fn account(change: AccountChange) -> Input {
    Input::Setting(SettingChange::Account(change))
}

#[test]
fn private_routing_mends_a_server_that_was_handed_a_public_address() {
    let mut config = config(1);
    config.replication.routing = DataPlaneRouting::PublicIp;
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    let stopped_by = lab.server(0).failure().and_then(|failure| failure.stopped_by);
    assert_eq!(
        stopped_by.map(|refusal| refusal.reason),
        Some(Reason::PublicDataRouting)
    );
    lab.input(template(TemplateChange::Routing(DataPlaneRouting::PrivateIp)));
    lab.run(Span::minutes(1));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::InitialSync)
    );
}

#[test]
fn a_throttle_takes_hold_at_once() {
    let mut lab = Lab::new(config(1));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(20));
    lab.input(template(TemplateChange::Throttle(Some(BitRate::mbps(20)))));
    lab.run(Span::ZERO);
    assert_eq!(lab.server(0).rate(), BitRate::mbps(20));
    lab.input(template(TemplateChange::Throttle(None)));
    lab.run(Span::ZERO);
    assert_eq!(lab.server(0).rate(), BitRate::mbps(100));
}

#[test]
fn another_subnet_replaces_the_replication_server_and_resumes() {
    let mut lab = Lab::new(config(2));
    lab.settle(&[0, 1]);
    for change in [
        TemplateChange::StagingSubnet(SubnetId::from_index(2)),
        TemplateChange::PublicAddress(PublicAddress::Assigned),
    ] {
        lab.input(template(change));
        lab.run(Span::hours(1));
    }
    assert_eq!(lab.ground.instances(), ["mgn-replication-server-1.3"]);
    let trace = lab.take_trace();
    assert!(!trace.contains("INITIAL_SYNC"), "{trace}");
    assert_eq!(trace.matches("→ CONTINUOUS").count(), 4, "{trace}");
}

#[test]
fn another_encryption_starts_over() {
    let mut config = config(1);
    config.keys.push(KmsKey {
        name: "staging".to_owned(),
        policy: KeyPolicy::DeniesGrants,
    });
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    lab.input(template(TemplateChange::Encryption(Encryption::Custom(0))));
    assert_eq!(lab.server(0).life_cycle().state, Some(LifeCycleState::NotReady));
    assert_eq!(lab.server(0).lag(lab.now()), None);
    lab.run(Span::hours(1));
    let failure = lab.server(0).failure().expect("the key does not allow grants");
    assert_eq!(failure.error, ReplicationError::FailedToCreateStagingDisks);
    lab.input(Input::Setting(SettingChange::KeyPolicy {
        key: 0,
        policy: KeyPolicy::AllowsGrants,
    }));
    lab.run(Span::hours(2));
    assert_eq!(
        lab.server(0).life_cycle().state,
        Some(LifeCycleState::ReadyForTest)
    );
    assert!(lab.take_trace().contains("INITIATING → INITIAL_SYNC"));
}

#[test]
fn snapshots_that_are_denied_are_reported_and_make_launches_older() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    let denied_at = lab.now();
    lab.input(account(AccountChange::Deny("ec2:CreateSnapshot".to_owned())));
    lab.run(Span::hours(1));
    let failure = lab.server(0).failure().expect("no snapshot can be taken");
    assert_eq!(failure.error, ReplicationError::SnapshotsFailure);
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
    assert!(lab.server(0).last_snapshot(lab.now()) <= Some(denied_at));
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(1));
    let launched = lab.server(0).launched().expect("the launch succeeds");
    assert!(launched.data_as_of() <= Some(denied_at));
    lab.input(account(AccountChange::Allow("ec2:CreateSnapshot".to_owned())));
    lab.run(Span::minutes(11));
    assert_eq!(lab.server(0).failure(), None);
    assert!(lab.server(0).last_snapshot(lab.now()) > Some(denied_at));
    let trace = lab.take_trace();
    assert!(
        trace.contains("reports SNAPSHOTS_FAILURE by SERVICE_ROLE_DENIED"),
        "{trace}"
    );
    assert!(trace.contains("no longer reports SNAPSHOTS_FAILURE"), "{trace}");
    assert!(
        !trace.contains("recovered") && !trace.contains("STALLED"),
        "{trace}"
    );
}

#[test]
fn an_account_that_is_not_initialised_refuses_everything() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    for (operator, expected) in [
        (AdminRole::Admin, "UninitializedAccount UNINITIALIZED_ACCOUNT"),
        (AdminRole::User, "AccessDenied ADMIN_REQUIRED"),
    ] {
        lab.input(account(AccountChange::Initialisation(Initialisation::Missing)));
        lab.input(account(AccountChange::Operator(operator)));
        lab.command(CommandKind::StartTest, &[0]);
        let trace = lab.take_trace();
        assert!(
            trace.ends_with(&format!("StartTest refused: {expected}")),
            "{trace}"
        );
    }
}

#[test]
fn one_server_can_be_changed() {
    let server = SourceServerId::from_index(0);
    let change = |change| Input::Setting(SettingChange::Server { server, change });
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    lab.input(change(ServerChange::Writes(WriteProfile::Constant(
        BitRate::mbps(60),
    ))));
    lab.run(Span::ZERO);
    assert_eq!(lab.server(0).rate(), BitRate::mbps(24), "60 × 0.4");
    let mut other = install();
    other.endpoint = None;
    lab.input(change(ServerChange::Install(other)));
    assert_eq!(lab.server(0).config().install.endpoint, None);
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
}

#[test]
fn a_replication_server_that_goes_down_is_put_back() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    let replicator = lab.server(0).replicator().expect("it has one");
    let host = lab
        .mgn
        .replicator(replicator)
        .and_then(|row| row.host())
        .expect("it runs");
    lab.input(Input::HostChanged {
        host,
        change: HostChange::Crashed,
    });
    lab.run(Span::hours(1));
    assert_eq!(lab.ground.instances(), ["mgn-replication-server-1.2"]);
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
}

#[test]
fn an_agent_that_is_not_seen_does_not_connect_because_the_routing_changes() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    lab.block(Block::timeout("mgn.ap-south-1.vpce", 443, Side::Source));
    lab.run(Span::minutes(20));
    lab.input(template(TemplateChange::Routing(DataPlaneRouting::PrivateIp)));
    lab.run(Span::minutes(20));
    let failure = lab.server(0).failure().expect("it is still not seen");
    assert_eq!(failure.error, ReplicationError::AgentNotSeen);
    assert_eq!(lab.ground.n_flows(), 0);
    lab.unblock();
    lab.run(Span::minutes(5));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
}

#[test]
fn whoever_joins_a_replication_server_without_an_instance_launches_it() {
    let mut config = config(2);
    for (_, server) in config.servers.iter_mut() {
        server.install.credentials.token = Token::LongLived;
    }
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    let full = Refusal::at(Reason::SubnetFull, SubnetId::from_index(1));
    lab.ground.refuse_launch = Some(("replication", full));
    lab.input(template(TemplateChange::StagingSubnet(SubnetId::from_index(1))));
    lab.command(CommandKind::PauseReplication, &[0]);
    lab.ground.refuse_launch = None;
    lab.command(CommandKind::InstallAgent, &[1]);
    lab.run(Span::hours(2));
    assert_eq!(
        lab.server(1).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
    assert_eq!(lab.server(1).replicator(), lab.server(0).replicator());
}
