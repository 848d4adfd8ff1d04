//! What lies over the panels for a while: help, the command palette, a question.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use sim_core::desk::commands;
use sim_core::desk::labs::LabRow;
use sim_core::desk::request::Question;

use crate::app::Request;
use crate::change_list::ChangeList;
use crate::fault_list::FaultList;
use crate::feed::Feed;
use crate::injection::{Choice, Injected};
use crate::keymap::{self, Action, Group};
use crate::lab_list::LabList;
use crate::offer::Offer;
use crate::theme::Look;
use crate::widgets::cursor::Cursor;
use crate::widgets::input::Input;
use crate::widgets::{popup, table, text};
use sim_core::desk::{changes, fuzzy};

/// A command as overlays list it: what it does, its keys, its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Its words.
    pub title: String,
    /// Its keys, as they are written.
    pub keys: String,
    /// Its heading.
    pub group: Group,
}

impl Command {
    /// A command of the key map.
    #[must_use]
    pub fn of(command: commands::Command, look: &Look) -> Self {
        let keys: Vec<String> = command
            .keys
            .iter()
            .map(|key| keymap::name(*key, &look.glyphs))
            .collect();
        Self {
            action: command.action,
            title: command.title,
            keys: keys.join(" "),
            group: command.group,
        }
    }
    /// A line of the palette for each thing of the lab, and for each form of a change.
    #[must_use]
    pub fn things(feed: &Feed) -> Vec<Self> {
        let things = feed.things().into_iter().enumerate();
        let things = things.map(|(place, (id, name))| Self {
            action: Action::Select(place),
            title: format!("Select {name}"),
            keys: id.kind().to_owned(),
            group: Group::Lab,
        });
        let forms = changes::forms().into_iter().enumerate();
        let forms = forms.map(|(place, form)| Self {
            action: Action::Edit(place),
            title: format!("Edit {}", form.example),
            keys: form.of.to_owned(),
            group: Group::Lab,
        });
        things.chain(forms).collect()
    }
    /// Where the wanted letters stand in its title, and how good a find that is; a change is also found by what it changes.
    fn find(&self, wanted: &str) -> Option<fuzzy::Find> {
        fuzzy::find(wanted, &self.title).or_else(|| {
            let is_so = matches!(self.action, Action::Edit(_))
                && changes::is_described(wanted, &self.title, &self.keys);
            is_so.then(fuzzy::Find::default)
        })
    }
}

/// What lies over the panels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Every key, by heading.
    Help(List),
    /// Every command, the best find first.
    Palette(List),
    /// A question.
    Prompt(Prompt),
    /// Faults to inject and to heal.
    Faults(FaultList),
    /// Labs to open.
    Labs(LabList),
    /// A change of the lab.
    Change(ChangeList),
    /// Sessions that were not left in order.
    Offer(Offer),
}

/// Commands, a line to find them by, and a place among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    wanted: Input,
    cursor: Cursor,
    commands: Vec<Command>,
}

/// A question with a line for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    question: Question,
    answer: Input,
    /// What was wrong with the last answer.
    pub complaint: Option<String>,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The overlay stays.
    Stay,
    /// The overlay goes.
    Leave,
    /// The overlay goes, and this is done.
    Do(Action),
    /// This is to be done; the overlay stays until it is.
    Ask(Request),
}

impl Prompt {
    /// Whether it asks what becomes of a session that is left.
    pub(crate) const fn asks_to_leave(&self) -> bool {
        matches!(self.question, Question::Leave(_))
    }
}

impl Overlay {
    /// Every key.
    #[must_use]
    pub fn help(commands: Vec<Command>) -> Self {
        Self::Help(List::of(commands))
    }
    /// Every command.
    #[must_use]
    pub fn palette(commands: Vec<Command>) -> Self {
        Self::Palette(List::of(commands))
    }
    /// A question, with an answer that what is typed takes the place of.
    #[must_use]
    pub fn prompt(question: Question, answer: &str) -> Self {
        Self::Prompt(Prompt {
            question,
            answer: Input::selected(answer),
            complaint: None,
        })
    }
    /// Labs to open.
    #[must_use]
    pub fn labs(labs: Vec<LabRow>) -> Self {
        Self::Labs(LabList::of(labs))
    }

    /// Faults to inject and to heal.
    #[must_use]
    pub fn faults(active: Vec<Injected>, choices: Vec<Choice>) -> Self {
        Self::Faults(FaultList::of(active, choices))
    }

