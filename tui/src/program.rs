//! From the command line to an exit status.

use std::env;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use clap::error::{ContextKind, ContextValue};
use sim_core::desk::{Content, departed};
use sim_core::scenario::DEFAULT_LAB;
use sim_core::storage::keeper::{self, Keeper};
use sim_core::storage::kept;
use sim_core::storage::places::Places;

use crate::cli::{Cli, Command, ConfigAction, RunArgs, ScreenArgs, When};
use crate::config::{self, Config, Left};
use crate::dashboard::Dashboard;
use crate::guide::Guide;
use crate::headless::{
    self, SCREEN_KEEP, check, faults, labs, manual, path, preflight, reasons, replay, rib, run, snapshot,
    what_if, why,
};
use crate::output::{Outcome, Output, complain};
use crate::palette::{Depth, Palette};
use crate::source::{self, SourceError};
use crate::terminal::{self, Mouse};
use crate::theme::{Letters, Look};

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
            of,
            check,
            branch,
            until,
            seed,
            fail,
            effects,
        } => why::why(
            &why::Question {
                lab,
                about: match (event, of, check) {
                    (_, Some(name), _) => why::About::Thing(name),
                    (_, None, Some(name)) => why::About::Check(name),
                    (event, None, None) => why::About::Event(event.unwrap_or_default()),
                },
                branch: branch.as_deref(),
                until: *until,
                seed: *seed,
                fail,
                effects: *effects,
            },
            output,
        )?,
        Command::Replay(args) => replay::replay(args, output)?,
        Command::Reasons { code } => reasons::reasons(code.as_deref(), output)?,
        Command::Faults(args) => faults::faults(args, output)?,
        Command::WhatIf(args) => what_if::what_if(args, output)?,
        Command::Snapshot {
            lab,
            at,
            size,
            select,
            view,
            theme,
            press,
            out,
        } => snapshot::snapshot(&snapshot::Wish {
            lab,
            at: *at,
            size: *size,
            select: select.as_deref(),
            view: view.as_deref(),
            theme: *theme,
            press,
            out,
        }),
        Command::Config { what } => {
            let places = Places::usual().context("failed to find the home folder")?;
            match what {
                ConfigAction::Path => output.text(&format!("{}\n", places.config_file().display()))?,
                ConfigAction::Default => output.text(config::DEFAULT)?,
                ConfigAction::Keys => output.text(&config::key_list())?,
            }
            Outcome::Holds
        }
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
    let file = Path::new(lab);
    let content = if kept::is_session_file(file) {
        kept::open_any(file).map_err(|error| source::told(&error))
    } else {
        match headless::session(lab, seed, &[], SCREEN_KEEP) {
            Ok(session) => Ok(Content::Lab(Box::new(session))),
            Err(outcome) => return Ok(outcome),
        }
    };
    let content = match content {
        Ok(content) => content,
        Err(told) => {
            complain(&told);
            return Ok(Outcome::BadInput);
        }
    };
    let places = Places::usual();
    let (config, complaint) = places
        .as_ref()
        .map_or_else(Default::default, |places| config::read(&places.config_file()));
    let left = places
        .as_ref()
        .map_or_else(Default::default, |places| Left::read(&places.screen_file()));
    let look = Look::with_depth(
        palette(color, screen.theme.or(config.theme).or(left.theme)),
        letters(screen, &config),
        depth(),
    );
    let mouse = if screen.no_mouse || config.mouse == Some(false) {
        Mouse::Left
    } else {
        Mouse::Captured
    };
    let mut complaints: Vec<String> = complaint.into_iter().collect();
    let mut dashboard = match content {
        Content::Lab(session) => Dashboard::new(*session, look),
        Content::Session(it) => {
            complaints.extend(departed(&it).map(|it| format!("the session: {it}")));
            Dashboard::reopened(it.branches, look)
        }
    };
    let mut keeper = Keeper::default();
    if let Some(places) = &places {
        let folder = places.sessions();
        dashboard.offer(keeper::lost(&folder));
        let (begun, complaint) = Keeper::begin(&folder);
        complaints.extend(complaint);
        keeper = begun;
    }
    complaints.extend(dashboard.set_up(&config, &left));
    let leads = config.hints != Some(false);
    if leads && places.as_ref().is_some_and(|places| !places.is_guided()) {
        dashboard.lead(Guide::FIRST);
    }
    if !complaints.is_empty() {
        dashboard.say(&complaints.join("; "));
    }
    let was_led = dashboard.guide().is_shown();
    let shown = terminal::show(&mut dashboard, mouse, &mut keeper).context("failed to show the dashboard");
    if shown.is_ok() {
        keeper.end(dashboard.parts().0);
        if let Some(places) = &places {
            // Colours that this one run was asked for are none that the next one has to have.
            let theme = if color == When::Auto && screen.theme.is_none() && !is_colour_refused() {
                dashboard.left().theme
            } else {
                left.theme
            };
            let left = Left {
                theme,
                ..dashboard.left()
            };
            left.remember(&places.screen_file());
        }
    }
    if let Some(places) = places.filter(|_| was_led && !dashboard.guide().is_shown()) {
        places.remember_guided();
    }
    for complaint in complaints {
        complain(&format!("warning: {complaint}\n"));
    }
    shown.map(|()| Outcome::Holds)
}

/// The colours: as asked for, else as `NO_COLOR` or the settings say.
fn palette(color: When, wanted: Option<Palette>) -> Palette {
    match color {
        When::Never => Palette::Plain,
        When::Auto if is_colour_refused() => Palette::Plain,
        When::Always | When::Auto => wanted.unwrap_or_default(),
    }
}

fn is_colour_refused() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// How many colours the terminal says it has.
fn depth() -> Depth {
    let told = env::var("COLORTERM").unwrap_or_default();
    if told == "truecolor" || told == "24bit" {
        Depth::All
    } else {
        Depth::Numbered
    }
}

/// The locale says whether the terminal shows Unicode; the first that is set decides.
fn letters(screen: ScreenArgs, config: &Config) -> Letters {
    if screen.ascii || config.ascii == Some(true) {
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
