//! The ways of what is looked at: of a flow, or of everything that a host sends or tries to send; there and back, where they
//! stop and why, and what they were before the last thing that was done to the lab.

use sim_core::lab::{ResourceRef, Session};
use sim_core::view::{Conversation, Fault, PathReport, PathWords, View};

use super::{Atlas, Hop, place};
use crate::canvas::{Direction, Overlay, Route, Stop};
use crate::topology::{Item, LinkId, Topology};

/// Conversations of one host that are drawn; of more the picture would say nothing.
const MOST: usize = 8;

/// One way, there and back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Way {
    forward: Vec<Item>,
    back: Vec<Item>,
    stop: Option<Stop>,
}

/// The ways of what is looked at.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    about: Option<ResourceRef>,
    conversations: Vec<Conversation>,
    ways: Vec<Way>,
    /// The ways there before the last thing that was done, where they are others now.
    before: Vec<Vec<Item>>,
    /// The lab before that, once it was looked back to.
    past: Option<Past>,
}

/// The lab as it was before something was done to it at an instant.
#[derive(Debug, Clone)]
struct Past {
    /// All that had been done when it was looked back to: another branch has another past.
    done: Vec<Fault>,
    session: Box<Session>,
}

impl Followed {
    /// Looks at something else, or at the same again as it is now.
    pub fn look_at(&mut self, view: &View<'_>, picture: (&Topology, &Atlas), thing: ResourceRef) {
        if self.about != Some(thing) {
            self.about = Some(thing);
            self.before.clear();
        }
        self.look(view, picture, view.conversations(thing));
    }
    /// Looks at these conversations as they are now.
    pub fn look(
        &mut self,
        view: &View<'_>,
        (topology, atlas): (&Topology, &Atlas),
        mut all: Vec<Conversation>,
    ) {
        all.truncate(MOST);
        let ways: Vec<Way> = all.iter().map(|it| way(view, (topology, atlas), it)).collect();
        // While the lab runs, what was drawn until now stays where it is another way.
        if self.conversations == without_ways(&all) {
            let changed = self.ways.iter().zip(&ways).filter(|(was, is)| {
                was.stop.is_none() && !was.forward.is_empty() && was.forward != is.forward
            });
            let before: Vec<Vec<Item>> = changed.map(|(was, _)| was.forward.clone()).collect();
            if !before.is_empty() {
                self.before = before;
            }
        } else {
            self.before.clear();
        }
        (self.conversations, self.ways) = (without_ways(&all), ways);
    }

    /// Looks back to before the last thing that was done to the lab. That takes longer than a frame may where it is done at
    /// every frame, so it is for a lab that stands still.
    pub fn look_back(&mut self, view: &View<'_>, picture: (&Topology, &Atlas)) {
        let Some(thing) = self.about else { return };
        let Some(at) = view.last_disturbed_at() else {
            (self.past, self.before) = (None, Vec::new());
            return;
        };
        let done = view.faults();
        if self.past.as_ref().is_none_or(|past| past.done != done) {
            let session = Box::new(view.just_before(at));
            self.past = Some(Past { done, session });
        }
        let Some(past) = &self.past else { return };
        let then = View::of(&past.session);
        let mut all = then.conversations(thing);
        all.truncate(MOST);
        let was = all.iter().map(|it| way(&then, picture, it));
        let is_there = |forward: &Vec<Item>| {
            self.ways
                .iter()
                .any(|now| now.stop.is_none() && now.forward == *forward)
        };
        let other = was.filter(|was| was.stop.is_none()).map(|was| was.forward);
        self.before = other.filter(|it| !it.is_empty() && !is_there(it)).collect();
    }

    /// What is looked at.
    #[must_use]
    pub const fn about(&self) -> Option<ResourceRef> {
        self.about
    }

    /// Looks at nothing any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Draws it over the picture.
    pub fn fill(&self, overlay: &mut Overlay) {
        let before = self.before.iter().map(|steps| (Direction::Before, steps));
        let there = self.ways.iter().map(|way| (Direction::Forward, &way.forward));
        let back = self.ways.iter().map(|way| (Direction::Return, &way.back));
        for (direction, steps) in before.chain(there).chain(back) {
            let route = Route {
                direction,
                steps: steps.clone(),
            };
            if !steps.is_empty() && !overlay.routes.contains(&route) {
                overlay.routes.push(route);
            }
        }
        let stops = self.ways.iter().filter_map(|way| way.stop.clone());
        for stop in stops {
            if !overlay.stops.contains(&stop) {
                overlay.stops.push(stop);
            }
        }
    }

