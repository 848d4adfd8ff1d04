//! Traffic selectors: which packets a CHILD_SA protects, and how two sides narrow what they want.
//!
//! # Source
//! RFC 7296 sections 2.9 and 3.13.1. Written as strongSwan writes them: `10.1.0.0/16`, `10.1.0.0/16[tcp/179]`,
//! `10.1.0.1-10.1.0.9[udp]`, which it prints as `10.1.0.1..10.1.0.9[udp]`, and `dynamic`.
//! # Fidelity
//! IPv4 only: a peer's IPv6 selector is read from the wire and never matches.

use core::fmt;
use core::str::FromStr;
use std::net::Ipv4Addr;

use crate::net::{Ipv4Net, PortRange};

/// A run of addresses, ports and one protocol or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Selector {
    /// The first address.
    pub first: Ipv4Addr,
    /// The last address.
    pub last: Ipv4Addr,
    /// The IP protocol's number; 0 stands for any.
    pub protocol: u8,
    /// The ports; all of them where the protocol has none.
    pub ports: PortRange,
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Neither a prefix, an address nor a range.
    #[error("expected a prefix such as 10.1.0.0/16 or a range such as 10.1.0.1-10.1.0.9, found {0:?}")]
    Address(String),
    /// No protocol that we know.
    #[error("expected a protocol such as tcp or 6, found {0:?}")]
    Protocol(String),
    /// No port.
    #[error("expected a port, a range such as 1000-2000, or a service such as bgp, found {0:?}")]
    Port(String),
}

/// The word for a tunnel's own outer address.
const DYNAMIC: &str = "dynamic";

/// Protocols and services that selectors name.
const PROTOCOLS: &[(&str, u8)] = &[
    ("icmp", 1),
    ("tcp", 6),
    ("udp", 17),
    ("gre", 47),
    ("esp", 50),
    ("ospf", 89),
];
const SERVICES: &[(&str, u16)] = &[
    ("ssh", 22),
    ("domain", 53),
    ("http", 80),
    ("bgp", 179),
    ("https", 443),
    ("isakmp", 500),
];

impl Selector {
    /// Every packet.
    pub const ANY: Self = Self {
        first: Ipv4Addr::UNSPECIFIED,
        last: Ipv4Addr::BROADCAST,
        protocol: 0,
        ports: PortRange::ALL,
    };

    /// All packets of a prefix.
    #[must_use]
    pub fn prefix(prefix: Ipv4Net) -> Self {
        Self {
            first: prefix.network(),
            last: prefix.broadcast(),
            ..Self::ANY
        }
    }

    /// One address.
    #[must_use]
    pub fn host(address: Ipv4Addr) -> Self {
        Self {
            first: address,
            last: address,
            ..Self::ANY
        }
    }

    /// Whether it holds that address, protocol and port.
    #[must_use]
    pub fn matches(&self, address: Ipv4Addr, protocol: u8, port: u16) -> bool {
        (self.first..=self.last).contains(&address)
            && (self.protocol == 0 || self.protocol == protocol)
            && self.ports.contains(port)
    }

    /// What both hold, if anything.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let protocol = match (self.protocol, other.protocol) {
            (0, protocol) | (protocol, 0) => protocol,
            (one, another) if one == another => one,
            _ => return None,
        };
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        let ports = PortRange {
            from: self.ports.from.max(other.ports.from),
            to: self.ports.to.min(other.ports.to),
        };
        (first <= last && ports.from <= ports.to).then_some(Self {
            first,
            last,
            protocol,
            ports,
        })
    }

    /// Whether all that it holds is held by `other` too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.intersect(other) == Some(*self)
    }

    /// The prefix that is exactly this run of addresses.
    fn as_prefix(&self) -> Option<Ipv4Net> {
        let (first, last) = (u32::from(self.first), u32::from(self.last));
        let hosts = first ^ last;
        // The bits that differ must be all the low ones, and the first address have none of them.
        if hosts & hosts.wrapping_add(1) != 0 || first & hosts != 0 {
            return None;
        }
        Ipv4Net::new(self.first, hosts.leading_zeros() as u8).ok()
    }
}

