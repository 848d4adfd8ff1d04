//! Probes: connections that a host opens again and again, to see for how long it cannot.
//!
//! # Fidelity
//! A probe opens a TCP connection and closes it as soon as it stands, as health checks and `tcping` do; one with a size
//! first sends as much as fills a packet of it, as far as the connection's MSS lets it, and is answered alike. Its packets go
//! hop by hop like all others, and its name is looked up as that of any call. One is out at a time: where the last one
//! waits beyond the instant at which the next is due, the next is left out. A host without power sends none.
//!
//! # Outages
//! Between two probes nobody would know when a way was cut. So whenever the tables change, the way that a probe to an
//! address would take is looked at, and an outage lasts from the instant at which it is cut to the instant at which it is
//! whole again, exactly, whether or not a probe was out: packets that are under way at the first of them are lost, too, and
//! are not counted. Where several ways are used at once, it is cut while any of sixteen connections in a row would
//! take one that is. What no table shows is seen by the probes alone and measured in whole intervals, from when the first
//! was sent that failed until the first was sent that came through: chance losses, packets that are too large, and
//! everything about a probe to a name, whose outage begins when nobody remembers the name any more. What cut it is known
//! from the tables all the same.

use core::cmp::Reverse;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::RecordId;
use crate::migrate::ground::{Call, CallFailed, CallOutcome, Remote, Request, Stage};
use crate::net::{Mtu, Protocol};
use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::{HostId, LinkId};
use crate::site::Power;
use crate::units::{Distribution, SimTime, Span};
use crate::verdict::Refusal;

use super::call::Software;
use super::event::{Event, Owner};
use super::network::{self, Header, LinkRef, Listening, Place, Recipient, Tracking};
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
    /// Whether the way is cut, as far as it is looked at.
    way: Way,
    /// Of a probe to a name, whether the name or the way to where it leads is cut by the tables, whoever remembers it.
    named: Way,
    /// What cut that last.
    cut_by: Option<RecordId>,
    /// How the way stood between two disturbances of this instant.
    between: Between,
    /// When the one was sent that is out.
    out_since: Option<SimTime>,
    /// When one was last left out because another was still out.
    left_out_at: Option<SimTime>,
}

/// How the way of a probe stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    /// A new connection gets through.
    #[default]
    Whole,
    /// None does.
    Cut,
    /// One does again, since this instant.
    WholeSince(SimTime),
}

impl Way {
    /// Whether it was cut at any time since `since`.
    fn was_cut(self, since: SimTime) -> bool {
        match self {
            Self::Whole => false,
            Self::Cut => true,
            Self::WholeSince(at) => at >= since,
        }
    }
}

/// How a way stood between two disturbances of one instant, and what made it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Between {
    /// Nobody has looked.
    #[default]
    Unseen,
    /// A new connection got through.
    Whole(Option<RecordId>),
    /// None did.
    Cut(Option<RecordId>),
}

impl Between {
    /// What made the way as it is in the end, where it was so already and has not been otherwise since.
    fn made_by(self, is_cut: bool, otherwise: Option<RecordId>) -> Option<RecordId> {
        match (self, is_cut) {
            (Self::Cut(because), true) | (Self::Whole(because), false) => because,
            (Self::Unseen | Self::Whole(_), true) | (Self::Unseen | Self::Cut(_), false) => otherwise,
        }
    }
    /// The way is looked at once more.
    fn then(self, is_cut: bool, because: Option<RecordId>) -> Self {
        let because = self.made_by(is_cut, because);
        match is_cut {
            true => Self::Cut(because),
            false => Self::Whole(because),
        }
    }
}

/// How many connections in a row are looked at where a way forks.
const N_PORTS: u16 = 16;

impl ProbeSeen {
    /// How many came through, of those that are not still out.
    #[must_use]
    pub fn counted(&self) -> String {
        let n_over = self.n_sent - u64::from(self.out_since.is_some());
        format!("{} of {n_over} came through", self.n_answered)
    }

