//! The customer's counterpart of an end of AWS's that nobody has configured: what an overlay says to add it.

use crate::proto::ike::config::Authentication;
use crate::resource::{BgpSessionId, RouterId, TunnelId};
use crate::scenario::policy_text;
use crate::world::routing::{SessionRead, TunnelRead};

use super::View;

impl View<'_> {
    /// The second address of a tunnel's inside block, which is the customer's.
    pub(super) fn customer_inside(&self, read: &TunnelRead<'_>) -> Option<ipnet::Ipv4Net> {
        let inside = self
            .world
            .network()
            .router_interfaces
            .get(read.row.interface)?
            .address;
        let own = inside.hosts().find(|host| *host != inside.addr())?;
        ipnet::Ipv4Net::new(own, inside.prefix_len()).ok()
    }

    /// A tunnel to an endpoint of AWS's, with its session where that has one, like the router's other ones.
    pub(super) fn tunnel_counterpart(&self, id: TunnelId, read: &TunnelRead<'_>) -> Option<String> {
        let (world, names) = (self.world, self.world.names());
        let router = world
            .router_at(read.row.remote)
            .filter(|router| self.is_written(*router))?;
        let Authentication::SharedKey(key) = &read.config.authentication else {
            return None;
        };
        let inside = self.customer_inside(read)?;
        let own = named_after(&names.of(id));
        let (router_name, outside) = (names.of(router), read.row.local);
        let tunnel = format!("{own:?}: (to: \"{outside}\", inside: \"{inside}\", key: \"{key}\")");
        let mut sessions = world.bgp_sessions();
        let session = sessions.find(|(_, it)| it.row.router == read.row.router);
        let neighbor = session.and_then(|(_, session)| {
            let said = self.like_others(&session, router)?;
            Some(format!(", neighbors: {{{own:?}: (tunnel: {own:?}, {said})}}"))
        });
        let neighbor = neighbor.unwrap_or_default();
        Some(format!(
            "routers: {{{router_name:?}: (tunnels: {{{tunnel}}}{neighbor})}}"
        ))
    }

    /// A session with an end of AWS's, from the address that another one with it has.
    pub(super) fn session_counterpart(&self, id: BgpSessionId, read: &SessionRead<'_>) -> Option<String> {
        let (world, names) = (self.world, self.world.names());
        let at = |it: &SessionRead<'_>| it.transport.local == read.transport.remote;
        let mut sessions = world.bgp_sessions();
        let (_, beside) = sessions.find(|(_, it)| self.is_written(it.row.router) && at(it))?;
        let said = self.like_others(read, beside.row.router)?;
        let (router, own) = (names.of(beside.row.router), named_after(&names.of(id)));
        let (address, source) = (read.transport.local, read.transport.remote);
        let hops = beside.transport.hop_limit;
        Some(format!(
            "routers: {{{router:?}: (neighbors: {{{own:?}: (address: \"{address}\", source: \"{source}\", \
             multihop: {hops}, {said})}})}}"
        ))
    }

    /// What the customer's router says of a session with AWS: AWS's number and timers, and the policy of its others.
    fn like_others(&self, aws: &SessionRead<'_>, router: RouterId) -> Option<String> {
        let config = aws.speaker.session(aws.row.peer)?.config();
        let mut sessions = self.world.bgp_sessions();
        let export = sessions.find_map(|(_, it)| {
            let setup = it.speaker.config().peers.get(it.row.peer.index())?;
            setup.routes.export.clone().filter(|_| it.row.router == router)
        });
        let export = export.map(|policy| format!(", export: {}", policy_text(&policy)));
        Some(format!(
            "remote_as: {}, timers: (hold: \"{}s\"){}",
            config.spoken_as().0,
            config.timers.hold.as_secs(),
            export.unwrap_or_default()
        ))
    }
}

/// A name of the customer's for what AWS's end is called.
fn named_after(aws: &str) -> String {
    aws.replace('/', "-")
}
