//! What brought a thing about, where a timer lies between.

use sim_core::lab::{Happening, Keep, Record, Session};
use sim_core::scenario::{parse_failure, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{LogRow, View};

use crate::small_lab::{BUDGET, blueprint, disturbed};

fn run(text: &str, until: Span) -> Session {
    let mut session = Session::open(blueprint(text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(until), BUDGET);
    session
}

/// What led to a record, in words, the first first.
fn why(session: &Session, record: &Record) -> Vec<String> {
    let causes = session.causes(record.id);
    causes.iter().map(|cause| format!("{:?}", cause.what)).collect()
}

/// One router tells two others, each at its own pace: each is told because of what changed, not because the other was.
#[test]
fn what_was_held_back_follows_from_the_change_and_not_from_the_timer_before() {
    let session = run(
        r#"Lab(schema: 1, name: "paced", title: "Paced", duration: "10m",
            links: {"ab": (a: ("a", "10.0.0.1/30"), b: ("b", "10.0.0.2/30")), "ac": (a: ("a", "10.0.1.1/30"), b: ("c", "10.0.1.2/30"))},
            routers: {
                "a": (asn: 65001, announce: ["10.1.0.0/16"], neighbors: {
                    "b": (remote_as: 65002, advertisement_interval: "30s"),
                    "c": (remote_as: 65003, advertisement_interval: "50s"),
                }),
                "b": (asn: 65002, neighbors: {"a": (remote_as: 65001)}),
                "c": (asn: 65003, neighbors: {"a": (remote_as: 65001)}),
            },
            events: [
                (at: "2m", change: announce("a", "10.2.0.0/16")),
                (at: "2m5s", change: announce("a", "10.3.0.0/16")),
                (at: "2m10s", change: announce("a", "10.4.0.0/16")),
            ],
        )"#,
        Span::minutes(5),
    );
    let learned = |record: &&Record| {
        let late = record.at > SimTime::at(Span::secs(126));
        late && matches!(record.what, Happening::Bgp(_))
            && format!("{:?}", record.what).contains("10.3.0.0/16")
    };
    let late: Vec<&Record> = session.records().filter(learned).collect();
    assert_eq!(late.len(), 2);
    for record in late {
        let first = why(&session, record).remove(0);
        assert!(
            first.starts_with("Lever") && first.contains("10.3.0.0/16"),
            "{first}"
        );
    }
}

/// A gateway has many timers; new keys follow from the keys that they replace.
#[test]
fn new_keys_follow_from_the_old_ones() {
    let text = shipped_base("ipsec-bgp").expect("it ships");
    let session = run(&text, Span::hours(3));
    let keys = |record: &&Record| matches!(record.what, Happening::TunnelProtected { replaces: true, .. });
    let renewed: Vec<&Record> = session.records().filter(keys).collect();
    assert!(renewed.len() > 3);
    for record in renewed {
        let causes = session.causes(record.id);
        // Past the messages of this negotiation lies the one that set the timer: lifetimes are an hour at most.
        let mut ago = causes.iter().rev().map(|cause| record.at.since(cause.at));
        let timer = ago.find(|ago| *ago > Span::secs(1));
        assert!(
            timer.is_some_and(|ago| ago <= Span::hours(1)),
            "{timer:?}: {causes:#?}"
        );
    }
}

/// A shipped lab where a link loses everything in silence from two minutes on, for so long.
fn with_silence(lab: &str, link: &str, length: Span) -> Session {
    let failure = format!("2m:link {link} blackhole for {length}");
    let mut session = Session::open(disturbed(lab, &[&failure]), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(9) + Span::secs(50)), BUDGET);
    session
}

/// A way that has lost packets in silence carries again: what comes of that follows from the healing alone, whoever's timer
/// tried again first.
#[test]
fn what_comes_back_follows_from_what_healed_the_way() {
    for (lab, link) in [
        ("bgp-two-lines", "dx-primary"),
        ("bgp-bfd", "dx"),
        ("ipsec-bgp", "far"),
    ] {
        // Each time other timers have run out: BFD's detection, DPD, the hold timer, attempts of TCP and of IKE.
        for length in [40, 110, 240, 300] {
            let length = Span::secs(length);
            let session = with_silence(lab, link, length);
            let healed = SimTime::at(Span::minutes(2) + length);
            let comes_back = |record: &&Record| {
                let what = match &record.what {
                    Happening::Bgp(notice) => format!("{notice:?}"),
                    Happening::TunnelProtected { replaces: false, .. } => return record.at > healed,
                    _ => return false,
                };
                record.at > healed && (what.contains("to: Established") || what.starts_with("Best"))
            };
            let back: Vec<&Record> = session.records().filter(comes_back).collect();
            assert!(!back.is_empty() || length < Span::secs(90), "{lab}, {length}");
            for record in back {
                let causes = session.causes(record.id);
                let first = causes.first().expect("itself at least");
                let is_heal = first.at == healed && matches!(first.what, Happening::Lever(_));
                assert!(is_heal, "{lab}, {length}: {causes:#?}");
            }
        }
    }
}

