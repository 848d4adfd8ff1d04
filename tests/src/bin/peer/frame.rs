//! One picture of the dashboard, of a lab with many things in it.

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};
use tui::dashboard::Dashboard;
use tui::palette::Palette;
use tui::theme::{Letters, Look};

use crate::map;
use crate::measure::{Clock, Report, Spread, Unit};

/// Which front end draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Ui {
    /// The terminal dashboard.
    Tui,
    /// The topology window.
    Gui,
}

#[derive(Debug, Clone, clap::Args)]
/// One picture of a front end, of a lab with many things in it
pub(crate) struct Args {
    /// Which front end
    #[arg(long, value_enum, default_value_t = Ui::Tui)]
    ui: Ui,
    /// How many things the lab has
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(100..=10_000))]
    nodes: u32,
    /// Columns of the screen
    #[arg(long, default_value_t = 200)]
    columns: u16,
    /// Rows of the screen
    #[arg(long, default_value_t = 60)]
    rows: u16,
    /// How many pictures are drawn of each view
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

/// The views that are drawn, in the order of their keys.
const VIEWS: [&str; 12] = [
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
    "tree",
    "branches",
];

/// Sites with a router each, in a ring that speaks BGP: a segment and its hosts to a site.
fn lab(nodes: u32) -> String {
    const HOSTS: u32 = 49;
    let sites = nodes.div_ceil(HOSTS + 1);
    let (mut segments, mut hosts, mut routers, mut links) =
        (String::new(), String::new(), String::new(), String::new());
    let mut left = nodes - sites;
    for site in 0..sites {
        let (high, low) = (site / 200, site % 200);
        let next = (site + 1) % sites;
        let before = (site + sites - 1) % sites;
        let _ = write!(segments, r#""lan-{site}": (prefix: "10.{high}.{low}.0/24"), "#);
        for host in 0..HOSTS.min(left) {
            let address = host + 10;
            let _ = write!(
                hosts,
                r#""h-{site}-{host}": (segment: "lan-{site}", address: "10.{high}.{low}.{address}", gateway: "10.{high}.{low}.1"), "#
            );
        }
        left = left.saturating_sub(HOSTS);
        let _ = write!(
            links,
            r#""line-{site}": (a: ("r-{site}", "172.{}.{low}.1/30"), b: ("r-{next}", "172.{}.{low}.2/30"), delay: "2ms", rate: "1Gbps"), "#,
            16 + high,
            16 + high,
        );
        let _ = write!(
            routers,
            r#""r-{site}": (asn: {}, segments: {{"lan-{site}": ("10.{high}.{low}.1")}}, announce: ["10.{high}.{low}.0/24"],
                neighbors: {{"on": (link: "line-{site}", remote_as: {}), "back": (link: "line-{before}", remote_as: {})}}), "#,
            64_512 + site,
            64_512 + next,
            64_512 + before,
        );
    }
    format!(
        r#"Lab(schema: 1, name: "wide", title: "Many sites in a ring", teaches: "How quickly a picture is drawn.", duration: "1h",
            segments: {{{segments}}}, hosts: {{{hosts}}}, links: {{{links}}}, routers: {{{routers}}})"#
    )
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    match args.ui {
        Ui::Tui => run_tui(args, clock),
        Ui::Gui => map::run(args.nodes, args.reps, clock),
    }
}

fn run_tui(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let loaded = load(&lab(args.nodes), "wide", &shipped_base).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })?;
    let session =
        Session::open(loaded.blueprint, None, Keep::Last(100_000)).context("failed to begin the lab")?;
    let mut dashboard = Dashboard::new(session, Look::of(Palette::Dark, Letters::Unicode));
    dashboard.run_to(SimTime::at(Span::minutes(2)));
    dashboard.catch_up();
    let backend = TestBackend::new(args.columns, args.rows);
    let mut terminal = Terminal::new(backend).context("failed to make a screen in memory")?;
    let (mut all, mut slowest) = (Vec::new(), ("", 0.0));
    for view in VIEWS {
        ensure!(dashboard.show_view(view), "there is no view {view}");
        let mut seconds = Vec::new();
        for _ in 0..args.reps {
            let (drawn, time) = clock.time(|| terminal.draw(|frame| dashboard.draw(frame)).map(|_| ()));
            drawn.context("failed to draw")?;
            seconds.push(time.as_secs_f64());
        }
        let median = Spread::of(seconds.clone())?.median * 1e3;
        if median > slowest.1 {
            slowest = (view, median);
        }
        all.extend(seconds);
    }
    all.sort_unstable_by(f64::total_cmp);
    // The value that 99 of 100 do not exceed.
    let p99 = all[(all.len() * 99).div_ceil(100) - 1];
    let spread = Spread::of(all)?;
    let params = json!({"ui": "tui", "nodes": args.nodes, "columns": args.columns, "rows": args.rows});
    Report::new("frame", params, spread, Unit::Seconds)?
        .with("median_ms", spread.median * 1e3)?
        .with("p99_ms", p99 * 1e3)?
        .with("slowest_view", slowest.0)?
        .with("slowest_median_ms", slowest.1)
}
