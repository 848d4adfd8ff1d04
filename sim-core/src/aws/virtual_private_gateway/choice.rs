//! Which of the routes for one prefix a virtual private gateway takes.
//!
//! # Fidelity
//! Simplified: AWS does not say what a path without MED counts as; here it is as if it had the lowest.

use std::collections::BTreeMap;

use crate::proto::bgp::{AsPath, Asn};

use super::Exit;

/// What a route comes from, the best first.
///
/// # Source
/// "Route tables and Site-to-Site VPN route priority", AWS Site-to-Site VPN User Guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Class {
    /// The blocks of the VPC.
    Vpc,
    /// Learned over Direct Connect.
    DirectConnect,
    /// Written down for a VPN connection.
    StaticVpn,
    /// Learned over a VPN connection.
    BgpVpn,
}

/// A route that a gateway may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it leads; several share the load.
    pub exits: Vec<Exit>,
    /// What it comes from.
    pub class: Class,
    /// The AS numbers that it has come through.
    pub as_path: AsPath,
    /// `MULTI_EXIT_DISC`, where it has one.
    pub med: Option<u32>,
}

impl Candidate {
    /// A route of which BGP knows nothing.
    #[must_use]
    pub fn plain(exit: Exit, class: Class) -> Self {
        Self {
            exits: vec![exit],
            class,
            as_path: AsPath::default(),
            med: None,
        }
    }
}

/// The candidates that are as good as any other, by their places: of the best class, with the shortest AS path, and of
/// those whose path begins with the same AS the ones with the lowest MED. A gateway takes one of them, whichever.
#[must_use]
pub fn best(candidates: &[Candidate]) -> Vec<usize> {
    let rank = |it: &Candidate| (it.class, it.as_path.n_hops());
    let Some(first) = candidates.iter().map(rank).min() else {
        return Vec::new();
    };
    let among = || candidates.iter().enumerate().filter(|(_, it)| rank(it) == first);
    let neighbor = |it: &Candidate| it.as_path.asns().next();
    // A path without MED counts as if it had the lowest, RFC 4271 section 9.1.2.2.
    let mut lowest: BTreeMap<Option<Asn>, u32> = BTreeMap::new();
    for (_, it) in among() {
        let med = it.med.unwrap_or(0);
        let known = lowest.entry(neighbor(it)).or_insert(med);
        *known = med.min(*known);
    }
    let is_lowest = |it: &Candidate| lowest.get(&neighbor(it)) == Some(&it.med.unwrap_or(0));
    among()
        .filter(|(_, it)| is_lowest(it))
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;

    fn candidate(class: Class, path: &[u32], med: Option<u32>) -> Candidate {
        Candidate {
            as_path: AsPath::sequence(path.iter().copied().map(Asn)),
            med,
            ..Candidate::plain(Exit::Tunnel(Id::from_index(0)), class)
        }
    }

    #[test]
    fn direct_connect_goes_before_static_vpn_and_that_before_bgp() {
        let long = [65_001, 65_001, 65_001];
        let dx = candidate(Class::DirectConnect, &long, None);
        let fixed = candidate(Class::StaticVpn, &[], None);
        let learned = candidate(Class::BgpVpn, &[65_001], None);
        assert_eq!(best(&[learned.clone(), fixed.clone(), dx]), [2]);
        assert_eq!(best(&[learned.clone(), fixed]), [1]);
        assert_eq!(best(&[learned]), [0]);
        assert!(best(&[]).is_empty());
    }

    #[test]
    fn med_is_compared_only_within_one_neighbouring_as() {
        let vpn = |path: &[u32], med| candidate(Class::BgpVpn, path, Some(med));
        assert_eq!(best(&[vpn(&[65_001], 200), vpn(&[65_001], 100)]), [1]);
        assert_eq!(best(&[vpn(&[65_001], 200), vpn(&[65_002], 100)]), [0, 1]);
        assert_eq!(best(&[vpn(&[65_001, 65_009], 1), vpn(&[65_002], 100)]), [1]);
        // Three at once, which no order of comparing two by two may change.
        let three = [vpn(&[65_001], 20), vpn(&[65_002], 10), vpn(&[65_001], 5)];
        assert_eq!(best(&three), [1, 2]);
    }
}
