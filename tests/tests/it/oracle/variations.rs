//! Cases like the recorded ones that were not recorded: what our gateways do in them, for reading.
//!
//! What is expected follows from the RFCs and from strongSwan's behaviour; each snapshot was read against both.

use serde_json::{Value, json};
use tests::oracle;

/// Side `base` with some options changed.
fn side(options: Value) -> Value {
    let mut side = json!({"ike": ["aes256-sha256-modp2048"], "esp": ["aes256-sha256"]});
    for (key, value) in options.as_object().expect("options are an object") {
        side[key] = value.clone();
    }
    side
}

fn quick() -> Value {
    json!({"retransmit_timeout": 1.0, "retransmit_base": 1.5, "retransmit_tries": 3})
}

fn words(value: &Value) -> String {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

fn message(message: &Value) -> String {
    let from = &message["from"].as_str().expect("a sender")[..4];
    if let Some(n) = message["retransmit"].as_u64() {
        return format!("  {from} retransmit {n}");
    }
    let exchange = message["exchange"].as_str().expect("an exchange");
    let notifies = words(&message["notify"]);
    let shown = notifies
        .split(' ')
        .filter(|n| !n.starts_with("NAT_DETECTION") && *n != "INITIAL_CONTACT");
    let parts = [
        exchange.to_owned(),
        words(&message["payloads"]),
        shown.collect::<Vec<_>>().join(" "),
    ];
    let text = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    format!("  {from} {text}")
}

fn state(sa: &Value) -> String {
    let children = sa["children"].as_array().expect("a list");
    let children: Vec<_> = children
        .iter()
        .map(|child| {
            let ts = (words(&child["local_ts"]), words(&child["remote_ts"]));
            format!(
                "{} {} {} === {}",
                words(&json!([child["name"]])),
                words(&json!([child["state"]])),
                ts.0,
                ts.1
            )
        })
        .collect();
    format!("{} [{}]", words(&json!([sa["state"]])), children.join(", "))
}

/// What happens, a line for each message and SA.
fn run(initiator: Value, responder: Value, rest: Value) -> String {
    let mut case = json!({"id": "variation", "initiator": side(initiator), "responder": side(responder)});
    for (key, value) in rest.as_object().expect("an object") {
        case[key] = value.clone();
    }
    let answer = oracle::ike::answer(&json!({"case": case})).expect("the case can be run");
    let mut lines = Vec::new();
    for step in answer["steps"].as_array().expect("steps") {
        lines.push(step["step"].as_str().expect("a name").to_owned());
        lines.extend(step["messages"].as_array().expect("messages").iter().map(message));
        for (side, after) in step["detect_s"].as_object().expect("an object") {
            lines.push(format!("  {side} gave up after {after} s"));
        }
        for side in ["initiator", "responder"] {
            lines.extend(
                step["sas"][side]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|sa| format!("  {side}: {}", state(sa))),
            );
        }
    }
    lines.join("\n")
}

#[test]
fn v1_keys_that_differ() {
    let own = |psk| json!({"version": 1, "psk": psk, "daemon": quick()});
    insta::assert_snapshot!(run(own("a"), own("b"), json!({})));
}

#[test]
fn v1_identity_that_nobody_expects() {
    let responder = json!({"version": 1, "remote_id": "other.example"});
    insta::assert_snapshot!(run(
        json!({"version": 1, "local_id": "cgw.example"}),
        responder,
        json!({})
    ));
}

#[test]
fn v1_responder_is_another() {
    let initiator = json!({"version": 1, "remote_id": "other.example"});
    insta::assert_snapshot!(run(
        initiator,
        json!({"version": 1, "local_id": "vgw.example"}),
        json!({})
    ));
}

/// Who has no identity of its own is its address, and nobody else.
#[test]
fn v2_responder_is_its_address() {
    let asked = |remote_id: &str| run(json!({"remote_id": remote_id}), json!({}), json!({}));
    insta::assert_snapshot!([asked("vgw.example"), asked("192.0.2.2")].join("\n\n"));
}

#[test]
fn v2_offered_to_v1() {
    insta::assert_snapshot!(run(json!({"version": 2}), json!({"version": 1}), json!({})));
}

#[test]
fn aggressive_mode_refused() {
    let own = json!({"version": 1, "aggressive": "yes"});
    insta::assert_snapshot!(run(own.clone(), own, json!({})));
}

