//! The composition: who hands what to whom.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Streams;
use crate::units::{SimTime, Span};

use super::super::attribute::{Asn, RouterId};
use super::super::message::{Family, Message, RouteRefresh, Update};
use super::super::negotiated::{Negotiated, PeerKind};
use super::super::rib::{self, Forward, LimitAction, NextHops, PeerId, RefreshMark, Rib};
use super::super::session::{self, Acceptance, Half, Restarted, Session, StopReason};
use super::super::wire::{self, Dialect, Framing};
use super::config::{Config, Wanted};
use super::message::{Input, Notice, Output, Way};

/// How long a restarting speaker waits for its peers' routes before it selects at all (FRR's `select-defer-time`).
const SELECTION_DEFERRAL: Span = Span::secs(360);

/// A peer as the process has it.
#[derive(Debug, Clone)]
struct Peer {
    session: Session,
    dialect: Dialect,
    /// The beginning of a message that has not come whole, by connection.
    partial: [Vec<u8>; 2],
}

/// Room for what the parts want while an input is handled, empty before and after.
///
/// Lent for each input: whoever drives many speakers has one room for all, which stays at hand.
#[derive(Debug, Clone, Default)]
pub struct Room {
    session: Vec<session::Output>,
    rib: Vec<rib::Output>,
    octets: Vec<u8>,
}

/// A router's BGP process.
#[derive(Debug, Clone)]
pub struct Speaker {
    config: Arc<Config>,
    peers: Vec<Peer>,
    rib: Rib,
    /// Whether anything in the tables ever waits for the clock.
    paced: bool,
    restarted: Restarted,
}

/// What an input is handled with.
struct Call<'a, 'o> {
    now: SimTime,
    ways: &'a dyn NextHops,
    room: &'o mut Room,
    out: &'o mut Vec<Output>,
}

impl Speaker {
    /// A process that has not started. Its sessions' jitter comes from streams named `name` and the peer's address.
    #[must_use]
    pub fn new(config: Arc<Config>, streams: Streams, name: &str) -> Self {
        let mut tables = config.rib.clone();
        if tables.options.coalesce.is_none() {
            // Routers tell their peers once they have read what there is to read.
            Arc::make_mut(&mut tables).options.coalesce = Some(Span::ZERO);
        }
        let paced = config.peers.iter().any(|setup| !setup.routes.mrai.is_zero());
        // Nobody draws dice who holds nothing back.
        let dice = paced.then(|| streams.stream("bgp advertisements", name));
        let mut rib = Rib::new(tables, dice);
        let peers = config
            .peers
            .iter()
            .map(|setup| {
                rib.add_peer(setup.routes.clone());
                let owner = format!("{name}/{}", setup.session.peer_address);
                let mut dice = streams.stream("bgp", &owner);
                Peer {
                    session: Session::new(setup.session.clone(), &mut dice),
                    dialect: Dialect::INITIAL,
                    partial: [Vec::new(), Vec::new()],
                }
            })
            .collect();
        Self {
            config,
            peers,
            rib,
            paced,
            restarted: Restarted::No,
        }
    }
    /// The process says to its peers that it has restarted with its forwarding kept (RFC 4724 section 4.1).
    pub fn declare_restarted(&mut self) {
        self.restarted = Restarted::Yes;
        for peer in &mut self.peers {
            peer.session.declare(Restarted::Yes);
        }
    }
    /// Whether its peers are asked to keep its routes while it restarts.
    #[must_use]
    pub fn preserves_forwarding(&self) -> bool {
        self.peers.iter().any(|peer| {
            let capabilities = &peer.session.config().capabilities;
            let mode = capabilities.graceful_restart().map(|it| it.mode);
            mode == Some(session::GracefulRestartMode::Full)
        })
    }

