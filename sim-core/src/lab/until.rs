//! What a session can be asked to run to.

use core::str::FromStr;
use std::sync::Arc;

use crate::migrate::mgn::{DataReplicationState, LifeCycleState};
use crate::proto::bgp::session::State;
use crate::resource::{BgpSessionId, LinkId, ResourceRef, SourceServerId, TunnelId};
use crate::scenario::nearest;
use crate::units::{SimTime, Span};
use crate::world::World;

use super::ends::{near, sessions_between};
use super::session::Session;

/// Something to run to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Until {
    /// An instant.
    Instant(SimTime),
    /// Something is so.
    When(Condition),
}

/// Something that is so at one time and not at another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    subject: Subject,
    wanted: Wanted,
}

/// Whether the state is to be so, or is not to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted {
    So,
    NotSo,
}

impl Wanted {
    const fn other(self) -> Self {
        match self {
            Self::So => Self::NotSo,
            Self::NotSo => Self::So,
        }
    }
}

/// Of what, and which state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    LifeCycle(Which<SourceServerId>, LifeCycleState),
    Replication(Which<SourceServerId>, DataReplicationState),
    Bgp(Which<BgpSessionId>, State),
    Tunnel(Which<TunnelId>, Way),
    Link(Which<LinkId>, Way),
    /// Whether it comes through.
    Probe(Which<usize>, Way),
}

/// Which of the things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Which<T> {
    One(T),
    /// All of these.
    These(Arc<[T]>),
    Any,
    All,
}

/// Whether something carries what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Up,
    Down,
}

/// Why a text does not say what to run to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UntilError {
    /// Neither a span nor a thing and its state.
    #[error(
        "expected a span such as \"2h30m\", an instant such as \"00:05:10\", or a thing and its state such as \"server app-1 READY_FOR_TEST\", \
         \"bgp cgw-1/tgw is not Established\", \"tunnel vpn-1/1 down\", \"link dx-primary up\" or \"any probe fails\""
    )]
    Malformed,
    /// A thing, and nothing that it is to be.
    #[error("{name} is to be what? possible are {}", states.join(", "))]
    NoState {
        /// The thing.
        name: String,
        /// The states that there are.
        states: Vec<&'static str>,
    },
    /// A kind of things and a state, and no thing.
    #[error("which {kind}? a name belongs before {state:?}, or any {kind} or all {kind}s")]
    NoName {
        /// What kind of thing.
        kind: &'static str,
        /// The state as written.
        state: String,
    },
    /// There is no such thing.
    #[error("{} {name:?}{}", there_is_none(*kind), or_meant(nearest))]
    Unknown {
        /// What kind of thing, where that was said.
        kind: Option<&'static str>,
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// There is nothing of this kind in the lab.
    #[error("there is no {kind} in this lab")]
    NoneOfKind {
        /// What kind of thing.
        kind: &'static str,
    },
    /// There is no such session.
    #[error("there is no BGP session {name:?}{}", sessions_are(near))]
    NoSession {
        /// The name as written.
        name: String,
        /// The sessions of an end that was named.
        near: Vec<String>,
    },
    /// There is no such state.
    #[error("{word:?} is no state of a {kind}: possible are {}", states.join(", "))]
    NoSuchState {
        /// What kind of thing.
        kind: &'static str,
        /// The word as written.
        word: String,
        /// The states that there are.
        states: Vec<&'static str>,
    },
}

fn there_is_none(kind: Option<&str>) -> String {
    kind.map_or_else(
        || "no server, session, tunnel, link or probe is called".to_owned(),
        |kind| format!("there is no {kind}"),
    )
}

