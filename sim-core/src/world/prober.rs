//! Probes: connections that a host opens again and again, to see for how long it cannot.
//!
//! # Fidelity
//! A probe opens a TCP connection and closes it as soon as it stands, as health checks and `tcping` do; one with a size
//! first sends as much as fills a packet of it, as far as the connection's MSS lets it, and is answered alike. Its packets go
//! hop by hop like all others, and its name is looked up as that of any call. One is out at a time: where the last one
//! waits beyond the instant at which the next is due, the next is left out. A host without power sends none. An outage lasts from when the
//! first one was sent that failed until the first was sent that came through again, so it is measured in whole intervals.

use std::sync::Arc;

use crate::migrate::ground::{Call, CallFailed, CallOutcome, Remote, Request};
use crate::net::Mtu;
use crate::resource::HostId;
use crate::site::Power;
use crate::units::{Distribution, SimTime, Span};

use super::call::Software;
use super::event::{Event, Owner};
use super::notice::Happening;
use super::run::World;
use super::terrain::Terrain;

/// A probe as a lab begins with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProbePlan {
    /// What it is called.
    pub name: Arc<str>,
    /// The host that sends it.
    pub from: HostId,
    /// Whom it tries to reach.
    pub to: Remote,
    /// What the lab calls that.
    pub to_name: Arc<str>,
    /// The TCP port.
    pub port: u16,
    /// From one to the next.
    pub every: Span,
    /// How long each waits for the connection.
    pub timeout: Span,
    /// How large the packets are that it sends once it is connected, and those that answer; none sends none.
    pub size: Option<Mtu>,
    /// When the first is sent.
    pub first_at: SimTime,
}

/// What the lab saw of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeSeen {
    /// How many were sent.
    pub n_sent: u64,
    /// How many came through.
    pub n_answered: u64,
    /// How many outages there were, with the one that lasts.
    pub n_outages: u32,
    /// How long the longest outage took that is over.
    pub longest: Span,
    /// How long the last one that came through took.
    pub answered_in: Option<Span>,
    /// Since when none has come through, and why the first did not.
    pub lost: Option<(SimTime, CallFailed)>,
    /// When the one was sent that is out.
    out_since: Option<SimTime>,
    /// When one was last left out because another was still out.
    left_out_at: Option<SimTime>,
}

impl ProbeSeen {
    /// How many came through, of those that are not still out.
    #[must_use]
    pub fn counted(&self) -> String {
        let n_over = self.n_sent - u64::from(self.out_since.is_some());
        format!("{} of {n_over} came through", self.n_answered)
    }

    /// How long the longest outage is, with the one that lasts at `now`.
    #[must_use]
    pub fn longest_at(&self, now: SimTime) -> Span {
        let present = self.lost.map_or(Span::ZERO, |(since, _)| now.since(since));
        self.longest.max(present)
    }
}

/// What a probe measured: shared by branches until one of them goes on with it.
#[derive(Debug, Clone, Default)]
pub struct ProbeFigures {
    /// From the call to the connection.
    pub round_trips: Distribution,
    /// Outages that are over.
    pub outages: Distribution,
}

/// The probes of a lab.
#[derive(Debug, Clone, Default)]
pub(super) struct Probers {
    plans: Arc<Vec<ProbePlan>>,
    seen: Vec<ProbeSeen>,
    figures: Vec<Arc<ProbeFigures>>,
}

impl Probers {
    pub(super) fn new(plans: &[ProbePlan]) -> Self {
        Self {
            plans: Arc::new(plans.to_vec()),
            seen: vec![ProbeSeen::default(); plans.len()],
            figures: vec![Arc::default(); plans.len()],
        }
    }
}

impl Terrain {
    /// Each probe begins when it is due.
    pub(super) fn plan_probes(&mut self) {
        let plans = self.probers.plans.clone();
        for (place, plan) in plans.iter().enumerate() {
            self.at(plan.first_at, Event::Probe(place));
        }
    }

    /// A probe is due.
    pub(super) fn on_probe_due(&mut self, place: usize) {
        let Some(every) = self.probers.plans.get(place).map(|plan| plan.every) else {
            return;
        };
        // Nothing brings the next one about but the clock.
        self.cause = None;
        self.after(every, Event::Probe(place));
        self.send_probe(place);
    }

