//! What the lab expects to come true, and whether it holds as things stand.

use ratatui::text::{Line, Span};
use sim_core::view::Health;

use super::sheet::{Listing, Sheet, Stands};
use crate::panel::Context;
use crate::selection::Selection;

/// What the lab expects.
#[derive(Debug, Default)]
pub(super) struct Goals;

impl Listing for Goals {
    const TITLE: &'static str = "Expectations";
    fn note(&self, cx: &Context<'_>) -> String {
        let goals = &cx.feed.snapshot.goals;
        let held = goals.iter().filter(|goal| goal.holds).count();
        format!("{held} of {} hold", goals.len())
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let overview = &cx.feed.snapshot.overview;
        sheet.explain(Line::styled("teaches ", theme.dim), &overview.teaches, cx);
        for goal in &cx.feed.snapshot.goals {
            if !sheet.holds(&[&goal.name, &goal.detail]) {
                continue;
            }
            let (sign, style, yet) = match (goal.holds, goal.not_yet) {
                (true, _) => (glyphs.yes, theme.good, ""),
                (false, true) => (glyphs.mark(Health::Working), theme.warning, "  not yet"),
                (false, false) => (glyphs.no, theme.bad, ""),
            };
            let line = Line::from(vec![
                Span::styled(format!("{sign} "), style),
                Span::styled(goal.name.clone(), theme.strong),
                Span::styled(yet, theme.warning),
            ]);
            sheet.say(Line::default());
            sheet.offer(line, Stands::For(Selection::default()));
            if !goal.detail.is_empty() {
                sheet.explain(Line::raw("  "), &goal.detail, cx);
            }
        }
        if cx.feed.snapshot.goals.is_empty() {
            sheet.say(Line::default());
            sheet.say(Line::styled("This lab expects nothing.", theme.dim));
        }
    }
}
