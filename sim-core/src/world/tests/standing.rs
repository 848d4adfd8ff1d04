//! Held connections and bulk flows.

use super::*;
use crate::aws::fixture::{allow_all, ip, net, tcp};
use crate::aws::{AclAction, AclRule, Change};
use crate::migrate::ground::{FlowSpec, Ground as _, Hold, HoldEvent};
use crate::reason::Reason;
use crate::resource::FlowId;
use crate::site::HostChange;
use crate::units::Ppm;
use crate::verdict::{Destination, Direction, Refusal};
use crate::world::lever::Lever;

fn hold(lab: &Lab) -> Hold {
    Hold {
        from: lab.source,
        to: Remote::Name(mgn_name().into()),
        port: 443,
        anew_after: Span::secs(90),
        lost_after: Span::secs(90),
        retry_every: Span::secs(60),
    }
}

fn close(lab: &Lab) -> Lever {
    let deny = AclRule {
        number: 1,
        action: AclAction::Deny,
        ..allow_all(1)
    };
    Lever::Network(Change::SetAclRule(lab.aws.source_acl, Direction::Egress, deny))
}
fn open(lab: &Lab) -> Lever {
    Lever::Network(Change::RemoveAclRule(lab.aws.source_acl, Direction::Egress, 1))
}

fn events(heard: Vec<(SimTime, Report)>) -> Vec<(SimTime, HoldEvent)> {
    heard
        .into_iter()
        .map(|(at, report)| match report {
            Report::Hold { event, .. } => (at, event),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_held_connection_costs_nothing_while_its_way_is_whole() {
    let lab = lab();
    let mut world = lab.world();
    world.terrain.hold(ACTOR, hold(&lab));
    world.apply(&open(&lab)).expect_err("nothing was closed");
    assert!(world.is_idle());
    world.run(secs(86_400 * 90));
    assert_eq!(world.n_events(), 0);
    // Six days without a packet are longer than a security group remembers, but not a held one.
    let lever = Lever::Network(Change::PeeringDelay(lab.aws.peering, Span::millis(31)));
    world.apply(&lever).expect("the peering is there");
    assert!(world.is_idle());
}

#[test]
fn a_cut_is_noticed_after_the_silence_and_mended_by_a_retry() {
    let mut lab = lab();
    lab.blueprint.schedule = vec![(secs(1_000), close(&lab)), (secs(2_000), open(&lab))];
    let mut world = lab.world();
    world.terrain.hold(ACTOR, hold(&lab));
    let heard = events(world.run_listening(SimTime::END));
    let [(lost_at, HoldEvent::Lost(failed)), (back_at, HoldEvent::Restored)] = heard[..] else {
        panic!("{heard:?}");
    };
    // Up to a third of the 90 s had passed since the last heartbeat.
    assert!(secs(1_060) <= lost_at && lost_at <= secs(1_090), "{lost_at}");
    assert_eq!(failed.symptom, Reason::ConnectionTimedOut);
    assert_eq!(
        failed.stopped_by.map(|refusal| refusal.reason),
        Some(Reason::NetworkAclDenied)
    );
    // Retries come every 60 s from the loss on; the first after 2000 s gets through.
    let n_retries = (secs(2_000) - lost_at).as_secs() / 60 + 1;
    assert_eq!(back_at, lost_at + Span::secs(60) * n_retries);
    // The lever is the cause of the loss.
    let lost = world
        .records_of(|happening| matches!(happening, Happening::HoldLost { .. }))
        .next()
        .expect("a record");
    let cause = world.trace().get(lost.cause.expect("a cause")).expect("kept");
    assert!(matches!(cause.what, Happening::Lever(_)));
}

#[test]
fn a_cut_that_heals_in_time_is_not_noticed() {
    let mut lab = lab();
    lab.blueprint.schedule = vec![(secs(1_000), close(&lab)), (secs(1_050), open(&lab))];
    let mut world = lab.world();
    world.terrain.hold(ACTOR, hold(&lab));
    assert_eq!(world.run_listening(SimTime::END), []);
}

#[test]
fn a_tracked_connection_outlives_the_rule_that_let_it_in() {
    let lab = lab();
    let mut world = lab.world();
    let id = world.terrain.hold(ACTOR, hold(&lab));
    let group = lab.aws.endpoint_group;
    let rule = tcp(443, "192.168.0.0/16");
    let lever = Lever::Network(Change::RemoveGroupRule(group, Direction::Ingress, rule));
    world.apply(&lever).expect("the rule is there");
    assert_eq!(world.run_listening(secs(86_400)), []);
    // Let go and made anew, it meets the rule that is no longer there.
    world.terrain.release(id);
    world.terrain.hold(ACTOR, hold(&lab));
    let heard = events(world.run_listening(secs(2 * 86_400)));
    assert!(matches!(heard[..], [(_, HoldEvent::Lost(_))]), "{heard:?}");
}

#[test]
fn a_host_that_is_switched_off_holds_nothing() {
    let lab = lab();
    let mut world = lab.world();
    let mut spec = hold(&lab);
    (spec.to, spec.port) = (Remote::Address(ip("10.0.1.20")), 1500);
    world.terrain.hold(ACTOR, spec);
    let host = lab.replicator;
    let power = |power| Lever::Host {
        host,
        change: HostChange::Power(power),
    };
    world.apply(&power(Power::Off)).expect("it is on");
    let heard = events(world.run_listening(secs(1_000)));
    let [(_, HoldEvent::Lost(failed))] = heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(failed.stopped_by, Some(Refusal::at(Reason::HostDown, host)));
    world.apply(&power(Power::On)).expect("it is off");
    let heard = events(world.run_listening(secs(2_000)));
    assert!(matches!(heard[..], [(_, HoldEvent::Restored)]), "{heard:?}");
}

fn flow(lab: &Lab, cap: BitRate) -> FlowSpec {
    FlowSpec {
        from: lab.source,
        to: lab.replicator,
        port: 1500,
        streams: 1,
        window: DataSize::gib(1),
        cap,
    }
}

fn rates(heard: Vec<(SimTime, Report)>) -> Vec<(SimTime, FlowId, BitRate)> {
    heard
        .into_iter()
        .map(|(at, report)| match report {
            Report::FlowRate { flow, rate, .. } => (at, flow, rate),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// 1 Gbps for three flows: the first wants 100 Mbps, the others share the 900 Mbps that are left.
#[test]
fn flows_share_a_link_max_min_fairly() {
    let mut lab = lab();
    lab.blueprint.cloud.peerings[lab.aws.peering].rate = BitRate::gbps(1);
    let mut world = lab.world();
    let a = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(100)));
    let b = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(600)));
    let c = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::gbps(2)));
    let now = SimTime::START;
    assert_eq!(
        rates(world.run_listening(secs(1))),
        [
            (now, a, BitRate::mbps(100)),
            (now, b, BitRate::mbps(450)),
            (now, c, BitRate::mbps(450)),
        ]
    );
    let now = world.now();
    world.terrain.close_flow(c);
    assert_eq!(
        rates(world.run_listening(secs(2))),
        [(now, b, BitRate::mbps(600))]
    );
    let load = world.link_loads().find(|link| link.capacity == BitRate::gbps(1));
    assert_eq!(load.map(|link| link.load), Some(BitRate::mbps(700)));
}

