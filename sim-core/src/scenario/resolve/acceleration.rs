//! The way between a VPN connection's endpoints and the internet: as the internet is, or over AWS's own network.
//!
//! # Fidelity
//! An accelerated connection has its packets enter AWS's network near the customer, so that neither chance nor loss meets
//! them on the long way. How much sooner they arrive AWS does not say: it is the lab's to tell, and nothing where it does not.
//! The accelerators themselves, and who begins a rekey, are left out.
//!
//! Source: "Accelerated Site-to-Site VPN connections", AWS Site-to-Site VPN User Guide.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::read::Read;
use crate::scenario::sections::{AccelerationText, AccessText, Side, VpnText};
use crate::units::{Ppm, Span};

/// How long the way takes where nobody says: the endpoint is where the provider meets AWS.
const DELAY: Span = Span::millis(1);

pub(super) fn is_accelerated(vpn: &VpnText) -> bool {
    vpn.acceleration
        .is_some_and(|it| it.value == AccelerationText::On)
}

/// The line from an endpoint to the internet, but for its rate.
pub(super) fn uplink(vpn: &VpnText) -> Option<AccessText> {
    let said = vpn.uplink.as_ref();
    let delay = said.and_then(|it| it.delay).unwrap_or(DELAY);
    let line = if is_accelerated(vpn) {
        let over_aws = said.and_then(|it| it.accelerated_delay).unwrap_or(delay);
        (over_aws, Span::ZERO, Ppm::ZERO)
    } else {
        let (jitter, loss) = (said.and_then(|it| it.jitter), said.and_then(|it| it.loss));
        (delay, jitter.unwrap_or(Span::ZERO), loss.unwrap_or(Ppm::ZERO))
    };
    Some(AccessText {
        delay: Some(line.0),
        jitter: Some(line.1),
        loss: Some(line.2),
        ..AccessText::empty()?
    })
}

/// AWS's end of an accelerated tunnel needs NAT traversal.
pub(super) fn side(vpn: &VpnText) -> Side {
    if is_accelerated(vpn) {
        Side::AwsAccelerated
    } else {
        Side::Aws
    }
}

/// What AWS does not accelerate.
pub(super) fn check(vpn: &VpnText, problems: &mut Problems) {
    let Some(on) = vpn.acceleration.filter(|it| it.value == AccelerationText::On) else {
        return;
    };
    let mut refuse = |message: &str, help: &str| {
        problems.push(Problem::error(Code::Refused, on.place, message).help(help));
    };
    if vpn.virtual_private_gateway.is_some() {
        refuse(
            "a VPN connection to a virtual private gateway is not accelerated",
            "let it lead to a Transit Gateway, or leave `acceleration` out",
        );
    }
    if vpn.transport.is_some() {
        refuse(
            "a VPN connection over Direct Connect is not accelerated",
            "its packets do not cross the internet: leave `acceleration` out",
        );
    }
}
