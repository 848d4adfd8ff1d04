//! Packets that go by a VPN connection although Direct Connect leads where they go, too: what keeps them from it.
//!
//! ```text
//! decided by                                       to blame
//! a static route to the VPN connection             the route: it goes before what is propagated for the same prefix
//! what the VPN connection propagates               the association of Direct Connect, which does not propagate there
//! what a site's router has heard over VPN alone    the allowed prefixes, by which Direct Connect does not tell it
//! ```
//! Sources: "Route evaluation order", AWS Transit Gateways guide; "Allowed prefixes interactions", AWS Direct Connect User
//! Guide.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::Terminus;
use crate::aws::transit_gateway::{Class, TransitChange};
use crate::aws::{AttachmentKind, Change};
use crate::migrate::ground::{Call, CallFailed};
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, ResourceRef, RouterId, TransitGatewayRouteTableId,
};
use crate::site::{Attachment, Behind};
use crate::verdict::Rule;
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::network::{Hop, Network, RoundTrip};
use crate::world::reach::{Question, Sender, Target};
use crate::world::{Software, World};

use super::super::fix::{self, Fix};
use super::super::wording::rule_text;
use super::Finding;
use super::checker::Checker;
use super::steering::static_route_goes;

/// What keeps packets from Direct Connect.
pub(super) struct Detour {
    /// Whose setting it is.
    at: ResourceRef,
    /// The setting.
    rule: String,
    /// What would lead them there.
    fix: Fix,
}

impl Checker<'_> {
    /// What is too large for a VPN connection would fit into Direct Connect, which leads there, too: what keeps it from
    /// there is to blame, as tried out.
    pub(super) fn keep_off_vpn(
        &mut self,
        finding: &mut Finding,
        software: Software,
        call: &Call,
        failed: &CallFailed,
    ) {
        let (Reason::MtuExceeded, Some(to)) = (finding.reason, failed.address) else {
            return;
        };
        let question = Question {
            from: Sender::Host(call.from),
            to: Target::Address(to),
            protocol: Protocol::Tcp,
            port: call.port,
            size_bytes: None,
        };
        let Some(trip) = self.probe.trip(&question) else {
            return;
        };
        let found = detours(self.world, self.probe.network(), &trip);
        if let Some(detour) = found.into_iter().find(|it| self.opens(it, software, call)) {
            self.take(finding, detour);
        }
    }

    /// Whether a call comes through once this is mended: on the copy, where nobody has to be told of it.
    fn opens(&mut self, detour: &Detour, software: Software, call: &Call) -> bool {
        let levers = &detour.fix.levers;
        let mut copy = self.probe.clone();
        if levers.iter().all(|lever| copy.pull(lever)) {
            return copy.call(software, call.clone()).is_ok();
        }
        let comes_through = |world: &World| world.probe().call(software, call.clone()).is_ok();
        self.rehearsals.mend(self.session, levers, comes_through)
    }

    /// Where the lab expects of a way that it does not go by VPN: what keeps it from Direct Connect, as tried out. Gives
    /// whether anything does.
    pub(super) fn way_off_vpn(&mut self, place: usize, question: &Question) -> bool {
        let trip = self.world.trip(question);
        let found = trip.map(|trip| detours(self.world, self.world.network(), &trip));
        self.mend_last(place, found.unwrap_or_default())
    }

    /// Where the lab expects of a router's route that it does not lead into a tunnel.
    pub(super) fn route_off_vpn(&mut self, place: usize, router: RouterId, prefix: Ipv4Net) {
        let detour = withheld(self.world, router, prefix);
        self.mend_last(place, detour.into_iter().collect());
    }

    /// The first that has the expectation of the last check hold.
    fn mend_last(&mut self, place: usize, detours: Vec<Detour>) -> bool {
        let Some(mut finding) = self.checks.last().and_then(|check| check.finding.clone()) else {
            return false;
        };
        let holds = |world: &World| world.expectations().get(place).is_some_and(|it| it.holds);
        let (session, rehearsals) = (self.session, &mut self.rehearsals);
        let mends = |it: &Detour| rehearsals.mend(session, &it.fix.levers, holds);
        let Some(detour) = detours.into_iter().find(mends) else {
            return false;
        };
        self.take(&mut finding, detour);
        if let Some(check) = self.checks.last_mut() {
            check.finding = Some(finding);
        }
        true
    }

    fn take(&self, finding: &mut Finding, detour: Detour) {
        self.blame(finding, detour.at);
        finding.rule = Some(detour.rule);
        finding.fix = Some(detour.fix);
    }
}

/// What leads a conversation by VPN connections, there and back.
fn detours(world: &World, network: &Network, trip: &RoundTrip) -> Vec<Detour> {
    let found = trip.hops().filter_map(|hop| match hop.rule? {
        rule @ Rule::TransitRoute { table, prefix } => {
            not_propagated((network, world.names()), rule, table, prefix)
        }
        Rule::FibRoute { router, prefix, .. } if goes_into_tunnel(network, hop) => {
            withheld(world, router, prefix)
        }
        _ => None,
    });
    found.collect()
}

