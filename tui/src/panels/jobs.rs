//! Launch and terminate jobs with what became of each server.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::migrate::mgn::LaunchStatus;

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// Launch and terminate jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    cursor: Cursor,
}

impl Panel for Jobs {
    fn title(&self) -> &'static str {
        "Jobs"
    }
    fn home(&self) -> Home {
        Home::Below
    }
    fn note(&self, cx: &Context<'_>) -> String {
        format!("{} jobs", cx.feed.snapshot.jobs.len())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let jobs = &cx.feed.snapshot.jobs;
        let window = self.cursor.window(jobs.len(), usize::from(area.height));
        for (y, place) in window.enumerate() {
            let Some(job) = jobs.get(place) else { break };
            let launched = job
                .participating_servers
                .iter()
                .filter(|server| server.launch_status == LaunchStatus::Launched)
                .count();
            let ended = job.ended_at.map_or_else(
                || "running".to_owned(),
                |ended| format!("took {}", format::span(ended - job.started_at)),
            );
            let line = Line::from(vec![
                Span::styled(format!("{} ", format::clock(job.started_at)), theme.dim),
                Span::styled(format!("{} ", glyphs.mark(job.health)), theme.health(job.health)),
                Span::styled(format!("{}  ", job.name), theme.strong),
                Span::styled(format!("{}  {}  ", job.initiated_by, job.status), theme.text),
                Span::styled(
                    format!("{launched}/{} launched", job.participating_servers.len()),
                    theme.text,
                ),
                Span::styled(format!("  {ended}"), theme.dim),
            ]);
            let line = text::fit_line(line, usize::from(area.width), glyphs.ellipsis);
            let over = (place == self.cursor.row() && cx.focused).then_some(theme.cursor);
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
        }
        if jobs.is_empty() {
            table::put(
                buf,
                area,
                0,
                &Line::styled("no job has begun yet", theme.dim),
                None,
            );
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let jobs = &cx.feed.snapshot.jobs;
        let here = |cursor: &Cursor| {
            jobs.get(cursor.row())
                .map(|job| Selection::Resource(job.id.into()))
        };
        match action {
            Action::Go(how) => {
                self.cursor.go(how, jobs.len());
                here(&self.cursor).map_or(Outcome::Done, Outcome::Select)
            }
            Action::Enter => here(&self.cursor).map_or(Outcome::Done, Outcome::Look),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let jobs = &cx.feed.snapshot.jobs;
        let Some(place) = self.cursor.at_line(usize::from(at.y), jobs.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(place);
        jobs.get(place).map_or(Outcome::Done, |job| {
            Outcome::Select(Selection::Resource(job.id.into()))
        })
    }
}
