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

/// A variant with everything laid over it that preflight proposes, and that in order.
fn cured(name: &str, variant: &Blueprint) -> (Blueprint, Vec<String>) {
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
    (cured, all)
}

/// What is wrong with a variant once everything that preflight proposes is laid over it.
fn ill_after_cure(name: &str, variant: &Blueprint) -> Option<String> {
    let (cured, all) = cured(name, variant);
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

/// Ways of two gateways not to agree that no shipped variant has, the customer's first.
#[test]
fn gateways_that_do_not_agree_are_cured_by_what_preflight_proposes() {
    let aggressive = r#"version: ikev1, mode: aggressive, ike: ["aes256-sha256-modp2048"]"#;
    for (own, other) in [
        ("version: ikev1", "version: ikev2"),
        ("version: ikev2", "version: ikev1"),
        (aggressive, "version: ikev1"),
        (
            r#"version: ikev1, mode: aggressive, ike: ["aes256-sha256-modp4096", "aes256-sha256-modp2048"]"#,
            aggressive,
        ),
        (
            r#"version: ikev1, mode: aggressive, remote_id: "tgw.example.org""#,
            r#"version: ikev1, mode: aggressive, local_id: "gw.example.org""#,
        ),
        (r#"remote_id: "*.example.org""#, r#"local_id: "gw.example.com""#),
        (r#"remote_id: "10.0.0.0/8""#, r#"local_id: "203.0.113.1""#),
    ] {
        let mut layers = Layers::over("ipsec-bgp");
        let tunnel = |router, said| format!(r#"{router:?}: (tunnels: {{"vpn-1": ({said})}})"#);
        let said = format!("routers: {{{}, {}}}", tunnel("cgw-1", own), tunnel("tgw", other));
        let broken = layers.put(&said);
        let Run { failed, .. } = run(&broken).expect("it runs");
        assert!(!failed.is_empty(), "{said}");
        let cures = proposed(&broken);
        let cured = cures.iter().map(|cure| layers.put(cure)).last().expect("a cure");
        let Run { failed, .. } = run(&cured).expect("it runs");
        assert!(failed.is_empty(), "{said}: after {cures:?} still {failed:?}");
    }
}

/// What preflight says of a lab, blocked or advised: the component and the rule, and what mends it.
fn findings(blueprint: &Blueprint) -> BTreeMap<(String, String), (String, bool)> {
    let session = settled(blueprint);
    let preflight = View::of(&session).preflight();
    let failed = preflight.checks.into_iter().filter(|check| !check.ok);
    let pasted = |changes: &[String], overlay: &Option<String>| !changes.is_empty() || overlay.is_some();
    let failed = failed.map(|it| {
        let is_pasted = pasted(&it.changes, &it.overlay);
        ((it.at, it.rule), (it.fix, is_pasted))
    });
    let advised = preflight.advice.into_iter();
    let advised = advised.map(|it| {
        let is_pasted = pasted(&it.changes, &it.overlay);
        ((Some(it.at), Some(it.rule)), (it.fix, is_pasted))
    });
    let told = |text: Option<String>| text.unwrap_or_default();
    let all = failed.chain(advised);
    all.map(|((at, rule), (fix, is_pasted))| ((told(at), told(rule)), (told(fix), is_pasted)))
        .collect()
}

/// What is wrong with what preflight says of a variant, beside what it says of the lab that the variant breaks.
fn untold(name: &str, variant: &Loaded) -> Option<String> {
    let parent = variant
        .blueprint
        .about
        .variant_of
        .as_deref()
        .expect("it has a base");
    let parent_text = shipped_base(parent).expect("it ships");
    let of_parent = findings(&loaded(parent, &parent_text).blueprint);
    let mut own = findings(&variant.blueprint);
    own.retain(|key, _| !of_parent.contains_key(key));
    let whole = |((at, rule), (fix, _)): (&(String, String), &(String, bool))| {
        ![at, rule, fix].into_iter().any(|text| text.is_empty())
    };
    if own.is_empty() || !own.iter().all(whole) {
        return Some(format!("{name}: {own:#?}"));
    }
    let (cured, all) = cured(name, &variant.blueprint);
    let left = findings(&cured);
    let left: Vec<_> = own.keys().filter(|key| left.contains_key(key)).collect();
    (!left.is_empty()).then(|| format!("{name}: {left:#?} is left after {all:#?}"))
}

/// Whether it blocks now or would only bite later: what is broken is told with component, rule and cure, nothing of it is
/// told of the lab that is whole, and laid over the variant the cure leaves nothing of it.
#[test]
fn what_is_told_of_a_variant_is_its_own_and_is_gone_once_it_is_cured() {
    let mut complaints: Vec<String> = Vec::new();
    for (name, text) in shipped() {
        let variant = loaded(name, text);
        if variant.breaks.is_some() {
            complaints.extend(untold(name, &variant));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
