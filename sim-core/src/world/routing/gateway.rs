//! Which router is active for each virtual gateway, and when another takes over.
//!
//! ```text
//!                 comes up                    heard nothing for its down interval,
//!        Out ───────────────▶ Backup        or is better than the active one and may preempt
//!         ▲                   │    │ ──────────────────────────────────────────▶ Active
//!         └───── goes down ───┘    ◀───────────── another one takes over ─────────│
//!         ◀────────────────────────────────── goes down ──────────────────────────┘
//! ```
//!
//! A router that hangs says nothing and hears nothing, and believes what it would believe then: that it is active, or,
//! when its down interval is over, that it has become so. Once it is awake it advertises, and of two that are active the
//! lesser yields at once, whatever it may preempt (RFC 9568 section 6.4.3).
//!
//! What is simplified is said at [`crate::site::VirtualGateway`].

use core::cmp::Reverse;

use crate::kernel::TimerId;
use crate::resource::{RouterId, RouterInterfaceId, VirtualGatewayId};
use crate::site::{Member, Preemption, VirtualGateway};
use crate::units::{SimTime, Span};

use super::super::event::Event;
use super::super::notice::Happening;
use super::super::run::World;
use super::super::terrain::Terrain;

/// Something that happened to a virtual gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GatewayChange {
    /// Its active router is gone; the others will notice, and until then nobody takes what is for the gateway.
    Silent {
        /// The interface by which the router was active.
        was: RouterInterfaceId,
    },
    /// A router has become active.
    Active {
        /// By which interface.
        interface: RouterInterfaceId,
        /// The one that was active until now, where one was.
        from: Option<RouterInterfaceId>,
    },
    /// A router that hung is awake and active again, as nobody took over meanwhile.
    Awake {
        /// By which interface.
        interface: RouterInterfaceId,
    },
}

/// What the routers of one virtual gateway know of each other.
#[derive(Debug, Clone)]
pub(in crate::world) struct Vigil {
    /// By the place of the member.
    standings: Vec<Standing>,
    /// The next that takes over, unless something comes between.
    next: Option<Planned>,
}

/// A state of RFC 9568 section 6.4, [`Standing::Out`] being Initialize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Out,
    Backup {
        /// Since when its timer runs, were it to hear nothing more.
        timer_from: SimTime,
    },
    Active {
        since: SimTime,
    },
    /// It hangs.
    Mute {
        /// From when on it believes that it is active.
        active_from: SimTime,
    },
}

/// Whether the others on the segment can hear a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    Heard,
    /// It hangs.
    Mute,
    /// It is not there.
    Down,
}

#[derive(Debug, Clone, Copy)]
struct Planned {
    at: SimTime,
    place: usize,
    timer: TimerId,
}

/// Whether a backup takes an advertisement of this priority for its better's (RFC 9568 section 6.4.2).
fn accepts(member: &Member, priority: u8) -> bool {
    priority >= member.priority || member.preemption == Preemption::Off
}

impl Vigil {
    fn active(&self) -> Option<(usize, SimTime)> {
        let mut all = self.standings.iter().enumerate();
        all.find_map(|(place, standing)| match standing {
            Standing::Active { since } => Some((place, *since)),
            Standing::Backup { .. } | Standing::Mute { .. } | Standing::Out => None,
        })
    }

    /// Who takes over next, and when.
    fn contender(&self, row: &VirtualGateway) -> Option<(SimTime, usize)> {
        let rival = self.active().and_then(|(place, _)| row.members.get(place));
        let all = self.standings.iter().zip(&row.members).enumerate();
        let contenders = all.filter_map(|(place, (standing, member))| match standing {
            Standing::Backup { timer_from } if rival.is_none_or(|rival| !accepts(member, rival.priority)) => {
                let at = *timer_from + row.down_interval(member.priority);
                Some((at, Reverse(member.rank()), place))
            }
            Standing::Backup { .. } | Standing::Active { .. } | Standing::Mute { .. } | Standing::Out => None,
        });
        contenders.min().map(|(at, _, place)| (at, place))
    }
}

impl Terrain {
    /// The elections that were over before the lab began.
    pub(in crate::world) fn elect_gateways(&mut self) {
        let ids: Vec<VirtualGatewayId> = self.network.gateways.ids().collect();
        for id in ids {
            let Some(row) = self.network.gateways.get(id) else {
                continue;
            };
            let working = row.members.iter().map(|member| self.is_up(member.interface));
            let working: Vec<bool> = working.collect();
            let able = row
                .members
                .iter()
                .enumerate()
                .filter(|(place, _)| working[*place]);
            let best = able.max_by_key(|(_, member)| member.rank());
            let best = best.map(|(place, member)| (place, member.interface));
            let standing = |(place, works): (usize, bool)| match works {
                true if best.map(|(best, _)| best) == Some(place) => Standing::Active {
                    since: SimTime::START,
                },
                true => Standing::Backup {
                    timer_from: SimTime::START,
                },
                false => Standing::Out,
            };
            let standings = working.into_iter().enumerate().map(standing).collect();
            self.routers.gateways.push(Vigil {
                standings,
                next: None,
            });
            if let Some(row) = self.network.gateways.get_mut(id) {
                row.active = best.map(|(_, interface)| interface);
            }
        }
    }

