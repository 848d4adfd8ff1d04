//! IKE cases recorded from strongSwan.

mod case;
mod compare;
mod run;

pub use case::{Case, Side};
pub use compare::compare;

use anyhow::Context;
use serde_json::{Value, json};

/// Runs a case file's case in a lab of two gateways; the answer in the form of the recorded one.
///
/// # Errors
/// A case that cannot be read.
pub fn answer(file: &Value) -> anyhow::Result<Value> {
    let case: Case = serde_json::from_value(file["case"].clone()).context("failed to read the case")?;
    let mut run = run::Run::new(&case)?;
    let mut first = run.first()?;
    first["outcome"]["errors"] = first["errors"].clone();
    let mut steps = vec![first];
    for event in &case.events {
        steps.push(run.event(event)?);
    }
    Ok(json!({"id": case.id, "steps": steps}))
}
