//! What carries datagrams from one gateway to the other.

use std::net::SocketAddrV4;

use sim_core::proto::ike::Datagram;
use sim_core::units::{SimTime, Span};

use super::case::Side;

/// Whether what is sent arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// It does.
    Open,
    /// Nothing does, in either direction.
    Silent,
}

/// A datagram that has come through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// At which gateway.
    pub at: Side,
    /// To which address there.
    pub local: SocketAddrV4,
    /// From which address.
    pub remote: SocketAddrV4,
    /// What is in it.
    pub octets: Vec<u8>,
}

/// Carries datagrams between the two gateways of a case.
pub trait Carrier {
    /// A gateway sends.
    fn send(&mut self, now: SimTime, from: Side, datagram: &Datagram);
    /// When the next datagram arrives.
    fn next_arrival(&self) -> Option<SimTime>;
    /// The next datagram that has arrived by `now`.
    fn arrive(&mut self, now: SimTime) -> Option<Arrival>;
    /// The path changes.
    fn set_path(&mut self, now: SimTime, path: Path);
}

/// A path that delays and, when it is told to, loses everything.
#[derive(Debug, Clone)]
pub struct Pipe {
    delay: Span,
    path: Path,
    under_way: std::collections::VecDeque<(SimTime, Arrival)>,
}

impl Pipe {
    /// A path with that delay.
    #[must_use]
    pub fn new(delay: Span) -> Self {
        Self {
            delay,
            path: Path::Open,
            under_way: std::collections::VecDeque::new(),
        }
    }
}

impl Carrier for Pipe {
    fn send(&mut self, now: SimTime, from: Side, datagram: &Datagram) {
        if self.path == Path::Silent {
            return;
        }
        self.under_way.push_back((
            now + self.delay,
            Arrival {
                at: from.other(),
                local: datagram.to,
                remote: datagram.from,
                octets: datagram.octets.clone(),
            },
        ));
    }

    fn next_arrival(&self) -> Option<SimTime> {
        self.under_way.front().map(|(at, _)| *at)
    }

    fn arrive(&mut self, now: SimTime) -> Option<Arrival> {
        self.under_way
            .pop_front_if(|(at, _)| *at <= now)
            .map(|(_, arrival)| arrival)
    }

    fn set_path(&mut self, _now: SimTime, path: Path) {
        self.path = path;
    }
}
