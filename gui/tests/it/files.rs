//! Files: saved and opened, watched, kept after a crash, and what is remembered.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use gui::files::Files;
use gui::theme::Look;
use gui::window::Window;
use sim_core::desk::labs;
use sim_core::scenario::shipped_base;
use sim_core::storage::places::Places;
use sim_core::units::{SimTime, Span};

use crate::driven::{click, drag, opened, place_of, press, run_until, shown, shows, tells, wait, write};

/// A folder that goes with the test.
struct Room(PathBuf);

impl Room {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("causeway-window-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for a test");
        Self(path)
    }
    fn places(&self) -> Places {
        Places::below(&self.0)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn begin(room: &Room, harness: &mut Harness<'_, Window>) -> Files {
    let ctx = harness.ctx.clone();
    let files = Files::begin(Some(room.places()), harness.state_mut(), &ctx);
    harness.run_steps(3);
    files
}

fn tick(files: &mut Files, harness: &mut Harness<'_, Window>, at: Instant) {
    let ctx = harness.ctx.clone();
    files.tick(harness.state_mut(), &ctx, at);
    harness.run_steps(3);
}

/// Saves the session to a file.
fn save(file: &std::path::Path, files: &mut Files, harness: &mut Harness<'_, Window>) {
    press(harness, "S");
    write(harness, &file.display().to_string());
    press(harness, "\n");
    tick(files, harness, Instant::now());
}

/// Opens a file by its name.
fn open_by_name(file: &std::path::Path, files: &mut Files, harness: &mut Harness<'_, Window>) {
    harness.key_press_modifiers(egui::Modifiers::CTRL, egui::Key::O);
    harness.run_steps(3);
    write(harness, &file.display().to_string());
    press(harness, "\n");
    tick(files, harness, Instant::now());
}

#[test]
fn a_session_is_saved_and_opened_again_and_a_folder_is_looked_through() {
    let room = Room::new("saved");
    let mut harness = opened("bgp-two-lines");
    let mut files = Files::default();
    run_until(&mut harness, "5m");
    press(&mut harness, "e");
    write(&mut harness, "link_rate(\"dx-primary\", \"50Mbps\")");
    press(&mut harness, "\n");
    let file = room.0.join("mine.session.ron");
    save(&file, &mut files, &mut harness);
    assert!(
        tells(&harness, "written to"),
        "{:?}",
        harness.state().front().said
    );
    let hash = harness.state().session().trace_hash();

    let mut other = opened("region-to-region");
    let mut files = Files::default();
    open_by_name(&file, &mut files, &mut other);
    assert!(
        tells(&other, "is open, as it was"),
        "{:?}",
        other.state().front().said
    );
    assert_eq!(other.state().session().trace_hash(), hash);
    assert_eq!(other.state().session().n_done(), 1);

    // From here on the list begins beside what was opened last.
    other.key_press_modifiers(egui::Modifiers::CTRL, egui::Key::O);
    other.run_steps(3);
    tick(&mut files, &mut other, Instant::now());
    assert!(tells(&other, "mine.session.ron"));
}

#[test]
fn a_lab_whose_file_changes_is_read_again_and_a_wrong_one_is_told_by_line_and_column() {
    let room = Room::new("watched");
    let text = shipped_base("bgp-two-lines").expect("it ships");
    let file = room.0.join("mine.ron");
    std::fs::write(&file, &*text).expect("it can be written");
    let session = match gui::files::open(&file.display().to_string(), None) {
        Ok(sim_core::desk::Content::Lab(session)) => *session,
        other => panic!("{other:?}"),
    };
    let mut harness = shown(Window::new(session));
    let mut files = Files::default();
    files.watch(&file, harness.state_mut());
    run_until(&mut harness, "4m");

    let wrong = text.replacen("Lab(", "Lab(\n    nmae: \"mine\",", 1);
    let mut at = rewritten(&file, &wrong, Instant::now(), &mut files, &mut harness);
    assert!(tells(&harness, "mine.ron is wrong"));
    assert!(tells(&harness, "line "), "no place is told");
    assert!(tells(&harness, "nmae"));
    let stands_at = SimTime::at(Span::minutes(4));
    assert_eq!(
        harness.state().session().now(),
        stands_at,
        "the last good lab goes on"
    );
    let right = text.replacen("title: \"", "title: \"Mine: ", 1);
    at += Duration::from_secs(1);
    rewritten(&file, &right, at, &mut files, &mut harness);
    assert!(!tells(&harness, "mine.ron is wrong"));
    assert!(harness.state().session().about().title.starts_with("Mine: "));
    wait(&mut harness, 2);
    assert_eq!(harness.state().session().now(), SimTime::at(Span::minutes(4)));
    assert!(!harness.state().is_running());
}

#[test]
fn preflight_is_run_beside_the_frames_where_that_is_wanted() {
    let mut harness = opened("bgp-two-lines");
    let ctx = harness.ctx.clone();
    harness.state_mut().work_aside(&ctx);
    press(&mut harness, "8");
    for _ in 0..1_000 {
        if harness.state().desk().feed().preflight.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
        harness.run_steps(1);
    }
    assert!(
        harness.state().desk().feed().preflight.is_some(),
        "nothing was found"
    );
}

/// Writes a file anew, and looks at it as often as it takes to be seen and to have stood still.
fn rewritten(
    file: &std::path::Path,
    text: &str,
    mut at: Instant,
    files: &mut Files,
    harness: &mut Harness<'_, Window>,
) -> Instant {
    // Two texts that are written within the same tick of the disk's clock could not be told apart.
    std::thread::sleep(Duration::from_millis(20));
    std::fs::write(file, text).expect("it can be written");
    for _ in 0..4 {
        at += Duration::from_secs(1);
        tick(files, harness, at);
    }
    at
}

#[test]
fn the_map_is_written_from_the_window_and_a_file_that_is_there_is_asked_about() {
    let room = Room::new("export");
    let mut harness = opened("bgp-two-lines");
    let mut files = Files::default();
    let mut export = |harness: &mut Harness<'_, Window>, name: &str| {
        press(harness, "X");
        write(harness, &room.0.join(name).display().to_string());
        press(harness, "\n");
        tick(&mut files, harness, Instant::now());
    };
    for (name, begins) in [
        ("map.svg", &b"<svg"[..]),
        ("map.png", b"\x89PNG"),
        ("map.dot", b""),
    ] {
        export(&mut harness, name);
        assert!(
            tells(&harness, "drawn into"),
            "{:?}",
            harness.state().front().overlay
        );
        let written = std::fs::read(room.0.join(name)).expect("it was written");
        assert!(written.starts_with(begins) && !written.is_empty(), "{name}");
    }
    std::fs::write(room.0.join("map.svg"), "not to be lost").expect("it can be written");
    export(&mut harness, "map.svg");
    assert!(tells(&harness, "Write over"));
    let read = || std::fs::read_to_string(room.0.join("map.svg")).expect("it is there");
    assert_eq!(read(), "not to be lost");
    press(&mut harness, "\n");
    tick(&mut Files::default(), &mut harness, Instant::now());
    assert!(read().starts_with("<svg"));
    press(&mut harness, "X");
    write(&mut harness, "map.xyz");
    press(&mut harness, "\n");
    assert!(tells(&harness, "the ending says what to write"));
}

