//! How sessions come up, end and come back.

use super::pipe::{Path, Pipe, at, configs};
use crate::proto::bgp::notification::{Code, Notification};
use crate::proto::bgp::session::*;
use crate::proto::bgp::{Asn, RouterId};
use crate::units::Span;

fn started(configs: [Config; 2]) -> Pipe {
    let mut pipe = Pipe::new(configs, 1);
    pipe.tell(0, Input::Start);
    pipe.tell(1, Input::Start);
    pipe
}

#[test]
fn both_ends_connect_at_once_and_keep_the_connection_of_the_higher_identifier() {
    let mut pipe = started(configs());
    pipe.drive(at("3s"));
    insta::assert_snapshot!(pipe.log, @"
    00:00:00.000 A Idle → Connect
    00:00:00.000 B Idle → Connect
    00:00:00.005 B Connect → OpenSent
    00:00:00.007 A Connect → OpenSent
    00:00:00.012 A OpenSent → OpenConfirm
    00:00:00.012 B OpenSent → OpenConfirm
    00:00:00.017 B OpenSent ended: both ends connected at once; the connection opened here was kept
    00:00:00.019 A OpenConfirm ended: both ends connected at once; the connection opened by the peer was kept
    00:00:00.019 A up over Incoming, hold 9s
    00:00:00.019 A OpenConfirm → Established
    00:00:00.024 B up over Outgoing, hold 9s
    00:00:00.024 B OpenConfirm → Established
    ");
    assert_eq!(pipe.sessions[0].carrier(), Some(Half::Incoming));
    assert_eq!(pipe.sessions[1].carrier(), Some(Half::Outgoing));
}

#[test]
fn one_that_starts_later_finds_the_other_listening() {
    let mut pipe = Pipe::new(configs(), 1);
    pipe.dead[1] = true;
    pipe.tell(0, Input::Start);
    pipe.drive(at("10s"));
    pipe.dead[1] = false;
    pipe.tell(1, Input::Start);
    pipe.drive(at("11.5s"));
    assert_eq!(pipe.states(), [State::Established; 2]);
    insta::assert_snapshot!(pipe.log, @"
    00:00:00.000 A Idle → Connect
    00:00:00.012 A Connect ended: TCP connection refused by the peer
    00:00:00.012 A Connect → Active
    00:00:00.875 A Active → Connect
    00:00:10.000 B Idle → Connect
    00:00:10.012 B Connect → OpenSent
    00:00:10.012 B OpenSent → OpenConfirm
    00:00:10.019 A up over Incoming, hold 9s
    00:00:10.019 A OpenConfirm → Established
    00:00:10.024 B up over Outgoing, hold 9s
    00:00:10.024 B OpenConfirm → Established
    ");
}

#[test]
fn a_silent_path_is_found_by_the_hold_timer() {
    let mut pipe = Pipe::established(configs());
    pipe.cut(Path::Silent);
    pipe.drive(at("20s"));
    pipe.cut(Path::Up);
    pipe.drive(at("22s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    insta::assert_snapshot!(pipe.log, @"
    00:00:11.514 B Established ended: hold timer expired: nothing heard for 9s
    00:00:11.514 B down: hold timer expired: nothing heard for 9s; routes deleted
    00:00:11.514 B Established → Idle
    00:00:11.514 B next attempt at 00:00:13.349
    00:00:11.920 A Established ended: hold timer expired: nothing heard for 9s
    00:00:11.920 A down: hold timer expired: nothing heard for 9s; routes deleted
    00:00:11.920 A Established → Idle
    00:00:11.920 A next attempt at 00:00:13.425
    00:00:13.349 B Idle → Connect
    00:00:13.425 A Idle → Connect
    00:00:14.210 B Connect ended: TCP connection timed out: no answer from the peer
    00:00:14.334 A Connect ended: TCP connection timed out: no answer from the peer
    00:00:20.625 A up over Incoming, hold 9s
    00:00:20.625 A OpenConfirm → Established
    00:00:20.630 B up over Outgoing, hold 9s
    00:00:20.630 B OpenConfirm → Established
    ");
}

#[test]
fn a_frozen_peer_is_found_by_the_hold_timer() {
    let mut pipe = Pipe::established(configs());
    pipe.frozen[1] = true;
    pipe.drive(at("13.9s"));
    assert!(
        pipe.log
            .contains("A down: hold timer expired: nothing heard for 9s"),
        "{}",
        pipe.log
    );
}

#[test]
fn a_peer_that_dies_is_missed_at_once_and_found_again() {
    let mut pipe = Pipe::established(configs());
    pipe.kill(1);
    pipe.drive(at("9s"));
    let [_, config] = configs();
    pipe.revive(1, config);
    pipe.drive(at("11s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.007 A Established ended: the peer closed the TCP connection
    00:00:05.007 A down: the peer closed the TCP connection; routes deleted
    00:00:05.007 A Established → Idle
    00:00:05.007 A next attempt at 00:00:05.759
    00:00:05.759 A Idle → Connect
    00:00:05.771 A Connect ended: TCP connection refused by the peer
    00:00:05.771 A Connect → Active
    00:00:06.677 A Active → Connect
    00:00:09.000 B Idle → Connect
    00:00:09.012 B Connect → OpenSent
    00:00:09.012 B OpenSent → OpenConfirm
    00:00:09.019 A up over Incoming, hold 9s
    00:00:09.019 A OpenConfirm → Established
    00:00:09.024 B up over Outgoing, hold 9s
    00:00:09.024 B OpenConfirm → Established
    ");
}

#[test]
fn an_operator_clears_a_session() {
    let mut pipe = Pipe::established(configs());
    pipe.tell(0, Input::Clear);
    pipe.drive(at("8s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    // Both ends set the N bit: the reset goes inside a hard reset.
    assert_eq!(pipe.notifications.first(), Some(&('B', 6, 9)));
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.000 A Established ended: cleared by the operator
    00:00:05.000 A down: cleared by the operator; routes deleted
    00:00:05.000 A Established → Idle
    00:00:05.000 A next attempt at 00:00:05.752
    00:00:05.005 B Established ended: the peer sent 6/4 Cease: Administrative Reset (hard reset)
    00:00:05.005 B down: the peer sent 6/4 Cease: Administrative Reset (hard reset); routes deleted
    00:00:05.005 B Established → Idle
    00:00:05.005 B next attempt at 00:00:06.840
    00:00:05.752 A Idle → Connect
    00:00:05.764 A Connect ended: TCP connection refused by the peer
    00:00:05.764 A Connect → Active
    00:00:06.670 A Active → Connect
    00:00:06.840 B Idle → Connect
    00:00:06.852 B Connect → OpenSent
    00:00:06.852 B OpenSent → OpenConfirm
    00:00:06.859 A up over Incoming, hold 9s
    00:00:06.859 A OpenConfirm → Established
    00:00:06.864 B up over Outgoing, hold 9s
    00:00:06.864 B OpenConfirm → Established
    ");
}

#[test]
fn without_graceful_restart_a_cease_is_plain() {
    let mut configs = configs();
    configs[0].capabilities = Capabilities::None;
    let mut pipe = Pipe::established(configs);
    pipe.tell(0, Input::Stop(StopReason::Shutdown));
    pipe.drive(at("30s"));
    assert_eq!(pipe.notifications, [('B', 6, 2)]);
    assert_eq!(pipe.states()[0], State::Idle);
    assert_ne!(pipe.states()[1], State::Established);
    pipe.tell(0, Input::Start);
    pipe.drive(at("33s"));
    assert_eq!(pipe.states(), [State::Established; 2]);
}

/// A process that is ended in order says so only where the peer would not keep its routes for it.
#[test]
fn a_process_that_is_ended_says_so_without_graceful_restart() {
    for (capabilities, told) in [
        (Capabilities::None, vec![('B', 6, 3)]),
        (Capabilities::default(), vec![]),
    ] {
        let mut configs = configs();
        configs[0].capabilities = capabilities;
        let mut pipe = Pipe::established(configs);
        pipe.tell(0, Input::Stop(StopReason::ProcessTerminates));
        pipe.drive(at("8s"));
        assert_eq!(pipe.notifications, told, "{capabilities:?}");
        assert_eq!(pipe.states()[0], State::Idle);
    }
}

#[test]
fn another_as_than_configured_is_refused_and_the_attempts_grow_rarer() {
    let mut configs = configs();
    configs[1].peer_as = Asn(65_010);
    let mut pipe = started(configs);
    pipe.drive(at("60s"));
    let judged: Vec<_> = pipe
        .notifications
        .iter()
        .filter(|it| it.1 != 5 && (it.1, it.2) != (6, 7))
        .collect();
    assert!(judged.iter().all(|it| **it == ('A', 2, 2)), "{judged:?}");
    let early = judged.len();
    pipe.drive(at("10m"));
    assert!(early > 3, "{early}");
    insta::assert_snapshot!(pipe.log, @"
    00:00:00.000 A Idle → Connect
    00:00:00.000 B Idle → Connect
    00:00:00.005 B Connect → OpenSent
    00:00:00.007 A Connect → OpenSent
    00:00:00.012 A OpenSent → OpenConfirm
    00:00:00.012 B OpenSent ended: OPEN refused: peer says AS 65001, configured 65010
    00:00:00.019 A OpenConfirm ended: both ends connected at once; the connection opened by the peer was kept
    00:00:00.019 A OpenConfirm ended: the peer sent 2/2 OPEN Message Error: Bad Peer AS
    00:00:00.019 A OpenConfirm → Idle
    00:00:00.957 A Idle → Connect
    00:00:00.969 A Connect ended: TCP connection refused by the peer
    00:00:00.969 A Connect → Active
    00:00:01.584 A Active → OpenSent
    00:00:01.596 A OpenSent → OpenConfirm
    ");
}

#[test]
fn a_hold_time_below_the_minimum_is_refused() {
    let mut configs = configs();
    configs[1].hold_policy.at_least = Span::secs(30);
    let mut pipe = started(configs);
    pipe.drive(at("8s"));
    assert_ne!(pipe.states()[0], State::Established);
    assert_eq!(pipe.notifications.first(), Some(&('A', 2, 6)));
}

#[test]
fn without_an_answer_the_advice_names_the_key() {
    // What different MD5 keys look like from above: each host drops the other's segments.
    let mut pipe = Pipe::new(configs(), 1);
    pipe.cut(Path::Silent);
    pipe.tell(0, Input::Start);
    pipe.tell(1, Input::Start);
    pipe.drive(at("60s"));
    insta::assert_snapshot!(pipe.log, @"
    00:00:00.000 A Idle → Connect
    00:00:00.000 B Idle → Connect
    00:00:00.937 A Connect ended: TCP connection timed out: no answer from the peer
    00:00:00.997 B Connect ended: TCP connection timed out: no answer from the peer
    ");
    let (_, reason) = pipe.sessions[0].last_reason().expect("an attempt failed");
    assert!(reason.advice().contains("MD5"), "{}", reason.advice());
}

#[test]
fn two_that_wait_for_each_other_never_meet() {
    let mut configs = configs();
    for config in &mut configs {
        config.initiative = Initiative::Passive;
    }
    let mut pipe = started(configs);
    pipe.drive(at("1h"));
    assert_eq!(pipe.states(), [State::Active; 2]);
    assert_eq!(pipe.sessions[0].next_wake(), None);
}

#[test]
fn one_that_waits_is_met() {
    let mut configs = configs();
    configs[0].initiative = Initiative::Passive;
    let pipe = Pipe::established(configs);
    assert_eq!(pipe.sessions[0].carrier(), Some(Half::Incoming));
}

#[test]
fn open_is_held_back_until_the_peer_speaks() {
    let mut configs = configs();
    configs[0].timers.delay_open = Some(Span::secs(2));
    configs[0].initiative = Initiative::Passive;
    let mut pipe = started(configs);
    pipe.drive(at("1s"));
    assert_eq!(
        pipe.states(),
        [State::Established; 2],
        "the peer's OPEN ends the delay"
    );
}

#[test]
fn open_is_held_back_for_the_delay() {
    let mut configs = configs();
    for config in &mut configs {
        config.timers.delay_open = Some(Span::secs(2));
    }
    configs[0].initiative = Initiative::Passive;
    let mut pipe = started(configs);
    pipe.drive(at("1.9s"));
    assert_eq!(pipe.ups, 0);
    pipe.drive(at("2.1s"));
    assert_eq!(pipe.states(), [State::Established; 2]);
}

#[test]
fn a_link_that_goes_down_ends_a_direct_session_without_a_word() {
    let mut pipe = Pipe::established(configs());
    pipe.cut(Path::NoRoute);
    pipe.tell(0, Input::InterfaceDown);
    pipe.tell(1, Input::InterfaceDown);
    pipe.drive(at("15s"));
    pipe.cut(Path::Up);
    pipe.tell(0, Input::InterfaceUp);
    pipe.tell(1, Input::InterfaceUp);
    pipe.drive(at("16s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    assert_eq!(pipe.notifications.iter().filter(|it| it.2 != 7).count(), 0);
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.000 A Established ended: the interface towards the peer is down
    00:00:05.000 A down: the interface towards the peer is down; routes deleted
    00:00:05.000 A Established → Idle
    00:00:05.000 A next attempt at 00:00:05.752
    00:00:05.000 B Established ended: the interface towards the peer is down
    00:00:05.000 B down: the interface towards the peer is down; routes deleted
    00:00:05.000 B Established → Idle
    00:00:05.000 B next attempt at 00:00:05.917
    00:00:05.752 A Idle → Connect
    00:00:05.752 A Connect ended: no route to the peer
    00:00:05.752 A Connect → Active
    00:00:05.917 B Idle → Connect
    00:00:05.917 B Connect ended: no route to the peer
    00:00:05.917 B Connect → Active
    00:00:06.658 A Active → Connect
    00:00:06.838 B Active → Connect
    00:00:15.019 A up over Incoming, hold 9s
    00:00:15.019 A OpenConfirm → Established
    00:00:15.024 B up over Outgoing, hold 9s
    00:00:15.024 B OpenConfirm → Established
    ");
}

#[test]
fn with_fast_failover_off_the_hold_timer_decides() {
    let mut configs = configs();
    configs[0].fast_failover = FastFailover::Off;
    let mut pipe = Pipe::established(configs);
    pipe.cut(Path::NoRoute);
    pipe.tell(0, Input::InterfaceDown);
    pipe.drive(at("10s"));
    assert_eq!(pipe.states()[0], State::Established);
    pipe.drive(at("14s"));
    assert_ne!(pipe.states()[0], State::Established);
}

#[test]
fn bfd_ends_a_session_with_its_own_code() {
    let mut pipe = Pipe::established(configs());
    pipe.tell(0, Input::BfdDown);
    pipe.drive(at("5.1s"));
    assert_eq!(pipe.notifications, [('B', 6, 9)]);
    let (_, reason) = pipe.sessions[1].last_reason().expect("it was told");
    assert_eq!(
        reason.to_string(),
        "the peer sent 6/10 Cease: BFD Down (hard reset)"
    );
}

/// RFC 5882 section 4.3: whose BFD shares its fate with the control plane cannot tell a dead path from a peer that restarts.
#[test]
fn bfd_that_may_have_seen_a_restart_keeps_what_the_peer_announced() {
    let with = |mode: GracefulRestartMode, bfd_failure| {
        let mut configs = configs();
        configs[0].bfd_failure = bfd_failure;
        configs[1].capabilities = Capabilities::Offered(GracefulRestartConfig {
            mode,
            restart_time: at("77s").since_start(),
            ..GracefulRestartConfig::default()
        });
        let mut pipe = Pipe::established(configs);
        let before = pipe.log.len();
        pipe.tell(0, Input::BfdDown);
        let kept = pipe.log[before..].contains("00:01:22");
        (kept, pipe.notifications.clone())
    };
    let spared = with(GracefulRestartMode::Full, BfdFailure::MayBeRestart);
    assert_eq!(
        spared,
        (true, vec![]),
        "and nobody is told over a path that is dead"
    );
    for (mode, failure) in [
        (GracefulRestartMode::Full, BfdFailure::PathIsDead),
        (GracefulRestartMode::Helper, BfdFailure::MayBeRestart),
    ] {
        let (kept, told) = with(mode, failure);
        assert!(!kept && told.len() <= 1, "{mode:?} {failure:?}: {told:?}");
    }
}

#[test]
fn too_many_prefixes_stop_a_session_until_it_is_cleared() {
    let mut pipe = Pipe::established(configs());
    pipe.tell(
        1,
        Input::Stop(StopReason::MaxPrefixes {
            limit: 7,
            restart_after: None,
        }),
    );
    pipe.drive(at("1h"));
    assert_eq!(pipe.states()[1], State::Idle);
    assert_eq!(
        pipe.notifications,
        [('A', 6, 9)],
        "told once; later attempts are refused without a word"
    );
    // RFC 4486 §4: the family, and how many are allowed.
    let stop = StopReason::MaxPrefixes {
        limit: 300,
        restart_after: None,
    };
    let told = Notification::with(Code::MAXIMUM_PREFIXES, [0, 1, 1, 0, 0, 1, 44]);
    assert_eq!(stop.notification(), Some(told));
    pipe.tell(1, Input::Clear);
    pipe.drive(at("1h2s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
}

#[test]
fn too_many_prefixes_stop_a_session_for_a_while() {
    let mut pipe = Pipe::established(configs());
    let restart_after = Some(Span::minutes(1));
    pipe.tell(
        1,
        Input::Stop(StopReason::MaxPrefixes {
            limit: 7,
            restart_after,
        }),
    );
    pipe.drive(at("64.9s"));
    assert_eq!(pipe.states()[1], State::Idle);
    pipe.drive(at("66s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
}

#[test]
fn a_session_without_hold_time_needs_no_keepalives() {
    let mut configs = configs();
    configs[0].timers.hold = Span::ZERO;
    let mut pipe = Pipe::established(configs);
    assert_eq!(pipe.sessions[0].next_wake(), None);
    pipe.cut(Path::Silent);
    pipe.drive(at("1h"));
    assert_eq!(pipe.states(), [State::Established; 2]);
}

#[test]
fn within_one_as_the_same_identifier_is_refused() {
    let mut configs = configs();
    configs[1].own_as = Asn(65_001);
    configs[0].peer_as = Asn(65_001);
    configs[1].id = RouterId([10, 0, 0, 1].into());
    let mut pipe = started(configs.clone());
    pipe.drive(at("3s"));
    let offered = configs[0].id;
    let expected = Reason::OpenRefused(OpenError::Identifier { offered });
    assert_eq!(pipe.sessions[0].last_reason().map(|it| it.1), Some(expected));

    configs[1].own_as = Asn(64_512);
    configs[0].peer_as = Asn(64_512);
    let pipe = Pipe::established(configs);
    assert_eq!(
        pipe.sessions[0].carrier(),
        Some(Half::Outgoing),
        "the higher AS keeps its own"
    );
}

#[test]
fn an_update_too_early_is_an_error_of_the_state_machine() {
    let mut pipe = started(configs());
    pipe.drive(at("11ms"));
    assert_eq!(pipe.states()[0], State::OpenSent);
    let half = Half::Incoming;
    pipe.tell(0, Input::UpdateSeen(half));
    pipe.drive(at("20ms"));
    let code = Code::FSM_IN_OPEN_SENT;
    assert!(
        pipe.notifications.contains(&('B', code.code, code.subcode)),
        "{:?}",
        pipe.notifications
    );
}

fn restarting() -> [Config; 2] {
    let mut configs = configs();
    for config in &mut configs {
        config.capabilities = Capabilities::Offered(GracefulRestartConfig {
            mode: GracefulRestartMode::Full,
            restart_time: Span::secs(8),
            stale_time: Span::secs(20),
        });
    }
    configs
}

#[test]
fn routes_of_a_peer_that_restarts_are_kept_until_it_has_said_everything() {
    let mut pipe = Pipe::established(restarting());
    pipe.kill(1);
    pipe.drive(at("7s"));
    let [_, config] = restarting();
    pipe.revive(1, config);
    pipe.drive(at("9s"));
    pipe.send_end_of_rib(1);
    pipe.drive(at("10s"));
    assert!(pipe.sessions[0].heard_end_of_rib());
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.007 A Established ended: the peer closed the TCP connection
    00:00:05.007 A down: the peer closed the TCP connection; routes stale until 00:00:13.007
    00:00:05.007 A routes kept as stale until 00:00:13.007
    00:00:05.007 A Established → Idle
    00:00:05.007 A next attempt at 00:00:05.759
    00:00:05.759 A Idle → Connect
    00:00:05.771 A Connect ended: TCP connection refused by the peer
    00:00:05.771 A Connect → Active
    00:00:06.677 A Active → Connect
    00:00:07.000 B Idle → Connect
    00:00:07.012 B Connect → OpenSent
    00:00:07.012 B OpenSent → OpenConfirm
    00:00:07.019 A up over Incoming, hold 9s
    00:00:07.019 A OpenConfirm → Established
    00:00:07.024 B up over Outgoing, hold 9s
    00:00:07.024 B OpenConfirm → Established
    00:00:09.007 A stale routes deleted: the peer has sent all its routes
    ");
}

#[test]
fn routes_of_a_peer_that_does_not_come_back_are_deleted() {
    let mut pipe = Pipe::established(restarting());
    pipe.kill(1);
    pipe.drive(at("60s"));
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.007 A Established ended: the peer closed the TCP connection
    00:00:05.007 A down: the peer closed the TCP connection; routes stale until 00:00:13.007
    00:00:05.007 A routes kept as stale until 00:00:13.007
    00:00:05.007 A Established → Idle
    00:00:05.007 A next attempt at 00:00:05.759
    00:00:05.759 A Idle → Connect
    00:00:05.771 A Connect ended: TCP connection refused by the peer
    00:00:05.771 A Connect → Active
    00:00:06.677 A Active → Connect
    00:00:13.007 A stale routes deleted: the peer did not come back within its restart time
    ");
}

/// The bound of RFC 4724 §4.2 begins with the loss of the session, as FRR's stalepath timer does: it deletes what is kept
/// before the peer is back, and is not begun anew when it is.
#[test]
fn stale_routes_are_kept_for_the_stale_time_at_most() {
    let stale_after = |secs: u64| {
        let mut configs = restarting();
        if let Capabilities::Offered(restart) = &mut configs[0].capabilities {
            restart.stale_time = Span::secs(secs);
        }
        configs
    };
    let line = |pipe: &Pipe| {
        let mut lines = pipe.log.lines();
        lines.find(|line| line.contains("deleted:")).map(str::to_owned)
    };
    let over = "A stale routes deleted: the peer has not sent all its routes within the stale time";
    let mut pipe = Pipe::established(stale_after(3));
    pipe.kill(1);
    pipe.drive(at("60s"));
    assert!(
        pipe.log.contains("A routes kept as stale until 00:00:08.007"),
        "{}",
        pipe.log
    );
    assert_eq!(line(&pipe), Some(format!("00:00:08.007 {over}")));

    let mut pipe = Pipe::established(stale_after(6));
    pipe.kill(1);
    pipe.drive(at("7s"));
    pipe.revive(1, restarting()[1].clone());
    pipe.drive(at("60s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    assert_eq!(line(&pipe), Some(format!("00:00:11.007 {over}")));
}

/// As FRR's fast failover and BIRD's lost neighbour do: the session is stopped, and the peer not waited for.
#[test]
fn an_interface_that_goes_down_keeps_no_stale_routes() {
    let mut pipe = Pipe::established(restarting());
    pipe.tell(0, Input::InterfaceDown);
    pipe.drive(at("6s"));
    let expected = "A down: the interface towards the peer is down; routes deleted";
    assert!(pipe.log.contains(expected), "{}", pipe.log);
}

#[test]
fn a_helper_alone_is_not_waited_for() {
    let mut pipe = Pipe::established(configs());
    pipe.kill(1);
    pipe.drive(at("5.1s"));
    assert!(pipe.log.contains("routes deleted"), "{}", pipe.log);
}

#[test]
fn a_new_connection_takes_the_place_of_one_whose_end_was_not_heard() {
    let mut pipe = Pipe::established(restarting());
    pipe.cut(Path::Silent);
    pipe.kill(1);
    pipe.cut(Path::Up);
    let [_, config] = restarting();
    pipe.revive(1, config);
    pipe.drive(at("7s"));
    assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
    insta::assert_snapshot!(pipe.log, @"
    00:00:05.000 B Idle → Connect
    00:00:05.007 A Established ended: the peer opened another connection
    00:00:05.007 A down: the peer opened another connection; routes stale until 00:00:13.007
    00:00:05.007 A routes kept as stale until 00:00:13.007
    00:00:05.007 A Established → OpenSent
    00:00:05.012 B Connect → OpenSent
    00:00:05.012 B OpenSent → OpenConfirm
    00:00:05.019 A OpenSent → OpenConfirm
    00:00:05.019 A up over Incoming, hold 9s
    00:00:05.019 A OpenConfirm → Established
    00:00:05.024 B up over Outgoing, hold 9s
    00:00:05.024 B OpenConfirm → Established
    ");
}
