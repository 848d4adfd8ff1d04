//! Connections that stand for a long time: what held connections and bulk flows run on.
//!
//! Their packets are not simulated one by one. A line is opened with a SYN and its answer through
//! the tables as they are, so that stateful filters know it; from then on it is looked at when the
//! network changes, with the packets that it would be sending: what a security group tracks stays
//! open when the rule that let it in goes, what a network ACL denies is cut at once.

use std::net::Ipv4Addr;

use crate::aws::tracking::Signal;
use crate::net::mtu::TCP_HEADERS;
use crate::net::{FiveTuple, Protocol};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::{Ppm, Span};
use crate::verdict::Refusal;

use super::network::{self, Header, Listening, Network, Path, Place, Recipient, RoundTrip};
use super::terrain::Terrain;

/// A standing connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// The host that opened it.
    pub(super) client: HostId,
    /// As the client sends.
    near: FiveTuple,
    /// As its packets arrive, where gateways rewrite them.
    far: FiveTuple,
    /// Who is at the far end.
    remote: Recipient,
    /// The data of the largest segment that each end sends, in bytes: by what both announced and what lay between did
    /// to that.
    mss: Mss,
}

/// The data of the largest segments of a connection, in bytes (RFC 9293 section 3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mss {
    /// Of those that the client sends.
    pub(super) client: u16,
    /// Of those that the server sends.
    pub(super) server: u16,
}

/// Which way a line's data go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// From the client to the far end.
    There,
    /// To the client.
    Back,
}

impl Line {
    /// The address that the client speaks to.
    pub(super) const fn address(&self) -> Ipv4Addr {
        self.near.destination
    }
    /// Who is at the far end.
    pub(super) const fn remote(&self) -> Recipient {
        self.remote
    }
    /// Whether the line begins or ends at a host.
    pub(super) fn touches(&self, host: HostId) -> bool {
        self.client == host || self.remote == Recipient::Host(host)
    }
}

impl Terrain {
    /// Opens a line to something that listens, and tells how its packets go.
    ///
    /// # Errors
    /// What stops the packets, there or on their way back.
    pub(super) fn open_line(
        &mut self,
        client: HostId,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<(Line, RoundTrip), Refusal> {
        let source = self
            .private_address(client)
            .ok_or(Refusal::at(Reason::HostDown, client))?;
        let near = FiveTuple {
            source,
            destination: address,
            protocol: Protocol::Tcp,
            source_port: self.client_port(client),
            destination_port: port,
        };
        let syn = Header::new(near)
            .with(Signal::Open)
            .announcing(self.mss_of(client));
        let trip = self.round_trip(client, syn);
        let silent = || {
            trip.refusal()
                .unwrap_or(Refusal::at(Reason::ConnectionTimedOut, client))
        };
        let (remote, arrived) = trip.forward.delivered().ok_or_else(silent)?;
        trip.answered_by().ok_or_else(silent)?;
        let (protocol, port) = (arrived.flow.protocol, arrived.flow.destination_port);
        match self.network.listening(remote, protocol, port) {
            Listening::Answers => {}
            Listening::Refuses => return Err(Refusal::at(Reason::ConnectionRefused, remote.resource())),
            Listening::Ignores => return Err(Refusal::at(Reason::NoSuchService, remote.resource())),
        }
        let line = Line {
            client,
            near,
            far: arrived.flow,
            remote,
            mss: self.agreed(client, &trip),
        };
        self.keep_line(&line);
        Ok((line, trip))
    }

    /// Makes a line of a connection that stands.
    pub(super) fn adopt_line(&mut self, client: HostId, near: FiveTuple, remote: Recipient) -> Line {
        let trip = self.round_trip(client, Header::new(near).announcing(self.mss_of(client)));
        let far = trip.forward.delivered().map_or(near, |(_, arrived)| arrived.flow);
        let line = Line {
            client,
            near,
            far,
            remote,
            mss: self.agreed(client, &trip),
        };
        self.keep_line(&line);
        line
    }

    /// What a host announces that it takes in.
    pub(super) fn mss_of(&self, host: HostId) -> u16 {
        self.network.end_mtu(Recipient::Host(host)).mss()
    }

    /// What the two ends of a connection send after this exchange of announcements.
    fn agreed(&self, client: HostId, trip: &RoundTrip) -> Mss {
        let announced = |path: Option<&Path>| path?.delivered()?.1.mss_bytes;
        let own = self.mss_of(client);
        let far = trip.forward.delivered();
        let far = far.map_or(own, |(to, _)| self.network.end_mtu(to).mss());
        Mss {
            client: announced(trip.back.as_ref()).unwrap_or(far).min(own),
            server: announced(Some(&trip.forward)).unwrap_or(own).min(far),
        }
    }

    /// The data of the full segments that get through a line's present way, in bytes.
    ///
    /// # Errors
    /// What drops them without their sender's hearing of it, or nowhere near.
    pub(super) fn segments(
        &mut self,
        line: &Line,
        trip: &RoundTrip,
        heading: Heading,
    ) -> Result<u16, Refusal> {
        let (mss, way, from, flow) = match heading {
            Heading::There => (
                line.mss.client,
                Some(&trip.forward),
                Place::HostEgress(line.client),
                line.near,
            ),
            Heading::Back => (
                line.mss.server,
                trip.back.as_ref(),
                line.remote.origin(),
                line.far.reversed(),
            ),
        };
        let size = mss.saturating_add(TCP_HEADERS);
        if way.is_some_and(|way| way.surely_fits(size)) {
            return Ok(mss);
        }
        let now = self.now();
        let header = Header::new(flow).sized(size);
        let (size, path) = network::discover(&self.network, &mut self.tracking, now, from, &header);
        match path.refusal() {
            Some(refusal) => Err(refusal),
            None => Ok(size.saturating_sub(TCP_HEADERS)),
        }
    }

    fn keep_line(&mut self, line: &Line) {
        self.tracking.connections.hold(&line.near);
        self.tracking.connections.hold(&line.far);
    }

    /// How the line's packets go at present.
    pub(super) fn look_at_line(&mut self, line: &Line) -> RoundTrip {
        self.round_trip(line.client, Header::new(line.near))
    }

    /// Whether the trip leads to the line's far end and back.
    pub(super) fn is_whole(line: &Line, trip: &RoundTrip) -> bool {
        trip.answered_by() == Some(line.remote)
    }

    /// Lets a line go.
    pub(super) fn close_line(&mut self, line: &Line) {
        let now = self.now();
        self.tracking.connections.release(&line.near, now);
        self.tracking.connections.release(&line.far, now);
    }

    fn round_trip(&mut self, client: HostId, header: Header) -> RoundTrip {
        let now = self.now();
        let from = Place::HostEgress(client);
        network::round_trip(&self.network, &mut self.tracking, now, from, &header)
    }
}

/// What a round trip takes on top of its delays, on average: half of what chance may add on each link.
pub(super) fn mean_jitter(network: &Network, trip: &RoundTrip) -> Span {
    let back = trip.back.as_ref().into_iter().flat_map(Path::links);
    let links = trip.forward.links().chain(back);
    let most = links.fold(Span::ZERO, |sum, link| sum + network.link(link).jitter);
    Span::nanos(most.as_nanos() / 2)
}

/// The share of packets that a path loses, to first order: the sum over its links.
pub(super) fn loss_of(network: &Network, path: &Path) -> Ppm {
    let sum = path
        .links()
        .map(|link| network.link(link).loss.as_ppm())
        .fold(0_u32, u32::saturating_add);
    Ppm::new(sum)
}
