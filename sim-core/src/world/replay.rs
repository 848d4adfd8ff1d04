//! The sequence numbers of what goes through tunnels, and who drops a packet that was overtaken by too many.
//!
//! A gateway numbers what it sends by a security association, from 1, and looks at the numbers of what comes in by one
//! (RFC 4303 sections 2.2 and 3.4.3). No line of a lab says a packet twice and none lets packets overtake each other, but
//! another way may: when the way between two gateways becomes shorter, what was sent by the longer one comes in late.
//!
//! # Fidelity
//! Heartbeats that nobody carries take no numbers, and neither does what of them is still under way when they are carried
//! again; through an association whose window is narrower than [`NARROW`] they are always carried.

use std::collections::BTreeMap;

use crate::proto::ike::replay::{ReplayWindow, Replayed};
use crate::reason::Reason;
use crate::resource::{RouterId, TunnelId};
use crate::site::{Attachment, RouterInterface};
use crate::verdict::Refusal;

use super::network::{Header, Network, Place};

/// From how many packets on a few numbers more or less make no difference: strongSwan's `replay_window`.
const NARROW: u32 = 32;

/// One pair of security associations at a gateway.
#[derive(Debug, Clone)]
struct Numbers {
    /// The number of the last packet sent.
    sent: u64,
    window: ReplayWindow,
}

/// The pairs of all gateways, by the tunnel and the index by which packets come in.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequences {
    pairs: BTreeMap<(TunnelId, u32), Numbers>,
}

/// A packet that its gateway drops for its sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overtaken {
    pub(super) refusal: Refusal,
    pub(super) spi: u32,
    pub(super) why: Replayed,
}

impl Sequences {
    /// A pair is there, whose window is this many packets wide.
    pub(super) fn install(&mut self, tunnel: TunnelId, inbound: u32, window: u32) {
        let window = ReplayWindow::new(window);
        self.pairs.insert((tunnel, inbound), Numbers { sent: 0, window });
    }
    /// A pair goes.
    pub(super) fn remove(&mut self, tunnel: TunnelId, inbound: u32) {
        self.pairs.remove(&(tunnel, inbound));
    }
    /// All pairs of a tunnel go.
    pub(super) fn clear(&mut self, tunnel: TunnelId) {
        self.pairs.retain(|(of, _), _| *of != tunnel);
    }
    /// Whether a window is so narrow that every packet counts.
    pub(super) fn is_narrow(&self, tunnel: TunnelId, inbound: u32) -> bool {
        let pair = self.pairs.get(&(tunnel, inbound));
        pair.is_some_and(|pair| (1..NARROW).contains(&pair.window.size()))
    }

    /// The number of a packet that a router has just put into a tunnel; none where it is not by a security association.
    pub(super) fn number(&mut self, network: &Network, router: RouterId, outer: &Header) -> Option<u64> {
        let spi = outer.inner?.spi;
        let found = network.tunnels.iter().find_map(|(id, row)| {
            let pair = row.protection.newest()?;
            let is_it = row.router == router && row.local == outer.flow.source && pair.outbound == spi;
            is_it.then_some((id, pair.inbound))
        });
        let pair = self.pairs.get_mut(&found?)?;
        pair.sent += 1;
        Some(pair.sent)
    }

    /// Looks at the number of a packet that came in by a tunnel.
    ///
    /// # Errors
    /// What stops it: [`Reason::ReplayWindow`].
    pub(super) fn accept(&mut self, tunnel: TunnelId, spi: u32, number: u64) -> Result<(), Overtaken> {
        let Some(pair) = self.pairs.get_mut(&(tunnel, spi)) else {
            return Ok(());
        };
        pair.window.accept(number).map_err(|why| Overtaken {
            refusal: Refusal::at(Reason::ReplayWindow, tunnel),
            spi,
            why,
        })
    }
}

/// The tunnel out of which a packet comes at a place, where it does.
pub(super) fn tunnel_out_of(network: &Network, to: Place) -> Option<(&RouterInterface, TunnelId)> {
    let Place::RouterIngress(interface) = to else {
        return None;
    };
    let row = network.router_interfaces.get(interface)?;
    match row.attached {
        Attachment::Tunnel(tunnel) => Some((row, tunnel)),
        Attachment::Link(_) | Attachment::Segment(_) => None,
    }
}
