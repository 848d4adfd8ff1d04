//! The map of a lab as a file, without a window and without a display.

use std::io;
use std::path::Path;

use gui::canvas::{Layout, Overlay};
use gui::export::{Format, Still, bytes};
use gui::picture::picture;
use gui::theme::Look;
use sim_core::lab::Session;
use sim_core::storage::whole_file;
use sim_core::view::View;

/// Points on the drawing per point of the map, for pixels: names are sharp on paper and on a projector.
const PIXELS: f32 = 2.0;

/// The format that the file is asked for in.
///
/// # Errors
/// Where its ending is none that is known, in words for the person who asked.
pub(crate) fn format(path: &Path) -> Result<Format, String> {
    Format::of(path).ok_or_else(|| {
        let endings: Vec<String> = Format::ALL
            .iter()
            .map(|(_, ending)| format!("`.{ending}`"))
            .collect();
        format!(
            "error: `{}` has no ending that says what to write\nhelp: end it in {}",
            path.display(),
            endings.join(", ")
        )
    })
}

/// Writes the map as it is now, whole or not at all.
pub(crate) fn write(session: &Session, path: &Path, format: Format, look: Look) -> io::Result<()> {
    let view = View::of(session);
    let (topology, _) = picture(&session.about().title, &view.topology(), &view.servers());
    let layout = Layout::of(&topology);
    let overlay = Overlay::default();
    let mut still = Still::of(&topology, &layout, &overlay, look);
    if format == Format::Png {
        still.scale = PIXELS;
    }
    whole_file::write(path, bytes(&still, format))
}
