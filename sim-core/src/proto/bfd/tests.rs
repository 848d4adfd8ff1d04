//! Sessions in pairs over a path that can fail, and packets.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::kernel::{Elision, End, Streams, Vital};
use crate::units::{SimTime, Span};

struct Pipe {
    now: SimTime,
    sessions: [Session; 2],
    delays: [Span; 2],
    silent: bool,
    queue: BTreeMap<(SimTime, u64), (usize, Packet)>,
    n: u64,
    n_carried: usize,
    log: String,
}

fn at(text: &str) -> SimTime {
    SimTime::at(text.parse().expect("a span"))
}

fn config(tx_ms: u64, rx_ms: u64, detect_mult: u8) -> Config {
    Config {
        desired_min_tx: Span::millis(tx_ms),
        required_min_rx: Span::millis(rx_ms),
        detect_mult,
    }
}

impl Pipe {
    fn new(configs: [Config; 2], seed: u64) -> Self {
        let streams = Streams::new(seed);
        let [a, b] = configs;
        let mut pipe = Self {
            now: SimTime::START,
            sessions: [
                Session::new(a, 11, &mut streams.stream("bfd", "a")),
                Session::new(b, 22, &mut streams.stream("bfd", "b")),
            ],
            delays: [Span::millis(2), Span::millis(3)],
            silent: false,
            queue: BTreeMap::new(),
            n: 0,
            n_carried: 0,
            log: String::new(),
        };
        pipe.tell(0, Input::Enable);
        pipe.tell(1, Input::Enable);
        pipe
    }
    /// Up, and all Polls answered.
    fn up(configs: [Config; 2], seed: u64) -> Self {
        let mut pipe = Self::new(configs, seed);
        pipe.drive(at("10s"));
        assert!(
            pipe.sessions.iter().all(|it| it.state() == State::Up),
            "{}",
            pipe.log
        );
        pipe.log.clear();
        pipe
    }
    fn tell(&mut self, side: usize, input: Input) {
        let mut out = Vec::new();
        self.sessions[side].handle(self.now, input, &mut out);
        self.act(side, out);
    }
    fn act(&mut self, side: usize, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(packet) => self.put_under_way(side, self.now, packet),
                Output::Changed(change) => {
                    writeln!(self.log, "{} {} {change}", self.now, ['A', 'B'][side]).expect("text grows");
                }
            }
        }
    }
    fn put_under_way(&mut self, from: usize, sent_at: SimTime, packet: Packet) {
        if !self.silent {
            self.n += 1;
            self.queue
                .insert((sent_at + self.delays[from], self.n), (1 - from, packet));
        }
    }
    fn drive(&mut self, until: SimTime) {
        loop {
            let wake = (0..2)
                .filter_map(|side| Some((self.sessions[side].next_wake()?.0, side)))
                .min();
            let next = self.queue.first_key_value().map(|(key, _)| key.0);
            match (wake, next) {
                (Some((at, side)), next) if at <= until && next.is_none_or(|next| at < next) => {
                    self.now = self.now.max(at);
                    self.tell(side, Input::Wake);
                }
                (_, Some(next)) if next <= until => {
                    let ((at, _), (to, packet)) = self.queue.pop_first().expect("looked at just now");
                    self.now = at;
                    self.n_carried += 1;
                    if !self.silent {
                        self.tell(to, Input::Received(packet));
                    }
                }
                (_, _) => break,
            }
        }
        self.now = self.now.max(until);
    }
    fn vitals(&self) -> [Option<Vital>; 2] {
        self.sessions.each_ref().map(Session::vital)
    }
    fn elide(&mut self, until: SimTime) {
        let vitals = self.vitals().map(|vital| vital.expect("up and settled"));
        let elision = Elision::plan(vitals, self.delays).expect("both are well");
        for session in &mut self.sessions {
            session.elide();
        }
        assert!(self.sessions.iter().all(|it| it.next_wake().is_none()));
        self.drive(until);
        for (side, end) in [End::First, End::Second].into_iter().enumerate() {
            let in_flight = self.sessions[side].resume(until, end, &elision);
            let packet = self.sessions[side].steady_packet().expect("up and settled");
            for sent_at in in_flight {
                self.put_under_way(side, sent_at, packet);
            }
        }
    }
}

