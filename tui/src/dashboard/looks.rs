//! Every view as it looks in three sizes and two themes: its letters, and of its colours a digest.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;
use sim_core::kernel::Digest;
use sim_core::units::{SimTime, Span};

use super::Dashboard;
use crate::headless::{SCREEN_KEEP, session};
use crate::palette::Palette;
use crate::theme::{Letters, Look};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

const VIEWS: [&str; 15] = [
    "map",
    "links",
    "bgp",
    "routes",
    "flows",
    "dns",
    "migration",
    "preflight",
    "faults",
    "log",
    "branches",
    "compare",
    "tree",
    "jobs",
    "expectations",
];

/// The data centre that moves, some hours in, with its first line down on a branch.
fn dashboard(look: Look) -> Dashboard {
    let session = session("onprem-to-aws", None, &[], SCREEN_KEEP).expect("a shipped lab");
    let mut dashboard = Dashboard::new(session, look);
    dashboard.run_to(SimTime::at(Span::hours(6)));
    for keys in ["bline down\n", "ilink_down dx-primary\n"] {
        super::tests::press(&mut dashboard, keys);
    }
    dashboard.run_to(SimTime::at(Span::hours(7)));
    super::tests::press(&mut dashboard, "Bg\n");
    dashboard.run_to(SimTime::at(Span::hours(7)));
    super::tests::press(&mut dashboard, "G\nBgc");
    assert!(dashboard.desk.feed().comparison.is_some());
    assert!(dashboard.select("dx-primary"));
    dashboard.catch_up();
    dashboard
}

fn lines(picture: &Buffer) -> String {
    let (width, height) = (picture.area.width, picture.area.height);
    let cell = |x, y| picture.cell((x, y)).map_or("", Cell::symbol);
    let line = |y| (0..width).map(|x| cell(x, y)).collect::<String>();
    let lines: Vec<String> = (0..height).map(|y| line(y).trim_end().to_owned()).collect();
    lines.join("\n")
}

/// The styles of all cells in one number, and how many cells have each colour.
fn styles(picture: &Buffer) -> String {
    let mut digest = Digest::new();
    let mut counts: Vec<(Color, usize)> = Vec::new();
    for cell in &picture.content {
        let style = format!("{:?} {:?} {:?}", cell.fg, cell.bg, cell.modifier);
        digest.add(&style);
        match counts.iter_mut().find(|(colour, _)| *colour == cell.fg) {
            Some((_, n)) => *n += 1,
            None => counts.push((cell.fg, 1)),
        }
    }
    counts.sort_by_key(|(colour, _)| format!("{colour:?}"));
    let counts: Vec<String> = counts.iter().map(|(colour, n)| format!("{colour} {n}")).collect();
    format!("{digest}: {}", counts.join(", "))
}

#[test]
fn every_view_looks_like_this() {
    let look = |palette| Look::of(palette, Letters::Unicode);
    let mut dashboard = dashboard(look(Palette::Dark));
    for view in VIEWS {
        assert!(dashboard.show_view(view), "no view is called {view}");
        for (width, height) in SIZES {
            let mut digests = Vec::new();
            let mut text = String::new();
            for palette in [Palette::Dark, Palette::Light] {
                dashboard.app.look = look(palette);
                let picture = dashboard.picture(width, height);
                let letters = lines(&picture);
                assert!(
                    text.is_empty() || text == letters,
                    "a theme changes letters in {view}"
                );
                text = letters;
                digests.push(format!("{}: {}", palette.as_str(), styles(&picture)));
            }
            let whole = format!("{text}\n\n{}", digests.join("\n"));
            insta::assert_snapshot!(format!("{view}-{width}x{height}"), whole);
        }
    }
}

#[test]
fn without_colour_every_view_keeps_the_terminals_own() {
    let mut dashboard = dashboard(Look::of(Palette::Plain, Letters::Unicode));
    for view in VIEWS {
        dashboard.show_view(view);
        for (width, height) in SIZES {
            let picture = dashboard.picture(width, height);
            let coloured = picture
                .content
                .iter()
                .find(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset));
            assert_eq!(coloured, None, "{view} at {width}x{height}");
        }
    }
}

#[test]
fn with_plain_letters_every_view_is_ascii() {
    let mut dashboard = dashboard(Look::of(Palette::Terminal, Letters::Ascii));
    for view in VIEWS {
        dashboard.show_view(view);
        for (width, height) in SIZES {
            let picture = dashboard.picture(width, height);
            let strange = picture.content.iter().find(|cell| !cell.symbol().is_ascii());
            assert_eq!(strange, None, "{view} at {width}x{height}");
        }
    }
}
