//! What things look like: styles by meaning, and the signs that carry the same meaning without
//! colour.
//!
//! Nothing else in the program names a colour. The default uses the terminal's own sixteen, so it
//! follows a light or dark palette; the plain theme uses none, only weight and reversal.

use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use sim_core::view::{CheckStanding, Health};

use crate::palette::{Depth, Palette};

/// Styles by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Headings and names that matter.
    pub strong: Style,
    /// What can be overlooked.
    pub dim: Style,
    /// What belongs to the program: titles, keys.
    pub accent: Style,
    /// It does what it should.
    pub good: Style,
    /// It is on its way.
    pub working: Style,
    /// It will need somebody soon.
    pub warning: Style,
    /// Somebody has to act.
    pub bad: Style,
    /// The row under the cursor of the focused panel.
    pub cursor: Style,
    /// The row under the cursor of another panel.
    pub cursor_elsewhere: Style,
    /// The letters that a filter or a palette found.
    pub hit: Style,
    /// The border of the focused panel.
    pub border_focused: Style,
    /// The border of the others.
    pub border: Style,
    /// The bar at the top.
    pub bar: Style,
}

impl Theme {
    /// No colour at all, as `NO_COLOR` asks for.
    pub const PLAIN: Self = Self {
        text: Style::new(),
        strong: Style::new().add_modifier(Modifier::BOLD),
        dim: Style::new().add_modifier(Modifier::DIM),
        accent: Style::new().add_modifier(Modifier::BOLD),
        good: Style::new(),
        working: Style::new(),
        warning: Style::new().add_modifier(Modifier::BOLD),
        bad: Style::new()
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::REVERSED),
        cursor: Style::new().add_modifier(Modifier::REVERSED),
        cursor_elsewhere: Style::new().add_modifier(Modifier::UNDERLINED),
        hit: Style::new().add_modifier(Modifier::BOLD),
        border_focused: Style::new().add_modifier(Modifier::BOLD),
        border: Style::new(),
        bar: Style::new(),
    };

    /// How that health is written.
    #[must_use]
    pub const fn health(&self, health: Health) -> Style {
        match health {
            Health::Idle => self.dim,
            Health::Good => self.good,
            Health::Working => self.working,
            Health::Degraded => self.warning,
            Health::Failed => self.bad,
        }
    }
}

/// The signs that screens are drawn with; each says by its shape what the theme says by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Borders of panels without focus.
    pub border: border::Set<'static>,
    /// Borders of the focused panel.
    pub border_focused: border::Set<'static>,
    /// Heights of a curve, lowest first; none fills its line, so that curves below each other stay apart.
    pub spark: [&'static str; 7],
    /// A full cell of a progress bar.
    pub bar_full: &'static str,
    /// Cells filled by one to seven eighths.
    pub bar_parts: [&'static str; 7],
    /// An empty cell of a progress bar.
    pub bar_empty: &'static str,
    /// A full, a half and an empty cell of a thin bar.
    pub line: [&'static str; 3],
    /// A branch that is open.
    pub open: &'static str,
    /// A branch that is closed.
    pub closed: &'static str,
    /// Yes.
    pub yes: &'static str,
    /// No.
    pub no: &'static str,
    /// Between two ends.
    pub arrow: &'static str,
    /// Leads to a cause.
    pub because: &'static str,
    /// Text goes on here.
    pub ellipsis: &'static str,
    /// Between two facts on one line.
    pub dot: &'static str,
    /// The lab runs.
    pub playing: &'static str,
    /// The lab stands still.
    pub paused: &'static str,
    /// The lab has come to its end.
    pub ended: &'static str,
    /// Times, before a speed.
    pub times: &'static str,
    /// Between two that are compared.
    pub against: &'static str,
    /// The present, on a timeline.
    pub here: &'static str,
    /// Where a branch was taken.
    pub taken: &'static str,
    /// Where something was done by hand.
    pub deed: &'static str,
    /// Where a fault lasts.
    pub broken: &'static str,
    /// Where the lab never was.
    pub unknown: &'static str,
    /// Upwards, in key names.
    pub up: &'static str,
    /// Downwards, in key names.
    pub down: &'static str,
    marks: [&'static str; 5],
}

/// Borders that any character set has.
const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// The same, heavier, for the focused panel.
const ASCII_BORDER_FOCUSED: border::Set<'static> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

impl Glyphs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        border: border::ROUNDED,
        border_focused: border::THICK,
        spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇"],
        bar_full: "█",
        bar_parts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
        bar_empty: "░",
        line: ["━", "╸", "─"],
        open: "▾",
        closed: "▸",
        yes: "✔",
        no: "✘",
        arrow: "→",
        because: "↳",
        ellipsis: "…",
        dot: "·",
        playing: "▶",
        paused: "‖",
        ended: "■",
        times: "×",
        against: "↔",
        here: "◆",
        taken: "└",
        deed: "▼",
        broken: "▒",
        unknown: "┈",
        up: "↑",
        down: "↓",
        marks: ["○", "●", "◐", "▲", "✖"],
    };

    /// For those that do not.
    pub const ASCII: Self = Self {
        border: ASCII_BORDER,
        border_focused: ASCII_BORDER_FOCUSED,
        spark: ["_", ".", "-", "=", "+", "*", "#"],
        bar_full: "#",
        bar_parts: [".", ".", ":", ":", "+", "+", "+"],
        bar_empty: ".",
        line: ["=", "-", "."],
        open: "v",
        closed: ">",
        yes: "+",
        no: "x",
        arrow: "->",
        because: "\\_",
        ellipsis: "~",
        dot: "-",
        playing: ">",
        paused: "=",
        ended: "#",
        times: "x",
        against: "<>",
        here: "@",
        taken: "\\",
        deed: "V",
        broken: "#",
        unknown: ".",
        up: "Up",
        down: "Down",
        marks: [".", "*", "~", "!", "X"],
    };

    /// The sign of that health.
    #[must_use]
    pub const fn mark(&self, health: Health) -> &'static str {
        match health {
            Health::Idle => self.marks[0],
            Health::Good => self.marks[1],
            Health::Working => self.marks[2],
            Health::Degraded => self.marks[3],
            Health::Failed => self.marks[4],
        }
    }
}

