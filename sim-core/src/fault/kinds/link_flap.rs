//! A link that goes down and comes up, again and again.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, span};
use crate::site::{Carrier, LinkChange};
use crate::units::Span;
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_flap",
    title: "a link flaps",
    models: "A loose connector, an optic at the edge of its range, a port that is reset over and over.",
    shows: "Sessions over the link end each time that the light goes, and come back if it stays long enough; \
            routes move to and fro, and what goes by them with it.",
    target: "a link",
    amount: Some(Amount {
        default: "10s",
        meaning: "how long the light is off, and then on",
    }),
    candidates,
    plan,
};

/// Light that goes and comes more often than this is none.
const SHORTEST: Span = Span::millis(10);

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?.carrier;
    let every = span(amount)?;
    if every < SHORTEST {
        return Err(PlanError::amount(amount, format_args!("at least {SHORTEST}")));
    }
    let flapping = |every| link(id, LinkChange::Flapping(every));
    let mut heals = vec![flapping(Span::ZERO)];
    if own == Carrier::Down {
        heals.push(link(id, LinkChange::Carrier(own)));
    }
    Ok(Deed::lasting(vec![flapping(every)], heals))
}
