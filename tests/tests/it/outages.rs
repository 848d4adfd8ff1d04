//! What each failure costs, lab by lab: a page of the documentation, which the protocols fill.

use std::fmt::Write as _;

use sim_core::fault::Target;
use sim_core::lab::what_if::{Noticed, Trial, Wish, kinds};
use sim_core::lab::{Blueprint, Keep, Session};
use sim_core::resource::ResourceRef;
use sim_core::scenario::shipped_base;
use sim_core::site::Attachment;
use sim_core::units::{SimTime, Span};

use crate::page::assert_page;
use crate::small_lab::blueprint;

/// The labs whose every component fails, from the one that outlives nothing on.
const LABS: &[&str] = &[
    "dx-single",
    "dx-two-ports",
    "dx-lag",
    "dx-two-locations",
    "dx-maximum",
    "vpn-one-router",
    "vpn-two-routers",
    "vpn-two-tunnels",
    "vpn-static",
    "vpn-accelerated",
    "cloudhub",
    "dx-vpn-backup",
    "dx-public-vpn",
    "dx-private-vpn",
    "dx-connect",
];

/// What takes a component away, seen by its neighbours or not.
const FAULTS: &[&str] = &[
    "link_down",
    "link_silent",
    "port_down",
    "router_down",
    "router_silent",
    "location_down",
    "segment_down",
    "tunnel_down",
    "zone_lost",
    "host_down",
];

/// The static VPN with IKEv2 at both ends.
const VPN_STATIC_V2: &str = r#"
    vpn_connections: {"vpn-1": (tunnels: [
        (outside: "203.0.113.100", inside: "169.254.10.0/30", key: "correct.horse.battery", version: ikev2),
        (outside: "203.0.113.110", inside: "169.254.10.4/30", key: "staple.correct.horse", version: ikev2),
    ])},
    routers: {"cgw-1": (tunnels: {"tunnel-1": (version: ikev2), "tunnel-2": (version: ikev2)})},"#;

const AT: Span = Span::minutes(5);

/// The ports of the customer's routers, which are those with a LAN: those of others are as good as the lines that they
/// are on.
fn is_customers_port(blueprint: &Blueprint, target: &Target) -> bool {
    let routing = &blueprint.routing;
    let owner = target.things.iter().find_map(|thing| match thing {
        ResourceRef::RouterInterface(id) => Some(routing.interfaces.get(*id)?.router),
        _ => None,
    });
    let has_lan = |router| {
        let mut ports = routing.interfaces.iter();
        ports.any(|(_, row)| row.router == router && matches!(row.attached, Attachment::Segment(_)))
    };
    owner.is_some_and(has_lan)
}

/// A lab without its own events.
fn opened(mut blueprint: Blueprint) -> Session {
    blueprint.schedule.clear();
    Session::open(blueprint, None, Keep::Nothing).expect("the lab begins")
}

fn trials(lab: &str, faults: &[&str]) -> (Vec<String>, Vec<Trial>) {
    let mut session = opened(blueprint(&shipped_base(lab).expect("it ships")));
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
    let mut trials = Vec::new();
    for kind in &wish.kinds {
        let targets = (kind.candidates)(session.blueprint()).into_iter();
        let wanted = targets
            .filter(|target| kind.name != "port_down" || is_customers_port(session.blueprint(), target));
        trials.extend(wanted.filter_map(|target| session.trial(kind, &target, &wish).ok()));
    }
    (probes.collect(), trials)
}

