//! What a gateway negotiates for a tunnel: proposals, keys, identities, lifetimes, dead peer detection.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::proto::ike::Connection;
use crate::proto::ike::config::{Authentication, Child, Lifetime};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::proposal::{self, Proposal, ProposalError, Protocol};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Brief;
use crate::scenario::sections::{DpdText, TunnelText};
use crate::units::Span;

use super::timers::positive;

/// Proposals of one phase.
const MOST_PROPOSALS: usize = 50;
/// The longest key that gateways commonly take, in characters.
const LONGEST_KEY: usize = 512;
/// The lengths of a key that AWS takes ("Tunnel options for your Site-to-Site VPN connection").
const AWS_KEY: core::ops::RangeInclusive<usize> = 8..=64;
/// The longest identity, in characters; far more than any name has.
const LONGEST_IDENTITY: usize = 255;
/// AWS's lifetimes of phase 1 and 2, rekey margin, and fuzz in percent (same page).
const LIFETIMES: (Span, Span) = (Span::hours(8), Span::hours(1));
const MARGIN: Span = Span::secs(270);
const FUZZ: u32 = 100;
/// The widest replay window that strongSwan's kernel interface takes, in packets.
const WIDEST_WINDOW: u32 = 4_096;

/// A tunnel's connection, its addresses still to be filled in; `None` where it has no key.
pub(super) fn connection(name: &str, text: &TunnelText, problems: &mut Problems) -> Option<Connection> {
    let nowhere = Ipv4Addr::UNSPECIFIED;
    let mut connection = Connection::route_based(name, nowhere, nowhere, "");
    let mut child = Child::route_based(name);
    if let Some(ike) = &text.ike {
        connection.ike = proposals(Protocol::Ike, ike, problems);
    }
    if let Some(esp) = &text.esp {
        child.esp = proposals(Protocol::Esp, esp, problems);
    }
    connection.versions = text.version.unwrap_or(connection.versions);
    connection.phase1 = text.mode.unwrap_or(connection.phase1);
    connection.tries = text.tries.unwrap_or(connection.tries);
    if let Some(id) = &text.local_id {
        connection.local_id = Some(identity(id, problems));
    }
    if let Some(id) = &text.remote_id {
        connection.remote_id = identity(id, problems);
    }
    (connection.lifetime, child.lifetime) = lifetimes(text, problems);
    if let Some(start) = text.start {
        child.start_action = start.action();
    }
    child.dpd_action = child.start_action;
    if let Some(dpd) = &text.dpd {
        dead_peer(dpd, (&mut connection, &mut child), problems);
    }
    if let Some(window) = text.replay_window {
        if window.value > WIDEST_WINDOW {
            let message = format!(
                "a replay window of {} packets is wider than {WIDEST_WINDOW}",
                window.value
            );
            problems.push(
                Problem::error(Code::BadValue, window.place, message)
                    .help("AWS takes 64 to 2048 packets; 0 turns the check off"),
            );
        }
        child.replay_window = window.value;
    }
    connection.children = vec![Arc::new(child)];
    let key = text.key.get()?;
    check_key(key, problems);
    connection.authentication = Authentication::SharedKey(key.value.as_str().into());
    Some(connection)
}

fn proposals(protocol: Protocol, texts: &At<Vec<At<String>>>, problems: &mut Problems) -> Vec<Proposal> {
    let example = match protocol {
        Protocol::Ike => "aes256-sha256-modp2048",
        Protocol::Esp => "aes256-sha256-modp2048, or aes256-sha256 without PFS",
    };
    if texts.value.is_empty() {
        problems.push(
            Problem::error(
                Code::BadValue,
                texts.place,
                "without a proposal nothing can be agreed on",
            )
            .help(format!("write one such as {example}, or leave the field out")),
        );
    }
    if !problems.at_most(MOST_PROPOSALS, texts.value.len(), texts.place, "proposals") {
        return Vec::new();
    }
    let mut read = Vec::new();
    for text in &texts.value {
        match Proposal::parse(protocol, &text.value) {
            Ok(proposal) => read.push(proposal),
            Err(ProposalError::UnknownAlgorithm { word, .. }) => {
                let message = format!("there is no algorithm `{word}`");
                let known = proposal::keywords();
                problems.push_mistyped(
                    Problem::error(Code::UnknownValue, text.place, message),
                    &word,
                    known.iter().map(String::as_str),
                );
            }
            Err(error) => problems.push(
                Problem::error(Code::BadValue, text.place, error.to_string())
                    .help(format!("for example {example}")),
            ),
        }
    }
    read
}