/// What of `offered` is also in `configured`, RFC 7296 section 2.9: each without those that another covers.
#[must_use]
pub fn narrow(configured: &[Selector], offered: &[Selector]) -> Vec<Selector> {
    let mut narrowed: Vec<Selector> = Vec::new();
    for own in configured {
        for theirs in offered {
            let Some(common) = own.intersect(theirs) else {
                continue;
            };
            if narrowed.iter().any(|have| common.is_within(have)) {
                continue;
            }
            narrowed.retain(|have| !have.is_within(&common));
            narrowed.push(common);
        }
    }
    narrowed
}

/// A selector as it is written down, before it is known between which addresses the tunnel runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WrittenSelector {
    /// With every address where the outer one is meant.
    selector: Selector,
    addresses: Addresses,
}

/// Which addresses a written selector means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Addresses {
    Written,
    /// `dynamic`: the tunnel's outer address on that side.
    Outer,
}

impl WrittenSelector {
    /// What it stands for at a tunnel's end with that outer address.
    #[must_use]
    pub fn with_outer(self, outer: Ipv4Addr) -> Selector {
        match self.addresses {
            Addresses::Written => self.selector,
            Addresses::Outer => Selector {
                first: outer,
                last: outer,
                ..self.selector
            },
        }
    }
}

impl FromStr for WrittenSelector {
    type Err = SelectorError;
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (addresses, rest) = match text.split_once('[') {
            None => (text, None),
            Some((addresses, rest)) => match rest.strip_suffix(']') {
                Some(rest) => (addresses, Some(rest)),
                None => return Err(SelectorError::Address(text.to_owned())),
            },
        };
        let bad = || SelectorError::Address(addresses.to_owned());
        let range = addresses.split_once("..").or_else(|| addresses.split_once('-'));
        let mut selector = if addresses.trim() == DYNAMIC {
            Selector::ANY
        } else if let Some((first, last)) = range {
            let first: Ipv4Addr = first.trim().parse().map_err(|_| bad())?;
            let last: Ipv4Addr = last.trim().parse().map_err(|_| bad())?;
            if last < first {
                return Err(bad());
            }
            Selector {
                first,
                last,
                ..Selector::ANY
            }
        } else if addresses.contains('/') {
            Selector::prefix(addresses.trim().parse::<Ipv4Net>().map_err(|_| bad())?)
        } else {
            Selector::host(addresses.trim().parse().map_err(|_| bad())?)
        };
        if let Some(rest) = rest {
            let (protocol, port) = rest.split_once('/').unwrap_or((rest, ""));
            selector.protocol = parse_protocol(protocol)?;
            selector.ports = parse_ports(port)?;
        }
        Ok(Self {
            selector,
            addresses: match addresses.trim() == DYNAMIC {
                true => Addresses::Outer,
                false => Addresses::Written,
            },
        })
    }
}

/// Without the word `dynamic`, which says nothing without a tunnel.
impl FromStr for Selector {
    type Err = SelectorError;
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let written: WrittenSelector = text.parse()?;
        match written.addresses {
            Addresses::Written => Ok(written.selector),
            Addresses::Outer => Err(SelectorError::Address(text.to_owned())),
        }
    }
}

fn parse_protocol(text: &str) -> Result<u8, SelectorError> {
    if text.is_empty() || text == "any" {
        return Ok(0);
    }
    let named = PROTOCOLS
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, number)| *number);
    named
        .or_else(|| text.parse().ok())
        .ok_or_else(|| SelectorError::Protocol(text.to_owned()))
}

