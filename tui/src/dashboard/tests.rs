//! The dashboard on shipped labs, driven by keys and the pointer.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use sim_core::units::Span;

use super::*;
use crate::app::Focus;
use crate::headless::{SCREEN_KEEP, session};
use crate::palette::Palette;
use crate::theme::Letters;

/// On a lab that ships.
pub(super) fn opened(lab: &str) -> Dashboard {
    let session = session(lab, None, &[], SCREEN_KEEP).expect("a shipped lab");
    Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode))
}

pub(super) fn open() -> Dashboard {
    opened("region-to-region")
}

pub(super) fn press(dashboard: &mut Dashboard, keys: &str) {
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            '\t' => KeyCode::Tab,
            '\u{8}' => KeyCode::Backspace,
            letter => KeyCode::Char(letter),
        };
        assert_eq!(dashboard.on_event(&Event::Key(KeyEvent::from(code))), Fate::Stay);
    }
}

pub(super) fn text(dashboard: &mut Dashboard, width: u16, height: u16) -> String {
    let picture = dashboard.picture(width, height);
    let cell = |x, y| picture.cell((x, y)).map_or("", ratatui::buffer::Cell::symbol);
    let line = |y| (0..width).map(|x| cell(x, y)).collect::<String>();
    let lines: Vec<String> = (0..height).map(|y| line(y).trim_end().to_owned()).collect();
    lines.join("\n")
}

fn pointer(kind: MouseEventKind, column: u16, row: u16) -> Event {
    Event::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers: crossterm::event::KeyModifiers::NONE,
    })
}

/// Where on the screen a text stands first.
#[track_caller]
fn place_of(dashboard: &mut Dashboard, wanted: &str) -> (u16, u16) {
    let screen = text(dashboard, 120, 40);
    let find = |(row, line): (u16, &str)| {
        let column = line.find(wanted).map(|at| line[..at].chars().count())?;
        Some((u16::try_from(column).ok()?, row))
    };
    let found = (0..).zip(screen.lines()).find_map(find);
    found.unwrap_or_else(|| panic!("no {wanted:?} in\n{screen}"))
}

#[track_caller]
pub(super) fn shows(dashboard: &mut Dashboard, wanted: &str) {
    let screen = text(dashboard, 120, 40);
    assert!(screen.contains(wanted), "no {wanted:?} in\n{screen}");
}

#[test]
fn preflight_is_run_once_after_the_first_picture() {
    let mut dashboard = open();
    press(&mut dashboard, "8");
    shows(&mut dashboard, "checking");
    assert!(dashboard.catch_up());
    shows(&mut dashboard, "MGN is initialised");
    assert!(!dashboard.catch_up());
}

/// As it opens, before preflight has run: what preflight finds is looked at elsewhere.
#[test]
fn the_shipped_lab_looks_like_this_during_its_initial_sync() {
    for (width, height) in [(80, 24), (100, 30), (200, 60)] {
        let mut dashboard = open();
        dashboard.run_to(SimTime::at(Span::minutes(40)));
        assert!(dashboard.select("app-server"));
        insta::assert_snapshot!(
            format!("dashboard-{width}x{height}"),
            text(&mut dashboard, width, height)
        );
    }
}

#[test]
fn wall_time_moves_the_lab_only_while_it_plays() {
    let mut dashboard = open();
    dashboard.elapse(Duration::from_secs(60));
    shows(&mut dashboard, "00:00:00.000");
    press(&mut dashboard, " ");
    assert!(dashboard.is_moving());
    // Ten minutes in a second: 3 s are half an hour.
    dashboard.elapse(Duration::from_secs(3));
    shows(&mut dashboard, "00:30:00.000");
    press(&mut dashboard, "++ ");
    assert!(!dashboard.is_moving());
    dashboard.elapse(Duration::from_secs(60));
    shows(&mut dashboard, "00:30:00.000");
    shows(&mut dashboard, "×3 600");
}

