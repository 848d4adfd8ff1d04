//! OPEN: what this end says, what the peer may say, and what they have in common.

use crate::units::Span;

use super::super::attribute::Asn;
use super::super::message::{Capability, Family, GracefulRestart, Open};
use super::super::negotiated::{AsWidth, Negotiated, PeerKind};
use super::super::notification::{Code, Notification};
use super::config::{Capabilities, Config, GracefulRestartMode, ZeroHold};
use super::reason::OpenError;

/// The version that this end speaks.
const VERSION: u8 = 4;
/// The restart state bit of the graceful restart capability (RFC 4724 §3).
const RESTARTED: u8 = 0b1000;
/// The notification bit (RFC 8538 §2).
const NOTIFICATION: u8 = 0b0100;
/// The forwarding state bit of a family (RFC 4724 §3).
const PRESERVED: u8 = 0b1000_0000;
/// The longest restart time that fits into 12 bits, in seconds.
const LONGEST_RESTART_SECS: u64 = 0xFFF;

/// Capabilities that mean nothing here and something to FRR 8.4, which does not complain of them: outbound route filters,
/// extended next hop, extended message, role, dynamic capability (old and new), add-path, long-lived graceful restart,
/// FQDN, the old route refresh.
const KNOWN_TO_FRR: [u8; 10] = [3, 5, 6, 9, 66, 67, 69, 71, 73, 128];
/// The last code that is not for private use (RFC 5492 §6).
const LAST_ASSIGNED: u8 = 128;

/// Whether this end has just restarted, which a peer that keeps stale routes wants to know (RFC 4724 §3, R bit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Restarted {
    /// It runs since long.
    #[default]
    No,
    /// It has, and its peers must not wait for its End-of-RIB.
    Yes,
}

/// A hold time as it stands in OPEN: whole seconds.
fn hold_secs(span: Span) -> u16 {
    u16::try_from(span.as_secs()).unwrap_or(u16::MAX)
}

/// The OPEN that this end sends.
#[must_use]
pub fn offer(config: &Config, restarted: Restarted) -> Open {
    let asn = config.spoken_as();
    let capabilities = match config.capabilities {
        Capabilities::None => Vec::new(),
        Capabilities::Offered(_) => {
            let mut offered = vec![
                Capability::Multiprotocol(Family::IPV4_UNICAST),
                Capability::RouteRefresh,
                Capability::FourOctetAs(asn),
            ];
            offered.extend(graceful_restart(config, restarted).map(Capability::GracefulRestart));
            offered
        }
    };
    Open {
        version: VERSION,
        my_as: asn.two_octets(),
        hold_time: hold_secs(config.timers.hold),
        id: config.id,
        capabilities,
    }
}

fn graceful_restart(config: &Config, restarted: Restarted) -> Option<GracefulRestart> {
    let offered = config.capabilities.graceful_restart()?;
    let families = match offered.mode {
        GracefulRestartMode::Off => return None,
        GracefulRestartMode::Helper => Vec::new(),
        GracefulRestartMode::Full => vec![(Family::IPV4_UNICAST, PRESERVED)],
    };
    let flags = match restarted {
        Restarted::Yes => RESTARTED | NOTIFICATION,
        Restarted::No => NOTIFICATION,
    };
    let restart_time = offered.restart_time.as_secs().min(LONGEST_RESTART_SECS) as u16;
    Some(GracefulRestart {
        flags,
        restart_time,
        families,
    })
}

/// Whether a peer's graceful restart capability says that routes of IPv4 unicast may be kept.
pub(super) fn keeps_ipv4(capability: &GracefulRestart) -> bool {
    capability
        .families
        .iter()
        .any(|(family, _)| *family == Family::IPV4_UNICAST)
}

/// Whether it says that the peer preserved its forwarding of IPv4 unicast.
pub(super) fn preserved_ipv4(capability: &GracefulRestart) -> bool {
    capability
        .families
        .iter()
        .any(|(family, flags)| *family == Family::IPV4_UNICAST && flags & PRESERVED != 0)
}

