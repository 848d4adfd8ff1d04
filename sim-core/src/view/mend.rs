//! What mends a session, a tunnel or a router, exactly: as changes, or where nothing that can be changed while a lab runs does
//! it, as what an overlay says.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::analysis::fix::propose;
use crate::analysis::{Fix, Problem};
use crate::aws::vpn::takes;
use crate::net;
use crate::proto::bgp::session::{self, OpenError};
use crate::proto::ike::algorithm::Group;
use crate::proto::ike::certificate::{CertificateError, Certified, Terms};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::{Action, Authentication, Versions};
use crate::proto::ike::notice::{AuthFailure, Notice, Phase};
use crate::proto::ike::proposal::{Kind, Proposal, Protocol, Transform};
use crate::proto::ike::{PORT as IKE_PORT, Version};
use crate::reason::Reason;
use crate::resource::{BgpSessionId, ResourceRef, RouterId, TunnelId};
use crate::site::{
    Attachment, Carrier, LinkChange, Provisioning, RouterChange, RouterInterface, StaticRoute,
};
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::world::lever::Lever;
use crate::world::network::Header;
use crate::world::routing::{Diagnosis, RoutingLever, SessionChange, SessionRead, TunnelChange, TunnelRead};

use super::View;

/// A key that both ends of a session are given, where theirs differ: nobody can read theirs again.
const NEW_KEY: &str = "one.key.for.both.ends";

/// How something is mended, exactly.
#[derive(Debug, Default)]
pub(super) struct Mending {
    /// As changes, which can be made while the lab runs, too.
    pub(super) levers: Vec<Lever>,
    /// As what an overlay says.
    pub(super) overlay: Option<String>,
}

impl Mending {
    fn lever(lever: RoutingLever) -> Self {
        Self {
            levers: vec![Lever::Routing(lever)],
            overlay: None,
        }
    }
    /// And the tunnel is negotiated anew, with what it is configured for now.
    fn and_reset(mut self, tunnel: TunnelId) -> Self {
        self.levers.push(Lever::Routing(RoutingLever::Tunnel {
            tunnel,
            change: TunnelChange::Reset,
        }));
        self
    }
    pub(super) fn overlay(text: impl Into<Option<String>>) -> Self {
        Self {
            levers: Vec::new(),
            overlay: text.into(),
        }
    }
    /// The same with words.
    pub(super) fn told(self, text: String) -> Fix {
        Fix {
            text,
            levers: self.levers,
        }
    }
}

/// Over so many links at most a route to one address is proposed.
const MOST_WAYS: usize = 2;

