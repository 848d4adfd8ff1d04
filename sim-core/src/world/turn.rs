//! Why devices send packets another way than before: what the move of a bulk flow follows from.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::kernel::RecordId;
use crate::resource::ResourceRef;

use super::network::{LinkRef, Path};

/// For each device and prefix the record of its last turn; without a prefix, of all that it forwards.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(BTreeMap<(ResourceRef, Option<Ipv4Net>), RecordId>);

impl Turns {
    /// A device sends packets another way because of a record.
    pub(super) fn note(&mut self, device: ResourceRef, prefix: Option<Ipv4Net>, because: RecordId) {
        self.0.insert((device, prefix), because);
    }
    /// Why a device sends packets between these addresses another way than at `since`: by the longest prefix that one of
    /// them is in, as it forwards.
    pub(super) fn of(
        &self,
        device: ResourceRef,
        ends: [Option<Ipv4Addr>; 2],
        since: RecordId,
    ) -> Option<RecordId> {
        let holds = |prefix: &Ipv4Net| ends.iter().flatten().any(|end| prefix.contains(end));
        let own = self.0.range((device, None)..);
        let own = own.take_while(|((of, _), _)| *of == device);
        let meant =
            own.filter(|((_, prefix), record)| **record >= since && prefix.as_ref().is_none_or(holds));
        let closest = meant.max_by_key(|((_, prefix), record)| (prefix.map(|it| it.prefix_len()), **record));
        closest.map(|(_, record)| *record)
    }
}

/// What packets are at where their way leaves another one: after the last link that both cross in common from the beginning.
pub(super) fn parting(way: &Path, other: &[LinkRef]) -> impl Iterator<Item = ResourceRef> + use<> {
    let mut others = other.iter();
    let mut devices = Vec::new();
    for hop in &way.hops {
        devices.push(hop.node);
        match hop.link {
            None => {}
            Some(link) if others.next() == Some(&link) => devices.clear(),
            Some(_) => break,
        }
    }
    devices.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;

    fn record(number: u64) -> RecordId {
        RecordId::from_number(number).expect("records count from one")
    }

    #[test]
    fn a_turn_is_found_by_the_longest_prefix_and_only_where_it_is_news() {
        let device = |place: u32| ResourceRef::Router(Id::from_index(place));
        let net = |text: &str| Some(text.parse().expect("a prefix"));
        let ends = [
            Some(Ipv4Addr::new(192, 168, 0, 1)),
            Some(Ipv4Addr::new(10, 1, 0, 9)),
        ];
        let mut turns = Turns::default();
        turns.note(device(0), net("10.1.0.0/16"), record(5));
        turns.note(device(0), net("10.2.0.0/16"), record(9));
        turns.note(device(0), net("10.0.0.0/8"), record(7));
        turns.note(device(1), None, record(8));
        assert_eq!(turns.of(device(0), ends, record(1)), Some(record(5)));
        assert_eq!(turns.of(device(0), ends, record(6)), Some(record(7)));
        assert_eq!(turns.of(device(0), ends, record(8)), None);
        assert_eq!(turns.of(device(1), ends, record(1)), Some(record(8)));
        assert_eq!(turns.of(device(2), ends, record(1)), None);
    }
}
