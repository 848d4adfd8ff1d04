use proptest::prelude::*;

use super::*;
use crate::units::{SimTime, Span};

fn nano(n: u64) -> SimTime {
    SimTime::from_nanos(n)
}

fn drain(queue: &mut EventQueue<u32>) -> Vec<(u64, u32)> {
    core::iter::from_fn(|| queue.pop())
        .map(|(at, event)| (at.as_nanos(), event))
        .collect()
}

#[test]
fn ties_go_to_the_earlier_scheduling() {
    let mut queue = EventQueue::new();
    for (at, event) in [(5, 1), (3, 2), (5, 3), (0, 4), (3, 5)] {
        queue.schedule(nano(at), event);
    }
    assert_eq!(drain(&mut queue), [(0, 4), (3, 2), (3, 5), (5, 1), (5, 3)]);
}

#[test]
fn what_comes_first_does_so_whenever_it_was_scheduled() {
    let mut queue = EventQueue::new();
    for event in 0..200 {
        queue.schedule(nano(90_000_000_000), event);
    }
    queue.schedule_first(nano(90_000_000_000), 1_000);
    queue.schedule(nano(89_999_999_999), 9_999);
    assert_eq!(queue.pop(), Some((nano(89_999_999_999), 9_999)));
    queue.schedule_first(nano(90_000_000_000), 1_001);
    let events: Vec<u32> = (0..4).filter_map(|_| Some(queue.pop()?.1)).collect();
    assert_eq!(events, [1_000, 1_001, 0, 1]);
    // In the midst of the instant, too.
    queue.schedule_first(nano(90_000_000_000), 1_002);
    let rest: Vec<u32> = drain(&mut queue).into_iter().map(|(_, event)| event).collect();
    assert!(rest.iter().copied().eq([1_002].into_iter().chain(2..200)));
}

#[test]
fn ties_hold_at_every_distance() {
    // A thousand events per instant, scheduled while the instant is far off, near and present.
    let mut queue = EventQueue::new();
    let due = nano(90_000_000_000);
    for event in 0..1_000 {
        queue.schedule(due, event);
    }
    queue.schedule(nano(89_999_999_999), 9_999);
    assert_eq!(queue.pop(), Some((nano(89_999_999_999), 9_999)));
    for event in 1_000..2_000 {
        queue.schedule(due, event);
    }
    assert_eq!(queue.pop(), Some((due, 0)));
    for event in 2_000..3_000 {
        queue.schedule(due, event);
    }
    let rest: Vec<u32> = drain(&mut queue).into_iter().map(|(_, event)| event).collect();
    assert!(rest.iter().copied().eq(1..3_000));
}

#[test]
fn the_clock_follows_what_is_popped() {
    let mut queue = EventQueue::new();
    assert_eq!(queue.now(), SimTime::START);
    queue.schedule(nano(7), ());
    assert_eq!((queue.peek_time(), queue.now()), (Some(nano(7)), SimTime::START));
    queue.pop();
    assert_eq!((queue.peek_time(), queue.now()), (None, nano(7)));
    queue.advance_to(nano(9));
    assert_eq!(queue.now(), nano(9));
}

#[test]
fn nothing_is_popped_past_the_limit() {
    let mut queue = EventQueue::new();
    queue.schedule(nano(7), 1);
    queue.schedule(nano(1_000), 2);
    assert_eq!(queue.pop_until(nano(6)), None);
    assert_eq!(queue.now(), SimTime::START);
    // What is scheduled after such a look still comes first.
    queue.schedule(nano(2), 3);
    assert_eq!(queue.pop_until(nano(7)), Some((nano(2), 3)));
    assert_eq!(queue.pop_until(nano(7)), Some((nano(7), 1)));
    assert_eq!(queue.pop_until(nano(999)), None);
    assert_eq!(queue.len(), 1);
}

#[test]
fn the_ends_of_time_can_be_scheduled() {
    let mut queue = EventQueue::new();
    for (at, event) in [
        (u64::MAX, 1),
        (u64::MAX - 1, 2),
        (0, 3),
        (1 << 63, 4),
        (u64::MAX, 5),
    ] {
        queue.schedule(nano(at), event);
    }
    assert_eq!(
        drain(&mut queue),
        [
            (0, 3),
            (1 << 63, 4),
            (u64::MAX - 1, 2),
            (u64::MAX, 1),
            (u64::MAX, 5)
        ]
    );
    queue.schedule(SimTime::END, 6);
    assert_eq!(queue.pop(), Some((SimTime::END, 6)));
}