#[test]
fn v2_pfs_in_another_group() {
    let events = json!({"events": [{"id": "rekey", "type": "rekey_child"}]});
    let own = |esp| json!({"esp": [esp]});
    insta::assert_snapshot!(run(
        own("aes256-sha256-ecp256"),
        own("aes256-sha256-modp2048"),
        events
    ));
}

#[test]
fn v2_pfs_with_a_wrong_first_guess() {
    let events = json!({"events": [{"id": "rekey", "type": "rekey_child"}]});
    let own = |esp| json!({"esp": [esp]});
    insta::assert_snapshot!(run(
        own("aes256-sha256-modp2048-ecp256"),
        own("aes256-sha256-ecp256"),
        events
    ));
}

#[test]
fn v1_all_kinds_of_renewal_and_end() {
    let events = json!({"events": [
        {"id": "rekey", "type": "rekey_child"},
        {"id": "rekey_ike", "type": "rekey_ike"},
        {"id": "delete_child", "type": "terminate_child"},
        {"id": "delete", "type": "terminate_ike"},
    ]});
    insta::assert_snapshot!(run(json!({"version": 1}), json!({"version": 1}), events));
}

#[test]
fn v1_selectors_disjoint_and_narrowed() {
    let child = |local| json!({"version": 1, "children": [{"name": "net", "local_ts": [local]}]});
    let disjoint = run(json!({"version": 1}), child("10.9.0.0/16"), json!({}));
    let narrowed = run(json!({"version": 1}), child("10.2.7.0/24"), json!({}));
    insta::assert_snapshot!(format!("{disjoint}\n\n{narrowed}"));
}

#[test]
fn v1_second_child() {
    let children = |own: u8, other: u8| {
        let child = |name: &str, third: u8| json!({"name": name, "local_ts": [format!("10.{own}.{third}.0/24")], "remote_ts": [format!("10.{other}.{third}.0/24")]});
        json!({"version": 1, "children": [child("net", 0), child("net2", 1)]})
    };
    let events = json!({"events": [{"id": "second", "type": "initiate", "child": "net2"}]});
    insta::assert_snapshot!(run(children(1, 2), children(2, 1), events));
}

#[test]
fn dead_peer_is_called_again() {
    let child = json!([{"name": "net", "dpd_action": "restart"}]);
    let initiator = json!({"dpd_delay": "2s", "daemon": quick(), "children": child});
    let events = json!({"events": [
        {"id": "kill", "type": "responder_kill", "wait_s": 4},
        {"id": "restart", "type": "responder_restart", "wait_s": 8},
    ]});
    insta::assert_snapshot!(run(initiator, json!({}), events));
}

#[test]
fn v1_nobody_answers() {
    let own = json!({"version": 1, "daemon": quick()});
    insta::assert_snapshot!(run(own.clone(), own, json!({"peer_unreachable": true})));
}

#[test]
fn v2_both_rekey_by_their_own_clock() {
    let child = |rekey: &str| json!({"children": [{"name": "net", "rekey_time": rekey, "life_time": "20s", "rand_time": "0s"}]});
    let events = json!({"events": [{"id": "wait", "type": "wait", "wait_s": 6}]});
    insta::assert_snapshot!(run(child("5s"), child("5s"), events));
}

