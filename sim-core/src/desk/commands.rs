//! Every command with its keys, once: keyboard, key bar, help and palette of every screen read this list.
//!
//! A panel adds commands of its own as [`Action::Local`]; they win over the ones here while the
//! panel has the focus.

use core::fmt;

/// How a cursor moves in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

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
    /// Focus the panel of that number, from 1, whose key is that of [`PANE_KEYS`].
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
    /// Go to the record that brought about how the selected thing, or check of preflight, stands.
    Why,
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
    /// Fill in a form of a change, by its place among all forms.
    Edit(usize),
    /// A command of the focused panel.
    Local(u8),
}

/// What is pressed, by what it writes or by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A letter or sign, a capital as such.
    Char(char),
    /// The key with the arrow that points up.
    Up,
    /// The one that points down.
    Down,
    /// The one that points left.
    Left,
    /// The one that points right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// The tabulator.
    Tab,
    /// The tabulator with Shift held.
    BackTab,
    /// The function key of that number.
    F(u8),
}

/// A key, with whether Control is held. Shift says nothing about a letter: it shows in the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// What is pressed.
    pub code: Code,
    /// Whether Control is held.
    pub control: bool,
}

/// A key without anything held.
#[must_use]
pub const fn plain(code: Code) -> Key {
    Key { code, control: false }
}

/// A letter or sign.
#[must_use]
pub const fn letter(letter: char) -> Key {
    plain(Code::Char(letter))
}

/// A letter with Control held.
#[must_use]
pub const fn control(letter: char) -> Key {
    Key {
        code: Code::Char(letter),
        control: true,
    }
}

impl fmt::Display for Key {
    /// As it is written on a screen that has letters alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl-")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("Space"),
            Code::Char(letter) => write!(f, "{letter}"),
            Code::F(number) => write!(f, "F{number}"),
            Code::PageUp => f.write_str("PgUp"),
            Code::PageDown => f.write_str("PgDn"),
            Code::BackTab => f.write_str("Shift-Tab"),
            Code::Up
            | Code::Down
            | Code::Left
            | Code::Right
            | Code::Home
            | Code::End
            | Code::Enter
            | Code::Esc
            | Code::Tab => write!(f, "{:?}", self.code),
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

/// A list of commands: `action, [keys], group, "title", "word in the key bar";`, the last where it has one.
#[macro_export]
macro_rules! bindings {
    ($($action:expr, [$($key:expr),*], $group:ident, $title:literal $(, $bar:literal)?;)*) => {
        &[$($crate::desk::commands::Binding {
            action: $action,
            keys: &[$($key),*],
            title: $title,
            group: $crate::desk::commands::Group::$group,
            bar: {
                const WORD: &[&str] = &[$($bar)?];
                match WORD {
                    [word, ..] => Some(*word),
                    [] => None,
                }
            },
        },)*]
    };
}

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
    Action::Why, [letter('w')], Time, "Why the selected thing, or failing check, is as it is", "why";
    Action::RunUntil, [letter('u')], Time, "Run until an instant, or until something is so; or back", "until";
    Action::Undo, [letter('U')], Time, "Undo what was done by hand last";
    Action::Restart, [letter('R')], Time, "Restart with the same seed";
    Action::Freeze, [letter('F')], Time, "Freeze the screen while the lab goes on";
    Action::Go(Move::Up), [plain(Code::Up), letter('k')], Move, "Up";
    Action::Go(Move::Down), [plain(Code::Down), letter('j')], Move, "Down";
    Action::Go(Move::PageUp), [plain(Code::PageUp), control('b'), control('u')], Move, "A screen up";
    Action::Go(Move::PageDown), [plain(Code::PageDown), control('f'), control('d')], Move, "A screen down";
    Action::Go(Move::Top), [letter('g'), plain(Code::Home)], Move, "To the first row";
    Action::Go(Move::Bottom), [letter('G'), plain(Code::End)], Move, "To the last row";
    Action::Open, [plain(Code::Right), letter('l')], Move, "Right, or open what is under the cursor";
    Action::Close, [plain(Code::Left), letter('h')], Move, "Left, or close it or go to what holds it";
    Action::Enter, [plain(Code::Enter)], Move, "Look closer, or do it";
    Action::Back, [plain(Code::Esc)], Move, "Back one step";
    Action::Filter, [letter('/')], Screen, "Filter the rows of the view", "filter";
    Action::NextPanel, [plain(Code::Tab)], Screen, "Next part of the screen", "next part";
    Action::PreviousPanel, [plain(Code::BackTab)], Screen, "Part before";
    Action::Zoom, [letter('z')], Screen, "Zoom the view", "zoom";
    Action::Copy, [letter('y')], Screen, "Copy the table to the clipboard", "copy";
    Action::Labs, [letter('L')], Lab, "Browse the labs, and open one", "labs";
    Action::Change, [letter('e')], Lab, "Edit the running lab: a route, a rule, a timer", "edit";
    Action::Save, [letter('S')], Lab, "Save the session to a file", "save";
    Action::SaveScenario, [letter('W')], Lab, "Write what was done by hand as a scenario";
    Action::OpenFile, [control('o')], Lab, "Open a lab or a session from a file";
    Action::NextTheme, [letter('%')], Screen, "Next theme: dark, light, colour-blind safe, plain";
    Action::Palette, [letter(':'), control('p')], Screen, "Command palette", "commands";
    Action::Help, [letter('?'), plain(Code::F(1))], Screen, "Help", "help";
    Action::Quit, [letter('q'), control('c')], Screen, "Quit", "quit";
};

