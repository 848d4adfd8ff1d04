//! What AWS's side makes of a connection and of a request: certificates, policies, Regions.
//!
//! Simplified: a principal is never named, so that of an endpoint policy's statements only those
//! for `*` match; a request for another Region's resources is refused wherever its ARN or bucket
//! name tells the Region; TLS is opened on port 443 only, and on the way out of the VPC only.

use crate::aws::{Cloud, Service, TlsInspection};
use crate::identity::Policy;
use crate::migrate::ground::{Call, Remote, Request, Signing};
use crate::proto::dns::{Name, is_within};
use crate::reason::Reason;
use crate::resource::{GatewayEndpointId, InterfaceEndpointId, RegionId};
use crate::site::{Clock, TrustStore};
use crate::units::Span;
use crate::verdict::{Refusal, Rule};

use super::super::network::{Door, Network, Recipient};
use super::super::terrain::Terrain;
use super::session::Session;

/// How far a signer's clock may be off: "the request must reach AWS within five minutes of the time
/// stamp" ("Troubleshoot Signature Version 4 signing", IAM User Guide).
pub(in super::super) const CLOCK_TOLERANCE: Span = Span::secs(300);
/// The port on which TLS inspection looks.
const HTTPS: u16 = 443;

impl Terrain {
    /// Whether the caller accepts the certificate that it is shown.
    pub(super) fn check_certificate(&self, call: &Call, session: &Session) -> Result<(), Refusal> {
        let Some(remote) = session.remote else {
            return Ok(());
        };
        match &call.request {
            Request::Connect | Request::Echo(_) => Ok(()),
            Request::PinnedTls => match remote {
                Recipient::Host(_) => Ok(()),
                Recipient::InterfaceEndpoint { .. }
                | Recipient::Service { .. }
                | Recipient::VpcResolver(_)
                | Recipient::ResolverEndpoint { .. }
                | Recipient::PublicDns
                | Recipient::Router(_) => {
                    Err(Refusal::at(Reason::CertificateVerifyFailed, remote.resource()))
                }
            },
            Request::Api { .. } => {
                self.check_inspection(call, session)?;
                let mismatch = Refusal::at(Reason::TlsNameMismatch, remote.resource());
                let Remote::Name(name) = &call.to else {
                    return Err(mismatch);
                };
                let name: Name = name.parse().map_err(|_| mismatch)?;
                match remote {
                    Recipient::InterfaceEndpoint { endpoint, .. } => {
                        self.network.cloud.endpoint_accepts_name(endpoint, &name)?;
                    }
                    Recipient::Service { service, .. } => {
                        self.network.cloud.service_accepts_name(service, &name)?;
                    }
                    Recipient::Host(_)
                    | Recipient::VpcResolver(_)
                    | Recipient::ResolverEndpoint { .. }
                    | Recipient::PublicDns
                    | Recipient::Router(_) => return Err(mismatch),
                }
                match self.network.hosts.get(call.from).map(|host| host.trust) {
                    Some(TrustStore::Outdated) => {
                        Err(Refusal::at(Reason::CertificateVerifyFailed, call.from))
                    }
                    Some(TrustStore::AmazonRoots) | None => Ok(()),
                }
            }
        }
    }

    /// A middlebox that opens TLS shows a certificate of its own, which AWS's programs do not trust.
    fn check_inspection(&self, call: &Call, session: &Session) -> Result<(), Refusal> {
        let Some(id) = self.vpc_of(call.from) else {
            return Ok(());
        };
        let Some(vpc) = self.network.cloud.vpcs.get(id) else {
            return Ok(());
        };
        let exempt = match &vpc.tls_inspection {
            TlsInspection::None => return Ok(()),
            TlsInspection::Inspected { exempt } => exempt,
        };
        let passes = match &call.to {
            Remote::Name(name) => exempt.iter().any(|domain| is_within(name, domain)),
            Remote::Address(_) => false,
        };
        if passes || call.port != HTTPS || vpc.contains(session.flow.destination) {
            return Ok(());
        }
        Err(Refusal::at(Reason::CertificateVerifyFailed, id))
    }
}

