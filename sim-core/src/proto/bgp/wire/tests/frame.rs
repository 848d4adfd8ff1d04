use super::*;

#[track_caller]
fn check(stream: &str, expected: &str) {
    let said = match super::super::frame(&octets(stream)) {
        Framing::NeedMore => "more".to_owned(),
        Framing::Message { len } => format!("message of {len}"),
        Framing::Broken(notification) => refused(&notification),
    };
    assert_eq!(said, expected);
}

const MARKER: &str = "ffffffffffffffffffffffffffffffff";

#[test]
fn a_stream_is_cut_into_messages() {
    check("", "more");
    check(MARKER, "more");
    check(&format!("{MARKER} 0013"), "more");
    check(&format!("{MARKER} 0013 04"), "message of 19");
    check(&format!("{MARKER} 0013 04 {MARKER} 0013 04"), "message of 19");
    check(&format!("{MARKER} 0017 02 0000"), "more");
    check(&format!("{MARKER} 0017 02 0000 0000"), "message of 23");
    check(&format!("{MARKER} 1000 02 0000"), "more");
}

#[test]
fn a_marker_is_all_ones() {
    check("ffffffffffffffffffffffffffffff00 0013 04", "1/1");
    check("00ffffffffffffffffffffffffffffff 0013 04", "1/1");
    check("00000000000000000000000000000000 0000 00", "1/1");
}

#[test]
fn a_length_has_bounds_for_all_and_for_each_type() {
    check(&format!("{MARKER} 0000 04"), "1/2 0000");
    check(&format!("{MARKER} 0012 01"), "1/2 0012");
    check(&format!("{MARKER} 1001 02"), "1/2 1001");
    check(&format!("{MARKER} ffff 02"), "1/2 ffff");
    check(&format!("{MARKER} 001c 01"), "1/2 001c");
    check(&format!("{MARKER} 0016 02 0000 00"), "1/2 0016");
    check(&format!("{MARKER} 0014 03 06"), "1/2 0014");
    check(&format!("{MARKER} 0014 04 00"), "1/2 0014");
    check(&format!("{MARKER} 0016 05 000100"), "1/2 0016");
}

#[test]
fn a_type_is_one_of_five() {
    check(&format!("{MARKER} 0013 00"), "1/3 00");
    check(&format!("{MARKER} 0013 06"), "1/3 06");
    check(&format!("{MARKER} 0013 09"), "1/3 09");
    check(&format!("{MARKER} 0017 80 00010001"), "1/3 80");
}
