//! What a session can be asked to run to.

use core::str::FromStr;

use crate::migrate::mgn::{DataReplicationState, LifeCycleState};
use crate::resource::SourceServerId;
use crate::units::{SimTime, Span};
use crate::world::World;
use crate::world::names::Names;

/// Something to run to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Until {
    /// An instant.
    Instant(SimTime),
    /// A server is in a life-cycle state.
    LifeCycle(SourceServerId, LifeCycleState),
    /// A server is in a replication state.
    Replication(SourceServerId, DataReplicationState),
}

/// Why a text does not say what to run to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UntilError {
    /// Neither a span nor a server and a state.
    #[error("expected a span such as \"2h30m\", or a server and a state such as \"app-1 READY_FOR_TEST\"")]
    Malformed,
    /// There is no such server.
    #[error("there is no source server {name:?}")]
    NoSuchServer {
        /// The name as written.
        name: String,
    },
    /// There is no such state.
    #[error("{word:?} is neither a life-cycle state nor a replication state")]
    NoSuchState {
        /// The word as written.
        word: String,
    },
}

impl Until {
    /// Reads what a person types: a span since the lab's start (`2h30m`), a span from now (`+10m`)
    /// or before now (`-10m`), or a server's name and one of AWS's state names.
    ///
    /// # Errors
    /// Where the text says none of these; the message says what would do.
    pub fn parse(text: &str, now: SimTime, names: &Names) -> Result<Self, UntilError> {
        let text = text.trim();
        let text = text.strip_prefix("server ").unwrap_or(text);
        if let Some(from_now) = text.strip_prefix('+') {
            let span = Span::from_str(from_now).map_err(|_| UntilError::Malformed)?;
            return Ok(Self::Instant(now + span));
        }
        if let Some(ago) = text.strip_prefix('-') {
            let span = Span::from_str(ago).map_err(|_| UntilError::Malformed)?;
            return Ok(Self::Instant(SimTime::START + now.since(SimTime::at(span))));
        }
        if let Ok(span) = Span::from_str(text) {
            return Ok(Self::Instant(SimTime::at(span)));
        }
        let (name, word) = text
            .rsplit_once(char::is_whitespace)
            .ok_or(UntilError::Malformed)?;
        let name = name.trim();
        let server = names.find(name).iter().find_map(|it| match it {
            crate::resource::ResourceRef::SourceServer(id) => Some(*id),
            _ => None,
        });
        let server = server.ok_or_else(|| UntilError::NoSuchServer {
            name: name.to_owned(),
        })?;
        let wanted = word.to_ascii_uppercase().replace('-', "_");
        if let Some(state) = LifeCycleState::ALL.iter().find(|it| it.as_str() == wanted) {
            return Ok(Self::LifeCycle(server, *state));
        }
        if let Some(state) = DataReplicationState::ALL.iter().find(|it| it.as_str() == wanted) {
            return Ok(Self::Replication(server, *state));
        }
        Err(UntilError::NoSuchState {
            word: word.to_owned(),
        })
    }

    /// Whether it is so at present.
    pub(super) fn holds(self, world: &World) -> bool {
        let server = |id| world.mgn().and_then(|mgn| mgn.server(id));
        match self {
            Self::Instant(at) => world.now() >= at,
            Self::LifeCycle(id, state) => server(id).is_some_and(|it| it.life_cycle().state == Some(state)),
            Self::Replication(id, state) => {
                server(id).is_some_and(|it| it.data_replication_state() == Some(state))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;

    #[test]
    fn what_a_person_types_is_read() {
        let mut names = Names::default();
        let id: SourceServerId = Id::from_index(3);
        names.insert(id, "app-1");
        let now = SimTime::at(Span::hours(1));
        let read = |text: &str| Until::parse(text, now, &names);
        assert_eq!(read("2h"), Ok(Until::Instant(SimTime::at(Span::hours(2)))));
        assert_eq!(read("+10m"), Ok(Until::Instant(SimTime::at(Span::minutes(70)))));
        assert_eq!(read("-10m"), Ok(Until::Instant(SimTime::at(Span::minutes(50)))));
        assert_eq!(read("-2h"), Ok(Until::Instant(SimTime::START)));
        assert_eq!(
            read("app-1 ready_for_test"),
            Ok(Until::LifeCycle(id, LifeCycleState::ReadyForTest))
        );
        assert_eq!(
            read("server app-1 CONTINUOUS"),
            Ok(Until::Replication(id, DataReplicationState::Continuous))
        );
        assert!(matches!(
            read("app-2 TESTING"),
            Err(UntilError::NoSuchServer { .. })
        ));
        assert!(matches!(read("app-1 HAPPY"), Err(UntilError::NoSuchState { .. })));
        assert_eq!(read("soon"), Err(UntilError::Malformed));
    }
}
