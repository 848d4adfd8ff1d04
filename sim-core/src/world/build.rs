//! From a blueprint to a lab at its first instant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::kernel::{EventQueue, Keep, Streams, Trace};
use crate::migrate::mgn::Mgn;
use crate::resource::ResourceRef;
use crate::units::SimTime;

use super::blueprint::Blueprint;
use super::call::Calls;
use super::conductor::Conductor;
use super::edits::Edits;
use super::event::Event;
use super::flow::Flows;
use super::hold::Holds;
use super::lever::{Lever, LeverError};
use super::network::{Network, Stations, Tracking};
use super::notice::Happening;
use super::observation::Observations;
use super::prober::Probers;
use super::relay::Relays;
use super::replay::Sequences;
use super::routing::{Bound, Routers};
use super::run::World;
use super::terrain::{Runbook, Terrain};

/// Why a lab could not be built.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("failed to make change {place} of the overlay: {why}")]
pub struct BuildError {
    /// The place of the overlay's change, from 0.
    pub place: usize,
    /// Why it cannot be made.
    pub why: LeverError,
}

impl World {
    /// The lab as it begins, with the changes of its overlay made and nothing else having happened.
    ///
    /// # Errors
    /// Where a change of the overlay does not fit the lab.
    pub fn build(blueprint: &Blueprint, seed: u64) -> Result<Self, BuildError> {
        let streams = Streams::new(seed);
        let mut world = Self {
            terrain: Terrain {
                network: Network {
                    cloud: blueprint.cloud.clone(),
                    hosts: blueprint.hosts.clone(),
                    routers: blueprint.routing.routers.clone(),
                    router_interfaces: blueprint.routing.interfaces.clone(),
                    links: blueprint.routing.links.clone(),
                    tunnels: blueprint.routing.tunnels.clone(),
                    segments: blueprint.routing.segments.clone(),
                    gateways: blueprint.routing.gateways.clone(),
                    stations: Stations::find(
                        &blueprint.hosts,
                        &blueprint.routing.interfaces,
                        &blueprint.routing.gateways,
                    ),
                },
                tracking: Tracking::default(),
                names: Arc::new(blueprint.names.clone()),
                streams,
                queue: EventQueue::new(),
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
                probers: Probers::new(&blueprint.probes),
                relays: Relays::default(),
                holds: Holds::default(),
                flows: Flows::default(),
                edits: Edits::default(),
                runbook: Runbook {
                    steps: Arc::new(blueprint.runbook.clone()),
                    conductor: Conductor::new(&blueprint.runbook),
                },
                observations: Observations::default(),
                routers: Routers::new(&blueprint.routing, streams),
            },
            mgn: None,
            schedule: Arc::new(blueprint.schedule.clone()),
            begun: None,
            refused: BTreeMap::new(),
            expectations: Arc::new(blueprint.expectations.clone()),
            n_events: 0,
            n_steps: 0,
        };
        // Records are held for whoever comes to watch, and let go at the first delivery.
        world.terrain.trace.open_feed();
        world
            .terrain
            .record(ResourceRef::Lab, Happening::Started { seed });
        world.terrain.raise_interfaces(&blueprint.routing.igp);
        world.terrain.start_processes();
        world.terrain.fill_hubs();
        world.start_migration(blueprint, streams);
        world.lay_over(&blueprint.overlay)?;
        world.plan(blueprint);
        Ok(world)
    }

    fn start_migration(&mut self, blueprint: &Blueprint, streams: Streams) {
        let Some(config) = &blueprint.migration else {
            return;
        };
        let region = blueprint.cloud.regions.get(config.account.region);
        let region = region.map_or("", |region| region.name.as_str());
        self.mgn = Some(Mgn::new(config.clone(), region, streams));
    }

    fn lay_over(&mut self, overlay: &[Lever]) -> Result<(), BuildError> {
        let started = self.terrain.cause;
        for (place, lever) in overlay.iter().enumerate() {
            self.terrain.cause = started;
            self.pull(lever, Bound::Through)
                .map_err(|why| BuildError { place, why })?;
            self.tell_migration();
        }
        self.terrain.cause = started;
        Ok(())
    }

    /// What the blueprint says is going to happen.
    fn plan(&mut self, blueprint: &Blueprint) {
        let terrain = &mut self.terrain;
        let started = terrain.cause.take();
        for (place, (at, _)) in blueprint.schedule.iter().enumerate() {
            terrain.at(*at, Event::Scheduled(place));
        }
        terrain.cause = started;
        let instants: BTreeSet<SimTime> = terrain.runbook.conductor.instants().collect();
        for at in instants {
            terrain.at(at, Event::Instant);
        }
        let ready = terrain.runbook.conductor.ready_at_once();
        terrain.get_ready(&ready);
        terrain.cause = None;
        terrain.plan_probes();
    }
}
