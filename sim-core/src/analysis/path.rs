//! One path, hop by hop, there and back, with the rule or route that decided each hop.

use std::net::Ipv4Addr;

use crate::lab::Session;
use crate::net::{Mtu, Protocol};
use crate::resource::ResourceRef;
use crate::units::Span;
use crate::verdict::{Refusal, Rule};
use crate::world::World;
use crate::world::names::Names;
use crate::world::network::{Header, Hop, Network, Path};
use crate::world::reach::{Opening, Reach};
pub use crate::world::reach::{PathQuestion, Sender};

use super::members::{MemberRow, members};
use super::path_mtu::{Way, WayMtu, way_mtu};
use super::wording::{rule_text, thing_text};

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
    /// The largest packet that goes on from there, where there is a limit.
    pub mtu_bytes: Option<u16>,
    /// The equal ways among which the flow's hash chose, where there were several.
    pub members: Vec<MemberRow>,
    /// `forward`, `deliver`, or `drop` with the reason's code.
    pub verdict: String,
}

/// A path and its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathReport {
    /// The question.
    pub question: PathQuestion,
    /// Whether the packet arrived, was answered, and the answer came back; or one so small that it is not too large any more,
    /// where TCP heard that the first was.
    pub ok: bool,
    /// How large the packets are that TCP sends instead, in bytes; none where it has not to send others.
    pub sent_again_bytes: Option<u16>,
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
    /// How large packets may be on the way there, where one arrives.
    pub forward_mtu: Option<WayMtu>,
    /// And on the way back.
    pub back_mtu: Option<WayMtu>,
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
    let opening = world.opening(&question)?;
    let (forward_mtu, back_mtu) = mtus(world, &opening, question.size_bytes);
    let towards = [question.to, opening.header.flow.source];
    let Reach { trip, refusal } = world.try_out(&question, opening);
    let again = match (question.protocol, refusal.and_then(|refusal| refusal.rule)) {
        (Protocol::Tcp, Some(Rule::Mtu { .. })) => world.settled(question),
        (_, _) => None,
    };
    let again = again.filter(|(reach, _)| reach.refusal.is_none());
    let last = again.as_ref().map_or(&trip, |(reach, _)| &reach.trip);
    Some(PathReport {
        question,
        ok: refusal.is_none() || again.is_some(),
        sent_again_bytes: again.as_ref().and_then(|(_, bytes)| *bytes),
        refusal,
        stopped_on_return: trip.back.as_ref().is_some_and(|back| back.refusal().is_some()),
        round_trip: last.answered_by().map(|_| last.delay()),
        forward_mtu,
        back_mtu,
        forward: rows(&trip.forward, towards[0], network, names),
        back: trip
            .back
            .as_ref()
            .map_or_else(Vec::new, |back| rows(back, towards[1], network, names)),
    })
}

/// How large packets may be there and back, where `asked` says how large those are that are sent there.
fn mtus(world: &World, opening: &Opening, asked: Option<u16>) -> (Option<WayMtu>, Option<WayMtu>) {
    let Opening {
        from, header, trip, ..
    } = opening;
    let Some((to, arrived)) = trip.forward.delivered() else {
        return (None, None);
    };
    let mut tracking = opening.tracking.clone();
    let (near, far) = (opening.sender_mtu, world.network().end_mtu(to));
    let announced = trip.back.as_ref().and_then(|back| back.delivered()?.1.mss_bytes);
    let there = Way {
        from: *from,
        header: Header {
            mss_bytes: announced.map(|mss| mss.min(near.mss())),
            ..Header::new(header.flow)
        },
        largest: near,
        asked,
    };
    let back = Way {
        from: to.origin(),
        header: Header {
            mss_bytes: arrived.mss_bytes.map(|mss| mss.min(far.mss())),
            ..arrived.reply()
        },
        largest: far,
        asked: None,
    };
    (
        way_mtu(world, &mut tracking, &there),
        way_mtu(world, &mut tracking, &back),
    )
}

fn rows(path: &Path, towards: Ipv4Addr, network: &Network, names: &Names) -> Vec<HopRow> {
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
            HopRow {
                members: members((hop, path.hops.get(place + 1)), towards, network, names),
                ..row(hop, verdict, network, names)
            }
        })
        .collect()
}

fn row(hop: &Hop, verdict: String, network: &Network, names: &Names) -> HopRow {
    HopRow {
        node: thing_text(hop.node, names),
        ingress: hop.ingress.map(|thing| thing_text(thing, names)),
        egress: hop.egress.map(|thing| thing_text(thing, names)),
        table: table_of(hop).map(|table| names.of(table)),
        matched: hop.rule.map(|rule| rule_text(rule, network, names)),
        mtu_bytes: hop.mtu.map(Mtu::bytes),
        members: Vec::new(),
        verdict,
    }
}

/// The table that was asked: a VPC's, or a Transit Gateway's.
fn table_of(hop: &Hop) -> Option<ResourceRef> {
    let transit = match hop.rule {
        Some(Rule::TransitRoute { table, .. } | Rule::NoTransitRoute { table }) => Some(table.into()),
        _ => None,
    };
    transit.or(hop.table.map(ResourceRef::from))
}
