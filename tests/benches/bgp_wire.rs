//! What a BGP message costs to read and to write: `cargo bench -p tests --bench bgp_wire`.
//!
//! A plain program: one table of nanoseconds per message, the best of many short rounds, since what disturbs one only
//! ever makes it slower.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use ipnet::Ipv4Net;
use sim_core::proto::bgp::wire::{Dialect, decode, encode};
use sim_core::proto::bgp::{
    AsPath, AsWidth, Asn, Attributes, Community, Message, PeerKind, Prefixes, Update,
};

const N_ROUNDS: usize = 400;
const N_MESSAGES: usize = 2_000;

fn main() -> anyhow::Result<()> {
    let dialect = Dialect {
        as_width: AsWidth::Four,
        kind: PeerKind::Ebgp,
        ..Dialect::INITIAL
    };
    let mut bare = Attributes::new(Ipv4Addr::new(169, 254, 10, 1));
    bare.as_path = AsPath::sequence([64_512, 65_001, 4_200_000_001].map(Asn));
    let mut rich = bare.clone();
    rich.med = Some(50);
    rich.communities = [Community::new(7224, 9100), Community::new(65_000, 100)]
        .into_iter()
        .collect();
    let messages = [
        ("keepalive", Message::Keepalive),
        ("withdrawal of 1", update(1, None)?),
        ("update of 1", update(1, Some(bare.clone()))?),
        ("update of 1, med, communities", update(1, Some(rich))?),
        ("update of 100", update(100, Some(bare))?),
    ];
    println!(
        "{:<32}{:>8}{:>12}{:>12}",
        "message", "octets", "decode ns", "encode ns"
    );
    for (name, message) in messages {
        let mut wire = Vec::new();
        encode(&message, &dialect, &mut wire);
        let read = best(|| black_box(decode(black_box(&wire), &dialect)).is_ok());
        let mut out = Vec::new();
        let written = best(|| {
            out.clear();
            encode(black_box(&message), &dialect, &mut out);
            black_box(&out).len() == wire.len()
        });
        println!("{name:<32}{:>8}{read:>12.1}{written:>12.1}", wire.len());
    }
    Ok(())
}

/// An UPDATE that announces so many prefixes, or withdraws them where there are no attributes.
fn update(n: u32, attributes: Option<Attributes>) -> anyhow::Result<Message> {
    let prefixes = (0..n)
        .map(|i| Ipv4Net::new(Ipv4Addr::from(0x0A00_0000 + (i << 8)), 24))
        .collect::<Result<Prefixes, _>>()
        .context("failed to build a prefix")?;
    let attributes = attributes.map(Arc::new);
    let (withdrawn, announced) = match attributes {
        Some(_) => (Prefixes::new(), prefixes),
        None => (prefixes, Prefixes::new()),
    };
    Ok(Message::Update(Update {
        withdrawn,
        attributes,
        announced,
    }))
}

/// Nanoseconds per call in the fastest round.
fn best(mut call: impl FnMut() -> bool) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..N_ROUNDS {
        let begin = Instant::now();
        for _ in 0..N_MESSAGES {
            assert!(call());
        }
        best = best.min(begin.elapsed().as_secs_f64());
    }
    best * 1e9 / N_MESSAGES as f64
}
