//! Segments, who stands on them, and whether what they name as a gateway is one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::kernel::Arena;
use crate::net::{MssClamp, Mtu};
use crate::resource::{RouterId, RouterInterfaceId, SegmentId, VirtualGatewayId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entry};
use crate::scenario::sections::{AttachedText, HostText, LabText, RouterText, SegmentText};
use crate::site::{
    ADVERTISEMENT_INTERVAL, Attachment, Carrier, HostRoute, LONGEST_ADVERTISEMENT_INTERVAL, Member, PRIORITY,
    Preemption, Segment, SegmentPort, VirtualGateway,
};
use crate::units::{BitRate, Span};

use super::address::Refused;
use super::router::{Lan, Routers, at, check_overlap};
use super::scope::{Rows, Scope};
use super::{host, igp};

/// Segments of a lab.
const MOST_SEGMENTS: usize = 2_000;
/// What each port of a segment carries where the lab does not say: what servers' network cards do.
const SEGMENT_RATE: BitRate = BitRate::gbps(10);
/// The time across a segment where the lab does not say: a switch and some cable.
const SEGMENT_DELAY: Span = Span::micros(50);
/// The numbers that a VLAN may have (IEEE 802.1Q; 0 and 4095 are reserved).
const VLANS: core::ops::RangeInclusive<u16> = 1..=4_094;
/// The priorities that a router may have which shares a gateway's address (RFC 9568 section 5.2.4).
const PRIORITIES: core::ops::RangeInclusive<u8> = 1..=254;
/// The longest prefix that has room for a host and its gateway.
const LONGEST_PREFIX: u8 = 30;

/// Somebody who has an address on a segment.
#[derive(Debug)]
struct Owner {
    who: String,
    place: Place,
    forwards: bool,
}

/// An address on a segment that somebody sends by.
#[derive(Debug)]
struct NextHop {
    segment: SegmentId,
    via: At<Ipv4Addr>,
}

/// A router's part in a virtual gateway.
#[derive(Debug)]
struct Share {
    segment: SegmentId,
    name: String,
    gateway: At<Ipv4Addr>,
    member: Member,
}

/// Segments while they are being filled.
#[derive(Debug, Default)]
pub(super) struct Segments {
    rows: Rows<Segment, kind::Segment>,
    name_servers: BTreeMap<SegmentId, Vec<Ipv4Addr>>,
    owners: BTreeMap<(SegmentId, Ipv4Addr), Owner>,
    /// What hosts want, which they get once routers have theirs: a host that takes a router's address is wrong, not
    /// everybody who sends by it.
    wanted: Vec<(SegmentId, Ipv4Addr, Owner)>,
    refused: BTreeMap<Place, Refused>,
    next_hops: Vec<NextHop>,
    /// Gateways that are their host's own address.
    own: BTreeSet<Place>,
    /// What routers share, in the order of the text.
    shared: Vec<Share>,
    intervals: BTreeMap<SegmentId, Span>,
    /// Segments on which some router could not be given its address.
    incomplete: BTreeSet<SegmentId>,
}

/// Where the hosts of one entry of the text stand.
#[derive(Debug)]
pub(super) struct Lodging {
    segment: SegmentId,
    gateway: Option<At<Ipv4Addr>>,
    routes: Vec<HostRoute>,
    name_servers: Vec<Ipv4Addr>,
}

/// Declares all segments.
pub(super) fn declare(lab: &LabText, scope: &mut Scope, problems: &mut Problems) -> Segments {
    let mut segments = Segments::default();
    let n_segments = lab.segments.iter().len();
    if let Some(first) = lab.segments.iter().next()
        && !problems.at_most(MOST_SEGMENTS, n_segments, first.name.place, "segments")
    {
        problems.cut();
        return segments;
    }
    for entry in &lab.segments {
        let id = scope.segments.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let interval = text.advertisement_interval.map(|interval| {
            check_interval(interval, problems);
            interval.value
        });
        segments
            .intervals
            .insert(id, interval.unwrap_or(ADVERTISEMENT_INTERVAL));
        if let Some(row) = segment(text, problems) {
            segments.rows.set(id, row);
            segments.name_servers.insert(id, text.name_servers.clone());
        }
    }
    segments
}

/// VRRP counts in centiseconds, up to 4095 of them.
fn check_interval(interval: At<Span>, problems: &mut Problems) {
    let At { value, place } = interval;
    let message = if value.is_zero() || value > LONGEST_ADVERTISEMENT_INTERVAL {
        format!(
            "advertisements are sent every 10ms to {LONGEST_ADVERTISEMENT_INTERVAL} (RFC 9568 section 5.2.7)"
        )
    } else if value.as_nanos() % Span::millis(10).as_nanos() != 0 {
        "VRRP counts in hundredths of a second (RFC 9568 section 5.2.7)".to_owned()
    } else {
        return;
    };
    problems.push(Problem::error(Code::BadValue, place, message));
}

