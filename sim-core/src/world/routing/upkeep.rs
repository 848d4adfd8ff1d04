//! What AWS does to its own ends of VPN connections and virtual interfaces, by itself or because somebody asks for it.
//!
//! # Fidelity
//! AWS says of the replacement of a tunnel endpoint only that it takes minutes, and of the lower MED only that the other
//! tunnel has it meanwhile; here the MED comes [`NOTICE`] before the endpoint goes, and the endpoint is away for a time that
//! is drawn from the seed, between one and five minutes.
//!
//! Sources: "Site-to-Site VPN tunnel endpoint replacements" and "Routing during VPN tunnel endpoint updates", AWS
//! Site-to-Site VPN User Guide; "Direct Connect failover test", AWS Direct Connect User Guide.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::AttachmentKind;
use crate::kernel::TimerId;
use crate::resource::{BgpSessionId, ResourceRef, RouterId, VirtualInterfaceId};
use crate::site::{RouterChange, Running};
use crate::units::Span;

use super::super::event::Event;
use super::super::lever::Lever;
use super::super::terrain::Terrain;
use super::command::{RoutingLever, RoutingLeverError, SessionChange};

/// How long a failover test lasts where nobody says.
pub const TEST: Span = Span::minutes(180);
/// How long a failover test may last.
pub const TESTS: RangeInclusive<Span> = Span::minutes(1)..=Span::minutes(4_320);
/// How long before an endpoint goes its connection's other tunnel has the lower MED.
const NOTICE: Span = Span::secs(30);
/// How long an endpoint is away.
const AWAY: RangeInclusive<Span> = Span::secs(60)..=Span::secs(300);
/// The MED of what both tunnels to a Transit Gateway announce.
pub(super) const TRANSIT_MEDS: [u32; 2] = [100, 100];
/// The MEDs of what the two tunnels to a virtual private gateway announce.
pub(super) const PRIVATE_MEDS: [u32; 2] = [100, 200];
/// The MED of the tunnel that stays while the other one's endpoint is replaced.
const LOWER_MED: u32 = 50;

/// One thing that AWS does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Upkeep {
    /// Shuts the BGP peering of a virtual interface down for a while, to see what takes over.
    StartTest {
        /// The virtual interface.
        interface: VirtualInterfaceId,
        /// For how long.
        lasts: Span,
    },
    /// Brings it back.
    StopTest(VirtualInterfaceId),
    /// Replaces a tunnel endpoint, as for maintenance; its address stays.
    ReplaceEndpoint(RouterId),
}

/// What AWS is about to do or has not ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Upkeeps {
    /// The ends of failover tests.
    tests: BTreeMap<VirtualInterfaceId, TimerId>,
    /// The endpoints that are being replaced.
    replaced: BTreeSet<RouterId>,
}

impl Upkeep {
    /// What it is done to.
    #[must_use]
    pub fn subject(&self) -> ResourceRef {
        match *self {
            Self::StartTest { interface, .. } | Self::StopTest(interface) => interface.into(),
            Self::ReplaceEndpoint(router) => router.into(),
        }
    }
}

impl Terrain {
    /// Whether AWS can do so as things are.
    pub(super) fn check_upkeep(&self, upkeep: &Upkeep) -> Result<(), RoutingLeverError> {
        use RoutingLeverError as E;
        let upkeeps = &self.routers.upkeeps;
        match upkeep {
            Upkeep::StartTest { interface, .. } | Upkeep::StopTest(interface) => {
                self.peering_of(*interface)
                    .ok_or(E::NoSuch("virtual interface"))?;
                let is_on = upkeeps.tests.contains_key(interface);
                let wanted = matches!(upkeep, Upkeep::StartTest { .. });
                if is_on == wanted {
                    return Err(if is_on { E::UnderTest } else { E::NotUnderTest });
                }
            }
            Upkeep::ReplaceEndpoint(router) => {
                let connection = self.connection_of(*router).ok_or(E::NoSuch("tunnel endpoint"))?;
                if connection.iter().any(|it| upkeeps.replaced.contains(it)) {
                    return Err(E::BeingReplaced);
                }
            }
        }
        Ok(())
    }

