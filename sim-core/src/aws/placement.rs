//! Giving instances their interfaces and addresses, and taking them back.
//!
//! # Fidelity
//! Simplified: AWS draws a free address at random; here the lowest free one is taken, so that runs
//! agree. Public addresses come from the block that RFC 2544 sets aside for benchmarks, which no
//! real service uses.
//!
//! Source: "Subnet sizing" in "Subnets for your VPC", Amazon VPC User Guide.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::reason::Reason;
use crate::resource::{NetworkInterfaceId, SecurityGroupId, SubnetId};
use crate::verdict::Refusal;

use super::{Attached, Cloud, NetworkInterface, SourceDestinationCheck};

/// The first four addresses of a subnet are AWS's: network, router, DNS, future use.
pub const RESERVED_AT_START: u32 = 4;

/// Where public addresses of instances come from.
const PUBLIC_POOL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15);

/// The first and the last address of a subnet that interfaces may have, where it has any.
#[must_use]
pub fn usable(subnet: Ipv4Net) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let first = u32::from(subnet.network()).checked_add(RESERVED_AT_START)?;
    let last = u32::from(subnet.broadcast()).checked_sub(1)?;
    (first <= last).then(|| (Ipv4Addr::from(first), Ipv4Addr::from(last)))
}

impl Cloud {
    /// Makes an interface in `subnet`, with the wanted address or the lowest free one, and the
    /// VPC's default security group where `groups` is empty.
    ///
    /// # Errors
    /// [`Reason::SubnetFull`] where no address is free, [`Reason::AddressNotInSubnet`] where the
    /// wanted one is outside the subnet, reserved or taken.
    pub fn place_interface(
        &mut self,
        subnet: SubnetId,
        mut groups: Vec<SecurityGroupId>,
        attached: Attached,
        wanted: Option<Ipv4Addr>,
    ) -> Result<NetworkInterfaceId, Refusal> {
        let full = Refusal::at(Reason::SubnetFull, subnet);
        let row = self.subnets.get(subnet).ok_or(full)?;
        if groups.is_empty() {
            groups.extend(self.vpcs.get(row.vpc).map(|vpc| vpc.default_security_group));
        }
        let bounds = usable(row.cidr).ok_or(full)?;
        let address = match wanted {
            Some(address) => {
                let free = self.interfaces.at(subnet, address).is_none();
                if !free || address < bounds.0 || address > bounds.1 {
                    return Err(Refusal::at(Reason::AddressNotInSubnet, subnet));
                }
                address
            }
            None => self.lowest_free(subnet, bounds).ok_or(full)?,
        };
        Ok(self.interfaces.push(NetworkInterface {
            name: format!("eni-{:017x}", self.interfaces.len()),
            subnet,
            address,
            public_address: None,
            security_groups: groups,
            attached,
            source_destination_check: SourceDestinationCheck::On,
        }))
    }