/// A window of 1 MiB goes out once per 60 ms: 2^20 × 8 bit / 0.06 s = 139 810 133 bps. With 0.01 %
/// loss each connection averages 1460 × 8 bit / 0.06 s × √1.5 / √0.0001 = 23 841 700 bps.
#[test]
fn one_connection_carries_what_window_round_trip_and_loss_allow() {
    let lab = lab();
    let mut world = lab.world();
    let mut spec = flow(&lab, BitRate::gbps(5));
    spec.window = DataSize::mib(1);
    let flow = world.terrain.open_flow(ACTOR, spec);
    let heard = rates(world.run_listening(secs(1)));
    assert_eq!(heard, [(SimTime::START, flow, BitRate::bps(139_810_133))]);
    let lever = Lever::Network(Change::PeeringLoss(lab.aws.peering, Ppm::new(100)));
    world.apply(&lever).expect("the peering is there");
    let heard = rates(world.run_listening(secs(2)));
    assert_eq!(heard[0].2, BitRate::bps(23_841_700));
}

#[test]
fn a_cut_flow_stands_still_and_comes_back() {
    let lab = lab();
    let mut world = lab.world();
    let flow = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(200)));
    world.run_listening(secs(10));
    world.apply(&close(&lab)).expect("open so far");
    let cut_at = world.now();
    assert_eq!(
        rates(world.run_listening(secs(20))),
        [(cut_at, flow, BitRate::ZERO)]
    );
    let by = world.flow_refusal(flow).expect("something cuts it");
    assert_eq!(by.reason, Reason::NetworkAclDenied);
    world.apply(&open(&lab)).expect("closed so far");
    assert_eq!(rates(world.run_listening(secs(30)))[0].2, BitRate::mbps(200));
    // The rate's report is caused by the record of the flow, and that by the lever.
    let routed = world
        .records_of(|happening| *happening == Happening::FlowRouted)
        .next()
        .expect("a record");
    let causes: Vec<_> = world
        .trace()
        .causes(routed.id)
        .map(|record| &record.what)
        .collect();
    assert!(
        matches!(causes[..], [Happening::FlowRouted, Happening::Lever(_)]),
        "{causes:?}"
    );
}

#[test]
fn a_flow_that_cannot_begin_is_told_that_it_stands_still() {
    let lab = lab();
    let mut world = lab.world();
    let route = Destination::Prefix(net("10.0.0.0/16"));
    let lever = Lever::Network(Change::RemoveRoute(lab.aws.source_table, route));
    world.apply(&lever).expect("the route is there");
    let flow = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(200)));
    assert_eq!(
        rates(world.run_listening(secs(1))),
        [(SimTime::START, flow, BitRate::ZERO)]
    );
}

#[test]
fn caps_change_without_looking_at_other_flows() {
    let lab = lab();
    let mut world = lab.world();
    let a = world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(100)));
    world.terrain.open_flow(ACTOR, flow(&lab, BitRate::mbps(100)));
    world.run_listening(secs(1));
    world.terrain.cap_flow(a, BitRate::mbps(300));
    world.terrain.cap_flow(a, BitRate::mbps(200));
    let now = world.now();
    assert_eq!(
        rates(world.run_listening(secs(2))),
        [(now, a, BitRate::mbps(200))]
    );
}
