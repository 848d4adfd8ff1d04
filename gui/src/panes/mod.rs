//! The panes of the window, one to a file or a few that belong together.

pub(crate) mod board;
pub(crate) mod branches;
pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod names;
pub(crate) mod plots;
pub(crate) mod preflight;
pub(crate) mod routing;
pub(crate) mod traffic;
pub(crate) mod tree;

use egui::Ui;

/// A row of buttons and words above the content of a pane.
pub(crate) fn toolbar(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(8.0);
        add(ui);
    });
    ui.add_space(2.0);
}
