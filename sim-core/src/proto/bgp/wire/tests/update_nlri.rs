use super::update::{HOP, ORIGIN, PATH, PREFIX, body, check};
use super::*;

const PLAIN: &str = "igp [65001] 169.254.210.2";

#[track_caller]
fn check_announced(announced: &str, expected: &[&str]) {
    check(&EXTERNAL, &body("", &[ORIGIN, PATH, HOP], announced), expected);
}

#[test]
fn prefixes_of_every_length() {
    check_announced("00", &[&format!("+ 0.0.0.0/0 {PLAIN}")]);
    check_announced("08 0a", &[&format!("+ 10.0.0.0/8 {PLAIN}")]);
    check_announced("20 0a420102", &[&format!("+ 10.66.1.2/32 {PLAIN}")]);
    check_announced(
        "10 0a42 11 0a4280",
        &[
            &format!("+ 10.66.0.0/16 {PLAIN}"),
            &format!("+ 10.66.128.0/17 {PLAIN}"),
        ],
    );
    // Bits beyond the length are nobody's.
    check_announced("14 0a4d11", &[&format!("+ 10.77.16.0/20 {PLAIN}")]);
}

#[test]
fn a_prefix_that_cannot_be_read_ends_the_session() {
    check_announced("21 0a42000000", &["3/10"]);
    check_announced("ff 0a42000000", &["3/10"]);
    check_announced("18 0a42", &["3/10"]);
    check(&EXTERNAL, &body("21 0a42000000", &[], ""), &["3/10"]);
    check(&EXTERNAL, &body("18 0a42", &[], ""), &["3/10"]);
}

#[test]
fn prefixes_that_lead_nowhere_are_ignored_one_by_one() {
    let ignored = |prefix: &str| format!("{prefix} is no destination of unicast: ignored, RFC 4271 §6.3");
    let kept = format!("+ 10.66.0.0/16 {PLAIN}");
    check_announced("08 7f 10 0a42", &[&kept, &ignored("127.0.0.0/8")]);
    check_announced("08 e0 10 0a42", &[&kept, &ignored("224.0.0.0/8")]);
    check_announced("18 efffff 10 0a42", &[&kept, &ignored("239.255.255.0/24")]);
    check_announced("10 0001 10 0a42", &[&kept, &ignored("0.1.0.0/16")]);
    check_announced("20 ffffffff 10 0a42", &[&kept, &ignored("255.255.255.255/32")]);
    check_announced("08 f0", &[&format!("+ 240.0.0.0/8 {PLAIN}")]);
    // All ignored is not End-of-RIB.
    check_announced("08 e0", &[&ignored("224.0.0.0/8")]);
}

#[test]
fn withdrawals_need_no_attributes() {
    check(
        &EXTERNAL,
        &body("10 0a42 11 0a4380", &[], ""),
        &["- 10.66.0.0/16", "- 10.67.128.0/17"],
    );
    check(
        &EXTERNAL,
        &body("10 0a43", &[ORIGIN, PATH, HOP], PREFIX),
        &["- 10.67.0.0/16", &format!("+ 10.66.0.0/16 {PLAIN}")],
    );
    check(
        &EXTERNAL,
        &body("10 0a43", &[ORIGIN, PATH, HOP], ""),
        &["- 10.67.0.0/16"],
    );
    check(
        &EXTERNAL,
        &body("10 0a43", &[ORIGIN, PATH, HOP, "800400"], PREFIX),
        &[
            "- 10.67.0.0/16",
            "- 10.66.0.0/16",
            "MULTI_EXIT_DISC has 0 octets instead of 4: treated as withdraw, RFC 7606 §7.4",
        ],
    );
}

#[test]
fn nothing_at_all_is_end_of_rib() {
    check(&EXTERNAL, "0000 0000", &["end of rib"]);
    check(&EXTERNAL, &body("", &["800f03 0001 01"], ""), &["end of rib"]);
    check(&EXTERNAL, &body("", &["900f0003 0001 01"], ""), &["end of rib"]);
    check(
        &EXTERNAL,
        &body("", &["800f03 0001 01", "400101 03"], ""),
        &["3/1"],
    );
    // Attributes without prefixes are not, nor is the end of another family.
    check(&EXTERNAL, &body("", &[ORIGIN, PATH, HOP], ""), &[]);
    let other = "MP_UNREACH_NLRI has routes of AFI 2 SAFI 1, which was not agreed upon: ignored, RFC 4760 §6";
    check(&EXTERNAL, &body("", &["800f03 0002 01"], ""), &[other]);
}

