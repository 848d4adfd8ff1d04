//! Transit Gateways, the VPN connections to them, and the internet that those ride on.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::PeeringState;
use crate::aws::transit_gateway::{ApplianceMode, VpnEcmp, VpnRouting};
use crate::proto::ike::config::Versions;
use crate::scenario::problem::At;
use crate::scenario::read::{Brief, Entries, InterfaceAddress, Need, choices, section, words};
use crate::units::{BitRate, Ppm, Span};

use super::tunnel::{DpdText, LifetimesText, StartText};

section! {
    /// A Transit Gateway, what of VPCs is attached to it, and its route tables.
    TransitGatewayText: "a Transit Gateway `(region: …, asn: 64512, vpcs: {…}, route_tables: {…})`" {
        region: Need<At<String>>,
        asn: Option<At<u32>>,
        vpn_ecmp: Option<VpnEcmp>,
        vpcs: Entries<VpcAttachmentText>,
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
    /// A Site-to-Site VPN connection, as AWS is told of it.
    VpnText: "a VPN connection `(customer_gateway: …, transit_gateway: …, tunnels: […, …])`" {
        customer_gateway: Need<At<String>>,
        transit_gateway: Need<At<String>>,
        routing: Option<VpnRouting>,
        /// Always two.
        tunnels: Vec<At<VpnTunnelText>>,
    }
}

section! {
    VpnTunnelText: "a tunnel `(outside: \"203.0.113.11\", inside: \"169.254.10.0/30\", key: …)`" {
        /// The address of AWS's endpoint.
        outside: Need<At<Ipv4Addr>>,
        /// The first host of it is AWS's, the second the customer's.
        inside: Need<At<Ipv4Net>>,
        key: Need<At<String>>,
        version: Option<Versions>,
        ike: Option<At<Vec<At<String>>>>,
        esp: Option<At<Vec<At<String>>>>,
        lifetimes: Option<Brief<LifetimesText>>,
        margin: Option<At<Span>>,
        fuzz: Option<At<u32>>,
        dpd: Option<DpdText>,
        replay_window: Option<At<u32>>,
        start: Option<StartText>,
    }
}

section! {
    /// A line by which a router reaches the internet.
    AccessText: "a line to the internet `(router: …, address: \"198.51.100.1/30\")`" {
        router: Need<At<String>>,
        /// Of a /30 or /31; the other host of it is the provider's.
        address: Need<At<InterfaceAddress>>,
        delay: Option<Span>,
        rate: Option<At<BitRate>>,
        loss: Option<Ppm>,
    }
}

words! {
    VpnEcmp: "whether flows are spread over VPN tunnels" { on => On, off => Off, }
    ApplianceMode: "whether appliance mode is on" { on => Enabled, off => Disabled, }
    VpnRouting: "how a VPN connection is routed" { bgp => Bgp, static_routes => Static, }
}
