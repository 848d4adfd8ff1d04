//! What is drawn over the map, filled from what `view` says of the running lab: packets of control protocols and of
//! replication, the way of what is looked at with what it was before, and what a fault took away.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sim_core::lab::ResourceRef;
use sim_core::units::{BitRate, Ppm, Span};
use sim_core::view::{ControlProtocol, View};

use crate::canvas::{Overlay, Packet, Protocol};
use crate::picture::Things;
use crate::topology::{Health, Item, LinkId, NodeKind, Place, Topology};

/// Packets that are shown at once, at most: more would be a smear.
const MOST_PACKETS: usize = 60;
/// Packets of a flow on each link.
const FLOW_PACKETS: u64 = 2;
/// How long a packet of a flow takes over a link on the screen, in the lab's own time at a minute a second.
const FLOW_LAP: Span = Span::secs(75);

/// Finds what a name in a report means in the picture.
#[derive(Debug, Clone, Default)]
pub struct Atlas {
    /// By kind and name, as reports write them.
    named: BTreeMap<String, Item>,
    /// By name alone, things before boxes before links.
    plain: BTreeMap<String, Item>,
    /// The links of each place.
    links: BTreeMap<Place, Vec<LinkId>>,
}

impl Atlas {
    /// Of one picture.
    #[must_use]
    pub fn of(topology: &Topology, things: &Things) -> Self {
        let mut atlas = Self::default();
        let nodes = topology.numbered_nodes().map(|(id, _)| Item::Node(id));
        let boxes = topology.numbered_containers().map(|(id, _)| Item::Container(id));
        let links = topology.numbered_links().map(|(id, _)| Item::Link(id));
        for item in nodes.chain(boxes).chain(links) {
            let Some(name) = topology.name(item) else { continue };
            atlas.plain.entry(name.to_owned()).or_insert(item);
            if let Some(thing) = things.thing(item) {
                let named = format!("{} {name}", thing.kind());
                atlas.named.entry(named).or_insert(item);
            }
        }
        for (id, link) in topology.numbered_links() {
            for end in link.ends() {
                atlas.links.entry(end).or_default().push(id);
            }
        }
        atlas
    }

    /// The links of a place, or of the innermost box around it that has some.
    fn joined(&self, topology: &Topology, place: Place) -> Option<(Place, &[LinkId])> {
        let around = topology.ancestors(place).map(Place::Container);
        std::iter::once(place)
            .chain(around)
            .find_map(|place| Some((place, self.links.get(&place)?.as_slice())))
    }

