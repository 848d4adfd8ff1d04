//! Copying, keeping up, falling behind, catching up.

use super::bench::{Block, Lab, Side, config};
use crate::migrate::mgn::{
    Alert, CommandKind, DataReplicationState, HostChange, Input, LifeCycleState, NextStep, ReplicationError,
    WriteProfile,
};
use crate::resource::HostId;
use crate::units::{BitRate, DataSize, SimTime, Span};

fn writing(mbps: u64) -> crate::migrate::mgn::Config {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        server.writes = WriteProfile::Constant(BitRate::mbps(mbps));
    }
    config
}

fn state(lab: &Lab) -> Option<DataReplicationState> {
    lab.server(0).data_replication_state()
}

#[test]
fn progress_is_computed_between_events() {
    let mut lab = Lab::new(config(1));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::minutes(20));
    let server = lab.server(0);
    let began_at = server.life_cycle().first_byte_at.expect("data moves");
    // 50 GB × 8 × 0.4 = 160e9 bits at 100 Mbps: 1600 s. After a quarter of it:
    let now = began_at + Span::secs(400);
    let progress = server.progress(now);
    assert_eq!(progress.replicated, DataSize::bytes(25_000_000_000));
    assert_eq!(progress.total, DataSize::bytes(100_000_000_000));
    assert_eq!(progress.lag, None, "nothing can be launched yet");
    // 10 Mbps written are 4 on the wire: 160e9 ÷ (100e6 − 4e6) = 1666.7 s in all.
    let eta = progress.eta.expect("it converges").since(began_at);
    assert_eq!(eta.as_secs(), 1_666);
    assert_eq!(server.disks(now)[0].replicated, progress.replicated);
    assert_eq!(server.next_step(now), Some(NextStep::WaitForInitialSync));
}

#[test]
fn the_throttle_the_volumes_and_the_disks_bound_the_rate() {
    let sync = |change: fn(&mut crate::migrate::mgn::Config)| {
        let mut config = config(1);
        change(&mut config);
        let mut lab = Lab::new(config);
        lab.set_link(BitRate::gbps(100));
        lab.command(CommandKind::InstallAgent, &[0]);
        lab.run(Span::minutes(14));
        lab.server(0).rate()
    };
    // The magnetic volume writes 60 MB/s: 480 Mbps of disk are 192 on the wire.
    assert_eq!(sync(|_| {}), BitRate::mbps(192));
    assert_eq!(
        sync(|config| config.replication.throttle = Some(BitRate::mbps(50))),
        BitRate::mbps(50)
    );
    assert_eq!(
        sync(|config| config.replication.instance_type.ebs = BitRate::mbps(100)),
        BitRate::mbps(40)
    );
    // 500 Mbps read, half of it used: 250 Mbps sent before, 100 after compression.
    let slow_disks = sync(|config| {
        for (_, server) in config.servers.iter_mut() {
            server.read_rate = BitRate::mbps(500);
        }
    });
    assert_eq!(slow_disks, BitRate::mbps(100));
}

#[test]
fn a_server_lags_when_the_link_narrows_and_catches_up_when_it_widens() {
    let mut lab = Lab::new(writing(100));
    lab.settle(&[0]);
    assert_eq!(
        lab.server(0).rate(),
        BitRate::mbps(40),
        "what the writes need, and no more"
    );
    let narrowed_at = lab.now();
    lab.set_link(BitRate::mbps(30));
    lab.run(Span::minutes(10));
    // 10 of 40 Mbps are missing for 600 s: 6e9 bits on the wire, 15e9 of disk.
    let server = lab.server(0);
    assert_eq!(server.backlog(lab.now()), DataSize::bytes(1_875_000_000));
    assert_eq!(server.lag(lab.now()), Some(Span::minutes(10)));
    assert_eq!(server.alert(lab.now()), Alert::Lagging);
    assert_eq!(server.next_step(lab.now()), Some(NextStep::WaitForLagThenTest));
    assert_eq!(server.eta(lab.now()), None);
    let snapshot = server.last_snapshot(lab.now()).expect("there was one");
    assert!(
        snapshot <= narrowed_at && snapshot + Span::minutes(10) > narrowed_at,
        "{snapshot}"
    );
    lab.set_link(BitRate::mbps(100));
    // 60 Mbps to spare: 100 s.
    assert_eq!(lab.server(0).eta(lab.now()), Some(lab.now() + Span::secs(100)));
    lab.run(Span::secs(101));
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
    assert_eq!(lab.server(0).rate(), BitRate::mbps(40));
    insta::assert_snapshot!(lab.take_trace());
}

#[test]
fn a_hiccup_below_a_minute_does_not_change_the_state() {
    let mut lab = Lab::new(writing(100));
    lab.settle(&[0]);
    lab.set_link(BitRate::mbps(30));
    lab.run(Span::secs(30));
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::secs(30)));
    lab.set_link(BitRate::mbps(100));
    lab.run(Span::minutes(5));
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::ZERO));
    assert!(!lab.take_trace().contains("BACKLOG"));
}

#[test]
fn writes_that_outrun_the_link_do_not_converge() {
    // 250 Mbps of disk are exactly the link's 100 on the wire: what waits never becomes less.
    let mut lab = Lab::new(writing(250));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(24));
    assert_eq!(lab.server(0).failure(), None);
    lab.run(Span::hours(36));
    let failure = lab.server(0).failure().expect("it does not converge");
    assert_eq!(failure.error, ReplicationError::NotConverging);
    assert_eq!(state(&lab), Some(DataReplicationState::Backlog));
    assert_eq!(lab.server(0).alert(lab.now()), Alert::Stalled);
    // A wider link helps.
    lab.set_link(BitRate::gbps(1));
    lab.run(Span::hours(24));
    assert_eq!(lab.server(0).failure(), None);
    assert_eq!(
        lab.server(0).life_cycle().state,
        Some(LifeCycleState::ReadyForTest)
    );
    let trace = lab.take_trace();
    assert_eq!(trace.matches("s0: reports NOT_CONVERGING").count(), 1, "{trace}");
    assert_eq!(
        trace.matches("s0: no longer reports NOT_CONVERGING").count(),
        1,
        "{trace}"
    );
    assert!(
        !trace.contains("recovered") && !trace.contains("STALLED"),
        "{trace}"
    );
}

