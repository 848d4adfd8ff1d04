//! Messages as octets: any octets are survived, what decodes is kept, what is built comes through.

use proptest::prelude::*;

use super::pair::{LEFT, Pair, RIGHT, connection};
use crate::proto::ike::config::Versions;
use crate::proto::ike::wire::{
    Attribute, AttributeValue, Body, Criticality, DeleteBody, ExchangeType, Header, IdBody, Message,
    NotifyBody, NotifyType, Payload, ProposalBody, SelectorBody, TransformBody, VERSION_1, VERSION_2,
    payload_type,
};
use crate::proto::ike::{Input, Output};
use std::net::SocketAddrV4;

fn octets(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..longest)
}

fn proposals(id_limit: u16) -> impl Strategy<Value = Vec<ProposalBody>> {
    let value = prop_oneof![
        any::<u16>().prop_map(AttributeValue::Short),
        octets(9).prop_map(AttributeValue::Long)
    ];
    let attribute = (0u16..0x8000, value).prop_map(|(kind, value)| Attribute { kind, value });
    let transform = (any::<u8>(), 0..id_limit, prop::collection::vec(attribute, 0..3)).prop_map(
        |(first, id, attributes)| TransformBody {
            first,
            id,
            attributes,
        },
    );
    let proposal = (
        any::<u8>(),
        any::<u8>(),
        octets(9),
        prop::collection::vec(transform, 0..4),
    )
        .prop_map(|(number, protocol, spi, transforms)| ProposalBody {
            number,
            protocol,
            spi,
            transforms,
        });
    prop::collection::vec(proposal, 1..4)
}

fn notify() -> impl Strategy<Value = NotifyBody> {
    (any::<u8>(), octets(9), any::<u16>(), octets(30)).prop_map(|(protocol, spi, kind, data)| NotifyBody {
        protocol,
        spi,
        kind: NotifyType(kind),
        data,
    })
}

fn delete() -> impl Strategy<Value = DeleteBody> {
    (any::<u8>(), prop::collection::vec(any::<[u8; 4]>(), 1..4)).prop_map(|(protocol, spis)| DeleteBody {
        protocol,
        spi_len: 4,
        spis: spis.into_iter().map(|spi| spi.to_vec()).collect(),
    })
}

fn selectors() -> impl Strategy<Value = Vec<SelectorBody>> {
    let one = (any::<u8>(), any::<u8>(), any::<(u16, u16)>(), octets(33)).prop_map(
        |(kind, protocol, ports, addresses)| SelectorBody {
            kind,
            protocol,
            ports,
            addresses,
        },
    );
    prop::collection::vec(one, 0..4)
}

fn id() -> impl Strategy<Value = IdBody> {
    (any::<u8>(), octets(20)).prop_map(|(kind, data)| IdBody {
        kind,
        protocol: 0,
        port: 0,
        data,
    })
}

fn payload_v2() -> impl Strategy<Value = Payload> {
    prop_oneof![
        proposals(u16::MAX).prop_map(Payload::Sa),
        (any::<u16>(), octets(40)).prop_map(|(group, data)| Payload::Ke { group, data }),
        id().prop_map(Payload::IdInitiator),
        id().prop_map(Payload::IdResponder),
        (any::<u8>(), octets(40)).prop_map(|(encoding, data)| Payload::Cert { encoding, data }),
        (any::<u8>(), octets(40)).prop_map(|(encoding, data)| Payload::CertReq { encoding, data }),
        (any::<u8>(), octets(40)).prop_map(|(method, data)| Payload::Auth { method, data }),
        octets(40).prop_map(Payload::Nonce),
        notify().prop_map(Payload::Notify),
        delete().prop_map(Payload::Delete),
        octets(20).prop_map(Payload::Vendor),
        selectors().prop_map(Payload::SelectorsInitiator),
        selectors().prop_map(Payload::SelectorsResponder),
        (200u8.., any::<bool>(), octets(20)).prop_map(|(kind, critical, data)| Payload::Unknown {
            kind,
            critical: if critical {
                Criticality::MustBeKnown
            } else {
                Criticality::MayBeSkipped
            },
            data,
        }),
    ]
}

