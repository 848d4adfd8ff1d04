//! Max-min fair rates of flows over links, all wanted again after each flow that comes or goes.

use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;
use sim_core::net::fluid::{FlowKey, FluidLinkId, RateChange, Sharing};
use sim_core::units::BitRate;

use crate::input;
use crate::measure::{Clock, Report, Spread, Unit};

/// Whole units per unit of the instance, so that rounding down does not show in the answer.
const SCALE: u64 = 1_000_000_000_000_000;

#[derive(Debug, clap::Args)]
/// Rates of flows over shared links, all wanted again after each flow that comes or goes
pub(crate) struct Args {
    /// Capacities of links, and each flow's links
    #[arg(long)]
    instance: PathBuf,
    /// How many flows come or go, one after the other
    #[arg(long, default_value_t = 50)]
    changes: usize,
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

#[derive(Debug, Deserialize)]
struct Instance {
    capacity: Vec<u64>,
    flows: Vec<Vec<usize>>,
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let instance: Instance = input::read(&args.instance)?;
    let start = Network::build(&instance)?;
    let mut answer = start.clone().toggle(args.changes);
    let mut changes_per_s = Vec::new();
    for _ in 0..args.reps {
        let network = start.clone();
        let (again, time) = clock.time(|| network.toggle(args.changes));
        answer = again;
        changes_per_s.push(args.changes as f64 / time.as_secs_f64());
    }
    let params = json!({ "instance": input::name(&args.instance), "changes": args.changes });
    Report::new("maxmin", params, Spread::of(changes_per_s)?, Unit::PerSecond)?.with("answer", answer)
}

/// The instance in the product's terms: every flow, with its key while it is on.
#[derive(Debug, Clone)]
struct Network {
    sharing: Sharing,
    flows: Vec<(Vec<FluidLinkId>, Option<FlowKey>)>,
    changes: Vec<RateChange>,
}

impl Network {
    fn build(instance: &Instance) -> anyhow::Result<Self> {
        let mut sharing = Sharing::new();
        let mut links = Vec::new();
        for &capacity in &instance.capacity {
            let capacity = capacity.checked_mul(SCALE).context("a capacity is too large")?;
            links.push(sharing.add_link(BitRate::bps(capacity)));
        }
        let mut flows = Vec::new();
        for path in &instance.flows {
            let path: Option<Vec<FluidLinkId>> = path.iter().map(|&link| links.get(link).copied()).collect();
            let path = path.context("a flow names a link that is not there")?;
            let key = sharing.open(&path, BitRate::MAX);
            flows.push((path, Some(key)));
        }
        let mut changes = Vec::new();
        sharing.settle(&mut changes);
        Ok(Self {
            sharing,
            flows,
            changes,
        })
    }

    /// Turns flows off and on, and adds up all rates after each time, weighted by `1 + flow % 7`.
    fn toggle(mut self, n_changes: usize) -> f64 {
        let n_flows = self.flows.len();
        let mut answer: u128 = 0;
        for change in 0..n_changes {
            let Some((path, key)) = self.flows.get_mut(change * 7_919 % n_flows.max(1)) else {
                break;
            };
            match key.take() {
                Some(key) => self.sharing.close(key),
                None => *key = Some(self.sharing.open(path, BitRate::MAX)),
            }
            self.sharing.settle(&mut self.changes);
            for (index, (_, key)) in self.flows.iter().enumerate() {
                if let Some(key) = key {
                    let weight = 1 + index as u128 % 7;
                    answer += weight * u128::from(self.sharing.rate(*key).as_bps());
                }
            }
        }
        answer as f64 / SCALE as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The answer of an independent solver in floating point, which keeps six decimals.
    #[test]
    fn the_rates_are_right() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench/maxmin1000.json");
        let instance: Instance = input::read(&file).expect("the instance is there");
        let answer = Network::build(&instance)
            .expect("links are numbered from 0")
            .toggle(50);
        assert!((answer - 484_186.017_899).abs() < 1e-6, "{answer}");
    }
}
