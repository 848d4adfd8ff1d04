//! Who a peer says it is, and what it can show for it.
//!
//! # Source
//! RFC 7296 section 3.5; the text forms are strongSwan's.

use core::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::crypt::{self, Signature};
use super::wire::IdBody;
use crate::units::SimTime;

/// An identity, or the wish for any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Identity {
    /// Whoever it is; never sent.
    Any,
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// A domain name; `*.example` as an expectation takes every name below.
    Fqdn(Arc<str>),
    /// An e-mail address; `*@example` as an expectation takes every user.
    Email(Arc<str>),
    /// A distinguished name, in text.
    DistinguishedName(Arc<str>),
    /// Octets that mean something to both.
    KeyId(Arc<[u8]>),
}

impl Identity {
    /// Reads an identity; any text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.is_empty() || text == "%any" {
            return Self::Any;
        }
        if let Ok(address) = text.parse() {
            return Self::Address(address);
        }
        if let Some(hex) = text.strip_prefix("@#") {
            let octets = (0..hex.len()).step_by(2).map(|at| {
                hex.get(at..at + 2)
                    .and_then(|two| u8::from_str_radix(two, 16).ok())
            });
            let octets: Option<Vec<u8>> = octets.collect();
            return Self::KeyId(octets.unwrap_or_else(|| hex.as_bytes().to_vec()).into());
        }
        if let Some(email) = text.strip_prefix("@@") {
            return Self::Email(email.into());
        }
        if let Some(name) = text.strip_prefix('@') {
            return Self::Fqdn(name.into());
        }
        if text.contains('=') {
            Self::DistinguishedName(text.into())
        } else if text.contains('@') {
            Self::Email(text.into())
        } else {
            Self::Fqdn(text.into())
        }
    }

    /// Whether this, which a peer claims, is what `expected` asks for.
    #[must_use]
    pub fn satisfies(&self, expected: &Self) -> bool {
        let under = |name: &str, pattern: &str| match pattern.strip_prefix('*') {
            Some(end) => name.to_ascii_lowercase().ends_with(&end.to_ascii_lowercase()),
            None => name.eq_ignore_ascii_case(pattern),
        };
        match (self, expected) {
            (_, Self::Any) => true,
            (Self::Fqdn(name), Self::Fqdn(pattern)) | (Self::Email(name), Self::Email(pattern)) => {
                under(name, pattern)
            }
            (claimed, expected) => claimed == expected,
        }
    }

    pub(super) fn to_body(&self) -> IdBody {
        let (kind, data) = match self {
            Self::Any => (0, Vec::new()),
            Self::Address(address) => (1, address.octets().to_vec()),
            Self::Fqdn(name) => (2, name.as_bytes().to_vec()),
            Self::Email(email) => (3, email.as_bytes().to_vec()),
            Self::DistinguishedName(name) => (9, name.as_bytes().to_vec()),
            Self::KeyId(octets) => (11, octets.to_vec()),
        };
        IdBody {
            kind,
            protocol: 0,
            port: 0,
            data,
        }
    }

    /// The identity in a payload; a type that we do not know is kept as octets.
    #[must_use]
    pub fn from_body(body: &IdBody) -> Self {
        let text = || Arc::from(String::from_utf8_lossy(&body.data).as_ref());
        match (body.kind, <[u8; 4]>::try_from(body.data.as_slice())) {
            (1, Ok(octets)) => Self::Address(Ipv4Addr::from(octets)),
            (2, _) => Self::Fqdn(text()),
            (3, _) => Self::Email(text()),
            (9, _) => Self::DistinguishedName(text()),
            _ => Self::KeyId(body.data.clone().into()),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("%any"),
            Self::Address(address) => address.fmt(f),
            Self::Fqdn(text) | Self::Email(text) | Self::DistinguishedName(text) => f.pad(text),
            Self::KeyId(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
        }
    }
}

