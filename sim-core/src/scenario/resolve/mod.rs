//! Sections to the checked lab: names become ids, defaults are filled in, and everything that AWS
//! or common sense would refuse is reported.
//!
//! All names are declared first, so that things may be named before they stand in the text. Each
//! file then fills the rows of its part; a row that cannot be filled is left out and the rest still
//! looked at, so that one run reports every problem.

mod acceleration;
mod address;
mod capabilities;
mod certificate;
mod change;
mod cloud;
mod direct_connect;
mod direct_connect_gateway;
mod direct_connect_quota;
mod endpoint;
mod fault;
mod filter;
mod firewall;
mod fleet;
mod host;
mod igp;
mod interface_options;
mod lab;
mod lag;
mod launch;
mod migration;
mod negotiation;
mod neighbor;
mod plan;
mod policy;
mod probe;
mod provisioning;
mod public_interface;
mod public_network;
mod public_scope;
mod reserved;
mod resolver_rule;
mod route;
mod router;
mod routing_change;
mod scope;
mod segment;
mod select;
mod server;
mod session;
mod setting;
mod timers;
mod transit;
mod transit_change;
mod transit_quota;
mod tunnel;
mod underlay;
mod virtual_private_gateway;
mod vpc;
mod vpc_quota;
mod vpn;
mod vpn_options;
mod vpn_quota;

pub(super) use change::change_of;
pub(super) use lab::resolve;
pub(super) use routing_change::conflict_at;
