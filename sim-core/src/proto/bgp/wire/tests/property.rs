use std::sync::Arc;

use ipnet::Ipv4Net;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::super::attribute::{
    Aggregator, AsPath, Attributes, Community, LargeCommunity, Origin, Segment, SegmentKind, UnknownAttribute,
};
use super::super::super::message::{Capability, Family, GracefulRestart, Open, RouteRefresh, Update};
use super::*;

fn dialects() -> impl Strategy<Value = Dialect> {
    let widths = prop_oneof![Just(AsWidth::Two), Just(AsWidth::Four)];
    let kinds = prop_oneof![Just(PeerKind::Ibgp), Just(PeerKind::Ebgp)];
    let first = prop_oneof![Just(FirstAs::Any), Just(FirstAs::Is(Asn(65_001)))];
    (widths, kinds, first).prop_map(|(as_width, kind, first_as)| Dialect {
        as_width,
        kind,
        first_as,
        ..EXTERNAL
    })
}

fn prefixes() -> impl Strategy<Value = Vec<Ipv4Net>> {
    // Within 16.0.0.0/4, where everything is a destination.
    let prefix = (0x1000_0000..0x2000_0000_u32, 4..=32_u8).prop_map(|(address, bits)| {
        Ipv4Net::new(address.into(), bits)
            .expect("at most 32 bits")
            .trunc()
    });
    vec(prefix, 0..30)
}

fn asns() -> impl Strategy<Value = Asn> {
    prop_oneof![1..70_000_u32, 1..=u32::MAX].prop_map(Asn)
}

fn paths() -> impl Strategy<Value = AsPath> {
    let kinds = prop_oneof![Just(SegmentKind::Sequence), Just(SegmentKind::Set)];
    let segment = (kinds, vec(asns(), 1..6)).prop_map(|(kind, asns)| Segment {
        kind,
        asns: asns.into(),
    });
    vec(segment, 0..4).prop_map(AsPath::new)
}

