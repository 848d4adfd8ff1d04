//! The cloud of `aws::fixture` with a source server and a replication server in it.

use crate::aws::Attached;
use crate::aws::fixture::{Fixture, two_regions};
use crate::net::Protocol;
use crate::resource::{HostId, NetworkInterfaceId, SecurityGroupId, SubnetId};
use crate::site::{Clock, Host, OsFamily, Port, Power, TrustStore};
use crate::units::{BitRate, SimTime};

use super::{Header, Network, Path, Place, RoundTrip, Tracking, round_trip, walk};

pub(super) struct Lab {
    pub(super) aws: Fixture,
    pub(super) network: Network,
    /// 192.168.1.10 in `source-a`.
    pub(super) source: HostId,
    /// 10.0.1.20 in `staging-a`; listens on TCP 1500.
    pub(super) replicator: HostId,
}

pub(super) fn lab() -> Lab {
    let aws = two_regions();
    let mut lab = Lab {
        network: Network {
            cloud: aws.cloud.clone(),
            ..Network::default()
        },
        source: HostId::from_index(0),
        replicator: HostId::from_index(1),
        aws,
    };
    lab.source = lab.host(lab.aws.source_a, "192.168.1.10", lab.aws.source_group);
    lab.replicator = lab.host(lab.aws.staging_a, "10.0.1.20", lab.aws.staging_group);
    lab.network.hosts[lab.replicator].listens = vec![(Protocol::Tcp, 1500)];
    lab
}

impl Lab {
    pub(super) fn host(&mut self, subnet: SubnetId, address: &str, group: SecurityGroupId) -> HostId {
        let host = self.network.hosts.next_id();
        std::mem::swap(&mut self.aws.cloud, &mut self.network.cloud);
        let interface = self.aws.interface(subnet, address, group, Attached::Host(host));
        std::mem::swap(&mut self.aws.cloud, &mut self.network.cloud);
        self.network.hosts.push(Host {
            name: address.to_owned(),
            port: Port::Vpc(interface),
            os: OsFamily::Linux,
            power: Power::On,
            rate: BitRate::gbps(1),
            mtu: crate::aws::mtu::INSTANCE,
            clock: Clock::Synchronised,
            trust: TrustStore::AmazonRoots,
            mac: crate::site::MacAddress::Stable,
            listens: vec![],
            firewall: vec![],
            name_server: None,
        })
    }

    /// The interface of a host.
    pub(super) fn interface(&self, host: HostId) -> NetworkInterfaceId {
        self.network.hosts[host].vpc_interface().expect("it is in a VPC")
    }

    pub(super) fn header(&self, from: HostId, to: &str, protocol: Protocol, port: u16) -> Header {
        let source = self.network.address_of(from).expect("it has one");
        Header::probe(source, crate::aws::fixture::ip(to), protocol, port)
    }

    pub(super) fn walk(&self, from: HostId, to: &str, protocol: Protocol, port: u16) -> Path {
        let header = self.header(from, to, protocol, port);
        walk(
            &self.network,
            &mut Tracking::default(),
            SimTime::START,
            Place::HostEgress(from),
            &header,
        )
    }

    pub(super) fn tcp(&self, from: HostId, to: &str, port: u16) -> RoundTrip {
        let header = self.header(from, to, Protocol::Tcp, port);
        round_trip(
            &self.network,
            &mut Tracking::default(),
            SimTime::START,
            Place::HostEgress(from),
            &header,
        )
    }
}
