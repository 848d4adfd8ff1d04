//! What a person put elsewhere: kept by name, so that it holds in the next run of the same lab and in a lab that grew.

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use serde::{Deserialize, Serialize};
use sim_core::scenario::Moved;

use super::{Layout, PITCH, detour, whole};
use crate::topology::{ContainerKind, LinkId, Place, Topology};

/// How far places were moved from where the layout has them, in points.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placements {
    /// By the names of the boxes around a place and its own, outermost first.
    moved: Moved,
}

/// Further than this nothing is moved: a picture has to be found again.
const FARTHEST: i32 = 20_000;

impl Placements {
    /// Those of a session.
    #[must_use]
    pub const fn new(moved: Moved) -> Self {
        Self { moved }
    }

    /// As they are saved with a session.
    #[must_use]
    pub const fn moved(&self) -> &Moved {
        &self.moved
    }

    /// Whether everything stands where the layout has it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moved.is_empty()
    }

    /// How many places were moved.
    #[must_use]
    pub fn len(&self) -> usize {
        self.moved.len()
    }

    /// Moves a place by so many points more.
    pub fn shift(&mut self, topology: &Topology, place: Place, by: Vec2) {
        let [x, y] = self.moved.entry(key(topology, place)).or_default();
        let far = |at: i32, by: f32| at.saturating_add(rounded(by)).clamp(-FARTHEST, FARTHEST);
        (*x, *y) = (far(*x, by.x), far(*y, by.y));
        self.moved.retain(|_, by| *by != [0, 0]);
    }

    /// Puts everything back to where the layout has it.
    pub fn clear(&mut self) {
        self.moved.clear();
    }

    fn of(&self, topology: &Topology, place: Place) -> Option<Vec2> {
        if self.moved.is_empty() {
            return None;
        }
        let [x, y] = self.moved.get(&key(topology, place)).copied()?;
        Some(vec2(whole(x), whole(y)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pointers move by some thousand points"
)]
fn rounded(by: f32) -> i32 {
    by.round().clamp(-1.0e6, 1.0e6) as i32
}

/// The names that lead to a place.
fn key(topology: &Topology, place: Place) -> String {
    let of = |place: Place| match place {
        Place::Container(id) => topology
            .container(id)
            .map(|it| format!("{} {}", it.kind.label(), it.name)),
        Place::Node(id) => topology.node(id).map(|it| it.name.clone()),
    };
    let mut names: Vec<String> = topology
        .ancestors(place)
        .filter_map(|id| of(Place::Container(id)))
        .collect();
    names.reverse();
    names.extend(of(place));
    names.join(" / ")
}

/// Something that links do not run over.
struct Solid {
    place: Place,
    rect: Rect,
    /// Whether nothing in it is reached by a link of its own.
    is_packed: bool,
}

impl Layout {
    /// The layout with what a person put elsewhere. Links of what was moved find a new way around everything else.
    #[must_use]
    pub fn placed(topology: &Topology, placements: &Placements) -> Self {
        Self::of(topology).with(topology, placements)
    }

    /// The innermost place around one that can be moved by itself; what stands packed in a box moves with the box.
    #[must_use]
    pub fn movable(&self, topology: &Topology, place: Place) -> Option<Place> {
        let is_free = |place: &Place| match place {
            Place::Node(id) => self.tile(*id).is_some(),
            Place::Container(id) => topology.container(*id).is_some_and(|it| {
                !matches!(it.kind, ContainerKind::Subnet | ContainerKind::Zone) || it.parent().is_none()
            }),
        };
        let around = topology.ancestors(place).map(Place::Container);
        std::iter::once(place).chain(around).find(is_free)
    }

    fn with(mut self, topology: &Topology, placements: &Placements) -> Self {
        if placements.is_empty() {
            return self;
        }
        let mut offsets: Vec<Vec2> = Vec::with_capacity(topology.containers().len());
        for (id, container) in topology.numbered_containers() {
            let around = container
                .parent()
                .and_then(|it| offsets.get(it.index()))
                .copied()
                .unwrap_or_default();
            let own = placements.of(topology, Place::Container(id)).unwrap_or_default();
            offsets.push(around + own);
        }
        let mut nodes: Vec<Vec2> = Vec::with_capacity(topology.nodes().len());
        for (id, node) in topology.numbered_nodes() {
            let around = node
                .parent()
                .and_then(|it| offsets.get(it.index()))
                .copied()
                .unwrap_or_default();
            let is_free = self.tile(id).is_some();
            let own = if is_free {
                placements.of(topology, Place::Node(id))
            } else {
                None
            };
            nodes.push(around + own.unwrap_or_default());
        }
        let before = self.containers.clone();
        for (rect, by) in self.containers.iter_mut().zip(&offsets) {
            *rect = rect.translate(*by);
        }
        for (at, by) in nodes.iter().enumerate() {
            if let Some(rect) = self.nodes.get_mut(at) {
                *rect = rect.translate(*by);
            }
            if let Some(Some(tile)) = self.tiles.get_mut(at) {
                *tile = tile.translate(*by);
            }
        }
        self.grow(topology);
        let offset = |place: Place| match place {
            Place::Container(id) => offsets.get(id.index()).copied(),
            Place::Node(id) => nodes.get(id.index()).copied(),
        };
        let solid = self.solid(topology, &before);
        for (id, link) in topology.numbered_links() {
            let [a, b] = link.ends().map(|end| offset(end).unwrap_or_default());
            // Neither its ends nor what they are in are in its way.
            let around = link.ends().into_iter().flat_map(|end| {
                let boxes = topology.ancestors(end).map(Place::Container);
                std::iter::once(end).chain(boxes)
            });
            let around: Vec<Place> = around.collect();
            self.reroute(id, link.ends(), [a, b], (&solid, &around));
        }
        self.measure_bounds(topology);
        self
    }

    /// Boxes grow around what was moved out of them.
    fn grow(&mut self, topology: &Topology) {
        for at in (0..topology.containers().len()).rev() {
            let Some((id, container)) = topology.numbered_containers().nth(at) else {
                continue;
            };
            let children = container.children().iter().map(|child| self.rect(*child));
            let Some(inside) = children.reduce(Rect::union) else {
                continue;
            };
            let least = Rect::from_min_max(
                inside.min - vec2(whole(super::measure::PADDING), whole(super::HEADER)),
                inside.max + egui::Vec2::splat(whole(super::measure::PADDING)),
            );
            let rect = self.rect(Place::Container(id));
            self.put(Place::Container(id), rect.union(least));
        }
    }

    /// What links may not run over: things by themselves, and boxes; boxes in which things stand by themselves only where they
    /// were put elsewhere or grew, for the layout finds its own ways between those.
    fn solid(&self, topology: &Topology, before: &[Rect]) -> Vec<Solid> {
        let tiles = topology
            .numbered_nodes()
            .filter(|(id, _)| self.tile(*id).is_some());
        let tiles = tiles.map(|(id, _)| Solid {
            place: Place::Node(id),
            rect: self.rect(Place::Node(id)),
            is_packed: true,
        });
        let holds_tile = |place: Place| match place {
            Place::Container(id) => topology.container(id).is_some_and(|it| {
                it.children().iter().any(|child| match child {
                    Place::Node(id) => self.tile(*id).is_some(),
                    Place::Container(_) => false,
                })
            }),
            Place::Node(_) => false,
        };
        let boxes = topology.numbered_containers().filter_map(|(id, it)| {
            let place = Place::Container(id);
            let rect = self.rect(place);
            let is_packed =
                matches!(it.kind, ContainerKind::Vpc | ContainerKind::Segment) && !holds_tile(place);
            let is_elsewhere = before.get(id.index()).is_none_or(|before| *before != rect);
            (is_packed || is_elsewhere).then_some(Solid {
                place,
                rect,
                is_packed,
            })
        });
        tiles.chain(boxes).collect()
    }

    /// What of a place its links begin at.
    fn face(&self, place: Place) -> Rect {
        match place {
            Place::Node(id) => self.tile(id).unwrap_or_else(|| self.rect(place)),
            Place::Container(_) => self.rect(place),
        }
    }

    /// A link whose ends were moved by `a` and `b`, past what is solid and not `around` it.
    fn reroute(
        &mut self,
        id: LinkId,
        ends: [Place; 2],
        [a, b]: [Vec2; 2],
        (solid, around): (&[Solid], &[Place]),
    ) {
        let Some(way) = self.links.get(id.index()).filter(|way| way.len() > 1) else {
            return;
        };
        let shifted: Vec<Pos2> = way.iter().map(|at| *at + a).collect();
        let is_clear = a == b && {
            let bounds = Rect::from_points(&shifted);
            let is_over =
                |pair: &[Pos2], rect: Rect| Rect::from_two_pos(pair[0], pair[1]).intersects(rect.shrink(2.0));
            let mut near = solid.iter().filter(|it| it.rect.intersects(bounds));
            near.all(|it| {
                around.contains(&it.place) || !shifted.windows(2).any(|pair| is_over(pair, it.rect))
            })
        };
        let name = self.names.get(id.index()).copied().flatten();
        if is_clear {
            if let Some(way) = self.links.get_mut(id.index()) {
                *way = shifted;
            }
            if let Some(slot) = self.names.get_mut(id.index()) {
                *slot = name.map(|room| room.translate(a));
            }
            return;
        }
        let faces = ends.map(|end| self.face(end));
        let among = |is_meant: &dyn Fn(&Solid) -> bool| -> Vec<Rect> {
            let is_own = |it: &Solid| ends.contains(&it.place);
            let all = solid.iter();
            let meant = all.filter(|it| is_own(it) || (!around.contains(&it.place) && is_meant(it)));
            meant.map(|it| it.rect).collect()
        };
        let new = detour::way(faces, &among(&|_| true)).unwrap_or_else(|| {
            // Where something stands all around an end, the way leads over boxes, but over no thing.
            let packed = among(&|it| it.is_packed);
            detour::way(faces, &packed).unwrap_or_else(|| detour::plain(faces))
        });
        let width = name.map(|room| room.width());
        let spot = width.and_then(|width| self.name_on(&new, width, id));
        if let Some(way) = self.links.get_mut(id.index()) {
            *way = new;
        }
        if let Some(slot) = self.names.get_mut(id.index()) {
            *slot = spot;
        }
    }

    /// Room for a name on the first level piece of a way that is long enough and free.
    fn name_on(&self, way: &[Pos2], width: f32, own: LinkId) -> Option<Rect> {
        let half = whole(PITCH) / 2.0;
        way.windows(2)
            .filter(|pair| (pair[0].y - pair[1].y).abs() < 0.5)
            .find_map(|pair| {
                let (left, right) = (pair[0].x.min(pair[1].x) + 6.0, pair[0].x.max(pair[1].x) - 6.0);
                let room = Rect::from_min_max(
                    pos2(left, pair[0].y - half),
                    pos2((left + width).min(right), pair[0].y + half - 1.0),
                );
                let others = self.names.iter().enumerate().filter(|(at, _)| *at != own.index());
                let is_free = self.nodes.iter().all(|rect| !rect.intersects(room))
                    && others
                        .filter_map(|(_, name)| *name)
                        .all(|name| !name.intersects(room));
                (room.width() > 50.0 && is_free).then_some(room)
            })
    }
}
