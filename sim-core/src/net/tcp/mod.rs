//! A TCP client that connects, sends, retries, gives up, and is refused or reset; and [`Stream`], one end of a
//! connection that carries octets both ways for a long time.
//!
//! Whoever carries its packets drives it: each packet or expired timer is an [`Event`], and what
//! comes back are the packets to send and the news for the caller. It knows neither addresses nor
//! who carries its bytes. The far end needs no machine of its own: what listens answers a SYN
//! with a SYN-ACK and a segment with an acknowledgement, and what does not listen resets.
//!
//! ```text
//!            SYN out                 SYN-ACK in              segment out
//! (opened) ──────────▶ SynSent ──────────────────▶ Idle ◀──────────────────▶ Sending
//!                         │ RST: refused            │ RST: reset   ack in       │ RST: reset
//!                         │ patience ends           │ closed by the caller      │ patience ends
//!                         ▼                         ▼                           ▼
//!                       Closed ◀────────────────────┴───────────────────────────┘
//! ```
//!
//! # Fidelity
//! Simplified: one segment is under way at a time: bulk data are flows ([`super::fluid`]). Sequence
//! numbers, windows, simultaneous open, half-close and TIME-WAIT are left out; so are SYN-ACK
//! retries by the listener, which a client's own SYN retry covers. Every host has Linux's patience:
//! Windows gives up on a connection after 21 s, but the AWS programs bring shorter time-outs of
//! their own.
//!
//! # Source
//! RFC 9293 section 3.10 (states and events), RFC 6298 (retransmission timer), Linux kernel
//! documentation "IP Sysctl" (`tcp_syn_retries`, `tcp_retries2`), `tcp(7)`.

mod client;
mod retransmission;
mod stream;
mod unacknowledged;

pub use client::{Client, Event, Patience, State, Step, transition};
pub use retransmission::{RetransmissionTimer, SYN_PATIENCE};
pub use stream::{ACK_DELAY, Closed, Kind, MAX_SEGMENT, Segment, Stream, StreamOutput, StreamState};
