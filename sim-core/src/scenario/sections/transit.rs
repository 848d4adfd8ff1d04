//! Transit and virtual private gateways, the VPN connections to them, and the internet that those ride on.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::PeeringState;
use crate::aws::mtu::PathMtuDiscovery;
use crate::aws::transit_gateway::{ApplianceMode, VpnEcmp, VpnRouting};
use crate::net::Mtu;
use crate::scenario::problem::{At, Place, Problems};
use crate::scenario::read::{
    Entries, Fields, InterfaceAddress, Need, Read, Unmodelled, choices, section, words,
};
use crate::scenario::syntax::Node;
use crate::units::{BitRate, Ppm, Span};

use super::change::Of;
use super::tunnel::TermsText;

section! {
    /// A Transit Gateway, what of VPCs is attached to it, and its route tables.
    TransitGatewayText: "a Transit Gateway `(region: …, asn: 64512, vpcs: {…}, route_tables: {…})`" {
        region: Need<At<String>>,
        asn: Option<At<u32>>,
        vpn_ecmp: Option<VpnEcmp>,
        /// From which private tunnels have the addresses of their ends.
        cidrs: Vec<At<Ipv4Net>>,
        connects: Entries<ConnectText>,
        path_mtu_discovery: Option<PathMtuDiscovery>,
        vpcs: Entries<VpcAttachmentText>,
        /// Refused, with what follows from them.
        policy_tables: Option<At<Unmodelled>>,
        /// One table for everything where left out, as AWS makes it.
        route_tables: Option<Entries<TransitRouteTableText>>,
    }
}

section! {
    VpcAttachmentText: "a VPC attachment `(vpc: …, subnets: […])`" {
        vpc: Need<At<String>>,
        /// At most one in each availability zone.
        subnets: Vec<At<String>>,
        appliance_mode: Option<ApplianceMode>,
    }
}

section! {
    ConnectText: "a Connect attachment `(transport: \"dx-attachment\", peers: {…})`" {
        /// The attachment that its tunnels ride on.
        transport: Need<At<String>>,
        peers: Entries<ConnectPeerText>,
    }
}

section! {
    ConnectPeerText: "a Connect peer `(gateway_address: …, peer_address: …, inside: \"169.254.200.0/29\")`" {
        /// The outer address of AWS's end.
        gateway_address: Need<At<Ipv4Addr>>,
        /// That of the appliance.
        peer_address: Need<At<Ipv4Addr>>,
        /// The appliance has the first host of it, AWS the next two.
        inside: Need<At<Ipv4Net>>,
        asn: Option<At<u32>>,
    }
}

section! {
    TransitRouteTableText: "a Transit Gateway route table `(associations: […], propagations: […])`" {
        /// The attachments whose traffic it routes.
        associations: Vec<At<String>>,
        /// The attachments whose prefixes go into it.
        propagations: Vec<At<String>>,
        /// By prefix.
        routes: Entries<TransitTargetText>,
    }
}

choices! {
    TransitTargetText: "a target: attachment(\"name\") or blackhole" {
        attachment => Attachment(At<String>),
        blackhole => Blackhole,
    }
}

section! {
    /// A peering between two Transit Gateways; its two attachments are called after it and each gateway.
    TransitPeeringText: "a Transit Gateway peering `(a: \"tgw-1\", b: \"tgw-2\")`" {
        a: Need<At<String>>,
        b: Need<At<String>>,
        state: Option<PeeringState>,
        delay: Option<Span>,
    }
}

section! {
    /// What AWS knows of the customer's device.
    CustomerGatewayText: "a customer gateway `(address: \"198.51.100.1\", asn: 65001)`" {
        address: Need<At<Ipv4Addr>>,
        asn: Option<At<u32>>,
    }
}

section! {
    VirtualPrivateGatewayText: "a virtual private gateway `(vpc: \"app-vpc\", asn: 64512)`" {
        /// None for one that joins sites and no VPC.
        vpc: Option<At<String>>,
        asn: Option<At<u32>>,
    }
}

