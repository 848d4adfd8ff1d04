//! Progress bars and sparklines as styled text.

use ratatui::style::Style;
use ratatui::text::Span;
use sim_core::units::Ppm;

use crate::theme::Glyphs;

/// A bar of `cells` cells, filled by `share` to the eighth of a cell: the filled and the empty part.
#[must_use]
pub fn progress(share: Ppm, cells: usize, styles: (Style, Style), glyphs: &Glyphs) -> [Span<'static>; 2] {
    let eighths = usize::try_from(share.of(cells as u64 * 8)).unwrap_or(usize::MAX);
    let (full, part) = (eighths / 8, eighths % 8);
    let mut filled = glyphs.bar_full.repeat(full);
    if let Some(part) = part.checked_sub(1).and_then(|part| glyphs.bar_parts.get(part)) {
        filled.push_str(part);
    }
    let empty = cells - full - usize::from(part > 0);
    [
        Span::styled(filled, styles.0),
        Span::styled(glyphs.bar_empty.repeat(empty), styles.1),
    ]
}

/// The same as a thin line, to the half of a cell: for rows that stand close together.
#[must_use]
pub fn line(share: Ppm, cells: usize, styles: (Style, Style), glyphs: &Glyphs) -> [Span<'static>; 2] {
    let halves = usize::try_from(share.of(cells as u64 * 2)).unwrap_or(usize::MAX);
    let (full, half) = (halves / 2, halves % 2);
    let [whole, part, empty] = glyphs.line;
    [
        Span::styled(whole.repeat(full) + &part.repeat(half), styles.0),
        Span::styled(empty.repeat(cells - full - half), styles.1),
    ]
}

/// The last `cells` of `values`, each as high as its share of the highest; nothing is a space.
#[must_use]
pub fn spark(values: &[u64], cells: usize, glyphs: &Glyphs) -> String {
    let shown = &values[values.len().saturating_sub(cells)..];
    let highest = shown.iter().copied().max().unwrap_or(0);
    let mut text = " ".repeat(cells - shown.len());
    for &value in shown {
        if value == 0 || highest == 0 {
            text.push(' ');
            continue;
        }
        let level = u128::from(value) * glyphs.spark.len() as u128 / (u128::from(highest) + 1);
        let level = usize::try_from(level).unwrap_or(0);
        text.push_str(glyphs.spark.get(level).copied().unwrap_or(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(percent: u32, expected: &str) {
        let [full, empty] = progress(
            Ppm::percent(percent),
            8,
            (Style::new(), Style::new()),
            &Glyphs::UNICODE,
        );
        assert_eq!(format!("{}{}", full.content, empty.content), expected);
    }

    #[test]
    fn a_bar_fills_by_eighths() {
        check(0, "░░░░░░░░");
        check(50, "████░░░░");
        // 8 cells are 64 eighths; 33 % of them are 21: two full cells and five eighths.
        check(33, "██▋░░░░░");
        check(100, "████████");
    }

    #[test]
    fn a_thin_bar_fills_by_halves() {
        let thin = |percent| {
            let [full, empty] = line(
                Ppm::percent(percent),
                4,
                (Style::new(), Style::new()),
                &Glyphs::UNICODE,
            );
            format!("{}{}", full.content, empty.content)
        };
        assert_eq!([thin(0), thin(40), thin(100)], ["────", "━╸──", "━━━━"]);
    }

    #[test]
    fn a_spark_shows_the_latest_values_relative_to_the_highest() {
        assert_eq!(spark(&[9, 9, 0, 1, 50, 100], 4, &Glyphs::UNICODE), " ▁▄▇");
        assert_eq!(spark(&[5], 3, &Glyphs::UNICODE), "  ▆");
        assert_eq!(spark(&[], 3, &Glyphs::UNICODE), "   ");
    }
}
