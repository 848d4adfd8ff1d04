//! What is next to something in the picture, for keys that go from thing to thing.

use egui::{Pos2, Vec2, vec2};

use super::layout::Layout;
use crate::topology::{Item, Place, Topology};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Left,
    Right,
    Up,
    Down,
    /// To the box around.
    Out,
    /// To the first thing in a box.
    In,
}

/// What a step from the selection leads to; from nothing it leads to the first thing.
pub(super) fn next(
    topology: &Topology,
    layout: &Layout,
    from: Option<Item>,
    towards: Towards,
) -> Option<Item> {
    let direction = match towards {
        Towards::Left => vec2(-1.0, 0.0),
        Towards::Right => vec2(1.0, 0.0),
        Towards::Up => vec2(0.0, -1.0),
        Towards::Down => vec2(0.0, 1.0),
        Towards::Out => return out(topology, from?),
        Towards::In => return inside(topology, from),
    };
    let first = || topology.numbered_nodes().next().map(|(id, _)| Item::Node(id));
    let Some(from) = from else {
        return first();
    };
    let at = middle(layout, from);
    let nodes = topology.numbered_nodes().map(|(id, _)| Item::Node(id));
    let others = nodes.filter(|item| *item != from);
    let ranked = others.filter_map(|item| Some((cost(middle(layout, item) - at, direction)?, item)));
    ranked.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, item)| item)
}

/// How far a step is: what lies aside counts twice, and what lies more aside than ahead does not count.
fn cost(apart: Vec2, direction: Vec2) -> Option<f32> {
    let ahead = apart.dot(direction);
    let aside = apart.dot(direction.rot90()).abs();
    (ahead > 1.0 && aside <= ahead * 2.0).then(|| 2.0f32.mul_add(aside, ahead))
}

fn middle(layout: &Layout, item: Item) -> Pos2 {
    match item {
        Item::Container(id) => layout.rect(Place::Container(id)).center(),
        Item::Node(id) => layout
            .tile(id)
            .unwrap_or_else(|| layout.rect(Place::Node(id)))
            .center(),
        Item::Link(id) => egui::Rect::from_points(layout.path(id)).center(),
    }
}

fn out(topology: &Topology, from: Item) -> Option<Item> {
    let place = match from {
        Item::Container(id) => Place::Container(id),
        Item::Node(id) => Place::Node(id),
        Item::Link(id) => return topology.link(id).map(|link| link.ends()[0].into()),
    };
    topology.parent(place).map(Item::Container)
}

fn inside(topology: &Topology, from: Option<Item>) -> Option<Item> {
    match from {
        None => topology.top().first().copied().map(Item::from),
        Some(Item::Container(id)) => topology
            .container(id)?
            .children()
            .first()
            .copied()
            .map(Item::from),
        Some(Item::Node(_) | Item::Link(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{ContainerKind, NodeKind};

    #[test]
    fn arrows_go_from_a_thing_to_the_nearest_in_their_direction_and_page_keys_out_and_in() {
        let mut topology = Topology::new("lab");
        let lan = topology.add_container(None, ContainerKind::Segment, "lan", "");
        let hosts = ["a", "b", "c", "d"].map(|name| topology.add_node(Some(lan), NodeKind::Host, name, ""));
        let router = topology.add_node(None, NodeKind::Router, "cgw-1", "");
        topology.add_link([Place::Node(router), Place::Container(lan)], "port", "cgw-1:lan");
        let layout = Layout::of(&topology);
        let go = |from, towards| next(&topology, &layout, from, towards);
        let rect = |at: usize| layout.rect(Place::Node(hosts[at]));
        assert_eq!(go(None, Towards::Right), Some(Item::Node(hosts[0])));
        // Whichever way they are packed, right of the first or below it is the second.
        let second = if rect(1).left() > rect(0).right() {
            Towards::Right
        } else {
            Towards::Down
        };
        assert_eq!(go(Some(Item::Node(hosts[0])), second), Some(Item::Node(hosts[1])));
        assert_eq!(go(Some(Item::Node(hosts[0])), Towards::Left), None);
        assert_eq!(
            go(Some(Item::Node(hosts[0])), Towards::Out),
            Some(Item::Container(lan))
        );
        assert_eq!(
            go(Some(Item::Container(lan)), Towards::In),
            Some(Item::Node(hosts[0]))
        );
        assert_eq!(
            go(Some(Item::Container(lan)), Towards::Right),
            Some(Item::Node(router))
        );
    }
}
