//! Which option of the installer, or its URL, says where a call goes, and what it should say instead.
//!
//! # Fidelity
//! Simplified: each option in the spelling of Linux's installer.
//!
//! Source: "Installing the agent on a secured network", AWS Transform MGN User Guide.

use crate::aws::Service;
use crate::resource::SourceServerId;

use super::{Mgn, Need, ServerChange, SettingChange};

/// How many of an agent's needs go to the host of the installer's URL: they come first.
const N_INSTALLER_NEEDS: usize = 2;

impl Mgn {
    /// What makes the agent of a server reach a service through the interface endpoint of that name.
    #[must_use]
    pub fn through_endpoint(
        &self,
        id: SourceServerId,
        need: &Need,
        name: &str,
    ) -> Option<(String, SettingChange)> {
        let install = &self.servers.get(id)?.config.install;
        let mut mended = install.clone();
        let text = match need.service? {
            Service::Mgn => {
                mended.endpoint = Some(name.to_owned());
                format!("install with --endpoint {name}")
            }
            Service::S3 if self.is_installer(id, need) => {
                mended.installer_host = self.endpoints.installer_host(name);
                format!("download the installer from https://{}", mended.installer_host)
            }
            Service::S3 => {
                mended.s3_endpoint = Some(name.to_owned());
                format!("install with --s3-endpoint {name}")
            }
            _ => return None,
        };
        let change = ServerChange::Install(mended);
        Some((text, SettingChange::Server { server: id, change }))
    }

    /// Whether a call is to the host of the installer's URL.
    fn is_installer(&self, id: SourceServerId, need: &Need) -> bool {
        let installer = self.agent_needs(id).into_iter().take(N_INSTALLER_NEEDS);
        installer.into_iter().any(|it| it.call == need.call)
    }

    /// The option of the installer, or its URL, that says where a call goes.
    #[must_use]
    pub fn option_text(&self, id: SourceServerId, need: &Need) -> Option<String> {
        let install = &self.servers.get(id)?.config.install;
        let option = |name: &str, value: &Option<String>| match value {
            Some(value) => format!("{name} {value}"),
            None => format!("{name} is not given"),
        };
        match need.service? {
            Service::Mgn => Some(option("--endpoint", &install.endpoint)),
            Service::S3 if self.is_installer(id, need) => {
                Some(format!("URL https://{}", install.installer_host))
            }
            Service::S3 => Some(option("--s3-endpoint", &install.s3_endpoint)),
            _ => None,
        }
    }
}