    /// Whether EC2 offers an instance type in the zone of a subnet.
    ///
    /// # Errors
    /// [`Reason::UnsupportedInstanceType`], at the zone.
    pub fn offers(&self, subnet: SubnetId, instance_type: &str) -> Result<(), Refusal> {
        let zone = self.subnets.get(subnet).map(|row| row.zone);
        match zone.and_then(|id| Some((id, self.zones.get(id)?))) {
            Some((id, zone)) if zone.not_offered.iter().any(|it| it == instance_type) => {
                Err(Refusal::at(Reason::UnsupportedInstanceType, id))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// How many addresses of a subnet are free.
    #[must_use]
    pub fn n_free_addresses(&self, subnet: SubnetId) -> usize {
        let Some((first, last)) = self.subnets.get(subnet).and_then(|row| usable(row.cidr)) else {
            return 0;
        };
        let all = (u32::from(last) - u32::from(first)) as usize + 1;
        let used = |address: &Ipv4Addr| *address >= first && *address <= last;
        all - self.interfaces.used(subnet).filter(used).count()
    }

    /// Gives an interface a public address, the lowest free one of the pool; an address that it
    /// already has it keeps. `None` where the pool is exhausted or there is no such interface.
    pub fn assign_public_address(&mut self, interface: NetworkInterfaceId) -> Option<Ipv4Addr> {
        if let Some(address) = self.interfaces.get(interface)?.public_address {
            return Some(address);
        }
        let address = PUBLIC_POOL
            .hosts()
            .find(|&address| self.interfaces.at_public(address).is_none())?;
        self.interfaces.set_public_address(interface, Some(address));
        Some(address)
    }

    fn lowest_free(&self, subnet: SubnetId, (first, last): (Ipv4Addr, Ipv4Addr)) -> Option<Ipv4Addr> {
        let mut candidate = u32::from(first);
        for used in self.interfaces.used(subnet).map(u32::from) {
            if used == candidate {
                candidate += 1;
            } else if used > candidate {
                break;
            }
        }
        (candidate <= u32::from(last)).then(|| Ipv4Addr::from(candidate))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ip, subnet, two_regions};
    use super::*;
    use crate::resource::HostId;

    #[test]
    fn the_lowest_free_address_is_given_and_comes_back() {
        let mut fixture = two_regions();
        let (table, acl) = (fixture.staging_table, fixture.staging_acl);
        // A /28 has 16 addresses: four reserved at the start and one at the end leave 11.
        let small = subnet(
            &mut fixture.cloud,
            fixture.staging,
            fixture.zone_b,
            "10.0.7.0/28",
            (table, acl),
        );
        let cloud = &mut fixture.cloud;
        let host = Attached::Host(HostId::from_index(0));
        assert_eq!(cloud.n_free_addresses(small), 11);
        let placed: Vec<_> = (0..11)
            .map(|_| {
                cloud
                    .place_interface(small, vec![], host, None)
                    .expect("a free address")
            })
            .collect();
        assert_eq!(cloud.interfaces[placed[0]].address, ip("10.0.7.4"));
        assert_eq!(cloud.interfaces[placed[10]].address, ip("10.0.7.14"));
        let group = cloud.vpcs[fixture.staging].default_security_group;
        assert_eq!(cloud.interfaces[placed[0]].security_groups, [group]);
        assert_eq!(
            cloud.place_interface(small, vec![], host, None),
            Err(Refusal::at(Reason::SubnetFull, small))
        );
        cloud.interfaces.release(placed[3]);
        let again = cloud
            .place_interface(small, vec![], host, None)
            .expect("the released one");
        assert_eq!(cloud.interfaces[again].address, ip("10.0.7.7"));
        assert_eq!(cloud.n_free_addresses(small), 0);
    }

    #[test]
    fn a_wanted_address_must_be_free_and_not_reserved() {
        let mut fixture = two_regions();
        let host = Attached::Host(HostId::from_index(0));
        let staging_a = fixture.staging_a;
        let mut place = |address| {
            fixture
                .cloud
                .place_interface(staging_a, vec![], host, Some(ip(address)))
        };
        assert!(place("10.0.1.77").is_ok());
        for refused in ["10.0.1.77", "10.0.1.3", "10.0.1.255", "10.0.2.10", "10.0.1.5"] {
            assert_eq!(
                place(refused),
                Err(Refusal::at(Reason::AddressNotInSubnet, staging_a)),
                "{refused}"
            );
        }
    }

    #[test]
    fn public_addresses_are_given_once() {
        let mut fixture = two_regions();
        let cloud = &mut fixture.cloud;
        let mut ids = cloud.interfaces.ids();
        let (one, other) = (ids.next().expect("one"), ids.next().expect("two"));
        assert_eq!(cloud.assign_public_address(one), Some(ip("198.18.0.1")));
        assert_eq!(cloud.assign_public_address(one), Some(ip("198.18.0.1")));
        assert_eq!(cloud.assign_public_address(other), Some(ip("198.18.0.2")));
        cloud.interfaces.release(one);
        assert_eq!(cloud.interfaces.at_public(ip("198.18.0.1")), None);
    }
}
