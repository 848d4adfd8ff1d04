//! How two branches of a lab differ at one instant, as rows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lab::{Compared, Record};
use crate::resource::ResourceRef;
use crate::units::{BitRate, DataSize, SimTime, Span};

use super::{LogRow, View, json};

/// What two branches differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The state of a link.
    Link,
    /// The state of an IPsec tunnel.
    Tunnel,
    /// The state of a BGP session.
    BgpSession,
    /// Where a router sends the packets for a prefix.
    Route,
    /// The rate of a bulk flow.
    Flow,
    /// For how long something was lost, all outages together.
    Lost,
    /// How many of a probe's calls came through.
    Answered,
    /// When a source server came to a milestone of its migration.
    Milestone,
    /// The life-cycle state of a source server.
    LifeCycle,
    /// The state of its replication.
    Replication,
    /// Its replication lag.
    Lag,
    /// What was written and is not in AWS yet.
    Backlog,
}

impl Aspect {
    /// The words for it, as a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Link => "Links",
            Self::Tunnel => "Tunnels",
            Self::BgpSession => "BGP sessions",
            Self::Route => "Routes",
            Self::Flow => "Flows",
            Self::Lost => "Lost for",
            Self::Answered => "Probes answered",
            Self::Milestone => "Milestones at",
            Self::LifeCycle => "Life cycle",
            Self::Replication => "Replication",
            Self::Lag => "Replication lag",
            Self::Backlog => "Backlog",
        }
    }
}

/// What is so in one of the branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There is none.
    Nothing,
    /// A state, as its source spells it.
    State(String),
    /// A span.
    #[serde(serialize_with = "json::span", rename = "span_s")]
    Span(Span),
    /// Data.
    #[serde(serialize_with = "json::size", rename = "size_bytes")]
    Size(DataSize),
    /// A rate.
    #[serde(serialize_with = "json::rate", rename = "rate_bps")]
    Rate(BitRate),
    /// An instant.
    #[serde(serialize_with = "json::instant", rename = "at_s")]
    Instant(SimTime),
    /// A number.
    Count(u64),
}

/// One thing in which two branches differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In what.
    pub aspect: Aspect,
    /// What differs: a session, a server, a probe, or who lost what.
    pub name: String,
    /// In the first branch.
    pub left: Standing,
    /// In the other.
    pub right: Standing,
}

impl Difference {
    /// By how much they differ, where that can be measured.
    #[must_use]
    pub fn by(&self) -> Option<Standing> {
        match (&self.left, &self.right) {
            (Standing::Span(left), Standing::Span(right)) => Some(Standing::Span(
                (*left).max(*right).saturating_sub(*left.min(right)),
            )),
            (Standing::Size(left), Standing::Size(right)) => {
                let bytes = left.as_bytes().abs_diff(right.as_bytes());
                Some(Standing::Size(DataSize::bytes(bytes)))
            }
            (Standing::Rate(left), Standing::Rate(right)) => Some(Standing::Rate(BitRate::bps(
                left.as_bps().abs_diff(right.as_bps()),
            ))),
            (Standing::Instant(left), Standing::Instant(right)) => {
                Some(Standing::Span((*left).max(*right).since(*left.min(right))))
            }
            (Standing::Count(left), Standing::Count(right)) => Some(Standing::Count(left.abs_diff(*right))),
            _ => None,
        }
    }
}

/// Two branches at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The instant.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// The instant at which the other one is looked at, where that is another.
    #[serde(
        rename = "right_at_s",
        serialize_with = "json::instant_or_null",
        skip_serializing_if = "Option::is_none"
    )]
    pub right_at: Option<SimTime>,
    /// Where the first branch is.
    #[serde(rename = "left_now_s", serialize_with = "json::instant")]
    pub left_now: SimTime,
    /// Where the other is.
    #[serde(rename = "right_now_s", serialize_with = "json::instant")]
    pub right_now: SimTime,
    /// When they parted; none where the same has happened in both.
    #[serde(rename = "parted_s", serialize_with = "json::instant_or_null")]
    pub parted_at: Option<SimTime>,
    /// What happened then in the first branch, and not in the other.
    pub left: Option<LogRow>,
    /// What happened then in the other.
    pub right: Option<LogRow>,
    /// What differs at the instant, by what it is.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// At which instant two branches of these names are compared, in words.
    #[must_use]
    pub fn when(&self, left: &str, right: &str) -> String {
        let Self {
            at,
            left_now,
            right_now,
            ..
        } = self;
        match self.right_at {
            Some(right_at) => format!("each at its own present: {left} {at}, {right} {right_at}"),
            None if left_now == right_now => format!("at {at}, where both are"),
            None if left_now < right_now => {
                format!("at {at}, where {left} is; {right} is at {right_now} already")
            }
            None => format!("at {at}, where {right} is; {left} is at {left_now} already"),
        }
    }

    /// What happened first in one of the branches and not in the other, in words, with when where that is later than they part.
    #[must_use]
    pub fn first(&self, row: Option<&LogRow>) -> String {
        let Some(row) = row else {
            return "nothing more".to_owned();
        };
        let what = format!("{} {}", row.subject, row.what);
        match self.parted_at {
            Some(parted_at) if row.at > parted_at => format!("{what}, at {}", row.at),
            Some(_) | None => what,
        }
    }

    /// Puts into rows what was compared.
    #[must_use]
    pub fn of(compared: &Compared) -> Self {
        let (left, right) = (View::of(&compared.left), View::of(&compared.right));
        let parting = compared.parting.as_ref();
        let said = |view: &View<'_>, record: Option<&Record>| record.map(|record| view.log_row(record));
        let (one, other) = (standings(&left), standings(&right));
        let mut keys: Vec<&(Aspect, String)> = one.keys().chain(other.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let none = |aspect| match aspect {
            // Who never lost anything lost it for no time.
            Aspect::Lost => Standing::Span(Span::ZERO),
            _ => Standing::Nothing,
        };
        let of =
            |rows: &Standings, key: &(Aspect, String)| rows.get(key).cloned().unwrap_or_else(|| none(key.0));
        let rows = keys.into_iter().map(|key| Difference {
            aspect: key.0,
            name: key.1.clone(),
            left: of(&one, key),
            right: of(&other, key),
        });
        Self {
            at: compared.left.now(),
            right_at: Some(compared.right.now()).filter(|at| *at != compared.left.now()),
            left_now: compared.presents.0,
            right_now: compared.presents.1,
            parted_at: parting.and_then(crate::lab::Parting::at),
            left: said(&left, parting.and_then(|it| it.left.as_ref())),
            right: said(&right, parting.and_then(|it| it.right.as_ref())),
            differences: rows.filter(|row| row.left != row.right).collect(),
        }
    }
}

