//! The list of all faults, in the order in which help and screens show them.

use super::FaultKind;
use super::kinds as k;

/// Every kind of fault: lines and ports, routers and sessions, tunnels, the AWS side, hosts.
pub const CATALOGUE: &[FaultKind] = &[
    k::link_down::KIND,
    k::link_flap::KIND,
    k::link_silent::KIND,
    k::link_one_way::KIND,
    k::link_latency::KIND,
    k::link_jitter::KIND,
    k::link_loss::KIND,
    k::link_brownout::KIND,
    k::mtu_lowered::KIND,
    k::cross_connect_cut::KIND,
    k::port_down::KIND,
    k::router_down::KIND,
    k::router_silent::KIND,
    k::icmp_blocked::KIND,
    k::location_down::KIND,
    k::session_reset::KIND,
    k::session_shutdown::KIND,
    k::session_wrong_asn::KIND,
    k::session_wrong_key::KIND,
    k::bgp_starved::KIND,
    k::bgp_process_down::KIND,
    k::prefix_leak::KIND,
    k::prefix_flood::KIND,
    k::tunnel_reset::KIND,
    k::tunnel_down::KIND,
    k::tunnel_wrong_key::KIND,
    k::tunnel_proposal_changed::KIND,
    k::tunnel_dpd_off::KIND,
    k::certificate_expired::KIND,
    k::endpoint_replaced::KIND,
    k::transit_association_removed::KIND,
    k::transit_propagation_removed::KIND,
    k::transit_routes_removed::KIND,
    k::transit_peering_down::KIND,
    k::peering_down::KIND,
    k::zone_lost::KIND,
    k::security_group_closed::KIND,
    k::network_acl_closed::KIND,
    k::propagation_off::KIND,
    k::endpoint_down::KIND,
    k::endpoint_deleted::KIND,
    k::gateway_endpoint_deleted::KIND,
    k::endpoint_policy_denied::KIND,
    k::host_down::KIND,
    k::host_crash::KIND,
    k::name_server_down::KIND,
    k::forwarders_removed::KIND,
    k::resolver_rule_removed::KIND,
    k::resolver_down::KIND,
    k::clock_skew::KIND,
    k::segment_down::KIND,
    k::group_down::KIND,
];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static FaultKind> {
    CATALOGUE.iter().find(|kind| kind.name == name)
}
