//! Bulk flows, where they went and what lagged, faults and outages.

use serde::Serialize;

use crate::kernel::RecordId;
use crate::lab::Called;
use crate::migrate::mgn::Mgn;
use crate::reason::Reason;
use crate::resource::{FlowId, ResourceRef};
use crate::units::{BitRate, DataSize, SimTime, Span};
use crate::world::Observed;

use super::{Health, View, json};

/// A bulk flow that is running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Which one.
    #[serde(skip)]
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// The host that sends.
    pub from: String,
    /// The host that receives.
    pub to: String,
    /// How fast it is.
    #[serde(rename = "rate_bps", serialize_with = "json::rate")]
    pub rate: BitRate,
    /// What it passes, by name, from sender to receiver.
    pub path: Vec<String>,
    /// The data of its largest TCP segments.
    pub mss_bytes: u16,
}

/// A bulk flow of the migration took another way, or came to stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// The flow's name.
    pub flow: String,
    /// The host that sends.
    pub from: String,
    /// The host that receives.
    pub to: String,
    /// What it passes from now on, by name, from sender to receiver; nothing where it stands.
    pub path: Vec<String>,
    /// Its fair share of that.
    #[serde(rename = "rate_bps", serialize_with = "json::rate")]
    pub rate: BitRate,
    /// Why it stands, where it does.
    pub reason: Option<Reason>,
    /// The record of the move, from which the causes can be asked.
    pub record: RecordId,
}

/// A time during which a server's copy was a minute or more behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lag {
    /// The server's name.
    pub server: String,
    /// Since when: the copy was last up to date then.
    #[serde(rename = "started_s", serialize_with = "json::instant")]
    pub started_at: SimTime,
    /// When it was up to date again, or its replication ended; none while it lags.
    #[serde(rename = "ended_s", serialize_with = "json::instant_or_null")]
    pub ended_at: Option<SimTime>,
    /// The longest lag.
    #[serde(rename = "largest_s", serialize_with = "json::span")]
    pub largest: Span,
    /// The most that was written at the source and was not in AWS.
    #[serde(rename = "largest_backlog_bytes", serialize_with = "json::size")]
    pub largest_backlog: DataSize,
}

/// A disturbance that was made, or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// What was done, or could not be.
    pub what: String,
    /// To what.
    pub target: String,
    /// The fault that it is part of, as whoever asked for it called it.
    pub fault: Option<Called>,
    /// Why the lab refused it when it was due, where it did: nothing was done then.
    pub refused: Option<String>,
    /// The same, as something that can be selected.
    #[serde(skip)]
    pub about: ResourceRef,
}

/// A time during which something that worked before did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// Who could not reach.
    pub from: String,
    /// What could not be reached.
    pub to: String,
    /// Since when.
    #[serde(rename = "started_s", serialize_with = "json::instant")]
    pub started_at: SimTime,
    /// Until when; none where it lasts.
    #[serde(rename = "ended_s", serialize_with = "json::instant_or_null")]
    pub ended_at: Option<SimTime>,
    /// What brought it about, in a sentence.
    pub cause: String,
    /// The record of the loss, from which the causes can be asked.
    pub record: RecordId,
    /// What it began with; none where nobody did anything to the lab.
    pub root: Option<OutageRoot>,
}

/// The disturbance that an outage goes back to: the first in the chain of its causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutageRoot {
    /// Its record.
    pub record: RecordId,
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// What was disturbed.
    pub subject: String,
    /// What happened to it.
    pub what: String,
    /// The fault that it was part of, as whoever asked for it called it.
    pub fault: Option<Called>,
}

/// Something that the lab expects, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goal {
    /// What it is called.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// Whether it does not yet, and still may before the lab ends.
    #[serde(skip)]
    pub not_yet: bool,
    /// What is so.
    pub detail: String,
}

impl View<'_> {
    /// How a bulk flow does: one that is cut has failed, and one that has nothing to send idles.
    pub(super) fn flow_health(&self, id: FlowId) -> Option<Health> {
        let flow = self.world.open_flows().find(|flow| flow.id == id)?;
        Some(match (flow.rate.is_zero(), flow.path.is_empty()) {
            (false, _) => Health::Good,
            (true, true) => Health::Failed,
            (true, false) => Health::Idle,
        })
    }
    /// The ways that flows of the migration took instead of others so far, in order.
    pub(super) fn moves(&self) -> Vec<Move> {
        let names = self.world.names();
        let moves = self.world.flow_moves().map(|it| Move {
            at: it.at,
            flow: names.of(it.flow),
            from: names.of(it.from),
            to: names.of(it.to),
            path: it.path.iter().map(|link| self.link_name(*link)).collect(),
            rate: it.rate,
            reason: it.stopped_by,
            record: it.record,
        });
        moves.collect()
    }

    /// When servers lagged so far, by server, in order.
    pub(super) fn lags(&self) -> Vec<Lag> {
        let servers = self.world.mgn().into_iter().flat_map(Mgn::servers);
        let lags = servers.flat_map(|(id, server)| {
            let seen = self.world.observed(id).into_iter();
            seen.flat_map(Observed::lags).map(|it| Lag {
                server: server.config().name.clone(),
                started_at: it.started_at,
                ended_at: it.ended_at,
                largest: it.largest,
                largest_backlog: it.largest_backlog,
            })
        });
        lags.collect()
    }
}
