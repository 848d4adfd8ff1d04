//! Everything that there is, as a tree of what holds what.

use egui::collapsing_header::CollapsingState;
use egui::{RichText, ScrollArea, Sense, Ui, vec2};
use sim_core::desk::selection::Selection;
use sim_core::resource::ResourceRef;
use sim_core::view::{Health, Topology};

use crate::ask::Cx;
use crate::canvas::health_mark;
use crate::theme::Palette;

/// Draws the tree.
pub(crate) fn ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let topology = &cx.feed.snapshot.topology;
    ScrollArea::vertical()
        .id_salt("tree")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.add_space(6.0);
            let title = cx.feed.snapshot.overview.title.clone();
            name(ui, ResourceRef::Lab, &title, "", Health::Good, cx);
            inside(ui, topology, None, cx);
            let links: Vec<_> = topology.links.iter().filter(|link| link.is_line()).collect();
            if !links.is_empty() {
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    ui.add_space(10.0);
                    ui.strong("Links");
                });
                for link in links {
                    name(ui, link.id, &link.name, &link.state, link.health, cx);
                }
            }
        });
}

fn inside(ui: &mut Ui, topology: &Topology, parent: Option<usize>, cx: &mut Cx<'_>) {
    for (place, container) in topology.containers_in(parent) {
        let id = ui.make_persistent_id(("container", place));
        let state = CollapsingState::load_with_default_open(ui.ctx(), id, true);
        state
            .show_header(ui, |ui| {
                name(
                    ui,
                    container.id,
                    &container.name,
                    &container.caption,
                    container.health,
                    cx,
                );
            })
            .body(|ui| inside(ui, topology, Some(place), cx));
    }
    for (_, node) in topology.nodes_in(parent) {
        name(ui, node.id, &node.name, node.kind.as_str(), node.health, cx);
    }
}

fn name(ui: &mut Ui, id: ResourceRef, words: &str, note: &str, health: Health, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        ui.add_space(6.0);
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
        health_mark(
            ui.painter(),
            &Palette::of(ui.visuals()),
            health,
            rect.center(),
            4.5,
        );
        let is_selected = cx.selected == Selection::Resource(id);
        if ui.selectable_label(is_selected, words).clicked() {
            cx.select(Selection::Resource(id));
        }
        ui.label(RichText::new(note).weak());
    });
}
