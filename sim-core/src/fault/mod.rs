//! What can go wrong in a lab, as one list: how each fault is called, what it stands for, what is to be seen, and which
//! levers it pulls.
//!
//! ```text
//!   kind + target + amount ──plan──▶ levers that break, levers that heal ──▶ a schedule
//! ```
//!
//! The world knows levers and nothing of faults. A fault is planned for the lab as it begins: what heals it gives things
//! back the settings that they begin with.
//!
//! # Adding one
//! A file in `kinds/` with a [`FaultKind`], and its line in `catalogue.rs`. Screens, help and documentation list the
//! catalogue.

mod act;
mod catalogue;
mod hazard;
mod kinds;
mod target;

use crate::units::{QuantityError, SimTime, Span};
use crate::world::blueprint::{Blueprint, Breakage};
use crate::world::lever::Lever;

pub use act::{Act, HealedBy, Order, OrderError};
pub use catalogue::{CATALOGUE, kind};
pub use hazard::{Chance, by_chance, by_chance_of, expand};
pub use target::Target;

/// The faults whose targets a group may hold, in the order in which a name is looked for among them.
pub const IN_GROUPS: &[&str] = &[
    "link_down",
    "router_down",
    "location_down",
    "segment_down",
    "zone_lost",
    "resolver_down",
    "endpoint_down",
    "tunnel_down",
    "peering_down",
    "transit_peering_down",
    "host_down",
];

/// The faults that are over at once: nothing heals them, and they last for no time.
pub const OVER_AT_ONCE: &[&str] = &["session_reset", "tunnel_reset", "endpoint_replaced", "host_crash"];

/// A kind of fault.
#[derive(Debug)]
pub struct FaultKind {
    /// What it is called in scenario files and commands.
    pub name: &'static str,
    /// The same as people say it.
    pub title: &'static str,
    /// What of the real world it stands for.
    pub models: &'static str,
    /// What is to be seen of it, and after how long.
    pub shows: &'static str,
    /// To what it is done, in the field's words.
    pub target: &'static str,
    /// What may be said of how bad it is.
    pub amount: Option<Amount>,
    /// Everything of a lab that it can be done to, in the order of the lab's text.
    pub candidates: fn(&Blueprint) -> Vec<Target>,
    /// What it does, for an amount as it is written.
    pub plan: fn(&Blueprint, &Target, &str) -> Result<Deed, PlanError>,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// What it is where nothing is said.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// The levers of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What breaks it.
    pub breaks: Vec<Lever>,
    /// What heals it; none where it is over at once.
    pub heals: Option<Vec<Lever>>,
}

impl Deed {
    /// Something that lasts until it is healed.
    fn lasting(breaks: Vec<Lever>, heals: Vec<Lever>) -> Self {
        Self {
            breaks,
            heals: Some(heals),
        }
    }
    /// Something that is over at once.
    fn at_once(breaks: Vec<Lever>) -> Self {
        Self { breaks, heals: None }
    }

    /// The levers of it from `at` on: each time healed after `lasts`, and again after `every` until it has come so many
    /// times or `end` is past.
    #[must_use]
    pub fn at_times(
        &self,
        at: SimTime,
        lasts: Option<Span>,
        (every, times): (Option<Span>, u32),
        end: SimTime,
    ) -> Vec<(SimTime, Lever)> {
        let (mut all, mut at) = (Vec::new(), at);
        for n in 0..times {
            if n > 0 && at > end {
                break;
            }
            all.extend(self.breaks.iter().map(|lever| (at, lever.clone())));
            if let (Some(lasts), Some(heals)) = (lasts, &self.heals) {
                all.extend(heals.iter().map(|lever| (at + lasts, lever.clone())));
            }
            at = at + every.unwrap_or(Span::ZERO);
        }
        all
    }
}

/// From when until when something is broken by the levers of one fault, which breaks and heals in turn.
#[must_use]
pub fn breakages(levers: &[(SimTime, Lever)]) -> Vec<Breakage> {
    let mut all: Vec<Breakage> = Vec::new();
    let mut breaks: Vec<&Lever> = Vec::new();
    for of_instant in levers.chunk_by(|(one, _), (other, _)| one == other) {
        let Some(&(at, _)) = of_instant.first() else {
            continue;
        };
        let pulled: Vec<&Lever> = of_instant.iter().map(|(_, lever)| lever).collect();
        match all.last_mut() {
            // What is pulled a second time is broken a second time: it was over at once.
            Some(last) if last.until.is_none() && pulled != breaks => last.until = Some(at),
            Some(_) | None => {
                all.push(Breakage { at, until: None });
                breaks = pulled;
            }
        }
    }
    all
}

/// Why a fault cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The amount cannot be read.
    #[error("`{text}` is no amount here: {why}")]
    Amount {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The thing has nothing of the kind to be broken.
    #[error("{0}")]
    Nothing(&'static str),
}

impl PlanError {
    fn amount(text: &str, why: impl core::fmt::Display) -> Self {
        Self::Amount {
            text: text.to_owned(),
            why: why.to_string(),
        }
    }
}

fn span(text: &str) -> Result<Span, PlanError> {
    text.parse().map_err(|error| PlanError::amount(text, error))
}

fn share(text: &str) -> Result<crate::units::Ppm, PlanError> {
    text.parse()
        .map_err(|error: QuantityError| PlanError::amount(text, error))
}

impl FaultKind {
    /// The candidate of that name.
    #[must_use]
    pub fn find(&self, lab: &Blueprint, name: &str) -> Option<Target> {
        (self.candidates)(lab).into_iter().find(|it| it.name == name)
    }
    /// What it does to a target; `amount` is empty for the default.
    ///
    /// # Errors
    /// Where the amount cannot be read, or the target has nothing to break.
    pub fn plan(&self, lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
        let amount = match (amount, self.amount) {
            ("", Some(known)) => known.default,
            (some, Some(_)) => some,
            ("", None) => "",
            (some, None) => return Err(PlanError::amount(some, "this fault has no amount")),
        };
        (self.plan)(lab, target, amount)
    }
}
