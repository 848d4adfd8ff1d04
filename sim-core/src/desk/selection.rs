//! What a person looks at: one thing for the whole screen.

use crate::kernel::RecordId;
use crate::resource::ResourceRef;

/// What a person looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selection {
    /// A thing of the lab; at first the lab itself.
    Resource(ResourceRef),
    /// A record of the trace.
    Record(RecordId),
    /// A check of preflight, by its place.
    Check(usize),
}

impl Default for Selection {
    fn default() -> Self {
        Self::Resource(ResourceRef::Lab)
    }
}
