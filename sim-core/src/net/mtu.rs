//! How large a packet may be.

use core::fmt;

/// The largest IP packet that something passes on whole, header included, in bytes (RFC 1191 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Mtu(u16);

/// The headers of IPv4 and TCP without options, in bytes (RFC 9293 section 3.7.1).
pub const TCP_HEADERS: u16 = 40;

impl Mtu {
    /// Ethernet's (RFC 894).
    pub const ETHERNET: Self = Self(1500);
    /// The smallest that can be configured: what every host has to take in (RFC 791 section 3.1).
    pub const SMALLEST: Self = Self(576);
    /// The largest that can be configured: what switches that carry jumbo frames commonly take.
    pub const LARGEST: Self = Self(9216);

    /// An MTU of so many bytes; none outside of what can be configured.
    #[must_use]
    pub const fn new(bytes: u16) -> Option<Self> {
        if bytes < Self::SMALLEST.0 || bytes > Self::LARGEST.0 {
            return None;
        }
        Some(Self(bytes))
    }
    /// A constant of a document's.
    pub(crate) const fn documented(bytes: u16) -> Self {
        Self(bytes)
    }
    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> u16 {
        self.0
    }
    /// The data of a full TCP segment in a packet of this size, in bytes.
    #[must_use]
    pub const fn mss(self) -> u16 {
        self.0.saturating_sub(TCP_HEADERS)
    }
}

impl fmt::Display for Mtu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Whether routers may cut a packet that is too large for what it crosses: the don't-fragment bit (RFC 791 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Fragmentation {
    /// The bit is set, as by whoever discovers the path MTU.
    Forbidden,
    /// It is not.
    Allowed,
}

/// What a router does to the MSS that a SYN which passes one of its interfaces announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum MssClamp {
    /// Nothing.
    Off,
    /// Lowers it to what fits the interface's MTU.
    ToMtu,
    /// Lowers it to this, in bytes.
    To(u16),
}

impl MssClamp {
    /// The most that is let through where the interface has this MTU; none where it is not looked at.
    #[must_use]
    pub fn limit(self, mtu: Mtu) -> Option<u16> {
        match self {
            Self::Off => None,
            Self::ToMtu => Some(mtu.mss()),
            Self::To(bytes) => Some(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_leaves_room_for_the_headers() {
        assert_eq!(Mtu::ETHERNET.mss(), crate::net::fluid::tcp::ETHERNET_MSS);
        assert_eq!(MssClamp::ToMtu.limit(Mtu::ETHERNET), Some(1460));
        assert_eq!(MssClamp::To(1379).limit(Mtu::ETHERNET), Some(1379));
        assert_eq!(MssClamp::Off.limit(Mtu::ETHERNET), None);
        assert_eq!(Mtu::new(575), None);
        assert_eq!(Mtu::new(9217), None);
    }
}