fn parse_ports(text: &str) -> Result<PortRange, SelectorError> {
    if text.is_empty() || text == "any" {
        return Ok(PortRange::ALL);
    }
    let bad = || SelectorError::Port(text.to_owned());
    if let Some((_, port)) = SERVICES.iter().find(|(name, _)| *name == text) {
        return Ok(PortRange::single(*port));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange {
        from: from.parse().map_err(|_| bad())?,
        to: to.parse().map_err(|_| bad())?,
    };
    if range.to < range.from {
        Err(bad())
    } else {
        Ok(range)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_prefix() {
            Some(prefix) => write!(f, "{prefix}")?,
            None => write!(f, "{}..{}", self.first, self.last)?,
        }
        if self.protocol == 0 && self.ports == PortRange::ALL {
            return Ok(());
        }
        match PROTOCOLS.iter().find(|(_, number)| *number == self.protocol) {
            Some((name, _)) => write!(f, "[{name}")?,
            None if self.protocol == 0 => f.write_str("[any")?,
            None => write!(f, "[{}", self.protocol)?,
        }
        if self.ports != PortRange::ALL {
            write!(f, "/{}", self.ports)?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(texts: &[&str]) -> Vec<Selector> {
        texts
            .iter()
            .map(|text| text.parse().expect("a selector"))
            .collect()
    }

    #[track_caller]
    fn check(configured: &[&str], offered: &[&str], narrowed: &[&str]) {
        let found = narrow(&selectors(configured), &selectors(offered));
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, narrowed);
    }

    #[test]
    fn selectors_read_and_print() {
        for text in [
            "10.1.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1/32",
            "10.1.0.1..10.1.0.9",
            "10.1.0.0/16[tcp/179]",
            "10.0.0.0/8[udp]",
            "10.0.0.0/8[any/53]",
            "10.0.0.0/8[tcp/1000-2000]",
            "10.0.0.0/8[99]",
        ] {
            assert_eq!(text.parse::<Selector>().expect("a selector").to_string(), text);
        }
        assert_eq!(
            "10.1.0.0/16[tcp/bgp]".parse::<Selector>(),
            "10.1.0.0/16[6/179]".parse()
        );
        let read = |text: &str| text.parse::<Selector>().expect("a selector").to_string();
        assert_eq!(read("10.0.0.0-10.0.0.127"), "10.0.0.0/25");
        assert_eq!(
            read("10.0.0.1 - 10.0.0.9[udp/1-5]"),
            "10.0.0.1..10.0.0.9[udp/1-5]"
        );
        for text in [
            "",
            "dynamic",
            "dynamic-10.0.0.1",
            "10.0.0.9-10.0.0.1",
            "10.1.0.0/33",
            "10.1.0.9..10.1.0.1",
            "10.0.0.0/8[frob]",
            "10.0.0.0/8[tcp/9-1]",
            "10.0.0.0/8[tcp",
        ] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_dynamic_is_the_outer_address() {
        let outer = Ipv4Addr::new(192, 0, 2, 1);
        let stands_for = |text: &str| {
            let written: WrittenSelector = text.parse().expect("a selector");
            written.with_outer(outer).to_string()
        };
        assert_eq!(stands_for("dynamic"), "192.0.2.1/32");
        assert_eq!(stands_for("dynamic[tcp/bgp]"), "192.0.2.1/32[tcp/179]");
        assert_eq!(stands_for("10.0.0.0/8"), "10.0.0.0/8");
    }

    #[test]
    fn narrowing_keeps_what_is_common() {
        check(&["10.1.0.0/16"], &["10.1.0.0/16"], &["10.1.0.0/16"]);
        check(&["10.1.0.0/16"], &["10.9.0.0/16"], &[]);
        check(&["0.0.0.0/0"], &["10.2.0.0/24"], &["10.2.0.0/24"]);
        check(
            &["10.1.1.0/24", "10.7.0.0/16"],
            &["10.1.0.0/24", "10.1.1.0/24", "10.7.0.0/24"],
            &["10.1.1.0/24", "10.7.0.0/24"],
        );
        check(
            &["10.1.0.0/16"],
            &["10.1.0.0/16[tcp/179]"],
            &["10.1.0.0/16[tcp/179]"],
        );
        check(&["10.1.0.0/16[udp]"], &["10.1.0.0/16[tcp]"], &[]);
        check(
            &["10.0.0.0/8", "10.1.0.0/16"],
            &["10.1.2.0/24", "10.0.0.0/8"],
            &["10.0.0.0/8"],
        );
    }
}
