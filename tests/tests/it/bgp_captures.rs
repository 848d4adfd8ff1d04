//! What routers really sent: every BGP message captured between two of FRR 8.4 or BIRD 2 comes back octet for octet.

use std::path::Path;

use sim_core::proto::bgp::wire::{self, Dialect, Framing, Packet};
use sim_core::proto::bgp::{AsWidth, Message, PeerKind};

#[derive(serde::Deserialize)]
struct Capture {
    name: String,
    engine: String,
    capabilities_4byte_as: bool,
    messages: Vec<Captured>,
}

#[derive(serde::Deserialize)]
struct Captured {
    #[serde(rename = "type")]
    kind: String,
    hex: String,
}

impl Capture {
    fn dialect(&self) -> Dialect {
        Dialect {
            as_width: if self.capabilities_4byte_as {
                AsWidth::Four
            } else {
                AsWidth::Two
            },
            kind: if self.name.contains("reflector") {
                PeerKind::Ibgp
            } else {
                PeerKind::Ebgp
            },
            ..Dialect::INITIAL
        }
    }
    fn octets(&self) -> Vec<Vec<u8>> {
        self.messages.iter().map(|it| octets(&it.hex)).collect()
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex
        .chars()
        .map(|it| it.to_digit(16).expect("hexadecimal digits"))
        .collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}

fn captures() -> Vec<Capture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/oracle/pcap");
    let mut captures: Vec<Capture> = std::fs::read_dir(folder)
        .expect("the folder of captures")
        .map(|entry| entry.expect("an entry"))
        // Those of IKE beside them are another test's.
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with("ike-"))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a readable capture");
            serde_json::from_str(&text).expect("a capture")
        })
        .collect();
    captures.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(captures.len(), 9);
    captures
}

#[test]
fn captured_messages_come_back_octet_for_octet() {
    for capture in captures() {
        for (message, captured) in capture.octets().iter().zip(&capture.messages) {
            let packet = Packet::read(message).expect("a message that a router sent");
            let mut again = Vec::new();
            packet.write(&mut again);
            assert_eq!(&again, message, "{} {} {packet:?}", capture.name, captured.kind);
        }
    }
}

#[test]
fn captured_messages_are_framed_in_one_stream() {
    for capture in captures() {
        let messages = capture.octets();
        let stream = messages.concat();
        let mut rest = stream.as_slice();
        for message in &messages {
            assert_eq!(wire::frame(rest), Framing::Message { len: message.len() });
            rest = &rest[message.len()..];
        }
        assert_eq!(wire::frame(rest), Framing::NeedMore);
    }
}

#[test]
fn captured_messages_mean_the_same_when_written_anew() {
    for capture in captures() {
        let dialect = capture.dialect();
        for (message, captured) in capture.octets().iter().zip(&capture.messages) {
            let decoded = wire::decode(message, &dialect).expect("a message that a router sent");
            assert_eq!(decoded.notes, [], "{} {}", capture.name, captured.hex);
            let mut again = Vec::new();
            wire::encode(&decoded.message, &dialect, &mut again);
            assert_eq!(
                wire::decode(&again, &dialect),
                Ok(decoded.clone()),
                "{}",
                capture.name
            );
            // FRR writes some lengths longer than need be and each capability in a parameter of its own; BIRD does
            // neither, and its messages are ours.
            let ours = match decoded.message {
                Message::Notification(_) | Message::Keepalive | Message::RouteRefresh(_) => true,
                Message::Open(_) | Message::Update(_) => capture.engine.starts_with("BIRD"),
            };
            assert!(!ours || &again == message, "{} {}", capture.name, captured.hex);
        }
    }
}
