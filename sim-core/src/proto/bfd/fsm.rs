//! The state machine of a session, as a pure table.

/// Where a session stands; the number is that on the wire (RFC 5880 §4.1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum State {
    /// Switched off here.
    AdminDown = 0,
    /// Nothing heard of the other end, or it is down.
    #[default]
    Down = 1,
    /// The other end is heard; whether it hears this one is not known yet.
    Init = 2,
    /// Both hear each other.
    Up = 3,
}

impl State {
    /// All states.
    pub const ALL: [Self; 4] = [Self::AdminDown, Self::Down, Self::Init, Self::Up];
}

impl core::fmt::Display for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::AdminDown => "AdminDown",
            Self::Down => "Down",
            Self::Init => "Init",
            Self::Up => "Up",
        })
    }
}

/// Why a session last left Up; the number is that on the wire (RFC 5880 §4.1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Diagnostic {
    /// It has not.
    #[default]
    None = 0,
    /// Nothing was heard for the detection time.
    DetectionTimeExpired = 1,
    /// The echo function failed.
    EchoFailed = 2,
    /// The other end said that it is down.
    NeighborSignaledDown = 3,
    /// The forwarding plane was reset.
    ForwardingPlaneReset = 4,
    /// The path is known to be down.
    PathDown = 5,
    /// Another path in a concatenation is down.
    ConcatenatedPathDown = 6,
    /// Switched off.
    AdministrativelyDown = 7,
    /// Another path in a concatenation, in reverse, is down.
    ReverseConcatenatedPathDown = 8,
}

impl Diagnostic {
    /// The diagnostic with this number; a number that is reserved means none (RFC 5880 §4.1).
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::DetectionTimeExpired,
            2 => Self::EchoFailed,
            3 => Self::NeighborSignaledDown,
            4 => Self::ForwardingPlaneReset,
            5 => Self::PathDown,
            6 => Self::ConcatenatedPathDown,
            7 => Self::AdministrativelyDown,
            8 => Self::ReverseConcatenatedPathDown,
            _ => Self::None,
        }
    }
}

impl core::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::None => "no diagnostic",
            Self::DetectionTimeExpired => "control detection time expired",
            Self::EchoFailed => "echo function failed",
            Self::NeighborSignaledDown => "neighbor signaled session down",
            Self::ForwardingPlaneReset => "forwarding plane reset",
            Self::PathDown => "path down",
            Self::ConcatenatedPathDown => "concatenated path down",
            Self::AdministrativelyDown => "administratively down",
            Self::ReverseConcatenatedPathDown => "reverse concatenated path down",
        })
    }
}

/// What happens to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A packet came that says that the other end stands there.
    Heard(State),
    /// Nothing came for the detection time.
    DetectionExpires,
    /// The path is known to be down, for example by its interface.
    PathDown,
    /// It is switched off.
    Disable,
    /// It is switched on.
    Enable,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 8] = [
        Self::Heard(State::AdminDown),
        Self::Heard(State::Down),
        Self::Heard(State::Init),
        Self::Heard(State::Up),
        Self::DetectionExpires,
        Self::PathDown,
        Self::Disable,
        Self::Enable,
    ];
}

/// Where `event` takes a session in `state`, and the diagnostic it has from then on, if that changes.
///
/// # Source
/// RFC 5880 §6.2, §6.8.6, §6.8.4 (detection), §6.8.16 (administrative control).
#[must_use]
pub const fn transition(state: State, event: Event) -> (State, Option<Diagnostic>) {
    match (state, event) {
        (State::Down | State::Init | State::Up, Event::Disable) => {
            (State::AdminDown, Some(Diagnostic::AdministrativelyDown))
        }
        (State::AdminDown, Event::Enable) => (State::Down, Some(Diagnostic::None)),
        (State::Down, Event::Heard(State::Down)) => (State::Init, None),
        (State::Down, Event::Heard(State::Init)) | (State::Init, Event::Heard(State::Init | State::Up)) => {
            (State::Up, Some(Diagnostic::None))
        }
        (State::Init | State::Up, Event::Heard(State::AdminDown)) | (State::Up, Event::Heard(State::Down)) => {
            (State::Down, Some(Diagnostic::NeighborSignaledDown))
        }
        (State::Init | State::Up, Event::DetectionExpires) => {
            (State::Down, Some(Diagnostic::DetectionTimeExpired))
        }
        (State::Init | State::Up, Event::PathDown) => (State::Down, Some(Diagnostic::PathDown)),
        // Switched off, it listens to nothing.
        (
            State::AdminDown,
            Event::Heard(_) | Event::DetectionExpires | Event::PathDown | Event::Disable,
        )
        // The other end has not noticed yet that this one is down, or is switched off.
        | (State::Down, Event::Heard(State::AdminDown | State::Up))
        | (State::Down, Event::DetectionExpires | Event::PathDown | Event::Enable)
        | (State::Init, Event::Heard(State::Down) | Event::Enable)
        | (State::Up, Event::Heard(State::Init | State::Up) | Event::Enable) => (state, None),
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::*;

    #[test]
    fn every_event_in_every_state() {
        let mut table = String::new();
        for state in State::ALL {
            writeln!(table, "{state}").expect("text grows");
            for event in Event::ALL {
                let name = format!("{event:?}");
                let cell = match transition(state, event) {
                    (next, None) if next == state => "ignored".to_owned(),
                    (next, None) => next.to_string(),
                    (next, Some(diagnostic)) => format!("{next}, {diagnostic}"),
                };
                writeln!(table, "  {name:18} {cell}").expect("text grows");
            }
        }
        insta::assert_snapshot!(table);
    }
}
