//! Reads one recorded case, runs it, and prints the answer as JSON.
//!
//! What the case is about stands in its `format`; what runs it is in `tests::oracle`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Parser;

#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// The case
    case: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let Args { case: path } = Args::parse();
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let file: serde_json::Value = serde_json::from_str(&text).context("failed to parse the case")?;
    let answer = match file["case"]["format"].as_str() {
        Some("ike-case/1") => tests::oracle::ike::answer(&file)?,
        other => bail!("unknown format {other:?}"),
    };
    println!("{answer}");
    Ok(())
}
