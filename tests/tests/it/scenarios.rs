//! Every lab that ships: those that are whole keep what they expect, and every broken variant shows
//! the symptom that it says, at the step that it says.

mod cures;
mod mended;

use std::collections::BTreeSet;

use sim_core::analysis::{Finding, preflight};
use sim_core::kernel::{Keep, Observer};
use sim_core::lab::Session;
use sim_core::migrate::mgn::{JobLogEvent, Notice, ReplicationError, StepStatus};
use sim_core::proto::bgp::rib::{Candidate, Source};
use sim_core::reason::Reason;
use sim_core::resource::ResourceRef;
use sim_core::scenario::{Breaks, Loaded, Symptom, load, parse_change, shipped, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Summary, View};
use sim_core::world::blueprint::Blueprint;
use sim_core::world::runbook::Expected;
use sim_core::world::{Happening, Record, RunEnd, World};

use mended::MENDED;

/// Far more events than any shipped lab needs.
const BUDGET: u64 = 200_000_000;

#[track_caller]
fn loaded(name: &str, text: &str) -> Loaded {
    load(text, name, &shipped_base).unwrap_or_else(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// What a run showed of everything that can go wrong in a migration, in words that compare.
#[derive(Debug, Default)]
struct Seen {
    signs: BTreeSet<String>,
}

impl Observer<ResourceRef, Happening> for Seen {
    fn record(&mut self, record: &Record) {
        let Happening::Mgn(notice) = &record.what else {
            return;
        };
        let sign = match notice {
            Notice::InstallFailed { step, symptom, .. } => format!("install {step:?} {symptom}"),
            Notice::Stalled { error, .. } => format!("stall {error}"),
            Notice::ErrorReported { error, .. } => format!("reports {error}"),
            Notice::Step {
                step,
                status: StepStatus::Failed,
            } => format!("step {step}"),
            Notice::Refused {
                command, exception, ..
            } => format!("refused {command:?} {exception:?}"),
            Notice::JobLog {
                event: JobLogEvent::LaunchFailed,
                reason: Some(refusal),
                ..
            } => format!("launch failed {}", refusal.reason),
            Notice::PostLaunch {
                stopped_by: Some(refusal),
            } => format!("post-launch failed {}", refusal.reason),
            _ => return,
        };
        self.signs.insert(sign);
    }
}

/// The signs that a broken variant promises.
fn promised(breaks: &Breaks) -> Vec<String> {
    match &breaks.symptom {
        Symptom::Install { step, reason } => vec![format!("install {step:?} {reason}")],
        Symptom::Stall { error, step } => {
            let mut signs = vec![format!("stall {error}")];
            signs.extend(step.map(|step| format!("step {step}")));
            signs
        }
        Symptom::Reports { error } => vec![format!("reports {error}")],
        Symptom::Refused { operation, exception } => vec![format!("refused {operation:?} {exception:?}")],
        Symptom::LaunchFailed { reason } => vec![format!("launch failed {reason}")],
        Symptom::PostLaunchFailed { reason } => vec![format!("post-launch failed {reason}")],
        Symptom::Session { session, reason } => vec![format!("session {session} {reason}")],
        Symptom::Tunnel { tunnel, reason } => vec![format!("tunnel {tunnel} {reason}")],
        Symptom::NoPath {
            router,
            prefix,
            reason,
        } => vec![format!("no path {router} {prefix} {reason}")],
        Symptom::Fails { expectation } => vec![fails(expectation)],
        Symptom::Unreachable { from, to, reason } => vec![unreachable(from, to, *reason)],
    }
}

fn fails(expectation: &str) -> String {
    format!("fails {expectation}")
}

fn unreachable(from: &str, to: &str, reason: Reason) -> String {
    format!("unreachable {from} {to} {reason}")
}

/// Who does not reach whom at the end, of those that should.
fn reach_signs<'a>(world: &'a World, blueprint: &'a Blueprint) -> impl Iterator<Item = String> + 'a {
    blueprint.expectations.iter().filter_map(|expectation| {
        let Expected::Reach {
            question,
            refused: None,
        } = &expectation.what
        else {
            return None;
        };
        let names = world.names();
        let reason = world.refused(question)?.reason;
        let from = names.of(question.from.resource());
        Some(unreachable(&from, &question.to.text(names), reason))
    })
}

/// What routers and their sessions show at the end.
fn routing_signs(world: &World) -> Vec<String> {
    let names = world.names();
    let mut signs: Vec<String> = world
        .bgp_sessions()
        .filter_map(|(id, read)| Some(format!("session {} {}", names.of(id), read.diagnosis()?.reason)))
        .collect();
    let tunnels = world.tunnels();
    signs.extend(tunnels.filter_map(|(id, _)| {
        Some(format!(
            "tunnel {} {}",
            names.of(id),
            world.tunnel_diagnosis(id)?.reason
        ))
    }));
    for (id, _) in world.network().routers.iter() {
        let Some((speaker, _)) = world.speaker(id) else {
            continue;
        };
        let rib = speaker.rib();
        for told in rib.prefixes().filter_map(|prefix| rib.explain(prefix)) {
            let heard = |path: &&Candidate| matches!(path.source, Source::Peer(_)) && path.metric.is_none();
            if told.candidates.iter().any(|path| heard(&path)) {
                signs.push(format!(
                    "no path {} {} {}",
                    names.of(id),
                    told.prefix,
                    Reason::BgpNextHop
                ));
            }
        }
    }
    signs
}

/// A run of a lab to its end: what was seen of what went wrong, and which expectations do not hold.
struct Run {
    seen: Seen,
    failed: Vec<String>,
}

fn run(blueprint: &Blueprint) -> Result<Run, String> {
    let mut world = World::build(blueprint, blueprint.seed).map_err(|error| error.to_string())?;
    let mut seen = Seen::default();
    let end = world.run_until(SimTime::at(blueprint.duration), BUDGET, &mut [&mut seen]);
    if end != RunEnd::Reached {
        return Err(format!("{BUDGET} events were not enough"));
    }
    let unmet = world.expectations().into_iter().filter(|it| !it.holds);
    let unmet: Vec<_> = unmet.collect();
    seen.signs.extend(unmet.iter().map(|it| fails(&it.name)));
    let failed = unmet
        .into_iter()
        .map(|expectation| format!("{}: {}", expectation.name, expectation.detail))
        .collect();
    seen.signs.extend(routing_signs(&world));
    seen.signs.extend(reach_signs(&world, blueprint));
    Ok(Run { seen, failed })
}

/// Runs a lab to its end and says what is not as it says, if anything.
fn complaint(name: &str, text: &str) -> Option<String> {
    let loaded = loaded(name, text);
    let Run { seen, failed } = match run(&loaded.blueprint) {
        Ok(run) => run,
        Err(why) => return Some(format!("{name}: {why}")),
    };
    match &loaded.breaks {
        None if failed.is_empty() => None,
        None => Some(format!("{name}: {}; seen {:?}", failed.join("; "), seen.signs)),
        Some(_) if failed.is_empty() => Some(format!("{name}: breaks nothing that the lab expects")),
        Some(breaks) => {
            let missing: Vec<String> = promised(breaks)
                .into_iter()
                .filter(|sign| !seen.signs.contains(sign))
                .collect();
            (!missing.is_empty()).then(|| format!("{name}: {missing:?} not among {:?}", seen.signs))
        }
    }
}

#[test]
fn every_shipped_lab_is_as_it_says() {
    let complaints: Vec<String> = shipped()
        .iter()
        .filter_map(|(name, text)| complaint(name, text))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_lab_opens_with_what_it_teaches_and_is_in_the_list() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/README.md"))
        .expect("scenarios/README.md is there");
    for (name, text) in shipped() {
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with("//")).collect();
        assert!(
            opening.iter().any(|line| line.contains("Teaches: ")),
            "{name} does not say what it teaches"
        );
        assert!(
            readme.contains(&format!("[`{name}`]({name}.ron)")),
            "scenarios/README.md lacks {name}"
        );
    }
}

#[test]
fn every_precondition_has_a_broken_variant() {
    let broken: BTreeSet<String> = variants()
        .filter_map(|(name, text)| loaded(name, text).breaks)
        .map(|breaks| breaks.precondition)
        .collect();
    let missing: Vec<String> = (1..=25)
        .map(|number| format!("P{number}"))
        .filter(|it| !broken.contains(it))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[track_caller]
fn opened(blueprint: &Blueprint) -> Session {
    Session::open(blueprint.clone(), None, Keep::Nothing).expect("a lab that loads can be built")
}

/// The lab at the instant at which `causeway preflight` looks at it.
#[track_caller]
fn settled(blueprint: &Blueprint) -> Session {
    let mut session = opened(blueprint);
    session.advance(session.settled_at(), BUDGET);
    session
}

/// The shipped labs that break something of a migration.
fn variants() -> impl Iterator<Item = (&'static str, &'static str)> {
    shipped().iter().copied().filter(|(name, text)| {
        let loaded = loaded(name, text);
        loaded.breaks.is_some() && loaded.blueprint.migration.is_some()
    })
}

/// What preflight says of a broken variant that is not as the variant says, if anything.
fn preflight_complaint(name: &str, text: &str) -> Option<String> {
    let loaded = loaded(name, text);
    let breaks = loaded.breaks?;
    let blueprint = &loaded.blueprint;
    let report = preflight(&settled(blueprint));
    let findings: Vec<&Finding> = report
        .checks
        .iter()
        .filter_map(|check| check.finding.as_ref())
        .collect();
    let told: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} at {}", finding.reason, blueprint.names.of(finding.at)))
        .collect();
    let (Some(reason), [_, ..]) = (breaks.reason, breaks.components.as_slice()) else {
        return Some(format!(
            "{name}: does not say which reason preflight gives, or at which component"
        ));
    };
    let expected = |finding: &&&Finding| finding.reason == reason && breaks.components.contains(&finding.at);
    let Some(finding) = findings.iter().find(expected) else {
        let blamed = breaks
            .components
            .first()
            .map(|component| blueprint.names.of(*component));
        return Some(format!("{name}: {reason} at {blamed:?} not among {told:?}"));
    };
    let silent = |finding: &&Finding| finding.rule.as_ref().is_none_or(String::is_empty);
    if let Some(finding) = findings.iter().copied().find(|it| silent(it)) {
        return Some(format!(
            "{name}: {} at {} comes without rule or setting",
            finding.reason, finding.at_text
        ));
    }
    let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.levers.is_empty()) else {
        return Some(format!("{name}: {reason} comes without a fix"));
    };
    for lever in &fix.levers {
        let text = to_text(lever, &blueprint.names, blueprint.migration.as_ref());
        if parse_change(&text, blueprint).ok().as_ref() != Some(lever) {
            return Some(format!("{name}: the fix {text} does not read back"));
        }
    }
    None
}

