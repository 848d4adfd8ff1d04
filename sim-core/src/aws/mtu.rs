//! How large packets may be at what is AWS's.
//!
//! # Fidelity
//! Simplified: where AWS's documents disagree, the newer one is followed and the other named here; NAT gateways, gateway
//! endpoints and Resolver endpoints pass what instances send; a prefix that is known over lines of different MTUs keeps that
//! of the line which is used.

use crate::net::Mtu;

/// An instance's interface, of current instance types ("Network maximum transmission unit (MTU) for your EC2 instance",
/// Amazon EC2 User Guide).
pub const INSTANCE: Mtu = Mtu::documented(9001);
/// An internet gateway passes no larger packet (the same document).
pub const INTERNET_GATEWAY: Mtu = Mtu::ETHERNET;
/// A peering connection within a Region carries what instances send ("VPC peering basics", Amazon VPC Peering Guide).
pub const PEERING: Mtu = INSTANCE;
/// One between Regions. An older edition of the EC2 document says 1500.
pub const PEERING_BETWEEN_REGIONS: Mtu = Mtu::documented(8500);
/// A Transit Gateway, between attachments of VPCs, Direct Connect gateways and peers ("How transit gateways work", AWS
/// Transit Gateway Guide).
pub const TRANSIT_GATEWAY: Mtu = Mtu::documented(8500);
/// A VPN attachment of a Transit Gateway (the same document).
pub const TRANSIT_VPN: Mtu = Mtu::ETHERNET;
/// An interface endpoint ("AWS PrivateLink quotas").
pub const INTERFACE_ENDPOINT: Mtu = Mtu::documented(8500);
/// A virtual interface without jumbo frames, and a public one always ("Set the MTU for private or transit virtual
/// interfaces", AWS Direct Connect User Guide).
pub const VIRTUAL_INTERFACE: Mtu = Mtu::ETHERNET;
/// A private virtual interface with jumbo frames (the same document); the API Reference of 2026 says 8500.
pub const PRIVATE_INTERFACE_JUMBO: Mtu = Mtu::documented(9001);
/// A transit virtual interface with jumbo frames (the same document).
pub const TRANSIT_INTERFACE_JUMBO: Mtu = Mtu::documented(8500);
/// What a static route to a virtual private gateway sends: jumbo frames are for propagated routes (the same document).
pub const STATIC_TO_PRIVATE_GATEWAY: Mtu = Mtu::ETHERNET;

/// Which packets that are too large for a Transit Gateway it reports to their senders (ICMP type 3 code 4, RFC 1191).
///
/// Editions of "How transit gateways work" disagree: an older one knows no such reports.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum PathMtuDiscovery {
    /// None.
    Off,
    /// Those that come in from VPCs.
    #[default]
    FromVpcs,
}
