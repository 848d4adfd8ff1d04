//! Which routers take part in an interior gateway protocol, and what its steps cost.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::resource::{RouterId, RouterInterfaceId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::{IgpText, RouterText};
use crate::units::Span;
use crate::world::routing::{CONVERGENCE, IgpProcess};

use super::router::Routers;

/// Areas of a lab.
const MOST_AREAS: usize = 200;
/// Prefixes that a router announces in its area on behalf of others.
const MOST_ANNOUNCED: usize = 1_000;
/// The longest time that a router may take to forward by a change: who waits longer has another trouble.
const LONGEST_CONVERGENCE: Span = Span::secs(600);

/// The cost of a step, from 1 on as with OSPF (RFC 2328 appendix C.3).
pub(super) fn cost(cost: At<u16>, problems: &mut Problems) -> u32 {
    if cost.value == 0 {
        let message = "a step costs from 1 to 65535 (RFC 2328 appendix C.3)";
        problems.push(Problem::error(Code::BadValue, cost.place, message));
    }
    u32::from(cost.value)
}

/// Costs and passive interfaces, where somebody speaks of them.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Where a cost, or that an interface is passive, stands in the text, and of which routers it is.
    pub(super) said: Vec<(Vec<RouterId>, Place)>,
    pub(super) passive: BTreeSet<RouterInterfaceId>,
}

/// Fills the interior routing.
pub(super) fn fill(
    all: &Entries<RouterText>,
    ids: &[RouterId],
    routers: &mut Routers,
    problems: &mut Problems,
) {
    for (entry, id) in all.iter().zip(ids) {
        let Some(text) = entry.body.as_ref().and_then(|text| text.igp.as_ref()) else {
            continue;
        };
        process(text, *id, routers, problems);
    }
    for (of, place) in &routers.steps.said {
        if !of
            .iter()
            .any(|router| routers.routing.igp.processes.contains_key(router))
        {
            let names: Vec<String> = of
                .iter()
                .map(|router| format!("`{}`", routers.names.of(*router)))
                .collect();
            let message = match names.as_slice() {
                [only] => format!("router {only} takes part in no IGP"),
                several => format!("none of {} takes part in an IGP", several.join(" and ")),
            };
            problems.push(
                Problem::error(Code::MissingField, *place, message)
                    .help("name its area: igp: \"dc\", say; or leave this out"),
            );
        }
    }
}

fn process(text: &IgpText, id: RouterId, routers: &mut Routers, problems: &mut Problems) {
    let IgpText(text) = text;
    let (name, place) = (&text.area.value, text.area.place);
    let igp = &mut routers.routing.igp;
    let known = igp.areas.iter().position(|area| area == name);
    let area = known.unwrap_or(igp.areas.len());
    if known.is_none() {
        igp.areas.push(name.clone());
        problems.at_most(MOST_AREAS, igp.areas.len(), place, "areas");
    }
    if name.trim().is_empty() {
        problems.push(Problem::error(Code::BadValue, place, "an area has a name"));
    }
    if let Some(convergence) = text.convergence
        && convergence.value > LONGEST_CONVERGENCE
    {
        let message = format!("a router forwards by a change within {LONGEST_CONVERGENCE}");
        problems.push(Problem::error(Code::BadValue, convergence.place, message));
    }
    problems.at_most(MOST_ANNOUNCED, text.announce.len(), place, "announced prefixes");
    let row = routers.routing.routers.get(id);
    let own = row.into_iter().flat_map(|row| row.interfaces.iter().copied());
    let passive = own
        .filter(|interface| routers.steps.passive.contains(interface))
        .collect();
    let process = IgpProcess {
        area,
        convergence: text.convergence.map_or(CONVERGENCE, |it| it.value),
        announce: text.announce.iter().map(|prefix| prefix.value).collect(),
        passive,
    };
    routers.routing.igp.processes.insert(id, Arc::new(process));
}
