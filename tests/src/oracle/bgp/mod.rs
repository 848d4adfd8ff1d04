//! BGP cases recorded from FRR and BIRD.

mod answer;
mod build;
mod case;
mod compare;
mod events;
mod policy;
mod watch;

pub use case::Case;
pub use compare::compare;
pub(super) use watch::until;

use anyhow::Context;
use serde_json::{Value, json};

/// Runs a case file's case; the answer in the form of the recorded one.
///
/// # Errors
/// A case that cannot be read, or that asks for something that does not fit the network as it is.
pub fn answer(file: &Value) -> anyhow::Result<Value> {
    let case: Case = serde_json::from_value(file["case"].clone()).context("failed to read the case")?;
    let mut run = events::Run::new(&case)?;
    let mut steps = vec![run.initial()];
    for event in &case.events {
        let step = run.event(event);
        steps.push(step.with_context(|| format!("event {}", event.id))?);
    }
    Ok(json!({"id": case.id, "steps": steps}))
}