fn segment(text: &SegmentText, problems: &mut Problems) -> Option<Segment> {
    if let Some(vlan) = text.vlan
        && !VLANS.contains(&vlan.value)
    {
        let message = format!(
            "{} is no VLAN; they are numbered from 1 to 4094 (IEEE 802.1Q)",
            vlan.value
        );
        problems.push(Problem::error(Code::BadValue, vlan.place, message));
    }
    if let Some(rate) = text.rate
        && rate.value.is_zero()
    {
        let message = "a segment that carries nothing is no segment";
        problems.push(
            Problem::error(Code::BadValue, rate.place, message).help("to take it down, write state: down"),
        );
    }
    let prefix = *text.prefix.get()?;
    if prefix.value.prefix_len() > LONGEST_PREFIX {
        let message = format!("{} has no room for a host and its gateway", prefix.value);
        problems.push(
            Problem::error(Code::NoRoom, prefix.place, message).help("a /30 has two addresses for hosts"),
        );
    }
    Some(Segment {
        prefix: prefix.value,
        vlan: text.vlan.map(|vlan| vlan.value),
        delay: text.delay.unwrap_or(SEGMENT_DELAY),
        rate: text.rate.map_or(SEGMENT_RATE, |rate| rate.value),
        carrier: text.state.unwrap_or(Carrier::Up),
        mtu: text.mtu.unwrap_or(Mtu::ETHERNET),
    })
}

/// What is wrong with an address as one on a segment, if anything.
fn unusable(address: Ipv4Addr, prefix: Ipv4Net) -> Option<(Code, String)> {
    if !prefix.contains(&address) {
        let message = format!("{address} is not in the prefix of the segment, {prefix}");
        return Some((Code::NotInside, message));
    }
    let what = match address {
        _ if address == prefix.network() => "the address of the segment's prefix itself",
        _ if address == prefix.broadcast() => "the broadcast address of the segment's prefix",
        _ => return None,
    };
    let message = format!("{address} is {what}, {prefix}");
    Some((Code::BadValue, message))
}

impl Segments {
    /// Where the hosts stand that `text` speaks of.
    pub(super) fn lodging(
        &mut self,
        name: &At<String>,
        text: &HostText,
        place: Place,
        scope: &Scope,
        problems: &mut Problems,
    ) -> Option<Lodging> {
        only_in_a_vpc(text, problems);
        if text.address.is_none() {
            let message = "a host on a segment needs an address";
            problems.push(
                Problem::error(Code::MissingField, place, message)
                    .help("for example address: \"192.168.10.21\""),
            );
        }
        let segment = scope.segments.find(name, problems)?;
        let prefix = self.rows.get(segment)?.prefix;
        let hops = text
            .gateway
            .into_iter()
            .chain(text.routes.iter().map(|Brief(route)| route.via));
        for via in hops {
            match unusable(via.value, prefix) {
                Some((code, message)) => problems.push(
                    Problem::error(code, via.place, message)
                        .help("a gateway is on the host's own segment: nothing else can be handed a packet"),
                ),
                None => self.next_hops.push(NextHop { segment, via }),
            }
        }
        let servers = text.name_servers.as_ref().map(|it| it.value.clone());
        text.address?;
        Some(Lodging {
            segment,
            gateway: text.gateway,
            routes: text
                .routes
                .iter()
                .map(|Brief(route)| HostRoute {
                    prefix: route.prefix.value,
                    via: route.via.value,
                })
                .collect(),
            name_servers: servers
                .or_else(|| self.name_servers.get(&segment).cloned())
                .unwrap_or_default(),
        })
    }

    /// The largest packet on the segment where hosts stand.
    pub(super) fn mtu(&self, lodging: &Lodging) -> Mtu {
        self.rows
            .get(lodging.segment)
            .map_or(Mtu::ETHERNET, |row| row.mtu)
    }

    /// Gives a host its address there.
    pub(super) fn move_in(&mut self, lodging: &Lodging, member: &host::Member<'_>) -> SegmentPort {
        let address = member.address.map_or(Ipv4Addr::UNSPECIFIED, |it| it.value);
        let place = member.address.map_or(member.place, |it| it.place);
        let owner = Owner {
            who: format!("host `{}`", member.name),
            place,
            forwards: false,
        };
        self.wanted.push((lodging.segment, address, owner));
        if let Some(gateway) = lodging.gateway
            && gateway.value == address
        {
            let message = format!("{address} is the host's own address, and cannot be its gateway");
            self.refuse(gateway.place, (Code::BadValue, message));
            self.own.insert(gateway.place);
        }
        SegmentPort {
            segment: lodging.segment,
            address,
            gateway: lodging.gateway.map(|it| it.value),
            routes: lodging.routes.clone(),
            name_servers: lodging.name_servers.clone(),
        }
    }

