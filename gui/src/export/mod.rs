//! The map as a file: drawn as the window draws it (SVG, PNG), or as text that other programs lay out (Mermaid, Graphviz).
//!
//! Everything here is a pure function of the picture; who asks for it writes the file.

mod graph;
mod raster;
mod still;
mod svg;

use std::path::Path;

pub use graph::{graphviz, mermaid};
pub use raster::{Raster, raster};
pub use still::{Still, words};
pub use svg::svg;

/// What a map can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A drawing that stays sharp and whose words can be searched.
    Svg,
    /// The same as pixels.
    Png,
    /// A flowchart in the language of Mermaid.
    Mermaid,
    /// A graph in the language of Graphviz.
    Graphviz,
}

impl Format {
    /// All of them, with the ending of their files.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Svg, "svg"),
        (Self::Png, "png"),
        (Self::Mermaid, "mmd"),
        (Self::Graphviz, "dot"),
    ];

    /// The format that a file's ending asks for.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        let mut all = Self::ALL.into_iter();
        all.find(|(_, it)| it.eq_ignore_ascii_case(ending))
            .map(|(format, _)| format)
    }
}

/// The map in a format, as the bytes of a file.
#[must_use]
pub fn bytes(still: &Still<'_>, format: Format) -> Vec<u8> {
    match format {
        Format::Svg => svg(still).into_bytes(),
        Format::Png => raster(still).png(),
        Format::Mermaid => mermaid(still.topology).into_bytes(),
        Format::Graphviz => graphviz(still.topology).into_bytes(),
    }
}
