//! Faults that come by chance.
//!
//! The time until the next one, and the time until it is repaired, are exponential: what has held for long is as likely to
//! fail in the next hour as what has just been repaired. Each target has dice of its own, so that one more of them shifts
//! nobody else's.

use crate::kernel::Streams;
use crate::units::{SimTime, Span};
use crate::world::blueprint::{Blueprint, Hazard};
use crate::world::lever::Lever;

use super::{FaultKind, Target, kind};

/// Repairs take at least so long: a fault is to be seen.
const SHORTEST: Span = Span::secs(1);

/// The levers of these hazards until `end`, in order of time, for a run with that seed.
#[must_use]
pub fn expand(hazards: &[Hazard], seed: u64, end: SimTime) -> Vec<(SimTime, Lever)> {
    let streams = Streams::new(seed);
    let mut all = Vec::new();
    for hazard in hazards {
        let mut dice = streams.stream("hazard", &hazard.name);
        let mut at = hazard.from + dice.exponential(hazard.between);
        while at <= end {
            all.extend(hazard.breaks.iter().map(|lever| (at, lever.clone())));
            if let Some(heals) = &hazard.heals {
                at = at + dice.exponential(hazard.repair).max(SHORTEST);
                all.extend(heals.iter().map(|lever| (at, lever.clone())));
            }
            at = at + dice.exponential(hazard.between).max(SHORTEST);
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

/// The faults that come by themselves: nobody has to make a mistake for them.
const WEATHER: &[&str] = &[
    "link_down",
    "link_silent",
    "router_down",
    "session_reset",
    "tunnel_reset",
];

/// Everything in a lab that fails by chance, each thing by itself.
#[must_use]
pub fn by_chance(lab: &Blueprint, between: Span, repair: Span) -> Vec<Hazard> {
    let kinds = WEATHER.iter().filter_map(|name| kind(name));
    kinds
        .flat_map(|kind| by_chance_of(kind, lab, between, repair))
        .collect()
}

/// Everything in a lab that one kind of fault can be done to, each by chance and by itself. What is one target, such as
/// a group, a location or a zone, fails as one.
#[must_use]
pub fn by_chance_of(kind: &FaultKind, lab: &Blueprint, between: Span, repair: Span) -> Vec<Hazard> {
    let hazard = |target: Target| {
        let deed = kind.plan(lab, &target, "").ok()?;
        Some(Hazard {
            name: format!("{} {}", kind.name, target.name),
            from: SimTime::START,
            between,
            repair,
            breaks: deed.breaks,
            heals: deed.heals,
        })
    };
    (kind.candidates)(lab).into_iter().filter_map(hazard).collect()
}