/// Theme and signs together: all that drawing needs to know of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Styles.
    pub theme: Theme,
    /// Signs.
    pub glyphs: Glyphs,
    /// Which letters may be drawn at all.
    pub letters: Letters,
    /// Where the styles come from.
    pub palette: Palette,
    /// How many colours there are.
    pub depth: Depth,
}

impl Look {
    /// The sign and the style of how a check stands.
    #[must_use]
    pub const fn sign_of(&self, standing: Option<CheckStanding>) -> (&'static str, Style) {
        match standing {
            Some(CheckStanding::Passes) => (self.glyphs.yes, self.theme.good),
            Some(CheckStanding::Unsettled) => (self.glyphs.mark(Health::Working), self.theme.working),
            Some(CheckStanding::Fails) | None => (self.glyphs.no, self.theme.bad),
        }
    }
    /// A look on a terminal with all colours.
    #[must_use]
    pub const fn of(palette: Palette, letters: Letters) -> Self {
        Self::with_depth(palette, letters, Depth::All)
    }
    /// A look on a terminal with so many colours.
    #[must_use]
    pub const fn with_depth(palette: Palette, letters: Letters, depth: Depth) -> Self {
        Self {
            theme: palette.theme(depth),
            glyphs: match letters {
                Letters::Unicode => Glyphs::UNICODE,
                Letters::Ascii => Glyphs::ASCII,
            },
            letters,
            palette,
            depth,
        }
    }
    /// The same with the next palette.
    #[must_use]
    pub fn next(&self) -> Self {
        let here = Palette::ALL.iter().position(|it| *it == self.palette);
        let next = here.map_or(0, |here| (here + 1) % Palette::ALL.len());
        let palette = Palette::ALL.get(next).copied().unwrap_or_default();
        Self::with_depth(palette, self.letters, self.depth)
    }
}

/// Which letters the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Any.
    Unicode,
    /// The plain ones.
    Ascii,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_health_has_its_own_sign_in_both_sets() {
        let all = [
            Health::Idle,
            Health::Good,
            Health::Working,
            Health::Degraded,
            Health::Failed,
        ];
        for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
            let mut marks: Vec<_> = all.iter().map(|health| glyphs.mark(*health)).collect();
            marks.sort_unstable();
            marks.dedup();
            assert_eq!(marks.len(), all.len());
        }
    }
}
