//! Certificates: an authority's word that a key belongs to a name for a while, and whether a gateway believes it.
//!
//! # Fidelity
//! Not X.509: one authority signs directly, there are no chains, extensions or revocation. Validity is in simulated
//! instants, and everybody's clock is right. The keys of authorities and holders follow from their names, so that
//! whoever names an authority means the same one. In a CERT payload a certificate has a form of our own, told apart by
//! an encoding from the private range.
//! # Source
//! What is checked: RFC 5280 section 6.1.3 and RFC 4945 section 3.1, as far as it is modelled.

use core::fmt;
use std::sync::Arc;

use super::crypt::{self, Signature};
use super::identity::Identity;
use super::wire::IdBody;
use crate::kernel::Digest;
use crate::units::SimTime;

/// A certificate: an authority's word that a key belongs to some identities for a while.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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

/// One thing for which a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, thiserror::Error)]
pub enum CertificateError {
    /// The peer sent none.
    #[error("none was sent")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read")]
    Malformed,
    /// Nobody that we trust issued it.
    #[error("issued by {issuer}, which is not trusted here")]
    UntrustedIssuer {
        /// Who issued it.
        issuer: Arc<str>,
    },
    /// It says an authority that we trust issued it, whose key did not sign it.
    #[error("not signed by the key that is known here as that of {issuer}")]
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

/// A certificate that was not believed, and all for which it was not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Rejected {
    /// Who sent it, as it says itself.
    pub claimed: Identity,
    /// The certificate; none where none came that can be read.
    pub certificate: Option<Certificate>,
    /// The authorities that are trusted here.
    pub trusted: Vec<Arc<str>>,
    /// What is wrong with it.
    pub faults: Vec<CertificateError>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate of {} is not believed: ", self.claimed)?;
        self.faults.iter().enumerate().try_for_each(|(index, fault)| {
            f.write_str(if index == 0 { "" } else { ", " })?;
            fault.fmt(f)
        })
    }
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
            let len = data.len().min(usize::from(u16::MAX));
            octets.extend_from_slice(&(len as u16).to_be_bytes());
            octets.extend_from_slice(&data[..len]);
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
            let (len, after) = rest.split_first_chunk()?;
            let (data, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
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

    /// Everything for which it is not believed as the certificate of `claimed` at `now`: issuer, signature, validity,
    /// subject.
    #[must_use]
    pub fn faults(&self, trusted: &[TrustAnchor], now: SimTime, claimed: &Identity) -> Vec<CertificateError> {
        let issuer = self.issuer.clone();
        let mut faults = Vec::new();
        match trusted.iter().find(|anchor| anchor.name == issuer) {
            None => faults.push(CertificateError::UntrustedIssuer { issuer }),
            Some(anchor) if !self.is_signed_by(anchor) => {
                faults.push(CertificateError::BadSignature { issuer });
            }
            Some(_) => {}
        }
        if now < self.not_before {
            faults.push(CertificateError::NotYetValid(self.not_before));
        }
        if now > self.not_after {
            faults.push(CertificateError::Expired(self.not_after));
        }
        if !self.names(claimed) {
            faults.push(CertificateError::OtherSubject {
                subject: self.subject(),
                claimed: claimed.clone(),
            });
        }
        faults
    }

    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> Identity {
        self.names.first().cloned().unwrap_or(Identity::Any)
    }

    /// Whether it is issued to that identity, under whichever of its names.
    #[must_use]
    pub fn names(&self, identity: &Identity) -> bool {
        let mut names = self.names.iter().filter(|name| **name != Identity::Any);
        names.any(|name| identity.satisfies(name))
    }

    fn is_signed_by(&self, anchor: &TrustAnchor) -> bool {
        crypt::verify(anchor.public_key, &self.signed_octets(), self.signature)
    }
}

/// A certificate with what it takes to use it and to check another's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Certified {
    /// Our own.
    pub certificate: Certificate,
    /// The private key that we have for it.
    pub secret: u64,
    /// Whose certificates we believe.
    pub trusted: Vec<TrustAnchor>,
}

/// Whether a gateway has the private key that its certificate was issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrivateKey {
    /// It has.
    Matching,
    /// It has another: a certificate was renewed and the key beside it was not, say.
    Other,
}

/// Whether a certificate is signed by the key that those who trust its issuer know as the issuer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Signing {
    /// It is.
    Valid,
    /// It is not: forged, or by a key that the authority took later.
    Invalid,
}

/// A gateway's certificate in words; the keys follow from the names in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Whose it is; the first is the subject, the others alternative names.
    pub names: Vec<Identity>,
    /// The authority that issued it.
    pub issuer: Arc<str>,
    /// The first instant at which it holds.
    pub not_before: SimTime,
    /// The last.
    pub not_after: SimTime,
    /// Whose key signed it.
    pub signature: Signing,
    /// Which private key the gateway has.
    pub private_key: PrivateKey,
    /// The authorities that the gateway trusts.
    pub trusts: Vec<Arc<str>>,
}

