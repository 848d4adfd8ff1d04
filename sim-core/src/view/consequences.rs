//! What a record led to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kernel::RecordId;
use crate::world::notice::Notability;

use super::{LogRow, View};

/// A record that follows from another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consequence {
    /// How many records worth telling lie between the two, from 0 for what follows at once.
    pub depth: usize,
    /// The record.
    #[serde(flatten)]
    pub row: LogRow,
}

/// What a record led to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Consequences {
    /// What is worth telling, in the order in which it happened.
    pub notable: Vec<Consequence>,
    /// How many records of the daily round follow from it beside these.
    pub n_routine: usize,
}

impl View<'_> {
    /// What has followed from a record until now, as far as it is kept.
    #[must_use]
    pub fn consequences(&self, id: RecordId) -> Consequences {
        let mut depths: BTreeMap<RecordId, usize> = BTreeMap::from([(id, 0)]);
        let mut all = Consequences::default();
        for record in self.world.trace().after(Some(id)) {
            let Some(depth) = record.cause.and_then(|cause| depths.get(&cause).copied()) else {
                continue;
            };
            let is_notable = record.what.notability() >= Notability::Notable;
            depths.insert(record.id, depth + usize::from(is_notable));
            if is_notable {
                let row = self.log_row(record);
                all.notable.push(Consequence { depth, row });
            } else {
                all.n_routine += 1;
            }
        }
        all
    }
}
