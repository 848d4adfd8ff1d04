//! Launch and terminate jobs with what became of each server.

use ratatui::text::Line;
use sim_core::migrate::mgn::LaunchStatus;
use sim_core::view::Job;

use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::table::Column;
use crate::widgets::text;

/// Launch and terminate jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs;

const COLUMNS: [Column; 7] = [
    words("", 1, 0, 0),
    words("job", 14, 1, 0),
    words("of", 12, 1, 2),
    words("status", 10, 0, 0),
    numbers("launched", 8, 1),
    numbers("began", 12, 3),
    numbers("took", 8, 4),
];

fn cell(job: &Job, place: usize, width: u16, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(job.health);
    let launched = job
        .participating_servers
        .iter()
        .filter(|server| server.launch_status == LaunchStatus::Launched)
        .count();
    match place {
        0 => Line::styled(glyphs.mark(job.health), style),
        1 => Line::styled(
            text::fit_both_ends(&job.name, width.into(), glyphs.ellipsis),
            theme.strong,
        ),
        2 => Line::styled(job.initiated_by.to_string(), theme.text),
        3 => Line::styled(job.status.to_string(), style),
        4 => Line::styled(
            format!("{launched}/{}", job.participating_servers.len()),
            theme.text,
        ),
        5 => Line::styled(format::clock(job.started_at), theme.dim),
        _ => Line::styled(
            job.ended_at.map_or_else(
                || "running".to_owned(),
                |ended| format::span(ended - job.started_at),
            ),
            theme.dim,
        ),
    }
}

impl Listing for Jobs {
    const TITLE: &'static str = "Jobs";
    fn note(&self, cx: &Context<'_>) -> String {
        format::number(cx.feed.snapshot.jobs.len(), "job", "jobs")
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let jobs = &cx.feed.snapshot.jobs;
        let rows: Vec<&Job> = (jobs.iter())
            .filter(|job| sheet.holds(&[&job.name, &job.status.to_string()]))
            .collect();
        if rows.is_empty() {
            let words = match (cx.feed.snapshot.servers.is_empty(), sheet.is_filtered()) {
                (true, _) => "This lab migrates no servers, so MGN has no jobs.",
                (false, false) => "No job has begun yet.",
                (false, true) => "No job holds these letters.",
            };
            sheet.say(Line::styled(words, cx.look.theme.dim));
            return;
        }
        sheet.header(&COLUMNS, cx);
        for job in rows {
            let stands = Stands::For(Selection::Resource(job.id.into()));
            sheet.row(&COLUMNS, |column, width| cell(job, column, width, cx), stands, cx);
        }
    }
}
