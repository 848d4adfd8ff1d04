//! What is asked why, and where what began it was written.

use crate::kernel::RecordId;
use crate::lab::{Act, Called};
use crate::migrate::ground::Remote;
use crate::resource::ResourceRef;
use crate::scenario::nearest;
use crate::units::SimTime;
use crate::world::blueprint::Origin;
use crate::world::lever::Lever;
use crate::world::network::{DNS_PORT, Resolution, Resolver, resolve_at};
use crate::world::notice::{Happening, Notability, Record};

use super::{LogRow, View};

/// Why nothing can be told of what is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// Nothing in the lab is called so.
    #[error("there is nothing called `{name}` in the lab{}", or_meant(nearest.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// Several things are called so.
    #[error("several things are called `{name}`: ask of {}", any_of(candidates))]
    Several {
        /// The name.
        name: String,
        /// How each is asked of.
        candidates: Vec<String>,
    },
    /// Nothing has happened to it.
    #[error("nothing has happened to {name} until {until}")]
    Nothing {
        /// The name.
        name: String,
        /// The present.
        until: SimTime,
    },
    /// The check passes.
    #[error("{name} passes at {at}: there is nothing to be told of it")]
    Passes {
        /// The check.
        name: String,
        /// The present.
        at: SimTime,
    },
}

fn or_meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |it| format!("; did you mean `{it}`?"))
}

fn any_of(candidates: &[String]) -> String {
    let all: Vec<String> = candidates.iter().map(|it| format!("`{it}`")).collect();
    all.join(" or ")
}

/// What of a lab's text a kind of thing is written under.
fn section(thing: ResourceRef) -> String {
    match thing {
        ResourceRef::Host(_) => "hosts".to_owned(),
        other => format!("{}s", other.kind().to_lowercase().replace(' ', "_")),
    }
}

/// How a thing is asked of, where its name alone is not enough.
fn qualified(thing: ResourceRef, name: &str) -> String {
    format!("{}:{name}", thing.kind().to_lowercase().replace(' ', "-"))
}

