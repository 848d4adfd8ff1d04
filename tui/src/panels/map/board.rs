//! Lines on cells: which way each goes on, joined where they meet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::theme::Letters;

const NORTH: u8 = 1;
const EAST: u8 = 2;
const SOUTH: u8 = 4;
const WEST: u8 = 8;

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Stroke {
    /// It carries nothing, or little.
    #[default]
    Thin,
    /// It carries much.
    Thick,
    /// It carries nothing because it cannot.
    Broken,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    ways: u8,
    stroke: Stroke,
    style: Style,
}

/// Lines on cells.
#[derive(Debug, Clone)]
pub(super) struct Board {
    width: i32,
    height: i32,
    cells: Vec<Cell>,
}

impl Board {
    pub(super) fn of((width, height): (i32, i32)) -> Self {
        let n_cells = usize::try_from(width.max(0) * height.max(0)).unwrap_or(0);
        Self {
            width,
            height,
            cells: vec![Cell::default(); n_cells],
        }
    }
    fn cell(&mut self, (x, y): (i32, i32)) -> Option<&mut Cell> {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return None;
        }
        self.cells.get_mut(usize::try_from(y * self.width + x).ok()?)
    }
    fn add(&mut self, at: (i32, i32), ways: u8, (stroke, style): (Stroke, Style)) {
        if let Some(cell) = self.cell(at) {
            *cell = Cell {
                ways: cell.ways | ways,
                stroke,
                style,
            };
        }
    }
    /// Draws a line through corners; at its ends it goes on to the sides that are given, west or east.
    pub(super) fn line(&mut self, way: &[(i32, i32)], to_west: [bool; 2], drawn: (Stroke, Style)) {
        let outward = to_west.map(|west| if west { WEST } else { EAST });
        if let (Some(first), Some(last)) = (way.first(), way.last()) {
            self.add(*first, outward[0], drawn);
            self.add(*last, outward[1], drawn);
        }
        for pair in way.windows(2) {
            let ((mut x, mut y), to) = (pair[0], pair[1]);
            while (x, y) != to {
                let (dx, dy) = ((to.0 - x).signum(), (to.1 - y).signum());
                let (there, back) = match (dx, dy) {
                    (1, _) => (EAST, WEST),
                    (-1, _) => (WEST, EAST),
                    (_, 1) => (SOUTH, NORTH),
                    _ => (NORTH, SOUTH),
                };
                self.add((x, y), there, drawn);
                (x, y) = if dx == 0 { (x, y + dy) } else { (x + dx, y) };
                self.add((x, y), back, drawn);
            }
        }
    }
    /// Whether so many cells from one on are of a line that goes straight on, with no other crossing it.
    pub(super) fn is_plain(&self, (x, y): (i32, i32), width: i32) -> bool {
        (x..x + width).all(|x| {
            let place = usize::try_from(y * self.width + x).ok();
            x >= 0
                && x < self.width
                && place
                    .and_then(|it| self.cells.get(it))
                    .is_some_and(|it| it.ways == EAST | WEST)
        })
    }
    /// Draws the cells that are seen from an offset.
    pub(super) fn draw(&self, area: Rect, offset: (i32, i32), buf: &mut Buffer, letters: Letters) {
        for (place, cell) in self.cells.iter().enumerate().filter(|(_, cell)| cell.ways != 0) {
            let place = i32::try_from(place).unwrap_or(0);
            let (x, y) = (place % self.width - offset.0, place / self.width - offset.1);
            let at = u16::try_from(x).ok().zip(u16::try_from(y).ok());
            let Some((x, y)) = at.filter(|(x, y)| *x < area.width && *y < area.height) else {
                continue;
            };
            if let Some(drawn) = buf.cell_mut((area.x + x, area.y + y)) {
                drawn.set_symbol(sign(cell.ways, cell.stroke, letters));
                drawn.set_style(cell.style);
            }
        }
    }
}

/// The letter that goes those ways.
fn sign(ways: u8, stroke: Stroke, letters: Letters) -> &'static str {
    /// By ways: none, N, E, NE, S, NS, ES, NES, W, NW, EW, NEW, SW, NSW, ESW, all.
    const THIN: [&str; 16] = [
        " ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼",
    ];
    const THICK: [&str; 16] = [
        " ", "┃", "━", "┗", "┃", "┃", "┏", "┣", "━", "┛", "━", "┻", "┓", "┫", "┳", "╋",
    ];
    let is_level = ways & (NORTH | SOUTH) == 0;
    let is_upright = ways & (EAST | WEST) == 0;
    match (letters, stroke) {
        (Letters::Unicode, Stroke::Broken) if is_level => "╌",
        (Letters::Unicode, Stroke::Broken) if is_upright => "╎",
        (Letters::Unicode, Stroke::Thick) => THICK[usize::from(ways & 15)],
        (Letters::Unicode, Stroke::Thin | Stroke::Broken) => THIN[usize::from(ways & 15)],
        (Letters::Ascii, Stroke::Broken) if is_level => ".",
        (Letters::Ascii, Stroke::Broken) if is_upright => ":",
        (Letters::Ascii, Stroke::Thick) if is_level => "=",
        (Letters::Ascii, _) if is_level => "-",
        (Letters::Ascii, _) if is_upright => "|",
        (Letters::Ascii, _) => "+",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_meet_are_joined() {
        let mut board = Board::of((5, 3));
        let drawn = (Stroke::Thin, Style::new());
        board.line(&[(0, 0), (2, 0), (2, 2), (4, 2)], [true, false], drawn);
        board.line(&[(0, 1), (4, 1)], [true, false], drawn);
        let area = Rect::new(0, 0, 5, 3);
        let mut buf = Buffer::empty(area);
        board.draw(area, (0, 0), &mut buf, Letters::Unicode);
        let text: Vec<String> = (0..3)
            .map(|y| {
                (0..5)
                    .filter_map(|x| buf.cell((x, y)))
                    .map(|it| it.symbol())
                    .collect()
            })
            .collect();
        assert_eq!(text, ["──╮  ", "──┼──", "  ╰──"]);
        assert!(board.is_plain((0, 1), 2) && !board.is_plain((0, 1), 3));
    }
}