/// Whether the packet leaves a router by a tunnel.
fn goes_into_tunnel(network: &Network, hop: &Hop) -> bool {
    let Some(ResourceRef::RouterInterface(interface)) = hop.egress else {
        return false;
    };
    let row = network.router_interfaces.get(interface);
    row.is_some_and(|row| matches!(row.attached, Attachment::Tunnel(_)))
}

/// A route of a Transit Gateway's table leads out by a VPN connection, and one of Direct Connect's would have gone before.
fn not_propagated(
    (network, names): (&Network, &Names),
    rule: Rule,
    table: TransitGatewayRouteTableId,
    prefix: Ipv4Net,
) -> Option<Detour> {
    let cloud = &network.cloud;
    let row = cloud.transit_gateway_route_tables.get(table)?;
    let taken = row.installed.get(prefix)?.exits.first()?.attachment;
    let class = cloud.attachments.get(taken)?.class();
    if !matches!(class, Class::Vpn | Class::PrivateVpn) {
        return None;
    }
    let knows = |gateway: DirectConnectGatewayId| {
        let row = cloud.direct_connect_gateways.get(gateway);
        let route = row.and_then(|row| row.installed.longest_match(prefix.network()));
        route.is_some_and(|(known, _)| known.prefix_len() >= prefix.prefix_len())
    };
    let mut attached = cloud.attachments.iter();
    let (direct, _) = attached.find(|(_, it)| match &it.kind {
        AttachmentKind::DirectConnect(association) => it.gateway == row.gateway && knows(association.gateway),
        _ => false,
    })?;
    let is_written = row.fixed.iter().any(|it| it.prefix == prefix);
    let is_propagated = row.propagations.contains(&direct);
    let (table_name, direct_name) = (names.of(table), names.of(direct));
    let change = |change| Lever::Network(Change::Transit(change));
    let (mut levers, mut texts) = (Vec::new(), Vec::new());
    if !is_propagated {
        levers.push(change(TransitChange::EnablePropagation(table, direct)));
        texts.push(format!("enable propagation of {direct_name} into {table_name}"));
    }
    if is_written {
        levers.push(change(TransitChange::RemoveRoute(table, prefix)));
        texts.push(static_route_goes(names, table, prefix));
    }
    let leads = rule_text(rule, network, names);
    Some(Detour {
        at: table.into(),
        rule: if is_propagated {
            format!("{leads}, before what {direct_name} propagates")
        } else {
            format!("{leads}; {direct_name} does not propagate into the table")
        },
        fix: Fix {
            text: texts.join(", and "),
            levers,
        },
    })
    .filter(|detour| !detour.fix.levers.is_empty())
}

/// A site's router has not heard of a prefix over Direct Connect, because nobody allows it to be told.
fn withheld(world: &World, router: RouterId, prefix: Ipv4Net) -> Option<Detour> {
    let (network, names) = (world.network(), world.names());
    let cloud = &network.cloud;
    let gateway_behind = |far: RouterId| match network.behind(far)? {
        Behind::DirectConnect(interface) => match cloud.virtual_interfaces.get(interface)?.ends_at {
            Terminus::DirectConnectGateway(gateway) => Some(gateway),
            Terminus::VirtualPrivateGateway(_) | Terminus::PublicEdge => None,
        },
        Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_) | Behind::Transport(_) => None,
    };
    let sessions = world.bgp_sessions().filter(|(_, read)| read.row.router == router);
    let mut gateways =
        sessions.filter_map(|(_, read)| gateway_behind(world.router_at(read.transport.remote)?));
    let tells = |gateway: DirectConnectGatewayId| {
        let mut all = cloud.associations_of(gateway);
        all.any(|(_, _, association)| association.allowed.contains(&prefix))
    };
    let gateway = gateways.find(|gateway| !tells(*gateway))?;
    let (attachment, fix) = fix::allowing(network, names, gateway, prefix.network())?;
    let rule = allowed(world, attachment)?;
    let at = attachment.into();
    Some(Detour { at, rule, fix })
}

/// What an association allows its gateway to tell, in words.
fn allowed(world: &World, attachment: AttachmentId) -> Option<String> {
    let row = world.network().cloud.attachments.get(attachment)?;
    let AttachmentKind::DirectConnect(association) = &row.kind else {
        return None;
    };
    let allowed: Vec<String> = association.allowed.iter().map(ToString::to_string).collect();
    Some(match allowed.as_slice() {
        [] => "no allowed prefixes".to_owned(),
        allowed => format!("allowed prefixes {} alone", allowed.join(", ")),
    })
}