#[test]
fn a_crash_reads_all_blocks_again_and_a_reboot_does_not() {
    let mut lab = Lab::new(writing(20));
    lab.settle(&[0]);
    let host = HostId::from_index(0);
    lab.input(Input::HostChanged {
        host,
        change: HostChange::Rebooted,
    });
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
    lab.input(Input::HostChanged {
        host,
        change: HostChange::Crashed,
    });
    assert_eq!(state(&lab), Some(DataReplicationState::Rescan));
    // 100 GB at 2 Gbps: 400 s.
    assert_eq!(lab.server(0).eta(lab.now()), Some(lab.now() + Span::secs(400)));
    lab.run(Span::secs(399));
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::secs(399)));
    lab.run(Span::secs(2));
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
}

#[test]
fn a_source_that_is_off_writes_nothing() {
    let mut lab = Lab::new(writing(100));
    lab.settle(&[0]);
    let host = HostId::from_index(0);
    for (change, mbps) in [(HostChange::PowerOff, 0), (HostChange::PowerOn, 100)] {
        lab.input(Input::HostChanged { host, change });
        lab.run(Span::secs(1));
        assert_eq!(lab.server(0).progress(lab.now()).writes, BitRate::mbps(mbps));
    }
}

#[test]
fn a_pause_keeps_the_staging_and_a_stop_does_not() {
    let mut lab = Lab::new(writing(100));
    lab.settle(&[0]);
    lab.command(CommandKind::PauseReplication, &[0]);
    lab.run(Span::hours(1));
    assert_eq!(lab.server(0).lag(lab.now()), Some(Span::hours(1)));
    assert_eq!(lab.server(0).backlog(lab.now()), DataSize::bytes(45_000_000_000));
    assert_eq!((lab.ground.n_instances(), lab.ground.n_flows()), (1, 0));
    lab.command(CommandKind::ResumeReplication, &[0]);
    lab.run(Span::hours(3));
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
    lab.command(CommandKind::StopReplication, &[0]);
    lab.run(Span::minutes(91));
    assert_eq!((lab.ground.n_instances(), lab.ground.n_flows()), (0, 0));
    assert_eq!(lab.server(0).lag(lab.now()), None);
    lab.command(CommandKind::StartReplication, &[0]);
    lab.run(Span::minutes(20));
    assert_eq!(state(&lab), Some(DataReplicationState::InitialSync));
    insta::assert_snapshot!(lab.take_trace());
}

#[test]
fn a_network_that_flaps_is_called_unstable() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    for _ in 0..3 {
        lab.block(Block::timeout("10.0.20", 1500, Side::Source));
        lab.run(Span::minutes(5));
        lab.unblock();
        lab.run(Span::minutes(5));
    }
    let trace = lab.take_trace();
    assert_eq!(trace.matches("error FAILED_TO_CONNECT").count(), 2, "{trace}");
    assert_eq!(trace.matches("error UNSTABLE_NETWORK").count(), 1, "{trace}");
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
}

#[test]
fn neighbours_that_catch_up_share_the_instance() {
    let mut config = config(2);
    config.replication.instance_type.ebs = BitRate::mbps(200);
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0, 1]);
    lab.run(Span::minutes(25));
    // 200 Mbps of EBS for two: 100 of disk each, 40 on the wire.
    let rates: Vec<BitRate> = (0..2).map(|id| lab.server(id).rate()).collect();
    assert_eq!(rates, [BitRate::mbps(40), BitRate::mbps(40)]);
}

#[test]
fn a_day_of_busy_hours_is_woken_for_only_when_the_level_changes() {
    let mut config = config(1);
    for (_, server) in config.servers.iter_mut() {
        let mut hours = vec![BitRate::mbps(1); 24];
        hours[8..18].fill(BitRate::mbps(200));
        server.writes = WriteProfile::Daily {
            hours,
            phase: Span::ZERO,
        };
    }
    let mut lab = Lab::new(config);
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run_until(SimTime::at(Span::days(1)));
    let before = lab.ground.n_inputs;
    lab.run(Span::days(10));
    // Twice a day a wake-up and a new rate.
    assert_eq!(lab.ground.n_inputs - before, 40);
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
}

#[test]
fn a_rescan_of_a_source_that_writes_nothing_ends() {
    // Nothing is sent, so that no rate is ever told.
    let mut lab = Lab::new(writing(0));
    lab.settle(&[0]);
    lab.block(Block::timeout("10.0.20", 1500, Side::Source));
    lab.run(Span::minutes(10));
    assert_eq!(
        lab.server(0).lag(lab.now()),
        Some(Span::minutes(8)),
        "since the loss was noticed"
    );
    lab.input(Input::HostChanged {
        host: HostId::from_index(0),
        change: HostChange::Crashed,
    });
    lab.unblock();
    lab.run(Span::minutes(2));
    assert_eq!(state(&lab), Some(DataReplicationState::Rescan));
    lab.run(Span::minutes(10));
    assert_eq!(state(&lab), Some(DataReplicationState::Continuous));
    lab.run(Span::days(2));
    assert_eq!(lab.server(0).failure(), None);
}
