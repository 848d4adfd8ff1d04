//! The first steps of a newcomer: play, fail, rewind. Each is done when it was done, or all are dismissed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::Request;
use crate::theme::Look;
use crate::widgets::{popup, table, text};

/// How far a newcomer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guide {
    /// Let the lab run.
    Play,
    /// Make something fail.
    Fail,
    /// Go back.
    Rewind,
    /// All was done, or dismissed, or never shown.
    #[default]
    Over,
}

impl Guide {
    /// The guide as it begins.
    pub const FIRST: Self = Self::Play;

    /// Whether there is still something to tell.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self != Self::Over
    }
    /// No more of it.
    pub fn dismiss(&mut self) {
        *self = Self::Over;
    }
    /// Something is done: perhaps what it waits for.
    pub fn saw(&mut self, request: &Request) {
        *self = match (*self, request) {
            (Self::Play, Request::PlayPause | Request::Next(_)) => Self::Fail,
            (Self::Fail, Request::Inject(_)) => Self::Rewind,
            (Self::Rewind, Request::Previous(_) | Request::Seek(_) | Request::Undo) => Self::Over,
            (other, _) => other,
        };
    }

    const fn words(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Play => Some((
                "1 of 3: play",
                "Space",
                "lets the lab run, and stops it. + and - set the speed, ] steps to what happens next.",
            )),
            Self::Fail => Some((
                "2 of 3: fail",
                "i",
                "lists what can be broken. Select a link with the arrows and press f to break that one.",
            )),
            Self::Rewind => Some((
                "3 of 3: rewind",
                "[",
                "goes back to what happened before; U takes back what you did, b tries something else from there.",
            )),
            Self::Over => None,
        }
    }

    /// Draws it into the lower right corner of a place.
    pub fn draw(self, area: Rect, buf: &mut Buffer, look: &Look) {
        const WIDTH: u16 = 44;
        let Some((title, key, words)) = self.words() else {
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
}
