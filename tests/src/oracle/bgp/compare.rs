//! What of an answer is judged, and how.
//!
//! Paths are sets; a MED of 0 and none are equal; what the recordings themselves left open is skipped.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Seconds up to which a time counts as of the same kind: no timer, one reconnect, then orders of magnitude.
const CLASSES: [f64; 8] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 1e9];
/// The processing that recorded times may hold beside a timer, in seconds.
const PROCESSING: f64 = 1.0;
/// Cases with more routers list only the sessions that are down.
const MOST_LISTED: usize = 9;

/// What an answer has that the recorded result does not, or the other way round.
#[must_use]
pub fn compare(file: &Value, answer: &Value) -> Vec<String> {
    let mut judge = Judge {
        case: &file["case"],
        skipped: skipped(file),
        differences: Vec::new(),
    };
    judge.check("id", &file["case"]["id"], &answer["id"]);
    let expected = expand(list(&file["expected"]["steps"]));
    let given = list(&answer["steps"]);
    let names =
        |steps: &mut dyn Iterator<Item = &Value>| Value::Array(steps.map(|it| it["step"].clone()).collect());
    let wanted_names = names(&mut expected.iter().map(|(step, _)| *step));
    judge.check("steps", &wanted_names, &names(&mut given.iter()));
    for (step, state) in &expected {
        if let Some(got) = given.iter().find(|it| it["step"] == step["step"]) {
            judge.step(step, state.as_ref(), got);
        }
    }
    judge.differences
}

type Skipped = BTreeMap<(String, Option<String>, Option<String>), BTreeSet<String>>;

struct Judge<'a> {
    case: &'a Value,
    skipped: Skipped,
    differences: Vec<String>,
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn map(value: &Value) -> BTreeMap<&str, &Value> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value)).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn truth(value: &Value, missing: bool) -> bool {
    value.as_bool().unwrap_or(missing)
}

fn skipped(file: &Value) -> Skipped {
    let mut skipped = Skipped::new();
    for row in list(&file["unspecified"]) {
        let things = ["prefix", "session", "probe"];
        let thing = things.iter().find_map(|key| text(&row[*key]));
        let key = (text(&row["step"]).unwrap_or_default(), text(&row["node"]), thing);
        let fields = list(&row["fields"]).iter().filter_map(text);
        skipped.entry(key).or_default().extend(fields);
    }
    skipped
}

/// Each step with its full state, where one was recorded.
fn expand(steps: &[Value]) -> Vec<(&Value, Option<Map<String, Value>>)> {
    let mut current = Map::new();
    let mut expanded = Vec::new();
    for step in steps {
        if let Some(state) = step["state"].as_object() {
            current = state.clone();
        }
        for (node, change) in map(&step["state_delta"]) {
            apply_delta(current.entry(node).or_insert_with(|| json!({})), change);
        }
        let is_recorded = step["state"].is_object() || step["state_delta"].is_object();
        expanded.push((step, is_recorded.then(|| current.clone())));
    }
    expanded
}

fn apply_delta(old: &mut Value, change: &Value) {
    if truth(&change["down"], false) || truth(&old["down"], false) {
        *old = change.clone();
        return;
    }
    for (part, entries) in map(change) {
        if !old[part].is_object() {
            old[part] = json!({});
        }
        for (key, value) in map(entries) {
            if let Some(part) = old[part].as_object_mut() {
                match value {
                    Value::Null => {
                        part.remove(key);
                    }
                    value => {
                        part.insert(key.to_owned(), value.clone());
                    }
                }
            }
        }
    }
}

