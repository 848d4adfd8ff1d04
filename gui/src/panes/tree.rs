//! Everything that there is, as a tree of what holds what.

use std::collections::{BTreeMap, BTreeSet};

use egui::{RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use sim_core::desk::selection::Selection;
use sim_core::resource::ResourceRef;
use sim_core::view::{Health, Topology};

use crate::ask::Cx;
use crate::canvas::health_mark;
use crate::theme::Palette;

/// Height of a row.
const ROW: f32 = 22.0;
/// Width of what opens and closes something: what holds nothing has as much room there.
const ARROW: f32 = 20.0;
/// How far what is in something stands to the right of it.
const STEP: f32 = 16.0;

/// What the pane keeps from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct TreeState {
    /// What is closed.
    closed: BTreeSet<ResourceRef>,
}

/// A line of the tree.
struct Row<'a> {
    depth: u8,
    id: ResourceRef,
    words: &'a str,
    note: &'a str,
    health: Health,
    /// Whether something is in it.
    holds: bool,
}

/// Draws the tree.
pub(crate) fn ui(ui: &mut Ui, state: &mut TreeState, cx: &mut Cx<'_>) {
    let overview = &cx.feed.snapshot.overview;
    let lab = Row {
        depth: 0,
        id: ResourceRef::Lab,
        words: &overview.title,
        note: "",
        health: Health::Good,
        holds: false,
    };
    let topology = &cx.feed.snapshot.topology;
    let rows: Vec<Row<'_>> = core::iter::once(lab)
        .chain(all(topology, &state.closed))
        .collect();
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("tree")
        .auto_shrink(false)
        .show_rows(ui, ROW, rows.len(), |ui, visible| {
            for row in rows.get(visible).unwrap_or_default() {
                line(ui, row, state, cx);
            }
        });
}

/// The lines that are not hidden in something closed: boxes with what is in them, what stands in none, and links.
fn all<'a>(topology: &'a Topology, closed: &BTreeSet<ResourceRef>) -> Vec<Row<'a>> {
    let mut boxes: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (place, container) in topology.containers.iter().enumerate() {
        boxes.entry(container.parent).or_default().push(place);
    }
    let mut nodes: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (place, node) in topology.nodes.iter().enumerate() {
        nodes.entry(node.parent).or_default().push(place);
    }
    let mut rows = Vec::new();
    inside(topology, (&boxes, &nodes), closed, (None, 0), &mut rows);
    let links = topology.links.iter().filter(|link| link.is_line());
    rows.extend(links.map(|link| Row {
        depth: 0,
        id: link.id,
        words: &link.name,
        note: &link.state,
        health: link.health,
        holds: false,
    }));
    rows
}

/// Places by what they are in.
type ByParent = BTreeMap<Option<usize>, Vec<usize>>;

fn inside<'a>(
    topology: &'a Topology,
    (boxes, nodes): (&ByParent, &ByParent),
    closed: &BTreeSet<ResourceRef>,
    (parent, depth): (Option<usize>, u8),
    rows: &mut Vec<Row<'a>>,
) {
    for &place in boxes.get(&parent).into_iter().flatten() {
        let Some(container) = topology.containers.get(place) else {
            continue;
        };
        rows.push(Row {
            depth,
            id: container.id,
            words: &container.name,
            note: &container.caption,
            health: container.health,
            holds: boxes.contains_key(&Some(place)) || nodes.contains_key(&Some(place)),
        });
        if !closed.contains(&container.id) {
            let within = (Some(place), depth.saturating_add(1));
            inside(topology, (boxes, nodes), closed, within, rows);
        }
    }
    for node in nodes
        .get(&parent)
        .into_iter()
        .flatten()
        .filter_map(|&it| topology.nodes.get(it))
    {
        rows.push(Row {
            depth,
            id: node.id,
            words: &node.name,
            note: node.kind.as_str(),
            health: node.health,
            holds: false,
        });
    }
}

fn line(ui: &mut Ui, row: &Row<'_>, state: &mut TreeState, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(STEP.mul_add(f32::from(row.depth), 4.0));
        let is_open = !state.closed.contains(&row.id);
        if row.holds {
            let sign = if is_open { "⏷" } else { "⏵" };
            let padding = core::mem::replace(&mut ui.spacing_mut().button_padding.x, 1.0);
            let arrow = ui.add_sized(vec2(ARROW, ROW - 4.0), egui::Button::new(sign).small());
            ui.spacing_mut().button_padding.x = padding;
            let told = format!("{} {}", if is_open { "Close" } else { "Open" }, row.words);
            arrow.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &told));
            if arrow.clicked() {
                if is_open {
                    state.closed.insert(row.id);
                } else {
                    state.closed.remove(&row.id);
                }
            }
        } else {
            ui.allocate_exact_size(vec2(ARROW, ROW - 4.0), Sense::hover());
        }
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
        let palette = Palette::of(ui.visuals());
        health_mark(ui.painter(), &palette, row.health, rect.center(), 4.5);
        let is_selected = cx.selected == Selection::Resource(row.id);
        if ui.selectable_label(is_selected, row.words).clicked() {
            cx.select(Selection::Resource(row.id));
        }
        ui.label(RichText::new(row.note).weak());
    });
}