/// A certificate: an authority's word that a key belongs to some identities for a while.
///
/// # Fidelity
/// Not X.509: one authority signs directly, there are no chains, extensions or revocation. Validity is in simulated
/// instants. In a CERT payload it has a form of our own, told apart by an encoding from the private range.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Certificate {
    /// The authority's name.
    pub issuer: Arc<str>,
    /// Whose it is; the first is the subject, the others alternative names.
    pub names: Vec<Identity>,
    /// The first instant at which it holds.
    pub not_before: SimTime,
    /// The last.
    pub not_after: SimTime,
    /// The public key of whoever holds it.
    pub public_key: u64,
    /// The authority's signature over all that.
    pub signature: Signature,
}

/// An authority whose certificates are believed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TrustAnchor {
    /// Its name.
    pub name: Arc<str>,
    /// Its public key.
    pub public_key: u64,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, thiserror::Error)]
pub enum CertificateError {
    /// The peer sent none.
    #[error("the peer sent no certificate")]
    Missing,
    /// It cannot be read.
    #[error("the certificate cannot be read")]
    Malformed,
    /// Nobody that we trust issued it.
    #[error("issued by {issuer:?}, which is not trusted here")]
    UntrustedIssuer {
        /// Who issued it.
        issuer: Arc<str>,
    },
    /// It says an authority that we trust issued it, whose key did not sign it.
    #[error("the signature of {issuer:?} is not valid")]
    BadSignature {
        /// Who is said to have issued it.
        issuer: Arc<str>,
    },
    /// It does not hold yet.
    #[error("not valid before {0}")]
    NotYetValid(SimTime),
    /// It does not hold any more.
    #[error("expired at {0}")]
    Expired(SimTime),
    /// It is another's.
    #[error("issued to {subject}, not to {claimed}")]
    OtherSubject {
        /// Whose it is.
        subject: Identity,
        /// Who sent it.
        claimed: Identity,
    },
}

/// How certificates of our form are marked in a CERT payload (private use, RFC 7296 section 3.6).
pub(super) const CERTIFICATE_ENCODING: u8 = 201;

impl Certificate {
    /// A certificate by the authority `issuer`, whose secret key signs it.
    #[must_use]
    pub fn issue(
        (issuer, issuer_secret): (&str, u64),
        names: Vec<Identity>,
        (not_before, not_after): (SimTime, SimTime),
        public_key: u64,
    ) -> Self {
        let mut certificate = Self {
            issuer: issuer.into(),
            names,
            not_before,
            not_after,
            public_key,
            signature: Signature::default(),
        };
        certificate.signature = crypt::sign(issuer_secret, &certificate.signed_octets());
        certificate
    }

