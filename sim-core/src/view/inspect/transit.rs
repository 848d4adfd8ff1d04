//! Transit, virtual private and Direct Connect gateways, and what is joined to them.

use crate::analysis::wording::{gateway_route_text, transit_route_text};
use crate::aws::AttachmentKind;
use crate::aws::direct_connect::{SiteLink, Terminus};
use crate::aws::transit_gateway::{ApplianceMode, Overlay, VpnEcmp, VpnRouting};
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, TransitGatewayId, TransitGatewayRouteTableId, VirtualInterfaceId,
    VirtualPrivateGatewayId,
};
use crate::view::Health;
use crate::view::describe::{Words, peering_state};
use crate::view::facts::Facts;

pub(super) fn gateway(id: TransitGatewayId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.transit_gateways.get(id) else {
        return;
    };
    facts.lead("Region", names.of(row.region), row.region);
    facts.add("AS number", row.asn);
    facts.add(
        "VPN ECMP",
        match row.vpn_ecmp {
            VpnEcmp::On => "on",
            VpnEcmp::Off => "off",
        },
    );
    facts.section("Attachments");
    let attachments = cloud.attachments.iter();
    for (attachment, row) in attachments.filter(|(_, row)| row.gateway == id) {
        facts.lead(kind_word(&row.kind), names.of(attachment), attachment);
    }
    facts.section("Route tables");
    let tables = cloud.transit_gateway_route_tables.iter();
    for (table, _) in tables.filter(|(_, row)| row.gateway == id) {
        facts.lead("route table", names.of(table), table);
    }
}

const fn kind_word(kind: &AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Vpc { .. } => "VPC",
        AttachmentKind::Vpn {
            overlay: Overlay::Connect { .. },
            ..
        } => "Connect",
        AttachmentKind::Vpn { .. } => "VPN",
        AttachmentKind::DirectConnect(_) => "Direct Connect",
        AttachmentKind::Peering { .. } => "peering",
    }
}

pub(super) fn attachment(id: AttachmentId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.attachments.get(id) else {
        return;
    };
    facts.lead("Transit Gateway", names.of(row.gateway), row.gateway);
    match row.association {
        Some(table) => facts.lead("associated with", names.of(table), table),
        None => facts.judge("associated with", "nothing: it forwards nothing", Health::Failed),
    }
    match &row.kind {
        AttachmentKind::Vpc {
            vpc,
            subnets,
            appliance_mode,
        } => {
            facts.lead("VPC", names.of(*vpc), *vpc);
            for &subnet in subnets {
                facts.lead("subnet", names.of(subnet), subnet);
            }
            let mode = match appliance_mode {
                ApplianceMode::Enabled => "on",
                ApplianceMode::Disabled => "off",
            };
            facts.add("appliance mode", mode);
        }
        AttachmentKind::Vpn {
            endpoints,
            routing,
            overlay,
        } => {
            facts.add("routing", routing_word(*routing));
            if let Some(transport) = overlay.transport() {
                facts.lead("rides on", names.of(transport), transport);
            }
            for &endpoint in endpoints {
                facts.lead("tunnel endpoint", names.of(endpoint), endpoint);
            }
        }
        AttachmentKind::DirectConnect(association) => {
            let gateway = association.gateway;
            facts.lead("Direct Connect gateway", names.of(gateway), gateway);
            for prefix in &association.allowed {
                facts.add("allowed prefix", prefix);
            }
        }
        AttachmentKind::Peering { peer, state, delay } => {
            facts.lead("peer", names.of(*peer), *peer);
            facts.add("state", peering_state(*state));
            facts.add("one-way delay", delay);
        }
    }
    facts.section("Propagates into");
    let tables = cloud.transit_gateway_route_tables.iter();
    for (table, _) in tables.filter(|(_, row)| row.propagations.contains(&id)) {
        facts.lead("route table", names.of(table), table);
    }
}

