//! The installer: what it calls, what it refuses, and how a server comes back.

use super::bench::{Block, Lab, Side, config};
use crate::migrate::mgn::{
    Agent, AgentOption, CommandKind, Config, DataReplicationState, HostChange, Initialisation, Input,
    InstallStep, LifeCycleState, ReplicationError, Secret, ServerConfig, Token, install_text,
};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::{DataSize, SimTime, Span};
use crate::verdict::Refusal;

/// Installs with one thing changed; says at which step and how the installer gives up.
#[track_caller]
fn check(change: fn(&mut ServerConfig), expected: (InstallStep, Reason)) {
    let mut config = config(1);
    config.servers.iter_mut().for_each(|(_, server)| change(server));
    check_config(config, expected);
}

#[track_caller]
fn check_config(config: Config, (step, symptom): (InstallStep, Reason)) {
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    let Agent::Failed(failure) = lab.server(0).agent() else {
        panic!("the installer goes through: {}", lab.take_trace());
    };
    assert_eq!((failure.step, failure.symptom), (step, symptom));
    assert_eq!(lab.server(0).life_cycle().state, None);
}

#[test]
fn the_installer_calls_the_private_endpoints_in_order() {
    let mut lab = Lab::new(config(1));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(7));
    insta::assert_snapshot!(lab.ground.calls.join("\n"));
}

#[test]
fn without_private_endpoints_it_builds_the_public_names() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.install.endpoint = None;
        server.install.s3_endpoint = None;
    }
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(7));
    let calls = lab.ground.calls.join("\n");
    assert!(
        calls.contains("mgn.ap-south-1.amazonaws.com mgn:RegisterAgentForMgn"),
        "{calls}"
    );
    assert!(
        calls.contains("aws-mgn-clients-ap-south-1.s3.ap-south-1.amazonaws.com s3:GetObject"),
        "{calls}"
    );
}

#[test]
fn the_computer_is_looked_at_first() {
    let step = InstallStep::CheckPrerequisites;
    check(
        |server| server.prerequisites.root = false,
        (step, Reason::NotRoot),
    );
    check(
        |server| server.prerequisites.os = "CentOS 7".to_owned(),
        (step, Reason::UnsupportedOs),
    );
    check(
        |server| server.prerequisites.free_root = DataSize::gib(1),
        (step, Reason::NotEnoughSpace),
    );
    check(
        |server| server.prerequisites.free_tmp = DataSize::mib(900),
        (step, Reason::NotEnoughSpace),
    );
    check(
        |server| server.prerequisites.free_memory = DataSize::mib(200),
        (step, Reason::NotEnoughMemory),
    );
    check(
        |server| server.prerequisites.missing_packages = vec!["gcc".to_owned()],
        (step, Reason::MissingPackages),
    );
    check(
        |server| server.prerequisites.secure_boot = true,
        (step, Reason::SecureBoot),
    );
    check(
        |server| server.prerequisites.other_agent = Some("CloudEndure".to_owned()),
        (step, Reason::ConflictingAgent),
    );
    check(
        |server| server.prerequisites.headers_match = false,
        (InstallStep::BuildModule, Reason::KernelHeadersMismatch),
    );
    check(
        |server| server.disks[0].size = DataSize::tib(17),
        (InstallStep::DiscoverDisks, Reason::DiskTooLarge),
    );
    check(
        |server| server.disks = vec![server.disks[0].clone(); 51],
        (InstallStep::DiscoverDisks, Reason::TooManyDisks),
    );
}

#[test]
fn keys_account_and_region_are_looked_at_by_the_service() {
    let step = InstallStep::CheckCredentials;
    check(
        |server| server.install.credentials.secret = Secret::Mangled,
        (step, Reason::InvalidSignature),
    );
    check(
        |server| server.install.credentials.token = Token::TemporaryWithoutToken,
        (step, Reason::ExpiredToken),
    );
    check(
        |server| {
            let expires_at = SimTime::at(Span::secs(5));
            server.install.credentials.token = Token::Temporary { expires_at };
        },
        (step, Reason::ExpiredToken),
    );
    check(
        |server| {
            // They hold when they are checked, and expire while the module is built.
            let expires_at = SimTime::at(Span::minutes(2));
            server.install.credentials.token = Token::Temporary { expires_at };
        },
        (InstallStep::Register, Reason::ExpiredToken),
    );
    check(
        |server| server.install.credentials.policies.clear(),
        (step, Reason::AccessDenied),
    );
    check(
        |server| server.install.region = "eu-west-1".to_owned(),
        (step, Reason::RegionMismatch),
    );
    let mut uninitialised = config(1);
    uninitialised.account.initialisation = Initialisation::Missing;
    check_config(uninitialised, (step, Reason::Uninitialized));
    let mut full = config(1);
    full.account.quotas.active_servers = 0;
    check_config(full, (InstallStep::Register, Reason::QuotaExceeded));
}