#[test]
fn a_run_until_a_state_stops_at_the_event_that_brought_it() {
    let mut dashboard = open();
    press(&mut dashboard, "userver app-server HAPPY\n");
    shows(&mut dashboard, "is no state of a server");
    press(&mut dashboard, "\u{1b}");
    press(&mut dashboard, "u");
    for _ in 0..30 {
        dashboard.on_event(&Event::Key(KeyEvent::from(KeyCode::Backspace)));
    }
    press(&mut dashboard, "server app-server INITIAL_SYNC\n");
    while dashboard.is_moving() {
        dashboard.elapse(Duration::from_secs(1));
    }
    shows(&mut dashboard, "INITIAL_SYNC");
    let stopped = text(&mut dashboard, 120, 40);
    press(&mut dashboard, "R");
    shows(&mut dashboard, "the lab begins again with the same seed");
    shows(&mut dashboard, "00:00:00.000");
    press(&mut dashboard, "userver app-server INITIAL_SYNC\u{1b}");
    assert!(stopped.contains("paused"), "{stopped}");
}

#[test]
fn stepping_shows_the_record_and_its_causes() {
    let mut dashboard = open();
    press(&mut dashboard, "nnnn");
    press(&mut dashboard, "D");
    shows(&mut dashboard, "Because");
    press(&mut dashboard, "R.");
    shows(&mut dashboard, "paused");
}

pub(super) fn open_two_lines() -> Dashboard {
    opened("bgp-two-lines")
}

#[test]
fn faults_are_found_by_typing_explained_injected_and_healed() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "ilink silent");
    insta::assert_snapshot!("fault-list-100x30", text(&mut dashboard, 100, 30));
    press(&mut dashboard, "\n");
    shows(&mut dashboard, "link_silent of");
    shows(&mut dashboard, "1 fault");
    press(&mut dashboard, "i");
    insta::assert_snapshot!("fault-list-active-80x24", text(&mut dashboard, 80, 24));
    press(&mut dashboard, "\n");
    shows(&mut dashboard, "is healed");
    let healed = text(&mut dashboard, 120, 40);
    assert!(!healed.contains("1 fault"), "{healed}");
}

#[test]
fn a_hybrid_lab_is_checked_again_once_its_routers_have_settled() {
    let mut dashboard = opened("onprem-to-aws");
    dashboard.catch_up();
    let found = |dashboard: &Dashboard| {
        dashboard
            .desk
            .feed()
            .preflight
            .as_ref()
            .map(|it| (it.ok, it.converging))
    };
    assert_eq!(found(&dashboard), Some((false, true)));
    press(&mut dashboard, "8");
    shows(&mut dashboard, "not yet converged");
    let screen = text(&mut dashboard, 120, 40);
    assert!(!screen.contains('✘'), "{screen}");
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    assert!(dashboard.catch_up());
    assert_eq!(found(&dashboard), Some((true, false)));
    // Whatever a session does is a reason to check again.
    press(&mut dashboard, "ilink_down dx-primary\n");
    dashboard.run_to(SimTime::at(Span::minutes(6)));
    assert!(dashboard.catch_up());
    assert_eq!(found(&dashboard), Some((false, false)));
}

#[test]
fn links_tunnels_and_routes_follow_what_is_injected_and_selected() {
    let mut dashboard = opened("dx-vpn-backup");
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "4");
    shows(&mut dashboard, "router cgw-1");
    shows(&mut dashboard, "vif-primary via 169");
    press(&mut dashboard, "ilink silent primary\n");
    dashboard.run_to(SimTime::at(Span::minutes(6)));
    shows(&mut dashboard, "vif-secondary via");
    assert!(dashboard.select("tgw"));
    shows(
        &mut dashboard,
        "tgw default  for app-attachment, dx-attachment, vpn-1",
    );
    // What has no routes leaves those that are shown.
    assert!(dashboard.select("office"));
    shows(&mut dashboard, "tgw default  for app-attachment");
    press(&mut dashboard, "2");
    shows(&mut dashboard, "1 link down, 4 of 4 tunnels up");
    press(&mut dashboard, "itunnel wrong tunnel-1\n");
    dashboard.run_to(SimTime::at(Span::minutes(7)));
    shows(&mut dashboard, "2 of 4 tunnels up");
    press(&mut dashboard, "z");
    shows(&mut dashboard, "IKE_AUTHENTICATION_FAILED");
    shows(
        &mut dashboard,
        "fix set the same key in vpn-1/1 and cgw-1/tunnel-1",
    );
}

