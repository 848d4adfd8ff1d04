//! What can be done to routers, links and their processes while a lab runs.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::aws::nat::Translator;
use crate::aws::tracking::Tracker;
use crate::kernel::{Digest, RecordId};
use crate::proto::bfd;
use crate::proto::bgp::policy::Policy;
use crate::proto::bgp::rib::{self, Direction, PeerId};
use crate::proto::bgp::{AsPath, Asn, Attributes, Communities, Community, Origin, session, speaker};
use crate::proto::ike::change::Conflict;
use crate::resource::{BgpSessionId, LinkId, ResourceRef, RouterId, SegmentId, TunnelId};
use crate::site::{LinkChange, PassRule, RouterChange, Running, SegmentChange};
use crate::units::Span;
use crate::verdict::RouteSource;

use super::super::terrain::Terrain;
use super::control::Process;
use super::ipsec::IkeChange;
use super::outside::OutsideChange;
use super::tunnel::TunnelChange;
use super::upkeep::Upkeep;

/// A prefix that a router announces as its own, and what it says of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Origination {
    /// The prefix.
    pub prefix: Ipv4Net,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// ORIGIN.
    pub origin: Origin,
    /// COMMUNITIES, as numbers.
    pub communities: Vec<u32>,
    /// AS numbers already in its AS_PATH, leftmost first.
    pub path: Vec<Asn>,
}

impl Origination {
    /// A prefix of which nothing is said.
    #[must_use]
    pub const fn new(prefix: Ipv4Net) -> Self {
        Self {
            prefix,
            med: None,
            origin: Origin::Igp,
            communities: Vec::new(),
            path: Vec::new(),
        }
    }
    /// As the tables take it.
    #[must_use]
    pub fn attributes(&self) -> Arc<Attributes> {
        let mut communities: Communities = self.communities.iter().copied().map(Community).collect();
        communities.sort_unstable();
        communities.dedup();
        Arc::new(Attributes {
            origin: self.origin,
            med: self.med,
            communities,
            as_path: AsPath::sequence(self.path.iter().copied()),
            ..Attributes::new(std::net::Ipv4Addr::UNSPECIFIED)
        })
    }
}

/// One edit of a BGP session at one of its ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum SessionChange {
    /// Shuts it down.
    Shutdown,
    /// Wants it again.
    Start,
    /// Ends it, to begin anew.
    Reset,
    /// Applies the import policy again.
    SoftIn,
    /// Sends every route again.
    SoftOut,
    /// Replaces a policy and applies it.
    SetPolicy {
        /// Which way.
        direction: Direction,
        /// The policy from now on; none detaches it.
        policy: Option<Arc<Policy>>,
    },
    /// Signs and checks the session's segments by another key (RFC 2385). Connections that stand go on with it: where the
    /// peer has not changed it too, each drops what the other sends, until the hold time is over.
    Key(SessionKey),
    /// Expects the peer in another autonomous system; a session that is up ends and begins anew.
    RemoteAs(Asn),
    /// Other BGP timers: what is left out stays. A session that is up goes on with what was negotiated; the next one offers
    /// these (RFC 4271 section 4.2: the hold time is agreed on in OPEN).
    Timers {
        /// The hold time that is offered.
        hold: Option<Span>,
        /// The time between two KEEPALIVEs, as long as a third of the agreed hold time is no shorter.
        keepalive: Option<Span>,
    },
    /// Other BFD timers: what is left out stays. A session that is up agrees on them by a Poll sequence (RFC 5880 section
    /// 6.8.3).
    Bfd {
        /// How often control packets are sent, and how often they may come.
        interval: Option<Span>,
        /// After how many missing ones the peer takes this end for gone.
        multiplier: Option<u8>,
    },
    /// Prepends the own AS so often in all that its export policy lets out, in place of what that prepends.
    Prepend(u8),
}

/// A key that a session is given while the lab runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum SessionKey {
    /// The one that the lab begins with, where it begins with one.
    Configured,
    /// None: segments are not signed.
    Unsigned,
    /// Another.
    Other(Arc<str>),
}

