//! When a router's machines are looked at again.
//!
//! Each machine has one instant at which the clock is going to look at it. A machine that wants an earlier one gets
//! it; one that wants a later one is looked at too early, does nothing, and says when to come again. So a hold timer
//! that every message pushes back costs nothing per message. What follows from a timer follows from what set it, which
//! need not be what the clock was told last.

use std::sync::Arc;

use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::{self, Half, State};
use crate::proto::bgp::{rib, speaker};
use crate::proto::{bfd, ike};
use crate::resource::RouterId;
use crate::units::SimTime;

use super::super::event::Event;
use super::super::terrain::Terrain;
use super::agenda::{Agenda, Due};
use super::control::{Bgp, Control, Process, place_of};
use super::elision::Voice;

/// Which machine of a router is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum RouterTimer {
    /// A session's timers.
    Session(PeerId),
    /// A connection's.
    Stream(PeerId, Half),
    /// Those of connections without a process.
    Aside,
    /// The tables'.
    Tables,
    /// That of the BFD session beside a BGP session.
    Bfd(PeerId),
    /// The IKE of the router.
    Ike,
}

impl Bgp {
    fn slot(&mut self, timer: RouterTimer) -> Option<&mut Option<SimTime>> {
        match timer {
            RouterTimer::Session(peer) => Some(&mut self.wakes.get_mut(peer.index())?.session),
            RouterTimer::Stream(peer, half) => {
                Some(&mut self.wakes.get_mut(peer.index())?.streams[place_of(half)])
            }
            RouterTimer::Aside => Some(&mut self.aside_wake),
            RouterTimer::Tables => Some(&mut self.rib_wake),
            RouterTimer::Bfd(peer) => self.bfd_wakes.get_mut(peer.index()),
            RouterTimer::Ike => None,
        }
    }
    fn planned(&self, timer: RouterTimer) -> Option<SimTime> {
        match timer {
            RouterTimer::Session(peer) => self.wakes.get(peer.index())?.session,
            RouterTimer::Stream(peer, half) => self.wakes.get(peer.index())?.streams[place_of(half)],
            RouterTimer::Aside => self.aside_wake,
            RouterTimer::Tables => self.rib_wake,
            RouterTimer::Bfd(peer) => *self.bfd_wakes.get(peer.index())?,
            RouterTimer::Ike => None,
        }
    }
    fn wanted(&self, timer: RouterTimer) -> Option<SimTime> {
        match timer {
            RouterTimer::Session(peer) => self.speaker.session_wake(peer),
            RouterTimer::Stream(peer, half) => self.connection(peer, half)?.stream.next_wake(),
            RouterTimer::Aside => self.aside.next_wake(),
            RouterTimer::Tables => self.speaker.rib_wake(),
            RouterTimer::Bfd(peer) => self.bfd(peer)?.next_wake().map(|(at, _)| at),
            RouterTimer::Ike => None,
        }
    }
}

impl Control {
    /// What a machine's timers follow from, where somebody may ask.
    fn due(&self, timer: RouterTimer) -> Option<Due> {
        match timer {
            RouterTimer::Ike => Some(Due::Each(self.ike.as_ref()?.daemon.due().collect())),
            RouterTimer::Tables => Some(Due::Each(self.bgp.as_ref()?.speaker.rib_wakes().collect())),
            RouterTimer::Session(peer) => {
                let session = self.bgp.as_ref()?.speaker.session(peer)?;
                if session.state() == State::Established {
                    return Some(Due::Standing);
                }
                let next = session.next_wake();
                Some(Due::Each(next.map(|(at, _)| at).into_iter().collect()))
            }
            RouterTimer::Stream(..) | RouterTimer::Aside | RouterTimer::Bfd(_) => None,
        }
    }
    /// Who set a machine's timers. A connection's repeat what was sent, and BFD's are heartbeats: nobody asks.
    fn agenda(&self, timer: RouterTimer) -> Option<&Agenda> {
        match timer {
            RouterTimer::Ike => Some(&self.ike.as_ref()?.agenda),
            RouterTimer::Tables => Some(&self.bgp.as_ref()?.rib_agenda),
            RouterTimer::Session(peer) => Some(&self.bgp.as_ref()?.wakes.get(peer.index())?.session_agenda),
            RouterTimer::Stream(..) | RouterTimer::Aside | RouterTimer::Bfd(_) => None,
        }
    }
    fn agenda_mut(&mut self, timer: RouterTimer) -> Option<&mut Agenda> {
        match timer {
            RouterTimer::Ike => Some(&mut self.ike.as_mut()?.agenda),
            RouterTimer::Tables => Some(&mut self.bgp.as_mut()?.rib_agenda),
            RouterTimer::Session(peer) => {
                let wakes = self.bgp.as_mut()?.wakes.get_mut(peer.index())?;
                Some(&mut wakes.session_agenda)
            }
            RouterTimer::Stream(..) | RouterTimer::Aside | RouterTimer::Bfd(_) => None,
        }
    }
    fn slot(&mut self, timer: RouterTimer) -> Option<&mut Option<SimTime>> {
        match timer {
            RouterTimer::Ike => Some(&mut self.ike.as_mut()?.wake),
            RouterTimer::Session(_)
            | RouterTimer::Stream(..)
            | RouterTimer::Aside
            | RouterTimer::Tables
            | RouterTimer::Bfd(_) => self.bgp.as_mut()?.slot(timer),
        }
    }
    /// When the clock is going to look at a machine.
    fn planned(&self, timer: RouterTimer) -> Option<SimTime> {
        match timer {
            RouterTimer::Ike => self.ike.as_ref()?.wake,
            RouterTimer::Session(_)
            | RouterTimer::Stream(..)
            | RouterTimer::Aside
            | RouterTimer::Tables
            | RouterTimer::Bfd(_) => self.bgp.as_ref()?.planned(timer),
        }
    }
    fn wanted(&self, timer: RouterTimer) -> Option<SimTime> {
        match timer {
            RouterTimer::Ike => self.ike.as_ref()?.daemon.next_wake(),
            RouterTimer::Session(_)
            | RouterTimer::Stream(..)
            | RouterTimer::Aside
            | RouterTimer::Tables
            | RouterTimer::Bfd(_) => self.bgp.as_ref()?.wanted(timer),
        }
    }
}

