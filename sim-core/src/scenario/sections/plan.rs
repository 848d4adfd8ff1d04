//! The runbook and what the lab expects.

use ipnet::Ipv4Net;

use crate::migrate::mgn::{DataReplicationState, LifeCycleState, ReplicationError};
use crate::net::Mtu;
use crate::proto::bgp::rib::DecidedBy;
use crate::reason::Reason;
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Need, Read, choices, section};
use crate::scenario::syntax::{Kind, Node};
use crate::units::{SimTime, Span};

use super::change::CommandText;

/// Which servers: `all`, `wave("name")`, `application("name")`, or a list of names, in which `*`
/// stands for any characters.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum SelectionText {
    All,
    Wave(At<String>),
    Application(At<String>),
    Listed(Vec<At<String>>),
}

impl Read for SelectionText {
    const EXPECTED: &'static str =
        "servers: all, wave(\"name\"), application(\"name\") or names such as [\"app-*\"]";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(_) => At::<String>::read(node, problems).map(|name| Self::Listed(vec![name])),
            Kind::List(_) => Vec::read(node, problems).map(Self::Listed),
            _ => NamedSelection::read(node, problems).map(|named| match named {
                NamedSelection::All => Self::All,
                NamedSelection::Wave(name) => Self::Wave(name),
                NamedSelection::Application(name) => Self::Application(name),
            }),
        }
    }
}

choices! {
    NamedSelection: "servers: all, wave(\"name\"), application(\"name\") or names such as [\"app-*\"]" {
        all => All,
        wave => Wave(At<String>),
        application => Application(At<String>),
    }
}

section! {
    StepText: "a step of the runbook `(when: …, run: …)`" {
        at: Option<SimTime>,
        after: Option<At<String>>,
        when: Option<ConditionText>,
        delay: Option<Span>,
        run: Need<CommandText>,
    }
}

choices! {
    ConditionText: "a condition such as life_cycle(all, READY_FOR_TEST)" {
        life_cycle => LifeCycle(LifeCycleText),
        replication => Replication(ReplicationStateText),
        launched => Launched(At<SelectionText>),
        every => Every(Vec<ConditionText>),
    }
}

section! {
    LifeCycleText: "life_cycle(servers, state)" {
        servers: At<SelectionText>,
        state: LifeCycleState,
    }
}

section! {
    ReplicationStateText: "replication(servers, state)" {
        servers: At<SelectionText>,
        state: DataReplicationState,
    }
}

section! {
    ProbeText: "a probe `(from: \"app-1\", to: \"db\", port: 443)`" {
        from: Need<At<String>>,
        to: Need<At<String>>,
        port: Need<At<u16>>,
        every: Option<At<Span>>,
        timeout: Option<At<Span>>,
        after: Option<At<SimTime>>,
        /// Of the packets that it sends once it is connected, and of those that answer, in bytes.
        size: Option<Mtu>,
    }
}

choices! {
    ExpectText: "an expectation such as life_cycle(all, CUTOVER)" {
        life_cycle => LifeCycle(LifeCycleByText),
        initial_sync => InitialSync(InitialSyncText),
        no_stall => NoStall(NoStallText),
        lag_below => LagBelow(LagBelowText),
        runbook_done => RunbookDone,
        session_established => SessionEstablished(SessionByText),
        tunnel_up => TunnelUp(TunnelByText),
        route => Route(RouteViaText),
        no_route => NoRoute(NoRouteText),
        gateway_active => GatewayActive(GatewayActiveText),
        reaches => Reaches(ReachesText),
        cannot_reach => CannotReach(CannotReachText),
        goes_by => GoesBy(GoesByText),
        answered => Answered(At<String>),
        outage_below => OutageBelow(OutageBelowText),
    }
}

section! {
    GatewayActiveText: "gateway_active(gateway, router)" {
        gateway: At<String>,
        router: At<String>,
    }
}

choices! {
    OverText: "tcp(443), udp(53) or icmp" {
        tcp => Tcp(u16),
        udp => Udp(u16),
        icmp => Icmp,
    }
}

section! {
    ReachesText: "reaches(from, to, over, size)" {
        from: At<String>,
        to: At<String>,
        /// A ping where left out.
        over: Option<OverText>,
        /// Of packets that may not be cut, in bytes.
        size: Option<Mtu>,
    }
}

section! {
    CannotReachText: "cannot_reach(from, to, over, reason, size)" {
        from: At<String>,
        to: At<String>,
        over: OverText,
        reason: Reason,
        size: Option<Mtu>,
    }
}

section! {
    GoesByText: "goes_by(from, to, what, over)" {
        from: At<String>,
        to: At<String>,
        /// A link, router, virtual interface, attachment or peering.
        by: At<String>,
        /// A ping where left out.
        over: Option<OverText>,
    }
}

section! {
    OutageBelowText: "outage_below(probe, bound)" {
        probe: At<String>,
        bound: Span,
    }
}

section! {
    SessionByText: "session_established(session, by)" {
        session: At<String>,
        by: Option<At<SimTime>>,
    }
}

section! {
    TunnelByText: "tunnel_up(tunnel, by)" {
        tunnel: At<String>,
        by: Option<At<SimTime>>,
    }
}

section! {
    RouteViaText: "route(router, prefix, via, decided_by)" {
        router: At<String>,
        prefix: Ipv4Net,
        via: Option<At<String>>,
        decided_by: Option<DecidedBy>,
    }
}

section! {
    NoRouteText: "no_route(router, prefix)" {
        router: At<String>,
        prefix: Ipv4Net,
    }
}

section! {
    LifeCycleByText: "life_cycle(servers, state, by)" {
        servers: At<SelectionText>,
        state: LifeCycleState,
        by: Option<At<SimTime>>,
    }
}

section! {
    InitialSyncText: "initial_sync(servers, by)" {
        servers: At<SelectionText>,
        by: At<SimTime>,
    }
}

section! {
    NoStallText: "no_stall(servers, error)" {
        servers: At<SelectionText>,
        error: Option<ReplicationError>,
    }
}

section! {
    LagBelowText: "lag_below(servers, bound)" {
        servers: At<SelectionText>,
        bound: Span,
    }
}