#[test]
fn a_fault_with_a_span_heals_by_itself_however_the_lab_is_played() {
    let hash = |speed: &str, frame| {
        let mut dashboard = open_two_lines();
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        press(&mut dashboard, "ilink_loss\t20%\tsoon\n");
        shows(&mut dashboard, "expected a number");
        press(&mut dashboard, "\u{8}\u{8}\u{8}\u{8}1m30s\n");
        shows(&mut dashboard, "1 fault");
        press(&mut dashboard, speed);
        press(&mut dashboard, "u+3m\n");
        while dashboard.is_moving() {
            dashboard.elapse(Duration::from_millis(frame));
        }
        assert_eq!(dashboard.desk.feed().injected, []);
        shows(&mut dashboard, "00:08:00.000");
        dashboard.desk.feed().snapshot.overview.trace_hash.clone()
    };
    let slow = hash("----", 7);
    assert_eq!(hash("++++++", 33), slow);
    let faults = {
        let mut dashboard = open_two_lines();
        dashboard.run_to(SimTime::at(Span::minutes(5)));
        press(&mut dashboard, "ilink_loss\t20%\t1m30s\n");
        while dashboard.desk.session().now() < SimTime::at(Span::minutes(8)) {
            press(&mut dashboard, ".");
        }
        dashboard.desk.feed().snapshot.faults.clone()
    };
    let heals_at = SimTime::at(Span::minutes(6) + Span::secs(30));
    assert!(faults.iter().any(|fault| fault.at == heals_at), "{faults:?}");
}

#[test]
fn back_from_one_notable_event_to_another_and_on_again() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    let log = dashboard.desk.feed().log.clone();
    let is_before = |at: SimTime| log.iter().rev().find(|row| row.notable && row.at < at);
    for _ in 0..3 {
        let expected = is_before(dashboard.desk.feed().now()).expect("sessions came up");
        press(&mut dashboard, "[");
        assert_eq!(dashboard.desk.feed().now(), expected.at);
        assert_eq!(dashboard.app.selected(), Selection::Record(expected.id));
        assert!(!dashboard.desk.feed().chain.is_empty());
    }
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    assert_eq!(dashboard.desk.feed().log, log);
    for _ in 0..log.len() {
        press(&mut dashboard, "[");
    }
    shows(&mut dashboard, "this is the lab's beginning");
    let n_records = dashboard.desk.session().n_records();
    press(&mut dashboard, "]");
    let mut to_come = log
        .iter()
        .filter(|row| row.notable && row.id.number() > n_records);
    let next = to_come.next().expect("sessions come up");
    assert_eq!(dashboard.app.selected(), Selection::Record(next.id));
}

#[test]
fn at_the_end_the_lab_stands_still() {
    let mut dashboard = open();
    press(&mut dashboard, " ++++++++++++");
    for _ in 0..20 {
        dashboard.elapse(Duration::from_secs(10));
    }
    assert!(!dashboard.is_moving());
    shows(&mut dashboard, "ended");
    shows(&mut dashboard, "CUTOVER");
    press(&mut dashboard, " n.");
    assert!(!dashboard.is_moving());
}

#[test]
fn escape_goes_back_and_q_leaves() {
    let mut dashboard = open();
    press(&mut dashboard, "T\n");
    shows(&mut dashboard, "Region");
    press(&mut dashboard, "z/abc\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}");
    shows(&mut dashboard, "7 Migr");
    let leave = Event::Key(KeyEvent::from(KeyCode::Char('q')));
    assert_eq!(dashboard.on_event(&leave), Fate::Leave);
}

/// As faults are called by both screens, and as `--fail` has it.
#[test]
fn a_fault_is_found_by_its_words_in_any_order() {
    for words in ["link_down of dx-primary", "link dx-primary down", "prim link_d"] {
        let mut dashboard = open_two_lines();
        press(&mut dashboard, "i");
        press(&mut dashboard, words);
        press(&mut dashboard, "\n");
        shows(&mut dashboard, "link_down of dx-primary is injected");
    }
}

