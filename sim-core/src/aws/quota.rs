//! Service quotas that a lab can run into.
//!
//! # Fidelity
//! Simplified: AWS raises some of these on request, a lab has those of [`Quotas`] raised. Quotas per Region or account
//! (VPCs, elastic addresses, interfaces) are left out.
//!
//! Sources: "Amazon VPC quotas", Amazon VPC User Guide; "AWS PrivateLink quotas", AWS PrivateLink
//! Guide; "Quotas", Amazon Route 53 Developer Guide.

use crate::units::Span;

/// How long AWS's end of a BGP session rests that ended because the router announced too many prefixes. AWS publishes no
/// figure: routers come back 30 to 60 s later, and are cut off again until they announce less.
pub const REST_OVER_LIMIT: Span = Span::secs(30);
/// Rules per direction of a security group.
pub const RULES_PER_GROUP: usize = 60;
/// Security groups per network interface.
pub const GROUPS_PER_INTERFACE: usize = 5;
/// Rules per direction of a network ACL; the hard limit, the default is 20.
pub const RULES_PER_ACL: usize = 40;
/// Routes per route table that are not propagated; the default since June 2025.
pub const ROUTES_PER_TABLE: usize = 500;
/// To how many routes AWS raises that.
pub const ROUTES_PER_TABLE_AT_MOST: usize = 1_000;
/// Propagated routes per route table; a hard limit.
pub const PROPAGATED_ROUTES_PER_TABLE: usize = 100;
/// IPv4 CIDR blocks per VPC.
pub const CIDRS_PER_VPC: usize = 5;
/// Active peering connections per VPC.
pub const PEERINGS_PER_VPC: usize = 50;
/// To how many peering connections AWS raises that.
pub const PEERINGS_PER_VPC_AT_MOST: usize = 125;
/// Interface endpoints per VPC.
pub const ENDPOINTS_PER_VPC: usize = 50;
/// The fewest interfaces of a Resolver endpoint.
pub const RESOLVER_INTERFACES_AT_LEAST: usize = 2;
/// The most interfaces of a Resolver endpoint.
pub const RESOLVER_INTERFACES_AT_MOST: usize = 6;
/// Resolver endpoints per Region, of both directions.
pub const RESOLVER_ENDPOINTS_PER_REGION: usize = 4;
/// Resolver rules per Region.
pub const RESOLVER_RULES_PER_REGION: usize = 1_000;
/// Associations between Resolver rules and VPCs per Region.
pub const RESOLVER_RULE_ASSOCIATIONS_PER_REGION: usize = 2_000;
/// The most target addresses of a Resolver rule.
pub const RESOLVER_TARGETS_AT_MOST: usize = 6;
/// The highest number of a network ACL's rule; the closing `*` rule comes after it.
pub const ACL_NUMBER_AT_MOST: u16 = 32_766;

/// The quotas that AWS raises for who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Routes per route table that are not propagated.
    pub routes_per_table: usize,
    /// Active peering connections per VPC.
    pub peerings_per_vpc: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            routes_per_table: ROUTES_PER_TABLE,
            peerings_per_vpc: PEERINGS_PER_VPC,
        }
    }
}
