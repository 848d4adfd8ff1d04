//! Every lab that ships: those that are whole keep what they expect, and every broken variant shows
//! the symptom that it says, at the step that it says.

use std::collections::BTreeSet;

use sim_core::kernel::Observer;
use sim_core::migrate::mgn::{JobLogEvent, Notice, StepStatus};
use sim_core::resource::ResourceRef;
use sim_core::scenario::{Breaks, Loaded, Symptom, load, shipped, shipped_base};
use sim_core::units::SimTime;
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
    match breaks.symptom {
        Symptom::Install { step, reason } => vec![format!("install {step:?} {reason}")],
        Symptom::Stall { error, step } => {
            let mut signs = vec![format!("stall {error}")];
            signs.extend(step.map(|step| format!("step {step}")));
            signs
        }
        Symptom::Refused { operation, exception } => vec![format!("refused {operation:?} {exception:?}")],
        Symptom::LaunchFailed { reason } => vec![format!("launch failed {reason}")],
        Symptom::PostLaunchFailed { reason } => vec![format!("post-launch failed {reason}")],
    }
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
