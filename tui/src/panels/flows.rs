//! Links with what they carry, and the bulk flows that share them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::resource::ResourceRef;

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{bar, table, text};

/// Links and flows.
#[derive(Debug, Default)]
pub(super) struct Flows {
    cursor: Cursor,
    filter: String,
}

/// A line and what it stands for.
type Row = (ResourceRef, Line<'static>);

impl Flows {
    fn rows(&self, cx: &Context<'_>) -> Vec<Row> {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let snapshot = &cx.feed.snapshot;
        // What is joined to a gateway has no rate of its own.
        let links = snapshot.topology.links.iter().filter(|link| !link.rate.is_zero());
        let links = links.map(|link| {
            let style = theme.health(link.health);
            let mut spans = vec![
                Span::styled(format!("{} ", glyphs.mark(link.health)), style),
                Span::styled(link.name.clone(), theme.strong),
                Span::styled(format!("  {}  ", link.state), style),
            ];
            spans.extend(bar::line(link.utilisation, 12, (theme.accent, theme.dim), glyphs));
            spans.push(Span::styled(
                format!(
                    " {:>4}  {} of {}",
                    format::percent(link.utilisation),
                    format::rate(link.load),
                    format::rate(link.rate)
                ),
                theme.text,
            ));
            (link.id, Line::from(spans))
        });
        let flows = snapshot.flows.iter().map(|flow| {
            let spans = vec![
                Span::styled(format!("{} {} {}", flow.from, glyphs.arrow, flow.to), theme.text),
                Span::styled(format!("  {}", format::rate(flow.rate)), theme.accent),
                Span::styled(format!("  via {}", flow.path.join(", ")), theme.dim),
            ];
            (flow.id.into(), Line::from(spans))
        });
        let wanted = self.filter.to_lowercase();
        links
            .chain(flows)
            .filter(|(_, line)| wanted.is_empty() || line.to_string().to_lowercase().contains(&wanted))
            .collect()
    }
}

impl Panel for Flows {
    fn title(&self) -> &'static str {
        "Flows"
    }
    fn home(&self) -> Home {
        Home::Below
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        format!("{} flows", cx.feed.snapshot.flows.len())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let rows = self.rows(cx);
        let window = self.cursor.window(rows.len(), usize::from(area.height));
        for (y, place) in window.enumerate() {
            let Some((_, line)) = rows.get(place) else { break };
            let line = text::fit_line(line.clone(), usize::from(area.width), cx.look.glyphs.ellipsis);
            let over = (place == self.cursor.row() && cx.focused).then_some(cx.look.theme.cursor);
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        let here = |cursor: &Cursor| rows.get(cursor.row()).map(|(id, _)| Selection::Resource(*id));
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                here(&self.cursor).map_or(Outcome::Done, Outcome::Select)
            }
            Action::Enter => here(&self.cursor).map_or(Outcome::Done, Outcome::Look),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        let Some(place) = self.cursor.at_line(usize::from(at.y), rows.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(place);
        rows.get(place)
            .map_or(Outcome::Done, |(id, _)| Outcome::Select(Selection::Resource(*id)))
    }
}
