//! The migration board: servers as cards that move through the columns of the life cycle, set apart by wave.

use egui::{
    Align, Align2, CornerRadius, Id, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, Stroke,
    StrokeKind, TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use sim_core::desk::format;
use sim_core::desk::request::Request;
use sim_core::desk::selection::Selection;
use sim_core::migrate::mgn::LifeCycleState;
use sim_core::units::{BitRate, DataSize};
use sim_core::view::{Server, Wave};

use super::toolbar;
use crate::ask::{Ask, Cx};
use crate::canvas::health_mark;
use crate::sheet::cut;
use crate::theme::{Palette, part};

/// The columns: no agent yet, then the states of the life cycle in their order.
const COLUMNS: [(&str, &[LifeCycleState]); 7] = [
    ("No agent yet", &[]),
    (
        "Not ready",
        &[
            LifeCycleState::NotReady,
            LifeCycleState::Stopped,
            LifeCycleState::Disconnected,
        ],
    ),
    ("Ready for test", &[LifeCycleState::ReadyForTest]),
    ("Testing", &[LifeCycleState::Testing]),
    ("Ready for cutover", &[LifeCycleState::ReadyForCutover]),
    ("Cutting over", &[LifeCycleState::CuttingOver]),
    ("Cut over", &[LifeCycleState::Cutover]),
];

/// What can be done to a server in that state: the words of a button, and the change.
const fn next_of(state: Option<LifeCycleState>) -> &'static [(&'static str, &'static str)] {
    match state {
        None => &[("Install the agent", "install_agent")],
        Some(LifeCycleState::ReadyForTest) => &[("Launch test", "start_test")],
        Some(LifeCycleState::Testing) => &[
            ("Mark ready for cutover", "mark_ready_for_cutover"),
            ("Revert to ready for test", "revert_to_ready_for_test"),
        ],
        Some(LifeCycleState::ReadyForCutover) => &[
            ("Launch cutover", "start_cutover"),
            ("Revert to ready for test", "revert_to_ready_for_test"),
        ],
        Some(LifeCycleState::CuttingOver) => &[
            ("Finalize cutover", "finalize_cutover"),
            ("Revert to ready for cutover", "revert_to_ready_for_cutover"),
        ],
        Some(LifeCycleState::Cutover) => &[("Mark as archived", "mark_as_archived")],
        Some(_) => &[],
    }
}

/// Width of a column where there is room, and the least in which a card can be read.
const WIDEST: f32 = 172.0;
const NARROWEST: f32 = 122.0;
const GAP: f32 = 8.0;
const CARD: f32 = 62.0;

fn column_of(server: &Server) -> usize {
    let Some(state) = server.life_cycle_state else {
        return 0;
    };
    let found = COLUMNS.iter().position(|(_, states)| states.contains(&state));
    found.unwrap_or(1)
}

/// Draws the board.
pub(crate) fn ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    let snapshot = &feed.snapshot;
    if snapshot.servers.is_empty() {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            ui.weak("No server moves in this lab.");
        });
        return;
    }
    actions(ui, cx);
    ScrollArea::both()
        .id_salt("board")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let column = column_width(ui.available_width());
            heads(ui, &snapshot.servers, column);
            for wave in snapshot.waves.iter().map(Some).chain([None]) {
                let name = wave.map(|wave| wave.name.as_str());
                let servers: Vec<&Server> = snapshot
                    .servers
                    .iter()
                    .filter(|server| server.wave.as_deref() == name)
                    .collect();
                if !servers.is_empty() {
                    lane(ui, wave, &servers, column, cx);
                }
            }
            ui.add_space(8.0);
        });
}

