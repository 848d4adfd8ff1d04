//! Text that fits where it has to.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many cells `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in at most `cells` cells; where it had to be cut, its last cell says so.
#[must_use]
pub fn fit(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let mut fitted = String::new();
    let mut taken = 0;
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if taken + wide > room {
            break;
        }
        fitted.push(letter);
        taken += wide;
    }
    if cells >= width(ellipsis) {
        fitted.push_str(ellipsis);
    }
    fitted
}

/// A text in as many cells as there are, with its beginning up to a hyphen and its end: what numbers that begin alike are told
/// apart by.
#[must_use]
pub fn fit_both_ends(text: &str, cells: usize, ellipsis: &str) -> String {
    let (head, rest) = text.split_at(text.find('-').map_or(0, |at| at + 1));
    let n_letters = rest.chars().count();
    let room = cells.saturating_sub(width(head) + width(ellipsis));
    if width(text) <= cells || room == 0 || width(rest) != n_letters {
        return fit(text, cells, ellipsis);
    }
    let tail: String = rest.chars().skip(n_letters.saturating_sub(room)).collect();
    format!("{head}{ellipsis}{tail}")
}

/// `text` broken at spaces into lines of at most `cells` cells; a longer word is cut.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= cells {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(core::mem::take(&mut line));
        }
        while width(word) > cells {
            let head = fit(word, cells, "");
            // A letter wider than the line would never fit; show it alone rather than not end.
            let cut = head
                .len()
                .max(word.chars().next().map_or(word.len(), char::len_utf8));
            let (head, rest) = word.split_at(cut);
            lines.push(head.to_owned());
            word = rest;
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A line whose spans are cut to `cells` cells in all.
#[must_use]
pub fn fit_line<'a>(line: Line<'a>, cells: usize, ellipsis: &str) -> Line<'a> {
    if line.width() <= cells {
        return line;
    }
    let mut room = cells;
    let mut spans: Vec<Span<'a>> = Vec::new();
    for span in line.spans {
        let wide = width(&span.content);
        if wide < room || (wide == room && room == 0) {
            room -= wide;
            spans.push(span);
            continue;
        }
        // This span or a later one is cut, so the mark goes here.
        let mut cut = fit(&span.content, room.saturating_sub(width(ellipsis)), "");
        if room >= width(ellipsis) {
            cut.push_str(ellipsis);
        }
        spans.push(Span::styled(cut, span.style));
        break;
    }
    Line::from(spans).style(line.style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_begin_alike_are_told_apart_by_their_ends() {
        let fitted = |cells| fit_both_ends("mgnjob-00000000000000012", cells, "…");
        assert_eq!(fitted(30), "mgnjob-00000000000000012");
        assert_eq!(fitted(14), "mgnjob-…000012");
        assert_eq!(fitted(8), "mgnjob-…");
        assert_eq!(fit_both_ends("a long name", 6, "…"), "… name");
        assert_eq!(fit_both_ends("", 3, "…"), "");
    }

    #[test]
    fn what_is_too_long_says_so() {
        assert_eq!(fit("replication", 11, "…"), "replication");
        assert_eq!(fit("replication", 6, "…"), "repli…");
        assert_eq!(fit("replication", 0, "…"), "");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_inside_long_words() {
        assert_eq!(
            wrap("add 10.0.20.0/24 on 443 to vpce-mgn-sg", 14),
            ["add", "10.0.20.0/24", "on 443 to", "vpce-mgn-sg"]
        );
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("日本", 1), ["日", "本"]);
    }

    #[test]
    fn a_line_is_cut_in_the_span_that_leaves_it() {
        let line = Line::from(vec![Span::raw("abc"), Span::raw("defgh")]);
        assert_eq!(fit_line(line.clone(), 6, "…").to_string(), "abcde…");
        assert_eq!(fit_line(line.clone(), 3, "…").to_string(), "ab…");
        assert_eq!(fit_line(line, 8, "…").to_string(), "abcdefgh");
    }
}
