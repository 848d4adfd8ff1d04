//! How far one server's data has come: a piecewise-linear account that never rounds.
//!
//! Three things are left to do at any instant: the first copy, a rescan, and the backlog of changed
//! blocks. Between two changes of a rate all three move linearly, so the account is settled only
//! when something changes, and the next instant at which one of them runs out is computed.
//!
//! Work on the wire is counted in femtobits (10⁻¹⁵ bit): a rate in bits per second, times a wire
//! ratio in parts per million, times nanoseconds, is a whole number of them. A 90-day rehearsal
//! adds up millions of pieces without losing a bit.
//!
//! # Fidelity
//! Simplified: the first copy has the whole rate, and what is written meanwhile waits in the
//! backlog; the sum is the same as with any other order, `copied ÷ (rate − writes)`. A block that
//! is written twice while it waits counts twice, up to the size of the disks.

use super::{Disk, timing};
use crate::units::{BitRate, DataSize, Distribution, Ppm, SimTime, Span};

/// From one point of the lag to the next, as CloudWatch keeps them.
const LAG_POINT: Span = Span::minutes(1);
/// Femtobits in a bit on the wire.
const FEMTO: u128 = 1_000_000_000_000_000;
/// Parts per million in the whole.
const MILLION: u128 = 1_000_000;
/// Nanoseconds in a second.
const NANOS: u128 = 1_000_000_000;

/// Whether the data connection stands.
///
/// Without it a rescan waits, since both ends are needed to compare, and a source is behind even
/// where it writes nothing: nobody can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// It stands.
    Up,
    /// It does not.
    Down,
}

/// What is left to send for one server, and how fast it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transfer {
    settled_at: SimTime,
    /// What the wire carries.
    rate: BitRate,
    /// What the source writes, in bits of disk.
    writes: BitRate,
    ratio: Ppm,
    read_rate: BitRate,
    disk_size: DataSize,
    copy_total: u128,
    copy_left: u128,
    /// In bit-nanoseconds of reading.
    scan_total: u128,
    scan_left: u128,
    link: Link,
    backlog: u128,
    backlog_limit: u128,
    behind_since: Option<SimTime>,
    /// When source and copy first agreed.
    agreed_at: Option<SimTime>,
    /// For how long they differed each time since, where it was long enough to count.
    lags: Vec<Span>,
}

impl Transfer {
    /// Everything is left to copy and nothing moves.
    pub(super) fn new(disks: &[Disk], ratio: Ppm, read_rate: BitRate, now: SimTime) -> Self {
        let disk_size: DataSize = disks.iter().map(|disk| disk.size).sum();
        let used: u128 = disks
            .iter()
            .map(|disk| bits(disk.size) * u128::from(disk.used.max(timing::LEAST_USED).as_ppm()))
            .sum();
        // Bits × ppm × ppm, and a bit is 10¹⁵ femtobits: 10¹⁵ / 10¹² is left.
        let copy_total = used
            .saturating_mul(u128::from(ratio.as_ppm()))
            .saturating_mul(FEMTO / (MILLION * MILLION));
        let scan_total = bits(disk_size).saturating_mul(NANOS);
        Self {
            settled_at: now,
            rate: BitRate::ZERO,
            writes: BitRate::ZERO,
            ratio,
            read_rate,
            disk_size,
            copy_total,
            copy_left: copy_total,
            scan_total,
            scan_left: 0,
            link: Link::Down,
            backlog: 0,
            backlog_limit: wire(bits(disk_size), ratio),
            behind_since: Some(now),
            agreed_at: None,
            lags: Vec::new(),
        }
    }

    /// Brings the account to `now`.
    pub(super) fn settle(&mut self, now: SimTime) {
        let nanos = u128::from(now.since(self.settled_at).as_nanos());
        if nanos == 0 {
            return;
        }
        let (inflow, outflow) = (self.inflow(), self.outflow());
        let sent = outflow.saturating_mul(nanos);
        let mut backlog = self.backlog.saturating_add(inflow.saturating_mul(nanos));
        // The copy ends within the last nanosecond; what the wire carries in the rest of it drains.
        let spare = sent.saturating_sub(self.copy_left);
        self.copy_left = self.copy_left.saturating_sub(sent);
        backlog = backlog.saturating_sub(spare);
        if self.scan_left > 0 && self.link == Link::Up {
            let read = u128::from(self.read_rate.as_bps()).saturating_mul(nanos);
            self.scan_left = self.scan_left.saturating_sub(read);
        }
        self.backlog = backlog.min(self.backlog_limit);
        self.settled_at = now;
        if !self.is_behind() && self.link == Link::Up {
            self.agree(now);
        }
    }

