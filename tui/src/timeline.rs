//! The timeline along the bottom: where on the way of each branch something notable happened, where something was done by
//! hand, and a cursor that takes the lab along.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use sim_core::lab::Breakage;
use sim_core::units::{SimTime, Span as Time};

use crate::feed::Feed;
use crate::format;
use crate::marks::{Marks, Stretch};
use crate::theme::Look;
use crate::widgets::{table, text};

/// Cells for the names of branches.
const NAME: u16 = 12;
/// How often the whole can be halved to what is shown.
const CLOSEST: u32 = 24;
/// The same for what is shown of a lab that has only begun.
const SMALLEST_PART: u32 = 6;

/// The timeline.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// How much closer than by itself, in halvings.
    closer: i32,
    /// The instant at the left edge.
    from: SimTime,
    /// Where it was drawn last, without the names.
    lanes: Rect,
    shown: Option<Stretch>,
    /// The branches that were drawn last, by row.
    names: Vec<(u16, String)>,
}

/// What is drawn, and how.
struct Scene<'a> {
    stretch: Stretch,
    feed: &'a Feed,
    look: &'a Look,
    focused: bool,
}

/// How the timeline moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrub {
    /// So many cells back or on.
    By(i32),
    /// To the lab's beginning.
    ToStart,
    /// As far as the lab has ever come.
    ToKnown,
}

/// How many rows it takes on a screen of that height, with so many branches.
#[must_use]
pub fn height(rows: u16, n_branches: usize) -> u16 {
    let most = match rows {
        0..20 => 1,
        20..30 => 3,
        30..45 => 4,
        _ => 6,
    };
    let lanes = u16::try_from(n_branches.max(1)).unwrap_or(u16::MAX);
    (lanes + 1).min(most)
}

impl Timeline {
    /// What is shown of the whole: around the present.
    fn stretch(&mut self, feed: &Feed, cells: u16) -> Stretch {
        let whole = feed.reaches_to().since(SimTime::START);
        let halvings = self.halvings(whole, feed.known_until());
        let span = Time::nanos((whole.as_nanos() >> halvings).max(u64::from(cells).max(1)));
        let now = feed.now();
        let latest = SimTime::START + whole.saturating_sub(span);
        let is_seen = now >= self.from && now <= self.from + span;
        if self.closer <= 0 {
            self.from = SimTime::START;
        } else if !is_seen {
            let half = Time::nanos(span.as_nanos() / 2);
            self.from = SimTime::START + now.since(SimTime::START).saturating_sub(half);
        }
        self.from = self.from.min(latest);
        Stretch {
            from: self.from,
            span,
            cells,
        }
    }
    /// How often the whole is halved to what is shown. By itself as often as leaves all that is known, so that it takes at
    /// least half of the timeline.
    fn halvings(&self, whole: Time, known: SimTime) -> u32 {
        let known = known.since(SimTime::START).as_nanos();
        let least = (whole.as_nanos() >> SMALLEST_PART).max(1);
        let fits = |halvings: &u32| whole.as_nanos() >> halvings >= known.max(least);
        let own = (0..=SMALLEST_PART).rev().find(fits).unwrap_or(0);
        own.saturating_add_signed(self.closer).min(CLOSEST)
    }
    /// Shows half as long a stretch, or twice as long a one, around the present.
    pub fn zoom(&mut self, closer: bool, now: SimTime) {
        let most = i32::try_from(CLOSEST).unwrap_or(i32::MAX);
        self.closer = (self.closer + if closer { 1 } else { -1 }).clamp(-most, most);
        let span = self.shown.map_or(Time::ZERO, |it| it.span);
        let quarter = Time::nanos(span.as_nanos() / if closer { 4 } else { 1 });
        self.from = SimTime::START + now.since(SimTime::START).saturating_sub(quarter);
    }
    /// The instant that a step leads to.
    #[must_use]
    pub fn scrubbed(&self, scrub: Scrub, feed: &Feed) -> SimTime {
        let step = self.shown.map_or(Time::secs(1), |it| it.step());
        let now = feed.now().since(SimTime::START);
        match scrub {
            Scrub::By(cells) => {
                let way = Time::nanos(step.as_nanos().saturating_mul(u64::from(cells.unsigned_abs())));
                let to = if cells < 0 {
                    now.saturating_sub(way)
                } else {
                    now + way
                };
                (SimTime::START + to).min(feed.reaches_to())
            }
            Scrub::ToStart => SimTime::START,
            Scrub::ToKnown => feed.marks.known_until(),
        }
    }
    /// The instant at a place of the screen; none where that is not on a lane.
    #[must_use]
    pub fn instant_at(&self, at: Position) -> Option<SimTime> {
        let shown = self.shown?;
        self.lanes
            .contains(at)
            .then(|| shown.instant(at.x - self.lanes.x))
    }
    /// The same for a pointer that is held: beside the lanes it is at their nearer end.
    #[must_use]
    pub fn instant_near(&self, column: u16) -> Option<SimTime> {
        let shown = self.shown?;
        let last = self.lanes.right().saturating_sub(1).max(self.lanes.x);
        Some(shown.instant(column.clamp(self.lanes.x, last) - self.lanes.x))
    }
    /// The branch whose name or lane is at a place.
    #[must_use]
    pub fn branch_at(&self, at: Position) -> Option<&str> {
        let found = self.names.iter().find(|(row, _)| *row == at.y);
        found.map(|(_, name)| name.as_str())
    }

