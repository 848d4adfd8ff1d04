//! Where everything stands: a pure function of the topology.
//!
//! Boxes are measured from the inside out and packed in rows, in the order of the scenario, with as
//! many columns as make a pleasant shape. Sites stand left, the cloud right, Regions side by side
//! with their VPCs below each other, so that what links them crosses gaps rather than boxes. All
//! boxes lie on whole points. Link ends are resolved here, once, so that a frame never searches.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::topology::{Container, ContainerKind, LinkId, Place, Topology};

/// A node's card.
const CARD: Vec2 = vec2(176.0, 46.0);
/// Height of a box's title.
pub(super) const HEADER: f32 = 30.0;
/// Between a box's edge and what it holds.
const PADDING: f32 = 14.0;
/// Between neighbours in a box.
const GAP: f32 = 14.0;
/// Between the VPCs of a Region, where a peering with its name has to fit.
const REGION_GAP: f32 = 52.0;
/// Between neighbours at the top, where links need room.
const TOP_GAP: Vec2 = vec2(140.0, 64.0);
/// Width over height that packing aims at: what a screen is like.
const WIDE: f32 = 1.6;
/// Width over height that packing aims at within a Region, whose neighbours stand beside it.
const TALL: f32 = 0.6;
/// Width over height that packing aims at within a VPC, so that two of them with their link fit a screen.
const SQUARE: f32 = 1.0;
/// What a letter of a title takes at most, about.
const LETTER: f32 = 7.5;
/// Titles longer than this are cut rather than widening their box.
const WIDEST_TITLE: f32 = 420.0;
/// Straight pieces that a link's curve is made of.
const PIECES: u16 = 48;

/// Links between the same two outermost places, drawn as one when everything is tiny.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// From the middle of one place to the middle of the other.
    pub ends: [Pos2; 2],
    /// The links in it.
    pub links: Vec<LinkId>,
}

/// Where everything stands. Indices are those of the topology's ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    containers: Vec<Rect>,
    nodes: Vec<Rect>,
    links: Vec<Vec<Pos2>>,
    bundles: Vec<Bundle>,
    bounds: Rect,
}

impl Layout {
    /// Lays out a topology.
    #[must_use]
    pub fn of(topology: &Topology) -> Self {
        let sizes = measure(topology);
        let (containers, nodes) = position(topology, &sizes);
        let mut layout = Self {
            containers,
            nodes,
            links: Vec::new(),
            bundles: Vec::new(),
            bounds: Rect::ZERO,
        };
        layout.links = route(topology, &layout);
        layout.bundles = bundle(topology, &layout);
        layout.bounds = topology
            .top()
            .iter()
            .map(|&place| layout.rect(place))
            .reduce(Rect::union)
            .unwrap_or(Rect::ZERO);
        layout
    }

    /// Where a place stands; nothing for an id of another topology.
    #[must_use]
    pub fn rect(&self, place: Place) -> Rect {
        let found = match place {
            Place::Container(id) => self.containers.get(id.index()),
            Place::Node(id) => self.nodes.get(id.index()),
        };
        found.copied().unwrap_or(Rect::NOTHING)
    }
    /// The points of a link's curve, from one end to the other.
    #[must_use]
    pub fn path(&self, link: LinkId) -> &[Pos2] {
        self.links.get(link.index()).map_or(&[], Vec::as_slice)
    }
    /// What to draw in place of links when everything is tiny.
    #[must_use]
    pub fn bundles(&self) -> &[Bundle] {
        &self.bundles
    }
    /// What the whole picture covers.
    #[must_use]
    pub const fn bounds(&self) -> Rect {
        self.bounds
    }
}

/// The size of a place, once those of all boxes are known.
fn size(place: Place, sizes: &[Vec2]) -> Vec2 {
    match place {
        Place::Container(id) => sizes.get(id.index()).copied().unwrap_or(Vec2::ZERO),
        Place::Node(_) => CARD,
    }
}

