//! Path attributes: what is said about a prefix.

use core::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use smallvec::SmallVec;

/// The number of an autonomous system, four octets wide (RFC 6793).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Asn(pub u32);

impl Asn {
    /// What stands for a four-octet number where only two octets are understood (RFC 6793 §9).
    pub const TRANS: Self = Self(23_456);

    /// Whether the number is for private use (RFC 6996).
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self.0, 64_512..=65_534 | 4_200_000_000..=4_294_967_294)
    }
    /// The number in two octets, or [`Asn::TRANS`] where it does not fit.
    #[must_use]
    pub fn two_octets(self) -> u16 {
        u16::try_from(self.0).unwrap_or(Self::TRANS.0 as u16)
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A BGP identifier (RFC 4271 §4.2, RFC 6286): four octets, written as an address, ordered as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RouterId(pub Ipv4Addr);

impl fmt::Display for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How the first speaker learned of the prefix; the lower is preferred (RFC 4271 §5.1.1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Interior to the originating AS.
    #[default]
    Igp,
    /// Learned by EGP.
    Egp,
    /// By other means.
    Incomplete,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Igp => "igp",
            Self::Egp => "egp",
            Self::Incomplete => "incomplete",
        })
    }
}

/// What the numbers of an AS_PATH segment mean (RFC 4271 §4.3, RFC 5065).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKind {
    /// In no order: the leftovers of aggregation.
    Set,
    /// In the order in which the route came, last one first.
    Sequence,
    /// As a sequence, within a confederation.
    ConfedSequence,
    /// As a set, within a confederation.
    ConfedSet,
}

/// The numbers of a segment: as many as most paths have take no memory of their own.
pub type Asns = SmallVec<[Asn; 6]>;

/// A run of AS numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// How they are meant.
    pub kind: SegmentKind,
    /// The numbers, leftmost first; at most 255 on the wire.
    pub asns: Asns,
}

/// The autonomous systems that a route has come through (RFC 4271 §5.1.2); sharing makes a clone cheap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AsPath {
    segments: Arc<[Segment]>,
}

impl AsPath {
    /// The path of these segments.
    #[must_use]
    pub fn new(segments: Vec<Segment>) -> Self {
        if segments.is_empty() {
            return Self::default();
        }
        Self {
            segments: segments.into(),
        }
    }
    /// One sequence of these numbers, leftmost first; the empty path for none.
    #[must_use]
    pub fn sequence(asns: impl IntoIterator<Item = Asn>) -> Self {
        let asns: Asns = asns.into_iter().collect();
        if asns.is_empty() {
            return Self::default();
        }
        let kind = SegmentKind::Sequence;
        Self::from(Segment { kind, asns })
    }
    /// The segments, leftmost first.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
    /// All numbers in it, leftmost first, those of sets included.
    pub fn asns(&self) -> impl Iterator<Item = Asn> + '_ {
        self.segments
            .iter()
            .flat_map(|segment| segment.asns.iter().copied())
    }
    /// Its length as the decision process counts it: a set is one, confederation segments are none
    /// (RFC 4271 §9.1.2.2, RFC 5065 §5.3).
    #[must_use]
    pub fn n_hops(&self) -> u32 {
        self.segments
            .iter()
            .map(|segment| match segment.kind {
                SegmentKind::Sequence => segment.asns.len() as u32,
                SegmentKind::Set => 1,
                SegmentKind::ConfedSequence | SegmentKind::ConfedSet => 0,
            })
            .sum()
    }
    /// How often `asn` stands in it.
    #[must_use]
    pub fn count(&self, asn: Asn) -> usize {
        self.asns().filter(|&it| it == asn).count()
    }
    /// The AS that the route was received from: the leftmost of a leading sequence (RFC 4271 §9.1.2.2 c).
    #[must_use]
    pub fn neighbour(&self) -> Option<Asn> {
        let first = self.segments.iter().find(|segment| match segment.kind {
            SegmentKind::Sequence | SegmentKind::Set => true,
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => false,
        })?;
        match first.kind {
            SegmentKind::Sequence => first.asns.first().copied(),
            SegmentKind::Set | SegmentKind::ConfedSequence | SegmentKind::ConfedSet => None,
        }
    }
    /// The AS in which the route began: the last one, if it stands in a sequence.
    #[must_use]
    pub fn origin_as(&self) -> Option<Asn> {
        let last = self.segments.last()?;
        match last.kind {
            SegmentKind::Sequence => last.asns.last().copied(),
            SegmentKind::Set | SegmentKind::ConfedSequence | SegmentKind::ConfedSet => None,
        }
    }
    /// The path with `asn` put in front `times` more times (RFC 4271 §5.1.2).
    #[must_use]
    pub fn prepended(&self, asn: Asn, times: usize) -> Self {
        let front = core::iter::repeat_n(asn, times);
        match self.segments.split_first() {
            // A segment counts its numbers in one octet.
            Some((first, rest))
                if first.kind == SegmentKind::Sequence
                    && first.asns.len() + times <= usize::from(u8::MAX) =>
            {
                let asns = front.chain(first.asns.iter().copied()).collect();
                let kind = SegmentKind::Sequence;
                let segments = core::iter::once(Segment { kind, asns }).chain(rest.iter().cloned());
                Self {
                    segments: segments.collect(),
                }
            }
            Some(_) | None if times == 0 => self.clone(),
            Some(_) | None => {
                let asns = front.collect();
                let kind = SegmentKind::Sequence;
                let segments = core::iter::once(Segment { kind, asns }).chain(self.segments.iter().cloned());
                Self {
                    segments: segments.collect(),
                }
            }
        }
    }
}