/// One edit of a BGP process.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum SpeakerChange {
    /// Announces a prefix, or says something else of it.
    Originate(Origination),
    /// No longer announces prefixes.
    Withdraw(Vec<Ipv4Net>),
    /// Ends the process; its host closes its connections.
    Stop,
    /// Starts the process with the configuration that it had at first.
    Start,
    /// Stops it in its tracks, while its host's TCP goes on answering.
    Freeze,
    /// Lets it go on.
    Thaw,
    /// Ends the process in order: it says good-bye where that does not end a graceful restart.
    Terminate,
}

/// One thing that can be done to routers, links and their processes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum RoutingLever {
    /// An edit of a link.
    Link {
        /// The link.
        link: LinkId,
        /// The edit.
        change: LinkChange,
    },
    /// An edit of a router.
    Router {
        /// The router.
        router: RouterId,
        /// The edit.
        change: RouterChange,
    },
    /// An edit of a BGP session.
    Session {
        /// The session, at the end that is edited.
        session: BgpSessionId,
        /// The edit.
        change: SessionChange,
    },
    /// An edit of a router's BGP process.
    Speaker {
        /// The router.
        router: RouterId,
        /// The edit.
        change: SpeakerChange,
    },
    /// An edit of a gateway's IKE.
    Ike {
        /// The gateway.
        router: RouterId,
        /// The edit.
        change: IkeChange,
    },
    /// An edit of a tunnel at one of its gateways.
    Tunnel {
        /// The tunnel, at the end that is edited.
        tunnel: TunnelId,
        /// The edit.
        change: TunnelChange,
    },
    /// What somebody outside of the lab does in a session that is theirs.
    Outside {
        /// The session, at their end.
        session: BgpSessionId,
        /// What they do.
        change: OutsideChange,
    },
    /// Something that AWS does to its own ends.
    Upkeep(Upkeep),
    /// An edit of a segment.
    Segment {
        /// The segment.
        segment: SegmentId,
        /// The edit.
        change: SegmentChange,
    },
}

/// Why such a lever could not be pulled; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RoutingLeverError {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    /// The router runs no BGP.
    #[error("the router runs no BGP process")]
    NoProcess,
    /// The router is no gateway.
    #[error("the router runs no IKE")]
    NoIke,
    /// The process already is as it should become.
    #[error("the BGP process is already so")]
    AlreadySo,
    /// The session's end belongs to a process of the lab.
    #[error("nobody outside of the lab speaks at this end of the session")]
    NotOutside,
    /// There is no connection, or there is one already.
    #[error("the connection is not in a state for that")]
    Connection,
    /// The static route to be removed is not there.
    #[error("there is no such static route")]
    NoSuchRoute,
    /// Settings of a tunnel would not go together.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// A failover test of the virtual interface is on.
    #[error("a failover test of the virtual interface is on")]
    UnderTest,
    /// No failover test of the virtual interface is on.
    #[error("no failover test of the virtual interface is on")]
    NotUnderTest,
    /// An endpoint of the connection is being replaced.
    #[error("an endpoint of the VPN connection is being replaced, and AWS replaces one at a time")]
    BeingReplaced,
    /// The router filters nothing.
    #[error("the router has no firewall")]
    NoFirewall,
    /// The rule to be removed is not there.
    #[error("there is no such rule in the router's firewall")]
    NoSuchRule,
    /// The rule to be added is there already.
    #[error("such a rule is already in the router's firewall")]
    AlreadyThere,
    /// The session is not watched.
    #[error("the session has no BFD; the lab's text gives it one")]
    NoBfd,
}

impl RoutingLever {
    /// What it is done to.
    #[must_use]
    pub fn subject(&self) -> ResourceRef {
        match self {
            Self::Link { link, .. } => (*link).into(),
            Self::Router { router, .. } | Self::Speaker { router, .. } | Self::Ike { router, .. } => {
                (*router).into()
            }
            Self::Tunnel { tunnel, .. } => (*tunnel).into(),
            Self::Session { session, .. } | Self::Outside { session, .. } => (*session).into(),
            Self::Upkeep(upkeep) => upkeep.subject(),
            Self::Segment { segment, .. } => (*segment).into(),
        }
    }
}

