//! The two gateways of a case, step by step.

use std::sync::Arc;

use serde_json::{Value, json};
use sim_core::kernel::{Id, Streams};
use sim_core::proto::ike::notice::Notice;
use sim_core::proto::ike::proposal::Suite;
use sim_core::proto::ike::table::{ChildSaRow, IkeSaRow};
use sim_core::proto::ike::wire::Direction;
use sim_core::proto::ike::{ChildState, Daemon, Input, Output, State, v1, v2};
use sim_core::units::{SimTime, Span};

use super::carrier::{Carrier, Path};
use super::case::{Case, Event, EventKind, Side};

/// One side: its daemon, unless it is switched off.
struct Gateway {
    daemon: Option<Daemon>,
    /// How often it was switched on, so that no two lives have the same dice.
    lives: u32,
}

/// What a step has seen so far.
#[derive(Default)]
struct Step {
    messages: Vec<Value>,
    errors: Vec<Value>,
    detected: Vec<(Side, f64)>,
    /// Whether a child failed to come up.
    failed: bool,
}

/// A case under way.
pub(super) struct Run<'a, C> {
    case: &'a Case,
    carrier: C,
    gateways: [Gateway; 2],
    now: SimTime,
    step_began: SimTime,
    step: Step,
}

fn secs(secs: f64) -> Span {
    Span::nanos((secs * 1e9).round() as u64)
}

impl<'a, C: Carrier> Run<'a, C> {
    pub(super) fn new(case: &'a Case, carrier: C) -> anyhow::Result<Self> {
        let mut run = Self {
            case,
            carrier,
            gateways: [const {
                Gateway {
                    daemon: None,
                    lives: 0,
                }
            }; 2],
            now: SimTime::START,
            step_began: SimTime::START,
            step: Step::default(),
        };
        if case.peer_unreachable {
            run.carrier.set_path(run.now, Path::Silent);
        }
        // The one that is asked is there before the other asks.
        run.switch_on(Side::Responder)?;
        run.switch_on(Side::Initiator)?;
        Ok(run)
    }

    fn switch_on(&mut self, side: Side) -> anyhow::Result<()> {
        let config = match side {
            Side::Initiator => &self.case.initiator,
            Side::Responder => &self.case.responder,
        };
        let gateway = &mut self.gateways[side as usize];
        gateway.lives += 1;
        let owner = format!("{} {}", side.name(), gateway.lives);
        let dice = Streams::new(1).stream("ike", &owner);
        gateway.daemon = Some(Daemon::new(vec![Arc::new(config.connection(side)?)], dice));
        self.feed(side, Input::Start);
        Ok(())
    }

    fn feed(&mut self, side: Side, input: Input<'_>) {
        let Some(daemon) = &mut self.gateways[side as usize].daemon else {
            return;
        };
        let mut out = Vec::new();
        daemon.handle(self.now, input, &mut out);
        for output in out {
            self.take(side, output);
        }
    }

    fn take(&mut self, side: Side, output: Output) {
        match output {
            Output::Send(datagram) => {
                let summary = &datagram.summary;
                if summary.repetition > 0 {
                    self.step
                        .messages
                        .push(json!({"from": side.name(), "retransmit": summary.repetition}));
                } else {
                    let exchange = summary.exchange.to_string();
                    let notifies: Vec<_> = summary.notifies.iter().map(ToString::to_string).collect();
                    let payloads: Vec<_> = summary
                        .payloads
                        .iter()
                        .filter(|name| !["V", "NAT-D"].contains(name))
                        .collect();
                    let mut message =
                        json!({"from": side.name(), "exchange": exchange, "payloads": payloads});
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
                    self.step.messages.push(message);
                    for notify in summary.notifies.iter().filter(|notify| notify.is_error()) {
                        let error =
                            json!({"from": side.name(), "exchange": exchange, "notify": notify.to_string()});
                        if !self.step.errors.contains(&error) {
                            self.step.errors.push(error);
                        }
                    }
                }
                self.carrier.send(self.now, side, &datagram);
            }
            Output::Notice { notice, .. } => match notice {
                Notice::PeerDead { .. } if self.step.detected.iter().all(|(other, _)| *other != side) => {
                    let after = self.now.since(self.step_began).as_secs_f64();
                    self.step.detected.push((side, after));
                }
                Notice::ChildFailed { .. } | Notice::IkeDown { .. } if side == Side::Initiator => {
                    self.step.failed = true;
                }
                _ => {}
            },
            Output::ChildInstalled(_) | Output::ChildRemoved { .. } => {}
        }
    }