/// Whether it says that a NOTIFICATION does not end it (RFC 8538); this end always does where graceful restart is on.
pub(super) fn survives_notification(capability: &GracefulRestart) -> bool {
    capability.flags & NOTIFICATION != 0
}

/// Whether it says that the peer has restarted.
pub(super) fn says_restarted(capability: &GracefulRestart) -> bool {
    capability.flags & RESTARTED != 0
}

/// A peer's OPEN that is refused: why, and what is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub error: OpenError,
    /// What is answered.
    pub notification: Notification,
}

/// Looks at the peer's OPEN field by field, in the RFC's order (RFC 4271 §6.2).
///
/// The data of the answers beyond those of the RFC are FRR's: the AS, identifier or hold time refused.
///
/// # Errors
/// [`Refusal`] with the first field that is not acceptable.
pub fn check(config: &Config, open: &Open) -> Result<(), Refusal> {
    let refuse = |error, code, data: Vec<u8>| {
        let notification = Notification::with(code, data);
        Err(Refusal { error, notification })
    };
    if open.version != VERSION {
        let offered = open.version;
        // "The largest, locally-supported version number less than the version the remote BGP peer bid" or the
        // smallest where the bid was less: there is but one.
        let data = u16::from(VERSION).to_be_bytes().to_vec();
        return refuse(OpenError::Version { offered }, Code::UNSUPPORTED_VERSION, data);
    }
    if let Some((error, data)) = check_as(config, open) {
        return refuse(error, Code::BAD_PEER_AS, data);
    }
    // RFC 6286 §2.2: within an AS no two speakers share an identifier; between two they may.
    let is_own = config.kind() == PeerKind::Ibgp && open.id == config.id;
    if open.id.0.is_unspecified() || is_own {
        let offered = open.id;
        let data = offered.0.octets().to_vec();
        return refuse(OpenError::Identifier { offered }, Code::BAD_IDENTIFIER, data);
    }
    if let Some(at_least) = refused_hold(config, open.hold_time) {
        let offered_secs = open.hold_time;
        let data = offered_secs.to_be_bytes().to_vec();
        let error = OpenError::HoldTime {
            offered_secs,
            at_least,
        };
        return refuse(error, Code::UNACCEPTABLE_HOLD_TIME, data);
    }
    if !shares_ipv4(config, open) {
        let data = open.capabilities.iter().flat_map(not_shared).collect();
        return refuse(OpenError::Family, Code::UNSUPPORTED_CAPABILITY, data);
    }
    Ok(())
}

/// What is wrong with the AS, and the data of the answer.
fn check_as(config: &Config, open: &Open) -> Option<(OpenError, Vec<u8>)> {
    let field = open.my_as;
    // RFC 6793 §4.1, §9: whoever says AS_TRANS in the field may have any AS in the capability but that one.
    if let Some(capability) = open.four_octet_as()
        && (capability == Asn::TRANS
            || field != capability.two_octets() && Asn(u32::from(field)) != Asn::TRANS)
    {
        let error = OpenError::AsDisagrees { field, capability };
        return Some((error, capability.0.to_be_bytes().to_vec()));
    }
    let (offered, configured) = (open.asn(), config.peer_as);
    // Who offers no capabilities may not know them either, and reads the field alone; FRR looks at the capability all the
    // same.
    let reads_field = config.capabilities == Capabilities::None && field != 0;
    if reads_field && Asn(u32::from(field)) == configured {
        return None;
    }
    // RFC 7607: zero is nobody's.
    if offered == configured && offered != Asn(0) {
        return None;
    }
    Some((
        OpenError::PeerAs { offered, configured },
        field.to_be_bytes().to_vec(),
    ))
}

