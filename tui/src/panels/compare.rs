//! Two branches, at one instant or each at its own: where they parted, and in what they differ.

use ratatui::text::{Line, Span};
use sim_core::view::Difference;

use super::sheet::{Listing, Sheet, Stands, words};
use crate::app::Request;
use crate::feed::Compared;
use crate::format;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Outcome};
use crate::widgets::table::{Align, Column};

/// Two branches at one instant.
#[derive(Debug, Default)]
pub(super) struct Compare;

const AGAIN: u8 = 0;
const ENDS: u8 = 1;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(AGAIN), [letter('p')], Here, "Compare again at the earlier of their presents", "again";
    Action::Local(ENDS), [letter('o')], Here, "Compare again, each at its own present", "own ends";
};

fn cell(row: &Difference, place: usize, cx: &Context<'_>) -> Line<'static> {
    let theme = &cx.look.theme;
    let [left, right, by] = format::sides(row);
    match place {
        0 => Line::styled(row.name.clone(), theme.strong),
        1 => Line::styled(left, theme.text),
        2 => Line::styled(right, theme.accent),
        _ => Line::styled(by, theme.warning),
    }
}

/// What happened first on one side only.
fn first(name: &str, words: String, cx: &Context<'_>) -> Line<'static> {
    let theme = &cx.look.theme;
    Line::from(vec![
        Span::styled(format!("  {name}: "), theme.dim),
        Span::styled(words, theme.text),
    ])
}

impl Compare {
    fn rows(compared: &Compared, sheet: &mut Sheet, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let rows = &compared.rows;
        sheet.say(Line::from(vec![
            Span::styled(compared.left.clone(), theme.strong),
            Span::styled(format!(" {} ", glyphs.against), theme.dim),
            Span::styled(compared.right.clone(), theme.accent),
            Span::styled(
                format!("  {}", rows.when(&compared.left, &compared.right)),
                theme.dim,
            ),
        ]));
        let Some(parted_at) = rows.parted_at else {
            sheet.say(Line::styled("The same has happened in both.", theme.good));
            return;
        };
        sheet.say(Line::from(vec![
            Span::styled("They part at ", theme.text),
            Span::styled(format::instant(parted_at), theme.strong),
            Span::styled("; what happens first on each:", theme.text),
        ]));
        for (name, row) in [(&compared.left, &rows.left), (&compared.right, &rows.right)] {
            let line = first(name, rows.first(row.as_ref()), cx);
            sheet.say(line);
        }
        let mut aspect = None;
        for row in &rows.differences {
            if !sheet.holds(&[&row.name, row.aspect.title()]) {
                continue;
            }
            let columns = [
                words(row.aspect.title(), 18, 2, 0),
                words(&compared.left, 14, 2, 0),
                words(&compared.right, 14, 2, 0),
                Column::new("by", 10, 0, 1, Align::Right),
            ];
            if aspect != Some(row.aspect) {
                aspect = Some(row.aspect);
                sheet.say(Line::default());
                sheet.header(&columns, cx);
            }
            let pair = (compared.left.clone(), compared.right.clone());
            let again = match rows.right_at {
                Some(_) => Request::CompareEnds(pair.0, pair.1),
                None => Request::Compare(pair.0, pair.1),
            };
            sheet.row(
                &columns,
                |column, _| cell(row, column, cx),
                Stands::Ask(again),
                cx,
            );
        }
        if rows.differences.is_empty() {
            sheet.say(Line::default());
            let words = "What happened since they parted left no difference that lasts.";
            sheet.say(Line::styled(words, theme.good));
        }
    }
}

impl Listing for Compare {
    const TITLE: &'static str = "Compare";
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let compared = cx.feed.comparison.as_ref();
        compared.map_or(String::new(), |it| {
            format::number(it.rows.differences.len(), "difference", "differences")
        })
    }
    fn act(&mut self, action: Action, _at: Option<&Stands>, cx: &Context<'_>) -> Outcome {
        match (action, &cx.feed.comparison) {
            (Action::Local(AGAIN), Some(it)) => {
                Outcome::Ask(Request::Compare(it.left.clone(), it.right.clone()))
            }
            (Action::Local(ENDS), Some(it)) => {
                Outcome::Ask(Request::CompareEnds(it.left.clone(), it.right.clone()))
            }
            _ => Outcome::Ignored,
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        if let Some(compared) = &cx.feed.comparison {
            Self::rows(compared, sheet, cx);
            return;
        }
        let theme = &cx.look.theme;
        let taken = cx.feed.branches.iter();
        let pairs: Vec<_> = taken
            .filter_map(|it| Some((it.from.clone()?, it.name.clone())))
            .collect();
        let lines: &[&str] = if pairs.is_empty() {
            &["Nothing is compared yet.", "One branch so far: b takes another."]
        } else {
            &["Nothing is compared yet. Enter compares:"]
        };
        for line in lines {
            sheet.say(Line::styled(*line, theme.dim));
        }
        let columns = [words("", 40, 0, 0)];
        for (from, name) in pairs {
            let line = Line::from(vec![
                Span::styled(from.clone(), theme.strong),
                Span::styled(format!(" {} ", cx.look.glyphs.against), theme.dim),
                Span::styled(name.clone(), theme.accent),
            ]);
            let compare = Request::Compare(from, name);
            sheet.row(&columns, |_, _| line.clone(), Stands::Ask(compare), cx);
        }
    }
}
