//! Curves over the lab's time: throughput, use of links, lag, backlog, round trips; and how these are spread.

use std::ops::RangeInclusive;

use egui::{Color32, RichText, TextStyle, Ui};
use egui_plot::{Bar, BarChart, GridInput, GridMark, Line, Plot, PlotPoints, VLine};
use sim_core::desk::format;
use sim_core::desk::history::Series;
use sim_core::resource::ResourceRef;
use sim_core::units::{Bars, BitRate, DataSize, SimTime, Span};
use sim_core::view::{Health, Quantiles, View};

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
    /// How the round trips of a probe are spread.
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
    /// Where lines cross the axis of values: at what is round in the unit that the words there are in.
    fn marks(self, input: GridInput) -> Vec<GridMark> {
        let round = match self {
            Self::Lag => SECONDS.map(|seconds| seconds * 1_000.0).to_vec(),
            Self::Backlog => binary(),
            Self::Throughput | Self::Use | Self::RoundTrip | Self::Spread => decimal(),
        };
        marks(input, &round, 2.0)
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

/// What the pane keeps from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct Plots {
    curve: Curve,
    /// The probe whose round trips are shown as a histogram, once there is one.
    probe: Option<String>,
    bars: Bars,
}

impl Plots {
    /// The probe whose round trips are looked at.
    fn probe(&self) -> Option<&str> {
        self.probe.as_deref()
    }
    /// Brings what only this pane shows up to date.
    pub(crate) fn update(&mut self, view: &View<'_>) {
        if self.curve == Curve::Spread
            && let Some(probe) = &self.probe
        {
            self.bars = view.round_trip_bars(probe, BARS).unwrap_or_default();
        }
    }
}

/// Bars of a histogram at most.
const BARS: u32 = 40;

/// Draws the pane.
pub(crate) fn ui(ui: &mut Ui, plots: &mut Plots, cx: &mut Cx<'_>) {
    toolbar(ui, |ui| choice(ui, &mut plots.curve));
    let curve = plots.curve;
    if curve == Curve::Spread {
        spread(ui, plots, cx);
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
    legend(ui, lines.iter().map(|(name, _)| name.as_str()));
    let plot = Plot::new(("plot", curve.title()))
        .allow_scroll(false)
        .grid_color(palette.card_edge)
        .grid_spacing(egui::Rangef::new(16.0, 200.0))
        .set_margin_fraction(egui::vec2(0.05, 0.06))
        .include_y(0.0)
        .include_x(0.0)
        .include_x(now.max(60.0))
        .x_grid_spacer(|input| marks(input, &SECONDS, 5.0))
        .y_grid_spacer(move |input| curve.marks(input))
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

/// Round steps of a clock and a calendar, in seconds.
const SECONDS: [f64; 30] = [
    0.001,
    0.005,
    0.01,
    0.05,
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
    4_320_000.0,
    8_640_000.0,
];

/// One, two and five times each power of ten that a rate or a share can have.
fn decimal() -> Vec<f64> {
    let powers = (-3..16).map(|power| 10.0_f64.powi(power));
    powers.flat_map(|it| [it, 2.0 * it, 5.0 * it]).collect()
}

/// Powers of two, of which sizes are made.
fn binary() -> Vec<f64> {
    (0..63).map(|power| 2.0_f64.powi(power)).collect()
}

/// Lines at the multiples of the smallest of these steps that is at least so many times what can be told apart.
fn marks(input: GridInput, round: &[f64], apart: f64) -> Vec<GridMark> {
    let least = input.base_step_size * apart;
    let step_size = round.iter().copied().find(|step| *step >= least);
    let step_size = step_size
        .or(round.last().copied())
        .unwrap_or(1.0)
        .max(least / 100.0);
    let (from, to) = input.bounds;
    let first = (from / step_size).ceil();
    let all = (0..=400_u16).map(|n| (first + f64::from(n)) * step_size);
    all.take_while(|value| *value <= to)
        .map(|value| GridMark { value, step_size })
        .collect()
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

/// Buttons for all kinds of curves, on one line also in a narrow pane: a second one would be taken from the curves.
fn choice(ui: &mut Ui, chosen: &mut Curve) {
    let room = ui.available_width();
    let manners = [
        (TextStyle::Button, 8.0, 8.0),
        (TextStyle::Button, 5.0, 2.0),
        (TextStyle::Small, 4.0, 2.0),
    ];
    let width = |style: &TextStyle, padding: f32, gap: f32| {
        let font = style.resolve(ui.style());
        let word = |curve: Curve| {
            let words = curve.title().to_owned();
            let galley = ui
                .painter()
                .layout_no_wrap(words, font.clone(), Color32::PLACEHOLDER);
            2.0_f32.mul_add(padding, galley.size().x) + gap
        };
        Curve::ALL.into_iter().map(word).sum::<f32>()
    };
    let fits = manners
        .iter()
        .find(|(style, padding, gap)| width(style, *padding, *gap) <= room);
    let [.., smallest] = &manners;
    let (style, padding, gap) = fits.unwrap_or(smallest);
    ui.spacing_mut().button_padding.x = *padding;
    ui.spacing_mut().item_spacing.x = *gap;
    for curve in Curve::ALL {
        let words = RichText::new(curve.title()).text_style(style.clone());
        ui.selectable_value(chosen, curve, words);
    }
}

#[expect(clippy::cast_precision_loss, reason = "for painting alone")]
fn points(series: &Series, scale: f64) -> Vec<[f64; 2]> {
    let width = series.width().as_nanos() as f64 / 1.0e9;
    let values = series.values().iter().enumerate();
    let known = values.skip(series.n_unknown());
    known
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

/// A histogram of the round trips of one probe, with what half, nine of ten and ninety-nine of a hundred of them took at most.
fn spread(ui: &mut Ui, plots: &mut Plots, cx: &Cx<'_>) {
    let probes = cx.feed.snapshot.probes.iter();
    let answered: Vec<(&str, Quantiles)> = probes
        .filter_map(|probe| Some((probe.name.as_str(), probe.round_trips?)))
        .collect();
    let asked = answered.iter().find(|(name, _)| Some(*name) == plots.probe());
    let Some(&(name, times)) = asked.or(answered.first()) else {
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            ui.weak("No probe of this lab was answered yet.");
        });
        return;
    };
    toolbar(ui, |ui| {
        egui::ComboBox::from_id_salt("probe")
            .selected_text(name)
            .show_ui(ui, |ui| {
                for (other, _) in &answered {
                    if ui.selectable_label(*other == name, *other).clicked() {
                        plots.probe = Some((*other).to_owned());
                        ui.ctx().request_repaint();
                    }
                }
            })
            .response
            .on_hover_text("Whose round trips are shown");
        let words = |span: Span| Curve::Spread.words(micros(span));
        ui.weak(format!(
            "half within {}, 99 of 100 within {}, the longest {}",
            words(times.p50),
            words(times.p99),
            words(times.max)
        ));
    });
    if plots.probe.is_none() {
        plots.probe = Some(name.to_owned());
        ui.ctx().request_repaint();
    }
    let palette = Palette::of(ui.visuals());
    let bars = &plots.bars;
    let width = micros(bars.width);
    #[expect(clippy::cast_precision_loss, reason = "for painting alone")]
    let all = bars
        .counts
        .iter()
        .enumerate()
        .filter(|(_, n)| **n > 0)
        .map(|(place, &n)| {
            let from = width.mul_add(place as f64, micros(bars.from));
            let words = format!(
                "{} to {}: {n}",
                Curve::Spread.words(from),
                Curve::Spread.words(from + width)
            );
            Bar::new(from + width / 2.0, n as f64).width(width).name(words)
        });
    let chart = BarChart::new(name, all.collect()).color(color(0, &palette));
    let shown = Plot::new("spread")
        .grid_color(palette.card_edge)
        .grid_spacing(egui::Rangef::new(16.0, 200.0))
        .allow_scroll(false)
        .include_y(0.0)
        .x_axis_formatter(|mark: GridMark, _: &RangeInclusive<f64>| Curve::Spread.words(mark.value))
        .y_axis_formatter(|mark: GridMark, _: &RangeInclusive<f64>| {
            if mark.value.fract() == 0.0 && mark.value >= 0.0 {
                format!("{:.0}", mark.value)
            } else {
                String::new()
            }
        })
        .y_axis_min_width(64.0)
        .show(ui, |plot| {
            plot.bar_chart(chart);
            for (place, (share, at)) in [("p50", times.p50), ("p90", times.p90), ("p99", times.p99)]
                .into_iter()
                .enumerate()
            {
                plot.vline(
                    VLine::new(share, micros(at))
                        .color(color(place + 1, &palette))
                        .width(1.2),
                );
            }
        });
    let told = format!("Histogram of round trips of {name}");
    shown
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &told));
}

