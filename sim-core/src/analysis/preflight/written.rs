//! What only the lab's text can mend: what was left out of it, or is settled when a thing is made.

use std::net::Ipv4Addr;

use crate::aws::direct_connect::SiteLink;
use crate::aws::transit_gateway::ApplianceMode;
use crate::aws::{AttachmentKind, is_public};
use crate::migrate::ground::{Call, Remote};
use crate::proto::ike::selector::Selector;
use crate::reason::Reason;
use crate::resource::{AttachmentId, ResourceRef, RouterId, SecurityGroupId, SubnetId, TunnelId, VpcId};
use crate::world::World;

use super::super::fix::Fix;
use super::Finding;
use super::checker::Checker;

/// Words without a change.
pub(super) fn words(text: String) -> Option<Fix> {
    Some(Fix {
        text,
        levers: Vec::new(),
    })
}

impl Checker<'_> {
    /// What is to be written, where no change was found that mends it.
    pub(super) fn tell_text(&self, finding: &mut Finding, call: Option<&Call>) {
        if finding.fix.as_ref().is_some_and(|fix| !fix.levers.is_empty()) {
            return;
        }
        let text = Text(self.world);
        if let (Reason::TunnelSelectors, ResourceRef::Tunnel(tunnel), None) =
            (finding.reason, finding.at, &finding.rule)
        {
            // Who protects everything is not who leaves something out.
            let narrow = text.narrow_end(tunnel);
            self.blame(finding, narrow.into());
            finding.rule = text.selectors(narrow);
        }
        if let (Reason::NoRoute, ResourceRef::Router(_), Some(call)) = (finding.reason, finding.at, call)
            && let Some((router, rule)) = text.own_as_in_path(call)
        {
            self.blame(finding, router.into());
            finding.rule = Some(rule);
        }
        // The firewall's security group does what it should: it was not shown the question.
        if let (Reason::AsymmetricStateful, ResourceRef::SecurityGroup(group)) = (finding.reason, finding.at)
            && let Some(attachment) = text.without_appliance_mode(group)
        {
            self.blame(finding, attachment.into());
            finding.rule = Some("appliance mode off".to_owned());
        }
        let found = match (finding.reason, finding.at) {
            (Reason::TunnelSelectors, ResourceRef::Tunnel(tunnel)) => text.whole_selectors(tunnel),
            (Reason::AsymmetricStateful, ResourceRef::Attachment(attachment)) => {
                text.appliance_mode(attachment)
            }
            (Reason::TransitZone, ResourceRef::Attachment(attachment)) => text.zone_of(attachment, call),
            (Reason::DnsRuleOverridesZone, _) => call
                .and_then(|call| text.narrower_zone(call))
                .map(|overlay| (finding.fix.clone(), Some(overlay))),
            (Reason::UnknownDestination, ResourceRef::Vpc(vpc)) => text.other_addresses(vpc),
            (Reason::PeeringAddressRestriction, ResourceRef::Peering(peering)) => {
                call.and_then(|call| text.attachment_for(peering, call))
            }
            (Reason::NoRoute, ResourceRef::Router(_)) => call.and_then(|call| {
                let other = text.endpoint_for(call).or_else(|| text.own_as(call));
                other.or_else(|| text.site_link(call))
            }),
            _ => None,
        };
        if let Some((fix, overlay)) = found {
            finding.fix = fix;
            finding.overlay = overlay;
        }
    }
}

/// Words, and what an overlay says.
pub(super) type Told = (Option<Fix>, Option<String>);

pub(super) struct Text<'a>(pub(super) &'a World);

