//! What lies under a point.

use egui::{Pos2, Rect};

use super::layout::Layout;
use crate::topology::{Item, Place, Topology};

/// What lies under `point` of the layout: a node, else a link within `reach`, else the innermost box.
#[must_use]
pub fn pick(topology: &Topology, layout: &Layout, point: Pos2, reach: f32) -> Option<Item> {
    let node = topology
        .numbered_nodes()
        .find(|&(id, _)| layout.rect(Place::Node(id)).contains(point))
        .map(|(id, _)| Item::Node(id));
    node.or_else(|| nearest_link(topology, layout, point, reach))
        .or_else(|| {
            // Inner boxes come after those around them.
            topology
                .numbered_containers()
                .filter(|&(id, _)| layout.rect(Place::Container(id)).contains(point))
                .last()
                .map(|(id, _)| Item::Container(id))
        })
}

fn nearest_link(topology: &Topology, layout: &Layout, point: Pos2, reach: f32) -> Option<Item> {
    topology
        .numbered_links()
        .filter_map(|(id, _)| {
            let path = layout.path(id);
            if !Rect::from_points(path).expand(reach).contains(point) {
                return None;
            }
            let nearest = path
                .windows(2)
                .map(|piece| distance(point, piece[0], piece[1]))
                .fold(f32::INFINITY, f32::min);
            (nearest <= reach).then_some((nearest, id))
        })
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, id)| Item::Link(id))
}

/// From a point to a straight piece of line.
fn distance(point: Pos2, from: Pos2, to: Pos2) -> f32 {
    let along = to - from;
    let length_sq = along.length_sq();
    let part = if length_sq > 0.0 {
        ((point - from).dot(along) / length_sq).clamp(0.0, 1.0)
    } else {
        0.0
    };
    point.distance(from + along * part)
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;
    use crate::topology::{ContainerKind, NodeKind};

    #[test]
    fn nodes_come_before_links_and_links_before_boxes() {
        let mut topology = Topology::new("lab");
        let [left, right] = ["a", "b"].map(|name| topology.add_container(None, ContainerKind::Vpc, name, ""));
        let inner = topology.add_container(Some(left), ContainerKind::Subnet, "c", "");
        let node = topology.add_node(Some(inner), NodeKind::Host, "web", "");
        let link = topology.add_link([Place::Node(node), Place::Container(right)], "peering", "pcx");
        let layout = Layout::of(&topology);
        let at = |point| pick(&topology, &layout, point, 6.0);

        let card = layout.rect(Place::Node(node));
        assert_eq!(at(card.center()), Some(Item::Node(node)));
        let path = layout.path(link);
        assert_eq!(
            at(path[0] + (path[1] - path[0]) / 2.0 + vec2(0.0, 3.0)),
            Some(Item::Link(link))
        );
        assert_eq!(
            at(layout.rect(Place::Container(inner)).left_top() + vec2(3.0, 3.0)),
            Some(Item::Container(inner))
        );
        assert_eq!(
            at(layout.rect(Place::Container(left)).left_top() + vec2(3.0, 3.0)),
            Some(Item::Container(left))
        );
        assert_eq!(at(layout.bounds().left_top() - vec2(20.0, 20.0)), None);
    }

    #[test]
    fn the_distance_to_a_piece_of_line_ends_at_its_ends() {
        let (from, to) = (Pos2::new(0.0, 0.0), Pos2::new(10.0, 0.0));
        assert_eq!(distance(Pos2::new(5.0, 3.0), from, to), 3.0);
        // Three beyond the end and four beside it: five by Pythagoras.
        assert_eq!(distance(Pos2::new(13.0, 4.0), from, to), 5.0);
        assert_eq!(distance(Pos2::new(3.0, 4.0), from, from), 5.0);
    }
}
