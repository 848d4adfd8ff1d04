//! How the dashboard is drawn: the bar at the top, panels in their places, the keys that are valid
//! now in the last line, an overlay above all.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use crate::app::App;
use crate::feed::Feed;
use crate::format;
use crate::keymap::{Action, GLOBAL, PANEL_KEYS, letter};
use crate::layout::{self, SMALLEST, Slot};
use crate::overlay::Overlay;
use crate::panel::{Context, Home};
use crate::theme::Letters;
use crate::transport::Motion;
use crate::widgets::{table, text};

impl App {
    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame<'_>, feed: &Feed) {
        let area = frame.area();
        if let Some(place) = self.draw_into(area, frame.buffer_mut(), feed) {
            frame.set_cursor_position(place);
        }
    }

    /// Draws everything into `area`; gives where the place of writing is, if there is one.
    pub fn draw_into(&mut self, area: Rect, buf: &mut Buffer, feed: &Feed) -> Option<Position> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let line = format!(
                "too small: {}x{}, need {}x{}",
                area.width, area.height, SMALLEST.0, SMALLEST.1
            );
            table::put(buf, area, 0, &Line::styled(line, self.look.theme.warning), None);
            return None;
        }
        let top = 2;
        let body = Rect {
            y: area.y + top,
            height: area.height - top - 1,
            ..area
        };
        self.draw_bar(area, buf, feed);
        self.draw_timeline(
            Rect {
                y: area.y + 1,
                height: 1,
                ..area
            },
            buf,
            feed,
        );
        self.draw_panels(body, buf, feed);
        self.draw_keys(
            Rect {
                y: body.bottom(),
                height: 1,
                ..area
            },
            buf,
        );
        let look = self.look;
        let overlay = self.overlay.as_mut();
        let place = overlay.map(|overlay| Position::from(overlay.draw(body, buf, &look)));
        if look.letters == Letters::Ascii {
            spell_out(area, buf);
        }
        place
    }

    fn draw_bar(&self, area: Rect, buf: &mut Buffer, feed: &Feed) {
        let (theme, glyphs) = (&self.look.theme, &self.look.glyphs);
        let overview = &feed.snapshot.overview;
        let left = Line::from(vec![
            Span::styled(
                " Causeway ",
                theme.accent.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            ),
            Span::raw(" "),
            Span::styled(overview.lab.clone(), theme.strong),
            Span::styled(format!("  {}", overview.title), theme.dim),
        ]);
        let (sign, style) = match self.transport.motion {
            Motion::Paused => (glyphs.paused, theme.warning),
            Motion::Playing => (glyphs.playing, theme.good),
            Motion::Ended => (glyphs.ended, theme.accent),
        };
        let word = match self.transport.motion {
            Motion::Paused => "paused",
            Motion::Playing => "running",
            Motion::Ended => "ended",
        };
        let mut right = vec![Span::styled(format!("{sign} {word}"), style)];
        if let Some(until) = &self.transport.until {
            right.push(Span::styled(format!(" until {until}"), theme.dim));
        }
        match feed.injected.len() {
            0 => {}
            1 => right.push(Span::styled("  1 fault", theme.bad)),
            n => right.push(Span::styled(format!("  {n} faults"), theme.bad)),
        }
        if self.frozen {
            right.push(Span::styled(" frozen", theme.warning));
        }
        right.extend([
            Span::styled(format!("  {}{}", glyphs.times, self.transport.speed), theme.text),
            Span::styled(format!("  {}", overview.now), theme.strong),
            Span::styled(
                format!(" / {}  seed {} ", format::span(overview.duration), overview.seed),
                theme.dim,
            ),
        ]);
        let right = Line::from(right);
        let room = usize::from(area.width).saturating_sub(right.width() + 1);
        table::put(
            buf,
            area,
            0,
            &text::fit_line(left, room, glyphs.ellipsis),
            Some(theme.bar),
        );
        let width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
        let place = Rect {
            x: area.right() - width,
            width,
            height: 1,
            ..area
        };
        table::put(buf, place, 0, &right, None);
    }

    /// The lab from its beginning to its end: how far it is, and where something notable happened.
    fn draw_timeline(&self, area: Rect, buf: &mut Buffer, feed: &Feed) {
        let (theme, glyphs) = (&self.look.theme, &self.look.glyphs);
        let end = feed.snapshot.overview.duration.as_nanos().max(1);
        let cells = usize::from(area.width);
        let now = u128::from(feed.now().as_nanos()) * cells as u128 / u128::from(end);
        let now = usize::try_from(now)
            .unwrap_or(usize::MAX)
            .min(cells.saturating_sub(1));
        let marks = feed.milestones.in_cells(cells);
        let spans: Vec<Span<'_>> = marks
            .into_iter()
            .enumerate()
            .map(|(cell, mark)| match mark {
                Some(health) => Span::styled(glyphs.mark(health), theme.health(health)),
                None if cell == now => Span::styled(glyphs.playing, theme.accent),
                None if cell < now => Span::styled(glyphs.border_focused.horizontal_top, theme.accent),
                None => Span::styled(glyphs.border.horizontal_top, theme.dim),
            })
            .collect();
        table::put(buf, area, 0, &Line::from(spans), None);
    }

    fn draw_panels(&mut self, body: Rect, buf: &mut Buffer, feed: &Feed) {
        let homes: Vec<Home> = self.panels.iter().map(|placed| placed.panel.home()).collect();
        let slots = if self.zoomed {
            vec![Slot {
                area: body,
                panels: vec![self.focus],
            }]
        } else {
            layout::slots(body, &homes)
        };
        for placed in &mut self.panels {
            (placed.area, placed.inner) = (Rect::ZERO, Rect::ZERO);
        }
        self.tabs.clear();
        let lives = |slot: &Slot, home| slot.panels.iter().any(|panel| homes.get(*panel) == Some(&home));
        self.detail_hides_log = slots
            .iter()
            .any(|slot| lives(slot, Home::Detail) && lives(slot, Home::Below));
        for slot in slots {
            let latest = |panel: &usize| self.panels.get(*panel).map_or(0, |placed| placed.focused_at);
            let shown = slot
                .panels
                .iter()
                .copied()
                .max_by_key(|panel| (*panel == self.focus, latest(panel)));
            if let Some(shown) = shown {
                self.draw_slot(&slot, shown, buf, feed);
            }
        }
    }

    fn draw_slot(&mut self, slot: &Slot, shown: usize, buf: &mut Buffer, feed: &Feed) {
        let look = self.look;
        let focused = shown == self.focus && self.overlay.is_none();
        let (set, style) = if shown == self.focus {
            (look.glyphs.border_focused, look.theme.border_focused)
        } else {
            (look.glyphs.border, look.theme.border)
        };
        let cx = Context {
            feed,
            look: &look,
            selected: self.selected(),
            focused,
        };
        let tabs = self.tab_line(slot, shown);
        let tabs_width = tabs.width();
        let Some(placed) = self.panels.get_mut(shown) else {
            return;
        };
        let mut block = Block::bordered().border_set(set).border_style(style).title(tabs);
        let note = placed.panel.note(&cx);
        let room = usize::from(slot.area.width).saturating_sub(tabs_width + 4);
        if !note.is_empty() && text::width(&note) + 2 <= room {
            block = block.title(Line::styled(format!(" {note} "), look.theme.dim).right_aligned());
        }
        let filtering = self.filtering && shown == self.focus;
        if let Some(filter) = placed
            .panel
            .filter()
            .filter(|filter| filtering || !filter.is_empty())
        {
            let mark = if filtering { "_" } else { "" };
            block = block.title_bottom(Line::styled(format!(" /{filter}{mark} "), look.theme.hit));
        }
        let inner = block.inner(slot.area);
        block.render(slot.area, buf);
        placed.panel.draw(inner, buf, &cx);
        (placed.area, placed.inner) = (slot.area, inner);
    }

    /// The title of a place: its panels with their keys, the shown one by weight. Where they do not
    /// fit, the others are keys only.
    fn tab_line(&mut self, slot: &Slot, shown: usize) -> Line<'static> {
        const GAP: &str = " | ";
        let theme = &self.look.theme;
        let key = |panel: usize| PANEL_KEYS.get(panel).copied().unwrap_or(' ');
        let words = |short: bool| -> Vec<(usize, String)> {
            let titled = |&panel: &usize| {
                let title = self.panels.get(panel).map_or("", |placed| placed.panel.title());
                if short && panel != shown {
                    (panel, key(panel).to_string())
                } else {
                    (panel, format!("{} {title}", key(panel)))
                }
            };
            slot.panels.iter().map(titled).collect()
        };
        let wide = |words: &[(usize, String)]| {
            words
                .iter()
                .map(|(_, word)| text::width(word) + GAP.len())
                .sum::<usize>()
        };
        let mut titles = words(false);
        if wide(&titles) + 2 > usize::from(slot.area.width) {
            titles = words(true);
        }
        let mut spans = vec![Span::raw(" ")];
        // One cell for the corner, one for the space.
        let mut x = slot.area.x + 2;
        let mut tabs = Vec::new();
        for (n, (panel, title)) in titles.into_iter().enumerate() {
            if n > 0 {
                spans.push(Span::styled(GAP, theme.dim));
                x = x.saturating_add(GAP.len() as u16);
            }
            let style = if panel == shown && panel == self.focus {
                theme.accent.add_modifier(Modifier::BOLD)
            } else if panel == shown {
                theme.strong
            } else {
                theme.dim
            };
            let width = u16::try_from(text::width(&title)).unwrap_or(u16::MAX);
            tabs.push((Rect::new(x, slot.area.y, width, 1).intersection(slot.area), panel));
            x = x.saturating_add(width);
            spans.push(Span::styled(title, style));
        }
        self.tabs.extend(tabs);
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    /// The keys that are valid now, as many as fit; or what happened last.
    fn draw_keys(&self, area: Rect, buf: &mut Buffer) {
        let theme = &self.look.theme;
        if let Some(message) = &self.message {
            let line = Line::from(vec![Span::raw(" "), Span::styled(message.clone(), theme.accent)]);
            table::put(buf, area, 0, &line, None);
            return;
        }
        let entries: Vec<(String, &str)> = if self.filtering {
            vec![("Enter".to_owned(), "keep"), ("Esc".to_owned(), "clear")]
        } else if matches!(self.overlay, Some(Overlay::Faults(_))) {
            vec![
                ("Enter".to_owned(), "inject or heal"),
                ("Tab".to_owned(), "how long and how bad"),
                ("Esc".to_owned(), "back"),
            ]
        } else if self.overlay.is_some() {
            vec![("Enter".to_owned(), "choose"), ("Esc".to_owned(), "back")]
        } else {
            self.local()
                .iter()
                .chain(GLOBAL)
                .filter_map(|binding| {
                    let word = match binding.action {
                        Action::PlayPause if self.transport.motion == Motion::Playing => "pause",
                        Action::PlayPause => "run",
                        _ => binding.bar?,
                    };
                    let key = binding.keys.first().copied().unwrap_or(letter('?'));
                    Some((key.name(&self.look.glyphs), word))
                })
                .collect()
        };
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

/// Names and sentences come from the lab and may hold any letter; what is not plain is replaced,
/// cell by cell.
fn spell_out(area: Rect, buf: &mut Buffer) {
    for position in area.positions() {
        let Some(cell) = buf.cell_mut(position) else {
            continue;
        };
        if !cell.symbol().is_ascii() {
            let plain = match cell.symbol() {
                "→" => ">",
                "×" => "x",
                "·" => "-",
                "…" => "~",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Cell;

    use super::*;
    use crate::fixture;
    use crate::theme::{Colours, Look};

    fn drawn(app: &mut App, feed: &Feed, size: (u16, u16)) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal in memory");
        terminal
            .draw(|frame| app.draw(frame, feed))
            .expect("a screen in memory");
        terminal.backend().buffer().clone()
    }

    #[test]
    fn every_size_is_drawn_without_a_panic() {
        for colours in [Colours::Sixteen, Colours::None] {
            for letters in [Letters::Unicode, Letters::Ascii] {
                let mut app = App::new(Look::of(colours, letters));
                for n_servers in [0, 1, 60] {
                    let feed = fixture::feed(n_servers);
                    for width in [1, 20, 59, 60, 61, 80, 100, 139, 140, 200, 300] {
                        for height in [1, 2, 15, 16, 24, 30, 60, 100] {
                            drawn(&mut app, &feed, (width, height));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn without_colour_every_cell_keeps_the_terminals_own() {
        let mut app = App::new(Look::of(Colours::None, Letters::Unicode));
        let feed = fixture::feed(9);
        for panel in 0..app.panels.len() {
            app.focus_on(panel);
            let buffer = drawn(&mut app, &feed, (120, 40));
            assert!(buffer.content.iter().all(|cell| {
                (cell.fg, cell.bg) == (ratatui::style::Color::Reset, ratatui::style::Color::Reset)
            }));
        }
    }

    #[test]
    fn ascii_is_ascii() {
        let mut app = App::new(Look::of(Colours::Sixteen, Letters::Ascii));
        let feed = fixture::feed(9);
        for panel in 0..app.panels.len() {
            app.focus_on(panel);
            let buffer = drawn(&mut app, &feed, (200, 60));
            let strange = buffer.content.iter().find(|cell| !cell.symbol().is_ascii());
            assert_eq!(strange.map(Cell::symbol), None);
        }
    }
}
