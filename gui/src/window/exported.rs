//! The map as a file, drawn as the window shows it.

use std::path::PathBuf;

use egui::Context;
use sim_core::desk::request::Over;
use sim_core::desk::{Screen, path_of};

use super::Window;
use crate::export::{Format, bytes};
use crate::theme::Look;

/// A file that is to be written.
#[derive(Debug)]
pub struct Export {
    /// Its name.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether a file that is there already may go.
    pub over: Over,
}

/// Points on the drawing per point of the map, for pixels: names are sharp on paper and on a projector.
const PIXELS: f32 = 2.0;

impl Window {
    /// Draws the map into a file, with what lies over it.
    pub(super) fn export(&mut self, name: &str, over: Over, ctx: &Context) {
        let path = match path_of(name) {
            Ok(path) => path,
            Err(why) => {
                self.front.complain(why);
                return;
            }
        };
        let Some(format) = Format::of(&path) else {
            let endings: Vec<String> = Format::ALL.iter().map(|(_, it)| format!(".{it}")).collect();
            let told = format!("the ending says what to write: one of {}", endings.join(", "));
            self.front.complain(told);
            return;
        };
        let mut still = self.tiles.map.still(Look::worn(ctx));
        if format == Format::Png {
            still.scale = PIXELS;
        }
        let bytes = bytes(&still, format);
        self.export = Some(Export { path, bytes, over });
    }
}
