//! Whatever is changed, the network stays one that AWS would accept, and every packet ends.

use proptest::prelude::*;

use crate::aws::fixture::{allow_all, anything, ip, net, route, tcp};
use crate::aws::{
    AclAction, AclRule, Change, DnsAttribute, EndpointState, PeeringState, PrivateDns, RouteTarget,
    SourceDestinationCheck, violations,
};
use crate::net::Protocol;
use crate::units::{Ppm, SimTime, Span};
use crate::verdict::{Destination, Direction};

use super::fixture::{Lab, lab};
use super::{Header, Place, Recipient, Tracking, look_up, round_trip, walk};

/// Every kind of change that matters to a path, sensible or not.
fn changes(lab: &Lab) -> Vec<Change> {
    let f = &lab.aws;
    let appliance = lab.interface(lab.replicator);
    let (inside, outside) = (Direction::Ingress, Direction::Egress);
    let deny = AclRule {
        action: AclAction::Deny,
        ..allow_all(50)
    };
    let mut all = vec![
        Change::PeeringDelay(f.peering, Span::millis(500)),
        Change::PeeringLoss(f.peering, Ppm::percent(5)),
        Change::RemoveRoute(f.source_table, Destination::Prefix(net("10.0.0.0/16"))),
        Change::RemoveRoute(f.staging_table, Destination::Prefix(net("192.168.0.0/16"))),
        Change::RemoveGroupRule(f.staging_group, inside, tcp(1500, "192.168.0.0/16")),
        Change::RemoveGroupRule(f.source_group, outside, anything()),
        Change::AddGroupRule(f.source_group, inside, anything()),
        Change::AddGroupRule(f.endpoint_group, inside, anything()),
        Change::SetAclRule(f.staging_acl, inside, deny),
        Change::RemoveAclRule(f.staging_acl, inside, 50),
        Change::RemoveAclRule(f.source_acl, outside, 100),
        Change::AssociateGatewayEndpoint(f.gateway, f.staging_table),
        Change::DisassociateGatewayEndpoint(f.gateway, f.staging_table),
        Change::AssociateRouteTable(f.source_a, f.staging_table),
        Change::InterfaceGroups(appliance, vec![f.endpoint_group]),
        Change::SourceDestinationCheck(appliance, SourceDestinationCheck::Off),
    ];
    for (destination, target) in [
        ("10.0.0.0/16", RouteTarget::Peering(f.peering)),
        ("192.168.0.0/16", RouteTarget::NetworkInterface(appliance)),
        ("0.0.0.0/0", RouteTarget::Peering(f.peering)),
        ("0.0.0.0/0", RouteTarget::NetworkInterface(appliance)),
        ("10.0.2.0/24", RouteTarget::NetworkInterface(appliance)),
        ("192.168.1.0/24", RouteTarget::Gone),
    ] {
        let route = route(destination, target);
        all.push(Change::AddRoute(f.source_table, route));
        all.push(Change::AddRoute(f.staging_table, route));
        all.push(Change::RemoveRoute(f.staging_table, route.destination));
    }
    for state in [PeeringState::Active, PeeringState::Deleted] {
        all.push(Change::Peering(f.peering, state));
    }
    for state in [EndpointState::Available, EndpointState::Deleted] {
        all.push(Change::InterfaceEndpoint(f.mgn, state));
        all.push(Change::GatewayEndpoint(f.gateway, state));
    }
    for value in [DnsAttribute::On, DnsAttribute::Off] {
        all.push(Change::DnsSupport(f.staging, value));
        all.push(Change::DnsHostnames(f.staging, value));
    }
    for mode in [PrivateDns::Off, PrivateDns::On, PrivateDns::InboundResolverOnly] {
        all.push(Change::PrivateDns(f.s3, mode));
    }
    all
}

proptest! {
    #[test]
    fn every_packet_ends_and_no_change_breaks_a_rule(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut lab = lab();
        let all = changes(&lab);
        for pick in picks {
            let before = violations(&lab.network.cloud);
            // Refused changes are part of the game.
            let _ = lab.network.cloud.apply(pick.get(&all));
            let after = violations(&lab.network.cloud);
            prop_assert!(after.iter().all(|it| before.contains(it)), "{after:?}");
        }
        let name = "mgn.ap-south-1.amazonaws.com".parse().expect("a name");
        for from in [lab.source, lab.replicator] {
            for to in ["192.168.1.10", "10.0.1.20", "10.0.2.5", "10.0.0.2", "52.219.64.10", "203.0.113.9"] {
                let header = lab.header(from, to, Protocol::Tcp, 443);
                let mut tracking = Tracking::default();
                let now = SimTime::START;
                let trip = round_trip(&lab.network, &mut tracking, now, Place::HostEgress(from), &header);
                // Host, interface, edge, router, edge, interface, host, each at most once per hop.
                let most = 8 * usize::from(Header::HOP_LIMIT);
                prop_assert!(trip.forward.hops.len() <= most);
                if let Some((Recipient::Host(host), arrived)) = trip.forward.delivered() {
                    let address = lab.network.address_of(host);
                    prop_assert_eq!(Some(arrived.flow.destination), address);
                    prop_assert_eq!(Some(ip(to)), address);
                }
                // The same packet by the same tables goes the same way.
                let mut again = Tracking::default();
                let forward = walk(&lab.network, &mut again, now, Place::HostEgress(from), &header);
                prop_assert_eq!(forward, trip.forward);
            }
            let found = look_up(&lab.network, SimTime::START, from, &name, Protocol::Udp);
            prop_assert_eq!(found.asked.len(), 1);
        }
    }
}
