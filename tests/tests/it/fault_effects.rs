//! What faults do: leaks past policies, keys that differ, endpoints that are out, things that fail together.

use sim_core::fault::{CATALOGUE, Chance, Order, by_chance_of, expand, kind};
use sim_core::kernel::Keep;
use sim_core::lab::Session;
use sim_core::proto::bgp::session::State;
use sim_core::reason::Reason;
use sim_core::scenario::{parse_failure, shipped, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::link_aggregation;
use crate::small_lab::{BUDGET, blueprint};

/// A customer whose router announces its own prefix alone, and a provider that asks `import` of it.
fn filtered(import: &str) -> String {
    format!(
        r#"Lab(schema: 1, name: "filters", title: "Two filters", duration: "1h",
        links: {{"line": (a: ("left", "10.255.0.1/30"), b: ("right", "10.255.0.2/30"), delay: "1ms")}},
        policies: {{
            "own": [(match: (prefix: ["192.168.1.0/24"])), (action: deny)],
            "from-left": [(match: (prefix: ["192.168.0.0/16 le 24"])), (action: deny)],
        }},
        routers: {{
            "left": (asn: 65001, announce: ["192.168.1.0/24"], neighbors: {{
                "right": (link: "line", remote_as: 65002, export: "own"),
            }}),
            "right": (asn: 65002, neighbors: {{"left": (link: "line", remote_as: 65001, {import})}}),
        }},
    )"#
    )
}

/// A lab with this alone going wrong, at an instant.
fn after(text: &str, failure: &str, until: Span) -> Session {
    let mut lab = blueprint(text);
    lab.schedule.clear();
    let deed = parse_failure(failure, &lab).expect("it is a failure");
    let mut session = Session::open(lab, None, Keep::All).expect("the lab opens");
    for (at, lever) in deed {
        session.advance(at, BUDGET);
        session.apply(lever).expect("it fits");
    }
    session.advance(SimTime::at(until), BUDGET);
    session
}

/// A router that hangs passes nothing on from one of its segments to another either, and the other router takes its place
/// when VRRP and the interior routing have missed it, not because a light went out.
#[test]
fn a_router_that_hangs_forwards_nothing_and_answers_nothing() {
    let lab = shipped_base("data-centre").expect("it ships");
    let session = after(&lab, "5m:router_silent core-1", Span::minutes(9));
    let outages: Vec<(String, Span)> = View::of(&session)
        .outages()
        .into_iter()
        .map(|it| {
            let ended = it.ended_at.expect("the other router has taken over");
            (it.to, ended - it.started_at)
        })
        .collect();
    assert_eq!(
        outages
            .iter()
            .map(|(to, lasted)| format!("{to} {}", lasted.to_the_millisecond()))
            .collect::<Vec<_>>(),
        // Forty seconds are the dead interval; three advertisements, the last of which may have just been sent.
        ["api 41s", "db 2.6s"]
    );
    let told = told(&session, "core-1");
    assert!(told.iter().any(|what| what == "hangs"), "{told:?}");
}

/// Where a router announces too much AWS's end ends the session again and again, and takes it back once it does not.
#[test]
fn a_flood_that_is_over_lets_the_session_come_back() {
    for (lab, session) in [("dx-single", "cgw-1/dx-1"), ("cloudhub", "berlin/vgw-1")] {
        let lab = shipped_base(lab).expect("it ships");
        let router = session.split('/').next().expect("it has a name");
        let row = |until| {
            let failure = format!("5m:prefix_flood {router} for 5m");
            let ran = after(&lab, &failure, until);
            let mut all = View::of(&ran).bgp_sessions().into_iter();
            all.find(|row| row.name == session).expect("it is there")
        };
        let flooded = row(Span::minutes(9));
        assert_eq!(flooded.reason, Some(Reason::BgpMaxPrefixes), "{session}");
        // The router rests for up to two minutes by then.
        let healed = row(Span::minutes(13));
        assert_eq!(healed.state, State::Established, "{session}");
        let since = healed.since.since_start();
        let bounds = Span::minutes(10)..Span::minutes(12);
        assert!(bounds.contains(&since), "{session}: {since}");
    }
}

