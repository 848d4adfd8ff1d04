//! Where the colours come from: the terminal's own sixteen, or one of ours for dark and for light backgrounds and for eyes
//! that do not tell red from green.

use ratatui::style::{Color, Modifier, Style};

use crate::theme::Theme;

/// A set of colours.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Palette {
    /// The sixteen of the terminal, which follow its own light or dark palette.
    #[default]
    Terminal,
    /// Ours, for dark backgrounds.
    Dark,
    /// Ours, for light backgrounds.
    Light,
    /// Ours, told apart by eyes of any kind: blue for well, orange for ill (after Okabe and Ito).
    ColourBlind,
    /// No colour at all, as `NO_COLOR` asks for: weight and signs alone.
    Plain,
}

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Any red, green and blue.
    #[default]
    All,
    /// The 256 that are numbered.
    Numbered,
}

/// The colours of a palette of ours, by meaning.
struct Colours {
    text: u32,
    dim: u32,
    accent: u32,
    good: u32,
    working: u32,
    warning: u32,
    bad: u32,
    hit: u32,
    cursor: (u32, u32),
    border: u32,
}

const DARK: Colours = Colours {
    text: 0xd7dce4,
    dim: 0x7a8594,
    accent: 0x5cc8d4,
    good: 0x8fce7e,
    working: 0x6fa8f5,
    warning: 0xecc368,
    bad: 0xf2777a,
    hit: 0xd39bea,
    cursor: (0x11151c, 0x5cc8d4),
    border: 0x4a5361,
};

const LIGHT: Colours = Colours {
    text: 0x1f2430,
    dim: 0x6b7280,
    accent: 0x00697a,
    good: 0x1a7f37,
    working: 0x0550ae,
    warning: 0x9a6700,
    bad: 0xb3182a,
    hit: 0x8250df,
    cursor: (0xffffff, 0x00697a),
    border: 0xb4bcc8,
};

/// After M. Okabe and K. Ito, "Color Universal Design" (2008).
const COLOUR_BLIND: Colours = Colours {
    text: 0xd7dce4,
    dim: 0x8a93a1,
    accent: 0xf0e442,
    good: 0x56b4e9,
    working: 0x009e73,
    warning: 0xe69f00,
    bad: 0xff7a33,
    hit: 0xcc79a7,
    cursor: (0x11151c, 0xf0e442),
    border: 0x4a5361,
};

impl Palette {
    /// All, in the order in which a key goes through them.
    pub const ALL: [Self; 5] = [
        Self::Terminal,
        Self::Dark,
        Self::Light,
        Self::ColourBlind,
        Self::Plain,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind",
            Self::Plain => "plain",
        }
    }

    /// Its styles by meaning.
    #[must_use]
    pub const fn theme(self, depth: Depth) -> Theme {
        match self {
            Self::Terminal => SIXTEEN,
            Self::Dark => of(&DARK, depth),
            Self::Light => of(&LIGHT, depth),
            Self::ColourBlind => of(&COLOUR_BLIND, depth),
            Self::Plain => Theme::PLAIN,
        }
    }
}

/// The terminal's sixteen colours.
const SIXTEEN: Theme = Theme {
    text: Style::new(),
    strong: Style::new().add_modifier(Modifier::BOLD),
    dim: Style::new().fg(Color::DarkGray),
    accent: Style::new().fg(Color::Cyan),
    good: Style::new().fg(Color::Green),
    working: Style::new().fg(Color::Blue),
    warning: Style::new().fg(Color::Yellow),
    bad: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
    cursor: Style::new().fg(Color::Black).bg(Color::Cyan),
    cursor_elsewhere: Style::new().add_modifier(Modifier::UNDERLINED),
    hit: Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD),
    border_focused: Style::new().fg(Color::Cyan),
    border: Style::new().fg(Color::DarkGray),
    bar: Style::new(),
};

const fn colour(rgb: u32, depth: Depth) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    match depth {
        Depth::All => Color::Rgb(red, green, blue),
        // The cube of six by six by six that begins at 16.
        Depth::Numbered => Color::Indexed(16 + 36 * sixth(red) + 6 * sixth(green) + sixth(blue)),
    }
}

/// Which of the cube's six levels, 0, 95, 135, 175, 215 and 255, is nearest.
const fn sixth(level: u8) -> u8 {
    match level {
        0..=47 => 0,
        48..=114 => 1,
        115..=154 => 2,
        155..=194 => 3,
        195..=234 => 4,
        235..=255 => 5,
    }
}

const fn of(it: &Colours, depth: Depth) -> Theme {
    const fn fore(rgb: u32, depth: Depth) -> Style {
        Style::new().fg(colour(rgb, depth))
    }
    Theme {
        text: fore(it.text, depth),
        strong: fore(it.text, depth).add_modifier(Modifier::BOLD),
        dim: fore(it.dim, depth),
        accent: fore(it.accent, depth),
        good: fore(it.good, depth),
        working: fore(it.working, depth),
        warning: fore(it.warning, depth),
        bad: fore(it.bad, depth).add_modifier(Modifier::BOLD),
        cursor: Style::new()
            .fg(colour(it.cursor.0, depth))
            .bg(colour(it.cursor.1, depth)),
        cursor_elsewhere: Style::new().add_modifier(Modifier::UNDERLINED),
        hit: fore(it.hit, depth).add_modifier(Modifier::BOLD),
        border_focused: fore(it.accent, depth),
        border: fore(it.border, depth),
        bar: Style::new(),
    }
}
