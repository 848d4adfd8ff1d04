//! The catalogue of faults: documented, and every one of them pulled and healed wherever a lab has something for it.

use std::fmt::Write as _;

use sim_core::fault::{CATALOGUE, FaultKind, OVER_AT_ONCE, PlanError, by_chance, expand};
use sim_core::lab::what_if::{Noticed, Wish, kinds};
use sim_core::lab::{Keep, Session};
use sim_core::reason::Reason;
use sim_core::scenario::{parse_failure, shipped, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::page::assert_page;
use crate::small_lab::{BUDGET, blueprint};

/// The page that lists them, as it should be.
fn page() -> String {
    let mut page = String::from(
        "# Faults\n\n\
         What can go wrong in a lab. Each is written in a scenario's `faults`, after `--fail`, or typed into the dashboard;\n\
         `causeway faults NAME --lab LAB` lists what of a lab it can be done to, and `causeway what-if LAB` tries them all.\n\n\
         ```text\n\
         causeway run LAB --fail '10m:link_down dx-primary for 5m'\n\
         causeway run LAB --fail '10m:link_down dx-primary for 10s every 1m times 20'\n\
         causeway run LAB --fail '10m:link_down dx-primary + isp-a for 5m'\n\
         causeway run LAB --fail '10m:group duct-1 down for 2h'\n\
         causeway run LAB --random-faults 5d/2h --random-faults zone_lost=60d/4h --random-faults group_down=90d/8h\n\
         ```\n\n\
         What fails together is written with a ` + ` between, or has a name: a lab's `groups` say what shares a duct, a power\n\
         feed or a provider. `--random-faults` lets lines, routers, sessions and tunnels fail by chance, each by itself; with the\n\
         name of a fault, whatever that one can be done to: a group, a location or an availability zone then fails as one.\n\
         Faults of BGP's policy go out past the export policies of the router at fault; where its neighbour refuses them, the\n\
         trace says by which rule of which policy.\n\n\
         | Fault | What it is | What it stands for | What is to be seen | Done to | Amount |\n\
         |---|---|---|---|---|---|\n",
    );
    for kind in CATALOGUE {
        let FaultKind {
            name,
            title,
            models,
            shows,
            target,
            amount,
            ..
        } = kind;
        let amount = amount.map_or(String::new(), |it| {
            format!("{}; `{}` where left out", it.meaning, it.default)
        });
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{name}` | {title} | {models} | {shows} | {target} | {amount} |"
        );
    }
    page
}

#[test]
fn the_page_of_faults_is_that_of_the_catalogue() {
    assert_page("faults.md", &page());
}

#[test]
fn names_are_words_and_no_two_are_alike() {
    let mut names: Vec<&str> = CATALOGUE.iter().map(|kind| kind.name).collect();
    assert!(
        names
            .iter()
            .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CATALOGUE.len());
}

/// Every fault of every kind, in every whole lab that ships: it is planned, pulled, healed, and reads back as text.
#[test]
fn every_fault_can_be_pulled_and_healed_wherever_there_is_something_for_it() {
    let mut tried: Vec<&str> = Vec::new();
    for (name, text) in shipped() {
        let lab = blueprint(text);
        // Large fleets have the same faults many times over, and broken variants those of their base.
        if lab.about.variant_of.is_some() || name.starts_with("rehearsal") || name.ends_with("-40") {
            continue;
        }
        let session = Session::open(lab, None, Keep::Nothing).expect("the lab begins");
        for kind in CATALOGUE {
            for target in (kind.candidates)(session.blueprint()) {
                let deed = match kind.plan(session.blueprint(), &target, "") {
                    Ok(deed) => deed,
                    Err(PlanError::Nothing(_)) => continue,
                    Err(error) => panic!("{name}: {} {}: {error}", kind.name, target.name),
                };
                let mut branch = session.clone();
                for lever in deed.breaks.into_iter().chain(deed.heals.into_iter().flatten()) {
                    let said = to_text(&lever, session.names(), None);
                    let done = branch.apply(lever);
                    assert!(
                        done.is_ok(),
                        "{name}: {} {}: {said}: {done:?}",
                        kind.name,
                        target.name
                    );
                }
                tried.push(kind.name);
            }
        }
    }
    let untried: Vec<&str> = CATALOGUE
        .iter()
        .map(|kind| kind.name)
        .filter(|name| !tried.contains(name))
        .collect();
    assert!(untried.is_empty(), "no shipped lab has anything for {untried:?}");
}

fn heard(text: &str) -> Vec<String> {
    let lab = blueprint(&shipped_base("bgp-two-lines").expect("it ships"));
    match parse_failure(text, &lab) {
        Ok(levers) => levers
            .iter()
            .map(|(at, lever)| format!("{} {}", at.since_start(), to_text(lever, &lab.names, None)))
            .collect(),
        Err(diagnostics) => diagnostics.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn faults_are_said_in_the_short_form_too() {
    assert_eq!(
        heard("1m:link_down dx-primary for 10s every 1m times 2"),
        [
            r#"1m link_state("dx-primary", down)"#,
            r#"1m10s link_state("dx-primary", up)"#,
            r#"2m link_state("dx-primary", down)"#,
            r#"2m10s link_state("dx-primary", up)"#
        ]
    );
    // What comes again may be said with the words of what comes once.
    let again = "dx-primary for 10s every 1m times 2";
    assert_eq!(
        heard(&format!("1m:link {}", again.replacen(" for", " down for", 1))),
        heard(&format!("1m:link_down {again}"))
    );
    assert_eq!(
        heard("1m:link_loss dx-primary 7% for 10s"),
        [
            r#"1m link_loss("dx-primary", "7%")"#,
            r#"1m10s link_loss("dx-primary", "0%")"#
        ]
    );
    assert_eq!(heard("1m:link_latency dx-primary 20ms").len(), 1);
    for (wrong, what) in [
        ("1m:link_dwn dx-primary", "did you mean `link_down`"),
        ("1m:link_down dx-primry", "did you mean `dx-primary`"),
        ("1m:link_down dx-primary for 2m every 1m", "before it is healed"),
        ("1m:link_down dx-primary every 1m", "has to be healed before"),
        ("1m:link_down dx-primary for 1s times 3", "not how soon again"),
        ("1m:session_reset cgw-1/primary for 1m", "over at once"),
        ("1m:tunnel_reset vpn", "the lab has nothing for `tunnel_reset`"),
        ("1m:link_loss dx-primary much", "amount"),
        ("1m:bgp cgw-1/primary down for 1s every 1m", "takes a schedule"),
    ] {
        let said = heard(wrong).join("\n");
        assert!(said.contains(what), "{wrong}: {said}");
    }
}

#[test]
fn what_comes_by_chance_comes_as_the_seed_says() {
    let lab = blueprint(&shipped_base("bgp-two-lines").expect("it ships"));
    let hazards = by_chance(&lab, Span::days(1), Span::hours(1));
    let end = SimTime::at(Span::days(100));
    let one = expand(&hazards, 1, end);
    assert_eq!(one, expand(&hazards, 1, end));
    assert_ne!(one, expand(&hazards, 2, end));
    assert!(one.is_sorted_by_key(|(at, _)| *at));
    // One more thing that fails shifts nobody else's dice.
    let fewer = expand(&hazards[1..], 1, end);
    assert!(fewer.iter().all(|lever| one.contains(lever)));
    // About a hundred for each thing, of which some take a lever and some two and more.
    let n_hazards = hazards.len();
    assert!(
        one.len() > 80 * n_hazards && one.len() < 500 * n_hazards,
        "{}",
        one.len()
    );
}

/// A lab with two lines: what is noticed by whom, and what a probe loses of it.
#[test]
fn what_if_measures_what_each_failure_costs() {
    let text = r#"Lab(schema: 1, name: "lines", title: "Two lines", duration: "1h",
        links: {
            "one": (a: ("left", "10.0.0.1/30"), b: ("right", "10.0.0.2/30"), delay: "1ms"),
            "two": (a: ("left", "10.0.1.1/30"), b: ("right", "10.0.1.2/30"), delay: "1ms"),
        },
        segments: {"west": (prefix: "192.168.1.0/24"), "east": (prefix: "192.168.2.0/24")},
        policies: {"second": [(set: (local_pref: 90))]},
        routers: {
            "left": (asn: 65001, segments: {"west": ("192.168.1.1")}, announce: ["192.168.1.0/24"], neighbors: {
                "r1": (link: "one", remote_as: 65002, bfd: (interval: "300ms", multiplier: 3)),
                "r2": (link: "two", remote_as: 65002, import: "second"),
            }),
            "right": (asn: 65002, segments: {"east": ("192.168.2.1")}, announce: ["192.168.2.0/24"], neighbors: {
                "l1": (link: "one", remote_as: 65001, bfd: (interval: "300ms", multiplier: 3)),
                "l2": (link: "two", remote_as: 65001, import: "second"),
            }),
        },
        hosts: {
            "client": (segment: "west", address: "192.168.1.10", gateway: "192.168.1.1"),
            "server": (segment: "east", address: "192.168.2.10", gateway: "192.168.2.1", listens: [tcp(443)]),
        },
        probes: {"app": (from: "client", to: "server", port: 443, every: "100ms", timeout: "100ms")},
    )"#;
    let mut session = Session::open(blueprint(text), None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    let wish = Wish {
        kinds: kinds(["link_down", "link_silent", "router_down"]).expect("they are in the catalogue"),
        lasts: Span::minutes(5),
        after: Span::minutes(3),
    };
    let trials = session.what_if(&wish);
    let of = |kind: &str, target: &str| {
        let mut all = trials.iter();
        all.find(|it| it.kind == kind && it.target == target)
            .expect("it was tried")
    };
    let noticed = |kind, target| of(kind, target).noticed.map(|(_, by)| by);
    let lost = |kind, target| of(kind, target).lost[0];
    // The light goes out: both ends move at once, and at most one probe is lost.
    assert_eq!(noticed("link_down", "one"), Some(Noticed::Interface));
    assert!(lost("link_down", "one") <= Span::millis(200));
    // Three intervals of BFD: between two and three of them, and a probe's interval.
    assert_eq!(noticed("link_silent", "one"), Some(Noticed::Bfd));
    let silent = lost("link_silent", "one");
    assert!(
        silent >= Span::millis(600) && silent <= Span::millis(1_100),
        "{silent}"
    );
    // The second line carries nothing that would be missed; its silence is noticed by the hold timer.
    assert_eq!(noticed("link_silent", "two"), Some(Noticed::HoldTimer));
    assert!(lost("link_silent", "two").is_zero());
    // Without its router a side is cut off for as long as that lasts, and comes back.
    let down = of("router_down", "left");
    assert!(down.lost[0] >= Span::minutes(5) && !down.for_good[0], "{down:?}");
}

/// A round trip crosses the line twice, so chance may add up to twice the jitter and never takes anything away.
#[test]
fn jitter_is_seen_in_the_round_trips_of_probes() {
    let middle_and_slowest = |jitter: &str| {
        let lab = blueprint(&shipped_base("dx-single").expect("it ships"));
        let deed = parse_failure(&format!("0s:link dx-1 jitter {jitter}"), &lab).expect("it is a failure");
        let mut session = Session::open(lab, None, Keep::Nothing).expect("the lab opens");
        for (_, lever) in deed {
            session.apply(lever).expect("it fits");
        }
        session.advance(SimTime::at(Span::minutes(10)), BUDGET);
        let probe = View::of(&session).probes().swap_remove(0);
        let trips = probe.round_trips.expect("it was answered");
        (trips.p50, trips.max)
    };
    let (quiet, _) = middle_and_slowest("0s");
    let (middle, slowest) = middle_and_slowest("30ms");
    let more = |trip: Span, least, most| {
        let added = trip.saturating_sub(quiet);
        assert!(
            added > Span::millis(least) && added <= Span::millis(most),
            "{added}"
        );
    };
    more(middle, 20, 40);
    more(slowest, 50, 61);
}

#[test]
fn a_lost_zone_takes_what_stands_in_it_alone_and_a_wrong_as_number_refuses_each_open() {
    let after = |lab: &str, failure: &str, minutes| {
        let lab = blueprint(&shipped_base(lab).expect("it ships"));
        let deed = parse_failure(failure, &lab).expect("it is a failure");
        let mut session = Session::open(lab, None, Keep::Nothing).expect("the lab opens");
        for (at, lever) in deed {
            session.advance(at, BUDGET);
            session.apply(lever).expect("it fits");
        }
        session.advance(SimTime::at(Span::minutes(minutes)), BUDGET);
        session
    };
    let reasons = |session: &Session| -> Vec<Reason> {
        let outages = session.outages().iter();
        outages.filter_map(|it| Some(it.stopped_by?.reason)).collect()
    };
    let lost = after("hybrid-dns", "5m:zone_lost eu-central-1a for 1m", 8);
    assert_eq!(reasons(&lost), [Reason::ZoneLost; 2]);
    let other = after("hybrid-dns", "5m:zone_lost eu-central-1b for 1m", 8);
    assert_eq!(reasons(&other), []);

    let session_after = |failure, minutes| {
        let run = after("dx-single", failure, minutes);
        View::of(&run).bgp_sessions().swap_remove(0)
    };
    let wrong = session_after("5m:session_wrong_asn cgw-1/dx-1", 7);
    assert_eq!(wrong.reason, Some(Reason::BgpBadPeerAs));
    let healed = session_after("5m:session_wrong_asn cgw-1/dx-1 for 1m", 8);
    assert_eq!(healed.state.to_string(), "Established");
}

/// Help says of a fault that it takes no `for` where nothing heals it, and of no other.
#[test]
fn what_is_over_at_once_is_listed_as_that() {
    let mut n_planned = 0;
    for lab in [
        "onprem-to-aws",
        "data-centre",
        "vpn-two-tunnels",
        "bgp-two-lines",
        "dx-lag",
        "ipsec-certificates",
    ] {
        let lab = blueprint(&shipped_base(lab).expect("it ships"));
        for kind in CATALOGUE {
            let target = (kind.candidates)(&lab).into_iter().next();
            let Some(target) = target else { continue };
            let deed = kind
                .plan(&lab, &target, "")
                .unwrap_or_else(|wrong| panic!("{}: {wrong}", kind.name));
            assert_eq!(
                deed.heals.is_none(),
                OVER_AT_ONCE.contains(&kind.name),
                "{}",
                kind.name
            );
            n_planned += 1;
        }
    }
    assert!(n_planned > CATALOGUE.len(), "{n_planned}");
}
