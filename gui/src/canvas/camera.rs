//! Which part of the picture the view shows, and how large.

use egui::emath::TSTransform;
use egui::{Pos2, Rect, Vec2};

/// Largest scale, in points on the screen per point of the layout.
const LARGEST: f32 = 4.0;
/// Smallest scale: a picture too vast for it does not fit.
const SMALLEST: f32 = 0.002;
/// What fitting leaves free around the picture, in points on the screen.
const MARGIN: f32 = 28.0;
/// Fitting a small picture does not blow it up beyond this scale.
const LARGEST_FIT: f32 = 1.5;

/// From the layout's points to points on the screen, counted from the view's top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    transform: TSTransform,
}

impl Camera {
    /// The camera that shows all of `bounds` in the middle of a view of `size`.
    #[must_use]
    pub fn fitting(bounds: Rect, size: Vec2) -> Self {
        let room = (size - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(1.0));
        let wanted = bounds.size().max(Vec2::splat(1.0));
        let scale = (room.x / wanted.x)
            .min(room.y / wanted.y)
            .clamp(SMALLEST, LARGEST_FIT);
        let translation = size / 2.0 - bounds.center().to_vec2() * scale;
        Self {
            transform: TSTransform::new(translation, scale),
        }
    }

    /// Points on the screen per point of the layout.
    #[must_use]
    pub const fn scale(&self) -> f32 {
        self.transform.scaling
    }

    /// Moves the picture by `delta` points on the screen.
    pub fn pan(&mut self, delta: Vec2) {
        self.transform.translation += delta;
    }

    /// Makes the picture `factor` times as large while the point under `fixed` stays where it is, but
    /// not smaller than the scale `least`, so that it cannot be lost from sight.
    pub fn zoom_about(&mut self, fixed: Pos2, factor: f32, least: f32) {
        let scale = (self.scale() * factor).max(least).clamp(SMALLEST, LARGEST);
        let factor = scale / self.scale();
        self.transform.translation =
            fixed.to_vec2() + (self.transform.translation - fixed.to_vec2()) * factor;
        self.transform.scaling = scale;
    }

    /// Moves the picture so that a point of the layout stands in the middle of a view of `size`.
    pub fn look_at(&mut self, at: Pos2, size: Vec2) {
        self.transform.translation = size / 2.0 - at.to_vec2() * self.scale();
    }

    /// The transform to the screen for a view whose top left corner stands at `origin`.
    #[must_use]
    pub fn to_screen(&self, origin: Pos2) -> TSTransform {
        TSTransform::from_translation(origin.to_vec2()) * self.transform
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    #[test]
    fn fitting_shows_everything_in_the_middle() {
        let bounds = Rect::from_min_size(pos2(100.0, 0.0), vec2(2000.0, 400.0));
        let camera = Camera::fitting(bounds, vec2(1056.0, 600.0));
        // 1000 points of room for 2000 points of picture.
        assert_eq!(camera.scale(), 0.5);
        let shown = camera.to_screen(pos2(10.0, 20.0)) * bounds;
        assert_eq!(shown, Rect::from_min_size(pos2(38.0, 220.0), vec2(1000.0, 200.0)));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let mut camera = Camera::fitting(
            Rect::from_min_size(Pos2::ZERO, vec2(300.0, 300.0)),
            vec2(356.0, 356.0),
        );
        let pointer = pos2(90.0, 200.0);
        let before = camera.to_screen(Pos2::ZERO).inverse() * pointer;
        camera.zoom_about(pointer, 1.7, 0.1);
        let after = camera.to_screen(Pos2::ZERO).inverse() * pointer;
        assert!((before - after).length() < 0.01, "{before:?} became {after:?}");
    }

    #[test]
    fn no_zoom_loses_the_picture_or_leaves_what_can_be_drawn() {
        let mut camera = Camera::fitting(
            Rect::from_min_size(Pos2::ZERO, vec2(300.0, 300.0)),
            vec2(356.0, 356.0),
        );
        camera.zoom_about(Pos2::ZERO, 1.0e9, 0.1);
        assert_eq!(camera.scale(), 4.0);
        camera.zoom_about(Pos2::ZERO, 1.0e-9, 0.1);
        assert_eq!(camera.scale(), 0.1);
    }
}
