//! What was lost, how long it was lost, and what cut it: held connections, what probes tried to reach, and replication
//! that stalled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::{Observer, RecordId};
use crate::migrate::ground::Remote;
use crate::migrate::mgn::{DataReplicationState, Notice, ReplicationError};
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::world::lever::Lever;
use crate::world::notice::{Happening, Record};

/// Of how many of the last records that a disturbance led to it is remembered to which; of those that are older, a chain of
/// causes is followed no further.
const MOST_ROOTED: usize = 4_096;

/// What was lost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// A held connection, by where it led.
    Connection(Remote),
    /// The replication of a source server: it stalled.
    Replication,
    /// What a probe tried to reach.
    Probe {
        /// The probe.
        name: Arc<str>,
        /// Whom it tried to reach, as the lab calls it.
        to: Arc<str>,
    },
}

/// A time during which a held connection was lost, a probe did not come through, or a source server was stalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The host that held the connection or sent the probe, or the source server.
    pub from: ResourceRef,
    /// What was lost.
    pub to: Lost,
    /// AWS's error code of a stall.
    pub error: Option<ReplicationError>,
    /// When the loss was noticed; of a probe, when the first was sent that was lost.
    pub started_at: SimTime,
    /// When it came back; none while it is still lost.
    pub ended_at: Option<SimTime>,
    /// What cut it, where a packet was stopped.
    pub stopped_by: Option<Refusal>,
    /// The record of the loss, from which the chain of causes can be asked.
    pub record: RecordId,
    /// The first disturbance in the chain of its causes: a lever that somebody pulled or that a fault pulled; none where
    /// nobody did anything.
    pub root: Option<Arc<Record>>,
}

/// Collects outages as a run goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Outages {
    all: Vec<Outage>,
    open: BTreeMap<(ResourceRef, Lost), usize>,
    roots: Roots,
}

/// What led to what, as far as disturbances did: a run that keeps no trace can still say what its outages began with.
#[derive(Debug, Clone, Default)]
struct Roots {
    /// Disturbances that nothing led to.
    first: Arc<BTreeMap<RecordId, Arc<Record>>>,
    /// The disturbance that each of the last records goes back to.
    rooted: Arc<BTreeMap<RecordId, RecordId>>,
}

impl Roots {
    fn of(&self, id: RecordId) -> Option<RecordId> {
        match self.first.contains_key(&id) {
            true => Some(id),
            false => self.rooted.get(&id).copied(),
        }
    }

    fn disturbance(&self, id: RecordId) -> Option<Arc<Record>> {
        self.first.get(&self.of(id)?).cloned()
    }

    fn note(&mut self, record: &Record) {
        if let Some(root) = record.cause.and_then(|cause| self.of(cause)) {
            let rooted = Arc::make_mut(&mut self.rooted);
            rooted.insert(record.id, root);
            if rooted.len() > MOST_ROOTED {
                rooted.pop_first();
            }
        } else if is_disturbance(&record.what) {
            Arc::make_mut(&mut self.first).insert(record.id, Arc::new(record.clone()));
        }
    }
}

/// Whether it disturbs the lab: what the console is told to do for a migration does not.
fn is_disturbance(what: &Happening) -> bool {
    matches!(what, Happening::Lever(lever) if !matches!(**lever, Lever::Command(_)))
}

impl Outages {
    pub(super) fn all(&self) -> &[Outage] {
        &self.all
    }

    fn begin(&mut self, outage: Outage) {
        let place = self.all.len();
        // A stall whose error changes goes on.
        let key = (outage.from, outage.to.clone());
        if *self.open.entry(key).or_insert(place) == place {
            let root = self.roots.disturbance(outage.record);
            self.all.push(Outage { root, ..outage });
        }
    }
    fn end(&mut self, record: &Record, to: Lost, at: impl FnOnce(&Outage) -> SimTime) {
        if let Some(place) = self.open.remove(&(record.subject, to))
            && let Some(outage) = self.all.get_mut(place)
        {
            outage.ended_at = Some(at(outage));
        }
    }
}

/// An outage that is noticed now.
fn noticed(record: &Record, to: Lost, stopped_by: Option<Refusal>) -> Outage {
    Outage {
        from: record.subject,
        to,
        error: None,
        started_at: record.at,
        ended_at: None,
        stopped_by,
        record: record.id,
        root: None,
    }
}

fn probe(name: &Arc<str>, to: &Arc<str>) -> Lost {
    Lost::Probe {
        name: name.clone(),
        to: to.clone(),
    }
}

impl Observer<ResourceRef, Happening> for Outages {
    fn record(&mut self, record: &Record) {
        self.roots.note(record);
        let now = |_: &Outage| record.at;
        match &record.what {
            Happening::HoldLost { to, failed } => {
                self.begin(noticed(record, Lost::Connection(to.clone()), failed.stopped_by));
            }
            Happening::HoldRestored { to } => {
                self.end(record, Lost::Connection(to.clone()), now);
            }
            // What is noticed when the wait for an answer is over began when the question was sent.
            Happening::ProbeLost {
                name,
                to,
                since,
                failed,
            } => self.begin(Outage {
                started_at: *since,
                ..noticed(record, probe(name, to), failed.stopped_by)
            }),
            Happening::ProbeAnswered { name, to, lost_for } => {
                let until = |outage: &Outage| outage.started_at + *lost_for;
                self.end(record, probe(name, to), until);
            }
            Happening::Mgn(Notice::Stalled { error, stopped_by }) => self.begin(Outage {
                error: Some(*error),
                ..noticed(record, Lost::Replication, *stopped_by)
            }),
            Happening::Mgn(Notice::Recovered) => self.end(record, Lost::Replication, now),
            // A new attempt at it is not its end; that data moves again is, or that it is no longer meant to.
            Happening::Mgn(Notice::Replication { to, .. })
                if !matches!(
                    to,
                    DataReplicationState::Stalled | DataReplicationState::Initiating
                ) =>
            {
                self.end(record, Lost::Replication, now);
            }
            Happening::Started { .. }
            | Happening::Lever(_)
            | Happening::LeverRefused { .. }
            | Happening::StepReady
            | Happening::StepActed
            | Happening::Dropped { .. }
            | Happening::Overtaken { .. }
            | Happening::Resolved { .. }
            | Happening::CallDone { .. }
            | Happening::CallFailed { .. }
            | Happening::FlowOpened { .. }
            | Happening::FlowRouted
            | Happening::FlowRerouted { .. }
            | Happening::FlowBroken(_)
            | Happening::Bgp(_)
            | Happening::Bfd(_)
            | Happening::Ike(_)
            | Happening::IkeSent(_)
            | Happening::TransitRoute { .. }
            | Happening::DirectConnectRoute { .. }
            | Happening::GatewayRoute { .. }
            | Happening::TunnelProtected { .. }
            | Happening::TunnelBare { .. }
            | Happening::Gateway(_)
            | Happening::Igp(_)
            | Happening::FlowClosed { .. }
            | Happening::Mgn(_) => {}
        }
    }
}
