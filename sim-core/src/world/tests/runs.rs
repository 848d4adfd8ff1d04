//! Whole runs: determinism, branches, wakes.

use super::*;
use crate::aws::Change;
use crate::kernel::Observer;
use crate::migrate::ground::{Ground as _, Hold, InstanceSpec, PublicAddress};
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::Ppm;
use crate::verdict::Refusal;
use crate::world::lever::Lever;

/// Calls from both hosts over a link that loses a tenth of its packets, while it flaps.
fn busy(lab: &Lab, seed: u64) -> World {
    let mut world = lab.seeded(seed);
    for n in 0..20 {
        let mut call = lab.mgn_call();
        call.connect_timeout = Span::secs(5 + n);
        world.terrain.call(ACTOR, call);
    }
    world.terrain.hold(
        ACTOR,
        Hold {
            from: lab.source,
            to: Remote::Name(mgn_name().into()),
            port: 443,
            anew_after: Span::secs(9),
            lost_after: Span::secs(9),
            retry_every: Span::secs(2),
        },
    );
    world
}

fn flapping() -> Lab {
    let mut lab = lab();
    let peering = lab.aws.peering;
    lab.blueprint.cloud.peerings[peering].loss = Ppm::percent(10);
    let loss = |percent| Lever::Network(Change::PeeringLoss(peering, Ppm::percent(percent)));
    lab.blueprint.schedule = (1..10)
        .map(|n| (secs(n * 3), loss(10 * (n as u32 % 3))))
        .collect();
    lab
}

#[derive(Default)]
struct Count(u64);

impl Observer<ResourceRef, Happening> for Count {
    fn record(&mut self, _: &Record) {
        self.0 += 1;
    }
}

#[test]
fn who_watches_makes_no_difference_and_the_seed_does() {
    let lab = flapping();
    let run = |seed, n_observers: usize| {
        let mut counts: Vec<Count> = (0..n_observers).map(|_| Count::default()).collect();
        let mut observers: Vec<_> = counts
            .iter_mut()
            .map(|count| count as &mut dyn Observer<ResourceRef, Happening>)
            .collect();
        let mut world = busy(&lab, seed);
        world.run_until(secs(100), u64::MAX, &mut observers);
        let n_written = world.trace().n_written();
        assert!(counts.iter().all(|count| count.0 == n_written));
        (world.trace_hash(), world.n_events())
    };
    let alone = run(7, 0);
    assert_eq!(run(7, 0), alone);
    assert_eq!(run(7, 3), alone);
    assert_ne!(run(8, 0).0, alone.0);
}

#[test]
fn a_branch_goes_its_own_way_and_replays_the_same() {
    let lab = flapping();
    let mut world = busy(&lab, 7);
    world.run(secs(2));
    let mut branch = world.clone();
    world.run(secs(100));
    assert_eq!(branch.now(), secs(2));
    let mut other = branch.clone();
    branch.run(secs(100));
    assert_eq!(branch.trace_hash(), world.trace_hash());
    let cut = Lever::Network(Change::PeeringLoss(lab.aws.peering, Ppm::ONE));
    other.apply(&cut).expect("the peering is there");
    other.run(secs(100));
    assert_ne!(other.trace_hash(), world.trace_hash());
}

#[test]
fn stopping_in_between_changes_nothing() {
    let lab = flapping();
    let mut whole = busy(&lab, 7);
    whole.run(secs(40));
    let mut pieces = busy(&lab, 7);
    for n in 1..=400 {
        pieces.run(SimTime::at(Span::millis(n * 100)));
    }
    assert_eq!(pieces.trace_hash(), whole.trace_hash());
    assert_eq!(pieces.n_events(), whole.n_events());
    let mut budgeted = busy(&lab, 7);
    while budgeted.run_until(secs(40), 3, &mut []) == crate::world::RunEnd::BudgetSpent {}
    assert_eq!(budgeted.trace_hash(), whole.trace_hash());
}

#[test]
fn an_actor_has_one_wish_at_a_time() {
    let lab = lab();
    let mut world = lab.world();
    world.terrain.wake(ACTOR, Some(secs(5)));
    world.terrain.wake(ACTOR, Some(secs(3)));
    world.terrain.wake(Actor::Service, Some(secs(4)));
    world.terrain.wake(Actor::Service, None);
    assert_eq!(world.next_event_at(), Some(secs(3)));
    assert_eq!(world.run_listening(secs(10)), [(secs(3), Report::Wake(ACTOR))]);
}

#[test]
fn a_launched_instance_can_be_reached_and_a_terminated_one_cannot() {
    let lab = lab();
    let mut world = lab.world();
    let spec = InstanceSpec {
        name: "repl-2".to_owned(),
        subnet: lab.aws.staging_a,
        instance_type: None,
        security_groups: vec![lab.aws.staging_group],
        address: None,
        public_address: PublicAddress::None,
        os: OsFamily::Linux,
        rate: BitRate::gbps(5),
        listens: vec![1500],
    };
    let host = world.terrain.launch(spec.clone()).expect("a free address");
    assert_eq!(world.names().of(host), "repl-2");
    let address = world.terrain.address(host).expect("an address");
    let call = || Call {
        from: lab.source,
        to: Remote::Address(address),
        port: 1500,
        request: Request::Connect,
        connect_timeout: Span::secs(10),
    };
    assert_eq!(world.call(call()).1.map(|done| done.remote), Ok(host.into()));
    world.terrain.terminate(host);
    assert_eq!(
        world.call(call()).1.map_err(|failed| failed.stopped_by),
        Err(Some(Refusal::at(Reason::UnknownDestination, lab.aws.staging)))
    );
    assert_eq!(
        world.terrain.host_ready(host),
        Err(Refusal::at(Reason::HostDown, host))
    );
    // Its address is free again.
    let next = world.terrain.launch(spec).expect("a free address");
    assert_eq!(world.terrain.address(next), Some(address));
}
