//! Things: cards in boxes, and tiles with their words below where they stand by themselves.

use egui::{Align, Color32, CornerRadius, Rect, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::super::symbol;
use super::{LEGIBLE, Scene};
use crate::theme::part;
use crate::topology::{Health, Item, Node, NodeId, Place};

/// Narrower than this on the screen, the words below a tile are left out.
const WORDS_FROM: f32 = 0.3;

impl Scene<'_> {
    pub(super) fn node(&self, id: NodeId, node: &Node) {
        let Some(rect) = self.visible(Place::Node(id)) else {
            return;
        };
        match self.layout.tile(id) {
            Some(tile) => self.tile(id, node, rect, self.to_screen * tile),
            None => self.card(id, node, rect),
        }
    }

    /// The edge of what stands for a node.
    fn outline(&self, id: NodeId, node: &Node) -> Stroke {
        let item = Item::Node(id);
        if node.health == Health::Failed {
            Stroke::new(2.0, self.palette.health(Health::Failed))
        } else if self.marked(item) {
            Stroke::new(2.5, self.palette.accent)
        } else if self.hovered == Some(item) {
            Stroke::new(1.5, self.palette.weak)
        } else {
            Stroke::new(1.0, self.palette.card_edge)
        }
    }

    /// What has failed keeps its edge where it is selected: the mark of that runs around it.
    fn selection(&self, id: NodeId, node: &Node, rect: Rect, corner: CornerRadius) {
        if self.marked(Item::Node(id)) && node.health == Health::Failed {
            let stroke = Stroke::new(2.5, self.palette.accent);
            self.painter
                .rect_stroke(rect.expand(1.0), corner, stroke, StrokeKind::Outside);
        }
    }

    fn tile(&self, id: NodeId, node: &Node, rect: Rect, tile: Rect) {
        let scale = self.scale();
        let color = self.palette.node(node.kind);
        let is_failed = node.health == Health::Failed;
        let fill = if is_failed {
            self.palette.card
        } else {
            self.palette.tile(node.kind)
        };
        let corner = self.corner(9.0);
        self.painter.rect_filled(tile, corner, self.palette.canvas);
        self.painter.rect_filled(tile, corner, fill);
        let mut edge = self.outline(id, node);
        if edge.color == self.palette.card_edge {
            edge = Stroke::new((1.4 * scale).clamp(1.0, 2.0), color);
        }
        self.painter.rect_stroke(tile, corner, edge, StrokeKind::Inside);
        self.selection(id, node, tile, corner);
        let side = (26.0 * scale).min(tile.width() - 4.0);
        if side >= 6.0 {
            let square = Rect::from_center_size(tile.center(), Vec2::splat(side));
            let ink = if is_failed { self.palette.weak } else { color };
            symbol::node(&self.painter, node.kind, square, ink);
        }
        self.badge(node.health, tile, scale);
        if scale < WORDS_FROM {
            return;
        }
        let size = self.font(12.0);
        let middle = tile.center().x;
        let below = |from: f32, height: f32, width: f32| {
            Rect::from_min_size(pos2(middle - width / 2.0, from), vec2(width, height))
        };
        // Words may be a little wider than the thing, where the gap beside it is free anyway.
        let width = rect.width().max(tile.width()) + 14.0 * scale;
        let name = below(tile.bottom() + 3.5 * scale, size * 1.3, width);
        self.words_clear(
            name,
            size,
            Align::Center,
            &[(node.name.as_str(), self.palette.text, 1.0)],
        );
        if let Some(small) = self.small() {
            let note = below(name.bottom() - 2.0 * scale, small * 1.3, width);
            self.words_clear(
                note,
                small,
                Align::Center,
                &[(node.note.as_str(), self.palette.weak, 1.0)],
            );
        }
    }

    /// The mark of a state at the upper right corner of a tile, on a ground of its own. What does well has none.
    fn badge(&self, health: Health, tile: Rect, scale: f32) {
        if matches!(health, Health::Good | Health::Idle) {
            return;
        }
        let radius = (6.0 * scale).clamp(2.5, 8.0);
        let at = tile.right_top() + vec2(-1.0, 1.0) * radius * 0.2;
        self.painter.circle_filled(at, radius * 1.55, self.palette.canvas);
        symbol::health(&self.painter, &self.palette, health, at, radius);
    }

    fn card(&self, id: NodeId, node: &Node, rect: Rect) {
        let edge = self.outline(id, node);
        let color = self.palette.health(node.health);
        self.selection(id, node, rect, self.corner(6.0));
        if rect.width() < LEGIBLE {
            // Too small for words: the state alone, as the card's colour and mark.
            let fill = match node.health {
                Health::Idle | Health::Good => self.palette.card,
                _ => self.palette.card.lerp_to_gamma(color, 0.35),
            };
            self.painter
                .rect(rect, self.corner(5.0), fill, edge, StrokeKind::Inside);
            let radius = (rect.height() * 0.28).min(5.0);
            if radius >= 1.5 {
                symbol::health(&self.painter, &self.palette, node.health, rect.center(), radius);
            }
            return;
        }
        self.painter.rect(
            rect,
            self.corner(5.0),
            self.palette.card,
            edge,
            StrokeKind::Inside,
        );
        self.face(node, rect, color);
    }

    /// What stands on a card that is large enough for words.
    fn face(&self, node: &Node, rect: Rect, color: Color32) {
        let scale = self.scale();
        let mut left = rect.left() + 5.0 * scale;
        if rect.width() >= 1.3 * LEGIBLE {
            let side = 20.0 * scale;
            let square =
                Rect::from_center_size(rect.left_center() + vec2(18.0 * scale, 0.0), Vec2::splat(side));
            symbol::node(&self.painter, node.kind, square, self.palette.node(node.kind));
            left = square.right() + 7.0 * scale;
        }
        if let Some(progress) = node.progress {
            self.progress(part(progress), rect, color);
        }
        let radius = (4.0 * scale).clamp(2.5, 7.0);
        let mark = pos2(rect.right() - 6.0 * scale - radius, rect.center().y);
        let room = Rect::from_x_y_ranges(left..=mark.x - 1.6 * radius, rect.y_range());
        let size = self.font(12.0);
        let name = [(node.name.as_str(), self.palette.text, 1.0)];
        if let Some(small) = self.small().filter(|_| !node.note.is_empty()) {
            let middle = rect.center().y + (size - small) * 0.5;
            let (upper, lower) = room.split_top_bottom_at_y(middle);
            self.words(upper.with_min_y(middle - size * 1.3), size, Align::Min, &name);
            let note = [(node.note.as_str(), self.palette.weak, 1.0)];
            self.words(lower.with_max_y(middle + small * 1.35), small, Align::Min, &note);
        } else {
            self.words(room, size, Align::Min, &name);
        }
        symbol::health(&self.painter, &self.palette, node.health, mark, radius);
    }

    /// A bar along the lower edge of a card.
    fn progress(&self, done: f32, card: Rect, color: Color32) {
        let scale = self.scale();
        let track = card
            .shrink2(vec2(6.0 * scale, 0.0))
            .with_min_y(card.bottom() - 4.0 * scale)
            .with_max_y(card.bottom() - 2.0 * scale);
        let round = CornerRadius::from(track.height() / 2.0);
        self.painter.rect_filled(track, round, self.palette.card_edge);
        if done > 0.0 {
            let filled = track.with_max_x(track.width().mul_add(done, track.left()));
            self.painter.rect_filled(filled, round, color);
        }
    }
}
