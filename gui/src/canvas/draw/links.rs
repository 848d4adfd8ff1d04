//! Links: a line with round corners, as thick as what it can carry and carries, in the manner of what it is made of.

use egui::{Align, Pos2, Rect, Shape, Stroke, pos2, vec2};

use super::super::layout::link_name;
use super::super::symbol;
use super::{NAMED_FROM, NEAR, Scene};
use crate::topology::{Health, Item, Line, Link, LinkId, PhaseState};

/// How round the corners of links are, in points of the layout.
const ROUND: f32 = 9.0;
/// Pieces that a round corner is made of.
const PIECES: u8 = 5;
/// Below this scale a round corner is a point.
const ROUND_FROM: f32 = 0.3;
/// Below this scale, crossings are too near to each other for air between them.
const AIR_FROM: f32 = 0.4;

impl Scene<'_> {
    /// All links: first what stands by itself, then what needs somebody, so that nothing hides it.
    pub(super) fn links(&self) {
        let bad = |link: &Link| link.health >= Health::Working;
        for is_bad in [false, true] {
            for (id, link) in self.topology.numbered_links() {
                if bad(link) == is_bad {
                    self.link(id, link);
                }
            }
        }
    }

    /// The line of a link on the screen, where any of it is in view.
    pub(super) fn way(&self, id: LinkId) -> Option<Vec<Pos2>> {
        let corners = self.layout.path(id);
        if corners.len() < 2 {
            return None;
        }
        // Piece by piece: the middle of a picture lies within the bounds of many links that pass it far away.
        let clip = self.painter.clip_rect().expand(8.0);
        let is_seen =
            |pair: &[Pos2]| (self.to_screen * Rect::from_two_pos(pair[0], pair[1])).intersects(clip);
        if !corners.windows(2).any(is_seen) {
            return None;
        }
        let points = if self.scale() < ROUND_FROM {
            corners.to_vec()
        } else {
            rounded(corners, ROUND)
        };
        Some(points.into_iter().map(|at| self.to_screen * at).collect())
    }

    fn link(&self, id: LinkId, link: &Link) {
        let Some(points) = self.way(id) else {
            return;
        };
        let item = Item::Link(id);
        let mut stroke = self.palette.link_stroke(link);
        stroke.width *= self.scale().clamp(0.55, 1.5);
        if self.marked(item) {
            let glow = Stroke::new(stroke.width + 7.0, self.palette.accent.gamma_multiply(0.4));
            self.painter.line(points.clone(), glow);
        } else if self.hovered == Some(item) {
            stroke.width += 1.0;
        }
        // What runs on top leaves a little air on either side, so that a crossing is seen to be one.
        if self.scale() > AIR_FROM {
            self.painter.line(
                points.clone(),
                Stroke::new(stroke.width + 3.5, self.palette.canvas.gamma_multiply(0.85)),
            );
        }
        let s = self.scale().clamp(0.5, 1.4);
        match (link.health, link.line) {
            (Health::Failed, _) => self.painter.extend(Shape::dashed_line(&points, stroke, 3.0, 5.0)),
            (_, Line::Tunnel) => self
                .painter
                .extend(Shape::dashed_line(&points, stroke, 9.0 * s, 4.5 * s)),
            (Health::Degraded, _) => {
                self.painter
                    .extend(Shape::dashed_line(&points, stroke, 14.0 * s, 3.0 * s))
            }
            (Health::Idle | Health::Good | Health::Working, _) => {
                self.painter.line(points.clone(), stroke);
            }
        }
        let dot = (2.4 * self.scale()).clamp(1.5, 3.5);
        if link.line != Line::Relation && self.scale() > 0.3 {
            for end in [points.first(), points.last()].into_iter().flatten() {
                self.painter
                    .circle_filled(*end, dot.max(stroke.width * 0.8), stroke.color);
            }
        }
    }

    /// Names above the lines, what they carry below; a cross on what has failed.
    pub(super) fn link_names(&self) {
        for (id, link) in self.topology.numbered_links() {
            if let Some(room) = self.layout.name_room(id) {
                let room = self.to_screen * room;
                if self.scale() >= NAMED_FROM && room.intersects(self.painter.clip_rect()) {
                    self.link_name(id, link, room);
                }
            }
            if link.health == Health::Failed {
                self.failure(id);
            }
            if self.scale() >= NEAR {
                self.far_address(id, link);
            }
        }
    }

    fn link_name(&self, id: LinkId, link: &Link, room: Rect) {
        let size = (10.5 * self.scale()).clamp(8.0, 20.0);
        let row = room.center().y;
        let mut upper = room.with_max_y(row - 1.0).with_min_y(row - 1.0 - size * 1.2);
        if let Some(phases) = link.phases {
            upper.set_left(self.phases(phases, pos2(upper.left(), upper.center().y), size * 0.3));
        }
        let is_bad = link.health >= Health::Degraded;
        let color = if is_bad {
            self.palette.health(link.health)
        } else {
            self.palette.text
        };
        let name = link_name(self.topology, id);
        let note_above = if self.scale() < 0.8 {
            link.note.as_str()
        } else {
            ""
        };
        self.words_clear(
            upper,
            size,
            Align::Min,
            &[(name, color, 1.0), (note_above, self.palette.weak, 0.92)],
        );
        let small = 9.0 * self.scale();
        if self.scale() >= 0.8 {
            let lower = room.with_min_y(row + 1.5).with_max_y(row + 1.5 + small * 1.2);
            let address = link.addresses[0].as_str();
            let below = if link.note.is_empty() && self.scale() >= NEAR {
                address
            } else {
                &link.note
            };
            self.words_clear(lower, small, Align::Min, &[(below, self.palette.weak, 1.0)]);
        }
    }

    /// Both phases of a tunnel as two small squares; gives where they end.
    fn phases(&self, phases: [PhaseState; 2], from: Pos2, half: f32) -> f32 {
        let mut x = from.x + half;
        for phase in phases {
            let square = Rect::from_center_size(pos2(x, from.y), vec2(2.0 * half, 2.0 * half));
            let color = self.palette.health(match phase {
                PhaseState::Down => Health::Failed,
                PhaseState::Negotiating => Health::Working,
                PhaseState::Rekeying | PhaseState::Established => Health::Good,
            });
            let corner = egui::CornerRadius::same(1);
            let stroke = Stroke::new(1.2, color);
            self.painter
                .rect_stroke(square, corner, stroke, egui::StrokeKind::Inside);
            match phase {
                PhaseState::Established => {
                    self.painter.rect_filled(square, corner, color);
                }
                PhaseState::Rekeying | PhaseState::Negotiating => {
                    let lower = square.with_min_y(square.center().y);
                    self.painter.rect_filled(lower, corner, color);
                }
                PhaseState::Down => {}
            }
            x += 2.6 * half;
        }
        x + half * 0.6
    }

    /// A cross in the middle of the longest piece of a line, on a ground of its own.
    fn failure(&self, id: LinkId) {
        let Some(at) = longest(self.layout.path(id)).map(|[a, b]| self.to_screen * (a + (b - a) / 2.0))
        else {
            return;
        };
        if !self.painter.clip_rect().expand(20.0).contains(at) {
            return;
        }
        let radius = (7.0 * self.scale()).clamp(4.0, 9.0);
        self.painter.circle_filled(at, radius * 1.5, self.palette.canvas);
        self.painter.circle_stroke(
            at,
            radius * 1.5,
            Stroke::new(1.5, self.palette.health(Health::Failed)),
        );
        symbol::health(&self.painter, &self.palette, Health::Failed, at, radius * 0.85);
    }

    /// The address of the right end, where the line is long enough there.
    fn far_address(&self, id: LinkId, link: &Link) {
        let path = self.layout.path(id);
        let [.., before, last] = path else { return };
        let (before, last) = (self.to_screen * *before, self.to_screen * *last);
        let address = link.addresses[1].as_str();
        let size = 9.0 * self.scale();
        let need = size * 0.56 * f32::from(u8::try_from(address.len()).unwrap_or(u8::MAX)) + 10.0;
        if address.is_empty() || (last.x - before.x).abs() < need || path.len() < 3 {
            return;
        }
        let (left, right) = (before.x.min(last.x), before.x.max(last.x));
        let room = Rect::from_min_max(
            pos2(left, last.y + 2.0),
            pos2(right - 4.0, last.y + 2.0 + size * 1.2),
        );
        if room.intersects(self.painter.clip_rect()) {
            self.words(room, size, Align::Max, &[(address, self.palette.weak, 1.0)]);
        }
    }

    pub(super) fn bundles(&self) {
        for bundle in self.layout.bundles() {
            let links = bundle.links.iter().filter_map(|&id| self.topology.link(id));
            let worst = Health::worst(links.map(|link| link.health));
            let color = if worst > Health::Good {
                self.palette.health(worst)
            } else {
                self.palette.link
            };
            self.painter.line_segment(
                bundle.ends.map(|point| self.to_screen * point),
                Stroke::new(3.0, color),
            );
        }
    }
}

