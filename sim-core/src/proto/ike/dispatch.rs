//! From a datagram to the version and the connection that it is for, and new SAs for those without one.

use std::collections::VecDeque;
use std::net::SocketAddrV4;

use super::config::{Connection, ConnectionId};
use super::daemon::Daemon;
use super::identity::Identity;
use super::liveness::Liveness;
use super::notice::{Notice, Output, Phase, Side};
use super::proposal::{self, Suite};
use super::sa::{IkeSa, SaId, State, Timers, Version};
use super::wire::{Header, Message, NON_ESP_MARKER, NotifyType, Payload, Sender};
use super::{NatState, PORT_NAT, codec, v1, v2};
use crate::kernel::Id;
use crate::units::SimTime;

/// A datagram's header, and all of it without the marker. None if it is none of ours.
fn opened(local: SocketAddrV4, octets: &[u8]) -> Option<(Header, &[u8])> {
    let octets = if local.port() == PORT_NAT {
        // Without the marker it is ESP or a keepalive.
        octets.strip_prefix(&NON_ESP_MARKER)?
    } else {
        octets
    };
    // RFC 7296 section 2.21: what has not even a header is dropped.
    Some((Message::decode_header(octets).ok()?, octets))
}

impl Daemon {
    /// The SA that a datagram belongs to, if it is one that both sides have agreed on.
    pub(super) fn agreed_sa(&self, local: SocketAddrV4, octets: &[u8]) -> Option<SaId> {
        let (header, _) = opened(local, octets)?;
        let id = match header.major() {
            1 => self.v1_sa(&header),
            2 => self.v2_sa(&header),
            0 | 3.. => None,
        }?;
        self.sas.get(&id).filter(|sa| !sa.is_connecting()).map(|sa| sa.id)
    }

    pub(super) fn on_datagram(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        octets: &[u8],
        out: &mut Vec<Output>,
    ) {
        let Some((header, octets)) = opened(addresses.0, octets) else {
            return;
        };
        match header.major() {
            1 => self.v1_on_message(now, addresses, (&header, octets), out),
            2 => self.v2_on_message(now, addresses, (&header, octets), out),
            3.. => self.refuse_version(addresses, &header, out),
            0 => {}
        }
    }

    /// RFC 7296 section 2.5: a higher major version is told which one we speak.
    fn refuse_version(
        &mut self,
        addresses: (SocketAddrV4, SocketAddrV4),
        header: &Header,
        out: &mut Vec<Output>,
    ) {
        self.tell(out, None, Notice::Refused(NotifyType::INVALID_MAJOR_VERSION));
        if !header.is_response() {
            let payload = Payload::notify(NotifyType::INVALID_MAJOR_VERSION, Vec::new());
            self.v2_answer_without_sa(addresses, header, vec![payload], out);
        }
    }

    /// The connections that a peer at that address can mean, the more exact first.
    pub(super) fn candidates(
        &self,
        addresses: (SocketAddrV4, SocketAddrV4),
        version: Version,
    ) -> Vec<ConnectionId> {
        let mut found = self.called(addresses);
        found.retain(|id| self.connection(*id).is_some_and(|config| config.speaks(version)));
        found
    }

    /// The same, whichever version they speak.
    fn called(&self, (local, remote): (SocketAddrV4, SocketAddrV4)) -> Vec<ConnectionId> {
        let fits = |connection: &Connection| {
            connection.local == *local.ip() && connection.remote.is_none_or(|address| address == *remote.ip())
        };
        let mut found: Vec<_> = (0u32..)
            .zip(&self.connections)
            .filter(|(_, connection)| fits(connection))
            .map(|(index, connection)| (connection.remote.is_none(), Id::from_index(index)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// The one of them that expects the peer most closely, the first of several.
    pub(super) fn best_fit(
        &self,
        candidates: &[ConnectionId],
        claimed: &Identity,
        takes_it: impl Fn(&Connection) -> bool,
    ) -> Option<ConnectionId> {
        let fit = |id: &ConnectionId| {
            let config = self.connection(*id).filter(|config| takes_it(config))?;
            Some((claimed.fit(&config.remote_id)?, *id))
        };
        let fitting = candidates.iter().filter_map(fit);
        let best = fitting.reduce(|best, other| if other.0 > best.0 { other } else { best });
        best.map(|(_, id)| id)
    }

    /// Chooses among the proposals for an IKE SA that a peer makes, and a connection that accepts one of them.
    pub(super) fn choose_ike(
        &mut self,
        now: SimTime,
        (addresses, version): ((SocketAddrV4, SocketAddrV4), Version),
        mut offers: Vec<codec::Offer>,
        out: &mut Vec<Output>,
    ) -> Result<(ConnectionId, codec::Offer, Suite), NotifyType> {
        let offered = codec::proposals(&offers);
        let candidates = self.candidates(addresses, version);
        for id in &candidates {
            let chosen = self
                .connection(*id)
                .and_then(|config| proposal::choose(config.preference, &config.ike, &offered));
            if let Some((index, suite)) = chosen {
                return Ok((*id, offers.swap_remove(index), suite));
            }
        }
        match candidates.first() {
            Some(id) => {
                let ours = self
                    .connection(*id)
                    .map(|config| config.ike.clone())
                    .unwrap_or_default();
                let fields = proposal::compare(&ours, &offered);
                self.tell_mismatch(now, *id, (Phase::Ike, Side::Local), fields, out);
            }
            None => match self.called(addresses).first().copied() {
                Some(id) => self.fail(now, out, id, Notice::VersionMismatch { theirs: version }),
                None => self.tell(out, None, Notice::Refused(NotifyType::NO_PROPOSAL_CHOSEN)),
            },
        }
        Err(NotifyType::NO_PROPOSAL_CHOSEN)
    }

    /// A new SA that we begin.
    pub(super) fn new_sa(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        version: Version,
        (local, remote): (SocketAddrV4, SocketAddrV4),
    ) -> IkeSa {
        let id = Id::from_index(self.next_sa);
        self.next_sa += 1;
        let own = self.connection(connection).map(|config| config.own_identity());
        IkeSa {
            id,
            connection,
            state: match version {
                Version::V1 => State::V1(v1::State::SaSent),
                Version::V2 => State::V2(v2::State::InitSent),
            },
            role: Sender::Initiator,
            local,
            remote,
            spi_i: self.dice.next_u64() | 1,
            spi_r: 0,
            suite: None,
            keys: None,
            local_id: own.unwrap_or(Identity::Any),
            remote_id: Identity::Any,
            handshake: None,
            next_out: 0,
            next_in: 0,
            pending: None,
            answered: None,
            queue: VecDeque::new(),
            children: Vec::new(),
            timers: Timers::default(),
            since: now,
            liveness: Liveness::new(now),
            nat: NatState::Direct,
            v1: v1::Extra::default(),
        }
    }
}
