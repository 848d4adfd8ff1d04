//! Faults that somebody injects while a lab runs, as screens name them.

use crate::fault::{self, CATALOGUE};
use crate::kernel::RecordId;
use crate::lab::{self, Blueprint, Session};
use crate::resource::ResourceRef;
use crate::units::{SimTime, Span};

/// A fault that can be injected: a kind, and what of the lab it is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The kind, as the catalogue calls it.
    pub kind: &'static str,
    /// What the lab calls its target.
    pub target: String,
    /// The target itself: one thing, or several that fail together.
    pub things: Vec<ResourceRef>,
}

/// A fault that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which.
    pub choice: Choice,
    /// How bad it is; empty for the default of its kind.
    pub amount: String,
    /// How long it lasts, as a person wrote it; empty for until somebody heals it.
    pub lasts: String,
}

/// A fault that was injected and lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// Which.
    pub choice: Choice,
    /// Since when.
    pub at: SimTime,
    /// When it heals by itself; none where somebody has to heal it.
    pub heals_at: Option<SimTime>,
}

/// Everything that can be injected into a lab, in the order of the catalogue and of the lab.
#[must_use]
pub fn choices(lab: &Blueprint) -> Vec<Choice> {
    let of = |kind: &'static fault::FaultKind| {
        let targets = (kind.candidates)(lab).into_iter();
        targets.map(|target| Choice {
            kind: kind.name,
            target: target.name,
            things: target.things,
        })
    };
    CATALOGUE.iter().flat_map(of).collect()
}

/// The faults that were injected into a session and last, the latest first.
#[must_use]
pub fn active(session: &Session) -> Vec<Injected> {
    let lab = session.blueprint();
    let named = |it: lab::Injected| {
        let target = fault::kind(it.order.kind).and_then(|kind| kind.find(lab, &it.order.target));
        Injected {
            heals_at: it.heals_at(),
            at: it.since,
            choice: Choice {
                kind: it.order.kind,
                target: it.order.target,
                things: target.map_or_else(Vec::new, |target| target.things),
            },
        }
    };
    session.injected().into_iter().map(named).collect()
}

/// Injects a fault now. Gives the record of the first thing that it did.
///
/// # Errors
/// In a sentence, where it cannot be done.
pub fn inject(session: &mut Session, order: &Order) -> Result<RecordId, String> {
    let lasts: Option<Span> = match order.lasts.trim() {
        "" => None,
        text => Some(text.parse().map_err(|error| format!("`{text}`: {error}"))?),
    };
    let order = lab::Order {
        kind: order.choice.kind,
        target: order.choice.target.clone(),
        amount: order.amount.clone(),
        lasts,
    };
    session.inject(order).map_err(|error| error.to_string())
}

/// Heals a fault now. Gives the record of the first thing that this did.
///
/// # Errors
/// In a sentence, where that cannot be done.
pub fn heal(session: &mut Session, choice: &Choice, at: SimTime) -> Result<RecordId, String> {
    let all = session.injected();
    let is_meant = |it: &&lab::Injected| {
        it.order.kind == choice.kind && it.order.target == choice.target && it.since == at
    };
    let injected = all
        .iter()
        .find(is_meant)
        .ok_or_else(|| format!("{} of {} is healed already", choice.kind, choice.target))?;
    session.heal(injected).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::labs;

    fn order(kind: &'static str, target: &str, amount: &str, lasts: &str) -> Order {
        Order {
            choice: Choice {
                kind,
                target: target.to_owned(),
                things: Vec::new(),
            },
            amount: amount.to_owned(),
            lasts: lasts.to_owned(),
        }
    }

    fn opened() -> Session {
        labs::open("bgp-two-lines").expect("a shipped lab")
    }

    #[test]
    fn what_cannot_be_injected_says_why() {
        let mut session = opened();
        let link = choices(session.blueprint())
            .into_iter()
            .find(|it| it.kind == "link_loss")
            .expect("the lab has links")
            .target;
        let mut told = |order: &Order| inject(&mut session, order).expect_err("it is wrong");
        insta::assert_snapshot!(
            [
                told(&order("link_loss", "no-such-link", "", "")),
                told(&order("link_loss", &link, "a lot", "")),
                told(&order("link_loss", &link, "", "soon")),
                told(&order("link_down", &link, "5%", "")),
            ]
            .join("\n"),
            @r#"
        nothing that link_loss can be done to is called no-such-link
        `a lot` is no amount here: expected a number in "a lot", for example "0.5%"
        `soon`: expected a number in "soon", for example "2h30m"
        `5%` is no amount here: this fault has no amount
        "#
        );
        assert_eq!(active(&session), []);
        assert_eq!(session.n_records(), opened().n_records());
    }

    #[test]
    fn a_fault_lasts_until_it_is_healed_and_is_healed_once() {
        let mut session = opened();
        let choice = choices(session.blueprint())
            .into_iter()
            .find(|it| it.kind == "link_down")
            .expect("the lab has links");
        let down = |lasts: &str| Order {
            choice: choice.clone(),
            amount: String::new(),
            lasts: lasts.to_owned(),
        };
        inject(&mut session, &down("")).expect("a link that is up");
        let at = active(&session)[0].at;
        heal(&mut session, &choice, at).expect("it is down");
        assert_eq!(active(&session), []);
        assert!(heal(&mut session, &choice, at).is_err());

        inject(&mut session, &down("90s")).expect("a link that is up");
        let heals_at = session.now() + Span::secs(90);
        assert_eq!(active(&session)[0].heals_at, Some(heals_at));
        session.advance(heals_at, u64::MAX);
        assert_eq!(active(&session), []);
    }
}
