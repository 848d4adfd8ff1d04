//! Bulk flows: the way that each takes, and its fair share of it.
//!
//! A flow runs on a line ([`super::line`]) whose links it shares max-min fairly with the others
//! ([`fluid`]); what its TCP connections can carry over that round trip and loss caps it. When the
//! network changes, every flow's way is looked at again: one that is cut stands still, and gets a
//! new connection as soon as one can be made. All changes of one instant are settled together, after
//! everything else that happens at it, and each flow whose rate is another then is reported once.
//!
//! Simplified: a flow from one host to another goes to the private address, or to the public one
//! where only that can be reached; a cut flow's new connection is made at once.

mod way;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::kernel::{Arena, RecordId};
use crate::migrate::ground::{Actor, CallId, FlowSpec};
use crate::net::fluid::tcp::{ETHERNET_MSS, Sender};
use crate::net::fluid::{FlowKey, FluidLinkId, RateChange, Sharing};
use crate::resource::{FlowId, HostId, ResourceRef, kind};
use crate::units::{BitRate, DataSize, SimTime};
use crate::verdict::Refusal;

use super::detour::{FlowMove, Moves};
use super::event::Report;
use super::line::{Heading, Line};
use super::network::{LinkRef, Network, RoundTrip};
use super::notice::Happening;
use super::read::OpenFlow;
use super::terrain::Terrain;
use super::turn::Turns;

/// Who is told of a flow's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowOwner {
    /// An actor of the migration.
    Actor(Actor),
    /// A call whose answer it brings.
    Call(CallId),
}

/// An answer that is brought to the client of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pull {
    pub(super) line: Line,
    pub(super) window: DataSize,
}

/// Where a flow's data go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From the line's client to this host and port, over any line that can be had.
    To { host: HostId, port: u16 },
    /// To the client of this one line.
    Back,
}

impl Way {
    const fn heading(self) -> Heading {
        match self {
            Self::To { .. } => Heading::There,
            Self::Back => Heading::Back,
        }
    }
}

/// A line that a flow can go over, how its packets go, and how much data each carries.
struct Led {
    line: Line,
    trip: RoundTrip,
    mss_bytes: u16,
}

#[derive(Debug, Clone)]
struct Flow {
    owner: FlowOwner,
    from: HostId,
    way: Way,
    sender: Sender,
    /// What the ends can send.
    ends: BitRate,
    /// What the connections can carry over the present way.
    path_limit: BitRate,
    line: Option<Line>,
    path: Vec<FluidLinkId>,
    /// The path that it had last, where it is cut.
    path_before: Vec<FluidLinkId>,
    /// The record that comes next when its way was last found: what devices do from there on may move it.
    found: RecordId,
    refusal: Option<Refusal>,
    /// Since when it is cut, where it is.
    cut_at: Option<SimTime>,
    key: FlowKey,
    /// The record that explains the next change of its rate.
    news: Option<RecordId>,
}

/// All flows, and the links that they share.
#[derive(Debug, Clone, Default)]
pub(super) struct Flows {
    sharing: Sharing,
    links: BTreeMap<LinkRef, FluidLinkId>,
    /// The same the other way round: by the place of the id.
    link_of: Vec<LinkRef>,
    rows: Arena<Option<Flow>, kind::Flow>,
    by_place: Vec<Option<FlowId>>,
    open: BTreeSet<FlowId>,
    fresh: Vec<FlowId>,
    changes: Vec<RateChange>,
    dirty: Settled,
    cause: Option<RecordId>,
    /// What changed the ways of packets since they were last looked at.
    strayed: Option<Strayed>,
    /// Why each device last came to send packets another way, while there were flows.
    turns: Turns,
    moves: Moves,
}

/// Routers forward by other routes than when the ways of flows and held connections were last looked at.
#[derive(Debug, Clone, Copy)]
struct Strayed {
    because: Option<RecordId>,
}

/// Whether the rates are up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Settled {
    #[default]
    Yes,
    No,
}

