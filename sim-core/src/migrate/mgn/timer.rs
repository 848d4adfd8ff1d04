//! Deadlines of one actor, and the one wake-up that stands for all of them.
//!
//! # Fidelity
//! Not simplified: AWS shows nothing of this; how long its timers run is in [`super::timing`].

use crate::units::SimTime;

/// What a source server waits for.
///
/// Deadlines that fall on the same instant are handled in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServerTimer {
    /// The installer's present step ends.
    Install,
    /// The server writes at another rate.
    Writes,
    /// The present phase of replication ends: copied, scanned or drained.
    Progress,
    /// The first snapshots are made, or tried again.
    Snapshot,
    /// A backlog has lasted long enough to be called lag.
    Lag,
    /// The window in which replication has to converge ends.
    Converge,
    /// The present initiation step ends, or a failed one is tried again.
    Initiation,
    /// The agent has uninstalled itself.
    Uninstall,
    /// Staging resources are removed.
    Cleanup,
    /// The launched instance has booted.
    FirstBoot,
    /// The running post-launch action ends.
    PostLaunch,
}

/// What a replication server waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ReplicatorTimer {
    /// It has booted.
    Boot,
    /// A failed step is tried again.
    Retry,
    /// It is replaced by one from a newer image.
    Replace,
}

impl From<ServerTimer> for usize {
    fn from(timer: ServerTimer) -> Self {
        timer as Self
    }
}
impl From<ReplicatorTimer> for usize {
    fn from(timer: ReplicatorTimer) -> Self {
        timer as Self
    }
}

/// The deadlines of a source server.
pub(super) type ServerTimers = Timers<11>;
/// The deadlines of a replication server.
pub(super) type ReplicatorTimers = Timers<3>;

/// A deadline for each of `N` timers, and the wake-up that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timers<const N: usize> {
    deadlines: [Option<SimTime>; N],
    asked: Option<SimTime>,
}

impl<const N: usize> Default for Timers<N> {
    fn default() -> Self {
        Self {
            deadlines: [None; N],
            asked: None,
        }
    }
}

impl<const N: usize> Timers<N> {
    /// Sets or clears a deadline.
    pub(super) fn set(&mut self, timer: impl Into<usize>, at: Option<SimTime>) {
        if let Some(deadline) = self.deadlines.get_mut(timer.into()) {
            *deadline = at;
        }
    }
    /// The deadline, where it is set.
    pub(super) fn get(&self, timer: impl Into<usize>) -> Option<SimTime> {
        self.deadlines.get(timer.into()).copied().flatten()
    }
    /// Clears all deadlines.
    pub(super) fn clear(&mut self) {
        self.deadlines = [None; N];
    }
    /// Takes the deadline if it has come.
    pub(super) fn take_due(&mut self, timer: impl Into<usize>, now: SimTime) -> bool {
        let due = self
            .deadlines
            .get_mut(timer.into())
            .and_then(|at| at.take_if(|at| *at <= now));
        due.is_some()
    }
    /// The wake-up has come.
    pub(super) fn woken(&mut self) {
        self.asked = None;
    }
    /// The wish that must be told to the world, where it differs from the last one told.
    pub(super) fn wish(&mut self) -> Option<Option<SimTime>> {
        let earliest = self.deadlines.iter().flatten().min().copied();
        if earliest == self.asked {
            return None;
        }
        self.asked = earliest;
        Some(earliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_changed_wish_is_told() {
        let at = |n| Some(SimTime::from_nanos(n));
        let mut timers = ServerTimers::default();
        assert_eq!(timers.wish(), None);
        timers.set(ServerTimer::Writes, at(9));
        timers.set(ServerTimer::Lag, at(5));
        assert_eq!(timers.wish(), Some(at(5)));
        timers.set(ServerTimer::Writes, at(8));
        assert_eq!(timers.wish(), None);
        timers.woken();
        assert!(!timers.take_due(ServerTimer::Writes, SimTime::from_nanos(5)));
        assert!(timers.take_due(ServerTimer::Lag, SimTime::from_nanos(5)));
        assert_eq!(timers.wish(), Some(at(8)));
    }
}
