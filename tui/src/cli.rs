//! The command line: what may be typed, in the words of the manual.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use sim_core::fault::Chance;
use sim_core::net::{Ipv4Net, Mtu, Protocol};
use sim_core::scenario::DEFAULT_LAB;
use sim_core::units::Span;

use crate::palette::Palette;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Cyan.on_default().bold())
    .usage(AnsiColor::Cyan.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Yellow.on_default());

/// A lab simulator for hybrid networks and air-gapped migrations.
///
/// Without a command it opens the dashboard on the built-in lab; where standard output is no
/// terminal it runs that lab and prints the summary.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "causeway", version, styles = STYLES, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 it did what was asked and what the lab expects holds; \
    1 it ran, and something expected does not hold; 2 bad input or usage."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How results are written.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How the dashboard looks, where no command is given.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// How results are written.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct OutputArgs {
    /// Write results for people or for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Colour the output; `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
}

/// How the dashboard looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Args)]
pub struct ScreenArgs {
    /// Leave the mouse to the terminal, so that text can be selected.
    #[arg(long)]
    pub no_mouse: bool,
    /// Draw with plain letters only.
    #[arg(long)]
    pub ascii: bool,
    /// The colours of the dashboard; `NO_COLOR` asks for `plain`.
    #[arg(long, value_enum, value_name = "THEME")]
    pub theme: Option<Palette>,
}

/// For whom results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document.
    Json,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Open the dashboard on a lab.
    Open {
        /// A file, or the name of a shipped lab.
        #[arg(default_value = DEFAULT_LAB)]
        lab: String,
        /// The seed of all dice, in place of the lab's own.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// How it looks.
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Run a lab without a screen and print the summary.
    Run(RunArgs),
    /// Read and validate labs, and print what is wrong with them.
    Check {
        /// Files, or names of shipped labs.
        #[arg(required = true, value_name = "LAB")]
        labs: Vec<String>,
    },
    /// Test everything that the lab needs: tunnels, sessions, the migration's connections, probes.
    ///
    /// Says for each whether it works, and if not the place that stops it, the smallest fix, and what lies behind it; and
    /// what works only as long as nothing fails.
    Preflight {
        /// A file, or the name of a shipped lab.
        lab: String,
        /// At which instant of the lab; its beginning where left out, or 5m where routers have to find their ways first.
        #[arg(long, value_name = "SPAN")]
        at: Option<Span>,
    },
    /// Follow one path hop by hop, there and back.
    ///
    /// Shows the rule or route that decided at each hop.
    Path(PathArgs),
    /// Show a router's routes, and why each is the best.
    ///
    /// Lists every candidate, the best, and the step of the decision that made it best.
    Rib(RibArgs),
    /// List the labs that ship with the program.
    Labs {
        /// Show or copy one of them.
        #[command(subcommand)]
        action: Option<LabsAction>,
    },
    /// Show the chain of causes behind one record of the trace, and what it led to.
    #[command(group = clap::ArgGroup::new("asked").required(true))]
    Why {
        /// A file, or the name of a shipped lab; also a saved session, which is asked at its present.
        lab: String,
        /// The record's number, as the trace and the dashboard show it.
        #[arg(long, value_name = "ID", group = "asked")]
        event: Option<u64>,
        /// Ask of a thing or a probe instead why it is as it is: of the last notable record about it. Where several are
        /// called so, say which: `subnet:staging`.
        #[arg(long, value_name = "NAME", group = "asked")]
        of: Option<String>,
        /// Ask of a check of preflight that fails what it follows from.
        #[arg(long, value_name = "NAME", group = "asked")]
        check: Option<String>,
        /// Of a saved session, ask of this branch instead of the current one.
        #[arg(long, value_name = "NAME")]
        branch: Option<String>,
        /// Stop at this instant instead of the lab's own end, as with `run`.
        #[arg(long, value_name = "SPAN")]
        until: Option<Span>,
        /// The seed of all dice, in place of the lab's own.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// Make something fail, as with `run`.
        #[arg(long, value_name = "WHEN:WHAT")]
        fail: Vec<String>,
        /// Run on, and show what the record led to.
        #[arg(long)]
        effects: bool,
    },
    /// Run a saved session again, and say whether everything happens as it did.
    ///
    /// Each branch is run from the lab and the journal in the file, and its trace is compared with the marks that were saved.
    /// Where the program has changed since, the first difference is told, and the exit status is 1.
    Replay(ReplayArgs),
    /// Explain the codes that say why something does not work.
    Reasons {
        /// One of them; without it all are listed.
        code: Option<String>,
    },
    /// List what can go wrong: what each fault stands for, what it shows, how it is written.
    Faults(FaultsArgs),
    /// Break one thing after the other, and measure for how long each probe is cut off.
    ///
    /// Runs the lab until it is settled, and from there once for each fault and each thing it can be done to.
    WhatIf(WhatIfArgs),
    /// Draw the dashboard into a picture (SVG), without a terminal.
    Snapshot {
        /// A file, or the name of a shipped lab.
        lab: String,
        /// At which instant of the lab.
        #[arg(long, value_name = "SPAN", default_value = "0s")]
        at: Span,
        /// Columns and rows.
        #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "120x36", value_parser = size)]
        size: (u16, u16),
        /// What to select: the name of a thing in the lab.
        #[arg(long, value_name = "NAME")]
        select: Option<String>,
        /// The view to show, by its name, for example `links`.
        #[arg(long, value_name = "VIEW")]
        view: Option<String>,
        /// The colours.
        #[arg(long, value_enum, default_value_t = Palette::Terminal, value_name = "THEME")]
        theme: Palette,
        /// Keys to press before the picture is drawn, as a person would.
        #[arg(long, value_name = "KEYS")]
        press: Vec<String>,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print where the dashboard looks for its settings, or a file with all of them to begin with.
    Config {
        /// What is printed.
        #[arg(value_enum, default_value_t = ConfigAction::Path)]
        what: ConfigAction,
    },
    /// Write completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page.
    Man,
}

/// What `config` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfigAction {
    /// The file that is read.
    Path,
    /// A file with every setting as it is where nothing is said.
    Default,
    /// Every command with its name and its keys.
    Keys,
}

