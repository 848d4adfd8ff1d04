//! The two gateways of a case, step by step.

use std::sync::Arc;

use ipnet::Ipv4Net;
use serde_json::{Value, json};
use sim_core::kernel::{Id, Observer};
use sim_core::proto::ike::notice::{Notice, Summary};
use sim_core::proto::ike::proposal::Suite;
use sim_core::proto::ike::table::{ChildSaRow, IkeSaRow};
use sim_core::proto::ike::wire::Direction;
use sim_core::proto::ike::{ChildId, ChildState, ConnectionId, State, v1, v2};
use sim_core::resource::{LinkId, ResourceRef, RouterId};
use sim_core::site::{End, LinkChange, Passage};
use sim_core::units::{BitRate, Ppm, SimTime, Span};
use sim_core::world::blueprint::Blueprint;
use sim_core::world::lever::Lever;
use sim_core::world::routing::{Capture, IkeChange, IkeProcess, LinkSpec, Routing, RoutingLever};
use sim_core::world::{Happening, Record, World};

use super::case::{Case, Event, EventKind, Side};

/// What a step has seen so far.
#[derive(Default)]
struct Step {
    messages: Vec<Value>,
    errors: Vec<Value>,
    detected: Vec<(Side, f64)>,
    /// Whether a child failed to come up.
    failed: bool,
}

/// A case under way: two gateways of a lab, joined by a link.
pub(super) struct Run<'a> {
    case: &'a Case,
    world: World,
    link: LinkId,
    gateways: [RouterId; 2],
    /// Whether each gateway's process is there.
    is_on: [bool; 2],
    step_began: SimTime,
    step: Step,
}

/// Hands what is new in the trace to a step.
struct Listener<'s> {
    gateways: [RouterId; 2],
    step_began: SimTime,
    step: &'s mut Step,
}

fn secs(secs: f64) -> Span {
    Span::nanos((secs * 1e9).round() as u64)
}

/// The recorded gateways were joined by a link without delay; this is about what their handling took.
const LINK: LinkSpec = LinkSpec {
    mtu: sim_core::net::Mtu::ETHERNET,
    delay: Span::millis(1),
    jitter: Span::ZERO,
    rate: BitRate::gbps(1),
    loss: Ppm::ZERO,
};
/// The length of the prefix of the link: both gateways have addresses in 192.0.2.0/24.
const PREFIX_LEN: u8 = 24;
/// The one connection that each gateway has.
const CONNECTION: ConnectionId = Id::from_index(0);

impl<'a> Run<'a> {
    pub(super) fn new(case: &'a Case) -> anyhow::Result<Self> {
        let mut routing = Routing::default();
        let gateways = Side::BOTH.map(|_| routing.add_router(Vec::new(), Vec::new()));
        let end =
            |side: Side| anyhow::Ok((gateways[side as usize], Ipv4Net::new(side.address(), PREFIX_LEN)?));
        let link = routing.connect(end(Side::Initiator)?, end(Side::Responder)?, LINK);
        for side in Side::BOTH {
            let config = match side {
                Side::Initiator => &case.initiator,
                Side::Responder => &case.responder,
            };
            let process = IkeProcess {
                name: side.name().to_owned(),
                connections: vec![Arc::new(config.connection(side)?)],
                tunnels: Vec::new(),
            };
            routing.run_ike(gateways[side as usize], process);
        }
        let blueprint = Blueprint {
            routing,
            ..Blueprint::empty(&case.id)
        };
        let mut world = World::build(&blueprint, blueprint.seed)?;
        world.set_capture(Capture::On);
        let mut run = Self {
            case,
            world,
            link,
            gateways,
            is_on: [true; 2],
            step_began: SimTime::START,
            step: Step::default(),
        };
        if case.peer_unreachable {
            run.set_path(Passage::Blocked)?;
        }
        Ok(run)
    }

    fn pull(&mut self, lever: RoutingLever) -> anyhow::Result<()> {
        self.world.apply(&Lever::Routing(lever))?;
        Ok(())
    }

    fn change(&mut self, side: Side, change: IkeChange) -> anyhow::Result<()> {
        let router = self.gateways[side as usize];
        self.pull(RoutingLever::Ike { router, change })
    }

    fn set_path(&mut self, passage: Passage) -> anyhow::Result<()> {
        let link = self.link;
        for from in [End::A, End::B] {
            let change = LinkChange::Passage { from, passage };
            self.pull(RoutingLever::Link { link, change })?;
        }
        Ok(())
    }

