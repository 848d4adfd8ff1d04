//! How identities are written.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::Ipv4Net;

use super::{Identity, distinguished, kind};

/// What an identity may begin with so that its kind is not guessed.
const MARKS: [(&str, u8); 14] = [
    ("ipv4:", kind::ADDRESS),
    ("ipv6:", kind::ADDRESS_6),
    ("ipv4net:", kind::SUBNET),
    ("ipv6net:", kind::SUBNET_6),
    ("ipv4range:", kind::RANGE),
    ("ipv6range:", kind::RANGE_6),
    ("rfc822:", kind::EMAIL),
    ("email:", kind::EMAIL),
    ("userfqdn:", kind::EMAIL),
    ("fqdn:", kind::FQDN),
    ("dns:", kind::FQDN),
    ("asn1dn:", kind::DISTINGUISHED_NAME),
    ("asn1gn:", kind::GENERAL_NAME),
    ("keyid:", kind::KEY_ID),
];

/// What stands for anybody.
const ANYBODY: [&str; 7] = ["", "%any", "%any6", "0.0.0.0", "*", "::", "0::0"];

impl Identity {
    /// Reads an identity; any text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some((kind, octets)) = marked(text) {
            return Self::from_octets(kind, &octets);
        }
        if text.contains('=') {
            return match distinguished::canonical(text) {
                Some(name) => Self::DistinguishedName(name),
                None => Self::KeyId(text.as_bytes().into()),
            };
        }
        if ANYBODY.contains(&text) {
            Self::Any
        } else if let Some(digits) = text.strip_prefix("@#") {
            Self::KeyId(octets(digits).into())
        } else if let Some(email) = text.strip_prefix("@@") {
            Self::Email(email.into())
        } else if let Some(name) = text.strip_prefix('@') {
            Self::Fqdn(name.into())
        } else if text.contains('@') {
            Self::Email(text.into())
        } else if text.contains(':') {
            match text.parse() {
                Ok(address) => Self::Other(kind::ADDRESS_6, Ipv6Addr::octets(&address).into()),
                Err(_) => Self::KeyId(text.as_bytes().into()),
            }
        } else {
            addresses(text).unwrap_or_else(|| Self::Fqdn(text.into()))
        }
    }

    /// The identity as it reads back.
    #[must_use]
    pub fn to_text(&self) -> String {
        if let Self::Other(kind, octets) = self {
            return format!("{{{kind}}}:#{}", hexadecimal(octets));
        }
        let shown = self.to_string();
        // What would be taken for another kind is marked.
        let forms = match self {
            Self::Fqdn(_) => [format!("@{shown}"), format!("fqdn:{shown}")],
            Self::Email(_) => [format!("@@{shown}"), format!("email:{shown}")],
            Self::KeyId(octets) => [format!("keyid:{shown}"), format!("@#{}", hexadecimal(octets))],
            _ => return shown,
        };
        let reads_back = |form: &String| Self::parse(form) == *self;
        let mut forms = [shown].into_iter().chain(forms);
        forms.find(reads_back).unwrap_or_else(|| self.in_octets())
    }

    /// Its kind and octets: what reads back whatever they are.
    fn in_octets(&self) -> String {
        let body = self.to_body();
        Self::Other(body.kind, body.data.into()).to_text()
    }
}

/// The kind and the octets of an identity that says of which kind it is: by a name, or by a number as in `{2}:`.
fn marked(text: &str) -> Option<(u8, Vec<u8>)> {
    let begins_with = |mark: &str| {
        text.get(..mark.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(mark))
    };
    let (kind, value) = match MARKS.iter().find(|(mark, _)| begins_with(mark)) {
        Some((mark, kind)) => (*kind, &text[mark.len()..]),
        None => {
            let (number, value) = text.strip_prefix('{')?.split_once("}:")?;
            (number.parse().ok()?, value)
        }
    };
    let octets = match value.strip_prefix('#') {
        Some(digits) => octets(digits),
        None => value.as_bytes().to_vec(),
    };
    Some((kind, octets))
}

