//! Replication against arithmetic on paper: how long an initial sync takes, who gets how much of a
//! shared link, how a backlog grows and drains.
//!
//! # The arithmetic
//! A disk of *S* bytes, of which the share *u* is used, is *8·S·u* bits of blocks. Compressed to
//! the wire ratio *c* they are *W = 8·S·u·c* bits on the wire. At *r* bits per second on the wire
//! the initial sync takes *W / r* seconds. What bounds *r*:
//!
//! | limit                                  | on the wire                        |
//! |----------------------------------------|------------------------------------|
//! | peering connection, network interfaces | as they are, shared max-min fairly |
//! | throttle                               | as it is, for each server          |
//! | TCP                                    | 5 × window / round-trip time       |
//! | staging volumes, instance's EBS path   | rate of blocks × *c*               |
//! | reading the source's disks             | rate of disk × *u* × *c*           |
//!
//! The model's instants are whole nanoseconds, and an end that falls between two of them is told
//! at the later one: durations here are rounded up to nanoseconds and then compared exactly.

use sim_core::lab::Session;
use sim_core::migrate::mgn::{DataReplicationState, ReplicationError};
use sim_core::units::{BitRate, DataSize, SimTime, Span};

use crate::small_lab::{History, open, run, server};

/// Bits on the wire of the usual server here: 100 GB of disk, half of it used, compressed to 40 %:
/// 100·10⁹ B × 8 × 0.5 × 0.4 = 160·10⁹ bit.
const WORK: u64 = 160_000_000_000;

/// A lab with one peering connection that can be made narrow, and replication servers that are no
/// bottleneck unless told so: m5.4xlarge has 5 Gbps of network and 4.75 Gbps to EBS.
struct Lab {
    peering: &'static str,
    replication: &'static str,
    servers: &'static [&'static str],
    events: &'static str,
}

const WIDE: Lab = Lab {
    peering: "delay: \"25ms\"",
    replication: "instance_type: \"m5.4xlarge\"",
    servers: &[USUAL],
    events: "",
};

const USUAL: &str = "disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"40%\"";

