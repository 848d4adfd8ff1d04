//! All of the picture in a corner, with the part that is in view; a click on it looks there.

use egui::emath::TSTransform;
use egui::{CornerRadius, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::draw::Scene;
use super::layout::Layout;
use crate::topology::{ContainerKind, Health, Place};

/// How large it is at most.
const SIZE: Vec2 = vec2(190.0, 120.0);
/// From the corner of the view.
const MARGIN: f32 = 12.0;
/// In a view smaller than this there is none.
const LEAST_VIEW: Vec2 = vec2(480.0, 320.0);

/// Which part of the picture is in view.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    view: Rect,
    shown: Rect,
}

impl View {
    pub(super) fn of(view: Rect, to_screen: TSTransform) -> Self {
        Self {
            view,
            shown: to_screen.inverse() * view,
        }
    }

    /// Where it stands, and how the layout's points come there; none while everything is in view anyway.
    fn frame(&self, layout: &Layout) -> Option<(Rect, TSTransform)> {
        let bounds = layout.bounds();
        let is_all = self.shown.expand(1.0).contains_rect(bounds);
        if is_all
            || self.view.width() < LEAST_VIEW.x
            || self.view.height() < LEAST_VIEW.y
            || !bounds.is_positive()
        {
            return None;
        }
        let scale = (SIZE.x / bounds.width()).min(SIZE.y / bounds.height());
        let size = bounds.size() * scale;
        let frame = Rect::from_min_size(self.view.right_bottom() - size - Vec2::splat(MARGIN), size);
        let transform = TSTransform::new(frame.min.to_vec2() - bounds.min.to_vec2() * scale, scale);
        Some((frame, transform))
    }
}

/// Takes clicks and drags; gives the point of the layout to look at.
pub(super) fn ui(ui: &Ui, layout: &Layout, view: &View) -> Option<Pos2> {
    let (frame, transform) = view.frame(layout)?;
    let response = ui.interact(frame, ui.scope_id().with("minimap"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Overview of the map"));
    let at = response.interact_pointer_pos()?;
    (response.clicked() || response.dragged()).then(|| transform.inverse() * at)
}

/// Paints it on top of everything.
pub(super) fn draw(scene: &Scene<'_>, view: &View) {
    let Some((frame, transform)) = view.frame(scene.layout) else {
        return;
    };
    let (painter, palette) = (&scene.painter, &scene.palette);
    painter.rect(
        frame.expand(4.0),
        CornerRadius::same(5),
        palette.canvas.gamma_multiply(0.92),
        Stroke::new(1.0, palette.card_edge),
        StrokeKind::Outside,
    );
    for (id, container) in scene.topology.numbered_containers() {
        let is_shown = !matches!(container.kind, ContainerKind::Zone | ContainerKind::Subnet);
        if is_shown {
            let rect = transform * scene.layout.rect(Place::Container(id));
            let color = match container.health {
                Health::Failed | Health::Degraded => palette.health(container.health),
                Health::Idle | Health::Good | Health::Working => palette.container(container.kind),
            };
            painter.rect_stroke(
                rect,
                CornerRadius::same(1),
                Stroke::new(1.0, color.gamma_multiply(0.7)),
                StrokeKind::Inside,
            );
        }
    }
    for (id, node) in scene.topology.numbered_nodes() {
        if let Some(tile) = scene.layout.tile(id) {
            painter.rect_filled(transform * tile, CornerRadius::ZERO, palette.health(node.health));
        }
    }
    let seen = (transform * view.shown).intersect(frame.expand(3.0));
    painter.rect(
        seen,
        CornerRadius::same(2),
        palette.accent.gamma_multiply(0.12),
        Stroke::new(1.5, palette.accent),
        StrokeKind::Inside,
    );
}
