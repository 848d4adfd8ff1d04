//! Messages that settle a security association and are still on their way.
//!
//! Of two gateways the one that sends the last message that a new security association needs has it first, and sends by it
//! at once. What it sends comes after that message, so nothing is lost, and who follows a packet ahead of its time finds
//! the peer ready for it. Only where the message itself is lost is what comes after it lost, too, until it is repeated.

use std::sync::Arc;

use crate::kernel::RecordId;
use crate::resource::{RouterId, TunnelId};

use super::super::terrain::Terrain;

/// A message that its receiver needs to have a security association.
#[derive(Debug, Clone)]
struct Settlement {
    octets: Arc<[u8]>,
    /// Whose it is, and by which index that end takes what comes in.
    sender: (TunnelId, u32),
    /// Whom it goes to, and the index by which that end will take what comes in.
    receiver: (TunnelId, u32),
}

/// All whose receivers do not have them.
#[derive(Debug, Clone, Default)]
pub(super) struct Settlements {
    all: Vec<Settlement>,
    /// What was lost last, perhaps before its sender came to use what it settles.
    lost: Option<Arc<[u8]>>,
}

impl Terrain {
    /// An end has a new security association, and the message has gone out that tells the other end.
    pub(super) fn settles(&mut self, tunnel: TunnelId, (spi_in, spi_out): (u32, u32), octets: &Arc<[u8]>) {
        let Some(far) = self.network.far_tunnel(tunnel) else {
            return;
        };
        let row = self.network.tunnels.get(far);
        if row.is_some_and(|row| !row.protection.accepts(spi_out)) {
            self.routers.settlements.all.push(Settlement {
                octets: octets.clone(),
                sender: (tunnel, spi_in),
                receiver: (far, spi_out),
            });
            if self.routers.settlements.lost.as_ref() != Some(octets) {
                self.settlement_goes_out(octets);
            }
        }
    }

    /// A message of IKE's goes out, perhaps once more.
    pub(super) fn settlement_goes_out(&mut self, octets: &[u8]) {
        self.routers.settlements.lost = None;
        for it in self
            .routers
            .settlements
            .all
            .iter()
            .filter(|it| *it.octets == *octets)
        {
            let (tunnel, spi) = it.receiver;
            if let Some(row) = self.network.tunnels.get_mut(tunnel) {
                row.protection.expect(spi);
            }
        }
    }

    /// A message of IKE's was dropped, which this record tells.
    pub(in crate::world) fn settlement_lost(&mut self, octets: &Arc<[u8]>, record: RecordId) {
        self.routers.settlements.lost = Some(octets.clone());
        let mut is_lost = false;
        for it in self
            .routers
            .settlements
            .all
            .iter()
            .filter(|it| it.octets == *octets)
        {
            let (tunnel, spi) = it.receiver;
            if let Some(row) = self.network.tunnels.get_mut(tunnel) {
                row.protection.forgo(spi);
                is_lost = true;
            }
        }
        if is_lost {
            let because = self.cause.replace(record);
            self.probe_ways_changed();
            self.cause = because;
        }
    }

    /// A message of IKE's has come, and its receiver has made of it what it would.
    pub(super) fn settlement_came(&mut self, octets: &[u8]) {
        let settlements = core::mem::take(&mut self.routers.settlements.all);
        let (came, others) = settlements.into_iter().partition(|it| *it.octets == *octets);
        self.routers.settlements.all = others;
        self.forgo(came);
    }

    /// An end has given a security association up.
    pub(super) fn settlement_void(&mut self, tunnel: TunnelId, spi_in: u32) {
        self.void(|it| it.sender == (tunnel, spi_in));
    }

    /// A gateway has forgotten all that it knew.
    pub(super) fn settlements_void(&mut self, router: RouterId) {
        let tunnels = self.network.tunnels.iter();
        let own: Vec<TunnelId> = tunnels
            .filter(|(_, row)| row.router == router)
            .map(|(id, _)| id)
            .collect();
        self.void(|it| own.contains(&it.sender.0) || own.contains(&it.receiver.0));
    }

    fn void(&mut self, is_void: impl Fn(&Settlement) -> bool) {
        let settlements = core::mem::take(&mut self.routers.settlements.all);
        let (void, others) = settlements.into_iter().partition(is_void);
        self.routers.settlements.all = others;
        self.forgo(void);
    }

    fn forgo(&mut self, settlements: Vec<Settlement>) {
        for it in settlements {
            let (tunnel, spi) = it.receiver;
            let Some(row) = self.network.tunnels.get_mut(tunnel) else {
                continue;
            };
            row.protection.forgo(spi);
            if !row.protection.accepts(spi) {
                self.probe_ways_changed();
            }
        }
    }
}
