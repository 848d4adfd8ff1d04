//! Any octets as a BGP stream, under every dialect: no panic, packets come back as they were, and what was understood is
//! understood the same once it is written anew.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sim_core::proto::bgp::wire::{Dialect, FirstAs, Framing, Packet, decode, encode, frame};
use sim_core::proto::bgp::{AsWidth, Asn, Message, PeerKind};

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, mut stream) = input;
    let dialect = Dialect {
        as_width: if choice & 1 == 0 {
            AsWidth::Two
        } else {
            AsWidth::Four
        },
        kind: if choice & 2 == 0 {
            PeerKind::Ebgp
        } else {
            PeerKind::Ibgp
        },
        first_as: if choice & 4 == 0 {
            FirstAs::Any
        } else {
            FirstAs::Is(Asn(65_001))
        },
        ..Dialect::INITIAL
    };
    while let Framing::Message { len } = frame(stream) {
        let (message, rest) = stream.split_at(len);
        stream = rest;
        if let Ok(packet) = Packet::read(message) {
            let mut again = Vec::new();
            packet.write(&mut again);
            assert_eq!(again, message, "{packet:?}");
        }
        let Ok(decoded) = decode(message, &dialect) else {
            continue;
        };
        for note in &decoded.notes {
            assert!(!note.to_string().is_empty());
        }
        let mut again = Vec::new();
        encode(&decoded.message, &dialect, &mut again);
        if !says_something(&decoded.message) || frame(&again) != (Framing::Message { len: again.len() }) {
            continue;
        }
        let second = decode(&again, &dialect).expect("what was written is sound");
        assert_eq!(second.message, normal(decoded.message));
    }
});

/// Attributes of no prefix need not be sound, so an UPDATE of those alone may not survive.
fn says_something(message: &Message) -> bool {
    match message {
        Message::Update(it) => it.is_end_of_rib() || !it.announced.is_empty() || !it.withdrawn.is_empty(),
        Message::Open(_) | Message::Notification(_) | Message::Keepalive | Message::RouteRefresh(_) => true,
    }
}

/// What is written says of unknown attributes that somebody did not understand them.
fn normal(mut message: Message) -> Message {
    /// Partial, in the flags octet.
    const PARTIAL: u8 = 0x20;
    if let Message::Update(update) = &mut message
        && let Some(attributes) = &mut update.attributes
    {
        for it in &mut std::sync::Arc::make_mut(attributes).unknown {
            // Extended communities and the only-to-customer mark are known well enough.
            if it.code != 16 && it.code != 35 {
                it.flags |= PARTIAL;
            }
        }
    }
    message
}
