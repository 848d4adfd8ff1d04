//! Every shipped lab at small, usual and large sizes.

use std::collections::BTreeSet;

use crate::kernel::Keep;
use crate::lab::Session;
use crate::scenario::{load, shipped, shipped_base};
use crate::units::{SimTime, Span};
use crate::view::{ContainerKind, Place, Topology, View};

use super::{Form, Map};

fn topology(lab: &str) -> Topology {
    let (_, text) = shipped()
        .iter()
        .find(|(name, _)| *name == lab)
        .expect("a shipped lab");
    let loaded = load(text, lab, &shipped_base).expect("a shipped lab is right");
    let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("a shipped lab opens");
    session.advance(SimTime::at(Span::minutes(5)), 20_000);
    View::of(&session).topology()
}

const SIZES: [(u16, u16); 3] = [(78, 12), (76, 24), (130, 40)];

#[test]
fn everything_stands_somewhere_once_and_nothing_stands_on_anything_else() {
    for (lab, _) in shipped() {
        let topology = topology(lab);
        for (columns, rows) in SIZES {
            let map = Map::of(&topology, columns, rows);
            let nodes: BTreeSet<Place> = map
                .spots
                .iter()
                .map(|spot| spot.place)
                .filter(|place| matches!(place, Place::Node(_)))
                .collect();
            let n_nodes = map
                .spots
                .iter()
                .filter(|spot| matches!(spot.place, Place::Node(_)))
                .count();
            assert_eq!(
                (nodes.len(), n_nodes),
                (topology.nodes.len(), topology.nodes.len()),
                "{lab}"
            );
            let boxes = topology
                .containers
                .iter()
                .filter(|it| matches!(it.kind, ContainerKind::Vpc | ContainerKind::Segment));
            let n_boxes = map.spots.iter().filter(|spot| spot.form == Form::Box).count();
            assert_eq!(n_boxes, boxes.count(), "{lab}");
            let outer: Vec<_> = map
                .spots
                .iter()
                .filter(|spot| matches!(spot.form, Form::Box | Form::Device))
                .collect();
            for (n, one) in outer.iter().enumerate() {
                assert!(one.area.x >= 0 && one.area.y >= 0, "{lab}: {one:?}");
                for other in &outer[n + 1..] {
                    assert!(
                        !one.area.meets(&other.area),
                        "{lab} at {columns}x{rows}: {one:?} {other:?}"
                    );
                }
            }
            for wire in &map.wires {
                assert!(wire.way.len() >= 2, "{lab}: {wire:?}");
                assert!(
                    wire.way
                        .windows(2)
                        .all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1),
                    "{lab}: {wire:?}"
                );
                let ends = [wire.way.first(), wire.way.last()];
                for (x, y) in ends.into_iter().flatten() {
                    let beside = outer
                        .iter()
                        .any(|spot| spot.area.contains(x - 1, *y) || spot.area.contains(x + 1, *y));
                    assert!(beside, "{lab} at {columns}x{rows}: {wire:?} ends at nothing");
                }
            }
        }
    }
}

#[test]
fn a_map_is_the_same_each_time() {
    let topology = topology("onprem-to-aws");
    assert_eq!(Map::of(&topology, 78, 12), Map::of(&topology, 78, 12));
}

/// The map in plain letters: what stands where, and where links run.
fn sketch(lab: &str, columns: u16, rows: u16) -> String {
    let topology = topology(lab);
    let map = Map::of(&topology, columns, rows);
    let (width, height) = (
        usize::try_from(map.size.0).unwrap_or(0),
        usize::try_from(map.size.1).unwrap_or(0),
    );
    let mut cells = vec![vec![' '; width]; height];
    let mut put = |x: i32, y: i32, letter: char| {
        let at = usize::try_from(x).ok().zip(usize::try_from(y).ok());
        if let Some(cell) = at.and_then(|(x, y)| cells.get_mut(y)?.get_mut(x)) {
            *cell = letter;
        }
    };
    for wire in &map.wires {
        for y in 0..map.size.1 {
            for x in 0..map.size.0 {
                if wire.passes(x, y) {
                    put(x, y, '.');
                }
            }
        }
    }
    for spot in &map.spots {
        let (area, name) = match spot.place {
            Place::Container(place) => (spot.area, &topology.containers[place].name),
            Place::Node(place) => (spot.area, &topology.nodes[place].name),
        };
        if spot.form == Form::Box {
            for x in area.x..area.x + area.width {
                put(x, area.y, '-');
                put(x, area.y + area.height - 1, '-');
            }
        }
        if spot.form == Form::Device {
            for y in area.y..area.y + area.height {
                put(area.x, y, '[');
                put(area.x + area.width - 1, y, ']');
            }
        }
        let (row, from) = match spot.form {
            Form::Device => (area.middle().1, area.x + 2),
            Form::Box => (area.y, area.x + 2),
            Form::Row | Form::Chip | Form::Dot => (area.y, area.x + 1),
        };
        let room = usize::try_from(area.width).unwrap_or(0);
        for (x, letter) in (from..).zip(name.chars().take(room.saturating_sub(2))) {
            put(x, row, letter);
        }
    }
    let lines = cells
        .into_iter()
        .map(|line| String::from_iter(line).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn some_labs_look_like_this() {
    for (lab, columns, rows) in [
        ("onprem-to-aws", 78, 12),
        ("onprem-to-aws", 130, 40),
        ("transit-inter-region", 78, 20),
        ("five-vpcs-peered", 78, 20),
        ("bgp-loopbacks", 78, 12),
        ("region-to-region-40", 78, 20),
    ] {
        insta::assert_snapshot!(format!("map-{lab}-{columns}x{rows}"), sketch(lab, columns, rows));
    }
}
