//! One gateway's IKE: it takes what comes in and finds the SA that it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::config::{Action, ChildId, Connection, ConnectionId};
use super::crowd::Crowd;
use super::notice::{Notice, Output, Reason};
use super::sa::{ChildState, ChildTask, IkeSa, NatState, SaId, Task, Version};
use super::wire::{Direction, ExchangeType, Header};
use crate::kernel::{Dice, Id};
use crate::units::SimTime;

/// What a daemon can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input<'a> {
    /// The gateway starts: children with a start action come up or wait for traffic.
    Start,
    /// A UDP datagram came in. On port 4500 it begins with the non-ESP marker.
    Datagram {
        /// Where it came to.
        local: SocketAddrV4,
        /// Where it came from.
        remote: SocketAddrV4,
        /// What is in it.
        octets: &'a [u8],
    },
    /// Bring a child up, and the IKE SA under it.
    Initiate {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// Close every IKE SA of a connection.
    Terminate {
        /// Which.
        connection: ConnectionId,
    },
    /// Close a child.
    TerminateChild {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// Give the IKE SAs of a connection new keys.
    Rekey {
        /// Which.
        connection: ConnectionId,
    },
    /// Build the IKE SAs of a connection anew, with authentication.
    Reauthenticate {
        /// Which.
        connection: ConnectionId,
    },
    /// Give a child new keys.
    RekeyChild {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
    },
    /// A packet is to go out for which no CHILD_SA is there.
    Packet {
        /// From where.
        source: Ipv4Addr,
        /// To where.
        destination: Ipv4Addr,
        /// By which IP protocol.
        protocol: u8,
    },
    /// A packet came in through a CHILD_SA, which shows that the peer lives.
    Traffic {
        /// The SPI by which it came.
        spi_in: u32,
    },
    /// A connection is configured otherwise from now on. SAs that are up go on as they are until they are next
    /// negotiated; only whether and when a silent peer is asked counts at once.
    Configure {
        /// Which.
        connection: ConnectionId,
        /// How.
        config: Arc<Connection>,
    },
    /// The process dies: all is forgotten, nobody is told, and nothing is answered until [`Input::Start`].
    Crash,
    /// Time has passed.
    Wake,
}

/// The last thing that went wrong with a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Failure {
    pub(super) at: SimTime,
    pub(super) notice: Notice,
}

/// What is to become of an SA after it was dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It lives on.
    Keep,
    /// It is over.
    Close(Reason),
}

/// One gateway's IKE. Plain data; a clone goes on by itself in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daemon {
    pub(super) is_running: bool,
    pub(super) connections: Vec<Arc<Connection>>,
    pub(super) sas: BTreeMap<SaId, Arc<IkeSa>>,
    pub(super) traps: BTreeSet<(ConnectionId, ChildId)>,
    pub(super) failures: BTreeMap<ConnectionId, Failure>,
    pub(super) crowd: Crowd,
    pub(super) dice: Dice,
    pub(super) next_sa: u32,
    pub(super) next_child: u32,
}

impl Daemon {
    /// A gateway with these connections, at rest until [`Input::Start`] or anything else but a crash.
    #[must_use]
    pub fn new(connections: Vec<Arc<Connection>>, dice: Dice) -> Self {
        Self {
            is_running: true,
            connections,
            sas: BTreeMap::new(),
            traps: BTreeSet::new(),
            failures: BTreeMap::new(),
            crowd: Crowd::default(),
            dice,
            next_sa: 0,
            next_child: 0,
        }
    }

    /// The connection of that name.
    #[must_use]
    pub fn connection_named(&self, name: &str) -> Option<ConnectionId> {
        let index = self
            .connections
            .iter()
            .position(|connection| &*connection.name == name)?;
        Some(Id::from_index(index as u32))
    }

