//! Static routes of one prefix: which of them a router uses.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::resource::RouterInterfaceId;
use crate::site::{Router, StaticRoute};
use crate::verdict::RouteSource;
use crate::world::routing::{LinkSpec, Routing};

const PREFIX: &str = "20.0.0.0/8";

fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a prefix")
}

fn addr(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}

/// A router with a link to each of 10.0.0.2, 10.0.1.2 and 10.0.2.2, and what it is linked by.
fn router(routes: &[(Option<&str>, u32)]) -> (Router, Vec<(RouterInterfaceId, Ipv4Net)>) {
    let mut routing = Routing::default();
    let routes = routes.iter().map(|&(via, metric)| StaticRoute {
        prefix: net(PREFIX),
        via: via.map(addr),
        metric,
    });
    let id = routing.add_router(Vec::new(), routes.collect());
    for n in 0..3 {
        let far = routing.add_router(Vec::new(), Vec::new());
        let [own, other] = [1, 2].map(|host| net(&format!("10.0.{n}.{host}/30")));
        routing.connect((id, own), (far, other), LinkSpec::default());
    }
    let router = routing.routers.get(id).expect("it was added");
    let ports = router.interfaces.iter().map(|&port| {
        let row = routing.interfaces.get(port).expect("it has this interface");
        (port, row.address)
    });
    let ports = ports.collect();
    (Arc::unwrap_or_clone(router.clone()), ports)
}

/// Where the prefix leads to while the links of these places are up; none where it leads nowhere.
#[track_caller]
fn check(routes: &[(Option<&str>, u32)], steps: &[(&[usize], Option<&[&str]>)]) {
    let (mut router, ports) = router(routes);
    let all: Vec<Ipv4Net> = ports.iter().map(|(_, address)| *address).collect();
    for (up, expected) in steps {
        let up: Vec<_> = up.iter().map(|&place| ports[place]).collect();
        router.refresh(&up, &all);
        let found = router.fib.lookup_within(addr("20.1.1.1"), RouteSource::Static);
        let hops = found.map(|(_, route)| route.hops.iter().filter_map(|hop| hop.via).collect::<Vec<_>>());
        let expected = expected.map(|hops| hops.iter().map(|hop| addr(hop)).collect::<Vec<_>>());
        assert_eq!(hops, expected, "{routes:?} with {up:?}");
        assert!(!router.refresh(&up, &all), "a second time changes nothing");
    }
}

#[test]
fn one_with_a_higher_metric_takes_over_and_gives_back() {
    let (first, second): (&[&str], &[&str]) = (&["10.0.0.2"], &["10.0.1.2"]);
    let steps: [(&[usize], Option<&[&str]>); 5] = [
        (&[0, 1], Some(first)),
        (&[1], Some(second)),
        (&[0, 1], Some(first)),
        (&[0], Some(first)),
        (&[2], None),
    ];
    check(&[(Some("10.0.0.2"), 0), (Some("10.0.1.2"), 200)], &steps);
    check(&[(Some("10.0.1.2"), 200), (Some("10.0.0.2"), 0)], &steps);
}

#[test]
fn those_of_one_metric_are_used_together() {
    let routes = [
        (Some("10.0.0.2"), 5),
        (Some("10.0.2.2"), 9),
        (Some("10.0.1.2"), 5),
    ];
    check(
        &routes,
        &[
            (&[0, 1, 2], Some(&["10.0.0.2", "10.0.1.2"])),
            (&[1, 2], Some(&["10.0.1.2"])),
            (&[2], Some(&["10.0.2.2"])),
            (&[], None),
        ],
    );
}

#[test]
fn what_is_dropped_as_a_last_resort_does_not_leak() {
    check(
        &[(Some("10.0.0.2"), 0), (None, 250)],
        &[(&[0, 1], Some(&["10.0.0.2"])), (&[1], Some(&[]))],
    );
}
