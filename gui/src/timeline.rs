//! The timeline: where on the way of each branch something notable happened, where something was done by hand, and a cursor
//! that takes the lab along.

use egui::{
    Align2, Color32, CornerRadius, Id, Pos2, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use sim_core::desk::feed::{Branch, Feed};
use sim_core::desk::format;
use sim_core::desk::marks::{Marks, Stretch};
use sim_core::desk::request::Request;
use sim_core::units::{SimTime, Span};
use sim_core::view::Health;

use crate::ask::{Ask, Cx};
use crate::sheet::cut;
use crate::theme::Palette;

/// Width of the names of branches.
const NAME: f32 = 96.0;
/// Height of a lane, and of the instants below.
const LANE: f32 = 20.0;
const AXIS: f32 = 22.0;
/// Width of a mark: so many marks are told apart.
const MARK: f32 = 5.0;
/// How often the whole can be halved to what is shown.
const CLOSEST: f32 = 24.0;
/// The same for what is shown by itself of a lab that has only begun.
const SMALLEST_PART: f32 = 6.0;
/// Lanes that are shown at once.
const MOST: usize = 6;

/// What of the lab's time is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeline {
    /// How much closer than by itself, in halvings.
    closer: f32,
    /// The instant at the left edge, where it is not the whole that is shown.
    from: SimTime,
    /// Whether the keyboard is to go here from the next frame on.
    is_asked: bool,
}

/// Height of the timeline for so many branches.
#[must_use]
pub fn height(n_branches: usize) -> f32 {
    let lanes = u8::try_from(n_branches.clamp(1, MOST)).map_or(1.0, f32::from);
    lanes.mul_add(LANE, AXIS + 8.0)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for places on the screen alone; floats saturate"
)]
mod places {
    use super::{Rect, SimTime, Span, Stretch};

    pub(super) fn cells(lanes: Rect, mark: f32) -> u16 {
        (lanes.width() / mark).clamp(1.0, 8_000.0) as u16
    }
    pub(super) fn x_of(stretch: &Stretch, lanes: Rect, at: SimTime) -> f32 {
        let behind = stretch.from.as_nanos() as f64;
        let part = (at.as_nanos() as f64 - behind) / (stretch.span.as_nanos().max(1) as f64);
        lanes.left() + lanes.width() * part as f32
    }
    pub(super) fn at_x(stretch: &Stretch, lanes: Rect, x: f32) -> SimTime {
        let part = f64::from(((x - lanes.left()) / lanes.width().max(1.0)).clamp(0.0, 1.0));
        stretch.from + Span::nanos((stretch.span.as_nanos() as f64 * part) as u64)
    }
    pub(super) fn shortened(whole: Span, halvings: f32) -> Span {
        Span::nanos((whole.as_nanos() as f64 / f64::from(halvings).exp2()).max(1.0e6) as u64)
    }
    pub(super) fn itself(whole: Span, known: Span) -> f32 {
        let twice = (known.as_nanos() as f64 * 2.0).max(1.0);
        let halvings = (whole.as_nanos() as f64 / twice).log2().floor();
        halvings.clamp(0.0, f64::from(super::SMALLEST_PART)) as f32
    }
    pub(super) fn half(span: Span, part: f32) -> Span {
        Span::nanos((span.as_nanos() as f64 * f64::from(part)) as u64)
    }
}
use places::{at_x, cells, half, itself, shortened, x_of};

impl Timeline {
    /// Lets the arrows take the lab along from the next frame on.
    pub const fn ask_focus(&mut self) {
        self.is_asked = true;
    }

    /// How often the whole is halved: of a lab that has only begun by itself only the first part is shown.
    fn halvings(&self, feed: &Feed) -> f32 {
        let whole = feed.reaches_to().since(SimTime::START);
        (itself(whole, feed.known_until().since(SimTime::START)) + self.closer).clamp(0.0, CLOSEST)
    }

    fn stretch(&mut self, feed: &Feed, lanes: Rect) -> Stretch {
        let whole = feed.reaches_to().since(SimTime::START);
        let span = shortened(whole, self.halvings(feed));
        let latest = SimTime::START + whole.saturating_sub(span);
        self.from = self.from.min(latest);
        Stretch {
            from: if self.closer > 0.0 {
                self.from
            } else {
                SimTime::START
            },
            span,
            cells: cells(lanes, MARK),
        }
    }

