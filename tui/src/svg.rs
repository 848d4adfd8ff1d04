//! A picture of a drawn screen as SVG text: what the README shows is what the program draws.
//!
//! Letters are text, so the picture stays sharp and can be searched; blocks and borders are drawn as
//! shapes, because fonts leave gaps between them.

use core::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Width and height of a cell, in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
/// Around the screen, in pixels.
const MARGIN: f32 = 14.0;

/// What a screen is drawn on: its own colours of paper and of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    back: &'static str,
    fore: &'static str,
}

impl Paper {
    /// A terminal with a dark background.
    pub const DARK: Self = Self {
        back: "#11151c",
        fore: "#d7dce4",
    };
    /// One with a light background.
    pub const LIGHT: Self = Self {
        back: "#fbfbf9",
        fore: "#1f2430",
    };
}

/// The picture of a screen.
#[must_use]
pub fn picture(buf: &Buffer, title: &str, paper: Paper) -> String {
    let (width, height) = (
        f32::from(buf.area.width) * CELL.0 + 2.0 * MARGIN,
        f32::from(buf.area.height) * CELL.1 + 2.0 * MARGIN,
    );
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1} {height:.1}" width="{width:.0}" height="{height:.0}" role="img">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(title));
    let _ = writeln!(
        svg,
        r#"<rect width="100%" height="100%" rx="10" fill="{}"/>
<g font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">"#,
        paper.back
    );
    for y in 0..buf.area.height {
        row(&mut svg, buf, y, paper);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// How a cell looks once reversal and dimming are worked out.
#[derive(Debug, Clone, PartialEq)]
struct Ink {
    fore: String,
    back: Option<String>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl Ink {
    fn of(cell: &Cell, paper: Paper) -> Self {
        let (fore, back) = (colour(cell.fg), colour(cell.bg));
        let fore = fore.unwrap_or_else(|| paper.fore.to_owned());
        let (fore, back) = if cell.modifier.contains(Modifier::REVERSED) {
            (back.unwrap_or_else(|| paper.back.to_owned()), Some(fore))
        } else {
            (fore, back)
        };
        Self {
            fore,
            back,
            bold: cell.modifier.contains(Modifier::BOLD),
            dim: cell.modifier.contains(Modifier::DIM),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }
}

fn row(svg: &mut String, buf: &Buffer, y: u16, paper: Paper) {
    let top = f32::from(y) * CELL.1 + MARGIN;
    let cells: Vec<(u16, &Cell, Ink)> = (0..buf.area.width)
        .filter_map(|x| {
            buf.cell((buf.area.x + x, buf.area.y + y))
                .map(|cell| (x, cell, Ink::of(cell, paper)))
        })
        .collect();
    for run in cells.chunk_by(|a, b| a.2 == b.2) {
        let Some((first, _, ink)) = run.first() else {
            continue;
        };
        let left = f32::from(*first) * CELL.0 + MARGIN;
        if let Some(back) = &ink.back {
            let width = run.len() as f32 * CELL.0;
            let _ = writeln!(
                svg,
                r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{:.1}" fill="{back}"/>"#,
                CELL.1
            );
        }
        // Letters go out together, up to the next shape or gap.
        let mut word: Option<(u16, String)> = None;
        for (x, cell, _) in run {
            let symbol = cell.symbol();
            let drawn = shape(symbol, f32::from(*x) * CELL.0 + MARGIN, top, &ink.fore);
            if let Some(drawn) = &drawn {
                svg.push_str(drawn);
            }
            if drawn.is_some() || symbol == " " {
                flush(svg, word.take(), top, ink);
            } else if !symbol.is_empty() {
                word.get_or_insert_with(|| (*x, String::new())).1.push_str(symbol);
            }
        }
        flush(svg, word, top, ink);
    }
}

fn flush(svg: &mut String, word: Option<(u16, String)>, top: f32, ink: &Ink) {
    let Some((x, word)) = word else { return };
    let mut style = String::new();
    if ink.bold {
        style.push_str(r#" font-weight="bold""#);
    }
    if ink.dim {
        style.push_str(r#" opacity="0.6""#);
    }
    if ink.underlined {
        style.push_str(r#" text-decoration="underline""#);
    }
    let _ = writeln!(
        svg,
        r#"<text x="{:.1}" y="{:.1}" fill="{}"{style} textLength="{:.1}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
        f32::from(x) * CELL.0 + MARGIN,
        top + CELL.1 * 0.75,
        ink.fore,
        word.width() as f32 * CELL.0,
        escaped(&word)
    );
}

/// Blocks and borders as shapes; `None` for letters.
fn shape(symbol: &str, x: f32, y: f32, fill: &str) -> Option<String> {
    let (w, h) = CELL;
    let mut letters = symbol.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return None;
    };
    let eighths = |n: u32| n as f32 / 8.0;
    let rect = |x: f32, y: f32, w: f32, h: f32, opacity: &str| {
        format!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" fill=\"{fill}\"{opacity} shape-rendering=\"crispEdges\"/>\n"
        )
    };
    let lines = |path: String, width: f32| {
        format!("<path d=\"{path}\" fill=\"none\" stroke=\"{fill}\" stroke-width=\"{width}\"/>\n")
    };
    let (cx, cy, right, bottom) = (x + w / 2.0, y + h / 2.0, x + w, y + h);
    Some(match letter {
        // Heights of a sparkline, from one eighth to the full block.
        '▁'..='█' => {
            let height = h * eighths(letter as u32 - '▁' as u32 + 1);
            rect(x, bottom - height, w, height, "")
        }
        // Widths of a bar, from seven eighths down to one.
        '▉'..='▏' => rect(
            x,
            y + 3.0,
            w * eighths('▏' as u32 - letter as u32 + 1),
            h - 6.0,
            "",
        ),
        '░' => rect(x, y + 3.0, w, h - 6.0, " opacity=\"0.35\""),
        '╸' => lines(format!("M{x:.1} {cy:.1}H{cx:.1}"), 2.4),
        '╌' | '┈' => format!(
            "<path d=\"M{x:.1} {cy:.1}H{right:.1}\" fill=\"none\" stroke=\"{fill}\" stroke-width=\"1\" stroke-dasharray=\"2.1\"/>\n"
        ),
        '╎' => format!(
            "<path d=\"M{cx:.1} {y:.1}V{bottom:.1}\" fill=\"none\" stroke=\"{fill}\" stroke-width=\"1\" stroke-dasharray=\"3\"/>\n"
        ),
        '╭' => lines(
            format!("M{cx:.1} {bottom:.1}Q{cx:.1} {cy:.1} {right:.1} {cy:.1}"),
            1.0,
        ),
        '╮' => lines(
            format!("M{cx:.1} {bottom:.1}Q{cx:.1} {cy:.1} {x:.1} {cy:.1}"),
            1.0,
        ),
        '╰' => lines(format!("M{cx:.1} {y:.1}Q{cx:.1} {cy:.1} {right:.1} {cy:.1}"), 1.0),
        '╯' => lines(format!("M{cx:.1} {y:.1}Q{cx:.1} {cy:.1} {x:.1} {cy:.1}"), 1.0),
        _ => {
            let (ways, width) = ways(letter)?;
            let mut path = String::new();
            for (way, piece) in [
                ('n', format!("M{cx:.1} {cy:.1}V{y:.1}")),
                ('e', format!("M{cx:.1} {cy:.1}H{right:.1}")),
                ('s', format!("M{cx:.1} {cy:.1}V{bottom:.1}")),
                ('w', format!("M{cx:.1} {cy:.1}H{x:.1}")),
            ] {
                if ways.contains(way) {
                    path.push_str(&piece);
                }
            }
            lines(path, width)
        }
    })
}

/// Which ways a straight line goes from the middle of its cell, and how wide it is.
fn ways(letter: char) -> Option<(&'static str, f32)> {
    const THIN: f32 = 1.0;
    const THICK: f32 = 2.4;
    Some(match letter {
        '─' => ("ew", THIN),
        '│' => ("ns", THIN),
        '├' => ("nes", THIN),
        '┤' => ("nsw", THIN),
        '┬' => ("esw", THIN),
        '┴' => ("new", THIN),
        '┼' => ("nesw", THIN),
        '└' => ("ne", THIN),
        '━' => ("ew", THICK),
        '┃' => ("ns", THICK),
        '┏' => ("es", THICK),
        '┓' => ("sw", THICK),
        '┗' => ("ne", THICK),
        '┛' => ("nw", THICK),
        '┣' => ("nes", THICK),
        '┫' => ("nsw", THICK),
        '┳' => ("esw", THICK),
        '┻' => ("new", THICK),
        '╋' => ("nesw", THICK),
        _ => return None,
    })
}

/// The sixteen colours as a calm dark palette shows them, and any other as it is; none for the paper's own.
fn colour(colour: Color) -> Option<String> {
    let named = match colour {
        Color::Reset | Color::Indexed(_) => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Black => "#1b2029",
        Color::Red => "#f2777a",
        Color::Green => "#8fce7e",
        Color::Yellow => "#ecc368",
        Color::Blue => "#6fa8f5",
        Color::Magenta => "#d39bea",
        Color::Cyan => "#5cc8d4",
        Color::Gray => "#b9c0cc",
        Color::DarkGray => "#6f7a8a",
        Color::LightRed => "#ff9a9d",
        Color::LightGreen => "#b3e6a3",
        Color::LightYellow => "#ffdf8f",
        Color::LightBlue => "#9cc6ff",
        Color::LightMagenta => "#e6bff5",
        Color::LightCyan => "#92e3ec",
        Color::White => "#ffffff",
    };
    Some(named.to_owned())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // What XML cannot hold at all.
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn letters_are_text_and_blocks_are_shapes() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        buf.set_string(0, 0, "a<b █", Style::new().fg(Color::Green));
        let svg = picture(&buf, "a & b", Paper::DARK);
        assert!(svg.contains("<title>a &amp; b</title>"));
        assert!(svg.contains(">a&lt;b</text>"));
        assert!(!svg.contains('█'));
        assert_eq!(svg.matches("<rect").count(), 2, "the background and the block");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    }
}
