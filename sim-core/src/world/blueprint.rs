//! A checked lab, ready to be built: what comes out of the scenario reader cannot be invalid.

use std::collections::BTreeMap;

use crate::aws::Cloud;
use crate::kernel::Arena;
use crate::migrate::mgn;
use crate::resource::{ResourceRef, RouterId, kind};
use crate::site::Host;
use crate::units::{SimTime, Span};

use super::names::Names;
use super::prober::ProbePlan;
use super::routing::Routing;
use super::runbook::{Expectation, RunbookStep};

/// What a lab says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its short name, for example `region-to-region`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it teaches, in a sentence or a few.
    pub teaches: String,
    /// The lab that it is a broken variant of.
    pub variant_of: Option<String>,
}

/// The text that a lab was read from, and those of the labs that it builds on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabSource {
    /// What it was asked for by: the name of a shipped lab, or a file.
    pub name: String,
    /// The texts, by their names.
    pub texts: BTreeMap<String, String>,
}

/// A checked lab.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// What it says about itself.
    pub about: About,
    /// What it was read from; nothing where it was not read.
    pub source: LabSource,
    /// The version of the scenario format.
    pub schema: u32,
    /// The seed that it runs with unless another is given.
    pub seed: u64,
    /// How long it runs unless told otherwise.
    pub duration: Span,
    /// The AWS side.
    pub cloud: Cloud,
    /// The computers.
    pub hosts: Arena<Host, kind::Host>,
    /// Routers, links and what runs on them.
    pub routing: Routing,
    /// The migration, where the lab has one.
    pub migration: Option<mgn::Config>,
    /// What people do.
    pub runbook: Arena<RunbookStep, kind::RunbookStep>,
    /// Connections that are tried again and again.
    pub probes: Vec<ProbePlan>,
    /// What should come true.
    pub expectations: Vec<Expectation>,
    /// The name of everything.
    pub names: Names,
    /// Buildings, each with the routers that fail together there.
    pub places: Vec<Site>,
    /// What fails together for other reasons: one duct, one power feed.
    pub groups: Vec<Group>,
    /// Changes of an overlay, made before the lab begins, in order.
    pub overlay: Vec<super::lever::Lever>,
    /// Changes during the lab, in order of time.
    pub schedule: Vec<(SimTime, super::lever::Lever)>,
    /// Changes that come by chance, of which the seed says when.
    pub hazards: Vec<Hazard>,
    /// From when until when the schedule breaks something.
    pub breakages: Vec<Breakage>,
    /// Where the overlay's changes and those of the schedule were written.
    pub origins: Vec<Origin>,
}

/// Where something that disturbs a lab was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// When it is done; the lab's beginning for what an overlay changes.
    pub at: SimTime,
    /// What is done.
    pub lever: super::lever::Lever,
    /// Where that was written.
    pub written: Written,
    /// The fault that it is part of, where it is part of one.
    pub fault: Option<Called>,
}

/// A fault as whoever asked for it called it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Called {
    /// What goes wrong.
    pub kind: String,
    /// With what.
    pub target: String,
}

impl Called {
    /// A fault of this kind.
    pub fn new(kind: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            target: target.into(),
        }
    }
}

impl core::fmt::Display for Called {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.kind, self.target)
    }
}

/// A place where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// In a lab's text.
    Line {
        /// The name of the text.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Where the lab was asked for: in words.
    Asked(String),
    /// Nowhere: it comes by chance, with the dice of this name.
    Chance(String),
}

impl core::fmt::Display for Written {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "line {line} of {file}"),
            Self::Asked(text) => write!(f, "asked for with the lab: {text}"),
            Self::Chance(dice) => write!(f, "by chance: {dice}"),
        }
    }
}

/// Something is broken for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breakage {
    /// Since when.
    pub at: SimTime,
    /// Until when; none where nothing is known to heal it.
    pub until: Option<SimTime>,
}

/// Levers that are pulled by chance, and those that take back what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// What its dice are called after.
    pub name: String,
    /// What it is called.
    pub fault: Called,
    /// When it may come for the first time.
    pub from: SimTime,
    /// How long things hold, on average.
    pub between: Span,
    /// How long a repair takes, on average.
    pub repair: Span,
    /// What breaks.
    pub breaks: Vec<super::lever::Lever>,
    /// What heals it; none where it is over at once.
    pub heals: Option<Vec<super::lever::Lever>>,
}

/// A building: what stands in it fails together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What the lab calls it.
    pub name: String,
    /// The routers in it.
    pub routers: Vec<RouterId>,
}

/// Things that share a fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the lab calls it.
    pub name: String,
    /// What is in it.
    pub members: Vec<ResourceRef>,
}

impl Blueprint {
    /// Adds changes to the schedule that were written elsewhere, as a fault where they are one. Of one instant, what was
    /// planned before comes first.
    pub fn disturb(
        &mut self,
        levers: Vec<(SimTime, super::lever::Lever)>,
        written: &Written,
        fault: Option<&Called>,
    ) {
        self.origins.extend(levers.iter().map(|(at, lever)| Origin {
            at: *at,
            lever: lever.clone(),
            written: written.clone(),
            fault: fault.cloned(),
        }));
        self.schedule.extend(levers);
        self.schedule.sort_by_key(|(at, _)| *at);
    }
    /// A lab of that name with nothing in it, which lasts a day.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self {
            about: About {
                name: name.to_owned(),
                title: String::new(),
                teaches: String::new(),
                variant_of: None,
            },
            source: LabSource::default(),
            schema: 1,
            seed: 1,
            duration: Span::days(1),
            cloud: Cloud::default(),
            hosts: Arena::new(),
            routing: Routing::default(),
            migration: None,
            runbook: Arena::new(),
            probes: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
            hazards: Vec::new(),
            breakages: Vec::new(),
            origins: Vec::new(),
            expectations: Vec::new(),
            names: Names::default(),
            overlay: Vec::new(),
            schedule: Vec::new(),
        }
    }
}
