//! How a host's DNS name was resolved: whom it asked, who answered, and with what.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::analysis::wording::thing_text;
use crate::net::Protocol;
use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef};
use crate::units::Span;
use crate::verdict::Refusal;
use crate::world::World;
use crate::world::names::Names;
use crate::world::network::{Asked, Recipient, Resolution as Said, look_up};

use super::json;

/// A DNS name, resolved as one host resolves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The name.
    pub name: String,
    /// Its addresses in the order in which they are tried; empty where it does not resolve.
    pub addresses: Vec<Ipv4Addr>,
    /// Who gave the answer.
    pub answered_by: Option<String>,
    /// How long the answer may be kept.
    #[serde(rename = "ttl_s", serialize_with = "json::span_or_null")]
    pub ttl: Option<Span>,
    /// What the host sees where the name does not resolve: silence, NXDOMAIN or SERVFAIL.
    pub symptom: Option<Reason>,
    /// Why it does not resolve.
    pub reason: Option<Reason>,
    /// The component that it fails at.
    pub at: Option<String>,
    /// Everybody who was asked, in order.
    pub asked: Vec<Question>,
}

/// One question to one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The host, or the interface of an outbound endpoint, that asks.
    pub by: String,
    /// The address that it asks.
    pub server: Ipv4Addr,
    /// Who is reached there; none where the question does not arrive.
    pub resolver: Option<String>,
    /// What comes of it, in words.
    pub said: String,
}

/// Resolves `name` as `from` does at the world's present, over UDP and without a cache.
pub(super) fn resolve(from: HostId, name: &Name, world: &World) -> Resolution {
    let (network, names) = (world.network(), world.names());
    let found = look_up(network, world.now(), from, name, Protocol::Udp);
    let asked: Vec<Question> = found.asked.iter().map(|it| question(it, names)).collect();
    // The one who answers is the last who was asked; those before passed the question on.
    let last = asked.last().and_then(|it| it.resolver.clone());
    let mut row = Resolution {
        name: name.as_str().to_owned(),
        addresses: Vec::new(),
        answered_by: None,
        ttl: None,
        symptom: None,
        reason: None,
        at: None,
        asked,
    };
    match found.outcome {
        Ok(answer) => {
            row.addresses = answer.addresses;
            row.answered_by = last;
            row.ttl = Some(answer.ttl);
        }
        Err(failure) => {
            row.symptom = Some(failure.symptom);
            row.reason = Some(failure.stopped_by.reason);
            // That nothing in the lab has the name is said by whoever was asked for it.
            row.at = match failure.stopped_by.at {
                ResourceRef::Lab => last,
                at => Some(thing_text(at, names)),
            };
        }
    }
    row
}

fn question(asked: &Asked, names: &Names) -> Question {
    let reached = asked.trip.forward.delivered().map(|(to, _)| to);
    Question {
        by: names.of(asked.by.resource()),
        server: asked.server,
        resolver: reached.map(|to| resolver_text(to, names)),
        said: said(asked, names),
    }
}

fn said(asked: &Asked, names: &Names) -> String {
    let at = |refusal: Refusal| format!("{} at {}", refusal.reason, thing_text(refusal.at, names));
    if let Some(refusal) = asked.trip.refusal() {
        let what = if asked.said.is_some() {
            "the response"
        } else {
            "the question"
        };
        return format!("{what} is stopped: {}", at(refusal));
    }
    match &asked.said {
        None => "nobody there answers questions".to_owned(),
        Some(Said::Answer(answer)) => {
            format!("{}, to be kept for {}", list(&answer.addresses), answer.ttl)
        }
        Some(Said::Forward { to }) => format!("passes it on to {}", list(to)),
        Some(Said::ByRule(rule)) => format!("has it asked by rule {}", names.of(*rule)),
        Some(Said::Recurse) => "asks the public DNS".to_owned(),
        Some(Said::Failure(refusal)) if refusal.at == ResourceRef::Lab => refusal.reason.to_string(),
        Some(Said::Failure(refusal)) => at(*refusal),
    }
}

fn list(addresses: &[Ipv4Addr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn resolver_text(recipient: Recipient, names: &Names) -> String {
    match recipient {
        Recipient::VpcResolver(vpc) => format!("resolver of VPC {}", names.of(vpc)),
        Recipient::PublicDns => "public DNS".to_owned(),
        Recipient::ResolverEndpoint { .. }
        | Recipient::Host(_)
        | Recipient::InterfaceEndpoint { .. }
        | Recipient::Service { .. }
        | Recipient::Router(_) => thing_text(recipient.resource(), names),
    }
}
