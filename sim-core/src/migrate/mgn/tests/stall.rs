//! Where things stop: which step shows it, with which error, and what makes it go on.

use super::bench::{Block, Lab, Side, config};
use crate::migrate::ground::Stage;
use crate::migrate::mgn::{
    CommandKind, DataPlaneRouting, DataReplicationState, Encryption, InitiationStep, Input, KeyPolicy,
    KmsKey, LifeCycleState, ReplicationError, StepStatus,
};
use crate::reason::Reason;
use crate::resource::SubnetId;
use crate::units::{BitRate, DataSize, Span};
use crate::verdict::Refusal;

/// Installs into a broken lab; says the step that failed, the error and what stopped it.
#[track_caller]
fn check(lab: &mut Lab, expected: &str) {
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(35));
    let server = lab.server(0);
    let failed: Vec<&str> = server
        .initiation()
        .steps()
        .filter(|(_, status)| *status == StepStatus::Failed)
        .map(|(step, _)| step.as_str())
        .collect();
    let failure = server.failure().expect("the server stalls");
    let state = server.data_replication_state().expect("the server is registered");
    let stopped_by = failure
        .stopped_by
        .map_or("nothing", |refusal| refusal.reason.code());
    let shown = format!("{state} {} {}: {stopped_by}", failed.join("+"), failure.error);
    assert_eq!(shown, expected);
    assert!(server.initiation().attempts() >= 1);
}

#[test]
fn the_staging_cidr_missing_at_the_mgn_endpoint_fails_authentication() {
    let mut lab = Lab::new(config(1));
    lab.ground
        .blocks
        .push(Block::timeout("mgn.ap-south-1.amazonaws.com", 443, Side::Cloud));
    check(
        &mut lab,
        "STALLED AUTHENTICATE_WITH_SERVICE FAILED_TO_AUTHENTICATE_WITH_SERVICE: ENI_SG_RULES_MISMATCH",
    );
    lab.run(Span::minutes(3));
    assert_eq!(lab.server(0).initiation().attempts(), 3);
    assert!(lab.server(0).initiation().next_attempt_at() > Some(lab.now()));
    // Opened again: the next automatic attempt gets through, and people are told once.
    lab.take_trace();
    lab.ground.blocks.clear();
    lab.run(Span::hours(3));
    let trace = lab.take_trace();
    assert_eq!(trace.matches("recovered").count(), 1, "{trace}");
    assert_eq!(
        lab.server(0).life_cycle().state,
        Some(LifeCycleState::ReadyForTest)
    );
}

#[test]
fn no_gateway_endpoint_in_staging_fails_the_download() {
    let mut lab = Lab::new(config(1));
    lab.ground
        .blocks
        .push(Block::timeout("aws-mgn-internal-ap-south-1.s3", 443, Side::Cloud));
    check(
        &mut lab,
        "STALLED DOWNLOAD_REPLICATION_SOFTWARE FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE: ENI_SG_RULES_MISMATCH",
    );
}

#[test]
fn no_ec2_endpoint_fails_the_staging_disks() {
    let mut lab = Lab::new(config(1));
    lab.ground
        .blocks
        .push(Block::timeout("ec2.ap-south-1", 443, Side::Cloud));
    check(
        &mut lab,
        "STALLED CREATE_STAGING_DISKS FAILED_TO_CREATE_STAGING_DISKS: ENI_SG_RULES_MISMATCH",
    );
}

#[test]
fn a_key_without_grants_fails_the_staging_disks() {
    let mut config = config(1);
    config.keys.push(KmsKey {
        name: "staging".to_owned(),
        policy: KeyPolicy::DeniesGrants,
    });
    config.replication.encryption = Encryption::Custom(0);
    check(
        &mut Lab::new(config),
        "STALLED CREATE_STAGING_DISKS FAILED_TO_CREATE_STAGING_DISKS: KMS_GRANT_DENIED",
    );
}