/// What can be done to the selected server, or to the wave that is selected.
fn actions(ui: &mut Ui, cx: &mut Cx<'_>) {
    let snapshot = &cx.feed.snapshot;
    let Selection::Resource(thing) = cx.selected else {
        return;
    };
    let server = snapshot
        .servers
        .iter()
        .find(|server| thing == server.id.into() || thing == server.host.into());
    let wave = snapshot.waves.iter().find(|wave| thing == wave.id.into());
    let (name, selector, states): (&str, String, Vec<Option<LifeCycleState>>) = match (server, wave) {
        (Some(server), _) => (
            &server.name,
            format!("{:?}", server.name),
            vec![server.life_cycle_state],
        ),
        (None, Some(wave)) => {
            let of_wave = snapshot.servers.iter().filter(|it| wave.servers.contains(&it.id));
            let states = of_wave.map(|it| it.life_cycle_state).collect();
            (&wave.name, format!("wave({:?})", wave.name), states)
        }
        (None, None) => return,
    };
    let mut changes: Vec<(&str, &str)> = states.iter().flat_map(|state| next_of(*state)).copied().collect();
    changes.sort_unstable();
    changes.dedup();
    toolbar(ui, |ui| {
        ui.strong(name);
        if changes.is_empty() {
            ui.weak("nothing to do but wait");
        }
        for (words, change) in changes {
            if ui.button(words).clicked() {
                cx.asks
                    .push(Ask::Lab(Request::Change(format!("{change}({selector})"))));
            }
        }
    });
}

/// How wide a column is, so that all of them are seen where the room is not too narrow for that.
fn column_width(room: f32) -> f32 {
    ((room - EDGES) / 7.0 - GAP).floor().clamp(NARROWEST, WIDEST)
}

/// Where a column begins, from the left edge of the board.
fn place(left: f32, place: usize, column: f32) -> f32 {
    let n = u8::try_from(place).map_or(0.0, f32::from);
    n.mul_add(column + GAP, left + EDGES / 2.0)
}

/// What is free at the left and right of the board, together.
const EDGES: f32 = 20.0;

fn width(column: f32) -> f32 {
    7.0_f32.mul_add(column + GAP, EDGES)
}

fn heads(ui: &mut Ui, servers: &[Server], column: f32) {
    let palette = Palette::of(ui.visuals());
    let (rect, _) = ui.allocate_exact_size(vec2(width(column), 28.0), Sense::hover());
    let font = TextStyle::Body.resolve(ui.style());
    for (n, (title, _)) in COLUMNS.iter().enumerate() {
        let count = servers.iter().filter(|server| column_of(server) == n).count();
        let left = place(rect.left(), n, column);
        let color = if count > 0 { palette.text } else { palette.weak };
        let number = ui.painter().text(
            pos2(left + column, rect.center().y),
            Align2::RIGHT_CENTER,
            count.to_string(),
            font.clone(),
            palette.weak,
        );
        let title = cut(ui, title, font.clone(), color, number.left() - 4.0 - left);
        let top = rect.center().y - title.size().y / 2.0;
        ui.painter().galley(pos2(left, top), title, color);
        let y = rect.bottom() - 1.0;
        ui.painter()
            .hline(left..=left + column, y, Stroke::new(1.0, palette.card_edge));
    }
}

/// The cards of a wave.
fn lane(ui: &mut Ui, wave: Option<&Wave>, servers: &[&Server], column: f32, cx: &mut Cx<'_>) {
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        match wave {
            Some(wave) => {
                if ui.link(RichText::new(&wave.name).strong()).clicked() {
                    cx.select(Selection::Resource(wave.id.into()));
                }
                ui.weak(format!(
                    "{}, {} of {} cut over, {} replicated",
                    wave.progress.as_str(),
                    wave.n_cut_over,
                    wave.n_servers,
                    format::percent(wave.share()),
                ));
            }
            None => {
                ui.weak("in no wave");
            }
        }
    });
    ui.add_space(4.0);
    let tallest = (0..COLUMNS.len())
        .map(|n| servers.iter().filter(|server| column_of(server) == n).count())
        .max()
        .unwrap_or(0);
    let height = u16::try_from(tallest).map_or(0.0, f32::from) * (CARD + GAP);
    let (rect, _) = ui.allocate_exact_size(vec2(width(column), height), Sense::hover());
    for n in 0..COLUMNS.len() {
        let here = servers.iter().filter(|server| column_of(server) == n);
        let mut top = rect.top();
        for server in here {
            let at = pos2(place(rect.left(), n, column), top);
            card(ui, server, Rect::from_min_size(at, vec2(column, CARD)), cx);
            top += CARD + GAP;
        }
    }
}

