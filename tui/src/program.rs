//! From the command line to an exit status.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use clap::error::{ContextKind, ContextValue};
use sim_core::scenario::DEFAULT_LAB;

use crate::cli::{Cli, Command, RunArgs, ScreenArgs, When};
use crate::dashboard::Dashboard;
use crate::headless::{
    self, SCREEN_KEEP, check, faults, labs, manual, path, preflight, reasons, rib, run, snapshot, what_if,
    why,
};
use crate::output::{Outcome, Output, complain};
use crate::source::{self, SourceError};
use crate::terminal::{self, Mouse};
use crate::theme::{Colours, Letters, Look};

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| with_hint(error).exit());
    let output = Output::new(cli.output.format, cli.output.color);
    match obey(&cli, &output) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            complain(&format!("error: {error:#}\n"));
            Outcome::BadInput.into()
        }
    }
}

/// Who gives a lab and no command wants to see it.
fn with_hint(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    // A broken lab is one too.
    if !matches!(source::open(word), Err(SourceError::Unknown { .. })) {
        let hint = format!("to open that lab: causeway open {word}; to run it: causeway run {word}");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![hint.into()]),
        );
    }
    error
}

fn obey(cli: &Cli, output: &Output) -> anyhow::Result<Outcome> {
    let Some(command) = &cli.command else {
        return no_command(cli, output);
    };
    Ok(match command {
        Command::Open { lab, seed, screen } => open(lab, *seed, *screen, cli.output.color)?,
        Command::Run(args) => run::run(args, output)?,
        Command::Check { labs } => check::check(labs, output)?,
        Command::Preflight { lab, at } => preflight::preflight(lab, *at, output)?,
        Command::Path(args) => path::path(args, output)?,
        Command::Rib(args) => rib::rib(args, output)?,
        Command::Labs { action } => labs::labs(action.as_ref(), output)?,
        Command::Why {
            lab,
            event,
            until,
            seed,
            fail,
        } => why::why(
            &why::Question {
                lab,
                event: *event,
                until: *until,
                seed: *seed,
                fail,
            },
            output,
        )?,
        Command::Reasons { code } => reasons::reasons(code.as_deref(), output)?,
        Command::Faults(args) => faults::faults(args, output)?,
        Command::WhatIf(args) => what_if::what_if(args, output)?,
        Command::Snapshot {
            lab,
            at,
            size,
            select,
            out,
        } => snapshot::snapshot(&snapshot::Wish {
            lab,
            at: *at,
            size: *size,
            select: select.as_deref(),
            out,
        }),
        Command::Completions { shell } => manual::completions(*shell, output)?,
        Command::Man => manual::man(output)?,
    })
}

/// The dashboard for people, the summary for everything else.
fn no_command(cli: &Cli, output: &Output) -> anyhow::Result<Outcome> {
    if io::stdout().is_terminal() {
        return open(DEFAULT_LAB, None, cli.screen, cli.output.color);
    }
    let args = RunArgs {
        lab: DEFAULT_LAB.to_owned(),
        until: None,
        seed: None,
        fail: Vec::new(),
        random_faults: Vec::new(),
        trace: None,
    };
    Ok(run::run(&args, output)?)
}

fn open(lab: &str, seed: Option<u64>, screen: ScreenArgs, color: When) -> anyhow::Result<Outcome> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        complain("error: the dashboard needs a terminal\nhelp: `causeway run` needs none\n");
        return Ok(Outcome::BadInput);
    }
    let session = match headless::session(lab, seed, &[], SCREEN_KEEP) {
        Ok(session) => session,
        Err(outcome) => return Ok(outcome),
    };
    let look = Look::of(colours(color), letters(screen));
    let mouse = if screen.no_mouse {
        Mouse::Left
    } else {
        Mouse::Captured
    };
    let mut dashboard = Dashboard::new(session, look);
    terminal::show(&mut dashboard, mouse).context("failed to show the dashboard")?;
    Ok(Outcome::Holds)
}

fn colours(color: When) -> Colours {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match color {
        When::Always => Colours::Sixteen,
        When::Never => Colours::None,
        When::Auto if refused => Colours::None,
        When::Auto => Colours::Sixteen,
    }
}

/// The locale says whether the terminal shows Unicode; the first that is set decides.
fn letters(screen: ScreenArgs) -> Letters {
    if screen.ascii {
        return Letters::Ascii;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        Letters::Unicode
    } else {
        Letters::Ascii
    }
}