impl View<'_> {
    /// The last notable record about what is called so: a thing of the lab, a probe, or a thing of one kind (`subnet:staging`).
    ///
    /// # Errors
    /// Where nothing is called so, several things are, or nothing has happened to it.
    pub fn asked(&self, name: &str) -> Result<RecordId, NotTold> {
        if let Some(record) = self.last_of_probe(name) {
            return Ok(record);
        }
        let names = self.world.names();
        // A probe of that name has nothing to tell, or would have been found.
        let things = names.find(name).iter().copied();
        let mut found: Vec<ResourceRef> = things.filter(|it| !matches!(it, ResourceRef::Probe(_))).collect();
        if found.is_empty()
            && let Some((kind, bare)) = name.split_once(':')
        {
            let is_of_kind = |thing: &&ResourceRef| qualified(**thing, bare) == qualified_as(kind, bare);
            found = names.find(bare).iter().filter(is_of_kind).copied().collect();
        }
        // A source server and its host are one; so are a virtual interface, AWS's end of it and its line.
        let whole = |thing: &ResourceRef| {
            let parts = self.parts_of(*thing);
            found.iter().all(|it| parts.contains(it))
        };
        let is_server = |thing: &&ResourceRef| matches!(thing, ResourceRef::SourceServer(_));
        let one = found.iter().find(is_server).filter(|it| whole(it));
        if let Some(one) = one.or_else(|| found.iter().find(|it| whole(it))).copied() {
            found = vec![one];
        }
        let probes: Vec<&str> = self.world.probes().map(|(plan, _)| &*plan.name).collect();
        match found.as_slice() {
            [] if probes.contains(&name) => Err(self.nothing(name)),
            [] => {
                let known: Vec<&str> = names.iter().map(|(_, name)| name).chain(probes).collect();
                Err(NotTold::Unknown {
                    name: name.to_owned(),
                    nearest: nearest(name, &known).map(str::to_owned),
                })
            }
            [thing] => self.last_about(*thing).ok_or_else(|| self.nothing(name)),
            several => Err(NotTold::Several {
                name: name.to_owned(),
                candidates: several.iter().map(|thing| qualified(*thing, name)).collect(),
            }),
        }
    }

    /// The last notable record about a thing of the lab.
    ///
    /// # Errors
    /// Where nothing has happened to it.
    pub fn thing_asked(&self, thing: ResourceRef) -> Result<RecordId, NotTold> {
        self.last_about(thing)
            .ok_or_else(|| self.nothing(&self.world.names().of(thing)))
    }

    fn nothing(&self, name: &str) -> NotTold {
        NotTold::Nothing {
            name: name.to_owned(),
            until: self.world.now(),
        }
    }

    fn last_of_probe(&self, asked: &str) -> Option<RecordId> {
        let mut latest_first = self.world.trace().records().rev();
        let is_it = |record: &&Record| match &record.what {
            Happening::ProbeLost { name, .. } | Happening::ProbeAnswered { name, .. } => &**name == asked,
            _ => false,
        };
        latest_first.find(is_it).map(|record| record.id)
    }

    /// What a check of preflight that fails at present follows from: the edit before which it would have passed, else what
    /// last happened to the component that stops it.
    ///
    /// # Errors
    /// Where there is no such check, it passes, or nothing is known to have brought it about.
    pub fn check_asked(&self, name: &str) -> Result<RecordId, NotTold> {
        let checks = self.preflight().checks;
        let Some(check) = checks.iter().find(|check| check.name == name) else {
            let known: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
            return Err(NotTold::Unknown {
                name: name.to_owned(),
                nearest: nearest(name, &known).map(str::to_owned),
            });
        };
        if check.ok {
            return Err(NotTold::Passes {
                name: name.to_owned(),
                at: self.world.now(),
            });
        }
        let session = self.session;
        let passes = |view: View<'_>| {
            let checks = view.preflight().checks;
            checks.iter().any(|check| check.name == name && check.ok)
        };
        let edit = self.world.edit_behind(|world| passes(View { session, world }));
        edit.or_else(|| check.about.and_then(|thing| self.last_about(thing)))
            .ok_or_else(|| self.nothing(name))
    }

    /// Says of a chain of causes, the root first, where what disturbs the lab was written.
    pub(super) fn tell_origins(&self, records: &[&Record], chain: &mut [LogRow]) {
        for (record, row) in records.iter().zip(&mut *chain) {
            row.origin = self.origin(record);
        }
        let is_disturbed = records
            .iter()
            .any(|record| matches!(record.what, Happening::Lever(_) | Happening::LeverRefused { .. }));
        if is_disturbed {
            return;
        }
        // Nothing made it so: it was written so.
        let refused = records.iter().zip(chain).rev();
        let mut refused =
            refused.filter(|(record, row)| row.origin.is_none() && record.what.refusal().is_some());
        if let Some((_, row)) = refused.next() {
            row.origin = self.lacking(records);
        }
    }

    /// Where what a record tells was written, or who did it.
    fn origin(&self, record: &Record) -> Option<String> {
        match &record.what {
            Happening::Lever(lever) | Happening::LeverRefused { lever, .. } => {
                self.origin_of(record.at, lever)
            }
            Happening::StepReady => {
                let line = self.written_at(record.subject)?;
                Some(format!("a step of the runbook, {line}"))
            }
            _ => None,
        }
    }

    /// The fault that a record tells of.
    pub(super) fn fault_behind(&self, record: &Record) -> Option<Called> {
        match &record.what {
            Happening::Lever(lever) => self.fault_of(record.at, lever),
            _ => None,
        }
    }

    /// The fault that a lever is part of, or that it heals.
    pub(super) fn fault_of(&self, at: SimTime, lever: &Lever) -> Option<Called> {
        let mut deeds = self.session.journal().iter();
        if let Some(deed) = deeds.find(|deed| deed.at == at && deed.levers.contains(lever)) {
            return match &deed.act {
                Act::Change(_) => None,
                Act::Inject(order) | Act::Heal { order, .. } => {
                    Some(Called::new(order.kind, order.target.clone()))
                }
            };
        }
        self.planned(at, lever)?.fault.clone()
    }

    /// Where a lever was written that the lab, or who asked for it, has planned.
    fn planned(&self, at: SimTime, lever: &Lever) -> Option<&Origin> {
        let mut origins = self.session.blueprint().origins.iter();
        origins.find(|it| it.at == at && it.lever == *lever)
    }

    fn origin_of(&self, at: SimTime, lever: &Lever) -> Option<String> {
        let mut deeds = self.session.journal().iter();
        if let Some(deed) = deeds.find(|deed| deed.at == at && deed.levers.contains(lever)) {
            return Some(match &deed.act {
                Act::Change(_) => "done by hand".to_owned(),
                Act::Inject(order) => format!("a fault, by hand: {} of {}", order.kind, order.target),
                Act::Heal { order, .. } if deed.is_by_hand() => {
                    format!("healed by hand: {} of {}", order.kind, order.target)
                }
                Act::Heal { order, .. } => format!("its time was up: {} of {}", order.kind, order.target),
            });
        }
        Some(self.planned(at, lever)?.written.to_string())
    }

    /// Where what refused is written, and what it lacks, where that can be said.
    fn lacking(&self, records: &[&Record]) -> Option<String> {
        let refusal = records.iter().rev().find_map(|record| record.what.refusal())?;
        let asked = records.iter().find_map(|record| match &record.what {
            Happening::CallFailed {
                to: Remote::Name(name),
                ..
            } => name.parse().ok(),
            _ => None,
        });
        let server = records.iter().find_map(|record| match &record.what {
            Happening::Dropped { packet, .. } if packet.destination_port == DNS_PORT => {
                let mut hosts = self.world.network().hosts.iter();
                let is_it = |(id, _): &(_, _)| self.world.network().address_of(*id) == Some(packet.source);
                let (id, host) = hosts.find(is_it)?;
                host.name_server.is_some().then_some(id)
            }
            _ => None,
        });
        if let (Some(name), Some(server)) = (&asked, server)
            && let Resolution::Recurse = resolve_at(self.world.network(), Resolver::NameServer(server), name)
            && let Some(line) = self.written_at(server.into())
        {
            return Some(format!("{line}, has no forwarder for it"));
        }
        let place = refusal.rule.map_or(refusal.at, crate::verdict::Rule::component);
        self.written_at(place).or_else(|| self.written_at(refusal.at))
    }

    /// Where a thing is written: "`dns`, line 31 of onprem-to-aws".
    fn written_at(&self, thing: ResourceRef) -> Option<String> {
        let name = self.world.names().of(thing);
        let source = &self.session.blueprint().source;
        let own = source.texts.get_key_value(&source.name);
        let bases = source.texts.iter().filter(|(file, _)| **file != source.name);
        let mut found = own.into_iter().chain(bases).filter_map(|(file, text)| {
            let line = line_of(text, &section(thing), &name)?;
            Some(format!("`{name}`, line {line} of {file}"))
        });
        found.next()
    }

    /// The last notable record about a thing or what belongs to it, of those that are kept: why it stands as it does; also
    /// that a rule of it refused something. Where nothing notable happened to it, the last of all.
    #[must_use]
    pub fn last_about(&self, thing: ResourceRef) -> Option<RecordId> {
        if let ResourceRef::Probe(_) = thing {
            return self.last_of_probe(&self.world.names().of(thing));
        }
        let parts = self.parts_of(thing);
        let refused_by = |record: &Record| {
            let rule = record.what.refusal().and_then(|refusal| refusal.rule);
            rule.is_some_and(|rule| parts.contains(&rule.component()))
        };
        let about = || {
            let records = self.world.trace().records().rev();
            records.filter(|record| parts.contains(&record.subject) || refused_by(record))
        };
        let notable = about().find(|record| record.what.notability() >= Notability::Notable);
        notable.or_else(|| about().next()).map(|record| record.id)
    }
}