    /// For tests: the first way there, the first way back, the first way before, and where the first way stops.
    #[cfg(test)]
    pub(super) fn first(&self) -> (Vec<Item>, Vec<Item>, Vec<Item>, Option<Stop>) {
        let way = self.ways.first().cloned().unwrap_or_default();
        let before = self.before.first().cloned().unwrap_or_default();
        (way.forward, way.back, before, way.stop)
    }
    /// For tests: how many ways there are.
    #[cfg(test)]
    pub(super) fn n_ways(&self) -> usize {
        self.ways.len()
    }
}

/// The same conversations, whichever way they take.
fn without_ways(all: &[Conversation]) -> Vec<Conversation> {
    let without = |it: &Conversation| Conversation {
        over: Vec::new(),
        ..it.clone()
    };
    all.iter().map(without).collect()
}

/// The way of a conversation as it is now. What runs is drawn where it runs; else as the first packet of a new one would go.
fn way(view: &View<'_>, (topology, atlas): (&Topology, &Atlas), of: &Conversation) -> Way {
    let words = PathWords {
        from: &of.from,
        to: &of.to,
        proto: None,
        port: of.port,
        size: None,
    };
    let report = view.path(&words).ok();
    let passes = |report: &PathReport| {
        let hops = hops(&report.forward);
        let names = |name: &String| {
            hops.iter()
                .any(|hop| hop.egress.ends_with(name.as_str()) || hop.ingress.ends_with(name.as_str()))
        };
        report.ok && of.over.iter().any(names)
    };
    let runs = !of.over.is_empty();
    match report {
        Some(report) if !runs || passes(&report) => {
            let forward = atlas.steps(topology, &hops(&report.forward));
            let back = atlas.steps(topology, &hops(&report.back));
            let stop = if report.ok {
                None
            } else {
                stop(&report, atlas, if back.is_empty() { &forward } else { &back })
            };
            Way { forward, back, stop }
        }
        _ if runs => {
            let links = flow_links(topology, atlas, (&of.from, &of.to), &of.over);
            let forward = along(topology, atlas, (&of.from, &of.to), &links);
            let back = forward.iter().rev().copied().collect();
            Way {
                forward,
                back,
                stop: None,
            }
        }
        _ => Way::default(),
    }
}

fn hops(rows: &[sim_core::analysis::HopRow]) -> Vec<Hop<'_>> {
    let all = rows.iter().map(|row| Hop {
        node: &row.node,
        ingress: row.ingress.as_deref().unwrap_or_default(),
        egress: row.egress.as_deref().unwrap_or_default(),
    });
    all.collect()
}

/// Where a way stops: at the component that stopped it where that is in the picture, else at its last place.
fn stop(report: &PathReport, atlas: &Atlas, steps: &[Item]) -> Option<Stop> {
    let reason = report.reason?;
    let named = report.at.as_deref().and_then(|at| atlas.named.get(at)).copied();
    let sender = || atlas.plain.get(&report.from).copied();
    Some(Stop {
        at: named.or_else(|| steps.last().copied()).or_else(sender)?,
        why: match &report.at {
            Some(at) => format!("{reason} at {at}"),
            None => reason.to_string(),
        },
    })
}

/// The links of the picture that a flow passes, in its order.
pub(super) fn flow_links(
    topology: &Topology,
    atlas: &Atlas,
    (from, to): (&str, &str),
    over: &[String],
) -> Vec<LinkId> {
    let mut links: Vec<LinkId> = Vec::new();
    for name in over {
        if let Some((id, _)) = topology.numbered_links().find(|(_, link)| link.name == *name) {
            links.push(id);
        }
    }
    if links.is_empty()
        && let (Some(from), Some(to)) = (atlas.plain.get(from), atlas.plain.get(to))
        && let (Some(from), Some(to)) = (place(*from), place(*to))
    {
        links.extend(atlas.way(topology, from, to).iter().map(|(link, _)| *link));
    }
    links
}

/// Links with the ends between them, from the sender to the receiver.
fn along(topology: &Topology, atlas: &Atlas, (from, to): (&str, &str), links: &[LinkId]) -> Vec<Item> {
    let mut steps: Vec<Item> = atlas.plain.get(from).copied().into_iter().collect();
    for (n, id) in links.iter().enumerate() {
        let Some(link) = topology.link(*id) else { continue };
        let next = links.get(n + 1).and_then(|next| topology.link(*next));
        let [a, b] = link.ends();
        // Which end comes last shows in the link after it.
        let is_forward = next.is_none_or(|next| !next.ends().contains(&a) || next.ends().contains(&b));
        let (first, last) = if is_forward { (a, b) } else { (b, a) };
        for step in [Item::from(first), Item::Link(*id), Item::from(last)] {
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
    }
    let end = atlas.plain.get(to).copied();
    steps.extend(end.filter(|end| steps.last() != Some(end)));
    steps
}
