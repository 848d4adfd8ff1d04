//! What was sent and has not been acknowledged, in order.

use std::collections::VecDeque;

use super::stream::Segment;

/// Segments that may have to be sent again. Mostly there is one, which takes no memory of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Unacknowledged {
    first: Option<Segment>,
    /// Those after the first; none without one.
    rest: VecDeque<Segment>,
}

impl Unacknowledged {
    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }
    /// What is sent again when nothing is heard.
    pub(super) const fn first(&self) -> Option<&Segment> {
        self.first.as_ref()
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = &Segment> {
        self.first.iter().chain(&self.rest)
    }
    pub(super) fn push(&mut self, segment: Segment) {
        match self.first {
            None => self.first = Some(segment),
            Some(_) => self.rest.push_back(segment),
        }
    }
    /// The first one has been acknowledged.
    pub(super) fn pop(&mut self) {
        self.first = self.rest.pop_front();
    }
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