/// The shipped lab with fourteen prefixes behind the first line, and with a second line that is the longer way.
fn with_many_prefixes() -> Session {
    let text = shipped_base("onprem-to-aws").expect("it ships");
    let prefixes: Vec<String> = (0..14).map(|n| format!("\"10.{n}.0.0/16\"")).collect();
    let text = text
        .replace(
            "allowed_prefixes: [\"10.0.0.0/16\"]",
            &format!("allowed_prefixes: [{}]", prefixes.join(", ")),
        )
        .replace("set: (local_pref: 200)", "set: (prepend: 1)");
    let mut blueprint = blueprint(&text);
    let failure = parse_failure("6h:link_silent dx-primary for 2h", &blueprint);
    blueprint.schedule.extend(failure.expect("it is understood"));
    blueprint.schedule.sort_by_key(|(at, _)| *at);
    let mut session = Session::open(blueprint, None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::hours(9)), BUDGET);
    session
}

/// From the link to the lag, and from the link's return to the end of the lag; and forwards from where it began.
#[test]
fn a_failover_reads_like_an_incident_report() {
    let session = with_many_prefixes();
    let view = View::of(&session);
    let rows: Vec<LogRow> = view.log_after(None).collect();
    let chain_of = |what: &str| -> Vec<String> {
        let found = rows
            .iter()
            .find(|row| row.subject == "db-1" && row.what.starts_with(what));
        let row = found.unwrap_or_else(|| panic!("no {what:?}"));
        let chain = view.causes(row.id).into_iter();
        chain
            .map(|row| format!("{} {}: {}", row.at, row.subject, row.what))
            .collect()
    };
    insta::assert_snapshot!(
        format!("{}\n\n{}", chain_of("lag grew").join("\n"), chain_of("lag is drained").join("\n")),
        @"
    06:00:00.000 dx-primary: silently drops what enters at end A
    06:00:00.000 dx-primary: silently drops what enters at end B
    06:00:00.699 dx-primary: drops udp 169.254.101.1:49152 → 169.254.101.2:3784: LINK_BLACKHOLE, link dx-primary: the link is up at both ends and delivers nothing
    06:00:00.760 cgw-1/dx-1: BFD Up → Down: detected after 900ms of silence (control detection time expired)
    06:00:00.760 cgw-1/dx-1: ends in Established for link: BFD found the peer unreachable; look for a silent failure of the path to the peer
    06:00:00.760 cgw-1/dx-1: 14 prefixes withdrawn
    06:00:00.760 cgw-1: best path to 10.0.0.0/16 moves: via vif-primary (169.254.101.1) → via vpn-1/1 (169.254.10.1), decided by AS path length
    06:00:01.699 db-1 → mgn-replication-server-1: is re-routed from dx-primary to isp-a, vpn-1/1 uplink after 1.699s without a way
    06:00:01.699 db-1: replication rate fell from 32Mbps to 20Mbps: keeping up with its writes takes 32Mbps
    06:01:00.000 db-1: lag grew to 1m: 224.7MiB are written and not in AWS

    08:00:00.000 dx-primary: carries what enters at end A again
    08:00:00.000 dx-primary: carries what enters at end B again
    08:00:00.208 cgw-1/dx-1: BFD Init → Up
    08:00:23.315 cgw-1/dx-1: session OpenConfirm → Established
    08:00:23.315 cgw-1: best path to 10.0.0.0/16 moves: via vpn-1/1 (169.254.10.1) → via vif-primary (169.254.101.1), decided by local preference; the one before loses by local preference
    08:00:23.315 db-1 → mgn-replication-server-1: is re-routed from isp-a, vpn-1/1 uplink to dx-primary
    08:00:23.315 db-1: replication rate rose from 20Mbps to 130Mbps: it keeps up with its writes
    08:15:08.149 db-1: lag is drained after 2h15m8s
    "
    );

    let root = rows.iter().find(|row| row.what.starts_with("silently drops"));
    let led_to = view.consequences(root.expect("the link fails").id);
    let led_to: Vec<&str> = led_to.notable.iter().map(|it| it.row.what.as_str()).collect();
    for word in [
        "BFD Up → Down: detected after 900ms",
        "14 prefixes withdrawn",
        "is re-routed from dx-primary",
        "replication rate fell from",
        "lag grew to 1m",
    ] {
        assert!(
            led_to.iter().any(|it| it.starts_with(word)),
            "no {word:?} in {led_to:#?}"
        );
    }
    // One line for all of them, however many there are, and for each change of rate and each lag.
    let n = |word: &str| rows.iter().filter(|row| row.what.contains(word)).count();
    assert_eq!(n("14 prefixes withdrawn"), 1);
    assert_eq!([n("lag grew"), n("lag is drained")], [2, 2]);
    assert!(n("replication rate") <= 8, "{}", n("replication rate"));
}

