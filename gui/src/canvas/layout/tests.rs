use proptest::prelude::*;

use super::*;
use crate::topology::{ContainerId, ContainerKind, NodeId, NodeKind};

/// Every place with its corner and size, one per line, indented as it is nested.
fn written(topology: &Topology) -> String {
    let layout = Layout::of(topology);
    let mut lines = Vec::new();
    let mut waiting: Vec<(Place, usize)> = topology.top().iter().rev().map(|&place| (place, 0)).collect();
    while let Some((place, depth)) = waiting.pop() {
        let rect = layout.rect(place);
        let name = topology.name(place.into()).unwrap_or("?");
        let (x, y, w, h) = (rect.left(), rect.top(), rect.width(), rect.height());
        lines.push(format!(
            "{:indent$}{name} at {x},{y} size {w}x{h}",
            "",
            indent = depth * 2
        ));
        if let Place::Container(id) = place {
            let children = topology.container(id).map_or(&[][..], |c| c.children());
            waiting.extend(children.iter().rev().map(|&child| (child, depth + 1)));
        }
    }
    lines.join("\n")
}

fn hosts(topology: &mut Topology, within: ContainerId, n: usize) -> Vec<NodeId> {
    (1..=n)
        .map(|i| topology.add_node(Some(within), NodeKind::Host, format!("web-{i}"), ""))
        .collect()
}

#[test]
fn boxes_fit_around_what_they_hold() {
    let mut topology = Topology::new("lab");
    let vpc = topology.add_container(None, ContainerKind::Vpc, "a", "");
    let subnet = topology.add_container(Some(vpc), ContainerKind::Subnet, "b", "");
    hosts(&mut topology, subnet, 5);
    // Cards of 112 by 38 with gaps of 10: two columns are 234 by 134, a ratio of 1.75; one is 0.5, three are 4.1.
    // Of these two come nearest to 1.4. With 12 on either side, a title of 26 above and 12 below: 258 by 172.
    assert_eq!(
        written(&topology),
        "a at 0,0 size 282x210\n  \
           b at 12,26 size 258x172\n    \
             web-1 at 24,52 size 112x38\n    \
             web-2 at 146,52 size 112x38\n    \
             web-3 at 24,100 size 112x38\n    \
             web-4 at 146,100 size 112x38\n    \
             web-5 at 24,148 size 112x38"
    );
}

/// A site with a router that has two lines to the cloud.
fn hybrid() -> (Topology, [NodeId; 3], ContainerId) {
    let mut topology = Topology::new("lab");
    let site = topology.add_container(None, ContainerKind::Site, "On premises", "");
    let lan = topology.add_container(Some(site), ContainerKind::Segment, "lan", "10.1.0.0/24");
    hosts(&mut topology, lan, 3);
    let router = topology.add_node(Some(site), NodeKind::Router, "cgw-1", "");
    let cloud = topology.add_container(None, ContainerKind::Cloud, "", "");
    let region = topology.add_container(Some(cloud), ContainerKind::Region, "eu-central-1", "");
    let vpc = topology.add_container(Some(region), ContainerKind::Vpc, "app", "10.0.0.0/16");
    let subnet = topology.add_container(Some(vpc), ContainerKind::Subnet, "servers", "10.0.1.0/24");
    hosts(&mut topology, subnet, 2);
    let endpoint = topology.add_node(Some(region), NodeKind::TunnelEndpoint, "vpn-1/1", "");
    let gateway = topology.add_node(Some(region), NodeKind::TransitGateway, "tgw", "");
    topology.add_link([Place::Node(router), Place::Container(lan)], "port", "cgw-1:lan");
    topology.add_link([Place::Node(router), Place::Node(endpoint)], "tunnel", "tunnel-1");
    topology.add_link(
        [Place::Node(gateway), Place::Node(endpoint)],
        "attachment",
        "vpn-1/1",
    );
    topology.add_link(
        [Place::Node(gateway), Place::Container(vpc)],
        "attachment",
        "app-attachment",
    );
    (topology, [router, endpoint, gateway], vpc)
}

#[test]
fn sites_stand_left_and_vpcs_right_with_their_gateways_between() {
    let (topology, [router, endpoint, gateway], vpc) = hybrid();
    let layout = Layout::of(&topology);
    let order = [
        Place::Node(router),
        Place::Node(endpoint),
        Place::Node(gateway),
        Place::Container(vpc),
    ];
    for pair in order.windows(2) {
        assert!(
            layout.rect(pair[0]).right() < layout.rect(pair[1]).left(),
            "{pair:?}"
        );
    }
    // The way from the router to the VPC is one straight line.
    let rows: Vec<f32> = [1, 2, 3]
        .into_iter()
        .filter_map(|at| topology.numbered_links().nth(at))
        .map(|(id, _)| layout.path(id).len() as f32)
        .collect();
    assert_eq!(rows, [2.0; 3]);
}