fn qualified_as(kind: &str, bare: &str) -> String {
    format!("{}:{bare}", kind.trim().to_lowercase().replace([' ', '_'], "-"))
}

/// The line, from 1, on which a text has an entry of that name: of several, the one in the section where things of the kind
/// are written.
fn line_of(text: &str, section: &str, name: &str) -> Option<usize> {
    let (entry, opens) = (format!("{name:?}:"), format!("{section}:"));
    let mut is_in_section = false;
    let mut first = None;
    for (place, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let begins_section = line.split_once(':').is_some_and(|(word, rest)| {
            let is_word = word.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
            is_word && !word.is_empty() && rest.trim_start().starts_with('{')
        });
        if begins_section {
            is_in_section = line.starts_with(&opens);
        }
        if line.contains(&entry) && !line.starts_with("//") {
            if is_in_section {
                return Some(place + 1);
            }
            first.get_or_insert(place + 1);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_in_the_section_of_its_kind() {
        let text = "Lab(\n subnets: {\n  \"staging\": (),\n },\n route_tables: {\n  // \"staging\": none\n  \"staging\": (),\n },\n)";
        assert_eq!(line_of(text, "subnets", "staging"), Some(3));
        assert_eq!(line_of(text, "route_tables", "staging"), Some(7));
        assert_eq!(line_of(text, "hosts", "staging"), Some(3));
        assert_eq!(line_of(text, "hosts", "stage"), None);
    }
}