fn or_meant(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

fn sessions_are(near: &[String]) -> String {
    let these = near.join(", ");
    if near.is_empty() {
        "; a session is called by its own name or by its two ends, such as cgw-1/dx-1 or tgw↔cgw-1".to_owned()
    } else {
        format!("; near it are {these}")
    }
}

/// The kinds of things that have states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Server,
    Bgp,
    Tunnel,
    Link,
    Probe,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Server, Self::Bgp, Self::Tunnel, Self::Link, Self::Probe];

    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "server" | "servers" => Self::Server,
            "bgp" | "session" | "sessions" => Self::Bgp,
            "tunnel" | "tunnels" => Self::Tunnel,
            "link" | "links" => Self::Link,
            "probe" | "probes" => Self::Probe,
            _ => return None,
        })
    }
    const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Bgp => "BGP session",
            Self::Tunnel => "tunnel",
            Self::Link => "link",
            Self::Probe => "probe",
        }
    }
    /// The things of this kind in a lab, by their names.
    fn things(self, session: &Session) -> Vec<(String, usize)> {
        let place = |(place, (name, _)): (usize, (String, ResourceRef))| (name, place);
        match self {
            Self::Probe => {
                let probes = session.blueprint().probes.iter().enumerate();
                probes
                    .map(|(place, plan)| (plan.name.to_string(), place))
                    .collect()
            }
            Self::Server | Self::Bgp | Self::Tunnel | Self::Link => self
                .resources(session)
                .into_iter()
                .enumerate()
                .map(place)
                .collect(),
        }
    }
    fn resources(self, session: &Session) -> Vec<(String, ResourceRef)> {
        let is_one = |resource: &ResourceRef| {
            matches!(
                (self, resource),
                (Self::Server, ResourceRef::SourceServer(_))
                    | (Self::Bgp, ResourceRef::BgpSession(_))
                    | (Self::Tunnel, ResourceRef::Tunnel(_))
                    | (Self::Link, ResourceRef::Link(_))
            )
        };
        let all = session.names().iter().filter(|(resource, _)| is_one(resource));
        all.map(|(resource, name)| (name.to_owned(), resource)).collect()
    }
    fn states(self) -> Vec<&'static str> {
        match self {
            Self::Server => {
                let cycle = LifeCycleState::ALL.iter().map(|it| it.as_str());
                let replication = DataReplicationState::ALL.iter().map(|it| it.as_str());
                let mut all: Vec<_> = cycle.collect();
                let more: Vec<_> = replication.filter(|it| !all.contains(it)).collect();
                all.extend(more);
                all
            }
            Self::Bgp => {
                let states = State::ALL.iter().map(|it| it.as_str());
                states.chain(["up", "down"]).collect()
            }
            Self::Tunnel | Self::Link => vec!["up", "down"],
            Self::Probe => vec!["answers", "fails"],
        }
    }
}

impl Until {
    /// Reads what a person types: a span since the lab's start (`2h30m`), a span from now (`+10m`) or before now
    /// (`-10m`), an instant as it is shown (`00:05:10.000`), or a thing and its state: `server app-1 READY_FOR_TEST`, `bgp cgw-1/tgw is not Established`, `any probe
    /// fails`, `all tunnels up`. What kind of thing it is may be left out where its name tells.
    ///
    /// # Errors
    /// Where the text says none of these; the message says what would do.
    pub fn parse(text: &str, session: &Session) -> Result<Self, UntilError> {
        let text = text.trim();
        let text = text.strip_prefix("until ").unwrap_or(text).trim_start();
        let now = session.now();
        let span = |text| Span::from_str(text).map_err(|_| UntilError::Malformed);
        if let Some(from_now) = text.strip_prefix('+') {
            return Ok(Self::Instant(now + span(from_now)?));
        }
        if let Some(ago) = text.strip_prefix('-') {
            return Ok(Self::Instant(SimTime::START + now.since(SimTime::at(span(ago)?))));
        }
        if let Ok(span) = Span::from_str(text) {
            return Ok(Self::Instant(SimTime::at(span)));
        }
        // As the axis of a timeline writes it.
        if text.contains('h')
            && text.ends_with(|it: char| it.is_ascii_digit())
            && let Ok(span) = Span::from_str(&format!("{text}m"))
        {
            return Ok(Self::Instant(SimTime::at(span)));
        }
        if let Some(at) = SimTime::from_clock(text) {
            return Ok(Self::Instant(at));
        }
        Condition::parse(text, session).map(Self::When)
    }

    /// Whether it is so at present.
    pub(super) fn holds(&self, world: &World) -> bool {
        match self {
            Self::Instant(at) => world.now() >= *at,
            Self::When(condition) => condition.holds(world),
        }
    }
}