    /// Draws it over all the room there is.
    pub(crate) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let feed = cx.feed;
        let palette = Palette::of(ui.visuals());
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let lanes = rect
            .with_min_x(rect.left() + NAME)
            .with_max_x(rect.right() - 14.0)
            .with_min_y(rect.top() + 4.0)
            .with_max_y(rect.bottom() - AXIS);
        let stretch = self.stretch(feed, lanes);
        self.zoom(ui, rect, lanes, &stretch, feed);
        let own = [];
        let branches: &[Branch] = if feed.branches.is_empty() {
            &own
        } else {
            &feed.branches
        };
        let mut y = lanes.top();
        for branch in branches.iter().take(MOST) {
            let lane = Rect::from_min_max(pos2(lanes.left(), y), pos2(lanes.right(), y + LANE));
            name(ui, branch, lane, cx, &palette);
            draw_lane(ui, branch, lane, &stretch, feed, &palette);
            y += LANE;
        }
        axis(ui, lanes, &stretch, feed, &palette);
        cursor(ui, lanes, &stretch, feed, &palette);
        let pointer = response
            .interact_pointer_pos()
            .filter(|at| at.x >= lanes.left() - 6.0);
        if let Some(at) = pointer.filter(|_| response.dragged() || response.clicked()) {
            cx.ask(Ask::Lab(Request::Seek(at_x(&stretch, lanes, at.x))));
        }
        if std::mem::take(&mut self.is_asked) {
            response.request_focus();
        }
        if response.has_focus() {
            ui.memory_mut(|memory| {
                memory.set_focus_lock_filter(
                    response.id,
                    egui::EventFilter {
                        horizontal_arrows: true,
                        ..egui::EventFilter::default()
                    },
                );
            });
            if let Some(at) = scrubbed(ui, &stretch, feed) {
                cx.ask(Ask::Lab(Request::Seek(at)));
            }
            let edge = rect.shrink(1.0);
            let stroke = Stroke::new(1.5, palette.accent.gamma_multiply(0.7));
            ui.painter()
                .rect_stroke(edge, CornerRadius::same(2), stroke, egui::StrokeKind::Inside);
        }
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Slider, true, "Timeline");
            info.current_text_value = Some(feed.now().to_string());
            info
        });
        if let Some(at) = response.hover_pos().filter(|at| lanes.contains(*at)) {
            let words = format::instant(at_x(&stretch, lanes, at.x));
            response.on_hover_text_at_pointer(words);
        }
    }

    /// The wheel shows less or more around the pointer.
    fn zoom(&mut self, ui: &Ui, rect: Rect, lanes: Rect, stretch: &Stretch, feed: &Feed) {
        let Some(at) = ui.ctx().pointer_latest_pos().filter(|at| rect.contains(*at)) else {
            return;
        };
        let wheel = ui.input(|input| input.smooth_scroll_delta().y);
        if wheel == 0.0 || !ui.rect_contains_pointer(rect) {
            return;
        }
        let under = at_x(stretch, lanes, at.x);
        let before = (at.x - lanes.left()) / lanes.width().max(1.0);
        self.closer = (self.closer + wheel / 120.0).clamp(-SMALLEST_PART, CLOSEST);
        let whole = feed.reaches_to().since(SimTime::START);
        let span = shortened(whole, self.halvings(feed));
        let left = half(span, before.clamp(0.0, 1.0));
        self.from = SimTime::START + under.since(SimTime::START).saturating_sub(left);
    }
}

/// Where the arrows, Home and End take the lab.
fn scrubbed(ui: &Ui, stretch: &Stretch, feed: &Feed) -> Option<SimTime> {
    let pressed = |key| ui.input(|input| input.num_presses(key));
    let steps = |n: usize| Span::nanos(stretch.step().as_nanos().saturating_mul(n as u64));
    let (back, on) = (pressed(egui::Key::ArrowLeft), pressed(egui::Key::ArrowRight));
    if pressed(egui::Key::Home) > 0 {
        return Some(SimTime::START);
    }
    if pressed(egui::Key::End) > 0 {
        return Some(feed.known_until());
    }
    if back == on {
        return None;
    }
    let since = feed.now().since(SimTime::START);
    Some(SimTime::START + (since + steps(on)).saturating_sub(steps(back)))
}

/// The name of a branch; a click on that of another one goes on with it.
fn name(ui: &mut Ui, branch: &Branch, lane: Rect, cx: &mut Cx<'_>, palette: &Palette) {
    let rect = Rect::from_min_max(
        pos2(lane.left() - NAME + 10.0, lane.top()),
        pos2(lane.left() - 8.0, lane.bottom()),
    );
    let response = ui.interact(rect, Id::unique(("branch", &branch.name)), Sense::click());
    let color = match (branch.is_current, response.hovered()) {
        (true, _) => palette.accent,
        (false, true) => palette.text,
        (false, false) => palette.weak,
    };
    let galley = cut(
        ui,
        &branch.name,
        TextStyle::Body.resolve(ui.style()),
        color,
        rect.width(),
    );
    let place = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, color);
    let label = format!("Branch {}", branch.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, branch.is_current, &label));
    if response.clicked() && !branch.is_current {
        cx.ask(Ask::Lab(Request::Switch(branch.name.clone())));
    }
    response.on_hover_text(format!("Go on with {}", branch.name));
}

