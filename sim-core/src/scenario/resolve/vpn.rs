//! Site-to-Site VPN connections and the internet below them, told as the routers, links and tunnels that they are.
//!
//! ```text
//!   cgw-1 ──isp-a── internet ──vpn-1/1 uplink── vpn-1/1 ─┐
//!                      └───────vpn-1/2 uplink── vpn-1/2 ─┴─ Transit Gateway
//! ```
//!
//! Each of AWS's two tunnel endpoints is a router of its own, with one line to the internet, one tunnel, and a BGP
//! session in it. The customer's side is what the lab's text says of the customer's router.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::{DEFAULT_ASN, Overlay, VpnRouting};
use crate::aws::virtual_private_gateway::PREFIXES;
use crate::aws::vpn::TUNNEL_RATE;
use crate::net::MssClamp;
use crate::proto::ike::config::Versions;
use crate::resource::RouterId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    AccessText, CustomerGatewayText, EndText, LabText, LimitText, LinkText, MaxPrefixText, NeighborText,
    RouterText, StartText, StaticRouteText, TimersText, TunnelText, ViaText, VpnText, VpnTunnelText,
};
use crate::site::Behind;
use crate::units::{Span, number_of};

use super::acceleration;
use super::cloud::Draft;
use super::direct_connect;
use super::public_interface;
use super::public_network;
use super::router::Routers;
use super::scope::Scope;
use super::transit;
use super::underlay;
use super::virtual_private_gateway;
use super::vpn_options;
use super::vpn_quota;

/// The router that stands for the internet.
pub(super) const INTERNET: &str = "internet";
/// The tunnels of a VPN connection ("How AWS Site-to-Site VPN works").
const TUNNELS: usize = 2;
/// The AS number of a customer gateway that is not given one ("Customer gateway options").
pub(super) const CUSTOMER_ASN: u32 = 65_000;
/// The hold time that AWS's endpoints propose ("Example customer gateway device configurations").
pub(super) const HOLD: Span = Span::secs(30);
/// The prefixes that a Transit Gateway takes over a VPN connection ("Site-to-Site VPN quotas").
pub(super) const MOST_PREFIXES: u32 = 1_000;

/// The routers and links of a lab: those that the text spells out, and those that others of its sections stand for.
#[derive(Debug, Clone)]
pub(super) struct Equipment {
    pub(super) routers: Entries<RouterText>,
    pub(super) links: Entries<LinkText>,
}

/// Tells the internet and the VPN connections as routers and links.
pub(super) fn equipment(lab: &LabText, problems: &mut Problems) -> Equipment {
    let mut routers: Vec<Entry<RouterText>> = lab.routers.iter().cloned().collect();
    let mut links: Vec<Entry<LinkText>> = lab.links.iter().cloned().collect();
    let first_line = lab.internet.iter().next().map(|entry| entry.name.place);
    let is_public = |it: &&Entry<VpnText>| it.body.as_ref().is_none_or(|text| text.transport.is_none());
    let first_vpn = lab.vpn_connections.iter().find(is_public);
    let first_vpn = first_vpn.map(|entry| entry.name.place);
    let has_internet = routers.iter().any(|entry| entry.name.value == INTERNET);
    let mut interfaces = lab.virtual_interfaces.iter();
    let first_public = interfaces.find(|it| it.body.as_ref().is_some_and(public_interface::is_one));
    let first_public = first_public.map(|entry| entry.name.place);
    let any = first_line.or(first_vpn).or(first_public);
    if let Some(place) = any.filter(|_| !has_internet) {
        routers.push(named(INTERNET, place, RouterText::empty()));
    }
    for entry in &lab.internet {
        line(entry, &mut routers, &mut links, problems);
    }
    let parts = public_network::parts(lab);
    if let Some(place) = first_public {
        public_network::equipment(&parts, place, &mut routers, &mut links);
    }
    for entry in &lab.vpn_connections {
        let Some(text) = &entry.body else { continue };
        let before = public_network::before(text, lab, &parts);
        for (place, tunnel) in text.tunnels.iter().enumerate().take(TUNNELS) {
            let name = endpoint_name(&entry.name.value, place);
            if let Some((router, link)) = endpoint(&name, (text, before), tunnel, lab, problems) {
                routers.push(router);
                links.push(link);
            }
        }
    }
    underlay::equipment(lab, &mut routers, &mut links, problems);
    direct_connect::equipment(lab, &mut routers, &mut links, problems);
    Equipment {
        routers: Entries::of(routers),
        links: Entries::of(links),
    }
}

