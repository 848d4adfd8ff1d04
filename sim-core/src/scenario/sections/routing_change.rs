//! Changes of routers, links and BGP sessions, as they are typed.

use ipnet::Ipv4Net;

use crate::net::{MssClamp, Mtu};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Brief, Read, choices, section, wrong_type};
use crate::scenario::syntax::{Kind, Node};
use crate::site::{AdminState, Carrier, End, IcmpErrors, Passage, Provisioning, Running};
use crate::units::{BitRate, Ppm, Span};

use super::change::Of;
use super::firewall::PassRuleText;
use super::policy::PolicyText;
use super::router::{AnnounceText, StaticRouteText};
use super::tunnel::TermsText;

choices! {
    /// A change of routers, links, segments and sessions.
    RoutingText: "a change such as link_state(\"name\", down)" {
        link_state => LinkState(Of<Carrier>),
        link_passage => LinkPassage(PassageText),
        link_delay => LinkDelay(Of<Span>),
        link_flapping => LinkFlapping(Of<Span>),
        link_jitter => LinkJitter(Of<Span>),
        link_rate => LinkRate(Of<At<BitRate>>),
        link_loss => LinkLoss(Of<Ppm>),
        provisioning => Provisioning(Of<Provisioning>),
        session_key => SessionKey(Of<At<KeyText>>),
        session_remote_as => SessionRemoteAs(Of<At<u32>>),
        interface_state => InterfaceState(Of<AdminState>),
        router_power => RouterPower(Of<Running>),
        set_static_route => SetStaticRoute(Of<Brief<StaticRouteText>>),
        remove_static_route => RemoveStaticRoute(Of<Ipv4Net>),
        session => Session(Of<SessionWord>),
        import_policy => ImportPolicy(Of<PolicyOrNone>),
        export_policy => ExportPolicy(Of<PolicyOrNone>),
        announce => Announce(Of<AnnounceText>),
        withdraw => Withdraw(Of<Vec<Ipv4Net>>),
        bgp_process => BgpProcess(Of<ProcessWord>),
        tunnel => Tunnel(Of<TunnelWord>),
        configure_tunnel => ConfigureTunnel(Box<Of<At<TermsText>>>),
        ike_process => IkeProcess(Of<IkeWord>),
        add_router_rule => AddRouterRule(Of<PassRuleText>),
        remove_router_rule => RemoveRouterRule(Of<PassRuleText>),
        igp_cost => IgpCost(Of<At<u16>>),
        failover_test => FailoverTest(FailoverTestText),
        stop_failover_test => StopFailoverTest(At<String>),
        replace_endpoint => ReplaceEndpoint(At<String>),
        segment_state => SegmentState(Of<Carrier>),
        segment_delay => SegmentDelay(Of<Span>),
        segment_rate => SegmentRate(Of<At<BitRate>>),
        link_mtu => LinkMtu(Of<Mtu>),
        segment_mtu => SegmentMtu(Of<Mtu>),
        interface_mtu => InterfaceMtu(Of<Mtu>),
        mss_clamp => MssClamp(Of<MssClamp>),
        icmp_errors => IcmpErrors(Of<IcmpErrors>),
        session_timers => SessionTimers(Of<SessionTimersText>),
        bfd_timers => BfdTimers(Of<BfdTimersText>),
        prepend => Prepend(Of<At<u8>>),
    }
}

section! {
    SessionTimersText: "timers `(hold: \"90s\", keepalive: \"30s\")`" {
        hold: Option<At<Span>>,
        /// A third of the hold time where that is said and this is not.
        keepalive: Option<At<Span>>,
    }
}

section! {
    BfdTimersText: "BFD's timers `(interval: \"300ms\", multiplier: 3)`" {
        interval: Option<At<Span>>,
        multiplier: Option<At<u8>>,
    }
}

section! {
    PassageText: "a direction of a link and what becomes of packets: `(\"name\", a, blocked)`" {
        link: At<String>,
        from: End,
        passage: Passage,
    }
}

section! {
    FailoverTestText: "a virtual interface and for how long: `(\"name\", \"3h\")`" {
        interface: At<String>,
        lasts: Option<At<Span>>,
    }
}

/// What an operator does to a session.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) enum SessionWord {
    Shutdown,
    Start,
    Reset,
    SoftIn,
    SoftOut,
}

/// What an operator does to a tunnel.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) enum TunnelWord {
    Up,
    Down,
    Reset,
    Rekey,
    RekeyPhase1,
}

/// What becomes of a gateway's IKE.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) enum IkeWord {
    Crash,
    Start,
}

/// What becomes of a BGP process.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) enum ProcessWord {
    Stop,
    Start,
    Freeze,
    Thaw,
    Terminate,
}

/// A BGP session's key: another, none, or its own.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum KeyText {
    Own,
    None,
    Other(String),
}

impl Read for KeyText {
    const EXPECTED: &'static str = "a key in quotes, none, or own";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Word(word) if word == "none" => Some(Self::None),
            Kind::Word(word) if word == "own" => Some(Self::Own),
            Kind::Word(_) => wrong_type(node, problems),
            _ => String::read(node, problems).map(Self::Other),
        }
    }
}

/// Another policy, or none.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum PolicyOrNone {
    Some(PolicyText),
    None,
}

impl Read for PolicyOrNone {
    const EXPECTED: &'static str = "the name of a policy, a list of rules, or none";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Word(word) if word == "none" => Some(Self::None),
            Kind::Word(_) => wrong_type(node, problems),
            _ => PolicyText::read(node, problems).map(Self::Some),
        }
    }
}
