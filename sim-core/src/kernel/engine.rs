//! The loop that runs a model: pop the next event, hand it to the model, again.
//!
//! [`Engine`] owns the model and its queue, and is cloned as a whole to make a checkpoint. The model sees the queue
//! only through a [`Scheduler`], with which it can plan but not pop. The engine knows no trace: a model that keeps
//! one writes to it while it handles an event, and whoever calls [`Engine::step`] delivers the records.

use super::queue::{EventQueue, TimerId};
use crate::units::{SimTime, Span};

/// Something that events happen to.
pub trait Model {
    /// What can happen, and to whom.
    type Event;

    /// Lets `event` happen at the present instant of `scheduler`: hands it to its owner and schedules what follows.
    fn handle(&mut self, event: Self::Event, scheduler: &mut Scheduler<'_, Self::Event>);
}

/// The queue as a model sees it: the present, and what to do later.
#[derive(Debug)]
pub struct Scheduler<'a, E> {
    queue: &'a mut EventQueue<E>,
}

impl<'a, E> Scheduler<'a, E> {
    /// Schedules into `queue`.
    pub const fn new(queue: &'a mut EventQueue<E>) -> Self {
        Self { queue }
    }

    /// The present.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.queue.now()
    }

    /// Lets `event` happen at `at`, after everything already scheduled for that instant.
    ///
    /// # Panics
    /// If `at` is past: a model that does so is wrong.
    #[inline]
    pub fn at(&mut self, at: SimTime, event: E) {
        self.queue.schedule(at, event);
    }

    /// Lets `event` happen `delay` from now.
    #[inline]
    pub fn after(&mut self, delay: Span, event: E) {
        self.queue.schedule(self.queue.now() + delay, event);
    }

    /// Lets `event` happen at `at` unless it is taken back before.
    ///
    /// # Panics
    /// If `at` is past.
    pub fn timer_at(&mut self, at: SimTime, event: E) -> TimerId {
        self.queue.schedule_cancellable(at, event)
    }

    /// Lets `event` happen `delay` from now unless it is taken back before.
    pub fn timer_after(&mut self, delay: Span, event: E) -> TimerId {
        self.queue.schedule_cancellable(self.queue.now() + delay, event)
    }

    /// Takes a timer back. False if it has fired or was cancelled before.
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        self.queue.cancel(timer)
    }

    /// Moves a timer to another instant. False if it has fired or was cancelled before.
    ///
    /// # Panics
    /// If `at` is past.
    pub fn reschedule(&mut self, timer: TimerId, at: SimTime) -> bool {
        self.queue.reschedule(timer, at)
    }

    /// Whether a timer is still to fire.
    #[must_use]
    pub fn is_pending(&self, timer: TimerId) -> bool {
        self.queue.is_pending(timer)
    }
}

/// Why a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stopped {
    /// Everything due up to the instant asked for has happened, and it is that instant now.
    Reached,
    /// So many events have happened as were allowed; it is the instant of the last one.
    BudgetSpent,
}

/// How far a run got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Run {
    /// Why it came to its end.
    pub stopped: Stopped,
    /// How many events happened.
    pub n_events: u64,
}

/// A model and its pending events.
#[derive(Debug)]
pub struct Engine<M: Model> {
    /// The model.
    pub model: M,
    queue: EventQueue<M::Event>,
}

// Derived, it would ask whether the model's name for its events, not the events, can be cloned.
impl<M: Model + Clone> Clone for Engine<M>
where
    M::Event: Clone,
{
    fn clone(&self) -> Self {
        Self {
            model: self.model.clone(),
            queue: self.queue.clone(),
        }
    }
}

impl<M: Model> Engine<M> {
    /// A model to which nothing is going to happen yet.
    #[must_use]
    pub fn new(model: M) -> Self {
        Self {
            model,
            queue: EventQueue::new(),
        }
    }