    fn claim(&mut self, segment: SegmentId, address: Ipv4Addr, owner: Owner) -> bool {
        let Some(prefix) = self.rows.get(segment).map(|row| row.prefix) else {
            return false;
        };
        let wrong = unusable(address, prefix).or_else(|| {
            let other = self.owners.get(&(segment, address))?;
            let message = format!("{address} is already the address of {}", other.who);
            Some((Code::AddressTaken, message))
        });
        match wrong {
            Some(wrong) => self.refuse(owner.place, wrong),
            None => {
                self.owners.insert((segment, address), owner);
                return true;
            }
        }
        false
    }

    /// What is said of the addresses of a fleet is said once.
    fn refuse(&mut self, place: Place, (code, message): (Code, String)) {
        let first = Refused { code, message, n: 0 };
        self.refused.entry(place).or_insert(first).n += 1;
    }

    /// Gives a router its interfaces on segments.
    pub(super) fn attach(
        &mut self,
        entry: &Entry<RouterText>,
        id: RouterId,
        (scope, routers): (&Scope, &mut Routers),
        problems: &mut Problems,
    ) {
        for attached in entry.body.iter().flat_map(|text| &text.segments) {
            let Some(Brief(text)) = &attached.body else {
                continue;
            };
            let Some(segment) = scope.segments.find(&attached.name, problems) else {
                continue;
            };
            self.attach_to((segment, &attached.name), text, (entry, id), routers, problems);
        }
    }

    fn attach_to(
        &mut self,
        (segment, name): (SegmentId, &At<String>),
        text: &AttachedText,
        (entry, id): (&Entry<RouterText>, RouterId),
        routers: &mut Routers,
        problems: &mut Problems,
    ) {
        let (address, place) = (text.address.value, text.address.place);
        let Some(prefix) = self.rows.get(segment).map(|row| row.prefix) else {
            return;
        };
        let owner = Owner {
            who: format!("router `{}`", entry.name.value),
            place,
            forwards: true,
        };
        if !self.claim(segment, address, owner) {
            self.incomplete.insert(segment);
            return;
        }
        let Ok(net) = Ipv4Net::new(address, prefix.prefix_len()) else {
            return;
        };
        check_overlap(id, net, place, routers, problems);
        routers.claim(id, address, place, problems);
        routers.lans.entry(id).or_default().push(Lan {
            segment: name.value.clone(),
            address: net,
        });
        let interface = routers
            .routing
            .add_interface(id, net, Attachment::Segment(segment));
        routers
            .names
            .insert(interface, format!("{}:{}", entry.name.value, name.value));
        if let Some(row) = routers.routing.interfaces.get_mut(interface) {
            row.mtu = text.mtu;
            row.mss_clamp = text.mss_clamp.unwrap_or(MssClamp::Off);
        }
        step(text, (id, interface), routers, problems);
        self.share((segment, name), text, interface, problems);
    }

    /// A router's part in a virtual gateway, where it has one.
    fn share(
        &mut self,
        (segment, name): (SegmentId, &At<String>),
        text: &AttachedText,
        interface: RouterInterfaceId,
        problems: &mut Problems,
    ) {
        let Some(gateway) = text.gateway else {
            let said = text
                .priority
                .map(|it| it.place)
                .or(text.preempt.map(|it| it.place));
            if let Some(place) = said {
                let message = "priority and preempt are of a virtual gateway, and none is named";
                problems.push(
                    Problem::error(Code::MissingField, place, message)
                        .help("name the address that routers share: gateway: \"192.168.10.1\""),
                );
            }
            return;
        };
        if let Some(priority) = text.priority
            && !PRIORITIES.contains(&priority.value)
        {
            let message =
                "a router that shares a gateway has a priority from 1 to 254 (RFC 9568 section 5.2.4)";
            problems.push(
                Problem::error(Code::BadValue, priority.place, message)
                    .help("255 is that of a router whose own address it is, 0 that of one that gives it up"),
            );
        }
        let member = Member {
            interface,
            address: text.address.value,
            priority: text.priority.map_or(PRIORITY, |it| it.value),
            preemption: match text.preempt {
                Some(At { value: false, .. }) => Preemption::Off,
                Some(At { value: true, .. }) | None => Preemption::On,
            },
        };
        self.shared.push(Share {
            segment,
            name: name.value.clone(),
            gateway,
            member,
        });
    }