fn draw_lane(ui: &Ui, branch: &Branch, lane: Rect, stretch: &Stretch, feed: &Feed, palette: &Palette) {
    let marks: &Marks = if branch.is_current {
        &feed.marks
    } else {
        &branch.marks
    };
    let now = if branch.is_current { feed.now() } else { branch.now };
    let middle = lane.center().y;
    let x = |at: SimTime| x_of(stretch, lane, at).clamp(lane.left(), lane.right());
    let painter = ui.painter();
    let begins = x(branch.began_at);
    painter.hline(begins..=lane.right(), middle, Stroke::new(1.0, palette.grid));
    painter.hline(
        begins..=x(marks.known_until().max(now)),
        middle,
        Stroke::new(2.0, palette.card_edge),
    );
    let played = if branch.is_current {
        palette.accent
    } else {
        palette.weak
    };
    painter.hline(
        begins..=x(now),
        middle,
        Stroke::new(3.0, played.gamma_multiply(0.7)),
    );
    for (cell, worst) in (0..stretch.cells).zip(marks.in_cells(stretch)) {
        let Some(health) = worst else { continue };
        let at = stretch.instant(cell);
        if at + stretch.step() < branch.began_at {
            continue;
        }
        let color = palette.health(health);
        let color = if at <= now {
            color
        } else {
            color.gamma_multiply(0.45)
        };
        let reach = match health {
            Health::Failed => 7.0,
            Health::Degraded => 6.0,
            Health::Working => 4.5,
            Health::Good | Health::Idle => 3.5,
        };
        let left = x(at);
        let mark = Rect::from_min_max(
            pos2(left, middle - reach),
            pos2(left + MARK - 1.5, middle + reach),
        );
        painter.rect_filled(mark, CornerRadius::same(1), color);
    }
    if branch.from.is_some() {
        painter.circle(
            pos2(begins, middle),
            3.5,
            palette.canvas,
            Stroke::new(1.5, palette.weak),
        );
    }
    if branch.is_current {
        for at in &feed.deeds {
            if *at >= branch.began_at && *at >= stretch.from && *at <= stretch.from + stretch.span {
                diamond(ui, pos2(x(*at), middle), palette.accent);
            }
        }
    }
}

/// Something that was done by hand.
fn diamond(ui: &Ui, center: Pos2, color: Color32) {
    let corners = [vec2(0.0, -6.0), vec2(5.0, 0.0), vec2(0.0, 6.0), vec2(-5.0, 0.0)];
    let points = corners.map(|corner| center + corner).to_vec();
    let stroke = Stroke::new(1.0, Color32::BLACK.gamma_multiply(0.4));
    ui.painter()
        .add(egui::Shape::convex_polygon(points, color, stroke));
}

fn axis(ui: &Ui, lanes: Rect, stretch: &Stretch, feed: &Feed, palette: &Palette) {
    /// Between two instants that are written, in marks.
    const EVERY: u16 = 16;
    let every = stretch.round_step(EVERY);
    let first = stretch
        .from
        .since(SimTime::START)
        .as_nanos()
        .div_ceil(every.as_nanos().max(1));
    let font = TextStyle::Small.resolve(ui.style());
    let now = x_of(stretch, lanes, feed.now());
    for n in first..first + 400 {
        let at = SimTime::START + Span::nanos(every.as_nanos().saturating_mul(n));
        let x = x_of(stretch, lanes, at);
        if x > lanes.right() + 1.0 {
            break;
        }
        ui.painter().vline(
            x,
            lanes.bottom()..=lanes.bottom() + 4.0,
            Stroke::new(1.0, palette.card_edge),
        );
        if (x - now).abs() > 62.0 {
            ui.painter().text(
                pos2(x, lanes.bottom() + 5.0),
                Align2::CENTER_TOP,
                format::axis(at, every),
                font.clone(),
                palette.weak,
            );
        }
    }
}

/// Where the lab is.
fn cursor(ui: &Ui, lanes: Rect, stretch: &Stretch, feed: &Feed, palette: &Palette) {
    let x = x_of(stretch, lanes, feed.now());
    if x < lanes.left() - 1.0 || x > lanes.right() + 1.0 {
        return;
    }
    ui.painter().vline(
        x,
        lanes.top()..=lanes.bottom() + 3.0,
        Stroke::new(2.0, palette.accent),
    );
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(format::instant(feed.now()), font, palette.canvas);
    let size = galley.size() + vec2(10.0, 3.0);
    let left = (x - size.x / 2.0).clamp(lanes.left() - NAME + 8.0, lanes.right() - size.x + 10.0);
    let flag = Rect::from_min_size(pos2(left, lanes.bottom() + 3.0), size);
    ui.painter()
        .rect_filled(flag, CornerRadius::same(3), palette.accent);
    ui.painter()
        .galley(flag.min + vec2(5.0, 1.5), galley, palette.canvas);
}
