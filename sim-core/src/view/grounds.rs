//! Whose ground everything stands on: which subnets are in one zone, which segments and routers are one site of the
//! customer's, what is in a Direct Connect location, and which routers are AWS's own ends.
//!
//! A lab's text names zones and locations, but no sites: routers and segments are one site where they are joined by a
//! segment or by a link that is too short to leave one.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::resource::{RegionId, ResourceRef, RouterId, ZoneId};
use crate::site::{Attachment, Behind, RouterInterface};
use crate::units::Span;

use super::PhaseState;
use super::places::Survey;
use super::topology::{ContainerKind, Place, Topology};

/// A link with less delay joins what stands at one site: light in fibre goes about 100 km in this time.
const WITHIN_SITE: Span = Span::micros(500);

/// What a router is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouterPart {
    /// The customer's.
    Customer,
    /// The customer's, with a stateful firewall.
    Firewall,
    /// A network in the middle that speaks no routing protocol with anybody: the internet or a carrier's.
    Carrier,
    /// A device of AWS's at a Direct Connect location.
    Device,
    /// AWS's end of a virtual interface.
    VirtualInterface,
    /// AWS's end of tunnels, in the Region of that place among the containers.
    TunnelEndpoint {
        /// The Region, where it is in the picture.
        region: Option<usize>,
    },
}

/// A building with what stands in it, by places among the containers and the nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Building {
    /// What it is called: a location by the lab, a site by its first router.
    pub name: String,
    /// Its segments.
    pub segments: Vec<usize>,
    /// Its routers.
    pub routers: Vec<usize>,
}

/// More about a link than how it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkEnds {
    /// The addresses of its two ends, with the length of their prefix.
    pub addresses: [Option<Ipv4Net>; 2],
    /// Both phases of a tunnel, each as the worse of its two gateways sees it.
    pub phases: Option<[PhaseState; 2]>,
    /// Whether it is a link aggregation group: no cable of its own, but those of its members.
    pub is_group: bool,
}

/// Whose ground everything stands on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    /// The availability zone of each subnet, by its place among the containers.
    pub zones: BTreeMap<usize, (ZoneId, String)>,
    /// The customer's sites, in the order of the lab.
    pub sites: Vec<Building>,
    /// Direct Connect locations, in the order of the lab.
    pub locations: Vec<Building>,
    /// What each router is, by its place among the nodes.
    pub routers: BTreeMap<usize, RouterPart>,
    /// The ends of each link, by its place among the links.
    pub ends: BTreeMap<usize, LinkEnds>,
}

