//! A case as it is written.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Deserialize;

use super::policy::{Policies, Prepend, RuleList};

/// A case, without what came of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// The routers, by name.
    pub nodes: BTreeMap<String, Node>,
    /// The links.
    #[serde(default)]
    pub links: Vec<Link>,
    /// The sessions.
    #[serde(default)]
    pub sessions: Vec<Session>,
    /// What is done, one after another.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Lists of rules that sides name.
    #[serde(default)]
    pub policies: Policies,
    /// What holds where a session does not say otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// Addresses for which the forwarding decision is asked.
    #[serde(default)]
    pub probes: Vec<Probe>,
    /// Whether numbers of prefixes are answered instead of the prefixes.
    #[serde(default)]
    pub rib_summary: bool,
    /// Groups of routers that start in turn; those that are in none start with the first.
    #[serde(default)]
    pub start_order: Vec<Vec<String>>,
    /// Seconds between one group and the next.
    #[serde(default = "five")]
    pub start_gap: f64,
    /// Seconds that the first step lasts at least.
    #[serde(default)]
    pub start_min_wait: f64,
    /// Seconds without anything new after which a step ends.
    pub quiet: Option<f64>,
}

fn five() -> f64 {
    5.0
}

/// What holds where a session does not say otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Defaults {
    /// The timers.
    pub timers: Timers,
}

/// A router.
#[derive(Debug, Clone, Deserialize)]
pub struct Node {
    /// Its AS.
    pub asn: u32,
    /// Its identifier.
    pub router_id: Ipv4Addr,
    /// What it announces as its own.
    #[serde(default)]
    pub originate: Vec<Announced>,
    /// Addresses on its loopback interface.
    #[serde(default)]
    pub loopbacks: Vec<Ipv4Net>,
    /// Routes outside of BGP.
    #[serde(default, rename = "static")]
    pub static_routes: Vec<Static>,
    /// What it sums up.
    #[serde(default)]
    pub aggregates: Vec<Aggregate>,
    /// Its choices.
    #[serde(default)]
    pub options: Options,
}

/// A prefix of a router's own.
#[derive(Debug, Clone, Deserialize)]
pub struct Announced {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// What is said of it.
    #[serde(flatten)]
    pub attributes: Said,
}

/// What a router says of a prefix of its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// ORIGIN, by name.
    pub origin: Option<String>,
    /// COMMUNITIES.
    pub communities: Vec<String>,
    /// What stands in AS_PATH already.
    pub prepend: Option<Prepend>,
}

/// A route outside of BGP.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Static {
    /// What it matches.
    pub prefix: Ipv4Net,
    /// Where it leads to.
    pub via: Ipv4Addr,
    /// What it costs.
    #[serde(default)]
    pub metric: u32,
}

/// A sum of prefixes.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Aggregate {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// What lies within it is not announced.
    #[serde(default)]
    pub summary_only: bool,
    /// It carries the AS numbers of what lies within it.
    #[serde(default)]
    pub as_set: bool,
}

/// The choices of a router.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Equal eBGP paths are decided by router identifier.
    pub compare_router_id: Option<bool>,
    /// MED is compared between neighbour AS.
    pub always_compare_med: Option<bool>,
    /// Paths are grouped by neighbour AS first.
    pub deterministic_med: Option<bool>,
    /// A missing MED is the worst.
    pub missing_med_worst: Option<bool>,
    /// How many paths are used at once.
    pub multipath: Multipath,
    /// RFC 8212.
    pub ebgp_requires_policy: Option<bool>,
    /// The smallest hold time accepted, in seconds.
    pub min_hold: Option<u64>,
    /// The cluster of a route reflector.
    pub cluster_id: Option<Ipv4Addr>,
    /// Graceful restart.
    pub graceful_restart: Option<GracefulRestart>,
    /// Whether an interface that goes down ends the eBGP session over it.
    pub fast_external_failover: Option<bool>,
}

/// How many paths are used at once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct Multipath {
    /// From eBGP.
    pub ebgp: u16,
    /// From iBGP.
    pub ibgp: u16,
    /// Whatever the AS numbers in the paths.
    pub as_path_relax: bool,
}

impl Default for Multipath {
    fn default() -> Self {
        Self {
            ebgp: 1,
            ibgp: 1,
            as_path_relax: false,
        }
    }
}

