//! A case as it is written, and the two gateways that it describes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context;
use serde::Deserialize;
use sim_core::proto::ike::config::{
    Action, Authentication, Encapsulation, Lifetime, Phase1Mode, Preference, Retransmission, Tries, Versions,
};
use sim_core::proto::ike::default_proposal;
use sim_core::proto::ike::identity::Identity;
use sim_core::proto::ike::proposal::{Proposal, Protocol};
use sim_core::proto::ike::selector::{Selector, WrittenSelector};
use sim_core::proto::ike::{Child, Connection};
use sim_core::units::Span;

/// A case, without what came of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Who begins.
    pub initiator: Gateway,
    /// Who is asked.
    pub responder: Gateway,
    /// What happens after the first child was asked for.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Seconds after which the first attempt counts as failed.
    #[serde(default = "twelve")]
    pub timeout: f64,
    /// Whether nothing arrives from the beginning.
    #[serde(default)]
    pub peer_unreachable: bool,
    /// Seconds that the first step lasts after success or failure.
    #[serde(default = "one")]
    pub wait_s: f64,
}

fn one() -> f64 {
    1.0
}
fn twelve() -> f64 {
    12.0
}

/// Something that is done or happens.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// The step's name.
    pub id: String,
    /// What.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// By which side.
    #[serde(default)]
    pub side: Side,
    /// To which child.
    #[serde(default = "net")]
    pub child: String,
    /// Seconds that the step lasts.
    #[serde(default = "one")]
    pub wait_s: f64,
    /// Seconds after which an attempt counts as failed.
    #[serde(default = "twelve")]
    pub timeout: f64,
}

fn net() -> String {
    "net".to_owned()
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Initiate,
    RekeyChild,
    RekeyIke,
    TerminateChild,
    TerminateIke,
    PeerSilent,
    PeerBack,
    ResponderKill,
    ResponderRestart,
    Wait,
}

/// One of the two gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who begins.
    #[default]
    Initiator,
    /// Who is asked.
    Responder,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Initiator, Self::Responder];
    /// Its name in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        }
    }
    /// The other.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
    /// Its address.
    #[must_use]
    pub const fn address(self) -> Ipv4Addr {
        match self {
            Self::Initiator => Ipv4Addr::new(192, 0, 2, 1),
            Self::Responder => Ipv4Addr::new(192, 0, 2, 2),
        }
    }
    const fn network(self) -> &'static str {
        match self {
            Self::Initiator => "10.1.0.0/16",
            Self::Responder => "10.2.0.0/16",
        }
    }
}

/// How a gateway is configured.
#[derive(Debug, Clone, Deserialize)]
pub struct Gateway {
    #[serde(default)]
    pub version: u8,
    pub ike: Vec<String>,
    pub esp: Vec<String>,
    #[serde(default = "key")]
    pub psk: String,
    pub local_id: Option<String>,
    pub remote_id: Option<String>,
    pub aggressive: Option<String>,
    pub rekey_time: Option<String>,
    pub reauth_time: Option<String>,
    pub over_time: Option<String>,
    pub rand_time: Option<String>,
    pub dpd_delay: Option<String>,
    pub dpd_timeout: Option<String>,
    #[serde(default)]
    pub children: Vec<GatewayChild>,
    #[serde(default)]
    pub daemon: DaemonOptions,
}

fn key() -> String {
    "the same on both sides".to_owned()
}

/// A child of a gateway's connection.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct GatewayChild {
    pub name: String,
    pub local_ts: Option<Vec<String>>,
    pub remote_ts: Option<Vec<String>>,
    pub esp: Option<Vec<String>>,
    pub rekey_time: Option<String>,
    pub life_time: Option<String>,
    pub rand_time: Option<String>,
    pub dpd_action: Option<String>,
    pub close_action: Option<String>,
    pub start_action: Option<String>,
}

/// Options of the daemon as a whole.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct DaemonOptions {
    pub retransmit_timeout: Option<f64>,
    pub retransmit_base: Option<f64>,
    pub retransmit_tries: Option<u32>,
    pub i_dont_care_about_security_and_use_aggressive_mode_psk: Option<String>,
    pub prefer_configured_proposals: Option<String>,
}

fn span(text: Option<&String>, default: Span) -> anyhow::Result<Span> {
    let Some(text) = text else {
        return Ok(default);
    };
    // A bare number is in seconds.
    let unit = if text.chars().all(|c| c.is_ascii_digit()) {
        "s"
    } else {
        ""
    };
    format!("{text}{unit}")
        .parse()
        .with_context(|| format!("failed to read {text:?}"))
}

fn tenth(span: Span) -> Span {
    Span::nanos(span.as_nanos() / 10)
}

fn is_yes(text: Option<&String>) -> bool {
    text.is_some_and(|text| ["yes", "true", "1"].contains(&text.as_str()))
}

fn action(text: Option<&String>) -> Action {
    match text.map(String::as_str) {
        Some("restart" | "start") => Action::Start,
        Some("trap" | "hold") => Action::Trap,
        _ => Action::Clear,
    }
}

