//! A place in a list that scrolls.

use crossterm::event::KeyCode;
pub use sim_core::desk::commands::Move;

/// A row of a list, and the first row that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    row: usize,
    first: usize,
    height: usize,
}

impl Cursor {
    /// The row under the cursor.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.row
    }
    /// Puts the cursor on a row.
    pub fn set(&mut self, row: usize) {
        self.row = row;
    }
    /// Moves it in a list of `n_rows`.
    pub fn go(&mut self, how: Move, n_rows: usize) {
        let page = self.height.saturating_sub(1).max(1);
        let last = n_rows.saturating_sub(1);
        self.row = match how {
            Move::Up => self.row.saturating_sub(1),
            Move::Down => self.row.saturating_add(1),
            Move::PageUp => self.row.saturating_sub(page),
            Move::PageDown => self.row.saturating_add(page),
            Move::Top => 0,
            Move::Bottom => last,
        }
        .min(last);
    }
    /// Moves it by a key that no line of input takes; false for any other key.
    pub fn key(&mut self, key: KeyCode, n_rows: usize) -> bool {
        let how = match key {
            KeyCode::Up => Move::Up,
            KeyCode::Down => Move::Down,
            KeyCode::PageUp => Move::PageUp,
            KeyCode::PageDown => Move::PageDown,
            _ => return false,
        };
        self.go(how, n_rows);
        true
    }
    /// The rows to show in `height` lines, so that the cursor is among them.
    pub fn window(&mut self, n_rows: usize, height: usize) -> core::ops::Range<usize> {
        self.height = height;
        self.row = self.row.min(n_rows.saturating_sub(1));
        if self.row < self.first {
            self.first = self.row;
        }
        if self.row >= self.first + height {
            self.first = self.row + 1 - height.max(1);
        }
        // No empty lines below the last row while there are rows above.
        self.first = self.first.min(n_rows.saturating_sub(height));
        self.first..n_rows.min(self.first + height)
    }
    /// The row shown at `line` of the list, if it is one of `n_rows`.
    #[must_use]
    pub fn at_line(&self, line: usize, n_rows: usize) -> Option<usize> {
        Some(self.first + line).filter(|row| *row < n_rows && line < self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_cursor() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.window(10, 4), 0..4);
        cursor.go(Move::Bottom, 10);
        assert_eq!(cursor.window(10, 4), 6..10);
        cursor.go(Move::PageUp, 10);
        assert_eq!((cursor.row(), cursor.window(10, 4)), (6, 6..10));
        cursor.go(Move::Up, 10);
        assert_eq!(cursor.window(10, 4), 5..9);
        assert_eq!(cursor.at_line(0, 10), Some(5));
        assert_eq!(cursor.at_line(4, 10), None);
    }

    #[test]
    fn a_list_that_shrinks_takes_the_cursor_along() {
        let mut cursor = Cursor::default();
        cursor.go(Move::Bottom, 100);
        cursor.window(100, 5);
        assert_eq!(cursor.window(2, 5), 0..2);
        assert_eq!(cursor.row(), 1);
        assert_eq!(cursor.window(0, 5), 0..0);
        cursor.go(Move::Down, 0);
        assert_eq!(cursor.row(), 0);
    }
}
