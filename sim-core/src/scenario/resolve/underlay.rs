//! What private tunnels to a Transit Gateway ride on, and the Connect attachments among them, told as routers and links.
//!
//! ```text
//!   cgw-1 ── vif-1 ── Direct Connect gateway ── dx-attachment ── "dx-attachment transport" ─┬─ vpn-1/1 ─┐
//!                                                                                           └─ peer-1 ──┴─ Transit Gateway
//! ```
//!
//! The ends of the tunnels have addresses from the gateway's own blocks. A router stands for what leads to them: it hands
//! what comes by the attachment to the end that it is for, and what an end sends to the attachment.
//!
//! Sources: "Connect attachments and Connect peers", Amazon VPC Transit Gateways; "Private IP AWS Site-to-Site VPN with AWS
//! Direct Connect", AWS Site-to-Site VPN User Guide.

use ipnet::Ipv4Net;

use crate::aws::latency;
use crate::aws::transit_gateway::{AttachmentKind, DEFAULT_ASN, Overlay, VpnRouting};
use crate::aws::vpn;
use crate::resource::{AttachmentId, RouterId, TransitGatewayId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    AccessText, ConnectPeerText, ConnectText, LabText, LimitText, LinkText, MaxPrefixText, NeighborText,
    RouterText, Side, TermsText, TimersText, TransitGatewayText, TunnelText, WrapText,
};
use crate::site::Behind;
use crate::units::BitRate;

use super::cloud::Draft;
use super::router::Routers;
use super::scope::Scope;
use super::transit;
use super::vpn::{CUSTOMER_ASN, HOLD, MOST_PREFIXES, link, named, other_host, route};

/// The peers of a Connect attachment ("Connect attachments and Connect peers").
const MOST_PEERS: usize = 4;
/// What a Connect peer carries in each direction (same page).
const PEER_RATE: BitRate = BitRate::bps(5_000_000_000);
/// The inside block of a Connect peer: the appliance has its first address, AWS the next two.
const INSIDE_LENGTH: u8 = 29;
/// The hops that AWS's BGP speakers are away ("Connect attachments and Connect peers": ebgp-multihop 2).
const HOPS: u8 = 2;
/// Blocks of a Transit Gateway ("Transit gateway quotas").
const MOST_BLOCKS: usize = 5;
/// The longest such block.
const LONGEST_BLOCK: u8 = 24;

/// The router that stands for what an attachment carries.
pub(super) fn router_of(transport: &str) -> String {
    format!("{transport} transport")
}

/// Each attachment that tunnels ride on, once, where it is first named.
fn transports(lab: &LabText) -> Vec<At<String>> {
    let bodies = lab.vpn_connections.iter().filter_map(|it| it.body.as_ref());
    let of_vpn = bodies.filter_map(|text| text.transport.as_ref());
    let of_connects = connects(lab).filter_map(|(_, _, text)| text.transport.get());
    let mut found: Vec<At<String>> = Vec::new();
    for name in of_vpn.chain(of_connects) {
        if found.iter().all(|it| it.value != name.value) {
            found.push(name.clone());
        }
    }
    found
}

/// The Connect attachments of a lab, each with its gateway.
fn connects(lab: &LabText) -> impl Iterator<Item = (&Entry<TransitGatewayText>, &At<String>, &ConnectText)> {
    lab.transit_gateways.iter().flat_map(|gateway| {
        let all = gateway.body.iter().flat_map(|text| text.connects.iter());
        all.filter_map(move |it| Some((gateway, &it.name, it.body.as_ref()?)))
    })
}

fn peer_name(connect: &str, peer: &str) -> String {
    format!("{connect}/{peer}")
}

/// Tells what private tunnels ride on, and the Connect peers, as routers and links.
pub(super) fn equipment(
    lab: &LabText,
    routers: &mut Vec<Entry<RouterText>>,
    links: &mut Vec<Entry<LinkText>>,
    problems: &mut Problems,
) {
    for transport in transports(lab) {
        routers.push(named(
            &router_of(&transport.value),
            transport.place,
            RouterText::empty(),
        ));
    }
    for (gateway, name, text) in connects(lab) {
        let n_peers = text.peers.iter().len();
        if n_peers > MOST_PEERS {
            let message = format!("Connect attachment `{}` has {n_peers} peers", name.value);
            problems.push(
                Problem::error(Code::Refused, name.place, message).help(
                    "a Connect attachment has at most four peers, of 5 Gbps each: add another attachment",
                ),
            );
        }
        let asn = gateway.body.as_ref().and_then(|it| it.asn);
        for peer in &text.peers {
            let (Some(body), Some(transport)) = (&peer.body, text.transport.get()) else {
                continue;
            };
            let full = At {
                value: peer_name(&name.value, &peer.name.value),
                place: peer.name.place,
            };
            let own = (asn.map_or(DEFAULT_ASN, |it| it.value), transport);
            if let Some((router, line)) = connect_peer(&full, body, own, problems) {
                routers.push(router);
                links.push(line);
            }
        }
    }
}