fn sorted<T: Ord + core::fmt::Debug>(items: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(items, 0..5).prop_map(|mut items| {
        items.sort_unstable();
        items.dedup();
        items
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let origins = prop_oneof![Just(Origin::Igp), Just(Origin::Egp), Just(Origin::Incomplete)];
    let aggregators = (asns(), any::<u32>()).prop_map(|(asn, id)| Aggregator {
        asn,
        id: RouterId(id.into()),
    });
    let large = (any::<u32>(), any::<u32>(), any::<u32>());
    let large = large.prop_map(|(global, local_1, local_2)| LargeCommunity {
        global,
        local_1,
        local_2,
    });
    let unknown = (
        prop_oneof![Just(20_u8), Just(99), Just(255)],
        vec(any::<u8>(), 0..300),
    );
    let unknown = option::of(unknown).prop_map(|it| {
        let attribute = it.map(|(code, value)| UnknownAttribute {
            code,
            flags: 0xE0,
            value,
        });
        attribute.into_iter().collect::<Vec<_>>()
    });
    let well_known = (
        origins,
        paths(),
        0x0A00_0000..0x0B00_0000_u32,
        option::of(any::<u32>()),
    );
    let marks = (
        any::<bool>(),
        option::of(aggregators),
        sorted(any::<u32>().prop_map(Community)),
        sorted(large),
    );
    let internal = (any::<u32>(), option::of(any::<u32>()), vec(any::<u32>(), 0..3));
    (well_known, marks, internal, unknown).prop_map(|(well_known, marks, internal, unknown)| Attributes {
        origin: well_known.0,
        as_path: well_known.1,
        next_hop: well_known.2.into(),
        med: well_known.3,
        atomic_aggregate: marks.0,
        aggregator: marks.1,
        communities: marks.2.into(),
        large_communities: marks.3,
        local_pref: Some(internal.0),
        originator_id: internal.1.map(|id| RouterId(id.into())),
        cluster_list: internal.2.into_iter().map(Ipv4Addr::from).collect(),
        unknown,
    })
}

fn updates() -> impl Strategy<Value = Update> {
    (prefixes(), prefixes(), attributes()).prop_map(|(withdrawn, announced, attributes)| Update {
        attributes: (!announced.is_empty()).then(|| Arc::new(attributes)),
        withdrawn: withdrawn.into(),
        announced: announced.into(),
    })
}

fn families() -> impl Strategy<Value = Family> {
    (any::<u16>(), any::<u8>()).prop_map(|(afi, safi)| Family { afi, safi })
}

fn capabilities() -> impl Strategy<Value = Capability> {
    let restart = (0..16_u8, 0..4_096_u16, vec((families(), any::<u8>()), 0..4));
    prop_oneof![
        families().prop_map(Capability::Multiprotocol),
        Just(Capability::RouteRefresh),
        Just(Capability::EnhancedRouteRefresh),
        restart.prop_map(|(flags, restart_time, families)| {
            Capability::GracefulRestart(GracefulRestart {
                flags,
                restart_time,
                families,
            })
        }),
        (74..=255_u8, vec(any::<u8>(), 0..40)).prop_map(|(code, value)| Capability::Other { code, value }),
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let open = (
        1..=u16::MAX,
        3..=u16::MAX,
        1..=u32::MAX,
        vec(capabilities(), 0..20),
    );
    let notification = (any::<u8>(), any::<u8>(), vec(any::<u8>(), 0..40));
    prop_oneof![
        4 => updates().prop_map(Message::Update),
        2 => open.prop_map(|(my_as, hold_time, id, capabilities)| Message::Open(Open {
            version: 4,
            my_as,
            hold_time,
            id: RouterId(id.into()),
            capabilities,
        })),
        1 => notification.prop_map(|(code, subcode, data)| {
            Message::Notification(Notification::with(Code { code, subcode }, data))
        }),
        1 => Just(Message::Keepalive),
        1 => (families(), any::<u8>())
            .prop_map(|(family, subtype)| Message::RouteRefresh(RouteRefresh { family, subtype })),
    ]
}

/// What of the message has a meaning for the peer.
fn expected(message: Message, dialect: &Dialect) -> Message {
    let Message::Update(mut update) = message else {
        return message;
    };
    if let (Some(attributes), PeerKind::Ebgp) = (&mut update.attributes, dialect.kind) {
        let attributes = Arc::make_mut(attributes);
        attributes.local_pref = None;
        attributes.originator_id = None;
        attributes.cluster_list.clear();
    }
    Message::Update(update)
}

/// Reads it every way there is, and writes what was read.
fn exercise(octets: &[u8], dialect: &Dialect) {
    let _ = super::super::frame(octets);
    if let Ok(packet) = Packet::read(octets) {
        let mut again = Vec::new();
        packet.write(&mut again);
        assert_eq!(again, octets);
    }
    if let Ok(decoded) = decode(octets, dialect) {
        let mut again = Vec::new();
        encode(&decoded.message, dialect, &mut again);
        let notes: Vec<String> = decoded.notes.iter().map(Note::to_string).collect();
        assert!(notes.iter().all(|it| it.contains("RFC")), "{notes:?}");
    }
}

proptest! {
    #[test]
    fn every_message_comes_back(message in messages(), dialect in dialects()) {
        let dialect = Dialect { first_as: FirstAs::Any, ..dialect };
        let mut wire = Vec::new();
        encode(&message, &dialect, &mut wire);
        prop_assume!(super::super::frame(&wire) == Framing::Message { len: wire.len() });
        let decoded = decode(&wire, &dialect);
        prop_assert_eq!(decoded, Ok(Decoded::from(expected(message, &dialect))));
        exercise(&wire, &dialect);
    }

    #[test]
    fn any_octets_do_no_harm(octets in vec(any::<u8>(), 0..200), dialect in dialects()) {
        exercise(&octets, &dialect);
    }

    #[test]
    fn any_body_does_no_harm(kind in 1..=5_u8, body in vec(any::<u8>(), 0..200), dialect in dialects()) {
        exercise(&message(kind, &hex(&body)), &dialect);
    }

    #[test]
    fn any_list_of_attributes_does_no_harm(
        attributes in vec((any::<u8>(), 0..40_u8, vec(any::<u8>(), 0..20)), 0..8),
        announced in vec(any::<u8>(), 0..8),
        dialect in dialects(),
    ) {
        let list: String = attributes
            .iter()
            .map(|(flags, code, value)| {
                format!("{:02x}{code:02x}{:02x}{}", flags & 0xE0, value.len(), hex(value))
            })
            .collect();
        let body = format!("0000 {:04x} {list} {}", list.len() / 2, hex(&announced));
        exercise(&message(2, &body), &dialect);
    }

    #[test]
    fn a_message_with_octets_changed_does_no_harm(
        message in messages(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        dialect in dialects(),
    ) {
        let mut wire = Vec::new();
        encode(&message, &dialect, &mut wire);
        for (at, value) in changes {
            let at = at.index(wire.len());
            wire[at] = value;
        }
        exercise(&wire, &dialect);
    }
}
