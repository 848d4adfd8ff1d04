//! Whether AWS would take the options of a VPN connection's tunnels.

use core::fmt::Display;
use core::ops::RangeInclusive;

use ipnet::Ipv4Net;

use crate::aws::vpn::{
    DPD_DELAY, DPD_QUESTIONS, DPD_TIMEOUT, INSIDE, INSIDE_LENGTH, KEY_LENGTHS, LEAST_DPD_TIMEOUT,
    LEAST_MARGIN, MOST_FUZZ, PHASE_1, PHASE_2, REPLAY_WINDOW, RESERVED, takes, takes_key,
};
use crate::proto::ike::change::RetransmissionChange;
use crate::proto::ike::config::{Phase1Mode, Versions};
use crate::proto::ike::proposal::{Kind, Proposal, Protocol, Transform};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Need};
use crate::scenario::sections::{DpdActionText, StartText, TermsText};
use crate::units::Span;

/// Where AWS says so.
const SOURCE: &str =
    "\"Tunnel options for your Site-to-Site VPN connection\", AWS Site-to-Site VPN User Guide";

fn refuse(place: Place, message: impl Into<String>, help: &str, problems: &mut Problems) {
    let help = format!("{help} ({SOURCE})");
    problems.push(Problem::error(Code::Refused, place, message).help(help));
}

fn within<T: PartialOrd + Display>(
    value: At<T>,
    range: &RangeInclusive<T>,
    (what, unit): (&str, &str),
    problems: &mut Problems,
) {
    if !range.contains(&value.value) {
        let message = format!("AWS does not take {}{unit} for {what}", value.value);
        let help = format!("AWS takes {} to {}{unit}", range.start(), range.end());
        refuse(value.place, message, &help, problems);
    }
}

/// Complains about what AWS would not take at its end of a tunnel.
pub(super) fn check(text: &TermsText, problems: &mut Problems) {
    for (protocol, texts) in [(Protocol::Ike, &text.ike), (Protocol::Esp, &text.esp)] {
        for text in texts.iter().flat_map(|texts| &texts.value) {
            proposal(protocol, text, problems);
        }
    }
    lifetimes(text, problems);
    if let Some(window) = text.replay_window {
        within(
            window,
            &REPLAY_WINDOW,
            ("the replay window", " packets"),
            problems,
        );
    }
    dead_peer(text, problems);
    start(text, problems);
    if let Some(key) = text.key.as_ref().and_then(Need::get)
        && !takes_key(&key.value)
    {
        let help = format!(
            "AWS takes {} to {} letters, digits, dots and underscores, of which the first is not 0",
            KEY_LENGTHS.start(),
            KEY_LENGTHS.end()
        );
        refuse(key.place, "AWS does not take this key", &help, problems);
    }
    without_option(text, problems);
}

fn proposal(protocol: Protocol, text: &At<String>, problems: &mut Problems) {
    // What cannot be read is told where it is read.
    let Ok(proposal) = Proposal::parse(protocol, &text.value) else {
        return;
    };
    let (phase, groups) = match protocol {
        Protocol::Ike => ("phase 1", "DH groups 2, 14 to 24 and 35"),
        Protocol::Esp => ("phase 2", "DH groups 2, 5, 14 to 24 and 35 to 37"),
    };
    // A PRF follows from the integrity algorithm, which is complained about itself.
    let follows = |it: &Transform| it.kind() == Kind::Prf && proposal.of(Kind::Integrity).next().is_some();
    let not_taken = proposal.transforms.iter().filter(|it| !takes(protocol, **it));
    for transform in not_taken.filter(|it| !follows(it)) {
        let message = format!("AWS does not take {transform} in {phase}");
        let old_habit = match transform {
            Transform::Encryption(_) if ["des", "3des"].contains(&transform.keyword().as_str()) => {
                "whatever older guides and course notes list, DES and 3DES are refused with \"No Proposal Match Found by AWS\": "
            }
            _ => "",
        };
        let help = format!(
            "{old_habit}AWS takes AES-128 and AES-256, in CBC mode or as GCM-16; SHA-1, SHA2-256, 384 and 512; in {phase} {groups}"
        );
        refuse(text.place, message, &help, problems);
    }
}

fn lifetimes(text: &TermsText, problems: &mut Problems) {
    let mut shortest = *PHASE_2.end();
    if let Some(Brief(lives)) = &text.lifetimes {
        within(lives.ike, &PHASE_1, ("the lifetime of phase 1", ""), problems);
        within(lives.esp, &PHASE_2, ("the lifetime of phase 2", ""), problems);
        if lives.esp.value >= lives.ike.value && PHASE_2.contains(&lives.esp.value) {
            let message = format!(
                "phase 2 would live for {}, no shorter than phase 1",
                lives.esp.value
            );
            refuse(
                lives.esp.place,
                message,
                "AWS wants phase 2 to be the shorter",
                problems,
            );
        }
        shortest = lives.esp.value;
    }
    if let Some(margin) = text.margin {
        let half = crate::units::Span::nanos(shortest.as_nanos() / 2);
        within(
            margin,
            &(LEAST_MARGIN..=half.max(LEAST_MARGIN)),
            ("the rekey margin", ""),
            problems,
        );
    }
    if let Some(fuzz) = text.fuzz {
        within(fuzz, &(0..=MOST_FUZZ), ("the rekey fuzz", " %"), problems);
    }
}

