//! What a screen asks for, and what it asks a person before.

use std::path::PathBuf;

use crate::units::SimTime;

use super::injection::{Choice, Order};
use super::stepping::Stop;

/// What a screen wants done to the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Leave the program.
    Quit,
    /// Leave once the session is in the file of this name; without one, leave at once.
    Leave(String),
    /// Open what was to be opened in the place of this session, once that is in the file of this name; without one, let go
    /// of it.
    Replace(String),
    /// Let the clock run, or stop it.
    PlayPause,
    /// Run faster.
    Faster,
    /// Run slower.
    Slower,
    /// Handle one event.
    StepEvent,
    /// Run to the next such record.
    Next(Stop),
    /// Go back to the last such record before now.
    Previous(Stop),
    /// Look at the record that brought about how what is selected stands.
    Why,
    /// Go to an instant, back or on.
    Seek(SimTime),
    /// Take back what was done by hand last.
    Undo,
    /// Run until this, as a person wrote it.
    RunUntil(String),
    /// Begin again with the same seed.
    Restart,
    /// Take a branch here under this name.
    Branch(String),
    /// Go on with the branch of this name.
    Switch(String),
    /// Call a branch by another name.
    Rename(String, String),
    /// Delete the branch of this name.
    Delete(String),
    /// Compare two branches at the earlier of their presents.
    Compare(String, String),
    /// Compare two branches, each at its own present.
    CompareEnds(String, String),
    /// Run preflight again.
    Recheck,
    /// List what can be injected and what is active.
    ListFaults,
    /// List what of the selected thing can be made to fail.
    ListFaultsOfSelected,
    /// Show one fault, to be injected.
    Offer(Choice),
    /// Inject a fault.
    Inject(Order),
    /// Heal the fault that was injected at that instant.
    Heal(Choice, SimTime),
    /// List the labs that there are.
    ListLabs,
    /// Open something in the place of this session.
    Open(Opening),
    /// Put a text onto the clipboard of the terminal.
    Copy(String),
    /// Make a change, in the notation of scenarios.
    Change(String),
    /// Save the session to the file of this name.
    Save(String),
    /// Write what was done by hand to the file of this name.
    SaveScenario(String),
    /// Throw away what is left of a session.
    Forget(PathBuf),
    /// Write to the file of this name, which is there, in place of what is in it.
    WriteOver(String, Writes),
    /// Draw the map into the file of this name.
    Export(String, Over),
}

/// What becomes of a file that is there already when one of its name is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A person is asked.
    Asked,
    /// A person said that it may go.
    Allowed,
}

/// What is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// The session.
    Session,
    /// What was done by hand.
    Scenario,
    /// The session, which is left then.
    SessionToLeave,
    /// The session, which makes place for another one then.
    SessionToReplace,
}

/// What takes the place of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The shipped lab of this name.
    Lab(String),
    /// The lab or session in the file of this name.
    File(String),
    /// What is left of a session.
    Left(PathBuf),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Until when to run.
    RunUntil,
    /// What a branch that is taken here is called.
    Branch,
    /// What the branch of this name is called from now on.
    Rename(String),
    /// Whether the branch of this name is deleted.
    Delete(String),
    /// Into which file the session goes.
    Save,
    /// Into which file goes what was done by hand.
    SaveScenario,
    /// Whether a session is saved before it is left in which so many things were done by hand.
    Leave(usize),
    /// Whether a session is saved before something else is opened in its place; so many things were done by hand in it.
    Replace(usize),
    /// Which file to open.
    OpenFile,
    /// Whether this is written to the file of this name, which is there.
    WriteOver(String, Writes),
    /// Into which file the map is drawn.
    Export,
    /// Whether the map is drawn into the file of this name, which is there.
    ExportOver(String),
}

