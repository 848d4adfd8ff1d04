//! Faults: what is written becomes levers at their times, and what comes by chance waits for the seed.

use crate::fault::{self, FaultKind};
use crate::resource::ResourceRef;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::{Entries, Entry};
use crate::scenario::sections::{FaultText, NamesText};
use crate::scenario::spoken::MOST_TIMES;
use crate::units::{SimTime, Span};
use crate::world::blueprint::{Blueprint, Called, Group, Hazard};
use crate::world::lever::Lever;

use super::lab::Line;

/// Faults of a lab; each has a line in help and screens.
const MOST_FAULTS: usize = 1_000;

/// Groups of a lab.
const MOST_GROUPS: usize = 1_000;

/// Plans the faults of a lab that is whole otherwise. What comes by chance is given back.
pub(super) fn fill(
    all: &Entries<FaultText>,
    (lab, written): (&mut Blueprint, &mut Vec<Line>),
    problems: &mut Problems,
) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut levers = Vec::new();
    if let Some(first) = all.iter().next()
        && !problems.at_most(MOST_FAULTS, all.iter().len(), first.name.place, "faults")
    {
        return hazards;
    }
    for entry in all {
        let Some(text) = &entry.body else { continue };
        let (Some(kind), Some(names)) = (text.kind.get(), text.of.get()) else {
            continue;
        };
        let Some(when) = when(entry, text, lab.duration, problems) else {
            continue;
        };
        for name in &names.value.0 {
            let Some(deed) = deed(kind.value.0, name, text.amount.as_ref(), lab, problems) else {
                continue;
            };
            let called = Called::new(kind.value.0.name, name.value.clone());
            let is_lasting = matches!(when, When::Times { lasts: Some(_), .. });
            if deed.heals.is_none() && is_lasting {
                let message = format!("`{}` is over at once, so it has no `lasts`", kind.value.0.name);
                problems.push(Problem::error(Code::BadValue, kind.place, message));
            }
            match when {
                When::Times {
                    at,
                    lasts,
                    every,
                    times,
                } => {
                    let end = SimTime::at(lab.duration);
                    let planned = deed.at_times(at, lasts, (every, times), end);
                    lab.breakages.extend(fault::breakages(&planned));
                    let place = entry.name.place;
                    let line =
                        |(at, lever): &(SimTime, Lever)| (*at, lever.clone(), place, Some(called.clone()));
                    written.extend(planned.iter().map(line));
                    levers.extend(planned);
                }
                When::ByChance {
                    from,
                    between,
                    repair,
                } => hazards.push(Hazard {
                    name: format!("{} {}", entry.name.value, name.value),
                    fault: called,
                    from,
                    between,
                    repair,
                    breaks: deed.breaks,
                    heals: deed.heals,
                }),
            }
        }
    }
    lab.schedule.extend(levers);
    lab.schedule.sort_by_key(|(at, _)| *at);
    hazards
}

/// The groups of a lab that is whole otherwise.
pub(super) fn groups(all: &Entries<NamesText>, lab: &Blueprint, problems: &mut Problems) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    if let Some(first) = all.iter().next()
        && !problems.at_most(MOST_GROUPS, all.iter().len(), first.name.place, "groups")
    {
        return groups;
    }
    for entry in all {
        let Some(names) = &entry.body else { continue };
        if groups.iter().any(|group| group.name == entry.name.value) {
            let message = format!("there is another group named `{}`", entry.name.value);
            problems.push(Problem::error(Code::DuplicateName, entry.name.place, message));
        }
        let mut members = Vec::new();
        for name in &names.0 {
            for thing in members_named(name, lab, problems) {
                if !members.contains(&thing) {
                    members.push(thing);
                }
            }
        }
        if members.is_empty() && names.0.is_empty() {
            let problem = Problem::error(Code::BadValue, entry.name.place, "nothing is in the group");
            problems.push(problem.help("name what fails together, for example [\"dx-1\", \"dx-2\"]"));
        }
        groups.push(Group {
            name: entry.name.value.clone(),
            members,
        });
    }
    groups
}

/// What a name in a group stands for.
fn members_named(name: &At<String>, lab: &Blueprint, problems: &mut Problems) -> Vec<ResourceRef> {
    let kinds = || fault::IN_GROUPS.iter().filter_map(|name| fault::kind(name));
    let found = kinds().find_map(|kind| kind.find(lab, &name.value));
    if let Some(target) = found {
        return target.things;
    }
    let message = format!("`{}` is nothing that goes down", name.value);
    let problem = Problem::error(Code::UnknownName, name.place, message).help(
        "a group holds links, routers, Direct Connect locations, segments, availability zones, endpoints, tunnels, \
         peering connections and hosts",
    );
    let known: Vec<String> = kinds()
        .flat_map(|kind| (kind.candidates)(lab))
        .map(|target| target.name)
        .collect();
    problems.push_mistyped(problem, &name.value, known.iter().map(String::as_str));
    Vec::new()
}

