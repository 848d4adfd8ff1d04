//! Faults that come by chance.
//!
//! The time until the next one, and the time until it is repaired, are exponential: what has held for long is as likely to
//! fail in the next hour as what has just been repaired. Each target has dice of its own, so that one more of them shifts
//! nobody else's.

use crate::kernel::Streams;
use crate::units::{SimTime, Span};
use crate::world::blueprint::{Blueprint, Called, Hazard};
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
            fault: Called::new(kind.name, target.name),
            from: SimTime::START,
            between,
            repair,
            breaks: deed.breaks,
            heals: deed.heals,
        })
    };
    (kind.candidates)(lab).into_iter().filter_map(hazard).collect()
}

/// What is wished to come by chance: `5d/2h` for lines, routers, sessions and tunnels, `zone_lost=60d/4h` for whatever
/// one kind of fault can be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    /// The kind of fault; none for those that come by themselves.
    pub kind: Option<&'static str>,
    /// How long each thing holds, on average.
    pub between: Span,
    /// How long a repair takes, on average.
    pub repair: Span,
}

/// Nothing fails more often.
const MOST_OFTEN: Span = Span::secs(1);

impl Chance {
    /// Everything of the lab that fails so.
    #[must_use]
    pub fn hazards(&self, lab: &Blueprint) -> Vec<Hazard> {
        match self.kind.and_then(kind) {
            Some(kind) => by_chance_of(kind, lab, self.between, self.repair),
            None => by_chance(lab, self.between, self.repair),
        }
    }
}

impl core::str::FromStr for Chance {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (of, rate) = match text.split_once('=') {
            Some((name, rate)) => match kind(name.trim()) {
                Some(kind) => (Some(kind.name), rate),
                None => {
                    return Err(format!(
                        "no fault is called `{}`; `causeway faults` lists them all",
                        name.trim()
                    ));
                }
            },
            None => (None, text),
        };
        let (between, repair) = rate
            .split_once('/')
            .ok_or_else(|| "write two spans, for example 5d/2h or zone_lost=60d/4h".to_owned())?;
        let span = |text: &str| text.trim().parse::<Span>().map_err(|error| error.to_string());
        let (between, repair) = (span(between)?, span(repair)?);
        if between < MOST_OFTEN {
            return Err("things that fail more often than every second are broken".to_owned());
        }
        Ok(Self {
            kind: of,
            between,
            repair,
        })
    }
}
