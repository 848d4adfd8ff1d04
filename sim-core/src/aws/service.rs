//! AWS services as their clients meet them: names, public addresses.
//!
//! # Fidelity
//! Simplified: a service is its names and a few public addresses that stand in for Amazon's. What
//! it answers is decided by endpoint policies and by the migration; every service is in every
//! Region of the lab, and never throttles or fails.
//!
//! Source: "AWS service endpoints", AWS General Reference.

use std::net::Ipv4Addr;

use crate::resource::RegionId;

macro_rules! services {
    ($($(#[$doc:meta])* $variant:ident, $label:literal;)*) => {
        /// An AWS service that something in a lab calls.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Service {
            $($(#[$doc])* #[serde(rename = $label)] $variant,)*
        }

        impl Service {
            /// All services, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The label in the service's endpoint names, for example `mgn`.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

services! {
    /// Application Migration Service.
    Mgn, "mgn";
    /// Simple Storage Service.
    S3, "s3";
    /// Elastic Compute Cloud.
    Ec2, "ec2";
    /// Systems Manager.
    Ssm, "ssm";
    /// Systems Manager Session Manager.
    SsmMessages, "ssmmessages";
    /// Systems Manager's message delivery.
    Ec2Messages, "ec2messages";
    /// Secrets Manager.
    SecretsManager, "secretsmanager";
    /// Security Token Service.
    Sts, "sts";
    /// Key Management Service.
    Kms, "kms";
    /// `DynamoDB`.
    DynamoDb, "dynamodb";
}

impl core::fmt::Display for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.label())
    }
}

/// A service's public endpoint in one Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEndpoint {
    /// The service.
    pub service: Service,
    /// The Region.
    pub region: RegionId,
    /// The public addresses that its name resolves to.
    pub addresses: Vec<Ipv4Addr>,
}
