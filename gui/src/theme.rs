//! Fonts, colours and strokes, by meaning. Nothing else in the window names a colour.
//!
//! States are told apart by the palette of Okabe and Ito ("Color Universal Design", 2008), which
//! people with any of the common colour blindnesses can read, and never by colour alone: each has a
//! mark of its own as well.

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Visuals, vec2};

use serde::{Deserialize, Serialize};
use sim_core::units::Ppm;

use crate::canvas::{Direction, Protocol};
use crate::topology::{ContainerKind, Health, Line, Link, NodeKind};

/// The colours of one appearance.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind everything.
    pub canvas: Color32,
    /// The dots of the canvas.
    pub grid: Color32,
    /// The card of a node.
    pub card: Color32,
    /// The edge of a card.
    pub card_edge: Color32,
    /// Names.
    pub text: Color32,
    /// What stands beside names.
    pub weak: Color32,
    /// A link without further news.
    pub link: Color32,
    /// What is selected.
    pub accent: Color32,
    site: Color32,
    location: Color32,
    region: Color32,
    vpc: Color32,
    subnet: Color32,
    good: Color32,
    working: Color32,
    degraded: Color32,
    failed: Color32,
    idle: Color32,
    busy: Color32,
    forward: Color32,
    back: Color32,
}

const DARK: Palette = Palette {
    canvas: Color32::from_rgb(0x10, 0x14, 0x1b),
    grid: Color32::from_rgb(0x1d, 0x24, 0x2f),
    card: Color32::from_rgb(0x22, 0x2a, 0x37),
    card_edge: Color32::from_rgb(0x3a, 0x46, 0x58),
    text: Color32::from_rgb(0xe8, 0xed, 0xf4),
    weak: Color32::from_rgb(0x9a, 0xa8, 0xba),
    link: Color32::from_rgb(0x7d, 0x8f, 0xa8),
    accent: Color32::from_rgb(0xf5, 0xc5, 0x42),
    site: Color32::from_rgb(0xd9, 0x9a, 0x6c),
    location: Color32::from_rgb(0xd6, 0x8f, 0xb0),
    region: Color32::from_rgb(0x5f, 0xa8, 0xd3),
    vpc: Color32::from_rgb(0xa9, 0x8c, 0xe8),
    subnet: Color32::from_rgb(0x5f, 0xbf, 0xa6),
    good: Color32::from_rgb(0x2f, 0xc2, 0x94),
    working: Color32::from_rgb(0x5b, 0xb4, 0xf0),
    degraded: Color32::from_rgb(0xe6, 0x9f, 0x00),
    failed: Color32::from_rgb(0xee, 0x6a, 0x3a),
    idle: Color32::from_rgb(0x8a, 0x97, 0xa8),
    busy: Color32::from_rgb(0xd5, 0x8c, 0xff),
    forward: Color32::from_rgb(0x56, 0xd4, 0xff),
    back: Color32::from_rgb(0xff, 0x9f, 0xd5),
};

const LIGHT: Palette = Palette {
    canvas: Color32::from_rgb(0xf6, 0xf8, 0xfb),
    grid: Color32::from_rgb(0xe1, 0xe7, 0xee),
    card: Color32::from_rgb(0xff, 0xff, 0xff),
    card_edge: Color32::from_rgb(0xc3, 0xcd, 0xd9),
    text: Color32::from_rgb(0x19, 0x22, 0x2e),
    weak: Color32::from_rgb(0x56, 0x63, 0x75),
    link: Color32::from_rgb(0x6b, 0x7b, 0x90),
    accent: Color32::from_rgb(0xb9, 0x77, 0x00),
    site: Color32::from_rgb(0x9c, 0x5a, 0x25),
    location: Color32::from_rgb(0x9a, 0x3f, 0x6f),
    region: Color32::from_rgb(0x1f, 0x6f, 0xa3),
    vpc: Color32::from_rgb(0x6a, 0x45, 0xb8),
    subnet: Color32::from_rgb(0x1c, 0x7f, 0x68),
    good: Color32::from_rgb(0x00, 0x8a, 0x63),
    working: Color32::from_rgb(0x00, 0x72, 0xb2),
    degraded: Color32::from_rgb(0xb3, 0x72, 0x00),
    failed: Color32::from_rgb(0xc8, 0x48, 0x00),
    idle: Color32::from_rgb(0x6f, 0x7d, 0x8f),
    busy: Color32::from_rgb(0x8a, 0x2f, 0xd0),
    forward: Color32::from_rgb(0x00, 0x6f, 0xb8),
    back: Color32::from_rgb(0xb8, 0x2f, 0x82),
};

