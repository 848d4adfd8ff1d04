//! What the lab has seen of each server and session, and what that says about its expectations.
//!
//! Noted as it happens, so that an expectation can be judged at any instant without looking back
//! through the trace.

use std::collections::BTreeMap;

use crate::kernel::RecordId;
use crate::migrate::mgn::{
    CommandKind, DataReplicationState, Exception, LifeCycleState, Notice, ReplicationError,
};
use crate::reason::Reason;
use crate::resource::{BgpSessionId, ResourceRef, SourceServerId, TunnelId};
use crate::units::{DataSize, SimTime, Span};
use crate::verdict::Refusal;

use super::conductor::Answers;
use super::names::Names;
use super::reach::Question;
use super::routing::RoutingExpected;
use super::runbook::{Expectation, Expected};

/// A stall of replication, or an error that it reported while it went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stall {
    /// When.
    pub at: SimTime,
    /// With which error.
    pub error: ReplicationError,
}

/// A time during which a server's copy was behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LagEpisode {
    /// Since when: the copy was last up to date then.
    pub started_at: SimTime,
    /// When it was up to date again, or when replication ended; none while it lags.
    pub ended_at: Option<SimTime>,
    /// The longest lag.
    pub largest: Span,
    /// The most that was written at the source and not in AWS, of what was seen when a rate changed.
    pub largest_backlog: DataSize,
}

/// An operation that the service refused for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefusedOperation {
    /// When.
    pub at: SimTime,
    /// The operation.
    pub command: CommandKind,
    /// The server.
    pub server: SourceServerId,
    /// AWS's exception.
    pub exception: Exception,
    /// Why.
    pub reason: Reason,
}

/// Post-launch actions of a server's instance that could not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailedActions {
    /// When.
    pub at: SimTime,
    /// The server.
    pub server: SourceServerId,
    /// What stopped them.
    pub stopped_by: Refusal,
}

/// What was seen of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    reached: BTreeMap<LifeCycleState, SimTime>,
    /// When its initial sync ended.
    pub synced_at: Option<SimTime>,
    /// When it was first in continuous replication.
    pub continuous_at: Option<SimTime>,
    /// Its stalls, in order.
    pub stalls: Vec<Stall>,
    /// The errors that it reported while data moved, in order.
    pub reports: Vec<Stall>,
    /// Its largest lag since it was first continuous.
    pub largest_lag: Span,
    /// The times since then during which it lagged by a minute or more, in order, and one that has just begun.
    lags: Vec<LagEpisode>,
}

/// A shorter lag is what each snapshot brings, and not worth telling: AWS has `LagDuration` by the minute, too.
const WORTH_TELLING: Span = Span::minutes(1);

impl Observed {
    /// When it first came to a life-cycle state.
    #[must_use]
    pub fn reached(&self, state: LifeCycleState) -> Option<SimTime> {
        self.reached.get(&state).copied()
    }
    /// When it lagged by a minute or more since it was first continuous, in order.
    pub fn lags(&self) -> impl Iterator<Item = &LagEpisode> {
        self.lags.iter().filter(|it| it.largest >= WORTH_TELLING)
    }
    fn on_lag(&mut self, now: SimTime, lag: Span, backlog: DataSize) {
        self.largest_lag = self.largest_lag.max(lag);
        let open = self.lags.last_mut().filter(|it| it.ended_at.is_none());
        match open {
            Some(open) if lag.is_zero() => {
                open.ended_at = Some(now);
                if open.largest < WORTH_TELLING {
                    self.lags.pop();
                }
            }
            Some(open) => {
                open.largest = open.largest.max(lag);
                open.largest_backlog = open.largest_backlog.max(backlog);
            }
            None if lag.is_zero() => {}
            None => self.lags.push(LagEpisode {
                started_at: SimTime::at(now.since_start().saturating_sub(lag)),
                ended_at: None,
                largest: lag,
                largest_backlog: backlog,
            }),
        }
    }
}

/// How an expectation stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExpectationResult {
    /// What it is called.
    pub name: String,
    /// Whether it holds at present.
    pub holds: bool,
    /// Whether it does not yet, and still may if the lab goes on.
    #[serde(skip)]
    pub may_come: bool,
    /// Why it does not, or how it came to hold, in a sentence.
    pub detail: String,
}

/// What was seen of every server.
#[derive(Debug, Clone, Default)]
pub(super) struct Observations {
    servers: BTreeMap<SourceServerId, Observed>,
    /// When each BGP session was first established.
    sessions: BTreeMap<BgpSessionId, SimTime>,
    /// When each tunnel was first up, and since when it is as it is.
    tunnels: BTreeMap<TunnelId, TunnelSeen>,
    refused: Vec<RefusedOperation>,
    failed_actions: Vec<FailedActions>,
    /// What slowed each server's data last, or stopped them.
    slowed: BTreeMap<SourceServerId, (SimTime, RecordId)>,
}

