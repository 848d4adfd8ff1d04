use super::super::super::attribute::Attributes;
use super::*;

pub(super) const ORIGIN: &str = "400101 00";
pub(super) const PATH: &str = "400206 0201 0000fde9";
pub(super) const HOP: &str = "400304 a9fed202";
pub(super) const PREFIX: &str = "10 0a42";

/// An UPDATE of withdrawn prefixes, attributes and announced prefixes, all lengths right.
#[track_caller]
pub(super) fn body(withdrawn: &str, attributes: &[&str], announced: &str) -> String {
    let attributes = attributes.concat();
    format!(
        "{:04x} {withdrawn} {:04x} {attributes} {announced}",
        octets(withdrawn).len(),
        octets(&attributes).len()
    )
}

/// What the message does, a line each: withdrawals, announcements, notes.
pub(super) fn outcome(dialect: &Dialect, body: &str) -> String {
    let decoded = match decode(&message(2, body), dialect) {
        Ok(decoded) => decoded,
        Err(notification) => return refused(&notification),
    };
    let Message::Update(update) = decoded.message else {
        return format!("{:?}", decoded.message);
    };
    let mut lines = Vec::new();
    if update.is_end_of_rib() {
        lines.push("end of rib".to_owned());
    }
    for update in core::iter::once(update).chain(decoded.also.map(|it| *it)) {
        for prefix in &update.withdrawn {
            lines.push(format!("- {prefix}"));
        }
        for prefix in &update.announced {
            let attributes = update
                .attributes
                .as_deref()
                .map_or("without attributes".to_owned(), said);
            lines.push(format!("+ {prefix} {attributes}"));
        }
    }
    lines.extend(decoded.notes.iter().map(Note::to_string));
    lines.join("\n")
}

fn said(it: &Attributes) -> String {
    let mut words = vec![
        it.origin.to_string(),
        format!("[{}]", it.as_path),
        it.next_hop.to_string(),
    ];
    words.extend(it.med.map(|it| format!("med {it}")));
    words.extend(it.local_pref.map(|it| format!("pref {it}")));
    words.extend(it.atomic_aggregate.then(|| "atomic".to_owned()));
    words.extend(it.aggregator.map(|it| format!("aggregator {} {}", it.asn, it.id)));
    words.extend(it.communities.iter().map(ToString::to_string));
    words.extend(it.originator_id.map(|it| format!("originator {it}")));
    words.extend(it.cluster_list.iter().map(|it| format!("cluster {it}")));
    words.extend(it.large_communities.iter().map(ToString::to_string));
    words.extend(
        it.unknown
            .iter()
            .map(|it| format!("#{}/{:02x}={}", it.code, it.flags, hex(&it.value))),
    );
    words.join(" ")
}

#[track_caller]
pub(super) fn check(dialect: &Dialect, body: &str, expected: &[&str]) {
    assert_eq!(outcome(dialect, body), expected.join("\n"));
}

/// An external peer announces one prefix with these attributes.
#[track_caller]
fn check_with(attributes: &[&str], expected: &[&str]) {
    check(&EXTERNAL, &body("", attributes, PREFIX), expected);
}

#[test]
fn one_prefix_is_announced() {
    let expected = ["+ 10.66.0.0/16 igp [65001] 169.254.210.2"];
    check_with(&[ORIGIN, PATH, HOP], &expected);
    // In any order, and with a longer length than need be.
    check_with(&[HOP, PATH, ORIGIN], &expected);
    check_with(&["50010001 00", PATH, HOP], &expected);
    // The low bits of the flags are nobody's.
    check_with(&["4f0101 00", PATH, HOP], &expected);
}

const OVERRUN: &str = "the list of attributes ends inside an attribute: treated as withdraw, RFC 7606 §4";