#[expect(clippy::cast_precision_loss, reason = "for painting alone")]
fn micros(span: Span) -> f64 {
    span.as_nanos() as f64 / 1_000.0
}

/// What each curve is: above the plot, where it hides none.
fn legend<'n>(ui: &mut Ui, names: impl Iterator<Item = &'n str>) {
    let palette = Palette::of(ui.visuals());
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 2))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for (place, name) in names.enumerate() {
                    let (rect, _) = ui.allocate_exact_size(egui::vec2(14.0, 12.0), egui::Sense::hover());
                    ui.painter().hline(
                        rect.x_range(),
                        rect.center().y,
                        egui::Stroke::new(2.5, color(place, &palette)),
                    );
                    ui.small(name);
                    ui.add_space(8.0);
                }
            });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(curve: Option<Curve>, base_step_size: f64, to: f64) -> Vec<String> {
        let input = GridInput {
            bounds: (0.0, to),
            base_step_size,
        };
        match curve {
            None => marks(input, &SECONDS, 5.0).into_iter().map(axis).collect(),
            Some(curve) => {
                let all = curve.marks(input).into_iter();
                all.map(|mark| curve.words(mark.value)).collect()
            }
        }
    }

    #[test]
    fn axes_are_divided_at_what_people_call_round() {
        assert_eq!(at(None, 200.0, 5_000.0), ["0", "30m", "1h00"]);
        assert_eq!(at(None, 100.0, 3_000.0), ["0", "10m", "20m", "30m", "40m", "50m"]);
        assert_eq!(at(None, 40_000.0, 600_000.0), ["0", "5d"]);
        let lag = at(Some(Curve::Lag), 20_000.0, 200_000.0);
        assert_eq!(lag, ["0s", "1m 00s", "2m 00s", "3m 00s"]);
        let backlog = at(Some(Curve::Backlog), 3.0e9, 30.0e9);
        assert_eq!(backlog, ["0 B", "8 GiB", "16 GiB", "24 GiB"]);
        let throughput = at(Some(Curve::Throughput), 20.0e6, 200.0e6);
        assert_eq!(
            throughput,
            ["0 bps", "50 Mbps", "100 Mbps", "150 Mbps", "200 Mbps"]
        );
    }

    #[test]
    fn an_axis_of_any_length_has_few_divisions() {
        for power in -9..18 {
            let least = 10.0_f64.powi(power);
            for curve in Curve::ALL {
                let input = GridInput {
                    bounds: (0.0, 30.0 * least),
                    base_step_size: least,
                };
                assert!(curve.marks(input).len() <= 401);
            }
        }
    }
}
