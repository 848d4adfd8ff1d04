//! BGP sessions, and the routes of any router or route table with their candidates.

use egui::{ComboBox, Ui};
use sim_core::desk::feed::Feed;
use sim_core::desk::format;
use sim_core::desk::selection::Selection;
use sim_core::resource::ResourceRef;
use sim_core::view::{BgpSession, Health, RibPath, RouteRow};

use super::toolbar;
use crate::ask::Cx;
use crate::sheet::{Column, Row, Sheet, Tone, marked, numbers, plain, state, strong, weak, words};

const SESSIONS: [Column; 8] = [
    words("Session", 150.0, 2.0),
    numbers("AS", 56.0),
    words("State", 92.0, 0.0),
    numbers("Since", 84.0),
    numbers("In", 40.0),
    numbers("Out", 40.0),
    words("BFD", 60.0, 0.0),
    words("Peer", 110.0, 1.0),
];

fn session(it: &BgpSession) -> Row {
    let mut row = Row::of(
        Selection::Resource(it.id.into()),
        vec![
            marked(it.health, &it.name),
            plain(it.peer_as.to_string()),
            state(it.state.to_string(), it.health),
            weak(format::clock(it.since)),
            plain(it.received.to_string()),
            plain(it.advertised.to_string()),
            weak(it.bfd.clone().unwrap_or_default()),
            weak(it.peer.to_string()),
        ],
    );
    if let (Some(reason), Some(detail)) = (it.reason, &it.detail) {
        row.note(reason.code(), detail, Tone::Of(it.health));
    }
    if let Some(fix) = &it.fix {
        row.note("fix", fix, Tone::Of(Health::Good));
    }
    row
}

/// BGP sessions.
pub(crate) fn sessions(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let rows = feed.snapshot.sessions.iter().map(session);
    sheet.table("", &SESSIONS, rows.collect());
    sheet
}

const ROUTES: [Column; 4] = [
    words("Prefix", 130.0, 1.0),
    words("Leads to", 120.0, 2.0),
    words("From", 80.0, 1.0),
    words("Decided by", 110.0, 1.0),
];

fn route(of: ResourceRef, it: &RouteRow) -> Row {
    let mut row = Row::leads_to(
        Selection::Resource(of),
        vec![
            marked(it.health, &it.prefix),
            plain(&it.leads_to),
            weak(&it.source),
            strong(&it.decided_by),
        ],
    );
    for path in &it.paths {
        row.note(
            "",
            candidate(path),
            if path.best || path.multipath {
                Tone::Of(Health::Good)
            } else {
                Tone::Weak
            },
        );
    }
    row
}

/// A way that was chosen among, in a line.
fn candidate(path: &RibPath) -> String {
    let sign = match (path.best, path.usable) {
        (true, _) => "●",
        (false, true) => "○",
        (false, false) => "×",
    };
    let as_path = if path.as_path.is_empty() {
        "own"
    } else {
        &path.as_path
    };
    let hop = path.next_hop.map_or(String::new(), |hop| format!(" via {hop}"));
    let med = path.med.map_or(String::new(), |med| format!(", MED {med}"));
    let verdict = format::verdict(path);
    let also = if path.multipath && !path.best {
        "; used along with the best"
    } else {
        ""
    };
    format!(
        "{sign} {}{hop}, AS path {as_path}, local preference {}{med}: {verdict}{also}",
        path.from, path.local_pref
    )
}

/// Who has routes, to be chosen from.
pub(crate) fn owners(ui: &mut Ui, cx: &mut Cx<'_>) {
    let shown = cx.feed.routing.as_ref();
    let (id, name) = shown.map_or((None, "nothing has routes"), |it| (Some(it.id), it.name.as_str()));
    let mut chosen = None;
    toolbar(ui, |ui| {
        let label = ui.label("Routes of");
        let choice = ComboBox::from_id_salt("routing owner")
            .selected_text(name)
            .width(220.0)
            .show_ui(ui, |ui| {
                for owner in &cx.feed.routing_owners {
                    if ui.selectable_label(id == Some(owner.id), &owner.name).clicked() {
                        chosen = Some(owner.id);
                    }
                }
            });
        choice.response.labelled_by(label.id);
    });
    if let Some(chosen) = chosen {
        cx.select(Selection::Resource(chosen));
    }
}

/// The routes of what was chosen.
pub(crate) fn routes(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let Some(routing) = &feed.routing else {
        return sheet;
    };
    for table in &routing.tables {
        let title = if table.note.is_empty() {
            table.name.clone()
        } else {
            format!("{}  ·  {}", table.name, table.note)
        };
        let rows = table.rows.iter().map(|row| route(table.id, row));
        sheet.table(&title, &ROUTES, rows.collect());
    }
    sheet
}
