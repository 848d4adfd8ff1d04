//! One place on a packet's way: what happened there, and what becomes of the packet.

use crate::net::Mtu;
use crate::resource::{ResourceRef, RouteTableId};
use crate::units::Span;
use crate::verdict::{Refusal, Rule};

use super::{Header, LinkRef, Place, Recipient};

/// What happened to a packet at one place: the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Hop {
    /// What the packet was at.
    pub node: ResourceRef,
    /// By what it came in, where that says more than the hop before.
    pub ingress: Option<ResourceRef>,
    /// By what it left, where it went on.
    pub egress: Option<ResourceRef>,
    /// The route table that was asked, where one was.
    pub table: Option<RouteTableId>,
    /// The rule or route that decided, where one did.
    pub rule: Option<Rule>,
    /// The time that the hop takes.
    pub delay: Span,
    /// The link that the hop crosses, where it has a capacity.
    pub link: Option<LinkRef>,
    /// The largest packet that goes on from there, where there is a limit.
    pub mtu: Option<Mtu>,
    /// Whether the packet carries another one there.
    pub tunnelled: bool,
}

impl Hop {
    /// Whether the packet was at a thing, or passed it on its way in or out.
    #[must_use]
    pub fn touches(&self, thing: ResourceRef) -> bool {
        let link = match self.link {
            Some(LinkRef::Link { link, .. }) => Some(link.into()),
            Some(LinkRef::Peering { peering, .. }) => Some(peering.into()),
            Some(
                LinkRef::HostEgress(_)
                | LinkRef::HostIngress(_)
                | LinkRef::Endpoint { .. }
                | LinkRef::NatGateway { .. }
                | LinkRef::SegmentPort { .. },
            )
            | None => None,
        };
        self.node == thing || [self.ingress, self.egress, link].contains(&Some(thing))
    }
}

/// What becomes of the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Next {
    /// It goes on, with a header that gateways may have rewritten.
    Forward {
        /// Where to.
        to: Place,
        /// The header that it has there.
        header: Header,
    },
    /// It arrived.
    Deliver {
        /// Who received it.
        to: Recipient,
        /// The header that it arrived with.
        header: Header,
    },
    /// It was dropped, silently.
    Drop(Refusal),
}

/// What happened at one place, and what becomes of the packet after [`Hop::delay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// What happened.
    pub hop: Hop,
    /// What becomes of the packet.
    pub next: Next,
}