/// The prefixes in which a connection's tunnel endpoints have their outside addresses.
pub(super) fn pairs_of(text: &VpnText) -> impl Iterator<Item = Ipv4Net> {
    let outside = (text.tunnels.iter().take(TUNNELS)).filter_map(|tunnel| tunnel.outside.get());
    outside.map(|outside| Ipv4Net::new_assert(outside.value, 31).trunc())
}

fn endpoint_name(connection: &str, place: usize) -> String {
    format!("{connection}/{}", place + 1)
}

pub(super) fn named<T>(name: &str, place: Place, body: Option<T>) -> Entry<T> {
    let value = name.to_owned();
    Entry {
        name: At { value, place },
        body,
    }
}

/// The other host of a prefix of two.
pub(super) fn other_host(net: Ipv4Net) -> Option<Ipv4Addr> {
    if net.prefix_len() < 30 {
        return None;
    }
    net.hosts().find(|host| *host != net.addr())
}

/// A router's line to the internet: a link, and the default route if the router has none.
fn line(
    entry: &Entry<AccessText>,
    routers: &mut [Entry<RouterText>],
    links: &mut Vec<Entry<LinkText>>,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let (Some(router), Some(address)) = (text.router.get(), text.address.get()) else {
        return;
    };
    let net = address.value.0;
    let Some(provider) = other_host(net) else {
        let message = format!("{net} has room for more than two");
        problems.push(
            Problem::error(Code::BadValue, address.place, message)
                .help("give the line a /30 or /31: the other host of it is the provider's"),
        );
        return;
    };
    let far = Ipv4Net::new_assert(provider, net.prefix_len());
    links.push(link(
        &entry.name,
        (router.clone(), *address),
        (INTERNET, far),
        text,
    ));
    let its_router = routers.iter_mut().find(|it| it.name.value == router.value);
    let Some(body) = its_router.and_then(|it| it.body.as_mut()) else {
        return;
    };
    let default = Ipv4Net::default();
    if !body
        .static_routes
        .iter()
        .any(|Brief(route)| route.prefix.value == default)
    {
        body.static_routes.push(route(default, provider, address.place));
    }
}

pub(super) fn link(
    name: &At<String>,
    (router, address): (At<String>, At<InterfaceAddress>),
    (far_router, far): (&str, Ipv4Net),
    text: &AccessText,
) -> Entry<LinkText> {
    let place = address.place;
    let end = |router: At<String>, address| Need::of(Brief(EndText { router, address }));
    let far_router = At {
        value: far_router.to_owned(),
        place,
    };
    let far = At {
        value: InterfaceAddress(far),
        place,
    };
    Entry {
        name: name.clone(),
        body: LinkText::empty().map(|link| LinkText {
            a: end(router, address),
            b: end(far_router, far),
            delay: text.delay,
            jitter: text.jitter,
            mtu: text.mtu,
            rate: text.rate,
            loss: text.loss,
            ..link
        }),
    }
}

pub(super) fn route(prefix: Ipv4Net, via: Ipv4Addr, place: Place) -> Brief<StaticRouteText> {
    Brief(StaticRouteText {
        prefix: At { value: prefix, place },
        via: ViaText::Address(At { value: via, place }),
        metric: None,
    })
}

/// One of AWS's two ends of a connection: a router with a tunnel, and a line to the internet or to the router `before` it.
fn endpoint(
    name: &str,
    (vpn, before): (&VpnText, &str),
    text: &VpnTunnelText,
    lab: &LabText,
    problems: &mut Problems,
) -> Option<(Entry<RouterText>, Entry<LinkText>)> {
    let place = text.place;
    let (outside, inside) = (*text.outside.get()?, *text.inside.get()?);
    let customer_name = vpn.customer_gateway.get()?;
    let customer = customer(customer_name, lab, problems)?;
    let (asn, most_prefixes) = asn_of_aws(vpn, lab)?;
    let (own, far) = inside_hosts(inside, problems)?;
    let address = *customer.address.get()?;

    let pair = Ipv4Net::new_assert(outside.value, 31);
    let provider = other_host(pair)?;
    let line = AccessText {
        rate: Some(At {
            value: TUNNEL_RATE,
            place,
        }),
        ..acceleration::uplink(vpn)?
    };
    let near = At {
        value: InterfaceAddress(pair),
        place: outside.place,
    };
    let router_name = At {
        value: name.to_owned(),
        place,
    };
    let uplink = At {
        value: format!("{name} uplink"),
        place,
    };
    let link = match &vpn.transport {
        Some(transport) => underlay::line(&router_name, (pair, TUNNEL_RATE), &transport.value)?,
        None => link(
            &uplink,
            (router_name.clone(), near),
            (before, Ipv4Net::new_assert(provider, 31)),
            &line,
        ),
    };
    // Nothing but the customer's gateway is reached over the internet: what is for others goes into the tunnel or nowhere.
    let host = Ipv4Net::from(address.value);
    let mut static_routes = vec![route(host, provider, place)];
    let mut neighbors = Vec::new();
    match vpn.routing.unwrap_or(VpnRouting::Bgp) {
        VpnRouting::Bgp => neighbors.push(named(
            &customer_name.value,
            place,
            neighbor(customer, most_prefixes, place),
        )),
        VpnRouting::Static => static_routes.push(route(Ipv4Net::default(), far, place)),
    }
    let own = At {
        value: InterfaceAddress(Ipv4Net::new_assert(own, inside.value.prefix_len())),
        place: inside.place,
    };
    let body = RouterText {
        asn: Some(At { value: asn, place }).filter(|_| !neighbors.is_empty()),
        static_routes,
        tunnels: Entries::of(vec![named("", place, Some(tunnel(vpn, text, address, own)))]),
        neighbors: Entries::of(neighbors),
        ..RouterText::empty()?
    };
    let name = router_name;
    Some((
        Entry {
            name,
            body: Some(body),
        },
        link,
    ))
}

