//! Where panels stand: a pure function of the screen's size and the panels' homes.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::panel::Home;

/// The smallest screen that is drawn at all.
pub const SMALLEST: (u16, u16) = (60, 16);

/// From here on there are three columns.
const WIDE: u16 = 140;

/// From here on the side column holds what is looked at, too.
const TALL: u16 = 26;

/// A place on the screen and the panels that share it as tabs, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The place, border included.
    pub area: Rect,
    /// The panels, in their order.
    pub panels: Vec<usize>,
}

/// Places for panels with these homes.
#[must_use]
pub fn slots(area: Rect, homes: &[Home]) -> Vec<Slot> {
    let places: Vec<(Rect, &[Home])> = if area.width >= WIDE && area.height >= TALL {
        let [side, main, aside] = Layout::horizontal([
            Constraint::Length(area.width / 5),
            Constraint::Fill(1),
            Constraint::Length(area.width * 3 / 10),
        ])
        .areas(area);
        let [main, below] = halves(main);
        let [detail, verdict] = halves(aside);
        vec![
            (side, &[Home::Side]),
            (main, &[Home::Main]),
            (below, &[Home::Below]),
            (detail, &[Home::Detail]),
            (verdict, &[Home::Verdict]),
        ]
    } else {
        let side = (area.width * 3 / 10).clamp(24, 40);
        let [side, main] = Layout::horizontal([Constraint::Length(side), Constraint::Fill(1)]).areas(area);
        let [main, below] = halves(main);
        if area.height >= TALL {
            let [side, aside] = halves(side);
            vec![
                (side, &[Home::Side]),
                (main, &[Home::Main]),
                (below, &[Home::Below]),
                (aside, &[Home::Verdict, Home::Detail]),
            ]
        } else {
            vec![
                (side, &[Home::Side]),
                (main, &[Home::Main]),
                (below, &[Home::Below, Home::Verdict, Home::Detail]),
            ]
        }
    };
    places
        .into_iter()
        .map(|(area, lives)| Slot {
            area,
            panels: (0..homes.len())
                .filter(|panel| lives.contains(&homes[*panel]))
                .collect(),
        })
        .filter(|slot| !slot.panels.is_empty())
        .collect()
}

fn halves(area: Rect) -> [Rect; 2] {
    Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOMES: [Home; 6] = [
        Home::Side,
        Home::Main,
        Home::Below,
        Home::Verdict,
        Home::Detail,
        Home::Below,
    ];

    #[test]
    fn every_panel_has_one_place_at_every_size() {
        for (width, height) in [(60, 14), (80, 22), (100, 28), (139, 60), (200, 58), (400, 100)] {
            let slots = slots(Rect::new(0, 1, width, height), &HOMES);
            let mut panels: Vec<usize> = slots.iter().flat_map(|slot| slot.panels.clone()).collect();
            panels.sort_unstable();
            assert_eq!(panels, [0, 1, 2, 3, 4, 5]);
            let cells: u32 = slots.iter().map(|slot| slot.area.area()).sum();
            assert_eq!(cells, u32::from(width) * u32::from(height));
        }
    }
}
