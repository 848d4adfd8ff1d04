//! What is drawn over the picture: ways, packets, and what a fault took away.

use egui::{Align, Color32, CornerRadius, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::super::overlay::{Direction, Packet, Route, Stop};
use super::super::symbol;
use super::Scene;
use super::boxes::rounded as outline;
use crate::theme::part;
use crate::topology::{Health, Item, Place};

/// From stroke to stroke of the shading.
const HATCH: f32 = 9.0;

impl Scene<'_> {
    /// Shades what lost something because of a fault, with strokes as well as with colour.
    pub(super) fn blast(&self) {
        for item in &self.overlay.lost {
            let Some(rect) = self.area(*item) else { continue };
            let color = self.palette.health(Health::Failed);
            self.painter
                .rect_filled(rect, self.corner(8.0), color.gamma_multiply(0.10));
            self.hatch(rect, Stroke::new(1.0, color.gamma_multiply(0.35)));
        }
        for item in &self.overlay.faults {
            if let Some(rect) = self.area(*item) {
                let stroke = Stroke::new(2.0, self.palette.health(Health::Failed));
                let around = outline(rect.expand(5.0), 8.0);
                self.painter.extend(Shape::dashed_line(&around, stroke, 5.0, 4.0));
            }
        }
    }

    fn area(&self, item: Item) -> Option<Rect> {
        match item {
            Item::Container(id) => self.visible(Place::Container(id)),
            Item::Node(id) => self.visible(Place::Node(id)).map(|rect| rect.expand(4.0)),
            Item::Link(_) => None,
        }
    }

    fn hatch(&self, rect: Rect, stroke: Stroke) {
        let seen = rect.intersect(self.painter.clip_rect());
        let step = HATCH.max(seen.width().max(seen.height()) / 120.0);
        let mut at = ((seen.left() - seen.height()) / step).floor() * step;
        while at < seen.right() {
            // From the lower left to the upper right, cut at the edges.
            let from = pos2(at.max(seen.left()), seen.bottom() - (at.max(seen.left()) - at));
            let end = at + seen.height();
            let to = pos2(end.min(seen.right()), seen.top() + (end - end.min(seen.right())));
            if from.x < to.x && from.y > seen.top() {
                self.painter.line_segment([from, to], stroke);
            }
            at += step;
        }
    }

    /// The ways of what is looked at: as it was behind, there and back side by side in front.
    pub(super) fn paths(&self) {
        for wanted in [Direction::Before, Direction::Return, Direction::Forward] {
            for route in self.overlay.routes.iter().filter(|it| it.direction == wanted) {
                self.route(route);
            }
        }
    }

    fn route(&self, route: &Route) {
        let color = self.palette.route(route.direction);
        let s = self.scale().clamp(0.6, 1.6);
        let (width, shift) = match route.direction {
            Direction::Before => (9.0 * s, 0.0),
            // Each keeps to the same side of its own direction, so that the two run side by side.
            Direction::Forward | Direction::Return => (3.2 * s, -3.0 * s),
        };
        let lead = Stroke::new(2.0 * s, color.gamma_multiply(0.75));
        // Where the way has come to: what has no link of its own is drawn as a thin line from there.
        let mut here: Option<Rect> = None;
        for (at, step) in route.steps.iter().enumerate() {
            match step {
                Item::Link(id) => {
                    let Some(mut points) = self.way(*id) else {
                        here = None;
                        continue;
                    };
                    let far = |to: Option<&Pos2>| {
                        let (from, to) = (here?, to?);
                        Some(from.clamp(*to).distance(*to))
                    };
                    // It begins where the way has come to; where that does not tell, its ends do.
                    let is_backwards = match (far(points.first()), far(points.last())) {
                        (Some(first), Some(last)) if (first - last).abs() > 1.0 => last < first,
                        _ => self.is_backwards(route, at),
                    };
                    if is_backwards {
                        points.reverse();
                    }
                    if let (Some(from), Some(first)) = (here, points.first()) {
                        self.lead(from, Rect::from_pos(*first), lead);
                    }
                    here = points.last().map(|last| Rect::from_pos(*last));
                    let points = beside(&points, shift);
                    match route.direction {
                        Direction::Before => {
                            let faint = Stroke::new(width, color.gamma_multiply(0.28));
                            self.painter.line(points.clone(), faint);
                            self.painter.extend(Shape::dashed_line(
                                &points,
                                Stroke::new(1.5, color),
                                2.0,
                                6.0,
                            ));
                        }
                        Direction::Forward | Direction::Return => {
                            self.painter.line(points.clone(), Stroke::new(width, color));
                            self.arrows(&points, color, 7.0 * s);
                        }
                    }
                }
                Item::Node(id) => {
                    let place = Place::Node(*id);
                    let around = self.layout.tile(*id).unwrap_or_else(|| self.layout.rect(place));
                    let around = self.to_screen * around;
                    // Where it is counts also where it is out of view: a link begins there.
                    let from = here.replace(around);
                    if let Some(from) = from {
                        self.lead(from, around, lead);
                    }
                    if self.visible(place).is_none() {
                        continue;
                    }
                    let faint = if route.direction == Direction::Before {
                        0.4
                    } else {
                        0.9
                    };
                    let stroke = Stroke::new(1.6 * s, color.gamma_multiply(faint));
                    let out = if route.direction == Direction::Return {
                        3.6
                    } else {
                        1.6
                    };
                    self.painter.rect_stroke(
                        around.expand(out * s),
                        self.corner(11.0),
                        stroke,
                        StrokeKind::Middle,
                    );
                }
                Item::Container(_) => {}
            }
        }
    }

    /// A line from one thing to the next where no link is drawn between them: inside a network, whoever is in it.
    fn lead(&self, from: Rect, to: Rect, stroke: Stroke) {
        let start = from.clamp(to.center());
        let end = to.clamp(start);
        if start.distance(end) > 8.0 * self.scale().clamp(0.6, 1.6) {
            self.painter.line_segment([start, end], stroke);
        }
    }

    /// Whether a step of a route goes from the second end of its link to the first.
    fn is_backwards(&self, route: &Route, at: usize) -> bool {
        let Some(Item::Link(id)) = route.steps.get(at) else {
            return false;
        };
        let Some(link) = self.topology.link(*id) else {
            return false;
        };
        let [first, second] = link.ends().map(Item::from);
        let before = at.checked_sub(1).and_then(|at| route.steps.get(at));
        let after = route.steps.get(at + 1);
        before == Some(&second) || (before != Some(&first) && after == Some(&first))
    }

    /// Arrow heads along a line, so that its direction can be read at every zoom.
    fn arrows(&self, points: &[Pos2], color: Color32, size: f32) {
        let mut left = 30.0;
        for pair in points.windows(2) {
            let along = pair[1] - pair[0];
            let length = along.length();
            let mut at = left;
            while at < length {
                let direction = along / length;
                let tip = pair[0] + direction * (at + size);
                let side = direction.rot90() * size * 0.75;
                let back = pair[0] + direction * (at - size * 0.6);
                let head = vec![tip, back + side, back - side];
                self.painter.add(Shape::convex_polygon(
                    head,
                    color,
                    Stroke::new(1.0, self.palette.canvas),
                ));
                at += 70.0;
            }
            left = at - length;
        }
    }

    /// Packets under way, each kind with a colour and a letter of its own.
    pub(super) fn packets(&self) {
        for packet in &self.overlay.packets {
            self.packet(*packet);
        }
    }

    fn packet(&self, packet: Packet) {
        let Some(points) = self.way(packet.link) else {
            return;
        };
        let part = part(packet.part);
        let part = if packet.is_back { 1.0 - part } else { part };
        let Some(at) = along(&points, part) else { return };
        let color = self.palette.protocol(packet.protocol);
        let radius = (5.0 * self.scale()).clamp(2.5, 8.0);
        self.painter.circle_filled(at, radius + 2.0, self.palette.canvas);
        self.painter.circle_filled(at, radius, color);
        if radius >= 5.0 {
            let letter = packet.protocol.label().get(..1).unwrap_or_default();
            let room = Rect::from_center_size(at, Vec2::splat(radius * 2.0));
            self.words(
                room.expand(2.0),
                radius * 1.5,
                Align::Center,
                &[(letter, self.palette.canvas, 1.0)],
            );
        }
    }

    /// Where a way stops, and why.
    pub(super) fn stops(&self) {
        for stop in &self.overlay.stops {
            self.stop(stop);
        }
    }

    fn stop(&self, stop: &Stop) {
        let at = match stop.at {
            Item::Node(id) => {
                let rect = self
                    .layout
                    .tile(id)
                    .unwrap_or_else(|| self.layout.rect(Place::Node(id)));
                (self.to_screen * rect).left_top()
            }
            Item::Container(id) => (self.to_screen * self.layout.rect(Place::Container(id))).left_center(),
            Item::Link(id) => match super::links::longest(self.layout.path(id)) {
                Some([a, b]) => self.to_screen * (a + (b - a) / 2.0),
                None => return,
            },
        };
        let color = self.palette.health(Health::Failed);
        self.painter.circle_filled(at, 11.0, self.palette.canvas);
        self.painter.circle_filled(at, 9.0, color);
        symbol::cross(&self.painter, at, 4.0, self.palette.canvas);
        let size = 12.0;
        let words = self.line(size, 320.0, &[(stop.why.as_str(), self.palette.text, 1.0)]);
        let back = Rect::from_min_size(at + vec2(12.0, -26.0), words.size()).expand2(vec2(6.0, 3.0));
        self.painter.rect(
            back,
            CornerRadius::same(5),
            self.palette.card,
            Stroke::new(1.5, color),
            StrokeKind::Outside,
        );
        self.painter
            .galley(back.min + vec2(6.0, 3.0), words, self.palette.text);
    }

    /// A frame around what a search found.
    pub(super) fn finds(&self) {
        for item in self.found {
            match item {
                Item::Link(id) => {
                    if let Some(points) = self.way(*id) {
                        self.painter
                            .line(points, Stroke::new(6.0, self.palette.accent.gamma_multiply(0.45)));
                    }
                }
                Item::Node(_) | Item::Container(_) => {
                    if let Some(rect) = self.area(*item) {
                        let stroke = Stroke::new(2.0, self.palette.accent);
                        self.painter.rect_stroke(
                            rect.expand(3.0),
                            self.corner(9.0),
                            stroke,
                            StrokeKind::Outside,
                        );
                    }
                }
            }
        }
    }
}

/// The point so much of the way along a line.
fn along(points: &[Pos2], part: f32) -> Option<Pos2> {
    let total: f32 = points.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
    let mut left = total * part;
    for pair in points.windows(2) {
        let length = pair[0].distance(pair[1]);
        if left <= length {
            return Some(pair[0] + (pair[1] - pair[0]) * (left / length.max(f32::EPSILON)));
        }
        left -= length;
    }
    points.last().copied()
}

/// A line beside a line.
fn beside(points: &[Pos2], shift: f32) -> Vec<Pos2> {
    if shift == 0.0 {
        return points.to_vec();
    }
    let normal = |a: Pos2, b: Pos2| (b - a).normalized().rot90();
    (0..points.len())
        .map(|at| {
            let before = at
                .checked_sub(1)
                .and_then(|before| Some(normal(*points.get(before)?, points[at])));
            let after = points.get(at + 1).map(|after| normal(points[at], *after));
            let out = match (before, after) {
                (Some(a), Some(b)) => {
                    let sum = a + b;
                    // At a corner both sides are to be so far away.
                    sum / (sum.length_sq() / 2.0).max(0.5)
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => Vec2::ZERO,
            };
            points[at] + out * shift
        })
        .collect()
}
