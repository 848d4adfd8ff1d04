//! Changes tried out on a copy of the lab, from its beginning to the present.
//!
//! What changes who is told of which route shows only once everybody has been told, so that it cannot be tried on a copy
//! that stands still. A proposal that comes from here has been seen to work, with nothing else that held failing for it.

use crate::kernel::Keep;
use crate::lab::{Progress, Session};
use crate::world::World;
use crate::world::lever::Lever;

/// More events than the beginning of a lab takes; where it takes more, nothing is proposed.
const BUDGET: u64 = 5_000_000;
/// So many are run at most: those that come first are the likeliest.
const MOST: usize = 16;

/// What was tried so far.
#[derive(Debug, Default)]
pub(super) struct Rehearsals {
    done: Vec<(Vec<Lever>, Option<Box<World>>)>,
}

impl Rehearsals {
    /// Whether these changes mend what `is_mended` looks at, and break nothing that held at the session's present.
    pub(super) fn mend(
        &mut self,
        session: &Session,
        levers: &[Lever],
        is_mended: impl FnOnce(&World) -> bool,
    ) -> bool {
        let Some(world) = self.after(session, levers) else {
            return false;
        };
        let (before, after) = (session.expectations(), world.expectations());
        let mut both = before.iter().zip(&after);
        both.all(|(before, after)| after.holds || !before.holds) && is_mended(world)
    }

    fn after(&mut self, session: &Session, levers: &[Lever]) -> Option<&World> {
        let known = self.done.iter().position(|(done, _)| done == levers);
        let place = match known {
            Some(place) => place,
            None if self.done.len() < MOST => {
                let world = rehearse(session, levers);
                self.done.push((levers.to_vec(), world.map(Box::new)));
                self.done.len() - 1
            }
            None => return None,
        };
        self.done.get(place)?.1.as_deref()
    }
}

/// The lab with these changes in its text, at the instant at which the session is, and disturbed as that was.
fn rehearse(session: &Session, levers: &[Lever]) -> Option<World> {
    let mut blueprint = session.blueprint().clone();
    blueprint.overlay.extend_from_slice(levers);
    let deeds = session.journal().iter().take(session.n_done());
    blueprint
        .schedule
        .extend(deeds.flat_map(|deed| deed.levers.iter().map(|lever| (deed.at, lever.clone()))));
    blueprint.schedule.sort_by_key(|(at, _)| *at);
    let mut copy = Session::open(blueprint, Some(session.seed()), Keep::Nothing).ok()?;
    let progress = copy.advance(session.now(), BUDGET);
    (progress == Progress::Reached).then(|| copy.world().clone())
}
