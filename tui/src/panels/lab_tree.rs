//! The lab as a tree: Regions, VPCs, subnets, what is in them, gateways with what is joined to them, and
//! the links between all of them.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::resource::ResourceRef;
use sim_core::view::{Health, Link, NodeKind, Place, Topology};

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// The lab as a tree.
#[derive(Debug, Default)]
pub(super) struct LabTree {
    cursor: Cursor,
    closed: BTreeSet<ResourceRef>,
    filter: String,
}

/// A line of the tree.
struct Row {
    id: ResourceRef,
    depth: usize,
    name: String,
    caption: String,
    health: Health,
    /// None where there is nothing to open.
    open: Option<bool>,
}

impl LabTree {
    fn rows(&self, topology: &Topology) -> Vec<Row> {
        let mut rows = Vec::new();
        self.branch(topology, None, 0, &mut rows);
        // Routers and Direct Connect gateways stand in no box.
        self.nodes(topology, None, 0, &mut rows);
        // What joins a gateway to something is told with the gateway: its end of AWS's and its line are called the same.
        let joints: BTreeSet<&str> = (topology.links.iter())
            .filter(|link| gateway_of(topology, link).is_some())
            .map(|link| link.name.as_str())
            .collect();
        let busy = |load: sim_core::units::BitRate| {
            if load.is_zero() {
                String::new()
            } else {
                format::rate(load)
            }
        };
        let links = topology.links.iter();
        let alone = links.filter(|link| !joints.contains(link.name.as_str()));
        rows.extend(alone.map(|link| Row {
            id: link.id,
            depth: 0,
            name: link.name.clone(),
            caption: if link.health == Health::Good || link.health == Health::Idle {
                busy(link.load)
            } else {
                link.state.clone()
            },
            health: link.health,
            open: None,
        }));
        if !self.filter.is_empty() {
            let wanted = self.filter.to_lowercase();
            rows.retain(|row| {
                row.name.to_lowercase().contains(&wanted)
                    || row.caption.to_lowercase().contains(&wanted)
                    || row.id.kind().to_lowercase().contains(&wanted)
            });
        }
        rows
    }

    /// The things of a box, gateways with what is joined to them.
    fn nodes(&self, topology: &Topology, parent: Option<usize>, depth: usize, rows: &mut Vec<Row>) {
        for (place, node) in topology.nodes_in(parent) {
            let is_end = |link: &Link| {
                let is_far = link.ends[1] == Place::Node(place);
                is_far && link.name == node.name && gateway_of(topology, link).is_some()
            };
            if topology.links.iter().any(is_end) {
                continue;
            }
            let links = topology.links.iter();
            let joints: Vec<&Link> = links
                .filter(|link| gateway_of(topology, link) == Some(place))
                .collect();
            let open = !self.closed.contains(&node.id) || !self.filter.is_empty();
            rows.push(Row {
                id: node.id,
                depth,
                name: node.name.clone(),
                caption: node.caption.clone(),
                health: node.health,
                open: (!joints.is_empty()).then_some(open),
            });
            if open {
                rows.extend(joints.into_iter().map(|link| joined(topology, link, depth + 1)));
            }
        }
    }

    fn branch(&self, topology: &Topology, parent: Option<usize>, depth: usize, rows: &mut Vec<Row>) {
        for (place, container) in topology.containers_in(parent) {
            let open = !self.closed.contains(&container.id) || !self.filter.is_empty();
            rows.push(Row {
                id: container.id,
                depth,
                name: container.name.clone(),
                caption: container.caption.clone(),
                health: container.health,
                open: Some(open),
            });
            if !open {
                continue;
            }
            self.nodes(topology, Some(place), depth + 1, rows);
            self.branch(topology, Some(place), depth + 1, rows);
        }
    }
}

/// The gateway that a link joins something to, by its place among the things.
fn gateway_of(topology: &Topology, link: &Link) -> Option<usize> {
    let Place::Node(place) = link.ends[0] else {
        return None;
    };
    match topology.nodes.get(place)?.kind {
        NodeKind::TransitGateway | NodeKind::VirtualPrivateGateway | NodeKind::DirectConnectGateway => {
            Some(place)
        }
        _ => None,
    }
}