    /// Draws it.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, feed: &Feed, look: &Look, focused: bool) {
        let (theme, glyphs) = (&look.theme, &look.glyphs);
        let has_names = feed.branches.len() > 1 && area.width > NAME * 4;
        let left = if has_names { NAME } else { 0 };
        let n_lanes = area.height.saturating_sub(1).max(1);
        self.lanes = Rect {
            x: area.x + left,
            width: area.width - left,
            height: n_lanes,
            ..area
        };
        let stretch = self.stretch(feed, self.lanes.width);
        self.shown = Some(stretch);
        let scene = Scene {
            stretch,
            feed,
            look,
            focused,
        };
        self.names.clear();
        // The branch that is shown comes first, then one that it is compared with and those that leave it, as many as there is room for.
        let mut shown: Vec<_> = feed.branches.iter().collect();
        let compared = feed.comparison.as_ref();
        let is_compared = |name: &String| compared.is_some_and(|it| it.left == *name || it.right == *name);
        shown.sort_by_key(|branch| (!branch.is_current, !is_compared(&branch.name)));
        if shown.is_empty() {
            self.lane(area.y, None, &[], &scene, buf);
        }
        for (y, branch) in (area.y..area.y + n_lanes).zip(shown) {
            let began_at = branch.from.as_ref().map(|_| branch.began_at);
            let other = (!branch.is_current).then_some((&*branch.marks, began_at, branch.now));
            self.lane(y, other, &branch.breakages, &scene, buf);
            self.names.push((y, branch.name.clone()));
            if has_names {
                let style = if branch.is_current {
                    theme.accent
                } else {
                    theme.dim
                };
                let name = text::fit(&branch.name, usize::from(NAME) - 2, glyphs.ellipsis);
                let line = Line::styled(format!(" {name}"), style);
                table::put(
                    buf,
                    Rect {
                        y,
                        width: NAME,
                        ..area
                    },
                    0,
                    &line,
                    None,
                );
            }
        }
        if area.height > 1 {
            self.axis(area.bottom() - 1, &scene, buf);
        }
    }

    /// One branch: how far it came, what happened on it, what was done.
    fn lane(
        &self,
        y: u16,
        other: Option<(&Marks, Option<SimTime>, SimTime)>,
        by_hand: &[Breakage],
        scene: &Scene<'_>,
        buf: &mut Buffer,
    ) {
        let Scene { stretch, feed, .. } = scene;
        let (theme, glyphs) = (&scene.look.theme, &scene.look.glyphs);
        let (marks, began_at, now) = other.unwrap_or((&feed.marks, None, feed.now()));
        let is_current = other.is_none();
        let worst = marks.in_cells(stretch);
        let known = marks.known_until();
        let deeds: Vec<u16> = if is_current {
            feed.deeds.iter().filter_map(|at| stretch.cell(*at)).collect()
        } else {
            Vec::new()
        };
        let by_lab = stretch.broken(&feed.planned, known);
        let by_hand = stretch.broken(by_hand, known);
        let broken = |cell: u16| {
            [&by_lab, &by_hand]
                .iter()
                .any(|it| it.get(usize::from(cell)) == Some(&true))
        };
        let present = stretch.cell(now);
        let taken = began_at.and_then(|at| stretch.cell(at));
        let began_at = began_at.unwrap_or(SimTime::START);
        let mut spans = Vec::new();
        for (cell, mark) in (0..stretch.cells).zip(worst) {
            let at = stretch.instant(cell);
            let is_here = present == Some(cell);
            let (sign, style): (&str, Style) = match mark {
                // A branch shares what was before it with the one it was taken from.
                _ if !is_current && at < began_at && taken != Some(cell) => (" ", theme.dim),
                _ if is_here && is_current => (
                    glyphs.here,
                    if scene.focused {
                        theme.cursor
                    } else {
                        theme.accent.add_modifier(Modifier::BOLD)
                    },
                ),
                _ if taken == Some(cell) => (glyphs.taken, theme.dim),
                _ if deeds.contains(&cell) => (glyphs.deed, theme.warning.add_modifier(Modifier::BOLD)),
                Some(health) if at <= now || is_here => (glyphs.mark(health), theme.health(health)),
                Some(health) => (
                    glyphs.mark(health),
                    theme.health(health).add_modifier(Modifier::DIM),
                ),
                None if is_here => (glyphs.here, theme.dim),
                None if broken(cell) => (
                    glyphs.broken,
                    if at <= now {
                        theme.bad
                    } else {
                        theme.bad.add_modifier(Modifier::DIM)
                    },
                ),
                None if at <= now => (
                    glyphs.border_focused.horizontal_top,
                    if is_current { theme.accent } else { theme.dim },
                ),
                None if at <= known => (glyphs.border.horizontal_top, theme.accent),
                None => (glyphs.unknown, theme.dim),
            };
            spans.push(Span::styled(sign, style));
        }
        let place = Rect {
            y,
            height: 1,
            ..self.lanes
        };
        table::put(buf, place, 0, &Line::from(spans), None);
    }

    /// The instants of the lanes, and the present where it is.
    fn axis(&self, y: u16, scene: &Scene<'_>, buf: &mut Buffer) {
        /// Cells between two instants that are written.
        const EVERY: u16 = 14;
        let Scene { stretch, feed, .. } = scene;
        let theme = &scene.look.theme;
        let place = Rect {
            y,
            height: 1,
            ..self.lanes
        };
        let now = stretch.cell(feed.now()).unwrap_or(0);
        let words = format!(" {} ", feed.now());
        let wide = u16::try_from(text::width(&words)).unwrap_or(u16::MAX);
        let start = now
            .saturating_sub(wide / 2)
            .min(stretch.cells.saturating_sub(wide));
        let every = stretch.round_step(EVERY);
        let first = stretch
            .from
            .since(SimTime::START)
            .as_nanos()
            .div_ceil(every.as_nanos());
        let ticks = (first..).map(|n| SimTime::START + Time::nanos(every.as_nanos().saturating_mul(n)));
        for (at, cell) in ticks.map_while(|at| Some((at, stretch.cell(at)?))) {
            let label = format::axis(at, every);
            let end = cell + u16::try_from(text::width(&label)).unwrap_or(0);
            if end <= stretch.cells && (end < start || cell > start + wide) {
                buf.set_string(place.x + cell, y, &label, theme.dim);
            }
        }
        let style = if scene.focused {
            theme.cursor
        } else {
            theme.accent.add_modifier(Modifier::BOLD)
        };
        buf.set_stringn(
            place.x + start,
            y,
            &words,
            usize::from(stretch.cells - start),
            style,
        );
    }
}
