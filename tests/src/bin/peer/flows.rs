//! Bulk transfers arriving over time between hosts: how long each takes.

use std::path::PathBuf;

use anyhow::ensure;
use serde::Deserialize;
use serde_json::json;
use sim_core::kernel::{Engine, Model, Scheduler, TimerId};
use sim_core::net::fluid::{FlowKey, FluidLinkId, RateChange, Sharing, Transfer};
use sim_core::units::{BitRate, DataSize, SimTime};

use crate::input;
use crate::measure::{Clock, Report, Spread, Unit};

#[derive(Debug, clap::Args)]
/// Bulk transfers that arrive over time: how long each takes
pub(crate) struct Args {
    /// Hosts, sites, and the transfers between them
    #[arg(long)]
    trace: PathBuf,
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

/// Capacities are in bytes per second; a flow is `(arrival in seconds, from, to, bytes)`.
#[derive(Debug, Deserialize)]
struct Trace {
    hosts: u32,
    sites: u32,
    host_capacity: f64,
    site_capacity: f64,
    flows: Vec<(f64, u32, u32, u64)>,
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let trace: Trace = input::read(&args.trace)?;
    let start = Lab::build(&trace)?;
    let mut outcome = start.clone().run();
    let mut seconds = Vec::new();
    for _ in 0..args.reps {
        let lab = start.clone();
        let (again, time) = clock.time(|| lab.run());
        outcome = again;
        seconds.push(time.as_secs_f64());
    }
    let value = Spread::of(seconds)?;
    let params = json!({ "trace": input::name(&args.trace) });
    Report::new("flows", params, value, Unit::Seconds)?
        .with("mean_fct_s", outcome.mean_fct_s)?
        .with("end_s", outcome.end_s)?
        .with("events", outcome.events)?
        .with("events_per_s", outcome.events as f64 / value.median)
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Arrives(u32),
    Completes(FlowKey),
}

#[derive(Debug, Clone)]
struct Job {
    arrives_at: SimTime,
    size: DataSize,
    path: Vec<FluidLinkId>,
}

/// A transfer under way, in the place of its flow.
#[derive(Debug, Clone, Copy)]
struct Underway {
    arrived_at: SimTime,
    transfer: Transfer,
    timer: Option<TimerId>,
}

/// What the world does with bulk transfers, and nothing else: opens a flow when data is there,
/// and moves its completion whenever its rate changes.
#[derive(Debug, Clone)]
struct Lab {
    sharing: Sharing,
    jobs: Vec<Job>,
    underway: Vec<Underway>,
    changes: Vec<RateChange>,
    nanos_taken: u128,
    ended_at: SimTime,
}

#[derive(Debug)]
struct Outcome {
    mean_fct_s: f64,
    end_s: f64,
    events: u64,
}

impl Lab {
    fn build(trace: &Trace) -> anyhow::Result<Self> {
        let mut sharing = Sharing::new();
        let mut links = |n: u32, bytes_per_second: f64| -> Vec<FluidLinkId> {
            let capacity = BitRate::bps((bytes_per_second * 8.0) as u64);
            (0..n).map(|_| sharing.add_link(capacity)).collect()
        };
        let host_up = links(trace.hosts, trace.host_capacity);
        let host_down = links(trace.hosts, trace.host_capacity);
        let site_up = links(trace.sites, trace.site_capacity);
        let site_down = links(trace.sites, trace.site_capacity);
        let mut jobs = Vec::new();
        for &(arrival_s, from, to, bytes) in &trace.flows {
            ensure!(
                from.max(to) < trace.hosts,
                "a flow from {from} to {to} among {} hosts",
                trace.hosts
            );
            let [out, into] = [from, to].map(|host| (host * trace.sites / trace.hosts) as usize);
            let (from, to) = (host_up[from as usize], host_down[to as usize]);
            jobs.push(Job {
                arrives_at: SimTime::from_nanos((arrival_s * 1e9).round() as u64),
                size: DataSize::bytes(bytes),
                path: if out == into {
                    vec![from, to]
                } else {
                    vec![from, site_up[out], site_down[into], to]
                },
            });
        }
        Ok(Self {
            sharing,
            jobs,
            underway: Vec::new(),
            changes: Vec::new(),
            nanos_taken: 0,
            ended_at: SimTime::START,
        })
    }

    fn run(self) -> Outcome {
        let mut engine = Engine::new(self);
        let (lab, mut scheduler) = engine.parts();
        for (index, job) in (0..).zip(&lab.jobs) {
            scheduler.at(job.arrives_at, Event::Arrives(index));
        }
        let run = engine.run_until(SimTime::END, u64::MAX);
        let lab = &engine.model;
        Outcome {
            mean_fct_s: lab.nanos_taken as f64 / lab.jobs.len() as f64 / 1e9,
            end_s: lab.ended_at.as_secs_f64(),
            events: run.n_events,
        }
    }

    fn arrives(&mut self, index: u32, now: SimTime) {
        let job = &self.jobs[index as usize];
        let flow = self.sharing.open(&job.path, BitRate::MAX);
        let underway = Underway {
            arrived_at: now,
            transfer: Transfer::new(job.size, now),
            timer: None,
        };
        match self.underway.get_mut(flow.place()) {
            Some(place) => *place = underway,
            None => self.underway.push(underway),
        }
    }

    fn completes(&mut self, flow: FlowKey, now: SimTime) {
        self.sharing.close(flow);
        let underway = &self.underway[flow.place()];
        self.nanos_taken += u128::from(now.since(underway.arrived_at).as_nanos());
        self.ended_at = now;
    }
}

impl Model for Lab {
    type Event = Event;

    fn handle(&mut self, event: Event, scheduler: &mut Scheduler<'_, Event>) {
        let now = scheduler.now();
        match event {
            Event::Arrives(index) => self.arrives(index, now),
            Event::Completes(flow) => self.completes(flow, now),
        }
        self.sharing.settle(&mut self.changes);
        for change in &self.changes {
            let underway = &mut self.underway[change.flow.place()];
            underway.transfer.set_rate(now, change.new);
            match (underway.timer, underway.transfer.completes_at()) {
                (Some(timer), Some(at)) => {
                    scheduler.reschedule(timer, at);
                }
                (Some(timer), None) => {
                    scheduler.cancel(timer);
                    underway.timer = None;
                }
                (None, Some(at)) => {
                    underway.timer = Some(scheduler.timer_at(at, Event::Completes(change.flow)));
                }
                (None, None) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The answer of an independent simulator in floating point.
    #[test]
    fn completion_times_are_right() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench/flows1000.json");
        let trace: Trace = input::read(&file).expect("the trace is there");
        let outcome = Lab::build(&trace).expect("hosts are numbered from 0").run();
        assert!(
            (outcome.mean_fct_s - 1.007_473_635_816).abs() < 1e-6,
            "{outcome:?}"
        );
    }
}
