//! Sessions as text: as they are saved, and what was done in them as a lab.

use core::fmt::Write as _;

use crate::fault::{Act, HealedBy, Order};
use crate::migrate::mgn;
use crate::scenario::saved::{SavedBranch, SavedSession, VERSION};
use crate::units::SimTime;
use crate::world::names::Names;

use super::{quoted, to_text};

impl SavedSession {
    /// The session in the notation in which [`read_session`](crate::scenario::read_session) reads it, with the names of its lab.
    #[must_use]
    pub fn to_text(&self, names: &Names, migration: Option<&mgn::Config>) -> String {
        let mut out = String::from(
            "// A session with a lab of Causeway: `causeway open FILE` goes on with it, `causeway replay FILE` runs it again.\n",
        );
        let pen = Pen { names, migration };
        // Writing to a string does not fail.
        let _ = pen.session(&mut out, self);
        out
    }
}

impl SavedBranch {
    /// What was done by hand up to the branch's present, as a lab of this name that is laid over its own: `base` is what that
    /// is called there. A fault that was healed by hand lasts as long as it did.
    #[must_use]
    pub fn to_scenario(
        &self,
        (base, name, title): (&str, &str, &str),
        names: &Names,
        migration: Option<&mgn::Config>,
    ) -> String {
        let done = &self.journal[..self.n_done.min(self.journal.len())];
        let (mut events, mut faults) = (String::new(), String::new());
        for (place, deed) in done.iter().enumerate() {
            let at = instant(deed.at);
            match &deed.act {
                Act::Change(lever) => {
                    let change = to_text(lever, names, migration);
                    events.push_str(&format!("        (at: {at}, change: {change}),\n"));
                }
                Act::Inject(order) => {
                    let healed = done[place..].iter().find_map(|later| match &later.act {
                        Act::Heal {
                            order: healed, since, ..
                        } if healed == order && *since == deed.at => Some(later.at.since(deed.at)),
                        _ => None,
                    });
                    let order = Order {
                        lasts: healed.or(order.lasts),
                        ..order.clone()
                    };
                    let key = quoted(&format!("{} {}: {}", place + 1, order.kind, order.target));
                    faults.push_str(&format!("        {key}: ({}, at: {at}),\n", order_text(&order)));
                }
                // It is in how long its fault lasts.
                Act::Heal { .. } => {}
            }
        }
        let mut text = format!(
            "// What was done by hand in a session, laid over the lab in which it was done.\n\
             Lab(\n    schema: 1,\n    base: {},\n    name: {},\n    title: {},\n",
            quoted(base),
            quoted(name),
            quoted(title)
        );
        if !events.is_empty() {
            text.push_str(&format!("    events: [\n{events}    ],\n"));
        }
        if !faults.is_empty() {
            text.push_str(&format!("    faults: {{\n{faults}    }},\n"));
        }
        text.push_str(")\n");
        text
    }
}

struct Pen<'n> {
    names: &'n Names,
    migration: Option<&'n mgn::Config>,
}

impl Pen<'_> {
    fn session(&self, out: &mut String, session: &SavedSession) -> core::fmt::Result {
        writeln!(out, "Session(\n    version: {VERSION},")?;
        writeln!(out, "    lab: {},", quoted(&session.lab.name))?;
        writeln!(out, "    seed: {},", session.seed)?;
        writeln!(out, "    current: {},", quoted(&session.current))?;
        writeln!(out, "    branches: [")?;
        for branch in &session.branches {
            let from = session
                .branches
                .iter()
                .find(|it| Some(&it.name) == branch.from.as_ref());
            self.branch(out, branch, from)?;
        }
        writeln!(out, "    ],")?;
        if !session.moved.is_empty() {
            writeln!(out, "    moved: [")?;
            for (what, [right, down]) in &session.moved {
                let what = quoted(what);
                writeln!(out, "        (what: {what}, right: {right}, down: {down}),")?;
            }
            writeln!(out, "    ],")?;
        }
        writeln!(out, "    texts: [")?;
        for (name, text) in &session.lab.texts {
            writeln!(out, "        (name: {}, text: {}),", quoted(name), verbatim(text))?;
        }
        writeln!(out, "    ],\n)")
    }

    fn branch(
        &self,
        out: &mut String,
        branch: &SavedBranch,
        from: Option<&SavedBranch>,
    ) -> core::fmt::Result {
        writeln!(out, "        (\n            name: {},", quoted(&branch.name))?;
        if let Some(from) = &branch.from {
            writeln!(out, "            from: {},", quoted(from))?;
        }
        writeln!(
            out,
            "            began: {}, now: {}, steps: {}, done: {},",
            instant(branch.began_at),
            instant(branch.now),
            branch.n_steps,
            branch.n_done
        )?;
        writeln!(out, "            journal: [")?;
        for deed in &branch.journal {
            let (at, after) = (instant(deed.at), deed.after);
            writeln!(
                out,
                "                (at: {at}, after: {after}, {}),",
                self.act(&deed.act)
            )?;
        }
        writeln!(out, "            ],\n            marks: [")?;
        for mark in &branch.marks {
            writeln!(
                out,
                "                (at: {}, steps: {}, done: {}, records: {}, hash: {}),",
                instant(mark.at),
                mark.n_steps,
                mark.n_done,
                mark.n_records,
                quoted(&mark.hash)
            )?;
        }
        writeln!(out, "            ],")?;
        if let Some(trail) = &branch.trail {
            let n_shared = from
                .and_then(|from| from.trail.as_ref())
                .map_or(0, |it| trail.n_shared(it));
            let shares = if n_shared > 0 {
                format!(" shares: {n_shared},")
            } else {
                String::new()
            };
            writeln!(
                out,
                "            trail: (every: {},{shares} prints: [",
                trail.every()
            )?;
            for line in trail.lines(n_shared) {
                writeln!(out, "                {},", quoted(&line))?;
            }
            writeln!(out, "            ]),")?;
        }
        writeln!(out, "        ),")
    }

    fn act(&self, act: &Act) -> String {
        match act {
            Act::Change(lever) => format!("change: {}", to_text(lever, self.names, self.migration)),
            Act::Inject(order) => format!("inject: ({})", order_text(order)),
            Act::Heal { order, since, by } => {
                let by = match by {
                    HealedBy::Hand => "hand",
                    HealedBy::Time => "time",
                };
                format!(
                    "heal: ({}, since: {}, by: {by})",
                    order_text(order),
                    instant(*since)
                )
            }
        }
    }
}

/// The fields of a fault, as they also stand in a scenario.
fn order_text(order: &Order) -> String {
    let mut text = format!("kind: {}, of: {}", order.kind, quoted(&order.target));
    if !order.amount.is_empty() {
        text.push_str(&format!(", amount: {}", quoted(&order.amount)));
    }
    if let Some(lasts) = order.lasts {
        text.push_str(&format!(", lasts: \"{lasts}\""));
    }
    text
}

fn instant(at: SimTime) -> String {
    format!("\"{}\"", at.since(SimTime::START))
}

/// A text as it stands, in quotes that do not end in it.
fn verbatim(text: &str) -> String {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}
