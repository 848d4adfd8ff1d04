//! Segments, and how routers stand on them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::net::{MssClamp, Mtu};
use crate::scenario::problem::At;
use crate::scenario::read::{Need, section};
use crate::site::Carrier;
use crate::units::{BitRate, Span};

section! {
    /// A segment (LAN) of a site.
    SegmentText: "a segment `(prefix: \"192.168.10.0/24\", rate: \"10Gbps\")`" {
        prefix: Need<At<Ipv4Net>>,
        /// IEEE 802.1Q.
        vlan: Option<At<u16>>,
        delay: Option<Span>,
        rate: Option<At<BitRate>>,
        state: Option<Carrier>,
        mtu: Option<Mtu>,
        /// Of its virtual gateways (VRRP).
        advertisement_interval: Option<At<Span>>,
        /// What its hosts ask unless they say otherwise.
        name_servers: Vec<Ipv4Addr>,
    }
}

section! {
    /// A router's interface on a segment.
    AttachedText: "a router's place on a segment `(\"192.168.10.2\")`" {
        address: At<Ipv4Addr>,
        /// A virtual gateway that it shares with others (VRRP).
        gateway: Option<At<Ipv4Addr>>,
        /// Where it is another than the segment's.
        mtu: Option<Mtu>,
        mss_clamp: Option<MssClamp>,
        priority: Option<At<u8>>,
        preempt: Option<At<bool>>,
        /// In the interior routing.
        cost: Option<At<u16>>,
        passive: Option<At<bool>>,
    }
}

section! {
    HostRouteText: "a route of a host `(\"10.0.0.0/8\", \"192.168.10.2\")`" {
        prefix: At<Ipv4Net>,
        via: At<Ipv4Addr>,
    }
}
