//! What was lost, how long it was lost, and what cut it: held connections, and replication that
//! stalled.

use std::collections::BTreeMap;

use crate::kernel::{Observer, RecordId};
use crate::migrate::ground::Remote;
use crate::migrate::mgn::{DataReplicationState, Notice, ReplicationError};
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::world::notice::{Happening, Record};

/// What was lost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// A held connection, by where it led.
    Connection(Remote),
    /// The replication of a source server: it stalled.
    Replication,
}

/// A time during which a held connection was lost, or a source server was stalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The host that held the connection, or the source server.
    pub from: ResourceRef,
    /// What was lost.
    pub to: Lost,
    /// AWS's error code of a stall.
    pub error: Option<ReplicationError>,
    /// When the loss was noticed.
    pub started_at: SimTime,
    /// When it came back; none while it is still lost.
    pub ended_at: Option<SimTime>,
    /// What cut it, where a packet was stopped.
    pub stopped_by: Option<Refusal>,
    /// The record of the loss, from which the chain of causes can be asked.
    pub record: RecordId,
}

/// Collects outages as a run goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Outages {
    all: Vec<Outage>,
    open: BTreeMap<(ResourceRef, Lost), usize>,
}

impl Outages {
    pub(super) fn all(&self) -> &[Outage] {
        &self.all
    }

    fn begin(&mut self, record: &Record, to: Lost, error: Option<ReplicationError>, by: Option<Refusal>) {
        let place = self.all.len();
        // A stall whose error changes goes on.
        if *self.open.entry((record.subject, to.clone())).or_insert(place) != place {
            return;
        }
        self.all.push(Outage {
            from: record.subject,
            to,
            error,
            started_at: record.at,
            ended_at: None,
            stopped_by: by,
            record: record.id,
        });
    }
    fn end(&mut self, record: &Record, to: Lost) {
        if let Some(place) = self.open.remove(&(record.subject, to))
            && let Some(outage) = self.all.get_mut(place)
        {
            outage.ended_at = Some(record.at);
        }
    }
}

impl Observer<ResourceRef, Happening> for Outages {
    fn record(&mut self, record: &Record) {
        match &record.what {
            Happening::HoldLost { to, failed } => {
                self.begin(record, Lost::Connection(to.clone()), None, failed.stopped_by);
            }
            Happening::HoldRestored { to } => {
                self.end(record, Lost::Connection(to.clone()));
            }
            Happening::Mgn(Notice::Stalled { error, stopped_by }) => {
                self.begin(record, Lost::Replication, Some(*error), *stopped_by);
            }
            Happening::Mgn(Notice::Recovered) => self.end(record, Lost::Replication),
            // A new attempt at it is not its end; that data moves again is, or that it is no longer meant to.
            Happening::Mgn(Notice::Replication { to, .. })
                if !matches!(
                    to,
                    DataReplicationState::Stalled | DataReplicationState::Initiating
                ) =>
            {
                self.end(record, Lost::Replication);
            }
            Happening::Started { .. }
            | Happening::Lever(_)
            | Happening::LeverRefused { .. }
            | Happening::StepReady
            | Happening::StepActed
            | Happening::Dropped { .. }
            | Happening::Resolved { .. }
            | Happening::CallDone { .. }
            | Happening::CallFailed { .. }
            | Happening::FlowOpened { .. }
            | Happening::FlowRouted
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
