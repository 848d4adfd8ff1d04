//! Words on the canvas: laid out at their size on the screen, cut where their room ends.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Color32, CornerRadius, FontId, Galley, Painter, Rect, pos2};

use super::Scene;

/// Words with their colour and relative size.
pub(super) type Words<'a> = (&'a str, Color32, f32);

/// Letters are no smaller than this on the screen: as small as it takes that a name which fits its card when it is near fits it
/// in the smallest window in which everything is shown, too.
const LEAST: f32 = 7.0;

/// Letters are no larger than this on the screen, however near.
const LARGEST: f32 = 24.0;

impl Scene<'_> {
    /// One line of words in the vertical middle of `room`, cut with an ellipsis where the room ends; the right edge of what
    /// was written.
    pub(super) fn words(&self, room: Rect, size: f32, align: Align, parts: &[Words<'_>]) -> f32 {
        let Some((corner, galley)) = self.placed(room, size, align, parts) else {
            return room.left();
        };
        let right = corner.x + galley.size().x;
        self.painter.galley(corner, galley, self.palette.text);
        right
    }

    /// One line in the vertical middle of `room`, and its corner; `None` where the room is too narrow for a letter.
    fn placed(
        &self,
        room: Rect,
        size: f32,
        align: Align,
        parts: &[Words<'_>],
    ) -> Option<(egui::Pos2, std::sync::Arc<egui::Galley>)> {
        if room.width() < size {
            return None;
        }
        let galley = self.line(size, room.width(), parts);
        let width = galley.size().x;
        let left = match align {
            Align::Min => room.left(),
            Align::Center => room.center().x - width / 2.0,
            Align::Max => room.right() - width,
        };
        Some((pos2(left, room.center().y - galley.size().y / 2.0), galley))
    }

    /// The same on a ground of its own, so that what runs below it does not spoil it.
    pub(super) fn words_on(&self, ground: Color32, room: Rect, size: f32, parts: &[Words<'_>]) {
        let Some((corner, galley)) = self.placed(room, size, Align::Min, parts) else {
            return;
        };
        let back = Rect::from_min_size(corner, galley.size()).expand2(egui::vec2(2.0, 0.0));
        self.painter.rect_filled(back, CornerRadius::same(2), ground);
        self.painter.galley(corner, galley, self.palette.text);
    }

    /// As [`words`](Self::words), where lines may run below: these are faded there.
    pub(super) fn words_clear(&self, room: Rect, size: f32, align: Align, parts: &[Words<'_>]) {
        if parts.iter().all(|(text, ..)| text.is_empty()) {
            return;
        }
        let Some((corner, galley)) = self.placed(room, size, align, parts) else {
            return;
        };
        let back = Rect::from_min_size(corner, galley.size());
        let back = back
            .shrink2(egui::vec2(0.0, galley.size().y * 0.12))
            .expand2(egui::vec2(2.0, 0.0));
        self.painter.rect_filled(
            back,
            CornerRadius::same(3),
            self.palette.canvas.gamma_multiply(0.82),
        );
        self.painter.galley(corner, galley, self.palette.text);
    }

    /// One line of text, cut at `width`: what stands behind the first part is there whole or not at all.
    pub(super) fn line(&self, size: f32, width: f32, parts: &[Words<'_>]) -> Arc<Galley> {
        line(&self.painter, size, width, parts)
    }

    /// Whether these words have room in a line of this width.
    pub(super) fn fits(&self, size: f32, width: f32, parts: &[Words<'_>]) -> bool {
        !self.painter.layout_job(job(size, width, parts)).elided
    }

    /// A font size that grows with the picture, within what is legible and what is reasonable.
    pub(super) fn font(&self, size: f32) -> f32 {
        (size * self.scale()).clamp(LEAST, LARGEST)
    }

    /// The font size of what stands below a name, smaller than that however near; none where it could not be read.
    pub(super) fn small(&self) -> Option<f32> {
        small(self.scale())
    }
}

fn small(scale: f32) -> Option<f32> {
    Some((10.0 * scale).min(LARGEST * 10.0 / 12.0)).filter(|size| *size >= LEAST)
}

fn line(painter: &Painter, size: f32, width: f32, parts: &[Words<'_>]) -> Arc<Galley> {
    let galley = painter.layout_job(job(size, width, parts));
    match parts {
        [shorter @ .., _] if galley.elided && !shorter.is_empty() => line(painter, size, width, shorter),
        _ => galley,
    }
}

/// The parts after each other, a little apart, on one line that is cut at `width`.
fn job(size: f32, width: f32, parts: &[Words<'_>]) -> LayoutJob {
    let mut job = LayoutJob {
        wrap: TextWrapping::truncate_at_width(width),
        ..LayoutJob::default()
    };
    for &(text, color, relative) in parts.iter().filter(|(text, ..)| !text.is_empty()) {
        let space = if job.is_empty() { 0.0 } else { size * 0.45 };
        let format = TextFormat {
            valign: Align::Center,
            ..TextFormat::simple(FontId::proportional(size * relative), color)
        };
        job.append(text, space, format);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_a_name_is_smaller_than_it_however_near() {
        assert_eq!(small(0.5), None);
        for scale in [0.75_f32, 1.0, 2.0, 3.0, 4.0] {
            let name = (12.0 * scale).clamp(LEAST, LARGEST);
            let note = small(scale).expect("it can be read");
            assert!(note < name, "{note} below {name} at {scale}");
        }
    }

    #[test]
    fn what_follows_a_name_is_whole_or_not_there() {
        let context = egui::Context::default();
        let written = |width: f32| {
            let mut galley = None;
            let mut output = context.run_ui(egui::RawInput::default(), |ui| {
                let parts = [
                    ("servers", Color32::WHITE, 1.0),
                    ("10.0.1.0/24", Color32::GRAY, 1.0),
                ];
                galley = Some(line(ui.painter(), 12.0, width, &parts));
            });
            output.textures_delta.clear();
            let galley = galley.expect("a frame was drawn");
            let row = galley.rows.first().expect("it has a line");
            row.glyphs.iter().map(|glyph| glyph.chr).collect::<String>()
        };
        assert_eq!(written(200.0), "servers10.0.1.0/24");
        assert_eq!(written(80.0), "servers");
        assert_eq!(written(30.0), "ser…");
    }
}
