//! How far what AWS announces is from a public virtual interface ("Routing policies and BGP communities").
//!
//! # Fidelity
//! Simplified: two Regions are of one continent where their names begin alike, as `eu-central-1` and `eu-west-1` do; AWS says
//! of no Region which continent is its own.

use ipnet::Ipv4Net;

use crate::scenario::sections::{LabText, VirtualInterfaceText, VpnText};

use super::public_network::public_connections;
use super::vpn::pairs_of;

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Of the Region that the virtual interface's location belongs to.
    Region,
    /// Of another Region of the same continent.
    Continent,
    /// From elsewhere.
    World,
}

impl Reach {
    pub(super) fn between(one: &str, other: &str) -> Self {
        let continent = |region: &str| region.split('-').next().map(str::to_owned);
        if one == other {
            Self::Region
        } else if continent(one) == continent(other) {
            Self::Continent
        } else {
            Self::World
        }
    }
}

/// The tunnel endpoints' prefixes that are so far from a virtual interface.
pub(super) fn reach_of(reach: Reach, text: &VirtualInterfaceText, lab: &LabText) -> Vec<Ipv4Net> {
    let Some(home) = region_of_interface(text, lab) else {
        return Vec::new();
    };
    public_connections(lab)
        .filter(|connection| {
            region_of_connection(connection, lab).is_some_and(|region| Reach::between(home, region) == reach)
        })
        .flat_map(pairs_of)
        .collect()
}

/// The Region of the location of the device that a virtual interface is on.
pub(super) fn region_of_interface<'l>(text: &VirtualInterfaceText, lab: &'l LabText) -> Option<&'l str> {
    let carrier = &text.connection.get()?.value;
    let groups = lab.direct_connect_lags.iter();
    let group = groups
        .filter(|it| it.name.value == *carrier)
        .find_map(|it| it.body.as_ref());
    let connection = match group {
        Some(group) => &group.connections.first()?.value,
        None => carrier,
    };
    let connections = lab.direct_connect_connections.iter();
    let found = connections
        .filter(|it| it.name.value == *connection)
        .find_map(|it| it.body.as_ref());
    let device = &found?.device.get()?.value;
    let mut locations = lab
        .direct_connect_locations
        .iter()
        .filter_map(|it| it.body.as_ref());
    let location = locations.find(|location| location.devices.iter().any(|it| it.value == *device))?;
    Some(location.region.get()?.value.as_str())
}

/// The Region of the gateway that a VPN connection ends at.
pub(super) fn region_of_connection<'l>(text: &VpnText, lab: &'l LabText) -> Option<&'l str> {
    if let Some(gateway) = &text.transit_gateway {
        let mut all = lab
            .transit_gateways
            .iter()
            .filter(|it| it.name.value == gateway.value);
        return Some(all.find_map(|it| it.body.as_ref())?.region.get()?.value.as_str());
    }
    let gateway = text.virtual_private_gateway.as_ref()?;
    let mut gateways = lab
        .virtual_private_gateways
        .iter()
        .filter(|it| it.name.value == gateway.value);
    let vpc = gateways.find_map(|it| it.body.as_ref())?.vpc.as_ref()?;
    let mut vpcs = lab.vpcs.iter().filter(|it| it.name.value == vpc.value);
    Some(vpcs.find_map(|it| it.body.as_ref())?.region.get()?.value.as_str())
}
