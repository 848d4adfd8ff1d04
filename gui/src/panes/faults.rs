//! Faults that last and that were done; jobs of the migration service; what the lab expects.

use egui::Ui;
use sim_core::desk::commands::Action;
use sim_core::desk::feed::Feed;
use sim_core::desk::format;
use sim_core::desk::request::Request;
use sim_core::desk::selection::Selection;
use sim_core::fault;
use sim_core::migrate::mgn::LaunchStatus;
use sim_core::view::Health;

use super::toolbar;
use crate::ask::Cx;
use crate::sheet::{Column, Row, Sheet, Tone, marked, numbers, plain, state, strong, weak, words};

const ACTIVE: [Column; 4] = [
    words("Lasts", 130.0, 1.0),
    words("Of", 110.0, 1.0),
    numbers("Since", 84.0),
    words("Heals", 90.0, 1.0),
];

const DONE: [Column; 3] = [
    numbers("At", 84.0),
    words("What was done", 150.0, 3.0),
    words("To", 110.0, 1.0),
];

/// Buttons to break something, and to take it back.
pub(crate) fn buttons(ui: &mut Ui, cx: &mut Cx<'_>) {
    toolbar(ui, |ui| {
        if ui
            .button("Inject a fault…")
            .on_hover_text("What can be broken (i)")
            .clicked()
        {
            cx.act(Action::Faults);
        }
        if ui
            .button("Edit the lab…")
            .on_hover_text("A route, a rule, a timer (e)")
            .clicked()
        {
            cx.act(Action::Change);
        }
        if ui
            .button("Undo")
            .on_hover_text("Take back what was done by hand last (U)")
            .clicked()
        {
            cx.act(Action::Undo);
        }
    });
}

/// Faults.
pub(crate) fn faults(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let active = feed.injected.iter().map(|it| {
        let heals = it
            .heals_at
            .map_or_else(|| "click heals it".to_owned(), format::clock);
        let mut row = Row::asks(
            Request::Heal(it.choice.clone(), it.at),
            vec![
                marked(Health::Failed, it.choice.kind),
                strong(&it.choice.target),
                plain(format::clock(it.at)),
                weak(heals),
            ],
        );
        if let Some(kind) = fault::kind(it.choice.kind) {
            row.note("", kind.title, Tone::Weak);
        }
        row
    });
    sheet.table("", &ACTIVE, active.collect());
    let done = feed.snapshot.faults.iter().rev().map(|it| {
        Row::of(
            Selection::Resource(it.about),
            vec![weak(format::clock(it.at)), plain(&it.what), strong(&it.target)],
        )
    });
    sheet.table("What was done so far, the last first", &DONE, done.collect());
    sheet
}

const JOBS: [Column; 6] = [
    words("Job", 120.0, 1.0),
    words("Of", 90.0, 1.0),
    words("Status", 90.0, 0.0),
    numbers("Launched", 66.0),
    numbers("Began", 84.0),
    numbers("Took", 70.0),
];

/// Launch and terminate jobs.
pub(crate) fn jobs(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let rows = feed.snapshot.jobs.iter().map(|job| {
        let servers = &job.participating_servers;
        let launched = servers
            .iter()
            .filter(|it| it.launch_status == LaunchStatus::Launched);
        let took = job
            .ended_at
            .map_or_else(|| "running".to_owned(), |end| format::span(end - job.started_at));
        Row::of(
            Selection::Resource(job.id.into()),
            vec![
                marked(job.health, &job.name),
                plain(job.initiated_by.to_string()),
                state(job.status.to_string(), job.health),
                plain(format!("{}/{}", launched.count(), servers.len())),
                weak(format::clock(job.started_at)),
                weak(took),
            ],
        )
    });
    sheet.table("", &JOBS, rows.collect());
    sheet
}

const GOALS: [Column; 2] = [
    words("Expected", 160.0, 2.0),
    words("As things stand", 110.0, 1.0),
];

/// What the lab expects.
pub(crate) fn goals(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let rows = feed.snapshot.goals.iter().map(|goal| {
        let (health, words) = match (goal.holds, goal.not_yet) {
            (true, _) => (Health::Good, "holds"),
            (false, true) => (Health::Working, "not yet"),
            (false, false) => (Health::Failed, "fails"),
        };
        let mut row = Row::new(vec![marked(health, &goal.name), state(words, health)]);
        if !goal.detail.is_empty() {
            row.note("", &goal.detail, Tone::Weak);
        }
        row
    });
    sheet.table("", &GOALS, rows.collect());
    sheet
}