fn dead_peer(text: &TermsText, problems: &mut Problems) {
    let Some(dpd) = &text.dpd else { return };
    if let Some(delay) = dpd.delay.filter(|delay| delay.value != DPD_DELAY) {
        let message = format!("AWS does not ask after {} whether a peer lives", delay.value);
        let help = format!("AWS asks after {DPD_DELAY}, and has no option for it: leave `delay` out");
        refuse(delay.place, message, &help, problems);
    }
    if let Some(timeout) = dpd.timeout.filter(|it| it.value < LEAST_DPD_TIMEOUT) {
        let message = format!("AWS does not take {} for the DPD time-out", timeout.value);
        let help = format!("AWS takes {LEAST_DPD_TIMEOUT} and more");
        refuse(timeout.place, message, &help, problems);
    }
    if let Some(action) = dpd.action.filter(|it| it.value == DpdActionText::Trap) {
        let help = "AWS takes clear, none and restart";
        refuse(action.place, "AWS has no DPD action `trap`", help, problems);
    }
}

/// How AWS repeats what nobody answers: with IKEv2 the last of its questions is over when its DPD time-out is.
pub(super) fn repetitions(timeout: Option<Span>) -> RetransmissionChange {
    let asking = timeout.unwrap_or(DPD_TIMEOUT).saturating_sub(DPD_DELAY);
    RetransmissionChange {
        timeout: Some(Span::nanos(asking.as_nanos() / u64::from(DPD_QUESTIONS))),
        base_percent: Some(100),
        tries: Some(DPD_QUESTIONS - 1),
    }
}

fn start(text: &TermsText, problems: &mut Problems) {
    let by_version_1 = text.version.filter(|it| it.value == Versions::V1);
    if let Some(start) = text.start {
        match (start.value, by_version_1) {
            (StartText::Trap, _) => {
                let help =
                    "AWS waits for the customer's gateway (wait, which AWS calls add) or calls it (start)";
                refuse(start.place, "AWS has no startup action `trap`", help, problems);
            }
            (StartText::Start, Some(_)) => {
                let help = "write version: ikev2, or let the customer's gateway call: start: wait";
                refuse(start.place, "AWS calls by IKEv2 only", help, problems);
            }
            (StartText::Start | StartText::Wait, _) => {}
        }
    }
    if let Some(mode) = text.mode.filter(|it| it.value != Phase1Mode::Main) {
        let help = "leave `mode` out: AWS speaks main mode, and IKEv2";
        refuse(mode.place, "AWS refuses aggressive mode", help, problems);
    }
}

/// What other gateways can be told and AWS cannot.
fn without_option(text: &TermsText, problems: &mut Problems) {
    let said = [
        ("local_id", text.local_id.as_ref().map(|it| it.place)),
        ("remote_id", text.remote_id.as_ref().map(|it| it.place)),
        ("reauthentication", text.reauthentication.map(|it| it.place)),
        ("tries", text.tries.map(|it| it.place)),
        ("encapsulation", text.encapsulation.map(|it| it.place)),
        ("retransmission", text.retransmission.as_ref().map(|it| it.place)),
    ];
    for (field, place) in said {
        if let Some(place) = place {
            let message = format!("AWS has no tunnel option `{field}`");
            refuse(
                place,
                message,
                "say it of the customer's tunnel instead",
                problems,
            );
        }
    }
}

/// Complains about an inside prefix that AWS would not take.
pub(super) fn check_inside(inside: At<Ipv4Net>, problems: &mut Problems) {
    let net = inside.value;
    let reserved = RESERVED.iter().find(|it| **it == net.trunc());
    let message = if net.prefix_len() != INSIDE_LENGTH {
        format!("{net} is no /{INSIDE_LENGTH}")
    } else if !INSIDE.contains(&net) {
        format!("{net} is not in {INSIDE}")
    } else if let Some(reserved) = reserved {
        format!("AWS keeps {reserved} for itself")
    } else {
        return;
    };
    let kept: Vec<String> = RESERVED.iter().map(ToString::to_string).collect();
    let help = format!(
        "AWS takes a /{INSIDE_LENGTH} of {INSIDE}, for example \"169.254.10.0/30\", but none of {}",
        kept.join(", ")
    );
    refuse(inside.place, message, &help, problems);
}