    /// Lets time pass until `end`, or until `done` says so.
    fn run_until(&mut self, end: SimTime, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            let mut listener = Listener {
                gateways: self.gateways,
                step_began: self.step_began,
                step: &mut self.step,
            };
            let happened = self.world.step_event(end, &mut [&mut listener]);
            if !happened {
                self.world.run_until(end, u64::MAX, &mut [&mut listener]);
                return;
            }
        }
    }

    fn has_child(&self, name: &str) -> bool {
        self.rows(Side::Initiator).iter().any(|sa| {
            let mut children = sa.children.iter();
            children.any(|child| &*child.name == name && child.state == ChildState::Installed)
        })
    }

    fn rows(&self, side: Side) -> Vec<IkeSaRow> {
        let daemon = self.world.ike(self.gateways[side as usize]);
        let daemon = daemon.filter(|_| self.is_on[side as usize]);
        daemon.map_or(Vec::new(), |daemon| daemon.ike_sas(self.world.now()).collect())
    }

    fn child_named(&self, side: Side, name: &str) -> Option<ChildId> {
        let daemon = self.world.ike(self.gateways[side as usize])?;
        daemon.connection(CONNECTION)?.child_named(name)
    }

    fn begin_step(&mut self) {
        self.step_began = self.world.now();
        self.step = Step::default();
    }

    fn initiate(&mut self, side: Side, child: &str, timeout: f64) -> anyhow::Result<()> {
        if let Some(id) = self.child_named(side, child) {
            let (connection, child_id) = (CONNECTION, id);
            self.change(
                side,
                IkeChange::Initiate {
                    connection,
                    child: child_id,
                },
            )?;
            let end = self.world.now() + secs(timeout);
            self.run_until(end, |run| run.has_child(child) || run.step.failed);
        }
        Ok(())
    }

    pub(super) fn first(&mut self) -> anyhow::Result<Value> {
        self.begin_step();
        self.initiate(Side::Initiator, "net", self.case.timeout)?;
        self.wait(self.case.wait_s);
        let mut step = self.end_step("initiate");
        step["outcome"] = self.outcome();
        Ok(step)
    }

    fn wait(&mut self, wait: f64) {
        let end = self.world.now() + secs(wait);
        self.run_until(end, |_| false);
    }

    pub(super) fn event(&mut self, event: &Event) -> anyhow::Result<Value> {
        self.begin_step();
        let connection = CONNECTION;
        let side = event.side;
        match (event.kind, self.child_named(side, &event.child)) {
            (EventKind::Initiate, _) => self.initiate(side, &event.child, event.timeout)?,
            (EventKind::RekeyChild, Some(child)) => {
                self.change(side, IkeChange::RekeyChild { connection, child })?;
            }
            (EventKind::TerminateChild, Some(child)) => {
                self.change(side, IkeChange::TerminateChild { connection, child })?;
            }
            (EventKind::RekeyIke, _) => self.change(side, IkeChange::Rekey { connection })?,
            (EventKind::TerminateIke, _) => self.change(side, IkeChange::Terminate { connection })?,
            (EventKind::PeerSilent, _) => self.set_path(Passage::Blocked)?,
            (EventKind::PeerBack, _) => self.set_path(Passage::Open)?,
            (EventKind::ResponderKill, _) => self.switch(Side::Responder, false)?,
            (EventKind::ResponderRestart, _) => self.switch(Side::Responder, true)?,
            (EventKind::Wait, _) | (EventKind::RekeyChild | EventKind::TerminateChild, None) => {}
        }
        self.wait(event.wait_s);
        Ok(self.end_step(&event.id))
    }

    /// Ends a gateway's process, or starts it.
    fn switch(&mut self, side: Side, on: bool) -> anyhow::Result<()> {
        self.is_on[side as usize] = on;
        self.change(side, if on { IkeChange::Start } else { IkeChange::Crash })
    }

    fn end_step(&mut self, name: &str) -> Value {
        let step = core::mem::take(&mut self.step);
        let detected: serde_json::Map<_, _> = step
            .detected
            .iter()
            .map(|(side, after)| (side.name().to_owned(), json!(after)))
            .collect();
        let sas: serde_json::Map<_, _> = Side::BOTH
            .iter()
            .map(|side| {
                let rows: Vec<_> = self.rows(*side).iter().map(sa_view).collect();
                (side.name().to_owned(), json!(rows))
            })
            .collect();
        json!({"step": name, "messages": step.messages, "errors": step.errors, "detect_s": detected, "sas": sas})
    }

    fn outcome(&self) -> Value {
        let rows = self.rows(Side::Initiator);
        let up = rows.iter().find(|row| state_name(row.state) == "ESTABLISHED");
        let child = rows
            .iter()
            .flat_map(|row| &row.children)
            .find(|child| &*child.name == "net" && child.state == ChildState::Installed);
        let mut outcome = json!({
            "ike_sa": if up.is_some() { "ESTABLISHED" } else { "FAILED" },
            "child_sa": if child.is_some() { "INSTALLED" } else { "NONE" },
        });
        if let Some(suite) = up.and_then(|row| row.suite) {
            outcome["ike_selected"] = suite_view(suite);
        }
        if let Some(child) = child {
            outcome["child_selected"] = suite_view(child.suite);
            outcome["local_ts"] = texts(&child.local);
            outcome["remote_ts"] = texts(&child.remote);
        }
        outcome
    }
}