    /// Shares nothing with clones from here on.
    pub fn detach(&mut self) {
        self.rib.detach();
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> RouterId {
        self.config.rib.id
    }
    /// Its tables.
    #[must_use]
    pub const fn rib(&self) -> &Rib {
        &self.rib
    }
    /// Its session with a peer.
    #[must_use]
    pub fn session(&self, peer: PeerId) -> Option<&Session> {
        Some(&self.peers.get(peer.index())?.session)
    }
    /// Its session with a peer, for those who leave out its heartbeats.
    pub fn session_mut(&mut self, peer: PeerId) -> Option<&mut Session> {
        Some(&mut self.peers.get_mut(peer.index())?.session)
    }
    /// Whether an input at `now` concerns the session with its peer alone, so that no other session is touched by it.
    #[must_use]
    pub fn keeps_to_session(&self, now: SimTime, input: &Input<'_>) -> bool {
        match input {
            Input::Session(peer, input) => self
                .session(*peer)
                .is_none_or(|session| session.keeps_to_itself(now, input)),
            Input::Octets { peer, half, octets } => self.peers.get(peer.index()).is_none_or(|peer| {
                peer.session.carrier() == Some(*half)
                    && peer.partial[*half as usize].is_empty()
                    && wire::is_keepalive(octets)
            }),
            Input::Start | Input::Stop(_) | Input::Tables(_) | Input::RemoteAs(..) | Input::Timers { .. } => {
                false
            }
        }
    }
    /// All its sessions, by peer.
    pub fn sessions(&self) -> impl Iterator<Item = (PeerId, &Session)> {
        let rows = self.peers.iter().enumerate();
        rows.map(|(place, peer)| (id_of(place), &peer.session))
    }
    /// Interior or exterior.
    #[must_use]
    pub fn kind(&self, peer: PeerId) -> PeerKind {
        self.session(peer)
            .map_or(PeerKind::Ebgp, |session| session.config().kind())
    }
    /// What becomes of a connection that a peer would open now.
    #[must_use]
    pub fn acceptance(&self, peer: PeerId) -> Acceptance {
        self.session(peer).map_or(Acceptance::Refuse, Session::acceptance)
    }
    /// When a session next wants to be woken.
    #[must_use]
    pub fn session_wake(&self, peer: PeerId) -> Option<SimTime> {
        self.session(peer)?.next_wake().map(|(at, _)| at)
    }
    /// When the tables next want to be woken.
    #[must_use]
    pub fn rib_wake(&self) -> Option<SimTime> {
        self.rib.next_wake()
    }
    /// Every instant at which the tables want to be woken, as things stand.
    pub fn rib_wakes(&self) -> impl Iterator<Item = SimTime> + '_ {
        self.rib.wakes()
    }
    /// How every prefix is forwarded, as far as BGP knows.
    pub fn forwards(&self) -> impl Iterator<Item = (Ipv4Net, Forward)> + '_ {
        self.rib
            .prefixes()
            .map(|prefix| (prefix, self.rib.forward(prefix)))
    }

    /// Takes one input at `now` and pushes what follows to `out`.
    pub fn handle(
        &mut self,
        now: SimTime,
        input: Input<'_>,
        ways: &dyn NextHops,
        room: &mut Room,
        out: &mut Vec<Output>,
    ) {
        let call = &mut Call { now, ways, room, out };
        match input {
            Input::Start => self.start(call),
            Input::Stop(reason) => {
                for place in 0..self.peers.len() {
                    self.tell_session(call, id_of(place), session::Input::Stop(reason));
                }
            }
            Input::Session(peer, input) => self.tell_session(call, peer, input),
            Input::Octets { peer, half, octets } => self.read(call, peer, half, octets),
            Input::Tables(input) => self.tell_tables(call, input),
            Input::RemoteAs(peer, asn) => self.expect_as(call, peer, asn),
            Input::Timers {
                peer,
                hold,
                keepalive,
            } => {
                if let Some(row) = self.peers.get_mut(peer.index()) {
                    let mut config = row.session.config().clone();
                    let timers = &mut config.timers;
                    timers.hold = hold.unwrap_or(timers.hold);
                    timers.keepalive = keepalive.unwrap_or(timers.keepalive);
                    row.session.reconfigure(config);
                }
            }
        }
    }

    fn expect_as(&mut self, call: &mut Call<'_, '_>, peer: PeerId, asn: Asn) {
        let Some(row) = self.peers.get_mut(peer.index()) else {
            return;
        };
        let mut config = row.session.config().clone();
        config.peer_as = asn;
        row.session.reconfigure(config);
        let change = session::Input::Stop(StopReason::ConfigurationChange);
        self.tell_session(call, peer, change);
        self.tell_session(call, peer, session::Input::Start);
    }

    fn start(&mut self, call: &mut Call<'_, '_>) {
        let config = self.config.clone();
        if self.restarted == Restarted::Yes && self.preserves_forwarding() {
            self.paced = true;
            let until = call.now + SELECTION_DEFERRAL;
            self.tell_tables(call, rib::Input::Restarting { until });
        }
        for (prefix, attributes) in &config.originate {
            self.tell_tables(call, rib::Input::Originate(*prefix, attributes.clone()));
        }
        for (place, setup) in config.peers.iter().enumerate() {
            match setup.wanted {
                Wanted::Up => self.tell_session(call, id_of(place), session::Input::Start),
                Wanted::Shutdown => {}
            }
        }
    }

    fn tell_session(&mut self, call: &mut Call<'_, '_>, id: PeerId, input: session::Input) {
        let Some(peer) = self.peers.get_mut(id.index()) else {
            return;
        };
        let mut wants = core::mem::take(&mut call.room.session);
        peer.session.handle(call.now, input, &mut wants);
        for want in wants.drain(..) {
            self.do_for_session(call, id, want);
        }
        call.room.session = wants;
        call.out.push(Output::Touched(id));
    }

    fn do_for_session(&mut self, call: &mut Call<'_, '_>, id: PeerId, want: session::Output) {
        match want {
            session::Output::Connect => call.out.push(Output::Connect(id)),
            session::Output::Send(half, message) => self.send(call, id, half, &message),
            session::Output::Close(half, how) => {
                if let Some(peer) = self.peers.get_mut(id.index()) {
                    peer.partial[half as usize].clear();
                }
                call.out.push(Output::Close(id, half, how));
            }
            session::Output::Up(_, negotiated) => self.session_up(call, id, negotiated),
            session::Output::Down(down) => {
                let routes = match down.routes {
                    session::Fate::Deleted => rib::Fate::Dropped,
                    session::Fate::Stale { .. } => rib::Fate::Kept,
                };
                if let Some(peer) = self.peers.get_mut(id.index()) {
                    peer.dialect = Dialect::INITIAL;
                }
                self.tell_tables(call, rib::Input::PeerDown { peer: id, routes });
            }
            session::Output::StaleOver(_) => self.tell_tables(call, rib::Input::StaleExpired(id)),
            session::Output::Refresh(refresh) => self.refresh(call, id, refresh),
            session::Output::Notice(notice) => {
                call.out.push(Output::Notice(Some(id), Notice::Session(notice)));
            }
        }
    }

    fn session_up(&mut self, call: &mut Call<'_, '_>, id: PeerId, negotiated: Arc<Negotiated>) {
        if let Some(peer) = self.peers.get_mut(id.index()) {
            peer.dialect = Dialect::of(&negotiated);
        }
        let subnet = self.config.peers.get(id.index()).and_then(|setup| setup.subnet);
        let input = rib::Input::PeerUp {
            peer: id,
            negotiated,
            subnet,
        };
        self.tell_tables(call, input);
    }

    fn refresh(&mut self, call: &mut Call<'_, '_>, id: PeerId, refresh: RouteRefresh) {
        if refresh.family != Family::IPV4_UNICAST {
            return;
        }
        match refresh.subtype {
            RouteRefresh::REQUEST => self.tell_tables(call, rib::Input::RefreshRequested(id)),
            RouteRefresh::BEGIN => self.tell_tables(call, rib::Input::RefreshBegun(id)),
            RouteRefresh::END => self.tell_tables(call, rib::Input::RefreshEnded(id)),
            // RFC 7313 section 5: any other is ignored.
            _ => {}
        }
    }

    fn tell_tables(&mut self, call: &mut Call<'_, '_>, input: rib::Input) {
        let mut wants = core::mem::take(&mut call.room.rib);
        self.rib.handle(call.now, input, call.ways, &mut wants);
        for want in wants.drain(..) {
            self.do_for_tables(call, want);
        }
        call.room.rib = wants;
        if self.paced || self.rib.is_gathering() {
            call.out.push(Output::TablesTouched);
        }
    }

    fn do_for_tables(&mut self, call: &mut Call<'_, '_>, want: rib::Output) {
        match want {
            rib::Output::Send(id, update) => {
                let Some(half) = self.session(id).and_then(Session::carrier) else {
                    return;
                };
                self.send(call, id, half, &Message::Update(update));
                if let Some(peer) = self.peers.get_mut(id.index()) {
                    let none = &mut Vec::new();
                    peer.session.handle(call.now, session::Input::UpdateSent, none);
                }
            }
            // OPEN does not offer RFC 7313, so no peer expects the marks.
            rib::Output::MarkRefresh(_, RefreshMark::Begin | RefreshMark::End) => {}
            rib::Output::AskRefresh(id) => self.send_refresh(call, id, RouteRefresh::REQUEST),
            rib::Output::Fib(prefix, forward) => call.out.push(Output::Fib(prefix, forward)),
            rib::Output::MaxPrefix(id, max) => {
                let restart_after = match max.action {
                    LimitAction::Warn => return,
                    LimitAction::Idle => None,
                    LimitAction::Restart(after) => Some(after),
                };
                let limit = max.limit;
                let stop = StopReason::MaxPrefixes { limit, restart_after };
                self.tell_session(call, id, session::Input::Stop(stop));
            }
            rib::Output::Notice(notice) => {
                let peer = match &notice {
                    rib::Notice::BestChanged { .. }
                    | rib::Notice::WaysChanged { .. }
                    | rib::Notice::Outdone { .. } => None,
                    rib::Notice::Refused { peer, .. }
                    | rib::Notice::Unreachable { peer, .. }
                    | rib::Notice::Lost { peer, .. }
                    | rib::Notice::NoPolicy { peer, .. }
                    | rib::Notice::Withdrawn { peer, .. }
                    | rib::Notice::LimitReached { peer, .. } => Some(*peer),
                };
                call.out.push(Output::Notice(peer, Notice::Routes(notice)));
            }
        }
    }

    fn send_refresh(&mut self, call: &mut Call<'_, '_>, id: PeerId, subtype: u8) {
        let Some(half) = self.session(id).and_then(Session::carrier) else {
            return;
        };
        let family = Family::IPV4_UNICAST;
        self.send(
            call,
            id,
            half,
            &Message::RouteRefresh(RouteRefresh { family, subtype }),
        );
    }

    fn send(&mut self, call: &mut Call<'_, '_>, id: PeerId, half: Half, message: &Message) {
        let Some(peer) = self.peers.get(id.index()) else {
            return;
        };
        let octets = &mut call.room.octets;
        octets.clear();
        wire::encode(message, &peer.dialect, octets);
        call.out.push(Output::Send(id, half, octets.as_slice().into()));
        if let Message::Notification(notification) = message {
            let notice = Notice::notification(Way::Sent, half, notification);
            call.out.push(Output::Notice(Some(id), notice));
        }
    }

    fn read(&mut self, call: &mut Call<'_, '_>, id: PeerId, half: Half, octets: &[u8]) {
        let Some(peer) = self.peers.get_mut(id.index()) else {
            return;
        };
        let partial = &mut peer.partial[half as usize];
        if partial.is_empty() {
            let left = self.read_messages(call, id, half, octets);
            if let (Some(peer), false) = (self.peers.get_mut(id.index()), left.is_empty()) {
                peer.partial[half as usize].extend_from_slice(left);
            }
        } else {
            let mut whole = core::mem::take(partial);
            whole.extend_from_slice(octets);
            let left = self.read_messages(call, id, half, &whole).len();
            whole.drain(..whole.len() - left);
            if let Some(peer) = self.peers.get_mut(id.index()) {
                peer.partial[half as usize] = whole;
            }
        }
    }

    /// Reads as many messages as there are, and hands back what is left of the octets.
    fn read_messages<'b>(
        &mut self,
        call: &mut Call<'_, '_>,
        id: PeerId,
        half: Half,
        mut octets: &'b [u8],
    ) -> &'b [u8] {
        loop {
            // Once this end has closed the connection, what still comes over it counts for nothing.
            if !self.session(id).is_some_and(|session| session.hears(half)) {
                return &[];
            }
            match wire::frame(octets) {
                Framing::NeedMore => return octets,
                Framing::Broken(notification) => {
                    self.tell_session(call, id, session::Input::Malformed(half, notification));
                    return &[];
                }
                Framing::Message { len } => {
                    let (message, rest) = octets.split_at(len);
                    self.read_message(call, id, half, message);
                    octets = rest;
                }
            }
        }
    }

    fn read_message(&mut self, call: &mut Call<'_, '_>, id: PeerId, half: Half, message: &[u8]) {
        let Some(peer) = self.peers.get(id.index()) else {
            return;
        };
        let decoded = match wire::decode(message, &peer.dialect) {
            Ok(decoded) => decoded,
            Err(notification) => {
                return self.tell_session(call, id, session::Input::Malformed(half, notification));
            }
        };
        for note in decoded.notes {
            call.out.push(Output::Notice(Some(id), Notice::Repaired(note)));
        }
        match decoded.message {
            Message::Update(update) => {
                self.take_update(call, id, half, update);
                if let Some(also) = decoded.also {
                    let (peer, update) = (id, *also);
                    self.tell_tables(call, rib::Input::Update { peer, update });
                }
            }
            Message::Notification(notification) => {
                let notice = Notice::notification(Way::Received, half, &notification);
                call.out.push(Output::Notice(Some(id), notice));
                let message = Message::Notification(notification);
                self.tell_session(call, id, session::Input::Message(half, message));
            }
            message @ (Message::Open(_) | Message::Keepalive | Message::RouteRefresh(_)) => {
                self.tell_session(call, id, session::Input::Message(half, message));
            }
        }
    }

    fn take_update(&mut self, call: &mut Call<'_, '_>, id: PeerId, half: Half, update: Update) {
        let Some(peer) = self.peers.get_mut(id.index()) else {
            return;
        };
        if peer.session.carrier() != Some(half) {
            return self.tell_session(call, id, session::Input::UpdateSeen(half));
        }
        let none = &mut Vec::new();
        peer.session
            .handle(call.now, session::Input::UpdateSeen(half), none);
        if update.is_end_of_rib() {
            self.tell_session(call, id, session::Input::EndOfRib);
            self.tell_tables(call, rib::Input::EndOfRib(id));
        } else {
            self.tell_tables(call, rib::Input::Update { peer: id, update });
        }
    }
}

fn id_of(place: usize) -> PeerId {
    PeerId::from_index(u32::try_from(place).unwrap_or(u32::MAX))
}