/// The AS number of AWS's end, and how many prefixes it takes.
fn asn_of_aws(text: &VpnText, lab: &LabText) -> Option<(u32, u32)> {
    let (asn, most) = match (&text.transit_gateway, &text.virtual_private_gateway) {
        (Some(name), None) => {
            let mut all = lab.transit_gateways.iter();
            let found = all.find(|it| it.name.value == name.value)?;
            (found.body.as_ref()?.asn, MOST_PREFIXES)
        }
        (None, Some(name)) => {
            let mut all = lab.virtual_private_gateways.iter();
            let found = all.find(|it| it.name.value == name.value)?;
            (found.body.as_ref()?.asn, PREFIXES)
        }
        (None, None) | (Some(_), Some(_)) => return None,
    };
    Some((asn.map_or(DEFAULT_ASN, |asn| asn.value), most))
}

fn customer<'l>(
    name: &At<String>,
    lab: &'l LabText,
    problems: &mut Problems,
) -> Option<&'l CustomerGatewayText> {
    let found = lab
        .customer_gateways
        .iter()
        .find(|it| it.name.value == name.value);
    if found.is_none() {
        let message = format!("there is no customer gateway named `{}`", name.value);
        let options = lab.customer_gateways.iter().map(|it| it.name.value.as_str());
        let problem = Problem::error(Code::UnknownName, name.place, message);
        problems.push_mistyped(problem, &name.value, options);
    }
    found?.body.as_ref()
}

/// AWS's host of the inside prefix, and the customer's.
fn inside_hosts(inside: At<Ipv4Net>, problems: &mut Problems) -> Option<(Ipv4Addr, Ipv4Addr)> {
    vpn_options::check_inside(inside, problems);
    let mut hosts = inside.value.trunc().hosts();
    hosts.next().zip(hosts.next())
}

fn neighbor(customer: &CustomerGatewayText, most_prefixes: u32, place: Place) -> Option<NeighborText> {
    let asn = customer.asn.unwrap_or(At {
        value: CUSTOMER_ASN,
        place,
    });
    let limit = LimitText::of_aws(At {
        value: most_prefixes,
        place,
    });
    Some(NeighborText {
        remote_as: Need::of(asn),
        tunnel: Some(At {
            value: String::new(),
            place,
        }),
        timers: TimersText::empty().map(|timers| TimersText {
            hold: Some(At { value: HOLD, place }),
            ..timers
        }),
        max_prefix: Some(MaxPrefixText(limit)),
        ..NeighborText::empty()?
    })
}

/// One block, as the only selector of its side.
fn selector(network: At<Ipv4Net>) -> At<Vec<At<String>>> {
    let place = network.place;
    let text = At {
        value: network.value.to_string(),
        place,
    };
    At {
        value: vec![text],
        place,
    }
}

