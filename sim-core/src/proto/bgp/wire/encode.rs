//! Messages into octets.

use ipnet::Ipv4Net;

use super::super::attribute::{Aggregator, Attributes, Origin};
use super::super::message::{Message, RouteRefresh, Update};
use super::super::negotiated::{AsWidth, PeerKind};
use super::super::notification::Notification;
use super::code::{AttributeCode, EXTENDED, OPTIONAL, PARTIAL, TRANSITIVE};
use super::frame::{HEADER_LEN, Kind, MARKER, MAX_LEN};
use super::{Dialect, open, path, prefix};

/// What a route is worth within the AS if nobody has said otherwise.
const DEFAULT_LOCAL_PREF: u32 = 100;
/// The octets of an UPDATE that are always there.
const UPDATE_LEN: usize = HEADER_LEN + 4;
/// The most that one prefix takes.
const PREFIX_LEN: usize = 5;

/// Appends a message to `out`, header included.
///
/// An UPDATE too long for one message becomes several: withdrawals first, then announcements, each with all attributes.
/// Prefixes whose attributes leave no room for them are withdrawn, since the peer must not keep what it was told
/// before. Attributes go in the order of their codes, with extended length only where it is needed; those that have no
/// meaning for an external peer are left out, and an internal one always gets a LOCAL_PREF, 100 if there is none. Data
/// of a NOTIFICATION beyond the longest message is cut off.
///
/// # Source
/// RFC 4271 §4 and §5, RFC 6793 §4.2.2 for peers of two-octet AS numbers.
pub fn encode(message: &Message, dialect: &Dialect, out: &mut Vec<u8>) {
    match message {
        Message::Open(it) => {
            let start = begin(Kind::Open, out);
            open::encode(it, out);
            end(start, out);
        }
        Message::Update(it) => update(it, dialect, out),
        Message::Notification(it) => notification(it, out),
        Message::Keepalive => {
            let start = begin(Kind::Keepalive, out);
            end(start, out);
        }
        Message::RouteRefresh(it) => {
            let start = begin(Kind::RouteRefresh, out);
            refresh(*it, out);
            end(start, out);
        }
    }
}

/// Appends a header whose length is not known yet; the answer is for [`end`].
pub(super) fn begin(kind: Kind, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&MARKER);
    out.extend_from_slice(&[0, 0, kind.number()]);
    start
}

/// Puts the length into the header of the message that began at `start`.
pub(super) fn end(start: usize, out: &mut [u8]) {
    let len = (out.len() - start) as u16;
    put_u16(start + MARKER.len(), len, out);
}

/// Puts into the two octets at `at` how many octets follow them.
pub(super) fn patch_u16(at: usize, out: &mut [u8]) {
    let len = (out.len() - at - 2) as u16;
    put_u16(at, len, out);
}

