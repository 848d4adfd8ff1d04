//! A box over everything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use crate::theme::Look;

/// The middle of `area`, at most `width` by `height`.
#[must_use]
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Clears `area` and draws a box with a title; gives what is inside.
pub fn draw(area: Rect, title: &str, buf: &mut Buffer, look: &Look) -> Rect {
    Clear.render(area, buf);
    let block = Block::bordered()
        .border_set(look.glyphs.border_focused)
        .border_style(look.theme.border_focused)
        .title(Line::from(format!(" {title} ")).style(look.theme.strong));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}
