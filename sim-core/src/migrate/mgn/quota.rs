//! What counts against the account's quotas.
//!
//! # Fidelity
//! Simplified: servers, jobs and servers in jobs count; the quotas of applications, waves, actions
//! and launch templates are left out. Of EC2 and EBS, replication and conversion servers count as
//! instances rather than by their vCPUs, and staging volumes of all types as one sum; launched
//! instances count against nothing.
//!
//! Source: "Service quotas", AWS Transform MGN User Guide; the EC2 and EBS ones are parameters.

use crate::reason::Reason;
use crate::units::DataSize;
use crate::verdict::Refusal;

use super::Mgn;

/// What is in use of each quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Source servers that replicate.
    pub active: u32,
    /// Source servers that are not archived.
    pub non_archived: u32,
    /// Jobs in progress.
    pub jobs: u32,
    /// Source servers in them.
    pub servers_in_jobs: u32,
    /// Replication and conversion servers.
    pub instances: u32,
    /// Staging volumes.
    pub staging_storage: DataSize,
    /// Snapshots of staging volumes.
    pub snapshots: u32,
}

impl Mgn {
    /// Whether MGN may do an EC2 action in this account.
    pub(super) fn may(&self, action: &str) -> Result<(), Refusal> {
        match self.denied_by(action) {
            Some(_) => Err(Refusal::at(Reason::ServiceRoleDenied, self.config.account.region)),
            None => Ok(()),
        }
    }
    /// The entry of the service control policy that denies an EC2 action to MGN.
    pub(super) fn denied_by(&self, action: &str) -> Option<&String> {
        self.config.account.denied_actions.iter().find(|denied| {
            denied.as_str() == "*"
                || denied.eq_ignore_ascii_case(action)
                || denied
                    .strip_suffix('*')
                    .is_some_and(|prefix| action.to_lowercase().starts_with(&prefix.to_lowercase()))
        })
    }
    /// Whether `wanted` more of something fit under a quota.
    pub(super) fn fits(&self, used: u64, wanted: u64, quota: u64) -> Result<(), Refusal> {
        if used.saturating_add(wanted) > quota {
            return Err(Refusal::at(Reason::QuotaExceeded, self.config.account.region));
        }
        Ok(())
    }
    /// Whether one more instance may be launched for replication or conversion.
    pub(super) fn may_run_instance(&self) -> Result<(), Refusal> {
        self.may("ec2:RunInstances")?;
        let quota = self.config.account.quotas.instances;
        self.fits(self.usage.instances.into(), 1, quota.into())
    }
    /// Whether `wanted` more snapshots may be taken.
    pub(super) fn may_snapshot(&self, wanted: u32) -> Result<(), Refusal> {
        self.may("ec2:CreateSnapshot")?;
        let quota = self.config.account.quotas.snapshots;
        self.fits(self.usage.snapshots.into(), wanted.into(), quota.into())
    }
}
