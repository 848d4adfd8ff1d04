//! The world as a migration stands on it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::aws::Attached;
use crate::kernel::RecordId;
use crate::migrate::ground::{
    Actor, Call, CallId, FlowSpec, Ground, Hold, HoldId, InstanceSpec, PublicAddress,
};
use crate::migrate::mgn;
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::{FlowId, HostId, ResourceRef};
use crate::site::{Clock, Host, Port, Power, TrustStore};
use crate::units::{BitRate, SimTime};
use crate::verdict::Refusal;

use super::call::{CLOCK_TOLERANCE, Software};
use super::event::{Event, Owner};
use super::notice::Happening;
use super::terrain::Terrain;

impl Terrain {
    /// Gives things that the migration makes while it runs their names.
    fn name_what_is_new(&mut self, subject: ResourceRef, notice: mgn::Notice) {
        match (subject, notice) {
            // AWS's form: the prefix and 17 characters.
            (ResourceRef::Job(job), mgn::Notice::JobStarted { .. }) => {
                self.name(job, format!("mgnjob-{:017x}", job.index()));
            }
            (_, mgn::Notice::ReplicatorLaunched { replicator, host }) => {
                let name = self.names.of(host);
                self.name(replicator, name);
            }
            _ => {}
        }
    }
    /// Names something that was not there when the lab began.
    pub(super) fn name(&mut self, resource: impl Into<ResourceRef>, name: String) {
        // Branches share the names until one of them has a new one.
        Arc::make_mut(&mut self.names).insert(resource, name);
    }
}

impl Ground for Terrain {
    fn now(&self) -> SimTime {
        Terrain::now(self)
    }

    fn note(&mut self, subject: ResourceRef, notice: mgn::Notice) {
        self.name_what_is_new(subject, notice);
        let now = Terrain::now(self);
        if let Some(slowed) = self.observations.lags_for(now, subject, &notice) {
            self.cause = Some(slowed);
        }
        let record = self.record(subject, Happening::Mgn(notice));
        self.observations.on_notice(now, subject, &notice);
        self.observations.on_slowed(now, subject, &notice, record);
        let mut ready = Vec::new();
        self.runbook.conductor.on_notice(subject, &notice, &mut ready);
        self.get_ready(&ready);
    }

    fn cause(&self) -> Option<RecordId> {
        self.cause
    }

    fn follow_from(&mut self, cause: Option<RecordId>) {
        self.cause = cause;
    }

    fn wake(&mut self, actor: Actor, at: Option<SimTime>) {
        let at = at.map(|at| at.max(Terrain::now(self)));
        if let Some(&timer) = self.wakes.get(&actor) {
            // A timer keeps the cause with which it was set, so a new wish is a new timer.
            self.queue.cancel(timer);
        }
        match at {
            Some(at) => {
                let timer = self.timer_at(at, Event::Wake(actor));
                self.wakes.insert(actor, timer);
            }
            None => {
                self.wakes.remove(&actor);
            }
        }
    }

    fn call(&mut self, actor: Actor, call: Call) -> CallId {
        let software = match actor {
            Actor::Replicator(_) => Software::Replication,
            Actor::Service | Actor::Server(_) | Actor::Job(_) => Software::Ordinary,
        };
        self.start_call(Owner::Actor(actor), software, call)
    }

    fn hold(&mut self, actor: Actor, hold: Hold) -> HoldId {
        self.start_hold(actor, hold)
    }

    fn release(&mut self, hold: HoldId) {
        self.end_hold(hold);
    }

    fn open_flow(&mut self, actor: Actor, flow: FlowSpec) -> FlowId {
        self.push_flow(actor, flow)
    }

    fn cap_flow(&mut self, flow: FlowId, cap: BitRate) {
        self.recap_flow(flow, cap);
    }

    fn close_flow(&mut self, flow: FlowId) {
        self.end_flow(flow);
    }

    fn launch(&mut self, spec: InstanceSpec) -> Result<HostId, Refusal> {
        let host = self.network.hosts.next_id();
        let cloud = &mut self.network.cloud;
        if let Some(instance_type) = &spec.instance_type {
            cloud.offers(spec.subnet, instance_type)?;
        }
        let interface = cloud.place_interface(
            spec.subnet,
            spec.security_groups,
            Attached::Host(host),
            spec.address,
        )?;
        match spec.public_address {
            PublicAddress::None => {}
            PublicAddress::Assigned => {
                if cloud.assign_public_address(interface).is_none() {
                    cloud.interfaces.release(interface);
                    return Err(Refusal::at(Reason::SubnetFull, spec.subnet));
                }
            }
        }
        self.name(host, spec.name.clone());
        if let Some(row) = self.network.cloud.interfaces.get(interface) {
            let name = row.name.clone();
            self.name(interface, name);
        }
        Ok(self.network.hosts.push(Host {
            name: spec.name,
            port: Port::Vpc(interface),
            os: spec.os,
            power: Power::On,
            rate: spec.rate,
            mtu: crate::aws::mtu::INSTANCE,
            clock: Clock::Synchronised,
            trust: TrustStore::AmazonRoots,
            mac: crate::site::MacAddress::Stable,
            listens: spec.listens.iter().map(|&port| (Protocol::Tcp, port)).collect(),
            firewall: Vec::new(),
            name_server: None,
        }))
    }

    fn terminate(&mut self, host: HostId) {
        let Some(row) = self.network.hosts.get_mut(host) else {
            return;
        };
        if row.power == Power::Terminated {
            return;
        }
        row.power = Power::Terminated;
        if let Some(interface) = row.vpc_interface() {
            self.network.cloud.interfaces.release(interface);
        }
        self.ports.remove(&host.into());
        self.calls.forget_names_of(host);
        self.review_holds(Some(host));
        self.reroute_flows(Some(host));
    }

    fn address(&self, host: HostId) -> Option<Ipv4Addr> {
        self.private_address(host)
    }

    fn public_address(&self, host: HostId) -> Option<Ipv4Addr> {
        self.public_address_of(host)
    }

    fn host_ready(&self, host: HostId) -> Result<(), Refusal> {
        let down = Refusal::at(Reason::HostDown, host);
        let row = self.network.hosts.get(host).ok_or(down)?;
        match row.power {
            Power::On => {}
            Power::Off | Power::Terminated => return Err(down),
        }
        match row.clock {
            Clock::Ahead(off) | Clock::Behind(off) if off > CLOCK_TOLERANCE => {
                Err(Refusal::at(Reason::ClockSkew, host))
            }
            Clock::Ahead(_) | Clock::Behind(_) | Clock::Synchronised => Ok(()),
        }
    }
}