/// What the far end makes of the request.
pub(super) fn judge(network: &Network, call: &Call, remote: Recipient) -> Result<(), Refusal> {
    let Request::Api {
        action,
        resource,
        signing,
        ..
    } = &call.request
    else {
        return Ok(());
    };
    let cloud = &network.cloud;
    let nobody = Refusal::at(Reason::NoSuchService, remote.resource());
    let (service, region) = match remote {
        Recipient::InterfaceEndpoint { endpoint, .. } => {
            let row = cloud.interface_endpoints.get(endpoint).ok_or(nobody)?;
            (row.service, row.region)
        }
        Recipient::Service { service, .. } => {
            let row = cloud.services.get(service).ok_or(nobody)?;
            (row.service, row.region)
        }
        Recipient::Host(_)
        | Recipient::VpcResolver(_)
        | Recipient::ResolverEndpoint { .. }
        | Recipient::PublicDns
        | Recipient::Router(_) => return Err(nobody),
    };
    if service_of(action).is_some_and(|asked| asked != service) {
        return Err(nobody);
    }
    allowed_by_endpoint(network, remote, action, resource)?;
    if *signing == Signing::SigV4 {
        check_clock(network, call)?;
    }
    let elsewhere = region_of(network, resource).is_some_and(|asked| asked != region);
    if elsewhere {
        return Err(Refusal::at(Reason::RegionMismatch, remote.resource()));
    }
    Ok(())
}

/// The endpoint whose policy a request has to pass.
enum Gate {
    Interface(InterfaceEndpointId),
    Gateway(GatewayEndpointId),
}

impl Gate {
    fn of(remote: Recipient) -> Option<Self> {
        match remote {
            Recipient::InterfaceEndpoint { endpoint, .. } => Some(Self::Interface(endpoint)),
            Recipient::Service {
                door: Door::GatewayEndpoint(endpoint),
                ..
            } => Some(Self::Gateway(endpoint)),
            Recipient::Service {
                door: Door::Internet, ..
            }
            | Recipient::Host(_)
            | Recipient::VpcResolver(_)
            | Recipient::ResolverEndpoint { .. }
            | Recipient::PublicDns
            | Recipient::Router(_) => None,
        }
    }
    fn policy<'a>(&self, cloud: &'a Cloud) -> Option<&'a Policy> {
        match self {
            Self::Interface(id) => cloud.interface_endpoints.get(*id).map(|row| &row.policy),
            Self::Gateway(id) => cloud.gateway_endpoints.get(*id).map(|row| &row.policy),
        }
    }
    fn rule(self, statement: Option<u32>) -> Rule {
        match self {
            Self::Interface(endpoint) => Rule::InterfaceEndpointPolicy { endpoint, statement },
            Self::Gateway(endpoint) => Rule::GatewayEndpointPolicy { endpoint, statement },
        }
    }
}

fn allowed_by_endpoint(
    network: &Network,
    remote: Recipient,
    action: &str,
    resource: &str,
) -> Result<(), Refusal> {
    const ANYBODY: &str = "*";
    let Some(gate) = Gate::of(remote) else {
        return Ok(());
    };
    let Some(policy) = gate.policy(&network.cloud) else {
        return Ok(());
    };
    let decision = policy.evaluate(ANYBODY, action, resource);
    if decision.is_allowed() {
        return Ok(());
    }
    let statement = decision.statement().and_then(|place| u32::try_from(place).ok());
    Err(Refusal::by(Reason::EndpointPolicyDenied, gate.rule(statement)))
}

fn check_clock(network: &Network, call: &Call) -> Result<(), Refusal> {
    match network.hosts.get(call.from).map(|host| host.clock) {
        Some(Clock::Ahead(off) | Clock::Behind(off)) if off > CLOCK_TOLERANCE => {
            Err(Refusal::at(Reason::ClockSkew, call.from))
        }
        Some(Clock::Ahead(_) | Clock::Behind(_) | Clock::Synchronised) | None => Ok(()),
    }
}

/// The service that an action belongs to. MGN's agents speak to it through API Gateway, whence
/// `execute-api`.
fn service_of(action: &str) -> Option<Service> {
    match action.split_once(':')?.0 {
        "execute-api" => Some(Service::Mgn),
        prefix => Service::ALL
            .iter()
            .copied()
            .find(|service| service.label() == prefix),
    }
}

/// The Region that a resource's full name tells: in its fourth part, or, for S3, at the end of the
/// bucket's name where AWS's own buckets have it.
fn region_of(network: &Network, resource: &str) -> Option<RegionId> {
    let mut parts = resource.splitn(6, ':');
    let service = parts.nth(2)?;
    let region = parts.next()?;
    if !region.is_empty() {
        return network.cloud.region_named(region);
    }
    if service != Service::S3.label() {
        return None;
    }
    let bucket = parts.nth(1)?.split('/').next()?;
    network
        .cloud
        .regions
        .iter()
        .find(|(_, region)| {
            bucket
                .strip_suffix(region.name.as_str())
                .is_some_and(|rest| rest.ends_with('-'))
        })
        .map(|(id, _)| id)
}
