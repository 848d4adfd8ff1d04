//! What a BGP process wants is done: connections opened, octets sent, routes put where packets meet them, notices
//! written down.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::RecordId;
use crate::net::fib::{FibRoute, Hops};
use crate::net::tcp::Stream;
use crate::proto::bgp::rib::{self, Forward, Hop, NextHops, PeerId, Resolved};
use crate::proto::bgp::session::{self, Half, State};
use crate::proto::bgp::{Code, PeerKind};
use crate::proto::bgp::{speaker, wire};
use crate::proto::{bfd, ike};
use crate::resource::{BgpSessionId, ResourceRef, RouterId};
use crate::site::{NextHop, Router};
use crate::verdict::RouteSource;

use super::super::network::Network;
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::aside::Aside;
use super::command::SpeakerChange;
use super::control::{Bgp, Lived, Process};
use super::hub;
use super::wake::RouterTimer;

/// How a process learns of the ways that its router has.
struct Ways<'a> {
    network: &'a Network,
    router: RouterId,
}

impl NextHops for Ways<'_> {
    fn resolve(&self, address: std::net::Ipv4Addr) -> Option<Resolved> {
        let row = self.network.routers.get(self.router)?;
        let (hop, metric) = row.resolve(address)?;
        let connected = hop.via == Some(address);
        Some(Resolved { metric, connected })
    }
    fn is_own(&self, address: std::net::Ipv4Addr) -> bool {
        let row = self.network.routers.get(self.router);
        row.is_some_and(|row| row.owns(address))
    }
}

/// Where a notice of a process stands among those of the same input: what follows from a session's end is what its tables
/// lose, and from each prefix's loss another path to it, whatever is said to neighbours in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// The session moves.
    Session,
    /// The tables lose or keep what came over it.
    Tables,
    /// One prefix is reached another way.
    Route,
    /// Told, and nothing in the process follows from it.
    Aside,
}

impl Link {
    const fn of(notice: &speaker::Notice) -> Self {
        match notice {
            speaker::Notice::Session(_) => Self::Session,
            speaker::Notice::Routes(rib::Notice::Withdrawn { .. }) => Self::Tables,
            speaker::Notice::Routes(_) => Self::Route,
            speaker::Notice::Notification { .. } | speaker::Notice::Repaired(_) => Self::Aside,
        }
    }
}

const fn is_established(notice: &session::Notice) -> bool {
    matches!(
        notice,
        session::Notice::State {
            to: State::Established,
            ..
        }
    )
}

/// The latest records of one input, by where they stand.
struct Chain {
    base: Option<RecordId>,
    /// Whose session the next is about.
    peer: Option<PeerId>,
    session: Option<RecordId>,
    table: Option<RecordId>,
    route: Option<RecordId>,
    /// The latest choice of a path, and for which prefix.
    choice: Option<(Ipv4Net, RecordId)>,
    /// A connection to be opened once it is written down how it came to that, and what it follows from.
    call: Option<(PeerId, Option<RecordId>)>,
}

impl Chain {
    const fn from(because: Option<RecordId>) -> Self {
        Self {
            base: because,
            peer: None,
            session: because,
            table: because,
            route: None,
            choice: None,
            call: None,
        }
    }
    /// What comes next is about the session with this peer, which nothing follows in that became of another's.
    fn turn_to(&mut self, peer: PeerId) {
        if self.peer.replace(peer).is_some_and(|before| before != peer) {
            self.session = self.base;
        }
    }
    /// The record of the choice of a path to this prefix, if that was the latest.
    fn choice_of(&self, prefix: Ipv4Net) -> Option<RecordId> {
        self.choice
            .filter(|(of, _)| *of == prefix)
            .map(|(_, record)| record)
    }
    const fn before(&self, place: Link) -> Option<RecordId> {
        match place {
            Link::Session | Link::Tables | Link::Aside => self.session,
            Link::Route => self.table,
        }
    }
    const fn put(&mut self, place: Link, record: RecordId) {
        match place {
            Link::Session => (self.session, self.table) = (Some(record), Some(record)),
            Link::Tables => self.table = Some(record),
            Link::Route => self.route = Some(record),
            Link::Aside => {}
        }
    }
}

impl Terrain {
    pub(super) fn bgp_of(&self, router: RouterId) -> Option<&Bgp> {
        self.routers.control.get(router)?.bgp.as_ref()
    }
    pub(super) fn bgp_mut(&mut self, router: RouterId) -> Option<&mut Bgp> {
        // Branches share what runs on a router until one of them goes on with it.
        Arc::make_mut(self.routers.control.get_mut(router)?).bgp.as_mut()
    }
    pub(super) fn session_of(&self, router: RouterId, peer: PeerId) -> Option<BgpSessionId> {
        self.bgp_of(router)?.setup.sessions.get(peer.index()).copied()
    }