/// Sizes of all boxes. Boxes come after those around them, so backwards is from the inside out.
fn measure(topology: &Topology) -> Vec<Vec2> {
    let mut sizes = vec![Vec2::ZERO; topology.containers().len()];
    for (index, container) in topology.containers().iter().enumerate().rev() {
        let letters =
            container.kind.label().len() + container.name.chars().count() + container.note.chars().count();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a title is far shorter than a float is precise"
        )]
        let title = (letters as f32)
            .mul_add(LETTER, 2.0 * PADDING + 12.0)
            .min(WIDEST_TITLE)
            .round();
        let (_, content) = pack_children(container, &sizes);
        let inside = vec2(content.x.max(title - 2.0 * PADDING), content.y);
        if let Some(size) = sizes.get_mut(index) {
            *size = inside + vec2(2.0 * PADDING, HEADER + PADDING);
        }
    }
    sizes
}

/// Offsets of a box's children from the corner of its inside, and what they take: things in a band
/// above, boxes below.
fn pack_children(container: &Container, sizes: &[Vec2]) -> (Vec<(Place, Vec2)>, Vec2) {
    let (nodes, boxes): (Vec<Place>, Vec<Place>) = container
        .children()
        .iter()
        .partition(|place| matches!(place, Place::Node(_)));
    let (shape, gap) = match container.kind {
        ContainerKind::Region => (TALL, REGION_GAP),
        ContainerKind::Vpc => (SQUARE, GAP),
        ContainerKind::Site | ContainerKind::Segment | ContainerKind::Zone | ContainerKind::Subnet => {
            (WIDE, GAP)
        }
    };
    let (mut placed, nodes_size) = pack_shaped(&nodes, sizes, WIDE, Vec2::splat(GAP));
    let (boxes_placed, boxes_size) = pack_shaped(&boxes, sizes, shape, Vec2::splat(gap));
    let between = if nodes.is_empty() || boxes.is_empty() {
        0.0
    } else {
        GAP
    };
    let below = vec2(0.0, nodes_size.y + between);
    placed.extend(
        boxes_placed
            .into_iter()
            .map(|(place, offset)| (place, offset + below)),
    );
    (
        placed,
        vec2(nodes_size.x.max(boxes_size.x), below.y + boxes_size.y),
    )
}

/// Packs places with the number of columns that comes nearest to a width over height; the fewest of equals.
fn pack_shaped(places: &[Place], sizes: &[Vec2], shape: f32, gap: Vec2) -> (Vec<(Place, Vec2)>, Vec2) {
    // Cards are wider than high, so more columns than rows never looks right.
    let most = places.len().isqrt() + 2;
    let off = |columns: usize| {
        let size = pack(places, sizes, columns, gap).1;
        let off = size.x / (size.y * shape).max(1.0);
        off.max(1.0 / off)
    };
    let columns = (1..=most.min(places.len())).min_by(|&a, &b| off(a).total_cmp(&off(b)));
    pack(places, sizes, columns.unwrap_or(1), gap)
}

/// Packs places in rows; gives each one's offset and the size of the whole.
fn pack(places: &[Place], sizes: &[Vec2], columns: usize, gap: Vec2) -> (Vec<(Place, Vec2)>, Vec2) {
    let mut placed = Vec::with_capacity(places.len());
    let mut total = Vec2::ZERO;
    for row in places.chunks(columns.max(1)) {
        if total.y > 0.0 {
            total.y += gap.y;
        }
        let (mut x, mut height) = (0.0_f32, 0.0_f32);
        for &place in row {
            if x > 0.0 {
                x += gap.x;
            }
            placed.push((place, vec2(x, total.y)));
            let size = size(place, sizes);
            x += size.x;
            height = height.max(size.y);
        }
        total = vec2(total.x.max(x), total.y + height);
    }
    (placed, total)
}

