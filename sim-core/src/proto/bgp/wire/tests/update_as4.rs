use super::update::{HOP, ORIGIN, PREFIX, body, check};
use super::*;

/// A peer of two-octet AS numbers announces one prefix with these beside ORIGIN and NEXT_HOP.
#[track_caller]
fn check_narrow(attributes: &[&str], expected: &[&str]) {
    let attributes = [&[ORIGIN, HOP], attributes].concat();
    check(&NARROW, &body("", &attributes, PREFIX), expected);
}

fn path(path: &str) -> String {
    format!("+ 10.66.0.0/16 igp [{path}] 169.254.210.2")
}

#[test]
fn numbers_have_two_octets() {
    check_narrow(&["400204 0201 fde9"], &[&path("65001")]);
    let wide = "AS_PATH ends inside a segment: treated as withdraw, RFC 7606 §7.2";
    check_narrow(&["400205 0202 0000fd"], &["- 10.66.0.0/16", wide]);
    check_narrow(
        &["400204 0201 fde9", "c00706 fde9 0a000001"],
        &[&format!("{} aggregator 65001 10.0.0.1", path("65001"))],
    );
    let long = "AGGREGATOR has 8 octets instead of 6: discarded, RFC 7606 §7.7";
    check_narrow(
        &["400204 0201 fde9", "c00708 0000fde9 0a000001"],
        &[&path("65001"), long],
    );
}

/// As FRR does where it was told to offer no capabilities and the peer offers four octets (RFC 6793 §4.1).
#[test]
fn the_wide_path_of_a_peer_that_knows_four_octets_is_not_looked_at() {
    let narrowed = Dialect {
        as_width: AsWidth::Narrowed,
        ..EXTERNAL
    };
    let attributes = [ORIGIN, HOP, "400204 0201 5ba0", "c01106 0201 fa56ea01"];
    check(
        &narrowed,
        &body("", &attributes, PREFIX),
        &[
            &path("23456"),
            "AS4_PATH came from a peer with four-octet AS numbers: discarded, RFC 6793 §4.1",
        ],
    );
}

#[test]
fn the_wide_path_replaces_the_end_of_the_narrow_one() {
    let narrow = "400208 0203 fde9 5ba0 5ba0";
    check_narrow(
        &[narrow, "c0110a 0202 00011170 00011171"],
        &[&path("65001 70000 70001")],
    );
    check_narrow(
        &[narrow, "c0110e 0203 0000fde9 00011170 00011171"],
        &[&path("65001 70000 70001")],
    );
    // A set is one hop.
    check_narrow(
        &["40020a 0201 fde9 0102 5ba0 fdea", "c0110a 0102 00011170 0000fdea"],
        &[&path("65001 {70000,65002}")],
    );
    // The wide path may come first.
    check_narrow(
        &["c0110a 0202 00011170 00011171", narrow],
        &[&path("65001 70000 70001")],
    );
}

#[test]
fn a_wide_path_that_cannot_be_is_left_out() {
    let narrow = "400206 0202 fde9 5ba0";
    let note = |fault: &str| format!("AS4_PATH {fault}");
    check_narrow(
        &[narrow, "c0110e 0203 00000001 00011170 00011171"],
        &[
            &path("65001 23456"),
            &note("has more hops than AS_PATH: discarded, RFC 6793 §4.2.3"),
        ],
    );
    for (wide, fault) in [
        (
            "c0110a 0203 00011170 00011171",
            "ends inside a segment: discarded, RFC 6793 §6",
        ),
        (
            "c01106 0501 00011170",
            "has a segment of the unknown type 5: discarded, RFC 6793 §6",
        ),
        (
            "c01100",
            "has 0 octets instead of at least 6: discarded, RFC 6793 §6",
        ),
        (
            "c01102 0200",
            "has 2 octets instead of at least 6: discarded, RFC 6793 §6",
        ),
        ("c01106 0201 00000000", "names AS 0: discarded, RFC 7607 §2"),
    ] {
        check_narrow(&[narrow, wide], &[&path("65001 23456"), &note(fault)]);
    }
    // Segments of a confederation do not count.
    check_narrow(
        &[narrow, "c0110c 0301 0000fde9 0201 00011170"],
        &[&path("65001 70000")],
    );
}

#[test]
fn the_wide_aggregator_stands_for_as_trans() {
    let narrow = "400206 0202 fde9 5ba0";
    let wide_path = "c01106 0201 00011170";
    let wide = "c01208 00011170 0a000001";
    check_narrow(
        &[narrow, "c00706 5ba0 0a000001", wide_path, wide],
        &[&format!("{} aggregator 70000 10.0.0.1", path("65001 70000"))],
    );
    check_narrow(
        &[narrow, "c00706 fde9 0a000002", wide_path, wide],
        &[
            &format!("{} aggregator 65001 10.0.0.2", path("65001 23456")),
            "AS4_AGGREGATOR does not fit the AGGREGATOR, which is not AS_TRANS: discarded, RFC 6793 §4.2.3",
            "AS4_PATH does not fit the AGGREGATOR, which is not AS_TRANS: discarded, RFC 6793 §4.2.3",
        ],
    );
    check_narrow(
        &[narrow, wide_path, wide],
        &[
            &path("65001 70000"),
            "AS4_AGGREGATOR came without AGGREGATOR: discarded, RFC 6793 §4.2.3",
        ],
    );
    check_narrow(
        &[narrow, "c00706 5ba0 0a000001", "c01206 fde9 0a000001"],
        &[
            &format!("{} aggregator 23456 10.0.0.1", path("65001 23456")),
            "AS4_AGGREGATOR has 6 octets instead of 8: discarded, RFC 6793 §6",
        ],
    );
}

#[test]
fn wide_speakers_have_no_need_of_it() {
    check(
        &EXTERNAL,
        &body(
            "",
            &[
                ORIGIN,
                HOP,
                "400206 0201 0000fde9",
                "c0110a 0202 0000fde9 00011170",
                "c01203 000000",
            ],
            PREFIX,
        ),
        &[
            &path("65001"),
            "AS4_PATH came from a peer with four-octet AS numbers: discarded, RFC 6793 §4.1",
            "AS4_AGGREGATOR came from a peer with four-octet AS numbers: discarded, RFC 6793 §4.1",
        ],
    );
}

#[test]
fn what_is_wide_is_written_twice_to_narrow_speakers() {
    let attributes =
        "400101 00 40020e 0203 0000fde9 00011170 fa56ea01 400304 a9fed202 c00708 fa56ea01 0a000001";
    let wide = message(2, &body("", &[attributes], PREFIX));
    let decoded = decode(&wide, &EXTERNAL).expect("a sound message");
    let mut narrow = Vec::new();
    encode(&decoded.message, &NARROW, &mut narrow);
    let expected = "400101 00 400208 0203 fde9 5ba0 5ba0 400304 a9fed202 c00706 5ba0 0a000001 \
                    c0110e 0203 0000fde9 00011170 fa56ea01 c01208 fa56ea01 0a000001";
    assert_eq!(hex(&narrow), hex(&message(2, &body("", &[expected], PREFIX))));
    assert_eq!(decode(&narrow, &NARROW), Ok(decoded));
}
