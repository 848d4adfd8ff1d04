//! What plans are made of.

use std::sync::Arc;

use crate::aws::Change;
use crate::fault::{Deed, PlanError, Target};
use crate::proto::bgp::policy::{Action, Match, Policy, PrefixMatch, Rule};
use crate::proto::bgp::rib::Direction;
use crate::proto::ike::Connection;
use crate::proto::ike::change::ConnectionChange;
use crate::resource::{
    AttachmentId, BgpSessionId, GatewayEndpointId, HostId, InterfaceEndpointId, LinkId, NetworkAclId,
    PeeringId, ResolverRuleId, ResourceRef, RouteTableId, RouterId, RouterInterfaceId, SecurityGroupId,
    SegmentId, TransitGatewayRouteTableId, TunnelId, ZoneId,
};
use crate::site::{HostChange, Link, LinkChange, RouterChange, SegmentChange};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::routing::{RoutingLever, SessionChange, SpeakerChange, TunnelChange};

/// The only thing of a target, where it is of the kind that `pick` takes.
fn only<T>(target: &Target, pick: impl Fn(ResourceRef) -> Option<T>) -> Result<T, PlanError> {
    let found = target.things.iter().find_map(|thing| pick(*thing));
    found.ok_or(PlanError::Nothing("the target is of another kind"))
}

macro_rules! picked {
    ($($name:ident, $kind:ident, $id:ty;)*) => {
        $(pub(super) fn $name(target: &Target) -> Result<$id, PlanError> {
            only(target, |thing| match thing {
                ResourceRef::$kind(id) => Some(id),
                _ => None,
            })
        })*
    };
}

picked! {
    a_link, Link, LinkId;
    a_router, Router, RouterId;
    a_session, BgpSession, BgpSessionId;
    a_tunnel, Tunnel, TunnelId;
    a_host, Host, HostId;
    an_attachment, Attachment, AttachmentId;
    an_interface, RouterInterface, RouterInterfaceId;
    a_segment, Segment, SegmentId;
    a_transit_table, TransitGatewayRouteTable, TransitGatewayRouteTableId;
    a_peering, Peering, PeeringId;
    a_group, SecurityGroup, SecurityGroupId;
    an_acl, NetworkAcl, NetworkAclId;
    a_zone, Zone, ZoneId;
    an_endpoint, InterfaceEndpoint, InterfaceEndpointId;
    a_gateway_endpoint, GatewayEndpoint, GatewayEndpointId;
    a_route_table, RouteTable, RouteTableId;
    a_rule, ResolverRule, ResolverRuleId;
}

pub(super) const fn link(link: LinkId, change: LinkChange) -> Lever {
    Lever::Routing(RoutingLever::Link { link, change })
}
pub(super) const fn router(router: RouterId, change: RouterChange) -> Lever {
    Lever::Routing(RoutingLever::Router { router, change })
}
pub(super) const fn segment(segment: SegmentId, change: SegmentChange) -> Lever {
    Lever::Routing(RoutingLever::Segment { segment, change })
}
pub(super) const fn session(session: BgpSessionId, change: SessionChange) -> Lever {
    Lever::Routing(RoutingLever::Session { session, change })
}
pub(super) const fn speaker(router: RouterId, change: SpeakerChange) -> Lever {
    Lever::Routing(RoutingLever::Speaker { router, change })
}
pub(super) const fn tunnel(tunnel: TunnelId, change: TunnelChange) -> Lever {
    Lever::Routing(RoutingLever::Tunnel { tunnel, change })
}
pub(super) const fn host(host: HostId, change: HostChange) -> Lever {
    Lever::Host { host, change }
}
pub(super) const fn network(change: Change) -> Lever {
    Lever::Network(change)
}

/// A link as the lab begins with it.
pub(super) fn row(lab: &Blueprint, id: LinkId) -> Result<&Link, PlanError> {
    let found = lab.routing.links.get(id);
    found.ok_or(PlanError::Nothing("there is no such link"))
}

/// How a tunnel is configured as the lab begins.
pub(super) fn connection(lab: &Blueprint, id: TunnelId) -> Result<&Arc<Connection>, PlanError> {
    let none = PlanError::Nothing("nobody negotiates for the tunnel");
    let router = lab.routing.tunnels.get(id).map(|row| row.router);
    let process = router.and_then(|router| lab.routing.ike.get(router)?.as_ref());
    let found = process.and_then(|process| {
        let it = process.tunnels.iter().find(|it| it.tunnel == id)?;
        process.connections.get(it.connection.index())
    });
    found.ok_or(none)
}

/// What lets announcements out past the export policies of a router's sessions, and what puts those back.
///
/// A policy is what keeps a router from saying such things; whoever says them has a mistake in it. What matches goes out
/// as it is, and all else is decided as before.
pub(super) fn past_export(
    lab: &Blueprint,
    id: RouterId,
    leak: PrefixMatch,
) -> Result<(Vec<Lever>, Vec<Lever>), PlanError> {
    let process = lab.routing.bgp.get(id).and_then(Option::as_ref);
    let process = process.ok_or(PlanError::Nothing("the router runs no BGP"))?;
    let needs_policy = process.config.rib.options.ebgp_requires_policy;
    let (mut open, mut close) = (Vec::new(), Vec::new());
    for (peer, &of) in process.config.peers.iter().zip(&process.sessions) {
        let own = &peer.routes.export;
        let set = |policy| {
            let direction = Direction::Export;
            session(of, SessionChange::SetPolicy { direction, policy })
        };
        let mut wider = match own {
            Some(own) => Policy::clone(own),
            // RFC 8212: without a policy nothing would go out.
            None if needs_policy => Policy {
                rules: Vec::new(),
                default: Action::Deny,
            },
            None => continue,
        };
        let condition = Match {
            prefix: vec![leak],
            ..Match::default()
        };
        let rule = Rule {
            condition,
            ..Rule::default()
        };
        wider.rules.insert(0, rule);
        open.push(set(Some(Arc::new(wider))));
        close.push(set(own.clone()));
    }
    Ok((open, close))
}

/// A tunnel is configured otherwise, and negotiated anew so that it shows; healed, it is as it was.
pub(super) fn reconfigured(id: TunnelId, other: ConnectionChange, own: ConnectionChange) -> Deed {
    let anew = |change: ConnectionChange| {
        vec![
            tunnel(id, TunnelChange::Configure(change.into())),
            tunnel(id, TunnelChange::Reset),
        ]
    };
    Deed::lasting(anew(other), anew(own))
}
