//! Operations of the migration and changes of the lab, as they are typed.

use crate::migrate::mgn::CommandKind;
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Read, unknown_word, wrong_type};
use crate::scenario::syntax::{Kind, Node};

use super::plan::SelectionText;

/// The words for the operations, in the order of [`CommandKind`].
pub(in crate::scenario) const COMMANDS: &[(&str, CommandKind)] = &[
    ("install_agent", CommandKind::InstallAgent),
    ("start_test", CommandKind::StartTest),
    ("revert_to_ready_for_test", CommandKind::RevertToReadyForTest),
    ("mark_ready_for_cutover", CommandKind::MarkReadyForCutover),
    ("start_cutover", CommandKind::StartCutover),
    (
        "revert_to_ready_for_cutover",
        CommandKind::RevertToReadyForCutover,
    ),
    ("finalize_cutover", CommandKind::FinalizeCutover),
    (
        "terminate_target_instances",
        CommandKind::TerminateTargetInstances,
    ),
    ("pause_replication", CommandKind::PauseReplication),
    ("resume_replication", CommandKind::ResumeReplication),
    ("stop_replication", CommandKind::StopReplication),
    ("start_replication", CommandKind::StartReplication),
    ("retry_data_replication", CommandKind::RetryDataReplication),
    ("disconnect_from_service", CommandKind::DisconnectFromService),
    ("mark_as_archived", CommandKind::MarkAsArchived),
];

/// An operation's word alone.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct CommandKindText(pub(in crate::scenario) CommandKind);

impl Read for CommandKindText {
    const EXPECTED: &'static str = "an operation such as start_test";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Word(word) = &node.kind else {
            return wrong_type(node, problems);
        };
        let found = command_of(word);
        if found.is_none() {
            let options = COMMANDS.iter().map(|(word, _)| *word);
            unknown_word(Self::EXPECTED, word, node.place, options, problems);
        }
        found.map(Self)
    }
}

/// An operation on servers: `start_test(all)`.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct CommandText {
    pub(in crate::scenario) kind: CommandKind,
    pub(in crate::scenario) servers: At<SelectionText>,
}

impl Read for CommandText {
    const EXPECTED: &'static str = "an operation such as start_test(all)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Group { name: Some(word), .. } = &node.kind else {
            return wrong_type(node, problems);
        };
        let Some(kind) = command_of(word) else {
            let options = COMMANDS.iter().map(|(word, _)| *word);
            unknown_word(Self::EXPECTED, word, node.place, options, problems);
            return None;
        };
        let servers = At::read_payload(node, problems)?;
        Some(Self { kind, servers })
    }
}

fn command_of(word: &str) -> Option<CommandKind> {
    COMMANDS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, kind)| *kind)
}

/// A change of the lab.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum ChangeText {
    Command(CommandText),
}

impl Read for ChangeText {
    const EXPECTED: &'static str = "a change";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        CommandText::read(node, problems).map(Self::Command)
    }
}
