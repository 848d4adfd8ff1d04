//! What a case does to its lab, and how long each step lasts.
//!
//! A step lasts as long as it did when the case was recorded: at least its `min_wait`, until the sessions that can be
//! up are and nothing new has happened for a while, at most its `max_wait`; or exactly its `wait_s`.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::{Value, json};
use sim_core::proto::bgp::Message;
use sim_core::proto::bgp::notification::Code;
use sim_core::proto::bgp::rib;
use sim_core::proto::bgp::session::State;
use sim_core::proto::bgp::speaker::Way;
use sim_core::proto::bgp::wire::{self, Decoded, Dialect, Framing};
use sim_core::resource::BgpSessionId;
use sim_core::site::{Carrier, End, LinkChange, Passage};
use sim_core::units::{SimTime, Span};
use sim_core::world::World;
use sim_core::world::lever::Lever;
use sim_core::world::routing::{Process, RoutingLever, SessionChange, SpeakerChange};

use super::answer;
use super::build::{self, Known, seconds};
use super::case::{Case, ClearMode, Direction, Event, SideName, What};
use super::policy;
use super::watch::{Notified, Watch};

/// How often it is looked whether a step is over.
const LOOK: Span = Span::millis(100);
/// How long nothing new has to happen for a step to be over, unless the case says so.
const QUIET: Span = Span::secs(2);
/// How long a step lasts at most, unless the case says so.
const LONGEST: Span = Span::secs(60);

/// How long a step lasts.
struct Lasting {
    at_least: Span,
    at_most: Span,
    quiet: Span,
    need_up: bool,
}

/// A case under way.
pub(super) struct Run<'a> {
    case: &'a Case,
    world: World,
    known: Known,
    watch: Watch,
    down: BTreeSet<String>,
    silent_links: BTreeSet<String>,
    silent_nodes: BTreeSet<String>,
    shut: BTreeSet<(String, &'static str)>,
}

impl<'a> Run<'a> {
    pub(super) fn new(case: &'a Case) -> anyhow::Result<Self> {
        let (world, known) = build::build(case)?;
        let mut shut = BTreeSet::new();
        for session in &case.sessions {
            for side in SideName::BOTH {
                if session.side(side).shutdown {
                    shut.insert((session.id.clone(), word(side)));
                }
            }
        }
        Ok(Self {
            case,
            world,
            known,
            watch: Watch::default(),
            down: BTreeSet::new(),
            silent_links: BTreeSet::new(),
            silent_nodes: BTreeSet::new(),
            shut,
        })
    }

    /// The lab begins, and goes on until it has settled.
    pub(super) fn initial(&mut self) -> Value {
        let turns = self.case.start_order.len().saturating_sub(1) as f64;
        let started = self.case.start_gap * turns;
        self.settle(&Lasting {
            at_least: seconds(started + self.case.start_min_wait),
            at_most: seconds(started) + LONGEST,
            quiet: self.quiet(None),
            need_up: true,
        });
        let mut step = json!({"step": "initial", "notifications": self.notifications()});
        step["state"] = answer::state(self.case, &self.world, &self.known);
        step
    }

    /// Something is done, and the lab goes on until it has settled.
    pub(super) fn event(&mut self, event: &Event) -> anyhow::Result<Value> {
        let began = self.world.now();
        self.watch = Watch::default();
        self.act(&event.what)?;
        match event.wait_s {
            Some(wait) => self.go_on(began + seconds(wait)),
            None => self.settle(&Lasting {
                at_least: seconds(event.min_wait),
                at_most: event
                    .max_wait
                    .map_or(LONGEST, seconds)
                    .max(seconds(event.min_wait)),
                quiet: self.quiet(event.quiet),
                need_up: event.need_up,
            }),
        }
        let last = self.last_change().filter(|&at| at > began);
        let mut step = json!({
            "step": event.id,
            "notifications": self.notifications(),
            "reconverge_s": last.map_or(0.0, |at| at.since(began).as_secs_f64()),
        });
        if event.dump {
            step["state"] = answer::state(self.case, &self.world, &self.known);
        }
        Ok(step)
    }

    /// How long nothing may happen before a step counts as over: while an advertisement is held back, it is not.
    fn quiet(&self, asked: Option<f64>) -> Span {
        let held_back = || {
            let sides = self.case.sessions.iter().flat_map(|session| {
                let of_side = |side| session.side(side).timers.or(session.timers);
                SideName::BOTH.map(|side| of_side(side).or(self.case.defaults.timers).mrai)
            });
            sides.flatten().max().unwrap_or(0)
        };
        asked
            .or(self.case.quiet)
            .map_or_else(|| QUIET + Span::secs(held_back()), seconds)
    }

