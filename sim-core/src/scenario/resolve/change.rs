//! Changes of the lab: what is typed becomes a lever.

use crate::migrate::mgn::Command;
use crate::scenario::problem::Problems;
use crate::scenario::sections::{ChangeText, CommandText};
use crate::world::lever::Lever;

use super::scope::Scope;
use super::select::Members;

/// The operation that is typed.
pub(super) fn command(
    text: &CommandText,
    scope: &Scope,
    members: &mut Members,
    problems: &mut Problems,
) -> Command {
    Command {
        kind: text.kind,
        servers: members.select(&text.servers, scope, problems),
    }
}

/// The lever that is typed.
pub(super) fn lever(
    text: &ChangeText,
    scope: &Scope,
    members: &mut Members,
    problems: &mut Problems,
) -> Option<Lever> {
    match text {
        ChangeText::Command(text) => Some(Lever::Command(command(text, scope, members, problems))),
    }
}
