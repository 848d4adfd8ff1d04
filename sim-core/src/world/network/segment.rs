//! Segments: whoever has the address on the segment is handed the packet; what is for elsewhere goes to a gateway.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::Arena;
use crate::reason::Reason;
use crate::resource::{HostId, RouterId, RouterInterfaceId, SegmentId, VirtualGatewayId, kind};
use crate::site::{Attachment, Carrier, Host, RouterInterface, Segment, SegmentPort, VirtualGateway};
use crate::units::Span;
use crate::verdict::{Direction, Refusal, Rule};

use super::link::Crossing;
use super::mtu::{Limit, fit};
use super::step::{Ground, Outcome, Passed, missing};
use super::{Header, LinkRef, Network, Place};

/// Somebody on a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Station {
    /// A host.
    Host(HostId),
    /// A router, by one of its interfaces.
    Router(RouterInterfaceId),
    /// Whichever router is active for a virtual gateway.
    Gateway(VirtualGatewayId),
}

/// Who has which address on which segment; shared between branches of a lab, as nobody moves.
#[derive(Debug, Clone, Default)]
pub struct Stations {
    at: Arc<BTreeMap<(SegmentId, Ipv4Addr), Station>>,
}

impl Stations {
    /// Everybody on a segment.
    #[must_use]
    pub fn find(
        hosts: &Arena<Host, kind::Host>,
        interfaces: &Arena<RouterInterface, kind::RouterInterface>,
        gateways: &Arena<VirtualGateway, kind::VirtualGateway>,
    ) -> Self {
        let routers = interfaces.iter().filter_map(|(id, row)| match row.attached {
            Attachment::Segment(segment) => Some(((segment, row.address.addr()), Station::Router(id))),
            Attachment::Link(_) | Attachment::Tunnel(_) => None,
        });
        let hosts = hosts.iter().filter_map(|(id, row)| {
            let port = row.segment_port()?;
            Some(((port.segment, port.address), Station::Host(id)))
        });
        let gateways = gateways.iter();
        let gateways = gateways.map(|(id, row)| ((row.segment, row.address), Station::Gateway(id)));
        Self {
            at: Arc::new(routers.chain(hosts).chain(gateways).collect()),
        }
    }
    /// Who has an address on a segment.
    #[must_use]
    pub fn at(&self, segment: SegmentId, address: Ipv4Addr) -> Option<Station> {
        self.at.get(&(segment, address)).copied()
    }
    /// Everybody on a segment, by address.
    pub fn on(&self, segment: SegmentId) -> impl Iterator<Item = (Ipv4Addr, Station)> {
        let first = (segment, Ipv4Addr::UNSPECIFIED);
        let all = self.at.range(first..);
        all.take_while(move |((on, _), _)| *on == segment)
            .map(|((_, address), station)| (*address, *station))
    }
}

impl Network {
    /// Whether a router is active for the virtual gateway with this address on one of its segments.
    pub(super) fn answers_for(&self, router: RouterId, address: Ipv4Addr) -> bool {
        let row = self.routers.get(router).filter(|_| !self.gateways.is_empty());
        row.is_some_and(|row| {
            row.interfaces.iter().any(|&id| {
                let attached = self.router_interfaces.get(id).map(|row| row.attached);
                let Some(Attachment::Segment(segment)) = attached else {
                    return false;
                };
                match self.stations.at(segment, address) {
                    Some(Station::Gateway(gateway)) => {
                        self.gateways.get(gateway).and_then(|row| row.active) == Some(id)
                    }
                    Some(Station::Host(_) | Station::Router(_)) | None => false,
                }
            })
        })
    }
    /// The interfaces of routers on a segment, by address.
    pub fn routers_on(&self, segment: SegmentId) -> impl Iterator<Item = RouterInterfaceId> {
        self.stations
            .on(segment)
            .filter_map(|(_, station)| match station {
                Station::Router(interface) => Some(interface),
                Station::Host(_) | Station::Gateway(_) => None,
            })
    }
    /// A segment that carries packets.
    ///
    /// # Errors
    /// [`Reason::LinkDown`] where its switches are down.
    pub(super) fn segment_works(&self, segment: SegmentId) -> Result<&Segment, Refusal> {
        let row = self.segments.get(segment).ok_or(missing(segment))?;
        match row.carrier {
            Carrier::Up => Ok(row),
            Carrier::Down => Err(Refusal::at(Reason::LinkDown, segment)),
        }
    }
}

impl Ground<'_> {
    /// Out of a host by its network card: to whom it is for where that is on the segment, else to a gateway.
    pub(super) fn leave_by_port(&self, host: HostId, port: &SegmentPort, header: &Header) -> Outcome {
        let segment = self.network.segment_works(port.segment)?;
        let destination = header.flow.destination;
        let on_segment = |to| Place::Segment {
            segment: port.segment,
            to,
        };
        if segment.prefix.contains(&destination) {
            return Ok(Passed::on(on_segment(destination), header).out(port.segment));
        }
        let no_route = Refusal::by(Reason::NoGateway, Rule::NoHostRoute { host });
        let route = port.route(destination).ok_or(no_route)?;
        let prefix = route.prefix;
        Ok(Passed::on(on_segment(route.via), header)
            .out(port.segment)
            .by(Rule::HostRoute { host, prefix }))
    }

    /// Across a segment, to whoever has the address there.
    pub(super) fn cross_segment(&self, segment: SegmentId, to: Ipv4Addr, header: &Header) -> Outcome {
        let row = self.network.segment_works(segment)?;
        let limit = Limit::of_wire(segment.into(), row.mtu);
        let header = &fit(header, limit)?;
        let nobody = Refusal::at(Reason::ArpUnanswered, segment);
        let station = self.network.stations.at(segment, to).ok_or(nobody)?;
        let (interface, rule) = match station {
            Station::Host(host) => {
                return Ok(Passed::on(Place::HostIngress(host), header)
                    .out(host)
                    .within(limit.mtu)
                    .across(Crossing::of(row.delay)));
            }
            Station::Router(interface) => (interface, None),
            Station::Gateway(gateway) => {
                let active = self.network.gateways.get(gateway).and_then(|row| row.active);
                let active = active.ok_or(Refusal::at(Reason::GatewayInactive, gateway))?;
                (active, Some(Rule::VirtualGateway { gateway }))
            }
        };
        let direction = Direction::Ingress;
        let link = LinkRef::SegmentPort { interface, direction };
        Ok(Passed::on(Place::RouterIngress(interface), header)
            .out(interface)
            .by(rule)
            .within(limit.mtu)
            .across(Crossing::over(link, row.delay)))
    }
}

/// From a router's port onto a segment, to be handed to whoever has the address.
pub(super) fn leave_by_segment(
    segment: SegmentId,
    to: Ipv4Addr,
    interface: RouterInterfaceId,
    header: &Header,
) -> Passed {
    let direction = Direction::Egress;
    let link = LinkRef::SegmentPort { interface, direction };
    Passed::on(Place::Segment { segment, to }, header).across(Crossing::over(link, Span::ZERO))
}
