//! What a gateway does when one peer, or all of them together, begin more SAs than they complete.
//!
//! ```text
//!   half open with that peer    0 … 2   as always
//!                               3, 4    IKEv2: it has to show first that it gets our answers (a cookie)
//!                               5 …     what it begins is passed over in silence, until one is complete or given up
//! ```
//!
//! Without it two ends that both begin anew whenever the other is found dead would double their SAs each time.
//!
//! # Fidelity
//! A cookie is a digest of what the RFC proposes but for the secret: nobody in a lab forges one.
//! # Source
//! RFC 7296 section 2.6; strongSwan 5.9.8 (`receiver.c`: `drop_ike_sa_init`), its defaults.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::Version;
use super::crypt;
use super::daemon::Daemon;
use super::notice::{Notice, Output};
use super::wire::{Header, Message, NotifyType, Payload, Sender};
use crate::kernel::Digest;
use crate::units::{SimTime, Span};

/// SAs that one address may have half open, strongSwan's `block_threshold`.
pub(super) const MOST_HALF_OPEN: usize = 5;
/// SAs half open with one address from which on it needs a cookie, strongSwan's `cookie_threshold_ip`.
const COOKIE_FROM: usize = 3;
/// SAs half open altogether from which on everybody needs one, strongSwan's `cookie_threshold`.
const COOKIE_FROM_ALL: usize = 30;
/// For how long cookies are wanted after the last time that so many were half open, strongSwan's
/// `COOKIE_CALMDOWN_DELAY`.
const CALM_DOWN: Span = Span::secs(10);
/// How long a cookie holds, strongSwan's `COOKIE_LIFETIME`.
const COOKIE_LIFE: Span = Span::secs(10);

/// Until when cookies are wanted of everybody, and of whom else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    everybody: SimTime,
    each: BTreeMap<Ipv4Addr, SimTime>,
}

/// The cookie for an SA that is begun, as given out in that second: the second, and a digest as long as SHA-1's.
fn cookie(second: u32, spi_i: u64, nonce: &[u8], remote: Ipv4Addr) -> Vec<u8> {
    let seed = Digest::of(&(second, spi_i, nonce, remote.octets())).value();
    [&second.to_be_bytes()[..], &crypt::stretch(seed, 20)].concat()
}

fn second(now: SimTime) -> u32 {
    u32::try_from(now.as_nanos() / Span::secs(1).as_nanos()).unwrap_or(u32::MAX)
}

/// Whether a first message brings a cookie that was given out for it lately.
fn shows_cookie(now: SimTime, header: &Header, octets: &[u8], remote: Ipv4Addr) -> bool {
    let Ok(message) = Message::decode(octets) else {
        return false;
    };
    let shown = message.payloads().iter().find_map(|payload| match payload {
        Payload::Notify(body) if body.kind == NotifyType::COOKIE => Some(body.data.as_slice()),
        _ => None,
    });
    let nonce = nonce(&message);
    let given = shown.and_then(|shown| shown.first_chunk::<4>());
    given.is_some_and(|given| {
        let given = u32::from_be_bytes(*given);
        let age = second(now).checked_sub(given);
        age.is_some_and(|age| Span::secs(age.into()) <= COOKIE_LIFE)
            && shown == Some(&cookie(given, header.spi_i, nonce, remote))
    })
}

fn nonce(message: &Message) -> &[u8] {
    let mut payloads = message.payloads().iter();
    let found = payloads.find_map(|payload| match payload {
        Payload::Nonce(nonce) => Some(nonce.as_slice()),
        _ => None,
    });
    found.unwrap_or_default()
}

impl Daemon {
    /// How many SAs a peer has begun and not completed; of all peers where none is named.
    fn n_half_open(&self, remote: Option<Ipv4Addr>) -> usize {
        let half_open = self.sas.values().filter(|sa| {
            sa.role == Sender::Responder
                && sa.is_connecting()
                && remote.is_none_or(|remote| *sa.remote.ip() == remote)
        });
        half_open.count()
    }

    /// Whether a first message is to be dealt with no further, as too many came before it; what there is to say about that
    /// is said.
    pub(super) fn turns_away(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        version: Version,
        out: &mut Vec<Output>,
    ) -> bool {
        let remote = *addresses.1.ip();
        let n_half_open = self.n_half_open(Some(remote));
        if version == Version::V2
            && self.wants_cookie(now, remote, n_half_open)
            && !shows_cookie(now, header, octets, remote)
        {
            self.ask_for_cookie(now, addresses, (header, octets), out);
            return true;
        }
        if n_half_open < MOST_HALF_OPEN {
            return false;
        }
        let connection = self.candidates(addresses, version).first().copied();
        self.tell(out, connection, Notice::TooManyHalfOpen { peer: remote });
        true
    }

    fn wants_cookie(&mut self, now: SimTime, remote: Ipv4Addr, n_half_open: usize) -> bool {
        if self.n_half_open(None) >= COOKIE_FROM_ALL {
            self.crowd.everybody = now + CALM_DOWN;
            return true;
        }
        if now < self.crowd.everybody {
            return true;
        }
        if n_half_open >= COOKIE_FROM {
            self.crowd.each.insert(remote, now + CALM_DOWN);
        }
        self.crowd.each.retain(|_, until| now < *until);
        self.crowd.each.contains_key(&remote)
    }

    fn ask_for_cookie(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) {
        let Ok(message) = Message::decode(octets) else {
            return;
        };
        let connection = self.candidates(addresses, Version::V2).first().copied();
        self.tell(
            out,
            connection,
            Notice::CookieWanted {
                peer: *addresses.1.ip(),
            },
        );
        let cookie = cookie(second(now), header.spi_i, nonce(&message), *addresses.1.ip());
        let payload = Payload::notify(NotifyType::COOKIE, cookie);
        self.v2_answer_without_sa(addresses, header, vec![payload], out);
    }
}