impl Text<'_> {
    /// What a tunnel is for, as it is written.
    fn selectors(&self, tunnel: TunnelId) -> Option<String> {
        let read = self.0.tunnel(tunnel)?;
        let side = |all: &[Selector]| {
            let all = all.iter().map(ToString::to_string);
            all.collect::<Vec<_>>().join(", ")
        };
        let children = read.config.children.iter();
        let each = children.map(|it| {
            format!(
                "local_selectors {}, remote_selectors {}",
                side(&it.local),
                side(&it.remote)
            )
        });
        Some(each.collect::<Vec<_>>().join("; "))
    }

    /// Of a tunnel's two ends the one that protects less than everything; where both do, the one asked about.
    fn narrow_end(&self, tunnel: TunnelId) -> TunnelId {
        let is_whole = |id| {
            let read = self.0.tunnel(id);
            read.is_some_and(|read| {
                let mut children = read.config.children.iter();
                children.all(|it| it.local == [Selector::ANY] && it.remote == [Selector::ANY])
            })
        };
        let tunnels = &self.0.network().tunnels;
        let peer = tunnels.get(tunnel).and_then(|row| {
            let mut all = tunnels.iter();
            let found = all.find(|(_, it)| it.local == row.remote && it.remote == row.local);
            found.map(|(id, _)| id)
        });
        peer.filter(|peer| is_whole(tunnel) && !is_whole(*peer))
            .unwrap_or(tunnel)
    }

    /// A tunnel protects everything, as AWS's end does.
    fn whole_selectors(&self, tunnel: TunnelId) -> Option<Told> {
        let names = self.0.names();
        let router = names.of(self.0.network().tunnels.get(tunnel)?.router);
        let name = names.of(tunnel);
        // AWS's two ends are called as they are, and told of by their connection.
        if let Some((connection, _)) = name.rsplit_once('/').filter(|_| name == router) {
            let fix = words(format!(
                "leave local_ipv4_network_cidr and remote_ipv4_network_cidr of {connection} out: AWS's end then protects everything"
            ));
            let overlay = format!(
                "vpn_connections: {{{connection:?}: (local_ipv4_network_cidr: None, remote_ipv4_network_cidr: None)}}"
            );
            return Some((fix, Some(overlay)));
        }
        let own = name.strip_prefix(&router)?.strip_prefix('/')?;
        let fix = words(format!(
            "leave local_selectors and remote_selectors of {name} out: one pair for everything, as AWS's end has"
        ));
        let overlay = format!(
            "routers: {{{router:?}: (tunnels: {{{own:?}: (local_selectors: None, remote_selectors: None)}})}}"
        );
        Some((fix, Some(overlay)))
    }

    /// The attachment of a firewall's VPC, where it lacks appliance mode.
    fn without_appliance_mode(&self, group: SecurityGroupId) -> Option<AttachmentId> {
        let cloud = &self.0.network().cloud;
        let vpc = cloud.security_groups.get(group)?.vpc;
        let mut all = cloud.attachments.iter();
        let found = all.find(|(_, row)| match &row.kind {
            AttachmentKind::Vpc {
                vpc: it,
                appliance_mode: ApplianceMode::Disabled,
                ..
            } => *it == vpc,
            _ => false,
        });
        found.map(|(id, _)| id)
    }

    /// Both directions of a flow go by one zone's firewall where the attachment of its VPC has appliance mode.
    fn appliance_mode(&self, id: AttachmentId) -> Option<Told> {
        let names = self.0.names();
        let row = self.0.network().cloud.attachments.get(id)?;
        let (gateway, attachment) = (names.of(row.gateway), names.of(id));
        let fix = words(format!(
            "turn appliance mode on for {attachment}: else questions and answers pass the firewalls of different zones"
        ));
        let overlay =
            format!("transit_gateways: {{{gateway:?}: (vpcs: {{{attachment:?}: (appliance_mode: on)}})}}");
        Some((fix, Some(overlay)))
    }

    /// An attachment gets a subnet in the caller's zone, the smallest there is.
    fn zone_of(&self, attachment: AttachmentId, call: Option<&Call>) -> Option<Told> {
        let (network, names) = (self.0.network(), self.0.names());
        let cloud = &network.cloud;
        let row = cloud.attachments.get(attachment)?;
        let AttachmentKind::Vpc { vpc, subnets, .. } = &row.kind else {
            return None;
        };
        let called = call.and_then(|call| match call.to {
            Remote::Address(address) => Some(address),
            Remote::Name(_) => None,
        });
        let caller = call.and_then(|call| network.address_of(call.from));
        let inside = |address: Ipv4Addr| self.subnet_at(*vpc, address);
        let zone = caller.and_then(inside).or_else(|| called.and_then(inside));
        let zone = cloud.subnets.get(zone?)?.zone;
        let there = cloud
            .subnets
            .iter()
            .filter(|(_, it)| it.vpc == *vpc && it.zone == zone);
        let (subnet, _) = there.max_by_key(|(_, it)| it.cidr.prefix_len())?;
        let all = subnets
            .iter()
            .chain([&subnet])
            .map(|it| format!("{:?}", names.of(*it)));
        let all = all.collect::<Vec<String>>().join(", ");
        let (gateway, attachment) = (names.of(row.gateway), names.of(attachment));
        let fix = words(format!(
            "add subnet {} to {attachment}, in its zone",
            names.of(subnet)
        ));
        let overlay =
            format!("transit_gateways: {{{gateway:?}: (vpcs: {{{attachment:?}: (subnets: [{all}])}})}}");
        Some((fix, Some(overlay)))
    }

    /// A zone that is the name and nothing else wins over whatever rule covers it.
    fn narrower_zone(&self, call: &Call) -> Option<String> {
        let (cloud, names) = (&self.0.network().cloud, self.0.names());
        let Remote::Name(name) = &call.to else { return None };
        let (row, record) = cloud.hosted_zones.rows().iter().find_map(|row| {
            let record = row.records.iter().find(|record| *record.name == **name)?;
            Some((row, record))
        })?;
        let quoted = |all: Vec<String>| {
            all.iter()
                .map(|it| format!("{it:?}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let vpcs = quoted(row.vpcs.iter().map(|vpc| names.of(*vpc)).collect());
        let addresses = quoted(record.addresses.iter().map(ToString::to_string).collect());
        Some(format!(
            "hosted_zones: {{{name:?}: (vpcs: [{vpcs}], records: {{{name:?}: [{addresses}]}})}}"
        ))
    }

    pub(super) fn subnet_at(&self, vpc: VpcId, address: Ipv4Addr) -> Option<SubnetId> {
        let mut all = self.0.network().cloud.subnets.iter();
        let found = all.find(|(_, it)| it.vpc == vpc && it.cidr.contains(&address));
        found.map(|(id, _)| id)
    }

    /// The site that has another's AS number, and what comes of it.
    fn own_as_in_path(&self, call: &Call) -> Option<(RouterId, String)> {
        let (near, far, number) = self.same_as(call)?;
        let near = self.0.names().of(near);
        let rule = format!(
            "BGP AS loop: {near} finds its own AS {number} in the AS_PATH of what this one announces"
        );
        Some((far, rule))
    }

    /// The routers of both sites where they have one AS number, and that.
    pub(super) fn same_as(&self, call: &Call) -> Option<(RouterId, RouterId, u32)> {
        let (near, far) = self.sites(call)?;
        let asn = |router: RouterId| Some(self.0.speaker(router)?.0.config().rib.asn);
        let number = asn(near)?;
        (near != far && asn(far) == Some(number)).then_some((near, far, number.0))
    }

    /// The routers that announce both ends of a call.
    fn sites(&self, call: &Call) -> Option<(RouterId, RouterId)> {
        let Remote::Address(to) = call.to else { return None };
        let from = self.0.network().address_of(call.from)?;
        if is_public(to) {
            return None;
        }
        Some((self.announcer(from)?, self.announcer(to)?))
    }

    /// Direct Connect leads from site to site where the virtual interfaces of both have SiteLink.
    fn site_link(&self, call: &Call) -> Option<Told> {
        let (near, far) = self.sites(call)?;
        let interfaces = self.0.network().cloud.virtual_interfaces.rows();
        let of_site = |site: RouterId| {
            let sessions = self
                .0
                .bgp_sessions()
                .filter(move |(_, read)| read.row.router == site);
            sessions.filter_map(|(_, read)| self.0.router_at(read.transport.remote))
        };
        let lacks = |site: RouterId| {
            let mut ends = of_site(site);
            ends.find_map(|end| {
                let mut all = interfaces.iter();
                let row = all.find(|row| row.endpoint == end && row.site_link == SiteLink::Off)?;
                let mut others = interfaces.iter();
                let is_linked = others.any(|it| it.ends_at == row.ends_at && it.site_link == SiteLink::On);
                is_linked.then_some(end)
            })
        };
        let names = self.0.names();
        let (site, lacking) = [far, near]
            .into_iter()
            .find_map(|site| Some((site, lacks(site)?)))?;
        let (site, name) = (names.of(site), names.of(lacking));
        let fix = words(format!(
            "turn SiteLink on for {name}, the virtual interface of {site}: sites reach each other where both have it"
        ));
        let overlay = format!("virtual_interfaces: {{{name:?}: (site_link: on)}}");
        Some((fix, Some(overlay)))
    }

    /// Who announces the prefix of an address as its own.
    fn announcer(&self, address: Ipv4Addr) -> Option<RouterId> {
        let mut routers = self.0.network().routers.ids();
        routers.find(|router| {
            let own = self.0.speaker(*router);
            own.is_some_and(|(speaker, _)| {
                let mut all = speaker.config().originate.iter();
                all.any(|(prefix, _)| prefix.contains(&address))
            })
        })
    }
}
