//! Which of the routes for one prefix a Transit Gateway installs.
//!
//! # Fidelity
//! Simplified: prefix lists, which stand between the classes that are here, are left out; eBGP and iBGP are not told
//! apart.

use core::cmp::Reverse;

use crate::proto::bgp::{AsPath, Community};

use super::{Exit, VpnEcmp};

/// What a route comes from, the best first.
///
/// # Source
/// "How transit gateways work", Route evaluation order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Class {
    /// Written down.
    Static,
    /// The blocks of a VPC.
    Vpc,
    /// Learned over Direct Connect.
    DirectConnect,
    /// Learned by a Connect attachment.
    Connect,
    /// Learned over a Site-to-Site VPN connection with private addresses.
    PrivateVpn,
    /// Learned over a Site-to-Site VPN connection.
    Vpn,
    /// From a peer gateway.
    Peering,
}

/// The MED that a route over VPN or Connect counts as where it has none ("How transit gateways work").
const VPN_MED: u32 = 100;

/// A route that a table may install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it leads.
    pub exit: Exit,
    /// What it comes from.
    pub class: Class,
    /// The AS numbers that it has come through.
    pub as_path: AsPath,
    /// MULTI_EXIT_DISC, where it has one.
    pub med: Option<u32>,
    /// Its communities.
    pub communities: Vec<Community>,
}

impl Candidate {
    /// A route of which BGP knows nothing.
    #[must_use]
    pub fn plain(exit: Exit, class: Class) -> Self {
        Self {
            exit,
            class,
            as_path: AsPath::default(),
            med: None,
            communities: Vec::new(),
        }
    }
    fn rank(&self) -> (Class, u32, u32) {
        let med = self.med.unwrap_or(match self.class {
            Class::Connect | Class::PrivateVpn | Class::Vpn => VPN_MED,
            Class::Static | Class::Vpc | Class::DirectConnect | Class::Peering => 0,
        });
        (self.class, self.as_path.n_hops(), med)
    }
    /// Whether flows may be spread over this route and another that ranks alike.
    fn shares_with(&self, other: &Self, ecmp: VpnEcmp) -> bool {
        match self.class {
            Class::PrivateVpn | Class::Vpn => {
                ecmp == VpnEcmp::On && self.as_path == other.as_path && self.communities == other.communities
            }
            Class::DirectConnect | Class::Connect => self.as_path == other.as_path,
            Class::Static | Class::Vpc | Class::Peering => false,
        }
    }
}

/// The routes of one prefix that a gateway installs: the best, and those that share its load.
///
/// AWS leaves open which of several equal ones it takes where they share no load; here it is the first.
#[must_use]
pub fn choose(candidates: &[Candidate], ecmp: VpnEcmp) -> Vec<&Candidate> {
    // The last maximum of the reversed rank would be the last of the equal ones; the first is wanted.
    let Some(best) = candidates.iter().rev().max_by_key(|it| Reverse(it.rank())) else {
        return Vec::new();
    };
    let alike = |it: &&Candidate| it.rank() == best.rank() && best.shares_with(it, ecmp);
    let others = candidates
        .iter()
        .filter(|it| !core::ptr::eq(*it, best))
        .filter(alike);
    core::iter::once(best).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;
    use crate::proto::bgp::Asn;

    fn candidate(number: u32, class: Class, path: &[u32]) -> Candidate {
        let exit = Exit {
            attachment: Id::from_index(number),
            endpoint: None,
        };
        Candidate {
            as_path: AsPath::sequence(path.iter().copied().map(Asn)),
            ..Candidate::plain(exit, class)
        }
    }
    #[track_caller]
    fn check(candidates: &[Candidate], ecmp: VpnEcmp, expected: &[usize]) {
        let chosen = choose(candidates, ecmp);
        let found: Vec<usize> = chosen.iter().map(|it| it.exit.attachment.index()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_route_comes_from_goes_before_its_path() {
        let dx = candidate(0, Class::DirectConnect, &[65_001, 65_001, 65_001]);
        let vpn = candidate(1, Class::Vpn, &[65_001]);
        check(&[vpn.clone(), dx.clone()], VpnEcmp::On, &[0]);
        // A static route over VPN beats Direct Connect.
        let fixed = candidate(2, Class::Static, &[]);
        check(&[dx, vpn, fixed], VpnEcmp::On, &[2]);
    }

    #[test]
    fn tunnels_with_the_same_path_share_the_load() {
        let two = [
            candidate(0, Class::Vpn, &[65_001]),
            candidate(1, Class::Vpn, &[65_001]),
        ];
        check(&two, VpnEcmp::On, &[0, 1]);
        check(&two, VpnEcmp::Off, &[0]);
        let another = candidate(1, Class::Vpn, &[65_002]);
        check(&[two[0].clone(), another], VpnEcmp::On, &[0]);
        let longer = candidate(1, Class::Vpn, &[65_001, 65_001]);
        check(&[longer, two[0].clone()], VpnEcmp::On, &[0]);
    }

    #[test]
    fn a_lower_med_wins_and_none_counts_as_a_hundred_over_vpn() {
        let with_med = |number, med| Candidate {
            med: Some(med),
            ..candidate(number, Class::Vpn, &[65_001])
        };
        check(&[with_med(0, 200), with_med(1, 50)], VpnEcmp::On, &[1]);
        let none = candidate(1, Class::Vpn, &[65_001]);
        check(&[with_med(0, 150), none.clone()], VpnEcmp::On, &[1]);
        check(&[with_med(0, 50), none], VpnEcmp::On, &[0]);
    }
}
