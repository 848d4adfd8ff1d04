//! Who a peer says it is, and what it can show for it.
//!
//! # Source
//! RFC 7296 section 3.5 and RFC 2407 section 4.6.2; the text forms, and how well one fits another, are strongSwan's
//! (`utils/identification.c`, 5.9.8).

mod distinguished;
mod text;

use core::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

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
    /// A distinguished name, in text; a value of `*` as an expectation takes every value.
    DistinguishedName(Arc<str>),
    /// Octets that mean something to both.
    KeyId(Arc<[u8]>),
    /// A subnet; as an expectation it takes every address of it.
    Subnet(Ipv4Net),
    /// From the first address to the second; as an expectation it takes each of them.
    Range(Ipv4Addr, Ipv4Addr),
    /// Octets of any other kind, which is the first, or of one of the above that they are not in the form of.
    Other(u8, Arc<[u8]>),
}

/// How well an identity fits an expectation: the more, the less it leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit(u8);

impl Fit {
    /// Whoever it is would do.
    const ANY: Self = Self(1);
    /// Nearly whoever.
    const LOOSEST: Self = Self(2);
    /// With one wildcard.
    const PATTERN: Self = Self(19);
    /// To the letter.
    const PERFECT: Self = Self(20);

    /// With so many wildcards.
    fn with_wildcards(n: usize) -> Self {
        let most = Self::PATTERN.0 - Self::LOOSEST.0;
        Self(Self::PERFECT.0 - u8::try_from(n).unwrap_or(most).min(most))
    }
}

/// Numbers of kinds: RFC 7296 section 3.5, RFC 2407 section 4.6.2.1.
mod kind {
    pub(super) const ADDRESS: u8 = 1;
    pub(super) const FQDN: u8 = 2;
    pub(super) const EMAIL: u8 = 3;
    pub(super) const SUBNET: u8 = 4;
    pub(super) const ADDRESS_6: u8 = 5;
    pub(super) const SUBNET_6: u8 = 6;
    pub(super) const RANGE: u8 = 7;
    pub(super) const RANGE_6: u8 = 8;
    pub(super) const DISTINGUISHED_NAME: u8 = 9;
    pub(super) const GENERAL_NAME: u8 = 10;
    pub(super) const KEY_ID: u8 = 11;
}

impl Identity {
    /// Whether this, which a peer claims, is what `expected` asks for.
    #[must_use]
    pub fn satisfies(&self, expected: &Self) -> bool {
        self.fit(expected).is_some()
    }

    /// How well this, which a peer claims, is what `expected` asks for; `None` if it isn't.
    #[must_use]
    pub fn fit(&self, expected: &Self) -> Option<Fit> {
        match (self, expected) {
            (_, Self::Any) => Some(Fit::ANY),
            (Self::Fqdn(name), Self::Fqdn(pattern)) | (Self::Email(name), Self::Email(pattern)) => {
                fit_text(name, pattern)
            }
            (Self::DistinguishedName(name), Self::DistinguishedName(pattern)) => {
                distinguished::wildcards(name, pattern).map(Fit::with_wildcards)
            }
            (Self::Address(address), Self::Subnet(subnet)) if subnet.contains(address) => {
                Some(match subnet.prefix_len() {
                    0 => Fit::LOOSEST,
                    32 => Fit::PERFECT,
                    _ => Fit::PATTERN,
                })
            }
            (Self::Address(address), Self::Range(from, to)) if (from..=to).contains(&address) => {
                Some(if from == to { Fit::PERFECT } else { Fit::PATTERN })
            }
            (claimed, expected) => (claimed == expected).then_some(Fit::PERFECT),
        }
    }

    /// Whether it stands for several, so that a peer cannot be asked for it. A subnet and a range can, as strongSwan does.
    #[must_use]
    pub fn has_wildcards(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Fqdn(text) | Self::Email(text) => text.contains('*'),
            Self::DistinguishedName(name) => distinguished::has_wildcard(name),
            Self::Address(_) | Self::KeyId(_) | Self::Subnet(_) | Self::Range(..) | Self::Other(..) => false,
        }
    }

    pub(super) fn to_body(&self) -> IdBody {
        let octets = |address: &Ipv4Addr| address.octets();
        let (kind, data) = match self {
            Self::Any => (0, Vec::new()),
            Self::Address(address) => (kind::ADDRESS, octets(address).to_vec()),
            Self::Fqdn(name) => (kind::FQDN, name.as_bytes().to_vec()),
            Self::Email(email) => (kind::EMAIL, email.as_bytes().to_vec()),
            Self::DistinguishedName(name) => (kind::DISTINGUISHED_NAME, distinguished::encode(name)),
            Self::KeyId(octets) => (kind::KEY_ID, octets.to_vec()),
            Self::Subnet(subnet) => (
                kind::SUBNET,
                [subnet.network(), subnet.netmask()]
                    .map(|it| it.octets())
                    .concat(),
            ),
            Self::Range(from, to) => (kind::RANGE, [octets(from), octets(to)].concat()),
            Self::Other(kind, octets) => (*kind, octets.to_vec()),
        };
        IdBody {
            kind,
            protocol: 0,
            port: 0,
            data,
        }
    }

    /// The identity in a payload; what is not in the form of its kind is kept as octets.
    #[must_use]
    pub fn from_body(body: &IdBody) -> Self {
        Self::from_octets(body.kind, &body.data)
    }

    fn from_octets(kind: u8, data: &[u8]) -> Self {
        let text = || core::str::from_utf8(data).ok().map(Arc::from);
        let address = || <[u8; 4]>::try_from(data).ok().map(Ipv4Addr::from);
        let pair = || {
            let (first, second) = data.split_first_chunk::<4>()?;
            let second = <[u8; 4]>::try_from(second).ok()?;
            Some((Ipv4Addr::from(*first), Ipv4Addr::from(second)))
        };
        let read = match kind {
            0 => Some(Self::Any),
            kind::ADDRESS => address().map(Self::Address),
            kind::FQDN => text().map(Self::Fqdn),
            kind::EMAIL => text().map(Self::Email),
            kind::SUBNET => pair().and_then(|(network, mask)| subnet(network, mask)),
            kind::RANGE => {
                let range = pair().filter(|(from, to)| from <= to);
                range.map(|(from, to)| Self::Range(from, to))
            }
            kind::DISTINGUISHED_NAME => distinguished::decode(data).map(Self::DistinguishedName),
            kind::KEY_ID => Some(Self::KeyId(data.into())),
            _ => None,
        };
        read.unwrap_or_else(|| Self::Other(kind, data.into()))
    }
}

