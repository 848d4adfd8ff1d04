//! What has to do with files while the window is open: what it asks for, the session kept from second to second, the lab's own
//! file watched, and what is remembered from one start to the next.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use egui::Context;
use sim_core::desk::guide::Guide;
use sim_core::desk::request::{Over, Question, Request};
use sim_core::desk::{Content, Desk, Screen};
use sim_core::scenario::SourceError;
use sim_core::storage::keeper::{self, Keeper};
use sim_core::storage::kept::{self, OpenError};
use sim_core::storage::places::Places;
use sim_core::storage::whole_file;
use sim_core::units::SimTime;

use crate::front::Trouble;
use crate::overlay::{Folder, Overlay};
use crate::window::{Export, Memory, Window};

/// Between two looks at a file that is watched: no service of the system is needed for that, and it works on every disk.
const LOOK: Duration = Duration::from_millis(500);
/// A file that was changed is read once it has stood still for so long: editors write in several steps.
const STILL: Duration = Duration::from_millis(300);
/// Between two looks at what is to be remembered.
const REMEMBER: Duration = Duration::from_secs(2);
/// Files that are offered to be opened again.
const RECENT: usize = 12;

/// A lab's own file.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// When it was written that is shown.
    written_at: Option<SystemTime>,
    /// When it was written last, and since when it has stood so.
    changed: Option<(SystemTime, Instant)>,
    look_at: Option<Instant>,
}

/// What has to do with files.
#[derive(Debug, Default)]
pub struct Files {
    keeper: Keeper,
    places: Option<Places>,
    watched: Option<Watched>,
    remembered: Option<Memory>,
    remember_at: Option<Instant>,
    was_led: bool,
}

impl Files {
    /// Begins to keep a window's session in the folders of the program; offers what was not left in order, and goes on as it was
    /// remembered. Without folders nothing is kept.
    #[must_use]
    pub fn begin(places: Option<Places>, window: &mut Window, ctx: &Context) -> Self {
        let Some(places) = places else {
            return Self::default();
        };
        let (remembered, complaint) = read_memory(&memory_file(&places));
        if let Some(memory) = &remembered {
            window.remember(memory.clone(), ctx);
        }
        let lost = keeper::lost(&places.sessions());
        let (keeper, other) = Keeper::begin(&places.sessions());
        let was_led = !places.is_guided();
        if was_led {
            window.lead(Guide::FIRST);
        }
        let (_, front) = window.parts();
        if !lost.is_empty() {
            front.overlay = Some(Overlay::Offer(lost));
        }
        if let Some(words) = complaint.or(other) {
            front.complain(words);
        }
        Self {
            keeper,
            places: Some(places),
            watched: None,
            remembered,
            remember_at: None,
            was_led,
        }
    }

    /// The lab that is open was read from this file: it is read again where that changes.
    pub fn watch(&mut self, path: &Path, window: &mut Window) {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let recent = &mut window.parts().1.recent;
        recent.retain(|it| *it != path);
        recent.insert(0, path.clone());
        recent.truncate(RECENT);
        self.watched = (!kept::is_session_file(&path)).then(|| Watched {
            written_at: written_at(&path),
            path,
            changed: None,
            look_at: None,
        });
    }

    /// Does what is due; says how long the next can wait.
    pub fn tick(&mut self, window: &mut Window, ctx: &Context, now: Instant) -> Option<Duration> {
        let (desk, front) = window.parts();
        let before = shown(desk);
        self.keeper.run_errands(desk, front);
        let opened = self.keeper.take_opened();
        if let Some(failure) = self.keeper.take_failure() {
            front.trouble = Some(trouble(&failure)).filter(|it| !it.diagnostics.is_empty());
        }
        let waits = self.keeper.tick(desk, front, now);
        if let Some(path) = opened {
            window.parts().1.trouble = None;
            self.watch(&path, window);
            window.refresh();
            ctx.request_repaint();
        } else if shown(window.desk()) != before {
            // A lab that ships, or a session that was gone on with, has no file of its own.
            if window.session().about().name != before.0 {
                self.watched = None;
            }
            window.refresh();
            ctx.request_repaint();
        }
        if let Some(export) = window.take_export() {
            write_export(export, window);
            ctx.request_repaint();
        }
        if let Some(folder) = window.take_folder() {
            list(&folder, window);
            ctx.request_repaint();
        }
        let look = self.look(window, ctx, now);
        let remember = self.remember(window, ctx, now);
        [waits, look, remember].into_iter().flatten().min()
    }

