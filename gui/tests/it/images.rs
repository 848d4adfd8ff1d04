//! Pictures of the map, compared pixel by pixel: drawn by the program's own rasteriser, so that they need no graphics card,
//! no display and no library, and are the same on every machine. `UPDATE_IMAGES=1` draws them anew.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use egui::{Rect, vec2};
use gui::alive::{Atlas, Followed, blast};
use gui::canvas::{Layout, Overlay};
use gui::export::{Raster, Still, raster, svg};
use gui::picture::picture;
use gui::theme::{Look, Palette};
use gui::topology::{Health, Item, Place};
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, parse_failure, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Conversation, View};

/// A channel that differs by no more than this is the same.
const SAME: u8 = 10;
/// Pixels in a thousand that may differ.
const STRAY: usize = 1;
/// How large the pictures are.
const SIZE: (f32, f32) = (560.0, 360.0);

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/images/{name}.png"))
}

fn read(name: &str) -> Option<(usize, usize, Vec<u8>)> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(file(name)).ok()?))
        .read_info()
        .ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    Some((info.width as usize, info.height as usize, pixels))
}

fn check(name: &str, drawn: &Raster) {
    if std::env::var_os("UPDATE_IMAGES").is_some() {
        std::fs::write(file(name), drawn.png()).expect("it can be written");
        return;
    }
    let (width, height, kept) =
        read(name).unwrap_or_else(|| panic!("{name}: no picture is kept; UPDATE_IMAGES=1 draws it"));
    assert_eq!((drawn.width, drawn.height), (width, height), "{name}");
    let differs = |(pixel, kept): &(&egui::Color32, &[u8])| {
        let now = [pixel.r(), pixel.g(), pixel.b()];
        now.iter().zip(*kept).any(|(a, b)| a.abs_diff(*b) > SAME)
    };
    let n = drawn
        .pixels
        .iter()
        .zip(kept.chunks_exact(3))
        .filter(differs)
        .count();
    if n * 1_000 > drawn.pixels.len() * STRAY {
        let new = std::env::temp_dir().join(format!("{name}.new.png"));
        std::fs::write(&new, drawn.png()).expect("it can be written");
        panic!(
            "{name}: {n} pixels differ; what is drawn now is in {}",
            new.display()
        );
    }
}

/// The on-premises lab, in which this fails.
fn onprem_with(failure: &str) -> Session {
    let text = shipped_base("onprem-to-aws").expect("it ships");
    let mut loaded = load(&text, "onprem-to-aws", &shipped_base).expect("it is right");
    let levers = parse_failure(failure, &loaded.blueprint).expect("it can be read");
    loaded.blueprint.schedule.extend(levers);
    Session::open(loaded.blueprint, None, Keep::Last(1_000)).expect("it opens")
}

/// What has failed keeps its edge where it is selected.
#[test]
fn what_has_failed_is_seen_to_have_failed_where_it_is_selected() {
    let mut session = onprem_with("3m:router_down cgw-1");
    session.advance(SimTime::at(Span::minutes(5)), u64::MAX);
    let view = View::of(&session);
    let (topology, _) = picture("lab", &view.topology(), &view.servers());
    let layout = Layout::of(&topology);
    let (router, _) = topology
        .numbered_nodes()
        .find(|(_, it)| it.name == "cgw-1")
        .expect("it is there");
    let overlay = Overlay::default();
    let failed = Palette::of_look(Look::Dark).health(Health::Failed);
    let failed = format!("#{:02x}{:02x}{:02x}", failed.r(), failed.g(), failed.b());
    let drawn = |selected: Option<Item>| {
        let mut still = Still::of(&topology, &layout, &overlay, Look::Dark);
        still.selected = selected;
        svg(&still).matches(&failed).count()
    };
    let before = drawn(None);
    assert!(before > 0);
    assert_eq!(drawn(Some(Item::Node(router))), before);
}

/// The on-premises lab after its first line has failed, with the way of a probe before and after.
#[test]
fn the_map_looks_as_it_did_in_two_looks_and_at_three_zooms() {
    let mut session = onprem_with("3m:link_down dx-primary");
    let mut followed = Followed::default();
    let mut overlay = Overlay::default();
    for minute in [2, 5] {
        session.advance(SimTime::at(Span::minutes(minute)), u64::MAX);
        let view = View::of(&session);
        let (topology, things) = picture("lab", &view.topology(), &view.servers());
        let atlas = Atlas::of(&topology, &things);
        let asked = Conversation {
            from: "dns".to_owned(),
            to: "10.0.3.5".to_owned(),
            port: Some(443),
            over: Vec::new(),
        };
        followed.look(&view, (&topology, &atlas), vec![asked]);
        overlay = Overlay::default();
        followed.fill(&mut overlay);
        blast(&view, (&topology, &things, &atlas), &mut overlay);
    }
    let view = View::of(&session);
    let (topology, _) = picture("lab", &view.topology(), &view.servers());
    let layout = Layout::of(&topology);
    let (router, _) = topology
        .numbered_nodes()
        .find(|(_, it)| it.name == "cgw-1")
        .expect("it is there");
    let bounds = layout.bounds();
    let about = layout.rect(Place::Node(router)).center() + vec2(60.0, 0.0);
    let size = vec2(SIZE.0, SIZE.1);
    let fit = (size.x / bounds.width()).min(size.y / bounds.height()) * 0.95;
    for (look, look_name) in [(Look::Dark, "dark"), (Look::Light, "light")] {
        for (scale, at, zoom_name) in [
            (fit, bounds.center(), "far"),
            (0.8, about, "middle"),
            (1.5, about, "near"),
        ] {
            let mut still = Still::of(&topology, &layout, &overlay, look);
            still.scale = scale;
            still.part = Some(Rect::from_center_size(at, size / scale));
            still.selected = Some(Item::Node(router));
            check(&format!("map-{look_name}-{zoom_name}"), &raster(&still));
        }
    }
}