impl View<'_> {
    /// Whether the lab's text configures a router: AWS's ends follow from what they are ends of.
    pub(super) fn is_written(&self, router: RouterId) -> bool {
        let row = self.world.network().routers.get(router);
        row.is_some_and(|row| row.behind.is_none())
    }

    /// What an overlay says of a session at a router that the lab's text configures.
    pub(super) fn neighbor_overlay(&self, id: BgpSessionId, said: &str) -> Option<String> {
        let neighbor = self.neighbor_entry(id, said)?;
        Some(format!("routers: {{{neighbor}}}"))
    }

    fn neighbor_entry(&self, id: BgpSessionId, said: &str) -> Option<String> {
        let read = self.world.bgp_session(id)?;
        let (router, name) = (self.world.names().of(read.row.router), self.world.names().of(id));
        let neighbor = name.strip_prefix(&router)?.strip_prefix('/')?;
        let entry = || format!("{router:?}: (neighbors: {{{neighbor:?}: ({said})}})");
        self.is_written(read.row.router).then(entry)
    }

    /// The same session at its other end.
    pub(super) fn far_session(&self, read: &SessionRead<'_>) -> Option<(BgpSessionId, SessionRead<'_>)> {
        let mut all = self.world.bgp_sessions();
        all.find(|(_, far)| {
            let ends = (far.transport.local, far.transport.remote);
            ends == (read.transport.remote, read.transport.local)
        })
    }

    /// What mends a session that is down, where that follows from what keeps it down.
    pub(super) fn session_mending(&self, id: BgpSessionId) -> Mending {
        let read = self.world.bgp_session(id);
        let mending = read.and_then(|read| self.mend_session(id, &read, &read.diagnosis()?));
        mending.unwrap_or_default()
    }

    fn mend_session(&self, id: BgpSessionId, read: &SessionRead<'_>, why: &Diagnosis) -> Option<Mending> {
        use session::Reason as R;
        if let (Some(R::OpenRefused(error)), None) = (why.known, why.stopped_by) {
            return match error {
                OpenError::PeerAs { offered, .. } => Some(Mending::lever(RoutingLever::Session {
                    session: id,
                    change: SessionChange::RemoteAs(offered),
                })),
                OpenError::HoldTime { at_least, .. } => {
                    let (far, _) = self.far_session(read)?;
                    let said = format!("timers: (hold: \"{}s\")", at_least.as_secs());
                    Some(Mending::overlay(self.neighbor_overlay(far, &said)))
                }
                _ => None,
            };
        }
        if let Some((.., mending)) = why.stopped_by.and_then(|refusal| self.past_tunnel(refusal)) {
            return Some(mending);
        }
        // A line that is down is repaired.
        if let Some((Reason::LinkDown, ResourceRef::Link(link))) = why.stopped_by.map(|it| (it.reason, it.at))
        {
            let row = self.world.network().links.get(link)?;
            let change = LinkChange::Carrier(Carrier::Up);
            return (row.carrier == Carrier::Down)
                .then(|| Mending::lever(RoutingLever::Link { link, change }));
        }
        if let Some(refusal) = why.stopped_by.filter(|it| it.reason == Reason::NoRoute) {
            return self.route_towards(read.row.router, refusal.at, read.transport.remote);
        }
        match why.reason {
            Reason::ConnectionRefused if self.far_session(read).is_none() => {
                Some(Mending::overlay(self.session_counterpart(id, read)))
            }
            Reason::NoRoute => {
                let own = read.row.router;
                self.route_towards(own, own.into(), read.transport.remote)
            }
            Reason::TcpAuthentication => Some(Mending::overlay(self.same_key(id, read))),
            Reason::TtlSecurity => {
                let (far, far_read) = self.far_session(read)?;
                let lacking = if read.transport.least_hop_limit == 0 {
                    id
                } else {
                    far
                };
                let hops = |read: &SessionRead<'_>| {
                    let least = read.transport.least_hop_limit;
                    (least > 0).then(|| u16::from(u8::MAX) - u16::from(least) + 1)
                };
                let hops = hops(read).or_else(|| hops(&far_read))?;
                Some(Mending::overlay(
                    self.neighbor_overlay(lacking, &format!("ttl_security: {hops}")),
                ))
            }
            Reason::HopLimit => {
                let said = format!("multihop: {}", u16::from(self.n_hops(read)) + 1);
                Some(Mending::overlay(self.neighbor_overlay(id, &said)))
            }
            Reason::BgpMaxPrefixes => self.fewer_prefixes(read),
            Reason::NotProvisioned => match why.stopped_by?.at {
                ResourceRef::Link(link) => Some(Mending::lever(RoutingLever::Link {
                    link,
                    change: LinkChange::Provisioning(Provisioning::Available),
                })),
                _ => None,
            },
            _ => None,
        }
    }

    /// A router that has no route to an address gets one by a neighbour: the one that has the address, by each of the links
    /// to it, or else the only one that its packets can be handed to.
    fn route_towards(&self, own: RouterId, lacking: ResourceRef, to: Ipv4Addr) -> Option<Mending> {
        let network = self.world.network();
        let ResourceRef::Router(router) = lacking else {
            return None;
        };
        let row = network.routers.get(router).filter(|_| router == own)?;
        let neighbours = row.interfaces.iter().filter_map(|id| {
            let port = network.router_interfaces.get(*id)?;
            let Attachment::Link(link) = port.attached else {
                return None;
            };
            let link = network.links.get(link)?;
            let far = if link.a == *id { link.b } else { link.a };
            network.router_interfaces.get(far)
        });
        let neighbours: Vec<_> = neighbours.collect();
        let owns = |far: &&&RouterInterface| {
            let row = network.routers.get(far.router);
            row.is_some_and(|row| row.owns(to))
        };
        let ways: Vec<_> = match neighbours.as_slice() {
            [only] => vec![only],
            _ => neighbours.iter().filter(owns).take(MOST_WAYS).collect(),
        };
        // Over a second link a wider prefix leads, which counts while the first link is down.
        let levers: Vec<Lever> = (0..)
            .zip(ways)
            .filter_map(|(n_bits, via)| {
                let prefix = Ipv4Net::new(to, Ipv4Net::from(to).prefix_len() - n_bits)
                    .ok()?
                    .trunc();
                let change = RouterChange::SetStaticRoute(StaticRoute {
                    prefix,
                    via: Some(via.address.addr()),
                    metric: 0,
                });
                let is_own = row.addresses.iter().any(|own| prefix.contains(own));
                (n_bits == 0 || !is_own).then_some(Lever::Routing(RoutingLever::Router { router, change }))
            })
            .collect();
        (!levers.is_empty()).then_some(Mending {
            levers,
            overlay: None,
        })
    }

    /// A router whose route to the far end of its own tunnel leads into the tunnel: what is so, and what leads past it.
    pub(super) fn past_tunnel(&self, refusal: Refusal) -> Option<(String, String, Mending)> {
        let (Reason::TunnelInTunnel, ResourceRef::Tunnel(tunnel)) = (refusal.reason, refusal.at) else {
            return None;
        };
        let (network, names) = (self.world.network(), self.world.names());
        let row = network.tunnels.get(tunnel)?;
        let (prefix, _) = network.routers.get(row.router)?.fib.lookup(row.remote)?;
        let (router, to, name) = (names.of(row.router), row.remote, names.of(tunnel));
        let detail = format!(
            "{router} reaches {to}, the outer address of the far end of {name}, by {prefix}, which leads into the tunnel \
             itself"
        );
        let fix = format!("give {router} a route to {to}/32 by the line that {name} runs over");
        let mending = self.route_towards(row.router, row.router.into(), to);
        Some((detail, fix, mending.unwrap_or_default()))
    }

    /// Both ends get a new key.
    fn same_key(&self, id: BgpSessionId, read: &SessionRead<'_>) -> Option<String> {
        let (far, far_read) = self.far_session(read)?;
        let said = format!("password: {NEW_KEY:?}");
        let entries: Vec<String> = [id.min(far), id.max(far)]
            .into_iter()
            .filter_map(|end| self.neighbor_entry(end, &said))
            .collect();
        let names = self.world.names();
        let mut interfaces = self.world.network().cloud.virtual_interfaces.rows().iter();
        let interface = interfaces.find(|row| {
            let ends = [read.row.router, far_read.row.router];
            ends.contains(&row.endpoint)
        });
        let interface = interface.map(|row| {
            let name = names.of(row.endpoint);
            format!(", virtual_interfaces: {{{name:?}: (key: {NEW_KEY:?})}}")
        });
        let interface = interface.unwrap_or_default();
        Some(format!("routers: {{{}}}{interface}", entries.join(", ")))
    }

    /// A peer of the lab's takes what is announced, or to one of AWS's their common prefix is announced alone.
    fn fewer_prefixes(&self, read: &SessionRead<'_>) -> Option<Mending> {
        let (far, far_read) = self.far_session(read)?;
        if !self.is_written(read.row.router) {
            return self.fewer_prefixes(&far_read);
        }
        // The end that announces too much is the one whose peer stopped.
        if !far_read.is_over_limit() {
            return None;
        }
        let announced: Vec<_> = read
            .speaker
            .config()
            .originate
            .iter()
            .map(|(prefix, _)| *prefix)
            .collect();
        if self.is_written(far_read.row.router) {
            let said = format!("max_prefix: {}", announced.len());
            return Some(Mending::overlay(self.neighbor_overlay(far, &said)));
        }
        let summed: Vec<String> = summed(&announced)
            .iter()
            .map(|prefix| format!("\"{prefix}\""))
            .collect();
        let router = self.world.names().of(read.row.router);
        Some(Mending::overlay(format!(
            "routers: {{{router:?}: (announce: [{}])}}",
            summed.join(", ")
        )))
    }

    /// What mends a tunnel that is down, where this end knows why.
    pub(super) fn tunnel_mending(&self, id: TunnelId) -> Mending {
        self.mend_tunnel(id).unwrap_or_default()
    }

    fn mend_tunnel(&self, id: TunnelId) -> Option<Mending> {
        let read = self.world.tunnel(id)?;
        let Some(far) = self.world.far_tunnel(id) else {
            return Some(Mending::overlay(self.tunnel_counterpart(id, &read)));
        };
        let far_read = self.world.tunnel(far)?;
        let stopped_by = self.world.tunnel_diagnosis(id).and_then(|why| why.stopped_by);
        if let Some((.., mending)) = stopped_by.and_then(|refusal| self.past_tunnel(refusal)) {
            return Some(mending);
        }
        if let Some(refusal) = stopped_by {
            let to_aws = self.way_to_aws(refusal, &read).map(|fix| Mending {
                levers: fix.levers,
                overlay: None,
            });
            let router = read.row.router;
            return to_aws.or_else(|| self.route_towards(router, refusal.at, read.row.remote));
        }
        let Some((_, notice)) = read.failure() else {
            return self.open_tunnel(id, &read);
        };
        // What the peer said, or that it said nothing, is mended by what it says itself of why.
        let told = far_read.failure().map(|(_, told)| told);
        let told = told.filter(|told| notice.knows_little() && !told.knows_little());
        let (near, far, change) = match told {
            Some(told) => (far, id, self.change_for(told, &far_read, &read)?),
            None => (id, far, self.change_for(notice, &read, &far_read)?),
        };
        let (tunnel, change) = match change {
            Side::Near(change) => (near, change),
            Side::Far(change) => (far, change),
        };
        Some(configure(tunnel, change).and_reset(tunnel))
    }

    /// What lets the packets of a customer's gateway come to AWS's end of a tunnel, as if they were anybody's.
    pub(super) fn way_to_aws(&self, refusal: Refusal, read: &TunnelRead<'_>) -> Option<Fix> {
        let network = self.world.network();
        let (from, to) = if self.is_written(read.row.router) {
            (read.row.local, read.row.remote)
        } else {
            (read.row.remote, read.row.local)
        };
        let problem = Problem {
            flow: Some(Header::probe(from, to, net::Protocol::Udp, IKE_PORT).flow),
            ..Problem::of_host(refusal, network.hosts.ids().next()?)
        };
        let fix = propose(network, self.world.names(), &problem)?;
        (!fix.levers.is_empty()).then_some(fix)
    }

    /// Nobody negotiates, and nobody would: which end is to begin, the customer's where one is.
    pub(super) fn who_should_call(&self, id: TunnelId, read: &TunnelRead<'_>) -> Option<TunnelId> {
        let far = self.world.far_tunnel(id)?;
        let far_read = self.world.tunnel(far)?;
        let waits = |it: &TunnelRead<'_>| {
            let children = &it.config.children;
            children.iter().all(|child| child.start_action != Action::Start)
        };
        let mut written = [(id, read), (far, &far_read)].into_iter();
        let first = written.find(|(_, it)| self.is_written(it.row.router));
        first
            .map(|(caller, _)| caller)
            .filter(|_| waits(read) && waits(&far_read))
    }

    fn open_tunnel(&self, id: TunnelId, read: &TunnelRead<'_>) -> Option<Mending> {
        let change = ConnectionChange {
            start_action: Some(Action::Start),
            ..ConnectionChange::default()
        };
        let caller = self.who_should_call(id, read)?;
        Some(configure(caller, change).and_reset(caller))
    }

    fn change_for(&self, notice: &Notice, near: &TunnelRead<'_>, far: &TunnelRead<'_>) -> Option<Side> {
        let default = ConnectionChange::default;
        match notice {
            Notice::ProposalMismatch { phase, .. } => {
                // AWS does not take all that a customer's gateway may offer; the other way round it does.
                let is_customers = self.is_written(near.row.router) || !self.is_written(far.row.router);
                let (own, other) = if is_customers { (near, far) } else { (far, near) };
                let is_to_aws = !self.is_written(other.row.router);
                let taken = |protocol, mut all: Vec<Proposal>| {
                    all.retain(|it| !is_to_aws || it.transforms.iter().all(|it| takes(protocol, *it)));
                    all
                };
                let (ike, esp) = match phase {
                    Phase::Ike => {
                        let own = taken(Protocol::Ike, own.config.ike.clone());
                        (Some(both(&own, &other.config.ike)), None)
                    }
                    Phase::Child => {
                        let own = taken(Protocol::Esp, esp_of(own));
                        (None, Some(both(&own, &esp_of(other))))
                    }
                };
                let change = ConnectionChange {
                    ike,
                    esp,
                    ..default()
                };
                Some(if is_customers {
                    Side::Near(change)
                } else {
                    Side::Far(change)
                })
            }
            Notice::OtherGroupSent { chosen } => {
                let first: Vec<_> = far
                    .config
                    .ike
                    .iter()
                    .filter_map(|it| of_group(it, *chosen))
                    .collect();
                Some(Side::Far(ConnectionChange {
                    ike: Some(both(&first, &far.config.ike)),
                    ..default()
                }))
            }
            Notice::VersionMismatch { theirs } => Some(Side::Near(ConnectionChange {
                versions: Some(match theirs {
                    Version::V1 => Versions::V1,
                    Version::V2 => Versions::V2,
                }),
                ..default()
            })),
            // Who calls changes, so that the two do not call each other at once.
            Notice::AuthenticationFailed(AuthFailure::OtherMode) => Some(Side::Far(ConnectionChange {
                phase1: Some(near.config.phase1),
                ..default()
            })),
            Notice::Undecryptable { .. } | Notice::AuthenticationFailed(AuthFailure::SharedKey { .. }) => {
                // AWS's key is the one that AWS wrote into the configuration that it hands out.
                let take = |from: &TunnelRead<'_>| ConnectionChange {
                    authentication: Some(from.config.authentication.clone()),
                    ..default()
                };
                Some(if self.is_written(near.row.router) {
                    Side::Near(take(far))
                } else {
                    Side::Far(take(near))
                })
            }
            // Nobody tells AWS whom to expect.
            Notice::AuthenticationFailed(AuthFailure::OtherIdentity { expected, .. })
                if !self.is_written(near.row.router) =>
            {
                Some(Side::Far(ConnectionChange {
                    local_id: Some(expected.clone()),
                    ..default()
                }))
            }
            Notice::AuthenticationFailed(AuthFailure::NoMatchingPeer {
                claimed,
                wanted: Some(_),
            }) if claimed.satisfies(&near.config.remote_id) => Some(Side::Far(ConnectionChange {
                remote_id: Some(near.config.own_identity()),
                ..default()
            })),
            Notice::AuthenticationFailed(AuthFailure::OtherIdentity { claimed, .. }) => {
                Some(Side::Near(ConnectionChange {
                    remote_id: Some(claimed.clone()),
                    ..default()
                }))
            }
            Notice::AuthenticationFailed(AuthFailure::Certificate(rejected)) => {
                match rejected.faults.first()? {
                    CertificateError::UntrustedIssuer { issuer } => {
                        let trusting = recertified(near, |terms| terms.trusts.push(Arc::from(&**issuer)))?;
                        Some(Side::Near(trusting))
                    }
                    CertificateError::Expired(_) => Some(Side::Far(renewed(far)?)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Prefixes of one /16 as that, others as they are: few, and still the site's own.
fn summed(announced: &[Ipv4Net]) -> Vec<Ipv4Net> {
    let wide = |prefix: &Ipv4Net| Ipv4Net::new(prefix.addr(), 16).map(|wide| wide.trunc()).ok();
    let is_shared = |block: Ipv4Net| announced.iter().filter(|it| block.contains(*it)).count() > 1;
    let all = announced.iter().map(|prefix| {
        let block = wide(prefix).filter(|block| block.contains(prefix) && is_shared(*block));
        block.unwrap_or(*prefix)
    });
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The proposal with only this group; `None` where it is not one of its own.
fn of_group(own: &Proposal, group: Group) -> Option<Proposal> {
    let is_kept = |it: &Transform| it.kind() != Kind::Group || *it == Transform::Group(group);
    own.groups().any(|it| it == group).then(|| {
        let mut only = own.clone();
        only.transforms.retain(is_kept);
        only
    })
}

/// Which end is configured otherwise.
enum Side {
    Near(ConnectionChange),
    Far(ConnectionChange),
}

/// A tunnel that is configured otherwise.
pub(super) fn configure(tunnel: TunnelId, change: ConnectionChange) -> Mending {
    Mending::lever(RoutingLever::Tunnel {
        tunnel,
        change: TunnelChange::Configure(Box::new(change)),
    })
}

/// The own proposals, and then the other's.
fn both(own: &[Proposal], other: &[Proposal]) -> Vec<Proposal> {
    let more = other.iter().filter(|it| !own.contains(it));
    own.iter().chain(more).cloned().collect()
}

fn esp_of(read: &TunnelRead<'_>) -> Vec<Proposal> {
    let children = read.config.children.iter();
    children.flat_map(|child| child.esp.clone()).collect()
}

fn recertified(read: &TunnelRead<'_>, edit: impl FnOnce(&mut Terms)) -> Option<ConnectionChange> {
    let Authentication::Certificate(own) = &read.config.authentication else {
        return None;
    };
    let mut terms = own.terms();
    edit(&mut terms);
    Some(ConnectionChange {
        authentication: Some(Authentication::Certificate(Arc::new(Certified::meant(terms)))),
        ..ConnectionChange::default()
    })
}

/// A certificate for the same, which holds as long as a lab can.
pub(super) fn renewed(read: &TunnelRead<'_>) -> Option<ConnectionChange> {
    recertified(read, |terms| {
        (terms.not_before, terms.not_after) = (SimTime::START, SimTime::END);
    })
}

/// The other end's phase 2 proposals.
pub(super) fn same_esp(far: &TunnelRead<'_>) -> ConnectionChange {
    ConnectionChange {
        esp: Some(esp_of(far)),
        ..ConnectionChange::default()
    }
}

/// BFD at the intervals that AWS's ends answer at most ("Specific BGP settings", AWS Direct Connect User Guide).
pub(super) const BFD: &str = "bfd: (interval: \"300ms\", multiplier: 3)";
