//! Folders of the programs: for settings, and for what they remember.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy as _, AppStrategyArgs, choose_app_strategy};

/// Folders of the programs: for settings, and for what they remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    config: PathBuf,
    state: PathBuf,
}

impl Places {
    /// The usual ones of this system; none where nobody is at home.
    #[must_use]
    pub fn usual() -> Option<Self> {
        let strategy = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "org".to_owned(),
            author: "Causeway".to_owned(),
            app_name: "Causeway".to_owned(),
        })
        .ok()?;
        Some(Self {
            config: strategy.config_dir(),
            // Systems without a folder for that have one for data.
            state: strategy.state_dir().unwrap_or_else(|| strategy.data_dir()),
        })
    }
    /// Both below one folder, for who wants them apart from those of this system.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("config"),
            state: folder.join("state"),
        }
    }
    /// The file with the settings of the dashboard.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.ron")
    }
    /// The file with how the dashboard's screen was left.
    #[must_use]
    pub fn screen_file(&self) -> PathBuf {
        self.state.join("screen.ron")
    }
    /// The folder of what the programs remember.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }
    /// The folder in which running sessions are kept.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }
    fn guided_file(&self) -> PathBuf {
        self.state.join("guided")
    }
    /// Whether the first steps were shown on this machine before.
    #[must_use]
    pub fn is_guided(&self) -> bool {
        self.guided_file().exists()
    }
    /// Remembers that they were. Where that cannot be written they are shown again some time.
    pub fn remember_guided(&self) {
        let written = fs::create_dir_all(&self.state);
        let _ = written
            .and_then(|()| super::whole_file::write(&self.guided_file(), "The first steps were shown.\n"));
    }
}
