//! A pseudo-terminal with the program in it, and what is on its screen.

use std::fmt;
use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take: far longer than it does on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// For so long nothing is drawn any more once a screen is done.
const QUIET: Duration = Duration::from_millis(300);

/// A folder that is somebody's home, for as long as a test lasts.
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("causeway-home-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for a test");
        Self(folder)
    }
    /// Makes it the home of a command.
    pub(super) fn is_of(&self, command: &mut CommandBuilder) {
        command.env("HOME", &self.0);
        command.env("XDG_CONFIG_HOME", self.0.join("config"));
        command.env("XDG_STATE_HOME", self.0.join("state"));
    }
    pub(super) fn folder(&self) -> &std::path::Path {
        &self.0
    }
    /// The sessions that are kept there for programs that may be killed.
    pub(super) fn kept(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.0.join("state/causeway/sessions"));
        let files = folder.into_iter().flatten().flatten().map(|entry| entry.path());
        files
            .filter(|path| path.extension().is_some_and(|it| it == "ron"))
            .collect()
    }
    pub(super) fn write_config(&self, text: &str) {
        let folder = self.0.join("config/causeway");
        std::fs::create_dir_all(&folder).expect("a folder for settings");
        std::fs::write(folder.join("config.ron"), text).expect("a file of settings");
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left of it is in the system's own folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program in a pseudo-terminal.
pub(super) struct Screen {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Where it is at home, as long as it runs.
    home: Option<Home>,
}

impl Screen {
    /// Starts the program for somebody who knows it already.
    pub(super) fn open(size: (u16, u16), args: &[&str]) -> Self {
        let home = Home::new();
        home.write_config("Config(hints: false)");
        let mut screen = Self::open_with(size, args, |command| home.is_of(command));
        screen.home = Some(home);
        screen
    }

    /// Starts the program with more said of its surroundings.
    pub(super) fn open_with(
        (cols, rows): (u16, u16),
        args: &[&str],
        more: impl FnOnce(&mut CommandBuilder),
    ) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(crate::cli::program());
        command.args(args);
        command.cwd(std::env::temp_dir());
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("COLORTERM", "truecolor"),
        ] {
            command.env(name, value);
        }
        more(&mut command);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("its output can be read");
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of the program ends its output, on some systems with an error.
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            parser: vt100::Parser::new(rows, cols, 0),
            output,
            input: pair.master.take_writer().expect("its input can be written"),
            child,
            master: pair.master,
            home: None,
        }
    }

    /// Types; Enter is a carriage return.
    pub(super) fn press(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).expect("it takes input");
        self.input.flush().expect("it takes input");
    }

    pub(super) fn resize(&mut self, (cols, rows): (u16, u16)) {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.resize(size).expect("the terminal can be resized");
        self.parser.screen_mut().set_size(rows, cols);
    }

    pub(super) fn text(&self) -> String {
        self.parser.screen().contents()
    }
    pub(super) fn is_alternate(&self) -> bool {
        self.parser.screen().alternate_screen()
    }
    pub(super) fn has_mouse(&self) -> bool {
        self.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }
    pub(super) fn is_without_colour(&self) -> bool {
        let screen = self.parser.screen();
        let (rows, columns) = screen.size();
        let mut cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        cells.all(|(row, column)| {
            screen.cell(row, column).is_none_or(|cell| {
                (cell.fgcolor(), cell.bgcolor()) == (vt100::Color::Default, vt100::Color::Default)
            })
        })
    }
    /// The first line that holds a text.
    #[track_caller]
    pub(super) fn line_with(&self, wanted: &str) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.contains(wanted));
        line.unwrap_or_else(|| panic!("no {wanted:?} in\n{text}"))
            .to_owned()
    }

    /// Takes what comes within a while; false where nothing does.
    fn take(&mut self, within: Duration) -> bool {
        let Ok(bytes) = self.output.recv_timeout(within) else {
            return false;
        };
        self.parser.process(&bytes);
        while let Ok(bytes) = self.output.try_recv() {
            self.parser.process(&bytes);
        }
        true
    }
    #[track_caller]
    fn wait_until(&mut self, wanted: &str, holds: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !holds(&self.text()) {
            assert!(start.elapsed() < PATIENCE, "{wanted} in\n{self}");
            self.take(Duration::from_millis(50));
        }
    }
    #[track_caller]
    pub(super) fn wait_for(&mut self, wanted: &str) {
        self.wait_until(&format!("no {wanted:?}"), |text| text.contains(wanted));
    }
    #[track_caller]
    pub(super) fn wait_without(&mut self, unwanted: &str) {
        self.wait_until(&format!("still {unwanted:?}"), |text| !text.contains(unwanted));
    }
    /// Waits until nothing is drawn any more.
    pub(super) fn settle(&mut self) {
        while self.take(QUIET) {}
    }
    /// Ends the program at once, without a word to it.
    pub(super) fn kill(&mut self) {
        let process = self.child.process_id().expect("it runs");
        let killed = std::process::Command::new("kill")
            .args(["-9", &process.to_string()])
            .status();
        assert!(killed.is_ok_and(|status| status.success()));
        self.child.wait().expect("it can be waited for");
    }
    #[track_caller]
    pub(super) fn wait_for_the_end(&mut self) {
        let start = Instant::now();
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                while self.take(Duration::from_millis(100)) {}
                assert!(status.success(), "{status:?}\n{self}");
                return;
            }
            assert!(start.elapsed() < PATIENCE, "it does not leave:\n{self}");
        }
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        let _ = self.child.kill();
        self.home.take();
    }
}
