//! The routes of whatever has any: routers, Transit Gateways, virtual private and Direct Connect gateways, VPCs.

use crate::analysis::wording::{destination_text, target_text};
use crate::aws::direct_connect::{Learned, Terminus};
use crate::aws::transit_gateway::{Class, Exit, Installed};
use crate::aws::{RouteOrigin, RouteTarget, virtual_private_gateway};
use crate::resource::{
    DirectConnectGatewayId, ResourceRef, RouteTableId, RouterId, TransitGatewayId, VirtualPrivateGatewayId,
    VpcId,
};

use super::rib::CONNECTED;
use super::{Health, RibPath, RibPrefix, View};

/// The routes of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Whose they are.
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// Its tables: one, but for Transit Gateways and VPCs.
    pub tables: Vec<RoutingTable>,
}

/// A table of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingTable {
    /// What can be looked at for more: the table, or whose it is where that has but one.
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// Who asks it, or what its owner is known by.
    pub note: String,
    /// Its routes, by prefix.
    pub rows: Vec<RouteRow>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    /// What it matches: a prefix, or a list of prefixes by its name.
    pub prefix: String,
    /// Where it leads.
    pub leads_to: String,
    /// What it comes from, in the words of those who run such a table.
    pub source: String,
    /// What made it the one: the step of BGP's decision process, or the AS path that it won by.
    pub decided_by: String,
    /// How well it does: what drops or leads nowhere is ill.
    pub health: Health,
    /// What BGP knows of the prefix, the best first; empty where the table is not a router's.
    pub paths: Vec<RibPath>,
}

/// Something that has routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingOwner {
    /// What it is.
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
}

