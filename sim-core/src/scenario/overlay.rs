//! One lab laid over another.
//!
//! Works on the trees, before anything is typed, so that an overlay may say any part of a lab and
//! leave out the rest: groups are laid over each other field by field, maps name by name, and
//! everything else is replaced. Every node keeps its place, so that what is wrong is shown in the
//! file that says it.

use std::collections::BTreeMap;

use super::problem::{At, Problems};
use super::syntax::{Arguments, Field, Kind, Node};

/// Fields that speak of one file only and are not taken from below.
const OWN: &[&str] = &["schema", "name", "title", "teaches", "base", "breaks"];
/// Fields that are replaced as a whole: plans, of which half makes no sense.
const WHOLE: &[&str] = &["applications", "waves", "runbook", "expect"];
/// Lists that follow those from below.
const APPENDED: &[&str] = &["changes", "events"];

/// The lab that `base` names, as it stands in the tree, with its node.
pub(super) fn base_of(lab: &Node) -> Option<&Node> {
    fields(lab)?
        .iter()
        .find(|field| field.name == "base")
        .map(|field| &field.value)
}

fn fields(node: &Node) -> Option<&[Field]> {
    match &node.kind {
        Kind::Group {
            arguments: Arguments::Named(fields),
            ..
        } => Some(fields),
        _ => None,
    }
}

/// `over` laid over `under`: two whole labs.
pub(super) fn lay(over: Node, mut under: Node, problems: &mut Problems) -> Node {
    if let Kind::Group {
        arguments: Arguments::Named(fields),
        ..
    } = &mut under.kind
    {
        fields.retain(|field| !OWN.contains(&field.name.as_str()));
    }
    let place = over.place;
    Node {
        place,
        ..merge(over, under, problems)
    }
}

fn merge(over: Node, under: Node, problems: &mut Problems) -> Node {
    let place = under.place;
    match (over.kind, under.kind) {
        (
            Kind::Group {
                name: over_name,
                arguments: Arguments::Named(over_fields),
            },
            Kind::Group {
                name,
                arguments: Arguments::Named(fields),
            },
            // A choice such as `daily(…)` is one value; only plain groups and the lab itself merge.
        ) if over_name == name && name.as_deref().is_none_or(|name| name == "Lab") => {
            let arguments = Arguments::Named(merge_fields(over_fields, fields, problems));
            Node {
                kind: Kind::Group { name, arguments },
                place,
            }
        }
        (Kind::Map(over_entries), Kind::Map(entries)) => Node {
            kind: Kind::Map(merge_entries(over_entries, entries, problems)),
            place,
        },
        (kind, _) => Node {
            kind,
            place: over.place,
        },
    }
}

/// Entries of both stay where they stood below; new ones follow. `None` takes one away.
fn merge_entries(
    over: Vec<(Node, Node)>,
    under: Vec<(Node, Node)>,
    problems: &mut Problems,
) -> Vec<(Node, Node)> {
    let name_of = |key: &Node| match &key.kind {
        Kind::Text(name) => Some(name.clone()),
        _ => None,
    };
    let mut places: BTreeMap<String, usize> = under
        .iter()
        .enumerate()
        .filter_map(|(at, (key, _))| Some((name_of(key)?, at)))
        .collect();
    let known: Vec<String> = places.keys().cloned().collect();
    let mut added = Vec::new();
    let mut laid: Vec<Option<(Node, Node)>> = under.into_iter().map(Some).collect();
    for (key, value) in over {
        let below = name_of(&key)
            .and_then(|name| places.remove(&name))
            .and_then(|at| laid.get_mut(at));
        match below {
            Some(slot) => {
                let merged = slot.take().filter(|_| !matches!(value.kind, Kind::Absent));
                *slot = merged.map(|(_, under)| (key, merge(value, under, problems)));
            }
            None => {
                let place = key.place;
                added.extend(name_of(&key).map(|name| (At { value: name, place }, value.place)));
                laid.push(Some((key, value)));
            }
        }
    }
    problems.note_newcomers(added, known);
    laid.into_iter().flatten().collect()
}

