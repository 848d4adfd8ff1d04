//! IKE cases recorded from strongSwan.

mod carrier;
mod case;
mod compare;
mod run;

pub use carrier::{Arrival, Carrier, Path, Pipe};
pub use case::{Case, Side};
pub use compare::compare;

use anyhow::Context;
use serde_json::{Value, json};
use sim_core::units::Span;

/// Runs a case file's case over a direct path; the answer in the form of the recorded one.
///
/// # Errors
/// A case that cannot be read.
pub fn answer(file: &Value) -> anyhow::Result<Value> {
    // The recorded gateways were joined by a link without delay; this is about what their handling took.
    answer_over(file, Pipe::new(Span::millis(1)))
}

/// Runs a case file's case over any carrier of datagrams.
///
/// # Errors
/// A case that cannot be read.
pub fn answer_over(file: &Value, carrier: impl Carrier) -> anyhow::Result<Value> {
    let case: Case = serde_json::from_value(file["case"].clone()).context("failed to read the case")?;
    let mut run = run::Run::new(&case, carrier)?;
    let mut first = run.first();
    first["outcome"]["errors"] = first["errors"].clone();
    let mut steps = vec![first];
    for event in &case.events {
        steps.push(run.event(event)?);
    }
    Ok(json!({"id": case.id, "steps": steps}))
}
