//! The agent's installation on a source, from the download of the installer to the registration.
//!
//! ```text
//! DownloadInstaller ─▶ CheckPrerequisites ─▶ CheckCredentials ─▶ DiscoverDisks
//!   ─▶ DownloadAgent ─▶ BuildModule ─▶ Register ─▶ installed
//! ```
//! A step that fails ends the installation; a person runs the installer again. Each download and
//! request is a call that the world carries, with whatever name resolution, routing, filters and
//! policies stand in its way.
//!
//! # Fidelity
//! Simplified: the order of the calls at registration is ours. The agent's own certificate is not
//! modelled as a thing: what follows from it is, namely that the expiry of the installation's keys
//! does not stop a running agent; the agent is issued it as it registers, with the keys, and opens
//! its session with it. Downloads from S3 are not signed. The installer finds missing packages and says so; that it fetches
//! them where there is an internet is left out. Of its flags, `--no-prompt`, `--force-volumes`,
//! `--tags`, `--dualstack` and proxies are left out, and upgrades of an agent that runs.
//!
//! Source: "Installing the agent on a secured network", "Installation requirements" and
//! "Troubleshooting agent issues", AWS Transform MGN User Guide.

use crate::migrate::ground::{Call, CallFailed, CallOutcome, Ground};
use crate::reason::Reason;
use crate::resource::SourceServerId;
use crate::units::{SimTime, Span};
use crate::verdict::Refusal;

use super::endpoints::{Bucket, Caller, region_of};
use super::server::{Connection, Identity, Listing, Purpose};
use super::timer::ServerTimer;
use super::{
    AgentInstall, AgentOption, Initialisation, InstallStep, LifeCycleState, Mgn, Notice, prerequisite, timing,
};

/// How the agent's installation on a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agent {
    /// The installer has not been run.
    NotInstalled,
    /// The installer runs.
    Installing {
        /// Its step.
        step: InstallStep,
        /// When it was started.
        since: SimTime,
    },
    /// The installer gave up.
    Failed(InstallFailure),
    /// Installed and registered.
    Installed {
        /// Since when.
        since: SimTime,
    },
    /// Installed, but the service does not recognise it: its MAC address changed.
    Unrecognised,
    /// It was installed, and uninstalled itself.
    Uninstalled,
}

/// Why the installer gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstallFailure {
    /// The step.
    pub step: InstallStep,
    /// What the installer shows.
    pub symptom: Reason,
    /// The call that failed, where one did.
    pub call: Option<CallFailed>,
    /// What stopped it.
    pub stopped_by: Option<Refusal>,
    /// When.
    pub at: SimTime,
}

/// How many calls each step makes; none where it only takes time.
const fn n_calls(step: InstallStep) -> usize {
    match step {
        InstallStep::DownloadInstaller | InstallStep::DownloadAgent | InstallStep::Register => 2,
        InstallStep::CheckCredentials => 1,
        InstallStep::CheckPrerequisites | InstallStep::DiscoverDisks | InstallStep::BuildModule => 0,
    }
}

const fn after(step: InstallStep) -> Option<InstallStep> {
    Some(match step {
        InstallStep::DownloadInstaller => InstallStep::CheckPrerequisites,
        InstallStep::CheckPrerequisites => InstallStep::CheckCredentials,
        InstallStep::CheckCredentials => InstallStep::DiscoverDisks,
        InstallStep::DiscoverDisks => InstallStep::DownloadAgent,
        InstallStep::DownloadAgent => InstallStep::BuildModule,
        InstallStep::BuildModule => InstallStep::Register,
        InstallStep::Register => return None,
    })
}

impl Mgn {
    /// Runs the installer.
    pub(super) fn install(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.enter_install_step(id, InstallStep::DownloadInstaller, ground);
    }