    /// What still has to happen before the source and its copy agree.
    pub(super) fn is_behind(&self) -> bool {
        self.copy_left > 0 || self.scan_left > 0 || self.backlog > 0
    }
    /// Since when source and copy have differed, by more than is on its way; up to date after
    /// each settling, and one is due whenever it changes.
    pub(super) fn behind_since(&self) -> Option<SimTime> {
        self.behind_since
    }

    fn inflow(&self) -> u128 {
        u128::from(self.writes.as_bps()) * u128::from(self.ratio.as_ppm())
    }
    fn outflow(&self) -> u128 {
        u128::from(self.rate.as_bps()) * MILLION
    }

    /// Sets what the wire carries from now on.
    pub(super) fn set_rate(&mut self, rate: BitRate, now: SimTime) {
        self.settle(now);
        self.rate = rate;
        self.mark_behind(now);
    }
    /// Sets what the source writes from now on.
    pub(super) fn set_writes(&mut self, writes: BitRate, now: SimTime) {
        self.settle(now);
        self.writes = writes;
        self.mark_behind(now);
    }
    /// The data connection stands, or does not, from now on.
    pub(super) fn set_link(&mut self, link: Link, now: SimTime) {
        self.settle(now);
        self.link = link;
        self.mark_behind(now);
    }
    fn mark_behind(&mut self, now: SimTime) {
        let keeps_up = self.inflow() <= self.outflow() && self.link == Link::Up;
        if self.is_behind() || !keeps_up {
            self.behind_since.get_or_insert(now);
        } else {
            self.agree(now);
        }
    }
    fn agree(&mut self, now: SimTime) {
        let differed = lag(self.behind_since.take(), now);
        if self.agreed_at.is_none() {
            self.agreed_at = Some(now);
        } else if differed >= LAG_POINT {
            self.lags.push(differed);
        }
    }
    /// The lag at every full minute since source and copy first agreed; empty where there never was one of a minute.
    pub(super) fn lag_points(&self, now: SimTime) -> Distribution {
        let mut points = Distribution::default();
        let Some(agreed_at) = self.agreed_at else {
            return points;
        };
        let mut n_behind = 0;
        for differed in self.lags.iter().copied().chain([lag(self.behind_since, now)]) {
            let n = differed.as_nanos() / LAG_POINT.as_nanos();
            n_behind += n;
            (1..=n).for_each(|minute| points.add(LAG_POINT * minute));
        }
        if n_behind == 0 {
            return points;
        }
        let n = now.since(agreed_at).as_nanos() / LAG_POINT.as_nanos();
        points.add_many(
            Span::ZERO,
            u32::try_from(n.saturating_sub(n_behind)).unwrap_or(u32::MAX),
        );
        points
    }
    /// All blocks have to be read again.
    pub(super) fn begin_rescan(&mut self, now: SimTime) {
        self.settle(now);
        self.scan_left = self.scan_total;
        self.behind_since.get_or_insert(now);
    }
    /// Everything has to be copied again.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.settle(now);
        self.copy_left = self.copy_total;
        self.scan_left = 0;
        self.backlog = 0;
        self.behind_since = Some(now);
    }

    /// Whether the first copy is unfinished.
    pub(super) fn is_copying(&self) -> bool {
        self.copy_left > 0
    }
    /// Whether a rescan is unfinished.
    pub(super) fn is_scanning(&self) -> bool {
        self.scan_left > 0
    }
    /// Whether changed blocks wait.
    pub(super) fn has_backlog(&self) -> bool {
        self.backlog > 0
    }
    /// What is left to be sent, for comparison with itself later.
    pub(super) fn left(&self) -> u128 {
        self.copy_left.saturating_add(self.backlog)
    }

    /// The instant, after the last settling, at which the copy is finished, the scan is finished or
    /// the backlog is drained, whichever comes first at the present rates.
    pub(super) fn next_change(&self) -> Option<SimTime> {
        let copied = (self.copy_left > 0).then(|| nanos_for(self.copy_left, self.outflow()));
        let drain = self.outflow().saturating_sub(self.inflow());
        let drained = (self.copy_left == 0 && self.backlog > 0).then(|| nanos_for(self.backlog, drain));
        let scanned = (self.scan_left > 0 && self.link == Link::Up)
            .then(|| nanos_for(self.scan_left, u128::from(self.read_rate.as_bps())));
        let nanos = [copied, drained, scanned].into_iter().flatten().flatten().min()?;
        self.settled_at
            .as_nanos()
            .checked_add(nanos)
            .map(SimTime::from_nanos)
    }

    /// The instant at which source and copy agree again at the present rates; `None` for never.
    pub(super) fn eta(&self) -> Option<SimTime> {
        let scan = if self.scan_left == 0 {
            0
        } else if self.link == Link::Up {
            nanos_for(self.scan_left, u128::from(self.read_rate.as_bps()))?
        } else {
            return None;
        };
        // copy ÷ out + (backlog + in × copy ÷ out) ÷ (out − in) = (copy + backlog) ÷ (out − in)
        let drain = self.outflow().saturating_sub(self.inflow());
        let send = if self.left() == 0 {
            0
        } else {
            nanos_for(self.left(), drain)?
        };
        self.settled_at
            .as_nanos()
            .checked_add(scan.max(send))
            .map(SimTime::from_nanos)
    }

    /// The rate on the wire.
    pub(super) fn rate(&self) -> BitRate {
        self.rate
    }
    /// What the source writes.
    pub(super) fn writes(&self) -> BitRate {
        self.writes
    }
    /// What the writes need on the wire, rounded up so that it is enough.
    pub(super) fn writes_on_wire(&self) -> BitRate {
        BitRate::bps(u64::try_from(self.inflow().div_ceil(MILLION)).unwrap_or(u64::MAX))
    }
    /// The wire rate at which the first copy reads as fast as the disks can be read.
    pub(super) fn copy_read_limit(&self) -> BitRate {
        // copy_total ÷ scan_total is wire femtobits per bit-nanosecond of disk.
        let bps = self
            .copy_total
            .saturating_div(MILLION)
            .saturating_mul(u128::from(self.read_rate.as_bps()))
            .checked_div(self.scan_total)
            .unwrap_or(u128::MAX);
        BitRate::bps(u64::try_from(bps).unwrap_or(u64::MAX).max(1))
    }
    /// All disks together.
    pub(super) fn disk_size(&self) -> DataSize {
        self.disk_size
    }
    /// How much of the disks is copied, of their size, rounded down.
    pub(super) fn copied(&self) -> DataSize {
        share(
            self.disk_size,
            self.copy_total - self.copy_left.min(self.copy_total),
            self.copy_total,
        )
    }
    /// How much of the disks has been read again, rounded down; all of it where no rescan runs.
    pub(super) fn rescanned(&self) -> DataSize {
        share(
            self.disk_size,
            self.scan_total - self.scan_left.min(self.scan_total),
            self.scan_total,
        )
    }
    /// Bytes written at the source that are not yet in AWS, rounded up.
    pub(super) fn backlog(&self) -> DataSize {
        let per_byte = u128::from(self.ratio.as_ppm().max(1)).saturating_mul(8 * FEMTO / MILLION);
        DataSize::bytes(u64::try_from(self.backlog.div_ceil(per_byte)).unwrap_or(u64::MAX))
    }
}

