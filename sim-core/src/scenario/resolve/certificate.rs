//! Certificates: whose they are, for how long, and whom their gateway trusts.

use std::sync::Arc;

use crate::proto::ike::certificate::{Certified, PrivateKey, Signing, Terms};
use crate::proto::ike::identity::Identity;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::CertificateText;
use crate::units::SimTime;

use super::negotiation::identity;

/// Alternative names of a certificate, and authorities that one gateway trusts.
const MOST_NAMES: usize = 50;

/// The certificate that is described; `None` where it says not whose it is or who issued it.
pub(super) fn certified(text: &CertificateText, problems: &mut Problems) -> Option<Certified> {
    let subject = (text.subject.get()).map(|subject| {
        let help =
            "write for example \"CN=cgw-1.example.org\"; other names that it is for stand under `names`";
        Identity::parse(&distinguished(subject, help, problems))
    });
    let authority = |name, problems: &mut Problems| -> Arc<str> {
        distinguished(name, "write for example \"CN=Example CA\"", problems).into()
    };
    let issuer = text.issuer.get().map(|issuer| authority(issuer, problems));
    let names: Vec<Identity> = text
        .names
        .iter()
        .map(|name| alternative(name, problems))
        .collect();
    if let Some(first) = text.names.first() {
        problems.at_most(MOST_NAMES, names.len(), first.place, "names of a certificate");
    }
    let trusts = text.trusts.as_ref().map(|trusts| {
        if trusts.value.is_empty() {
            problems.push(
                Problem::error(
                    Code::BadValue,
                    trusts.place,
                    "a gateway that trusts no authority believes no certificate",
                )
                .help("leave the field out to trust the own certificate's issuer"),
            );
        }
        problems.at_most(
            MOST_NAMES,
            trusts.value.len(),
            trusts.place,
            "trusted authorities",
        );
        let all = trusts.value.iter().map(|name| authority(name, problems));
        all.collect::<Vec<_>>()
    });
    let (not_before, not_after) = validity(text, problems);
    let (subject, issuer) = (subject?, issuer?);
    Some(Certified::meant(Terms {
        names: core::iter::once(subject).chain(names).collect(),
        trusts: trusts.unwrap_or_else(|| vec![issuer.clone()]),
        issuer,
        not_before,
        not_after,
        signature: text.signature.unwrap_or(Signing::Valid),
        private_key: text.private_key.unwrap_or(PrivateKey::Matching),
    }))
}

/// From when to when it holds; all the time where nothing is said.
fn validity(text: &CertificateText, problems: &mut Problems) -> (SimTime, SimTime) {
    if let (Some(from), Some(to)) = (text.not_before, text.not_after)
        && to.value <= from.value
    {
        let message = format!(
            "a certificate that ends at {} never holds if it begins at {}",
            to.value.since_start(),
            from.value.since_start()
        );
        problems.push(
            Problem::error(Code::BadValue, to.place, message)
                .also(from.place, "it begins here")
                .help("`not_after` is later than `not_before`; both are times since the lab began"),
        );
    }
    (
        text.not_before.map_or(SimTime::START, |at| at.value),
        text.not_after.map_or(SimTime::END, |at| at.value),
    )
}

fn alternative(text: &At<String>, problems: &mut Problems) -> Identity {
    let instead = "write a domain name, an address or an e-mail address";
    let name = identity(text, instead, problems);
    if name == Identity::Any && !text.value.is_empty() {
        let message = format!("`{}` is nobody that a certificate could be for", text.value);
        problems.push(Problem::error(Code::BadValue, text.place, message).help(instead));
    }
    name
}

/// A distinguished name: `CN=…`, `O=…` and the like, with commas between them.
fn distinguished(text: &At<String>, help: &str, problems: &mut Problems) -> String {
    let name = identity(text, help, problems);
    let is_kind = |kind: &str| {
        matches!(
            Identity::parse(&format!("{kind}=")),
            Identity::DistinguishedName(_)
        )
    };
    let fault = |part: &str| match part.split_once('=') {
        Some((kind, value)) if !kind.trim().is_empty() && !value.trim().is_empty() => {
            let kind = kind.trim();
            (!is_kind(kind)).then(|| format!("`{kind}` is no attribute of a distinguished name"))
        }
        _ if text.value.contains('=') => Some(format!(
            "`{}` in the distinguished name is not a kind and a value",
            part.trim()
        )),
        _ => Some(format!("`{}` is not a distinguished name", text.value)),
    };
    let (separator, parts) = match text.value.strip_prefix('/') {
        Some(parts) => ('/', parts),
        None => (',', text.value.as_str()),
    };
    if !text.value.is_empty()
        && let Some(message) = parts.split(separator).find_map(fault)
    {
        problems.push(Problem::error(Code::BadValue, text.place, message).help(help));
    }
    name.to_string()
}