impl Terrain {
    /// Whether a lever fits the lab as it is.
    pub(in crate::world) fn check_routing(&self, lever: &RoutingLever) -> Result<(), RoutingLeverError> {
        use RoutingLeverError as E;
        match lever {
            RoutingLever::Link { link, .. } => {
                self.network.links.get(*link).ok_or(E::NoSuch("link"))?;
            }
            RoutingLever::Router { router, change } => {
                let row = self.network.routers.get(*router).ok_or(E::NoSuch("router"))?;
                match change {
                    RouterChange::Interface { interface, .. }
                    | RouterChange::Cost { interface, .. }
                    | RouterChange::Mtu { interface, .. }
                    | RouterChange::MssClamp { interface, .. }
                        if !row.interfaces.contains(interface) =>
                    {
                        return Err(E::NoSuch("interface"));
                    }
                    RouterChange::RemoveStaticRoute(prefix)
                        if !row.static_routes.iter().any(|route| route.prefix == *prefix) =>
                    {
                        return Err(E::NoSuchRoute);
                    }
                    RouterChange::AddFirewallRule(rule) | RouterChange::RemoveFirewallRule(rule) => {
                        let rules = row.firewall.as_ref().ok_or(E::NoFirewall)?;
                        match (change, rules.contains(rule)) {
                            (RouterChange::AddFirewallRule(_), true) => return Err(E::AlreadyThere),
                            (RouterChange::RemoveFirewallRule(_), false) => return Err(E::NoSuchRule),
                            (_, _) => {}
                        }
                    }
                    RouterChange::Interface { .. }
                    | RouterChange::Cost { .. }
                    | RouterChange::Mtu { .. }
                    | RouterChange::MssClamp { .. }
                    | RouterChange::IcmpErrors(_)
                    | RouterChange::RemoveStaticRoute(_)
                    | RouterChange::SetStaticRoute(_)
                    | RouterChange::Running(_) => {}
                }
            }
            RoutingLever::Session { session, change } => {
                let row = self
                    .routers
                    .sessions
                    .get(*session)
                    .ok_or(E::NoSuch("BGP session"))?;
                let bgp = self.bgp_of(row.router);
                if matches!(change, SessionChange::Bfd { .. })
                    && bgp.is_some_and(|bgp| bgp.bfd(row.peer).is_none())
                {
                    return Err(E::NoBfd);
                }
            }
            RoutingLever::Ike { router, .. } => {
                self.ike_of(*router).ok_or(E::NoIke)?;
            }
            RoutingLever::Tunnel { tunnel, .. } if self.network.tunnels.get(*tunnel).is_none() => {
                return Err(E::NoSuch("tunnel"));
            }
            RoutingLever::Tunnel { tunnel, change } => {
                if !self.has_ike(*tunnel) {
                    return Err(E::NoIke);
                }
                if let Some(conflict) = self.tunnel_conflict(*tunnel, change) {
                    return Err(E::Conflict(conflict));
                }
            }
            RoutingLever::Speaker { router, change } => {
                let process = self.bgp_of(*router).ok_or(E::NoProcess)?.process;
                let fits = match change {
                    SpeakerChange::Start => process == Process::Stopped,
                    SpeakerChange::Thaw => process == Process::Frozen,
                    SpeakerChange::Freeze => process == Process::Running,
                    SpeakerChange::Stop => process != Process::Stopped,
                    SpeakerChange::Terminate => process == Process::Running,
                    SpeakerChange::Originate(_) | SpeakerChange::Withdraw(_) => true,
                };
                if !fits {
                    return Err(E::AlreadySo);
                }
            }
            RoutingLever::Outside { session, change } => self.check_outside(*session, change)?,
            RoutingLever::Upkeep(upkeep) => self.check_upkeep(upkeep)?,
            RoutingLever::Segment { segment, .. } => {
                self.network.segments.get(*segment).ok_or(E::NoSuch("segment"))?;
            }
        }
        Ok(())
    }

