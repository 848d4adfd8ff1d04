//! What goes into a speaker and what comes out.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::super::attribute::Asn;
use super::super::notification::{Code, Notification};
use super::super::rib::{self, Forward, PeerId};
use super::super::session::{self, Closing, Half};
use super::super::wire;
use crate::units::Span;

/// What a speaker is told.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// The process starts: it announces its prefixes and wants its sessions.
    Start,
    /// The process ends.
    Stop(session::StopReason),
    /// Something happens to a session, messages apart.
    Session(PeerId, session::Input),
    /// Octets came over a connection.
    Octets {
        /// From whom.
        peer: PeerId,
        /// Over which of the two connections.
        half: Half,
        /// The next octets of the stream.
        octets: &'a [u8],
    },
    /// Something happens to the tables, UPDATEs apart.
    Tables(rib::Input),
    /// The peer is expected in another autonomous system; a session that is up ends with 6/6 and begins anew (RFC 4486).
    RemoteAs(PeerId, Asn),
    /// Other timers are offered from the next session with a peer on; what is left out stays.
    Timers {
        /// Whom.
        peer: PeerId,
        /// The hold time.
        hold: Option<Span>,
        /// The time between two KEEPALIVEs.
        keepalive: Option<Span>,
    },
}

/// What a speaker wants done.
#[derive(Debug, Clone)]
pub enum Output {
    /// Open a TCP connection to the peer.
    Connect(PeerId),
    /// Send one message's octets.
    Send(PeerId, Half, Arc<[u8]>),
    /// Close a connection, or give up opening it.
    Close(PeerId, Half, Closing),
    /// How packets to the prefix are forwarded has changed.
    Fib(Ipv4Net, Forward),
    /// A session may want to be woken at another instant.
    Touched(PeerId),
    /// The tables may want to be woken at another instant.
    TablesTouched,
    /// Something worth telling, of a peer or of the whole process.
    Notice(Option<PeerId>, Notice),
}

/// Something that happened in a speaker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Notice {
    /// In a session.
    Session(session::Notice),
    /// In the tables.
    Routes(rib::Notice),
    /// An UPDATE was not as it should be, and RFC 7606 says what to make of it.
    Repaired(wire::Note),
    /// A NOTIFICATION went to the peer or came from it.
    Notification {
        /// Which way.
        way: Way,
        /// Over which connection.
        half: Half,
        /// What it says.
        code: Code,
        /// What a hard reset holds within (RFC 8538 section 3.1).
        wraps: Option<Code>,
    },
}

/// From this process or to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// To the peer.
    Sent,
    /// From the peer.
    Received,
}

impl Notice {
    /// That a NOTIFICATION went or came.
    #[must_use]
    pub fn notification(way: Way, half: Half, notification: &Notification) -> Self {
        let wraps = match (notification.code, notification.data.as_slice()) {
            (Code::HARD_RESET, &[code, subcode, ..]) => Some(Code { code, subcode }),
            (_, _) => None,
        };
        let code = notification.code;
        Self::Notification {
            way,
            half,
            code,
            wraps,
        }
    }
}
