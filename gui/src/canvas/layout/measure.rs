//! How large a place is, and where what it holds stands in it: boxes are measured from the inside out, and their
//! contents packed in rows in the order of the scenario, with as many columns as make a pleasant shape.

use sim_core::view::map::Cells;

use crate::topology::{Container, ContainerKind, Node, NodeKind, Place, Topology};

/// Height of a card in a box.
const CARD: i32 = 38;
/// Least and greatest width of a card.
const CARD_WIDTHS: (i32, i32) = (112, 190);
/// Height of a box's title.
pub(in crate::canvas) const HEADER: i32 = 26;
/// Between a box's edge and what it holds.
pub(super) const PADDING: i32 = 12;
/// Between neighbours in a box.
const GAP: i32 = 10;
/// Least side of a tile, the square of a thing by itself.
pub(super) const TILE: i32 = 48;
/// The words below a tile: its name and its address.
pub(in crate::canvas) const CAPTION: i32 = 32;
/// Least and greatest width of those words.
const CAPTION_WIDTHS: (i32, i32) = (TILE, 132);
/// What a letter of a name takes, about, in thirds of a point.
const LETTER: i32 = 21;
/// What a letter of small print takes, about, in thirds of a point.
const SMALL_LETTER: i32 = 18;
/// Titles longer than this are cut rather than widening their box.
const WIDEST_TITLE: i32 = 360;

/// A place with what is in it, seen from its corner.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) size: (i32, i32),
    /// The place itself, where it has a box, before what is in it.
    pub(super) spots: Vec<(Place, Cells)>,
}

/// Points that a name takes.
pub(super) fn name_width(text: &str) -> i32 {
    letters(text) * LETTER / 3
}

/// Points that small print takes.
pub(super) fn small_width(text: &str) -> i32 {
    letters(text) * SMALL_LETTER / 3
}

fn letters(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX / 64)
}

/// The word for a box in its title; none where that is plain from where the box stands.
pub(in crate::canvas) const fn title_kind(container: &Container) -> &'static str {
    match container.kind {
        ContainerKind::Zone | ContainerKind::Subnet | ContainerKind::Location
            if !container.name.is_empty() =>
        {
            ""
        }
        kind => kind.label(),
    }
}

/// The width at which a box shows its whole title.
pub(super) fn title_width(container: &Container) -> i32 {
    let kind = name_width(title_kind(container));
    let words = kind + name_width(&container.name) + small_width(&container.note);
    (words + 2 * PADDING + 24).min(WIDEST_TITLE)
}

/// The width of the words below a tile.
pub(super) fn caption_width(node: &Node) -> i32 {
    let (least, most) = CAPTION_WIDTHS;
    (name_width(&node.name).max(small_width(&node.note)) + 8).clamp(least, most)
}

fn card_width(node: &Node) -> i32 {
    let (least, most) = CARD_WIDTHS;
    (name_width(&node.name) + 56)
        .max(small_width(&node.note) + 64)
        .clamp(least, most)
}

/// Width over height, in tenths, that packing aims at.
const fn shape(kind: ContainerKind) -> i32 {
    match kind {
        // A segment stands at the edge of the picture, with everything else beside it.
        ContainerKind::Segment => 9,
        ContainerKind::Vpc => 11,
        ContainerKind::Zone => 8,
        ContainerKind::Subnet
        | ContainerKind::Site
        | ContainerKind::Location
        | ContainerKind::Cloud
        | ContainerKind::Region => 14,
    }
}

impl Block {
    /// A thing by itself: as wide as its words, with a tile that is high enough for so many links.
    pub(super) fn tile(place: Place, node: &Node, ports: i32) -> Self {
        let size = (caption_width(node), ports.max(TILE) + CAPTION);
        let area = Cells {
            x: 0,
            y: 0,
            width: size.0,
            height: size.1,
        };
        Self {
            size,
            spots: vec![(place, area)],
        }
    }

    /// A box with all that is in it, and high enough for so many links.
    pub(super) fn of(topology: &Topology, place: Place, ports: i32) -> Self {
        let mut block = of(topology, place, None);
        let least = if ports > 0 { ports + HEADER + PADDING } else { 0 };
        block.size.1 = block.size.1.max(least);
        if let Some((_, area)) = block.spots.first_mut() {
            area.height = block.size.1;
        }
        block
    }

    /// What is in a box, without its edge and without what stands in it by itself.
    pub(super) fn content(topology: &Topology, container: &Container, ports: i32) -> Self {
        let is_inside = |place: &Place| match place {
            Place::Node(id) => topology.node(*id).is_some_and(|node| !is_at_the_edge(node.kind)),
            Place::Container(_) => true,
        };
        let inside: Vec<Place> = container.children().iter().copied().filter(is_inside).collect();
        let mut block = contents(topology, container.kind, &inside, 120);
        block.size.1 = block.size.1.max(ports).max(40);
        block
    }
}

