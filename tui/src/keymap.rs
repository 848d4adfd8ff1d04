//! Every command with its keys, once: keyboard, key bar, help and palette all read this list.
//!
//! A panel adds commands of its own as [`Action::Local`]; they win over the ones here while the
//! panel has the focus.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::theme::Glyphs;
use crate::widgets::cursor::Move;

/// What a key or a line of the palette does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Show every key.
    Help,
    /// Show every command.
    Palette,
    /// Show only rows that hold a text.
    Filter,
    /// Focus the next panel.
    NextPanel,
    /// Focus the one before.
    PreviousPanel,
    /// Focus the panel of that number, from 1, whose key is that of [`PANEL_KEYS`].
    Panel(u8),
    /// Let the focused panel fill the screen, or shrink again.
    Zoom,
    /// Go back one step.
    Back,
    /// Move the cursor.
    Go(Move),
    /// Open what is under the cursor.
    Open,
    /// Close it, or go to what holds it.
    Close,
    /// Look at what is under the cursor.
    Enter,
    /// Let the lab run, or stop it.
    PlayPause,
    /// Run faster.
    Faster,
    /// Run slower.
    Slower,
    /// Handle one event.
    StepEvent,
    /// Go back to the record before.
    BackRecord,
    /// Run to the next notable event.
    StepNotable,
    /// Go back to the last notable event before now.
    StepBack,
    /// Run to the next record about what is selected.
    StepAbout,
    /// Go back to the last record about what is selected.
    BackAbout,
    /// Move along the timeline.
    Timeline,
    /// Take back what was done by hand last.
    Undo,
    /// Ask until when to run, and run.
    RunUntil,
    /// Begin again with the same seed.
    Restart,
    /// Take a branch here.
    Branch,
    /// Show what faults can be injected and which are active.
    Faults,
    /// Show what of the selected thing can be made to fail.
    Fail,
    /// Show the labs that there are.
    Labs,
    /// Change something of the lab.
    Change,
    /// Save the session to a file.
    Save,
    /// Write what was done by hand as a scenario.
    SaveScenario,
    /// Open a lab or a session from a file.
    OpenFile,
    /// Copy the table of the focused panel.
    Copy,
    /// Use the next theme.
    NextTheme,
    /// Freeze what is shown while the lab goes on.
    Freeze,
    /// Select a thing of the lab, by its place in the list that the palette was given.
    Select(usize),
    /// A command of the focused panel.
    Local(u8),
}

/// A key, with what has to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub KeyCode, pub KeyModifiers);

/// A key without anything held.
#[must_use]
pub const fn plain(code: KeyCode) -> Key {
    Key(code, KeyModifiers::NONE)
}

/// A letter or sign.
#[must_use]
pub const fn letter(letter: char) -> Key {
    plain(KeyCode::Char(letter))
}

const fn control(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::CONTROL)
}

impl Key {
    /// Whether `event` is this key. Shift says nothing about a letter: it shows in the letter.
    #[must_use]
    pub fn is(self, event: KeyEvent) -> bool {
        let mut held = event.modifiers;
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            held.remove(KeyModifiers::SHIFT);
        }
        self.0 == event.code && self.1 == held
    }

    /// How it is written on a screen.
    #[must_use]
    pub fn name(self, glyphs: &Glyphs) -> String {
        let name = match self.0 {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::Up => glyphs.up.to_owned(),
            KeyCode::Down => glyphs.down.to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            other => other.to_string(),
        };
        if self.1.contains(KeyModifiers::CONTROL) {
            format!("Ctrl-{name}")
        } else {
            name
        }
    }
}

/// A heading of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Of the focused panel.
    Here,
    /// What is done to the lab.
    Lab,
    /// The clock of the lab.
    Time,
    /// Moving in a list.
    Move,
    /// Panels and screens.
    Screen,
    /// The views.
    Views,
}

impl Group {
    /// All, in the order in which the help lists them.
    pub const ALL: [Self; 6] = [
        Self::Here,
        Self::Time,
        Self::Lab,
        Self::Views,
        Self::Move,
        Self::Screen,
    ];
    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Here => "This view",
            Self::Lab => "The lab",
            Self::Time => "Time",
            Self::Move => "Moving",
            Self::Screen => "Screen",
            Self::Views => "Views",
        }
    }
}

/// A command with its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, the one to show first.
    pub keys: &'static [Key],
    /// What it does, in words.
    pub title: &'static str,
    /// Where the help lists it.
    pub group: Group,
    /// Its word in the key bar, where it has one.
    pub bar: Option<&'static str>,
}

macro_rules! bindings {
    ($($action:expr, [$($key:expr),*], $group:ident, $title:literal $(, $bar:literal)?;)*) => {
        &[$($crate::keymap::Binding {
            action: $action,
            keys: &[$($key),*],
            title: $title,
            group: $crate::keymap::Group::$group,
            bar: $crate::keymap::bindings!(@bar $($bar)?),
        },)*]
    };
    (@bar) => { None };
    (@bar $bar:literal) => { Some($bar) };
}
pub(crate) use bindings;