/// What was seen of a tunnel.
#[derive(Debug, Clone, Copy)]
struct TunnelSeen {
    first_up: SimTime,
    since: SimTime,
}

impl Observations {
    /// A BGP session is established.
    pub(super) fn on_established(&mut self, now: SimTime, session: BgpSessionId) {
        self.sessions.entry(session).or_insert(now);
    }
    /// When a BGP session was first established.
    pub(super) fn established(&self, session: BgpSessionId) -> Option<SimTime> {
        self.sessions.get(&session).copied()
    }
    /// A tunnel that carried nothing carries packets.
    pub(super) fn on_tunnel_up(&mut self, now: SimTime, tunnel: TunnelId) {
        let seen = self.tunnels.entry(tunnel).or_insert(TunnelSeen {
            first_up: now,
            since: now,
        });
        seen.since = now;
    }
    /// A tunnel carries nothing any more.
    pub(super) fn on_tunnel_down(&mut self, now: SimTime, tunnel: TunnelId) {
        if let Some(seen) = self.tunnels.get_mut(&tunnel) {
            seen.since = now;
        }
    }
    /// When a tunnel was first up.
    pub(super) fn tunnel_up(&self, tunnel: TunnelId) -> Option<SimTime> {
        self.tunnels.get(&tunnel).map(|seen| seen.first_up)
    }
    /// Since when a tunnel is up or down.
    pub(super) fn tunnel_since(&self, tunnel: TunnelId) -> SimTime {
        self.tunnels
            .get(&tunnel)
            .map_or(SimTime::START, |seen| seen.since)
    }
    /// What was seen of a server, where anything was.
    pub(super) fn of(&self, server: SourceServerId) -> Option<&Observed> {
        self.servers.get(&server)
    }

    /// The operations that were refused, in order.
    pub(super) fn refused(&self) -> &[RefusedOperation] {
        &self.refused
    }
    /// The post-launch actions that failed, in order.
    pub(super) fn failed_actions(&self) -> &[FailedActions] {
        &self.failed_actions
    }

    /// The migration announced something.
    pub(super) fn on_notice(&mut self, now: SimTime, subject: ResourceRef, notice: &Notice) {
        let ResourceRef::SourceServer(server) = subject else {
            return;
        };
        match notice {
            Notice::LifeCycle { to, .. } => {
                let seen = self.servers.entry(server).or_default();
                seen.reached.entry(*to).or_insert(now);
            }
            Notice::Replication { to, .. } => {
                let seen = self.servers.entry(server).or_default();
                if *to == DataReplicationState::Continuous {
                    seen.continuous_at.get_or_insert(now);
                }
            }
            Notice::InitialSyncDone { .. } => {
                let seen = self.servers.entry(server).or_default();
                seen.synced_at.get_or_insert(now);
            }
            Notice::Stalled { error, .. } => {
                let seen = self.servers.entry(server).or_default();
                seen.stalls.push(Stall {
                    at: now,
                    error: *error,
                });
            }
            Notice::ErrorReported { error, .. } => {
                let seen = self.servers.entry(server).or_default();
                seen.reports.push(Stall {
                    at: now,
                    error: *error,
                });
            }
            Notice::Refused {
                command,
                exception,
                reason,
            } => self.refused.push(RefusedOperation {
                at: now,
                command: *command,
                server,
                exception: *exception,
                reason: *reason,
            }),
            Notice::PostLaunch {
                stopped_by: Some(stopped_by),
            } => self.failed_actions.push(FailedActions {
                at: now,
                server,
                stopped_by: *stopped_by,
            }),
            Notice::Accepted(_)
            | Notice::InstallBegan(_)
            | Notice::InstallFailed { .. }
            | Notice::Installed
            | Notice::Step { .. }
            | Notice::Recovered
            | Notice::ErrorCleared { .. }
            | Notice::ReplicatorLaunched { .. }
            | Notice::ReplicatorReplaced { .. }
            | Notice::ReplicatorRemoved
            | Notice::Rate { .. }
            | Notice::RateShort { .. }
            | Notice::RateRestored { .. }
            | Notice::LagGrew { .. }
            | Notice::LagDrained { .. }
            | Notice::JobStarted { .. }
            | Notice::JobLog { .. }
            | Notice::Launch { .. }
            | Notice::PostLaunch { stopped_by: None } => {}
        }
    }

