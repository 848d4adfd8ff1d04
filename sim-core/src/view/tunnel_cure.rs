//! What is wrong with a tunnel, and what to do about it.

use std::sync::Arc;

use crate::aws::vpn::takes;
use crate::proto::ike::certificate::{CertificateError, Certified, PrivateKey, Rejected, Terms};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::{Authentication, Tries};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::notice::{AuthFailure, Notice, Phase};
use crate::proto::ike::proposal::{Agreement, Difference, Kind, Proposal, Protocol, Transform};
use crate::proto::ike::{Connection, Version};
use crate::reason::Reason;
use crate::resource::TunnelId;
use crate::scenario::terms_text;
use crate::units::SimTime;
use crate::world::routing::{TunnelDiagnosis, TunnelRead};

use super::View;

impl View<'_> {
    /// What is wrong with a tunnel, and what to do about it.
    pub(super) fn tunnel_trouble(
        &self,
        id: TunnelId,
        read: &TunnelRead<'_>,
        diagnosis: &TunnelDiagnosis,
    ) -> (String, String) {
        let names = self.world.names();
        let peer = self.peer_gateway(id, read.row.remote);
        if let Some((detail, fix, _)) = diagnosis.stopped_by.and_then(|refusal| self.past_tunnel(refusal)) {
            return (format!("IKE does not get to {peer} and back: {detail}"), fix);
        }
        if let Some(refusal) = diagnosis.stopped_by {
            let detail = format!(
                "IKE does not get to {peer} and back: {}",
                self.words().stopped(&refusal)
            );
            let to_aws = self.way_to_aws(refusal, read);
            let fix = match refusal.reason {
                _ if to_aws.is_some() => to_aws.map(|fix| fix.text).unwrap_or_default(),
                Reason::NoRoute => format!(
                    "give {} a route towards the other gateway's outer address",
                    names.of(refusal.at)
                ),
                other => other.look().to_owned(),
            };
            return (detail, fix);
        }
        if diagnosis.reason == Reason::IkeProcessDown {
            let near = self.world.names().of(read.row.router);
            let gateway = if read.daemon.is_running() { peer } else { near };
            return (
                format!("{gateway} runs no IKE"),
                format!("ike_process({gateway:?}, start)"),
            );
        }
        let Some((at, notice)) = read.failure() else {
            if self.world.far_tunnel(id).is_none() && !self.is_written(read.row.router) {
                return self.not_configured(id, read, &peer);
            }
            if let Some(caller) = self.who_should_call(id, read) {
                let fix = format!(
                    "let {} begin: start: start, and reset it; both ends wait to be called",
                    names.of(caller)
                );
                return ("nobody negotiates: both ends wait to be called".to_owned(), fix);
            }
            let detail = format!("nobody negotiates: {peer} has not called, or the tunnel was closed");
            return (detail, format!("tunnel({:?}, up)", names.of(id)));
        };
        let far = self.world.far_tunnel(id);
        let far_read = far.and_then(|far| self.world.tunnel(far));
        let far_name = far.map_or(peer, |far| names.of(far));
        let theirs = far_read.as_ref().and_then(TunnelRead::failure);
        let mut detail = format!("{at}: {notice}");
        // Where only the peer knows, its own record says more.
        if notice.knows_little()
            && let Some((at, notice)) = theirs
        {
            detail = format!("{detail}; {far_name} says at {at}: {notice}");
        }
        let name = names.of(id);
        let ours = Ends {
            near: (&name, read.config),
            far: (&far_name, far_read.as_ref().map(|read| read.config)),
            aws: match (self.is_written(read.row.router), far_read.as_ref()) {
                (false, _) => Some(AwsEnd::Near),
                (true, Some(far)) if !self.is_written(far.row.router) => Some(AwsEnd::Far),
                (true, _) => None,
            },
            now: self.world.now(),
        };
        detail.push_str(&ours.offers(notice));
        let fix = ours
            .cure(notice)
            .or_else(|| ours.reversed()?.cure(theirs?.1))
            .or_else(|| ours.call_again(diagnosis.reason))
            .unwrap_or_else(|| match diagnosis.reason {
                Reason::TunnelUnprotected => format!("tunnel({name:?}, up)"),
                other => other.look().to_owned(),
            });
        (detail, fix)
    }
}