    /// The links from one place to another, by the fewest of them; each with whether it is gone back on.
    fn way(&self, topology: &Topology, from: Place, to: Place) -> Vec<(LinkId, bool)> {
        let (Some((from, _)), Some((to, _))) = (self.joined(topology, from), self.joined(topology, to))
        else {
            return Vec::new();
        };
        let mut before: BTreeMap<Place, (Place, LinkId, bool)> = BTreeMap::new();
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([from]);
        while let Some(place) = queue.pop_front() {
            if place == to {
                break;
            }
            for id in self.links.get(&place).into_iter().flatten() {
                let Some([a, b]) = topology.link(*id).map(|link| link.ends()) else {
                    continue;
                };
                let (next, is_back) = if a == place { (b, false) } else { (a, true) };
                if seen.insert(next) {
                    before.insert(next, (place, *id, is_back));
                    queue.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while let Some((place, link, is_back)) = before.get(&at) {
            way.push((*link, *is_back));
            at = *place;
        }
        way.reverse();
        if at == from { way } else { Vec::new() }
    }

    /// Things, boxes and links that a way through the lab leads over, from its hops as a report writes them.
    fn steps(&self, topology: &Topology, hops: &[Hop<'_>]) -> Vec<Item> {
        let mut steps: Vec<Item> = Vec::new();
        let mut last: Option<(Place, &str)> = None;
        for hop in hops {
            let Some(item) = self.of_hop(hop.node) else {
                continue;
            };
            let place = match item {
                Item::Node(id) => Place::Node(id),
                Item::Container(id) => Place::Container(id),
                Item::Link(_) => continue,
            };
            if let Some((before, egress)) = last
                && before != place
                && let Some(link) = self.between(topology, before, place, [egress, hop.ingress])
            {
                steps.push(Item::Link(link));
            }
            if last.is_none_or(|(before, _)| before != place) {
                steps.push(item);
            }
            last = Some((place, hop.egress));
        }
        steps
    }

    /// What a hop stands for in the picture. An interface has no place of its own there: what it belongs to has.
    fn of_hop(&self, node: &str) -> Option<Item> {
        let named = self.named.get(node).copied();
        named.or_else(|| {
            let interface = node.strip_prefix("network interface ")?;
            let (of, _) = interface.split_once(" in ").unwrap_or((interface, ""));
            let item = self.plain.get(of).copied()?;
            matches!(item, Item::Node(_)).then_some(item)
        })
    }

    /// The link between two places, or between boxes around them; of several, the one that a report names.
    fn between(&self, topology: &Topology, from: Place, to: Place, named: [&str; 2]) -> Option<LinkId> {
        let around = |place: Place| -> Vec<Place> {
            let boxes = topology.ancestors(place).map(Place::Container);
            std::iter::once(place).chain(boxes).collect()
        };
        let (from, to) = (around(from), around(to));
        let all = from.iter().filter_map(|place| self.links.get(place)).flatten();
        let fitting = all.filter(|id| {
            topology.link(**id).is_some_and(|link| {
                let [a, b] = link.ends();
                (from.contains(&a) && to.contains(&b) && !to.contains(&a))
                    || (from.contains(&b) && to.contains(&a) && !to.contains(&b))
            })
        });
        let fitting: Vec<LinkId> = fitting.copied().collect();
        let is_named = |id: &&LinkId| {
            let link = topology.link(**id);
            link.is_some_and(|link| named.iter().any(|name| name.ends_with(link.name.as_str())))
        };
        fitting.iter().find(is_named).or_else(|| fitting.first()).copied()
    }
}

/// A hop, in the words of a report.
struct Hop<'a> {
    node: &'a str,
    ingress: &'a str,
    egress: &'a str,
}

const fn place(item: Item) -> Option<Place> {
    match item {
        Item::Node(id) => Some(Place::Node(id)),
        Item::Container(id) => Some(Place::Container(id)),
        Item::Link(_) => None,
    }
}

/// Adds the packets of some protocols: each message of which there is a record moves from its sender to its receiver for
/// as long as `within`, and bulk flows of the replication move along as long as they carry anything.
pub fn packets(
    view: &View<'_>,
    (topology, things, atlas): (&Topology, &Things, &Atlas),
    shown: &BTreeSet<Protocol>,
    within: Span,
    overlay: &mut Overlay,
) {
    let now = view.now();
    let of = |protocol| match protocol {
        ControlProtocol::Bgp => Protocol::Bgp,
        ControlProtocol::Bfd => Protocol::Bfd,
        ControlProtocol::Ike => Protocol::Ike,
        ControlProtocol::Dns => Protocol::Dns,
    };
    let at = |thing: ResourceRef| things.item(thing).and_then(place);
    for message in view.control_messages(within, 4 * MOST_PACKETS) {
        let protocol = of(message.protocol);
        let (Some(from), Some(to)) = (at(message.from), at(message.to)) else {
            continue;
        };
        if !shown.contains(&protocol) || overlay.packets.len() >= MOST_PACKETS {
            continue;
        }
        let way = atlas.way(topology, from, to);
        let gone = now.since(message.at);
        overlay.packets.extend(on_the_way(&way, gone, within, protocol));
    }
    if shown.contains(&Protocol::Replication) {
        for flow in view.flows().iter().filter(|flow| flow.rate > BitRate::ZERO) {
            for link in flow_links(topology, atlas, (&flow.from, &flow.to), &flow.path) {
                for n in 0..FLOW_PACKETS {
                    let lap = FLOW_LAP.as_nanos();
                    let shift = lap / FLOW_PACKETS * n;
                    let part = (now.since(sim_core::units::SimTime::START).as_nanos() + shift) % lap;
                    overlay.packets.push(Packet {
                        link,
                        protocol: Protocol::Replication,
                        part: share(part, lap),
                        is_back: false,
                    });
                }
            }
        }
    }
}

/// Where a packet is that began a while ago and takes so long in all.
fn on_the_way(way: &[(LinkId, bool)], gone: Span, takes: Span, protocol: Protocol) -> Option<Packet> {
    let n = u64::try_from(way.len()).ok().filter(|n| *n > 0)?;
    let each = (takes.as_nanos() / n).max(1);
    let at = (gone.as_nanos() / each).min(n - 1);
    let (link, is_back) = *way.get(usize::try_from(at).ok()?)?;
    Some(Packet {
        link,
        protocol,
        part: share((gone.as_nanos() - at * each).min(each), each),
        is_back,
    })
}

fn share(part: u64, whole: u64) -> Ppm {
    let ppm = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
    Ppm::new(u32::try_from(ppm).unwrap_or(1_000_000).min(1_000_000))
}

/// Adds what was done to the lab and still shows, and what lost something because of that: hosts with an outage that lasts,
/// and servers whose copies stand still.
pub fn blast(
    view: &View<'_>,
    (topology, things, atlas): (&Topology, &Things, &Atlas),
    overlay: &mut Overlay,
) {
    let health = |item: Item| match item {
        Item::Node(id) => topology.node(id).map(|it| it.health),
        Item::Container(id) => topology.container(id).map(|it| it.health),
        Item::Link(id) => topology.link(id).map(|it| it.health),
    };
    let mut faults: BTreeSet<Item> = BTreeSet::new();
    for fault in view.faults() {
        if fault.refused.is_none()
            && let Some(item) = things.item(fault.about)
            && health(item) == Some(Health::Failed)
        {
            faults.insert(item);
        }
    }
    let mut lost: BTreeSet<Item> = BTreeSet::new();
    for outage in view.outages().iter().filter(|outage| outage.ended_at.is_none()) {
        let ends = [&outage.from, &outage.to];
        lost.extend(ends.into_iter().filter_map(|name| atlas.plain.get(name)));
    }
    for probe in view
        .probes()
        .iter()
        .filter(|probe| probe.health == Health::Failed)
    {
        let ends = [&probe.from, &probe.to];
        lost.extend(ends.into_iter().filter_map(|name| atlas.plain.get(name)));
    }
    // A segment in which everybody lost something is shaded as a whole.
    let hosts = |it: &Item| matches!(it, Item::Node(id) if topology.node(*id).is_some_and(|it| it.kind != NodeKind::Router));
    for (id, container) in topology.numbered_containers() {
        let children = container.children();
        let mut things = children
            .iter()
            .filter(|it| matches!(it, Place::Node(_)))
            .map(|it| Item::from(*it));
        let is_all =
            children.len() > 1 && things.clone().all(|it| lost.contains(&it)) && things.any(|it| hosts(&it));
        if is_all {
            lost.insert(Item::Container(id));
        }
    }
    overlay.faults = faults.iter().copied().collect();
    overlay.lost = lost.difference(&faults).copied().collect();
}

mod followed;
#[cfg(test)]
mod tests;

pub use followed::Followed;
use followed::flow_links;
