//! IPsec tunnels of a router, and the BFD of its sessions.

use std::net::Ipv4Addr;

use crate::net::{MssClamp, Mtu};
use crate::proto::ike::certificate::{PrivateKey, Signing};
use crate::proto::ike::config::{Action, Encapsulation, Phase1Mode, Tries, Versions};
use crate::scenario::problem::{At, Place, Problems};
use crate::scenario::read::{Brief, Fields, InterfaceAddress, Need, Read, section, words};
use crate::scenario::syntax::Node;
use crate::units::{SimTime, Span};

/// A tunnel as one of its two gateways is told of it; the defaults are AWS's.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct TunnelText {
    pub(in crate::scenario) place: Place,
    /// The outer address of the peer.
    pub(in crate::scenario) to: Need<At<Ipv4Addr>>,
    /// The outer address of this end, or the link that it is on.
    pub(in crate::scenario) from: Option<At<String>>,
    pub(in crate::scenario) inside: Need<At<InterfaceAddress>>,
    /// What is protected on this side; everything where nothing is said.
    pub(in crate::scenario) local_selectors: Option<At<Vec<At<String>>>>,
    /// What is protected on the peer's side.
    pub(in crate::scenario) remote_selectors: Option<At<Vec<At<String>>>>,
    /// IPsec where nothing is said.
    pub(in crate::scenario) kind: Option<WrapText>,
    /// What the negotiated algorithms leave of Ethernet's where nothing is said.
    pub(in crate::scenario) mtu: Option<Mtu>,
    pub(in crate::scenario) mss_clamp: Option<MssClamp>,
    pub(in crate::scenario) terms: TermsText,
    pub(in crate::scenario) side: Side,
}

/// What a tunnel makes of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum WrapText {
    Ipsec,
    Gre,
}

/// Whose end of a tunnel something is: AWS takes less than other gateways can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Side {
    Customer,
    Aws,
    /// With NAT traversal in any case.
    AwsAccelerated,
}

impl Read for TunnelText {
    const EXPECTED: &'static str =
        "a tunnel `(to: \"203.0.113.1\", inside: \"169.254.10.2/30\", key: \"…\")`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let own = [
            "to",
            "from",
            "inside",
            "kind",
            "local_selectors",
            "remote_selectors",
            "mtu",
            "mss_clamp",
        ];
        let names: Vec<&str> = own.iter().chain(TermsText::FIELDS).copied().collect();
        let fields = Fields::named::<Self>(node, &names, problems)?;
        let (to, from) = (fields.read("to", problems), fields.read("from", problems));
        let inside = fields.read("inside", problems);
        let kind = fields.read("kind", problems);
        let local_selectors = fields.read("local_selectors", problems);
        let remote_selectors = fields.read("remote_selectors", problems);
        let (mtu, mss_clamp) = (fields.read("mtu", problems), fields.read("mss_clamp", problems));
        let terms = TermsText::from_fields(&fields, problems);
        Some(Self {
            local_selectors: local_selectors?,
            remote_selectors: remote_selectors?,
            place: node.place,
            to: to?,
            from: from?,
            inside: inside?,
            kind: kind?,
            mtu: mtu?,
            mss_clamp: mss_clamp?,
            terms: terms?,
            side: Side::Customer,
        })
    }
}

section! {
    /// What a gateway negotiates for a tunnel: all that may be otherwise while the lab runs.
    TermsText: "what a tunnel negotiates, such as `(key: \"…\")`" {
        key: Option<Need<At<String>>>,
        certificate: Option<Need<At<CertificateText>>>,
        version: Option<At<Versions>>,
        mode: Option<At<Phase1Mode>>,
        /// What phase 1 may use, preferred first.
        ike: Option<At<Vec<At<String>>>>,
        /// What phase 2 may use; a group in it asks for PFS.
        esp: Option<At<Vec<At<String>>>>,
        local_id: Option<At<String>>,
        remote_id: Option<At<String>>,
        lifetimes: Option<Brief<LifetimesText>>,
        /// The age at which the IKE SA is built anew with authentication.
        reauthentication: Option<At<Span>>,
        margin: Option<At<Span>>,
        /// In percent of the margin.
        fuzz: Option<At<u32>>,
        dpd: Option<DpdText>,
        replay_window: Option<At<u32>>,
        start: Option<At<StartText>>,
        tries: Option<At<Tries>>,
        encapsulation: Option<At<Encapsulation>>,
        retransmission: Option<At<RetransmissionText>>,
    }
}

section! {
    /// What a gateway shows of itself, and whose word it takes for others.
    CertificateText: "a certificate `(subject: \"CN=cgw-1.example.org\", issuer: \"CN=Example CA\")`" {
        subject: Need<At<String>>,
        /// Alternative names of the subject.
        names: Vec<At<String>>,
        issuer: Need<At<String>>,
        not_before: Option<At<SimTime>>,
        not_after: Option<At<SimTime>>,
        /// The authorities whose certificates are believed; the own issuer where nothing is said.
        trusts: Option<At<Vec<At<String>>>>,
        private_key: Option<PrivateKey>,
        signature: Option<Signing>,
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
        action: Option<At<DpdActionText>>,
    }
}

section! {
    RetransmissionText: "how an unanswered request is repeated `(timeout: \"4s\", base: 180, tries: 5)`" {
        timeout: Option<At<Span>>,
        /// In percent of the wait before.
        base: Option<At<u32>>,
        tries: Option<At<u32>>,
    }
}

section! {
    BfdText: "BFD `(interval: \"300ms\", multiplier: 3)`" {
        interval: Option<At<Span>>,
        multiplier: Option<At<u8>>,
        /// Whether a failure may be a restart of the peer, where graceful restart is agreed on.
        check_control_plane_failure: Option<bool>,
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
    /// Nothing follows, so that there is no need to ask.
    Nothing,
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
            Self::Clear | Self::Nothing => Action::Clear,
            Self::Trap => Action::Trap,
            Self::Restart => Action::Start,
        }
    }
}

words! {
    WrapText: "a kind of tunnel" { ipsec => Ipsec, gre => Gre, }
    Versions: "a version of IKE" { ikev1 => V1, ikev2 => V2, any => Both, }
    Phase1Mode: "a mode of phase 1" { main => Main, aggressive => Aggressive, }
    StartText: "what becomes of a tunnel at start" { start => Start, wait => Wait, trap => Trap, }
    DpdActionText: "what follows when the peer is dead" { clear => Clear, none => Nothing, trap => Trap, restart => Restart, }
    Tries: "how often a silent peer is called" { once => Once, forever => Forever, }
    Encapsulation: "when ESP goes in UDP" { when_nat_detected => WhenNatDetected, forced => Forced, }
    PrivateKey: "a private key beside a certificate" { matching => Matching, other => Other, }
    Signing: "a signature of a certificate's issuer" { valid => Valid, invalid => Invalid, }
}