/// Two digits an octet.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Two digits an octet, with colons between or not; where their number is odd, the first is one by itself. What is no digit
/// counts as none.
fn octets(text: &str) -> Vec<u8> {
    let digit = |c: char| c.to_digit(16).unwrap_or_default() as u8;
    let digits: Vec<u8> = text.chars().filter(|c| *c != ':').map(digit).collect();
    let (alone, pairs) = digits.split_at(digits.len() % 2);
    let pairs = pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]);
    alone.iter().copied().chain(pairs).collect()
}

/// An address, `10.0.0.0/24` or `10.0.0.1-10.0.0.9`.
fn addresses(text: &str) -> Option<Identity> {
    if let Some((network, len)) = text.split_once('/') {
        let is_digit = |c: char| c.is_ascii_digit();
        let digits = len.find(|c| !is_digit(c)).map_or(len, |end| &len[..end]);
        let len = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let subnet = Ipv4Net::new(network.parse().ok()?, len).ok()?;
        return Some(Identity::Subnet(subnet.trunc()));
    }
    if let Some((from, to)) = text.split_once('-') {
        let (from, to): (Ipv4Addr, Ipv4Addr) = (from.parse().ok()?, to.parse().ok()?);
        return (from <= to).then_some(Identity::Range(from, to));
    }
    text.parse().ok().map(Identity::Address)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identities_read_as_strongswan_reads_them() {
        let check = |text, identity: Identity| assert_eq!(Identity::parse(text), identity, "{text}");
        let octets = |text: &str| Arc::from(text.as_bytes());
        for anybody in ANYBODY {
            check(anybody, Identity::Any);
        }
        check("10.0.0.1", Identity::Address(Ipv4Addr::new(10, 0, 0, 1)));
        check("10.0.0.1/24", Identity::parse("10.0.0.0/24"));
        check("10.0.0.0/33", Identity::Fqdn("10.0.0.0/33".into()));
        check("10.0.0.9-10.0.0.1", Identity::Fqdn("10.0.0.9-10.0.0.1".into()));
        check("cgw.example", Identity::Fqdn("cgw.example".into()));
        check("@cgw", Identity::Fqdn("cgw".into()));
        check("fqdn:10.0.0.1", Identity::Fqdn("10.0.0.1".into()));
        check("DNS:cgw", Identity::Fqdn("cgw".into()));
        check("dns:#6162", Identity::Fqdn("ab".into()));
        check("a@b.example", Identity::Email("a@b.example".into()));
        check("email:cgw", Identity::Email("cgw".into()));
        check("@#01ff", Identity::KeyId(Arc::from([1, 255])));
        check("@#1:ff", Identity::KeyId(Arc::from([1, 255])));
        check("keyid:vpn", Identity::KeyId(octets("vpn")));
        check("{11}:vpn", Identity::KeyId(octets("vpn")));
        check("X=vpn", Identity::KeyId(octets("X=vpn")));
        check("@C=DE", Identity::KeyId(octets("@C=DE")));
        check("a:b", Identity::KeyId(octets("a:b")));
        check("ipv4:10.0.0.1", Identity::Other(1, octets("10.0.0.1")));
        let name = Identity::DistinguishedName("C=DE, CN=gw".into());
        check("C=DE, CN=gw", name.clone());
        check("/C=DE/CN=gw", name.clone());
        check(" C = DE,cn= gw ", name);
    }

    #[test]
    fn identities_are_written_as_they_read() {
        for text in [
            "%any",
            "10.0.0.1",
            "10.0.0.0/24",
            "10.0.0.1-10.0.0.9",
            "cgw.example",
            "@10.0.0.1",
            "fqdn:C=DE",
            "a@b.example",
            "@@cgw",
            "email:C=DE",
            "@#01ff",
            "keyid:vpn",
            "@C=DE",
            "{201}:#01ff",
            "C=DE, CN=gw",
            "/C=DE/O=Example, Inc.",
        ] {
            assert_eq!(Identity::parse(text).to_text(), text);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_reads_back(text in "[ -~ü]{0,30}", mark in "|@|@@|@#|\\{[0-9]{1,3}\\}:|[a-z0-9]{3,5}:|ipv4:|email:#|C=|/CN=") {
            let identity = Identity::parse(&format!("{mark}{text}"));
            prop_assert_eq!(Identity::parse(&identity.to_text()), identity.clone());
            prop_assert_eq!(Identity::from_body(&identity.to_body()).to_text(), identity.to_text());
        }
    }
}