/// The path of one segment; cheaper than [`AsPath::new`], and what nearly all paths are.
impl From<Segment> for AsPath {
    fn from(segment: Segment) -> Self {
        Self {
            segments: Arc::new([segment]),
        }
    }
}

/// Numbers in order with spaces between them, sets in braces and confederation segments in brackets, as FRR prints.
impl fmt::Display for AsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for segment in self.segments.iter() {
            if !text.is_empty() {
                text.push(' ');
            }
            let (open, between, close) = match segment.kind {
                SegmentKind::Sequence => ("", " ", ""),
                SegmentKind::Set => ("{", ",", "}"),
                SegmentKind::ConfedSequence => ("(", " ", ")"),
                SegmentKind::ConfedSet => ("[", ",", "]"),
            };
            let asns: Vec<String> = segment.asns.iter().map(Asn::to_string).collect();
            text.push_str(open);
            text.push_str(&asns.join(between));
            text.push_str(close);
        }
        f.pad(&text)
    }
}

/// A community (RFC 1997): a tag of four octets that travels with the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(pub u32);

impl Community {
    /// What FRR calls `internet`; 0:0 is in the range that the IANA registry reserves (RFC 1997).
    pub const INTERNET: Self = Self(0);
    /// Not to be advertised outside the AS or confederation (RFC 1997).
    pub const NO_EXPORT: Self = Self(0xFFFF_FF01);
    /// Not to be advertised to anybody (RFC 1997).
    pub const NO_ADVERTISE: Self = Self(0xFFFF_FF02);
    /// Not to be advertised outside the member AS (RFC 1997).
    pub const NO_EXPORT_SUBCONFED: Self = Self(0xFFFF_FF03);
    /// Traffic to the prefix is to be dropped (RFC 7999).
    pub const BLACKHOLE: Self = Self(0xFFFF_029A);
    /// The session is about to go; prefer any other path (RFC 8326).
    pub const GRACEFUL_SHUTDOWN: Self = Self(0xFFFF_0000);
    /// A route of a VPN that its own router may take back (RFC 7611).
    pub const ACCEPT_OWN: Self = Self(0xFFFF_0001);
    /// ROUTE_FILTER_TRANSLATED_v4 of the IANA registry (draft-l3vpn-legacy-rtc).
    pub const ROUTE_FILTER_TRANSLATED_V4: Self = Self(0xFFFF_0002);
    /// ROUTE_FILTER_v4 of the IANA registry (draft-l3vpn-legacy-rtc).
    pub const ROUTE_FILTER_V4: Self = Self(0xFFFF_0003);
    /// ROUTE_FILTER_TRANSLATED_v6 of the IANA registry (draft-l3vpn-legacy-rtc).
    pub const ROUTE_FILTER_TRANSLATED_V6: Self = Self(0xFFFF_0004);
    /// ROUTE_FILTER_v6 of the IANA registry (draft-l3vpn-legacy-rtc).
    pub const ROUTE_FILTER_V6: Self = Self(0xFFFF_0005);
    /// The path is stale, and kept for long (RFC 9494).
    pub const LLGR_STALE: Self = Self(0xFFFF_0006);
    /// The path is not to be kept for long once it is stale (RFC 9494).
    pub const NO_LLGR: Self = Self(0xFFFF_0007);
    /// The accept-own-nexthop of the IANA registry (BGP Well-known Communities).
    pub const ACCEPT_OWN_NEXT_HOP: Self = Self(0xFFFF_0008);
    /// Not to be advertised over peerings between providers (RFC 3765).
    pub const NO_PEER: Self = Self(0xFFFF_FF04);

