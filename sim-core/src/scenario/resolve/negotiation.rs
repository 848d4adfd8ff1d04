//! What a gateway negotiates for a tunnel: proposals, keys, identities, lifetimes, dead peer detection.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::aws::vpn::{DPD_DELAY, takes_key};
use crate::proto::ike::Connection;
use crate::proto::ike::change::{Conflict, ConnectionChange, RetransmissionChange};
use crate::proto::ike::config::{Authentication, Encapsulation, Phase1Mode, Versions};
use crate::proto::ike::default_proposal;
use crate::proto::ike::identity::Identity;
use crate::proto::ike::proposal::{self, Proposal, ProposalError, Protocol};
use crate::proto::ike::selector::{Selector, WrittenSelector};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Need, Read};
use crate::scenario::sections::{
    CertificateText, DpdActionText, RetransmissionText, Side, TermsText, TunnelText,
};
use crate::units::Span;

use super::certificate;
use super::timers::positive;
use super::vpn_options;

/// Proposals of one phase.
const MOST_PROPOSALS: usize = 50;
/// The longest key that gateways commonly take, in characters.
const LONGEST_KEY: usize = 512;
/// What keys AWS takes, in words.
const AWS_KEYS: &str = "AWS takes 8 to 64 letters, digits, dots and underscores, of which the first is not 0";
/// What goes for an end's identity where none is said.
const NO_IDENTITY: &str = "leave the field out: an end is then its certificate's subject or its outer address, and takes \
                           any peer that proves itself";
/// The longest identity, in characters; far more than any name has.
const LONGEST_IDENTITY: usize = 255;
/// The most fuzz, in percent of the margin; far more than any gateway takes.
const MOST_FUZZ: u32 = 1_000;
/// The longest time that is not for ever.
const LONGEST: Span = Span::days(365);
/// The widest replay window that strongSwan's kernel interface takes, in packets.
const WIDEST_WINDOW: u32 = 4_096;

/// A tunnel's connection between two outer addresses; `None` where it has nothing to prove itself by.
pub(super) fn connection(
    name: &str,
    text: &TunnelText,
    (local, remote): (Ipv4Addr, Ipv4Addr),
    problems: &mut Problems,
) -> Option<Connection> {
    let terms = &text.terms;
    let mut change = change(terms, text.side, problems);
    // What is not said of a dead peer follows what becomes of the tunnel at start.
    change.dpd_action = change.dpd_action.or(change.start_action);
    match text.side {
        Side::Aws | Side::AwsAccelerated => {
            change.retransmission = vpn_options::repetitions(change.dpd_timeout)
        }
        Side::Customer => {}
    }
    if terms.key.is_none() && terms.certificate.is_none() {
        let message = format!("{} needs the field `key`, or `certificate`", TunnelText::EXPECTED);
        let either = format!("{}, or {}", <At<String>>::EXPECTED, CertificateText::EXPECTED);
        problems.push_missing(text.place, message, &either);
    }
    let mut connection = Connection::route_based(name, local, remote, "").changed(&change);
    warn_of_mode(&connection, terms, problems);
    for child in &mut connection.children {
        let child = Arc::make_mut(child);
        if let Some(selectors) = &text.local_selectors {
            child.local = self::selectors(selectors, local, problems);
        }
        if let Some(selectors) = &text.remote_selectors {
            child.remote = self::selectors(selectors, remote, problems);
        }
    }
    check(&connection, terms, text.place, problems);
    change.authentication.map(|_| connection)
}

/// The modes of phase 1 are IKEv1's: IKEv2 has one way to begin.
fn warn_of_mode(connection: &Connection, text: &TermsText, problems: &mut Problems) {
    let aggressive = text.mode.filter(|mode| mode.value == Phase1Mode::Aggressive);
    if let Some(mode) = aggressive.filter(|_| connection.versions == Versions::V2) {
        let message = "aggressive mode is one of IKEv1, and this end speaks IKEv2 alone";
        problems.push(
            Problem::warning(Code::BadValue, mode.place, message)
                .help("leave it out, or speak IKEv1 too: version: ikev1, or any"),
        );
    }
}