impl Terrain {
    fn control_mut(&mut self, router: RouterId) -> Option<&mut Control> {
        self.routers.control.get_mut(router).map(Arc::make_mut)
    }

    /// Sees to it that a machine is looked at when it wants to be.
    pub(super) fn plan_wake(&mut self, router: RouterId, timer: RouterTimer) {
        let now = self.now();
        self.note_deadlines(router, timer);
        let Some(control) = self.routers.control.get(router) else {
            return;
        };
        let Some(at) = control.wanted(timer).map(|at| at.max(now)) else {
            return;
        };
        // Mostly nothing has to be planned, and what runs on the router need not be this branch's own for that.
        if control.planned(timer).is_some_and(|planned| planned <= at) {
            return;
        }
        if let Some(slot) = self.control_mut(router).and_then(|control| control.slot(timer)) {
            *slot = Some(at);
            self.at(at, Event::Router(router, timer));
        }
    }

    /// What a machine wants to be looked at for since it was last asked follows from the present cause.
    pub(super) fn note_deadlines(&mut self, router: RouterId, timer: RouterTimer) {
        let Some(control) = self.routers.control.get(router) else {
            return;
        };
        let cause = self.cause;
        if let (Some(agenda), Some(wanted)) = (control.agenda(timer), control.due(timer))
            && !agenda.is(&wanted)
            && let Some(agenda) = self.control_mut(router).and_then(|it| it.agenda_mut(timer))
        {
            agenda.note(&wanted, cause);
        }
    }

    /// A machine is looked at; then it may have come to rest.
    pub(in crate::world) fn on_router_timer(&mut self, router: RouterId, timer: RouterTimer) {
        self.look_at_due(router, timer);
        match timer {
            RouterTimer::Stream(peer, _) => self.try_to_elide(router, peer, Voice::Bgp),
            RouterTimer::Ike => self.try_to_watch(router),
            RouterTimer::Session(_) | RouterTimer::Aside | RouterTimer::Tables | RouterTimer::Bfd(_) => {}
        }
    }

    /// The clock looks at a machine.
    pub(super) fn look_at_due(&mut self, router: RouterId, timer: RouterTimer) {
        match timer {
            RouterTimer::Ike => self.look_at_gateways(router),
            RouterTimer::Session(_)
            | RouterTimer::Stream(..)
            | RouterTimer::Aside
            | RouterTimer::Tables
            | RouterTimer::Bfd(_) => self.look_at_machine(router, timer),
        }
    }

    fn is_idle(&self, router: RouterId, peer: PeerId) -> bool {
        let session = self.bgp_of(router).and_then(|bgp| bgp.speaker.session(peer));
        session.is_some_and(|session| session.state() == State::Idle)
    }

    /// A machine is looked at.
    pub(super) fn look_at_machine(&mut self, router: RouterId, timer: RouterTimer) {
        let now = self.now();
        let Some(control) = self.control_mut(router) else {
            return;
        };
        let process = control.bgp.as_ref().map_or(Process::Stopped, |bgp| bgp.process);
        match control.slot(timer) {
            // An earlier look was asked for since, and has been taken.
            Some(slot) if *slot == Some(now) => *slot = None,
            Some(_) | None => return,
        }
        let agenda = control.agenda_mut(timer);
        if let Some(set_by) = agenda.and_then(|agenda| agenda.take(now)) {
            self.cause = set_by;
        }
        if self.sleeps(router, timer) {
            return;
        }
        match (timer, process) {
            (RouterTimer::Stream(peer, half), _) => self.wake_connection(router, peer, half),
            (RouterTimer::Aside, _) => self.wake_aside(router),
            (RouterTimer::Bfd(peer), _) => {
                self.blame_silence(router, peer);
                self.tell_bfd(router, peer, bfd::Input::Wake);
            }
            (RouterTimer::Ike, _) => self.tell_ike(router, ike::Input::Wake),
            (
                RouterTimer::Session(_) | RouterTimer::Tables,
                Process::Frozen | Process::Outside | Process::Stopped,
            ) => return,
            (RouterTimer::Session(peer), Process::Running) => {
                // A session in Idle listens to nobody: its rest is over, and that follows from what it rested for.
                if !self.is_idle(router, peer) {
                    self.blame_silence(router, peer);
                }
                self.tell_bgp(router, speaker::Input::Session(peer, session::Input::Wake));
            }
            (RouterTimer::Tables, Process::Running) => {
                self.tell_bgp(router, speaker::Input::Tables(rib::Input::Wake));
            }
        }
        self.plan_wake(router, timer);
    }
}
