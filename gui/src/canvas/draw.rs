//! Paints what is in view, with as much detail as its size on the screen can carry.

use egui::emath::TSTransform;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, CornerRadius, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::layout::{HEADER, Layout};
use super::symbol;
use crate::theme::{Palette, part};
use crate::topology::{Container, ContainerId, Health, Item, Link, LinkId, Node, NodeId, Place, Topology};

/// Narrower than this on the screen, nothing is painted.
const SPECK: f32 = 2.0;
/// Narrower than this on the screen, nothing is labelled.
const LEGIBLE: f32 = 46.0;
/// Below this scale, links between the same two places are one thick line.
const BUNDLED_BELOW: f32 = 0.12;
/// From dot to dot of the canvas, in points of the layout.
const GRID: f32 = 32.0;

/// One frame's worth of everything that painting needs.
pub(super) struct Scene<'a> {
    pub(super) topology: &'a Topology,
    pub(super) layout: &'a Layout,
    pub(super) palette: Palette,
    pub(super) painter: Painter,
    pub(super) to_screen: TSTransform,
    pub(super) selected: Option<Item>,
    pub(super) hovered: Option<Item>,
}

impl Scene<'_> {
    /// Paints it all, from the back to the front.
    pub(super) fn draw(&self) {
        self.grid();
        for (id, container) in self.topology.numbered_containers() {
            self.container(id, container);
        }
        let bundled = self.scale() < BUNDLED_BELOW;
        if bundled {
            self.bundles();
        } else {
            for (id, link) in self.topology.numbered_links() {
                self.link(id, link);
            }
        }
        for (id, node) in self.topology.numbered_nodes() {
            self.node(id, node);
        }
        if !bundled {
            for (id, link) in self.topology.numbered_links() {
                self.link_label(id, link);
            }
        }
    }

    /// Where a place stands on the screen, if it is in view and large enough to see.
    pub(super) fn visible(&self, place: Place) -> Option<Rect> {
        let rect = self.to_screen * self.layout.rect(place);
        (rect.width() >= SPECK && rect.intersects(self.painter.clip_rect())).then_some(rect)
    }

    const fn scale(&self) -> f32 {
        self.to_screen.scaling
    }

    fn marked(&self, item: Item) -> bool {
        self.selected == Some(item)
    }

    fn grid(&self) {
        let view = self.painter.clip_rect();
        self.painter
            .rect_filled(view, CornerRadius::ZERO, self.palette.canvas);
        let mut step = GRID * self.scale();
        while step < 22.0 {
            step *= 2.0;
        }
        let start = self.to_screen.translation;
        let first = |from: f32, origin: f32| ((from - origin) / step).ceil().mul_add(step, origin);
        let mut y = first(view.top(), start.y);
        while y < view.bottom() {
            let mut x = first(view.left(), start.x);
            while x < view.right() {
                self.painter.circle_filled(pos2(x, y), 1.0, self.palette.grid);
                x += step;
            }
            y += step;
        }
    }

    fn container(&self, id: ContainerId, container: &Container) {
        let Some(rect) = self.visible(Place::Container(id)) else {
            return;
        };
        let item = Item::Container(id);
        let color = self.palette.container(container.kind);
        let strength = if self.hovered == Some(item) { 0.95 } else { 0.55 };
        let edge = if self.marked(item) {
            Stroke::new(2.5, self.palette.accent)
        } else {
            Stroke::new(1.25, color.gamma_multiply(strength))
        };
        let corner = self.corner(8.0);
        self.painter.rect(
            rect,
            corner,
            self.palette.container_fill(container.kind),
            edge,
            StrokeKind::Inside,
        );
        if rect.width() < LEGIBLE {
            return;
        }
        let size = self.font(12.5);
        let Some(room) = self.title_room(rect, container, size) else {
            return;
        };
        // A box that does well says nothing; what needs somebody inside shows from afar.
        let mut room = room;
        if container.health >= Health::Working {
            let radius = (4.5 * self.scale()).clamp(2.5, 6.0);
            let mark = room.right_center() - vec2(radius, 0.0);
            symbol::health(&self.painter, &self.palette, container.health, mark, radius);
            room.set_right(mark.x - 2.0 * radius);
        }
        let parts = [
            (container.kind.label(), color, 0.86),
            (container.name.as_str(), self.palette.text, 1.0),
            (container.note.as_str(), self.palette.weak, 0.9),
        ];
        self.words(room, size, &parts);
    }

    /// Where a box's title goes: under its upper edge where the layout left enough for it. From afar
    /// there is too little, and only an outermost box is named, above itself.
    fn title_room(&self, rect: Rect, container: &Container, size: f32) -> Option<Rect> {
        let header = HEADER * self.scale();
        let across = rect.shrink2(vec2(12.0 * self.scale(), 0.0));
        if header >= size * 1.25 {
            Some(across.with_max_y(rect.top() + header))
        } else if container.parent().is_none() {
            Some(across.with_min_y(rect.top() - size * 1.6).with_max_y(rect.top()))
        } else {
            None
        }
    }

    fn link(&self, id: LinkId, link: &Link) {
        let points: Vec<Pos2> = self
            .layout
            .path(id)
            .iter()
            .map(|&point| self.to_screen * point)
            .collect();
        if !Rect::from_points(&points)
            .expand(4.0)
            .intersects(self.painter.clip_rect())
        {
            return;
        }
        let item = Item::Link(id);
        let mut stroke = self.palette.link_stroke(link.health, link.load);
        if self.marked(item) {
            let glow = Stroke::new(stroke.width + 6.0, self.palette.accent.gamma_multiply(0.35));
            self.painter.line(points.clone(), glow);
            stroke.width += 0.5;
        } else if self.hovered == Some(item) {
            stroke.width += 1.0;
        }
        match link.health {
            Health::Idle | Health::Good | Health::Working => {
                self.painter.line(points.clone(), stroke);
            }
            Health::Degraded => self.painter.extend(Shape::dashed_line(&points, stroke, 9.0, 5.0)),
            Health::Failed => self.painter.extend(Shape::dashed_line(&points, stroke, 3.0, 5.0)),
        }
        for end in [points.first(), points.last()].into_iter().flatten() {
            self.painter.circle_filled(*end, 3.0, stroke.color);
        }
    }

    /// The link's name on a pill in the middle of its curve, what it carries below, where the curve is
    /// long enough to carry it.
    fn link_label(&self, id: LinkId, link: &Link) {
        let path = self.layout.path(id);
        let Some((&middle, (&first, &last))) = path.get(path.len() / 2).zip(path.first().zip(path.last()))
        else {
            return;
        };
        let middle = self.to_screen * middle;
        if !self.painter.clip_rect().expand(60.0).contains(middle) {
            return;
        }
        let size = self.font(11.0);
        let line = |text: &str, color, part: f32| {
            let line = Self::line_of(size, f32::INFINITY, &[(text, color, part)]);
            self.painter.layout_job(line)
        };
        let name = line(&link.name, self.palette.text, 1.0);
        let note = line(&link.note, self.palette.weak, 0.9);
        let note_height = if link.note.is_empty() { 0.0 } else { note.size().y };
        let words = vec2(name.size().x.max(note.size().x), name.size().y + note_height);
        let mark = size * 0.36;
        let pill = Rect::from_center_size(middle, words + vec2(3.0f32.mul_add(mark, 16.0), 6.0));
        let apart = (last - first).abs() * self.scale();
        if apart.x < pill.width() + 12.0 && apart.y < pill.height() + 8.0 {
            if link.health == Health::Failed {
                symbol::health(&self.painter, &self.palette, link.health, middle, 5.0);
            }
            return;
        }
        let edge = if self.marked(Item::Link(id)) {
            Stroke::new(1.5, self.palette.accent)
        } else {
            Stroke::new(1.0, self.palette.health(link.health).gamma_multiply(0.7))
        };
        let round = CornerRadius::from((name.size().y + 6.0) / 2.0);
        self.painter
            .rect(pill, round, self.palette.card, edge, StrokeKind::Inside);
        symbol::health(
            &self.painter,
            &self.palette,
            link.health,
            pill.left_center() + vec2(9.0 + mark * 0.5, 0.0),
            mark,
        );
        let corner = pos2(2.2f32.mul_add(mark, pill.left() + 9.0), pill.top() + 3.0);
        let below = corner + vec2(0.0, name.size().y);
        self.painter.galley(corner, name, self.palette.text);
        self.painter.galley(below, note, self.palette.weak);
    }

    fn bundles(&self) {
        for bundle in self.layout.bundles() {
            let links = bundle.links.iter().filter_map(|&id| self.topology.link(id));
            let worst = Health::worst(links.map(|link| link.health));
            let stroke = Stroke::new(4.0, self.palette.health(worst));
            self.painter
                .line_segment(bundle.ends.map(|point| self.to_screen * point), stroke);
        }
    }

    fn node(&self, id: NodeId, node: &Node) {
        let Some(rect) = self.visible(Place::Node(id)) else {
            return;
        };
        let item = Item::Node(id);
        let edge = if self.marked(item) {
            Stroke::new(2.5, self.palette.accent)
        } else if self.hovered == Some(item) {
            Stroke::new(1.5, self.palette.weak)
        } else {
            Stroke::new(1.0, self.palette.card_edge)
        };
        self.painter.rect(
            rect,
            self.corner(6.0),
            self.palette.card,
            edge,
            StrokeKind::Inside,
        );
        let color = self.palette.health(node.health);
        if rect.width() < LEGIBLE {
            // Too small for words: the state alone, as the card's colour and mark.
            let radius = (rect.height() * 0.28).min(5.0);
            if radius >= 1.0 {
                symbol::health(&self.painter, &self.palette, node.health, rect.center(), radius);
            }
            return;
        }
        self.card(node, rect, color);
    }

    /// What stands on a card that is large enough for words.
    fn card(&self, node: &Node, rect: Rect, color: Color32) {
        let scale = self.scale();
        let mut left = rect.left() + 4.0;
        if rect.width() >= 2.0 * LEGIBLE {
            let square = Rect::from_center_size(
                rect.left_center() + vec2(21.0 * scale, 0.0),
                Vec2::splat(22.0 * scale),
            );
            symbol::node(&self.painter, node.kind, square, color);
            left = square.right() + 8.0 * scale;
        }
        if let Some(progress) = node.progress {
            self.progress(part(progress), rect, color);
        }
        let room = Rect::from_x_y_ranges(left..=rect.right() - 6.0 * scale, rect.y_range());
        let radius = (4.5 * scale).clamp(2.5, 7.0);
        let (size, small) = (self.font(12.5), self.font(10.5));
        let name = [(node.name.as_str(), self.palette.text, 1.0)];
        // The name first of all, over the whole width; the mark stands beside the shorter note.
        let two_lines = !node.note.is_empty() && room.height() > (size + small) * 1.35;
        if two_lines {
            let middle = (room.center().y + (size - small) * 0.5).round();
            let (upper, lower) = room.split_top_bottom_at_y(middle);
            self.words(upper.with_min_y(middle - size * 1.4), size, &name);
            let lower = lower.with_max_y(middle + small * 1.5);
            let mark = lower.right_center() - vec2(radius + scale, 0.0);
            let lower = lower.with_max_x(mark.x - 2.0 * radius);
            self.words(lower, small, &[(node.note.as_str(), self.palette.weak, 1.0)]);
            symbol::health(&self.painter, &self.palette, node.health, mark, radius);
        } else {
            let mark = room.right_center() - vec2(radius + scale, 0.0);
            self.words(room.with_max_x(mark.x - 2.0 * radius), size, &name);
            symbol::health(&self.painter, &self.palette, node.health, mark, radius);
        }
    }

    /// A bar along the lower edge of a card.
    fn progress(&self, done: f32, card: Rect, color: Color32) {
        let scale = self.scale();
        let track = card
            .shrink2(vec2(7.0 * scale, 0.0))
            .with_min_y(card.bottom() - 5.0 * scale)
            .with_max_y(card.bottom() - 2.5 * scale);
        let round = CornerRadius::from(track.height() / 2.0);
        self.painter.rect_filled(track, round, self.palette.card_edge);
        if done > 0.0 {
            let filled = track.with_max_x(track.width().mul_add(done, track.left()));
            self.painter.rect_filled(filled, round, color);
        }
    }

    /// One line of words in the vertical middle of `room`, each with its colour and relative size, cut with
    /// an ellipsis where the room ends.
    fn words(&self, room: Rect, size: f32, parts: &[(&str, Color32, f32)]) {
        if room.width() < size {
            return;
        }
        let galley = self.painter.layout_job(Self::line_of(size, room.width(), parts));
        let corner = pos2(room.left(), room.center().y - galley.size().y / 2.0);
        self.painter
            .with_clip_rect(room.intersect(self.painter.clip_rect()))
            .galley(corner, galley, self.palette.text);
    }

    /// One line of text, cut at `width`.
    fn line_of(size: f32, width: f32, parts: &[(&str, Color32, f32)]) -> LayoutJob {
        let mut job = LayoutJob {
            wrap: TextWrapping::truncate_at_width(width),
            ..LayoutJob::default()
        };
        for &(text, color, relative) in parts.iter().filter(|(text, ..)| !text.is_empty()) {
            let space = if job.is_empty() { 0.0 } else { size * 0.5 };
            let format = TextFormat {
                valign: egui::Align::Center,
                ..TextFormat::simple(FontId::proportional(size * relative), color)
            };
            job.append(text, space, format);
        }
        job
    }

    /// A font size that grows with the picture, within what is legible and what is reasonable.
    fn font(&self, size: f32) -> f32 {
        (size * self.scale()).clamp(9.0, 22.0)
    }

    fn corner(&self, radius: f32) -> CornerRadius {
        CornerRadius::from((radius * self.scale()).clamp(0.0, 12.0))
    }
}