impl Observer<ResourceRef, Happening> for Listener<'_> {
    fn record(&mut self, record: &Record) {
        let side = Side::BOTH
            .into_iter()
            .find(|side| record.subject == self.gateways[*side as usize].into());
        let Some(side) = side else {
            return;
        };
        match &record.what {
            Happening::IkeSent(summary) => self.step.message(side, summary),
            Happening::Ike(notice) => match **notice {
                Notice::PeerDead { .. } if self.step.detected.iter().all(|(other, _)| *other != side) => {
                    let after = record.at.since(self.step_began).as_secs_f64();
                    self.step.detected.push((side, after));
                }
                Notice::ChildFailed { .. } | Notice::IkeDown { .. } if side == Side::Initiator => {
                    self.step.failed = true;
                }
                _ => {}
            },
            _ => {}
        }
    }
}

impl Step {
    /// A message was sent.
    fn message(&mut self, side: Side, summary: &Summary) {
        if summary.repetition > 0 {
            let again = json!({"from": side.name(), "retransmit": summary.repetition});
            self.messages.push(again);
            return;
        }
        let exchange = summary.exchange.to_string();
        let notifies: Vec<_> = summary.notifies.iter().map(ToString::to_string).collect();
        let payloads = summary.payloads.iter();
        let payloads: Vec<_> = payloads.filter(|name| !["V", "NAT-D"].contains(name)).collect();
        let mut message = json!({"from": side.name(), "exchange": exchange, "payloads": payloads});
        if let Some(direction) = summary.direction {
            message["kind"] = json!(match direction {
                Direction::Request => "request",
                Direction::Response => "response",
            });
            message["id"] = json!(summary.message_id);
        }
        if !notifies.is_empty() {
            message["notify"] = json!(notifies);
        }
        self.messages.push(message);
        for notify in summary.notifies.iter().filter(|notify| notify.is_error()) {
            let error = json!({"from": side.name(), "exchange": exchange, "notify": notify.to_string()});
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }
}

fn texts<T: ToString>(list: &[T]) -> Value {
    json!(list.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn suite_view(suite: Suite) -> Value {
    let mut view = json!({"encr": suite.encryption.to_string()});
    if let Some(integrity) = suite.integrity {
        view["integ"] = json!(integrity.to_string());
    }
    if let Some(prf) = suite.prf {
        view["prf"] = json!(prf.to_string());
    }
    if let Some(group) = suite.group {
        view["dh"] = json!(group.to_string());
        view["dh_group"] = json!(group.number());
    }
    view
}

fn state_name(state: State) -> &'static str {
    match state {
        State::V1(v1::State::Established) | State::V2(v2::State::Established) => "ESTABLISHED",
        State::V1(v1::State::Rekeyed) | State::V2(v2::State::Rekeying) => "REKEYING",
        State::V2(v2::State::Rekeyed) => "REKEYED",
        State::V2(v2::State::Deleting) => "DELETING",
        State::V1(_) | State::V2(_) => "CONNECTING",
    }
}

fn sa_view(row: &IkeSaRow) -> Value {
    json!({
        "state": state_name(row.state),
        "version": row.version.to_string(),
        "local_id": row.local_id.to_string(),
        "remote_id": row.remote_id.to_string(),
        "selected": row.suite.map(suite_view),
        "children": row.children.iter().map(child_view).collect::<Vec<_>>(),
    })
}

fn child_view(child: &ChildSaRow) -> Value {
    json!({
        "name": &*child.name,
        "state": match child.state {
            ChildState::Installed => "INSTALLED",
            ChildState::Rekeying => "REKEYING",
            ChildState::Rekeyed => "REKEYED",
            ChildState::Deleting => "DELETING",
        },
        "local_ts": texts(&child.local),
        "remote_ts": texts(&child.remote),
        "selected": suite_view(child.suite),
    })
}
