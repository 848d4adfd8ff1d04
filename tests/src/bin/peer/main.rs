//! Answers the workloads on which Causeway is measured beside other simulators.
//!
//! One subcommand a workload; each prints one line of JSON last. What is measured is the product's own code, not a
//! loop written for the occasion. A new workload is a file beside this one and a line in each of the two
//! lists below.

mod bgp;
mod desktop;
mod flows;
mod frame;
mod input;
mod map;
mod maxmin;
mod measure;
mod phold;
mod seek;
mod start;
mod sweep;

use clap::{Parser, Subcommand};

use measure::{Clock, Report};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// What time is measured
    #[arg(long, global = true, env = "PEERBENCH_CLOCK", default_value = "cpu")]
    clock: Clock,
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    Bgp(bgp::Args),
    /// Branches of a hybrid lab
    Branch(seek::Args),
    Flows(flows::Args),
    Frame(frame::Args),
    Maxmin(maxmin::Args),
    Phold(phold::Args),
    Seek(seek::Args),
    Start(start::Args),
    Sweep(sweep::Args),
}

fn main() -> anyhow::Result<()> {
    let Args { clock, workload } = Args::parse();
    let report: Report = match workload {
        Workload::Bgp(args) => bgp::run(&args, clock),
        Workload::Branch(args) => seek::branch(&args, clock),
        Workload::Flows(args) => flows::run(&args, clock),
        Workload::Frame(args) => frame::run(&args, clock),
        Workload::Maxmin(args) => maxmin::run(&args, clock),
        Workload::Phold(args) => phold::run(&args, clock),
        Workload::Seek(args) => seek::seek(&args, clock),
        Workload::Start(args) => start::run(&args),
        Workload::Sweep(args) => sweep::run(&args, clock),
    }?;
    println!("{}", report.to_json()?);
    Ok(())
}