/// Routes move a second after the link went down, and nothing else does: what preflight says is of the lab as it is looked at.
#[test]
fn preflight_that_is_looked_at_is_of_the_instant_at_which_the_lab_stands() {
    let mut dashboard = opened("onprem-to-aws");
    let failing = |dashboard: &mut Dashboard| {
        while dashboard.catch_up() {}
        let feed = dashboard.parts().0.feed();
        let preflight = feed.preflight.as_ref().expect("it was run");
        assert_eq!(preflight.at, feed.now());
        feed.checks().iter().filter(|check| !check.ok).count()
    };
    dashboard.run_to(SimTime::at(Span::hours(1)));
    press(&mut dashboard, "8");
    assert_eq!(failing(&mut dashboard), 0);
    press(&mut dashboard, "ilink dx-primary down\n");
    let cut = failing(&mut dashboard);
    dashboard.run_to(SimTime::at(Span::minutes(61)));
    let moved = failing(&mut dashboard);
    assert!(0 < moved && moved < cut, "{moved} of {cut}");
}

/// A check that fails leads to what broke it, and a thing to what happened to it last.
#[test]
fn why_leads_from_what_is_selected_to_what_brought_it_about() {
    let mut dashboard = open();
    // Nothing is wrong: the check that is selected passes.
    press(&mut dashboard, "8pgw");
    shows(&mut dashboard, "passes");
    // The first row is meant before the cursor was moved.
    let mut dashboard = open();
    press(&mut dashboard, "8pw");
    shows(&mut dashboard, "passes");
    press(
        &mut dashboard,
        "eremove_ingress_rule(\"mgn-endpoint-sg\", (protocol: tcp, ports: \"443\", from: \"192.168.0.0/16\"))\n",
    );
    press(&mut dashboard, "8pgw");
    let (desk, screen) = dashboard.parts();
    let selected = screen.selected();
    let Selection::Record(record) = selected else {
        panic!("{selected:?} is no record");
    };
    let row = View::of(desk.session()).log_row(desk.session().record(record).expect("it is kept"));
    assert!(
        row.what
            .contains("loses the inbound rule tcp 443 from 192.168.0.0/16"),
        "{row:?}"
    );
}

#[test]
fn a_click_focuses_and_selects_and_the_palette_finds_commands() {
    let mut dashboard = open();
    let (column, row) = place_of(&mut dashboard, "○ app-server");
    let click = pointer(MouseEventKind::Down(MouseButton::Left), column, row);
    dashboard.on_event(&click);
    assert_eq!(dashboard.app.focus, Focus::Panel(0));
    assert_ne!(dashboard.app.selected(), Selection::default());
    press(&mut dashboard, ":zoom\n");
    let zoomed = text(&mut dashboard, 120, 40);
    assert!(!zoomed.contains(" Detail "), "{zoomed}");
}

#[test]
fn the_help_lists_every_key_of_the_map_and_filters() {
    let mut dashboard = open();
    press(&mut dashboard, "?");
    let all = text(&mut dashboard, 120, 80);
    for binding in crate::keymap::GLOBAL {
        assert!(all.contains(binding.title), "no {:?} in\n{all}", binding.title);
    }
    press(&mut dashboard, "faster");
    let some = text(&mut dashboard, 120, 80);
    assert!(
        some.contains("Run faster") && !some.contains("Run slower"),
        "{some}"
    );
}

#[test]
fn branches_are_taken_switched_and_compared_and_the_timeline_shows_them() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "b\n");
    shows(&mut dashboard, "on try-1, taken from main");
    press(&mut dashboard, "ilink_down dx-primary\n");
    dashboard.run_to(SimTime::at(Span::minutes(8)));
    press(&mut dashboard, "b\u{8}try-1\n");
    shows(&mut dashboard, "there is a branch \"try-1\" already");
    press(&mut dashboard, "\u{1b}Bg\n");
    shows(&mut dashboard, "on main at 00:05:00");
    assert_eq!(dashboard.desk.feed().injected, []);
    dashboard.run_to(SimTime::at(Span::minutes(8)));
    let quiet = dashboard.desk.feed().snapshot.overview.trace_hash.clone();
    press(&mut dashboard, "BGc");
    shows(&mut dashboard, "They part at 00:05:00.000");
    shows(&mut dashboard, "BGP sessions");
    shows(&mut dashboard, "Links");
    insta::assert_snapshot!("branches-compared-120x40", text(&mut dashboard, 120, 40));
    // A click on a branch's lane goes there; everything about it is as it was.
    let row = dashboard.app.timeline_area.y + 1;
    dashboard.on_event(&pointer(MouseEventKind::Down(MouseButton::Left), 3, row));
    shows(&mut dashboard, "on try-1 at 00:08:00");
    assert_eq!(dashboard.desk.feed().injected.len(), 1);
    assert_ne!(dashboard.desk.feed().snapshot.overview.trace_hash, quiet);
    let ids: Vec<u64> = dashboard
        .desk
        .feed()
        .log
        .iter()
        .map(|row| row.id.number())
        .collect();
    assert!(ids.iter().copied().eq(1..=dashboard.desk.session().n_records()));
}