#[test]
fn origin_is_one_of_three() {
    check_with(
        &["400101 01", PATH, HOP],
        &["+ 10.66.0.0/16 egp [65001] 169.254.210.2"],
    );
    check_with(
        &["400101 02", PATH, HOP],
        &["+ 10.66.0.0/16 incomplete [65001] 169.254.210.2"],
    );
    let unknown = "ORIGIN has the unknown value 3: treated as withdraw, RFC 7606 §7.1";
    check_with(&["400101 03", PATH, HOP], &["- 10.66.0.0/16", unknown]);
    let long = "ORIGIN has 2 octets instead of 1: treated as withdraw, RFC 7606 §7.1";
    check_with(&["400102 0000", PATH, HOP], &["- 10.66.0.0/16", long]);
    let empty = "ORIGIN has 0 octets instead of 1: treated as withdraw, RFC 7606 §7.1";
    check_with(&["400100", PATH, HOP], &["- 10.66.0.0/16", empty]);
}

#[test]
fn a_path_is_made_of_sound_segments() {
    let check_path = |path: &str, expected: &[&str]| {
        let n = octets(path).len();
        check_with(&[ORIGIN, &format!("4002{n:02x} {path}"), HOP], expected);
    };
    check_path("", &["+ 10.66.0.0/16 igp [] 169.254.210.2"]);
    check_path(
        "0201 0000fde9 0102 0000fdf2 00011170",
        &["+ 10.66.0.0/16 igp [65001 {65010,70000}] 169.254.210.2"],
    );
    let withdrawn = |fault: &str| format!("AS_PATH {fault}: treated as withdraw, RFC 7606 §7.2");
    for (path, fault) in [
        ("0501 0000fde9", "has a segment of the unknown type 5"),
        ("0001 0000fde9", "has a segment of the unknown type 0"),
        ("0203 0000fde9", "ends inside a segment"),
        ("0201 0000fd", "ends inside a segment"),
        ("02", "ends inside a segment"),
        ("0200", "has a segment without AS numbers"),
        ("0201 0000fde9 0200", "has a segment without AS numbers"),
        ("0301 0000fde9", "has a segment of a confederation"),
        ("0401 0000fde9", "has a segment of a confederation"),
        ("0201 0000fde9 0301 0000fde9", "has a segment of a confederation"),
    ] {
        check_path(path, &["- 10.66.0.0/16", &withdrawn(fault)]);
    }
    let zero = "AS_PATH names AS 0: treated as withdraw, RFC 7607 §2";
    check_path("0202 0000fde9 00000000", &["- 10.66.0.0/16", zero]);
}

#[test]
fn a_path_begins_with_the_neighbour_only_where_asked() {
    let strict = Dialect {
        first_as: FirstAs::Is(Asn(65_001)),
        ..EXTERNAL
    };
    let with = |path: &str| body("", &[ORIGIN, path, HOP], PREFIX);
    check(
        &strict,
        &with(PATH),
        &["+ 10.66.0.0/16 igp [65001] 169.254.210.2"],
    );
    let other = "AS_PATH begins with AS 65002 instead of 65001: treated as withdraw, RFC 4271 §6.3";
    check(&strict, &with("400206 0201 0000fdea"), &["- 10.66.0.0/16", other]);
    let none = "AS_PATH does not begin with AS 65001: treated as withdraw, RFC 4271 §6.3";
    check(&strict, &with("400200"), &["- 10.66.0.0/16", none]);
    check(&strict, &with("400206 0101 0000fde9"), &["- 10.66.0.0/16", none]);
    check(
        &EXTERNAL,
        &with("400206 0201 0000fdea"),
        &["+ 10.66.0.0/16 igp [65002] 169.254.210.2"],
    );
}

#[test]
fn a_next_hop_is_the_address_of_some_other_router() {
    let check_hop = |hop: &str, fault: &str| {
        let note = format!("NEXT_HOP is {fault}: treated as withdraw, RFC 4271 §6.3");
        check_with(
            &[ORIGIN, PATH, &format!("400304 {hop}")],
            &["- 10.66.0.0/16", &note],
        );
    };
    check_hop("00000000", "0.0.0.0, which no router can have");
    check_hop("00000001", "0.0.0.1, which no router can have");
    check_hop("7f000001", "127.0.0.1, which no router can have");
    check_hop("e0000005", "224.0.0.5, which no router can have");
    check_hop("f0000001", "240.0.0.1, which no router can have");
    check_hop("ffffffff", "255.255.255.255, which no router can have");
    check_hop("a9fed201", "169.254.210.1, the receiver itself");
    let long = "NEXT_HOP has 5 octets instead of 4: treated as withdraw, RFC 7606 §7.3";
    check_with(&[ORIGIN, PATH, "400305 a9fed20200"], &["- 10.66.0.0/16", long]);
}