#[test]
fn a_link_is_named_by_what_its_ends_do_not_say() {
    let (mut topology, [router, endpoint, _], vpc) = hybrid();
    let mut named = |a: Place, b: Place, name: &str| {
        let id = topology.add_link([a, b], "link", name);
        link_name(&topology, id).to_owned()
    };
    let (router, endpoint, vpc) = (Place::Node(router), Place::Node(endpoint), Place::Container(vpc));
    assert_eq!(named(router, endpoint, "cgw-1/tunnel-1"), "tunnel-1");
    assert_eq!(named(router, endpoint, "vpn-1/1 uplink"), "uplink");
    assert_eq!(named(router, endpoint, "vpn-1/1"), "");
    assert_eq!(named(router, endpoint, "cgw-1-vpn-1/1"), "");
    assert_eq!(named(router, vpc, "app-attachment"), "app-attachment");
}

#[test]
fn links_between_the_same_two_places_run_side_by_side() {
    let mut topology = Topology::new("lab");
    let [a, b] = ["a", "b"].map(|name| topology.add_node(None, NodeKind::Router, name, ""));
    let links =
        ["one", "two", "three"].map(|name| topology.add_link([Place::Node(a), Place::Node(b)], "link", name));
    let layout = Layout::of(&topology);
    let mut rows = links.map(|id| layout.path(id)[0].y);
    rows.sort_by(f32::total_cmp);
    assert!(
        rows.windows(2).all(|pair| pair[1] - pair[0] >= whole(PITCH)),
        "{rows:?}"
    );
}

#[test]
fn what_is_moved_by_hand_takes_its_links_along_and_its_box_grows() {
    let (topology, [router, ..], _) = hybrid();
    let base = Layout::of(&topology);
    let mut placements = Placements::default();
    placements.shift(&topology, Place::Node(router), vec2(40.0, 300.0));
    let moved = Layout::placed(&topology, &placements);
    let (before, after) = (base.rect(Place::Node(router)), moved.rect(Place::Node(router)));
    assert_eq!(after, before.translate(vec2(40.0, 300.0)));
    let site = topology.parent(Place::Node(router)).expect("it is in its site");
    assert!(moved.rect(Place::Container(site)).contains_rect(after));
    for (id, link) in topology.numbered_links() {
        if link.ends().contains(&Place::Node(router)) {
            let tile = moved.tile(router).expect("it stands by itself").expand(1.0);
            let path = moved.path(id);
            assert!(
                [path.first(), path.last()]
                    .into_iter()
                    .flatten()
                    .any(|at| tile.contains(*at)),
                "{path:?}"
            );
        } else {
            assert_eq!(moved.path(id), base.path(id));
        }
    }
    placements.shift(&topology, Place::Node(router), vec2(-40.0, -300.0));
    assert!(placements.is_empty());
    assert_eq!(Layout::placed(&topology, &placements), base);
}

/// A box that is put into the way of a link between two others is gone around.
#[test]
fn links_run_around_a_box_that_was_put_between_their_ends() {
    let mut topology = Topology::new("lab");
    let mut sites = Vec::new();
    let mut routers = Vec::new();
    for name in ["a", "b", "c"] {
        let site = topology.add_container(None, ContainerKind::Site, name, "");
        routers.push(topology.add_node(Some(site), NodeKind::Router, format!("r-{name}"), ""));
        topology.add_node(Some(site), NodeKind::Firewall, format!("f-{name}"), "");
        sites.push(site);
    }
    let far = topology.add_link([Place::Node(routers[0]), Place::Node(routers[2])], "link", "far");
    let base = Layout::of(&topology);
    let middle = |path: &[Pos2]| Rect::from_points(path).center();
    let box_b = base.rect(Place::Container(sites[1]));
    let mut placements = Placements::default();
    // The two apart, the third between them.
    placements.shift(&topology, Place::Container(sites[2]), vec2(1_500.0, 0.0));
    let apart = Layout::placed(&topology, &placements);
    placements.shift(
        &topology,
        Place::Container(sites[1]),
        middle(apart.path(far)) - box_b.center(),
    );
    let moved = Layout::placed(&topology, &placements);
    let (path, there) = (moved.path(far), moved.rect(Place::Container(sites[1])));
    let runs_over = path
        .windows(2)
        .any(|pair| Rect::from_two_pos(pair[0], pair[1]).intersects(there.shrink(1.0)));
    assert!(!runs_over, "{path:?} over {there:?}");
}

