//! The state machine of one connection, as a pure table.
//!
//! ```text
//!             start                    TCP up               OPEN ok               KEEPALIVE
//!   Idle ──────────────▶ Connect ──────────────▶ OpenSent ──────────▶ OpenConfirm ──────────▶ Established
//!    ▲ │ passive start    │  ▲ connect retry       │ TCP fails                                     │
//!    │ └──────────▶ Active ◀─┘ TCP fails           │                                               │
//!    │               │ ▲───────────────────────────┘                                               │
//!    └───────────────┴──────────── stop, error, NOTIFICATION, hold timer ──────────────────────────┘
//! ```
//!
//! # Fidelity
//! Three cells differ from RFC 4271 §8.2.2, as they do in FRR and BIRD:
//! - TCP fails in Connect: Active with the connect retry timer on, where the RFC goes to Idle unless DelayOpen runs.
//!   A speaker in Idle hears no one, so that two speakers started one after the other could miss each other.
//! - A header error in Established is told as what it is (1/x, RFC 4271 §6.1) and not as an error of the state machine.
//! - A second OPEN on one connection in OpenConfirm or Established is an error of the state machine; collisions of two
//!   connections are event 23.
//!
//! NOTIFICATION before OPEN (SendNOTIFICATIONwithoutOPEN) is off.
//!
//! # Source
//! RFC 4271 §8.1 (events), §8.2.2 (states); RFC 6608 (subcodes of error 5).

use super::event::{Action, DelayOpen, Event, State};

use Action::{
    AllowStart, CountRetry, Damp, DropTransport, ForgetRetries, GoUp, Negotiate, Notify, NotifyFsmError,
    NotifyHoldExpired, OpenTransport, ReleaseRoutes, RestartHold, SendKeepalive, SendOpen, StartConnectRetry,
    StartDelayOpen, StartHold, StartOpenHold, StopConnectRetry, StopDelayOpen, StopTimers,
};
use State::{Active, Connect, Established, Idle, OpenConfirm, OpenSent};

type Actions = &'static [Action];

const LEAVE: Actions = &[DropTransport, StopTimers];
const REST: Actions = &[DropTransport, StopTimers, ForgetRetries];
const GIVE_UP: Actions = &[DropTransport, StopTimers, CountRetry, Damp];
const NOTIFY_AND_REST: Actions = &[Notify, DropTransport, StopTimers, ForgetRetries];
const NOTIFY: Actions = &[Notify, DropTransport, StopTimers, CountRetry, Damp];
const FSM_ERROR: Actions = &[NotifyFsmError, DropTransport, StopTimers, CountRetry, Damp];
const HOLD_EXPIRED: Actions = &[NotifyHoldExpired, DropTransport, StopTimers, CountRetry, Damp];
const DOWN: Actions = &[ReleaseRoutes, DropTransport, StopTimers, CountRetry, Damp];
const DOWN_AND_REST: Actions = &[Notify, ReleaseRoutes, DropTransport, StopTimers, ForgetRetries];
const DOWN_NOTIFY: Actions = &[Notify, ReleaseRoutes, DropTransport, StopTimers, CountRetry, Damp];
const DOWN_FSM_ERROR: Actions = &[
    NotifyFsmError,
    ReleaseRoutes,
    DropTransport,
    StopTimers,
    CountRetry,
    Damp,
];
const DOWN_HOLD_EXPIRED: Actions = &[
    NotifyHoldExpired,
    ReleaseRoutes,
    DropTransport,
    StopTimers,
    CountRetry,
    Damp,
];
const TO_OPEN_SENT: Actions = &[StopConnectRetry, StopDelayOpen, SendOpen, StartOpenHold];
const FROM_DELAY_TO_CONFIRM: Actions = &[
    StopConnectRetry,
    StopDelayOpen,
    Negotiate,
    SendOpen,
    SendKeepalive,
    StartHold,
];

/// Where `event` takes a connection in `state`, and what is done on the way.
///
/// An event that a state ignores leaves it and does nothing.
#[must_use]
pub const fn transition(state: State, event: Event, delay: DelayOpen) -> (State, Actions) {
    match state {
        Idle => in_idle(event),
        Connect => in_connect(event, delay),
        Active => in_active(event, delay),
        OpenSent => in_open_sent(event),
        OpenConfirm => in_open_confirm(event),
        Established => in_established(event),
    }
}

