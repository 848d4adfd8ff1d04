//! Route tables of a Transit Gateway.
//!
//! # Fidelity
//! Simplified: a route is there or not; AWS's states `pending` and `deleting` are left out.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::AsPath;
use crate::reason::Reason;
use crate::resource::{AttachmentId, TransitGatewayId, TransitGatewayRouteTableId};
use crate::verdict::{Refusal, Rule};

use super::{Candidate, Class, Cloud, Exit, VpnEcmp, choose};

/// A route that somebody wrote into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct TransitRoute {
    /// What it matches.
    pub prefix: Ipv4Net,
    /// Where it leads; none drops what matches.
    pub to: Option<AttachmentId>,
}

/// What a table holds for a prefix: the winner alone, as AWS shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Installed {
    /// What it comes from.
    pub class: Class,
    /// Where it leads; several share the load, none drops what matches.
    pub exits: Arc<[Exit]>,
    /// The AS numbers that it has come through.
    pub as_path: AsPath,
}

impl Installed {
    /// A route that drops what matches.
    #[must_use]
    pub fn blackhole() -> Self {
        Self {
            class: Class::Static,
            exits: Arc::new([]),
            as_path: AsPath::default(),
        }
    }
    /// What is installed of these candidates for one prefix.
    #[must_use]
    pub fn of(candidates: &[Candidate], ecmp: VpnEcmp) -> Option<Self> {
        let chosen = choose(candidates, ecmp);
        let best = chosen.first()?;
        Some(Self {
            class: best.class,
            exits: chosen.iter().map(|it| it.exit).collect(),
            as_path: best.as_path.clone(),
        })
    }
    /// Whether it leads out by an attachment.
    #[must_use]
    pub fn leads_by(&self, attachment: AttachmentId) -> bool {
        self.exits.iter().any(|exit| exit.attachment == attachment)
    }
}

/// A route table of a Transit Gateway.
#[derive(Debug, Clone)]
pub struct TransitGatewayRouteTable {
    /// The lab's name for it.
    pub name: String,
    /// The gateway.
    pub gateway: TransitGatewayId,
    /// The routes that somebody wrote down, at most one for each prefix.
    pub fixed: Vec<TransitRoute>,
    /// The attachments whose prefixes go into it.
    pub propagations: Vec<AttachmentId>,
    /// What is installed at present, by prefix.
    pub installed: PrefixTable<Installed>,
}

/// The blocks of VPCs that a table has taken.
#[derive(Debug, Clone, Default)]
pub struct VpcBlocks(Vec<(AttachmentId, Ipv4Net)>);

impl VpcBlocks {
    /// Whether the table takes one more. Of VPCs whose blocks overlap the first is known, and the others' blocks are left
    /// out without a word ("Amazon VPC attachments in AWS Transit Gateway", Amazon VPC Transit Gateways).
    pub fn takes(&mut self, attachment: AttachmentId, prefix: Ipv4Net) -> bool {
        let clashes = |(of, block): &(AttachmentId, Ipv4Net)| {
            *of != attachment && (block.contains(&prefix) || prefix.contains(block))
        };
        let is_taken = !self.0.iter().any(clashes);
        if is_taken {
            self.0.push((attachment, prefix));
        }
        is_taken
    }
}

/// The route that a table chose for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransitChoice<'a> {
    /// The route as a rule, for evidence.
    pub rule: Rule,
    /// What is installed.
    pub installed: &'a Installed,
}

impl Cloud {
    /// The route by which a table of a Transit Gateway sends what is for `address`.
    ///
    /// # Errors
    /// [`Reason::TransitNoRoute`] where no route matches, [`Reason::TransitBlackhole`] where the one that does drops.
    pub fn transit_route(
        &self,
        table: TransitGatewayRouteTableId,
        address: Ipv4Addr,
    ) -> Result<TransitChoice<'_>, Refusal> {
        let no_route = Refusal::by(Reason::TransitNoRoute, Rule::NoTransitRoute { table });
        let row = self.transit_gateway_route_tables.get(table).ok_or(no_route)?;
        let found = row.installed.longest_match(address);
        let (prefix, installed) = found.ok_or(no_route)?;
        let rule = Rule::TransitRoute { table, prefix };
        if installed.exits.is_empty() {
            return Err(Refusal::by(Reason::TransitBlackhole, rule));
        }
        Ok(TransitChoice { rule, installed })
    }
}
