//! What if this failed? Every thing is broken in a branch of its own, and what probes lose of it is measured.

use std::collections::BTreeMap;

use crate::fault::{self, FaultKind, PlanError, Target};
use crate::kernel::Observer;
use crate::proto::bgp::session::{self, OpenFailure};
use crate::proto::bgp::speaker;
use crate::proto::ike::notice::{Notice as Ike, Reason as Why};
use crate::units::{SimTime, Span};
use crate::world::lever::LeverError;
use crate::world::notice::{Happening, Record};
use crate::world::routing::GatewayChange;

use super::Session;
use super::outage::Lost;

/// The faults that take lines, ports, devices and tunnels away, one at a time.
pub const COMPONENTS: &[&str] = &[
    "link_down",
    "link_silent",
    "router_down",
    "router_silent",
    "location_down",
    "segment_down",
    "tunnel_down",
];

/// What is tried, and for how long.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The kinds of faults.
    pub kinds: Vec<&'static FaultKind>,
    /// How long each lasts.
    pub lasts: Span,
    /// How long is watched after it is healed.
    pub after: Span,
}

/// One thing that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Which kind of fault.
    pub kind: &'static str,
    /// To what it was done.
    pub target: String,
    /// By what it was first noticed, and how long after it began; none where nobody noticed.
    pub noticed: Option<(Span, Noticed)>,
    /// For how long each probe was cut off, in the order of the lab: one outage after the other, added up.
    pub lost: Vec<Span>,
    /// Which probes were still cut off at the end.
    pub for_good: Vec<bool>,
}

/// By what a failure is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    /// An interface went down, under a session or with routes of its own.
    Interface,
    /// BFD.
    Bfd,
    /// BGP's hold timer.
    HoldTimer,
    /// IKE's dead peer detection.
    DeadPeerDetection,
    /// The peer's IKE deleted what protects the tunnel, and said so.
    IkeDelete,
    /// The peer said so, or its TCP.
    Told,
    /// A virtual gateway's routers.
    GatewayRedundancy,
    /// The interior routing.
    InteriorRouting,
}

impl Noticed {
    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interface => "interface down",
            Self::Bfd => "BFD",
            Self::HoldTimer => "hold timer",
            Self::DeadPeerDetection => "DPD",
            Self::IkeDelete => "IKE DELETE",
            Self::Told => "told by the peer",
            Self::GatewayRedundancy => "VRRP",
            Self::InteriorRouting => "IGP",
        }
    }

    fn by(record: &Record) -> Option<Self> {
        match &record.what {
            Happening::Bgp(notice) => match &**notice {
                speaker::Notice::Session(session::Notice::Ended { reason, .. }) => by_session(*reason),
                speaker::Notice::Session(_)
                | speaker::Notice::Routes(_)
                | speaker::Notice::Repaired(_)
                | speaker::Notice::Notification { .. } => None,
            },
            Happening::Ike(notice) => match &**notice {
                Ike::PeerDead { .. } => Some(Self::DeadPeerDetection),
                Ike::IkeDown {
                    reason: Why::DeletedByPeer,
                    ..
                } => Some(Self::IkeDelete),
                _ => None,
            },
            // That it says nothing any more is not noticed yet.
            Happening::Gateway(GatewayChange::Silent { .. }) => None,
            Happening::Gateway(GatewayChange::Active { .. } | GatewayChange::Awake { .. }) => {
                Some(Self::GatewayRedundancy)
            }
            Happening::Igp(_) => Some(Self::InteriorRouting),
            _ => None,
        }
    }
}

const fn by_session(reason: session::Reason) -> Option<Noticed> {
    use session::Reason as R;
    match reason {
        R::InterfaceDown => Some(Noticed::Interface),
        R::BfdDown => Some(Noticed::Bfd),
        R::HoldExpired { .. } => Some(Noticed::HoldTimer),
        R::Received(_) | R::Transport(_) | R::Stopped(_) | R::Cleared => Some(Noticed::Told),
        R::NotOpened(
            OpenFailure::NoRoute | OpenFailure::NoTunnel | OpenFailure::Refused | OpenFailure::TimedOut,
        )
        | R::OpenRefused(_)
        | R::Malformed(_)
        | R::Unexpected { .. }
        | R::NoOpen
        | R::Collision { .. } => None,
    }
}

