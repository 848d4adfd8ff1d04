//! What takes longer than a frame may, done beside it.

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

use egui::Context;
use sim_core::desk::{Checked, DueCheck};

/// Preflight, beside the frames where that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    wakes: Option<Context>,
    under_way: Option<Receiver<Checked>>,
}

impl Aside {
    /// From here on work is done beside the frames, and this window woken when it is done.
    pub(crate) fn begin(&mut self, ctx: &Context) {
        self.wakes = Some(ctx.clone());
    }
    /// Whether something is being done: what is due besides waits for it.
    pub(crate) const fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }
    /// Does what is due; what was found at once, where nothing is done beside the frames.
    pub(crate) fn start(&mut self, due: DueCheck) -> Option<Checked> {
        let Some(ctx) = self.wakes.clone() else {
            return Some(due.run());
        };
        let (tell, told) = mpsc::channel();
        let work = move || {
            // Who closes the window waits for nothing.
            let _ = tell.send(due.run());
            ctx.request_repaint();
        };
        match thread::Builder::new().name("preflight".to_owned()).spawn(work) {
            Ok(_) => self.under_way = Some(told),
            // Not even a thread is to be had: it is not done this time, and is due at the next frame.
            Err(_) => self.wakes = None,
        }
        None
    }
    /// What was found since.
    pub(crate) fn done(&mut self) -> Option<Checked> {
        let told = self.under_way.as_ref()?.try_recv();
        match told {
            Err(TryRecvError::Empty) => None,
            Ok(_) | Err(TryRecvError::Disconnected) => {
                self.under_way = None;
                told.ok()
            }
        }
    }
}