/// What the view tells of why a thing is as it is, the root first.
fn told(session: &Session, name: &str) -> Vec<LogRow> {
    let view = View::of(session);
    let record = view.asked(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    view.causes(record)
}

/// Five minutes into the lab a person takes something away that a wave needs an hour later: the installation that fails leads
/// back to that, past whatever was changed beside it, and what was done is told to have led to it.
#[test]
fn a_refusal_leads_to_the_edit_that_made_it_one() {
    let beside =
        "4m:change add_ingress_rule(\"endpoint-sg\", (protocol: tcp, ports: \"22\", from: \"10.0.0.0/16\"))";
    for (change, of) in [
        ("remove_forwarder(\"dns\", \"amazonaws.com\")", "dns"),
        (
            "remove_ingress_rule(\"endpoint-sg\", (protocol: tcp, ports: \"443\", from: \"192.168.0.0/16\"))",
            "endpoint-sg",
        ),
        ("remove_route(\"shared\", \"192.168.0.0/16\")", "shared"),
        ("interface_endpoint_policy(\"mgn-endpoint\", [])", "mgn-endpoint"),
        ("private_dns(\"mgn-endpoint\", off)", "mgn-endpoint"),
        ("interface_endpoint(\"s3-endpoint\", deleted)", "s3-endpoint"),
        (
            "add_firewall_rule(\"db-1\", (direction: egress, action: drop, protocol: tcp, ports: \"443\"))",
            "db-1",
        ),
        ("enable_dns_support(\"target\", false)", "target"),
    ] {
        let failure = format!("5m:change {change}");
        let lab = disturbed(
            "onprem-to-aws",
            &[beside, &failure, "6m:change host_rate(\"db-2\", \"1Gbps\")"],
        );
        let mut session = Session::open(lab, None, Keep::All).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(90)), BUDGET);
        let chain = told(&session, "db-1");
        let (root, last) = (&chain[0], &chain[chain.len() - 1]);
        assert!(
            last.what.starts_with("the installation fails"),
            "{change}: {chain:#?}"
        );
        assert_eq!(
            (root.subject.as_str(), root.at),
            (of, SimTime::at(Span::minutes(5))),
            "{change}: {chain:#?}"
        );
        let led_to = View::of(&session).consequences(root.id).notable;
        assert!(
            led_to.iter().any(|it| it.row.id == last.id),
            "{change}: {led_to:#?}"
        );
    }
}

/// Servers of one wave are installed at one instant, one after the other: none because of the one before. What an overlay
/// takes away is a root with its line.
#[test]
fn a_server_of_a_wave_owes_nothing_to_the_others() {
    let mut session =
        Session::open(disturbed("onprem-no-forwarder", &[]), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::hours(1)), BUDGET);
    let chain = told(&session, "web-6");
    assert!(
        !chain
            .iter()
            .any(|row| ["web-1", "web-5"].contains(&row.subject.as_str()))
    );
    let edit = chain.iter().find(|row| row.subject == "dns").expect("it is told");
    let text = shipped_base("onprem-no-forwarder").expect("it ships");
    let line = text
        .lines()
        .position(|line| line.contains("remove_forwarder"))
        .expect("it is there");
    assert_eq!(edit.origin, Some(format!("line {} of test", line + 1)));
}

/// Nothing was changed: the name server never had a forwarder, and it is told where it is written.
#[test]
fn what_was_never_there_is_told_with_the_line_that_lacks_it() {
    let text = shipped_base("onprem-to-aws").expect("it ships");
    let begins = text
        .find("forwards: {")
        .or_else(|| text.find("forward: {"))
        .expect("it forwards");
    let ends = begins + text[begins..].find('}').expect("it closes");
    let text = format!("{}forwards: {{{}", &text[..begins], &text[ends..]);
    let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(90)), BUDGET);
    let chain = told(&session, "db-1");
    assert!(chain.iter().all(|row| !row.what.contains("forwards questions")));
    let origins: Vec<&str> = chain.iter().filter_map(|row| row.origin.as_deref()).collect();
    let line = 1 + text
        .lines()
        .position(|line| line.contains("\"dns\": ("))
        .expect("it is there");
    let lacks = format!("`dns`, line {line} of test, has no forwarder for it");
    assert!(origins.contains(&lacks.as_str()), "{chain:#?}");
    assert!(
        origins.iter().any(|it| it.starts_with("a step of the runbook")),
        "{chain:#?}"
    );
}