    fn enter_install_step(&mut self, id: SourceServerId, step: InstallStep, ground: &mut dyn Ground) {
        let now = ground.now();
        let server = &mut self.servers[id];
        let since = match server.agent {
            Agent::Installing { since, .. } => since,
            Agent::NotInstalled
            | Agent::Failed(_)
            | Agent::Installed { .. }
            | Agent::Unrecognised
            | Agent::Uninstalled => now,
        };
        server.agent = Agent::Installing { step, since };
        ground.note(id.into(), Notice::InstallBegan(step));
        let host = self.servers[id].config.host;
        if let Err(refusal) = power(host, ground) {
            return self.fail_install(id, step, Failed::refused(refusal), ground);
        }
        if let Err(reason) = self.check_before(id, step) {
            let refusal = Refusal::at(reason, id);
            return self.fail_install(id, step, Failed::refused(refusal), ground);
        }
        if n_calls(step) > 0 {
            return self.make_install_call(id, step, 0, ground);
        }
        let takes = self.install_step_takes(id, step);
        self.set_timer(id, ServerTimer::Install, Some(now + takes));
    }

    /// What a step checks on the spot, before it calls anybody.
    fn check_before(&self, id: SourceServerId, step: InstallStep) -> Result<(), Reason> {
        let config = &self.servers[id].config;
        match step {
            InstallStep::CheckPrerequisites => prerequisite::system(&config.prerequisites),
            InstallStep::DiscoverDisks => prerequisite::disks(&config.disks),
            InstallStep::BuildModule => prerequisite::kernel_module(&config.prerequisites),
            InstallStep::DownloadInstaller
            | InstallStep::CheckCredentials
            | InstallStep::DownloadAgent
            | InstallStep::Register => Ok(()),
        }
    }

    fn install_step_takes(&mut self, id: SourceServerId, step: InstallStep) -> Span {
        use crate::site::OsFamily;
        let server = &mut self.servers[id];
        match (step, server.os) {
            (InstallStep::CheckPrerequisites, _) => timing::PREREQUISITES_TAKE,
            (InstallStep::DiscoverDisks, _) => timing::DISCOVERY_TAKES,
            (InstallStep::BuildModule, OsFamily::Linux) => server.draw(timing::MODULE_BUILD_LINUX),
            (InstallStep::BuildModule, OsFamily::Windows) => server.draw(timing::DRIVER_INSTALL_WINDOWS),
            (
                InstallStep::DownloadInstaller
                | InstallStep::CheckCredentials
                | InstallStep::DownloadAgent
                | InstallStep::Register,
                _,
            ) => Span::ZERO,
        }
    }

    fn make_install_call(
        &mut self,
        id: SourceServerId,
        step: InstallStep,
        number: usize,
        ground: &mut dyn Ground,
    ) {
        let Some(call) = self.install_call(id, step, number) else {
            return;
        };
        self.call(id, Purpose::Install(step, number), call, ground);
    }

    fn install_call(&self, id: SourceServerId, step: InstallStep, number: usize) -> Option<Call> {
        let caller = self.agent_caller(id);
        let install = &self.servers[id].config.install;
        let names = &self.endpoints;
        Some(match (step, number) {
            (InstallStep::DownloadInstaller, 0) => names.installer(caller, install, Bucket::Installer),
            (InstallStep::DownloadInstaller, _) => names.installer(caller, install, Bucket::InstallerHashes),
            (InstallStep::CheckCredentials, _) => {
                names.mgn_as_agent(caller, install, "mgn:GetAgentInstallationAssetsForMgn")
            }
            (InstallStep::DownloadAgent, 0) => names.object_as_agent(caller, install, Bucket::Clients),
            (InstallStep::DownloadAgent, _) => names.object_as_agent(caller, install, Bucket::ClientsHashes),
            (InstallStep::Register, 0) => names.mgn_as_agent(caller, install, "mgn:RegisterAgentForMgn"),
            (InstallStep::Register, _) => names.agent_session(caller, install),
            (InstallStep::CheckPrerequisites | InstallStep::DiscoverDisks | InstallStep::BuildModule, _) => {
                return None;
            }
        })
    }

    /// The agent or its installer as a caller.
    pub(super) fn agent_caller(&self, id: SourceServerId) -> Caller {
        let server = &self.servers[id];
        Caller {
            host: server.config.host,
            os: server.os,
        }
    }

