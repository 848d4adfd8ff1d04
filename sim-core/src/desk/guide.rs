//! The first steps of a newcomer: play, fail, rewind. Each is done when it was done, or all are dismissed.

use super::request::Request;

/// How far a newcomer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guide {
    /// Let the lab run.
    Play,
    /// Make something fail.
    Fail,
    /// Go back.
    Rewind,
    /// All was done, or dismissed, or never shown.
    #[default]
    Over,
}

impl Guide {
    /// The guide as it begins.
    pub const FIRST: Self = Self::Play;

    /// Whether there is still something to tell.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self != Self::Over
    }
    /// No more of it.
    pub fn dismiss(&mut self) {
        *self = Self::Over;
    }
    /// Something is done: perhaps what it waits for.
    pub fn saw(&mut self, request: &Request) {
        *self = match (*self, request) {
            (Self::Play, Request::PlayPause | Request::Next(_)) => Self::Fail,
            (Self::Fail, Request::Inject(_)) => Self::Rewind,
            (Self::Rewind, Request::Previous(_) | Request::Seek(_) | Request::Undo) => Self::Over,
            (other, _) => other,
        };
    }

    /// A heading, the key, and what it does.
    #[must_use]
    pub const fn words(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Play => Some((
                "1 of 3: play",
                "Space",
                "lets the lab run, and stops it. + and - set the speed, ] steps to what happens next.",
            )),
            Self::Fail => Some((
                "2 of 3: fail",
                "i",
                "lists what can be broken. Select a link with the arrows and press f to break that one.",
            )),
            Self::Rewind => Some((
                "3 of 3: rewind",
                "[",
                "goes back to what happened before; U takes back what you did, b tries something else from there.",
            )),
            Self::Over => None,
        }
    }
}