/// A part of a screen that shows one kind of thing; both screens have them under the same names and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// The topology.
    Map,
    /// Links and tunnels.
    Links,
    /// BGP sessions.
    Bgp,
    /// The routes of a router or a route table.
    Routes,
    /// Flows and probes.
    Flows,
    /// Who answers for names.
    Dns,
    /// Servers on their way.
    Migration,
    /// What preflight checks.
    Preflight,
    /// Faults.
    Faults,
    /// What happened.
    Log,
    /// Branches.
    Branches,
    /// Two branches, compared.
    Compare,
    /// Everything that there is, as a tree.
    Tree,
    /// Jobs of the migration service.
    Jobs,
    /// What the lab expects.
    Expectations,
    /// What is selected.
    Detail,
}

impl Pane {
    /// All, in the order in which a screen lists them.
    pub const ALL: [Self; 16] = [
        Self::Map,
        Self::Links,
        Self::Bgp,
        Self::Routes,
        Self::Flows,
        Self::Dns,
        Self::Migration,
        Self::Preflight,
        Self::Faults,
        Self::Log,
        Self::Branches,
        Self::Compare,
        Self::Tree,
        Self::Jobs,
        Self::Expectations,
        Self::Detail,
    ];
    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Map => "Map",
            Self::Links => "Links",
            Self::Bgp => "BGP",
            Self::Routes => "Routes",
            Self::Flows => "Flows",
            Self::Dns => "DNS",
            Self::Migration => "Migration",
            Self::Preflight => "Preflight",
            Self::Faults => "Faults",
            Self::Log => "Log",
            Self::Branches => "Branches",
            Self::Compare => "Compare",
            Self::Tree => "Tree",
            Self::Jobs => "Jobs",
            Self::Expectations => "Expectations",
            Self::Detail => "Detail",
        }
    }
    /// The letter of its key.
    #[must_use]
    pub const fn key(self) -> char {
        PANE_KEYS[self as usize]
    }
}

/// The keys of the panes, in the order of [`Pane::ALL`].
pub const PANE_KEYS: [char; 16] = [
    '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'B', 'C', 'T', 'J', 'E', 'D',
];

/// What `key` does: the panel's own commands first, digits and the like show views.
#[must_use]
pub fn action(key: Key, local: &[Binding]) -> Option<Action> {
    action_among(key, local, GLOBAL)
}

/// As above, with other keys for the commands that are valid everywhere.
#[must_use]
pub fn action_among(key: Key, local: &[Binding], global: &[Binding]) -> Option<Action> {
    let bound = local
        .iter()
        .chain(global)
        .find(|binding| binding.keys.contains(&key));
    if let Some(binding) = bound {
        return Some(binding.action);
    }
    match key {
        Key {
            code: Code::Char(wanted),
            control: false,
        } => {
            let place = PANE_KEYS.iter().position(|key| *key == wanted)?;
            u8::try_from(place + 1).ok().map(Action::Panel)
        }
        _ => None,
    }
}

/// Every command with its keys, and one for each pane: what help and palette list.
#[must_use]
pub fn all(local: &[Binding]) -> Vec<Command> {
    all_among(local, GLOBAL)
}

/// As above, with other keys for the commands that are valid everywhere.
#[must_use]
pub fn all_among(local: &[Binding], global: &[Binding]) -> Vec<Command> {
    let bound = local.iter().chain(global).map(|binding| Command {
        action: binding.action,
        title: binding.title.to_owned(),
        keys: binding.keys.to_vec(),
        group: binding.group,
    });
    let panes = (1_u8..).zip(Pane::ALL).map(|(number, pane)| Command {
        action: Action::Panel(number),
        title: format!("Show {}", pane.title()),
        keys: vec![letter(pane.key())],
        group: Group::Views,
    });
    bound.chain(panes).collect()
}

/// What a palette says where nothing has the letters.
pub const NOT_FOUND: &str =
    "No command, thing or change has these letters. i finds what can be made to fail, L a lab.";

/// A command as help and palette list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Its words.
    pub title: String,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Its heading.
    pub group: Group,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<Key> = GLOBAL.iter().flat_map(|binding| binding.keys).copied().collect();
        keys.extend(PANE_KEYS.map(letter));
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
        assert_eq!(action(letter('n'), LOCAL), Some(Action::Local(7)));
        assert_eq!(action(letter('n'), &[]), Some(Action::StepNotable));
        assert_eq!(action(letter('3'), &[]), Some(Action::Panel(3)));
        assert_eq!(action(letter('0'), &[]), Some(Action::Panel(10)));
        assert_eq!(action(letter('x'), &[]), None);
        assert_eq!(action(letter('B'), &[]), Some(Action::Panel(11)));
    }

    #[test]
    fn a_pane_has_the_key_of_its_place() {
        for (pane, key) in Pane::ALL.into_iter().zip(PANE_KEYS) {
            assert_eq!(pane.key(), key);
        }
    }
}
