//! What goes into a speaker and what comes out.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::super::rib::{self, Forward, PeerId};
use super::super::session::{self, Closing, Half};
use super::super::wire;

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
    Tables(rib::Input<'a>),
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
}