impl Condition {
    fn parse(text: &str, session: &Session) -> Result<Self, UntilError> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let state = words.pop().ok_or(UntilError::Malformed)?;
        let wanted = match words.pop_if(|word| *word == "not") {
            Some(_) => Wanted::NotSo,
            None => Wanted::So,
        };
        words.pop_if(|word| *word == "is" || *word == "are");
        let mut words = words.as_slice();
        let quantity = match words {
            ["any", rest @ ..] => Some((Which::Any, rest)),
            ["all", rest @ ..] => Some((Which::All, rest)),
            _ => None,
        };
        if let Some(error) = half_said(words, state, session) {
            return Err(error);
        }
        if let Some((which, rest)) = quantity {
            let [kind] = rest else {
                return Err(UntilError::Malformed);
            };
            let kind = Kind::of(kind).ok_or(UntilError::Malformed)?;
            let (state, wanted) = meant(kind, state, wanted);
            let subject = subject(kind, which, state, session)?;
            if kind.things(session).is_empty() {
                return Err(UntilError::NoneOfKind { kind: kind.as_str() });
            }
            return Ok(Self { subject, wanted });
        }
        let named = words.first().and_then(|word| Kind::of(word));
        if named.is_some() && words.len() > 1 {
            words = &words[1..];
        }
        let name = words.join(" ");
        if name.is_empty() {
            return Err(UntilError::Malformed);
        }
        let found = |kind: Kind| called(kind, &name, session).map(|which| (kind, which));
        let (kind, which) = match named {
            Some(kind) => found(kind).ok_or_else(|| unknown(kind, &name, session))?,
            None => Kind::ALL
                .into_iter()
                .find_map(found)
                .ok_or_else(|| unknown_of_any_kind(&name, session))?,
        };
        let (state, wanted) = meant(kind, state, wanted);
        let subject = subject(kind, which, state, session)?;
        Ok(Self { subject, wanted })
    }

    fn holds(&self, world: &World) -> bool {
        let server = |id: &SourceServerId| world.mgn().and_then(|mgn| mgn.server(*id));
        let servers = || {
            world
                .mgn()
                .into_iter()
                .flat_map(|mgn| mgn.servers().map(|(id, _)| id))
        };
        match &self.subject {
            Subject::LifeCycle(which, state) => which.holds(self.wanted, servers(), |id| {
                server(id).is_some_and(|it| it.life_cycle().state == Some(*state))
            }),
            Subject::Replication(which, state) => which.holds(self.wanted, servers(), |id| {
                server(id).is_some_and(|it| it.data_replication_state() == Some(*state))
            }),
            Subject::Bgp(which, state) => {
                which.holds(self.wanted, world.bgp_sessions().map(|(id, _)| id), |id| {
                    world.bgp_session(*id).is_some_and(|it| it.state() == *state)
                })
            }
            Subject::Tunnel(which, way) => {
                which.holds(self.wanted, world.tunnels().map(|(id, _)| id), |id| {
                    let is_up = world.tunnel(*id).is_some_and(|it| it.is_up());
                    is_up == (*way == Way::Up)
                })
            }
            Subject::Link(which, way) => which.holds(self.wanted, world.network().links.ids(), |id| {
                world.network().carries(*id) == (*way == Way::Up)
            }),
            Subject::Probe(which, way) => which.holds(self.wanted, 0..world.probes().count(), |place| {
                let seen = world.probes().nth(*place).map(|(_, seen)| seen);
                seen.is_some_and(|seen| match way {
                    Way::Up => seen.lost.is_none() && seen.n_answered > 0,
                    Way::Down => seen.lost.is_some(),
                })
            }),
        }
    }
}

impl<T> Which<T> {
    /// With "not", of any one is meant that it is not so, of all that none is, and of those between two ends that they are
    /// not all so.
    fn holds(&self, wanted: Wanted, mut all: impl Iterator<Item = T>, is_so: impl Fn(&T) -> bool) -> bool {
        let is_wanted = |is_so: bool| is_so == (wanted == Wanted::So);
        match self {
            Self::One(id) => is_wanted(is_so(id)),
            Self::These(these) => is_wanted(these.iter().all(is_so)),
            Self::Any => all.any(|id| is_wanted(is_so(&id))),
            Self::All => all.all(|id| is_wanted(is_so(&id))),
        }
    }
    fn map<U>(self, to: impl Fn(T) -> Option<U>) -> Option<Which<U>>
    where
        T: Copy,
    {
        Some(match self {
            Self::One(it) => Which::One(to(it)?),
            Self::These(these) => Which::These(these.iter().map(|it| to(*it)).collect::<Option<_>>()?),
            Self::Any => Which::Any,
            Self::All => Which::All,
        })
    }
}