/// Rectangles of all boxes and nodes, from the outside in.
fn position(topology: &Topology, sizes: &[Vec2]) -> (Vec<Rect>, Vec<Rect>) {
    let mut containers = vec![Rect::NOTHING; topology.containers().len()];
    let mut nodes = vec![Rect::NOTHING; topology.nodes().len()];
    let mut put = |place: Place, min: Pos2, containers: &mut Vec<Rect>| {
        let rect = Rect::from_min_size(min, size(place, sizes));
        let slot = match place {
            Place::Container(id) => containers.get_mut(id.index()),
            Place::Node(id) => nodes.get_mut(id.index()),
        };
        if let Some(slot) = slot {
            *slot = rect;
        }
    };
    for (place, offset) in pack_top(topology, sizes) {
        put(place, offset.to_pos2(), &mut containers);
    }
    for (index, container) in topology.containers().iter().enumerate() {
        let outer = containers.get(index).copied().unwrap_or(Rect::NOTHING);
        let inside = outer.min + vec2(PADDING, HEADER);
        for (place, offset) in pack_children(container, sizes).0 {
            put(place, inside + offset, &mut containers);
        }
    }
    (containers, nodes)
}

/// Sites and what stands in no box in a column on the left, the cloud on the right of it.
fn pack_top(topology: &Topology, sizes: &[Vec2]) -> Vec<(Place, Vec2)> {
    let (left, right): (Vec<Place>, Vec<Place>) = topology.top().iter().partition(|&&place| match place {
        Place::Container(id) => topology
            .container(id)
            .is_some_and(|c| matches!(c.kind, ContainerKind::Site | ContainerKind::Segment)),
        Place::Node(_) => true,
    });
    let (mut placed, left_size) = pack(&left, sizes, 1, TOP_GAP);
    let (right_placed, right_size) = pack_shaped(&right, sizes, 2.0 * WIDE, TOP_GAP);
    let height = left_size.y.max(right_size.y);
    let centred = |size: Vec2| ((height - size.y) / 2.0).round();
    for (_, offset) in &mut placed {
        offset.y += centred(left_size);
    }
    let beside = if left.is_empty() {
        0.0
    } else {
        left_size.x + TOP_GAP.x
    };
    let shift = vec2(beside, centred(right_size));
    placed.extend(
        right_placed
            .into_iter()
            .map(|(place, offset)| (place, offset + shift)),
    );
    placed
}

/// The side of a box by which a link leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
    Top,
    Bottom,
}

impl Side {
    const fn outward(self) -> Vec2 {
        match self {
            Self::Left => vec2(-1.0, 0.0),
            Self::Right => vec2(1.0, 0.0),
            Self::Top => vec2(0.0, -1.0),
            Self::Bottom => vec2(0.0, 1.0),
        }
    }

    /// The point `part` of the way along this side.
    fn point(self, rect: Rect, part: f32) -> Pos2 {
        let x = rect.width().mul_add(part, rect.left());
        let y = rect.height().mul_add(part, rect.top());
        match self {
            Self::Left => pos2(rect.left(), y),
            Self::Right => pos2(rect.right(), y),
            Self::Top => pos2(x, rect.top()),
            Self::Bottom => pos2(x, rect.bottom()),
        }
    }
}

/// The two places below the innermost box that holds both ends: what the link runs between.
fn outermost_apart(topology: &Topology, [a, b]: [Place; 2]) -> [Place; 2] {
    let chain = |place: Place| {
        let mut chain: Vec<Place> = topology.ancestors(place).map(Place::Container).collect();
        chain.insert(0, place);
        chain
    };
    let (mut of_a, mut of_b) = (chain(a), chain(b));
    while of_a.len() > 1 && of_b.len() > 1 && of_a.last() == of_b.last() {
        of_a.pop();
        of_b.pop();
    }
    [
        of_a.last().copied().unwrap_or(a),
        of_b.last().copied().unwrap_or(b),
    ]
}

