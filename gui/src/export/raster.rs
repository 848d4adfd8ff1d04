//! Pixels without a graphics card: the triangles that the window would draw, filled one by one.

use egui::epaint::{Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, ImageData, Rect, TextureId};

use super::Still;

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Row by row, premultiplied.
    pub pixels: Vec<Color32>,
}

/// Draws a picture as pixels.
#[must_use]
pub fn raster(still: &Still<'_>) -> Raster {
    let (context, mut output) = still.draw();
    let mut letters = ColorImage::filled([1, 1], Color32::WHITE);
    let all = output.textures_delta.set.iter();
    for delta in all
        .filter(|(id, _)| **id == TextureId::default())
        .flat_map(|(_, deltas)| deltas)
    {
        let ImageData::Color(image) = &delta.image;
        match delta.pos {
            None => letters = (**image).clone(),
            Some(at) => patch(&mut letters, image, at),
        }
    }
    output.textures_delta.clear();
    let size = still.size();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are whole, positive and at most some thousands"
    )]
    let (width, height) = (size.x as usize, size.y as usize);
    let mut raster = Raster {
        width,
        height,
        pixels: vec![Color32::BLACK; width * height],
    };
    for primitive in context.tessellate(output.shapes, 1.0) {
        if let Primitive::Mesh(mesh) = &primitive.primitive {
            raster.fill(mesh, primitive.clip_rect, &letters);
        }
    }
    raster
}

fn patch(onto: &mut ColorImage, from: &ColorImage, [x, y]: [usize; 2]) {
    for row in 0..from.height() {
        for column in 0..from.width() {
            if x + column < onto.width() && y + row < onto.height() {
                onto[(x + column, y + row)] = from[(column, row)];
            }
        }
    }
}

impl Raster {
    fn fill(&mut self, mesh: &Mesh, clip: Rect, letters: &ColorImage) {
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |at: usize| mesh.vertices.get(*corners.get(at)? as usize);
            if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
                self.triangle([a, b, c], clip, letters);
            }
        }
    }

    /// Fills the pixels whose middles lie in a triangle. A middle on an edge between two triangles belongs to one of them.
    fn triangle(&mut self, corners: [&Vertex; 3], clip: Rect, letters: &ColorImage) {
        let [a, mut b, mut c] = corners;
        let mut area = cross(a.pos, b.pos, c.pos);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
        let (left, right) = (
            first(bounds.left(), self.width),
            first(bounds.right(), self.width),
        );
        let (top, bottom) = (
            first(bounds.top(), self.height),
            first(bounds.bottom(), self.height),
        );
        let edges = [
            Edge::of(b.pos, c.pos),
            Edge::of(c.pos, a.pos),
            Edge::of(a.pos, b.pos),
        ];
        let is_plain = a.color == b.color && b.color == c.color && a.uv == b.uv && b.uv == c.uv;
        let plain = is_plain.then(|| over(channels(a.color), sample(letters, a.uv.x.into(), a.uv.y.into())));
        for y in top..bottom {
            let row = f64::from(middle(y));
            let is_in = |x: usize| edges.iter().all(|edge| edge.owns(f64::from(middle(x)), row));
            // Inside is one stretch of a row.
            let Some(from) = (left..right).find(|x| is_in(*x)) else {
                continue;
            };
            let mut x = from;
            while x < right && is_in(x) {
                let color = plain.unwrap_or_else(|| {
                    let share = edges.map(|edge| edge.at(f64::from(middle(x)), row) / area);
                    let mix = |of: fn(&Vertex) -> f32| {
                        f64::from(of(a)) * share[0]
                            + f64::from(of(b)) * share[1]
                            + f64::from(of(c)) * share[2]
                    };
                    let color = [
                        mix(|it| f32::from(it.color.r())),
                        mix(|it| f32::from(it.color.g())),
                        mix(|it| f32::from(it.color.b())),
                        mix(|it| f32::from(it.color.a())),
                    ];
                    over(color, sample(letters, mix(|it| it.uv.x), mix(|it| it.uv.y)))
                });
                self.blend(x, y, color);
                x += 1;
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, color: [f64; 4]) {
        let Some(pixel) = self.pixels.get_mut(y * self.width + x) else {
            return;
        };
        let left = 1.0 - color[3] / 255.0;
        let mixed = |at: usize, below: u8| byte(f64::from(below) * left + color[at]);
        *pixel = Color32::from_rgb(mixed(0, pixel.r()), mixed(1, pixel.g()), mixed(2, pixel.b()));
    }

    /// The image as a PNG file.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut file, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let pixels: Vec<u8> = self
            .pixels
            .iter()
            .flat_map(|it| [it.r(), it.g(), it.b()])
            .collect();
        let written = encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels));
        // Memory takes whatever is written, and the size is that of the pixels.
        debug_assert!(written.is_ok(), "{written:?}");
        file
    }
}

