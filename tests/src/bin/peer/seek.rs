//! Time in one's hands: going to random instants of a long lab with many faults, and branches of it.

use anyhow::{Context as _, ensure};
use serde_json::json;
use sim_core::fault;
use sim_core::kernel::Streams;
use sim_core::lab::what_if::COMPONENTS;
use sim_core::lab::{Branches, Checkpoints, Keep, Session};
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};

use crate::measure::{Clock, Report, Spread, Unit, peak_memory_mb};

/// As many records as the dashboard keeps.
const KEEP: Keep = Keep::Last(100_000);

/// How long a fault lasts.
const LASTS: Span = Span::minutes(20);

#[derive(Debug, Clone, clap::Args)]
/// Random instants of a hybrid lab that a session goes to
pub(crate) struct Args {
    /// For how long the lab runs
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=365))]
    days: u64,
    /// How many servers move
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(6..=180))]
    servers: u32,
    /// How many faults there are
    #[arg(long, default_value_t = 20)]
    faults: u32,
    /// How many instants it goes to, or how many branches are taken
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
    /// The seed of the faults and the instants
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The data centre that moves over Direct Connect, with more servers and more time.
fn lab(args: &Args) -> String {
    let Args { days, servers, .. } = *args;
    let (databases, middleware) = (servers / 6, servers / 3);
    let web = servers - databases - middleware;
    let fleet = |name: &str, count, first: u32, disks: &str, writes: &str| {
        format!(
            r#"(name: "{name}-{{n}}", count: {count},
                host: (segment: "servers", address: "192.168.10.{first}", gateway: "192.168.10.1"),
                disks: [{disks}], writes: {writes})"#
        )
    };
    // Below is what the lab itself has.
    let first = 60;
    let fleets = [
        fleet(
            "db",
            databases,
            first,
            r#"(device: "/dev/sda", size: "50GiB", used: "40%"), (device: "/dev/sdb", size: "600GiB", used: "60%")"#,
            r#"constant("2Mbps")"#,
        ),
        fleet(
            "app",
            middleware,
            first + databases,
            r#"(device: "/dev/sda", size: "120GiB", used: "50%")"#,
            r#"bursts(base: "1Mbps", burst: "20Mbps", every: "6h", lasts: "15m", first_step: "20m")"#,
        ),
        fleet(
            "web",
            web,
            first + databases + middleware,
            r#"(device: "/dev/sda", size: "40GiB", used: "40%")"#,
            r#"constant("500kbps")"#,
        ),
    ];
    format!(
        r#"Lab(schema: 1, base: "onprem-to-aws", name: "long", title: "A long migration with many faults",
            duration: "{days}d", migration: (servers: [{}]), expect: {{}})"#,
        fleets.join(",\n")
    )
}

/// A session that has run to its end, with faults done by hand on the way; how many could be done.
fn played(args: &Args) -> anyhow::Result<(Session, u32)> {
    let text = lab(args);
    let loaded = load(&text, "long", &shipped_base).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })?;
    let mut session = Session::open(loaded.blueprint, None, KEEP).context("failed to begin the lab")?;
    session.keep_checkpoints(Checkpoints::default());
    let mut dice = Streams::new(args.seed).stream("faults", "peer");
    let end = session.ends_at();
    let mut n_done = 0;
    for number in 0..args.faults {
        let share = Span::nanos(end.since_start().as_nanos() / u64::from(args.faults));
        let at = SimTime::at(share * u64::from(number))
            + dice.span_between(Span::ZERO, share.saturating_sub(LASTS));
        let kinds: Vec<_> = COMPONENTS.iter().filter_map(|name| fault::kind(name)).collect();
        let deeds = kinds.iter().flat_map(|kind| {
            let targets = (kind.candidates)(session.blueprint()).into_iter();
            targets.filter_map(|target| kind.plan(session.blueprint(), &target, "").ok())
        });
        let deeds: Vec<_> = deeds.collect();
        let deed = &deeds[usize::try_from(dice.below(deeds.len() as u64))?];
        session.advance(at, u64::MAX);
        let broken = deed
            .breaks
            .iter()
            .filter(|lever| session.apply((*lever).clone()).is_ok());
        n_done += u32::from(broken.count() > 0);
        session.advance(at + LASTS, u64::MAX);
        for lever in deed.heals.iter().flatten() {
            // What has not been broken cannot be healed.
            let _ = session.apply(lever.clone());
        }
    }
    session.advance(end, u64::MAX);
    Ok((session, n_done))
}

fn params(args: &Args, n_faults: u32, session: &Session) -> serde_json::Value {
    json!({
        "days": args.days,
        "servers": args.servers,
        "faults": n_faults,
        "events": session.n_events(),
        "records": session.n_records(),
        "seed": args.seed,
    })
}

pub(crate) fn seek(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let (played, run) = clock.time(|| played(args));
    let (mut session, n_faults) = played?;
    let (end, hash) = (session.now(), session.trace_hash());
    let mut dice = Streams::new(args.seed).stream("instants", "peer");
    let mut seconds = Vec::new();
    for _ in 0..args.reps {
        let at = SimTime::at(dice.span_between(Span::ZERO, end.since_start()));
        let ((), time) = clock.time(|| session.seek(at));
        ensure!(
            session.now() == at,
            "it went to {} instead of {at}",
            session.now()
        );
        seconds.push(time.as_secs_f64());
    }
    session.seek(end);
    ensure!(
        session.trace_hash() == hash,
        "going back and on changed what happened"
    );
    seconds.sort_unstable_by(f64::total_cmp);
    // The value that 99 of 100 do not exceed.
    let p99 = seconds[(seconds.len() * 99).div_ceil(100) - 1];
    let spread = Spread::of(seconds)?;
    Report::new("seek", params(args, n_faults, &session), spread, Unit::Seconds)?
        .with("median_ms", spread.median * 1e3)?
        .with("p99_ms", p99 * 1e3)?
        .with("rss_mb", peak_memory_mb())?
        .with("checkpoints", session.n_checkpoints())?
        .with("trace_hash", hash.to_string())?
        .with("run_s", run.as_secs_f64())
}

pub(crate) fn branch(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let (session, n_faults) = played(args)?;
    let params = params(args, n_faults, &session);
    let mut dice = Streams::new(args.seed).stream("instants", "peer");
    let mut seconds = Vec::new();
    let mut tree = Branches::new(session, "main");
    for n in 0..args.reps {
        let at = SimTime::at(dice.span_between(Span::ZERO, tree.session().ends_at().since_start()));
        tree.session_mut().seek(at);
        // What a person does: take a branch, and go on with it.
        let name = format!("branch {n}");
        let (taken, time) = clock.time(|| tree.branch(name.as_str()).and_then(|()| tree.switch(&name)));
        taken?;
        ensure!(
            tree.session().now() == at,
            "a branch begins at {at}, not at {}",
            tree.session().now()
        );
        tree.switch("main")?;
        tree.delete(&name)?;
        seconds.push(time.as_secs_f64());
    }
    let spread = Spread::of(seconds)?;
    Report::new("branch", params, spread, Unit::Seconds)?.with("median_us", spread.median * 1e6)
}
