//! The ground that a migration stands on: what it may ask of the world, and what it is told.
//!
//! The migration's machines never see a route table. They ask for a call to be made, a connection
//! to be held or a bulk flow to run, and hear how it went, with the reason where it went wrong.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::RecordId;
use crate::net::Mtu;
use crate::reason::Reason;
use crate::resource::{
    FlowId, HostId, JobId, ReplicationServerId, ResourceRef, SecurityGroupId, SourceServerId, SubnetId,
};
use crate::site::OsFamily;
use crate::units::{BitRate, DataSize, SimTime, Span};
use crate::verdict::Refusal;

/// Whose wake-up, call or flow it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The service as a whole, in one account and Region.
    Service,
    /// A source server and its agent.
    Server(SourceServerId),
    /// A replication server.
    Replicator(ReplicationServerId),
    /// A launch or terminate job.
    Job(JobId),
}

/// Names one call until it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Names one held connection until it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldId(pub u64);

/// Where a call goes: a name to be resolved, or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remote {
    /// A host name in lower case, asked of the caller's resolver.
    Name(Arc<str>),
    /// An address.
    Address(Ipv4Addr),
}

/// What is asked over the connection, once it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Request {
    /// Nothing: the connection itself is what is wanted.
    Connect,
    /// As much as fills a packet of this size, where the connection's MSS lets it, and as much comes back.
    Echo(Mtu),
    /// A request to an AWS service over TLS.
    Api {
        /// For example `execute-api:Invoke` or `s3:GetObject`; endpoint policies are asked for it.
        action: &'static str,
        /// The resource's full name, for endpoint policies.
        resource: Arc<str>,
        /// How the request is signed.
        signing: Signing,
        /// What the answer brings; large answers take the time that the path's rate allows.
        answer: DataSize,
    },
    /// TLS with a certificate that the service handed to both ends, as on TCP 1500.
    PinnedTls,
}

/// How a request to AWS is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signing {
    /// Not at all: a public object.
    Anonymous,
    /// With credentials; the host's clock must be near AWS's.
    SigV4,
}

/// One exchange: resolve, connect, TLS, request, answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The host that calls.
    pub from: HostId,
    /// Where to.
    pub to: Remote,
    /// The TCP port.
    pub port: u16,
    /// What is asked.
    pub request: Request,
    /// How long the caller waits for the connection before it gives up.
    pub connect_timeout: Span,
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Asking for the address.
    Resolve,
    /// Opening the connection.
    Connect,
    /// Agreeing on TLS.
    Tls,
    /// Asking and being answered.
    Request,
}

/// A call that came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallDone {
    /// The address that answered.
    pub address: Ipv4Addr,
    /// What answered: a host, an endpoint, a service.
    pub remote: ResourceRef,
    /// How long it took from first packet to last.
    pub elapsed: Span,
}

/// A call that did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallFailed {
    /// How far it came.
    pub stage: Stage,
    /// What the caller sees: a time-out, a refusal, NXDOMAIN, a 403.
    pub symptom: Reason,
    /// What really stopped it, where a packet or an answer was stopped on the way: the caller
    /// cannot see this, the lab can.
    pub stopped_by: Option<Refusal>,
    /// The address that was tried, where the name resolved.
    pub address: Option<Ipv4Addr>,
}

/// How a call ended.
pub type CallOutcome = Result<CallDone, CallFailed>;

/// A connection to be held open for as long as the path allows.
///
/// Heartbeats on it are not simulated one by one: the world tells when the far end would notice
/// that the path is gone, and when the next attempt gets through again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hold {
    /// The host that holds it.
    pub from: HostId,
    /// Where to.
    pub to: Remote,
    /// The TCP port.
    pub port: u16,
    /// How long one connection is silent before the holder tries another in its place. Where that is no sooner than
    /// [`Hold::lost_after`], it does so only once it is lost.
    pub anew_after: Span,
    /// How long silence lasts before the holder counts as cut off.
    pub lost_after: Span,
    /// How often another connection is tried.
    pub retry_every: Span,
}

