//! The desktop program: opens the window, and owns the wall clock.

mod export_file;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use gui::files::{self, Files};
use gui::theme::{self, Look};
use gui::window::Window;
use sim_core::desk::{Content, departed};
use sim_core::lab::Session;
use sim_core::scenario;
use sim_core::storage::places::Places;
use sim_core::units::{SimTime, Span};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the lab may take of a frame.
const BUDGET: Duration = Duration::from_millis(8);
/// From frame to frame while the lab runs.
const FRAME: Duration = Duration::from_millis(16);
/// The longest pause between frames that counts as time passed: a window that was hidden or a
/// machine that slept does not make the lab leap.
const LONGEST_FRAME: Duration = Duration::from_millis(250);

/// What stands for the window where there are several; drawn from the SVG beside it.
const ICON: &[u8] = include_bytes!("../desktop/org.causeway.Causeway.png");

/// The topology window of Causeway: a lab as nested boxes with its nodes and links, running
#[derive(Debug, Parser)]
#[command(name = "causeway-gui", version)]
struct Args {
    /// A scenario file, a saved session, or the name of a lab that ships with the program
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
    let opened = files::open(&args.lab, args.seed);
    if let (Ok(content), Some(path)) = (&opened, &args.export) {
        let session = match content {
            Content::Lab(session) => session,
            Content::Session(it) => it.branches.session(),
        };
        return export(&args, Session::clone(session), path);
    }
    let window = match opened {
        Ok(Content::Lab(session)) => Window::new(*session),
        Ok(Content::Session(it)) => {
            if let Some(departed) = departed(&it) {
                eprintln!("warning: {departed}");
            }
            Window::reopened(it.branches)
        }
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match open(window, &args.lab) {
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

/// Why there is no window, on one line.
fn cause(error: &eframe::Error) -> String {
    match error {
        // Its own words name a line of the toolkit's source.
        eframe::Error::WinitEventLoop(_) => "there is no display".to_owned(),
        error => error.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

/// Shows the window until it is closed.
fn open(mut window: Window, lab: &str) -> eframe::Result {
    let title = window.title();
    // Our own file, so that it can be read.
    let icon = eframe::icon_data::from_png_bytes(ICON).unwrap_or_default();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(&title)
            .with_icon(icon)
            // As the desktop entry is called.
            .with_app_id("org.causeway.Causeway")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([640.0, 400.0])
            .with_drag_and_drop(true),
        ..eframe::NativeOptions::default()
    };
    let file = Path::new(lab).is_file().then(|| lab.to_owned());
    eframe::run_native(
        "causeway-gui",
        options,
        Box::new(move |context| {
            theme::setup(&context.egui_ctx);
            window.work_aside(&context.egui_ctx);
            let mut files = Files::begin(Places::usual(), &mut window, &context.egui_ctx);
            if let Some(file) = file {
                files.watch(Path::new(&file), &mut window);
            }
            Ok(Box::new(Shell {
                window,
                files: Some(files),
                ran_at: None,
                title,
                ctx: context.egui_ctx.clone(),
            }))
        }),
    )
}

/// The library's window in one of the desktop, with the clock.
struct Shell {
    window: Window,
    files: Option<Files>,
    /// When the lab last went on; none while it stands still.
    ran_at: Option<Instant>,
    title: String,
    ctx: egui::Context,
}

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let now = Instant::now();
        if let Some(before) = self.ran_at {
            let elapsed = now.duration_since(before).min(LONGEST_FRAME);
            self.window.run(elapsed, &mut || now.elapsed() < BUDGET);
        }
        self.window.frame(ui);
        if let Some(files) = &mut self.files
            && let Some(wait) = files.tick(&mut self.window, ui.ctx(), Instant::now())
        {
            ui.ctx().request_repaint_after(wait);
        }
        if self.window.title() != self.title {
            self.title = self.window.title();
            let title = egui::ViewportCommand::Title(self.title.clone());
            ui.ctx().send_viewport_cmd(title);
        }
        if self.window.leaves() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.ran_at = self.window.is_running().then_some(now);
        if self.ran_at.is_some() {
            ui.ctx().request_repaint_after(FRAME);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // After a panic the session stays kept, to be offered at the next start.
        if !std::thread::panicking()
            && let Some(files) = self.files.take()
        {
            files.end(&self.window, &self.ctx);
        }
    }
}
