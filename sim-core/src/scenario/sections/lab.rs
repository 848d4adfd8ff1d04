//! The lab as a whole.

use crate::migrate::mgn::{Exception, InitiationStep, InstallStep, ReplicationError};
use crate::reason::Reason;
use crate::scenario::problem::At;
use crate::scenario::read::{Entries, Name, Need, Prose, choices, section};
use crate::units::{SimTime, Span};

use super::change::{ChangeText, CommandKindText};
use super::host::HostText;
use super::migration::{MigrationText, ServersText};
use super::network::{HostedZoneText, PeeringText, PrefixListText, RegionText, VpcText};
use super::plan::{ExpectText, SelectionText, StepText};

section! {
    LabText: "a lab `Lab(schema: 1, name: …, title: …, …)`" {
        schema: Need<At<u32>>,
        name: Need<At<Name>>,
        title: Need<Prose>,
        teaches: Option<Prose>,
        /// The lab that this one is laid over.
        base: Option<At<String>>,
        breaks: Option<BreaksText>,
        seed: Option<u64>,
        duration: Option<At<Span>>,
        regions: Entries<RegionText>,
        prefix_lists: Entries<PrefixListText>,
        vpcs: Entries<VpcText>,
        peerings: Entries<PeeringText>,
        hosted_zones: Entries<HostedZoneText>,
        hosts: Entries<HostText>,
        migration: Option<MigrationText>,
        /// In place of those of the base's migration.
        servers: Option<Vec<ServersText>>,
        applications: Option<Entries<At<SelectionText>>>,
        waves: Option<Entries<Vec<At<String>>>>,
        runbook: Option<Entries<StepText>>,
        /// Made before the lab begins.
        changes: Vec<At<ChangeText>>,
        /// Made while it runs.
        events: Vec<EventText>,
        expect: Option<Entries<ExpectText>>,
    }
}

section! {
    EventText: "an event `(at: \"10d\", change: …)`" {
        at: At<SimTime>,
        change: At<ChangeText>,
    }
}

section! {
    /// What a broken variant breaks, so that tests and teachers know what should be seen.
    BreaksText: "what is broken `(precondition: \"P7\", symptom: …)`" {
        precondition: String,
        symptom: SymptomText,
        component: Option<At<String>>,
        reason: Option<Reason>,
    }
}

choices! {
    SymptomText: "a symptom: install(…), stall(…), refused(…) or launch_failed(…)" {
        install => Install(InstallSymptom),
        stall => Stall(StallSymptom),
        refused => Refused(RefusedSymptom),
        launch_failed => LaunchFailed(Reason),
        post_launch_failed => PostLaunchFailed(Reason),
    }
}

section! {
    InstallSymptom: "install(step, reason)" {
        step: InstallStep,
        reason: Reason,
    }
}

section! {
    StallSymptom: "stall(error, step)" {
        error: ReplicationError,
        step: Option<InitiationStep>,
    }
}

section! {
    RefusedSymptom: "refused(operation, exception)" {
        operation: CommandKindText,
        exception: Exception,
    }
}

impl LabText {
    /// This lab laid over another: what it says counts, and what it leaves out comes from below.
    ///
    /// Maps are laid over each other name by name; lists of changes and events follow those from
    /// below; servers, applications, waves, runbook and expectations are replaced as a whole.
    pub(in crate::scenario) fn over(self, under: Self) -> Self {
        let mut migration = self.migration.or(under.migration);
        if let Some(migration) = &mut migration {
            if let Some(servers) = self.servers.clone().or(under.servers.clone()) {
                migration.servers = servers;
            }
            if let Some(applications) = self.applications.clone().or(under.applications.clone()) {
                migration.applications = applications;
            }
            if let Some(waves) = self.waves.clone().or(under.waves.clone()) {
                migration.waves = waves;
            }
        }
        Self {
            schema: self.schema,
            name: self.name,
            title: self.title,
            teaches: self.teaches,
            base: under.base,
            breaks: self.breaks,
            seed: self.seed.or(under.seed),
            duration: self.duration.or(under.duration),
            regions: self.regions.over(under.regions),
            prefix_lists: self.prefix_lists.over(under.prefix_lists),
            vpcs: self.vpcs.over(under.vpcs),
            peerings: self.peerings.over(under.peerings),
            hosted_zones: self.hosted_zones.over(under.hosted_zones),
            hosts: self.hosts.over(under.hosts),
            migration,
            servers: self.servers.or(under.servers),
            applications: self.applications.or(under.applications),
            waves: self.waves.or(under.waves),
            runbook: self.runbook.or(under.runbook),
            changes: under.changes.into_iter().chain(self.changes).collect(),
            events: under.events.into_iter().chain(self.events).collect(),
            expect: self.expect.or(under.expect),
        }
    }
}
