//! Test and cutover launches: what a job says, and where it fails.

use super::bench::{Block, Lab, Side, config};
use crate::migrate::mgn::{
    BootMode, CommandKind, Config, HealthStatus, JobLogEvent, JobStatus, LaunchStatus, LifeCycleState,
    NextStep, PostLaunch, PostLaunchAction, ProgressStatus,
};
use crate::reason::Reason;
use crate::resource::{JobId, SubnetId, WaveId};
use crate::units::{BitRate, Span};
use crate::verdict::Refusal;

fn job(number: u32) -> JobId {
    JobId::from_index(number)
}

/// Tests a server with one thing changed; says how its launch fails.
#[track_caller]
fn check(change: fn(&mut Config), spoil: fn(&mut Lab), expected: (JobLogEvent, Reason)) {
    let mut config = config(1);
    change(&mut config);
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    spoil(&mut lab);
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(2));
    let job = lab.mgn.job(job(0)).expect("a job was started");
    let participant = &job.participants()[0];
    assert_eq!(
        (job.status(), participant.status()),
        (JobStatus::Completed, LaunchStatus::Failed)
    );
    let line = job.log().iter().rev().find(|line| line.reason.is_some());
    let found = line.map(|line| (line.event, line.reason.map(|refusal| refusal.reason)));
    assert_eq!(found, Some((expected.0, Some(expected.1))));
    assert_eq!(lab.server(0).life_cycle().state, Some(LifeCycleState::Testing));
    assert_eq!(lab.server(0).job(), None);
    let usage = lab.mgn.usage();
    assert_eq!((usage.jobs, usage.servers_in_jobs, usage.instances), (0, 0, 1));
}

#[test]
fn launches_fail_where_they_would() {
    let unchanged = |_: &mut Config| {};
    let nothing = |_: &mut Lab| {};
    check(
        |config| {
            config
                .servers
                .iter_mut()
                .for_each(|(_, server)| server.launch.subnet = None)
        },
        nothing,
        (JobLogEvent::LaunchFailed, Reason::NoSubnetForLaunch),
    );
    check(
        |config| {
            for (_, server) in config.servers.iter_mut() {
                server.boot_mode = BootMode::Uefi;
                server.launch.nitro = false;
            }
        },
        nothing,
        (JobLogEvent::LaunchFailed, Reason::BootModeMismatch),
    );
    check(
        unchanged,
        |lab| {
            let taken = Refusal::at(Reason::AddressNotInSubnet, SubnetId::from_index(5));
            lab.ground.refuse_launch = Some(("-test", taken));
        },
        (JobLogEvent::LaunchFailed, Reason::AddressNotInSubnet),
    );
    check(
        unchanged,
        |lab| {
            let closed = Block::timeout("mgn.ap-south-1.amazonaws.com", 443, Side::Cloud);
            lab.ground.blocks.push(closed);
        },
        (JobLogEvent::ConversionFail, Reason::SecurityGroupMismatch),
    );
    check(
        unchanged,
        |lab| {
            let full = Refusal::at(Reason::SubnetFull, SubnetId::from_index(1));
            lab.ground.refuse_launch = Some(("conversion", full));
        },
        (JobLogEvent::ConversionFail, Reason::SubnetFull),
    );
}

#[test]
fn a_lagging_server_is_launched_with_older_data() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    let narrowed_at = lab.now();
    lab.set_link(BitRate::ZERO);
    lab.run(Span::minutes(30));
    lab.take_trace();
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(1));
    let events: Vec<&str> = lab
        .mgn
        .job(job(0))
        .expect("a job was started")
        .log()
        .iter()
        .map(|line| line.event.as_str())
        .collect();
    assert_eq!(
        events.join(" "),
        "JOB_START SNAPSHOT_START SNAPSHOT_FAIL USING_PREVIOUS_SNAPSHOT CONVERSION_START CONVERSION_END \
         LAUNCH_START JOB_END"
    );
    let launched = lab.server(0).launched().expect("an instance runs");
    assert!(launched.data_as_of() <= Some(narrowed_at));
}

#[test]
fn protection_keeps_the_previous_instance() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.launch.termination_protection = true;
    }
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(1));
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(1));
    assert!(
        lab.take_trace()
            .contains("CLEANUP_FAIL s0 by TERMINATION_PROTECTION")
    );
    assert!(lab.server(0).launched().is_some());
}

#[test]
fn actions_that_must_succeed_hold_the_finalization_back() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.launch.post_launch = vec![PostLaunchAction {
            name: "join-domain".to_owned(),
            must_succeed: true,
            takes: Span::minutes(5),
        }];
    }
    let mut lab = Lab::new(config);
    lab.settle(&[0]);
    lab.ground
        .blocks
        .push(Block::timeout("ssm.ap-south-1", 443, Side::Cloud));
    for kind in [CommandKind::MarkReadyForCutover, CommandKind::StartCutover] {
        lab.command(kind, &[0]);
    }
    lab.run(Span::hours(4));
    let launched = lab.server(0).launched().expect("the instance stands");
    assert!(matches!(launched.post_launch(), PostLaunch::Unreachable(_)));
    lab.command(CommandKind::FinalizeCutover, &[0]);
    let trace = lab.take_trace();
    assert!(
        trace.contains("FinalizeCutover refused: Conflict POST_LAUNCH_ACTION_PENDING"),
        "{trace}"
    );
    assert_eq!(
        trace
            .matches("post-launch actions by ENI_SG_RULES_MISMATCH")
            .count(),
        1,
        "{trace}"
    );
    lab.ground.blocks.clear();
    lab.run(Span::minutes(20));
    lab.command(CommandKind::FinalizeCutover, &[0]);
    assert_eq!(lab.server(0).life_cycle().state, Some(LifeCycleState::Cutover));
}

