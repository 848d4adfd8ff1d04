//! Everything that the migration needs and the lab wants to be reached, tried before the weekend.
//!
//! The list comes from the migration itself ([`crate::migrate::mgn::Need`]): the very calls that
//! agents, replication servers, conversion servers and launched instances will make, from where
//! they will be. Each is made on a copy of the lab through its real DNS, forwarding, TCP, TLS and
//! policies, so that what passes here passes in the run at this instant. Settings are looked at by
//! the functions that refuse later.
//!
//! Then come the lab's probes, and what it expects of its network at any time: who reaches whom, by which way, what routers
//! have learned. Where a proposed change leads to the next thing in the way, that is found too, on a copy that has the change.
//!
//! Where packets go another way than the lab wants, what would lead them there is tried on a copy from the lab's beginning on,
//! and proposed if they then do.
//!
//! Of all that is proposed everything can be done at once: no two findings claim the same number of a network ACL.
//!
//! What it cannot know: what will be changed later. A path that is closed after the installation
//! passes now and bites then; ask again at that instant.

mod checker;
mod detour;
mod redesign;
mod rehearsal;
mod remedy;
mod setting;
mod steering;
mod together;
mod traffic;
mod trial;
mod written;

use crate::lab::Session;
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::world::lever::Lever;

use super::fix::Fix;

/// One thing that the migration needs, and whether it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is called: who, and what for.
    pub name: String,
    /// Who needs it.
    pub from: String,
    /// What it goes to: a host name, an address, or the setting that is looked at.
    pub to: String,
    /// The transport protocol; none for a setting.
    pub protocol: Option<Protocol>,
    /// The destination port; none for a setting.
    pub port: Option<u16>,
    /// What it is for.
    pub purpose: String,
    /// What is wrong; nothing where it passes.
    pub finding: Option<Finding>,
    /// What stands in its way behind that, once what was found is mended.
    pub also: Vec<Finding>,
}

/// What is wrong, where, by which rule, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The code of what stopped it.
    pub reason: Reason,
    /// The component that stopped it.
    pub at: ResourceRef,
    /// That component in words.
    pub at_text: String,
    /// The rule or the setting of that component that decided, in words; none where it is something
    /// that is not there.
    pub rule: Option<String>,
    /// What the one who needs it will see.
    pub detail: String,
    /// The smallest change that mends it, where one change does.
    pub fix: Option<Fix>,
    /// What an overlay says that mends it, where no change does.
    pub overlay: Option<String>,
}

impl Check {
    /// Whether it passes.
    #[must_use]
    pub const fn ok(&self) -> bool {
        self.finding.is_none()
    }
}

/// All checks of a lab at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The instant.
    pub at: SimTime,
    /// The checks, in the order in which the migration will need them.
    pub checks: Vec<Check>,
}

impl Preflight {
    /// Whether all pass.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.checks.iter().all(Check::ok)
    }
    /// The changes that mend what is wrong, each once, in order.
    #[must_use]
    pub fn fixes(&self) -> Vec<Lever> {
        let mut levers: Vec<Lever> = Vec::new();
        for fix in self
            .checks
            .iter()
            .flat_map(|check| check.finding.iter().chain(&check.also))
            .filter_map(|finding| finding.fix.as_ref())
        {
            for lever in &fix.levers {
                if !levers.contains(lever) {
                    levers.push(lever.clone());
                }
            }
        }
        levers
    }
}

/// Tries everything that the session's migration needs and its lab wants to be so, at its present.
#[must_use]
pub fn preflight(session: &Session) -> Preflight {
    Preflight {
        at: session.now(),
        checks: checker::run(session),
    }
}