#[test]
fn quotas_policies_and_a_full_subnet_fail_their_steps() {
    let mut quota = config(1);
    quota.account.quotas.staging_storage = DataSize::gib(93);
    check(
        &mut Lab::new(quota),
        "STALLED CREATE_STAGING_DISKS FAILED_TO_CREATE_STAGING_DISKS: SERVICE_QUOTA_EXCEEDED",
    );
    for (action, expected) in [
        (
            "ec2:CreateSecurityGroup",
            "STALLED CREATE_SECURITY_GROUP FAILED_TO_CREATE_SECURITY_GROUP: SERVICE_ROLE_DENIED",
        ),
        (
            "ec2:RunInstances",
            "STALLED LAUNCH_REPLICATION_SERVER FAILED_TO_LAUNCH_REPLICATION_SERVER: SERVICE_ROLE_DENIED",
        ),
        (
            "ec2:Attach*",
            "STALLED ATTACH_STAGING_DISKS FAILED_TO_ATTACH_STAGING_DISKS: SERVICE_ROLE_DENIED",
        ),
    ] {
        let mut config = config(1);
        config.account.denied_actions.push(action.to_owned());
        check(&mut Lab::new(config), expected);
    }
    let mut lab = Lab::new(config(1));
    let full = Refusal::at(Reason::SubnetFull, SubnetId::from_index(1));
    lab.ground.refuse_launch = Some(("replication", full));
    check(
        &mut lab,
        "STALLED LAUNCH_REPLICATION_SERVER FAILED_TO_LAUNCH_REPLICATION_SERVER: SUBNET_HAS_NO_FREE_ADDRESS",
    );
}

#[test]
fn a_closed_data_port_fails_the_connection() {
    let mut lab = Lab::new(config(1));
    lab.ground.blocks.push(Block::timeout("", 1500, Side::Source));
    check(
        &mut lab,
        "STALLED CONNECT_AGENT_TO_REPLICATION_SERVER FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER: \
         ENI_SG_RULES_MISMATCH",
    );
}

#[test]
fn public_routing_without_a_public_address_fails_the_connection() {
    let mut config = config(1);
    config.replication.routing = DataPlaneRouting::PublicIp;
    check(
        &mut Lab::new(config),
        "STALLED CONNECT_AGENT_TO_REPLICATION_SERVER FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER: \
         PUBLIC_DATA_ROUTING",
    );
}

#[test]
fn a_tiny_disk_fails_the_start_of_the_transfer() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        let mut tiny = server.disks[0].clone();
        tiny.size = DataSize::bytes(500_000);
        server.disks.push(tiny);
    }
    check(
        &mut Lab::new(config),
        "STALLED START_DATA_TRANSFER FAILED_TO_START_DATA_TRANSFER: DISK_TOO_SMALL",
    );
}

#[test]
fn an_agent_that_cannot_be_paired_fails_the_pairing() {
    let mut lab = Lab::new(config(1));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(8));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Initiating)
    );
    lab.ground
        .blocks
        .push(Block::timeout("mgn.ap-south-1.vpce", 443, Side::Source));
    lab.run(Span::minutes(12));
    let failure = lab.server(0).failure().expect("the server stalls");
    assert_eq!(
        failure.error,
        ReplicationError::FailedToPairReplicationServerWithAgent
    );
    assert_eq!(
        lab.server(0).initiation().current(),
        Some(InitiationStep::PairReplicationServerWithAgent)
    );
}

#[test]
fn a_failure_of_a_shared_replication_server_shows_on_everybody_who_waits() {
    let mut lab = Lab::new(config(3));
    lab.ground
        .blocks
        .push(Block::timeout("mgn.ap-south-1.amazonaws.com", 443, Side::Cloud));
    lab.command(CommandKind::InstallAgent, &[0, 1, 2]);
    lab.run(Span::hours(1));
    assert_eq!(lab.ground.n_instances(), 1);
    for id in 0..3 {
        let failure = lab.server(id).failure().expect("the server stalls");
        assert_eq!(failure.error, ReplicationError::FailedToAuthenticateWithService);
    }
    // A person opens the way and asks for a retry: nobody waits for the ten minutes to pass.
    lab.ground.blocks.clear();
    lab.command(CommandKind::RetryDataReplication, &[1]);
    lab.run(Span::minutes(5));
    for id in 0..3 {
        let state = lab.server(id).data_replication_state();
        assert_eq!(state, Some(DataReplicationState::InitialSync), "server {id}");
    }
    assert_eq!(lab.ground.n_flows(), 3);
}

