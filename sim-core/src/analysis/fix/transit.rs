//! What would let a packet through at a Transit or Direct Connect gateway.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::{TransitChange, TransitRoute};
use crate::aws::virtual_private_gateway::PROPAGATED;
use crate::aws::{AttachmentKind, Change, PeeringState, Route, RouteOrigin, RouteTarget};
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, RouteTableId, TransitGatewayId, TransitGatewayRouteTableId, VpcId,
};
use crate::verdict::Destination;
use crate::world::names::Names;
use crate::world::network::Network;

use super::{Advisor, Fix};

fn edit(text: String, change: TransitChange) -> Fix {
    Fix::network(text, Change::Transit(change))
}

/// What allows the prefix that an address is in to be told beyond a Direct Connect gateway, and the association that is to
/// allow it.
pub fn allowing(
    network: &Network,
    names: &Names,
    gateway: DirectConnectGatewayId,
    far: Ipv4Addr,
) -> Option<(AttachmentId, Fix)> {
    let cloud = &network.cloud;
    cloud
        .associations_of(gateway)
        .find_map(|(attachment, transit, association)| {
            let vpcs = cloud.attachments.rows().iter();
            let vpcs = vpcs.filter(|row| row.gateway == transit);
            // Private tunnels have their ends in the gateway's own blocks.
            let blocks = &cloud.transit_gateways.get(transit)?.cidrs;
            let mut prefixes = vpcs.flat_map(|row| cloud.own_prefixes(row)).chain(blocks);
            let prefix = *prefixes.find(|prefix| prefix.contains(&far))?;
            let mut allowed = association.allowed.clone();
            allowed.push(prefix);
            let text = format!("add {prefix} to the allowed prefixes of {}", names.of(attachment));
            Some((
                attachment,
                edit(text, TransitChange::AllowedPrefixes(attachment, allowed)),
            ))
        })
}