/// Watches for the first that notices.
#[derive(Debug, Default)]
struct Watch {
    first: Option<(SimTime, Noticed)>,
}

impl Observer<crate::resource::ResourceRef, Happening> for Watch {
    fn record(&mut self, record: &Record) {
        let Some(by) = Noticed::by(record) else { return };
        match self.first {
            None => self.first = Some((record.at, by)),
            // The interface of a tunnel that the peer deleted goes down for that reason, and what is told of it comes first.
            Some((at, Noticed::Interface)) if by == Noticed::IkeDelete && at == record.at => {
                self.first = Some((at, by));
            }
            Some(_) => {}
        }
    }
}

/// Why a trial could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The fault cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The lab refuses it.
    #[error(transparent)]
    Lever(#[from] LeverError),
}

/// Events between two looks at the clock.
const STRIDE: u64 = 1_000_000;

impl Session {
    /// Breaks every thing that the wished faults can be done to, each in a branch that begins at the present; what cannot
    /// be broken so is left out.
    #[must_use]
    pub fn what_if(&self, wish: &Wish) -> Vec<Trial> {
        let mut trials = Vec::new();
        for kind in &wish.kinds {
            for target in (kind.candidates)(self.blueprint()) {
                trials.extend(self.trial(kind, &target, wish).ok());
            }
        }
        trials
    }

    /// Breaks one thing in a branch that begins at the present.
    ///
    /// # Errors
    /// Where it cannot be broken so.
    pub fn trial(&self, kind: &FaultKind, target: &Target, wish: &Wish) -> Result<Trial, TrialError> {
        let deed = kind.plan(self.blueprint(), target, "")?;
        let mut branch = self.clone();
        let broken_at = branch.now();
        let n_up = branch.n_interfaces_up();
        for lever in deed.breaks {
            branch.apply(lever)?;
        }
        let goes_dark = branch.n_interfaces_up() < n_up;
        let mut watch = Watch::default();
        branch.run_watched(broken_at + wish.lasts, &mut watch);
        // Where nothing but the routes of an interface hangs on it, no protocol has anything to say.
        let by_carrier = goes_dark.then_some((broken_at, Noticed::Interface));
        watch.first = watch.first.or(by_carrier);
        for lever in deed.heals.unwrap_or_default() {
            branch.apply(lever)?;
        }
        branch.run_watched(broken_at + wish.lasts + wish.after, &mut watch);
        let (lost, for_good) = branch.lost_since(broken_at);
        Ok(Trial {
            kind: kind.name,
            target: target.name.clone(),
            noticed: watch.first.map(|(at, by)| (at.since(broken_at), by)),
            lost,
            for_good,
        })
    }

    /// How many interfaces of routers work.
    fn n_interfaces_up(&self) -> usize {
        let network = self.world().network();
        let ids = network.router_interfaces.ids();
        ids.filter(|id| network.interface_works(*id).is_ok()).count()
    }

    fn run_watched(&mut self, until: SimTime, watch: &mut Watch) {
        while self.advance_watched(until, STRIDE, &mut [watch]) == super::Progress::OutOfBudget {}
    }

    /// For how long each probe was cut off since an instant, and whether it still is.
    fn lost_since(&self, since: SimTime) -> (Vec<Span>, Vec<bool>) {
        let mut by_name: BTreeMap<&str, (Span, bool)> = BTreeMap::new();
        for outage in self.outages().iter().filter(|outage| outage.started_at >= since) {
            if let Lost::Probe { name, .. } = &outage.to {
                let row = by_name.entry(name).or_default();
                let end = outage.ended_at.unwrap_or_else(|| self.now());
                row.0 += end.since(outage.started_at);
                row.1 |= outage.ended_at.is_none();
            }
        }
        let of =
            |plan: &crate::world::prober::ProbePlan| by_name.get(&*plan.name).copied().unwrap_or_default();
        self.blueprint().probes.iter().map(of).unzip()
    }
}

/// The kinds of these names.
///
/// # Errors
/// The first name that is none.
pub fn kinds<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<&'static FaultKind>, String> {
    let all = names
        .into_iter()
        .map(|name| fault::kind(name).ok_or_else(|| name.to_owned()));
    all.collect()
}
