//! How far AWS has come with connections and virtual interfaces.

use crate::aws::direct_connect::Terminus;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{ConnectionText, VirtualInterfaceText};
use crate::site::Provisioning as P;

use super::lag;

pub(super) fn of_connection(text: &ConnectionText, problems: &mut Problems) -> P {
    let before = if lag::is_hosted(text) {
        [P::Ordering, P::Pending]
    } else {
        [P::Requested, P::Pending]
    };
    state(text.provisioning, "connection", &before, problems)
}

pub(super) fn of_interface(text: &VirtualInterfaceText, ends_at: Terminus, problems: &mut Problems) -> P {
    let before: &[P] = match ends_at {
        Terminus::PublicEdge => &[P::Confirming, P::Verifying, P::Pending],
        Terminus::DirectConnectGateway(_) | Terminus::VirtualPrivateGateway(_) => {
            &[P::Confirming, P::Pending]
        }
    };
    state(text.provisioning, "virtual interface", before, problems)
}

/// What is written, where such a line passes that state.
fn state(text: Option<At<P>>, what: &str, before: &[P], problems: &mut Problems) -> P {
    let Some(text) = text else { return P::Available };
    if text.value != P::Available && !before.contains(&text.value) {
        let message = format!("such a {what} is never {}", text.value.as_str());
        let words: Vec<&str> = before.iter().map(|state| state.as_str()).collect();
        let help = format!("before it is available, it is {}", words.join(" or "));
        problems.push(Problem::error(Code::BadValue, text.place, message).help(help));
    }
    text.value
}