/// What is to be otherwise at one side of a tunnel.
pub(super) fn change(text: &TermsText, side: Side, problems: &mut Problems) -> ConnectionChange {
    match side {
        Side::Customer => warn_of_key(text, problems),
        Side::Aws | Side::AwsAccelerated => vpn_options::check(text, problems),
    }
    if let Some(fuzz) = text.fuzz.filter(|fuzz| fuzz.value > MOST_FUZZ) {
        let message = format!("a fuzz of {} % is more than ten times the margin", fuzz.value);
        problems.push(Problem::error(Code::BadValue, fuzz.place, message).help("AWS takes 0 to 100"));
    }
    if let Some(window) = text.replay_window.filter(|window| window.value > WIDEST_WINDOW) {
        let message = format!(
            "a replay window of {} packets is wider than {WIDEST_WINDOW}",
            window.value
        );
        problems.push(
            Problem::error(Code::BadValue, window.place, message)
                .help("AWS takes 64 to 2048 packets; 0 turns the check off"),
        );
    }
    let dpd = text.dpd.as_ref();
    if let Some(timeout) = dpd.and_then(|dpd| dpd.timeout) {
        positive(timeout, "the silence after which the peer is dead", problems);
    }
    ConnectionChange {
        authentication: authentication(text, problems),
        local_id: text
            .local_id
            .as_ref()
            .map(|id| identity(id, NO_IDENTITY, problems)),
        remote_id: text
            .remote_id
            .as_ref()
            .map(|id| identity(id, NO_IDENTITY, problems)),
        versions: text.version.map(|version| version.value),
        phase1: text.mode.map(|it| it.value),
        ike: (text.ike.as_ref()).map(|ike| proposals(Protocol::Ike, ike, problems)),
        esp: (text.esp.as_ref()).map(|esp| proposals(Protocol::Esp, esp, problems)),
        lives: text.lifetimes.as_ref().map(|Brief(lives)| {
            positive(lives.ike, "the lifetime of phase 1", problems);
            positive(lives.esp, "the lifetime of phase 2", problems);
            (lives.ike.value, lives.esp.value)
        }),
        margin: text.margin.map(|margin| margin.value),
        fuzz_percent: text.fuzz.map(|fuzz| fuzz.value),
        reauth: or_never(
            text.reauthentication,
            "the age at which both prove anew who they are",
            problems,
        ),
        dpd_delay: dpd.and_then(|dpd| silence((dpd.delay, dpd.action), side, problems)),
        dpd_timeout: dpd.and_then(|dpd| dpd.timeout).map(|timeout| timeout.value),
        dpd_action: dpd.and_then(|dpd| dpd.action).map(|it| it.value.action()),
        start_action: text.start.map(|it| it.value.action()),
        replay_window: text.replay_window.map(|window| window.value),
        tries: text.tries.map(|it| it.value),
        encapsulation: match side {
            Side::AwsAccelerated => Some(Encapsulation::Forced),
            Side::Aws | Side::Customer => text.encapsulation.map(|it| it.value),
        },
        retransmission: text
            .retransmission
            .as_ref()
            .map_or_else(RetransmissionChange::default, |it| {
                retransmission(&it.value, problems)
            }),
    }
}

/// The waits before a first repetition that make sense: from a way around the data centre to a way around the Moon.
const WAITS: core::ops::RangeInclusive<Span> = Span::millis(100)..=Span::secs(60);
/// How long each further wait may be, in percent of the one before.
const BASES: core::ops::RangeInclusive<u32> = 100..=400;
/// The most repetitions.
const MOST_REPETITIONS: u32 = 10;

fn retransmission(text: &RetransmissionText, problems: &mut Problems) -> RetransmissionChange {
    let mut complain = |place, message: String, help| {
        problems.push(Problem::error(Code::BadValue, place, message).help(help));
    };
    if let Some(timeout) = text.timeout.filter(|it| !WAITS.contains(&it.value)) {
        let message = format!(
            "IKE waits 100ms to 60s before it repeats a request, not {}",
            timeout.value
        );
        complain(timeout.place, message, "strongSwan's default is 4s");
    }
    if let Some(base) = text.base.filter(|it| !BASES.contains(&it.value)) {
        let message = format!(
            "each wait is 100 to 400 % of the one before, not {} %",
            base.value
        );
        complain(base.place, message, "strongSwan's base of 1.8 is written 180");
    }
    if let Some(tries) = text.tries.filter(|it| it.value > MOST_REPETITIONS) {
        let message = format!(
            "a request is repeated 0 to {MOST_REPETITIONS} times, not {}",
            tries.value
        );
        complain(tries.place, message, "strongSwan's default is 5");
    }
    RetransmissionChange {
        timeout: text.timeout.map(|it| it.value),
        base_percent: text.base.map(|it| it.value),
        tries: text.tries.map(|it| it.value),
    }
}

