//! Rows in columns; where it gets narrow the columns that matter least go first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text;

/// On which side a column's text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'t> {
    /// Its heading.
    pub title: &'t str,
    /// The cells that it needs.
    pub width: u16,
    /// Its part of the cells that are left over; none for a column that stays as it is.
    pub grows: u16,
    /// Columns with the highest number are left out first; zero is never left out.
    pub rank: u8,
    /// On which side its text begins.
    pub align: Align,
}

impl<'t> Column<'t> {
    /// A column with these fields, in their order.
    #[must_use]
    pub const fn new(title: &'t str, width: u16, grows: u16, rank: u8, align: Align) -> Self {
        Self {
            title,
            width,
            grows,
            rank,
            align,
        }
    }
}

/// The columns that fit into `width` cells with one empty cell between them: places and widths.
#[must_use]
pub fn fit(columns: &[Column], width: u16) -> Vec<(usize, u16)> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| -> u16 {
        let cells: u16 = kept.iter().map(|&place| columns[place].width).sum();
        cells + u16::try_from(kept.len().saturating_sub(1)).unwrap_or(0)
    };
    while needed(&kept) > width {
        let least = kept
            .iter()
            .enumerate()
            .filter(|(_, place)| columns[**place].rank > 0)
            .max_by_key(|(_, place)| columns[**place].rank);
        let Some((least, _)) = least else { break };
        kept.remove(least);
    }
    let spare = width.saturating_sub(needed(&kept));
    let parts: u16 = kept.iter().map(|&place| columns[place].grows).sum();
    let mut left = spare;
    let mut parts_left = parts;
    kept.into_iter()
        .map(|place| {
            let column = columns[place];
            if parts_left == 0 || column.grows == 0 {
                return (place, column.width);
            }
            // Each takes its part of what is still left, so that nothing is lost to rounding.
            let more = left * column.grows / parts_left;
            left -= more;
            parts_left -= column.grows;
            (place, column.width + more)
        })
        .collect()
}

/// A cell: a few styled spans.
pub type Cell = Line<'static>;

/// Lays the cells of one row out over the columns that [`fit`] kept.
#[must_use]
pub fn row(
    columns: &[Column],
    fitted: &[(usize, u16)],
    mut cell: impl FnMut(usize, u16) -> Cell,
    ellipsis: &str,
) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (n, &(place, width)) in fitted.iter().enumerate() {
        if n > 0 {
            spans.push(Span::raw(" "));
        }
        let content = text::fit_line(cell(place, width), usize::from(width), ellipsis);
        let pad = " ".repeat(usize::from(width).saturating_sub(content.width()));
        let style = content.style;
        let content = content
            .spans
            .into_iter()
            .map(|span| Span::styled(span.content, style.patch(span.style)));
        match columns[place].align {
            Align::Left => {
                spans.extend(content);
                spans.push(Span::raw(pad));
            }
            Align::Right => {
                spans.push(Span::raw(pad));
                spans.extend(content);
            }
        }
    }
    Line::from(spans)
}

/// The headings.
#[must_use]
pub fn header(columns: &[Column], fitted: &[(usize, u16)], style: Style, ellipsis: &str) -> Line<'static> {
    row(
        columns,
        fitted,
        |place, _| Line::styled(columns[place].title.to_owned(), style),
        ellipsis,
    )
}

/// Draws a line at `y` of `area` and lays `over` on the whole of it.
pub fn put(buf: &mut Buffer, area: Rect, y: u16, line: &Line<'_>, over: Option<Style>) {
    if y >= area.height {
        return;
    }
    let y = area.y + y;
    buf.set_line(area.x, y, line, area.width);
    if let Some(style) = over {
        buf.set_style(Rect::new(area.x, y, area.width, 1), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column::new("name", 8, 1, 0, Align::Left),
        Column::new("rate", 6, 0, 1, Align::Right),
        Column::new("spark", 10, 1, 2, Align::Left),
    ];

    #[test]
    fn columns_go_by_rank_and_share_what_is_left() {
        // 8 + 6 + 10 and two gaps are 26; four more are shared by the two that grow.
        assert_eq!(fit(&COLUMNS, 30), [(0, 10), (1, 6), (2, 12)]);
        assert_eq!(fit(&COLUMNS, 25), [(0, 18), (1, 6)]);
        assert_eq!(fit(&COLUMNS, 10), [(0, 10)]);
        assert_eq!(fit(&COLUMNS, 3), [(0, 8)]);
    }

    #[test]
    fn cells_are_cut_and_aligned() {
        let fitted = fit(&COLUMNS, 15);
        let line = row(
            &COLUMNS,
            &fitted,
            |place, _| Line::from(["a-long-name", "7"][place]),
            "…",
        );
        assert_eq!(line.to_string(), "a-long-…      7");
    }
}