#[test]
fn what_was_not_closed_in_order_is_offered_and_gone_on_with() {
    let room = Room::new("lost");
    let mut harness = opened("bgp-two-lines");
    let mut files = begin(&room, &mut harness);
    click(&mut harness, "No more of this");
    run_until(&mut harness, "5m");
    press(&mut harness, "b");
    write(&mut harness, "mine");
    press(&mut harness, "\n");
    tick(&mut files, &mut harness, Instant::now());
    let hash = harness.state().session().trace_hash();
    // As when the program is killed: nothing is taken away.
    drop(files);

    let mut other = opened("region-to-region");
    let mut files = begin(&room, &mut other);
    assert!(tells(&other, "bgp-two-lines at 00:05:00"));
    assert!(
        !shows(&other, "No more of this"),
        "the first steps were shown before"
    );
    press(&mut other, "\n");
    tick(&mut files, &mut other, Instant::now());
    assert_eq!(other.state().session().trace_hash(), hash);
    assert!(shows(&other, "Branch mine"));
    let ctx = other.ctx.clone();
    files.end(other.state(), &ctx);

    let mut third = opened("region-to-region");
    let mut files = begin(&room, &mut third);
    // A branch is work that is in no file, however the program was left.
    assert!(tells(&third, "bgp-two-lines at 00:05:00"));
    click(&mut third, "Throw it away");
    tick(&mut files, &mut third, Instant::now());
    assert!(third.state().front().overlay.is_none(), "nothing is left of it");
    let ctx = third.ctx.clone();
    files.end(third.state(), &ctx);
}