    /// A connection's configuration.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> Option<&Arc<Connection>> {
        self.connections.get(id.index())
    }

    /// Whether the process runs.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.is_running
    }

    /// When this daemon next wants [`Input::Wake`]. Waking it sooner does nothing.
    #[must_use]
    pub fn next_wake(&self) -> Option<SimTime> {
        self.sas.values().filter_map(|sa| sa.next_wake()).min()
    }

    /// When what was settled at a negotiation is due: new keys, new proofs and ends of life.
    pub fn due(&self) -> impl Iterator<Item = SimTime> + '_ {
        self.sas.values().flat_map(|sa| sa.due())
    }

    /// Feeds one input at `now`. What is to be done goes to `out`.
    pub fn handle(&mut self, now: SimTime, input: Input<'_>, out: &mut Vec<Output>) {
        if !self.is_running && input != Input::Start {
            return;
        }
        match input {
            Input::Start => {
                self.is_running = true;
                self.start(now, out);
            }
            Input::Datagram {
                local,
                remote,
                octets,
            } => self.on_datagram(now, (local, remote), octets, out),
            Input::Initiate { connection, child } => self.initiate(now, connection, child, out),
            Input::Terminate { connection } => {
                self.each_sa(now, connection, out, |daemon, now, sa, out| {
                    daemon.delete(now, sa, Reason::Command, out)
                });
            }
            Input::TerminateChild { connection, child } => {
                self.each_sa(now, connection, out, |daemon, now, sa, out| {
                    daemon.terminate_child(now, sa, child, out)
                });
            }
            Input::Rekey { connection } => {
                self.each_sa(now, connection, out, |daemon, now, sa, out| {
                    daemon.begin_rekey(now, sa, out)
                });
            }
            Input::Reauthenticate { connection } => {
                self.each_sa(now, connection, out, |daemon, now, sa, out| {
                    daemon.begin_reauth(now, sa, out)
                });
            }
            Input::RekeyChild { connection, child } => {
                self.each_sa(now, connection, out, |daemon, now, sa, out| {
                    let ids: Vec<_> = sa
                        .installed(child)
                        .filter(|child| child.state == ChildState::Installed)
                        .map(|child| child.id)
                        .collect();
                    for id in ids {
                        daemon.queue_child_rekey(sa, id);
                    }
                    daemon.run_queue(now, sa, out)
                });
            }
            Input::Packet {
                source,
                destination,
                protocol,
            } => self.on_packet(now, (source, destination, protocol), out),
            Input::Traffic { spi_in } => self.on_traffic(now, spi_in),
            Input::Configure { connection, config } => self.configure(now, connection, config),
            Input::Crash => {
                self.sas.clear();
                self.traps.clear();
                self.crowd = Crowd::default();
                self.is_running = false;
            }
            Input::Wake => self.on_wake(now, out),
        }
    }

    fn configure(&mut self, now: SimTime, connection: ConnectionId, config: Arc<Connection>) {
        let delay = config.dpd_delay;
        let Some(slot) = self.connections.get_mut(connection.index()) else {
            return;
        };
        *slot = config;
        for sa in self.sas.values_mut().filter(|sa| sa.connection == connection) {
            if sa.is_established() {
                let sa = Arc::make_mut(sa);
                sa.liveness.restart(now, delay);
            }
        }
    }

    fn start(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let wanted: Vec<_> = (0u32..)
            .zip(&self.connections)
            .flat_map(|(index, connection)| {
                let children = (0u32..).zip(&connection.children);
                let actions = children.map(move |(child, config)| {
                    (Id::from_index(index), Id::from_index(child), config.start_action)
                });
                actions.collect::<Vec<_>>()
            })
            .collect();
        for (connection, child, action) in wanted {
            self.act(now, (connection, child), action, out);
        }
    }

    /// Does what an action asks for.
    pub(super) fn act(
        &mut self,
        now: SimTime,
        (connection, child): (ConnectionId, ChildId),
        action: Action,
        out: &mut Vec<Output>,
    ) {
        match action {
            Action::Clear => {}
            Action::Trap => {
                self.traps.insert((connection, child));
                self.tell(out, Some(connection), Notice::TrapInstalled { connection, child });
            }
            Action::Start => self.initiate(now, connection, child, out),
        }
    }

    /// Runs `deed` on every IKE SA of a connection.
    fn each_sa(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        out: &mut Vec<Output>,
        deed: impl Fn(&mut Self, SimTime, &mut IkeSa, &mut Vec<Output>) -> Fate,
    ) {
        let ids: Vec<_> = self
            .sas
            .values()
            .filter(|sa| sa.connection == connection)
            .map(|sa| sa.id)
            .collect();
        for id in ids {
            self.with_sa(now, id, out, |daemon, sa, out| deed(daemon, now, sa, out));
        }
    }

    /// Takes an SA out, lets `deed` work on it, and puts it back or closes it.
    pub(super) fn with_sa(
        &mut self,
        now: SimTime,
        id: SaId,
        out: &mut Vec<Output>,
        deed: impl FnOnce(&mut Self, &mut IkeSa, &mut Vec<Output>) -> Fate,
    ) {
        let Some(sa) = self.sas.remove(&id) else {
            return;
        };
        let mut sa = Arc::unwrap_or_clone(sa);
        match deed(self, &mut sa, out) {
            Fate::Keep => {
                self.sas.insert(id, Arc::new(sa));
            }
            Fate::Close(reason) => self.close(now, sa, reason, out),
        }
    }

    /// Brings a child up: on the SA that is there, or on a new one.
    pub(super) fn initiate(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        child: ChildId,
        out: &mut Vec<Output>,
    ) {
        let Some(config) = self.connection(connection).cloned() else {
            return;
        };
        if config.child(child).is_none() {
            return;
        }
        let usable = |sa: &&Arc<IkeSa>| {
            let ours = sa.is_connecting() && sa.role == super::wire::Sender::Initiator;
            sa.connection == connection && (sa.is_established() || ours)
        };
        let task = Task::Child(ChildTask {
            child,
            rekeys: None,
            group: None,
        });
        if let Some(id) = self.sas.values().rev().find(usable).map(|sa| sa.id) {
            self.with_sa(now, id, out, |daemon, sa, out| {
                let wanted = |task: &Task| matches!(task, Task::Child(other) if other.child == child && other.rekeys.is_none());
                let under_way = sa.queue.iter().any(wanted)
                    || sa.pending.as_ref().is_some_and(|pending| wanted(&pending.task));
                if !under_way && sa.installed(child).next().is_none() {
                    sa.queue.push_back(task);
                }
                daemon.run_queue(now, sa, out)
            });
            return;
        }
        self.initiate_anew(now, connection, vec![task], out);
    }

    /// Begins an IKE SA with what is to be done on it.
    pub(super) fn initiate_anew(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        tasks: Vec<Task>,
        out: &mut Vec<Output>,
    ) {
        let Some(config) = self.connection(connection).cloned() else {
            return;
        };
        let Some(remote) = config.remote else {
            return;
        };
        let version = if config.speaks(Version::V2) {
            Version::V2
        } else {
            Version::V1
        };
        let addresses = (
            SocketAddrV4::new(config.local, super::PORT),
            SocketAddrV4::new(remote, super::PORT),
        );
        let mut sa = self.new_sa(now, connection, version, addresses);
        sa.queue.extend(tasks);
        let id = sa.id;
        let fate = match version {
            Version::V1 => self.v1_begin(now, &mut sa, out),
            Version::V2 => self.v2_begin(now, &mut sa, out),
        };
        match fate {
            Fate::Keep => {
                self.sas.insert(id, Arc::new(sa));
            }
            Fate::Close(reason) => self.close(now, sa, reason, out),
        }
    }

    fn on_packet(
        &mut self,
        now: SimTime,
        (source, destination, protocol): (Ipv4Addr, Ipv4Addr, u8),
        out: &mut Vec<Output>,
    ) {
        let wanted = self.traps.iter().copied().find(|(connection, child)| {
            let config = self
                .connection(*connection)
                .and_then(|connection| connection.child(*child));
            config.is_some_and(|config| {
                let on = |list: &[super::selector::Selector], address| {
                    list.iter()
                        .any(|selector| selector.matches(address, protocol, selector.ports.from))
                };
                on(&config.local, source) && on(&config.remote, destination)
            })
        });
        if let Some((connection, child)) = wanted {
            self.initiate(now, connection, child, out);
        }
    }

    /// The SA under whose children packets come in by this SPI.
    #[must_use]
    pub fn sa_that_takes(&self, spi_in: u32) -> Option<SaId> {
        self.holder(spi_in).map(|(sa, _)| sa)
    }

    /// The same, and since when it has done so.
    #[must_use]
    pub fn holder(&self, spi_in: u32) -> Option<(SaId, SimTime)> {
        self.sas.values().find_map(|sa| {
            let child = sa.children.iter().find(|child| child.spi_in == spi_in)?;
            Some((sa.id, child.held_since))
        })
    }

    /// Something came, which may become known after the CHILD_SA has gone over to another IKE SA.
    fn on_traffic(&mut self, now: SimTime, spi_in: u32) {
        let holder = self.holder(spi_in).filter(|(_, since)| *since <= now);
        if let Some(sa) = holder.and_then(|(id, _)| self.sas.get_mut(&id)) {
            Arc::make_mut(sa).liveness.hear(now);
        }
    }

    /// Where the peer of a connection is to be sent to that is behind translation, or pretends so.
    #[must_use]
    pub fn translated_peer(&self, connection: ConnectionId) -> Option<SocketAddrV4> {
        let mut newest = self.sas.values().rev();
        let found = newest.find(|sa| {
            sa.connection == connection && sa.nat == NatState::Encapsulated && sa.is_established()
        });
        found.map(|sa| sa.remote)
    }

    /// RFC 7296 section 2.23: what comes in by a CHILD_SA shows where its peer is at present, as authentic messages do.
    pub fn follow(&mut self, spi_in: u32, remote: SocketAddrV4) {
        let sa = self.sa_that_takes(spi_in).and_then(|id| self.sas.get_mut(&id));
        if let Some(sa) = sa.filter(|sa| sa.nat == NatState::Encapsulated && sa.remote != remote) {
            Arc::make_mut(sa).remote = remote;
        }
    }

    /// Announces something.
    pub(super) fn tell(&self, out: &mut Vec<Output>, connection: Option<ConnectionId>, notice: Notice) {
        out.push(Output::Notice { connection, notice });
    }

    /// Announces a failure, and keeps it for those who ask later.
    pub(super) fn fail(
        &mut self,
        now: SimTime,
        out: &mut Vec<Output>,
        connection: ConnectionId,
        notice: Notice,
    ) {
        self.failures.insert(
            connection,
            Failure {
                at: now,
                notice: notice.clone(),
            },
        );
        self.tell(out, Some(connection), notice);
    }

    /// Gives an SA something to do as soon as it can.
    pub(super) fn run_queue(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        match sa.version() {
            Version::V1 => self.v1_run_queue(now, sa, out),
            Version::V2 => self.v2_run_queue(now, sa, out),
        }
    }

    pub(super) fn delete(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        reason: Reason,
        out: &mut Vec<Output>,
    ) -> Fate {
        match sa.version() {
            Version::V1 => self.v1_delete(now, sa, reason, out),
            Version::V2 => self.v2_delete(now, sa, reason, out),
        }
    }

    fn terminate_child(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        child: ChildId,
        out: &mut Vec<Output>,
    ) -> Fate {
        let wanted = |state| match state {
            ChildState::Installed | ChildState::Rekeying => true,
            // In IKEv1 what was replaced stays until its life ends, and goes with the rest.
            ChildState::Rekeyed => sa.version() == Version::V1,
            ChildState::Deleting => false,
        };
        let closing = sa
            .children
            .iter()
            .filter(|sa| sa.child == child && wanted(sa.state));
        let ids: Vec<_> = closing.map(|child| child.id).collect();
        sa.queue
            .extend(ids.into_iter().map(|id| Task::DeleteChild(id, Reason::Command)));
        self.run_queue(now, sa, out)
    }

    pub(super) fn begin_rekey(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        match sa.version() {
            // IKEv1 cannot do it without authentication.
            Version::V1 => self.v1_reauth(now, sa, out),
            Version::V2 => {
                sa.queue.push_back(Task::Rekey(None));
                self.v2_run_queue(now, sa, out)
            }
        }
    }

    pub(super) fn begin_reauth(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        match sa.version() {
            Version::V1 => self.v1_reauth(now, sa, out),
            Version::V2 => self.v2_delete(now, sa, Reason::Reauthentication, out),
        }
    }

    /// Queues the replacement of a child.
    pub(super) fn queue_child_rekey(&mut self, sa: &mut IkeSa, id: super::ChildSaId) {
        let Some(child) = sa.child_mut(id) else {
            return;
        };
        if child.state != ChildState::Installed {
            return;
        }
        child.state = ChildState::Rekeying;
        child.rekey_at = None;
        let child = child.child;
        sa.queue.push_back(Task::Child(ChildTask {
            child,
            rekeys: Some(id),
            group: None,
        }));
    }
}

/// What a message of an IKEv2 exchange says in the clear.
pub(super) fn v2_header(sa: &IkeSa, exchange: ExchangeType, message_id: u32, direction: Direction) -> Header {
    Header {
        spi_i: sa.spi_i,
        spi_r: sa.spi_r,
        version: super::wire::VERSION_2,
        exchange,
        flags: Header::v2_flags(sa.role, direction),
        message_id,
    }
}