/// An appearance that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Look {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
    /// Light on dark, with no colours but those that people with any of the common colour blindnesses tell apart: what does
    /// well is blue, and what has failed is vermilion.
    Safe,
    /// The same dark on light.
    SafeLight,
}

impl Look {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Safe, Self::SafeLight];

    /// What it is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dark => "Dark",
            Self::Light => "Light",
            Self::Safe => "Colour-blind safe, dark",
            Self::SafeLight => "Colour-blind safe, light",
        }
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Safe,
            Self::Safe => Self::SafeLight,
            Self::SafeLight => Self::Dark,
        }
    }

    /// The look that a window wears.
    #[must_use]
    pub fn worn(ctx: &egui::Context) -> Self {
        let visuals = &ctx.style_of(ctx.theme()).visuals;
        let found = Self::ALL.into_iter().find(|look| look.is_of(visuals));
        found.unwrap_or(if visuals.dark_mode {
            Self::Dark
        } else {
            Self::Light
        })
    }

    /// The toolkit keeps a colour for errors with each appearance, and no two of ours share theirs.
    fn is_of(self, visuals: &Visuals) -> bool {
        Palette::of_look(self).failed == visuals.error_fg_color
    }

    /// Dresses a window in it, whatever the system prefers.
    pub fn put_on(self, ctx: &egui::Context) {
        let (pair, theme) = match self {
            Self::Dark => ([Self::Dark, Self::Light], egui::Theme::Dark),
            Self::Light => ([Self::Dark, Self::Light], egui::Theme::Light),
            Self::Safe => ([Self::Safe, Self::SafeLight], egui::Theme::Dark),
            Self::SafeLight => ([Self::Safe, Self::SafeLight], egui::Theme::Light),
        };
        wear(ctx, pair);
        ctx.set_theme(theme);
    }
}

/// The palette of Okabe and Ito as it was published, on dark.
const SAFE: Palette = Palette {
    site: Color32::from_rgb(0xe6, 0x9f, 0x00),
    location: Color32::from_rgb(0xf0, 0xe4, 0x42),
    region: Color32::from_rgb(0x56, 0xb4, 0xe9),
    vpc: Color32::from_rgb(0xcc, 0x79, 0xa7),
    subnet: Color32::from_rgb(0x00, 0x9e, 0x73),
    good: Color32::from_rgb(0x56, 0xb4, 0xe9),
    working: Color32::from_rgb(0xf0, 0xe4, 0x42),
    degraded: Color32::from_rgb(0xe6, 0x9f, 0x00),
    failed: Color32::from_rgb(0xff, 0x6a, 0x00),
    busy: Color32::from_rgb(0xcc, 0x79, 0xa7),
    forward: Color32::from_rgb(0xff, 0xff, 0xff),
    back: Color32::from_rgb(0xcc, 0x79, 0xa7),
    ..DARK
};

/// The same on light, each colour as dark as it takes to be read there.
const SAFE_LIGHT: Palette = Palette {
    site: Color32::from_rgb(0x9a, 0x5f, 0x00),
    location: Color32::from_rgb(0x7a, 0x6a, 0x00),
    region: Color32::from_rgb(0x00, 0x72, 0xb2),
    vpc: Color32::from_rgb(0xa0, 0x4a, 0x7c),
    subnet: Color32::from_rgb(0x00, 0x7a, 0x58),
    good: Color32::from_rgb(0x00, 0x72, 0xb2),
    working: Color32::from_rgb(0x7a, 0x6a, 0x00),
    degraded: Color32::from_rgb(0x9a, 0x5f, 0x00),
    failed: Color32::from_rgb(0xc2, 0x4a, 0x00),
    busy: Color32::from_rgb(0xa0, 0x4a, 0x7c),
    forward: Color32::from_rgb(0x10, 0x10, 0x10),
    back: Color32::from_rgb(0xa0, 0x4a, 0x7c),
    ..LIGHT
};

impl Palette {
    /// The colours of an appearance.
    #[must_use]
    pub const fn of_look(look: Look) -> Self {
        match look {
            Look::Dark => DARK,
            Look::Light => LIGHT,
            Look::Safe => SAFE,
            Look::SafeLight => SAFE_LIGHT,
        }
    }