impl Lab {
    fn text(&self) -> String {
        let Self {
            peering,
            replication,
            servers,
            events,
        } = self;
        let servers: Vec<String> = (1..)
            .zip(*servers)
            .map(|(number, server)| {
                // A server's own network interface is written as a part of its host. Its segments have 1460 bytes of data.
                let (rate, rest) = server.split_once(" | ").unwrap_or(("", server));
                format!(
                    "(name: \"s{number}\", host: (subnet: \"source-private\", mtu: 1500, {rate}), {rest})"
                )
            })
            .collect();
        format!(
            "Lab(schema: 1, name: \"paper\", title: \"Paper\", base: \"region-to-region\", duration: \"10d\",
                peerings: {{\"source-target\": ({peering})}},
                migration: (
                    replication: ({replication}),
                    servers: [{}],
                    applications: {{}},
                    waves: {{}},
                ),
                runbook: {{\"install\": (at: \"0s\", run: install_agent(all))}},
                events: [{events}],
                expect: {{}},
            )",
            servers.join(", ")
        )
    }

    fn run(&self, until: Span) -> Session {
        let mut session = open(&self.text(), 1);
        run(&mut session, SimTime::at(until));
        session
    }

    /// How long the only server's initial sync took.
    #[track_caller]
    fn sync(&self) -> Span {
        let session = self.run(Span::days(2));
        History::of(&session, "s1").initial_sync_took()
    }
}

/// `bits / bps` seconds, rounded up to nanoseconds.
fn at_rate(bits: u64, bps: u64) -> Span {
    let nanos = (u128::from(bits) * 1_000_000_000).div_ceil(u128::from(bps));
    Span::nanos(u64::try_from(nanos).expect("less than 584 years"))
}

#[test]
fn alone_on_a_peering_connection_a_sync_takes_its_bits_divided_by_the_rate() {
    let lab = Lab {
        peering: "rate: \"100Mbps\"",
        ..WIDE
    };
    // 160·10⁹ bit / 100·10⁶ bps = 1600 s, to the nanosecond.
    assert_eq!(lab.sync(), Span::secs(1_600));
    let lab = Lab {
        peering: "rate: \"7Mbps\"",
        ..WIDE
    };
    // 160·10⁹ / 7·10⁶ = 22 857.142 857 142 857… s
    assert_eq!(lab.sync(), Span::nanos(22_857_142_857_143));
}

#[test]
fn a_network_interface_bounds_a_sync() {
    let lab = Lab {
        servers: &[
            "rate: \"80Mbps\" | disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"40%\"",
        ],
        ..WIDE
    };
    // 160·10⁹ / 80·10⁶ = 2000 s
    assert_eq!(lab.sync(), Span::secs(2_000));
}

#[test]
fn the_throttle_bounds_a_sync() {
    let lab = Lab {
        replication: "instance_type: \"m5.4xlarge\", throttle: \"20Mbps\"",
        ..WIDE
    };
    // 160·10⁹ / 20·10⁶ = 8000 s
    assert_eq!(lab.sync(), Span::secs(8_000));
}

#[test]
fn five_windows_a_round_trip_bound_a_sync() {
    let lab = Lab {
        servers: &[
            "tcp_window: \"65535B\", disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"40%\"",
        ],
        ..WIDE
    };
    // 25 ms there and 25 ms back. One connection: 65 535 B × 8 / 0.05 s = 10 485 600 bps. Five of
    // them: 52 428 000 bps. 160·10⁹ / 52.428·10⁶ = 3051.8 s
    assert_eq!(lab.sync(), at_rate(WORK, 5 * 65_535 * 8 * 20));
    assert_eq!(lab.sync().as_secs(), 3_051);
}

#[test]
fn loss_bounds_a_sync() {
    let lab = Lab {
        peering: "delay: \"25ms\", loss: \"0.06%\"",
        ..WIDE
    };
    // Mathis: MSS / RTT × √(3 / 2p) with p = 600 ppm: √2500 = 50. One connection: 1460 B × 8 /
    // 0.05 s × 50 = 11 680 000 bps. Five of them: 58 400 000 bps.
    assert_eq!(lab.sync(), at_rate(WORK, 58_400_000));
}

const LARGE: &str = "disks: [(device: \"/dev/sda\", size: \"512GiB\", used: \"50%\")], wire_ratio: \"40%\"";

#[test]
fn the_staging_volume_bounds_a_sync() {
    // A disk below 500 GiB gets a magnetic volume: 60 MB/s = 480 Mbps of blocks, 192 on the wire.
    // 400·10⁹ bit of blocks / 480·10⁶ = 833.3 s
    assert_eq!(WIDE.sync(), at_rate(400_000_000_000, 480_000_000));

    // Two disks, two volumes: the same blocks in half the time.
    let lab = Lab {
        servers: &["disks: [
            (device: \"/dev/sda\", size: \"50GB\", used: \"50%\"),
            (device: \"/dev/sdb\", size: \"50GB\", used: \"50%\"),
        ], wire_ratio: \"40%\", read_rate: \"10Gbps\""],
        ..WIDE
    };
    assert_eq!(lab.sync(), at_rate(400_000_000_000, 2 * 480_000_000));

    // From 500 GiB on the template's type: st1 sustains 40 MB/s for each TiB, so that half a TiB
    // gets 160 Mbps of blocks. 2^39 B × 8 × 0.5 / 160·10⁶ = 13 743.9 s
    let lab = Lab {
        servers: &[LARGE],
        ..WIDE
    };
    let blocks = (1 << 39) * 8 / 2;
    assert_eq!(lab.sync(), at_rate(blocks, 160_000_000));

    // gp3 sustains 125 MiB/s: 1 048 576 000 bps of blocks. Reading the whole disk at 1 Gbps finds
    // them at 500 Mbps, which is slower; with disks that are read faster the volume is the limit.
    let gp3 = "instance_type: \"m5.4xlarge\", large_staging_disk: GP3";
    let lab = Lab {
        replication: gp3,
        servers: &[LARGE],
        ..WIDE
    };
    assert_eq!(lab.sync(), at_rate(blocks, 500_000_000));
    let lab = Lab {
        replication: gp3,
        servers: &[
            "read_rate: \"10Gbps\", disks: [(device: \"/dev/sda\", size: \"512GiB\", used: \"50%\")], wire_ratio: \"100%\"",
        ],
        ..WIDE
    };
    assert_eq!(lab.sync(), at_rate(blocks, 125 * 1_024 * 1_024 * 8));
}

#[test]
fn the_instances_path_to_ebs_bounds_a_sync() {
    // The default t3.small receives 128 Mbps but writes 174 Mbps of blocks, 69.6 on the wire.
    // 400·10⁹ bit of blocks / 174·10⁶ = 2298.85 s
    let lab = Lab {
        replication: "",
        ..WIDE
    };
    assert_eq!(lab.sync(), at_rate(400_000_000_000, 174_000_000));
}

#[test]
fn the_network_of_the_replication_server_bounds_a_sync() {
    // What does not compress: 400·10⁹ bit of blocks are as many on the wire. The default t3.small
    // receives 128 Mbps. 400·10⁹ / 128·10⁶ = 3125 s
    let lab = Lab {
        replication: "",
        servers: &["disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"100%\""],
        ..WIDE
    };
    assert_eq!(lab.sync(), Span::secs(3_125));
}

#[test]
fn reading_the_source_bounds_a_sync() {
    let lab = Lab {
        servers: &[
            "read_rate: \"200Mbps\", disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"40%\"",
        ],
        ..WIDE
    };
    // All of the disk is read, used or not: 100·10⁹ B × 8 / 200·10⁶ bps = 4000 s
    assert_eq!(lab.sync(), Span::secs(4_000));
}

#[test]
fn a_disk_that_was_hardly_written_is_bounded_by_reading_it() {
    // An empty disk still sends 0.1 % of itself as markers: 100·10⁹ × 8 × 0.001 × 0.4 = 320·10⁶ bit,
    // in the 800 s that reading it all at 1 Gbps takes.
    let lab = Lab {
        servers: &["disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"0%\")], wire_ratio: \"40%\""],
        ..WIDE
    };
    assert_eq!(lab.sync(), Span::secs(800));
}

/// A sync on paper: when it begins, its bits on the wire, and the most that its ends can send.
#[derive(Clone, Copy)]
struct Sync {
    begins: SimTime,
    bits: u64,
    cap: u64,
}

/// Max-min fair rates on one link: whoever wants less than an equal share gets what it wants, and
/// the others share what is left.
fn fair(capacity: u64, caps: &[u64]) -> Vec<u64> {
    let mut by_cap: Vec<usize> = (0..caps.len()).collect();
    by_cap.sort_by_key(|&one| caps[one]);
    let mut rates = vec![0; caps.len()];
    let (mut left, mut n_left) = (capacity, caps.len() as u64);
    for one in by_cap {
        rates[one] = caps[one].min(left / n_left);
        left -= rates[one];
        n_left -= 1;
    }
    rates
}

/// When each sync ends on a link that they share, piece by piece from one beginning or end to the
/// next.
fn ends(capacity: u64, syncs: &[Sync]) -> Vec<SimTime> {
    const NANOS: u128 = 1_000_000_000;
    let mut left: Vec<u128> = syncs.iter().map(|sync| u128::from(sync.bits) * NANOS).collect();
    let mut ends = vec![SimTime::END; syncs.len()];
    let mut now = syncs
        .iter()
        .map(|sync| sync.begins)
        .min()
        .unwrap_or(SimTime::START);
    while left.iter().any(|left| *left > 0) {
        let begun = |one: usize| syncs[one].begins <= now && left[one] > 0;
        let active: Vec<usize> = (0..syncs.len()).filter(|&one| begun(one)).collect();
        let caps: Vec<u64> = active.iter().map(|&one| syncs[one].cap).collect();
        let rates = fair(capacity, &caps);
        let finish = active
            .iter()
            .zip(&rates)
            .map(|(&one, &rate)| left[one].div_ceil(u128::from(rate)));
        let begin = syncs
            .iter()
            .filter(|sync| sync.begins > now)
            .map(|sync| u128::from(sync.begins.since(now).as_nanos()));
        let step = finish.chain(begin).min().expect("somebody is left");
        now = now + Span::nanos(u64::try_from(step).expect("less than 584 years"));
        for (&one, &rate) in active.iter().zip(&rates) {
            left[one] = left[one].saturating_sub(u128::from(rate) * step);
            if left[one] == 0 {
                ends[one] = now;
            }
        }
    }
    ends
}

/// The rates of the three servers now.
fn rates(session: &Session) -> [BitRate; 3] {
    ["s1", "s2", "s3"].map(|name| server(session, name).rate)
}

const NAMES: [&str; 3] = ["s1", "s2", "s3"];
const NONE: u64 = u64::MAX;

#[test]
fn the_arithmetic_on_paper_is_that_of_the_board() {
    let at = |secs: u64| SimTime::at(Span::secs(secs));
    let sync = |begins, gigabits: u64, cap| Sync {
        begins: at(begins),
        bits: gigabits * 1_000_000_000,
        cap,
    };
    // Caps of 10, 30 and none on 100 Mbps: 10 + 30 + 60.
    //   0 … 4000 s   10 / 30 / 60: the second sends its 120 Gbit, the first 40, the third 240.
    //   … 8000 s     10 /  – / 90: the first sends its last 40 Gbit, the third 360.
    //   … 9200 s      – /  – / 100: the third sends its last 120 Gbit.
    let together = [
        sync(0, 80, 10_000_000),
        sync(0, 120, 30_000_000),
        sync(0, 720, NONE),
    ];
    assert_eq!(ends(100_000_000, &together), [at(8_000), at(4_000), at(9_200)]);

    // Caps of 10, 60 and none on 100 Mbps: the second wants more than the equal share of what the
    // first leaves, so 10 + 45 + 45. The third begins 1000 s later.
    //   0 … 1000 s   10 / 60 / –
    //   … 3000 s     10 / 45 / 45: the third sends its 90 Gbit.
    //   … 6000 s     10 / 60 / –: the second has sent 60 + 90 + 180 = 330 Gbit.
    //   … 8000 s     10 /  – / –: the first has sent its 80 Gbit.
    let staggered = [
        sync(0, 80, 10_000_000),
        sync(0, 330, 60_000_000),
        sync(1_000, 90, NONE),
    ];
    assert_eq!(ends(100_000_000, &staggered), [at(8_000), at(6_000), at(3_000)]);
}

/// Runs three servers whose blocks all go over the wire as they are (used 100 %, ratio 100 %), and
/// compares the end of every sync with the arithmetic, from the instants at which they began.
#[track_caller]
fn check_three(lab: &Lab, bytes: [u64; 3], caps: [u64; 3]) -> Session {
    let session = lab.run(Span::days(1));
    let begins = NAMES.map(|name| History::of(&session, name).entered(DataReplicationState::InitialSync));
    let syncs: Vec<Sync> = (0..3)
        .map(|one| Sync {
            begins: begins[one],
            bits: bytes[one] * 8,
            cap: caps[one],
        })
        .collect();
    let on_paper = ends(100_000_000, &syncs);
    for (name, end) in NAMES.iter().zip(on_paper) {
        assert_eq!(server(&session, name).initial_sync_done_at, Some(end), "{name}");
    }
    session
}

#[test]
fn three_servers_with_different_caps_share_a_link_max_min_fairly() {
    let lab = Lab {
        peering: "rate: \"100Mbps\", delay: \"25ms\"",
        servers: &[
            // 10 Mbps of network interface, 30 Mbps of reading, nothing but the link.
            "rate: \"10Mbps\" | disks: [(device: \"/dev/sda\", size: \"10GB\")], wire_ratio: \"100%\"",
            "read_rate: \"30Mbps\", disks: [(device: \"/dev/sda\", size: \"15GB\")], wire_ratio: \"100%\"",
            "disks: [(device: \"/dev/sda\", size: \"90GB\")], wire_ratio: \"100%\"",
        ],
        ..WIDE
    };
    let gb = 1_000_000_000;
    let caps = [10_000_000, 30_000_000, NONE];
    let session = check_three(&lab, [10 * gb, 15 * gb, 90 * gb], caps);

    // The same run again, looked at: everybody at it, the second done, the first done as well.
    let done = |name| server(&session, name).initial_sync_done_at.expect("it ended");
    let all_begun = NAMES.map(|name| History::of(&session, name).entered(DataReplicationState::InitialSync));
    let mut again = open(&lab.text(), 1);
    let mut rates_at = |at: SimTime| {
        run(&mut again, at);
        rates(&again).map(|rate| rate.as_bps() / 1_000_000)
    };
    let last_begun = all_begun.into_iter().max().expect("three of them");
    assert_eq!(rates_at(last_begun + Span::secs(1)), [10, 30, 60]);
    assert_eq!(rates_at(done("s2") + Span::secs(1)), [10, 0, 90]);
    assert_eq!(rates_at(done("s1") + Span::secs(1)), [0, 0, 100]);
    assert_eq!(rates_at(done("s3") + Span::secs(1)), [0, 0, 0]);
}

#[test]
fn what_a_finished_server_leaves_is_shared_up_to_the_caps_of_the_others() {
    let lab = Lab {
        peering: "rate: \"100Mbps\", delay: \"25ms\"",
        servers: &[
            // Five windows of 12 500 B in 50 ms are 10 Mbps; 60 Mbps of reading; only the link.
            "tcp_window: \"12500B\", disks: [(device: \"/dev/sda\", size: \"10GB\")], wire_ratio: \"100%\"",
            "read_rate: \"60Mbps\", disks: [(device: \"/dev/sda\", size: \"40GB\")], wire_ratio: \"100%\"",
            "disks: [(device: \"/dev/sda\", size: \"12GB\")], wire_ratio: \"100%\"",
        ],
        ..WIDE
    };
    let gb = 1_000_000_000;
    let caps = [10_000_000, 60_000_000, NONE];
    let session = check_three(&lab, [10 * gb, 40 * gb, 12 * gb], caps);
    let done = |name| server(&session, name).initial_sync_done_at.expect("it ended");
    assert!(
        done("s3") < done("s2"),
        "so that the second was bounded first by the link, then by its disks"
    );
}

#[test]
fn servers_on_one_replication_server_share_its_path_to_ebs() {
    // Three servers of one disk each fit on one t3.small: 174 Mbps of blocks to EBS, shared equally
    // by those that copy, that is 87 by two and 58 by three. At a ratio of 40 % neither its 128 Mbps of network
    // nor the volumes' 480 Mbps of blocks bind. This is a link that carries blocks.
    let lab = Lab {
        replication: "",
        servers: &[USUAL; 3],
        ..WIDE
    };
    let session = lab.run(Span::days(1));
    let begins = NAMES.map(|name| History::of(&session, name).entered(DataReplicationState::InitialSync));
    let syncs = begins.map(|begins| Sync {
        begins,
        bits: 400_000_000_000,
        cap: NONE,
    });
    for (name, end) in NAMES.iter().zip(ends(174_000_000, &syncs)) {
        assert_eq!(server(&session, name).initial_sync_done_at, Some(end), "{name}");
    }

    // With a replication server each nobody waits for anybody.
    let lab = Lab {
        replication: "sharing: dedicated",
        ..lab
    };
    let session = lab.run(Span::days(1));
    for name in NAMES {
        let took = History::of(&session, name).initial_sync_took();
        assert_eq!(took, at_rate(400_000_000_000, 174_000_000), "{name}");
    }
}

const WRITING: &str = "disks: [(device: \"/dev/sda\", size: \"100GB\", used: \"50%\")], wire_ratio: \"40%\", writes: constant(\"25Mbps\")";

#[test]
fn what_is_written_during_the_copy_drains_after_it() {
    let lab = Lab {
        peering: "rate: \"100Mbps\"",
        servers: &[WRITING],
        ..WIDE
    };
    let session = lab.run(Span::hours(6));
    let history = History::of(&session, "s1");
    // 25 Mbps of disk are w = 10 Mbps on the wire, of r = 100. The copy itself takes W / r = 1600 s.
    assert_eq!(history.initial_sync_took(), Span::secs(1_600));
    let began = history.entered(DataReplicationState::InitialSync);
    let copied = history.entered(DataReplicationState::Backlog);
    let agreed = history.entered(DataReplicationState::CreatingSnapshot);
    assert_eq!(copied, began + Span::secs(1_600));
    // Source and copy agree after W / (r − w) = 160·10⁹ / 90·10⁶ = 1777.8 s.
    assert_eq!(agreed, began + at_rate(WORK, 90_000_000));

    let mut again = open(&lab.text(), 1);
    run(&mut again, began + Span::secs(800));
    // Half of it: half of the disk's 100 GB shows as replicated, and 25·10⁶ × 800 / 8 B wait.
    let row = server(&again, "s1");
    assert_eq!(row.replicated, DataSize::bytes(50_000_000_000));
    assert_eq!(row.backlog, DataSize::bytes(2_500_000_000));
    assert_eq!(
        row.replication_lag, None,
        "there is nothing yet that could be launched"
    );
    let eta = (began + at_rate(WORK, 90_000_000)).since(again.now());
    assert_eq!(row.eta, Some(eta));
    run(&mut again, copied);
    assert_eq!(server(&again, "s1").backlog, DataSize::bytes(5_000_000_000));
}

#[test]
fn a_backlog_grows_by_the_difference_and_drains_by_it() {
    let lab = Lab {
        peering: "rate: \"100Mbps\"",
        servers: &[WRITING],
        events: "(at: \"1d\", change: peering_rate(\"source-target\", \"4Mbps\")),
                 (at: \"25h\", change: peering_rate(\"source-target\", \"100Mbps\"))",
        ..WIDE
    };
    let (narrow, wide) = (SimTime::at(Span::days(1)), SimTime::at(Span::hours(25)));
    let mut session = open(&lab.text(), 1);
    run(&mut session, narrow);
    let row = server(&session, "s1");
    assert_eq!(row.data_replication_state, Some(DataReplicationState::Continuous));
    assert_eq!(
        (row.backlog, row.replication_lag),
        (DataSize::ZERO, Some(Span::ZERO))
    );

    // 10 Mbps are needed and 4 carried: 6 Mbps short for 3600 s are 21.6·10⁹ bit on the wire, at a
    // ratio of 0.4 54·10⁹ bit of disk, 6.75·10⁹ B. The lag is the hour.
    run(&mut session, wide);
    let row = server(&session, "s1");
    assert_eq!(row.data_replication_state, Some(DataReplicationState::Backlog));
    assert_eq!(row.backlog, DataSize::bytes(6_750_000_000));
    assert_eq!(row.replication_lag, Some(Span::hours(1)));

    // 100 Mbps carry 90 more than is written: 21.6·10⁹ / 90·10⁶ = 240 s.
    run(&mut session, wide + Span::minutes(10));
    let history = History::of(&session, "s1");
    assert_eq!(
        history.last_entered(DataReplicationState::Backlog),
        narrow + Span::minutes(1),
        "after a minute's grace"
    );
    assert_eq!(
        history.last_entered(DataReplicationState::Continuous),
        wide + Span::secs(240)
    );
    let row = server(&session, "s1");
    assert_eq!(
        (row.backlog, row.replication_lag),
        (DataSize::ZERO, Some(Span::ZERO))
    );
}

#[test]
fn writes_faster_than_the_link_never_converge() {
    // 10 Mbps are written on a wire that carries 8: W / 8·10⁶ = 20 000 s until everything was copied
    // once, and the backlog grows for ever. A day after the first byte there is more left than then.
    let lab = Lab {
        peering: "rate: \"8Mbps\"",
        servers: &[WRITING],
        ..WIDE
    };
    let mut session = lab.run(Span::hours(12));
    let history = History::of(&session, "s1");
    assert_eq!(history.initial_sync_took(), Span::secs(20_000));
    let began = history.entered(DataReplicationState::InitialSync);
    let day = began + Span::days(1);

    run(&mut session, began + Span::nanos(86_399_999_999_999));
    let row = server(&session, "s1");
    assert_eq!((row.error, row.eta), (None, None));
    run(&mut session, day);
    let row = server(&session, "s1");
    assert_eq!(row.error, Some(ReplicationError::NotConverging));
    assert_eq!(row.data_replication_state, Some(DataReplicationState::Backlog));
    // Written in a day: 25·10⁶ × 86 400 / 8 = 270·10⁹ B. Sent since the copy ended: 8·10⁶ × 66 400 s
    // on the wire, / 0.4 / 8 = 166·10⁹ B of disk. But a backlog is never more than the disk's 100 GB.
    assert_eq!(row.backlog, DataSize::bytes(100_000_000_000));
}

#[test]
fn writes_slower_than_the_link_converge_however_slowly() {
    // 10 Mbps are written on a wire that carries 11: W / (11 − 10)·10⁶ = 160 000 s, nearly two days.
    let lab = Lab {
        peering: "rate: \"11Mbps\"",
        servers: &[WRITING],
        ..WIDE
    };
    let session = lab.run(Span::days(3));
    let history = History::of(&session, "s1");
    let began = history.entered(DataReplicationState::InitialSync);
    let agreed = history.entered(DataReplicationState::CreatingSnapshot);
    assert_eq!(agreed, began + Span::secs(160_000));
    assert_eq!(server(&session, "s1").error, None);
}