const fn in_idle(event: Event) -> (State, Actions) {
    match event {
        Event::ManualStart | Event::AutomaticStart => {
            (Connect, &[ForgetRetries, StartConnectRetry, OpenTransport])
        }
        Event::ManualStartPassive | Event::AutomaticStartPassive => {
            (Active, &[ForgetRetries, StartConnectRetry])
        }
        // A damped start is one of a row: the counter goes on.
        Event::AutomaticStartDamped => (Connect, &[StartConnectRetry, OpenTransport]),
        Event::AutomaticStartDampedPassive => (Active, &[StartConnectRetry]),
        Event::IdleHoldExpires => (Idle, &[AllowStart]),
        // "In this state, BGP FSM refuses all incoming BGP connections".
        Event::TcpRequestAcked | Event::TcpConfirmed => (Idle, &[DropTransport]),
        Event::ManualStop
        | Event::AutomaticStop
        | Event::ConnectRetryExpires
        | Event::HoldExpires
        | Event::KeepaliveExpires
        | Event::DelayOpenExpires
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::TcpFails
        | Event::Open
        | Event::OpenWithDelayRunning
        | Event::HeaderError
        | Event::OpenError
        | Event::CollisionDump
        | Event::NotificationVersionError
        | Event::Notification
        | Event::Keepalive
        | Event::Update
        | Event::UpdateError => (Idle, &[]),
    }
}

const fn in_connect(event: Event, delay: DelayOpen) -> (State, Actions) {
    match event {
        Event::ConnectRetryExpires => (
            Connect,
            &[DropTransport, StopDelayOpen, StartConnectRetry, OpenTransport],
        ),
        Event::TcpFails => (Active, &[DropTransport, StopDelayOpen, StartConnectRetry]),
        Event::TcpRequestAcked | Event::TcpConfirmed => tcp_up(Connect, delay),
        Event::ManualStart
        | Event::ManualStop
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        | Event::AutomaticStop
        | Event::HoldExpires
        | Event::KeepaliveExpires
        | Event::DelayOpenExpires
        | Event::IdleHoldExpires
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::Open
        | Event::OpenWithDelayRunning
        | Event::HeaderError
        | Event::OpenError
        | Event::CollisionDump
        | Event::NotificationVersionError
        | Event::Notification
        | Event::Keepalive
        | Event::Update
        | Event::UpdateError => before_open(Connect, event, delay),
    }
}

const fn in_active(event: Event, delay: DelayOpen) -> (State, Actions) {
    match event {
        Event::ConnectRetryExpires => (Connect, &[StartConnectRetry, OpenTransport]),
        Event::TcpFails => (Idle, GIVE_UP),
        Event::TcpRequestAcked | Event::TcpConfirmed => tcp_up(Active, delay),
        Event::ManualStart
        | Event::ManualStop
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        | Event::AutomaticStop
        | Event::HoldExpires
        | Event::KeepaliveExpires
        | Event::DelayOpenExpires
        | Event::IdleHoldExpires
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::Open
        | Event::OpenWithDelayRunning
        | Event::HeaderError
        | Event::OpenError
        | Event::CollisionDump
        | Event::NotificationVersionError
        | Event::Notification
        | Event::Keepalive
        | Event::Update
        | Event::UpdateError => before_open(Active, event, delay),
    }
}

/// TCP came up in Connect or Active.
const fn tcp_up(state: State, delay: DelayOpen) -> (State, Actions) {
    match delay {
        DelayOpen::Off => (OpenSent, TO_OPEN_SENT),
        DelayOpen::Set => (state, &[StopConnectRetry, StartDelayOpen]),
        DelayOpen::Running => (state, &[]),
    }
}

/// What Connect and Active do alike.
const fn before_open(state: State, event: Event, delay: DelayOpen) -> (State, Actions) {
    match event {
        Event::ManualStop => (Idle, REST),
        Event::DelayOpenExpires => (OpenSent, TO_OPEN_SENT),
        Event::OpenWithDelayRunning => (OpenConfirm, FROM_DELAY_TO_CONFIRM),
        Event::NotificationVersionError => match delay {
            DelayOpen::Running => (Idle, LEAVE),
            DelayOpen::Off | DelayOpen::Set => (Idle, GIVE_UP),
        },
        Event::AutomaticStop
        | Event::HoldExpires
        | Event::KeepaliveExpires
        | Event::IdleHoldExpires
        | Event::Open
        | Event::HeaderError
        | Event::OpenError
        | Event::CollisionDump
        | Event::Notification
        | Event::Keepalive
        | Event::Update
        | Event::UpdateError => (Idle, GIVE_UP),
        Event::ManualStart
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        // The two states answer these themselves.
        | Event::ConnectRetryExpires
        | Event::TcpRequestAcked
        | Event::TcpConfirmed
        | Event::TcpFails => (state, &[]),
    }
}