#[test]
fn a_fault_that_lasts_is_a_span_on_the_timeline() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(2)));
    press(&mut dashboard, "ilink_silent dx-primary\t3m\n");
    dashboard.run_to(SimTime::at(Span::minutes(8)));
    let screen = text(&mut dashboard, 120, 40);
    let lane = screen.lines().find(|line| line.contains('▒')).expect("a span");
    let deed = lane.find('▼').expect("where it was done");
    assert!(deed < lane.find('▒').expect("as before"), "{lane}");
    // It is over before the present.
    assert!(lane.rfind('▒') < lane.find('◆'), "{lane}");
    assert!(
        lane[lane.rfind('▒').expect("as before")..].contains('━'),
        "{lane}"
    );
}

#[test]
fn keys_and_shares_of_ones_own_take_the_place_of_the_usual_ones() {
    let mut dashboard = open();
    let config = crate::config::parse(
        "Config(keys: {\"play_pause\": [\"p\"], \"step_event\": [\"Space\"]}, layout: (detail: 0), view: \"Routes\")",
    );
    let left = crate::config::Left::default();
    let complaint = dashboard.set_up(&config.expect("it is right"), &left);
    assert_eq!(complaint, None);
    shows(&mut dashboard, "p run");
    assert!(!text(&mut dashboard, 120, 40).contains(" Detail "));
    press(&mut dashboard, " ");
    assert!(!dashboard.is_moving());
    press(&mut dashboard, "p");
    assert!(dashboard.is_moving());
    press(&mut dashboard, "p?run or");
    shows(&mut dashboard, "p               Run or pause");
    assert_eq!(dashboard.left().view.as_deref(), Some("Routes"));
}

#[test]
fn the_timeline_scrubs_by_keys_and_by_pointer_and_keeps_what_lies_ahead() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(8)));
    let (hash, marks) = (
        dashboard.desk.feed().snapshot.overview.trace_hash.clone(),
        dashboard.desk.feed().marks.clone(),
    );
    text(&mut dashboard, 120, 40);
    press(&mut dashboard, "thhh");
    dashboard.settle_input();
    let back = dashboard.desk.feed().now();
    assert!(back < SimTime::at(Span::minutes(8)), "{back:?}");
    assert_eq!(dashboard.desk.feed().marks, marks);
    // Of a pointer's way only its end is gone to.
    let row = dashboard.app.timeline_area.y;
    for (kind, column) in [
        (MouseEventKind::Down(MouseButton::Left), 9),
        (MouseEventKind::Drag(MouseButton::Left), 5),
        (MouseEventKind::Drag(MouseButton::Left), 0),
        (MouseEventKind::Up(MouseButton::Left), 0),
    ] {
        dashboard.on_event(&pointer(kind, column, row));
    }
    dashboard.settle_input();
    shows(&mut dashboard, "00:00:00.000");
    press(&mut dashboard, "G");
    dashboard.settle_input();
    assert_eq!(dashboard.desk.feed().now(), SimTime::at(Span::minutes(8)));
    assert_eq!(dashboard.desk.feed().snapshot.overview.trace_hash, hash);
    assert_eq!(dashboard.desk.feed().marks, marks);
    // Beyond what is known the lab runs there.
    let last = dashboard.app.timeline_area.right() - 1;
    dashboard.on_event(&pointer(MouseEventKind::Down(MouseButton::Left), last, row));
    dashboard.settle_input();
    assert!(dashboard.is_moving());
    while dashboard.is_moving() {
        dashboard.elapse(Duration::from_millis(1));
    }
    assert!(dashboard.desk.feed().now() > SimTime::at(Span::minutes(8)));
}