/// To the millisecond; an outage that is shorter is told as one, too.
fn rounded(span: Span) -> Span {
    match span.to_the_millisecond() {
        none if none.is_zero() && !span.is_zero() => Span::millis(1),
        rounded => rounded,
    }
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
            let exact = rounded(*lost);
            let lost = match (lost.is_zero(), for_good) {
                (true, _) => "none".to_owned(),
                (false, false) => exact.to_string(),
                (false, true) => format!("{exact}, for good"),
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
         the lab's own events; of ports those of the customer's routers. The tables say by what the failure was first noticed\n\
         and how long after it began, and for how long each probe was cut off, failing over and back added up. Nothing here is\n\
         written down: the times come out of the protocols, as `causeway what-if LAB` shows them for any lab with probes.\n\n\
         Times are to the millisecond. An outage begins at the instant at which the tables no longer lead a new connection to\n\
         the other side and its answer back, and ends when they do again, whether or not a probe was under way; a packet that\n\
         was on its way at that instant is lost, too, and is not counted. Where several ways are used at once, one that leads\n\
         nowhere is an outage: some of the connections are lost. *Interface down* is what the routers at both ends see, *IKE\n\
         DELETE* what a gateway says that closes a tunnel, *VRRP* the first-hop redundancy of the hosts. Nobody notices what\n\
         nothing uses: a line to the internet that no session and no tunnel runs over is silent unseen.\n\n\
         *Noticed by* is the first end that finds anything; an outage lasts until the last has that the way hangs on. A silent\n\
         `cgw-1` of `dx-maximum` is found by BFD after 637 ms, and AWS turns away from it. What ends the outage after 41 s is\n\
         inside the data centre: its other router gives `cgw-1` up after the interior routing's dead interval of 40 s, and goes\n\
         by the new ways a second later. When `dx-1` of `dx-public-vpn` falls silent, the hold timers of 30 s inside the tunnels\n\
         expire first, after 25 s, and the session of the virtual interface, after 82 s, leaves the tunnels the internet; but\n\
         the customer's gateway opens a tunnel anew only when its own dead peer detection has repeated its question to no avail\n\
         and given the old one up, after 2m55s. That is what ends the outage.\n\n\
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

/// A router that comes back carries GRE again: nobody negotiates for that.
#[test]
fn whatever_restarts_is_reached_again() {
    for lab in ["dx-connect", "dx-private-vpn", "vpn-static"] {
        let (_, trials) = trials(lab, &["router_down"]);
        for trial in trials {
            let is_back = trial.for_good.iter().all(|for_good| !for_good);
            assert!(is_back, "{lab}: {trial:?}");
        }
    }
}

/// Between the failure and its detection by the customer's gateway or by AWS there are 30 s of questions, after up to 10 s
/// of silence in which nobody asks.
#[test]
fn a_dead_gateway_is_found_by_dpd_in_30_to_40_seconds() {
    let v2 = VPN_STATIC_V2;
    let laid_over = |over: &str| {
        let text = format!(r#"Lab(schema: 1, name: "t", title: "T", base: "vpn-static", {over})"#);
        let mut session = opened(blueprint(&text));
        session.advance(SimTime::at(AT), u64::MAX);
        let kinds = kinds(["router_down"]).expect("it is in the catalogue");
        let target = kinds[0]
            .find(session.blueprint(), "cgw-1")
            .expect("the customer's gateway");
        let wish = Wish {
            lasts: Span::minutes(5),
            after: Span::ZERO,
            kinds,
        };
        session
            .trial(wish.kinds[0], &target, &wish)
            .expect("it can be off")
    };
    for over in ["", v2] {
        let (after, by) = laid_over(over).noticed.expect("AWS notices");
        assert_eq!(by, Noticed::DeadPeerDetection);
        assert!(
            after >= Span::secs(30) && after <= Span::secs(40),
            "{over}: {after}"
        );
    }
    // "none": nothing follows from a silent peer at AWS's end, so that only the lost router's own interfaces show it.
    let indifferent = r#"
        vpn_connections: {"vpn-1": (tunnels: [
            (outside: "203.0.113.100", inside: "169.254.10.0/30", key: "correct.horse.battery", dpd: (action: none)),
            (outside: "203.0.113.110", inside: "169.254.10.4/30", key: "staple.correct.horse", dpd: (action: none)),
        ])},"#;
    assert_eq!(
        laid_over(indifferent).noticed,
        Some((Span::ZERO, Noticed::Interface))
    );
}
