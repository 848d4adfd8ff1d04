//! Trying a call out at the present instant, on a copy that nobody else sees.
//!
//! The copy has the network, the names and the dice, but no migration and nothing that is going to
//! happen; stateful filters remember nothing and hosts know no names, so that the call meets the
//! rules as they are. It runs through the very machinery that calls in the lab run through.

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::{Arena, EventQueue, Keep, Trace};
use crate::migrate::ground::{Call, CallFailed, CallOutcome, Ground as _, InstanceSpec, Stage};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::verdict::Refusal;

use super::call::{Calls, Software};
use super::conductor::Conductor;
use super::event::Owner;
use super::flow::Flows;
use super::hold::Holds;
use super::network::Tracking;
use super::observation::Observations;
use super::relay::Relays;
use super::run::World;
use super::terrain::{Runbook, Terrain};

/// More events than any call takes: a lossy link keeps one going for some thousand packets.
const MOST_EVENTS: u64 = 1_000_000;

/// A copy of a lab's network on which calls are tried out.
#[derive(Debug, Clone)]
pub struct Probe {
    world: World,
}

impl World {
    /// A copy on which calls can be tried out at the present instant.
    #[must_use]
    pub fn probe(&self) -> Probe {
        let from = &self.terrain;
        let mut queue = EventQueue::new();
        queue.advance_to(from.now());
        let terrain = Terrain {
            network: from.network.clone(),
            tracking: Tracking::default(),
            names: from.names.clone(),
            streams: from.streams,
            queue,
            trace: Trace::new(Keep::Nothing),
            cause: None,
            inbox: VecDeque::new(),
            wakes: BTreeMap::new(),
            ports: BTreeMap::new(),
            link_dice: BTreeMap::new(),
            calls: Calls::default(),
            relays: Relays::default(),
            holds: Holds::default(),
            flows: Flows::default(),
            runbook: Runbook {
                steps: std::sync::Arc::new(Arena::new()),
                conductor: Conductor::default(),
            },
            observations: Observations::default(),
        };
        Probe {
            world: Self {
                terrain,
                mgn: None,
                schedule: std::sync::Arc::default(),
                expectations: std::sync::Arc::default(),
                n_events: 0,
            },
        }
    }
}

impl Probe {
    /// Places an instance in the copy, to call from or to.
    ///
    /// # Errors
    /// As for a launch in the lab itself.
    pub fn place(&mut self, spec: InstanceSpec) -> Result<HostId, Refusal> {
        self.world.terrain.launch(spec)
    }

    /// The lab's network with what was placed in it.
    #[must_use]
    pub const fn network(&self) -> &super::network::Network {
        &self.world.terrain.network
    }

    /// Makes a call as `software` would make it, and runs it to its end. What was tried before
    /// leaves no traces.
    pub fn call(&self, software: Software, call: Call) -> CallOutcome {
        let from = call.from;
        let mut world = self.world.clone();
        world.terrain.start_call(Owner::Probe, software, call);
        for _ in 0..MOST_EVENTS {
            if let Some(outcome) = world.terrain.calls.probed {
                return outcome;
            }
            if !world.step_event(crate::units::SimTime::END, &mut []) {
                break;
            }
        }
        world.terrain.calls.probed.unwrap_or(Err(CallFailed {
            stage: Stage::Resolve,
            symptom: Reason::ConnectionTimedOut,
            stopped_by: Some(Refusal::at(Reason::HostDown, from)),
            address: None,
        }))
    }
}
