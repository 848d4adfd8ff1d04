//! `replay`, and `why` forwards.

use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};

use crate::saved_sessions::{minute, text_of, tree};
use crate::small_lab::run;

use super::*;

#[test]
fn a_saved_session_replays_as_it_was_and_says_where_it_does_not() {
    let folder = folder("replay");
    let file = folder.join("mine.ron");
    let tree = tree("onprem-no-forwarder");
    let text = text_of(&tree);
    fs::write(&file, &text).expect("a file");
    let name = file.to_str().expect("UTF-8");
    let replayed = json(&["replay", name, "--format", "json"], 0);
    assert_eq!(
        (&replayed["ok"], &replayed["current"]),
        (&Value::Bool(true), &Value::from("healed"))
    );
    let hashes: Vec<&str> = replayed["branches"]
        .as_array()
        .expect("branches")
        .iter()
        .map(|row| row["trace_hash"].as_str().expect("a hash"))
        .collect();
    let before: Vec<String> = tree
        .sessions()
        .iter()
        .map(|(_, session)| session.trace_hash().to_string())
        .collect();
    assert_eq!(hashes, before);

    let compared = json(
        &[
            "replay",
            name,
            "--compare",
            "main",
            "both \"lines\"",
            "--format",
            "json",
        ],
        0,
    );
    assert_eq!(compared["comparison"]["parted_s"], 300.0);
    let told = causeway(&["replay", name, "--compare", "main", "nobody"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(self::text(&told.stderr).contains("there is no branch \"nobody\"; there are"));

    let changed = text.replacen("delay: \"", "delay: \"1", 1);
    fs::write(&file, changed).expect("a file");
    let departed = json(&["replay", name, "--format", "json"], 1);
    assert_eq!(departed["departures"][0]["branch"], "main");
    let told = causeway(&["replay", name]);
    assert!(self::text(&told.stdout).contains("as it was until 00:00:00"));
    assert!(!self::text(&told.stdout).contains("of a version that does not say"));
    assert_eq!(causeway(&["replay", "no-such-file.ron"]).status.code(), Some(2));
    // Nothing has changed but what the file says, and that is said.
    let begin = text.find("records: ").expect("there are marks");
    let changed = format!(
        "{}records: 9{}",
        &text[..begin],
        &text[begin + "records: ".len()..]
    );
    fs::write(&file, changed).expect("a file");
    let told = causeway(&["replay", name]);
    assert_eq!(told.status.code(), Some(1));
    let told = self::text(&told.stdout);
    assert!(
        told.contains("the program, its model or the file has changed"),
        "{told}"
    );
    assert!(
        told.contains("every record is as it was: only what the file says"),
        "{told}"
    );
    fs::write(&file, text.replacen("(at: \"4m\"", "(at: \"9999d\"", 1)).expect("a file");
    let told = causeway(&["replay", name]);
    assert_eq!(told.status.code(), Some(2));
    let told = self::text(&told.stderr);
    assert!(
        told.contains("9999d is too long after the end of the lab") && told.contains("mine.ron:"),
        "{told}"
    );
    fs::remove_dir_all(folder).expect("the folder is this test's");
}

/// What was done by hand becomes a lab in which the same happens.
#[test]
fn what_was_done_by_hand_is_written_as_a_scenario() {
    let folder = folder("edited");
    let mut tree = tree("onprem-to-aws");
    let lab = tree.session().blueprint();
    let change = sim_core::scenario::parse_change(r#"link_rate("isp-a", "50Mbps")"#, lab);
    let change = change.unwrap_or_else(|told| panic!("{told:#?}"));
    run(tree.session_mut(), minute(9));
    tree.session_mut().apply(change).expect("it fits");
    run(tree.session_mut(), minute(12));
    let (file, edited) = (folder.join("mine.ron"), folder.join("harder.ron"));
    fs::write(&file, text_of(&tree)).expect("a file");
    let (file, edited) = (file.to_str().expect("UTF-8"), edited.to_str().expect("UTF-8"));
    let told = causeway(&["replay", file, "--scenario", edited]);
    assert_eq!(told.status.code(), Some(0), "{}", self::text(&told.stderr));
    let written = fs::read_to_string(edited).expect("it was written");
    insta::assert_snapshot!(written);

    let loaded = load(&written, "harder", &shipped_base).unwrap_or_else(|told| panic!("{told:#?}"));
    let mut again = sim_core::lab::Session::open(loaded.blueprint, Some(5), sim_core::lab::Keep::All)
        .expect("the lab begins");
    run(&mut again, minute(12));
    assert_eq!(again.outages(), tree.session().outages());
    assert_eq!(
        sim_core::view::View::of(&again).bgp_sessions(),
        sim_core::view::View::of(tree.session()).bgp_sessions()
    );
    fs::remove_dir_all(folder).expect("the folder is this test's");
}

#[test]
fn what_a_failure_led_to_reads_like_a_report() {
    let fail = ["--fail", "4m:link dx-primary down for 2m", "--until", "10m"];
    let run = |args: &[&str]| json(&[args, &fail[..], &["--format", "json"]].concat(), 0);
    let session = {
        let loaded = load(
            &shipped_base("onprem-to-aws").expect("it ships"),
            "lab",
            &shipped_base,
        )
        .expect("right");
        let mut blueprint = loaded.blueprint;
        let levers = sim_core::scenario::parse_failure(fail[1], &blueprint).expect("it is said right");
        blueprint.schedule.extend(levers);
        let mut session =
            sim_core::lab::Session::open(blueprint, None, sim_core::lab::Keep::All).expect("begins");
        crate::small_lab::run(&mut session, SimTime::at(Span::minutes(5)));
        session
    };
    let lever = session
        .records()
        .find(|record| record.at == minute(4) && matches!(record.what, sim_core::lab::Happening::Lever(_)))
        .expect("the link went down");
    let id = lever.id.number().to_string();
    let why = run(&["why", "onprem-to-aws", "--event", &id, "--effects"]);
    let effects = why["effects"]["notable"].as_array().expect("effects");
    let told: Vec<String> = effects
        .iter()
        .filter(|it| it["at_s"].as_f64() < Some(245.0))
        .map(|it| {
            format!(
                "{}{} {}",
                "  ".repeat(it["depth"].as_u64().unwrap_or(0) as usize),
                it["subject"],
                it["what"]
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let without = run(&["why", "onprem-to-aws", "--event", &id]);
    assert!(without.get("effects").is_none());

    // Asked of a thing, it is the last notable record about it.
    let asked = ["why", "onprem-to-aws", "--of", "vif-primary", "--until", "245s"];
    let of = json(&[&asked[..], &fail[..2], &["--format", "json"]].concat(), 0);
    let chain = of["chain"].as_array().expect("a chain");
    assert_eq!(
        chain
            .first()
            .map(|it| it["id"] == id.parse::<u64>().expect("a number")),
        Some(true),
        "{of}"
    );
    let last = chain.last().expect("itself at least");
    assert_eq!(
        (&last["id"], &last["subject"]),
        (&of["event"], &serde_json::json!("vif-primary/cgw-1"))
    );
    let none = causeway(&["why", "onprem-to-aws", "--of", "vif-primari", "--until", "1s"]);
    assert_eq!(none.status.code(), Some(2));
    let told = String::from_utf8_lossy(&none.stderr);
    assert!(told.contains("did you mean `vif-primary`?"), "{told}");
}