impl Question {
    /// Its words.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::RunUntil => "Run until".to_owned(),
            Self::Branch => "Take a branch here".to_owned(),
            Self::Rename(name) => format!("Rename {name}"),
            Self::Delete(name) => format!("Delete {name}?"),
            Self::Save => "Save the session".to_owned(),
            Self::SaveScenario => "Write what was done by hand as a scenario".to_owned(),
            Self::OpenFile => "Open a lab or a session".to_owned(),
            Self::Replace(1) => "One thing that was done by hand is not saved".to_owned(),
            Self::Replace(n) => format!("{n} things that were done by hand are not saved"),
            Self::Leave(1) => "Leave? One thing that was done by hand is not saved".to_owned(),
            Self::Export => "Draw the map into a file".to_owned(),
            Self::WriteOver(name, _) | Self::ExportOver(name) => format!("Write over {name}?"),
            Self::Leave(n) => format!("Leave? {n} things that were done by hand are not saved"),
        }
    }
    /// What stands where the answer is to be written.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::RunUntil => "2h30m",
            Self::Branch | Self::Rename(_) => "its name",
            Self::Delete(_) => "Enter deletes it, Esc leaves it",
            Self::Save | Self::SaveScenario | Self::OpenFile | Self::Export => "a file",
            Self::WriteOver(..) | Self::ExportOver(_) => "Enter writes over it, Esc leaves it",
            Self::Leave(_) | Self::Replace(_) => "a file to save it in, or nothing",
        }
    }
    /// What can be answered, a line each.
    #[must_use]
    pub const fn help(&self) -> &'static [&'static str] {
        match self {
            Self::RunUntil => &[
                "2h30m, 02:30:00  that instant of the lab, back where it is past",
                "+15m, -15m       so much later or earlier than now",
                "server NAME STATE, bgp A/B is not Established, any probe fails",
            ],
            Self::Branch => &[
                "What you do from here on is done on the new branch alone.",
                "B lists branches and goes from one to another, C compares two.",
            ],
            Self::Rename(_) => &["Those that were taken from it stay so."],
            Self::Delete(_) => &[
                "What was done on it alone is gone; nothing brings it back.",
                "Those that were taken from it stay, as if taken from its own.",
            ],
            Self::Save => &[
                "The lab, the seed, what was done, all branches: in one file.",
                "causeway open FILE goes on; causeway replay FILE checks it.",
            ],
            Self::SaveScenario => &[
                "A lab laid over this one, in which the same is done at the",
                "same instants. Keep it beside this lab's file, where it has one.",
            ],
            Self::OpenFile => &["A scenario, or a session that was saved."],
            Self::Export => &[
                "Its ending says as what: .svg and .png as it is drawn here,",
                ".mmd for Mermaid and .dot for Graphviz as text.",
            ],
            Self::WriteOver(..) | Self::ExportOver(_) => &[
                "A file of that name is there. What is in it goes;",
                "nothing brings it back.",
            ],
            Self::Replace(_) => &[
                "Enter with a file's name saves the session in it, and goes on.",
                "Enter with nothing lets go of it: nothing brings it back.",
                "Esc stays.",
            ],
            Self::Leave(_) => &[
                "Enter with a file's name saves the session in it, and leaves.",
                "Enter with nothing leaves: the next start offers it again.",
                "Esc stays.",
            ],
        }
    }
    /// What an answer asks for.
    #[must_use]
    pub fn request(&self, answer: String) -> Request {
        match self {
            Self::RunUntil => Request::RunUntil(answer),
            Self::Branch => Request::Branch(answer.trim().to_owned()),
            Self::Rename(name) => Request::Rename(name.clone(), answer.trim().to_owned()),
            Self::Delete(name) => Request::Delete(name.clone()),
            Self::Save => Request::Save(answer.trim().to_owned()),
            Self::SaveScenario => Request::SaveScenario(answer.trim().to_owned()),
            Self::OpenFile => Request::Open(Opening::File(answer.trim().to_owned())),
            Self::Replace(_) => Request::Replace(answer.trim().to_owned()),
            Self::Leave(_) => Request::Leave(answer.trim().to_owned()),
            Self::Export => Request::Export(answer.trim().to_owned(), Over::Asked),
            Self::ExportOver(name) => Request::Export(name.clone(), Over::Allowed),
            Self::WriteOver(name, what) => Request::WriteOver(name.clone(), *what),
        }
    }
}
