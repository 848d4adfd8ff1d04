//! Cases like the recorded ones that were not recorded: what FRR 8.4.4 does in them follows from its sources.

use serde_json::{Value, json};
use tests::oracle;

/// Two routers on a link, their nodes and sides changed as said, and what happens to them.
fn pair(nodes: [Value; 2], sides: [Value; 2], events: Value) -> Value {
    let [mut x, mut y] = [
        ("10.255.0.1", 65_001, "10.1.0.0/16"),
        ("10.255.0.2", 65_002, "10.2.0.0/16"),
    ]
    .map(|(id, asn, prefix)| json!({"asn": asn, "router_id": id, "originate": [{"prefix": prefix}]}));
    let [mut a, mut b] = ["X", "Y"].map(|name| json!({"node": name}));
    for (of, said) in [&mut x, &mut y, &mut a, &mut b]
        .into_iter()
        .zip(nodes.into_iter().chain(sides))
    {
        for (key, value) in said.as_object().expect("an object") {
            of[key] = value.clone();
        }
    }
    json!({
        "nodes": {"X": x, "Y": y},
        "links": [{"id": "L1", "a": "X", "b": "Y", "addr_a": "169.254.1.5/30", "addr_b": "169.254.1.6/30"}],
        "sessions": [{"id": "S1", "type": "ebgp", "link": "L1", "a": a, "b": b, "timers": {"keepalive": 3, "hold": 9}}],
        "events": events,
    })
}

/// The answer's steps.
fn steps(mut case: Value) -> Vec<Value> {
    for (key, value) in [
        ("format", "bgp-case/1"),
        ("id", "followed"),
        ("family", "followed"),
        ("title", "Followed"),
    ] {
        case[key] = json!(value);
    }
    case["engines"] = json!(["frr"]);
    let answer = oracle::bgp::answer(&json!({"case": case})).expect("the case can be run");
    answer["steps"].as_array().expect("steps").clone()
}

fn plain() -> [Value; 2] {
    [json!({}), json!({})]
}

/// `bgp_open_receive` makes no exception for zero where there is a `bgp minimum-holdtime`; nor does BIRD's `bgp_rx_open`.
#[test]
fn a_minimum_hold_time_refuses_none() {
    let strict = json!({"options": {"min_hold": 30}});
    let without = json!({"timers": {"keepalive": 0, "hold": 0}});
    let with = json!({"timers": {"keepalive": 10, "hold": 30}});
    let steps = steps(pair([json!({}), strict], [without, with], json!([])));
    assert_ne!(steps[0]["state"]["Y"]["sessions"]["S1"]["state"], "Established");
    let expected = json!({"session": "S1", "from": "Y", "to": "X", "code": 2, "subcode": 6});
    assert_eq!(steps[0]["notifications"], json!([expected]));
}

/// `bgp_stop` starts the stalepath timer along with the restart timer.
#[test]
fn the_stale_time_begins_with_the_loss_of_the_session() {
    let restarts = || json!({"options": {"graceful_restart": {"restart_time": 60, "stale_time": 8}}});
    let events = json!([
        {"id": "killed", "type": "daemon_kill", "node": "X", "wait_s": 5},
        {"id": "later", "type": "wait", "wait_s": 5},
    ]);
    let steps = steps(pair([restarts(), restarts()], plain(), events));
    let path = |step: &Value| step["state"]["Y"]["rib"]["10.1.0.0/16"].clone();
    assert_eq!(path(&steps[1])[0]["stale"], true, "{}", path(&steps[1]));
    assert_eq!(path(&steps[2]), Value::Null);
}

/// Fast external failover is `BGP_Stop`, which does not wait for a restart (`bgp_ifp_down`).
#[test]
fn an_interface_that_goes_down_keeps_nothing() {
    let restarts = || json!({"options": {"graceful_restart": {"restart_time": 60, "stale_time": 60}}});
    let events = json!([{"id": "down", "type": "link_down", "link": "L1"}]);
    let steps = steps(pair([restarts(), restarts()], plain(), events));
    assert_eq!(steps[1]["state"]["Y"]["rib"]["10.1.0.0/16"], Value::Null);
}

/// `bgp_attr_munge_as4_attrs` looks at what the peer offered, not at what both did.
#[test]
fn who_offers_no_capabilities_hears_as_trans_for_a_longer_number() {
    let long = json!({"asn": 4_200_000_001u32});
    let silent = json!({"no_capabilities": true});
    let steps = steps(pair([long, json!({})], [json!({}), silent], json!([])));
    let state = &steps[0]["state"];
    assert_eq!(state["Y"]["rib"]["10.1.0.0/16"][0]["as_path"], "23456", "{state}");
    assert_eq!(state["X"]["rib"]["10.2.0.0/16"][0]["as_path"], "65002", "{state}");
}

/// `bgp_update` adds no-export to what an eBGP peer wants dropped.
#[test]
fn what_is_to_be_dropped_is_told_no_further() {
    let drops = json!({"originate": [{"prefix": "10.1.1.1/32", "communities": ["65535:666"]}]});
    let mut case = pair([drops, json!({})], plain(), json!([]));
    case["nodes"]["Z"] = json!({"asn": 65_003, "router_id": "10.255.0.3"});
    let link =
        json!({"id": "L2", "a": "Y", "b": "Z", "addr_a": "169.254.1.9/30", "addr_b": "169.254.1.10/30"});
    case["links"].as_array_mut().expect("a list").push(link);
    let session = json!({"id": "S2", "type": "ebgp", "link": "L2", "a": {"node": "Y"}, "b": {"node": "Z"}});
    case["sessions"].as_array_mut().expect("a list").push(session);
    let steps = steps(case);
    let state = &steps[0]["state"];
    let communities = &state["Y"]["rib"]["10.1.1.1/32"][0]["communities"];
    assert_eq!(communities, &json!(["blackhole", "no-export"]));
    assert_eq!(state["Z"]["rib"]["10.1.1.1/32"], Value::Null);
    assert_eq!(state["Z"]["rib"]["10.2.0.0/16"][0]["best"], true, "{state}");
}

/// A number of times that fits no octet, which AS_PATH holds in several segments.
#[test]
fn an_as_can_be_prepended_more_often_than_a_segment_holds() {
    let often = json!({"export": [{"set": {"prepend": 300}}]});
    let steps = steps(pair(plain(), [often, json!({})], json!([])));
    let path = &steps[0]["state"]["Y"]["rib"]["10.1.0.0/16"][0]["as_path"];
    let hops = path.as_str().expect("a path").split(' ').count();
    assert_eq!(hops, 301);
}
