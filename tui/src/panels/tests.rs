//! Every panel of the list, drawn at several sizes from the same small picture: a new panel is
//! looked at from the day it is added.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::*;
use crate::fixture;
use crate::keymap::{Action, GLOBAL};
use crate::palette::Palette;
use crate::panel::{Context, Home};
use crate::selection::Selection;
use crate::theme::{Letters, Look};
use crate::widgets::cursor::Move;

/// A buffer as text, without the empty ends of its lines.
fn text(buf: &Buffer) -> String {
    let line = |y| {
        let cells = (0..buf.area.width).filter_map(|x| buf.cell((x, y)));
        cells.map(ratatui::buffer::Cell::symbol).collect::<String>()
    };
    let lines: Vec<String> = (0..buf.area.height)
        .map(|y| line(y).trim_end().to_owned())
        .collect();
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn the_list_knows_the_views_that_others_name_and_has_one_detail() {
    let panels = all();
    let title = |place: usize| panels.get(place).map(|panel| panel.title());
    let named = [FIRST_VIEW, DNS, PREFLIGHT, COMPARE].map(title);
    assert_eq!(named, ["Map", "DNS", "Preflight", "Compare"].map(Some));
    for home in [Home::Tree, Home::Log, Home::Detail] {
        assert_eq!(panels.iter().filter(|panel| panel.home() == home).count(), 1);
    }
    let titles: Vec<&str> = panels.iter().map(|panel| panel.title()).collect();
    assert_eq!(
        titles,
        sim_core::desk::commands::Pane::ALL.map(|pane| pane.title())
    );
}

/// A panel's own key hides a global one only where that one is of no use in it.
#[test]
fn a_panel_takes_no_key_that_is_valid_everywhere() {
    for panel in all() {
        for key in panel.bindings().iter().flat_map(|binding| binding.keys) {
            let hidden = GLOBAL.iter().find(|binding| binding.keys.contains(key));
            assert_eq!(hidden, None, "{} takes {key:?}", panel.title());
        }
    }
}

#[test]
fn every_panel_looks_like_this() {
    let feed = fixture::feed(5);
    let look = Look::of(Palette::Terminal, Letters::Unicode);
    for mut panel in all() {
        for (width, height) in [(38, 10), (54, 12), (100, 20)] {
            let area = Rect::new(0, 0, width, height);
            let mut buf = Buffer::empty(area);
            let cx = Context {
                feed: &feed,
                look: &look,
                selected: Selection::Check(0),
                focused: true,
            };
            panel.draw(area, &mut buf, &cx);
            let name = format!("{} {width}x{height}", panel.title());
            insta::assert_snapshot!(name.to_lowercase().replace(' ', "-"), text(&buf));
        }
    }
}

#[test]
fn nothing_that_a_person_does_to_a_panel_breaks_it() {
    let look = Look::of(Palette::Plain, Letters::Ascii);
    let moves = [
        Move::Bottom,
        Move::Down,
        Move::PageUp,
        Move::Up,
        Move::Top,
        Move::PageDown,
    ];
    let actions: Vec<Action> = moves
        .map(Action::Go)
        .into_iter()
        .chain([Action::Open, Action::Close, Action::Enter])
        .chain((0..4).map(Action::Local))
        .collect();
    for n_servers in [0, 1, 40] {
        let feed = fixture::feed(n_servers);
        for mut panel in all() {
            for filter in ["", "app-1", "nothing like it"] {
                if let Some(wanted) = panel.filter() {
                    filter.clone_into(wanted);
                }
                for &action in &actions {
                    let cx = Context {
                        feed: &feed,
                        look: &look,
                        selected: Selection::Record(sim_core::kernel::RecordId::FIRST),
                        focused: true,
                    };
                    let area = Rect::new(0, 0, 30, 6);
                    panel.draw(area, &mut Buffer::empty(area), &cx);
                    panel.act(action, &cx);
                    panel.click(Position::new(3, 5), &cx);
                }
            }
        }
    }
}