/// The smallest hold time that is accepted, where the one offered is not.
fn refused_hold(config: &Config, offered_secs: u16) -> Option<Span> {
    let at_least = config.hold_policy.at_least.max(super::timer::SMALLEST_HOLD);
    if offered_secs == 0 {
        return match config.hold_policy.zero {
            ZeroHold::Accepted => None,
            ZeroHold::Refused => Some(at_least),
        };
    }
    (Span::secs(u64::from(offered_secs)) < at_least).then_some(at_least)
}

/// The families that the peer exchanges, as far as it says so.
fn families(open: &Open) -> impl Iterator<Item = Family> {
    open.capabilities
        .iter()
        .filter_map(|capability| match capability {
            Capability::Multiprotocol(family) => Some(*family),
            Capability::RouteRefresh
            | Capability::EnhancedRouteRefresh
            | Capability::FourOctetAs(_)
            | Capability::GracefulRestart(_)
            | Capability::Other { .. } => None,
        })
}

/// What the answer to an OPEN without a family in common says of a capability in it.
///
/// RFC 5492 §5 wants the capabilities that brought it about: the peer's families, none of which this end shares; and
/// what else it does not know, as FRR adds it.
fn not_shared(capability: &Capability) -> Vec<u8> {
    match capability {
        Capability::Multiprotocol(Family { afi, safi }) => {
            let [high, low] = afi.to_be_bytes();
            vec![1, 4, high, low, 0, *safi]
        }
        Capability::Other { code, value } if !KNOWN_TO_FRR.contains(code) && *code <= LAST_ASSIGNED => {
            let len = u8::try_from(value.len()).unwrap_or(u8::MAX);
            [&[*code, len], &value[..usize::from(len)]].concat()
        }
        Capability::RouteRefresh
        | Capability::EnhancedRouteRefresh
        | Capability::FourOctetAs(_)
        | Capability::GracefulRestart(_)
        | Capability::Other { .. } => Vec::new(),
    }
}

/// Whether both ends exchange IPv4 unicast: a speaker that names no family means it (RFC 4760 §8).
fn shares_ipv4(config: &Config, open: &Open) -> bool {
    if config.capabilities == Capabilities::None {
        return true;
    }
    let mut families = families(open).peekable();
    families.peek().is_none() || families.any(|family| family == Family::IPV4_UNICAST)
}

/// What this end and a peer with an acceptable OPEN have in common.
///
/// The keepalive time is the one configured, a third of the hold time at most, in whole seconds and not below one, as
/// FRR has it; a configured time of zero means a third.
#[must_use]
pub fn negotiate(config: &Config, open: &Open) -> Negotiated {
    let offered = config.capabilities != Capabilities::None;
    let hold = hold_secs(config.timers.hold).min(open.hold_time);
    let hold_time = (hold > 0).then(|| Span::secs(u64::from(hold)));
    let keepalive = hold_time.map(|_| {
        let third = Span::secs(u64::from(hold / 3).max(1));
        match config.timers.keepalive.is_zero() {
            true => third,
            false => config.timers.keepalive.min(third),
        }
    });
    let has = |wanted: fn(&Capability) -> bool| offered && open.capabilities.iter().any(wanted);
    let as_width = match (offered, open.four_octet_as()) {
        (_, None) => AsWidth::Two,
        (false, Some(_)) => AsWidth::Narrowed,
        (true, Some(_)) => AsWidth::Four,
    };
    let peer_restart = open.capabilities.iter().find_map(|capability| match capability {
        Capability::GracefulRestart(restart) => Some(restart.clone()),
        Capability::Multiprotocol(_)
        | Capability::RouteRefresh
        | Capability::EnhancedRouteRefresh
        | Capability::FourOctetAs(_)
        | Capability::Other { .. } => None,
    });
    Negotiated {
        kind: config.kind(),
        local_as: config.spoken_as(),
        peer_as: config.peer_as,
        peer_id: open.id,
        local_address: config.local_address,
        peer_address: config.peer_address,
        hold_time,
        keepalive,
        as_width,
        route_refresh: has(|capability| matches!(capability, Capability::RouteRefresh)),
        graceful_restart: config.capabilities.graceful_restart().and(peer_restart),
    }
}