/// The longest straight piece of a line; the first of equals.
pub(super) fn longest(path: &[Pos2]) -> Option<[Pos2; 2]> {
    let pieces = path.windows(2).map(|pair| [pair[0], pair[1]]);
    let length = |piece: &[Pos2; 2]| (piece[1] - piece[0]).length();
    pieces.reduce(|best, piece| {
        if length(&piece) > length(&best) + 0.5 {
            piece
        } else {
            best
        }
    })
}

/// A line with its corners rounded.
pub(super) fn rounded(corners: &[Pos2], round: f32) -> Vec<Pos2> {
    let mut points = Vec::with_capacity(corners.len() * usize::from(PIECES));
    for (at, &corner) in corners.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| corners.get(at));
        let (Some(&before), Some(&after)) = (before, corners.get(at + 1)) else {
            points.push(corner);
            continue;
        };
        let (into, out) = (corner - before, after - corner);
        let reach = round.min(into.length() / 2.0).min(out.length() / 2.0);
        let (from, to) = (
            corner - into.normalized() * reach,
            corner + out.normalized() * reach,
        );
        for piece in 0..=PIECES {
            let t = f32::from(piece) / f32::from(PIECES);
            let (a, b) = (from + (corner - from) * t, corner + (to - corner) * t);
            points.push(a + (b - a) * t);
        }
    }
    points
}
