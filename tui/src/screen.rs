//! How the dashboard is drawn: the bar at the top, the names of the views, panels in their places, the timeline, the keys
//! that are valid now in the last line, an overlay above all.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use crate::app::{App, Focus};
use crate::feed::Feed;
use crate::format;
use crate::guide;
use crate::keymap::PANE_KEYS;
use crate::layout::{self, Favour, Places, SMALLEST, Wishes};
use crate::panel::{Context, Home};
use crate::theme::Letters;
use crate::timeline;
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
        let places = self.places(area, feed);
        self.draw_bar(places.bar, buf, feed);
        self.draw_tabs(places.tabs, buf);
        self.draw_panels(&places, buf, feed);
        let on_timeline = self.focus == Focus::Timeline && self.overlay.is_none();
        self.timeline_area = places.timeline;
        self.timeline
            .draw(places.timeline, buf, feed, &self.look, on_timeline);
        let body = Rect {
            height: places.timeline.y - places.view.y,
            y: places.view.y,
            ..area
        };
        let look = self.look;
        if self.overlay.is_none() {
            guide::draw(self.guide, body, buf, &look);
        }
        // What is told in several lines is read whole, also where it reaches up to the first steps.
        self.draw_keys(places.keys, buf);
        let overlay = self.overlay.as_mut();
        let place = overlay.map(|overlay| Position::from(overlay.draw(body, buf, &look)));
        if look.letters == Letters::Ascii {
            spell_out(area, buf);
        }
        place
    }

    fn places(&self, area: Rect, feed: &Feed) -> Places {
        let timeline = timeline::height(area.height, feed.branches.len());
        let is_home = |home| {
            self.panels
                .get(self.view)
                .is_some_and(|it| it.panel.home() == home)
        };
        let favour = match self.focus {
            Focus::Panel(panel) if panel == self.at_home(Home::Detail) => Favour::Detail,
            Focus::Panel(_) | Focus::Timeline => Favour::View,
        };
        let wishes = Wishes {
            favour,
            shows_log: !is_home(Home::Log),
            zoomed: self.zoomed,
            shares: self.shares,
        };
        layout::places(area, timeline, wishes)
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

    /// The names of the views with their keys: all of them where they fit, else keys alone for those that come last.
    fn draw_tabs(&mut self, area: Rect, buf: &mut Buffer) {
        let theme = &self.look.theme;
        self.tabs.clear();
        let views: Vec<(usize, char, &'static str)> = (self.panels.iter().enumerate())
            .zip(PANE_KEYS)
            .filter(|((_, placed), _)| placed.panel.home() != Home::Detail)
            .map(|((panel, placed), key)| (panel, key, placed.panel.title()))
            .collect();
        let names: Vec<(bool, &str)> = (views.iter())
            .map(|(panel, _, title)| (*panel == self.view, *title))
            .collect();
        let letters = letters(&names, usize::from(area.width));
        let mut x = area.x;
        for ((panel, key, title), letters) in views.into_iter().zip(letters) {
            let is_shown = panel == self.view;
            let (key_style, style) = if is_shown {
                let shown = theme.accent.add_modifier(Modifier::BOLD | Modifier::REVERSED);
                (shown, shown)
            } else {
                (theme.accent, theme.dim)
            };
            let mut line = Line::styled(format!(" {key}"), key_style);
            if letters > 0 {
                let title: String = title.chars().take(letters).collect();
                line.push_span(Span::styled(format!(" {title}"), style));
            }
            if is_shown {
                line.push_span(Span::styled(" ", style));
            }
            let width = u16::try_from(line.width()).unwrap_or(0);
            let place = Rect::new(x, area.y, width, 1).intersection(area);
            table::put(buf, place, 0, &line, None);
            self.tabs.push((place, panel));
            x = x.saturating_add(width);
        }
    }

    fn draw_panels(&mut self, places: &Places, buf: &mut Buffer, feed: &Feed) {
        for placed in &mut self.panels {
            (placed.area, placed.inner) = (Rect::ZERO, Rect::ZERO);
        }
        let others = [
            (Home::Tree, places.tree),
            (Home::Log, places.log),
            (Home::Detail, places.detail),
        ];
        for (home, place) in others {
            let panel = self.at_home(home);
            // The view itself stands in the middle already.
            if let Some(place) = place.filter(|_| panel != self.view) {
                self.draw_panel(panel, place, buf, feed);
            }
        }
        self.draw_panel(self.view, places.view, buf, feed);
        if let Focus::Panel(panel) = self.focus
            && self.panels.get(panel).is_some_and(|it| it.area.is_empty())
        {
            // What is not seen cannot be used.
            self.focus = Focus::Panel(self.view);
        }
    }

    fn draw_panel(&mut self, panel: usize, area: Rect, buf: &mut Buffer, feed: &Feed) {
        let look = self.look;
        let is_focus = self.focus == Focus::Panel(panel);
        let (set, style) = if is_focus {
            (look.glyphs.border_focused, look.theme.border_focused)
        } else {
            (look.glyphs.border, look.theme.border)
        };
        let cx = Context {
            feed,
            look: &look,
            selected: self.selected(),
            focused: is_focus && self.overlay.is_none(),
        };
        let filtering = self.filtering && is_focus;
        let Some(placed) = self.panels.get_mut(panel) else {
            return;
        };
        let title_style = if is_focus {
            look.theme.accent.add_modifier(Modifier::BOLD)
        } else {
            look.theme.strong
        };
        let title = Line::styled(format!(" {} ", placed.panel.title()), title_style);
        let room = usize::from(area.width).saturating_sub(title.width() + 4);
        let mut block = Block::bordered().border_set(set).border_style(style).title(title);
        let inner = block.inner(area);
        placed.panel.draw(inner, buf, &cx);
        (placed.area, placed.inner) = (area, inner);
        let note = placed.panel.note(&cx);
        if !note.is_empty() && text::width(&note) + 2 <= room {
            block = block.title(Line::styled(format!(" {note} "), look.theme.dim).right_aligned());
        }
        let filter = placed.panel.filter();
        if let Some(filter) = filter.filter(|filter| filtering || !filter.is_empty()) {
            let mark = if filtering { "_" } else { "" };
            block = block.title_bottom(Line::styled(format!(" /{filter}{mark} "), look.theme.hit));
        }
        block.render(area, buf);
    }
}

/// How many letters of each view's name stand in a row of tabs of that width: all of the one that is shown, and of the others as
/// many as there is room for, the first ones first; some of each before all of any.
fn letters(names: &[(bool, &str)], width: usize) -> Vec<usize> {
    let full = |name: &str| name.chars().count();
    // A key has a gap before it, and one behind where a name follows; the one that is shown ends with one, too.
    let room =
        |letters: usize, is_shown: bool| 2 + letters + usize::from(letters > 0) + usize::from(is_shown);
    let at = |most: usize| -> Vec<usize> {
        let of = |&(is_shown, name): &(bool, &str)| {
            if is_shown {
                full(name)
            } else {
                full(name).min(most)
            }
        };
        names.iter().map(of).collect()
    };
    let takes = |letters: &[usize]| -> usize {
        let each = letters
            .iter()
            .zip(names)
            .map(|(n, (is_shown, _))| room(*n, *is_shown));
        each.sum()
    };
    let longest = names.iter().map(|(_, name)| full(name)).max().unwrap_or(0);
    let fits = (0..=longest)
        .rev()
        .map(at)
        .find(|letters| takes(letters) <= width);
    let mut letters = fits.unwrap_or_else(|| at(0));
    for (place, (_, name)) in names.iter().enumerate() {
        let before = core::mem::replace(&mut letters[place], full(name));
        if takes(&letters) > width {
            letters[place] = before;
        }
    }
    letters
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
    use crate::palette::Palette;
    use crate::theme::Look;

    fn drawn(app: &mut App, feed: &Feed, size: (u16, u16)) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal in memory");
        terminal
            .draw(|frame| app.draw(frame, feed))
            .expect("a screen in memory");
        terminal.backend().buffer().clone()
    }

    #[test]
    fn every_size_is_drawn_without_a_panic() {
        for colours in [Palette::Terminal, Palette::Plain] {
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
        let mut app = App::new(Look::of(Palette::Plain, Letters::Unicode));
        let feed = fixture::feed(9);
        for panel in 0..app.panels.len() {
            app.show(panel);
            let buffer = drawn(&mut app, &feed, (120, 40));
            assert!(buffer.content.iter().all(|cell| {
                (cell.fg, cell.bg) == (ratatui::style::Color::Reset, ratatui::style::Color::Reset)
            }));
        }
    }

    #[test]
    fn ascii_is_ascii() {
        let mut app = App::new(Look::of(Palette::Terminal, Letters::Ascii));
        let feed = fixture::feed(9);
        for panel in 0..app.panels.len() {
            app.show(panel);
            let buffer = drawn(&mut app, &feed, (200, 60));
            let strange = buffer.content.iter().find(|cell| !cell.symbol().is_ascii());
            assert_eq!(strange.map(Cell::symbol), None);
        }
    }
}