    /// The last UPDATE or change of a forwarding table.
    fn last_change(&self) -> Option<SimTime> {
        self.world.updates_sent_at().max(self.world.routes_changed_at())
    }

    fn go_on(&mut self, until: SimTime) {
        while self.world.now() < until {
            let next = until.min(self.world.now() + LOOK);
            self.world.run_until(next, u64::MAX, &mut [&mut self.watch]);
            self.hear_for_the_frozen();
        }
    }

    fn settle(&mut self, lasting: &Lasting) {
        let began = self.world.now();
        loop {
            self.go_on(self.world.now() + LOOK);
            let now = self.world.now();
            let lasted = now.since(began);
            let last = self
                .last_change()
                .max(self.watch.sessions_changed_at)
                .max(Some(began));
            let is_quiet = last.is_none_or(|at| now.since(at) >= lasting.quiet);
            let is_up = !lasting.need_up || self.all_up();
            if lasted >= lasting.at_most || lasted >= lasting.at_least && is_quiet && is_up {
                return;
            }
        }
    }

    /// Whether every session is up that can be.
    fn all_up(&self) -> bool {
        let broken = |link: &String| self.down.contains(link) || self.silent_links.contains(link);
        self.case.sessions.iter().all(|session| {
            let over_broken = match &session.link {
                Some(link) => broken(link),
                None => !self.down.is_empty() || !self.silent_links.is_empty(),
            };
            let cannot = !session.expect_up
                || over_broken
                || SideName::BOTH.into_iter().any(|side| {
                    self.shut.contains(&(session.id.clone(), word(side)))
                        || !self.works(&session.side(side).node)
                });
            cannot
                || SideName::BOTH
                    .into_iter()
                    .all(|side| self.is_up(&session.id, side))
        })
    }

    fn works(&self, node: &str) -> bool {
        let router = self.known.router(node).ok();
        let process = router.and_then(|router| Some(self.world.speaker(router)?.1));
        process == Some(Process::Running) && !self.silent_nodes.contains(node)
    }

    fn is_up(&self, session: &str, side: SideName) -> bool {
        let end = self.known.end(self.case, &self.world, session, side).ok();
        let read = end.and_then(|end| self.world.bgp_session(end));
        read.and_then(|read| Some(read.speaker.session(read.row.peer)?.state())) == Some(State::Established)
    }

    /// What reaches the host of a process that is frozen was on the wire all the same.
    fn hear_for_the_frozen(&mut self) {
        let frozen = self
            .world
            .bgp_sessions()
            .filter(|(_, it)| it.process == Process::Frozen);
        let sessions: Vec<BgpSessionId> = frozen.map(|(id, _)| id).collect();
        for session in sessions {
            let codes: Vec<Code> = self
                .world
                .unread(session)
                .flat_map(|it| told(&it.octets))
                .collect();
            for code in codes {
                let at = self.world.now();
                let wraps = None;
                self.watch.notified.push(Notified {
                    at,
                    session,
                    way: Way::Received,
                    code,
                    wraps,
                });
            }
        }
    }

    /// The NOTIFICATIONs of this step, each once.
    fn notifications(&self) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for notified in &self.watch.notified {
            let Some((session, other, own)) = self.ends(notified.session) else {
                continue;
            };
            let (from, to) = match notified.way {
                Way::Received => (other, own),
                Way::Sent => (own, other),
            };
            let mut one = json!({
                "from": from, "to": to, "session": session,
                "code": notified.code.code, "subcode": notified.code.subcode,
            });
            if let Some(inner) = notified.wraps {
                one["hard_reset_wraps"] = json!([inner.code, inner.subcode]);
            }
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Value::Array(all)
    }

    /// The name of a session and of the routers across and at this end.
    fn ends(&self, end: BgpSessionId) -> Option<(&str, &str, &str)> {
        let row = self.world.bgp_session(end)?.row;
        let &(place, side) = self.known.peers.get(&row.router)?.get(row.peer.index())?;
        let session = self.case.sessions.get(place)?;
        let (own, other) = (session.side(side), session.side(side.other()));
        Some((&session.id, &other.node, &own.node))
    }

    fn pull(&mut self, lever: RoutingLever) -> anyhow::Result<()> {
        self.world.apply(&Lever::Routing(lever))?;
        Ok(())
    }

