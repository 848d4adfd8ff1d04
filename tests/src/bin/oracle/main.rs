//! Reads one recorded case, runs it, and prints the answer as JSON.
//!
//! A case that cannot be read or run is one line on standard error and exit status 2.
//!
//! What the case is about stands in its `format`; what runs it is in `tests::oracle`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use tests::oracle;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit status where the case cannot be read or run, as that of `causeway` for a bad scenario.
const BAD_INPUT: u8 = 2;

#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// The case
    case: PathBuf,
}

fn main() -> ExitCode {
    let Args { case } = Args::parse();
    match answer(&case) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("oracle: {error:#}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn answer(path: &Path) -> anyhow::Result<serde_json::Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    let file: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("failed to parse {}", path.display()))?;
    match file["case"]["format"].as_str() {
        Some("bgp-case/1") => oracle::bgp::answer(&file),
        Some("ike-case/1") => oracle::ike::answer(&file),
        Some("bgp-wire/1") => oracle::wire::answer(&file),
        Some(other) => bail!("{}: the format {other:?} is not known", path.display()),
        None => bail!("{}: the case names no format", path.display()),
    }
}
