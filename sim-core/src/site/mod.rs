//! What stands on a site: computers (EC2 instances and the customer's own machines) with their firewalls and name
//! servers, routers, and the links between them.

mod change;
mod host;
mod link;
mod router;

pub use change::{HostChange, HostChangeError};
pub use host::{
    Clock, FirewallAction, FirewallRule, ForwardRule, Host, MacAddress, NameServer, OsFamily, Power,
    TrustStore,
};
pub use link::{Carrier, End, Link, LinkChange, Passage};
pub use router::{
    AdminState, Attachment, Behind, NextHop, OperState, Protection, Router, RouterChange, RouterInterface,
    Running, SaPair, StaticRoute, Tunnel, UNNUMBERED, is_unnumbered,
};
