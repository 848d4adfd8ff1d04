//! Direct Connect: locations, connections, virtual interfaces and gateways.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::SiteLink;
use crate::net::Mtu;
use crate::scenario::problem::At;
use crate::scenario::read::{Entries, InterfaceAddress, Need, choices, section, words};
use crate::site::{Carrier, Provisioning};
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
        jitter: Option<Span>,
        loss: Option<Ppm>,
        state: Option<Carrier>,
        /// Available, or what AWS or the owner has still to do.
        provisioning: Option<At<Provisioning>>,
        kind: Option<At<ConnectionKindText>>,
    }
}

choices! {
    ConnectionKindText: "a kind of connection: dedicated or hosted" {
        dedicated => Dedicated,
        hosted => Hosted,
    }
}

section! {
    /// A link aggregation group: connections to one device that carry virtual interfaces together.
    LagText: "a link aggregation group `(connections: [\"dx-1\", \"dx-2\"], min_links: 1)`" {
        connections: Vec<At<String>>,
        min_links: Option<At<u8>>,
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
        /// A connection or a link aggregation group.
        connection: Need<At<String>>,
        kind: Need<At<InterfaceKindText>>,
        /// The Direct Connect gateway.
        gateway: Option<At<String>>,
        /// Of a private one, in place of the Direct Connect gateway.
        virtual_private_gateway: Option<At<String>>,
        /// Of one that ends at a Direct Connect gateway: whether it leads to other sites, too.
        site_link: Option<At<SiteLink>>,
        /// Of a public one: what the customer owns and announces.
        prefixes: Vec<At<Ipv4Net>>,
        /// How many prefixes of the connection's pool are allocated to a private or transit one; 100 where nothing is said.
        allocated_prefixes: Option<At<u32>>,
        vlan: Need<At<u16>>,
        /// The customer's address; AWS has the other host of its /30 or /31.
        address: Need<At<InterfaceAddress>>,
        /// The customer's AS number.
        asn: Need<At<u32>>,
        key: Option<At<String>>,
        /// 1500, or with jumbo frames 9001 on a private one and 8500 on a transit one.
        mtu: Option<At<Mtu>>,
        timers: Option<TimersText>,
        /// Available, or what AWS or the owner has still to do.
        provisioning: Option<At<Provisioning>>,
        /// On where the customer's router has it.
        bfd: Option<BfdText>,
    }
}

section! {
    DirectConnectGatewayText: "a Direct Connect gateway `(asn: 64600, transit_gateways: {…})`" {
        asn: Option<At<u32>>,
        /// By the name of the attachment.
        transit_gateways: Entries<AssociationText>,
        /// In place of Transit Gateways.
        virtual_private_gateways: Entries<PrivateAssociationText>,
    }
}

section! {
    AssociationText: "an association `(transit_gateway: …, allowed_prefixes: […])`" {
        transit_gateway: Need<At<String>>,
        allowed_prefixes: Vec<At<Ipv4Net>>,
    }
}

section! {
    PrivateAssociationText: "an association `(virtual_private_gateway: …, allowed_prefixes: […])`" {
        virtual_private_gateway: Need<At<String>>,
        /// All blocks of the VPC where left out.
        allowed_prefixes: Option<Vec<At<Ipv4Net>>>,
    }
}

words! {
    SiteLink: "whether sites are linked" { on => On, off => Off, }
}