#[test]
fn med_and_local_pref_have_four_octets() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    check_with(
        &[ORIGIN, PATH, HOP, "800404 00000064"],
        &[&format!("{plain} med 100")],
    );
    let short = "MULTI_EXIT_DISC has 3 octets instead of 4: treated as withdraw, RFC 7606 §7.4";
    check_with(&[ORIGIN, PATH, HOP, "800403 000001"], &["- 10.66.0.0/16", short]);
    // Its place in the list makes no difference.
    check_with(
        &["800400", ORIGIN, PATH, HOP],
        &["- 10.66.0.0/16", &short.replace('3', "0")],
    );
    let external = "LOCAL_PREF came from an external peer: discarded, RFC 7606 §7.5";
    check_with(&[ORIGIN, PATH, HOP, "400504 000001f4"], &[plain, external]);
    check_with(&[ORIGIN, PATH, HOP, "400503 0001f4"], &[plain, external]);
    let internal = |pref: &str| body("", &[ORIGIN, PATH, HOP, pref], PREFIX);
    check(
        &INTERNAL,
        &internal("400504 000001f4"),
        &[&format!("{plain} pref 500")],
    );
    let long = "LOCAL_PREF has 5 octets instead of 4: treated as withdraw, RFC 7606 §7.5";
    check(
        &INTERNAL,
        &internal("400505 000001f400"),
        &["- 10.66.0.0/16", long],
    );
    let missing = "LOCAL_PREF is missing: treated as withdraw, RFC 7606 §3 (d)";
    check(&INTERNAL, &internal(""), &["- 10.66.0.0/16", missing]);
}

#[test]
fn aggregation_leaves_marks() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    check_with(
        &[ORIGIN, PATH, HOP, "400600", "c00708 0000fde9 0a000001"],
        &[&format!("{plain} atomic aggregator 65001 10.0.0.1")],
    );
    let atomic = "ATOMIC_AGGREGATE has 1 octets instead of 0: discarded, RFC 7606 §7.6";
    check_with(&[ORIGIN, PATH, HOP, "400601 00"], &[plain, atomic]);
    let short = "AGGREGATOR has 6 octets instead of 8: discarded, RFC 7606 §7.7";
    check_with(&[ORIGIN, PATH, HOP, "c00706 fde9 0a000001"], &[plain, short]);
    let empty = "AGGREGATOR has 0 octets instead of 8: discarded, RFC 7606 §7.7";
    check_with(&[ORIGIN, PATH, HOP, "c00700"], &[plain, empty]);
    let zero = "AGGREGATOR names AS 0: discarded, RFC 7607 §2";
    check_with(&[ORIGIN, PATH, HOP, "c00708 00000000 0a000001"], &[plain, zero]);
}

#[test]
fn communities_come_in_groups() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    check_with(
        &[ORIGIN, PATH, HOP, "c0080c ffffff01 00010002 ffffff01"],
        &[&format!("{plain} 1:2 no-export")],
    );
    check_with(
        &[ORIGIN, PATH, HOP, "e00804 00010002"],
        &[&format!("{plain} 1:2")],
    );
    check_with(
        &[ORIGIN, PATH, HOP, "c0200c 0000fde9 00000001 ffffffff"],
        &[&format!("{plain} 65001:1:4294967295")],
    );
    check_with(
        &[ORIGIN, PATH, HOP, "c01008 0002fde900000064"],
        &[&format!("{plain} #16/c0=0002fde900000064")],
    );
    for (attribute, fault) in [
        (
            "c00805 0001000200",
            "COMMUNITIES has 5 octets instead of a multiple of 4: treated as withdraw, RFC 7606 §7.8",
        ),
        (
            "c00800",
            "COMMUNITIES has 0 octets instead of a multiple of 4: treated as withdraw, RFC 7606 §7.8",
        ),
        (
            "c0200b 0000fde900000001ffffff",
            "LARGE_COMMUNITY has 11 octets instead of a multiple of 12: treated as withdraw, RFC 8092 §5",
        ),
        (
            "c02000",
            "LARGE_COMMUNITY has 0 octets instead of a multiple of 12: treated as withdraw, RFC 8092 §5",
        ),
        (
            "c01007 0002fde9000000",
            "EXTENDED_COMMUNITIES has 7 octets instead of a multiple of 8: treated as withdraw, RFC 7606 §7.14",
        ),
        (
            "c02303 00fde9",
            "ONLY_TO_CUSTOMER has 3 octets instead of 4: treated as withdraw, RFC 9234 §5",
        ),
    ] {
        check_with(&[ORIGIN, PATH, HOP, attribute], &["- 10.66.0.0/16", fault]);
    }
}

