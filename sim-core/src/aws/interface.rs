//! Elastic network interfaces, and the table of all of them.
//!
//! # Fidelity
//! Simplified: an interface has one private address and at most one public one; secondary
//! addresses, IPv6, prefixes and several interfaces per instance are left out.
//!
//! Source: "Elastic network interfaces", Amazon EC2 User Guide.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::Index;

use crate::kernel::Arena;
use crate::resource::{
    HostId, InterfaceEndpointId, NatGatewayId, NetworkInterfaceId, ResolverEndpointId, SecurityGroupId,
    SubnetId, kind,
};

/// What an interface belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Attached {
    /// An instance.
    Host(HostId),
    /// An interface endpoint.
    Endpoint(InterfaceEndpointId),
    /// A Resolver inbound endpoint.
    Resolver(ResolverEndpointId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// Nothing any more: what it belonged to was terminated or deleted.
    Nothing,
}

/// Whether an interface drops packets that are neither from nor to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum SourceDestinationCheck {
    /// The default.
    On,
    /// For appliances that forward.
    Off,
}

/// Whether an interface does its work.
///
/// Where one of a Resolver endpoint has failed, the endpoint recovers it by itself and works with less meanwhile
/// ("ResolverEndpoint", Amazon Route 53 API Reference: `AUTO_RECOVERING`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum InterfaceState {
    /// It sends and receives.
    InService,
    /// Nothing leaves it and nothing comes in.
    Failed,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInterface {
    /// The lab's name for it.
    pub name: String,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its public address, where it has one.
    pub public_address: Option<Ipv4Addr>,
    /// Its security groups; never empty.
    pub security_groups: Vec<SecurityGroupId>,
    /// What it belongs to.
    pub attached: Attached,
    /// Whether it refuses to forward.
    pub source_destination_check: SourceDestinationCheck,
}

/// All network interfaces, found by id or by address.
///
/// Rows are never removed: an interface that was released keeps its row and loses its addresses to
/// whoever comes next. The addresses of a row change only through this table's methods, so that
/// the table can always tell who holds an address.
#[derive(Debug, Clone, Default)]
pub struct Interfaces {
    rows: Arena<NetworkInterface, kind::NetworkInterface>,
    by_address: BTreeMap<(SubnetId, Ipv4Addr), NetworkInterfaceId>,
    by_public_address: BTreeMap<Ipv4Addr, NetworkInterfaceId>,
    failed: BTreeSet<NetworkInterfaceId>,
}

impl Interfaces {
    /// Adds an interface. Where another already holds one of its addresses, that one keeps it;
    /// such a lab does not pass [`super::violations`].
    pub fn push(&mut self, interface: NetworkInterface) -> NetworkInterfaceId {
        let key = (interface.subnet, interface.address);
        let public_address = interface.public_address;
        let attached = interface.attached;
        let id = self.rows.push(interface);
        if attached != Attached::Nothing {
            self.by_address.entry(key).or_insert(id);
            if let Some(public_address) = public_address {
                self.by_public_address.entry(public_address).or_insert(id);
            }
        }
        id
    }
    /// The interface in `subnet` that holds `address`.
    #[must_use]
    pub fn at(&self, subnet: SubnetId, address: Ipv4Addr) -> Option<NetworkInterfaceId> {
        self.by_address.get(&(subnet, address)).copied()
    }
    /// The interface that holds a public address.
    #[must_use]
    pub fn at_public(&self, address: Ipv4Addr) -> Option<NetworkInterfaceId> {
        self.by_public_address.get(&address).copied()
    }
    /// The addresses in use in `subnet`, ascending.
    pub(super) fn used(&self, subnet: SubnetId) -> impl Iterator<Item = Ipv4Addr> {
        self.by_address
            .range((subnet, Ipv4Addr::UNSPECIFIED)..=(subnet, Ipv4Addr::BROADCAST))
            .map(|((_, address), _)| *address)
    }
    /// Detaches an interface from whatever it belongs to and frees its addresses.
    pub fn release(&mut self, id: NetworkInterfaceId) {
        self.set_public_address(id, None);
        let Some(row) = self.rows.get_mut(id) else { return };
        row.attached = Attached::Nothing;
        let key = (row.subnet, row.address);
        if self.by_address.get(&key) == Some(&id) {
            self.by_address.remove(&key);
        }
    }
    /// Gives an interface a public address, or takes it away.
    pub fn set_public_address(&mut self, id: NetworkInterfaceId, address: Option<Ipv4Addr>) {
        let Some(row) = self.rows.get_mut(id) else { return };
        let previous = std::mem::replace(&mut row.public_address, address);
        if let Some(previous) = previous
            && self.by_public_address.get(&previous) == Some(&id)
        {
            self.by_public_address.remove(&previous);
        }
        if let Some(address) = address {
            self.by_public_address.entry(address).or_insert(id);
        }
    }
    /// Replaces an interface's security groups.
    pub fn set_security_groups(&mut self, id: NetworkInterfaceId, groups: Vec<SecurityGroupId>) {
        if let Some(row) = self.rows.get_mut(id) {
            row.security_groups = groups;
        }
    }
    /// Says whether an interface refuses to forward.
    pub fn set_source_destination_check(&mut self, id: NetworkInterfaceId, check: SourceDestinationCheck) {
        if let Some(row) = self.rows.get_mut(id) {
            row.source_destination_check = check;
        }
    }
    /// Says whether an interface works.
    pub fn set_state(&mut self, id: NetworkInterfaceId, state: InterfaceState) {
        match state {
            InterfaceState::InService => self.failed.remove(&id),
            InterfaceState::Failed => self.failed.insert(id),
        };
    }
    /// Whether an interface works.
    #[must_use]
    pub fn state(&self, id: NetworkInterfaceId) -> InterfaceState {
        if self.failed.contains(&id) {
            InterfaceState::Failed
        } else {
            InterfaceState::InService
        }
    }
    /// Says what an interface belongs to, for things whose own id is known only after their
    /// interfaces are there. Use [`Self::release`] to detach one.
    pub fn attach(&mut self, id: NetworkInterfaceId, attached: Attached) {
        let Some(row) = self.rows.get_mut(id) else { return };
        row.attached = attached;
        if attached != Attached::Nothing {
            let (key, public_address) = ((row.subnet, row.address), row.public_address);
            self.by_address.entry(key).or_insert(id);
            if let Some(public_address) = public_address {
                self.by_public_address.entry(public_address).or_insert(id);
            }
        } else {
            self.release(id);
        }
    }
    /// The interface, where there is one.
    #[must_use]
    pub fn get(&self, id: NetworkInterfaceId) -> Option<&NetworkInterface> {
        self.rows.get(id)
    }
    /// All interfaces with their ids, in order.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (NetworkInterfaceId, &NetworkInterface)> + ExactSizeIterator {
        self.rows.iter()
    }
    /// All ids, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NetworkInterfaceId> + ExactSizeIterator + use<> {
        self.rows.ids()
    }
    /// All interfaces, in order.
    #[must_use]
    pub fn rows(&self) -> &[NetworkInterface] {
        self.rows.rows()
    }
    /// The id that the next interface will get.
    #[must_use]
    pub fn next_id(&self) -> NetworkInterfaceId {
        self.rows.next_id()
    }
    /// How many interfaces there are, released ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Index<NetworkInterfaceId> for Interfaces {
    type Output = NetworkInterface;
    fn index(&self, id: NetworkInterfaceId) -> &NetworkInterface {
        &self.rows[id]
    }
}