    /// Pulls a lever that fits; `record` is the record of it.
    pub(in crate::world) fn pull_routing(&mut self, lever: &RoutingLever, record: RecordId) {
        match lever {
            RoutingLever::Link {
                link,
                change: LinkChange::Flapping(every),
            } => self.flap(*link, *every, record),
            RoutingLever::Link { link, change } => {
                self.note_slowed(*link, *change, record);
                if let Some(row) = self.network.links.get_mut(*link) {
                    row.apply(*change);
                }
                self.link_changed(*link, record);
            }
            RoutingLever::Router { router, change } => self.change_router(*router, change, record),
            RoutingLever::Session { session, change } => self.change_session(*session, change),
            RoutingLever::Speaker { router, change } => self.change_speaker(*router, change),
            RoutingLever::Ike { router, change } => self.change_ike(*router, change),
            RoutingLever::Tunnel { tunnel, change } => self.change_tunnel(*tunnel, change),
            RoutingLever::Outside { session, change } => self.change_outside(*session, change),
            RoutingLever::Upkeep(upkeep) => self.keep_up(upkeep),
            RoutingLever::Segment { segment, change } => {
                if let Some(row) = self.network.segments.get_mut(*segment) {
                    row.apply(*change);
                }
                self.segment_changed(*segment, record);
            }
        }
    }

    fn change_router(&mut self, router: RouterId, change: &RouterChange, record: RecordId) {
        match change {
            RouterChange::Interface { interface, admin } => {
                if let Some(row) = self.network.router_interfaces.get_mut(*interface) {
                    row.admin = *admin;
                }
                self.router_changed(router, record);
            }
            RouterChange::Running(running) => {
                let was = self.network.routers.get(router).map(|row| row.running);
                if (was, *running) == (Some(Running::Off), Running::Hung) {
                    return; // What has no power cannot hang.
                }
                if let Some(row) = self.network.routers.get_mut(router) {
                    Arc::make_mut(row).running = *running;
                }
                match (was, running) {
                    (Some(Running::Running), Running::Hung) | (Some(Running::Hung), Running::Running) => {
                        self.routers.causes.insert(router.into(), record);
                        self.router_changed(router, record);
                        self.review_gateways_of(router);
                    }
                    (Some(Running::Running | Running::Hung), Running::Off) => {
                        self.crash_process(router);
                        self.forget_igp_routes(router);
                        self.forget_conversations(router);
                        self.router_changed(router, record);
                    }
                    (Some(Running::Off), Running::Running) => {
                        self.router_changed(router, record);
                        self.begin_process(router);
                        self.tell_ike(router, crate::proto::ike::Input::Start);
                        self.replacement_over(router);
                    }
                    (Some(_) | None, _) => {}
                }
            }
            RouterChange::AddFirewallRule(rule) => self.edit_firewall(router, |rules| rules.insert(0, *rule)),
            RouterChange::RemoveFirewallRule(rule) => {
                self.edit_firewall(router, |rules| rules.retain(|it| it != rule));
            }
            RouterChange::Cost { interface, cost } => {
                if let Some(row) = self.network.router_interfaces.get_mut(*interface) {
                    row.cost = *cost;
                }
                self.review_areas([router]);
            }
            RouterChange::Mtu { interface, mtu } => {
                if let Some(row) = self.network.router_interfaces.get_mut(*interface) {
                    row.mtu = Some(*mtu);
                }
            }
            RouterChange::MssClamp { interface, clamp } => {
                if let Some(row) = self.network.router_interfaces.get_mut(*interface) {
                    row.mss_clamp = *clamp;
                }
            }
            RouterChange::IcmpErrors(errors) => {
                if let Some(row) = self.network.routers.get_mut(router) {
                    Arc::make_mut(row).icmp_errors = *errors;
                }
            }
            RouterChange::SetStaticRoute(route) => {
                self.edit_static_routes(router, |routes| {
                    routes.retain(|it| it.prefix != route.prefix);
                    routes.push(*route);
                });
            }
            RouterChange::RemoveStaticRoute(prefix) => {
                self.edit_static_routes(router, |routes| routes.retain(|it| it.prefix != *prefix));
                if let Some(row) = self.network.routers.get_mut(router)
                    && Arc::make_mut(row).fib.clear(*prefix, RouteSource::Static)
                {
                    self.routes_changed(router, None);
                }
                self.next_hops_changed(router);
            }
        }
    }