#[test]
fn a_timer_fires_is_cancelled_or_moved_once() {
    let mut queue = EventQueue::new();
    let hold = queue.schedule_cancellable(nano(90), "hold");
    let keepalive = queue.schedule_cancellable(nano(30), "keepalive");
    assert!(queue.is_pending(hold) && queue.cancel(hold));
    assert!(!queue.is_pending(hold) && !queue.cancel(hold) && !queue.reschedule(hold, nano(91)));
    assert_eq!((queue.len(), queue.peek_time()), (1, Some(nano(30))));

    // The slot is used again; the old name does not reach the new timer.
    let connect = queue.schedule_cancellable(nano(40), "connect");
    assert!(connect != hold && !queue.cancel(hold));

    assert!(queue.reschedule(keepalive, nano(40)));
    queue.schedule(nano(40), "packet");
    assert!(queue.reschedule(connect, nano(35)));
    let events: Vec<_> = core::iter::from_fn(|| queue.pop())
        .map(|(_, event)| event)
        .collect();
    assert_eq!(events, ["connect", "keepalive", "packet"]);
    assert!(!queue.cancel(connect) && !queue.cancel(keepalive));
}

#[test]
fn a_moved_timer_comes_after_what_is_already_there() {
    let mut queue = EventQueue::new();
    let timer = queue.schedule_cancellable(nano(40), 1);
    queue.schedule(nano(40), 2);
    assert!(queue.reschedule(timer, nano(40)));
    assert_eq!(drain(&mut queue), [(40, 2), (40, 1)]);
}

#[test]
fn an_optional_timer_costs_nothing() {
    assert_eq!(size_of::<Option<TimerId>>(), 8);
}

#[test]
fn memory_stays_bounded_however_often_a_timer_is_moved() {
    let mut queue = EventQueue::new();
    let timers: Vec<_> = (0..100)
        .map(|n| queue.schedule_cancellable(nano(1_000_000), n))
        .collect();
    for round in 0..1_000 {
        for &timer in &timers {
            assert!(queue.reschedule(timer, nano(1_000_000 + round * 4_096)));
        }
    }
    // At most 100 living, and as many dead and 64 more.
    assert!(queue.n_keys() <= 100 + 100 + 64 + 1, "{}", queue.n_keys());
    assert_eq!(drain(&mut queue).len(), 100);
    for round in 0..10_000 {
        let timer = queue.schedule_cancellable(queue.now() + Span::nanos(round), 0);
        queue.cancel(timer);
    }
    assert!(queue.n_keys() <= 64 + 1, "{}", queue.n_keys());
}

#[test]
fn a_burst_of_near_events_is_dealt_back_to_the_wheel() {
    // One event far from the next opens a slot that spans seconds; it then sets off a storm within.
    let mut queue = EventQueue::new();
    queue.schedule(nano(5_000_000_000), 0);
    assert_eq!(queue.pop(), Some((nano(5_000_000_000), 0)));
    // 7919 is prime to 10 000, so the instants are all of 0..10 000 µs, in no order.
    for event in 0..10_000u32 {
        let delay = Span::micros(u64::from(event) * 7_919 % 10_000);
        queue.schedule(queue.now() + delay, event);
    }
    let instants: Vec<u64> = drain(&mut queue).into_iter().map(|(at, _)| at).collect();
    assert!(
        instants
            .iter()
            .copied()
            .eq((0..10_000).map(|micros| 5_000_000_000 + micros * 1_000))
    );
}

/// The plainest queue that can be: a vector, searched for its least key.
#[derive(Debug, Clone, Default)]
struct Naive {
    /// When, whether not first at that instant, which scheduling, and what.
    pending: Vec<(u64, bool, u64, u32)>,
    now: u64,
    next_seq: u64,
}

impl Naive {
    fn schedule(&mut self, at: u64, event: u32) {
        self.put(at, true, event);
    }

    fn put(&mut self, at: u64, is_ordinary: bool, event: u32) {
        self.pending.push((at, is_ordinary, self.next_seq, event));
        self.next_seq += 1;
    }

    fn cancel(&mut self, event: u32) -> bool {
        let before = self.pending.len();
        self.pending.retain(|pending| pending.3 != event);
        self.pending.len() < before
    }

    fn pop_until(&mut self, until: u64) -> Option<(SimTime, u32)> {
        let next = *self.pending.iter().min()?;
        if next.0 > until {
            return None;
        }
        self.pending.retain(|pending| *pending != next);
        self.now = next.0;
        Some((nano(next.0), next.3))
    }
}

#[derive(Debug, Clone)]
enum Step {
    Schedule {
        delay: u64,
    },
    ScheduleFirst {
        delay: u64,
    },
    ScheduleCancellable {
        delay: u64,
    },
    /// Of the timers named so far, fired or not, one.
    Cancel {
        which: prop::sample::Index,
    },
    Reschedule {
        which: prop::sample::Index,
        delay: u64,
    },
    Pop,
    PopUntil {
        delay: u64,
    },
    Advance {
        delay: u64,
    },
    Clone,
}