    /// A router hangs, or is awake again.
    pub(super) fn review_gateways_of(&mut self, router: RouterId) {
        let interfaces = self.network.routers.get(router).map(|row| row.interfaces.clone());
        self.review_gateways(&interfaces.unwrap_or_default());
    }

    /// Interfaces have come or gone: some of them may be gateways.
    pub(super) fn review_gateways(&mut self, changed: &[RouterInterfaceId]) {
        let touched = |row: &VirtualGateway| changed.iter().any(|id| row.member(*id).is_some());
        let all = self.network.gateways.iter();
        let ids: Vec<VirtualGatewayId> = all.filter(|(_, row)| touched(row)).map(|(id, _)| id).collect();
        let because = self.cause;
        for id in ids {
            self.cause = because;
            self.review_gateway(id);
        }
        self.cause = because;
    }

    fn review_gateway(&mut self, id: VirtualGatewayId) {
        let now = self.now();
        let (Some(row), Some(vigil)) = (self.network.gateways.get(id), self.routers.gateways.get(id)) else {
            return;
        };
        let (row, mut vigil) = (row.clone(), vigil.clone());
        let heard_at = vigil
            .active()
            .map(|(_, since)| self.last_advertisement(&row, since));
        let (mut fallen, mut woken) = (None, None);
        for (place, member) in row.members.iter().enumerate() {
            let voice = self.voice_of(member.interface);
            let Some(standing) = vigil.standings.get_mut(place) else {
                continue;
            };
            let down_interval = row.down_interval(member.priority);
            *standing = match (*standing, voice) {
                (Standing::Out, Voice::Heard) => Standing::Backup { timer_from: now },
                (Standing::Active { since }, Voice::Down | Voice::Mute) => {
                    fallen = Some((*member, since));
                    match voice {
                        Voice::Mute => Standing::Mute { active_from: now },
                        Voice::Down | Voice::Heard => Standing::Out,
                    }
                }
                (Standing::Out | Standing::Backup { .. } | Standing::Mute { .. }, Voice::Down) => {
                    Standing::Out
                }
                (Standing::Out, Voice::Mute) => Standing::Mute {
                    active_from: now + down_interval,
                },
                (Standing::Backup { timer_from }, Voice::Mute) => Standing::Mute {
                    active_from: heard_at.map_or(timer_from, |at| at.max(timer_from)) + down_interval,
                },
                (Standing::Mute { active_from }, Voice::Heard) => {
                    woken = Some((place, *member)).filter(|_| active_from <= now).or(woken);
                    Standing::Backup { timer_from: now }
                }
                (same @ (Standing::Backup { .. } | Standing::Active { .. }), Voice::Heard)
                | (same @ Standing::Mute { .. }, Voice::Mute) => same,
            };
        }
        if let Some((was, since)) = fallen {
            let heard_at = self.last_advertisement(&row, since);
            for (standing, member) in vigil.standings.iter_mut().zip(&row.members) {
                if let Standing::Backup { timer_from } = standing
                    && accepts(member, was.priority)
                {
                    *timer_from = (*timer_from).max(heard_at);
                }
            }
            let was = was.interface;
            self.set_active(id, None, GatewayChange::Silent { was });
        }
        if let Some((place, woken)) = woken {
            let rival = vigil.active().map(|(place, _)| place);
            let other = rival.and_then(|place| row.members.get(place));
            if other.is_none_or(|other| woken.rank() > other.rank()) {
                for (at, standing) in vigil.standings.iter_mut().enumerate() {
                    if at == place {
                        *standing = Standing::Active { since: now };
                    } else if Some(at) == rival {
                        *standing = Standing::Backup { timer_from: now };
                    }
                }
                let (interface, from) = (woken.interface, other.map(|it| it.interface));
                let change = match from {
                    Some(_) => GatewayChange::Active { interface, from },
                    None => GatewayChange::Awake { interface },
                };
                self.set_active(id, Some(interface), change);
            }
        }
        self.put_vigil(id, vigil);
        self.plan_take_over(id);
    }

