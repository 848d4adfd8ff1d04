//! How fast TCP can be on a path, whatever the links would carry: the cap of a bulk flow.
//!
//! Two limits are modelled. A sender has at most a window of data in flight, which a round trip
//! later is acknowledged, so it cannot be faster than window / round-trip time. And each loss
//! halves its congestion window, so at a loss rate *p* it averages no more than
//!
//! ```text
//! MSS / RTT × C / √p      with C = √(3/2)
//! ```
//!
//! which is the figure for random losses, every segment acknowledged, and Reno's additive
//! increase. All is integer arithmetic; results are rounded down.
//!
//! # What this does not do
//! Slow start is left out (bulk transfers outlast it by far), as are time-outs, which dominate
//! above a loss of some percent: there real TCP is slower than this says. CUBIC and BBR recover
//! faster than Reno on long paths: there real TCP may be quicker. Queueing does not lengthen the
//! round-trip time.
//!
//! # Source
//! RFC 9293 section 3.8.6 (the window), RFC 7323 section 2 (window scaling, the largest window);
//! M. Mathis, J. Semke, J. Mahdavi, T. Ott, "The Macroscopic Behavior of the TCP Congestion
//! Avoidance Algorithm", ACM Computer Communication Review 27(3), 1997, equation 3.

use crate::units::{BitRate, DataSize, Ppm, Span};

/// The largest window without the window scale option: 2^16 − 1 bytes. RFC 9293 section 3.1.
pub const LARGEST_UNSCALED_WINDOW: DataSize = DataSize::bytes(65_535);

/// The largest window with the window scale option at its maximum of 14: just below 2^30 bytes.
/// RFC 7323 section 2.3.
pub const LARGEST_SCALED_WINDOW: DataSize = DataSize::bytes(65_535 << 14);

/// The data of a full segment over Ethernet: a 1500-byte packet less 20 bytes of IPv4 header and
/// 20 of TCP header. RFC 9293 section 3.7.1.
pub const ETHERNET_MSS: u16 = 1_460;

/// What the two ends of a TCP connection bring to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Most data in flight: the smaller of the receive window and the sender's buffer.
    pub window: DataSize,
    /// Data of a full segment, in bytes.
    pub mss_bytes: u16,
    /// How many connections carry the transfer side by side.
    pub streams: u32,
}

impl Sender {
    /// The most that the sender's connections together can move over a path with that round-trip
    /// time and loss: no limit without a round-trip time, nothing where all is lost.
    #[must_use]
    pub fn limit(&self, rtt: Span, loss: Ppm) -> BitRate {
        let one = window_limit(self.window, rtt).min(loss_limit(self.mss_bytes, rtt, loss));
        BitRate::bps(one.as_bps().saturating_mul(u64::from(self.streams)))
    }
}

/// One window per round trip: `window / rtt`.
#[must_use]
pub fn window_limit(window: DataSize, rtt: Span) -> BitRate {
    per_round_trip(bit_nanos(window.as_bytes()), rtt)
}

/// The average rate that additive increase and halving on loss settle at:
/// `mss / rtt × √(3/2) / √loss`.
#[must_use]
pub fn loss_limit(mss_bytes: u16, rtt: Span, loss: Ppm) -> BitRate {
    if loss == Ppm::ONE {
        return BitRate::ZERO;
    }
    // (mss × √(3 / 2p))² with p = ppm / 10⁶; below 5·10³⁵, so that it fits.
    let squared = bit_nanos(u64::from(mss_bytes)).pow(2) * 1_500_000;
    match squared.checked_div(u128::from(loss.as_ppm())) {
        None => BitRate::MAX,
        Some(squared) => per_round_trip(squared.isqrt(), rtt),
    }
}

/// Bytes as bits × 10⁹: over nanoseconds that gives bits per second.
fn bit_nanos(bytes: u64) -> u128 {
    u128::from(bytes) * 8_000_000_000
}

fn per_round_trip(bit_nanos: u128, rtt: Span) -> BitRate {
    bit_nanos
        .checked_div(u128::from(rtt.as_nanos()))
        .map_or(BitRate::MAX, |bps| {
            BitRate::bps(u64::try_from(bps).unwrap_or(u64::MAX))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 65 535 bytes × 8 / 50 ms = 524 280 bit / 0.05 s = 10 485 600 bps: the classic reason why a
    /// long fat pipe stays empty.
    #[test]
    fn a_window_goes_out_once_per_round_trip() {
        assert_eq!(
            window_limit(LARGEST_UNSCALED_WINDOW, Span::millis(50)),
            BitRate::bps(10_485_600)
        );
        assert_eq!(
            window_limit(LARGEST_UNSCALED_WINDOW, Span::ZERO),
            BitRate::MAX,
            "nothing to wait for"
        );
    }

    /// 1460 × 8 bit / 60 ms = 194 666.67 bps per segment and round trip. At 0.1 % loss √(1.5 / 0.001)
    /// = √1500 = 38.729833: 194 666.67 × 38.729833 = 7 539 407.58 bps.
    #[test]
    fn losses_halve_the_congestion_window() {
        let loss = Ppm::new(1_000);
        assert_eq!(
            loss_limit(ETHERNET_MSS, Span::millis(60), loss),
            BitRate::bps(7_539_407)
        );
        assert_eq!(
            loss_limit(ETHERNET_MSS, Span::millis(60), Ppm::ZERO),
            BitRate::MAX
        );
        assert_eq!(
            loss_limit(ETHERNET_MSS, Span::millis(60), Ppm::ONE),
            BitRate::ZERO
        );
    }

    /// Four times the loss, or twice the round trip, is half the rate.
    #[test]
    fn the_loss_limit_goes_with_the_root_of_loss_and_with_the_round_trip() {
        let base = loss_limit(ETHERNET_MSS, Span::millis(10), Ppm::new(100)).as_bps();
        let lossy = loss_limit(ETHERNET_MSS, Span::millis(10), Ppm::new(400)).as_bps();
        let far = loss_limit(ETHERNET_MSS, Span::millis(20), Ppm::new(100)).as_bps();
        assert_eq!((base / 2, base / 2), (lossy, far));
    }

    /// Window: 1 MiB × 8 / 60 ms = 139 810 133 bps. Loss of 0.1 %: 7 539 407 bps. The lower one,
    /// five times.
    #[test]
    fn a_sender_is_held_by_the_lower_limit_per_stream() {
        let sender = Sender {
            window: DataSize::mib(1),
            mss_bytes: ETHERNET_MSS,
            streams: 5,
        };
        let rtt = Span::millis(60);
        assert_eq!(sender.limit(rtt, Ppm::ZERO), BitRate::bps(5 * 139_810_133));
        assert_eq!(sender.limit(rtt, Ppm::new(1_000)), BitRate::bps(5 * 7_539_407));
        assert_eq!(sender.limit(Span::ZERO, Ppm::ZERO), BitRate::MAX);
        assert_eq!(
            sender.limit(Span::MAX, Ppm::new(999_999)),
            BitRate::ZERO,
            "584 years"
        );
    }

    #[test]
    fn extremes_saturate() {
        assert_eq!(
            window_limit(DataSize::bytes(u64::MAX), Span::nanos(1)),
            BitRate::MAX
        );
        assert!(loss_limit(u16::MAX, Span::nanos(1), Ppm::new(1)) > BitRate::gbps(1_000_000));
    }
}
