//! Small pictures for kinds of nodes and marks for their states, drawn with strokes.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use crate::theme::Palette;
use crate::topology::{Health, NodeKind};

/// Draws the symbol of a kind of node into a square.
pub(super) fn node(painter: &Painter, kind: NodeKind, square: Rect, color: Color32) {
    let pen = Pen {
        painter,
        square,
        stroke: Stroke::new((square.width() / 14.0).clamp(1.0, 2.5), color),
    };
    match kind {
        NodeKind::Host => {
            pen.rack_unit(0.06, 0.44);
            pen.rack_unit(0.56, 0.94);
        }
        NodeKind::SourceServer => {
            pen.rack_unit(0.04, 0.42);
            pen.line(&[(0.5, 0.54), (0.5, 1.0)]);
            pen.line(&[(0.3, 0.8), (0.5, 1.0), (0.7, 0.8)]);
        }
        NodeKind::LaunchedInstance => {
            pen.line(&[
                (0.08, 0.08),
                (0.92, 0.08),
                (0.92, 0.92),
                (0.08, 0.92),
                (0.08, 0.08),
            ]);
            pen.line(&[(0.36, 0.28), (0.72, 0.5), (0.36, 0.72), (0.36, 0.28)]);
        }
        NodeKind::ReplicationServer => {
            pen.line(&[(0.5, 0.0), (0.5, 0.46)]);
            pen.line(&[(0.3, 0.28), (0.5, 0.46), (0.7, 0.28)]);
            pen.rack_unit(0.58, 0.96);
        }
        NodeKind::Router => {
            pen.circle(0.46);
            pen.line(&[(0.24, 0.4), (0.76, 0.4), (0.62, 0.26)]);
            pen.line(&[(0.76, 0.6), (0.24, 0.6), (0.38, 0.74)]);
        }
        NodeKind::Gateway => {
            pen.line(&[
                (0.12, 0.95),
                (0.12, 0.3),
                (0.3, 0.08),
                (0.7, 0.08),
                (0.88, 0.3),
                (0.88, 0.95),
            ]);
            pen.line(&[(0.5, 0.95), (0.5, 0.42)]);
            pen.line(&[(0.34, 0.58), (0.5, 0.42), (0.66, 0.58)]);
        }
        NodeKind::Endpoint => {
            pen.circle(0.44);
            pen.dot(0.5, 0.5, 0.16);
        }
        NodeKind::Resolver => {
            pen.circle(0.46);
            pen.line(&[(0.04, 0.5), (0.96, 0.5)]);
            pen.line(&[(0.5, 0.04), (0.32, 0.27), (0.32, 0.73), (0.5, 0.96)]);
            pen.line(&[(0.5, 0.04), (0.68, 0.27), (0.68, 0.73), (0.5, 0.96)]);
        }
        NodeKind::Service => pen.line(&[
            (0.5, 0.02),
            (0.93, 0.26),
            (0.93, 0.74),
            (0.5, 0.98),
            (0.07, 0.74),
            (0.07, 0.26),
            (0.5, 0.02),
        ]),
    }
}

/// Draws the mark of a state: a ring, a disc, a half-filled ring, a triangle or a cross, so that
/// colour is never alone.
pub(crate) fn health(painter: &Painter, palette: &Palette, health: Health, centre: Pos2, radius: f32) {
    let color = palette.health(health);
    let stroke = Stroke::new((radius * 0.45).clamp(1.0, 2.5), color);
    match health {
        Health::Idle => {
            painter.circle_stroke(centre, radius * 0.8, stroke);
        }
        Health::Good => {
            painter.circle_filled(centre, radius, color);
        }
        Health::Working => {
            painter.circle_stroke(centre, radius * 0.8, stroke);
            let half = (0..=12_u8).map(|part| {
                let angle = f32::from(part).mul_add(std::f32::consts::PI / 12.0, std::f32::consts::FRAC_PI_2);
                centre + Vec2::angled(angle) * radius * 0.8
            });
            painter.add(Shape::convex_polygon(half.collect(), color, Stroke::NONE));
        }
        Health::Degraded => {
            let corner = |x: f32, y: f32| centre + vec2(x, y) * radius * 1.15;
            let corners = vec![corner(0.0, -1.0), corner(1.0, 0.8), corner(-1.0, 0.8)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Health::Failed => {
            let arm = Vec2::splat(radius * 0.85);
            let other = vec2(arm.x, -arm.y);
            painter.line_segment([centre - arm, centre + arm], stroke);
            painter.line_segment([centre - other, centre + other], stroke);
        }
    }
}

/// Draws in fractions of a square.
struct Pen<'a> {
    painter: &'a Painter,
    square: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        pos2(
            self.square.width().mul_add(x, self.square.left()),
            self.square.height().mul_add(y, self.square.top()),
        )
    }
    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.line(points, self.stroke);
    }
    fn circle(&self, radius: f32) {
        self.painter
            .circle_stroke(self.at(0.5, 0.5), radius * self.square.width(), self.stroke);
    }
    fn dot(&self, x: f32, y: f32, radius: f32) {
        self.painter
            .circle_filled(self.at(x, y), radius * self.square.width(), self.stroke.color);
    }
    /// One unit of a rack, with its lamp.
    fn rack_unit(&self, top: f32, bottom: f32) {
        let unit = Rect::from_min_max(self.at(0.04, top), self.at(0.96, bottom));
        self.painter
            .rect_stroke(unit, CornerRadius::same(2), self.stroke, StrokeKind::Inside);
        self.dot(0.22, f32::midpoint(top, bottom), 0.06);
    }
}