impl View<'_> {
    /// The routes that belong to a thing, or to what it is a part of; none where it has none.
    #[must_use]
    pub fn routing(&self, thing: ResourceRef) -> Option<Routing> {
        let (network, cloud) = (self.world.network(), &self.world.network().cloud);
        match thing {
            ResourceRef::Router(id) => Some(self.router_routing(id)),
            ResourceRef::RouterInterface(id) => {
                Some(self.router_routing(network.router_interfaces.get(id)?.router))
            }
            ResourceRef::BgpSession(id) => Some(self.router_routing(self.world.bgp_session(id)?.row.router)),
            ResourceRef::Tunnel(id) => Some(self.router_routing(network.tunnels.get(id)?.router)),
            ResourceRef::TransitGateway(id) => Some(self.transit_routing(id)),
            ResourceRef::Attachment(id) => Some(self.transit_routing(cloud.attachments.get(id)?.gateway)),
            ResourceRef::TransitGatewayRouteTable(id) => {
                Some(self.transit_routing(cloud.transit_gateway_route_tables.get(id)?.gateway))
            }
            ResourceRef::VirtualPrivateGateway(id) => self.private_routing(id),
            ResourceRef::DirectConnectGateway(id) => self.direct_connect_routing(id),
            ResourceRef::VirtualInterface(id) => match cloud.virtual_interfaces.get(id)?.ends_at {
                Terminus::DirectConnectGateway(id) => self.direct_connect_routing(id),
                Terminus::VirtualPrivateGateway(id) => self.private_routing(id),
                Terminus::PublicEdge => None,
            },
            ResourceRef::Vpc(id) => Some(self.vpc_routing(id)),
            ResourceRef::RouteTable(id) => Some(self.vpc_routing(cloud.route_tables.get(id)?.vpc)),
            ResourceRef::Subnet(id) => Some(self.vpc_routing(cloud.subnets.get(id)?.vpc)),
            _ => None,
        }
    }

    /// The routes that are shown where nobody asked for any: those of the first router, else of the first Transit
    /// Gateway, else of the first VPC.
    #[must_use]
    pub fn first_routing(&self) -> Option<Routing> {
        let (network, cloud) = (self.world.network(), &self.world.network().cloud);
        let router = network.routers.ids().next();
        let gateway = cloud.transit_gateways.ids().next();
        router
            .map(|id| self.router_routing(id))
            .or_else(|| gateway.map(|id| self.transit_routing(id)))
            .or_else(|| cloud.vpcs.ids().next().map(|id| self.vpc_routing(id)))
    }

    /// Everything that has routes, in the order of the lab: routers, Transit Gateways, virtual private and Direct Connect
    /// gateways, VPCs.
    #[must_use]
    pub fn routing_owners(&self) -> Vec<RoutingOwner> {
        let (network, cloud) = (self.world.network(), &self.world.network().cloud);
        let routers = network.routers.ids().map(ResourceRef::from);
        let transit = cloud.transit_gateways.ids().map(ResourceRef::from);
        let private = cloud.virtual_private_gateways.ids().map(ResourceRef::from);
        let direct = cloud.direct_connect_gateways.ids().map(ResourceRef::from);
        let vpcs = cloud.vpcs.ids().map(ResourceRef::from);
        let all = routers.chain(transit).chain(private).chain(direct).chain(vpcs);
        all.map(|id| RoutingOwner {
            id,
            name: self.world.names().of(id),
        })
        .collect()
    }

    fn of_one(&self, id: impl Into<ResourceRef>, note: String, rows: Vec<RouteRow>) -> Routing {
        let id = id.into();
        let name = self.world.names().of(id);
        Routing {
            id,
            name: name.clone(),
            tables: vec![RoutingTable { id, name, note, rows }],
        }
    }

    fn router_routing(&self, id: RouterId) -> Routing {
        let rib = self.routes_of(id, None);
        let asn = rib.asn.map(|asn| format!("AS {asn}"));
        let router_id = rib.router_id.map(|id| format!("router id {id}"));
        let note: Vec<String> = asn.into_iter().chain(router_id).collect();
        let rows = rib.prefixes.iter().map(router_row).collect();
        self.of_one(id, note.join(", "), rows)
    }

    fn transit_routing(&self, id: TransitGatewayId) -> Routing {
        let (cloud, names) = (&self.world.network().cloud, self.world.names());
        let tables = cloud.transit_gateway_route_tables.iter();
        let tables = tables
            .filter(|(_, table)| table.gateway == id)
            .map(|(table, row)| {
                let asked_by = cloud.attachments.iter();
                let asked_by = asked_by.filter(|(_, it)| it.association == Some(table));
                let asked_by: Vec<String> = asked_by.map(|(attachment, _)| names.of(attachment)).collect();
                RoutingTable {
                    id: table.into(),
                    name: names.of(table),
                    note: match asked_by.as_slice() {
                        [] => "nothing is associated".to_owned(),
                        some => format!("for {}", some.join(", ")),
                    },
                    rows: row
                        .installed
                        .iter()
                        .map(|(prefix, route)| self.transit_row(prefix, route))
                        .collect(),
                }
            });
        Routing {
            id: id.into(),
            name: names.of(id),
            tables: tables.collect(),
        }
    }

    fn transit_row(&self, prefix: ipnet::Ipv4Net, route: &Installed) -> RouteRow {
        let names = self.world.names();
        let name = |exit: &Exit| match exit.endpoint {
            Some(endpoint) => names.of(endpoint),
            None => names.of(exit.attachment),
        };
        let source = match route.class {
            Class::Static => "static",
            Class::Vpc => "VPC",
            Class::DirectConnect => "Direct Connect",
            Class::Connect => "Connect",
            Class::PrivateVpn => "private VPN",
            Class::Vpn => "VPN",
            Class::Peering => "peering",
        };
        row(prefix.to_string(), route.exits.iter().map(name), source)
            .decided_by(&path_text(&route.as_path.to_string()))
    }

    fn private_routing(&self, id: VirtualPrivateGatewayId) -> Option<Routing> {
        use virtual_private_gateway::{Class, Exit};
        let names = self.world.names();
        let gateway = self.world.network().cloud.virtual_private_gateways.get(id)?;
        let name = |exit: &Exit| match *exit {
            Exit::Vpc(id) => names.of(id),
            Exit::Tunnel(id) => names.of(id),
            Exit::Interface(id) => names.of(id),
            Exit::DirectConnect(id) => names.of(id),
        };
        let rows = gateway.installed.iter().map(|(prefix, route)| {
            let source = match route.class {
                Class::Vpc => "VPC",
                Class::DirectConnect => "Direct Connect",
                Class::StaticVpn => "static VPN",
                Class::BgpVpn => "VPN",
            };
            row(prefix.to_string(), route.exits.iter().map(name), source)
        });
        Some(self.of_one(id, format!("AS {}", gateway.asn), rows.collect()))
    }

    fn direct_connect_routing(&self, id: DirectConnectGatewayId) -> Option<Routing> {
        let names = self.world.names();
        let gateway = self.world.network().cloud.direct_connect_gateways.get(id)?;
        let rows = gateway.installed.iter().map(|(prefix, learned): (_, &Learned)| {
            let exits = learned.exits.iter().map(|exit| names.of(*exit));
            row(prefix.to_string(), exits, "Direct Connect")
                .decided_by(&path_text(&learned.as_path.to_string()))
        });
        Some(self.of_one(id, format!("AS {}", gateway.asn), rows.collect()))
    }

    fn vpc_routing(&self, id: VpcId) -> Routing {
        let (cloud, names) = (&self.world.network().cloud, self.world.names());
        let tables = cloud.route_tables.iter().filter(|(_, table)| table.vpc == id);
        let table = |(table, _): (RouteTableId, _)| {
            let used_by = cloud.subnets.iter().filter(|(_, it)| it.route_table == table);
            let used_by: Vec<String> = used_by.map(|(subnet, _)| names.of(subnet)).collect();
            RoutingTable {
                id: table.into(),
                name: names.of(table),
                note: match used_by.as_slice() {
                    [] => "no subnet uses it".to_owned(),
                    some => format!("for {}", some.join(", ")),
                },
                rows: self.table_rows(table),
            }
        };
        Routing {
            id: id.into(),
            name: names.of(id),
            tables: tables.map(table).collect(),
        }
    }

    fn table_rows(&self, id: RouteTableId) -> Vec<RouteRow> {
        let names = self.world.names();
        let table = self.world.network().cloud.route_tables.get(id);
        let routes = table.into_iter().flat_map(|table| &table.routes);
        routes
            .map(|route| {
                let source = match route.origin {
                    RouteOrigin::Local => "local",
                    RouteOrigin::Static => "static",
                    RouteOrigin::Propagated => "propagated",
                };
                let target = (route.target != RouteTarget::Gone).then(|| target_text(route.target, names));
                row(
                    destination_text(route.destination, names),
                    target.into_iter(),
                    source,
                )
            })
            .collect()
    }
}

