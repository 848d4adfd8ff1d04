//! Direct Connect: locations, connections, virtual interfaces and gateways.

use ipnet::Ipv4Net;

use crate::scenario::problem::At;
use crate::scenario::read::{Entries, InterfaceAddress, Need, choices, section};
use crate::site::Carrier;
use crate::units::{BitRate, Ppm, Span};

use super::router::TimersText;
use super::tunnel::BfdText;

section! {
    /// A place where AWS's devices and the customer's cables meet.
    LocationText: "a Direct Connect location `(region: …, devices: [\"EqFR5-1\"])`" {
        region: Need<At<String>>,
        devices: Vec<At<String>>,
    }
}

section! {
    /// A port of a device, and the cross-connect from it to the customer's router.
    ConnectionText: "a Direct Connect connection `(device: …, router: …, rate: \"10Gbps\")`" {
        device: Need<At<String>>,
        router: Need<At<String>>,
        rate: Option<At<BitRate>>,
        delay: Option<Span>,
        loss: Option<Ppm>,
        state: Option<Carrier>,
    }
}

choices! {
    InterfaceKindText: "a kind of virtual interface: transit, private or public" {
        transit => Transit,
        private => Private,
        public => Public,
    }
}

section! {
    VirtualInterfaceText: "a virtual interface `(connection: …, kind: transit, gateway: …, vlan: 101)`" {
        connection: Need<At<String>>,
        kind: Need<At<InterfaceKindText>>,
        /// The Direct Connect gateway.
        gateway: Need<At<String>>,
        vlan: Need<At<u16>>,
        /// The customer's address; AWS has the other host of its /30 or /31.
        address: Need<At<InterfaceAddress>>,
        /// The customer's AS number.
        asn: Need<At<u32>>,
        key: Option<At<String>>,
        timers: Option<TimersText>,
        /// On where the customer's router has it.
        bfd: Option<BfdText>,
    }
}

section! {
    DirectConnectGatewayText: "a Direct Connect gateway `(asn: 64600, transit_gateways: {…})`" {
        asn: Option<At<u32>>,
        /// By the name of the attachment.
        transit_gateways: Entries<AssociationText>,
    }
}

section! {
    AssociationText: "an association `(transit_gateway: …, allowed_prefixes: […])`" {
        transit_gateway: Need<At<String>>,
        allowed_prefixes: Vec<At<Ipv4Net>>,
    }
}