fn deed(
    kind: &FaultKind,
    name: &At<String>,
    amount: Option<&At<String>>,
    lab: &Blueprint,
    problems: &mut Problems,
) -> Option<crate::fault::Deed> {
    let Some(target) = kind.find(lab, &name.value) else {
        let message = format!(
            "`{}` is nothing for `{}`, which needs {}",
            name.value, kind.name, kind.target
        );
        let all = (kind.candidates)(lab);
        let names = all.iter().map(|target| target.name.as_str());
        problems.push_mistyped(
            Problem::error(Code::UnknownName, name.place, message),
            &name.value,
            names,
        );
        return None;
    };
    match kind.plan(lab, &target, amount.map_or("", |amount| &amount.value)) {
        Ok(deed) => Some(deed),
        Err(error) => {
            let place = amount.map_or(name.place, |amount| amount.place);
            problems.push(Problem::error(Code::BadValue, place, error.to_string()));
            None
        }
    }
}

/// When a fault comes.
#[derive(Debug, Clone, Copy)]
enum When {
    Times {
        at: SimTime,
        lasts: Option<Span>,
        every: Option<Span>,
        times: u32,
    },
    ByChance {
        from: SimTime,
        between: Span,
        repair: Span,
    },
}

/// A fault comes no oftener, so that a lab of a month ends.
const SHORTEST: Span = Span::secs(1);

fn when(entry: &Entry<FaultText>, text: &FaultText, duration: Span, problems: &mut Problems) -> Option<When> {
    let from = text.at.map_or(SimTime::START, |at| at.value);
    if let Some(at) = text.at.filter(|at| at.value > SimTime::at(duration)) {
        let message = format!("the lab ends after {duration}, before this fault");
        problems.push(Problem::warning(Code::AfterEnd, at.place, message));
    }
    let mut wrong = |place, message: &str, help: &str| {
        problems.push(Problem::error(Code::BadValue, place, message).help(help));
        None
    };
    if let Some(between) = text.between {
        if let Some(other) = text.lasts.or(text.every) {
            return wrong(
                other.place,
                "what comes by chance has no fixed times",
                "write between and repair, or at, lasts, every and times",
            );
        }
        let Some(repair) = text.repair else {
            return wrong(
                between.place,
                "how long does a repair take?",
                "for example repair: \"2h\"",
            );
        };
        if between.value < SHORTEST {
            return wrong(
                between.place,
                "it would come without a pause",
                "at least 1s, on average",
            );
        }
        return Some(When::ByChance {
            from,
            between: between.value,
            repair: repair.value,
        });
    }
    if let Some(repair) = text.repair {
        return wrong(
            repair.place,
            "a repair belongs to what comes by chance",
            "write between, too",
        );
    }
    if text.at.is_none() {
        return wrong(
            entry.name.place,
            "when does it come?",
            "write at: \"6h\", or between: \"5d\" and repair: \"2h\" for what comes by chance",
        );
    }
    if let Some(lasts) = text.lasts.filter(|it| it.value.is_zero()) {
        return wrong(
            lasts.place,
            "what lasts for no time is nothing",
            "leave it out for what lasts for good, or let it be longer",
        );
    }
    let (lasts, every) = (text.lasts.map(|it| it.value), text.every);
    if let Some(every) = every {
        if every.value < SHORTEST || lasts.is_some_and(|lasts| lasts >= every.value) {
            return wrong(
                every.place,
                "it comes again before it is healed",
                "let every be longer than lasts, and at least 1s",
            );
        }
    } else if let Some(times) = text.times {
        return wrong(
            times.place,
            "it is said how often, and not how soon again",
            "write every, too",
        );
    }
    let times = match (text.times, every) {
        (Some(times), _) if times.value == 0 || times.value > MOST_TIMES => {
            return wrong(times.place, "it comes once at least and 10000 times at most", "");
        }
        (Some(times), _) => times.value,
        (None, Some(_)) => MOST_TIMES,
        (None, None) => 1,
    };
    Some(When::Times {
        at: from,
        lasts,
        every: every.map(|every| every.value),
        times,
    })
}
