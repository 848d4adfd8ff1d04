//! What preflight proposes for the broken variants without a migration, as changes or as text of an overlay, laid over them
//! until nothing is left to propose: then the run keeps what the lab expects.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sim_core::scenario::{Loaded, load, shipped, shipped_base};
use sim_core::view::View;
use sim_core::world::blueprint::Blueprint;

use super::{Run, loaded, promised, run, settled};

/// A cure may uncover the next trouble, and both tunnels of a connection are mended one after the other.
const MOST_ROUNDS: usize = 6;

/// Laid over a lab, one after the other.
struct Layers {
    texts: BTreeMap<String, String>,
    top: String,
}

impl Layers {
    fn over(name: &str) -> Self {
        Self {
            texts: BTreeMap::new(),
            top: name.to_owned(),
        }
    }
    fn put(&mut self, said: &str) -> Blueprint {
        let name = format!("layer-{}", self.texts.len());
        let text = format!(
            "Lab(schema: 1, base: {:?}, name: {name:?}, title: \"Cured\", {said})",
            self.top
        );
        let base = |wanted: &str| {
            let own = self.texts.get(wanted).map(|text| Cow::Owned(text.clone()));
            own.or_else(|| shipped_base(wanted))
        };
        let loaded: Loaded = load(&text, &name, &base).unwrap_or_else(|found| {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{text}: {}", lines.join("\n"))
        });
        self.texts.insert(name.clone(), text);
        self.top = name;
        loaded.blueprint
    }
}

/// What an overlay says, of each thing that is to be mended now: of the first check that fails and knows how, else of all that
/// only a failure would show.
fn proposed(blueprint: &Blueprint) -> Vec<String> {
    let session = settled(blueprint);
    let preflight = View::of(&session).preflight();
    let said = |changes: &[String], overlay: Option<&String>| {
        let changes = (!changes.is_empty()).then(|| format!("changes: [{}]", changes.join(", ")));
        changes
            .into_iter()
            .chain(overlay.cloned())
            .collect::<Vec<String>>()
    };
    let failed = preflight.checks.iter().filter(|check| !check.ok);
    let mut cures = failed.map(|check| said(&check.changes, check.overlay.as_ref()));
    let first = cures.find(|cure| !cure.is_empty());
    let hints = || {
        preflight
            .advice
            .iter()
            .flat_map(|it| said(&it.changes, it.overlay.as_ref()))
    };
    first.unwrap_or_else(|| hints().collect())
}

/// What is wrong with a variant once everything that preflight proposes is laid over it.
fn ill_after_cure(name: &str, variant: &Blueprint) -> Option<String> {
    let (mut layers, mut cured) = (Layers::over(name), variant.clone());
    let mut all: Vec<String> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let news: Vec<String> = proposed(&cured)
            .into_iter()
            .filter(|it| !all.contains(it))
            .collect();
        if news.is_empty() {
            break;
        }
        for said in news {
            cured = layers.put(&said);
            all.push(said);
        }
    }
    let text = shipped_base(name).expect("it ships");
    let breaks = loaded(name, &text).breaks.expect("it breaks something");
    let Run { seen, failed } = run(&cured).expect("it runs");
    let left: Vec<String> = promised(&breaks)
        .into_iter()
        .filter(|sign| seen.signs.contains(sign))
        .collect();
    let is_well = left.is_empty() && failed.is_empty();
    (!is_well).then(|| format!("{name}: after {all:?} still {left:?}, {failed:?}"))
}

#[test]
fn what_preflight_proposes_cures_each_variant_without_a_migration() {
    let mut complaints: Vec<String> = Vec::new();
    for (name, text) in shipped() {
        let loaded = loaded(name, text);
        if loaded.breaks.is_none() || loaded.blueprint.migration.is_some() {
            continue;
        }
        let ill = ill_after_cure(name, &loaded.blueprint);
        complaints.extend(ill);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
