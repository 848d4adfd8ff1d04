//! Everything that can be said about any one thing, for inspectors that know nothing of its kind.
//!
//! One file per family of things; a new kind of resource does not compile before it has facts.

mod dns;
mod filter;
mod host;
mod migration;
mod network;
mod routing;
mod segment;
mod transit;
mod tunnel;

use crate::migrate::mgn::Mgn;
use crate::resource::{
    BgpSessionId, FlowId, LinkId, ResourceRef, RouterId, RouterInterfaceId, RunbookStepId,
};
use crate::units::{BitRate, SimTime};

use super::describe::Words;
use super::facts::Facts;

/// What facts are read from.
pub(super) struct Inspector<'a> {
    pub(super) words: Words<'a>,
    pub(super) mgn: Option<&'a Mgn>,
    pub(super) now: SimTime,
    /// What the busier direction of a peering connection carries.
    pub(super) load: &'a dyn Fn(crate::resource::PeeringId) -> BitRate,
    /// Facts of things that only the running lab knows.
    pub(super) running: &'a dyn Running,
}

/// Facts of things that only the running lab knows.
pub(super) trait Running {
    /// The lab as a whole.
    fn lab(&self, facts: &mut Facts);
    /// A bulk flow.
    fn flow(&self, id: FlowId, facts: &mut Facts);
    /// A step of the runbook.
    fn step(&self, id: RunbookStepId, facts: &mut Facts);
    /// A router.
    fn router(&self, id: RouterId, facts: &mut Facts);
    /// An interface of a router.
    fn router_interface(&self, id: RouterInterfaceId, facts: &mut Facts);
    /// A link.
    fn link(&self, id: LinkId, facts: &mut Facts);
    /// A BGP session.
    fn bgp_session(&self, id: BgpSessionId, facts: &mut Facts);
    /// Facts about an IPsec tunnel.
    fn tunnel(&self, id: crate::resource::TunnelId, facts: &mut Facts);
    /// A probe.
    fn probe(&self, id: crate::resource::ProbeId, facts: &mut Facts);
    /// The probes that a host sends.
    fn probes(&self, id: crate::resource::HostId, facts: &mut Facts);
    /// Facts about a virtual gateway.
    fn virtual_gateway(&self, id: crate::resource::VirtualGatewayId, facts: &mut Facts);
}

impl Inspector<'_> {
    /// Collects what can be said about `thing`.
    pub(super) fn collect(&self, thing: ResourceRef, facts: &mut Facts) {
        let words = &self.words;
        match thing {
            ResourceRef::Lab => self.running.lab(facts),
            ResourceRef::Region(id) => network::region(id, words, facts),
            ResourceRef::Zone(id) => network::zone(id, words, facts),
            ResourceRef::Vpc(id) => network::vpc(id, words, facts),
            ResourceRef::Subnet(id) => network::subnet(id, words, facts),
            ResourceRef::RouteTable(id) => network::route_table(id, words, facts),
            ResourceRef::PrefixList(id) => network::prefix_list(id, words, facts),
            ResourceRef::SecurityGroup(id) => filter::security_group(id, words, facts),
            ResourceRef::NetworkAcl(id) => filter::network_acl(id, words, facts),
            ResourceRef::NetworkInterface(id) => network::interface(id, words, facts),
            ResourceRef::InternetGateway(id) => network::internet_gateway(id, words, facts),
            ResourceRef::NatGateway(id) => network::nat_gateway(id, words, facts),
            ResourceRef::Peering(id) => network::peering(id, (self.load)(id), words, facts),
            ResourceRef::TransitGateway(id) => transit::gateway(id, words, facts),
            ResourceRef::Attachment(id) => transit::attachment(id, words, facts),
            ResourceRef::TransitGatewayRouteTable(id) => transit::route_table(id, words, facts),
            ResourceRef::VirtualPrivateGateway(id) => transit::virtual_private_gateway(id, words, facts),
            ResourceRef::DirectConnectGateway(id) => transit::direct_connect_gateway(id, words, facts),
            ResourceRef::VirtualInterface(id) => transit::virtual_interface(id, words, facts),
            ResourceRef::InterfaceEndpoint(id) => network::interface_endpoint(id, words, facts),
            ResourceRef::GatewayEndpoint(id) => network::gateway_endpoint(id, words, facts),
            ResourceRef::ServiceEndpoint(id) => network::service(id, words, facts),
            ResourceRef::HostedZone(id) => dns::hosted_zone(id, words, facts),
            ResourceRef::ResolverEndpoint(id) => dns::resolver_endpoint(id, words, facts),
            ResourceRef::ResolverRule(id) => dns::resolver_rule(id, words, facts),
            ResourceRef::Host(id) => self.host(id, facts),
            ResourceRef::SourceServer(_)
            | ResourceRef::ReplicationServer(_)
            | ResourceRef::Job(_)
            | ResourceRef::Wave(_) => self.migration(thing, facts),
            ResourceRef::Flow(id) => self.running.flow(id, facts),
            ResourceRef::RunbookStep(id) => self.running.step(id, facts),
            ResourceRef::Router(id) => self.running.router(id, facts),
            ResourceRef::RouterInterface(id) => self.running.router_interface(id, facts),
            ResourceRef::Link(id) => self.running.link(id, facts),
            ResourceRef::BgpSession(id) => self.running.bgp_session(id, facts),
            ResourceRef::Tunnel(id) => self.running.tunnel(id, facts),
            ResourceRef::Segment(id) => segment::segment(id, words, facts),
            ResourceRef::VirtualGateway(id) => self.running.virtual_gateway(id, facts),
            ResourceRef::Probe(id) => self.running.probe(id, facts),
        }
    }

    /// A computer, and first of all what the migration does with it.
    fn host(&self, id: crate::resource::HostId, facts: &mut Facts) {
        let server = self
            .mgn
            .and_then(|mgn| mgn.servers().find(|(_, server)| server.host() == id))
            .map(|(server, _)| server);
        if let Some(server) = server {
            facts.lead("moves as", self.words.names.of(server), server);
        }
        let replicator = self
            .mgn
            .and_then(|mgn| mgn.replicators().find(|(_, it)| it.host() == Some(id)))
            .map(|(replicator, _)| replicator);
        if let Some(replicator) = replicator {
            facts.lead("works as", self.words.names.of(replicator), replicator);
        }
        host::host(id, &self.words, facts);
        self.running.probes(id, facts);
    }

    fn migration(&self, thing: ResourceRef, facts: &mut Facts) {
        let Some(mgn) = self.mgn else { return };
        let service = migration::Service {
            mgn,
            now: self.now,
            words: self.words,
        };
        match thing {
            ResourceRef::SourceServer(id) => service.server(id, facts),
            ResourceRef::ReplicationServer(id) => service.replicator(id, facts),
            ResourceRef::Job(id) => service.job(id, facts),
            ResourceRef::Wave(id) => service.wave(id, facts),
            _ => {}
        }
    }
}
