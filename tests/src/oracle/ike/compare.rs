//! What of an answer is judged, and how.
//!
//! Free are the order of payloads, vendor and capability notes, half-open SAs, children that were replaced, the
//! number of liveness checks in a step, and the order between the two sides where packets are lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Notifications that say what somebody can do and nothing about what happens.
const OPTIONAL: &[&str] = &[
    "NAT_DETECTION_SOURCE_IP",
    "NAT_DETECTION_DESTINATION_IP",
    "INITIAL_CONTACT",
    "MOBIKE_SUPPORTED",
    "REDIRECT_SUPPORTED",
    "IKEV2_FRAGMENTATION_SUPPORTED",
    "SIGNATURE_HASH_ALGORITHMS",
    "MULTIPLE_AUTH_SUPPORTED",
    "EAP_ONLY_AUTHENTICATION",
    "CHILDLESS_IKEV2_SUPPORTED",
    "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
    "ESP_TFC_PADDING_NOT_SUPPORTED",
];
/// Events after which packets are lost or answered late.
const LOSSY: &[&str] = &["peer_silent", "peer_back", "responder_kill", "responder_restart"];

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// "IDENTITY_PROTECTION (main mode)" without the remark.
fn exchange(value: &Value) -> &str {
    text(value).split(" (").next().unwrap_or_default()
}

fn sorted(value: &Value) -> Vec<String> {
    let mut texts: Vec<_> = list(value)
        .iter()
        .map(|v| text(v).replace("/bgp]", "/179]"))
        .collect();
    texts.sort();
    texts
}

fn errors(value: &Value) -> BTreeSet<String> {
    let each = list(value).iter();
    each.map(|e| {
        format!(
            "{} {} {}",
            text(&e["from"]),
            exchange(&e["exchange"]),
            text(&e["notify"])
        )
    })
    .collect()
}

fn algorithms(value: &Value) -> Value {
    let mut kept = json!({});
    for key in ["encr", "integ", "prf", "dh", "dh_group"] {
        if !value[key].is_null() {
            kept[key] = value[key].clone();
        }
    }
    kept
}

fn notifies(message: &Value) -> BTreeSet<String> {
    let renamed = |n: &str| match n {
        "R_U_THERE" => "DPD".to_owned(),
        "R_U_THERE_ACK" => "DPD_ACK".to_owned(),
        other => other.to_owned(),
    };
    let each = list(&message["notify"]).iter().map(|n| renamed(text(n)));
    each.filter(|n| !OPTIONAL.contains(&n.as_str())).collect()
}

/// The judged form of messages, each with its sender; of liveness checks only the first of its kind.
fn messages(value: &Value, v1: bool) -> Vec<(String, String)> {
    let (mut found, mut asked, mut seen) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for message in list(value) {
        let from = text(&message["from"]).to_owned();
        if let Some(n) = message["retransmit"].as_u64().filter(|n| *n > 0) {
            found.push((from, format!("retransmit {n}")));
            continue;
        }
        let payloads: Vec<_> = sorted(&message["payloads"])
            .into_iter()
            .filter(|p| !["V", "NAT-D"].contains(&p.as_str()))
            .collect();
        let notify = notifies(message);
        let (kind, id) = if v1 {
            (&Value::Null, &Value::Null)
        } else {
            (&message["kind"], &message["id"])
        };
        let number = id.to_string();
        let empty = !v1 && payloads.is_empty() && (text(kind) == "request" || asked.contains(&number));
        let liveness = text(&message["exchange"]) == "INFORMATIONAL"
            && if notify.is_empty() {
                empty
            } else {
                notify.iter().all(|n| n.starts_with("DPD"))
            };
        let key = format!("{from} {kind} {notify:?}");
        if !liveness || !seen.contains(&key) {
            let shown = format!(
                "{} {kind} {id} {payloads:?} {notify:?}",
                exchange(&message["exchange"])
            );
            found.push((from, shown));
        }
        if liveness {
            asked.insert(number);
            seen.insert(key);
        }
    }
    found
}

fn sas(value: &Value) -> Vec<String> {
    let mut found: Vec<_> = list(value)
        .iter()
        .filter(|sa| text(&sa["state"]) == "ESTABLISHED")
        .map(|sa| {
            let live = list(&sa["children"])
                .iter()
                .filter(|child| !["DELETED", "REKEYED"].contains(&text(&child["state"])));
            let mut children: Vec<_> = live
                .map(|child| {
                    let ts = (sorted(&child["local_ts"]), sorted(&child["remote_ts"]));
                    format!(
                        "{} {} {ts:?} {}",
                        child["name"],
                        child["state"],
                        algorithms(&child["selected"])
                    )
                })
                .collect();
            children.sort();
            let ids = (text(&sa["local_id"]), text(&sa["remote_id"]));
            format!(
                "{} {ids:?} {} {children:?}",
                sa["version"],
                algorithms(&sa["selected"])
            )
        })
        .collect();
    found.sort();
    found
}

