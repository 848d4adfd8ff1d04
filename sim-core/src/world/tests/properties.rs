//! What stands after any sequence of changes is what would stand in a lab that began so.

use proptest::prelude::*;

use super::*;
use crate::aws::fixture::{allow_all, net, route};
use crate::aws::{AclAction, AclRule, Change, PeeringState, RouteTarget};
use crate::migrate::ground::{FlowSpec, Ground as _, Hold};
use crate::resource::FlowId;
use crate::site::HostChange;
use crate::units::Ppm;
use crate::verdict::{Destination, Direction};
use crate::world::lever::Lever;

const N_LEVERS: usize = 11;

fn lever(lab: &Lab, which: usize) -> Lever {
    let aws = &lab.aws;
    let deny = AclRule {
        number: 1,
        action: AclAction::Deny,
        ..allow_all(1)
    };
    let to_staging = Destination::Prefix(net("10.0.0.0/16"));
    let power = |power| Lever::Host {
        host: lab.replicator,
        change: HostChange::Power(power),
    };
    let change = match which {
        0 => Change::SetAclRule(aws.source_acl, Direction::Egress, deny),
        1 => Change::RemoveAclRule(aws.source_acl, Direction::Egress, 1),
        2 => Change::SetAclRule(aws.staging_acl, Direction::Egress, deny),
        3 => Change::RemoveAclRule(aws.staging_acl, Direction::Egress, 1),
        4 => Change::RemoveRoute(aws.source_table, to_staging),
        5 => Change::AddRoute(
            aws.source_table,
            route("10.0.0.0/16", RouteTarget::Peering(aws.peering)),
        ),
        6 => Change::PeeringRate(aws.peering, BitRate::mbps(50)),
        7 => Change::PeeringLoss(aws.peering, Ppm::new(200)),
        8 => Change::Peering(aws.peering, PeeringState::Deleted),
        9 => return power(Power::Off),
        _ => return power(Power::On),
    };
    Lever::Network(change)
}

/// Three flows that want 30, 60 and 90 Mbps, one of them the other way.
fn flows(lab: &Lab, world: &mut World) -> Vec<FlowId> {
    [(30, false), (60, true), (90, false)]
        .into_iter()
        .map(|(mbps, back)| {
            let (from, to) = if back {
                (lab.replicator, lab.source)
            } else {
                (lab.source, lab.replicator)
            };
            world.terrain.open_flow(
                ACTOR,
                FlowSpec {
                    from,
                    to,
                    port: 1500,
                    streams: 1,
                    window: DataSize::mib(4),
                    cap: BitRate::mbps(mbps),
                },
            )
        })
        .collect()
}

fn two_way_lab() -> Lab {
    let mut lab = lab();
    lab.blueprint.hosts[lab.source].listens = vec![(Protocol::Tcp, 1500)];
    let into = crate::aws::fixture::tcp(1500, "10.0.0.0/16");
    lab.blueprint.cloud.security_groups[lab.aws.source_group]
        .ingress
        .push(into);
    lab
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn flows_end_up_as_if_the_lab_had_always_been_so(
        levers in prop::collection::vec((0..N_LEVERS, 1_u64..100), 0..12),
    ) {
        let mut lab = two_way_lab();
        let mut world = lab.world();
        let standing = flows(&lab, &mut world);
        let mut until = SimTime::START;
        for (which, wait) in levers {
            until = until + Span::secs(wait);
            world.run(until);
            let lever = lever(&lab, which);
            if world.apply(&lever).is_ok() {
                lab.blueprint.overlay.push(lever);
            }
        }
        world.run(until + Span::secs(1));
        let mut fresh = lab.world();
        let opened = flows(&lab, &mut fresh);
        fresh.run(secs(1));
        for (one, other) in standing.into_iter().zip(opened) {
            prop_assert_eq!(world.flow_rate(one), fresh.flow_rate(other));
            prop_assert_eq!(world.flow_refusal(one), fresh.flow_refusal(other));
        }
    }

    #[test]
    fn a_held_connection_is_lost_exactly_while_it_cannot_be_made(
        levers in prop::collection::vec((0..N_LEVERS, 100_u64..300), 0..12),
    ) {
        let lab = two_way_lab();
        let mut world = lab.world();
        let hold = Hold {
            from: lab.source,
            to: Remote::Address(crate::aws::fixture::ip("10.0.1.20")),
            port: 1500,
            anew_after: Span::secs(20),
            lost_after: Span::secs(20),
            retry_every: Span::secs(10),
        };
        world.terrain.hold(ACTOR, hold.clone());
        let mut lost = false;
        let mut until = SimTime::START;
        for (which, wait) in levers {
            let _ = world.apply(&lever(&lab, which));
            until = until + Span::secs(wait);
            // Each stretch is longer than it takes to notice a loss or a return.
            for (_, report) in world.run_listening(until) {
                let Report::Hold { event, .. } = report else { continue };
                let now_lost = matches!(event, crate::migrate::ground::HoldEvent::Lost(_));
                prop_assert_ne!(now_lost, lost, "news only");
                lost = now_lost;
            }
            let call = Call {
                from: lab.source,
                to: hold.to.clone(),
                port: 1500,
                request: Request::Connect,
                connect_timeout: Span::secs(3),
            };
            let lossless = world.network().cloud.peerings[lab.aws.peering].loss == Ppm::ZERO;
            if lossless {
                let reached = world.probe().call(crate::world::Software::Ordinary, call).is_ok();
                prop_assert_eq!(lost, !reached);
            }
        }
    }
}
