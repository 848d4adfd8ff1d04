//! The kernel's speed beside a bare heap: `cargo bench -p tests --bench kernel`.
//!
//! A plain program rather than a harness, because what counts is the ratio of two figures taken in turns. The program
//! `peer` takes them; here they become a table.

use std::process::Command;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    println!("PHOLD, million events per second of processor time");
    println!(
        "{:>10}{:>8}{:>8}{:>11}{:>8}",
        "processes", "remote", "kernel", "bare heap", "ratio"
    );
    for n in ["100", "1000", "10000", "100000"] {
        for remote in ["0", "1"] {
            let output = Command::new(env!("CARGO_BIN_EXE_peer"))
                .args(["phold", "--n", n, "--remote", remote])
                .output()
                .context("failed to start the program peer")?;
            let report: serde_json::Value =
                serde_json::from_slice(&output.stdout).context("failed to read the report of peer")?;
            let figure = |name: &str| {
                report[name]
                    .as_f64()
                    .with_context(|| format!("{name} is missing"))
            };
            let (kernel, bare_heap) = (figure("value")? / 1e6, figure("bare_heap_per_s")? / 1e6);
            let ratio = figure("ratio_to_bare_heap")?;
            println!("{n:>10}{remote:>8}{kernel:>8.2}{bare_heap:>11.2}{ratio:>8.2}");
        }
    }
    Ok(())
}
