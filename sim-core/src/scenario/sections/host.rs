//! Computers.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::SourceDestinationCheck;
use crate::net::Mtu;
use crate::net::PortRange;
use crate::scenario::problem::At;
use crate::scenario::read::{Brief, Entries, choices, section};
use crate::site::{FirewallAction, MacAddress, OsFamily, Power, TrustStore};
use crate::units::{BitRate, Span};
use crate::verdict::Direction;

use super::network::ProtocolText;
use super::segment::HostRouteText;

section! {
    HostText: "a host `(subnet: …, …)` or `(segment: …, address: …, …)`" {
        /// Of a VPC.
        subnet: Option<At<String>>,
        /// Or a segment of a site.
        segment: Option<At<String>>,
        /// The first free one of the subnet where left out; that of the first member of a fleet,
        /// which the others follow.
        address: Option<At<Ipv4Addr>>,
        /// The default gateway of a host on a segment.
        gateway: Option<At<Ipv4Addr>>,
        routes: Vec<Brief<HostRouteText>>,
        name_servers: Option<At<Vec<Ipv4Addr>>>,
        public_address: Option<At<Ipv4Addr>>,
        /// The VPC's default group where left out.
        security_groups: Vec<At<String>>,
        os: Option<OsFamily>,
        power: Option<Power>,
        rate: Option<At<BitRate>>,
        /// 9001 in a VPC, that of the segment on one.
        mtu: Option<Mtu>,
        clock: Option<ClockText>,
        trust: Option<TrustStore>,
        mac: Option<MacAddress>,
        listens: Vec<ListenText>,
        firewall: Vec<FirewallRuleText>,
        name_server: Option<NameServerText>,
        source_destination_check: Option<At<SourceDestinationCheck>>,
    }
}

choices! {
    ClockText: "a clock: synchronised, ahead(\"7m\") or behind(\"7m\")" {
        synchronised => Synchronised,
        ahead => Ahead(Span),
        behind => Behind(Span),
    }
}

choices! {
    ListenText: "a port such as tcp(22)" {
        tcp => Tcp(u16),
        udp => Udp(u16),
    }
}

section! {
    FirewallRuleText: "a firewall rule `(direction: egress, action: drop, protocol: tcp, ports: \"443\")`" {
        direction: Direction,
        action: FirewallAction,
        protocol: ProtocolText,
        ports: PortRange,
        peer: Option<Ipv4Net>,
    }
}

section! {
    NameServerText: "a name server `(forwards: {\"domain\": [\"address\"]})`" {
        /// Its own zones with their records.
        zones: Entries<Entries<Vec<Ipv4Addr>>>,
        forwards: Entries<Vec<Ipv4Addr>>,
    }
}
