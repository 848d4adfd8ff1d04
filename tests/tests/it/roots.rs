//! Every outage that a fault brings about names that fault as what it began with.

use std::collections::BTreeSet;

use sim_core::fault::{CATALOGUE, FaultKind, Order, Target};
use sim_core::lab::{Happening, Keep, Lever, Record, Session};
use sim_core::scenario::shipped_base;
use sim_core::site::{IcmpErrors, RouterChange};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Outage, View};
use sim_core::world::routing::RoutingLever;

use crate::small_lab::blueprint;

/// Labs, at what instant each is broken, and for how long; those without anybody to call get somebody.
const LABS: &[(&str, Span, Span)] = &[
    ("onprem-to-aws", Span::hours(2), SHORT),
    // Before anything is installed, as long as initiation waits, and in the middle of the copy.
    ("region-to-region", Span::minutes(9), Span::hours(2)),
    ("region-to-region", Span::hours(2), SHORT),
    ("hybrid-dns-both-ways", Span::minutes(3), SHORT),
    ("dx-vpn-backup", Span::minutes(3), SHORT),
    ("dx-private-jumbo", Span::minutes(3), SHORT),
    ("vpn-one-router", Span::minutes(3), SHORT),
    ("data-centre", Span::minutes(3), SHORT),
    ("five-vpcs-peered", Span::minutes(3), SHORT),
    ("transit-inspection", Span::minutes(3), SHORT),
    ("transit-segmented", Span::minutes(3), SHORT),
    ("transit-inter-region", Span::minutes(3), SHORT),
    ("vpn-static", Span::minutes(3), SHORT),
    ("cloudhub", Span::minutes(3), SHORT),
    ("dx-lag", Span::minutes(3), SHORT),
    ("dx-connect", Span::minutes(3), SHORT),
    ("dx-public-vpn", Span::minutes(3), SHORT),
    ("dx-maximum", Span::minutes(3), SHORT),
    ("ipsec-certificates", Span::minutes(3), SHORT),
];
const SHORT: Span = Span::minutes(5);

/// What makes slower than these probes wait for, or only shows together with something else: lower MTUs, a neighbour that believes all it is told, a
/// peer that dies, an installation.
const CUTS_NOTHING: &[&str] = &[
    "link_latency",
    "link_jitter",
    "link_brownout",
    "icmp_blocked",
    "prefix_leak",
    "tunnel_dpd_off",
    "host_crash",
    "clock_skew",
];

/// Somebody to call at both ends of a tunnel.
const CALLERS: &str = r#"
    segments: {"left": (prefix: "192.168.10.0/24"), "right": (prefix: "10.0.10.0/24")},
    routers: {"cgw-1": (segments: {"left": ("192.168.10.1")}), "tgw": (segments: {"right": ("10.0.10.1")})},
    hosts: {
        "office": (segment: "left", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(443)]),
        "app": (segment: "right", address: "10.0.10.21", gateway: "10.0.10.1", listens: [tcp(443)]),
    },
    probes: {
        "the office calls the application": (from: "office", to: "app", port: 443, after: "30s"),
        "the application calls the office": (from: "app", to: "office", port: 443, after: "30s"),
    },"#;

fn opened(lab: &str, at: Span) -> Session {
    let text = match lab {
        "ipsec-certificates" => {
            format!("Lab(schema: 1, base: {lab:?}, name: \"called\", title: \"Somebody to call\",{CALLERS})")
        }
        _ => shipped_base(lab).expect("it ships").into_owned(),
    };
    let mut blueprint = blueprint(&text);
    blueprint.schedule.clear();
    let mut session = Session::open(blueprint, Some(1), Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(at), u64::MAX);
    session
}

/// What began after a fault of this kind and does not go back to it, and how many outages there were in all.
fn rootless(
    before: &Session,
    kind: &'static FaultKind,
    target: &Target,
    lasts: Span,
) -> (usize, Vec<String>) {
    let mut session = before.clone();
    let at = session.now();
    let order = |lasts| Order {
        kind: kind.name,
        target: target.name.clone(),
        amount: String::new(),
        lasts,
    };
    // Something else is done at the same instant before, which nothing follows from.
    let first = session.blueprint().routing.routers.ids().next();
    if let Some(router) = first {
        let change = RouterChange::IcmpErrors(IcmpErrors::On);
        let lever = Lever::Routing(RoutingLever::Router { router, change });
        session.apply(lever).expect("it is so already");
    }
    let done = session.inject(order(Some(lasts)));
    if done.is_err() && session.inject(order(None)).is_err() {
        return (0, Vec::new());
    }
    let n_before = before.outages().len();
    session.advance(at + lasts + Span::minutes(4), u64::MAX);
    let begun = &session.outages()[n_before..];
    let deed = kind.plan(session.blueprint(), target, "").expect("it is planned");
    let by_it = |root: &Record| match &root.what {
        Happening::Lever(lever) if root.at == at => deed.breaks.contains(lever),
        Happening::Lever(lever) if root.at == at + lasts => {
            deed.heals.iter().flatten().any(|it| it == &**lever)
        }
        _ => false,
    };
    let wrong = begun
        .iter()
        .filter(|outage| !outage.root.as_deref().is_some_and(by_it));
    let told = wrong.map(|outage| {
        let root = outage
            .root
            .as_deref()
            .map(|root| (root.at, View::of(&session).log_row(root).what));
        let (from, by) = (outage.started_at, outage.stopped_by.map(|by| by.reason));
        format!(
            "{:?} {:?} since {from}: {by:?}: {root:?}",
            outage.to, outage.error
        )
    });
    (begun.len(), told.collect())
}

