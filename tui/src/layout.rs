//! Where everything stands: a pure function of the screen's size.

use ratatui::layout::{Constraint, Layout, Rect};

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

/// The places of a screen with a timeline of that height. `shows_log` says whether the log may have a place beside the
/// view, `zoomed` whether the view has all the room.
#[must_use]
pub fn places(area: Rect, timeline: u16, favour: Favour, shows_log: bool, zoomed: bool) -> Places {
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
    if zoomed {
        return places;
    }
    if area.width >= WIDEST {
        let side = (area.width / 6).clamp(28, 40);
        let [tree, rest] =
            Layout::horizontal([Constraint::Length(side), Constraint::Fill(1)]).areas(places.view);
        (places.tree, places.view) = (Some(tree), rest);
    }
    if area.width >= WIDE {
        let aside = (area.width * 3 / 10).clamp(34, 52);
        let [view, detail] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(places.view);
        (places.view, places.detail) = (view, Some(detail));
        if shows_log && view.height >= TALL {
            let below = (view.height / 4).clamp(7, 16);
            let [view, log] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(view);
            (places.view, places.log) = (view, Some(log));
        }
    } else {
        let below = match favour {
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
                for zoomed in [false, true] {
                    let area = Rect::new(0, 0, width, height);
                    let it = places(area, 2, favour, true, zoomed);
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
