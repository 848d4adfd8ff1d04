//! Names: who answers for which, and what was answered last.

use ratatui::text::Line;
use sim_core::view::{NameAnswer, NameRow, NameSource};

use super::flows::blank;
use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::table::Column;

/// Names.
#[derive(Debug, Default)]
pub(super) struct Dns;

const ROWS: [Column; 5] = [
    words("", 1, 0, 0),
    words("name", 14, 1, 0),
    words("for", 16, 1, 0),
    words("answered by", 22, 3, 1),
    words("serves", 12, 1, 2),
];

const ANSWERS: [Column; 5] = [
    words("", 1, 0, 0),
    words("last answers", 16, 1, 0),
    words("name", 24, 3, 0),
    words("answer", 16, 2, 0),
    numbers("at", 9, 1),
];

fn row_cell(row: &NameRow, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(row.health);
    match place {
        0 => Line::styled(glyphs.mark(row.health), style),
        1 => Line::styled(row.name.clone(), theme.strong),
        2 => Line::styled(row.answers_for.clone(), theme.text),
        3 => Line::styled(row.leads_to.clone(), theme.text),
        _ => Line::styled(row.serves.clone(), theme.dim),
    }
}

fn answer_cell(answer: &NameAnswer, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(answer.health);
    match place {
        0 => Line::styled(glyphs.mark(answer.health), style),
        1 => Line::styled(answer.asked_by.clone(), theme.strong),
        2 => Line::styled(answer.name.clone(), theme.text),
        3 => Line::styled(answer.said.clone(), style),
        _ => Line::styled(format::brief(answer.at), theme.dim),
    }
}

impl Listing for Dns {
    const TITLE: &'static str = "DNS";
    fn note(&self, cx: &Context<'_>) -> String {
        let failed = cx.feed.names.answers.iter();
        match failed.filter(|it| it.name.is_empty()).count() {
            0 => String::new(),
            n => format!("{n} failed"),
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let theme = &cx.look.theme;
        let names = &cx.feed.names;
        for source in NameSource::ALL {
            let rows = names.rows.iter().filter(|row| row.source == source);
            let rows: Vec<&NameRow> = rows
                .filter(|row| sheet.holds(&[&row.name, &row.answers_for, &row.leads_to, &row.serves]))
                .collect();
            if rows.is_empty() {
                continue;
            }
            sheet.heading(Line::styled(source.title(), theme.accent));
            sheet.header(&ROWS, cx);
            for row in rows {
                let stands = Stands::For(Selection::Resource(row.id));
                sheet.row(&ROWS, |column, _| row_cell(row, column, cx), stands, cx);
            }
        }
        let answers: Vec<&NameAnswer> = (names.answers.iter())
            .filter(|it| sheet.holds(&[&it.asked_by, &it.name, &it.said]))
            .collect();
        if !answers.is_empty() {
            blank(sheet);
            sheet.header(&ANSWERS, cx);
        }
        for answer in answers {
            let stands = Stands::For(Selection::Record(answer.record));
            sheet.row(&ANSWERS, |column, _| answer_cell(answer, column, cx), stands, cx);
        }
        if sheet.is_empty() {
            let words = if sheet.is_filtered() {
                "Nothing about names holds these letters."
            } else {
                "Nothing in this lab answers for names."
            };
            sheet.say(Line::styled(words, theme.dim));
        }
    }
}
