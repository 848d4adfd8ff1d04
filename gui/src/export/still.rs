//! One picture of the map, drawn without a window.

use egui::epaint::ClippedShape;
use egui::{FullOutput, LayerId, Rect, Vec2};

use crate::canvas::{Layout, Overlay, draw};
use crate::theme::{self, Look};
use crate::topology::{Item, Topology};

/// A pixel more would be one that no screen shows; a picture is made smaller before it is larger than that.
const LARGEST_SIDE: f32 = 16_000.0;

/// What is drawn, and how.
#[derive(Debug, Clone, Copy)]
pub struct Still<'a> {
    /// What there is.
    pub topology: &'a Topology,
    /// Where it stands.
    pub layout: &'a Layout,
    /// What is drawn over it.
    pub overlay: &'a Overlay,
    /// The colours.
    pub look: Look,
    /// What is marked as selected.
    pub selected: Option<Item>,
    /// Points on the drawing per point of the layout.
    pub scale: f32,
    /// The part of the layout that is drawn; all of it where none is given.
    pub part: Option<Rect>,
}

impl<'a> Still<'a> {
    /// All of a picture at its own size.
    #[must_use]
    pub const fn of(topology: &'a Topology, layout: &'a Layout, overlay: &'a Overlay, look: Look) -> Self {
        Self {
            topology,
            layout,
            overlay,
            look,
            selected: None,
            scale: 1.0,
            part: None,
        }
    }

    fn shown(&self) -> Rect {
        self.part
            .unwrap_or_else(|| self.layout.bounds().expand(24.0 / self.scale.min(1.0)))
    }

    /// Points on the drawing per point of the layout, made smaller where the drawing would be too large.
    fn fitting_scale(&self) -> f32 {
        let shown = self.shown();
        let most = LARGEST_SIDE / shown.width().max(shown.height()).max(1.0);
        self.scale.min(most)
    }

    /// How large the drawing is, in whole points.
    #[must_use]
    pub fn size(&self) -> Vec2 {
        (self.shown().size() * self.fitting_scale())
            .ceil()
            .max(Vec2::splat(1.0))
    }

    /// Draws it: the shapes, and the toolkit that knows the letters in them.
    pub(super) fn draw(&self) -> (egui::Context, FullOutput) {
        let context = egui::Context::default();
        theme::setup(&context);
        let screen = Rect::from_min_size(egui::Pos2::ZERO, self.size());
        let input = || egui::RawInput {
            screen_rect: Some(screen),
            max_texture_side: Some(2048),
            ..egui::RawInput::default()
        };
        // Fonts are there from the first frame on; only then can words be laid out.
        let first = context.run_ui(input(), |_| {});
        let mut output = context.run_ui(input(), |ui| {
            let painter = ui
                .ctx()
                .layer_painter(LayerId::background())
                .with_clip_rect(screen);
            draw(&painter, self, self.shown().min, self.fitting_scale());
        });
        let mut textures = first.textures_delta;
        textures.append(output.textures_delta);
        output.textures_delta = textures;
        (context, output)
    }

    pub(super) fn shapes(&self) -> Vec<ClippedShape> {
        let (_, mut output) = self.draw();
        output.textures_delta.clear();
        output.shapes
    }
}

/// All words of a picture as they are drawn, each with where it stands.
#[must_use]
pub fn words(still: &Still<'_>) -> Vec<(String, Rect)> {
    let mut found = Vec::new();
    for clipped in still.shapes() {
        if let egui::Shape::Text(text) = &clipped.shape {
            let rect = text.galley.rect.translate(text.pos.to_vec2());
            found.push((text.galley.text().to_owned(), rect));
        }
    }
    found
}
