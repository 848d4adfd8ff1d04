//! The control packet: 24 octets.
//!
//! ```text
//!    0                   1                   2                   3
//!    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!   |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
//!   |                       My Discriminator                        |
//!   |                      Your Discriminator                       |
//!   |                    Desired Min TX Interval                    |   microseconds
//!   |                   Required Min RX Interval                    |
//!   |                 Required Min Echo RX Interval                 |
//! ```
//!
//! # Source
//! RFC 5880 §4.1, §6.8.6.

use crate::units::Span;

use super::fsm::{Diagnostic, State};

const VERSION: u8 = 1;
const LENGTH: usize = 24;
const POLL: u8 = 0b10_0000;
const FINAL: u8 = 0b01_0000;
const INDEPENDENT: u8 = 0b00_1000;
const AUTHENTICATED: u8 = 0b00_0100;
const DEMAND: u8 = 0b00_0010;
const MULTIPOINT: u8 = 0b00_0001;

/// A control packet without authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Where the sender stands.
    pub state: State,
    /// Why it last left Up.
    pub diagnostic: Diagnostic,
    /// Asks for a Final (P).
    pub poll: bool,
    /// Answers a Poll (F).
    pub is_final: bool,
    /// The sender's BFD does not share the fate of its control plane (C).
    pub control_plane_independent: bool,
    /// The sender wishes for demand mode (D).
    pub demand: bool,
    /// How many of the sender's intervals may pass without a packet.
    pub detect_mult: u8,
    /// The sender's number for the session; not zero.
    pub my_discriminator: u32,
    /// The receiver's number for it, as heard; zero where it is not known.
    pub your_discriminator: u32,
    /// The shortest interval at which the sender wants to send, in microseconds.
    pub desired_min_tx_us: u32,
    /// The shortest interval at which it can hear, in microseconds; zero for not at all.
    pub required_min_rx_us: u32,
    /// The shortest interval between echoes that it can send back, in microseconds; zero for not at all.
    pub required_min_echo_rx_us: u32,
}

/// Why a received packet is thrown away (RFC 5880 §6.8.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Discard {
    /// Another version than 1.
    Version,
    /// The length is too small, or larger than what came.
    Length,
    /// A multiplier of zero.
    ZeroMultiplier,
    /// The multipoint bit is set.
    Multipoint,
    /// The sender's discriminator is zero.
    NoDiscriminator,
    /// The receiver's discriminator is zero in a state that has to know it.
    UnknownReceiver,
    /// It is authenticated and the session is not.
    Authenticated,
}

impl Packet {
    /// Its octets.
    #[must_use]
    pub fn encode(&self) -> [u8; LENGTH] {
        let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        let mut octets = [0; LENGTH];
        octets[0] = VERSION << 5 | self.diagnostic as u8;
        octets[1] = (self.state as u8) << 6
            | bit(self.poll, POLL)
            | bit(self.is_final, FINAL)
            | bit(self.control_plane_independent, INDEPENDENT)
            | bit(self.demand, DEMAND);
        octets[2] = self.detect_mult;
        octets[3] = LENGTH as u8;
        let words = [
            self.my_discriminator,
            self.your_discriminator,
            self.desired_min_tx_us,
            self.required_min_rx_us,
            self.required_min_echo_rx_us,
        ];
        for (place, word) in octets[4..].chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        octets
    }

    /// Reads a packet. Octets past its length are ignored, as the RFC leaves room for.
    ///
    /// # Errors
    /// [`Discard`], by the first of the RFC's checks that fails.
    pub fn decode(octets: &[u8]) -> Result<Self, Discard> {
        let Some(&[first, flags, detect_mult, length]) = octets.first_chunk::<4>() else {
            return Err(Discard::Length);
        };
        if first >> 5 != VERSION {
            return Err(Discard::Version);
        }
        let Some(body) = octets.get(4..LENGTH) else {
            return Err(Discard::Length);
        };
        let shortest = match flags & AUTHENTICATED {
            0 => LENGTH,
            _ => LENGTH + 2,
        };
        if usize::from(length) < shortest || usize::from(length) > octets.len() {
            return Err(Discard::Length);
        }
        let mut words = [0; 5];
        for (word, place) in words.iter_mut().zip(body.chunks_exact(4)) {
            *word = place.iter().fold(0, |word, &octet| word << 8 | u32::from(octet));
        }
        let [
            my_discriminator,
            your_discriminator,
            desired_min_tx_us,
            required_min_rx_us,
            required_min_echo_rx_us,
        ] = words;
        let state = match flags >> 6 {
            0 => State::AdminDown,
            1 => State::Down,
            2 => State::Init,
            _ => State::Up,
        };
        let needs_receiver = match state {
            State::AdminDown | State::Down => false,
            State::Init | State::Up => true,
        };
        let checks = [
            (detect_mult == 0, Discard::ZeroMultiplier),
            (flags & MULTIPOINT != 0, Discard::Multipoint),
            (my_discriminator == 0, Discard::NoDiscriminator),
            (
                your_discriminator == 0 && needs_receiver,
                Discard::UnknownReceiver,
            ),
            (flags & AUTHENTICATED != 0, Discard::Authenticated),
        ];
        if let Some((_, why)) = checks.into_iter().find(|(fails, _)| *fails) {
            return Err(why);
        }
        Ok(Self {
            state,
            diagnostic: Diagnostic::from_number(first & 0b1_1111),
            poll: flags & POLL != 0,
            is_final: flags & FINAL != 0,
            control_plane_independent: flags & INDEPENDENT != 0,
            demand: flags & DEMAND != 0,
            detect_mult,
            my_discriminator,
            your_discriminator,
            desired_min_tx_us,
            required_min_rx_us,
            required_min_echo_rx_us,
        })
    }
}

/// An interval as it stands in a packet: whole microseconds, at most what fits.
pub(super) fn micros(span: Span) -> u32 {
    u32::try_from(span.as_nanos() / 1_000).unwrap_or(u32::MAX)
}

/// An interval from a packet.
pub(super) fn span(micros: u32) -> Span {
    Span::micros(u64::from(micros))
}
