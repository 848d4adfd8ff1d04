//! What a session offers in its OPEN.

use crate::proto::bgp::Asn;
use crate::proto::bgp::session::{self, Capabilities, GracefulRestartConfig, GracefulRestartMode};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{CapabilitiesText, NeighborText, RestartText};
use crate::units::Span;

/// The longest restart time that the capability has room for (RFC 4724 section 3).
const LONGEST_RESTART: Span = Span::secs(4_095);
/// The longest time for which FRR keeps stale routes (`bgp graceful-restart stalepath-time`).
const LONGEST_STALE: Span = Span::secs(4_095);

/// What OPEN offers, as a neighbor's text says.
pub(super) fn offered(
    text: &NeighborText,
    session: &session::Config,
    problems: &mut Problems,
) -> Capabilities {
    let restart = text.graceful_restart.as_ref().map(|text| &text.0);
    if let Some(capabilities) = text.capabilities.filter(|it| it.value == CapabilitiesText::None) {
        check_old_speaker(capabilities, text, session, problems);
        if let Some(mode) = restart
            .and_then(|it| it.mode)
            .filter(|it| it.value != GracefulRestartMode::Off)
        {
            let message = "graceful restart is agreed on by a capability, and this end offers none";
            let help = "leave `graceful_restart` out, or `capabilities: none`";
            problems.push(Problem::error(Code::BadValue, mode.place, message).help(help));
        }
        return Capabilities::None;
    }
    Capabilities::Offered(restart.map_or_else(GracefulRestartConfig::default, |text| times(text, problems)))
}

/// A router that offers nothing knows AS numbers of two octets only.
fn check_old_speaker(
    capabilities: At<CapabilitiesText>,
    text: &NeighborText,
    session: &session::Config,
    problems: &mut Problems,
) {
    if let Some(remote_as) = text.remote_as.get().filter(|it| it.value > u32::from(u16::MAX)) {
        let message = format!(
            "a router without capabilities cannot be told of AS {}",
            remote_as.value
        );
        let help = format!(
            "such a peer shows it the AS number {} (RFC 6793): write that",
            Asn::TRANS.0
        );
        problems.push(
            Problem::error(Code::BadValue, remote_as.place, message)
                .also(capabilities.place, "it offers none")
                .help(help),
        );
    }
    let own = session.spoken_as();
    if own.0 > u32::from(u16::MAX) {
        let message = format!("a router of AS {} knows AS numbers of four octets", own.0);
        problems.push(Problem::error(Code::BadValue, capabilities.place, message).help(
            "give a router without capabilities an AS number up to 65535, or this neighbor a local_as",
        ));
    }
}

fn times(text: &RestartText, problems: &mut Problems) -> GracefulRestartConfig {
    let mut config = GracefulRestartConfig::default();
    if let Some(mode) = text.mode {
        config.mode = mode.value;
    }
    if let Some(time) = text.restart_time {
        check(time, LONGEST_RESTART, "a restart time", problems);
        config.restart_time = time.value;
    }
    if let Some(time) = text.stale_time {
        check(time, LONGEST_STALE, "a stale time", problems);
        config.stale_time = time.value;
    }
    config
}

fn check(time: At<Span>, most: Span, what: &str, problems: &mut Problems) {
    let is_whole = time.value.as_nanos().is_multiple_of(Span::secs(1).as_nanos());
    if !is_whole || time.value.is_zero() || time.value > most {
        let message = format!(
            "{what} is a whole number of seconds, from 1s to {most}, not {}",
            time.value
        );
        let help = "graceful_restart: off announces none";
        problems.push(Problem::error(Code::BadValue, time.place, message).help(help));
    }
}