    /// An outage begins.
    fn begin(&mut self, since: SimTime, failed: CallFailed, (name, to): (Arc<str>, Arc<str>)) -> Happening {
        self.n_outages += 1;
        self.lost = Some((since, failed));
        Happening::ProbeLost {
            name,
            to,
            since,
            failed,
        }
    }
    /// The outage is over.
    fn end(&mut self, lost_for: Span, (name, to): (Arc<str>, Arc<str>)) -> Happening {
        self.lost = None;
        self.longest = self.longest.max(lost_for);
        Happening::ProbeAnswered { name, to, lost_for }
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
    /// The tables have changed in this instant.
    is_stale: bool,
    /// They have since the ways were last looked at.
    stale: Option<Stale>,
}

/// Tables that have changed.
#[derive(Debug, Clone, Copy)]
struct Stale {
    /// What changed them first.
    because: Option<RecordId>,
}

impl Probers {
    /// Whether the ways are to be looked at once this instant's events are over.
    pub(super) const fn is_stale(&self) -> bool {
        self.is_stale
    }

    pub(super) fn new(plans: &[ProbePlan]) -> Self {
        Self {
            plans: Arc::new(plans.to_vec()),
            seen: vec![ProbeSeen::default(); plans.len()],
            figures: vec![Arc::default(); plans.len()],
            ..Self::default()
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
        let is_first = seen.n_sent == 1;
        let call = Call {
            from: plan.from,
            to: plan.to.clone(),
            port: plan.port,
            request: plan.size.map_or(Request::Connect, Request::Echo),
            connect_timeout: plan.timeout,
        };
        self.start_call(Owner::Prober(place), Software::Ordinary, call);
        if is_first {
            self.probe_ways_changed();
        }
    }

    /// The tables have changed: the ways of probes are looked at once this instant is over.
    pub(super) fn probe_ways_changed(&mut self) {
        if !self.probers.plans.is_empty() {
            let because = self.cause;
            self.probers.is_stale = true;
            self.probers.stale.get_or_insert(Stale { because });
        }
    }

    /// The lab is about to be disturbed once more in this instant: what the ways are like so far is not owed to that.
    pub(super) fn glimpse_probes(&mut self) {
        let Some(Stale { because }) = self.probers.stale.take() else {
            return;
        };
        let plans = self.probers.plans.clone();
        for (place, plan) in plans.iter().enumerate() {
            let (is_cut, because) = match plan.to {
                _ if !self.is_watched(place, plan) => continue,
                Remote::Address(to) => match self.cut_on_way(plan, to) {
                    Some(failed) => (true, self.culprit(because, failed.stopped_by, Some(to))),
                    None => (false, because),
                },
                Remote::Name(_) => (self.is_cut_by_name(plan), because),
            };
            if let Some(seen) = self.probers.seen.get_mut(place) {
                seen.between = seen.between.then(is_cut, because);
            }
        }
    }

    /// Whether a probe has been sent, and its host is on.
    fn is_watched(&self, place: usize, plan: &ProbePlan) -> bool {
        let is_on = self.network.hosts.get(plan.from).map(|host| host.power) == Some(Power::On);
        is_on && self.probers.seen.get(place).is_some_and(|seen| seen.n_sent > 0)
    }

    /// What a refusal is to be blamed on, of all that changed the tables from `first` on: what was done to the place that
    /// refuses, or else the first.
    pub(super) fn culprit(
        &self,
        first: Option<RecordId>,
        refusal: Option<Refusal>,
        to: Option<Ipv4Addr>,
    ) -> Option<RecordId> {
        let blamed = refusal.and_then(|refusal| self.routers.blamed(&refusal, to));
        blamed.max(first)
    }

    /// Looks at the way of every probe to an address that has been sent once.
    pub(super) fn review_probes(&mut self) {
        if !core::mem::take(&mut self.probers.is_stale) {
            return;
        }
        let because = self.probers.stale.take().and_then(|stale| stale.because);
        let (now, plans) = (self.now(), self.probers.plans.clone());
        for (place, plan) in plans.iter().enumerate() {
            let is_watched = self.is_watched(place, plan);
            let Some(seen) = self.probers.seen.get_mut(place) else {
                continue;
            };
            let between = core::mem::take(&mut seen.between);
            if !is_watched {
                continue;
            }
            let Remote::Address(to) = plan.to else {
                self.review_name(place, plan, (between, because));
                continue;
            };
            let cut = self.cut_on_way(plan, to);
            let culprit = match cut {
                Some(failed) => self.culprit(because, failed.stopped_by, Some(to)),
                None => because,
            };
            let culprit = between.made_by(cut.is_some(), culprit);
            let Some(seen) = self.probers.seen.get_mut(place) else {
                continue;
            };
            let names = (plan.name.clone(), plan.to_name.clone());
            let news = match (cut, seen.way, seen.lost) {
                (Some(failed), Way::Whole | Way::WholeSince(_), lost) => {
                    seen.way = Way::Cut;
                    lost.is_none().then(|| seen.begin(now, failed, names))
                }
                (None, Way::Cut, lost) => {
                    seen.way = Way::WholeSince(now);
                    lost.map(|(since, _)| seen.end(now.since(since), names))
                }
                (Some(_), Way::Cut, _) | (None, Way::Whole | Way::WholeSince(_), _) => None,
            };
            if let (Some(Happening::ProbeAnswered { lost_for, .. }), Some(figures)) =
                (&news, self.probers.figures.get_mut(place))
            {
                Arc::make_mut(figures).outages.add(*lost_for);
            }
            if let Some(news) = news {
                self.cause = culprit;
                self.record(plan.from, news);
            }
        }
        self.cause = None;
    }

    /// Looks at the name of a probe, and at the way to where it leads.
    fn review_name(
        &mut self,
        place: usize,
        plan: &ProbePlan,
        (between, because): (Between, Option<RecordId>),
    ) {
        let now = self.now();
        let cut = self.is_cut_by_name(plan);
        let Some(seen) = self.probers.seen.get_mut(place) else {
            return;
        };
        match (cut, seen.named) {
            (true, Way::Whole | Way::WholeSince(_)) => {
                (seen.named, seen.cut_by) = (Way::Cut, between.made_by(true, because));
            }
            (false, Way::Cut) => seen.named = Way::WholeSince(now),
            (true, Way::Cut) | (false, Way::Whole | Way::WholeSince(_)) => {}
        }
    }

    /// Whether the name of a probe leads nowhere at present, or to where no new connection comes.
    fn is_cut_by_name(&self, plan: &ProbePlan) -> bool {
        let Remote::Name(name) = &plan.to else {
            return false;
        };
        let Ok(name) = name.parse::<Name>() else {
            return true;
        };
        let look_up = network::look_up(&self.network, self.now(), plan.from, &name, Protocol::Udp);
        let Ok(answer) = look_up.outcome else { return true };
        let mut all = answer.addresses.into_iter();
        !all.any(|to| self.cut_on_way(plan, to).is_none())
    }

    /// What a new connection of a probe to an address would fail by at present.
    fn cut_on_way(&self, plan: &ProbePlan, to: Ipv4Addr) -> Option<CallFailed> {
        let source = self.private_address(plan.from)?;
        let from = Place::HostEgress(plan.from);
        let next = self.next_client_port(plan.from);
        let mss = self.network.end_mtu(Recipient::Host(plan.from)).mss();
        (0..N_PORTS).find_map(|n| {
            let probe = Header::probe(source, to, Protocol::Tcp, plan.port).announcing(mss);
            let mut header = probe;
            header.flow.source_port = next.saturating_add(n);
            let trip =
                network::round_trip(&self.network, &mut Tracking::default(), self.now(), from, &header);
            let failed = |symptom, stopped_by| CallFailed {
                stage: Stage::Connect,
                symptom,
                stopped_by,
                address: Some(to),
            };
            let Some(remote) = trip.answered_by() else {
                return Some(failed(Reason::ConnectionTimedOut, trip.refusal()));
            };
            let refusal = |reason| Some(Refusal::at(reason, remote.resource()));
            match self.network.listening(remote, Protocol::Tcp, plan.port) {
                Listening::Answers => None,
                Listening::Refuses => {
                    let reason = Reason::ConnectionRefused;
                    Some(failed(reason, refusal(reason)))
                }
                Listening::Ignores => {
                    Some(failed(Reason::ConnectionTimedOut, refusal(Reason::NoSuchService)))
                }
            }
        })
    }

    /// What makes an answer come later than a probe waits for it, where nothing stops its packets and it may: the slowest
    /// link of both ways, with what was done to that.
    fn late(&self, plan: &ProbePlan, to: Ipv4Addr) -> Option<(Refusal, Option<RecordId>)> {
        let source = self.private_address(plan.from)?;
        let from = Place::HostEgress(plan.from);
        let header = Header::probe(source, to, Protocol::Tcp, plan.port);
        let mut tracking = Tracking::default();
        let trip = network::round_trip(&self.network, &mut tracking, self.now(), from, &header);
        trip.answered_by()?;
        let crossed = trip.hops().filter_map(|hop| match hop.link? {
            link @ LinkRef::Link { link: id, .. } => Some((id, hop.delay + self.network.link(link).jitter)),
            _ => None,
        });
        let crossed: Vec<(LinkId, Span)> = crossed.collect();
        let most = crossed
            .iter()
            .fold(Span::ZERO, |sum, (_, longest)| sum + *longest);
        let (slowest, _) = crossed
            .into_iter()
            .max_by_key(|(id, longest)| (*longest, Reverse(*id)))?;
        (most > plan.timeout).then(|| {
            let refusal = Refusal::at(Reason::AnswerTooLate, slowest);
            (refusal, self.routers.causes.get(&slowest.into()).copied())
        })
    }

    /// A probe came through, or did not.
    pub(super) fn on_probed(&mut self, place: usize, call: &Call, mut outcome: CallOutcome) {
        let plans = self.probers.plans.clone();
        if let (Some(plan), Err(failed)) = (plans.get(place), &mut outcome)
            && failed.stopped_by.is_none()
            && let Some((refusal, because)) = failed.address.and_then(|to| self.late(plan, to))
        {
            failed.stopped_by = Some(refusal);
            self.cause = because.or(self.cause);
        }
        let (Some(plan), Some(seen)) = (plans.get(place), self.probers.seen.get_mut(place)) else {
            return;
        };
        let Some(sent_at) = seen.out_since.take() else {
            return;
        };
        let (name, to) = (plan.name.clone(), plan.to_name.clone());
        if let (Ok(done), Some(figures)) = (&outcome, self.probers.figures.get_mut(place)) {
            Arc::make_mut(figures).round_trips.add(done.elapsed);
        }
        let news = match (outcome, seen.lost) {
            (Ok(done), lost) => {
                seen.n_answered += 1;
                seen.answered_in = Some(done.elapsed);
                match lost {
                    // It was sent before the way was cut, or took another one where there are several.
                    Some(_) if seen.way == Way::Cut => None,
                    Some((since, _)) => Some(seen.end(sent_at.since(since), (name, to))),
                    None => None,
                }
            }
            // The outage is known, and may be over.
            (Err(_), None) if seen.way.was_cut(sent_at) => None,
            (Err(failed), None) => {
                if seen.named.was_cut(sent_at) {
                    self.cause = seen.cut_by.or(self.cause);
                }
                Some(seen.begin(sent_at, failed, (name, to)))
            }
            (Err(_), Some(_)) => None,
        };
        if let (Some(Happening::ProbeAnswered { lost_for, .. }), Some(figures)) =
            (&news, self.probers.figures.get_mut(place))
        {
            Arc::make_mut(figures).outages.add(*lost_for);
        }
        // It was given up at the very instant at which the next was due.
        let is_due = seen.left_out_at.take() == Some(self.queue.now());
        if let Some(news) = news {
            if let Err(failed) = &outcome {
                self.blame_edit(Software::Ordinary, call, failed);
            }
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

    /// Whether an outage of a probe has been as long as `bound`.
    pub(super) fn probe_was_out(&self, place: usize, bound: Span) -> bool {
        let seen = self.terrain.probers.seen.get(place);
        seen.is_some_and(|seen| seen.longest_at(self.now()) >= bound)
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
        let is_below = longest < bound;
        let (longest, none) = (longest.to_the_millisecond(), longest.is_zero());
        match is_below {
            true if none => Ok(format!("{name}: no outage, {counted}")),
            true => Ok(format!("{name}: the longest outage took {longest}, {counted}")),
            false => Err(format!(
                "{name}: the longest outage took {longest}, not less than {bound}"
            )),
        }
    }
}