/// What `run` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RunArgs {
    /// A file, or the name of a shipped lab.
    pub lab: String,
    /// Stop at this instant instead of the lab's own end: `90s`, `2h30m`, `3d`.
    #[arg(long, value_name = "SPAN")]
    pub until: Option<Span>,
    /// The seed of all dice, in place of the lab's own.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Make something fail, for example `10m:link source-target down for 5m`.
    #[arg(long, value_name = "WHEN:WHAT")]
    pub fail: Vec<String>,
    /// Let lines, routers, sessions and tunnels fail by chance: each holds and is repaired for so long on average. With the
    /// name of a fault, as in `zone_lost=60d/4h` or `group_down=90d/8h`, whatever that can be done to fails so.
    #[arg(long, value_name = "[FAULT=]BETWEEN/REPAIR")]
    pub random_faults: Vec<Chance>,
    /// Write every record of the trace to a file, one JSON object to a line.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// What `faults` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct FaultsArgs {
    /// One of them; without it all are listed.
    pub kind: Option<String>,
    /// List what of this lab each can be done to: a file, or the name of a shipped lab.
    #[arg(long, value_name = "LAB")]
    pub lab: Option<String>,
}

/// What `what-if` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct WhatIfArgs {
    /// A file, or the name of a shipped lab with probes.
    pub lab: String,
    /// The faults to try, by name; where left out, all that take lines, ports, devices and tunnels away.
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    pub faults: Vec<String>,
    /// When things break.
    #[arg(long, value_name = "SPAN", default_value = "5m")]
    pub at: Span,
    /// How long each stays broken.
    #[arg(long, value_name = "SPAN", default_value = "5m")]
    pub lasts: Span,
    /// How long is watched after it is healed.
    #[arg(long, value_name = "SPAN", default_value = "3m")]
    pub after: Span,
    /// The seed of all dice, in place of the lab's own.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// What `path` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct PathArgs {
    /// A file, or the name of a shipped lab.
    pub lab: String,
    /// The host or router that sends, or its address.
    #[arg(long, value_name = "A")]
    pub from: String,
    /// What it sends to: a host, a router, an endpoint, an address, or a DNS name, which the sender resolves.
    #[arg(long, value_name = "B")]
    pub to: String,
    /// The destination port; 443 where left out.
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// The transport protocol; tcp where left out, icmp where neither it nor a port is given and a router is asked.
    #[arg(long, value_name = "tcp|udp|icmp", value_parser = protocol)]
    pub proto: Option<Protocol>,
    /// How large the packets are, in bytes, that may not be cut on the way; those of TCP once it is connected.
    #[arg(long, value_name = "BYTES", value_parser = mtu)]
    pub size: Option<Mtu>,
    /// At which instant of the lab; its beginning where left out, or 5m where BGP has to find the routes first.
    #[arg(long, value_name = "SPAN")]
    pub at: Option<Span>,
}

