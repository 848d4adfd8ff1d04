//! What leads packets another way: proposals that follow from the step that decided, each tried out before it is made.
//!
//! ```text
//! decided by                     proposed
//! longest prefix                 withdraw the longer one where it is announced
//! static before propagated       write a static route that is less specific
//! AS path, communities           announce over one session what is announced over another
//! Region of a location           a community, which AWS looks at before that
//! another firewall on the way    let the two routers' sessions change their policies
//! ```
//! Source: "Route evaluation order", AWS Transit Gateways guide; "Routing policies and BGP communities", AWS Direct Connect
//! User Guide.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::aws::direct_connect::AWS_ASN;
use crate::aws::transit_gateway::{TransitChange, TransitRoute};
use crate::aws::{Change, is_public};
use crate::proto::bgp::Community;
use crate::proto::bgp::policy::{Action, Policy};
use crate::proto::bgp::rib::Direction;
use crate::resource::{
    AttachmentId, BgpSessionId, HostId, ResourceRef, RouterId, TransitGatewayRouteTableId,
};
use crate::site::{ForwardRule, HostChange};
use crate::verdict::Rule;
use crate::world::World;
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::reach::Question;
use crate::world::routing::{RoutingLever, SessionChange, SessionRead, SpeakerChange};

use super::super::fix::Fix;

/// 7224:7300, high preference.
const HIGH_PREFERENCE: Community = Community(AWS_ASN << 16 | 7_300);

/// What can be proposed of a lab's routers and gateways.
#[derive(Clone, Copy)]
pub(super) struct Steering<'a> {
    world: &'a World,
    names: &'a Names,
}

/// A session at the customer's end, with what it announces by.
struct Own {
    id: BgpSessionId,
    router: RouterId,
    far: Option<RouterId>,
    export: Option<Arc<Policy>>,
}

