//! A router's firewall, and whom it hides.

use ipnet::Ipv4Net;

use crate::net::{PortRange, Protocol};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Read, choices, section, wrong_type};
use crate::scenario::syntax::{Kind, Node};
use crate::site::FirewallAction;

choices! {
    /// A protocol that a router forwards, or every one.
    PassProtocolText: "a protocol: tcp, udp, icmp, esp or any" {
        tcp => Tcp,
        udp => Udp,
        icmp => Icmp,
        esp => Esp,
        any => Any,
    }
}

impl PassProtocolText {
    pub(in crate::scenario) const fn meant(&self) -> Option<Protocol> {
        match self {
            Self::Tcp => Some(Protocol::Tcp),
            Self::Udp => Some(Protocol::Udp),
            Self::Icmp => Some(Protocol::Icmp),
            Self::Esp => Some(Protocol::Esp),
            Self::Any => None,
        }
    }
}

section! {
    PassRuleText: "a rule of a router's firewall `(from: \"servers\", action: allow, protocol: tcp, ports: \"443\")`" {
        action: FirewallAction,
        /// By which link, segment or tunnel packets come in.
        from: Option<At<String>>,
        /// By which they leave.
        to: Option<At<String>>,
        protocol: PassProtocolText,
        ports: PortRange,
        source: Option<Ipv4Net>,
        destination: Option<Ipv4Net>,
    }
}

/// Whom a router hides: all that leaves by a link or segment, or those of a prefix.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct SourceNatText(pub(in crate::scenario) HiddenText);

section! {
    HiddenText: "a source NAT `(to: \"wan\", source: \"192.168.0.0/16\")`" {
        to: At<String>,
        source: Option<Ipv4Net>,
    }
}

impl Read for SourceNatText {
    const EXPECTED: &'static str =
        "the link by which packets leave, or (to: \"wan\", source: \"192.168.0.0/16\")";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(_) => At::read(node, problems).map(|to| Self(HiddenText { to, source: None })),
            Kind::Group { name: None, .. } => HiddenText::read_payload(node, problems).map(Self),
            _ => wrong_type(node, problems),
        }
    }
}