#[test]
fn preflight_names_what_each_variant_breaks_and_writes_its_fix_as_text() {
    let complaints: Vec<String> = variants()
        .filter_map(|(name, text)| preflight_complaint(name, text))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A cure may uncover the next trouble: another subnet, say, needs rules of its own.
const MOST_ROUNDS: usize = 3;

/// The variant with everything that preflight proposes pasted into an overlay, until it passes.
fn cured(name: &str, blueprint: &Blueprint) -> Result<Blueprint, String> {
    let mut cured = blueprint.clone();
    let mut changes: Vec<String> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let report = preflight(&settled(&cured));
        if report.ok() {
            return Ok(cured);
        }
        let written = |lever| to_text(lever, &cured.names, cured.migration.as_ref());
        changes.extend(report.fixes().iter().map(written));
        let overlay = format!(
            "Lab(schema: 1, base: {name:?}, name: \"cured\", title: \"Cured\", changes: [{}])",
            changes.join(", ")
        );
        cured = loaded("cured.ron", &overlay).blueprint;
    }
    let left: Vec<String> = preflight(&settled(&cured))
        .checks
        .iter()
        .filter_map(|check| Some(format!("{}: {}", check.name, check.finding.as_ref()?.reason)))
        .collect();
    match left.as_slice() {
        [] => Ok(cured),
        _ => Err(format!("still blocked after {changes:?}: {}", left.join("; "))),
    }
}

