//! Boxes: an edge, a breath of colour, and a title, each kind with a manner of its own.

use egui::{Align, Color32, CornerRadius, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::super::layout::{HEADER, title_kind};
use super::super::symbol;
use super::{LEGIBLE, Scene};
use crate::topology::{Container, ContainerId, ContainerKind, Health, Item, Place};

/// A header lower than this on the screen has no room for its title.
const LEAST_HEADER: f32 = 9.4;

/// How a kind of box is edged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Solid,
    Dashed,
}

/// Regions and zones are places on a map, and so dashed, as on the diagrams that people know.
const fn edge(kind: ContainerKind) -> (Edge, f32) {
    match kind {
        ContainerKind::Cloud => (Edge::Solid, 1.0),
        ContainerKind::Region => (Edge::Dashed, 1.25),
        ContainerKind::Zone => (Edge::Dashed, 1.0),
        ContainerKind::Vpc | ContainerKind::Site => (Edge::Solid, 1.5),
        ContainerKind::Location => (Edge::Solid, 1.25),
        ContainerKind::Subnet | ContainerKind::Segment => (Edge::Solid, 1.0),
    }
}

impl Scene<'_> {
    pub(super) fn container(&self, id: ContainerId, container: &Container) {
        let Some(rect) = self.visible(Place::Container(id)) else {
            return;
        };
        let item = Item::Container(id);
        let color = self.palette.container(container.kind);
        let corner = self.corner(match container.kind {
            ContainerKind::Cloud | ContainerKind::Site | ContainerKind::Region => 10.0,
            ContainerKind::Vpc | ContainerKind::Location => 8.0,
            ContainerKind::Zone | ContainerKind::Subnet | ContainerKind::Segment => 6.0,
        });
        self.painter
            .rect_filled(rect, corner, self.palette.container_fill(container.kind));
        let (manner, width) = edge(container.kind);
        let stroke = if self.marked(item) {
            Stroke::new(2.5, self.palette.accent)
        } else if container.health == Health::Failed && is_leaf(container) {
            Stroke::new(2.0, self.palette.health(Health::Failed))
        } else {
            let strength = if self.hovered == Some(item) { 1.0 } else { 0.62 };
            Stroke::new(width, color.gamma_multiply(strength))
        };
        self.edge(
            rect,
            corner,
            stroke,
            if self.marked(item) { Edge::Solid } else { manner },
        );
    }

    /// The title of a box, in front of the links that run into it.
    pub(super) fn container_title(&self, id: ContainerId, container: &Container) {
        if let Some(rect) = self.visible(Place::Container(id))
            && rect.width() >= LEGIBLE
        {
            self.title(container, rect, self.palette.container(container.kind));
        }
    }

    fn edge(&self, rect: Rect, corner: CornerRadius, stroke: Stroke, manner: Edge) {
        let perimeter = 2.0 * (rect.width() + rect.height());
        // Dashes that are out of view cost as much as others: very large boxes are drawn solid.
        if manner == Edge::Solid || self.scale() < 0.2 || perimeter > 12_000.0 {
            self.painter.rect_stroke(rect, corner, stroke, StrokeKind::Inside);
            return;
        }
        let rect = rect.shrink(stroke.width / 2.0);
        let round = f32::from(corner.nw);
        let outline = rounded(rect, round);
        self.painter
            .extend(Shape::dashed_line(&outline, stroke, 6.0, 4.0));
    }

    fn title(&self, container: &Container, rect: Rect, color: Color32) {
        let header = HEADER_F * self.scale();
        let size = self.font(12.0);
        let is_far = header < LEAST_HEADER;
        if is_far && (rect.height() < size * 1.6 || !is_named_from_afar(container)) {
            return;
        }
        let room = rect.shrink2(vec2((9.0 * self.scale()).clamp(3.0, 14.0), 0.0));
        let mut room = room.with_max_y(rect.top() + header.max(size * 1.45));
        // A box that does well says nothing; what needs somebody inside shows from afar.
        if container.health >= Health::Working {
            let radius = (4.5 * self.scale()).clamp(3.0, 7.0);
            let mark = room.right_center() - vec2(radius, 0.0);
            symbol::health(&self.painter, &self.palette, container.health, mark, radius);
            room.set_right(mark.x - 2.0 * radius);
        }
        if is_far {
            let name = if container.name.is_empty() {
                container.kind.label()
            } else {
                &container.name
            };
            let ground = self.palette.canvas.gamma_multiply(0.8);
            self.words_on(ground, room, size, &[(name, self.palette.text, 1.0)]);
            return;
        }
        let side = size * 1.05;
        if room.width() > 3.0 * side {
            let square =
                Rect::from_center_size(pos2(room.left() + side / 2.0, room.center().y), vec2(side, side));
            symbol::container(&self.painter, container.kind, square, color);
            room.set_left(square.right() + size * 0.4);
        }
        let kind = title_kind(container);
        let parts = [
            (kind, color, 0.9),
            (container.name.as_str(), self.palette.text, 1.0),
            (container.note.as_str(), self.palette.weak, 0.88),
        ];
        // Of the two the name says more.
        let has_both = container.name.is_empty() || self.fits(size, room.width(), &parts[..2]);
        let parts = if has_both { &parts[..] } else { &parts[1..] };
        self.words_clear(room, size, Align::Min, parts);
    }

    pub(super) fn corner(&self, radius: f32) -> CornerRadius {
        CornerRadius::from((radius * self.scale()).clamp(0.0, 14.0))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a header is a few points high")]
const HEADER_F: f32 = HEADER as f32;

fn is_leaf(container: &Container) -> bool {
    matches!(
        container.kind,
        ContainerKind::Segment | ContainerKind::Subnet | ContainerKind::Zone
    )
}

const fn is_named_from_afar(container: &Container) -> bool {
    matches!(
        container.kind,
        ContainerKind::Segment | ContainerKind::Vpc | ContainerKind::Location
    )
}

/// The outline of a rectangle with round corners, closed.
pub(super) fn rounded(rect: Rect, round: f32) -> Vec<egui::Pos2> {
    let round = round.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let corners = [
        (pos2(rect.right() - round, rect.top() + round), -90.0_f32),
        (pos2(rect.right() - round, rect.bottom() - round), 0.0),
        (pos2(rect.left() + round, rect.bottom() - round), 90.0),
        (pos2(rect.left() + round, rect.top() + round), 180.0),
    ];
    let mut outline = Vec::with_capacity(21);
    for (centre, from) in corners {
        for step in 0..=4_u8 {
            let angle = f32::from(step).mul_add(22.5, from).to_radians();
            outline.push(centre + egui::Vec2::angled(angle) * round);
        }
    }
    outline.extend(outline.first().copied());
    outline
}