    /// AWS does so.
    pub(super) fn keep_up(&mut self, upkeep: &Upkeep) {
        match *upkeep {
            Upkeep::StartTest { interface, lasts } => {
                let lever = Lever::Routing(RoutingLever::Upkeep(Upkeep::StopTest(interface)));
                let timer = self.timer(lasts, Event::Lever(Arc::new(lever)));
                self.routers.upkeeps.tests.insert(interface, timer);
                self.set_testing(interface, Some(lasts));
                self.set_peering(interface, &SessionChange::Shutdown);
            }
            Upkeep::StopTest(interface) => {
                if let Some(timer) = self.routers.upkeeps.tests.remove(&interface) {
                    self.queue.cancel(timer);
                }
                self.set_testing(interface, None);
                self.set_peering(interface, &SessionChange::Start);
            }
            Upkeep::ReplaceEndpoint(router) => {
                self.routers.upkeeps.replaced.insert(router);
                self.stir_behind(router);
                let purpose = format!("{} {}", self.names.of(router), self.now());
                let mut dice = self.streams.stream("endpoint replacement", &purpose);
                let away = dice.span_between(*AWAY.start(), *AWAY.end());
                for (after, running) in [(NOTICE, Running::Off), (NOTICE + away, Running::Running)] {
                    let change = RouterChange::Running(running);
                    let lever = Lever::Routing(RoutingLever::Router { router, change });
                    self.after(after, Event::Lever(Arc::new(lever)));
                }
            }
        }
    }

    /// A router runs again: where it was replaced, that is over.
    pub(super) fn replacement_over(&mut self, router: RouterId) {
        if self.routers.upkeeps.replaced.remove(&router) {
            self.stir_behind(router);
        }
    }

    fn set_testing(&mut self, interface: VirtualInterfaceId, lasts: Option<Span>) {
        let until = lasts.map(|lasts| self.now() + lasts);
        if let Some(row) = self.network.cloud.virtual_interfaces.get_mut(interface) {
            row.testing = until;
        }
    }

    fn set_peering(&mut self, interface: VirtualInterfaceId, change: &SessionChange) {
        if let Some(session) = self.peering_of(interface) {
            self.change_session(session, change);
        }
    }

    /// The router at whose processes something is done.
    pub(super) fn end_kept_up(&self, upkeep: &Upkeep) -> Option<RouterId> {
        match *upkeep {
            Upkeep::StartTest { interface, .. } | Upkeep::StopTest(interface) => {
                Some(self.network.cloud.virtual_interfaces.get(interface)?.endpoint)
            }
            Upkeep::ReplaceEndpoint(router) => Some(router),
        }
    }

    /// The BGP session of a virtual interface, at AWS's end.
    fn peering_of(&self, interface: VirtualInterfaceId) -> Option<BgpSessionId> {
        let endpoint = self.network.cloud.virtual_interfaces.get(interface)?.endpoint;
        let mut sessions = self.routers.sessions.iter();
        sessions.find(|(_, row)| row.router == endpoint).map(|(id, _)| id)
    }

    /// The tunnel endpoints of the VPN connection that one of them belongs to.
    fn connection_of(&self, endpoint: RouterId) -> Option<&[RouterId]> {
        let cloud = &self.network.cloud;
        let attached = cloud.attachments.iter().filter_map(|(_, row)| match &row.kind {
            AttachmentKind::Vpn { endpoints, .. } => Some(endpoints.as_slice()),
            AttachmentKind::Vpc { .. }
            | AttachmentKind::DirectConnect(_)
            | AttachmentKind::Peering { .. } => None,
        });
        let gateways = cloud.virtual_private_gateways.iter();
        let joined = gateways.flat_map(|(_, row)| row.connections.iter().map(|it| it.endpoints.as_slice()));
        attached.chain(joined).find(|it| it.contains(&endpoint))
    }

    /// The MED of what an endpoint of a connection announces.
    pub(super) fn med_of(
        &self,
        endpoint: RouterId,
        connection: &[RouterId],
        steady: [u32; 2],
    ) -> Option<u32> {
        let replaced = &self.routers.upkeeps.replaced;
        let other_goes = connection
            .iter()
            .any(|it| *it != endpoint && replaced.contains(it));
        if other_goes {
            return Some(LOWER_MED);
        }
        let place = connection.iter().position(|it| *it == endpoint)?;
        steady.get(place).copied()
    }
}
