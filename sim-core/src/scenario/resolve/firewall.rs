//! Routers' firewalls, and whom routers hide.

use std::sync::Arc;

use crate::resource::{ResourceRef, RouterId, RouterInterfaceId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::{PassRuleText, RouterText, SourceNatText};
use crate::site::{Attachment, PassRule, SourceNat};
use crate::world::names::Names;

use super::router::Routers;

/// Rules of one router's firewall.
const MOST_RULES: usize = 5_000;
/// Entries of one router's source NAT.
const MOST_HIDDEN: usize = 200;

/// Fills firewalls and source NAT, once all interfaces are there.
pub(super) fn fill(
    all: &Entries<RouterText>,
    ids: &[RouterId],
    routers: &mut Routers,
    problems: &mut Problems,
) {
    for (entry, id) in all.iter().zip(ids) {
        let Some(text) = &entry.body else { continue };
        let place = entry.name.place;
        let n_rules = text.firewall.as_ref().map_or(0, Vec::len);
        if !problems.at_most(MOST_RULES, n_rules, place, "firewall rules of a router")
            || !problems.at_most(
                MOST_HIDDEN,
                text.nat.len(),
                place,
                "entries of a router's source NAT",
            )
        {
            continue;
        }
        let firewall = text.firewall.as_ref().map(|rules| {
            let rules = rules.iter();
            let rules = rules.filter_map(|rule| pass_rule(rule, *id, &routers.names, problems));
            rules.collect::<Vec<PassRule>>()
        });
        let nat = hidden(text, *id, routers, problems);
        if let Some(row) = routers.routing.routers.get_mut(*id) {
            let row = Arc::make_mut(row);
            row.firewall = firewall;
            row.nat = nat;
        }
    }
}

/// A rule with the interfaces that it names.
pub(super) fn pass_rule(
    text: &PassRuleText,
    router: RouterId,
    names: &Names,
    problems: &mut Problems,
) -> Option<PassRule> {
    let mut named = |name: &Option<At<String>>| match name {
        None => Some(None),
        Some(name) => interface(name, router, names, problems).map(Some),
    };
    let (from, to) = (named(&text.from), named(&text.to));
    Some(PassRule {
        action: text.action,
        from: from?,
        to: to?,
        protocol: text.protocol.meant(),
        ports: text.ports,
        source: text.source.unwrap_or_default(),
        destination: text.destination.unwrap_or_default(),
    })
}

/// The interface of a router on a link, segment or tunnel of that name.
fn interface(
    name: &At<String>,
    router: RouterId,
    names: &Names,
    problems: &mut Problems,
) -> Option<RouterInterfaceId> {
    let prefix = format!("{}:", names.of(router));
    let pick = |thing: &ResourceRef| match thing {
        ResourceRef::RouterInterface(id) => Some(*id),
        _ => None,
    };
    let found = names
        .find(&format!("{prefix}{}", name.value))
        .iter()
        .find_map(pick);
    if found.is_none() {
        let message = format!(
            "router `{}` has no interface on a link, segment or tunnel `{}`",
            names.of(router),
            name.value
        );
        let all = names.iter().filter(|(thing, _)| pick(thing).is_some());
        let own = all.filter_map(|(_, name)| name.strip_prefix(&prefix));
        problems.push_mistyped(
            Problem::error(Code::UnknownName, name.place, message),
            &name.value,
            own,
        );
    }
    found
}

/// Whom a router hides, and behind which interface.
fn hidden(text: &RouterText, id: RouterId, routers: &Routers, problems: &mut Problems) -> Vec<SourceNat> {
    let mut all = Vec::new();
    for SourceNatText(text) in &text.nat {
        let Some(interface) = interface(&text.to, id, &routers.names, problems) else {
            continue;
        };
        let row = routers.routing.interfaces.get(interface);
        if let Some(Attachment::Tunnel(_)) = row.map(|row| row.attached) {
            let message = "nobody is hidden behind the inside address of a tunnel here";
            problems.push(
                Problem::error(Code::Refused, text.to.place, message)
                    .help("name a link or a segment by which the packets leave"),
            );
        }
        all.push(SourceNat {
            interface,
            source: text.source.unwrap_or_default(),
        });
    }
    all
}
