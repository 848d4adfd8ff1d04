//! What every screen does with a lab, whatever it draws with: the commands with their names and keys, a session that plays,
//! what there is to show of it, and how each request is carried out.
//!
//! ```text
//! key or click ─▶ Action ─▶ screen ─▶ Request ─▶ Desk ─▶ Player ─▶ Branches
//!                                       ▲          │
//!                                       └─ screen ◀┴─ Feed (rows of view, history, marks)
//! ```
//!
//! It knows no clock, no file and nothing to draw with: a screen says how much wall time has gone by, and does itself what has
//! to do with files ([`Errand`]).

mod carry_out;
pub mod changes;
pub mod commands;
mod content;
pub mod faults;
pub mod feed;
pub mod format;
pub mod fuzzy;
pub mod guide;
pub mod history;
pub mod injection;
pub mod keys;
pub mod labs;
pub mod marks;
pub mod player;
pub mod request;
pub mod selection;
mod shown;
pub mod stepping;
pub mod transport;

pub use content::{Content, departed, is_session_name, parting_rows, path_of, scenario_text, session_text};
pub use shown::{Checked, Desk, DueCheck, Errand, Fate, Screen};

use crate::kernel::Keep;

/// Records that a screen can look back at.
pub const KEEP: Keep = Keep::Last(100_000);