    fn signed_octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        let mut counted = |data: &[u8]| {
            octets.push(data.len().min(255) as u8);
            octets.extend_from_slice(&data[..data.len().min(255)]);
        };
        counted(self.issuer.as_bytes());
        counted(&self.not_before.as_nanos().to_be_bytes());
        counted(&self.not_after.as_nanos().to_be_bytes());
        counted(&self.public_key.to_be_bytes());
        for name in &self.names {
            let body = name.to_body();
            counted(&[&[body.kind][..], &body.data].concat());
        }
        octets
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut octets = self.signature.to_octets().to_vec();
        octets.extend(self.signed_octets());
        octets
    }

    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let (signature, mut rest) = octets.split_first_chunk::<16>()?;
        let mut counted = || {
            let (len, after) = rest.split_first()?;
            let (data, after) = after.split_at_checked(usize::from(*len))?;
            rest = after;
            Some(data)
        };
        let number = |data: &[u8]| data.try_into().ok().map(u64::from_be_bytes);
        let issuer = core::str::from_utf8(counted()?).ok()?.into();
        let not_before = SimTime::from_nanos(number(counted()?)?);
        let not_after = SimTime::from_nanos(number(counted()?)?);
        let public_key = number(counted()?)?;
        let mut names = Vec::new();
        while let Some(name) = counted() {
            let (kind, data) = name.split_first()?;
            names.push(Identity::from_body(&IdBody {
                kind: *kind,
                protocol: 0,
                port: 0,
                data: data.to_vec(),
            }));
        }
        Some(Self {
            issuer,
            names,
            not_before,
            not_after,
            public_key,
            signature: Signature::from_octets(*signature),
        })
    }

    /// Checks it as the certificate of `claimed` at `now`.
    ///
    /// # Errors
    /// The first thing that is wrong: issuer, signature, validity, subject.
    pub fn verify(
        &self,
        trusted: &[TrustAnchor],
        now: SimTime,
        claimed: &Identity,
    ) -> Result<(), CertificateError> {
        let issuer = self.issuer.clone();
        let Some(anchor) = trusted.iter().find(|anchor| anchor.name == issuer) else {
            return Err(CertificateError::UntrustedIssuer { issuer });
        };
        if !crypt::verify(anchor.public_key, &self.signed_octets(), self.signature) {
            return Err(CertificateError::BadSignature { issuer });
        }
        if now < self.not_before {
            return Err(CertificateError::NotYetValid(self.not_before));
        }
        if now > self.not_after {
            return Err(CertificateError::Expired(self.not_after));
        }
        if !self.names.iter().any(|name| claimed == name) {
            return Err(CertificateError::OtherSubject {
                subject: self.names.first().cloned().unwrap_or(Identity::Any),
                claimed: claimed.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn identities_read_as_strongswan_reads_them() {
        let check = |text, identity: Identity| assert_eq!(Identity::parse(text), identity, "{text}");
        check("%any", Identity::Any);
        check("10.0.0.1", Identity::Address(Ipv4Addr::new(10, 0, 0, 1)));
        check("cgw.example", Identity::Fqdn("cgw.example".into()));
        check("@cgw", Identity::Fqdn("cgw".into()));
        check("a@b.example", Identity::Email("a@b.example".into()));
        check("@#01ff", Identity::KeyId(Arc::from([1, 255])));
        check("C=DE, CN=gw", Identity::DistinguishedName("C=DE, CN=gw".into()));
    }

    #[test]
    fn expectations_take_what_they_name() {
        let satisfies = |claimed, expected| Identity::parse(claimed).satisfies(&Identity::parse(expected));
        assert!(satisfies("cgw.example", "CGW.example"));
        assert!(satisfies("cgw.example", "*.example"));
        assert!(satisfies("10.0.0.1", "%any"));
        assert!(!satisfies("cgw.other", "*.example"));
        assert!(!satisfies("10.0.0.1", "10.0.0.2"));
        assert!(!satisfies("cgw.example", "cgw@example"));
    }

    #[test]
    fn certificates_are_checked_in_every_respect() {
        let (authority, holder) = (77, 99);
        let name = Identity::parse("vgw.example");
        let day = |n| SimTime::at(Span::days(n));
        let certificate = Certificate::issue(
            ("Lab CA", authority),
            vec![name.clone()],
            (day(1), day(2)),
            crypt::public_of(holder),
        );
        assert_eq!(
            Certificate::decode(&certificate.encode()),
            Some(certificate.clone())
        );
        let anchor = |name: &str, secret| TrustAnchor {
            name: name.into(),
            public_key: crypt::public_of(secret),
        };
        let trusted = [anchor("Lab CA", authority)];
        let noon = SimTime::at(Span::hours(36));
        assert_eq!(certificate.verify(&trusted, noon, &name), Ok(()));
        assert_eq!(
            certificate.verify(&trusted, day(0), &name),
            Err(CertificateError::NotYetValid(day(1)))
        );
        assert_eq!(
            certificate.verify(&trusted, day(3), &name),
            Err(CertificateError::Expired(day(2)))
        );
        assert!(matches!(
            certificate.verify(&[anchor("Other CA", authority)], noon, &name),
            Err(CertificateError::UntrustedIssuer { .. })
        ));
        assert!(matches!(
            certificate.verify(&[anchor("Lab CA", 78)], noon, &name),
            Err(CertificateError::BadSignature { .. })
        ));
        assert!(matches!(
            certificate.verify(&trusted, noon, &Identity::parse("cgw.example")),
            Err(CertificateError::OtherSubject { .. })
        ));
    }
}
