//! One frame of the whole topology window: a real lab that runs, its panes, and the map with everything in it.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use egui::{CentralPanel, Event, Frame, Key, Modifiers, Pos2, RawInput, Rect};
use gui::theme;
use gui::window::Window;
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};

use crate::map::SCREEN;
use crate::measure::{Clock, Spread};

/// Hosts of a site; with its router three things.
const HOSTS: u32 = 2;
/// How far around the ring each router has lines: five for three things, ends of segments included.
const STRIDES: [u32; 4] = [1, 2, 3, 5];
/// Sites that announce what they have.
const SPEAKERS: u32 = 20;
/// From frame to frame.
const FRAME: Duration = Duration::from_millis(16);
/// The handfuls of events that a frame has time for.
const HANDFULS: u32 = 4;

/// Steps of the zoom.
const ZOOMS: u32 = 24;
/// The keys of all panes but that of preflight, which is run beside the frames.
const PANES: &str = "23456790BCTJEDP1";
/// Frames that are drawn with each.
const FRAMES_OF_PANE: u32 = 24;
/// How much closer each brings the map.
const CLOSER: f32 = 1.25;
/// Where the map is in the window, as it is arranged at first.
const ON_THE_MAP: Pos2 = Pos2::new(500.0, 400.0);

/// What frames of the whole window take.
pub(crate) struct Measured {
    /// What each took, in seconds, the shortest first.
    pub(crate) seconds: Vec<f64>,
    /// The key of the pane that takes longest, and what it takes in the middle, in milliseconds.
    pub(crate) slowest: (char, f64),
    /// Things on the map.
    pub(crate) nodes: usize,
    /// Links on the map.
    pub(crate) links: usize,
}

/// Sites in a ring with chords that speak BGP.
fn lab(nodes: u32) -> String {
    let sites = (nodes / (HOSTS + 1)).max(12);
    let (mut segments, mut hosts, mut routers, mut links) =
        (String::new(), String::new(), String::new(), String::new());
    let address = |link: u32| format!("172.{}.{}", 16 + link / 16_384, (link / 64) % 256);
    for site in 0..sites {
        let lan = format!("10.{}.{}", site / 200, site % 200);
        let _ = write!(segments, r#""lan-{site}": (prefix: "{lan}.0/24"), "#);
        for host in 0..HOSTS {
            let _ = write!(
                hosts,
                r#""h-{site}-{host}": (segment: "lan-{site}", address: "{lan}.{}", gateway: "{lan}.1"), "#,
                host + 10
            );
        }
        let mut neighbors = String::new();
        for (way, stride) in (0..).zip(STRIDES) {
            let next = (site + stride) % sites;
            let number = site * 4 + way;
            let (net, low) = (address(number), (number % 64) * 4);
            let _ = write!(
                links,
                r#""line-{site}-{way}": (a: ("r-{site}", "{net}.{}/30"), b: ("r-{next}", "{net}.{}/30"), delay: "2ms", rate: "1Gbps"), "#,
                low + 1,
                low + 2
            );
            let before = (site + sites - stride) % sites;
            let _ = write!(
                neighbors,
                r#""on-{way}": (link: "line-{site}-{way}", remote_as: {}), "back-{way}": (link: "line-{before}-{way}", remote_as: {}), "#,
                64_512 + next,
                64_512 + before
            );
        }
        let announce = if site < SPEAKERS {
            format!(r#"announce: ["{lan}.0/24"],"#)
        } else {
            String::new()
        };
        let _ = write!(
            routers,
            r#""r-{site}": (asn: {}, segments: {{"lan-{site}": ("{lan}.1")}}, {announce} neighbors: {{{neighbors}}}), "#,
            64_512 + site
        );
    }
    format!(
        r#"Lab(schema: 1, name: "meshed", title: "Many sites, meshed", teaches: "How quickly a frame is drawn.", duration: "720h",
            segments: {{{segments}}}, hosts: {{{hosts}}}, links: {{{links}}}, routers: {{{routers}}})"#
    )
}

/// Frames of a window in which a lab runs, from everything at once down to a few things with all their words.
pub(crate) fn frames(nodes: u32, reps: u32, clock: Clock) -> anyhow::Result<Measured> {
    let loaded = load(&lab(nodes), "meshed", &shipped_base).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })?;
    let mut session =
        Session::open(loaded.blueprint, None, Keep::Last(100_000)).context("failed to begin the lab")?;
    session.advance(SimTime::at(Span::minutes(2)), u64::MAX);
    let context = egui::Context::default();
    theme::setup(&context);
    let mut window = Window::new(session);
    let mut frame = |done: Option<Event>, runs: bool| {
        if runs {
            let mut left = HANDFULS;
            window.run(FRAME, &mut || {
                left = left.saturating_sub(1);
                left > 0
            });
        }
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SCREEN)),
            ..RawInput::default()
        };
        input.events.push(Event::PointerMoved(ON_THE_MAP));
        input.events.extend(done);
        let mut output = context.run_ui(input, |ui| {
            CentralPanel::default()
                .frame(Frame::NONE)
                .show(ui, |ui| window.frame(ui));
        });
        output.textures_delta.clear();
        context.tessellate(output.shapes, output.pixels_per_point).len()
    };
    frame(None, false);
    frame(Some(space()), false);
    let mut seconds = Vec::new();
    for zoom in 0..ZOOMS {
        frame((zoom > 0).then_some(Event::Zoom(CLOSER)), false);
        frame(None, false);
        for _ in 0..reps.div_ceil(ZOOMS) {
            let (n, time) = clock.time(|| frame(None, true));
            ensure!(n > 0, "nothing was drawn");
            seconds.push(time.as_secs_f64());
        }
    }
    // Each pane in turn beside the map.
    let mut slowest = ('1', 0.0);
    for key in PANES.chars() {
        frame(Some(Event::Text(key.to_string())), false);
        frame(None, true);
        let mut of_pane = Vec::new();
        for _ in 0..FRAMES_OF_PANE {
            let (n, time) = clock.time(|| frame(None, true));
            ensure!(n > 0, "nothing was drawn");
            of_pane.push(time.as_secs_f64());
        }
        let median_ms = Spread::of(of_pane.clone())?.median * 1e3;
        if median_ms > slowest.1 {
            slowest = (key, median_ms);
        }
        seconds.extend(of_pane);
    }
    ensure!(window.is_running(), "the lab does not run");
    seconds.sort_unstable_by(f64::total_cmp);
    let topology = window.desk().feed().snapshot.topology.clone();
    Ok(Measured {
        seconds,
        slowest,
        nodes: topology.nodes.len(),
        links: topology.links.len(),
    })
}

/// The key that lets the lab run.
const fn space() -> Event {
    Event::Key {
        key: Key::Space,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

impl Measured {
    /// The middle, in milliseconds.
    pub(crate) fn median_ms(&self) -> anyhow::Result<f64> {
        Ok(Spread::of(self.seconds.clone())?.median * 1e3)
    }
    /// What 99 of 100 do not exceed, in milliseconds.
    pub(crate) fn p99_ms(&self) -> f64 {
        self.seconds[(self.seconds.len() * 99).div_ceil(100) - 1] * 1e3
    }
}
