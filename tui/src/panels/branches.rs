//! Branches of the session as a tree: where each was taken, where it is, what was done on it.

use ratatui::text::{Line, Span};
use sim_core::desk::request::Question;
use sim_core::units::{self, SimTime};

use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::app::Request;
use crate::feed::Branch;
use crate::format;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Outcome};
use crate::widgets::table::Column;

/// Branches of the session.
#[derive(Debug, Default)]
pub(super) struct Branches;

const COMPARE: u8 = 0;
const RENAME: u8 = 1;
const DELETE: u8 = 2;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(COMPARE), [letter('c')], Here, "Compare the branch with the one that is shown", "compare";
    Action::Local(RENAME), [letter('r')], Here, "Rename the branch", "rename";
    Action::Local(DELETE), [letter('x')], Here, "Delete the branch", "delete";
};

const COLUMNS: [Column; 5] = [
    words("branch", 20, 3, 0),
    numbers("taken at", 13, 1),
    numbers("now at", 13, 0),
    numbers("done by hand", 12, 2),
    words("", 16, 2, 3),
];

/// To the millisecond on the first day, to the second after it: a whole instant says more than one that is cut.
fn instant(at: SimTime) -> String {
    if at.since_start() < units::Span::days(1) {
        format::instant(at)
    } else {
        format::clock(at)
    }
}

fn cell(branch: &Branch, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    match place {
        0 => {
            let depth = branch.depth(&cx.feed.branches);
            let lead = match depth.checked_sub(1) {
                Some(depth) => format!("{}{} ", "  ".repeat(depth), glyphs.because),
                None => String::new(),
            };
            let style = if branch.is_current {
                theme.accent
            } else {
                theme.strong
            };
            Line::from(vec![
                Span::styled(lead, theme.dim),
                Span::styled(branch.name.clone(), style),
            ])
        }
        1 => Line::styled(instant(branch.began_at), theme.dim),
        2 => Line::styled(instant(branch.now), theme.text),
        3 => Line::styled(branch.n_done.to_string(), theme.text),
        _ if branch.is_current => Line::styled("shown", theme.accent),
        _ => Line::styled("Enter shows it", theme.dim),
    }
}

impl Listing for Branches {
    const TITLE: &'static str = "Branches";
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn note(&self, cx: &Context<'_>) -> String {
        format::number(cx.feed.branches.len(), "branch", "branches")
    }
    fn act(&mut self, action: Action, at: Option<&Stands>, cx: &Context<'_>) -> Outcome {
        let current = cx.feed.branches.iter().find(|it| it.is_current);
        match (action, at, current) {
            (Action::Local(COMPARE), Some(Stands::Ask(Request::Switch(name))), Some(current)) => {
                let other = if *name == current.name {
                    current.from.clone()
                } else {
                    Some(name.clone())
                };
                other.map_or(Outcome::Done, |other| {
                    Outcome::Ask(Request::Compare(current.name.clone(), other))
                })
            }
            (Action::Local(RENAME), Some(Stands::Ask(Request::Switch(name))), _) => {
                Outcome::Question(Question::Rename(name.clone()), name.clone())
            }
            (Action::Local(DELETE), Some(Stands::Ask(Request::Switch(name))), _) => {
                Outcome::Question(Question::Delete(name.clone()), String::new())
            }
            _ => Outcome::Ignored,
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        sheet.header(&COLUMNS, cx);
        for branch in &cx.feed.branches {
            if sheet.holds(&[&branch.name]) {
                let stands = Stands::Ask(Request::Switch(branch.name.clone()));
                sheet.row(&COLUMNS, |column, _| cell(branch, column, cx), stands, cx);
            }
        }
        if cx.feed.branches.len() < 2 {
            sheet.say(Line::default());
            let words = "b takes a branch at the present instant: try something else on it, and compare.";
            sheet.say(Line::styled(words, cx.look.theme.dim));
        }
    }
}