    /// Notes the record of what slows a server's data or stops them.
    pub(super) fn on_slowed(
        &mut self,
        now: SimTime,
        subject: ResourceRef,
        notice: &Notice,
        record: RecordId,
    ) {
        let slows = matches!(notice, Notice::RateShort { .. } | Notice::Stalled { .. });
        if let ResourceRef::SourceServer(server) = subject
            && slows
        {
            self.slowed.insert(server, (now, record));
        }
    }
    /// What a lag that is told now follows from, whichever timer told it: what has slowed the server's data since it began.
    pub(super) fn lags_for(&self, now: SimTime, subject: ResourceRef, notice: &Notice) -> Option<RecordId> {
        let (ResourceRef::SourceServer(server), Notice::LagGrew { lag, .. }) = (subject, notice) else {
            return None;
        };
        let &(at, record) = self.slowed.get(&server)?;
        (now.since(at) <= *lag).then_some(record)
    }

    /// Whether the lag of a server is of interest: once it was continuous.
    pub(super) fn watches_lag(&self, server: SourceServerId) -> bool {
        self.servers
            .get(&server)
            .is_some_and(|seen| seen.continuous_at.is_some())
    }
    /// The lag and the backlog of a server at either end of a stretch over which they only grow or fall.
    pub(super) fn on_lag(&mut self, now: SimTime, server: SourceServerId, lag: Span, backlog: DataSize) {
        if let Some(seen) = self.servers.get_mut(&server) {
            seen.on_lag(now, lag, backlog);
        }
    }
}

/// How something stands, or what is wrong with it.
type Verdict = Result<String, String>;

/// What an expectation is judged by.
pub(super) struct Judge<'a> {
    pub(super) now: SimTime,
    pub(super) observations: &'a Observations,
    pub(super) names: &'a Names,
    /// The lag of a server at this instant.
    pub(super) lag_now: &'a dyn Fn(SourceServerId) -> Option<Span>,
    /// The names of the steps that have not acted.
    pub(super) steps_left: Vec<&'a str>,
    /// The steps by name, with how the service answered each.
    pub(super) answers: Vec<(&'a str, Answers)>,
    /// How an expectation of routers stands.
    pub(super) routing: &'a dyn Fn(&RoutingExpected) -> Verdict,
    /// Whether somebody reaches somebody.
    pub(super) reach: &'a dyn Fn(&Question, Option<Reason>) -> Verdict,
    /// Whether what somebody sends to somebody goes a certain way.
    pub(super) way: &'a dyn Fn(&Question, &[ResourceRef]) -> Verdict,
    /// Whether a probe comes through, or was never out for as long.
    pub(super) probe: &'a dyn Fn(usize, Option<Span>) -> Verdict,
    /// Whether an outage of a probe has been as long as that.
    pub(super) was_out: &'a dyn Fn(usize, Span) -> bool,
}

