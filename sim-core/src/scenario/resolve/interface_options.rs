//! Whether AWS would take what is said of the BGP peering of a virtual interface, and of the prefixes allocated to it.

use crate::aws::direct_connect::{ALLOCATED_PREFIXES, BFD_INTERVAL, BFD_MULTIPLIER, KEY_LENGTHS, PREFIXES};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};
use crate::scenario::sections::VirtualInterfaceText;

use super::public_interface;

/// Where AWS says so.
const SETTINGS: &str = "\"Specific BGP settings\", AWS Direct Connect User Guide";
const CONTROLS: &str = "\"Inbound prefix controls\", AWS Direct Connect User Guide";
const CREATION: &str = "\"Create a virtual interface\", AWS Direct Connect User Guide";

fn refuse(place: Place, message: String, help: &str, source: &str, problems: &mut Problems) {
    let problem = Problem::error(Code::Refused, place, message);
    problems.push(problem.help(format!("{help} ({source})")));
}

/// Complains about a key, timers and BFD that AWS's end does not have.
pub(super) fn check(text: &VirtualInterfaceText, problems: &mut Problems) {
    if let Some(key) = &text.key
        && !KEY_LENGTHS.contains(&key.value.chars().count())
    {
        let message = format!(
            "AWS does not take a BGP key of {} characters",
            key.value.chars().count()
        );
        let help = format!(
            "AWS takes {} to {} characters, and makes a key where none is given",
            KEY_LENGTHS.start(),
            KEY_LENGTHS.end()
        );
        refuse(key.place, message, &help, CREATION, problems);
    }
    let hold = text.timers.as_ref().and_then(|timers| timers.hold);
    if let Some(hold) = hold.filter(|hold| hold.value.is_zero()) {
        let message = "AWS has no BGP session without a hold time".to_owned();
        let help = "AWS takes 3s and more, and proposes 90s where nothing is said";
        refuse(hold.place, message, help, SETTINGS, problems);
    }
    if let Some(allocated) = text.allocated_prefixes {
        let (value, place) = (allocated.value, allocated.place);
        if public_interface::is_one(text) {
            let message = "nothing is allocated to a public virtual interface".to_owned();
            let help = "it takes 1000 prefixes, always: leave `allocated_prefixes` out";
            refuse(place, message, help, CONTROLS, problems);
        } else if !(PREFIXES..=ALLOCATED_PREFIXES).contains(&value) {
            let message = format!("AWS does not allocate {value} prefixes to a virtual interface");
            let help =
                format!("it takes {PREFIXES}, and up to {ALLOCATED_PREFIXES} where they are allocated to it");
            refuse(place, message, &help, CONTROLS, problems);
        }
    }
    let Some(bfd) = &text.bfd else { return };
    if let Some(interval) = bfd.interval.filter(|it| it.value < BFD_INTERVAL) {
        let message = format!("AWS does not send BFD every {}", interval.value);
        let help = format!(
            "AWS's least interval is {BFD_INTERVAL}: say less at the customer's router alone, and the slower of both decides"
        );
        refuse(interval.place, message, &help, SETTINGS, problems);
    }
    if let Some(multiplier) = bfd.multiplier.filter(|it| it.value < BFD_MULTIPLIER) {
        let message = format!("AWS does not give up after {} intervals of BFD", multiplier.value);
        let help = format!("AWS's least multiplier is {BFD_MULTIPLIER}");
        refuse(multiplier.place, message, &help, SETTINGS, problems);
    }
}