type Standings = BTreeMap<(Aspect, String), Standing>;

/// All that is compared, as it stands in one branch.
fn standings(view: &View<'_>) -> Standings {
    let mut all = Standings::new();
    networks(view, &mut all);
    for session in view.bgp_sessions() {
        all.insert(
            (Aspect::BgpSession, session.name),
            Standing::State(session.state.to_string()),
        );
    }
    let now = view.session.now();
    let mut lost: BTreeMap<String, Span> = BTreeMap::new();
    for outage in view.outages() {
        let end = outage.ended_at.unwrap_or(now);
        *lost
            .entry(format!("{} to {}", outage.from, outage.to))
            .or_default() += end.since(outage.started_at);
    }
    all.extend(
        lost.into_iter()
            .map(|(name, lost)| ((Aspect::Lost, name), Standing::Span(lost))),
    );
    for probe in view.probes() {
        all.insert((Aspect::Answered, probe.name), Standing::Count(probe.answered));
    }
    for server in view.servers() {
        let state = |text: Option<&'static str>| {
            text.map_or(Standing::Nothing, |text| Standing::State(text.to_owned()))
        };
        let lag = server.replication_lag.map_or(Standing::Nothing, Standing::Span);
        let rows = [
            (
                Aspect::LifeCycle,
                state(server.life_cycle_state.map(|it| it.as_str())),
            ),
            (
                Aspect::Replication,
                state(server.data_replication_state.map(|it| it.as_str())),
            ),
            (Aspect::Lag, lag),
            (Aspect::Backlog, Standing::Size(server.backlog)),
        ];
        all.extend(rows.map(|(aspect, standing)| ((aspect, server.name.clone()), standing)));
        let milestones = [
            ("installed", server.installed_at),
            ("initial sync done", server.initial_sync_done_at),
        ];
        let reached = milestones
            .into_iter()
            .filter_map(|(what, at)| Some((format!("{}: {what}", server.name), at?)));
        all.extend(reached.map(|(name, at)| ((Aspect::Milestone, name), Standing::Instant(at))));
    }
    all
}

/// Links, tunnels, routes and flows as they are in one branch.
fn networks(view: &View<'_>, all: &mut Standings) {
    let state = |text: &str| Standing::State(text.to_owned());
    let tunnels = view.tunnels();
    for link in view.topology().links {
        // What has a row of its own below is not told twice.
        if !matches!(link.id, ResourceRef::Tunnel(_)) {
            all.insert((Aspect::Link, link.name), state(&link.state));
        }
    }
    for tunnel in tunnels {
        all.insert((Aspect::Tunnel, tunnel.name), state(tunnel.state.as_str()));
    }
    let routers = view.routing_owners().into_iter();
    for owner in routers.filter(|owner| matches!(owner.id, ResourceRef::Router(_))) {
        let tables = view.routing(owner.id).into_iter().flat_map(|it| it.tables);
        for row in tables.flat_map(|table| table.rows) {
            let name = format!("{} {}", owner.name, row.prefix);
            all.insert((Aspect::Route, name), state(&row.leads_to));
        }
    }
    let mut rates: BTreeMap<String, BitRate> = BTreeMap::new();
    for flow in view.flows() {
        let rate = rates.entry(format!("{} to {}", flow.from, flow.to)).or_default();
        *rate = [*rate, flow.rate].into_iter().sum();
    }
    let rates = rates.into_iter();
    all.extend(rates.map(|(name, rate)| ((Aspect::Flow, name), Standing::Rate(rate))));
}
