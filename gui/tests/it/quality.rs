//! The map of every lab that ships, measured: nothing lies on anything else, and links cross no more than they did.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use egui::{Pos2, Rect, Vec2, vec2};
use gui::canvas::{Layout, Overlay};
use gui::export::{Still, mermaid, words};
use gui::picture::picture;
use gui::theme::Look;
use gui::topology::{ContainerKind, Item, Place, Topology};
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, shipped, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

/// Room for the map in a window of 1280 by 800.
const ROOM: Vec2 = vec2(900.0, 700.0);
/// How many crossings there were, by lab.
const KEPT: &str = include_str!("crossings.txt");

fn topology(lab: &str, text: &str) -> Topology {
    let loaded = load(text, lab, &shipped_base).expect("a shipped lab is right");
    let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("a shipped lab opens");
    session.advance(SimTime::at(Span::minutes(5)), 5_000);
    let view = View::of(&session);
    picture(lab, &view.topology(), &view.servers()).0
}

fn all() -> impl Iterator<Item = (&'static str, Topology, Layout)> {
    shipped().iter().map(|(lab, text)| {
        let topology = topology(lab, text);
        let layout = Layout::of(&topology);
        (*lab, topology, layout)
    })
}

/// Labs that look different: most variants of a lab break something that no picture shows.
fn different() -> impl Iterator<Item = (&'static str, Topology, Layout)> {
    let mut seen = BTreeSet::new();
    all().filter(move |(_, topology, _)| seen.insert(mermaid(topology)))
}

/// Whether one place lies in the other, or is it.
fn is_within(topology: &Topology, inner: Place, outer: Place) -> bool {
    inner == outer || topology.ancestors(inner).any(|it| Place::Container(it) == outer)
}

/// How often the lines of different links cross.
fn crossings(topology: &Topology, layout: &Layout) -> usize {
    let ways: Vec<&[Pos2]> = topology.numbered_links().map(|(id, _)| layout.path(id)).collect();
    let cross = |a: &[Pos2], b: &[Pos2]| {
        let (level, upright) = if a[0].y == a[1].y { (a, b) } else { (b, a) };
        if level[0].y != level[1].y || upright[0].x != upright[1].x {
            return false;
        }
        let within = |at: f32, a: f32, b: f32| at > a.min(b) && at < a.max(b);
        within(upright[0].x, level[0].x, level[1].x) && within(level[0].y, upright[0].y, upright[1].y)
    };
    let mut n = 0;
    for (at, one) in ways.iter().enumerate() {
        for other in &ways[at + 1..] {
            for piece in one.windows(2) {
                n += other.windows(2).filter(|it| cross(piece, it)).count();
            }
        }
    }
    n
}

#[test]
fn places_and_names_of_links_lie_on_nothing_else_and_links_run_over_nothing() {
    for (lab, topology, layout) in different() {
        let boxes = topology.numbered_containers().map(|(id, _)| Place::Container(id));
        let places: Vec<Place> = boxes
            .chain(topology.numbered_nodes().map(|(id, _)| Place::Node(id)))
            .collect();
        for (n, one) in places.iter().enumerate() {
            for other in &places[n + 1..] {
                let nested = is_within(&topology, *one, *other) || is_within(&topology, *other, *one);
                let (a, b) = (layout.rect(*one), layout.rect(*other));
                assert!(
                    nested || !a.shrink(0.5).intersects(b.shrink(0.5)),
                    "{lab}: {one:?} lies on {other:?}"
                );
            }
        }
        let names: Vec<Rect> = topology
            .numbered_links()
            .filter_map(|(id, _)| layout.name_room(id))
            .collect();
        for (n, name) in names.iter().enumerate() {
            for node in topology
                .numbered_nodes()
                .map(|(id, _)| layout.rect(Place::Node(id)))
            {
                assert!(
                    !name.shrink(0.5).intersects(node),
                    "{lab}: a link's name lies on a thing"
                );
            }
            for other in &names[n + 1..] {
                assert!(
                    !name.shrink(0.5).intersects(other.shrink(0.5)),
                    "{lab}: names of links lie on each other"
                );
            }
        }
        for (id, link) in topology.numbered_links() {
            for place in &places {
                let is_solid = match place {
                    Place::Node(_) => true,
                    Place::Container(id) => topology.container(*id).is_some_and(|it| {
                        matches!(
                            it.kind,
                            ContainerKind::Subnet | ContainerKind::Segment | ContainerKind::Zone
                        )
                    }),
                };
                if !is_solid || link.ends().iter().any(|end| is_within(&topology, *place, *end)) {
                    continue;
                }
                let rect = layout.rect(*place).shrink(1.0);
                let is_over = layout
                    .path(id)
                    .windows(2)
                    .any(|it| Rect::from_two_pos(it[0], it[1]).intersects(rect));
                let name = topology.name(Item::from(*place));
                assert!(!is_over, "{lab}: {} runs over {name:?}", link.name);
            }
        }
    }
}

#[test]
fn no_words_lie_on_words_when_all_of_a_lab_is_shown() {
    let overlay = Overlay::default();
    for (lab, topology, layout) in different() {
        let mut still = Still::of(&topology, &layout, &overlay, Look::Dark);
        let size = layout.bounds().size();
        still.scale = (ROOM.x / size.x).min(ROOM.y / size.y).min(1.5);
        let words = words(&still);
        assert!(!words.is_empty(), "{lab}: nothing is named");
        for (n, (text, rect)) in words.iter().enumerate() {
            for (other, other_rect) in &words[n + 1..] {
                let overlap = rect
                    .shrink2(vec2(0.5, 1.5))
                    .intersect(other_rect.shrink2(vec2(0.5, 1.5)));
                assert!(
                    !overlap.is_positive(),
                    "{lab}: {text:?} {rect:?} lies on {other:?} {other_rect:?}"
                );
            }
        }
    }
}

#[test]
fn links_cross_no_more_than_they_did() {
    let mut now = String::new();
    let mut worse = Vec::new();
    for (lab, topology, layout) in all() {
        let n = crossings(&topology, &layout);
        let kept = KEPT
            .lines()
            .find_map(|line| line.strip_prefix(lab)?.strip_prefix(' ')?.parse::<usize>().ok());
        match kept {
            Some(kept) if n > kept => worse.push(format!("{lab}: {n} crossings instead of {kept}")),
            None => worse.push(format!("{lab}: {n} crossings, and no number is kept")),
            Some(_) => {}
        }
        // What is kept can only fall.
        let _ = writeln!(now, "{lab} {}", kept.map_or(n, |kept| kept.min(n)));
    }
    if std::env::var_os("UPDATE_CROSSINGS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/crossings.txt");
        std::fs::write(path, now).expect("it can be written");
        return;
    }
    assert!(
        worse.is_empty(),
        "{}\nUPDATE_CROSSINGS=1 keeps the number of a new lab, and smaller ones; a larger one is kept by hand",
        worse.join("\n")
    );
}
