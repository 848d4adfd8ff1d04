//! Virtual gateways and who is active for them.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::resource::VirtualGatewayId;
use crate::units::SimTime;

use super::facts::Facts;
use super::{Health, View, json};

/// A virtual gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gateway {
    /// Which one.
    #[serde(skip)]
    pub id: VirtualGatewayId,
    /// Its name.
    pub name: String,
    /// The segment.
    pub segment: String,
    /// The address that hosts send by.
    pub address: Ipv4Addr,
    /// The router interface that is active; none while nobody is.
    pub active: Option<String>,
    /// Since when it is.
    #[serde(rename = "since_s", serialize_with = "json::instant_or_null")]
    pub since: Option<SimTime>,
    /// The router interfaces that wait, the next first.
    pub backups: Vec<String>,
    /// How well it does.
    #[serde(skip)]
    pub health: Health,
}

impl View<'_> {
    /// Virtual gateways, in the order of the lab.
    #[must_use]
    pub fn gateways(&self) -> Vec<Gateway> {
        let names = self.world.names();
        let all = self.world.gateways();
        all.map(|read| {
            let mut members: Vec<_> = read.row.members.iter().collect();
            members.sort_by_key(|member| core::cmp::Reverse(member.rank()));
            let waits = members.iter().filter(|member| read.is_backup(member.interface));
            let backups: Vec<String> = waits.map(|member| names.of(member.interface)).collect();
            Gateway {
                id: read.id,
                name: names.of(read.id),
                segment: names.of(read.row.segment),
                address: read.row.address,
                active: read.row.active.map(|id| names.of(id)),
                since: read.active_since(),
                health: match (read.row.active, backups.is_empty()) {
                    (None, _) => Health::Failed,
                    (Some(_), true) if members.len() > 1 => Health::Degraded,
                    (Some(_), _) => Health::Good,
                },
                backups,
            }
        })
        .collect()
    }

    pub(in crate::view) fn gateway_facts(&self, id: VirtualGatewayId, facts: &mut Facts) {
        let names = self.world.names();
        let Some(read) = self.world.gateways().find(|it| it.id == id) else {
            return;
        };
        let row = read.row;
        match row.active {
            Some(active) => {
                facts.judge("state", "active", Health::Good);
                facts.lead("active", names.of(active), active);
            }
            None => facts.judge("state", "nobody is active", Health::Failed),
        }
        if let Some(since) = read.active_since() {
            facts.add("since", since);
        }
        if let Some((interface, at)) = read.next() {
            facts.lead("next", format!("{} at {at}", names.of(interface)), interface);
        }
        facts.add("address", row.address);
        facts.lead("segment", names.of(row.segment), row.segment);
        facts.add("advertised every", row.advertisement_interval);
        facts.section("Shared by");
        for member in &row.members {
            let state = match (
                row.active == Some(member.interface),
                read.is_backup(member.interface),
            ) {
                (true, _) => "active",
                (false, true) => "backup",
                (false, false) => "down",
            };
            let text = format!(
                "{} priority {}, waits {}",
                names.of(member.interface),
                member.priority,
                row.down_interval(member.priority)
            );
            facts.lead(state, text, member.interface);
        }
    }
}
