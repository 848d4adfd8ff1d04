//! How the map is painted: colour, weight and sign of everything by how it does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use sim_core::units::Ppm;
use sim_core::view::map::{Cells, Form, Map, Spot, Wire};
use sim_core::view::{Health, Link, Place};

use super::board::{Board, Stroke};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::text;

/// From this share of its rate on a link is drawn thick.
const BUSY: Ppm = Ppm::percent(40);

/// Where and how a map is painted.
pub(super) struct Canvas<'a> {
    pub(super) area: Rect,
    pub(super) offset: (i32, i32),
    /// Letters that a filter wants; what holds them stands out, so that nothing moves.
    pub(super) wanted: String,
    pub(super) cx: &'a Context<'a>,
}

impl Canvas<'_> {
    /// Writes a text that begins at a cell of the map, as far as it is seen.
    fn write(&self, buf: &mut Buffer, (x, y): (i32, i32), words: &str, style: Style) {
        let row = y - self.offset.1;
        let Some(row) = u16::try_from(row).ok().filter(|row| *row < self.area.height) else {
            return;
        };
        for (x, letter) in (x - self.offset.0..).zip(words.chars()) {
            let column = u16::try_from(x).ok().filter(|column| *column < self.area.width);
            let cell = column.and_then(|column| buf.cell_mut((self.area.x + column, self.area.y + row)));
            if let Some(cell) = cell {
                cell.set_char(letter).set_style(style);
            }
        }
    }
    fn cover(&self, buf: &mut Buffer, cells: &Cells, style: Style) {
        for y in cells.y..cells.y + cells.height {
            for x in cells.x..cells.x + cells.width {
                let (column, row) = (x - self.offset.0, y - self.offset.1);
                let at = u16::try_from(column).ok().zip(u16::try_from(row).ok());
                let at = at.filter(|(x, y)| *x < self.area.width && *y < self.area.height);
                let cell = at.and_then(|(x, y)| buf.cell_mut((self.area.x + x, self.area.y + y)));
                if let Some(cell) = cell {
                    cell.set_style(style);
                }
            }
        }
    }

    pub(super) fn draw(&self, map: &Map, buf: &mut Buffer) {
        let look = self.cx.look;
        let links = &self.cx.feed.snapshot.topology.links;
        let mut board = Board::of((map.size.0, map.size.1));
        let mut wires: Vec<(&Wire, &Link)> = map
            .wires
            .iter()
            .filter_map(|wire| Some((wire, links.get(wire.link)?)))
            .collect();
        // The worst, and what is selected, are drawn over the others.
        wires.sort_by_key(|(_, link)| (self.is_selected(link), link.health));
        for (wire, link) in &wires {
            let to_west = [wire.way.first(), wire.way.last()].map(|end| {
                end.is_some_and(|(x, y)| {
                    map.at(x - 1, *y)
                        .is_some_and(|spot| matches!(spot.form, Form::Device | Form::Box))
                })
            });
            board.line(&wire.way, to_west, self.stroke(link));
        }
        board.draw(self.area, self.offset, buf, look.letters);
        for (wire, link) in &wires {
            self.label(&board, wire, link, buf);
        }
        for spot in &map.spots {
            self.spot(spot, buf);
        }
        self.legend(map, buf);
    }

    fn is_selected(&self, link: &Link) -> bool {
        self.cx.selected == Selection::Resource(link.id)
    }

    /// How a link is drawn: broken where it is down, thick where it is busy, and brighter where it carries anything.
    fn stroke(&self, link: &Link) -> (Stroke, Style) {
        let theme = &self.cx.look.theme;
        let stroke = match link.health {
            Health::Failed => Stroke::Broken,
            _ if link.utilisation >= BUSY => Stroke::Thick,
            _ => Stroke::Thin,
        };
        let style = match link.health {
            Health::Good | Health::Idle if link.load.is_zero() => theme.dim,
            health => theme.health(health),
        };
        let style = match (self.is_selected(link), self.cx.focused) {
            (true, true) => theme.cursor,
            (true, false) => style.add_modifier(Modifier::BOLD),
            (false, _) => style,
        };
        (stroke, style)
    }

    /// Writes on a link what it is called and carries, as much of it as fits.
    fn label(&self, board: &Board, wire: &Wire, link: &Link, buf: &mut Buffer) {
        let glyphs = &self.cx.look.glyphs;
        let Some((from, to, row)) = wire.longest_run() else {
            return;
        };
        let (_, style) = self.stroke(link);
        let mark = glyphs.mark(link.health);
        let is_unwell = link.health >= Health::Working;
        let load = (!link.load.is_zero()).then(|| format::rate(link.load));
        // What is called as one of its ends is named there already.
        let topology = &self.cx.feed.snapshot.topology;
        let mut ends = link.ends.iter().filter_map(|end| topology.thing(*end));
        let is_named = ends.any(|(_, name, _)| name == link.name);
        let words: Vec<String> = match (is_unwell, load) {
            (true, _) if is_named => vec![format!(" {mark} {} ", link.state), mark.to_owned()],
            (false, Some(load)) if is_named => vec![format!(" {load} "), load],
            (false, None) if is_named => Vec::new(),
            (true, _) => vec![
                format!(" {mark} {} {} ", link.name, link.state),
                format!(" {mark} {} ", link.name),
                mark.to_owned(),
            ],
            (false, Some(load)) => vec![
                format!(" {} {load} ", link.name),
                format!(" {load} "),
                load,
                format!(" {} ", link.name),
            ],
            (false, None) => vec![format!(" {} ", link.name)],
        };
        // In the middle of its longest run, or beside that where another line crosses it.
        let fits = |words: &String| {
            let wide = i32::try_from(text::width(words)).unwrap_or(i32::MAX / 2);
            let room = to - from + 1 - wide;
            let spare = if wide == 1 { 0 } else { 2 };
            if room < spare {
                return None;
            }
            let middle = from + room / 2;
            let mut starts: Vec<i32> = (from + spare / 2..=to + 1 - wide - spare / 2).collect();
            starts.sort_by_key(|start| (start - middle).abs());
            starts
                .into_iter()
                .find(|start| board.is_plain((*start, row), wide))
        };
        let found = words.iter().find_map(|words| Some((fits(words)?, words)));
        if let Some((start, words)) = found {
            self.write(buf, (start, row), words, style);
        }
    }

    fn spot(&self, spot: &Spot, buf: &mut Buffer) {
        let (theme, glyphs) = (&self.cx.look.theme, &self.cx.look.glyphs);
        let topology = &self.cx.feed.snapshot.topology;
        let Some((id, name, health)) = topology.thing(spot.place) else {
            return;
        };
        let style = theme.health(health);
        let is_hit = !self.wanted.is_empty() && name.to_lowercase().contains(&self.wanted);
        let named = match (is_hit, health >= Health::Degraded) {
            (true, _) => theme.hit,
            (false, true) => style,
            (false, false) => theme.text,
        };
        let named_in = usize::try_from(spot.name).unwrap_or(0);
        let fit = |words: &str, room: usize| text::fit(words, room, glyphs.ellipsis);
        let (x, y) = (spot.area.x, spot.area.y);
        match spot.form {
            Form::Box => self.frame(spot, buf),
            Form::Row => {
                let style = if is_hit {
                    theme.hit
                } else if health >= Health::Degraded {
                    style
                } else {
                    theme.dim
                };
                self.write(buf, (x + 1, y), &fit(name, named_in), style);
            }
            Form::Device => {
                let bar = glyphs.border_focused.vertical_left;
                for row in y..y + spot.area.height {
                    self.write(buf, (x, row), bar, style);
                    self.write(buf, (x + spot.area.width - 1, row), bar, style);
                }
                let row = spot.area.middle().1;
                self.write(buf, (x + 1, row), glyphs.mark(health), style);
                let named = named.add_modifier(Modifier::BOLD);
                self.write(buf, (x + 3, row), &fit(name, named_in), named);
            }
            Form::Chip => {
                self.write(buf, (x, y), glyphs.mark(health), style);
                self.write(buf, (x + 2, y), &fit(name, named_in), named);
            }
            Form::Dot => self.write(
                buf,
                (x, y),
                glyphs.mark(health),
                if is_hit { theme.hit } else { style },
            ),
        }
        if self.cx.selected == Selection::Resource(id) {
            let over = if self.cx.focused {
                theme.cursor
            } else {
                theme.cursor_elsewhere
            };
            let cells = match spot.form {
                // Of a box its title, of a row its name: what is in them keeps its colours.
                Form::Box => Cells {
                    height: 1,
                    ..spot.area
                },
                Form::Row => Cells {
                    x: x + 1,
                    width: i32::try_from(text::width(name)).unwrap_or(1).min(spot.name),
                    height: 1,
                    ..spot.area
                },
                Form::Device | Form::Chip | Form::Dot => spot.area,
            };
            self.cover(buf, &cells, over);
        }
    }

    fn frame(&self, spot: &Spot, buf: &mut Buffer) {
        let (theme, glyphs) = (&self.cx.look.theme, &self.cx.look.glyphs);
        let topology = &self.cx.feed.snapshot.topology;
        let Place::Container(place) = spot.place else {
            return;
        };
        let Some(container) = topology.containers.get(place) else {
            return;
        };
        let set = &glyphs.border;
        let Cells { x, y, width, height } = spot.area;
        let style = if container.health >= Health::Degraded {
            theme.health(container.health)
        } else {
            theme.border
        };
        let level = usize::try_from(width - 2).unwrap_or(0);
        let line = |left: &str, right: &str| format!("{left}{}{right}", set.horizontal_top.repeat(level));
        self.write(buf, (x, y), &line(set.top_left, set.top_right), style);
        self.write(
            buf,
            (x, y + height - 1),
            &line(set.bottom_left, set.bottom_right),
            style,
        );
        for row in y + 1..y + height - 1 {
            self.write(buf, (x, row), set.vertical_left, style);
            self.write(buf, (x + width - 1, row), set.vertical_right, style);
        }
        let is_hit = !self.wanted.is_empty() && container.name.to_lowercase().contains(&self.wanted);
        let mark = if container.health >= Health::Degraded {
            format!("{} ", glyphs.mark(container.health))
        } else {
            String::new()
        };
        let title = format!(" {mark}{} ", container.name);
        let title = text::fit(&title, level, glyphs.ellipsis);
        let named = if is_hit { theme.hit } else { theme.strong };
        self.write(buf, (x + 1, y), &title, named);
        let left = level.saturating_sub(text::width(&title));
        if text::width(&container.caption) < left {
            let at = x + 1 + i32::try_from(text::width(&title)).unwrap_or(0);
            self.write(buf, (at, y), &format!("{} ", container.caption), theme.dim);
        }
        let region = container
            .parent
            .and_then(|parent| topology.containers.get(parent));
        if let Some(region) = region.filter(|region| text::width(&region.name) + 2 < level) {
            let words = format!(" {} ", region.name);
            let wide = i32::try_from(text::width(&words)).unwrap_or(0);
            self.write(buf, (x + width - 2 - wide, y + height - 1), &words, theme.dim);
        }
    }

    /// What signs and lines mean, where there is room for it.
    fn legend(&self, map: &Map, buf: &mut Buffer) {
        let glyphs = &self.cx.look.glyphs;
        if map.size.1 + 2 > i32::from(self.area.height) {
            return;
        }
        let all = [
            Health::Good,
            Health::Working,
            Health::Degraded,
            Health::Failed,
            Health::Idle,
        ];
        let mut x = self.offset.0 + 1;
        let y = self.offset.1 + i32::from(self.area.height) - 1;
        for health in all {
            let style = self.cx.look.theme.health(health);
            self.write(buf, (x, y), glyphs.mark(health), style);
            self.write(buf, (x + 2, y), health.as_str(), self.cx.look.theme.dim);
            x += 4 + i32::try_from(text::width(health.as_str())).unwrap_or(0);
        }
    }
}