/// One edge of a triangle: positive on the inside.
#[derive(Clone, Copy)]
struct Edge {
    along: f64,
    down: f64,
    start: f64,
    /// Upper and left edges count as inside.
    is_own: bool,
}

impl Edge {
    fn of(p: egui::Pos2, q: egui::Pos2) -> Self {
        let (along, down) = (f64::from(p.y) - f64::from(q.y), f64::from(q.x) - f64::from(p.x));
        Self {
            along,
            down,
            start: -(along * f64::from(p.x) + down * f64::from(p.y)),
            is_own: (q.y == p.y && q.x > p.x) || q.y < p.y,
        }
    }
    fn at(self, x: f64, y: f64) -> f64 {
        self.along * x + self.down * y + self.start
    }
    fn owns(self, x: f64, y: f64) -> bool {
        let at = self.at(x, y);
        at > 0.0 || (at == 0.0 && self.is_own)
    }
}

/// Twice the area of a triangle, positive where its corners go round with the clock.
fn cross(p: egui::Pos2, q: egui::Pos2, r: egui::Pos2) -> f64 {
    let (px, py) = (f64::from(p.x), f64::from(p.y));
    (f64::from(q.x) - px) * (f64::from(r.y) - py) - (f64::from(q.y) - py) * (f64::from(r.x) - px)
}

fn channels(color: Color32) -> [f64; 4] {
    color.to_array().map(f64::from)
}

/// A colour as far as a texture lets it through.
fn over(color: [f64; 4], texel: [f64; 4]) -> [f64; 4] {
    [
        color[0] * texel[0],
        color[1] * texel[1],
        color[2] * texel[2],
        color[3] * texel[3],
    ]
}

/// The first pixel whose middle is not before a coordinate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the image before"
)]
fn first(at: f32, most: usize) -> usize {
    ((at - 0.5).ceil().max(0.0) as usize).min(most)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "images have some thousand pixels a side"
)]
fn middle(pixel: usize) -> f32 {
    pixel as f32 + 0.5
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte before"
)]
fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The colour at a place of a texture, between its four nearest texels, as shares.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "textures have some thousand texels a side, and negative coordinates are clamped"
)]
fn sample(image: &ColorImage, u: f64, v: f64) -> [f64; 4] {
    let (x, y) = (
        (u * image.width() as f64 - 0.5).max(0.0),
        (v * image.height() as f64 - 0.5).max(0.0),
    );
    let (left, top) = (x as usize, y as usize);
    let texel = |x: usize, y: usize| {
        let at = (x.min(image.width() - 1), y.min(image.height() - 1));
        image[at].to_array().map(|it| f64::from(it) / 255.0)
    };
    let (right_share, lower_share) = (x - left as f64, y - top as f64);
    let upper = [texel(left, top), texel(left + 1, top)];
    if right_share == 0.0 && lower_share == 0.0 {
        return upper[0];
    }
    let lower = [texel(left, top + 1), texel(left + 1, top + 1)];
    std::array::from_fn(|at| {
        let across = |row: &[[f64; 4]; 2]| row[0][at].mul_add(1.0 - right_share, row[1][at] * right_share);
        across(&upper).mul_add(1.0 - lower_share, across(&lower) * lower_share)
    })
}