fn tunnel(
    vpn: &VpnText,
    text: &VpnTunnelText,
    address: At<Ipv4Addr>,
    inside: At<InterfaceAddress>,
) -> TunnelText {
    let place = text.place;
    let mut terms = text.terms.clone();
    terms.version.get_or_insert(At {
        value: Versions::Both,
        place,
    });
    // AWS waits to be called unless told otherwise ("Site-to-Site VPN tunnel initiation options").
    terms.start.get_or_insert(At {
        value: StartText::Wait,
        place,
    });
    TunnelText {
        place,
        to: Need::of(address),
        from: None,
        inside: Need::of(inside),
        mtu: None,
        // AWS's end leaves the MSS as it is.
        mss_clamp: Some(MssClamp::Off),
        // AWS is route-based: everything on both sides, unless the connection says less. What AWS calls local is the
        // customer's ("VpnConnectionOptionsSpecification", EC2 API).
        local_selectors: vpn.remote_ipv4_network_cidr.map(selector),
        remote_selectors: vpn.local_ipv4_network_cidr.map(selector),
        kind: None,
        terms,
        side: acceleration::side(vpn),
    }
}

/// Joins the connections to their gateways, once their endpoints are routers.
pub(super) fn attach(
    lab: &LabText,
    (scope, draft): (&mut Scope, &mut Draft),
    routers: &mut Routers,
    problems: &mut Problems,
) {
    vpn_quota::check(lab, scope, draft, problems);
    for entry in &lab.vpn_connections {
        let Some(text) = &entry.body else { continue };
        if text.tunnels.len() != TUNNELS {
            let message = format!(
                "VPN connection `{}` has {}",
                entry.name.value,
                number_of(text.tunnels.len(), "tunnel", "tunnels")
            );
            problems
                .push(Problem::error(Code::Refused, entry.name.place, message).help(
                    "a Site-to-Site VPN connection has two tunnels; the customer may leave one unused",
                ));
        }
        acceleration::check(text, problems);
        let endpoints = endpoints(entry, scope);
        let behind = join(entry, text, endpoints.clone(), (scope, draft), problems);
        for endpoint in endpoints {
            if let Some(behind) = behind {
                routers.routing.put_behind(endpoint, behind);
            }
        }
    }
    underlay::attach(lab, (scope, draft), routers, problems);
}

/// Joins a connection to its gateway, which is then what is behind its endpoints.
fn join(
    entry: &Entry<VpnText>,
    text: &VpnText,
    endpoints: Vec<RouterId>,
    (scope, draft): (&mut Scope, &mut Draft),
    problems: &mut Problems,
) -> Option<Behind> {
    match (&text.transit_gateway, &text.virtual_private_gateway) {
        (Some(name), None) => {
            let gateway = scope.transit_gateways.find(name, problems)?;
            if let Some(prefix) = text.prefixes.first() {
                let message = "a VPN connection to a Transit Gateway has no static routes of its own";
                problems.push(
                    Problem::error(Code::Refused, prefix.place, message)
                        .help("write them into a route table of the Transit Gateway"),
                );
            }
            let overlay = match &text.transport {
                None => Overlay::PublicVpn,
                Some(name) => {
                    for outside in text.tunnels.iter().filter_map(|it| it.outside.get()) {
                        underlay::check_outside(*outside, gateway, draft, problems);
                    }
                    let transport = underlay::transport(name, gateway, (scope, draft), problems)?;
                    Overlay::PrivateVpn { transport }
                }
            };
            let joined = (endpoints, text.routing.unwrap_or(VpnRouting::Bgp), overlay);
            let id = transit::vpn(&entry.name, gateway, joined, scope, draft, problems);
            Some(Behind::TransitGateway(id))
        }
        (None, Some(name)) => {
            let gateway = scope.virtual_private_gateways.find(name, problems)?;
            if let Some(transport) = &text.transport {
                let message = "a VPN connection with private addresses ends at a Transit Gateway";
                problems.push(
                    Problem::error(Code::Refused, transport.place, message)
                        .help("leave `transport` out, or let the connection lead to a Transit Gateway"),
                );
            }
            virtual_private_gateway::join(entry, text, (gateway, endpoints), draft, problems);
            Some(Behind::VirtualPrivateGateway(gateway))
        }
        (None, None) => {
            let message = format!("VPN connection `{}` leads nowhere", entry.name.value);
            let fields = "`transit_gateway` or `virtual_private_gateway`";
            problems.push_missing(entry.name.place, message, fields);
            None
        }
        (Some(first), Some(second)) => {
            let message = format!("VPN connection `{}` leads to two gateways", entry.name.value);
            problems.push(
                Problem::error(Code::Refused, second.place, message)
                    .also(first.place, "the other")
                    .help("leave one of the two out"),
            );
            None
        }
    }
}

fn endpoints(entry: &Entry<VpnText>, scope: &Scope) -> Vec<RouterId> {
    let names = (0..TUNNELS).map(|place| endpoint_name(&entry.name.value, place));
    names.filter_map(|name| scope.routers.get(&name)).collect()
}