/// What a router does about graceful restart.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum GracefulRestart {
    /// All of it where true, nothing where false.
    Switch(bool),
    /// All of it, with these spans.
    On {
        /// Seconds that peers should wait.
        #[serde(default = "default_restart_time")]
        restart_time: u64,
        /// Seconds that stale routes are kept.
        #[serde(default = "default_stale_time")]
        stale_time: u64,
    },
}

fn default_restart_time() -> u64 {
    120
}
fn default_stale_time() -> u64 {
    360
}

/// A link of two routers.
#[derive(Debug, Clone, Deserialize)]
pub struct Link {
    /// Its name.
    pub id: String,
    /// The router at one end.
    pub a: String,
    /// The router at the other.
    pub b: String,
    /// The address of the one.
    pub addr_a: Ipv4Net,
    /// The address of the other.
    pub addr_b: Ipv4Net,
}

/// A session of two routers.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// Its name.
    pub id: String,
    /// The link that it runs over; none for one between loopbacks.
    pub link: Option<String>,
    /// One side.
    pub a: Side,
    /// The other.
    pub b: Side,
    /// Timers of both sides.
    #[serde(default)]
    pub timers: Timers,
    /// BFD beside it.
    pub bfd: Option<Bfd>,
    /// Whether it is meant to come up.
    #[serde(default = "yes")]
    pub expect_up: bool,
}

fn yes() -> bool {
    true
}

/// BFD beside a session.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Bfd {
    /// The interval of sending, in milliseconds.
    pub tx_ms: u64,
    /// The interval of receiving, in milliseconds.
    pub rx_ms: u64,
    /// After how many lost packets the path counts as broken.
    pub mult: u8,
}

/// The timers of a session, in seconds; what is not given is said elsewhere.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Timers {
    /// Between keepalives.
    pub keepalive: Option<u64>,
    /// The hold time.
    pub hold: Option<u64>,
    /// Between attempts to connect.
    pub connect_retry: Option<u64>,
    /// Between advertisements.
    pub mrai: Option<u64>,
}

impl Timers {
    /// These, and what they do not say from others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            keepalive: self.keepalive.or(others.keepalive),
            hold: self.hold.or(others.hold),
            connect_retry: self.connect_retry.or(others.connect_retry),
            mrai: self.mrai.or(others.mrai),
        }
    }
}

/// One side of a session.
#[derive(Debug, Clone, Deserialize)]
pub struct Side {
    /// Whose it is.
    pub node: String,
    /// Its address, where no link gives it.
    pub addr: Option<Ipv4Addr>,
    /// The AS that the peer is taken to be of, where that is not what the peer says.
    pub remote_as: Option<u32>,
    /// What is done to routes from the peer.
    pub import: Option<RuleList>,
    /// What is done to routes to the peer.
    pub export: Option<RuleList>,
    /// What is done where no rule of the import policy matches.
    pub import_default: Option<Decision>,
    /// What is done where no rule of the export policy matches.
    pub export_default: Option<Decision>,
    /// How many prefixes the peer may announce.
    pub max_prefix: Option<MaxPrefix>,
    /// The own address becomes the next hop.
    #[serde(default)]
    pub next_hop_self: bool,
    /// The peer is a client of the route reflector.
    #[serde(default)]
    pub rr_client: bool,
    /// How often the own AS may stand in a path.
    #[serde(default)]
    pub allowas_in: u8,
    /// The peer's AS in a path is replaced.
    #[serde(default)]
    pub as_override: bool,
    /// What becomes of private AS numbers.
    pub remove_private_as: Option<RemovePrivateAs>,
    /// The AS towards this peer.
    pub local_as: Option<u32>,
    /// That AS alone is seen.
    #[serde(default)]
    pub local_as_replace: bool,
    /// The peer is told a default route.
    #[serde(default)]
    pub default_originate: bool,
    /// Communities are told.
    #[serde(default = "yes")]
    pub send_community: bool,
    /// What came is kept as it came.
    #[serde(default)]
    pub soft_reconfig: bool,
    /// The weight of paths from the peer.
    #[serde(default)]
    pub weight: u32,
    /// The key of TCP's segments.
    pub password: Option<String>,
    /// How many hops away the peer may be.
    pub ttl_security: Option<u8>,
    /// This side only listens.
    #[serde(default)]
    pub passive: bool,
    /// This side does not want the session.
    #[serde(default)]
    pub shutdown: bool,
    /// OPEN says nothing of capabilities.
    #[serde(default)]
    pub no_capabilities: bool,
    /// Timers of this side.
    #[serde(default)]
    pub timers: Timers,
}

