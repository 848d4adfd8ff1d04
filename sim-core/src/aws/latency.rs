//! How long packets take between places of AWS.
//!
//! # Fidelity
//! Simplified: AWS publishes no such table. The round trip between Singapore and Mumbai, 55 to
//! 65 ms, is the usual measurement; the other pairs are from memory, rounded to 5 ms, and follow
//! distance. All are defaults: a lab may set each connection's delay itself. Within a Region the
//! defaults are the middle of what is usually measured: 0.2 to 0.5 ms round trip in one
//! availability zone, 0.5 to 2 ms across. Delays are constant: jitter, and differences between
//! pairs of zones, are left out.

use crate::units::Span;

/// One way between two interfaces in one availability zone.
pub const SAME_ZONE: Span = Span::micros(150);
/// One way between two availability zones of a Region.
pub const CROSS_ZONE: Span = Span::micros(500);
/// What a Transit Gateway adds one way: less than a millisecond.
pub const TRANSIT_GATEWAY: Span = Span::micros(300);
/// What an interface endpoint adds one way: half of about 0.1 ms.
pub const ENDPOINT: Span = Span::micros(50);
/// One way between a VPC's internet gateway and a public address in the same Region.
pub const INTERNET_SAME_REGION: Span = Span::millis(1);
/// One way between two Regions that the table does not list.
pub const UNLISTED: Span = Span::millis(100);

/// Round trips in milliseconds, each pair once.
const ROUND_TRIPS: &[(&str, &str, u64)] = &[
    ("ap-southeast-1", "ap-south-1", 60),
    ("ap-southeast-1", "ap-northeast-1", 70),
    ("ap-southeast-1", "ap-southeast-2", 95),
    ("ap-southeast-1", "us-east-1", 220),
    ("ap-southeast-1", "us-west-2", 165),
    ("ap-southeast-1", "eu-west-1", 175),
    ("ap-southeast-1", "eu-central-1", 160),
    ("ap-south-1", "ap-northeast-1", 125),
    ("ap-south-1", "ap-southeast-2", 150),
    ("ap-south-1", "us-east-1", 190),
    ("ap-south-1", "us-west-2", 215),
    ("ap-south-1", "eu-west-1", 120),
    ("ap-south-1", "eu-central-1", 115),
    ("ap-south-1", "ap-south-2", 25),
    ("ap-northeast-1", "ap-southeast-2", 105),
    ("ap-northeast-1", "us-east-1", 155),
    ("ap-northeast-1", "us-west-2", 100),
    ("ap-northeast-1", "eu-west-1", 205),
    ("ap-northeast-1", "eu-central-1", 225),
    ("us-east-1", "us-east-2", 15),
    ("us-east-1", "us-west-1", 65),
    ("us-east-1", "us-west-2", 70),
    ("us-east-1", "ca-central-1", 15),
    ("us-east-1", "sa-east-1", 115),
    ("us-east-1", "eu-west-1", 70),
    ("us-east-1", "eu-west-2", 75),
    ("us-east-1", "eu-central-1", 90),
    ("us-east-2", "us-west-2", 50),
    ("us-west-1", "us-west-2", 20),
    ("us-west-2", "eu-west-1", 125),
    ("eu-west-1", "eu-west-2", 10),
    ("eu-west-1", "eu-west-3", 20),
    ("eu-west-1", "eu-central-1", 25),
    ("eu-west-2", "eu-central-1", 15),
    ("eu-central-1", "eu-north-1", 25),
];

/// The one-way delay between two Regions, by their AWS names: half the usual round trip, across
/// zones where both are the same, and [`UNLISTED`] where the table does not know the pair.
#[must_use]
pub fn between(one: &str, other: &str) -> Span {
    if one == other {
        return CROSS_ZONE;
    }
    ROUND_TRIPS
        .iter()
        .find(|(a, b, _)| (*a, *b) == (one, other) || (*a, *b) == (other, one))
        .map_or(UNLISTED, |(_, _, millis)| Span::micros(millis * 500))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_is_half_the_round_trip_in_both_directions() {
        assert_eq!(between("ap-southeast-1", "ap-south-1"), Span::millis(30));
        assert_eq!(between("ap-south-1", "ap-southeast-1"), Span::millis(30));
        assert_eq!(between("us-east-1", "us-east-2"), Span::micros(7_500));
        assert_eq!(between("eu-west-1", "eu-west-1"), CROSS_ZONE);
        assert_eq!(between("eu-west-1", "xx-nowhere-9"), UNLISTED);
    }

    #[test]
    fn each_pair_is_listed_once() {
        let mut pairs: Vec<_> = ROUND_TRIPS
            .iter()
            .map(|&(a, b, _)| (a.min(b), a.max(b)))
            .collect();
        pairs.sort_unstable();
        let n_pairs = pairs.len();
        pairs.dedup();
        assert_eq!(pairs.len(), n_pairs);
    }
}
