//! Bulk flows, faults and outages.

use serde::Serialize;

use crate::kernel::RecordId;
use crate::resource::{FlowId, ResourceRef};
use crate::units::{BitRate, SimTime};

use super::json;

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

/// A disturbance that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// What was done.
    pub what: String,
    /// To what.
    pub target: String,
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
}

/// Something that the lab expects, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goal {
    /// What it is called.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// What is so.
    pub detail: String,
}
