//! The first steps of a newcomer: play, fail, rewind. Each is done when it was done, or all are dismissed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
pub use sim_core::desk::guide::Guide;

use crate::theme::Look;
use crate::widgets::{popup, table, text};

/// Draws it into the lower right corner of a place.
pub fn draw(guide: Guide, area: Rect, buf: &mut Buffer, look: &Look) {
    const WIDTH: u16 = 44;
    let Some((title, key, words)) = guide.words() else {
        return;
    };
    let width = WIDTH.min(area.width);
    let lines = text::wrap(&format!("{key} {words}"), usize::from(width.saturating_sub(4)));
    let height = u16::try_from(lines.len()).unwrap_or(0) + 3;
    let place = Rect {
        x: area.right().saturating_sub(width + 1).max(area.x),
        y: area.bottom().saturating_sub(height).max(area.y),
        width,
        height: height.min(area.height),
    };
    let inner = popup::draw(place, title, buf, look);
    for (y, line) in (0_u16..).zip(&lines) {
        let line = match line.strip_prefix(key).filter(|_| y == 0) {
            Some(rest) => Line::from(vec![
                Span::styled(format!(" {key}"), look.theme.hit),
                Span::styled(rest.to_owned(), look.theme.text),
            ]),
            None => Line::styled(format!(" {line}"), look.theme.text),
        };
        table::put(buf, inner, y, &line, None);
    }
    let last = inner.height.saturating_sub(1);
    table::put(
        buf,
        inner,
        last,
        &Line::styled(" Esc: no more of this", look.theme.dim),
        None,
    );
}
