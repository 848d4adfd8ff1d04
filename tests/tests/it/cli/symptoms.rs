//! What a run says of what went wrong, for every broken variant that ships.

use super::*;

/// What the text of a run must say for a variant to show its symptom.
fn told_by(symptom: &Symptom) -> String {
    match symptom {
        Symptom::Install { step, reason } => symptom_text(*step, *reason, OsFamily::Linux),
        Symptom::Stall { error, .. } | Symptom::Reports { error } => error.to_string(),
        Symptom::Refused {
            operation: _,
            exception,
        } => format!("is refused with {}", exception.as_str()),
        Symptom::LaunchFailed { reason } => {
            launch_text(*reason).map_or_else(|| reason.to_string(), str::to_owned)
        }
        Symptom::PostLaunchFailed { reason } => format!("post-launch actions fail: {reason}"),
        Symptom::Session { reason, .. }
        | Symptom::Tunnel { reason, .. }
        | Symptom::NoPath { reason, .. }
        | Symptom::Unreachable { reason, .. } => reason.to_string(),
        Symptom::Fails { expectation } => format!("✘ {expectation}"),
    }
}

#[test]
fn the_text_of_a_run_shows_the_symptom_of_every_broken_variant() {
    let mut silent = Vec::new();
    for (name, lab) in shipped() {
        let loaded = load(lab, name, &shipped_base).expect("a shipped lab loads");
        let Some(breaks) = loaded.breaks else { continue };
        let output = causeway(&["run", name]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text(&output.stderr));
        let (wanted, told) = (told_by(&breaks.symptom), text(&output.stdout));
        if !told.contains(&wanted) {
            silent.push(format!("{name} does not say {wanted:?}:\n{told}"));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn the_run_tells_of_failed_launches_failed_actions_and_refused_operations() {
    let run = json(&["run", "r2r-no-launch-subnet", "--format", "json"], 1);
    let launch = &run["jobs"][0]["participating_servers"][0];
    assert_eq!(launch["reason"], "NO_SUBNET_FOR_LAUNCH");
    assert!(launch["failed_s"].as_f64().is_some_and(|at| at > 0.0), "{launch}");
    let starts = |value: &Value, with: &str| value.as_str().is_some_and(|text| text.starts_with(with));
    assert!(starts(&launch["error"], "VPCIdNotSpecified"), "{launch}");
    assert_eq!(run["servers"][0]["health"], "failed");
    assert!(
        starts(
            &run["servers"][0]["trouble"],
            "the test launch fails: VPCIdNotSpecified"
        ),
        "{}",
        run["servers"][0]
    );
    let run = json(&["run", "r2r-post-launch-without-ssm", "--format", "json"], 1);
    assert_eq!(run["failed_actions"][0]["reason"], "NO_ROUTE_TO_DESTINATION");
    assert_eq!(run["servers"][0]["health"], "failed");
    assert!(
        starts(&run["servers"][0]["trouble"], "post-launch actions fail"),
        "{}",
        run["servers"][0]
    );
    let refused = run["refusals"].as_array().expect("a list");
    let finalize = refused.iter().find(|it| it["command"] == "FinalizeCutover");
    let finalize = finalize.expect("finalizing is refused");
    check_keys(
        finalize,
        &["at_s", "command", "server", "exception", "reason", "detail"],
    );
    assert_eq!(finalize["exception"], "ConflictException");
    assert_eq!(finalize["reason"], "POST_LAUNCH_ACTION_PENDING");
    let run = json(&["run", "r2r-mgn-not-admin", "--format", "json"], 1);
    let refused = &run["refusals"][0];
    assert_eq!(refused["exception"], "AccessDeniedException");
    assert!(starts(&refused["detail"], "Must be admin user"), "{refused}");
}