impl Judge<'_> {
    pub(super) fn judge(&self, expectation: &Expectation) -> ExpectationResult {
        let verdict = match &expectation.what {
            Expected::LifeCycle { servers, state, by } => self.all(servers, |server| {
                let at = self.seen(server).and_then(|seen| seen.reached(*state));
                in_time(at, *by, state.as_str())
            }),
            Expected::InitialSync { servers, by } => self.all(servers, |server| {
                let at = self.seen(server).and_then(|seen| seen.synced_at);
                in_time(at, Some(*by), "the end of its initial sync")
            }),
            Expected::NoStall { servers, error } => self.all(servers, |server| {
                let none: &[Stall] = &[];
                let (stalls, reports) = self
                    .seen(server)
                    .map_or((none, none), |seen| (&seen.stalls, &seen.reports));
                if let Some(stall) = stalls.iter().find(|it| error.is_none_or(|e| e == it.error)) {
                    return Err(format!("stalled at {} with {}", stall.at, stall.error));
                }
                // Who names an error wants to know of it, whether data goes on moving or not.
                match reports.iter().find(|it| *error == Some(it.error)) {
                    None => Ok("did not stall".to_owned()),
                    Some(report) => Err(format!("reported {} at {}", report.error, report.at)),
                }
            }),
            Expected::LagBelow { servers, bound } => self.all(servers, |server| {
                let Some(seen) = self.seen(server).filter(|seen| seen.continuous_at.is_some()) else {
                    return Err("has not been in continuous replication".to_owned());
                };
                let now = (self.lag_now)(server).unwrap_or(Span::ZERO);
                let largest = seen.largest_lag.max(now);
                if largest < *bound {
                    Ok(format!("lagged by {largest} at most"))
                } else {
                    Err(format!("lagged by {largest}, not below {bound}"))
                }
            }),
            Expected::Routing(expected) => (self.routing)(expected),
            Expected::Reach { question, refused } => (self.reach)(question, *refused),
            Expected::Way { question, by } => (self.way)(question, by),
            Expected::Probe { place, bound } => (self.probe)(*place, *bound),
            Expected::RunbookDone => self.runbook_done(),
        };
        let name = expectation.name.clone();
        match verdict {
            Ok(detail) => ExpectationResult {
                name,
                holds: true,
                may_come: false,
                detail,
            },
            Err(detail) => ExpectationResult {
                name,
                holds: false,
                may_come: self.may_come(&expectation.what),
                detail,
            },
        }
    }

    /// Whether what does not hold at present may hold later: no time is up for it, and nothing has happened that it forbids.
    fn may_come(&self, what: &Expected) -> bool {
        let is_open = |by: Option<SimTime>| by.is_none_or(|by| self.now <= by);
        let was_in_time =
            |at: Option<SimTime>, by: Option<SimTime>| at.is_some_and(|at| by.is_none_or(|by| at <= by));
        match what {
            Expected::LifeCycle { by, .. } => is_open(*by),
            Expected::InitialSync { by, .. } => is_open(Some(*by)),
            Expected::NoStall { .. } => false,
            Expected::LagBelow { servers, bound } => servers.iter().all(|server| {
                let seen = self.seen(*server).filter(|seen| seen.continuous_at.is_some());
                let now = (self.lag_now)(*server).unwrap_or(Span::ZERO);
                seen.is_none_or(|seen| seen.largest_lag.max(now) < *bound)
            }),
            Expected::Routing(RoutingExpected::SessionEstablished { session, by }) => {
                is_open(*by) || was_in_time(self.observations.established(*session), *by)
            }
            Expected::Routing(RoutingExpected::TunnelUp { tunnel, by }) => {
                is_open(*by) || was_in_time(self.observations.tunnel_up(*tunnel), *by)
            }
            Expected::Probe { place, bound } => bound.is_none_or(|bound| !(self.was_out)(*place, bound)),
            Expected::RunbookDone => !self.steps_left.is_empty(),
            Expected::Routing(_) | Expected::Reach { .. } | Expected::Way { .. } => true,
        }
    }

    fn runbook_done(&self) -> Result<String, String> {
        match self.steps_left.as_slice() {
            [] => {}
            [first] => return Err(format!("step {first:?} has not acted")),
            [first, rest @ ..] => {
                return Err(format!("step {first:?} and {} more have not acted", rest.len()));
            }
        }
        // Where some servers took part the step was done, if not for all of them.
        let mut partly = String::new();
        for (step, answers) in &self.answers {
            let Some((exception, reason)) = answers.why else {
                continue;
            };
            let with = format!("{}: {}", exception.as_str(), reason.meaning());
            if answers.accepted == 0 {
                return Err(format!("step {step:?} was refused with {with}"));
            }
            let all = answers.accepted + answers.refused;
            partly.push_str(&format!(
                "; step {step:?} was refused for {} of {all} servers with {with}",
                answers.refused
            ));
        }
        Ok(format!("every step acted{partly}"))
    }

    fn seen(&self, server: SourceServerId) -> Option<&Observed> {
        self.observations.of(server)
    }

    /// Judges every server; the first that fails speaks for all, else the last one.
    fn all(
        &self,
        servers: &[SourceServerId],
        judge: impl Fn(SourceServerId) -> Result<String, String>,
    ) -> Result<String, String> {
        let mut last = Ok("there are no servers to look at".to_owned());
        let mut failed = servers.iter().filter_map(|&server| {
            let verdict = judge(server).map_err(|why| format!("{} {why}", self.names.of(server)));
            match verdict {
                Ok(how) => {
                    last = Ok(format!("{} {how}", self.names.of(server)));
                    None
                }
                Err(why) => Some(why),
            }
        });
        let first = failed.next();
        let more = failed.count();
        match (first, more) {
            (None, _) => last,
            (Some(why), 0) => Err(why),
            (Some(why), more) => Err(format!("{why}; {more} more like it")),
        }
    }
}

pub(super) fn in_time(at: Option<SimTime>, by: Option<SimTime>, what: &str) -> Result<String, String> {
    match (at, by) {
        (Some(at), Some(by)) if at > by => Err(format!("came to {what} at {at}, after {by}")),
        (Some(at), _) => Ok(format!("came to {what} at {at}")),
        (None, _) => Err(format!("has not come to {what}")),
    }
}