fn put_u16(at: usize, value: u16, out: &mut [u8]) {
    if let Some(field) = out.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

pub(super) fn refresh(refresh: RouteRefresh, out: &mut Vec<u8>) {
    out.extend_from_slice(&refresh.family.afi.to_be_bytes());
    out.extend_from_slice(&[refresh.subtype, refresh.family.safi]);
}

fn notification(notification: &Notification, out: &mut Vec<u8>) {
    const MAX_DATA: usize = MAX_LEN - HEADER_LEN - 2;
    let start = begin(Kind::Notification, out);
    out.extend_from_slice(&[notification.code.code, notification.code.subcode]);
    let data = &notification.data;
    out.extend_from_slice(data.get(..MAX_DATA).unwrap_or(data));
    end(start, out);
}

fn update(update: &Update, dialect: &Dialect, out: &mut Vec<u8>) {
    let n_prefixes = update.withdrawn.len() + update.announced.len();
    if UPDATE_LEN + n_prefixes > MAX_LEN {
        return split(update, dialect, out);
    }
    out.reserve(UPDATE_LEN + 64 + n_prefixes * PREFIX_LEN);
    let start = begin(Kind::Update, out);
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    prefixes(&update.withdrawn, out);
    patch_u16(at, out);
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    if let Some(it) = &update.attributes {
        attributes(it, dialect, out);
    }
    patch_u16(at, out);
    prefixes(&update.announced, out);
    if out.len() - start <= MAX_LEN {
        return end(start, out);
    }
    out.truncate(start);
    split(update, dialect, out);
}

fn prefixes(prefixes: &[Ipv4Net], out: &mut Vec<u8>) {
    for &it in prefixes {
        prefix::write(it, out);
    }
}

/// The same in several messages.
fn split(update: &Update, dialect: &Dialect, out: &mut Vec<u8>) {
    withdrawals(&update.withdrawn, out);
    let mut list = Vec::new();
    if let Some(it) = &update.attributes {
        attributes(it, dialect, &mut list);
    }
    let Some(room) = (MAX_LEN - UPDATE_LEN)
        .checked_sub(list.len())
        .filter(|&room| room >= PREFIX_LEN)
    else {
        return withdrawals(&update.announced, out);
    };
    for chunk in update.announced.chunks(room / PREFIX_LEN) {
        let start = begin(Kind::Update, out);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(list.len() as u16).to_be_bytes());
        out.extend_from_slice(&list);
        prefixes(chunk, out);
        end(start, out);
    }
}

fn withdrawals(withdrawn: &[Ipv4Net], out: &mut Vec<u8>) {
    for chunk in withdrawn.chunks((MAX_LEN - UPDATE_LEN) / PREFIX_LEN) {
        let start = begin(Kind::Update, out);
        let at = out.len();
        out.extend_from_slice(&[0, 0]);
        prefixes(chunk, out);
        patch_u16(at, out);
        out.extend_from_slice(&[0, 0]);
        end(start, out);
    }
}

/// Appends the list of attributes, by code.
fn attributes(it: &Attributes, dialect: &Dialect, out: &mut Vec<u8>) {
    let origin = match it.origin {
        Origin::Igp => 0,
        Origin::Egp => 1,
        Origin::Incomplete => 2,
    };
    out.extend_from_slice(&[TRANSITIVE, AttributeCode::ORIGIN.0, 1, origin]);
    attribute(AttributeCode::AS_PATH, out, |out| {
        path::write(&it.as_path, dialect.as_width, out)
    });
    number(AttributeCode::NEXT_HOP, u32::from(it.next_hop), out);
    if let Some(med) = it.med {
        number(AttributeCode::MED, med, out);
    }
    match dialect.kind {
        PeerKind::Ibgp => {
            number(
                AttributeCode::LOCAL_PREF,
                it.local_pref.unwrap_or(DEFAULT_LOCAL_PREF),
                out,
            );
        }
        PeerKind::Ebgp => {}
    }
    if it.atomic_aggregate {
        attribute(AttributeCode::ATOMIC_AGGREGATE, out, |_| ());
    }
    if let Some(aggregator) = it.aggregator {
        attribute(AttributeCode::AGGREGATOR, out, |out| {
            write_aggregator(aggregator, dialect.as_width, out)
        });
    }
    if !it.communities.is_empty() {
        attribute(AttributeCode::COMMUNITIES, out, |out| {
            for community in &it.communities {
                out.extend_from_slice(&community.0.to_be_bytes());
            }
        });
    }
    match dialect.kind {
        PeerKind::Ibgp => reflection(it, out),
        PeerKind::Ebgp => {}
    }
    unknown(it, 0..=AttributeCode::EXTENDED_COMMUNITIES.0, out);
    match dialect.as_width {
        AsWidth::Two | AsWidth::Narrowed => as4(it, out),
        AsWidth::Four => {}
    }
    unknown(it, 19..=31, out);
    if !it.large_communities.is_empty() {
        attribute(AttributeCode::LARGE_COMMUNITY, out, |out| {
            for community in &it.large_communities {
                for number in [community.global, community.local_1, community.local_2] {
                    out.extend_from_slice(&number.to_be_bytes());
                }
            }
        });
    }
    unknown(it, 33..=u8::MAX, out);
}