    /// The keys that are of use while it lies there, with what each does.
    #[must_use]
    pub const fn keys(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Help(_) => &[("a-z", "find"), ("Esc", "back")],
            Self::Palette(_) => &[("Enter", "do it"), ("Esc", "back")],
            Self::Prompt(prompt) => match prompt.question {
                Question::RunUntil => &[("Enter", "go there"), ("Esc", "back")],
                Question::Branch => &[("Enter", "take the branch"), ("Esc", "back")],
                Question::Rename(_) => &[("Enter", "rename"), ("Esc", "back")],
                Question::Delete(_) => &[("Enter", "delete"), ("Esc", "keep")],
                Question::Save => &[("Enter", "save"), ("Esc", "back")],
                Question::SaveScenario | Question::Export => &[("Enter", "write"), ("Esc", "back")],
                Question::OpenFile => &[("Enter", "open"), ("Esc", "back")],
                Question::Leave(_) => &[("Enter", "save where named, and leave"), ("Esc", "stay")],
                Question::Replace(_) => &[("Enter", "save where named, and go on"), ("Esc", "stay")],
                Question::WriteOver(..) | Question::ExportOver(_) => {
                    &[("Enter", "write over it"), ("Esc", "leave it")]
                }
            },
            Self::Faults(_) => &[
                ("Enter", "inject or heal"),
                ("Tab", "how long and how bad"),
                ("Esc", "back"),
            ],
            Self::Labs(_) => &[("Enter", "open the lab"), ("Esc", "back")],
            Self::Change(_) => &[("Enter", "take the form, then make the change"), ("Esc", "back")],
            Self::Offer(_) => &[
                ("Enter", "go on with it"),
                ("x", "throw it away"),
                ("Esc", "not now"),
            ],
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Answer {
        if key.code == KeyCode::Esc {
            return Answer::Leave;
        }
        match self {
            Self::Help(list) => {
                if key.code == KeyCode::Enter {
                    return Answer::Leave;
                }
                list.key(key, '/');
                Answer::Stay
            }
            Self::Palette(list) => match key.code {
                KeyCode::Enter => list
                    .found()
                    .get(list.cursor.row())
                    .map_or(Answer::Leave, |(command, _)| Answer::Do(command.action)),
                _ => {
                    list.key(key, ':');
                    Answer::Stay
                }
            },
            Self::Prompt(prompt) => match key.code {
                KeyCode::Enter => Answer::Ask(prompt.question.request(prompt.answer.text())),
                _ => {
                    prompt.answer.key(key);
                    Answer::Stay
                }
            },
            Self::Faults(list) => list.key(key).map_or(Answer::Stay, Answer::Ask),
            Self::Labs(list) => list.key(key),
            Self::Change(list) => list.key(key).map_or(Answer::Stay, Answer::Ask),
            Self::Offer(offer) => offer.key(key),
        }
    }

    /// Draws it over `area`; gives where the place of writing is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        match self {
            Self::Help(list) => list.draw_help(area, buf, look),
            Self::Palette(list) => list.draw_palette(area, buf, look),
            Self::Prompt(prompt) => prompt.draw(area, buf, look),
            Self::Faults(list) => list.draw(area, buf, look),
            Self::Labs(list) => list.draw(area, buf, look),
            Self::Change(list) => list.draw(area, buf, look),
            Self::Offer(offer) => offer.draw(area, buf, look),
        }
    }
}

/// Draws a line of input with its sign; gives where the place of writing is.
pub(crate) fn draw_input(
    inner: Rect,
    sign: &str,
    input: &Input,
    hint: &str,
    buf: &mut Buffer,
    look: &Look,
) -> (u16, u16) {
    let room = usize::from(inner.width).saturating_sub(text::width(sign) + 2);
    let (shown, before) = input.window(room, look.glyphs.ellipsis);
    let mut spans = vec![
        Span::styled(format!("{sign} "), look.theme.accent),
        Span::styled(
            shown,
            if input.is_selected() {
                look.theme.cursor
            } else {
                look.theme.text
            },
        ),
    ];
    if input.text().is_empty() {
        spans.push(Span::styled(hint.to_owned(), look.theme.dim));
    }
    table::put(buf, inner, 0, &Line::from(spans), None);
    let x = text::width(sign) + 1 + before;
    let x = u16::try_from(x)
        .unwrap_or(u16::MAX)
        .min(inner.width.saturating_sub(1));
    (inner.x + x, inner.y)
}

impl List {
    fn of(commands: Vec<Command>) -> Self {
        Self {
            wanted: Input::default(),
            cursor: Cursor::default(),
            commands,
        }
    }

    /// The commands that hold the wanted letters, the best find first.
    fn found(&self) -> Vec<(&Command, Vec<usize>)> {
        let wanted = self.wanted.text();
        let mut found: Vec<_> = self
            .commands
            .iter()
            .filter_map(|command| Some((command, command.find(&wanted)?)))
            .collect();
        // Stable, so equal finds keep the order of the key map.
        found.sort_by_key(|(_, find)| core::cmp::Reverse(find.score));
        found
            .into_iter()
            .map(|(command, find)| (command, find.places))
            .collect()
    }