#[test]
fn two_ends_come_up_with_a_packet_each_way_and_back() {
    let mut pipe = Pipe::new([Config::default(); 2], 1);
    pipe.drive(at("5s"));
    insta::assert_snapshot!(pipe.log, @"
    00:00:00.000 A AdminDown → Down
    00:00:00.000 B AdminDown → Down
    00:00:00.002 B Down → Init
    00:00:00.003 A Down → Init
    00:00:00.005 A Init → Up
    00:00:00.005 B Init → Up
    ");
}

#[test]
fn three_times_300_ms_find_a_silent_path_in_900_ms() {
    for seed in 0..20 {
        let mut pipe = Pipe::up([Config::default(); 2], seed);
        pipe.silent = true;
        let cut_at = pipe.now;
        pipe.drive(cut_at + Span::millis(599));
        assert!(
            pipe.sessions.iter().all(|it| it.state() == State::Up),
            "{}",
            pipe.log
        );
        pipe.drive(cut_at + Span::millis(900));
        for session in &pipe.sessions {
            assert_eq!(session.state(), State::Down, "{}", pipe.log);
            assert_eq!(session.facts().diagnostic, Diagnostic::DetectionTimeExpired);
        }
        pipe.silent = false;
        pipe.drive(cut_at + Span::secs(3));
        assert!(
            pipe.sessions.iter().all(|it| it.state() == State::Up),
            "{}",
            pipe.log
        );
    }
}

#[test]
fn each_way_goes_at_the_slower_of_what_one_sends_and_the_other_hears() {
    let pipe = Pipe::up([config(100, 1_000, 3), config(400, 200, 5)], 1);
    let [a, b] = pipe.sessions.each_ref().map(Session::facts);
    // A wants 100 ms and B hears every 200 ms; B wants 400 ms and A hears once a second.
    assert_eq!(a.transmit_interval, Some(Span::millis(200)));
    assert_eq!(b.transmit_interval, Some(Span::secs(1)));
    // The other's multiplier counts.
    assert_eq!(a.detection_time, Some(Span::secs(5)));
    assert_eq!(b.detection_time, Some(Span::millis(600)));
}

#[test]
fn one_that_is_not_up_sends_once_a_second_at_most() {
    let mut pipe = Pipe::new([config(10, 10, 3); 2], 1);
    pipe.silent = true;
    pipe.drive(at("60s"));
    let n_sent = pipe.sessions[0].facts().n_sent;
    // 60 to 80 packets at 75 to 100 % of a second.
    assert!((60..=81).contains(&n_sent), "{n_sent}");
}

#[test]
fn switched_off_is_told_and_is_no_failure() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    pipe.tell(0, Input::Disable);
    pipe.drive(at("20s"));
    assert_eq!(pipe.sessions[0].next_wake(), None);
    pipe.tell(0, Input::Enable);
    pipe.drive(at("25s"));
    insta::assert_snapshot!(pipe.log, @"
    00:00:10.000 A Up → AdminDown: administratively down
    00:00:10.002 B Up → Down: neighbor signaled session down
    00:00:20.000 A AdminDown → Down
    00:00:20.002 B Down → Init
    00:00:20.005 A Down → Up
    00:00:20.007 B Init → Up
    ");
    let told = Change {
        from: State::Up,
        to: State::Down,
        diagnostic: Diagnostic::NeighborSignaledDown,
        remote: State::AdminDown,
        silence: None,
    };
    assert!(!told.is_failure());
    assert!(
        Change {
            remote: State::Down,
            ..told
        }
        .is_failure()
    );
}

/// RFC 5880 §6.8.16: for a detection time at least, so that a lost packet turns it into no failure; then no more.
#[test]
fn switched_off_is_told_again_for_a_detection_time() {
    // Packets go each 2 s and are missed after 6 s; being down, this end sends as often as it wants to, up.
    let slow = config(2_000, 2_000, 3);
    let mut pipe = Pipe::up([slow; 2], 1);
    pipe.drive(at("30s"));
    pipe.silent = true;
    pipe.tell(0, Input::Disable);
    pipe.silent = false;
    let said = pipe.sessions[0].facts().n_sent;
    pipe.drive(at("60s"));
    let again = pipe.sessions[0].facts().n_sent - said;
    assert!((3..=5).contains(&again), "{again}");
    assert_eq!(pipe.sessions[0].next_wake(), None);
    let heard = "B Up → Down: neighbor signaled session down";
    assert!(pipe.log.contains(heard), "{}", pipe.log);
}

#[test]
fn a_path_that_is_known_to_be_down_is_not_waited_for() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    pipe.silent = true;
    pipe.tell(0, Input::PathDown);
    assert_eq!(pipe.sessions[0].facts().diagnostic, Diagnostic::PathDown);
}

