//! With whom a host talks, or tries to: whose ways a map draws.

use crate::lab::{Lost, Session};
use crate::migrate::ground::Remote;
use crate::migrate::mgn::DATA_PORT;
use crate::resource::{HostId, ResourceRef};
use crate::units::{SimTime, Span};

use super::{Probe, View, describe};

/// Somebody sends to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    /// Who sends.
    pub from: String,
    /// Whom it is for: a name or an address.
    pub to: String,
    /// The TCP port; none where what was called answers.
    pub port: Option<u16>,
    /// The links and tunnels that a bulk flow passes, by name, from sender to receiver; none of anything else.
    pub over: Vec<String>,
}

impl From<Probe> for Conversation {
    fn from(probe: Probe) -> Self {
        Self {
            from: probe.from,
            to: probe.to,
            port: Some(probe.port),
            over: Vec::new(),
        }
    }
}

/// The port of AWS's services.
const SERVICE_PORT: u16 = 443;

impl View<'_> {
    /// What a flow or a probe is, or what a host sends: its bulk flows, connections that it has lost and tries to make again, its probes;
    /// nothing of anything else.
    #[must_use]
    pub fn conversations(&self, thing: ResourceRef) -> Vec<Conversation> {
        let host = match thing {
            ResourceRef::Flow(_) => None,
            ResourceRef::Probe(id) => {
                let probes = self.probes().into_iter();
                return probes.filter(|it| it.id == id).map(Conversation::from).collect();
            }
            ResourceRef::Host(host) => Some(host),
            ResourceRef::SourceServer(server) => {
                let server = self.world.mgn().and_then(|mgn| mgn.server(server));
                let Some(server) = server else { return Vec::new() };
                Some(server.host())
            }
            _ => return Vec::new(),
        };
        let names = self.world.names();
        let flows = self.world.open_flows().filter(|flow| match host {
            Some(host) => flow.from == host,
            None => thing == ResourceRef::from(flow.id),
        });
        let mut all: Vec<Conversation> = flows
            .filter_map(|flow| {
                Some(Conversation {
                    from: names.of(flow.from),
                    to: names.of(flow.to?),
                    port: flow.port,
                    over: flow.path.into_iter().map(|link| self.link_name(link)).collect(),
                })
            })
            .collect();
        let Some(host) = host else { return all };
        all.extend(self.lost_by(host));
        let from = names.of(host);
        let probes = self.probes().into_iter().filter(|probe| probe.from == from);
        all.extend(probes.map(Conversation::from));
        all
    }

    /// What it held, lost, and has not got again.
    fn lost_by(&self, host: HostId) -> impl Iterator<Item = Conversation> {
        let outages = self.session.outages().iter();
        let lasting = outages.filter(move |it| it.ended_at.is_none() && it.from == ResourceRef::from(host));
        lasting.filter_map(move |outage| {
            let Lost::Connection(remote) = &outage.to else {
                return None;
            };
            let port = match remote {
                Remote::Name(_) => SERVICE_PORT,
                Remote::Address(_) => DATA_PORT,
            };
            Some(Conversation {
                from: self.world.names().of(host),
                to: describe::remote(remote),
                port: Some(port),
                over: Vec::new(),
            })
        })
    }

    /// The instant of the last thing that was done to the lab beside its runbook, where anything was.
    #[must_use]
    pub fn last_disturbed_at(&self) -> Option<SimTime> {
        let all = self.session.disturbances();
        let done = all.iter().filter(|it| it.refused.is_none());
        done.map(|it| it.at).filter(|at| *at <= self.now()).max()
    }

    /// The session as it was at the last instant before another one, to be looked at beside this one.
    #[must_use]
    pub fn just_before(&self, at: SimTime) -> Session {
        let mut session = self.session.clone();
        session.seek(SimTime::START + at.since(SimTime::at(Span::nanos(1))));
        session
    }
}
