//! Computers: EC2 instances and the customer's own machines, with their firewalls and name
//! servers.

mod change;
mod host;

pub use change::{HostChange, HostChangeError};
pub use host::{
    Clock, FirewallAction, FirewallRule, ForwardRule, Host, MacAddress, NameServer, OsFamily, Power,
    TrustStore,
};
