//! Routers, the links between them, and their BGP sessions.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::quota;
use crate::net::Mtu;
use crate::proto::bgp::rib::{LimitCounting, RemovePrivateAs};
use crate::proto::bgp::session::{GracefulRestartMode, ZeroHold};
use crate::proto::bgp::{Community, Origin};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{
    Brief, Entries, InterfaceAddress, Need, Read, choices, section, words, wrong_type,
};
use crate::scenario::syntax::{Kind, Node};
use crate::site::{Carrier, IcmpErrors};
use crate::units::{BitRate, Ppm, Span};

use super::firewall::{PassRuleText, SourceNatText};
use super::policy::PolicyText;
use super::segment::AttachedText;
use super::tunnel::{BfdText, TunnelText};

section! {
    /// A link between two routers.
    LinkText: "a link `(a: (\"router\", \"169.254.0.1/30\"), b: (\"router\", \"169.254.0.2/30\"))`" {
        a: Need<Brief<EndText>>,
        b: Need<Brief<EndText>>,
        delay: Option<Span>,
        jitter: Option<Span>,
        rate: Option<At<BitRate>>,
        loss: Option<Ppm>,
        state: Option<Carrier>,
        mtu: Option<Mtu>,
        /// Of a step over it in the interior routing, either way.
        cost: Option<At<u16>>,
    }
}

section! {
    EndText: "an end of a link `(\"router\", \"169.254.0.1/30\")`" {
        router: At<String>,
        address: At<InterfaceAddress>,
    }
}

section! {
    RouterText: "a router `(asn: 65001, neighbors: {…})`" {
        asn: Option<At<u32>>,
        /// The highest loopback address where left out, else the highest of an interface.
        router_id: Option<At<Ipv4Addr>>,
        loopbacks: Vec<At<Ipv4Addr>>,
        /// Its interfaces on segments, by segment.
        segments: Entries<Brief<AttachedText>>,
        igp: Option<IgpText>,
        static_routes: Vec<Brief<StaticRouteText>>,
        /// Nothing is filtered where left out; what no rule of a list matches is dropped.
        firewall: Option<Vec<PassRuleText>>,
        nat: Vec<SourceNatText>,
        icmp_errors: Option<IcmpErrors>,
        announce: Vec<AnnounceText>,
        aggregates: Vec<AggregateText>,
        bgp: Option<BgpText>,
        tunnels: Entries<TunnelText>,
        neighbors: Entries<NeighborText>,
    }
}

/// The interior routing that a router takes part in: its area alone, or with more.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct IgpText(pub(in crate::scenario) AreaText);

section! {
    AreaText: "an IGP `(area: \"dc\", convergence: \"500ms\", announce: [\"0.0.0.0/0\"])`" {
        area: At<String>,
        convergence: Option<At<Span>>,
        announce: Vec<At<Ipv4Net>>,
    }
}

impl Read for IgpText {
    const EXPECTED: &'static str =
        "the name of an area, or (area: \"dc\", convergence: \"500ms\", announce: […])";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(_) => At::read(node, problems).map(|area| {
                Self(AreaText {
                    area,
                    convergence: None,
                    announce: Vec::new(),
                })
            }),
            Kind::Group { name: None, .. } => AreaText::read_payload(node, problems).map(Self),
            _ => wrong_type(node, problems),
        }
    }
}

section! {
    StaticRouteText: "a static route `(\"10.0.0.0/8\", \"169.254.0.2\")`" {
        prefix: At<Ipv4Net>,
        via: ViaText,
        metric: Option<u32>,
    }
}

/// Where a static route leads: an address, or `discard`.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum ViaText {
    Address(At<Ipv4Addr>),
    Discard,
}

impl Read for ViaText {
    const EXPECTED: &'static str = "the address of the next hop in quotes, or discard";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(_) => At::read(node, problems).map(Self::Address),
            Kind::Word(word) if word == "discard" => Some(Self::Discard),
            _ => wrong_type(node, problems),
        }
    }
}

/// A prefix alone, or with what is said of it.
fn prefix_or<T: Read, F: Read>(
    node: &Node,
    problems: &mut Problems,
    alone: impl FnOnce(At<Ipv4Net>) -> T,
    wrap: impl FnOnce(F) -> T,
) -> Option<T> {
    match &node.kind {
        Kind::Text(_) => At::read(node, problems).map(alone),
        Kind::Group { name: None, .. } => F::read_payload(node, problems).map(wrap),
        _ => wrong_type::<T>(node, problems),
    }
}