    fn act(&mut self, what: &What) -> anyhow::Result<()> {
        match what {
            What::LinkDown { link } => self.set_carrier(link, Carrier::Down),
            What::LinkUp { link } => self.set_carrier(link, Carrier::Up),
            What::LinkBlackhole { link } => {
                self.silent_links.insert(link.clone());
                self.set_passages()
            }
            What::LinkRestore { link } => {
                self.silent_links.remove(link);
                self.set_passages()
            }
            What::NodeSilent { node } => {
                self.silent_nodes.insert(node.clone());
                self.set_passages()
            }
            What::NodeRestore { node } => {
                self.silent_nodes.remove(node);
                self.set_passages()
            }
            What::SessionShutdown { session, side } => {
                self.shut.insert((session.clone(), word(*side)));
                self.set_session(session, *side, SessionChange::Shutdown)
            }
            What::SessionStart { session, side } => {
                self.shut.remove(&(session.clone(), word(*side)));
                self.set_session(session, *side, SessionChange::Start)
            }
            What::SessionClear { session, side, mode } => {
                let change = match mode {
                    ClearMode::Hard => SessionChange::Reset,
                    ClearMode::SoftIn => SessionChange::SoftIn,
                    ClearMode::SoftOut => SessionChange::SoftOut,
                };
                self.set_session(session, *side, change)
            }
            What::Announce {
                node,
                prefix,
                attributes,
            } => {
                let router = self.case.nodes.get(node);
                let router = router.with_context(|| format!("no node is called {node:?}"))?;
                for prefix in prefix.all() {
                    let change = SpeakerChange::Originate(build::origination(*prefix, attributes, router)?);
                    self.set_process(node, change)?;
                }
                Ok(())
            }
            What::Withdraw { node, prefix } => {
                self.set_process(node, SpeakerChange::Withdraw(prefix.all().to_vec()))
            }
            What::SetPolicy {
                session,
                side,
                direction,
                rules,
                default,
            } => {
                let default = rules.is_some().then_some(*default);
                let policy = policy::policy(rules.as_ref(), default, &self.case.policies)?;
                let direction = match direction {
                    Direction::Import => rib::Direction::Import,
                    Direction::Export => rib::Direction::Export,
                };
                self.set_session(session, *side, SessionChange::SetPolicy { direction, policy })
            }
            What::DaemonKill { node } => self.set_process(node, SpeakerChange::Stop),
            What::DaemonStop { node } => self.set_process(node, SpeakerChange::Terminate),
            What::DaemonStart { node } => self.set_process(node, SpeakerChange::Start),
            What::DaemonFreeze { node } => self.set_process(node, SpeakerChange::Freeze),
            What::Wait {} => Ok(()),
        }
    }

    fn set_carrier(&mut self, name: &str, carrier: Carrier) -> anyhow::Result<()> {
        match carrier {
            Carrier::Down => self.down.insert(name.to_owned()),
            Carrier::Up => self.down.remove(name),
        };
        let link = self.known.link(name)?;
        let change = LinkChange::Carrier(carrier);
        self.pull(RoutingLever::Link { link, change })
    }

    /// Brings the passages of all links to what the case has made silent.
    fn set_passages(&mut self) -> anyhow::Result<()> {
        for row in &self.case.links {
            let is_silent = self.silent_links.contains(&row.id)
                || [&row.a, &row.b]
                    .into_iter()
                    .any(|node| self.silent_nodes.contains(node));
            let passage = if is_silent {
                Passage::Blocked
            } else {
                Passage::Open
            };
            let link = self.known.link(&row.id)?;
            for from in [End::A, End::B] {
                let is_so =
                    self.world.network().links.get(link).map(|row| row.passage(from)) == Some(passage);
                if !is_so {
                    let change = LinkChange::Passage { from, passage };
                    self.pull(RoutingLever::Link { link, change })?;
                }
            }
        }
        Ok(())
    }

    fn set_session(&mut self, id: &str, side: SideName, change: SessionChange) -> anyhow::Result<()> {
        let session = self.known.end(self.case, &self.world, id, side)?;
        self.pull(RoutingLever::Session { session, change })
    }

    fn set_process(&mut self, node: &str, change: SpeakerChange) -> anyhow::Result<()> {
        let router = self.known.router(node)?;
        self.pull(RoutingLever::Speaker { router, change })
    }
}

const fn word(side: SideName) -> &'static str {
    match side {
        SideName::A => "a",
        SideName::B => "b",
    }
}

/// The NOTIFICATIONs among whole messages.
fn told(mut octets: &[u8]) -> Vec<Code> {
    let mut codes = Vec::new();
    while let Framing::Message { len } = wire::frame(octets) {
        let (message, rest) = octets.split_at(len);
        if let Ok(Decoded {
            message: Message::Notification(notification),
            ..
        }) = wire::decode(message, &Dialect::INITIAL)
        {
            codes.push(notification.code);
        }
        octets = rest;
    }
    codes
}
