//! What OPENs are sent, accepted and refused.

use super::pipe::configs;
use crate::proto::bgp::session::open::{check, negotiate, offer};
use crate::proto::bgp::session::*;
use crate::proto::bgp::{AsWidth, Asn, Capability, Family, Open, RouterId};
use crate::units::Span;

/// Refuses what `spoil` makes of the peer's OPEN, with this code and these data.
#[track_caller]
fn check_refused(spoil: impl FnOnce(&mut Open), code: (u8, u8), data: &[u8]) {
    let [own, peer] = configs();
    let mut open = offer(&peer, Restarted::No);
    assert_eq!(check(&own, &open), Ok(()));
    spoil(&mut open);
    let refusal = check(&own, &open).expect_err("it is not acceptable");
    let answer = refusal.notification;
    assert_eq!((answer.code.code, answer.code.subcode), code);
    assert_eq!(answer.data, data);
}

#[test]
fn each_field_is_refused_with_its_code() {
    check_refused(|open| open.version = 3, (2, 1), &[0, 4]);
    check_refused(
        |open| open.id = RouterId([0, 0, 0, 0].into()),
        (2, 3),
        &[0, 0, 0, 0],
    );
    check_refused(|open| open.hold_time = 1, (2, 6), &[0, 1]);
    check_refused(|open| open.hold_time = 2, (2, 6), &[0, 2]);
    check_refused(
        |open| {
            open.my_as = 65_009;
            open.capabilities = vec![Capability::FourOctetAs(Asn(65_009))];
        },
        (2, 2),
        &[0xFD, 0xF1],
    );
    // The field is right and the capability is not.
    check_refused(
        |open| open.capabilities = vec![Capability::FourOctetAs(Asn(65_077))],
        (2, 2),
        &[0, 0, 0xFE, 0x35],
    );
    let ipv6 = Family { afi: 2, safi: 1 };
    check_refused(
        |open| open.capabilities = vec![Capability::Multiprotocol(ipv6)],
        (2, 7),
        &[1, 4, 0, 2, 0, 1],
    );
    // FRR adds what it does not know; not what it knows and this end does not (73), nor what is for private use.
    let other = |code, value: &[u8]| Capability::Other {
        code,
        value: value.to_vec(),
    };
    check_refused(
        |open| {
            open.capabilities = vec![
                other(77, b"abc"),
                Capability::Multiprotocol(ipv6),
                other(73, &[1, b'r', 0]),
                other(129, &[]),
            ];
        },
        (2, 7),
        &[77, 3, b'a', b'b', b'c', 1, 4, 0, 2, 0, 1],
    );
}

#[test]
fn as_trans_in_the_field_leaves_the_as_to_the_capability() {
    check_refused(
        |open| {
            open.my_as = 23_456;
            open.capabilities = vec![Capability::FourOctetAs(Asn::TRANS)];
        },
        (2, 2),
        &[0, 0, 0x5B, 0xA0],
    );
    let [config, peer] = configs();
    let mut open = offer(&peer, Restarted::No);
    open.my_as = 23_456;
    assert_eq!(check(&config, &open), Ok(()));
}

#[test]
fn the_first_wrong_field_is_named() {
    check_refused(
        |open| {
            open.hold_time = 1;
            open.my_as = 1;
            open.capabilities.clear();
        },
        (2, 2),
        &[0, 1],
    );
}

#[test]
fn a_wide_as_is_spoken_in_the_capability() {
    let [mut config, _] = configs();
    config.own_as = Asn(4_200_000_001);
    let open = offer(&config, Restarted::No);
    assert_eq!(open.my_as, 23_456);
    assert_eq!(open.asn(), Asn(4_200_000_001));
    config.capabilities = Capabilities::None;
    assert_eq!(offer(&config, Restarted::No).capabilities, []);
}

#[test]
fn another_as_is_spoken_towards_the_peer() {
    let [mut config, _] = configs();
    config.local_as = Some(Asn(65_099));
    assert_eq!(offer(&config, Restarted::No).asn(), Asn(65_099));
}

#[test]
fn a_restarted_speaker_says_so() {
    let [mut config, _] = configs();
    config.capabilities = Capabilities::Offered(GracefulRestartConfig {
        mode: GracefulRestartMode::Full,
        restart_time: Span::hours(9),
        ..GracefulRestartConfig::default()
    });
    let offered = offer(&config, Restarted::Yes);
    let restart = offered
        .capabilities
        .iter()
        .find_map(|capability| match capability {
            Capability::GracefulRestart(restart) => Some(restart.clone()),
            Capability::Multiprotocol(_)
            | Capability::RouteRefresh
            | Capability::EnhancedRouteRefresh
            | Capability::FourOctetAs(_)
            | Capability::Other { .. } => None,
        });
    let restart = restart.expect("it is offered");
    assert_eq!((restart.flags, restart.restart_time), (0b1100, 4095));
    assert_eq!(restart.families, [(Family::IPV4_UNICAST, 128)]);
}

#[track_caller]
fn check_hold(own: (u64, u64), peer: u64, expected: (u64, u64)) {
    let [mut config, other] = configs();
    (config.timers.hold, config.timers.keepalive) = (Span::secs(own.0), Span::secs(own.1));
    let mut open = offer(&other, Restarted::No);
    open.hold_time = peer as u16;
    let negotiated = negotiate(&config, &open);
    let secs = |span: Option<Span>| span.map_or(0, Span::as_secs);
    assert_eq!((secs(negotiated.hold_time), secs(negotiated.keepalive)), expected);
}

#[test]
fn the_smaller_hold_time_and_at_most_a_third_of_it() {
    check_hold((30, 10), 9, (9, 3));
    check_hold((9, 3), 30, (9, 3));
    check_hold((90, 10), 90, (90, 10));
    check_hold((90, 0), 90, (90, 30));
    check_hold((0, 0), 9, (0, 0));
    check_hold((9, 3), 0, (0, 0));
    check_hold((4, 3), 4, (4, 1));
}

#[test]
fn an_old_peer_has_narrow_as_numbers_and_no_refresh() {
    let [own, mut peer] = configs();
    peer.capabilities = Capabilities::None;
    let negotiated = negotiate(&own, &offer(&peer, Restarted::No));
    assert_eq!(negotiated.as_width, AsWidth::Two);
    assert!(!negotiated.route_refresh);
    assert_eq!(negotiated.graceful_restart, None);
    let negotiated = negotiate(&peer, &offer(&own, Restarted::No));
    assert_eq!(negotiated.as_width, AsWidth::Narrowed);
}

#[test]
fn zero_hold_time_can_be_refused() {
    let [mut config, other] = configs();
    config.hold_policy.zero = ZeroHold::Refused;
    let mut open = offer(&other, Restarted::No);
    open.hold_time = 0;
    let refusal = check(&config, &open).expect_err("it is refused");
    assert_eq!(
        refusal.error.to_string(),
        "peer offers hold time 0s, at least 3s is accepted"
    );
}
