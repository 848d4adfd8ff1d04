//! Who a peer says it is, and what it can show for it.
//!
//! # Source
//! RFC 7296 section 3.5; the text forms are strongSwan's.

use core::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::wire::IdBody;

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
    /// The identity as it reads back.
    #[must_use]
    pub fn to_text(&self) -> String {
        let shown = match self {
            Self::KeyId(_) => format!("@#{self}"),
            _ => self.to_string(),
        };
        match self {
            // What would be taken for another kind is marked.
            Self::Fqdn(_) if Self::parse(&shown) != *self => format!("@{shown}"),
            Self::Email(_) if Self::parse(&shown) != *self => format!("@@{shown}"),
            _ => shown,
        }
    }

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
            Self::DistinguishedName(distinguished(text).into())
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

/// A distinguished name, spaced as everybody writes it: on the wire there are no spaces to differ in.
fn distinguished(text: &str) -> String {
    let parts = text.split(',').map(|part| match part.split_once('=') {
        Some((kind, value)) => format!("{}={}", kind.trim(), value.trim()),
        None => part.trim().to_owned(),
    });
    parts.collect::<Vec<_>>().join(", ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_read_as_strongswan_reads_them() {
        let check = |text, identity: Identity| assert_eq!(Identity::parse(text), identity, "{text}");
        check("%any", Identity::Any);
        check("10.0.0.1", Identity::Address(Ipv4Addr::new(10, 0, 0, 1)));
        check("cgw.example", Identity::Fqdn("cgw.example".into()));
        check("@cgw", Identity::Fqdn("cgw".into()));
        check("a@b.example", Identity::Email("a@b.example".into()));
        check("@#01ff", Identity::KeyId(Arc::from([1, 255])));
        let name = Identity::DistinguishedName("C=DE, CN=gw".into());
        check("C=DE, CN=gw", name.clone());
        check(" C = DE,CN= gw ", name);
    }

    #[test]
    fn identities_are_written_as_they_read() {
        for text in [
            "%any",
            "10.0.0.1",
            "cgw.example",
            "@10.0.0.1",
            "@C=DE",
            "a@b.example",
            "@@cgw",
            "@#01ff",
            "C=DE, CN=gw",
        ] {
            assert_eq!(Identity::parse(text).to_text(), text);
        }
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
}
