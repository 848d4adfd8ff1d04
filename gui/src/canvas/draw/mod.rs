//! Paints what is in view, with as much detail as its size on the screen can carry.

mod boxes;
mod links;
mod nodes;
mod overlay;
mod text;

use egui::emath::TSTransform;
use egui::{CornerRadius, Painter, Rect, pos2};

use super::layout::Layout;
use super::overlay::Overlay;
use crate::export::Still;
use crate::theme::Palette;
use crate::topology::{Item, Place, Topology};

/// Narrower than this on the screen, nothing is painted.
const SPECK: f32 = 2.0;
/// Narrower than this on the screen, nothing is labelled.
const LEGIBLE: f32 = 46.0;
/// Below this scale, links between the same two places are one thick line.
pub(super) const BUNDLED_BELOW: f32 = 0.12;
/// From this scale on names of links are shown.
pub(super) const NAMED_FROM: f32 = 0.46;
/// From this scale on addresses of interfaces are shown.
const NEAR: f32 = 1.15;
/// From dot to dot of the canvas, in points of the layout.
const GRID: f32 = 32.0;

/// One frame's worth of everything that painting needs.
pub(super) struct Scene<'a> {
    pub(super) topology: &'a Topology,
    pub(super) layout: &'a Layout,
    pub(super) overlay: &'a Overlay,
    pub(super) palette: Palette,
    pub(super) painter: Painter,
    pub(super) to_screen: TSTransform,
    pub(super) selected: Option<Item>,
    pub(super) hovered: Option<Item>,
    /// What a search found.
    pub(super) found: &'a [Item],
}

impl Scene<'_> {
    /// Paints it all, from the back to the front.
    pub(super) fn draw(&self) {
        self.grid();
        for (id, container) in self.topology.numbered_containers() {
            self.container(id, container);
        }
        self.blast();
        let bundled = self.scale() < BUNDLED_BELOW;
        if bundled {
            self.bundles();
        } else {
            self.links();
        }
        self.paths();
        for (id, container) in self.topology.numbered_containers() {
            self.container_title(id, container);
        }
        for (id, node) in self.topology.numbered_nodes() {
            self.node(id, node);
        }
        if !bundled {
            self.link_names();
        }
        self.packets();
        self.stops();
        self.finds();
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
                self.painter.rect_filled(
                    Rect::from_center_size(pos2(x, y), egui::Vec2::splat(1.5)),
                    CornerRadius::ZERO,
                    self.palette.grid,
                );
                x += step;
            }
            y += step;
        }
    }
}

/// Draws a still picture onto all of a painter.
pub(crate) fn still(painter: &Painter, still: &Still<'_>, corner: egui::Pos2, scale: f32) {
    let to_screen = TSTransform::new(
        painter.clip_rect().min.to_vec2() - corner.to_vec2() * scale,
        scale,
    );
    let scene = Scene {
        topology: still.topology,
        layout: still.layout,
        overlay: still.overlay,
        palette: Palette::of_look(still.look),
        painter: painter.clone(),
        to_screen,
        selected: still.selected,
        hovered: None,
        found: &[],
    };
    scene.draw();
}