#[test]
fn ipv4_unicast_may_come_in_the_later_form() {
    let reach = "800e0c 0001 01 04 a9fed203 00 10 0a43";
    let announced = "+ 10.67.0.0/16 igp [65001] 169.254.210.3";
    check(&EXTERNAL, &body("", &[ORIGIN, PATH, reach], ""), &[announced]);
    // A NEXT_HOP beside it is for the prefixes at the end, which have none of the other's.
    check(
        &EXTERNAL,
        &body("", &[ORIGIN, PATH, HOP, reach], ""),
        &[announced],
    );
    check(
        &EXTERNAL,
        &body("", &[ORIGIN, PATH, HOP, reach], PREFIX),
        &[&format!("+ 10.66.0.0/16 {PLAIN}"), announced],
    );
    check(
        &EXTERNAL,
        &body("", &["800f06 0001 01 10 0a42"], ""),
        &["- 10.66.0.0/16"],
    );
    check(
        &EXTERNAL,
        &body("10 0a44", &[ORIGIN, PATH, reach, "800f06 0001 01 10 0a42"], ""),
        &["- 10.68.0.0/16", "- 10.66.0.0/16", announced],
    );
    let missing = "ORIGIN is missing: treated as withdraw, RFC 7606 §3 (d)";
    check(
        &EXTERNAL,
        &body("", &[PATH, reach], ""),
        &["- 10.67.0.0/16", missing],
    );
}

#[test]
fn faults_in_the_later_form() {
    let with = |reach: &str| body("", &[ORIGIN, PATH, reach], "");
    let own = "MP_REACH_NLRI is 169.254.210.1, the receiver itself: treated as withdraw, RFC 4760 §3";
    check(
        &EXTERNAL,
        &with("800e0c 0001 01 04 a9fed201 00 10 0a43"),
        &["- 10.67.0.0/16", own],
    );
    let wide = "MP_REACH_NLRI has a next hop that is no IPv4 address: treated as withdraw, RFC 4760 §3";
    let hop = "fe80000000000000 0000000000000001";
    check(
        &EXTERNAL,
        &with(&format!("800e18 0001 01 10 {hop} 00 10 0a43")),
        &["- 10.67.0.0/16", wide],
    );
    check(&EXTERNAL, &with("800e0b 0001 01 03 a9fed2 00 10 0a43"), &["3/9"]);
    check(&EXTERNAL, &with("800e04 0001 01 00"), &["3/9"]);
    check(&EXTERNAL, &with("800e08 0001 01 04 a9fed203"), &["3/9"]);
    // It says it is longer than the list, and no other prefix is there to be withdrawn.
    check(
        &EXTERNAL,
        &with("800e0d 0001 01 04 a9fed203 00 18 0a43"),
        &["3/1"],
    );
    check(
        &EXTERNAL,
        &with("800e0c 0001 01 04 a9fed203 00 18 0a43"),
        &["3/9"],
    );
    check(&EXTERNAL, &body("", &["800f06 0001 01 18 0a43"], ""), &["3/9"]);
    check(&EXTERNAL, &body("", &["800f02 0001"], ""), &["3/9"]);
    // Wrong flags, and with them no prefix is left to be withdrawn.
    check(
        &EXTERNAL,
        &with("c00e0c 0001 01 04 a9fed203 00 10 0a43"),
        &["3/1"],
    );
}

#[test]
fn families_not_agreed_upon_are_passed_over() {
    let hop = "20010db800000000 0000000000000001";
    let reach = format!("800e1a 0002 01 10 {hop} 00 20 20010db8");
    let other = "MP_REACH_NLRI has routes of AFI 2 SAFI 1, which was not agreed upon: ignored, RFC 4760 §6";
    check(&EXTERNAL, &body("", &[ORIGIN, PATH, &reach], ""), &[other]);
    check(
        &EXTERNAL,
        &body("", &[ORIGIN, PATH, HOP, &reach], PREFIX),
        &[&format!("+ 10.66.0.0/16 {PLAIN}"), other],
    );
    let unreach =
        "MP_UNREACH_NLRI has routes of AFI 25 SAFI 70, which was not agreed upon: ignored, RFC 4760 §6";
    check(&EXTERNAL, &body("", &["800f06 0019 46 0104ff"], ""), &[unreach]);
}

#[test]
fn a_next_hop_that_nothing_is_reached_over_may_have_any_length() {
    let reach = |next_hop: &str, prefixes: &str| {
        let hop = octets(next_hop).len();
        let n = 5 + hop + octets(prefixes).len();
        format!("800e{n:02x} 0001 01 {hop:02x} {next_hop} 00 {prefixes}")
    };
    let beside = [format!("+ 10.66.0.0/16 {PLAIN}")];
    for hop in ["", "a9fed202a9", "0000000000000000a9fed202"] {
        let body = |reach: &str, announced: &str| body("", &[ORIGIN, PATH, HOP, reach], announced);
        check(&EXTERNAL, &body(&reach(hop, ""), PREFIX), &[&beside[0]]);
        check(&EXTERNAL, &body(&reach(hop, ""), ""), &[]);
        check(&EXTERNAL, &body(&reach(hop, "10 0a43"), PREFIX), &["3/9"]);
    }
}
