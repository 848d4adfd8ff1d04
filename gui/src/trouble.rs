//! What is wrong with a file, in place: each mistake with its line, its column and the way out, while the last good lab goes on.

use egui::{Align2, Label, RichText, ScrollArea, Ui};
use sim_core::scenario::{Diagnostic, Severity, Texts};
use sim_core::view::Health;

use crate::front::Trouble;
use crate::theme::Palette;

/// Mistakes that are told of at once.
const MOST: usize = 30;

/// Draws it; false once it was closed.
pub(crate) fn ui(ui: &Ui, trouble: &Trouble) -> bool {
    let mut is_open = true;
    let mut stays = true;
    egui::Window::new(format!("{} is wrong", trouble.file))
        .id(egui::Id::unique("trouble"))
        .open(&mut is_open)
        .anchor(Align2::CENTER_TOP, [0.0, 70.0])
        .default_width(660.0)
        .collapsible(false)
        .show(ui.ctx(), |ui| {
            ui.weak("The last good lab goes on. It is read again as soon as the file changes.");
            if trouble.diagnostics.is_empty() {
                ui.add(Label::new(&trouble.words).wrap());
            }
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                for diagnostic in trouble.diagnostics.iter().take(MOST) {
                    one(ui, diagnostic, &trouble.texts);
                }
                if trouble.diagnostics.len() > MOST {
                    ui.weak(format!("and {} more", trouble.diagnostics.len() - MOST));
                }
            });
            stays = !ui.button("Close").clicked();
        });
    is_open && stays
}

fn one(ui: &mut Ui, diagnostic: &Diagnostic, texts: &Texts) {
    let palette = Palette::of(ui.visuals());
    let color = palette.health(match diagnostic.severity {
        Severity::Error => Health::Failed,
        Severity::Warning => Health::Degraded,
    });
    ui.add_space(8.0);
    let label = diagnostic.labels.first();
    let place = label.map_or(String::new(), |label| {
        format!("line {}, column {}: ", label.line, label.column)
    });
    let words = RichText::new(format!("{place}{}", diagnostic.message)).color(color);
    ui.add(Label::new(words).wrap());
    if let (Some(label), Some(text)) = (label, texts.get(&diagnostic.file)) {
        let line = text.lines().nth(label.line.saturating_sub(1)).unwrap_or_default();
        ui.add(Label::new(RichText::new(line).monospace()).truncate());
        let before = " ".repeat(label.column.saturating_sub(1));
        let carets = "^".repeat(
            text.get(label.span.clone())
                .map_or(1, |it| it.chars().count().clamp(1, 60)),
        );
        let under = RichText::new(format!("{before}{carets} {}", label.text))
            .monospace()
            .color(color);
        ui.add(Label::new(under).truncate());
    }
    if let Some(help) = &diagnostic.help {
        ui.add(Label::new(RichText::new(help).color(palette.health(Health::Good))).wrap());
    }
}