impl View<'_> {
    /// AWS's end of a tunnel whose other end nobody has configured.
    fn not_configured(&self, id: TunnelId, read: &TunnelRead<'_>, peer: &str) -> (String, String) {
        let (name, outside) = (self.world.names().of(id), read.row.local);
        let port = self.world.network().router_interfaces.get(read.row.interface);
        let given = match (port, self.customer_inside(read)) {
            (Some(port), Some(own)) => format!(
                ", inside {own} with a BGP session to {} where it has BGP",
                port.address.addr()
            ),
            _ => String::new(),
        };
        (
            format!("{peer} has no tunnel to {outside}: of the connection's two it uses one"),
            format!(
                "configure the tunnel {name} at {peer}, too: to {outside}{given}, with the key of AWS's configuration file"
            ),
        )
    }
}

/// Which end of a tunnel is AWS's, which does not take everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AwsEnd {
    Near,
    Far,
}

/// The two ends of a tunnel as they are configured now, seen from one that complains.
struct Ends<'a> {
    /// Its name and configuration.
    near: (&'a str, &'a Connection),
    /// The other's; there is no configuration where the lab has no gateway there.
    far: (&'a str, Option<&'a Connection>),
    /// Which of them is AWS's.
    aws: Option<AwsEnd>,
    now: SimTime,
}

