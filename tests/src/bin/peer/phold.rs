//! PHOLD: processes that do nothing but send each other messages, so that queue and dispatch are all there is.
//!
//! The workload is Fujimoto's ("Performance of Time Warp under synthetic workloads", 1990) with exponential delays of
//! one second on average and as many messages as processes. The processes are the owners in an arena to whom the
//! kernel's engine dispatches; nobody subscribes to a trace. In the same program, and in turns with it, runs the
//! barest loop there is over `std::collections::BinaryHeap`, for a measure that is independent of the machine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use serde_json::json;
use sim_core::kernel::{Arena, Engine, Id, Model, Scheduler};
use sim_core::units::{SimTime, Span};

use crate::measure::{Clock, Report, Spread, Unit};

#[derive(Debug, clap::Args)]
/// Processes that send each other messages: queue and dispatch alone
pub(crate) struct Args {
    /// How many processes there are, and how many messages
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..))]
    n: u32,
    /// Whether a process sends to others (1) or to itself (0)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    remote: u8,
    /// About how many events happen
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

/// Whom a process sends its messages to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Itself,
    Others,
}

/// One size of the workload.
#[derive(Debug, Clone, Copy)]
struct Size {
    n: u32,
    target: Target,
    /// The last instant at which events still happen.
    t_end: SimTime,
}

impl Size {
    /// The size at which about `events` events happen.
    fn with_events(n: u32, target: Target, events: u64) -> Self {
        let nanos = u128::from(events) * 1_000_000_000 / u128::from(n);
        let t_end = SimTime::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        Self { n, target, t_end }
    }
}

#[derive(Debug)]
struct Process {
    x: u64,
    last_at: u64,
}

impl Process {
    fn new(index: u32) -> Self {
        Self {
            x: splitmix64(0x5EED_2024 + u64::from(index)),
            last_at: 0,
        }
    }

    #[inline]
    fn draw(&mut self) -> u64 {
        self.x = self
            .x
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.x
    }

    /// Exponential with a mean of one second, in nanoseconds. The workload defines it in floats; the product has none.
    #[inline]
    fn draw_delay(&mut self) -> u64 {
        let u = (self.draw() >> 11) as f64 / (1u64 << 53) as f64;
        1 + (-(1.0 - u).ln() * 1e9) as u64
    }

    #[inline]
    fn draw_target(&mut self, me: u32, n: u32, target: Target) -> u32 {
        match target {
            Target::Itself => me,
            Target::Others => {
                let r = ((self.draw() >> 32) % u64::from(n - 1)) as u32;
                r + u32::from(r >= me)
            }
        }
    }
}

fn splitmix64(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn checksum<'a>(processes: impl Iterator<Item = &'a Process>) -> u64 {
    processes.fold(0, |sum, process| sum.wrapping_add(process.x ^ process.last_at))
}

/// The workload as a model of the kernel: the event is the process that it happens to.
#[derive(Debug)]
struct Phold {
    processes: Arena<Process>,
    target: Target,
}

impl Model for Phold {
    type Event = Id<Process>;

    #[inline]
    fn handle(&mut self, me: Id<Process>, scheduler: &mut Scheduler<'_, Id<Process>>) {
        let n = self.processes.len() as u32;
        let process = &mut self.processes[me];
        process.last_at = scheduler.now().as_nanos();
        let delay = process.draw_delay();
        let target = process.draw_target(me.index() as u32, n, self.target);
        scheduler.after(Span::nanos(delay), Id::from_index(target));
    }
}

/// One run, timed without its building.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    n_events: u64,
    checksum: u64,
    build: Duration,
    run: Duration,
}

impl Outcome {
    fn events_per_s(&self) -> f64 {
        self.n_events as f64 / self.run.as_secs_f64()
    }
}

/// The workload on the kernel.
fn run_kernel(size: Size, clock: Clock) -> Outcome {
    let (mut engine, build) = clock.time(|| {
        let processes = (0..size.n).map(Process::new).collect();
        let mut engine = Engine::new(Phold {
            processes,
            target: size.target,
        });
        let (model, mut scheduler) = engine.parts();
        for id in model.processes.ids() {
            let delay = model.processes[id].draw_delay();
            scheduler.after(Span::nanos(delay), id);
        }
        engine
    });
    let (progress, run) = clock.time(|| engine.run_until(size.t_end, u64::MAX));
    let checksum = checksum(engine.model.processes.rows().iter());
    Outcome {
        n_events: progress.n_events,
        checksum,
        build,
        run,
    }
}

