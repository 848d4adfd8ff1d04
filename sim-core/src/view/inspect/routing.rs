//! Facts about routers, their interfaces, links and BGP sessions.

use crate::analysis::wording::pass_rule_text;
use crate::proto::bgp::PeerKind;
use crate::proto::bgp::policy::Policy;
use crate::proto::bgp::session::{Authentication, Counters, Initiative};
use crate::resource::{BgpSessionId, LinkId, RouterId, RouterInterfaceId};
use crate::site::{AdminState, Attachment, Provisioning, Router, RouterInterface, Running};
use crate::units::number_of;
use crate::view::describe::rounded;
use crate::view::facts::Facts;
use crate::view::places::{LinkState, utilisation};
use crate::view::{Health, View};
use crate::world::network::Network;
use crate::world::routing::Process;

/// More routes than these are counted, not listed.
const MOST_ROUTES: usize = 40;

impl View<'_> {
    pub(in crate::view) fn router_facts(&self, id: RouterId, facts: &mut Facts) {
        let (network, names) = (self.world.network(), self.world.names());
        let Some(row) = network.routers.get(id) else {
            return;
        };
        match row.running {
            Running::Running => facts.judge("state", "running", Health::Good),
            Running::Off => facts.judge("state", "off", Health::Failed),
            Running::Hung => facts.judge("state", "hung", Health::Failed),
        }
        if let Some((speaker, process)) = self.world.speaker(id) {
            facts.add("AS", speaker.config().rib.asn);
            facts.add("identifier", speaker.id());
            match process {
                Process::Running => facts.judge("BGP process", "running", Health::Good),
                Process::Frozen => facts.judge("BGP process", "frozen", Health::Failed),
                Process::Stopped => facts.judge("BGP process", "stopped", Health::Failed),
                Process::Outside => facts.judge("BGP process", "outside of the lab", Health::Idle),
            }
        }
        for address in &row.loopbacks {
            facts.add("loopback", address);
        }
        facts.section("Interfaces");
        for &interface in &row.interfaces {
            let Some(it) = network.router_interfaces.get(interface) else {
                continue;
            };
            facts.lead(
                attached_word(it.attached),
                format!("{} {}", names.of(interface), it.address),
                interface,
            );
        }
        self.igp_facts(id, facts);
        facts.section("BGP sessions");
        for session in self.bgp_sessions().iter().filter(|it| it.router == id) {
            let routes = format!("{} in, {} out", session.received, session.advertised);
            facts.lead(
                session_word(session.health),
                format!(
                    "{} AS {} {} {routes}",
                    session.neighbor, session.peer_as, session.state
                ),
                session.id,
            );
        }
        self.passage_facts(row, facts);
        self.route_facts(id, facts);
    }

    /// The interior routing, as this router sees it.
    fn igp_facts(&self, id: RouterId, facts: &mut Facts) {
        let Some(read) = self.world.igp(id) else { return };
        let names = self.world.names();
        facts.section("Interior routing");
        facts.add("area", read.area);
        facts.add("converges in", read.process.convergence);
        for it in self.world.igp_neighbors(id) {
            let text = format!(
                "{} by {}, cost {}",
                names.of(it.neighbor),
                names.of(it.by),
                it.cost
            );
            match it.silent_since {
                None => facts.lead("neighbour", text, it.neighbor),
                Some(since) => facts.judge(
                    "neighbour",
                    format!("{text}, silent since {since}"),
                    Health::Degraded,
                ),
            }
        }
        for prefix in &read.process.announce {
            facts.add("announces", prefix);
        }
    }

    /// What a router lets through, and whom it hides.
    fn passage_facts(&self, row: &Router, facts: &mut Facts) {
        let names = self.world.names();
        if let Some(rules) = &row.firewall {
            facts.section("Firewall");
            for (place, rule) in rules.iter().enumerate() {
                facts.add("rule", format!("{}: {}", place + 1, pass_rule_text(rule, names)));
            }
            facts.add("otherwise", "drop");
        }
        if !row.nat.is_empty() {
            facts.section("Source NAT");
        }
        for nat in &row.nat {
            let behind = network_address(self.world.network(), nat.interface);
            let text = format!("{} behind {}{behind}", nat.source, names.of(nat.interface));
            facts.lead("hides", text, nat.interface);
        }
    }

    fn route_facts(&self, id: RouterId, facts: &mut Facts) {
        facts.section("Routes");
        let rib = self.routes_of(id, None);
        for row in rib.prefixes.iter().take(MOST_ROUTES) {
            let best = row.paths.iter().find(|path| path.best);
            let decided = best.and_then(|path| path.decided_by);
            let decided = decided.map_or(String::new(), |step| format!(", {step}"));
            let way = match (row.fib.as_slice(), &row.source) {
                (_, None) => match best {
                    Some(path) => path.from.clone(),
                    None => "no usable path".to_owned(),
                },
                ([], Some(source)) => format!("dropped ({source})"),
                (hops, Some(source)) => format!("{} ({source}{decided})", hops.join(", ")),
            };
            facts.add("", format!("{} → {way}", row.prefix));
        }
        if rib.prefixes.len() > MOST_ROUTES {
            facts.add(
                "more",
                format!("{} in all: causeway rib lists them", rib.prefixes.len()),
            );
        }
    }

    pub(in crate::view) fn interface_facts(&self, id: RouterInterfaceId, facts: &mut Facts) {
        let (network, names) = (self.world.network(), self.world.names());
        let Some(row) = network.router_interfaces.get(id) else {
            return;
        };
        match network.interface_works(id) {
            Ok(_) => facts.judge("state", "up", Health::Good),
            Err(refusal) => {
                facts.judge("state", "down", Health::Failed);
                facts.add("because", self.words().stopped(&refusal));
            }
        }
        if row.admin == AdminState::Disabled {
            facts.judge("wanted", "switched off", Health::Idle);
        }
        if let Some(address) = row.numbered() {
            facts.add("address", address);
        }
        facts.lead("router", names.of(row.router), row.router);
        match row.attached {
            Attachment::Link(link) => facts.lead("link", names.of(link), link),
            Attachment::Tunnel(tunnel) => facts.lead("tunnel", names.of(tunnel), tunnel),
            Attachment::Segment(segment) => facts.lead("segment", names.of(segment), segment),
        }
    }

    pub(in crate::view) fn link_facts(&self, id: LinkId, facts: &mut Facts) {
        let (network, names) = (self.world.network(), self.world.names());
        let Some(row) = network.links.get(id) else { return };
        let state = LinkState::of(network, row);
        facts.judge("state", state.as_str(), state.health(row));
        if row.provisioning != Provisioning::Available {
            facts.add("to do", row.provisioning.waits_for());
        }
        for (label, interface) in [("end a", row.a), ("end b", row.b)] {
            let row = network.router_interfaces.get(interface);
            let address = row
                .and_then(RouterInterface::numbered)
                .map_or(String::new(), |address| format!(" {address}"));
            facts.lead(label, format!("{}{address}", names.of(interface)), interface);
        }
        facts.add("delay", row.delay);
        if !row.jitter.is_zero() {
            facts.add("jitter", row.jitter);
        }
        facts.add("carries", row.rate);
        if row.loss.as_ppm() > 0 {
            facts.judge("loses", row.loss, Health::Degraded);
        }
        let load = self.line_loads().get(&id).copied().unwrap_or_default();
        facts.add("load", format!("{load}, {}", utilisation(load, row.rate)));
    }

    pub(in crate::view) fn session_facts(&self, id: BgpSessionId, facts: &mut Facts) {
        let names = self.world.names();
        let sessions = self.bgp_sessions();
        let (Some(row), Some(read)) = (sessions.iter().find(|it| it.id == id), self.world.bgp_session(id))
        else {
            return;
        };
        facts.judge("state", format!("{} since {}", row.state, row.since), row.health);
        if let (Some(reason), Some(detail)) = (row.reason, &row.detail) {
            facts.judge("why", reason, Health::Failed);
            facts.add("that is", detail);
        }
        if let Some(fix) = &row.fix {
            facts.add("fix", fix);
        }
        facts.lead("router", names.of(row.router), row.router);
        facts.add("this end", format!("{} AS {}", row.local, row.local_as));
        facts.add("peer", format!("{} AS {}", row.peer, row.peer_as));
        facts.add(
            "kind",
            match read.speaker.kind(read.row.peer) {
                PeerKind::Ebgp => "eBGP",
                PeerKind::Ibgp => "iBGP",
            },
        );
        facts.add("received", number_of(row.received, "prefix", "prefixes"));
        facts.add("advertised", number_of(row.advertised, "prefix", "prefixes"));
        let (Some(session), Some(told)) = (read.speaker.session(read.row.peer), self.world.session_facts(id))
        else {
            return;
        };
        let config = session.config();
        facts.section("Session");
        facts.add("hold time", rounded(row.hold));
        if let Some(bfd) = &row.bfd {
            facts.add("BFD", bfd);
        }
        if config.initiative == Initiative::Passive {
            facts.add("opens", "never: it waits for the peer");
        }
        if config.authentication == Authentication::Md5 {
            facts.add("segments", "authenticated by MD5");
        }
        if read.transport.least_hop_limit > 0 {
            facts.add(
                "TTL security",
                format!("at least {}", read.transport.least_hop_limit),
            );
        }
        facts.add("came up", number_of(row.n_established, "time", "times"));
        if let Some((at, reason)) = told.last {
            facts.add("last ended", format!("{at}: {reason}"));
            facts.add("advice", reason.advice());
        }
        if let Some(until) = told.rest_until {
            facts.add("rests until", until);
        }
        if let Some(until) = told.stale_until {
            facts.judge("keeps stale routes", format!("until {until}"), Health::Degraded);
        }
        facts.add("sent", exchanged(told.sent));
        facts.add("heard", exchanged(told.received));
        let Some(setup) = read.speaker.config().peers.get(read.row.peer.index()) else {
            return;
        };
        facts.section("Policy");
        let policy = |policy: &Option<std::sync::Arc<Policy>>| {
            policy
                .as_ref()
                .map(|policy| number_of(policy.rules.len(), "rule", "rules"))
        };
        for (label, text) in [
            ("import", policy(&setup.routes.import)),
            ("export", policy(&setup.routes.export)),
        ] {
            if let Some(text) = text {
                facts.add(label, text);
            }
        }
        if let Some(limit) = setup.routes.max_prefix {
            facts.add("prefix limit", limit.limit);
        }
        if setup.routes.next_hop_self {
            facts.add("next hop", "this router");
        }
    }
}

