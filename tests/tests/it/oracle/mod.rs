//! The recorded cases, run by the product.

mod bgp;
mod followed;
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

/// Other programs call it: what goes wrong is one line, and a status of its own.
#[test]
fn the_program_says_in_one_line_what_is_wrong_with_a_case() {
    let folder = std::env::temp_dir().join(format!("causeway-oracle-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for a test");
    let cases = [
        ("torn.json", "{", "failed to parse"),
        (
            "other.json",
            r#"{"case": {"format": "ike-case/9"}}"#,
            "is not known",
        ),
        ("none.json", "{}", "names no format"),
        (
            "bad.json",
            r#"{"case": {"format": "ike-case/1", "id": "x"}}"#,
            "failed to read the case",
        ),
    ];
    for (name, text, wrong) in cases {
        let file = folder.join(name);
        fs::write(&file, text).expect("a case is written");
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_oracle"))
            .arg(&file)
            .env("RUST_BACKTRACE", "1")
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(run.stdout.is_empty());
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("oracle: ") && said.contains(wrong), "{said}");
    }
    fs::remove_dir_all(&folder).expect("the folder goes");
}
