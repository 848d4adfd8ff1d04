//! The map as text for programs that lay graphs out themselves.

use std::fmt::Write as _;

use crate::topology::{Container, ContainerId, Health, Line, LinkId, Place, Topology};

/// The name of a place within the text: letters and digits alone, so that every program takes it.
fn id(place: Place) -> String {
    match place {
        Place::Container(id) => format!("box{}", id.index()),
        Place::Node(id) => format!("node{}", id.index()),
    }
}

/// A link may end at a box in which nothing stands: then the box is written as a thing.
fn is_thing(topology: &Topology, container: ContainerId) -> bool {
    topology
        .container(container)
        .is_some_and(|it| it.children().is_empty())
}

fn title(container: &Container) -> String {
    let words = [container.kind.label(), &container.name, &container.note];
    words
        .into_iter()
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The map in the language of Mermaid, as a flowchart from left to right.
#[must_use]
pub fn mermaid(topology: &Topology) -> String {
    let mut text = String::from("flowchart LR\n");
    for &place in topology.top() {
        mermaid_place(topology, place, 1, &mut text);
    }
    for (_, link) in topology.numbered_links() {
        let [from, to] = link.ends().map(id);
        let arrow = match link.line {
            Line::Wire | Line::Relation => "---",
            Line::Tunnel => "-.-",
        };
        let _ = writeln!(text, "    {from} {arrow}|{}| {to}", quoted(&link.name, "#quot;"));
    }
    let failed: Vec<String> = topology
        .numbered_nodes()
        .filter(|(_, node)| node.health == Health::Failed)
        .map(|(node, _)| id(Place::Node(node)))
        .collect();
    if !failed.is_empty() {
        let _ = writeln!(
            text,
            "    classDef failed stroke:#c84800,stroke-width:3px,stroke-dasharray:4 3"
        );
        let _ = writeln!(text, "    class {} failed", failed.join(","));
    }
    text
}

fn mermaid_place(topology: &Topology, place: Place, depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth);
    let name = |words: &str| quoted(words, "#quot;");
    match place {
        Place::Node(node) => {
            if let Some(node) = topology.node(node) {
                let words = if node.note.is_empty() {
                    node.name.clone()
                } else {
                    format!("{}<br/>{}", node.name, node.note)
                };
                let _ = writeln!(text, "{indent}{}[{}]", id(place), name(&words));
            }
        }
        Place::Container(container) => {
            let Some(row) = topology.container(container) else {
                return;
            };
            if is_thing(topology, container) {
                let _ = writeln!(text, "{indent}{}[{}]", id(place), name(&title(row)));
                return;
            }
            let _ = writeln!(text, "{indent}subgraph {}[{}]", id(place), name(&title(row)));
            for &child in row.children() {
                mermaid_place(topology, child, depth + 1, text);
            }
            let _ = writeln!(text, "{indent}end");
        }
    }
}

/// The map in the language of Graphviz, with a cluster for each box.
#[must_use]
pub fn graphviz(topology: &Topology) -> String {
    let mut text = format!(
        "graph lab {{\n    label={};\n    rankdir=LR; compound=true; fontname=\"sans-serif\";\n    node [shape=box style=rounded fontname=\"sans-serif\"];\n    edge [fontname=\"sans-serif\" fontsize=10];\n",
        quoted(&topology.title, "\\\"")
    );
    for &place in topology.top() {
        graphviz_place(topology, place, 1, &mut text);
    }
    for (link, _) in topology.numbered_links() {
        graphviz_link(topology, link, &mut text);
    }
    text.push_str("}\n");
    text
}

fn graphviz_link(topology: &Topology, link: LinkId, text: &mut String) {
    let Some(link) = topology.link(link) else { return };
    let [from, to] = link.ends();
    // An edge joins things: of a box the first thing in it, with the line cut at the box.
    let (Some(tail), Some(head)) = (thing_in(topology, from), thing_in(topology, to)) else {
        return;
    };
    let mut looks = vec![format!("label={}", quoted(&link.name, "\\\""))];
    for (end, cut) in [(from, "ltail"), (to, "lhead")] {
        if let Place::Container(container) = end
            && !is_thing(topology, container)
        {
            looks.push(format!("{cut}=cluster_{}", id(end)));
        }
    }
    match link.line {
        Line::Wire => {}
        Line::Tunnel => looks.push("style=dashed".to_owned()),
        Line::Relation => looks.push("style=dotted".to_owned()),
    }
    if link.health == Health::Failed {
        looks.push("color=red".to_owned());
    }
    let _ = writeln!(text, "    {} -- {} [{}];", id(tail), id(head), looks.join(" "));
}

/// The thing itself, or the first in a box, however deep.
fn thing_in(topology: &Topology, place: Place) -> Option<Place> {
    let mut place = place;
    loop {
        match place {
            Place::Node(_) => return Some(place),
            Place::Container(id) => match topology.container(id)?.children().first() {
                Some(child) => place = *child,
                None => return Some(place),
            },
        }
    }
}

fn graphviz_place(topology: &Topology, place: Place, depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth);
    match place {
        Place::Node(node) => {
            let Some(node) = topology.node(node) else { return };
            let words = if node.note.is_empty() {
                node.name.clone()
            } else {
                format!("{}\n{}", node.name, node.note)
            };
            let color = if node.health == Health::Failed {
                " color=red penwidth=2"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "{indent}{} [label={}{color}];",
                id(place),
                quoted(&words, "\\\"")
            );
        }
        Place::Container(container) => {
            let Some(row) = topology.container(container) else {
                return;
            };
            if is_thing(topology, container) {
                let _ = writeln!(
                    text,
                    "{indent}{} [label={}];",
                    id(place),
                    quoted(&title(row), "\\\"")
                );
                return;
            }
            let _ = writeln!(text, "{indent}subgraph cluster_{} {{", id(place));
            let _ = writeln!(
                text,
                "{indent}    label={}; style=rounded;",
                quoted(&title(row), "\\\"")
            );
            for &child in row.children() {
                graphviz_place(topology, child, depth + 1, text);
            }
            let _ = writeln!(text, "{indent}}}");
        }
    }
}

/// Words in quotation marks, with those in them written as `mark`; line ends as both languages write them.
fn quoted(words: &str, mark: &str) -> String {
    let words = if mark.starts_with('\\') {
        words.replace('\\', "\\\\")
    } else {
        words.to_owned()
    };
    format!("\"{}\"", words.replace('"', mark).replace('\n', "\\n"))
}
