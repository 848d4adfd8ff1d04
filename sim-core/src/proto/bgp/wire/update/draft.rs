//! The attributes of an UPDATE while they are read, and the verdict on them so far.

use std::net::Ipv4Addr;

use super::super::super::attribute::{
    Aggregator, AsPath, Asn, Attributes, Community, LargeCommunity, Origin, RouterId, UnknownAttribute,
};
use super::super::super::message::{Family, Prefixes};
use super::super::super::negotiated::{AsWidth, PeerKind};
use super::super::super::notification::{Code, Notification};
use super::super::code::{AttributeCode, OPTIONAL, PARTIAL, TRANSITIVE};
use super::super::note::{Action, Expected, Fault, Note};
use super::super::packet::RawAttribute;
use super::super::reader::{Reader, exactly_u32, numbers};
use super::super::{Dialect, FirstAs, path, prefix};
use super::multiprotocol::{MpReach, MpUnreach, NextHop};

/// What is to become of the prefixes announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are announced.
    Sound,
    /// They count as withdrawn.
    Withdraw,
    /// As before, and the list of attributes does not end where it should.
    Overrun,
}

/// The codes met so far, one bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Seen([u64; 4]);

impl Seen {
    fn word(&mut self, code: AttributeCode) -> (&mut u64, u64) {
        let [a, b, c, d] = &mut self.0;
        let word = match code.0 / 64 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        (word, 1 << (code.0 % 64))
    }
    /// Whether it is the first of its kind.
    fn insert(&mut self, code: AttributeCode) -> bool {
        let (word, bit) = self.word(code);
        let is_first = *word & bit == 0;
        *word |= bit;
        is_first
    }
    fn has(&mut self, code: AttributeCode) -> bool {
        let (word, bit) = self.word(code);
        *word & bit != 0
    }
}

/// Attributes in the making.
#[derive(Debug)]
pub(super) struct Draft<'a, 'd> {
    pub(super) dialect: Dialect,
    pub(super) attributes: &'d mut Attributes,
    pub(super) verdict: Verdict,
    pub(super) notes: Vec<Note>,
    pub(super) mp_reach: Option<MpReach<'a>>,
    pub(super) mp_unreach: Option<MpUnreach<'a>>,
    as4_path: Option<AsPath>,
    as4_aggregator: Option<Aggregator>,
    seen: Seen,
}

impl<'a, 'd> Draft<'a, 'd> {
    pub(super) fn new(dialect: &Dialect, attributes: &'d mut Attributes) -> Self {
        Self {
            dialect: *dialect,
            attributes,
            verdict: Verdict::Sound,
            notes: Vec::new(),
            mp_reach: None,
            mp_unreach: None,
            as4_path: None,
            as4_aggregator: None,
            seen: Seen::default(),
        }
    }

    /// Reads the list of attributes.
    ///
    /// # Errors
    /// Faults in those that hold prefixes of their own; all others are noted.
    pub(super) fn read(&mut self, octets: &'a [u8]) -> Result<(), Notification> {
        let mut reader = Reader::new(octets);
        while !reader.is_empty() {
            let Some(raw) = RawAttribute::read(&mut reader) else {
                self.note(None, Fault::Overrun, Action::TreatedAsWithdraw, "RFC 7606 §4");
                self.verdict = Verdict::Overrun;
                return Ok(());
            };
            self.attribute(&raw)?;
        }
        Ok(())
    }

