//! Which group an exchange begins with, and which proposals go out with its public value.
//!
//! One message carries one public value, so a side with several groups has to guess. IKEv2 names the guess and is told
//! where it is wrong (RFC 7296 section 1.3); IKEv1 has no second try, so only what goes with the guess is offered.
//!
//! # Source
//! RFC 7296 sections 1.3 and 3.3.6; RFC 2409 section 5.5, which demands one group for all offers of a quick mode; the
//! choice itself, which both leave open, as strongSwan 5.9.8 makes it.

use super::algorithm::Group;
use super::proposal::{Kind, Proposal, Transform};

impl Proposal {
    /// The proposal without its groups: the first CHILD_SA has no key exchange of its own, RFC 7296 section 1.2.
    #[must_use]
    pub fn without_groups(&self) -> Self {
        let mut proposal = self.clone();
        proposal
            .transforms
            .retain(|transform| transform.kind() != Kind::Group);
        proposal
    }

    /// The proposal with `group` moved before the other groups, where it has it.
    #[must_use]
    pub fn preferring(&self, group: Group) -> Self {
        let mut proposal = self.clone();
        // Sorting is stable, so all else keeps its order.
        proposal
            .transforms
            .sort_by_key(|transform| (transform.kind(), *transform != Transform::Group(group)));
        proposal
    }
}

/// The first group of any proposal; none where that is "none" or no proposal has one.
pub(super) fn first_group(proposals: &[Proposal]) -> Option<Group> {
    let first = proposals.iter().find_map(|own| own.of(Kind::Group).next())?;
    match first {
        Transform::Group(group) => Some(group),
        _ => None,
    }
}

/// Whether any proposal has the group.
pub(super) fn any_has(proposals: &[Proposal], group: Group) -> bool {
    proposals.iter().any(|own| has(own, group))
}

fn has(proposal: &Proposal, group: Group) -> bool {
    proposal.groups().any(|own| own == group)
}

/// What IKEv2 offers with a public value of `group`: proposals that have it come first, and it comes first in them;
/// without a key exchange no groups are offered at all.
pub(super) fn led_by(proposals: &[Proposal], group: Option<Group>) -> Vec<Proposal> {
    let Some(group) = group else {
        return proposals.iter().map(Proposal::without_groups).collect();
    };
    let (mut led, others): (Vec<_>, Vec<_>) = proposals
        .iter()
        .map(|proposal| proposal.preferring(group))
        .partition(|proposal| has(proposal, group));
    led.extend(others);
    led
}

/// The group of a quick mode and what is offered with it: the group of the IKE SA where any proposal has it, else the
/// first of any proposal, and only proposals that have it; without a group all proposals as they are.
pub(super) fn for_quick_mode(
    proposals: &[Proposal],
    of_ike_sa: Option<Group>,
) -> (Option<Group>, Vec<Proposal>) {
    let Some(first) = first_group(proposals) else {
        return (None, proposals.to_vec());
    };
    let group = of_ike_sa
        .filter(|group| any_has(proposals, *group))
        .unwrap_or(first);
    let offered = proposals
        .iter()
        .filter(|proposal| has(proposal, group))
        .map(|proposal| proposal.preferring(group))
        .collect();
    (Some(group), offered)
}