/// Delays of every magnitude, many of them equal.
fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => Just(0u64),
        3 => 0u64..4,
        3 => 0u64..200,
        2 => (0u32..44, 0u64..64).prop_map(|(shift, n)| n << shift),
        2 => (0u32..44).prop_map(|shift| (1 << shift) - 1),
        1 => Just(30_000_000_000u64),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    use prop::sample::Index;
    prop_oneof![
        8 => delay().prop_map(|delay| Step::Schedule { delay }),
        2 => delay().prop_map(|delay| Step::ScheduleFirst { delay }),
        5 => delay().prop_map(|delay| Step::ScheduleCancellable { delay }),
        3 => any::<Index>().prop_map(|which| Step::Cancel { which }),
        3 => (any::<Index>(), delay()).prop_map(|(which, delay)| Step::Reschedule { which, delay }),
        8 => Just(Step::Pop),
        2 => delay().prop_map(|delay| Step::PopUntil { delay }),
        1 => delay().prop_map(|delay| Step::Advance { delay }),
        1 => Just(Step::Clone),
    ]
}

/// Takes the same steps with both queues, which must agree on everything that can be seen.
fn follow(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut queue, mut naive) = (EventQueue::new(), Naive::default());
    let mut timers = Vec::new();
    for (event, step) in (0u32..).zip(steps) {
        let now = naive.now;
        match step {
            Step::Schedule { delay } => {
                queue.schedule(nano(now + delay), event);
                naive.schedule(now + delay, event);
            }
            Step::ScheduleFirst { delay } => {
                queue.schedule_first(nano(now + delay), event);
                naive.put(now + delay, false, event);
            }
            Step::ScheduleCancellable { delay } => {
                timers.push((queue.schedule_cancellable(nano(now + delay), event), event));
                naive.schedule(now + delay, event);
            }
            Step::Cancel { which } if !timers.is_empty() => {
                let (timer, event) = *which.get(&timers);
                prop_assert_eq!(queue.cancel(timer), naive.cancel(event));
            }
            Step::Reschedule { which, delay } if !timers.is_empty() => {
                let (timer, event) = *which.get(&timers);
                let pending = naive.cancel(event);
                prop_assert_eq!(queue.is_pending(timer), pending);
                prop_assert_eq!(queue.reschedule(timer, nano(now + delay)), pending);
                if pending {
                    naive.schedule(now + delay, event);
                }
            }
            Step::Cancel { .. } | Step::Reschedule { .. } => {}
            Step::Pop => prop_assert_eq!(queue.pop(), naive.pop_until(u64::MAX)),
            Step::PopUntil { delay } => {
                prop_assert_eq!(queue.pop_until(nano(now + delay)), naive.pop_until(now + delay));
            }
            Step::Advance { delay } => {
                let next = naive.pending.iter().min().map_or(u64::MAX, |next| next.0);
                naive.now = next.min(now + delay);
                queue.advance_to(nano(naive.now));
            }
            Step::Clone => queue = queue.clone(),
        }
        prop_assert_eq!(queue.now(), nano(naive.now));
        prop_assert_eq!(queue.len(), naive.pending.len());
        prop_assert_eq!(
            queue.peek_time(),
            naive.pending.iter().min().map(|next| nano(next.0))
        );
    }
    loop {
        let popped = queue.pop();
        prop_assert_eq!(popped, naive.pop_until(u64::MAX));
        if popped.is_none() {
            return Ok(());
        }
    }
}

proptest! {
    #[test]
    fn it_does_what_a_searched_vector_does(steps in prop::collection::vec(step(), 0..400)) {
        follow(steps)?;
    }

    /// So many events that slots are dealt and the horizon is drawn in again and again.
    #[test]
    fn crowds_come_in_order(
        waves in prop::collection::vec((prop::collection::vec(delay(), 0..400), 0usize..300), 1..6),
    ) {
        let (mut queue, mut expected) = (EventQueue::new(), std::collections::BTreeSet::new());
        let mut event = 0u32;
        for (delays, n_pops) in waves {
            for delay in delays {
                let at = queue.now() + Span::nanos(delay);
                queue.schedule(at, event);
                expected.insert((at, event));
                event += 1;
            }
            for _ in 0..n_pops {
                prop_assert_eq!(queue.pop(), expected.pop_first());
            }
        }
        while let Some(next) = expected.pop_first() {
            prop_assert_eq!(queue.pop(), Some(next));
        }
        prop_assert_eq!(queue.pop(), None);
    }
}