/// The line between an end of a tunnel and what leads to it.
pub(super) fn line(
    name: &At<String>,
    (own, rate): (Ipv4Net, BitRate),
    transport: &str,
) -> Option<Entry<LinkText>> {
    let place = name.place;
    let far = Ipv4Net::new_assert(other_host(own)?, own.prefix_len());
    let text = AccessText {
        delay: Some(latency::SAME_ZONE),
        rate: Some(at(place, rate)),
        ..AccessText::empty()?
    };
    let near = At {
        value: InterfaceAddress(own),
        place,
    };
    let uplink = At {
        value: format!("{} uplink", name.value),
        place,
    };
    Some(link(
        &uplink,
        (name.clone(), near),
        (&router_of(transport), far),
        &text,
    ))
}

fn connect_peer(
    name: &At<String>,
    text: &ConnectPeerText,
    (asn, transport): (u32, &At<String>),
    problems: &mut Problems,
) -> Option<(Entry<RouterText>, Entry<LinkText>)> {
    let place = name.place;
    let (outside, peer) = (*text.gateway_address.get()?, *text.peer_address.get()?);
    let inside = *text.inside.get()?;
    check_inside(inside, problems);
    let mut hosts = inside.value.trunc().hosts();
    let (appliance, first, second) = (hosts.next()?, hosts.next()?, hosts.next()?);
    let pair = Ipv4Net::new_assert(outside.value, 31);
    let line = line(name, (pair, PEER_RATE), &transport.value)?;
    let tunnel = TunnelText {
        place,
        to: Need::of(peer),
        from: None,
        inside: Need::of(At {
            value: InterfaceAddress(Ipv4Net::new_assert(first, inside.value.prefix_len())),
            place: inside.place,
        }),
        local_selectors: None,
        remote_selectors: None,
        kind: Some(WrapText::Gre),
        mtu: None,
        mss_clamp: None,
        terms: TermsText::empty()?,
        side: Side::Aws,
    };
    let customer = text.asn.unwrap_or(at(place, CUSTOMER_ASN));
    let session = |number: usize, source| {
        let limit = LimitText::of_aws(at(place, MOST_PREFIXES));
        let body = NeighborText {
            remote_as: Need::of(customer),
            address: Some(at(place, appliance)),
            source: Some(at(place, source)),
            multihop: Some(at(place, HOPS)),
            timers: TimersText::empty().map(|timers| TimersText {
                hold: Some(at(place, HOLD)),
                ..timers
            }),
            max_prefix: Some(MaxPrefixText(limit)),
            ..NeighborText::empty()?
        };
        Some(named(&format!("bgp-{number}"), place, Some(body)))
    };
    let body = RouterText {
        asn: Some(at(place, asn)),
        loopbacks: vec![at(place, second)],
        static_routes: vec![route(Ipv4Net::from(peer.value), other_host(pair)?, place)],
        tunnels: Entries::of(vec![named("", place, Some(tunnel))]),
        neighbors: Entries::of(vec![session(1, first)?, session(2, second)?]),
        ..RouterText::empty()?
    };
    let body = Some(body);
    let name = name.clone();
    Some((Entry { name, body }, line))
}

const fn at<T>(place: Place, value: T) -> At<T> {
    At { value, place }
}

/// A /29 of 169.254.0.0/16, and none of those that AWS keeps.
fn check_inside(inside: At<Ipv4Net>, problems: &mut Problems) {
    let net = inside.value.trunc();
    let kept = vpn::RESERVED.iter().any(|kept| net.contains(kept));
    if inside.value.prefix_len() != INSIDE_LENGTH || !vpn::INSIDE.contains(&net) || kept {
        let message = format!("{} is no inside block of a Connect peer", inside.value);
        problems.push(Problem::error(Code::Refused, inside.place, message).help(
            "give it a /29 of 169.254.0.0/16, and none of 169.254.0.0/29 to 169.254.5.0/29 and 169.254.169.248/29, which \
             AWS keeps",
        ));
    }
}

