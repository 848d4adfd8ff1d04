//! Small pictures for kinds of nodes and marks for their states, drawn with strokes.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use crate::theme::Palette;
use crate::topology::{ContainerKind, Health, NodeKind};

/// Draws the symbol of a kind of node into a square.
pub(super) fn node(painter: &Painter, kind: NodeKind, square: Rect, color: Color32) {
    let pen = Pen {
        painter,
        square,
        stroke: Stroke::new((square.width() / 13.0).clamp(1.0, 3.0), color),
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
            pen.frame((0.08, 0.08), (0.92, 0.92), 3);
            pen.line(&[(0.36, 0.28), (0.72, 0.5), (0.36, 0.72), (0.36, 0.28)]);
        }
        NodeKind::ReplicationServer => {
            pen.line(&[(0.5, 0.0), (0.5, 0.46)]);
            pen.line(&[(0.3, 0.28), (0.5, 0.46), (0.7, 0.28)]);
            pen.rack_unit(0.58, 0.96);
        }
        NodeKind::Router => {
            pen.circle(0.47);
            pen.arrow((0.24, 0.39), (0.78, 0.39));
            pen.arrow((0.76, 0.61), (0.22, 0.61));
        }
        NodeKind::Firewall => pen.bricks(),
        NodeKind::VirtualGateway => {
            pen.frame((0.04, 0.1), (0.66, 0.6), 3);
            pen.frame((0.34, 0.4), (0.96, 0.9), 3);
        }
        NodeKind::Carrier => pen.cloud(),
        NodeKind::Device => {
            pen.frame((0.02, 0.24), (0.98, 0.76), 3);
            for x in [0.22, 0.41, 0.6] {
                pen.line(&[
                    (x - 0.05, 0.58),
                    (x - 0.05, 0.42),
                    (x + 0.05, 0.42),
                    (x + 0.05, 0.58),
                ]);
            }
            pen.dot(0.8, 0.5, 0.06);
        }
        NodeKind::VirtualInterface => {
            pen.frame((0.3, 0.06), (0.7, 0.46), 2);
            pen.line(&[(0.5, 0.46), (0.5, 0.66)]);
            pen.line(&[(0.12, 0.94), (0.12, 0.66), (0.88, 0.66), (0.88, 0.94)]);
            pen.line(&[(0.5, 0.66), (0.5, 0.94)]);
        }
        NodeKind::TunnelEndpoint => {
            pen.line(&[(0.0, 0.9), (0.12, 0.9), (0.12, 0.46)]);
            pen.arc((0.5, 0.46), 0.38, 180.0, 360.0);
            pen.line(&[(0.88, 0.46), (0.88, 0.9), (1.0, 0.9)]);
            pen.line(&[(0.34, 0.9), (0.34, 0.52)]);
            pen.arc((0.5, 0.52), 0.16, 180.0, 360.0);
            pen.line(&[(0.66, 0.52), (0.66, 0.9)]);
        }
        NodeKind::TransitGateway => {
            pen.dot(0.5, 0.5, 0.13);
            for (x, y) in [
                (0.5, 0.03),
                (0.92, 0.26),
                (0.92, 0.74),
                (0.5, 0.97),
                (0.08, 0.74),
                (0.08, 0.26),
            ] {
                pen.line(&[(0.5, 0.5), (x, y)]);
                pen.dot(x, y, 0.075);
            }
        }
        NodeKind::DirectConnectGateway => {
            pen.dot(0.5, 0.5, 0.13);
            pen.line(&[(0.0, 0.5), (1.0, 0.5)]);
            pen.arc((0.5, 0.5), 0.3, 0.0, 360.0);
            pen.line(&[(0.06, 0.3), (0.06, 0.7)]);
            pen.line(&[(0.94, 0.3), (0.94, 0.7)]);
        }
        NodeKind::VirtualPrivateGateway => {
            pen.gate();
            pen.frame((0.34, 0.56), (0.66, 0.82), 2);
            pen.arc((0.5, 0.56), 0.1, 180.0, 360.0);
        }
        NodeKind::InternetGateway => {
            pen.gate();
            pen.arrow((0.5, 0.95), (0.5, 0.36));
        }
        NodeKind::NatGateway => {
            pen.gate();
            pen.arrow((0.3, 0.55), (0.74, 0.55));
            pen.line(&[(0.3, 0.75), (0.7, 0.75)]);
        }
        NodeKind::Gateway => {
            pen.gate();
            pen.dot(0.5, 0.62, 0.13);
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

/// Draws the symbol of a kind of box into a square.
pub(super) fn container(painter: &Painter, kind: ContainerKind, square: Rect, color: Color32) {
    let pen = Pen {
        painter,
        square,
        stroke: Stroke::new((square.width() / 11.0).clamp(1.0, 2.0), color),
    };
    match kind {
        ContainerKind::Cloud => pen.cloud(),
        ContainerKind::Region => {
            pen.line(&[(0.5, 1.0), (0.18, 0.42)]);
            pen.arc((0.5, 0.34), 0.33, 165.0, 375.0);
            pen.line(&[(0.82, 0.42), (0.5, 1.0)]);
            pen.dot(0.5, 0.34, 0.11);
        }
        ContainerKind::Zone => {
            pen.line(&[(0.0, 0.3), (0.5, 0.04), (1.0, 0.3), (0.5, 0.56), (0.0, 0.3)]);
            pen.line(&[(0.0, 0.64), (0.5, 0.9), (1.0, 0.64)]);
        }
        ContainerKind::Vpc => {
            pen.cloud();
            pen.line(&[(0.36, 0.56), (0.5, 0.7), (0.66, 0.44)]);
        }
        ContainerKind::Subnet => {
            pen.frame((0.16, 0.44), (0.84, 0.96), 2);
            pen.arc((0.5, 0.42), 0.22, 180.0, 360.0);
        }
        ContainerKind::Site => {
            pen.line(&[(0.06, 1.0), (0.06, 0.2), (0.54, 0.2), (0.54, 1.0)]);
            pen.line(&[(0.54, 0.5), (0.94, 0.5), (0.94, 1.0)]);
            pen.line(&[(0.0, 1.0), (1.0, 1.0)]);
            pen.dot(0.3, 0.45, 0.08);
            pen.dot(0.3, 0.72, 0.08);
        }
        ContainerKind::Segment => {
            pen.line(&[(0.0, 0.5), (1.0, 0.5)]);
            pen.line(&[(0.25, 0.5), (0.25, 0.08)]);
            pen.line(&[(0.75, 0.5), (0.75, 0.08)]);
            pen.line(&[(0.5, 0.5), (0.5, 0.92)]);
        }
        ContainerKind::Location => {
            pen.frame((0.1, 0.02), (0.9, 0.98), 2);
            pen.line(&[(0.1, 0.34), (0.9, 0.34)]);
            pen.line(&[(0.1, 0.66), (0.9, 0.66)]);
        }
    }
}

/// Draws a cross.
pub(super) fn cross(painter: &Painter, centre: Pos2, arm: f32, color: Color32) {
    let stroke = Stroke::new((arm * 0.55).max(1.5), color);
    let (down, up) = (vec2(arm, arm), vec2(arm, -arm));
    painter.line_segment([centre - down, centre + down], stroke);
    painter.line_segment([centre - up, centre + up], stroke);
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
    /// A line with a head at its end.
    fn arrow(&self, from: (f32, f32), to: (f32, f32)) {
        self.line(&[from, to]);
        let along = vec2(to.0 - from.0, to.1 - from.1).normalized() * 0.16;
        let side = along.rot90();
        let head = |side: Vec2| (to.0 - along.x + side.x, to.1 - along.y + side.y);
        self.line(&[head(side), to, head(-side)]);
    }
    fn frame(&self, from: (f32, f32), to: (f32, f32), round: u8) {
        let rect = Rect::from_min_max(self.at(from.0, from.1), self.at(to.0, to.1));
        self.painter
            .rect_stroke(rect, CornerRadius::same(round), self.stroke, StrokeKind::Middle);
    }
    /// Part of a circle, in degrees from the right downwards.
    fn arc(&self, centre: (f32, f32), radius: f32, from: f32, to: f32) {
        let points = (0..=18_u8).map(|step| {
            let angle = (to - from).mul_add(f32::from(step) / 18.0, from).to_radians();
            let out = Vec2::angled(angle) * radius;
            self.at(centre.0 + out.x, centre.1 + out.y)
        });
        self.painter.line(points.collect(), self.stroke);
    }
    fn cloud(&self) {
        self.line(&[(0.24, 0.84), (0.78, 0.84)]);
        self.arc((0.24, 0.64), 0.2, 90.0, 262.0);
        self.arc((0.46, 0.44), 0.26, 176.0, 322.0);
        self.arc((0.74, 0.6), 0.24, -103.0, 90.0);
    }
    fn gate(&self) {
        self.line(&[
            (0.12, 0.97),
            (0.12, 0.34),
            (0.3, 0.08),
            (0.7, 0.08),
            (0.88, 0.34),
            (0.88, 0.97),
        ]);
    }
    fn bricks(&self) {
        self.frame((0.04, 0.08), (0.96, 0.92), 2);
        for y in [0.36, 0.64] {
            self.line(&[(0.04, y), (0.96, y)]);
        }
        for (x, top) in [(0.5, 0.08), (0.28, 0.36), (0.72, 0.36), (0.5, 0.64)] {
            self.line(&[(x, top), (x, top + 0.28)]);
        }
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