/// One server: it glides to where it stands now.
fn card(ui: &mut Ui, server: &Server, rect: Rect, cx: &mut Cx<'_>) {
    let id = Id::unique(("card", server.id));
    let x = ui
        .ctx()
        .animate_value_with_time(id.with("x"), rect.left() - ui.min_rect().left(), 0.35);
    let rect = rect.translate(vec2(x + ui.min_rect().left() - rect.left(), 0.0));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let palette = Palette::of(ui.visuals());
    let response = ui.interact(rect, id, Sense::click());
    let of = [
        Selection::Resource(server.id.into()),
        Selection::Resource(server.host.into()),
    ];
    let is_selected = of.contains(&cx.selected);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, is_selected, format!("Show {}", server.name))
    });
    let edge = if is_selected {
        Stroke::new(2.0, palette.accent)
    } else if response.hovered() || response.has_focus() {
        Stroke::new(1.5, palette.weak)
    } else {
        Stroke::new(1.0, palette.card_edge)
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(6),
        palette.card,
        edge,
        StrokeKind::Inside,
    );
    let inner = rect.shrink2(vec2(9.0, 7.0));
    let mark = inner.left_top() + vec2(5.0, 9.0);
    health_mark(ui.painter(), &palette, server.health, mark, 4.5);
    let body = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let name = cut(ui, &server.name, body, palette.text, inner.width() - 16.0);
    ui.painter()
        .galley(inner.left_top() + vec2(16.0, 0.0), name, palette.text);
    let state = replication(server);
    let said = cut(ui, &state, small.clone(), palette.weak, inner.width());
    ui.painter()
        .galley(inner.left_top() + vec2(0.0, 19.0), said, palette.weak);
    let below = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 12.0), inner.right_bottom());
    let share = server.progress();
    if share.as_ppm() < 1_000_000 {
        let track = below.with_max_x(below.right() - 38.0).shrink2(vec2(0.0, 3.5));
        let round = CornerRadius::from(track.height() / 2.0);
        ui.painter().rect_filled(track, round, palette.card_edge);
        let done = track.with_max_x(track.width().mul_add(part(share), track.left()));
        ui.painter()
            .rect_filled(done, round, palette.health(server.health));
        let place = UiBuilder::new()
            .max_rect(below.with_min_x(below.right() - 36.0))
            .layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(place, |ui| {
            ui.add(Label::new(RichText::new(crate::picture::share(share)).small()).selectable(false));
        });
    } else {
        let words = cut(ui, &keeps_up(server), small, palette.weak, inner.width());
        ui.painter().galley(below.left_top(), words, palette.weak);
    }
    if response.clicked() {
        cx.select(Selection::Resource(server.id.into()));
    }
    response.on_hover_text(server.next_step());
}

/// How replication does, in a word or two.
fn replication(server: &Server) -> String {
    match (
        server.error,
        server.initiation_step,
        server.data_replication_state,
    ) {
        (Some(error), _, _) => error.to_string(),
        (None, Some(step), _) => step.to_string(),
        (None, None, Some(state)) => state.to_string(),
        (None, None, None) => server.agent.clone(),
    }
}

/// Whether a server that is copied keeps up.
fn keeps_up(server: &Server) -> String {
    let mut words = Vec::new();
    if let Some(lag) = server.replication_lag {
        words.push(format!("lag {}", format::span(lag)));
    }
    if server.backlog > DataSize::ZERO {
        words.push(format::size(server.backlog));
    }
    if server.rate > BitRate::ZERO {
        words.push(format::rate(server.rate));
    }
    if words.is_empty() {
        "all replicated".to_owned()
    } else {
        words.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_are_seen_in_a_window_of_common_width() {
        for room in [960.0_f32, 1_185.0, 1_900.0] {
            let column = column_width(room);
            assert!(width(column) <= room, "{column} in {room}");
            assert!((NARROWEST..=WIDEST).contains(&column));
        }
        assert_eq!(column_width(300.0), NARROWEST);
    }
}
