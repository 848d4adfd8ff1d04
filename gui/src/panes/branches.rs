//! Branches, and two of them compared.

use egui::Ui;
use sim_core::desk::commands::Action;
use sim_core::desk::feed::Feed;
use sim_core::desk::format;
use sim_core::desk::request::{Question, Request};
use sim_core::view::Health;

use super::toolbar;
use crate::ask::{Ask, Cx};
use crate::sheet::{Cell, Column, Row, Sheet, Tone, numbers, plain, strong, weak, words};

const BRANCHES: [Column; 4] = [
    words("Branch", 110.0, 2.0),
    numbers("Taken at", 84.0),
    numbers("Now at", 84.0),
    numbers("By hand", 56.0),
];

/// A button to take one, and to compare the one that is shown with each other one.
pub(crate) fn buttons(ui: &mut Ui, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    toolbar(ui, |ui| {
        if ui
            .button("Branch here…")
            .on_hover_text("Try something else from now on (b)")
            .clicked()
        {
            cx.act(Action::Branch);
        }
        let Some(current) = feed.branches.iter().find(|it| it.is_current) else {
            return;
        };
        for other in feed.branches.iter().filter(|it| !it.is_current) {
            if ui.button(format!("Compare with {}", other.name)).clicked() {
                cx.request(Request::Compare(current.name.clone(), other.name.clone()));
            }
        }
        ui.menu_button("Rename", |ui| {
            for it in &feed.branches {
                if ui.button(&it.name).clicked() {
                    cx.ask(Ask::Question(Question::Rename(it.name.clone()), it.name.clone()));
                }
            }
        });
        ui.menu_button("Delete", |ui| {
            for it in feed.branches.iter().filter(|it| !it.is_current) {
                if ui.button(&it.name).clicked() {
                    cx.ask(Ask::Question(Question::Delete(it.name.clone()), String::new()));
                }
            }
        });
    });
}

/// Branches; a click shows one.
pub(crate) fn branches(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let rows = feed.branches.iter().map(|it| {
        let lead = match it.depth(&feed.branches).checked_sub(1) {
            Some(depth) => format!("{}└ ", "    ".repeat(depth)),
            None => String::new(),
        };
        let name = format!("{lead}{}", it.name);
        let name = if it.is_current {
            Cell::Words(name, Tone::Accent)
        } else {
            strong(name)
        };
        Row::asks(
            Request::Switch(it.name.clone()),
            vec![
                name,
                weak(format::clock(it.began_at)),
                plain(format::clock(it.now)),
                plain(it.n_done.to_string()),
            ],
        )
    });
    sheet.table("", &BRANCHES, rows.collect());
    sheet
}

const COMPARED: [Column; 4] = [
    words("Of", 100.0, 2.0),
    words("Left", 70.0, 1.0),
    words("Right", 70.0, 1.0),
    numbers("By", 60.0),
];

/// Which two are compared, and where they part.
pub(crate) fn compared_heading(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(compared) = &cx.feed.comparison else {
        return;
    };
    toolbar(ui, |ui| {
        ui.strong(&compared.left);
        ui.weak("against");
        ui.strong(&compared.right);
        let pair = || (compared.left.clone(), compared.right.clone());
        if ui
            .button("Again")
            .on_hover_text("Compare at the earlier of their presents")
            .clicked()
        {
            let (left, right) = pair();
            cx.asks.push(Ask::Lab(Request::Compare(left, right)));
        }
        if ui
            .button("Own ends")
            .on_hover_text("Compare each at its own present")
            .clicked()
        {
            let (left, right) = pair();
            cx.asks.push(Ask::Lab(Request::CompareEnds(left, right)));
        }
    });
    let words = compared.rows.parted_at.map_or_else(
        || "The same has happened in both.".to_owned(),
        |at| {
            format!(
                "They part at {}; what happens first on each:",
                format::instant(at)
            )
        },
    );
    let when = egui::RichText::new(compared.rows.when(&compared.left, &compared.right)).weak();
    for line in [when, words.into()] {
        ui.horizontal_top(|ui| {
            ui.add_space(8.0);
            ui.add(egui::Label::new(line).wrap());
        });
    }
    if compared.rows.parted_at.is_none() {
        return;
    }
    for (name, row) in [
        (&compared.left, &compared.rows.left),
        (&compared.right, &compared.rows.right),
    ] {
        let what = compared.rows.first(row.as_ref());
        ui.horizontal_top(|ui| {
            ui.add_space(20.0);
            ui.weak(format!("{name}:"));
            ui.add(egui::Label::new(what).wrap());
        });
    }
}

/// What two branches differ in.
pub(crate) fn compared(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let Some(compared) = &feed.comparison else {
        return sheet;
    };
    let mut all = compared.rows.differences.as_slice();
    while let Some(first) = all.first() {
        let n = all.iter().take_while(|it| it.aspect == first.aspect).count();
        let (these, rest) = all.split_at(n);
        let rows = these.iter().map(|it| {
            let [left, right, by] = format::sides(it);
            Row::new(vec![
                strong(&it.name),
                plain(left),
                Cell::Words(right, Tone::Accent),
                Cell::Words(by, Tone::Of(Health::Degraded)),
            ])
        });
        let headings = ["Of", &compared.left, &compared.right, "By"].map(str::to_owned);
        sheet.table_headed(first.aspect.title(), (&COMPARED, headings.into()), rows.collect());
        all = rest;
    }
    sheet
}