/// How long a side may take until it gives the peer up, in seconds.
fn limits(case: &Value, step: &Value, side: &str) -> (f64, f64) {
    if case["peer_unreachable"].as_bool() == Some(true) && text(&step["step"]) == "initiate" {
        let daemon = &case["initiator"]["daemon"];
        let timeout = daemon["retransmit_timeout"].as_f64().unwrap_or(4.0);
        let base = daemon["retransmit_base"].as_f64().unwrap_or(1.8);
        let tries = daemon["retransmit_tries"].as_i64().unwrap_or(5) as i32;
        let total: f64 = (0..=tries).map(|n| timeout * base.powi(n)).sum();
        return (total, total + 1.0);
    }
    if let [low, high] = list(&case["theory"]["detect_total_s"]) {
        return (low.as_f64().unwrap_or(0.0), high.as_f64().unwrap_or(0.0));
    }
    let measured = step["detect_s"][side].as_f64().unwrap_or(0.0);
    let classes = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0];
    (
        0.0,
        classes
            .into_iter()
            .find(|class| measured <= *class)
            .unwrap_or(1e9),
    )
}

fn differ<T: PartialEq + core::fmt::Debug>(out: &mut Vec<String>, place: &str, expected: &T, got: &T) {
    if expected != got {
        out.push(format!("{place}: expected {expected:?}, got {got:?}"));
    }
}

/// How an answer differs from what was recorded; nothing where it agrees.
#[must_use]
pub fn compare(file: &Value, answer: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let (case, expected) = (&file["case"], &file["expected"]);
    let v1 = case["initiator"]["version"] == json!(1);
    differ(&mut out, "id", &case["id"], &answer["id"]);
    outcome(&mut out, &expected["outcome"], &answer["steps"][0]["outcome"]);
    let (steps, answers) = (list(&expected["steps"]), list(&answer["steps"]));
    let names = |steps: &[Value]| {
        steps
            .iter()
            .map(|step| text(&step["step"]).to_owned())
            .collect::<Vec<_>>()
    };
    differ(&mut out, "steps", &names(steps), &names(answers));
    for (step, got) in steps.iter().zip(answers) {
        let name = text(&step["step"]);
        let unstable = format!("messages of step '{name}'");
        if !list(&file["unspecified"])
            .iter()
            .any(|free| text(free).starts_with(&unstable))
        {
            let (x, y) = (messages(&step["messages"], v1), messages(&got["messages"], v1));
            if is_lossy(case, step) {
                for side in ["initiator", "responder"] {
                    let of = |all: &[(String, String)]| {
                        all.iter().filter(|m| m.0 == side).cloned().collect::<Vec<_>>()
                    };
                    differ(&mut out, &format!("{name} messages of {side}"), &of(&x), &of(&y));
                }
            } else {
                differ(&mut out, &format!("{name} messages"), &x, &y);
            }
        }
        differ(
            &mut out,
            &format!("{name} errors"),
            &errors(&step["errors"]),
            &errors(&got["errors"]),
        );
        for side in ["initiator", "responder"] {
            differ(
                &mut out,
                &format!("{name} SAs of {side}"),
                &sas(&step["sas"][side]),
                &sas(&got["sas"][side]),
            );
            let (x, y) = (step["detect_s"][side].as_f64(), got["detect_s"][side].as_f64());
            let (low, high) = limits(case, step, side);
            let fits = match (x, y) {
                (None, None) => true,
                (Some(_), Some(y)) => (low..=high).contains(&y),
                _ => false,
            };
            if !fits {
                out.push(format!(
                    "{name} {side} gave up: expected {x:?} from {low} to {high}, got {y:?}"
                ));
            }
        }
    }
    out
}

fn outcome(out: &mut Vec<String>, expected: &Value, got: &Value) {
    for key in ["ike_sa", "child_sa"] {
        differ(out, key, &expected[key], &got[key]);
    }
    differ(
        out,
        "errors",
        &errors(&expected["errors"]),
        &errors(&got["errors"]),
    );
    for key in ["ike_selected", "child_selected"]
        .into_iter()
        .filter(|key| !expected[*key].is_null())
    {
        differ(out, key, &algorithms(&expected[key]), &algorithms(&got[key]));
    }
    for key in ["local_ts", "remote_ts"]
        .into_iter()
        .filter(|key| !expected[*key].is_null())
    {
        differ(out, key, &sorted(&expected[key]), &sorted(&got[key]));
    }
}

fn is_lossy(case: &Value, step: &Value) -> bool {
    let repeated = list(&step["messages"])
        .iter()
        .any(|m| m["retransmit"].as_u64().is_some_and(|n| n > 0));
    let caused = list(&case["events"])
        .iter()
        .any(|event| event["id"] == step["step"] && LOSSY.contains(&text(&event["type"])));
    repeated || caused
}
