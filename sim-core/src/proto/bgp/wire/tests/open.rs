use super::*;

/// The OPEN that all others here differ from: AS 65001, 90 s, 10.0.0.1, and these optional parameters.
fn body(parameters: &str) -> String {
    format!("04 fde9 005a 0a000001 {parameters}")
}

const EXPECTED: OpenExpectation = OpenExpectation {
    kind: PeerKind::Ebgp,
    peer_as: Asn(65_001),
    local_id: RouterId(Ipv4Addr::new(10, 0, 0, 9)),
};

#[track_caller]
fn check(body: &str, expected: &str) {
    check_from(&EXPECTED, body, expected);
}

#[track_caller]
fn check_from(peer: &OpenExpectation, body: &str, expected: &str) {
    let decoded = decode(&message(1, body), &Dialect::INITIAL);
    let said = match decoded.map(|it| it.message) {
        Ok(Message::Open(open)) => match verify_open(&open, peer) {
            Ok(()) => format!(
                "AS {} hold {} id {} {:?}",
                open.asn(),
                open.hold_time,
                open.id,
                open.capabilities
            ),
            Err(notification) => refused(&notification),
        },
        Ok(other) => format!("{other:?}"),
        Err(notification) => refused(&notification),
    };
    assert_eq!(said, expected);
}

#[test]
fn an_open_without_parameters_speaks_ipv4_unicast() {
    check(&body("00"), "AS 65001 hold 90 id 10.0.0.1 []");
    // What lies behind the parameters is nobody's.
    check(&body("00 0203"), "AS 65001 hold 90 id 10.0.0.1 []");
}

#[test]
fn capabilities_come_one_by_one_or_all_in_one() {
    let all = "AS 65001 hold 90 id 10.0.0.1 \
               [Multiprotocol(Family { afi: 1, safi: 1 }), RouteRefresh, FourOctetAs(Asn(65001))]";
    check(&body("14 0206 0104 00010001 0202 0200 0206 4104 0000fde9"), all);
    check(&body("10 020e 0104 00010001 0200 4104 0000fde9"), all);
    // RFC 9072: lengths of two octets, whatever the first octet says as long as it is not 0.
    check(&body("ff ff 0011 02 000e 0104 00010001 0200 4104 0000fde9"), all);
    check(&body("04 ff 0011 02 000e 0104 00010001 0200 4104 0000fde9"), all);
    check(&body("ff ff 0000"), "AS 65001 hold 90 id 10.0.0.1 []");
    check(&body("02 0200"), "AS 65001 hold 90 id 10.0.0.1 []");
}

#[test]
fn capabilities_nobody_knows_are_kept_and_not_minded() {
    check(
        &body("07 0205 de03 616263"),
        "AS 65001 hold 90 id 10.0.0.1 [Other { code: 222, value: [97, 98, 99] }]",
    );
    check(
        &body("0a 0208 4006 8078 0001 01 80"),
        "AS 65001 hold 90 id 10.0.0.1 [GracefulRestart(GracefulRestart \
         { flags: 8, restart_time: 120, families: [(Family { afi: 1, safi: 1 }, 128)] })]",
    );
    check(
        &body("04 0202 4600"),
        "AS 65001 hold 90 id 10.0.0.1 [EnhancedRouteRefresh]",
    );
}

#[test]
fn lengths_that_do_not_fit_together_have_no_name_of_their_own() {
    // The parameters run past the message, a parameter past the parameters, a capability past its parameter.
    check(&body("01"), "2/0");
    check(&body("04 0206 0104"), "2/0");
    check(&body("01 02"), "2/0");
    check(&body("08 0206 0108 00010001"), "2/0");
    check(&body("03 0201 01"), "2/0");
    check(&body("ff ff 00"), "2/0");
    check(&body("ff ff 0004 02 0006 01"), "2/0");
    check(&body("ff ff 0002 02 00"), "2/0");
}

#[test]
fn a_capability_has_its_length() {
    for capability in [
        "0103 000100",
        "0105 0001000100",
        "0201 00",
        "4001 80",
        "4004 80780001",
        "4102 fde9",
        "4105 0000fde900",
        "4601 00",
        "4503 000101",
        "0505 0001000100",
        "0601 00",
        "4701 00",
        "0902 0000",
        "4901 00",
        "4903 024100",
    ] {
        let n = octets(capability).len();
        check(&body(&format!("{:02x} 02{n:02x} {capability}", n + 2)), "2/0");
    }
}

#[test]
fn parameters_other_than_capabilities_are_refused() {
    check(&body("04 0302 4142"), "2/4 03024142");
    check(&body("03 0101 00"), "2/4 010100");
    check(&body("ff ff 0005 03 0002 4142"), "2/4 0300024142");
}