/// What is joined to a gateway: named as what joins it, with what it leads to.
fn joined(topology: &Topology, link: &Link, depth: usize) -> Row {
    let far = match link.ends[1] {
        Place::Container(place) => topology.containers.get(place).map(|it| &it.name),
        Place::Node(place) => topology.nodes.get(place).map(|it| &it.name),
    };
    let is_well = matches!(link.health, Health::Good | Health::Idle);
    Row {
        id: link.id,
        depth,
        name: link.name.clone(),
        caption: match far.filter(|far| is_well && **far != link.name) {
            Some(far) => far.clone(),
            None => link.state.clone(),
        },
        health: link.health,
        open: None,
    }
}

impl Panel for LabTree {
    fn title(&self) -> &'static str {
        "Tree"
    }
    fn home(&self) -> Home {
        Home::Tree
    }
    fn note(&self, cx: &Context<'_>) -> String {
        if self.filter.is_empty() {
            return String::new();
        }
        format!("{} found", self.rows(&cx.feed.snapshot.topology).len())
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let rows = self.rows(&cx.feed.snapshot.topology);
        let window = self.cursor.window(rows.len(), usize::from(area.height));
        for (y, place) in window.enumerate() {
            let Some(row) = rows.get(place) else { break };
            let branch = match row.open {
                Some(true) => glyphs.open,
                Some(false) => glyphs.closed,
                None => glyphs.mark(row.health),
            };
            let style = if row.open.is_some() {
                theme.strong
            } else {
                theme.text
            };
            let sign = if row.health == Health::Failed {
                theme.bad
            } else {
                theme.health(row.health)
            };
            let head = Line::from(vec![
                Span::raw(" ".repeat(row.depth)),
                Span::styled(format!("{branch} "), sign),
                Span::styled(row.name.clone(), style),
            ]);
            let room = usize::from(area.width).saturating_sub(head.width() + 1);
            let mut line = head;
            // A caption that would be cut to a few letters says nothing.
            if room >= text::width(&row.caption) && !row.caption.is_empty() {
                let gap = room - text::width(&row.caption) + 1;
                line.spans.push(Span::raw(" ".repeat(gap)));
                line.spans.push(Span::styled(row.caption.clone(), theme.dim));
            }
            let line = text::fit_line(line, usize::from(area.width), glyphs.ellipsis);
            let over = match (place == self.cursor.row(), cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if cx.selected == Selection::Resource(row.id) => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(&cx.feed.snapshot.topology);
        let here = rows.get(self.cursor.row());
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                rows.get(self.cursor.row())
                    .map_or(Outcome::Done, |row| Outcome::Select(Selection::Resource(row.id)))
            }
            Action::Open => {
                if let Some(row) = here {
                    self.closed.remove(&row.id);
                }
                Outcome::Done
            }
            Action::Close => {
                let Some(row) = here else { return Outcome::Done };
                if row.open == Some(true) {
                    self.closed.insert(row.id);
                    return Outcome::Done;
                }
                let above = rows
                    .iter()
                    .take(self.cursor.row())
                    .rposition(|other| other.depth < row.depth);
                if let Some(above) = above {
                    self.cursor.set(above);
                    return rows
                        .get(above)
                        .map_or(Outcome::Done, |row| Outcome::Select(Selection::Resource(row.id)));
                }
                Outcome::Done
            }
            Action::Enter => here.map_or(Outcome::Done, |row| Outcome::Look(Selection::Resource(row.id))),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(&cx.feed.snapshot.topology);
        let Some(place) = self.cursor.at_line(usize::from(at.y), rows.len()) else {
            return Outcome::Done;
        };
        let again = place == self.cursor.row();
        self.cursor.set(place);
        let Some(row) = rows.get(place) else {
            return Outcome::Done;
        };
        if let (true, Some(open)) = (again, row.open) {
            if open {
                self.closed.insert(row.id);
            } else {
                self.closed.remove(&row.id);
            }
        }
        Outcome::Select(Selection::Resource(row.id))
    }
}