/// Which things of a kind are called so. A BGP session may also be called by its two ends, `tgw↔cgw-1`: where there are
/// several between them, all of these are meant.
fn called(kind: Kind, name: &str, session: &Session) -> Option<Which<usize>> {
    let things = kind.things(session);
    let exactly = things.iter().find(|(thing, _)| thing == name);
    if let Some((_, place)) = exactly {
        return Some(Which::One(*place));
    }
    if kind != Kind::Bgp {
        return None;
    }
    let resources = kind.resources(session);
    let place = |id: &BgpSessionId| {
        resources
            .iter()
            .position(|(_, it)| *it == ResourceRef::BgpSession(*id))
    };
    let between = sessions_between(session, name);
    let places: Vec<usize> = between.iter().filter_map(place).collect();
    match places.as_slice() {
        [] => None,
        [place] => Some(Which::One(*place)),
        several => Some(Which::These(several.into())),
    }
}

fn unknown(kind: Kind, name: &str, session: &Session) -> UntilError {
    if kind == Kind::Bgp {
        let mut near = near(session, name);
        if near.is_empty() {
            let things = kind.things(session);
            let names: Vec<&str> = things.iter().map(|(name, _)| name.as_str()).collect();
            near.extend(nearest(name, &names).map(str::to_owned));
        }
        return UntilError::NoSession {
            name: name.to_owned(),
            near,
        };
    }
    let things = kind.things(session);
    let names: Vec<&str> = things.iter().map(|(name, _)| name.as_str()).collect();
    UntilError::Unknown {
        kind: Some(kind.as_str()),
        name: name.to_owned(),
        nearest: nearest(name, &names).map(str::to_owned),
    }
}

fn unknown_of_any_kind(name: &str, session: &Session) -> UntilError {
    let things: Vec<(String, usize)> = Kind::ALL.iter().flat_map(|kind| kind.things(session)).collect();
    let names: Vec<&str> = things.iter().map(|(name, _)| name.as_str()).collect();
    UntilError::Unknown {
        kind: None,
        name: name.to_owned(),
        nearest: nearest(name, &names).map(str::to_owned),
    }
}

/// What is missing where there is a thing without a state, or a state without a thing.
fn half_said(words: &[&str], last: &str, session: &Session) -> Option<UntilError> {
    let (kind, name) = match words {
        [] => (None, last.to_owned()),
        [kind, rest @ ..] => {
            let kind = Kind::of(kind)?;
            let name: Vec<&str> = rest.iter().copied().chain([last]).collect();
            (Some(kind), name.join(" "))
        }
    };
    let is_called = |kind: &Kind| called(*kind, &name, session).is_some();
    let mut kinds = Kind::ALL
        .into_iter()
        .filter(|it| kind.is_none_or(|kind| kind == *it));
    if let Some(kind) = kinds.find(is_called) {
        let states = kind.states();
        return Some(UntilError::NoState { name, states });
    }
    let kind = kind.filter(|_| words.len() == 1)?;
    let (state, _) = meant(kind, last, Wanted::So);
    if subject(kind, Which::Any, state, session).is_ok() {
        return Some(UntilError::NoName {
            kind: match kind {
                Kind::Bgp => "session",
                Kind::Server | Kind::Tunnel | Kind::Link | Kind::Probe => kind.as_str(),
            },
            state: last.to_owned(),
        });
    }
    let things = kind.things(session);
    let names: Vec<&str> = things.iter().map(|(name, _)| name.as_str()).collect();
    Some(UntilError::Unknown {
        kind: Some(kind.as_str()),
        name: name.to_owned(),
        nearest: nearest(&name, &names).map(str::to_owned),
    })
}

/// The state that a word stands for, and whether it is wanted: a BGP session is up where it is Established, and down where it
/// is not.
fn meant(kind: Kind, word: &str, wanted: Wanted) -> (&str, Wanted) {
    let established = State::Established.as_str();
    match (kind, word) {
        (Kind::Bgp, "up") => (established, wanted),
        (Kind::Bgp, "down") => (established, wanted.other()),
        (Kind::Bgp | Kind::Server | Kind::Tunnel | Kind::Link | Kind::Probe, _) => (word, wanted),
    }
}