/// The blocks of a Transit Gateway.
pub(super) fn cidrs(text: &TransitGatewayText, problems: &mut Problems) -> Vec<Ipv4Net> {
    let Some(first) = text.cidrs.first() else {
        return Vec::new();
    };
    problems.at_most(
        MOST_BLOCKS,
        text.cidrs.len(),
        first.place,
        "blocks of a Transit Gateway",
    );
    for block in &text.cidrs {
        if block.value.prefix_len() > LONGEST_BLOCK || vpn::INSIDE.contains(&block.value) {
            let message = format!("{} is no block of a Transit Gateway", block.value);
            problems.push(
                Problem::error(Code::Refused, block.place, message)
                    .help("give it a /24 or larger, outside 169.254.0.0/16"),
            );
        }
    }
    text.cidrs.iter().map(|it| it.value.trunc()).collect()
}

/// The attachment that tunnels ride on: one of Direct Connect, of the same gateway.
pub(super) fn transport(
    name: &At<String>,
    gateway: TransitGatewayId,
    (scope, draft): (&Scope, &Draft),
    problems: &mut Problems,
) -> Option<AttachmentId> {
    let id = scope.attachments.find(name, problems)?;
    let row = draft.attachments.get(id)?;
    let help = if row.gateway != gateway {
        "name an attachment of the Transit Gateway that the tunnels end at"
    } else if !matches!(row.kind, AttachmentKind::DirectConnect(_)) {
        "name the attachment of a Direct Connect gateway; of the appliances in a VPC a lab knows nothing"
    } else {
        return Some(id);
    };
    let message = format!("`{}` carries no tunnels of this gateway", name.value);
    problems.push(Problem::error(Code::Refused, name.place, message).help(help));
    None
}

/// The outside address of an end that rides on an attachment is of the gateway's own blocks.
pub(super) fn check_outside(
    outside: At<std::net::Ipv4Addr>,
    gateway: TransitGatewayId,
    draft: &Draft,
    problems: &mut Problems,
) {
    let row = draft.transit_gateways.get(gateway);
    let blocks = row.map_or(&[][..], |row| row.cidrs.as_slice());
    if blocks.iter().any(|block| block.contains(&outside.value)) {
        return;
    }
    let message = format!("{} is of no block of the Transit Gateway", outside.value);
    problems.push(Problem::error(Code::NotInside, outside.place, message).help(
        "give the gateway `cidrs` that hold it: private tunnels end at addresses of the gateway's own",
    ));
}

/// Joins what the tunnels ride on to its attachment, and the Connect attachments to their gateways.
pub(super) fn attach(
    lab: &LabText,
    (scope, draft): (&mut Scope, &mut Draft),
    routers: &mut Routers,
    problems: &mut Problems,
) {
    for (gateway, name, text) in connects(lab) {
        let (Some(gateway), Some(over)) = (
            scope.transit_gateways.get(&gateway.name.value),
            text.transport.get(),
        ) else {
            continue;
        };
        let over = transport(over, gateway, (scope, draft), problems);
        let mut peers: Vec<RouterId> = Vec::new();
        for peer in &text.peers {
            peers.extend(scope.routers.get(&peer_name(&name.value, &peer.name.value)));
            if let Some(outside) = peer.body.as_ref().and_then(|it| it.gateway_address.get()) {
                check_outside(*outside, gateway, draft, problems);
            }
        }
        let Some(transport) = over else { continue };
        let joined = (peers.clone(), VpnRouting::Bgp, Overlay::Connect { transport });
        let id = transit::vpn(name, gateway, joined, scope, draft, problems);
        for peer in peers {
            routers.routing.put_behind(peer, Behind::TransitGateway(id));
        }
    }
    for name in transports(lab) {
        let (Some(router), Some(id)) = (
            scope.routers.get(&router_of(&name.value)),
            scope.attachments.get(&name.value),
        ) else {
            continue;
        };
        routers.routing.put_behind(router, Behind::Transport(id));
        if let Some(row) = draft.attachments.get_mut(id) {
            row.underlay = Some(router);
        }
    }
}