/// The secret key of an authority.
fn authority(name: &str, signature: Signing) -> u64 {
    Digest::of(&("authority", name, signature)).value()
}

impl TrustAnchor {
    /// The authority of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            public_key: crypt::public_of(authority(name, Signing::Valid)),
        }
    }
}

impl Certified {
    /// The certificate, keys and authorities that are meant.
    #[must_use]
    pub fn meant(terms: Terms) -> Self {
        let holder = terms.names.first().map(Identity::to_string);
        let secret = |which: PrivateKey| Digest::of(&("holder", holder.as_deref(), which)).value();
        let issuer = (&*terms.issuer, authority(&terms.issuer, terms.signature));
        Self {
            secret: secret(terms.private_key),
            trusted: terms.trusts.iter().map(|name| TrustAnchor::named(name)).collect(),
            certificate: Certificate::issue(
                issuer,
                terms.names,
                (terms.not_before, terms.not_after),
                crypt::public_of(secret(PrivateKey::Matching)),
            ),
        }
    }

    /// The same in words.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let certificate = &self.certificate;
        Terms {
            names: certificate.names.clone(),
            issuer: certificate.issuer.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            signature: if certificate.is_signed_by(&TrustAnchor::named(&certificate.issuer)) {
                Signing::Valid
            } else {
                Signing::Invalid
            },
            private_key: if crypt::public_of(self.secret) == certificate.public_key {
                PrivateKey::Matching
            } else {
                PrivateKey::Other
            },
            trusts: self.trusted.iter().map(|anchor| anchor.name.clone()).collect(),
        }
    }

    /// What this gateway holds against a certificate that it is shown as that of `claimed`; none where it believes it.
    #[must_use]
    pub fn rejects(
        &self,
        certificate: &Certificate,
        now: SimTime,
        claimed: &Identity,
    ) -> Option<Box<Rejected>> {
        let faults = certificate.faults(&self.trusted, now, claimed);
        (!faults.is_empty()).then(|| self.rejected(Some(certificate.clone()), faults, claimed))
    }

    pub(super) fn rejected(
        &self,
        certificate: Option<Certificate>,
        faults: Vec<CertificateError>,
        claimed: &Identity,
    ) -> Box<Rejected> {
        Box::new(Rejected {
            claimed: claimed.clone(),
            certificate,
            trusted: self.trusted.iter().map(|anchor| anchor.name.clone()).collect(),
            faults,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    fn day(n: u64) -> SimTime {
        SimTime::at(Span::days(n))
    }

    #[test]
    fn certificates_are_checked_in_every_respect() {
        let (authority, holder) = (77, 99);
        let name = Identity::parse("vgw.example");
        let certificate = Certificate::issue(
            ("Lab CA", authority),
            vec![name.clone(), Identity::parse("*.gateways.example")],
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
        let check = |trusted: &[TrustAnchor], at, claimed: &str, expected: &[&str]| {
            let faults = certificate.faults(trusted, at, &Identity::parse(claimed));
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(told, expected);
        };
        check(&trusted, noon, "vgw.example", &[]);
        check(&trusted, noon, "one.gateways.example", &[]);
        check(
            &trusted,
            day(0),
            "vgw.example",
            &["not valid before 1d 00:00:00.000"],
        );
        check(&trusted, day(2), "vgw.example", &[]);
        check(&trusted, day(3), "vgw.example", &["expired at 2d 00:00:00.000"]);
        check(
            &[anchor("Other CA", authority)],
            noon,
            "vgw.example",
            &["issued by Lab CA, which is not trusted here"],
        );
        check(
            &[anchor("Lab CA", 78)],
            noon,
            "vgw.example",
            &["not signed by the key that is known here as that of Lab CA"],
        );
        check(
            &trusted,
            day(3),
            "cgw.example",
            &[
                "expired at 2d 00:00:00.000",
                "issued to vgw.example, not to cgw.example",
            ],
        );
    }

    #[test]
    fn a_certificate_in_words_and_back() {
        for (signature, private_key) in [
            (Signing::Valid, PrivateKey::Matching),
            (Signing::Valid, PrivateKey::Other),
            (Signing::Invalid, PrivateKey::Matching),
        ] {
            let terms = Terms {
                names: vec![
                    Identity::parse("CN=cgw, O=Example"),
                    Identity::parse("cgw.example"),
                ],
                issuer: "CN=Example CA".into(),
                not_before: SimTime::START,
                not_after: day(9),
                signature,
                private_key,
                trusts: vec!["CN=Example CA".into(), "CN=Other CA".into()],
            };
            let own = Certified::meant(terms.clone());
            assert_eq!(own.terms(), terms);
            let rejected = own.rejects(&own.certificate, day(1), &terms.names[1]);
            assert_eq!(rejected.is_some(), signature == Signing::Invalid, "{rejected:?}");
        }
    }
}