/// What a reflector adds (RFC 4456).
fn reflection(it: &Attributes, out: &mut Vec<u8>) {
    if let Some(id) = it.originator_id {
        number(AttributeCode::ORIGINATOR_ID, u32::from(id.0), out);
    }
    if !it.cluster_list.is_empty() {
        attribute(AttributeCode::CLUSTER_LIST, out, |out| {
            for cluster in &it.cluster_list {
                out.extend_from_slice(&cluster.octets());
            }
        });
    }
}

/// What does not fit two octets, for those further on who understand it (RFC 6793 §4.2.2).
fn as4(it: &Attributes, out: &mut Vec<u8>) {
    if path::needs_as4(&it.as_path) {
        attribute(AttributeCode::AS4_PATH, out, |out| {
            path::write_as4(&it.as_path, out)
        });
    }
    match it.aggregator {
        Some(aggregator) if aggregator.asn.0 > u32::from(u16::MAX) => {
            attribute(AttributeCode::AS4_AGGREGATOR, out, |out| {
                write_aggregator(aggregator, AsWidth::Four, out);
            });
        }
        Some(_) | None => {}
    }
}

fn write_aggregator(Aggregator { asn, id }: Aggregator, width: AsWidth, out: &mut Vec<u8>) {
    match width {
        AsWidth::Two | AsWidth::Narrowed => out.extend_from_slice(&asn.two_octets().to_be_bytes()),
        AsWidth::Four => out.extend_from_slice(&asn.0.to_be_bytes()),
    }
    out.extend_from_slice(&id.0.octets());
}

/// Appends the attributes kept as they came whose codes are among these.
///
/// Partial is set on what this program does not understand (RFC 4271 §5); on the two that it understands well enough to
/// check, it stays as it was.
fn unknown(it: &Attributes, codes: core::ops::RangeInclusive<u8>, out: &mut Vec<u8>) {
    for it in it.unknown.iter().filter(|it| codes.contains(&it.code)) {
        let code = AttributeCode(it.code);
        let flags = it.flags & (OPTIONAL | TRANSITIVE | PARTIAL);
        match code {
            AttributeCode::EXTENDED_COMMUNITIES | AttributeCode::ONLY_TO_CUSTOMER => {
                with_flags(flags, code, out, |out| out.extend_from_slice(&it.value));
            }
            // A second one of what has a place of its own would be a duplicate.
            AttributeCode(_) if code.flags().is_some() => {}
            AttributeCode(_) => {
                with_flags(flags | PARTIAL, code, out, |out| out.extend_from_slice(&it.value))
            }
        }
    }
}

/// Appends an attribute whose value is one number.
fn number(code: AttributeCode, value: u32, out: &mut Vec<u8>) {
    let [a, b, c, d] = value.to_be_bytes();
    out.extend_from_slice(&[code.flags().unwrap_or(OPTIONAL), code.0, 4, a, b, c, d]);
}

/// Appends an attribute that this program knows, whose value `write` appends.
fn attribute(code: AttributeCode, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    with_flags(code.flags().unwrap_or(OPTIONAL), code, out, write);
}

fn with_flags(flags: u8, code: AttributeCode, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[flags, code.0, 0]);
    let at = out.len();
    write(out);
    let n_octets = out.len() - at;
    if let Ok(len) = u8::try_from(n_octets) {
        if let Some(field) = out.get_mut(at - 1) {
            *field = len;
        }
        return;
    }
    // The length takes two octets after all. One that not even two can hold stays wrong, but is in a list that is
    // longer than any message and so is never sent.
    let [high, low] = (n_octets as u16).to_be_bytes();
    out.insert(at, low);
    if let Some([first, _, field]) = out.get_mut(start..at) {
        *first = flags | EXTENDED;
        *field = high;
    }
}