/// The most selectors of one side, far more than gateways negotiate.
const MOST_SELECTORS: usize = 50;

fn selectors(texts: &At<Vec<At<String>>>, outer: Ipv4Addr, problems: &mut Problems) -> Vec<Selector> {
    if texts.value.is_empty() {
        problems.push(
            Problem::error(
                Code::BadValue,
                texts.place,
                "a tunnel that protects nothing carries nothing",
            )
            .help("leave the field out for everything"),
        );
    }
    if !problems.at_most(MOST_SELECTORS, texts.value.len(), texts.place, "selectors") {
        return Vec::new();
    }
    let mut read = Vec::new();
    for text in &texts.value {
        match text.value.parse::<WrittenSelector>() {
            Ok(written) => read.push(written.with_outer(outer)),
            Err(error) => problems.push(
                Problem::error(Code::BadValue, text.place, format!("{error}"))
                    .help("for example \"192.168.0.0/16\", or \"192.168.0.0/16[tcp/443]\", or dynamic, the tunnel's outer address"),
            ),
        }
    }
    read
}

/// The silence before the peer is asked; zero where nothing would follow from its not answering. AWS's own, which it has
/// again with another action, is no option of it.
fn silence(
    (delay, action): (Option<At<Span>>, Option<At<DpdActionText>>),
    side: Side,
    problems: &mut Problems,
) -> Option<Span> {
    let said = or_never(delay, "the silence before the peer is asked", problems);
    match (action.map(|action| action.value), side) {
        (Some(DpdActionText::Nothing), _) => Some(Span::ZERO),
        (Some(_), Side::Aws | Side::AwsAccelerated) => said.or(Some(DPD_DELAY)),
        (Some(_), Side::Customer) | (None, _) => said,
    }
}

/// A time of at most a year, or zero for never.
fn or_never(span: Option<At<Span>>, what: &str, problems: &mut Problems) -> Option<Span> {
    let span = span?;
    if span.value > LONGEST {
        let message = format!("{what} is at most a year");
        problems.push(Problem::error(Code::BadValue, span.place, message).help("\"0s\" is for never"));
    }
    Some(span.value)
}

/// The key or the certificate; not both.
fn authentication(text: &TermsText, problems: &mut Problems) -> Option<Authentication> {
    let key = text.key.as_ref().and_then(Need::get);
    let certificate = text.certificate.as_ref().and_then(Need::get);
    if let Some(key) = key {
        check_key(key, problems);
    }
    let certified = certificate.and_then(|text| certificate::certified(&text.value, problems));
    if let (Some(key), Some(certificate)) = (key, certificate) {
        problems.push(
            Problem::error(
                Code::BadValue,
                certificate.place,
                "a tunnel has a `key` or a `certificate`, not both",
            )
            .also(key.place, "the key")
            .help("to take away the one that a base gives, write `key: None` or `certificate: None`"),
        );
    }
    let key = key.map(|key| Authentication::SharedKey(key.value.as_str().into()));
    certified
        .map(|own| Authentication::Certificate(Arc::new(own)))
        .or(key)
}

/// Complains about settings of a connection that do not go together, where `text` says them.
pub(super) fn check(connection: &Connection, text: &TermsText, place: Place, problems: &mut Problems) {
    check_own_name(connection, text, problems);
    let mut conflicts = connection.conflicts();
    // IKEv2 makes nothing of the time-out, but where both are said it was meant to come after the question.
    conflicts.extend(dead_before_asked(text).filter(|it| !conflicts.contains(it)));
    for conflict in conflicts {
        let (places, help) = places(conflict, text);
        let place = places.into_iter().flatten().next().unwrap_or(place);
        problems.push(Problem::error(Code::BadValue, place, conflict.to_string()).help(help));
    }
}

