//! What the trace tells of a server that falls behind: that its data move too slowly for what it writes, that its copy
//! lags, and that it has caught up.
//!
//! Each is told once for each time, so that months of daily bursts leave a few lines: a rate when it falls below what
//! the writes need or to half of what was told last, a lag when it has lasted as long as
//! [`LAG_GRACE`](super::timing::LAG_GRACE).
//!
//! # Fidelity
//! Simplified: AWS has `LagDuration` and `Backlog` as metrics and announces neither. The thresholds are ours.

use crate::migrate::ground::Ground;
use crate::resource::SourceServerId;
use crate::units::{BitRate, SimTime, Span};

use super::timer::ServerTimer;
use super::{Mgn, Notice, timing, transfer};

/// What has been told of a server's rate and lag.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The rate last announced.
    rate: BitRate,
    /// Whether that was too low for what is written.
    pace: Pace,
    /// The last rate that stood for as long as a lag must to be one: what a fall is measured from, where a line
    /// fails over in two steps.
    steady: BitRate,
    /// Since when the present rate stands.
    since: SimTime,
    /// Since when the copy has lagged, where that was told.
    lags_since: Option<SimTime>,
}

/// Whether a server's data move as fast as it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// They do, or nothing was told.
    Enough,
    /// They do not since their rate fell.
    Short,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            rate: BitRate::ZERO,
            pace: Pace::Enough,
            steady: BitRate::ZERO,
            since: SimTime::START,
            lags_since: None,
        }
    }
}

impl Told {
    /// Data move at another rate than `before` from now on.
    fn turn(&mut self, before: BitRate, now: SimTime) {
        if now.since(self.since) >= timing::LAG_GRACE {
            self.steady = before;
        }
        self.since = now;
    }
    /// The flow is gone, and what was told of it.
    pub(super) fn on_stopped(&mut self, before: BitRate, now: SimTime) {
        self.turn(before, now);
        (self.rate, self.pace) = (BitRate::ZERO, Pace::Enough);
    }
}

impl Mgn {
    /// Announces a rate that is worth it, where it was `before`.
    ///
    /// Until there is a first snapshot that is one which differs from the last announced one by half of it or more. From
    /// then on a server that keeps up with its writes is left alone, and one that no longer does is told, and that it
    /// does again.
    pub(super) fn note_rate(
        &mut self,
        id: SourceServerId,
        before: BitRate,
        rate: BitRate,
        ground: &mut dyn Ground,
    ) {
        let replication = &mut self.servers[id].replication;
        let transfer = &replication.transfer;
        let needed = transfer.writes_on_wire();
        let (launchable, behind) = (replication.snapshot_at.is_some(), transfer.is_behind());
        let told = &mut replication.told;
        told.turn(before, ground.now());
        let (old, new) = (told.rate.as_bps(), rate.as_bps());
        let differs = old.abs_diff(new) >= (old / 2).max(1);
        let notice = match told.pace {
            _ if !launchable => (differs && (behind || rate < needed)).then_some(Notice::Rate { rate }),
            Pace::Enough if rate < needed && rate < told.steady => Some(Notice::RateShort {
                from: told.steady,
                rate,
                needed,
            }),
            Pace::Short if rate >= needed => Some(Notice::RateRestored {
                from: told.rate,
                rate,
            }),
            Pace::Short => differs.then_some(Notice::RateShort {
                from: told.steady,
                rate,
                needed,
            }),
            Pace::Enough => (differs && behind).then_some(Notice::Rate { rate }),
        };
        if let Some(notice) = notice {
            told.rate = rate;
            told.pace = match notice {
                Notice::RateShort { .. } => Pace::Short,
                _ => Pace::Enough,
            };
            ground.note(id.into(), notice);
        }
    }

    /// When a copy that is behind is said to lag, unless that was told.
    pub(super) fn lag_due(&self, id: SourceServerId) -> Option<SimTime> {
        let replication = &self.servers[id].replication;
        replication.snapshot_at?;
        if replication.told.lags_since.is_some() {
            return None;
        }
        Some(replication.transfer.behind_since()? + timing::LAG_GRACE)
    }

    /// No data flows: the copy of a server that can be launched lags before long.
    pub(super) fn watch_lag(&mut self, id: SourceServerId, now: SimTime) {
        let due = self.lag_due(id);
        self.set_timer(id, ServerTimer::Lag, due.map(|due| due.max(now)));
    }

    /// The copy has been behind for a while.
    pub(super) fn tell_lag(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        if self.lag_due(id).is_none_or(|due| due > now) {
            return;
        }
        let replication = &mut self.servers[id].replication;
        let since = replication.transfer.behind_since();
        replication.told.lags_since = since;
        let notice = Notice::LagGrew {
            lag: transfer::lag(since, now),
            backlog: replication.transfer.backlog(),
        };
        ground.note(id.into(), notice);
    }

    /// Source and copy agree: a lag that was told is over.
    pub(super) fn tell_drained(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        if let Some(since) = self.servers[id].replication.told.lags_since.take() {
            let lasted: Span = ground.now().since(since);
            ground.note(id.into(), Notice::LagDrained { lasted });
        }
    }
}
