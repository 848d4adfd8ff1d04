//! Curves over the lab's time: throughput, use of links, lag, backlog, round trips; and how these are spread.

use std::ops::RangeInclusive;

use egui::{Color32, Ui};
use egui_plot::{Bar, BarChart, Corner, GridMark, Legend, Line, Plot, PlotPoints, VLine};
use sim_core::desk::format;
use sim_core::desk::history::Series;
use sim_core::resource::ResourceRef;
use sim_core::units::{BitRate, DataSize, SimTime, Span};
use sim_core::view::Health;

use super::toolbar;
use crate::ask::{Ask, Cx};
use crate::theme::Palette;
use sim_core::desk::request::Request;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Curve {
    /// Bits per second of every server.
    #[default]
    Throughput,
    /// The share that links use of what they can carry.
    Use,
    /// How far replication is behind.
    Lag,
    /// How much there is to replicate.
    Backlog,
    /// The round trips of probes.
    RoundTrip,
    /// How round trips are spread.
    Spread,
}

impl Curve {
    const ALL: [Self; 6] = [
        Self::Throughput,
        Self::Use,
        Self::Lag,
        Self::Backlog,
        Self::RoundTrip,
        Self::Spread,
    ];
    const fn title(self) -> &'static str {
        match self {
            Self::Throughput => "Throughput",
            Self::Use => "Utilisation",
            Self::Lag => "Lag",
            Self::Backlog => "Backlog",
            Self::RoundTrip => "Round trip",
            Self::Spread => "Histogram",
        }
    }
    /// A value as it stands at the axis.
    fn words(self, value: f64) -> String {
        // Below the axis there is nothing.
        if value < 0.0 {
            return String::new();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "for the words at an axis alone; a float saturates"
        )]
        let whole = value.max(0.0) as u64;
        match self {
            Self::Throughput => format::rate(BitRate::bps(whole)),
            Self::Use => format!("{value:.0} %"),
            Self::Lag => format::span(Span::millis(whole)),
            Self::Backlog => format::size(DataSize::bytes(whole)),
            Self::RoundTrip | Self::Spread => format!("{:.1} ms", value / 1_000.0),
        }
    }
}

/// Curves that are drawn at once; more cannot be told apart.
const MOST: usize = 8;

/// Draws the pane.
pub(crate) fn ui(ui: &mut Ui, shown: &mut Curve, cx: &mut Cx<'_>) {
    toolbar(ui, |ui| {
        for curve in Curve::ALL {
            ui.selectable_value(shown, curve, curve.title());
        }
    });
    let curve = *shown;
    if curve == Curve::Spread {
        spread(ui, cx);
        return;
    }
    let lines = lines(curve, cx);
    if lines.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(10.0);
            ui.weak("Nothing to draw yet.");
        });
        return;
    }
    let now = seconds(cx.feed.now());
    let palette = Palette::of(ui.visuals());
    let plot = Plot::new(("plot", curve.title()))
        .legend(Legend::default().position(Corner::LeftTop).background_alpha(0.6))
        .allow_scroll(false)
        .grid_color(palette.card_edge)
        .grid_spacing(egui::Rangef::new(16.0, 200.0))
        .set_margin_fraction(egui::vec2(0.01, 0.06))
        .include_y(0.0)
        .include_x(0.0)
        .include_x(now.max(60.0))
        .x_axis_formatter(|mark: GridMark, _: &RangeInclusive<f64>| axis(mark))
        .y_axis_formatter(move |mark: GridMark, _: &RangeInclusive<f64>| curve.words(mark.value))
        .y_axis_min_width(64.0);
    let shown = plot.show(ui, |plot| {
        for (place, (name, points)) in lines.into_iter().enumerate() {
            let color = color(place, &palette);
            plot.line(Line::new(name, PlotPoints::from(points)).color(color).width(1.8));
        }
        plot.vline(VLine::new("", now).color(palette.accent).width(1.0));
        plot.response()
            .double_clicked()
            .then(|| plot.pointer_coordinate())
            .flatten()
    });
    shown.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Curves of {}", curve.title()))
    });
    if let Some(at) = shown.inner {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an instant that was pointed at"
        )]
        let at = SimTime::at(Span::millis((at.x.max(0.0) * 1_000.0) as u64));
        cx.ask(Ask::Lab(Request::Seek(at)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "for painting alone")]
fn seconds(at: SimTime) -> f64 {
    at.as_nanos() as f64 / 1.0e9
}

fn axis(mark: GridMark) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "for the words at an axis alone"
    )]
    let (at, every) = (mark.value.max(0.0) as u64, mark.step_size.max(1.0) as u64);
    format::axis(SimTime::at(Span::secs(at)), Span::secs(every))
}

