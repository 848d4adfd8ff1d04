//! Anything, in any order.

use proptest::prelude::*;

use super::pipe::configs;
use crate::kernel::Streams;
use crate::proto::bgp::session::open::offer;
use crate::proto::bgp::session::*;
use crate::proto::bgp::{Code, Family, Message, Notification, RouteRefresh, Update};
use crate::units::{SimTime, Span};

fn any_half() -> impl Strategy<Value = Half> {
    prop_oneof![Just(Half::Outgoing), Just(Half::Incoming)]
}

fn any_message() -> impl Strategy<Value = Message> {
    let [_, peer] = configs();
    let open = offer(&peer, Restarted::No);
    let mut refused = open.clone();
    refused.hold_time = 1;
    let refresh = RouteRefresh {
        family: Family::IPV4_UNICAST,
        subtype: 0,
    };
    let code = (1u8..8, 0u8..12).prop_map(|(code, subcode)| Code { code, subcode });
    prop_oneof![
        4 => Just(Message::Open(open)),
        1 => Just(Message::Open(refused)),
        4 => Just(Message::Keepalive),
        1 => Just(Message::Update(Update::default())),
        1 => Just(Message::RouteRefresh(refresh)),
        1 => code.prop_map(|code| Message::Notification(Notification::new(code))),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let stop = prop_oneof![
        Just(StopReason::Shutdown),
        Just(StopReason::ConfigurationChange),
        Just(StopReason::MaxPrefixes {
            limit: 7,
            restart_after: Some(Span::secs(3))
        }),
        Just(StopReason::ProcessEnds),
        Just(StopReason::ProcessTerminates),
    ];
    let closed = prop_oneof![Just(Closed::Fin), Just(Closed::Reset), Just(Closed::TimedOut)];
    let code = (1u8..4, 1u8..4).prop_map(|(code, subcode)| Code { code, subcode });
    prop_oneof![
        2 => Just(Input::Start),
        1 => stop.prop_map(Input::Stop),
        1 => Just(Input::Clear),
        4 => Just(Input::Opened),
        1 => Just(Input::OpenFailed(OpenFailure::Refused)),
        3 => Just(Input::Accepted),
        1 => (any_half(), closed).prop_map(|(half, how)| Input::Closed(half, how)),
        8 => (any_half(), any_message()).prop_map(|(half, message)| Input::Message(half, message)),
        2 => any_half().prop_map(Input::UpdateSeen),
        1 => (any_half(), code).prop_map(|(half, code)| Input::Malformed(half, Notification::new(code))),
        1 => Just(Input::UpdateSent),
        1 => Just(Input::EndOfRib),
        1 => Just(Input::BfdDown),
        1 => Just(Input::InterfaceDown),
        1 => Just(Input::InterfaceUp),
    ]
}

/// What the carrier would know of TCP.
#[derive(Default)]
struct Carrier {
    /// By half: whether it was asked for or accepted, and whether it is up.
    asked: bool,
    is_open: [bool; 2],
    is_up: bool,
}

impl Carrier {
    /// Whether TCP could tell this now.
    fn allows(&self, input: &Input, session: &Session) -> bool {
        match input {
            Input::Opened | Input::OpenFailed(_) => self.asked,
            Input::Accepted => session.acceptance() != Acceptance::Refuse,
            Input::Closed(half, _)
            | Input::Message(half, _)
            | Input::UpdateSeen(half)
            | Input::Malformed(half, _) => self.is_open[*half as usize],
            Input::Start
            | Input::Stop(_)
            | Input::Clear
            | Input::UpdateSent
            | Input::EndOfRib
            | Input::BfdDown
            | Input::InterfaceDown
            | Input::InterfaceUp
            | Input::Wake => true,
        }
    }
    fn note(&mut self, input: &Input) {
        match input {
            Input::Opened => (self.asked, self.is_open[0]) = (false, true),
            Input::OpenFailed(_) => self.asked = false,
            Input::Accepted => self.is_open[1] = true,
            Input::Closed(half, Closed::Reset | Closed::TimedOut | Closed::Replaced) => {
                self.is_open[*half as usize] = false;
            }
            Input::Closed(_, Closed::Fin)
            | Input::Start
            | Input::Stop(_)
            | Input::Clear
            | Input::Message(..)
            | Input::UpdateSeen(_)
            | Input::Malformed(..)
            | Input::UpdateSent
            | Input::EndOfRib
            | Input::BfdDown
            | Input::InterfaceDown
            | Input::InterfaceUp
            | Input::Wake => {}
        }
    }
    fn carry_out(&mut self, output: &Output) {
        match output {
            Output::Connect => {
                assert!(
                    !self.asked && !self.is_open[0],
                    "one outgoing connection at a time"
                );
                self.asked = true;
            }
            Output::Send(half, _) => assert!(self.is_open[*half as usize], "sends over what is open"),
            Output::Close(half, _) => {
                let is_attempt = *half == Half::Outgoing && self.asked;
                assert!(is_attempt || self.is_open[*half as usize], "closes what is there");
                self.is_open[*half as usize] = false;
                self.asked &= *half != Half::Outgoing;
            }
            Output::Up(..) => assert!(!core::mem::replace(&mut self.is_up, true), "up once"),
            Output::Down(_) => assert!(core::mem::replace(&mut self.is_up, false), "down after up"),
            Output::StaleOver(_) | Output::Refresh(_) | Output::Notice(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_inputs_leave_a_session_that_makes_sense(
        inputs in proptest::collection::vec((any_input(), 0u64..4_000), 0..120),
        delay_open: bool,
        passive: bool,
    ) {
        let [mut config, _] = configs();
        config.timers.delay_open = delay_open.then(|| Span::secs(1));
        if passive {
            config.initiative = Initiative::Passive;
        }
        config.timers.connect_retry = Span::ZERO;
        let mut session = Session::new(config, &mut Streams::new(1).stream("bgp", "a"));
        let (mut now, mut carrier) = (SimTime::START, Carrier::default());
        let feed = |session: &mut Session, carrier: &mut Carrier, now, input: Input| {
            if !carrier.allows(&input, session) {
                return;
            }
            carrier.note(&input);
            let mut out = Vec::new();
            session.handle(now, input, &mut out);
            out.iter().for_each(|output| carrier.carry_out(output));
            assert_eq!(carrier.is_up, session.state() == State::Established);
            assert_eq!(session.carrier().is_some(), session.negotiated().is_some());
        };
        feed(&mut session, &mut carrier, now, Input::Start);
        for (input, wait_ms) in inputs {
            let until = now + Span::millis(wait_ms);
            while let Some((at, _)) = session.next_wake().filter(|it| it.0 <= until) {
                prop_assert!(at >= now, "no wake lies in the past once it was seen to");
                now = at;
                feed(&mut session, &mut carrier, now, Input::Wake);
                let after = session.next_wake();
                prop_assert!(after.is_none_or(|(next, _)| next > at), "a wake moves things on: {after:?}");
            }
            now = until;
            feed(&mut session, &mut carrier, now, input);
        }
    }

    /// A wake that comes too early does nothing, so pending ones need not be moved.
    #[test]
    fn an_early_wake_does_nothing(permille in 0u64..1_000) {
        let pipe = super::pipe::Pipe::established(configs());
        let mut session = pipe.sessions[0].clone();
        let (at, _) = session.next_wake().expect("it says that it is there");
        let now = pipe.now + Span::nanos(at.since(pipe.now).as_nanos() / 1_000 * permille);
        let (before, mut out) = (session.clone(), Vec::new());
        session.handle(now, Input::Wake, &mut out);
        prop_assert_eq!(out, []);
        prop_assert_eq!(session, before);
    }
}
