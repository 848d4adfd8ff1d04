//! Where everything stands: a pure function of the screen's size.

use ratatui::layout::{Constraint, Layout, Rect};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The smallest screen that is drawn at all.
pub const SMALLEST: (u16, u16) = (60, 16);

/// From here on what is selected stands beside the view and not below it.
const WIDE: u16 = 116;
/// From here on the tree of the lab has a place of its own.
const WIDEST: u16 = 160;
/// From here on the log has one below the view.
const TALL: u16 = 24;

/// What has the focus takes more room where there is little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favour {
    /// The view.
    View,
    /// What is selected.
    Detail,
}

/// How much room the parts beside the view have, in hundredths of the width or the height; none as much as is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shares {
    /// The tree of the lab, of the width.
    #[serde(deserialize_with = "share")]
    pub tree: Option<u16>,
    /// What is selected, of the width.
    #[serde(deserialize_with = "share")]
    pub detail: Option<u16>,
    /// The log, of the height.
    #[serde(deserialize_with = "share")]
    pub log: Option<u16>,
}

/// More than this leaves the view too little.
const LARGEST_SHARE: u16 = 45;

fn share<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
    let share = Option::<u16>::deserialize(from)?;
    match share {
        Some(share) if share > LARGEST_SHARE => Err(D::Error::custom(format!(
            "{share} hundredths leave the view too little: {LARGEST_SHARE} at most"
        ))),
        _ => Ok(share),
    }
}

impl Shares {
    /// The cells of a part: as many as is usual, or its share; none where it is left out.
    fn cells(share: Option<u16>, whole: u16, usual: u16) -> Option<u16> {
        match share {
            None => Some(usual),
            Some(0) => None,
            Some(share) => {
                let cells = u32::from(whole) * u32::from(share) / 100;
                Some(u16::try_from(cells).unwrap_or(u16::MAX).max(SLIMMEST))
            }
        }
    }
}

/// The least that a part has where it has any room.
const SLIMMEST: u16 = 4;

/// The places of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The bar at the top.
    pub bar: Rect,
    /// The names of the views.
    pub tabs: Rect,
    /// The view.
    pub view: Rect,
    /// What is selected.
    pub detail: Option<Rect>,
    /// The tree of the lab.
    pub tree: Option<Rect>,
    /// The log.
    pub log: Option<Rect>,
    /// The timeline.
    pub timeline: Rect,
    /// The keys.
    pub keys: Rect,
}

/// What a screen is to show.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// What has the focus.
    pub favour: Favour,
    /// Whether the log may have a place beside the view.
    pub shows_log: bool,
    /// Whether the view has all the room.
    pub zoomed: bool,
    /// How much room the other parts have.
    pub shares: Shares,
}

/// The places of a screen with a timeline of that height.
#[must_use]
pub fn places(area: Rect, timeline: u16, wishes: Wishes) -> Places {
    let shares = wishes.shares;
    let [bar, tabs, body, timeline, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(timeline),
        Constraint::Length(1),
    ])
    .areas(area);
    let mut places = Places {
        bar,
        tabs,
        view: body,
        detail: None,
        tree: None,
        log: None,
        timeline,
        keys,
    };
    if wishes.zoomed {
        return places;
    }
    let side = Shares::cells(shares.tree, area.width, (area.width / 6).clamp(28, 40));
    if let Some(side) = side.filter(|_| area.width >= WIDEST) {
        let [tree, rest] =
            Layout::horizontal([Constraint::Length(side), Constraint::Fill(1)]).areas(places.view);
        (places.tree, places.view) = (Some(tree), rest);
    }
    if area.width >= WIDE {
        let usual = (area.width * 3 / 10).clamp(34, 52);
        if let Some(aside) = Shares::cells(shares.detail, area.width, usual) {
            let [view, detail] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(places.view);
            (places.view, places.detail) = (view, Some(detail));
        }
        let view = places.view;
        let below = Shares::cells(shares.log, view.height, (view.height / 4).clamp(7, 16));
        if let Some(below) = below.filter(|_| wishes.shows_log && view.height >= TALL) {
            let [view, log] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(view);
            (places.view, places.log) = (view, Some(log));
        }
    } else {
        let below = match wishes.favour {
            Favour::View => (body.height / 3).clamp(4, 10),
            Favour::Detail => body.height * 2 / 3,
        };
        let [view, detail] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(places.view);
        (places.view, places.detail) = (view, Some(detail));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_fill_the_screen_at_every_size() {
        for (width, height) in [(60, 16), (80, 24), (100, 30), (160, 45), (200, 60), (400, 120)] {
            for favour in [Favour::View, Favour::Detail] {
                for (zoomed, share) in [(false, None), (true, None), (false, Some(0)), (false, Some(20))] {
                    let area = Rect::new(0, 0, width, height);
                    let shares = Shares {
                        tree: share,
                        detail: share,
                        log: share,
                    };
                    let wishes = Wishes {
                        favour,
                        shows_log: true,
                        zoomed,
                        shares,
                    };
                    let it = places(area, 2, wishes);
                    let all = [
                        Some(it.bar),
                        Some(it.tabs),
                        Some(it.view),
                        Some(it.timeline),
                        Some(it.keys),
                    ];
                    let all = all.into_iter().chain([it.detail, it.tree, it.log]).flatten();
                    let cells: u32 = all.map(|place| place.area()).sum();
                    assert_eq!(cells, u32::from(width) * u32::from(height), "{it:?}");
                    assert!(it.view.height >= 4 && it.view.width >= 40, "{it:?}");
                }
            }
        }
    }
}