fn payload_v1() -> impl Strategy<Value = Payload> {
    prop_oneof![
        proposals(256).prop_map(Payload::SaV1),
        octets(40).prop_map(Payload::KeV1),
        (any::<u8>(), any::<u8>(), any::<u16>(), octets(20)).prop_map(|(kind, protocol, port, data)| {
            Payload::IdV1(IdBody {
                kind,
                protocol,
                port,
                data,
            })
        }),
        octets(40).prop_map(Payload::HashV1),
        octets(40).prop_map(Payload::NonceV1),
        notify().prop_map(Payload::NotifyV1),
        delete().prop_map(Payload::DeleteV1),
        octets(20).prop_map(Payload::VendorV1),
        octets(20).prop_map(Payload::NatDV1),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let body = prop_oneof![
        prop::collection::vec(payload_v2(), 0..6).prop_map(|payloads| (VERSION_2, Body::Payloads(payloads))),
        (prop::collection::vec(payload_v2(), 0..3), 1u8..60, octets(60)).prop_map(
            |(mut payloads, first, data)| {
                payloads.push(Payload::Encrypted { first, data });
                (VERSION_2, Body::Payloads(payloads))
            }
        ),
        prop::collection::vec(payload_v1(), 0..6).prop_map(|payloads| (VERSION_1, Body::Payloads(payloads))),
        (any::<u8>(), octets(60)).prop_map(|(first, data)| (VERSION_1, Body::EncryptedV1 { first, data })),
    ];
    (any::<(u64, u64, u8, u32)>(), any::<u8>(), body).prop_map(|(ids, flags, (version, body))| {
        let flags = match (version, &body) {
            (VERSION_1, Body::EncryptedV1 { .. }) => flags | 1,
            (VERSION_1, Body::Payloads(_)) => flags & !1,
            _ => flags,
        };
        Message {
            header: Header {
                spi_i: ids.0,
                spi_r: ids.1,
                version,
                exchange: ExchangeType(ids.2),
                flags,
                message_id: ids.3,
            },
            body,
        }
    })
}

/// A message as it is sent, with one octet changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (message(), any::<(u16, u8)>()).prop_map(|(message, (at, value))| {
        let mut octets = message.encode();
        let at = usize::from(at) % octets.len();
        octets[at] ^= value;
        octets
    })
}

