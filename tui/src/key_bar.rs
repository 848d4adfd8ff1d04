//! The last line: the keys that are valid now, as many as fit; or what happened last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::app::{App, Focus};
use crate::keymap::{self, Action};
use crate::transport::Motion;
use crate::widgets::{table, text};

/// Lines of what is told at once, at most.
const MOST_TOLD: u16 = 4;

impl App {
    /// The keys that are valid now with a word for each, the most useful first.
    fn key_words(&self) -> Vec<(String, &'static str)> {
        let told = |all: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
            all.iter().map(|(key, word)| ((*key).to_owned(), *word)).collect()
        };
        if self.filtering {
            return told(&[("Enter", "keep"), ("Esc", "clear")]);
        }
        if let Some(overlay) = &self.overlay {
            return told(overlay.keys());
        }
        let glyphs = &self.look.glyphs;
        let mut words = Vec::new();
        if self.focus == Focus::Timeline {
            let (up, down) = (glyphs.up, glyphs.down);
            words.push(("Left Right".to_owned(), "scrub"));
            words.push((format!("{up} {down}"), "closer, farther"));
        }
        let all = self.local().iter().chain(&self.global);
        words.extend(all.filter_map(|binding| {
            let word = match binding.action {
                Action::PlayPause if self.transport.motion == Motion::Playing => "pause",
                Action::PlayPause => "run",
                _ => binding.bar?,
            };
            // The settings may have taken its keys away.
            let key = binding.keys.first().copied()?;
            Some((keymap::name(key, glyphs), word))
        }));
        words
    }

    pub(crate) fn draw_keys(&self, area: Rect, buf: &mut Buffer) {
        let theme = &self.look.theme;
        if let Some(message) = &self.message {
            // What does not fit into one line takes from those above, until the next key.
            let lines = text::wrap(message, usize::from(area.width).saturating_sub(1));
            let n_lines = (lines.len() as u16).min(MOST_TOLD).min(area.y + 1);
            let area = Rect {
                y: area.y + 1 - n_lines,
                height: n_lines,
                ..area
            };
            Clear.render(area, buf);
            for (y, line) in (0..n_lines).zip(lines) {
                let line = Line::from(vec![Span::raw(" "), Span::styled(line, theme.accent)]);
                table::put(buf, area, y, &line, None);
            }
            return;
        }
        let entries = self.key_words();
        let styled = |(key, word): &(String, &str)| {
            [
                Span::styled(format!(" {key} "), theme.accent.add_modifier(Modifier::BOLD)),
                Span::styled(format!("{word} "), Style::new()),
            ]
        };
        let wide = |entry: &(String, &str)| styled(entry).iter().map(Span::width).sum::<usize>();
        // Help stands at the end however little room there is: it leads to all the others.
        let help = entries.iter().find(|(_, word)| *word == "help");
        let mut room = usize::from(area.width).saturating_sub(help.map_or(0, wide));
        let mut line = Line::default();
        for entry in entries.iter().filter(|(_, word)| *word != "help") {
            if wide(entry) > room {
                break;
            }
            room -= wide(entry);
            line.spans.extend(styled(entry));
        }
        line.spans.extend(help.into_iter().flat_map(styled));
        table::put(buf, area, 0, &line, None);
    }
}