impl Ends<'_> {
    /// The same, seen from the other one.
    fn reversed(&self) -> Option<Self> {
        let (far, config) = self.far;
        Some(Self {
            near: (far, config?),
            far: (self.near.0, Some(self.near.1)),
            aws: self.aws.map(|end| match end {
                AwsEnd::Near => AwsEnd::Far,
                AwsEnd::Far => AwsEnd::Near,
            }),
            now: self.now,
        })
    }

    /// All that either side would take, where it is more than the two that came nearest to each other.
    fn offers(&self, notice: &Notice) -> String {
        let (Notice::ProposalMismatch { phase, .. }, Some(far)) = (notice, self.far.1) else {
            return String::new();
        };
        let all = |config: &Connection| match phase {
            Phase::Ike => config.ike.clone(),
            Phase::Child => config
                .children
                .iter()
                .flat_map(|child| child.esp.clone())
                .collect(),
        };
        let (near, far) = (all(self.near.1), all(far));
        if near.len() + far.len() <= 2 {
            return String::new();
        }
        let list = |all: &[Proposal]| {
            all.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" or ")
        };
        format!(
            "; of all, {} takes {}, and {} takes {}",
            self.near.0,
            list(&near),
            self.far.0,
            list(&far)
        )
    }

    /// Who calls once and was not answered does not call again, whatever has become of the way.
    fn call_again(&self, reason: Reason) -> Option<String> {
        let (near, config) = self.near;
        let gave_up = config.tries == Tries::Once && reason == Reason::IkePeerSilent;
        gave_up.then(|| format!("tunnel({near:?}, up); with tries: forever it would call again by itself"))
    }

    /// What to change, where the notice alone says it.
    fn cure(&self, notice: &Notice) -> Option<String> {
        let (near, far) = (self.near.0, self.far.0);
        match notice {
            Notice::ProposalMismatch { phase, fields, .. } => {
                proposals(*phase, fields, (near, far), self.aws)
            }
            Notice::Undecryptable { .. } => Some(format!("set the same key in {near} and {far}")),
            Notice::VersionMismatch { theirs } => {
                let ours = match theirs {
                    Version::V1 => Version::V2,
                    Version::V2 => Version::V1,
                };
                Some(format!(
                    "let version of {near} be {}, or version of {far} be {}",
                    word(*theirs),
                    word(ours)
                ))
            }
            Notice::OtherGroupSent { chosen } => Some(format!(
                "let the first ike proposal of {far} have {chosen}, or let mode of {near} and {far} be main"
            )),
            Notice::AuthenticationFailed(failure) => self.proof(failure),
            _ => None,
        }
    }

    /// What to change so that the near end believes the far one.
    fn proof(&self, failure: &AuthFailure) -> Option<String> {
        let ((near, config), (far, _)) = (self.near, self.far);
        let is_mended = match failure {
            AuthFailure::SharedKey { .. }
            | AuthFailure::NoMatchingPeer { .. }
            | AuthFailure::OtherIdentity { .. }
            | AuthFailure::Signature { .. }
            | AuthFailure::Certificate(_)
            | AuthFailure::Method { .. } => self.would_agree(),
            AuthFailure::Incomplete
            | AuthFailure::AggressiveSharedKey
            | AuthFailure::OtherMode
            | AuthFailure::RefusedByPeer => false,
        };
        if is_mended {
            return Some(format!("tunnel({near:?}, up), now that both agree"));
        }
        match failure {
            AuthFailure::SharedKey { .. } => Some(format!("set the same key in {near} and {far}")),
            AuthFailure::OtherIdentity { claimed, expected } => Some(self.name(claimed, expected)),
            AuthFailure::NoMatchingPeer { claimed, wanted } => {
                let expected = &config.remote_id;
                match wanted {
                    Some(wanted) if claimed.satisfies(expected) => {
                        let (own, wanted) = (config.own_identity().to_text(), wanted.to_text());
                        Some(format!(
                            "let remote_id of {far} be {own:?}, or local_id of {near} be {wanted:?}"
                        ))
                    }
                    _ => Some(self.name(claimed, expected)),
                }
            }
            AuthFailure::Certificate(rejected) => Some(self.certificate(rejected)),
            AuthFailure::Signature { .. } => Some(format!(
                "give {far} the private key that its certificate was issued for"
            )),
            AuthFailure::Method { expected } => Some(format!(
                "let {near} and {far} both have a key, or both a certificate; {near} has a {expected}"
            )),
            AuthFailure::OtherMode => Some(format!("let {near} and {far} have the same mode")),
            AuthFailure::AggressiveSharedKey => Some(format!("let mode of {near} and {far} be main")),
            AuthFailure::Incomplete | AuthFailure::RefusedByPeer => None,
        }
    }

    fn name(&self, claimed: &Identity, expected: &Identity) -> String {
        let (near, far) = (self.near.0, self.far.0);
        let by = match self.far.1.map(|far| &far.authentication) {
            Some(Authentication::Certificate(own)) if !own.certificate.names(expected) => {
                "have a certificate for"
            }
            Some(Authentication::Certificate(_) | Authentication::SharedKey(_)) | None => {
                "say by local_id that it is"
            }
        };
        let is_one =
            !expected.has_wildcards() && !matches!(expected, Identity::Subnet(_) | Identity::Range(..));
        let whom = if is_one { "" } else { "one of " };
        let (claimed, expected) = (claimed.to_text(), expected.to_text());
        format!("let remote_id of {near} be {claimed:?}, or let {far} {by} {whom}{expected:?}")
    }

    /// What to change about a certificate of the far end's, for each thing that is wrong with it.
    fn certificate(&self, rejected: &Rejected) -> String {
        let (near, far) = (self.near.0, self.far.0);
        let cure = |fault: &CertificateError| match fault {
            CertificateError::UntrustedIssuer { issuer } => format!(
                "add {issuer:?} to trusts of {near}, or let {far} have a certificate issued by {}",
                quoted(&rejected.trusted)
            ),
            CertificateError::BadSignature { issuer } => format!(
                "let {far} have a certificate that is signed by the key that {near} knows as that of {issuer:?}"
            ),
            CertificateError::NotYetValid(at) => {
                format!("wait until {at}, or {}", self.renewal())
            }
            CertificateError::Expired(_) => self.renewal(),
            CertificateError::OtherSubject { subject, claimed } => format!(
                "let local_id of {far} be {:?}, or let it have a certificate for {:?}",
                subject.to_text(),
                claimed.to_text()
            ),
            CertificateError::Missing | CertificateError::Malformed => {
                format!("let {far} have a certificate")
            }
        };
        rejected.faults.iter().map(cure).collect::<Vec<_>>().join("; ")
    }

    /// A certificate of the far end's that holds now, as a change to be typed.
    fn renewal(&self) -> String {
        let (far, config) = self.far;
        let Some(Authentication::Certificate(own)) = config.map(|far| &far.authentication) else {
            return format!("renew the certificate of {far}");
        };
        let renewed = Certified::meant(Terms {
            not_before: SimTime::START,
            not_after: SimTime::END,
            ..own.terms()
        });
        let change = ConnectionChange {
            authentication: Some(Authentication::Certificate(renewed.into())),
            ..ConnectionChange::default()
        };
        format!(
            "renew the certificate: configure_tunnel({far:?}, {}), then tunnel({far:?}, up)",
            terms_text(&change)
        )
    }

    /// Whether both would believe each other, were they to negotiate now.
    fn would_agree(&self) -> bool {
        let Some(far) = self.far.1 else {
            return false;
        };
        believes(self.near.1, far, self.now) && believes(far, self.near.1, self.now)
    }
}