impl Advisor<'_> {
    /// A table of a Transit Gateway has no route for where the packet goes.
    pub(super) fn add_transit_route(&self, table: TransitGatewayRouteTableId) -> Option<Fix> {
        let far = self.problem.flow?.destination;
        let row = self.cloud.transit_gateway_route_tables.get(table)?;
        let (attachment, prefix) = self.leads_to(row.gateway, far)?;
        let (table_name, attachment_name) = (self.names.of(table), self.names.of(attachment));
        let kind = &self.cloud.attachments.get(attachment)?.kind;
        if matches!(kind, AttachmentKind::Peering { .. }) {
            let text = format!("add static route {prefix} → {attachment_name} to {table_name}");
            let to = Some(attachment);
            return Some(edit(
                text,
                TransitChange::SetRoute(table, TransitRoute { prefix, to }),
            ));
        }
        // What propagates and has no route there needs none written: over a VPN connection that would go before what Direct
        // Connect propagates, and to a VPC whose addresses another has it leads astray.
        if row.propagations.contains(&attachment) {
            return None;
        }
        let text = format!("enable propagation of {attachment_name} into {table_name}");
        Some(edit(text, TransitChange::EnablePropagation(table, attachment)))
    }

    /// A written route of a Transit Gateway's table drops the packet.
    pub(super) fn mend_transit_route(
        &self,
        table: TransitGatewayRouteTableId,
        prefix: Ipv4Net,
    ) -> Option<Fix> {
        let row = self.cloud.transit_gateway_route_tables.get(table)?;
        let written = row.fixed.iter().find(|it| it.prefix == prefix)?;
        let text = format!("remove static route {prefix} from {}", self.names.of(table));
        written
            .to
            .is_none()
            .then(|| edit(text, TransitChange::RemoveRoute(table, prefix)))
    }

    /// Nobody is asked for traffic from an attachment.
    pub(super) fn associate(&self, attachment: AttachmentId) -> Option<Fix> {
        let gateway = self.cloud.attachments.get(attachment)?.gateway;
        let mut tables = self.cloud.transit_gateway_route_tables.iter();
        // The table that most of the gateway's other attachments ask knows most of them.
        let asked = |table| {
            let rows = self.cloud.attachments.rows().iter();
            rows.filter(|row| row.association == Some(table)).count()
        };
        let first = tables.find(|(_, row)| row.gateway == gateway)?.0;
        let own = tables.filter(|(_, row)| row.gateway == gateway).map(|(id, _)| id);
        let table = own.fold(
            first,
            |best, table| if asked(table) > asked(best) { table } else { best },
        );
        let text = format!(
            "associate {} with {}",
            self.names.of(attachment),
            self.names.of(table)
        );
        Some(edit(text, TransitChange::Associate(attachment, table)))
    }

    /// A peering attachment that is not active.
    pub(super) fn activate_transit(&self, attachment: AttachmentId) -> Option<Fix> {
        let AttachmentKind::Peering { state, .. } = self.cloud.attachments.get(attachment)?.kind else {
            return None;
        };
        let verb = match state {
            PeeringState::PendingAcceptance => "accept",
            PeeringState::Deleted | PeeringState::Failed => "create again",
            PeeringState::Active => return None,
        };
        let text = format!(
            "{verb} Transit Gateway peering attachment {}",
            self.names.of(attachment)
        );
        Some(edit(
            text,
            TransitChange::Peering(attachment, PeeringState::Active),
        ))
    }

    /// A Direct Connect gateway does not know to whom the packet belongs: none of its associations allows the prefix.
    pub(super) fn allow_prefix(&self, gateway: DirectConnectGatewayId) -> Option<Fix> {
        let far = self.problem.flow?.destination;
        allowing(self.network, self.names, gateway, far).map(|(_, fix)| fix)
    }

    /// A router on the customer's side has not heard of a VPC that is behind a Direct Connect gateway: the first whose
    /// allowed prefixes leave the address out.
    pub(super) fn announce_beyond(&self) -> Option<Fix> {
        let far = self.problem.flow?.destination;
        let withheld = self.cloud.direct_connect_gateways.ids().find(|gateway| {
            let mut all = self.cloud.associations_of(*gateway);
            all.all(|(_, _, row)| !row.allowed.iter().any(|prefix| prefix.contains(&far)))
        });
        self.allow_prefix(withheld?)
    }

    /// A route of a VPC to what its virtual private gateway has learned, and has not propagated: it does so with a hundred
    /// routes, and the rest is missing without a word ("Amazon VPC quotas").
    pub(super) fn route_to_gateway(&self, vpc: VpcId, table: RouteTableId, far: Ipv4Addr) -> Option<Fix> {
        let mut gateways = self.cloud.virtual_private_gateways.iter();
        let (gateway, row) = gateways.find(|(_, row)| row.vpc == Some(vpc))?;
        let (prefix, _) = row.installed.longest_match(far)?;
        // Jumbo frames go by propagated routes alone, so that none is written where nobody has tried to propagate.
        if self.cloud.route_tables.get(table)?.propagation != Some(gateway) {
            let (gateway_name, table_name) = (self.names.of(gateway), self.names.of(table));
            let text = format!("let {gateway_name} propagate into route table {table_name}");
            return Some(Fix::network(text, Change::Propagation(table, Some(gateway))));
        }
        let text = format!(
            "add route {prefix} → {} to route table {}: at most {PROPAGATED} routes are propagated into one",
            self.names.of(gateway),
            self.names.of(table)
        );
        let route = Route {
            destination: Destination::Prefix(prefix),
            target: RouteTarget::VirtualPrivateGateway(gateway),
            origin: RouteOrigin::Static,
        };
        Some(Fix::network(text, Change::AddRoute(table, route)))
    }

    /// A route of a VPC to what is behind its Transit Gateway.
    pub(super) fn route_to_transit(&self, vpc: VpcId, table: RouteTableId, far: Ipv4Addr) -> Option<Fix> {
        let mut attachments = self.cloud.attachments.rows().iter();
        let (gateway, prefix) = attachments.find_map(|row| {
            let joined = row.joins(row.gateway, vpc);
            let (_, prefix) = joined.then(|| self.leads_to(row.gateway, far)).flatten()?;
            Some((row.gateway, prefix))
        })?;
        let target = RouteTarget::TransitGateway(gateway);
        let text = format!(
            "add route {prefix} → {} to route table {}",
            self.names.of(gateway),
            self.names.of(table)
        );
        let route = Route {
            destination: Destination::Prefix(prefix),
            target,
            origin: RouteOrigin::Static,
        };
        Some(Fix::network(text, Change::AddRoute(table, route)))
    }

    /// By which attachment of a gateway an address is reached, and the prefix that it is in there: what any of the
    /// gateway's tables has, what VPCs have, what is learned by BGP, and at last what a peer gateway's tables have.
    fn leads_to(&self, gateway: TransitGatewayId, far: Ipv4Addr) -> Option<(AttachmentId, Ipv4Net)> {
        let tables = self.cloud.transit_gateway_route_tables.rows().iter();
        let known = tables.filter(|row| row.gateway == gateway).find_map(|row| {
            let (prefix, route) = row.installed.longest_match(far)?;
            Some((route.exits.first()?.attachment, prefix))
        });
        let attached = || {
            let all = self.cloud.attachments.iter();
            all.filter(|(_, row)| row.gateway == gateway)
        };
        let own = || {
            let all = attached().filter_map(|(id, row)| {
                let learned = match &row.kind {
                    AttachmentKind::DirectConnect(association) => {
                        let row = self.cloud.direct_connect_gateways.get(association.gateway)?;
                        row.installed.longest_match(far).map(|(prefix, _)| prefix)
                    }
                    AttachmentKind::Vpn { endpoints, .. } => endpoints.iter().find_map(|endpoint| {
                        let fib = &self.network.routers.get(*endpoint)?.fib;
                        let (prefix, _) = fib.lookup_among(far, |source| !source.is_interior())?;
                        Some(prefix)
                    }),
                    AttachmentKind::Vpc { .. } | AttachmentKind::Peering { .. } => {
                        let mut own = self.cloud.own_prefixes(row).iter();
                        own.find(|prefix| prefix.contains(&far)).copied()
                    }
                };
                Some((row.class(), id, learned?))
            });
            // Of several the one that the gateway itself would take.
            let best = all.min_by_key(|(class, id, _)| (*class, *id))?;
            Some((best.1, best.2))
        };
        let beyond = || {
            let mut all = attached();
            all.find_map(|(id, row)| {
                let AttachmentKind::Peering { peer, .. } = row.kind else {
                    return None;
                };
                let peer = self.cloud.attachments.get(peer)?.gateway;
                let vpcs = self
                    .cloud
                    .attachments
                    .rows()
                    .iter()
                    .filter(|row| row.gateway == peer);
                let mut prefixes = vpcs.flat_map(|row| self.cloud.own_prefixes(row));
                Some((id, *prefixes.find(|prefix| prefix.contains(&far))?))
            })
        };
        known.or_else(own).or_else(beyond)
    }
}
