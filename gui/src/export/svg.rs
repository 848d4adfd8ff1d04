//! The shapes that the window draws, as SVG: letters are text, so the picture stays sharp and can be searched.

use std::fmt::Write as _;

use egui::epaint::{ColorMode, PathShape, RectShape, TextShape};
use egui::{Color32, Pos2, Shape, Stroke};

use super::Still;

/// The fonts that words are set in: the window's own, or whatever is there.
const FONTS: &str = "Ubuntu, 'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif";

/// Draws a picture as the text of an SVG file.
#[must_use]
pub fn svg(still: &Still<'_>) -> String {
    let size = still.size();
    let mut text = String::new();
    let _ = writeln!(
        text,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" font-family="{FONTS}">"#,
        w = size.x,
        h = size.y
    );
    let _ = writeln!(text, "<title>{}</title>", escaped(&still.topology.title));
    for clipped in still.shapes() {
        shape(&mut text, &clipped.shape);
    }
    text.push_str("</svg>\n");
    text
}

fn shape(text: &mut String, shape: &Shape) {
    match shape {
        Shape::Vec(all) => all.iter().for_each(|one| self::shape(text, one)),
        Shape::Circle(circle) => {
            let _ = writeln!(
                text,
                r#"<circle cx="{}" cy="{}" r="{}"{}{}/>"#,
                number(circle.center.x),
                number(circle.center.y),
                number(circle.radius),
                fill(circle.fill),
                stroke(circle.stroke)
            );
        }
        Shape::LineSegment { points, stroke: line } => {
            let [a, b] = points;
            let _ = writeln!(
                text,
                r#"<line x1="{}" y1="{}" x2="{}" y2="{}"{}/>"#,
                number(a.x),
                number(a.y),
                number(b.x),
                number(b.y),
                stroke(*line)
            );
        }
        Shape::Path(one) => path(text, one),
        Shape::Rect(one) => rect(text, one),
        Shape::Text(one) => words(text, one),
        // The map draws nothing of the other kinds.
        Shape::Noop
        | Shape::Ellipse(_)
        | Shape::Band(_)
        | Shape::Mesh(_)
        | Shape::QuadraticBezier(_)
        | Shape::CubicBezier(_)
        | Shape::Callback(_) => {}
    }
}

fn path(text: &mut String, path: &PathShape) {
    let mut corners = String::new();
    for (at, point) in path.points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let _ = write!(corners, "{letter}{} {}", number(point.x), number(point.y));
    }
    if path.closed {
        corners.push('Z');
    }
    let color = match path.stroke.color {
        ColorMode::Solid(color) => color,
        ColorMode::UV(_) => Color32::TRANSPARENT,
    };
    let _ = writeln!(
        text,
        r#"<path d="{corners}"{}{}/>"#,
        fill(path.fill),
        stroke(Stroke::new(path.stroke.width, color))
    );
}

fn rect(text: &mut String, rect: &RectShape) {
    let half = rect.stroke.width / 2.0;
    let area = match rect.stroke_kind {
        egui::StrokeKind::Inside => rect.rect.shrink(half),
        egui::StrokeKind::Middle => rect.rect,
        egui::StrokeKind::Outside => rect.rect.expand(half),
    };
    let _ = writeln!(
        text,
        r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}"{}{}/>"#,
        number(area.left()),
        number(area.top()),
        number(area.width()),
        number(area.height()),
        rect.corner_radius.nw,
        fill(rect.fill),
        stroke(rect.stroke)
    );
}

/// Words piece by piece: each stretch of one format begins where the window has it and takes as much room as there.
fn words(text: &mut String, shape: &TextShape) {
    let job = &shape.galley.job;
    // A line of the map is never broken, so its letters are those of its text, cut with one more where it was too long.
    let ends: Vec<usize> = job
        .sections
        .iter()
        .map(|section| {
            job.text
                .get(..section.byte_range.end.0)
                .map_or(0, |it| it.chars().count())
        })
        .collect();
    let section_of = |letter: usize| {
        ends.iter()
            .position(|end| letter < *end)
            .unwrap_or(ends.len().saturating_sub(1))
    };
    for row in &shape.galley.rows {
        let numbered: Vec<_> = row.glyphs.iter().enumerate().collect();
        for glyphs in numbered.chunk_by(|a, b| section_of(a.0) == section_of(b.0)) {
            let (Some((letter, first)), Some((_, last))) = (glyphs.first(), glyphs.last()) else {
                continue;
            };
            let Some(section) = job.sections.get(section_of(*letter)) else {
                continue;
            };
            let letters: String = glyphs.iter().map(|(_, glyph)| glyph.chr).collect();
            let at: Pos2 = shape.pos + row.pos.to_vec2() + first.pos.to_vec2();
            let width = last.pos.x + last.advance_width - first.pos.x;
            let color = match section.format.color {
                Color32::PLACEHOLDER => shape.fallback_color,
                color => color,
            };
            let _ = writeln!(
                text,
                r#"<text x="{}" y="{}" font-size="{}" textLength="{}" lengthAdjust="spacingAndGlyphs"{}>{}</text>"#,
                number(at.x),
                number(at.y),
                number(section.format.font_id.size),
                number(width),
                fill(color),
                escaped(&letters)
            );
        }
    }
}

fn fill(color: Color32) -> String {
    if color.a() == 0 {
        return r#" fill="none""#.to_owned();
    }
    format!(r#" fill="{}"{}"#, hex(color), opacity("fill", color))
}

fn stroke(stroke: Stroke) -> String {
    if stroke.width <= 0.0 || stroke.color.a() == 0 {
        return String::new();
    }
    format!(
        r#" stroke="{}" stroke-width="{}" stroke-linejoin="round"{}"#,
        hex(stroke.color),
        number(stroke.width),
        opacity("stroke", stroke.color)
    )
}

fn hex(color: Color32) -> String {
    let [r, g, b, _] = color.to_srgba_unmultiplied();
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn opacity(what: &str, color: Color32) -> String {
    match color.a() {
        255 => String::new(),
        alpha => format!(r#" {what}-opacity="{}""#, number(f32::from(alpha) / 255.0)),
    }
}

/// A number with at most two places behind the point.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