#[test]
fn one_job_per_server_and_the_quotas_of_jobs() {
    let mut config = config(4);
    config.account.quotas.servers_in_jobs = 3;
    config.account.quotas.concurrent_jobs = 2;
    let mut lab = Lab::new(config);
    lab.settle(&[0, 1, 2, 3]);
    lab.command(CommandKind::StartTest, &[0, 1]);
    lab.command(CommandKind::StartTest, &[0]);
    lab.command(CommandKind::StartTest, &[2, 3]);
    lab.command(CommandKind::StartTest, &[2]);
    lab.command(CommandKind::StartTest, &[3]);
    let refused: Vec<String> = lab
        .take_trace()
        .lines()
        .filter(|line| line.contains("refused"))
        .map(|line| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned())
        .collect();
    assert_eq!(
        refused,
        [
            "s0: StartTest refused: Conflict JOB_ALREADY_ACTIVE",
            "s2: StartTest refused: ServiceQuotaExceeded SERVICE_QUOTA_EXCEEDED",
            "s3: StartTest refused: ServiceQuotaExceeded SERVICE_QUOTA_EXCEEDED",
            "s3: StartTest refused: ServiceQuotaExceeded SERVICE_QUOTA_EXCEEDED",
        ]
    );
    assert_eq!(lab.mgn.jobs().len(), 2);
}

#[test]
fn the_log_of_a_job_names_the_servers_that_are_skipped() {
    let mut lab = Lab::new(config(3));
    lab.settle(&[0, 1]);
    lab.command(CommandKind::StartTest, &[0]);
    lab.command(CommandKind::StartTest, &[0, 1, 2]);
    let job = lab.mgn.job(job(1)).expect("it was started");
    let log: Vec<String> = job
        .log()
        .iter()
        .map(|line| match (line.server, line.reason) {
            (Some(server), Some(refusal)) => {
                format!("{} s{}: {}", line.event, server.index(), refusal.reason)
            }
            (Some(server), None) => format!("{} s{}", line.event, server.index()),
            (None, _) => line.event.to_string(),
        })
        .collect();
    insta::assert_snapshot!(log.join("\n"), @r"
    JOB_START
    SERVER_SKIPPED s0: JOB_ALREADY_ACTIVE
    SERVER_SKIPPED s2: SOURCE_SERVER_NOT_FOUND
    SNAPSHOT_START s1
    ");
    assert_eq!(job.participants().len(), 1);
}

#[test]
fn a_wave_is_as_healthy_as_its_worst_server_and_done_with_its_last() {
    let mut lab = Lab::new(config(2));
    let wave = WaveId::from_index(0);
    let status = |lab: &Lab| lab.mgn.wave_status(wave, lab.now()).expect("there is a wave");
    assert_eq!(status(&lab).progress, ProgressStatus::NotStarted);
    lab.settle(&[0, 1]);
    assert_eq!(status(&lab).health, HealthStatus::Healthy);
    assert_eq!(lab.mgn.metrics(lab.now()).continuous, 2);
    lab.block(Block::timeout("10.0.20", 1500, Side::Source));
    lab.run(Span::minutes(5));
    assert_eq!(status(&lab).health, HealthStatus::Error);
    assert_eq!(lab.server(0).next_step(lab.now()), Some(NextStep::ResolveStall));
    lab.unblock();
    lab.run(Span::minutes(10));
    for kind in [
        CommandKind::MarkReadyForCutover,
        CommandKind::StartCutover,
        CommandKind::FinalizeCutover,
    ] {
        lab.command(kind, &[0]);
        lab.run(Span::hours(1));
    }
    assert_eq!(status(&lab).progress, ProgressStatus::InProgress);
    assert_eq!(status(&lab).cut_over, 1);
}

#[test]
fn terminating_is_a_job_of_its_own() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    lab.command(CommandKind::StartTest, &[0]);
    lab.run(Span::hours(1));
    lab.command(CommandKind::TerminateTargetInstances, &[0]);
    lab.command(CommandKind::RevertToReadyForTest, &[0]);
    lab.command(CommandKind::TerminateTargetInstances, &[0]);
    lab.run(Span::hours(1));
    assert_eq!(lab.ground.instances(), ["mgn-replication-server-1"]);
    let trace = lab.take_trace();
    assert!(
        trace.contains("TerminateTargetInstances refused: Conflict LIFE_CYCLE_CONFLICT"),
        "{trace}"
    );
    assert!(trace.contains("launch TERMINATED"), "{trace}");
}
