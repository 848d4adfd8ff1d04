//! How the lab goes on behind the window, and how often what is shown follows.

use std::time::Duration;

use sim_core::desk::Screen;
use sim_core::desk::selection::Selection;
use sim_core::desk::transport::Speed;
use sim_core::lab::ResourceRef;
use sim_core::units::Span;
use sim_core::view::{Inspection, View};

use super::Window;

/// Events between two looks at whether the frame has time for more.
const HANDFUL: u64 = 512;

/// How much longer what is shown may be behind the lab for each thing and each link in it: a few times what it takes to bring
/// that up to date.
const THING: Duration = Duration::from_micros(12);
/// However large the lab, numbers change so often.
const SLOWEST: Duration = Duration::from_millis(250);

impl Window {
    /// Lets the lab go on after `elapsed` of the person's time, as long as `more` says that the frame
    /// can wait for another handful of events.
    pub fn run(&mut self, elapsed: Duration, more: &mut dyn FnMut() -> bool) {
        if self.desk.is_moving() {
            self.desk.elapse(elapsed, HANDFUL, more);
            if let Some(words) = self.desk.take_unmet() {
                self.front.say(words);
            }
            self.unshown += elapsed;
            let cadence = self.cadence();
            let is_due = !self.front.is_frozen && self.unshown >= cadence;
            if !self.desk.is_moving() || (is_due && cadence <= elapsed) {
                self.refresh();
            } else if is_due {
                // What is so in this frame, the picture of it in the next: together they would be too much for one.
                self.unshown = Duration::ZERO;
                self.desk.refresh(&self.front);
                self.is_projected = false;
            } else if !self.is_projected {
                self.project();
            } else if !self.front.is_frozen {
                let within = in_sight(self.desk.transport().speed);
                self.tiles.map.animate(&View::of(self.desk.session()), within);
            }
        }
    }

    /// How long what is shown may be behind the lab: in a large one longer, so that frames in between have nothing to do but
    /// to be drawn.
    fn cadence(&self) -> Duration {
        let topology = &self.desk.feed().snapshot.topology;
        let n_things = topology.nodes.len() + topology.links.len();
        THING
            .saturating_mul(u32::try_from(n_things).unwrap_or(u32::MAX))
            .min(SLOWEST)
    }

    /// Brings what is shown up to date with the lab.
    pub fn refresh(&mut self) {
        self.unshown = Duration::ZERO;
        self.desk.refresh(&self.front);
        self.project();
    }

    /// Hands what is so to the tiles.
    pub(super) fn project(&mut self) {
        self.is_projected = true;
        self.tiles.renew();
        let selected = self.front.selected();
        let view = View::of(self.desk.session());
        let within = in_sight(self.desk.transport().speed);
        self.tiles.map.update(&view, self.desk.feed(), selected, within);
        if !self.desk.is_moving() {
            self.tiles.map.look_back(&view, within);
        }
        self.tiles.has_trail = self.front.has_trail();
        self.tiles.parts = match selected {
            Selection::Resource(thing) => inspect(&view, thing),
            Selection::Record(_) | Selection::Check(_) => Vec::new(),
        };
        self.put();
    }
}

/// For how long of the lab's time a packet is seen on its way: about as long for a person at every speed.
fn in_sight(speed: Speed) -> Span {
    match speed {
        Speed::Times(times) => Span::millis(700) * u64::from(times),
        Speed::Unlimited => Span::hours(1),
    }
}

/// What there is to say of a thing. A computer is first of all what the migration does with it, and
/// that in turn stands on a computer: both are told together.
fn inspect(view: &View<'_>, thing: ResourceRef) -> Vec<Inspection> {
    let inspection = view.inspect(thing);
    let other = inspection
        .sections
        .iter()
        .flat_map(|section| &section.facts)
        .filter_map(|fact| fact.leads_to)
        .find(|other| {
            matches!(
                (thing, other),
                (
                    ResourceRef::Host(_),
                    ResourceRef::SourceServer(_) | ResourceRef::ReplicationServer(_)
                ) | (
                    ResourceRef::SourceServer(_) | ResourceRef::ReplicationServer(_),
                    ResourceRef::Host(_)
                )
            )
        })
        .map(|other| view.inspect(other));
    let mut parts: Vec<Inspection> = [inspection].into_iter().chain(other).collect();
    parts.sort_by_key(|part| matches!(part.about, ResourceRef::Host(_)));
    parts
}