#[test]
fn placements_are_kept_by_name_in_a_lab_that_grew() {
    let (topology, [router, ..], _) = hybrid();
    let mut placements = Placements::default();
    placements.shift(&topology, Place::Node(router), vec2(0.0, 200.0));
    let text = serde_json::to_string(&placements).expect("it can be written");
    assert_eq!(text, r#"{"moved":{"Site On premises / cgw-1":[0,200]}}"#);
    let read: Placements = serde_json::from_str(&text).expect("it can be read");
    let mut grown = Topology::new("lab");
    grown.add_node(None, NodeKind::Carrier, "internet", "");
    let site = grown.add_container(None, ContainerKind::Site, "On premises", "");
    let router = grown.add_node(Some(site), NodeKind::Router, "cgw-1", "");
    let by = Layout::placed(&grown, &read).rect(Place::Node(router)).top()
        - Layout::of(&grown).rect(Place::Node(router)).top();
    assert_eq!(by, 200.0);
}

/// Boxes in boxes with things in them and links between them, from numbers.
fn built(boxes: &[(usize, usize)], nodes: &[(usize, usize)], links: &[(usize, usize)]) -> Topology {
    let mut topology = Topology::new("lab");
    let mut places = Vec::new();
    let mut containers: Vec<ContainerId> = Vec::new();
    for (at, (kind, parent)) in boxes.iter().enumerate() {
        let kind = ContainerKind::ALL[kind % ContainerKind::ALL.len()];
        let parent = containers.get(parent % (containers.len() + 1)).copied();
        let id = topology.add_container(parent, kind, format!("box-{at}"), "10.0.0.0/24");
        containers.push(id);
        places.push(Place::Container(id));
    }
    for (at, (kind, parent)) in nodes.iter().enumerate() {
        let kind = NodeKind::ALL[kind % NodeKind::ALL.len()];
        let parent = containers.get(parent % (containers.len() + 1)).copied();
        places.push(Place::Node(topology.add_node(
            parent,
            kind,
            format!("thing-{at}"),
            "10.0.0.1",
        )));
    }
    for (at, (a, b)) in links.iter().enumerate() {
        if !places.is_empty() {
            let ends = [places[a % places.len()], places[b % places.len()]];
            topology.add_link(ends, "link", format!("link-{at}"));
        }
    }
    topology
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0..64_usize, 0..64_usize), 0..most)
}

/// What stands in one box, or in none, overlaps nothing else there, and lies within its box.
fn check_places(topology: &Topology, layout: &Layout) {
    let mut groups: Vec<(Option<ContainerId>, Vec<Place>)> = vec![(None, topology.top().to_vec())];
    groups.extend(
        topology
            .numbered_containers()
            .map(|(id, it)| (Some(id), it.children().to_vec())),
    );
    for (around, places) in groups {
        for (n, one) in places.iter().enumerate() {
            let rect = layout.rect(*one);
            assert!(
                rect.is_finite() && rect.width() > 0.0 && rect.height() > 0.0,
                "{one:?} {rect:?}"
            );
            if let Some(around) = around {
                let around = layout.rect(Place::Container(around));
                assert!(around.contains_rect(rect), "{one:?} {rect:?} leaves {around:?}");
            }
            for other in &places[n + 1..] {
                let other_rect = layout.rect(*other);
                assert!(
                    !rect.shrink(0.5).intersects(other_rect.shrink(0.5)),
                    "{one:?} {rect:?} lies on {other:?} {other_rect:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_overlaps_and_everything_lies_in_its_box(boxes in numbers(14), nodes in numbers(30), links in numbers(30)) {
        let topology = built(&boxes, &nodes, &links);
        let layout = Layout::of(&topology);
        check_places(&topology, &layout);
        prop_assert_eq!(&layout, &Layout::of(&topology));
        for (id, _) in topology.numbered_links() {
            let path = layout.path(id);
            prop_assert!(path.windows(2).all(|pair| pair[0].x == pair[1].x || pair[0].y == pair[1].y));
        }
    }

    #[test]
    fn a_thing_more_in_a_box_leaves_everything_else_in_its_order(nodes in numbers(20), extra in 0..4_usize) {
        let (mut topology, ..) = hybrid();
        let boxes: Vec<ContainerId> = topology
            .numbered_containers()
            .filter(|(_, it)| matches!(it.kind, ContainerKind::Segment | ContainerKind::Subnet))
            .map(|(id, _)| id)
            .collect();
        for (n, (_, within)) in nodes.iter().enumerate() {
            topology.add_node(Some(boxes[within % boxes.len()]), NodeKind::Host, format!("more-{n}"), "");
        }
        let before = Layout::of(&topology);
        let mut grown = topology.clone();
        grown.add_node(Some(boxes[extra % boxes.len()]), NodeKind::Host, "new", "");
        let after = Layout::of(&grown);
        let tiles: Vec<NodeId> = topology.numbered_nodes().map(|(id, _)| id).filter(|id| before.tile(*id).is_some()).collect();
        for (n, one) in tiles.iter().enumerate() {
            for other in &tiles[n + 1..] {
                let order = |layout: &Layout| {
                    let (a, b) = (layout.rect(Place::Node(*one)), layout.rect(Place::Node(*other)));
                    (a.right() < b.left(), b.right() < a.left())
                };
                prop_assert_eq!(order(&before), order(&after));
            }
        }
    }
}
