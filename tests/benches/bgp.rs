//! What a branch of a converged lab of 56 routers costs, and a failure in it: `cargo bench -p tests --bench bgp`.
//!
//! A branch is stated beside a copy that shares nothing, taken in the same process: the ratio counts.

use std::process::Command;

use anyhow::Context as _;

const TOPOLOGY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/bench/ring56.json");

fn main() -> anyhow::Result<()> {
    println!("56 routers, 20 prefixes, converged");
    let output = Command::new(env!("CARGO_BIN_EXE_peer"))
        .args([
            "bgp",
            "--scenario",
            "fail",
            "--topology",
            TOPOLOGY,
            "--prefixes",
            "20",
        ])
        .output()
        .context("failed to start the program peer")?;
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("failed to read the report of peer")?;
    let micros = |name: &str| {
        let seconds = report[name].as_f64();
        seconds
            .map(|it| it * 1e6)
            .with_context(|| format!("{name} is missing"))
    };
    let (branch, copy, fail) = (micros("branch_s")?, micros("clone_s")?, micros("value")?);
    println!(
        "a branch                {branch:>8.1} µs   {:.3} of a copy that shares nothing",
        branch / copy
    );
    println!("a copy that shares nothing {copy:>5.1} µs");
    println!("one link fails          {fail:>8.1} µs");
    Ok(())
}
