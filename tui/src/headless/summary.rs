//! The summary of a run for people.

use core::fmt;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::Cell;
use sim_core::lab::Called;
use sim_core::units::{SimTime, Span, number_of};
use sim_core::view::{Fault, Health, OutageRoot, Quantiles, Server, Summary};

use super::moves;
use crate::format;
use crate::output::{cell, paint, right, table};

/// More servers than this are summed up, with only those that need somebody listed.
const MOST_LISTED: usize = 60;

/// The summary as text.
pub(super) fn text(summary: &Summary) -> String {
    let mut text = format!(
        "{}  ended at {}  seed {}  {} events  trace {}\n\n",
        paint::strong(&summary.lab),
        summary.ended_at,
        summary.seed,
        format::count(summary.events),
        summary.trace_hash
    );
    servers(summary, &mut text);
    waves(summary, &mut text);
    links(summary, &mut text);
    tunnels(summary, &mut text);
    gateways(summary, &mut text);
    sessions(summary, &mut text);
    probes(summary, &mut text);
    refusals(summary, &mut text);
    moves::text(summary, &mut text);
    lists(summary, &mut text);
    text
}

/// What the service refused, and the launches and actions that failed: each once for all servers
/// that it befell at the same instant or in the same job.
fn refusals(summary: &Summary, text: &mut String) {
    let refused = summary.refusals.iter().map(|it| {
        let what = format!(
            "{} is refused with {}: {}",
            it.command,
            it.exception.as_str(),
            it.detail
        );
        (it.at, it.server.as_str(), what)
    });
    let launches = summary.jobs.iter().flat_map(|job| {
        job.participating_servers.iter().filter_map(move |it| {
            let (at, error) = (it.failed_at?, it.error.as_ref()?);
            Some((at, it.name.as_str(), format!("fails in {}: {error}", job.name)))
        })
    });
    let actions = summary.failed_actions.iter().map(|it| {
        let what = format!(
            "post-launch actions fail: {}; stopped at {}",
            it.reason, it.detail
        );
        (it.at, it.server.as_str(), what)
    });
    let mut alike: Vec<(SimTime, String, Vec<&str>)> = Vec::new();
    let mut places: BTreeMap<(SimTime, String), usize> = BTreeMap::new();
    for (at, server, what) in refused.chain(launches).chain(actions) {
        let place = *places.entry((at, what.clone())).or_insert_with(|| {
            alike.push((at, what, Vec::new()));
            alike.len() - 1
        });
        if let Some((_, _, servers)) = alike.get_mut(place) {
            servers.push(server);
        }
    }
    alike.sort_by_key(|(at, _, _)| *at);
    for (at, what, servers) in alike {
        let at = format::clock(at);
        let _ = writeln!(text, "{} {at}  {}: {what}", paint::bad("✘"), several(&servers));
    }
}

/// Names, of which a long list is cut to its first ones.
fn several(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => format!("{shown} and {more} more"),
        None => shown,
    }
}

fn servers(summary: &Summary, text: &mut String) {
    if summary.servers.is_empty() {
        return;
    }
    let many = summary.servers.len() > MOST_LISTED;
    let listed: Vec<&Server> = summary
        .servers
        .iter()
        .filter(|server| !many || server.health >= Health::Degraded)
        .collect();
    if !listed.is_empty() {
        let mut table = table([
            "server",
            "life cycle",
            "replication",
            "synced at",
            "disks",
            "lag",
            "backlog",
        ]);
        for server in &listed {
            table.add_row(row(server));
        }
        let _ = writeln!(text, "{}", table.trim_fmt());
    }
    for server in &listed {
        if let Some(trouble) = &server.trouble {
            let _ = writeln!(
                text,
                "{} {}: {trouble}",
                paint::bad("✘"),
                paint::strong(&server.name)
            );
        }
    }
    if many {
        let rest = summary.servers.len() - listed.len();
        let _ = if listed.is_empty() {
            writeln!(text, "{rest} servers, and nothing to tell of any.")
        } else {
            let rest = number_of(rest, "more server has", "more servers have");
            writeln!(text, "{rest} nothing to tell.")
        };
    }
    text.push('\n');
}

