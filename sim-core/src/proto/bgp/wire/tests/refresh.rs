use super::*;

#[track_caller]
fn check(kind: u8, body: &str, expected: &str) {
    let said = match decode(&message(kind, body), &EXTERNAL) {
        Ok(decoded) => match decoded.message {
            Message::RouteRefresh(it) => format!("{}/{} {}", it.family.afi, it.family.safi, it.subtype),
            Message::Notification(it) => refused(&it),
            Message::Keepalive => "keepalive".to_owned(),
            Message::Open(_) | Message::Update(_) => "something else".to_owned(),
        },
        Err(notification) => format!("refused {}", refused(&notification)),
    };
    assert_eq!(said, expected);
}

#[test]
fn a_refresh_names_a_family_and_a_mark() {
    check(5, "0001 00 01", "1/1 0");
    check(5, "0001 01 01", "1/1 1");
    check(5, "0001 02 01", "1/1 2");
    check(5, "0002 00 01", "2/1 0");
    check(5, "ffff ff ff", "65535/255 255");
}

#[test]
fn a_refresh_too_long_goes_back_whole() {
    check(5, "0001 00", "refused 1/2 0016");
    check(
        5,
        "0001 00 01 00",
        "refused 7/1 ffffffffffffffffffffffffffffffff0018050001000100",
    );
}

#[test]
fn a_notification_is_read_whatever_it_says() {
    check(3, "06 02", "6/2");
    check(3, "06 02 03 414243", "6/2 03414243");
    check(3, "ff ff 00", "255/255 00");
    check(3, "06", "refused 1/2 0014");
    check(4, "", "keepalive");
    check(4, "00", "refused 1/2 0014");
}

#[test]
fn a_message_that_is_not_framed_is_refused() {
    let check = |octets: &[u8], expected: &str| {
        let notification = decode(octets, &EXTERNAL).expect_err("no single message");
        assert_eq!(refused(&notification), expected);
    };
    let keepalive = message(4, "");
    check(&[], "1/2 0000");
    check(&keepalive[..18], "1/2 0012");
    check(&[keepalive.clone(), keepalive].concat(), "1/2 0026");
}