    /// Puts together what routers share, once they have their own addresses.
    fn gateways(&mut self, scope: &mut Scope, routers: &mut Routers, problems: &mut Problems) {
        let mut known: BTreeMap<(SegmentId, Ipv4Addr), Option<VirtualGatewayId>> = BTreeMap::new();
        for share in core::mem::take(&mut self.shared) {
            let (segment, address) = (share.segment, share.gateway.value);
            let id = *known.entry((segment, address)).or_insert_with(|| {
                let owner = Owner {
                    who: "a virtual gateway".to_owned(),
                    place: share.gateway.place,
                    forwards: true,
                };
                let has_it = self.claim(segment, address, owner);
                let interval = self.intervals.get(&segment).copied();
                has_it.then(|| {
                    let id = routers.routing.gateways.push(VirtualGateway {
                        segment,
                        address,
                        advertisement_interval: interval.unwrap_or(ADVERTISEMENT_INTERVAL),
                        members: Vec::new(),
                        active: None,
                    });
                    let called = at(&format!("{}/{address}", share.name), share.gateway.place);
                    scope.gateways.declare(&called, problems);
                    routers.names.insert(id, called.value);
                    id
                })
            });
            if let Some(row) = id.and_then(|id| routers.routing.gateways.get_mut(id)) {
                row.members.push(share.member);
            } else {
                self.incomplete.insert(segment);
            }
        }
    }

    /// The finished segments, once everybody has moved in.
    pub(super) fn finish(
        mut self,
        scope: &mut Scope,
        routers: &mut Routers,
        problems: &mut Problems,
    ) -> Arena<Segment, kind::Segment> {
        self.gateways(scope, routers, problems);
        for (segment, address, owner) in core::mem::take(&mut self.wanted) {
            self.claim(segment, address, owner);
        }
        for NextHop { segment, via } in &self.next_hops {
            let owner = self.owners.get(&(*segment, via.value));
            let message = match owner {
                Some(owner) if owner.forwards || self.own.contains(&via.place) => continue,
                Some(owner) => format!(
                    "{} is the address of {}, which forwards nothing",
                    via.value, owner.who
                ),
                // Most likely it is the address of the router that could not have it.
                None if self.incomplete.contains(segment) => continue,
                None => format!("nobody on the segment has the address {}", via.value),
            };
            let routers = self.owners.range((*segment, Ipv4Addr::UNSPECIFIED)..);
            let routers = routers.take_while(|((on, _), _)| on == segment);
            let routers = routers.filter(|(_, owner)| owner.forwards);
            let named: Vec<String> = routers
                .map(|((_, address), owner)| format!("{address} ({})", owner.who))
                .collect();
            let problem = Problem::error(Code::UnknownName, via.place, message);
            problems.push_lacking(problem.help(match named.as_slice() {
                [] => "no router is on the segment: give one an address there".to_owned(),
                several => format!("on the segment: {}", several.join(", ")),
            }));
        }
        for (place, refused) in self.refused {
            problems.push(refused.problem(place));
        }
        self.rows.into_arena()
    }
}

/// What a step over a router's interface is like in the interior routing.
fn step(
    text: &AttachedText,
    (router, interface): (RouterId, RouterInterfaceId),
    routers: &mut Routers,
    problems: &mut Problems,
) {
    if let Some(said) = text.cost {
        let cost = igp::cost(said, problems);
        if let Some(row) = routers.routing.interfaces.get_mut(interface) {
            row.cost = cost;
        }
        routers.steps.said.push((vec![router], said.place));
    }
    if let Some(passive) = text.passive {
        routers.steps.said.push((vec![router], passive.place));
        if passive.value {
            routers.steps.passive.insert(interface);
        }
    }
}

/// What is said of a host on a segment that only one in a VPC has.
fn only_in_a_vpc(text: &HostText, problems: &mut Problems) {
    let mut refuse = |place, what: &str, instead: &str| {
        let message = format!("a host on a segment has no {what}");
        problems.push(Problem::error(Code::Refused, place, message).help(instead));
    };
    if let Some(group) = text.security_groups.first() {
        let instead = "filter by the host's own firewall, or that of a router";
        refuse(group.place, "security groups", instead);
    }
    if let Some(address) = &text.public_address {
        let instead = "a router translates its address: nat";
        refuse(address.place, "public address", instead);
    }
    if let Some(check) = &text.source_destination_check {
        refuse(check.place, "source/destination check", "leave it out");
    }
}