fn bits(size: DataSize) -> u128 {
    u128::from(size.as_bytes()) * 8
}

/// Bits of disk as femtobits on the wire.
fn wire(bits: u128, ratio: Ppm) -> u128 {
    bits.saturating_mul(u128::from(ratio.as_ppm()))
        .saturating_mul(FEMTO / MILLION)
}

fn nanos_for(work: u128, per_nano: u128) -> Option<u64> {
    (per_nano > 0).then(|| u64::try_from(work.div_ceil(per_nano)).ok())?
}

/// `size × part ÷ whole`, rounded down; all of it where the whole is nothing.
fn share(size: DataSize, part: u128, whole: u128) -> DataSize {
    let size_bytes = u128::from(size.as_bytes());
    let bytes = match size_bytes.checked_mul(part) {
        Some(product) => product.checked_div(whole),
        // Scaled down together until the product fits: less than a millionth is lost, on screen.
        None => (size_bytes * (part >> 64)).checked_div(whole >> 64),
    };
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .map_or(size, DataSize::bytes)
}

/// The lag that a difference since then amounts to.
pub(super) fn lag(behind_since: Option<SimTime>, now: SimTime) -> Span {
    behind_since.map_or(Span::ZERO, |since| now.since(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    /// 100 GB of disk, half of it used, on a wire ratio of 0.4: 100e9 × 8 × 0.5 × 0.4 = 160e9 bits.
    fn transfer() -> Transfer {
        let disk = Disk {
            device: "/dev/sda".to_owned(),
            size: DataSize::bytes(100_000_000_000),
            used: Ppm::percent(50),
        };
        let mut transfer = Transfer::new(&[disk], Ppm::percent(40), BitRate::mbps(1_600), at(0));
        transfer.set_link(Link::Up, at(0));
        transfer
    }

    #[test]
    fn the_first_copy_takes_its_bits_divided_by_the_rate() {
        let mut transfer = transfer();
        // 160e9 bits at 100 Mbps: 1600 s.
        transfer.set_rate(BitRate::mbps(100), at(0));
        assert_eq!(transfer.next_change(), Some(at(1_600)));
        transfer.settle(at(400));
        assert_eq!(transfer.copied(), DataSize::bytes(25_000_000_000));
        // 120e9 bits are left; at 60 Mbps they take 2000 s.
        transfer.set_rate(BitRate::mbps(60), at(400));
        assert_eq!(transfer.next_change(), Some(at(2_400)));
        transfer.settle(at(2_400));
        assert!(!transfer.is_behind());
        assert_eq!(transfer.next_change(), None);
    }

    #[test]
    fn writes_during_the_copy_wait_and_then_drain() {
        let mut transfer = transfer();
        transfer.set_rate(BitRate::mbps(100), at(0));
        // 50 Mbps of disk are 20 Mbps on the wire.
        transfer.set_writes(BitRate::mbps(50), at(0));
        assert_eq!(transfer.eta(), Some(at(2_000)), "160e9 ÷ (100e6 − 20e6)");
        transfer.settle(at(1_600));
        // 50e6 × 1600 ÷ 8 = 10e9 bytes of disk.
        assert_eq!(transfer.backlog(), DataSize::bytes(10_000_000_000));
        // 20e6 × 1600 = 32e9 bits on the wire at 80 Mbps net: 400 s.
        assert_eq!(transfer.next_change(), Some(at(2_000)));
        transfer.settle(at(2_000));
        assert_eq!((transfer.is_behind(), transfer.behind_since()), (false, None));
    }

    #[test]
    fn the_rest_of_the_nanosecond_in_which_the_copy_ends_drains_the_backlog() {
        let mut transfer = transfer();
        // 160e9 bits at 11 Mbps end 6/11 of a nanosecond after a whole one.
        transfer.set_rate(BitRate::mbps(11), at(0));
        transfer.set_writes(BitRate::mbps(25), at(0));
        let copied = transfer.next_change().expect("it is copied");
        assert_eq!(copied.as_nanos(), 14_545_454_545_455);
        transfer.settle(copied);
        // 160e9 ÷ (11e6 − 10e6), as if there had been no whole nanoseconds.
        assert_eq!(transfer.next_change(), Some(at(160_000)));
    }

    #[test]
    fn backlog_grows_by_the_difference_and_lag_with_the_clock() {
        let mut transfer = transfer();
        transfer.set_rate(BitRate::gbps(1), at(0));
        transfer.settle(at(160));
        transfer.set_writes(BitRate::mbps(100), at(200));
        assert_eq!(
            (transfer.behind_since(), transfer.writes_on_wire()),
            (None, BitRate::mbps(40))
        );
        // 40 Mbps needed, 30 carried: 10 Mbps short for 100 s are 1e9 bits, or 312.5 MB of disk.
        transfer.set_rate(BitRate::mbps(30), at(300));
        transfer.settle(at(400));
        assert_eq!(transfer.backlog(), DataSize::bytes(312_500_000));
        assert_eq!(lag(transfer.behind_since(), at(400)), Span::secs(100));
        assert_eq!((transfer.next_change(), transfer.eta()), (None, None));
        // At 140 Mbps, 100 of them drain 1e9 bits in 10 s.
        transfer.set_rate(BitRate::mbps(140), at(400));
        assert_eq!(transfer.next_change(), Some(at(410)));
        transfer.settle(at(410));
        assert_eq!(transfer.behind_since(), None);
    }

    #[test]
    fn a_backlog_is_never_more_than_the_disks() {
        let mut transfer = transfer();
        transfer.set_rate(BitRate::gbps(1), at(0));
        transfer.settle(at(160));
        transfer.set_rate(BitRate::ZERO, at(160));
        transfer.set_writes(BitRate::gbps(8), at(160));
        transfer.settle(at(1_000_000));
        assert_eq!(transfer.backlog(), DataSize::bytes(100_000_000_000));
    }

    #[test]
    fn a_rescan_reads_all_of_the_disks_and_needs_the_connection() {
        let mut transfer = transfer();
        transfer.set_rate(BitRate::gbps(1), at(0));
        transfer.settle(at(160));
        transfer.begin_rescan(at(1_000));
        transfer.set_link(Link::Down, at(1_000));
        assert_eq!(transfer.next_change(), None);
        transfer.set_link(Link::Up, at(1_100));
        // 800e9 bits at 1600 Mbps: 500 s.
        assert_eq!(
            (transfer.next_change(), transfer.eta()),
            (Some(at(1_600)), Some(at(1_600)))
        );
        transfer.settle(at(1_350));
        assert_eq!(transfer.rescanned(), DataSize::bytes(50_000_000_000));
    }

    /// Nothing is counted until the copy is whole. Then 300 s apart, 300 s behind: points of 1 to 5 minutes among 10.
    #[test]
    fn the_lag_is_counted_at_every_minute_from_the_first_agreement_on() {
        let mut transfer = transfer();
        let shares = |transfer: &Transfer, now| {
            let points = transfer.lag_points(at(now));
            [0.5, 0.6, 1.0].map(|share| points.quantile(share).map(|it| it.as_nanos() / 60_000_000_000))
        };
        transfer.set_rate(BitRate::gbps(1), at(0));
        transfer.settle(at(160));
        transfer.set_link(Link::Down, at(460));
        assert_eq!(shares(&transfer, 519), [None; 3], "not yet a minute");
        assert_eq!(shares(&transfer, 760), [Some(0), Some(1), Some(5)]);
        transfer.set_link(Link::Up, at(760));
        assert_eq!(shares(&transfer, 760), [Some(0), Some(1), Some(5)]);
        assert_eq!(shares(&transfer, 1_360), [Some(0), Some(0), Some(5)]);
    }

    #[test]
    fn without_a_connection_lag_grows_even_where_nothing_is_written() {
        let mut transfer = transfer();
        transfer.set_rate(BitRate::gbps(1), at(0));
        transfer.settle(at(160));
        transfer.set_link(Link::Down, at(200));
        transfer.settle(at(500));
        assert_eq!(
            (transfer.is_behind(), lag(transfer.behind_since(), at(500))),
            (false, Span::secs(300))
        );
        transfer.set_link(Link::Up, at(500));
        assert_eq!(transfer.behind_since(), None);
    }

    #[test]
    fn a_thousand_pieces_add_up_to_the_whole() {
        let mut pieces = transfer();
        let mut whole = transfer();
        for transfer in [&mut pieces, &mut whole] {
            transfer.set_rate(BitRate::bps(33_333_331), at(0));
            transfer.set_writes(BitRate::bps(7_777_777), at(0));
        }
        for n in 1..=1_000u64 {
            pieces.settle(SimTime::from_nanos(n * 1_234_567_891));
        }
        whole.settle(SimTime::from_nanos(1_000 * 1_234_567_891));
        assert_eq!(pieces, whole);
    }

    #[test]
    fn the_copy_cannot_outrun_the_disks() {
        // Reading at 1600 Mbps, half used, ratio 0.4: 320 Mbps on the wire.
        assert_eq!(transfer().copy_read_limit(), BitRate::mbps(320));
    }
}
