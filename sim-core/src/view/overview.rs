//! The lab as a whole.

use serde::Serialize;

use crate::units::{SimTime, Span};

use super::json;

/// The lab and where its clock stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// The lab's short name.
    pub lab: String,
    /// Its title.
    pub title: String,
    /// What it teaches.
    pub teaches: String,
    /// The lab that it is a broken variant of.
    pub variant_of: Option<String>,
    /// The version of the scenario format.
    pub schema: u32,
    /// The seed of this run.
    pub seed: u64,
    /// The present instant.
    #[serde(rename = "now_s", serialize_with = "json::instant")]
    pub now: SimTime,
    /// How long the lab runs unless told otherwise.
    #[serde(rename = "duration_s", serialize_with = "json::span")]
    pub duration: Span,
    /// Events handled so far.
    pub events: u64,
    /// Records written so far.
    pub n_records: u64,
    /// The digest of every record so far.
    pub trace_hash: String,
}
