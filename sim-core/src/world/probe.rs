//! Trying a call out at the present instant, on a copy that nobody else sees.
//!
//! The copy has the network, the names and the dice, but no migration and nothing that is going to
//! happen; stateful filters remember nothing and hosts know no names, so that the call meets the
//! rules as they are. It runs through the very machinery that calls in the lab run through.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::aws::Change;
use crate::aws::transit_gateway::TransitChange;
use crate::kernel::{Arena, EventQueue, Keep, Streams, Trace};
use crate::migrate::ground::{Call, CallFailed, CallOutcome, Ground as _, InstanceSpec, Stage};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::call::{Calls, Software};
use super::conductor::Conductor;
use super::edits::{Before, Edits};
use super::event::Owner;
use super::flow::Flows;
use super::hold::Holds;
use super::lever::Lever;
use super::names::Names;
use super::network::{Network, RoundTrip, Tracking};
use super::observation::Observations;
use super::prober::Probers;
use super::reach::Question;
use super::relay::Relays;
use super::replay::Sequences;
use super::routing::{Routers, RoutingLever};
use super::run::World;
use super::terrain::{Runbook, Terrain};

/// More events than any call takes: a lossy link keeps one going for some thousand packets.
const MOST_EVENTS: u64 = 1_000_000;

/// A copy of a lab's network on which calls are tried out.
#[derive(Debug, Clone)]
pub struct Probe {
    world: World,
    /// What the lab's routers have learned by now: gateways fill their tables from it.
    learned: Routers,
}

impl World {
    /// A copy on which calls can be tried out at the present instant.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.terrain.probe()
    }
}

impl Terrain {
    /// A copy on which calls can be tried out at the present instant.
    pub(super) fn probe(&self) -> Probe {
        let network = self.network.clone();
        Probe {
            world: empty(network, self.names.clone(), self.streams, self.now()),
            learned: self.routers.clone(),
        }
    }
}

impl World {
    /// Of a copy only the network is left, at this instant: nothing is going to happen on it, and nobody remembers anything.
    fn only_network_at(&mut self, now: SimTime) {
        let terrain = &mut self.terrain;
        let network = core::mem::take(&mut terrain.network);
        *self = empty(network, terrain.names.clone(), terrain.streams, now);
    }
}

/// Whether a change is one of what gateways forward by. What sites would be told of it they are not told on a copy.
#[must_use]
pub const fn moves_tables(lever: &Lever) -> bool {
    matches!(
        lever,
        Lever::Network(Change::Transit(_) | Change::Propagation(..))
    )
}

/// A lab of which only the network is left.
fn empty(network: Network, names: Arc<Names>, streams: Streams, now: SimTime) -> World {
    let mut queue = EventQueue::new();
    queue.advance_to(now);
    World {
        terrain: Terrain {
            network,
            tracking: Tracking::default(),
            names,
            streams,
            queue,
            trace: Trace::new(Keep::Nothing),
            cause: None,
            n_packets: 0,
            inbox: VecDeque::new(),
            wakes: BTreeMap::new(),
            ports: BTreeMap::new(),
            link_dice: BTreeMap::new(),
            jitter: BTreeMap::new(),
            sequences: Sequences::default(),
            calls: Calls::default(),
            probers: Probers::default(),
            relays: Relays::default(),
            holds: Holds::default(),
            flows: Flows::default(),
            edits: Edits::default(),
            runbook: Runbook {
                steps: Arc::new(Arena::new()),
                conductor: Conductor::default(),
            },
            observations: Observations::default(),
            routers: Routers::default(),
        },
        mgn: None,
        schedule: Arc::default(),
        begun: None,
        refused: BTreeMap::new(),
        expectations: Arc::default(),
        n_events: 0,
        n_steps: 0,
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
    pub const fn network(&self) -> &Network {
        &self.world.terrain.network
    }

    /// The way of a question on the copy, and that of its answer; none where its name leads nowhere.
    #[must_use]
    pub fn trip(&self, question: &Question) -> Option<RoundTrip> {
        self.world.trip(question)
    }

    /// Makes a change on the copy; false where it does not fit, or takes what the copy has not.
    pub fn pull(&mut self, lever: &Lever) -> bool {
        let is_of_network = match lever {
            // What it changes is what sites are told, and nobody tells anybody anything on the copy.
            Lever::Network(Change::Transit(TransitChange::AllowedPrefixes(..))) => false,
            Lever::Network(_) | Lever::Host { .. } => true,
            Lever::Routing(lever) => matches!(
                lever,
                RoutingLever::Link { .. } | RoutingLever::Router { .. } | RoutingLever::Segment { .. }
            ),
            Lever::Command(_) | Lever::Migration(_) => false,
        };
        let made = is_of_network && self.world.apply(lever).is_ok();
        if made && moves_tables(lever) {
            self.refill_tables();
        }
        // Who would act upon the change later knows nothing of the lab's routers here, and would forget what they told.
        let now = self.world.now();
        self.world.only_network_at(now);
        made
    }

    /// Takes an edit back on the copy.
    pub(super) fn take_back(&mut self, before: &Before) {
        before.put_back(&mut self.world.terrain);
        if before.moves_tables() {
            self.refill_tables();
        }
    }

    /// Gateways act a moment later, and nothing happens on the copy by itself.
    fn refill_tables(&mut self) {
        let terrain = &mut self.world.terrain;
        core::mem::swap(&mut terrain.routers, &mut self.learned);
        terrain.refill_hubs();
        core::mem::swap(&mut terrain.routers, &mut self.learned);
    }

    /// Makes a call as `software` would make it, and runs it to its end. The next call meets a
    /// network that has not seen this one.
    ///
    /// # Errors
    /// How the call went wrong, as its caller would be told.
    pub fn call(&mut self, software: Software, call: Call) -> CallOutcome {
        let (from, now) = (call.from, self.world.now());
        let world = &mut self.world;
        world.terrain.start_call(Owner::Probe, software, call);
        let mut n_left = MOST_EVENTS;
        while world.terrain.calls.probed.is_none() && n_left > 0 && world.step_event(SimTime::END, &mut []) {
            n_left -= 1;
        }
        let outcome = world.terrain.calls.probed.take();
        world.only_network_at(now);
        outcome.unwrap_or(Err(CallFailed {
            stage: Stage::Resolve,
            symptom: Reason::ConnectionTimedOut,
            stopped_by: Some(Refusal::at(Reason::HostDown, from)),
            address: None,
        }))
    }
}
