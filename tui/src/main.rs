//! The terminal program `causeway`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tui::program::main()
}