    fn attribute(&mut self, raw: &RawAttribute<'a>) -> Result<(), Notification> {
        if !self.seen.insert(raw.code) {
            if matches!(raw.code, AttributeCode::MP_REACH | AttributeCode::MP_UNREACH) {
                return Err(Notification::new(Code::MALFORMED_ATTRIBUTES));
            }
            self.discard(raw.code, Fault::Duplicate, "RFC 7606 §3 (g)");
            return Ok(());
        }
        if raw.code == AttributeCode::AIGP {
            // No session here takes part in it, whatever the flags say.
            self.discard(raw.code, Fault::NotNegotiated, "RFC 7311 §3.3");
            return Ok(());
        }
        let Some(flags) = raw.code.flags() else {
            self.unknown(raw);
            return Ok(());
        };
        if (raw.flags ^ flags) & (OPTIONAL | TRANSITIVE) != 0 {
            self.withdraw(raw.code, Fault::Flags { found: raw.flags }, "RFC 7606 §3 (c)");
            return Ok(());
        }
        match raw.code {
            AttributeCode::ORIGIN => self.origin(raw),
            AttributeCode::AS_PATH => match path::read(raw.value, self.dialect.as_width) {
                Ok(path) => self.attributes.as_path = path,
                Err(fault) => self.withdraw(raw.code, Fault::Path(fault), "RFC 7606 §7.2"),
            },
            AttributeCode::NEXT_HOP => {
                if let Some(bits) = self.number(raw, "RFC 7606 §7.3") {
                    self.attributes.next_hop = Ipv4Addr::from(bits);
                }
            }
            AttributeCode::MED => self.attributes.med = self.number(raw, "RFC 7606 §7.4"),
            AttributeCode::LOCAL_PREF => {
                if self.is_from_internal(raw.code, "RFC 7606 §7.5") {
                    self.attributes.local_pref = self.number(raw, "RFC 7606 §7.5");
                }
            }
            AttributeCode::ATOMIC_AGGREGATE => self.atomic_aggregate(raw),
            AttributeCode::AGGREGATOR => {
                self.attributes.aggregator = self.aggregator(raw, self.dialect.as_width, "RFC 7606 §7.7");
            }
            AttributeCode::COMMUNITIES => self.communities(raw),
            AttributeCode::ORIGINATOR_ID => {
                if self.is_from_internal(raw.code, "RFC 7606 §7.9") {
                    let id = self.number(raw, "RFC 7606 §7.9");
                    self.attributes.originator_id = id.map(|bits| RouterId(Ipv4Addr::from(bits)));
                }
            }
            AttributeCode::CLUSTER_LIST => self.cluster_list(raw),
            AttributeCode::MP_REACH => self.mp_reach = Some(MpReach::read(raw.value)?),
            AttributeCode::MP_UNREACH => self.mp_unreach = Some(MpUnreach::read(raw.value)?),
            AttributeCode::AS4_PATH => self.as4_path(raw),
            AttributeCode::AS4_AGGREGATOR => {
                if self.is_from_narrow(raw.code) {
                    self.as4_aggregator = self.aggregator(raw, AsWidth::Four, "RFC 6793 §6");
                }
            }
            AttributeCode::LARGE_COMMUNITY => self.large_communities(raw),
            AttributeCode::EXTENDED_COMMUNITIES => {
                if self.is_of_groups(raw, 8, "RFC 7606 §7.14") {
                    self.keep(raw);
                }
            }
            AttributeCode::ONLY_TO_CUSTOMER => {
                if self.number(raw, "RFC 9234 §5").is_some() {
                    self.keep(raw);
                }
            }
            // What has flags in the table and no arm here is passed on like any other.
            AttributeCode(_) => self.keep(raw),
        }
        Ok(())
    }