/// The subnet, if that is a mask and the address has no bits behind it.
fn subnet(network: Ipv4Addr, netmask: Ipv4Addr) -> Option<Identity> {
    let subnet = Ipv4Net::with_netmask(network, netmask).ok()?;
    (subnet.network() == network).then_some(Identity::Subnet(subnet))
}

/// Text without regard to case; a pattern may begin with a star.
fn fit_text(name: &str, pattern: &str) -> Option<Fit> {
    if name.eq_ignore_ascii_case(pattern) && !name.contains('\0') {
        return Some(Fit::PERFECT);
    }
    let end = pattern
        .strip_prefix('*')
        .filter(|_| name.len() >= pattern.len())?;
    if end.is_empty() {
        return Some(Fit::ANY);
    }
    let tail = &name.as_bytes()[name.len() - end.len()..];
    tail.eq_ignore_ascii_case(end.as_bytes()).then_some(Fit::PATTERN)
}

fn printable(octets: &[u8]) -> Option<&str> {
    let is_shown = octets.iter().all(|octet| (b' '..=b'~').contains(octet));
    core::str::from_utf8(octets).ok().filter(|_| is_shown)
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("%any"),
            Self::Address(address) => address.fmt(f),
            Self::Fqdn(text) | Self::Email(text) | Self::DistinguishedName(text) => f.pad(text),
            Self::KeyId(octets) => match printable(octets) {
                Some(text) => f.pad(text),
                None => f.pad(&text::hexadecimal(octets)),
            },
            Self::Subnet(subnet) => subnet.fmt(f),
            Self::Range(from, to) => write!(f, "{from}-{to}"),
            Self::Other(..) => f.pad(&self.to_text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_take_what_they_name() {
        let fit = |claimed, expected| Identity::parse(claimed).fit(&Identity::parse(expected));
        let check =
            |claimed, expected, level| assert_eq!(fit(claimed, expected), level, "{claimed} {expected}");
        check("cgw.example", "CGW.example", Some(Fit::PERFECT));
        check("cgw.example", "*.example", Some(Fit::PATTERN));
        check("cgw.example", "@*", Some(Fit::ANY));
        check("ops@cgw.example", "*@cgw.example", Some(Fit::PATTERN));
        check("10.0.0.1", "%any", Some(Fit::ANY));
        check("10.0.0.1", "0.0.0.0", Some(Fit::ANY));
        check("cgw.other", "*.example", None);
        check(".example", "*.example", None);
        check("10.0.0.1", "10.0.0.2", None);
        check("cgw.example", "cgw@example", None);
        check("10.0.0.1", "10.0.0.0/24", Some(Fit::PATTERN));
        check("10.0.0.1", "10.0.0.1/32", Some(Fit::PERFECT));
        check("10.0.0.1", "0.0.0.0/0", Some(Fit::LOOSEST));
        check("10.0.1.1", "10.0.0.0/24", None);
        check("10.0.0.0/25", "10.0.0.0/24", None);
        check("10.0.0.9", "10.0.0.1-10.0.0.9", Some(Fit::PATTERN));
        check("10.0.0.10", "10.0.0.1-10.0.0.9", None);
        check("C=DE, CN=gw", "C=de, CN=*", Some(Fit::PATTERN));
        check("C=DE, CN=gw", "C=*, CN=*", Some(Fit(18)));
        check("C=DE, CN=gw", "CN=gw", None);
    }

    #[test]
    fn identities_are_carried_in_the_form_of_their_kind() {
        for (text, kind, octets) in [
            ("10.0.0.1", 1, &[10, 0, 0, 1][..]),
            ("10.0.0.0/24", 4, &[10, 0, 0, 0, 255, 255, 255, 0]),
            ("0.0.0.0/0", 4, &[0; 8]),
            ("10.0.0.1-10.0.0.9", 7, &[10, 0, 0, 1, 10, 0, 0, 9]),
            ("@#01ff", 11, &[1, 255]),
            ("{201}:#01", 201, &[1]),
            ("ipv4:#0a0000", 1, &[10, 0, 0]),
        ] {
            let identity = Identity::parse(text);
            let body = identity.to_body();
            assert_eq!((body.kind, body.data.as_slice()), (kind, octets), "{text}");
            assert_eq!(Identity::from_body(&body), identity);
        }
        // Neither a mask nor a network address.
        for octets in [[10, 0, 0, 0, 255, 0, 255, 0], [10, 0, 0, 1, 255, 255, 255, 0]] {
            assert_eq!(
                Identity::from_octets(4, &octets),
                Identity::Other(4, octets.into())
            );
        }
    }
}