    /// The well-known ones with their names, those of the IANA registry and of FRR; a second name of one stands behind
    /// the first.
    pub const WELL_KNOWN: &[(&str, Self)] = &[
        ("internet", Self::INTERNET),
        ("no-export", Self::NO_EXPORT),
        ("no-advertise", Self::NO_ADVERTISE),
        ("no-export-subconfed", Self::NO_EXPORT_SUBCONFED),
        ("local-as", Self::NO_EXPORT_SUBCONFED),
        ("graceful-shutdown", Self::GRACEFUL_SHUTDOWN),
        ("accept-own", Self::ACCEPT_OWN),
        ("route-filter-translated-v4", Self::ROUTE_FILTER_TRANSLATED_V4),
        ("route-filter-v4", Self::ROUTE_FILTER_V4),
        ("route-filter-translated-v6", Self::ROUTE_FILTER_TRANSLATED_V6),
        ("route-filter-v6", Self::ROUTE_FILTER_V6),
        ("llgr-stale", Self::LLGR_STALE),
        ("no-llgr", Self::NO_LLGR),
        ("accept-own-nexthop", Self::ACCEPT_OWN_NEXT_HOP),
        ("blackhole", Self::BLACKHOLE),
        ("no-peer", Self::NO_PEER),
    ];

    /// The community written `high:low`.
    #[must_use]
    pub const fn new(high: u16, low: u16) -> Self {
        Self((high as u32) << 16 | low as u32)
    }
}

/// The names of the well-known ones, `high:low` for the others.
impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::WELL_KNOWN.iter().find(|(_, known)| known == self) {
            Some((name, _)) => f.pad(name),
            None => f.pad(&format!("{}:{}", self.0 >> 16, self.0 & 0xFFFF)),
        }
    }
}

/// The communities of a route: a few take no memory of their own.
pub type Communities = SmallVec<[Community; 4]>;

/// A large community (RFC 8092): three numbers of four octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LargeCommunity {
    /// The AS that defines the other two.
    pub global: u32,
    /// Its first number.
    pub local_1: u32,
    /// Its second number.
    pub local_2: u32,
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}:{}", self.global, self.local_1, self.local_2))
    }
}

/// Who aggregated the route (RFC 4271 §5.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aggregator {
    /// Its AS.
    pub asn: Asn,
    /// Its identifier.
    pub id: RouterId,
}

/// An attribute that this speaker does not know but passes on: optional and transitive (RFC 4271 §5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownAttribute {
    /// The attribute's type code.
    pub code: u8,
    /// Optional, Transitive and Partial as received; Partial is set when it is passed on.
    pub flags: u8,
    /// Its value.
    pub value: Vec<u8>,
}

/// All path attributes of a route that this program understands, and the unknown ones that travel with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    /// ORIGIN, type 1.
    pub origin: Origin,
    /// AS_PATH, type 2, with AS4_PATH (type 17) already merged in.
    pub as_path: AsPath,
    /// NEXT_HOP, type 3.
    pub next_hop: Ipv4Addr,
    /// MULTI_EXIT_DISC, type 4.
    pub med: Option<u32>,
    /// LOCAL_PREF, type 5.
    pub local_pref: Option<u32>,
    /// ATOMIC_AGGREGATE, type 6, is there.
    pub atomic_aggregate: bool,
    /// AGGREGATOR, type 7, with AS4_AGGREGATOR (type 18) already merged in.
    pub aggregator: Option<Aggregator>,
    /// COMMUNITIES, type 8, sorted and without repetition.
    pub communities: Communities,
    /// ORIGINATOR_ID, type 9 (RFC 4456).
    pub originator_id: Option<RouterId>,
    /// CLUSTER_LIST, type 10 (RFC 4456), latest reflector first.
    pub cluster_list: Vec<Ipv4Addr>,
    /// LARGE_COMMUNITY, type 32, sorted and without repetition.
    pub large_communities: Vec<LargeCommunity>,
    /// Unknown optional transitive attributes, by type code.
    pub unknown: Vec<UnknownAttribute>,
}

impl Attributes {
    /// What a route has at least, with this next hop: origin IGP, an empty path.
    #[must_use]
    pub fn new(next_hop: Ipv4Addr) -> Self {
        Self {
            origin: Origin::Igp,
            as_path: AsPath::default(),
            next_hop,
            med: None,
            local_pref: None,
            atomic_aggregate: false,
            aggregator: None,
            communities: Communities::new(),
            originator_id: None,
            cluster_list: Vec::new(),
            large_communities: Vec::new(),
            unknown: Vec::new(),
        }
    }
    /// Whether it carries `community`.
    #[must_use]
    pub fn has(&self, community: Community) -> bool {
        self.communities.binary_search(&community).is_ok()
    }
}
