//! The desktop program: opens the window, and owns what the library must not touch.

use std::process::ExitCode;

use clap::Parser;
use gui::app::App;
use gui::theme;
use gui::topology::Topology;

/// The topology window of Causeway: a lab as nested boxes with its nodes and links.
#[derive(Debug, Parser)]
#[command(name = "causeway-gui", version)]
struct Args {}

fn main() -> ExitCode {
    let Args {} = Args::parse();
    match open(App::new(Topology::new("No lab"))) {
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

/// Why there is no window, on one line.
fn cause(error: &eframe::Error) -> String {
    match error {
        // Its own words name a line of the toolkit's source.
        eframe::Error::WinitEventLoop(_) => "there is no display".to_owned(),
        error => error.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

/// Shows the window until it is closed.
fn open(app: App) -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Causeway")
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
            Ok(Box::new(Window { app }))
        }),
    )
}

/// The library's frame in a window of the desktop.
struct Window {
    app: App,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.app.frame(ui);
    }
}