    /// Makes what runs on the routers this branch's own.
    pub(in crate::world) fn detach_routers(&mut self) {
        for router in self.network.routers.ids() {
            if let Some(row) = self.network.routers.get_mut(router) {
                Arc::make_mut(row);
            }
            if let Some(bgp) = self.bgp_mut(router) {
                bgp.speaker.detach();
            }
        }
    }

    /// Starts every process, in the order of the lab's text.
    pub(in crate::world) fn start_processes(&mut self) {
        for router in self.routers.control.ids() {
            self.tell_bgp(router, speaker::Input::Start);
            self.tell_all_bfd(router, bfd::Input::Enable);
            self.tell_ike(router, ike::Input::Start);
        }
    }

    /// Tells a router's BGP process something, and does what it wants done.
    pub(super) fn tell_bgp(&mut self, router: RouterId, input: speaker::Input<'_>) {
        self.rouse_for(router, &input);
        let now = self.now();
        let mut is_news = false;
        let mut out = core::mem::take(&mut self.routers.speaker_out);
        let Some(control) = self.routers.control.get_mut(router) else {
            return;
        };
        if let Some(bgp) = Arc::make_mut(control).bgp.as_mut()
            && bgp.process == Process::Running
        {
            let ways = Ways {
                network: &self.network,
                router,
            };
            let is_edge = self.network.behind(router).is_some();
            let told = is_edge.then(|| input.clone());
            let room = &mut self.routers.speaker_room;
            bgp.speaker.handle(now, input, &ways, room, &mut out);
            is_news = told.is_some_and(|told| hub::is_news(&told, &out));
        }
        let because = self.cause;
        let mut chain = Chain::from(because);
        for output in out.drain(..) {
            self.execute(router, output, &mut chain);
        }
        if is_news {
            self.cause = chain.route.or(chain.table);
            self.stir_behind(router);
        }
        self.cause = because;
        self.routers.speaker_out = out;
    }

    /// Opens the connection that waits for what was to be written down before: it may be refused at once.
    fn call(&mut self, router: RouterId, chain: &mut Chain) {
        if let Some((peer, because)) = chain.call.take() {
            let before = core::mem::replace(&mut self.cause, because);
            self.open_connection(router, peer);
            self.cause = before;
        }
    }

    fn execute(&mut self, router: RouterId, output: speaker::Output, chain: &mut Chain) {
        if !matches!(output, speaker::Output::Notice(..)) {
            self.call(router, chain);
        }
        match output {
            speaker::Output::Connect(peer) => {
                chain.turn_to(peer);
                chain.call = Some((peer, chain.session));
            }
            speaker::Output::Send(peer, half, octets) => {
                if wire::is_update(&octets) {
                    self.routers.updates_sent_at = Some(self.now());
                } else {
                    chain.turn_to(peer);
                    self.cause = chain.session;
                }
                self.send_octets(router, peer, half, octets);
            }
            speaker::Output::Close(peer, half, how) => {
                chain.turn_to(peer);
                self.cause = chain.session;
                self.close_connection(router, peer, half, how);
            }
            speaker::Output::Fib(prefix, forward) => self.install(router, prefix, &forward),
            speaker::Output::Touched(peer) => self.plan_wake(router, RouterTimer::Session(peer)),
            speaker::Output::TablesTouched => self.plan_wake(router, RouterTimer::Tables),
            speaker::Output::Notice(peer, notice) => self.note(router, peer, notice, chain),
        }
    }

    /// Writes down what a process tells, and what follows from it.
    fn note(&mut self, router: RouterId, peer: Option<PeerId>, notice: speaker::Notice, chain: &mut Chain) {
        let session = peer.and_then(|peer| self.session_of(router, peer));
        let place = Link::of(&notice);
        let (mut told, mut recovers) = (None, None);
        if let Some(peer) = peer {
            match &notice {
                speaker::Notice::Session(notice) => {
                    chain.turn_to(peer);
                    told = Some((peer, *notice));
                    recovers = self.recovers(router, peer).filter(|_| is_established(notice));
                }
                speaker::Notice::Notification { way, code, .. } => {
                    chain.turn_to(peer);
                    // One of two connections that is given up refuses nothing: the other goes on.
                    let refuses = *way == speaker::Way::Sent && *code != Code::COLLISION;
                    if refuses && chain.session == chain.base {
                        chain.session = self.refused_in(router, peer).or(chain.base);
                    }
                }
                speaker::Notice::Routes(_) | speaker::Notice::Repaired(_) => {}
            }
        }
        let subject = session.map_or(ResourceRef::Router(router), ResourceRef::BgpSession);
        let choice = match &notice {
            // By which paths packets go follows from the choice of the best, where that was just made.
            speaker::Notice::Routes(
                rib::Notice::WaysChanged { prefix, .. } | rib::Notice::Outdone { prefix, .. },
            ) => chain.choice_of(*prefix),
            _ => None,
        };
        let chosen = match &notice {
            speaker::Notice::Routes(rib::Notice::BestChanged { prefix, .. }) => Some(*prefix),
            _ => None,
        };
        self.cause = choice.or(chain.before(place));
        let record = self.record(subject, Happening::Bgp(Box::new(notice)));
        if let Some(choice) = choice {
            self.cause = Some(choice);
        } else {
            chain.put(place, record);
        }
        if let Some(prefix) = chosen {
            chain.choice = Some((prefix, record));
        }
        if let Some((peer, told)) = told {
            self.note_trouble((router, peer), &told, record);
            if recovers.is_some() {
                self.note_recovery(router, peer, record);
            }
        }
        if place == Link::Aside {
            self.cause = chain.table;
        }
    }