    /// Sends a probe, unless the last one is still out.
    fn send_probe(&mut self, place: usize) {
        let now = self.now();
        let plans = self.probers.plans.clone();
        let (Some(plan), Some(seen)) = (plans.get(place), self.probers.seen.get_mut(place)) else {
            return;
        };
        if self.network.hosts.get(plan.from).map(|host| host.power) != Some(Power::On) {
            return;
        }
        if seen.out_since.is_some() {
            seen.left_out_at = Some(now);
            return;
        }
        seen.out_since = Some(now);
        seen.n_sent += 1;
        let call = Call {
            from: plan.from,
            to: plan.to.clone(),
            port: plan.port,
            request: plan.size.map_or(Request::Connect, Request::Echo),
            connect_timeout: plan.timeout,
        };
        self.start_call(Owner::Prober(place), Software::Ordinary, call);
    }

    /// A probe came through, or did not.
    pub(super) fn on_probed(&mut self, place: usize, outcome: CallOutcome) {
        let plans = self.probers.plans.clone();
        let (Some(plan), Some(seen)) = (plans.get(place), self.probers.seen.get_mut(place)) else {
            return;
        };
        let Some(sent_at) = seen.out_since.take() else {
            return;
        };
        let (name, to) = (plan.name.clone(), plan.to_name.clone());
        if let (Ok(done), Some(figures)) = (&outcome, self.probers.figures.get_mut(place)) {
            let figures = Arc::make_mut(figures);
            figures.round_trips.add(done.elapsed);
            if let Some((since, _)) = seen.lost {
                figures.outages.add(sent_at.since(since));
            }
        }
        let news = match (outcome, seen.lost) {
            (Ok(done), lost) => {
                seen.n_answered += 1;
                seen.answered_in = Some(done.elapsed);
                seen.lost = None;
                lost.map(|(since, _)| {
                    let lost_for = sent_at.since(since);
                    seen.longest = seen.longest.max(lost_for);
                    Happening::ProbeAnswered { name, to, lost_for }
                })
            }
            (Err(failed), None) => {
                seen.n_outages += 1;
                seen.lost = Some((sent_at, failed));
                let since = sent_at;
                Some(Happening::ProbeLost {
                    name,
                    to,
                    since,
                    failed,
                })
            }
            (Err(_), Some(_)) => None,
        };
        // It was given up at the very instant at which the next was due.
        let is_due = seen.left_out_at.take() == Some(self.queue.now());
        if let Some(news) = news {
            self.record(plan.from, news);
        }
        if is_due {
            self.cause = None;
            self.send_probe(place);
        }
    }
}

impl World {
    /// The probes of the lab and what was seen of them, in the order of its text.
    pub fn probes(&self) -> impl Iterator<Item = (&ProbePlan, &ProbeSeen)> {
        let probers = &self.terrain.probers;
        probers.plans.iter().zip(&probers.seen)
    }

    /// What each probe measured, in the same order.
    pub fn probe_figures(&self) -> impl Iterator<Item = &ProbeFigures> {
        self.terrain.probers.figures.iter().map(|figures| &**figures)
    }

    /// How it stands that a probe comes through, or that no outage of it was as long as `bound`.
    pub(super) fn judge_probe(&self, place: usize, bound: Option<Span>) -> Result<String, String> {
        let probers = &self.terrain.probers;
        let (Some(plan), Some(seen)) = (probers.plans.get(place), probers.seen.get(place)) else {
            return Err("there is no such probe".to_owned());
        };
        let name = &plan.name;
        let counted = seen.counted();
        if seen.n_answered == 0 {
            return Err(format!("{name}: {counted}"));
        }
        let Some(bound) = bound else {
            return match seen.lost {
                None => Ok(format!("{name}: {counted}")),
                Some((since, failed)) => {
                    let reason = failed.stopped_by.map_or(failed.symptom, |by| by.reason);
                    Err(format!("{name}: none has come through since {since}: {reason}"))
                }
            };
        };
        let longest = seen.longest_at(self.now());
        match longest < bound {
            true if longest.is_zero() => Ok(format!("{name}: no outage, {counted}")),
            true => Ok(format!("{name}: the longest outage took {longest}, {counted}")),
            false => Err(format!(
                "{name}: the longest outage took {longest}, not less than {bound}"
            )),
        }
    }
}