/// Whether a thing stands by itself at the edge of its VPC.
pub(super) const fn is_at_the_edge(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::VirtualPrivateGateway)
}

fn of(topology: &Topology, place: Place, card: Option<i32>) -> Block {
    let inside = match place {
        Place::Node(id) => {
            let own = topology.node(id).map_or(0, card_width);
            let size = (card.unwrap_or(own), CARD);
            let area = Cells {
                x: 0,
                y: 0,
                width: size.0,
                height: size.1,
            };
            return Block {
                size,
                spots: vec![(place, area)],
            };
        }
        Place::Container(id) => match topology.container(id) {
            Some(container) => {
                let least = title_width(container) - 2 * PADDING;
                contents(topology, container.kind, container.children(), least)
            }
            None => Block::default(),
        },
    };
    let width = inside.size.0 + 2 * PADDING;
    // An empty box is a title with an edge.
    let height = if inside.size.1 > 0 {
        HEADER + inside.size.1 + PADDING
    } else {
        HEADER + 4
    };
    let area = Cells {
        x: 0,
        y: 0,
        width,
        height,
    };
    let mut block = Block {
        size: (width, height),
        spots: vec![(place, area)],
    };
    block.add(&inside, (PADDING, HEADER));
    block
}

/// Things in a band above, boxes below, all of it at least so wide.
fn contents(topology: &Topology, kind: ContainerKind, children: &[Place], least: i32) -> Block {
    let (nodes, boxes): (Vec<Place>, Vec<Place>) =
        children.iter().partition(|it| matches!(it, Place::Node(_)));
    let widths = nodes.iter().filter_map(|place| match place {
        Place::Node(id) => topology.node(*id).map(card_width),
        Place::Container(_) => None,
    });
    let card = widths.max();
    let all = |places: &[Place]| -> Vec<Block> { places.iter().map(|&it| of(topology, it, card)).collect() };
    let mut block = packed(&all(&nodes), shape(kind), least);
    let below = packed(&all(&boxes), shape(kind), least.max(block.size.0));
    let top = match block.size.1 {
        0 => 0,
        height => height + GAP,
    };
    if below.size.1 > 0 {
        block.add(&below, (0, top));
        block.size = (block.size.0.max(below.size.0), top + below.size.1);
    }
    block.size.0 = block.size.0.max(least);
    block
}

impl Block {
    /// Adds what another one holds, at an offset.
    fn add(&mut self, other: &Self, (x, y): (i32, i32)) {
        let moved = |area: &Cells| Cells {
            x: area.x + x,
            y: area.y + y,
            ..*area
        };
        self.spots
            .extend(other.spots.iter().map(|(place, area)| (*place, moved(area))));
    }
}

/// Packs blocks in rows, with the number of columns that comes nearest to a shape; the fewest of equals.
fn packed(blocks: &[Block], shape: i32, least: i32) -> Block {
    let off = |columns: usize| {
        let (width, height) = in_columns(blocks, columns, 0).size;
        let (wide, wanted) = (width * 10, (height * shape).max(1));
        // How far from it, in thousandths, whether too wide or too high.
        wide.max(wanted) * 1_000 / wide.min(wanted).max(1)
    };
    let most = blocks.len().isqrt() + 2;
    let columns = (1..=most.min(blocks.len())).min_by_key(|columns| off(*columns));
    in_columns(blocks, columns.unwrap_or(1), least)
}

/// A card is not stretched by more than this.
const STRETCH: i32 = 70;

/// Packs blocks in a grid at least so wide; each fills its cell of it, so that edges line up.
fn in_columns(blocks: &[Block], columns: usize, least: i32) -> Block {
    let columns = columns.max(1);
    let mut widths = vec![0; columns.min(blocks.len())];
    for (at, block) in blocks.iter().enumerate() {
        let width = &mut widths[at % columns];
        *width = block.size.0.max(*width);
    }
    let taken: i32 = widths.iter().map(|width| width + GAP).sum::<i32>() - GAP;
    let spare = (least - taken).max(0) / i32::try_from(widths.len()).unwrap_or(1).max(1);
    let is_of_cards = blocks
        .iter()
        .all(|it| matches!(it.spots.first(), Some((Place::Node(_), _))));
    for width in &mut widths {
        *width += if is_of_cards { spare.min(STRETCH) } else { spare };
    }
    let mut all = Block::default();
    let mut y = 0;
    for row in blocks.chunks(columns) {
        let height = row.iter().map(|block| block.size.1).max().unwrap_or(0);
        let mut x = 0;
        for (block, width) in row.iter().zip(&widths) {
            let from = all.spots.len();
            all.add(block, (x, y));
            if let Some((_, area)) = all.spots.get_mut(from) {
                (area.width, area.height) = (*width, height);
            }
            x += width + GAP;
        }
        y += height + GAP;
    }
    let width: i32 = widths.iter().map(|width| width + GAP).sum();
    all.size = ((width - GAP).max(0), (y - GAP).max(0));
    all
}
