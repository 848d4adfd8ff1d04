//! Probes: how many came through, how long they took, and how long they did not.

use serde::{Serialize, Serializer};

use crate::resource::ProbeId;
use crate::units::{Bars, Distribution, Span};

use super::{Health, View, json};

/// A probe as it has done so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// Which.
    #[serde(skip)]
    pub id: ProbeId,
    /// What the lab calls it.
    pub name: String,
    /// The host that sends it.
    pub from: String,
    /// Whom it tries to reach.
    pub to: String,
    /// The TCP port.
    pub port: u16,
    /// How many were sent.
    pub sent: u64,
    /// How many came through.
    pub answered: u64,
    /// How many outages there were, with the one that lasts.
    pub outages: u32,
    /// The longest of them.
    #[serde(rename = "longest_outage_s", serialize_with = "json::span")]
    pub longest: Span,
    /// How long those took that came through: from the call to the connection.
    #[serde(rename = "round_trip")]
    pub round_trips: Option<Quantiles>,
    /// How long the outages took that are over.
    #[serde(rename = "outage")]
    pub outage_lengths: Option<Quantiles>,
    /// Whether it comes through now.
    pub health: Health,
}

/// What shares of something took at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// Half of them.
    #[serde(rename = "p50_s", serialize_with = "seconds")]
    pub p50: Span,
    /// Nine of ten.
    #[serde(rename = "p90_s", serialize_with = "seconds")]
    pub p90: Span,
    /// Ninety-nine of a hundred.
    #[serde(rename = "p99_s", serialize_with = "seconds")]
    pub p99: Span,
    /// All.
    #[serde(rename = "max_s", serialize_with = "seconds")]
    pub max: Span,
}

fn seconds<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(span.as_secs_f64())
}

impl Quantiles {
    /// Those of a distribution; none where it is of nothing.
    pub(super) fn of(distribution: &Distribution) -> Option<Self> {
        let at = |share| distribution.quantile(share);
        Some(Self {
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            max: at(1.0)?,
        })
    }
}

impl View<'_> {
    /// How the round trips of a probe are spread, in at most so many bars; none where there is no such probe.
    #[must_use]
    pub fn round_trip_bars(&self, probe: &str, most: u32) -> Option<Bars> {
        let mut all = self.world.probes().zip(self.world.probe_figures());
        let (_, figures) = all.find(|((plan, _), _)| *plan.name == *probe)?;
        Some(figures.round_trips.bars(most))
    }

    /// Whether a probe comes through now; none where there is no such probe.
    pub(super) fn probe_health(&self, id: ProbeId) -> Option<Health> {
        self.probes().iter().find(|it| it.id == id).map(|it| it.health)
    }

    /// The probes, in the order of the lab.
    #[must_use]
    pub fn probes(&self) -> Vec<Probe> {
        let names = self.world.names();
        let all = self.world.probes().zip(self.world.probe_figures());
        let all = all.zip(0_u32..);
        all.map(|(((plan, seen), figures), place)| Probe {
            id: ProbeId::from_index(place),
            name: plan.name.to_string(),
            from: names.of(plan.from),
            to: plan.to_name.to_string(),
            port: plan.port,
            sent: seen.n_sent,
            answered: seen.n_answered,
            outages: seen.n_outages,
            longest: seen.longest_at(self.world.now()),
            round_trips: Quantiles::of(&figures.round_trips),
            outage_lengths: Quantiles::of(&figures.outages),
            health: match (&seen.lost, seen.n_answered) {
                (Some(_), _) => Health::Failed,
                (None, 0) => Health::Idle,
                (None, _) if seen.n_outages > 0 => Health::Degraded,
                (None, _) => Health::Good,
            },
        })
        .collect()
    }
}
