//! The recorded cases, run by the product.

mod variations;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sim_core::proto::ike::wire::Message;
use tests::oracle;

fn data(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/oracle")
        .join(folder);
    let entries = fs::read_dir(&folder).expect("the cases are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a case is readable");
    serde_json::from_str(&text).expect("a case is JSON")
}

#[test]
fn ike_cases_agree_with_what_was_recorded() {
    let files = data("ike");
    assert_eq!(files.len(), 52);
    let mut differences = Vec::new();
    for path in files {
        let file = read(&path);
        let answer = oracle::ike::answer(&file).expect("the case can be run");
        let found = oracle::ike::compare(&file, &answer);
        differences.extend(
            found
                .into_iter()
                .map(|difference| format!("{}: {difference}", path.display())),
        );
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn the_comparison_sees_what_differs() {
    let path = data("ike")
        .into_iter()
        .find(|path| path.ends_with("rekey-1.json"))
        .expect("the case is there");
    let file = read(&path);
    let answer = oracle::ike::answer(&file).expect("the case can be run");
    let spoilt = |spoil: &dyn Fn(&mut Value)| {
        let mut answer = answer.clone();
        spoil(&mut answer);
        oracle::ike::compare(&file, &answer).len()
    };
    assert_eq!(spoilt(&|_| {}), 0);
    assert_ne!(spoilt(&|answer| answer["id"] = "other".into()), 0);
    assert_ne!(
        spoilt(&|answer| answer["steps"][0]["outcome"]["child_sa"] = "NONE".into()),
        0
    );
    assert_ne!(
        spoilt(&|answer| answer["steps"][0]["outcome"]["local_ts"] = Value::Array(vec![])),
        0
    );
    assert_ne!(
        spoilt(&|answer| answer["steps"][1]["messages"][0]["id"] = 7.into()),
        0
    );
    assert_ne!(
        spoilt(&|answer| answer["steps"][1]["sas"]["responder"] = Value::Array(vec![])),
        0
    );
    assert_ne!(
        spoilt(&|answer| answer["steps"][1]["detect_s"]["initiator"] = 1.into()),
        0
    );
    assert_ne!(
        spoilt(&|answer| {
            answer["steps"].as_array_mut().expect("steps").pop();
        }),
        0
    );
}

#[test]
fn captured_ike_messages_decode_and_encode_to_the_same_octets() {
    let mut n_messages = 0;
    for path in data("pcap").iter().filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("ike-"))
    }) {
        for message in read(path)["messages"].as_array().expect("a list of messages") {
            let hex = message["hex"].as_str().expect("hexadecimal text");
            let octets: Vec<u8> = (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits"))
                .collect();
            let decoded = Message::decode(&octets).expect("what strongSwan sends decodes");
            assert_eq!(decoded.encode(), octets, "{} {}", path.display(), message["t"]);
            n_messages += 1;
        }
    }
    assert_eq!(n_messages, 17);
}