    fn origin(&mut self, raw: &RawAttribute<'_>) {
        self.attributes.origin = match raw.value {
            [0] => Origin::Igp,
            [1] => Origin::Egp,
            [2] => Origin::Incomplete,
            [other] => return self.withdraw(raw.code, Fault::Origin(*other), "RFC 7606 §7.1"),
            _ => return self.withdraw(raw.code, length(raw, Expected::Exactly(1)), "RFC 7606 §7.1"),
        };
    }
    fn atomic_aggregate(&mut self, raw: &RawAttribute<'_>) {
        if raw.value.is_empty() {
            self.attributes.atomic_aggregate = true;
        } else {
            self.discard(raw.code, length(raw, Expected::Exactly(0)), "RFC 7606 §7.6");
        }
    }
    fn aggregator(
        &mut self,
        raw: &RawAttribute<'_>,
        width: AsWidth,
        source: &'static str,
    ) -> Option<Aggregator> {
        let (n_octets, asn) = match width {
            AsWidth::Two | AsWidth::Narrowed => (
                6,
                raw.value
                    .first_chunk()
                    .map(|&it| u32::from(u16::from_be_bytes(it))),
            ),
            AsWidth::Four => (8, raw.value.first_chunk().map(|&it| u32::from_be_bytes(it))),
        };
        let id = raw
            .value
            .last_chunk()
            .map(|&it: &[u8; 4]| RouterId(Ipv4Addr::from(it)));
        match (asn, id) {
            (Some(asn), Some(id)) if raw.value.len() == n_octets && asn != 0 => {
                return Some(Aggregator { asn: Asn(asn), id });
            }
            (Some(_), Some(_)) if raw.value.len() == n_octets => {
                self.discard(raw.code, Fault::ZeroAs, "RFC 7607 §2");
            }
            (_, _) => self.discard(raw.code, length(raw, Expected::Exactly(n_octets)), source),
        }
        None
    }
    fn communities(&mut self, raw: &RawAttribute<'_>) {
        if self.is_of_groups(raw, 4, "RFC 7606 §7.8") {
            let communities = &mut self.attributes.communities;
            communities.extend(numbers(raw.value).map(Community));
            communities.sort_unstable();
            communities.dedup();
        }
    }
    fn large_communities(&mut self, raw: &RawAttribute<'_>) {
        if self.is_of_groups(raw, 12, "RFC 8092 §5") {
            let (groups, _) = raw.value.as_chunks::<12>();
            let communities = &mut self.attributes.large_communities;
            communities.extend(groups.iter().filter_map(|group| {
                let mut reader = Reader::new(group);
                Some(LargeCommunity {
                    global: reader.u32()?,
                    local_1: reader.u32()?,
                    local_2: reader.u32()?,
                })
            }));
            communities.sort_unstable();
            communities.dedup();
        }
    }
    fn cluster_list(&mut self, raw: &RawAttribute<'_>) {
        let source = "RFC 7606 §7.10";
        if self.is_from_internal(raw.code, source) && self.is_of_groups(raw, 4, source) {
            self.attributes.cluster_list = numbers(raw.value).map(Ipv4Addr::from).collect();
        }
    }
    fn as4_path(&mut self, raw: &RawAttribute<'_>) {
        if !self.is_from_narrow(raw.code) {
            return;
        }
        match path::read_as4(raw.value) {
            _ if raw.value.len() < 6 => {
                self.discard(raw.code, length(raw, Expected::AtLeast(6)), "RFC 6793 §6");
            }
            Ok(path) if path.count(Asn(0)) > 0 => self.discard(raw.code, Fault::ZeroAs, "RFC 7607 §2"),
            Ok(path) => self.as4_path = Some(path),
            Err(fault) => self.discard(raw.code, Fault::Path(fault), "RFC 6793 §6"),
        }
    }
    /// Passes an unknown attribute on if it says so itself, and quietly drops it if not (RFC 4271 §5).
    fn unknown(&mut self, raw: &RawAttribute<'_>) {
        if raw.flags & OPTIONAL == 0 {
            self.withdraw(raw.code, Fault::UnrecognizedWellKnown, "RFC 7606 §3 (c)");
        } else if raw.flags & TRANSITIVE != 0 {
            self.keep(raw);
        }
    }
    fn keep(&mut self, raw: &RawAttribute<'_>) {
        let unknown = &mut self.attributes.unknown;
        let at = unknown.partition_point(|it| it.code < raw.code.0);
        let attribute = UnknownAttribute {
            code: raw.code.0,
            flags: raw.flags & (OPTIONAL | TRANSITIVE | PARTIAL),
            value: raw.value.to_vec(),
        };
        unknown.insert(at, attribute);
    }

    /// The number that is the attribute's whole value.
    fn number(&mut self, raw: &RawAttribute<'_>, source: &'static str) -> Option<u32> {
        let number = exactly_u32(raw.value);
        if number.is_none() {
            self.withdraw(raw.code, length(raw, Expected::Exactly(4)), source);
        }
        number
    }
    fn is_of_groups(&mut self, raw: &RawAttribute<'_>, n: usize, source: &'static str) -> bool {
        let is = !raw.value.is_empty() && raw.value.len().is_multiple_of(n);
        if !is {
            self.withdraw(raw.code, length(raw, Expected::MultipleOf(n)), source);
        }
        is
    }
    fn is_from_internal(&mut self, code: AttributeCode, source: &'static str) -> bool {
        match self.dialect.kind {
            PeerKind::Ibgp => true,
            PeerKind::Ebgp => {
                self.discard(code, Fault::FromExternal, source);
                false
            }
        }
    }
    fn is_from_narrow(&mut self, code: AttributeCode) -> bool {
        match self.dialect.as_width {
            AsWidth::Two => true,
            AsWidth::Narrowed | AsWidth::Four => {
                self.discard(code, Fault::FromWideSpeaker, "RFC 6793 §4.1");
                false
            }
        }
    }

