//! AS_PATH and AS4_PATH: segments of two or four octets per number, and how the two are merged.

use core::fmt;

use super::super::attribute::{AsPath, Asn, Segment, SegmentKind};
use super::super::negotiated::AsWidth;
use super::reader::Reader;

/// Why a path cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathFault {
    /// A segment of a type that does not exist.
    SegmentKind(u8),
    /// A segment says it has more numbers than there are.
    Overrun,
    /// A segment without numbers.
    EmptySegment,
    /// A confederation's segment from somebody who is not in our confederation (RFC 5065 §5).
    Confederation,
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SegmentKind(number) => write!(f, "has a segment of the unknown type {number}"),
            Self::Overrun => f.write_str("ends inside a segment"),
            Self::EmptySegment => f.write_str("has a segment without AS numbers"),
            Self::Confederation => f.write_str("has a segment of a confederation"),
        }
    }
}

const fn number(kind: SegmentKind) -> u8 {
    match kind {
        SegmentKind::Set => 1,
        SegmentKind::Sequence => 2,
        SegmentKind::ConfedSequence => 3,
        SegmentKind::ConfedSet => 4,
    }
}

const fn is_confederation(kind: SegmentKind) -> bool {
    match kind {
        SegmentKind::ConfedSequence | SegmentKind::ConfedSet => true,
        SegmentKind::Set | SegmentKind::Sequence => false,
    }
}

fn segment(reader: &mut Reader<'_>, width: AsWidth) -> Result<Segment, PathFault> {
    let kind = reader.u8().ok_or(PathFault::Overrun)?;
    let n = usize::from(reader.u8().ok_or(PathFault::Overrun)?);
    let octets_each = match width {
        AsWidth::Two | AsWidth::Narrowed => 2,
        AsWidth::Four => 4,
    };
    let octets = reader.take(n * octets_each).ok_or(PathFault::Overrun)?;
    let kind = match kind {
        1 => SegmentKind::Set,
        2 => SegmentKind::Sequence,
        3 => SegmentKind::ConfedSequence,
        4 => SegmentKind::ConfedSet,
        other => return Err(PathFault::SegmentKind(other)),
    };
    if n == 0 {
        return Err(PathFault::EmptySegment);
    }
    let asns = match width {
        AsWidth::Two | AsWidth::Narrowed => {
            let (numbers, _) = octets.as_chunks();
            let wide = |&number| Asn(u32::from(u16::from_be_bytes(number)));
            numbers.iter().map(wide).collect()
        }
        AsWidth::Four => {
            let (numbers, _) = octets.as_chunks();
            numbers
                .iter()
                .map(|&number| Asn(u32::from_be_bytes(number)))
                .collect()
        }
    };
    Ok(Segment { kind, asns })
}

fn read_segments(octets: &[u8], width: AsWidth) -> Result<AsPath, PathFault> {
    let mut reader = Reader::new(octets);
    if reader.is_empty() {
        return Ok(AsPath::default());
    }
    // One segment is the rule, and then nothing but the path itself is allocated.
    let first = segment(&mut reader, width)?;
    if reader.is_empty() {
        return Ok(AsPath::from(first));
    }
    let mut segments = vec![first];
    while !reader.is_empty() {
        segments.push(segment(&mut reader, width)?);
    }
    Ok(AsPath::new(segments))
}

/// Reads an AS_PATH. This program is in no confederation, so a confederation's segments are malformed.
pub(super) fn read(octets: &[u8], width: AsWidth) -> Result<AsPath, PathFault> {
    let path = read_segments(octets, width)?;
    if path
        .segments()
        .iter()
        .any(|segment| is_confederation(segment.kind))
    {
        return Err(PathFault::Confederation);
    }
    Ok(path)
}

/// Reads an AS4_PATH; a confederation's segments are left out of it (RFC 6793 §6).
pub(super) fn read_as4(octets: &[u8]) -> Result<AsPath, PathFault> {
    let path = read_segments(octets, AsWidth::Four)?;
    if !path
        .segments()
        .iter()
        .any(|segment| is_confederation(segment.kind))
    {
        return Ok(path);
    }
    let plain = path
        .segments()
        .iter()
        .filter(|segment| !is_confederation(segment.kind));
    Ok(AsPath::new(plain.cloned().collect()))
}

/// The path with its front from AS_PATH and its back from AS4_PATH; none where AS4_PATH has more hops and so is wrong.
///
/// # Source
/// RFC 6793 §4.2.3.
pub(super) fn merge(as_path: &AsPath, as4_path: &AsPath) -> Option<AsPath> {
    let mut n_front = as_path.n_hops().checked_sub(as4_path.n_hops())? as usize;
    let mut segments: Vec<Segment> = Vec::new();
    for segment in as_path.segments() {
        if n_front == 0 {
            break;
        }
        let (n_taken, n_hops) = match segment.kind {
            SegmentKind::Sequence => {
                let n = segment.asns.len().min(n_front);
                (n, n)
            }
            SegmentKind::Set => (segment.asns.len(), 1),
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => (segment.asns.len(), 0),
        };
        n_front -= n_hops;
        let asns = segment.asns.iter().take(n_taken).copied().collect();
        let kind = segment.kind;
        segments.push(Segment { kind, asns });
    }
    let mut wide = as4_path.segments().iter();
    match (segments.last_mut(), as4_path.segments().first()) {
        // What was one sequence before it was split is one again.
        (Some(last), Some(first)) if joins(last, first) => {
            last.asns.extend_from_slice(&first.asns);
            wide.next();
        }
        (Some(_) | None, Some(_) | None) => {}
    }
    segments.extend(wide.cloned());
    Some(AsPath::new(segments))
}

fn joins(one: &Segment, next: &Segment) -> bool {
    one.kind == SegmentKind::Sequence
        && next.kind == SegmentKind::Sequence
        && one.asns.len() + next.asns.len() <= usize::from(u8::MAX)
}

/// Whether the path needs an AS4_PATH beside it where numbers have two octets.
pub(super) fn needs_as4(path: &AsPath) -> bool {
    path.asns().any(|asn| asn.0 > u32::from(u16::MAX))
}

/// Appends the path's segments; what does not fit two octets becomes AS_TRANS.
pub(super) fn write(path: &AsPath, width: AsWidth, out: &mut Vec<u8>) {
    for segment in path.segments() {
        write_segment(segment, width, out);
    }
}

/// Appends the segments of an AS4_PATH, which has none of a confederation (RFC 6793 §4.2.2).
pub(super) fn write_as4(path: &AsPath, out: &mut Vec<u8>) {
    for segment in path.segments() {
        if !is_confederation(segment.kind) {
            write_segment(segment, AsWidth::Four, out);
        }
    }
}

fn write_segment(segment: &Segment, width: AsWidth, out: &mut Vec<u8>) {
    // A segment counts its numbers in one octet, and an empty one must not be sent.
    for asns in segment.asns.chunks(usize::from(u8::MAX)) {
        out.extend_from_slice(&[number(segment.kind), asns.len() as u8]);
        match width {
            AsWidth::Two | AsWidth::Narrowed => {
                out.extend(asns.iter().flat_map(|asn| asn.two_octets().to_be_bytes()));
            }
            AsWidth::Four => {
                for asn in asns {
                    out.extend_from_slice(&asn.0.to_be_bytes());
                }
            }
        }
    }
}