/// Where a conflict may have been made, the likeliest place first, and what to do about it.
fn places(conflict: Conflict, text: &TermsText) -> ([Option<Place>; 4], &'static str) {
    let (ike, esp) = match &text.lifetimes {
        Some(Brief(lives)) => (Some(lives.ike.place), Some(lives.esp.place)),
        None => (None, None),
    };
    let (margin, fuzz) = (text.margin.map(|it| it.place), text.fuzz.map(|it| it.place));
    let reauthentication = text.reauthentication.map(|it| it.place);
    let dpd = text.dpd.as_ref();
    let (delay, timeout) = (dpd.and_then(|dpd| dpd.delay), dpd.and_then(|dpd| dpd.timeout));
    let (delay, timeout) = (delay.map(|it| it.place), timeout.map(|it| it.place));
    let version = text.version.map(|it| it.place);
    let certificate = text.certificate.as_ref().and_then(Need::get);
    match conflict {
        Conflict::ReplacedAtOnce { .. } => (
            [margin, fuzz, esp, ike],
            "margin, and fuzz in percent of it, have to fit into the shorter lifetime",
        ),
        Conflict::ReauthenticatedAtOnce { .. } => (
            [reauthentication, fuzz, margin, None],
            "`reauthentication` has to be longer than `fuzz` percent of `margin`",
        ),
        Conflict::DeadBeforeAsked { .. } => (
            [timeout, delay, version, None],
            "AWS asks after 10s and takes 30s and more here",
        ),
        Conflict::CertificateWithoutV2 => (
            [certificate.map(|it| it.place), version, None, None],
            "leave `version` out, or write `version: ikev2`",
        ),
    }
}

fn dead_before_asked(text: &TermsText) -> Option<Conflict> {
    let dpd = text.dpd.as_ref()?;
    let (timeout, delay) = (dpd.timeout?.value, dpd.delay?.value);
    (timeout < delay).then_some(Conflict::DeadBeforeAsked { timeout, delay })
}

/// A gateway that goes by a name that its certificate does not have is refused by every peer.
fn check_own_name(connection: &Connection, text: &TermsText, problems: &mut Problems) {
    let Authentication::Certificate(own) = &connection.authentication else {
        return;
    };
    let (name, certificate) = (connection.own_identity(), &own.certificate);
    let Some(told) = text.local_id.as_ref().filter(|_| !certificate.names(&name)) else {
        return;
    };
    let names: Vec<String> = certificate.names.iter().map(Identity::to_text).collect();
    let message = format!("the certificate is for {}, not for {name}", names.join(", "));
    problems.push(
        Problem::warning(Code::BadValue, told.place, message)
            .help("peers refuse it: leave `local_id` out, or put it among the certificate's `names`"),
    );
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
        match default_proposal::read(protocol, &text.value) {
            Ok(proposals) => {
                if proposals.iter().any(Proposal::is_unprotected) {
                    problems.push(unprotected(text));
                }
                read.extend(proposals);
            }
            Err(ProposalError::UnknownAlgorithm { word, .. }) => {
                let message = format!("there is no algorithm `{word}`");
                let known = proposal::keywords();
                let known = known.iter().map(String::as_str);
                problems.push_mistyped(
                    Problem::error(Code::UnknownValue, text.place, message),
                    &word,
                    known.chain([default_proposal::WORD]),
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

fn unprotected(text: &At<String>) -> Problem {
    let message = format!(
        "`{}` encrypts, and lets anyone on the way change what is encrypted",
        text.value
    );
    Problem::warning(Code::BadValue, text.place, message).help(format!(
        "RFC 8221 section 4 forbids a classic cipher alone: write {}-sha256, or a combined mode such as aes256gcm16",
        text.value
    ))
}

fn check_key(key: &At<String>, problems: &mut Problems) {
    let n_chars = key.value.chars().count();
    let complaint = if n_chars == 0 {
        "an empty key proves nothing".to_owned()
    } else if n_chars > LONGEST_KEY {
        format!("a key of {n_chars} characters is longer than {LONGEST_KEY}")
    } else {
        return;
    };
    problems.push(Problem::error(Code::BadValue, key.place, complaint).help(AWS_KEYS));
}

/// Of a key that the customer's router takes and AWS does not.
fn warn_of_key(text: &TermsText, problems: &mut Problems) {
    let key = text.key.as_ref().and_then(Need::get);
    let is_one = |key: &&At<String>| (1..=LONGEST_KEY).contains(&key.value.chars().count());
    if let Some(key) = key.filter(is_one).filter(|key| !takes_key(&key.value)) {
        let message = "AWS would not take this key";
        problems.push(Problem::warning(Code::BadValue, key.place, message).help(AWS_KEYS));
    }
}

/// An identity; `instead` says what to write where this is none.
pub(super) fn identity(text: &At<String>, instead: &str, problems: &mut Problems) -> Identity {
    if text.value.is_empty() || text.value.len() > LONGEST_IDENTITY {
        let message = format!("an identity has 1 to {LONGEST_IDENTITY} characters");
        problems.push(Problem::error(Code::BadValue, text.place, message).help(instead));
    }
    Identity::parse(&text.value)
}
