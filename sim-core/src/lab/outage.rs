//! Connections that were lost, how long they were lost, and what cut them.

use std::collections::BTreeMap;

use crate::kernel::{Observer, RecordId};
use crate::migrate::ground::Remote;
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::world::notice::{Happening, Record};

/// A held connection that was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The host that held it.
    pub from: ResourceRef,
    /// Where it led.
    pub to: Remote,
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
    open: BTreeMap<(ResourceRef, Remote), usize>,
}

impl Outages {
    pub(super) fn all(&self) -> &[Outage] {
        &self.all
    }
}

impl Observer<ResourceRef, Happening> for Outages {
    fn record(&mut self, record: &Record) {
        match &record.what {
            Happening::HoldLost { to, failed } => {
                self.open.insert((record.subject, to.clone()), self.all.len());
                self.all.push(Outage {
                    from: record.subject,
                    to: to.clone(),
                    started_at: record.at,
                    ended_at: None,
                    stopped_by: failed.stopped_by,
                    record: record.id,
                });
            }
            Happening::HoldRestored { to } => {
                if let Some(place) = self.open.remove(&(record.subject, to.clone()))
                    && let Some(outage) = self.all.get_mut(place)
                {
                    outage.ended_at = Some(record.at);
                }
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
            | Happening::TunnelProtected { .. }
            | Happening::TunnelBare { .. }
            | Happening::FlowClosed { .. }
            | Happening::Mgn(_) => {}
        }
    }
}
