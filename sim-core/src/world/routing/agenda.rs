//! Who set a machine's timers.
//!
//! The clock looks at a machine when the earliest of its timers runs out, and another event than the latest may have
//! set that timer. Who asks "why" wants to hear of the one that did.

use smallvec::SmallVec;

use crate::kernel::RecordId;
use crate::units::SimTime;

/// Instants at which a machine wants to be looked at: one for most, a few for tables and gateways.
pub(super) type Deadlines = SmallVec<[SimTime; 2]>;

/// What a machine's timers follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// Each from what set it, and these are their instants.
    Each(Deadlines),
    /// All from what brought the machine where it stands: they are heartbeats, whoever set them last.
    Standing,
}

/// What brought about each instant at which a machine wants to be looked at.
#[derive(Debug, Clone)]
pub(super) enum Agenda {
    /// By instant.
    Each(SmallVec<[(SimTime, Option<RecordId>); 1]>),
    /// For whatever instant.
    Standing(Option<RecordId>),
}

impl Default for Agenda {
    fn default() -> Self {
        Self::Each(SmallVec::new())
    }
}

impl Agenda {
    /// Whether this is what is known.
    pub(super) fn is(&self, due: &Due) -> bool {
        match (self, due) {
            (Self::Each(noted), Due::Each(wanted)) => noted.iter().map(|(at, _)| at).eq(wanted),
            (Self::Standing(_), Due::Standing) => true,
            (Self::Each(_), Due::Standing) | (Self::Standing(_), Due::Each(_)) => false,
        }
    }

    /// The machine wants this now; what it did not want before follows from `cause`.
    pub(super) fn note(&mut self, due: &Due, cause: Option<RecordId>) {
        let wanted = match due {
            Due::Each(wanted) => wanted,
            Due::Standing => {
                *self = Self::Standing(cause);
                return;
            }
        };
        let noted = wanted.iter().map(|&at| {
            let known = match self {
                Self::Each(noted) => noted.iter().find(|(known, _)| *known == at),
                Self::Standing(_) => None,
            };
            (at, known.map_or(cause, |(_, cause)| *cause))
        });
        *self = Self::Each(noted.collect());
    }

    /// What brought about that the machine is looked at now, where it wanted to be.
    pub(super) fn take(&mut self, now: SimTime) -> Option<Option<RecordId>> {
        match self {
            Self::Each(noted) => {
                let place = noted.iter().position(|(at, _)| *at == now)?;
                Some(noted.remove(place).1)
            }
            Self::Standing(cause) => Some(*cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn each_instant_keeps_who_asked_for_it() {
        let at = |secs| SimTime::at(Span::secs(secs));
        let first = RecordId::FIRST;
        let second = RecordId::from_number(2).expect("not zero");
        let mut agenda = Agenda::default();
        let each = |instants: &[u64]| Due::Each(instants.iter().map(|secs| at(*secs)).collect());
        agenda.note(&each(&[30]), Some(first));
        assert!(agenda.is(&each(&[30])) && !agenda.is(&each(&[31])));
        agenda.note(&each(&[10, 30]), Some(second));
        assert_eq!(agenda.take(at(10)), Some(Some(second)));
        assert_eq!(agenda.take(at(10)), None);
        assert_eq!(agenda.take(at(30)), Some(Some(first)));
        // An instant that is not wanted any more is forgotten.
        agenda.note(&each(&[40]), Some(first));
        agenda.note(&each(&[50]), Some(second));
        assert_eq!(agenda.take(at(40)), None);
        // Heartbeats follow from what brought the machine there.
        agenda.note(&Due::Standing, Some(first));
        assert!(agenda.is(&Due::Standing) && !agenda.is(&each(&[50])));
        assert_eq!(agenda.take(at(60)), Some(Some(first)));
        assert_eq!(agenda.take(at(70)), Some(Some(first)));
    }
}