/// A prefix that a router announces as its own.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct AnnounceText(pub(in crate::scenario) OriginationText);

section! {
    OriginationText: "a prefix to announce `(prefix: \"10.1.0.0/16\", med: 50)`" {
        prefix: At<Ipv4Net>,
        med: Option<u32>,
        origin: Option<Origin>,
        communities: Vec<Community>,
        /// AS numbers that stand in its AS_PATH already.
        prepend: Vec<u32>,
    }
}

impl Read for AnnounceText {
    const EXPECTED: &'static str =
        "a prefix such as \"10.1.0.0/16\", or (prefix: …, med: …, communities: […])";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let alone = |prefix| {
            Self(OriginationText {
                prefix,
                med: None,
                origin: None,
                communities: Vec::new(),
                prepend: Vec::new(),
            })
        };
        prefix_or(node, problems, alone, Self)
    }
}

/// A prefix that stands for what lies within it.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct AggregateText(pub(in crate::scenario) SummaryText);

section! {
    SummaryText: "an aggregate `(prefix: \"10.0.0.0/8\", summary_only: true)`" {
        prefix: At<Ipv4Net>,
        summary_only: Option<bool>,
        as_set: Option<bool>,
    }
}

impl Read for AggregateText {
    const EXPECTED: &'static str = "a prefix such as \"10.0.0.0/8\", or (prefix: …, summary_only: true)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let alone = |prefix| {
            Self(SummaryText {
                prefix,
                summary_only: None,
                as_set: None,
            })
        };
        prefix_or(node, problems, alone, Self)
    }
}

section! {
    /// What a router's operator may choose; the defaults are FRR's.
    BgpText: "options of BGP `(always_compare_med: true, multipath: (ebgp: 2))`" {
        compare_router_id: Option<bool>,
        always_compare_med: Option<bool>,
        deterministic_med: Option<bool>,
        missing_med_worst: Option<bool>,
        requires_policy: Option<bool>,
        honour_graceful_shutdown: Option<bool>,
        default_local_pref: Option<u32>,
        multipath: Option<MultipathText>,
        cluster_id: Option<Ipv4Addr>,
    }
}

section! {
    MultipathText: "how many paths are used at once `(ebgp: 2, ibgp: 2)`" {
        ebgp: Option<At<u16>>,
        ibgp: Option<At<u16>>,
        as_path_relax: Option<bool>,
    }
}

section! {
    /// A BGP session, as one of its two ends is told of it.
    NeighborText: "a neighbor `(link: \"name\", remote_as: 64512)`" {
        remote_as: Need<At<u32>>,
        /// Where the peer is at the other end of a link.
        link: Option<At<String>>,
        /// Where it is at the other end of a tunnel.
        tunnel: Option<At<String>>,
        /// Where it is not, or to say it in numbers.
        address: Option<At<Ipv4Addr>>,
        /// The address of this end; that of the interface towards the peer, else the first loopback.
        source: Option<At<Ipv4Addr>>,
        /// How many hops away an eBGP peer may be.
        multihop: Option<At<u8>>,
        ttl_security: Option<At<u8>>,
        password: Option<At<String>>,
        passive: Option<bool>,
        shutdown: Option<bool>,
        timers: Option<TimersText>,
        fast_failover: Option<bool>,
        bfd: Option<BfdText>,
        graceful_restart: Option<GracefulRestartText>,
        capabilities: Option<At<CapabilitiesText>>,
        local_as: Option<LocalAsText>,
        import: Option<PolicyText>,
        export: Option<PolicyText>,
        weight: Option<u32>,
        next_hop_self: Option<bool>,
        route_reflector_client: Option<At<bool>>,
        default_originate: Option<bool>,
        allowas_in: Option<u8>,
        as_override: Option<bool>,
        remove_private_as: Option<RemovePrivateAs>,
        send_community: Option<bool>,
        soft_reconfiguration: Option<bool>,
        advertisement_interval: Option<At<Span>>,
        max_prefix: Option<MaxPrefixText>,
    }
}

