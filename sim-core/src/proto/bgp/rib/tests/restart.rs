//! Graceful restart: stale paths, and the wait of the one that restarts.

use crate::proto::bgp::rib::*;
use crate::units::{SimTime, Span};

use super::lab::*;

const PREFIX: &str = "20.0.0.0/16";

fn pair() -> (Lab, usize) {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    let session = lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.originate(b, PREFIX);
    lab.originate(b, "21.0.0.0/16");
    lab.drive();
    (lab, session)
}

#[test]
fn stale_paths_stay_in_use_until_end_of_rib() {
    let (mut lab, session) = pair();
    lab.down(session, Fate::Kept);
    assert_eq!(lab.show(0, PREFIX), "> peer 0 [2] stale won by only path");
    assert_ne!(lab.ribs[0].forward(net(PREFIX)), Forward::Nowhere);
    lab.withdraw(1, "21.0.0.0/16");
    lab.up(session);
    while lab.as_path(0, "21.0.0.0/16").is_some() && lab.deliver() {}
    lab.drive();
    assert_eq!(lab.show(0, PREFIX), "> peer 0 [2] won by only path");
    assert_eq!(lab.ribs[0].prefixes().count(), 1);
}

#[test]
fn stale_paths_go_when_time_is_over_or_the_session_is_lost_again() {
    let (mut lab, session) = pair();
    let (_, peer) = lab.sessions[session].ends[0];
    lab.down(session, Fate::Kept);
    lab.input(0, Input::StaleExpired(peer));
    assert_eq!(
        (
            lab.ribs[0].prefixes().count(),
            lab.ribs[0].counts(peer).n_accepted
        ),
        (0, 0)
    );
    let (mut lab, session) = pair();
    lab.down(session, Fate::Kept);
    lab.up(session);
    lab.down(session, Fate::Kept);
    assert_eq!(lab.ribs[0].prefixes().count(), 0);
}

#[test]
fn a_peer_that_kept_no_forwarding_state_begins_anew() {
    let (mut lab, session) = pair();
    lab.down(session, Fate::Kept);
    let mut negotiated = lab.negotiated(session, 0);
    for (_, flags) in negotiated
        .graceful_restart
        .iter_mut()
        .flat_map(|it| &mut it.families)
    {
        *flags = 0;
    }
    let (_, peer) = lab.sessions[session].ends[0];
    lab.sessions[session].is_up = true;
    lab.input(
        0,
        Input::PeerUp {
            peer,
            negotiated: negotiated.into(),
            subnet: None,
        },
    );
    assert_eq!(lab.ribs[0].prefixes().count(), 0);
}

#[test]
fn a_fresh_path_does_not_yield_to_a_stale_one() {
    let (mut lab, session) = pair();
    let c = lab.add(router(2, 3));
    lab.join((0, PeerConfig::default()), (c, PeerConfig::default()));
    lab.originate(c, PREFIX);
    lab.drive();
    lab.down(session, Fate::Kept);
    assert!(
        lab.show(0, PREFIX)
            .starts_with("> peer 0 [2] stale won by router id"),
        "{}",
        lab.show(0, PREFIX)
    );
}

#[test]
fn one_that_restarts_selects_when_all_have_marked_their_end() {
    let mut lab = Lab::default();
    let [a, b, c] = [1, 2, 3].map(|n| lab.add(router(u32::from(n), n)));
    let until = SimTime::at(Span::secs(360));
    lab.input(a, Input::Restarting { until });
    lab.originate(a, "22.0.0.0/16");
    lab.originate(b, PREFIX);
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.join((a, PeerConfig::default()), (c, PeerConfig::default()));
    let from_a = |lab: &Lab| lab.queue.iter().filter(|(_, end, _)| *end == 1).count();
    while lab.queue.front().is_some_and(|(session, _, _)| *session == 0) {
        lab.deliver();
    }
    assert_eq!(
        (from_a(&lab), lab.as_path(a, PREFIX)),
        (0, None),
        "c has not marked its end"
    );
    assert_eq!(lab.ribs[a].next_wake(), Some(until));
    lab.drive();
    assert_eq!(lab.as_path(c, PREFIX).as_deref(), Some("1 2"));
    assert_eq!(lab.as_path(c, "22.0.0.0/16").as_deref(), Some("1"));
    assert!(lab.now < until);
}

#[test]
fn one_that_restarts_selects_in_the_end() {
    let mut lab = Lab::default();
    let a = lab.add(router(1, 1));
    let until = SimTime::at(Span::secs(360));
    lab.input(a, Input::Restarting { until });
    lab.originate(a, PREFIX);
    assert_eq!(lab.ribs[a].best(net(PREFIX)), None);
    lab.drive();
    assert_eq!((lab.now, lab.as_path(a, PREFIX).as_deref()), (until, Some("")));
}