fn proposals(protocol: Protocol, texts: &[String]) -> anyhow::Result<Vec<Proposal>> {
    let each = texts.iter().map(|text| {
        default_proposal::read(protocol, text).with_context(|| format!("failed to read proposal {text:?}"))
    });
    Ok(each.collect::<anyhow::Result<Vec<_>>>()?.concat())
}

impl Gateway {
    /// The connection to the other gateway.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn connection(&self, side: Side) -> anyhow::Result<Connection> {
        // Who asks for reauthentication alone gets no rekeying beside it.
        let rekey = match &self.reauth_time {
            None => Span::hours(4),
            Some(_) => Span::ZERO,
        };
        let rekey = span(self.rekey_time.as_ref(), rekey)?;
        let reauth = span(self.reauth_time.as_ref(), Span::ZERO)?;
        let over = span(self.over_time.as_ref(), tenth(rekey.max(reauth)))?;
        let first = [rekey, reauth].into_iter().filter(|span| !span.is_zero()).min();
        let half = first.map_or(over, |first| Span::nanos(first.as_nanos() / 2));
        let random = span(self.rand_time.as_ref(), over.min(half))?;
        let careless = is_yes(
            self.daemon
                .i_dont_care_about_security_and_use_aggressive_mode_psk
                .as_ref(),
        );
        let children = if self.children.is_empty() {
            vec![GatewayChild {
                name: net(),
                ..GatewayChild::default()
            }]
        } else {
            self.children.clone()
        };
        Ok(Connection {
            name: "peer".into(),
            local: side.address(),
            remote: Some(side.other().address()),
            versions: match self.version {
                1 => Versions::V1,
                2 => Versions::V2,
                _ => Versions::Both,
            },
            phase1: match (is_yes(self.aggressive.as_ref()), careless) {
                (false, _) => Phase1Mode::Main,
                (true, true) => Phase1Mode::Aggressive,
                (true, false) => Phase1Mode::AggressiveWithoutSharedKey,
            },
            ike: proposals(Protocol::Ike, &self.ike)?,
            preference: match self.daemon.prefer_configured_proposals.as_deref() {
                Some("no" | "false" | "0") => Preference::Offered,
                _ => Preference::Configured,
            },
            authentication: Authentication::SharedKey(self.psk.as_str().into()),
            // Assumed of the recorded gateways: who has no `local_id` is its address, as strongSwan has it, and not
            // whomever the peer asks for, which a connection without an identity would be.
            local_id: Some(match &self.local_id {
                Some(identity) => Identity::parse(identity),
                None => Identity::Address(side.address()),
            }),
            remote_id: self.remote_id.as_deref().map_or(Identity::Any, Identity::parse),
            lifetime: Lifetime {
                rekey,
                random,
                life: first.map_or(Span::ZERO, |first| first + over),
            },
            reauth,
            dpd_delay: span(self.dpd_delay.as_ref(), Span::ZERO)?,
            dpd_timeout: span(self.dpd_timeout.as_ref(), Span::ZERO)?,
            retransmission: self.daemon.retransmission(),
            tries: Tries::Once,
            encapsulation: Encapsulation::Forced,
            max_children: usize::MAX,
            children: children
                .iter()
                .map(|child| self.child(side, child).map(Arc::new))
                .collect::<anyhow::Result<_>>()?,
        })
    }

    fn child(&self, side: Side, child: &GatewayChild) -> anyhow::Result<Child> {
        let selectors = |texts: &Option<Vec<String>>, of: Side| -> anyhow::Result<Vec<Selector>> {
            let texts = texts.clone().unwrap_or_else(|| vec![of.network().to_owned()]);
            let each = texts.iter().map(|text| {
                let written: WrittenSelector = text
                    .parse()
                    .with_context(|| format!("failed to read selector {text:?}"))?;
                Ok(written.with_outer(of.address()))
            });
            each.collect()
        };
        let rekey = span(child.rekey_time.as_ref(), Span::hours(1))?;
        let life = span(child.life_time.as_ref(), rekey + tenth(rekey))?;
        Ok(Child {
            name: child.name.as_str().into(),
            local: selectors(&child.local_ts, side)?,
            remote: selectors(&child.remote_ts, side.other())?,
            esp: proposals(Protocol::Esp, child.esp.as_ref().unwrap_or(&self.esp))?,
            lifetime: Lifetime {
                rekey,
                random: span(child.rand_time.as_ref(), life.saturating_sub(rekey))?,
                life,
            },
            start_action: action(child.start_action.as_ref()),
            dpd_action: action(child.dpd_action.as_ref()),
            close_action: action(child.close_action.as_ref()),
            replay_window: 32,
        })
    }
}

impl DaemonOptions {
    fn retransmission(&self) -> Retransmission {
        let default = Retransmission::DEFAULT;
        let thousandths = |value: f64| (value * 1000.0).round() as u64;
        Retransmission {
            timeout: self
                .retransmit_timeout
                .map_or(default.timeout, |secs| Span::millis(thousandths(secs))),
            base_permille: self
                .retransmit_base
                .map_or(default.base_permille, |base| thousandths(base) as u32),
            tries: self.retransmit_tries.unwrap_or(default.tries),
        }
    }
}
