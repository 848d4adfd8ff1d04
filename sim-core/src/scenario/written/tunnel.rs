//! What a tunnel negotiates, in the notation of scenarios.

use crate::proto::ike::certificate::{PrivateKey, Signing, Terms};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::{Action, Authentication, Encapsulation, Phase1Mode, Tries, Versions};
use crate::proto::ike::identity::Identity;
use crate::units::SimTime;

use super::pen::quoted;
use super::routing::{Fields, text};

/// What is to be otherwise in a tunnel.
pub(crate) fn terms(change: &ConnectionChange) -> String {
    let mut fields = Fields::default();
    match &change.authentication {
        Some(Authentication::SharedKey(key)) => fields.put("key", quoted(key)),
        Some(Authentication::Certificate(own)) => fields.put("certificate", certificate(&own.terms())),
        None => {}
    }
    fields.some("version", change.versions.map(version));
    fields.some("mode", change.phase1.map(mode));
    if let Some(ike) = &change.ike {
        fields.list("ike", ike.iter().map(text));
    }
    if let Some(esp) = &change.esp {
        fields.list("esp", esp.iter().map(text));
    }
    fields.some("local_id", change.local_id.as_ref().map(identity));
    fields.some("remote_id", change.remote_id.as_ref().map(identity));
    let lives = |(ike, esp)| format!("({}, {})", text(ike), text(esp));
    fields.some("lifetimes", change.lives.map(lives));
    fields.some("reauthentication", change.reauth.map(text));
    fields.some("margin", change.margin.map(text));
    fields.some("fuzz", change.fuzz_percent);
    let mut dpd = Fields::default();
    dpd.some("delay", change.dpd_delay.map(text));
    dpd.some("timeout", change.dpd_timeout.map(text));
    dpd.some(
        "action",
        change
            .dpd_action
            .map(|action| word(action, ["clear", "trap", "restart"])),
    );
    fields.group("dpd", dpd);
    fields.some("replay_window", change.replay_window);
    fields.some(
        "start",
        change
            .start_action
            .map(|action| word(action, ["wait", "trap", "start"])),
    );
    fields.some("tries", change.tries.map(tries));
    fields.some("encapsulation", change.encapsulation.map(encapsulation));
    let mut repeats = Fields::default();
    repeats.some("timeout", change.retransmission.timeout.map(text));
    repeats.some("base", change.retransmission.base_percent);
    repeats.some("tries", change.retransmission.tries);
    fields.group("retransmission", repeats);
    fields.finish()
}

fn certificate(terms: &Terms) -> String {
    let mut fields = Fields::default();
    let mut names = terms.names.iter().map(identity);
    fields.some("subject", names.next());
    fields.list("names", names);
    fields.put("issuer", quoted(&terms.issuer));
    let instant = |at: SimTime| text(at.since_start());
    if terms.not_before != SimTime::START {
        fields.put("not_before", instant(terms.not_before));
    }
    if terms.not_after != SimTime::END {
        fields.put("not_after", instant(terms.not_after));
    }
    if *terms.trusts != [terms.issuer.clone()] {
        fields.list("trusts", terms.trusts.iter().map(|name| quoted(name)));
    }
    if terms.private_key == PrivateKey::Other {
        fields.put("private_key", "other");
    }
    if terms.signature == Signing::Invalid {
        fields.put("signature", "invalid");
    }
    fields.finish()
}

fn identity(identity: &Identity) -> String {
    quoted(&identity.to_text())
}

/// The word for an action that is spelled otherwise at every event.
const fn word(action: Action, [clear, trap, start]: [&'static str; 3]) -> &'static str {
    match action {
        Action::Clear => clear,
        Action::Trap => trap,
        Action::Start => start,
    }
}

const fn version(versions: Versions) -> &'static str {
    match versions {
        Versions::V1 => "ikev1",
        Versions::V2 => "ikev2",
        Versions::Both => "any",
    }
}

const fn mode(mode: Phase1Mode) -> &'static str {
    match mode {
        // The lab has no word for aggressive mode that a responder refuses with a shared key.
        Phase1Mode::Main | Phase1Mode::AggressiveWithoutSharedKey => "main",
        Phase1Mode::Aggressive => "aggressive",
    }
}

const fn tries(tries: Tries) -> &'static str {
    match tries {
        Tries::Once => "once",
        Tries::Forever => "forever",
    }
}

const fn encapsulation(encapsulation: Encapsulation) -> &'static str {
    match encapsulation {
        Encapsulation::WhenNatDetected => "when_nat_detected",
        Encapsulation::Forced => "forced",
    }
}
