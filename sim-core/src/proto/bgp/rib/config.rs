//! What a router and its sessions were told to do with routes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::proto::bgp::attribute::{Asn, RouterId};
use crate::proto::bgp::policy::Policy;
use crate::units::Span;

/// What holds for the whole router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Its AS.
    pub asn: Asn,
    /// Its identifier.
    pub id: RouterId,
    /// The cluster that it reflects for (RFC 4456 §8); usually its identifier.
    pub cluster_id: Ipv4Addr,
    /// How it decides.
    pub options: Options,
    /// The prefixes that it sums up.
    pub aggregates: Vec<AggregateConfig>,
}

impl Config {
    /// A router without options or aggregates.
    #[must_use]
    pub fn new(asn: Asn, id: RouterId) -> Self {
        let (options, aggregates) = (Options::default(), Vec::new());
        Self {
            asn,
            id,
            cluster_id: id.0,
            options,
            aggregates,
        }
    }
}

/// The choices that a router leaves to its operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Equal eBGP paths are decided by router identifier; otherwise the one in use stays.
    pub compare_router_id: bool,
    /// MED is compared between paths of different neighbour AS too.
    pub always_compare_med: bool,
    /// Paths are first compared within each neighbour AS, so that the order of arrival has no say.
    pub deterministic_med: bool,
    /// A missing MED counts as 4294967295, not as 0.
    pub missing_med_worst: bool,
    /// No policy on an eBGP session lets nothing in and nothing out (RFC 8212).
    pub ebgp_requires_policy: bool,
    /// A path that eBGP brings with GRACEFUL_SHUTDOWN gets LOCAL_PREF 0 (RFC 8326 §4.3).
    pub honour_graceful_shutdown: bool,
    /// How many paths are used at once.
    pub multipath: Multipath,
    /// How long changes are gathered before peers are told, so that of many only the last is; none tells at once.
    /// Zero gathers what happens at one instant.
    pub coalesce: Option<Span>,
    /// The LOCAL_PREF of a path that has none.
    pub default_local_pref: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compare_router_id: true,
            always_compare_med: false,
            deterministic_med: true,
            missing_med_worst: false,
            ebgp_requires_policy: false,
            honour_graceful_shutdown: true,
            multipath: Multipath::default(),
            coalesce: None,
            default_local_pref: 100,
        }
    }
}

/// How many paths to one prefix are used at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Multipath {
    /// The limit where the best path came by eBGP.
    pub ebgp: u16,
    /// The limit where the best path came by iBGP.
    pub ibgp: u16,
    /// Paths of equal length may be combined whatever the AS numbers in them.
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

/// A prefix that is announced while there is something within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AggregateConfig {
    /// The aggregate.
    pub prefix: Ipv4Net,
    /// What lies within it is not announced.
    #[serde(default)]
    pub summary_only: bool,
    /// It carries the AS numbers and communities of what lies within it.
    #[serde(default)]
    pub as_set: bool,
}

/// What holds for one session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerConfig {
    /// What is done to routes from the peer; none where no policy is attached.
    pub import: Option<Arc<Policy>>,
    /// What is done to routes to the peer; none where no policy is attached.
    pub export: Option<Arc<Policy>>,
    /// How many prefixes it may announce.
    pub max_prefix: Option<MaxPrefix>,
    /// The own address is announced as next hop, on iBGP too, but not for reflected routes.
    pub next_hop_self: bool,
    /// The peer is a client of this route reflector (RFC 4456).
    pub rr_client: bool,
    /// How often the own AS may stand in a path from the peer.
    pub allowas_in: u8,
    /// The peer's AS in a path is replaced by the own one.
    pub as_override: bool,
    /// What becomes of private AS numbers on the way to the peer.
    pub remove_private_as: RemovePrivateAs,
    /// The AS that this router is towards the peer, where not its own.
    pub local_as: Option<LocalAs>,
    /// The peer is told a default route, whether there is one or not.
    pub default_originate: bool,
    /// Communities are not told to the peer.
    pub strip_communities: bool,
    /// What the peer announced is kept as it came, so that a new import policy needs no refresh.
    pub soft_reconfig: bool,
    /// The weight of paths from the peer.
    pub weight: u32,
    /// The time between two sendings of announcements to the peer (RFC 4271 §9.2.1.1); zero sends at once.
    pub mrai: Span,
    /// The peer is not on the same link, so its next hops need not be either.
    pub multihop: bool,
}

/// How many prefixes a peer may announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MaxPrefix {
    /// The limit.
    pub limit: u32,
    /// When it is reached.
    pub counting: LimitCounting,
    /// What happens beyond it.
    pub action: LimitAction,
}

/// When a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitCounting {
    /// It is looked at before a prefix is added, so that one more is accepted: what FRR does.
    #[default]
    BeforeAdding,
    /// With the first prefix too many.
    Exact,
}

impl MaxPrefix {
    /// How many prefixes are accepted.
    pub(super) const fn accepted(&self) -> u32 {
        match self.counting {
            LimitCounting::BeforeAdding => self.limit.saturating_add(1),
            LimitCounting::Exact => self.limit,
        }
    }
}

/// What a router does to a peer that announces too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitAction {
    /// It only says so.
    Warn,
    /// It ends the session until an operator clears it.
    Idle,
    /// It ends the session for this long.
    Restart(Span),
}

/// What becomes of private AS numbers (RFC 6996) in a path that is announced by eBGP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovePrivateAs {
    /// They stay.
    #[default]
    Keep,
    /// They go if the path holds no others.
    IfAllPrivate,
    /// They go.
    All,
    /// The own AS takes their place if the path holds no others.
    ReplaceIfAllPrivate,
    /// The own AS takes their place.
    ReplaceAll,
}

/// Another AS towards one peer, while a network is renumbered (RFC 7705).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalAs {
    /// The AS that the peer sees.
    pub asn: Asn,
    /// It alone stands in paths to the peer, and is not put into paths from it (`no-prepend replace-as`).
    #[serde(default)]
    pub replace: bool,
}
