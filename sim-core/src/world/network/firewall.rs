//! What a router does with what it forwards, beside forwarding it: its firewall, and source NAT.

use std::net::Ipv4Addr;

use crate::aws::nat::Translator;
use crate::aws::tracking::{Signal, Tracker};
use crate::net::{FiveTuple, Protocol};
use crate::proto::ike::PORT_NAT;
use crate::reason::Reason;
use crate::resource::{RouterId, RouterInterfaceId};
use crate::site::{FirewallAction, NextHop, Router};
use crate::verdict::{Refusal, Rule};

use super::step::{Ground, Outcome, Passed, missing};
use super::{Header, Network, Place};

/// Whether a router hides the sender of a packet that leaves so. Of what gateways wrap, that is ESP in UDP: ESP and GRE have
/// no ports by which answers could be told apart.
pub(super) fn hides(router: &Router, to: NextHop, header: &Header) -> bool {
    let mut all = router.nat.iter().filter(|nat| nat.interface == to.interface);
    let has_ports = header.inner.is_none() || header.flow.protocol == Protocol::Udp;
    has_ports && all.any(|nat| nat.source.contains(&header.flow.source))
}

impl Ground<'_> {
    /// Through the firewall of a router.
    pub(super) fn pass_router(&mut self, from: RouterInterfaceId, to: NextHop, header: &Header) -> Outcome {
        let router = self.router_of(to.interface)?;
        let rule = self.judge(router, from, to.interface, header)?;
        let row = self.network.routers.get(router).ok_or(missing(router))?;
        let passed = if hides(row, to, header) {
            Passed::on(Place::SourceNat { to }, header).out(to.interface)
        } else {
            self.leave_by(to, header)?
        };
        Ok(passed.by(rule))
    }

    /// What is tracked passes; what begins meets the rules; what is in the middle of something unknown is dropped.
    fn judge(
        &mut self,
        router: RouterId,
        from: RouterInterfaceId,
        to: RouterInterfaceId,
        header: &Header,
    ) -> Result<Rule, Refusal> {
        let row = self.network.routers.get(router).ok_or(missing(router))?;
        let (flow, tracker) = (&header.flow, Tracker::Router(router));
        let connections = &mut self.tracking.connections;
        if header.signal != Signal::Error
            && connections.pass(tracker, flow, header.signal, self.now).is_some()
        {
            return Ok(Rule::RouterTracked { router });
        }
        let out_of_state = Refusal::at(Reason::AsymmetricStateful, router);
        match (flow.protocol, header.signal) {
            (Protocol::Tcp, Signal::Carry | Signal::Close | Signal::Reset | Signal::Error) => {
                return Err(out_of_state);
            }
            (Protocol::Tcp, Signal::Open)
            | (Protocol::Udp | Protocol::Icmp | Protocol::Esp | Protocol::Gre, _) => {}
        }
        let rules = row.firewall.iter().flatten().enumerate();
        let decided = rules.into_iter().find(|(_, rule)| rule.matches(from, to, flow));
        let index = decided.map(|(index, _)| u32::try_from(index).unwrap_or(u32::MAX));
        let rule = Rule::RouterFirewall { router, index };
        match decided.map(|(_, rule)| rule.action) {
            Some(FirewallAction::Allow) => {
                connections.remember(tracker, flow, None, self.now);
                Ok(rule)
            }
            // The answer of a conversation that another firewall knows: no rule was meant to let it in.
            None if connections.answers_elsewhere(router, flow, self.now) => Err(out_of_state),
            Some(FirewallAction::Drop) | None => Err(Refusal::by(Reason::RouterFirewall, rule)),
        }
    }

    /// Behind the address of the interface by which the packet leaves.
    pub(super) fn hide_sender(&mut self, to: NextHop, header: &Header) -> Outcome {
        let router = self.router_of(to.interface)?;
        let row = self
            .network
            .router_interfaces
            .get(to.interface)
            .ok_or(missing(router))?;
        let address = row.address.addr();
        let translations = &mut self.tracking.translations;
        let translator = Translator::Interface(to.interface);
        if translations.is_answer(translator, &header.flow, self.now) {
            return self.leave_by(to, header);
        }
        let flow = translations
            .outward(translator, address, &header.flow, self.now)
            .ok_or(Refusal::at(Reason::NatPortsExhausted, router))?;
        let passed = self.leave_by(to, &Header { flow, ..*header })?;
        Ok(passed.by(Rule::SourceNat { router }))
    }

    /// A packet comes in for somebody inside: whom the router hides, it lets answer as themselves.
    pub(super) fn let_in(&mut self, router: RouterId, interface: RouterInterfaceId, flow: &FiveTuple) {
        let row = self.network.routers.get(router);
        let mut all = row.iter().flat_map(|row| &row.nat);
        if all.any(|nat| nat.interface == interface && nat.source.contains(&flow.destination)) {
            let translator = Translator::Interface(interface);
            self.tracking.translations.let_in(translator, flow, self.now);
        }
    }

    /// A packet for one of a router's own addresses that answers somebody whom it hides behind it: as it is for them.
    pub(super) fn hidden_by(&mut self, router: RouterId, header: &Header) -> Option<Header> {
        let row = self
            .network
            .routers
            .get(router)
            .filter(|row| !row.nat.is_empty())?;
        let behind = |interface: RouterInterfaceId| {
            let row = self.network.router_interfaces.get(interface);
            row.is_some_and(|row| row.address.addr() == header.flow.destination)
        };
        let interface = row
            .nat
            .iter()
            .map(|nat| nat.interface)
            .find(|interface| behind(*interface))?;
        let translations = &mut self.tracking.translations;
        let translator = Translator::Interface(interface);
        let flow = translations.inward(translator, &header.flow, header.signal, self.now);
        let flow: FiveTuple = flow.or_else(|| self.hidden_gateway(row, header))?;
        Some(Header { flow, ..*header })
    }

    /// ESP in UDP as it is for the gateway behind a router that has its security association: by its keepalives the
    /// router remembers it as long as the association is there, and traces begin with nothing remembered.
    fn hidden_gateway(&self, router: &Router, header: &Header) -> Option<FiveTuple> {
        let spi = header.inner?.spi;
        let mut all = self.network.tunnels.iter().map(|(_, row)| row);
        let row = all.find(|row| {
            let is_hidden = router.nat.iter().any(|nat| nat.source.contains(&row.local));
            is_hidden && row.remote == header.flow.source && self.takes(&row.protection, spi)
        })?;
        Some(FiveTuple {
            destination: row.local,
            destination_port: PORT_NAT,
            ..header.flow
        })
    }

    fn router_of(&self, interface: RouterInterfaceId) -> Result<RouterId, Refusal> {
        let row = self
            .network
            .router_interfaces
            .get(interface)
            .ok_or(missing(interface))?;
        Ok(row.router)
    }
}

impl Network {
    /// Whether who has an address on one side of a router that hides it has the other one on the far side.
    #[must_use]
    pub fn shows_as(&self, hidden: Ipv4Addr, visible: Ipv4Addr) -> bool {
        let address = |interface| Some(self.router_interfaces.get(interface)?.address.addr());
        let mut all = self.routers.iter().flat_map(|(_, row)| &row.nat);
        all.any(|nat| nat.source.contains(&hidden) && address(nat.interface) == Some(visible))
    }
}
