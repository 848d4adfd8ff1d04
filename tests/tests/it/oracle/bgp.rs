//! The cases recorded from FRR and BIRD.

use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};
use tests::oracle;

use super::{data, read};

/// Runs every case of a folder and gathers what differs, a line each.
fn differences(files: Vec<PathBuf>, judge: fn(&Value) -> Vec<String>) -> Vec<String> {
    let left = Mutex::new(files);
    let found = Mutex::new(Vec::new());
    let next = || left.lock().expect("no case panics").pop();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = next() {
                    let file = read(&path);
                    let id = file["case"]["id"].as_str().unwrap_or_default().to_owned();
                    let lines = judge(&file).into_iter().map(|line| format!("{id}: {line}"));
                    found.lock().expect("no case panics").extend(lines);
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no case panics");
    found.sort();
    found
}

fn bgp(file: &Value) -> Vec<String> {
    let answer = oracle::bgp::answer(file).expect("the case can be run");
    oracle::bgp::compare(file, &answer)
}

fn wire(file: &Value) -> Vec<String> {
    let answer = oracle::wire::answer(file).expect("the case can be run");
    oracle::wire::compare(file, &answer)
}

#[test]
fn bgp_cases_agree_with_what_was_recorded() {
    let files = data("cases");
    assert_eq!(files.len(), 125);
    let found = differences(files, bgp);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn octet_by_octet_cases_agree_with_what_was_recorded() {
    let files = data("wire");
    assert_eq!(files.len(), 59);
    let found = differences(files, wire);
    assert!(found.is_empty(), "{found:#?}");
}

fn case(folder: &str, name: &str) -> Value {
    let files = data(folder);
    let path = files.iter().find(|path| path.ends_with(name));
    read(path.expect("the case is there"))
}

/// How many differences the comparison finds once an answer has been spoilt.
fn spoilt(
    (file, answer): (&Value, &Value),
    compare: fn(&Value, &Value) -> Vec<String>,
    spoil: impl Fn(&mut Value),
) -> usize {
    let mut answer = answer.clone();
    spoil(&mut answer);
    compare(file, &answer).len()
}

#[test]
fn the_comparison_of_bgp_sees_what_differs() {
    let file = case("cases", "single-ebgp-1.json");
    let answer = oracle::bgp::answer(&file).expect("the case can be run");
    let spoilt = |spoil: fn(&mut Value)| spoilt((&file, &answer), oracle::bgp::compare, spoil);
    assert_eq!(spoilt(|_| {}), 0);
    let spoils: [fn(&mut Value); 14] = [
        |it| it["id"] = json!("other"),
        |it| it["steps"] = json!([]),
        |it| it["steps"][3]["notifications"] = json!([]),
        |it| it["steps"][3]["notifications"][0]["from"] = json!("C"),
        |it| it["steps"][0]["notifications"] = json!([{"from": "C", "to": "A", "code": 3, "subcode": 1}]),
        |it| it["steps"][1]["reconverge_s"] = json!(1.5),
        |it| it["steps"][1]["reconverge_s"] = Value::Null,
        |it| it["steps"][0]["state"]["C"] = json!({"down": true}),
        |it| it["steps"][0]["state"]["X"] = json!({"down": true}),
        |it| it["steps"][0]["state"]["A"]["rib"]["10.39.0.0/24"][0]["as_path"] = json!("65001 65001"),
        |it| it["steps"][0]["state"]["A"]["rib"]["10.39.0.0/24"][0]["best"] = json!(false),
        |it| it["steps"][0]["state"]["A"]["fib"] = json!({}),
        |it| it["steps"][0]["state"]["A"]["sessions"]["S1"]["state"] = json!("Active"),
        |it| it["steps"][0]["state"]["A"]["sessions"]["S1"]["hold"] = json!(90),
    ];
    for (place, spoil) in spoils.into_iter().enumerate() {
        assert_ne!(spoilt(spoil), 0, "spoil {place}");
    }
    // What the rules call equal.
    assert_eq!(
        spoilt(|it| it["steps"][3]["notifications"][0]["hard_reset_wraps"] = Value::Null),
        0
    );
    assert_eq!(
        spoilt(|it| it["steps"][0]["state"]["A"]["sessions"]["S1"]["prefixes_accepted"] = json!(9)),
        0
    );
}

#[test]
fn the_comparison_of_octets_sees_what_differs() {
    let file = case("wire", "wire-open-hold-1.json");
    let answer = oracle::wire::answer(&file).expect("the case can be run");
    let spoilt = |spoil: fn(&mut Value)| spoilt((&file, &answer), oracle::wire::compare, spoil);
    assert_eq!(spoilt(|_| {}), 0);
    let spoils: [fn(&mut Value); 6] = [
        |it| it["id"] = json!("other"),
        |it| it["notification"] = Value::Null,
        |it| it["notification"]["data"] = json!("0003"),
        |it| it["session"] = json!("Established"),
        |it| it["rib_from_T"] = json!(["10.0.0.0/8"]),
        |it| it["tcp_closed_by_router"] = json!(false),
    ];
    for (place, spoil) in spoils.into_iter().enumerate() {
        assert_ne!(spoilt(spoil), 0, "spoil {place}");
    }
}