/// The same lab at another instant: everything that is shown is of that instant at once.
#[test]
fn what_is_gone_on_with_is_shown_also_where_the_same_lab_was_open() {
    let room = Room::new("same");
    let mut harness = opened("bgp-two-lines");
    let mut files = begin(&room, &mut harness);
    click(&mut harness, "No more of this");
    run_until(&mut harness, "5m");
    tick(&mut files, &mut harness, Instant::now());
    let hash = harness.state().session().trace_hash().to_string();
    assert!(tells(&harness, &hash), "the detail of the lab tells it");
    drop(files);

    let mut other = opened("bgp-two-lines");
    let mut files = begin(&room, &mut other);
    assert!(!tells(&other, &hash));
    press(&mut other, "\n");
    tick(&mut files, &mut other, Instant::now());
    other.run_steps(2);
    assert_eq!(other.state().session().trace_hash().to_string(), hash);
    assert!(tells(&other, &hash), "what is shown is of the lab as it began");
    let ctx = other.ctx.clone();
    files.end(other.state(), &ctx);
}

#[test]
fn the_arrangement_and_the_theme_are_remembered() {
    let room = Room::new("memory");
    let mut harness = opened("bgp-two-lines");
    let mut files = begin(&room, &mut harness);
    press(&mut harness, "T%");
    let look = Look::worn(&harness.ctx).next();
    // Another one than the first two: what the system prefers says nothing of it.
    press(&mut harness, "%");
    assert_eq!(Look::worn(&harness.ctx), look);
    assert!(tells(&harness, look.label()));
    harness.ctx.set_zoom_factor(1.25);
    harness.run_steps(3);
    tick(&mut files, &mut harness, Instant::now());
    let ctx = harness.ctx.clone();
    files.end(harness.state(), &ctx);

    let mut other = shown(Window::new(labs::open("bgp-two-lines").expect("it ships")));
    let _files = begin(&room, &mut other);
    other.run_steps(3);
    assert!((other.ctx.zoom_factor() - 1.25).abs() < 0.01);
    assert_eq!(Look::worn(&other.ctx), look);
    let ctx = other.ctx.clone();
    let memory = other.state().memory(&ctx);
    let tree = gui::docking::Tile::Pane(sim_core::desk::commands::Pane::Tree);
    assert!(memory.docking.has(tree));
}

#[test]
fn what_was_moved_on_the_map_is_saved_with_the_session() {
    let room = Room::new("moved");
    let mut harness = opened("bgp-two-lines");
    let mut files = Files::default();
    run_until(&mut harness, "5m");
    let before = place_of(&harness, "cgw-1");
    drag(&mut harness, before, [0.0, 70.0].into());
    let moved = place_of(&harness, "cgw-1");
    assert!(moved.y > before.y + 40.0, "from {before:?} to {moved:?}");
    let file = room.0.join("moved.session.ron");
    save(&file, &mut files, &mut harness);
    let text = std::fs::read_to_string(&file).expect("it was written");
    assert!(text.contains("moved: ["), "{text}");

    // A window that remembers nothing of it.
    let mut other = opened("region-to-region");
    let mut files = Files::default();
    open_by_name(&file, &mut files, &mut other);
    other.run_steps(3);
    let kept = other.state().desk().tree().moved();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept, harness.state().desk().tree().moved());
    let (here, gateway) = (place_of(&other, "cgw-1"), place_of(&other, "tgw"));
    assert!(here.y > gateway.y + 20.0, "{here:?} beside {gateway:?}");
}

/// A file as the system hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_file_that_is_dropped_onto_the_window_is_opened() {
    let room = Room::new("dropped");
    let file = room.0.join("mine.ron");
    let text = shipped_base("bgp-two-lines").expect("it ships");
    std::fs::write(&file, text.replacen("title: \"", "title: \"Mine: ", 1)).expect("it can be written");
    let mut harness = opened("region-to-region");
    let mut files = Files::default();
    let dropped = std::sync::Arc::new(Dropped(file));
    harness.input_mut().dropped_files.push(dropped);
    harness.step();
    tick(&mut files, &mut harness, Instant::now());
    assert!(harness.state().session().about().title.starts_with("Mine: "));
}