section! {
    TimersText: "timers `(hold: \"90s\", keepalive: \"30s\")`" {
        hold: Option<At<Span>>,
        /// A third of the hold time where left out.
        keepalive: Option<At<Span>>,
        connect_retry: Option<At<Span>>,
        delay_open: Option<At<Span>>,
        minimum_hold: Option<At<Span>>,
        zero_hold: Option<ZeroHold>,
        idle_hold: Option<IdleHoldText>,
        /// In percent, by which a timer may be shorter than it is set.
        jitter: Option<At<u32>>,
    }
}

/// How long a session rests before it starts again: a time, or with how that grows (DampPeerOscillations).
#[derive(Debug, Clone)]
pub(in crate::scenario) struct IdleHoldText(pub(in crate::scenario) RestText);

section! {
    RestText: "a rest `(initial: \"1s\", longest: \"1m\", forget_after: \"30s\")`" {
        initial: Option<At<Span>>,
        longest: Option<At<Span>>,
        forget_after: Option<At<Span>>,
    }
}

impl Read for IdleHoldText {
    const EXPECTED: &'static str = "a time, or (initial: \"1s\", longest: \"1m\", forget_after: \"30s\")";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Group { name: None, .. } = &node.kind {
            return RestText::read_payload(node, problems).map(Self);
        }
        let initial = Some(At::read(node, problems)?);
        Some(Self(RestText {
            initial,
            ..RestText::empty()?
        }))
    }
}

/// Another AS towards one peer: a number, or with what becomes of the router's own.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct LocalAsText(pub(in crate::scenario) OtherAsText);

section! {
    OtherAsText: "a local AS `(asn: 65010, replace: true)`" {
        asn: At<u32>,
        replace: Option<bool>,
    }
}

impl Read for LocalAsText {
    const EXPECTED: &'static str = "an AS number, or (asn: 65010, replace: true)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Number(_) => At::read(node, problems).map(|asn| Self(OtherAsText { asn, replace: None })),
            Kind::Group { name: None, .. } => OtherAsText::read_payload(node, problems).map(Self),
            _ => wrong_type(node, problems),
        }
    }
}

/// What is done about graceful restart: a mode, or with times.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct GracefulRestartText(pub(in crate::scenario) RestartText);

section! {
    RestartText: "graceful restart `(mode: full, restart_time: \"2m\", stale_time: \"6m\")`" {
        mode: Option<At<GracefulRestartMode>>,
        restart_time: Option<At<Span>>,
        stale_time: Option<At<Span>>,
    }
}

impl Read for GracefulRestartText {
    const EXPECTED: &'static str = "off, helper, full, or (mode: full, restart_time: \"2m\")";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Group { name: None, .. } = &node.kind {
            return RestartText::read_payload(node, problems).map(Self);
        }
        let mode = Some(At::read(node, problems)?);
        Some(Self(RestartText {
            mode,
            ..RestartText::empty()?
        }))
    }
}

/// What OPEN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum CapabilitiesText {
    /// What routers offer.
    All,
    /// Nothing: a router that knows AS numbers of two octets only.
    None,
}

/// How many prefixes a peer may announce: a number, or with what follows.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct MaxPrefixText(pub(in crate::scenario) LimitText);

section! {
    LimitText: "a prefix limit `(limit: 100, action: warn)`" {
        limit: At<u32>,
        action: Option<LimitActionText>,
        counting: Option<LimitCounting>,
    }
}

impl LimitText {
    /// The limit of one of AWS's ends.
    pub(in crate::scenario) fn of_aws(limit: At<u32>) -> Self {
        let (value, place) = (quota::REST_OVER_LIMIT, limit.place);
        Self {
            limit,
            action: Some(LimitActionText::Restart(At { value, place })),
            counting: Some(LimitCounting::Exact),
        }
    }
}

choices! {
    LimitActionText: "what follows: warn, idle or restart(\"5m\")" {
        warn => Warn,
        idle => Idle,
        restart => Restart(At<Span>),
    }
}

impl Read for MaxPrefixText {
    const EXPECTED: &'static str = "a number of prefixes, or (limit: 100, action: warn)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Number(_) => At::read(node, problems).map(|limit| {
                Self(LimitText {
                    limit,
                    action: None,
                    counting: None,
                })
            }),
            Kind::Group { name: None, .. } => LimitText::read_payload(node, problems).map(Self),
            _ => wrong_type(node, problems),
        }
    }
}

words! {
    LimitCounting: "when a prefix limit is reached" { before_adding => BeforeAdding, exact => Exact, }
    IcmpErrors: "whether senders are told of packets that are too large" { on => On, off => Off, }
}