    /// Looks at the lab's own file.
    fn look(&mut self, window: &mut Window, ctx: &Context, now: Instant) -> Option<Duration> {
        let watched = self.watched.as_mut()?;
        if let Some(at) = watched.look_at
            && now < at
        {
            return Some(at - now);
        }
        watched.look_at = Some(now + LOOK);
        let written = written_at(&watched.path);
        if written == watched.written_at {
            watched.changed = None;
            return Some(LOOK);
        }
        let Some(written) = written else {
            // It is away for a moment while it is written anew, or for good.
            return Some(LOOK);
        };
        match watched.changed {
            Some((at, since)) if at == written && now - since >= STILL => {
                watched.changed = None;
                watched.written_at = Some(written);
                let path = watched.path.clone();
                reload(&path, window);
                ctx.request_repaint();
                Some(LOOK)
            }
            Some((at, since)) if at == written => Some(STILL.saturating_sub(now - since)),
            _ => {
                watched.changed = Some((written, now));
                watched.look_at = Some(now + STILL);
                Some(STILL)
            }
        }
    }

    /// Writes what is to be remembered where it has changed.
    fn remember(&mut self, window: &Window, ctx: &Context, now: Instant) -> Option<Duration> {
        let places = self.places.as_ref()?;
        if let Some(at) = self.remember_at
            && now < at
        {
            return None;
        }
        self.remember_at = Some(now + REMEMBER);
        let memory = window.memory(ctx);
        if self.remembered.as_ref() != Some(&memory) {
            // What cannot be remembered is as it was before, the next time.
            let _ = write_memory(&memory_file(places), &memory);
            self.remembered = Some(memory);
        }
        if self.was_led && !window.front().guide.is_shown() {
            self.was_led = false;
            places.remember_guided();
        }
        None
    }

    /// The window is closed in order.
    pub fn end(mut self, window: &Window, ctx: &Context) {
        self.remember_at = None;
        self.remember(window, ctx, Instant::now());
        self.keeper.end(window.desk());
    }
}

/// What tells one session from another while no time passes: its lab, how far it is, and how much was done in it.
fn shown(desk: &Desk) -> (String, SimTime, u64, usize) {
    let session = desk.session();
    (
        session.about().name.clone(),
        session.now(),
        session.n_records(),
        session.journal().len(),
    )
}

fn memory_file(places: &Places) -> PathBuf {
    places.state().join("window.ron")
}

fn read_memory(file: &Path) -> (Option<Memory>, Option<String>) {
    let Ok(text) = fs::read_to_string(file) else {
        return (None, None);
    };
    match ron::from_str(&text) {
        Ok(memory) => (Some(memory), None),
        Err(error) => {
            let told = format!("{}: {error}; the window is arranged anew", file.display());
            (None, Some(told))
        }
    }
}

fn write_memory(file: &Path, memory: &Memory) -> std::io::Result<()> {
    let text = ron::ser::to_string_pretty(memory, ron::ser::PrettyConfig::default())
        .map_err(std::io::Error::other)?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    whole_file::write_unsynced(file, &text)
}