fn merge_fields(over: Vec<Field>, under: Vec<Field>, problems: &mut Problems) -> Vec<Field> {
    let mut places: BTreeMap<String, usize> = under
        .iter()
        .enumerate()
        .map(|(at, field)| (field.name.clone(), at))
        .collect();
    let mut laid = under;
    for field in over {
        match places.remove(&field.name).and_then(|at| laid.get_mut(at)) {
            Some(slot) => {
                let nothing = Node {
                    kind: Kind::Bad,
                    place: slot.place,
                };
                let below = core::mem::replace(&mut slot.value, nothing);
                slot.place = field.place;
                slot.value = merge_field(&field.name, field.value, below, problems);
            }
            None => laid.push(field),
        }
    }
    laid
}

fn merge_field(name: &str, over: Node, under: Node, problems: &mut Problems) -> Node {
    if WHOLE.contains(&name) {
        over
    } else if APPENDED.contains(&name) {
        append(over, under)
    } else {
        merge(over, under, problems)
    }
}

fn append(over: Node, under: Node) -> Node {
    match (over.kind, under.kind) {
        (Kind::List(more), Kind::List(mut values)) => {
            values.extend(more);
            Node {
                kind: Kind::List(values),
                place: over.place,
            }
        }
        (kind, _) => Node {
            kind,
            place: over.place,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::syntax::parse;

    fn tree(text: &str) -> Node {
        parse(text, 0, &mut Problems::default()).expect("well-formed text")
    }

    /// A tree as one line.
    fn written(node: &Node) -> String {
        let list = |parts: Vec<String>| parts.join(", ");
        match &node.kind {
            Kind::Bad => "?".to_owned(),
            Kind::Absent => "None".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Number(text) | Kind::Word(text) => text.clone(),
            Kind::Text(text) => format!("{text:?}"),
            Kind::List(values) => format!("[{}]", list(values.iter().map(written).collect())),
            Kind::Map(entries) => {
                let pair = |(key, value): &(Node, Node)| format!("{}: {}", written(key), written(value));
                format!("{{{}}}", list(entries.iter().map(pair).collect()))
            }
            Kind::Group { name, arguments } => {
                let inside = match arguments {
                    Arguments::Named(fields) => fields
                        .iter()
                        .map(|f| format!("{}: {}", f.name, written(&f.value)))
                        .collect(),
                    Arguments::Positional(values) => values.iter().map(written).collect(),
                };
                format!("{}({})", name.as_deref().unwrap_or(""), list(inside))
            }
        }
    }

    #[track_caller]
    fn check(over: &str, under: &str, expected: &str) {
        assert_eq!(
            written(&lay(tree(over), tree(under), &mut Problems::default())),
            expected
        );
    }

    #[test]
    fn groups_merge_by_field_and_maps_by_name() {
        check(
            "Lab(name: \"b\", vpcs: {\"x\": (cidrs: [2]), \"z\": ()}, seed: 2)",
            "Lab(name: \"a\", title: \"t\", seed: 1, vpcs: {\"x\": (region: 1, cidrs: [1]), \"y\": ()})",
            "Lab(seed: 2, vpcs: {\"x\": (region: 1, cidrs: [2]), \"y\": (), \"z\": ()}, name: \"b\")",
        );
    }

    #[test]
    fn plans_are_replaced_changes_added_choices_replaced_and_none_removes() {
        check(
            "Lab(expect: {\"b\": 2}, changes: [2], writes: daily(x: 2), hosts: {\"h\": None})",
            "Lab(expect: {\"a\": 1}, changes: [1], writes: daily(x: 1, y: 1), hosts: {\"h\": (), \"i\": ()})",
            "Lab(expect: {\"b\": 2}, changes: [1, 2], writes: daily(x: 2), hosts: {\"i\": ()})",
        );
    }
}