    fn key(&mut self, key: KeyEvent, sign: char) {
        let n_rows = self.commands.len();
        if self.wanted.is_sign(key, sign) {
            return;
        }
        if !self.cursor.key(key.code, n_rows) && self.wanted.key(key) {
            self.cursor.set(0);
        }
    }

    fn draw_palette(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let inner = popup::draw(popup::centred(area, 64, 18), "Commands", buf, look);
        let place = draw_input(
            inner,
            ":",
            &self.wanted,
            "type a few letters of a command",
            buf,
            look,
        );
        let mut cursor = self.cursor;
        let found = self.found();
        if found.is_empty() {
            let width = usize::from(inner.width).saturating_sub(2);
            for (y, words) in text::wrap(commands::NOT_FOUND, width).into_iter().enumerate() {
                let line = Line::from(Span::styled(format!(" {words}"), look.theme.dim));
                table::put(buf, inner, y as u16 + 2, &line, None);
            }
        }
        let rows = cursor.window(found.len(), usize::from(inner.height.saturating_sub(1)));
        for (y, row) in rows.enumerate() {
            let Some((command, places)) = found.get(row) else {
                break;
            };
            let mut spans: Vec<Span<'_>> = vec![Span::raw(" ")];
            for (n, letter) in command.title.chars().enumerate() {
                let style = if places.contains(&n) {
                    look.theme.hit
                } else {
                    look.theme.text
                };
                spans.push(Span::styled(letter.to_string(), style));
            }
            let room = usize::from(inner.width).saturating_sub(text::width(&command.title) + 3);
            let keys = text::fit(&command.keys, room, look.glyphs.ellipsis);
            let gap = room.saturating_sub(text::width(&keys)) + 1;
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(keys, look.theme.dim));
            let over = (row == cursor.row()).then_some(look.theme.cursor);
            table::put(buf, inner, y as u16 + 1, &Line::from(spans), over);
        }
        self.cursor = cursor;
        place
    }

    fn draw_help(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let inner = popup::draw(
            popup::centred(area, 76, area.height.saturating_sub(2)),
            "Keys",
            buf,
            look,
        );
        let place = draw_input(inner, "/", &self.wanted, "type to find a key", buf, look);
        let lines = self.help_lines(look);
        let mut cursor = self.cursor;
        let height = usize::from(inner.height.saturating_sub(1));
        // The list scrolls as a whole: the cursor stands for its first line.
        let first = cursor.row().min(lines.len().saturating_sub(height));
        cursor.set(first);
        for (y, line) in lines.iter().skip(first).take(height).enumerate() {
            table::put(buf, inner, y as u16 + 1, line, None);
        }
        self.cursor = cursor;
        place
    }

    fn help_lines(&self, look: &Look) -> Vec<Line<'static>> {
        let wanted = self.wanted.text().to_lowercase();
        let shown = |command: &&Command| {
            command.title.to_lowercase().contains(&wanted) || command.keys.to_lowercase().contains(&wanted)
        };
        let mut lines = Vec::new();
        for group in Group::ALL {
            let mut commands = self
                .commands
                .iter()
                .filter(|command| command.group == group)
                .filter(shown)
                .peekable();
            if commands.peek().is_none() {
                continue;
            }
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(
                group.title(),
                look.theme.accent.add_modifier(Modifier::BOLD),
            ));
            lines.extend(commands.map(|command| {
                Line::from(vec![
                    Span::styled(format!("  {:<16}", command.keys), look.theme.strong),
                    Span::styled(command.title.clone(), look.theme.text),
                ])
            }));
        }
        lines
    }
}

impl Prompt {
    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let wide = popup::centred(area, 66, 7).width.saturating_sub(2);
        let told = self.complaint.as_ref();
        let told = told.map_or_else(Vec::new, |told| text::wrap(told, usize::from(wide)));
        let help = self.question.help().iter();
        let help: Vec<String> = help
            .flat_map(|line| {
                if text::width(line) <= usize::from(wide) {
                    vec![(*line).to_owned()]
                } else {
                    text::wrap(line, usize::from(wide))
                }
            })
            .collect();
        let told_at = (help.len() as u16 + 1).max(4);
        let height = told_at + 3 + (told.len() as u16).saturating_sub(1);
        let inner = popup::draw(
            popup::centred(area, 66, height),
            &self.question.title(),
            buf,
            look,
        );
        let place = draw_input(inner, ">", &self.answer, self.question.hint(), buf, look);
        for (y, line) in help.into_iter().enumerate() {
            table::put(
                buf,
                inner,
                y as u16 + 1,
                &Line::styled(line, look.theme.dim),
                None,
            );
        }
        for (y, line) in (told_at..).zip(told) {
            table::put(buf, inner, y, &Line::styled(line, look.theme.bad), None);
        }
        place
    }
}