    fn voice_of(&self, interface: RouterInterfaceId) -> Voice {
        match self.is_up(interface) {
            false => Voice::Down,
            true if self.network.owner_awake(interface).is_err() => Voice::Mute,
            true => Voice::Heard,
        }
    }

    /// When the others heard the last advertisement of a router that was active until now. One that would be due at this
    /// very instant is not sent any more.
    fn last_advertisement(&self, row: &VirtualGateway, since: SimTime) -> SimTime {
        let interval = row.advertisement_interval.as_nanos().max(1);
        let n_sent = (self.now() - since).as_nanos().saturating_sub(1) / interval;
        let delay = self
            .network
            .segments
            .get(row.segment)
            .map_or(Span::ZERO, |row| row.delay);
        since + Span::nanos(n_sent * interval) + delay
    }

    /// Sees to it that the next router takes over when its time has come.
    fn plan_take_over(&mut self, id: VirtualGatewayId) {
        let now = self.now();
        let (Some(row), Some(vigil)) = (self.network.gateways.get(id), self.routers.gateways.get(id)) else {
            return;
        };
        let wanted = vigil.contender(row).map(|(at, place)| (at.max(now), place));
        let planned = vigil.next;
        if planned.map(|it| (it.at, it.place)) == wanted {
            return;
        }
        if let Some(planned) = planned {
            self.queue.cancel(planned.timer);
        }
        let next = wanted.map(|(at, place)| Planned {
            at,
            place,
            timer: self.timer_at(at, Event::Gateway(id)),
        });
        if let Some(vigil) = self.routers.gateways.get_mut(id) {
            vigil.next = next;
        }
    }

    /// A backup has waited long enough.
    pub(in crate::world) fn on_gateway(&mut self, id: VirtualGatewayId) {
        let now = self.now();
        let Some(vigil) = self.routers.gateways.get_mut(id) else {
            return;
        };
        let Some(planned) = vigil.next.take() else { return };
        let from = vigil.active().map(|(place, _)| place);
        for (place, standing) in vigil.standings.iter_mut().enumerate() {
            if place == planned.place {
                *standing = Standing::Active { since: now };
            } else if from == Some(place) {
                // It hears the new one's first advertisement.
                *standing = Standing::Backup { timer_from: now };
            }
        }
        let Some(row) = self.network.gateways.get(id) else {
            return;
        };
        let interface_of = |place: usize| row.members.get(place).map(|member| member.interface);
        let Some(interface) = interface_of(planned.place) else {
            return;
        };
        let from = from.and_then(interface_of);
        let change = GatewayChange::Active { interface, from };
        self.set_active(id, Some(interface), change);
        self.plan_take_over(id);
    }

    fn set_active(&mut self, id: VirtualGatewayId, active: Option<RouterInterfaceId>, change: GatewayChange) {
        if let Some(row) = self.network.gateways.get_mut(id) {
            row.active = active;
        }
        self.record(id, Happening::Gateway(change));
        self.way_changed_at(id, None);
    }

    fn put_vigil(&mut self, id: VirtualGatewayId, vigil: Vigil) {
        if let Some(slot) = self.routers.gateways.get_mut(id) {
            *slot = vigil;
        }
    }
}

/// A virtual gateway, as one sees who looks from above.
#[derive(Debug, Clone, Copy)]
pub struct GatewayRead<'a> {
    /// Which one.
    pub id: VirtualGatewayId,
    /// What it is, and who is active.
    pub row: &'a VirtualGateway,
    vigil: &'a Vigil,
}

impl GatewayRead<'_> {
    /// Since when somebody is active; none while nobody is.
    #[must_use]
    pub fn active_since(&self) -> Option<SimTime> {
        self.vigil.active().map(|(_, since)| since)
    }
    /// Who takes over next and when, unless something comes between.
    #[must_use]
    pub fn next(&self) -> Option<(RouterInterfaceId, SimTime)> {
        let next = self.vigil.next?;
        Some((self.row.members.get(next.place)?.interface, next.at))
    }
    /// Whether a router waits to take over.
    #[must_use]
    pub fn is_backup(&self, interface: RouterInterfaceId) -> bool {
        let all = self.row.members.iter().zip(&self.vigil.standings);
        let mut own = all.filter(|(member, _)| member.interface == interface);
        own.any(|(_, standing)| matches!(standing, Standing::Backup { .. }))
    }
}

impl World {
    /// All virtual gateways, in the order of the lab's text.
    pub fn gateways(&self) -> impl Iterator<Item = GatewayRead<'_>> {
        let vigils = &self.terrain.routers.gateways;
        let all = self.network().gateways.iter();
        all.filter_map(|(id, row)| {
            let vigil = vigils.get(id)?;
            Some(GatewayRead { id, row, vigil })
        })
    }
}
