//! Who set a machine's timers.
//!
//! The clock looks at a machine when the earliest of its timers runs out, and another event than the latest may have
//! set that timer. Who asks "why" wants to hear of the one that did.

use smallvec::SmallVec;

use crate::kernel::RecordId;
use crate::units::SimTime;

/// Instants at which a machine wants to be looked at: one for most, a few for tables and gateways.
pub(super) type Deadlines = SmallVec<[SimTime; 2]>;

/// What brought about each instant at which a machine wants to be looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda(SmallVec<[(SimTime, Option<RecordId>); 1]>);

impl Agenda {
    /// Whether these instants are all that is known.
    pub(super) fn is(&self, wanted: &[SimTime]) -> bool {
        self.0.len() == wanted.len() && self.0.iter().zip(wanted).all(|((at, _), wanted)| at == wanted)
    }

    /// The machine wants these instants now; those that it did not want before follow from `cause`.
    pub(super) fn note(&mut self, wanted: &[SimTime], cause: Option<RecordId>) {
        let noted = wanted.iter().map(|&at| {
            let known = self.0.iter().find(|(known, _)| *known == at);
            (at, known.map_or(cause, |(_, cause)| *cause))
        });
        self.0 = noted.collect();
    }

    /// What brought about that the machine is looked at now, where it wanted to be.
    pub(super) fn take(&mut self, now: SimTime) -> Option<Option<RecordId>> {
        let place = self.0.iter().position(|(at, _)| *at == now)?;
        Some(self.0.remove(place).1)
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
        agenda.note(&[at(30)], Some(first));
        assert!(agenda.is(&[at(30)]) && !agenda.is(&[at(31)]));
        agenda.note(&[at(10), at(30)], Some(second));
        assert_eq!(agenda.take(at(10)), Some(Some(second)));
        assert_eq!(agenda.take(at(10)), None);
        assert_eq!(agenda.take(at(30)), Some(Some(first)));
        // An instant that is not wanted any more is forgotten.
        agenda.note(&[at(40)], Some(first));
        agenda.note(&[at(50)], Some(second));
        assert_eq!(agenda.take(at(40)), None);
    }
}