const fn in_open_sent(event: Event) -> (State, Actions) {
    match event {
        Event::ManualStop => (Idle, NOTIFY_AND_REST),
        Event::HoldExpires => (Idle, HOLD_EXPIRED),
        Event::TcpFails => (Active, &[DropTransport, StopTimers, StartConnectRetry]),
        Event::Open => {
            (OpenConfirm, &[StopConnectRetry, StopDelayOpen, Negotiate, SendKeepalive, StartHold])
        }
        Event::AutomaticStop | Event::HeaderError | Event::OpenError | Event::CollisionDump => (Idle, NOTIFY),
        Event::NotificationVersionError => (Idle, LEAVE),
        Event::ConnectRetryExpires
        | Event::KeepaliveExpires
        | Event::DelayOpenExpires
        | Event::IdleHoldExpires
        | Event::OpenWithDelayRunning
        | Event::Notification
        | Event::Keepalive
        | Event::Update
        | Event::UpdateError => (Idle, FSM_ERROR),
        Event::ManualStart
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        // A second connection is another one's matter.
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::TcpRequestAcked
        | Event::TcpConfirmed => (OpenSent, &[]),
    }
}

const fn in_open_confirm(event: Event) -> (State, Actions) {
    match event {
        Event::ManualStop => (Idle, NOTIFY_AND_REST),
        Event::HoldExpires => (Idle, HOLD_EXPIRED),
        Event::KeepaliveExpires => (OpenConfirm, &[SendKeepalive]),
        Event::TcpFails | Event::Notification => (Idle, GIVE_UP),
        Event::NotificationVersionError => (Idle, LEAVE),
        Event::AutomaticStop | Event::HeaderError | Event::OpenError | Event::CollisionDump => (Idle, NOTIFY),
        Event::Keepalive => (Established, &[RestartHold, GoUp]),
        Event::ConnectRetryExpires
        | Event::DelayOpenExpires
        | Event::IdleHoldExpires
        | Event::Open
        | Event::OpenWithDelayRunning
        | Event::Update
        | Event::UpdateError => (Idle, FSM_ERROR),
        Event::ManualStart
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::TcpRequestAcked
        | Event::TcpConfirmed => (OpenConfirm, &[]),
    }
}

const fn in_established(event: Event) -> (State, Actions) {
    match event {
        Event::ManualStop => (Idle, DOWN_AND_REST),
        Event::HoldExpires => (Idle, DOWN_HOLD_EXPIRED),
        Event::KeepaliveExpires => (Established, &[SendKeepalive]),
        Event::TcpFails | Event::NotificationVersionError | Event::Notification => (Idle, DOWN),
        Event::Keepalive | Event::Update => (Established, &[RestartHold]),
        Event::AutomaticStop | Event::HeaderError | Event::CollisionDump | Event::UpdateError => {
            (Idle, DOWN_NOTIFY)
        }
        Event::ConnectRetryExpires
        | Event::DelayOpenExpires
        | Event::IdleHoldExpires
        | Event::Open
        | Event::OpenWithDelayRunning
        | Event::OpenError => (Idle, DOWN_FSM_ERROR),
        Event::ManualStart
        | Event::AutomaticStart
        | Event::ManualStartPassive
        | Event::AutomaticStartPassive
        | Event::AutomaticStartDamped
        | Event::AutomaticStartDampedPassive
        | Event::TcpRequestValid
        | Event::TcpRequestInvalid
        | Event::TcpRequestAcked
        | Event::TcpConfirmed => (Established, &[]),
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::*;

    fn cell(state: State, event: Event, delay: DelayOpen) -> String {
        let (next, actions) = transition(state, event, delay);
        if next == state && actions.is_empty() {
            return "ignored".to_owned();
        }
        let actions: Vec<String> = actions.iter().map(|action| format!("{action:?}")).collect();
        format!("{next}: {}", actions.join(", "))
    }

    #[test]
    fn every_event_in_every_state() {
        let mut table = String::new();
        for state in State::ALL {
            writeln!(table, "{state}").expect("text grows");
            for event in Event::ALL {
                let off = cell(state, event, DelayOpen::Off);
                writeln!(table, "  {:2} {:28} {off}", event as u8, format!("{event:?}")).expect("text grows");
                for delay in [DelayOpen::Set, DelayOpen::Running] {
                    let other = cell(state, event, delay);
                    if other != off {
                        let name = format!("with DelayOpen {delay:?}");
                        writeln!(table, "     {name:28} {other}").expect("text grows");
                    }
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn whoever_leaves_for_idle_gives_up_the_connection_and_its_timers() {
        for state in State::ALL {
            for event in Event::ALL {
                for delay in [DelayOpen::Off, DelayOpen::Set, DelayOpen::Running] {
                    let (next, actions) = transition(state, event, delay);
                    if state != State::Idle && next == State::Idle {
                        assert!(actions.contains(&DropTransport), "{state} {event:?}");
                        assert!(actions.contains(&StopTimers), "{state} {event:?}");
                    }
                    let releases = actions.contains(&ReleaseRoutes);
                    let leaves = state == State::Established && next != State::Established;
                    assert_eq!(releases, leaves, "{state} {event:?}");
                }
            }
        }
    }
}