/// From the link's return through BFD and the session to the route.
#[test]
fn a_recovery_leads_through_bfd_and_the_session() {
    let lab = disturbed("onprem-to-aws", &["10m:link_silent dx-primary for 10m"]);
    let mut session = Session::open(lab, None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(21)), BUDGET);
    let rows: Vec<LogRow> = View::of(&session).log_after(None).collect();
    let back = rows
        .iter()
        .rev()
        .find(|row| row.what.starts_with("best path to 10.0.0.0/16 moves"));
    let chain = View::of(&session).causes(back.expect("it comes back").id);
    let words: Vec<&str> = chain.iter().map(|row| row.what.as_str()).collect();
    insta::assert_snapshot!(words[..4].join("\n"), @"
    carries what enters at end A again
    carries what enters at end B again
    BFD Init → Up
    session OpenConfirm → Established
    ");
}

#[test]
fn what_is_asked_of_is_a_probe_or_one_of_several() {
    let mut session =
        Session::open(disturbed("region-to-region", &[]), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    let said =
        |session: &Session, name: &str| View::of(session).asked(name).map_err(|error| error.to_string());
    assert_eq!(
        said(&session, "staging"),
        Err(
            "several things are called `staging`: ask of `subnet:staging` or `route-table:staging`"
                .to_owned()
        )
    );
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    let lever = sim_core::scenario::parse_change(
        "subnet_route_table(\"staging\", \"staging\")",
        session.blueprint(),
    );
    let record = session
        .apply(lever.expect("it is understood"))
        .expect("it is made");
    assert_eq!(said(&session, "subnet:staging"), Ok(record));
    assert_eq!(
        View::of(&session).causes(record)[0].origin.as_deref(),
        Some("done by hand")
    );

    let lab = disturbed("data-centre", &["2m:change host_power(\"app-1\", off)"]);
    let probe = lab.probes[0].name.to_string();
    let mut session = Session::open(lab, None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(1)), BUDGET);
    let misnamed = format!("{probe}x");
    let error = said(&session, &misnamed).expect_err("none is called so");
    assert!(error.contains(&format!("did you mean `{probe}`?")), "{error}");
}

/// A check of preflight that fails leads to the edit before which it passed.
#[test]
fn a_check_leads_to_the_edit_before_which_it_passed() {
    let change = "3m:change remove_forwarder(\"dns\", \"amazonaws.com\")";
    let lab = disturbed(
        "onprem-to-aws",
        &[change, "4m:change host_rate(\"db-2\", \"1Gbps\")"],
    );
    let mut session = Session::open(lab, None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(6)), BUDGET);
    let view = View::of(&session);
    let record = view
        .check_asked("db-1: download of the installer")
        .expect("it fails");
    let row = view.causes(record).remove(0);
    assert_eq!(
        (row.subject.as_str(), row.at),
        ("dns", SimTime::at(Span::minutes(3)))
    );
    let passes = view.check_asked("db-1: launch settings").expect_err("it passes");
    assert_eq!(
        passes.to_string(),
        "db-1: launch settings passes at 00:06:00.000: there is nothing to be told of it"
    );
}

/// A lab refuses at its instant what no longer fits it: that is said with why, and not listed as if it had been done.
#[test]
fn what_the_lab_refused_is_not_listed_as_done() {
    let both = [
        "10m:endpoint_replaced vpn-1/1",
        r#"10m:change replace_endpoint("vpn-1/2")"#,
    ];
    let mut session =
        Session::open(disturbed("dx-vpn-backup", &both), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(11)), BUDGET);
    let faults = View::of(&session).faults();
    let [done, refused] = faults.as_slice() else {
        panic!("{faults:#?}")
    };
    assert_eq!((done.target.as_str(), &done.refused), ("vpn-1/1", &None));
    assert_eq!(refused.target, "vpn-1/2");
    let why = refused.refused.as_deref().expect("it was refused");
    assert!(why.ends_with("AWS replaces one at a time"), "{why}");
    assert!(
        refused.what.starts_with("cannot be changed (") && refused.what.ends_with(why),
        "{}",
        refused.what
    );
}