#[test]
fn every_outage_of_every_fault_goes_back_to_it() {
    let mut shown = BTreeSet::new();
    let mut wrong = Vec::new();
    for (lab, at, lasts) in LABS {
        let before = opened(lab, *at);
        for kind in CATALOGUE {
            for target in (kind.candidates)(before.blueprint()) {
                let (n_outages, told) = rootless(&before, kind, &target, *lasts);
                if n_outages > 0 {
                    shown.insert(kind.name);
                }
                wrong.extend(
                    told.into_iter()
                        .map(|told| format!("{lab}: {} {}: {told}", kind.name, target.name)),
                );
            }
        }
    }
    let missing: Vec<&str> = CATALOGUE
        .iter()
        .map(|kind| kind.name)
        .filter(|name| !shown.contains(name))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(missing, CUTS_NOTHING);
}

/// What is cut while these faults last, of a kind, a target and an amount, and the instant at which they began together.
fn outages_of(lab: &str, faults: &[(&'static str, &str, &str)]) -> (SimTime, Vec<Outage>) {
    let mut session = opened(lab, Span::minutes(3));
    let at = session.now();
    for &(kind, target, amount) in faults {
        let order = Order {
            kind,
            target: target.to_owned(),
            amount: amount.to_owned(),
            lasts: Some(SHORT),
        };
        session.inject(order).expect("it can be injected");
    }
    session.advance(at + SHORT, u64::MAX);
    (at, View::of(&session).outages())
}

/// Where an answer comes later than a probe waits for it, the slowest link is named, and what slowed it.
#[test]
fn what_comes_too_late_goes_back_to_what_slows_it() {
    for (kind, amount) in [("link_latency", "5s"), ("link_jitter", "2s")] {
        let (at, outages) = outages_of("vpn-one-router", &[(kind, "isp-a", amount)]);
        assert!(!outages.is_empty(), "{kind}");
        for outage in outages {
            let late = "ANSWER_TOO_LATE, link isp-a:";
            assert!(outage.cause.contains(late), "{kind}: {}", outage.cause);
            let root = outage.root.expect("it has one");
            assert_eq!((root.at, &*root.subject), (at, "isp-a"), "{kind}: {}", root.what);
        }
    }
}

/// Of two faults of one instant each outage names the one that brought it about, whichever came first.
#[test]
fn two_faults_of_one_instant_are_told_apart() {
    for targets in [["api", "db"], ["db", "api"]] {
        let (_, outages) = outages_of("data-centre", &targets.map(|target| ("host_down", target, "")));
        let told = outages.iter().map(|outage| {
            let root = outage.root.as_ref().expect("it has one");
            (outage.to.as_str(), root.subject.as_str())
        });
        assert_eq!(
            told.collect::<BTreeSet<_>>(),
            BTreeSet::from([("api", "api"), ("db", "db")])
        );
    }
}

/// A detour that BFD takes because packets come late goes back to what slowed them.
#[test]
fn bfd_that_waits_in_vain_goes_back_to_what_slows_its_packets() {
    for (kind, amount) in [("link_latency", "700ms"), ("link_jitter", "1s")] {
        let (at, outages) = outages_of("dx-vpn-backup", &[(kind, "dx-primary", amount)]);
        // Until the other line is taken, which the tables show.
        let is_detour = |cause: &str| cause.starts_with("NO_ROUTE_TO_DESTINATION, router vif-primary");
        assert!(outages.iter().any(|it| is_detour(&it.cause)), "{kind}");
        for outage in outages {
            let root = outage.root.unwrap_or_else(|| panic!("{kind}: {}", outage.cause));
            assert_eq!(
                (root.at, &*root.subject),
                (at, "dx-primary"),
                "{kind}: {}",
                root.what
            );
        }
    }
}