    /// Lets time pass until `end`, or until `done` says so.
    fn run_until(&mut self, end: SimTime, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            let wakes = self
                .gateways
                .iter()
                .filter_map(|gateway| gateway.daemon.as_ref()?.next_wake());
            let next = wakes.chain(self.carrier.next_arrival()).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            if let Some(arrival) = self.carrier.arrive(self.now) {
                self.feed(
                    arrival.at,
                    Input::Datagram {
                        local: arrival.local,
                        remote: arrival.remote,
                        octets: &arrival.octets,
                    },
                );
                continue;
            }
            for side in Side::BOTH {
                self.feed(side, Input::Wake);
            }
        }
    }

    fn has_child(&self, name: &str) -> bool {
        self.rows(Side::Initiator).iter().any(|sa| {
            sa.children
                .iter()
                .any(|child| &*child.name == name && child.state == ChildState::Installed)
        })
    }

    fn rows(&self, side: Side) -> Vec<IkeSaRow> {
        let daemon = self.gateways[side as usize].daemon.as_ref();
        daemon.map_or(Vec::new(), |daemon| daemon.ike_sas(self.now).collect())
    }

    fn begin_step(&mut self) {
        self.step_began = self.now;
        self.step = Step::default();
    }

    fn initiate(&mut self, side: Side, child: &str, timeout: f64) {
        let connection = Id::from_index(0);
        let id = self.gateways[side as usize]
            .daemon
            .as_ref()
            .and_then(|daemon| daemon.connection(connection)?.child_named(child));
        if let Some(id) = id {
            self.feed(
                side,
                Input::Initiate {
                    connection,
                    child: id,
                },
            );
            let end = self.now + secs(timeout);
            self.run_until(end, |run| run.has_child(child) || run.step.failed);
        }
    }

    pub(super) fn first(&mut self) -> Value {
        self.begin_step();
        self.initiate(Side::Initiator, "net", self.case.timeout);
        self.wait(self.case.wait_s);
        let mut step = self.end_step("initiate");
        step["outcome"] = self.outcome();
        step
    }

    fn wait(&mut self, wait: f64) {
        let end = self.now + secs(wait);
        self.run_until(end, |_| false);
    }

    pub(super) fn event(&mut self, event: &Event) -> anyhow::Result<Value> {
        self.begin_step();
        let connection = Id::from_index(0);
        let side = event.side;
        let child = self.gateways[side as usize]
            .daemon
            .as_ref()
            .and_then(|daemon| daemon.connection(connection)?.child_named(&event.child));
        match (event.kind, child) {
            (EventKind::Initiate, _) => self.initiate(side, &event.child, event.timeout),
            (EventKind::RekeyChild, Some(child)) => self.feed(side, Input::RekeyChild { connection, child }),
            (EventKind::TerminateChild, Some(child)) => {
                self.feed(side, Input::TerminateChild { connection, child })
            }
            (EventKind::RekeyIke, _) => self.feed(side, Input::Rekey { connection }),
            (EventKind::TerminateIke, _) => self.feed(side, Input::Terminate { connection }),
            (EventKind::PeerSilent, _) => self.carrier.set_path(self.now, Path::Silent),
            (EventKind::PeerBack, _) => self.carrier.set_path(self.now, Path::Open),
            (EventKind::ResponderKill, _) => self.gateways[Side::Responder as usize].daemon = None,
            (EventKind::ResponderRestart, _) => self.switch_on(Side::Responder)?,
            (EventKind::Wait, _) | (EventKind::RekeyChild | EventKind::TerminateChild, None) => {}
        }
        self.wait(event.wait_s);
        Ok(self.end_step(&event.id))
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