impl Judge<'_> {
    fn check(&mut self, place: &str, expected: &Value, got: &Value) {
        if expected != got {
            self.differences
                .push(format!("{place}: expected {expected}, got {got}"));
        }
    }

    fn skips(&self, step: &str, node: Option<&str>, thing: Option<&str>, field: &str) -> bool {
        let key = (step.to_owned(), node.map(str::to_owned), thing.map(str::to_owned));
        self.skipped
            .get(&key)
            .is_some_and(|fields| fields.contains(field))
    }

    fn step(&mut self, expected: &Value, state: Option<&Map<String, Value>>, got: &Value) {
        let step = text(&expected["step"]).unwrap_or_default();
        if !self.skips(&step, None, None, "notifications") {
            self.notifications(&step, expected, got);
        }
        if expected["reconverge_s"].is_object() {
            self.time(&step, &expected["reconverge_s"], &got["reconverge_s"]);
        }
        let Some(state) = state else {
            return;
        };
        let given = map(&got["state"]);
        let names: BTreeSet<&str> = state
            .keys()
            .map(String::as_str)
            .chain(given.keys().copied())
            .collect();
        for name in names {
            let place = format!("{step} {name}");
            match (state.get(name), given.get(name)) {
                (Some(expected), Some(got)) => self.node((&step, name), expected, got),
                (Some(_), None) => self.differences.push(format!("{place}: missing")),
                (None, _) => self.differences.push(format!("{place}: not expected")),
            }
        }
    }

    fn time(&mut self, step: &str, expected: &Value, got: &Value) {
        let (low, high) = match &expected["theory"] {
            Value::Object(theory) => {
                let limit = |key: &str| theory.get(key).and_then(Value::as_f64).unwrap_or_default();
                (limit("detect_min_s"), limit("detect_max_s") + PROCESSING)
            }
            _ => {
                let measured = list(&expected["frr"]).iter().chain([&expected["bird"]]);
                let longest = measured.filter_map(Value::as_f64).fold(0.0, f64::max);
                let class = CLASSES.into_iter().find(|&class| longest <= class);
                (0.0, class.unwrap_or(f64::MAX))
            }
        };
        if !got.as_f64().is_some_and(|got| (low..=high).contains(&got)) {
            let difference =
                format!("{step} reconverge_s: expected a time from {low} to {high} s, got {got}");
            self.differences.push(difference);
        }
    }

    fn notifications(&mut self, step: &str, expected: &Value, got: &Value) {
        // Which of two connections survives is a matter of chance.
        let is_judged = |it: &&Value| it["code"] != 5 && !(it["code"] == 6 && it["subcode"] == 7);
        let got: Vec<&Value> = list(&got["notifications"]).iter().filter(is_judged).collect();
        let wanted = list(&expected["notifications"]);
        let late = list(&expected["late_notifications"]);
        let shown = |it: &Value| format!("{} to {} {}/{}", it["from"], it["to"], it["code"], it["subcode"]);
        for it in wanted {
            if !got.iter().any(|got| is_same_notification(it, got)) {
                self.differences
                    .push(format!("{step} notifications: missing {}", shown(it)));
            }
        }
        for it in got {
            if !wanted
                .iter()
                .chain(late)
                .any(|wanted| is_same_notification(wanted, it))
            {
                self.differences
                    .push(format!("{step} notifications: not expected {}", shown(it)));
            }
        }
    }

    fn node(&mut self, (step, name): (&str, &str), expected: &Value, got: &Value) {
        let place = format!("{step} {name}");
        let down = [expected, got].map(|it| truth(&it["down"], false));
        if down.contains(&true) {
            return self.check(&format!("{place} down"), &json!(down[0]), &json!(down[1]));
        }
        if truth(&self.case["rib_summary"], false) {
            for key in ["best_from", "fib_count", "rib_count"] {
                if !self.skips(step, Some(name), None, key) {
                    self.check(&format!("{place} {key}"), &tidy(&expected[key]), &tidy(&got[key]));
                }
            }
        } else {
            self.prefixes((step, name), expected, got);
        }
        self.sessions((step, name), &expected["sessions"], &got["sessions"]);
        for (address, answer) in map(&expected["probes"]) {
            if !self.skips(step, Some(name), Some(address), "probe") {
                self.check(
                    &format!("{place} probe {address}"),
                    answer,
                    &got["probes"][address],
                );
            }
        }
    }

    fn prefixes(&mut self, (step, name): (&str, &str), expected: &Value, got: &Value) {
        let tables = [&expected["rib"], &got["rib"], &expected["fib"], &got["fib"]];
        let prefixes: BTreeSet<&str> = tables
            .into_iter()
            .flat_map(|table| map(table).into_keys())
            .collect();
        for prefix in prefixes {
            let [wanted, given] = [expected, got].map(|it| Held::of(it, prefix));
            let parts = [
                ("paths", wanted.paths, given.paths),
                ("best", wanted.best, given.best),
                ("multipath", wanted.multipath, given.multipath),
                ("fib", wanted.fib, given.fib),
            ];
            for (field, wanted, given) in parts {
                if wanted != given && !self.skips(step, Some(name), Some(prefix), field) {
                    let difference =
                        format!("{step} {name} {prefix} {field}: expected {wanted:?}, got {given:?}");
                    self.differences.push(difference);
                }
            }
        }
    }

    fn sessions(&mut self, (step, name): (&str, &str), expected: &Value, got: &Value) {
        let is_big = map(&self.case["nodes"]).len() > MOST_LISTED;
        let unlisted = if is_big {
            json!({"state": "Established"})
        } else {
            json!({})
        };
        let (expected, got) = (map(expected), map(got));
        let names: BTreeSet<&str> = expected.keys().chain(got.keys()).copied().collect();
        for session in names {
            let [wanted, given] = [&expected, &got].map(|it| it.get(session).copied().unwrap_or(&unlisted));
            for field in ["hold", "keepalive", "state"] {
                let is_told = field == "state" || wanted.get(field).is_some();
                if !is_told || self.skips(step, Some(name), Some(session), field) {
                    continue;
                }
                let given = match given[field].as_str() {
                    Some("Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm") => json!("Down"),
                    _ => given[field].clone(),
                };
                self.check(
                    &format!("{step} {name} {session} {field}"),
                    &wanted[field],
                    &given,
                );
            }
        }
    }
}

