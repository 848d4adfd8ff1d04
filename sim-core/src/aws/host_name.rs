//! The host names of AWS services and endpoints: what each names, and whose certificate covers it.
//!
//! ```text
//! mgn.ap-south-1.amazonaws.com                              a service
//! bucket-a.s3.ap-south-1.amazonaws.com                      a bucket
//! vpce-0a1-b2.mgn.ap-south-1.vpce.amazonaws.com             an interface endpoint
//! vpce-0a1-b2-ap-south-1a.mgn.ap-south-1.vpce.amazonaws.com the same in one availability zone
//! bucket-a.bucket.vpce-0a1-b2.s3.ap-south-1.vpce.amazonaws.com a bucket through an endpoint
//! ```
//!
//! # Fidelity
//! Simplified: dual-stack, FIPS, website and legacy global names are left out, which interface
//! endpoints do not serve either, and so are the domains of other partitions (`amazonaws.com.cn`
//! and the isolated ones). Which certificate covers a name follows from the name alone.
//!
//! Sources: "AWS service endpoints", AWS General Reference; "AWS PrivateLink for Amazon S3", Amazon
//! S3 User Guide; "Access an AWS service using an interface VPC endpoint", AWS PrivateLink Guide.

use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::{InterfaceEndpointId, NetworkInterfaceId, RegionId, ServiceEndpointId};
use crate::verdict::Refusal;

use super::{Cloud, EndpointState, Service};

