//! AWS's own network, as far as public virtual interfaces lead into it.
//!
//! Where all that they lead to is of one Region, the router that stands for the internet stands for AWS's network, too: it is
//! the only one that sends to the customer. Where there are more, each Region has a router of its own between its tunnel
//! endpoints and the internet, so that a prefix can be known in one of them and not in the other:
//!
//! ```text
//!   cgw-1 ──vif-1── vif-1 (AS 7224) ─┬─ aws eu-central-1 ── tunnel endpoints
//!                                    └─ aws us-east-1 ───── tunnel endpoints
//!                        internet ──── each of the two
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::latency;
use crate::scenario::problem::{At, Place};
use crate::scenario::read::{Entry, InterfaceAddress, Read};
use crate::scenario::sections::{AccessText, LabText, LinkText, RouterText, VirtualInterfaceText, VpnText};
use crate::units::Span;

use super::public_interface;
use super::public_scope::{Reach, region_of_connection, region_of_interface};
use super::vpn::{INTERNET, link, named, other_host, pairs_of, route};

/// Where links inside of AWS's network have their addresses (reserved for benchmarks, RFC 2544).
const LINKS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);

/// A part of AWS's network: that of a Region, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The router that stands for it.
    pub(super) router: String,
    /// The Region; none where one router is all.
    pub(super) region: Option<String>,
    /// The prefixes in which its tunnel endpoints have their outside addresses.
    pub(super) pairs: Vec<Ipv4Net>,
}

impl Part {
    /// How far it is from a virtual interface.
    pub(super) fn reach(&self, text: &VirtualInterfaceText, lab: &LabText) -> Reach {
        let home = region_of_interface(text, lab);
        let both = home.zip(self.region.as_deref());
        both.map_or(Reach::Region, |(home, own)| Reach::between(home, own))
    }

    /// How long packets take between it and a virtual interface.
    pub(super) fn delay(&self, text: &VirtualInterfaceText, lab: &LabText) -> Span {
        let home = region_of_interface(text, lab);
        match home.zip(self.region.as_deref()) {
            Some((home, own)) if home != own => latency::between(home, own),
            Some(_) | None => Span::ZERO,
        }
    }

    /// What the link between it and a virtual interface is called.
    pub(super) fn uplink_of(&self, interface: &str) -> String {
        match &self.region {
            Some(region) => format!("{interface} to {region}"),
            None => format!("{interface} uplink"),
        }
    }
}

/// The parts of AWS's network in a lab.
pub(super) fn parts(lab: &LabText) -> Vec<Part> {
    let mut regions: BTreeMap<&str, Vec<Ipv4Net>> = BTreeMap::new();
    let interfaces = lab.virtual_interfaces.iter().filter_map(|it| it.body.as_ref());
    for interface in interfaces.filter(|text| public_interface::is_one(text)) {
        if let Some(region) = region_of_interface(interface, lab) {
            regions.entry(region).or_default();
        }
    }
    let has_interfaces = !regions.is_empty();
    let mut all = Vec::new();
    for connection in public_connections(lab) {
        all.extend(pairs_of(connection));
        if let Some(region) = region_of_connection(connection, lab) {
            regions.entry(region).or_default().extend(pairs_of(connection));
        }
    }
    if !has_interfaces || regions.len() < 2 {
        return vec![Part {
            router: INTERNET.to_owned(),
            region: None,
            pairs: all,
        }];
    }
    let part = |(region, pairs): (&str, Vec<Ipv4Net>)| Part {
        router: router_of(region),
        region: Some(region.to_owned()),
        pairs,
    };
    regions.into_iter().map(part).collect()
}

/// The VPN connections whose tunnel endpoints have public addresses.
pub(super) fn public_connections(lab: &LabText) -> impl Iterator<Item = &VpnText> {
    let bodies = lab.vpn_connections.iter().filter_map(|entry| entry.body.as_ref());
    bodies.filter(|text| text.transport.is_none())
}

fn router_of(region: &str) -> String {
    format!("aws {region}")
}

/// The router that a connection's tunnel endpoints hang on.
pub(super) fn before<'p>(connection: &VpnText, lab: &LabText, parts: &'p [Part]) -> &'p str {
    let region = region_of_connection(connection, lab);
    let mut own = parts
        .iter()
        .filter(|part| part.region.is_some() && part.region.as_deref() == region);
    own.next().map_or(INTERNET, |part| part.router.as_str())
}

/// The two ends of the `index`th link inside of AWS's network.
pub(super) fn ends(index: usize) -> Option<(Ipv4Net, Ipv4Net)> {
    let first = u32::try_from(index).ok()?.checked_mul(2)?;
    let near = Ipv4Net::new_assert(Ipv4Addr::from(u32::from(LINKS).checked_add(first)?), 31);
    Some((near, Ipv4Net::new_assert(other_host(near)?, 31)))
}

/// Adds the routers of Regions, each with its link to the internet.
pub(super) fn equipment(
    parts: &[Part],
    place: Place,
    routers: &mut Vec<Entry<RouterText>>,
    links: &mut Vec<Entry<LinkText>>,
) {
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.region.is_some()) {
        let Some((near, far)) = ends(index) else { continue };
        let line = AccessText::empty().map(|line| AccessText {
            delay: Some(Span::ZERO),
            ..line
        });
        let body = RouterText::empty().map(|body| RouterText {
            static_routes: vec![route(Ipv4Net::default(), far.addr(), place)],
            ..body
        });
        let name = |value: String| At { value, place };
        links.extend(line.map(|line| {
            let own = (name(part.router.clone()), address_at(near, place));
            link(
                &name(format!("{} internet", part.router)),
                own,
                (INTERNET, far),
                &line,
            )
        }));
        routers.push(named(&part.router, place, body));
        let internet = routers.iter_mut().find(|it| it.name.value == INTERNET);
        if let Some(internet) = internet.and_then(|it| it.body.as_mut()) {
            let to_it = part.pairs.iter().map(|pair| route(*pair, near.addr(), place));
            internet.static_routes.extend(to_it);
        }
    }
}

fn address_at(net: Ipv4Net, place: Place) -> At<InterfaceAddress> {
    At {
        value: InterfaceAddress(net),
        place,
    }
}