proptest! {
    #[test]
    fn what_is_built_comes_through(message in message()) {
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn what_decodes_is_kept(octets in damaged()) {
        if let Ok(message) = Message::decode(&octets) {
            // Reserved fields are written as zero; what is read from that is the same again.
            let again = message.encode();
            prop_assert_eq!(again.len(), octets.len());
            prop_assert_eq!(Message::decode(&again), Ok(message));
        }
    }

    #[test]
    fn any_octets_are_survived(octets in octets(200)) {
        let _ = Message::decode(&octets);
        let mut framed = vec![0; 28];
        framed[16] = payload_type::SA;
        framed[17] = VERSION_2;
        framed.extend(&octets);
        let len = framed.len() as u32;
        framed[24..28].copy_from_slice(&len.to_be_bytes());
        for first in 0..=64 {
            framed[16] = first;
            let _ = Message::decode(&framed);
        }
    }

    /// Whatever is thrown at a gateway with a tunnel up, and whenever, the tunnel stays up and nothing breaks.
    #[test]
    fn strangers_do_no_harm(thrown in prop::collection::vec(damaged(), 1..20), v1: bool, port_4500: bool) {
        let mut pair = Pair::both(|connection| connection.versions = if v1 { Versions::V1 } else { Versions::V2 });
        pair.initiate();
        for octets in &thrown {
            let port = if port_4500 { 4500 } else { 500 };
            let input = Input::Datagram {
                local: SocketAddrV4::new(RIGHT, port),
                remote: SocketAddrV4::new(LEFT, port),
                octets,
            };
            pair.feed_right(input);
        }
        pair.drive(crate::units::Span::secs(60));
        prop_assert_eq!(pair.n_children(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Somebody on the path sends all messages of a tunnel again, as they were and changed: the tunnel stays up.
    #[test]
    fn who_lacks_the_key_can_neither_replay_nor_forge(v1: bool, forced: bool, (at, value) in any::<(u16, u8)>()) {
        let mut pair = Pair::both(|connection| {
            connection.versions = if v1 { Versions::V1 } else { Versions::V2 };
            if forced {
                connection.encapsulation = crate::proto::ike::config::Encapsulation::Forced;
            }
        });
        pair.initiate();
        pair.drive(crate::units::Span::hours(5));
        let sent = core::mem::take(&mut pair.sent);
        for (remote, local, octets) in sent {
            let mut damaged = octets.clone();
            let at = usize::from(at) % damaged.len();
            damaged[at] ^= value;
            for octets in [octets.as_slice(), &damaged] {
                let input = Input::Datagram { local, remote, octets };
                if *local.ip() == LEFT { pair.feed_left(input) } else { pair.feed_right(input) }
            }
        }
        pair.drive(crate::units::Span::minutes(4));
        prop_assert_eq!(pair.n_children(), 1, "{:?}", pair.told);
    }
}

/// A request to the right gateway, and what it answers.
fn answer_to(header: Header, payloads: Vec<Payload>, spoil: impl Fn(&mut Vec<u8>)) -> Option<Message> {
    let mut pair = Pair::new(connection(LEFT, RIGHT), connection(RIGHT, LEFT));
    let message = Message {
        header,
        body: Body::Payloads(payloads),
    };
    let mut octets = message.encode();
    spoil(&mut octets);
    let (local, remote) = (SocketAddrV4::new(RIGHT, 500), SocketAddrV4::new(LEFT, 500));
    let mut out = Vec::new();
    let octets = octets.as_slice();
    pair.right.handle(
        pair.now,
        Input::Datagram {
            local,
            remote,
            octets,
        },
        &mut out,
    );
    out.into_iter().find_map(|output| match output {
        Output::Send(datagram) => Some(Message::decode(&datagram.octets).expect("an answer decodes")),
        _ => None,
    })
}

const FIRST: Header = Header {
    spi_i: 7,
    spi_r: 0,
    version: VERSION_2,
    exchange: ExchangeType::IKE_SA_INIT,
    flags: 8,
    message_id: 0,
};

#[track_caller]
fn check_refusal(answer: Option<Message>, notify: NotifyType, data: &[u8]) {
    let answer = answer.expect("an answer");
    assert!(answer.header.is_response());
    assert_eq!(answer.payloads(), [Payload::notify(notify, data.to_vec())]);
}

#[test]
fn what_cannot_be_read_is_refused_by_the_book() {
    check_refusal(answer_to(FIRST, vec![], |_| {}), NotifyType::INVALID_SYNTAX, &[]);
    let nonce = vec![Payload::Nonce(vec![0; 32])];
    // The payload says that it is longer than it is.
    check_refusal(
        answer_to(FIRST, nonce.clone(), |octets| octets[31] = 200),
        NotifyType::INVALID_SYNTAX,
        &[],
    );
    let critical = vec![Payload::Unknown {
        kind: 213,
        critical: Criticality::MustBeKnown,
        data: vec![1],
    }];
    check_refusal(
        answer_to(FIRST, critical, |_| {}),
        NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
        &[213],
    );
    let newer = Header {
        version: 0x30,
        ..FIRST
    };
    check_refusal(
        answer_to(newer, nonce.clone(), |_| {}),
        NotifyType::INVALID_MAJOR_VERSION,
        &[],
    );
    // Answers to nothing, and messages for SAs that nobody has, are dropped.
    let stray = Header { flags: 0x28, ..FIRST };
    assert_eq!(answer_to(stray, nonce.clone(), |_| {}), None);
    let unknown = Header {
        exchange: ExchangeType::INFORMATIONAL,
        spi_r: 9,
        ..FIRST
    };
    assert_eq!(answer_to(unknown, nonce, |_| {}), None);
}
