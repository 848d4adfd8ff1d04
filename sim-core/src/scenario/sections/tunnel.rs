//! IPsec tunnels of a router, and the BFD of its sessions.

use std::net::Ipv4Addr;

use crate::proto::ike::config::{Action, Phase1Mode, Tries, Versions};
use crate::scenario::problem::At;
use crate::scenario::read::{Brief, InterfaceAddress, Need, section, words};
use crate::units::Span;

section! {
    /// A tunnel as one of its two gateways is told of it; the defaults are AWS's.
    TunnelText: "a tunnel `(to: \"203.0.113.1\", inside: \"169.254.10.2/30\", key: \"…\")`" {
        /// The outer address of the peer.
        to: Need<At<Ipv4Addr>>,
        /// The outer address of this end, or the link that it is on.
        from: Option<At<String>>,
        inside: Need<At<InterfaceAddress>>,
        key: Need<At<String>>,
        version: Option<Versions>,
        mode: Option<Phase1Mode>,
        /// What phase 1 may use, preferred first.
        ike: Option<At<Vec<At<String>>>>,
        /// What phase 2 may use; a group in it asks for PFS.
        esp: Option<At<Vec<At<String>>>>,
        local_id: Option<At<String>>,
        remote_id: Option<At<String>>,
        lifetimes: Option<Brief<LifetimesText>>,
        margin: Option<At<Span>>,
        /// In percent of the margin.
        fuzz: Option<At<u32>>,
        dpd: Option<DpdText>,
        replay_window: Option<At<u32>>,
        start: Option<StartText>,
        tries: Option<Tries>,
    }
}

section! {
    /// The lifetimes of the two phases.
    LifetimesText: "the lifetimes of phase 1 and 2 `(\"8h\", \"1h\")`" {
        ike: At<Span>,
        esp: At<Span>,
    }
}

section! {
    DpdText: "dead peer detection `(delay: \"10s\", timeout: \"30s\", action: restart)`" {
        delay: Option<At<Span>>,
        timeout: Option<At<Span>>,
        action: Option<DpdActionText>,
    }
}

section! {
    BfdText: "BFD `(interval: \"300ms\", multiplier: 3)`" {
        interval: Option<At<Span>>,
        multiplier: Option<At<u8>>,
    }
}

/// What a gateway does with a tunnel when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum StartText {
    Start,
    Wait,
    Trap,
}

/// What a gateway does when it finds the peer dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum DpdActionText {
    Clear,
    Trap,
    Restart,
}

impl StartText {
    pub(in crate::scenario) const fn action(self) -> Action {
        match self {
            Self::Start => Action::Start,
            Self::Wait => Action::Clear,
            Self::Trap => Action::Trap,
        }
    }
}

impl DpdActionText {
    pub(in crate::scenario) const fn action(self) -> Action {
        match self {
            Self::Clear => Action::Clear,
            Self::Trap => Action::Trap,
            Self::Restart => Action::Start,
        }
    }
}

words! {
    Versions: "a version of IKE" { ikev1 => V1, ikev2 => V2, any => Both, }
    Phase1Mode: "a mode of phase 1" { main => Main, aggressive => Aggressive, }
    StartText: "what becomes of a tunnel at start" { start => Start, wait => Wait, trap => Trap, }
    DpdActionText: "what follows when the peer is dead" { clear => Clear, trap => Trap, restart => Restart, }
    Tries: "how often a silent peer is called" { once => Once, forever => Forever, }
}