#[test]
fn the_network_stops_each_of_its_steps() {
    use InstallStep as S;
    for (what, step) in [
        (
            "aws-application-migration-service-ap-south-1.bucket",
            S::DownloadInstaller,
        ),
        (
            "aws-application-migration-service-hashes-ap-south-1",
            S::DownloadInstaller,
        ),
        ("mgn:GetAgentInstallationAssetsForMgn", S::CheckCredentials),
        ("aws-mgn-clients-ap-south-1/", S::DownloadAgent),
        ("aws-mgn-clients-hashes-ap-south-1/", S::DownloadAgent),
        ("POST/CreateSessionForMgn", S::Register),
    ] {
        let mut lab = Lab::new(config(1));
        let denied = Block::answer(what, Reason::EndpointPolicyDenied, Side::Source);
        lab.ground.blocks.push(denied);
        lab.command(CommandKind::InstallAgent, &[0]);
        lab.run(Span::hours(1));
        let Agent::Failed(failure) = lab.server(0).agent() else {
            panic!("{what} does not stop it: {}", lab.take_trace());
        };
        assert_eq!(
            (failure.step, failure.symptom),
            (step, Reason::EndpointPolicyDenied),
            "{what}"
        );
        assert!(
            install_text(failure, lab.server(0).os()).contains("403"),
            "{what}"
        );
    }
}

#[test]
fn a_clock_that_is_off_is_told_by_the_service() {
    let mut lab = Lab::new(config(1));
    lab.ground.clock = Some(Refusal::at(Reason::ClockSkew, HostId::from_index(0)));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    let Agent::Failed(failure) = lab.server(0).agent() else {
        panic!("the clock does not matter");
    };
    assert_eq!(
        (failure.step, failure.symptom),
        (InstallStep::CheckCredentials, Reason::ClockSkew)
    );
}

#[test]
fn a_failed_installation_is_repeated_by_a_person() {
    let mut lab = Lab::new(config(1));
    lab.ground
        .blocks
        .push(Block::timeout("mgn.ap-south-1", 443, Side::Source));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    assert!(
        lab.take_trace()
            .contains("InstallAgent refused: Conflict LIFE_CYCLE_CONFLICT")
    );
    lab.ground.blocks.clear();
    // The keys have expired in the meantime.
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    assert!(
        lab.take_trace()
            .contains("failed at CheckCredentials: EXPIRED_TOKEN")
    );
}

#[test]
fn the_expiry_of_the_keys_does_not_stop_a_running_agent() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    lab.run(Span::days(2));
    assert_eq!(lab.take_trace(), "");
}

#[test]
fn an_agent_may_wait_for_a_person_to_start_it() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.install.options.push(AgentOption::NoReplication);
    }
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    let server = lab.server(0);
    assert_eq!(server.life_cycle().state, Some(LifeCycleState::Stopped));
    assert_eq!(
        server.data_replication_state(),
        Some(DataReplicationState::Stopped)
    );
    assert_eq!(lab.mgn.usage().active, 0);
    lab.command(CommandKind::StartReplication, &[0]);
    lab.run(Span::hours(2));
    assert_eq!(
        lab.server(0).life_cycle().state,
        Some(LifeCycleState::ReadyForTest)
    );
    assert_eq!(lab.mgn.usage().active, 1);
}

#[test]
fn an_agent_that_is_installed_again_reads_all_blocks_again() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.install.credentials.token = Token::LongLived;
    }
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(1));
    let trace = lab.take_trace();
    assert!(
        trace.contains("CONTINUOUS → RESCAN") && trace.contains("RESCAN → CONTINUOUS"),
        "{trace}"
    );
    assert_eq!(lab.mgn.usage().active, 1);
}

#[test]
fn a_changed_mac_address_needs_a_new_installation_and_leaves_a_duplicate() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.install.credentials.token = Token::LongLived;
    }
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    lab.input(Input::HostChanged {
        host: HostId::from_index(0),
        change: HostChange::MacChanged,
    });
    lab.run(Span::hours(3));
    let failure = lab.server(0).failure().expect("it is no longer recognised");
    assert_eq!(failure.error, ReplicationError::AgentNotSeen);
    assert_eq!(
        failure.stopped_by.map(|refusal| refusal.reason),
        Some(Reason::MacChanged)
    );
    lab.command(CommandKind::RetryDataReplication, &[0]);
    lab.run(Span::hours(1));
    assert_eq!(
        lab.server(0).data_replication_state(),
        Some(DataReplicationState::Stalled)
    );
    lab.take_trace();
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(2));
    let trace = lab.take_trace();
    assert!(trace.contains("INITIAL_SYNC"), "{trace}");
    assert_eq!(lab.server(0).duplicates(), 1);
    assert_eq!(
        lab.server(0).life_cycle().state,
        Some(LifeCycleState::ReadyForTest)
    );
    assert_eq!((lab.mgn.usage().active, lab.mgn.usage().non_archived), (1, 1));
}
