//! Where on a branch's way something notable happened: what a timeline draws.
//!
//! A lab that goes back and on again meets the same records, so what lies ahead is kept until something else is done.

use crate::kernel::RecordId;
use crate::lab::{Breakage, Notability, Record, Session};
use crate::units::{SimTime, Span};
use crate::view::{Health, LogRow, View};

/// Something notable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// How good or bad it was.
    pub health: Health,
    /// The record that tells it.
    pub record: RecordId,
}

/// Marks that are kept; beyond that every second of those that are no failures goes.
const MOST: usize = 50_000;

/// What is known of a branch's way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// By record, and so by instant.
    all: Vec<Mark>,
    /// The last record that was looked at.
    seen: Option<RecordId>,
    /// How far the lab has ever come on this way.
    known_until: SimTime,
}

/// A stretch of time as a screen shows it: from an instant on, so long, in so many cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The instant at its left edge.
    pub from: SimTime,
    /// How long it is.
    pub span: Span,
    /// How many cells it is wide.
    pub cells: u16,
}

impl Stretch {
    /// The cell of an instant; none where it is outside.
    #[must_use]
    pub fn cell(&self, at: SimTime) -> Option<u16> {
        if at < self.from || self.cells == 0 {
            return None;
        }
        let nanos = u128::from(at.since(self.from).as_nanos()) * u128::from(self.cells);
        let cell = nanos / u128::from(self.span.as_nanos().max(1));
        let last = self.cells - 1;
        match u16::try_from(cell) {
            Ok(cell) if cell <= last => Some(cell),
            // The very end belongs to the last cell.
            Ok(cell) if cell == self.cells && at == self.from + self.span => Some(last),
            _ => None,
        }
    }
    /// The instant at the beginning of a cell.
    #[must_use]
    pub fn instant(&self, cell: u16) -> SimTime {
        let nanos = u128::from(self.span.as_nanos()) * u128::from(cell) / u128::from(self.cells.max(1));
        self.from + Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
    /// Which cells something that is broken for a while is seen in: all from where it begins to where it ends, or to
    /// `known` where nothing is known to heal it.
    #[must_use]
    pub fn broken(&self, all: &[Breakage], known: SimTime) -> Vec<bool> {
        let mut cells = vec![false; usize::from(self.cells)];
        let end = self.from + self.span;
        for it in all {
            let until = it.until.unwrap_or(known.max(it.at));
            if until < self.from || it.at > end {
                continue;
            }
            let first = self.cell(it.at.max(self.from));
            let last = self.cell(until.min(end));
            if let (Some(first), Some(last)) = (first, last) {
                cells[usize::from(first)..=usize::from(last)].fill(true);
            }
        }
        cells
    }
    /// How long a cell is.
    #[must_use]
    pub fn step(&self) -> Span {
        Span::nanos((self.span.as_nanos() / u64::from(self.cells.max(1))).max(1))
    }
    /// How much lies between two instants that are written, so many cells from each other at least: a round number.
    #[must_use]
    pub fn round_step(&self, cells: u16) -> Span {
        const ROUND: [Span; 24] = [
            Span::millis(1),
            Span::millis(5),
            Span::millis(10),
            Span::millis(50),
            Span::millis(100),
            Span::millis(500),
            Span::secs(1),
            Span::secs(5),
            Span::secs(10),
            Span::secs(30),
            Span::minutes(1),
            Span::minutes(2),
            Span::minutes(5),
            Span::minutes(10),
            Span::minutes(30),
            Span::hours(1),
            Span::hours(2),
            Span::hours(6),
            Span::hours(12),
            Span::days(1),
            Span::days(2),
            Span::days(5),
            Span::days(10),
            Span::days(30),
        ];
        let least = Span::nanos(self.step().as_nanos().saturating_mul(u64::from(cells)));
        let found = ROUND.into_iter().find(|step| *step >= least);
        found.unwrap_or(least)
    }
}

impl Marks {
    /// What is known of the way of a session that was not followed, as far as its records are kept.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let view = View::of(session);
        let mut marks = Self::default();
        let notable = |record: &&Record| record.what.notability() >= Notability::Notable;
        for record in session.records().filter(notable) {
            marks.note(&view.log_row(record));
        }
        marks.seen = session.records().next_back().map(|record| record.id);
        marks.came_to(session.now());
        marks
    }
    /// Takes note of a record; one that was seen before says nothing new.
    pub fn note(&mut self, row: &LogRow) {
        if self.seen.is_some_and(|seen| seen >= row.id) {
            return;
        }
        self.seen = Some(row.id);
        if !row.notable {
            return;
        }
        self.all.push(Mark {
            at: row.at,
            health: row.health,
            record: row.id,
        });
        if self.all.len() > MOST {
            let mut n = 0;
            self.all.retain(|mark| {
                n += 1;
                mark.health == Health::Failed || n % 2 == 0
            });
        }
    }
    /// The lab came to an instant.
    pub fn came_to(&mut self, now: SimTime) {
        self.known_until = self.known_until.max(now);
    }
    /// How far the lab has ever come on this way.
    #[must_use]
    pub const fn known_until(&self) -> SimTime {
        self.known_until
    }
    /// Something was done at an instant at which so many records are written: what was known to come is not.
    pub fn forget_after(&mut self, now: SimTime, n_records: u64) {
        let n_left = self.all.partition_point(|mark| mark.record.number() <= n_records);
        self.all.truncate(n_left);
        self.seen = self.seen.filter(|seen| seen.number() <= n_records);
        if self.seen.is_none() {
            self.seen = self.all.last().map(|mark| mark.record);
        }
        self.known_until = now;
    }
    /// The worst of each cell of a stretch.
    #[must_use]
    pub fn in_cells(&self, stretch: &Stretch) -> Vec<Option<Health>> {
        let mut worst = vec![None; usize::from(stretch.cells)];
        let first = self.all.partition_point(|mark| mark.at < stretch.from);
        let end = stretch.from + stretch.span;
        for mark in self.all[first..].iter().take_while(|mark| mark.at <= end) {
            let cell = stretch
                .cell(mark.at)
                .and_then(|cell| worst.get_mut(usize::from(cell)));
            if let Some(cell) = cell {
                *cell = (*cell).max(Some(mark.health));
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::ResourceRef;

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    fn row(n: u64, secs: u64, health: Health) -> LogRow {
        LogRow {
            id: RecordId::from_number(n).expect("records count from one"),
            at: at(secs),
            about: ResourceRef::Lab,
            subject: String::new(),
            what: String::new(),
            reason: None,
            cause: None,
            origin: None,
            health,
            notable: true,
        }
    }

    const WHOLE: Stretch = Stretch {
        from: SimTime::START,
        span: Span::secs(100),
        cells: 4,
    };

    #[test]
    fn a_cell_shows_the_worst_of_its_time_and_the_end_is_in_the_last() {
        let mut marks = Marks::default();
        for row in [
            row(1, 10, Health::Good),
            row(2, 12, Health::Failed),
            row(3, 60, Health::Working),
            row(4, 100, Health::Idle),
        ] {
            marks.note(&row);
        }
        let (failed, working, idle) = (Some(Health::Failed), Some(Health::Working), Some(Health::Idle));
        assert_eq!(marks.in_cells(&WHOLE), [failed, None, working, idle]);
        let close = Stretch {
            from: at(50),
            span: Span::secs(20),
            cells: 2,
        };
        assert_eq!(marks.in_cells(&close), [None, working]);
        // What is met again is known already; what something else was done before is not.
        marks.note(&row(2, 12, Health::Failed));
        marks.forget_after(at(20), 2);
        assert_eq!(marks.in_cells(&WHOLE), [failed, None, None, None]);
        assert_eq!(marks.known_until(), at(20));
    }

    #[test]
    fn what_is_broken_is_seen_from_its_beginning_to_its_end() {
        let broken = |from: u64, until: Option<u64>| Breakage {
            at: at(from),
            until: until.map(at),
        };
        let cells = |all: &[Breakage]| -> String {
            let signs = WHOLE.broken(all, at(60)).into_iter();
            signs.map(|it| if it { '#' } else { '.' }).collect()
        };
        assert_eq!(cells(&[]), "....");
        assert_eq!(cells(&[broken(30, Some(55))]), ".##.");
        assert_eq!(cells(&[broken(0, Some(1)), broken(80, Some(500))]), "#..#");
        // What nothing heals lasts as far as the lab has come.
        assert_eq!(cells(&[broken(30, None)]), ".##.");
        assert_eq!(cells(&[broken(90, None)]), "...#");
        assert_eq!(cells(&[broken(101, None)]), "....");
    }

    #[test]
    fn cells_and_instants_agree() {
        assert_eq!(WHOLE.instant(1), at(25));
        assert_eq!(WHOLE.cell(at(25)), Some(1));
        assert_eq!(WHOLE.cell(at(24)), Some(0));
        assert_eq!(WHOLE.cell(at(101)), None);
        assert_eq!(WHOLE.step(), Span::secs(25));
    }
}
