//! UDP datagrams between routers' processes: BFD and IKE.

use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::net::{FiveTuple, Protocol};
use crate::resource::RouterId;

use super::super::network::{Header, Place};
use super::super::packet::Load;
use super::super::terrain::Terrain;

/// A datagram as a process hands it to its router.
#[derive(Debug, Clone)]
pub(super) struct Datagram {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) hop_limit: u8,
    pub(super) octets: Arc<[u8]>,
}

impl Datagram {
    /// What its packet starts with.
    pub(super) fn header(&self) -> Header {
        let flow = FiveTuple {
            source: *self.from.ip(),
            destination: *self.to.ip(),
            protocol: Protocol::Udp,
            source_port: self.from.port(),
            destination_port: self.to.port(),
        };
        Header {
            hop_limit: self.hop_limit,
            ..Header::new(flow)
        }
    }
}

impl Terrain {
    /// Sends a datagram of a router's process.
    pub(super) fn send_datagram(&mut self, router: RouterId, datagram: Datagram) {
        let header = datagram.header();
        self.send_load(
            Place::RouterEgress(router),
            header,
            Load::Datagram(datagram.octets),
        );
    }

    /// A datagram has come to a router.
    pub(in crate::world) fn on_datagram(&mut self, router: RouterId, header: Header, octets: &[u8]) {
        let flow = header.flow;
        match flow.destination_port {
            super::bfd::PORT => self.on_bfd(router, header, octets),
            crate::proto::ike::PORT | crate::proto::ike::PORT_NAT => {
                let to = SocketAddrV4::new(flow.destination, flow.destination_port);
                let from = SocketAddrV4::new(flow.source, flow.source_port);
                self.on_ike(router, (to, from), octets);
            }
            // Nothing listens: a real router would say so by ICMP, and nobody here would hear it.
            _ => {}
        }
    }
}