#[test]
fn a_lost_data_connection_stalls_and_its_return_drains_the_backlog() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    lab.set_link(BitRate::ZERO);
    lab.block(Block::timeout("10.0.20", 1500, Side::Source));
    lab.run(Span::minutes(30));
    // 10 Mbps for 30 minutes: 10e6 × 1800 ÷ 8.
    assert_eq!(lab.server(0).backlog(lab.now()), DataSize::bytes(2_250_000_000));
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::minutes(30)));
    lab.ground.blocks.clear();
    lab.set_link(BitRate::mbps(100));
    lab.unblock();
    lab.run(Span::minutes(10));
    insta::assert_snapshot!(lab.take_trace());
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::ZERO));
}

#[test]
fn a_silent_agent_is_not_seen_after_fifteen_minutes() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    let since = lab.now();
    lab.block(Block::timeout("mgn.ap-south-1.vpce", 443, Side::Source));
    lab.run(Span::minutes(14));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
    lab.run(Span::minutes(2));
    let failure = lab.server(0).failure().expect("the agent is not seen");
    assert_eq!(failure.error, ReplicationError::AgentNotSeen);
    assert_eq!(lab.server(0).last_seen(lab.now()), Some(since));
    lab.unblock();
    lab.run(Span::minutes(5));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Continuous)
    );
}

#[test]
fn an_opening_that_was_closed_stalls_weeks_later() {
    let mut lab = Lab::new(config(2));
    lab.settle(&[0, 1]);
    lab.ground
        .blocks
        .push(Block::timeout("aws-mgn-internal-ap-south-1.s3", 443, Side::Cloud));
    lab.run(Span::days(13));
    assert_eq!(
        lab.take_trace(),
        "",
        "nothing happens as long as the replication server stays"
    );
    lab.run(Span::days(1));
    for id in [0, 1] {
        let failure = lab
            .server(id)
            .failure()
            .expect("the new server cannot fetch its software");
        assert_eq!(
            failure.error,
            ReplicationError::FailedToDownloadReplicationSoftware
        );
    }
    lab.ground.blocks.clear();
    lab.run(Span::hours(2));
    for id in [0, 1] {
        assert_eq!(
            lab.server(id).data_replication_state(),
            Some(DataReplicationState::Continuous)
        );
    }
    assert_eq!(lab.ground.instances(), ["mgn-replication-server-1.2"]);
}

#[test]
fn a_block_of_tls_and_names_is_told_by_the_installer() {
    for (stage, symptom) in [
        (Stage::Tls, Reason::CertificateVerifyFailed),
        (Stage::Resolve, Reason::DnsNxDomain),
    ] {
        let mut lab = Lab::new(config(1));
        let block = Block::answer("mgn.ap-south-1.vpce", symptom, Side::Source);
        lab.ground.blocks.push(Block { stage, ..block });
        lab.command(CommandKind::InstallAgent, &[0]);
        lab.run(Span::minutes(1));
        let trace = lab.take_trace();
        assert!(
            trace.contains(&format!("failed at CheckCredentials: {symptom}")),
            "{trace}"
        );
        assert_eq!(lab.server(0).life_cycle().state, None);
    }
}

#[test]
fn what_is_not_waited_for_does_nothing() {
    use crate::migrate::ground::{Actor, CallId};
    use crate::resource::{FlowId, SourceServerId};
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    let actor = Actor::Server(SourceServerId::from_index(0));
    let nobody = Actor::Server(SourceServerId::from_index(99));
    for actor in [actor, nobody, Actor::Service] {
        lab.input(Input::Wake(actor));
        lab.input(Input::FlowRate {
            actor,
            flow: FlowId::from_index(77),
            rate: BitRate::ZERO,
        });
        lab.input(Input::CallDone {
            actor,
            call: CallId(9_999),
            outcome: Err(crate::migrate::ground::CallFailed {
                stage: Stage::Connect,
                symptom: Reason::ConnectionTimedOut,
                stopped_by: None,
                address: None,
            }),
        });
    }
    assert_eq!(lab.take_trace(), "");
}
