//! How values look to programs: instants and spans as seconds, rates as bits per second, sizes as
//! bytes, fractions between 0 and 1. The field's name ends with the unit.

use serde::{Serialize, Serializer};

use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

pub(super) fn instant<S: Serializer>(at: &SimTime, to: S) -> Result<S::Ok, S::Error> {
    span(&at.since_start(), to)
}

pub(super) fn instant_or_null<S: Serializer>(at: &Option<SimTime>, to: S) -> Result<S::Ok, S::Error> {
    span_or_null(&at.map(SimTime::since_start), to)
}

/// Whole seconds are written without a fraction, so that `90` stays `90` and not `90.0`.
pub(super) fn span<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
    if span.as_nanos().is_multiple_of(Span::secs(1).as_nanos()) {
        to.serialize_u64(span.as_secs())
    } else {
        to.serialize_f64(span.as_secs_f64())
    }
}

pub(super) fn span_or_null<S: Serializer>(value: &Option<Span>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => span(value, to),
        None => to.serialize_none(),
    }
}

pub(super) fn rate<S: Serializer>(rate: &BitRate, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(rate.as_bps())
}

pub(super) fn size<S: Serializer>(size: &DataSize, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(size.as_bytes())
}

pub(super) fn fraction<S: Serializer>(part: &Ppm, to: S) -> Result<S::Ok, S::Error> {
    (f64::from(part.as_ppm()) / 1_000_000.0).serialize(to)
}