/// The workload on a bare heap of (instant, sequence, process).
fn run_bare_heap(size: Size, clock: Clock) -> Outcome {
    let ((mut processes, mut heap), build) = clock.time(|| {
        let mut processes: Vec<Process> = (0..size.n).map(Process::new).collect();
        let first = processes.iter_mut().zip(0u32..);
        let heap: BinaryHeap<_> = first
            .map(|(process, me)| Reverse((process.draw_delay(), u64::from(me), me)))
            .collect();
        (processes, heap)
    });
    let t_end = size.t_end.as_nanos();
    let (n_events, run) = clock.time(|| {
        let (mut n_events, mut seq) = (0, u64::from(size.n));
        while let Some(Reverse((at, _, me))) = heap.pop() {
            if at > t_end {
                break;
            }
            let process = &mut processes[me as usize];
            process.last_at = at;
            let delay = process.draw_delay();
            let target = process.draw_target(me, size.n, size.target);
            heap.push(Reverse((at + delay, seq, target)));
            seq += 1;
            n_events += 1;
        }
        n_events
    });
    Outcome {
        n_events,
        checksum: checksum(processes.iter()),
        build,
        run,
    }
}

/// Both in turns, `reps` times after a warm-up.
fn measure(size: Size, clock: Clock, reps: u32) -> Vec<(Outcome, Outcome)> {
    let mut both: Vec<_> = (0..=reps)
        .map(|_| (run_kernel(size, clock), run_bare_heap(size, clock)))
        .collect();
    both.remove(0);
    both
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let target = if args.remote == 1 {
        Target::Others
    } else {
        Target::Itself
    };
    let size = Size::with_events(args.n, target, args.events);
    let both = measure(size, clock, args.reps);
    let rate = Spread::of(both.iter().map(|(kernel, _)| kernel.events_per_s()).collect())?;
    let bare = Spread::of(both.iter().map(|(_, bare)| bare.events_per_s()).collect())?;
    let build = Spread::of(
        both.iter()
            .map(|(kernel, _)| kernel.build.as_secs_f64())
            .collect(),
    )?;
    let Some((kernel, bare_heap)) = both.last() else {
        anyhow::bail!("nothing was measured");
    };
    anyhow::ensure!(
        kernel.checksum == bare_heap.checksum,
        "the kernel and the bare heap disagree"
    );
    let params = json!({ "n": args.n, "remote": args.remote });
    Report::new("phold", params, rate, Unit::PerSecond)?
        .with("checksum", format!("{:016x}", kernel.checksum))?
        .with("events", kernel.n_events)?
        .with("t_end_ns", size.t_end.as_nanos())?
        .with("events_per_s", rate.median)?
        .with("build_s", build.median)?
        .with("bare_heap_per_s", bare.median)?
        .with("ratio_to_bare_heap", rate.median / bare.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checksums are the workload's own, computed by independent programs.
    #[track_caller]
    fn check(n: u32, target: Target, t_end_s: u64, checksum: u64) {
        let size = Size {
            n,
            target,
            t_end: SimTime::at(Span::secs(t_end_s)),
        };
        for outcome in [run_kernel(size, Clock::Wall), run_bare_heap(size, Clock::Wall)] {
            assert_eq!(format!("{:016x}", outcome.checksum), format!("{checksum:016x}"));
        }
    }

    #[test]
    fn a_thousand_processes_end_where_they_should() {
        check(1_000, Target::Itself, 400, 0x0853_83f1_2ff8_a25e);
        check(1_000, Target::Others, 400, 0x7d7a_00ec_ff4f_0eea);
    }

    #[test]
    fn ten_thousand_processes_end_where_they_should() {
        check(10_000, Target::Itself, 40, 0xabf1_303f_17ca_c2b1);
        check(10_000, Target::Others, 40, 0xb630_5d04_2c08_2348);
    }

    #[test]
    fn a_hundred_thousand_processes_end_where_they_should() {
        check(100_000, Target::Itself, 4, 0x236d_d32c_3e8e_378f);
        check(100_000, Target::Others, 4, 0xba2e_7d1f_fc5f_9fc4);
    }

    #[test]
    fn a_million_events_are_a_hundred_seconds_of_ten_thousand_processes() {
        let size = Size::with_events(10_000, Target::Others, 1_000_000);
        assert_eq!(size.t_end, SimTime::at(Span::secs(100)));
    }
}
