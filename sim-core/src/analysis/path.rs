//! One path, hop by hop, there and back, with the rule or route that decided each hop.

use std::net::Ipv4Addr;

use crate::lab::Session;
use crate::net::Protocol;
use crate::units::Span;
use crate::verdict::Refusal;
use crate::world::World;
use crate::world::names::Names;
use crate::world::network::{Hop, Network, Path};
pub use crate::world::reach::Sender;

use super::wording::{rule_text, thing_text};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathQuestion {
    /// Who sends.
    pub from: Sender,
    /// The address that it sends to.
    pub to: Ipv4Addr,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The destination port; zero for ICMP.
    pub port: u16,
}

/// What happened at one place, in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct HopRow {
    /// The thing that the packet was at.
    pub node: String,
    /// By what it came in.
    pub ingress: Option<String>,
    /// By what it left.
    pub egress: Option<String>,
    /// The route table that was asked.
    pub table: Option<String>,
    /// The rule or route that decided.
    pub matched: Option<String>,
    /// `forward`, `deliver`, or `drop` with the reason's code.
    pub verdict: String,
}

/// A path and its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathReport {
    /// The question.
    pub question: PathQuestion,
    /// Whether the packet arrived, was answered, and the answer came back.
    pub ok: bool,
    /// What stopped it.
    pub refusal: Option<Refusal>,
    /// Whether it stopped on the way there or on the way back.
    pub stopped_on_return: bool,
    /// The time that a packet takes there and back, where both ways work.
    pub round_trip: Option<Span>,
    /// There.
    pub forward: Vec<HopRow>,
    /// And back; empty where nothing arrived.
    pub back: Vec<HopRow>,
}

/// Follows the first packet of a conversation in a session's lab, and its answer, at its present.
///
/// Returns `None` where the sender is not known or has no address.
#[must_use]
pub fn path(session: &Session, question: PathQuestion) -> Option<PathReport> {
    trace(session.world(), question)
}

/// Follows the first packet of a conversation and its answer, by the tables as they are at present.
///
/// Returns `None` where the sender is not known or has no address.
#[must_use]
pub fn trace(world: &World, question: PathQuestion) -> Option<PathReport> {
    let (network, names) = (world.network(), world.names());
    let reach = world.reach(question.from, question.to, question.protocol, question.port)?;
    let (trip, refusal) = (reach.trip, reach.refusal);
    Some(PathReport {
        question,
        ok: refusal.is_none(),
        refusal,
        stopped_on_return: trip.back.as_ref().is_some_and(|back| back.refusal().is_some()),
        round_trip: trip.answered_by().map(|_| trip.delay()),
        forward: rows(&trip.forward, network, names),
        back: trip
            .back
            .as_ref()
            .map_or_else(Vec::new, |back| rows(back, network, names)),
    })
}

fn rows(path: &Path, network: &Network, names: &Names) -> Vec<HopRow> {
    let last = path.hops.len().saturating_sub(1);
    path.hops
        .iter()
        .enumerate()
        .map(|(place, hop)| {
            let verdict = match (place == last, path.refusal()) {
                (true, Some(refusal)) => format!("drop {}", refusal.reason),
                (true, None) => "deliver".to_owned(),
                (false, _) => "forward".to_owned(),
            };
            row(hop, verdict, network, names)
        })
        .collect()
}

fn row(hop: &Hop, verdict: String, network: &Network, names: &Names) -> HopRow {
    HopRow {
        node: thing_text(hop.node, names),
        ingress: hop.ingress.map(|thing| thing_text(thing, names)),
        egress: hop.egress.map(|thing| thing_text(thing, names)),
        table: hop.table.map(|table| names.of(table)),
        matched: hop.rule.map(|rule| rule_text(rule, network, names)),
        verdict,
    }
}