    /// Puts what BGP knows of a prefix where packets meet it.
    fn install(&mut self, router: RouterId, prefix: Ipv4Net, forward: &Forward) {
        let route = self.route_for(router, forward);
        let Some(row) = self.network.routers.get_mut(router) else {
            return;
        };
        let fib = &mut Arc::make_mut(row).fib;
        let changed = match route {
            Some(route) => {
                let other = match route.source {
                    RouteSource::Ibgp => RouteSource::Ebgp,
                    RouteSource::Connected | RouteSource::Static | RouteSource::Ebgp | RouteSource::Igp => {
                        RouteSource::Ibgp
                    }
                };
                fib.clear(prefix, other) | fib.set(prefix, route)
            }
            None => fib.clear(prefix, RouteSource::Ebgp) | fib.clear(prefix, RouteSource::Ibgp),
        };
        if changed {
            self.routes_changed(router, Some(prefix));
        }
    }

    fn route_for(&self, router: RouterId, forward: &Forward) -> Option<FibRoute<NextHop>> {
        let row = self.network.routers.get(router)?;
        match forward {
            Forward::Nowhere => None,
            Forward::Discard => Some(FibRoute {
                source: RouteSource::Ibgp,
                metric: 0,
                hops: Hops::new(),
            }),
            Forward::Via { best, others } => {
                let bgp = self.bgp_of(router)?;
                let source = match bgp.speaker.kind(best.peer) {
                    PeerKind::Ebgp => RouteSource::Ebgp,
                    PeerKind::Ibgp => RouteSource::Ibgp,
                };
                let all = core::iter::once(best).chain(others);
                let hops: Hops<NextHop> = all.filter_map(|hop| way(row, hop)).collect();
                let metric = best.metric;
                (!hops.is_empty()).then_some(FibRoute { source, metric, hops })
            }
        }
    }

    /// Ways to next hops have changed: routes lead by other interfaces now, or nowhere.
    pub(super) fn next_hops_changed(&mut self, router: RouterId) {
        self.tell_bgp(router, speaker::Input::Tables(rib::Input::NextHopsChanged));
        let Some(bgp) = self.bgp_of(router) else {
            return;
        };
        let forwards: Vec<(Ipv4Net, Forward)> = bgp.speaker.forwards().collect();
        for (prefix, forward) in forwards {
            self.install(router, prefix, &forward);
        }
    }

    pub(super) fn change_speaker(&mut self, router: RouterId, change: &SpeakerChange) {
        match change {
            SpeakerChange::Originate(origination) => {
                let input = rib::Input::Originate(origination.prefix, origination.attributes());
                self.tell_bgp(router, speaker::Input::Tables(input));
            }
            SpeakerChange::Withdraw(prefixes) => {
                let because = self.cause;
                for prefix in prefixes {
                    self.cause = because;
                    self.tell_bgp(router, speaker::Input::Tables(rib::Input::Withdraw(*prefix)));
                }
            }
            SpeakerChange::Stop => self.end_process(router, session::StopReason::ProcessEnds),
            SpeakerChange::Terminate => self.end_process(router, session::StopReason::ProcessTerminates),
            SpeakerChange::Start => self.begin_process(router),
            SpeakerChange::Freeze => self.freeze_process(router),
            SpeakerChange::Thaw => self.thaw_process(router),
        }
    }

    /// The process ends: in order, or killed so that its host closes its connections.
    pub(super) fn end_process(&mut self, router: RouterId, how: session::StopReason) {
        self.tell_bgp(router, speaker::Input::Stop(how));
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        bgp.process = Process::Stopped;
        let peers: Vec<PeerId> = (0..bgp.connections.len()).map(super::control::peer_at).collect();
        for peer in peers {
            for half in Half::BOTH {
                self.close_connection(router, peer, half, session::Closing::Fin);
            }
        }
        self.refuse_calls(router);
        self.tell_all_bfd(router, bfd::Input::Disable);
        self.forget_bgp_routes(router);
    }

