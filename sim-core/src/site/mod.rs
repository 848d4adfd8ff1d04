//! What stands on a site: computers (EC2 instances and the customer's own machines) with their firewalls and name
//! servers, routers, the links between them, and the segments that hosts and routers share.

mod change;
mod firewall;
mod gateway;
mod host;
mod link;
mod port;
mod router;
mod segment;

pub use change::{HostChange, HostChangeError};
pub use firewall::{PassRule, SourceNat};
pub use gateway::{
    ADVERTISEMENT_INTERVAL, LONGEST_ADVERTISEMENT_INTERVAL, Member, PRIORITY, Preemption, VirtualGateway,
};
pub use host::{
    Authority, Clock, FirewallAction, FirewallRule, ForwardRule, Host, MacAddress, NameServer, OsFamily,
    OwnZone, Power, TrustStore,
};
pub use link::{Carrier, End, Link, LinkChange, Passage, Provisioning};
pub use port::{HostRoute, Port, SegmentPort};
pub use router::{
    AdminState, Attachment, Behind, Envelope, IcmpErrors, NextHop, OperState, Protection, Router,
    RouterChange, RouterInterface, Running, SaPair, Selectors, StaticRoute, Tunnel, UNNUMBERED, Wrap,
    is_unnumbered,
};
pub use segment::{Segment, SegmentChange};
