//! `causeway completions` and `causeway man`.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::output::{Outcome, Output};

/// Writes completions for a shell.
///
/// # Errors
/// Where standard output cannot be written.
pub fn completions(shell: Shell, output: &Output) -> io::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "causeway", &mut script);
    output.text(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Holds)
}

/// Writes the manual page: the program's own, then one section for each command.
///
/// # Errors
/// Where standard output cannot be written.
pub fn man(output: &Output) -> io::Result<Outcome> {
    let command = Cli::command();
    let mut page = Vec::new();
    let manual = clap_mangen::Man::new(command.clone());
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    manual.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        let name = subcommand.get_name().to_uppercase();
        page.extend_from_slice(format!(".SH \"CAUSEWAY {name}\"\n").as_bytes());
        let manual = clap_mangen::Man::new(subcommand.clone());
        let mut section = Vec::new();
        manual.render_description_section(&mut section)?;
        manual.render_options_section(&mut section)?;
        // Within the page these are parts of a command's section, not sections of their own.
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        let section = section
            .strip_prefix(".SH ")
            .map_or(section.clone(), |rest| format!(".SS {rest}"));
        page.extend_from_slice(section.as_bytes());
    }
    page.extend_from_slice(
        b".SH \"EXIT STATUS\"\n.TP\n0\nIt did what was asked, and what the lab expects holds.\n.TP\n1\nIt ran, \
          and something that the lab expects does not hold.\n.TP\n2\nBad input or usage.\n",
    );
    output.text(&String::from_utf8_lossy(&page))?;
    Ok(Outcome::Holds)
}