/// By which sides a link leaves its first place and reaches its second.
fn sides(a: Rect, b: Rect) -> [Side; 2] {
    if a.right() <= b.left() {
        [Side::Right, Side::Left]
    } else if b.right() <= a.left() {
        [Side::Left, Side::Right]
    } else if a.bottom() <= b.top() {
        [Side::Bottom, Side::Top]
    } else if b.bottom() <= a.top() {
        [Side::Top, Side::Bottom]
    } else if b.contains_rect(a) {
        [Side::Top, Side::Top]
    } else {
        [Side::Bottom, Side::Bottom]
    }
}

/// The curves of all links. Links that share a side of a place are spread along it, in the order of
/// where they lead, so that they do not cross at the door.
fn route(topology: &Topology, layout: &Layout) -> Vec<Vec<Pos2>> {
    let links: Vec<([Place; 2], [Side; 2])> = topology
        .links()
        .iter()
        .map(|link| {
            let [a, b] = outermost_apart(topology, link.ends());
            (link.ends(), sides(layout.rect(a), layout.rect(b)))
        })
        .collect();
    // One entry per end: where it docks, where its link leads, and whose end it is.
    let mut docks: Vec<(Place, Side, i32, usize, usize)> = Vec::new();
    for (link, (ends, sides)) in links.iter().enumerate() {
        for end in 0..2 {
            let far = layout.rect(ends[1 - end]).center();
            let along = match sides[end] {
                Side::Left | Side::Right => far.y,
                Side::Top | Side::Bottom => far.x,
            };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "layouts are far smaller than 2^31 points"
            )]
            docks.push((ends[end], sides[end], along.round() as i32, link, end));
        }
    }
    docks.sort_unstable();
    let mut points = vec![[Pos2::ZERO; 2]; links.len()];
    for shared in docks.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (position, &(place, side, _, link, end)) in shared.iter().enumerate() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a side has far fewer docks than a float is precise"
            )]
            let part = (position + 1) as f32 / (shared.len() + 1) as f32;
            points[link][end] = side.point(layout.rect(place), part);
        }
    }
    links
        .iter()
        .zip(points)
        .map(|((_, sides), ends)| curve(ends, *sides))
        .collect()
}

/// A curve that leaves and arrives square to the sides it docks at.
fn curve([from, to]: [Pos2; 2], [leaving, arriving]: [Side; 2]) -> Vec<Pos2> {
    let apart = to - from;
    let across = apart.dot(leaving.outward());
    let reach = if across > 0.0 {
        // Between two boxes that face each other the curve stays in the gap.
        (across * 0.6).min(160.0)
    } else {
        (apart.x.abs().max(apart.y.abs()) * 0.45).clamp(24.0, 160.0)
    };
    let (near, far) = (from + leaving.outward() * reach, to + arriving.outward() * reach);
    (0..=PIECES)
        .map(|piece| {
            let t = f32::from(piece) / f32::from(PIECES);
            let s = 1.0 - t;
            let sum = from.to_vec2() * (s * s * s)
                + near.to_vec2() * (3.0 * s * s * t)
                + far.to_vec2() * (3.0 * s * t * t)
                + to.to_vec2() * (t * t * t);
            sum.to_pos2()
        })
        .collect()
}

/// Links by the pair of outermost places that they join, in the order of the first link of each.
fn bundle(topology: &Topology, layout: &Layout) -> Vec<Bundle> {
    let outermost = |place: Place| topology.ancestors(place).last().map_or(place, Place::Container);
    let mut by_pair: std::collections::BTreeMap<[Place; 2], Vec<LinkId>> = std::collections::BTreeMap::new();
    for (id, link) in topology.numbered_links() {
        let mut pair = link.ends().map(outermost);
        pair.sort_unstable();
        if pair[0] != pair[1] {
            by_pair.entry(pair).or_default().push(id);
        }
    }
    by_pair
        .into_iter()
        .map(|(pair, links)| Bundle {
            ends: pair.map(|place| layout.rect(place).center()),
            links,
        })
        .collect()
}

#[cfg(test)]
mod tests;