/// Which of a service's interfaces a name is for; all but the first are S3's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api<'a> {
    /// The service itself.
    Whole,
    /// Objects: of this bucket, or of the bucket that the path names.
    Bucket(Option<&'a str>),
    /// Objects through an access point, or the one that the path names.
    AccessPoint(Option<&'a str>),
    /// S3 control, for this account.
    Control(Option<&'a str>),
}

/// What a host name of AWS names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName<'a> {
    /// The service.
    pub service: Service,
    /// The Region, as AWS names it.
    pub region: &'a str,
    /// Which interface of the service.
    pub api: Api<'a>,
    /// The first label of an interface endpoint's own names, with the zone where one is named.
    pub endpoint: Option<&'a str>,
}

/// S3's labels of their own for access points and control.
const ACCESS_POINT: &str = "s3-accesspoint";
const CONTROL: &str = "s3-control";

impl<'a> HostName<'a> {
    /// Reads a host name in lower case; `None` where it is not one of AWS's.
    #[must_use]
    pub fn parse(name: &'a str) -> Option<Self> {
        let rest = name.strip_suffix(".amazonaws.com")?;
        match rest.strip_suffix(".vpce") {
            Some(rest) => Self::parse_endpoint(rest),
            None => Self::parse_service(rest),
        }
    }

    /// `[bucket.]service.region`
    fn parse_service(rest: &'a str) -> Option<Self> {
        let (rest, region) = rest.rsplit_once('.')?;
        let (before, label) = match rest.rsplit_once('.') {
            Some((before, label)) => (Some(before), label),
            None => (None, rest),
        };
        let (service, api) = match (label, before) {
            (ACCESS_POINT, before) => (Service::S3, Api::AccessPoint(before)),
            (CONTROL, before) => (Service::S3, Api::Control(before)),
            (label, before) => {
                let service = service_of(label)?;
                match (service, before) {
                    (_, None) => (service, Api::Whole),
                    (Service::S3, Some(bucket)) => (service, Api::Bucket(Some(bucket))),
                    (_, Some(_)) => return None,
                }
            }
        };
        Some(Self {
            service,
            region,
            api,
            endpoint: None,
        })
    }

    /// `[[bucket.]kind.]vpce-….service.region`
    fn parse_endpoint(rest: &'a str) -> Option<Self> {
        let (rest, region) = rest.rsplit_once('.')?;
        let (rest, label) = rest.rsplit_once('.')?;
        let service = service_of(label)?;
        let (before, endpoint) = match rest.rsplit_once('.') {
            Some((before, endpoint)) => (Some(before), endpoint),
            None => (None, rest),
        };
        if !endpoint.starts_with("vpce-") {
            return None;
        }
        let api = match before {
            None => Api::Whole,
            Some(before) if service == Service::S3 => {
                let (which, kind) = match before.rsplit_once('.') {
                    Some((which, kind)) => (Some(which), kind),
                    None => (None, before),
                };
                match kind {
                    "bucket" => Api::Bucket(which),
                    "accesspoint" => Api::AccessPoint(which),
                    "control" => Api::Control(which),
                    _ => return None,
                }
            }
            Some(_) => return None,
        };
        Some(Self {
            service,
            region,
            api,
            endpoint: Some(endpoint),
        })
    }

    /// A certificate's `*` stands for one label, so a bucket with dots in its name has no
    /// certificate (RFC 6125 §6.4.3; "Virtual hosting of buckets").
    fn is_one_label(&self) -> bool {
        match self.api {
            Api::Whole | Api::Bucket(None) | Api::AccessPoint(None) | Api::Control(None) => true,
            Api::Bucket(Some(which)) | Api::AccessPoint(Some(which)) | Api::Control(Some(which)) => {
                !which.contains('.')
            }
        }
    }
}

fn service_of(label: &str) -> Option<Service> {
    Service::ALL
        .iter()
        .copied()
        .find(|service| service.label() == label)
}

impl Service {
    /// The domains that private DNS takes over for a service in a Region.
    pub(super) fn private_domains(self, region: &str) -> Vec<String> {
        let labels: &[&str] = match self {
            Self::S3 => &["s3", CONTROL, ACCESS_POINT],
            _ => &[self.label()],
        };
        labels
            .iter()
            .map(|label| format!("{label}.{region}.amazonaws.com"))
            .collect()
    }
}

impl Cloud {
    /// The Region with AWS's name.
    #[must_use]
    pub fn region_named(&self, name: &str) -> Option<RegionId> {
        self.regions
            .iter()
            .find(|(_, region)| region.name == name)
            .map(|(id, _)| id)
    }

    /// The regional name of an interface endpoint.
    #[must_use]
    pub fn endpoint_name(&self, endpoint: InterfaceEndpointId) -> Option<String> {
        let row = self.interface_endpoints.get(endpoint)?;
        let region = &self.regions.get(row.region)?.name;
        Some(format!(
            "{}.{}.{region}.vpce.amazonaws.com",
            row.label, row.service
        ))
    }

    /// The name of an interface endpoint in the availability zone of one of its interfaces.
    #[must_use]
    pub fn zonal_endpoint_name(
        &self,
        endpoint: InterfaceEndpointId,
        interface: NetworkInterfaceId,
    ) -> Option<String> {
        let row = self.interface_endpoints.get(endpoint)?;
        let region = &self.regions.get(row.region)?.name;
        let zone = self.zone_of(interface)?;
        Some(format!(
            "{}-{zone}.{}.{region}.vpce.amazonaws.com",
            row.label, row.service
        ))
    }

    /// The public name of a service in a Region.
    #[must_use]
    pub fn service_name(&self, service: Service, region: RegionId) -> Option<String> {
        Some(format!(
            "{service}.{}.amazonaws.com",
            self.regions.get(region)?.name
        ))
    }

    /// The interface endpoint that a name's endpoint label means, with those of its interfaces
    /// that the name leads to. Names of deleted endpoints mean nothing.
    pub(super) fn endpoint_named(
        &self,
        host: &HostName<'_>,
    ) -> Option<(InterfaceEndpointId, Vec<NetworkInterfaceId>)> {
        let label = host.endpoint?;
        let (id, row) = self.interface_endpoints.iter().find(|(_, row)| {
            row.state == EndpointState::Available
                && row.service == host.service
                && self
                    .regions
                    .get(row.region)
                    .is_some_and(|region| region.name == host.region)
                && label
                    .strip_prefix(row.label.as_str())
                    .is_some_and(|zone| zone.is_empty() || zone.starts_with('-'))
        })?;
        let zone = label.strip_prefix(row.label.as_str())?.strip_prefix('-');
        let interfaces: Vec<_> = row
            .interfaces
            .iter()
            .copied()
            .filter(|&interface| zone.is_none_or(|zone| self.zone_of(interface) == Some(zone)))
            .collect();
        (!interfaces.is_empty()).then_some((id, interfaces))
    }

    /// The name of an interface's availability zone.
    fn zone_of(&self, interface: NetworkInterfaceId) -> Option<&str> {
        let subnet = self.subnets.get(self.interfaces.get(interface)?.subnet)?;
        Some(&self.zones.get(subnet.zone)?.name)
    }

    /// Whether the certificate that an interface endpoint presents covers `name`.
    ///
    /// The endpoint has certificates for its own names and for the service's public ones. For S3
    /// its own names need the label `bucket.`, `accesspoint.` or `control.` in front.
    ///
    /// # Errors
    /// [`Reason::TlsNameMismatch`].
    pub fn endpoint_accepts_name(&self, endpoint: InterfaceEndpointId, name: &Name) -> Result<(), Refusal> {
        let covered = || {
            let row = self.interface_endpoints.get(endpoint)?;
            let host = HostName::parse(name.as_str())?;
            let own_kind = match (host.endpoint, host.service, host.api) {
                (Some(_), Service::S3, Api::Whole) => false,
                (Some(_), _, _) => self.endpoint_named(&host).is_some_and(|(id, _)| id == endpoint),
                (None, _, _) => self.regions.get(row.region)?.name == host.region,
            };
            (own_kind && host.service == row.service && host.is_one_label()).then_some(())
        };
        covered().ok_or(Refusal::at(Reason::TlsNameMismatch, endpoint))
    }

    /// Whether the certificate that a service presents at its public addresses covers `name`.
    ///
    /// # Errors
    /// [`Reason::TlsNameMismatch`].
    pub fn service_accepts_name(&self, service: ServiceEndpointId, name: &Name) -> Result<(), Refusal> {
        let covered = || {
            let row = self.services.get(service)?;
            let host = HostName::parse(name.as_str())?;
            let same = host.endpoint.is_none()
                && host.service == row.service
                && self.regions.get(row.region)?.name == host.region;
            (same && host.is_one_label()).then_some(())
        };
        covered().ok_or(Refusal::at(Reason::TlsNameMismatch, service))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{MGN_LABEL, S3_LABEL, two_regions};
    use super::*;

    #[track_caller]
    fn check(name: &str, service: Service, endpoint: Option<&str>, api: Api<'_>) {
        let region = "ap-south-1";
        assert_eq!(
            HostName::parse(name),
            Some(HostName {
                service,
                region,
                api,
                endpoint
            }),
            "{name}"
        );
    }

    #[test]
    fn names_are_read() {
        check("mgn.ap-south-1.amazonaws.com", Service::Mgn, None, Api::Whole);
        check("s3.ap-south-1.amazonaws.com", Service::S3, None, Api::Whole);
        let bucket = "aws-application-migration-service-ap-south-1";
        check(
            "aws-application-migration-service-ap-south-1.s3.ap-south-1.amazonaws.com",
            Service::S3,
            None,
            Api::Bucket(Some(bucket)),
        );
        check(
            "111122223333.s3-control.ap-south-1.amazonaws.com",
            Service::S3,
            None,
            Api::Control(Some("111122223333")),
        );
        check(
            "vpce-1-a.mgn.ap-south-1.vpce.amazonaws.com",
            Service::Mgn,
            Some("vpce-1-a"),
            Api::Whole,
        );
        check(
            "b.bucket.vpce-1-a-ap-south-1a.s3.ap-south-1.vpce.amazonaws.com",
            Service::S3,
            Some("vpce-1-a-ap-south-1a"),
            Api::Bucket(Some("b")),
        );
        check(
            "accesspoint.vpce-1-a.s3.ap-south-1.vpce.amazonaws.com",
            Service::S3,
            Some("vpce-1-a"),
            Api::AccessPoint(None),
        );
        for other in [
            "example.com",
            "amazonaws.com",
            "x.mgn.ap-south-1.amazonaws.com",
            "bucket.vpce-1-a.mgn.ap-south-1.vpce.amazonaws.com",
            "other.vpce-1-a.s3.ap-south-1.vpce.amazonaws.com",
            "mgn.ap-south-1.vpce.amazonaws.com",
        ] {
            assert_eq!(HostName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn s3_through_an_endpoint_needs_the_bucket_label() {
        let fixture = two_regions();
        let own = format!("{S3_LABEL}.s3.ap-south-1.vpce.amazonaws.com");
        let accepts = |name: &str| {
            let name: Name = name.parse().expect("a name");
            fixture.cloud.endpoint_accepts_name(fixture.s3, &name)
        };
        let mismatch = Err(Refusal::at(Reason::TlsNameMismatch, fixture.s3));
        assert_eq!(accepts(&own), mismatch);
        assert_eq!(accepts(&format!("bucket.{own}")), Ok(()));
        assert_eq!(accepts(&format!("my-bucket.bucket.{own}")), Ok(()));
        assert_eq!(
            accepts(&format!("my.bucket.bucket.{own}")),
            mismatch,
            "two labels"
        );
        assert_eq!(accepts(&format!("control.{own}")), Ok(()));
        assert_eq!(accepts("my-bucket.s3.ap-south-1.amazonaws.com"), Ok(()));
        assert_eq!(accepts("my-bucket.s3.eu-west-1.amazonaws.com"), mismatch);
    }

    #[test]
    fn other_endpoints_cover_their_regional_zonal_and_public_names() {
        let fixture = two_regions();
        let accepts = |name: String| {
            let name: Name = name.parse().expect("a name");
            fixture.cloud.endpoint_accepts_name(fixture.mgn, &name).is_ok()
        };
        let suffix = "mgn.ap-south-1.vpce.amazonaws.com";
        assert!(accepts(format!("{MGN_LABEL}.{suffix}")));
        assert!(accepts(format!("{MGN_LABEL}-ap-south-1b.{suffix}")));
        assert!(
            !accepts(format!("{MGN_LABEL}-ap-south-1c.{suffix}")),
            "no such zone"
        );
        assert!(!accepts(format!("vpce-0123-other.{suffix}")));
        assert!(accepts("mgn.ap-south-1.amazonaws.com".to_owned()));
        assert!(!accepts("ec2.ap-south-1.amazonaws.com".to_owned()));
    }

    #[test]
    fn endpoints_say_their_names() {
        let fixture = two_regions();
        let second = fixture.cloud.interface_endpoints[fixture.mgn].interfaces[1];
        assert_eq!(
            fixture.cloud.endpoint_name(fixture.mgn),
            Some(format!("{MGN_LABEL}.mgn.ap-south-1.vpce.amazonaws.com"))
        );
        assert_eq!(
            fixture.cloud.zonal_endpoint_name(fixture.mgn, second),
            Some(format!(
                "{MGN_LABEL}-ap-south-1b.mgn.ap-south-1.vpce.amazonaws.com"
            ))
        );
    }
}