#[test]
fn another_interval_is_polled_for_and_used_once_answered() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    let mut out = Vec::new();
    pipe.sessions[0].reconfigure(pipe.now, config(900, 100, 3), &mut out);
    // Slower sends and faster hearing wait for the Final.
    let before = pipe.sessions[0].facts();
    assert_eq!(before.transmit_interval, Some(Span::millis(300)));
    assert_eq!(before.detection_time, Some(Span::millis(900)));
    assert_eq!(
        pipe.sessions[0].vital(),
        None,
        "nothing is left out while a Poll is under way"
    );
    pipe.act(0, out);
    pipe.drive(at("12s"));
    assert_eq!(
        pipe.sessions[0].facts().transmit_interval,
        Some(Span::millis(900))
    );
    assert_eq!(pipe.sessions[1].facts().detection_time, Some(Span::millis(2_700)));
    assert_eq!(pipe.log, "", "nobody went down for it");
    assert!(pipe.sessions[0].vital().is_some());
}

#[test]
fn one_that_hears_nothing_is_sent_nothing() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    let mut out = Vec::new();
    pipe.sessions[1].reconfigure(pipe.now, config(300, 0, 3), &mut out);
    pipe.act(1, out);
    pipe.drive(at("10.01s"));
    assert_eq!(pipe.sessions[0].facts().transmit_interval, None);
}

#[test]
fn a_packet_for_another_session_changes_nothing() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    let mut packet = pipe.sessions[1].steady_packet().expect("settled");
    packet.your_discriminator = 99;
    packet.state = State::Down;
    let before = pipe.sessions[0].clone();
    pipe.tell(0, Input::Received(packet));
    assert_eq!(pipe.sessions[0], before);
}

#[test]
fn a_quiet_day_costs_the_packets_that_were_under_way() {
    let mut pipe = Pipe::up([Config::default(); 2], 1);
    let n_carried = pipe.n_carried;
    pipe.elide(SimTime::at(Span::days(1)));
    assert!(pipe.n_carried - n_carried < 4, "those that were under way");
    // 86 390 s at 75 to 100 % of 300 ms.
    let n_sent = pipe.sessions[0].facts().n_sent;
    assert!((287_000..384_000).contains(&n_sent), "{n_sent}");
}

#[track_caller]
fn check_discarded(spoil: impl FnOnce(&mut Vec<u8>), why: Discard) {
    let pipe = Pipe::up([Config::default(); 2], 1);
    let mut octets = pipe.sessions[0]
        .steady_packet()
        .expect("settled")
        .encode()
        .to_vec();
    spoil(&mut octets);
    assert_eq!(Packet::decode(&octets), Err(why));
}

#[test]
fn what_the_rfc_discards_is_discarded() {
    check_discarded(Vec::clear, Discard::Length);
    check_discarded(|octets| octets.truncate(23), Discard::Length);
    check_discarded(|octets| octets[0] = 0, Discard::Version);
    check_discarded(|octets| octets[3] = 23, Discard::Length);
    check_discarded(|octets| octets[3] = 25, Discard::Length);
    check_discarded(|octets| octets[2] = 0, Discard::ZeroMultiplier);
    check_discarded(|octets| octets[1] |= 1, Discard::Multipoint);
    check_discarded(|octets| octets[4..8].fill(0), Discard::NoDiscriminator);
    check_discarded(|octets| octets[8..12].fill(0), Discard::UnknownReceiver);
    check_discarded(|octets| octets[1] |= 4, Discard::Length);
    check_discarded(
        |octets| {
            octets[1] |= 4;
            octets[3] = 26;
            octets.extend([1, 2]);
        },
        Discard::Authenticated,
    );
}