impl<'a> Steering<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        Self {
            world,
            names: world.names(),
        }
    }

    /// What may lead the packets of a question by one of `by`, or nowhere where nothing is said; likeliest first.
    pub(super) fn towards(self, question: &Question, by: &[ResourceRef]) -> Vec<Fix> {
        let trip = self.world.trip(question);
        let hops = trip.iter().flat_map(|trip| &trip.forward.hops);
        let rules: Vec<Rule> = hops.filter_map(|hop| hop.rule).collect();
        let mut fixes: Vec<Fix> = rules.iter().filter_map(|rule| self.stand_behind(*rule)).collect();
        let mut prefixes: Vec<Ipv4Net> = rules.iter().filter_map(|rule| prefix_of(*rule)).collect();
        prefixes.dedup();
        fixes.extend(prefixes.into_iter().flat_map(|prefix| self.withdraw(prefix)));
        fixes.extend(self.as_over_others(by));
        fixes.extend(self.preferred(by));
        fixes
    }

    /// A static route goes before what is propagated for the same prefix. Written wider it stands behind that, where the
    /// wider one is not others' addresses, too.
    fn stand_behind(self, rule: Rule) -> Option<Fix> {
        let Rule::TransitRoute { table, prefix } = rule else {
            return None;
        };
        let to = self.written(table, prefix)?;
        let wider = prefix.supernet().filter(|wider| wider.prefix_len() > 0)?;
        if is_public(wider.network()) || is_public(wider.broadcast()) {
            let levers = vec![Lever::Network(Change::Transit(TransitChange::RemoveRoute(
                table, prefix,
            )))];
            let text = static_route_goes(self.names, table, prefix);
            return Some(Fix { text, levers });
        }
        let text = format!(
            "let the static route {prefix} of {} be {wider}: a static route goes before what is propagated for the same \
             prefix, and a wider one stands behind it",
            self.names.of(table)
        );
        let change = |change| Lever::Network(Change::Transit(change));
        let route = TransitRoute {
            prefix: wider,
            to: Some(to),
        };
        let levers = vec![
            change(TransitChange::RemoveRoute(table, prefix)),
            change(TransitChange::SetRoute(table, route)),
        ];
        Some(Fix { text, levers })
    }

    fn written(self, table: TransitGatewayRouteTableId, prefix: Ipv4Net) -> Option<AttachmentId> {
        let cloud = &self.world.network().cloud;
        let row = cloud.transit_gateway_route_tables.get(table)?;
        row.fixed.iter().find(|it| it.prefix == prefix)?.to
    }

    /// Whoever announces the prefix as its own does so no longer.
    fn withdraw(self, prefix: Ipv4Net) -> impl Iterator<Item = Fix> + 'a {
        let routers = self.world.network().routers.ids();
        routers.filter_map(move |router| {
            let (speaker, _) = self.world.speaker(router)?;
            let mut own = speaker.config().originate.iter();
            own.find(|(it, _)| *it == prefix)?;
            let text = format!(
                "withdraw {prefix} at {}: no longer prefix is known for these addresses, so that it decides before all else",
                self.names.of(router)
            );
            let change = SpeakerChange::Withdraw(vec![prefix]);
            Some(Fix {
                text,
                levers: vec![Lever::Routing(RoutingLever::Speaker { router, change })],
            })
        })
    }

    /// The same is announced over the sessions to `by` as over others of the router's.
    fn as_over_others(self, by: &[ResourceRef]) -> Vec<Fix> {
        let sessions = self.own_sessions();
        let mut fixes: Vec<Fix> = Vec::new();
        for session in sessions.iter().filter(|it| it.leads_to(by)) {
            let others = sessions.iter();
            for other in others.filter(|it| it.router == session.router && it.export != session.export) {
                let (name, other_name) = (self.names.of(session.id), self.names.of(other.id));
                let text = format!(
                    "announce over {name} what is announced over {other_name}, by the same policy: other AS paths and \
                     communities make a path better or worse"
                );
                let levers = vec![session.exports(other.export.clone())];
                if !fixes.iter().any(|fix| fix.levers == levers) {
                    fixes.push(Fix { text, levers });
                }
            }
        }
        fixes
    }

    /// What is announced over virtual interfaces among `by` asks AWS to prefer it.
    fn preferred(self, by: &[ResourceRef]) -> Option<Fix> {
        let cloud = &self.world.network().cloud;
        let is_virtual_interface = |far: RouterId| {
            let mut all = cloud.virtual_interfaces.rows().iter();
            all.any(|row| row.endpoint == far)
        };
        let sessions = self.own_sessions();
        let session = sessions
            .iter()
            .find(|it| it.leads_to(by) && it.far.is_some_and(is_virtual_interface))?;
        let mut policy = session.export.as_deref().cloned().unwrap_or_default();
        for rule in policy
            .rules
            .iter_mut()
            .filter(|rule| rule.action == Action::Permit)
        {
            rule.set.community_add.push(HIGH_PREFERENCE);
        }
        let text = format!(
            "add the community 7224:7300 to what {} announces: AWS looks at it, and at the Region of the location, before \
             AS paths",
            self.names.of(session.id)
        );
        Some(Fix {
            text,
            levers: vec![session.exports(Some(Arc::new(policy)))],
        })
    }

    /// Answers come to `blamed`, whose firewall has not seen the question: what it announces, and what another router with
    /// a firewall does, change places.
    pub(super) fn same_firewall(self, blamed: RouterId) -> Vec<Fix> {
        let routers = self.world.network().routers.iter();
        let others = routers.filter(|(id, row)| *id != blamed && row.firewall.is_some());
        let sessions = self.own_sessions();
        let exports = |router: RouterId| {
            let mut all: Vec<&Option<Arc<Policy>>> = Vec::new();
            for session in sessions.iter().filter(|it| it.router == router) {
                if !all.contains(&&session.export) {
                    all.push(&session.export);
                }
            }
            all
        };
        let mut fixes = Vec::new();
        for (other, _) in others {
            let (name, other_name) = (self.names.of(blamed), self.names.of(other));
            for one in exports(other) {
                for two in exports(blamed).into_iter().filter(|two| *two != one) {
                    let swapped = sessions.iter().filter_map(|session| {
                        if session.router == other && session.export == *one {
                            Some(session.exports(two.clone()))
                        } else if session.router == blamed && session.export == *two {
                            Some(session.exports(one.clone()))
                        } else {
                            None
                        }
                    });
                    let levers = swapped.collect();
                    let text = format!(
                        "let {other_name} announce what {name} does, and the other way round, so that answers come back \
                         by the firewall of {other_name}, by which the questions go"
                    );
                    fixes.push(Fix { text, levers });
                }
            }
        }
        fixes
    }

    /// A name server that forwards the name to another asks nobody any more, or an inbound endpoint.
    pub(super) fn ends_of_circle(self, name: &str) -> Vec<Fix> {
        let network = self.world.network();
        let forwarders = network.hosts.iter().flat_map(|(id, host)| {
            let rules = host.name_server.iter().flat_map(|server| &server.forwards);
            let covers = |domain: &str| name == domain || name.ends_with(&format!(".{domain}"));
            let covering = rules.filter(move |rule| covers(&rule.domain));
            covering.map(move |rule| (id, rule.domain.clone()))
        });
        let forwarders: Vec<(HostId, String)> = forwarders.collect();
        let lever = |host, change| Lever::Host { host, change };
        let removes = |(host, domain): &(HostId, String)| {
            let change = HostChange::RemoveForwarder(domain.clone());
            lever(*host, change)
        };
        let inbound = network.cloud.resolver_endpoints.rows().iter();
        let inbound = inbound.flat_map(|row| &row.interfaces);
        let targets: Vec<Ipv4Addr> = inbound
            .filter_map(|id| Some(network.cloud.interfaces.get(*id)?.address))
            .collect();
        let mut fixes = Vec::new();
        for one in &forwarders {
            let (host, domain) = (self.names.of(one.0), &one.1);
            let text = format!("remove the forwarder of {domain} from the name server on {host}");
            let levers = vec![removes(one)];
            fixes.push(Fix { text, levers });
        }
        for (one, other) in forwarders
            .iter()
            .flat_map(|one| forwarders.iter().map(move |other| (one, other)))
        {
            if one.0 == other.0 || targets.is_empty() {
                continue;
            }
            let domain = &other.1;
            let text = format!(
                "remove the forwarder of {} from the name server on {}, and forward {domain} from {} to the Resolver \
                 inbound endpoint",
                one.1,
                self.names.of(one.0),
                self.names.of(other.0)
            );
            let rule = ForwardRule {
                domain: domain.clone(),
                targets: targets.clone(),
            };
            let levers = vec![removes(one), lever(other.0, HostChange::SetForwarder(rule))];
            fixes.push(Fix { text, levers });
        }
        fixes
    }

    /// The sessions with another AS whose end is no end of AWS's that the lab's text does not write.
    fn own_sessions(self) -> Vec<Own> {
        let network = self.world.network();
        let sessions = self.world.bgp_sessions().filter(|(_, read)| {
            let is_written = network
                .routers
                .get(read.row.router)
                .is_some_and(|row| row.behind.is_none());
            let setup = read.speaker.config().peers.get(read.row.peer.index());
            is_written && setup.is_some_and(|it| it.session.own_as != it.session.peer_as)
        });
        sessions
            .map(|(id, read)| Own::new(id, &read, self.world))
            .collect()
    }
}