/// Writes the map, whole or not at all; asks before in place of a file that is there.
fn write_export(export: Export, window: &mut Window) {
    let (_, front) = window.parts();
    let Export { path, bytes, over } = export;
    if over == Over::Asked && path.exists() {
        front.ask(Question::ExportOver(path.display().to_string()));
        return;
    }
    match whole_file::write(&path, bytes) {
        Ok(()) => {
            front.understood();
            front.say(format!("drawn into {}", path.display()));
        }
        Err(error) => front.complain(format!("{}: {error}", path.display())),
    }
}

fn written_at(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|it| it.modified()).ok()
}

/// Reads a lab again, in the place of the one that was read from there before: at the instant at which that stands. Where it is
/// wrong, what is wrong is shown, and the lab goes on as it is.
fn reload(path: &Path, window: &mut Window) {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let now = window.session().now();
    match kept::open_any(path) {
        Ok(content) => {
            let (desk, front) = window.parts();
            front.trouble = None;
            desk.opened(&name, Ok(content), front);
            front.say(format!("{name} has changed and was read again"));
            if now > SimTime::START {
                // By as much as each frame has time for.
                desk.carry_out(Request::Seek(now), front);
                desk.settle_input(front);
            }
        }
        Err(error) => {
            let (_, front) = window.parts();
            let mut told = trouble(&error);
            told.file = name;
            front.trouble = Some(told);
        }
    }
    window.refresh();
}

fn trouble(error: &OpenError) -> Trouble {
    let (file, diagnostics, texts) = match error {
        OpenError::Source(SourceError::Invalid { diagnostics, texts }) => {
            let file = diagnostics.first().map_or_else(String::new, |it| it.file.clone());
            (file, diagnostics.clone(), texts.clone())
        }
        OpenError::Source(_) | OpenError::TooLarge(_) | OpenError::Build(_) => Default::default(),
    };
    Trouble {
        file,
        words: error.to_string(),
        diagnostics,
        texts,
    }
}

/// Shows what is in a folder, in the list of files.
fn list(path: &Path, window: &mut Window) {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let read = fs::canonicalize(path).and_then(|path| Ok((fs::read_dir(&path)?, path)));
    let (_, front) = window.parts();
    let Some(Overlay::Files(browser)) = &mut front.overlay else {
        return;
    };
    match read {
        Ok((entries, path)) => {
            let mut folder = Folder {
                path,
                ..Folder::default()
            };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_folder = entry.path().is_dir();
                if name.starts_with('.') {
                    continue;
                }
                if is_folder {
                    folder.folders.push(name);
                } else if Path::new(&name).extension().is_some_and(|it| it == "ron") {
                    folder.files.push(name);
                }
            }
            folder.folders.sort_unstable();
            folder.files.sort_unstable();
            browser.folder = Some(folder);
        }
        Err(error) => browser.complaint = Some(format!("{}: {error}", path.display())),
    }
}

/// What is opened by a name: a session from a file, or a lab.
///
/// # Errors
/// What to tell a person.
pub fn open(name: &str, seed: Option<u64>) -> Result<Content, String> {
    let path = Path::new(name);
    if kept::is_session_file(path) {
        if seed.is_some() {
            return Err(format!("error: {name} is a session, which has a seed of its own"));
        }
        return kept::open_any(path).map_err(|error| error.to_string());
    }
    let opened = kept::open_lab(name).map_err(|error| match error {
        SourceError::Unknown { .. } => {
            format!("error: {error}\nhelp: `causeway labs` lists the shipped ones")
        }
        SourceError::Unreadable { .. } => format!("error: {error}"),
        // Diagnostics say themselves how bad they are.
        SourceError::Invalid { .. } => error.to_string(),
    })?;
    for warning in &opened.loaded.warnings {
        eprintln!("{warning}");
    }
    let session = sim_core::lab::Session::open(opened.loaded.blueprint, seed, sim_core::desk::KEEP);
    session
        .map(|session| Content::Lab(Box::new(session)))
        .map_err(|error| format!("error: {name}: {error}"))
}