impl Flows {
    /// Whether rates are to be settled once this instant's events are over.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty == Settled::No || self.strayed.is_some()
    }
    fn get(&self, flow: FlowId) -> Option<&Flow> {
        self.rows.get(flow)?.as_ref()
    }
    fn get_mut(&mut self, flow: FlowId) -> Option<&mut Flow> {
        self.rows.get_mut(flow)?.as_mut()
    }
    fn link(&mut self, network: &Network, link: LinkRef) -> FluidLinkId {
        let (sharing, link_of) = (&mut self.sharing, &mut self.link_of);
        *self.links.entry(link).or_insert_with(|| {
            link_of.push(link);
            sharing.add_link(network.link(link).rate)
        })
    }
    /// The links of a path.
    fn names_of<'a>(&'a self, path: &'a [FluidLinkId]) -> impl Iterator<Item = LinkRef> + 'a {
        let links = path.iter();
        links.filter_map(|link| self.link_of.get(link.index()).copied())
    }
    /// Brings the capacity of every link up to date.
    fn refresh_links(&mut self, network: &Network) {
        for (&link, &id) in &self.links {
            self.sharing.set_capacity(id, network.link(link).rate);
        }
    }
    /// How many flows are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
    /// The flows that are open.
    pub(super) fn open(&self) -> impl Iterator<Item = OpenFlow> {
        self.open.iter().filter_map(|&id| {
            let flow = self.get(id)?;
            let (to, port) = match flow.way {
                Way::To { host, port } => (Some(host.into()), Some(port)),
                Way::Back => (flow.line.map(|line| line.client.into()), None),
            };
            Some(OpenFlow {
                id,
                from: flow.from,
                to,
                port,
                rate: self.sharing.rate(flow.key),
                mss_bytes: flow.sender.mss_bytes,
                path: self.names_of(&flow.path).collect(),
            })
        })
    }
    /// The ways that the migration's flows took instead of others, in order.
    pub(super) fn moves(&self) -> impl Iterator<Item = &FlowMove> {
        self.moves.iter()
    }
    /// The link that limits a flow, where one does.
    pub(super) fn bottleneck(&self, flow: FlowId) -> Option<LinkRef> {
        let link = self.sharing.bottleneck(self.get(flow)?.key)?;
        self.link_of.get(link.index()).copied()
    }
    /// The links that flows have used, with their capacity and load.
    pub(super) fn loads(&self) -> impl Iterator<Item = (LinkRef, BitRate, BitRate)> {
        self.links
            .iter()
            .map(|(&link, &id)| (link, self.sharing.capacity(id), self.sharing.load(id)))
    }
}

impl Terrain {
    /// Routers forward by other routes from now on: what stands is looked at again once this instant is over.
    pub(super) fn ways_changed(&mut self) {
        self.probe_ways_changed();
        if self.flows.strayed.is_none() && (self.flows.len() > 0 || self.holds.any()) {
            let because = self.cause;
            self.flows.strayed = Some(Strayed { because });
        }
    }
    /// As above, and it is this device that does, with what goes to a prefix or with all.
    pub(super) fn way_changed_at(&mut self, device: impl Into<ResourceRef>, prefix: Option<Ipv4Net>) {
        if let Some(because) = self.cause {
            let device = device.into();
            // The routes that a lab begins with lead nowhere else than before: they explain no loss.
            if because != RecordId::FIRST {
                self.routers.rerouted.insert(device, because);
            }
            if self.flows.len() > 0 {
                self.flows.turns.note(device, prefix, because);
            }
        }
        self.ways_changed();
    }

    /// Settles what the events of an instant have left unsettled: ways, and then rates.
    pub(super) fn settle(&mut self) {
        match self.flows.strayed.take() {
            Some(Strayed { because }) => {
                self.cause = because;
                self.review_holds(None);
                self.reroute_flows(None);
            }
            None => self.settle_flows(),
        }
        self.review_probes();
    }

    fn dirty(&mut self) {
        if self.flows.dirty == Settled::Yes {
            self.flows.dirty = Settled::No;
            self.flows.cause = self.cause;
        }
    }

    /// Opens a flow between two hosts.
    pub(super) fn push_flow(&mut self, actor: Actor, spec: FlowSpec) -> FlowId {
        let sender = Sender {
            window: spec.window,
            mss_bytes: ETHERNET_MSS,
            streams: spec.streams,
        };
        let way = Way::To {
            host: spec.to,
            port: spec.port,
        };
        let flow = self.add_flow(FlowOwner::Actor(actor), spec.from, way, sender, spec.cap);
        let name = format!("{} → {}", self.names.of(spec.from), self.names.of(spec.to));
        self.name(flow, name);
        let cause = self.cause;
        let record = self.record(
            flow,
            Happening::FlowOpened {
                from: spec.from,
                to: spec.to,
            },
        );
        if let Some(row) = self.flows.get_mut(flow) {
            row.news = Some(record);
        }
        self.route_flow(flow);
        self.cause = cause;
        flow
    }

    /// Opens a flow to the client of a line.
    pub(super) fn pull_flow(&mut self, owner: FlowOwner, pull: Pull) -> FlowId {
        let sender = Sender {
            window: pull.window,
            mss_bytes: ETHERNET_MSS,
            streams: 1,
        };
        let flow = self.add_flow(owner, pull.line.client, Way::Back, sender, BitRate::MAX);
        if let Some(row) = self.flows.get_mut(flow) {
            row.line = Some(pull.line);
        }
        self.route_flow(flow);
        flow
    }

