//! Connections that a host's TCP keeps without its process: those that the process is done with and that have something left
//! to say, and calls that it took for a process that stands still and answers nobody.
//!
//! # Source
//! RFC 9293 sections 3.6 and 3.10; `listen(2)`, for the queue of calls that are complete and not accepted.

use crate::net::tcp::{Segment, Stream, StreamOutput, StreamState};
use crate::proto::bgp::PORT;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::{self, Acceptance, Half};
use crate::proto::bgp::speaker;
use crate::resource::RouterId;
use crate::units::SimTime;

use super::super::terrain::Terrain;
use super::control::Connection;
use super::wake::RouterTimer;

/// Connections of each kind that a router keeps.
const MOST: usize = 16;

/// Whose process is done with it, or has not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// What was sent last is still to be acknowledged.
    Lingers,
    /// It was taken by the host and waits for the process.
    Waits,
}

/// A connection without a process.
#[derive(Debug, Clone)]
struct Orphan {
    peer: PeerId,
    why: Why,
    connection: Connection,
}

/// The connections of a router that its host's TCP alone looks after.
#[derive(Debug, Clone, Default)]
pub(super) struct Aside(Vec<Orphan>);

impl Aside {
    /// Takes a connection whose process is done with it; of too many the oldest is forgotten.
    pub(super) fn linger(&mut self, peer: PeerId, connection: Connection) {
        let why = Why::Lingers;
        if self.count(why) >= MOST
            && let Some(oldest) = self.0.iter().position(|it| it.why == why)
        {
            self.0.remove(oldest);
        }
        self.0.push(Orphan {
            peer,
            why,
            connection,
        });
    }
    /// When one of them wants to be woken.
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.0
            .iter()
            .filter_map(|it| it.connection.stream.next_wake())
            .min()
    }
    fn count(&self, why: Why) -> usize {
        self.0.iter().filter(|it| it.why == why).count()
    }
}

impl Terrain {
    /// Takes a call that the process will see when it goes on; where too many wait, nobody answers.
    pub(super) fn queue_call(&mut self, router: RouterId, peer: PeerId, remote_port: u16) {
        let now = self.now();
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        if bgp.aside.count(Why::Waits) >= MOST {
            return;
        }
        let mut out = Vec::new();
        let connection = Connection::new(Stream::accept(now, &mut out), PORT, remote_port);
        bgp.aside.0.push(Orphan {
            peer,
            why: Why::Waits,
            connection,
        });
        self.send_for(router, peer, (PORT, remote_port), out);
    }

    /// Whether a segment belongs to a connection that the process knows nothing of.
    pub(super) fn take_aside(
        &mut self,
        router: RouterId,
        peer: PeerId,
        ports: (u16, u16),
        segment: &Segment,
    ) -> bool {
        let found = self.bgp_of(router).and_then(|bgp| {
            let mut all = bgp.aside.0.iter();
            all.position(|it| {
                let own = (it.connection.local_port, it.connection.remote_port);
                it.peer == peer && own == ports && it.connection.ended.is_none()
            })
        });
        let Some(place) = found else {
            return false;
        };
        self.drive_aside(router, place, |stream, now, out| {
            stream.receive(now, segment.clone(), out)
        });
        true
    }

    /// What they sent last is sent again, where that is due.
    pub(super) fn wake_aside(&mut self, router: RouterId) {
        let n_orphans = self.bgp_of(router).map_or(0, |bgp| bgp.aside.0.len());
        // From the end, as some may go.
        for place in (0..n_orphans).rev() {
            self.drive_aside(router, place, Stream::wake);
        }
    }

    fn drive_aside(
        &mut self,
        router: RouterId,
        place: usize,
        act: impl FnOnce(&mut Stream, SimTime, &mut Vec<StreamOutput>),
    ) {
        let now = self.now();
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let Some(Orphan {
            peer,
            why,
            connection,
        }) = bgp.aside.0.get_mut(place)
        else {
            return;
        };
        let mut out = Vec::new();
        act(&mut connection.stream, now, &mut out);
        if *why == Why::Waits {
            for output in &out {
                match output {
                    StreamOutput::Octets(octets) => connection.unread.push(octets.clone()),
                    StreamOutput::Closed(how) => connection.ended = Some(*how),
                    StreamOutput::Up | StreamOutput::Transmit(_) => {}
                }
            }
        }
        let (peer, ports) = (*peer, (connection.local_port, connection.remote_port));
        // A call that came to nothing before anybody said a word is nothing that the process would be told of.
        let is_over = match *why {
            Why::Lingers => connection.stream.state() == StreamState::Closed,
            Why::Waits => connection.ended.is_some() && connection.unread.is_empty(),
        };
        if is_over {
            bgp.aside.0.remove(place);
        }
        self.send_for(router, peer, ports, out);
    }

    fn send_for(&mut self, router: RouterId, peer: PeerId, ports: (u16, u16), out: Vec<StreamOutput>) {
        let Some(transport) = self.transport(router, peer) else {
            return;
        };
        for output in out {
            if let StreamOutput::Transmit(segment) = output {
                self.post(router, &transport, ports, segment);
            }
        }
        self.plan_wake(router, RouterTimer::Aside);
    }

    /// The process goes on and takes the calls that waited for it, the oldest first.
    pub(super) fn take_calls(&mut self, router: RouterId) {
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let (waiting, rest) = core::mem::take(&mut bgp.aside.0)
            .into_iter()
            .partition(|it| it.why == Why::Waits);
        bgp.aside.0 = rest;
        let waiting: Vec<Orphan> = waiting;
        for Orphan { peer, connection, .. } in waiting {
            self.take_call(router, peer, connection);
        }
    }

    fn take_call(&mut self, router: RouterId, peer: PeerId, connection: Connection) {
        let ports = (connection.local_port, connection.remote_port);
        let is_open = connection.stream.state() != StreamState::SynReceived;
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        match bgp.speaker.acceptance(peer) {
            Acceptance::Refuse => {
                return self.send_for(
                    router,
                    peer,
                    ports,
                    vec![StreamOutput::Transmit(Segment::reset())],
                );
            }
            Acceptance::Take | Acceptance::Replace => {}
        }
        bgp.put(peer, Half::Incoming, Some(connection));
        if is_open {
            self.tell_bgp(router, speaker::Input::Session(peer, session::Input::Accepted));
            self.catch_up(router, peer, Half::Incoming);
        }
        self.plan_wake(router, RouterTimer::Stream(peer, Half::Incoming));
    }

    /// The process dies: its host breaks the connections that waited for it.
    pub(super) fn refuse_calls(&mut self, router: RouterId) {
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let mut broken = Vec::new();
        bgp.aside.0.retain_mut(|it| {
            if it.why == Why::Waits {
                let mut out = Vec::new();
                it.connection.stream.abort(&mut out);
                out.retain(|output| matches!(output, StreamOutput::Transmit(_)));
                broken.push((
                    it.peer,
                    (it.connection.local_port, it.connection.remote_port),
                    out,
                ));
            }
            it.why == Why::Lingers
        });
        for (peer, ports, out) in broken {
            self.send_for(router, peer, ports, out);
        }
    }
}