    /// The process starts anew, with the configuration that it had at first.
    pub(super) fn begin_process(&mut self, router: RouterId) {
        let streams = self.streams;
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let restarts = bgp.lived == Lived::Before && bgp.speaker.preserves_forwarding();
        let mut fresh = Bgp::new(bgp.setup.clone(), streams);
        fresh.lived = Lived::Before;
        fresh.process = match bgp.setup.at_start {
            Process::Outside => Process::Outside,
            Process::Running | Process::Frozen | Process::Stopped => Process::Running,
        };
        fresh.next_port = bgp.next_port;
        fresh.aside = core::mem::take(&mut bgp.aside);
        // What the clock was going to look at, it still is.
        fresh.wakes = core::mem::take(&mut bgp.wakes);
        fresh.rib_wake = bgp.rib_wake;
        fresh.rib_agenda = core::mem::take(&mut bgp.rib_agenda);
        fresh.aside_wake = bgp.aside_wake;
        fresh.bfd_wakes = core::mem::take(&mut bgp.bfd_wakes);
        if restarts {
            fresh.speaker.declare_restarted();
        }
        *bgp = fresh;
        self.announce_anew(router);
        self.tell_bgp(router, speaker::Input::Start);
        self.tell_all_bfd(router, bfd::Input::Enable);
    }

    /// The process stops in its tracks; its host's TCP goes on.
    pub(super) fn freeze_process(&mut self, router: RouterId) {
        if let Some(bgp) = self.bgp_mut(router)
            && bgp.process == Process::Running
        {
            bgp.process = Process::Frozen;
        }
    }

    /// The process goes on: its timers have run out meanwhile, and what came waits to be read.
    pub(super) fn thaw_process(&mut self, router: RouterId) {
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        if bgp.process != Process::Frozen {
            return;
        }
        bgp.process = Process::Running;
        let n_peers = bgp.connections.len();
        self.stir_behind(router);
        for peer in (0..n_peers).map(super::control::peer_at) {
            for half in Half::BOTH {
                self.catch_up(router, peer, half);
            }
            self.tell_bgp(router, speaker::Input::Session(peer, session::Input::Wake));
            self.plan_wake(router, RouterTimer::Session(peer));
        }
        self.take_calls(router);
        self.tell_bgp(router, speaker::Input::Tables(rib::Input::Wake));
        self.plan_wake(router, RouterTimer::Tables);
    }

    /// The process reads what waits to be read, and learns how the connection ended.
    pub(super) fn catch_up(&mut self, router: RouterId, peer: PeerId, half: Half) {
        let waiting = self
            .bgp_mut(router)
            .and_then(|bgp| bgp.connection_mut(peer, half))
            .map(|it| (core::mem::take(&mut it.unread), it.ended.take()));
        let (unread, ended) = waiting.unwrap_or_default();
        for octets in unread {
            let octets = &octets[..];
            self.tell_bgp(router, speaker::Input::Octets { peer, half, octets });
        }
        if let Some(how) = ended {
            self.on_closed(router, peer, half, how);
        }
    }

    fn forget_bgp_routes(&mut self, router: RouterId) {
        let Some(row) = self.network.routers.get_mut(router) else {
            return;
        };
        let fib = &mut Arc::make_mut(row).fib;
        let prefixes: Vec<Ipv4Net> = fib.iter().map(|(prefix, _)| prefix).collect();
        let mut changed = false;
        for prefix in prefixes {
            changed |= fib.clear(prefix, RouteSource::Ebgp) | fib.clear(prefix, RouteSource::Ibgp);
        }
        if changed {
            self.routes_changed(router, None);
        }
    }

    /// The router's power is cut: nothing is said to anybody.
    pub(super) fn crash_process(&mut self, router: RouterId) {
        if let Some(bgp) = self.bgp_mut(router) {
            bgp.process = Process::Stopped;
            bgp.aside = Aside::default();
            for slots in &mut bgp.connections {
                *slots = [None, None];
            }
            bgp.bfd.fill(None);
        }
        self.tell_ike(router, ike::Input::Crash);
        self.strip_tunnels(router);
        self.forget_bgp_routes(router);
    }
}

/// How the router sends what goes to a next hop of BGP's.
fn way(row: &Router, hop: &Hop) -> Option<NextHop> {
    row.resolve(hop.address).map(|(hop, _)| hop)
}

// A stream is cloned with the world; its size is what a branch pays for each connection.
const _: () = assert!(size_of::<Stream>() <= 256);