    /// The colours that suit what the window looks like now.
    #[must_use]
    pub fn of(visuals: &Visuals) -> Self {
        let found = Look::ALL.into_iter().find(|look| look.is_of(visuals));
        found.map_or(if visuals.dark_mode { DARK } else { LIGHT }, Self::of_look)
    }

    /// The colour of a state.
    #[must_use]
    pub const fn health(&self, health: Health) -> Color32 {
        match health {
            Health::Idle => self.idle,
            Health::Good => self.good,
            Health::Working => self.working,
            Health::Degraded => self.degraded,
            Health::Failed => self.failed,
        }
    }

    /// The colour of a box's edge and title.
    #[must_use]
    pub const fn container(&self, kind: ContainerKind) -> Color32 {
        match kind {
            ContainerKind::Site | ContainerKind::Segment => self.site,
            ContainerKind::Cloud => self.weak,
            ContainerKind::Location => self.location,
            ContainerKind::Region => self.region,
            ContainerKind::Zone => self.weak,
            ContainerKind::Vpc => self.vpc,
            ContainerKind::Subnet => self.subnet,
        }
    }

    /// What fills a box: a breath of its edge's colour, so that nesting shows.
    #[must_use]
    pub fn container_fill(&self, kind: ContainerKind) -> Color32 {
        self.container(kind).gamma_multiply(match kind {
            ContainerKind::Site | ContainerKind::Cloud | ContainerKind::Region | ContainerKind::Location => {
                0.04
            }
            ContainerKind::Segment => 0.08,
            ContainerKind::Zone => 0.03,
            ContainerKind::Vpc => 0.07,
            ContainerKind::Subnet => 0.10,
        })
    }

    /// The colour of a thing that stands by itself: that of whose ground it is of.
    #[must_use]
    pub const fn node(&self, kind: NodeKind) -> Color32 {
        match kind {
            NodeKind::Router | NodeKind::Firewall | NodeKind::VirtualGateway => self.site,
            NodeKind::Device | NodeKind::VirtualInterface | NodeKind::DirectConnectGateway => self.location,
            NodeKind::TunnelEndpoint
            | NodeKind::TransitGateway
            | NodeKind::VirtualPrivateGateway
            | NodeKind::InternetGateway
            | NodeKind::NatGateway
            | NodeKind::Gateway => self.vpc,
            NodeKind::Endpoint | NodeKind::Resolver | NodeKind::Service => self.region,
            NodeKind::Carrier
            | NodeKind::Host
            | NodeKind::SourceServer
            | NodeKind::ReplicationServer
            | NodeKind::LaunchedInstance => self.weak,
        }
    }

    /// What fills the tile of a thing: a little of its colour.
    #[must_use]
    pub fn tile(&self, kind: NodeKind) -> Color32 {
        self.card.lerp_to_gamma(self.node(kind), 0.14)
    }

    /// The line of a link: thicker the more it can carry and the more of that it carries, and of another colour the busier
    /// it is.
    #[must_use]
    pub fn link_stroke(&self, link: &Link) -> Stroke {
        let load = part(link.load);
        let color = match link.health {
            Health::Idle | Health::Good if load > 0.8 => self.busy,
            Health::Idle | Health::Good => self.link.lerp_to_gamma(self.good, (load * 3.0).min(1.0)),
            Health::Working => self.working,
            Health::Degraded => self.degraded,
            Health::Failed => self.failed,
        };
        let width = match (link.line, link.rate.as_bps()) {
            (Line::Relation, _) => 1.4,
            (Line::Tunnel, _) => 1.8,
            (Line::Wire, 0..100_000_000) => 1.5,
            (Line::Wire, 100_000_000..1_000_000_000) => 1.9,
            (Line::Wire, 1_000_000_000..10_000_000_000) => 2.3,
            (Line::Wire, _) => 2.8,
        };
        // By the root, so that a little traffic shows and a full link does not hide its boxes.
        Stroke::new(4.0f32.mul_add(load.sqrt(), width), color)
    }

    /// The colour of a way.
    #[must_use]
    pub const fn route(&self, direction: Direction) -> Color32 {
        match direction {
            Direction::Before => self.weak,
            Direction::Forward => self.forward,
            Direction::Return => self.back,
        }
    }

    /// The colour of a protocol's packets.
    #[must_use]
    pub const fn protocol(&self, protocol: Protocol) -> Color32 {
        match protocol {
            Protocol::Bgp => self.forward,
            Protocol::Bfd => self.working,
            Protocol::Ike => self.vpc,
            Protocol::Dns => self.back,
            Protocol::Replication => self.good,
        }
    }
}