impl Own {
    fn new(id: BgpSessionId, read: &SessionRead<'_>, world: &World) -> Self {
        let setup = read.speaker.config().peers.get(read.row.peer.index());
        Self {
            id,
            router: read.row.router,
            far: world.router_at(read.transport.remote),
            export: setup.and_then(|setup| setup.routes.export.clone()),
        }
    }
    fn leads_to(&self, by: &[ResourceRef]) -> bool {
        self.far.is_some_and(|far| by.contains(&far.into()))
    }
    fn exports(&self, policy: Option<Arc<Policy>>) -> Lever {
        Lever::Routing(RoutingLever::Session {
            session: self.id,
            change: SessionChange::SetPolicy {
                direction: Direction::Export,
                policy,
            },
        })
    }
}

/// What to do about a static route to a VPN connection that goes before what Direct Connect propagates.
pub(super) fn static_route_goes(names: &Names, table: TransitGatewayRouteTableId, prefix: Ipv4Net) -> String {
    format!(
        "remove the static route {prefix} from {}, and let the VPN connection route by BGP: a static route goes before \
         what is propagated for the same prefix, and what a VPN connection propagates stands behind Direct Connect",
        names.of(table)
    )
}

fn prefix_of(rule: Rule) -> Option<Ipv4Net> {
    match rule {
        Rule::TransitRoute { prefix, .. }
        | Rule::GatewayRoute { prefix, .. }
        | Rule::FibRoute { prefix, .. } => Some(prefix),
        _ => None,
    }
}