/// What is wrong with a run of the cured variant: expectations that do not hold, or a trace of what
/// the variant promised to show.
fn ill_after_cure(name: &str, text: &str) -> Result<(), String> {
    let variant = loaded(name, text);
    let breaks = variant.breaks.ok_or("breaks nothing")?;
    let Run { seen, failed } = run(&cured(name, &variant.blueprint)?)?;
    let left: Vec<String> = promised(&breaks)
        .into_iter()
        .filter(|sign| seen.signs.contains(sign))
        .collect();
    if left.is_empty() && failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "cured it still shows {left:?} and fails {failed:?}; seen {:?}",
        seen.signs
    ))
}

#[test]
fn what_preflight_proposes_cures_each_variant_and_its_run() {
    let complaints: Vec<String> = variants()
        .filter_map(|(name, text)| {
            ill_after_cure(name, text)
                .err()
                .map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A variant is broken in one thing alone: with that mended it keeps what its base expects.
#[test]
fn each_variant_without_a_migration_breaks_one_thing_and_mended_it_works() {
    let broken = shipped().iter().filter(|(name, text)| {
        let loaded = loaded(name, text);
        loaded.breaks.is_some() && loaded.blueprint.migration.is_none()
    });
    let names: Vec<&str> = broken.map(|(name, _)| *name).collect();
    let mended: Vec<&str> = MENDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, mended);
    for (name, cure) in MENDED {
        let text = format!("Lab(schema: 1, base: {name:?}, name: \"mended\", title: \"Mended\", {cure})");
        let Run { seen, failed } = run(&loaded("mended.ron", &text).blueprint).expect("it runs");
        assert_eq!((failed, seen.signs), (Vec::new(), BTreeSet::new()), "{name}");
    }
}

/// In these preflight names whoever suffers, and not whoever is configured wrongly, which is at another end.
const SUFFERS_ELSEWHERE: &[&str] = &["dx-more-specific-over-vpn", "vpn-one-tunnel"];

/// What preflight says of one thing that is not as it should be.
#[derive(Debug)]
struct Told {
    at: String,
    rule: String,
    fix: String,
    /// The same exactly.
    paste: String,
}

/// What preflight says of a lab that migrates nothing: whether it passes, and what it finds and advises.
fn network_preflight(name: &str, text: &str) -> (bool, Vec<Told>) {
    let session = settled(&loaded(name, text).blueprint);
    let preflight = View::of(&session).preflight();
    let paste = |changes: &[String], overlay: &Option<String>| {
        let overlay = overlay.as_deref().unwrap_or_default();
        format!("{} {overlay}", changes.join(", "))
    };
    let failed = preflight.checks.iter().filter(|check| !check.ok);
    let failed = failed.map(|check| Told {
        at: check.at.clone().unwrap_or_default(),
        rule: check.rule.clone().unwrap_or_default(),
        fix: check.fix.clone().unwrap_or_default(),
        paste: paste(&check.changes, &check.overlay),
    });
    let advised = preflight.advice.iter().map(|advice| Told {
        at: advice.at.clone(),
        rule: advice.rule.clone(),
        fix: advice.fix.clone().unwrap_or_default(),
        paste: paste(&advice.changes, &advice.overlay),
    });
    (preflight.ok, failed.chain(advised).collect())
}

#[test]
fn preflight_finds_what_is_broken_where_nothing_is_migrated_and_passes_what_is_not() {
    let mut complaints: Vec<String> = Vec::new();
    for (name, text) in shipped() {
        let loaded = loaded(name, text);
        if loaded.blueprint.migration.is_some() {
            continue;
        }
        let (passes, told) = network_preflight(name, text);
        let mut wrong = |what: &str| complaints.push(format!("{name} {what}: {told:#?}"));
        if told.iter().any(|it| it.at.is_empty()) {
            wrong("does not say where");
        }
        if told.iter().any(|it| it.rule.is_empty()) {
            wrong("does not say by which rule");
        }
        if told.iter().any(|it| it.fix.is_empty()) {
            wrong("does not say what mends it");
        }
        let Some(breaks) = loaded.breaks else {
            if !passes {
                wrong("is whole and does not pass");
            }
            continue;
        };
        let names = &loaded.blueprint.names;
        let mut components = breaks.components.iter().map(|it| names.of(*it));
        let is_named = components.any(|component| {
            let is_at = |it: &Told| {
                [&it.at, &it.fix, &it.paste]
                    .iter()
                    .any(|text| text.contains(&component))
            };
            told.iter().any(is_at)
        });
        if told.is_empty() {
            wrong("is broken, and nothing is found");
        } else if !is_named && !SUFFERS_ELSEWHERE.contains(name) {
            wrong("does not name what is broken");
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What fails now fails its preflight, and what would only fail later is advice.
#[test]
fn paths_without_a_way_to_their_next_hop_fail_the_preflight() {
    let text = shipped_base("bgp-no-next-hop-self").expect("it ships");
    let session = settled(&loaded("bgp-no-next-hop-self.ron", &text).blueprint);
    let preflight = View::of(&session).preflight();
    let failed: Vec<_> = preflight.checks.iter().filter(|check| !check.ok).collect();
    let [check] = failed.as_slice() else {
        panic!("{failed:?}")
    };
    assert_eq!(
        (
            check.reason,
            check.at.as_deref(),
            check.rule.as_deref(),
            check.fix.as_deref()
        ),
        (
            Some(Reason::BgpNextHop),
            Some("border/core"),
            Some("10.0.0.0/16 by next hop 169.254.0.2, to which core has no route"),
            Some("set next_hop_self at border/core, or give core a route to 169.254.0.2"),
        )
    );
}

/// The checks that fail in the Region-to-Region lab with `said` laid over it: name and fix.
fn fixes_with(said: &str) -> Vec<(String, String)> {
    let text = format!("Lab(schema: 1, base: \"region-to-region\", name: \"over\", title: \"Over\", {said})");
    let report = preflight(&opened(&loaded("over.ron", &text).blueprint));
    let failed = report.checks.into_iter().filter_map(|check| {
        let fix = check
            .finding?
            .fix
            .map_or_else(|| "nothing".to_owned(), |fix| fix.text);
        Some((check.name, fix))
    });
    failed.collect()
}

#[test]
fn a_zone_lacks_only_types_that_there_are() {
    let text = "Lab(schema: 1, base: \"region-to-region\", name: \"slips\", title: \"Slips\",
        regions: {\"ap-south-1\": (not_offered: {\"ap-south-1c\": [], \"ap-south-1a\": [\"t3.smal\"]})})";
    let told = load(text, "slips.ron", &shipped_base).expect_err("neither exists");
    let told: Vec<String> = told
        .iter()
        .map(|it| format!("{}; {}", it.message, it.help.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the Region has no availability zone named `ap-south-1c`; did you mean `ap-south-1a`?
    `t3.smal` is not an instance type that is known here; did you mean `t3.small`?
    ");
}

#[test]
fn an_endpoint_that_was_never_made_is_named() {
    let without = |endpoint: &str| {
        fixes_with(&format!(
            "vpcs: {{\"target\": (interface_endpoints: {{\"{endpoint}\": None}})}}"
        ))
    };
    #[track_caller]
    fn check(fixes: &[(String, String)], name: &str, fix: &str) {
        assert!(
            fixes
                .iter()
                .any(|it| (it.0.as_str(), it.1.as_str()) == (name, fix)),
            "{fixes:?}"
        );
    }
    check(
        &without("ec2-endpoint"),
        "replication server: staging disks",
        "create an interface endpoint for ec2 in VPC target with private DNS, and let 10.0.1.0/24 in on tcp 443",
    );
    // Agents are outside: for them the endpoint has to be named.
    let without_s3 = without("s3-endpoint");
    let wanted = "create an interface endpoint for s3 in VPC target, let 192.168.1.0/24 in on tcp 443, and give \
                  its DNS name in --s3-endpoint and in the installer's URL";
    check(&without_s3, "app-server: download of the installer", wanted);
    check(&without_s3, "app-server: download of the agent", wanted);
    check(
        &without("mgn-endpoint"),
        "app-server: check of the credentials",
        "create an interface endpoint for mgn in VPC target, let 192.168.1.0/24 in on tcp 443, and give its DNS \
         name in --endpoint",
    );
}

#[test]
fn a_peering_that_was_never_made_is_named() {
    let fixes = fixes_with(
        "peerings: {\"source-target\": None}, vpcs: {
            \"source\": (route_tables: {\"source-private\": (routes: {\"10.0.0.0/16\": None})}),
            \"target\": (route_tables: {\"staging\": (routes: {\"192.168.0.0/16\": None})}),
        }",
    );
    assert!(!fixes.is_empty());
    for (name, fix) in fixes {
        assert_eq!(
            fix,
            "create a VPC peering connection between source and target, and route 10.0.0.0/16 to it in route \
             table source-private and 192.168.0.0/16 in route table staging",
            "{name}"
        );
    }
}

#[test]
fn an_endpoint_given_as_a_url_is_mended_by_its_host_name() {
    let name = "vpce-0c5a3de2f1b647a98-k2m4x7qz.mgn.ap-south-1.vpce.amazonaws.com";
    let text = format!(
        "Lab(schema: 1, base: \"region-to-region\", name: \"url\", title: \"URL\",
            migration: (agent: (endpoint: \"https://{name}\")))"
    );
    let blueprint = loaded("url.ron", &text).blueprint;
    let report = preflight(&opened(&blueprint));
    let wanted = format!("install with --endpoint {name}, without https://");
    let failed: Vec<&Finding> = report
        .checks
        .iter()
        .filter_map(|it| it.finding.as_ref())
        .collect();
    assert!(!failed.is_empty());
    for finding in failed {
        assert_eq!(finding.at_text, "source server app-server");
        assert_eq!(
            finding.fix.as_ref().map(|fix| fix.text.as_str()),
            Some(wanted.as_str())
        );
    }
    let blueprint = &blueprint;
    let written = |lever| to_text(lever, &blueprint.names, blueprint.migration.as_ref());
    let changes: Vec<String> = report.fixes().iter().map(written).collect();
    let cured = text.replace(
        "migration:",
        &format!("changes: [{}], migration:", changes.join(", ")),
    );
    assert!(preflight(&opened(&loaded("cured.ron", &cured).blueprint)).ok());
}

#[test]
fn the_keys_of_an_installation_matter_only_until_it_is_done() {
    let text = shipped_base("region-to-region").expect("it ships");
    let mut session = opened(&loaded("region-to-region.ron", &text).blueprint);
    session.advance(SimTime::at(Span::hours(20)), u64::MAX);
    assert!(preflight(&session).ok());
}

#[test]
fn a_path_that_is_closed_later_bites_later() {
    let text = "Lab(schema: 1, base: \"region-to-region\", name: \"late\", title: \"Late\",
        events: [(at: \"1d\", change: disassociate_gateway_endpoint(\"s3-gateway\", \"staging\"))])";
    let mut session = opened(&loaded("late.ron", text).blueprint);
    assert!(preflight(&session).ok());
    session.advance(SimTime::at(Span::hours(25)), u64::MAX);
    let report = preflight(&session);
    let fixes: Vec<&str> = report
        .checks
        .iter()
        .filter_map(|check| Some(check.finding.as_ref()?.fix.as_ref()?.text.as_str()))
        .collect();
    assert!(
        fixes.contains(&"associate gateway endpoint s3-gateway with route table staging"),
        "{fixes:?}"
    );
}

#[track_caller]
fn run_overlay(said: &str, until: Span) -> Session {
    let text = format!("Lab(schema: 1, base: \"region-to-region\", name: \"over\", title: \"Over\", {said})");
    let mut session = opened(&loaded("over.ron", &text).blueprint);
    session.advance(SimTime::at(until), u64::MAX);
    session
}

#[test]
fn a_step_that_is_refused_is_not_done_and_an_unknown_server_is_told_as_such() {
    let session = run_overlay(
        "runbook: {
            \"finalize\": (at: \"5m\", run: finalize_cutover(all)),
            \"install the agent\": (at: \"10m\", run: install_agent(all)),
        }, expect: {\"all is done\": runbook_done}",
        Span::hours(1),
    );
    let summary = Summary::from(View::of(&session).snapshot());
    let told: Vec<(bool, &str)> = summary
        .expectations
        .iter()
        .map(|goal| (goal.holds, goal.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [(
            false,
            "step \"finalize\" was refused with ResourceNotFoundException: MGN knows no such source server: no \
             agent of it has registered"
        )]
    );
    let refused: Vec<(&str, &str, Reason)> = summary
        .refusals
        .iter()
        .map(|it| (it.command, it.server.as_str(), it.reason))
        .collect();
    assert_eq!(
        refused,
        [("FinalizeCutover", "app-server", Reason::ServerNotFound)]
    );
}

#[test]
fn a_stall_is_an_outage_from_its_beginning_to_its_recovery() {
    let session = run_overlay(
        "runbook: {\"install the agent\": (at: \"10m\", run: install_agent(all))}, expect: {},
        migration: (replication: (replace_every: \"7d\")),
        events: [
            (at: \"2d\", change: disassociate_gateway_endpoint(\"s3-gateway\", \"staging\")),
            (at: \"36d\", change: associate_gateway_endpoint(\"s3-gateway\", \"staging\")),
        ]",
        Span::hours(24 * 40),
    );
    let outages = View::of(&session).outages();
    let stall = outages
        .iter()
        .find(|it| it.from == "app-server" && it.to == "the staging area")
        .expect("the stall is among the outages");
    assert!(
        stall
            .cause
            .starts_with("FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE: "),
        "{}",
        stall.cause
    );
    let ended = stall.ended_at.expect("it recovers");
    assert!(ended > SimTime::at(Span::hours(24 * 36)), "{ended}");
    assert!(ended.since(stall.started_at) > Span::hours(24 * 20), "{stall:?}");
}

#[test]
fn preflight_says_that_keys_expire_while_the_agent_is_being_installed() {
    // The runbook installs at 10 minutes; the keys last three minutes longer.
    let keys = "migration: (agent: (credentials: (token: temporary(expires_at: \"13m\"))))";
    let session = run_overlay(keys, Span::ZERO);
    let report = preflight(&session);
    let found: Vec<(Reason, Option<&str>)> = report
        .checks
        .iter()
        .filter_map(|check| check.finding.as_ref())
        .map(|finding| (finding.reason, finding.rule.as_deref()))
        .collect();
    assert!(
        matches!(found.as_slice(), [(Reason::ExpiredToken, Some(_))]),
        "{found:?}"
    );
    let mut session = session;
    session.advance(SimTime::at(Span::hours(2)), u64::MAX);
    let servers = View::of(&session).servers();
    let trouble = servers[0].trouble.as_deref().unwrap_or_default();
    assert!(
        trouble.starts_with("the installation fails: registers with MGN: Error: An error occurred"),
        "{trouble}"
    );
}

/// Replication servers that reach MGN through the endpoint of a central VPC, with `target` added to
/// their VPC.
fn through_a_central_endpoint(target: &str) -> Session {
    let text = format!(
        "Lab(schema: 1, base: \"r2r-mgn-name-owned-elsewhere\", name: \"central\", title: \"Central\",
            peerings: {{\"target-central\": (requester: \"target\", accepter: \"central\")}},
            vpcs: {{
                \"central\": (
                    subnets: {{\"central-endpoints\": (route_table: \"central-endpoints\")}},
                    route_tables: {{
                        \"central-endpoints\": (routes: {{\"10.0.0.0/16\": peering(\"target-central\")}}),
                    }},
                ),
                \"target\": (
                    route_tables: {{
                        \"staging\": (routes: {{\"10.9.0.0/16\": peering(\"target-central\")}}),
                    }},
                    {target}
                ),
            }})"
    );
    let mut session = opened(&loaded("central.ron", &text).blueprint);
    session.advance(SimTime::at(Span::hours(20)), u64::MAX);
    session
}

#[test]
fn tls_inspection_on_the_way_to_a_central_endpoint_stops_replication_servers() {
    let error = |session: &Session| View::of(session).servers()[0].error;
    assert_eq!(error(&through_a_central_endpoint("")), None);
    let inspected = through_a_central_endpoint("tls_inspection: (exempt: []),");
    assert_eq!(
        error(&inspected),
        Some(ReplicationError::FailedToAuthenticateWithService)
    );
    let servers = View::of(&inspected).servers();
    let trouble = servers[0].trouble.as_deref().unwrap_or_default();
    assert!(
        trouble.contains("CERTIFICATE_VERIFY_FAILED")
            && trouble.ends_with("VPC target: the certificate presented is not trusted"),
        "{trouble}"
    );
}