section! {
    /// A Site-to-Site VPN connection, as AWS is told of it.
    VpnText: "a VPN connection `(customer_gateway: …, transit_gateway: …, tunnels: […, …])`" {
        customer_gateway: Need<At<String>>,
        /// Either this or the other.
        transit_gateway: Option<At<String>>,
        virtual_private_gateway: Option<At<String>>,
        routing: Option<VpnRouting>,
        /// The attachment that its tunnels ride on, where their addresses are private.
        transport: Option<At<String>>,
        /// What lies between its endpoints and the internet.
        uplink: Option<UplinkText>,
        acceleration: Option<At<AccelerationText>>,
        /// What of the customer's side the tunnels are for, as AWS's option is called; everything where left out.
        local_ipv4_network_cidr: Option<At<Ipv4Net>>,
        /// What of AWS's side they are for.
        remote_ipv4_network_cidr: Option<At<Ipv4Net>>,
        /// The static routes to it, with a virtual private gateway.
        prefixes: Vec<At<Ipv4Net>>,
        /// Always two.
        tunnels: Vec<VpnTunnelText>,
    }
}

section! {
    UplinkText: "the way between AWS's endpoints and the internet `(delay: \"30ms\", jitter: \"8ms\")`" {
        delay: Option<Span>,
        jitter: Option<Span>,
        loss: Option<Ppm>,
        /// Over AWS's own network, where the connection is accelerated; as long as the other where left out.
        accelerated_delay: Option<Span>,
    }
}

/// Whether a VPN connection is accelerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum AccelerationText {
    On,
    Off,
}

/// A tunnel of a VPN connection: AWS's end, with the terms that any tunnel has.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct VpnTunnelText {
    pub(in crate::scenario) place: Place,
    /// The address of AWS's endpoint.
    pub(in crate::scenario) outside: Need<At<Ipv4Addr>>,
    /// The first host of it is AWS's, the second the customer's.
    pub(in crate::scenario) inside: Need<At<Ipv4Net>>,
    pub(in crate::scenario) terms: TermsText,
}

impl Read for VpnTunnelText {
    const EXPECTED: &'static str =
        "a tunnel `(outside: \"203.0.113.11\", inside: \"169.254.10.0/30\", key: …)`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let own = ["outside", "inside"];
        let names: Vec<&str> = own.iter().chain(TermsText::FIELDS).copied().collect();
        let fields = Fields::named::<Self>(node, &names, problems)?;
        let (outside, inside) = (fields.read("outside", problems), fields.read("inside", problems));
        let terms = TermsText::from_fields(&fields, problems);
        Some(Self {
            place: node.place,
            outside: outside?,
            inside: inside?,
            terms: terms?,
        })
    }
}

section! {
    /// A line by which a router reaches the internet.
    AccessText: "a line to the internet `(router: …, address: \"198.51.100.1/30\")`" {
        router: Need<At<String>>,
        /// Of a /30 or /31; the other host of it is the provider's.
        address: Need<At<InterfaceAddress>>,
        delay: Option<Span>,
        jitter: Option<Span>,
        rate: Option<At<BitRate>>,
        loss: Option<Ppm>,
        mtu: Option<Mtu>,
    }
}

words! {
    VpnEcmp: "whether flows are spread over VPN tunnels" { on => On, off => Off, }
    PathMtuDiscovery: "which packets that are too large are reported" { off => Off, from_vpcs => FromVpcs, }
    ApplianceMode: "whether appliance mode is on" { on => Enabled, off => Disabled, }
    AccelerationText: "whether a VPN connection is accelerated" { on => On, off => Off, }
    VpnRouting: "how a VPN connection is routed" { bgp => Bgp, static_routes => Static, }
}

choices! {
    /// A change of Transit Gateways.
    TransitChangeText: "a change such as enable_propagation(\"table\", \"attachment\")" {
        set_transit_route => SetRoute(TransitRouteText),
        remove_transit_route => RemoveRoute(Of<Ipv4Net>),
        associate_transit => Associate(Of<At<String>>),
        disassociate_transit => Disassociate(At<String>),
        enable_propagation => EnablePropagation(Of<At<String>>),
        disable_propagation => DisablePropagation(Of<At<String>>),
        transit_peering_state => Peering(Of<PeeringState>),
        allowed_prefixes => AllowedPrefixes(Of<Vec<Ipv4Net>>),
    }
}

section! {
    TransitRouteText: "a static route `(table: …, destination: …, target: attachment(…))`" {
        table: At<String>,
        destination: Ipv4Net,
        target: TransitTargetText,
    }
}
