//! Which virtual interfaces AWS sends by.
//!
//! # Fidelity
//! Simplified: a path without a community counts as medium where the location's Region is that of the sender, and as low
//! elsewhere; AWS says only "lower".

use core::cmp::Reverse;

use crate::proto::bgp::{AsPath, Community};

/// Local preference, as the customer asks for it by community ("Local preference BGP communities").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preference {
    /// 7224:7100.
    Low,
    /// 7224:7200.
    Medium,
    /// 7224:7300.
    High,
}

/// AWS's own AS number, which the communities begin with.
const AWS: u32 = super::AWS_ASN;

impl Preference {
    /// What the communities of a path ask for; the highest counts.
    #[must_use]
    pub fn asked(communities: &[Community]) -> Option<Self> {
        let has = |value: u32| communities.contains(&Community(AWS << 16 | value));
        if has(7_300) {
            Some(Self::High)
        } else if has(7_200) {
            Some(Self::Medium)
        } else if has(7_100) {
            Some(Self::Low)
        } else {
            None
        }
    }
}

/// The paths for one prefix that AWS sends by, by their places: local preference, then the length of the AS path, then MED;
/// over all that are alike it spreads flows, whatever their paths hold.
#[must_use]
pub fn choose(paths: &[(Preference, &AsPath, Option<u32>)]) -> Vec<usize> {
    let rank = |&(preference, path, med): &(Preference, &AsPath, Option<u32>)| {
        (Reverse(preference), path.n_hops(), med.unwrap_or(0))
    };
    let Some(best) = paths.iter().map(rank).min() else {
        return Vec::new();
    };
    let all = paths.iter().enumerate();
    all.filter(|(_, path)| rank(path) == best)
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::bgp::Asn;

    fn path(length: usize) -> AsPath {
        AsPath::sequence(core::iter::repeat_n(Asn(65_001), length))
    }

    #[test]
    fn a_community_goes_before_the_path() {
        let (short, long) = (path(1), path(4));
        let tagged = Preference::asked(&[Community(AWS << 16 | 7_300)]);
        assert_eq!(tagged, Some(Preference::High));
        assert_eq!(
            choose(&[
                (Preference::Medium, &short, None),
                (Preference::High, &long, None)
            ]),
            [1]
        );
    }

    #[test]
    fn then_the_shorter_path_then_the_lower_med_and_equal_ones_share() {
        let (short, long) = (path(1), path(2));
        let medium = Preference::Medium;
        assert_eq!(choose(&[(medium, &long, None), (medium, &short, Some(9))]), [1]);
        assert_eq!(
            choose(&[(medium, &short, Some(9)), (medium, &short, Some(1))]),
            [1]
        );
        assert_eq!(
            choose(&[(medium, &short, None), (medium, &short, Some(0))]),
            [0, 1]
        );
        assert_eq!(Preference::asked(&[]), None);
    }
}
