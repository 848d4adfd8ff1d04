//! A cold start of the dashboard: from the start of the process to the first picture in a terminal.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::json;

use crate::measure::{Report, Spread, Unit};

#[derive(Debug, Clone, clap::Args)]
/// From the start of the program to the first picture of its dashboard
pub(crate) struct Args {
    /// The program
    #[arg(long, default_value = "target/release/causeway")]
    program: PathBuf,
    /// The lab; its own where none is named
    #[arg(long)]
    lab: Option<String>,
    /// How often it is started
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

/// The last thing that is drawn of a picture: the last word of the last line.
const LAST: &[u8] = b"help";

fn first_picture(args: &Args) -> anyhow::Result<f64> {
    let size = PtySize {
        rows: 40,
        cols: 120,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system()
        .openpty(size)
        .context("failed to open a pseudo-terminal")?;
    let mut command = CommandBuilder::new(args.program.canonicalize().context("there is no such program")?);
    command.cwd(std::env::temp_dir());
    command.env("LANG", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    if let Some(lab) = &args.lab {
        command.args(["open", lab]);
    }
    let mut output = pair
        .master
        .try_clone_reader()
        .context("failed to read its output")?;
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).context("failed to start it")?;
    let mut seen = Vec::new();
    let mut bytes = [0; 65_536];
    while !seen.windows(LAST.len()).any(|window| window == LAST) {
        let n = output.read(&mut bytes).context("failed to read its output")?;
        ensure!(n > 0, "it ended without a picture");
        seen.extend_from_slice(&bytes[..n]);
    }
    let seconds = start.elapsed().as_secs_f64();
    child.kill().context("failed to end it")?;
    child.wait().context("failed to wait for its end")?;
    Ok(seconds)
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let mut all: Vec<f64> = (0..args.reps)
        .map(|_| first_picture(args))
        .collect::<Result<_, _>>()?;
    all.sort_unstable_by(f64::total_cmp);
    let p99 = all[(all.len() * 99).div_ceil(100) - 1];
    let spread = Spread::of(all)?;
    let params = json!({"lab": args.lab, "clock": "wall"});
    Report::new("start", params, spread, Unit::Seconds)?
        .with("median_ms", spread.median * 1e3)?
        .with("p99_ms", p99 * 1e3)
}
