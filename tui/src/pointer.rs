//! How the mouse changes the dashboard.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::app::{App, Request};
use crate::feed::Feed;
use crate::keymap::Action;
use crate::widgets::cursor::Move;

impl App {
    pub(crate) fn on_mouse(&mut self, mouse: MouseEvent, feed: &Feed) -> Option<Request> {
        let at = Position::new(mouse.column, mouse.row);
        if self.overlay.is_some() {
            if mouse.kind == MouseEventKind::Down(MouseButton::Left) {
                self.overlay = None;
            }
            return None;
        }
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.press(at, feed),
            MouseEventKind::Drag(MouseButton::Left) if self.scrubs => {
                self.timeline.instant_near(at.x).map(Request::Seek)
            }
            MouseEventKind::Up(_) => {
                self.scrubs = false;
                None
            }
            MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
                let is_up = mouse.kind == MouseEventKind::ScrollUp;
                if self.timeline_area.contains(at) {
                    self.timeline.zoom(is_up, feed.now());
                    return None;
                }
                let how = if is_up { Move::Up } else { Move::Down };
                let over = self.panel_at(at)?;
                self.hand_to_panel(over, feed, |panel, cx| panel.act(Action::Go(how), cx))
            }
            MouseEventKind::Down(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        }
    }

    fn panel_at(&self, at: Position) -> Option<usize> {
        self.panels.iter().position(|placed| placed.area.contains(at))
    }

    fn press(&mut self, at: Position, feed: &Feed) -> Option<Request> {
        self.message = None;
        if let Some((_, panel)) = self.tabs.iter().find(|(tab, _)| tab.contains(at)) {
            self.show(*panel);
            return None;
        }
        if self.timeline_area.contains(at) {
            return self.timeline_click(at, feed);
        }
        let panel = self.panel_at(at)?;
        self.focus_on(panel);
        let inner = self.panels.get(panel)?.inner;
        if !inner.contains(at) {
            return None;
        }
        let at = Position::new(at.x - inner.x, at.y - inner.y);
        self.hand_to_panel(panel, feed, |panel, cx| panel.click(at, cx))
    }
}