    fn add_flow(
        &mut self,
        owner: FlowOwner,
        from: HostId,
        way: Way,
        sender: Sender,
        ends: BitRate,
    ) -> FlowId {
        let key = self.flows.sharing.open(&[], BitRate::ZERO);
        let id = self.flows.rows.push(Some(Flow {
            owner,
            from,
            way,
            sender,
            ends,
            path_limit: BitRate::ZERO,
            line: None,
            path: Vec::new(),
            path_before: Vec::new(),
            found: self.trace.next_id(),
            refusal: None,
            cut_at: None,
            key,
            news: None,
        }));
        let places = &mut self.flows.by_place;
        if places.len() <= key.place() {
            places.resize(key.place() + 1, None);
        }
        if let Some(place) = places.get_mut(key.place()) {
            *place = Some(id);
        }
        self.flows.open.insert(id);
        self.flows.fresh.push(id);
        self.dirty();
        id
    }

    /// Changes what a flow's ends can send; constant in the number of flows where nothing saturates.
    pub(super) fn recap_flow(&mut self, flow: FlowId, cap: BitRate) {
        if let Some(row) = self.flows.get_mut(flow) {
            row.ends = cap;
            let (key, cap) = (row.key, cap.min(row.path_limit));
            self.flows.sharing.set_cap(key, cap);
            self.dirty();
        }
    }

    /// Ends a flow. Its place in the table stays, empty, so that its id never means another one.
    pub(super) fn end_flow(&mut self, flow: FlowId) {
        let Some(row) = self.flows.rows.get_mut(flow).and_then(Option::take) else {
            return;
        };
        if let Some(line) = row.line {
            self.close_line(&line);
        }
        let rate = self.flows.sharing.rate(row.key);
        self.flows.sharing.close(row.key);
        self.flows.open.remove(&flow);
        if let Some(place) = self.flows.by_place.get_mut(row.key.place()) {
            *place = None;
        }
        self.dirty();
        match row.owner {
            FlowOwner::Actor(_) => {
                let cause = self.cause;
                self.record(flow, Happening::FlowClosed { rate });
                self.cause = cause;
            }
            FlowOwner::Call(_) => {}
        }
    }

    /// A flow's present rate.
    pub(super) fn flow_rate(&self, flow: FlowId) -> BitRate {
        self.flows
            .get(flow)
            .map_or(BitRate::ZERO, |row| self.flows.sharing.rate(row.key))
    }
    /// What a flow's way is cut by, where it is cut.
    pub(super) fn flow_refusal(&self, flow: FlowId) -> Option<Refusal> {
        self.flows.get(flow)?.refusal
    }

    /// Looks at the way of every flow again, or of those that touch one host.
    pub(super) fn reroute_flows(&mut self, host: Option<HostId>) {
        self.flows.refresh_links(&self.network);
        if self.flows.open.is_empty() {
            return;
        }
        self.dirty();
        let cause = self.cause;
        let touched: Vec<FlowId> = self
            .flows
            .open
            .iter()
            .copied()
            .filter(|&flow| host.is_none_or(|host| self.touches(flow, host)))
            .collect();
        for flow in touched {
            self.cause = cause;
            self.route_flow(flow);
        }
        self.cause = cause;
    }

    fn touches(&self, flow: FlowId, host: HostId) -> bool {
        self.flows.get(flow).is_some_and(|row| {
            let by_way = match row.way {
                Way::To { host: to, .. } => to == host,
                Way::Back => false,
            };
            row.from == host || by_way || row.line.is_some_and(|line| line.touches(host))
        })
    }

    /// Settles all rates, and reports those that are others now.
    fn settle_flows(&mut self) {
        self.flows.dirty = Settled::Yes;
        let mut changes = core::mem::take(&mut self.flows.changes);
        self.flows.sharing.settle(&mut changes);
        let now = self.now();
        let Flows {
            moves, rows, sharing, ..
        } = &mut self.flows;
        moves.settle(now, |flow| {
            let row = rows.get(flow).and_then(Option::as_ref);
            row.map_or(BitRate::ZERO, |row| sharing.rate(row.key))
        });
        for change in &changes {
            let flow = self.flows.by_place.get(change.flow.place()).copied().flatten();
            if let Some(flow) = flow {
                self.tell_rate(flow, change.new);
            }
        }
        self.flows.changes = changes;
        // A new flow that stands still has no change of its rate, and its owner waits for one.
        for flow in core::mem::take(&mut self.flows.fresh) {
            if self.flows.get(flow).is_some() && self.flow_rate(flow).is_zero() {
                self.tell_rate(flow, BitRate::ZERO);
            }
        }
    }

    fn tell_rate(&mut self, flow: FlowId, rate: BitRate) {
        let because = self.flows.cause;
        let Some(row) = self.flows.get_mut(flow) else {
            return;
        };
        let (owner, news) = (row.owner, row.news.take());
        self.cause = news.or(because);
        match owner {
            FlowOwner::Actor(actor) => self.report(Report::FlowRate { actor, flow, rate }),
            FlowOwner::Call(call) => self.on_download_rate(call, flow),
        }
    }
}