/// A route with its ways out; one without any drops.
fn row(prefix: String, exits: impl Iterator<Item = String>, source: &str) -> RouteRow {
    let exits: Vec<String> = exits.collect();
    RouteRow {
        prefix,
        health: if exits.is_empty() {
            Health::Degraded
        } else {
            Health::Good
        },
        leads_to: if exits.is_empty() {
            "blackhole".to_owned()
        } else {
            exits.join(" and ")
        },
        source: source.to_owned(),
        decided_by: String::new(),
        paths: Vec::new(),
    }
}

impl RouteRow {
    fn decided_by(self, step: &str) -> Self {
        Self {
            decided_by: step.to_owned(),
            ..self
        }
    }
}

fn path_text(as_path: &str) -> String {
    if as_path.is_empty() {
        String::new()
    } else {
        format!("AS path {as_path}")
    }
}

/// A prefix of a router: where packets go, whose route that is, and the step that chose it.
fn router_row(row: &RibPrefix) -> RouteRow {
    let best = row.paths.iter().find(|path| path.best);
    let step = best.and_then(|path| path.decided_by);
    let n_paths = row.paths.len();
    let decided_by = match (step, n_paths) {
        (None, _) => String::new(),
        (Some(step), 0 | 1) => step.to_string(),
        (Some(step), n_paths) => format!("{step}, 1 of {n_paths}"),
    };
    let hops = || {
        let way = |(hop, interface): (&String, &String)| {
            // The name of an interface begins with that of its router, which is known here.
            let interface = interface
                .split_once(':')
                .map_or(interface.as_str(), |(_, own)| own);
            match (hop == CONNECTED, interface) {
                (true, interface) => interface.to_owned(),
                // AWS's end of a tunnel has an interface without a name of its own.
                (false, "") => format!("via {hop}"),
                (false, interface) => format!("{interface} via {hop}"),
            }
        };
        let hops: Vec<String> = row.fib.iter().zip(&row.interfaces).map(way).collect();
        hops.join(" and ")
    };
    let (leads_to, source, health) = match (&row.source, row.fib.is_empty(), best) {
        (None, _, None) => ("no usable path".to_owned(), String::new(), Health::Failed),
        (None, _, Some(best)) => (best.from.clone(), "BGP".to_owned(), Health::Idle),
        (Some(source), true, Some(best)) if best.peer.is_none() => (
            "drops what no longer prefix matches".to_owned(),
            source.to_string(),
            Health::Idle,
        ),
        (Some(source), true, _) => ("dropped".to_owned(), source.to_string(), Health::Degraded),
        (Some(source), false, _) => (hops(), source.to_string(), Health::Good),
    };
    let stale = best.is_some_and(|path| path.stale);
    RouteRow {
        prefix: row.prefix.to_string(),
        leads_to,
        source,
        decided_by,
        paths: row.paths.clone(),
        health: if stale { Health::Degraded } else { health },
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::Keep;
    use crate::lab::Session;
    use crate::scenario::{load, shipped, shipped_base};
    use crate::units::{SimTime, Span};
    use crate::view::View;

    fn told(lab: &str, things: &[&str]) -> String {
        let (_, text) = shipped()
            .iter()
            .find(|(name, _)| *name == lab)
            .expect("a shipped lab");
        let loaded = load(text, lab, &shipped_base).expect("a shipped lab is right");
        let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("a shipped lab opens");
        session.advance(SimTime::at(Span::minutes(5)), u64::MAX);
        let view = View::of(&session);
        let mut lines = Vec::new();
        for name in things {
            let thing = view.find(name).expect("the lab has it");
            for table in view.routing(thing).expect("it has routes").tables {
                lines.push(format!("{} ({})", table.name, table.note));
                lines.extend(table.rows.iter().map(|row| {
                    let (prefix, to, health) = (&row.prefix, &row.leads_to, row.health);
                    format!(
                        "  {prefix} → {to} | {} | {} | {health:?}",
                        row.source, row.decided_by
                    )
                }));
            }
        }
        assert_eq!(
            view.first_routing().map(|routing| routing.name),
            Some(things[0].to_owned())
        );
        lines.join("\n")
    }

    #[test]
    fn routers_and_gateways_tell_their_routes() {
        insta::assert_snapshot!(told("dx-vpn-backup", &["cgw-1", "tgw", "dxgw", "app-vpc"]));
    }

    #[test]
    fn every_table_of_a_transit_gateway_is_told() {
        insta::assert_snapshot!(told("transit-segmented", &["tgw"]));
    }
}