#[test]
fn reflection_stays_within_an_as() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    let originator = "ORIGINATOR_ID came from an external peer: discarded, RFC 7606 §7.9";
    let cluster = "CLUSTER_LIST came from an external peer: discarded, RFC 7606 §7.10";
    check_with(
        &[ORIGIN, PATH, HOP, "800904 0a000001", "800a04 0a000002"],
        &[plain, originator, cluster],
    );
    check_with(
        &[ORIGIN, PATH, HOP, "800903 0a0000", "800a00"],
        &[plain, originator, cluster],
    );
    let internal = |more: &str| body("", &[ORIGIN, PATH, HOP, "400504 00000064", more], PREFIX);
    check(
        &INTERNAL,
        &internal("800904 0a000001 800a08 0a000002 0a000003"),
        &[&format!(
            "{plain} pref 100 originator 10.0.0.1 cluster 10.0.0.2 cluster 10.0.0.3"
        )],
    );
    let originator = "ORIGINATOR_ID has 3 octets instead of 4: treated as withdraw, RFC 7606 §7.9";
    check(
        &INTERNAL,
        &internal("800903 0a0000"),
        &["- 10.66.0.0/16", originator],
    );
    let cluster = "CLUSTER_LIST has 0 octets instead of a multiple of 4: treated as withdraw, RFC 7606 §7.10";
    check(&INTERNAL, &internal("800a00"), &["- 10.66.0.0/16", cluster]);
}

#[test]
fn flags_say_what_the_attribute_is() {
    for (attributes, note) in [
        (["c00101 00", PATH, HOP, ""], "ORIGIN has the wrong flags, 0xc0"),
        (["000101 00", PATH, HOP, ""], "ORIGIN has the wrong flags, 0x00"),
        (
            [ORIGIN, "800206 0201 0000fde9", HOP, ""],
            "AS_PATH has the wrong flags, 0x80",
        ),
        (
            [ORIGIN, PATH, "c00304 a9fed202", ""],
            "NEXT_HOP has the wrong flags, 0xc0",
        ),
        (
            [ORIGIN, PATH, HOP, "c00404 00000001"],
            "MULTI_EXIT_DISC has the wrong flags, 0xc0",
        ),
        (
            [ORIGIN, PATH, HOP, "400404 00000001"],
            "MULTI_EXIT_DISC has the wrong flags, 0x40",
        ),
        (
            [ORIGIN, PATH, HOP, "800804 00010002"],
            "COMMUNITIES has the wrong flags, 0x80",
        ),
        (
            [ORIGIN, PATH, HOP, "c00504 00000064"],
            "LOCAL_PREF has the wrong flags, 0xc0",
        ),
    ] {
        let note = format!("{note}: treated as withdraw, RFC 7606 §3 (c)");
        check_with(&attributes, &["- 10.66.0.0/16", &note]);
    }
    // Partial is no part of it.
    check_with(
        &["600101 00", PATH, HOP],
        &["+ 10.66.0.0/16 igp [65001] 169.254.210.2"],
    );
}