pub(super) fn route_table(id: TransitGatewayRouteTableId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.transit_gateway_route_tables.get(id) else {
        return;
    };
    facts.lead("Transit Gateway", names.of(row.gateway), row.gateway);
    facts.section("Associations");
    let attachments = cloud.attachments.iter();
    for (attachment, row) in attachments.filter(|(_, row)| row.association == Some(id)) {
        facts.lead(kind_word(&row.kind), names.of(attachment), attachment);
    }
    facts.section("Propagations");
    for &attachment in &row.propagations {
        facts.lead("from", names.of(attachment), attachment);
    }
    facts.section("Routes");
    for (prefix, route) in row.installed.iter() {
        facts.add("route", format!("{prefix} {}", transit_route_text(route, names)));
    }
}

pub(super) fn virtual_private_gateway(id: VirtualPrivateGatewayId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.virtual_private_gateways.get(id) else {
        return;
    };
    if let Some(vpc) = row.vpc {
        facts.lead("VPC", names.of(vpc), vpc);
    }
    facts.add("AS number", row.asn);
    facts.section("VPN connections");
    for connection in &row.connections {
        let routing = routing_word(connection.routing);
        facts.add("connection", format!("{}  {routing}", connection.name));
        for prefix in &connection.prefixes {
            facts.add("static route", prefix);
        }
        for &endpoint in &connection.endpoints {
            facts.lead("tunnel endpoint", names.of(endpoint), endpoint);
        }
    }
    facts.section("Direct Connect");
    if let Some(association) = &row.association {
        let gateway = association.gateway;
        facts.lead("Direct Connect gateway", names.of(gateway), gateway);
        for prefix in association.allowed.iter().flatten() {
            facts.add("allowed prefix", prefix);
        }
    }
    for (interface, _) in cloud.interfaces_at(Terminus::VirtualPrivateGateway(id)) {
        facts.lead("virtual interface", names.of(interface), interface);
    }
    facts.section("Routes");
    for (prefix, route) in row.installed.iter() {
        facts.add("route", format!("{prefix} {}", gateway_route_text(route, names)));
    }
    facts.section("Propagates into");
    let tables = cloud.route_tables.iter();
    for (table, _) in tables.filter(|(_, row)| row.propagation == Some(id)) {
        facts.lead("route table", names.of(table), table);
    }
}

const fn routing_word(routing: VpnRouting) -> &'static str {
    match routing {
        VpnRouting::Bgp => "BGP",
        VpnRouting::Static => "static",
    }
}

pub(super) fn direct_connect_gateway(id: DirectConnectGatewayId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.direct_connect_gateways.get(id) else {
        return;
    };
    facts.add("AS number", row.asn);
    facts.section("Virtual interfaces");
    for (interface, _) in cloud.interfaces_at(Terminus::DirectConnectGateway(id)) {
        facts.lead("virtual interface", names.of(interface), interface);
    }
    facts.section("Associations");
    for (attachment, gateway, _) in cloud.associations_of(id) {
        facts.lead("Transit Gateway", names.of(gateway), attachment);
    }
    for (gateway, blocks) in cloud.private_associations_of(id) {
        facts.lead("virtual private gateway", names.of(gateway), gateway);
        for block in blocks {
            facts.add("announces", block);
        }
    }
    facts.section("Routes");
    for (prefix, learned) in row.installed.iter() {
        let exits: Vec<String> = learned.exits.iter().map(|exit| names.of(*exit)).collect();
        facts.add("route", format!("{prefix} → {}", exits.join(" and ")));
    }
}

pub(super) fn virtual_interface(id: VirtualInterfaceId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(row) = cloud.virtual_interfaces.get(id) else {
        return;
    };
    facts.lead("connection", names.of(row.connection), row.connection);
    facts.add("VLAN", row.vlan);
    if row.site_link == SiteLink::On {
        facts.add("SiteLink", "on");
    }
    if let Some(until) = row.testing {
        facts.judge(
            "failover test",
            format!("testing until {until}"),
            Health::Degraded,
        );
    }
    match row.ends_at {
        Terminus::DirectConnectGateway(gateway) => {
            facts.lead("Direct Connect gateway", names.of(gateway), gateway);
        }
        Terminus::VirtualPrivateGateway(gateway) => {
            facts.lead("virtual private gateway", names.of(gateway), gateway);
        }
        Terminus::PublicEdge => facts.add("ends at", "AWS's public addresses"),
    }
    facts.lead("AWS's end", names.of(row.endpoint), row.endpoint);
}