#[test]
fn the_version_is_4() {
    for version in ["03", "05", "00", "ff"] {
        check(&format!("{version} fde9 005a 0a000001 00"), "2/1 0004");
    }
}

#[test]
fn a_hold_time_is_none_or_three_seconds() {
    check("04 fde9 0000 0a000001 00", "AS 65001 hold 0 id 10.0.0.1 []");
    check("04 fde9 0001 0a000001 00", "2/6 0001");
    check("04 fde9 0002 0a000001 00", "2/6 0002");
    check("04 fde9 0003 0a000001 00", "AS 65001 hold 3 id 10.0.0.1 []");
    check("04 fde9 ffff 0a000001 00", "AS 65001 hold 65535 id 10.0.0.1 []");
}

#[test]
fn an_identifier_is_not_zero_and_not_our_own_within_an_as() {
    check("04 fde9 005a 00000000 00", "2/3 00000000");
    check("04 fde9 005a e0000001 00", "AS 65001 hold 90 id 224.0.0.1 []");
    check("04 fde9 005a 0a000009 00", "AS 65001 hold 90 id 10.0.0.9 []");
    let internal = OpenExpectation {
        kind: PeerKind::Ibgp,
        ..EXPECTED
    };
    check_from(&internal, "04 fde9 005a 0a000009 00", "2/3 0a000009");
    check_from(
        &internal,
        "04 fde9 005a 0a000008 00",
        "AS 65001 hold 90 id 10.0.0.8 []",
    );
}

#[test]
fn the_as_is_the_one_expected() {
    check("04 fdf1 005a 0a000001 00", "2/2 fdf1");
    check("04 fdf1 005a 0a000001 08 0206 4104 0000fdf1", "2/2 fdf1");
    check("04 0000 005a 0a000001 00", "2/2");
    check("04 0000 005a 0a000001 08 0206 4104 0000fde9", "2/2");
    check("04 fde9 005a 0a000001 08 0206 4104 00000000", "2/2 00000000");
    check("04 fde9 005a 0a000001 08 0206 4104 0000fe35", "2/2 0000fe35");
    check("04 fdf1 005a 0a000001 08 0206 4104 0000fde9", "2/2 0000fde9");
    check("04 5ba0 005a 0a000001 08 0206 4104 00005ba0", "2/2 00005ba0");
}

#[test]
fn a_wide_as_hides_behind_as_trans() {
    let wide = OpenExpectation {
        peer_as: Asn(4_200_000_001),
        ..EXPECTED
    };
    let open = "04 5ba0 005a 0a000001 08 0206 4104 fa56ea01";
    check_from(
        &wide,
        open,
        "AS 4200000001 hold 90 id 10.0.0.1 [FourOctetAs(Asn(4200000001))]",
    );
    check(open, "2/2 5ba0");
    // AS_TRANS with a number that would have fitted is odd, and allowed.
    check(
        "04 5ba0 005a 0a000001 08 0206 4104 0000fde9",
        "AS 65001 hold 90 id 10.0.0.1 [FourOctetAs(Asn(65001))]",
    );
}

#[test]
fn the_families_have_one_in_common() {
    check(&body("08 0206 0104 00020001"), "2/7 010400020001");
    check(
        &body("0e 020c 0104 00020001 0104 00010001"),
        "AS 65001 hold 90 id 10.0.0.1 \
         [Multiprotocol(Family { afi: 2, safi: 1 }), Multiprotocol(Family { afi: 1, safi: 1 })]",
    );
}

#[test]
fn many_capabilities_take_the_longer_form() {
    let other = |n: usize| Capability::Other {
        code: 222,
        value: vec![7; n],
    };
    let check = |capabilities: Vec<Capability>, kept: usize, prefix: &str| {
        let open = Open {
            version: 4,
            my_as: 65_001,
            hold_time: 90,
            id: RouterId(Ipv4Addr::new(10, 0, 0, 1)),
            capabilities,
        };
        let mut wire = Vec::new();
        encode(&Message::Open(open.clone()), &EXTERNAL, &mut wire);
        assert_eq!(hex(&wire[28..28 + prefix.len() / 2]), prefix);
        let decoded = decode(&wire, &EXTERNAL).map(|it| it.message);
        let capabilities = open.capabilities.into_iter().take(kept).collect();
        assert_eq!(decoded, Ok(Message::Open(Open { capabilities, ..open })));
    };
    check(vec![other(250)], 1, "fe02fcdefa");
    check(vec![other(251)], 1, "ffff01000200fddefb");
    check(vec![other(255); 20], 15, "ffff0f1202");
    check(vec![other(256)], 0, "00");
}

#[test]
fn as_0_is_nobody_in_the_second_capability_either() {
    check(&body("10 020e 4104 0000fde9 4104 00000000 0200"), "2/2 00000000");
}