#[test]
fn unknown_attributes_say_themselves_what_to_do() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    check_with(&[ORIGIN, PATH, HOP, "806302 6162"], &[plain]);
    check_with(
        &[ORIGIN, PATH, HOP, "c06302 6162"],
        &[&format!("{plain} #99/c0=6162")],
    );
    check_with(
        &[ORIGIN, "e0ff00", PATH, HOP, "c06302 6162"],
        &[&format!("{plain} #99/c0=6162 #255/e0=")],
    );
    let known = "attribute 99 says it is well-known, but is not known: treated as withdraw, RFC 7606 §3 (c)";
    check_with(&[ORIGIN, PATH, HOP, "406302 6162"], &["- 10.66.0.0/16", known]);
    check_with(&[ORIGIN, PATH, HOP, "006302 6162"], &["- 10.66.0.0/16", known]);
}

#[test]
fn the_first_of_two_counts() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    let again = |name: &str| format!("{name} is there again: discarded, RFC 7606 §3 (g)");
    check_with(&[ORIGIN, "400101 02", PATH, HOP], &[plain, &again("ORIGIN")]);
    check_with(&[ORIGIN, ORIGIN, PATH, HOP], &[plain, &again("ORIGIN")]);
    check_with(
        &[ORIGIN, PATH, HOP, "c06300", "c06300"],
        &[&format!("{plain} #99/c0="), &again("attribute 99")],
    );
    let reach = "800e0d 0001 01 04 a9fed202 00 18 0a4301";
    check_with(&[ORIGIN, PATH, HOP, reach, reach], &["3/1"]);
    let unreach = "800f03 0001 01";
    check_with(&[ORIGIN, PATH, HOP, unreach, unreach], &["3/1"]);
}

#[test]
fn what_is_mandatory_is_there() {
    let missing = |name: &str| format!("{name} is missing: treated as withdraw, RFC 7606 §3 (d)");
    check_with(&[PATH, HOP], &["- 10.66.0.0/16", &missing("ORIGIN")]);
    check_with(&[ORIGIN, HOP], &["- 10.66.0.0/16", &missing("AS_PATH")]);
    check_with(&[ORIGIN, PATH], &["- 10.66.0.0/16", &missing("NEXT_HOP")]);
    check_with(
        &[],
        &[
            "- 10.66.0.0/16",
            &missing("ORIGIN"),
            &missing("AS_PATH"),
            &missing("NEXT_HOP"),
        ],
    );
}

#[test]
fn a_list_that_ends_early_withdraws_what_can_still_be_read() {
    // The last attribute says it is longer than the list.
    check_with(&[ORIGIN, PATH, "400305 a9fed202"], &["- 10.66.0.0/16", OVERRUN]);
    check_with(&[ORIGIN, PATH, HOP, "40"], &["- 10.66.0.0/16", OVERRUN]);
    check_with(&[ORIGIN, PATH, HOP, "4006"], &["- 10.66.0.0/16", OVERRUN]);
    check_with(&[ORIGIN, PATH, HOP, "500600"], &["- 10.66.0.0/16", OVERRUN]);
    // The list says it is shorter than it is: what follows is read as prefixes, and is none.
    check(
        &EXTERNAL,
        &format!("0000 0012 {ORIGIN} {PATH} {HOP} {PREFIX}"),
        &["3/1"],
    );
    // No prefix, nothing to withdraw.
    check(&EXTERNAL, &body("", &[ORIGIN, PATH, HOP, "40"], ""), &["3/1"]);
    check(&EXTERNAL, &body(PREFIX, &["400101 03"], ""), &["3/1"]);
}

#[test]
fn lengths_that_run_past_the_message_end_the_session() {
    check(&EXTERNAL, "0005 00 0000", &["3/1"]);
    check(&EXTERNAL, "0003 10 0a42 00", &["3/1"]);
    check(&EXTERNAL, "0000 0001", &["3/1"]);
    check(
        &EXTERNAL,
        &format!("0000 00ff {ORIGIN} {PATH} {HOP} {PREFIX}"),
        &["3/1"],
    );
}

#[test]
fn accumulated_igp_metrics_are_discarded_whatever_their_flags() {
    let plain = "+ 10.66.0.0/16 igp [65001] 169.254.210.2";
    let unused = "AIGP has no use on this session: discarded, RFC 7311 §3.3";
    for flags in ["80", "c0", "40", "00"] {
        let metric = format!("{flags}1a0b 01000b 0000000000000064");
        check_with(&[ORIGIN, PATH, HOP, &metric], &[plain, unused]);
    }
}