/// What `rib` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RibArgs {
    /// A file, or the name of a shipped lab.
    pub lab: String,
    /// The router.
    #[arg(long, value_name = "R")]
    pub node: String,
    /// Show only this prefix.
    #[arg(long, value_name = "P", value_parser = prefix)]
    pub prefix: Option<Ipv4Net>,
    /// At which instant of the lab; its end where left out.
    #[arg(long, value_name = "SPAN")]
    pub at: Option<Span>,
    /// Make something fail, as with `run`.
    #[arg(long, value_name = "WHEN:WHAT")]
    pub fail: Vec<String>,
}

/// What `replay` takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ReplayArgs {
    /// A session that was saved.
    pub file: PathBuf,
    /// Compare two branches at the earlier of their presents.
    #[arg(long, num_args = 2, value_names = ["LEFT", "RIGHT"])]
    pub compare: Vec<String>,
    /// With `--compare`: each branch at its own present.
    #[arg(long, requires = "compare")]
    pub own_ends: bool,
    /// Write what was done by hand in the session's current branch as a lab that is laid over the session's own.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
}

/// What `labs` can do beside listing.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LabsAction {
    /// Print a shipped lab.
    Show {
        /// Its name.
        name: String,
    },
    /// Copy a shipped lab into a file of your own.
    Copy {
        /// Its name.
        name: String,
        /// The file, which must not exist yet.
        file: PathBuf,
    },
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        "icmp" => Ok(Protocol::Icmp),
        _ => Err("write tcp, udp or icmp".to_owned()),
    }
}

fn mtu(text: &str) -> Result<Mtu, String> {
    let of = |bytes| Mtu::new(bytes);
    text.parse().ok().and_then(of).ok_or_else(|| {
        let (least, most) = (Mtu::SMALLEST, Mtu::LARGEST);
        format!("write a number of bytes from {least} to {most}")
    })
}

fn prefix(text: &str) -> Result<Ipv4Net, String> {
    let net: Ipv4Net = text
        .parse()
        .map_err(|_| "write a prefix such as 10.0.0.0/16".to_owned())?;
    if net.trunc() == net {
        Ok(net)
    } else {
        Err(format!(
            "bits are set beyond its length; the prefix is {}",
            net.trunc()
        ))
    }
}

/// The largest picture: more cells than any screen has, and still a file that opens.
const LARGEST_SIDE: u16 = 500;

fn size(text: &str) -> Result<(u16, u16), String> {
    let (width, height) = text
        .split_once('x')
        .ok_or_else(|| "write columns x rows, for example 120x36".to_owned())?;
    let side = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|side| (1..=LARGEST_SIDE).contains(side))
            .ok_or_else(|| format!("`{text}` is no number from 1 to {LARGEST_SIDE}"))
    };
    Ok((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn why_is_asked_of_one_thing_and_says_of_what_it_can_be() {
        let told = Cli::try_parse_from(["causeway", "why", "lab"]).expect_err("of nothing");
        for option in ["--event <ID>", "--of <NAME>", "--check <NAME>"] {
            assert!(told.to_string().contains(option), "no {option} in {told}");
        }
        assert!(Cli::try_parse_from(["causeway", "why", "lab", "--of", "tgw"]).is_ok());
        assert!(Cli::try_parse_from(["causeway", "why", "lab", "--of", "tgw", "--event", "1"]).is_err());
    }

    #[test]
    fn a_size_is_two_numbers() {
        assert_eq!(size("120x36"), Ok((120, 36)));
        assert!(size("120").is_err());
        assert!(size("0x36").is_err());
        assert!(size("120x9999").is_err());
    }

    #[test]
    fn faults_repeat() {
        let cli = Cli::try_parse_from(["causeway", "run", "lab", "--fail", "1m:a", "--fail", "2m:b"]);
        let Ok(Cli {
            command: Some(Command::Run(args)),
            ..
        }) = cli
        else {
            panic!("expected a run, got {cli:?}");
        };
        assert_eq!(args.fail, ["1m:a", "2m:b"]);
    }
}