#[test]
fn a_packet_stands_on_the_wire_as_the_rfc_draws_it() {
    let packet = Packet {
        state: State::Up,
        diagnostic: Diagnostic::DetectionTimeExpired,
        poll: true,
        is_final: false,
        control_plane_independent: true,
        demand: false,
        detect_mult: 3,
        my_discriminator: 0x0102_0304,
        your_discriminator: 0x0506_0708,
        desired_min_tx_us: 300_000,
        required_min_rx_us: 50_000,
        required_min_echo_rx_us: 0,
    };
    let octets = [
        0x21, 0xE8, 3, 24, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0x04, 0x93, 0xE0, 0, 0, 0xC3, 0x50, 0, 0, 0, 0,
    ];
    assert_eq!(packet.encode(), octets);
    assert_eq!(Packet::decode(&octets), Ok(packet));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_octets_are_read_or_discarded(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(packet) = Packet::decode(&octets) {
            prop_assert_eq!(Packet::decode(&packet.encode()), Ok(packet));
        }
    }

    /// Any packets at any time: no panic, and a wake lies ahead unless the session is off.
    #[test]
    fn any_packets_are_survived(packets in proptest::collection::vec((any::<[u8; 24]>(), 0u64..3_000), 0..40)) {
        let mut session = Session::new(Config::default(), 11, &mut Streams::new(1).stream("bfd", "a"));
        let (mut now, mut out) = (SimTime::START, Vec::new());
        session.handle(now, Input::Enable, &mut out);
        for (mut octets, wait_ms) in packets {
            now = now + Span::millis(wait_ms);
            // Mostly well-formed, so that they get past the reader.
            (octets[0], octets[3]) = (octets[0] & 0x1F | 0x20, 24);
            octets[1] &= !0b101;
            octets[8..12].copy_from_slice(&11u32.to_be_bytes());
            if let Ok(packet) = Packet::decode(&octets) {
                session.handle(now, Input::Received(packet), &mut out);
            }
            session.handle(now, Input::Wake, &mut out);
            if let Some((at, _)) = session.next_wake() {
                prop_assert!(at > now);
            }
        }
    }

    /// A pair whose path fails at any instant finds it at the same instant whether its packets were carried or not.
    #[test]
    fn elided_and_carried_packets_tell_the_same(
        seed: u64,
        mult in 1u8..5,
        quiet_for_us in 0u64..20_000_000,
        delays_us in [0u64..50_000, 0u64..50_000],
    ) {
        let configs = [config(300, 100, mult), config(200, 300, 3)];
        let delays = delays_us.map(Span::micros);
        let start = || {
            let mut pipe = Pipe::new(configs, seed);
            pipe.delays = delays;
            pipe.drive(at("10s"));
            pipe
        };
        let (mut carried, mut elided) = (start(), start());
        let vitals = carried.vitals().map(|vital| vital.expect("up and settled"));
        // With a multiplier of one a packet under way may be the one that matters.
        prop_assume!(Elision::plan(vitals, delays).is_some());
        let until = carried.now + Span::micros(quiet_for_us) + Span::nanos(1);
        carried.drive(until);
        elided.elide(until);
        prop_assert_eq!(carried.vitals(), elided.vitals());
        for pipe in [&mut carried, &mut elided] {
            pipe.silent = true;
            pipe.drive(until + Span::secs(3));
        }
        prop_assert!(carried.log.contains("detection time expired"));
        prop_assert_eq!(carried.log, elided.log);
        let facts = |sessions: &[Session; 2]| sessions.each_ref().map(Session::facts);
        prop_assert_eq!(facts(&carried.sessions), facts(&elided.sessions));
    }
}
