//! Faults that are injected while a lab runs, and what heals them.
//!
//! Which of them last follows from the journal, so that they are those of the present wherever time is turned to. One that
//! lasts for a while is healed by the session itself, at an instant of the lab's clock.

use crate::fault::{Act, HealedBy, Order, OrderError};
use crate::kernel::RecordId;
use crate::units::SimTime;
use crate::world::blueprint::Breakage;
use crate::world::lever::LeverError;

use super::session::Session;
use super::timeline::Deed;

/// A fault that was injected and lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// Which.
    pub order: Order,
    /// Since when.
    pub since: SimTime,
}

impl Injected {
    /// When it heals by itself; none where somebody has to heal it.
    #[must_use]
    pub fn heals_at(&self) -> Option<SimTime> {
        self.order.lasts.map(|lasts| self.since + lasts)
    }
}

/// Why a fault cannot be injected or healed; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InjectError {
    /// It cannot be planned.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The lab refuses it.
    #[error(transparent)]
    Lever(#[from] LeverError),
    /// It does not last any more.
    #[error("{kind} of {target} is healed already")]
    Healed {
        /// The kind of fault.
        kind: &'static str,
        /// To what it was done.
        target: String,
    },
    /// There is nothing to be broken.
    #[error("there is nothing to do")]
    Nothing,
}

impl Deed {
    /// Whether a person did it.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        is_by_hand(&self.act)
    }
}

/// Whether a person does it.
pub(super) fn is_by_hand(act: &Act) -> bool {
    match act {
        Act::Change(_) | Act::Inject(_) => true,
        Act::Heal { by, .. } => *by == HealedBy::Hand,
    }
}

impl Session {
    /// Injects a fault now. Gives the record of the first thing that it did.
    ///
    /// # Errors
    /// Where it cannot be planned, or the lab refuses it; nothing was changed.
    pub fn inject(&mut self, order: Order) -> Result<RecordId, InjectError> {
        let deed = order.plan(self.blueprint())?;
        if deed.breaks.is_empty() {
            return Err(InjectError::Nothing);
        }
        Ok(self.pull(Act::Inject(order), deed.breaks)?)
    }

    /// Heals a fault now that was injected. Gives the record of the first thing that this did.
    ///
    /// # Errors
    /// Where it is healed already, or the lab refuses it; nothing was changed.
    pub fn heal(&mut self, injected: &Injected) -> Result<RecordId, InjectError> {
        if !self.injected().contains(injected) {
            return Err(InjectError::Healed {
                kind: injected.order.kind,
                target: injected.order.target.clone(),
            });
        }
        let heals = injected.order.plan(self.blueprint())?.heals;
        let act = healing(injected.clone(), HealedBy::Hand);
        Ok(self.pull(act, heals.unwrap_or_default())?)
    }

    /// The faults that were injected and last, the latest first.
    #[must_use]
    pub fn injected(&self) -> Vec<Injected> {
        let lasts = |it: &Injected| {
            let deed = it.order.plan(self.blueprint());
            deed.is_ok_and(|deed| deed.heals.is_some())
        };
        let mut all: Vec<Injected> = self.unhealed().filter(lasts).collect();
        all.reverse();
        all
    }

    /// The faults that were injected and not healed, those among them that are over at once.
    fn unhealed(&self) -> impl Iterator<Item = Injected> {
        let done = self.done();
        done.iter().enumerate().filter_map(move |(place, deed)| {
            let Act::Inject(order) = &deed.act else {
                return None;
            };
            let heals = |later: &Deed| {
                matches!(&later.act, Act::Heal { order: healed, since, .. } if healed == order && *since == deed.at)
            };
            let is_over = done[place + 1..].iter().any(heals);
            (!is_over).then(|| Injected {
                order: order.clone(),
                since: deed.at,
            })
        })
    }

    /// From when until when something is broken by hand, those that lie ahead of the present included.
    #[must_use]
    pub fn breakages_by_hand(&self) -> Vec<Breakage> {
        let journal = self.journal();
        let injected = journal.iter().enumerate().filter_map(|(place, deed)| {
            let Act::Inject(order) = &deed.act else {
                return None;
            };
            let healed = journal[place + 1..].iter().find(|later| {
                matches!(&later.act, Act::Heal { order: it, since, .. } if it == order && *since == deed.at)
            });
            let by_itself = order.lasts.map(|lasts| deed.at + lasts);
            Some(Breakage {
                at: deed.at,
                until: healed.map(|it| it.at).or(by_itself),
            })
        });
        injected.collect()
    }

    /// When the next fault heals by itself; the end of time where none does.
    pub(super) fn heals_at(&self) -> SimTime {
        let may_heal = |deed: &Deed| matches!(&deed.act, Act::Inject(order) if order.lasts.is_some());
        if !self.done().iter().any(may_heal) {
            return SimTime::END;
        }
        let all = self.unhealed().filter_map(|it| it.heals_at());
        all.min().unwrap_or(SimTime::END)
    }

    /// Heals what is due. What cannot be given back any more, because somebody changed it meanwhile, stays as it is. False
    /// where nothing was due.
    pub(super) fn heal_due(&mut self) -> bool {
        let now = self.now();
        let is_due = |it: &Injected| it.heals_at().is_some_and(|at| at <= now);
        let due: Vec<Injected> = self.unhealed().filter(is_due).collect();
        for injected in &due {
            let heals = injected.order.plan(self.blueprint()).ok().and_then(|it| it.heals);
            let act = healing(injected.clone(), HealedBy::Time);
            if self.pull(act.clone(), heals.unwrap_or_default()).is_err() {
                let place = self.place();
                self.timeline.done(place, act, Vec::new());
            }
        }
        !due.is_empty()
    }
}

fn healing(Injected { order, since }: Injected, by: HealedBy) -> Act {
    Act::Heal { order, since, by }
}
