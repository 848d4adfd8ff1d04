//! Bulk flows and held connections between hosts on segments, which follow what routers do.

use ipnet::Ipv4Net;

use super::{ACTOR, secs};
use crate::kernel::Keep;
use crate::migrate::ground::{FlowSpec, Ground as _, Hold, HoldEvent, Remote};
use crate::net::{PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{HostId, RouterId, SegmentId};
use crate::site::{
    ADVERTISEMENT_INTERVAL, Attachment, Carrier, Clock, FirewallAction, Host, MacAddress, Member, OsFamily,
    PRIORITY, PassRule, Port, Power, Preemption, RouterChange, Running, Segment, SegmentChange, SegmentPort,
    TrustStore, VirtualGateway,
};
use crate::units::{BitRate, DataSize, SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::event::Report;
use crate::world::lever::Lever;
use crate::world::network::{Header, Place, Tracking, walk};
use crate::world::notice::Happening;
use crate::world::routing::RoutingLever;
use crate::world::run::World;

const PORT: u16 = 1500;

struct Site {
    blueprint: Blueprint,
    /// On the segment of a gigabit: 192.168.10.21 and .22.
    clients: [HostId; 2],
    /// On the segment of ten gigabits.
    server: HostId,
    routers: [RouterId; 2],
    slow: SegmentId,
}

fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a prefix")
}

fn host(blueprint: &mut Blueprint, name: &str, segment: SegmentId, address: &str, gateway: &str) -> HostId {
    let host = blueprint.hosts.push(Host {
        name: name.to_owned(),
        port: Port::Segment(SegmentPort {
            segment,
            address: address.parse().expect("an address"),
            gateway: Some(gateway.parse().expect("an address")),
            routes: Vec::new(),
            name_servers: Vec::new(),
        }),
        os: OsFamily::Linux,
        power: Power::On,
        rate: BitRate::gbps(5),
        mtu: crate::net::Mtu::ETHERNET,
        clock: Clock::Synchronised,
        trust: TrustStore::AmazonRoots,
        mac: MacAddress::Stable,
        listens: vec![(Protocol::Tcp, PORT)],
        firewall: Vec::new(),
        name_server: None,
    });
    blueprint.names.insert(host, name);
    host
}

/// Two segments, and two routers that share the gateway of each.
fn site() -> Site {
    let mut blueprint = Blueprint::empty("site");
    let segment = |prefix, rate| Segment {
        prefix: net(prefix),
        vlan: None,
        delay: Span::micros(50),
        rate,
        mtu: crate::net::Mtu::ETHERNET,
        carrier: Carrier::Up,
    };
    let routing = &mut blueprint.routing;
    let slow = routing
        .segments
        .push(segment("192.168.10.0/24", BitRate::gbps(1)));
    let fast = routing
        .segments
        .push(segment("192.168.20.0/24", BitRate::gbps(10)));
    let routers = [120, PRIORITY].map(|priority| (routing.add_router(Vec::new(), Vec::new()), priority));
    for (segment, third) in [(slow, 10), (fast, 20)] {
        let mut members = Vec::new();
        for (place, (router, priority)) in routers.into_iter().enumerate() {
            let address = net(&format!("192.168.{third}.{}/24", place + 2));
            let interface = routing.add_interface(router, address, Attachment::Segment(segment));
            members.push(Member {
                interface,
                address: address.addr(),
                priority,
                preemption: Preemption::On,
            });
        }
        routing.gateways.push(VirtualGateway {
            segment,
            address: net(&format!("192.168.{third}.1/24")).addr(),
            advertisement_interval: ADVERTISEMENT_INTERVAL,
            members,
            active: None,
        });
    }
    let clients = ["21", "22"].map(|last| {
        let address = format!("192.168.10.{last}");
        host(
            &mut blueprint,
            &format!("client-{last}"),
            slow,
            &address,
            "192.168.10.1",
        )
    });
    let server = host(&mut blueprint, "server", fast, "192.168.20.21", "192.168.20.1");
    Site {
        blueprint,
        clients,
        server,
        routers: routers.map(|(router, _)| router),
        slow,
    }
}

impl Site {
    /// Both routers let through what begins on the clients' segment, and nothing else.
    fn with_firewalls(mut self) -> Self {
        for router in self.routers {
            let row = self
                .blueprint
                .routing
                .routers
                .get_mut(router)
                .expect("it is there");
            let row = std::sync::Arc::make_mut(row);
            row.firewall = Some(vec![PassRule {
                action: FirewallAction::Allow,
                from: row.interfaces.first().copied(),
                to: None,
                protocol: None,
                ports: PortRange::ALL,
                source: Ipv4Net::default(),
                destination: Ipv4Net::default(),
            }]);
        }
        self
    }
    fn world(&self) -> World {
        let mut world = World::build(&self.blueprint, 1).expect("the lab can be built");
        world.set_keep(Keep::All);
        world
    }
    fn flow(&self, client: usize) -> FlowSpec {
        FlowSpec {
            from: self.clients[client],
            to: self.server,
            port: PORT,
            streams: 1,
            window: DataSize::mib(64),
            cap: BitRate::MAX,
        }
    }
    fn off(&self, router: usize) -> Lever {
        self.power(router, Running::Off)
    }
    fn power(&self, router: usize, running: Running) -> Lever {
        let change = RouterChange::Running(running);
        let router = self.routers[router];
        Lever::Routing(RoutingLever::Router { router, change })
    }
}

fn rates(heard: Vec<(SimTime, Report)>) -> Vec<(SimTime, BitRate)> {
    let rate = |(at, report)| match report {
        Report::FlowRate { rate, .. } => (at, rate),
        other => panic!("{other:?}"),
    };
    heard.into_iter().map(rate).collect()
}

#[test]
fn each_port_of_a_segment_carries_what_it_can_and_flows_share_it() {
    let site = site();
    let mut world = site.world();
    world.terrain.open_flow(ACTOR, site.flow(0));
    // The host's card could do 5 Gbps; the port of its segment does one.
    assert_eq!(
        rates(world.run_listening(secs(1))),
        [(SimTime::START, BitRate::gbps(1))]
    );
    world.terrain.open_flow(ACTOR, site.flow(1));
    // Each has a port of its own, and both go through the router's.
    let halves = rates(world.run_listening(secs(2)));
    assert_eq!(
        halves,
        [(secs(1), BitRate::mbps(500)), (secs(1), BitRate::mbps(500))]
    );
    let change = SegmentChange::Rate(BitRate::mbps(200));
    let segment = site.slow;
    let lever = Lever::Routing(RoutingLever::Segment { segment, change });
    world.apply(&lever).expect("the segment is there");
    let slower = rates(world.run_listening(secs(3)));
    assert_eq!(
        slower,
        [(secs(2), BitRate::mbps(100)), (secs(2), BitRate::mbps(100))]
    );
}

#[test]
fn a_flow_goes_on_by_the_router_that_takes_over() {
    let site = site();
    let mut world = site.world();
    world.terrain.open_flow(ACTOR, site.flow(0));
    world.run_listening(secs(60));
    world.apply(&site.off(0)).expect("it is on");
    let heard = rates(world.run_listening(secs(70)));
    // The advertisement that is due at 60 s stays out: 59 s, 50 us and 3.6 s.
    let took_over = secs(59) + Span::micros(50) + Span::millis(3_600);
    assert_eq!(heard, [(secs(60), BitRate::ZERO), (took_over, BitRate::gbps(1))]);
    let routed = world
        .records_of(|happening| matches!(happening, Happening::FlowRerouted { .. }))
        .next()
        .expect("a record");
    let causes = world.trace().causes(routed.id);
    let causes: Vec<&Happening> = causes.map(|record| &record.what).collect();
    assert!(
        matches!(
            causes[..],
            [
                Happening::FlowRerouted { .. },
                Happening::Gateway(_),
                Happening::Gateway(_),
                Happening::Lever(_)
            ]
        ),
        "{causes:?}"
    );
}

#[test]
fn a_held_connection_is_not_lost_while_a_router_takes_over_in_time() {
    let site = site();
    let mut world = site.world();
    let hold = |lost_after| Hold {
        from: site.clients[0],
        to: Remote::Address("192.168.20.21".parse().expect("an address")),
        port: PORT,
        anew_after: lost_after,
        lost_after,
        retry_every: Span::secs(10),
    };
    world.terrain.hold(ACTOR, hold(Span::secs(90)));
    world.terrain.hold(ACTOR, hold(Span::secs(3)));
    world.run_listening(secs(60));
    world.apply(&site.off(0)).expect("it is on");
    let events: Vec<HoldEvent> = world
        .run_listening(secs(200))
        .into_iter()
        .map(|(_, report)| match report {
            Report::Hold { event, .. } => event,
            other => panic!("{other:?}"),
        })
        .collect();
    // Who waits three seconds for an answer gives up before the backup takes over; who waits ninety does not.
    assert!(
        matches!(events[..], [HoldEvent::Lost(_), HoldEvent::Restored]),
        "{events:?}"
    );
}

/// What becomes of a connection that is held from a client to the server, until `until`.
fn held(site: &Site, levers: &[(SimTime, Lever)], until: SimTime) -> Vec<HoldEvent> {
    let mut world = site.world();
    let hold = Hold {
        from: site.clients[0],
        to: Remote::Address("192.168.20.21".parse().expect("an address")),
        port: PORT,
        anew_after: Span::secs(90),
        lost_after: Span::secs(90),
        retry_every: Span::secs(10),
    };
    world.terrain.hold(ACTOR, hold);
    let mut heard = Vec::new();
    for (at, lever) in levers {
        heard.extend(world.run_listening(*at));
        world.apply(lever).expect("it fits");
    }
    heard.extend(world.run_listening(until));
    let event = |(_, report)| match report {
        Report::Hold { event, .. } => event,
        other => panic!("{other:?}"),
    };
    heard.into_iter().map(event).collect()
}

#[track_caller]
fn check_lost_to_a_firewall_and_made_anew(events: &[HoldEvent]) {
    let [HoldEvent::Lost(failed), HoldEvent::Restored] = events else {
        panic!("{events:?}");
    };
    let stopped_by = failed.stopped_by.map(|refusal| refusal.reason);
    assert_eq!(stopped_by, Some(Reason::AsymmetricStateful));
}

#[test]
fn a_firewall_that_takes_over_knows_nothing_of_what_stands() {
    let without = site();
    let levers = [(secs(60), without.off(0))];
    assert_eq!(held(&without, &levers, secs(300)), []);
    let site = site().with_firewalls();
    check_lost_to_a_firewall_and_made_anew(&held(&site, &[(secs(60), site.off(0))], secs(300)));
    // A bulk flow makes a new connection, which the other firewall sees begin.
    let mut world = site.world();
    world.terrain.open_flow(ACTOR, site.flow(0));
    world.run_listening(secs(60));
    world.apply(&site.off(0)).expect("it is on");
    let heard = rates(world.run_listening(secs(70)));
    let rates: Vec<BitRate> = heard.into_iter().map(|(_, rate)| rate).collect();
    assert_eq!(rates, [BitRate::ZERO, BitRate::gbps(1)]);
}

#[test]
fn a_firewall_that_loses_its_power_forgets() {
    let site = site().with_firewalls();
    let levers = [
        (secs(1), site.off(1)),
        (secs(60), site.off(0)),
        (secs(62), site.power(0, Running::Running)),
    ];
    check_lost_to_a_firewall_and_made_anew(&held(&site, &levers, secs(300)));
}

#[test]
fn a_firewall_forgets_a_question_that_nobody_answers() {
    let site = site().with_firewalls();
    let world = site.world();
    let network = world.network();
    let address = |host| network.address_of(host).expect("it has one");
    let (client, server) = (site.clients[0], site.server);
    let question = Header::probe(address(client), address(server), Protocol::Udp, 53);
    let mut tracking = Tracking::default();
    let asked = walk(
        network,
        &mut tracking,
        SimTime::START,
        Place::HostEgress(client),
        &question,
    );
    let (_, arrived) = asked.delivered().expect("it is let through");
    let answer = |after: Span| {
        let at = SimTime::at(after);
        let path = walk(
            network,
            &mut tracking.clone(),
            at,
            Place::HostEgress(server),
            &arrived.reply(),
        );
        path.refusal().map(|refusal| refusal.reason)
    };
    // Thirty seconds, as long as UDP is seen in one direction only.
    assert_eq!(answer(Span::millis(29_999)), None);
    assert_eq!(answer(Span::secs(30)), Some(Reason::RouterFirewall));
}
