//! What becomes of selectors that IKEv1 cannot say whole.

use super::pair::{LEFT, Pair, RIGHT, child, connection};
use crate::proto::ike::config::Versions;

fn installed(ours: &str, theirs: &str) -> [Vec<String>; 2] {
    let (mut left, mut right) = (connection(LEFT, RIGHT), connection(RIGHT, LEFT));
    (left.versions, right.versions) = (Versions::V1, Versions::V1);
    child(&mut left).local = vec![ours.parse().expect("a selector")];
    child(&mut right).remote = vec![theirs.parse().expect("a selector")];
    let mut pair = Pair::new(left, right);
    pair.initiate();
    let [at_left, at_right] = pair.rows();
    let at_left = at_left
        .iter()
        .flat_map(|sa| &sa.children)
        .flat_map(|child| &child.local);
    let at_right = at_right
        .iter()
        .flat_map(|sa| &sa.children)
        .flat_map(|child| &child.remote);
    [
        at_left.map(ToString::to_string).collect(),
        at_right.map(ToString::to_string).collect(),
    ]
}

/// RFC 2407 section 4.6.2 has room for one port. As with strongSwan 5.9.8 a range is its first port on the wire
/// (`id_payload_create_from_ts`), and the initiator takes what the answer has in common with what it asked for
/// (`get_ts` in `quick_mode.c`).
#[test]
fn of_a_range_of_ports_version_1_agrees_on_the_first() {
    for (ours, theirs, at_left, at_right) in [
        (
            "10.1.0.0/16[tcp/1000-2000]",
            "10.1.0.0/16",
            "10.1.0.0/16[tcp/1000]",
            "10.1.0.0/16[tcp/1000]",
        ),
        (
            "10.1.0.0/16[tcp/1000-2000]",
            "10.1.0.0/16[tcp/1000-2000]",
            "10.1.0.0/16[tcp/1000]",
            "10.1.0.0/16[tcp/1000]",
        ),
        // The responder has narrowed what it can't tell.
        (
            "10.1.0.0/16",
            "10.1.0.0/16[tcp/1000-2000]",
            "10.1.0.0/16[tcp/1000]",
            "10.1.0.0/16[tcp/1000-2000]",
        ),
        (
            "10.1.0.0/16[tcp/179]",
            "10.1.0.0/16",
            "10.1.0.0/16[tcp/179]",
            "10.1.0.0/16[tcp/179]",
        ),
    ] {
        assert_eq!(
            installed(ours, theirs),
            [[at_left], [at_right]],
            "{ours} asked of {theirs}"
        );
    }
    // The first port of the one lies outside the other's range.
    let nothing = installed("10.1.0.0/16[tcp/1000-2000]", "10.1.0.0/16[tcp/1500-2000]");
    assert_eq!(nothing, [Vec::<String>::new(), Vec::new()]);
}