/// A router that hung had its power all the time.
#[test]
fn a_router_that_hung_is_not_switched_on_when_it_is_healed() {
    let hung = ["10m:router_silent cgw-1 for 1m"];
    let mut session =
        Session::open(disturbed("dx-vpn-backup", &hung), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(12)), BUDGET);
    let faults = View::of(&session).faults();
    let told: Vec<&str> = faults.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(told, ["hangs", "runs again"]);
}

/// A lab run until an instant, with all that was written down.
fn rows(lab: &str, faults: &[&str], until: Span) -> (Session, Vec<LogRow>) {
    let mut session = Session::open(disturbed(lab, faults), None, Keep::All).expect("the lab begins");
    session.advance(SimTime::at(until), BUDGET);
    let rows = View::of(&session).log_after(None).collect();
    (session, rows)
}

/// BFD beats while the interface is away, and comes up because the interface comes back, later than the session does.
#[test]
fn bfd_comes_up_because_the_interface_does() {
    let faults = ["5m:link dx down for 30s"];
    let (session, rows) = rows("bgp-bfd", &faults, Span::minutes(7));
    let back: Vec<&LogRow> = rows
        .iter()
        .filter(|row| row.at > SimTime::at(Span::secs(330)) && row.what.starts_with("BFD"))
        .collect();
    assert_eq!(back.len(), 3, "both ends come up: {back:#?}");
    for row in back {
        let chain = View::of(&session).causes(row.id);
        let words: Vec<&str> = chain.iter().map(|row| row.what.as_str()).collect();
        assert_eq!(words[0], "comes up", "{}", row.what);
    }
}

/// Both ends connect at once when the path is back, so that one of two connections is given up: nothing is refused by that,
/// and what comes of the session does not follow from how it ended before.
#[test]
fn what_a_session_brings_back_does_not_follow_from_how_it_ended() {
    let faults = [
        r#"10m:change link_passage("far", a, blocked)"#,
        r#"20m:change link_passage("far", a, open)"#,
    ];
    let (session, rows) = rows("ipsec-bgp", &faults, Span::minutes(30));
    let opened = SimTime::at(Span::minutes(20));
    let is_back = |row: &&LogRow| row.at > opened && row.what.starts_with("best path to");
    let back: Vec<&LogRow> = rows.iter().filter(is_back).collect();
    assert_eq!(back.len(), 2, "{back:#?}");
    for row in back {
        let chain = View::of(&session).causes(row.id);
        let first = chain.first().expect("it has a cause");
        assert_eq!(
            (first.at, first.what.as_str()),
            (opened, "carries what enters at end A again"),
            "{}",
            row.what
        );
    }
}

/// What was lost before the session ended is not what it tries again for: its rest is over.
#[test]
fn a_new_attempt_follows_from_the_rest_before_it() {
    let far = |net: &str, via: &str, remote_as: u32, [near, peer]: [&str; 2], name: &str| {
        format!(
            r#"static_routes: [("{net}", "{via}")], neighbors: {{"{name}": (remote_as: {remote_as}, address: "{peer}",
                source: "{near}", multihop: 3, graceful_restart: off)}}"#
        )
    };
    let (a, b) = ("172.16.0.1", "172.16.0.6");
    let text = format!(
        r#"Lab(schema: 1, name: "far", title: "Far", duration: "10m",
            links: {{"l1": (a: ("a", "{a}/30"), b: ("m", "172.16.0.2/30")), "l2": (a: ("m", "172.16.0.5/30"), b: ("b", "{b}/30"))}},
            routers: {{"a": (asn: 65001, {}), "m": (), "b": (asn: 65002, {})}},
            events: [(at: "2m", change: router_power("b", off)), (at: "2m20s", change: router_power("b", on))],
        )"#,
        far("172.16.0.4/30", "172.16.0.2", 65_002, [a, b], "b"),
        far("172.16.0.0/30", "172.16.0.5", 65_001, [b, a], "a"),
    );
    let session = run(&text, Span::minutes(5));
    let view = View::of(&session);
    let rows: Vec<LogRow> = session.records().map(|record| view.log_row(record)).collect();
    let rest = rows
        .iter()
        .rposition(|row| row.subject == "a/b" && row.what.starts_with("rests until"));
    let rest = rest.expect("the session ends");
    let retry = rows[rest..]
        .iter()
        .find(|row| row.what == "session Idle → Connect");
    let retry = retry.expect("it is tried again");
    assert_eq!(
        (retry.subject.as_str(), retry.cause),
        ("a/b", Some(rows[rest].id))
    );
}
