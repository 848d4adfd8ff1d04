//! The terminal program of Causeway: the dashboard and the headless commands.
//!
//! Holds no logic of the lab: it reads [`sim_core::view`] and hands commands to [`sim_core::lab`].
//!
//! ```text
//! main ─▶ program ─┬▶ headless/*: one file per command
//!                  └▶ terminal (wall time, the real terminal) ─▶ dashboard ─┬▶ sim_core::desk: what is played and shown
//!                                                                           └▶ app, screen: panels, keys, overlays
//! ```
//!
//! Only `terminal` knows a clock, only `source`, `output` and `headless` touch files and streams.

pub mod app;
pub mod change_list;
pub mod cli;
pub mod clipboard;
pub mod config;
pub mod dashboard;
pub mod diagnostics;
pub mod fault_list;
#[cfg(test)]
mod fixture;
pub mod guide;
pub mod headless;
pub mod key_bar;
pub mod keymap;
pub mod lab_list;
pub mod layout;
pub mod offer;
pub mod output;
pub mod overlay;
pub mod palette;
pub mod panel;
pub mod panels;
pub mod pointer;
pub mod program;
pub mod screen;
pub mod source;
pub mod svg;
pub mod terminal;
pub mod theme;
pub mod timeline;
pub mod widgets;

pub use sim_core::desk::{feed, format, history, injection, marks, player, selection, stepping, transport};