fn subject(kind: Kind, which: Which<usize>, word: &str, session: &Session) -> Result<Subject, UntilError> {
    let no_state = || UntilError::NoSuchState {
        kind: kind.as_str(),
        word: word.to_owned(),
        states: kind.states(),
    };
    let resources = kind.resources(session);
    let resource = |place: usize| resources.get(place).map(|(_, resource)| *resource);
    let upper = word.to_ascii_uppercase().replace('-', "_");
    let way = || match word {
        "up" | "answers" => Ok(Way::Up),
        "down" | "fails" | "lost" => Ok(Way::Down),
        _ => Err(no_state()),
    };
    let found = match kind {
        Kind::Server => {
            let which = which.map(|place| match resource(place) {
                Some(ResourceRef::SourceServer(id)) => Some(id),
                _ => None,
            });
            let life = LifeCycleState::ALL.iter().find(|it| it.as_str() == upper);
            let replication = DataReplicationState::ALL.iter().find(|it| it.as_str() == upper);
            match (life, replication) {
                (Some(state), _) => which.map(|which| Subject::LifeCycle(which, *state)),
                (None, Some(state)) => which.map(|which| Subject::Replication(which, *state)),
                (None, None) => return Err(no_state()),
            }
        }
        Kind::Bgp => {
            let mut all = State::ALL.into_iter();
            let state = all.find(|it| it.as_str().eq_ignore_ascii_case(word));
            let state = state.ok_or_else(no_state)?;
            let which = which.map(|place| match resource(place) {
                Some(ResourceRef::BgpSession(id)) => Some(id),
                _ => None,
            });
            which.map(|which| Subject::Bgp(which, state))
        }
        Kind::Tunnel => {
            let way = way()?;
            let which = which.map(|place| match resource(place) {
                Some(ResourceRef::Tunnel(id)) => Some(id),
                _ => None,
            });
            which.map(|which| Subject::Tunnel(which, way))
        }
        Kind::Link => {
            let way = way()?;
            let which = which.map(|place| match resource(place) {
                Some(ResourceRef::Link(id)) => Some(id),
                _ => None,
            });
            which.map(|which| Subject::Link(which, way))
        }
        Kind::Probe => Some(Subject::Probe(which, way()?)),
    };
    found.ok_or(UntilError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Keep;
    use crate::scenario::{load, shipped_base};

    fn opened() -> Session {
        let text = r#"Lab(schema: 1, base: "onprem-to-aws", name: "until", title: "Until",
            probes: {"p": (from: "app-1", to: "10.0.3.10", port: 53, every: "1s")})"#;
        let loaded = load(text, "until", &shipped_base).expect("it is right");
        Session::open(loaded.blueprint, Some(1), Keep::All).expect("the lab begins")
    }

    #[test]
    fn what_a_person_types_is_read() {
        let mut session = opened();
        session.seek(SimTime::at(Span::hours(1)));
        let read = |text: &str| Until::parse(text, &session);
        assert_eq!(read("2h"), Ok(Until::Instant(SimTime::at(Span::hours(2)))));
        assert_eq!(read("+10m"), Ok(Until::Instant(SimTime::at(Span::minutes(70)))));
        assert_eq!(read("-10m"), Ok(Until::Instant(SimTime::at(Span::minutes(50)))));
        assert_eq!(read("-2h"), Ok(Until::Instant(SimTime::START)));
        assert_eq!(read("02:00:00.000"), read("2h"));
        assert_eq!(read("1d 02:00:00"), read("26h"));
        assert_eq!(read("2h30"), read("150m"));
        assert_eq!(read("1d 6h"), read("30h"));
        let alike: &[&[&str]] = &[
            &[
                "app-1 ready_for_test",
                "server app-1 is READY_FOR_TEST",
                "until server app-1 is READY_FOR_TEST",
            ],
            &["app-1 continuous", "server app-1 CONTINUOUS"],
            &[
                "bgp cgw-1/dx-1 is not established",
                "session cgw-1<->dx-1 not Established",
                "cgw-1/dx-1 is not Established",
                "bgp dx-1↔cgw-1 is not up",
                "bgp cgw-1/dx-1 down",
                "bgp cgw-1/dx-1 is down",
            ],
            &[
                "bgp vif-primary↔cgw-1 is Established",
                "bgp cgw-1 <-> vif-primary is Established",
                "bgp cgw-1-vif-primary is Established",
            ],
            &[
                "bgp tgw↔cgw-1 is not Established",
                "bgp cgw-1 - tgw is not Established",
                "cgw-1<->tgw is not Established",
            ],
            &[
                "bgp vpn-1↔cgw-1 is up",
                "bgp cgw-1↔vpn-1 is up",
                "bgp cgw-1↔vpn-1 is not down",
            ],
            &["any session down", "any session is not Established"],
            &["link dx-primary is down", "dx-primary down"],
            &["any probe fails", "any probes fails"],
        ];
        for row in alike {
            let first = read(row[0]);
            assert!(first.is_ok(), "{first:?}");
            for other in *row {
                assert_eq!(read(other), first, "{other}");
            }
        }
        let told = |text: &str| read(text).expect_err("it is wrong").to_string();
        insta::assert_snapshot!(
            [
                told("app-91 TESTING"),
                told("server app-1 HAPPY"),
                told("link dx-primari down"),
                told("bgp cgw-1/dx-1 wobbly"),
                told("bgp cgw-1↔tgx is up"),
                told("bgp nobody↔none is up"),
                told("any probe sulks"),
                told("soon"),
                told("link dx-primary"),
                told("dx-primary"),
                told("link dx-primari"),
                told("link up"),
                told("bgp down"),
                told("dx-primari down"),
                told(""),
            ]
            .join("\n")
        );
    }

    #[test]
    fn any_that_is_not_so_is_one_and_all_that_are_not_so_are_none() {
        let mut session = opened();
        session.seek(SimTime::at(Span::minutes(10)));
        let order = crate::fault::Order {
            kind: "link_down",
            target: "dx-primary".to_owned(),
            amount: String::new(),
            lasts: None,
        };
        let so = |session: &Session, text: &str| {
            session.is_at(&Until::parse(text, session).expect("it is understood"))
        };
        assert!(!so(&session, "any session is not Established"));
        assert!(so(&session, "all sessions are Established"));
        session.inject(order).expect("the link is up");
        session.advance(SimTime::at(Span::minutes(15)), u64::MAX);
        assert!(so(&session, "any session is Established"));
        assert!(so(&session, "any session is not Established"));
        assert!(!so(&session, "all sessions are Established"));
        assert!(!so(&session, "all sessions are not Established"));
        assert!(so(&session, "any link is not up") && !so(&session, "all links are not down"));
    }

    #[test]
    fn of_what_a_lab_has_none_of_nothing_is_asked() {
        let text = include_str!("../../../scenarios/vpn-two-tunnels.ron");
        let loaded = load(text, "vpn-two-tunnels", &shipped_base).expect("it is right");
        let session = Session::open(loaded.blueprint, Some(1), Keep::All).expect("the lab begins");
        for text in ["any server READY_FOR_TEST", "all servers CUTOVER"] {
            let told = Until::parse(text, &session).expect_err("there is none");
            assert_eq!(told.to_string(), "there is no server in this lab");
        }
    }

    #[test]
    fn it_runs_to_the_first_instant_at_which_it_is_so() {
        let mut session = opened();
        let run = |session: &mut Session, text: &str| {
            let until = Until::parse(text, session).expect("it is understood");
            session.run_to(&until, SimTime::at(Span::minutes(30)), u64::MAX);
            assert!(session.is_at(&until), "{text}");
            // Each answer of a probe is counted, and none but the first after a loss is told.
            let record = session.records().next_back().map(|it| it.at);
            let is_told = record == Some(session.now());
            assert!(
                is_told || text.starts_with("probe"),
                "{text}: it became so when something happened"
            );
        };
        run(&mut session, "all sessions Established");
        run(&mut session, "all tunnels up");
        run(&mut session, "probe p answers");
        let order = crate::fault::Order {
            kind: "link_down",
            target: "dx-primary".to_owned(),
            amount: String::new(),
            lasts: Some(Span::minutes(1)),
        };
        session.inject(order).expect("the link is up");
        run(&mut session, "bgp cgw-1/dx-1 is not Established");
        run(&mut session, "link dx-primary is up");
        run(&mut session, "bgp cgw-1/dx-1 is Established");
    }
}