/// The address of an interface, to stand behind its name.
fn network_address(network: &Network, interface: RouterInterfaceId) -> String {
    let row = network.router_interfaces.get(interface);
    row.map_or_else(String::new, |row| format!(" {}", row.address.addr()))
}

/// Messages by kind.
fn exchanged(counters: Counters) -> String {
    let kinds = [
        (counters.opens, "OPEN"),
        (counters.updates, "UPDATE"),
        (counters.route_refreshes, "ROUTE-REFRESH"),
        (counters.notifications, "NOTIFICATION"),
        (counters.keepalives, "KEEPALIVE"),
    ];
    let counted = kinds.iter().filter(|(n, _)| *n > 0);
    let counted: Vec<String> = counted.map(|(n, kind)| format!("{n} {kind}")).collect();
    if counted.is_empty() {
        return "nothing yet".to_owned();
    }
    counted.join(", ")
}

const fn attached_word(attached: Attachment) -> &'static str {
    match attached {
        Attachment::Link(_) => "link",
        Attachment::Tunnel(_) => "tunnel",
        Attachment::Segment(_) => "segment",
    }
}

const fn session_word(health: Health) -> &'static str {
    match health {
        Health::Good => "up",
        Health::Idle => "shut down",
        Health::Working => "coming up",
        Health::Degraded | Health::Failed => "down",
    }
}