#[expect(clippy::cast_precision_loss, reason = "for painting alone")]
fn points(series: &Series, scale: f64) -> Vec<[f64; 2]> {
    let width = series.width().as_nanos() as f64 / 1.0e9;
    let values = series.values().iter().enumerate();
    values
        .map(|(place, value)| [place as f64 * width, *value as f64 * scale])
        .collect()
}

/// The names and points of the curves, the most telling first.
fn lines(curve: Curve, cx: &Cx<'_>) -> Vec<(String, Vec<[f64; 2]>)> {
    let feed = cx.feed;
    let history = &feed.history;
    let of_servers =
        |pick: fn(&sim_core::desk::history::ServerHistory) -> &Series| -> Vec<(String, &Series)> {
            let servers = feed.snapshot.servers.iter();
            servers
                .filter_map(|server| Some((server.name.clone(), pick(history.of(server.id)?))))
                .collect()
        };
    let (mut series, scale): (Vec<(String, &Series)>, f64) = match curve {
        Curve::Throughput => {
            let mut all = of_servers(|it| &it.rate);
            if all.len() > 1 {
                all.push(("all servers".to_owned(), &history.rate));
            }
            (all, 1.0)
        }
        Curve::Lag => (of_servers(|it| &it.lag), 1.0),
        Curve::Backlog => (of_servers(|it| &it.backlog), 1.0),
        // Millionths to hundredths.
        Curve::Use => {
            let name = |id: ResourceRef| {
                let links = feed.snapshot.topology.links.iter();
                let found = links.into_iter().find(|link| link.id == id);
                found.map_or_else(|| id.kind().to_owned(), |link| link.name.clone())
            };
            let all = history.links().iter();
            (all.map(|(id, series)| (name(*id), series)).collect(), 1.0e-4)
        }
        Curve::RoundTrip | Curve::Spread => {
            let all = history.probes().iter();
            (all.map(|(name, series)| (name.clone(), series)).collect(), 1.0)
        }
    };
    series.retain(|(_, series)| series.values().iter().any(|value| *value > 0));
    let highest = |series: &Series| series.values().iter().copied().max().unwrap_or(0);
    series.sort_by_key(|(_, series)| core::cmp::Reverse(highest(series)));
    series.truncate(MOST);
    series
        .into_iter()
        .map(|(name, series)| (name, points(series, scale)))
        .collect()
}

/// Bars of the round trips of each probe: the median, nine of ten, ninety-nine of a hundred, the longest.
fn spread(ui: &mut Ui, cx: &Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    let quantiles: Vec<(&str, [Span; 4])> = cx
        .feed
        .snapshot
        .probes
        .iter()
        .filter_map(|probe| {
            let all = probe.round_trips?;
            Some((probe.name.as_str(), [all.p50, all.p90, all.p99, all.max]))
        })
        .collect();
    if quantiles.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            ui.weak("No probe of this lab was answered yet.");
        });
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "for painting alone")]
    let charts = ["p50", "p90", "p99", "longest"]
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let bars = quantiles.iter().enumerate().map(|(place, (probe, all))| {
                let micros = all.get(n).map_or(0.0, |it| it.as_nanos() as f64 / 1_000.0);
                let at = place as f64 + (n as f64 - 1.5) * 0.2;
                Bar::new(at, micros).width(0.18).name(format!("{probe} {name}"))
            });
            BarChart::new((*name).to_owned(), bars.collect()).color(color(n, &palette))
        });
    let names: Vec<String> = quantiles.iter().map(|(name, _)| (*name).to_owned()).collect();
    Plot::new("spread")
        .grid_color(palette.card_edge)
        .grid_spacing(egui::Rangef::new(16.0, 200.0))
        .legend(Legend::default().position(Corner::LeftTop).background_alpha(0.6))
        .allow_scroll(false)
        .include_y(0.0)
        .x_axis_formatter(move |mark: GridMark, _: &RangeInclusive<f64>| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the place of a probe in a short list"
            )]
            let place = (mark.value >= 0.0 && mark.value.fract() == 0.0).then_some(mark.value as usize);
            place
                .and_then(|place| names.get(place).cloned())
                .unwrap_or_default()
        })
        .y_axis_formatter(|mark: GridMark, _: &RangeInclusive<f64>| Curve::Spread.words(mark.value))
        .y_axis_min_width(64.0)
        .show(ui, |plot| {
            for chart in charts {
                plot.bar_chart(chart);
            }
        });
}

/// A colour for each curve: those of the states first, then paler.
fn color(place: usize, palette: &Palette) -> Color32 {
    let base = [
        palette.health(Health::Working),
        palette.health(Health::Degraded),
        palette.health(Health::Good),
        palette.health(Health::Failed),
    ];
    let color = base[place % base.len()];
    if place < base.len() {
        color
    } else {
        color.gamma_multiply(0.6)
    }
}
