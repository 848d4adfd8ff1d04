//! Faults that somebody injects while a lab runs, and what heals them.
//!
//! Healing after a span is a matter of the lab's clock: whoever moves a session stops it at
//! [`Injections::due_at`], so that it does not depend on how fast the lab is played.

use sim_core::fault::{self, CATALOGUE};
use sim_core::kernel::RecordId;
use sim_core::lab::{Blueprint, Lever, Session};
use sim_core::resource::ResourceRef;
use sim_core::units::{SimTime, Span};

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
    heals: Vec<Lever>,
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

/// The faults that were injected into one session and last.
#[derive(Debug, Clone, Default)]
pub struct Injections {
    active: Vec<Injected>,
}

impl Injections {
    /// Those that last, the latest first.
    #[must_use]
    pub fn active(&self) -> Vec<Injected> {
        self.active.iter().rev().cloned().collect()
    }
    /// When the next one heals by itself; the end of time where none does.
    #[must_use]
    pub fn due_at(&self) -> SimTime {
        let all = self.active.iter().filter_map(|it| it.heals_at);
        all.min().unwrap_or(SimTime::END)
    }

    /// Injects a fault now. Gives the record of the first thing that it did.
    ///
    /// # Errors
    /// In a sentence, where it cannot be done.
    pub fn inject(&mut self, session: &mut Session, order: &Order) -> Result<RecordId, String> {
        let Order {
            choice,
            amount,
            lasts,
        } = order;
        let lasts: Option<Span> = match lasts.trim() {
            "" => None,
            text => Some(text.parse().map_err(|error| format!("`{text}`: {error}"))?),
        };
        let gone = || {
            format!(
                "nothing that {} can be done to is called {}",
                choice.kind, choice.target
            )
        };
        let kind = fault::kind(choice.kind).ok_or_else(gone)?;
        let lab = session.blueprint();
        let target = kind.find(lab, &choice.target).ok_or_else(gone)?;
        let deed = kind
            .plan(lab, &target, amount.trim())
            .map_err(|error| error.to_string())?;
        if lasts.is_some() && deed.heals.is_none() {
            return Err(format!(
                "{} is over at once: leave out how long it lasts",
                kind.name
            ));
        }
        let first = pull(session, deed.breaks)?;
        if let Some(heals) = deed.heals {
            let at = session.now();
            self.active.push(Injected {
                choice: choice.clone(),
                at,
                heals_at: lasts.map(|lasts| at + lasts),
                heals,
            });
        }
        Ok(first)
    }

    /// Heals a fault now. Gives the record of the first thing that this did.
    ///
    /// # Errors
    /// In a sentence, where that cannot be done.
    pub fn heal(&mut self, session: &mut Session, choice: &Choice, at: SimTime) -> Result<RecordId, String> {
        let place = self
            .active
            .iter()
            .position(|it| it.choice == *choice && it.at == at)
            .ok_or_else(|| format!("{} of {} is healed already", choice.kind, choice.target))?;
        let healed = self.active.remove(place);
        pull(session, healed.heals)
    }

    /// Heals what is due. Gives the record of the first thing that this did.
    pub fn heal_due(&mut self, session: &mut Session) -> Option<RecordId> {
        let now = session.now();
        let due = |it: &mut Injected| it.heals_at.is_some_and(|at| at <= now);
        let due: Vec<Injected> = self.active.extract_if(.., due).collect();
        // What cannot be given back any more, because somebody changed it meanwhile, stays as it is.
        let healed = due.into_iter().filter_map(|it| pull(session, it.heals).ok());
        healed.reduce(|first, _| first)
    }
}

/// Pulls levers one after the other. Gives the record of the first.
fn pull(session: &mut Session, levers: Vec<Lever>) -> Result<RecordId, String> {
    let mut first = None;
    let mut trouble = None;
    for lever in levers {
        match session.apply(lever) {
            Ok(record) => first = first.or(Some(record)),
            Err(error) => trouble = Some(error.to_string()),
        }
    }
    // Done in part is done: what was changed has to be healed some time.
    first.ok_or_else(|| trouble.unwrap_or_else(|| "there is nothing to do".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headless::{SCREEN_KEEP, session};

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
        session("bgp-two-lines", None, &[], SCREEN_KEEP).expect("a shipped lab")
    }

    #[test]
    fn what_cannot_be_injected_says_why() {
        let (mut session, mut all) = (opened(), Injections::default());
        let link = choices(session.blueprint())
            .into_iter()
            .find(|it| it.kind == "link_loss")
            .expect("the lab has links")
            .target;
        let mut told = |order: &Order| all.inject(&mut session, order).expect_err("it is wrong");
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
        assert_eq!(all.active(), []);
        assert_eq!(session.n_records(), opened().n_records());
    }

    #[test]
    fn a_fault_lasts_until_it_is_healed_and_is_healed_once() {
        let (mut session, mut all) = (opened(), Injections::default());
        let choice = choices(session.blueprint())
            .into_iter()
            .find(|it| it.kind == "link_down")
            .expect("the lab has links");
        let down = |lasts: &str| Order {
            choice: choice.clone(),
            amount: String::new(),
            lasts: lasts.to_owned(),
        };
        all.inject(&mut session, &down("")).expect("a link that is up");
        assert_eq!(all.due_at(), SimTime::END);
        let at = all.active()[0].at;
        all.heal(&mut session, &choice, at).expect("it is down");
        assert_eq!(all.active(), []);
        assert!(all.heal(&mut session, &choice, at).is_err());

        all.inject(&mut session, &down("90s")).expect("a link that is up");
        assert_eq!(all.due_at(), session.now() + Span::secs(90));
        assert_eq!(all.heal_due(&mut session), None);
        session.advance(all.due_at(), u64::MAX);
        assert!(all.heal_due(&mut session).is_some());
        assert_eq!(all.active(), []);
    }
}
