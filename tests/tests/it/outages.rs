//! What each failure costs, lab by lab: a page of the documentation, which the protocols fill.

use std::fmt::Write as _;

use sim_core::lab::what_if::{Trial, Wish, kinds};
use sim_core::lab::{Keep, Session};
use sim_core::scenario::shipped_base;
use sim_core::units::{SimTime, Span};

use crate::page::assert_page;
use crate::small_lab::blueprint;

/// The labs whose every component fails, from the one that outlives nothing on.
const LABS: &[&str] = &[
    "dx-single",
    "dx-two-ports",
    "dx-two-locations",
    "dx-maximum",
    "vpn-one-router",
    "vpn-two-routers",
    "vpn-static",
];

/// What takes a component away, seen by its neighbours or not.
const FAULTS: &[&str] = &[
    "link_down",
    "link_silent",
    "router_down",
    "location_down",
    "tunnel_down",
];

const AT: Span = Span::minutes(5);

fn trials(lab: &str, faults: &[&str]) -> (Vec<String>, Vec<Trial>) {
    let mut blueprint = blueprint(&shipped_base(lab).expect("it ships"));
    blueprint.schedule.clear();
    let mut session = Session::open(blueprint, None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(AT), u64::MAX);
    let wish = Wish {
        kinds: kinds(faults.iter().copied()).expect("they are in the catalogue"),
        lasts: Span::minutes(5),
        after: Span::minutes(3),
    };
    let probes = session
        .blueprint()
        .probes
        .iter()
        .map(|probe| probe.name.to_string());
    (probes.collect(), session.what_if(&wish))
}

/// To the millisecond.
fn rounded(span: Span) -> Span {
    Span::millis((span.as_nanos() + 500_000) / 1_000_000)
}

/// One lab's table.
fn table(lab: &str) -> String {
    let (probes, trials) = trials(lab, FAULTS);
    let mut text = format!("\n## `{lab}`\n\n| Fault | Component | Noticed by | After |");
    // Writing to a string cannot fail.
    for probe in &probes {
        let _ = write!(text, " {probe} |");
    }
    let _ = writeln!(text, "\n|---|---|---|---|{}", "---|".repeat(probes.len()));
    for trial in trials {
        let (by, after) = match trial.noticed {
            Some((after, by)) => (by.as_str(), rounded(after).to_string()),
            None => ("nobody", String::new()),
        };
        let _ = write!(text, "| `{}` | {} | {by} | {after} |", trial.kind, trial.target);
        for (lost, for_good) in trial.lost.iter().zip(&trial.for_good) {
            let lost = match (lost.is_zero(), for_good) {
                (true, _) => "none".to_owned(),
                (false, false) => lost.to_string(),
                (false, true) => format!("{lost}, for good"),
            };
            let _ = write!(text, " {lost} |");
        }
        text.push('\n');
    }
    text
}

fn page() -> String {
    let mut page = String::from(
        "# What each failure costs\n\n\
         Every component of the Direct Connect ladder and of the VPN labs fails by itself, at 5m and for 5m, in a run without\n\
         the lab's own events. The tables say by what the failure was first noticed and how long after it began, and for how\n\
         long each probe was cut off, failing over and back added up. Nothing here is written down: the times come out of the\n\
         protocols, as `causeway what-if LAB` shows them for any lab with probes. Outages are whole intervals of a probe.\n\n\
         `just bless` writes this page anew.\n",
    );
    // Two at a time: each lab is a world of its own.
    let tables = std::thread::scope(|scope| {
        let workers: Vec<_> = LABS.iter().map(|lab| scope.spawn(|| table(lab))).collect();
        let tables = workers.into_iter().map(|worker| worker.join().expect("a table"));
        tables.collect::<Vec<_>>()
    });
    tables.iter().for_each(|table| page.push_str(table));
    page
}

#[test]
fn the_page_of_outages_is_what_the_protocols_say() {
    assert_page("outages.md", &page());
}

/// What the tables have to show of each step of the ladder, whatever the figures are.
#[test]
fn each_step_of_the_ladder_outlives_what_it_is_there_for() {
    let worst = |lab: &str, kind: &str| {
        let (_, trials) = trials(lab, &[kind]);
        trials
            .into_iter()
            .flat_map(|trial| trial.lost)
            .max()
            .unwrap_or_default()
    };
    let whole = Span::minutes(5);
    assert!(worst("dx-single", "link_down") >= whole);
    assert!(worst("dx-two-ports", "link_down") < Span::secs(5));
    assert!(worst("dx-two-ports", "location_down") >= whole);
    assert!(worst("dx-two-locations", "location_down") < Span::secs(5));
    assert!(
        worst("dx-two-locations", "router_down") >= whole,
        "there is one router"
    );
    assert!(worst("dx-maximum", "router_down") < Span::secs(10));
    // BFD within three intervals of 300 ms, and a second for each of the two gateways.
    assert!(worst("dx-maximum", "link_silent") < Span::secs(5));
}