fn row(server: &Server) -> [Cell; 7] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let replication = match (server.error, server.data_replication_state) {
        (Some(error), Some(state)) => format!("{state} {error}"),
        (_, Some(state)) => state.to_string(),
        (_, None) => server.agent.clone(),
    };
    [
        Cell::new(&server.name),
        Cell::new(or_dash(server.life_cycle_state.map(|state| state.to_string()))),
        cell(server.health, &replication),
        Cell::new(or_dash(server.initial_sync_done_at.map(format::clock))),
        right(&format::size(server.disks)),
        right(&or_dash(server.replication_lag.map(format::span))),
        right(&format::size(server.backlog)),
    ]
}

fn waves(summary: &Summary, text: &mut String) {
    if summary.waves.is_empty() {
        return;
    }
    let mut table = table(["wave", "progress", "cut over", "copied"]);
    for wave in &summary.waves {
        table.add_row([
            Cell::new(&wave.name),
            cell(wave.health, wave.progress.as_str()),
            right(&format!("{}/{}", wave.n_cut_over, wave.n_servers)),
            right(&format::percent(wave.share())),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

fn links(summary: &Summary, text: &mut String) {
    // What is joined to a gateway has no rate of its own.
    let links = summary.links.iter().filter(|link| !link.rate.is_zero());
    let links: Vec<_> = links.collect();
    if links.is_empty() {
        return;
    }
    let mut table = table(["link", "state", "load", "of", "delay"]);
    for link in links {
        table.add_row([
            Cell::new(&link.name),
            cell(link.health, &link.state),
            right(&format::rate(link.load)),
            right(&format::rate(link.rate)),
            right(&format::span(link.delay)),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

fn tunnels(summary: &Summary, text: &mut String) {
    if summary.tunnels.is_empty() {
        return;
    }
    let mut table = table([
        "tunnel",
        "peer",
        "state",
        "since",
        "phase 1",
        "phase 2",
        "next rekey",
        "proof",
        "next proof",
    ]);
    for tunnel in &summary.tunnels {
        let rekey = [tunnel.phase1_rekey_in, tunnel.phase2_rekey_in];
        let rekey = rekey.into_iter().flatten().min();
        table.add_row([
            Cell::new(&tunnel.name),
            Cell::new(&tunnel.peer),
            cell(tunnel.health, tunnel.state.as_str()),
            right(&format::clock(tunnel.since)),
            Cell::new(tunnel.phase1.as_str()),
            Cell::new(tunnel.phase2.as_str()),
            right(&rekey.map_or_else(|| "-".to_owned(), format::span)),
            Cell::new(tunnel.authentication),
            right(
                &tunnel
                    .reauthentication_in
                    .map_or_else(|| "-".to_owned(), format::span),
            ),
        ]);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    for tunnel in &summary.tunnels {
        let (Some(reason), Some(detail)) = (&tunnel.reason, &tunnel.detail) else {
            continue;
        };
        let name = paint::strong(&tunnel.name);
        let _ = writeln!(text, "{} {name}: {reason}, {detail}", paint::bad("✘"));
        if let Some(fix) = &tunnel.fix {
            let _ = writeln!(text, "  fix {}", paint::good(fix));
        }
    }
    text.push('\n');
}

fn probes(summary: &Summary, text: &mut String) {
    if summary.probes.is_empty() {
        return;
    }
    let mut table = table([
        "probe", "from", "to", "answered", "p50", "p99", "max", "outages", "longest",
    ]);
    for probe in &summary.probes {
        let took = |pick: fn(&Quantiles) -> Span| {
            let known = probe.round_trips.as_ref().map(pick);
            right(&known.map_or_else(|| "-".to_owned(), format::span))
        };
        table.add_row([
            cell(probe.health, &probe.name),
            Cell::new(&probe.from),
            Cell::new(format!("{} tcp {}", probe.to, probe.port)),
            right(&format!(
                "{} of {}",
                format::count(probe.answered),
                format::count(probe.sent)
            )),
            took(|it| it.p50),
            took(|it| it.p99),
            took(|it| it.max),
            right(&probe.outages.to_string()),
            right(&match probe.outages {
                0 => "-".to_owned(),
                _ => format::span(probe.longest),
            }),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

fn gateways(summary: &Summary, text: &mut String) {
    if summary.gateways.is_empty() {
        return;
    }
    let mut table = table(["virtual gateway", "segment", "active", "since", "backups"]);
    for gateway in &summary.gateways {
        table.add_row([
            Cell::new(&gateway.name),
            Cell::new(&gateway.segment),
            cell(gateway.health, gateway.active.as_deref().unwrap_or("nobody")),
            right(&gateway.since.map_or_else(|| "-".to_owned(), format::clock)),
            Cell::new(gateway.backups.join(", ")),
        ]);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

fn sessions(summary: &Summary, text: &mut String) {
    if summary.sessions.is_empty() {
        return;
    }
    let mut table = table([
        "BGP session",
        "peer",
        "AS",
        "state",
        "since",
        "hold",
        "received",
        "advertised",
    ]);
    for session in &summary.sessions {
        table.add_row([
            Cell::new(&session.name),
            Cell::new(session.peer),
            right(&session.peer_as.to_string()),
            cell(session.health, &session.state.to_string()),
            right(&format::clock(session.since)),
            right(&format::span(session.hold)),
            right(&session.received.to_string()),
            right(&session.advertised.to_string()),
        ]);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    for session in &summary.sessions {
        let (Some(reason), Some(detail)) = (&session.reason, &session.detail) else {
            continue;
        };
        let name = paint::strong(&session.name);
        let _ = writeln!(text, "{} {name}: {reason}, {detail}", paint::bad("✘"));
        if let Some(fix) = &session.fix {
            let _ = writeln!(text, "  fix {}", paint::good(fix));
        }
    }
    text.push('\n');
}

/// What an outage began with.
fn because(root: Option<&OutageRoot>) -> String {
    root.map_or_else(String::new, |root| {
        format!(
            " because {} {}{}",
            root.subject,
            root.what,
            named(root.fault.as_ref())
        )
    })
}

/// How much is listed of what one fault does to one thing at one instant.
const MOST_OF_ONE_FAULT: usize = 4;

/// The fault that something was part of.
fn named(fault: Option<&Called>) -> String {
    fault.map_or_else(String::new, |fault| format!(" ({fault})"))
}

fn lists(summary: &Summary, text: &mut String) {
    let is_one = |one: &Fault, other: &Fault| {
        let of = |it: &Fault| (it.at, it.about, it.fault.clone());
        of(one) == of(other) && one.fault.is_some()
    };
    for of_one in summary.faults.chunk_by(is_one) {
        let n_shown = if of_one.len() > MOST_OF_ONE_FAULT + 1 {
            MOST_OF_ONE_FAULT
        } else {
            of_one.len()
        };
        let (shown, others) = of_one.split_at(n_shown);
        let mut tell = |fault: &Fault, what: &dyn fmt::Display| {
            let _ = writeln!(
                text,
                "{} {}  {} {what}{}",
                paint::warning("!"),
                format::clock(fault.at),
                fault.target,
                named(fault.fault.as_ref())
            );
        };
        for fault in shown {
            tell(fault, &fault.what);
        }
        if let [fault, ..] = others {
            tell(fault, &format_args!("and {} more like that", others.len()));
        }
    }
    for outage in &summary.outages {
        let until = outage.ended_at.map_or("the end".to_owned(), format::clock);
        let _ = writeln!(
            text,
            "{} {} to {until}  {} could not reach {}{}: {}",
            paint::bad("✘"),
            format::clock(outage.started_at),
            outage.from,
            outage.to,
            because(outage.root.as_ref()),
            outage.cause
        );
    }
    for goal in &summary.expectations {
        let sign = if goal.holds {
            paint::good("✔")
        } else {
            paint::bad("✘")
        };
        let _ = writeln!(text, "{sign} {}  {}", goal.name, paint::dim(&goal.detail));
    }
}
