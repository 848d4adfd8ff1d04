//! The real terminal: taking it over, giving it back whatever happens, and the loop in which wall
//! time becomes the lab's time.

use std::io::{self, stdout};
use std::panic;
use std::time::{Duration, Instant};

use crossterm::event::{self, DisableMouseCapture, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{Clear, ClearType};
use ratatui::DefaultTerminal;
use sim_core::desk::Fate;
use sim_core::storage::keeper::Keeper;

use crate::clipboard;
use crate::dashboard::Dashboard;

/// Between two pictures while the lab runs.
const FRAME: Duration = Duration::from_millis(50);

/// How long to wait for input while it does not: nothing else can change the picture.
const IDLE: Duration = Duration::from_secs(60);

/// Whether the mouse is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Clicks and the wheel go to the dashboard.
    Captured,
    /// They stay with the terminal.
    Left,
}

/// Gives the terminal back when it goes out of scope.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        // The hooks have given it back already; doing it again would move the cursor onto the report.
        if std::thread::panicking() {
            return;
        }
        // There is nobody left to tell.
        let _ = execute!(stdout(), DisableMouseCapture);
        ratatui::restore();
    }
}

/// Shows the dashboard until it is left.
///
/// # Errors
/// Where the terminal cannot be taken over, read or written.
pub fn show(dashboard: &mut Dashboard, mouse: Mouse, keeper: &mut Keeper) -> io::Result<()> {
    let terminal = ratatui::try_init()?;
    let _guard = Guard;
    // A program that was killed has left its screen behind, which is where this one begins then.
    execute!(stdout(), Clear(ClearType::All))?;
    if mouse == Mouse::Captured {
        // Ratatui's own hook restores the rest; then the report is printed on the ordinary screen.
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let _ = execute!(stdout(), DisableMouseCapture);
            hook(info);
        }));
        execute!(stdout(), EnableMouseCapture)?;
    }
    run(terminal, dashboard, keeper)
}

fn run(mut terminal: DefaultTerminal, dashboard: &mut Dashboard, keeper: &mut Keeper) -> io::Result<()> {
    // Whoever looks for input first begins to listen for resizes: that must not come after the first picture.
    event::poll(Duration::ZERO)?;
    let mut last = Instant::now();
    loop {
        terminal.draw(|frame| dashboard.draw(frame))?;
        if dashboard.catch_up() {
            terminal.draw(|frame| dashboard.draw(frame))?;
        }
        let wait = if dashboard.is_moving() {
            FRAME.saturating_sub(last.elapsed())
        } else {
            IDLE
        };
        let (desk, screen) = dashboard.parts();
        let wait = keeper
            .tick(desk, screen, Instant::now())
            .map_or(wait, |soon| wait.min(soon));
        // All input that is there is taken before the next picture, so that held keys do not queue up.
        let mut waiting = event::poll(wait)?;
        while waiting {
            if dashboard.on_event(&event::read()?) == Fate::Leave {
                return Ok(());
            }
            waiting = event::poll(Duration::ZERO)?;
        }
        dashboard.settle_input();
        let (desk, screen) = dashboard.parts();
        keeper.run_errands(desk, screen);
        if desk.is_left() {
            return Ok(());
        }
        if let Some(text) = dashboard.take_copied() {
            clipboard::copy(&text, &mut stdout())?;
        }
        let now = Instant::now();
        dashboard.elapse(now - last);
        last = now;
    }
}