    pub(super) fn require(&mut self, code: AttributeCode) {
        if !self.seen.has(code) {
            self.withdraw(code, Fault::Missing, "RFC 7606 §3 (d)");
        }
    }
    /// An internal peer has to say how much it likes the route (RFC 4271 §5.1.5).
    pub(super) fn require_local_pref(&mut self) {
        match self.dialect.kind {
            PeerKind::Ibgp => self.require(AttributeCode::LOCAL_PREF),
            PeerKind::Ebgp => {}
        }
    }
    /// Puts together what a speaker of two-octet numbers had to pass on in two attributes (RFC 6793 §4.2.3).
    pub(super) fn merge_as4(&mut self) {
        let source = "RFC 6793 §4.2.3";
        if let Some(wide) = self.as4_aggregator.take() {
            match self.attributes.aggregator {
                Some(narrow) if narrow.asn == Asn::TRANS => self.attributes.aggregator = Some(wide),
                Some(_) => {
                    let fault = Fault::AggregatedByNarrowSpeaker;
                    self.discard(AttributeCode::AS4_AGGREGATOR, fault.clone(), source);
                    if self.as4_path.take().is_some() {
                        self.discard(AttributeCode::AS4_PATH, fault, source);
                    }
                }
                None => self.discard(AttributeCode::AS4_AGGREGATOR, Fault::WithoutAggregator, source),
            }
        }
        let Some(as4_path) = self.as4_path.take() else {
            return;
        };
        match path::merge(&self.attributes.as_path, &as4_path) {
            Some(merged) => self.attributes.as_path = merged,
            None => self.discard(AttributeCode::AS4_PATH, Fault::LongerThanAsPath, source),
        }
    }
    pub(super) fn check_path(&mut self) {
        if self.attributes.as_path.count(Asn(0)) > 0 {
            self.withdraw(AttributeCode::AS_PATH, Fault::ZeroAs, "RFC 7607 §2");
        }
        match (self.dialect.kind, self.dialect.first_as) {
            (PeerKind::Ebgp, FirstAs::Is(expected)) => {
                let found = self.attributes.as_path.neighbour();
                if found != Some(expected) {
                    let fault = Fault::FirstAs { found, expected };
                    self.withdraw(AttributeCode::AS_PATH, fault, "RFC 4271 §6.3");
                }
            }
            (PeerKind::Ebgp, FirstAs::Any) | (PeerKind::Ibgp, FirstAs::Any | FirstAs::Is(_)) => {}
        }
    }
    pub(super) fn check_next_hop(&mut self) {
        let next_hop = self.attributes.next_hop;
        if let Some(fault) = self.next_hop_fault(next_hop) {
            self.withdraw(AttributeCode::NEXT_HOP, fault, "RFC 4271 §6.3");
        }
    }
    /// The next hop of an announcement in MP_REACH_NLRI; none where it counts as withdrawn.
    pub(super) fn mp_next_hop(&mut self, reach: &MpReach<'_>) -> Option<Ipv4Addr> {
        if self.verdict != Verdict::Sound || reach.family != Family::IPV4_UNICAST {
            return None;
        }
        let fault = match reach.next_hop {
            NextHop::V4(next_hop) => match self.next_hop_fault(next_hop) {
                None => return Some(next_hop),
                Some(fault) => fault,
            },
            NextHop::Other => Fault::NextHopFamily,
        };
        self.note(
            Some(AttributeCode::MP_REACH),
            fault,
            Action::TreatedAsWithdraw,
            "RFC 4760 §3",
        );
        None
    }
    fn next_hop_fault(&self, next_hop: Ipv4Addr) -> Option<Fault> {
        if !prefix::is_host(next_hop) {
            return Some(Fault::NextHop(next_hop));
        }
        (next_hop == self.dialect.local_address).then_some(Fault::OwnNextHop(next_hop))
    }

    /// Takes out the prefixes that are no destination, which are to be ignored one by one (RFC 4271 §6.3).
    pub(super) fn ignore_bogus(&mut self, prefixes: &mut Prefixes) {
        if prefixes.iter().all(|&it| prefix::is_destination(it)) {
            return;
        }
        let notes = &mut self.notes;
        prefixes.retain(|&mut it| {
            let is_destination = prefix::is_destination(it);
            if !is_destination {
                notes.push(Note {
                    attribute: None,
                    fault: Fault::Prefix(it),
                    action: Action::Ignored,
                    source: "RFC 4271 §6.3",
                });
            }
            is_destination
        });
    }
    pub(super) fn ignore(&mut self, code: AttributeCode, family: Family) {
        self.note(Some(code), Fault::Family(family), Action::Ignored, "RFC 4760 §6");
    }
    fn discard(&mut self, code: AttributeCode, fault: Fault, source: &'static str) {
        self.note(Some(code), fault, Action::Discarded, source);
    }
    fn withdraw(&mut self, code: AttributeCode, fault: Fault, source: &'static str) {
        self.verdict = Verdict::Withdraw;
        self.note(Some(code), fault, Action::TreatedAsWithdraw, source);
    }
    #[cold]
    fn note(&mut self, attribute: Option<AttributeCode>, fault: Fault, action: Action, source: &'static str) {
        self.notes.push(Note {
            attribute,
            fault,
            action,
            source,
        });
    }
}

fn length(raw: &RawAttribute<'_>, expected: Expected) -> Fault {
    let found = raw.value.len();
    Fault::Length { found, expected }
}