#[test]
fn one_steps_among_the_records_of_what_is_selected() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "{}");
    shows(&mut dashboard, "nothing is selected");
    assert_eq!(dashboard.desk.feed().now(), SimTime::at(Span::minutes(5)));
    assert!(dashboard.select("cgw-1/primary"));
    let session = dashboard.app.selected();
    let before: Vec<_> = dashboard
        .desk
        .feed()
        .log
        .iter()
        .map(|row| (row.at, row.about))
        .collect();
    press(&mut dashboard, "{");
    assert_eq!(dashboard.app.selected(), session);
    let about = |at| {
        before
            .iter()
            .any(|row| *row == (at, dashboard.desk.feed().parts[0]))
    };
    assert!(about(dashboard.desk.feed().now()));
    press(&mut dashboard, "R");
    dashboard.select("cgw-1/primary");
    press(&mut dashboard, "}");
    let Selection::Record(record) = dashboard.app.selected() else {
        panic!("nothing happens to the session");
    };
    let row = dashboard.desk.feed().log.iter().find(|row| row.id == record);
    assert_eq!(row.map(|row| row.subject.as_str()), Some("cgw-1/primary"));
    // Back to the record before, whatever it is about.
    let now = dashboard.desk.feed().now();
    press(&mut dashboard, ",");
    assert!(dashboard.desk.feed().now() < now || dashboard.desk.feed().now() == SimTime::START);
}

#[test]
fn a_table_is_copied_with_tabs_between_its_cells() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "3");
    text(&mut dashboard, 120, 40);
    press(&mut dashboard, "y");
    let copied = dashboard.take_copied().expect("sessions are a table");
    insta::assert_snapshot!("copied-sessions", copied);
    assert_eq!(dashboard.take_copied(), None);
}

#[test]
fn the_running_lab_is_edited_saved_and_gone_on_with() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "elink_rate(\"no-such-link\", \"50Mbps\")\n");
    shows(&mut dashboard, "there is no link named `no-such-link`");
    press(&mut dashboard, "\u{1b}elink_rate(\"dx-primary\", \"50Mbps\")\n");
    shows(&mut dashboard, "changed; U undoes it");
    assert_eq!(dashboard.desk.session().n_done(), 1);
    press(&mut dashboard, "S\n");
    press(&mut dashboard, "\u{1b}W\n");
    let files: Vec<(String, String)> = dashboard
        .desk
        .take_errands()
        .into_iter()
        .map(|errand| match errand {
            sim_core::desk::Errand::Save { path, text, .. } => (path.display().to_string(), text),
            other => panic!("{other:?}"),
        })
        .collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["bgp-two-lines.session.ron", "bgp-two-lines-edited.ron"]);
    assert!(
        files[1]
            .1
            .contains("change: link_rate(\"dx-primary\", \"50Mbps\")")
    );

    let folder = std::env::temp_dir().join(format!("causeway-dashboard-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for a test");
    let file = folder.join("mine.session.ron");
    std::fs::write(&file, &files[0].1).expect("a file");
    let mut other = open();
    read_file(&mut other, &file);
    shows(&mut other, "mine is open, as it was");
    let hash = |dashboard: &Dashboard| dashboard.desk.session().trace_hash();
    assert_eq!(hash(&other), hash(&dashboard));
    press(&mut other, "U");
    assert_eq!(other.desk.session().n_done(), 0);
    std::fs::write(&file, "Session(version: 1").expect("a file");
    read_file(&mut other, &file);
    shows(&mut other, "error[");
    std::fs::remove_dir_all(folder).expect("the folder is this test's");
}

/// Opens a file, and says of it what it is.
fn read_file(dashboard: &mut Dashboard, file: &std::path::Path) {
    let opened = sim_core::storage::kept::open_any(file).map_err(|error| error.to_string());
    let (desk, screen) = dashboard.parts();
    desk.opened("mine", opened, screen);
}
