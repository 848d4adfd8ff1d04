//! Small labs for tests: overlays on the Region-to-Region lab, loaded and opened in one call.

use sim_core::lab::{Blueprint, Happening, Keep, Progress, Record, Session};
use sim_core::migrate::mgn::{DataReplicationState, Notice};
use sim_core::resource::{ResourceRef, SourceServerId};
use sim_core::scenario::{load, parse_failure, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Server, View};

/// Far more events than a small lab needs.
pub(crate) const BUDGET: u64 = 1_000_000;

/// The checked lab of a text that is known to be right.
#[track_caller]
pub(crate) fn blueprint(text: &str) -> Blueprint {
    match load(text, "test", &shipped_base) {
        Ok(loaded) => loaded.blueprint,
        Err(diagnostics) => {
            let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            panic!("{}\n{text}", lines.join("\n"))
        }
    }
}

/// A shipped lab with this going wrong, each as it is said on the command line.
#[track_caller]
pub(crate) fn disturbed(name: &str, failures: &[&str]) -> Blueprint {
    let mut blueprint = blueprint(&shipped_base(name).expect("it ships"));
    for failure in failures {
        let levers = parse_failure(failure, &blueprint).expect("it can be said so");
        blueprint.schedule.extend(levers);
    }
    blueprint.schedule.sort_by_key(|(at, _)| *at);
    blueprint
}

/// A session with a lab that keeps every record.
#[track_caller]
pub(crate) fn open(text: &str, seed: u64) -> Session {
    Session::open(blueprint(text), Some(seed), Keep::All).expect("the lab can be built")
}

/// Lets time go on, which a small lab does within [`BUDGET`].
#[track_caller]
pub(crate) fn run(session: &mut Session, until: SimTime) {
    assert_eq!(session.advance(until, BUDGET), Progress::Reached);
}

/// The row of a server, as screens show it now.
#[track_caller]
pub(crate) fn server(session: &Session, name: &str) -> Server {
    let mut servers = View::of(session).servers().into_iter();
    servers
        .find(|server| server.name == name)
        .expect("a server of that name")
}

/// What the trace tells of one server.
pub(crate) struct History<'a> {
    session: &'a Session,
    id: SourceServerId,
}

impl<'a> History<'a> {
    #[track_caller]
    pub(crate) fn of(session: &'a Session, name: &str) -> Self {
        let id = server(session, name).id;
        Self { session, id }
    }

    fn notices(&self) -> impl DoubleEndedIterator<Item = (SimTime, &'a Notice)> {
        let subject = ResourceRef::SourceServer(self.id);
        let mine = move |record: &&Record| record.subject == subject;
        self.session
            .records()
            .filter(mine)
            .filter_map(|record| match &record.what {
                Happening::Mgn(notice) => Some((record.at, notice)),
                _ => None,
            })
    }

    /// When the server first came into a replication state.
    #[track_caller]
    pub(crate) fn entered(&self, state: DataReplicationState) -> SimTime {
        let entered = |notice: &Notice| matches!(notice, Notice::Replication { to, .. } if *to == state);
        let mut at = self.notices().filter(|(_, notice)| entered(notice));
        at.next().unwrap_or_else(|| panic!("never {state}")).0
    }

    /// When the server last came into a replication state.
    #[track_caller]
    pub(crate) fn last_entered(&self, state: DataReplicationState) -> SimTime {
        let entered = |notice: &Notice| matches!(notice, Notice::Replication { to, .. } if *to == state);
        let mut at = self.notices().filter(|(_, notice)| entered(notice));
        at.next_back().unwrap_or_else(|| panic!("never {state}")).0
    }

    /// How long the initial sync took, which the record, the state and the row of the server have
    /// to agree on.
    #[track_caller]
    pub(crate) fn initial_sync_took(&self) -> Span {
        let took = |(at, notice): (SimTime, &Notice)| match notice {
            Notice::InitialSyncDone { took, .. } => Some((at, *took)),
            _ => None,
        };
        let (done_at, took) = self.notices().find_map(took).expect("an end of the initial sync");
        assert_eq!(done_at, self.entered(DataReplicationState::InitialSync) + took);
        let row = server(self.session, &self.session.names().of(self.id));
        assert_eq!(row.initial_sync_done_at, Some(done_at));
        took
    }
}