/// Everything that any fault of the catalogue is offered for can be broken by it, whichever lab ships.
#[test]
fn what_is_offered_can_be_broken() {
    let mut refused = Vec::new();
    for (name, text) in shipped() {
        let mut lab = blueprint(text);
        lab.schedule.clear();
        let begun = Session::open(lab, None, Keep::Nothing).expect("the lab opens");
        for kind in CATALOGUE {
            for target in (kind.candidates)(begun.blueprint()) {
                let order = Order {
                    kind: kind.name,
                    target: target.name,
                    amount: String::new(),
                    lasts: None,
                };
                let mut session = begun.clone();
                if let Err(error) = session.inject(order.clone()) {
                    refused.push(format!("{name}: {} {}: {error}", order.kind, order.target));
                    continue;
                }
                for injected in session.injected() {
                    if let Err(error) = session.heal(&injected) {
                        refused.push(format!("{name}: heal {} {}: {error}", order.kind, order.target));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// What the trace says of a thing.
fn told(session: &Session, subject: &str) -> Vec<String> {
    let rows = session.records().map(|record| View::of(session).log_row(record));
    rows.filter(|row| row.subject == subject)
        .map(|row| row.what)
        .collect()
}

fn accepted(session: &Session, name: &str) -> u32 {
    let mut sessions = View::of(session).bgp_sessions().into_iter();
    let row = sessions.find(|row| row.name == name).expect("it is there");
    row.received
}

#[test]
fn a_leak_goes_out_past_the_export_policy_and_is_taken_back() {
    let open = filtered("");
    assert_eq!(
        accepted(
            &after(&open, "5m:prefix_leak left 10.0.0.0/8", Span::minutes(4)),
            "right/left"
        ),
        1
    );
    let leaked = after(&open, "5m:prefix_leak left 10.0.0.0/8", Span::minutes(6));
    assert_eq!(accepted(&leaked, "right/left"), 2);
    let healed = after(&open, "5m:prefix_leak left 10.0.0.0/8 for 1m", Span::minutes(7));
    assert_eq!(accepted(&healed, "right/left"), 1);
    // What the policy keeps back otherwise stays back, once it is there again.
    let own = after(
        &open,
        r#"5m:change announce("left", "172.16.0.0/12")"#,
        Span::minutes(6),
    );
    assert_eq!(accepted(&own, "right/left"), 1);
}

#[test]
fn a_leak_that_the_neighbour_refuses_is_told_with_the_filter() {
    let closed = filtered(r#"import: "from-left""#);
    let leaked = after(&closed, "5m:prefix_leak left 10.0.0.0/8", Span::minutes(6));
    assert_eq!(accepted(&leaked, "right/left"), 1);
    let said = told(&leaked, "right/left");
    let refused = "does not take 10.0.0.0/8: rule 2 of the import policy denies it (policy \"from-left\")";
    assert!(said.iter().any(|it| it == refused), "{said:?}");
}

#[test]
fn a_flood_breaks_the_limit_past_the_export_policy() {
    let limited = filtered("max_prefix: 100");
    let flooded = after(&limited, "5m:prefix_flood left 101", Span::minutes(6));
    let said = told(&flooded, "right/left");
    assert!(
        said.iter()
            .any(|it| it.contains("is sent more than the 100 prefixes allowed")),
        "{said:?}"
    );
    // Below the limit all of them arrive; healed, none is left.
    let below = after(&limited, "5m:prefix_flood left 50", Span::minutes(6));
    assert_eq!(accepted(&below, "right/left"), 51);
    let healed = after(&limited, "5m:prefix_flood left 50 for 1m", Span::minutes(7));
    assert_eq!(accepted(&healed, "right/left"), 1);
    // Fifty prefixes are no sentence.
    let said = told(&healed, "left");
    let last = said.iter().rfind(|it| it.starts_with("no longer announces"));
    assert!(last.is_some_and(|it| it.ends_with(" and 46 more")), "{said:?}");
}

/// What was agreed goes on until nothing is heard for the hold time; then no connection is made until both keys are the
/// same.
#[test]
fn another_key_at_one_end_ends_the_session_with_its_hold_time() {
    let lab = shipped_base("bgp-two-lines").expect("it ships");
    let state = |failure: &str, until| {
        let run = after(&lab, failure, until);
        let mut all = View::of(&run).bgp_sessions().into_iter();
        let row = all.find(|row| row.name == "cgw-1/primary").expect("it is there");
        (row.state.to_string(), row.reason)
    };
    let early = state("5m:session_wrong_key cgw-1/primary", Span::secs(305));
    assert_eq!(early, ("Established".to_owned(), None));
    let (late, reason) = state("5m:session_wrong_key cgw-1/primary", Span::minutes(10));
    assert_ne!(late, "Established");
    assert_eq!(reason, Some(Reason::TcpAuthentication));
    let run = after(&lab, "5m:session_wrong_key cgw-1/primary", Span::minutes(10));
    let said = told(&run, "cgw-1/primary");
    assert!(
        said.iter().any(|it| it.contains("Hold Timer Expired")),
        "{said:?}"
    );
    let (healed, _) = state("5m:session_wrong_key cgw-1/primary for 5m", Span::minutes(15));
    assert_eq!(healed, "Established");
}

#[test]
fn a_resolver_endpoint_that_is_out_takes_names_away_and_one_interface_of_it_does_not() {
    let lab = shipped_base("hybrid-dns").expect("it ships");
    let outages = |failure: &str| {
        let run = after(&lab, failure, Span::minutes(12));
        let all = run
            .outages()
            .iter()
            .filter(|it| it.started_at >= SimTime::at(Span::minutes(5)));
        all.map(|it| it.stopped_by.map(|by| by.reason))
            .collect::<Vec<_>>()
    };
    let whole = outages("5m:resolver_down inbound for 3m");
    assert!(!whole.is_empty(), "names cannot be asked for");
    let lab_of = blueprint(&lab);
    let resolver = kind("resolver_down").expect("it is in the catalogue");
    let names: Vec<String> = (resolver.candidates)(&lab_of)
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(
        names.len(),
        3,
        "the endpoint and both of its interfaces: {names:?}"
    );
    let second = outages(&format!("5m:resolver_down {} for 3m", names[2]));
    assert_eq!(second, [], "the forwarder asks the first");
}

fn levers(lab: &str, failure: &str) -> Vec<String> {
    let lab = blueprint(lab);
    match parse_failure(failure, &lab) {
        Ok(levers) => levers
            .iter()
            .map(|(at, lever)| format!("{} {}", at.since_start(), to_text(lever, &lab.names, None)))
            .collect(),
        Err(diagnostics) => diagnostics.iter().map(ToString::to_string).collect(),
    }
}

/// Two lines in one duct.
const DUCT: &str = r#"Lab(schema: 1, name: "duct", title: "One duct", base: "dx-two-ports", duration: "30d",
    groups: {"duct": ["dx-1", "dx-2"], "rack": ["cgw-1", "servers", "office"]})"#;

#[test]
fn a_group_is_said_by_name_or_thing_by_thing() {
    let both = [
        r#"5m link_state("dx-1", down)"#,
        r#"5m link_state("dx-2", down)"#,
        r#"7m link_state("dx-1", up)"#,
        r#"7m link_state("dx-2", up)"#,
    ];
    assert_eq!(levers(DUCT, "5m:group duct down for 2m"), both);
    assert_eq!(levers(DUCT, "5m:group_down duct for 2m"), both);
    assert_eq!(levers(DUCT, "5m:link_down dx-1 + dx-2 for 2m"), both);
    assert_eq!(
        levers(DUCT, "5m:link_loss dx-1 + dx-2 7%"),
        [r#"5m link_loss("dx-1", "7%")"#, r#"5m link_loss("dx-2", "7%")"#]
    );
    assert_eq!(
        levers(DUCT, "5m:group rack down"),
        [
            r#"5m router_power("cgw-1", off)"#,
            r#"5m segment_state("servers", down)"#,
            r#"5m host_power("office", off)"#
        ]
    );
    let unknown = levers(DUCT, "5m:group ducts down").join("\n");
    assert!(unknown.contains("did you mean `duct`"), "{unknown}");
    let unknown = levers(DUCT, "5m:link_down dx-1 + dx-3").join("\n");
    assert!(
        unknown.contains("there is no `dx-3` for `link_down`"),
        "{unknown}"
    );
}

#[test]
fn a_group_that_fails_by_chance_fails_as_one() {
    let lab = blueprint(DUCT);
    let chance: Chance = "group_down=2d/3h".parse().expect("it is a rate");
    let hazards = chance.hazards(&lab);
    assert_eq!(hazards.len(), 2);
    let end = SimTime::at(Span::days(30));
    let all = expand(&hazards[..1], 7, end);
    assert!(all.len() >= 8 && all.len().is_multiple_of(2), "{}", all.len());
    for pair in all.chunks(2) {
        assert_eq!(pair[0].0, pair[1].0, "both lines at one instant");
    }
    assert_eq!(all, expand(&hazards[..1], 7, end));
    assert_ne!(all, expand(&hazards[..1], 8, end));
}

#[test]
fn what_has_a_rate_of_its_own_fails_by_it() {
    let lab = blueprint(&shipped_base("hybrid-dns").expect("it ships"));
    for (name, least) in [
        ("zone_lost", 2),
        ("location_down", 2),
        ("endpoint_down", 1),
        ("resolver_down", 3),
    ] {
        let chance: Chance = format!("{name}=60d/4h").parse().expect("it is a rate");
        let hazards = chance.hazards(&lab);
        assert!(hazards.len() >= least, "{name}: {}", hazards.len());
        let of = kind(name).expect("it is in the catalogue");
        assert_eq!(hazards, by_chance_of(of, &lab, Span::days(60), Span::hours(4)));
    }
    for (wrong, why) in [
        ("5d", "write two spans"),
        ("zone=5d/2h", "no fault is called `zone`"),
        ("zone_lost=5d", "write two spans"),
        ("1ms/1h", "more often than every second"),
    ] {
        let said = wrong.parse::<Chance>().expect_err(wrong);
        assert!(said.contains(why), "{wrong}: {said}");
    }
}

#[test]
fn each_connection_of_a_group_has_a_cross_connect_of_its_own() {
    let lab = blueprint(&link_aggregation::lab(""));
    let cut = kind("cross_connect_cut").expect("it is in the catalogue");
    let names: Vec<String> = (cut.candidates)(&lab).into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["dx-1", "dx-2", "dx-secondary"]);
    let one = after(
        &link_aggregation::lab(""),
        "5m:cross_connect_cut dx-1",
        Span::minutes(6),
    );
    let both = after(
        &link_aggregation::lab(""),
        "5m:cross_connect_cut dx-1 + dx-2",
        Span::minutes(6),
    );
    let is_up = |session: &Session| crate::private_gateways::established(session, "cgw-1/dx-1");
    assert!(is_up(&one) && !is_up(&both));
}

#[test]
fn a_flapping_link_turns_again_and_again_until_it_is_healed() {
    let text = filtered("");
    let state = |failure: &str, at: u64| {
        let session = after(&text, failure, Span::secs(at));
        let links = View::of(&session).topology().links;
        let link = links.into_iter().find(|link| link.name == "line");
        link.expect("it is there").state
    };
    for (at, wanted) in [
        (301, "down"),
        (311, "up"),
        (321, "down"),
        (351, "up"),
        (361, "down"),
    ] {
        assert_eq!(state("5m:link_flap line 10s", at), wanted, "at {at} s");
    }
    // Healed in the middle of the dark.
    for at in [346, 351, 361, 400] {
        assert_eq!(state("5m:link_flap line 10s for 45s", at), "up", "at {at} s");
    }
    let healed = after(&text, "5m:link_flap line 10s for 45s", Span::minutes(8));
    assert_eq!(accepted(&healed, "right/left"), 1);
    let turns = told(&healed, "line");
    let turned = turns.iter().filter(|it| it.starts_with("flaps: ")).count();
    assert_eq!(turned, 5, "{turns:?}");
}
