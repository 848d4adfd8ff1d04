use super::*;
use crate::topology::NodeKind;

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

fn hosts(topology: &mut Topology, subnet: crate::topology::ContainerId, n: usize) -> Vec<Place> {
    (1..=n)
        .map(|i| Place::Node(topology.add_node(Some(subnet), NodeKind::Host, format!("web-{i}"), "")))
        .collect()
}

#[test]
fn boxes_fit_around_what_they_hold() {
    let mut topology = Topology::new("lab");
    let vpc = topology.add_container(None, ContainerKind::Vpc, "a", "");
    let subnet = topology.add_container(Some(vpc), ContainerKind::Subnet, "b", "");
    hosts(&mut topology, subnet, 5);
    // Two columns are 366 by 166, a ratio of 2.2; one is 176 by 286, 0.62; three are 556 by 106, 5.2.
    // Of these two columns come nearest to 1.6. With 14 on either side: 394 wide.
    // Three rows of 46 with gaps of 14 under a title of 30 and above 14: 210 high.
    assert_eq!(
        written(&topology),
        "a at 0,0 size 422x254\n  \
           b at 14,30 size 394x210\n    \
             web-1 at 28,60 size 176x46\n    \
             web-2 at 218,60 size 176x46\n    \
             web-3 at 28,120 size 176x46\n    \
             web-4 at 218,120 size 176x46\n    \
             web-5 at 28,180 size 176x46"
    );
}

#[test]
fn regions_stand_side_by_side_with_their_vpcs_below_each_other() {
    let mut topology = Topology::new("lab");
    for region in ["left", "right"] {
        let region = topology.add_container(None, ContainerKind::Region, region, "");
        for vpc in ["upper", "lower"] {
            let vpc = topology.add_container(Some(region), ContainerKind::Vpc, vpc, "");
            hosts(&mut topology, vpc, 2);
        }
    }
    // A VPC is 204 by 150 with its two hosts below each other; two of them and a gap of 52 are 352 high.
    assert_eq!(
        written(&topology)
            .lines()
            .filter(|line| !line.contains("web"))
            .collect::<Vec<_>>(),
        [
            "left at 0,0 size 232x396",
            "  upper at 14,30 size 204x150",
            "  lower at 14,232 size 204x150",
            "right at 372,0 size 232x396",
            "  upper at 386,30 size 204x150",
            "  lower at 386,232 size 204x150",
        ]
    );
}

#[test]
fn sites_stand_left_of_the_cloud_whatever_their_order() {
    let mut topology = Topology::new("lab");
    topology.add_container(None, ContainerKind::Region, "ap-south-1", "");
    topology.add_container(None, ContainerKind::Site, "plant", "");
    let layout = Layout::of(&topology);
    let [region, site] = [topology.top()[0], topology.top()[1]].map(|place| layout.rect(place));
    assert!(site.right() < region.left(), "{site:?} {region:?}");
}

#[test]
fn a_new_node_moves_nothing_that_stands_before_its_box() {
    let mut topology = Topology::new("lab");
    let vpc = topology.add_container(None, ContainerKind::Vpc, "vpc", "");
    let subnets: Vec<_> = (0..2)
        .map(|i| topology.add_container(Some(vpc), ContainerKind::Subnet, format!("subnet-{i}"), ""))
        .collect();
    let settled = hosts(&mut topology, subnets[0], 4);
    hosts(&mut topology, subnets[1], 3);
    let before = Layout::of(&topology);
    hosts(&mut topology, subnets[1], 1);
    let after = Layout::of(&topology);
    for place in settled {
        assert_eq!(before.rect(place), after.rect(place));
    }
}

#[test]
fn links_leave_and_arrive_at_facing_sides_without_sharing_a_dock() {
    let mut topology = Topology::new("lab");
    let vpcs: Vec<_> = ["a", "b"]
        .into_iter()
        .map(|name| Place::Container(topology.add_container(None, ContainerKind::Vpc, name, "")))
        .collect();
    let first = topology.add_link([vpcs[0], vpcs[1]], "peering", "pcx-1");
    let second = topology.add_link([vpcs[1], vpcs[0]], "peering", "pcx-2");
    let layout = Layout::of(&topology);
    let (a, b) = (layout.rect(vpcs[0]), layout.rect(vpcs[1]));
    let ends = |link| {
        let path = layout.path(link);
        (path[0], path[path.len() - 1])
    };
    // Both boxes are 44 high: docks at one and two thirds.
    assert_eq!(
        ends(first),
        (
            pos2(a.right(), a.top() + 44.0 / 3.0),
            pos2(b.left(), b.top() + 44.0 / 3.0)
        )
    );
    assert_eq!(
        ends(second),
        (
            pos2(b.left(), b.top() + 44.0 * (2.0 / 3.0)),
            pos2(a.right(), a.top() + 44.0 * (2.0 / 3.0))
        )
    );
    assert_eq!(layout.bundles().len(), 1);
    assert_eq!(layout.bundles()[0].links, [first, second]);
}

proptest::proptest! {
    /// Whatever the nesting: boxes hold their children whole, siblings never overlap, all on whole points.
    #[test]
    fn boxes_hold_their_children_and_siblings_keep_apart(
        parents in proptest::collection::vec((0usize..12, proptest::bool::ANY), 1..40)
    ) {
        let mut topology = Topology::new("any");
        let mut boxes = Vec::new();
        for (i, (parent, is_box)) in parents.into_iter().enumerate() {
            // An index past the boxes there are means the top.
            let parent = boxes.get(parent).copied();
            if is_box {
                boxes.push(topology.add_container(parent, ContainerKind::ALL[i % ContainerKind::ALL.len()], format!("box-{i}"), ""));
            } else {
                topology.add_node(parent, NodeKind::Host, format!("node-{i}"), "");
            }
        }
        let layout = Layout::of(&topology);
        let families = topology
            .numbered_containers()
            .map(|(id, container)| (layout.rect(Place::Container(id)), container.children()))
            .chain([(layout.bounds(), topology.top())]);
        for (around, children) in families {
            for (i, &child) in children.iter().enumerate() {
                let rect = layout.rect(child);
                proptest::prop_assert_eq!(rect.min, rect.min.round());
                proptest::prop_assert_eq!(rect.max, rect.max.round());
                proptest::prop_assert!(around.contains_rect(rect));
                for &other in &children[..i] {
                    let shared = rect.intersect(layout.rect(other));
                    proptest::prop_assert!(!shared.is_positive(), "{:?} and {:?}", child, other);
                }
            }
        }
    }
}
