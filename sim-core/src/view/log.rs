//! The trace as a person reads it: one sentence for each record.

use serde::Serialize;

use crate::kernel::RecordId;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::SimTime;

use super::{Health, json};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogRow {
    /// The record.
    pub id: RecordId,
    /// When it happened.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// What it happened to.
    #[serde(skip)]
    pub about: ResourceRef,
    /// Its name.
    pub subject: String,
    /// What happened, in one sentence without the subject.
    pub what: String,
    /// Why, where the record is of something that does not work.
    pub reason: Option<Reason>,
    /// The record that brought it about.
    pub cause: Option<RecordId>,
    /// In a chain of causes: where this was written or who did it, where it is something that disturbs the lab or begins
    /// something; of a refusal that nothing brought about, where what refuses is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// How good or bad the news is.
    #[serde(skip)]
    pub health: Health,
    /// Whether a person who steps through the lab would want to stop here.
    #[serde(skip)]
    pub notable: bool,
}