/// A share as a float, for painting only.
#[must_use]
pub fn part(share: Ppm) -> f32 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a million and less is exact in a float"
    )]
    let millionths = share.as_ppm() as f32;
    millionths / 1.0e6
}

/// Fonts and style of the whole window, for both appearances. Call it once, before the first frame.
pub fn setup(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::default();
    // The proportional font lacks arrows and most symbols; Hack, which comes along anyway, has them.
    if let Some(family) = fonts.families.get_mut(&FontFamily::Proportional) {
        family.push("Hack".to_owned());
    }
    ctx.set_fonts(fonts);
    wear(ctx, [Look::Dark, Look::Light]);
}

/// Dresses the window: how it looks dark, and how light.
pub fn wear(ctx: &egui::Context, [dark, light]: [Look; 2]) {
    for (theme, look) in [(egui::Theme::Dark, dark), (egui::Theme::Light, light)] {
        let palette = Palette::of_look(look);
        ctx.style_mut_of(theme, |style| {
            let visuals = &mut style.visuals;
            visuals.error_fg_color = palette.failed;
            visuals.warn_fg_color = palette.degraded;
            visuals.panel_fill = palette.card.lerp_to_gamma(palette.canvas, 0.7);
            visuals.window_fill = visuals.panel_fill;
            visuals.extreme_bg_color = palette.canvas;
            visuals.weak_text_color = Some(palette.weak);
            visuals.widgets.noninteractive.fg_stroke.color = palette.text;
            visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.card_edge);
            for widget in [
                &mut visuals.widgets.inactive,
                &mut visuals.widgets.hovered,
                &mut visuals.widgets.active,
                &mut visuals.widgets.open,
            ] {
                widget.corner_radius = CornerRadius::same(5);
            }
            style.spacing.item_spacing = vec2(8.0, 6.0);
            style.spacing.button_padding = vec2(9.0, 4.0);
            for (text, size) in [
                (TextStyle::Small, 11.0),
                (TextStyle::Body, 13.5),
                (TextStyle::Button, 13.5),
                (TextStyle::Heading, 17.0),
            ] {
                style.text_styles.insert(text, FontId::proportional(size));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_the_look_that_it_wears() {
        let context = egui::Context::default();
        for pair in [[Look::Dark, Look::Light], [Look::Safe, Look::SafeLight]] {
            wear(&context, pair);
            for (theme, look) in [(egui::Theme::Dark, pair[0]), (egui::Theme::Light, pair[1])] {
                let style = context.style_of(theme);
                let (shown, wanted) = (Palette::of(&style.visuals), Palette::of_look(look));
                assert_eq!(
                    (shown.good, shown.failed, shown.canvas),
                    (wanted.good, wanted.failed, wanted.canvas)
                );
            }
        }
    }

    /// A link that is almost full is not taken for one that is selected.
    #[test]
    fn what_is_busy_has_another_colour_than_what_is_selected() {
        for look in Look::ALL {
            let palette = Palette::of_look(look);
            let apart = |a: u8, b: u8| u32::from(a.abs_diff(b));
            let (a, b) = (palette.busy, palette.accent);
            let far = apart(a.r(), b.r()) + apart(a.g(), b.g()) + apart(a.b(), b.b());
            assert!(far > 120, "{look:?}");
        }
    }

    /// Contrast of two colours by WCAG 2.2 ("contrast ratio").
    fn contrast(a: Color32, b: Color32) -> f64 {
        let bright = |color: Color32| {
            let part = |byte: u8| {
                let part = f64::from(byte) / 255.0;
                if part <= 0.04045 {
                    part / 12.92
                } else {
                    ((part + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
        };
        let (a, b) = (bright(a), bright(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn words_and_states_stand_out_from_the_canvas() {
        for look in Look::ALL {
            let palette = Palette::of_look(look);
            // What WCAG 2.2 asks of words, and of what is no word.
            for (color, least) in [
                (palette.text, 7.0),
                (palette.weak, 4.5),
                (palette.good, 3.0),
                (palette.working, 3.0),
                (palette.degraded, 3.0),
                (palette.failed, 3.0),
                (palette.forward, 3.0),
                (palette.back, 3.0),
            ] {
                let found = contrast(color, palette.canvas);
                assert!(found >= least, "{look:?}: {color:?} has {found:.1}");
            }
        }
    }
}