    fn edit_firewall(&mut self, router: RouterId, edit: impl FnOnce(&mut Vec<PassRule>)) {
        if let Some(row) = self.network.routers.get_mut(router)
            && let Some(rules) = &mut Arc::make_mut(row).firewall
        {
            edit(rules);
        }
    }

    /// Who loses its power remembers nothing of the conversations that it passed.
    fn forget_conversations(&mut self, router: RouterId) {
        let tracking = &mut self.tracking;
        tracking.connections.forget(Tracker::Router(router));
        let row = self.network.routers.get(router);
        for interface in row.into_iter().flat_map(|row| &row.nat).map(|nat| nat.interface) {
            tracking.translations.forget(Translator::Interface(interface));
        }
    }

    fn edit_static_routes(
        &mut self,
        router: RouterId,
        edit: impl FnOnce(&mut Vec<crate::site::StaticRoute>),
    ) {
        if let Some(row) = self.network.routers.get_mut(router) {
            edit(&mut Arc::make_mut(row).static_routes);
        }
        if self.refresh_routes(router) {
            self.next_hops_changed(router);
        }
    }

    pub(super) fn change_session(&mut self, session: BgpSessionId, change: &SessionChange) {
        let Some(row) = self.routers.sessions.get(session).copied() else {
            return;
        };
        let (router, peer) = (row.router, row.peer);
        let input = match change {
            SessionChange::Shutdown => {
                speaker::Input::Session(peer, session::Input::Stop(session::StopReason::Shutdown))
            }
            SessionChange::Start => speaker::Input::Session(peer, session::Input::Start),
            SessionChange::Reset => speaker::Input::Session(peer, session::Input::Clear),
            SessionChange::SoftIn => speaker::Input::Tables(rib::Input::SoftIn(peer)),
            SessionChange::SoftOut => speaker::Input::Tables(rib::Input::SoftOut(peer)),
            SessionChange::SetPolicy { direction, policy } => {
                let (direction, policy) = (*direction, policy.clone());
                speaker::Input::Tables(rib::Input::SetPolicy {
                    peer,
                    direction,
                    policy,
                })
            }
            SessionChange::RemoteAs(asn) => speaker::Input::RemoteAs(peer, *asn),
            SessionChange::Key(key) => return self.change_key(router, peer, key),
            SessionChange::Timers { hold, keepalive } => speaker::Input::Timers {
                peer,
                hold: *hold,
                keepalive: *keepalive,
            },
            SessionChange::Bfd { interval, multiplier } => {
                return self.change_bfd(router, peer, (*interval, *multiplier));
            }
            SessionChange::Prepend(times) => {
                let config = self
                    .bgp_of(router)
                    .and_then(|bgp| bgp.speaker.rib().peer_config(peer));
                let policy = config.and_then(|config| config.export.as_deref());
                let policy = policy.cloned().unwrap_or_default().prepending(*times);
                speaker::Input::Tables(rib::Input::SetPolicy {
                    peer,
                    direction: Direction::Export,
                    policy: Some(Arc::new(policy)),
                })
            }
        };
        self.tell_bgp(router, input);
        // BFD is there for the session: it says that it goes, so that the peer takes it for no failure of the path
        // (RFC 5882 section 4.3.2).
        match change {
            SessionChange::Shutdown => self.tell_bfd(router, peer, bfd::Input::Disable),
            SessionChange::Start => self.tell_bfd(router, peer, bfd::Input::Enable),
            SessionChange::Reset
            | SessionChange::SoftIn
            | SessionChange::SoftOut
            | SessionChange::SetPolicy { .. }
            | SessionChange::Key(_)
            | SessionChange::RemoteAs(_)
            | SessionChange::Timers { .. }
            | SessionChange::Bfd { .. }
            | SessionChange::Prepend(_) => {}
        }
    }

    fn change_key(&mut self, router: RouterId, peer: PeerId, key: &SessionKey) {
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let configured = bgp.setup.transports.get(peer.index()).and_then(|it| it.key);
        if let Some(transport) = Arc::make_mut(&mut bgp.transports).get_mut(peer.index()) {
            transport.key = match key {
                SessionKey::Configured => configured,
                SessionKey::Unsigned => None,
                SessionKey::Other(text) => Some(Digest::of(&**text)),
            };
        }
    }
}
