//! Network interfaces and the addresses that they get.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::{Attached, Interfaces, NetworkInterface, SourceDestinationCheck, Subnet, usable};
use crate::kernel::Id;
use crate::resource::{NetworkInterfaceId, SecurityGroupId, SubnetId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};

use super::scope::Rows;

/// An interface that something needs.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) subnet: SubnetId,
    /// A certain address, or any.
    pub(super) address: Option<At<Ipv4Addr>>,
    pub(super) public_address: Option<Ipv4Addr>,
    pub(super) security_groups: Vec<SecurityGroupId>,
    pub(super) attached: Attached,
    pub(super) source_destination_check: SourceDestinationCheck,
    /// What to point at where there is no room for it.
    pub(super) place: Place,
}

/// All interfaces of the lab, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Requests {
    wanted: Vec<Wanted>,
}

impl Requests {
    pub(super) fn push(&mut self, wanted: Wanted) -> NetworkInterfaceId {
        let id = Id::from_index(u32::try_from(self.wanted.len()).unwrap_or(u32::MAX));
        self.wanted.push(wanted);
        id
    }

    /// Gives every interface its address: first those that ask for a certain one, then the rest in
    /// order.
    pub(super) fn settle(self, subnets: &Rows<Subnet, kind::Subnet>, problems: &mut Problems) -> Interfaces {
        let mut pools: BTreeMap<SubnetId, Pool> = BTreeMap::new();
        let mut owners: BTreeMap<SubnetId, Place> = BTreeMap::new();
        let mut refused: BTreeMap<Place, Refused> = BTreeMap::new();
        for wanted in &self.wanted {
            if let Some(subnet) = subnets.get(wanted.subnet) {
                let pool = pools
                    .entry(wanted.subnet)
                    .or_insert_with(|| Pool::of(subnet.cidr));
                if let Some(address) = &wanted.address
                    && let Err((code, message)) = pool.claim(address.value, &subnet.name)
                {
                    let first = Refused { code, message, n: 0 };
                    refused.entry(address.place).or_insert(first).n += 1;
                }
            }
        }
        for (place, refused) in refused {
            problems.push(refused.problem(place));
        }
        let mut interfaces = Interfaces::default();
        for wanted in self.wanted {
            let pool = pools.get_mut(&wanted.subnet);
            let address = match wanted.address {
                Some(address) => Some(address.value),
                None => pool.and_then(Pool::next),
            };
            if address.is_none()
                && let Some(subnet) = subnets.get(wanted.subnet)
                // Once per subnet: the next thousand members of a fleet say nothing new.
                && owners.insert(wanted.subnet, wanted.place).is_none()
            {
                let message = format!(
                    "subnet `{}` ({}) has no free address for `{}`",
                    subnet.name, subnet.cidr, wanted.name
                );
                problems.push(
                    Problem::error(Code::NoRoom, wanted.place, message)
                        .help("AWS keeps five addresses of each subnet; use a larger block"),
                );
            }
            interfaces.push(NetworkInterface {
                name: wanted.name,
                subnet: wanted.subnet,
                address: address.unwrap_or(Ipv4Addr::UNSPECIFIED),
                public_address: wanted.public_address,
                security_groups: wanted.security_groups,
                attached: wanted.attached,
                source_destination_check: wanted.source_destination_check,
            });
        }
        interfaces
    }
}

/// What is said of the addresses that come from one place of the text and cannot be had: those of a
/// fleet count on from its first.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: Code,
    /// About the first of them.
    pub(super) message: String,
    pub(super) n: usize,
}

impl Refused {
    pub(super) fn problem(self, place: Place) -> Problem {
        let Self { code, mut message, n } = self;
        if n > 1 {
            message.push_str(&format!("; {} more of the fleet do not fit either", n - 1));
        }
        Problem::error(code, place, message)
    }
}

/// The addresses of one subnet.
struct Pool {
    block: Ipv4Net,
    usable: core::ops::RangeInclusive<u32>,
    taken: BTreeSet<u32>,
    next: u32,
}

impl Pool {
    fn of(block: Ipv4Net) -> Self {
        // A block in which nothing is usable has an empty run of addresses.
        let (first, last) = usable(block).map_or((1, 0), |(first, last)| (u32::from(first), u32::from(last)));
        Self {
            block,
            usable: first..=last,
            taken: BTreeSet::new(),
            next: first,
        }
    }
    fn claim(&mut self, address: Ipv4Addr, subnet: &str) -> Result<(), (Code, String)> {
        let number = u32::from(address);
        Err(if !self.block.contains(&address) {
            let message = format!("{address} is not in subnet `{subnet}` ({})", self.block);
            (Code::NotInside, message)
        } else if !self.usable.contains(&number) {
            let message = format!(
                "AWS keeps {address} of subnet `{subnet}` ({}) for itself",
                self.block
            );
            (Code::AddressTaken, message)
        } else if !self.taken.insert(number) {
            let message = format!("{address} is already used in subnet `{subnet}`");
            (Code::AddressTaken, message)
        } else {
            return Ok(());
        })
    }
    fn next(&mut self) -> Option<Ipv4Addr> {
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        let found = self.usable.contains(&self.next).then_some(self.next)?;
        self.next += 1;
        Some(Ipv4Addr::from(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_keeps_five_addresses_of_a_subnet() {
        let mut pool = Pool::of("10.0.1.0/28".parse().expect("a block"));
        let mut given = Vec::new();
        while let Some(address) = pool.next() {
            given.push(address.octets()[3]);
        }
        // 16 − 5: .0 to .3 and .15 are kept.
        assert_eq!(given, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    }
}