impl Survey<'_> {
    /// Says whose ground everything stands on, once everything has its place.
    pub(super) fn add_grounds(&self, topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>) {
        let cloud = &self.network.cloud;
        let mut grounds = Grounds::default();
        for (place, container) in topology.containers.iter().enumerate() {
            if let ResourceRef::Subnet(id) = container.id
                && let Some(subnet) = cloud.subnets.get(id)
                && let Some(zone) = cloud.zones.get(subnet.zone)
            {
                grounds.zones.insert(place, (subnet.zone, zone.name.clone()));
            }
        }
        grounds.locations = self.locations(places);
        let devices: BTreeSet<usize> = grounds
            .locations
            .iter()
            .flat_map(|it| &it.routers)
            .copied()
            .collect();
        for (id, _) in self.network.routers.iter() {
            if let Some(&place) = places.get(&id.into()) {
                let part = self.part_of(id, devices.contains(&place), places);
                grounds.routers.insert(place, part);
            }
        }
        for (_, interface) in cloud.virtual_interfaces.iter() {
            let end = places.get(&interface.endpoint.into()).copied();
            let link = self.network.links.get(interface.connection);
            let ends = link.into_iter().flat_map(|link| [link.a, link.b]);
            let routers = ends.filter_map(|end| self.network.router_interfaces.get(end));
            let at: Vec<usize> = routers
                .filter_map(|row| places.get(&row.router.into()).copied())
                .collect();
            let location = grounds
                .locations
                .iter_mut()
                .find(|it| at.iter().any(|place| it.routers.contains(place)));
            if let (Some(location), Some(end)) = (location, end) {
                location.routers.push(end);
            }
        }
        grounds.sites = self.sites(topology, &grounds, places);
        for (place, link) in topology.links.iter().enumerate() {
            let ends = self.ends_of(link.id);
            if ends != LinkEnds::default() {
                grounds.ends.insert(place, ends);
            }
        }
        topology.grounds = grounds;
    }

    fn locations(&self, places: &BTreeMap<ResourceRef, usize>) -> Vec<Building> {
        let all = self.locations.iter().map(|location| Building {
            name: location.name.clone(),
            segments: Vec::new(),
            routers: location
                .routers
                .iter()
                .filter_map(|&id| places.get(&id.into()).copied())
                .collect(),
        });
        all.collect()
    }

    fn part_of(&self, id: RouterId, is_device: bool, places: &BTreeMap<ResourceRef, usize>) -> RouterPart {
        let cloud = &self.network.cloud;
        let Some(router) = self.network.routers.get(id) else {
            return RouterPart::Customer;
        };
        let region = |region: Option<RegionId>| RouterPart::TunnelEndpoint {
            region: region.and_then(|id| places.get(&id.into()).copied()),
        };
        match router.behind {
            Some(Behind::TransitGateway(id) | Behind::Transport(id)) => {
                let gateway = cloud.attachments.get(id).map(|row| row.gateway);
                let gateway = gateway.and_then(|id| cloud.transit_gateways.get(id));
                return region(gateway.map(|row| row.region));
            }
            Some(Behind::VirtualPrivateGateway(id)) => {
                let gateway = cloud.virtual_private_gateways.get(id);
                let vpc = gateway.and_then(|row| cloud.vpcs.get(row.vpc?));
                return region(vpc.map(|row| row.region));
            }
            Some(Behind::DirectConnect(_)) => return RouterPart::VirtualInterface,
            None if is_device => return RouterPart::Device,
            None => {}
        }
        let is_on_segment = router.interfaces.iter().any(|interface| {
            let row = self.network.router_interfaces.get(*interface);
            row.is_some_and(|row| matches!(row.attached, Attachment::Segment(_)))
        });
        let is_silent = !self.routers.contains_key(&id) && router.loopbacks.is_empty();
        if is_silent && !is_on_segment && router.interfaces.len() > 1 {
            RouterPart::Carrier
        } else if router.firewall.is_some() {
            RouterPart::Firewall
        } else {
            RouterPart::Customer
        }
    }

    /// Routers and segments of the customer's that are joined at one place, where there is a segment among them.
    fn sites(
        &self,
        topology: &Topology,
        grounds: &Grounds,
        places: &BTreeMap<ResourceRef, usize>,
    ) -> Vec<Building> {
        let is_here = |place: usize| {
            let part = grounds.routers.get(&place);
            matches!(part, Some(RouterPart::Customer | RouterPart::Firewall))
        };
        let mut joins: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
        for link in &topology.links {
            let is_near = match link.id {
                ResourceRef::Link(_) => link.delay < WITHIN_SITE,
                ResourceRef::RouterInterface(_) => true,
                _ => false,
            };
            let are_here = link.ends.iter().all(|end| match end {
                Place::Node(place) => is_here(*place),
                Place::Container(_) => true,
            });
            if is_near && are_here {
                joins.entry(link.ends[0]).or_default().push(link.ends[1]);
                joins.entry(link.ends[1]).or_default().push(link.ends[0]);
            }
        }
        let routers = self.network.routers.iter();
        let routers = routers.filter_map(|(id, _)| places.get(&id.into()).copied());
        let routers = routers.filter(|place| is_here(*place)).map(Place::Node);
        let segments = topology.containers.iter().enumerate();
        let segments = segments.filter(|(_, it)| it.kind == ContainerKind::Segment);
        let segments = segments.map(|(place, _)| Place::Container(place));
        let mut seen = BTreeSet::new();
        let mut sites = Vec::new();
        for start in routers.chain(segments) {
            let mut site = Building::default();
            let mut left = vec![start];
            while let Some(place) = left.pop() {
                if seen.insert(place) {
                    match place {
                        Place::Container(place) => site.segments.push(place),
                        Place::Node(place) => site.routers.push(place),
                    }
                    left.extend(joins.get(&place).into_iter().flatten());
                }
            }
            if site.segments.is_empty() {
                continue;
            }
            site.segments.sort_unstable();
            site.routers.sort_unstable();
            let router = site.routers.first().and_then(|it| topology.nodes.get(*it));
            let segment = site.segments.first().and_then(|it| topology.containers.get(*it));
            let name = router.map(|it| &it.name).or_else(|| segment.map(|it| &it.name));
            site.name = name.cloned().unwrap_or_default();
            sites.push(site);
        }
        sites
    }

    fn ends_of(&self, link: ResourceRef) -> LinkEnds {
        let address = |id| {
            let row = self.network.router_interfaces.get(id);
            row.and_then(RouterInterface::numbered)
        };
        match link {
            ResourceRef::Link(id) => {
                let ends = self.network.links.get(id).map(|link| [link.a, link.b]);
                LinkEnds {
                    addresses: ends.map_or([None; 2], |ends| ends.map(address)),
                    phases: None,
                    is_group: self
                        .network
                        .links
                        .iter()
                        .any(|(_, row)| row.member_of == Some(id)),
                }
            }
            ResourceRef::RouterInterface(id) => LinkEnds {
                addresses: [address(id), None],
                ..LinkEnds::default()
            },
            ResourceRef::Tunnel(id) => {
                let line = self.tunnels.iter().find(|line| line.id == id);
                LinkEnds {
                    addresses: [
                        self.network
                            .tunnels
                            .get(id)
                            .and_then(|row| address(row.interface)),
                        line.and_then(|line| self.network.tunnels.get(line.far))
                            .and_then(|row| address(row.interface)),
                    ],
                    phases: line.map(|line| line.phases),
                    is_group: false,
                }
            }
            _ => LinkEnds::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::Keep;
    use crate::lab::Session;
    use crate::scenario::{load, shipped, shipped_base};
    use crate::units::{SimTime, Span};
    use crate::view::{Topology, View};

    fn topology(lab: &str) -> Topology {
        let (_, text) = shipped()
            .iter()
            .find(|(name, _)| *name == lab)
            .expect("a shipped lab");
        let loaded = load(text, lab, &shipped_base).expect("a shipped lab is right");
        let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("a shipped lab opens");
        session.advance(SimTime::at(Span::minutes(2)), u64::MAX);
        View::of(&session).topology()
    }

    /// Sites, locations, parts of routers and phases of tunnels, as text.
    fn told(lab: &str) -> String {
        let topology = topology(lab);
        let mut lines = vec![format!("{lab}")];
        let name = |place: &usize| topology.nodes[*place].name.clone();
        let names = |all: &[usize]| all.iter().map(name).collect::<Vec<_>>().join(" ");
        for (kind, all) in [
            ("site", &topology.grounds.sites),
            ("location", &topology.grounds.locations),
        ] {
            for it in all {
                let segments = it
                    .segments
                    .iter()
                    .map(|it| topology.containers[*it].name.as_str());
                let segments = segments.collect::<Vec<_>>().join(" ");
                lines.push(format!(
                    "  {kind} {}: [{segments}] {}",
                    it.name,
                    names(&it.routers)
                ));
            }
        }
        for (place, part) in &topology.grounds.routers {
            lines.push(format!("  {} {part:?}", name(place)));
        }
        for (place, ends) in &topology.grounds.ends {
            if let Some(phases) = ends.phases {
                let addresses = ends
                    .addresses
                    .map(|it| it.map(|it| it.to_string()).unwrap_or_default());
                lines.push(format!(
                    "  {} {addresses:?} {phases:?}",
                    topology.links[*place].name
                ));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn what_stands_where_is_read_from_what_joins_it() {
        insta::assert_snapshot!(["onprem-to-aws", "data-centre", "cloudhub"].map(told).join("\n"));
    }

    #[test]
    fn a_subnet_knows_its_zone() {
        let topology = topology("onprem-to-aws");
        let zones = topology.grounds.zones.iter();
        let zones: Vec<_> = zones
            .map(|(place, (_, zone))| format!("{} {zone}", topology.containers[*place].name))
            .collect();
        assert_eq!(
            zones,
            [
                "staging eu-central-1a",
                "workload eu-central-1a",
                "shared-a eu-central-1a",
                "shared-b eu-central-1b",
                "tgw-a eu-central-1a",
                "tgw-b eu-central-1b"
            ]
        );
    }
}
