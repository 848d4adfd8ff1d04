//! What a person does to a running lab, as its journal holds it.

use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;

use super::{Deed, PlanError, kind};

/// A fault that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The kind, as the catalogue calls it.
    pub kind: &'static str,
    /// What the lab calls its target.
    pub target: String,
    /// How bad it is, as it is written; empty for the default of its kind.
    pub amount: String,
    /// How long it lasts; none for until somebody heals it.
    pub lasts: Option<Span>,
}

/// Who heals a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealedBy {
    /// A person.
    Hand,
    /// Its time was up.
    Time,
}

/// Something that is done to a running lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A change.
    Change(Lever),
    /// A fault is injected.
    Inject(Order),
    /// An injected fault is healed.
    Heal {
        /// Which.
        order: Order,
        /// When it was injected.
        since: SimTime,
        /// By whom.
        by: HealedBy,
    },
}

/// Why a fault cannot be injected or healed; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such thing, or it is none that this can be done to.
    #[error("nothing that {kind} can be done to is called {target}")]
    NoTarget {
        /// The kind of fault.
        kind: &'static str,
        /// The name.
        target: String,
    },
    /// The fault cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It was said how long it lasts.
    #[error("{kind} is over at once: leave out how long it lasts")]
    OverAtOnce {
        /// The kind of fault.
        kind: &'static str,
    },
}

impl Order {
    /// The levers that it pulls and those that heal it.
    ///
    /// # Errors
    /// Where the lab has nothing of the kind, the amount cannot be read, or what is over at once is to last.
    pub fn plan(&self, lab: &Blueprint) -> Result<Deed, OrderError> {
        let gone = || OrderError::NoTarget {
            kind: self.kind,
            target: self.target.clone(),
        };
        let kind = kind(self.kind).ok_or_else(gone)?;
        let target = kind.find(lab, &self.target).ok_or_else(gone)?;
        let deed = kind.plan(lab, &target, self.amount.trim())?;
        if self.lasts.is_some() && deed.heals.is_none() {
            return Err(OrderError::OverAtOnce { kind: kind.name });
        }
        Ok(deed)
    }
}
