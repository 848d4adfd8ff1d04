//! What was broken: what lasts and can be healed, and all that was done so far, planned or by hand.

use ratatui::text::Line;
use sim_core::fault;
use sim_core::view::{Fault, Health};

use super::flows::blank;
use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::app::Request;
use crate::format;
use crate::injection::Injected;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::table::Column;

/// Faults, active and past.
#[derive(Debug, Default)]
pub(super) struct Faults;

const ACTIVE: [Column; 6] = [
    words("", 1, 0, 0),
    words("active", 16, 1, 0),
    words("of", 14, 1, 0),
    numbers("since", 12, 1),
    numbers("heals", 14, 0),
    words("what it stands for", 24, 3, 2),
];

const PAST: [Column; 4] = [
    words("", 1, 0, 0),
    numbers("at", 12, 0),
    words("what was done", 24, 3, 0),
    words("to", 14, 1, 0),
];

fn active_cell(it: &Injected, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    match place {
        0 => Line::styled(glyphs.mark(Health::Failed), theme.bad),
        1 => Line::styled(it.choice.kind, theme.bad),
        2 => Line::styled(it.choice.target.clone(), theme.strong),
        3 => Line::styled(format::clock(it.at), theme.text),
        4 => match it.heals_at {
            Some(at) => Line::styled(format::clock(at), theme.text),
            None => Line::styled("Enter heals it", theme.accent),
        },
        _ => {
            let kind = fault::kind(it.choice.kind);
            Line::styled(kind.map_or("", |kind| kind.title), theme.dim)
        }
    }
}

fn past_cell(fault: &Fault, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    match place {
        0 => Line::styled(glyphs.dot, theme.dim),
        1 => Line::styled(format::clock(fault.at), theme.dim),
        2 => Line::styled(fault.what.clone(), theme.text),
        _ => Line::styled(fault.target.clone(), theme.strong),
    }
}

impl Listing for Faults {
    const TITLE: &'static str = "Faults";
    fn note(&self, cx: &Context<'_>) -> String {
        let done = cx.feed.snapshot.faults.len();
        match cx.feed.injected.len() {
            0 => format!("{done} done"),
            n => format!("{n} active, {done} done"),
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let theme = &cx.look.theme;
        let active: Vec<&Injected> = (cx.feed.injected.iter())
            .filter(|it| sheet.holds(&[it.choice.kind, &it.choice.target]))
            .collect();
        if !active.is_empty() {
            sheet.header(&ACTIVE, cx);
        }
        for it in active {
            let stands = Stands::Ask(Request::Heal(it.choice.clone(), it.at));
            sheet.row(&ACTIVE, |column, _| active_cell(it, column, cx), stands, cx);
        }
        let past: Vec<&Fault> = (cx.feed.snapshot.faults.iter().rev())
            .filter(|it| sheet.holds(&[&it.what, &it.target]))
            .collect();
        if !past.is_empty() {
            blank(sheet);
            sheet.header(&PAST, cx);
        }
        for it in past {
            let stands = Stands::For(Selection::Resource(it.about));
            sheet.row(&PAST, |column, _| past_cell(it, column, cx), stands, cx);
        }
        if sheet.is_empty() {
            let words = if sheet.is_filtered() {
                "No fault holds these letters."
            } else {
                "Nothing was broken yet: i lists what can be, f what of the selected thing can be."
            };
            sheet.say(Line::styled(words, theme.dim));
        }
    }
}