/// RFC 2409 section 5.5 has one group for all offers of a quick mode. As strongSwan 5.9.8 chooses it: the IKE SA's
/// where any proposal has it, else the first of any proposal; only proposals with it are offered.
#[test]
fn a_quick_mode_offers_what_goes_with_its_group() {
    let cases = [
        // The group of the second proposal; the first, which has none, is not offered.
        (
            json!({"esp": ["aes256-sha256", "aes256-sha256-modp2048"]}),
            json!(["aes256-sha256-modp2048", "aes256-sha256"]),
        ),
        (
            json!({"esp": ["aes256-sha256", "aes256-sha256-modp2048"]}),
            json!(["aes256-sha256-modp2048"]),
        ),
        (
            json!({"esp": ["aes256-sha256-modp2048", "aes256-sha256"]}),
            json!(["aes256-sha256"]),
        ),
        // The group of the IKE SA goes before the first; in the last case it is no proposal's.
        (
            json!({"esp": ["aes256-sha256-modp2048", "aes128-sha256-ecp256"]}),
            json!(["aes128-sha256-ecp256"]),
        ),
        (
            json!({"ike": ["aes256-sha256-ecp256"], "esp": ["aes256-sha256-modp2048", "aes128-sha256-ecp256"]}),
            json!(["aes128-sha256-ecp256"]),
        ),
        (
            json!({"ike": ["aes256-sha256-ecp384"], "esp": ["aes256-sha256", "aes256-sha256-modp2048", "aes128-sha256-ecp256"]}),
            json!(["aes128-sha256-ecp256", "aes256-sha256-modp2048"]),
        ),
    ];
    let text: Vec<_> = cases
        .into_iter()
        .map(|(mut initiator, esp)| {
            initiator["version"] = json!(1);
            let ike = initiator
                .get("ike")
                .cloned()
                .unwrap_or(json!(["aes256-sha256-modp2048"]));
            run(
                initiator,
                json!({"version": 1, "ike": ike, "esp": esp}),
                json!({"events": []}),
            )
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

/// As strongSwan 5.9.8 does: a CREATE_CHILD_SA begins with the first group of any proposal, later ones with the group
/// that the SA before was made with, and the proposals that have it are offered first.
#[test]
fn a_rekey_begins_with_the_first_group_of_any_proposal() {
    let rekeys = json!({"events": [
        {"id": "first", "type": "rekey_child", "side": "initiator"},
        {"id": "second", "type": "rekey_child", "side": "initiator"},
    ]});
    let esp = |words: &[&str]| json!({"esp": words});
    let cases = [
        (
            esp(&["aes256-sha256", "aes256-sha256-modp2048"]),
            esp(&["aes256-sha256-modp2048"]),
        ),
        (
            esp(&["aes256-sha256", "aes256-sha256-modp2048"]),
            esp(&["aes256-sha256"]),
        ),
        // The first rekey finds that the responder wants the other group; the second knows it.
        (
            esp(&["aes256-sha256-modp2048", "aes128-sha256-ecp256"]),
            esp(&["aes128-sha256-ecp256", "aes256-sha256-modp2048"]),
        ),
    ];
    let text: Vec<_> = cases
        .into_iter()
        .map(|(initiator, responder)| run(initiator, responder, rekeys.clone()))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn initiator_decides_where_the_responder_lets_it() {
    let initiator = json!({"ike": ["aes128-sha256-modp2048", "aes256-sha256-modp2048"]});
    let responder = |prefer: &str| json!({"ike": ["aes256-sha256-modp2048", "aes128-sha256-modp2048"], "daemon": {"prefer_configured_proposals": prefer}});
    let chosen = |prefer| {
        let case =
            json!({"id": "x", "initiator": side(initiator.clone()), "responder": side(responder(prefer))});
        let answer = oracle::ike::answer(&json!({"case": case})).expect("the case can be run");
        answer["steps"][0]["outcome"]["ike_selected"]["encr"].clone()
    };
    assert_eq!(chosen("yes"), "AES_CBC_256");
    assert_eq!(chosen("no"), "AES_CBC_128");
}

/// What strongSwan's configuration has words for.
#[test]
fn words_for_lists_of_algorithms_and_for_addresses_are_understood() {
    let outcome = |initiator: Value, responder: Value| {
        let case = json!({"case": {
            "format": "ike-case/1", "id": "words", "family": "words", "title": "Words",
            "initiator": side(initiator), "responder": side(responder), "events": [],
        }});
        let answer = oracle::ike::answer(&case).expect("the case can be run");
        let outcome = answer["steps"][0]["outcome"].clone();
        assert_eq!(outcome["child_sa"], "INSTALLED", "{outcome}");
        outcome
    };
    for version in [1, 2] {
        let all = json!({"version": version, "ike": ["default"], "esp": ["default"]});
        let found = outcome(all.clone(), all);
        assert_eq!(found["ike_selected"]["encr"], "AES_CBC_128");
        assert_eq!(found["ike_selected"]["dh"], "ECP_256");
        assert_eq!(
            found["child_selected"],
            json!({"encr": "AES_CBC_128", "integ": "HMAC_SHA2_256_128"})
        );
        // Authenticated, and not enciphered.
        let gmac = json!({"version": version, "esp": ["aes128gmac"]});
        let found = outcome(gmac.clone(), gmac);
        assert_eq!(found["child_selected"], json!({"encr": "NULL_AES_GMAC_128"}));
    }
    let ours =
        json!({"children": [{"name": "net", "local_ts": ["10.1.0.0-10.1.0.127"], "remote_ts": ["dynamic"]}]});
    let theirs =
        json!({"children": [{"name": "net", "local_ts": ["dynamic"], "remote_ts": ["10.1.0.0/16"]}]});
    let found = outcome(ours, theirs);
    assert_eq!(
        (&found["local_ts"], &found["remote_ts"]),
        (&json!(["10.1.0.0/25"]), &json!(["192.0.2.2/32"]))
    );
}
