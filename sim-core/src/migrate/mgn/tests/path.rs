//! One server's whole way: from the installer to the finalized cutover.

use super::bench::{Lab, config};
use crate::migrate::mgn::CommandKind;
use crate::units::Span;

#[test]
fn a_server_goes_from_installer_to_first_snapshot() {
    let mut lab = Lab::new(config(1));
    lab.command(CommandKind::InstallAgent, &[0]);
    lab.run(Span::hours(2));
    insta::assert_snapshot!(lab.take_trace());
}

#[test]
fn a_server_goes_from_test_to_finalized_cutover() {
    let mut lab = Lab::new(config(1));
    lab.settle(&[0]);
    for kind in [
        CommandKind::StartTest,
        CommandKind::MarkReadyForCutover,
        CommandKind::StartCutover,
        CommandKind::FinalizeCutover,
        CommandKind::MarkAsArchived,
    ] {
        lab.command(kind, &[0]);
        lab.run(Span::hours(2));
    }
    insta::assert_snapshot!(lab.take_trace());
    assert_eq!(lab.ground.instances(), ["app-0-cutover-2"]);
    assert_eq!(lab.mgn.usage(), &crate::migrate::mgn::Usage::default());
}
