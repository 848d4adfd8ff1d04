//! The way from one end of a pair to the other, and whether all that enters it comes out after the same time.

use crate::resource::{ResourceRef, RouterId};
use crate::units::Span;

use super::super::super::network::{self, Header, LinkRef, Next, Place, Recipient, Tracking};
use super::super::super::replay::tunnel_out_of;
use super::super::super::terrain::Terrain;

/// A way that loses nothing and takes everything the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) delay: Span,
    /// The routers that it touches, both ends included; some may come twice.
    pub(super) routers: Vec<RouterId>,
    /// The security parameter index by which what goes this way leaves the tunnel at its end, where it is in one.
    pub(super) spi: Option<u32>,
}

impl Terrain {
    /// The way that packets with this header take from one router to another, where it loses nothing.
    pub(super) fn lossless_way(&self, from: RouterId, to: RouterId, header: Header) -> Option<Way> {
        let mut way = Way {
            delay: Span::ZERO,
            routers: Vec::new(),
            spi: None,
        };
        // Routers that remember something of the packets that they pass end the walk.
        let tracking = &mut Tracking::default();
        let (mut place, mut header) = (Place::RouterEgress(from), header);
        loop {
            let step = network::step(&self.network, tracking, self.now(), place, &header);
            let ResourceRef::Router(router) = step.hop.node else {
                return None;
            };
            if way.routers.last() != Some(&router) {
                way.routers.push(router);
            }
            match step.hop.link {
                Some(link @ LinkRef::Link { .. }) if self.is_steady(link) => {}
                None => {}
                Some(_) => return None,
            }
            way.delay += step.hop.delay;
            let (next, sent_on) = match step.next {
                Next::Drop(_) => return None,
                Next::Deliver { to: recipient, .. } => {
                    return (recipient == Recipient::Router(to)).then_some(way);
                }
                Next::Forward { to, header } => (to, header),
            };
            match (header.inner, sent_on.inner) {
                // Whose gateway is elsewhere hears of its traffic there.
                (None, Some(_)) if router != from => return None,
                (Some(_), None) if router != to => return None,
                (Some(inner), None) => {
                    let out = tunnel_out_of(&self.network, next);
                    if out.is_some_and(|(_, tunnel)| self.sequences.is_narrow(tunnel, inner.spi)) {
                        return None;
                    }
                    way.spi = Some(inner.spi);
                }
                (None, _) | (Some(_), Some(_)) => {}
            }
            // A firewall forgets who says nothing, and a translation ends: what is left out would have kept both alive.
            if let Place::Firewall { .. } | Place::SourceNat { .. } = next {
                return None;
            }
            (place, header) = (next, sent_on);
        }
    }
}