/// A version of IKE as a lab's text calls it.
const fn word(version: Version) -> &'static str {
    match version {
        Version::V1 => "ikev1",
        Version::V2 => "ikev2",
    }
}

fn quoted(names: &[Arc<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(" or ")
}

/// Whether a gateway would believe another that is configured so.
fn believes(near: &Connection, far: &Connection, now: SimTime) -> bool {
    let claimed = far.own_identity();
    claimed.satisfies(&near.remote_id)
        && match (&near.authentication, &far.authentication) {
            (Authentication::SharedKey(one), Authentication::SharedKey(other)) => one == other,
            (Authentication::Certificate(own), Authentication::Certificate(shown)) => {
                let rejected = own.rejects(&shown.certificate, now, &claimed);
                rejected.is_none() && shown.terms().private_key == PrivateKey::Matching
            }
            (Authentication::SharedKey(_), Authentication::Certificate(_))
            | (Authentication::Certificate(_), Authentication::SharedKey(_)) => false,
        }
}

/// What to change so that proposals have something in common.
fn proposals(
    phase: Phase,
    fields: &[Difference],
    (near, far): (&str, &str),
    aws: Option<AwsEnd>,
) -> Option<String> {
    let (field, protocol) = match phase {
        Phase::Ike => ("ike", Protocol::Ike),
        Phase::Child => ("esp", Protocol::Esp),
    };
    let keywords = |all: &[Transform]| all.iter().map(|it| it.keyword()).collect::<Vec<_>>();
    let list = |kind: Kind, all: &[Transform]| match all {
        [] => format!("no {kind}"),
        some => keywords(some).join(" or "),
    };
    let apart: Vec<&Difference> = fields
        .iter()
        .filter(|it| it.agrees == Agreement::Disjoint)
        .collect();
    if apart.is_empty() {
        return None;
    }
    let theirs: Vec<String> = apart.iter().map(|it| list(it.kind, &it.theirs)).collect();
    let ours: Vec<String> = apart.iter().map(|it| list(it.kind, &it.ours)).collect();
    let (theirs, ours) = (theirs.join(" and "), ours.join(" and "));
    // What AWS does not take is not proposed to it.
    let customers = |it: &&Difference| match aws {
        Some(AwsEnd::Near) => it.theirs.clone(),
        Some(AwsEnd::Far) => it.ours.clone(),
        None => Vec::new(),
    };
    let refused: Vec<Transform> = apart.iter().flat_map(customers).collect();
    let refused: Vec<Transform> = refused.into_iter().filter(|it| !takes(protocol, *it)).collect();
    let near_has = format!("let {field} of {near} have {theirs}");
    let far_has = format!("let {field} of {far} have {ours}");
    Some(match aws {
        Some(end) if !refused.is_empty() => {
            let change = if end == AwsEnd::Near { far_has } else { near_has };
            format!("{change}: AWS does not take {}", keywords(&refused).join(" or "))
        }
        _ => format!("{near_has}, or {field} of {far} have {ours}"),
    })
}