/// What became of a held connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldEvent {
    /// Nothing has come through for [`Hold::lost_after`].
    Lost(CallFailed),
    /// A retry came through.
    Restored,
}

/// A bulk flow, shared fairly with everything else on its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlowSpec {
    /// The host that sends.
    pub from: HostId,
    /// The host that receives.
    pub to: HostId,
    /// The TCP port at the receiver.
    pub port: u16,
    /// Parallel TCP connections, each with its own window.
    pub streams: u32,
    /// The largest window of each connection: what may be under way unacknowledged.
    pub window: DataSize,
    /// What the ends themselves can send, in bits per second on the wire.
    pub cap: BitRate,
}

/// An instance to be launched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstanceSpec {
    /// Its name in the lab.
    pub name: String,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its instance type, where the zone must offer a certain one.
    pub instance_type: Option<String>,
    /// Its security groups; the VPC's default group where empty.
    pub security_groups: Vec<SecurityGroupId>,
    /// Its private address, where a certain one is wanted.
    pub address: Option<Ipv4Addr>,
    /// Whether it also gets a public address.
    pub public_address: PublicAddress,
    /// Its family of operating systems.
    pub os: OsFamily,
    /// What its network interface carries.
    pub rate: BitRate,
    /// The TCP ports on which it listens.
    pub listens: Vec<u16>,
}

/// Whether an instance gets a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PublicAddress {
    /// Only the private one.
    None,
    /// One of Amazon's.
    Assigned,
}

/// What the world does for a migration.
///
/// All requests take effect at [`Ground::now`]; answers that take time come back as inputs.
pub trait Ground {
    /// The present instant.
    fn now(&self) -> SimTime;
    /// Writes a record about `subject` and makes it the cause of what follows in this step.
    fn note(&mut self, subject: ResourceRef, notice: super::mgn::Notice);
    /// What is done next in this step follows from this record.
    fn cause(&self) -> Option<RecordId>;
    /// Lets what is done next in this step follow from a record. Of several things that are done at one go, each follows from
    /// what began the step, and not from the one that was done before it.
    fn follow_from(&mut self, cause: Option<RecordId>);
    /// Asks to be woken at `at`, in place of any earlier wish of the same actor; `None` takes the
    /// wish back.
    fn wake(&mut self, actor: Actor, at: Option<SimTime>);
    /// Starts a call; the outcome comes as an input.
    fn call(&mut self, actor: Actor, call: Call) -> CallId;
    /// Holds a connection that stands now; loss and return come as inputs.
    fn hold(&mut self, actor: Actor, hold: Hold) -> HoldId;
    /// Lets a held connection go.
    fn release(&mut self, hold: HoldId);
    /// Opens a bulk flow; its rate comes as an input, now and at every change.
    fn open_flow(&mut self, actor: Actor, flow: FlowSpec) -> FlowId;
    /// Changes what a flow's ends can send.
    fn cap_flow(&mut self, flow: FlowId, cap: BitRate);
    /// Ends a flow.
    fn close_flow(&mut self, flow: FlowId);
    /// Launches an instance that runs at once.
    ///
    /// # Errors
    /// Where the subnet has no free address, or the wanted one cannot be had.
    fn launch(&mut self, spec: InstanceSpec) -> Result<HostId, Refusal>;
    /// Terminates an instance.
    fn terminate(&mut self, host: HostId);
    /// The host's private address.
    fn address(&self, host: HostId) -> Option<Ipv4Addr>;
    /// The host's public address, where it has one.
    fn public_address(&self, host: HostId) -> Option<Ipv4Addr>;
    /// Whether the host's clock is near enough to AWS's for a signature to be accepted, and its
    /// power on; the refusal says which.
    ///
    /// # Errors
    /// [`Reason::ClockSkew`] or [`Reason::HostDown`].
    fn host_ready(&self, host: HostId) -> Result<(), Refusal>;
}
