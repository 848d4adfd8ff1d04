use std::sync::Arc;

use ipnet::Ipv4Net;

use super::super::super::attribute::{AsPath, Attributes, Community, UnknownAttribute};
use super::super::super::message::{Prefixes, Update};
use super::*;

fn prefixes(n: u32) -> Prefixes {
    let prefix = |i: u32| Ipv4Net::new(Ipv4Addr::from(0x0A00_0000 + i), 32).expect("32 bits are allowed");
    (0..n).map(prefix).collect()
}

/// Writes the update, and reads the messages that come of it one after the other.
#[track_caller]
fn there_and_back(update: Update) -> Vec<Update> {
    let mut wire = Vec::new();
    encode(&Message::Update(update), &EXTERNAL, &mut wire);
    let mut stream = wire.as_slice();
    let mut updates = Vec::new();
    while let Framing::Message { len } = super::super::frame(stream) {
        let decoded = decode(&stream[..len], &EXTERNAL).expect("a sound message");
        assert_eq!(decoded.notes, []);
        match decoded.message {
            Message::Update(update) => updates.push(update),
            other => panic!("{other:?}"),
        }
        stream = &stream[len..];
    }
    assert_eq!(stream, [], "octets that belong to no message");
    updates
}

fn attributes() -> Attributes {
    let mut it = Attributes::new(Ipv4Addr::new(10, 9, 9, 9));
    it.as_path = AsPath::sequence([Asn(65_001)]);
    it
}

#[test]
fn what_is_too_long_for_one_message_takes_several() {
    for n in [1, 800, 803, 804, 810, 811, 812, 2_000, 10_000] {
        let whole = Update {
            withdrawn: prefixes(n),
            attributes: Some(Arc::new(attributes())),
            announced: prefixes(n / 2 + 1),
        };
        let parts = there_and_back(whole.clone());
        let withdrawn: Prefixes = parts.iter().flat_map(|it| it.withdrawn.clone()).collect();
        let announced: Prefixes = parts.iter().flat_map(|it| it.announced.clone()).collect();
        assert_eq!((withdrawn, announced), (whole.withdrawn, whole.announced));
        for part in parts.iter().filter(|it| !it.announced.is_empty()) {
            assert_eq!(part.attributes, whole.attributes);
        }
    }
}

#[test]
fn attributes_that_leave_no_room_withdraw_instead() {
    let mut many = attributes();
    many.communities = (0..1_100).map(Community).collect();
    let mut long = attributes();
    let value = vec![0; 70_000];
    long.unknown = vec![UnknownAttribute {
        code: 99,
        flags: 0xC0,
        value,
    }];
    for attributes in [many, long] {
        let parts = there_and_back(Update {
            withdrawn: Prefixes::new(),
            attributes: Some(Arc::new(attributes)),
            announced: prefixes(3),
        });
        let withdrawn: Prefixes = parts.iter().flat_map(|it| it.withdrawn.clone()).collect();
        assert_eq!(withdrawn, prefixes(3));
        assert!(parts.iter().all(|it| it.announced.is_empty()));
    }
}

#[test]
fn long_paths_take_several_segments_and_long_values_longer_lengths() {
    let mut it = attributes();
    it.as_path = AsPath::sequence((1..=300).map(Asn));
    it.communities = (0..100).map(Community).collect();
    let update = Update {
        withdrawn: Prefixes::new(),
        attributes: Some(Arc::new(it.clone())),
        announced: prefixes(1),
    };
    let parts = there_and_back(update);
    let back = parts[0].attributes.as_deref().expect("attributes");
    assert_eq!(
        back.as_path.asns().collect::<Vec<_>>(),
        it.as_path.asns().collect::<Vec<_>>()
    );
    assert_eq!(back.as_path.segments().len(), 2);
    assert_eq!(back.communities, it.communities);
}

#[test]
fn partial_is_set_on_what_is_not_understood() {
    let mut it = attributes();
    let unknown = |code: u8, flags: u8| UnknownAttribute {
        code,
        flags,
        value: vec![0; 8],
    };
    it.unknown = vec![unknown(16, 0xC0), unknown(20, 0xC0), unknown(99, 0xE0)];
    let update = Update {
        withdrawn: Prefixes::new(),
        attributes: Some(Arc::new(it)),
        announced: prefixes(1),
    };
    let parts = there_and_back(update);
    let back = parts[0].attributes.as_deref().expect("attributes");
    assert_eq!(
        back.unknown,
        [unknown(16, 0xC0), unknown(20, 0xE0), unknown(99, 0xE0)]
    );
}

#[test]
fn a_notification_is_cut_to_the_longest_message() {
    let mut wire = Vec::new();
    let notification = Notification::with(Code::ADMINISTRATIVE_SHUTDOWN, vec![7; 5_000]);
    encode(&Message::Notification(notification), &EXTERNAL, &mut wire);
    assert_eq!(wire.len(), MAX_LEN);
    let decoded = decode(&wire, &EXTERNAL).expect("a sound message").message;
    let cut = Notification::with(Code::ADMINISTRATIVE_SHUTDOWN, vec![7; 4_075]);
    assert_eq!(decoded, Message::Notification(cut));
}
