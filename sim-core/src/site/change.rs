//! The closed set of edits that can be made to a computer while a lab runs.

use std::net::Ipv4Addr;

use crate::net::Mtu;
use crate::units::BitRate;

use super::{
    Clock, FirewallRule, ForwardRule, Host, MacAddress, NameServer, Port, Power, SegmentPort, TrustStore,
};

/// One edit of a computer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum HostChange {
    /// Turns it on or off.
    Power(Power),
    /// Restarts it in an orderly way.
    Reboot,
    /// Cuts its power and brings it back, as a crash would: what was only in memory is lost.
    Crash,
    /// Gives it another MAC address, as a new network card or another virtual machine would.
    NewMac,
    /// Makes it keep its MAC address, or draw another whenever it starts.
    Mac(MacAddress),
    /// Sets its clock.
    Clock(Clock),
    /// Changes whom it trusts.
    Trust(TrustStore),
    /// Changes what its network interface carries in each direction.
    Rate(BitRate),
    /// Puts a rule in front of its firewall's others.
    AddFirewallRule(FirewallRule),
    /// Removes a rule from its firewall.
    RemoveFirewallRule(FirewallRule),
    /// Adds a conditional forwarder to the name server on it, or replaces the one of that domain.
    SetForwarder(ForwardRule),
    /// Removes the conditional forwarder of a domain.
    RemoveForwarder(String),
    /// Gives a host on a segment another default gateway, or none.
    Gateway(Option<Ipv4Addr>),
    /// Has a host on a segment ask other name servers.
    NameServers(Vec<Ipv4Addr>),
    /// Changes the largest packet that its network interface sends and takes in.
    Mtu(Mtu),
}

/// Why an edit was refused; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HostChangeError {
    /// The host was terminated and does not come back.
    #[error("the host was terminated")]
    Terminated,
    /// The rule or forwarder to be removed is not there.
    #[error("there is no such {what} to remove")]
    NotThere {
        /// What was to be removed.
        what: &'static str,
    },
    /// The rule is already there.
    #[error("such a {what} is already there")]
    AlreadyThere {
        /// What was to be added.
        what: &'static str,
    },
    /// Only a host on a segment has such a thing of its own; in a VPC the subnet and the VPC say it.
    #[error("a host in a VPC has no {what} of its own")]
    InVpc {
        /// What was to be changed.
        what: &'static str,
    },
}

impl Host {
    /// Makes an edit, whole or not at all.
    ///
    /// Restarting leaves the host as it is here; who replicates from it hears of it separately.
    ///
    /// # Errors
    /// Where the host is gone, or the edit speaks of something that is not there or already so.
    pub fn apply(&mut self, change: &HostChange) -> Result<(), HostChangeError> {
        if self.power == Power::Terminated {
            return Err(HostChangeError::Terminated);
        }
        match change {
            HostChange::Power(to) => self.power = *to,
            HostChange::Reboot | HostChange::Crash => self.power = Power::On,
            // Nothing in a lab speaks below IP: only who knows the host by its MAC address hears of it.
            HostChange::NewMac => {}
            HostChange::Mac(to) => self.mac = *to,
            HostChange::Clock(to) => self.clock = *to,
            HostChange::Trust(to) => self.trust = *to,
            HostChange::Rate(to) => self.rate = *to,
            HostChange::Mtu(to) => self.mtu = *to,
            HostChange::AddFirewallRule(rule) => {
                if self.firewall.contains(rule) {
                    return Err(HostChangeError::AlreadyThere { what: "rule" });
                }
                self.firewall.insert(0, *rule);
            }
            HostChange::RemoveFirewallRule(rule) => {
                let place = self.firewall.iter().position(|it| it == rule);
                self.firewall
                    .remove(place.ok_or(HostChangeError::NotThere { what: "rule" })?);
            }
            HostChange::SetForwarder(rule) => {
                let server = self.name_server.get_or_insert_with(NameServer::default);
                match server.forwards.iter_mut().find(|it| it.domain == rule.domain) {
                    Some(old) => *old = rule.clone(),
                    None => server.forwards.push(rule.clone()),
                }
            }
            HostChange::Gateway(to) => self.port_mut("gateway")?.gateway = *to,
            HostChange::NameServers(to) => self.port_mut("name servers")?.name_servers.clone_from(to),
            HostChange::RemoveForwarder(domain) => {
                let missing = HostChangeError::NotThere { what: "forwarder" };
                let server = self.name_server.as_mut().ok_or(missing)?;
                let place = server
                    .forwards
                    .iter()
                    .position(|it| it.domain == *domain)
                    .ok_or(missing)?;
                server.forwards.remove(place);
            }
        }
        Ok(())
    }

    const fn port_mut(&mut self, what: &'static str) -> Result<&mut SegmentPort, HostChangeError> {
        match &mut self.port {
            Port::Segment(port) => Ok(port),
            Port::Vpc(_) => Err(HostChangeError::InVpc { what }),
        }
    }
}