fn check_key(key: &At<String>, problems: &mut Problems) {
    let n_chars = key.value.chars().count();
    let complaint = if n_chars == 0 {
        "an empty key proves nothing".to_owned()
    } else if n_chars > LONGEST_KEY {
        format!("a key of {n_chars} characters is longer than {LONGEST_KEY}")
    } else {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_';
        let is_fine =
            AWS_KEY.contains(&n_chars) && key.value.chars().all(is_plain) && !key.value.starts_with('0');
        if !is_fine {
            problems.push(
                Problem::warning(Code::BadValue, key.place, "AWS would not take this key").help(
                    "AWS takes 8 to 64 letters, digits, dots and underscores, of which the first is not 0",
                ),
            );
        }
        return;
    };
    problems.push(
        Problem::error(Code::BadValue, key.place, complaint)
            .help("AWS takes 8 to 64 letters, digits, dots and underscores, of which the first is not 0"),
    );
}

fn identity(text: &At<String>, problems: &mut Problems) -> Identity {
    if text.value.is_empty() || text.value.len() > LONGEST_IDENTITY {
        let message = format!("an identity has 1 to {LONGEST_IDENTITY} characters");
        problems.push(Problem::error(Code::BadValue, text.place, message).help(
            "leave the field out: an end is then its outer address, and takes any peer that has the key",
        ));
    }
    Identity::parse(&text.value)
}

/// The lifetimes of phase 1 and phase 2.
fn lifetimes(text: &TunnelText, problems: &mut Problems) -> (Lifetime, Lifetime) {
    let (mut ike, mut esp) = LIFETIMES;
    if let Some(Brief(text)) = &text.lifetimes {
        positive(text.ike, "the lifetime of phase 1", problems);
        positive(text.esp, "the lifetime of phase 2", problems);
        (ike, esp) = (text.ike.value, text.esp.value);
    }
    let margin = text.margin.map_or(MARGIN, |margin| margin.value);
    let fuzz = text.fuzz.map_or(FUZZ, |fuzz| fuzz.value);
    if let Some(given) = text.fuzz.filter(|fuzz| fuzz.value > 1_000) {
        let message = format!("a fuzz of {} % is more than ten times the margin", given.value);
        problems.push(Problem::error(Code::BadValue, given.place, message).help("AWS takes 0 to 100"));
    }
    let earliest = u128::from(margin.as_nanos()) * (100 + u128::from(fuzz)) / 100;
    let shortest = ike.min(esp);
    if earliest >= u128::from(shortest.as_nanos()) {
        let place = text
            .margin
            .map(|margin| margin.place)
            .or_else(|| text.fuzz.map(|fuzz| fuzz.place))
            .or_else(|| text.lifetimes.as_ref().map(|Brief(text)| text.esp.place));
        if let Some(place) = place {
            let message = format!(
                "with a margin of {margin} and a fuzz of {fuzz} % keys that live for {shortest} could be \
                 replaced before they are used"
            );
            problems.push(
                Problem::error(Code::BadValue, place, message)
                    .help("margin, and fuzz in percent of it, have to fit into the shorter lifetime"),
            );
        }
    }
    (
        Lifetime::with_margin(ike, margin, fuzz),
        Lifetime::with_margin(esp, margin, fuzz),
    )
}

fn dead_peer(dpd: &DpdText, (connection, child): (&mut Connection, &mut Child), problems: &mut Problems) {
    if let Some(delay) = dpd.delay {
        if delay.value > Span::days(365) {
            let message = "the silence before the peer is asked is at most a year";
            problems.push(
                Problem::error(Code::BadValue, delay.place, message).help("\"0s\" turns the question off"),
            );
        }
        connection.dpd_delay = delay.value;
    }
    if let Some(timeout) = dpd.timeout {
        positive(timeout, "the silence after which the peer is dead", problems);
        if timeout.value < connection.dpd_delay {
            let message = format!(
                "the peer would be dead after {}, before it is asked after {}",
                timeout.value, connection.dpd_delay
            );
            problems.push(
                Problem::error(Code::BadValue, timeout.place, message)
                    .help("AWS asks after 10s and takes 30s and more here"),
            );
        }
        connection.dpd_timeout = timeout.value;
    }
    if let Some(action) = dpd.action {
        child.dpd_action = action.action();
    }
}