    /// A step that only takes time is over.
    pub(super) fn install_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        if let Agent::Installing { step, .. } = self.servers[id].agent {
            self.finish_install_step(id, step, ground);
        }
    }

    /// A call of the installer ended.
    pub(super) fn install_call_done(
        &mut self,
        id: SourceServerId,
        (step, number): (InstallStep, usize),
        outcome: CallOutcome,
        ground: &mut dyn Ground,
    ) {
        let checked = match outcome {
            Err(call) => Err(Failed::call(call)),
            Ok(_) => self
                .check_after(id, (step, number), ground)
                .map_err(Failed::refused),
        };
        match checked {
            Err(failed) => self.fail_install(id, step, failed, ground),
            Ok(()) if number + 1 < n_calls(step) => self.make_install_call(id, step, number + 1, ground),
            Ok(()) => self.finish_install_step(id, step, ground),
        }
    }

    /// What the service answers to a request that reached it.
    fn check_after(
        &self,
        id: SourceServerId,
        (step, number): (InstallStep, usize),
        ground: &mut dyn Ground,
    ) -> Result<(), Refusal> {
        match (step, number) {
            (InstallStep::CheckCredentials, _) => self.check_credentials(id, ground),
            (InstallStep::Register, 0) => {
                // Signed with the same keys: they may have expired since they were checked.
                self.check_keys(id, ground)?;
                self.check_registration(id)
            }
            (
                InstallStep::DownloadInstaller
                | InstallStep::CheckPrerequisites
                | InstallStep::DiscoverDisks
                | InstallStep::DownloadAgent
                | InstallStep::BuildModule
                | InstallStep::Register,
                _,
            ) => Ok(()),
        }
    }

    /// `GetAgentInstallationAssetsForMgn`: clock, keys, permissions, account, Region, in this order.
    fn check_credentials(&self, id: SourceServerId, ground: &mut dyn Ground) -> Result<(), Refusal> {
        self.check_keys(id, ground)?;
        let install = &self.servers[id].config.install;
        let region = self.config.account.region;
        if self.config.account.initialisation == Initialisation::Missing {
            return Err(Refusal::at(Reason::Uninitialized, region));
        }
        self.same_region(install)
            .map_err(|reason| Refusal::at(reason, id))
    }

    /// What every request that is signed with the installation's keys is looked at for: clock and
    /// keys, at this instant.
    fn check_keys(&self, id: SourceServerId, ground: &mut dyn Ground) -> Result<(), Refusal> {
        let config = &self.servers[id].config;
        ground.host_ready(config.host)?;
        prerequisite::credentials(&config.install.credentials, ground.now())
            .map_err(|reason| Refusal::at(reason, id))
    }

    /// Whether `--region`, `--endpoint` and the account speak of one Region.
    pub(super) fn same_region(&self, install: &AgentInstall) -> Result<(), Reason> {
        let reached = install
            .endpoint
            .as_deref()
            .and_then(|host| region_of(host, "mgn"));
        let reached = reached.as_deref().unwrap_or(&install.region);
        if install.region == self.endpoints.region() && reached == install.region {
            Ok(())
        } else {
            Err(Reason::RegionMismatch)
        }
    }

    /// `RegisterAgentForMgn`: the account's quotas.
    fn check_registration(&self, id: SourceServerId) -> Result<(), Refusal> {
        let server = &self.servers[id];
        let quotas = &self.config.account.quotas;
        let listed = server.life_cycle.state.is_some();
        let replicates = server.is_active() || self.installs_without_replication(id);
        if (!listed && self.usage.non_archived >= quotas.non_archived_servers)
            || (!replicates && self.usage.active >= quotas.active_servers)
        {
            return Err(Refusal::at(Reason::QuotaExceeded, self.config.account.region));
        }
        Ok(())
    }

    pub(super) fn installs_without_replication(&self, id: SourceServerId) -> bool {
        self.servers[id]
            .config
            .install
            .options
            .contains(&AgentOption::NoReplication)
    }

    fn finish_install_step(&mut self, id: SourceServerId, step: InstallStep, ground: &mut dyn Ground) {
        match after(step) {
            Some(next) => self.enter_install_step(id, next, ground),
            None => self.installed(id, ground),
        }
    }

    fn fail_install(
        &mut self,
        id: SourceServerId,
        step: InstallStep,
        failed: Failed,
        ground: &mut dyn Ground,
    ) {
        let Failed {
            symptom,
            call,
            stopped_by,
        } = failed;
        let at = ground.now();
        self.servers[id].agent = Agent::Failed(InstallFailure {
            step,
            symptom,
            call,
            stopped_by,
            at,
        });
        self.set_timer(id, ServerTimer::Install, None);
        let notice = Notice::InstallFailed {
            step,
            symptom,
            stopped_by,
        };
        ground.note(id.into(), notice);
    }

    /// The agent is registered: a new source server, one that comes back, or one whose agent was
    /// installed again.
    fn installed(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let since = ground.now();
        self.servers[id].agent = Agent::Installed { since };
        ground.note(id.into(), Notice::Installed);
        self.hold_control(id, ground);
        self.set_timer(id, ServerTimer::Uninstall, None);
        let server = &mut self.servers[id];
        let known = server.identity == Identity::Known;
        server.identity = Identity::Known;
        match server.life_cycle.state {
            None => {
                self.usage.non_archived = self.usage.non_archived.saturating_add(1);
                self.begin_service(id, ground);
            }
            Some(LifeCycleState::Disconnected | LifeCycleState::Cutover) => {
                if server.listing == Listing::Archived {
                    server.listing = Listing::Active;
                    self.usage.non_archived = self.usage.non_archived.saturating_add(1);
                }
                self.begin_service(id, ground);
            }
            Some(_) if !known => {
                if server.config.user_provided_id.is_none() {
                    server.duplicates = server.duplicates.saturating_add(1);
                }
                self.end_replication(id, ground);
                self.remove_staging(id, ground);
                self.begin_service(id, ground);
            }
            Some(_) if server.is_active() => self.rescan_after_reinstall(id, ground),
            Some(_) => {}
        }
    }

    /// Keeps the agent's connection to the service, in place of an earlier one.
    pub(super) fn hold_control(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        if let Some(hold) = self.servers[id].control.hold() {
            ground.release(hold);
        }
        let hold = self.control_hold(id);
        let hold = ground.hold(crate::migrate::ground::Actor::Server(id), hold);
        let server = &mut self.servers[id];
        server.control = Connection::Up(hold);
        server.last_seen_at = None;
    }

    fn control_hold(&self, id: SourceServerId) -> crate::migrate::ground::Hold {
        use crate::migrate::ground::{Hold, Remote};
        let config = &self.servers[id].config;
        Hold {
            from: config.host,
            to: Remote::Name(self.endpoints.agent_mgn(&config.install)),
            port: super::endpoints::HTTPS,
            anew_after: timing::AGENT_ANEW_AFTER,
            lost_after: timing::AGENT_LOST_AFTER,
            retry_every: timing::AGENT_RETRY_EVERY,
        }
    }
}

/// What ended an installation.
struct Failed {
    symptom: Reason,
    call: Option<CallFailed>,
    stopped_by: Option<Refusal>,
}

impl Failed {
    fn call(call: CallFailed) -> Self {
        Self {
            symptom: call.symptom,
            call: Some(call),
            stopped_by: call.stopped_by,
        }
    }
    fn refused(refusal: Refusal) -> Self {
        Self {
            symptom: refusal.reason,
            call: None,
            stopped_by: Some(refusal),
        }
    }
}

/// Whether the computer runs; its clock matters only to signed requests.
fn power(host: crate::resource::HostId, ground: &mut dyn Ground) -> Result<(), Refusal> {
    match ground.host_ready(host) {
        Err(refusal) if refusal.reason == Reason::HostDown => Err(refusal),
        Err(_) | Ok(()) => Ok(()),
    }
}