/// Permit or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It goes on.
    #[default]
    Permit,
    /// It ends.
    Deny,
}

/// How many prefixes a peer may announce.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct MaxPrefix {
    /// The limit.
    pub limit: u32,
    /// What happens beyond it.
    #[serde(default)]
    pub action: LimitAction,
    /// Minutes until the session starts again.
    #[serde(default = "one")]
    pub restart_min: u64,
}

fn one() -> u64 {
    1
}

/// What happens beyond a limit.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitAction {
    /// The session ends until somebody clears it.
    #[default]
    Idle,
    /// Nothing.
    Warn,
    /// The session ends for a while.
    Restart,
}

/// What becomes of private AS numbers.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum RemovePrivateAs {
    /// They go if there are no others.
    Switch(bool),
    /// `all`, or `all replace-AS`.
    Word(String),
}

/// An address for which the forwarding decision is asked.
#[derive(Debug, Clone, Deserialize)]
pub struct Probe {
    /// Where.
    pub node: String,
    /// The address.
    pub dst: Ipv4Addr,
}

/// Something that is done.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// The step's name.
    pub id: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// Seconds that the step lasts, exactly.
    pub wait_s: Option<f64>,
    /// Seconds that it lasts at least.
    #[serde(default)]
    pub min_wait: f64,
    /// Seconds that it lasts at most.
    pub max_wait: Option<f64>,
    /// Seconds without anything new after which it ends.
    pub quiet: Option<f64>,
    /// Whether it goes on until sessions that can be up are.
    #[serde(default = "yes")]
    pub need_up: bool,
    /// Whether the state at its end is wanted.
    #[serde(default = "yes")]
    pub dump: bool,
}

/// What is done.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum What {
    LinkDown {
        link: String,
    },
    LinkUp {
        link: String,
    },
    LinkBlackhole {
        link: String,
    },
    LinkRestore {
        link: String,
    },
    NodeSilent {
        node: String,
    },
    NodeRestore {
        node: String,
    },
    SessionShutdown {
        session: String,
        side: SideName,
    },
    SessionStart {
        session: String,
        side: SideName,
    },
    SessionClear {
        session: String,
        side: SideName,
        #[serde(default)]
        mode: ClearMode,
    },
    Announce {
        node: String,
        prefix: Prefixes,
        #[serde(flatten)]
        attributes: Said,
    },
    Withdraw {
        node: String,
        prefix: Prefixes,
    },
    SetPolicy {
        session: String,
        side: SideName,
        direction: Direction,
        rules: Option<RuleList>,
        #[serde(default)]
        default: Decision,
    },
    DaemonKill {
        node: String,
    },
    DaemonStop {
        node: String,
    },
    DaemonStart {
        node: String,
    },
    DaemonFreeze {
        node: String,
    },
    Wait {},
}

/// One of the two sides of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideName {
    /// The one named first.
    A,
    /// The other.
    B,
}

/// How a session is cleared.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearMode {
    /// It ends and begins anew.
    #[default]
    Hard,
    /// The import policy is applied again.
    SoftIn,
    /// Everything is sent again.
    SoftOut,
}

/// From the peer or to it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From it.
    Import,
    /// To it.
    Export,
}

/// One prefix or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Prefixes {
    /// One.
    One(Ipv4Net),
    /// Several.
    Many(Vec<Ipv4Net>),
}

impl Prefixes {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Ipv4Net] {
        match self {
            Self::One(prefix) => std::slice::from_ref(prefix),
            Self::Many(prefixes) => prefixes,
        }
    }
}

impl Case {
    /// A session by its name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn session(&self, id: &str) -> anyhow::Result<&Session> {
        let found = self.sessions.iter().find(|session| session.id == id);
        found.ok_or_else(|| anyhow::anyhow!("there is no session {id}"))
    }
}

impl Session {
    /// One of its sides.
    #[must_use]
    pub fn side(&self, name: SideName) -> &Side {
        match name {
            SideName::A => &self.a,
            SideName::B => &self.b,
        }
    }
}

impl SideName {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];
    /// The one across.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}