/// Without the sources of no path.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(counts) => {
            let some = counts.iter().filter(|(_, n)| n.as_u64() != Some(0));
            Value::Object(some.map(|(key, n)| (key.clone(), n.clone())).collect())
        }
        value => value.clone(),
    }
}

/// A hard reset counts as what it holds within, and alone is enough of an answer.
fn is_same_notification(expected: &Value, got: &Value) -> bool {
    let code = |it: &Value| json!([it["code"], it["subcode"]]);
    let hard_reset = json!([6, 9]);
    let inner = |it: &Value| match &it["hard_reset_wraps"] {
        Value::Array(wrapped) if code(it) == hard_reset => json!(wrapped),
        _ => code(it),
    };
    let (wanted, given) = (inner(expected), inner(got));
    expected["from"] == got["from"]
        && expected["to"] == got["to"]
        && (wanted == given || code(expected) == code(got) && given == code(got))
}

/// What a router holds of a prefix, made comparable.
struct Held {
    paths: BTreeSet<String>,
    best: BTreeSet<String>,
    multipath: BTreeSet<String>,
    fib: BTreeSet<String>,
}

impl Held {
    fn of(node: &Value, prefix: &str) -> Self {
        let paths = list(&node["rib"][prefix]);
        let from = |key: &str| -> Vec<String> {
            let flagged = paths.iter().filter(|path| truth(&path[key], false));
            flagged.map(|path| path["from"].to_string()).collect()
        };
        let (best, mut multipath) = (from("best"), from("multipath"));
        if multipath == best {
            multipath.clear();
        }
        let hops = list(&node["fib"][prefix]).iter();
        Self {
            paths: paths.iter().map(path_key).collect(),
            // Two best paths would differ from one by the number in front.
            best: best
                .iter()
                .enumerate()
                .map(|(place, from)| format!("{place} {from}"))
                .collect(),
            multipath: multipath.into_iter().collect(),
            fib: hops
                .map(|hop| format!("{} {}", hop["via"], hop["link"]))
                .collect(),
        }
    }
}

fn path_key(path: &Value) -> String {
    let communities: BTreeSet<String> = list(&path["communities"])
        .iter()
        .filter_map(Value::as_str)
        .map(|community| match community.to_lowercase().as_str() {
            "no-export" => "65535:65281".to_owned(),
            "no-advertise" => "65535:65282".to_owned(),
            "local-as" => "65535:65283".to_owned(),
            _ => community.to_owned(),
        })
        .collect();
    let number = |key: &str, missing: u64| path[key].as_u64().unwrap_or(missing);
    format!(
        "{} [{}] via {} lp {} med {} {} {communities:?} valid {} stale {}",
        path["from"],
        as_path(path["as_path"].as_str().unwrap_or_default()),
        path["next_hop"],
        number("local_pref", 100),
        number("med", 0),
        path["origin"].as_str().unwrap_or("igp"),
        truth(&path["valid"], true),
        truth(&path["stale"], false),
    )
}

/// The members of a set have no order.
fn as_path(written: &str) -> String {
    let mut told = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        let (set, after) = after.split_once('}').unwrap_or((after, ""));
        let mut members: Vec<&str> = set.split([',', ' ']).filter(|it| !it.is_empty()).collect();
        members.sort_unstable();
        told.push_str(&format!("{before}{{{}}}", members.join(" ")));
        rest = after;
    }
    told + rest
}
