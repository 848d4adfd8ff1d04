//! The desktop program: opens the window, and owns what the library must not touch.

mod export_file;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use gui::theme::{self, Look};
use gui::window::Window;
use sim_core::lab::{Keep, Session};
use sim_core::scenario::{self, FileContent, SourceError};
use sim_core::units::{SimTime, Span};

/// Records that stay in memory: enough to tell what last happened.
const RECORDS: usize = 5_000;
/// What the lab may take of a frame.
const BUDGET: Duration = Duration::from_millis(8);
/// From frame to frame while the lab runs.
const FRAME: Duration = Duration::from_millis(33);
/// The longest pause between frames that counts as time passed: a window that was hidden or a
/// machine that slept does not make the lab leap.
const LONGEST_FRAME: Duration = Duration::from_millis(250);

/// The topology window of Causeway: a lab as nested boxes with its nodes and links, running.
#[derive(Debug, Parser)]
#[command(name = "causeway-gui", version)]
struct Args {
    /// A scenario file, or the name of a lab that ships with the program
    #[arg(default_value = scenario::DEFAULT_LAB)]
    lab: String,
    /// The seed of all dice, in place of the lab's own
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the map to this file and open no window; its ending says what: .svg, .png, .mmd or .dot
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// The instant at which the map is written, such as `5m`
    #[arg(long, value_name = "INSTANT", requires = "export", default_value = "0s")]
    at: Span,
    /// Write the map dark on light
    #[arg(long, requires = "export")]
    light: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let session = match session(&args) {
        Ok(session) => session,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if let Some(path) = &args.export {
        return export(&args, session, path);
    }
    match open(Window::new(session)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "causeway-gui: no window can be opened here: {}; `causeway open` shows the same labs in a terminal",
                cause(&error)
            );
            ExitCode::FAILURE
        }
    }
}

/// Writes the map instead of opening a window.
fn export(args: &Args, mut session: Session, path: &Path) -> ExitCode {
    let format = match export_file::format(path) {
        Ok(format) => format,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    session.advance(SimTime::at(args.at), u64::MAX);
    let look = if args.light { Look::Light } else { Look::Dark };
    match export_file::write(&session, path, format, look) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: failed to write `{}`: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

/// The lab that was asked for, at its first instant; what is probably not meant in it is told.
fn session(args: &Args) -> Result<Session, String> {
    let loaded = scenario::open(&args.lab, &read)
        .map_err(|error| told(&error))?
        .loaded;
    for warning in &loaded.warnings {
        eprintln!("{warning}");
    }
    Session::open(loaded.blueprint, args.seed, Keep::Last(RECORDS))
        .map_err(|error| format!("error: {}: {error}", args.lab))
}

fn read(path: &Path) -> io::Result<FileContent> {
    let file = File::open(path)?;
    FileContent::read(file.metadata()?.len(), file)
}

fn told(error: &SourceError) -> String {
    match error {
        SourceError::Unknown { .. } => {
            format!("error: {error}\nhelp: `causeway labs` lists the shipped ones")
        }
        SourceError::Unreadable { .. } => format!("error: {error}"),
        // Diagnostics say themselves how bad they are.
        SourceError::Invalid { .. } => error.to_string(),
    }
}

/// Why there is no window, on one line.
fn cause(error: &eframe::Error) -> String {
    match error {
        // Its own words name a line of the toolkit's source.
        eframe::Error::WinitEventLoop(_) => "there is no display".to_owned(),
        error => error.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

/// Shows the window until it is closed.
fn open(window: Window) -> eframe::Result {
    let title = format!("Causeway: {}", window.session().about().title);
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(title)
            .with_app_id("causeway-gui")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([640.0, 400.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "causeway-gui",
        options,
        Box::new(|context| {
            theme::setup(&context.egui_ctx);
            Ok(Box::new(Shell { window, ran_at: None }))
        }),
    )
}

/// The library's window in one of the desktop, with the clock.
struct Shell {
    window: Window,
    /// When the lab last went on; none while it stands still.
    ran_at: Option<Instant>,
}

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let now = Instant::now();
        if let Some(before) = self.ran_at {
            let elapsed = now.duration_since(before).min(LONGEST_FRAME);
            self.window.run(elapsed, &mut || now.elapsed() < BUDGET);
        }
        self.window.frame(ui);
        self.ran_at = self.window.is_running().then_some(now);
        if self.ran_at.is_some() {
            ui.ctx().request_repaint_after(FRAME);
        }
    }
}