    /// The present.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.queue.now()
    }

    /// The pending events.
    #[must_use]
    pub const fn queue(&self) -> &EventQueue<M::Event> {
        &self.queue
    }

    /// The model together with the means to schedule, for what is done to it from outside between two events.
    pub const fn parts(&mut self) -> (&mut M, Scheduler<'_, M::Event>) {
        (&mut self.model, Scheduler::new(&mut self.queue))
    }

    /// Lets the next event happen, if it is due no later than `until`, and tells its instant.
    #[inline]
    pub fn step(&mut self, until: SimTime) -> Option<SimTime> {
        let (at, event) = self.queue.pop_until(until)?;
        self.model.handle(event, &mut Scheduler::new(&mut self.queue));
        Some(at)
    }

    /// Lets everything happen that is due up to and with `until`, but no more than `budget` events.
    ///
    /// With `until` past nothing happens.
    pub fn run_until(&mut self, until: SimTime, budget: u64) -> Run {
        let mut n_events = 0;
        while n_events < budget {
            if self.step(until).is_none() {
                if until > self.now() {
                    self.queue.advance_to(until);
                }
                return Run {
                    stopped: Stopped::Reached,
                    n_events,
                };
            }
            n_events += 1;
        }
        Run {
            stopped: Stopped::BudgetSpent,
            n_events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts down once a second, beginning anew when somebody presses the button.
    #[derive(Debug, Clone)]
    struct Countdown {
        left: u32,
        timer: Option<TimerId>,
        pressed_at: Vec<SimTime>,
    }

    #[derive(Debug, Clone)]
    enum Event {
        Tick,
        Press,
    }

    impl Model for Countdown {
        type Event = Event;
        fn handle(&mut self, event: Event, scheduler: &mut Scheduler<'_, Event>) {
            match event {
                Event::Tick => self.left -= 1,
                Event::Press => {
                    self.left = 3;
                    self.pressed_at.push(scheduler.now());
                    if let Some(timer) = self.timer.take() {
                        scheduler.cancel(timer);
                    }
                }
            }
            self.timer = (self.left > 0).then(|| scheduler.timer_after(Span::secs(1), Event::Tick));
        }
    }

    fn second(n: u64) -> SimTime {
        SimTime::at(Span::secs(n))
    }

    fn countdown() -> Engine<Countdown> {
        let mut engine = Engine::new(Countdown {
            left: 0,
            timer: None,
            pressed_at: Vec::new(),
        });
        let (_, mut scheduler) = engine.parts();
        scheduler.after(Span::secs(10), Event::Press);
        scheduler.at(SimTime::at(Span::millis(11_500)), Event::Press);
        engine
    }

    #[test]
    fn a_run_ends_at_the_instant_asked_for() {
        let mut engine = countdown();
        // Press at 10 s, tick at 11 s.
        let run = engine.run_until(SimTime::at(Span::millis(11_400)), u64::MAX);
        assert_eq!(
            run,
            Run {
                stopped: Stopped::Reached,
                n_events: 2
            }
        );
        assert_eq!(
            (engine.now(), engine.model.left),
            (SimTime::at(Span::millis(11_400)), 2)
        );
        // Press at 11.5 s takes back the tick of 12 s; ticks at 12.5 s, 13.5 s and 14.5 s.
        let run = engine.run_until(second(60), u64::MAX);
        assert_eq!(
            run,
            Run {
                stopped: Stopped::Reached,
                n_events: 4
            }
        );
        assert_eq!((engine.now(), engine.model.left), (second(60), 0));
        // Going back does nothing.
        assert_eq!(
            engine.run_until(second(1), 9),
            Run {
                stopped: Stopped::Reached,
                n_events: 0
            }
        );
        assert_eq!(engine.now(), second(60));
    }

    #[test]
    fn a_run_ends_when_its_budget_is_spent() {
        let mut engine = countdown();
        let run = engine.run_until(second(60), 1);
        assert_eq!(
            run,
            Run {
                stopped: Stopped::BudgetSpent,
                n_events: 1
            }
        );
        assert_eq!(engine.now(), second(10));
    }

    #[test]
    fn events_due_at_the_last_instant_still_happen() {
        let mut engine = countdown();
        assert_eq!(engine.run_until(second(10), u64::MAX).n_events, 1);
        assert_eq!(engine.model.pressed_at, [second(10)]);
    }

    #[test]
    fn a_clone_goes_its_own_way() {
        let mut engine = countdown();
        engine.run_until(second(11), u64::MAX);
        let mut branch = engine.clone();
        engine.run_until(second(60), u64::MAX);
        assert_eq!((branch.now(), branch.model.left), (second(11), 2));
        branch.run_until(second(60), u64::MAX);
        assert_eq!(branch.model.pressed_at, engine.model.pressed_at);
    }
}