/// The commands that are valid whatever has the focus.
pub const GLOBAL: &[Binding] = bindings! {
    Action::PlayPause, [letter(' ')], Time, "Run or pause", "run/pause";
    Action::StepNotable, [letter(']'), letter('n')], Time, "Step to the next notable event", "next";
    Action::StepBack, [letter('['), letter('N')], Time, "Back to the notable event before", "back";
    Action::Faults, [letter('i')], Lab, "Inject a fault, or heal one", "inject";
    Action::Fail, [letter('f')], Lab, "Make the selected thing fail", "fail it";
    Action::Branch, [letter('b')], Lab, "Take a branch here, under a name", "branch";
    Action::Timeline, [letter('t')], Time, "Move along the timeline", "timeline";
    Action::Faster, [letter('+'), letter('=')], Time, "Run faster", "faster";
    Action::Slower, [letter('-')], Time, "Run slower";
    Action::StepEvent, [letter('.')], Time, "Step one event on", "step";
    Action::BackRecord, [letter(',')], Time, "Back to the record before";
    Action::StepAbout, [letter('}')], Time, "Step to the next record about the selected thing";
    Action::BackAbout, [letter('{')], Time, "Back to the record about the selected thing before";
    Action::RunUntil, [letter('u')], Time, "Run until an instant or a server's state, or back", "until";
    Action::Undo, [letter('U')], Time, "Undo what was done by hand last";
    Action::Restart, [letter('R')], Time, "Restart with the same seed";
    Action::Freeze, [letter('F')], Time, "Freeze the screen while the lab goes on";
    Action::Go(Move::Up), [plain(KeyCode::Up), letter('k')], Move, "Up";
    Action::Go(Move::Down), [plain(KeyCode::Down), letter('j')], Move, "Down";
    Action::Go(Move::PageUp), [plain(KeyCode::PageUp), control('b'), control('u')], Move, "A screen up";
    Action::Go(Move::PageDown), [plain(KeyCode::PageDown), control('f'), control('d')], Move, "A screen down";
    Action::Go(Move::Top), [letter('g'), plain(KeyCode::Home)], Move, "To the first row";
    Action::Go(Move::Bottom), [letter('G'), plain(KeyCode::End)], Move, "To the last row";
    Action::Open, [plain(KeyCode::Right), letter('l')], Move, "Right, or open what is under the cursor";
    Action::Close, [plain(KeyCode::Left), letter('h')], Move, "Left, or close it or go to what holds it";
    Action::Enter, [plain(KeyCode::Enter)], Move, "Look closer, or do it";
    Action::Back, [plain(KeyCode::Esc)], Move, "Back one step";
    Action::Filter, [letter('/')], Screen, "Filter the rows of the view", "filter";
    Action::NextPanel, [plain(KeyCode::Tab)], Screen, "Next part of the screen", "next part";
    Action::PreviousPanel, [plain(KeyCode::BackTab)], Screen, "Part before";
    Action::Zoom, [letter('z')], Screen, "Zoom the view", "zoom";
    Action::Copy, [letter('y')], Screen, "Copy the table to the clipboard", "copy";
    Action::Labs, [letter('L')], Lab, "Browse the labs, and open one", "labs";
    Action::Change, [letter('e')], Lab, "Edit the running lab: a route, a rule, a timer", "edit";
    Action::Save, [letter('S')], Lab, "Save the session to a file", "save";
    Action::SaveScenario, [letter('W')], Lab, "Write what was done by hand as a scenario";
    Action::OpenFile, [control('o')], Lab, "Open a lab or a session from a file";
    Action::NextTheme, [letter('%')], Screen, "Next theme: dark, light, colour-blind safe, plain";
    Action::Palette, [letter(':'), control('p')], Screen, "Command palette", "commands";
    Action::Help, [letter('?'), plain(KeyCode::F(1))], Screen, "Help", "help";
    Action::Quit, [letter('q'), control('c')], Screen, "Quit", "quit";
};

/// The keys of the panels, in the order of the panels.
pub const PANEL_KEYS: [char; 16] = [
    '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'B', 'C', 'T', 'J', 'E', 'D',
];

/// What `key` does: the panel's own commands first, digits and the like show views.
#[must_use]
pub fn action(key: KeyEvent, local: &[Binding]) -> Option<Action> {
    let bound = local
        .iter()
        .chain(GLOBAL)
        .find(|binding| binding.keys.iter().any(|bound| bound.is(key)));
    if let Some(binding) = bound {
        return Some(binding.action);
    }
    match key.code {
        // Terminals say of a capital that Shift is held.
        KeyCode::Char(wanted) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
            let place = PANEL_KEYS.iter().position(|key| *key == wanted)?;
            u8::try_from(place + 1).ok().map(Action::Panel)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<Key> = GLOBAL.iter().flat_map(|binding| binding.keys).copied().collect();
        keys.extend(PANEL_KEYS.map(letter));
        let n_keys = keys.len();
        keys.sort_by_key(|key| format!("{key:?}"));
        keys.dedup();
        assert_eq!(keys.len(), n_keys);
    }

    #[test]
    fn a_panel_wins_over_the_rest_and_digits_jump() {
        const LOCAL: &[Binding] = bindings! {
            Action::Local(7), [letter('n')], Here, "Something of its own";
        };
        let press = |code| KeyEvent::from(code);
        assert_eq!(action(press(KeyCode::Char('n')), LOCAL), Some(Action::Local(7)));
        assert_eq!(action(press(KeyCode::Char('n')), &[]), Some(Action::StepNotable));
        assert_eq!(action(press(KeyCode::Char('3')), &[]), Some(Action::Panel(3)));
        assert_eq!(action(press(KeyCode::Char('0')), &[]), Some(Action::Panel(10)));
        assert_eq!(action(press(KeyCode::Char('x')), &[]), None);
        assert_eq!(action(press(KeyCode::Char('B')), &[]), Some(Action::Panel(11)));
    }

    #[test]
    fn a_capital_letter_is_a_key_of_its_own_with_shift_held() {
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(action(shifted, &[]), Some(Action::Go(Move::Bottom)));
        let branches = KeyEvent::new(KeyCode::Char('B'), KeyModifiers::SHIFT);
        assert_eq!(action(branches, &[]), Some(Action::Panel(11)));
    }
}
