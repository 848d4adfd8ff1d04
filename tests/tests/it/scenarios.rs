//! Every lab that ships: those that are whole keep what they expect, and every broken variant shows
//! the symptom that it says, at the step that it says.

use std::collections::BTreeSet;

use sim_core::analysis::{Finding, preflight};
use sim_core::kernel::{Keep, Observer};
use sim_core::lab::Session;
use sim_core::migrate::mgn::{JobLogEvent, Notice, StepStatus};
use sim_core::proto::bgp::rib::{Candidate, Source};
use sim_core::reason::Reason;
use sim_core::resource::ResourceRef;
use sim_core::scenario::{Breaks, Loaded, Symptom, load, parse_change, shipped, shipped_base, to_text};
use sim_core::units::{SimTime, Span};
use sim_core::world::blueprint::Blueprint;
use sim_core::world::{Happening, Record, RunEnd, World};

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
        Symptom::Refused { operation, exception } => vec![format!("refused {operation:?} {exception:?}")],
        Symptom::LaunchFailed { reason } => vec![format!("launch failed {reason}")],
        Symptom::PostLaunchFailed { reason } => vec![format!("post-launch failed {reason}")],
        Symptom::Session { session, reason } => vec![format!("session {session} {reason}")],
        Symptom::NoPath {
            router,
            prefix,
            reason,
        } => vec![format!("no path {router} {prefix} {reason}")],
    }
}

/// What routers and their sessions show at the end.
fn routing_signs(world: &World) -> Vec<String> {
    let names = world.names();
    let mut signs: Vec<String> = world
        .bgp_sessions()
        .filter_map(|(id, read)| Some(format!("session {} {}", names.of(id), read.diagnosis()?.reason)))
        .collect();
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

/// Runs a lab to its end and says what is not as it says, if anything.
fn complaint(name: &str, text: &str) -> Option<String> {
    let loaded = loaded(name, text);
    let blueprint = &loaded.blueprint;
    let mut world = match World::build(blueprint, blueprint.seed) {
        Ok(world) => world,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let mut seen = Seen::default();
    let end = world.run_until(SimTime::at(blueprint.duration), BUDGET, &mut [&mut seen]);
    if end != RunEnd::Reached {
        return Some(format!("{name}: {BUDGET} events were not enough"));
    }
    let failed: Vec<String> = world
        .expectations()
        .into_iter()
        .filter(|expectation| !expectation.holds)
        .map(|expectation| format!("{}: {}", expectation.name, expectation.detail))
        .collect();
    seen.signs.extend(routing_signs(&world));
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
    let broken: BTreeSet<String> = shipped()
        .iter()
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

/// What preflight says of a broken variant that is not as the variant says, if anything.
fn preflight_complaint(name: &str, text: &str) -> Option<String> {
    let loaded = loaded(name, text);
    let breaks = loaded.breaks?;
    let blueprint = &loaded.blueprint;
    let report = preflight(&opened(blueprint));
    let findings: Vec<&Finding> = report
        .checks
        .iter()
        .filter_map(|check| check.finding.as_ref())
        .collect();
    let told: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} at {}", finding.reason, blueprint.names.of(finding.at)))
        .collect();
    // What only a run can show, preflight need not foresee.
    let reason = breaks.reason?;
    let expected = |finding: &&&Finding| {
        finding.reason == reason && (breaks.components.is_empty() || breaks.components.contains(&finding.at))
    };
    let Some(finding) = findings.iter().find(expected) else {
        let blamed = breaks
            .components
            .first()
            .map(|component| blueprint.names.of(*component));
        return Some(format!("{name}: {reason} at {blamed:?} not among {told:?}"));
    };
    let fix = finding.fix.as_ref()?;
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
    let complaints: Vec<String> = shipped()
        .iter()
        .filter_map(|(name, text)| preflight_complaint(name, text))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A cure may uncover the next trouble: another subnet, say, needs rules of its own.
const MOST_ROUNDS: usize = 3;

/// What is still wrong after everything that preflight proposes was pasted into an overlay.
fn left_after_cure(name: &str, text: &str) -> Vec<String> {
    let mut blueprint = loaded(name, text).blueprint;
    let mut changes: Vec<String> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let report = preflight(&opened(&blueprint));
        if report.ok() {
            return Vec::new();
        }
        let written = |lever| to_text(lever, &blueprint.names, blueprint.migration.as_ref());
        changes.extend(report.fixes().iter().map(written));
        let cured = format!(
            "Lab(schema: 1, base: {name:?}, name: \"cured\", title: \"Cured\", changes: [{}])",
            changes.join(", ")
        );
        blueprint = loaded("cured.ron", &cured).blueprint;
    }
    preflight(&opened(&blueprint))
        .checks
        .iter()
        .filter_map(|check| {
            Some(format!(
                "{name}: {}: {}",
                check.name,
                check.finding.as_ref()?.reason
            ))
        })
        .collect()
}

#[test]
fn what_preflight_proposes_cures_each_variant() {
    let mut complaints: Vec<String> = Vec::new();
    for (name, text) in shipped().iter().filter(|(_, text)| text.contains("breaks: (")) {
        complaints.extend(left_after_cure(name, text));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn an_endpoint_that_was_never_made_is_named() {
    let without = |endpoint: &str| {
        let text = format!(
            "Lab(schema: 1, base: \"region-to-region\", name: \"without\", title: \"Without\",
                vpcs: {{\"target\": (interface_endpoints: {{\"{endpoint}\": None}})}})"
        );
        let report = preflight(&opened(&loaded("without.ron", &text).blueprint));
        let fixes = report
            .checks
            .iter()
            .filter_map(|check| Some(check.finding.as_ref()?.fix.as_ref()?.text.clone()));
        fixes.collect::<Vec<_>>()
    };
    let wanted = "create an interface endpoint for ec2 in VPC target with private DNS, and let 10.0.1.0/24 in on tcp 443";
    assert!(without("ec2-endpoint").iter().any(|fix| fix == wanted));
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
