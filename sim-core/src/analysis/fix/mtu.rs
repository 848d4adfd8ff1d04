//! What lets large packets through, or tells their senders to send smaller ones.

use std::net::Ipv4Addr;

use crate::aws::{Change, RouteOrigin, RouteTarget};
use crate::net::{MssClamp, Mtu, Protocol};
use crate::reason::Reason;
use crate::resource::{ResourceRef, RouteTableId, RouterId, RouterInterfaceId, TunnelId};
use crate::site::{Attachment, HostChange, IcmpErrors, LinkChange, RouterChange, SegmentChange};
use crate::units::SimTime;
use crate::verdict::{Destination, Rule};
use crate::world::lever::Lever;
use crate::world::network::{Place, Told};
use crate::world::routing::RoutingLever;

use super::{Advisor, Fix, Problem};

impl Advisor<'_> {
    /// For TCP the router clamps the MSS where its way becomes narrow; for all else it tells senders, or they send less.
    pub(super) fn widen(&self, rule: Rule) -> Option<Fix> {
        let Rule::Mtu { at, mtu_bytes, .. } = rule else {
            return None;
        };
        let mtu = Mtu::new(mtu_bytes)?;
        let protocol = self.problem.flow.map(|flow| flow.protocol);
        match at {
            ResourceRef::RouterInterface(interface) => self.mend_interface(interface, protocol),
            ResourceRef::Tunnel(tunnel) => {
                let interface = self.network.tunnels.get(tunnel)?.interface;
                self.mend_interface(interface, protocol)
            }
            ResourceRef::Link(link) => {
                let row = self.network.links.get(link)?;
                let widest = [row.a, row.b].map(|id| {
                    let interface = self.network.router_interfaces.get(id);
                    interface.map_or(mtu, |it| self.network.interface_mtu(it))
                });
                let wanted = widest[0].max(widest[1]);
                let text = format!("let link {} carry packets of {wanted} bytes", self.names.of(link));
                let change = LinkChange::Mtu(wanted);
                Some(Self::routing(text, RoutingLever::Link { link, change }))
            }
            ResourceRef::Segment(segment) => {
                let hosts = self.network.hosts.rows().iter();
                let on_it = hosts.filter(|it| it.segment_port().is_some_and(|port| port.segment == segment));
                let wanted = on_it.map(|it| it.mtu).max().unwrap_or(mtu).max(mtu);
                let name = self.names.of(segment);
                let text = format!("let segment {name} carry packets of {wanted} bytes");
                let change = SegmentChange::Mtu(wanted);
                Some(Self::routing(text, RoutingLever::Segment { segment, change }))
            }
            ResourceRef::RouteTable(table) => self.propagate(table).or_else(|| self.lower_sender(mtu)),
            _ => self.let_report_in(rule, at).or_else(|| self.lower_sender(mtu)),
        }
    }

    /// Jumbo frames go to a virtual private gateway by propagated routes alone ("Set network MTU for private virtual
    /// interfaces", AWS Direct Connect User Guide).
    fn propagate(&self, table: RouteTableId) -> Option<Fix> {
        let far = self.problem.flow.map(|flow| flow.destination);
        let row = self.cloud.route_tables.get(table)?;
        let written = row
            .routes
            .iter()
            .find_map(|route| match (route.destination, route.target) {
                (Destination::Prefix(prefix), RouteTarget::VirtualPrivateGateway(gateway))
                    if far.is_none_or(|far| prefix.contains(&far)) && route.origin == RouteOrigin::Static =>
                {
                    Some((prefix, gateway))
                }
                _ => None,
            });
        let (prefix, gateway) = written?;
        let (name, gateway_name) = (self.names.of(table), self.names.of(gateway));
        let text = format!(
            "let {gateway_name} propagate into route table {name} and remove its static route {prefix}: what a static route \
             sends to a virtual private gateway goes in packets of 1500 bytes"
        );
        let levers = vec![
            Lever::Network(Change::Propagation(table, Some(gateway))),
            Lever::Network(Change::RemoveRoute(table, Destination::Prefix(prefix))),
        ];
        Some(Fix { text, levers })
    }

    /// Where the message is sent and stopped: what lets it through.
    fn let_report_in(&self, rule: Rule, at: ResourceRef) -> Option<Fix> {
        let source = self.problem.flow?.source;
        let from = self.place_of(source)?;
        let Told::Lost(refusal) = self.network.told(SimTime::START, from, source, rule) else {
            return None;
        };
        let (_, message) = self.network.report_from(at, from, source)?;
        let problem = Problem {
            refusal,
            flow: Some(message.flow),
            ..self.problem.clone()
        };
        let mut fix = super::propose(self.network, self.names, &problem)?;
        fix.text.push_str(", for ICMP type 3 code 4");
        Some(fix)
    }

    /// Where what has this source address begins.
    fn place_of(&self, source: Ipv4Addr) -> Option<Place> {
        let mut hosts = self.network.hosts.iter();
        let host = hosts.find(|(_, host)| host.address(self.cloud) == Some(source));
        host.map(|(id, _)| Place::HostEgress(id))
    }

    fn mend_interface(&self, interface: RouterInterfaceId, protocol: Option<Protocol>) -> Option<Fix> {
        let row = self.network.router_interfaces.get(interface)?;
        let (router, name) = (row.router, self.names.of(interface));
        if self.network.routers.get(router)?.behind.is_some() {
            return match row.attached {
                Attachment::Tunnel(tunnel) => self.clamp_tunnels(tunnel),
                Attachment::Link(_) | Attachment::Segment(_) => {
                    self.lower_sender(self.network.interface_mtu(row))
                }
            };
        }
        if let (Attachment::Tunnel(_), Some(Protocol::Tcp)) = (row.attached, protocol)
            && let Some(fix) = self.clamp_all(router)
        {
            return Some(fix);
        }
        let (text, change) = if protocol == Some(Protocol::Tcp) && row.mss_clamp == MssClamp::Off {
            let text = format!("clamp the MSS of connections to the MTU of {name}: mss_clamp");
            let clamp = MssClamp::ToMtu;
            (text, RouterChange::MssClamp { interface, clamp })
        } else {
            let text = format!("let router {} send ICMP type 3 code 4", self.names.of(router));
            (text, RouterChange::IcmpErrors(IcmpErrors::On))
        };
        Some(Self::routing(text, RoutingLever::Router { router, change }))
    }

    /// Nobody can tell AWS's end of a tunnel anything: the customer's clamps both directions.
    fn clamp_tunnels(&self, near: TunnelId) -> Option<Fix> {
        let near = self.network.tunnels.get(near)?;
        let mut all = self.network.tunnels.rows().iter();
        let far = all.find(|it| it.local == near.remote && it.remote == near.local)?;
        self.clamp_all(far.router)
    }

    /// On every tunnel of a router that does not, for the next conversation may go by another one.
    fn clamp_all(&self, router: RouterId) -> Option<Fix> {
        let row = self.network.routers.get(router)?;
        let is_open = |id: &&RouterInterfaceId| {
            let interface = self.network.router_interfaces.get(**id);
            interface.is_some_and(|it| {
                matches!(it.attached, Attachment::Tunnel(_)) && it.mss_clamp == MssClamp::Off
            })
        };
        let open: Vec<RouterInterfaceId> = row.interfaces.iter().filter(is_open).copied().collect();
        let names: Vec<String> = open.iter().map(|id| self.names.of(*id)).collect();
        let clamp = MssClamp::ToMtu;
        let levers = open.iter().map(|&interface| {
            let change = RouterChange::MssClamp { interface, clamp };
            Lever::Routing(RoutingLever::Router { router, change })
        });
        (!open.is_empty()).then(|| Fix {
            text: format!(
                "clamp the MSS of connections by {} to the MTU: mss_clamp",
                names.join(", ")
            ),
            levers: levers.collect(),
        })
    }

    fn lower_sender(&self, mtu: Mtu) -> Option<Fix> {
        debug_assert_eq!(self.problem.refusal.reason, Reason::MtuExceeded);
        // Where the packet is not known it is the one that was tried to be sent.
        let host = match self.problem.flow {
            Some(flow) => {
                let mut hosts = self.network.hosts.iter();
                let sends = hosts.find(|(_, host)| host.address(self.cloud) == Some(flow.source));
                sends?.0
            }
            None => self.problem.client,
        };
        let text = format!("set the MTU of host {} to {mtu}", self.names.of(host));
        Some(Fix::host(text, host, HostChange::Mtu(mtu)))
    }

    fn routing(text: String, lever: RoutingLever) -> Fix {
        Fix {
            text,
            levers: vec![Lever::Routing(lever)],
        }
    }
}
